/* SPDX-License-Identifier: MIT */
/* The formats of fields: email, phone and url. The cases of the test data are in tests/conformance. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>

#include "blueprint/definitions.h"

static void expect(uint8_t format, const char *text, bool fine) {
    if ((lf_format_miss(format, lf_str_of(text)) == NULL) != fine) {
        fail_msg("'%s' is %s", text, fine ? "refused" : "accepted");
    }
}

static void emails(void **state) {
    static const char *const good[] = {"a@b.co",
                                       "first.last+tag@sub.example.org",
                                       "!#$%&'*+-/=?^_`{|}~@x.yz",
                                       "1@2.xyz",
                                       "a@c--n.co",
                                       "a@xn--0.xn--p1ai",
                                       "a@b.example",
                                       "j\xc3\xbcrgen@m\xc3\xbcller.de",
                                       "x@xn--mller-kva.de"};
    static const char *const bad[] = {
        "",          "a",         "@b.co",      "a@",         "a@b",         "a@b.",
        "a@.b.co",   "a@-b.co",   "a@b-.co",    ".a@b.co",    "a.@b.co",     "a..b@b.co",
        "a b@c.de",  "a@b c.de",  "a@b@c.de",   "\"a\"@b.co", "a@[1.2.3.4]", "a\x01@b.co",
        "a@b_c.de",  "a,b@c.de",  "a@b.co\n",   "<a@b.co>",   "a@b.c",       "a@b.c0",
        "a@1.2.3.4", "a@b.co-uk", "a@bb--c.de", "a@b.test",   "a@b.LOCAL"};
    (void)state;
    for (size_t i = 0; i < LF_COUNT(good); i++) {
        expect(LF_FMT_EMAIL, good[i], true);
    }
    for (size_t i = 0; i < LF_COUNT(bad); i++) {
        expect(LF_FMT_EMAIL, bad[i], false);
    }
}

static void emails_have_lengths(void **state) {
    char text[320];
    (void)state;
    memset(text, 'a', sizeof text); /* 64 bytes before the @ are the most */
    memcpy(text + 64, "@b.co", 6);
    expect(LF_FMT_EMAIL, text, true);
    memset(text, 'a', sizeof text);
    memcpy(text + 65, "@b.co", 6);
    expect(LF_FMT_EMAIL, text, false);
    memset(text, 'a', sizeof text); /* a label has at most 63 bytes */
    memcpy(text, "a@", 2);
    memcpy(text + 2 + 63, ".co", 4);
    expect(LF_FMT_EMAIL, text, true);
    memset(text, 'a', sizeof text);
    memcpy(text, "a@", 2);
    memcpy(text + 2 + 64, ".co", 4);
    expect(LF_FMT_EMAIL, text, false);
}

static void phones(void **state) {
    static const char *const good[] = {"+1234567", "+123456789012345"};
    static const char *const bad[] = {"",         "+",          "+123456",   "+1234567890123456",
                                      "1234567",  "+0123456",   "+1 234567", "++123456",
                                      "+123456a", "+12345678\n"};
    (void)state;
    for (size_t i = 0; i < LF_COUNT(good); i++) {
        expect(LF_FMT_PHONE, good[i], true);
    }
    for (size_t i = 0; i < LF_COUNT(bad); i++) {
        expect(LF_FMT_PHONE, bad[i], false);
    }
}

static void urls(void **state) {
    (void)state;
    expect(LF_FMT_URL, "https://example.org", true);
    expect(LF_FMT_URL, "http://x/?a=b#c", true);
    expect(LF_FMT_URL, "https://", false);
    expect(LF_FMT_URL, "https:///path", false);
    expect(LF_FMT_URL, "example.org", false);
    expect(LF_FMT_URL, "ftp://example.org", false);
    expect(LF_FMT_URL, "javascript:alert(1)", false);
    expect(LF_FMT_URL, "https://a b", false);
    expect(LF_FMT_URL, "https://a\nb", false);
}

static void no_format(void **state) {
    (void)state;
    expect(LF_FMT_NONE, "", true);
    expect(LF_FMT_NONE, "anything\n", true);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(emails), cmocka_unit_test(emails_have_lengths), cmocka_unit_test(phones),
        cmocka_unit_test(urls),   cmocka_unit_test(no_format),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

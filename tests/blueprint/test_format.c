/* SPDX-License-Identifier: MIT */
/* The formats of fields: The cases of the test data are in tests/conformance. */
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

static void countries(void **state) {
    static const char *const same[][2] = {
        {"DE", "DE"},
        {"DEU", "DE"},
        {"276", "DE"},
        {"Germany", "DE"},
        {"gErMANY", "DE"},
        {"United States", "US"},
        {"United States of America (the)", "US"},
        {"United Kingdom of Great Britain and Northern Ireland (the)", "GB"},
        {"Iran (Islamic Republic of)", "IR"},
        {"Iran, Islamic Republic of", "IR"},
        {"Congo (the Democratic Republic of the)", "CD"},
        {"Congo (the)", "CG"},
        {"Trinidad & Tobago", "TT"},
        {"Trinidad and Tobago", "TT"},
        {"C\xc3\xb4te d'Ivoire", "CI"},
        {"T\xc3\xbcrkiye", "TR"},
        {"C\xc3\x94TE D'IVOIRE", "CI"},
        {"T\xc3\x9cRKIYE", "TR"},
        {"\xc3\xa5land islands", "AX"},
        {"Holy See (the)", "VA"},
        {"Holy See (Vatican City State)", "VA"},
        {"Zimbabwe", "ZW"},
        {"Andorra", "AD"},
        {"020", "AD"},
    };
    static const char *const none[] = {"",
                                       "de",
                                       "De",
                                       "D",
                                       " DE",
                                       "DE ",
                                       "UK",
                                       "EU",
                                       "999",
                                       "20",
                                       "Deu",
                                       "United",
                                       "the",
                                       "Congo, Z",
                                       "XK",
                                       "Andorra Angola",
                                       "Ger\nmany",
                                       "AD\nAE",
                                       "Germany 5",
                                       "C\xc3\xb4T\xc3 D'IVOIRE",
                                       "C\xc3\xb5te d'Ivoire"};
    (void)state;
    for (size_t i = 0; i < LF_COUNT(same); i++) {
        lf_str code = lf_country(lf_str_of(same[i][0]));
        if (!lf_str_eq(code, lf_str_of(same[i][1]))) {
            fail_msg("'%s' is '%.*s'", same[i][0], (int)code.n, code.p);
        }
        expect(LF_FMT_COUNTRY, same[i][0], true);
    }
    for (size_t i = 0; i < LF_COUNT(none); i++) {
        expect(LF_FMT_COUNTRY, none[i], false);
    }
}

/* The examples of RFC 5646, appendix A, and what its grammar does not have. */
static void languages(void **state) {
    static const char *const good[] = {"de",
                                       "fr",
                                       "i-enochian",
                                       "zh-Hant",
                                       "zh-cmn-Hans-CN",
                                       "cmn-Hans-CN",
                                       "zh-yue-HK",
                                       "sr-Latn-RS",
                                       "sl-rozaj-biske-1994",
                                       "de-CH-1901",
                                       "hy-Latn-IT-arevela",
                                       "es-419",
                                       "de-CH-x-phonebk",
                                       "az-Arab-x-AZE-derbend",
                                       "x-whatever",
                                       "qaa-Qaaa-QM-x-southern",
                                       "en-US-u-islamcal",
                                       "zh-CN-a-myext-x-private",
                                       "en-a-myext-b-another",
                                       "EN-us",
                                       "art-lojban",
                                       "en-gb-OED",
                                       "abcd",
                                       "abcdefgh",
                                       "en-u-ca-gregory-t-de"};
    static const char *const bad[] = {"",
                                      "a",
                                      "-en",
                                      "en-",
                                      "en--US",
                                      "en_US",
                                      "english language",
                                      "de-419-DE",
                                      "a-DE",
                                      "ar-a-aaa-b-bbb-a-ccc",
                                      "en-x",
                                      "en-u",
                                      "en-u-x-a",
                                      "abcdefghi",
                                      "en-12",
                                      "en-1",
                                      "12",
                                      "x",
                                      "i",
                                      "de-1901-1901",
                                      "en-US-USA",
                                      "aa-bbb-ccc-ddd-eee",
                                      "abcd-efg",
                                      "en-US\n",
                                      "i-klingonx",
                                      "en-abcdefghi",
                                      "\xc3\xa9n"};
    (void)state;
    for (size_t i = 0; i < LF_COUNT(good); i++) {
        expect(LF_FMT_LANGUAGE, good[i], true);
    }
    for (size_t i = 0; i < LF_COUNT(bad); i++) {
        expect(LF_FMT_LANGUAGE, bad[i], false);
    }
}

static void no_format(void **state) {
    (void)state;
    expect(LF_FMT_NONE, "", true);
    expect(LF_FMT_NONE, "anything\n", true);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(emails),    cmocka_unit_test(emails_have_lengths),
        cmocka_unit_test(phones),    cmocka_unit_test(urls),
        cmocka_unit_test(countries), cmocka_unit_test(languages),
        cmocka_unit_test(no_format),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* Signed links of unsubscription: what a ring of keys takes, and that nothing but its own tokens gets through. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <setjmp.h>

#include <cmocka.h>

#include "template/signer.h"

#define OLD "old:000102030405060708090a0b0c0d0e0f"
#define NEW "New_1-x:0F0E0D0C0B0A09080706050403020100ff"
#define LINK "https://mail.example/u/"

static lf_status read(lf_signer *out, const char *link, const char *keys) {
    lf_unsubscribe_options options;
    lf_unsubscribe_options_init(&options, sizeof options);
    options.link = link;
    options.keys = keys;
    return lf_signer_read(out, &options);
}

static lf_token sample(lf_str contact, lf_str topic) {
    lf_token token = {.channel = 1, .contact = contact, .topic = topic};
    for (size_t i = 0; i < LF_MESSAGE_SIZE; i++) {
        token.message[i] = (uint8_t)(0xf0 + i);
    }
    return token;
}

static void link_of(const lf_signer *signer, lf_str tenant, const lf_token *token, lf_buf *out) {
    lf_mem mem;
    lf_mem_from(&mem, NULL);
    lf_buf_init(out, &mem);
    lf_signer_link(signer, tenant, token, out);
    assert_false(out->failed);
}

static lf_str token_in(const lf_buf *link) {
    size_t n = strlen(LINK);
    assert_memory_equal(link->p, LINK, n);
    return (lf_str){link->p + n, link->n - n};
}

static bool passes(const lf_signer *signer, lf_str tenant, lf_str text) {
    uint8_t room[LF_TOKEN_MOST];
    lf_token token;
    return lf_signer_verify(signer, tenant, text, room, &token);
}

static void a_token_says_what_was_signed(void **state) {
    static char longest[255];
    const lf_str texts[] = {LF_STR("c-1"), LF_STR("\xc3\xa9"), {longest, 255}, LF_STR("")};
    lf_signer signer;
    (void)state;
    memset(longest, 'x', sizeof longest);
    assert_int_equal(read(&signer, LINK, NEW " " OLD), LF_OK);
    for (size_t i = 0; i < 12; i++) {
        uint8_t room[LF_TOKEN_MOST];
        lf_buf link;
        lf_token token = sample(texts[i % 3], texts[i / 3]), got;
        link_of(&signer, LF_STR("t"), &token, &link);
        assert_true(lf_signer_verify(&signer, LF_STR("t"), token_in(&link), room, &got));
        assert_int_equal(got.channel, 1);
        assert_true(lf_str_eq(got.contact, token.contact) && lf_str_eq(got.topic, token.topic));
        assert_memory_equal(got.message, token.message, LF_MESSAGE_SIZE);
        for (size_t j = 0; j < link.n; j++) {
            assert_true(link.p[j] > ' ' && link.p[j] <= '~');
        }
        lf_buf_free(&link);
    }
}

/* Mails are read years later: what was signed stays good. The token was made by Python's hmac, of "leadflow unsubscribe",
 * NUL, the payload and the tenant. */
static void an_old_token_is_good_for_ever(void **state) {
    static const char old[] =
        "AQEBawNjLTEEbmV3cwECAwAAAAAAAAAAAAAAAACiaePqNWS-z2BFosndgI5VpYzaLYN_vxfQ2yPkkGdFVg";
    uint8_t room[LF_TOKEN_MOST];
    lf_signer signer;
    lf_token token;
    (void)state;
    assert_int_equal(read(&signer, LINK, "k:000102030405060708090a0b0c0d0e0f"), LF_OK);
    assert_true(lf_signer_verify(&signer, LF_STR("t"), lf_str_of(old), room, &token));
    assert_int_equal(token.channel, 1);
    assert_true(lf_str_eq(token.contact, LF_STR("c-1")) && lf_str_eq(token.topic, LF_STR("news")));
}

/* A header line has 998 bytes at most (RFC 5322, 2.1.1), whatever the options and the contact are. */
static void the_longest_link_fits_into_a_header(void **state) {
    static char longest[255], base[LF_LINK_MOST + 2];
    lf_signer signer;
    lf_buf link;
    (void)state;
    memset(longest, 'x', sizeof longest);
    memset(base, 'y', sizeof base - 1);
    memcpy(base, "https://z/", 10);
    assert_int_equal(read(&signer, base, OLD), LF_E_ARG);
    base[LF_LINK_MOST] = '\0';
    assert_int_equal(read(&signer, base, "0123456789abcdef:000102030405060708090a0b0c0d0e0f"),
                     LF_OK);
    lf_token token = sample((lf_str){longest, 255}, (lf_str){longest, 255});
    link_of(&signer, LF_STR("t"), &token, &link);
    assert_true(strlen("List-Unsubscribe: <>") + link.n <= 998);
    lf_buf_free(&link);
}

static void keys_are_changed_in_turn(void **state) {
    lf_signer old, both, only_new, other;
    lf_buf link;
    lf_token token = sample(LF_STR("c-1"), LF_STR("news"));
    (void)state;
    assert_int_equal(read(&old, LINK, OLD), LF_OK);
    assert_int_equal(read(&both, LINK, NEW " " OLD), LF_OK);
    assert_int_equal(read(&only_new, LINK, NEW), LF_OK);
    assert_int_equal(read(&other, LINK, "old:ff0102030405060708090a0b0c0d0e0f"), LF_OK);
    link_of(&old, LF_STR("t"), &token, &link);
    assert_true(passes(&both, LF_STR("t"), token_in(&link)));
    assert_false(passes(&only_new, LF_STR("t"), token_in(&link)));
    assert_false(passes(&other, LF_STR("t"), token_in(&link))); /* the id is no secret */
    lf_buf_free(&link);
    link_of(&both, LF_STR("t"), &token, &link);
    assert_true(passes(&only_new, LF_STR("t"), token_in(&link))); /* the first one signs */
    assert_false(passes(&old, LF_STR("t"), token_in(&link)));
    lf_buf_free(&link);
}

static void nothing_else_gets_through(void **state) {
    lf_signer signer;
    lf_buf link;
    lf_token token = sample(LF_STR("c-1"), LF_STR("news"));
    (void)state;
    assert_int_equal(read(&signer, LINK, NEW " " OLD), LF_OK);
    link_of(&signer, LF_STR("t"), &token, &link);
    lf_str text = token_in(&link);
    char *bytes = link.p + strlen(LINK);
    assert_true(passes(&signer, LF_STR("t"), text));
    assert_false(passes(&signer, LF_STR("u"), text));
    assert_false(passes(&signer, LF_STR(""), text));
    assert_false(passes(&signer, LF_STR("tt"), text));
    for (size_t i = 0; i < text.n; i++) { /* each character as every other one */
        char was = bytes[i];
        for (int c = 0; c < 256; c++) {
            bytes[i] = (char)c;
            assert_int_equal(passes(&signer, LF_STR("t"), text), bytes[i] == was);
        }
        bytes[i] = was;
        assert_false(passes(&signer, LF_STR("t"), (lf_str){text.p, i}));
        assert_false(passes(&signer, LF_STR("t"), (lf_str){text.p + i + 1, text.n - i - 1}));
    }
    lf_buf_byte(&link, 'A');
    assert_false(passes(&signer, LF_STR("t"), token_in(&link)));
    lf_buf_free(&link);
    static char many[4000];
    memset(many, 'A', sizeof many);
    for (size_t n = 0; n < sizeof many; n++) {
        assert_false(passes(&signer, LF_STR("t"), (lf_str){many, n}));
    }
}

static void what_the_options_may_say(void **state) {
    static const char *const links[] = {
        "https://x/", "HTTPS://X.example?t=", "https://x.example:8443/a?b=c&t=", "https://[::1]/"};
    static const char *const no_links[] = {NULL,
                                           "",
                                           "https:///u",
                                           "https://x.example",
                                           "http://x.example/",
                                           "https://?t=",
                                           "https://u:p@x.example/",
                                           "https://x.example/#",
                                           "https://x.example/a b",
                                           "https://x.example/>",
                                           "https://x.example/\r\n",
                                           "https://x.example/\xc3\xbc",
                                           "mailto:u@x.example",
                                           "https://:80/"};
    static const char *const keys[] = {
        OLD, OLD " " NEW,
        ("a:0000000000000000000000000000000000000000000000000000000000000000"
         "0000000000000000000000000000000000000000000000000000000000000000")};
    static const char *const no_keys[] = {
        NULL,
        "",
        " ",
        OLD " " OLD,
        OLD "  " NEW,
        " " OLD,
        OLD ",",
        "old",
        "old:",
        ":000102030405060708090a0b0c0d0e0f",
        "old:000102030405060708090a0b0c0d0e",
        "old:000102030405060708090a0b0c0d0e0f0",
        "old:000102030405060708090a0b0c0d0e0g",
        "o d:000102030405060708090a0b0c0d0e0f",
        "o.d:000102030405060708090a0b0c0d0e0f",
        "0123456789abcdefg:000102030405060708090a0b0c0d0e0f",
        "a:0000000000000000000000000000000000000000000000000000000000000000"
        "000000000000000000000000000000000000000000000000000000000000000000"};
    lf_signer signer = {.n = 77};
    (void)state;
    for (size_t i = 0; i < LF_COUNT(no_links); i++) {
        assert_int_equal(read(&signer, no_links[i], OLD), LF_E_ARG);
    }
    for (size_t i = 0; i < LF_COUNT(no_keys); i++) {
        assert_int_equal(read(&signer, LINK, no_keys[i]), LF_E_ARG);
    }
    assert_int_equal(signer.n, 77); /* as it was */
    for (size_t i = 0; i < LF_COUNT(links); i++) {
        assert_int_equal(read(&signer, links[i], OLD), LF_OK);
    }
    for (size_t i = 0; i < LF_COUNT(keys); i++) {
        assert_int_equal(read(&signer, LINK, keys[i]), LF_OK);
    }
    char many[9 * 40] = "";
    for (int i = 0; i < 9; i++) {
        snprintf(many + strlen(many), 40, "%s%d:000102030405060708090a0b0c0d0e0f",
                 i == 0 ? "" : " ", i);
        assert_int_equal(read(&signer, LINK, many), i < 8 ? LF_OK : LF_E_ARG);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_says_what_was_signed),
        cmocka_unit_test(an_old_token_is_good_for_ever),
        cmocka_unit_test(the_longest_link_fits_into_a_header),
        cmocka_unit_test(keys_are_changed_in_turn),
        cmocka_unit_test(nothing_else_gets_through),
        cmocka_unit_test(what_the_options_may_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

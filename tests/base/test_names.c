/* SPDX-License-Identifier: MIT */
/* Text, names and their numbers, the nearest name, hashes. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <setjmp.h>

#include <cmocka.h>

#include "base/base.h"

static void compares_text(void **state) {
    (void)state;
    const lf_str none = {NULL, 0};
    assert_true(lf_str_eq(none, LF_STR("")) && lf_str_eq(LF_STR("ab"), LF_STR("ab")));
    assert_false(lf_str_eq(LF_STR("ab"), LF_STR("ac")) || lf_str_eq(LF_STR("ab"), LF_STR("abc")));
    assert_true(lf_str_cmp(LF_STR("ab"), LF_STR("ab")) == 0 && lf_str_cmp(none, none) == 0);
    assert_true(lf_str_cmp(LF_STR("ab"), LF_STR("abc")) < 0 &&
                lf_str_cmp(LF_STR("b"), LF_STR("abc")) > 0);
    assert_true(lf_str_cmp(none, LF_STR("a")) < 0);
    assert_true(lf_str_cmp(LF_STR("\xff"), LF_STR("a")) > 0); /* bytes have no sign */
    assert_true(lf_str_starts(LF_STR("abc"), LF_STR("ab")) && lf_str_starts(LF_STR("a"), none));
    assert_false(lf_str_starts(LF_STR("ab"), LF_STR("abc")) || lf_str_starts(none, LF_STR("a")));
    assert_int_equal(lf_str_of(NULL).n, 0);
}

static void knows_identifiers(void **state) {
    char long_name[65];
    (void)state;
    memset(long_name, 'a', sizeof long_name);
    assert_true(lf_is_identifier(LF_STR("a")) && lf_is_identifier(LF_STR("a_1")) &&
                lf_is_identifier(LF_STR("z9_")));
    assert_true(lf_is_identifier((lf_str){long_name, 63}));
    assert_false(lf_is_identifier((lf_str){long_name, 64}));
    static const char *const bad[] = {"",    "A",   "1a",  "_a",       "aB",
                                      "a-b", "a.b", "a b", "\xc3\xa9", "a\xc3\xa9"};
    for (size_t i = 0; i < LF_COUNT(bad); i++) {
        assert_false(lf_is_identifier(lf_str_of(bad[i])));
    }
    assert_false(lf_is_identifier((lf_str){"a\0", 2}));
}

static void numbers_names(void **state) {
    enum { MANY = 5000 };
    static char texts[MANY][8];
    lf_mem mem;
    lf_names names;
    (void)state;
    lf_mem_from(&mem, NULL);
    lf_names_init(&names, &mem);
    assert_int_equal(lf_names_find(&names, LF_STR("x")), -1);
    for (int32_t i = 0; i < MANY; i++) {
        snprintf(texts[i], sizeof texts[i], "n%d", (int)i);
        assert_int_equal(lf_names_add(&names, lf_str_of(texts[i])), i);
    }
    for (int32_t i = 0; i < MANY; i++) {
        assert_int_equal(lf_names_find(&names, lf_str_of(texts[i])), i);
        assert_int_equal(lf_names_add(&names, lf_str_of(texts[i])), -2);
    }
    assert_int_equal(lf_names_find(&names, LF_STR("n")), -1);
    assert_int_equal(lf_names_find(&names, LF_STR("n5000")), -1);
    assert_int_equal(names.n, MANY);
    assert_int_equal(lf_names_add(&names, (lf_str){NULL, 0}), MANY); /* the empty name is one */
    assert_int_equal(lf_names_find(&names, LF_STR("")), MANY);
    lf_names_free(&names);
    assert_int_equal(lf_names_find(&names, LF_STR("n1")), -1);
}

static void *no_memory(void *user, void *ptr, size_t old_size, size_t new_size) {
    (void)user, (void)ptr, (void)old_size, (void)new_size;
    return NULL;
}

static void names_without_memory(void **state) {
    lf_mem mem = {no_memory, NULL};
    lf_names names;
    (void)state;
    lf_names_init(&names, &mem);
    assert_int_equal(lf_names_add(&names, LF_STR("x")), -1);
    assert_int_equal(lf_names_find(&names, LF_STR("x")), -1);
    lf_names_free(&names);
}

static void expect_nearest(const char *name, const char *want) {
    static const lf_str known[] = {
        {"demo_request", 12}, {"page_view", 9}, {"pricing_view", 12}, {"form", 4}, {"ab", 2}};
    lf_str got = lf_nearest(lf_str_of(name), known, LF_COUNT(known));
    if (!lf_str_eq(got, lf_str_of(want))) {
        fail_msg("nearest to %s is %.*s, not %s", name, (int)got.n, got.p == NULL ? "" : got.p,
                 want);
    }
}

static void finds_the_nearest(void **state) {
    (void)state;
    expect_nearest("page_view", "page_view");
    expect_nearest("page_veiw", "page_view");
    expect_nearest("pageview", "page_view");
    expect_nearest("page_views", "page_view");
    expect_nearest("pricng_view", "pricing_view");
    expect_nearest("demorequest", "demo_request");
    expect_nearest("forn", "form");
    expect_nearest("webinar", ""); /* too far from all of them */
    expect_nearest("xy", "");      /* no letter of `ab` is left */
    expect_nearest("", "");
    static char far[5000];
    memset(far, 'x', sizeof far - 1);
    expect_nearest(far, "");
    assert_int_equal(lf_nearest(LF_STR("a"), NULL, 0).n, 0);
}

/* Hashes are stored with entries, so they stay what they are, on every machine. */
static void hashes_stay(void **state) {
    static const uint64_t want[] = {UINT64_C(0x0000000000000000), UINT64_C(0x1d083e1e900a1252),
                                    UINT64_C(0xa3c7b3c6f8341da1), UINT64_C(0xec43c74574b912f9),
                                    UINT64_C(0x76ac8001ec7bf4d4)};
    static const char *const texts[] = {"", "a", "page_view", "/pricing",
                                        "0123456789abcdef0123456789abcdef0"};
    (void)state;
    for (size_t i = 0; i < LF_COUNT(texts); i++) {
        uint64_t got = lf_hash(texts[i], strlen(texts[i]), 0);
        if (got != want[i]) {
            fail_msg("the hash of '%s' is %016llx", texts[i], (unsigned long long)got);
        }
    }
    assert_true(lf_hash("a", 1, 1) != lf_hash("a", 1, 0));
    assert_true(lf_hash("a\0", 2, 0) != lf_hash("a", 1, 0));
    char hex[8];
    lf_hex(hex, (const uint8_t *)"\x00\xff\x1a\x90", 4);
    assert_memory_equal(hex, "00ff1a90", 8);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compares_text),     cmocka_unit_test(knows_identifiers),
        cmocka_unit_test(numbers_names),     cmocka_unit_test(names_without_memory),
        cmocka_unit_test(finds_the_nearest), cmocka_unit_test(hashes_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

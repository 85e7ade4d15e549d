/* SPDX-License-Identifier: MIT */
/* Numbers as text, saturating arithmetic, UTF-8, SHA-256, variable-length integers. */
#include <float.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <setjmp.h>

#include <cmocka.h>

#include "base/base.h"

#define PATTERNS 30000
#define SEED UINT64_C(0x9e3779b97f4a7c15)

/* splitmix64: the same numbers everywhere */
static uint64_t next_random(uint64_t *state) {
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static double of_bits(uint64_t bits) {
    double d;
    memcpy(&d, &bits, sizeof d);
    return d;
}

static uint64_t bits_of(double d) {
    uint64_t bits;
    memcpy(&bits, &d, sizeof bits);
    return bits;
}

/* ---- doubles ---- */

/* How many significant digits a text has, without leading and trailing zeros. */
static int significant(const char *text) {
    int n = 0, zeros = 0;
    for (; *text != '\0' && *text != 'e'; text++) {
        if (*text >= '0' && *text <= '9' && (n > 0 || *text != '0')) {
            zeros = *text == '0' ? zeros + 1 : 0;
            n++;
        }
    }
    return n - zeros;
}

/* No text of fewer digits, rounded as printf does, reads back equal. */
static bool is_shortest(double d, const char *text) {
    char shorter[64];
    int n = significant(text);
    if (n <= 1) {
        return true;
    }
    snprintf(shorter, sizeof shorter, "%.*e", n - 2, d);
    return bits_of(strtod(shorter, NULL)) != bits_of(d);
}

static void check_parse(const char *text) {
    double ours = 0, theirs = strtod(text, NULL);
    if (!lf_parse_double(lf_str_of(text), &ours) || bits_of(ours) != bits_of(theirs)) {
        fail_msg("'%s' is read as %.17g, not %.17g", text, ours, theirs);
    }
}

static void check_double(double d) {
    char text[64], ours[33];
    double again = 0;
    size_t n = lf_format_double(ours, d);
    assert_true(n <= 32);
    ours[n] = '\0';
    if (!lf_parse_double(lf_str_of(ours), &again) || bits_of(again) != bits_of(d) ||
        bits_of(strtod(ours, NULL)) != bits_of(d) || !is_shortest(d, ours)) {
        fail_msg("%.17g is written as '%s', which is read as %.17g", d, ours, again);
    }
    snprintf(text, sizeof text, "%.17g", d);
    check_parse(text);
}

static void doubles_of_random_bits(void **state) {
    uint64_t seed = SEED;
    (void)state;
    for (int i = 0; i < PATTERNS; i++) {
        double d = of_bits(next_random(&seed));
        if (d - d == 0) { /* finite */
            check_double(d);
        }
    }
}

/* The ends of the range, the neighbours of each power of two and of ten, small and whole numbers. */
static void special_doubles(void **state) {
    static const double special[] = {0.0,
                                     1.0,
                                     0.1,
                                     0.3,
                                     1e21,
                                     1e22,
                                     1e23,
                                     123456789012345680.0,
                                     5e-324,
                                     2.2250738585072009e-308,
                                     DBL_MIN,
                                     DBL_MAX,
                                     9007199254740993.0,
                                     1e-6,
                                     1e-7,
                                     0.000123};
    (void)state;
    for (size_t i = 0; i < LF_COUNT(special); i++) {
        check_double(special[i]);
        check_double(-special[i]);
    }
    for (uint64_t exponent = 1; exponent < 2047; exponent++) {
        uint64_t bits = exponent << 52;
        char text[64], ours[33];
        for (uint64_t near = bits - 1; near <= bits + 1; near++) {
            double again = 0;
            snprintf(text, sizeof text, "%.17g", of_bits(near));
            check_parse(text);
            ours[lf_format_double(ours, of_bits(near))] = '\0';
            assert_true(lf_parse_double(lf_str_of(ours), &again) && bits_of(again) == near);
        }
    }
    for (int i = -330; i <= 310; i++) {
        char text[16];
        snprintf(text, sizeof text, "1e%d", i);
        check_parse(text);
    }
    for (int i = 0; i < 2000; i++) {
        check_double(i);
        check_double(i / 8.0);
        check_double(i / 100.0);
    }
}

/* Texts of random digits, many more than a double has, and halves between two doubles. */
static void long_texts(void **state) {
    uint64_t seed = SEED;
    char text[1200];
    (void)state;
    for (int i = 0; i < 2000; i++) {
        size_t n = 1 + (size_t)(next_random(&seed) % 60), point = (size_t)(next_random(&seed) % n);
        size_t at = 0;
        for (size_t k = 0; k < n; k++) {
            text[at++] = (char)('0' + next_random(&seed) % 10);
            if (k == point && k + 1 < n) {
                text[at++] = '.';
            }
        }
        snprintf(text + at, sizeof text - at, "e%d", (int)(next_random(&seed) % 700) - 350);
        check_parse(text);
    }
    for (int i = 0; i < 2000;
         i++) { /* the exact half above a double below 1: a tie; then more than it */
        double low = of_bits((UINT64_C(1022) - next_random(&seed) % 1022) << 52 |
                             (next_random(&seed) >> 12));
        double step = of_bits(bits_of(low) + 1) - low;
        long double half = (long double)low + (long double)step / 2;
        int n = snprintf(text, sizeof text - 2, "%.1130Lf", half);
        check_parse(text);
        text[n - 1] = '1';
        check_parse(text);
    }
}

static void fixed_double_texts(void **state) {
    static const struct {
        double d;
        const char *text;
    } cases[] = {{1.5, "1.5"},
                 {1, "1.0"},
                 {-0.0, "-0.0"},
                 {100, "100.0"},
                 {1e21, "1e+21"},
                 {1e20, "100000000000000000000.0"},
                 {1e-6, "0.000001"},
                 {1e-7, "1e-7"},
                 {1.25e-7, "1.25e-7"},
                 {1e100, "1e+100"},
                 {0.1, "0.1"},
                 {5e-324, "5e-324"},
                 {DBL_MAX, "1.7976931348623157e+308"},
                 {-2.5, "-2.5"}};
    char text[33];
    double d;
    (void)state;
    for (size_t i = 0; i < LF_COUNT(cases); i++) {
        text[lf_format_double(text, cases[i].d)] = '\0';
        assert_string_equal(text, cases[i].text);
    }
    text[lf_format_double(text, of_bits(UINT64_C(0x7ff8) << 48))] = '\0';
    assert_string_equal(text, "NaN");
    text[lf_format_double(text, of_bits(UINT64_C(0xfff) << 52))] = '\0';
    assert_string_equal(text, "-inf");
    assert_true(lf_parse_double(LF_STR("1e400"), &d) && d > DBL_MAX);
    assert_true(lf_parse_double(LF_STR("-1e999999999999"), &d) && d < -DBL_MAX);
    assert_true(lf_parse_double(LF_STR("1e-400"), &d) && bits_of(d) == 0);
    assert_true(lf_parse_double(LF_STR("-0"), &d) && bits_of(d) == UINT64_C(1) << 63);
    assert_true(lf_parse_double(LF_STR("0e999999999999999999999"), &d) && bits_of(d) == 0);
}

static void refuses_bad_doubles(void **state) {
    static const char *const bad[] = {"",    "-",     ".",     ".5",  "5.",  "1e",   "1e+", "e5",
                                      "+1",  "--1",   "1.e5",  "0x1", "inf", "NaN",  " 1",  "1 ",
                                      "1,5", "1.5.5", "1e5.5", "1_0", "-.5", "1e--5"};
    double d;
    (void)state;
    for (size_t i = 0; i < LF_COUNT(bad); i++) {
        if (lf_parse_double(lf_str_of(bad[i]), &d)) {
            fail_msg("'%s' is accepted as %g", bad[i], d);
        }
    }
}

/* ---- integers and decimals ---- */

static void parses_integers(void **state) {
    int64_t i = 0;
    uint64_t u = 0;
    (void)state;
    assert_true(lf_parse_i64(LF_STR("9223372036854775807"), &i) && i == INT64_MAX);
    assert_true(lf_parse_i64(LF_STR("-9223372036854775808"), &i) && i == INT64_MIN);
    assert_true(lf_parse_i64(LF_STR("-0"), &i) && i == 0);
    assert_true(lf_parse_i64(LF_STR("007"), &i) && i == 7);
    assert_true(lf_parse_i64(LF_STR("-1"), &i) && i == -1);
    assert_true(lf_parse_u64(LF_STR("18446744073709551615"), &u) && u == UINT64_MAX);
    assert_true(lf_parse_u64(LF_STR("0"), &u) && u == 0);
    static const char *const bad[] = {"",
                                      "-",
                                      "+1",
                                      "1 ",
                                      " 1",
                                      "1.0",
                                      "1e3",
                                      "0x1",
                                      "--1",
                                      "-+1",
                                      "9223372036854775808",
                                      "-9223372036854775809",
                                      "99999999999999999999999"};
    for (size_t k = 0; k < LF_COUNT(bad); k++) {
        assert_false(lf_parse_i64(lf_str_of(bad[k]), &i));
    }
    assert_false(lf_parse_u64(LF_STR("18446744073709551616"), &u));
    assert_false(lf_parse_u64(LF_STR("-1"), &u));
}

static void expect_decimal(const char *text, unsigned decimals, int64_t want) {
    int64_t i = -1;
    if (!lf_parse_decimal(lf_str_of(text), decimals, &i) || i != want) {
        fail_msg("'%s' with %u places is %lld, not %lld", text, decimals, (long long)i,
                 (long long)want);
    }
}

static void parses_decimals(void **state) {
    static const char *const bad[] = {"",       "-",      "1.",     ".5",
                                      "1.2345", "1.2341", "0.0001", "1e-4",
                                      "x",      "1 ",     "1e30",   "999999999999999999999",
                                      "1.5%"};
    int64_t i;
    (void)state;
    expect_decimal("1.5", 3, 1500);
    expect_decimal("-1.5", 3, -1500);
    expect_decimal("0", 3, 0);
    expect_decimal("-0.0", 3, 0);
    expect_decimal("0.001", 3, 1);
    expect_decimal("1.500000000000", 3, 1500); /* zeros at the end are no places */
    expect_decimal("1e2", 3, 100000);
    expect_decimal("1.25e1", 1, 125);
    expect_decimal("2.5", 4, 25000);
    expect_decimal("100", 4, 1000000);
    expect_decimal("123456789012345678", 0, INT64_C(123456789012345678));
    expect_decimal("0.000000000000000001", 18, 1);
    expect_decimal("0e99", 3, 0);
    for (size_t k = 0; k < LF_COUNT(bad); k++) {
        if (lf_parse_decimal(lf_str_of(bad[k]), 3, &i)) {
            fail_msg("'%s' is accepted as %lld", bad[k], (long long)i);
        }
    }
}

static void saturates(void **state) {
    (void)state;
    assert_true(lf_sat_add(INT64_MAX, 1) == INT64_MAX);
    assert_true(lf_sat_add(INT64_MIN, -1) == INT64_MIN);
    assert_true(lf_sat_add(INT64_MAX, INT64_MIN) == -1);
    assert_true(lf_sat_add(2, -5) == -3);
    assert_true(lf_sat_sub(INT64_MIN, 1) == INT64_MIN);
    assert_true(lf_sat_sub(INT64_MAX, -1) == INT64_MAX);
    assert_true(lf_sat_sub(0, INT64_MIN) == INT64_MAX);
    assert_true(lf_sat_sub(-1, INT64_MIN) == INT64_MAX);
    assert_true(lf_sat_mul(INT64_MAX, 2) == INT64_MAX);
    assert_true(lf_sat_mul(INT64_MAX, -2) == INT64_MIN);
    assert_true(lf_sat_mul(INT64_MIN, -1) == INT64_MAX);
    assert_true(lf_sat_mul(INT64_MIN, 2) == INT64_MIN);
    assert_true(lf_sat_mul(-3, 4) == -12);
    assert_true(lf_sat_mul(INT64_MIN, 0) == 0);
    assert_true(lf_floor_div(7, 2) == 3);
    assert_true(lf_floor_div(-7, 2) == -4);
    assert_true(lf_floor_div(-8, 2) == -4);
    assert_true(lf_floor_div(0, 5) == 0);
    assert_true(lf_floor_div(INT64_MIN, 1) == INT64_MIN);
    assert_true(lf_floor_div(INT64_MIN, INT64_MAX) == -2);
}

/* ---- UTF-8 ---- */

static void every_code_point(void **state) {
    (void)state;
    for (uint32_t c = 0; c <= 0x110000; c++) {
        char text[4] = {0};
        size_t at = 0, n = lf_utf8_put(text, c);
        bool good = c < 0xd800 || (c > 0xdfff && c <= 0x10ffff);
        int32_t back = lf_utf8_next((lf_str){text, n}, &at);
        if (back != (good ? (int32_t)c : -1) || at != (good ? n : 0)) {
            fail_msg("U+%X is read as %X", c, (unsigned)back);
        }
        for (size_t cut = 1; cut < n; cut++) {
            assert_false(lf_utf8_valid((lf_str){text, cut}));
        }
    }
}

static void utf8_texts(void **state) {
    static const char *const bad[] = {"\x80",
                                      "\xbf",
                                      "\xc0\x80",
                                      "\xc1\xbf",
                                      "\xe0\x80\x80",
                                      "\xe0\x9f\xbf",
                                      "\xf0\x80\x80\x80",
                                      "\xf0\x8f\xbf\xbf",
                                      "\xf4\x90\x80\x80",
                                      "\xf5\x80\x80\x80",
                                      "\xed\xa0\x80",
                                      "\xed\xbf\xbf",
                                      "\xff",
                                      "\xfe",
                                      "a\xc3",
                                      "a\xc3(",
                                      "\xe2\x82(",
                                      "\xf0\x9f\x98("};
    (void)state;
    for (size_t i = 0; i < LF_COUNT(bad); i++) {
        if (lf_utf8_valid(lf_str_of(bad[i]))) {
            fail_msg("bad UTF-8 number %zu is accepted", i);
        }
    }
    lf_str good = lf_str_of("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
    assert_true(lf_utf8_valid(good));
    assert_int_equal(lf_utf8_length(good), 4);
    assert_true(lf_utf8_valid((lf_str){NULL, 0}));
    assert_true(lf_utf8_valid((lf_str){"a\0b", 3}));
}

/* ---- SHA-256: FIPS 180-4 and NIST's long message ---- */

static void expect_sha256(const char *text, size_t times, size_t piece, const char *want) {
    lf_sha256 sha;
    uint8_t out[32];
    char hex[65] = {0};
    lf_sha256_init(&sha);
    for (size_t i = 0; i < times; i++) {
        size_t n = strlen(text);
        for (size_t at = 0; at < n; at += piece) {
            lf_sha256_add(&sha, text + at, n - at < piece ? n - at : piece);
        }
    }
    lf_sha256_done(&sha, out);
    lf_hex(hex, out, sizeof out);
    assert_string_equal(hex, want);
}

static void sha256_known_answers(void **state) {
    static const struct {
        const char *text;
        size_t times;
        const char *want;
    } cases[] = {
        {"", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
        {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrl"
         "mnopq"
         "rsmnopqrstnopqrstu",
         1, "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
        {"aaaaaaaaaa", 100000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
    };
    (void)state;
    for (size_t i = 0; i < LF_COUNT(cases); i++) {
        expect_sha256(cases[i].text, cases[i].times, 1000, cases[i].want);
        expect_sha256(cases[i].text, cases[i].times, 3, cases[i].want);
    }
}

/* ---- variable-length integers ---- */

static void varints_come_back(void **state) {
    uint64_t seed = SEED;
    lf_mem mem;
    lf_buf buf;
    (void)state;
    lf_mem_from(&mem, NULL);
    lf_buf_init(&buf, &mem);
    for (int i = 0; i < 20000; i++) {
        uint64_t value = next_random(&seed) >> (i % 64);
        int64_t negative = (int64_t)~value;
        lf_buf_clear(&buf);
        lf_buf_varint(&buf, value);
        lf_buf_svarint(&buf, (int64_t)value);
        lf_buf_svarint(&buf, negative);
        lf_reader r = {(const uint8_t *)buf.p, (const uint8_t *)buf.p + buf.n, false};
        assert_true(lf_read_varint(&r) == value);
        assert_true(lf_read_svarint(&r) == (int64_t)value);
        assert_true(lf_read_svarint(&r) == negative);
        assert_true(!r.failed && r.p == r.end);
        lf_read_byte(&r);
        assert_true(r.failed);
    }
    lf_buf_free(&buf);
}

static bool reads(const char *bytes, size_t n, uint64_t want) {
    lf_reader r = {(const uint8_t *)bytes, (const uint8_t *)bytes + n, false};
    return lf_read_varint(&r) == want && !r.failed && r.p == r.end;
}

static bool fails(const char *bytes, size_t n) {
    lf_reader r = {(const uint8_t *)bytes, (const uint8_t *)bytes + n, false};
    lf_read_varint(&r);
    return r.failed;
}

static void varints_have_one_form(void **state) {
    (void)state;
    assert_true(reads("\x00", 1, 0));
    assert_true(reads("\x7f", 1, 127));
    assert_true(reads("\x80\x01", 2, 128));
    assert_true(reads("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10, UINT64_MAX));
    assert_true(fails("", 0));
    assert_true(fails("\x80", 1));
    assert_true(fails("\x80\x00", 2));
    assert_true(fails("\xff\x00", 2));
    assert_true(fails("\x81\x80\x00", 3));
    assert_true(fails("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00", 10));
    assert_true(fails("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 10));
    assert_true(fails("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x81\x00", 11));
    lf_reader r = {(const uint8_t *)"abc", (const uint8_t *)"abc", false};
    assert_int_equal(lf_read_bytes(&r, 1).n, 0);
    assert_true(r.failed);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(doubles_of_random_bits),
        cmocka_unit_test(special_doubles),
        cmocka_unit_test(long_texts),
        cmocka_unit_test(fixed_double_texts),
        cmocka_unit_test(refuses_bad_doubles),
        cmocka_unit_test(parses_integers),
        cmocka_unit_test(parses_decimals),
        cmocka_unit_test(saturates),
        cmocka_unit_test(every_code_point),
        cmocka_unit_test(utf8_texts),
        cmocka_unit_test(sha256_known_answers),
        cmocka_unit_test(varints_come_back),
        cmocka_unit_test(varints_have_one_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

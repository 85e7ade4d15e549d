/* SPDX-License-Identifier: MIT */
/* SPEC 1 and 14: times as text, as callers read and write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "leadflow/types.h"

static void reads(const char *text, lf_status expected, int64_t ms) {
    int64_t got = 1;
    assert_int_equal(lf_timestamp_parse(text, strlen(text), &got), expected);
    assert_true(got == ms);
}

static void text_is_read_with_any_offset(void **state) {
    (void)state;
    reads("1970-01-01T00:00:00Z", LF_OK, 0);
    reads("1970-01-01T01:00:00.001+01:00", LF_OK, 1);
    reads("1969-12-31T23:59:59.999Z", LF_OK, -1);
    reads("2026-02-29T00:00:00Z", LF_E_PARSE, 0);
    reads("2026-02-01", LF_E_PARSE, 0);
    reads("", LF_E_PARSE, 0);
    reads("2026-02-01T00:00:00Z ", LF_E_PARSE, 0);
    assert_int_equal(lf_timestamp_parse(NULL, 0, NULL), LF_E_ARG);
}

static void text_is_written_in_utc_with_three_decimals(void **state) {
    char text[LF_TIMESTAMP_SIZE];
    int64_t first = 0, last = 0;
    (void)state;
    assert_int_equal(lf_timestamp_format(-1, text, sizeof text), LF_OK);
    assert_string_equal(text, "1969-12-31T23:59:59.999Z");
    reads("0001-01-01T00:00:00Z", LF_OK, -INT64_C(62135596800000));
    assert_int_equal(lf_timestamp_parse("0001-01-01T00:00:00Z", 20, &first), LF_OK);
    assert_int_equal(lf_timestamp_parse("9999-12-31T23:59:59.999Z", 24, &last), LF_OK);
    assert_int_equal(lf_timestamp_format(first, text, sizeof text), LF_OK);
    assert_string_equal(text, "0001-01-01T00:00:00.000Z");
    assert_int_equal(lf_timestamp_format(last, text, sizeof text), LF_OK);
    assert_string_equal(text, "9999-12-31T23:59:59.999Z");
    assert_int_equal(lf_timestamp_format(first - 1, text, sizeof text), LF_E_ARG);
    assert_int_equal(lf_timestamp_format(last + 1, text, sizeof text), LF_E_ARG);
    assert_int_equal(lf_timestamp_format(0, text, sizeof text - 1), LF_E_ARG);
    assert_int_equal(lf_timestamp_format(0, NULL, sizeof text), LF_E_ARG);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_read_with_any_offset),
        cmocka_unit_test(text_is_written_in_utc_with_three_decimals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

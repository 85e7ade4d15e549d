/* SPDX-License-Identifier: MIT */
/* RFC 3339, durations and the civil calendar. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <setjmp.h>

#include <cmocka.h>

#include "time/timing.h"

static void expect_time(const char *text, int64_t want) {
    int64_t t = -1;
    if (!lf_time_parse(lf_str_of(text), &t)) {
        fail_msg("'%s' is refused", text);
    }
    if (t != want) {
        fail_msg("'%s' is %lld, not %lld", text, (long long)t, (long long)want);
    }
}

static void expect_text(int64_t t, const char *want) {
    char text[LF_RFC3339_SIZE + 1] = {0};
    lf_time_format(text, t);
    assert_string_equal(text, want);
}

static void parses_rfc3339(void **state) {
    (void)state;
    expect_time("1970-01-01T00:00:00Z", 0);
    expect_time("2026-01-05T10:00:00Z", 1767607200000);
    expect_time("2026-01-05t10:00:00z", 1767607200000);
    expect_time("2026-01-05 10:00:00Z", 1767607200000);
    expect_time("1969-12-31T23:59:59Z", -1000);
    expect_time("0001-01-01T00:00:00Z", LF_TIME_MIN);
    expect_time("9999-12-31T23:59:59.999Z", LF_TIME_MAX);
    expect_time("2000-02-29T00:00:00Z", 951782400000);
    expect_time("2024-02-29T12:00:00Z", 1709208000000);
}

static void parses_offsets(void **state) {
    (void)state;
    expect_time("2026-01-05T10:00:00+00:00", 1767607200000);
    expect_time("2026-01-05T10:00:00-00:00", 1767607200000);
    expect_time("2026-01-05T11:30:00+01:30", 1767607200000);
    expect_time("2026-01-05T04:15:00-05:45", 1767607200000);
    expect_time("2026-01-06T09:59:00+23:59", 1767607200000);
    expect_time("2025-12-31T23:30:00-00:30", 1767225600000);
    /* An offset may lead into the years 1 to 9999, not out of them. */
    expect_time("0001-01-01T05:00:00+05:00", LF_TIME_MIN);
    expect_time("9999-12-31T18:59:59.999-05:00", LF_TIME_MAX);
}

static void parses_fractions(void **state) {
    (void)state;
    expect_time("1970-01-01T00:00:00.5Z", 500);
    expect_time("1970-01-01T00:00:00.05Z", 50);
    expect_time("1970-01-01T00:00:00.005Z", 5);
    expect_time("1970-01-01T00:00:00.0009Z", 0);
    expect_time("1970-01-01T00:00:00.123999999999Z", 123);
    expect_time("1970-01-01T00:00:00.000000000000000000000000000001Z", 0);
    expect_time("1969-12-31T23:59:59.9999Z", -1);
    expect_time("1970-01-01T01:00:00.25+01:00", 250);
}

static void parses_leap_seconds(void **state) {
    (void)state;
    expect_time("2016-12-31T23:59:60Z", 1483228800000);
    expect_time("1990-12-31T15:59:60-08:00", 662688000000);
    expect_time("1998-12-31T23:59:60.25Z", 915148800250);
}

static void refuses_bad_times(void **state) {
    static const char *const bad[] = {
        "",
        "2026-01-05",
        "2026-01-05T10:00:00",
        "2026-01-05T10:00Z",
        "2026-01-05T10:00:00.Z",
        "2026-01-05T10:00:00.5",
        "2026-01-05T10:00:00,5Z",
        "2026-01-05T10:00:00Zx",
        "2026-01-05T10:00:00 Z",
        " 2026-01-05T10:00:00Z",
        "2026-01-05T10:00:00Z ",
        "2026-01-05_10:00:00Z",
        "2026/01/05T10:00:00Z",
        "26-01-05T10:00:00.00Z",
        "+2026-01-05T10:00:00Z",
        "-0001-01-05T10:00:00Z",
        "0000-01-01T00:00:00Z",
        "10000-01-01T00:00:00Z",
        "2026-00-05T10:00:00Z",
        "2026-13-05T10:00:00Z",
        "2026-01-00T10:00:00Z",
        "2026-01-32T10:00:00Z",
        "2026-04-31T10:00:00Z",
        "2025-02-29T10:00:00Z",
        "1900-02-29T10:00:00Z",
        "2100-02-29T10:00:00Z",
        "2026-01-05T24:00:00Z",
        "2026-01-05T10:60:00Z",
        "2026-01-05T10:00:61Z",
        "2026-01-05T1a:00:00Z",
        "2026-01-05T-1:00:00Z",
        "2026-01-05T10:00:00+0100",
        "2026-01-05T10:00:00+01",
        "2026-01-05T10:00:00+24:00",
        "2026-01-05T10:00:00+01:60",
        "2026-01-05T10:00:00+1:000",
        "2026-01-05T10:00:00+01:00Z",
        "9999-12-31T23:59:60Z",
        "9999-12-31T23:59:59.999-00:01",
        "0001-01-01T00:00:00+00:01",
    };
    (void)state;
    for (size_t i = 0; i < LF_COUNT(bad); i++) {
        int64_t t;
        if (lf_time_parse(lf_str_of(bad[i]), &t)) {
            fail_msg("'%s' is accepted as %lld", bad[i], (long long)t);
        }
    }
}

/* Every beginning of a good time is a bad one. */
static void refuses_cut_times(void **state) {
    static const char good[] = "2026-01-05T10:00:00.123456+01:30";
    (void)state;
    for (size_t n = 0; n < sizeof good - 1; n++) {
        int64_t t;
        assert_false(lf_time_parse((lf_str){good, n}, &t));
    }
    expect_time(good, 1767601800123);
}

static void formats_times(void **state) {
    (void)state;
    expect_text(0, "1970-01-01T00:00:00.000Z");
    expect_text(-1, "1969-12-31T23:59:59.999Z");
    expect_text(1767607200000, "2026-01-05T10:00:00.000Z");
    expect_text(951782400007, "2000-02-29T00:00:00.007Z");
    expect_text(LF_TIME_MIN, "0001-01-01T00:00:00.000Z");
    expect_text(LF_TIME_MAX, "9999-12-31T23:59:59.999Z");
    expect_text(INT64_MIN, "0001-01-01T00:00:00.000Z"); /* what is outside is brought to the end */
    expect_text(LF_TIME_NONE, "9999-12-31T23:59:59.999Z");
}

/* Each day of the years 1 to 9999 against a calendar that is counted up day by day. */
static void walks_the_calendar(void **state) {
    static const uint8_t lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int64_t day = LF_TIME_MIN / LF_MS_DAY;
    (void)state;
    for (int32_t year = 1; year <= 9999; year++) {
        bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        for (uint8_t month = 1; month <= 12; month++) {
            uint8_t last = (uint8_t)(lengths[month - 1] + (leap && month == 2));
            for (uint8_t of_month = 1; of_month <= last; of_month++, day++) {
                lf_civil c;
                lf_civil_from_time(day * LF_MS_DAY + 86399999, &c);
                if (lf_days_from_civil(year, month, of_month) != day || c.year != year ||
                    c.month != month || c.day != of_month || c.hour != 23 || c.minute != 59 ||
                    c.second != 59 || c.millisecond != 999) {
                    fail_msg("wrong at %d-%d-%d", (int)year, month, of_month);
                }
            }
        }
    }
    assert_int_equal(day * LF_MS_DAY - 1, LF_TIME_MAX);
}

static bool civil(int32_t year, int month, int day, int hour, int minute, int second, int ms) {
    int64_t t;
    lf_civil c = {year,          (uint8_t)month,  (uint8_t)day,
                  (uint8_t)hour, (uint8_t)minute, (uint8_t)second,
                  (uint16_t)ms};
    return lf_time_from_civil(&c, &t);
}

static void refuses_bad_civil_times(void **state) {
    (void)state;
    assert_true(civil(1, 1, 1, 0, 0, 0, 0));
    assert_true(civil(9999, 12, 31, 23, 59, 59, 999));
    assert_true(civil(2000, 2, 29, 0, 0, 0, 0));
    assert_true(civil(2016, 12, 31, 23, 59, 60, 0));
    assert_false(civil(0, 1, 1, 0, 0, 0, 0));
    assert_false(civil(-4, 1, 1, 0, 0, 0, 0));
    assert_false(civil(10000, 1, 1, 0, 0, 0, 0));
    assert_false(civil(9999, 12, 31, 23, 59, 60, 0));
    assert_false(civil(1900, 2, 29, 0, 0, 0, 0));
    assert_false(civil(2026, 0, 1, 0, 0, 0, 0));
    assert_false(civil(2026, 13, 1, 0, 0, 0, 0));
    assert_false(civil(2026, 6, 0, 0, 0, 0, 0));
    assert_false(civil(2026, 6, 31, 0, 0, 0, 0));
    assert_false(civil(2026, 6, 1, 24, 0, 0, 0));
    assert_false(civil(2026, 6, 1, 0, 60, 0, 0));
    assert_false(civil(2026, 6, 1, 0, 0, 61, 0));
    assert_false(civil(2026, 6, 1, 0, 0, 0, 1000));
}

/* Times spread over all the years: to text and back, to parts and back. */
static void times_come_back(void **state) {
    (void)state;
    for (int64_t t = LF_TIME_MIN; t <= LF_TIME_MAX; t += INT64_C(1234567890123)) {
        char text[LF_RFC3339_SIZE];
        int64_t again = 0;
        lf_civil c;
        lf_time_format(text, t);
        assert_true(lf_time_parse((lf_str){text, sizeof text}, &again));
        assert_int_equal(again, t);
        lf_civil_from_time(t, &c);
        assert_true(lf_time_from_civil(&c, &again));
        assert_int_equal(again, t);
    }
}

/* ---- durations ---- */

static void expect_duration(const char *text, int64_t want) {
    int64_t ms = -1;
    if (!lf_duration_parse(lf_str_of(text), true, &ms) || ms != want) {
        fail_msg("'%s' gives %lld, not %lld", text, (long long)ms, (long long)want);
    }
}

static void parses_durations(void **state) {
    (void)state;
    expect_duration("90d", 90 * LF_MS_DAY);
    expect_duration("1h30m", 90 * LF_MS_MINUTE);
    expect_duration("500ms", 500);
    expect_duration("1m1ms", LF_MS_MINUTE + 1);
    expect_duration("1w2d3h4m5s6ms", 788645006);
    expect_duration("0s", 0);
    expect_duration("0007d", LF_MS_WEEK);
    expect_duration("100000s", 100000000);
    expect_duration("-90d", -90 * LF_MS_DAY);
    expect_duration("-1h30m", -90 * LF_MS_MINUTE);
    expect_duration("3660000d", INT64_C(3660000) * LF_MS_DAY);
}

static void refuses_bad_durations(void **state) {
    static const char *const bad[] = {"",
                                      "-",
                                      "d",
                                      "1",
                                      "1 d",
                                      "1d ",
                                      " 1d",
                                      "1.5h",
                                      "1e3s",
                                      "+1d",
                                      "1D",
                                      "1y",
                                      "1d1d",
                                      "30m1h",
                                      "1ms1s",
                                      "1m1m",
                                      "d1",
                                      "1h-30m",
                                      "--1d",
                                      "1dd",
                                      "1h30",
                                      "1us",
                                      "9223372036854775807d",
                                      "99999999999999999999ms",
                                      "3660001d",
                                      "3660000d1ms"};
    int64_t ms;
    (void)state;
    for (size_t i = 0; i < LF_COUNT(bad); i++) {
        if (lf_duration_parse(lf_str_of(bad[i]), true, &ms)) {
            fail_msg("'%s' is accepted as %lld", bad[i], (long long)ms);
        }
    }
    assert_false(lf_duration_parse(LF_STR("-90d"), false, &ms));
    assert_false(lf_duration_parse((lf_str){"1d\0", 3}, true, &ms));
}

static void expect_written(lf_buf *buf, int64_t ms, const char *want) {
    int64_t again;
    lf_buf_clear(buf);
    lf_duration_put(buf, ms);
    assert_string_equal(lf_buf_cstr(buf), want);
    assert_true(lf_duration_parse((lf_str){lf_buf_cstr(buf), buf->n}, true, &again));
    assert_int_equal(again, ms);
}

static void writes_durations(void **state) {
    (void)state;
    lf_mem mem;
    lf_buf buf;
    lf_mem_from(&mem, NULL);
    lf_buf_init(&buf, &mem);
    expect_written(&buf, 0, "0s");
    expect_written(&buf, 1, "1ms");
    expect_written(&buf, 1500, "1500ms");
    expect_written(&buf, 90 * LF_MS_SECOND, "90s");
    expect_written(&buf, 90 * LF_MS_MINUTE, "90m");
    expect_written(&buf, 36 * LF_MS_HOUR, "36h");
    expect_written(&buf, LF_MS_DAY, "1d");
    expect_written(&buf, 90 * LF_MS_DAY, "90d");
    expect_written(&buf, LF_MS_WEEK, "1w");
    expect_written(&buf, LF_MS_WEEK + 1, "1w1ms");
    expect_written(&buf, -90 * LF_MS_DAY, "-90d");
    expect_written(&buf, -LF_MS_HOUR - 1, "-1h1ms");
    expect_written(&buf, INT64_C(3660000) * LF_MS_DAY, "3660000d");
    expect_written(&buf, LF_MS_DAY + LF_MS_MINUTE, "1d1m");
    lf_buf_clear(&buf);
    lf_duration_put(&buf, INT64_MIN); /* too long to be read back, but not to be written */
    assert_string_equal(lf_buf_cstr(&buf), "-9223372036854775808ms");
    lf_buf_clear(&buf);
    lf_time_put(&buf, 0);
    assert_string_equal(lf_buf_cstr(&buf), "1970-01-01T00:00:00.000Z");
    lf_buf_free(&buf);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses_rfc3339),          cmocka_unit_test(parses_offsets),
        cmocka_unit_test(parses_fractions),        cmocka_unit_test(parses_leap_seconds),
        cmocka_unit_test(refuses_bad_times),       cmocka_unit_test(refuses_cut_times),
        cmocka_unit_test(formats_times),           cmocka_unit_test(walks_the_calendar),
        cmocka_unit_test(refuses_bad_civil_times), cmocka_unit_test(times_come_back),
        cmocka_unit_test(parses_durations),        cmocka_unit_test(refuses_bad_durations),
        cmocka_unit_test(writes_durations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* Time zones: what a TZif file must be (RFC 9636), its rule, and local times (SPEC 9.3). */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>

#include "time/timing.h"
#include "time/zone.h"

#include "tzif_make.h"

#define HOUR 3600
#define DAY 86400
#define MONDAY 1u
#define TUESDAY 2u
#define ALL_WEEK 0x7fu

static lf_mem mem;

static lf_status reading(const tzif *file, lf_zone **out) {
    return lf_zone_read(&mem, (lf_str){(const char *)file->bytes, file->n}, out);
}

static lf_zone *zone_of(tzif file) {
    lf_zone *zone;
    assert_int_equal(reading(&file, &zone), LF_OK);
    assert_non_null(zone);
    return zone;
}

static void refused(tzif file) {
    lf_zone *zone = (lf_zone *)(void *)&file;
    assert_int_equal(reading(&file, &zone), LF_E_CORRUPT);
    assert_null(zone);
}

static bool rule_taken(const char *rule) {
    lf_zone *zone;
    tzif file = tzif_rule(rule);
    lf_status status = reading(&file, &zone);
    lf_zone_free(&mem, zone);
    return status == LF_OK;
}

/* Seconds since 1970 of a local time or of one in UTC. */
static int64_t at(const char *text) {
    char whole[48];
    int64_t t = 0;
    snprintf(whole, sizeof whole, "%sZ", text);
    assert_true(lf_time_parse(lf_str_of(whole), &t));
    return t / 1000;
}

static void offset_is(const lf_zone *zone, const char *utc, int32_t want) {
    int32_t got = lf_zone_offset(zone, at(utc));
    if (got != want) {
        fail_msg("at %s it is %d, not %d", utc, (int)got, (int)want);
    }
}

static void reads_as(const lf_zone *zone, const char *local, const char *utc) {
    int64_t got = lf_zone_to_utc(zone, at(local));
    if (got != at(utc)) {
        fail_msg("%s is %lld, not %s", local, (long long)got, utc);
    }
}

static const char berlin[] = "CET-1CEST,M3.5.0,M10.5.0/3";

/* ---- rules ---- */
static void rules_change_the_clocks(void **state) {
    (void)state;
    lf_zone *zone = zone_of(tzif_rule(berlin));
    offset_is(zone, "2026-03-29T00:59:59", HOUR);
    offset_is(zone, "2026-03-29T01:00:00", 2 * HOUR);
    offset_is(zone, "2026-10-25T00:59:59", 2 * HOUR);
    offset_is(zone, "2026-10-25T01:00:00", HOUR);
    offset_is(zone, "0001-07-01T00:00:00", 2 * HOUR);
    offset_is(zone, "9999-12-31T23:59:59", HOUR);
    lf_zone_free(&mem, zone);
}

static void rules_of_all_forms(void **state) {
    (void)state;
    lf_zone *zone = zone_of(tzif_rule("<-03>3<-02>,M3.5.0/-2,M10.5.0/-1")); /* Nuuk */
    offset_is(zone, "2026-03-29T00:59:59", -3 * HOUR);
    offset_is(zone, "2026-03-29T01:00:00", -2 * HOUR);
    offset_is(zone, "2026-10-25T00:59:59", -2 * HOUR);
    offset_is(zone, "2026-10-25T01:00:00", -3 * HOUR);
    lf_zone_free(&mem, zone);
    zone = zone_of(tzif_rule("AAA0BBB-0:20:30,J60/0,60/0")); /* 1 March; the 61st day */
    offset_is(zone, "2023-02-28T23:59:59", 0);
    offset_is(zone, "2023-03-01T00:00:00", 1230);
    offset_is(zone, "2023-03-01T23:39:29", 1230);
    offset_is(zone, "2023-03-01T23:39:30", 0);
    offset_is(zone, "2024-02-29T23:39:30", 0); /* starts after its end: until the end of 2025 */
    offset_is(zone, "2024-03-01T00:00:00", 1230);
    offset_is(zone, "2024-12-31T12:00:00", 1230);
    lf_zone_free(&mem, zone);
    zone = zone_of(tzif_rule("XXX3EDT4,0/0,J365/23")); /* RFC 9636: summer time all year */
    for (int64_t t = at("2023-01-01T00:00:00"); t < at("2025-01-02T00:00:00"); t += HOUR) {
        assert_int_equal(lf_zone_offset(zone, t), -4 * HOUR);
    }
    lf_zone_free(&mem, zone);
    zone = zone_of(tzif_rule("AEST-10AEDT,M10.1.0,M4.1.0/3")); /* the south */
    offset_is(zone, "2026-01-01T00:00:00", 11 * HOUR);
    offset_is(zone, "2026-04-04T16:00:00", 10 * HOUR);
    offset_is(zone, "2026-10-03T16:00:00", 11 * HOUR);
    lf_zone_free(&mem, zone);
}

/* A change up to a week outside its year, into either. */
static void rules_reach_into_other_years(void **state) {
    (void)state;
    lf_zone *zone = zone_of(tzif_rule("AAA0BBB,J364/167,J364/160"));
    offset_is(zone, "2026-01-05T14:59:59", HOUR); /* 30 December and 160 hours of summer time */
    offset_is(zone, "2026-01-05T15:00:00", 0);
    offset_is(zone, "2026-01-05T22:59:59", 0); /* and 167 hours */
    offset_is(zone, "2026-01-05T23:00:00", HOUR);
    lf_zone_free(&mem, zone);
    zone = zone_of(tzif_rule("AAA0BBB,J2/-167,J200/0"));
    offset_is(zone, "2025-12-26T00:59:59", 0);
    offset_is(zone, "2025-12-26T01:00:00", HOUR);
    lf_zone_free(&mem, zone);
}

static void rules_refused(void **state) {
    (void)state;
    static const char *const bad[] = {"C-1",          "CET",    "CET-25",     "CET-1CEST",
                                      "<CE-1",        "<+3>-3", "CET-1:60",   "CET-1:1:99",
                                      "CET--1",       "CET-1 ", "CET-1\n",    ":Europe/Berlin",
                                      "CET-1CEST,M3", "C1T-1",  "CET-1CE,1,2"};
    static const char *const bad_turns[] = {
        "M0.1.0", "M13.1.0", "M1.0.0", "M1.6.0",   "M1.1.7", "J0",   "J366", "366",      "M1.1", "",
        "1/168",  "1/-168",  "1/2:60", "1/2:3:60", "1/",     "1/2:", "0001", "M1.1.0.1", "x"};
    for (size_t i = 0; i < LF_COUNT(bad); i++) {
        assert_false(rule_taken(bad[i]));
    }
    for (size_t i = 0; i < LF_COUNT(bad_turns); i++) {
        char rule[64];
        snprintf(rule, sizeof rule, "CET-1CEST,%s,M10.5.0", bad_turns[i]);
        assert_false(rule_taken(rule));
        snprintf(rule, sizeof rule, "CET-1CEST,M3.5.0,%s", bad_turns[i]);
        assert_false(rule_taken(rule));
    }
    assert_true(rule_taken("CET-1CEST,M3.5.0/+2:03:04,M10.5.0/-167"));
    assert_true(rule_taken("CET-24:59:59"));
    assert_true(rule_taken("")); /* none: the offset of the file */
}

/* ---- files ---- */
static const int32_t apia_offsets[] = {-10 * HOUR, 14 * HOUR};
static const tzif_turn apia_turns[] = {{1325239200, 14 * HOUR}}; /* 2011-12-30T10:00Z */

static void files_go_on_by_their_rule(void **state) {
    (void)state;
    static const int32_t offsets[] = {3208, HOUR, 2 * HOUR};
    const tzif_turn turns[] = {{-2422054408, HOUR}, {at("2026-03-29T01:00:00"), 2 * HOUR}};
    lf_zone *zone = zone_of(tzif_make(offsets, 3, turns, 2, berlin));
    assert_int_equal(lf_zone_offset(zone, -2422054409),
                     3208); /* before the first: the first type */
    assert_int_equal(lf_zone_offset(zone, -2422054408), HOUR);
    offset_is(zone, "2025-07-01T00:00:00", HOUR); /* the file says so, whatever the rule does */
    offset_is(zone, "2026-03-29T01:00:00", 2 * HOUR);
    offset_is(zone, "2026-12-01T00:00:00", HOUR);
    lf_zone_free(&mem, zone);
    zone = zone_of(tzif_make(offsets, 3, turns, 2, ""));
    offset_is(zone, "2126-12-01T00:00:00", 2 * HOUR); /* no rule: as it was */
    lf_zone_free(&mem, zone);
}

static void files_refused(void **state) {
    (void)state;
    static const int32_t offsets[] = {0, HOUR};
    static const int32_t too_east[] = {93600}, too_west[] = {-90000};
    static const tzif_turn same[] = {{5, 0}, {5, HOUR}}, back[] = {{5, 0}, {4, HOUR}};
    static const tzif_turn summer[] = {{1767225600, 2 * HOUR}};
    static const int32_t berlin_offsets[] = {HOUR, 2 * HOUR};
    refused(tzif_make(offsets, 2, same, 2, ""));
    refused(tzif_make(offsets, 2, back, 2, ""));
    refused(tzif_make(too_east, 1, NULL, 0, ""));
    refused(tzif_make(too_west, 1, NULL, 0, ""));
    refused(tzif_make(berlin_offsets, 2, summer, 1, berlin)); /* the rule contradicts the turn */
    tzif good = tzif_make(apia_offsets, 2, apia_turns, 1, "<+14>-14");
    lf_zone_free(&mem, zone_of(good));
    for (size_t n = 0; n < good.n; n++) { /* cut anywhere */
        tzif cut = good;
        cut.n = n;
        refused(cut);
    }
    tzif longer = good;
    longer.bytes[longer.n++] = 'x';
    refused(longer);
    for (int version = 0; version < 256; version++) {
        tzif other = good;
        other.bytes[4] = other.bytes[44 + 4] = (unsigned char)version;
        if (version >= '2' && version <= '4') {
            lf_zone_free(&mem, zone_of(other));
        } else {
            refused(other);
        }
    }
}

static tzif with_leaps(char version, const int64_t (*leaps)[2], uint32_t n, int64_t turn) {
    const uint32_t nothing[6] = {0}, counts[6] = {0, 0, n, 1, 2, 4};
    tzif t = {.n = 0};
    tzif_header(&t, version, nothing);
    tzif_header(&t, version, counts);
    tzif_number(&t, turn, 8);
    tzif_number(&t, 1, 1);
    tzif_number(&t, 0, 6);
    tzif_number(&t, HOUR, 4);
    tzif_number(&t, 0, 2);
    tzif_add(&t, "LMT", 4);
    for (uint32_t i = 0; i < n; i++) {
        tzif_number(&t, leaps[i][0], 8);
        tzif_number(&t, leaps[i][1], 4);
    }
    tzif_add(&t, "\n\n", 2);
    return t;
}

/* "right/" zones count leap seconds; what is made of them does not. */
static void leap_seconds_are_taken_out(void **state) {
    (void)state;
    static const int64_t two[][2] = {{78796800, 1}, {94694401, 2}};
    static const int64_t jump[][2] = {{78796800, 1}, {94694401, 3}};
    static const int64_t near[][2] = {{78796800, 1}, {78796801, 2}};
    static const int64_t late[][2] = {{78796800, 7}, {94694401, 8}, {126230402, 8}};
    static const int64_t early[][2] = {{-1, 1}};
    lf_zone *zone = zone_of(with_leaps('2', two, 2, 100000002));
    assert_int_equal(lf_zone_offset(zone, 99999999), 0);
    assert_int_equal(lf_zone_offset(zone, 100000000), HOUR);
    lf_zone_free(&mem, zone);
    zone = zone_of(with_leaps('2', two, 2, 78796799));
    assert_int_equal(lf_zone_offset(zone, 78796799), HOUR);
    assert_int_equal(lf_zone_offset(zone, 78796798), 0);
    lf_zone_free(&mem, zone);
    refused(with_leaps('2', jump, 2, 0));
    refused(with_leaps('2', near, 2, 0));
    refused(with_leaps('2', early, 1, 0));
    refused(
        with_leaps('3', late, 3, 0)); /* what begins in the middle, and expires, is of version 4 */
    lf_zone_free(&mem, zone_of(with_leaps('4', late, 3, 0)));
}

/* ---- local times ---- */
static void gaps_and_folds(void **state) {
    (void)state;
    lf_zone *zone = zone_of(tzif_rule(berlin));
    reads_as(zone, "2026-03-29T01:59:59", "2026-03-29T00:59:59");
    reads_as(zone, "2026-03-29T02:00:00", "2026-03-29T01:00:00"); /* as if it were 03:00 */
    reads_as(zone, "2026-03-29T02:30:00", "2026-03-29T01:30:00");
    reads_as(zone, "2026-03-29T03:00:00", "2026-03-29T01:00:00");
    reads_as(zone, "2026-10-25T01:59:59", "2026-10-24T23:59:59");
    reads_as(zone, "2026-10-25T02:00:00", "2026-10-25T00:00:00"); /* the first of two */
    reads_as(zone, "2026-10-25T02:59:59", "2026-10-25T00:59:59");
    reads_as(zone, "2026-10-25T03:00:00", "2026-10-25T02:00:00");
    lf_zone_free(&mem, zone);
    /* What one change skips and the next shows again has been shown. */
    static const int32_t offsets[] = {0, HOUR};
    static const tzif_turn turns[] = {{10000, HOUR}, {10600, 0}};
    zone = zone_of(tzif_make(offsets, 2, turns, 2, ""));
    assert_int_equal(lf_zone_to_utc(zone, 10300), 10300);
    assert_int_equal(lf_zone_to_utc(zone, 10700), 10700);
    lf_zone_free(&mem, zone);
}

static void the_next_on_some_weekdays(void **state) {
    (void)state;
    lf_zone *zone = zone_of(tzif_rule(berlin));
    int64_t nine = at("2026-10-26T08:00:00"); /* Monday, winter: 09:00 in Berlin */
    assert_int_equal(lf_zone_next(zone, at("2026-10-24T12:00:00"), 9 * HOUR, MONDAY), nine);
    assert_int_equal(lf_zone_next(zone, nine, 9 * HOUR, MONDAY), nine);
    assert_int_equal(lf_zone_next(zone, nine + 1, 9 * HOUR, MONDAY), nine + 7 * DAY);
    assert_int_equal(lf_zone_next(zone, nine + 1, 9 * HOUR, MONDAY | TUESDAY), nine + DAY);
    assert_int_equal(lf_zone_next(zone, nine, 9 * HOUR, 0), LF_TIME_NONE);
    assert_int_equal(lf_zone_next(zone, LF_TIME_MAX / 1000, 0, ALL_WEEK), LF_TIME_NONE);
    /* Half past two does not exist on that Sunday, and is half past three. */
    assert_int_equal(lf_zone_next(zone, at("2026-03-29T00:00:00"), 2 * HOUR + 1800, ALL_WEEK),
                     at("2026-03-29T01:30:00"));
    lf_zone_free(&mem, zone);
}

/* Samoa had no Friday, 30 December 2011. */
static void skipped_days_are_passed_over(void **state) {
    (void)state;
    lf_zone *zone = zone_of(tzif_make(apia_offsets, 2, apia_turns, 1, "<+14>-14"));
    int64_t friday = at("2011-12-30T00:00:00") / DAY;
    assert_false(lf_zone_skips(zone, friday - 1));
    assert_true(lf_zone_skips(zone, friday));
    assert_false(lf_zone_skips(zone, friday + 1));
    assert_int_equal(lf_zone_next(zone, 1325239200, 12 * HOUR, ALL_WEEK), 1325282400);
    assert_int_equal(lf_zone_next(zone, 1325239200, 12 * HOUR, 1u << 4), 1325282400 + 6 * DAY);
    lf_zone_free(&mem, zone);
}

static void begins(const lf_zone *zone, const char *day, const char *utc) {
    char midnight[40];
    snprintf(midnight, sizeof midnight, "%sT00:00:00", day);
    int64_t got = lf_zone_day(zone, at(midnight) / DAY);
    if (got != at(utc)) {
        fail_msg("%s begins at %lld, not %s", day, (long long)got, utc);
    }
}

/* A day begins at the first moment of its date, wherever a change of the clock falls. */
static void days_begin(void **state) {
    (void)state;
    begins(&lf_zone_utc, "0001-01-01", "0001-01-01T00:00:00");
    lf_zone *zone = zone_of(tzif_rule(berlin));
    begins(zone, "2026-03-29", "2026-03-28T23:00:00");
    begins(zone, "2026-03-30", "2026-03-29T22:00:00");
    begins(zone, "2026-10-26", "2026-10-25T23:00:00");
    lf_zone_free(&mem, zone);
    zone =
        zone_of(tzif_rule("<-03>3<-02>,M10.3.0/0,M2.3.0/0")); /* 00:00 to 01:00 and back to 23:00 */
    begins(zone, "2026-10-18", "2026-10-18T03:00:00");
    begins(zone, "2026-10-19", "2026-10-19T02:00:00");
    begins(zone, "2026-02-15", "2026-02-15T03:00:00");
    lf_zone_free(&mem, zone);
    zone = zone_of(tzif_rule("EST5EDT,M3.5.6/23:30,M10.5.0")); /* 23:30 to 00:30 */
    begins(zone, "2026-03-29", "2026-03-29T04:30:00");
    lf_zone_free(&mem, zone);
    zone = zone_of(tzif_rule("NST3:30NDT,M3.2.0/0:01,M11.1.0/0:01")); /* 00:01 back to 23:01 */
    begins(zone, "2026-11-01", "2026-11-01T02:30:00");
    begins(zone, "2026-11-02", "2026-11-02T03:30:00");
    lf_zone_free(&mem, zone);
    zone = zone_of(tzif_make(apia_offsets, 2, apia_turns, 1, "<+14>-14")); /* a skipped one */
    begins(zone, "2011-12-30", "2011-12-30T10:00:00");
    begins(zone, "2011-12-31", "2011-12-30T10:00:00");
    begins(zone, "2012-01-01", "2011-12-31T10:00:00");
    lf_zone_free(&mem, zone);
}

static void utc_is_always_there(void **state) {
    (void)state;
    assert_int_equal(lf_zone_offset(&lf_zone_utc, at("2026-07-01T00:00:00")), 0);
    assert_int_equal(lf_zone_to_utc(&lf_zone_utc, -62135596800), -62135596800);
    assert_int_equal(lf_zone_next(&lf_zone_utc, 0, 0, MONDAY), 4 * DAY);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_change_the_clocks),
        cmocka_unit_test(rules_of_all_forms),
        cmocka_unit_test(rules_reach_into_other_years),
        cmocka_unit_test(rules_refused),
        cmocka_unit_test(files_go_on_by_their_rule),
        cmocka_unit_test(files_refused),
        cmocka_unit_test(leap_seconds_are_taken_out),
        cmocka_unit_test(gaps_and_folds),
        cmocka_unit_test(the_next_on_some_weekdays),
        cmocka_unit_test(skipped_days_are_passed_over),
        cmocka_unit_test(days_begin),
        cmocka_unit_test(utc_is_always_there),
    };
    lf_mem_from(&mem, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

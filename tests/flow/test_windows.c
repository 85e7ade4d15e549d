/* SPDX-License-Identifier: MIT */
/*
 * Windows and quiet hours (SPEC 9.1, 9.5) against a slow evaluator that knows nothing but what a clock on the wall shows:
 * it looks at each minute around a change of the clock, finds out when each day opens and closes, and marks what lies
 * between.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>

#include "flow/flow_internal.h"
#include "time/timing.h"

#include "../time/tzif_make.h"

#define MINUTE 60
#define DAY 86400
#define DAYS 24 /* that are looked at, */
#define SURE 8 /* and of them those at either end of which the slow evaluator does not see enough */
#define MINUTES (DAYS * 1440)
#define MON 1u
#define SAT 32u
#define SUN 64u
#define ALL 127u

static lf_mem mem;

/* ---- what a clock on the wall shows ---- */
typedef struct wall {
    const lf_zone *zone;
    int64_t start;          /* UTC, of its first minute */
    int64_t local[MINUTES]; /* seconds since 1970 that the clock shows */
    bool open[MINUTES];     /* is the window open, */
    bool quiet[MINUTES];    /* is it a quiet hour? */
    int64_t next
        [MINUTES]; /* the first minute from this one on that is open and not quiet; -1: unknown */
} wall;

static void look_at_wall(wall *w, const lf_zone *zone, int64_t start) {
    w->zone = zone;
    w->start = start;
    for (int64_t i = 0; i < MINUTES; i++) {
        w->local[i] = start + i * MINUTE + lf_zone_offset(zone, start + i * MINUTE);
    }
}

/* The minute at which it is that time: the first one, or where the clock skips it the one that the offset before gives. */
static int64_t minute_of(const wall *w, int64_t local) {
    int64_t near = (local - w->local[0]) / MINUTE; /* but for a change of the clock by two days */
    int64_t from = near > 2880 ? near - 2880 : 1;
    int64_t to = near + 2880 < MINUTES ? near + 2880 : MINUTES;
    for (int64_t i = from; i < to; i++) {
        if (w->local[i] == local) {
            return i;
        }
    }
    for (int64_t i = from; i < to; i++) {
        if (w->local[i - 1] < local && local < w->local[i]) {
            return i - 1 + (local - w->local[i - 1]) / MINUTE;
        }
    }
    return -1;
}

static bool day_is_there(const wall *w, int64_t day) {
    for (int64_t i = 0; i < MINUTES; i += 60) {
        if (lf_floor_div(w->local[i], DAY) == day) {
            return true;
        }
    }
    return false;
}

static void mark(const wall *w, const lf_window *window, bool *marks) {
    int64_t first = lf_floor_div(w->local[0], DAY), last = lf_floor_div(w->local[MINUTES - 1], DAY);
    for (int64_t day = first + 1; day < last - 1; day++) {
        unsigned weekday = (unsigned)((day + 3) % 7); /* 1 January 1970 was a Thursday */
        if ((window->days >> weekday & 1) == 0 || !day_is_there(w, day)) {
            continue;
        }
        int64_t open = minute_of(w, day * DAY + window->from);
        int64_t close =
            minute_of(w, (window->to < window->from ? day + 1 : day) * DAY + window->to);
        for (int64_t i = open; i < close; i++) {
            marks[i] = true;
        }
    }
}

static void work_out(wall *w, const lf_window *window, const lf_window *quiet, uint32_t n) {
    memset(w->open, window == NULL, sizeof w->open);
    memset(w->quiet, 0, sizeof w->quiet);
    if (window != NULL) {
        mark(w, window, w->open);
    }
    for (uint32_t i = 0; i < n; i++) {
        mark(w, &quiet[i], w->quiet);
    }
    int64_t next = -1;
    for (int64_t i = MINUTES; i-- > 0;) {
        next = w->open[i] && !w->quiet[i] ? i : next;
        w->next[i] = next;
    }
}

/* Each minute that differs from the one before, those beside it, and others now and then. */
static bool is_worth_a_look(const wall *w, int64_t i) {
    return i % 97 == 0 || w->next[i] != w->next[i + 1] || w->next[i - 1] != w->next[i];
}

static void compare(const wall *w, const lf_window *window, const lf_window *quiet, uint32_t n) {
    size_t looks = 0;
    for (int64_t i = SURE * 1440; i < (DAYS - SURE) * 1440; i++) {
        bool stretch = w->next[i] == i && w->next[i - 1] == i - 1 && w->next[i + 1] == i + 1;
        if (w->next[i] < 0 || (stretch && i % 97 != 0) || !is_worth_a_look(w, i)) {
            continue;
        }
        for (int64_t ms = 0; ms < 60000; ms += 59999) {
            int64_t t = (w->start + i * MINUTE) * 1000 + ms;
            int64_t want = w->next[i] == i ? t : (w->start + w->next[i] * MINUTE) * 1000;
            int64_t got = lf_window_next(w->zone, window, quiet, n, t);
            looks++;
            if (got != want) {
                char asked[25] = "", said[25] = "", due[25] = "";
                lf_time_format(asked, t);
                lf_time_format(said, got);
                lf_time_format(due, want);
                fail_msg("window %x %d-%d: from %s on it opens at %s, not at %s",
                         window == NULL ? 0u : window->days, window == NULL ? 0 : window->from / 60,
                         window == NULL ? 0 : window->to / 60, asked, due, said);
            }
        }
    }
    assert_true(looks > 100);
}

/* ---- zones, at their changes ---- */
static lf_zone *zone_of(tzif file) {
    lf_zone *zone;
    assert_int_equal(lf_zone_read(&mem, (lf_str){(const char *)file.bytes, file.n}, &zone), LF_OK);
    return zone;
}

static lf_zone *apia(void) { /* had no 30 December 2011, a Friday */
    static const int32_t offsets[] = {-10 * 3600, 14 * 3600};
    static const tzif_turn skipped[] = {{1325239200, 14 * 3600}};
    return zone_of(tzif_make(offsets, 2, skipped, 1, "<+14>-14"));
}

#define AT(h, m) ((h)*3600 + (m)*60)
static const lf_window windows[] = {
    {ALL, AT(9, 0), AT(17, 0)},  {MON, AT(0, 0), DAY},         {SUN, AT(0, 0), AT(4, 0)},
    {ALL, AT(22, 0), AT(6, 0)},  {SAT, AT(22, 0), AT(6, 0)},   {SUN, AT(22, 0), AT(2, 30)},
    {ALL, AT(2, 10), AT(2, 40)}, {ALL, AT(2, 30), AT(3, 0)},   {ALL, AT(1, 30), AT(2, 15)},
    {ALL, AT(1, 0), AT(1, 30)},  {SUN, AT(1, 45), AT(2, 0)},   {ALL, AT(2, 30), AT(2, 15)},
    {ALL, AT(0, 1), AT(0, 0)},   {ALL, AT(23, 30), AT(0, 30)}, {SAT | SUN, AT(0, 0), AT(1, 0)},
    {ALL, AT(0, 15), AT(0, 45)}, {SAT, AT(23, 15), DAY},       {16u, AT(20, 0), AT(8, 0)},
    {16u, AT(9, 0), AT(17, 0)},  {8u, AT(20, 0), AT(8, 0)},    {ALL, AT(3, 10), AT(2, 50)},
    {ALL, AT(0, 0), DAY},
};
static const lf_window quiets[] = {
    {ALL, AT(21, 0), AT(8, 0)}, {ALL, AT(12, 0), AT(13, 0)}, {ALL, AT(1, 30), AT(2, 30)}};

static void against_the_wall(lf_zone *zone, const char *change) {
    static wall w;
    int64_t t;
    assert_true(lf_time_parse(lf_str_of(change), &t));
    look_at_wall(&w, zone, t / 1000 - DAYS / 2 * DAY);
    for (size_t i = 0; i < LF_COUNT(windows); i++) {
        for (uint32_t n = 0; n <= LF_COUNT(quiets); n++) {
            work_out(&w, &windows[i], quiets, n);
            if (i % 3 == 0 || n == 0 || n == LF_COUNT(quiets)) {
                bool ever = w.next[SURE * 1440] >= 0;
                if (ever) {
                    compare(&w, &windows[i], quiets, n);
                }
            }
        }
    }
    work_out(&w, NULL, quiets, LF_COUNT(quiets));
    compare(&w, NULL, quiets, LF_COUNT(quiets));
    lf_zone_free(&mem, zone);
}

static void as_the_clock_on_the_wall_says(void **state) {
    (void)state;
    against_the_wall(zone_of(tzif_rule("CET-1CEST,M3.5.0,M10.5.0/3")), "2026-03-29T00:00:00Z");
    against_the_wall(zone_of(tzif_rule("CET-1CEST,M3.5.0,M10.5.0/3")), "2026-10-25T00:00:00Z");
    against_the_wall(zone_of(tzif_rule("EST5EDT,M3.2.0,M11.1.0")), "2026-03-08T00:00:00Z");
    against_the_wall(zone_of(tzif_rule("EST5EDT,M3.2.0,M11.1.0")), "2026-11-01T00:00:00Z");
    against_the_wall(zone_of(tzif_rule("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0")),
                     "2026-04-05T00:00:00Z");
    against_the_wall(zone_of(tzif_rule("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0")),
                     "2026-10-04T00:00:00Z");
    /* Santiago: at midnight, so that a day begins at 1, and another one has its last hour twice */
    against_the_wall(zone_of(tzif_rule("<-04>4<-03>,M9.1.6/24,M4.1.6/24")), "2026-09-06T00:00:00Z");
    against_the_wall(zone_of(tzif_rule("<-04>4<-03>,M9.1.6/24,M4.1.6/24")), "2026-04-05T00:00:00Z");
    /* St. John's, as it was: at one minute past midnight */
    against_the_wall(zone_of(tzif_rule("NST3:30NDT,M3.2.0/0:01,M11.1.0/0:01")),
                     "2026-11-01T00:00:00Z");
    against_the_wall(apia(), "2011-12-30T00:00:00Z");
}

/* ---- by hand ---- */
static int64_t at(const char *text) {
    int64_t t = 0;
    assert_true(lf_time_parse(lf_str_of(text), &t));
    return t;
}

/* A window of the day that a zone skips does not open; one of the day before closes as late as it would have. */
static void days_that_are_not_there(void **state) {
    static const lf_window friday = {16u, AT(9, 0), AT(17, 0)},
                           thursday = {8u, AT(22, 0), AT(6, 0)};
    lf_zone *zone = apia();
    (void)state;
    assert_true(lf_window_next(zone, &friday, NULL, 0, at("2011-12-29T20:00:00Z")) ==
                at("2012-01-05T19:00:00Z"));
    /* Thursday the 29th 22:00 is the 30th 08:00 UTC; Friday 06:00, read with -10, is 16:00 UTC: Saturday 06:00 */
    assert_true(lf_window_next(zone, &thursday, NULL, 0, at("2011-12-30T07:59:00Z")) ==
                at("2011-12-30T08:00:00Z"));
    assert_true(lf_window_next(zone, &thursday, NULL, 0, at("2011-12-30T15:59:59.999Z")) ==
                at("2011-12-30T15:59:59.999Z"));
    assert_true(lf_window_next(zone, &thursday, NULL, 0, at("2011-12-30T16:00:00Z")) ==
                at("2012-01-05T08:00:00Z"));
    lf_zone_free(&mem, zone);
}

static void what_never_opens(void **state) {
    static const lf_window evening = {ALL, AT(21, 30), AT(22, 0)},
                           late = {ALL, AT(21, 0), AT(8, 0)},
                           halves[] = {{ALL, AT(0, 0), AT(12, 0)}, {ALL, AT(11, 0), AT(0, 0)}};
    (void)state;
    assert_true(lf_window_next(&lf_zone_utc, &evening, &late, 1, 0) == LF_TIME_NONE);
    assert_true(lf_window_next(&lf_zone_utc, NULL, halves, 2, 0) == LF_TIME_NONE);
}

/* Time ends with the year 9999. */
static void at_the_end_of_time(void **state) {
    static const lf_window morning = {ALL, AT(9, 0), AT(12, 0)};
    (void)state;
    assert_true(lf_window_next(&lf_zone_utc, &morning, NULL, 0, at("9999-12-31T11:59:59.999Z")) ==
                at("9999-12-31T11:59:59.999Z"));
    assert_true(lf_window_next(&lf_zone_utc, &morning, NULL, 0, at("9999-12-31T12:00:00Z")) ==
                LF_TIME_NONE);
    assert_true(lf_window_next(&lf_zone_utc, NULL, &morning, 1, at("9999-12-31T09:00:00Z")) ==
                at("9999-12-31T12:00:00Z"));
    assert_true(lf_window_next(&lf_zone_utc, &morning, NULL, 0, LF_TIME_MIN) ==
                LF_TIME_MIN + 9 * LF_MS_HOUR);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_the_clock_on_the_wall_says),
        cmocka_unit_test(days_that_are_not_there),
        cmocka_unit_test(what_never_opens),
        cmocka_unit_test(at_the_end_of_time),
    };
    lf_mem_from(&mem, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

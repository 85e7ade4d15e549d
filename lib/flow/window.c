/* SPDX-License-Identifier: MIT */
/*
 * When a message may go by the clock (SPEC 9.1, 9.5): windows and quiet hours as intervals of instants. Each day that
 * there is opens one, read from its local times as 9.3 says; where a clock change turns one inside out there is none.
 */
#include "flow/flow_internal.h"
#include "time/timing.h"

#define DAY (LF_MS_DAY / LF_MS_SECOND)
#define LOOK_AHEAD (366 * DAY) /* what is not open within a year never is, but for a clock change */

/* What the clock does around a time. Mostly nothing: then local times differ from UTC by one offset. */
typedef struct around {
    const lf_zone *zone;
    int64_t today;
    int32_t offset;
    bool steady; /* it is the same for five days back and nine ahead */
} around;

static around look_around(const lf_zone *zone, int64_t utc) {
    int64_t until;
    around a = {.zone = zone, .offset = lf_zone_look(zone, utc - 5 * DAY, &until)};
    a.steady = until > utc + 9 * DAY;
    a.offset = a.steady ? a.offset : lf_zone_offset(zone, utc);
    a.today = lf_floor_div(utc + a.offset, DAY);
    return a;
}

static int64_t to_utc(const around *a, int64_t local) {
    return a->steady ? local - a->offset : lf_zone_to_utc(a->zone, local);
}

static bool opens_on(const around *a, const lf_window *window, int64_t day) {
    return (window->days >> lf_weekday(day) & 1) != 0 &&
           (a->steady || !lf_zone_skips(a->zone, day));
}

/* The end of the last interval that contains this second; the second itself if none does. */
static int64_t end_of(const around *a, const lf_window *window, int64_t utc) {
    int64_t end = utc;
    /* one that opened before a day that was skipped may still be open */
    for (int64_t day = a->today - 3; day <= a->today + 1; day++) {
        if (!opens_on(a, window, day)) {
            continue;
        }
        int64_t open = to_utc(a, day * DAY + window->from);
        int64_t last = window->to < window->from ? day + 1 : day;
        int64_t close = to_utc(a, last * DAY + window->to);
        if (open <= utc && end < close) {
            end = close;
        }
    }
    return end;
}

/* When it next opens, not before this second. */
static int64_t next_opening(const around *a, const lf_window *window, int64_t utc) {
    if (!a->steady) {
        return lf_zone_next(a->zone, utc, window->from, window->days);
    }
    int64_t day = a->today;
    while (!opens_on(a, window, day) || to_utc(a, day * DAY + window->from) < utc) {
        day++;
    }
    return to_utc(a, day * DAY + window->from);
}

/* The first second from this one on at which it is open. */
static int64_t open_from(const lf_zone *zone, const lf_window *window, int64_t utc) {
    for (int64_t limit = utc + LOOK_AHEAD; utc <= limit;) {
        around a = look_around(zone, utc);
        if (end_of(&a, window, utc) != utc) {
            return utc;
        }
        int64_t next = next_opening(&a, window, utc);
        utc = next > utc ? next : utc + 1; /* it opens, but not for a second */
    }
    return LF_TIME_NONE;
}

static int64_t quiet_until(const lf_zone *zone, const lf_window *quiet, uint32_t n, int64_t utc) {
    int64_t end = utc;
    around a = look_around(zone, utc);
    for (uint32_t i = 0; i < n; i++) {
        int64_t one = end_of(&a, &quiet[i], utc);
        end = one > end ? one : end;
    }
    return end;
}

int64_t lf_window_next(const lf_zone *zone, const lf_window *window, const lf_window *quiet,
                       uint32_t n_quiet, int64_t t) {
    int64_t start = lf_floor_div(t, LF_MS_SECOND), utc = start, before;
    do {
        before = utc;
        utc = window == NULL || window->days == 0 ? utc : open_from(zone, window, utc);
        if (utc > start + LOOK_AHEAD || utc > LF_TIME_MAX / LF_MS_SECOND) {
            return LF_TIME_NONE;
        }
        utc = quiet_until(zone, quiet, n_quiet, utc);
    } while (utc != before);
    return utc == start ? t : utc * LF_MS_SECOND;
}

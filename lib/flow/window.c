/* SPDX-License-Identifier: MIT */
/*
 * When a message may go by the clock (SPEC 9.1, 9.5): windows and quiet hours as intervals of instants. Each day that
 * there is opens one, read from its local times as 9.3 says; where a clock change turns one inside out there is none.
 */
#include "flow/flow_internal.h"
#include "time/timing.h"

#define DAY (LF_MS_DAY / LF_MS_SECOND)
#define LOOK_AHEAD (366 * DAY) /* what is not open within a year never is, but for a clock change */

/* The end of the last interval that contains this second; the second itself if none does. */
static int64_t end_of(const lf_zone *zone, const lf_window *window, int64_t utc) {
    int64_t today = lf_floor_div(utc + lf_zone_offset(zone, utc), DAY), end = utc;
    /* one that opened before a day that was skipped may still be open */
    for (int64_t day = today - 3; day <= today + 1; day++) {
        if ((window->days >> lf_weekday(day) & 1) == 0 || lf_zone_skips(zone, day)) {
            continue;
        }
        int64_t open = lf_zone_to_utc(zone, day * DAY + window->from);
        int64_t last = window->to < window->from ? day + 1 : day;
        int64_t close = lf_zone_to_utc(zone, last * DAY + window->to);
        if (open <= utc && end < close) {
            end = close;
        }
    }
    return end;
}

/* The first second from this one on at which it is open. */
static int64_t open_from(const lf_zone *zone, const lf_window *window, int64_t utc) {
    int64_t limit = utc + LOOK_AHEAD;
    while (utc <= limit && end_of(zone, window, utc) == utc) {
        int64_t next = lf_zone_next(zone, utc, window->from, window->days);
        utc = next > utc ? next : utc + 1; /* it opens, but not for a second */
    }
    return utc <= limit ? utc : LF_TIME_NONE;
}

static int64_t quiet_until(const lf_zone *zone, const lf_window *quiet, uint32_t n, int64_t utc) {
    int64_t end = utc;
    for (uint32_t i = 0; i < n; i++) {
        int64_t one = end_of(zone, &quiet[i], utc);
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

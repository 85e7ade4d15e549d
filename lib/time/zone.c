/* SPDX-License-Identifier: MIT */
/* Local times: from UTC, to UTC, and the next one on certain weekdays (SPEC 9.3). */
#include "time/timing.h"
#include "time/zone_internal.h"

#define DAY 86400

const lf_zone lf_zone_utc = {.n = 0};

/* How many turns there are up to that time. */
static uint32_t turns_until(const lf_zone *zone, int64_t utc) {
    uint32_t low = 0, high = zone->n;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (zone->turns[middle].utc <= utc) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

int32_t lf_zone_look(const lf_zone *zone, int64_t utc, int64_t *until) {
    uint32_t past = turns_until(zone, utc);
    *until = INT64_MAX;
    if (past < zone->n) {
        *until = zone->turns[past].utc;
    } else if (zone->ruled) {
        return lf_rule_offset(&zone->rule, utc, until);
    }
    return past == 0 ? zone->before : zone->turns[past - 1].offset;
}

int32_t lf_zone_offset(const lf_zone *zone, int64_t utc) {
    int64_t until;
    return lf_zone_look(zone, utc, &until);
}

/* To UTC; *resumes is the local time at which the clock goes on if it never shows this one, else the time itself.
 * Walks the stretches of equal offset from the earliest that could show it to the latest. */
static int64_t resolve(const lf_zone *zone, int64_t local, int64_t *resumes) {
    int64_t until, skipped = local;
    int32_t before = 0;
    bool passed = false;
    *resumes = local;
    for (int64_t at = local - LF_ZONE_OFFSET_MAX; at <= local - LF_ZONE_OFFSET_MIN; at = until) {
        int32_t offset = lf_zone_look(zone, at, &until);
        if (local >= at + offset && local - offset < until) {
            *resumes = local;
            return local - offset;
        }
        if (local < at + offset && !passed) {
            passed = true;
            skipped = local - before;
            *resumes = at + offset;
        }
        before = offset;
    }
    return skipped;
}

int64_t lf_zone_to_utc(const lf_zone *zone, int64_t local) {
    int64_t resumes;
    return resolve(zone, local, &resumes);
}

bool lf_zone_skips(const lf_zone *zone, int64_t day) {
    int64_t resumes;
    resolve(zone, day * DAY, &resumes);
    return resumes >= (day + 1) * DAY;
}

int64_t lf_zone_day(const lf_zone *zone, int64_t day) {
    int64_t local = day * DAY, at = local - LF_ZONE_OFFSET_MAX, until;
    int32_t offset = lf_zone_look(zone, at, &until);
    while (local - offset >= until) {
        at = until;
        offset = lf_zone_look(zone, at, &until);
    }
    return at + offset < local ? local - offset : at;
}

unsigned lf_weekday(int64_t day) {
    return (unsigned)(day + 3 - lf_floor_div(day + 3, 7) * 7); /* 1970-01-01: a Thursday */
}

/* The first day from this one on that counts, and when it is `second` of it. */
static int64_t first_of(const lf_zone *zone, int64_t *day, int32_t second, uint8_t weekdays) {
    for (; weekdays != 0 && *day <= LF_TIME_MAX / LF_MS_DAY + 1; ++*day) {
        if ((weekdays >> lf_weekday(*day) & 1) != 0 && !lf_zone_skips(zone, *day)) {
            int64_t utc = lf_zone_to_utc(zone, *day * DAY + second);
            return utc <= LF_TIME_MAX / LF_MS_SECOND ? utc : LF_TIME_NONE;
        }
    }
    return LF_TIME_NONE;
}

int64_t lf_zone_from(const lf_zone *zone, int64_t day, int32_t second, uint8_t weekdays) {
    return first_of(zone, &day, second, weekdays);
}

int64_t lf_zone_next(const lf_zone *zone, int64_t after, int32_t second, uint8_t weekdays) {
    /* what a gap swallowed comes up to three days behind its nominal date */
    int64_t day = lf_floor_div(after + lf_zone_offset(zone, after), DAY) - 3, utc;
    do {
        utc = first_of(zone, &day, second, weekdays);
        day++;
    } while (utc < after);
    return utc;
}

/* SPDX-License-Identifier: MIT */
/* Local times of a contact: `at` and `on` (SPEC 9.3), in its zone. */
#include "flow/flow_internal.h"
#include "time/timing.h"

#define DAY (LF_MS_DAY / LF_MS_SECOND)

/* A time taken apart: the day and the second of it in a zone, and what is left of a second. */
typedef struct local {
    int64_t day;
    int32_t second, ms;
} local;

static local local_of(const lf_zone *zone, int64_t t) {
    int64_t utc = lf_floor_div(t, LF_MS_SECOND), seconds = utc + lf_zone_offset(zone, utc);
    int64_t day = lf_floor_div(seconds, DAY);
    return (local){day, (int32_t)(seconds - day * DAY), (int32_t)(t - utc * LF_MS_SECOND)};
}

static int64_t in_ms(int64_t utc, int32_t ms) {
    return utc == LF_TIME_NONE ? LF_TIME_NONE : utc * LF_MS_SECOND + ms;
}

int64_t lf_local_day(lf_flow *flow, const lf_local *when, int64_t from, int64_t days) {
    const lf_zone *zone = lf_world_zone(&flow->world);
    local start = local_of(zone, from);
    return when->timed
               ? in_ms(lf_zone_from(zone, start.day + days, when->second, when->days), 0)
               : in_ms(lf_zone_from(zone, start.day + days, start.second, when->days), start.ms);
}

int64_t lf_local_next(lf_flow *flow, const lf_local *when, int64_t from) {
    if (from > LF_TIME_MAX) {
        return LF_TIME_NONE;
    }
    const lf_zone *zone = lf_world_zone(&flow->world);
    local start = local_of(zone, from);
    if (when->timed) {
        int64_t utc = -lf_floor_div(-from, LF_MS_SECOND);
        return in_ms(lf_zone_next(zone, utc, when->second, when->days), 0);
    }
    if (when->days >> lf_weekday(start.day) & 1) {
        return from; /* also where its time of day comes twice, and this is the second */
    }
    return in_ms(lf_zone_from(zone, start.day + 1, start.second, when->days), start.ms);
}

/* The days of the period that this day lies in: from the first of them to that of the next period. */
static void days_around(uint8_t period, int64_t day, int64_t *from, int64_t *to) {
    lf_civil date;
    switch (period) {
    case LF_CAP_DAY:
        *from = day;
        *to = day + 1;
        break;
    case LF_CAP_WEEK:
        *from = day - lf_weekday(day);
        *to = *from + 7;
        break;
    default:
        lf_civil_from_time(day * LF_MS_DAY, &date);
        *from = day - date.day + 1;
        *to = lf_days_from_civil(date.year + date.month / 12, (uint8_t)(date.month % 12 + 1), 1);
        break;
    }
}

void lf_local_period(lf_flow *flow, uint8_t period, int64_t *begun, int64_t *next) {
    const lf_zone *zone = lf_world_zone(&flow->world);
    int64_t day = local_of(zone, flow->work->clock).day, from, to;
    while (in_ms(lf_zone_day(zone, day + 1), 0) <= flow->work->clock) {
        day++; /* the clock was put back over midnight: the day that has begun goes on */
    }
    days_around(period, day, &from, &to);
    *begun = in_ms(lf_zone_day(zone, from), 0);
    *next = in_ms(lf_zone_day(zone, to), 0);
}

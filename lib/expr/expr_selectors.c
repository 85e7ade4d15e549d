/* SPDX-License-Identifier: MIT */
/* Parts of times: getFullYear() and its like, of timestamps in any zone, and of durations. */
#include "expr/expr_internal.h"
#include "time/timing.h"

/* "+02:00", "-2:30", "05:30"; seconds east. */
static bool fixed_offset(lf_str s, int32_t *offset) {
    bool sign = s.n > 0 && (s.p[0] == '-' || s.p[0] == '+');
    lf_str digits = {s.p + sign, s.n - sign};
    uint64_t hours, minutes;
    if (digits.n < 4 || digits.n > 5 || digits.p[digits.n - 3] != ':' ||
        !lf_parse_u64((lf_str){digits.p, digits.n - 3}, &hours) ||
        !lf_parse_u64((lf_str){digits.p + digits.n - 2, 2}, &minutes) || hours > 23 ||
        minutes > 59) {
        return false;
    }
    *offset = (int32_t)(hours * 3600 + minutes * 60);
    *offset = s.p[0] == '-' ? -*offset : *offset;
    return true;
}

bool lf_zone_is_fixed(lf_str name, int32_t *offset) {
    *offset = 0;
    return lf_str_eq(name, LF_STR("UTC")) || fixed_offset(name, offset);
}

static bool offset_of(lf_run *run, lf_str name, int64_t utc, int32_t *offset) {
    if (lf_zone_is_fixed(name, offset)) {
        return true;
    }
    const lf_env *env = run->env;
    lf_charge(&run->meter, name.n / LF_BYTES_PER_COST);
    const lf_zone *zone = env->zone == NULL ? NULL : env->zone(env->ctx, name);
    *offset = zone == NULL ? 0 : lf_zone_offset(zone, utc);
    return zone != NULL;
}

static int64_t part_of_timestamp(uint8_t part, int64_t seconds, int32_t nanos) {
    lf_civil c;
    int64_t days = lf_floor_div(seconds, LF_MS_DAY / LF_MS_SECOND);
    lf_civil_from_time(seconds * LF_MS_SECOND, &c);
    switch (part) {
    case LF_PART_YEAR:
        return c.year;
    case LF_PART_MONTH:
        return c.month - 1;
    case LF_PART_YEAR_DAY:
        return days - lf_days_from_civil(c.year, 1, 1);
    case LF_PART_MONTH_DAY:
        return c.day - 1;
    case LF_PART_DATE:
        return c.day;
    case LF_PART_WEEK_DAY: /* 1970-01-01 was a Thursday, Sunday is 0 */
        return days + 4 - 7 * lf_floor_div(days + 4, 7);
    case LF_PART_HOURS:
        return c.hour;
    case LF_PART_MINUTES:
        return c.minute;
    case LF_PART_SECONDS:
        return c.second;
    default:
        return nanos / 1000000;
    }
}

/* A duration is counted in whole hours, minutes, seconds; but of its milliseconds those behind the second
 * are given: the conformance tests have it so. */
static int64_t part_of_duration(uint8_t part, int64_t seconds, int32_t nanos) {
    switch (part) {
    case LF_PART_HOURS:
        return seconds / 3600;
    case LF_PART_MINUTES:
        return seconds / 60;
    case LF_PART_SECONDS:
        return seconds;
    default:
        return nanos / 1000000;
    }
}

lf_value lf_run_select_time(const lf_value *args, lf_run *run) {
    uint8_t part = run->call->detail;
    int64_t seconds = args[0].u.time.seconds;
    int32_t nanos = args[0].u.time.nanos, offset = 0;
    if (args[0].type == LF_T_DURATION) {
        return lf_value_int(part_of_duration(part, seconds, nanos));
    }
    if (run->call->n_args > 1 && !offset_of(run, args[1].u.s, seconds, &offset)) {
        return lf_value_error("unknown time zone");
    }
    return lf_value_int(part_of_timestamp(part, seconds + offset, nanos));
}

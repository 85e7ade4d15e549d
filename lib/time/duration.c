/* SPDX-License-Identifier: MIT */
/* Durations: "90d", "1h30m", "500ms". */
#include "time/timing.h"

static const struct {
    const char *name;
    int64_t ms;
} units[] = {{"w", LF_MS_WEEK},   {"d", LF_MS_DAY},    {"h", LF_MS_HOUR},
             {"m", LF_MS_MINUTE}, {"s", LF_MS_SECOND}, {"ms", 1}};
#define LONGEST (INT64_C(10000) * 366 * LF_MS_DAY)

/* The unit that the text names at `at`, not before `from` in the list; LF_COUNT(units) if none. */
static size_t unit_at(lf_str s, size_t at, size_t from) {
    size_t n = at + 1 < s.n && s.p[at] == 'm' && s.p[at + 1] == 's' ? 2 : 1;
    for (size_t i = from; i < LF_COUNT(units); i++) {
        if (at + n <= s.n && lf_str_eq((lf_str){s.p + at, n}, lf_str_of(units[i].name))) {
            return i;
        }
    }
    return LF_COUNT(units);
}

bool lf_duration_parse(lf_str s, bool negative_ok, int64_t *out) {
    bool negative = negative_ok && s.n > 0 && s.p[0] == '-';
    size_t at = negative, next = 0;
    int64_t sum = 0;
    if (at == s.n) {
        return false;
    }
    while (at < s.n) {
        size_t from = at;
        uint64_t count;
        while (at < s.n && s.p[at] >= '0' && s.p[at] <= '9') {
            at++;
        }
        size_t unit = unit_at(s, at, next);
        if (!lf_parse_u64((lf_str){s.p + from, at - from}, &count) || unit == LF_COUNT(units) ||
            count > (uint64_t)(LONGEST / units[unit].ms)) {
            return false;
        }
        sum += (int64_t)count * units[unit].ms;
        at += strlen(units[unit].name);
        next = unit + 1;
    }
    *out = negative ? -sum : sum;
    return sum <= LONGEST;
}

void lf_duration_put(lf_buf *buf, int64_t ms) {
    if (ms <= 0) {
        lf_buf_text(buf, ms == 0 ? "0s" : "-");
        ms = -ms;
    }
    for (size_t i = 0; i < LF_COUNT(units) && ms > 0; i++) {
        if (ms >= units[i].ms) {
            lf_buf_i64(buf, ms / units[i].ms);
            lf_buf_text(buf, units[i].name);
            ms %= units[i].ms;
        }
    }
}

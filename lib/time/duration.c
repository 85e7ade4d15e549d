/* SPDX-License-Identifier: MIT */
/* Durations: "90d", "1h30m", "500ms". */
#include "time/timing.h"

static const struct {
    const char *name;
    int64_t ms;
} units[] = {{"w", LF_MS_WEEK},   {"d", LF_MS_DAY},    {"h", LF_MS_HOUR},
             {"m", LF_MS_MINUTE}, {"s", LF_MS_SECOND}, {"ms", 1}};
#define LONGEST (INT64_C(10000) * 366 * LF_MS_DAY)
#define LONGEST_TEXT 128u /* six counts of at most 19 digits, with their units */

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

/* The text in the units whose bits are set in `use`, the larger ones first; 0 if a rest remains. */
static size_t lay_out(char out[LONGEST_TEXT], uint64_t ms, unsigned use) {
    size_t n = 0;
    for (size_t i = 0; i < LF_COUNT(units) && ms > 0; i++) {
        uint64_t count = use >> i & 1 ? ms / (uint64_t)units[i].ms : 0;
        char digits[20];
        size_t first = sizeof digits;
        ms -= count * (uint64_t)units[i].ms;
        for (uint64_t left = count; left > 0; left /= 10) {
            digits[--first] = (char)('0' + left % 10);
        }
        if (count > 0) {
            size_t name = strlen(units[i].name);
            memcpy(out + n, digits + first, sizeof digits - first);
            n += sizeof digits - first;
            memcpy(out + n, units[i].name, name);
            n += name;
        }
    }
    return ms == 0 ? n : 0;
}

/* There are few units, so each choice of them is tried: "90d" is shorter than "12w6d". */
void lf_duration_put(lf_buf *buf, int64_t ms) {
    uint64_t length = ms < 0 ? 0 - (uint64_t)ms : (uint64_t)ms;
    char text[LONGEST_TEXT], best[1 + LONGEST_TEXT] = "-0s";
    size_t best_n = ms == 0 ? 2 : SIZE_MAX, sign = ms < 0;
    for (unsigned use = 1; use < 1u << LF_COUNT(units); use++) {
        size_t n = lay_out(text, length, use);
        if (n > 0 && n < best_n) {
            best_n = n;
            memcpy(best + 1, text, n);
        }
    }
    lf_buf_add(buf, best + 1 - sign, best_n + sign);
}

/* SPDX-License-Identifier: MIT */
/* Floor 1: instants, civil time, RFC 3339 and durations. Zones have their place here too. */
#pragma once

#include "base/base.h"

#define LF_MS_SECOND INT64_C(1000)
#define LF_MS_MINUTE INT64_C(60000)
#define LF_MS_HOUR INT64_C(3600000)
#define LF_MS_DAY INT64_C(86400000)
#define LF_MS_WEEK INT64_C(604800000)
#define LF_RFC3339_SIZE 24 /* "2026-01-05T10:00:00.000Z" without a NUL */

typedef struct lf_civil {
    int32_t year; /* 1..9999 */
    uint8_t month, day, hour, minute, second;
    uint16_t millisecond;
} lf_civil;

int64_t lf_days_from_civil(int32_t year, uint8_t month, uint8_t day); /* since 1970-01-01 */
void lf_civil_from_time(int64_t t, lf_civil *out);                    /* UTC, proleptic Gregorian */
bool lf_time_from_civil(const lf_civil *civil, int64_t *out); /* false if no such date or time */

/* RFC 3339 with any offset; fractions beyond milliseconds are cut; a leap second :60 is the next second's
 * start; years 0001..9999. 't', 'z' and a space for 'T' are accepted as RFC 3339 allows. */
bool lf_time_parse(lf_str s, int64_t *out);
void lf_time_format(char out[LF_RFC3339_SIZE], int64_t t); /* always UTC, three decimals */
void lf_time_put(lf_buf *buf, int64_t t);

/* "90d", "1h30m", "500ms": units w d h m s ms in that order, each at most once, at least one; digits only.
 * A leading '-' only if `negative_ok`. False also if the sum does not fit (beyond +-10,000 years). */
bool lf_duration_parse(lf_str s, bool negative_ok, int64_t *out);
void lf_duration_put(lf_buf *buf, int64_t ms); /* shortest text that parses back */

/* SPDX-License-Identifier: MIT */
/* Timestamps and durations as CEL writes and reads them: to the nanosecond. */
#include "expr/expr_internal.h"
#include "time/timing.h"

static bool is_digit(lf_str s, size_t at) {
    return at < s.n && s.p[at] >= '0' && s.p[at] <= '9';
}

/* ".5" behind `from`, up to nine digits; the rest is cut. */
static int32_t nanos_at(lf_str s, size_t at) {
    int32_t nanos = 0, weight = 100000000;
    for (at++; is_digit(s, at); at++, weight /= 10) {
        nanos += weight * (s.p[at] - '0');
    }
    return nanos;
}

/* RFC 3339, with the capital letters and without the leap second that it leaves to choice. A day that the month
 * does not have, up to the 31st, is one of the next: so have it the conformance cases. */
lf_value lf_timestamp_read(lf_str text) {
    char plain[25]; /* without the fraction, on a day that every month has */
    int64_t ms, days = 0;
    size_t zone = 19;
    if (text.n > 19 && text.p[19] == '.' && is_digit(text, 20)) {
        for (zone = 20; is_digit(text, zone); zone++) {
        }
    }
    bool fine = text.n > zone && text.n - zone <= 6 && text.p[10] == 'T' && text.p[17] != '6' &&
                text.p[zone] != 'z';
    if (fine) {
        memcpy(plain, text.p, 19);
        memcpy(plain + 19, text.p + zone, text.n - zone);
        if ((plain[8] == '2' && plain[9] == '9') ||
            (plain[8] == '3' && (plain[9] == '0' || plain[9] == '1'))) {
            days = (plain[8] - '2') * 10 + plain[9] - '8';
            memcpy(plain + 8, "28", 2);
        }
        fine = lf_time_parse((lf_str){plain, 19 + text.n - zone}, &ms);
    }
    if (!fine) {
        return lf_value_error("the text is no timestamp between the years 1 and 9999");
    }
    return lf_value_of_time(LF_T_TIMESTAMP, (ms + days * LF_MS_DAY) / LF_MS_SECOND,
                            zone > 19 ? nanos_at(text, 19) : 0);
}

/* ---- durations: "-1h30m1.5s", "0" ---- */
static const struct {
    const char *name;
    uint64_t nanos;
} units[] = {{"ns", 1},
             {"us", 1000},
             {"\xc2\xb5s", 1000}, /* micro */
             {"\xce\xbcs", 1000}, /* mu */
             {"ms", 1000000},
             {"s", UINT64_C(1000000000)},
             {"m", UINT64_C(60000000000)},
             {"h", UINT64_C(3600000000000)}};
#define MOST (UINT64_C(1) << 63)

/* The unit at *at, and behind it; 0: none. */
static uint64_t unit_at(lf_str s, size_t *at) {
    size_t from = *at;
    while (*at < s.n && !is_digit(s, *at) && s.p[*at] != '.') {
        ++*at;
    }
    for (size_t i = 0; i < LF_COUNT(units); i++) {
        if (lf_str_eq((lf_str){s.p + from, *at - from}, lf_str_of(units[i].name))) {
            return units[i].nanos;
        }
    }
    return 0;
}

/* One number with its unit; a fraction is cut to whole nanoseconds. */
static bool read_part(lf_str s, size_t *at, uint64_t *nanos) {
    uint64_t whole = 0, fraction = 0;
    double scale = 1;
    size_t digits = 0;
    for (; is_digit(s, *at); ++*at, digits++) {
        unsigned digit = (unsigned)(s.p[*at] - '0');
        if (whole > (MOST - digit) / 10) {
            return false;
        }
        whole = whole * 10 + digit;
    }
    if (*at < s.n && s.p[*at] == '.') {
        for (++*at; is_digit(s, *at); ++*at, digits++) {
            if (fraction < UINT64_C(100000000000000000)) { /* more than nanoseconds can tell */
                fraction = fraction * 10 + (uint64_t)(s.p[*at] - '0');
                scale *= 10;
            }
        }
    }
    uint64_t unit = unit_at(s, at);
    if (digits == 0 || unit == 0 || whole > MOST / unit) {
        return false;
    }
    *nanos = whole * unit + (uint64_t)((double)fraction * ((double)unit / scale));
    return *nanos <= MOST;
}

lf_value lf_duration_read(lf_str text) {
    bool minus = text.n > 0 && text.p[0] == '-';
    size_t at = minus || (text.n > 0 && text.p[0] == '+');
    uint64_t sum = 0;
    bool fine = at < text.n;
    if (text.n == at + 1 && text.p[at] == '0') {
        at++; /* "0" needs no unit */
    }
    while (fine && at < text.n) {
        uint64_t nanos = 0;
        fine = read_part(text, &at, &nanos) && nanos <= MOST - !minus - sum;
        sum += nanos;
    }
    if (!fine) {
        return lf_value_error("the text is no duration that fits in 64 bits of nanoseconds");
    }
    int64_t seconds = (int64_t)(sum / LF_NANOS), nanos = (int64_t)(sum % LF_NANOS);
    return lf_value_of_time(LF_T_DURATION, minus ? -seconds : seconds, minus ? -nanos : nanos);
}

/* ---- writing ---- */
/* ".5": what is not 0 of the nanoseconds; the length. */
static size_t put_nanos(char *out, int32_t nanos) {
    size_t n = 0;
    out[n++] = '.';
    for (int32_t left = nanos, weight = 100000000; left > 0; weight /= 10) {
        out[n++] = (char)('0' + left / weight);
        left %= weight;
    }
    return n > 1 ? n : 0;
}

size_t lf_timestamp_write(char out[LF_TIME_TEXT], const lf_value *timestamp) {
    char whole[LF_RFC3339_SIZE];
    size_t n = 19;
    lf_time_format(whole, timestamp->u.time.seconds * LF_MS_SECOND);
    memcpy(out, whole, n);
    n += put_nanos(out + n, timestamp->u.time.nanos);
    out[n++] = 'Z';
    return n;
}

size_t lf_duration_write(char out[LF_TIME_TEXT], const lf_value *duration) {
    char digits[20];
    int64_t seconds = duration->u.time.seconds;
    int32_t nanos = duration->u.time.nanos;
    size_t n = 0, first = sizeof digits;
    if (seconds < 0 || nanos < 0) {
        out[n++] = '-';
        seconds = -seconds;
        nanos = -nanos;
    }
    do {
        digits[--first] = (char)('0' + seconds % 10);
        seconds /= 10;
    } while (seconds > 0);
    memcpy(out + n, digits + first, sizeof digits - first);
    n += sizeof digits - first;
    n += put_nanos(out + n, nanos);
    out[n++] = 's';
    return n;
}

/* SPDX-License-Identifier: MIT */
/* Instants as text: RFC 3339, read with any offset, written in UTC with three decimals. */
#include "time/timing.h"

static bool number(lf_str s, size_t at, size_t n, int32_t *out) {
    *out = 0;
    for (size_t i = at; i < at + n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9') {
            return false;
        }
        *out = *out * 10 + (s.p[i] - '0');
    }
    return true;
}

/* "Z", "+hh:mm", "-hh:mm" at the end of the text; minutes east. */
static bool offset(lf_str s, size_t at, int32_t *minutes) {
    int32_t h, m;
    if (s.n - at == 1 && (s.p[at] == 'Z' || s.p[at] == 'z')) {
        *minutes = 0;
        return true;
    }
    if (s.n - at != 6 || (s.p[at] != '+' && s.p[at] != '-') || s.p[at + 3] != ':' ||
        !number(s, at + 1, 2, &h) || !number(s, at + 4, 2, &m) || h > 23 || m > 59) {
        return false;
    }
    *minutes = (s.p[at] == '-' ? -1 : 1) * (h * 60 + m);
    return true;
}

bool lf_time_parse(lf_str s, int64_t *out) {
    int32_t part[6];
    static const uint8_t at[6] = {0, 5, 8, 11, 14, 17};
    if (s.n < 20 || s.p[4] != '-' || s.p[7] != '-' || s.p[13] != ':' || s.p[16] != ':' ||
        (s.p[10] != 'T' && s.p[10] != 't' && s.p[10] != ' ')) {
        return false;
    }
    for (unsigned i = 0; i < 6; i++) {
        if (!number(s, at[i], i == 0 ? 4 : 2, &part[i])) {
            return false;
        }
    }
    lf_civil civil = {.year = part[0],
                      .month = (uint8_t)part[1],
                      .day = (uint8_t)part[2],
                      .hour = (uint8_t)part[3],
                      .minute = (uint8_t)part[4],
                      .second = (uint8_t)part[5]};
    size_t i = 19;
    if (s.p[i] == '.') {
        unsigned weight = 100;
        size_t from = ++i;
        for (; i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; i++, weight /= 10) {
            civil.millisecond = (uint16_t)(civil.millisecond + weight * (unsigned)(s.p[i] - '0'));
        }
        if (i == from || i == s.n) {
            return false;
        }
    }
    int32_t minutes;
    int64_t t;
    if (!offset(s, i, &minutes) || !lf_time_from_civil(&civil, &t)) {
        return false;
    }
    *out = t - minutes * LF_MS_MINUTE;
    return *out >= LF_TIME_MIN && *out <= LF_TIME_MAX;
}

static void digits(char *out, unsigned n, unsigned value) {
    while (n-- > 0) {
        out[n] = (char)('0' + value % 10);
        value /= 10;
    }
}

void lf_time_format(char out[LF_RFC3339_SIZE], int64_t t) {
    lf_civil c;
    t = t < LF_TIME_MIN ? LF_TIME_MIN : t > LF_TIME_MAX ? LF_TIME_MAX : t;
    lf_civil_from_time(t, &c);
    memcpy(out, "0000-00-00T00:00:00.000Z", LF_RFC3339_SIZE);
    digits(out, 4, (unsigned)c.year);
    digits(out + 5, 2, c.month);
    digits(out + 8, 2, c.day);
    digits(out + 11, 2, c.hour);
    digits(out + 14, 2, c.minute);
    digits(out + 17, 2, c.second);
    digits(out + 20, 3, c.millisecond);
}

void lf_time_put(lf_buf *buf, int64_t t) {
    char text[LF_RFC3339_SIZE];
    lf_time_format(text, t);
    lf_buf_add(buf, text, sizeof text);
}

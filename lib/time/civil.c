/* SPDX-License-Identifier: MIT */
/* Civil time: the proleptic Gregorian calendar in UTC. */
#include "time/timing.h"

/* Days from 1970-01-01, by 400-year eras whose years begin in March. */
int64_t lf_days_from_civil(int32_t year, uint8_t month, uint8_t day) {
    int64_t y = (int64_t)year - (month <= 2);
    int64_t era = lf_floor_div(y, 400);
    int64_t of_era = y - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

void lf_civil_from_time(int64_t t, lf_civil *out) {
    int64_t days = lf_floor_div(t, LF_MS_DAY);
    int64_t ms = t - days * LF_MS_DAY;
    int64_t z = days + 719468, era = lf_floor_div(z, 146097), of_era = z - era * 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * of_year + 2) / 153;
    out->day = (uint8_t)(of_year - (153 * month + 2) / 5 + 1);
    out->month = (uint8_t)(month < 10 ? month + 3 : month - 9);
    out->year = (int32_t)(year + era * 400 + (out->month <= 2));
    out->hour = (uint8_t)(ms / LF_MS_HOUR);
    out->minute = (uint8_t)(ms / LF_MS_MINUTE % 60);
    out->second = (uint8_t)(ms / LF_MS_SECOND % 60);
    out->millisecond = (uint16_t)(ms % LF_MS_SECOND);
}

static uint8_t days_in_month(int32_t year, uint8_t month) {
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return (uint8_t)(days[month - 1] + (month == 2 && leap));
}

bool lf_time_from_civil(const lf_civil *c, int64_t *out) {
    if (c->year < 1 || c->year > 9999 || c->month < 1 || c->month > 12 || c->day < 1 ||
        c->day > days_in_month(c->year, c->month) || c->hour > 23 || c->minute > 59 ||
        c->second > 60 || c->millisecond > 999) {
        return false;
    }
    int64_t minutes =
        lf_days_from_civil(c->year, c->month, c->day) * 1440 + c->hour * 60 + c->minute;
    *out = minutes * LF_MS_MINUTE + c->second * LF_MS_SECOND + c->millisecond;
    return *out <= LF_TIME_MAX;
}

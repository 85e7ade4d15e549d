/* SPDX-License-Identifier: MIT */
/*
 * POSIX TZ strings ("CET-1CEST,M3.5.0,M10.5.0/3") as RFC 9636 has them in its footer: names in <>, changes
 * -167 to 167 hours from midnight, summer time all year. An offset is found in constant time, whatever the year.
 */
#include "time/timing.h"
#include "time/zone_internal.h"

#define DAY 86400

/* ---- reading ---- */
typedef struct text {
    const char *p, *end;
    bool failed;
} text;

static bool take(text *t, char c) {
    bool there = t->p < t->end && *t->p == c;
    t->p += there;
    return there;
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static int32_t number(text *t, int most_digits, int32_t least, int32_t most) {
    int32_t value = 0;
    int digits = 0;
    while (t->p < t->end && is_digit(*t->p) && digits < most_digits) {
        value = value * 10 + (*t->p++ - '0');
        digits++;
    }
    t->failed = t->failed || digits == 0 || value < least || value > most;
    return value;
}

/* At least three letters, or in <> also digits and signs. */
static void name(text *t) {
    bool quoted = take(t, '<');
    const char *from = t->p;
    while (t->p < t->end) {
        char c = *t->p;
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && !(quoted && (is_digit(c) || c == '+' || c == '-'))) {
            break;
        }
        t->p++;
    }
    t->failed = t->failed || t->p - from < 3 || (quoted && !take(t, '>'));
}

/* [+-]h[h[h]][:mm[:ss]] */
static int32_t clock_time(text *t, int32_t most_hours) {
    bool negative = take(t, '-');
    if (!negative) {
        take(t, '+');
    }
    int32_t seconds = number(t, 3, 0, most_hours) * 3600;
    if (take(t, ':')) {
        seconds += number(t, 2, 0, 59) * 60;
        if (take(t, ':')) {
            seconds += number(t, 2, 0, 59);
        }
    }
    return negative ? -seconds : seconds;
}

static lf_turn turn(text *t) {
    lf_turn turn = {.kind = LF_TURN_ORDINAL, .time = 2 * 3600};
    if (take(t, 'M')) {
        turn.kind = LF_TURN_WEEKDAY;
        turn.month = (uint8_t)number(t, 2, 1, 12);
        t->failed = !take(t, '.') || t->failed;
        turn.week = (uint8_t)number(t, 1, 1, 5);
        t->failed = !take(t, '.') || t->failed;
        turn.weekday = (uint8_t)number(t, 1, 0, 6);
    } else if (take(t, 'J')) {
        turn.kind = LF_TURN_JULIAN;
        turn.day = (uint16_t)number(t, 3, 1, 365);
    } else {
        turn.day = (uint16_t)number(t, 3, 0, 365);
    }
    if (take(t, '/')) {
        turn.time = clock_time(t, 167);
    }
    return turn;
}

bool lf_rule_parse(lf_str string, lf_zone_rule *out) {
    text t = {.p = string.p, .end = string.p + string.n};
    *out = (lf_zone_rule){.dst = false};
    name(&t);
    out->standard = -clock_time(&t, 24);
    if (t.p < t.end && !t.failed) {
        out->dst = true;
        name(&t);
        out->summer = t.p < t.end && *t.p != ',' ? -clock_time(&t, 24) : out->standard + 3600;
        t.failed = !take(&t, ',') || t.failed;
        out->start = turn(&t);
        t.failed = !take(&t, ',') || t.failed;
        out->end = turn(&t);
    }
    return !t.failed && t.p == t.end;
}

/* ---- using ---- */
static int64_t day_of_week_rule(const lf_turn *turn, int32_t year) {
    int64_t first = lf_days_from_civil(year, turn->month, 1);
    int64_t next = turn->month == 12 ? lf_days_from_civil(year + 1, 1, 1)
                                     : lf_days_from_civil(year, (uint8_t)(turn->month + 1), 1);
    int64_t weekday = first + 4 - lf_floor_div(first + 4, 7) * 7; /* 1970-01-01: a Thursday */
    int64_t day = first + (turn->weekday - weekday + 7) % 7 + 7 * (turn->week - 1);
    return day < next ? day : day - 7;
}

/* The change of one year, in UTC. */
static int64_t turn_in(const lf_turn *turn, int32_t year, int32_t offset) {
    int64_t day;
    if (turn->kind == LF_TURN_WEEKDAY) {
        day = day_of_week_rule(turn, year);
    } else if (turn->kind == LF_TURN_ORDINAL) {
        day = lf_days_from_civil(year, 1, 1) + turn->day;
    } else { /* 60 is 1 March, whether or not there is a 29 February */
        day = turn->day < 60 ? lf_days_from_civil(year, 1, 1) + turn->day - 1
                             : lf_days_from_civil(year, 3, 1) + turn->day - 60;
    }
    return day * DAY + turn->time - offset;
}

static int64_t lower(int64_t now, int64_t utc, int64_t turn) {
    return turn > utc && turn < now ? turn : now;
}

/* A year's summer time goes from its start to its end, or to the next year's end if its own is not later. A change
 * may lie a week outside its year, so the years around are looked at too. Where summer times touch or overlap,
 * there is no standard time between them: so it is summer all year. */
int32_t lf_rule_offset(const lf_zone_rule *rule, int64_t utc, int64_t *until) {
    lf_civil civil;
    if (!rule->dst) {
        return rule->standard;
    }
    lf_civil_from_time(utc * LF_MS_SECOND, &civil);
    bool summer = false;
    int64_t end = turn_in(&rule->end, civil.year - 2, rule->summer);
    for (int32_t year = civil.year - 2; year <= civil.year + 2; year++) {
        int64_t start = turn_in(&rule->start, year, rule->standard);
        int64_t next_end = turn_in(&rule->end, year + 1, rule->summer);
        int64_t over = start < end ? end : next_end;
        summer = summer || (start <= utc && utc < over);
        *until = lower(lower(lower(*until, utc, start), utc, end), utc, next_end);
        end = next_end;
    }
    return summer ? rule->summer : rule->standard;
}

/* SPDX-License-Identifier: MIT */
/* What a zone is made of: the transitions of its file, and the rule that goes on behind them. */
#pragma once

#include "time/zone.h"

enum lf_turn_kind {
    LF_TURN_JULIAN,  /* Jn: 1..365, 29 February is never counted */
    LF_TURN_ORDINAL, /* n: 0..365 */
    LF_TURN_WEEKDAY  /* Mm.w.d: week 5 is the last */
};
typedef struct lf_turn { /* when in a year the clocks change */
    uint8_t kind;
    uint8_t month, week, weekday; /* WEEKDAY; 0 is Sunday */
    uint16_t day;                 /* JULIAN, ORDINAL */
    int32_t time;                 /* local seconds from that day's midnight, -167 to 167 hours */
} lf_turn;

typedef struct lf_zone_rule { /* a POSIX TZ string */
    bool dst;                 /* there are clock changes */
    int32_t standard, summer; /* offsets east */
    lf_turn start, end;       /* of summer time */
} lf_zone_rule;

typedef struct lf_zone_turn {
    int64_t utc;
    int32_t offset; /* from then on */
} lf_zone_turn;

struct lf_zone {
    int32_t before; /* the offset before the first turn; without turns and rule, always */
    bool ruled;     /* from the last turn on, or always if there is none, the rule holds */
    lf_zone_rule rule;
    const lf_zone_turn *turns; /* strictly increasing */
    uint32_t n;
};

/* ---- posix_tz.c ---- */
bool lf_rule_parse(lf_str text, lf_zone_rule *out);
/* The offset at a time. Lowers *until to a time up to which it surely stays. */
int32_t lf_rule_offset(const lf_zone_rule *rule, int64_t utc, int64_t *until);

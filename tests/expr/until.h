/* SPDX-License-Identifier: MIT */
/*
 * What the tests of valid_until are made of: random histories, random conditions, and a slow evaluator that knows
 * nothing of windows but their definition.
 */
#pragma once

#include "base/base.h"

#define T0 INT64_C(1767607200000)  /* 2026-01-05T10:00:00Z */
#define DUE INT64_C(1767607230000) /* what contact.due is, once it is set */
#define MOST_EVENTS 24u
#define DURATIONS 5u

uint32_t random_below(uint32_t n);
void random_begin(uint64_t seed);

/* ---- histories (until_past.c) ---- */
enum {
    A,
    B,
    C,
    ANY,
    TYPES
}; /* C is derived: a B with n >= 2, and makes it an engagement, as A is */
extern const char *const type_names[TYPES];
extern const struct duration {
    const char *text;
    int64_t ms;
} durations[DURATIONS];

typedef struct happening {
    int64_t at;
    bool of[TYPES];
} happening;

typedef struct past {
    happening events[MOST_EVENTS]; /* as they came */
    uint32_t n;
    int64_t clock, created;
    int64_t since; /* of the machine's state */
    bool second;   /* it is s1, tagged and flagged */
    bool due;      /* contact.due is set: it has been s1 */
} past;

void happen(past *p, int64_t at, bool a, uint32_t n);
uint32_t events_in(const past *p, uint32_t type, int64_t after, int64_t upto);

/* All instants from `from` on at which a function of time may change, and those around them, in order. */
#define MOST_INSTANTS (MOST_EVENTS * (DURATIONS + 1) * 3 + DURATIONS * 9 + 3)
size_t instants_of(const past *p, int64_t from, int64_t out[MOST_INSTANTS]);
bool is_edge(const past *p, int64_t t);

/* ---- conditions (until_condition.c) ---- */
enum verdict { NO, YES, FAULT };
enum within_reach {
    WINDOWS,
    ANYTHING,
    LIVED
}; /* what is made: exact; not exact too; exact, and segments */

typedef struct condition condition;
condition *condition_make(lf_arena *arena, enum within_reach reach, unsigned depth);
/* Only then segment.s<k> of these before it are read. */
void condition_place(condition *c, condition *const *all, uint32_t place);
void condition_write(lf_buf *out, const condition *c);
enum verdict condition_truth(const past *p, const condition *c, int64_t t);
bool condition_exact(const condition *c); /* SPEC 5 wants its valid_until to be the very time */

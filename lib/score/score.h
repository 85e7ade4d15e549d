/* SPDX-License-Identifier: MIT */
/*
 * Floor 5: what conditions see (the world), entries, and scores folded from them: totals at any
 * time, why, and when they change. Integers only.
 */
#pragma once

#include "blueprint/definitions.h"
#include "leadflow/scorer.h"

/* ---- the world a condition looks at (world.c) ---- */
/* When something that is kept was found out: it serves in [since, steady) while none of what it depends on moves.
 * Until then all that was read is the same, so a fresh look would find the same, and the same `until`: what
 * becomes of a contact, its wake time with it, does not depend on who looked when. */
typedef struct lf_kept {
    int64_t since, steady;
    uint64_t moment;
} lf_kept;

typedef struct lf_score_now { /* one score */
    lf_kept kept;
    int64_t total; /* milli-points */
    int64_t until; /* the earliest time at which total or a dimension could differ */
    int64_t turn;  /* the same, by anything but decay and idle steps */
} lf_score_now;

typedef struct lf_condition_now { /* what a condition without an event at hand gave */
    lf_kept kept;
    int64_t until; /* when it could differ by time alone */
    bool holds;
} lf_condition_now;

typedef struct lf_world {
    const lf_blueprint *blueprint;
    const lf_contact *contact;
    int64_t t;                   /* the time of evaluation; set it by lf_world_at */
    const lf_event *event;       /* at hand, or NULL */
    const uint16_t *event_types; /* what it counts as: its base type, then derived ones */
    uint32_t n_event_types;
    uint32_t arrival;              /* its number in the contact; 0: not placed or no event */
    const lf_enrolment *enrolment; /* whose timed_out is read, or NULL */
    lf_arena scratch;              /* reset by each evaluation */
    lf_score_now *scores;          /* kept, by score */
    int64_t *dimensions;           /* kept with their score, by dimension */
    lf_condition_now *conditions;  /* kept, by the number of the expression */
    uint64_t moment, first;        /* it grows with each change; its value when the contact came */
    uint64_t moved[LF_DEP_BITS];   /* the moment of the last change, by bit of enum lf_deps */
    uint32_t depth;                /* evaluations in progress: a score may be read within one */
    uint64_t errors;               /* conditions that ended in an error, thus false */
    lf_status failed; /* of some evaluation: no memory or no zone; the whole work is void */
} lf_world;

/* When the first of some conditions changes by time alone. */
typedef struct
    lf_waiting { /* one that may stay the same at the time until which it said it would */
    const lf_expr *expr;
    int64_t until;
    uint16_t sequence; /* whose enrolment it reads, or LF_NO_INDEX */
    bool holds;
} lf_waiting;
typedef struct lf_wait {
    int64_t until; /* `waiting` apart */
    LF_VEC(lf_waiting) waiting;
} lf_wait;

lf_status lf_world_init(lf_world *world, const lf_mem *mem, const lf_blueprint *blueprint);
void lf_world_free(lf_world *world);
/* Looks at this contact from now on, with no event at hand; forgets all it knew. */
void lf_world_look(lf_world *world, const lf_contact *contact, int64_t t);
void lf_world_at(lf_world *world, int64_t t);
/* The contact's zone: of its first field with that format, else the blueprint's (SPEC 9.8). */
const lf_zone *lf_world_zone(lf_world *world);
/* The contact has changed in these respects (enum lf_deps). */
void lf_world_changed(lf_world *world, uint32_t deps);
/* Does it hold? NULL holds. Errors are false and counted. The wait (or NULL) is for its change too; lowers *steady (or
 * NULL). */
bool lf_world_holds(lf_world *world, const lf_expr *expr, lf_wait *wait, int64_t *steady);
/* What that would find out and keep, carried over from an earlier look at the same contact: it held, or not, and
 * that was steady until then. And back: INT64_MIN, if it is not known to hold on. */
void lf_world_carry(lf_world *world, const lf_expr *expr, bool holds, int64_t until);
int64_t lf_world_carried(const lf_world *world, const lf_expr *expr);
/* Any value; text lives until the next evaluation. LF_OK or world.failed; an error is a value. */
lf_status lf_world_value(lf_world *world, const lf_expr *expr, lf_answer *out);

/* What the environment of a condition is made of, with the world as its ctx; and an evaluation by one that somebody else
 * makes of that, to see what is read. Its time is the world's. */
void lf_world_load(void *ctx, int32_t ref, lf_value *out, int64_t *until);
uint64_t lf_world_history(void *ctx, const lf_history *call, lf_value *out, int64_t *until);
const lf_zone *lf_world_zone_named(void *ctx, lf_str name);
lf_status lf_world_run(lf_world *world, const lf_expr *expr, const lf_env *env, lf_answer *out);

/* ---- waiting for conditions (wait.c) ---- */
void lf_wait_begin(lf_wait *wait); /* for nothing */
void lf_wait_free(lf_wait *wait, const lf_mem *mem);
/* Finds out about those that are waiting. Then wait->until is the very time at which the first condition changes, if
 * nothing happens, where it is made of functions of time, logic and comparisons; else it is not later than that. */
void lf_world_wait(lf_world *world, lf_wait *wait);

/* ---- entries (intake.c, seal.c) ---- */
/* Makes the entries of the event at hand, which is placed already, at taken->at: decides each rule's
 * `when` and `per` at that time, all of them before the first entry is added. */
lf_status lf_score_intake(lf_world *world, lf_contact *contact, const lf_taken *taken);
/* Seals what lies behind the horizon of contact->clock: same scores from now on, fewer entries. */
lf_status lf_score_seal(const lf_blueprint *blueprint, lf_contact *contact);

/* ---- scores (fold.c, idle.c, bands.c) ---- */
/* The score at world.t, from the cache if it is known. NULL: an evaluation failed (world.failed). Dimensions
 * are then in world.dimensions. */
const lf_score_now *lf_score_look(lf_world *world, uint16_t score);
/* The band a total has by `from` alone, or lived from `band` with `until`; LF_NO_INDEX: none. */
uint16_t lf_score_band(const lf_blueprint *blueprint, uint16_t score, int64_t total);
uint16_t lf_score_band_from(const lf_blueprint *blueprint, uint16_t score, int64_t total,
                            uint16_t band);
/* The exact next time after world.t at which the lived band will differ from `band` if nothing happens
 * (LF_TIME_NONE: never). Looks no further than `limit`, nor at more than about `looks` times: then what comes
 * back says that one has to look again at it. Leaves the world at its time. */
int64_t lf_score_next_band(lf_world *world, uint16_t score, uint16_t band, int64_t limit,
                           uint32_t looks);
int64_t lf_points(int64_t milli); /* divided by 1000, toward minus infinity */

/* ---- why (explain.c) ---- */
enum lf_part_kind {
    LF_PART_ENTRY,    /* an entry that counts: points before and after decay */
    LF_PART_FIELD,    /* a field rule that picked something */
    LF_PART_RULE_CAP, /* what max_points cut from a rule (the negative of it) */
    LF_PART_DIMENSION_CAP,
    LF_PART_SCORE_CAP,
    LF_PART_FLOOR, /* what the floor added */
    LF_PART_RESET  /* what the reset took */
};
typedef struct lf_part {
    uint8_t kind;
    uint16_t rule, dimension; /* LF_NO_INDEX where it belongs to none */
    int64_t at;               /* ENTRY: its time */
    uint32_t count;           /* ENTRY: how many are in it (sealed ones) */
    int64_t base;             /* ENTRY, FIELD: before decay */
    int64_t value;            /* what it adds to the total: all parts add up to it exactly */
} lf_part;
typedef struct lf_explanation {
    lf_mem mem;
    lf_blueprint *blueprint; /* of a public handle: a reference */
    LF_VEC(lf_part) parts;
    int64_t total;
    int64_t until;
} lf_explanation;
lf_status lf_score_explain(lf_world *world, uint16_t score, lf_explanation *out); /* at world.t */
void lf_explanation_clear(lf_explanation *explanation);

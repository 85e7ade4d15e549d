/* SPDX-License-Identifier: MIT */
/* What the files of this module share: the idle periods of a contact, and which entries count. */
#pragma once

#include "score/score.h"

/* ---- idle.c: SPEC 6.3 for one score at one time ---- */
typedef struct lf_idle {
    const lf_idle_def *def;
    const lf_run *runs; /* those that have begun by t */
    uint32_t n_runs;
    bool has_origin; /* e_0 is not left out */
    int64_t origin;
    int64_t t;
    int64_t anchor;   /* the end of the last run, or e_0; the present gap begins there */
    uint64_t present; /* steps of the present gap */
    int64_t reset;    /* the newest reset not after t; INT64_MIN: none */
    bool engaged;     /* an engagement event happened since the reset, or ever if there was none */
    int64_t next_run, next_step, next_reset; /* when the above changes; LF_TIME_NONE: never */
} lf_idle;
void lf_idle_look(const lf_contact *contact, const lf_idle_def *def, int64_t t, lf_idle *out);
/* W(t) - W(at): the steps that an entry made at `at` <= t has lived through. */
uint64_t lf_idle_lived(const lf_idle *idle, int64_t at);
/* Is there a reset in (from, to]? */
bool lf_idle_resets(const lf_idle *idle, int64_t from, int64_t to);
/* A value after so many steps, with the sign kept. */
int64_t lf_idle_share(const lf_idle_def *def, int64_t value, uint64_t steps);

/* ---- world.c ---- */
/* Does it still hold, for one who depends on these? */
static inline bool lf_kept_holds(const lf_world *world, const lf_kept *kept, uint32_t deps) {
    /* a kept thing that depends on nothing still belongs to one contact */
    bool holds = kept->moment > world->first && kept->since <= world->t && world->t < kept->steady;
    for (; deps != 0 && holds; deps &= deps - 1) {
        holds = world->moved[__builtin_ctz(deps)] < kept->moment;
    }
    return holds;
}
/* It is found out now, and serves until then. */
void lf_kept_set(const lf_world *world, lf_kept *kept, int64_t steady);

/* Puts off what the wait needs to know: when an answer that holds until then changes. */
void lf_wait_for(lf_world *world, lf_wait *wait, const lf_expr *expr, bool holds, int64_t until);

/* ---- fold.c ---- */
/* Calls `each` for every entry of the rule that counts at time t (SPEC 6.1), newest groups last, with the
 * number of times that it counts. Returns the earliest entry after t, LF_TIME_NONE if there is none. */
typedef void (*lf_entry_fn)(void *ctx, const lf_entry *entry, uint32_t count);
int64_t lf_entries_count(const lf_rule_def *rule, const lf_entry *entries, uint32_t n, int64_t t,
                         lf_entry_fn each, void *ctx);
/* What one counting entry is worth at idle->t, before the caps. */
int64_t lf_entry_value(const lf_rule_def *rule, const lf_entry *entry, uint32_t count,
                       const lf_idle *idle);
/* The points that a field rule picks, before the idle factor; lowers *steady. */
int64_t lf_rule_pick(lf_world *world, const lf_rule_def *rule, int64_t *steady);
int64_t lf_rule_clamp(const lf_rule_def *rule, int64_t sum);
/* Above (below) which the total does not come from world.t to `to`, where nothing but decay and idle steps move
 * it until then: what is gained is worth the most at the beginning, what is lost at the end. */
int64_t lf_score_bound(lf_world *world, uint16_t score, int64_t to, bool upper);
/* The total from the sum of the dimensions: clamp, floor, reset. */
int64_t lf_score_finish(const lf_score_def *score, const lf_idle *idle, int64_t sum);

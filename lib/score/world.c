/* SPDX-License-Identifier: MIT */
/* The world that conditions look at: one contact at one time. Answers are kept while they hold. */
#include "score/score_internal.h"

lf_status lf_world_init(lf_world *world, const lf_mem *mem, const lf_blueprint *blueprint) {
    memset(world, 0, sizeof *world);
    world->blueprint = blueprint;
    lf_arena_init(&world->scratch, mem);
    world->scores = lf_mem_alloc(mem, (blueprint->n_scores + 1u) * sizeof *world->scores);
    world->dimensions =
        lf_mem_alloc(mem, (blueprint->n_dimensions + 1u) * sizeof *world->dimensions);
    world->conditions =
        lf_mem_alloc(mem, (blueprint->n_expressions + 1u) * sizeof *world->conditions);
    return world->scores == NULL || world->dimensions == NULL || world->conditions == NULL
               ? LF_E_NOMEM
               : LF_OK;
}

void lf_world_free(lf_world *world) {
    if (world->blueprint == NULL) {
        return;
    }
    lf_mem mem = world->scratch.mem;
    lf_mem_free(&mem, world->scores, (world->blueprint->n_scores + 1u) * sizeof *world->scores);
    lf_mem_free(&mem, world->dimensions,
                (world->blueprint->n_dimensions + 1u) * sizeof *world->dimensions);
    lf_mem_free(&mem, world->conditions,
                (world->blueprint->n_expressions + 1u) * sizeof *world->conditions);
    lf_arena_free(&world->scratch);
}

/* ---- what is kept ---- */
static void move(lf_world *world, uint32_t deps) {
    world->moment++;
    for (; deps != 0; deps &= deps - 1) {
        world->moved[__builtin_ctz(deps)] = world->moment;
    }
}

void lf_kept_set(const lf_world *world, lf_kept *kept, int64_t steady) {
    *kept = (lf_kept){world->t, steady, world->moment + 1};
}

void lf_world_look(lf_world *world, const lf_contact *contact, int64_t t) {
    world->contact = contact;
    world->event = NULL;
    world->n_event_types = 0;
    world->arrival = 0;
    world->enrolment = NULL;
    world->t = t;
    world->first = ++world->moment;
}

void lf_world_at(lf_world *world, int64_t t) {
    world->t = t;
}

void lf_world_changed(lf_world *world, uint32_t deps) {
    move(world, deps & world->blueprint->score_deps ? deps | LF_DEP_SCORE : deps);
}

/* ---- evaluation ---- */
/* Where a zone is not to be had, it is the blueprint's (SPEC 9.8). */
const lf_zone *lf_world_zone_named(void *ctx, lf_str name) {
    lf_world *world = ctx;
    const lf_zone *zone;
    lf_status status = lf_zones_find(world->blueprint->zones, name, &zone);
    if (status != LF_OK && status != LF_E_NOTFOUND && world->failed == LF_OK) {
        world->failed = status;
    }
    return zone == NULL ? world->blueprint->zone : zone;
}

const lf_zone *lf_world_zone(lf_world *world) {
    const lf_blueprint *bp = world->blueprint;
    const lf_field_value *value =
        bp->zone_field == LF_NO_INDEX ? NULL : lf_person_field(world->contact, bp->zone_field);
    return value == NULL
               ? bp->zone
               : lf_world_zone_named(world, lf_person_text(world->contact, value->u.text));
}

static inline lf_status run(lf_world *world, const lf_expr *expr, const lf_env *env,
                            lf_answer *out) {
    if (world->depth == 0) {
        lf_arena_reset(&world->scratch);
    }
    world->depth++;
    lf_status status = lf_expr_eval(expr, env, &world->scratch, out);
    world->depth--;
    if (world->failed == LF_OK) {
        world->failed = status;
    }
    return world->failed;
}

lf_status lf_world_run(lf_world *world, const lf_expr *expr, const lf_env *env, lf_answer *out) {
    return run(world, expr, env, out);
}

static inline lf_status evaluate(lf_world *world, const lf_expr *expr, lf_answer *out) {
    lf_env env = {.ctx = world,
                  .t = world->t,
                  .load = lf_world_load,
                  .history = lf_world_history,
                  .zone = lf_world_zone_named};
    return run(world, expr, &env, out);
}

lf_status lf_world_value(lf_world *world, const lf_expr *expr, lf_answer *out) {
    return evaluate(world, expr, out);
}

/* Within another evaluation, whose memory goes on from here. */
static lf_status evaluate_within(lf_world *world, const lf_expr *expr, lf_answer *out) {
    lf_arena_mark before = lf_arena_here(&world->scratch);
    lf_status status = lf_world_value(world, expr, out);
    lf_arena_back(&world->scratch, before);
    return status;
}

/* Neither the event at hand nor the enrolment stays the same, so what reads them is not kept. */
static lf_condition_now *condition_of(lf_world *world, const lf_expr *expr) {
    bool passing = world->event != NULL || (lf_expr_deps(expr) & LF_DEP_TIMED_OUT) != 0;
    return passing ? NULL : &world->conditions[lf_expr_number(expr)];
}

void lf_world_carry(lf_world *world, const lf_expr *expr, bool holds, int64_t until) {
    lf_condition_now *now = &world->conditions[lf_expr_number(expr)];
    lf_kept_set(world, &now->kept, until);
    now->until = until;
    now->holds = holds;
}

int64_t lf_world_carried(const lf_world *world, const lf_expr *expr) {
    const lf_condition_now *now = &world->conditions[lf_expr_number(expr)];
    bool steady =
        lf_kept_holds(world, &now->kept, lf_expr_deps(expr)) && now->kept.steady == now->until;
    return steady ? now->until : INT64_MIN;
}

static bool look_at(lf_world *world, const lf_expr *expr, lf_condition_now *now) {
    lf_answer answer;
    if (world->depth > 0 ? evaluate_within(world, expr, &answer) != LF_OK
                         : evaluate(world, expr, &answer) != LF_OK) {
        return false;
    }
    lf_kept_set(world, &now->kept, answer.steady);
    now->until = answer.until;
    now->holds = lf_answer_holds(&answer);
    world->errors += answer.value.type != LF_T_BOOL;
    return true;
}

bool lf_world_holds(lf_world *world, const lf_expr *expr, lf_wait *wait, int64_t *steady) {
    if (expr == NULL) {
        return true;
    }
    lf_condition_now passing, *now = condition_of(world, expr);
    if (now == NULL || !lf_kept_holds(world, &now->kept, lf_expr_deps(expr))) {
        now = now == NULL ? &passing : now;
        if (!look_at(world, expr, now)) {
            return false;
        }
    }
    if (wait != NULL && now->until < wait->until) {
        lf_wait_for(world, wait, expr, now->holds, now->until);
    }
    if (steady != NULL && now->kept.steady < *steady) {
        *steady = now->kept.steady;
    }
    return now->holds;
}

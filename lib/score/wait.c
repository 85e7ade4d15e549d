/* SPDX-License-Identifier: MIT */
/* When the first of some conditions changes by time alone (SPEC 5: valid_until; SPEC 12: the wake time). */
#include "score/score_internal.h"

#define LF_AHEAD_COST 4096u /* steps of the evaluations that look ahead for one condition */

void lf_wait_begin(lf_wait *wait) {
    wait->until = LF_TIME_NONE;
    wait->waiting.n = 0;
}

void lf_wait_free(lf_wait *wait, const lf_mem *mem) {
    lf_mem_free(mem, wait->waiting.items, wait->waiting.cap * sizeof *wait->waiting.items);
}

/* Looking ahead costs, and most conditions are never the first to change, so they are only noted here. It pays where
 * the whole may outlast its parts; not for scores, which may change many times without a condition that reads them. */
void lf_wait_for(lf_world *world, lf_wait *wait, const lf_expr *expr, bool holds, int64_t until) {
    if (!lf_expr_ahead(expr) || (lf_expr_deps(expr) & LF_DEP_SCORE) != 0) {
        wait->until = until;
    } else if (lf_mem_grow(&world->scratch.mem, (void **)&wait->waiting.items, &wait->waiting.cap,
                           wait->waiting.n + 1, sizeof *wait->waiting.items)) {
        wait->waiting.items[wait->waiting.n++] = (lf_waiting){
            expr, until, world->enrolment == NULL ? LF_NO_INDEX : world->enrolment->sequence,
            holds};
    } else {
        world->failed = LF_E_NOMEM;
    }
}

static lf_waiting *earliest(const lf_wait *wait) {
    lf_waiting *first = NULL;
    for (uint32_t i = 0; i < wait->waiting.n; i++) {
        lf_waiting *waiting = &wait->waiting.items[i];
        if (waiting->until < wait->until && (first == NULL || waiting->until < first->until)) {
            first = waiting;
        }
    }
    return first;
}

/* Each answer says until when it holds at least, so the first that is another comes at the very time. What is lived
 * (states, segments, bands) is the same until then, or somebody is woken before. Looks no further than `limit`, nor at
 * more than LF_AHEAD_COST: then what comes back says that one has to look again at it. */
static int64_t turn_of(lf_world *world, const lf_waiting *waiting, int64_t limit) {
    int64_t now = world->t, until = waiting->until;
    lf_answer answer;
    bool same = true;
    for (uint64_t cost = 0; same && cost < LF_AHEAD_COST && until < limit; cost += answer.cost) {
        lf_world_at(world, until);
        if (lf_world_value(world, waiting->expr, &answer) != LF_OK) {
            break;
        }
        same = lf_answer_holds(&answer) == waiting->holds;
        until = same ? answer.until : until;
    }
    lf_world_at(world, now);
    return until;
}

/* The one that may change first is nearly always the one that does. */
void lf_world_wait(lf_world *world, lf_wait *wait) {
    for (lf_waiting *first; world->failed == LF_OK && (first = earliest(wait)) != NULL;) {
        world->enrolment = first->sequence == LF_NO_INDEX
                               ? NULL
                               : lf_person_enrolment(world->contact, first->sequence);
        int64_t turn = turn_of(world, first, wait->until);
        world->enrolment = NULL;
        wait->until = turn < wait->until ? turn : wait->until;
        first->until = LF_TIME_NONE; /* it is known now */
    }
}

/* SPDX-License-Identifier: MIT */
/* The steps of sequences (SPEC 9.2 to 9.4): each enrolment goes on until it waits or ends. */
#include "flow/flow_internal.h"
#include "time/timing.h"

void lf_step_to(lf_flow *flow, uint16_t sequence, uint16_t step) {
    lf_enrolment *enrolment = lf_person_enrolment(flow->work, sequence);
    enrolment->step = step;
    enrolment->phase = LF_AT_STEP;
    enrolment->anew = false;
    enrolment->begun = enrolment->since;
    enrolment->due = LF_TIME_NONE;
    lf_flow_changed(flow, flow->blueprint->sequences[sequence].name);
}

/* Not before that time. */
static void wait_until(lf_flow *flow, int64_t due) {
    flow->wait.until = due < flow->wait.until ? due : flow->wait.until;
}

/* Is the wait over? An `until` that holds at the very instant of its timeout has not timed out. */
static bool wait_over(lf_flow *flow, uint16_t sequence) {
    lf_enrolment seen = *lf_person_enrolment(flow->work, sequence);
    bool due = seen.due <= flow->work->clock;
    if (seen.phase == LF_WAITING_UNTIL) {
        const lf_expr *until = flow->blueprint->steps[seen.step].until;
        bool met = until != NULL &&
                   lf_flow_holds_in(flow, until, &seen); /* NULL: it is no such wait any more */
        if (met || due) {
            lf_enrolment *enrolment = lf_person_enrolment(flow->work, sequence);
            enrolment->timed_out = !met;
            if (met && seen.begun < flow->work->clock) {
                enrolment->behind = 0; /* it would have come to this moment without holds, too */
            }
            lf_world_changed(&flow->world, LF_DEP_TIMED_OUT);
            return true;
        }
    }
    if (!due) {
        wait_until(flow, seen.due);
    }
    return due;
}

static void end_wait(lf_flow *flow, const lf_enrolment *at) {
    const lf_step_def *step = &flow->blueprint->steps[at->step];
    if (step->kind == LF_STEP_WAIT_DAYS) {
        lf_person_enrolment(flow->work, at->sequence)->days = (uint32_t)(step->time / LF_MS_DAY);
    }
    lf_step_to(flow, at->sequence, step->next);
}

int64_t lf_step_due(lf_flow *flow, const lf_enrolment *at) {
    const lf_step_def *step = &flow->blueprint->steps[at->step];
    int64_t days = step->time / LF_MS_DAY, due;
    switch (step->kind) {
    case LF_STEP_WAIT_FOR:
        due = lf_sat_add(at->begun, step->time);
        return step->local.given ? lf_local_next(flow, &step->local, due) : due;
    case LF_STEP_WAIT_DAYS:
        if (at->anew) {
            days = days > at->days ? days - at->days : 0;
        }
        int64_t from = at->anew ? at->begun : at->since;
        return step->local.given ? lf_local_day(flow, &step->local, from, days)
                                 : lf_sat_add(from, days * LF_MS_DAY);
    default:
        return step->time >= 0 ? lf_sat_add(at->begun, step->time) : LF_TIME_NONE;
    }
}

/* A day wait that has passed is over at once, unless it would not have passed but for holds: then its days count from
 * now, so that mails do not come in a heap (SPEC 9.3). */
static void plan_days(lf_flow *flow, lf_enrolment *at) {
    int64_t now = flow->work->clock, planned = at->due;
    if (planned > now) {
        at->behind = 0;
    } else if (now - at->behind < planned) {
        at->anew = true;
        at->begun = now;
        at->due = lf_step_due(flow, at);
        at->behind = lf_behind(at->due > now ? at->due : now, planned);
    }
}

/* What is behind stays so, but for `on`, which may take it up. */
static void plan_for(lf_flow *flow, lf_enrolment *at) {
    lf_enrolment early = *at;
    early.begun -= at->behind;
    at->behind = at->behind == 0 ? 0 : lf_behind(at->due, lf_step_due(flow, &early));
}

/* Planned once: what changes later, the zone of the contact too, moves no wait that has begun. */
static void begin_wait(lf_flow *flow, const lf_step_def *step, uint16_t sequence) {
    lf_enrolment at = *lf_person_enrolment(flow->work, sequence);
    at.phase = step->kind == LF_STEP_WAIT_UNTIL ? LF_WAITING_UNTIL : LF_WAITING_TIME;
    at.begun = step->kind == LF_STEP_WAIT_DAYS ? at.since : flow->work->clock;
    at.due = lf_step_due(flow, &at);
    if (step->kind == LF_STEP_WAIT_DAYS) {
        plan_days(flow, &at);
    } else if (step->kind == LF_STEP_WAIT_FOR) {
        plan_for(flow, &at);
    }
    *lf_person_enrolment(flow->work, sequence) = at;
    lf_flow_changed(flow, flow->blueprint->sequences[sequence].name);
}

static void choose_arm(lf_flow *flow, const lf_step_def *step, uint16_t sequence) {
    lf_enrolment seen = *lf_person_enrolment(flow->work, sequence);
    for (uint32_t i = 0; i < step->n_arms; i++) {
        if (lf_flow_holds_in(flow, step->arms[i].when, &seen)) {
            lf_step_to(flow, sequence, step->arms[i].first);
            return;
        }
    }
    lf_step_to(flow, sequence, step->next);
}

/* The arm of a split: by a hash, so that it is the same whenever and wherever it is asked for. */
static uint16_t choose_by_weight(const lf_flow *flow, const lf_step_def *step, uint16_t sequence) {
    uint8_t digest[32];
    uint64_t drawn = 0;
    uint32_t i = 0;
    const lf_str parts[] = {flow->tenant, flow->blueprint->sequences[sequence].name, step->name,
                            lf_person_text(flow->work, flow->work->id)};
    lf_sha256 sha;
    lf_sha256_init(&sha);
    for (size_t part = 0; part < LF_COUNT(parts); part++) {
        lf_sha256_add(&sha, "\x1f", part > 0);
        lf_sha256_add(&sha, parts[part].p, parts[part].n);
    }
    lf_sha256_done(&sha, digest);
    for (size_t byte = 0; byte < 8; byte++) {
        drawn = drawn << 8 | digest[byte];
    }
    for (drawn %= step->weights; drawn >= step->arms[i].weight; i++) {
        drawn -= step->arms[i].weight;
    }
    return step->arms[i].first;
}

/* When the instant has had its share of jumps, a fault says so and the enrolment ends: to go on in the next instant would
 * do the same again with each event. */
static void jump(lf_flow *flow, const lf_step_def *step, const lf_enrolment *at) {
    if (flow->jumps[at->sequence] < LF_JUMPS) {
        flow->jumps[at->sequence]++;
        lf_step_to(flow, at->sequence, step->to);
        return;
    }
    lf_fx_fault(flow, "loop", "sequence", flow->blueprint->sequences[at->sequence].name);
    lf_sequence_exit(flow, at->sequence, at->step, LF_STR("loop"));
}

/* A message waits at its step, where it must. */
static void take_message(lf_flow *flow, const lf_step_def *step, const lf_enrolment *at) {
    int64_t now = flow->work->clock, due;
    int64_t begun = at->phase == LF_HELD ? at->begun : now;
    lf_wanted wanted = {.template_ = step->action.index,
                        .sequence = at->sequence,
                        .step = at->step,
                        .begun = begun,
                        .last = lf_message_last(begun, step->action.stale)};
    bool over = lf_message_try(flow, &wanted, &due);
    lf_enrolment *enrolment = lf_person_enrolment(flow->work, at->sequence);
    if (over) {
        enrolment->behind = lf_behind(lf_sat_add(enrolment->behind, now), begun);
        lf_step_to(flow, at->sequence, step->next);
    } else {
        enrolment->phase = LF_HELD;
        enrolment->begun = begun;
        enrolment->due = due;
    }
}

static void act(lf_flow *flow, const lf_step_def *step, const lf_enrolment *at) {
    lf_cause cause = flow->cause;
    flow->cause = (lf_cause){.kind = LF_CAUSE_STEP, .sequence = at->sequence, .step = at->step};
    if (step->action.kind == LF_ACT_SEND) {
        take_message(flow, step, at);
        flow->cause = cause;
        return;
    }
    uint32_t times = lf_person_sequence_past(flow->work, at->sequence)->times;
    lf_action_run(flow, &step->action, at->sequence);
    flow->cause = cause;
    /* it may have ended itself, and begun anew */
    if (lf_person_enrolment(flow->work, at->sequence) != NULL &&
        lf_person_sequence_past(flow->work, at->sequence)->times == times) {
        lf_step_to(flow, at->sequence, step->next);
    }
}

/* Takes the step that the enrolment is at. */
static void take_step(lf_flow *flow, const lf_enrolment *at) {
    const lf_step_def *step = &flow->blueprint->steps[at->step];
    if (at->phase != LF_HELD && !lf_flow_holds_in(flow, step->when, at)) {
        lf_step_to(flow, at->sequence, step->next);
        return;
    }
    switch (step->kind) {
    case LF_STEP_ACTION:
        act(flow, step, at);
        break;
    case LF_STEP_BRANCH:
        choose_arm(flow, step, at->sequence);
        break;
    case LF_STEP_SPLIT:
        lf_step_to(flow, at->sequence, choose_by_weight(flow, step, at->sequence));
        break;
    case LF_STEP_GOTO:
        jump(flow, step, at);
        break;
    case LF_STEP_EXIT:
        lf_sequence_exit(flow, at->sequence, at->step, step->reason);
        break;
    default:
        begin_wait(flow, step, at->sequence);
        break;
    }
}

static void run_enrolment(lf_flow *flow, uint16_t sequence) {
    const lf_enrolment *enrolment;
    while (flow->status == LF_OK &&
           (enrolment = lf_person_enrolment(flow->work, sequence)) != NULL) {
        lf_enrolment at = *enrolment;
        if (at.paused != 0) {
            return;
        }
        if (at.phase == LF_HELD && at.due > flow->work->clock) {
            wait_until(flow, at.due);
            return;
        }
        if (at.phase == LF_WAITING_TIME || at.phase == LF_WAITING_UNTIL) {
            if (!wait_over(flow, sequence)) {
                return;
            }
            end_wait(flow, &at);
        } else if (at.step == LF_STEP_END) {
            lf_sequence_exit(flow, sequence, LF_NO_INDEX, LF_STR("completed"));
        } else if (!lf_sequence_left(flow, sequence)) {
            take_step(flow, &at);
        }
    }
}

/* The rank of the first sequence that somebody is in, from this rank on; UINT32_MAX: there is none. */
static uint32_t next_rank(const lf_flow *flow, uint32_t from) {
    uint32_t next = UINT32_MAX;
    for (uint32_t i = 0; i < flow->work->enrolments.n; i++) {
        uint32_t rank = flow->blueprint->sequences[flow->work->enrolments.items[i].sequence].rank;
        next = rank >= from && rank < next ? rank : next;
    }
    return next;
}

void lf_steps_run(lf_flow *flow) {
    const lf_blueprint *bp = flow->blueprint;
    uint32_t rank = 0; /* enrolments come and go meanwhile */
    bool outside =
        false; /* messages outside sequences have been tried: before those of priority 0 */
    lf_groups_go_on(flow);
    while (flow->status == LF_OK) {
        rank = next_rank(flow, rank);
        if (!outside &&
            (rank == UINT32_MAX || bp->sequences[bp->sequence_order[rank]].priority <= 0)) {
            lf_pending_run(flow);
            outside = true;
        }
        if (rank == UINT32_MAX) {
            return;
        }
        run_enrolment(flow, bp->sequence_order[rank++]);
        lf_groups_go_on(flow);
    }
}

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

/* Is the wait over? An `until` that holds at the very instant of its timeout has not timed out. */
static bool wait_over(lf_flow *flow, uint16_t sequence) {
    lf_enrolment seen = *lf_person_enrolment(flow->work, sequence);
    bool due = seen.due <= flow->work->clock;
    if (seen.phase == LF_WAITING_UNTIL) {
        const lf_expr *until = flow->blueprint->steps[seen.step].until;
        bool met = until != NULL &&
                   lf_flow_holds_in(flow, until, &seen); /* NULL: it is no such wait any more */
        if (met || due) {
            lf_person_enrolment(flow->work, sequence)->timed_out = !met;
            lf_world_changed(&flow->world, LF_DEP_TIMED_OUT);
            return true;
        }
    }
    if (!due && seen.due < flow->wait.until) {
        flow->wait.until = seen.due;
    }
    return due;
}

int64_t lf_step_due(lf_flow *flow, const lf_enrolment *enrolment) {
    const lf_step_def *step = &flow->blueprint->steps[enrolment->step];
    bool days = step->kind == LF_STEP_WAIT_DAYS;
    if (step->time < 0) {
        return LF_TIME_NONE;
    }
    if (days && step->local.given) {
        return lf_local_day(flow, &step->local, enrolment->since, step->time / LF_MS_DAY);
    }
    int64_t due = lf_sat_add(days ? enrolment->since : enrolment->begun, step->time);
    return step->local.given ? lf_local_next(flow, &step->local, due) : due;
}

/* Planned once: what changes later, the zone of the contact too, moves no wait that has begun. */
static void begin_wait(lf_flow *flow, const lf_step_def *step, uint16_t sequence) {
    lf_enrolment *enrolment = lf_person_enrolment(flow->work, sequence);
    enrolment->phase = step->kind == LF_STEP_WAIT_UNTIL ? LF_WAITING_UNTIL : LF_WAITING_TIME;
    if (step->kind != LF_STEP_WAIT_DAYS) {
        enrolment->begun = flow->work->clock; /* those count from the enrolment */
    }
    enrolment->due = lf_step_due(flow, enrolment);
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

static void act(lf_flow *flow, uint16_t index, uint16_t sequence) {
    const lf_step_def *step = &flow->blueprint->steps[index];
    lf_cause cause = flow->cause;
    flow->cause = (lf_cause){.kind = LF_CAUSE_STEP, .sequence = sequence, .step = index};
    lf_action_run(flow, &step->action, sequence, index);
    flow->cause = cause;
    const lf_enrolment *enrolment = lf_person_enrolment(flow->work, sequence);
    if (enrolment != NULL && enrolment->step == index) { /* it may have cancelled itself */
        lf_step_to(flow, sequence, step->next);
    }
}

/* Takes the step that the enrolment is at. */
static void take_step(lf_flow *flow, const lf_enrolment *at) {
    const lf_step_def *step = &flow->blueprint->steps[at->step];
    if (!lf_flow_holds_in(flow, step->when, at)) {
        lf_step_to(flow, at->sequence, step->next);
        return;
    }
    switch (step->kind) {
    case LF_STEP_ACTION:
        act(flow, at->step, at->sequence);
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
        if (at.phase != LF_AT_STEP) {
            if (!wait_over(flow, sequence)) {
                return;
            }
            lf_step_to(flow, sequence, flow->blueprint->steps[at.step].next);
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
    uint32_t rank = 0; /* enrolments come and go meanwhile */
    lf_groups_go_on(flow);
    while (flow->status == LF_OK && (rank = next_rank(flow, rank)) != UINT32_MAX) {
        run_enrolment(flow, flow->blueprint->sequence_order[rank++]);
        lf_groups_go_on(flow);
    }
}

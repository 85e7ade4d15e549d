/* SPDX-License-Identifier: MIT */
/* Who enters and who leaves sequences (SPEC 9.1): goals, exits, re-entry; what is done by hand (9.6). */
#include "flow/flow_internal.h"

void lf_sequence_exit(lf_flow *flow, uint16_t sequence, uint16_t step, lf_str reason) {
    lf_flow_fail(flow, lf_person_unenrol(flow->work, sequence, flow->work->clock));
    lf_flow_changed(flow, flow->blueprint->sequences[sequence].name);
    lf_fx *fx = lf_fx_add(flow, LF_FX_EXITED);
    if (fx != NULL) {
        fx->index = fx->sequence = sequence;
        fx->step = step;
        fx->reason = reason;
    }
}

/* An exit by events, where `events` says that the event at hand may be looked at, or by conditions. */
static bool exit_holds(lf_flow *flow, const lf_exit *exit, const lf_enrolment *enrolment,
                       bool events) {
    if (exit->type < 0) {
        return lf_flow_holds_in(flow, exit->when, enrolment);
    }
    return events && lf_flow_sees(flow, (uint16_t)exit->type) &&
           lf_flow_holds_event(flow, exit->when, enrolment);
}

static bool any_exit(lf_flow *flow, const lf_sequence_def *def, const lf_enrolment *enrolment,
                     bool events) {
    for (uint32_t i = 0; i < def->n_exits; i++) {
        if (exit_holds(flow, &def->exits[i], enrolment, events)) {
            return true;
        }
    }
    return false;
}

static bool leave(lf_flow *flow, uint16_t sequence, bool events) {
    const lf_sequence_def *def = &flow->blueprint->sequences[sequence];
    lf_enrolment enrolment = *lf_person_enrolment(flow->work, sequence);
    const char *reason = NULL;
    if (def->goal != NULL && lf_flow_holds_in(flow, def->goal, &enrolment)) {
        reason = "converted";
    } else if (any_exit(flow, def, &enrolment, events)) {
        reason = "exited";
    }
    if (reason != NULL && flow->status == LF_OK) {
        lf_sequence_exit(flow, sequence, enrolment.step, lf_str_of(reason));
    }
    return reason != NULL;
}

bool lf_sequence_left(lf_flow *flow, uint16_t sequence) {
    return leave(flow, sequence, false);
}

/* The event at hand asks for something to be done with the enrolment. True: it is over. */
static bool obey(lf_flow *flow, lf_enrolment *enrolment) {
    switch (flow->event->type) {
    case LF_EV_CANCEL:
        lf_sequence_exit(flow, enrolment->sequence, enrolment->step, LF_STR("cancelled"));
        return true;
    case LF_EV_PAUSE:
        lf_enrolment_pause(flow, enrolment, LF_PAUSED_BY_HAND);
        break;
    case LF_EV_RESUME:
        lf_enrolment_resume(flow, enrolment, LF_PAUSED_BY_HAND);
        break;
    case LF_EV_STEP:
        lf_step_to(flow, enrolment->sequence, flow->by_hand.to);
        break;
    default:
        break;
    }
    return false;
}

void lf_exits_run(lf_flow *flow) {
    uint16_t by_hand = flow->event != NULL ? flow->by_hand.index : LF_NO_INDEX;
    uint32_t i = 0;
    while (i < flow->work->enrolments.n && flow->status == LF_OK) {
        lf_enrolment *enrolment = &flow->work->enrolments.items[i];
        bool left = leave(flow, enrolment->sequence, true) ||
                    (enrolment->sequence == by_hand && obey(flow, enrolment));
        i += left ? 0 : 1;
    }
}

static bool may_enter_again(const lf_flow *flow, uint16_t sequence) {
    const lf_sequence_def *def = &flow->blueprint->sequences[sequence];
    const lf_sequence_past *past = lf_person_sequence_past(flow->work, sequence);
    if (past == NULL || past->times == 0) {
        return true;
    }
    switch (def->reentry) {
    case LF_REENTRY_ALWAYS:
        return true;
    case LF_REENTRY_AFTER:
        return lf_sat_sub(flow->work->clock, past->last_exit) >= def->reentry_after;
    default:
        return false;
    }
}

void lf_sequence_enroll(lf_flow *flow, uint16_t sequence, const lf_json *trigger, bool force) {
    const lf_sequence_def *def = &flow->blueprint->sequences[sequence];
    if (lf_person_enrolment(flow->work, sequence) != NULL ||
        (!force && !may_enter_again(flow, sequence)) ||
        (def->goal != NULL && lf_flow_holds_in(flow, def->goal, NULL)) ||
        any_exit(flow, def, NULL, false) || flow->status != LF_OK ||
        lf_group_holder(flow->blueprint, flow->work, sequence) != LF_NO_INDEX) {
        return;
    }
    lf_group_preempt(flow, sequence);
    lf_enrolment enrolment = {.sequence = sequence,
                              .step = def->first_step,
                              .phase = LF_AT_STEP,
                              .since = flow->work->clock,
                              .begun = flow->work->clock,
                              .due = LF_TIME_NONE,
                              .paused_at = INT64_MIN};
    lf_flow_fail(flow, lf_person_enrol(flow->work, &enrolment));
    lf_flow_changed(flow, def->name);
    lf_fx *fx = lf_fx_add(flow, LF_FX_ENROLLED);
    if (fx != NULL) {
        fx->index = fx->sequence = sequence;
        fx->json = trigger;
    }
}

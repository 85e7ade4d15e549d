/* SPDX-License-Identifier: MIT */
/* Groups, of whose sequences one runs at a time (SPEC 9.1), and pauses (SPEC 9.6). */
#include "flow/flow_internal.h"

static uint16_t group_of(const lf_blueprint *bp, const lf_enrolment *enrolment) {
    return bp->sequences[enrolment->sequence].group;
}

/* ---- pauses ---- */
void lf_enrolment_pause(lf_flow *flow, lf_enrolment *enrolment, uint8_t by) {
    if (enrolment->paused == 0) {
        enrolment->paused_at = flow->work->clock;
    }
    enrolment->paused |= by;
}

/* Is it at a wait with `at` or `on`? */
static bool waits_locally(const lf_flow *flow, const lf_enrolment *enrolment) {
    if (enrolment->phase != LF_WAITING_TIME) {
        return false;
    }
    const lf_step_def *step = &flow->blueprint->steps[enrolment->step];
    return (step->kind == LF_STEP_WAIT_FOR || step->kind == LF_STEP_WAIT_DAYS) && step->local.given;
}

static void go_on(lf_flow *flow, lf_enrolment *enrolment) {
    int64_t length = lf_sat_sub(flow->work->clock, enrolment->paused_at);
    enrolment->paused_at = INT64_MIN;
    enrolment->since = lf_sat_add(enrolment->since, length);
    enrolment->begun = lf_sat_add(enrolment->begun, length);
    if (enrolment->phase == LF_HELD) {
        enrolment->due = flow->work->clock; /* it is tried again */
    } else if (waits_locally(flow, enrolment)) {
        enrolment->due = lf_step_due(flow, enrolment);
    } else {
        enrolment->due = lf_sat_add(enrolment->due, length);
    }
    if (enrolment->due < flow->work->clock) {
        enrolment->behind =
            lf_behind(lf_sat_add(enrolment->behind, flow->work->clock), enrolment->due);
    }
}

void lf_enrolment_resume(lf_flow *flow, lf_enrolment *enrolment, uint8_t by) {
    bool was = (enrolment->paused & by) != 0;
    enrolment->paused &= (uint8_t)~by;
    if (was && enrolment->paused == 0) {
        go_on(flow, enrolment);
    }
}

/* ---- groups ---- */
uint16_t lf_group_holder(const lf_blueprint *blueprint, const lf_contact *contact,
                         uint16_t sequence) {
    const lf_sequence_def *def = &blueprint->sequences[sequence];
    for (uint32_t i = 0; def->group != LF_NO_INDEX && i < contact->enrolments.n; i++) {
        const lf_enrolment *other = &contact->enrolments.items[i];
        if (group_of(blueprint, other) == def->group &&
            blueprint->sequences[other->sequence].priority >= def->priority) {
            return other->sequence;
        }
    }
    return LF_NO_INDEX;
}

void lf_group_preempt(lf_flow *flow, uint16_t sequence) {
    const lf_blueprint *bp = flow->blueprint;
    uint16_t group = bp->sequences[sequence].group;
    for (uint32_t i = 0; group != LF_NO_INDEX && i < flow->work->enrolments.n;) {
        lf_enrolment *other = &flow->work->enrolments.items[i];
        if (group_of(bp, other) != group) {
            i++;
        } else if (bp->sequences[other->sequence].pauses) {
            lf_enrolment_pause(flow, other, LF_PAUSED_BY_GROUP);
            i++;
        } else {
            lf_sequence_exit(flow, other->sequence, other->step, LF_STR("preempted"));
        }
    }
}

static bool is_free(const lf_flow *flow, uint16_t group) {
    for (uint32_t i = 0; group != LF_NO_INDEX && i < flow->work->enrolments.n; i++) {
        const lf_enrolment *other = &flow->work->enrolments.items[i];
        if (group_of(flow->blueprint, other) == group && !(other->paused & LF_PAUSED_BY_GROUP)) {
            return false;
        }
    }
    return true;
}

/* The first in order of those that a group has paused for nobody; NULL: there is none. */
static lf_enrolment *first_free(const lf_flow *flow) {
    const lf_sequence_def *defs = flow->blueprint->sequences;
    lf_enrolment *first = NULL;
    for (uint32_t i = 0; i < flow->work->enrolments.n; i++) {
        lf_enrolment *one = &flow->work->enrolments.items[i];
        if ((one->paused & LF_PAUSED_BY_GROUP) && is_free(flow, group_of(flow->blueprint, one)) &&
            (first == NULL || defs[one->sequence].rank < defs[first->sequence].rank)) {
            first = one;
        }
    }
    return first;
}

void lf_groups_go_on(lf_flow *flow) {
    for (lf_enrolment *first; (first = first_free(flow)) != NULL;) {
        lf_enrolment_resume(flow, first, LF_PAUSED_BY_GROUP);
    }
}

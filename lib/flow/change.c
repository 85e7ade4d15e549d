/* SPDX-License-Identifier: MIT */
/*
 * A contact meets definitions that it was not worked on with before (SPEC 8, 9.7). What they find is recorded: nobody
 * enters a state, a band or a segment, or meets a trigger, because a definition is new.
 */
#include "flow/flow_internal.h"

/* ---- machines ---- */
/* One that waits to be false once, as SPEC 7 says of $move. What else has its number now waits for nothing. */
static bool can_be_held(const lf_flow *flow, lf_held held) {
    const lf_machine_def *machine = &flow->blueprint->machines[held.machine];
    const lf_machine_state *now = &flow->work->machines.items[held.machine];
    if (held.transition >= machine->n_transitions) {
        return false;
    }
    const lf_transition_def *t = &machine->transitions[held.transition];
    bool leads_out = false;
    for (uint32_t i = 0; i < t->n_from; i++) {
        leads_out = leads_out || t->from[i] == now->state;
    }
    return leads_out && !t->manual && t->on.n == 0 && t->after == 0;
}

static void look_at_machines(lf_flow *flow) {
    lf_contact *work = flow->work;
    uint32_t kept = 0;
    for (uint32_t m = 0; m < flow->blueprint->n_machines; m++) {
        if (work->machines.items[m].state == LF_NO_INDEX) {
            work->machines.items[m] =
                (lf_machine_state){flow->blueprint->machines[m].initial, work->clock};
            lf_world_changed(&flow->world, LF_DEP_STATE);
        }
    }
    for (uint32_t i = 0; i < work->held.n; i++) {
        if (can_be_held(flow, work->held.items[i])) {
            work->held.items[kept++] = work->held.items[i];
        }
    }
    work->held.n = kept;
}

/* ---- sequences ---- */
/* The wait at a step stays as it was planned, whatever the step is now. What cannot go on so is begun anew. */
static void look_at_step(lf_flow *flow, lf_enrolment *in) {
    const lf_step_def *step = in->step == LF_STEP_END ? NULL : &flow->blueprint->steps[in->step];
    bool sends = step != NULL && step->kind == LF_STEP_ACTION && step->action.kind == LF_ACT_SEND;
    bool until = step != NULL && step->kind == LF_STEP_WAIT_UNTIL;
    if ((in->phase == LF_HELD && !sends) ||
        (in->phase == LF_WAITING_UNTIL && !until && in->due == LF_TIME_NONE)) {
        in->phase = LF_AT_STEP;
        in->begun = in->since;
        in->due = LF_TIME_NONE;
        in->anew = false;
    }
}

static void look_at_enrolments(lf_flow *flow) {
    for (uint32_t i = 0; i < flow->work->enrolments.n && flow->status == LF_OK;) {
        lf_enrolment *in = &flow->work->enrolments.items[i];
        bool leaves = in->moved && flow->blueprint->sequences[in->sequence].leaves;
        in->moved = false;
        if (leaves) {
            lf_sequence_exit(flow, in->sequence, LF_NO_INDEX, LF_STR("exited"));
        } else {
            look_at_step(flow, in);
            i++;
        }
    }
}

void lf_change_meet(lf_flow *flow) {
    bool changed = true;
    look_at_machines(flow);
    flow->fields_changed = true;
    lf_fields_follow(flow);
    for (unsigned round = 0; round < LF_ROUNDS && changed && flow->status == LF_OK; round++) {
        changed = lf_segments_adopt(flow);
        changed = lf_bands_adopt(flow) || changed;
    }
    look_at_enrolments(flow);
    lf_triggers_meet(flow, false);
    flow->work->definitions = flow->blueprint->schema.digest;
}

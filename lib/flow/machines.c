/* SPDX-License-Identifier: MIT */
/* Machines (SPEC 7): initial states, transitions to their end, manual moves, moves by actions. */
#include "base/codes.h"
#include "flow/flow_internal.h"

static const lf_transition_def *transition_of(const lf_flow *flow, uint16_t machine,
                                              uint16_t index) {
    return &flow->blueprint->machines[machine].transitions[index];
}

static void set_tag(lf_flow *flow, lf_str tag, bool on) {
    if (tag.n > 0) {
        lf_marks_set(flow, LF_MARK_TAG, tag, on, lf_flow_stamp(flow));
    }
}

static void forget_held(lf_flow *flow, uint16_t machine) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < flow->work->held.n; i++) {
        if (flow->work->held.items[i].machine != machine) {
            flow->work->held.items[kept++] = flow->work->held.items[i];
        }
    }
    flow->work->held.n = kept;
}

/* The state changes, with its effect, tags and enter actions; from LF_NO_INDEX: at creation. */
static void change_state(lf_flow *flow, uint16_t machine, uint16_t from, uint16_t to, lf_str actor,
                         lf_str reason) {
    const lf_blueprint *bp = flow->blueprint;
    flow->work->machines.items[machine] = (lf_machine_state){to, flow->work->clock};
    forget_held(flow, machine);
    lf_world_changed(&flow->world, LF_DEP_STATE);
    lf_flow_changed(flow, bp->machines[machine].name);
    lf_flow_fact(flow, LF_TRIGGER_STATE, to);
    lf_fx *fx = lf_fx_add(flow, LF_FX_STAGE);
    if (fx == NULL) {
        return;
    }
    fx->index = machine;
    fx->from = from;
    fx->to = to;
    fx->actor = actor;
    fx->reason = reason;
    lf_cause cause = flow->cause;
    flow->cause =
        (lf_cause){.kind = LF_CAUSE_TRANSITION, .machine = machine, .from = from, .to = to};
    if (from != LF_NO_INDEX) {
        set_tag(flow, bp->states[from].tag, false);
    }
    set_tag(flow, bp->states[to].tag, true);
    lf_actions_run(flow, bp->states[to].enter);
    flow->cause = cause;
}

/* Counts a transition; false, with one fault, when the instant has had its share. */
static bool may_move(lf_flow *flow, uint16_t machine) {
    uint8_t *taken = &flow->taken[machine];
    if (*taken < LF_TRANSITIONS && flow->depth < LF_MOVE_DEPTH) {
        ++*taken;
        return true;
    }
    if (*taken <= LF_TRANSITIONS) {
        *taken = LF_TRANSITIONS + 1;
        lf_fx_fault(flow, "loop", "machine", flow->blueprint->machines[machine].name);
    }
    return false;
}

static void leave_and_enter(lf_flow *flow, uint16_t machine, uint16_t to, lf_actions act,
                            lf_str actor, lf_str reason) {
    uint16_t from = flow->work->machines.items[machine].state;
    lf_cause cause = flow->cause;
    flow->depth++;
    flow->cause =
        (lf_cause){.kind = LF_CAUSE_TRANSITION, .machine = machine, .from = from, .to = to};
    lf_actions_run(flow, flow->blueprint->states[from].exit);
    lf_actions_run(flow, act);
    flow->cause = cause;
    if (flow->status == LF_OK) {
        /* an exit action may have moved the machine itself */
        change_state(flow, machine, flow->work->machines.items[machine].state, to, actor, reason);
    }
    flow->depth--;
}

static void enter_initial(lf_flow *flow, uint16_t machine) {
    if (flow->work->machines.items[machine].state == LF_NO_INDEX) {
        change_state(flow, machine, LF_NO_INDEX, flow->blueprint->machines[machine].initial,
                     (lf_str){NULL, 0}, (lf_str){NULL, 0});
    }
}

void lf_machine_move(lf_flow *flow, uint16_t state) {
    uint16_t machine = flow->blueprint->states[state].machine;
    enter_initial(flow, machine); /* at creation a machine may move a later one */
    if (flow->work->machines.items[machine].state != state && may_move(flow, machine)) {
        leave_and_enter(flow, machine, state, (lf_actions){NULL, 0}, (lf_str){NULL, 0},
                        (lf_str){NULL, 0});
    }
}

void lf_machines_enter(lf_flow *flow) {
    for (uint32_t m = 0; m < flow->blueprint->n_machines && flow->status == LF_OK; m++) {
        enter_initial(flow, (uint16_t)m);
    }
}

static bool is_held(const lf_flow *flow, uint16_t machine, uint16_t transition) {
    for (uint32_t i = 0; i < flow->work->held.n; i++) {
        const lf_held *held = &flow->work->held.items[i];
        if (held->machine == machine && held->transition == transition) {
            return true;
        }
    }
    return false;
}

static bool sees_any(const lf_flow *flow, const lf_type_set *on) {
    for (uint32_t i = 0; i < on->n; i++) {
        if (lf_flow_sees(flow, on->types[i])) {
            return true;
        }
    }
    return false;
}

/* All that a transition asks for but `manual`. The event is only there for a transition with `on`. */
static bool ready(lf_flow *flow, const lf_transition_def *t, int64_t since, bool event) {
    if (t->on.n > 0 && !(event && sees_any(flow, &t->on))) {
        return false;
    }
    if (t->after > 0 && flow->work->clock - since < t->after) {
        int64_t due = lf_sat_add(since, t->after);
        if (t->on.n == 0 && !t->manual && due < flow->wait.until) {
            flow->wait.until = due;
        }
        return false;
    }
    return t->on.n > 0 ? lf_flow_holds_event(flow, t->when, NULL) : lf_flow_holds(flow, t->when);
}

/* A person's decision is not undone at once: what already holds waits until it has been false. */
static void hold_back(lf_flow *flow, uint16_t machine) {
    lf_contact *work = flow->work;
    const lf_state_def *state = &flow->blueprint->states[work->machines.items[machine].state];
    for (uint32_t i = 0; i < state->n_out && flow->status == LF_OK; i++) {
        const lf_transition_def *t = transition_of(flow, machine, state->out[i]);
        if (t->manual || t->on.n > 0 || t->after > 0 || !lf_flow_holds(flow, t->when)) {
            continue;
        }
        if (!lf_mem_grow(&work->mem, (void **)&work->held.items, &work->held.cap, work->held.n + 1,
                         sizeof *work->held.items)) {
            lf_flow_fail(flow, LF_E_NOMEM);
            return;
        }
        work->held.items[work->held.n++] = (lf_held){machine, state->out[i]};
    }
}

static void refuse_move(lf_flow *flow, uint16_t machine, const lf_state_def *from) {
    lf_buf possible;
    lf_buf_init(&possible, &flow->mem);
    int64_t since = flow->work->machines.items[machine].since;
    for (uint32_t i = 0; i < from->n_out; i++) {
        const lf_transition_def *t = transition_of(flow, machine, from->out[i]);
        if (t->manual && ready(flow, t, since, true)) {
            lf_buf_text(&possible, possible.n == 0 ? "" : ", ");
            lf_buf_str(&possible, flow->blueprint->states[t->to].name);
        }
    }
    if (possible.failed || flow->world.failed != LF_OK) { /* then what was false may be true */
        lf_flow_fail(flow, possible.failed ? LF_E_NOMEM : flow->world.failed);
        lf_buf_free(&possible);
        return;
    }
    lf_diag_add(flow->diags, LF_D_MOVE_REFUSED, true, 0, 0, LF_STR("/props/to"),
                "machine %q cannot be moved by hand from %q to %q; possible now: %s",
                flow->blueprint->machines[machine].name, from->name,
                flow->blueprint->states[flow->move.to].name,
                possible.n == 0 ? "nothing" : lf_buf_cstr(&possible));
    lf_buf_free(&possible);
    lf_flow_fail(flow, LF_E_EVENT);
}

static void move_by_hand(lf_flow *flow, uint16_t machine) {
    lf_machine_state now = flow->work->machines.items[machine];
    const lf_state_def *from = &flow->blueprint->states[now.state];
    for (uint32_t i = 0; i < from->n_out; i++) {
        const lf_transition_def *t = transition_of(flow, machine, from->out[i]);
        if (t->manual && t->to == flow->move.to && ready(flow, t, now.since, true)) {
            may_move(flow, machine); /* the first of the instant: always */
            leave_and_enter(flow, machine, t->to, t->act, flow->move.actor, flow->move.reason);
            hold_back(flow, machine);
            return;
        }
    }
    refuse_move(flow, machine, from);
}

/* A held transition whose condition is false now is free again. */
static void release(lf_flow *flow, uint16_t machine) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < flow->work->held.n; i++) {
        lf_held held = flow->work->held.items[i];
        if (held.transition >= flow->blueprint->machines[held.machine].n_transitions) {
            continue; /* of an older blueprint */
        }
        bool keep = held.machine != machine ||
                    lf_flow_holds(flow, transition_of(flow, machine, held.transition)->when);
        if (keep) {
            flow->work->held.items[kept++] = held;
        }
    }
    flow->work->held.n = kept;
}

/* The first transition that holds, or NULL. */
static const lf_transition_def *next_transition(lf_flow *flow, uint16_t machine, bool event) {
    lf_machine_state now = flow->work->machines.items[machine];
    const lf_state_def *state = &flow->blueprint->states[now.state];
    for (uint32_t i = 0; i < state->n_out; i++) {
        const lf_transition_def *t = transition_of(flow, machine, state->out[i]);
        if (!t->manual && !is_held(flow, machine, state->out[i]) &&
            ready(flow, t, now.since, event)) {
            return t;
        }
    }
    return NULL;
}

static void run_machine(lf_flow *flow, uint16_t machine) {
    bool event = flow->event != NULL;
    if (flow->work->held.n > 0) {
        release(flow, machine);
    }
    if (event && flow->move.index == machine) {
        move_by_hand(flow, machine);
        flow->move.index = LF_NO_INDEX;
        event = false;
    }
    while (flow->status == LF_OK) {
        const lf_transition_def *t = next_transition(flow, machine, event);
        if (t == NULL || !may_move(flow, machine)) {
            return;
        }
        leave_and_enter(flow, machine, t->to, t->act, (lf_str){NULL, 0}, (lf_str){NULL, 0});
        event = false;
    }
}

void lf_machines_run(lf_flow *flow) {
    for (uint32_t m = 0; m < flow->blueprint->n_machines && flow->status == LF_OK; m++) {
        if (flow->work->machines.items[m].state != LF_NO_INDEX) {
            run_machine(flow, (uint16_t)m);
        }
    }
}

/* SPDX-License-Identifier: MIT */
/* What brings somebody into a sequence (SPEC 9.1). */
#include "flow/flow_internal.h"

static bool has_fact(const lf_flow *flow, uint8_t kind, uint16_t index) {
    for (uint32_t i = 0; i < flow->facts.n; i++) {
        if (flow->facts.items[i].kind == kind && flow->facts.items[i].index == index) {
            return true;
        }
    }
    return false;
}

static void remember(lf_flow *flow, const lf_trigger *trigger, bool met, int64_t value) {
    lf_trigger_past past = {trigger->past, met, value};
    lf_flow_fail(flow, lf_person_set_trigger_past(flow->work, &past));
}

static bool became_true(lf_flow *flow, const lf_trigger *trigger, const lf_trigger_past *past) {
    bool held = past->met, holds = lf_flow_holds(flow, trigger->when);
    if (holds != held) {
        remember(flow, trigger, holds, 0);
    }
    return holds && !held;
}

int64_t lf_trigger_moment(lf_flow *flow, const lf_trigger *trigger, int64_t value) {
    int64_t moment = lf_sat_add(value, trigger->offset);
    return trigger->local.given && moment >= LF_TIME_MIN
               ? lf_local_next(flow, &trigger->local, moment)
               : moment;
}

/* A moment comes once for each value of the field. Nobody passes over it, for it is one to wake at: so one that lies
 * behind lay there when the field was set, or when the trigger was new. */
static bool moment_came(lf_flow *flow, const lf_trigger *trigger, const lf_trigger_past *past) {
    const lf_field_value *value = lf_person_field(flow->work, trigger->index);
    if (value == NULL || (past->met && past->value == value->u.i)) {
        return false;
    }
    int64_t moment = lf_trigger_moment(flow, trigger, value->u.i), now = flow->work->clock;
    if (moment > now) {
        flow->wait.until = moment < flow->wait.until ? moment : flow->wait.until;
        return false;
    }
    remember(flow, trigger, true, value->u.i);
    return lf_sat_sub(now, moment) <= trigger->late;
}

/* One that is new to the contact waits for lf_triggers_meet: while time is caught up, it was not there. */
static bool comes_true(lf_flow *flow, const lf_trigger *trigger) {
    const lf_trigger_past *past = lf_person_trigger_past(flow->work, trigger->past);
    if (past == NULL) {
        return false;
    }
    return trigger->kind == LF_TRIGGER_DATE ? moment_came(flow, trigger, past)
                                            : became_true(flow, trigger, past);
}

static bool fires(lf_flow *flow, const lf_trigger *trigger) {
    switch (trigger->kind) {
    case LF_TRIGGER_EVENT:
        return lf_flow_sees(flow, trigger->index) && lf_flow_holds_event(flow, trigger->when, NULL);
    case LF_TRIGGER_DATE:
    case LF_TRIGGER_WHEN:
        return comes_true(flow, trigger);
    default:
        return has_fact(flow, trigger->kind, trigger->index);
    }
}

/* The first that fires decides. Those that remember something are looked at all the same. */
static void run_sequence(lf_flow *flow, uint16_t sequence) {
    const lf_sequence_def *def = &flow->blueprint->sequences[sequence];
    bool decided = lf_person_enrolment(flow->work, sequence) != NULL;
    for (uint32_t i = 0; i < def->n_triggers && flow->status == LF_OK; i++) {
        const lf_trigger *trigger = &def->triggers[i];
        if ((!decided || trigger->past != LF_NO_INDEX) && fires(flow, trigger) && !decided) {
            lf_sequence_enroll(flow, sequence, trigger->json, false);
            decided = true;
        }
    }
}

void lf_triggers_run(lf_flow *flow) {
    const lf_blueprint *bp = flow->blueprint;
    if (flow->event == NULL && flow->facts.n == 0 && bp->schema.names[LF_N_TRIGGER].n == 0) {
        return;
    }
    bool enroll = flow->event != NULL && flow->event->type == LF_EV_ENROLL;
    for (uint32_t i = 0; i < bp->n_sequences && flow->status == LF_OK; i++) {
        uint16_t sequence = bp->sequence_order[i];
        if (enroll && flow->by_hand.index == sequence) {
            lf_sequence_enroll(flow, sequence, NULL, flow->by_hand.force);
        }
        run_sequence(flow, sequence);
    }
    flow->facts.n = 0;
}

static void meet(lf_flow *flow, const lf_trigger *trigger, bool created) {
    if (trigger->past == LF_NO_INDEX || lf_person_trigger_past(flow->work, trigger->past) != NULL) {
        return;
    }
    bool held = !created && trigger->kind == LF_TRIGGER_WHEN &&
                lf_world_holds(&flow->world, trigger->when, NULL, NULL);
    remember(flow, trigger, held, 0);
}

/* Does the contact, as it stands, have what the trigger waits for? */
static bool fits(lf_flow *flow, const lf_trigger *trigger) {
    const lf_contact *work = flow->work;
    const lf_schema *schema = &flow->blueprint->schema;
    switch (trigger->kind) {
    case LF_TRIGGER_STATE:
        return work->machines.items[schema->state_machine[trigger->index]].state == trigger->index;
    case LF_TRIGGER_SEGMENT:
        return work->segments.items[trigger->index] != 0;
    case LF_TRIGGER_BAND:
        return work->bands.items[schema->band_score[trigger->index]] == trigger->index;
    case LF_TRIGGER_WHEN:
        return lf_flow_holds(flow, trigger->when);
    default:
        return false; /* it waits for something to happen */
    }
}

static void take_in(lf_flow *flow, uint16_t sequence) {
    const lf_sequence_def *def = &flow->blueprint->sequences[sequence];
    for (uint32_t i = 0; i < def->n_triggers; i++) {
        if (fits(flow, &def->triggers[i])) {
            lf_sequence_enroll(flow, sequence, def->triggers[i].json, false);
            return;
        }
    }
}

void lf_triggers_meet(lf_flow *flow, bool created) {
    const lf_blueprint *bp = flow->blueprint;
    uint32_t n = bp->schema.names[LF_N_TRIGGER].n == flow->work->triggers.n ? 0 : bp->n_sequences;
    for (uint32_t s = 0; s < n && flow->status == LF_OK; s++) {
        for (uint32_t i = 0; i < bp->sequences[s].n_triggers; i++) {
            meet(flow, &bp->sequences[s].triggers[i], created);
        }
    }
    for (uint32_t i = 0; i < n && flow->status == LF_OK; i++) {
        uint16_t sequence = bp->sequence_order[i], met = bp->sequences[sequence].met;
        if (met == LF_NO_INDEX || lf_person_trigger_past(flow->work, met) != NULL) {
            continue;
        }
        lf_trigger_past past = {met, false, 0};
        lf_flow_fail(flow, lf_person_set_trigger_past(flow->work, &past));
        if (!created) {
            take_in(flow, sequence);
        }
    }
}

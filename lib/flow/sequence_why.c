/* SPDX-License-Identifier: MIT */
/* Why (SPEC 9.9): what stands in the way of a sequence, or what somebody who is in it waits for. */
#include "flow/flow_internal.h"
#include "time/timing.h"

typedef struct why {
    lf_flow *flow; /* whose copy of the contact the world looks at, and nothing is done to */
    lf_json_writer w;
    uint16_t sequence;
    const lf_sequence_def *def;
    const lf_enrolment *enrolment; /* NULL: it is not in it */
    const lf_sequence_past *past;  /* NULL: it never was */
} why;

/* ---- writing ---- */
static void put_time(why *y, const char *key, int64_t t) {
    char text[LF_RFC3339_SIZE];
    if (t >= LF_TIME_MIN && t <= LF_TIME_MAX) {
        lf_time_format(text, t);
        lf_jw_key(&y->w, key);
        lf_jw_str(&y->w, (lf_str){text, sizeof text});
    }
}

static void put_name(why *y, const char *key, lf_str name) {
    lf_jw_key(&y->w, key);
    lf_jw_str(&y->w, name);
}

static void put_text(why *y, const char *key, const char *text) {
    lf_jw_key(&y->w, key);
    lf_jw_text(&y->w, text);
}

static void put_bool(why *y, const char *key, bool value) {
    lf_jw_key(&y->w, key);
    lf_jw_bool(&y->w, value);
}

static void put_condition(why *y, const char *key, const lf_expr *when) {
    if (when != NULL) {
        lf_jw_key(&y->w, key);
        y->flow->world.enrolment = y->enrolment;
        lf_condition_put(&y->w, &y->flow->world, when, true);
        y->flow->world.enrolment = NULL;
    }
}

/* ---- triggers ---- */
/* LF_TIME_NONE: there is none. */
static int64_t moment_of(why *y, const lf_trigger *trigger) {
    const lf_field_value *value = lf_person_field(y->flow->work, trigger->index);
    return value == NULL ? LF_TIME_NONE : lf_trigger_moment(y->flow, trigger, value->u.i);
}

/* Is what it fires for the case now, or has it come? A condition of an event has none at hand here, and is false where it
 * reads one. */
static bool is_met(why *y, const lf_trigger *trigger) {
    const lf_contact *contact = y->flow->work;
    int64_t last, until = LF_TIME_NONE;
    switch (trigger->kind) {
    case LF_TRIGGER_EVENT:
        return lf_activity_last(contact, trigger->index, contact->clock, &last, &until) &&
               (trigger->when == NULL || lf_flow_holds(y->flow, trigger->when));
    case LF_TRIGGER_STATE:
        return contact->machines.items[y->flow->blueprint->states[trigger->index].machine].state ==
               trigger->index;
    case LF_TRIGGER_SEGMENT:
    case LF_TRIGGER_SEGMENT_LEFT:
        return (contact->segments.items[trigger->index] != 0) ==
               (trigger->kind == LF_TRIGGER_SEGMENT);
    case LF_TRIGGER_BAND:
        return contact->bands.items[y->flow->blueprint->schema.band_score[trigger->index]] ==
               trigger->index;
    case LF_TRIGGER_DATE:
        return moment_of(y, trigger) <= contact->clock;
    default:
        return lf_flow_holds(y->flow, trigger->when);
    }
}

static void put_state(why *y, uint16_t machine) {
    const lf_machine_state *now = &y->flow->work->machines.items[machine];
    if (now->state != LF_NO_INDEX) {
        put_name(y, "state", y->flow->blueprint->states[now->state].name);
        put_time(y, "since", now->since);
    }
}

static void put_band(why *y, uint16_t score) {
    const lf_blueprint *bp = y->flow->blueprint;
    uint16_t band = y->flow->work->bands.items[score];
    const lf_score_now *now = lf_score_look(&y->flow->world, score);
    put_text(y, "band", band == LF_NO_INDEX ? NULL : bp->bands[band].name.p);
    lf_jw_key(&y->w, "points");
    lf_jw_i64(&y->w, now == NULL ? 0 : lf_points(now->total));
}

/* What there is to be known of it, behind the trigger itself. */
static void put_seen(why *y, const lf_trigger *trigger) {
    const lf_blueprint *bp = y->flow->blueprint;
    const lf_contact *contact = y->flow->work;
    int64_t last, until = LF_TIME_NONE;
    switch (trigger->kind) {
    case LF_TRIGGER_EVENT:
        if (lf_activity_last(contact, trigger->index, contact->clock, &last, &until)) {
            put_time(y, "last", last);
        }
        break;
    case LF_TRIGGER_STATE:
        put_state(y, bp->states[trigger->index].machine);
        break;
    case LF_TRIGGER_SEGMENT:
    case LF_TRIGGER_SEGMENT_LEFT:
        put_bool(y, "in", contact->segments.items[trigger->index] != 0);
        put_condition(y, "when", bp->segments[trigger->index].when);
        break;
    case LF_TRIGGER_BAND:
        put_band(y, bp->schema.band_score[trigger->index]);
        break;
    case LF_TRIGGER_DATE:
        put_time(y, "moment", moment_of(y, trigger));
        break;
    default:
        break;
    }
    put_condition(y, "when", trigger->when);
}

static void put_triggers(why *y) {
    lf_jw_key(&y->w, "triggers");
    lf_jw_begin_array(&y->w);
    for (uint32_t i = 0; i < y->def->n_triggers; i++) {
        const lf_trigger *trigger = &y->def->triggers[i];
        lf_jw_begin_object(&y->w);
        lf_jw_key(&y->w, "trigger");
        lf_jw_raw(&y->w, trigger->json);
        put_bool(y, "met", is_met(y, trigger));
        put_seen(y, trigger);
        lf_jw_end_object(&y->w);
    }
    lf_jw_end_array(&y->w);
}

/* ---- goal, exits, re-entry ---- */
static void put_exits(why *y) {
    put_condition(y, "goal", y->def->goal);
    lf_jw_key(&y->w, "exit");
    lf_jw_begin_array(&y->w);
    for (uint32_t i = 0; i < y->def->n_exits; i++) {
        const lf_exit *exit = &y->def->exits[i];
        lf_jw_begin_object(&y->w);
        if (exit->type >= 0) {
            put_name(y, "event", y->flow->blueprint->types[exit->type].name);
        }
        put_condition(y, "when", exit->when);
        lf_jw_end_object(&y->w);
    }
    lf_jw_end_array(&y->w);
}

static bool any_exit_holds(why *y) {
    bool holds = false;
    for (uint32_t i = 0; i < y->def->n_exits && !holds; i++) {
        const lf_exit *exit = &y->def->exits[i];
        holds = exit->type < 0 && lf_flow_holds_in(y->flow, exit->when, y->enrolment);
    }
    return holds;
}

/* When it may come in again; LF_TIME_NONE: never. */
static int64_t again_at(const why *y) {
    return y->def->reentry == LF_REENTRY_NEVER
               ? LF_TIME_NONE
               : lf_sat_add(y->past->last_exit, y->def->reentry_after);
}

/* ---- its group ---- */
/* The sequence that keeps it out, or that it waits for; LF_NO_INDEX: there is none. */
static uint16_t holder_of(const why *y) {
    const lf_contact *contact = y->flow->work;
    const lf_sequence_def *defs = y->flow->blueprint->sequences;
    if (y->enrolment == NULL) {
        return lf_group_holder(y->flow->blueprint, contact, y->sequence);
    }
    for (uint32_t i = 0; i < contact->enrolments.n; i++) {
        const lf_enrolment *other = &contact->enrolments.items[i];
        if ((y->enrolment->paused & LF_PAUSED_BY_GROUP) != 0 && y->def->group != LF_NO_INDEX &&
            defs[other->sequence].group == y->def->group &&
            (other->paused & LF_PAUSED_BY_GROUP) == 0) {
            return other->sequence;
        }
    }
    return LF_NO_INDEX;
}

static void put_group(why *y) {
    const lf_sequence_def *defs = y->flow->blueprint->sequences;
    uint16_t holder = holder_of(y);
    if (y->def->group != LF_NO_INDEX) {
        lf_jw_key(&y->w, "group");
        lf_jw_begin_object(&y->w);
        put_name(y, "name", y->def->group_name);
        lf_jw_key(&y->w, "priority");
        lf_jw_i64(&y->w, y->def->priority);
        if (holder != LF_NO_INDEX) {
            put_name(y, "holder", defs[holder].name);
            lf_jw_key(&y->w, "holder_priority");
            lf_jw_i64(&y->w, defs[holder].priority);
        }
        lf_jw_end_object(&y->w);
    }
}

/* ---- messages ---- */
static bool is_send(const lf_step_def *step) {
    return step->kind == LF_STEP_ACTION && step->action.kind == LF_ACT_SEND;
}

/* What makes a message wait that nothing forbids, and until when; NULL: nothing does, and it would be sent now. */
static const char *held_by(why *y, uint16_t template_, int64_t *until) {
    lf_flow *flow = y->flow;
    const lf_window *window = &y->def->window;
    int64_t now = flow->work->clock;
    *until = lf_message_opens(&flow->world, template_, y->sequence);
    if (*until > now) {
        bool shut = lf_window_next(lf_world_zone(&flow->world), window, NULL, 0, now) > now;
        return shut ? "window" : "quiet";
    }
    return lf_caps_full(flow, template_, until) ? "cap" : NULL;
}

/* What would become of a message, if it were due now. */
typedef struct outlook {
    const char *reason; /* for which it would be skipped; NULL: it would not */
    const char *hold;   /* for which it would wait; NULL: it need not */
    int64_t until;      /* the hold */
    uint16_t instead;   /* the template that would go; LF_NO_INDEX: none */
} outlook;

static outlook look_out(why *y, uint16_t template_) {
    const lf_blueprint *bp = y->flow->blueprint;
    outlook o = {.reason = lf_flow_forbids(bp, y->flow->work, template_, y->def->topic),
                 .until = LF_TIME_NONE};
    o.instead = lf_flow_fallback(bp, y->flow->work, template_, y->def->topic, o.reason);
    if (o.instead != LF_NO_INDEX) {
        o.hold = held_by(y, o.instead, &o.until);
    }
    if (o.hold != NULL && strcmp(o.hold, "cap") == 0 && o.until == LF_TIME_NONE) {
        o.reason = o.reason != NULL ? o.reason : o.hold;
        o.hold = NULL;
    }
    return o;
}

static void put_message(why *y, const lf_step_def *step) {
    const lf_template_def *templates = y->flow->blueprint->templates;
    outlook o = look_out(y, step->action.index);
    lf_jw_begin_object(&y->w);
    put_name(y, "step", step->name);
    put_name(y, "template", templates[step->action.index].name);
    if (o.reason != NULL) {
        put_text(y, "forbidden", o.reason);
    }
    if (o.instead != LF_NO_INDEX && o.instead != step->action.index) {
        put_name(y, "fallback", templates[o.instead].name);
    }
    if (o.hold != NULL) {
        put_text(y, "held_by", o.hold);
        put_time(y, "until", o.until);
    }
    lf_jw_end_object(&y->w);
}

static void put_messages(why *y) {
    const lf_blueprint *bp = y->flow->blueprint;
    lf_jw_key(&y->w, "messages");
    lf_jw_begin_array(&y->w);
    for (uint32_t i = y->def->first_step; i < bp->n_steps && bp->steps[i].sequence == y->sequence;
         i++) {
        if (is_send(&bp->steps[i])) {
            put_message(y, &bp->steps[i]);
        }
    }
    lf_jw_end_array(&y->w);
}

/* ---- who is in it ---- */
static const char *answer_inside(const lf_enrolment *enrolment) {
    static const char *const phases[] = {[LF_AT_STEP] = "goes_on",
                                         [LF_WAITING_TIME] = "waits",
                                         [LF_WAITING_UNTIL] = "waits",
                                         [LF_HELD] = "held"};
    return enrolment->paused != 0 ? "paused" : phases[enrolment->phase];
}

static void put_pause(why *y, const lf_enrolment *enrolment) {
    lf_jw_key(&y->w, "paused");
    lf_jw_begin_object(&y->w);
    put_bool(y, "by_hand", (enrolment->paused & LF_PAUSED_BY_HAND) != 0);
    put_bool(y, "by_group", (enrolment->paused & LF_PAUSED_BY_GROUP) != 0);
    put_time(y, "since", enrolment->paused_at);
    lf_jw_end_object(&y->w);
}

/* A message is tried at its due and not before. So what holds it is what gave that due, though a window that was open then may
 * be closed now. */
static const char *holds_it(const why *y, const outlook *now, int64_t last) {
    int64_t due = y->enrolment->due;
    bool by_clock = now->until == due || (due == last && now->until > due);
    return now->hold != NULL && due > y->flow->work->clock && !by_clock &&
                   lf_caps_any(y->flow->blueprint, now->instead)
               ? "cap"
               : now->hold;
}

static void put_hold(why *y, const lf_step_def *step) {
    int64_t begun = y->enrolment->begun;
    put_time(y, "held_since", begun);
    if (step != NULL && is_send(step)) {
        outlook now = look_out(y, step->action.index);
        int64_t last = lf_message_last(begun, step->action.stale);
        const char *hold = holds_it(y, &now, last);
        put_time(y, "stale_at", last);
        if (hold != NULL) {
            put_text(y, "held_by", hold);
        }
    }
}

static void put_enrolment(why *y) {
    const lf_enrolment *enrolment = y->enrolment;
    const lf_step_def *step =
        enrolment->step == LF_STEP_END ? NULL : &y->flow->blueprint->steps[enrolment->step];
    put_time(y, "since", enrolment->since);
    put_text(y, "step", step == NULL ? NULL : step->name.p);
    if (enrolment->paused != 0) {
        put_pause(y, enrolment);
    } else {
        put_time(y, "due", enrolment->due);
    }
    if (enrolment->phase == LF_HELD) {
        put_hold(y, step);
    }
    if (step != NULL && enrolment->phase == LF_WAITING_UNTIL) {
        put_condition(y, "until", step->until);
    }
}

/* ---- the whole ---- */
static bool any_is_met(why *y) {
    bool met = false;
    for (uint32_t i = 0; i < y->def->n_triggers && !met; i++) {
        met = is_met(y, &y->def->triggers[i]);
    }
    return met;
}

/* The first thing that is in the way. */
static const char *answer_outside(why *y) {
    if (y->past != NULL && y->past->times > 0 && again_at(y) > y->flow->work->clock) {
        return "reentry";
    }
    if (!any_is_met(y)) {
        return "not_triggered";
    }
    if (y->def->goal != NULL && lf_flow_holds_in(y->flow, y->def->goal, NULL)) {
        return "goal";
    }
    return any_exit_holds(y) ? "exit" : holder_of(y) != LF_NO_INDEX ? "group" : "missed";
}

static void put_past(why *y) {
    lf_jw_key(&y->w, "times");
    lf_jw_i64(&y->w, y->past == NULL ? 0 : y->past->times);
    if (y->past != NULL) {
        put_time(y, "left", y->past->last_exit);
        put_time(y, "again", y->enrolment == NULL ? again_at(y) : LF_TIME_NONE);
    }
}

static void put_why(why *y) {
    lf_jw_begin_object(&y->w);
    put_name(y, "sequence", y->def->name);
    put_bool(y, "in", y->enrolment != NULL);
    put_text(y, "answer", y->enrolment != NULL ? answer_inside(y->enrolment) : answer_outside(y));
    put_past(y);
    if (y->enrolment != NULL) {
        put_enrolment(y);
    } else {
        put_triggers(y);
    }
    put_exits(y);
    put_group(y);
    put_messages(y);
    lf_jw_end_object(&y->w);
}

static lf_status look(why *y, const lf_contact *contact) {
    lf_flow *flow = y->flow;
    lf_status status = lf_person_assign(flow->work, contact);
    if (status == LF_OK) {
        lf_world_look(&flow->world, flow->work, flow->work->clock);
        y->enrolment = lf_person_enrolment(flow->work, y->sequence);
        y->past = lf_person_sequence_past(flow->work, y->sequence);
        put_why(y);
        lf_flow_fail(flow, flow->world.failed);
        status = flow->status;
    }
    return status;
}

lf_status lf_contact_why_sequence(const lf_contact *contact, const char *sequence, lf_buffer *out) {
    if (contact == NULL || sequence == NULL || out == NULL || contact->created == INT64_MAX) {
        return LF_E_ARG;
    }
    lf_blueprint *bp = contact->owner;
    int32_t index = lf_names_find(&bp->schema.names[LF_N_SEQUENCE], lf_str_of(sequence));
    if (index < 0) {
        return LF_E_NOTFOUND;
    }
    why y = {.w = {.buf = &out->buf}, .sequence = (uint16_t)index, .def = &bp->sequences[index]};
    size_t before = out->buf.n;
    lf_status status = lf_flow_new(&contact->mem, bp, LF_STR("-"), &y.flow);
    if (status == LF_OK) {
        status = look(&y, contact);
    }
    lf_flow_free(y.flow);
    return lf_buf_end(&out->buf, before, status);
}

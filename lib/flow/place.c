/* SPDX-License-Identifier: MIT */
/*
 * An event takes its place: in the activity under its base and derived types, by what its reserved
 * type says about fields, tags, consents and suppressions, and as entries of the scores. Its props were
 * checked with the event: what they name is declared.
 */
#include "flow/flow_internal.h"

static lf_str prop_text(const lf_event *event, const char *name) {
    const lf_value *value = lf_event_prop(event, lf_str_of(name));
    return value != NULL && value->type == LF_T_STRING ? value->u.s : (lf_str){NULL, 0};
}

static bool prop_true(const lf_event *event, const char *name) {
    const lf_value *value = lf_event_prop(event, lf_str_of(name));
    return value != NULL && value->type == LF_T_BOOL && value->u.b;
}

/* Which of the words a prop is. */
static uint8_t word_of(const lf_event *event, const char *name, const char *const *words,
                       size_t n) {
    lf_str text = prop_text(event, name);
    uint8_t i = 0;
    while (i + 1u < n && !lf_str_eq(text, lf_str_of(words[i]))) {
        i++;
    }
    return i;
}

static uint16_t index_of(const lf_flow *flow, enum lf_name_kind kind, lf_str name) {
    return (uint16_t)lf_names_find(&flow->blueprint->schema.names[kind], name);
}

static bool counts_already(const lf_flow *flow, int32_t type) {
    for (uint32_t i = 0; i < flow->n_types; i++) {
        if (flow->types[i] == type) {
            return true;
        }
    }
    return false;
}

/* What the event counts as: its base type, then each derived one whose condition holds at its time. */
static bool find_types(lf_flow *flow, const lf_event *event, int64_t at) {
    const lf_blueprint *bp = flow->blueprint;
    const lf_type_def *base = &bp->types[event->type];
    bool engaged = base->engagement;
    flow->types[0] = event->type;
    flow->n_types = 1;
    flow->arrival = 0;
    lf_world_at(&flow->world, at);
    for (uint32_t i = 0; i < base->n_derived; i++) {
        const lf_type_def *derived = &bp->types[base->derived[i]];
        flow->event = event;
        if (counts_already(flow, derived->base) && lf_flow_holds_event(flow, derived->when, NULL)) {
            flow->types[flow->n_types++] = base->derived[i];
            engaged = engaged || derived->engagement;
        }
    }
    flow->event = NULL;
    lf_world_at(&flow->world, flow->work->clock);
    return engaged;
}

/* Is the event at hand older than what set the stamp? */
static bool older(const lf_flow *flow, const lf_taken *taken, lf_stamp stamp) {
    return lf_activity_compare(flow->work, taken, stamp) < 0;
}

static void set_one_field(lf_flow *flow, const lf_taken *taken, const lf_member *member,
                          lf_stamp stamp) {
    uint16_t field = index_of(flow, LF_N_FIELD, member->name);
    const lf_field_value *present = lf_person_field_stamp(flow->work, field);
    if (present != NULL && older(flow, taken, present->stamp)) {
        return;
    }
    lf_fields_set(flow, field, &member->value, NULL, stamp);
}

static void place_update(lf_flow *flow, const lf_event *event, const lf_taken *taken,
                         lf_stamp stamp) {
    const lf_json *fields = lf_json_get(event->json, LF_STR("fields"));
    for (uint32_t i = 0; i < fields->n && flow->status == LF_OK; i++) {
        set_one_field(flow, taken, &fields->u.members[i], stamp);
    }
}

static void place_mark(lf_flow *flow, const lf_taken *taken, uint8_t kind, lf_str name, bool on,
                       lf_stamp stamp) {
    const lf_mark *mark = lf_person_mark(flow->work, kind, name);
    if (mark == NULL || !older(flow, taken, mark->stamp)) {
        lf_marks_set(flow, kind, name, on, stamp);
    }
}

static void place_tags(lf_flow *flow, const lf_event *event, const lf_taken *taken,
                       lf_stamp stamp) {
    static const char *const lists[] = {"add", "remove"};
    for (unsigned list = 0; list < LF_COUNT(lists); list++) {
        const lf_value *tags = lf_event_prop(event, lf_str_of(lists[list]));
        for (uint32_t i = 0; tags != NULL && tags->type == LF_T_LIST && i < tags->u.list.n; i++) {
            place_mark(flow, taken, LF_MARK_TAG, tags->u.list.items[i].u.s, list == 0, stamp);
        }
    }
}

static bool consent_stands(const lf_flow *flow, const lf_taken *taken, const lf_consent *present,
                           uint8_t status) {
    bool denied = present->status == LF_CONSENT_DENIED;
    if (present->stamp.at == taken->at && denied != (status == LF_CONSENT_DENIED)) {
        return denied; /* at one time a withdrawal wins */
    }
    return older(flow, taken, present->stamp);
}

static void place_consent(lf_flow *flow, const lf_event *event, const lf_taken *taken,
                          lf_stamp stamp) {
    static const char *const channels[] = {"email", "sms", "push"};
    static const char *const statuses[] = {"none", "granted", "denied", "pending"};
    uint8_t channel = word_of(event, "channel", channels, LF_CHANNELS);
    uint8_t status = word_of(event, "status", statuses, LF_COUNT(statuses));
    lf_str topic = prop_text(event, "topic");
    const lf_consent *present = lf_person_consent(flow->work, channel, topic);
    if (present != NULL && consent_stands(flow, taken, present, status)) {
        return;
    }
    lf_flow_fail(flow, lf_person_set_consent(flow->work, channel, topic, status,
                                             prop_text(event, "source"), prop_text(event, "text"),
                                             stamp));
    lf_world_changed(&flow->world, LF_DEP_CONSENT);
}

static void place_move(lf_flow *flow, const lf_event *event) {
    uint16_t machine = index_of(flow, LF_N_MACHINE, prop_text(event, "machine"));
    uint16_t state = flow->blueprint->machines[machine].first_state;
    while (!lf_str_eq(flow->blueprint->states[state].name, prop_text(event, "to"))) {
        state++;
    }
    flow->move = (lf_request){.index = machine,
                              .to = state,
                              .actor = lf_fx_keep(flow, prop_text(event, "actor")),
                              .reason = lf_fx_keep(flow, prop_text(event, "reason"))};
}

static void place_by_hand(lf_flow *flow, const lf_event *event) {
    uint16_t sequence = index_of(flow, LF_N_SEQUENCE, prop_text(event, "sequence"));
    flow->by_hand =
        (lf_request){.index = sequence, .to = LF_NO_INDEX, .force = prop_true(event, "force")};
    if (event->type == LF_EV_STEP) {
        flow->by_hand.to = lf_find_label(flow->blueprint, sequence, prop_text(event, "to"));
    }
}

static void place_reserved(lf_flow *flow, const lf_event *event, const lf_taken *taken,
                           lf_stamp stamp) {
    switch (event->type) {
    case LF_EV_UPDATE:
        place_update(flow, event, taken, stamp);
        break;
    case LF_EV_TAG:
        place_tags(flow, event, taken, stamp);
        break;
    case LF_EV_CONSENT:
        place_consent(flow, event, taken, stamp);
        break;
    case LF_EV_SUPPRESS:
        place_mark(flow, taken, LF_MARK_SUPPRESSION, prop_text(event, "reason"),
                   !prop_true(event, "lift"), stamp);
        break;
    case LF_EV_MOVE:
        place_move(flow, event);
        break;
    case LF_EV_ENROLL:
    case LF_EV_CANCEL:
    case LF_EV_PAUSE:
    case LF_EV_RESUME:
    case LF_EV_STEP:
        place_by_hand(flow, event);
        break;
    default:
        break;
    }
}

/* A message did not arrive: what its sequence does about that, before the rounds. */
static void follow_delivery(lf_flow *flow, const lf_event *event) {
    if (event->type == LF_EV_DELIVERY &&
        !lf_str_eq(prop_text(event, "result"), LF_STR("delivered"))) {
        lf_failure_run(flow, prop_text(event, "key"));
    }
}

/* What a condition may read that the event has changed (enum lf_deps). */
static uint32_t moved_by(const lf_taken *taken, bool created) {
    uint32_t deps = LF_DEP_HISTORY | LF_DEP_TYPE(taken->type);
    for (uint32_t i = 0; i < taken->n_derived; i++) {
        deps |= LF_DEP_TYPE(taken->derived[i]);
    }
    return deps | (taken->engaged ? LF_DEP_ENGAGED : 0) | (created ? LF_DEP_CREATED : 0);
}

void lf_place_event(lf_flow *flow, const lf_event *event, int64_t at, bool late) {
    lf_taken taken = {.at = at,
                      .own_at = event->at,
                      .id = event->id,
                      .content = event->content,
                      .type = event->type,
                      .late = late};
    taken.engaged = find_types(flow, event, at);
    taken.derived = flow->types + 1;
    taken.n_derived = flow->n_types - 1;
    lf_stamp stamp;
    int64_t created = flow->work->created;
    lf_flow_fail(flow, lf_activity_place(flow->work, &taken, &stamp));
    flow->arrival = stamp.arrival;
    lf_world_changed(&flow->world, moved_by(&taken, flow->work->created != created));
    if (flow->status == LF_OK) {
        place_reserved(flow, event, &taken, stamp);
    }
    if (flow->status == LF_OK) {
        lf_fields_follow(flow);
        lf_flow_show(flow, event);
        lf_world_at(&flow->world, at);
        lf_flow_fail(flow, lf_score_intake(&flow->world, flow->work, &taken));
        lf_flow_show(flow, NULL);
        lf_world_at(&flow->world, flow->work->clock);
        lf_world_changed(&flow->world, LF_DEP_HISTORY);
        follow_delivery(flow, event);
    }
}

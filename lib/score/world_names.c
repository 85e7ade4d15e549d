/* SPDX-License-Identifier: MIT */
/* What the names and functions of conditions hold (SPEC 5), for one contact at one time. */
#include "score/score_internal.h"

static const char *const consent_words[] = {"none", "granted", "denied", "pending"};

/* A condition that may take no more is in error; where nobody has more, all is void. */
static void ran_out(lf_world *world) {
    if (!world->scratch.refused) {
        world->failed = LF_E_NOMEM;
    }
}

/* ---- names ---- */
/* Each leaves *out as it is, absent, where there is no value. */
static void load_field(lf_world *world, uint16_t index, lf_value *out, int64_t *until) {
    const lf_field_value *value = lf_person_field(world->contact, index);
    (void)until;
    if (value != NULL && lf_field_to_value(world->contact, &world->blueprint->fields[index], value,
                                           &world->scratch, out) != LF_OK) {
        ran_out(world);
    }
}

static void load_id(lf_world *world, uint16_t index, lf_value *out, int64_t *until) {
    (void)index, (void)until;
    *out = lf_value_str(lf_person_text(world->contact, world->contact->id));
}

static void load_created(lf_world *world, uint16_t index, lf_value *out, int64_t *until) {
    (void)index, (void)until;
    *out = lf_value_time(world->contact->created);
}

static void load_tags(lf_world *world, uint16_t index, lf_value *out, int64_t *until) {
    const lf_contact *contact = world->contact;
    lf_value *items = lf_arena_alloc(&world->scratch, (contact->marks.n + 1u) * sizeof *items);
    (void)index, (void)until;
    if (items == NULL) { /* of the world, or of what a condition may take */
        ran_out(world);
        return;
    }
    uint32_t n = 0;
    for (uint32_t i = 0; i < contact->marks.n; i++) {
        const lf_mark *mark = &contact->marks.items[i];
        if (mark->kind == LF_MARK_TAG && mark->on) {
            items[n++] = lf_value_str(lf_person_text(contact, mark->name));
        }
    }
    *out = (lf_value){.type = LF_T_LIST};
    out->u.list.items = items;
    out->u.list.n = n;
}

/* An object prop ($update.fields) is no value of a condition: it reads as absent. */
static void load_prop(lf_world *world, uint16_t index, lf_value *out, int64_t *until) {
    const lf_value *value = world->event == NULL ? NULL : lf_event_prop_at(world->event, index);
    (void)until;
    if (value != NULL && value->type != LF_T_NULL) {
        *out = *value;
    }
}

static void load_event_type(lf_world *world, uint16_t index, lf_value *out, int64_t *until) {
    (void)index, (void)until;
    if (world->event != NULL) {
        *out = lf_value_str(world->blueprint->types[world->event->type].name);
    }
}

static void load_event_at(lf_world *world, uint16_t index, lf_value *out, int64_t *until) {
    (void)index, (void)until;
    if (world->event != NULL) {
        *out = lf_value_time(world->event->at);
    }
}

static void load_state(lf_world *world, uint16_t index, lf_value *out, int64_t *until) {
    uint16_t state = world->contact->machines.items[index].state;
    (void)until;
    if (state != LF_NO_INDEX) {
        *out = lf_value_str(world->blueprint->states[state].name);
    }
}

/* Scores are those of the contact's clock, even where a late event is at hand: only history knows the past. */
static const lf_score_now *score_of(lf_world *world, uint16_t score, int64_t *until) {
    int64_t t = world->t;
    world->t = world->event != NULL ? world->contact->clock : t;
    const lf_score_now *now = lf_score_look(world, score);
    world->t = t;
    if (now != NULL) {
        *until = now->until < *until ? now->until : *until;
    }
    return now;
}

static void load_score(lf_world *world, uint16_t index, lf_value *out, int64_t *until) {
    const lf_score_now *now = score_of(world, index, until);
    if (now != NULL) {
        *out = lf_value_int(lf_points(now->total));
    }
}

static void load_dimension(lf_world *world, uint16_t index, lf_value *out, int64_t *until) {
    if (score_of(world, world->blueprint->dimensions[index].score, until) != NULL) {
        *out = lf_value_int(lf_points(world->dimensions[index]));
    }
}

static void load_band(lf_world *world, uint16_t index, lf_value *out, int64_t *until) {
    uint16_t band = world->contact->bands.items[index];
    (void)until;
    if (band != LF_NO_INDEX) {
        *out = lf_value_str(world->blueprint->bands[band].name);
    }
}

static void load_segment(lf_world *world, uint16_t index, lf_value *out, int64_t *until) {
    (void)until;
    *out = lf_value_bool(world->contact->segments.items[index] != 0);
}

static void load_consent(lf_world *world, uint16_t index, lf_value *out, int64_t *until) {
    const lf_consent *consent =
        lf_person_consent(world->contact, (uint8_t)index, (lf_str){NULL, 0});
    uint8_t status = consent == NULL ? LF_CONSENT_NONE : consent->status;
    (void)until;
    *out = lf_value_str(lf_str_of(consent_words[status]));
}

static void load_owner(lf_world *world, uint16_t index, lf_value *out, int64_t *until) {
    (void)world, (void)index, (void)out, (void)until; /* nobody owns a contact yet */
}

static void load_suppressed(lf_world *world, uint16_t index, lf_value *out, int64_t *until) {
    (void)index, (void)until;
    *out = lf_value_bool(lf_person_suppressed(world->contact));
}

static void load_timed_out(lf_world *world, uint16_t index, lf_value *out, int64_t *until) {
    (void)index, (void)until;
    *out = lf_value_bool(world->enrolment != NULL && world->enrolment->timed_out);
}

static void (*const loads[])(lf_world *world, uint16_t index, lf_value *out,
                             int64_t *until) = {[LF_REF_FIELD] = load_field,
                                                [LF_REF_CONTACT_ID] = load_id,
                                                [LF_REF_CONTACT_CREATED] = load_created,
                                                [LF_REF_CONTACT_TAGS] = load_tags,
                                                [LF_REF_PROP] = load_prop,
                                                [LF_REF_EVENT_TYPE] = load_event_type,
                                                [LF_REF_EVENT_AT] = load_event_at,
                                                [LF_REF_STATE] = load_state,
                                                [LF_REF_SCORE] = load_score,
                                                [LF_REF_DIMENSION] = load_dimension,
                                                [LF_REF_BAND] = load_band,
                                                [LF_REF_SEGMENT] = load_segment,
                                                [LF_REF_CONSENT] = load_consent,
                                                [LF_REF_OWNER] = load_owner,
                                                [LF_REF_SUPPRESSED] = load_suppressed,
                                                [LF_REF_TIMED_OUT] = load_timed_out};

void lf_world_load(void *ctx, int32_t ref, lf_value *out, int64_t *until) {
    loads[LF_REF_KIND(ref)](ctx, (uint16_t)LF_REF_INDEX(ref), out, until);
}

/* ---- functions ---- */
uint64_t lf_world_history(void *ctx, const lf_history *call, lf_value *out, int64_t *until) {
    lf_world *world = ctx;
    const lf_contact *contact = world->contact;
    uint16_t type = (uint16_t)call->id;
    int64_t last;
    switch (call->fn) {
    case LF_H_COUNT:
        *out = lf_value_int(lf_activity_count(contact, type, call->duration, world->t, call->least,
                                              call->enough, until));
        break;
    case LF_H_EVER:
        *out = lf_value_bool(lf_activity_ever(contact, type, world->t, until));
        break;
    case LF_H_LAST:
        *out = (lf_value){.type = LF_T_ABSENT};
        if (lf_activity_last(contact, type, world->t, &last, until)) {
            *out = lf_value_time(last);
        }
        break;
    case LF_H_WITHIN:
        *out = lf_value_bool(
            lf_activity_within(contact, type, call->duration, world->t, world->arrival, until));
        break;
    case LF_H_IDLE:
        *out = lf_value_bool(lf_activity_idle(contact, call->duration, world->t, until));
        break;
    case LF_H_IN_STATE:
        *out = lf_value_bool(lf_activity_in_state(contact, type, call->duration, world->t, until));
        break;
    default: {
        uint8_t kind = call->fn == LF_H_TAGGED ? LF_MARK_TAG : LF_MARK_FLAG;
        *out = lf_value_bool(
            lf_person_marked(contact, kind, world->blueprint->literals.items[call->id]));
        break;
    }
    }
    return (contact->log.n + contact->marks.n) / 16; /* at the very worst it looks at all of them */
}

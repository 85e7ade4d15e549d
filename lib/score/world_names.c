/* SPDX-License-Identifier: MIT */
/* What the names and functions of conditions hold (SPEC 5), for one contact at one time. */
#include "score/score_internal.h"

static const char *const consent_words[] = {"none", "granted", "denied", "pending"};

/* ---- names ---- */
static void load_field(lf_world *world, uint16_t index, lf_value *out) {
    const lf_field_value *value = lf_person_field(world->contact, index);
    if (value == NULL) {
        return;
    }
    if (lf_field_to_value(world->contact, &world->blueprint->fields[index], value, &world->scratch,
                          out) != LF_OK) {
        world->failed = true;
    }
}

static void load_tags(lf_world *world, lf_value *out) {
    const lf_contact *contact = world->contact;
    lf_value *items = lf_arena_alloc(&world->scratch, (contact->marks.n + 1u) * sizeof *items);
    if (items == NULL) {
        world->failed = true;
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
static void load_prop(const lf_world *world, uint16_t name, lf_value *out) {
    const lf_value *value = world->event == NULL ? NULL : lf_event_prop_at(world->event, name);
    if (value != NULL && value->type != LF_T_NULL) {
        *out = *value;
    }
}

/* Scores are those of the contact's clock, even where a late event is at hand: only history knows the past. */
static void load_score(lf_world *world, uint16_t score, uint16_t dimension, lf_value *out,
                       int64_t *until) {
    int64_t t = world->t;
    world->t = world->event != NULL ? world->contact->clock : t;
    const lf_score_now *now = lf_score_look(world, score);
    world->t = t;
    if (now == NULL) {
        return;
    }
    *until = now->until < *until ? now->until : *until;
    *out = lf_value_int(
        lf_points(dimension == LF_NO_INDEX ? now->total : world->dimensions[dimension]));
}

static void load_consent(const lf_world *world, uint16_t channel, lf_value *out) {
    const lf_consent *consent =
        lf_person_consent(world->contact, (uint8_t)channel, (lf_str){NULL, 0});
    uint8_t status = consent == NULL ? LF_CONSENT_NONE : consent->status;
    *out = lf_value_str(lf_str_of(consent_words[status]));
}

static void load_flow(lf_world *world, uint32_t kind, uint16_t index, lf_value *out) {
    const lf_blueprint *bp = world->blueprint;
    const lf_contact *contact = world->contact;
    switch (kind) {
    case LF_REF_STATE:
        if (contact->machines.items[index].state != LF_NO_INDEX) {
            *out = lf_value_str(bp->states[contact->machines.items[index].state].name);
        }
        break;
    case LF_REF_BAND:
        if (contact->bands.items[index] != LF_NO_INDEX) {
            *out = lf_value_str(bp->bands[contact->bands.items[index]].name);
        }
        break;
    case LF_REF_SEGMENT:
        *out = lf_value_bool(contact->segments.items[index] != 0);
        break;
    case LF_REF_SUPPRESSED:
        *out = lf_value_bool(lf_person_suppressed(contact));
        break;
    case LF_REF_TIMED_OUT:
        *out = lf_value_bool(world->enrolment != NULL && world->enrolment->timed_out);
        break;
    default: /* nobody owns a contact yet */
        break;
    }
}

void lf_world_load(void *ctx, int32_t ref, lf_value *out, int64_t *until) {
    lf_world *world = ctx;
    uint16_t index = (uint16_t)LF_REF_INDEX(ref);
    *out = (lf_value){.type = LF_T_ABSENT};
    switch (LF_REF_KIND(ref)) {
    case LF_REF_FIELD:
        load_field(world, index, out);
        break;
    case LF_REF_CONTACT_ID:
        *out = lf_value_str(lf_person_text(world->contact, world->contact->id));
        break;
    case LF_REF_CONTACT_CREATED:
        *out = lf_value_time(world->contact->created);
        break;
    case LF_REF_CONTACT_TAGS:
        load_tags(world, out);
        break;
    case LF_REF_PROP:
        load_prop(world, index, out);
        break;
    case LF_REF_EVENT_TYPE:
        if (world->event != NULL) {
            *out = lf_value_str(world->blueprint->types[world->event->type].name);
        }
        break;
    case LF_REF_EVENT_AT:
        if (world->event != NULL) {
            *out = lf_value_time(world->event->at);
        }
        break;
    case LF_REF_SCORE:
        load_score(world, index, LF_NO_INDEX, out, until);
        break;
    case LF_REF_DIMENSION:
        load_score(world, world->blueprint->dimensions[index].score, index, out, until);
        break;
    case LF_REF_CONSENT:
        load_consent(world, index, out);
        break;
    default:
        load_flow(world, LF_REF_KIND(ref), index, out);
        break;
    }
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

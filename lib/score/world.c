/* SPDX-License-Identifier: MIT */
/* What the names and functions of conditions hold (SPEC 5), for one contact at one time. */
#include "score/score_internal.h"

static const char *const consent_words[] = {"none", "granted", "denied", "pending"};

lf_status lf_world_init(lf_world *world, const lf_mem *mem, const lf_blueprint *blueprint) {
    memset(world, 0, sizeof *world);
    world->blueprint = blueprint;
    lf_arena_init(&world->scratch, mem);
    world->scores = lf_mem_alloc(mem, (blueprint->n_scores + 1u) * sizeof *world->scores);
    world->dimensions =
        lf_mem_alloc(mem, (blueprint->n_dimensions + 1u) * sizeof *world->dimensions);
    world->conditions =
        lf_mem_alloc(mem, (blueprint->n_expressions + 1u) * sizeof *world->conditions);
    return world->scores == NULL || world->dimensions == NULL || world->conditions == NULL
               ? LF_E_NOMEM
               : LF_OK;
}

void lf_world_free(lf_world *world) {
    if (world->blueprint == NULL) {
        return;
    }
    lf_mem mem = world->scratch.mem;
    lf_mem_free(&mem, world->scores, (world->blueprint->n_scores + 1u) * sizeof *world->scores);
    lf_mem_free(&mem, world->dimensions,
                (world->blueprint->n_dimensions + 1u) * sizeof *world->dimensions);
    lf_mem_free(&mem, world->conditions,
                (world->blueprint->n_expressions + 1u) * sizeof *world->conditions);
    lf_arena_free(&world->scratch);
}

/* ---- what is kept ---- */
static void move(lf_world *world, uint32_t deps) {
    world->moment++;
    for (; deps != 0; deps &= deps - 1) {
        world->moved[__builtin_ctz(deps)] = world->moment;
    }
}

void lf_kept_set(const lf_world *world, lf_kept *kept, int64_t steady) {
    *kept = (lf_kept){world->t, steady, world->moment + 1};
}

void lf_world_look(lf_world *world, const lf_contact *contact, int64_t t) {
    world->contact = contact;
    world->event = NULL;
    world->n_event_types = 0;
    world->arrival = 0;
    world->enrolment = NULL;
    world->t = t;
    world->first = ++world->moment;
}

void lf_world_at(lf_world *world, int64_t t) {
    world->t = t;
}

void lf_world_changed(lf_world *world, uint32_t deps) {
    move(world, deps & world->blueprint->score_deps ? deps | LF_DEP_SCORE : deps);
}

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

static void load(void *ctx, int32_t ref, lf_value *out, int64_t *until) {
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
static uint64_t history(void *ctx, const lf_history *call, lf_value *out, int64_t *until) {
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

/* ---- evaluation ---- */
lf_status lf_world_value(lf_world *world, const lf_expr *expr, lf_answer *out) {
    lf_env env = {.ctx = world, .t = world->t, .load = load, .history = history};
    if (world->depth == 0) {
        lf_arena_reset(&world->scratch);
    }
    world->depth++;
    lf_status status = lf_expr_eval(expr, &env, &world->scratch, out);
    world->depth--;
    if (status != LF_OK || world->failed) {
        world->failed = true;
        return LF_E_NOMEM;
    }
    return LF_OK;
}

/* Neither the event at hand nor the enrolment stays the same, so what reads them is not kept. */
static lf_condition_now *condition_of(lf_world *world, const lf_expr *expr) {
    bool passing = world->event != NULL || (lf_expr_deps(expr) & LF_DEP_TIMED_OUT) != 0;
    return passing ? NULL : &world->conditions[lf_expr_number(expr)];
}

void lf_world_carry(lf_world *world, const lf_expr *expr, bool holds, int64_t until) {
    lf_condition_now *now = &world->conditions[lf_expr_number(expr)];
    lf_kept_set(world, &now->kept, until);
    now->until = until;
    now->holds = holds;
}

int64_t lf_world_carried(const lf_world *world, const lf_expr *expr) {
    const lf_condition_now *now = &world->conditions[lf_expr_number(expr)];
    bool steady =
        lf_kept_holds(world, &now->kept, lf_expr_deps(expr)) && now->kept.steady == now->until;
    return steady ? now->until : INT64_MIN;
}

static bool look_at(lf_world *world, const lf_expr *expr, lf_condition_now *now) {
    lf_answer answer;
    if (lf_world_value(world, expr, &answer) != LF_OK) {
        return false;
    }
    lf_kept_set(world, &now->kept, answer.steady);
    now->until = answer.until;
    now->holds = answer.value.type == LF_T_BOOL && answer.value.u.b;
    world->errors += answer.value.type != LF_T_BOOL;
    return true;
}

bool lf_world_holds(lf_world *world, const lf_expr *expr, int64_t *until, int64_t *steady) {
    if (expr == NULL) {
        return true;
    }
    lf_condition_now passing, *now = condition_of(world, expr);
    if (now == NULL || !lf_kept_holds(world, &now->kept, lf_expr_deps(expr))) {
        now = now == NULL ? &passing : now;
        if (!look_at(world, expr, now)) {
            return false;
        }
    }
    if (until != NULL && now->until < *until) {
        *until = now->until;
    }
    if (steady != NULL && now->kept.steady < *steady) {
        *steady = now->kept.steady;
    }
    return now->holds;
}

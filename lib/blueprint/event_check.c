/* SPDX-License-Identifier: MIT */
/* The whole of an event: are the required props there, does a reserved event say something that can be? */
#include "blueprint/event_internal.h"

static const lf_str none = {NULL, 0};

/* ---- its content ---- */
static uint32_t mix(uint32_t seed, const void *p, size_t n) {
    return (uint32_t)lf_hash(p, n, seed);
}

static uint32_t hash_value(const lf_value *value, uint32_t seed) {
    uint8_t bytes[8];
    uint64_t bits = 0;
    switch (value->type) {
    case LF_T_STRING:
        return mix(seed, value->u.s.p, value->u.s.n);
    case LF_T_LIST:
        for (uint32_t i = 0; i < value->u.list.n; i++) {
            seed = hash_value(&value->u.list.items[i], seed * 33 + 1);
        }
        return seed;
    case LF_T_BOOL:
        bits = value->u.b;
        break;
    case LF_T_TIMESTAMP: {
        int64_t ms = 0;
        lf_value_as_ms(value, &ms);
        bits = (uint64_t)ms;
        break;
    }
    case LF_T_DOUBLE:
        memcpy(&bits, &value->u.d, sizeof bits);
        break;
    default:
        bits = (uint64_t)value->u.i;
        break;
    }
    for (unsigned i = 0; i < 8; i++) {
        bytes[i] = (uint8_t)(bits >> (8 * i)); /* the same on every machine */
    }
    return mix(seed, bytes, sizeof bytes);
}

/* What tells a changed duplicate: type and props, whatever their order. Never 0. */
static uint32_t content_of(const lf_event *event) {
    const lf_blueprint *bp = event->blueprint;
    uint32_t sum = mix(1, bp->types[event->type].name.p, bp->types[event->type].name.n);
    for (uint32_t i = 0; i < event->n_props; i++) {
        lf_str name = bp->props.items[event->props[i].name];
        uint32_t seed = mix(2, name.p, name.n);
        const lf_json *object =
            event->props[i].value.type == LF_T_NULL ? lf_json_get(event->json, name) : NULL;
        sum +=
            object != NULL ? lf_json_hash(object, seed) : hash_value(&event->props[i].value, seed);
    }
    return sum == 0 ? 1 : sum;
}

/* ---- reserved events ---- */
static lf_str text_of(const lf_event *event, const char *prop) {
    const lf_value *value = lf_event_prop(event, lf_str_of(prop));
    return value != NULL && value->type == LF_T_STRING ? value->u.s : none;
}

/* Where a prop stands, if the event came as JSON. */
static lf_spot place_of_prop(const lf_event *event, lf_diags *diags, const char *prop) {
    return lf_event_place(diags, lf_json_get(event->json, lf_str_of(prop)), "/props");
}

/* A prop that names something which is declared. *index: its number. */
static lf_status check_name(const lf_event *event, lf_diags *diags, const char *prop,
                            enum lf_name_kind kind, const char *what, uint16_t *index) {
    const lf_names *names = &event->blueprint->schema.names[kind];
    lf_str name = text_of(event, prop);
    int32_t found = lf_names_find(names, name);
    *index = (uint16_t)found;
    return found >= 0 ? LF_OK
                      : lf_event_refuse(place_of_prop(event, diags, prop), LF_D_UNKNOWN_NAME,
                                        lf_str_of(prop), what, name, lf_names_nearest(names, name));
}

static lf_status check_word(const lf_event *event, lf_diags *diags, const char *prop,
                            const char *const words[3], const char *expected) {
    lf_str word = text_of(event, prop);
    for (size_t i = 0; i < 3; i++) {
        if (lf_str_eq(word, lf_str_of(words[i]))) {
            return LF_OK;
        }
    }
    return lf_event_refuse(place_of_prop(event, diags, prop), LF_D_BAD_PROP, lf_str_of(prop),
                           expected, word, none);
}

static lf_status check_consent(const lf_event *event, lf_diags *diags) {
    static const char *const channels[3] = {"email", "sms", "push"};
    static const char *const statuses[3] = {"granted", "denied", "pending"};
    lf_status status =
        check_word(event, diags, "channel", channels, "expected email, sms or push, not");
    return status != LF_OK ? status
                           : check_word(event, diags, "status", statuses,
                                        "expected granted, denied or pending, not");
}

static lf_status check_move(const lf_event *event, lf_diags *diags) {
    const lf_blueprint *bp = event->blueprint;
    uint16_t machine;
    lf_str to = text_of(event, "to"), nearest = none;
    lf_status status =
        check_name(event, diags, "machine", LF_N_MACHINE, "unknown machine", &machine);
    if (status != LF_OK) {
        return status;
    }
    const lf_machine_def *def = &bp->machines[machine];
    for (uint16_t i = 0; i < def->n_states; i++) {
        lf_str two[2] = {nearest, bp->states[def->first_state + i].name};
        if (lf_str_eq(two[1], to)) {
            return LF_OK;
        }
        nearest = lf_nearest(to, two, LF_COUNT(two));
    }
    return lf_event_refuse(place_of_prop(event, diags, "to"), LF_D_UNKNOWN_NAME, LF_STR("to"),
                           "unknown state", to, nearest);
}

static lf_status check_step(const lf_event *event, lf_diags *diags, uint16_t sequence) {
    lf_str to = text_of(event, "to");
    return lf_find_label(event->blueprint, sequence, to) != LF_NO_INDEX
               ? LF_OK
               : lf_event_refuse(place_of_prop(event, diags, "to"), LF_D_UNKNOWN_NAME, LF_STR("to"),
                                 "the sequence has no step with the label", to,
                                 lf_nearest_label(event->blueprint, sequence, to));
}

static lf_status check_sequence(const lf_event *event, lf_diags *diags) {
    uint16_t sequence;
    lf_status status =
        check_name(event, diags, "sequence", LF_N_SEQUENCE, "unknown sequence", &sequence);
    return status == LF_OK && event->type == LF_EV_STEP ? check_step(event, diags, sequence)
                                                        : status;
}

/* One member of the `fields` of $update. What `on_invalid` takes in hand is no error. */
static lf_status check_field(const lf_event *event, lf_diags *diags, const lf_member *member) {
    const lf_blueprint *bp = event->blueprint;
    const lf_names *names = &bp->schema.names[LF_N_FIELD];
    int32_t number = lf_names_find(names, member->name);
    lf_spot at = {diags, member->line, member->column, "/props/fields"};
    if (number < 0) {
        return lf_event_refuse(at, LF_D_UNKNOWN_NAME, member->name, "unknown field", member->name,
                               lf_names_nearest(names, member->name));
    }
    const lf_field_def *field = &bp->fields[number];
    if (field->derive != NULL) {
        return lf_event_refuse(at, LF_D_BAD_PROP, member->name,
                               "an event cannot set the derived field", member->name, none);
    }
    if (member->value.kind == LF_JSON_NULL || field->on_invalid != LF_INVALID_REJECT) {
        return LF_OK;
    }
    lf_field_value ignored;
    lf_buf text, why;
    lf_buf_init(&text, &event->mem);
    lf_buf_init(&why, &event->mem);
    lf_status status = LF_OK;
    if (!lf_field_from_json(field, &member->value, &ignored, &text, &why)) {
        at = lf_event_place(diags, &member->value, "/props/fields");
        lf_buf_text(&why, " in");
        status =
            lf_event_refuse(at, LF_D_BAD_PROP, member->name, lf_buf_cstr(&why), member->name, none);
    }
    status = text.failed || why.failed ? LF_E_NOMEM : status;
    lf_buf_free(&text);
    lf_buf_free(&why);
    return status;
}

static lf_status check_update(const lf_event *event, lf_diags *diags) {
    const lf_json *fields = lf_json_get(event->json, LF_STR("fields"));
    lf_status status = LF_OK;
    for (uint32_t i = 0; status == LF_OK && fields != NULL && i < fields->n; i++) {
        status = check_field(event, diags, &fields->u.members[i]);
    }
    return status;
}

static lf_status check_tags(const lf_event *event, lf_diags *diags, const char *list) {
    const lf_value *tags = lf_event_prop(event, lf_str_of(list));
    for (uint32_t i = 0; tags != NULL && i < tags->u.list.n; i++) {
        lf_str tag = tags->u.list.items[i].u.s;
        if (!lf_tag_valid(event->blueprint, tag)) {
            return lf_event_refuse(place_of_prop(event, diags, list), LF_D_BAD_PROP,
                                   lf_str_of(list), "no tag of a declared category:", tag, none);
        }
    }
    return LF_OK;
}

static lf_status check_tag(const lf_event *event, lf_diags *diags) {
    if (event->n_props == 0) {
        return lf_event_refuse(lf_event_place(diags, event->json, "/props"), LF_D_BAD_PROP, none,
                               "'$tag' needs 'add' or 'remove'", none, none);
    }
    lf_status status = check_tags(event, diags, "add");
    return status == LF_OK ? check_tags(event, diags, "remove") : status;
}

static lf_status check_suppress(const lf_event *event, lf_diags *diags) {
    return lf_plain_name(text_of(event, "reason"))
               ? LF_OK
               : lf_event_refuse(place_of_prop(event, diags, "reason"), LF_D_BAD_PROP,
                                 LF_STR("reason"), "expected " LF_PLAIN_NAME, none, none);
}

static lf_status check_delivery(const lf_event *event, lf_diags *diags) {
    static const char *const results[3] = {"delivered", "failed", "refused"};
    return check_word(event, diags, "result", results,
                      "expected delivered, failed or refused, not");
}

static lf_status check_reserved(const lf_event *event, lf_diags *diags) {
    switch (event->type) {
    case LF_EV_UPDATE:
        return check_update(event, diags);
    case LF_EV_TAG:
        return check_tag(event, diags);
    case LF_EV_CONSENT:
        return check_consent(event, diags);
    case LF_EV_MOVE:
        return check_move(event, diags);
    case LF_EV_ENROLL:
    case LF_EV_CANCEL:
    case LF_EV_PAUSE:
    case LF_EV_RESUME:
    case LF_EV_STEP:
        return check_sequence(event, diags);
    case LF_EV_SUPPRESS:
        return check_suppress(event, diags);
    case LF_EV_DELIVERY:
        return check_delivery(event, diags);
    default:
        return LF_OK;
    }
}

lf_status lf_event_finish(lf_event *event, lf_diags *diags) {
    const lf_type_def *type = &event->blueprint->types[event->type];
    for (uint32_t i = 0; i < type->n_props; i++) {
        if (type->props[i].required && lf_event_prop_at(event, type->props[i].name) == NULL) {
            lf_str name = event->blueprint->props.items[type->props[i].name];
            return lf_event_refuse(lf_event_place(diags, event->json, "/props"), LF_D_BAD_PROP,
                                   none, "the prop is missing:", name, none);
        }
    }
    event->content = content_of(event);
    return type->reserved ? check_reserved(event, diags) : LF_OK;
}

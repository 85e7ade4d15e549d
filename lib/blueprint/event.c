/* SPDX-License-Identifier: MIT */
/* Events (SPEC 4.1): read from JSON or built by hand, with the types that are declared. */
#include "blueprint/event_internal.h"
#include "time/timing.h"

#define LF_EVENT_ID_MAX 255u

static const lf_str none = {NULL, 0};

lf_status lf_event_refuse(lf_spot at, uint16_t code, lf_str member, const char *what, lf_str name,
                          lf_str nearest) {
    lf_buf pointer;
    if (at.diags == NULL) {
        return LF_E_EVENT;
    }
    lf_buf_init(&pointer, &at.diags->mem);
    lf_buf_text(&pointer, at.pointer);
    if (member.n > 0) {
        lf_json_pointer_add(&pointer, member);
    }
    lf_str whole = {lf_buf_cstr(&pointer), pointer.n};
    if (nearest.n > 0) {
        lf_diag_add(at.diags, code, true, at.line, at.column, whole, "%s %q (did you mean %q?)",
                    what, name, nearest);
    } else if (name.p != NULL) {
        lf_diag_add(at.diags, code, true, at.line, at.column, whole, "%s %q", what, name);
    } else {
        lf_diag_add(at.diags, code, true, at.line, at.column, whole, "%s", what);
    }
    lf_status status = pointer.failed ? LF_E_NOMEM : LF_E_EVENT;
    lf_buf_free(&pointer);
    return lf_diags_end(at.diags, status);
}

lf_spot lf_event_place(lf_diags *diags, const lf_json *json, const char *pointer) {
    return (lf_spot){diags, json == NULL ? 0 : json->line, json == NULL ? 0 : json->column,
                     pointer};
}

void lf_event_init(lf_event *event, const lf_mem *mem, lf_blueprint *blueprint) {
    memset(event, 0, sizeof *event);
    event->mem = *mem;
    event->blueprint = blueprint;
    lf_arena_init(&event->arena, mem);
}

void lf_event_clear(lf_event *event) {
    lf_mem_free(&event->mem, event->props, event->cap_props * sizeof *event->props);
    lf_arena_free(&event->arena);
}

/* ---- what an event is made of ---- */
static lf_status set_type(lf_event *event, lf_str name, lf_spot at) {
    const lf_blueprint *bp = event->blueprint;
    const lf_names *names = &bp->schema.names[LF_N_TYPE];
    int32_t type = lf_names_find(names, name);
    if (type < 0) {
        return lf_event_refuse(at, LF_D_UNKNOWN_TYPE, none, "unknown event type", name,
                               lf_names_nearest(names, name));
    }
    if (!bp->types[type].supported) {
        return lf_event_refuse(at, LF_D_NOT_SUPPORTED, none, "not supported yet: the event type",
                               name, none);
    }
    if (bp->types[type].base >= 0) {
        return lf_event_refuse(at, LF_D_UNKNOWN_TYPE, none,
                               "events come under their base type, not under the derived type",
                               name, none);
    }
    event->type = (uint16_t)type;
    return LF_OK;
}

static lf_status set_contact(lf_event *event, lf_str contact, lf_spot at) {
    if (!lf_person_id_valid(contact)) {
        return lf_event_refuse(at, LF_D_BAD_EVENT, none,
                               "a contact's id has 1 to 255 bytes and no control characters", none,
                               none);
    }
    return lf_arena_str(&event->arena, contact, &event->contact) ? LF_OK : LF_E_NOMEM;
}

static lf_status set_id(lf_event *event, lf_str id, lf_spot at) {
    if (id.n == 0 || id.n > LF_EVENT_ID_MAX || !lf_utf8_valid(id)) {
        return lf_event_refuse(at, LF_D_BAD_EVENT, none, "an event's id has 1 to 255 bytes", none,
                               none);
    }
    return lf_arena_str(&event->arena, id, &event->id) ? LF_OK : LF_E_NOMEM;
}

static const lf_prop_def *find_prop(const lf_event *event, lf_str name) {
    const lf_type_def *type = &event->blueprint->types[event->type];
    for (uint32_t i = 0; i < type->n_props; i++) {
        if (lf_str_eq(event->blueprint->props.items[type->props[i].name], name)) {
            return &type->props[i];
        }
    }
    return NULL;
}

static lf_str nearest_prop(const lf_event *event, lf_str name) {
    const lf_type_def *type = &event->blueprint->types[event->type];
    lf_str nearest = none;
    for (uint32_t i = 0; i < type->n_props; i++) {
        lf_str two[2] = {nearest, event->blueprint->props.items[type->props[i].name]};
        nearest = lf_nearest(name, two, LF_COUNT(two));
    }
    return nearest;
}

static lf_status add_prop(lf_event *event, uint16_t name, lf_value value) {
    for (uint32_t i = 0; i < event->n_props; i++) {
        if (event->props[i].name == name) {
            event->props[i].value = value;
            return LF_OK;
        }
    }
    if (!lf_mem_grow(&event->mem, (void **)&event->props, &event->cap_props, event->n_props + 1,
                     sizeof *event->props)) {
        return LF_E_NOMEM;
    }
    event->props[event->n_props++] = (lf_prop){name, value};
    return LF_OK;
}

static const char *prop_type_name(uint8_t type) {
    static const char *const names[] = {"expected a string in",
                                        "expected a whole number in",
                                        "expected a number in",
                                        "expected true or false in",
                                        "expected a time as in RFC 3339 in",
                                        "expected a list of strings in"};
    return type == LF_P_OBJECT ? "expected an object in" : names[type];
}

/* A JSON value as the prop's type; LF_T_ABSENT: it does not fit. */
static lf_status json_value(lf_event *event, uint8_t type, const lf_json *json, lf_value *out) {
    int64_t t;
    *out = (lf_value){.type = LF_T_ABSENT};
    if (type == LF_F_STRING && json->kind == LF_JSON_STRING) {
        *out = lf_value_str(json->text);
    } else if (type == LF_F_INT && json->kind == LF_JSON_INT) {
        *out = lf_value_int(json->u.i);
    } else if (type == LF_F_DOUBLE && lf_json_as_double(json, &out->u.d)) {
        out->type = lf_finite(out->u.d) ? LF_T_DOUBLE : LF_T_ABSENT;
    } else if (type == LF_F_BOOL && json->kind == LF_JSON_BOOL) {
        *out = lf_value_bool(json->boolean);
    } else if (type == LF_F_TIMESTAMP && json->kind == LF_JSON_STRING &&
               lf_time_parse(json->text, &t)) {
        *out = lf_value_time(t);
    } else if (type == LF_F_LIST && json->kind == LF_JSON_ARRAY) {
        lf_value *items = lf_arena_alloc(&event->arena, (json->n + 1u) * sizeof *items);
        if (items == NULL) {
            return LF_E_NOMEM;
        }
        for (uint32_t i = 0; i < json->n; i++) {
            if (json->u.items[i].kind != LF_JSON_STRING) {
                return LF_OK;
            }
            items[i] = lf_value_str(json->u.items[i].text);
        }
        *out = (lf_value){.type = LF_T_LIST};
        out->u.list.items = items;
        out->u.list.n = json->n;
    }
    return LF_OK;
}

static lf_status read_prop(lf_event *event, const lf_member *member, lf_diags *diags) {
    lf_value value;
    const lf_prop_def *def = find_prop(event, member->name);
    lf_spot at = lf_event_place(diags, &member->value, "/props");
    if (def == NULL) {
        at.line = member->line;
        at.column = member->column;
        return lf_event_refuse(at, LF_D_UNKNOWN_PROP, member->name, "unknown prop", member->name,
                               nearest_prop(event, member->name));
    }
    if (def->type == LF_P_OBJECT) {
        if (member->value.kind != LF_JSON_OBJECT) {
            return lf_event_refuse(at, LF_D_BAD_PROP, member->name, prop_type_name(def->type),
                                   member->name, none);
        }
        return add_prop(event, def->name, (lf_value){.type = LF_T_NULL});
    }
    lf_status status = json_value(event, def->type, &member->value, &value);
    if (status == LF_OK && value.type == LF_T_ABSENT) {
        return lf_event_refuse(at, LF_D_BAD_PROP, member->name, prop_type_name(def->type),
                               member->name, none);
    }
    return status != LF_OK ? status : add_prop(event, def->name, value);
}

/* ---- from JSON ---- */
static lf_status take_time(lf_event *event, const lf_json *at, lf_diags *diags) {
    if (!lf_json_is(at, LF_JSON_STRING) || !lf_time_parse(at->text, &event->at)) {
        return lf_event_refuse(lf_event_place(diags, at, "/at"), LF_D_BAD_TIME, none,
                               "'at' must be a time as in RFC 3339, such as 2026-01-05T10:00:00Z",
                               none, none);
    }
    return LF_OK;
}

static lf_status check_members(const lf_json *json, lf_diags *diags) {
    static const lf_str known[] = {{"contact", 7}, {"type", 4}, {"at", 2}, {"id", 2}, {"props", 5}};
    if (json->kind != LF_JSON_OBJECT) {
        return lf_event_refuse(lf_event_place(diags, json, ""), LF_D_BAD_EVENT, none,
                               "an event is an object", none, none);
    }
    for (uint32_t i = 0; i < json->n; i++) {
        const lf_member *member = &json->u.members[i];
        bool fine = false;
        for (size_t j = 0; j < LF_COUNT(known) && !fine; j++) {
            fine = lf_str_eq(member->name, known[j]);
        }
        if (!fine) {
            lf_spot at = {diags, member->line, member->column, ""};
            return lf_event_refuse(at, LF_D_UNKNOWN_KEY, member->name, "unknown key", member->name,
                                   lf_nearest(member->name, known, LF_COUNT(known)));
        }
    }
    for (size_t j = 0; j < 3; j++) {
        const lf_json *value = lf_json_get(json, known[j]);
        if (!lf_json_is(value, LF_JSON_STRING)) {
            char pointer[16] = "/";
            memcpy(pointer + 1, known[j].p, known[j].n);
            return lf_event_refuse(lf_event_place(diags, value == NULL ? json : value, pointer),
                                   LF_D_BAD_EVENT, none, "an event needs a string in", known[j],
                                   none);
        }
    }
    return LF_OK;
}

static lf_status take_members(lf_event *event, const lf_json *json, lf_diags *diags) {
    const lf_json *contact = lf_json_get(json, LF_STR("contact")),
                  *id = lf_json_get(json, LF_STR("id"));
    const lf_json *props = lf_json_get(json, LF_STR("props"));
    lf_status status =
        set_contact(event, contact->text, lf_event_place(diags, contact, "/contact"));
    if (status == LF_OK && id != NULL) {
        status = id->kind != LF_JSON_STRING
                     ? lf_event_refuse(lf_event_place(diags, id, "/id"), LF_D_BAD_EVENT, none,
                                       "an id is a string", none, none)
                     : set_id(event, id->text, lf_event_place(diags, id, "/id"));
    }
    if (status == LF_OK) {
        status = take_time(event, lf_json_get(json, LF_STR("at")), diags);
    }
    if (status == LF_OK && props != NULL && props->kind != LF_JSON_OBJECT) {
        return lf_event_refuse(lf_event_place(diags, props, "/props"), LF_D_BAD_EVENT, none,
                               "'props' is an object", none, none);
    }
    event->json = props;
    for (uint32_t i = 0; status == LF_OK && props != NULL && i < props->n; i++) {
        status = read_prop(event, &props->u.members[i], diags);
    }
    return status;
}

static void forget(lf_event *event) {
    lf_arena_reset(&event->arena);
    event->contact = event->id = none;
    event->n_props = 0;
    event->json = NULL;
}

static lf_status bad_json(const lf_json_error *error, lf_status status, lf_diags *diags) {
    if (status == LF_E_NOMEM) {
        return status;
    }
    lf_spot at = {diags, error->line, error->column, ""};
    uint16_t code = error->twice           ? LF_D_DUPLICATE_KEY
                    : status == LF_E_LIMIT ? LF_D_LIMIT
                                           : LF_D_BAD_JSON;
    return lf_event_refuse(at, code, none, error->text, none, none);
}

lf_status lf_event_read(lf_event *event, lf_str json, uint32_t line_number, lf_diags *diags,
                        bool *ignored) {
    const lf_json *root = NULL;
    lf_json_error error;
    *ignored = false;
    forget(event);
    lf_status status =
        lf_json_parse(&event->arena, json, 0, LF_JSON_DEPTH, line_number, &root, &error);
    if (status != LF_OK) {
        return bad_json(&error, status, diags);
    }
    status = check_members(root, diags);
    if (status != LF_OK) {
        return status;
    }
    const lf_json *type = lf_json_get(root, LF_STR("type"));
    if (event->blueprint->ignore_unknown &&
        lf_names_find(&event->blueprint->schema.names[LF_N_TYPE], type->text) < 0) {
        *ignored = true;
        return LF_OK;
    }
    status = set_type(event, type->text, lf_event_place(diags, type, "/type"));
    if (status == LF_OK) {
        status = take_members(event, root, diags);
    }
    return status == LF_OK ? lf_event_finish(event, diags) : status;
}

/* ---- by hand ---- */
lf_status lf_event_compose(lf_event *event, lf_str contact, lf_str type, int64_t at, lf_str id,
                           lf_diags *diags) {
    forget(event);
    lf_status status = set_type(event, type, lf_event_place(diags, NULL, "/type"));
    if (status == LF_OK) {
        status = set_contact(event, contact, lf_event_place(diags, NULL, "/contact"));
    }
    if (status == LF_OK && id.n > 0) {
        status = set_id(event, id, lf_event_place(diags, NULL, "/id"));
    }
    if (status == LF_OK && (at < LF_TIME_MIN || at > LF_TIME_MAX)) {
        status = lf_event_refuse(lf_event_place(diags, NULL, "/at"), LF_D_BAD_TIME, none,
                                 "the years are 1 to 9999", none, none);
    }
    event->at = at;
    return status;
}

static bool fits(uint8_t type, const lf_value *value) {
    static const uint8_t types[] = {[LF_F_STRING] = LF_T_STRING,       [LF_F_INT] = LF_T_INT,
                                    [LF_F_DOUBLE] = LF_T_DOUBLE,       [LF_F_BOOL] = LF_T_BOOL,
                                    [LF_F_TIMESTAMP] = LF_T_TIMESTAMP, [LF_F_LIST] = LF_T_LIST};
    return type != LF_P_OBJECT && types[type] == value->type;
}

lf_status lf_event_put(lf_event *event, lf_str prop, const lf_value *value, lf_diags *diags) {
    const lf_prop_def *def = find_prop(event, prop);
    lf_spot at = lf_event_place(diags, NULL, "/props");
    lf_value copy = *value;
    if (def == NULL) {
        return lf_event_refuse(at, LF_D_UNKNOWN_PROP, prop, "unknown prop", prop,
                               nearest_prop(event, prop));
    }
    if (def->type == LF_F_DOUBLE && copy.type == LF_T_INT) {
        copy.type = LF_T_DOUBLE;
        copy.u.d = (double)value->u.i;
    }
    if (!fits(def->type, &copy) || (copy.type == LF_T_STRING && !lf_utf8_valid(copy.u.s))) {
        return lf_event_refuse(at, LF_D_BAD_PROP, prop, prop_type_name(def->type), prop, none);
    }
    if (copy.type == LF_T_STRING && !lf_arena_str(&event->arena, value->u.s, &copy.u.s)) {
        return LF_E_NOMEM;
    }
    return add_prop(event, def->name, copy);
}

lf_status lf_event_put_json(lf_event *event, lf_str prop, lf_str json, lf_diags *diags) {
    const lf_json *value = NULL;
    lf_json_error error;
    lf_status status = lf_json_parse(&event->arena, json, 0, LF_JSON_DEPTH, 1, &value, &error);
    if (status != LF_OK) {
        return bad_json(&error, status, diags);
    }
    lf_member *member = lf_arena_alloc(&event->arena, sizeof *member);
    lf_json *object = lf_arena_alloc(&event->arena, sizeof *object);
    if (member == NULL || object == NULL || !lf_arena_str(&event->arena, prop, &member->name)) {
        return LF_E_NOMEM;
    }
    member->value = *value;
    const lf_prop_def *def = find_prop(event, prop);
    if (def != NULL && def->type == LF_P_OBJECT) { /* read again when the event is taken in */
        object->kind = LF_JSON_OBJECT;
        object->n = 1;
        object->u.members = member;
        event->json = object;
    }
    return read_prop(event, member, diags);
}

const lf_value *lf_event_prop(const lf_event *event, lf_str name) {
    int32_t index = lf_names_find(&event->blueprint->props, name);
    return index < 0 ? NULL : lf_event_prop_at(event, (uint16_t)index);
}

/* SPDX-License-Identifier: MIT */
/* Actions (SPEC 7): objects with one key that says what, and `when`. */
#include "blueprint/blueprint_internal.h"

const lf_key lf_action_keys[] = {
    {"send", LF_K_STRING},
    {"notify", LF_K_OBJECT},
    {"task", LF_K_OBJECT},
    {"tag", LF_K_STRING},
    {"untag", LF_K_STRING},
    {"set", LF_K_OBJECT},
    {"flag", LF_K_STRING},
    {"unflag", LF_K_STRING},
    {"suppress", LF_K_STRING},
    {"unsuppress", LF_K_STRING},
    {"enroll", LF_K_STRING},
    {"cancel", LF_K_STRING},
    {"move", LF_K_OBJECT},
    {"emit", LF_K_OBJECT},
    /* beside one of them: */
    {"when", LF_K_STRING},
    {"stale", LF_K_STRING},
    {"assign", LF_K_LATER},
    {"deal", LF_K_LATER},
    /* of steps only: */
    {"label", LF_K_STRING},
    {"wait", LF_K_OBJECT},
    {"branch", LF_K_ARRAY},
    {"exit", LF_K_STRING},
    {"split", LF_K_ARRAY},
    {"goto", LF_K_STRING},
};
const size_t lf_step_key_count = LF_COUNT(lf_action_keys);
const size_t lf_action_key_count = LF_COUNT(lf_action_keys) - 6;
#define ACTIONS (LF_ACT_EMIT + 1u) /* the keys before "when", in the order of enum lf_action_kind */

static const lf_key notify_keys[] = {{"to", LF_K_STRING | LF_K_REQUIRED},
                                     {"text", LF_K_STRING | LF_K_REQUIRED},
                                     {"channel", LF_K_STRING}};
static const lf_key task_keys[] = {
    {"title", LF_K_STRING | LF_K_REQUIRED}, {"to", LF_K_STRING}, {"due", LF_K_STRING}};
static const lf_key emit_keys[] = {{"name", LF_K_STRING | LF_K_REQUIRED}, {"data", LF_K_ANY}};
static const lf_key move_keys[] = {{"machine", LF_K_STRING | LF_K_REQUIRED},
                                   {"to", LF_K_STRING | LF_K_REQUIRED}};
static const lf_key cel_keys[] = {{"cel", LF_K_STRING | LF_K_REQUIRED}};

static void parse_told(lf_build *b, const lf_json *value, lf_action *out) {
    int64_t due = 0;
    switch (out->kind) {
    case LF_ACT_NOTIFY:
        lf_keys_check(b, value, notify_keys, LF_COUNT(notify_keys));
        out->text = lf_key_text(value, "text");
        out->channel = lf_key_text(value, "channel");
        break;
    case LF_ACT_TASK:
        lf_keys_check(b, value, task_keys, LF_COUNT(task_keys));
        lf_key_duration(b, value, "due", 0, &due);
        out->text = lf_key_text(value, "title");
        out->due = lf_key_text(value, "due");
        break;
    default:
        lf_keys_check(b, value, emit_keys, LF_COUNT(emit_keys));
        out->name = lf_key_text(value, "name");
        out->data = lf_json_get(value, LF_STR("data"));
        return;
    }
    out->to = lf_key_text(value, "to");
}

/* A value as it stands in the document; null clears. The path stands at it. */
static void check_setting(lf_build *b, const lf_json *value, const lf_field_def *field) {
    lf_field_value ignored;
    lf_buf text, why;
    lf_buf_init(&text, &b->bp->mem);
    lf_buf_init(&why, &b->bp->mem);
    if (value->kind != LF_JSON_NULL && !lf_field_from_json(field, value, &ignored, &text, &why)) {
        lf_build_error(b, LF_D_BAD_VALUE, value, (lf_str){NULL, 0}, "the field %q: %s", field->name,
                       lf_buf_cstr(&why));
    }
    if (text.failed || why.failed) {
        b->status = LF_E_NOMEM;
    }
    lf_buf_free(&text);
    lf_buf_free(&why);
}

static void parse_setting(lf_build *b, const lf_member *member, uint16_t number,
                          const lf_reading *reading, lf_setting *out) {
    const lf_field_def *field = &b->bp->fields[number];
    lf_json at = lf_place_of(member);
    *out = (lf_setting){.field = number};
    if (field->derive != NULL) {
        lf_build_error(b, LF_D_BAD_VALUE, &at, member->name, "the derived field %q cannot be set",
                       member->name);
    }
    size_t length = lf_path_down(b, member->name);
    if (member->value.kind == LF_JSON_OBJECT) {
        lf_keys_check(b, &member->value, cel_keys, LF_COUNT(cel_keys));
        out->cel = lf_build_field_expr(b, lf_key_get(&member->value, "cel", LF_K_STRING), "cel",
                                       field, reading);
    } else {
        out->value = &member->value;
        check_setting(b, &member->value, field);
    }
    lf_path_up(b, length);
}

static void parse_set(lf_build *b, const lf_json *value, const lf_reading *reading,
                      lf_action *out) {
    const lf_names *names = &b->bp->schema.names[LF_N_FIELD];
    lf_setting *settings = lf_build_alloc(b, value->n * sizeof *settings);
    out->settings = settings;
    for (uint32_t i = 0; i < value->n && b->status == LF_OK; i++) {
        const lf_member *member = &value->u.members[i];
        int32_t field = lf_names_find(names, member->name);
        if (field >= 0) {
            parse_setting(b, member, (uint16_t)field, reading, &settings[out->n_settings++]);
        } else if (!lf_str_eq(member->name, LF_STR("description"))) {
            lf_json at = lf_place_of(member);
            lf_build_unknown(b, &at, member->name, "field", member->name,
                             lf_names_nearest(names, member->name));
        }
    }
}

static void parse_move(lf_build *b, const lf_json *value, lf_action *out) {
    lf_keys_check(b, value, move_keys, LF_COUNT(move_keys));
    size_t length = lf_path_down(b, LF_STR("machine"));
    uint16_t machine = lf_name_value(b, lf_key_get(value, "machine", LF_K_STRING),
                                     &b->bp->schema.names[LF_N_MACHINE], "machine");
    lf_path_up(b, length);
    if (machine != LF_NO_INDEX) {
        out->index = lf_state_value(b, lf_key_get(value, "to", LF_K_STRING), "to", machine);
    }
}

bool lf_plain_name(lf_str name) {
    for (size_t i = 0; i < name.n; i++) {
        if ((unsigned char)name.p[i] < 0x20 || name.p[i] == 0x7f) {
            return false;
        }
    }
    return name.n > 0 && name.n <= 255;
}

/* What the one key holds. The path stands at it. */
static void parse_what(lf_build *b, const lf_json *value, const lf_reading *reading,
                       lf_action *out) {
    const lf_names *names = b->bp->schema.names;
    switch (out->kind) {
    case LF_ACT_SEND:
        out->index = lf_name_value(b, value, &b->bp->schema.names[LF_N_TEMPLATE], "template");
        break;
    case LF_ACT_ENROLL:
    case LF_ACT_CANCEL:
        out->index = lf_name_value(b, value, &names[LF_N_SEQUENCE], "sequence");
        break;
    case LF_ACT_MOVE:
        parse_move(b, value, out);
        break;
    case LF_ACT_SET:
        parse_set(b, value, reading, out);
        break;
    case LF_ACT_TAG:
    case LF_ACT_UNTAG:
        out->name = lf_parse_tag(b, value, NULL);
        break;
    case LF_ACT_NOTIFY:
    case LF_ACT_TASK:
    case LF_ACT_EMIT:
        parse_told(b, value, out);
        break;
    default:
        out->name = value->text;
        if (!lf_plain_name(out->name)) {
            lf_build_error(b, LF_D_BAD_VALUE, value, (lf_str){NULL, 0}, "expected " LF_PLAIN_NAME);
        }
        break;
    }
}

unsigned lf_parse_action(lf_build *b, const lf_json *json, const lf_reading *reading,
                         lf_action *out) {
    unsigned found = 0;
    for (uint32_t i = 0; i < ACTIONS; i++) {
        const char *name = lf_action_keys[i].name;
        const lf_json *value = lf_key_get(json, name, lf_action_keys[i].kinds);
        if (value == NULL) {
            continue;
        }
        found++;
        *out = (lf_action){.kind = (uint8_t)i, .index = LF_NO_INDEX, .stale = -1};
        size_t length = lf_path_down(b, lf_str_of(name));
        parse_what(b, value, reading, out);
        lf_path_up(b, length);
    }
    const lf_json *stale = lf_key_get(json, "stale", LF_K_STRING);
    if (stale != NULL && lf_key_get(json, "send", LF_K_STRING) == NULL) {
        lf_build_error(b, LF_D_BAD_VALUE, stale, LF_STR("stale"), "only 'send' has 'stale'");
    }
    lf_key_duration(b, json, "stale", 0, &out->stale);
    return found;
}

static void parse_item(lf_build *b, const lf_json *item, lf_action *out) {
    static const lf_reading reading = {LF_MAY_ALL, NULL};
    bool fine = lf_keys_check(b, item, lf_action_keys, lf_action_key_count);
    unsigned found = lf_parse_action(b, item, &reading, out);
    out->when =
        lf_build_expr(b, lf_key_get(item, "when", LF_K_STRING), "when", LF_T_BOOL, &reading);
    if (fine && found != 1) {
        lf_build_error(b, found == 0 ? LF_D_MISSING_KEY : LF_D_BAD_VALUE, item, (lf_str){NULL, 0},
                       found == 0
                           ? "the action says nothing to do"
                           : "an action does one thing: put these into actions of their own");
    }
}

lf_actions lf_parse_actions(lf_build *b, const lf_json *object, const char *member) {
    lf_actions actions = {NULL, 0};
    const lf_json *list = lf_key_get(object, member, LF_K_ARRAY);
    lf_action *items = list == NULL ? NULL : lf_build_alloc(b, list->n * sizeof *items);
    if (items == NULL) {
        return actions;
    }
    size_t length = lf_path_down(b, lf_str_of(member));
    for (uint32_t i = 0; i < list->n && b->status == LF_OK; i++) {
        size_t inner = lf_path_item(b, i);
        parse_item(b, &list->u.items[i], &items[actions.n++]);
        lf_path_up(b, inner);
    }
    lf_path_up(b, length);
    actions.items = items;
    return actions;
}

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
    /* no actions: */
    {"when", LF_K_STRING},
    {"assign", LF_K_LATER},
    {"deal", LF_K_LATER},
    /* of steps only: */
    {"label", LF_K_STRING},
    {"wait", LF_K_OBJECT},
    {"branch", LF_K_ARRAY},
    {"exit", LF_K_STRING},
    {"split", LF_K_LATER},
    {"goto", LF_K_LATER},
    {"stale", LF_K_LATER},
};
const size_t lf_step_key_count = LF_COUNT(lf_action_keys);
const size_t lf_action_key_count = LF_COUNT(lf_action_keys) - 7;
#define ACTIONS (LF_ACT_EMIT + 1u) /* the keys before "when", in the order of enum lf_action_kind */

static const lf_key notify_keys[] = {
    {"to", LF_K_STRING | LF_K_REQUIRED}, {"text", LF_K_STRING | LF_K_REQUIRED}, {"channel", LF_K_STRING}};
static const lf_key task_keys[] = {
    {"title", LF_K_STRING | LF_K_REQUIRED}, {"to", LF_K_STRING}, {"due", LF_K_STRING}};
static const lf_key emit_keys[] = {{"name", LF_K_STRING | LF_K_REQUIRED}, {"data", LF_K_ANY}};
static const lf_key move_keys[] = {{"machine", LF_K_STRING | LF_K_REQUIRED}, {"to", LF_K_STRING | LF_K_REQUIRED}};
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
        lf_key_duration(b, value, "due", &due);
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

static void parse_setting(lf_build *b, const lf_member *member, const lf_reading *reading, lf_setting *out) {
    lf_blueprint *bp = b->bp;
    lf_json at = {.line = member->line, .column = member->column};
    int32_t field = lf_names_find(&bp->schema.names[LF_N_FIELD], member->name);
    if (field < 0 || (uint32_t)field >= bp->n_fields) {
        lf_build_unknown(b, &at, member->name, "field", member->name,
                         lf_names_nearest(&bp->schema.names[LF_N_FIELD], member->name));
        return;
    }
    out->field = (uint16_t)field;
    if (bp->fields[field].derive != NULL) {
        lf_build_error(b, LF_D_BAD_VALUE, &at, member->name, "the derived field %q cannot be set", member->name);
    }
    size_t length = lf_path_down(b, member->name);
    if (member->value.kind == LF_JSON_OBJECT) {
        if (lf_keys_check(b, &member->value, cel_keys, LF_COUNT(cel_keys))) {
            out->cel = lf_build_expr(b, lf_json_get(&member->value, LF_STR("cel")), "cel", LF_T_DYN, reading);
        }
        lf_path_up(b, length);
        return;
    }
    out->value = &member->value;
    lf_field_value value;
    lf_buf text, why;
    lf_buf_init(&text, &bp->mem);
    lf_buf_init(&why, &bp->mem);
    if (member->value.kind != LF_JSON_NULL &&
        !lf_field_from_json(&bp->fields[field], &member->value, &value, &text, &why)) {
        lf_build_error(b, LF_D_WRONG_TYPE, &member->value, (lf_str){NULL, 0}, "%S", (lf_str){why.p, why.n});
    }
    lf_buf_free(&text);
    lf_buf_free(&why);
    lf_path_up(b, length);
}

static void parse_set(lf_build *b, const lf_json *value, const lf_reading *reading, lf_action *out) {
    lf_setting *settings = lf_build_alloc(b, (value->n + 1u) * sizeof *settings);
    out->settings = settings;
    for (uint32_t i = 0; i < value->n && b->status == LF_OK; i++) {
        parse_setting(b, &value->u.members[i], reading, &settings[out->n_settings++]);
    }
}

static void parse_move(lf_build *b, const lf_json *value, lf_action *out) {
    lf_blueprint *bp = b->bp;
    out->index = LF_NO_INDEX;
    if (!lf_keys_check(b, value, move_keys, LF_COUNT(move_keys))) {
        return;
    }
    size_t length = lf_path_down(b, LF_STR("machine"));
    uint16_t machine = lf_name_value(b, lf_json_get(value, LF_STR("machine")),
                                     &bp->schema.names[LF_N_MACHINE], "machine");
    lf_path_up(b, length);
    if (machine != LF_NO_INDEX) {
        out->index = lf_state_value(b, lf_json_get(value, LF_STR("to")), "to", machine);
    }
}

static bool plain_name(lf_str name) {
    for (size_t i = 0; i < name.n; i++) {
        if ((unsigned char)name.p[i] < 0x20 || name.p[i] == 0x7f) {
            return false;
        }
    }
    return name.n > 0 && name.n <= 255;
}

/* What the one key holds. The path stands at it. */
static void parse_what(lf_build *b, const lf_json *value, const lf_reading *reading, lf_action *out) {
    const lf_names *names = b->bp->schema.names;
    switch (out->kind) {
    case LF_ACT_SEND:
        out->index = lf_name_value(b, value, &b->bp->template_names, "template");
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
        if (!plain_name(out->name)) {
            lf_build_error(b, LF_D_BAD_VALUE, value, (lf_str){NULL, 0},
                           "expected a name of 1 to 255 bytes without control characters");
        }
        break;
    }
}

bool lf_parse_action(lf_build *b, const lf_json *json, const lf_reading *reading, lf_action *out) {
    int found = -1;
    for (uint32_t i = 0; i < ACTIONS; i++) {
        if (lf_json_get(json, lf_str_of(lf_action_keys[i].name)) != NULL) {
            if (found >= 0) {
                lf_build_error(b, LF_D_BAD_VALUE, json, (lf_str){NULL, 0},
                               "only one of '%s' and '%s' can stand in an action", lf_action_keys[found].name,
                               lf_action_keys[i].name);
                return true;
            }
            found = (int)i;
        }
    }
    if (found < 0) {
        return false;
    }
    *out = (lf_action){.kind = (uint8_t)found, .index = LF_NO_INDEX};
    size_t length = lf_path_down(b, lf_str_of(lf_action_keys[found].name));
    parse_what(b, lf_json_get(json, lf_str_of(lf_action_keys[found].name)), reading, out);
    lf_path_up(b, length);
    return true;
}

lf_actions lf_parse_actions(lf_build *b, const lf_json *object, const char *member) {
    static const lf_reading reading = {LF_MAY_ALL, NULL};
    lf_actions actions = {NULL, 0};
    const lf_json *list = lf_key_get(object, member, LF_K_ARRAY);
    lf_action *items = list == NULL ? NULL : lf_build_alloc(b, (list->n + 1u) * sizeof *items);
    if (items == NULL) {
        return actions;
    }
    size_t length = lf_path_down(b, lf_str_of(member));
    for (uint32_t i = 0; i < list->n && b->status == LF_OK; i++) {
        const lf_json *item = &list->u.items[i];
        size_t inner = lf_path_item(b, i);
        if (lf_keys_check(b, item, lf_action_keys, lf_action_key_count)) {
            if (lf_parse_action(b, item, &reading, &items[actions.n])) {
                items[actions.n++].when = lf_build_expr(b, lf_json_get(item, LF_STR("when")), "when", LF_T_BOOL,
                                                        &reading);
            } else {
                lf_build_error(b, LF_D_MISSING_KEY, item, (lf_str){NULL, 0}, "the action says nothing to do");
            }
        }
        lf_path_up(b, inner);
    }
    lf_path_up(b, length);
    actions.items = items;
    return actions;
}

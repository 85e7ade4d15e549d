/* SPDX-License-Identifier: MIT */
/*
 * Changing what is known of somebody: fields with their on_invalid, derived fields, the flags
 * `incomplete` and `unknown_timezone`, and marks (tags, flags, suppressions) with the effects their changes make.
 */
#include "base/codes.h"
#include "flow/flow_internal.h"

lf_stamp lf_flow_stamp(const lf_flow *flow) {
    return (lf_stamp){.at = flow->work->clock};
}

void lf_marks_set(lf_flow *flow, uint8_t kind, lf_str name, bool on, lf_stamp stamp) {
    static const uint8_t kinds[] = {LF_FX_TAG, LF_FX_FLAG, LF_FX_SUPPRESS};
    bool changed = false;
    lf_flow_fail(flow, lf_person_set_mark(flow->work, kind, name, on, stamp, &changed));
    if (!changed || flow->status != LF_OK) {
        return;
    }
    lf_world_changed(&flow->world, LF_DEP_TAGS);
    lf_fx *fx = lf_fx_add(flow, kinds[kind]);
    if (fx != NULL) {
        fx->name = lf_fx_keep(flow, name);
        fx->flag = on;
        lf_flow_changed(flow, fx->name);
    }
}

static bool same_value(const lf_flow *flow, const lf_field_value *old, const lf_field_value *new,
                       lf_str text) {
    if (old == NULL || old->present != new->present) {
        return old == NULL && !new->present;
    }
    switch (flow->blueprint->fields[new->field].type) {
    case LF_F_STRING:
    case LF_F_LIST:
        return lf_str_eq(lf_person_text(flow->work, old->u.text), text);
    case LF_F_DOUBLE:
        return memcmp(&old->u.d, &new->u.d, sizeof old->u.d) == 0;
    default:
        return old->u.i == new->u.i;
    }
}

static void store(lf_flow *flow, lf_field_value *value, lf_str text, lf_stamp stamp) {
    const lf_field_def *def = &flow->blueprint->fields[value->field];
    bool same = same_value(flow, lf_person_field(flow->work, value->field), value, text);
    value->stamp = stamp;
    lf_flow_fail(flow, lf_person_set_field(flow->work, value, text));
    if (!same) {
        lf_world_changed(&flow->world, LF_DEP_FIELDS);
        flow->fields_changed = true;
        lf_flow_changed(flow, def->name);
    } else if (def->format == LF_FMT_TIMEZONE) {
        flow->fields_changed = true; /* the source may know by now what it did not */
    }
}

void lf_fields_clear(lf_flow *flow, uint16_t field, lf_stamp stamp) {
    lf_field_value none = {.field = field};
    store(flow, &none, (lf_str){NULL, 0}, stamp);
}

/* A derived field has no value of its own: without one of its expression it has none. */
static void clear_derived(lf_flow *flow, uint16_t field) {
    if (lf_person_field(flow->work, field) != NULL) {
        lf_fields_clear(flow, field, lf_flow_stamp(flow));
    }
}

/* What on_invalid says about a value that does not fit, and is kept out. An event that brings one where it says
 * `reject` is refused before it gets here: then an action set it, or it is derived. */
static void turn_away(lf_flow *flow, uint16_t field, lf_stamp stamp) {
    const lf_field_def *def = &flow->blueprint->fields[field];
    char flag[80] = "invalid_";
    if (def->derive != NULL) {
        clear_derived(flow, field);
    }
    switch (def->on_invalid) {
    case LF_INVALID_SUPPRESS:
        lf_marks_set(flow, LF_MARK_SUPPRESSION, LF_STR("invalid"), true, stamp);
        break;
    case LF_INVALID_FLAG:
        memcpy(flag + 8, def->name.p, def->name.n); /* an identifier has at most 63 bytes */
        lf_marks_set(flow, LF_MARK_FLAG, (lf_str){flag, def->name.n + 8}, true, stamp);
        break;
    case LF_INVALID_CLEAR:
        lf_fields_clear(flow, field, stamp);
        break;
    default:
        break;
    }
}

void lf_fields_set(lf_flow *flow, uint16_t field, const lf_json *json, const lf_value *cel,
                   lf_stamp stamp) {
    if (cel == NULL ? json->kind == LF_JSON_NULL : cel->type == LF_T_NULL) {
        lf_fields_clear(flow, field, stamp);
        return;
    }
    const lf_field_def *def = &flow->blueprint->fields[field];
    lf_field_value value = {.field = field};
    lf_buf text, why;
    lf_buf_init(&text, &flow->mem);
    lf_buf_init(&why, &flow->mem);
    bool valid = cel == NULL ? lf_field_from_json(def, json, &value, &text, &why)
                             : lf_field_from_value(def, cel, &value, &text, &why);
    if (text.failed || why.failed) {
        lf_flow_fail(flow, LF_E_NOMEM);
    } else if (valid) {
        value.field = field;
        value.present = true;
        store(flow, &value, (lf_str){text.p, text.n}, stamp);
    } else {
        turn_away(flow, field, stamp);
    }
    lf_buf_free(&text);
    lf_buf_free(&why);
}

/* A derived field has what its expression gives; an error or a value that does not fit clears it. */
static void derive(lf_flow *flow, uint16_t field) {
    const lf_field_def *def = &flow->blueprint->fields[field];
    lf_answer answer;
    lf_flow_fail(flow, lf_world_value(&flow->world, def->derive, &answer));
    if (flow->status != LF_OK) {
        return;
    }
    if (answer.value.type == LF_T_ERROR || answer.value.type == LF_T_NULL) {
        clear_derived(flow, field);
        return;
    }
    lf_fields_set(flow, field, NULL, &answer.value, lf_flow_stamp(flow));
}

/* The flag is there while some zone of the contact's is not to be had (SPEC 9.8). */
static void watch_zones(lf_flow *flow) {
    static const lf_str name = {"unknown_timezone", 16};
    const lf_blueprint *bp = flow->blueprint;
    bool watched = false, unknown = false;
    for (uint32_t i = 0; i < bp->n_fields; i++) {
        const lf_field_value *value = bp->fields[i].format == LF_FMT_TIMEZONE
                                          ? lf_person_field(flow->work, (uint16_t)i)
                                          : NULL;
        watched = watched || bp->fields[i].format == LF_FMT_TIMEZONE;
        if (value != NULL) {
            const lf_zone *zone;
            lf_status status =
                lf_zones_find(bp->zones, lf_person_text(flow->work, value->u.text), &zone);
            unknown = unknown || zone == NULL;
            lf_flow_fail(flow, status == LF_E_NOTFOUND ? LF_OK : status);
        }
    }
    const lf_mark *mark = watched ? lf_person_mark(flow->work, LF_MARK_FLAG, name) : NULL;
    if (flow->status == LF_OK && unknown != (mark != NULL && mark->on)) {
        lf_marks_set(flow, LF_MARK_FLAG, name, unknown, lf_flow_stamp(flow));
    }
}

void lf_fields_follow(lf_flow *flow) {
    const lf_blueprint *bp = flow->blueprint;
    bool required = false, complete = true;
    if (!flow->fields_changed) {
        return;
    }
    for (uint32_t i = 0; i < bp->n_derived && flow->status == LF_OK; i++) {
        derive(flow, bp->derived_order[i]);
    }
    for (uint32_t i = 0; i < bp->n_fields && complete; i++) {
        required = required || bp->fields[i].required;
        complete = !bp->fields[i].required || lf_person_field(flow->work, (uint16_t)i) != NULL;
    }
    if (required && flow->status == LF_OK) {
        lf_marks_set(flow, LF_MARK_FLAG, LF_STR("incomplete"), !complete, lf_flow_stamp(flow));
    }
    if (flow->status == LF_OK) {
        watch_zones(flow);
    }
    flow->fields_changed = false;
}

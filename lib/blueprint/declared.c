/* SPDX-License-Identifier: MIT */
/* Names: how they are declared, what refers to them, and in which order they depend on each other. */
#include "blueprint/blueprint_internal.h"

/* ---- declaring ---- */
lf_str lf_joined(lf_build *b, lf_str first, char between, lf_str second) {
    char *text = lf_build_alloc(b, first.n + second.n + 2);
    if (text == NULL) {
        return (lf_str){NULL, 0};
    }
    if (first.n > 0) {
        memcpy(text, first.p, first.n);
    }
    text[first.n] = between;
    if (second.n > 0) {
        memcpy(text + first.n + 1, second.p, second.n);
    }
    return (lf_str){text, first.n + 1 + second.n};
}

/* A number that no name can have, so that those behind it keep theirs. */
static void declare_nothing(lf_build *b, lf_names *names) {
    char digits[10];
    size_t n = sizeof digits;
    for (uint32_t left = names->n; n == sizeof digits || left > 0; left /= 10) {
        digits[--n] = (char)('0' + left % 10);
    }
    lf_str name = lf_joined(b, (lf_str){NULL, 0}, '\x01', (lf_str){digits + n, sizeof digits - n});
    if (name.p == NULL || lf_names_add(names, name) < 0) {
        b->status = LF_E_NOMEM;
    }
}

bool lf_declare(lf_build *b, lf_names *names, lf_str name) {
    int32_t index = lf_names_add(names, name);
    if (index == -2) {
        declare_nothing(b, names);
    } else if (index == -1) {
        b->status = LF_E_NOMEM;
    }
    return index >= 0;
}

void lf_declare_part(lf_build *b, lf_names *names, lf_str parent, lf_str name, const lf_json *at,
                     const char *member, const char *what) {
    if (name.n == 0) { /* it was reported as missing */
        declare_nothing(b, names);
        return;
    }
    lf_str whole = lf_joined(b, parent, '/', name);
    if (whole.p != NULL && !lf_declare(b, names, whole) && b->status == LF_OK) {
        lf_build_error(b, LF_D_DUPLICATE_NAME, at, lf_str_of(member), "the %s %q is there twice",
                       what, name);
    }
}

int32_t lf_find_part(const lf_names *names, lf_str parent, lf_str name) {
    char text[160];
    if (parent.n + name.n >= sizeof text) { /* a good name has at most 63 bytes */
        return -1;
    }
    if (parent.n > 0) {
        memcpy(text, parent.p, parent.n);
    }
    text[parent.n] = '/';
    if (name.n > 0) {
        memcpy(text + parent.n + 1, name.p, name.n);
    }
    return lf_names_find(names, (lf_str){text, parent.n + 1 + name.n});
}

/* What is no name: `description`, and `renamed`, which has a file of its own. */
static bool is_section_member(lf_build *b, const lf_member *member) {
    if (lf_str_eq(member->name, LF_STR("renamed"))) {
        if (member->value.kind != LF_JSON_OBJECT) {
            lf_build_error(b, LF_D_WRONG_TYPE, &member->value, member->name,
                           "'renamed' must be an object, not %s",
                           lf_json_kind_name(&member->value));
        }
        return false;
    }
    return !lf_str_eq(member->name, LF_STR("description")) || member->value.kind != LF_JSON_STRING;
}

const lf_json *lf_section(lf_build *b, const lf_json *object, const char *name) {
    static const lf_json empty = {.kind = LF_JSON_OBJECT};
    const lf_json *found = lf_key_get(object, name, LF_K_OBJECT);
    lf_json *section = found == NULL ? NULL : lf_build_alloc(b, sizeof *section);
    lf_member *members = found == NULL ? NULL : lf_build_alloc(b, found->n * sizeof *members);
    if (section == NULL || members == NULL) {
        return &empty;
    }
    *section = *found;
    section->u.members = members;
    section->n = 0;
    size_t length = lf_path_down(b, lf_str_of(name));
    for (uint32_t i = 0; i < found->n && section->n <= LF_MOST_DEFINITIONS; i++) {
        if (is_section_member(b, &found->u.members[i])) {
            members[section->n++] = found->u.members[i];
        }
    }
    if (section->n > LF_MOST_DEFINITIONS) {
        lf_json at = lf_place_of(&members[--section->n]);
        lf_build_error(b, LF_D_LIMIT, &at, members[section->n].name,
                       "there are more than %u members", (uint64_t)LF_MOST_DEFINITIONS);
    }
    lf_path_up(b, length);
    return section;
}

void lf_section_names(lf_build *b, const lf_json *section, lf_names *names, const char *what) {
    for (uint32_t i = 0; i < section->n && b->status == LF_OK; i++) {
        const lf_member *member = &section->u.members[i];
        lf_json at = lf_place_of(member);
        if (!lf_is_identifier(member->name)) {
            lf_build_error(b, LF_D_BAD_VALUE, &at, member->name, "the name of %s " LF_NAME_RULE,
                           what);
        }
        lf_declare(b, names, member->name);
    }
}

void lf_each(lf_build *b, const lf_json *section,
             void (*each)(lf_build *b, const lf_json *object, uint32_t i)) {
    for (uint32_t i = 0; i < section->n && b->status == LF_OK; i++) {
        size_t length = lf_path_down(b, section->u.members[i].name);
        each(b, &section->u.members[i].value, i);
        lf_path_up(b, length);
    }
}

/* ---- referring ---- */
uint16_t lf_name_value(lf_build *b, const lf_json *value, const lf_names *names, const char *what) {
    if (!lf_json_is(value, LF_JSON_STRING)) {
        return LF_NO_INDEX;
    }
    int32_t index = lf_names_find(names, value->text);
    if (index < 0) {
        lf_build_unknown(b, value, (lf_str){NULL, 0}, what, value->text,
                         lf_names_nearest(names, value->text));
        return LF_NO_INDEX;
    }
    return (uint16_t)index;
}

uint16_t lf_type_value(lf_build *b, const lf_json *value) {
    uint16_t type = lf_name_value(b, value, &b->bp->schema.names[LF_N_TYPE], "event type");
    if (type != LF_NO_INDEX && !b->bp->types[type].supported) {
        lf_build_error(b, LF_D_NOT_SUPPORTED, value, (lf_str){NULL, 0},
                       "the event type %q is not supported yet", value->text);
        return LF_NO_INDEX;
    }
    return type;
}

static void take_type(lf_build *b, const lf_json *item, uint16_t *types, lf_type_set *set) {
    if (item->kind != LF_JSON_STRING) {
        lf_build_error(b, LF_D_WRONG_TYPE, item, (lf_str){NULL, 0},
                       "expected the name of an event type, not %s", lf_json_kind_name(item));
        return;
    }
    uint16_t type = lf_type_value(b, item);
    if (type != LF_NO_INDEX && !lf_type_set_has(set, type)) {
        types[set->n++] = type;
    }
}

lf_type_set lf_key_types(lf_build *b, const lf_json *object, const char *name) {
    lf_type_set set = {NULL, 0};
    const lf_json *value = lf_key_get(object, name, LF_K_STRING | LF_K_ARRAY);
    if (value == NULL) {
        return set;
    }
    bool list = value->kind == LF_JSON_ARRAY;
    uint16_t *types = lf_build_alloc(b, (list ? value->n : 1) * sizeof *types);
    size_t length = lf_path_down(b, lf_str_of(name));
    set.types = types;
    if (types != NULL && !list) {
        take_type(b, value, types, &set);
    } else if (types != NULL) {
        lf_need_some(b, value);
        for (uint32_t i = 0; i < value->n; i++) {
            size_t inner = lf_path_item(b, i);
            take_type(b, &value->u.items[i], types, &set);
            lf_path_up(b, inner);
        }
    }
    lf_path_up(b, length);
    return set;
}

bool lf_type_set_has(const lf_type_set *set, uint16_t type) {
    for (uint32_t i = 0; i < set->n; i++) {
        if (set->types[i] == type) {
            return true;
        }
    }
    return false;
}

uint16_t lf_find_state(const lf_blueprint *bp, uint16_t machine, lf_str name) {
    int32_t state = lf_find_part(&bp->schema.names[LF_N_STATE], bp->machines[machine].name, name);
    return state < 0 ? LF_NO_INDEX : (uint16_t)state;
}

/* A path is no label: it changes when steps are inserted. */
uint16_t lf_find_label(const lf_blueprint *bp, uint16_t sequence, lf_str label) {
    int32_t step = lf_find_part(&bp->schema.names[LF_N_STEP], bp->sequences[sequence].name, label);
    return step >= 0 && bp->steps[step].labelled ? (uint16_t)step : LF_NO_INDEX;
}

lf_str lf_nearest_label(const lf_blueprint *bp, uint16_t sequence, lf_str label) {
    lf_str nearest = {NULL, 0};
    for (uint32_t i = 0; i < bp->n_steps; i++) {
        if (bp->steps[i].sequence == sequence && bp->steps[i].labelled) {
            nearest = lf_nearer(label, nearest, bp->steps[i].name);
        }
    }
    return nearest;
}

uint16_t lf_state_value(lf_build *b, const lf_json *value, const char *member, uint16_t machine) {
    const lf_blueprint *bp = b->bp;
    if (!lf_json_is(value, LF_JSON_STRING)) {
        return LF_NO_INDEX;
    }
    uint16_t state = lf_find_state(bp, machine, value->text);
    if (state == LF_NO_INDEX) {
        const lf_machine_def *def = &bp->machines[machine];
        lf_str nearest = {NULL, 0};
        for (uint16_t i = 0; i < def->n_states; i++) {
            nearest = lf_nearer(value->text, nearest, bp->states[def->first_state + i].name);
        }
        lf_build_unknown(b, value, lf_str_of(member), "state", value->text, nearest);
    }
    return state;
}

/* ---- order ---- */
/* Follows what `from` uses, that has no place yet, until it comes back to something on its way. */
static uint32_t find_circle(const bool *uses, const uint32_t *left, uint32_t n, uint32_t from) {
    uint32_t at = from;
    for (uint32_t steps = 0; steps < n; steps++) { /* after n steps one is on the circle */
        for (uint32_t next = 0; next < n; next++) {
            if (uses[(size_t)at * n + next] && left[next] != UINT32_MAX) {
                at = next;
                break;
            }
        }
    }
    return at;
}

/* Of those whose uses all have their place, the first in the document comes next. */
bool lf_order_by_use(const bool *uses, uint32_t n, uint16_t *order, uint32_t *circle) {
    uint32_t left[LF_MOST_DEFINITIONS] = {
        0}; /* uses without a place yet; UINT32_MAX: has its place */
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t j = 0; j < n; j++) {
            left[i] += uses[(size_t)i * n + j];
        }
    }
    for (uint32_t placed = 0; placed < n; placed++) {
        uint32_t next = 0, first = n;
        for (; next < n && left[next] != 0; next++) {
            first = first == n && left[next] != UINT32_MAX ? next : first;
        }
        if (next == n) {
            *circle = find_circle(uses, left, n, first);
            return false;
        }
        left[next] = UINT32_MAX;
        order[placed] = (uint16_t)next;
        for (uint32_t i = 0; i < n; i++) {
            left[i] -= left[i] != UINT32_MAX && uses[(size_t)i * n + next];
        }
    }
    return true;
}

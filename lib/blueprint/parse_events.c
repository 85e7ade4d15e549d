/* SPDX-License-Identifier: MIT */
/* The section `events` and the reserved types (SPEC 4). */
#include "blueprint/blueprint_internal.h"

static const lf_key event_keys[] = {
    {"engagement", LF_K_BOOL}, {"props", LF_K_OBJECT}, {"is", LF_K_STRING}, {"when", LF_K_STRING}};

#define LF_MOST_PROPS 1000u /* of one type */

static const char *const prop_words[] = {"string", "int", "double", "bool", "timestamp", "list"};

typedef struct reserved_prop {
    const char *name;
    uint8_t type;
    bool required;
} reserved_prop;

/* In the order of enum lf_reserved. */
static const struct {
    const char *name;
    bool supported;
    reserved_prop props[6];
} reserved[LF_EV_RESERVED] = {
    {"$update", true, {{"fields", LF_P_OBJECT, true}}},
    {"$tag", true, {{"add", LF_F_LIST, false}, {"remove", LF_F_LIST, false}}},
    {"$consent",
     true,
     {{"channel", LF_F_STRING, true},
      {"topic", LF_F_STRING, false},
      {"status", LF_F_STRING, true},
      {"source", LF_F_STRING, false},
      {"text", LF_F_STRING, false}}},
    {"$move",
     true,
     {{"machine", LF_F_STRING, true},
      {"to", LF_F_STRING, true},
      {"actor", LF_F_STRING, false},
      {"reason", LF_F_STRING, false}}},
    {"$enroll",
     true,
     {{"sequence", LF_F_STRING, true}, {"actor", LF_F_STRING, false}, {"force", LF_F_BOOL, false}}},
    {"$cancel",
     true,
     {{"sequence", LF_F_STRING, true},
      {"actor", LF_F_STRING, false},
      {"reason", LF_F_STRING, false}}},
    {"$pause",
     true,
     {{"sequence", LF_F_STRING, true},
      {"actor", LF_F_STRING, false},
      {"reason", LF_F_STRING, false}}},
    {"$resume",
     true,
     {{"sequence", LF_F_STRING, true},
      {"actor", LF_F_STRING, false},
      {"reason", LF_F_STRING, false}}},
    {"$step",
     true,
     {{"sequence", LF_F_STRING, true},
      {"to", LF_F_STRING, true},
      {"actor", LF_F_STRING, false},
      {"reason", LF_F_STRING, false}}},
    {"$suppress", true, {{"reason", LF_F_STRING, true}, {"lift", LF_F_BOOL, false}}},
    {"$delivery",
     true,
     {{"key", LF_F_STRING, true}, {"result", LF_F_STRING, true}, {"detail", LF_F_STRING, false}}},
    {"$assign", false, {{NULL, 0, false}}},
    {"$deal", false, {{NULL, 0, false}}},
    {"$merge", false, {{NULL, 0, false}}},
    {"$erase", false, {{NULL, 0, false}}},
};

static uint16_t prop_name(lf_build *b, lf_str name) {
    int32_t index = lf_names_add(&b->bp->props, name);
    if (index == -2) {
        index = lf_names_find(&b->bp->props, name);
    }
    if (index < 0) {
        b->status = LF_E_NOMEM;
        return 0;
    }
    return (uint16_t)index;
}

static void declare_reserved(lf_build *b, uint16_t number) {
    lf_type_def *type = &b->bp->types[number];
    uint32_t n = 0;
    while (n < LF_COUNT(reserved[number].props) && reserved[number].props[n].name != NULL) {
        n++;
    }
    lf_prop_def *props = lf_build_alloc(b, (n + 1u) * sizeof *props);
    *type = (lf_type_def){.name = lf_str_of(reserved[number].name),
                          .reserved = true,
                          .supported = reserved[number].supported,
                          .base = -1,
                          .root = number,
                          .props = props};
    lf_declare(b, &b->bp->schema.names[LF_N_TYPE], type->name);
    for (uint32_t i = 0; b->status == LF_OK && i < n; i++) {
        const reserved_prop *prop = &reserved[number].props[i];
        props[type->n_props++] = (lf_prop_def){.name = prop_name(b, lf_str_of(prop->name)),
                                               .type = prop->type,
                                               .required = prop->required};
    }
}

/* Free text, unless it is the type of a prop of that name. */
static bool is_description(const lf_member *member) {
    bool word = false;
    for (size_t i = 0; i < LF_COUNT(prop_words); i++) {
        word = word || lf_str_eq(member->value.text, lf_str_of(prop_words[i]));
    }
    return lf_str_eq(member->name, LF_STR("description")) && member->value.kind == LF_JSON_STRING &&
           !word;
}

static void declare_prop(lf_build *b, const lf_json *object, const lf_member *member,
                         lf_prop_def *out) {
    lf_json at = lf_place_of(member);
    if (!lf_is_identifier(member->name)) {
        lf_build_error(b, LF_D_BAD_VALUE, &at, member->name, "the name of a prop " LF_NAME_RULE);
    }
    if (member->value.kind != LF_JSON_STRING) {
        lf_build_error(b, LF_D_WRONG_TYPE, &member->value, member->name,
                       "a prop's type must be a string, not %s", lf_json_kind_name(&member->value));
    }
    lf_key_word(b, object, member->name.p, prop_words, LF_COUNT(prop_words), &out->type);
    out->name = prop_name(b, member->name);
}

static void declare_props(lf_build *b, const lf_json *object, lf_type_def *type) {
    size_t length = lf_path_down(b, LF_STR("props"));
    lf_prop_def *props = lf_build_alloc(b, object->n * sizeof *props);
    type->props = props;
    if (object->n > LF_MOST_PROPS || b->bp->props.n + object->n >= LF_NO_INDEX) {
        lf_build_error(b, LF_D_LIMIT, object, (lf_str){NULL, 0},
                       "more than %u props, or more than 65,534 in all types",
                       (uint64_t)LF_MOST_PROPS);
        lf_path_up(b, length);
        return;
    }
    for (uint32_t i = 0; b->status == LF_OK && i < object->n; i++) {
        if (!is_description(&object->u.members[i])) {
            declare_prop(b, object, &object->u.members[i], &props[type->n_props++]);
        }
    }
    lf_path_up(b, length);
}

/* What a derived type builds on. */
static void declare_base(lf_build *b, const lf_json *is, uint16_t number, lf_type_def *type) {
    size_t length = lf_path_down(b, LF_STR("is"));
    uint16_t base = lf_type_value(b, is);
    if (base != LF_NO_INDEX && base >= number) {
        lf_build_error(b, LF_D_BAD_VALUE, is, (lf_str){NULL, 0},
                       "a derived type builds on a type that is declared before it");
    } else if (base != LF_NO_INDEX) {
        type->base = base;
        type->root = b->bp->types[base].root;
    }
    lf_path_up(b, length);
}

static void declare_type(lf_build *b, const lf_json *object, uint32_t i) {
    uint16_t number = (uint16_t)(LF_EV_RESERVED + i);
    lf_type_def *type = &b->bp->types[number];
    const lf_json *props = lf_key_get(object, "props", LF_K_OBJECT);
    const lf_json *is = lf_key_get(object, "is", LF_K_STRING);
    const lf_json *when = lf_key_get(object, "when", LF_K_STRING);
    bool fine = lf_keys_check(b, object, event_keys, LF_COUNT(event_keys));
    type->engagement = lf_key_true(object, "engagement");
    if (fine && (is == NULL) != (when == NULL)) {
        lf_build_error(b, LF_D_MISSING_KEY, object, (lf_str){NULL, 0},
                       "a derived type needs both 'is' and 'when'");
    }
    if (is != NULL && props != NULL) {
        lf_build_error(b, LF_D_BAD_VALUE, props, LF_STR("props"),
                       "a derived type has the props of its base");
    } else if (props != NULL) {
        declare_props(b, props, type);
    }
    if (is != NULL) {
        declare_base(b, is, number, type);
    }
}

/* Which derived types stand on each base, in the order of their declaration. */
static void gather_derived(lf_build *b) {
    lf_blueprint *bp = b->bp;
    for (uint32_t i = 0; i < bp->n_types; i++) {
        bp->types[bp->types[i].root].n_derived += bp->types[i].base >= 0;
    }
    for (uint32_t i = 0; i < bp->n_types && b->status == LF_OK; i++) {
        lf_type_def *root = &bp->types[bp->types[i].root];
        if (bp->types[i].base < 0) {
            continue;
        }
        if (root->derived == NULL) {
            root->derived = lf_build_alloc(b, root->n_derived * sizeof *root->derived);
            root->n_derived = 0;
        }
        if (root->derived != NULL) {
            root->derived[root->n_derived++] = (uint16_t)i;
        }
    }
}

void lf_declare_events(lf_build *b, const lf_json *section) {
    lf_blueprint *bp = b->bp;
    lf_names *names = &bp->schema.names[LF_N_TYPE];
    bp->types = lf_build_alloc(b, (LF_EV_RESERVED + (size_t)section->n) * sizeof *bp->types);
    for (uint16_t i = 0; i < LF_EV_RESERVED && b->status == LF_OK; i++) {
        declare_reserved(b, i);
    }
    lf_section_names(b, section, names, "an event type");
    for (uint32_t i = LF_EV_RESERVED; b->status == LF_OK && i < names->n; i++) {
        bp->types[i] = (lf_type_def){
            .name = names->items[i], .supported = true, .base = -1, .root = (int32_t)i};
    }
    bp->n_types = names->n;
    if (b->status == LF_OK) {
        lf_each(b, section, declare_type);
        gather_derived(b);
    }
}

static void derive_type(lf_build *b, const lf_json *object, uint32_t i) {
    lf_type_def *type = &b->bp->types[LF_EV_RESERVED + i];
    uint16_t root = (uint16_t)type->root;
    lf_type_set events = {&root, 1};
    lf_reading reading = {LF_MAY_EVENT, &events};
    if (type->base >= 0) {
        type->when =
            lf_build_expr(b, lf_key_get(object, "when", LF_K_STRING), "when", LF_T_BOOL, &reading);
    }
}

void lf_parse_events(lf_build *b, const lf_json *section) {
    lf_each(b, section, derive_type);
}

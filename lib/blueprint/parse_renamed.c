/* SPDX-License-Identifier: MIT */
/*
 * `renamed` (SPEC 9.7): names that contacts were stored with, and what they are called now. It stands among the names
 * of a section, of `states` and of `dimensions`; or beside them: in a machine for its states, in a score for its bands,
 * in a dimension for its rules, in a sequence for the labels of its steps.
 */
#include "blueprint/blueprint_internal.h"

#define MOST_NAME 63u /* bytes */

/* One `renamed`: of this kind, of what is in `parent`. */
typedef void each_table(lf_build *b, const lf_json *table, uint8_t kind, lf_str parent);

static const struct {
    const char *in; /* where they are; NULL: in a list, or beside it */
    uint8_t of;     /* what has parts */
    uint8_t kind;   /* of the parts */
} parts[] = {{NULL, LF_N_SCORE, LF_N_BAND},        {"dimensions", LF_N_SCORE, LF_N_DIMENSION},
             {NULL, LF_N_DIMENSION, LF_N_RULE},    {NULL, LF_N_MACHINE, LF_N_STATE},
             {"states", LF_N_MACHINE, LF_N_STATE}, {NULL, LF_N_SEQUENCE, LF_N_STEP}};

/* ---- where they are ---- */
static void look_at(lf_build *b, const lf_json *object, uint8_t kind, lf_str parent,
                    each_table *each) {
    const lf_json *table = lf_key_get(object, "renamed", LF_K_OBJECT);
    if (table != NULL) {
        size_t length = lf_path_down(b, LF_STR("renamed"));
        each(b, table, kind, parent);
        lf_path_up(b, length);
    }
}

static void look_into(lf_build *b, const lf_json *object, uint8_t kind, lf_str parent,
                      each_table *each);

static void look_at_parts(lf_build *b, const lf_json *object, uint8_t kind, lf_str name,
                          each_table *each) {
    for (size_t i = 0; i < LF_COUNT(parts); i++) {
        if (parts[i].of != kind) {
            continue;
        }
        if (parts[i].in == NULL) {
            look_at(b, object, parts[i].kind, name, each);
            continue;
        }
        size_t length = lf_path_down(b, lf_str_of(parts[i].in));
        look_into(b, lf_key_get(object, parts[i].in, LF_K_OBJECT), parts[i].kind, name, each);
        lf_path_up(b, length);
    }
}

/* An object whose members are the names. */
static void look_into(lf_build *b, const lf_json *object, uint8_t kind, lf_str parent,
                      each_table *each) {
    if (object == NULL) {
        return;
    }
    look_at(b, object, kind, parent, each);
    for (uint32_t i = 0; i < object->n && b->status == LF_OK; i++) {
        const lf_member *member = &object->u.members[i];
        bool is_name = !lf_str_eq(member->name, LF_STR("renamed"));
        if (is_name && member->value.kind == LF_JSON_OBJECT) {
            lf_str name = parent.n == 0 ? member->name : lf_joined(b, parent, '/', member->name);
            size_t length = lf_path_down(b, member->name);
            look_at_parts(b, &member->value, kind, name, each);
            lf_path_up(b, length);
        }
    }
}

static void look_everywhere(lf_build *b, const lf_json *document, each_table *each) {
    static const struct {
        const char *section;
        uint8_t kind;
    } sections[] = {{"fields", LF_N_FIELD},      {"events", LF_N_TYPE},
                    {"scores", LF_N_SCORE},      {"machines", LF_N_MACHINE},
                    {"segments", LF_N_SEGMENT},  {"templates", LF_N_TEMPLATE},
                    {"sequences", LF_N_SEQUENCE}};
    for (size_t i = 0; i < LF_COUNT(sections); i++) {
        size_t length = lf_path_down(b, lf_str_of(sections[i].section));
        look_into(b, lf_key_get(document, sections[i].section, LF_K_OBJECT), sections[i].kind,
                  (lf_str){NULL, 0}, each);
        lf_path_up(b, length);
    }
}

/* ---- what they say ---- */
/* A label, or the path of a step that had none. */
static bool was_a_name(lf_str name, uint8_t kind) {
    bool path = kind == LF_N_STEP && name.n > 0 && name.p[0] == 's';
    for (size_t i = 1; path && i < name.n; i++) {
        path = (name.p[i] >= '0' && name.p[i] <= '9') || name.p[i] == '.';
    }
    return (path && name.n <= MOST_NAME) || lf_is_identifier(name);
}

static bool has_rule(const lf_blueprint *bp, lf_str dimension, lf_str name) {
    int32_t found = lf_names_find(&bp->dimension_names, dimension);
    const lf_dimension_def *def = found < 0 ? NULL : &bp->dimensions[found];
    for (uint32_t i = 0; def != NULL && i < def->n_rules; i++) {
        if (lf_str_eq(bp->rules[def->first_rule + i].name, name)) {
            return true;
        }
    }
    return false;
}

static bool is_declared(const lf_blueprint *bp, uint8_t kind, lf_str parent, lf_str name) {
    const lf_names *names = kind == LF_N_DIMENSION ? &bp->dimension_names : &bp->schema.names[kind];
    if (kind == LF_N_RULE) {
        return has_rule(bp, parent, name);
    }
    return (parent.n == 0 ? lf_names_find(names, name) : lf_find_part(names, parent, name)) >= 0;
}

/* Only what keeps its name can be meant by it. */
static bool is_target(const lf_blueprint *bp, uint8_t kind, lf_str parent, lf_str name) {
    if (kind == LF_N_STEP) {
        int32_t step = lf_find_part(&bp->schema.names[LF_N_STEP], parent, name);
        return step >= 0 && bp->steps[step].labelled;
    }
    return lf_is_identifier(name) && is_declared(bp, kind, parent, name);
}

static const char *word_for(uint8_t kind) {
    static const char *const words[] = {
        [LF_N_TYPE] = "event type", [LF_N_FIELD] = "field",       [LF_N_RULE] = "rule",
        [LF_N_MACHINE] = "machine", [LF_N_STATE] = "state",       [LF_N_SCORE] = "score",
        [LF_N_BAND] = "band",       [LF_N_SEGMENT] = "segment",   [LF_N_SEQUENCE] = "sequence",
        [LF_N_STEP] = "label",      [LF_N_TEMPLATE] = "template", [LF_N_DIMENSION] = "dimension"};
    return words[kind];
}

/* The first time round: all of them, so that one may lead to another. */
static void note(lf_build *b, const lf_json *table, uint8_t kind, lf_str parent) {
    lf_renamed *renamed = &b->bp->schema.renamed;
    for (uint32_t i = 0; i < table->n && b->status == LF_OK; i++) {
        const lf_member *member = &table->u.members[i];
        lf_json at = lf_place_of(member);
        char key[LF_RENAMED_KEY];
        lf_str kept;
        if (member->value.kind != LF_JSON_STRING) {
            lf_build_error(b, LF_D_WRONG_TYPE, &member->value, member->name,
                           "expected the present name of a %s, not %s", word_for(kind),
                           lf_json_kind_name(&member->value));
            continue;
        }
        if (!was_a_name(member->name, kind)) {
            lf_build_error(b, LF_D_BAD_VALUE, &at, member->name, "an old name " LF_NAME_RULE);
            continue;
        }
        size_t n = lf_renamed_key(key, (enum lf_name_kind)kind, parent, member->name);
        int32_t number = lf_arena_str(b->arena, (lf_str){key, n}, &kept)
                             ? lf_names_add(&renamed->old, kept)
                             : -1;
        if (number == -2) {
            lf_build_error(b, LF_D_DUPLICATE_NAME, &at, member->name, "the %s %q is renamed twice",
                           word_for(kind), member->name);
        } else if (number < 0 ||
                   !lf_mem_grow(&b->bp->mem, (void **)&renamed->now.items, &renamed->now.cap,
                                renamed->now.n + 1, sizeof *renamed->now.items)) {
            b->status = LF_E_NOMEM;
        } else {
            renamed->now.items[renamed->now.n++] = member->value.text;
        }
    }
}

static void unknown_target(lf_build *b, const lf_member *member, uint8_t kind, lf_str parent,
                           lf_str name) {
    const lf_names *names =
        kind == LF_N_DIMENSION ? &b->bp->dimension_names : &b->bp->schema.names[kind];
    lf_str nearest = parent.n == 0 ? lf_names_nearest(names, name) : (lf_str){NULL, 0};
    for (uint32_t i = 0; parent.n > 0 && i < names->n; i++) {
        lf_str whole = names->items[i];
        if (whole.n > parent.n + 1 && whole.p[parent.n] == '/' &&
            memcmp(whole.p, parent.p, parent.n) == 0) {
            nearest =
                lf_nearer(name, nearest, (lf_str){whole.p + parent.n + 1, whole.n - parent.n - 1});
        }
    }
    bool same = lf_str_eq(nearest, name); /* a reserved type: nothing was renamed to it */
    lf_build_unknown(b, &member->value, member->name, word_for(kind), name,
                     same ? (lf_str){NULL, 0} : nearest);
}

/* Follows what was renamed more than once to what there is now. */
static void resolve(lf_build *b, const lf_member *member, uint8_t kind, lf_str parent,
                    int32_t number) {
    lf_renamed *renamed = &b->bp->schema.renamed;
    lf_str name = member->value.text;
    char key[LF_RENAMED_KEY];
    for (uint32_t i = 0; !is_target(b->bp, kind, parent, name); i++) {
        size_t n = lf_renamed_key(key, (enum lf_name_kind)kind, parent, name);
        int32_t further = lf_names_find(&renamed->old, (lf_str){key, n});
        if (further < 0) {
            unknown_target(b, member, kind, parent, name);
            return;
        }
        if (i > renamed->old.n) {
            lf_build_error(b, LF_D_CIRCLE, &member->value, member->name,
                           "the name %q leads back to itself", member->name);
            return;
        }
        name = renamed->now.items[further];
    }
    renamed->now.items[number] = name;
}

/* The second time: each on its own. */
static void check(lf_build *b, const lf_json *table, uint8_t kind, lf_str parent) {
    const lf_names *old = &b->bp->schema.renamed.old;
    for (uint32_t i = 0; i < table->n && b->status == LF_OK; i++) {
        const lf_member *member = &table->u.members[i];
        lf_json at = lf_place_of(member);
        char key[LF_RENAMED_KEY];
        size_t n = lf_renamed_key(key, (enum lf_name_kind)kind, parent, member->name);
        int32_t number = lf_names_find(old, (lf_str){key, n});
        if (number < 0 || member->value.kind != LF_JSON_STRING) {
            continue; /* it was reported */
        }
        if (is_declared(b->bp, kind, parent, member->name)) {
            lf_build_error(b, LF_D_DUPLICATE_NAME, &at, member->name,
                           "%q is still there: only a name that has gone is carried over",
                           member->name);
            continue;
        }
        resolve(b, member, kind, parent, number);
    }
}

void lf_parse_renamed(lf_build *b, const lf_json *document) {
    look_everywhere(b, document, note);
    look_everywhere(b, document, check);
}

/* ---- what must not be lost ---- */
static void report_machine(lf_build *b, const lf_json *machines, lf_str name) {
    lf_build_error(b, LF_D_STATE_GONE, machines, (lf_str){NULL, 0},
                   "the machine %q of the previous blueprint is neither there nor renamed", name);
}

static void report_state(lf_build *b, const lf_json *machines, uint16_t machine, lf_str name) {
    lf_str in = b->bp->machines[machine].name;
    const lf_json *object = lf_json_get(machines, in);
    size_t length = lf_path_down(b, in);
    lf_path_down(b, LF_STR("states"));
    lf_build_error(b, LF_D_STATE_GONE, lf_json_get(object, LF_STR("states")), (lf_str){NULL, 0},
                   "the state %q of the previous blueprint is neither there nor renamed", name);
    lf_path_up(b, length);
}

void lf_check_previous(lf_build *b, const lf_json *document, const lf_blueprint *previous) {
    const lf_schema *schema = &b->bp->schema;
    const lf_json *machines = lf_key_get(document, "machines", LF_K_OBJECT);
    size_t length = lf_path_down(b, LF_STR("machines"));
    for (uint32_t m = 0; m < previous->n_machines; m++) {
        const lf_machine_def *old = &previous->machines[m];
        int32_t now = lf_schema_find(schema, LF_N_MACHINE, old->name);
        if (now < 0) {
            report_machine(b, machines == NULL ? document : machines, old->name);
            continue;
        }
        for (uint16_t i = 0; i < old->n_states; i++) {
            lf_str whole = previous->schema.names[LF_N_STATE].items[old->first_state + i];
            if (lf_schema_find(schema, LF_N_STATE, whole) < 0) {
                report_state(b, machines, (uint16_t)now,
                             previous->states[old->first_state + i].name);
            }
        }
    }
    lf_path_up(b, length);
}

/* SPDX-License-Identifier: MIT */
/* The section `machines` (SPEC 7): states and transitions. */
#include "blueprint/blueprint_internal.h"

static const lf_key machine_keys[] = {{"label", LF_K_STRING},
                                      {"initial", LF_K_STRING | LF_K_REQUIRED},
                                      {"states", LF_K_OBJECT | LF_K_REQUIRED},
                                      {"transitions", LF_K_ARRAY}};
static const lf_key state_keys[] = {
    {"label", LF_K_STRING}, {"tag", LF_K_STRING}, {"enter", LF_K_ARRAY}, {"exit", LF_K_ARRAY}};
static const lf_key transition_keys[] = {{"from", LF_K_STRING | LF_K_ARRAY | LF_K_REQUIRED},
                                         {"to", LF_K_STRING | LF_K_REQUIRED},
                                         {"on", LF_K_STRING | LF_K_ARRAY},
                                         {"when", LF_K_STRING},
                                         {"after", LF_K_STRING},
                                         {"manual", LF_K_BOOL},
                                         {"back", LF_K_BOOL},
                                         {"do", LF_K_ARRAY}};

static void declare_states(lf_build *b, const lf_json *states, uint16_t machine) {
    lf_blueprint *bp = b->bp;
    lf_names names;
    lf_names_init(&names, &bp->mem);
    size_t length = lf_path_down(b, LF_STR("states"));
    lf_section_names(b, states, &names, "state");
    if (states->n == 0) {
        lf_build_error(b, LF_D_BAD_VALUE, states, (lf_str){NULL, 0}, "a machine needs at least one state");
    }
    for (uint32_t i = 0; i < states->n && b->status == LF_OK; i++) {
        lf_state_def *state = &bp->states[bp->n_states];
        state->name = states->u.members[i].name;
        state->machine = machine;
        bp->schema.state_machine[bp->n_states++] = machine;
        lf_declare_part(b, &bp->schema.names[LF_N_STATE], bp->machines[machine].name, state->name, states, "state");
    }
    lf_path_up(b, length);
    lf_names_free(&names);
}

static void declare_machine(lf_build *b, const lf_json *object, uint32_t i) {
    lf_machine_def *machine = &b->bp->machines[i];
    machine->name = b->bp->schema.names[LF_N_MACHINE].items[i];
    machine->first_state = (uint16_t)b->bp->n_states;
    if (lf_keys_check(b, object, machine_keys, LF_COUNT(machine_keys))) {
        declare_states(b, lf_section(b, object, "states"), (uint16_t)i);
    }
    machine->n_states = (uint16_t)(b->bp->n_states - machine->first_state);
}

void lf_declare_machines(lf_build *b, const lf_json *section) {
    lf_blueprint *bp = b->bp;
    uint32_t n = 0;
    for (uint32_t i = 0; i < section->n; i++) {
        const lf_json *states = lf_key_get(&section->u.members[i].value, "states", LF_K_OBJECT);
        n += states == NULL ? 0 : states->n;
    }
    if (n >= LF_NO_INDEX) {
        lf_build_error(b, LF_D_LIMIT, section, (lf_str){NULL, 0}, "more than 65,534 states");
        return;
    }
    bp->machines = lf_build_alloc(b, (section->n + 1u) * sizeof *bp->machines);
    bp->states = lf_build_alloc(b, (n + 1u) * sizeof *bp->states);
    bp->schema.state_machine = lf_build_alloc(b, (n + 1u) * sizeof(uint16_t));
    if (b->status == LF_OK && lf_section_names(b, section, &bp->schema.names[LF_N_MACHINE], "machine")) {
        bp->n_machines = section->n;
        lf_each(b, section, declare_machine);
    }
}

uint16_t lf_find_state(const lf_blueprint *bp, uint16_t machine, lf_str name) {
    const lf_machine_def *def = &bp->machines[machine];
    for (uint16_t i = 0; i < def->n_states; i++) {
        if (lf_str_eq(bp->states[def->first_state + i].name, name)) {
            return (uint16_t)(def->first_state + i);
        }
    }
    return LF_NO_INDEX;
}

uint16_t lf_state_value(lf_build *b, const lf_json *value, const char *member, uint16_t machine) {
    lf_blueprint *bp = b->bp;
    if (!lf_json_is(value, LF_JSON_STRING)) {
        return LF_NO_INDEX;
    }
    uint16_t state = lf_find_state(bp, machine, value->text);
    if (state == LF_NO_INDEX) {
        const lf_machine_def *def = &bp->machines[machine];
        lf_str nearest = {NULL, 0};
        for (uint16_t i = 0; i < def->n_states && nearest.n == 0; i++) {
            nearest = lf_nearest(value->text, &bp->states[def->first_state + i].name, 1);
        }
        lf_build_unknown(b, value, lf_str_of(member), "state", value->text, nearest);
    }
    return state;
}

/* ---- parsing ---- */
static void parse_states(lf_build *b, const lf_json *object, const lf_machine_def *machine) {
    const lf_json *states = lf_json_get(object, LF_STR("states"));
    size_t length = lf_path_down(b, LF_STR("states"));
    for (uint16_t i = 0; i < machine->n_states && b->status == LF_OK; i++) {
        lf_state_def *state = &b->bp->states[machine->first_state + i];
        const lf_json *json = lf_json_get(states, state->name);
        size_t inner = lf_path_down(b, state->name);
        if (lf_keys_check(b, json, state_keys, LF_COUNT(state_keys))) {
            state->label = lf_key_text(json, "label");
            state->tag = lf_parse_tag(b, lf_key_get(json, "tag", LF_K_STRING), "tag");
            state->enter = lf_parse_actions(b, json, "enter");
            state->exit = lf_parse_actions(b, json, "exit");
        }
        lf_path_up(b, inner);
    }
    lf_path_up(b, length);
}

static void parse_from(lf_build *b, const lf_json *from, uint16_t machine, lf_transition_def *out) {
    const lf_machine_def *def = &b->bp->machines[machine];
    bool list = from->kind == LF_JSON_ARRAY;
    uint32_t n = list ? from->n : 1;
    uint16_t *states = lf_build_alloc(b, (n + def->n_states + 1u) * sizeof *states);
    size_t length = lf_path_down(b, LF_STR("from"));
    out->from = states;
    if (!list && lf_str_eq(from->text, LF_STR("*"))) {
        for (uint16_t i = 0; i < def->n_states && states != NULL; i++) {
            if (def->first_state + i != out->to) {
                states[out->n_from++] = (uint16_t)(def->first_state + i);
            }
        }
        n = 0;
    } else if (n == 0) {
        lf_build_error(b, LF_D_BAD_VALUE, from, (lf_str){NULL, 0}, "the list is empty");
    }
    for (uint32_t i = 0; i < n && states != NULL; i++) {
        const lf_json *item = list ? &from->u.items[i] : from;
        if (item->kind != LF_JSON_STRING) {
            lf_build_error(b, LF_D_WRONG_TYPE, item, (lf_str){NULL, 0}, "expected the name of a state");
            continue;
        }
        uint16_t state = lf_state_value(b, item, NULL, machine);
        if (state != LF_NO_INDEX) {
            states[out->n_from++] = state;
        }
    }
    lf_path_up(b, length);
}

static void parse_transition(lf_build *b, const lf_json *object, uint16_t machine, lf_transition_def *out) {
    const lf_json *manual = lf_key_get(object, "manual", LF_K_BOOL), *back = lf_key_get(object, "back", LF_K_BOOL);
    out->to = lf_state_value(b, lf_key_get(object, "to", LF_K_STRING), "to", machine);
    parse_from(b, lf_key_get(object, "from", LF_K_STRING | LF_K_ARRAY), machine, out);
    size_t length = lf_path_down(b, LF_STR("on"));
    out->on = lf_type_set_value(b, lf_json_get(object, LF_STR("on")));
    lf_path_up(b, length);
    lf_reading reading = {LF_MAY_ALL, NULL}, seeing = {LF_MAY_ALL | LF_MAY_EVENT, &out->on};
    out->when = lf_build_expr(b, lf_key_get(object, "when", LF_K_STRING), "when", LF_T_BOOL,
                              lf_json_get(object, LF_STR("on")) != NULL ? &seeing : &reading);
    lf_key_duration(b, object, "after", &out->after);
    out->manual = manual != NULL && manual->boolean;
    out->back = back != NULL && back->boolean;
    out->act = lf_parse_actions(b, object, "do");
    if (lf_json_get(object, LF_STR("on")) == NULL && lf_json_get(object, LF_STR("when")) == NULL &&
        lf_json_get(object, LF_STR("after")) == NULL && !out->manual) {
        lf_build_error(b, LF_D_MISSING_KEY, object, (lf_str){NULL, 0},
                       "a transition needs at least one of 'on', 'when', 'after', 'manual'");
    }
}

/* Which transitions can leave each state, in their order. */
static void gather_out(lf_build *b, const lf_machine_def *machine) {
    for (uint16_t s = machine->first_state; s < machine->first_state + machine->n_states; s++) {
        lf_state_def *state = &b->bp->states[s];
        uint16_t *out = lf_build_alloc(b, (machine->n_transitions + 1u) * sizeof *out);
        state->out = out;
        for (uint32_t i = 0; out != NULL && i < machine->n_transitions; i++) {
            const lf_transition_def *t = &machine->transitions[i];
            bool leaves = false;
            for (uint32_t j = 0; j < t->n_from && !leaves; j++) {
                leaves = t->from[j] == s;
            }
            if (leaves) {
                out[state->n_out++] = (uint16_t)i;
            }
        }
    }
}

static void parse_machine(lf_build *b, const lf_json *object, uint32_t i) {
    lf_machine_def *machine = &b->bp->machines[i];
    const lf_json *list = lf_key_get(object, "transitions", LF_K_ARRAY);
    uint32_t n = list == NULL ? 0 : list->n;
    machine->label = lf_key_text(object, "label");
    machine->initial = lf_state_value(b, lf_key_get(object, "initial", LF_K_STRING), "initial", (uint16_t)i);
    parse_states(b, object, machine);
    if (n > LF_MOST_DEFINITIONS) {
        lf_build_error(b, LF_D_LIMIT, list, LF_STR("transitions"), "more than %u transitions",
                       (uint64_t)LF_MOST_DEFINITIONS);
        n = 0;
    }
    lf_transition_def *transitions = lf_build_alloc(b, (n + 1u) * sizeof *transitions);
    size_t length = lf_path_down(b, LF_STR("transitions"));
    for (uint32_t j = 0; j < n && b->status == LF_OK; j++) {
        size_t inner = lf_path_item(b, j);
        if (lf_keys_check(b, &list->u.items[j], transition_keys, LF_COUNT(transition_keys))) {
            parse_transition(b, &list->u.items[j], (uint16_t)i, &transitions[j]);
        }
        lf_path_up(b, inner);
    }
    lf_path_up(b, length);
    machine->transitions = transitions;
    machine->n_transitions = n;
    gather_out(b, machine);
}

void lf_parse_machines(lf_build *b, const lf_json *section) {
    if (b->bp->n_machines > 0) {
        lf_each(b, section, parse_machine);
    }
}

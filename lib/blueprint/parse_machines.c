/* SPDX-License-Identifier: MIT */
/* The section `machines` (SPEC 7): states and transitions. */
#include "blueprint/blueprint_internal.h"

static const lf_key machine_keys[] = {{"label", LF_K_STRING},
                                      {"initial", LF_K_STRING | LF_K_REQUIRED},
                                      {"states", LF_K_OBJECT | LF_K_REQUIRED},
                                      {"transitions", LF_K_ARRAY},
                                      {"renamed", LF_K_OBJECT}};
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
    size_t length = lf_path_down(b, LF_STR("states"));
    for (uint32_t i = 0; i < states->n && b->status == LF_OK; i++) {
        const lf_member *member = &states->u.members[i];
        lf_json at = lf_place_of(member);
        if (!lf_is_identifier(member->name)) {
            lf_build_error(b, LF_D_BAD_VALUE, &at, member->name,
                           "the name of a state " LF_NAME_RULE);
        }
        bp->schema.state_machine[bp->n_states] = machine;
        bp->states[bp->n_states++] = (lf_state_def){.name = member->name, .machine = machine};
        lf_str whole = lf_joined(b, bp->machines[machine].name, '/', member->name);
        lf_declare(b, &bp->schema.names[LF_N_STATE], whole);
    }
    lf_path_up(b, length);
}

static void declare_machine(lf_build *b, const lf_json *object, uint32_t i) {
    lf_machine_def *machine = &b->bp->machines[i];
    const lf_json *states = lf_section(b, object, "states");
    machine->name = b->bp->schema.names[LF_N_MACHINE].items[i];
    machine->first_state = (uint16_t)b->bp->n_states;
    if (lf_keys_check(b, object, machine_keys, LF_COUNT(machine_keys)) && states->n == 0) {
        lf_build_error(b, LF_D_BAD_VALUE, lf_json_get(object, LF_STR("states")), LF_STR("states"),
                       "a machine needs at least one state");
    }
    declare_states(b, states, (uint16_t)i);
    machine->n_states = (uint16_t)(b->bp->n_states - machine->first_state);
}

void lf_declare_machines(lf_build *b, const lf_json *section) {
    lf_blueprint *bp = b->bp;
    uint32_t n = 0;
    for (uint32_t i = 0; i < section->n; i++) {
        const lf_json *states = lf_key_get(&section->u.members[i].value, "states", LF_K_OBJECT);
        n += states == NULL ? 0 : states->n;
    }
    bp->machines = lf_build_alloc(b, section->n * sizeof *bp->machines);
    bp->states = lf_build_alloc(b, n * sizeof *bp->states);
    bp->schema.state_machine = lf_build_alloc(b, n * sizeof(uint16_t));
    lf_section_names(b, section, &bp->schema.names[LF_N_MACHINE], "a machine");
    if (n >= LF_NO_INDEX) {
        lf_build_error(b, LF_D_LIMIT, section, (lf_str){NULL, 0}, "more than 65,534 states");
    } else if (b->status == LF_OK) {
        bp->n_machines = section->n;
        lf_each(b, section, declare_machine);
    }
}

/* ---- parsing ---- */
static void parse_state(lf_build *b, const lf_json *json, lf_state_def *state) {
    lf_keys_check(b, json, state_keys, LF_COUNT(state_keys));
    state->label = lf_key_text(json, "label");
    state->tag = lf_parse_tag(b, lf_key_get(json, "tag", LF_K_STRING), "tag");
    state->enter = lf_parse_actions(b, json, "enter");
    state->exit = lf_parse_actions(b, json, "exit");
}

static void parse_states(lf_build *b, const lf_json *object, const lf_machine_def *machine) {
    const lf_json *states = lf_json_get(object, LF_STR("states"));
    size_t length = lf_path_down(b, LF_STR("states"));
    for (uint16_t i = 0; i < machine->n_states && b->status == LF_OK; i++) {
        lf_state_def *state = &b->bp->states[machine->first_state + i];
        size_t inner = lf_path_down(b, state->name);
        parse_state(b, lf_json_get(states, state->name), state);
        lf_path_up(b, inner);
    }
    lf_path_up(b, length);
}

/* `*`: all states but `to`. */
static void from_all(const lf_machine_def *machine, uint16_t *states, lf_transition_def *out) {
    for (uint16_t i = 0; i < machine->n_states; i++) {
        if (machine->first_state + i != out->to) {
            states[out->n_from++] = (uint16_t)(machine->first_state + i);
        }
    }
}

static void from_one(lf_build *b, const lf_json *item, uint16_t machine, uint16_t *states,
                     lf_transition_def *out) {
    if (item->kind != LF_JSON_STRING) {
        lf_build_error(b, LF_D_WRONG_TYPE, item, (lf_str){NULL, 0},
                       "expected the name of a state, not %s", lf_json_kind_name(item));
        return;
    }
    uint16_t state = lf_state_value(b, item, NULL, machine);
    if (state != LF_NO_INDEX) {
        states[out->n_from++] = state;
    }
}

static void parse_from(lf_build *b, const lf_json *from, uint16_t machine, lf_transition_def *out) {
    const lf_machine_def *def = &b->bp->machines[machine];
    if (from == NULL) {
        return;
    }
    bool list = from->kind == LF_JSON_ARRAY;
    uint16_t *states = lf_build_alloc(b, (def->n_states + (list ? from->n : 1u)) * sizeof *states);
    size_t length = lf_path_down(b, LF_STR("from"));
    out->from = states;
    if (states != NULL && list) {
        lf_need_some(b, from);
        for (uint32_t i = 0; i < from->n; i++) {
            size_t inner = lf_path_item(b, i);
            from_one(b, &from->u.items[i], machine, states, out);
            lf_path_up(b, inner);
        }
    } else if (states != NULL && lf_str_eq(from->text, LF_STR("*"))) {
        from_all(def, states, out);
    } else if (states != NULL) {
        from_one(b, from, machine, states, out);
    }
    lf_path_up(b, length);
}

static void parse_transition(lf_build *b, const lf_json *object, uint16_t machine,
                             lf_transition_def *out) {
    const lf_json *on = lf_key_get(object, "on", LF_K_STRING | LF_K_ARRAY);
    const lf_json *when = lf_key_get(object, "when", LF_K_STRING);
    bool fine = lf_keys_check(b, object, transition_keys, LF_COUNT(transition_keys));
    out->to = lf_state_value(b, lf_key_get(object, "to", LF_K_STRING), "to", machine);
    parse_from(b, lf_key_get(object, "from", LF_K_STRING | LF_K_ARRAY), machine, out);
    out->on = lf_key_types(b, object, "on");
    lf_reading reading = {LF_MAY_ALL, NULL}, seeing = {LF_MAY_ALL | LF_MAY_EVENT, &out->on};
    out->when = lf_build_expr(b, when, "when", LF_T_BOOL, on != NULL ? &seeing : &reading);
    lf_key_duration(b, object, "after", 1, &out->after);
    out->manual = lf_key_true(object, "manual");
    out->back = lf_key_true(object, "back");
    out->act = lf_parse_actions(b, object, "do");
    if (fine && on == NULL && when == NULL && lf_json_get(object, LF_STR("after")) == NULL &&
        !out->manual) {
        lf_build_error(b, LF_D_MISSING_KEY, object, (lf_str){NULL, 0},
                       "a transition needs at least one of 'on', 'when', 'after', 'manual'");
    }
}

/* Which transitions can leave each state, in their order: first how many, then which. */
static void gather_out(lf_build *b, const lf_machine_def *machine) {
    lf_state_def *states = b->bp->states;
    for (uint32_t i = 0; i < machine->n_transitions; i++) {
        const lf_transition_def *t = &machine->transitions[i];
        for (uint32_t j = 0; j < t->n_from; j++) {
            states[t->from[j]].n_out++;
        }
    }
    for (uint16_t i = 0; i < machine->n_states && b->status == LF_OK; i++) {
        lf_state_def *state = &states[machine->first_state + i];
        state->out = lf_build_alloc(b, state->n_out * sizeof *state->out);
        state->n_out = 0;
    }
    for (uint32_t i = 0; i < machine->n_transitions && b->status == LF_OK; i++) {
        const lf_transition_def *t = &machine->transitions[i];
        for (uint32_t j = 0; j < t->n_from; j++) {
            lf_state_def *state = &states[t->from[j]];
            if (state->n_out == 0 ||
                state->out[state->n_out - 1] != i) { /* named once in its list */
                state->out[state->n_out++] = (uint16_t)i;
            }
        }
    }
}

static void parse_machine(lf_build *b, const lf_json *object, uint32_t i) {
    lf_machine_def *machine = &b->bp->machines[i];
    const lf_json *list = lf_key_get(object, "transitions", LF_K_ARRAY);
    uint32_t n = list == NULL ? 0 : list->n;
    machine->label = lf_key_text(object, "label");
    machine->initial =
        lf_state_value(b, lf_key_get(object, "initial", LF_K_STRING), "initial", (uint16_t)i);
    parse_states(b, object, machine);
    if (n > LF_MOST_DEFINITIONS) {
        lf_build_error(b, LF_D_LIMIT, list, LF_STR("transitions"), "more than %u transitions",
                       (uint64_t)LF_MOST_DEFINITIONS);
        n = 0;
    }
    lf_transition_def *transitions = lf_build_alloc(b, n * sizeof *transitions);
    size_t length = lf_path_down(b, LF_STR("transitions"));
    for (uint32_t j = 0; j < n && b->status == LF_OK; j++) {
        size_t inner = lf_path_item(b, j);
        parse_transition(b, &list->u.items[j], (uint16_t)i, &transitions[j]);
        lf_path_up(b, inner);
    }
    lf_path_up(b, length);
    machine->transitions = transitions;
    machine->n_transitions = transitions == NULL ? 0 : n;
    gather_out(b, machine);
}

void lf_parse_machines(lf_build *b, const lf_json *section) {
    if (b->bp->n_machines > 0) {
        lf_each(b, section, parse_machine);
    }
}

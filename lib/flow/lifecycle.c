/* SPDX-License-Identifier: MIT */
/* The public handle of a machine: its state, what is possible, its graph. */
#include "flow/flow.h"
#include "leadflow/lifecycle.h"
#include "time/timing.h"

size_t lf_blueprint_lifecycle_count(const lf_blueprint *blueprint) {
    return blueprint == NULL ? 0 : blueprint->n_machines;
}

const lf_lifecycle *lf_blueprint_lifecycle_at(const lf_blueprint *blueprint, size_t index) {
    return blueprint == NULL || index >= blueprint->n_machines ? NULL
                                                               : &blueprint->lifecycles[index];
}

const lf_lifecycle *lf_blueprint_lifecycle(const lf_blueprint *blueprint, const char *machine) {
    int32_t index = blueprint == NULL || machine == NULL
                        ? -1
                        : lf_names_find(&blueprint->schema.names[LF_N_MACHINE], lf_str_of(machine));
    return index < 0 ? NULL : &blueprint->lifecycles[index];
}

const char *lf_lifecycle_name(const lf_lifecycle *lifecycle) {
    return lifecycle == NULL ? NULL : lifecycle->blueprint->machines[lifecycle->index].name.p;
}

/* NULL: the contact is another blueprint's, or has not entered the machine. */
static const lf_machine_state *present(const lf_lifecycle *lifecycle, const lf_contact *contact) {
    if (lifecycle == NULL || contact == NULL || contact->schema != &lifecycle->blueprint->schema) {
        return NULL;
    }
    const lf_machine_state *now = &contact->machines.items[lifecycle->index];
    return now->state == LF_NO_INDEX ? NULL : now;
}

const char *lf_lifecycle_state(const lf_lifecycle *lifecycle, const lf_contact *contact) {
    const lf_machine_state *now = present(lifecycle, contact);
    return now == NULL ? NULL : lifecycle->blueprint->states[now->state].name.p;
}

int64_t lf_lifecycle_since(const lf_lifecycle *lifecycle, const lf_contact *contact) {
    const lf_machine_state *now = present(lifecycle, contact);
    return now == NULL ? LF_TIME_NONE : now->since;
}

/* ---- what is possible ---- */
static void put_types(lf_json_writer *w, const lf_blueprint *bp, const lf_type_set *on) {
    lf_jw_key(w, "on");
    lf_jw_begin_array(w);
    for (uint32_t i = 0; i < on->n; i++) {
        lf_jw_str(w, bp->types[on->types[i]].name);
    }
    lf_jw_end_array(w);
}

static void put_transition(lf_json_writer *w, lf_world *world, const lf_machine_def *machine,
                           const lf_transition_def *t, int64_t since, bool why) {
    const lf_blueprint *bp = world->blueprint;
    char text[LF_RFC3339_SIZE];
    lf_jw_begin_object(w);
    lf_jw_key(w, "to");
    lf_jw_str(w, bp->states[t->to].name);
    if (t->on.n > 0) {
        put_types(w, bp, &t->on);
    }
    if (t->after > 0) {
        lf_time_format(text, lf_sat_add(since, t->after));
        lf_jw_key(w, "after");
        lf_jw_str(w, (lf_str){text, sizeof text});
    }
    if (t->when != NULL) {
        lf_jw_key(w, "when");
        lf_condition_put(w, world, t->when, why);
    }
    if (t->manual) {
        lf_jw_key(w, "manual");
        lf_jw_bool(w, true);
    }
    for (uint32_t i = 0; why && i < world->contact->held.n; i++) {
        const lf_held *held = &world->contact->held.items[i];
        if (held->machine == bp->states[t->to].machine &&
            held->transition == (uint32_t)(t - machine->transitions)) {
            lf_jw_key(w, "held");
            lf_jw_bool(w, true);
        }
    }
    lf_jw_end_object(w);
}

/* Those out of the present state; only those that lead to `to`, unless that is LF_NO_INDEX. */
static void put_transitions(lf_json_writer *w, lf_world *world, const lf_machine_def *machine,
                            const lf_machine_state *now, uint16_t to) {
    const lf_state_def *state = &world->blueprint->states[now->state];
    lf_jw_begin_array(w);
    for (uint32_t i = 0; i < state->n_out; i++) {
        const lf_transition_def *t = &machine->transitions[state->out[i]];
        if (to == LF_NO_INDEX || t->to == to) {
            put_transition(w, world, machine, t, now->since, to != LF_NO_INDEX);
        }
    }
    lf_jw_end_array(w);
}

/* The machine, where it is, and from where it could go there. */
static void put_why(lf_json_writer *w, lf_world *world, const lf_machine_def *machine,
                    const lf_machine_state *now, uint16_t to) {
    const lf_blueprint *bp = world->blueprint;
    char text[LF_RFC3339_SIZE];
    lf_time_format(text, now->since);
    lf_jw_begin_object(w);
    lf_jw_key(w, "machine");
    lf_jw_str(w, machine->name);
    lf_jw_key(w, "to");
    lf_jw_str(w, bp->states[to].name);
    lf_jw_key(w, "state");
    lf_jw_str(w, bp->states[now->state].name);
    lf_jw_key(w, "since");
    lf_jw_str(w, (lf_str){text, sizeof text});
    lf_jw_key(w, "from");
    lf_jw_begin_array(w);
    for (uint32_t s = machine->first_state; s < machine->first_state + machine->n_states; s++) {
        bool leads = false;
        for (uint32_t i = 0; i < bp->states[s].n_out; i++) {
            leads = leads || machine->transitions[bp->states[s].out[i]].to == to;
        }
        if (leads) {
            lf_jw_str(w, bp->states[s].name);
        }
    }
    lf_jw_end_array(w);
    lf_jw_key(w, "transitions");
    put_transitions(w, world, machine, now, to);
    lf_jw_end_object(w);
}

/* What is possible, or, with a state, why it is not there. */
static lf_status look(const lf_lifecycle *lifecycle, const lf_contact *contact,
                      const lf_machine_state *now, uint16_t to, lf_buffer *out) {
    lf_world world;
    lf_json_writer w = {.buf = &out->buf};
    const lf_machine_def *machine = &lifecycle->blueprint->machines[lifecycle->index];
    size_t before = out->buf.n;
    lf_status status = lf_world_init(&world, &contact->mem, lifecycle->blueprint);
    if (status == LF_OK) {
        lf_world_look(&world, contact, contact->clock);
        if (to == LF_NO_INDEX) {
            put_transitions(&w, &world, machine, now, to);
        } else {
            put_why(&w, &world, machine, now, to);
        }
        status = world.failed;
    }
    lf_world_free(&world);
    return lf_buf_end(&out->buf, before, status);
}

lf_status lf_lifecycle_possible(const lf_lifecycle *lifecycle, const lf_contact *contact,
                                lf_buffer *out) {
    const lf_machine_state *now = present(lifecycle, contact);
    return now == NULL || out == NULL ? LF_E_ARG : look(lifecycle, contact, now, LF_NO_INDEX, out);
}

lf_status lf_lifecycle_why(const lf_lifecycle *lifecycle, const lf_contact *contact, const char *to,
                           lf_buffer *out) {
    const lf_machine_state *now = present(lifecycle, contact);
    if (now == NULL || to == NULL || out == NULL) {
        return LF_E_ARG;
    }
    uint16_t state = lf_find_state(lifecycle->blueprint, lifecycle->index, lf_str_of(to));
    return state == LF_NO_INDEX ? LF_E_NOTFOUND : look(lifecycle, contact, now, state, out);
}

/* ---- the graph ---- */
static void put_line(lf_buf *label, lf_str text) {
    lf_buf_text(label, label->n == 0 ? "" : "\n");
    lf_buf_str(label, text);
}

static void put_reason(lf_buf *label, const lf_blueprint *bp, const lf_transition_def *t) {
    if (t->manual) {
        put_line(label, LF_STR("by hand"));
    }
    for (uint32_t i = 0; i < t->on.n; i++) {
        put_line(label, bp->types[t->on.types[i]].name);
    }
    if (t->when != NULL) {
        put_line(label, lf_expr_source(t->when));
    }
    if (t->after > 0) {
        put_line(label, LF_STR("after "));
        lf_duration_put(label, t->after);
    }
}

static void put_edges(lf_buf *out, const lf_blueprint *bp, const lf_transition_def *t) {
    lf_buf label;
    lf_buf_init(&label, &out->mem);
    put_reason(&label, bp, t);
    for (uint32_t i = 0; i < t->n_from; i++) {
        lf_buf_format(out, "  \"%S\" -> \"%S\" [label=\"", bp->states[t->from[i]].name,
                      bp->states[t->to].name);
        lf_dot_put(out, (lf_str){label.p, label.n});
        lf_buf_format(out, "\"%s%s];\n", t->manual ? ", style=dashed" : "",
                      t->back ? ", constraint=false" : "");
    }
    out->failed = out->failed || label.failed;
    lf_buf_free(&label);
}

lf_status lf_lifecycle_graph(const lf_lifecycle *lifecycle, lf_buffer *out) {
    if (lifecycle == NULL || out == NULL) {
        return LF_E_ARG;
    }
    const lf_blueprint *bp = lifecycle->blueprint;
    const lf_machine_def *machine = &bp->machines[lifecycle->index];
    lf_buf *buf = &out->buf;
    size_t before = buf->n;
    lf_buf_format(buf, "digraph \"%S\" {\n  rankdir=LR;\n  node [shape=box, style=rounded];\n",
                  machine->name);
    lf_buf_format(buf, "  \"(start)\" [shape=point, label=\"\"];\n");
    for (uint16_t i = 0; i < machine->n_states; i++) {
        const lf_state_def *state = &bp->states[machine->first_state + i];
        lf_buf_format(buf, "  \"%S\" [label=\"", state->name);
        lf_dot_put(buf, state->label.n > 0 ? state->label : state->name);
        lf_buf_text(buf, "\"];\n");
    }
    lf_buf_format(buf, "  \"(start)\" -> \"%S\";\n", bp->states[machine->initial].name);
    for (uint32_t i = 0; i < machine->n_transitions; i++) {
        put_edges(buf, bp, &machine->transitions[i]);
    }
    lf_buf_text(buf, "}\n");
    return lf_buf_end(buf, before, LF_OK);
}

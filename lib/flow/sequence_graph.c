/* SPDX-License-Identifier: MIT */
/* A sequence as a Graphviz digraph: its steps as they stand in the document, and the ways between them. */
#include "flow/flow.h"
#include "leadflow/scheduler.h"

typedef struct graph {
    const lf_blueprint *bp;
    lf_buf *out;
    uint16_t index; /* of the step that is drawn */
} graph;

/* ---- labels ---- */
static bool is_hidden(lf_str name) {
    return lf_str_eq(name, LF_STR("label")) || lf_str_eq(name, LF_STR("description")) ||
           lf_str_eq(name, LF_STR("branch")) || lf_str_eq(name, LF_STR("split"));
}

/* "wait day 7 at 09:00": text as it is, objects without their braces, everything else as JSON. */
static void put_member(graph *g, lf_str name, const lf_json *value) {
    lf_buf json;
    lf_dot_put(g->out, name);
    for (uint32_t i = 0; value->kind == LF_JSON_OBJECT && i < value->n; i++) {
        lf_buf_byte(g->out, ' ');
        put_member(g, value->u.members[i].name, &value->u.members[i].value);
    }
    if (value->kind == LF_JSON_OBJECT) {
        return;
    }
    lf_buf_init(&json, &g->out->mem);
    if (value->kind != LF_JSON_STRING) {
        lf_json_put(&json, value);
    }
    lf_buf_byte(g->out, ' ');
    lf_dot_put(g->out, value->kind == LF_JSON_STRING ? value->text : (lf_str){json.p, json.n});
    g->out->failed = g->out->failed || json.failed;
    lf_buf_free(&json);
}

/* A line for each member that says something, behind what stands there already. */
static void put_members(graph *g, const lf_json *object, bool first) {
    for (uint32_t i = 0; i < object->n; i++) {
        if (!is_hidden(object->u.members[i].name)) {
            lf_buf_text(g->out, first ? "" : "\\n");
            put_member(g, object->u.members[i].name, &object->u.members[i].value);
            first = false;
        }
    }
}

/* ---- ways ---- */
static void begin_way(graph *g, lf_str from, uint16_t to) {
    lf_buf_format(g->out, "  \"%S\" -> \"%S\"", from,
                  to == LF_STEP_END ? LF_STR("(completed)") : g->bp->steps[to].name);
}

static void put_way(graph *g, const lf_step_def *step, uint16_t to, lf_str label,
                    const char *style) {
    begin_way(g, step->name, to);
    lf_buf_text(g->out, " [label=\"");
    lf_dot_put(g->out, label);
    lf_buf_format(g->out, "\"%s];\n", style);
}

static void put_arms(graph *g, const lf_step_def *step) {
    for (uint32_t i = 0; i < step->n_arms; i++) {
        const lf_arm *arm = &step->arms[i];
        lf_buf weight;
        lf_buf_init(&weight, &g->out->mem);
        lf_buf_format(&weight, "%u of %u", (uint64_t)arm->weight, step->weights);
        g->out->failed = g->out->failed || weight.failed;
        put_way(g, step, arm->first,
                step->kind == LF_STEP_SPLIT ? (lf_str){weight.p, weight.n}
                : arm->when == NULL         ? LF_STR("else")
                                            : lf_expr_source(arm->when),
                "");
        lf_buf_free(&weight);
    }
}

/* A step with `when` that is passed over goes on to the next, as does who fits no arm. */
static void put_ways(graph *g, const lf_step_def *step) {
    bool passed = step->when != NULL;
    put_arms(g, step);
    switch (step->kind) {
    case LF_STEP_GOTO:
        put_way(g, step, step->to, LF_STR(""), ", constraint=false");
        break;
    case LF_STEP_BRANCH:
        passed = passed || step->arms[step->n_arms - 1].when != NULL;
        break;
    case LF_STEP_SPLIT:
    case LF_STEP_EXIT:
        break;
    default:
        put_way(g, step, step->next, LF_STR(""), "");
        return;
    }
    if (passed) {
        put_way(g, step, step->next, LF_STR("else"), ", style=dashed");
    }
}

static const char *shape_of(uint8_t kind) {
    switch (kind) {
    case LF_STEP_ACTION:
        return "box, style=rounded";
    case LF_STEP_BRANCH:
    case LF_STEP_SPLIT:
        return "diamond";
    case LF_STEP_GOTO:
        return "plaintext";
    case LF_STEP_EXIT:
        return "box, style=rounded, peripheries=2";
    default:
        return "hexagon";
    }
}

/* ---- steps, numbered as they come ---- */
static void put_steps(graph *g, const lf_json *list);

static void put_inner(graph *g, const lf_json *step, const char *key) {
    const lf_json *arms = lf_json_get(step, lf_str_of(key));
    for (uint32_t i = 0; arms != NULL && i < arms->n; i++) {
        put_steps(g, lf_json_get(&arms->u.items[i], LF_STR("steps")));
    }
}

static void put_steps(graph *g, const lf_json *list) {
    for (uint32_t i = 0; list != NULL && i < list->n; i++) {
        const lf_step_def *step = &g->bp->steps[g->index++];
        lf_buf_format(g->out, "  \"%S\" [label=\"%S", step->name, step->name);
        put_members(g, &list->u.items[i], false);
        lf_buf_format(g->out, "\", shape=%s];\n", shape_of(step->kind));
        put_ways(g, step);
        put_inner(g, &list->u.items[i], "branch");
        put_inner(g, &list->u.items[i], "split");
    }
}

/* ---- in and out ---- */
static void put_triggers(graph *g, const lf_sequence_def *sequence) {
    lf_buf_text(g->out, "  \"(start)\" [shape=point, label=\"\"];\n");
    for (uint32_t i = 0; i == 0 || i < sequence->n_triggers; i++) { /* without any, by hand */
        begin_way(g, LF_STR("(start)"), sequence->first_step);
        lf_buf_text(g->out, " [label=\"");
        if (i < sequence->n_triggers) {
            put_members(g, sequence->triggers[i].json, true);
        }
        lf_buf_text(g->out, "\"];\n");
    }
}

/* Ways out of every step. */
static void put_exits(graph *g, const lf_sequence_def *sequence, const lf_json *exits) {
    lf_buf_text(g->out, "  \"(completed)\" [label=\"completed\", shape=box, peripheries=2];\n");
    if (sequence->goal != NULL || sequence->n_exits > 0) {
        lf_buf_text(g->out, "  \"(anywhere)\" [label=\"at any step\", shape=plaintext];\n");
    }
    if (sequence->goal != NULL) {
        lf_buf_text(g->out, "  \"(converted)\" [label=\"converted\", shape=box, peripheries=2];\n"
                            "  \"(anywhere)\" -> \"(converted)\" [label=\"goal ");
        lf_dot_put(g->out, lf_expr_source(sequence->goal));
        lf_buf_text(g->out, "\", style=dashed];\n");
    }
    if (sequence->n_exits > 0) {
        lf_buf_text(g->out, "  \"(exited)\" [label=\"exited\", shape=box, peripheries=2];\n");
    }
    for (uint32_t i = 0; i < sequence->n_exits; i++) {
        lf_buf_text(g->out, "  \"(anywhere)\" -> \"(exited)\" [label=\"");
        put_members(g, &exits->u.items[i], true);
        lf_buf_text(g->out, "\", style=dashed];\n");
    }
}

lf_status lf_scheduler_graph(const lf_scheduler *scheduler, const char *sequence, lf_buffer *out) {
    if (scheduler == NULL || sequence == NULL || out == NULL) {
        return LF_E_ARG;
    }
    const lf_blueprint *bp = scheduler->blueprint;
    int32_t index = lf_names_find(&bp->schema.names[LF_N_SEQUENCE], lf_str_of(sequence));
    if (index < 0) {
        return LF_E_NOTFOUND;
    }
    const lf_sequence_def *def = &bp->sequences[index];
    const lf_json *json = lf_json_get(lf_json_get(bp->document, LF_STR("sequences")), def->name);
    graph g = {.bp = bp, .out = &out->buf, .index = def->first_step};
    size_t before = out->buf.n;
    lf_buf_format(g.out, "digraph \"%S\" {\n", def->name);
    put_triggers(&g, def);
    put_steps(&g, lf_json_get(json, LF_STR("steps")));
    put_exits(&g, def, lf_json_get(json, LF_STR("exit")));
    lf_buf_text(g.out, "}\n");
    return lf_buf_end(g.out, before, LF_OK);
}

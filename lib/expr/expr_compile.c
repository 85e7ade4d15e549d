/* SPDX-License-Identifier: MIT */
/* From a checked tree to a flat program. What is constant is computed here, once. */
#include "expr/expr_internal.h"

#define LONGEST_FOLDED 64u /* bytes of text that a function makes of constants */

typedef struct maker {
    lf_arena *arena;
    struct {
        lf_code_item *items;
        uint32_t n, cap;
    } code;
    struct {
        lf_value *items;
        uint32_t n, cap;
    } constants;
    struct {
        lf_history *items;
        uint32_t n, cap;
    } histories;
    lf_expr_limits limits; /* those of folding: what it takes is taken once */
    uint32_t depth, most;  /* of the stack */
    bool failed;
} maker;

static bool room(maker *m, void **items, uint32_t *cap, uint32_t n, size_t size) {
    m->failed = m->failed || !lf_mem_grow(&m->arena->mem, items, cap, n + 1, size);
    return !m->failed;
}

/* Appends an instruction; `effect`: how much higher the stack is after it. */
static uint32_t emit(maker *m, uint8_t op, uint32_t a, uint32_t b, int effect) {
    if (room(m, (void **)&m->code.items, &m->code.cap, m->code.n, sizeof *m->code.items)) {
        m->code.items[m->code.n++] = (lf_code_item){.op = op, .a = a, .b = b};
    }
    m->depth = (uint32_t)((int)m->depth + effect);
    m->most = m->depth > m->most ? m->depth : m->most;
    return m->code.n - 1;
}

static void land(maker *m, uint32_t jump, bool second) {
    if (!m->failed) {
        *(second ? &m->code.items[jump].b : &m->code.items[jump].a) = m->code.n;
    }
}

static uint32_t constant(maker *m, const lf_value *value) {
    if (room(m, (void **)&m->constants.items, &m->constants.cap, m->constants.n,
             sizeof *m->constants.items)) {
        m->constants.items[m->constants.n++] = *value;
    }
    return m->constants.n - 1;
}

static void push_constant(maker *m, const lf_value *value) {
    emit(m, LF_OP_CONST, constant(m, value), 0, 1);
}

/* Its text goes with the tree: the program has its own. */
static void push_literal(maker *m, lf_value value) {
    if ((value.type == LF_T_STRING || value.type == LF_T_BYTES) &&
        !lf_arena_str(m->arena, value.u.s, &value.u.s)) {
        m->failed = true;
    }
    push_constant(m, &value);
}

/* Is what was made since `from` nothing but true, or false? */
static bool is_constant(const maker *m, uint32_t from, bool *value) {
    if (m->failed || m->code.n != from + 1 || m->code.items[from].op != LF_OP_CONST) {
        return false;
    }
    const lf_value *v = &m->constants.items[m->code.items[from].a];
    if (v->type != LF_T_BOOL) {
        return false;
    }
    *value = v->u.b;
    return true;
}

/* Forgets what was made since `from`, of which one value stood on the stack. */
static void drop(maker *m, uint32_t from) {
    m->code.n = from;
    m->depth--;
}

static void make_node(maker *m, const lf_node *node);

/* Does it make one value of what stands on the stack, and of nothing else? */
static bool is_pure(uint8_t op) {
    return op == LF_OP_SELECT || op == LF_OP_HAS_KEY || op == LF_OP_INDEX || op == LF_OP_CALL ||
           op == LF_OP_COMPARE || op == LF_OP_APPLY || op == LF_OP_LIST || op == LF_OP_MAP;
}

/* What functions make of text and lists is left to the running program where it is long, or a chain of +
 * would keep each of its steps. */
static bool is_short(const lf_value *v) {
    bool text = v->type == LF_T_STRING || v->type == LF_T_BYTES;
    return text ? v->u.s.n <= LONGEST_FOLDED : v->type != LF_T_LIST && v->type != LF_T_MAP;
}

/* Where what was made since `from` is made of constants, it is one too. */
static void fold(maker *m, uint32_t from) {
    const lf_env nothing = {.ctx = NULL};
    lf_answer answer;
    lf_arena passing;
    for (uint32_t i = from; i < m->code.n; i++) {
        uint8_t op = m->code.items[i].op;
        if (i + 1 < m->code.n ? op != LF_OP_CONST : !is_pure(op)) {
            return;
        }
    }
    lf_expr part = {.code = m->code.items + from,
                    .n_code = m->code.n - from,
                    .constants = m->constants.items,
                    .n_stack = m->code.n - from,
                    .limits = &m->limits};
    uint8_t last = m->code.items[m->code.n - 1].op;
    bool call = last == LF_OP_CALL || last == LF_OP_APPLY;
    lf_arena_init(&passing, &m->arena->mem);
    m->failed = lf_expr_eval(&part, &nothing, call ? &passing : m->arena, &answer) != LF_OK;
    m->limits.cost -= answer.cost < m->limits.cost ? (uint32_t)answer.cost : m->limits.cost;
    if (!m->failed && answer.value.type != LF_T_ERROR && (!call || is_short(&answer.value))) {
        drop(m, from);
        push_literal(m, answer.value);
    }
    lf_arena_free(&passing);
}

static void make_kids(maker *m, const lf_node *node, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) {
        make_node(m, node->kids[i]);
    }
}

static void put_dotted(lf_buf *buf, const lf_node *node) {
    if (node->kind == LF_NODE_SELECT) {
        put_dotted(buf, node->kids[0]);
        lf_buf_byte(buf, '.');
    }
    lf_buf_str(buf, node->name);
}

/* The error that reading an absent name is. */
static uint32_t absent(maker *m, const lf_node *node) {
    lf_value error = {.type = LF_T_ERROR};
    lf_buf text;
    lf_buf_init(&text, &m->arena->mem);
    put_dotted(&text, node);
    lf_buf_text(&text, " has no value");
    m->failed =
        m->failed || text.failed || !lf_arena_str(m->arena, (lf_str){text.p, text.n}, &error.u.s);
    lf_buf_free(&text);
    return constant(m, &error);
}

static void make_name(maker *m, const lf_node *node) {
    if (node->bound && node->test && node->binding.always) {
        lf_value yes = lf_value_bool(true);
        push_constant(m, &yes);
    } else if (node->bound && node->test) {
        emit(m, LF_OP_HAS, (uint32_t)node->binding.ref, 0, 1);
    } else if (node->bound) {
        emit(m, LF_OP_LOAD, (uint32_t)node->binding.ref, absent(m, node), 1);
    } else if (node->kind == LF_NODE_IDENT) {
        if (node->slot >= 0) {
            emit(m, LF_OP_LOCAL, (uint32_t)node->slot, 0, 1);
        } else {
            lf_value error = lf_value_error("unknown name");
            push_constant(m, &error);
        }
    } else {
        make_node(m, node->kids[0]);
        lf_value key = lf_value_str(node->name);
        emit(m, node->test ? LF_OP_HAS_KEY : LF_OP_SELECT, constant(m, &key), 0, 0);
    }
}

/* What leaves a value on top and is the end of no jump. */
static bool leaves(uint8_t op) {
    return op == LF_OP_LOAD || op == LF_OP_HAS || op == LF_OP_LOCAL || op == LF_OP_SELECT ||
           op == LF_OP_HAS_KEY || op == LF_OP_INDEX || op == LF_OP_CALL || op == LF_OP_HISTORY ||
           op == LF_OP_AGE;
}

/* A function of the top, or of that and a constant: the instruction that leaves the top runs it as well. */
static void apply(maker *m, uint16_t function, uint32_t second) {
    if (m->failed) {
        return;
    }
    const lf_code_item *last = &m->code.items[m->code.n - 1];
    if (last->then != 0 || !leaves(last->op)) {
        emit(m, LF_OP_APPLY, 0, 0, 0);
    }
    if (!m->failed) {
        m->code.items[m->code.n - 1].then = (uint16_t)(function + 1);
        m->code.items[m->code.n - 1].c = second;
    }
}

static void make_call(maker *m, const lf_node *node) {
    const lf_function *f = &lf_functions[node->function];
    if (f->special != LF_PLAIN) {
        if (f->special == LF_AGE) {
            make_node(m, node->kids[0]); /* which may have a history of its own */
        }
        uint32_t history = m->histories.n;
        if (room(m, (void **)&m->histories.items, &m->histories.cap, history,
                 sizeof *m->histories.items)) {
            m->histories.items[m->histories.n++] = node->history;
        }
        emit(m, f->special == LF_AGE ? LF_OP_AGE : LF_OP_HISTORY, history, 0,
             f->special == LF_AGE ? 0 : 1);
        return;
    }
    make_node(m, node->kids[0]);
    uint32_t second = m->code.n;
    for (uint32_t i = 1; i < node->n; i++) {
        make_node(m, node->kids[i]);
    }
    if (!m->failed && node->n == 2 && m->code.n == second + 1 &&
        m->code.items[second].op == LF_OP_CONST) {
        uint32_t constant_second = m->code.items[second].a;
        drop(m, second);
        apply(m, node->function, constant_second);
    } else if (node->n == 1) {
        apply(m, node->function, 0);
    } else if (f->run == NULL) {
        emit(m, LF_OP_COMPARE, 0, node->function, -1);
    } else {
        emit(m, LF_OP_CALL, node->n, node->function, 1 - (int)node->n);
    }
}

/* A side that decides makes the other one dead; one that does not goes, if what stays is a bool or an error. */
static void make_logic(maker *m, const lf_node *node) {
    bool and = node->kind == LF_NODE_AND, value;
    uint32_t from = m->code.n;
    make_node(m, node->kids[0]);
    if (is_constant(m, from, &value) && (value != and || node->kids[1]->type == LF_T_BOOL)) {
        if (value == and) {
            drop(m, from);
            make_node(m, node->kids[1]);
        }
        return;
    }
    uint32_t jump = emit(m, and? LF_OP_AND_JUMP : LF_OP_OR_JUMP, 0, 0, 0);
    make_node(m, node->kids[1]);
    if (is_constant(m, jump + 1, &value) && (value != and || node->kids[0]->type == LF_T_BOOL)) {
        drop(m, jump);
        if (value != and) {
            drop(m, from);
            lf_value decided = lf_value_bool(value);
            push_constant(m, &decided);
        }
        return;
    }
    emit(m, and? LF_OP_AND : LF_OP_OR, 0, 0, -1);
    land(m, jump, false);
}

static void make_if(maker *m, const lf_node *node) {
    bool value;
    uint32_t from = m->code.n;
    make_node(m, node->kids[0]);
    if (is_constant(m, from, &value)) {
        drop(m, from);
        make_node(m, node->kids[value ? 1 : 2]);
        return;
    }
    uint32_t test = emit(m, LF_OP_IF, 0, 0, 0);
    make_node(m, node->kids[1]);
    uint32_t end = emit(m, LF_OP_JUMP, 0, 0, -1);
    land(m, test, false);
    make_node(m, node->kids[2]);
    land(m, end, false);
    emit(m, LF_OP_FOLD, 0, 0, -1);
    land(m, test, true);
}

/* What one item does to the accumulator of a loop. Gives the last instruction, which begins the next turn. */
static uint32_t make_body(maker *m, const lf_node *node, uint32_t accu, uint32_t next) {
    uint32_t skip = UINT32_MAX;
    if (node->kids[1] != NULL) {
        make_node(m, node->kids[1]);
    }
    if (node->loop == LF_LOOP_ALL || node->loop == LF_LOOP_EXISTS) {
        return emit(m, node->loop == LF_LOOP_ALL ? LF_OP_ALL : LF_OP_EXISTS, accu, 0, -1);
    }
    if (node->kids[1] != NULL) {
        skip = emit(m, LF_OP_TEST, next, 0, -1);
    }
    if (node->loop == LF_LOOP_ONE) {
        lf_value one = lf_value_int(1);
        push_constant(m, &one);
    } else if (node->kids[2] != NULL) {
        make_node(m, node->kids[2]);
    } else {
        emit(m, LF_OP_LOCAL, (uint32_t)node->slot + LF_SLOT_VARIABLE, 0, 1);
    }
    if (skip != UINT32_MAX) {
        land(m, skip, true); /* a condition that is no bool: its error is appended, and stays */
    }
    return emit(m, LF_OP_APPEND, accu, 0, -1);
}

static void make_loop(maker *m, const lf_node *node) {
    uint32_t slots = (uint32_t)node->slot, accu = slots + LF_SLOT_ACCU;
    lf_value start = {.type = LF_T_LIST};
    if (node->loop == LF_LOOP_ALL || node->loop == LF_LOOP_EXISTS) {
        start = lf_value_bool(node->loop == LF_LOOP_ALL);
    }
    make_node(m, node->kids[0]);
    uint32_t begin = emit(m, LF_OP_LOOP, slots, 0, -1);
    push_constant(m, &start);
    emit(m, LF_OP_STORE, accu, 0, -1);
    uint32_t next = emit(m, LF_OP_NEXT, slots, 0, 0);
    uint32_t last = make_body(m, node, accu, next);
    if (!m->failed) {
        m->code.items[last].c = next;
    }
    land(m, next, true);
    emit(m, LF_OP_LOCAL, accu, 0, 1);
    if (node->loop == LF_LOOP_ONE) { /* the list has a 1 for each match */
        uint16_t size = 0;
        while (strcmp(lf_functions[size].name, "size") != 0) {
            size++;
        }
        lf_value single = lf_value_int(1);
        apply(m, size, 0);
        apply(m, LF_CMP_EQ, constant(m, &single));
    }
    land(m, last, true); /* of all and exists: where one item decides */
    emit(m, LF_OP_DONE, slots, 0, 0);
    land(m, begin, true);
}

static void make_node(maker *m, const lf_node *node) {
    uint32_t from = m->code.n;
    if (m->failed) {
        return;
    }
    switch (node->kind) {
    case LF_NODE_LITERAL:
        push_literal(m, node->value);
        break;
    case LF_NODE_IDENT:
    case LF_NODE_SELECT:
        make_name(m, node);
        break;
    case LF_NODE_INDEX:
        make_kids(m, node, 2);
        emit(m, LF_OP_INDEX, 0, 0, -1);
        break;
    case LF_NODE_CALL:
        make_call(m, node);
        break;
    case LF_NODE_LIST:
        make_kids(m, node, node->n);
        emit(m, LF_OP_LIST, node->n, 0, 1 - (int)node->n);
        break;
    case LF_NODE_MAP:
        make_kids(m, node, node->n);
        emit(m, LF_OP_MAP, node->n / 2, 0, 1 - (int)node->n);
        break;
    case LF_NODE_AND:
    case LF_NODE_OR:
        make_logic(m, node);
        break;
    case LF_NODE_IF:
        make_if(m, node);
        break;
    default:
        make_loop(m, node);
        break;
    }
    if (!m->failed) {
        fold(m, from);
    }
}

lf_status lf_program_make(lf_arena *arena, const lf_node *root, uint32_t n_slots, lf_expr *out) {
    maker m = {.arena = arena, .limits = *out->limits};
    make_node(&m, root);
    if (!m.failed) {
        out->code = lf_arena_copy(arena, m.code.items, m.code.n * sizeof *m.code.items);
        out->constants =
            lf_arena_copy(arena, m.constants.items, m.constants.n * sizeof *m.constants.items);
        out->histories =
            lf_arena_copy(arena, m.histories.items, m.histories.n * sizeof *m.histories.items);
        m.failed = out->code == NULL || out->constants == NULL || out->histories == NULL;
    }
    out->n_code = m.code.n;
    out->n_slots = n_slots;
    out->n_stack = m.most + n_slots;
    out->constant = m.code.n == 1 && !m.failed && out->code[0].op == LF_OP_CONST;
    lf_mem_free(&arena->mem, m.code.items, m.code.cap * sizeof *m.code.items);
    lf_mem_free(&arena->mem, m.constants.items, m.constants.cap * sizeof *m.constants.items);
    lf_mem_free(&arena->mem, m.histories.items, m.histories.cap * sizeof *m.histories.items);
    return m.failed ? LF_E_NOMEM : LF_OK;
}

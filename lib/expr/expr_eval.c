/* SPDX-License-Identifier: MIT */
/*
 * The machine: a stack of values, no recursion, no allocation on the common path. Errors are values
 * that pass through operations; && and || swallow them where the other side decides. Each value has
 * beside it the time until which it holds; what is made of several holds until the first of them may
 * change, but a side that decides && or || alone, or a branch that is not taken, does not count.
 */
#include "expr/expr_internal.h"

#define SMALL_STACK 20u /* cells; a larger stack comes from the scratch arena */

typedef struct cell {
    lf_value v;
    int64_t until; /* it holds before that */
} cell;

/* The top of the stack, behind the last cell, is no part of it: functions are given it and return what it
 * is then, so that it stays in a register. */
typedef struct machine {
    const lf_expr *expr;
    const lf_code_item *at; /* what comes next */
    lf_run run;
    cell *slots;   /* then comes the stack */
    int64_t least; /* until when all that was read holds */
    bool failed;   /* out of memory */
} machine;

/* Ends the run, as the limit of its cost does. */
static void fail(machine *m) {
    m->failed = true;
    m->run.meter.cost = m->run.meter.limit + 1;
}

static bool is_error(const lf_value *v) {
    return v->type == LF_T_ERROR;
}

/* A bool is written and copied by its parts: processors wait when they are to read as one word what was
 * just written as several, and that costs more than all the rest. */
static void put_bool(lf_value *v, bool b) {
    v->type = LF_T_BOOL;
    v->u.b = b;
}

static void copy(lf_value *to, const lf_value *from) {
    if (from->type == LF_T_BOOL) {
        put_bool(to, from->u.b);
    } else {
        *to = *from;
    }
}

static cell *push(cell *top, const lf_value *value, int64_t until) {
    copy(&top->v, value);
    top->until = until;
    return top + 1;
}

static void lower(int64_t *until, int64_t t) {
    *until = t < *until ? t : *until;
}

/* Takes n values off and leaves one place for their result, which holds as long as all of them. */
static cell *take(cell *top, uint32_t n) {
    cell *first = top - n;
    for (cell *c = first + 1; c < top; c++) {
        lower(&first->until, c->until);
    }
    return first + 1;
}

/* What a function gives takes the place of its first argument. */
static void put_result(machine *m, lf_value *place, lf_value result) {
    copy(place, &result);
    if (result.type == LF_T_ABSENT) {
        fail(m);
    }
}

/* ---- names ---- */
static inline cell *load(machine *m, cell *top, const lf_code_item *item) {
    lf_value *v = &top->v;
    v->type = LF_T_ABSENT;
    top->until = LF_TIME_NONE;
    m->run.env->load(m->run.env->ctx, (int32_t)item->a, v, &top->until);
    lower(&m->least, top->until);
    if (item->op == LF_OP_HAS) {
        put_bool(v, v->type != LF_T_ABSENT);
    } else if (v->type == LF_T_ABSENT) {
        *v = m->expr->constants[item->b];
    } else if (v->type == LF_T_LIST) {
        m->run.meter.cost += v->u.list.n; /* the environment has made it */
    }
    return top + 1;
}

static inline cell *history(machine *m, cell *top, const lf_code_item *item) {
    const lf_history *asked = &m->expr->histories[item->a];
    top->v.type = LF_T_ABSENT;
    top->until = LF_TIME_NONE;
    m->run.meter.cost += 4 + m->run.env->history(m->run.env->ctx, asked, &top->v, &top->until);
    lower(&m->least, top->until);
    if (top->v.type == LF_T_ABSENT) {
        top->v = lf_value_error("it never happened");
    }
    return top + 1;
}

static void age(machine *m, cell *c, const lf_code_item *item) {
    int64_t since;
    if (is_error(&c->v)) {
        return;
    }
    if (!lf_value_as_ms(&c->v, &since)) {
        c->v = lf_value_error("age() takes a timestamp");
        return;
    }
    since += c->v.u.time.nanos % 1000000 != 0; /* reached within that millisecond */
    int64_t due = lf_sat_add(since, m->expr->histories[item->a].duration);
    bool reached = m->run.env->t >= due;
    if (!reached) {
        lower(&c->until, due);
        lower(&m->least, due);
    }
    put_bool(&c->v, reached);
}

/* ---- members and items ---- */
static void select_member(machine *m, lf_value *of, const lf_code_item *item) {
    const lf_value *key = &m->expr->constants[item->a];
    if (is_error(of)) {
        return;
    }
    if (of->type != LF_T_MAP) {
        *of = lf_value_error("no such member");
    } else if (item->op == LF_OP_HAS_KEY) {
        put_bool(of, lf_value_find(of, key, &m->run.meter) != NULL);
    } else {
        *of = lf_value_item(of, key, &m->run.meter);
    }
}

static cell *select_index(machine *m, cell *top) {
    top = take(top, 2);
    top[-1].v = lf_value_item(&top[-1].v, &top[0].v, &m->run.meter);
    return top;
}

/* ---- calls ---- */
/* An error is among what no function takes. */
static lf_value run_function(machine *m, const lf_function *f, const lf_value *args, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) {
        if (!(f->takes[i] >> args[i].type & 1)) {
            return is_error(&args[i]) ? args[i]
                                      : lf_value_error("no such operation for these types");
        }
    }
    m->run.call = f;
    return f->run(args, &m->run);
}

static cell *call(machine *m, cell *top, const lf_code_item *item) {
    lf_value args[LF_MOST_ARGS];
    top = take(top, item->a);
    cell *from = top - 1;
    for (uint32_t i = 0; i < item->a; i++) {
        copy(&args[i], &from[i].v);
    }
    put_result(m, &from[0].v, run_function(m, &lf_functions[item->b], args, item->a));
    return top;
}

/* The answer takes the place of a. */
static void compare(machine *m, lf_value *a, const lf_value *b, uint32_t how) {
    /* whether it holds, by the order: less, equal, more; 3, of what is no number, is none of these */
    static const uint8_t holds[] = {[LF_CMP_EQ] = 2, [LF_CMP_NE] = 5, [LF_CMP_LT] = 1,
                                    [LF_CMP_LE] = 3, [LF_CMP_GT] = 4, [LF_CMP_GE] = 6};
    if (a->type == LF_T_INT && b->type == LF_T_INT) {
        put_bool(a, holds[how] >> ((a->u.i >= b->u.i) + (a->u.i > b->u.i)) & 1);
    } else if (is_error(a)) {
        return;
    } else if (is_error(b)) {
        *a = *b;
    } else if (how <= LF_CMP_NE) {
        put_bool(a, lf_value_equal(a, b, &m->run.meter) == (how == LF_CMP_EQ));
    } else {
        int order = lf_value_order(a, b, &m->run.meter);
        if (order == 2) {
            *a = lf_value_error("these types have no order");
        } else {
            put_bool(a, holds[how] >> (order + 1) & 1);
        }
    }
}

static cell *compare_two(machine *m, cell *top, const lf_code_item *item) {
    top = take(top, 2);
    compare(m, &top[-1].v, &top[0].v, item->b);
    return top;
}

static void apply_function(machine *m, lf_value *v, const lf_function *f, const lf_value *second) {
    lf_value args[2];
    if (is_error(v)) {
        return;
    }
    uint32_t n = f->n_args == 2 ? 2 : 1;
    copy(&args[0], v);
    if (n == 2) {
        args[1] = *second;
    }
    put_result(m, v, run_function(m, f, args, n));
}

/* What an instruction left on top becomes what is made of it and of a constant. */
static inline void apply(machine *m, lf_value *v, const lf_code_item *item) {
    const lf_value *second = &m->expr->constants[item->c];
    uint32_t function = item->then - 1u;
    if (function <= LF_CMP_NE && v->type == LF_T_STRING) {
        put_bool(v, lf_value_is(v, second, &m->run.meter) == (function == LF_CMP_EQ));
    } else if (function <= LF_CMP_GE) {
        compare(m, v, second, function);
    } else if (function == LF_NOT && v->type == LF_T_BOOL) {
        v->u.b = !v->u.b;
    } else if (function == LF_IN && second->type == LF_T_LIST && !is_error(v)) {
        put_bool(v, lf_value_in(v, second, &m->run.meter));
    } else {
        apply_function(m, v, &lf_functions[function], second);
    }
}

/* ---- lists and maps ---- */
static cell *build(machine *m, cell *top, const lf_code_item *item) {
    bool map = item->op == LF_OP_MAP;
    uint32_t count = map ? 2 * item->a : item->a;
    if (count == 0) {
        return push(top, &(lf_value){.type = map ? LF_T_MAP : LF_T_LIST}, LF_TIME_NONE);
    }
    top = take(top, count);
    cell *from = top - 1;
    if (!lf_charge(&m->run.meter, count)) {
        return top;
    }
    lf_value *items = lf_arena_alloc(m->run.scratch, count * sizeof *items);
    if (items == NULL) {
        fail(m);
        return top;
    }
    for (uint32_t i = 0; i < count; i++) {
        items[i] = from[i].v;
    }
    from[0].v = lf_value_collect(items, item->a, map, &m->run.meter);
    return top;
}

/* ---- logic ---- */
static inline bool is_just(const lf_value *v, bool wanted) {
    return v->type == LF_T_BOOL && v->u.b == wanted;
}

/* Any other value becomes an error. */
static bool is_bool(lf_value *v) {
    if (v->type != LF_T_BOOL && !is_error(v)) {
        *v = lf_value_error("no bool in a condition");
    }
    return v->type == LF_T_BOOL;
}

/* AND: false wins over everything, then errors, then true. OR the other way round. The left side does
 * not win: the program has jumped away then. */
static inline void combine(cell *left, cell *right, bool wins) {
    if (is_just(&right->v, wins)) { /* whatever the left side comes to be, this one decides */
        put_bool(&left->v, wins);
        left->until = right->until;
        return;
    }
    lower(&left->until, right->until);
    if (is_bool(&left->v)) {
        is_bool(&right->v);
        copy(&left->v, &right->v);
    }
}

/* The condition of a ?: stays on the stack, below the result, until LF_OP_FOLD. */
static void branch(machine *m, lf_value *test, const lf_code_item *item) {
    if (!is_bool(test)) {
        m->at = m->expr->code + item->b;
    } else if (!test->u.b) {
        m->at = m->expr->code + item->a;
    }
}

static cell *fold(cell *top) {
    top = take(top, 2);
    copy(&top[-1].v, &top[0].v);
    return top;
}

/* ---- loops ---- */
static cell *begin_loop(machine *m, cell *top, const lf_code_item *item) {
    cell *range = top - 1, *slots = m->slots + item->a;
    if (range->v.type != LF_T_LIST && range->v.type != LF_T_MAP) {
        if (!is_error(&range->v)) {
            range->v = lf_value_error("nothing to go over");
        }
        m->at = m->expr->code + item->b;
        return top;
    }
    slots[LF_SLOT_RANGE] = *range;
    slots[LF_SLOT_INDEX].v = lf_value_int(0);
    return range;
}

static void next_item(machine *m, const lf_code_item *item) {
    cell *slots = m->slots + item->a;
    const cell *range = &slots[LF_SLOT_RANGE];
    uint32_t i = (uint32_t)slots[LF_SLOT_INDEX].v.u.i++;
    if (i >= range->v.u.list.n) {
        m->at = m->expr->code + item->b;
        return;
    }
    if (++m->run.iterations > m->expr->limits->iterations) {
        lf_charge(&m->run.meter, m->run.meter.limit);
    }
    slots[LF_SLOT_VARIABLE].v = range->v.u.list.items[range->v.type == LF_T_MAP ? 2 * i : i];
    slots[LF_SLOT_VARIABLE].until = range->until;
}

/* The condition of map, filter and exists_one decides what is in the list, so the list holds no longer
 * than it. One that is no bool stays, as the error that the list becomes. */
static cell *test_item(machine *m, cell *top, const lf_code_item *item) {
    cell *test = top - 1;
    const lf_code_item *append = m->expr->code + item->b;
    if (!is_bool(&test->v)) {
        m->at = append;
        return top;
    }
    lower(&m->slots[append->a].until, test->until);
    if (!test->v.u.b) {
        m->at = m->expr->code + item->a;
    }
    return test;
}

/* The accumulator is nobody else's, so its list may grow in place: room doubles with powers of two. */
static void append(machine *m, const cell *c, const lf_code_item *item) {
    cell *place = m->slots + item->a;
    lf_value *accu = &place->v;
    m->at = m->expr->code + item->c;
    lower(&place->until, c->until);
    if (is_error(accu) || is_error(&c->v)) {
        *accu = is_error(accu) ? *accu : c->v;
        return;
    }
    uint32_t n = accu->u.list.n;
    lf_value *items = (lf_value *)(uintptr_t)accu->u.list.items;
    if (n == 0 || (n >= 4 && (n & (n - 1)) == 0)) {
        items = lf_arena_alloc(m->run.scratch, (n == 0 ? 4 : 2 * (size_t)n) * sizeof *items);
        if (items == NULL) {
            fail(m);
            return;
        }
        if (n > 0) {
            memcpy(items, accu->u.list.items, n * sizeof *items);
        }
    }
    items[n] = c->v;
    accu->u.list.items = items;
    accu->u.list.n = n + 1;
}

/* ---- the run ---- */
/* The instructions that few conditions have. */
static cell *run_other(machine *m, cell *top, const lf_code_item *item) {
    switch (item->op) {
    case LF_OP_SELECT:
    case LF_OP_HAS_KEY:
        select_member(m, &top[-1].v, item);
        return top;
    case LF_OP_INDEX:
        return select_index(m, top);
    case LF_OP_CALL:
        return call(m, top, item);
    case LF_OP_COMPARE:
        return compare_two(m, top, item);
    case LF_OP_AGE:
        age(m, top - 1, item);
        return top;
    case LF_OP_LIST:
    case LF_OP_MAP:
        return build(m, top, item);
    case LF_OP_IF:
        branch(m, &top[-1].v, item);
        return top;
    case LF_OP_FOLD:
        return fold(top);
    case LF_OP_LOOP:
        return begin_loop(m, top, item);
    case LF_OP_NEXT:
        next_item(m, item);
        return top;
    case LF_OP_TEST:
        return test_item(m, top, item);
    case LF_OP_APPEND:
        append(m, top - 1, item);
        return top - 1;
    default: /* LF_OP_DONE: what came of a loop holds no longer than what it went over */
        lower(&top[-1].until, m->slots[item->a + LF_SLOT_RANGE].until);
        return top;
    }
}

/* Leaves the answer in the cell below the top that it returns. */
static cell *run(machine *m, cell *top) {
    const lf_code_item *code = m->expr->code, *at = code, *end = code + m->expr->n_code;
    do {
        const lf_code_item *item = at++;
        switch (item->op) {
        case LF_OP_CONST:
            top = push(top, &m->expr->constants[item->a], LF_TIME_NONE);
            break;
        case LF_OP_LOAD:
        case LF_OP_HAS:
            top = load(m, top, item);
            break;
        case LF_OP_HISTORY:
            top = history(m, top, item);
            break;
        case LF_OP_LOCAL:
            top = push(top, &m->slots[item->a].v, m->slots[item->a].until);
            break;
        case LF_OP_STORE:
            top--;
            push(&m->slots[item->a], &top->v, top->until);
            break;
        case LF_OP_AND_JUMP:
            at = is_just(&top[-1].v, false) ? code + item->a : at;
            break;
        case LF_OP_OR_JUMP:
            at = is_just(&top[-1].v, true) ? code + item->a : at;
            break;
        case LF_OP_JUMP:
            at = code + item->a;
            break;
        case LF_OP_AND:
        case LF_OP_OR:
            top--;
            combine(top - 1, top, item->op == LF_OP_OR);
            break;
        case LF_OP_APPLY:
            break;
        case LF_OP_ALL:
        case LF_OP_EXISTS:
            if (is_just(&top[-1].v, item->op == LF_OP_EXISTS)) {
                at = code + item->b;
            } else {
                top--;
                combine(&m->slots[item->a], top, item->op == LF_OP_EXISTS);
                at = code + item->c;
            }
            break;
        default:
            m->at = at;
            top = run_other(m, top, item);
            at = m->at;
            break;
        }
        if (item->then != 0) {
            apply(m, &top[-1].v, item);
        }
    } while (++m->run.meter.cost <= m->run.meter.limit && at < end);
    return top;
}

/* How far a limit lets it come depends on all that was read. */
static lf_status give_up(const machine *m, lf_answer *out) {
    const lf_expr_limits *limits = m->expr->limits;
    bool memory = m->run.scratch->refused, loops = m->run.iterations > limits->iterations;
    uint32_t limit = memory ? limits->memory : loops ? limits->iterations : limits->cost;
    lf_buf text;
    m->run.scratch->allowed = SIZE_MAX;
    lf_buf_init(&text, &m->run.scratch->mem);
    lf_buf_format(&text, "it takes more than %u %s", (uint64_t)limit,
                  memory  ? "bytes of memory"
                  : loops ? "turns of its macros"
                          : "steps");
    out->value.type = LF_T_ERROR;
    bool kept =
        !text.failed && lf_arena_str(m->run.scratch, (lf_str){text.p, text.n}, &out->value.u.s);
    lf_buf_free(&text);
    out->until = m->least;
    out->passed = true;
    return kept ? LF_OK : LF_E_NOMEM;
}

static lf_status run_all(machine *m, lf_answer *out) {
    const lf_expr *expr = m->expr;
    const cell *answer = NULL;
    if (expr->n_stack > SMALL_STACK) {
        m->slots = lf_arena_alloc(m->run.scratch, expr->n_stack * sizeof *m->slots);
        m->failed = m->slots == NULL;
    }
    if (!m->failed) {
        answer = run(m, m->slots + expr->n_slots) - 1;
    }
    out->steady = m->least;
    out->cost = m->run.meter.cost;
    out->passed = false;
    if (m->run.scratch->refused || (!m->failed && m->run.meter.cost > m->run.meter.limit)) {
        return give_up(m, out);
    }
    if (m->failed) {
        return LF_E_NOMEM;
    }
    copy(&out->value, &answer->v);
    out->until = answer->until;
    return LF_OK;
}

lf_status lf_expr_eval(const lf_expr *expr, const lf_env *env, lf_arena *scratch, lf_answer *out) {
    cell cells[SMALL_STACK];
    machine m = {.expr = expr,
                 .run = {scratch, env, {0, expr->limits->cost}, 0, NULL},
                 .slots = cells,
                 .least = LF_TIME_NONE};
    size_t allowed = scratch->allowed; /* of an evaluation around this one */
    scratch->allowed = expr->limits->memory;
    lf_status status = run_all(&m, out);
    scratch->allowed = allowed;
    scratch->refused = false;
    return status;
}

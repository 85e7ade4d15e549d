/* SPDX-License-Identifier: MIT */
/*
 * The machine: a stack of values, no recursion, no allocation on the common path. Errors are values
 * that pass through operations; && and || swallow them where the other side decides. Each value has
 * beside it the time until which it holds; what is made of several holds until the first of them may
 * change, but a side that decides && or || alone, or a branch that is not taken, does not count.
 */
#include "expr/expr_internal.h"

#define SMALL_STACK 20u /* values; a larger stack comes from the scratch arena */

typedef struct machine {
    const lf_expr *expr;
    lf_run run;
    lf_value *values; /* the slots, then the stack */
    int64_t *untils;  /* of each of them */
    uint32_t top;     /* the first free place */
    int64_t least;    /* until when all that was read holds */
    bool failed;      /* out of memory */
} machine;

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

static void push(machine *m, const lf_value *value, int64_t until) {
    copy(&m->values[m->top], value);
    m->untils[m->top++] = until;
}

static void lower(int64_t *until, int64_t t) {
    *until = t < *until ? t : *until;
}

/* Takes n values off and leaves one place for their result, which holds as long as all of them. */
static lf_value *take(machine *m, uint32_t n) {
    uint32_t first = m->top - n;
    for (uint32_t i = first + 1; i < m->top; i++) {
        lower(&m->untils[first], m->untils[i]);
    }
    m->top = first + 1;
    return &m->values[first];
}

/* ---- names ---- */
static void load(machine *m, const lf_code_item *item) {
    lf_value *v = &m->values[m->top];
    int64_t *until = &m->untils[m->top++];
    v->type = LF_T_ABSENT;
    *until = LF_TIME_NONE;
    m->run.env->load(m->run.env->ctx, (int32_t)item->a, v, until);
    lower(&m->least, *until);
    if (item->op == LF_OP_HAS) {
        put_bool(v, v->type != LF_T_ABSENT);
    } else if (v->type == LF_T_ABSENT) {
        *v = m->expr->constants[item->b];
    } else if (v->type == LF_T_LIST) {
        m->run.meter.cost += v->u.list.n; /* the environment has made it */
    }
}

/* ---- members and items ---- */
static void select_member(machine *m, const lf_code_item *item) {
    lf_value *of = &m->values[m->top - 1];
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

static void select_index(machine *m) {
    lf_value *args = take(m, 2);
    args[0] = lf_value_item(&args[0], &args[1], &m->run.meter);
}

/* ---- calls ---- */
static void call(machine *m, const lf_code_item *item) {
    lf_value *args = take(m, item->a);
    for (uint32_t i = 0; i < item->a; i++) {
        if (is_error(&args[i])) {
            args[0] = args[i];
            return;
        }
    }
    lf_value result = lf_functions[item->b].run(args, &m->run);
    copy(&args[0], &result);
    m->failed = m->failed || args[0].type == LF_T_ABSENT;
}

/* The answer takes the place of a. */
static void compare(machine *m, lf_value *a, const lf_value *b, uint32_t how) {
    if (is_error(a)) {
        return;
    }
    if (is_error(b)) {
        *a = *b;
    } else if (how <= LF_CMP_NE) {
        put_bool(a, lf_value_equal(a, b, &m->run.meter) == (how == LF_CMP_EQ));
    } else {
        int order = lf_value_order(a, b, &m->run.meter);
        bool less = how <= LF_CMP_LE, equal = how == LF_CMP_LE || how == LF_CMP_GE;
        if (order == 2) {
            *a = lf_value_error("these types have no order");
        } else {
            put_bool(a, order == (less ? -1 : 1) || (equal && order == 0));
        }
    }
}

static void compare_two(machine *m, const lf_code_item *item) {
    lf_value *args = take(m, 2);
    compare(m, &args[0], &args[1], item->b);
}

static void compare_constant(machine *m, const lf_code_item *item) {
    compare(m, &m->values[m->top - 1], &m->expr->constants[item->a], item->b);
}

static void history(machine *m, const lf_code_item *item) {
    lf_value *v = &m->values[m->top];
    int64_t *until = &m->untils[m->top++];
    v->type = LF_T_ABSENT;
    *until = LF_TIME_NONE;
    m->run.meter.cost +=
        4 + m->run.env->history(m->run.env->ctx, &m->expr->histories[item->a], v, until);
    lower(&m->least, *until);
    if (v->type == LF_T_ABSENT) {
        *v = lf_value_error("it never happened");
    }
}

static void age(machine *m, const lf_code_item *item) {
    lf_value *v = &m->values[m->top - 1];
    int64_t since;
    if (is_error(v)) {
        return;
    }
    if (!lf_value_as_ms(v, &since)) {
        *v = lf_value_error("age() takes a timestamp");
        return;
    }
    int64_t due = lf_sat_add(since, m->expr->histories[item->a].duration);
    bool reached = m->run.env->t >= due;
    if (!reached) {
        lower(&m->untils[m->top - 1], due);
        lower(&m->least, due);
    }
    put_bool(v, reached);
}

/* ---- lists and maps ---- */
static void build(machine *m, const lf_code_item *item) {
    bool map = item->op == LF_OP_MAP;
    uint32_t count = map ? 2 * item->a : item->a;
    if (count == 0) {
        push(m, &(lf_value){.type = map ? LF_T_MAP : LF_T_LIST}, LF_TIME_NONE);
        return;
    }
    lf_value *from = take(m, count);
    from[0] = lf_value_collect(from, item->a, map, m->run.scratch, &m->run.meter);
    m->failed = m->failed || from[0].type == LF_T_ABSENT;
}

/* ---- logic ---- */
static bool top_is(const machine *m, bool wanted) {
    const lf_value *top = &m->values[m->top - 1];
    return top->type == LF_T_BOOL && top->u.b == wanted;
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
static void combine(machine *m, bool wins) {
    if (top_is(m, wins)) { /* whatever the left side comes to be, this one decides */
        m->top--;
        put_bool(&m->values[m->top - 1], wins);
        m->untils[m->top - 1] = m->untils[m->top];
        return;
    }
    lf_value *v = take(m, 2);
    if (is_bool(&v[0])) {
        is_bool(&v[1]);
        copy(&v[0], &v[1]);
    }
}

/* The condition of a ?: stays on the stack, below the result, until LF_OP_FOLD. */
static uint32_t branch(machine *m, const lf_code_item *item, uint32_t next) {
    lf_value *test = &m->values[m->top - 1];
    return !is_bool(test) ? item->b : test->u.b ? next : item->a;
}

static void fold(machine *m) {
    lf_value *v = take(m, 2);
    copy(&v[0], &v[1]);
}

/* ---- loops ---- */
static uint32_t begin_loop(machine *m, const lf_code_item *item, uint32_t next) {
    lf_value *range = &m->values[m->top - 1];
    if (range->type != LF_T_LIST && range->type != LF_T_MAP) {
        if (!is_error(range)) {
            *range = lf_value_error("nothing to go over");
        }
        return item->b;
    }
    m->top--;
    m->values[item->a + LF_SLOT_RANGE] = *range;
    m->untils[item->a + LF_SLOT_RANGE] = m->untils[m->top];
    m->values[item->a + LF_SLOT_INDEX] = lf_value_int(0);
    return next;
}

static uint32_t next_item(machine *m, const lf_code_item *item, uint32_t next) {
    lf_value *slots = m->values + item->a;
    const lf_value *range = &slots[LF_SLOT_RANGE];
    uint32_t i = (uint32_t)slots[LF_SLOT_INDEX].u.i++;
    if (i >= range->u.list.n) {
        return item->b;
    }
    slots[LF_SLOT_VARIABLE] = range->u.list.items[range->type == LF_T_MAP ? 2 * i : i];
    m->untils[item->a + LF_SLOT_VARIABLE] = m->untils[item->a + LF_SLOT_RANGE];
    return next;
}

/* The condition of map, filter and exists_one decides what is in the list, so the list holds no longer
 * than it. One that is no bool stays, as the error that the list becomes. */
static uint32_t test_item(machine *m, const lf_code_item *item, uint32_t next) {
    lf_value *test = &m->values[m->top - 1];
    if (!is_bool(test)) {
        return item->b;
    }
    m->top--;
    uint32_t accu = m->expr->code[item->b].a; /* of the LF_OP_APPEND there */
    lower(&m->untils[accu], m->untils[m->top]);
    return test->u.b ? next : item->a;
}

/* The accumulator is nobody else's, so its list may grow in place: room doubles with powers of two. */
static void append(machine *m, const lf_code_item *item) {
    const lf_value *v = &m->values[--m->top];
    lf_value *accu = &m->values[item->a];
    lower(&m->untils[item->a], m->untils[m->top]);
    if (is_error(accu) || is_error(v)) {
        *accu = is_error(accu) ? *accu : *v;
        return;
    }
    uint32_t n = accu->u.list.n;
    lf_value *items = (lf_value *)(uintptr_t)accu->u.list.items;
    if (n == 0 || (n >= 4 && (n & (n - 1)) == 0)) {
        items = lf_arena_alloc(m->run.scratch, (n == 0 ? 4 : 2 * (size_t)n) * sizeof *items);
        if (items == NULL) {
            m->failed = true;
            return;
        }
        if (n > 0) {
            memcpy(items, accu->u.list.items, n * sizeof *items);
        }
    }
    items[n] = *v;
    accu->u.list.items = items;
    accu->u.list.n = n + 1;
}

static void store(machine *m, uint32_t slot) {
    m->top--;
    copy(&m->values[slot], &m->values[m->top]);
    m->untils[slot] = m->untils[m->top];
}

/* One instruction; the position that follows. */
static inline uint32_t run_one(machine *m, const lf_code_item *item, uint32_t next) {
    switch (item->op) {
    case LF_OP_CONST:
        push(m, &m->expr->constants[item->a], LF_TIME_NONE);
        return next;
    case LF_OP_LOAD:
    case LF_OP_HAS:
        load(m, item);
        return next;
    case LF_OP_LOCAL:
        push(m, &m->values[item->a], m->untils[item->a]);
        return next;
    case LF_OP_SELECT:
    case LF_OP_HAS_KEY:
        select_member(m, item);
        return next;
    case LF_OP_INDEX:
        select_index(m);
        return next;
    case LF_OP_CALL:
        call(m, item);
        return next;
    case LF_OP_COMPARE:
        compare_two(m, item);
        return next;
    case LF_OP_COMPARE_CONST:
        compare_constant(m, item);
        return next;
    case LF_OP_HISTORY:
        history(m, item);
        return next;
    case LF_OP_AGE:
        age(m, item);
        return next;
    case LF_OP_LIST:
    case LF_OP_MAP:
        build(m, item);
        return next;
    case LF_OP_AND_JUMP:
        return top_is(m, false) ? item->a : next;
    case LF_OP_OR_JUMP:
        return top_is(m, true) ? item->a : next;
    case LF_OP_AND:
        combine(m, false);
        return next;
    case LF_OP_OR:
        combine(m, true);
        return next;
    case LF_OP_IF:
        return branch(m, item, next);
    case LF_OP_FOLD:
        fold(m);
        return next;
    case LF_OP_JUMP:
        return item->a;
    case LF_OP_LOOP:
        return begin_loop(m, item, next);
    case LF_OP_NEXT:
        return next_item(m, item, next);
    case LF_OP_TEST:
        return test_item(m, item, next);
    case LF_OP_STORE:
        store(m, item->a);
        return next;
    case LF_OP_APPEND:
        append(m, item);
        return next;
    default: /* LF_OP_DONE: what came of a loop holds no longer than what it went over */
        lower(&m->untils[m->top - 1], m->untils[item->a + LF_SLOT_RANGE]);
        return next;
    }
}

/* How far the limit lets it come depends on all that was read. */
static void give_up(machine *m) {
    m->top = m->expr->n_slots + 1;
    m->values[m->top - 1] = lf_value_error("the expression costs too much");
    m->untils[m->top - 1] = m->least;
}

lf_status lf_expr_eval(const lf_expr *expr, const lf_env *env, lf_arena *scratch, lf_answer *out) {
    lf_value values[SMALL_STACK];
    int64_t untils[SMALL_STACK];
    machine m = {.expr = expr,
                 .run = {scratch, env, {0, LF_EXPR_COST}},
                 .values = values,
                 .untils = untils,
                 .least = LF_TIME_NONE};
    if (expr->n_stack > SMALL_STACK) {
        m.values = lf_arena_alloc(scratch, expr->n_stack * sizeof *m.values);
        m.untils = lf_arena_alloc(scratch, expr->n_stack * sizeof *m.untils);
        if (m.values == NULL || m.untils == NULL) {
            return LF_E_NOMEM;
        }
    }
    m.top = expr->n_slots;
    for (uint32_t at = 0; at < expr->n_code && !m.failed;) {
        at = run_one(&m, &expr->code[at], at + 1);
        if (++m.run.meter.cost > m.run.meter.limit) {
            give_up(&m);
            break;
        }
    }
    if (m.failed) {
        return LF_E_NOMEM;
    }
    copy(&out->value, &m.values[m.top - 1]);
    out->until = m.untils[m.top - 1];
    out->steady = m.least;
    out->cost = m.run.meter.cost;
    return LF_OK;
}

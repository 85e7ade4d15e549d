/* SPDX-License-Identifier: MIT */
/*
 * The machine: a stack of values, no recursion, no allocation on the common path. Errors are values
 * that pass through operations; && and || swallow them where the other side decides.
 */
#include "expr/expr_internal.h"

#define SMALL_STACK 24u /* values; a larger one comes from the scratch arena */

typedef struct machine {
    const lf_expr *expr;
    const lf_env *env;
    lf_arena *scratch;
    lf_value *slots, *top; /* top: the first free place */
    int64_t until;
    uint64_t cost;
    bool failed;
} machine;

static bool is_error(const lf_value *v) {
    return v->type == LF_T_ERROR;
}

static void put_error(machine *m, const char *text) {
    *m->top++ = lf_value_error(text);
}

static void load(machine *m, const lf_code_item *item) {
    lf_value v = {.type = LF_T_ABSENT};
    m->env->load(m->env->ctx, (int32_t)item->a, &v, &m->until);
    if (item->op == LF_OP_HAS) {
        v = lf_value_bool(v.type != LF_T_ABSENT);
    } else if (v.type == LF_T_ABSENT) {
        v = lf_value_error("a name without a value");
    }
    *m->top++ = v;
}

static const lf_value *find_key(const lf_value *map, const lf_value *key) {
    for (uint32_t i = 0; i < map->u.list.n; i++) {
        if (lf_value_equal(&map->u.list.items[2 * i], key)) {
            return &map->u.list.items[2 * i + 1];
        }
    }
    return NULL;
}

/* A list's index may be any number that is whole. */
static bool index_of(const lf_value *key, uint32_t n, uint32_t *out) {
    switch (key->type) {
    case LF_T_INT:
        *out = (uint32_t)key->u.i;
        return key->u.i >= 0 && key->u.i < n;
    case LF_T_UINT:
        *out = (uint32_t)key->u.u;
        return key->u.u < n;
    case LF_T_DOUBLE:
        if (!(key->u.d >= 0 && key->u.d < n)) {
            return false;
        }
        *out = (uint32_t)key->u.d;
        return !(key->u.d > *out);
    default:
        return false;
    }
}

static lf_value select_value(const lf_value *of, const lf_value *key) {
    uint32_t index;
    if (is_error(of)) {
        return *of;
    }
    if (is_error(key)) {
        return *key;
    }
    if (of->type == LF_T_LIST) {
        return index_of(key, of->u.list.n, &index) ? of->u.list.items[index]
                                                   : lf_value_error("no such index");
    }
    const lf_value *found = of->type == LF_T_MAP ? find_key(of, key) : NULL;
    return found != NULL ? *found
                         : lf_value_error(of->type == LF_T_MAP ? "no such key" : "no such member");
}

static void select(machine *m, const lf_code_item *item) {
    bool computed = item->a == UINT32_MAX;
    const lf_value *key = computed ? --m->top : &m->expr->constants[item->a];
    lf_value *of = m->top - 1;
    if (!computed && of->type == LF_T_LIST) {
        *of = lf_value_error("no such member");
    } else {
        m->cost += of->type == LF_T_MAP ? of->u.list.n : 0;
        *of = select_value(of, key);
    }
}

static void has_key(machine *m, const lf_code_item *item) {
    lf_value *of = m->top - 1;
    if (!is_error(of)) {
        *of = of->type == LF_T_MAP
                  ? lf_value_bool(find_key(of, &m->expr->constants[item->a]) != NULL)
                  : lf_value_error("no such member");
    }
}

static void call(machine *m, const lf_code_item *item) {
    lf_value *args = m->top - item->a;
    lf_value result = {.type = LF_T_ABSENT};
    for (uint32_t i = 0; i < item->a && result.type == LF_T_ABSENT; i++) {
        result = is_error(&args[i]) ? args[i] : result;
    }
    if (result.type == LF_T_ABSENT) {
        result = lf_functions[item->b].run(args, m->scratch, &m->cost);
        m->failed = m->failed || result.type == LF_T_ABSENT;
    }
    m->top = args;
    *m->top++ = result;
}

static lf_value compare(machine *m, const lf_value *a, const lf_value *b, uint32_t how) {
    if (is_error(a) || is_error(b)) {
        return is_error(a) ? *a : *b;
    }
    if (how <= 1) {
        m->cost += a->type == b->type ? lf_value_weight(a) : 0;
        return lf_value_bool(lf_value_equal(a, b) == (how == 0));
    }
    int order = lf_value_order(a, b);
    if (order == 2) {
        return lf_value_error("these types have no order");
    }
    bool answers[] = {order == -1, order == -1 || order == 0, order == 1, order == 1 || order == 0};
    return lf_value_bool(answers[how - 2]);
}

static void history(machine *m, const lf_code_item *item) {
    lf_value v = {.type = LF_T_ABSENT};
    m->cost += 4;
    m->env->history(m->env->ctx, &m->expr->histories[item->a], &v, &m->until);
    *m->top++ = v.type == LF_T_ABSENT ? lf_value_error("it never happened") : v;
}

static void age(machine *m, const lf_code_item *item) {
    lf_value *v = m->top - 1;
    int64_t since;
    if (is_error(v)) {
        return;
    }
    if (!lf_value_as_ms(v, &since)) {
        *v = lf_value_error("age() takes a timestamp");
        return;
    }
    int64_t due = lf_sat_add(since, m->expr->histories[item->a].duration);
    bool reached = m->env->t >= due;
    if (!reached && due < m->until) {
        m->until = due;
    }
    *v = lf_value_bool(reached);
}

/* Lists and maps of values that were computed; a map's keys are of four types and differ. */
static lf_value collect(machine *m, const lf_value *from, uint32_t n, bool map) {
    uint32_t count = map ? 2 * n : n;
    for (uint32_t i = 0; i < count; i++) {
        if (is_error(&from[i])) {
            return from[i];
        }
    }
    for (uint32_t i = 0; map && i < n; i++) {
        uint8_t type = from[2 * i].type;
        if (type != LF_T_BOOL && type != LF_T_INT && type != LF_T_UINT && type != LF_T_STRING) {
            return lf_value_error("no type for a key");
        }
        for (uint32_t j = 0; j < i; j++) {
            if (lf_value_equal(&from[2 * i], &from[2 * j])) {
                return lf_value_error("a key stands twice");
            }
        }
    }
    lf_value v = {.type = map ? LF_T_MAP : LF_T_LIST};
    v.u.list.items = lf_arena_copy(m->scratch, from, count * sizeof *from);
    v.u.list.n = n;
    m->failed = m->failed || v.u.list.items == NULL;
    m->cost += count;
    return v;
}

static void build(machine *m, const lf_code_item *item) {
    bool map = item->op == LF_OP_MAP;
    lf_value *from = m->top - (map ? 2 * item->a : item->a);
    lf_value v = collect(m, from, item->a, map);
    m->top = from;
    *m->top++ = v;
}

/* AND: false wins over everything, then errors, then true. OR the other way round. */
static void combine(machine *m, bool wins) {
    lf_value *b = --m->top, *a = m->top - 1;
    if (b->type == LF_T_BOOL && b->u.b == wins) {
        *a = *b;
    } else if (!(a->type == LF_T_BOOL && a->u.b == wins)) {
        if (a->type == LF_T_BOOL) {
            *a = b->type == LF_T_BOOL || is_error(b) ? *b : lf_value_error("no bool in a condition");
        } else if (!is_error(a)) {
            *a = lf_value_error("no bool in a condition");
        }
    }
}

static bool top_is(const machine *m, bool wanted) {
    return m->top[-1].type == LF_T_BOOL && m->top[-1].u.b == wanted;
}

/* The position that follows. */
static uint32_t branch(machine *m, const lf_code_item *item, uint32_t next) {
    lf_value test = *--m->top;
    if (test.type == LF_T_BOOL) {
        return test.u.b ? next : item->a;
    }
    *m->top++ = is_error(&test) ? test : lf_value_error("no bool in a condition");
    return item->b;
}

static uint32_t begin_loop(machine *m, const lf_code_item *item, uint32_t next) {
    lf_value range = *--m->top;
    if (range.type != LF_T_LIST && range.type != LF_T_MAP) {
        *m->top++ = is_error(&range) ? range : lf_value_error("nothing to go over");
        return item->b;
    }
    m->slots[item->a + LF_SLOT_RANGE] = range;
    m->slots[item->a + LF_SLOT_INDEX] = lf_value_int(0);
    return next;
}

static uint32_t next_item(machine *m, const lf_code_item *item, uint32_t next) {
    lf_value *slots = m->slots + item->a;
    const lf_value *range = &slots[LF_SLOT_RANGE];
    uint32_t i = (uint32_t)slots[LF_SLOT_INDEX].u.i++;
    if (i >= range->u.list.n) {
        return item->b;
    }
    slots[LF_SLOT_VARIABLE] = range->u.list.items[range->type == LF_T_MAP ? 2 * i : i];
    return next;
}

/* The accumulator is nobody else's, so its list may grow in place: room doubles with powers of two. */
static void append(machine *m, const lf_code_item *item) {
    lf_value v = *--m->top;
    lf_value *accu = &m->slots[item->a];
    if (is_error(accu)) {
        return;
    }
    if (is_error(&v)) {
        *accu = v;
        return;
    }
    uint32_t n = accu->u.list.n;
    lf_value *items = (lf_value *)(uintptr_t)accu->u.list.items;
    if (n == 0 || (n >= 4 && (n & (n - 1)) == 0)) {
        items = lf_arena_alloc(m->scratch, (n == 0 ? 4 : 2 * (size_t)n) * sizeof *items);
        if (items == NULL) {
            m->failed = true;
            return;
        }
        if (n > 0) {
            memcpy(items, accu->u.list.items, n * sizeof *items);
        }
    }
    items[n] = v;
    accu->u.list.items = items;
    accu->u.list.n = n + 1;
}

/* One instruction; the position that follows. */
static uint32_t run_one(machine *m, const lf_code_item *item, uint32_t next) {
    switch (item->op) {
    case LF_OP_CONST:
        *m->top++ = m->expr->constants[item->a];
        return next;
    case LF_OP_LOAD:
    case LF_OP_HAS:
        load(m, item);
        return next;
    case LF_OP_LOCAL:
        *m->top++ = m->slots[item->a];
        return next;
    case LF_OP_SELECT:
        select(m, item);
        return next;
    case LF_OP_HAS_KEY:
        has_key(m, item);
        return next;
    case LF_OP_CALL:
        call(m, item);
        return next;
    case LF_OP_COMPARE:
        m->top--;
        m->top[-1] = compare(m, m->top - 1, m->top, item->b);
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
    case LF_OP_JUMP:
        return item->a;
    case LF_OP_LOOP:
        return begin_loop(m, item, next);
    case LF_OP_NEXT:
        return next_item(m, item, next);
    case LF_OP_STORE:
        m->slots[item->a] = *--m->top;
        return next;
    default:
        append(m, item);
        return next;
    }
}

lf_status lf_expr_eval(const lf_expr *expr, const lf_env *env, lf_arena *scratch, lf_answer *out) {
    lf_value small[SMALL_STACK];
    machine m = {.expr = expr, .env = env, .scratch = scratch, .slots = small, .until = LF_TIME_NONE};
    if (expr->n_stack > SMALL_STACK) {
        m.slots = lf_arena_alloc(scratch, expr->n_stack * sizeof *m.slots);
        if (m.slots == NULL) {
            return LF_E_NOMEM;
        }
    }
    m.top = m.slots + expr->n_slots;
    for (uint32_t at = 0; at < expr->n_code && !m.failed;) {
        at = run_one(&m, &expr->code[at], at + 1);
        if (++m.cost > LF_EXPR_COST) {
            m.top = m.slots + expr->n_slots;
            put_error(&m, "the expression costs too much");
            break;
        }
    }
    if (m.failed) {
        return LF_E_NOMEM;
    }
    out->value = m.top[-1];
    out->until = m.until;
    out->cost = m.cost;
    return LF_OK;
}

/* SPDX-License-Identifier: MIT */
/*
 * Expressions: an input is the source of one. If it is accepted, it is run in the world of expr_world.c: within the
 * cost and the memory that are allowed; twice with the same answer; the value is of the type that the checker gave it,
 * and the same without the checker; it stays the same until the time that was promised. And its tree, printed, is the
 * source of an expression with the same answer.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

#include "../expr/print.h"
#include "expr/expr_internal.h"
#include "expr_world.h"

#define MOST_SCRATCH (16u << 20)

/* ---- memory: what an evaluation takes is counted apart ---- */
static size_t scratch_in_use, scratch_before; /* this evaluation */

static void *count_scratch(void *user, void *ptr, size_t old_size, size_t new_size) {
    (void)user;
    scratch_in_use += new_size - old_size;
    if (scratch_in_use > scratch_before + MOST_SCRATCH) {
        fuzz_wrong("an evaluation takes more than 16 MB", NULL);
    }
    if (new_size == 0) {
        free(ptr);
        return NULL;
    }
    return realloc(ptr, new_size);
}

static lf_mem memory(void) {
    lf_allocator allocator = fuzz_allocator();
    lf_mem mem;
    lf_mem_from(&mem, &allocator);
    return mem;
}

/* ---- an expression and its answers ---- */
typedef struct run {
    lf_arena scratch;
    lf_answer answer;
} run;

static bool same_value(const lf_value *a, const lf_value *b) {
    if (a->type != b->type) {
        return false;
    }
    switch (a->type) {
    case LF_T_LIST:
    case LF_T_MAP:
        for (uint32_t i = 0, n = (a->type == LF_T_MAP ? 2 : 1) * a->u.list.n; i < n; i++) {
            if (a->u.list.n != b->u.list.n ||
                !same_value(&a->u.list.items[i], &b->u.list.items[i])) {
                return false;
            }
        }
        return a->u.list.n == b->u.list.n;
    case LF_T_STRING:
    case LF_T_BYTES:
    case LF_T_TYPE:
    case LF_T_ERROR:
        return lf_str_eq(a->u.s, b->u.s);
    case LF_T_TIMESTAMP:
    case LF_T_DURATION:
        return a->u.time.seconds == b->u.time.seconds && a->u.time.nanos == b->u.time.nanos;
    case LF_T_BOOL:
        return a->u.b == b->u.b;
    case LF_T_NULL:
        return true;
    case LF_T_DOUBLE: /* a NaN has many forms, and -0 is not 0 */
        return (a->u.d != a->u.d && b->u.d != b->u.d) ||
               memcmp(&a->u.d, &b->u.d, sizeof a->u.d) == 0;
    default:
        return a->u.u == b->u.u;
    }
}

_Noreturn static void differ(const char *what, lf_str source, const lf_value *a,
                             const lf_value *b) {
    lf_mem mem;
    lf_buf text;
    lf_mem_from(&mem, NULL);
    lf_buf_init(&text, &mem);
    lf_buf_format(&text, "%S\n  ", source);
    print_value(&text, a);
    lf_buf_text(&text, "\n  ");
    print_value(&text, b);
    fuzz_wrong(what, lf_buf_cstr(&text));
}

static bool is_costly(const lf_value *v) {
    return v->type == LF_T_ERROR && lf_str_starts(v->u.s, LF_STR("it takes more than "));
}

static void evaluate(run *r, const lf_expr *expr, int64_t t) {
    lf_mem mem;
    lf_allocator allocator;
    lf_env env = world_at(t);
    lf_allocator_init(&allocator, sizeof allocator);
    allocator.realloc_fn = count_scratch;
    lf_mem_from(&mem, &allocator);
    scratch_before = scratch_in_use;
    lf_arena_init(&r->scratch, &mem);
    fuzz_ok(lf_expr_eval(expr, &env, &r->scratch, &r->answer), "lf_expr_eval");
    lf_str source = lf_expr_source(expr);
    const lf_answer *a = &r->answer;
    if (a->value.type == LF_T_ABSENT || a->value.type == LF_T_DYN) {
        fuzz_wrong("an answer that is no value", source.p);
    }
    if (a->until <= t || a->steady <= t || a->steady > a->until) {
        fuzz_wrong("an answer that does not hold now", source.p);
    }
    /* The charge that passes the limit is at most as large as the limit. */
    if (a->cost > (is_costly(&a->value) ? 2u * lf_expr_defaults.cost + 2 : lf_expr_defaults.cost)) {
        fuzz_wrong("it costs more than is allowed", source.p);
    }
    if (!a->passed && a->cost > lf_expr_worst(expr)) {
        fuzz_wrong("it costs more than it may at worst", source.p);
    }
}

/* Answers of two expressions, or of one at two times, that must have the same value. */
static void expect_same(const char *what, const lf_expr *a, int64_t t, const lf_expr *b,
                        int64_t other) {
    run first, second;
    evaluate(&first, a, t);
    evaluate(&second, b, other);
    if (!same_value(&first.answer.value, &second.answer.value)) {
        differ(what, lf_expr_source(a), &first.answer.value, &second.answer.value);
    }
    if (t == other && first.answer.until != second.answer.until) {
        fuzz_wrong("the same value holds for another time", lf_expr_source(a).p);
    }
    lf_arena_free(&first.scratch);
    lf_arena_free(&second.scratch);
}

/* ---- what must hold ---- */
static void keeps_its_promise(const lf_expr *expr) {
    static const int64_t later[] = {0,     1,     499,     500,      999,
                                    1000,  1999,  4999,    5000,     9999,
                                    10000, 59999, 3599999, 86399999, INT64_C(7776000000)};
    for (size_t i = 0; i < LF_COUNT(later); i++) {
        run now;
        int64_t t = WORLD_T + later[i];
        evaluate(&now, expr, t);
        int64_t until = now.answer.until;
        bool costly = is_costly(&now.answer.value);
        lf_arena_free(&now.scratch);
        for (size_t j = i + 1; j < LF_COUNT(later) && !costly; j++) {
            if (WORLD_T + later[j] < until) {
                expect_same("it changes before its time", expr, t, expr, WORLD_T + later[j]);
            }
        }
        if (until != LF_TIME_NONE && until - 1 > t && !costly) {
            expect_same("it changes just before its time", expr, t, expr, until - 1);
        }
        if (until == LF_TIME_NONE) {
            break;
        }
    }
}

/* `whole`: a type with its parameters, as in lf_node_whole(). */
static bool has_type(const lf_value *v, uint32_t whole) {
    uint8_t type = whole & 15;
    if (type != LF_T_DYN && v->type != type) {
        return false;
    }
    bool list = type == LF_T_LIST, map = type == LF_T_MAP;
    for (uint32_t i = 0; (list || map) && i < v->u.list.n; i++) {
        const lf_value *items = v->u.list.items;
        if (list ? !has_type(&items[i], whole >> 4)
                 : !has_type(&items[2 * i], whole >> 4 & 15) ||
                       !has_type(&items[2 * i + 1], whole >> 8)) {
            return false;
        }
    }
    return true;
}

static void has_its_type(const lf_expr *expr) {
    run now;
    evaluate(&now, expr, WORLD_T);
    const lf_value *value = &now.answer.value;
    if (value->type != LF_T_ERROR &&
        !has_type(value, lf_expr_type(expr) | lf_expr_item(expr) << 4)) {
        fuzz_wrong("the value has another type than was said", lf_expr_source(expr).p);
    }
    lf_arena_free(&now.scratch);
}

static lf_status compile(lf_arena *arena, lf_str source, bool checked, const lf_expr **out,
                         lf_expr_error *error) {
    return checked ? lf_expr_compile(arena, source, &world_scope, LF_T_DYN, out, error)
                   : lf_expr_compile_unchecked(arena, source, &world_scope, out, error);
}

static void refused_with_reason(lf_str source, lf_status status, lf_expr_error *error) {
    if (status != LF_E_PARSE || error->code < LF_D_EXPR_SYNTAX || error->code > LF_D_EXPR_LIMIT ||
        error->text.n == 0) {
        fuzz_wrong("it is refused without a reason", lf_buf_cstr(&error->text));
    }
    if (error->offset > source.n || error->line == 0 || error->column == 0) {
        fuzz_wrong("it is refused at a place that is not there", lf_buf_cstr(&error->text));
    }
}

/* Its tree as text; false: it has too many brackets, or is too long. */
static bool print(lf_arena *arena, lf_str source, lf_buf *out, lf_expr_error *error) {
    lf_parse ps = {.arena = arena, .source = source, .limits = &lf_expr_defaults, .error = error};
    lf_node *root = lf_parse_source(&ps);
    if (root == NULL) {
        fuzz_wrong("parsed again, it is refused", source.p);
    }
    print_tree(out, root);
    lf_parse again = {
        .arena = arena, .source = {out->p, out->n}, .limits = &lf_expr_defaults, .error = error};
    if (lf_parse_source(&again) == NULL && error->code != LF_D_EXPR_LIMIT) {
        fuzz_wrong("its tree, printed, is refused", lf_buf_cstr(out));
    }
    return again.status == LF_OK;
}

static void accepted(lf_arena *arena, lf_str source, const lf_expr *expr, lf_expr_error *error) {
    const lf_expr *other;
    lf_buf printed;
    lf_buf_init(&printed, &arena->mem);
    has_its_type(expr);
    expect_same("run again, it gives another value", expr, WORLD_T, expr, WORLD_T);
    keeps_its_promise(expr);
    fuzz_ok(compile(arena, source, false, &other, error), "without the checker it is refused");
    expect_same("without the checker it gives another value", expr, WORLD_T, other, WORLD_T);
    if (print(arena, source, &printed, error)) {
        if (compile(arena, (lf_str){printed.p, printed.n}, true, &other, error) != LF_OK) {
            fuzz_wrong("its tree, printed, is refused", lf_buf_cstr(&printed));
        }
        expect_same(lf_buf_cstr(&printed), expr, WORLD_T, other, WORLD_T);
    }
    lf_buf_free(&printed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    lf_str source = {(const char *)data, size};
    lf_mem mem = memory();
    lf_arena arena;
    lf_expr_error error = {.code = 0};
    const lf_expr *expr;
    if (size == 0) {
        return 0;
    }
    lf_arena_init(&arena, &mem);
    lf_buf_init(&error.text, &mem);
    lf_status status = compile(&arena, source, true, &expr, &error);
    if (status == LF_OK) {
        accepted(&arena, source, expr, &error);
    } else {
        refused_with_reason(source, status, &error);
    }
    lf_buf_free(&error.text);
    lf_arena_free(&arena);
    fuzz_all_given_back();
    return 0;
}

/* SPDX-License-Identifier: MIT */
/* The doors of the module: compiling, and what a compiled expression tells of itself. */
#include "expr/expr_internal.h"

const lf_expr_limits lf_expr_defaults = {.source = 65536,
                                         .nesting = 250,
                                         .nodes = 3000,
                                         .iterations = 10000,
                                         .cost = 50000,
                                         .memory = 1048576};
/* Nesting is recursion of the parser; offsets and sums of the others stay within 32 bits. */
const lf_expr_limits lf_expr_most = {.source = 1048576,
                                     .nesting = 250,
                                     .nodes = 1000000,
                                     .iterations = 100000000,
                                     .cost = 1000000000,
                                     .memory = 1073741824};

/* What reads nothing has one value. If it is that a limit is passed, nobody needs to wait for it. */
static lf_status try_once(lf_parse *ps, const lf_expr *expr) {
    const lf_env nothing = {.ctx = NULL};
    lf_answer answer = {.passed = false};
    bool fine = expr->constant || expr->worst <= expr->limits->cost;
    lf_status status = fine ? LF_OK : lf_expr_eval(expr, &nothing, ps->arena, &answer);
    if (status == LF_OK && answer.passed) {
        lf_parse_fail(ps, LF_D_EXPR_LIMIT, 0, "%S", answer.value.u.s);
        return ps->status;
    }
    return status;
}

static lf_str trimmed(lf_str s) {
    while (s.n > 0 && (uint8_t)s.p[0] <= ' ') {
        s.p++;
        s.n--;
    }
    while (s.n > 0 && (uint8_t)s.p[s.n - 1] <= ' ') {
        s.n--;
    }
    return s;
}

static bool is_part_of_and(const lf_node *node, const lf_node *root) {
    return node->kind == LF_NODE_AND && (node == root || !node->bracketed);
}

/* Its parts stand between the marks of the chain, which leans to the left: the last part is found first. */
static lf_status make_parts(const lf_node *root, uint32_t n_slots, lf_arena *arena, lf_expr *expr) {
    uint32_t n = 0;
    size_t end = expr->source.n;
    for (const lf_node *node = root; is_part_of_and(node, root); node = node->kids[0]) {
        n++;
    }
    if (n == 0 || root->bracketed) {
        return LF_OK;
    }
    lf_expr *parts = lf_arena_alloc(arena, (n + 1u) * sizeof *parts);
    lf_status status = parts == NULL ? LF_E_NOMEM : LF_OK;
    for (const lf_node *node = root; status == LF_OK; node = node->kids[0], n--) {
        const lf_node *part = n > 0 ? node->kids[1] : node;
        size_t from = n > 0 ? node->offset + 2 : 0;
        parts[n] = (lf_expr){.limits = expr->limits, .type = part->type};
        parts[n].source = trimmed((lf_str){expr->source.p + from, end - from});
        status = lf_program_make(arena, part, n_slots, &parts[n]);
        end = node->offset;
        expr->n_parts++;
        if (n == 0) {
            break;
        }
    }
    expr->parts = parts;
    return status;
}

/* Checks the tree and makes the program of it, in `arena`. The tree itself lies in the parser's. */
static lf_status make_program(lf_parse *ps, lf_node *root, const lf_scope *scope, bool strict,
                              uint8_t want, lf_arena *arena, lf_expr *expr) {
    lf_check check = {.parse = ps, .arena = arena, .scope = scope, .strict = strict};
    check.patterns = (uint64_t)LF_PATTERN_STEPS * ps->limits->cost;
    check.loops = lf_arena_alloc(ps->arena, (root->depth + 1u) * sizeof *check.loops);
    if (check.loops == NULL) {
        return LF_E_NOMEM;
    }
    if (!lf_check_node(&check, root)) {
        return ps->status;
    }
    if (want != LF_T_DYN && root->type != want && root->type != LF_T_DYN) {
        lf_parse_fail(ps, LF_D_EXPR_TYPE, root->offset, "this gives %s, expected %s",
                      lf_type_name(root->type), lf_type_name(want));
        return ps->status;
    }
    expr->type = root->type;
    expr->item = root->item;
    expr->head.deps = check.deps;
    expr->head.number = scope->number;
    expr->history = check.history;
    expr->longest = check.longest;
    expr->ahead = lf_node_ahead(root);
    expr->worst = lf_node_worst(root);
    lf_status status = lf_program_make(arena, root, check.most_slots, expr);
    if (status == LF_OK && !check.reads) {
        status = try_once(ps, expr);
    }
    return status == LF_OK && want == LF_T_BOOL ? make_parts(root, check.most_slots, arena, expr)
                                                : status;
}

static lf_status compile(lf_arena *arena, lf_str source, const lf_scope *scope, bool strict,
                         uint8_t want, const lf_expr **out, lf_expr_error *error) {
    lf_arena passing; /* a tree is much larger than its program, and goes */
    const lf_expr_limits *limits = scope->limits != NULL ? scope->limits : &lf_expr_defaults;
    lf_parse ps = {.arena = &passing, .error = error, .limits = limits};
    *out = NULL;
    lf_expr *expr = lf_arena_alloc(arena, sizeof *expr);
    if (expr == NULL || !lf_arena_str(arena, source, &expr->source)) {
        return LF_E_NOMEM;
    }
    expr->limits = limits;
    lf_arena_init(&passing, &arena->mem);
    ps.source = expr->source; /* the program keeps names out of it */
    lf_node *root = lf_parse_source(&ps);
    lf_status status =
        root == NULL ? ps.status : make_program(&ps, root, scope, strict, want, arena, expr);
    lf_arena_free(&passing);
    *out = status == LF_OK ? expr : NULL;
    return status;
}

lf_status lf_expr_compile(lf_arena *arena, lf_str source, const lf_scope *scope, uint8_t want,
                          const lf_expr **out, lf_expr_error *error) {
    return compile(arena, source, scope, true, want, out, error);
}

lf_status lf_expr_compile_unchecked(lf_arena *arena, lf_str source, const lf_scope *scope,
                                    const lf_expr **out, lf_expr_error *error) {
    return compile(arena, source, scope, false, LF_T_DYN, out, error);
}

lf_status lf_expr_parse_only(const lf_mem *mem, lf_str source, lf_expr_error *error) {
    lf_arena arena;
    lf_arena_init(&arena, mem);
    lf_parse ps = {.arena = &arena, .source = source, .error = error, .limits = &lf_expr_defaults};
    lf_parse_source(&ps);
    lf_arena_free(&arena);
    return ps.status;
}

const lf_expr *lf_expr_part(const lf_expr *expr, uint32_t index) {
    return index < expr->n_parts ? &expr->parts[index] : NULL;
}

uint64_t lf_expr_worst(const lf_expr *expr) {
    return expr->worst;
}

uint8_t lf_expr_type(const lf_expr *expr) {
    return expr->type;
}

uint32_t lf_expr_item(const lf_expr *expr) {
    return expr->item;
}

bool lf_expr_uses_history(const lf_expr *expr) {
    return expr->history;
}

bool lf_expr_ahead(const lf_expr *expr) {
    return expr->ahead;
}

lf_str lf_expr_source(const lf_expr *expr) {
    return expr->source;
}

int64_t lf_expr_longest(const lf_expr *expr) {
    return expr->longest;
}

bool lf_expr_constant(const lf_expr *expr, lf_value *out) {
    if (expr->constant) {
        *out = expr->constants[expr->code[0].a];
    }
    return expr->constant;
}

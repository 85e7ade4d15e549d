/* SPDX-License-Identifier: MIT */
/* Nodes of the tree: made and measured; literals; macros, which become loops here. */
#include <float.h>

#include "expr/expr_internal.h"

lf_node *lf_node_make(lf_parse *ps, uint8_t kind, uint32_t offset, uint32_t n) {
    if (++ps->nodes > ps->limits->nodes) {
        lf_parse_fail(ps, LF_D_EXPR_LIMIT, offset, "more than %d names, literals and operations",
                      (int64_t)ps->limits->nodes);
        return NULL;
    }
    lf_node *node = lf_arena_alloc(ps->arena, sizeof *node);
    if (node != NULL && n > 0) {
        node->kids = lf_arena_alloc(ps->arena, n * sizeof *node->kids);
    }
    if (node == NULL || (n > 0 && node->kids == NULL)) {
        ps->status = LF_E_NOMEM;
        return NULL;
    }
    node->kind = kind;
    node->offset = offset;
    node->n = n;
    node->slot = -1;
    node->domain = -1;
    return node;
}

/* Sets the depth from the kids; trees that are too deep are refused, so that walking them is safe. */
lf_node *lf_node_done(lf_parse *ps, lf_node *node) {
    for (uint32_t i = 0; i < node->n; i++) {
        if (node->kids[i] != NULL && node->kids[i]->depth >= node->depth) {
            node->depth = node->kids[i]->depth + 1;
        }
    }
    if (node->depth > LF_EXPR_DEPTH) {
        lf_parse_fail(ps, LF_D_EXPR_LIMIT, node->offset, "more than %d operators in a chain",
                      (int64_t)LF_EXPR_DEPTH);
        return NULL;
    }
    return node;
}

lf_node *lf_node_pair(lf_parse *ps, uint8_t kind, uint32_t offset, lf_node *a, lf_node *b) {
    lf_node *node = a == NULL || b == NULL ? NULL : lf_node_make(ps, kind, offset, 2);
    if (node == NULL) {
        return NULL;
    }
    node->kids[0] = a;
    node->kids[1] = b;
    return lf_node_done(ps, node);
}

lf_node *lf_node_operator(lf_parse *ps, lf_str name, uint32_t offset, lf_node *a, lf_node *b) {
    lf_node *node = lf_node_pair(ps, LF_NODE_CALL, offset, a, b);
    if (node != NULL) {
        node->name = name;
    }
    return node;
}

/* ---- literals ---- */
lf_node *lf_node_literal(lf_parse *ps, uint8_t type) {
    lf_node *node = lf_node_make(ps, LF_NODE_LITERAL, ps->token.offset, 0);
    if (node != NULL) {
        node->value.type = type;
        node->value.u.s = ps->token.text;
    }
    return node;
}

static bool parse_integer(lf_str text, bool negative, lf_value *out) {
    uint64_t value = 0;
    if (text.n > 2 && text.p[1] == 'x') {
        for (size_t i = 2; i < text.n; i++) {
            char c = text.p[i];
            unsigned digit = (unsigned)(c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
            if (value >> 60) {
                return false;
            }
            value = value << 4 | digit;
        }
    } else if (!lf_parse_u64(text, &value)) {
        return false;
    }
    if (out->type == LF_T_UINT) {
        out->u.u = value;
        return true;
    }
    if (value > (uint64_t)INT64_MAX + negative) {
        return false;
    }
    out->u.i = negative ? (int64_t)(0 - value) : (int64_t)value;
    return true;
}

static bool parse_double(lf_str text, bool negative, lf_value *out) {
    bool fits = lf_parse_double_any(text, &out->u.d) && out->u.d <= DBL_MAX;
    out->u.d = negative ? -out->u.d : out->u.d;
    return fits;
}

lf_node *lf_node_number(lf_parse *ps, bool negative) {
    static const uint8_t types[] = {
        [LF_TOK_INT] = LF_T_INT, [LF_TOK_UINT] = LF_T_UINT, [LF_TOK_DOUBLE] = LF_T_DOUBLE};
    lf_node *node = lf_node_literal(ps, types[ps->token.kind]);
    if (node == NULL) {
        return NULL;
    }
    bool fits = node->value.type == LF_T_DOUBLE
                    ? parse_double(ps->token.text, negative, &node->value)
                    : parse_integer(ps->token.text, negative, &node->value);
    if (!fits) {
        return lf_parse_expected(ps, "the number is too large");
    }
    lf_parse_next(ps);
    return node;
}

lf_node *lf_node_word(lf_parse *ps) {
    bool null = lf_str_eq(ps->token.text, LF_STR("null"));
    bool yes = lf_str_eq(ps->token.text, LF_STR("true"));
    if (!null && !yes && !lf_str_eq(ps->token.text, LF_STR("false"))) {
        return lf_parse_expected(ps, "expected an expression");
    }
    lf_node *node = lf_node_literal(ps, null ? LF_T_NULL : LF_T_BOOL);
    if (node != NULL) {
        node->value.u.b = yes;
    }
    lf_parse_next(ps);
    return node;
}

/* ---- macros ---- */
static const struct {
    const char *name;
    uint8_t loop, least, most;
} macros[] = {{"all", LF_LOOP_ALL, 2, 2},
              {"exists", LF_LOOP_EXISTS, 2, 2},
              {"exists_one", LF_LOOP_ONE, 2, 2},
              {"map", LF_LOOP_MAP, 2, 3},
              {"filter", LF_LOOP_FILTER, 2, 2}};

static lf_node *expand_has(lf_parse *ps, lf_node *call) {
    if (call->kids[0]->kind != LF_NODE_SELECT || call->kids[0]->test) {
        lf_parse_fail(ps, LF_D_EXPR_SYNTAX, call->offset,
                      "has() takes a selection such as contact.email");
        return NULL;
    }
    call->kids[0]->test = true;
    return call->kids[0];
}

lf_node *lf_node_expand(lf_parse *ps, lf_node *call) {
    if (call == NULL) {
        return NULL;
    }
    if (!call->method && call->n == 1 && lf_str_eq(call->name, LF_STR("has"))) {
        return expand_has(ps, call);
    }
    for (size_t i = 0; call->method && i < LF_COUNT(macros); i++) {
        uint32_t n = call->n - 1;
        if (!lf_str_eq(call->name, lf_str_of(macros[i].name)) || n < macros[i].least ||
            n > macros[i].most) {
            continue;
        }
        if (lf_foreign_refused(ps, call->kids[1])) { /* cel.iterVar(0, 0) */
            return NULL;
        }
        if (call->kids[1]->kind != LF_NODE_IDENT || call->kids[1]->absolute) {
            lf_parse_fail(ps, LF_D_EXPR_SYNTAX, call->kids[1]->offset,
                          "the first argument of %q must be a simple name", call->name);
            return NULL;
        }
        lf_node *loop = lf_node_make(ps, LF_NODE_LOOP, call->offset, 3);
        if (loop == NULL) {
            return NULL;
        }
        bool map = macros[i].loop == LF_LOOP_MAP;
        loop->loop = macros[i].loop;
        loop->name = call->kids[1]->name;
        loop->kids[0] = call->kids[0];
        loop->kids[1] = map && n == 2 ? NULL : call->kids[2];
        loop->kids[2] = map ? call->kids[n] : NULL;
        return lf_node_done(ps, loop);
    }
    return call;
}

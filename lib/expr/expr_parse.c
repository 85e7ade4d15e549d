/* SPDX-License-Identifier: MIT */
/* From tokens to a tree, by precedence. */
#include "expr/expr_internal.h"

static lf_node *expression(lf_parse *ps);

lf_node *lf_parse_expected(lf_parse *ps, const char *why) {
    if (ps->token.kind == LF_TOK_END) {
        lf_parse_fail(ps, LF_D_EXPR_SYNTAX, ps->token.offset, "%s, found the end", why);
    } else {
        lf_parse_fail(ps, LF_D_EXPR_SYNTAX, ps->token.offset, "%s, found %q", why, ps->token.text);
    }
    return NULL;
}

static bool enter(lf_parse *ps) {
    if (ps->nesting == ps->limits->nesting) {
        lf_parse_fail(ps, LF_D_EXPR_LIMIT, ps->token.offset, "nested deeper than %d",
                      (int64_t)ps->limits->nesting);
        return false;
    }
    ps->nesting++;
    return true;
}

static bool expect(lf_parse *ps, const char *mark, const char *why) {
    if (!lf_parse_is(ps, mark)) {
        lf_parse_expected(ps, why);
        return false;
    }
    lf_parse_next(ps);
    return ps->status == LF_OK;
}

/* ---- lists of expressions ---- */
typedef struct kids {
    lf_node **items;
    uint32_t n, cap;
} kids;

static bool add(lf_parse *ps, kids *list, lf_node *node) {
    if (node == NULL) {
        return false;
    }
    if (!lf_mem_grow(&ps->arena->mem, (void **)&list->items, &list->cap, list->n + 1,
                     sizeof(lf_node *))) {
        ps->status = LF_E_NOMEM;
        return false;
    }
    list->items[list->n++] = node;
    return true;
}

static lf_node *adopt(lf_parse *ps, uint8_t kind, uint32_t offset, kids *list) {
    lf_node *node = ps->status == LF_OK ? lf_node_make(ps, kind, offset, list->n) : NULL;
    if (node != NULL && list->n > 0) {
        memcpy(node->kids, list->items, list->n * sizeof(lf_node *));
    }
    lf_mem_free(&ps->arena->mem, list->items, list->cap * sizeof(lf_node *));
    return node == NULL ? NULL : lf_node_done(ps, node);
}

static void arguments(lf_parse *ps, kids *list, const char *close, bool pairs, bool trailing) {
    bool empty = trailing && lf_parse_is(ps, ","); /* the grammar has it: "[,]" is an empty list */
    if (empty) {
        lf_parse_next(ps);
    }
    while (!empty && ps->status == LF_OK && !lf_parse_is(ps, close)) {
        if ((trailing && lf_foreign_optional(ps)) || !add(ps, list, expression(ps))) {
            return;
        }
        if (pairs && (!expect(ps, ":", "expected ':'") || !add(ps, list, expression(ps)))) {
            return;
        }
        if (!lf_parse_is(ps, ",")) {
            break;
        }
        lf_parse_next(ps);
        if (!trailing && lf_parse_is(ps, close)) {
            lf_parse_expected(ps, "expected an expression");
            return;
        }
    }
    if (ps->status == LF_OK) {
        expect(ps, close, pairs ? "expected ',' or '}'" : "expected ',' or the closing bracket");
    }
}

/* ---- primaries ---- */
static lf_node *identifier(lf_parse *ps, bool absolute) {
    lf_str name = ps->token.text;
    uint32_t offset = ps->token.offset;
    if (lf_word_keyword(name)) {
        return absolute ? lf_parse_expected(ps, "expected a name") : lf_node_word(ps);
    }
    if (lf_word_reserved(name)) {
        return lf_parse_expected(ps, "a reserved word is no name");
    }
    lf_parse_next(ps);
    if (!lf_parse_is(ps, "(")) {
        lf_node *node = lf_node_make(ps, LF_NODE_IDENT, offset, 0);
        if (node != NULL) {
            node->name = name;
            node->absolute = absolute;
        }
        return node;
    }
    kids list = {NULL, 0, 0};
    lf_parse_next(ps);
    arguments(ps, &list, ")", false, false);
    lf_node *call = adopt(ps, LF_NODE_CALL, offset, &list);
    if (call != NULL) {
        call->name = name;
    }
    return lf_node_expand(ps, call);
}

static lf_node *bracketed(lf_parse *ps) {
    uint32_t offset = ps->token.offset;
    bool list = lf_parse_is(ps, "["), map = lf_parse_is(ps, "{");
    lf_node *node;
    lf_parse_next(ps);
    if (list || map) {
        kids items = {NULL, 0, 0};
        arguments(ps, &items, list ? "]" : "}", map, true);
        node = adopt(ps, list ? LF_NODE_LIST : LF_NODE_MAP, offset, &items);
    } else {
        node = expression(ps);
        node = node != NULL && expect(ps, ")", "expected ')'") ? node : NULL;
        if (node != NULL) {
            node->bracketed = true;
        }
    }
    return node;
}

static lf_node *primary(lf_parse *ps) {
    switch (ps->token.kind) {
    case LF_TOK_INT:
    case LF_TOK_UINT:
    case LF_TOK_DOUBLE:
        return lf_node_number(ps, false);
    case LF_TOK_STRING:
    case LF_TOK_BYTES: {
        lf_node *node =
            lf_node_literal(ps, ps->token.kind == LF_TOK_STRING ? LF_T_STRING : LF_T_BYTES);
        lf_parse_next(ps);
        return node;
    }
    case LF_TOK_IDENT:
        return identifier(ps, false);
    default:
        break;
    }
    if (lf_parse_is(ps, "(") || lf_parse_is(ps, "[") || lf_parse_is(ps, "{")) {
        return bracketed(ps);
    }
    if (lf_parse_is(ps, ".")) {
        lf_parse_next(ps);
        return ps->token.kind == LF_TOK_IDENT ? identifier(ps, true)
                                              : lf_parse_expected(ps, "expected a name");
    }
    if (lf_parse_is(ps, "-")) { /* behind '!' only a number may have a sign */
        lf_parse_next(ps);
        bool signed_one = ps->token.kind == LF_TOK_INT || ps->token.kind == LF_TOK_DOUBLE;
        return signed_one ? lf_node_number(ps, true) : lf_parse_expected(ps, "expected a number");
    }
    return ps->status == LF_OK ? lf_parse_expected(ps, "expected an expression") : NULL;
}

/* ---- members: a.b, a.b(), a[b], Name{field: value} ---- */
static lf_node *selection(lf_parse *ps, lf_node *target) {
    lf_parse_next(ps);
    lf_str name = ps->token.text;
    uint32_t offset = ps->token.offset;
    if (lf_foreign_optional(ps)) {
        return NULL;
    }
    bool quoted = ps->token.kind == LF_TOK_ESCAPED;
    if (!quoted && ps->token.kind != LF_TOK_IDENT) {
        return lf_parse_expected(ps, "expected a member name");
    }
    if (!quoted && lf_word_keyword(name)) {
        lf_parse_fail(ps, LF_D_EXPR_SYNTAX, offset,
                      "%q is a word of CEL; as a name it is written `%S`", name, name);
        return NULL;
    }
    lf_parse_next(ps);
    if (quoted || !lf_parse_is(ps, "(")) {
        lf_node *node = lf_node_make(ps, LF_NODE_SELECT, offset, 1);
        if (node == NULL) {
            return NULL;
        }
        node->name = name;
        node->quoted = quoted;
        node->kids[0] = target;
        return lf_node_done(ps, node);
    }
    kids list = {NULL, 0, 0};
    lf_parse_next(ps);
    if (add(ps, &list, target)) {
        arguments(ps, &list, ")", false, false);
    }
    lf_node *call = adopt(ps, LF_NODE_CALL, offset, &list);
    if (call != NULL) {
        call->name = name;
        call->method = true;
    }
    return lf_node_expand(ps, call);
}

static bool is_name(const lf_node *node) {
    while (node->kind == LF_NODE_SELECT && !node->test && !node->quoted) {
        node = node->kids[0];
    }
    return node->kind == LF_NODE_IDENT;
}

static lf_node *message(lf_parse *ps, lf_node *type) {
    kids list = {NULL, 0, 0};
    lf_parse_next(ps);
    bool empty = lf_parse_is(ps, ",");
    if (empty) {
        lf_parse_next(ps);
    }
    while (!empty && ps->status == LF_OK && !lf_parse_is(ps, "}")) {
        if (lf_foreign_optional(ps)) {
            break;
        }
        bool named = (ps->token.kind == LF_TOK_IDENT && !lf_word_keyword(ps->token.text)) ||
                     ps->token.kind == LF_TOK_ESCAPED;
        if (!named) {
            lf_parse_expected(ps, "expected a field name");
            break;
        }
        lf_parse_next(ps);
        if (!expect(ps, ":", "expected ':'") || !add(ps, &list, expression(ps)) ||
            !lf_parse_is(ps, ",")) {
            break;
        }
        lf_parse_next(ps);
    }
    if (ps->status == LF_OK) {
        expect(ps, "}", "expected ',' or '}'");
    }
    return adopt(ps, LF_NODE_STRUCT, type->offset, &list);
}

static lf_node *index_of(lf_parse *ps, lf_node *target) {
    uint32_t offset = ps->token.offset;
    lf_parse_next(ps);
    lf_node *key = lf_foreign_optional(ps) ? NULL : expression(ps);
    if (key == NULL || !expect(ps, "]", "expected ']'")) {
        return NULL;
    }
    return lf_node_pair(ps, LF_NODE_INDEX, offset, target, key);
}

/* `named`: the node began with a name, not with a bracket, so it may be that of a message. */
static lf_node *members(lf_parse *ps, lf_node *node, bool named) {
    while (node != NULL && ps->status == LF_OK) {
        if (lf_parse_is(ps, ".")) {
            node = selection(ps, node);
        } else if (lf_parse_is(ps, "[")) {
            node = index_of(ps, node);
        } else if (named && lf_parse_is(ps, "{") && is_name(node)) {
            node = message(ps, node);
        } else {
            return node;
        }
    }
    return node;
}

static lf_node *member(lf_parse *ps) {
    bool named = ps->token.kind == LF_TOK_IDENT || lf_parse_is(ps, ".");
    return members(ps, primary(ps), named);
}

/* ---- operators ---- */
static lf_node *prefixed(lf_parse *ps, lf_str name, uint32_t offset, lf_node *operand) {
    lf_node *node = operand == NULL ? NULL : lf_node_make(ps, LF_NODE_CALL, offset, 1);
    if (node == NULL) {
        return NULL;
    }
    node->name = name;
    node->kids[0] = operand;
    return lf_node_done(ps, node);
}

/* Either only '!' or only '-' stand before a member; two of a kind cancel each other. */
static lf_node *unary(lf_parse *ps) {
    bool not = lf_parse_is(ps, "!"), minus = lf_parse_is(ps, "-");
    if (!not &&!minus) {
        return member(ps);
    }
    uint32_t offset = ps->token.offset, n = 0;
    const char *mark = not ? "!" : "-";
    while (lf_parse_is(ps, mark)) {
        n++;
        lf_parse_next(ps);
        if (minus && (ps->token.kind == LF_TOK_INT || ps->token.kind == LF_TOK_DOUBLE)) {
            n--; /* the innermost minus belongs to the number */
            lf_node *node = members(ps, lf_node_number(ps, true), false);
            return n % 2 == 0 ? node : prefixed(ps, LF_STR("-_"), offset, node);
        }
    }
    lf_node *operand = member(ps);
    for (n = n % 2 == 0 ? 2 : 1; n > 0; n--) { /* "!!x" still wants a bool */
        operand = prefixed(ps, not ? LF_STR("!_") : LF_STR("-_"), offset, operand);
    }
    return operand;
}

static const struct {
    const char *mark;
    uint8_t level;
} operators[] = {{"||", 1}, {"&&", 2}, {"==", 3}, {"!=", 3}, {"<", 3}, {"<=", 3}, {">", 3},
                 {">=", 3}, {"in", 3}, {"+", 4},  {"-", 4},  {"*", 5}, {"/", 5},  {"%", 5}};

static uint8_t level_of(const lf_parse *ps) {
    bool word = ps->token.kind == LF_TOK_IDENT;
    for (size_t i = 0; (word || ps->token.kind == LF_TOK_MARK) && i < LF_COUNT(operators); i++) {
        if (lf_token_is(&ps->token, operators[i].mark)) {
            return operators[i].level;
        }
    }
    return 0;
}

static lf_node *binary(lf_parse *ps, uint8_t least) {
    lf_node *left = unary(ps);
    for (;;) {
        uint8_t level = left == NULL || ps->status != LF_OK ? 0 : level_of(ps);
        if (level < least || level == 0) {
            return left;
        }
        lf_str name = ps->token.text;
        uint32_t offset = ps->token.offset;
        lf_parse_next(ps);
        lf_node *right = binary(ps, (uint8_t)(level + 1));
        left = level <= 2
                   ? lf_node_pair(ps, level == 1 ? LF_NODE_OR : LF_NODE_AND, offset, left, right)
                   : lf_node_operator(ps, name, offset, left, right);
    }
}

static lf_node *expression(lf_parse *ps) {
    if (ps->status != LF_OK || !enter(ps)) {
        return NULL;
    }
    lf_node *node = binary(ps, 1);
    if (node != NULL && lf_parse_is(ps, "?")) {
        uint32_t offset = ps->token.offset;
        lf_node *whole = lf_node_make(ps, LF_NODE_IF, offset, 3);
        lf_parse_next(ps);
        lf_node *yes = ps->status == LF_OK ? binary(ps, 1) : NULL;
        lf_node *no = yes != NULL && expect(ps, ":", "expected ':'") ? expression(ps) : NULL;
        if (whole != NULL && no != NULL) {
            whole->kids[0] = node;
            whole->kids[1] = yes;
            whole->kids[2] = no;
            node = lf_node_done(ps, whole);
        } else {
            node = NULL;
        }
    }
    ps->nesting--;
    return ps->status == LF_OK ? node : NULL;
}

lf_node *lf_parse_source(lf_parse *ps) {
    if (ps->source.n > ps->limits->source) {
        lf_parse_fail(ps, LF_D_EXPR_LIMIT, ps->limits->source, "longer than %d bytes",
                      (int64_t)ps->limits->source);
        return NULL;
    }
    lf_parse_next(ps);
    lf_node *root = expression(ps);
    if (root != NULL && ps->token.kind != LF_TOK_END) {
        return lf_parse_expected(ps, "expected an operator or the end");
    }
    return ps->status == LF_OK ? root : NULL;
}

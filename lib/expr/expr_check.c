/* SPDX-License-Identifier: MIT */
/* Names and types: what each node means and gives, or the first thing that is wrong. Calls: expr_call.c. */
#include "expr/expr_internal.h"

bool lf_check_fail(lf_check *check, uint16_t code, const lf_node *node, lf_buf *why) {
    lf_parse_fail(check->parse, code, node->offset, "%s", lf_buf_cstr(why));
    if (why->failed) {
        check->parse->status = LF_E_NOMEM;
    }
    lf_buf_free(why);
    return false;
}

static bool memory(lf_check *check) {
    check->parse->status = LF_E_NOMEM;
    return false;
}

/* ---- names ---- */
static const lf_node *loop_of(const lf_check *check, lf_str name) {
    for (uint32_t i = check->n_loops; i-- > 0;) {
        if (lf_str_eq(check->loops[i]->name, name)) {
            return check->loops[i];
        }
    }
    return NULL;
}

/* The dotted name that ends in this node: how many parts, 0 if it is none. */
static uint32_t parts_of(const lf_node *node) {
    uint32_t n = 1;
    for (; node->kind == LF_NODE_SELECT; node = node->kids[0]) {
        if (n > 1 && node->test) { /* has(a.b).c */
            return 0;
        }
        n++;
    }
    return node->kind == LF_NODE_IDENT ? n : 0;
}

static lf_node *nth_inner(lf_node *node, uint32_t n) {
    while (n-- > 0) {
        node = node->kids[0];
    }
    return node;
}

static void bind(lf_check *check, lf_node *node, const lf_binding *binding) {
    node->bound = true;
    node->binding = *binding;
    lf_node_typed(node, binding->type | (uint32_t)binding->item << 4);
    node->domain = binding->domain;
    check->deps |= binding->deps;
    check->reads = true;
}

/* int, google.protobuf.Timestamp: a type as a value, if the scope has no such name. It becomes a literal. */
static bool is_type_name(lf_check *check, lf_node *node, const lf_str *parts, uint32_t n) {
    lf_buf name;
    lf_value type;
    bool known = false;
    lf_buf_init(&name, &check->parse->arena->mem);
    for (uint32_t i = 0; i < n && !known; i++) {
        lf_node *whole = nth_inner(node, n - 1 - i);
        lf_buf_text(&name, i == 0 ? "" : ".");
        lf_buf_str(&name, parts[i]);
        known = !name.failed && !whole->test && lf_type_named((lf_str){name.p, name.n}, &type);
        if (known) {
            whole->kind = LF_NODE_LITERAL;
            whole->value = type;
            whole->type = LF_T_TYPE;
        }
    }
    if (name.failed) {
        memory(check);
    }
    lf_buf_free(&name);
    return known;
}

/* What the scope cannot know of: a variable of a macro may be what was meant, or a function. */
static bool suggest_more(const lf_check *check, lf_str name, bool alone, lf_buf *why) {
    for (uint32_t i = check->n_loops; i-- > 0;) {
        lf_str variable = check->loops[i]->name;
        if (lf_nearest(name, &variable, 1).n > 0) {
            lf_suggest known = lf_suggest_for(name);
            lf_suggest_add(&known, variable);
            lf_suggest_say(&known, "name", why);
            return true;
        }
    }
    return alone && lf_call_usages(why, name);
}

/* `why`: what the scope said. */
static bool unknown_name(lf_check *check, const lf_node *first, bool alone, lf_buf *why) {
    lf_buf more;
    lf_buf_init(&more, &check->parse->arena->mem);
    bool better = suggest_more(check, first->name, alone, &more);
    more.failed = more.failed || why->failed;
    lf_buf_free(better ? why : &more);
    return lf_check_fail(check, LF_D_EXPR_NAME, first, better ? &more : why);
}

/* Asks the scope for the longest name it knows at the start of this one. */
static bool resolve(lf_check *check, lf_node *node, uint32_t n) {
    lf_buf why;
    lf_buf_init(&why, &check->parse->arena->mem);
    lf_str *parts = lf_arena_alloc(check->parse->arena, n * sizeof *parts);
    if (parts == NULL) {
        return memory(check);
    }
    lf_node *part = node;
    for (uint32_t i = n; i-- > 0; part = i > 0 ? part->kids[0] : part) {
        parts[i] = part->name;
    }
    lf_binding binding = {.absolute = part->absolute, .domain = -1};
    if (!check->scope->name(check->scope->ctx, parts, n, &binding, &why)) {
        if (is_type_name(check, node, parts, n) || lf_foreign_refused(check->parse, part) ||
            !check->strict) {
            check->parse->status = why.failed ? LF_E_NOMEM : check->parse->status;
            lf_buf_free(&why);
            return check->parse->status == LF_OK; /* what is unknown fails when it is read */
        }
        return unknown_name(check, part, n == 1, &why);
    }
    lf_buf_free(&why);
    bind(check, nth_inner(node, n - binding.used), &binding);
    return true;
}

/* What the items of a list, or the values of a map, are. */
static uint32_t item_of(const lf_node *of) {
    return of->type == LF_T_LIST ? of->item : of->type == LF_T_MAP ? of->item >> 4 : LF_T_DYN;
}

static bool select_from(lf_check *check, lf_node *node) {
    uint8_t of = node->kids[0]->type;
    if (check->strict && of != LF_T_MAP && of != LF_T_DYN) {
        lf_parse_fail(check->parse, LF_D_EXPR_TYPE, node->offset, "%s has no member %q",
                      lf_type_name(of), node->name);
        return false;
    }
    lf_node_typed(node, node->test ? LF_T_BOOL : item_of(node->kids[0]));
    return true;
}

/* The types of the selections behind what a loop or the scope knows. */
static bool type_selections(lf_check *check, lf_node *node) {
    if (node->bound) {
        node->type = node->test ? LF_T_BOOL : node->binding.type;
        return true;
    }
    return node->kind == LF_NODE_IDENT || node->kind == LF_NODE_LITERAL ||
           (type_selections(check, node->kids[0]) && select_from(check, node));
}

static bool check_name(lf_check *check, lf_node *node, uint32_t parts) {
    lf_node *first = nth_inner(node, parts - 1);
    const lf_node *loop = first->absolute ? NULL : loop_of(check, first->name);
    if (loop != NULL) {
        first->slot = loop->slot + LF_SLOT_VARIABLE;
        lf_node_typed(first, loop->item);
    } else if (!resolve(check, node, parts)) {
        return false;
    }
    return type_selections(check, node);
}

/* ---- everything else ---- */
static bool want_bool(lf_check *check, const lf_node *node, const char *what) {
    if (!check->strict || node->type == LF_T_BOOL || node->type == LF_T_DYN) {
        return true;
    }
    lf_parse_fail(check->parse, LF_D_EXPR_TYPE, node->offset, "%s takes bool, not %s", what,
                  lf_type_name(node->type));
    return false;
}

static bool check_kids(lf_check *check, lf_node *node) {
    for (uint32_t i = 0; i < node->n; i++) {
        if (!lf_check_node(check, node->kids[i])) {
            return false;
        }
    }
    return true;
}

static bool check_if(lf_check *check, lf_node *node) {
    if (!check_kids(check, node) || !want_bool(check, node->kids[0], "a condition")) {
        return false;
    }
    uint8_t a = node->kids[1]->type, b = node->kids[2]->type;
    if (check->strict && a != b && a != LF_T_DYN && b != LF_T_DYN && a != LF_T_NULL &&
        b != LF_T_NULL) {
        lf_parse_fail(check->parse, LF_D_EXPR_TYPE, node->offset,
                      "the two results differ in type: %s and %s", lf_type_name(a),
                      lf_type_name(b));
        return false;
    }
    lf_node_typed(node, lf_type_join(lf_node_whole(node->kids[1]), lf_node_whole(node->kids[2])));
    return true;
}

/* The type that every second or every one of the kids has. */
static uint32_t type_of_all(const lf_node *node, uint32_t first, uint32_t step) {
    uint32_t whole = first < node->n ? lf_node_whole(node->kids[first]) : LF_T_DYN;
    for (uint32_t i = first; i < node->n; i += step) {
        whole = lf_type_join(whole, lf_node_whole(node->kids[i]));
    }
    return whole;
}

static bool check_list(lf_check *check, lf_node *node) {
    if (!check_kids(check, node)) {
        return false;
    }
    node->type = node->kind == LF_NODE_LIST ? LF_T_LIST : LF_T_MAP;
    node->item = node->kind == LF_NODE_LIST
                     ? type_of_all(node, 0, 1)
                     : (type_of_all(node, 0, 2) & 15) | type_of_all(node, 1, 2) << 4;
    return true;
}

static bool check_loop_body(lf_check *check, lf_node *node) {
    if (node->kids[1] != NULL && (!lf_check_node(check, node->kids[1]) ||
                                  !want_bool(check, node->kids[1], "the condition of a macro"))) {
        return false;
    }
    return node->kids[2] == NULL || lf_check_node(check, node->kids[2]);
}

static bool check_loop(lf_check *check, lf_node *node) {
    if (!lf_check_node(check, node->kids[0])) {
        return false;
    }
    uint8_t range = node->kids[0]->type;
    if (check->strict && range != LF_T_LIST && range != LF_T_MAP && range != LF_T_DYN) {
        lf_parse_fail(check->parse, LF_D_EXPR_TYPE, node->offset,
                      "a macro goes over a list or map, not %s", lf_type_name(range));
        return false;
    }
    uint32_t item = range == LF_T_MAP ? node->kids[0]->item & 15 : item_of(node->kids[0]);
    node->item = item;
    node->slot = (int32_t)check->slots;
    check->slots += LF_SLOTS;
    check->most_slots = check->slots > check->most_slots ? check->slots : check->most_slots;
    check->loops[check->n_loops++] = node;
    bool fine = check_loop_body(check, node);
    check->n_loops--;
    check->slots -= LF_SLOTS;
    bool list = node->loop == LF_LOOP_MAP || node->loop == LF_LOOP_FILTER;
    node->type = list ? LF_T_LIST : LF_T_BOOL;
    node->item = !list                               ? 0
                 : node->loop == LF_LOOP_MAP && fine ? lf_node_whole(node->kids[2])
                                                     : item;
    return fine;
}

static bool check_index(lf_check *check, lf_node *node) {
    if (!check_kids(check, node)) {
        return false;
    }
    uint8_t of = node->kids[0]->type;
    if (check->strict && of != LF_T_LIST && of != LF_T_MAP && of != LF_T_DYN) {
        lf_parse_fail(check->parse, LF_D_EXPR_TYPE, node->offset, "%s has no items",
                      lf_type_name(of));
        return false;
    }
    uint8_t key = node->kids[1]->type;
    if (check->strict && of == LF_T_LIST && key != LF_T_DYN && !lf_type_number(key)) {
        lf_parse_fail(check->parse, LF_D_EXPR_TYPE, node->offset,
                      "a list is indexed by a number, not %s", lf_type_name(key));
        return false;
    }
    uint8_t keys = of == LF_T_MAP ? node->kids[0]->item & 15 : LF_T_DYN;
    if (check->strict && key != LF_T_DYN && keys != LF_T_DYN && key != keys &&
        !(lf_type_number(key) && lf_type_number(keys))) {
        lf_parse_fail(check->parse, LF_D_EXPR_TYPE, node->offset, "the map's keys are %s, not %s",
                      lf_type_name(keys), lf_type_name(key));
        return false;
    }
    lf_node_typed(node, item_of(node->kids[0]));
    return true;
}

bool lf_check_node(lf_check *check, lf_node *node) {
    switch (node->kind) {
    case LF_NODE_LITERAL:
        node->type = node->value.type;
        return true;
    case LF_NODE_IDENT:
    case LF_NODE_SELECT: {
        uint32_t parts = parts_of(node);
        return parts > 0 ? check_name(check, node, parts)
                         : lf_check_node(check, node->kids[0]) && select_from(check, node);
    }
    case LF_NODE_INDEX:
        return check_index(check, node);
    case LF_NODE_CALL:
        return lf_check_call(check, node);
    case LF_NODE_LIST:
    case LF_NODE_MAP:
        return check_list(check, node);
    case LF_NODE_AND:
    case LF_NODE_OR:
        node->type = LF_T_BOOL;
        return check_kids(check, node) && want_bool(check, node->kids[0], "&& or ||") &&
               want_bool(check, node->kids[1], "&& or ||");
    case LF_NODE_IF:
        return check_if(check, node);
    case LF_NODE_LOOP:
        return check_loop(check, node);
    default:
        lf_parse_fail(check->parse, LF_D_EXPR_TYPE, node->offset,
                      "messages are not part of this library");
        return false;
    }
}

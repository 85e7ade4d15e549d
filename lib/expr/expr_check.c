/* SPDX-License-Identifier: MIT */
/* Names and types: what each node means and gives, or the first thing that is wrong. */
#include "expr/expr_internal.h"
#include "time/timing.h"

static bool fail(lf_check *check, uint16_t code, const lf_node *node, lf_buf *why) {
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
    for (; node->kind == LF_NODE_SELECT && !node->method; node = node->kids[0]) {
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
    node->type = binding->type;
    node->item = binding->item;
    node->domain = binding->domain;
    check->deps |= binding->deps;
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
    lf_binding binding = {.domain = -1};
    if (!check->scope->name(check->scope->ctx, parts, n, &binding, &why)) {
        if (!check->strict) {
            lf_buf_free(&why);
            return true; /* it fails when it is read */
        }
        return fail(check, LF_D_EXPR_NAME, part, &why);
    }
    lf_buf_free(&why);
    bind(check, nth_inner(node, n - binding.used), &binding);
    return true;
}

static bool select_from(lf_check *check, lf_node *node) {
    uint8_t of = node->kids[0]->type;
    if (check->strict && of != LF_T_MAP && of != LF_T_DYN) {
        lf_parse_fail(check->parse, LF_D_EXPR_TYPE, node->offset, "a %s has no member %q",
                      lf_type_name(of), node->name);
        return false;
    }
    node->type = node->test ? LF_T_BOOL : of == LF_T_MAP ? node->kids[0]->item : LF_T_DYN;
    return true;
}

/* The types of the selections behind what a loop or the scope knows. */
static bool type_selections(lf_check *check, lf_node *node) {
    if (node->bound) {
        node->type = node->test ? LF_T_BOOL : node->binding.type;
        return true;
    }
    return node->kind == LF_NODE_IDENT ||
           (type_selections(check, node->kids[0]) && select_from(check, node));
}

static bool check_name(lf_check *check, lf_node *node, uint32_t parts) {
    lf_node *first = nth_inner(node, parts - 1);
    const lf_node *loop = first->absolute ? NULL : loop_of(check, first->name);
    if (loop != NULL) {
        first->slot = loop->slot + LF_SLOT_VARIABLE;
        first->type = loop->item;
    } else if (!resolve(check, node, parts)) {
        return false;
    }
    return type_selections(check, node);
}

/* ---- calls ---- */
static bool call_fail(lf_check *check, const lf_node *node) {
    lf_buf why;
    lf_buf_init(&why, &check->parse->arena->mem);
    lf_buf_format(&why, "%q does not take", node->name);
    for (uint32_t i = 0; i < node->n; i++) {
        lf_buf_format(&why, "%s %s", i == 0 ? "" : " and", lf_type_name(node->kids[i]->type));
    }
    return fail(check, LF_D_EXPR_TYPE, node, &why);
}

static bool unknown_function(lf_check *check, const lf_node *node) {
    lf_buf why;
    lf_buf_init(&why, &check->parse->arena->mem);
    lf_str best = {NULL, 0};
    bool known = false;
    for (uint16_t i = 0; i < lf_function_count; i++) {
        lf_str name = lf_str_of(lf_functions[i].name);
        known = known || lf_str_eq(name, node->name);
        best = best.n > 0 ? best : lf_nearest(node->name, &name, 1);
    }
    lf_buf_format(&why, known ? "%q is not called like this" : "unknown function %q", node->name);
    if (!known && best.n > 0) {
        lf_buf_format(&why, " (did you mean %q?)", best);
    }
    return fail(check, LF_D_EXPR_NAME, node, &why);
}

/* Without the checker, a call of something unknown is an error only when it is reached. */
static bool fails_later(lf_node *node) {
    node->kind = LF_NODE_LITERAL;
    node->value = lf_value_error("unknown function");
    return true;
}

static const lf_function *find_function(lf_check *check, lf_node *node) {
    for (uint16_t i = 0; i < lf_function_count; i++) {
        const lf_function *f = &lf_functions[i];
        bool history = f->special == LF_HISTORY || f->special == LF_AGE;
        if (f->n_args == node->n && f->method == node->method &&
            lf_str_eq(lf_str_of(f->name), node->name) && (!history || check->scope->history)) {
            node->function = i;
            return f;
        }
    }
    return NULL;
}

static bool is_text(const lf_node *node) {
    return node->kind == LF_NODE_LITERAL && node->value.type == LF_T_STRING;
}

static bool take_duration(lf_check *check, lf_node *node, const lf_node *arg, bool negative_ok) {
    if (!is_text(arg) || !lf_duration_parse(arg->value.u.s, negative_ok, &node->history.duration)) {
        lf_parse_fail(check->parse, LF_D_EXPR_TYPE, arg->offset,
                      "%q takes a duration such as '30d', given literally", node->name);
        return false;
    }
    int64_t length = node->history.duration < 0 ? -node->history.duration : node->history.duration;
    check->longest = length > check->longest ? length : check->longest;
    return true;
}

/* The name that a history function is given; idle() means "*". */
static bool take_literal(lf_check *check, lf_node *node, const lf_node *arg, uint8_t fn) {
    enum lf_literal kind = fn == LF_H_IN_STATE  ? LF_LIT_MACHINE
                           : fn == LF_H_TAGGED  ? LF_LIT_TAG
                           : fn == LF_H_FLAGGED ? LF_LIT_FLAG
                                                : LF_LIT_EVENT;
    lf_str text = fn == LF_H_IDLE ? LF_STR("*") : arg->value.u.s;
    if (fn != LF_H_IDLE && !is_text(arg)) {
        lf_parse_fail(check->parse, LF_D_EXPR_TYPE, arg->offset, "%q takes a name, given literally",
                      node->name);
        return false;
    }
    lf_buf why;
    uint32_t deps = 0;
    lf_buf_init(&why, &check->parse->arena->mem);
    if (!check->scope->literal(check->scope->ctx, kind, text, &node->history.id, &deps, &why)) {
        return fail(check, LF_D_EXPR_NAME, arg, &why);
    }
    lf_buf_free(&why);
    check->deps |= deps;
    return true;
}

static bool check_history(lf_check *check, lf_node *node, const lf_function *f) {
    uint8_t fn = f->detail;
    node->history = (lf_history){.fn = fn, .id = -1};
    node->type = fn == LF_H_COUNT ? LF_T_INT : fn == LF_H_LAST ? LF_T_TIMESTAMP : LF_T_BOOL;
    if (!take_literal(check, node, node->kids[0], fn)) {
        return false;
    }
    check->history = check->history || (fn != LF_H_TAGGED && fn != LF_H_FLAGGED);
    bool timed = fn == LF_H_COUNT || fn == LF_H_WITHIN || fn == LF_H_IN_STATE || fn == LF_H_IDLE;
    return !timed || take_duration(check, node, node->kids[node->n - 1], false);
}

/* Text that is compared with a closed set must be in it. */
static bool check_domain(lf_check *check, const lf_node *set, const lf_node *text) {
    if (set->domain < 0) {
        return true;
    }
    if (text->kind == LF_NODE_LIST) {
        for (uint32_t i = 0; i < text->n; i++) {
            if (!check_domain(check, set, text->kids[i])) {
                return false;
            }
        }
        return true;
    }
    lf_buf why;
    lf_buf_init(&why, &check->parse->arena->mem);
    if (!is_text(text) ||
        check->scope->member(check->scope->ctx, set->domain, text->value.u.s, &why)) {
        lf_buf_free(&why);
        return true;
    }
    return fail(check, LF_D_EXPR_NAME, text, &why);
}

static bool check_plain(lf_check *check, lf_node *node, const lf_function *f) {
    const lf_node *args[2] = {node->kids[0], node->n > 1 ? node->kids[1] : NULL};
    node->type = f->check(args, &node->item);
    if (node->type == LF_T_ERROR) {
        if (check->strict) {
            return call_fail(check, node);
        }
        node->type = LF_T_DYN;
    }
    bool equality = node->n == 2 && !node->method &&
                    (f->name[0] == '=' || f->name[0] == '!' || f->name[0] == 'i');
    return !equality ||
           (check_domain(check, args[0], args[1]) && check_domain(check, args[1], args[0]));
}

static bool check_call(lf_check *check, lf_node *node) {
    const lf_function *f = find_function(check, node);
    if (f != NULL && f->special == LF_LATER) {
        lf_parse_fail(check->parse, LF_D_EXPR_NAME, node->offset, "%q is not supported yet",
                      node->name);
        return false;
    }
    if (f != NULL && f->special == LF_HISTORY) {
        return check_history(check, node, f);
    }
    uint32_t args = f != NULL && f->special == LF_AGE ? 1 : node->n;
    for (uint32_t i = 0; i < args; i++) {
        if (!lf_check_node(check, node->kids[i])) {
            return false;
        }
    }
    if (f == NULL) {
        return check->strict ? unknown_function(check, node) : fails_later(node);
    }
    if (f->special == LF_AGE) {
        check->history = true;
        node->type = f->check((const lf_node *const *)node->kids, &node->item);
        return node->type == LF_T_ERROR ? call_fail(check, node)
                                        : take_duration(check, node, node->kids[1], true);
    }
    return check_plain(check, node, f);
}

/* ---- the rest ---- */
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
    if (check->strict && a != b && a != LF_T_DYN && b != LF_T_DYN && a != LF_T_NULL && b != LF_T_NULL) {
        lf_parse_fail(check->parse, LF_D_EXPR_TYPE, node->offset,
                      "the two results differ in type: %s and %s", lf_type_name(a), lf_type_name(b));
        return false;
    }
    node->type = a == b ? a : LF_T_DYN;
    node->item = node->kids[1]->item == node->kids[2]->item ? node->kids[1]->item : LF_T_DYN;
    return true;
}

static bool check_list(lf_check *check, lf_node *node) {
    if (!check_kids(check, node)) {
        return false;
    }
    bool list = node->kind == LF_NODE_LIST;
    uint32_t step = list ? 1 : 2, first = step - 1; /* a map's keys do not count */
    node->type = list ? LF_T_LIST : LF_T_MAP;
    node->item = node->n > 0 ? node->kids[first]->type : LF_T_DYN;
    for (uint32_t i = first; i < node->n; i += step) {
        if (node->kids[i]->type != node->item) {
            node->item = LF_T_DYN;
        }
    }
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
        lf_parse_fail(check->parse, LF_D_EXPR_TYPE, node->offset, "a macro goes over a list or map, not %s",
                      lf_type_name(range));
        return false;
    }
    uint8_t item = range == LF_T_LIST ? node->kids[0]->item : LF_T_DYN;
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
    node->item = node->loop == LF_LOOP_MAP && fine ? node->kids[2]->type : item;
    return fine;
}

static bool check_index(lf_check *check, lf_node *node) {
    if (!check_kids(check, node)) {
        return false;
    }
    uint8_t of = node->kids[0]->type;
    if (check->strict && of != LF_T_LIST && of != LF_T_MAP && of != LF_T_DYN) {
        lf_parse_fail(check->parse, LF_D_EXPR_TYPE, node->offset, "a %s has no items", lf_type_name(of));
        return false;
    }
    node->type = of == LF_T_DYN ? LF_T_DYN : node->kids[0]->item;
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
        return check_call(check, node);
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
        lf_parse_fail(check->parse, LF_D_EXPR_TYPE, node->offset, "messages are not supported");
        return false;
    }
}

/* SPDX-License-Identifier: MIT */
/* Calls: which function of the table it is, and whether the arguments suit it. */
#include "expr/expr_internal.h"
#include "time/timing.h"

/* "a string or bytes": the types of a set. */
static void put_types(lf_buf *why, uint16_t types) {
    bool first = true;
    for (unsigned type = LF_T_NULL; type < LF_T_ERROR; type++) {
        if (types >> type & 1) {
            types = (uint16_t)(types & ~(1u << type));
            lf_buf_format(why, "%s%s",
                          first           ? " "
                          : types >> type ? ", "
                                          : " or ",
                          lf_type_name((uint8_t)type));
            first = false;
        }
    }
}

static bool call_fail(lf_check *check, const lf_node *node) {
    const lf_function *f = &lf_functions[node->function];
    bool prefix = node->name.n == 2 && node->name.p[1] == '_'; /* -x and !x */
    lf_buf why;
    lf_buf_init(&why, &check->parse->arena->mem);
    lf_buf_format(&why, "%q takes", (lf_str){f->name, prefix ? 1 : strlen(f->name)});
    if (f->words != NULL) {
        lf_buf_format(&why, " %s", f->words);
    }
    for (uint32_t i = 0; f->words == NULL && i < node->n; i++) {
        lf_buf_text(&why, i == 0 ? "" : " and");
        put_types(&why, f->takes[i]);
    }
    lf_buf_text(&why, ", not");
    for (uint32_t i = 0; i < (f->special == LF_AGE ? 1 : node->n); i++) {
        const lf_node *kid = node->kids[i];
        bool of = kid->type == LF_T_LIST && kid->item != LF_T_DYN;
        lf_buf_format(&why, "%s %s%s%s", i == 0 ? "" : " and", lf_type_name(kid->type),
                      of ? " of " : "", of ? lf_type_name(kid->item & 15) : "");
    }
    return lf_check_fail(check, LF_D_EXPR_TYPE, node, &why);
}

/* Is that its name? `sets.contains(a, b)` reads like a method of `sets`, and so does its node. */
bool lf_call_named(const lf_node *node, const char *name) {
    const char *dot = strchr(name, '.');
    if (dot == NULL) {
        return lf_str_eq(node->name, lf_str_of(name));
    }
    return node->method && node->kids[0]->kind == LF_NODE_IDENT &&
           lf_str_eq(node->kids[0]->name, (lf_str){name, (size_t)(dot - name)}) &&
           lf_str_eq(node->name, lf_str_of(dot + 1));
}

/* Without the checker, a call of something unknown is an error only when it is reached. */
static bool fails_later(lf_node *node) {
    node->kind = LF_NODE_LITERAL;
    node->value = lf_value_error("unknown function");
    return true;
}

/* Is it `sets.contains` or its like, however many arguments it is given? */
static bool is_dotted(const lf_node *node) {
    for (uint16_t i = 0; i < lf_function_count; i++) {
        const char *name = lf_functions[i].name;
        if (strchr(name, '.') != NULL && lf_call_named(node, name)) {
            return true;
        }
    }
    return false;
}

/* With a dot in its name the target of what looks like a method is none. */
static const lf_function *find_function(lf_check *check, lf_node *node) {
    bool dotted = is_dotted(node), method = node->method && !dotted;
    for (uint16_t i = 0; i < lf_function_count; i++) {
        const lf_function *f = &lf_functions[i];
        if (f->n_args == node->n - dotted && f->method == method &&
            dotted == (strchr(f->name, '.') != NULL) && lf_call_named(node, f->name) &&
            (f->special == LF_PLAIN || check->scope->history)) {
            node->function = i;
            node->method = method;
            node->kids += dotted;
            node->n -= dotted;
            return f;
        }
    }
    return NULL;
}

static bool is_text(const lf_node *node) {
    return node->kind == LF_NODE_LITERAL && node->value.type == LF_T_STRING;
}

static bool take_duration(lf_check *check, lf_node *node, const lf_node *arg, bool negative_ok) {
    int64_t *duration = &node->history.duration;
    if (!is_text(arg)) {
        lf_parse_fail(check->parse, LF_D_EXPR_TYPE, arg->offset,
                      "%q takes a duration such as '30d', given literally", node->name);
        return false;
    }
    if (!lf_duration_parse(arg->value.u.s, true, duration)) {
        lf_parse_fail(check->parse, LF_D_EXPR_TYPE, arg->offset,
                      "%q is no duration such as '30d' or '1h30m'", arg->value.u.s);
        return false;
    }
    if (*duration < 0 && !negative_ok) {
        lf_parse_fail(check->parse, LF_D_EXPR_TYPE, arg->offset,
                      "the duration of %q cannot be negative", node->name);
        return false;
    }
    int64_t length = *duration < 0 ? -*duration : *duration;
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
    if (!lf_arena_str(check->arena, text, &text)) {
        check->parse->status = LF_E_NOMEM;
        return false;
    }
    lf_buf why;
    uint32_t deps = 0;
    lf_buf_init(&why, &check->parse->arena->mem);
    if (!check->scope->literal(check->scope->ctx, kind, text, &node->history.id, &deps, &why)) {
        return lf_check_fail(check, LF_D_EXPR_NAME, arg, &why);
    }
    lf_buf_free(&why);
    check->deps |= deps;
    return true;
}

static bool check_history(lf_check *check, lf_node *node, const lf_function *f) {
    uint8_t fn = f->detail;
    node->history = (lf_history){.fn = fn, .id = -1, .least = 1, .enough = INT64_MAX};
    node->type = fn == LF_H_COUNT ? LF_T_INT : fn == LF_H_LAST ? LF_T_TIMESTAMP : LF_T_BOOL;
    if (!take_literal(check, node, node->kids[0], fn)) {
        return false;
    }
    check->reads = true;
    check->history = check->history || (fn != LF_H_TAGGED && fn != LF_H_FLAGGED);
    bool timed = fn == LF_H_COUNT || fn == LF_H_WITHIN || fn == LF_H_IN_STATE || fn == LF_H_IDLE;
    return !timed || take_duration(check, node, node->kids[node->n - 1], false);
}

/* Text that is compared with a closed set must be in it. */
static bool check_domain(lf_check *check, const lf_node *set, const lf_node *text) {
    if (set->domain < 0) {
        return true;
    }
    bool list = text->kind == LF_NODE_LIST, map = text->kind == LF_NODE_MAP; /* its keys */
    if (list || map || text->kind == LF_NODE_IF) {
        for (uint32_t i = list || map ? 0 : 1; i < text->n; i += map ? 2 : 1) {
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
    return lf_check_fail(check, LF_D_EXPR_NAME, text, &why);
}

/* count("x", "30d") >= 3 needs no more than the three newest, and knows when it may change. */
static void note_threshold(const lf_node *node) {
    static const uint8_t turned[] = {LF_CMP_EQ, LF_CMP_NE, LF_CMP_GT,
                                     LF_CMP_GE, LF_CMP_LT, LF_CMP_LE};
    bool swapped = node->kids[0]->kind == LF_NODE_LITERAL;
    lf_node *count = node->kids[swapped];
    const lf_value *literal = &node->kids[!swapped]->value; /* of another kind of node: null */
    if (count->kind != LF_NODE_CALL || lf_functions[count->function].special != LF_HISTORY ||
        count->history.fn != LF_H_COUNT || literal->type != LF_T_INT) {
        return;
    }
    uint16_t how = swapped ? turned[node->function] : node->function;
    bool equality = how == LF_CMP_EQ || how == LF_CMP_NE;
    bool above = equality || how == LF_CMP_GT || how == LF_CMP_LE;
    count->history.enough = lf_sat_add(literal->u.i, above);
    count->history.least = equality ? literal->u.i : count->history.enough;
    if (count->history.enough < 1) { /* every count is more than that: it never changes */
        count->history.enough = 1;
        count->history.least = 2;
    }
}

/* Sets the type of the result, or fails. */
static bool check_types(lf_check *check, lf_node *node, const lf_function *f) {
    bool fine = true;
    for (uint32_t i = 0; i < node->n; i++) {
        uint8_t type = node->kids[i]->type;
        fine = fine && (type == LF_T_DYN || f->takes[i] >> type & 1);
    }
    uint32_t whole = !fine              ? LF_T_ERROR
                     : f->check != NULL ? f->check((const lf_node *const *)node->kids)
                                        : f->gives | (uint32_t)f->item << 4;
    if (whole == LF_T_ERROR && check->strict) {
        return call_fail(check, node);
    }
    lf_node_typed(node, whole == LF_T_ERROR ? LF_T_DYN : whole);
    return true;
}

/* A zone that is given literally must be one. */
static bool check_zone(lf_check *check, const lf_node *node) {
    const lf_node *zone = node->kids[1];
    int32_t offset;
    check->reads = true;
    if (!is_text(zone) || check->scope->zone == NULL ||
        lf_zone_is_fixed(zone->value.u.s, &offset)) {
        return true;
    }
    lf_buf why;
    lf_buf_init(&why, &check->parse->arena->mem);
    if (!check->scope->zone(check->scope->ctx, zone->value.u.s, &why)) {
        return lf_check_fail(check, LF_D_EXPR_NAME, zone, &why);
    }
    lf_buf_free(&why);
    return true;
}

static bool check_plain(lf_check *check, lf_node *node, const lf_function *f) {
    if (!check_types(check, node, f)) {
        return false;
    }
    if (node->function <= LF_CMP_GE) {
        note_threshold(node);
    }
    if (f->run == lf_run_select_time && node->n > 1 && !check_zone(check, node)) {
        return false;
    }
    bool closed = node->function <= LF_CMP_NE || node->function == LF_IN;
    return !closed || (check_domain(check, node->kids[0], node->kids[1]) &&
                       check_domain(check, node->kids[1], node->kids[0]));
}

bool lf_check_call(lf_check *check, lf_node *node) {
    const lf_function *f = find_function(check, node);
    if (f == NULL) {
        return !lf_foreign_refused(check->parse, node) &&
               (check->strict ? lf_check_unknown_call(check, node) : fails_later(node));
    }
    if (f->special == LF_HISTORY) {
        return check_history(check, node, f);
    }
    uint32_t args = f->special == LF_AGE ? 1 : node->n; /* the other is a literal */
    for (uint32_t i = 0; i < args; i++) {
        if (!lf_check_node(check, node->kids[i])) {
            return false;
        }
    }
    if (f->special == LF_PLAIN) {
        return check_plain(check, node, f) && lf_check_pattern(check, node);
    }
    check->history = check->reads = true;
    node->kids[1]->type = LF_T_STRING;
    return check_types(check, node, f) && take_duration(check, node, node->kids[1], true);
}

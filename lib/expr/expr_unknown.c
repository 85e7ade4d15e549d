/* SPDX-License-Identifier: MIT */
/* What is said of a call that suits no row of the table: how it is called, or what is near. */
#include "expr/expr_internal.h"

/* What can be called and is no row of the table: the parser has made loops of those that fit. */
static const struct {
    const char *name, *usage;
} macros[] = {{"has", "has(a.b)"},
              {"all", "a.all(x, condition)"},
              {"exists", "a.exists(x, condition)"},
              {"exists_one", "a.exists_one(x, condition)"},
              {"map", "a.map(x, value) or a.map(x, condition, value)"},
              {"filter", "a.filter(x, condition)"}};

/* size(a), a.contains(b) */
static void put_usage(lf_buf *out, const lf_function *f) {
    uint32_t argument = 0;
    if (f->method) {
        lf_buf_text(out, "a.");
        argument++;
    }
    lf_buf_format(out, "%s(", f->name);
    for (; argument < f->n_args; argument++) {
        lf_buf_text(out, argument > f->method ? ", " : "");
        lf_buf_byte(out, (uint8_t)('a' + argument));
    }
    lf_buf_byte(out, ')');
}

bool lf_call_usages(lf_buf *out, lf_str name) {
    uint32_t n = 0;
    for (size_t i = 0; i < LF_COUNT(macros); i++) {
        if (lf_str_eq(name, lf_str_of(macros[i].name))) {
            lf_buf_format(out, "%q is called as %s", name, macros[i].usage);
            return true;
        }
    }
    for (uint16_t i = 0; i < lf_function_count; i++) {
        const lf_function *f = &lf_functions[i];
        if (!lf_str_eq(lf_str_of(f->name), name)) {
            continue;
        }
        if (n++ == 0) {
            lf_buf_format(out, "%q is called as ", name);
        } else {
            lf_buf_text(out, " or ");
        }
        if (f->special == LF_HISTORY) {
            lf_buf_text(out, f->words);
        } else {
            put_usage(out, f);
        }
    }
    return n > 0;
}

static void put_nearest(lf_buf *out, lf_str name) {
    lf_suggest known = lf_suggest_for(name);
    for (uint16_t i = LF_IN + 1; i < lf_function_count; i++) {
        const char *other = lf_functions[i].name;
        bool again = strcmp(other, lf_functions[i - 1].name) == 0;
        if (other[0] >= 'a' && !again) { /* not the operators */
            lf_suggest_add(&known, lf_str_of(other));
        }
    }
    for (size_t i = 0; i < LF_COUNT(macros); i++) {
        lf_suggest_add(&known, lf_str_of(macros[i].name));
    }
    lf_suggest_say(&known, "function", out);
}

static bool only_elsewhere(const lf_check *check, lf_str name) {
    for (uint16_t i = 0; i < lf_function_count && !check->scope->history; i++) {
        if (lf_functions[i].special != LF_PLAIN &&
            lf_str_eq(lf_str_of(lf_functions[i].name), name)) {
            return true;
        }
    }
    return false;
}

bool lf_check_unknown_call(lf_check *check, const lf_node *node) {
    lf_str name = node->name;
    lf_buf why;
    lf_buf_init(&why, &check->parse->arena->mem);
    for (uint16_t i = 0; i < lf_function_count; i++) {
        const char *dotted = strchr(lf_functions[i].name, '.');
        if (dotted != NULL && lf_call_named(node, lf_functions[i].name)) {
            name = lf_str_of(lf_functions[i].name);
        }
    }
    if (only_elsewhere(check, name)) {
        lf_buf_format(&why, "%q cannot be used here", name);
    } else if (!lf_call_usages(&why, name)) {
        put_nearest(&why, name);
    }
    return lf_check_fail(check, LF_D_EXPR_NAME, node, &why);
}

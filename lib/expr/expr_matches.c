/* SPDX-License-Identifier: MIT */
/* The function matches(): a pattern that is a literal is compiled with the expression. */
#include "expr/expr_internal.h"
#include "regex/regex.h"

/* What is made of a pattern is gone after it: only its steps count, which bound it. */
static lf_status match_text(lf_str pattern, lf_str text, lf_arena *scratch, uint64_t *left,
                            bool *found, lf_regex_error *error) {
    const lf_regex *regex;
    lf_arena own;
    lf_arena_init(&own, &scratch->mem);
    lf_status status = lf_regex_compile(&own, pattern, left, &regex, error);
    if (status == LF_OK) {
        status = lf_regex_match(regex, text, scratch, left, found);
    }
    lf_arena_free(&own);
    return status;
}

lf_value lf_run_matches(const lf_value *args, lf_run *run) {
    lf_meter *meter = &run->meter;
    lf_regex_error error = {.text = NULL};
    uint64_t most = meter->cost < meter->limit ? meter->limit - meter->cost : 0, left = most;
    bool found = false;
    lf_status status =
        args[1].type == LF_T_REGEX
            ? lf_regex_match(args[1].u.regex, args[0].u.s, run->scratch, &left, &found)
            : match_text(args[1].u.s, args[0].u.s, run->scratch, &left, &found, &error);
    lf_charge(meter, status == LF_E_LIMIT ? most + 1 : most - left);
    switch (status) {
    case LF_OK:
    case LF_E_LIMIT: /* nobody will look at it */
        return lf_value_bool(found);
    case LF_E_PARSE:
        return lf_value_error(error.text);
    default:
        return (lf_value){.type = LF_T_ABSENT};
    }
}

/* Where in the source a place of the literal's text is: known if no escape stands before it. */
static uint32_t place_in(const lf_parse *ps, const lf_node *literal, size_t offset) {
    lf_str text = literal->value.u.s;
    const char *p = ps->source.p + literal->offset, *end = ps->source.p + ps->source.n;
    while (p < end && *p != '\'' && *p != '"') { /* r, for raw */
        p++;
    }
    size_t quotes = end - p >= 6 && p[1] == *p && p[2] == *p ? 3 : 1;
    bool same = (size_t)(end - p) >= quotes + offset &&
                (offset == 0 || memcmp(p + quotes, text.p, offset) == 0);
    return same ? (uint32_t)((size_t)(p - ps->source.p) + quotes + offset) : literal->offset;
}

bool lf_check_pattern(lf_check *check, lf_node *node) {
    lf_node *pattern = node->kids[node->n - 1];
    if (lf_functions[node->function].run != lf_run_matches || pattern->kind != LF_NODE_LITERAL ||
        pattern->value.type != LF_T_STRING) {
        return true;
    }
    lf_regex_error error;
    const lf_regex *regex;
    lf_status status =
        lf_regex_compile(check->arena, pattern->value.u.s, &check->patterns, &regex, &error);
    if (status == LF_E_PARSE && !check->strict) {
        return true; /* it fails when it is reached */
    }
    if (status == LF_E_PARSE) {
        lf_parse_fail(check->parse, LF_D_EXPR_SYNTAX, place_in(check->parse, pattern, error.offset),
                      "in the pattern: %s", error.text);
    } else if (status == LF_E_LIMIT) {
        lf_parse_fail(check->parse, LF_D_EXPR_LIMIT, pattern->offset,
                      "patterns that take more than %u steps to make",
                      (uint64_t)LF_PATTERN_STEPS * check->parse->limits->cost);
    } else if (status != LF_OK) {
        check->parse->status = status;
    } else {
        pattern->value = (lf_value){.type = LF_T_REGEX, .u.regex = regex};
    }
    return status == LF_OK;
}

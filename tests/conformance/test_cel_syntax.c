/* SPDX-License-Identifier: MIT */
/*
 * What is CEL and what is not: lf_expr_parse_only against cel_syntax.jsonl and cel_syntax_own.jsonl.
 * By their tags: `optional` is a syntax that CEL leaves to options and that we do not have, and
 * `option_off` with `quoted_fields` says what happens without an option that we always have on;
 * `compile` cases may parse but must not compile; `deep` ones must come back soon, either way.
 */
#include <time.h>

#include "expr/expr.h"
#include "jsonl.h"

#define DEEP_SECONDS 5 /* generous: with sanitizers and on a busy machine */

static bool tagged(const lf_json *line, const char *tag) {
    const lf_json *tags = lf_json_get(line, LF_STR("tags"));
    for (uint32_t i = 0; tags != NULL && i < tags->n; i++) {
        if (lf_str_eq(tags->u.items[i].text, lf_str_of(tag))) {
            return true;
        }
    }
    return false;
}

/* The source out of `expr`, or out of `parts`: pairs of a text and how often it stands there. */
static lf_str source_of(lf_arena *arena, const lf_json *line) {
    const lf_json *parts = lf_json_get(line, LF_STR("parts"));
    size_t n = 0;
    if (parts == NULL) {
        return text_of(line, "expr");
    }
    for (uint32_t i = 0; i < parts->n; i++) {
        n += parts->u.items[i].u.items[0].text.n * (size_t)parts->u.items[i].u.items[1].u.i;
    }
    char *source = lf_arena_alloc(arena, n);
    n = 0;
    for (uint32_t i = 0; i < parts->n; i++) {
        lf_str text = parts->u.items[i].u.items[0].text;
        for (int64_t times = parts->u.items[i].u.items[1].u.i; times > 0; times--) {
            memcpy(source + n, text.p, text.n);
            n += text.n;
        }
    }
    return (lf_str){source, n};
}

static bool no_name(void *ctx, const lf_str *parts, uint32_t n, lf_binding *out, lf_buf *why) {
    (void)ctx, (void)parts, (void)n, (void)out;
    lf_buf_text(why, "there are no names");
    return false;
}

/* Parses a copy of exactly its size: a sanitizer sees what is read behind its end. */
static lf_status parse(lf_arena *arena, lf_str source, bool compile, lf_expr_error *error) {
    lf_mem mem = libc_mem();
    lf_scope scope = {.name = no_name};
    const lf_expr *expr;
    char *copy = malloc(source.n + (source.n == 0));
    assert_non_null(copy);
    memcpy(copy, source.p, source.n);
    lf_status status = lf_expr_parse_only(&mem, (lf_str){copy, source.n}, error);
    if (status == LF_OK && compile) {
        status = lf_expr_compile(arena, (lf_str){copy, source.n}, &scope, LF_T_DYN, &expr, error);
    }
    free(copy);
    return status;
}

static void syntax_case(tally *t, lf_arena *arena, const lf_json *line) {
    if (tagged(line, "optional") || (tagged(line, "option_off") && tagged(line, "quoted_fields"))) {
        t->skipped++;
        return;
    }
    lf_str source = source_of(arena, line);
    lf_mem mem = libc_mem();
    lf_expr_error error = {.line = 0};
    lf_buf_init(&error.text, &mem);
    clock_t start = clock();
    lf_status status = parse(arena, source, tagged(line, "compile"), &error);
    double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
    const lf_json *ok = lf_json_get(line, LF_STR("ok"));
    bool fine = lf_json_is(ok, LF_JSON_BOOL) ? (status == LF_OK) == ok->boolean
                                             : status == LF_OK || status == LF_E_PARSE;
    bool placed = status == LF_OK || (error.line > 0 && error.column > 0 &&
                                      error.offset <= source.n && error.text.n > 0);
    count_case(t, fine && placed && seconds < DEEP_SECONDS, "%s: %s at %u:%u (%.1f s)", show(line),
               status == LF_OK ? "accepted" : lf_buf_cstr(&error.text), error.line, error.column,
               seconds);
    lf_buf_free(&error.text);
}

static void cel_syntax(void **state) {
    (void)state;
    tally t = {.name = "cel syntax"};
    each_case("cel/cel_syntax.jsonl", &t, syntax_case);
    tally_done(&t);
}

static void cel_syntax_own(void **state) {
    (void)state;
    tally t = {.name = "cel syntax, own"};
    each_case("cel/cel_syntax_own.jsonl", &t, syntax_case);
    tally_done(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cel_syntax),
        cmocka_unit_test(cel_syntax_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

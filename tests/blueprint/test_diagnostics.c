/* SPDX-License-Identifier: MIT */
/*
 * Blueprints and what is said of them. A file in cases/ holds, for each case, a line `## name`, the
 * document (before it, behind a line `@ preset`, what it extends), a line `=>`, and all that must be
 * reported, in order, a line each:
 *
 *     error|finding code pointer [preset:]line:column text
 *
 * with `.` for the pointer to the whole document. Nothing behind `=>`: the document is accepted.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <setjmp.h>

#include <cmocka.h>

#include "blueprint/definitions.h"

#define MOST_PRESETS 8u

typedef struct one_case {
    lf_str name, document, expected;
    lf_source presets[MOST_PRESETS];
    uint32_t n_presets;
} one_case;

static lf_str read_file(const char *path) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        fail_msg("cannot open %s", path);
    }
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    assert_true(size >= 0);
    rewind(file);
    char *text = malloc((size_t)size + 1);
    assert_non_null(text);
    assert_int_equal(fread(text, 1, (size_t)size, file), size);
    fclose(file);
    return (lf_str){text, (size_t)size};
}

static lf_str take_line(lf_str *rest) {
    const char *end = rest->n == 0 ? NULL : memchr(rest->p, '\n', rest->n);
    size_t n = end == NULL ? rest->n : (size_t)(end - rest->p);
    lf_str line = {rest->p, n};
    n += end != NULL;
    *rest = (lf_str){rest->p + n, rest->n - n};
    return line;
}

static bool is_mark(lf_str line, const char *mark) {
    return lf_str_starts(line, lf_str_of(mark));
}

/* Cuts one case off; false: there is none left. */
static bool take_case(lf_str *rest, one_case *out) {
    lf_str *part = &out->document, line;
    *out = (one_case){.name = {NULL, 0}};
    while (rest->n > 0 && !is_mark(*rest, "## ")) {
        take_line(rest);
    }
    line = take_line(rest);
    if (line.n == 0) {
        return false;
    }
    out->name = (lf_str){line.p + 3, line.n - 3};
    out->document.p = rest->p;
    while (rest->n > 0 && !is_mark(*rest, "## ")) {
        line = take_line(rest);
        if (is_mark(line, "=>")) {
            part = &out->expected;
        } else if (is_mark(line, "@ ")) {
            lf_source *preset = &out->presets[out->n_presets++];
            preset->name = (lf_str){line.p + 2, line.n - 2};
            part = &preset->text;
        } else if (is_mark(line, "@@")) {
            part = &out->document;
            part->p = rest->p;
        } else {
            part->p = part->p == NULL ? line.p : part->p;
            part->n = (size_t)(rest->p - part->p);
        }
    }
    return true;
}

static void put_found(const lf_diags *diags, lf_buf *out) {
    for (uint32_t i = 0; i < diags->n; i++) {
        const lf_diag *diag = &diags->items[i];
        lf_buf_format(out, "%s %s %S %S%s%u:%u %S\n", diag->is_error ? "error" : "finding",
                      lf_diag_code_name(diag->code), diag->pointer.n == 0 ? LF_STR(".") : diag->pointer,
                      diag->source, diag->source.n == 0 ? "" : ":", (uint64_t)diag->line,
                      (uint64_t)diag->column, diag->text);
    }
}

/* Without the empty lines between this case and the next. */
static lf_str stripped(lf_str s) {
    while (s.n > 1 && s.p[s.n - 1] == '\n' && s.p[s.n - 2] == '\n') {
        s.n--;
    }
    return s.n == 1 && s.p[0] == '\n' ? (lf_str){s.p, 0} : s;
}

static bool run_case(const char *file, const one_case *c, bool lint) {
    lf_mem mem;
    lf_diags diags;
    lf_buf found;
    lf_blueprint *bp = NULL;
    lf_mem_from(&mem, NULL);
    lf_diags_init(&diags, &mem);
    lf_buf_init(&found, &mem);
    lf_status status =
        lf_definitions_parse(&mem, c->document, c->presets, c->n_presets, lint, &diags, &bp);
    put_found(&diags, &found);
    lf_str expected = stripped(c->expected);
    bool same = lf_str_eq(expected, (lf_str){found.p, found.n});
    bool answered = status == (diags.n_errors > 0 ? LF_E_PARSE : LF_OK) && (bp != NULL) == (status == LF_OK);
    if (!same || !answered) {
        print_message("%s: %.*s\n--- expected\n%.*s--- found (%s)\n%s---\n", file, (int)c->name.n,
                      c->name.p, (int)expected.n, expected.p == NULL ? "" : expected.p,
                      lf_status_name(status), lf_buf_cstr(&found));
    }
    lf_definitions_unref(bp);
    lf_buf_free(&found);
    lf_diags_free(&diags);
    return same && answered;
}

static void run_file(const char *name, bool lint) {
    char path[512];
    const char *root = getenv("LEADFLOW_CASES");
    snprintf(path, sizeof path, "%s/%s.txt", root == NULL ? "tests/blueprint/cases" : root, name);
    lf_str text = read_file(path), rest = text;
    one_case c;
    unsigned n = 0, failed = 0;
    while (take_case(&rest, &c)) {
        failed += !run_case(name, &c, lint);
        n++;
    }
    free((void *)(uintptr_t)text.p);
    print_message("%s: %u cases\n", name, n);
    assert_true(n > 0);
    assert_int_equal(failed, 0);
}

#define RUN(name, lint) \
    static void name(void **state) { \
        (void)state; \
        run_file(#name, lint); \
    }
RUN(documents, false)
RUN(fields, false)
RUN(events, false)
RUN(scores, false)
RUN(machines, false)
RUN(segments, false)
RUN(actions, false)
RUN(templates, false)
RUN(sequences, false)
RUN(conditions, false)
RUN(lint, true)

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(documents), cmocka_unit_test(fields),    cmocka_unit_test(events),
        cmocka_unit_test(scores),    cmocka_unit_test(machines),  cmocka_unit_test(segments),
        cmocka_unit_test(actions),   cmocka_unit_test(templates), cmocka_unit_test(sequences),
        cmocka_unit_test(conditions), cmocka_unit_test(lint)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * Blueprints and what is said of them, in files. A file in cases/ holds, for each case, a line `## name`,
 * the document (before it, behind a line `@ preset`, what it extends, or behind `@ previous` what was there before it,
 * and then a line `@@`), a line `=>`,
 * and all that must be reported, in order, a line each:
 *
 *     error|finding code pointer [preset:]line:column text
 *
 * with `.` for the pointer to the whole document. Nothing behind `=>`: the document is accepted.
 */
#pragma once

#include "parse.h"

#define MOST_PRESETS 8u

typedef struct one_case {
    lf_str name, document, expected;
    lf_source presets[MOST_PRESETS];
    uint32_t n_presets;
} one_case;

/* The files, and whether the linter runs. */
static const struct {
    const char *name;
    bool lint;
} case_files[] = {{"documents", false}, {"fields", false},     {"events", false},
                  {"scores", false},    {"machines", false},   {"segments", false},
                  {"actions", false},   {"caps", false},       {"templates", false},
                  {"sequences", false}, {"conditions", false}, {"checked", false},
                  {"renamed", false},   {"lint", true},        {"two_of_each", true}};

/* The text of a file; free() it. */
static inline lf_str read_cases(const char *name) {
    char path[512];
    const char *root = getenv("LEADFLOW_CASES");
    snprintf(path, sizeof path, "%s/%s.txt", root == NULL ? "tests/blueprint/cases" : root, name);
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

static inline lf_str take_line(lf_str *rest) {
    const char *end = rest->n == 0 ? NULL : memchr(rest->p, '\n', rest->n);
    size_t n = end == NULL ? rest->n : (size_t)(end - rest->p);
    lf_str line = {rest->p, n};
    n += end != NULL;
    *rest = (lf_str){rest->p + n, rest->n - n};
    return line;
}

static inline bool is_mark(lf_str line, const char *mark) {
    return lf_str_starts(line, lf_str_of(mark));
}

/* Cuts one case off; false: there is none left. */
static inline bool take_case(lf_str *rest, one_case *out) {
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

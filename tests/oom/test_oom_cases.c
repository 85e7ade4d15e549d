/* SPDX-License-Identifier: MIT */
/*
 * Without memory: the blueprints in blueprint/cases, most of which are refused. In the end the same is said of
 * them as in a run in which nothing failed. blueprint/cases.h says what the files look like.
 */
#define _POSIX_C_SOURCE 200809L /* open_memstream */
#include "oom.h"

#include <stdio.h>

#define MOST_PRESETS 8

typedef struct document { /* and what it extends */
    const char *preset_names[MOST_PRESETS], *preset_texts[MOST_PRESETS];
    size_t n_presets;
    const char *text;
} document;

typedef struct parsing {
    heap *h;
    const document *document;
    bool lint;
    char *said; /* of the last parse that came to an end */
} parsing;

static char *all_said(const lf_diagnostics *d) {
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    for (size_t i = 0; i < lf_diagnostics_count(d); i++) {
        const char *source = lf_diagnostics_source(d, i);
        fprintf(out, "%d %s %s %s %u:%u %s\n", lf_diagnostics_is_error(d, i),
                lf_diagnostics_code(d, i), lf_diagnostics_pointer(d, i),
                source == NULL ? "." : source, lf_diagnostics_line(d, i),
                lf_diagnostics_column(d, i), lf_diagnostics_text(d, i));
    }
    fclose(out);
    return text;
}

static lf_status parse(void *ctx) {
    parsing *p = ctx;
    lf_allocator allocator = heap_allocator(p->h);
    lf_blueprint_options options;
    lf_diagnostics *diagnostics;
    lf_blueprint *blueprint = (lf_blueprint *)ctx;
    lf_status status = lf_diagnostics_new(&allocator, &diagnostics);
    if (status != LF_OK) {
        return status;
    }
    lf_blueprint_options_init(&options, sizeof options);
    options.allocator = &allocator;
    options.preset_names = p->document->preset_names;
    options.preset_texts = p->document->preset_texts;
    options.preset_count = p->document->n_presets;
    options.lint = p->lint;
    const char *text = p->document->text;
    status = lf_blueprint_parse(text, strlen(text), &options, diagnostics, &blueprint);
    assert_true((status == LF_OK) == (blueprint != NULL));
    if (status == LF_OK || status == LF_E_PARSE) {
        assert_false(p->h->failed);
        p->said = all_said(diagnostics);
        status = LF_OK;
    }
    lf_blueprint_unref(blueprint);
    lf_diagnostics_free(diagnostics);
    return status;
}

static void nothing_is_left(void *ctx) {
    assert_int_equal(((parsing *)ctx)->h->live, 0);
}

static void fail_parse(const document *d, bool lint) {
    heap h = {.live = 0};
    parsing p = {.h = &h, .document = d, .lint = lint};
    OK(parse(&p));
    char *expected = p.said;
    for (int forever = 0; forever < 2; forever++) {
        oom_until_it_works(&h, forever, parse, nothing_is_left, &p);
        assert_string_equal(p.said, expected);
        free(p.said);
    }
    assert_int_equal(h.live, 0);
    free(expected);
}

/* Lines that begin so start a part of a case. */
static bool begins(const char *line, const char *mark) {
    return strncmp(line, mark, strlen(mark)) == 0;
}

/* The line behind this one, or its end; the line break becomes a NUL if `cut`. */
static char *behind(char *line, bool cut) {
    char *end = strchr(line, '\n');
    if (end == NULL) {
        return line + strlen(line);
    }
    if (cut) {
        *end = '\0';
    }
    return end + 1;
}

/* The text up to a line that begins with `@` or `=>` becomes a string; that line. */
static char *cut_text(char *text) {
    char *line = text;
    while (line[0] != '\0' && line[0] != '@' && !begins(line, "=>")) {
        line = behind(line, false);
    }
    if (line > text && line[0] != '\0') {
        line[-1] = '\0';
    }
    return line;
}

static void run_file(void **state) {
    char path[128];
    size_t size, n = 0;
    snprintf(path, sizeof path, "tests/blueprint/cases/%s.txt", (const char *)*state);
    char *text = read_file(path, &size), *line = text;
    while (line[0] != '\0') {
        document d = {.text = NULL};
        if (!begins(line, "## ")) {
            line = behind(line, false);
            continue;
        }
        line = behind(line, true);
        while (begins(line, "@ ")) {
            assert_true(d.n_presets < MOST_PRESETS);
            d.preset_names[d.n_presets] = line + 2;
            line = behind(line, true);
            d.preset_texts[d.n_presets++] = line;
            line = cut_text(line);
        }
        line = begins(line, "@@") ? behind(line, false) : line;
        d.text = line;
        line = cut_text(line);
        fail_parse(&d, strcmp(*state, "lint") == 0);
        n++;
    }
    assert_true(n > 3);
    free(text);
}

int main(void) {
    static const char *const files[] = {
        "documents", "fields",    "events",     "scores",  "machines", "segments", "actions",
        "templates", "sequences", "conditions", "checked", "renamed",  "lint"};
    struct CMUnitTest tests[sizeof files / sizeof files[0]];
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        tests[i] = (struct CMUnitTest){
            .name = files[i], .test_func = run_file, .initial_state = (void *)(uintptr_t)files[i]};
    }
    return cmocka_run_group_tests(tests, oom_begin, oom_end);
}

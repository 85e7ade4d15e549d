/* SPDX-License-Identifier: MIT */
/*
 * What the conformance tests share: where the data is, whole files, lines of JSON, and a tally that
 * shows the first failures and counts the rest.
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <setjmp.h>

#include <cmocka.h>

#include "json/json.h"

#define SHOWN_FAILURES 40u

typedef struct tally {
    const char *name;
    unsigned passed, failed, skipped;
} tally;

static inline lf_mem libc_mem(void) {
    lf_mem mem;
    lf_mem_from(&mem, NULL);
    return mem;
}

/* The path of a file of the test data; NULL if it is not here (which is said, and does not fail). */
static inline const char *testdata(const char *file) {
    static char path[1024];
    const char *root = getenv("LEADFLOW_TESTDATA");
    root = root == NULL || root[0] == '\0' ? "../shared/testdata" : root;
    snprintf(path, sizeof path, "%s/%s", root, file);
    FILE *there = fopen(path, "rb");
    if (there == NULL) {
        print_message("# SKIPPED: there is no '%s' (set LEADFLOW_TESTDATA)\n", path);
        return NULL;
    }
    fclose(there);
    return path;
}

/* A whole file in a block of exactly its size, so that a sanitizer sees a read behind its end. */
static inline lf_str read_file(const char *path) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        fail_msg("cannot open %s", path);
    }
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    assert_true(size >= 0);
    rewind(file);
    char *text = malloc(size == 0 ? 1 : (size_t)size);
    assert_non_null(text);
    assert_int_equal(fread(text, 1, (size_t)size, file), size);
    fclose(file);
    return (lf_str){text, (size_t)size};
}

static inline void drop_file(lf_str file) {
    free((void *)(uintptr_t)file.p);
}

/* The next line without its end; false: there is none. */
static inline bool next_line(lf_str file, size_t *at, lf_str *line) {
    if (*at >= file.n) {
        return false;
    }
    const char *from = file.p + *at, *end = memchr(from, '\n', file.n - *at);
    line->p = from;
    line->n = end == NULL ? file.n - *at : (size_t)(end - from);
    *at += line->n + 1;
    return true;
}

/* Counts one case; `format` tells a failure. */
__attribute__((format(printf, 3, 4))) static inline void count_case(tally *t, bool fine,
                                                                    const char *format, ...) {
    t->passed += fine;
    t->failed += !fine;
    if (!fine && t->failed <= SHOWN_FAILURES) {
        va_list args;
        char text[2048];
        va_start(args, format);
        vsnprintf(text, sizeof text, format, args);
        va_end(args);
        print_message("# FAILED %s: %s\n", t->name, text);
    }
}

static inline void tally_done(const tally *t) {
    print_message("# %s: %u passed, %u failed", t->name, t->passed, t->failed);
    print_message(t->skipped > 0 ? ", %u skipped\n" : "\n", t->skipped);
    assert_int_equal(t->failed, 0);
    assert_true(t->passed > 0);
}

/* Calls `run` with each line of a file, parsed; a line that is no JSON fails. Skips without data. */
static inline void each_case(const char *file, tally *t,
                             void (*run)(tally *t, lf_arena *arena, const lf_json *line)) {
    const char *path = testdata(file);
    if (path == NULL) {
        skip();
        return;
    }
    lf_str text = read_file(path), line;
    lf_mem mem = libc_mem();
    lf_arena arena;
    lf_arena_init(&arena, &mem);
    uint32_t number = 1;
    for (size_t at = 0; next_line(text, &at, &line); number++) {
        const lf_json *json = NULL;
        lf_json_error error;
        lf_arena_reset(&arena);
        if (line.n == 0) {
            continue;
        }
        if (lf_json_parse(&arena, line, 0, 200, number, &json, &error) != LF_OK) {
            count_case(t, false, "%s:%u: %s", file, error.line, error.text);
        } else {
            run(t, &arena, json);
        }
    }
    lf_arena_free(&arena);
    drop_file(text);
}

/* A text member; "" if there is none. */
static inline lf_str text_of(const lf_json *object, const char *name) {
    const lf_json *v = lf_json_get(object, lf_str_of(name));
    return lf_json_is(v, LF_JSON_STRING) ? v->text : lf_str_of("");
}

/* A value as JSON, for a message; static, the last few stay valid. */
static inline const char *show(const lf_json *v) {
    static char texts[4][600];
    static unsigned next;
    char *text = texts[next++ % LF_COUNT(texts)];
    lf_mem mem = libc_mem();
    lf_buf buf;
    lf_buf_init(&buf, &mem);
    if (v != NULL) {
        lf_json_put(&buf, v);
    }
    snprintf(text, sizeof texts[0], "%s", v == NULL ? "nothing" : lf_buf_cstr(&buf));
    lf_buf_free(&buf);
    return text;
}

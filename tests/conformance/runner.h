/* SPDX-License-Identifier: MIT */
/*
 * What the programs share that take cases of others, one JSON object a line: each line that fails is printed,
 * with what was wrong behind it, and at the end `N passed, M failed`. The exit status is 1 if any failed, 2 if a
 * file cannot be read.
 */
#pragma once

#include <stdio.h>
#include <stdlib.h>

#include "json/json.h"

typedef struct runner {
    unsigned passed, failed;
    unsigned refused;       /* cases that need not be supported, and are not */
    const char *refused_as; /* what they are called; NULL: "refused" */
    const char *path;       /* of the present file */
    lf_str line;            /* the present one, as it stands in the file */
} runner;
typedef void (*runner_case)(runner *r, lf_arena *arena, const lf_json *line);

static inline void runner_done(runner *r, bool fine, const char *what) {
    r->passed += fine;
    r->failed += !fine;
    if (!fine) {
        printf("%.*s\n    %s\n", (int)r->line.n, r->line.p, what);
    }
}

/* A text member; "" if there is none. */
static inline lf_str runner_text(const lf_json *object, const char *name) {
    const lf_json *v = lf_json_get(object, lf_str_of(name));
    return lf_json_is(v, LF_JSON_STRING) ? v->text : lf_str_of("");
}

static inline bool runner_tagged(const lf_json *line, const char *tag) {
    const lf_json *tags = lf_json_get(line, LF_STR("tags"));
    for (uint32_t i = 0; tags != NULL && i < tags->n; i++) {
        if (lf_str_eq(tags->u.items[i].text, lf_str_of(tag))) {
            return true;
        }
    }
    return false;
}

/* The file in a block of its size; p is NULL if it cannot be read. */
static inline lf_str runner_file(const char *path) {
    lf_str none = {NULL, 0};
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0) {
        return none;
    }
    long size = ftell(file);
    rewind(file);
    char *text = malloc((size_t)size + 1);
    size_t n = text == NULL ? 0 : fread(text, 1, (size_t)size, file);
    fclose(file);
    return (lf_str){text, n};
}

static inline void runner_lines(runner *r, lf_arena *arena, lf_str file, runner_case run) {
    for (size_t at = 0; at < file.n; at += r->line.n + 1) {
        const char *end = memchr(file.p + at, '\n', file.n - at);
        r->line.p = file.p + at;
        r->line.n = end == NULL ? file.n - at : (size_t)(end - r->line.p);
        const lf_json *line;
        lf_json_error error;
        lf_arena_reset(arena);
        if (r->line.n == 0) {
            continue;
        }
        if (lf_json_parse(arena, r->line, 0, 200, 1, &line, &error) == LF_OK) {
            run(r, arena, line);
        } else {
            runner_done(r, false, error.text);
        }
    }
}

static inline int runner_main(int argc, char **argv, runner_case run) {
    runner r = {.passed = 0};
    lf_mem mem;
    lf_arena arena;
    if (lf_mem_from(&mem, NULL) != LF_OK) {
        return 2;
    }
    lf_arena_init(&arena, &mem);
    for (int i = 1; i < argc; i++) {
        lf_str file = runner_file(argv[i]);
        if (file.p == NULL) {
            fprintf(stderr, "%s: cannot be read\n", argv[i]);
            return 2;
        }
        r.path = argv[i];
        runner_lines(&r, &arena, file, run);
        free((void *)(uintptr_t)file.p);
    }
    lf_arena_free(&arena);
    if (r.refused > 0) {
        printf("%u %s\n", r.refused, r.refused_as != NULL ? r.refused_as : "refused");
    }
    printf("%u passed, %u failed\n", r.passed, r.failed);
    return r.failed > 0;
}

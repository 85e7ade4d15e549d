/* SPDX-License-Identifier: MIT */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_MEMORY (64u << 20)

_Noreturn void fuzz_wrong(const char *what, const char *more) {
    fprintf(stderr, "wrong: %s%s%s\n", what, more == NULL ? "" : ": ", more == NULL ? "" : more);
    abort();
}

void fuzz_ok(lf_status status, const char *what) {
    if (status != LF_OK) {
        fuzz_wrong(what, lf_status_name(status));
    }
}

/* ---- memory ---- */
static size_t in_use;

static void *count(void *user, void *ptr, size_t old_size, size_t new_size) {
    (void)user;
    if (new_size > MOST_MEMORY || in_use - old_size > MOST_MEMORY - new_size) {
        fuzz_wrong("more than 64 MB in use", NULL);
    }
    void *more = NULL;
    if (new_size == 0) {
        free(ptr);
    } else if ((more = realloc(ptr, new_size)) == NULL) {
        return NULL;
    }
    in_use += new_size - old_size;
    return more;
}

lf_allocator fuzz_allocator(void) {
    lf_allocator allocator;
    lf_allocator_init(&allocator, sizeof allocator);
    allocator.realloc_fn = count;
    in_use = 0;
    return allocator;
}

void fuzz_all_given_back(void) {
    if (in_use != 0) {
        fuzz_wrong("memory that nobody gave back", NULL);
    }
}

/* ---- diagnostics ---- */
static int is_pointer(const char *text) {
    if (*text != '\0' && *text != '/') {
        return 0;
    }
    for (; *text != '\0'; text++) {
        if (*text == '~' && text[1] != '0' && text[1] != '1') {
            return 0;
        }
    }
    return 1;
}

/* The bytes of a line, counted from 0; SIZE_MAX: there is no such line. */
static size_t line_length(const char *text, size_t len, uint32_t line) {
    const char *end = text + len, *start = text;
    for (; line > 0; line--) {
        const char *newline = memchr(start, '\n', (size_t)(end - start));
        if (newline == NULL) {
            return SIZE_MAX;
        }
        start = newline + 1;
    }
    const char *newline = memchr(start, '\n', (size_t)(end - start));
    return (size_t)((newline == NULL ? end : newline) - start);
}

void fuzz_diagnostics(const lf_diagnostics *said, const char *text, size_t len,
                      uint32_t first_line) {
    for (size_t i = 0; i < lf_diagnostics_count(said); i++) {
        uint32_t line = lf_diagnostics_line(said, i), column = lf_diagnostics_column(said, i);
        const char *words = lf_diagnostics_text(said, i), *code = lf_diagnostics_code(said, i);
        if (code == NULL || *code == '\0' || words == NULL || *words == '\0') {
            fuzz_wrong("a diagnostic without code or text", code);
        }
        if (!is_pointer(lf_diagnostics_pointer(said, i))) {
            fuzz_wrong("no JSON Pointer", lf_diagnostics_pointer(said, i));
        }
        if (line == 0 && column == 0) {
            continue; /* of the whole, or of what is not written anywhere */
        }
        size_t length = line < first_line ? SIZE_MAX : line_length(text, len, line - first_line);
        if (length == SIZE_MAX || column == 0 || column > length + 1) {
            fuzz_wrong("a place outside the text", words);
        }
    }
}

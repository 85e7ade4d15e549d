/* SPDX-License-Identifier: MIT */
/*
 * Regular expressions: a pattern, NUL, a text. A pattern that is accepted gives the answer of regex_model.c, and the
 * steps that were taken are those that are needed: with as many it answers the same, with one less it ends. One that is
 * refused has a place within it.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "regex/regex.h"
#include "regex_model.h"

#define PLENTY UINT64_C(10000000)

static void same_with_its_steps(lf_arena *arena, const lf_regex *regex, lf_str text, uint64_t used,
                                bool found) {
    bool again = !found;
    uint64_t steps = used;
    fuzz_ok(lf_regex_match(regex, text, arena, &steps, &again), "the steps do not suffice");
    if (again != found || steps != 0) {
        fuzz_wrong("the same search is another", NULL);
    }
    steps = used - 1;
    if (lf_regex_match(regex, text, arena, &steps, &again) != LF_E_LIMIT) {
        fuzz_wrong("it works with less steps", NULL);
    }
}

static void search(lf_arena *arena, const lf_regex *regex, lf_str pattern, lf_str text) {
    uint64_t steps = PLENTY;
    bool found;
    fuzz_ok(lf_regex_match(regex, text, arena, &steps, &found), "search");
    same_with_its_steps(arena, regex, text, PLENTY - steps, found);
    int expected = regex_model(pattern, text);
    if (expected >= 0 && expected != found) {
        fuzz_wrong(found ? "a match that is none" : "a match was missed", NULL);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const char *end = size == 0 ? NULL : memchr(data, '\0', size);
    lf_str pattern = {(const char *)data, end == NULL ? size : (size_t)(end - (const char *)data)};
    lf_str text = end == NULL ? lf_str_of("") : (lf_str){end + 1, size - pattern.n - 1};
    lf_mem mem;
    lf_arena arena;
    const lf_regex *regex;
    lf_regex_error error = {NULL, SIZE_MAX};
    lf_allocator allocator = fuzz_allocator();
    text.n = text.n > REGEX_MODEL_TEXT ? REGEX_MODEL_TEXT : text.n;
    fuzz_ok(lf_mem_from(&mem, &allocator), "memory");
    lf_arena_init(&arena, &mem);
    lf_status status = lf_regex_compile(&arena, pattern, NULL, &regex, &error);
    if (status == LF_OK) {
        search(&arena, regex, pattern, text);
    } else if (status != LF_E_PARSE || error.text == NULL || error.offset > pattern.n) {
        fuzz_wrong("refused without a reason", NULL);
    }
    lf_arena_free(&arena);
    fuzz_all_given_back();
    return 0;
}

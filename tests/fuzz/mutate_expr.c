/* SPDX-License-Identifier: MIT */
/*
 * How libFuzzer changes expressions: half of the time as text, else as a tree, so that they stay CEL. A part takes the
 * place of another part, of the same expression or of a second one. Only for run.sh.
 */
#include <string.h>

#include "fuzz.h"

#include "../expr/print.h"
#include "expr/expr_internal.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *data1, size_t size1, const uint8_t *data2,
                                 size_t size2, uint8_t *out, size_t max_size, unsigned seed);

#define MOST_PARTS 4096u

typedef struct parts {
    lf_node **at[MOST_PARTS];
    uint32_t n;
} parts;

static uint32_t next_random(uint64_t *state) {
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*state >> 33);
}

static void gather(lf_node **at, parts *out) {
    if (*at == NULL || out->n == MOST_PARTS) {
        return;
    }
    out->at[out->n++] = at;
    for (uint32_t i = 0; i < (*at)->n; i++) {
        gather(&(*at)->kids[i], out);
    }
}

static lf_node *parse(lf_arena *arena, const uint8_t *data, size_t size) {
    lf_expr_error error = {.code = 0};
    lf_parse ps = {.arena = arena,
                   .source = {(const char *)data, size},
                   .limits = &lf_expr_defaults,
                   .error = &error};
    lf_buf_init(&error.text, &arena->mem);
    lf_node *root = lf_parse_source(&ps);
    lf_buf_free(&error.text);
    return root;
}

/* `from` NULL: a leaf, or a part of the expression itself. 0: it came to nothing. */
static size_t put_part(const uint8_t *to, size_t to_size, const uint8_t *from, size_t from_size,
                       uint8_t *out, size_t max_size, unsigned seed) {
    static parts targets, sources;
    static const char *const leaves[] = {"0",
                                         "1",
                                         "-1",
                                         "9223372036854775807",
                                         "1u",
                                         "1.5",
                                         "1e308",
                                         "''",
                                         "'a'",
                                         "'na\xc3\xafve'",
                                         "b'\\xff'",
                                         "[]",
                                         "{}",
                                         "null",
                                         "true",
                                         "x",
                                         "contact.industry",
                                         "contact.interests",
                                         "event.props",
                                         "event.amount",
                                         "event.at",
                                         "state.lifecycle",
                                         "score.lead",
                                         "duration('1h30m')",
                                         "timestamp('2024-02-29T23:59:59.999999999Z')",
                                         "count('page_view', '90s')",
                                         "idle('2s')",
                                         "dyn(1)",
                                         "int"};
    uint64_t random = seed;
    size_t n = 0;
    lf_mem mem;
    lf_arena arena;
    lf_buf text;
    lf_mem_from(&mem, NULL);
    lf_arena_init(&arena, &mem);
    lf_buf_init(&text, &mem);
    const char *leaf = leaves[next_random(&random) % LF_COUNT(leaves)];
    bool pick_leaf = from == NULL && next_random(&random) % 2 == 0;
    lf_node *root = parse(&arena, to, to_size);
    lf_node *other =
        pick_leaf      ? parse(&arena, (const uint8_t *)leaf, strlen(leaf))
        : from == NULL ? parse(&arena, to, to_size) /* a part of itself may hold what it replaces */
                       : parse(&arena, from, from_size);
    if (root != NULL && other != NULL) {
        targets.n = sources.n = 0;
        gather(&root, &targets);
        gather(&other, &sources);
        *targets.at[next_random(&random) % targets.n] =
            pick_leaf ? other : *sources.at[next_random(&random) % sources.n];
        print_tree(&text, root);
        n = text.n <= max_size ? text.n : 0;
        memcpy(out, text.p, n);
    }
    lf_buf_free(&text);
    lf_arena_free(&arena);
    return n;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed) {
    uint64_t random = seed;
    size_t n =
        next_random(&random) % 2 == 0 ? 0 : put_part(data, size, NULL, 0, data, max_size, seed);
    return n > 0 ? n : LLVMFuzzerMutate(data, size, max_size);
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *data1, size_t size1, const uint8_t *data2,
                                 size_t size2, uint8_t *out, size_t max_size, unsigned seed) {
    return put_part(data1, size1, data2, size2, out, max_size, seed);
}

/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* dl_iterate_phdr */
#include "watch.h"

#include <inttypes.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>

#include <leadflow/leadflow.h>

#define MOST_CHAINS (1u << 18)

static uintptr_t start, end, base; /* of the library's code, and of the library */
static bool *failed;               /* for each place in its code */
static uint64_t *chains;           /* hashes of those that failed; 0: free */
static size_t n_chains;

/* ---- the library ---- */
static int find_code(struct dl_phdr_info *object, size_t size, void *inside) {
    (void)size;
    for (int i = 0; i < object->dlpi_phnum; i++) {
        uintptr_t from = object->dlpi_addr + object->dlpi_phdr[i].p_vaddr;
        uintptr_t to = from + object->dlpi_phdr[i].p_memsz;
        if (object->dlpi_phdr[i].p_type == PT_LOAD && (uintptr_t)inside - from < to - from) {
            start = from;
            end = to;
            base = object->dlpi_addr;
            return 1;
        }
    }
    return 0;
}

void watch_begin(void) {
    /* A function of it, as its address. */
    if (dl_iterate_phdr(find_code, (void *)(uintptr_t)lf_version) == 0) {
        abort();
    }
    failed = calloc(end - start, sizeof *failed);
    chains = calloc(MOST_CHAINS, sizeof *chains);
    n_chains = 0;
}

/* ---- chains ---- */
static bool is_new(uint64_t chain) {
    size_t at = chain % MOST_CHAINS;
    while (chains[at] != 0 && chains[at] != chain) {
        at = (at + 1) % MOST_CHAINS;
    }
    if (chains[at] == chain) {
        return false;
    }
    if (++n_chains > MOST_CHAINS / 2) {
        abort();
    }
    chains[at] = chain;
    return true;
}

/* A frame begins with the caller's frame, then comes where it returns to. */
static uintptr_t returns_to(const uintptr_t *frame) {
    return frame[1] - start < end - start ? frame[1] : 0;
}

bool watch_choose(const void *frame, bool forever) {
    uint64_t chain = forever ? 2 : 1;
    for (const uintptr_t *f = frame; returns_to(f) != 0; f = (const uintptr_t *)f[0]) {
        chain = (chain ^ returns_to(f)) * UINT64_C(0x9e3779b97f4a7c15);
        chain ^= chain >> 29;
    }
    if (!is_new(chain)) {
        return false;
    }
    for (const uintptr_t *f = frame; returns_to(f) != 0; f = (const uintptr_t *)f[0]) {
        failed[returns_to(f) - start] = true;
    }
    return true;
}

void watch_end(const char *path) {
    FILE *file = fopen(path, "w");
    if (file == NULL) {
        abort();
    }
    for (uintptr_t i = 0; i < end - start; i++) {
        if (failed[i]) {
            fprintf(file, "%" PRIxPTR "\n", start + i - base);
        }
    }
    fclose(file);
    free(failed);
    free(chains);
}

/* SPDX-License-Identifier: MIT */
#include "source.h"
#include "support.h"

const bool source_locks = false;

void *source_open(lf_store *store, bool with_lock) {
    lf_memstore *memory;
    (void)with_lock;
    OK(lf_memstore_new(NULL, &memory));
    lf_store_init(store, sizeof *store);
    OK(lf_memstore_store(memory, store));
    return memory;
}

void source_close(void *source) {
    lf_memstore_free(source);
}

/* SPDX-License-Identifier: MIT */
#include "../api/source.h"
#include "../api/support.h"

#include <leadflow_sqlite.h>

const bool source_locks = true;

void *source_open(lf_store *store, bool with_lock) {
    lf_sqlite *sqlite;
    OK(lf_sqlite_open(":memory:", &sqlite));
    lf_sqlite_store(sqlite, store);
    if (!with_lock) {
        store->lock = NULL;
        store->unlock = NULL;
    }
    return sqlite;
}

void source_close(void *source) {
    lf_sqlite_close(source);
}

/* SPDX-License-Identifier: MIT */
/* The store that a test program runs on, beside the plain one: the one in memory or the one on SQLite, by which of
 * memory_source.c and sqlite_source.c is linked. */
#pragma once

#include <leadflow/leadflow.h>

#include <stdbool.h>

extern const bool source_locks; /* it can offer lock and unlock */
/* Of an empty store; fails the test where that cannot be. */
void *source_open(lf_store *store, bool with_lock);
void source_close(void *source); /* after its engines; may be NULL */

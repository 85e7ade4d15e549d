/* SPDX-License-Identifier: MIT */
/* What the two halves of bench_store share: the engine (bench_store.c), and the same rows by hand (bench_hand.c). */
#pragma once

#include <leadflow_sqlite.h>

#include <leadflow/leadflow.h>

#include <time.h>

typedef struct input {
    const char *line, *contact;
    size_t len, contact_len;
    int64_t now; /* the newest `at` of its contact so far */
} input;

typedef struct inputs {
    input *items;
    size_t n;
} inputs;

struct how {
    const char *path, *synchronous;
    size_t batch;
};

typedef struct result {
    size_t lives, events, effects;
    double wall, cpu;
} result;

/* ---- bench_store.c ---- */
void need(int good, const char *what);      /* or all ends */
void *copy(const void *bytes, size_t size); /* with a NUL behind it */
double seconds(clockid_t clock);
lf_engine *open_engine(lf_blueprint *blueprint, const lf_store *store, const char *tenant);
void take(lf_engine *engine, const input *item);
lf_sqlite *open_store(const struct how *how); /* empty, with its tables */

/* ---- bench_hand.c ---- */
/* Writes what an engine commits of the events, for the tenants t0, t1... */
void run_hand(lf_blueprint *blueprint, const inputs *in, const struct how *how, size_t lives,
              result *r);
/* Both files hold the same rows, or all ends. */
void compare(const char *path, const char *other);

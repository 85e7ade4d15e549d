/* SPDX-License-Identifier: MIT */
/*
 * What waiting costs: contacts in the store in memory, each in one sequence whose next step is due within 30 days,
 * and virtual time that goes on by a day. One JSON object a line on standard output.
 *
 *     bench_wait [CONTACTS...]      10000 and 1000000 if none are given
 *
 * `enrol`: an event is taken in, the contact is made and waits. `wake`: one of a day's contacts is claimed, its step is
 * run, the message made, the next wait begun, and all that committed. `idle`: asking again, when nothing is due.
 * `step`: the same wake without a store, of a contact in memory. The floor is what any store of bytes has to do for a
 * wake: `copy`, of as many bytes, out of the contact's block and into a new one.
 */
#define _POSIX_C_SOURCE 200809L
#include <leadflow/leadflow.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DAY INT64_C(86400000)
#define START (INT64_C(20454) * DAY) /* 2026-01-01 */
#define MONTH 30
#define DAYS 3

static const char json[] =
    "{\"leadflow\":1,\"events\":{\"signup\":{},\"unsubscribe\":{}},\"consent\":{\"email\":\"opt_"
    "out\"},"
    "\"templates\":{\"tip\":{\"channel\":\"email\",\"subject\":\"A tip\",\"body\":\"Did you "
    "know?\"}},"
    "\"sequences\":{\"tips\":{\"owner\":\"care\",\"trigger\":[{\"event\":\"signup\"}],"
    "\"exit\":[{\"event\":\"unsubscribe\"}],\"steps\":[{\"label\":\"pause\",\"wait\":{\"for\":"
    "\"30d\"}},"
    "{\"label\":\"tip\",\"send\":\"tip\"},{\"goto\":\"pause\"}]}}}";

typedef struct world {
    lf_blueprint *blueprint;
    lf_memstore *memstore;
    lf_engine *engine;
    size_t n;
} world;

static void need(int good, const char *what) {
    if (!good) {
        fprintf(stderr, "bench_wait: %s\n", what);
        exit(1);
    }
}

static double seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void report(const char *what, size_t contacts, size_t n, double time) {
    printf("{\"bench\":\"%s\",\"contacts\":%zu,\"n\":%zu,\"seconds\":%.3f,\"ns\":%.0f}\n", what,
           contacts, n, time, n == 0 ? 0 : time * 1e9 / (double)n);
    fflush(stdout);
}

/* ---- bytes of the store, counted ---- */
static size_t held;

static void *count(void *user, void *block, size_t old_size, size_t new_size) {
    (void)user;
    held += new_size - old_size;
    if (new_size == 0) {
        free(block);
        return NULL;
    }
    void *moved = realloc(block, new_size);
    need(moved != NULL, "out of memory");
    return moved;
}

/* ---- the world ---- */
static lf_status deliver(void *user, const lf_effect *effect, lf_receipt *receipt) {
    (void)user;
    (void)effect;
    (void)receipt;
    return LF_OK;
}

static world open_world(size_t n) {
    world w = {.n = n};
    lf_allocator allocator;
    lf_store store;
    lf_delivery delivery;
    lf_engine_options options;
    lf_allocator_init(&allocator, sizeof allocator);
    allocator.realloc_fn = count;
    need(lf_blueprint_parse(json, sizeof json - 1, NULL, NULL, &w.blueprint) == LF_OK,
         "the blueprint is wrong");
    need(lf_memstore_new(&allocator, &w.memstore) == LF_OK, "out of memory");
    lf_store_init(&store, sizeof store);
    lf_memstore_store(w.memstore, &store);
    lf_delivery_init(&delivery, sizeof delivery);
    delivery.deliver = deliver;
    lf_engine_options_init(&options, sizeof options);
    options.store = &store;
    options.delivery = &delivery;
    need(lf_engine_new(w.blueprint, &options, &w.engine) == LF_OK, "no engine");
    return w;
}

static void close_world(world *w) {
    lf_engine_free(w->engine);
    lf_memstore_free(w->memstore);
    lf_blueprint_unref(w->blueprint);
}

/* Somebody else each time, so that neighbours in time are not neighbours in memory. */
static size_t shuffled(size_t i, size_t n) {
    return (size_t)((uint64_t)i * UINT64_C(7368787) % n); /* a prime */
}

static int64_t signup_time(size_t i, size_t n) {
    return START + (int64_t)((double)i / (double)n * (double)(MONTH * DAY));
}

static void signup(lf_event *event, size_t i, size_t n) {
    char id[32];
    int len = snprintf(id, sizeof id, "contact-%07zu", shuffled(i, n));
    need(lf_event_start(event, id, (size_t)len, "signup", 6, signup_time(i, n), NULL, 0, NULL) ==
                 LF_OK &&
             lf_event_check(event, NULL) == LF_OK,
         "no event");
}

/* ---- what is measured ---- */
static void enrol(world *w) {
    lf_event *event;
    double time = 0;
    need(lf_event_new(w->blueprint, &event) == LF_OK, "out of memory");
    for (size_t i = 0; i < w->n; i += 1000) { /* what the events themselves cost is left out */
        double start = seconds();
        for (size_t j = i; j < i + 1000 && j < w->n; j++) {
            signup(event, j, w->n);
            need(lf_engine_take(w->engine, event, signup_time(j, w->n), NULL, NULL) == LF_OK,
                 "refused");
        }
        time += seconds() - start;
    }
    report("enrol", w->n, w->n, time);
    lf_event_free(event);
}

static void drain(world *w, int64_t now) {
    size_t done;
    double start = seconds();
    need(lf_engine_deliver(w->engine, now, SIZE_MAX, &done) == LF_OK, "not delivered");
    report("deliver", w->n, done, seconds() - start);
}

static void wake(world *w) {
    size_t done;
    for (int day = 1; day <= DAYS; day++) {
        int64_t now = START + (MONTH + day) * DAY - 1;
        double start = seconds();
        need(lf_engine_run_due(w->engine, now, SIZE_MAX, &done) == LF_OK, "not woken");
        report("wake", w->n, done, seconds() - start);
        start = seconds();
        need(lf_engine_run_due(w->engine, now, SIZE_MAX, &done) == LF_OK && done == 0,
             "woken twice");
        report("idle", w->n, 1, seconds() - start);
        drain(w, now);
    }
}

static void size(const world *w) {
    printf("{\"bench\":\"waiting_contact\",\"contacts\":%zu,\"stored_bytes\":%.0f,\"memory_bytes\":"
           "%.0f}\n",
           w->n, (double)lf_memstore_bytes(w->memstore) / (double)w->n,
           (double)held / (double)w->n);
}

/* One contact, month by month. */
static void step_alone(const world *w) {
    lf_step *step = NULL;
    lf_contact *contact = NULL;
    lf_event *event = NULL;
    need(lf_step_new(w->blueprint, "default", &step) == LF_OK &&
             lf_contact_new(w->blueprint, "contact-0000000", 15, &contact) == LF_OK &&
             lf_event_new(w->blueprint, &event) == LF_OK,
         "out of memory");
    signup(event, 0, w->n);
    need(lf_step_take(step, contact, event, START, NULL, NULL) == LF_OK, "refused");
    double start = seconds();
    size_t n = 50000;
    for (size_t i = 1; i <= n; i++) {
        need(lf_step_wake(step, contact, START + (int64_t)i * MONTH * DAY) == LF_OK &&
                 lf_step_effect_count(step) == 1,
             "no message");
    }
    report("step", 1, n, seconds() - start);
    lf_event_free(event);
    lf_contact_free(contact);
    lf_step_free(step);
}

static void copy(const world *w) {
    size_t bytes = (size_t)(lf_memstore_bytes(w->memstore) / w->n), n = w->n;
    char **blocks = malloc(n * sizeof *blocks), *out = malloc(bytes);
    need(blocks != NULL && out != NULL, "out of memory");
    for (size_t i = 0; i < n; i++) {
        blocks[i] = calloc(1, bytes);
        need(blocks[i] != NULL, "out of memory");
    }
    double start = seconds();
    size_t some = n / MONTH;
    for (size_t i = 0; i < some; i++) {
        char **block = &blocks[shuffled(i, n)], *fresh = malloc(bytes);
        need(fresh != NULL, "out of memory");
        memcpy(out, *block, bytes);
        out[i % bytes]++;
        memcpy(fresh, out, bytes);
        free(*block);
        *block = fresh;
    }
    report("copy", n, some, seconds() - start);
    for (size_t i = 0; i < n; i++) {
        free(blocks[i]);
    }
    free(blocks);
    free(out);
}

static void run(size_t n) {
    world w = open_world(n);
    enrol(&w);
    drain(&w, START + MONTH * DAY - 1);
    size(&w);
    wake(&w);
    step_alone(&w);
    copy(&w);
    close_world(&w);
}

int main(int argc, char **argv) {
    if (argc < 2) {
        run(10000);
        run(1000000);
    }
    for (int i = 1; i < argc; i++) {
        run((size_t)strtoul(argv[i], NULL, 10));
    }
    return 0;
}

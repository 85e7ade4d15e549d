/* SPDX-License-Identifier: MIT */
/*
 * How fast events go through an engine into a file of SQLite, one by one, a hundred and a thousand in a transaction,
 * and how fast the same rows go there by hand: one JSON object a line on standard output.
 *
 *     bench_store BLUEPRINT EVENTS [FOLDER [SECONDS]]
 *
 * `engine` takes the events in from JSON, for one tenant after the other, each into the same store
 * (examples/sqlite). `hand` writes what that committed, to a file of its own, by the same statements: for each event
 * it reads the contact, and then stores its row, its bytes and its effects. It is the floor: no rules, no JSON, no
 * encoding. In the end both files must hold the same rows. The folder (default: the present one) should be on the
 * disk in question. Times are wall clock, since most of them is waiting for that disk; `cpu` is the process's.
 */
#define _POSIX_C_SOURCE 200809L
#include "bench_file.h"
#include "bench_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

void need(int good, const char *what) {
    if (!good) {
        fprintf(stderr, "bench_store: %s\n", what);
        exit(1);
    }
}

double seconds(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void *copy(const void *bytes, size_t size) {
    char *own = malloc(size + 1);
    need(own != NULL, "out of memory");
    memcpy(own, bytes, size);
    own[size] = '\0';
    return own;
}

/* ---- events ---- */
static int64_t newest(const inputs *in, const char *contact, size_t len, int64_t at) {
    for (size_t i = in->n; i > 0; i--) {
        const input *item = &in->items[i - 1];
        if (item->contact_len == len && memcmp(item->contact, contact, len) == 0) {
            return item->now > at ? item->now : at;
        }
    }
    return at;
}

static void read_events(lf_blueprint *blueprint, char *text, size_t size, inputs *in) {
    char *end = text + size;
    lf_event *event;
    need(lf_event_new(blueprint, &event) == LF_OK, "out of memory");
    for (char *line = text; line < end;) {
        char *stop = memchr(line, '\n', (size_t)(end - line));
        stop = stop == NULL ? end : stop;
        if (lf_event_parse(event, line, (size_t)(stop - line), 1, NULL) == LF_OK) {
            size_t len;
            const char *contact = lf_event_contact(event, &len);
            in->items = realloc(in->items, (in->n + 1) * sizeof *in->items);
            need(in->items != NULL, "out of memory");
            input item = {line, copy(contact, len), (size_t)(stop - line), len,
                          newest(in, contact, len, lf_event_at(event))};
            in->items[in->n++] = item;
        }
        line = stop + 1;
    }
    lf_event_free(event);
    need(in->n > 0, "there are no events");
}

/* ---- the engine ---- */
lf_engine *open_engine(lf_blueprint *blueprint, const lf_store *store, const char *tenant) {
    lf_engine_options options;
    lf_engine *engine;
    lf_engine_options_init(&options, sizeof options);
    options.store = store;
    options.tenant = tenant;
    need(lf_engine_new(blueprint, &options, &engine) == LF_OK, "no engine");
    return engine;
}

void take(lf_engine *engine, const input *item) {
    lf_status status = lf_engine_take_json(engine, item->line, item->len, 1, item->now, NULL, NULL);
    need(status == LF_OK || status == LF_E_EVENT, "an event cannot be taken in");
}

lf_sqlite *open_store(const struct how *how) {
    static const char *const ends[] = {"", "-wal", "-shm"};
    char text[1024];
    lf_sqlite *sqlite;
    for (size_t i = 0; i < 3; i++) {
        snprintf(text, sizeof text, "%s%s", how->path, ends[i]);
        unlink(text);
    }
    need(lf_sqlite_open(how->path, &sqlite) == LF_OK, lf_sqlite_error(sqlite));
    snprintf(text, sizeof text, "PRAGMA synchronous = %s", how->synchronous);
    need(sqlite3_exec(lf_sqlite_db(sqlite), text, NULL, NULL, NULL) == SQLITE_OK, text);
    return sqlite;
}

static void report(const char *what, const struct how *how, const result *r, const char *system) {
    printf("{\"bench\":\"%s\",\"batch\":%zu,\"synchronous\":\"%s\",\"file_system\":\"%s\","
           "\"events\":%zu,\"effects\":%zu,\"seconds\":%.3f,\"cpu\":%.3f,"
           "\"events_per_second\":%.0f,\"us_per_event\":%.1f}\n",
           what, how->batch, how->synchronous, system, r->events, r->effects, r->wall, r->cpu,
           (double)r->events / r->wall, r->wall * 1e6 / (double)r->events);
    fflush(stdout);
}

static void run_engine(lf_blueprint *blueprint, const inputs *in, const struct how *how,
                       double limit, result *r) {
    lf_sqlite *sqlite = open_store(how);
    lf_store store;
    lf_sqlite_store(sqlite, &store);
    double wall = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
    size_t open = 0;
    do {
        char tenant[32];
        snprintf(tenant, sizeof tenant, "t%zu", r->lives++);
        lf_engine *engine = open_engine(blueprint, &store, tenant);
        for (size_t i = 0; i < in->n; i++, r->events++) {
            if (how->batch > 1 && open == 0) {
                need(lf_sqlite_begin(sqlite) == LF_OK, "begin");
            }
            take(engine, &in->items[i]);
            if (how->batch > 1 && ++open == how->batch) {
                need(lf_sqlite_commit(sqlite) == LF_OK, "commit");
                open = 0;
            }
        }
        lf_engine_free(engine);
    } while (seconds(CLOCK_MONOTONIC) - wall < limit);
    if (open > 0) {
        need(lf_sqlite_commit(sqlite) == LF_OK, "commit");
    }
    r->wall = seconds(CLOCK_MONOTONIC) - wall;
    r->cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    lf_sqlite_close(sqlite);
}

/* ---- all of it ---- */
static const char *file_system(const char *folder) {
    struct statfs about;
    if (statfs(folder, &about) != 0) {
        return "unknown";
    }
    switch ((unsigned long)about.f_type) {
    case 0xEF53:
        return "ext4";
    case 0x01021994:
        return "tmpfs";
    case 0x58465342:
        return "xfs";
    case 0x9123683E:
        return "btrfs";
    case 0x794C7630:
        return "overlay";
    default:
        return "other";
    }
}

int main(int argc, char **argv) {
    static const size_t batches[] = {1, 100, 1000};
    static const char *const modes[] = {"full", "normal"};
    if (argc < 3) {
        fprintf(stderr, "usage: bench_store BLUEPRINT EVENTS [FOLDER [SECONDS]]\n");
        return 2;
    }
    const char *folder = argc > 3 ? argv[3] : ".";
    double limit = argc > 4 ? atof(argv[4]) : 1.0;
    size_t size, events_size;
    char *json = read_all(argv[1], &size), *events = read_all(argv[2], &events_size);
    char path[512], other[512];
    lf_blueprint *blueprint;
    inputs in = {0};
    need(lf_blueprint_parse(json, size, NULL, NULL, &blueprint) == LF_OK, "the blueprint is wrong");
    read_events(blueprint, events, events_size, &in);
    snprintf(path, sizeof path, "%s/bench_engine.db", folder);
    snprintf(other, sizeof other, "%s/bench_hand.db", folder);
    for (size_t m = 0; m < 2; m++) {
        for (size_t b = 0; b < 3; b++) {
            struct how by_engine = {path, modes[m], batches[b]},
                       by_hand = {other, modes[m], batches[b]};
            result r = {0}, floor = {0};
            run_engine(blueprint, &in, &by_engine, limit, &r);
            run_hand(blueprint, &in, &by_hand, r.lives, &floor);
            r.effects = floor.effects; /* for they are the same: */
            compare(path, other);
            report("engine", &by_engine, &r, file_system(folder));
            report("hand", &by_hand, &floor, file_system(folder));
        }
    }
    unlink(path);
    unlink(other);
    return 0;
}

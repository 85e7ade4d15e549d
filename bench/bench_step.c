/* SPDX-License-Identifier: MIT */
/*
 * How fast events are taken in with everything that a blueprint has active, and how large a contact is: one
 * JSON object a line on standard output.
 *
 *     bench_step BLUEPRINT EVENTS [SECONDS]
 *
 * The contacts of the file live again and again, each from its first event to its last: through the pure step
 * (`step`), with the events read from JSON (`parse+step`), and through an engine on the store in memory, from
 * JSON (`engine`). What waking does in between is part of it: `effects` says how much that is. The floor is
 * what any store of contacts as bytes has to do: `encode`, `decode`, and `copy`, the bytes alone.
 */
#define _POSIX_C_SOURCE 200809L
#include "bench_file.h"

#include <leadflow/leadflow.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TEN 10u /* the size of a contact is looked at after so many events */

typedef struct input {
    lf_event *event;
    char *line;
    size_t len;
    size_t owner; /* the number of its contact */
} input;

typedef struct inputs {
    input *items;
    size_t n, contacts;
} inputs;

static void need(int good, const char *what) {
    if (!good) {
        fprintf(stderr, "bench_step: %s\n", what);
        exit(1);
    }
}

static double seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID,
                  &t); /* of this one thread: other programs do not count */
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static size_t owner_of(const inputs *in, const lf_event *event) {
    size_t len, other_len;
    const char *id = lf_event_contact(event, &len);
    for (size_t i = in->n; i > 0; i--) {
        const char *other = lf_event_contact(in->items[i - 1].event, &other_len);
        if (len == other_len && memcmp(id, other, len) == 0) {
            return in->items[i - 1].owner;
        }
    }
    return in->contacts;
}

/* Contact by contact, in the order in which they came. */
static int by_owner(const void *a, const void *b) {
    const input *x = a, *y = b;
    if (x->owner != y->owner) {
        return x->owner < y->owner ? -1 : 1;
    }
    return x->line < y->line ? -1 : x->line > y->line;
}

static void read_events(lf_blueprint *blueprint, char *text, size_t size, inputs *in) {
    char *end = text + size;
    for (char *line = text; line < end;) {
        char *stop = memchr(line, '\n', (size_t)(end - line));
        stop = stop == NULL ? end : stop;
        in->items = realloc(in->items, (in->n + 1) * sizeof *in->items);
        need(in->items != NULL, "out of memory");
        input *item = &in->items[in->n];
        *item = (input){NULL, line, (size_t)(stop - line), 0};
        need(lf_event_new(blueprint, &item->event) == LF_OK, "out of memory");
        if (lf_event_parse(item->event, item->line, item->len, 1, NULL) == LF_OK) {
            item->owner = owner_of(in, item->event);
            in->contacts += item->owner == in->contacts;
            in->n++;
        } else {
            lf_event_free(item->event);
        }
        line = stop + 1;
    }
    need(in->n > 0, "there are no events");
    qsort(in->items, in->n, sizeof *in->items, by_owner);
}

typedef struct lives {
    size_t events, effects, contacts, refused;
    size_t tens, ten_memory, ten_stored; /* contacts that came to ten events, and their sizes */
} lives;

static void measure(const lf_contact *contact, lf_buffer *stored, lives *out) {
    lf_buffer_clear(stored);
    need(lf_contact_encode(contact, stored) == LF_OK, "out of memory");
    out->tens++;
    out->ten_memory += lf_contact_memory(contact);
    out->ten_stored += lf_buffer_size(stored);
}

/* All contacts, once. `parse`: from JSON each time. `stored` NULL: sizes are not looked at. */
static void live(lf_blueprint *blueprint, lf_step *step, const inputs *in, int parse,
                 lf_buffer *stored, lives *out) {
    lf_contact *contact = NULL;
    size_t taken = 0, len;
    for (size_t i = 0; i < in->n; i++) {
        const input *item = &in->items[i];
        if (i == 0 || item->owner != in->items[i - 1].owner) {
            const char *id = lf_event_contact(item->event, &len);
            lf_contact_free(contact);
            need(lf_contact_new(blueprint, id, len, &contact) == LF_OK, "out of memory");
            out->contacts++;
            taken = 0;
        }
        if (parse) {
            lf_event_parse(item->event, item->line, item->len, 1, NULL);
        }
        int64_t at = lf_event_at(item->event), clock = lf_contact_clock(contact);
        int64_t now = taken > 0 && clock > at ? clock : at;
        out->refused += lf_step_take(step, contact, item->event, now, NULL, NULL) != LF_OK;
        out->effects += lf_step_effect_count(step);
        out->events++;
        if (++taken == TEN && stored != NULL) {
            measure(contact, stored, out);
        }
    }
    lf_contact_free(contact);
}

/* The same through an engine on an empty store. */
static void live_in_store(lf_blueprint *blueprint, const inputs *in, lives *out) {
    lf_memstore *memstore;
    lf_store store;
    lf_engine_options options;
    lf_engine *engine;
    need(lf_memstore_new(NULL, &memstore) == LF_OK, "out of memory");
    lf_store_init(&store, sizeof store);
    lf_memstore_store(memstore, &store);
    lf_engine_options_init(&options, sizeof options);
    options.tenant = "bench";
    options.store = &store;
    need(lf_engine_new(blueprint, &options, &engine) == LF_OK, "no engine");
    int64_t newest = INT64_MIN;
    for (size_t i = 0; i < in->n; i++) {
        const input *item = &in->items[i];
        int64_t at = lf_event_at(item->event);
        newest = i > 0 && item->owner == in->items[i - 1].owner && newest > at ? newest : at;
        out->refused +=
            lf_engine_take_json(engine, item->line, item->len, 1, newest, NULL, NULL) != LF_OK;
        out->events++;
    }
    out->contacts += lf_memstore_count(memstore);
    lf_engine_free(engine);
    lf_memstore_free(memstore);
}

static void report(const char *what, const lives *done, double time) {
    printf("{\"bench\":\"%s\",\"events\":%zu,\"contacts\":%zu,\"effects\":%zu,\"refused\":%zu,"
           "\"seconds\":%.3f,"
           "\"events_per_second\":%.0f,\"ns_per_event\":%.1f}\n",
           what, done->events, done->contacts, done->effects, done->refused, time,
           (double)done->events / time, time * 1e9 / (double)done->events);
}

/* The floor, with one contact of ten events. */
static void forms(lf_blueprint *blueprint, lf_step *step, const inputs *in, double limit) {
    static const char *const names[] = {"encode", "decode", "copy"};
    lf_contact *contact, *again;
    lf_buffer *stored;
    size_t n = 0, len;
    while (n < TEN && n < in->n && in->items[n].owner == in->items[0].owner) {
        n++;
    }
    const char *id = lf_event_contact(in->items[0].event, &len);
    need(lf_contact_new(blueprint, id, len, &contact) == LF_OK, "out of memory");
    need(lf_buffer_new(NULL, &stored) == LF_OK, "out of memory");
    for (size_t i = 0; i < n; i++) {
        lf_step_take(step, contact, in->items[i].event, lf_event_at(in->items[n - 1].event), NULL,
                     NULL);
    }
    need(lf_contact_encode(contact, stored) == LF_OK, "out of memory");
    size_t size = lf_buffer_size(stored), rounds;
    char *copy = malloc(size + 1);
    need(copy != NULL, "out of memory");
    for (int what = 0; what < 3; what++) {
        double start = seconds(), time;
        for (rounds = 0; (time = seconds() - start) < limit / 4; rounds += 1000) {
            for (int i = 0; i < 1000; i++) {
                if (what == 0) {
                    lf_buffer_clear(stored);
                    lf_contact_encode(contact, stored);
                } else if (what == 1) {
                    lf_contact_decode(blueprint, lf_buffer_data(stored), size, &again);
                    lf_contact_free(again);
                } else {
                    memcpy(copy, lf_buffer_data(stored), size);
                    copy[size] = copy[(size_t)i % size]; /* it is looked at, so it has to be done */
                }
            }
        }
        printf("{\"bench\":\"%s\",\"events\":%zu,\"bytes\":%zu,\"ns_per_contact\":%.1f}\n",
               names[what], n, size, time * 1e9 / (double)rounds);
    }
    free(copy);
    lf_buffer_free(stored);
    lf_contact_free(contact);
}

enum how { STEP, PARSE, ENGINE };

static void once(lf_blueprint *blueprint, lf_step *step, const inputs *in, enum how how,
                 lives *out) {
    if (how == ENGINE) {
        live_in_store(blueprint, in, out);
    } else {
        live(blueprint, step, in, how == PARSE, NULL, out);
    }
}

static void repeat(lf_blueprint *blueprint, lf_step *step, const inputs *in, enum how how,
                   double limit, const char *what) {
    lives warm = {0}, done = {0};
    once(blueprint, step, in, how, &warm);
    double start = seconds(), time;
    do {
        once(blueprint, step, in, how, &done);
        time = seconds() - start;
    } while (time < limit);
    report(what, &done, time);
}

int main(int argc, char **argv) {
    if (argc < 3) {
        fprintf(stderr, "usage: bench_step BLUEPRINT EVENTS [SECONDS]\n");
        return 2;
    }
    double limit = argc > 3 ? atof(argv[3]) : 2.0;
    size_t size, events_size;
    char *json = read_all(argv[1], &size), *events = read_all(argv[2], &events_size);
    lf_blueprint *blueprint;
    lf_step *step;
    lf_buffer *stored;
    need(lf_blueprint_parse(json, size, NULL, NULL, &blueprint) == LF_OK, "the blueprint is wrong");
    need(lf_step_new(blueprint, "bench", &step) == LF_OK, "out of memory");
    need(lf_buffer_new(NULL, &stored) == LF_OK, "out of memory");
    inputs in = {0};
    read_events(blueprint, events, events_size, &in);
    repeat(blueprint, step, &in, STEP, limit, "step");
    repeat(blueprint, step, &in, PARSE, limit, "parse+step");
    repeat(blueprint, step, &in, ENGINE, limit, "engine");
    forms(blueprint, step, &in, limit);
    lives sized = {0};
    live(blueprint, step, &in, 0, stored, &sized);
    if (sized.tens > 0) {
        printf("{\"bench\":\"contact_with_ten_events\",\"contacts\":%zu,\"stored_bytes\":%zu,"
               "\"memory_bytes\":%zu}\n",
               sized.tens, sized.ten_stored / sized.tens, sized.ten_memory / sized.tens);
    }
    for (size_t i = 0; i < in.n; i++) {
        lf_event_free(in.items[i].event);
    }
    free(in.items);
    lf_buffer_free(stored);
    lf_step_free(step);
    lf_blueprint_unref(blueprint);
    free(json);
    free(events);
    return 0;
}

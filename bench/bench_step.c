/* SPDX-License-Identifier: MIT */
/*
 * How fast the pure step takes in events, with everything that a blueprint has active, and how large a
 * contact is: one JSON object a line on standard output.
 *
 *     bench_step BLUEPRINT EVENTS [SECONDS]
 *
 * The contacts of the file live again and again, each from its first event to its last.
 */
#define _POSIX_C_SOURCE 200809L
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

static char *read_all(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    need(file != NULL, path);
    char *text = NULL;
    size_t n = 0, got;
    do {
        text = realloc(text, n + 65536);
        need(text != NULL, "out of memory");
        got = fread(text + n, 1, 65536, file);
        n += got;
    } while (got > 0);
    fclose(file);
    *size = n;
    return text;
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
    for (size_t owner = 0; owner < in->contacts; owner++) {
        lf_contact *contact = NULL;
        size_t taken = 0, len;
        for (size_t i = 0; i < in->n; i++) {
            const input *item = &in->items[i];
            if (item->owner != owner) {
                continue;
            }
            if (contact == NULL) {
                const char *id = lf_event_contact(item->event, &len);
                need(lf_contact_new(blueprint, id, len, &contact) == LF_OK, "out of memory");
                out->contacts++;
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
}

static void report(const char *what, const lives *done, double time) {
    printf("{\"bench\":\"%s\",\"events\":%zu,\"contacts\":%zu,\"effects\":%zu,\"refused\":%zu,"
           "\"seconds\":%.3f,"
           "\"events_per_second\":%.0f,\"ns_per_event\":%.1f}\n",
           what, done->events, done->contacts, done->effects, done->refused, time,
           (double)done->events / time, time * 1e9 / (double)done->events);
}

static void repeat(lf_blueprint *blueprint, lf_step *step, const inputs *in, int parse,
                   double limit, const char *what) {
    lives warm = {0}, done = {0};
    live(blueprint, step, in, parse, NULL, &warm);
    double start = seconds(), time;
    do {
        live(blueprint, step, in, parse, NULL, &done);
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
    repeat(blueprint, step, &in, 0, limit, "step");
    repeat(blueprint, step, &in, 1, limit, "parse+step");
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

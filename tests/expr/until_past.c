/* SPDX-License-Identifier: MIT */
/* Random histories: what has happened, and when functions of time may change after it. */
#include <stdlib.h>

#include "until.h"

const char *const type_names[TYPES] = {"a", "b", "c", "*"};
const struct duration durations[DURATIONS] = {
    {"1ms", 1}, {"7ms", 7}, {"1s", 1000}, {"5s", 5000}, {"1m1s", 61000}};

static uint64_t seed;

void random_begin(uint64_t from) {
    seed = from;
}

uint32_t random_below(uint32_t n) { /* splitmix64 */
    uint64_t z = seed += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)((z ^ (z >> 31)) % n);
}

void happen(past *p, int64_t at, bool a, uint32_t n) {
    p->events[p->n] = (happening){.at = at, .of = {a, !a, !a && n >= 2, a || n >= 2}};
    p->clock = p->n == 0 || at > p->clock ? at : p->clock;
    p->created = p->n == 0 || at < p->created ? at : p->created;
    if (p->n == 0 || a != p->second) { /* states change at the contact's clock */
        p->since = p->clock;
    }
    p->second = a;
    p->due = p->due || a;
    p->n++;
}

uint32_t events_in(const past *p, uint32_t type, int64_t after, int64_t upto) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < p->n; i++) {
        n += p->events[i].of[type] && p->events[i].at > after && p->events[i].at <= upto;
    }
    return n;
}

static int order(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static size_t around(int64_t t, int64_t from, int64_t *out) {
    for (int64_t off = -1; off <= 1; off++) {
        out[off + 1] = t + off < from ? from : t + off;
    }
    return 3;
}

size_t instants_of(const past *p, int64_t from, int64_t out[MOST_INSTANTS]) {
    size_t n = 0, kept = 1;
    n += around(p->clock, from, out);
    out[n - 3] = p->clock + random_below(100000);
    for (uint32_t i = 0; i < p->n; i++) {
        n += around(p->events[i].at, from, out + n);
        for (size_t d = 0; d < DURATIONS; d++) {
            n += around(p->events[i].at + durations[d].ms, from, out + n);
        }
    }
    for (size_t d = 0; d < DURATIONS; d++) {
        n += around(p->since + durations[d].ms, from, out + n);
        n += around(DUE + durations[d].ms, from, out + n);
        n += around(DUE - durations[d].ms, from, out + n);
    }
    qsort(out, n, sizeof *out, order);
    for (size_t i = 1; i < n; i++) {
        if (out[i] != out[kept - 1]) {
            out[kept++] = out[i];
        }
    }
    return kept;
}

bool is_edge(const past *p, int64_t t) {
    for (uint32_t i = 0; i < p->n; i++) {
        if (p->events[i].at == t) { /* asked of the past */
            return true;
        }
    }
    for (size_t d = 0; d < DURATIONS; d++) {
        for (uint32_t i = 0; i < p->n; i++) {
            if (p->events[i].at + durations[d].ms == t) {
                return true;
            }
        }
        if (p->since + durations[d].ms == t || DUE + durations[d].ms == t ||
            DUE - durations[d].ms == t) {
            return true;
        }
    }
    return false;
}

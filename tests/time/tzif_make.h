/* SPDX-License-Identifier: MIT */
/* TZif files by hand (RFC 9636), so that no test depends on the zones of the machine that it runs on. */
#pragma once

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define TZIF_MOST 2048u

typedef struct tzif {
    unsigned char bytes[TZIF_MOST];
    size_t n;
} tzif;

static inline void tzif_add(tzif *t, const void *bytes, size_t n) {
    memcpy(t->bytes + t->n, bytes, n);
    t->n += n;
}

static inline void tzif_number(tzif *t, int64_t value, unsigned width) {
    while (width-- > 0) {
        t->bytes[t->n++] = (unsigned char)((uint64_t)value >> (8 * width) & 0xff);
    }
}

/* The counts come in the order of the format: UT marks, standard marks, leaps, turns, types, letters. */
static inline void tzif_header(tzif *t, char version, const uint32_t counts[6]) {
    tzif_add(t, "TZif", 4);
    tzif_add(t, &version, 1);
    tzif_number(t, 0, 8);
    tzif_number(t, 0, 7);
    for (unsigned i = 0; i < 6; i++) {
        tzif_number(t, counts[i], 4);
    }
}

typedef struct tzif_turn {
    int64_t utc;
    int32_t offset; /* one of those of the zone */
} tzif_turn;

/* A slim file of version 3: its offsets, of which the first holds before the first turn, and the rule behind the
 * last. */
static inline tzif tzif_make(const int32_t *offsets, uint32_t n_offsets, const tzif_turn *turns,
                             uint32_t n_turns, const char *rule) {
    const uint32_t nothing[6] = {0}, counts[6] = {0, 0, 0, n_turns, n_offsets, 4};
    tzif t = {.n = 0};
    tzif_header(&t, '3', nothing);
    tzif_header(&t, '3', counts);
    for (uint32_t i = 0; i < n_turns; i++) {
        tzif_number(&t, turns[i].utc, 8);
    }
    for (uint32_t i = 0; i < n_turns; i++) {
        uint32_t type = 0;
        while (type + 1 < n_offsets && offsets[type] != turns[i].offset) {
            type++;
        }
        tzif_number(&t, type, 1);
    }
    for (uint32_t i = 0; i < n_offsets; i++) {
        tzif_number(&t, offsets[i], 4);
        tzif_number(&t, 0, 2);
    }
    tzif_add(&t, "LMT", 4);
    tzif_add(&t, "\n", 1);
    tzif_add(&t, rule, strlen(rule));
    tzif_add(&t, "\n", 1);
    return t;
}

/* A zone that is nothing but a rule. */
static inline tzif tzif_rule(const char *rule) {
    static const int32_t none = 0;
    return tzif_make(&none, 1, NULL, 0, rule);
}

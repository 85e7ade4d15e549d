/* SPDX-License-Identifier: MIT */
/*
 * One blueprint and its events through the bare step and through an engine on the in-memory store, and what
 * comes of it as numbers. A number is the FNV-1a hash, of 64 bits, of all that belongs to it in turn.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "../scenario/scenario_lines.h"

enum {
    SCORES,    /* after each event: totals now and later, band, next band, the explanation */
    STORED,    /* after each event: the contact's bytes; at each commit: the columns */
    EFFECTS,   /* their time, key and JSON */
    WAKES,     /* after each event */
    CONTACTS,  /* at the end, as JSON, with what each machine could do next */
    DELIVERED, /* what the engine hands over at the end: key and JSON */
    SAID, /* diagnostics: of the blueprint, also with each of its lines missing, and of the events */
    PARTS
};
extern const char *const part_names[PARTS];

#define HASH_START UINT64_C(0xcbf29ce484222325)
void hash_bytes(uint64_t *hash, const void *bytes, size_t size); /* with their size */
void hash_text(uint64_t *hash, const char *text);                /* NULL is text too */
void hash_number(uint64_t *hash, int64_t number);

/* Brings everybody to `until`, or to the newest event's time where it is INT64_MIN. Ends the program if step and
 * engine differ, or fail; then it names `name`. */
void corpus_run(const char *name, const char *blueprint, const lines *events, int64_t until,
                uint64_t parts[PARTS]);

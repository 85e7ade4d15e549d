/* SPDX-License-Identifier: MIT */
/*
 * What the tests of the public functions share: an allocator that counts, checks and fails, and short
 * ways to a blueprint, an event, an engine.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <leadflow/leadflow.h>

#define JSON(...) #__VA_ARGS__ /* JSON written in C; strings in it may have quotes of both kinds */
#define DAY INT64_C(86400000)
#define HOUR INT64_C(3600000)
#define MINUTE INT64_C(60000)
#define T0 INT64_C(1767225600000) /* 2026-01-01T00:00:00Z */
#define OK(call) assert_int_equal((call), LF_OK)

/* ---- an allocator that knows what it has given ---- */
typedef struct heap {
    size_t live;    /* blocks */
    size_t calls;   /* allocations and resizings that asked for memory */
    size_t fail_at; /* the call that fails, from 1; 0: none */
    bool forever;   /* all later ones fail too */
    bool failed;    /* one did */
} heap;
/* Aborts when a block is freed or resized with another size than it has. */
lf_allocator heap_allocator(heap *heap);
void heap_fail(heap *heap, size_t at, bool forever); /* counting starts anew */
/* Instead of the number: is the first one to fail here? `frame` is the allocator's own. NULL: by number. */
extern bool (*heap_choice)(const void *frame, bool forever);

/* ---- blueprints and events ---- */
char *read_file(const char *path, size_t *size); /* NUL-terminated, to be freed; fails the test */
lf_blueprint *parse_blueprint(const char *json, heap *heap); /* heap may be NULL */
lf_status parse_rich(heap *heap, lf_diagnostics *diagnostics,
                     lf_blueprint **out); /* of rich.json */
lf_event *parse_event(lf_blueprint *blueprint, const char *json);
int64_t time_of(const char *text); /* milliseconds since 1970 of an RFC 3339 time */
/* {"contact":C,"type":TYPE,"at":AT,"id":ID,"props":PROPS}; id and props may be NULL. Static text. */
const char *event_text(const char *contact, const char *type, int64_t at, const char *id,
                       const char *props);

/* ---- text ---- */
char *keep(const char *text); /* a copy, to be freed */
lf_buffer *new_buffer(void);
char *contact_text(lf_engine *engine, const char *contact); /* its JSON, to be freed */
/* The stored form; to be freed. */
unsigned char *contact_bytes(const lf_contact *contact, size_t *size);

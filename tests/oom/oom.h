/* SPDX-License-Identifier: MIT */
/*
 * What the tests of failing allocations share. Every allocation fails, once or for ever from then on
 * (RELIABILITY B1). Then nothing leaks, nothing has changed, and the repeat ends with the bytes of a run in
 * which nothing failed.
 *
 * With LEADFLOW_OOM_SITES=FILE each way to each allocation fails once, instead of the 1st, the 2nd, the 3rd
 * allocation, and FILE tells which calls of the library that were: see sites.py.
 */
#pragma once

#include "rig.h"

#define END (T0 + 200 * DAY)

extern size_t oom_points; /* allocations that failed */

/* A blueprint and events, of a folder; or the rich one. */
#define OOM_MOST_EVENTS 64
typedef struct story {
    char *document; /* the blueprint; NULL: the rich one */
    char *text;
    char *events[OOM_MOST_EVENTS];
    size_t n;
} story;
extern story oom_rich_story;
void story_read(story *s, const char *folder);
void story_free(story *s);
lf_blueprint *story_blueprint(const story *s, heap *h); /* while the heap does not fail */

int oom_begin(void **state); /* of a group of tests, and its end */
int oom_end(void **state);

/* Runs `work` until no allocation fails any more. Each failure is LF_E_NOMEM; `check`, which may be NULL, looks
 * after it. */
typedef lf_status (*oom_work)(void *ctx);
typedef void (*oom_check)(void *ctx);
void oom_until_it_works(heap *h, bool forever, oom_work work, oom_check check, void *ctx);

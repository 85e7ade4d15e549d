/* SPDX-License-Identifier: MIT */
/*
 * A door between an engine and its callbacks: it checks how the engine calls, aborts on misuse, and fails where
 * it is told to: before the store is asked, after the store has done it, once or for ever, with any code. It can
 * tell lies, too.
 */
#pragma once

#include "support.h"

enum door_call {
    DOOR_LOAD,
    DOOR_COMMIT,
    DOOR_CLAIM_DUE,
    DOOR_CLAIM_EFFECTS,
    DOOR_SETTLE,
    DOOR_LOCK,
    DOOR_UNLOCK,
    DOOR_SCAN,
    DOOR_DEAD,
    DOOR_REVIVE,
    DOOR_DELIVER,
    DOOR_CLOCK,
    DOOR_CALLS
};

typedef struct door {
    lf_store under;
    const char *tenant; /* the only one that may be named */
    bool inside;        /* a callback is running */
    bool locked;
    size_t calls[DOOR_CALLS];
    /* the fault: at the nth call of its kind, from 1 (0: none), and at all later ones if `forever` */
    enum door_call call;
    size_t nth;
    bool after, forever;
    lf_status code;
    size_t faults; /* so many times it failed */
    /* Instead of failing it adds this to what the store says, before it or, if `after`, behind it. `out` is the
     * lf_loaded, the lf_claims or the int64_t of the clock; NULL where nothing can be said. NULL: no lies. */
    void (*lie)(void *out, size_t limit);
    /* called before the store is asked, to slip in what others do meanwhile; may be NULL */
    void (*meanwhile)(void *ctx, enum door_call call, size_t nth);
    void *ctx;
} door;

void door_open(door *door, const lf_store *under, const char *tenant);
void door_table(door *door, lf_store *table);
void door_fail(door *door, enum door_call call, size_t nth, bool after, bool forever,
               lf_status code);
void door_lie(door *door, enum door_call call, size_t nth, bool after, bool forever,
              void (*lie)(void *out, size_t limit));
void door_mend(door *door); /* no more faults */
/* For callbacks that are not the store's. True: the call is not to be made, *status is the answer. */
bool door_enter(door *door, enum door_call call, void *out, lf_status *status);
lf_status door_leave(door *door, enum door_call call, void *out, lf_status status);

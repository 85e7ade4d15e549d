/* SPDX-License-Identifier: MIT */
/*
 * Everything around an engine under test: a blueprint, a store behind a door, and an inbox that takes
 * what is delivered, or does not.
 */
#pragma once

#include "door.h"
#include "plain_store.h"
#include "source.h"

#define INBOX_MOST 256

typedef struct letter {
    char key[40], kind[16], contact[64], name[64]; /* name: the template, or what it is about */
    uint64_t content;                              /* a hash of its JSON */
} letter;

typedef struct inbox {
    letter letters[INBOX_MOST];
    size_t n;
    size_t lost; /* calls that were answered with anything but LF_OK */
    /* what it answers */
    lf_status code;
    bool retry, refuse;
    const char *refuse_kind; /* refuses effects of this kind; may be NULL */
    int64_t after;
    const char *only; /* answers so only for this contact, "" or NULL: for all; others are taken */
    void (*hook)(void *ctx, const lf_effect *effect); /* called first; may be NULL */
    void *ctx;
} inbox;

typedef struct rig {
    lf_blueprint *blueprint;
    plain_store plain;
    void *source; /* instead of the plain store, if asked for */
    door door;
    inbox inbox;
    lf_engine *engine;
    int64_t clock;          /* what the engine's clock says, */
    lf_status clock_status; /* and returns */
} rig;

enum { RIG_PLAIN = 0, RIG_SOURCE = 1, RIG_LOCK = 2 };

extern const char *const RIG_BLUEPRINT; /* the one that most tests use */
void rig_open(rig *rig, const char *blueprint, int how);
void rig_close(rig *rig);
/* One more engine on the same store, with the rig's inbox and clock; store and inbox are behind the same door if
 * `same_door`. */
lf_engine *rig_engine(rig *rig, const char *tenant, bool same_door);
lf_status rig_take(rig *rig, const char *json, int64_t now); /* its `taken` is not looked at */
lf_status inbox_deliver(void *user, const lf_effect *effect, lf_receipt *receipt);
size_t inbox_count(const inbox *inbox, const char *kind);    /* NULL: all */
size_t inbox_distinct(const inbox *inbox, const char *kind); /* by key */

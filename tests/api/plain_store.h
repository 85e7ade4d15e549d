/* SPDX-License-Identifier: MIT */
/*
 * A store as the contract in store.h has it, in the plainest way: rows in arrays, searched from one end
 * to the other. Tests look at its rows. It aborts when the engine breaks the contract.
 */
#pragma once

#include "support.h"

typedef struct plain_contact {
    char tenant[64], id[256];
    size_t id_len;
    unsigned char *bytes;
    size_t size;
    uint64_t revision;
    int64_t due;
    char *columns;     /* NAME=VALUE lines */
    size_t claim;      /* the claim that holds it, from 1; 0: none */
    int64_t unclaimed; /* when it was due before */
} plain_contact;

enum plain_place { PLAIN_OUTBOX, PLAIN_DEAD, PLAIN_DONE };
typedef struct plain_effect { /* rows never go away, so that a test sees what became of them */
    char tenant[64], contact[256], key[40], kind[16];
    size_t contact_len;
    char *json;
    size_t size;
    uint64_t order, fence;
    int64_t attempts, not_before;
    size_t claim;      /* as above */
    int64_t unclaimed; /* before when it was not to be claimed */
    enum plain_place place;
} plain_effect;

typedef struct plain_store {
    plain_contact *contacts;
    plain_effect *effects;
    size_t n_contacts, n_effects;
    uint64_t order;
    bool with_lock;        /* it offers lock and unlock */
    char locked[256];      /* the id of the locked contact, "" if none */
    size_t locks, commits; /* so many were done */
    size_t claims;
} plain_store;

void plain_open(plain_store *store, bool with_lock);
void plain_close(plain_store *store);
void plain_table(plain_store *store, lf_store *table); /* for any number of engines */
void plain_lapse(plain_store *store); /* ends all leases, as if their time had gone by */
plain_contact *plain_contact_of(plain_store *store, const char *tenant,
                                const char *id); /* or NULL */
size_t plain_count(const plain_store *store, const char *kind,
                   enum plain_place place); /* kind NULL: any */
const plain_effect *plain_effect_of(const plain_store *store, const char *kind,
                                    size_t nth); /* from 0 */

/* SPDX-License-Identifier: MIT */
/*
 * Floor 6, the store in memory: contacts in a hash table; for each tenant two heaps, which know who is
 * due next and whose first effect may be claimed next. Of leadflow it knows the public store.h alone, as
 * anybody's store would; from the ground floor it takes the allocator.
 */
#pragma once

#include "base/base.h"
#include "leadflow/store.h"

#define LF_MS_KEY_SIZE 64 /* more than an effect's key and its NUL */

typedef struct lf_ms_effect { /* in an outbox, or dead */
    struct lf_ms_effect *next;
    char *json;
    size_t size;
    char key[LF_MS_KEY_SIZE];
    uint64_t fence;
    int64_t attempts, not_before;
    struct lf_ms_contact *contact;
} lf_ms_effect;

typedef struct lf_ms_outbox { /* effects, the next one in front */
    lf_ms_effect *first, *last;
} lf_ms_outbox;

enum { LF_MS_DUE, LF_MS_CLAIMABLE, LF_MS_HEAPS };

typedef struct lf_ms_contact {
    struct lf_ms_contact *next;    /* in its slot */
    struct lf_ms_contact *claimed; /* the one claimed before it in the same call */
    struct lf_ms_tenant *tenant;
    char *id;
    size_t id_len;
    void *bytes;
    size_t n_bytes;
    uint64_t revision;
    int64_t times
        [LF_MS_HEAPS]; /* when it is due, when its first effect may be claimed; INT64_MAX: never */
    size_t places[LF_MS_HEAPS]; /* in the heaps, from 1; 0: not in it */
    int64_t before;             /* what a claim may have to restore */
    lf_ms_outbox outbox;
} lf_ms_contact;

typedef struct lf_ms_list {
    lf_ms_contact **items;
    uint32_t n, cap;
} lf_ms_list;

typedef struct lf_ms_tenant {
    char *name;
    lf_ms_list contacts; /* in the order of their ids, where `sorted` */
    bool sorted;
    lf_ms_list heaps[LF_MS_HEAPS];
    lf_ms_outbox dead; /* the first one in front */
} lf_ms_tenant;

struct lf_memstore {
    lf_mem mem;
    lf_ms_contact **slots;
    size_t n_slots, n;
    lf_ms_tenant **tenants; /* in the order of their names */
    uint32_t n_tenants, cap_tenants;
    uint64_t stored; /* bytes of all contacts */
};

void *lf_ms_copy(const lf_memstore *store, const void *p, size_t size); /* NULL: no memory */

/* ---- tenants and contacts ---- */
lf_ms_tenant *lf_ms_tenant_find(const lf_memstore *store, const char *name); /* NULL: none */
lf_ms_tenant *lf_ms_tenant_make(lf_memstore *store, const char *name);       /* NULL: no memory */
lf_ms_contact *lf_ms_find(const lf_memstore *store, const char *tenant, const char *id, size_t len);
/* A contact that nobody sees before lf_ms_show, which cannot fail. NULL: no memory. */
lf_ms_contact *lf_ms_make(lf_memstore *store, const char *tenant, const char *id, size_t len);
void lf_ms_show(lf_memstore *store, lf_ms_contact *contact);
void lf_ms_free_contact(lf_memstore *store, lf_ms_contact *contact);
void lf_ms_free_tenant(lf_memstore *store, lf_ms_tenant *tenant);
void lf_ms_sort(lf_ms_tenant *tenant);
int lf_ms_compare(const lf_ms_contact *contact, const char *id,
                  size_t len); /* by the bytes of ids */

/* ---- heaps: by time, then id ---- */
void lf_ms_set_time(lf_ms_contact *contact, int which, int64_t time);
lf_ms_contact *lf_ms_first(const lf_ms_tenant *tenant, int which,
                           int64_t now); /* NULL: none is due */

/* ---- effects ---- */
void lf_ms_append(lf_ms_outbox *outbox, const lf_ms_outbox *more);
lf_ms_effect *lf_ms_take_first(lf_ms_outbox *outbox);
void lf_ms_free_effects(lf_memstore *store, lf_ms_outbox *outbox);
void lf_ms_outbox_changed(lf_ms_contact *contact); /* its first effect is another, or its time is */

/* SPDX-License-Identifier: MIT */
/*
 * The store in memory, written on the public header alone, as anybody's store would be. Contacts stand in
 * a hash table; two heaps know which is due next and whose first effect may be claimed next. A commit
 * first gets all the memory that it needs, and then cannot fail.
 */
#include "leadflow/store.h"

#include <stdlib.h>
#include <string.h>

#define KEY_SIZE 33 /* an effect's key and its NUL */

typedef struct waiting { /* an effect in an outbox */
    struct waiting *next;
    char *json;
    size_t size;
    char key[KEY_SIZE];
    uint64_t fence;
    int64_t attempts, not_before;
    uint64_t order; /* of dead ones: when it died */
} waiting;

typedef struct item { /* a contact of a tenant */
    struct item *next; /* in its slot */
    char *name;        /* tenant, 0x1F, id */
    size_t tenant, size;
    void *bytes;
    size_t n_bytes;
    uint64_t revision;
    int64_t due, claimable; /* INT64_MAX: never */
    size_t places[2];       /* in the heaps, from 1; 0: not in it */
    waiting *first, *last, *dead;
} item;

enum { BY_DUE, BY_CLAIMABLE };

typedef struct heap {
    item **items;
    size_t n, cap;
} heap;

struct lf_memstore {
    lf_realloc_fn fn;
    void *user;
    item **slots;
    size_t n_slots, n;
    heap heaps[2];
    item **sorted; /* by name, as long as n_sorted == n */
    size_t n_sorted, cap_sorted;
    uint64_t fence, deaths, stored;
};

/* ---- memory ---- */
static void *plain_realloc(void *user, void *ptr, size_t old_size, size_t new_size) {
    (void)user;
    (void)old_size;
    if (new_size == 0) {
        free(ptr);
        return NULL;
    }
    return realloc(ptr, new_size);
}

static void *get(lf_memstore *store, size_t size) {
    void *p = store->fn(store->user, NULL, 0, size == 0 ? 1 : size);
    return p == NULL ? NULL : memset(p, 0, size);
}

static void give(lf_memstore *store, void *p, size_t size) {
    if (p != NULL) {
        store->fn(store->user, p, size == 0 ? 1 : size, 0);
    }
}

static void *copy(lf_memstore *store, const void *p, size_t size) {
    void *own = get(store, size);
    return own == NULL || size == 0 ? own : memcpy(own, p, size);
}

/* Room for one more; doubling. */
static int grow(lf_memstore *store, item ***items, size_t *cap, size_t need) {
    size_t wanted = *cap < 16 ? 16 : *cap * 2;
    if (need <= *cap) {
        return 1;
    }
    void *more = store->fn(store->user, *items, *cap * sizeof **items, wanted * sizeof **items);
    if (more == NULL) {
        return 0;
    }
    *items = more;
    *cap = wanted;
    return 1;
}

/* ---- the heaps ---- */
static int64_t rank(const item *it, int which) {
    return which == BY_DUE ? it->due : it->claimable;
}

static void put(heap *h, int which, size_t place, item *it) {
    h->items[place - 1] = it;
    it->places[which] = place;
}

static void rise(heap *h, int which, size_t place) {
    item *it = h->items[place - 1];
    while (place > 1 && rank(h->items[place / 2 - 1], which) > rank(it, which)) {
        put(h, which, place, h->items[place / 2 - 1]);
        place /= 2;
    }
    put(h, which, place, it);
}

static void sink(heap *h, int which, size_t place) {
    item *it = h->items[place - 1];
    while (place * 2 <= h->n) {
        size_t child = place * 2;
        if (child < h->n && rank(h->items[child], which) < rank(h->items[child - 1], which)) {
            child++;
        }
        if (rank(h->items[child - 1], which) >= rank(it, which)) {
            break;
        }
        put(h, which, place, h->items[child - 1]);
        place = child;
    }
    put(h, which, place, it);
}

/* Puts the item where its time says; room was made when it was added to the store. */
static void place(lf_memstore *store, int which, item *it) {
    heap *h = &store->heaps[which];
    if (rank(it, which) == INT64_MAX) {
        size_t at = it->places[which];
        if (at != 0) {
            item *last = h->items[--h->n];
            it->places[which] = 0;
            if (last != it) {
                put(h, which, at, last);
                rise(h, which, at);
                sink(h, which, last->places[which]);
            }
        }
        return;
    }
    if (it->places[which] == 0) {
        put(h, which, ++h->n, it);
    }
    rise(h, which, it->places[which]);
    sink(h, which, it->places[which]);
}

static void set_due(lf_memstore *store, item *it, int64_t due) {
    it->due = due;
    place(store, BY_DUE, it);
}

static void set_claimable(lf_memstore *store, item *it) {
    it->claimable = it->first == NULL ? INT64_MAX : it->first->not_before;
    place(store, BY_CLAIMABLE, it);
}

/* ---- contacts ---- */
static uint64_t hash_of(const char *tenant, size_t tenant_len, const char *id, size_t len) {
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < tenant_len; i++) {
        hash = (hash ^ (unsigned char)tenant[i]) * UINT64_C(1099511628211);
    }
    hash = (hash ^ 0x1f) * UINT64_C(1099511628211);
    for (size_t i = 0; i < len; i++) {
        hash = (hash ^ (unsigned char)id[i]) * UINT64_C(1099511628211);
    }
    return hash ^ hash >> 29;
}

static item *find(const lf_memstore *store, const char *tenant, const char *id, size_t len) {
    size_t n = strlen(tenant);
    if (store->n_slots == 0) {
        return NULL;
    }
    item *it = store->slots[hash_of(tenant, n, id, len) & (store->n_slots - 1)];
    while (it != NULL && !(it->tenant == n && it->size == n + 1 + len && memcmp(it->name, tenant, n) == 0 &&
                           memcmp(it->name + n + 1, id, len) == 0)) {
        it = it->next;
    }
    return it;
}

static void link_item(lf_memstore *store, item *it) {
    uint64_t hash = hash_of(it->name, it->tenant, it->name + it->tenant + 1, it->size - it->tenant - 1);
    item **slot = &store->slots[hash & (store->n_slots - 1)];
    it->next = *slot;
    *slot = it;
}

static int more_slots(lf_memstore *store) {
    size_t wanted = store->n_slots == 0 ? 64 : store->n_slots * 2, old = store->n_slots;
    if (store->n < store->n_slots) {
        return 1;
    }
    item **before = store->slots, **slots = get(store, wanted * sizeof(item *));
    if (slots == NULL) {
        return 0;
    }
    store->slots = slots;
    store->n_slots = wanted;
    for (size_t i = 0; i < old; i++) {
        for (item *it = before[i], *next; it != NULL; it = next) {
            next = it->next;
            link_item(store, it);
        }
    }
    give(store, before, old * sizeof *before);
    return 1;
}

/* A new contact that nobody sees yet. */
static item *new_item(lf_memstore *store, const char *tenant, const char *id, size_t len) {
    size_t n = strlen(tenant);
    item *it = get(store, sizeof *it);
    char *name = get(store, n + 1 + len);
    if (it == NULL || name == NULL || !more_slots(store) ||
        !grow(store, &store->heaps[0].items, &store->heaps[0].cap, store->n + 1) ||
        !grow(store, &store->heaps[1].items, &store->heaps[1].cap, store->n + 1)) {
        give(store, it, sizeof *it);
        give(store, name, n + 1 + len);
        return NULL;
    }
    memcpy(name, tenant, n);
    name[n] = 0x1f;
    memcpy(name + n + 1, id, len);
    it->name = name;
    it->tenant = n;
    it->size = n + 1 + len;
    it->due = it->claimable = INT64_MAX;
    return it;
}

static void free_effects(lf_memstore *store, waiting *effect) {
    while (effect != NULL) {
        waiting *next = effect->next;
        give(store, effect->json, effect->size + 1);
        give(store, effect, sizeof *effect);
        effect = next;
    }
}

static void free_item(lf_memstore *store, item *it) {
    free_effects(store, it->first);
    free_effects(store, it->dead);
    give(store, it->bytes, it->n_bytes);
    give(store, it->name, it->size);
    give(store, it, sizeof *it);
}

/* ---- effects ---- */
/* All effects of a commit as a list, or NULL with *failed. */
static waiting *gather(lf_memstore *store, const lf_commit *commit, waiting **last, int *failed) {
    waiting *first = NULL, **end = &first;
    *last = NULL;
    *failed = 0;
    for (size_t i = 0; i < lf_commit_effect_count(commit); i++) {
        size_t len;
        const lf_effect *effect = lf_commit_effect_at(commit, i);
        const char *json = lf_effect_json(effect, &len);
        waiting *own = get(store, sizeof *own);
        char *text = copy(store, json, len + 1);
        if (own == NULL || text == NULL) {
            give(store, own, sizeof *own);
            give(store, text, len + 1);
            free_effects(store, first);
            *failed = 1;
            return NULL;
        }
        own->json = text;
        own->size = len;
        own->not_before = INT64_MIN;
        memcpy(own->key, lf_effect_key(effect), KEY_SIZE);
        *end = own;
        end = &own->next;
        *last = own;
    }
    return first;
}

/* Only the first effect of an outbox is ever claimed, so only that one is settled. */
static int held(const item *it, const char *key, uint64_t fence) {
    return it != NULL && it->first != NULL && strcmp(it->first->key, key) == 0 && it->first->fence == fence;
}

static void settle_first(lf_memstore *store, item *it, int32_t outcome, int64_t not_before) {
    waiting *effect = it->first;
    if (outcome == LF_OUTCOME_RETRY) {
        effect->not_before = not_before;
        effect->fence = 0;
        set_claimable(store, it);
        return;
    }
    it->first = effect->next;
    it->last = it->first == NULL ? NULL : it->last;
    effect->next = NULL;
    if (outcome == LF_OUTCOME_DEAD) {
        effect->order = ++store->deaths;
        effect->next = it->dead;
        it->dead = effect;
    } else {
        free_effects(store, effect);
    }
    set_claimable(store, it);
}

static void append(lf_memstore *store, item *it, waiting *first, waiting *last) {
    if (first != NULL) {
        if (it->last == NULL) {
            it->first = first;
        } else {
            it->last->next = first;
        }
        it->last = last;
        set_claimable(store, it);
    }
}

/* ---- callbacks ---- */
static lf_status load(void *user, const char *tenant, const char *contact, size_t contact_len, lf_loaded *loaded) {
    const item *it = find(user, tenant, contact, contact_len);
    return it == NULL ? LF_OK : lf_loaded_set(loaded, it->bytes, it->n_bytes, it->revision);
}

static lf_status commit(void *user, const char *tenant, const lf_commit *commit) {
    lf_memstore *store = user;
    size_t len, size;
    int failed;
    const char *id = lf_commit_contact(commit, &len), *key = lf_commit_settled_key(commit);
    const void *bytes = lf_commit_bytes(commit, &size);
    item *it = find(store, tenant, id, len), *fresh = NULL;
    if ((it == NULL ? 0 : it->revision) != lf_commit_revision(commit) ||
        (key != NULL && !held(it, key, lf_commit_settled_fence(commit)))) {
        return LF_E_CONFLICT;
    }
    waiting *last, *first = gather(store, commit, &last, &failed);
    void *own = copy(store, bytes, size);
    if (it == NULL) {
        it = fresh = new_item(store, tenant, id, len);
    }
    if (failed || own == NULL || it == NULL) {
        free_effects(store, first);
        give(store, own, size);
        if (fresh != NULL) {
            free_item(store, fresh);
        }
        return LF_E_NOMEM;
    }
    if (fresh != NULL) {
        link_item(store, it);
        store->n++;
    }
    store->stored += size - it->n_bytes;
    give(store, it->bytes, it->n_bytes);
    it->bytes = own;
    it->n_bytes = size;
    it->revision++;
    if (key != NULL) {
        settle_first(store, it, lf_commit_settled_outcome(commit), INT64_MIN);
    }
    append(store, it, first, last);
    set_due(store, it, lf_commit_wake(commit));
    return LF_OK;
}

static int of_tenant(const item *it, const char *tenant) {
    size_t n = strlen(tenant);
    return it->tenant == n && memcmp(it->name, tenant, n) == 0;
}

/* The first of a heap that is a tenant's and not later than `now`. Other tenants' are looked past. */
static item *first_of(const heap *h, int which, const char *tenant, int64_t now) {
    item *best = NULL;
    if (h->n > 0 && rank(h->items[0], which) > now) {
        return NULL;
    }
    if (h->n > 0 && of_tenant(h->items[0], tenant)) {
        return h->items[0];
    }
    for (size_t i = 0; i < h->n; i++) {
        if (rank(h->items[i], which) <= now && of_tenant(h->items[i], tenant) &&
            (best == NULL || rank(h->items[i], which) < rank(best, which))) {
            best = h->items[i];
        }
    }
    return best;
}

static lf_status claim_due(void *user, const char *tenant, int64_t now, int64_t lease_until, size_t limit,
                           lf_claims *claims) {
    lf_memstore *store = user;
    item *it;
    for (size_t i = 0; i < limit && (it = first_of(&store->heaps[BY_DUE], BY_DUE, tenant, now)) != NULL; i++) {
        lf_status status = lf_claims_add_contact(claims, it->name + it->tenant + 1, it->size - it->tenant - 1);
        if (status != LF_OK) {
            return status;
        }
        set_due(store, it, lease_until);
    }
    return LF_OK;
}

static lf_status claim_effects(void *user, const char *tenant, int64_t now, int64_t lease_until, size_t limit,
                               lf_claims *claims) {
    lf_memstore *store = user;
    item *it;
    for (size_t i = 0;
         i < limit && (it = first_of(&store->heaps[BY_CLAIMABLE], BY_CLAIMABLE, tenant, now)) != NULL; i++) {
        waiting *effect = it->first;
        lf_status status =
            lf_claims_add_effect(claims, effect->json, effect->size, store->fence + 1, effect->attempts);
        if (status != LF_OK) {
            return status;
        }
        effect->fence = ++store->fence;
        effect->attempts++;
        effect->not_before = lease_until;
        set_claimable(store, it);
    }
    return LF_OK;
}

static lf_status settle(void *user, const char *tenant, const char *contact, size_t contact_len, const char *key,
                        uint64_t fence, int32_t outcome, int64_t not_before) {
    lf_memstore *store = user;
    item *it = find(store, tenant, contact, contact_len);
    if (!held(it, key, fence)) {
        return LF_E_CONFLICT;
    }
    settle_first(store, it, outcome, not_before);
    return LF_OK;
}

static int by_name(const void *a, const void *b) {
    const item *x = *(const item *const *)a, *y = *(const item *const *)b;
    int order = memcmp(x->name, y->name, x->size < y->size ? x->size : y->size);
    return order != 0 ? order : (x->size > y->size) - (x->size < y->size);
}

static int sort_items(lf_memstore *store) {
    if (store->n_sorted == store->n) {
        return 1;
    }
    while (store->cap_sorted < store->n) {
        if (!grow(store, &store->sorted, &store->cap_sorted, store->n)) {
            return 0;
        }
    }
    store->n_sorted = 0;
    for (size_t i = 0; i < store->n_slots; i++) {
        for (item *it = store->slots[i]; it != NULL; it = it->next) {
            store->sorted[store->n_sorted++] = it;
        }
    }
    qsort(store->sorted, store->n_sorted, sizeof *store->sorted, by_name);
    return 1;
}

static lf_status scan(void *user, const char *tenant, const char *after, size_t after_len, size_t limit,
                      lf_claims *claims) {
    lf_memstore *store = user;
    size_t low = 0, high = store->n, n = strlen(tenant);
    char name[512];
    if (n + 1 + after_len > sizeof name || !sort_items(store)) {
        return n + 1 + after_len > sizeof name ? LF_E_ARG : LF_E_NOMEM;
    }
    memcpy(name, tenant, n);
    name[n] = 0x1f;
    if (after_len > 0) {
        memcpy(name + n + 1, after, after_len);
    }
    item key = {.name = name, .size = n + 1 + after_len};
    const item *wanted = &key;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (by_name(&store->sorted[middle], &wanted) <= 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (size_t i = low; i < store->n && i - low < limit && of_tenant(store->sorted[i], tenant); i++) {
        const item *it = store->sorted[i];
        lf_status status = lf_claims_add_contact(claims, it->name + n + 1, it->size - n - 1);
        if (status != LF_OK) {
            return status;
        }
    }
    return LF_OK;
}

/* The dead effect of this tenant that died next after `order`. */
static const waiting *next_dead(const lf_memstore *store, const char *tenant, uint64_t order) {
    const waiting *best = NULL;
    for (size_t i = 0; i < store->n_slots; i++) {
        for (const item *it = store->slots[i]; it != NULL; it = it->next) {
            for (const waiting *effect = of_tenant(it, tenant) ? it->dead : NULL; effect != NULL;
                 effect = effect->next) {
                if (effect->order > order && (best == NULL || effect->order < best->order)) {
                    best = effect;
                }
            }
        }
    }
    return best;
}

static lf_status dead(void *user, const char *tenant, size_t limit, lf_claims *claims) {
    const waiting *effect = next_dead(user, tenant, 0);
    for (size_t i = 0; i < limit && effect != NULL; i++) {
        lf_status status = lf_claims_add_effect(claims, effect->json, effect->size, effect->fence, effect->attempts);
        if (status != LF_OK) {
            return status;
        }
        effect = next_dead(user, tenant, effect->order);
    }
    return LF_OK;
}

static lf_status revive(void *user, const char *tenant, const char *key) {
    lf_memstore *store = user;
    for (size_t i = 0; i < store->n_slots; i++) {
        for (item *it = store->slots[i]; it != NULL; it = it->next) {
            waiting **at = &it->dead;
            while (of_tenant(it, tenant) && *at != NULL && strcmp((*at)->key, key) != 0) {
                at = &(*at)->next;
            }
            if (of_tenant(it, tenant) && *at != NULL) {
                waiting *effect = *at;
                *at = effect->next;
                effect->next = NULL;
                effect->attempts = 0;
                effect->not_before = INT64_MIN;
                effect->fence = 0;
                append(store, it, effect, effect);
                return LF_OK;
            }
        }
    }
    return LF_E_NOTFOUND;
}

/* ---- the handle ---- */
lf_status lf_memstore_new(const lf_allocator *allocator, lf_memstore **out) {
    lf_realloc_fn fn = plain_realloc;
    void *user = NULL;
    if (out == NULL) {
        return LF_E_ARG;
    }
    *out = NULL;
    if (allocator != NULL && allocator->struct_size != sizeof *allocator) {
        return LF_E_ABI;
    }
    if (allocator != NULL && allocator->realloc_fn != NULL) {
        fn = allocator->realloc_fn;
        user = allocator->user;
    }
    lf_memstore *store = fn(user, NULL, 0, sizeof *store);
    if (store == NULL) {
        return LF_E_NOMEM;
    }
    memset(store, 0, sizeof *store);
    store->fn = fn;
    store->user = user;
    *out = store;
    return LF_OK;
}

void lf_memstore_free(lf_memstore *memstore) {
    if (memstore == NULL) {
        return;
    }
    for (size_t i = 0; i < memstore->n_slots; i++) {
        for (item *it = memstore->slots[i], *next; it != NULL; it = next) {
            next = it->next;
            free_item(memstore, it);
        }
    }
    give(memstore, memstore->slots, memstore->n_slots * sizeof *memstore->slots);
    give(memstore, memstore->heaps[0].items, memstore->heaps[0].cap * sizeof(item *));
    give(memstore, memstore->heaps[1].items, memstore->heaps[1].cap * sizeof(item *));
    give(memstore, memstore->sorted, memstore->cap_sorted * sizeof(item *));
    memstore->fn(memstore->user, memstore, sizeof *memstore, 0);
}

void lf_memstore_store(lf_memstore *memstore, lf_store *store) {
    if (memstore != NULL && store != NULL) {
        lf_store_init(store, sizeof *store);
        store->user = memstore;
        store->load = load;
        store->commit = commit;
        store->claim_due = claim_due;
        store->claim_effects = claim_effects;
        store->settle = settle;
        store->scan = scan;
        store->dead = dead;
        store->revive = revive;
    }
}

size_t lf_memstore_count(const lf_memstore *memstore) {
    return memstore == NULL ? 0 : memstore->n;
}

uint64_t lf_memstore_bytes(const lf_memstore *memstore) {
    return memstore == NULL ? 0 : memstore->stored;
}

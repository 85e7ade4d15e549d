/* SPDX-License-Identifier: MIT */
/* What the store in memory is made of: tenants, contacts, heaps, outboxes. */
#include "memstore/memstore.h"

void *lf_ms_copy(const lf_memstore *store, const void *p, size_t size) {
    void *own = lf_mem_alloc(&store->mem, size);
    return own == NULL ? NULL : memcpy(own, p, size);
}

static bool make_room(const lf_memstore *store, lf_ms_list *list, size_t need) {
    return need <= UINT32_MAX && lf_mem_grow(&store->mem, (void **)&list->items, &list->cap,
                                             (uint32_t)need, sizeof(lf_ms_contact *));
}

static void free_list(const lf_memstore *store, lf_ms_list *list) {
    lf_mem_free(&store->mem, list->items, list->cap * sizeof(lf_ms_contact *));
}

/* ---- tenants ---- */
/* Where a tenant stands, or would stand. */
static size_t tenant_place(const lf_memstore *store, const char *name) {
    size_t low = 0, high = store->n_tenants;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(store->tenants[middle]->name, name) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

lf_ms_tenant *lf_ms_tenant_find(const lf_memstore *store, const char *name) {
    size_t at = tenant_place(store, name);
    return at < store->n_tenants && strcmp(store->tenants[at]->name, name) == 0 ? store->tenants[at]
                                                                                : NULL;
}

lf_ms_tenant *lf_ms_tenant_make(lf_memstore *store, const char *name) {
    size_t at = tenant_place(store, name);
    uint32_t n = store->n_tenants;
    lf_ms_tenant *tenant = lf_mem_alloc(&store->mem, sizeof *tenant);
    char *own = lf_ms_copy(store, name, strlen(name) + 1);
    if (tenant == NULL || own == NULL ||
        !lf_mem_grow(&store->mem, (void **)&store->tenants, &store->cap_tenants, n + 1,
                     sizeof tenant)) {
        lf_mem_free(&store->mem, tenant, sizeof *tenant);
        lf_mem_free(&store->mem, own, strlen(name) + 1);
        return NULL;
    }
    tenant->name = own;
    tenant->sorted = true;
    memmove(store->tenants + at + 1, store->tenants + at, (n - at) * sizeof tenant);
    store->tenants[at] = tenant;
    store->n_tenants++;
    return tenant;
}

void lf_ms_free_tenant(lf_memstore *store, lf_ms_tenant *tenant) {
    for (size_t i = 0; i < tenant->contacts.n; i++) {
        lf_ms_free_contact(store, tenant->contacts.items[i]);
    }
    lf_ms_free_effects(store, &tenant->dead);
    free_list(store, &tenant->contacts);
    free_list(store, &tenant->heaps[LF_MS_DUE]);
    free_list(store, &tenant->heaps[LF_MS_CLAIMABLE]);
    lf_mem_free(&store->mem, tenant->name, strlen(tenant->name) + 1);
    lf_mem_free(&store->mem, tenant, sizeof *tenant);
}

/* ---- contacts ---- */
static uint64_t hash_of(const char *tenant, const char *id, size_t len) {
    uint64_t hash = UINT64_C(14695981039346656037);
    for (; *tenant != '\0'; tenant++) {
        hash = (hash ^ (unsigned char)*tenant) * UINT64_C(1099511628211);
    }
    hash = (hash ^ 0x1f) * UINT64_C(1099511628211);
    for (size_t i = 0; i < len; i++) {
        hash = (hash ^ (unsigned char)id[i]) * UINT64_C(1099511628211);
    }
    return hash ^ hash >> 29;
}

lf_ms_contact *lf_ms_find(const lf_memstore *store, const char *tenant, const char *id,
                          size_t len) {
    if (store->n_slots == 0) {
        return NULL;
    }
    lf_ms_contact *at = store->slots[hash_of(tenant, id, len) & (store->n_slots - 1)];
    while (at != NULL &&
           !(lf_ms_compare(at, id, len) == 0 && strcmp(at->tenant->name, tenant) == 0)) {
        at = at->next;
    }
    return at;
}

static void link_contact(lf_memstore *store, lf_ms_contact *contact) {
    uint64_t hash = hash_of(contact->tenant->name, contact->id, contact->id_len);
    lf_ms_contact **slot = &store->slots[hash & (store->n_slots - 1)];
    contact->next = *slot;
    *slot = contact;
}

static bool more_slots(lf_memstore *store) {
    size_t old = store->n_slots, wanted = old == 0 ? 64 : old * 2;
    if (store->n < old) {
        return true;
    }
    lf_ms_contact **before = store->slots,
                  **slots = lf_mem_alloc(&store->mem, wanted * sizeof *slots);
    if (slots == NULL) {
        return false;
    }
    store->slots = slots;
    store->n_slots = wanted;
    for (size_t i = 0; i < old; i++) {
        for (lf_ms_contact *at = before[i], *next; at != NULL; at = next) {
            next = at->next;
            link_contact(store, at);
        }
    }
    lf_mem_free(&store->mem, before, old * sizeof *before);
    return true;
}

lf_ms_contact *lf_ms_make(lf_memstore *store, const char *name, const char *id, size_t len) {
    lf_ms_tenant *tenant = lf_ms_tenant_find(store, name);
    tenant = tenant == NULL ? lf_ms_tenant_make(store, name) : tenant;
    lf_ms_contact *contact = lf_mem_alloc(&store->mem, sizeof *contact);
    char *own = lf_ms_copy(store, id, len);
    if (tenant == NULL || contact == NULL || own == NULL || !more_slots(store) ||
        !make_room(store, &tenant->contacts, tenant->contacts.n + 1) ||
        !make_room(store, &tenant->heaps[LF_MS_DUE], tenant->contacts.n + 1) ||
        !make_room(store, &tenant->heaps[LF_MS_CLAIMABLE], tenant->contacts.n + 1)) {
        lf_mem_free(&store->mem, contact, sizeof *contact);
        lf_mem_free(&store->mem, own, len);
        return NULL;
    }
    contact->tenant = tenant;
    contact->id = own;
    contact->id_len = len;
    contact->times[LF_MS_DUE] = contact->times[LF_MS_CLAIMABLE] = INT64_MAX;
    return contact;
}

void lf_ms_show(lf_memstore *store, lf_ms_contact *contact) {
    lf_ms_list *list = &contact->tenant->contacts;
    link_contact(store, contact);
    if (list->n > 0 && lf_ms_compare(list->items[list->n - 1], contact->id, contact->id_len) > 0) {
        contact->tenant->sorted = false;
    }
    list->items[list->n++] = contact;
    store->n++;
}

void lf_ms_free_contact(lf_memstore *store, lf_ms_contact *contact) {
    lf_ms_free_effects(store, &contact->outbox);
    lf_mem_free(&store->mem, contact->bytes, contact->n_bytes);
    lf_mem_free(&store->mem, contact->id, contact->id_len);
    lf_mem_free(&store->mem, contact, sizeof *contact);
}

int lf_ms_compare(const lf_ms_contact *contact, const char *id, size_t len) {
    size_t n = contact->id_len < len ? contact->id_len : len;
    int order = n == 0 ? 0 : memcmp(contact->id, id, n);
    return order != 0 ? order : (contact->id_len > len) - (contact->id_len < len);
}

/* ---- sorting: a heap of its own, the last id on top ---- */
static void sift(lf_ms_contact **items, size_t at, size_t n) {
    lf_ms_contact *it = items[at];
    for (size_t child; (child = 2 * at + 1) < n; at = child) {
        if (child + 1 < n &&
            lf_ms_compare(items[child], items[child + 1]->id, items[child + 1]->id_len) < 0) {
            child++;
        }
        if (lf_ms_compare(items[child], it->id, it->id_len) <= 0) {
            break;
        }
        items[at] = items[child];
    }
    items[at] = it;
}

void lf_ms_sort(lf_ms_tenant *tenant) {
    lf_ms_contact **items = tenant->contacts.items;
    size_t n = tenant->contacts.n;
    for (size_t i = n / 2; !tenant->sorted && i > 0; i--) {
        sift(items, i - 1, n);
    }
    for (size_t i = n; !tenant->sorted && i > 1; i--) {
        lf_ms_contact *last = items[0];
        items[0] = items[i - 1];
        items[i - 1] = last;
        sift(items, 0, i - 1);
    }
    tenant->sorted = true;
}

/* ---- heaps ---- */
static bool before(const lf_ms_contact *a, const lf_ms_contact *b, int which) {
    if (a->times[which] != b->times[which]) {
        return a->times[which] < b->times[which];
    }
    return lf_ms_compare(a, b->id, b->id_len) < 0;
}

static void put(lf_ms_list *heap, int which, size_t place, lf_ms_contact *contact) {
    heap->items[place - 1] = contact;
    contact->places[which] = place;
}

static void rise(lf_ms_list *heap, int which, size_t place) {
    lf_ms_contact *it = heap->items[place - 1];
    for (; place > 1 && before(it, heap->items[place / 2 - 1], which); place /= 2) {
        put(heap, which, place, heap->items[place / 2 - 1]);
    }
    put(heap, which, place, it);
}

static void sink(lf_ms_list *heap, int which, size_t place) {
    lf_ms_contact *it = heap->items[place - 1];
    for (size_t child; (child = place * 2) <= heap->n; place = child) {
        if (child < heap->n && before(heap->items[child], heap->items[child - 1], which)) {
            child++;
        }
        if (!before(heap->items[child - 1], it, which)) {
            break;
        }
        put(heap, which, place, heap->items[child - 1]);
    }
    put(heap, which, place, it);
}

static void leave(lf_ms_list *heap, int which, lf_ms_contact *contact) {
    size_t at = contact->places[which];
    lf_ms_contact *last = heap->items[--heap->n];
    contact->places[which] = 0;
    if (last != contact) {
        put(heap, which, at, last);
        rise(heap, which, at);
        sink(heap, which, last->places[which]);
    }
}

/* Room was made when the contact was. */
void lf_ms_set_time(lf_ms_contact *contact, int which, int64_t time) {
    lf_ms_list *heap = &contact->tenant->heaps[which];
    if (contact->places[which] != 0) {
        leave(heap, which, contact);
    }
    contact->times[which] = time;
    if (time != INT64_MAX) {
        put(heap, which, ++heap->n, contact);
        rise(heap, which, heap->n);
    }
}

lf_ms_contact *lf_ms_first(const lf_ms_tenant *tenant, int which, int64_t now) {
    const lf_ms_list *heap = &tenant->heaps[which];
    return heap->n > 0 && heap->items[0]->times[which] <= now ? heap->items[0] : NULL;
}

/* ---- outboxes ---- */
void lf_ms_append(lf_ms_outbox *outbox, const lf_ms_outbox *more) {
    if (more->first != NULL) {
        if (outbox->last == NULL) {
            outbox->first = more->first;
        } else {
            outbox->last->next = more->first;
        }
        outbox->last = more->last;
    }
}

lf_ms_effect *lf_ms_take_first(lf_ms_outbox *outbox) {
    lf_ms_effect *effect = outbox->first;
    outbox->first = effect->next;
    outbox->last = outbox->first == NULL ? NULL : outbox->last;
    effect->next = NULL;
    return effect;
}

void lf_ms_free_effects(lf_memstore *store, lf_ms_outbox *outbox) {
    while (outbox->first != NULL) {
        lf_ms_effect *effect = lf_ms_take_first(outbox);
        lf_mem_free(&store->mem, effect->json, effect->size + 1);
        lf_mem_free(&store->mem, effect, sizeof *effect);
    }
}

void lf_ms_outbox_changed(lf_ms_contact *contact) {
    const lf_ms_effect *first = contact->outbox.first;
    lf_ms_set_time(contact, LF_MS_CLAIMABLE, first == NULL ? INT64_MAX : first->not_before);
}

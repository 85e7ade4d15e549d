/* SPDX-License-Identifier: MIT */
/* The store in memory: its callbacks and its handle. A commit gets all the memory that it needs first; then it
 * cannot fail. */
#include "memstore/memstore.h"

/* ---- contacts ---- */
static lf_status load(void *user, const char *tenant, const char *contact, size_t contact_len,
                      lf_loaded *loaded) {
    const lf_ms_contact *found = lf_ms_find(user, tenant, contact, contact_len);
    return found == NULL ? LF_OK
                         : lf_loaded_set(loaded, found->bytes, found->n_bytes, found->revision);
}

static lf_ms_effect *make_effect(lf_memstore *store, const lf_effect *effect) {
    size_t len;
    const char *json = lf_effect_json(effect, &len), *key = lf_effect_key(effect);
    lf_ms_effect *own = lf_mem_alloc(&store->mem, sizeof *own);
    char *text = lf_ms_copy(store, json, len + 1);
    if (own == NULL || text == NULL || strlen(key) >= LF_MS_KEY_SIZE) {
        lf_mem_free(&store->mem, own, sizeof *own);
        lf_mem_free(&store->mem, text, len + 1);
        return NULL;
    }
    own->json = text;
    own->size = len;
    own->not_before = INT64_MIN;
    memcpy(own->key, key, strlen(key) + 1);
    return own;
}

/* All effects of a commit; false: no memory. */
static bool gather(lf_memstore *store, const lf_commit *commit, lf_ms_outbox *out) {
    for (size_t i = 0; i < lf_commit_effect_count(commit); i++) {
        lf_ms_effect *effect = make_effect(store, lf_commit_effect_at(commit, i));
        if (effect == NULL) {
            lf_ms_free_effects(store, out);
            return false;
        }
        lf_ms_append(out, &(lf_ms_outbox){effect, effect});
    }
    return true;
}

/* Only the first effect of an outbox is ever claimed, so only that one is settled. */
static bool held(const lf_ms_contact *contact, const char *key, uint64_t fence) {
    const lf_ms_effect *first = contact == NULL ? NULL : contact->outbox.first;
    return first != NULL && strcmp(first->key, key) == 0 && first->fence == fence;
}

static void settle_first(lf_memstore *store, lf_ms_contact *contact, int32_t outcome,
                         int64_t not_before) {
    if (outcome == LF_OUTCOME_RETRY) {
        lf_ms_effect *effect = contact->outbox.first;
        effect->not_before = not_before;
        effect->attempts++;
        effect->fence++;
    } else {
        lf_ms_effect *effect = lf_ms_take_first(&contact->outbox);
        lf_ms_outbox alone = {effect, effect};
        if (outcome == LF_OUTCOME_DEAD) {
            lf_ms_append(&contact->tenant->dead, &alone);
        } else {
            lf_ms_free_effects(store, &alone);
        }
    }
    lf_ms_outbox_changed(contact);
}

static void put_bytes(lf_memstore *store, lf_ms_contact *contact, void *bytes, size_t size) {
    store->stored += size - contact->n_bytes;
    lf_mem_free(&store->mem, contact->bytes, contact->n_bytes);
    contact->bytes = bytes;
    contact->n_bytes = size;
    contact->revision++;
}

static void take_effects(lf_ms_contact *contact, const lf_ms_outbox *effects) {
    for (lf_ms_effect *effect = effects->first; effect != NULL; effect = effect->next) {
        effect->contact = contact;
    }
    lf_ms_append(&contact->outbox, effects);
    lf_ms_outbox_changed(contact);
}

static lf_status commit(void *user, const char *tenant, const lf_commit *commit) {
    lf_memstore *store = user;
    size_t len, size;
    const char *id = lf_commit_contact(commit, &len), *key = lf_commit_settled_key(commit);
    const void *bytes = lf_commit_bytes(commit, &size);
    lf_ms_contact *contact = lf_ms_find(store, tenant, id, len), *fresh = NULL;
    lf_ms_outbox effects = {NULL, NULL};
    if (key != NULL && !held(contact, key, lf_commit_settled_fence(commit))) {
        return LF_E_FENCED;
    }
    if ((contact == NULL ? 0 : contact->revision) != lf_commit_revision(commit)) {
        return LF_E_CONFLICT;
    }
    bool gathered = gather(store, commit, &effects);
    void *own = lf_ms_copy(store, bytes, size);
    if (contact == NULL) {
        contact = fresh = lf_ms_make(store, tenant, id, len);
    }
    if (!gathered || own == NULL || contact == NULL) {
        lf_ms_free_effects(store, &effects);
        lf_mem_free(&store->mem, own, size);
        if (fresh != NULL) {
            lf_ms_free_contact(store, fresh);
        }
        return LF_E_NOMEM;
    }
    if (fresh != NULL) {
        lf_ms_show(store, fresh);
    }
    put_bytes(store, contact, own, size);
    if (key != NULL) {
        settle_first(store, contact, lf_commit_settled_outcome(commit), INT64_MIN);
    }
    take_effects(contact, &effects);
    lf_ms_set_time(contact, LF_MS_DUE, lf_commit_wake(commit));
    return LF_OK;
}

/* ---- claims ---- */
static lf_status add_claim(lf_claims *claims, lf_ms_contact *contact, int which) {
    const lf_ms_effect *effect = contact->outbox.first;
    if (which == LF_MS_DUE) {
        return lf_claims_add_contact(claims, contact->id, contact->id_len);
    }
    return lf_claims_add_effect(claims, contact->id, contact->id_len, effect->key, effect->json,
                                effect->size, effect->fence + 1, effect->attempts);
}

static void undo_claims(lf_ms_contact *claimed, int which) {
    for (; claimed != NULL; claimed = claimed->claimed) {
        if (which == LF_MS_CLAIMABLE) {
            claimed->outbox.first->not_before = claimed->before;
            claimed->outbox.first->fence--;
        }
        lf_ms_set_time(claimed, which, claimed->before);
    }
}

static lf_status claim(lf_memstore *store, const char *name, int which, int64_t now,
                       int64_t lease_until, size_t limit, lf_claims *claims) {
    const lf_ms_tenant *tenant = lf_ms_tenant_find(store, name);
    lf_ms_contact *claimed = NULL, *contact;
    if (lease_until <= now) {
        return LF_E_ARG;
    }
    for (size_t i = 0; tenant != NULL && i < limit; i++) {
        contact = lf_ms_first(tenant, which, now);
        if (contact == NULL) {
            break;
        }
        lf_status status = add_claim(claims, contact, which);
        if (status != LF_OK) {
            undo_claims(claimed, which);
            return status;
        }
        contact->before = contact->times[which];
        contact->claimed = claimed;
        claimed = contact;
        if (which == LF_MS_CLAIMABLE) {
            contact->outbox.first->not_before = lease_until;
            contact->outbox.first->fence++;
        }
        lf_ms_set_time(contact, which, lease_until);
    }
    return LF_OK;
}

static lf_status claim_due(void *user, const char *tenant, int64_t now, int64_t lease_until,
                           size_t limit, lf_claims *claims) {
    return claim(user, tenant, LF_MS_DUE, now, lease_until, limit, claims);
}

static lf_status claim_effects(void *user, const char *tenant, int64_t now, int64_t lease_until,
                               size_t limit, lf_claims *claims) {
    return claim(user, tenant, LF_MS_CLAIMABLE, now, lease_until, limit, claims);
}

static lf_status settle(void *user, const char *tenant, const char *contact, size_t contact_len,
                        const char *key, uint64_t fence, int32_t outcome, int64_t not_before) {
    lf_ms_contact *found = lf_ms_find(user, tenant, contact, contact_len);
    if (!held(found, key, fence)) {
        return LF_E_FENCED;
    }
    settle_first(user, found, outcome, not_before);
    return LF_OK;
}

/* ---- lists ---- */
static lf_status scan(void *user, const char *name, const char *after, size_t after_len,
                      size_t limit, lf_claims *claims) {
    lf_ms_tenant *tenant = lf_ms_tenant_find(user, name);
    if (tenant == NULL) {
        return LF_OK;
    }
    lf_ms_sort(tenant);
    size_t low = 0, high = tenant->contacts.n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (lf_ms_compare(tenant->contacts.items[middle], after, after_len) <= 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    lf_status status = LF_OK;
    for (size_t i = low; i < tenant->contacts.n && i - low < limit && status == LF_OK; i++) {
        status = lf_claims_add_contact(claims, tenant->contacts.items[i]->id,
                                       tenant->contacts.items[i]->id_len);
    }
    return status;
}

static lf_status dead(void *user, const char *name, size_t limit, lf_claims *claims) {
    const lf_ms_tenant *tenant = lf_ms_tenant_find(user, name);
    const lf_ms_effect *effect = tenant == NULL ? NULL : tenant->dead.first;
    lf_status status = LF_OK;
    for (; effect != NULL && limit > 0 && status == LF_OK; effect = effect->next, limit--) {
        status =
            lf_claims_add_effect(claims, effect->contact->id, effect->contact->id_len, effect->key,
                                 effect->json, effect->size, effect->fence, effect->attempts);
    }
    return status;
}

static lf_status revive(void *user, const char *name, const char *key) {
    lf_ms_tenant *tenant = lf_ms_tenant_find(user, name);
    lf_ms_outbox others = {NULL, NULL};
    lf_status status = LF_E_NOTFOUND;
    while (tenant != NULL && tenant->dead.first != NULL) {
        lf_ms_effect *effect = lf_ms_take_first(&tenant->dead);
        lf_ms_outbox alone = {effect, effect};
        if (status != LF_E_NOTFOUND || strcmp(effect->key, key) != 0) {
            lf_ms_append(&others, &alone);
            continue;
        }
        effect->attempts = 0;
        effect->not_before = INT64_MIN;
        effect->fence++;
        take_effects(effect->contact, &alone);
        status = LF_OK;
    }
    if (tenant != NULL) {
        tenant->dead = others;
    }
    return status;
}

/* ---- the handle ---- */
lf_status lf_memstore_new(const lf_allocator *allocator, lf_memstore **out) {
    lf_mem mem;
    if (out == NULL) {
        return LF_E_ARG;
    }
    *out = NULL;
    lf_status status = lf_mem_from(&mem, allocator);
    if (status != LF_OK) {
        return status;
    }
    *out = lf_mem_alloc(&mem, sizeof **out);
    if (*out == NULL) {
        return LF_E_NOMEM;
    }
    (*out)->mem = mem;
    return LF_OK;
}

void lf_memstore_free(lf_memstore *memstore) {
    if (memstore == NULL) {
        return;
    }
    lf_mem mem = memstore->mem;
    for (size_t i = 0; i < memstore->n_tenants; i++) {
        lf_ms_free_tenant(memstore, memstore->tenants[i]);
    }
    lf_mem_free(&mem, memstore->tenants, memstore->cap_tenants * sizeof *memstore->tenants);
    lf_mem_free(&mem, memstore->slots, memstore->n_slots * sizeof *memstore->slots);
    lf_mem_free(&mem, memstore, sizeof *memstore);
}

lf_status lf_memstore_store(lf_memstore *memstore, lf_store *store) {
    lf_store own = {.user = memstore,
                    .load = load,
                    .commit = commit,
                    .claim_due = claim_due,
                    .claim_effects = claim_effects,
                    .settle = settle,
                    .scan = scan,
                    .dead = dead,
                    .revive = revive};
    if (memstore == NULL || store == NULL) {
        return LF_E_ARG;
    }
    size_t size =
        store
            ->struct_size; /* the caller's, who may know fewer members than this library, or more */
    if (size < LF_SIZE_1_0(lf_store, revive) || size > LF_LARGEST_STRUCT) {
        return LF_E_ABI;
    }
    lf_struct_init(store, size);
    own.struct_size = size;
    memcpy(store, &own, size < sizeof own ? size : sizeof own);
    return LF_OK;
}

size_t lf_memstore_count(const lf_memstore *memstore) {
    return memstore == NULL ? 0 : memstore->n;
}

uint64_t lf_memstore_bytes(const lf_memstore *memstore) {
    return memstore == NULL ? 0 : memstore->stored;
}

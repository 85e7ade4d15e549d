/* SPDX-License-Identifier: MIT */
#include "plain_store.h"

#include <stdio.h>

static void demand(bool kept, const char *what) {
    if (!kept) {
        fprintf(stderr, "the engine breaks the contract of the store: %s\n", what);
        abort();
    }
}

/* What callbacks get as an id: its length, and a NUL behind. */
static void check_id(const char *id, size_t len) {
    demand(id != NULL && len <= 255 && strlen(id) == len, "an id has its length and a NUL");
}

static bool is_id(const plain_contact *row, const char *tenant, const char *id, size_t len) {
    return strcmp(row->tenant, tenant) == 0 && row->id_len == len && memcmp(row->id, id, len) == 0;
}

static int compare(const char *a, size_t a_len, const char *b, size_t b_len) {
    int order = memcmp(a, b, a_len < b_len ? a_len : b_len);
    return order != 0 ? order : (a_len > b_len) - (a_len < b_len);
}

static plain_contact *find(plain_store *store, const char *tenant, const char *id, size_t len) {
    for (size_t i = 0; i < store->n_contacts; i++) {
        if (is_id(&store->contacts[i], tenant, id, len)) {
            return &store->contacts[i];
        }
    }
    return NULL;
}

static bool of_contact(const plain_effect *row, const char *tenant, const char *id, size_t len) {
    return strcmp(row->tenant, tenant) == 0 && row->contact_len == len &&
           memcmp(row->contact, id, len) == 0;
}

/* The first in a contact's outbox. */
static plain_effect *first_of(plain_store *store, const char *tenant, const char *id, size_t len) {
    plain_effect *first = NULL;
    for (size_t i = 0; i < store->n_effects; i++) {
        plain_effect *row = &store->effects[i];
        if (row->place == PLAIN_OUTBOX && of_contact(row, tenant, id, len) &&
            (first == NULL || row->order < first->order)) {
            first = row;
        }
    }
    return first;
}

static bool is_locked(const plain_store *store, const char *id, size_t len) {
    return store->locked[0] != '\0' && strlen(store->locked) == len &&
           memcmp(store->locked, id, len) == 0;
}

/* ---- load and commit ---- */
static lf_status load(void *user, const char *tenant, const char *contact, size_t len,
                      lf_loaded *loaded) {
    check_id(contact, len);
    const plain_contact *row = find(user, tenant, contact, len);
    return row == NULL ? LF_OK : lf_loaded_set(loaded, row->bytes, row->size, row->revision);
}

/* NULL: no memory for a value. */
static char *read_columns(const lf_commit *commit) {
    char *text = calloc(1, 4096);
    size_t n = 0;
    for (size_t i = 0; i < lf_commit_column_count(commit); i++) {
        const char *value, *name = lf_commit_column_name(commit, i);
        if (lf_commit_column_value(commit, i, &value) != LF_OK) {
            free(text);
            return NULL;
        }
        demand(name != NULL, "columns have names");
        n += (size_t)snprintf(text + n, 4096 - n, "%s=%s\n", name, value == NULL ? "NULL" : value);
        demand(n < 4096, "columns are short");
    }
    const char *none = "";
    demand(lf_commit_column_name(commit, lf_commit_column_count(commit)) == NULL &&
               lf_commit_column_value(commit, lf_commit_column_count(commit), &none) == LF_E_ARG &&
               none == NULL,
           "columns end");
    return text;
}

static void add_effect(plain_store *store, const char *tenant, const lf_effect *effect) {
    size_t len, size;
    const char *contact = lf_effect_contact(effect, &len), *json = lf_effect_json(effect, &size);
    demand(strlen(lf_effect_key(effect)) == 32 && json[size] == '\0' && strlen(json) == size,
           "an effect has a key and its JSON");
    for (size_t i = 0; i < store->n_effects; i++) {
        demand(strcmp(store->effects[i].key, lf_effect_key(effect)) != 0, "no key is used twice");
    }
    store->effects = realloc(store->effects, (store->n_effects + 1) * sizeof *store->effects);
    plain_effect *row = &store->effects[store->n_effects++];
    *row = (plain_effect){
        .contact_len = len, .size = size, .order = ++store->order, .not_before = INT64_MIN};
    strcpy(row->tenant, tenant);
    strcpy(row->key, lf_effect_key(effect));
    strcpy(row->kind, lf_effect_kind(effect));
    memcpy(row->contact, contact, len);
    row->json = memcpy(malloc(size + 1), json, size + 1);
}

static void settle_row(plain_store *store, plain_effect *row, int32_t outcome, int64_t not_before) {
    row->claim = 0;
    switch (outcome) {
    case LF_OUTCOME_DONE:
        row->place = PLAIN_DONE;
        break;
    case LF_OUTCOME_RETRY:
        row->not_before = not_before;
        row->attempts++;
        row->fence++;
        break;
    case LF_OUTCOME_DEAD:
        row->place = PLAIN_DEAD;
        row->order = ++store->order;
        break;
    default:
        demand(false, "the outcome is one of three");
    }
}

static void check_commit(const lf_commit *commit) {
    size_t len, size, other_len;
    const char *id = lf_commit_contact(commit, &len);
    const unsigned char *bytes = lf_commit_bytes(commit, &size);
    check_id(id, len);
    demand(len >= 1, "a commit names a contact");
    demand(bytes != NULL && size > 3 && memcmp(bytes, "LF", 2) == 0,
           "a commit has the contact's bytes");
    for (size_t i = 0; i < lf_commit_effect_count(commit); i++) {
        const char *other = lf_effect_contact(lf_commit_effect_at(commit, i), &other_len);
        demand(other_len == len && memcmp(other, id, len) == 0, "effects are of the contact");
    }
    demand(lf_commit_effect_at(commit, lf_commit_effect_count(commit)) == NULL, "effects end");
    demand(lf_commit_settled_key(commit) == NULL ||
               lf_commit_settled_outcome(commit) == LF_OUTCOME_DONE ||
               lf_commit_settled_outcome(commit) == LF_OUTCOME_DEAD,
           "a commit settles for good");
}

static lf_status commit(void *user, const char *tenant, const lf_commit *commit) {
    plain_store *store = user;
    size_t len, size;
    const char *id = lf_commit_contact(commit, &len), *key = lf_commit_settled_key(commit);
    const void *bytes = lf_commit_bytes(commit, &size);
    check_commit(commit);
    if (is_locked(store, id, len)) {
        return LF_E_USER; /* it would wait for the lock, and has no patience */
    }
    plain_contact *row = find(store, tenant, id, len);
    plain_effect *settled = key == NULL ? NULL : first_of(store, tenant, id, len);
    if (key != NULL && (settled == NULL || strcmp(settled->key, key) != 0 ||
                        settled->fence != lf_commit_settled_fence(commit))) {
        return LF_E_FENCED;
    }
    if ((row == NULL ? 0 : row->revision) != lf_commit_revision(commit)) {
        return LF_E_CONFLICT;
    }
    char *columns = read_columns(commit);
    if (columns == NULL) {
        return LF_E_NOMEM;
    }
    if (row == NULL) {
        store->contacts =
            realloc(store->contacts, (store->n_contacts + 1) * sizeof *store->contacts);
        row = &store->contacts[store->n_contacts++];
        *row = (plain_contact){.id_len = len};
        strcpy(row->tenant, tenant);
        memcpy(row->id, id, len);
    }
    free(row->bytes);
    free(row->columns);
    row->bytes = memcpy(malloc(size), bytes, size);
    row->size = size;
    row->revision++;
    row->due = lf_commit_wake(commit);
    row->claim = 0;
    row->columns = columns;
    if (settled != NULL) {
        settle_row(store, settled, lf_commit_settled_outcome(commit), 0);
    }
    for (size_t i = 0; i < lf_commit_effect_count(commit); i++) {
        add_effect(store, tenant, lf_commit_effect_at(commit, i));
    }
    store->commits++;
    return LF_OK;
}

/* ---- claims ---- */
static void check_claim(int64_t now, int64_t lease_until, size_t limit) {
    demand(lease_until > now && limit > 0, "a claim holds, and asks for something");
}

/* Gives back what this claim holds; 0: what any does. Fences stay: each claim has others. */
static void unclaim(plain_store *store, size_t claim) {
    for (size_t i = 0; i < store->n_contacts; i++) {
        plain_contact *row = &store->contacts[i];
        if (row->claim != 0 && (claim == 0 || row->claim == claim)) {
            row->due = row->unclaimed;
            row->claim = 0;
        }
    }
    for (size_t i = 0; i < store->n_effects; i++) {
        plain_effect *row = &store->effects[i];
        if (row->claim != 0 && (claim == 0 || row->claim == claim)) {
            row->not_before = row->unclaimed;
            row->claim = 0;
        }
    }
}

void plain_lapse(plain_store *store) {
    unclaim(store, 0);
}

/* What was claimed is put down, or, without memory for it, nothing is claimed. */
static lf_status end_claim(plain_store *store, lf_status status) {
    demand(status == LF_OK || status == LF_E_NOMEM, "claims take what they are given");
    if (status != LF_OK) {
        unclaim(store, store->claims);
    }
    return status;
}

/* By time, then by id. */
static bool earlier(int64_t time, const char *id, size_t len, int64_t other, const char *other_id,
                    size_t other_len) {
    return time != other ? time < other : compare(id, len, other_id, other_len) < 0;
}

static plain_contact *next_due(plain_store *store, const char *tenant, int64_t now) {
    plain_contact *next = NULL;
    for (size_t i = 0; i < store->n_contacts; i++) {
        plain_contact *row = &store->contacts[i];
        if (strcmp(row->tenant, tenant) == 0 && row->due <= now &&
            (next == NULL ||
             earlier(row->due, row->id, row->id_len, next->due, next->id, next->id_len))) {
            next = row;
        }
    }
    return next;
}

static lf_status claim_due(void *user, const char *tenant, int64_t now, int64_t lease_until,
                           size_t limit, lf_claims *claims) {
    plain_store *store = user;
    plain_contact *next;
    lf_status status = LF_OK;
    check_claim(now, lease_until, limit);
    store->claims++;
    for (size_t n = 0;
         n < limit && status == LF_OK && (next = next_due(store, tenant, now)) != NULL; n++) {
        next->unclaimed = next->due;
        next->claim = store->claims;
        next->due = lease_until;
        status = lf_claims_add_contact(claims, next->id, next->id_len);
    }
    return end_claim(store, status);
}

static plain_effect *next_claimable(plain_store *store, const char *tenant, int64_t now) {
    plain_effect *next = NULL;
    for (size_t i = 0; i < store->n_effects; i++) {
        plain_effect *row = &store->effects[i];
        if (row->place == PLAIN_OUTBOX && row->not_before <= now &&
            strcmp(row->tenant, tenant) == 0 &&
            first_of(store, tenant, row->contact, row->contact_len) == row &&
            (next == NULL || earlier(row->not_before, row->contact, row->contact_len,
                                     next->not_before, next->contact, next->contact_len))) {
            next = row;
        }
    }
    return next;
}

static lf_status claim_effects(void *user, const char *tenant, int64_t now, int64_t lease_until,
                               size_t limit, lf_claims *claims) {
    plain_store *store = user;
    plain_effect *next;
    lf_status status = LF_OK;
    check_claim(now, lease_until, limit);
    store->claims++;
    for (size_t n = 0;
         n < limit && status == LF_OK && (next = next_claimable(store, tenant, now)) != NULL; n++) {
        next->unclaimed = next->not_before;
        next->claim = store->claims;
        next->not_before = lease_until;
        next->fence++;
        status = lf_claims_add_effect(claims, next->contact, next->contact_len, next->key,
                                      next->json, next->size, next->fence, next->attempts);
    }
    return end_claim(store, status);
}

static lf_status settle(void *user, const char *tenant, const char *contact, size_t len,
                        const char *key, uint64_t fence, int32_t outcome, int64_t not_before) {
    plain_store *store = user;
    check_id(contact, len);
    plain_effect *row = first_of(store, tenant, contact, len);
    demand(row == NULL || strcmp(row->key, key) != 0 || fence <= row->fence,
           "fences come from claims");
    if (row == NULL || strcmp(row->key, key) != 0 || row->fence != fence) {
        return LF_E_FENCED;
    }
    settle_row(store, row, outcome, not_before);
    return LF_OK;
}

/* ---- lock ---- */
static lf_status lock(void *user, const char *tenant, const char *contact, size_t len) {
    plain_store *store = user;
    (void)tenant;
    check_id(contact, len);
    if (store->locked[0] != '\0') {
        return LF_E_USER;
    }
    memcpy(store->locked, contact, len);
    store->locked[len] = '\0';
    store->locks++;
    return LF_OK;
}

static lf_status unlock(void *user, const char *tenant, const char *contact, size_t len) {
    plain_store *store = user;
    (void)tenant;
    demand(is_locked(store, contact, len), "what is unlocked was locked");
    store->locked[0] = '\0';
    return LF_OK;
}

/* ---- lists ---- */
static lf_status scan(void *user, const char *tenant, const char *after, size_t after_len,
                      size_t limit, lf_claims *claims) {
    plain_store *store = user;
    char last[256];
    size_t last_len = after_len;
    lf_status status = LF_OK;
    check_id(after, after_len);
    memcpy(last, after, after_len);
    for (size_t n = 0; n < limit && status == LF_OK; n++) {
        const plain_contact *next = NULL;
        for (size_t i = 0; i < store->n_contacts; i++) {
            const plain_contact *row = &store->contacts[i];
            if (strcmp(row->tenant, tenant) == 0 &&
                compare(row->id, row->id_len, last, last_len) > 0 &&
                (next == NULL || compare(row->id, row->id_len, next->id, next->id_len) < 0)) {
                next = row;
            }
        }
        if (next == NULL) {
            break;
        }
        status = lf_claims_add_contact(claims, next->id, next->id_len);
        memcpy(last, next->id, next->id_len);
        last_len = next->id_len;
    }
    return status;
}

static lf_status dead(void *user, const char *tenant, size_t limit, lf_claims *claims) {
    plain_store *store = user;
    uint64_t after = 0;
    lf_status status = LF_OK;
    for (size_t n = 0; n < limit && status == LF_OK; n++) {
        const plain_effect *next = NULL;
        for (size_t i = 0; i < store->n_effects; i++) {
            const plain_effect *row = &store->effects[i];
            if (row->place == PLAIN_DEAD && strcmp(row->tenant, tenant) == 0 &&
                row->order > after && (next == NULL || row->order < next->order)) {
                next = row;
            }
        }
        if (next == NULL) {
            break;
        }
        status = lf_claims_add_effect(claims, next->contact, next->contact_len, next->key,
                                      next->json, next->size, next->fence, next->attempts);
        after = next->order;
    }
    return status;
}

static lf_status revive(void *user, const char *tenant, const char *key) {
    plain_store *store = user;
    for (size_t i = 0; i < store->n_effects; i++) {
        plain_effect *row = &store->effects[i];
        if (row->place == PLAIN_DEAD && strcmp(row->tenant, tenant) == 0 &&
            strcmp(row->key, key) == 0) {
            row->place = PLAIN_OUTBOX;
            row->order = ++store->order;
            row->attempts = 0;
            row->fence++;
            row->not_before = INT64_MIN;
            return LF_OK;
        }
    }
    return LF_E_NOTFOUND;
}

/* ---- the store ---- */
void plain_open(plain_store *store, bool with_lock) {
    *store = (plain_store){.with_lock = with_lock};
}

void plain_close(plain_store *store) {
    for (size_t i = 0; i < store->n_contacts; i++) {
        free(store->contacts[i].bytes);
        free(store->contacts[i].columns);
    }
    for (size_t i = 0; i < store->n_effects; i++) {
        free(store->effects[i].json);
    }
    free(store->contacts);
    free(store->effects);
    plain_open(store, false);
}

void plain_table(plain_store *store, lf_store *table) {
    lf_store_init(table, sizeof *table);
    table->user = store;
    table->load = load;
    table->commit = commit;
    table->claim_due = claim_due;
    table->claim_effects = claim_effects;
    table->settle = settle;
    table->lock = store->with_lock ? lock : NULL;
    table->unlock = store->with_lock ? unlock : NULL;
    table->scan = scan;
    table->dead = dead;
    table->revive = revive;
}

plain_contact *plain_contact_of(plain_store *store, const char *tenant, const char *id) {
    return find(store, tenant, id, strlen(id));
}

size_t plain_count(const plain_store *store, const char *kind, enum plain_place place) {
    size_t n = 0;
    for (size_t i = 0; i < store->n_effects; i++) {
        const plain_effect *row = &store->effects[i];
        n += row->place == place && (kind == NULL || strcmp(row->kind, kind) == 0);
    }
    return n;
}

const plain_effect *plain_effect_of(const plain_store *store, const char *kind, size_t nth) {
    for (size_t i = 0; i < store->n_effects; i++) {
        if (strcmp(store->effects[i].kind, kind) == 0 && nth-- == 0) {
            return &store->effects[i];
        }
    }
    return NULL;
}

/* SPDX-License-Identifier: MIT */
/*
 * A store in front of another: it notes the effects of each commit, and where the other is in memory takes them out
 * of the outbox at once. So a replay shows what the step decided, and nothing is kept for a delivery that never
 * comes.
 */
#include "command.h"

#include <string.h>

static bool count(struct tap *tap, const char *kind) {
    size_t i = 0;
    while (i < tap->n_kinds && strcmp(tap->kinds[i].name, kind) != 0) {
        i++;
    }
    if (i == KINDS_MOST || strlen(kind) >= sizeof tap->kinds[i].name) {
        return false;
    }
    if (i == tap->n_kinds) {
        strcpy(tap->kinds[i].name, kind);
        tap->kinds[tap->n_kinds++].count = 0;
    }
    tap->kinds[i].count++;
    return true;
}

static lf_status load(void *user, const char *tenant, const char *contact, size_t len,
                      lf_loaded *loaded) {
    const struct tap *tap = user;
    return tap->store.load(tap->store.user, tenant, contact, len, loaded);
}

static lf_status commit(void *user, const char *tenant, const lf_commit *commit) {
    struct tap *tap = user;
    size_t len;
    const char *contact = lf_commit_contact(commit, &len);
    lf_status status = tap->store.commit(tap->store.user, tenant, commit);
    for (size_t i = 0; status == LF_OK && i < lf_commit_effect_count(commit); i++) {
        const lf_effect *effect = lf_commit_effect_at(commit, i);
        if (!count(tap, lf_effect_kind(effect)) ||
            (tap->spool != NULL && !spool_add(tap->spool, effect)) ||
            (tap->note != NULL && !tap->note(tap->note_user, effect))) {
            return LF_E_USER;
        }
        status = tap->keeps
                     ? LF_OK
                     : tap->store.settle(tap->store.user, tenant, contact, len,
                                         lf_effect_key(effect), 0, LF_OUTCOME_DONE, INT64_MIN);
    }
    return status;
}

static lf_status claim_due(void *user, const char *tenant, int64_t now, int64_t lease_until,
                           size_t limit, lf_claims *claims) {
    const struct tap *tap = user;
    return tap->store.claim_due(tap->store.user, tenant, now, lease_until, limit, claims);
}

static lf_status claim_effects(void *user, const char *tenant, int64_t now, int64_t lease_until,
                               size_t limit, lf_claims *claims) {
    const struct tap *tap = user;
    return tap->store.claim_effects(tap->store.user, tenant, now, lease_until, limit, claims);
}

static lf_status settle(void *user, const char *tenant, const char *contact, size_t len,
                        const char *key, uint64_t fence, int32_t outcome, int64_t not_before) {
    const struct tap *tap = user;
    return tap->store.settle(tap->store.user, tenant, contact, len, key, fence, outcome,
                             not_before);
}

static lf_status scan(void *user, const char *tenant, const char *after, size_t len, size_t limit,
                      lf_claims *claims) {
    const struct tap *tap = user;
    return tap->store.scan(tap->store.user, tenant, after, len, limit, claims);
}

static lf_status dead(void *user, const char *tenant, size_t limit, lf_claims *claims) {
    const struct tap *tap = user;
    return tap->store.dead(tap->store.user, tenant, limit, claims);
}

static lf_status revive(void *user, const char *tenant, const char *key) {
    const struct tap *tap = user;
    return tap->store.revive(tap->store.user, tenant, key);
}

void tap_open(struct tap *tap, const lf_store *store, struct spool *spool, bool keeps) {
    memset(tap, 0, sizeof *tap);
    tap->store = *store;
    tap->spool = spool;
    tap->keeps = keeps;
}

void tap_store(struct tap *tap, lf_store *store) {
    lf_store_init(store, sizeof *store);
    store->user = tap;
    store->load = load;
    store->commit = commit;
    store->claim_due = claim_due;
    store->claim_effects = claim_effects;
    store->settle = settle;
    store->scan = scan;
    store->dead = dead;
    store->revive = revive;
}

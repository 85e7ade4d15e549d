/* SPDX-License-Identifier: MIT */
#include "door.h"

#include <stdio.h>

static void demand(bool kept, const char *what) {
    if (!kept) {
        fprintf(stderr, "the engine misuses its store: %s\n", what);
        abort();
    }
}

static bool fails_now(const door *d, enum door_call call) {
    size_t n = d->calls[call];
    return d->nth != 0 && d->call == call && (n == d->nth || (d->forever && n > d->nth));
}

static void tell_lie(const door *d, bool after, void *out, size_t limit) {
    if (d->lie != NULL && d->after == after) {
        d->lie(out, limit);
    }
}

static bool is_free_to(const door *d, enum door_call call) {
    return !d->locked || call == DOOR_LOAD || call == DOOR_DELIVER || call == DOOR_CLOCK ||
           call == DOOR_UNLOCK;
}

/* True: the callback is not to be called, *status is the answer. */
static bool enter(door *d, enum door_call call, void *out, size_t limit, lf_status *status) {
    demand(!d->inside, "a callback within a callback");
    demand(is_free_to(d, call), "only load and the delivery between lock and unlock");
    d->inside = true;
    d->calls[call]++;
    if (d->meanwhile != NULL) {
        d->meanwhile(d->ctx, call, d->calls[call]);
    }
    *status = d->code;
    if (!fails_now(d, call)) {
        return false;
    }
    tell_lie(d, false, out, limit);
    return d->lie == NULL && !d->after;
}

static lf_status leave(door *d, enum door_call call, void *out, size_t limit, lf_status status) {
    d->inside = false;
    if (!fails_now(d, call)) {
        return status;
    }
    d->faults++;
    tell_lie(d, true, out, limit);
    return d->lie != NULL || (d->after && status != LF_OK) ? status : d->code;
}

bool door_enter(door *d, enum door_call call, void *out, lf_status *status) {
    return enter(d, call, out, 1, status);
}

lf_status door_leave(door *d, enum door_call call, void *out, lf_status status) {
    return leave(d, call, out, 1, status);
}

static void check_tenant(const door *d, const char *tenant) {
    demand(strcmp(tenant, d->tenant) == 0, "another tenant");
}

static void check_id(const char *id, size_t len) {
    demand(id != NULL && len >= 1 && len <= 255, "an id of 1 to 255 bytes");
}

#define CALL(which, out, limit, ...) \
    lf_status status; \
    check_tenant(d, tenant); \
    if (!enter(d, which, out, limit, &status)) { \
        status = d->under.__VA_ARGS__; \
    } \
    return leave(d, which, out, limit, status)

static lf_status load(void *user, const char *tenant, const char *contact, size_t len,
                      lf_loaded *loaded) {
    door *d = user;
    check_id(contact, len);
    CALL(DOOR_LOAD, loaded, 1, load(d->under.user, tenant, contact, len, loaded));
}

static lf_status commit(void *user, const char *tenant, const lf_commit *commit) {
    door *d = user;
    CALL(DOOR_COMMIT, NULL, 1, commit(d->under.user, tenant, commit));
}

static lf_status claim_due(void *user, const char *tenant, int64_t now, int64_t lease_until,
                           size_t limit, lf_claims *claims) {
    door *d = user;
    demand(limit > 0 && lease_until > now, "a claim asks for something and holds");
    CALL(DOOR_CLAIM_DUE, claims, limit,
         claim_due(d->under.user, tenant, now, lease_until, limit, claims));
}

static lf_status claim_effects(void *user, const char *tenant, int64_t now, int64_t lease_until,
                               size_t limit, lf_claims *claims) {
    door *d = user;
    demand(limit > 0 && lease_until > now, "a claim asks for something and holds");
    CALL(DOOR_CLAIM_EFFECTS, claims, limit,
         claim_effects(d->under.user, tenant, now, lease_until, limit, claims));
}

static lf_status settle(void *user, const char *tenant, const char *contact, size_t len,
                        const char *key, uint64_t fence, int32_t outcome, int64_t not_before) {
    door *d = user;
    demand(len <= 255, "an id as it was claimed"); /* also one that is none */
    demand(strlen(key) > 0 && fence > 0, "an effect is settled by its key under a fence");
    demand(outcome >= LF_OUTCOME_DONE && outcome <= LF_OUTCOME_DEAD, "the outcome is one of three");
    CALL(DOOR_SETTLE, NULL, 1,
         settle(d->under.user, tenant, contact, len, key, fence, outcome, not_before));
}

static lf_status lock(void *user, const char *tenant, const char *contact, size_t len) {
    door *d = user;
    lf_status status;
    check_id(contact, len);
    check_tenant(d, tenant);
    if (!enter(d, DOOR_LOCK, NULL, 1, &status)) {
        status = d->under.lock(d->under.user, tenant, contact, len);
    }
    if (status == LF_OK && fails_now(d, DOOR_LOCK)) { /* a lock that fails is none */
        (void)d->under.unlock(d->under.user, tenant, contact, len);
    }
    status = leave(d, DOOR_LOCK, NULL, 1, status);
    d->locked = status == LF_OK;
    return status;
}

static lf_status unlock(void *user, const char *tenant, const char *contact, size_t len) {
    door *d = user;
    demand(d->locked, "what is unlocked was locked");
    lf_status status, ignored;
    check_tenant(d, tenant);
    enter(d, DOOR_UNLOCK, NULL, 1,
          &ignored); /* the store is asked in any case: nothing is held afterwards */
    status = d->under.unlock(d->under.user, tenant, contact, len);
    d->locked = false;
    return leave(d, DOOR_UNLOCK, NULL, 1, status);
}

static lf_status scan(void *user, const char *tenant, const char *after, size_t len, size_t limit,
                      lf_claims *claims) {
    door *d = user;
    demand(after != NULL && len <= 255 && limit > 0, "a scan goes on behind an id");
    CALL(DOOR_SCAN, claims, limit, scan(d->under.user, tenant, after, len, limit, claims));
}

static lf_status dead(void *user, const char *tenant, size_t limit, lf_claims *claims) {
    door *d = user;
    CALL(DOOR_DEAD, claims, limit, dead(d->under.user, tenant, limit, claims));
}

static lf_status revive(void *user, const char *tenant, const char *key) {
    door *d = user;
    CALL(DOOR_REVIVE, NULL, 1, revive(d->under.user, tenant, key));
}

void door_open(door *d, const lf_store *under, const char *tenant) {
    *d = (door){.under = *under, .tenant = tenant};
}

void door_table(door *d, lf_store *table) {
    lf_store_init(table, sizeof *table);
    table->user = d;
    table->load = load;
    table->commit = commit;
    table->claim_due = claim_due;
    table->claim_effects = claim_effects;
    table->settle = settle;
    table->lock = d->under.lock == NULL ? NULL : lock;
    table->unlock = d->under.lock == NULL ? NULL : unlock;
    table->scan = scan;
    table->dead = dead;
    table->revive = revive;
}

void door_fail(door *d, enum door_call call, size_t nth, bool after, bool forever, lf_status code) {
    memset(d->calls, 0, sizeof d->calls);
    d->call = call;
    d->nth = nth;
    d->after = after;
    d->forever = forever;
    d->code = code;
    d->faults = 0;
    d->lie = NULL;
}

void door_lie(door *d, enum door_call call, size_t nth, bool after, bool forever,
              void (*lie)(void *out, size_t limit)) {
    door_fail(d, call, nth, after, forever, LF_OK);
    d->lie = lie;
}

void door_mend(door *d) {
    d->nth = 0;
}

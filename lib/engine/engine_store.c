/* SPDX-License-Identifier: MIT */
/* Between the engine and the store's callbacks, but for commit: loading, claiming, settling. */
#include "engine/engine_internal.h"

lf_status lf_engine_called(lf_status status) {
    return status > 0 ? LF_E_STORE : status;
}

/* ---- what callbacks write ---- */
lf_status lf_loaded_set(lf_loaded *loaded, const void *bytes, size_t size, uint64_t revision) {
    if (loaded == NULL) {
        return LF_E_ARG;
    }
    if ((bytes == NULL && size > 0) || revision == 0) {
        return loaded->status = LF_E_ARG;
    }
    lf_buf_clear(&loaded->bytes);
    lf_buf_add(&loaded->bytes, bytes, size);
    loaded->revision = loaded->bytes.failed ? 0 : revision;
    return loaded->status = loaded->bytes.failed ? LF_E_NOMEM : LF_OK;
}

void lf_claims_clear(struct lf_claims *claims) {
    claims->items.n = 0;
    lf_arena_reset(&claims->arena);
}

static lf_status add_claim(lf_claims *claims, const lf_claim *claim) {
    if (!lf_mem_grow(&claims->arena.mem, (void **)&claims->items.items, &claims->items.cap,
                     claims->items.n + 1, sizeof *claim)) {
        return LF_E_NOMEM;
    }
    claims->items.items[claims->items.n++] = *claim;
    return LF_OK;
}

lf_status lf_claims_add_contact(lf_claims *claims, const char *id, size_t len) {
    lf_claim claim = {.key = LF_STR("")};
    if (claims == NULL || id == NULL) {
        return LF_E_ARG;
    }
    bool kept = lf_arena_str(&claims->arena, (lf_str){id, len}, &claim.contact);
    return kept ? add_claim(claims, &claim) : LF_E_NOMEM;
}

lf_status lf_claims_add_effect(lf_claims *claims, const char *contact, size_t contact_len,
                               const char *key, const char *json, size_t json_len, uint64_t fence,
                               int64_t attempts) {
    lf_claim claim = {.fence = fence, .attempts = attempts < 0 ? 0 : attempts};
    if (claims == NULL || contact == NULL || key == NULL || json == NULL) {
        return LF_E_ARG;
    }
    if (!lf_arena_str(&claims->arena, (lf_str){contact, contact_len}, &claim.contact) ||
        !lf_arena_str(&claims->arena, lf_str_of(key), &claim.key)) {
        return LF_E_NOMEM;
    }
    lf_status status = lf_effect_read(&claims->arena, (lf_str){json, json_len}, &claim.effect);
    if (status == LF_E_NOMEM) {
        return status;
    }
    if (status == LF_OK && (!lf_str_eq(claim.effect->contact, claim.contact) ||
                            !lf_str_eq(lf_str_of(claim.effect->key), claim.key))) {
        claim.effect = NULL; /* it is somebody else's */
    }
    return add_claim(claims, &claim);
}

/* ---- loading ---- */
static lf_status load_bytes(lf_engine *engine, lf_str contact) {
    lf_buf_clear(&engine->loaded.bytes);
    engine->loaded.revision = 0;
    engine->loaded.status = LF_OK;
    lf_status status = lf_engine_called(engine->store.load(engine->store.user, engine->tenant.p,
                                                           contact.p, contact.n, &engine->loaded));
    if (status == LF_E_NOTFOUND) { /* it must not have said something else before */
        return engine->loaded.revision == 0 ? engine->loaded.status : LF_E_STORE;
    }
    return status == LF_OK ? engine->loaded.status : status;
}

lf_status lf_engine_load(lf_engine *engine, lf_str contact) {
    char id[LF_ID_MAX + 1]; /* the name may lie in what is overwritten */
    memcpy(id, contact.p, contact.n);
    id[contact.n] = '\0';
    lf_str own = {id, contact.n};
    lf_status status = load_bytes(engine, own);
    if (status != LF_OK) {
        return status;
    }
    if (engine->loaded.revision == 0) {
        status = lf_person_renew(engine->contact, own);
        return status == LF_OK ? LF_E_NOTFOUND : status;
    }
    lf_str bytes = {engine->loaded.bytes.p, engine->loaded.bytes.n};
    status = lf_person_decode_into(engine->contact, bytes);
    if (status == LF_OK && !lf_str_eq(lf_person_text(engine->contact, engine->contact->id), own)) {
        status = LF_E_CORRUPT;
    }
    return status;
}

/* ---- claiming and settling ---- */
typedef lf_status (*claim_fn)(void *user, const char *tenant, int64_t now, int64_t lease_until,
                              size_t limit, lf_claims *claims);

static lf_status claim(lf_engine *engine, claim_fn fn, int64_t now, size_t limit) {
    lf_claims_clear(&engine->claims);
    lf_status status = lf_engine_called(fn(engine->store.user, engine->tenant.p, now,
                                           lf_sat_add(now, engine->lease), limit, &engine->claims));
    if (status != LF_OK) {
        lf_claims_clear(&engine->claims);
    }
    return status;
}

lf_status lf_engine_claim_due(lf_engine *engine, int64_t now, size_t limit) {
    return claim(engine, engine->store.claim_due, now, limit);
}

lf_status lf_engine_claim_effects(lf_engine *engine, int64_t now, size_t limit) {
    return claim(engine, engine->store.claim_effects, now, limit);
}

lf_status lf_engine_settle(lf_engine *engine, const lf_claim *claim, int32_t outcome,
                           int64_t not_before) {
    lf_status status = LF_E_UNKNOWN;
    for (unsigned i = 0; i < 2 && status == LF_E_UNKNOWN; i++) { /* a second time does no harm */
        status = lf_engine_called(engine->store.settle(
            engine->store.user, engine->tenant.p, claim->contact.p, claim->contact.n, claim->key.p,
            claim->fence, outcome, not_before));
    }
    /* Fenced: it was done the first time, or the effect is somebody else's now. */
    return status == LF_E_FENCED ? LF_OK : status;
}

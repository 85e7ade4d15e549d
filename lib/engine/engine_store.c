/* SPDX-License-Identifier: MIT */
/* Between the engine and the store's callbacks: loading, committing, what they read and write. */
#include "engine/engine.h"

lf_status lf_engine_begin(lf_engine *engine, int64_t *now) {
    if (engine->busy) {
        return LF_E_BUSY;
    }
    if (*now == INT64_MIN) {
        if (engine->clock == NULL) {
            return LF_E_ARG;
        }
        engine->busy = true;
        *now = engine->clock(engine->clock_user);
        engine->busy = false;
    }
    if (*now < LF_TIME_MIN || *now > LF_TIME_MAX) {
        return LF_E_ARG;
    }
    engine->busy = true;
    return LF_OK;
}

lf_status lf_engine_end(lf_engine *engine, lf_status status) {
    engine->busy = false;
    return status;
}

/* ---- what callbacks write ---- */
lf_status lf_loaded_set(lf_loaded *loaded, const void *bytes, size_t size, uint64_t revision) {
    if (loaded == NULL || bytes == NULL || revision == 0) {
        return LF_E_ARG;
    }
    lf_buf_clear(&loaded->bytes);
    lf_buf_add(&loaded->bytes, bytes, size);
    loaded->revision = revision;
    return loaded->bytes.failed ? LF_E_NOMEM : LF_OK;
}

void lf_claims_clear(struct lf_claims *claims) {
    claims->items.n = 0;
    lf_arena_reset(&claims->arena);
}

static lf_status add_claim(lf_claims *claims, lf_claim claim) {
    if (!lf_mem_grow(&claims->arena.mem, (void **)&claims->items.items, &claims->items.cap, claims->items.n + 1,
                     sizeof claim)) {
        return LF_E_NOMEM;
    }
    claims->items.items[claims->items.n++] = claim;
    return LF_OK;
}

lf_status lf_claims_add_contact(lf_claims *claims, const char *id, size_t len) {
    lf_claim claim = {.effect = NULL};
    if (claims == NULL || id == NULL) {
        return LF_E_ARG;
    }
    return lf_arena_str(&claims->arena, (lf_str){id, len}, &claim.contact) ? add_claim(claims, claim) : LF_E_NOMEM;
}

lf_status lf_claims_add_effect(lf_claims *claims, const char *json, size_t len, uint64_t fence, int64_t attempts) {
    lf_claim claim = {.fence = fence, .attempts = attempts};
    if (claims == NULL || json == NULL) {
        return LF_E_ARG;
    }
    lf_status status = lf_effect_read(&claims->arena, (lf_str){json, len}, &claim.effect);
    if (status != LF_OK) {
        return status;
    }
    claim.contact = claim.effect->contact;
    return add_claim(claims, claim);
}

/* ---- what commit reads ---- */
const char *lf_commit_contact(const lf_commit *commit, size_t *len) {
    if (len != NULL) {
        *len = commit->contact.n;
    }
    return commit->contact.p;
}

const void *lf_commit_bytes(const lf_commit *commit, size_t *size) {
    if (size != NULL) {
        *size = commit->bytes.n;
    }
    return commit->bytes.p;
}

uint64_t lf_commit_revision(const lf_commit *commit) {
    return commit->revision;
}

int64_t lf_commit_wake(const lf_commit *commit) {
    return commit->wake;
}

size_t lf_commit_column_count(const lf_commit *commit) {
    const lf_blueprint *bp = commit->engine->blueprint;
    return bp->n_machines + 2u * bp->n_scores;
}

/* A column is a machine's state, a score's points, or a score's band. */
static const char *column(const lf_commit *commit, const char *what, lf_str name) {
    lf_str text = {NULL, 0};
    lf_buf buf;
    lf_buf_init(&buf, &commit->engine->mem);
    lf_buf_format(&buf, "%s%S", what, name);
    if (!buf.failed) {
        lf_arena_str(&commit->engine->columns, (lf_str){buf.p, buf.n}, &text);
    }
    lf_buf_free(&buf);
    return text.p;
}

const char *lf_commit_column_name(const lf_commit *commit, size_t index) {
    const lf_blueprint *bp = commit->engine->blueprint;
    if (index < bp->n_machines) {
        return column(commit, "state.", bp->machines[index].name);
    }
    index -= bp->n_machines;
    if (index < bp->n_scores) {
        return column(commit, "score.", bp->scores[index].name);
    }
    index -= bp->n_scores;
    return index < bp->n_scores ? column(commit, "band.", bp->scores[index].name) : NULL;
}

static const char *points(const lf_commit *commit, size_t score) {
    lf_engine *engine = commit->engine;
    lf_world world;
    int64_t total = 0;
    lf_status status = lf_world_init(&world, &engine->mem, engine->blueprint);
    if (status == LF_OK) {
        lf_world_look(&world, engine->contact, engine->contact->clock);
        const lf_score_now *now = lf_score_look(&world, (uint16_t)score);
        status = now == NULL ? LF_E_NOMEM : LF_OK;
        total = now == NULL ? 0 : now->total;
    }
    lf_world_free(&world);
    if (status != LF_OK) {
        return NULL;
    }
    char digits[24];
    lf_buf buf;
    lf_buf_init(&buf, &engine->mem);
    lf_buf_i64(&buf, lf_points(total));
    lf_str text = {digits, buf.n < sizeof digits ? buf.n : 0};
    memcpy(digits, lf_buf_cstr(&buf), text.n);
    lf_buf_free(&buf);
    return column(commit, "", text);
}

const char *lf_commit_column_value(const lf_commit *commit, size_t index) {
    const lf_blueprint *bp = commit->engine->blueprint;
    const lf_contact *contact = commit->engine->contact;
    if (index < bp->n_machines) {
        uint16_t state = contact->machines.items[index].state;
        return state == LF_NO_INDEX ? NULL : bp->states[state].name.p;
    }
    index -= bp->n_machines;
    if (index < bp->n_scores) {
        return points(commit, index);
    }
    index -= bp->n_scores;
    if (index >= bp->n_scores || contact->bands.items[index] == LF_NO_INDEX) {
        return NULL;
    }
    return bp->bands[contact->bands.items[index]].name.p;
}

size_t lf_commit_effect_count(const lf_commit *commit) {
    return commit->effects.n;
}

const lf_effect *lf_commit_effect_at(const lf_commit *commit, size_t index) {
    return index < commit->effects.n ? commit->effects.items[index] : NULL;
}

const char *lf_commit_settled_key(const lf_commit *commit) {
    return commit->settled.claim == NULL ? NULL : commit->settled.claim->effect->key;
}

uint64_t lf_commit_settled_fence(const lf_commit *commit) {
    return commit->settled.claim == NULL ? 0 : commit->settled.claim->fence;
}

int32_t lf_commit_settled_outcome(const lf_commit *commit) {
    return commit->settled.outcome;
}

/* ---- loading and committing ---- */
static lf_status load_bytes(lf_engine *engine, lf_str contact) {
    lf_buf_clear(&engine->loaded.bytes);
    engine->loaded.revision = 0;
    return engine->store.load(engine->store.user, engine->tenant.p, contact.p, contact.n, &engine->loaded);
}

lf_status lf_engine_load(lf_engine *engine, lf_str contact) {
    if (!lf_person_id_valid(contact)) {
        return LF_E_ARG;
    }
    lf_status status = load_bytes(engine, contact);
    if (status != LF_OK) {
        return status;
    }
    if (engine->loaded.revision == 0) {
        status = lf_person_renew(engine->contact, contact);
        return status == LF_OK ? LF_E_NOTFOUND : status;
    }
    lf_str bytes = {engine->loaded.bytes.p, engine->loaded.bytes.n};
    status = lf_person_decode_into(engine->contact, bytes);
    if (status == LF_OK && !lf_str_eq(lf_person_text(engine->contact, engine->contact->id), contact)) {
        status = LF_E_CORRUPT;
    }
    return status;
}

static lf_status gather_effects(lf_engine *engine) {
    const lf_fx_list *list = lf_flow_effects(engine->flow);
    lf_arena_reset(&engine->effects);
    engine->commit.effects.n = 0;
    if (!lf_mem_grow(&engine->mem, (void **)&engine->commit.effects.items, &engine->commit.effects.cap, list->items.n,
                     sizeof(lf_effect *))) {
        return LF_E_NOMEM;
    }
    for (uint32_t i = 0; i < list->items.n; i++) {
        lf_status status = lf_effect_make(&engine->effects, engine->blueprint, engine->tenant, engine->commit.contact,
                                          &list->items.items[i], &engine->commit.effects.items[i]);
        if (status != LF_OK) {
            return status;
        }
        engine->commit.effects.n++;
    }
    return LF_OK;
}

lf_status lf_engine_commit(lf_engine *engine, lf_settled settled) {
    struct lf_commit *commit = &engine->commit;
    commit->contact = lf_person_text(engine->contact, engine->contact->id);
    commit->revision = engine->loaded.revision;
    commit->wake = engine->contact->wake;
    commit->settled = settled;
    lf_arena_reset(&engine->columns);
    lf_buf_clear(&commit->bytes);
    lf_status status = lf_person_encode(engine->contact, &commit->bytes);
    if (status == LF_OK) {
        status = gather_effects(engine);
    }
    return status != LF_OK ? status : engine->store.commit(engine->store.user, engine->tenant.p, commit);
}

lf_status lf_engine_was_done(lf_engine *engine) {
    const struct lf_commit *commit = &engine->commit;
    lf_status status = load_bytes(engine, commit->contact);
    if (status != LF_OK) {
        return LF_E_UNKNOWN;
    }
    if (engine->loaded.revision == commit->revision) {
        return LF_E_CONFLICT;
    }
    bool ours = engine->loaded.revision == commit->revision + 1 && engine->loaded.bytes.n == commit->bytes.n &&
                memcmp(engine->loaded.bytes.p, commit->bytes.p, commit->bytes.n) == 0;
    return ours ? LF_OK : LF_E_UNKNOWN;
}

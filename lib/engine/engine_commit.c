/* SPDX-License-Identifier: MIT */
/* One commit: the contact's new bytes, its wake time, effects, summary columns; and what stores read of it. */
#include "engine/engine_internal.h"

/* ---- what commit reads ---- */
const char *lf_commit_contact(const lf_commit *commit, size_t *len) {
    return lf_str_out(commit == NULL ? (lf_str){NULL, 0} : commit->contact, len);
}

const void *lf_commit_bytes(const lf_commit *commit, size_t *size) {
    return lf_str_out(
        commit == NULL ? (lf_str){NULL, 0} : (lf_str){commit->bytes.p, commit->bytes.n}, size);
}

uint64_t lf_commit_revision(const lf_commit *commit) {
    return commit == NULL ? 0 : commit->revision;
}

int64_t lf_commit_wake(const lf_commit *commit) {
    return commit == NULL ? LF_TIME_NONE : commit->wake;
}

size_t lf_commit_effect_count(const lf_commit *commit) {
    return commit == NULL ? 0 : commit->effects.n;
}

const lf_effect *lf_commit_effect_at(const lf_commit *commit, size_t index) {
    return index < lf_commit_effect_count(commit) ? commit->effects.items[index] : NULL;
}

static const lf_claim *settled(const lf_commit *commit) {
    return commit == NULL ? NULL : commit->settled;
}

const char *lf_commit_settled_key(const lf_commit *commit) {
    const lf_claim *claim = settled(commit);
    return claim == NULL ? NULL : claim->key.p;
}

uint64_t lf_commit_settled_fence(const lf_commit *commit) {
    const lf_claim *claim = settled(commit);
    return claim == NULL ? 0 : claim->fence;
}

int32_t lf_commit_settled_outcome(const lf_commit *commit) {
    return settled(commit) == NULL ? LF_OUTCOME_DONE : commit->outcome;
}

/* ---- committing ---- */
static lf_status gather_effects(lf_engine *engine) {
    const lf_fx_list *list = lf_flow_effects(engine->flow);
    struct lf_commit *commit = &engine->commit;
    lf_arena_reset(&engine->effects);
    commit->effects.n = 0;
    if (!lf_mem_grow(&engine->mem, (void **)&commit->effects.items, &commit->effects.cap,
                     list->items.n, sizeof(lf_effect *))) {
        return LF_E_NOMEM;
    }
    for (uint32_t i = 0; i < list->items.n; i++) {
        lf_status status =
            lf_effect_make(&engine->effects, &engine->scratch, engine->blueprint, engine->tenant,
                           commit->contact, &list->items.items[i], &commit->effects.items[i]);
        if (status != LF_OK) {
            return status;
        }
        commit->effects.n++;
    }
    return LF_OK;
}

static bool changes_nothing(const lf_engine *engine, const lf_work *work) {
    const lf_buf *before = &engine->loaded.bytes, *after = &engine->commit.bytes;
    return !work->claimed && work->settled == NULL && engine->commit.effects.n == 0 &&
           before->n == after->n && memcmp(before->p, after->p, after->n) == 0;
}

lf_status lf_engine_commit(lf_engine *engine, lf_work *work) {
    struct lf_commit *commit = &engine->commit;
    commit->contact = lf_person_text(engine->contact, engine->contact->id);
    commit->revision = engine->loaded.revision;
    commit->wake = engine->contact->wake;
    commit->settled = work->settled;
    commit->outcome = work->outcome;
    engine->world_looks = false;
    lf_arena_reset(&engine->values);
    lf_buf_clear(&commit->bytes);
    lf_status status = lf_person_encode(engine->contact, &commit->bytes);
    if (status == LF_OK) {
        status = gather_effects(engine);
    }
    if (status != LF_OK || changes_nothing(engine, work)) {
        return status;
    }
    status = engine->store.commit(engine->store.user, engine->tenant.p, commit);
    status = status > 0 ? LF_E_UNKNOWN : status;
    if (status != LF_OK && status != LF_E_CONFLICT) {
        lf_doubt_note(engine, work, status);
    }
    return status;
}

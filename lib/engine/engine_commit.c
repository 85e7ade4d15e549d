/* SPDX-License-Identifier: MIT */
/* One commit: the contact's new bytes, its wake time, effects, summary columns; and what stores read of it. */
#include "engine/engine_internal.h"

/* ---- what commit reads ---- */
static const char *text_out(lf_str text, size_t *len) {
    if (len != NULL) {
        *len = text.n;
    }
    return text.p;
}

const char *lf_commit_contact(const lf_commit *commit, size_t *len) {
    return text_out(commit == NULL ? (lf_str){NULL, 0} : commit->contact, len);
}

const void *lf_commit_bytes(const lf_commit *commit, size_t *size) {
    return text_out(commit == NULL ? (lf_str){NULL, 0} : (lf_str){commit->bytes.p, commit->bytes.n},
                    size);
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

/* ---- summary columns: machines' states, scores' points, scores' bands ---- */
static size_t count_columns(const lf_blueprint *bp) {
    return bp->n_machines + 2u * (size_t)bp->n_scores;
}

static bool name_column(lf_engine *engine, size_t at, const char *what, lf_str name) {
    lf_buf *buf = &engine->scratch;
    lf_buf_clear(buf);
    lf_buf_format(buf, "%s%S", what, name);
    return !buf->failed &&
           lf_arena_str(&engine->names, (lf_str){buf->p, buf->n}, &engine->columns[at]);
}

lf_status lf_engine_columns(lf_engine *engine) {
    const lf_blueprint *bp = engine->blueprint;
    bool named = true;
    size_t at = 0;
    engine->columns =
        lf_arena_alloc(&engine->names, (count_columns(bp) + 1) * sizeof *engine->columns);
    if (engine->columns == NULL) {
        return LF_E_NOMEM;
    }
    for (uint32_t i = 0; i < bp->n_machines && named; i++) {
        named = name_column(engine, at++, "state_", bp->machines[i].name);
    }
    for (uint32_t i = 0; i < bp->n_scores && named; i++) {
        named = name_column(engine, at++, "score_", bp->scores[i].name);
    }
    for (uint32_t i = 0; i < bp->n_scores && named; i++) {
        named = name_column(engine, at++, "band_", bp->scores[i].name);
    }
    return named ? lf_world_init(&engine->world, &engine->mem, bp) : LF_E_NOMEM;
}

size_t lf_commit_column_count(const lf_commit *commit) {
    return commit == NULL ? 0 : count_columns(commit->engine->blueprint);
}

const char *lf_commit_column_name(const lf_commit *commit, size_t index) {
    return index < lf_commit_column_count(commit) ? commit->engine->columns[index].p : NULL;
}

static lf_status points_of(lf_engine *engine, uint16_t score, const char **value) {
    if (!engine->world_looks) {
        engine->world.failed = false;
        lf_world_look(&engine->world, engine->contact, engine->contact->clock);
        engine->world_looks = true;
    }
    const lf_score_now *now = lf_score_look(&engine->world, score);
    if (now == NULL) {
        engine->world_looks = false; /* it starts anew if it is asked again */
        return LF_E_NOMEM;
    }
    lf_str kept = {NULL, 0};
    lf_buf *digits = &engine->scratch;
    lf_buf_clear(digits);
    lf_buf_i64(digits, lf_points(now->total));
    bool done =
        !digits->failed && lf_arena_str(&engine->values, (lf_str){digits->p, digits->n}, &kept);
    *value = kept.p;
    return done ? LF_OK : LF_E_NOMEM;
}

lf_status lf_commit_column_value(const lf_commit *commit, size_t index, const char **value) {
    if (commit == NULL || value == NULL) {
        return LF_E_ARG;
    }
    const lf_blueprint *bp = commit->engine->blueprint;
    const lf_contact *contact = commit->engine->contact;
    *value = NULL;
    if (index < bp->n_machines) {
        uint16_t state = contact->machines.items[index].state;
        *value = state == LF_NO_INDEX ? NULL : bp->states[state].name.p;
        return LF_OK;
    }
    index -= bp->n_machines;
    if (index < bp->n_scores) {
        return points_of(commit->engine, (uint16_t)index, value);
    }
    index -= bp->n_scores;
    if (index >= bp->n_scores) {
        return LF_E_ARG;
    }
    uint16_t band = contact->bands.items[index];
    *value = band == LF_NO_INDEX ? NULL : bp->bands[band].name.p;
    return LF_OK;
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

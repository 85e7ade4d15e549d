/* SPDX-License-Identifier: MIT */
/* Summary columns of a commit: machines' states, scores' points, scores' bands. */
#include "engine/engine_internal.h"

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
        engine->world.failed = LF_OK;
        lf_world_look(&engine->world, engine->contact, engine->contact->clock);
        engine->world_looks = true;
    }
    const lf_score_now *now = lf_score_look(&engine->world, score);
    if (now == NULL) {
        engine->world_looks = false; /* it starts anew if it is asked again */
        return engine->world.failed;
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

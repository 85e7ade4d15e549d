/* SPDX-License-Identifier: MIT */
/* The public handles of scores and explanations. */
#include "score/score.h"
#include "time/timing.h"

size_t lf_blueprint_scorer_count(const lf_blueprint *blueprint) {
    return blueprint == NULL ? 0 : blueprint->n_scores;
}

const lf_scorer *lf_blueprint_scorer_at(const lf_blueprint *blueprint, size_t index) {
    return blueprint == NULL || index >= blueprint->n_scores ? NULL : &blueprint->scorers[index];
}

const lf_scorer *lf_blueprint_scorer(const lf_blueprint *blueprint, const char *name) {
    int32_t index = blueprint == NULL || name == NULL
                        ? -1
                        : lf_names_find(&blueprint->schema.names[LF_N_SCORE], lf_str_of(name));
    return index < 0 ? NULL : &blueprint->scorers[index];
}

const char *lf_scorer_name(const lf_scorer *scorer) {
    return scorer == NULL ? NULL : scorer->blueprint->scores[scorer->index].name.p;
}

/* Begins to look at the contact; the world is to be freed whatever comes back. */
static lf_status look(const lf_scorer *scorer, const lf_contact *contact, int64_t at,
                      lf_world *world) {
    memset(world, 0, sizeof *world);
    if (scorer == NULL || contact == NULL || contact->schema != &scorer->blueprint->schema ||
        at < LF_TIME_MIN || at > LF_TIME_MAX) {
        return LF_E_ARG;
    }
    lf_status status = lf_world_init(world, &contact->mem, scorer->blueprint);
    if (status == LF_OK) {
        lf_world_look(world, contact, at);
    }
    return status;
}

lf_status lf_scorer_total(const lf_scorer *scorer, const lf_contact *contact, int64_t at,
                          int64_t *total) {
    lf_world world;
    if (total == NULL) {
        return LF_E_ARG;
    }
    *total = 0;
    lf_status status = look(scorer, contact, at, &world);
    if (status == LF_OK) {
        const lf_score_now *now = lf_score_look(&world, scorer->index);
        status = world.failed;
        *total = now == NULL ? 0 : now->total;
    }
    lf_world_free(&world);
    return status;
}

const char *lf_scorer_band(const lf_scorer *scorer, const lf_contact *contact) {
    if (scorer == NULL || contact == NULL || contact->schema != &scorer->blueprint->schema ||
        contact->bands.items[scorer->index] == LF_NO_INDEX) {
        return NULL;
    }
    return scorer->blueprint->bands[contact->bands.items[scorer->index]].name.p;
}

lf_status lf_scorer_next_band_change(const lf_scorer *scorer, const lf_contact *contact,
                                     int64_t *at) {
    lf_world world;
    if (at == NULL) {
        return LF_E_ARG;
    }
    *at = 0;
    lf_status status = look(scorer, contact, contact == NULL ? 0 : contact->clock, &world);
    if (status == LF_OK) {
        int64_t next = lf_score_next_band(
            &world, scorer->index, contact->bands.items[scorer->index], LF_TIME_NONE, UINT32_MAX);
        status = world.failed;
        *at = status == LF_OK ? next : 0;
    }
    lf_world_free(&world);
    return status;
}

lf_status lf_scorer_explain(const lf_scorer *scorer, const lf_contact *contact, int64_t at,
                            lf_explanation **out) {
    lf_world world;
    if (out == NULL) {
        return LF_E_ARG;
    }
    *out = NULL;
    lf_status status = look(scorer, contact, at, &world);
    lf_explanation *explanation = NULL;
    if (status == LF_OK) {
        explanation = lf_mem_alloc(&contact->mem, sizeof *explanation);
        status = explanation == NULL ? LF_E_NOMEM : LF_OK;
    }
    if (status == LF_OK) {
        explanation->mem = contact->mem;
        explanation->blueprint = lf_definitions_ref(scorer->blueprint);
        status = lf_score_explain(&world, scorer->index, explanation);
    }
    lf_world_free(&world);
    if (status != LF_OK) {
        lf_explanation_free(explanation);
        return status;
    }
    *out = explanation;
    return LF_OK;
}

void lf_explanation_free(lf_explanation *explanation) {
    if (explanation != NULL) {
        lf_mem mem = explanation->mem;
        lf_blueprint *blueprint = explanation->blueprint;
        lf_explanation_clear(explanation);
        lf_mem_free(&mem, explanation, sizeof *explanation);
        lf_definitions_unref(blueprint);
    }
}

int64_t lf_explanation_total(const lf_explanation *explanation) {
    return explanation == NULL ? 0 : explanation->total;
}

int64_t lf_explanation_until(const lf_explanation *explanation) {
    return explanation == NULL ? LF_TIME_NONE : explanation->until;
}

size_t lf_explanation_count(const lf_explanation *explanation) {
    return explanation == NULL ? 0 : explanation->parts.n;
}

static const lf_part *part_at(const lf_explanation *explanation, size_t index) {
    bool there = explanation != NULL && index < explanation->parts.n;
    return there ? &explanation->parts.items[index] : NULL;
}

const char *lf_explanation_kind(const lf_explanation *explanation, size_t index) {
    static const char *const kinds[] = {"entry",     "field", "rule_cap", "dimension_cap",
                                        "score_cap", "floor", "reset"};
    const lf_part *part = part_at(explanation, index);
    return part == NULL ? NULL : kinds[part->kind];
}

const char *lf_explanation_dimension(const lf_explanation *explanation, size_t index) {
    const lf_part *part = part_at(explanation, index);
    bool has = part != NULL && part->dimension != LF_NO_INDEX;
    return has ? explanation->blueprint->dimensions[part->dimension].name.p : NULL;
}

const char *lf_explanation_rule(const lf_explanation *explanation, size_t index) {
    const lf_part *part = part_at(explanation, index);
    return part == NULL || part->rule == LF_NO_INDEX
               ? NULL
               : explanation->blueprint->rules[part->rule].name.p;
}

int64_t lf_explanation_at(const lf_explanation *explanation, size_t index) {
    const lf_part *part = part_at(explanation, index);
    return part == NULL ? LF_TIME_NONE : part->at;
}

int64_t lf_explanation_entries(const lf_explanation *explanation, size_t index) {
    const lf_part *part = part_at(explanation, index);
    return part == NULL ? 0 : part->count;
}

int64_t lf_explanation_base(const lf_explanation *explanation, size_t index) {
    const lf_part *part = part_at(explanation, index);
    return part == NULL ? 0 : part->base;
}

int64_t lf_explanation_value(const lf_explanation *explanation, size_t index) {
    const lf_part *part = part_at(explanation, index);
    return part == NULL ? 0 : part->value;
}

static void put_time(lf_json_writer *w, const char *key, int64_t t) {
    char text[LF_RFC3339_SIZE];
    lf_time_format(text, t);
    lf_jw_key(w, key);
    lf_jw_str(w, (lf_str){text, sizeof text});
}

static void put_part(lf_json_writer *w, const lf_explanation *explanation, size_t index) {
    const lf_part *part = &explanation->parts.items[index];
    lf_jw_begin_object(w);
    lf_jw_key(w, "kind");
    lf_jw_text(w, lf_explanation_kind(explanation, index));
    if (part->dimension != LF_NO_INDEX) {
        lf_jw_key(w, "dimension");
        lf_jw_text(w, lf_explanation_dimension(explanation, index));
    }
    if (part->rule != LF_NO_INDEX) {
        lf_jw_key(w, "rule");
        lf_jw_text(w, lf_explanation_rule(explanation, index));
    }
    if (part->kind == LF_PART_ENTRY) {
        put_time(w, "at", part->at);
        lf_jw_key(w, "entries");
        lf_jw_i64(w, part->count);
    }
    if (part->kind == LF_PART_ENTRY || part->kind == LF_PART_FIELD) {
        lf_jw_key(w, "before");
        lf_jw_i64(w, part->base);
    }
    lf_jw_key(w, "value");
    lf_jw_i64(w, part->value);
    lf_jw_end_object(w);
}

lf_status lf_explanation_json(const lf_explanation *explanation, lf_buffer *out) {
    if (explanation == NULL || out == NULL) {
        return LF_E_ARG;
    }
    lf_json_writer w = {.buf = &out->buf};
    size_t before = out->buf.n;
    lf_jw_begin_object(&w);
    lf_jw_key(&w, "total");
    lf_jw_i64(&w, explanation->total);
    if (explanation->until != LF_TIME_NONE) {
        put_time(&w, "until", explanation->until);
    }
    lf_jw_key(&w, "parts");
    lf_jw_begin_array(&w);
    for (size_t i = 0; i < explanation->parts.n; i++) {
        put_part(&w, explanation, i);
    }
    lf_jw_end_array(&w);
    lf_jw_end_object(&w);
    return lf_buf_end(&out->buf, before, LF_OK);
}

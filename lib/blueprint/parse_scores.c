/* SPDX-License-Identifier: MIT */
/* The section `scores` (SPEC 6): dimensions, idle decay, bands. Rules have a file of their own. */
#include "blueprint/blueprint_internal.h"

static const lf_key score_keys[] = {{"min", LF_K_NUMBER},
                                    {"max", LF_K_NUMBER},
                                    {"idle", LF_K_OBJECT},
                                    {"bands", LF_K_ARRAY},
                                    {"dimensions", LF_K_OBJECT | LF_K_REQUIRED},
                                    {"renamed", LF_K_OBJECT}};
static const lf_key dimension_keys[] = {{"min", LF_K_NUMBER},
                                        {"max", LF_K_NUMBER},
                                        {"rules", LF_K_ARRAY},
                                        {"model", LF_K_LATER},
                                        {"renamed", LF_K_OBJECT}};
static const lf_key idle_keys[] = {{"lose", LF_K_STRING},
                                   {"every", LF_K_STRING},
                                   {"floor", LF_K_NUMBER},
                                   {"reset_after", LF_K_STRING}};
static const lf_key band_keys[] = {{"name", LF_K_STRING | LF_K_REQUIRED},
                                   {"from", LF_K_NUMBER | LF_K_REQUIRED},
                                   {"until", LF_K_NUMBER}};

/* ---- declaring ---- */
/* How much there is of everything, to make room for it. */
static void count_score(const lf_json *object, lf_blueprint *bp) {
    const lf_json *dimensions = lf_key_get(object, "dimensions", LF_K_OBJECT);
    const lf_json *bands = lf_key_get(object, "bands", LF_K_ARRAY);
    bp->n_bands += bands == NULL ? 0 : bands->n;
    for (uint32_t i = 0; dimensions != NULL && i < dimensions->n; i++) {
        const lf_json *rules = lf_key_get(&dimensions->u.members[i].value, "rules", LF_K_ARRAY);
        bp->n_dimensions++;
        bp->n_rules += rules == NULL ? 0 : rules->n;
    }
}

static void declare_band(lf_build *b, const lf_json *object, uint16_t score) {
    lf_blueprint *bp = b->bp;
    const lf_json *name = lf_key_get(object, "name", LF_K_STRING);
    lf_band_def *band = &bp->bands[bp->n_bands];
    bp->schema.band_score[bp->n_bands++] = score;
    band->name = name == NULL ? LF_STR("") : name->text;
    if (name != NULL && !lf_is_identifier(name->text)) {
        lf_build_error(b, LF_D_BAD_VALUE, name, LF_STR("name"), "the name of a band " LF_NAME_RULE);
    }
    lf_declare_part(b, &bp->schema.names[LF_N_BAND], bp->scores[score].name, band->name, name,
                    "name", "band");
}

static void declare_bands(lf_build *b, const lf_json *bands, uint16_t score) {
    lf_score_def *def = &b->bp->scores[score];
    size_t length = lf_path_down(b, LF_STR("bands"));
    def->first_band = (uint16_t)b->bp->n_bands;
    for (uint32_t i = 0; bands != NULL && i < bands->n && b->status == LF_OK; i++) {
        size_t inner = lf_path_item(b, i);
        declare_band(b, &bands->u.items[i], score);
        lf_path_up(b, inner);
    }
    def->n_bands = (uint16_t)(b->bp->n_bands - def->first_band);
    lf_path_up(b, length);
}

static void declare_dimensions(lf_build *b, const lf_json *dimensions, uint16_t score) {
    lf_blueprint *bp = b->bp;
    lf_score_def *def = &bp->scores[score];
    size_t length = lf_path_down(b, LF_STR("dimensions"));
    def->first_dimension = (uint16_t)bp->n_dimensions;
    for (uint32_t i = 0; i < dimensions->n && b->status == LF_OK; i++) {
        const lf_member *member = &dimensions->u.members[i];
        lf_dimension_def *dimension = &bp->dimensions[bp->n_dimensions++];
        lf_json at = lf_place_of(member);
        dimension->name = member->name;
        dimension->score = score;
        if (!lf_is_identifier(member->name)) {
            lf_build_error(b, LF_D_BAD_VALUE, &at, member->name,
                           "the name of a dimension " LF_NAME_RULE);
        }
        lf_declare(b, &bp->dimension_names, lf_joined(b, def->name, '/', member->name));
    }
    def->n_dimensions = (uint16_t)(bp->n_dimensions - def->first_dimension);
    lf_path_up(b, length);
}

static void declare_score(lf_build *b, const lf_json *object, uint32_t i) {
    lf_score_def *score = &b->bp->scores[i];
    score->name = b->bp->schema.names[LF_N_SCORE].items[i];
    lf_keys_check(b, object, score_keys, LF_COUNT(score_keys));
    declare_dimensions(b, lf_section(b, object, "dimensions"), (uint16_t)i);
    declare_bands(b, lf_key_get(object, "bands", LF_K_ARRAY), (uint16_t)i);
}

void lf_declare_scores(lf_build *b, const lf_json *section) {
    lf_blueprint *bp = b->bp;
    for (uint32_t i = 0; i < section->n; i++) {
        count_score(&section->u.members[i].value, bp);
    }
    bool too_many =
        bp->n_rules >= LF_NO_INDEX || bp->n_dimensions >= LF_NO_INDEX || bp->n_bands >= LF_NO_INDEX;
    bp->scores = lf_build_alloc(b, section->n * sizeof *bp->scores);
    bp->dimensions = lf_build_alloc(b, bp->n_dimensions * sizeof *bp->dimensions);
    bp->rules = lf_build_alloc(b, bp->n_rules * sizeof *bp->rules);
    bp->event_rules = lf_build_alloc(b, bp->n_rules * sizeof *bp->event_rules);
    bp->bands = lf_build_alloc(b, bp->n_bands * sizeof *bp->bands);
    bp->schema.band_score = lf_build_alloc(b, bp->n_bands * sizeof(uint16_t));
    bp->n_rules = bp->n_dimensions = bp->n_bands = 0;
    lf_section_names(b, section, &bp->schema.names[LF_N_SCORE], "a score");
    if (too_many) {
        lf_build_error(b, LF_D_LIMIT, section, (lf_str){NULL, 0},
                       "more than 65,534 rules, dimensions or bands");
    } else if (b->status == LF_OK) {
        bp->n_scores = section->n;
        lf_each(b, section, declare_score);
    }
}

/* ---- parsing ---- */
/* `min` and `max` of a score or dimension. */
static bool parse_range(lf_build *b, const lf_json *object, int64_t *min, int64_t *max) {
    const lf_json *given = lf_key_get(object, "max", LF_K_NUMBER);
    bool fine = lf_key_points(b, object, "min", LF_MOST_TOTAL, min);
    fine = lf_key_points(b, object, "max", LF_MOST_TOTAL, max) && fine;
    if (fine && given != NULL && *max < *min) {
        lf_build_error(b, LF_D_BAD_VALUE, given, LF_STR("max"), "'max' is below 'min'%s",
                       lf_key_get(object, "min", LF_K_NUMBER) == NULL ? ", which is 0" : "");
    }
    return given != NULL;
}

static void parse_dimension(lf_build *b, const lf_json *object, lf_dimension_def *dimension) {
    lf_keys_check(b, object, dimension_keys, LF_COUNT(dimension_keys));
    dimension->has_max = parse_range(b, object, &dimension->min, &dimension->max);
    dimension->first_rule = (uint16_t)b->bp->n_rules;
    const lf_json *rules = lf_key_get(object, "rules", LF_K_ARRAY);
    if (rules != NULL) {
        lf_parse_rules(b, rules, dimension);
    }
    dimension->n_rules = (uint16_t)(b->bp->n_rules - dimension->first_rule);
}

static void parse_idle(lf_build *b, const lf_json *object, lf_idle_def *out) {
    const lf_json *lose = lf_key_get(object, "lose", LF_K_STRING);
    const lf_json *every = lf_key_get(object, "every", LF_K_STRING);
    size_t length = lf_path_down(b, LF_STR("idle"));
    bool fine = lf_keys_check(b, object, idle_keys, LF_COUNT(idle_keys));
    out->on = true;
    if (fine && (lose == NULL) != (every == NULL)) {
        lf_build_error(b, LF_D_MISSING_KEY, object, (lf_str){NULL, 0},
                       "'lose' and 'every' go together");
    }
    if (lose != NULL) {
        lf_parse_percent(b, lose, "lose", &out->shares);
    }
    lf_key_duration(b, object, "every", 1, &out->every);
    lf_key_duration(b, object, "reset_after", 1, &out->reset_after);
    out->has_floor = lf_key_get(object, "floor", LF_K_NUMBER) != NULL;
    lf_key_points(b, object, "floor", LF_MOST_TOTAL, &out->floor);
    b->longest = out->reset_after > b->longest ? out->reset_after : b->longest;
    lf_path_up(b, length);
}

static void parse_band(lf_build *b, const lf_json *object, lf_band_def *band) {
    const lf_json *until = lf_key_get(object, "until", LF_K_NUMBER);
    bool fine = lf_keys_check(b, object, band_keys, LF_COUNT(band_keys));
    fine = lf_key_points(b, object, "from", LF_MOST_TOTAL, &band->from) && fine;
    band->until = band->from;
    fine = lf_key_points(b, object, "until", LF_MOST_TOTAL, &band->until) && fine;
    if (fine && until != NULL && band->until >= band->from) {
        lf_build_error(b, LF_D_BAD_VALUE, until, LF_STR("until"),
                       "'until' must be lower than 'from'");
    }
}

static void parse_bands(lf_build *b, const lf_json *bands, const lf_score_def *score) {
    size_t length = lf_path_down(b, LF_STR("bands"));
    for (uint32_t i = 0; i < score->n_bands; i++) {
        size_t inner = lf_path_item(b, i);
        parse_band(b, &bands->u.items[i], &b->bp->bands[score->first_band + i]);
        lf_path_up(b, inner);
    }
    lf_path_up(b, length);
}

static void parse_score(lf_build *b, const lf_json *object, uint32_t i) {
    lf_blueprint *bp = b->bp;
    lf_score_def *score = &bp->scores[i];
    const lf_json *dimensions = lf_key_get(object, "dimensions", LF_K_OBJECT);
    const lf_json *idle = lf_key_get(object, "idle", LF_K_OBJECT);
    score->has_max = parse_range(b, object, &score->min, &score->max);
    if (idle != NULL) {
        parse_idle(b, idle, &score->idle);
    }
    size_t length = lf_path_down(b, LF_STR("dimensions"));
    for (uint32_t j = 0; j < score->n_dimensions && b->status == LF_OK; j++) {
        lf_dimension_def *dimension = &bp->dimensions[score->first_dimension + j];
        size_t inner = lf_path_down(b, dimension->name);
        parse_dimension(b, lf_json_get(dimensions, dimension->name), dimension);
        lf_path_up(b, inner);
    }
    lf_path_up(b, length);
    parse_bands(b, lf_key_get(object, "bands", LF_K_ARRAY), score);
}

/* ---- what follows ---- */
/* What a change may change the score. */
static uint32_t deps_of(const lf_blueprint *bp, const lf_score_def *score) {
    uint32_t deps = LF_DEP_HISTORY;
    for (uint32_t i = 0; i < score->n_dimensions; i++) {
        const lf_dimension_def *dimension = &bp->dimensions[score->first_dimension + i];
        for (uint32_t j = 0; j < dimension->n_rules; j++) {
            const lf_rule_def *rule = &bp->rules[dimension->first_rule + j];
            for (uint32_t k = 0; k < rule->n_choices; k++) {
                deps |= rule->choices[k].when == NULL ? 0 : lf_expr_deps(rule->choices[k].when);
            }
        }
    }
    return deps;
}

/* A rule listens to its types, and to the base types of those that are derived. `type` gets it in its
 * list, if that has room yet, and is counted once in any case. */
static void listen(lf_type_def *type, uint16_t rule, uint16_t *last) {
    if (*last != rule) {
        *last = rule;
        if (type->rules != NULL) {
            type->rules[type->n_rules] = rule;
        }
        type->n_rules++;
    }
}

static void listen_all(lf_blueprint *bp, uint16_t *last) {
    for (uint32_t i = 0; i < bp->n_types; i++) {
        bp->types[i].n_rules = 0;
        last[i] = LF_NO_INDEX;
    }
    for (uint32_t i = 0; i < bp->n_event_rules; i++) {
        const lf_type_set *on = &bp->rules[bp->event_rules[i]].on;
        for (uint32_t j = 0; j < on->n; j++) {
            uint16_t type = on->types[j], root = (uint16_t)bp->types[type].root;
            listen(&bp->types[type], (uint16_t)i, &last[type]);
            listen(&bp->types[root], (uint16_t)i, &last[root]);
        }
    }
}

/* Who listens to each type: first how many, then who. */
static void gather_rules(lf_build *b) {
    lf_blueprint *bp = b->bp;
    uint16_t *last = lf_build_alloc(b, bp->n_types * sizeof *last);
    if (last == NULL) {
        return;
    }
    listen_all(bp, last);
    for (uint32_t i = 0; i < bp->n_types && b->status == LF_OK; i++) {
        bp->types[i].rules = lf_build_alloc(b, bp->types[i].n_rules * sizeof(uint16_t));
    }
    if (b->status == LF_OK) {
        listen_all(bp, last);
    }
}

void lf_parse_scores(lf_build *b, const lf_json *section) {
    if (b->bp->n_scores > 0) {
        lf_each(b, section, parse_score);
    }
    for (uint32_t i = 0; b->status == LF_OK && i < b->bp->n_scores; i++) {
        b->bp->scores[i].deps = deps_of(b->bp, &b->bp->scores[i]);
        b->bp->score_deps |= b->bp->scores[i].deps;
    }
    gather_rules(b);
}

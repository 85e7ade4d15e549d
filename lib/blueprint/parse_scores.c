/* SPDX-License-Identifier: MIT */
/* The section `scores` (SPEC 6): dimensions, rules, decay, idle, bands. */
#include "blueprint/blueprint_internal.h"

static const lf_key score_keys[] = {{"min", LF_K_NUMBER},  {"max", LF_K_NUMBER},
                                    {"idle", LF_K_OBJECT}, {"bands", LF_K_ARRAY},
                                    {"dimensions", LF_K_OBJECT | LF_K_REQUIRED}};
static const lf_key dimension_keys[] = {
    {"min", LF_K_NUMBER}, {"max", LF_K_NUMBER}, {"rules", LF_K_ARRAY}, {"model", LF_K_LATER}};
static const lf_key rule_keys[] = {{"name", LF_K_STRING | LF_K_REQUIRED},
                                   {"on", LF_K_STRING | LF_K_ARRAY},
                                   {"when", LF_K_STRING},
                                   {"points", LF_K_NUMBER},
                                   {"pick", LF_K_STRING},
                                   {"of", LF_K_ARRAY},
                                   {"decay", LF_K_OBJECT},
                                   {"max_points", LF_K_NUMBER},
                                   {"cooldown", LF_K_STRING},
                                   {"max_count", LF_K_INT},
                                   {"per", LF_K_STRING}};
static const lf_key choice_keys[] = {{"when", LF_K_STRING}, {"points", LF_K_NUMBER | LF_K_REQUIRED}};
static const lf_key decay_keys[] = {{"lose", LF_K_NUMBER | LF_K_STRING},
                                    {"every", LF_K_STRING},
                                    {"half_life", LF_K_STRING},
                                    {"after", LF_K_STRING}};
static const lf_key idle_keys[] = {
    {"lose", LF_K_STRING}, {"every", LF_K_STRING}, {"floor", LF_K_NUMBER}, {"reset_after", LF_K_STRING}};
static const lf_key band_keys[] = {{"name", LF_K_STRING | LF_K_REQUIRED},
                                   {"from", LF_K_NUMBER | LF_K_REQUIRED},
                                   {"until", LF_K_NUMBER}};

/* "a/b/c" in the arena */
static lf_str joined(lf_build *b, lf_str first, lf_str second) {
    char *text = lf_build_alloc(b, first.n + second.n + 2);
    if (text == NULL) {
        return (lf_str){NULL, 0};
    }
    memcpy(text, first.p, first.n);
    text[first.n] = '/';
    memcpy(text + first.n + 1, second.p, second.n);
    return (lf_str){text, first.n + 1 + second.n};
}

/* A name of the form "parent/name" in the schema. */
void lf_declare_part(lf_build *b, lf_names *names, lf_str parent, lf_str name, const lf_json *at,
                     const char *what) {
    int32_t index = lf_names_add(names, joined(b, parent, name));
    if (index == -2) {
        lf_build_error(b, LF_D_DUPLICATE_NAME, at, (lf_str){NULL, 0}, "the %s %q is there twice", what, name);
        lf_names_add(names, joined(b, parent, LF_STR("\x01"))); /* numbers stay in step */
    } else if (index == -1) {
        b->status = LF_E_NOMEM;
    }
}

static lf_str own_name(lf_build *b, const lf_json *object, const char *what) {
    const lf_json *name = lf_key_get(object, "name", LF_K_STRING);
    if (name == NULL) {
        return LF_STR("");
    }
    if (!lf_is_identifier(name->text)) {
        lf_build_error(b, LF_D_BAD_VALUE, name, LF_STR("name"), "the name of a %s must match [a-z][a-z0-9_]{0,62}",
                       what);
    }
    return name->text;
}

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

static void declare_bands(lf_build *b, const lf_json *bands, uint16_t score) {
    lf_blueprint *bp = b->bp;
    lf_score_def *def = &bp->scores[score];
    def->first_band = (uint16_t)bp->n_bands;
    for (uint32_t i = 0; bands != NULL && i < bands->n && b->status == LF_OK; i++) {
        const lf_json *name = lf_key_get(&bands->u.items[i], "name", LF_K_STRING);
        lf_band_def *band = &bp->bands[bp->n_bands++];
        band->name = name == NULL ? LF_STR("") : name->text;
        lf_declare_part(b, &bp->schema.names[LF_N_BAND], def->name, band->name, &bands->u.items[i], "band");
        bp->schema.band_score[bp->n_bands - 1] = score;
    }
    def->n_bands = (uint16_t)(bp->n_bands - def->first_band);
}

static void declare_score(lf_build *b, const lf_json *object, uint32_t i) {
    lf_blueprint *bp = b->bp;
    lf_score_def *score = &bp->scores[i];
    score->name = bp->schema.names[LF_N_SCORE].items[i];
    score->first_dimension = (uint16_t)bp->n_dimensions;
    if (lf_keys_check(b, object, score_keys, LF_COUNT(score_keys))) {
        const lf_json *dimensions = lf_section(b, object, "dimensions");
        lf_names names;
        lf_names_init(&names, &bp->mem);
        size_t length = lf_path_down(b, LF_STR("dimensions"));
        lf_section_names(b, dimensions, &names, "dimension");
        lf_path_up(b, length);
        lf_names_free(&names);
        for (uint32_t j = 0; j < dimensions->n && b->status == LF_OK; j++) {
            lf_dimension_def *dimension = &bp->dimensions[bp->n_dimensions++];
            dimension->name = dimensions->u.members[j].name;
            dimension->score = (uint16_t)i;
            lf_declare_part(b, &bp->dimension_names, score->name, dimension->name, object, "dimension");
        }
    }
    score->n_dimensions = (uint16_t)(bp->n_dimensions - score->first_dimension);
    declare_bands(b, lf_key_get(object, "bands", LF_K_ARRAY), (uint16_t)i);
}

void lf_declare_scores(lf_build *b, const lf_json *section) {
    lf_blueprint *bp = b->bp;
    for (uint32_t i = 0; i < section->n; i++) {
        count_score(&section->u.members[i].value, bp);
    }
    if (bp->n_rules >= LF_NO_INDEX || bp->n_dimensions >= LF_NO_INDEX || bp->n_bands >= LF_NO_INDEX) {
        lf_build_error(b, LF_D_LIMIT, section, (lf_str){NULL, 0}, "more than 65,534 rules, dimensions or bands");
        bp->n_rules = bp->n_dimensions = bp->n_bands = 0;
        return;
    }
    bp->scores = lf_build_alloc(b, (section->n + 1u) * sizeof *bp->scores);
    bp->dimensions = lf_build_alloc(b, (bp->n_dimensions + 1u) * sizeof *bp->dimensions);
    bp->rules = lf_build_alloc(b, (bp->n_rules + 1u) * sizeof *bp->rules);
    bp->event_rules = lf_build_alloc(b, (bp->n_rules + 1u) * sizeof *bp->event_rules);
    bp->bands = lf_build_alloc(b, (bp->n_bands + 1u) * sizeof *bp->bands);
    bp->schema.band_score = lf_build_alloc(b, (bp->n_bands + 1u) * sizeof(uint16_t));
    bp->n_rules = bp->n_dimensions = bp->n_bands = 0;
    if (b->status == LF_OK && lf_section_names(b, section, &bp->schema.names[LF_N_SCORE], "score")) {
        bp->n_scores = section->n;
        lf_each(b, section, declare_score);
    }
}

/* ---- decay and idle ---- */
bool lf_parse_percent(lf_build *b, const lf_json *value, const char *member, lf_shares *out) {
    int64_t ppm = 0;
    lf_str text = value->text;
    bool fine = text.n > 1 && text.p[text.n - 1] == '%' &&
                lf_parse_decimal((lf_str){text.p, text.n - 1}, 4, &ppm) && ppm > 0 && ppm <= 1000000;
    if (!fine) {
        lf_build_error(b, LF_D_BAD_VALUE, value, lf_str_of(member),
                       "expected a percentage above 0%%, at most 100%%, with at most four decimals, not %q", text);
        return false;
    }
    if (!lf_shares_make(b->arena, (uint32_t)ppm, out)) {
        b->status = LF_E_NOMEM;
    }
    return b->status == LF_OK;
}

static void decay_by_steps(lf_build *b, const lf_json *object, const lf_json *lose, lf_decay *out) {
    if (lf_key_get(object, "every", LF_K_STRING) == NULL) {
        lf_build_error(b, LF_D_MISSING_KEY, object, (lf_str){NULL, 0}, "'lose' needs 'every'");
    } else if (lf_key_duration(b, object, "every", &out->every)) {
        if (lose->kind == LF_JSON_STRING) {
            out->kind = lf_parse_percent(b, lose, "lose", &out->shares) ? LF_DECAY_PERCENT : LF_DECAY_NONE;
        } else if (lf_key_points(b, object, "lose", &out->lose) && out->lose > 0) {
            out->kind = LF_DECAY_POINTS;
        } else if (out->lose <= 0) {
            lf_build_error(b, LF_D_BAD_VALUE, lose, LF_STR("lose"), "'lose' must be above 0");
        }
    }
}

static void parse_decay(lf_build *b, const lf_json *object, lf_decay *out) {
    const lf_json *lose = lf_key_get(object, "lose", LF_K_NUMBER | LF_K_STRING);
    const lf_json *half_life = lf_key_get(object, "half_life", LF_K_STRING);
    const lf_json *after = lf_key_get(object, "after", LF_K_STRING);
    size_t length = lf_path_down(b, LF_STR("decay"));
    bool fine = lf_keys_check(b, object, decay_keys, LF_COUNT(decay_keys));
    if (fine && (lose != NULL) + (half_life != NULL) + (after != NULL) != 1) {
        lf_build_error(b, LF_D_BAD_VALUE, object, (lf_str){NULL, 0},
                       "a decay has one of 'lose' (with 'every'), 'half_life', 'after'");
    } else if (fine && lose != NULL) {
        decay_by_steps(b, object, lose, out);
    } else if (fine && lf_key_get(object, "every", LF_K_STRING) != NULL) {
        lf_build_error(b, LF_D_BAD_VALUE, object, (lf_str){NULL, 0}, "'every' goes with 'lose'");
    } else if (fine && half_life != NULL && lf_key_duration(b, object, "half_life", &out->every)) {
        out->kind = LF_DECAY_HALF_LIFE;
    } else if (fine && after != NULL && lf_key_duration(b, object, "after", &out->every)) {
        out->kind = LF_DECAY_AFTER;
    }
    lf_path_up(b, length);
}

static void parse_idle(lf_build *b, const lf_json *object, lf_idle_def *out) {
    size_t length = lf_path_down(b, LF_STR("idle"));
    const lf_json *lose = lf_key_get(object, "lose", LF_K_STRING);
    const lf_json *every = lf_key_get(object, "every", LF_K_STRING);
    out->on = true;
    if (lf_keys_check(b, object, idle_keys, LF_COUNT(idle_keys))) {
        if ((lose == NULL) != (every == NULL)) {
            lf_build_error(b, LF_D_MISSING_KEY, object, (lf_str){NULL, 0}, "'lose' and 'every' go together");
        } else if (lose != NULL) {
            lf_parse_percent(b, lose, "lose", &out->shares);
            lf_key_duration(b, object, "every", &out->every);
        }
        lf_key_duration(b, object, "reset_after", &out->reset_after);
        out->has_floor = lf_key_get(object, "floor", LF_K_NUMBER) != NULL;
        lf_key_points(b, object, "floor", &out->floor);
    }
    b->longest = out->reset_after > b->longest ? out->reset_after : b->longest;
    lf_path_up(b, length);
}

/* ---- rules ---- */
static void parse_choice(lf_build *b, const lf_json *object, lf_choice *out) {
    static const lf_reading reading = {LF_MAY_CONTACT | LF_MAY_STATE | LF_MAY_HISTORY, NULL};
    if (lf_key_points(b, object, "points", &out->points)) {
        out->when = lf_build_expr(b, lf_key_get(object, "when", LF_K_STRING), "when", LF_T_BOOL, &reading);
    }
}

static void parse_choices(lf_build *b, const lf_json *of, lf_rule_def *rule) {
    lf_choice *choices = lf_build_alloc(b, (of->n + 1u) * sizeof *choices);
    size_t length = lf_path_down(b, LF_STR("of"));
    rule->choices = choices;
    rule->n_choices = of->n;
    for (uint32_t i = 0; i < of->n && b->status == LF_OK; i++) {
        size_t inner = lf_path_item(b, i);
        if (lf_keys_check(b, &of->u.items[i], choice_keys, LF_COUNT(choice_keys))) {
            parse_choice(b, &of->u.items[i], &choices[i]);
        }
        lf_path_up(b, inner);
    }
    lf_path_up(b, length);
}

static void parse_field_rule(lf_build *b, const lf_json *object, lf_rule_def *rule) {
    static const char *const picks[] = {"first", "best", "all"};
    static const char *const others[] = {"decay", "cooldown", "max_count", "per"};
    const lf_json *of = lf_key_get(object, "of", LF_K_ARRAY);
    const lf_json *when = lf_key_get(object, "when", LF_K_STRING);
    const lf_json *points = lf_key_get(object, "points", LF_K_NUMBER);
    rule->event_rule = -1;
    for (size_t i = 0; i < LF_COUNT(others); i++) {
        const lf_json *other = lf_key_get(object, others[i], LF_K_ANY);
        if (other != NULL) {
            lf_build_error(b, LF_D_BAD_VALUE, other, lf_str_of(others[i]), "'%s' is for rules with 'on'", others[i]);
        }
    }
    if (of != NULL && (when != NULL || points != NULL)) {
        lf_build_error(b, LF_D_BAD_VALUE, object, (lf_str){NULL, 0}, "a rule with 'of' has no 'when' and 'points'");
    } else if (of != NULL) {
        lf_key_word(b, object, "pick", picks, LF_COUNT(picks), &rule->pick);
        parse_choices(b, of, rule);
    } else if (when == NULL || points == NULL) {
        lf_build_error(b, LF_D_MISSING_KEY, object, (lf_str){NULL, 0},
                       "a rule needs 'on' and 'points', or 'when' and 'points', or 'of'");
    } else {
        lf_choice *choice = lf_build_alloc(b, sizeof *choice);
        if (choice != NULL) {
            parse_choice(b, object, choice);
            rule->choices = choice;
            rule->n_choices = 1;
        }
    }
}

static void parse_event_rule(lf_build *b, const lf_json *object, lf_rule_def *rule) {
    lf_blueprint *bp = b->bp;
    const lf_json *decay = lf_key_get(object, "decay", LF_K_OBJECT);
    size_t length = lf_path_down(b, LF_STR("on"));
    rule->on = lf_type_set_value(b, lf_json_get(object, LF_STR("on")));
    lf_path_up(b, length);
    lf_reading reading = {LF_MAY_ALL | LF_MAY_EVENT, &rule->on};
    lf_reading event_only = {LF_MAY_EVENT, &rule->on};
    if (lf_json_get(object, LF_STR("of")) != NULL || lf_json_get(object, LF_STR("pick")) != NULL) {
        lf_build_error(b, LF_D_BAD_VALUE, object, (lf_str){NULL, 0}, "'of' and 'pick' are for rules without 'on'");
    }
    if (lf_json_get(object, LF_STR("points")) == NULL) {
        lf_build_error(b, LF_D_MISSING_KEY, object, (lf_str){NULL, 0}, "the key 'points' is missing");
    }
    lf_key_points(b, object, "points", &rule->points);
    rule->when = lf_build_expr(b, lf_key_get(object, "when", LF_K_STRING), "when", LF_T_BOOL, &reading);
    rule->per = lf_build_expr(b, lf_key_get(object, "per", LF_K_STRING), "per", LF_T_DYN, &event_only);
    if (rule->per != NULL && lf_expr_type(rule->per) != LF_T_STRING && lf_expr_type(rule->per) != LF_T_DYN) {
        lf_build_error(b, LF_D_EXPR_TYPE, lf_json_get(object, LF_STR("per")), LF_STR("per"),
                       "'per' must give a string");
    }
    lf_key_duration(b, object, "cooldown", &rule->cooldown);
    lf_key_count(b, object, "max_count", 1000000, &rule->max_count);
    if (decay != NULL) {
        parse_decay(b, decay, &rule->decay);
    }
    rule->zero_age = lf_decay_zero_age(&rule->decay, rule->points);
    b->longest = rule->cooldown > b->longest ? rule->cooldown : b->longest;
    if (rule->decay.kind != LF_DECAY_NONE) {
        int64_t age = rule->zero_age == LF_TIME_NONE ? LF_TEN_YEARS : rule->zero_age;
        b->longest = age > b->longest ? age : b->longest;
    }
    rule->event_rule = (int32_t)bp->n_event_rules;
    bp->event_rules[bp->n_event_rules++] = (uint16_t)(rule - bp->rules);
}

static void parse_rule(lf_build *b, const lf_json *object, lf_rule_def *rule, const lf_dimension_def *dimension,
                       lf_names *names) {
    lf_blueprint *bp = b->bp;
    if (!lf_keys_check(b, object, rule_keys, LF_COUNT(rule_keys))) {
        return;
    }
    rule->name = own_name(b, object, "rule");
    rule->dimension = (uint16_t)(dimension - bp->dimensions);
    rule->zero_age = LF_TIME_NONE;
    if (lf_names_add(names, rule->name) == -2) {
        lf_build_error(b, LF_D_DUPLICATE_NAME, lf_json_get(object, LF_STR("name")), LF_STR("name"),
                       "the rule %q is there twice", rule->name);
        return;
    }
    rule->has_max_points = lf_key_get(object, "max_points", LF_K_NUMBER) != NULL;
    lf_key_points(b, object, "max_points", &rule->max_points);
    if (rule->max_points < 0) {
        lf_build_error(b, LF_D_BAD_VALUE, lf_json_get(object, LF_STR("max_points")), LF_STR("max_points"),
                       "'max_points' must not be below 0");
    }
    if (lf_json_get(object, LF_STR("on")) == NULL) {
        parse_field_rule(b, object, rule);
        return;
    }
    parse_event_rule(b, object, rule);
    lf_str score = bp->scores[dimension->score].name;
    lf_declare_part(b, &bp->schema.names[LF_N_RULE], joined(b, score, dimension->name), rule->name, object, "rule");
}

static void parse_dimension(lf_build *b, const lf_json *object, lf_dimension_def *dimension) {
    lf_blueprint *bp = b->bp;
    dimension->first_rule = (uint16_t)bp->n_rules;
    if (lf_keys_check(b, object, dimension_keys, LF_COUNT(dimension_keys))) {
        const lf_json *rules = lf_key_get(object, "rules", LF_K_ARRAY);
        lf_names names;
        lf_names_init(&names, &bp->mem);
        lf_key_points(b, object, "min", &dimension->min);
        dimension->has_max = lf_key_get(object, "max", LF_K_NUMBER) != NULL;
        lf_key_points(b, object, "max", &dimension->max);
        if (dimension->has_max && dimension->max < dimension->min) {
            lf_build_error(b, LF_D_BAD_VALUE, object, (lf_str){NULL, 0}, "'max' is below 'min'");
        }
        size_t length = lf_path_down(b, LF_STR("rules"));
        for (uint32_t i = 0; rules != NULL && i < rules->n && b->status == LF_OK; i++) {
            size_t inner = lf_path_item(b, i);
            parse_rule(b, &rules->u.items[i], &bp->rules[bp->n_rules++], dimension, &names);
            lf_path_up(b, inner);
        }
        lf_path_up(b, length);
        lf_names_free(&names);
    }
    dimension->n_rules = (uint16_t)(bp->n_rules - dimension->first_rule);
}

/* ---- bands and scores ---- */
static void parse_bands(lf_build *b, const lf_json *bands, const lf_score_def *score) {
    size_t length = lf_path_down(b, LF_STR("bands"));
    for (uint32_t i = 0; bands != NULL && i < bands->n; i++) {
        const lf_json *object = &bands->u.items[i];
        lf_band_def *band = &b->bp->bands[score->first_band + i];
        size_t inner = lf_path_item(b, i);
        if (lf_keys_check(b, object, band_keys, LF_COUNT(band_keys))) {
            own_name(b, object, "band");
            lf_key_points(b, object, "from", &band->from);
            band->until = band->from;
            lf_key_points(b, object, "until", &band->until);
            if (band->until > band->from || (band->until == band->from && lf_json_get(object, LF_STR("until")))) {
                lf_build_error(b, LF_D_BAD_VALUE, lf_json_get(object, LF_STR("until")), LF_STR("until"),
                               "'until' must be lower than 'from'");
            }
        }
        lf_path_up(b, inner);
    }
    lf_path_up(b, length);
}

static void parse_score(lf_build *b, const lf_json *object, uint32_t i) {
    lf_blueprint *bp = b->bp;
    lf_score_def *score = &bp->scores[i];
    if (object->kind != LF_JSON_OBJECT) {
        return;
    }
    lf_key_points(b, object, "min", &score->min);
    score->has_max = lf_key_get(object, "max", LF_K_NUMBER) != NULL;
    lf_key_points(b, object, "max", &score->max);
    if (score->has_max && score->max < score->min) {
        lf_build_error(b, LF_D_BAD_VALUE, object, (lf_str){NULL, 0}, "'max' is below 'min'");
    }
    const lf_json *idle = lf_key_get(object, "idle", LF_K_OBJECT);
    if (idle != NULL) {
        parse_idle(b, idle, &score->idle);
    }
    for (uint32_t j = 0; j < score->n_dimensions; j++) {
        lf_dimension_def *dimension = &bp->dimensions[score->first_dimension + j];
        const lf_json *dimensions = lf_json_get(object, LF_STR("dimensions"));
        size_t length = lf_path_down(b, LF_STR("dimensions"));
        size_t inner = lf_path_down(b, dimension->name);
        parse_dimension(b, lf_json_get(dimensions, dimension->name), dimension);
        lf_path_up(b, inner);
        lf_path_up(b, length);
    }
    parse_bands(b, lf_key_get(object, "bands", LF_K_ARRAY), score);
}

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

/* Does a rule listen to the type or to one that is derived from it? */
static bool listens(const lf_blueprint *bp, const lf_rule_def *rule, uint16_t type) {
    bool any = lf_type_set_has(&rule->on, type);
    for (uint32_t i = 0; i < bp->types[type].n_derived && !any; i++) {
        any = lf_type_set_has(&rule->on, bp->types[type].derived[i]);
    }
    return any;
}

static void gather_rules(lf_build *b) {
    lf_blueprint *bp = b->bp;
    for (uint32_t t = 0; t < bp->n_types && b->status == LF_OK; t++) {
        uint32_t n = 0;
        for (uint32_t i = 0; i < bp->n_event_rules; i++) {
            n += listens(bp, &bp->rules[bp->event_rules[i]], (uint16_t)t);
        }
        uint16_t *rules = lf_build_alloc(b, (n + 1u) * sizeof *rules);
        bp->types[t].rules = rules;
        for (uint32_t i = 0; rules != NULL && i < bp->n_event_rules; i++) {
            if (listens(bp, &bp->rules[bp->event_rules[i]], (uint16_t)t)) {
                rules[bp->types[t].n_rules++] = (uint16_t)i;
            }
        }
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

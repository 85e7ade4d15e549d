/* SPDX-License-Identifier: MIT */
/* Rules (SPEC 6.1) and how their entries decay (6.2). */
#include "blueprint/blueprint_internal.h"

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
static const lf_key choice_keys[] = {{"when", LF_K_STRING},
                                     {"points", LF_K_NUMBER | LF_K_REQUIRED}};
static const lf_key decay_keys[] = {{"lose", LF_K_NUMBER | LF_K_STRING},
                                    {"every", LF_K_STRING},
                                    {"half_life", LF_K_STRING},
                                    {"after", LF_K_STRING}};
#define LF_MOST_COUNT 1000000u

/* ---- decay ---- */
static bool plain_decimal(lf_str text) {
    for (size_t i = 0; i < text.n; i++) {
        if ((text.p[i] < '0' || text.p[i] > '9') && text.p[i] != '.') {
            return false;
        }
    }
    return true;
}

bool lf_parse_percent(lf_build *b, const lf_json *value, const char *member, lf_shares *out) {
    int64_t ppm = 0;
    lf_str text = value->text;
    bool fine = text.n > 1 && text.p[text.n - 1] == '%';
    text.n -= fine;
    fine =
        fine && plain_decimal(text) && lf_parse_decimal(text, 4, &ppm) && ppm > 0 && ppm <= 1000000;
    if (!fine) {
        lf_build_error(
            b, LF_D_BAD_VALUE, value, lf_str_of(member),
            "expected a percentage above 0%%, at most 100%%, with at most four decimals, not %q",
            value->text);
        return false;
    }
    if (!lf_shares_make(b->arena, (uint32_t)ppm, out)) {
        b->status = LF_E_NOMEM;
    }
    return b->status == LF_OK;
}

static void decay_by_steps(lf_build *b, const lf_json *object, const lf_json *lose, lf_decay *out) {
    bool timed = lf_key_duration(b, object, "every", 1, &out->every);
    if (lf_key_get(object, "every", LF_K_STRING) == NULL) {
        lf_build_error(b, LF_D_MISSING_KEY, object, (lf_str){NULL, 0}, "'lose' needs 'every'");
        timed = false;
    }
    if (lose->kind == LF_JSON_STRING) {
        timed = lf_parse_percent(b, lose, "lose", &out->shares) && timed;
        out->kind = timed ? LF_DECAY_PERCENT : LF_DECAY_NONE;
        return;
    }
    if (!lf_key_points(b, object, "lose", LF_MOST_POINTS, &out->lose)) {
        return;
    }
    if (out->lose <= 0) {
        lf_build_error(b, LF_D_BAD_VALUE, lose, LF_STR("lose"), "'lose' must be above 0");
    } else if (timed) {
        out->kind = LF_DECAY_POINTS;
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
    } else if (half_life != NULL && lf_key_duration(b, object, "half_life", 1, &out->every)) {
        out->kind = fine ? LF_DECAY_HALF_LIFE : LF_DECAY_NONE;
    } else if (after != NULL && lf_key_duration(b, object, "after", 1, &out->every)) {
        out->kind = fine ? LF_DECAY_AFTER : LF_DECAY_NONE;
    }
    lf_path_up(b, length);
}

/* ---- field rules ---- */
static void parse_choice(lf_build *b, const lf_json *object, lf_choice *out) {
    static const lf_reading reading = {LF_MAY_CONTACT | LF_MAY_STATE | LF_MAY_HISTORY, NULL};
    lf_key_points(b, object, "points", LF_MOST_POINTS, &out->points);
    out->when =
        lf_build_expr(b, lf_key_get(object, "when", LF_K_STRING), "when", LF_T_BOOL, &reading);
}

static void parse_choices(lf_build *b, const lf_json *of, lf_rule_def *rule) {
    lf_choice *choices = lf_build_alloc(b, of->n * sizeof *choices);
    size_t length = lf_path_down(b, LF_STR("of"));
    lf_need_some(b, of);
    rule->choices = choices;
    for (uint32_t i = 0; i < of->n && b->status == LF_OK; i++) {
        size_t inner = lf_path_item(b, i);
        lf_keys_check(b, &of->u.items[i], choice_keys, LF_COUNT(choice_keys));
        parse_choice(b, &of->u.items[i], &choices[rule->n_choices++]);
        lf_path_up(b, inner);
    }
    lf_path_up(b, length);
}

static void not_without_on(lf_build *b, const lf_json *object) {
    static const char *const others[] = {"decay", "cooldown", "max_count", "per"};
    for (size_t i = 0; i < LF_COUNT(others); i++) {
        const lf_json *other = lf_json_get(object, lf_str_of(others[i]));
        if (other != NULL) {
            lf_build_error(b, LF_D_BAD_VALUE, other, lf_str_of(others[i]),
                           "'%s' is for rules with 'on'", others[i]);
        }
    }
}

static void parse_field_rule(lf_build *b, const lf_json *object, bool fine, lf_rule_def *rule) {
    static const char *const picks[] = {"first", "best", "all"};
    const lf_json *of = lf_key_get(object, "of", LF_K_ARRAY);
    const lf_json *when = lf_key_get(object, "when", LF_K_STRING);
    const lf_json *points = lf_key_get(object, "points", LF_K_NUMBER);
    const lf_json *pick = lf_key_get(object, "pick", LF_K_STRING);
    rule->event_rule = -1;
    not_without_on(b, object);
    lf_key_word(b, object, "pick", picks, LF_COUNT(picks), &rule->pick);
    if (of != NULL && (when != NULL || points != NULL)) {
        lf_build_error(b, LF_D_BAD_VALUE, object, (lf_str){NULL, 0},
                       "a rule with 'of' has no 'when' and 'points' beside it");
    }
    if (of != NULL) {
        parse_choices(b, of, rule);
        return;
    }
    if (fine && pick != NULL) {
        lf_build_error(b, LF_D_BAD_VALUE, pick, LF_STR("pick"), "'pick' goes with 'of'");
    }
    if (fine && (when == NULL || points == NULL)) {
        lf_build_error(b, LF_D_MISSING_KEY, object, (lf_str){NULL, 0},
                       "a rule needs 'on' and 'points', or 'when' and 'points', or 'of'");
    }
    lf_choice *choice = lf_build_alloc(b, sizeof *choice);
    if (choice != NULL) {
        parse_choice(b, object, choice);
        rule->choices = choice;
        rule->n_choices = 1;
    }
}

/* ---- event rules ---- */
static void parse_conditions(lf_build *b, const lf_json *object, lf_rule_def *rule) {
    lf_reading reading = {LF_MAY_ALL | LF_MAY_EVENT, &rule->on};
    lf_reading event_only = {LF_MAY_EVENT, &rule->on};
    const lf_json *per = lf_key_get(object, "per", LF_K_STRING);
    rule->when =
        lf_build_expr(b, lf_key_get(object, "when", LF_K_STRING), "when", LF_T_BOOL, &reading);
    rule->per = lf_build_expr(b, per, "per", LF_T_STRING, &event_only);
}

static void not_with_on(lf_build *b, const lf_json *object) {
    static const char *const others[] = {"of", "pick"};
    for (size_t i = 0; i < LF_COUNT(others); i++) {
        const lf_json *other = lf_json_get(object, lf_str_of(others[i]));
        if (other != NULL) {
            lf_build_error(b, LF_D_BAD_VALUE, other, lf_str_of(others[i]),
                           "'%s' is for rules without 'on'", others[i]);
        }
    }
}

static void reach(lf_build *b, int64_t age) {
    b->longest = age > b->longest ? age : b->longest;
}

static void parse_event_rule(lf_build *b, const lf_json *object, bool fine, lf_rule_def *rule) {
    lf_blueprint *bp = b->bp;
    const lf_json *decay = lf_key_get(object, "decay", LF_K_OBJECT);
    rule->on = lf_key_types(b, object, "on");
    not_with_on(b, object);
    if (fine && lf_json_get(object, LF_STR("points")) == NULL) {
        lf_build_error(b, LF_D_MISSING_KEY, object, (lf_str){NULL, 0},
                       "the key 'points' is missing");
    }
    lf_key_points(b, object, "points", LF_MOST_POINTS, &rule->points);
    parse_conditions(b, object, rule);
    lf_key_duration(b, object, "cooldown", 0, &rule->cooldown);
    lf_key_count(b, object, "max_count", 1, LF_MOST_COUNT, &rule->max_count);
    if (decay != NULL) {
        parse_decay(b, decay, &rule->decay);
    }
    rule->zero_age = lf_decay_zero_age(&rule->decay, rule->points);
    reach(b, rule->cooldown);
    if (rule->decay.kind != LF_DECAY_NONE) {
        reach(b, rule->zero_age == LF_TIME_NONE ? LF_TEN_YEARS : rule->zero_age);
    }
    rule->event_rule = (int32_t)bp->n_event_rules;
    bp->event_rules[bp->n_event_rules++] = (uint16_t)(rule - bp->rules);
}

/* ---- a dimension's rules ---- */
static lf_str parse_name(lf_build *b, const lf_json *object, lf_names *names) {
    const lf_json *name = lf_key_get(object, "name", LF_K_STRING);
    if (name == NULL) {
        return LF_STR("");
    }
    if (!lf_is_identifier(name->text)) {
        lf_build_error(b, LF_D_BAD_VALUE, name, LF_STR("name"), "the name of a rule " LF_NAME_RULE);
    }
    if (!lf_declare(b, names, name->text) && b->status == LF_OK) {
        lf_build_error(b, LF_D_DUPLICATE_NAME, name, LF_STR("name"), "the rule %q is there twice",
                       name->text);
        return LF_STR("");
    }
    return name->text;
}

static void parse_rule(lf_build *b, const lf_json *object, lf_rule_def *rule, lf_names *names) {
    lf_blueprint *bp = b->bp;
    const lf_dimension_def *dimension = &bp->dimensions[rule->dimension];
    bool fine = lf_keys_check(b, object, rule_keys, LF_COUNT(rule_keys));
    rule->name = parse_name(b, object, names);
    rule->zero_age = LF_TIME_NONE;
    rule->has_max_points = lf_key_get(object, "max_points", LF_K_NUMBER) != NULL;
    if (lf_key_points(b, object, "max_points", LF_MOST_TOTAL, &rule->max_points) &&
        rule->max_points < 0) {
        lf_build_error(b, LF_D_BAD_VALUE, lf_json_get(object, LF_STR("max_points")),
                       LF_STR("max_points"), "'max_points' must not be below 0");
    }
    if (lf_json_get(object, LF_STR("on")) == NULL) {
        parse_field_rule(b, object, fine, rule);
        return;
    }
    parse_event_rule(b, object, fine, rule);
    lf_str place = lf_joined(b, bp->scores[dimension->score].name, '/', dimension->name);
    lf_declare_part(b, &bp->schema.names[LF_N_RULE], place, rule->name, object, NULL, "rule");
}

void lf_parse_rules(lf_build *b, const lf_json *list, lf_dimension_def *dimension) {
    lf_blueprint *bp = b->bp;
    lf_names names; /* of all rules: only those of events have numbers in the schema */
    lf_names_init(&names, &bp->mem);
    size_t length = lf_path_down(b, LF_STR("rules"));
    for (uint32_t i = 0; i < list->n && b->status == LF_OK; i++) {
        size_t inner = lf_path_item(b, i);
        lf_rule_def *rule = &bp->rules[bp->n_rules++];
        rule->dimension = (uint16_t)(dimension - bp->dimensions);
        parse_rule(b, &list->u.items[i], rule, &names);
        lf_path_up(b, inner);
    }
    lf_path_up(b, length);
    lf_names_free(&names);
}

/* SPDX-License-Identifier: MIT */
/* The linter on scores: rules that do nothing, bands that nobody can be in, totals without a band. */
#include "blueprint/blueprint_internal.h"

/* The most points that a rule can add; INT64_MAX: no bound. */
static int64_t most_of(const lf_rule_def *rule) {
    int64_t most = 0, sum = 0;
    for (uint32_t i = 0; i < rule->n_choices; i++) {
        int64_t points = lf_lint_never(rule->choices[i].when) ? 0 : rule->choices[i].points;
        most = points > most ? points : most;
        sum = lf_sat_add(sum, points > 0 ? points : 0);
    }
    most = rule->pick == LF_PICK_ALL ? sum : most;
    if (rule->event_rule >= 0 && rule->points > 0 && !lf_lint_never(rule->when)) {
        most = rule->max_count > 0 && rule->per == NULL ? lf_sat_mul(rule->points, rule->max_count)
                                                        : INT64_MAX;
    }
    return rule->has_max_points && rule->max_points < most ? rule->max_points : most;
}

/* Can it ever change a sum? */
static bool dead(const lf_rule_def *rule) {
    if (rule->has_max_points && rule->max_points == 0) {
        return true;
    }
    if (rule->event_rule >= 0) {
        return rule->points == 0 || lf_lint_never(rule->when);
    }
    for (uint32_t i = 0; i < rule->n_choices; i++) {
        if (rule->choices[i].points != 0 && !lf_lint_never(rule->choices[i].when)) {
            return false;
        }
    }
    return true;
}

static int64_t lint_dimension(lf_build *b, const lf_dimension_def *dimension) {
    int64_t most = 0;
    size_t length = lf_path_to(b, "dimensions", dimension->name);
    lf_path_down(b, LF_STR("rules"));
    for (uint32_t i = 0; i < dimension->n_rules; i++) {
        const lf_rule_def *rule = &b->bp->rules[dimension->first_rule + i];
        size_t item = lf_path_item(b, i);
        if (dead(rule)) {
            lf_build_finding(b, LF_D_DEAD_RULE, "the rule %q can never add a point", rule->name);
        }
        most = lf_sat_add(most, most_of(rule));
        lf_path_up(b, item);
    }
    lf_path_up(b, length);
    most = dimension->has_max && dimension->max < most ? dimension->max : most;
    return most < dimension->min ? dimension->min : most;
}

/* `least` and `most` are the bounds of the total. */
static void lint_bands(lf_build *b, const lf_score_def *score, int64_t least, int64_t most) {
    int64_t lowest = INT64_MAX;
    size_t length = lf_path_down(b, LF_STR("bands"));
    for (uint32_t i = 0; i < score->n_bands; i++) {
        const lf_band_def *band = &b->bp->bands[score->first_band + i];
        size_t item = lf_path_item(b, i);
        if (band->from > most) {
            lf_build_finding(b, LF_D_UNREACHABLE_BAND, "no total reaches the band %q", band->name);
        } else if (band->from >= lowest || lowest <= least) {
            lf_build_finding(b, LF_D_UNREACHABLE_BAND,
                             "nobody comes into the band %q: one before it takes them all",
                             band->name);
        }
        lowest = band->from < lowest ? band->from : lowest;
        lf_path_up(b, item);
    }
    if (score->n_bands > 0 && lowest > least) {
        lf_build_finding(
            b, LF_D_BAND_GAP,
            "the lowest band begins above the least total: some contacts have no band");
    }
    lf_path_up(b, length);
}

static void lint_score(lf_build *b, const lf_score_def *score) {
    size_t length = lf_path_to(b, "scores", score->name);
    int64_t most = 0, least = score->min;
    for (uint32_t i = 0; i < score->n_dimensions; i++) {
        most = lf_sat_add(most, lint_dimension(b, &b->bp->dimensions[score->first_dimension + i]));
    }
    most = score->has_max && score->max < most ? score->max : most;
    most = most < score->min ? score->min : most;
    most = score->idle.has_floor && score->idle.floor > most ? score->idle.floor : most;
    if (score->idle.reset_after > 0) { /* a reset makes it 0, whatever its bounds are */
        least = least > 0 ? 0 : least;
        most = most < 0 ? 0 : most;
    }
    lint_bands(b, score, least, most);
    lf_path_up(b, length);
}

void lf_lint_scores(lf_build *b) {
    for (uint32_t i = 0; i < b->bp->n_scores; i++) {
        lint_score(b, &b->bp->scores[i]);
    }
}

/* SPDX-License-Identifier: MIT */
/* The linter on scores: rules that do nothing, bands that nobody can be in, totals without a band. */
#include "blueprint/blueprint_internal.h"

/* What a rule, a dimension or a score can come to; INT64_MIN and INT64_MAX: no bound. */
typedef struct range {
    int64_t least, most;
} range;

static range sum_of(range a, range b) {
    return (range){lf_sat_add(a.least, b.least), lf_sat_add(a.most, b.most)};
}

static int64_t clamped(int64_t points, int64_t min, bool has_max, int64_t max) {
    points = has_max && points > max ? max : points;
    return points < min ? min : points;
}

static range of_choices(const lf_rule_def *rule) {
    range all = {0, 0}, one = {0, 0};
    bool taken = false; /* by a choice that always holds */
    for (uint32_t i = 0; i < rule->n_choices && !(taken && rule->pick == LF_PICK_FIRST); i++) {
        int64_t points = lf_lint_never(rule->choices[i].when) ? 0 : rule->choices[i].points;
        range each = {points < 0 ? points : 0, points > 0 ? points : 0};
        all = sum_of(all, each);
        one = (range){each.least < one.least ? each.least : one.least,
                      each.most > one.most ? each.most : one.most};
        taken = lf_lint_always(rule->choices[i].when);
    }
    return rule->pick == LF_PICK_ALL ? all : one;
}

static bool has_events(const lf_blueprint *bp, const lf_rule_def *rule) {
    bool has = false;
    for (uint32_t i = 0; i < rule->on.n && !has; i++) {
        has = !lf_lint_no_event(bp, rule->on.types[i]);
    }
    return has && !lf_lint_never(rule->when);
}

static range of_entries(const lf_blueprint *bp, const lf_rule_def *rule) {
    bool bounded = rule->max_count > 0 && rule->per == NULL;
    int64_t points = has_events(bp, rule) ? rule->points : 0;
    return (range){points >= 0 ? 0
                   : bounded   ? lf_sat_mul(points, rule->max_count)
                               : INT64_MIN,
                   points <= 0 ? 0
                   : bounded   ? lf_sat_mul(points, rule->max_count)
                               : INT64_MAX};
}

static range of_rule(const lf_blueprint *bp, const lf_rule_def *rule) {
    range r = rule->event_rule >= 0 ? of_entries(bp, rule) : of_choices(rule);
    if (rule->has_max_points) {
        r.least = r.least < -rule->max_points ? -rule->max_points : r.least;
        r.most = r.most > rule->max_points ? rule->max_points : r.most;
    }
    return r;
}

/* The bounds of what its rules come to together. */
static range of_rules(const lf_blueprint *bp, const lf_dimension_def *dimension) {
    range sum = {0, 0};
    for (uint32_t i = 0; i < dimension->n_rules; i++) {
        sum = sum_of(sum, of_rule(bp, &bp->rules[dimension->first_rule + i]));
    }
    return sum;
}

static range lint_dimension(lf_build *b, const lf_dimension_def *dimension) {
    range sum = of_rules(b->bp, dimension);
    range out = {clamped(sum.least, dimension->min, dimension->has_max, dimension->max),
                 clamped(sum.most, dimension->min, dimension->has_max, dimension->max)};
    size_t length = lf_path_to(b, "dimensions", dimension->name);
    lf_path_down(b, LF_STR("rules"));
    for (uint32_t i = 0; i < dimension->n_rules; i++) {
        const lf_rule_def *rule = &b->bp->rules[dimension->first_rule + i];
        range own = of_rule(b->bp, rule);
        size_t item = lf_path_item(b, i);
        if (own.least == 0 && own.most == 0) {
            lf_build_finding(b, LF_D_DEAD_RULE,
                             "the rule %q can never add a point: mend its points or its condition, "
                             "or take it out",
                             rule->name);
        } else if (out.least == out.most) {
            lf_build_finding(b, LF_D_DEAD_RULE,
                             "the rule %q can never add a point: 'min' and 'max' of its dimension "
                             "leave it no room",
                             rule->name);
        }
        lf_path_up(b, item);
    }
    lf_path_up(b, length);
    return out;
}

/* `total`: its bounds, as far as rules can bring it; `least`: what it may be at least. */
static void lint_bands(lf_build *b, const lf_score_def *score, range total, int64_t least) {
    int64_t lowest = INT64_MAX;
    size_t length = lf_path_down(b, LF_STR("bands"));
    for (uint32_t i = 0; i < score->n_bands; i++) {
        const lf_band_def *band = &b->bp->bands[score->first_band + i];
        size_t item = lf_path_item(b, i);
        if (band->from > total.most) {
            lf_build_finding(b, LF_D_UNREACHABLE_BAND,
                             "no total reaches the band %q: lower its 'from', or raise what the "
                             "rules can add",
                             band->name);
        } else if (band->from >= lowest || lowest <= total.least) {
            lf_build_finding(b, LF_D_UNREACHABLE_BAND,
                             "nobody comes into the band %q, one before it takes them all: order "
                             "bands from the highest down, and let totals fall so low",
                             band->name);
        }
        lowest = band->from < lowest ? band->from : lowest;
        lf_path_up(b, item);
    }
    if (score->n_bands > 0 && lowest > least) {
        lf_build_finding(b, LF_D_BAND_GAP,
                         "the lowest band begins above the least total, so some contacts have no "
                         "band: add one that begins there");
    }
    lf_path_up(b, length);
}

static void lint_score(lf_build *b, const lf_score_def *score) {
    size_t length = lf_path_to(b, "scores", score->name);
    range total = {0, 0};
    int64_t least = score->min;
    for (uint32_t i = 0; i < score->n_dimensions; i++) {
        total = sum_of(total, lint_dimension(b, &b->bp->dimensions[score->first_dimension + i]));
    }
    total.least = clamped(total.least, score->min, score->has_max, score->max);
    total.most = clamped(total.most, score->min, score->has_max, score->max);
    if (score->idle.has_floor && score->idle.floor > total.most) {
        total.most = score->idle.floor;
    }
    if (score->idle.reset_after > 0) { /* a reset makes it 0, whatever its bounds are */
        total.least = total.least > 0 ? 0 : total.least;
        total.most = total.most < 0 ? 0 : total.most;
        least = least > 0 ? 0 : least;
    }
    lint_bands(b, score, total, least);
    lf_path_up(b, length);
}

void lf_lint_scores(lf_build *b) {
    for (uint32_t i = 0; i < b->bp->n_scores; i++) {
        lint_score(b, &b->bp->scores[i]);
    }
}

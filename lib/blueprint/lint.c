/* SPDX-License-Identifier: MIT */
/* The linter (SPEC 2): what a blueprint may say, but hardly means. */
#include "blueprint/blueprint_internal.h"

/* ---- places ---- */
static size_t down_to(lf_build *b, const char *section, lf_str name) {
    size_t length = lf_path_down(b, lf_str_of(section));
    lf_path_down(b, name);
    return length;
}

/* ---- sequences ---- */
static void lint_steps(lf_build *b, const lf_json *steps) {
    size_t length = lf_path_down(b, LF_STR("steps"));
    for (uint32_t i = 0; steps != NULL && i < steps->n; i++) {
        const lf_json *step = &steps->u.items[i];
        const lf_json *branch = lf_json_get(step, LF_STR("branch"));
        const char *what = lf_json_get(step, LF_STR("send")) != NULL ? "send"
                           : lf_json_get(step, LF_STR("wait")) != NULL ? "wait"
                                                                       : NULL;
        size_t inner = lf_path_item(b, i);
        if (what != NULL && lf_json_get(step, LF_STR("label")) == NULL) {
            lf_build_finding(b, LF_D_UNLABELLED_STEP,
                             "give this '%s' a 'label': its name changes when steps are inserted before it", what);
        }
        size_t arms = lf_path_down(b, LF_STR("branch"));
        for (uint32_t j = 0; branch != NULL && j < branch->n; j++) {
            size_t arm = lf_path_item(b, j);
            lint_steps(b, lf_json_get(&branch->u.items[j], LF_STR("steps")));
            lf_path_up(b, arm);
        }
        lf_path_up(b, arms);
        lf_path_up(b, inner);
    }
    lf_path_up(b, length);
}

static void lint_sequence(lf_build *b, const lf_sequence_def *sequence) {
    size_t length = down_to(b, "sequences", sequence->name);
    if (sequence->goal == NULL && sequence->n_exits == 0) {
        lf_build_finding(b, LF_D_NO_EXIT, "the sequence has neither 'goal' nor 'exit': nobody leaves it before its end");
    }
    if (sequence->owner.n == 0) {
        lf_build_finding(b, LF_D_NO_OWNER, "the sequence has no 'owner': who answers for it?");
    }
    if (sequence->on_failure.n == 0) {
        lf_build_finding(b, LF_D_NO_FAILURE_PATH, "the sequence has no 'on_failure': a message that cannot be sent is lost silently");
    }
    const lf_json *json = lf_json_pointer(b->bp->document, (lf_str){b->path.p, b->path.n});
    lint_steps(b, lf_json_get(json, LF_STR("steps")));
    lf_path_up(b, length);
}

/* ---- templates ---- */
static bool has_token(const lf_message_text *text, int32_t ref) {
    for (uint32_t i = 0; i < text->n; i++) {
        if (text->pieces[i].is_token && text->pieces[i].ref == ref) {
            return true;
        }
    }
    return false;
}

static void lint_tokens(lf_build *b, const lf_message_text *text, const char *member) {
    size_t length = lf_path_down(b, lf_str_of(member));
    for (uint32_t i = 0; i < text->n; i++) {
        const lf_piece *piece = &text->pieces[i];
        if (piece->is_token && !piece->has_fallback && LF_REF_KIND(piece->ref) == LF_REF_FIELD &&
            !b->bp->fields[LF_REF_INDEX(piece->ref)].required) {
            lf_build_finding(b, LF_D_TOKEN_FALLBACK,
                             "the field %q is optional: say what stands there without it, as in {%S|...}", piece->text,
                             piece->text);
        }
    }
    lf_path_up(b, length);
}

/* A line with a digit and a comma counts as an address: a street and a town, in most countries. */
static bool has_address(const lf_message_text *text) {
    bool digit = false, comma = false;
    for (uint32_t i = 0; i < text->n; i++) {
        lf_str part = text->pieces[i].text;
        for (size_t j = 0; !text->pieces[i].is_token && j < part.n; j++) {
            digit = part.p[j] != '\n' && (digit || (part.p[j] >= '0' && part.p[j] <= '9'));
            comma = part.p[j] != '\n' && (comma || part.p[j] == ',');
            if (digit && comma) {
                return true;
            }
        }
    }
    return false;
}

static void lint_template(lf_build *b, const lf_template_def *template_) {
    size_t length = down_to(b, "templates", template_->name);
    lint_tokens(b, &template_->subject, "subject");
    lint_tokens(b, &template_->preheader, "preheader");
    lint_tokens(b, &template_->body, "body");
    if (template_->channel == LF_CHANNEL_EMAIL && !template_->transactional) {
        if (!has_token(&template_->body, LF_REF_TOKEN_UNSUBSCRIBE)) {
            lf_build_finding(b, LF_D_NO_UNSUBSCRIBE, "a marketing email needs {unsubscribe} in its body");
        }
        if (!has_address(&template_->body)) {
            lf_build_finding(b, LF_D_NO_POSTAL_ADDRESS,
                             "a marketing email needs the sender's postal address in its body, on one line");
        }
        if (!template_->has_cta) {
            lf_build_finding(b, LF_D_CALL_TO_ACTION, "a marketing email needs exactly one primary call to action ('cta')");
        }
    }
    lf_path_up(b, length);
}

/* ---- machines ---- */
static bool at_once(const lf_transition_def *t) {
    return t->when != NULL && t->on.n == 0 && t->after == 0 && !t->manual;
}

/* A condition of the form `name op number` as a range of thousandths. */
typedef struct range {
    lf_str name;
    int64_t low, high;
} range;

static bool is_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
}

static bool as_range(lf_str source, range *out) {
    size_t at = 0, op;
    int64_t milli;
    while (at < source.n && is_name(source.p[at])) {
        at++;
    }
    *out = (range){{source.p, at}, INT64_MIN, INT64_MAX};
    while (at < source.n && source.p[at] == ' ') {
        at++;
    }
    op = at;
    while (at < source.n && strchr("<>=", source.p[at]) != NULL) {
        at++;
    }
    lf_str sign = {source.p + op, at - op};
    while (at < source.n && source.p[at] == ' ') {
        at++;
    }
    if (out->name.n == 0 || sign.n == 0 || !lf_parse_decimal((lf_str){source.p + at, source.n - at}, 3, &milli)) {
        return false;
    }
    bool strict = sign.n == 1;
    out->low = sign.p[0] == '>' || sign.p[0] == '=' ? milli + (strict && sign.p[0] == '>') : INT64_MIN;
    out->high = sign.p[0] == '<' || sign.p[0] == '=' ? milli - (strict && sign.p[0] == '<') : INT64_MAX;
    return true;
}

/* Do two conditions exclude each other, as far as one can see? */
static bool exclude(const lf_expr *a, const lf_expr *b) {
    range x, y;
    return as_range(lf_expr_source(a), &x) && as_range(lf_expr_source(b), &y) && lf_str_eq(x.name, y.name) &&
           (x.high < y.low || y.high < x.low);
}

/* Marks all states that transitions lead to from `from`; with `first`, those at once. */
static void spread(const lf_machine_def *machine, uint16_t from, const lf_transition_def *first, bool *seen) {
    bool more = true;
    seen[from - machine->first_state] = true;
    while (more) {
        more = false;
        for (uint32_t i = 0; i < machine->n_transitions; i++) {
            const lf_transition_def *t = &machine->transitions[i];
            bool usable = first == NULL || (at_once(t) && !exclude(first->when, t->when));
            for (uint32_t j = 0; usable && j < t->n_from; j++) {
                bool *to = &seen[t->to - machine->first_state];
                if (seen[t->from[j] - machine->first_state] && !*to) {
                    *to = more = true;
                }
            }
        }
    }
}

static bool moved_to(const lf_actions *actions, uint16_t state) {
    for (uint32_t i = 0; i < actions->n; i++) {
        if (actions->items[i].kind == LF_ACT_MOVE && actions->items[i].index == state) {
            return true;
        }
    }
    return false;
}

/* Some action moves there, from wherever. */
static bool moved_by_action(const lf_blueprint *bp, uint16_t state) {
    for (uint32_t i = 0; i < bp->n_states; i++) {
        if (moved_to(&bp->states[i].enter, state) || moved_to(&bp->states[i].exit, state)) {
            return true;
        }
    }
    for (uint32_t m = 0; m < bp->n_machines; m++) {
        for (uint32_t i = 0; i < bp->machines[m].n_transitions; i++) {
            if (moved_to(&bp->machines[m].transitions[i].act, state)) {
                return true;
            }
        }
    }
    for (uint32_t i = 0; i < bp->n_steps; i++) {
        const lf_step_def *step = &bp->steps[i];
        if (step->kind == LF_STEP_ACTION && step->action.kind == LF_ACT_MOVE && step->action.index == state) {
            return true;
        }
    }
    return false;
}

static void lint_states(lf_build *b, const lf_machine_def *machine, bool *seen) {
    memset(seen, 0, machine->n_states);
    for (uint16_t i = 0; i < machine->n_states; i++) {
        if (moved_by_action(b->bp, (uint16_t)(machine->first_state + i))) {
            spread(machine, (uint16_t)(machine->first_state + i), NULL, seen);
        }
    }
    spread(machine, machine->initial, NULL, seen);
    for (uint16_t i = 0; i < machine->n_states; i++) {
        if (!seen[i]) {
            size_t length = down_to(b, "states", b->bp->states[machine->first_state + i].name);
            lf_build_finding(b, LF_D_UNREACHABLE_STATE, "nothing leads to this state");
            lf_path_up(b, length);
        }
    }
}

static bool goes_back(const lf_transition_def *t) {
    for (uint32_t i = 0; i < t->n_from; i++) {
        if (t->from[i] > t->to) {
            return true;
        }
    }
    return false;
}

static bool can_loop(const lf_machine_def *machine, const lf_transition_def *t, bool *seen) {
    memset(seen, 0, machine->n_states);
    if (at_once(t)) {
        spread(machine, t->to, t, seen);
    }
    for (uint32_t i = 0; at_once(t) && i < t->n_from; i++) {
        if (seen[t->from[i] - machine->first_state]) {
            return true;
        }
    }
    return false;
}

static void lint_machine(lf_build *b, const lf_machine_def *machine) {
    bool *seen = lf_build_alloc(b, machine->n_states + 1u);
    size_t length = down_to(b, "machines", machine->name);
    if (seen != NULL) {
        lint_states(b, machine, seen);
    }
    size_t inner = lf_path_down(b, LF_STR("transitions"));
    for (uint32_t i = 0; seen != NULL && i < machine->n_transitions; i++) {
        const lf_transition_def *t = &machine->transitions[i];
        size_t item = lf_path_item(b, i);
        if (!t->back && goes_back(t)) {
            lf_build_finding(b, LF_D_BACK_UNMARKED, "a step to a state that is declared earlier needs '\"back\": true'");
        }
        if (can_loop(machine, t, seen)) {
            lf_build_finding(b, LF_D_INSTANT_LOOP,
                             "conditions alone lead from here back here: make them exclude each other, or add 'on' or 'after'");
        }
        lf_path_up(b, item);
    }
    lf_path_up(b, inner);
    lf_path_up(b, length);
}

/* ---- scores ---- */
static bool never(const lf_expr *when) {
    lf_value value;
    return when != NULL && lf_expr_constant(when, &value) && !(value.type == LF_T_BOOL && value.u.b);
}

/* The most points that a rule can add; INT64_MAX: no bound. */
static int64_t most_of(const lf_rule_def *rule) {
    int64_t most = 0, sum = 0;
    for (uint32_t i = 0; i < rule->n_choices; i++) {
        int64_t points = never(rule->choices[i].when) ? 0 : rule->choices[i].points;
        most = points > most ? points : most;
        sum = lf_sat_add(sum, points > 0 ? points : 0);
    }
    most = rule->pick == LF_PICK_ALL ? sum : most;
    if (rule->event_rule >= 0 && rule->points > 0 && !never(rule->when)) {
        most = rule->max_count > 0 && rule->per == NULL ? lf_sat_mul(rule->points, rule->max_count) : INT64_MAX;
    }
    return rule->has_max_points && rule->max_points < most ? rule->max_points : most;
}

/* Can it ever change a sum? */
static bool dead(const lf_rule_def *rule) {
    if (rule->has_max_points && rule->max_points == 0) {
        return true;
    }
    if (rule->event_rule >= 0) {
        return rule->points == 0 || never(rule->when);
    }
    for (uint32_t i = 0; i < rule->n_choices; i++) {
        if (rule->choices[i].points != 0 && !never(rule->choices[i].when)) {
            return false;
        }
    }
    return true;
}

static int64_t lint_dimension(lf_build *b, const lf_dimension_def *dimension) {
    int64_t most = 0;
    size_t length = down_to(b, "dimensions", dimension->name);
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

static void lint_bands(lf_build *b, const lf_score_def *score, int64_t most) {
    int64_t lowest = INT64_MAX;
    size_t length = lf_path_down(b, LF_STR("bands"));
    for (uint32_t i = 0; i < score->n_bands; i++) {
        const lf_band_def *band = &b->bp->bands[score->first_band + i];
        size_t item = lf_path_item(b, i);
        if (band->from > most || band->from >= lowest) {
            lf_build_finding(b, LF_D_UNREACHABLE_BAND, "no total reaches the band %q%s", band->name,
                             band->from > most ? "" : ": a band before it takes them all");
        }
        lowest = band->from < lowest ? band->from : lowest;
        lf_path_up(b, item);
    }
    if (score->n_bands > 0 && lowest > score->min) {
        lf_build_finding(b, LF_D_BAND_GAP, "the lowest band begins above the score's 'min': some totals have no band");
    }
    lf_path_up(b, length);
}

static void lint_score(lf_build *b, const lf_score_def *score) {
    size_t length = down_to(b, "scores", score->name);
    int64_t most = 0;
    for (uint32_t i = 0; i < score->n_dimensions; i++) {
        most = lf_sat_add(most, lint_dimension(b, &b->bp->dimensions[score->first_dimension + i]));
    }
    most = score->has_max && score->max < most ? score->max : most;
    most = score->idle.has_floor && score->idle.floor > most ? score->idle.floor : most;
    lint_bands(b, score, most);
    lf_path_up(b, length);
}

void lf_lint(lf_build *b) {
    const lf_blueprint *bp = b->bp;
    for (uint32_t i = 0; i < bp->n_scores; i++) {
        lint_score(b, &bp->scores[i]);
    }
    for (uint32_t i = 0; i < bp->n_machines; i++) {
        lint_machine(b, &bp->machines[i]);
    }
    for (uint32_t i = 0; i < bp->n_templates; i++) {
        lint_template(b, &bp->templates[i]);
    }
    for (uint32_t i = 0; i < bp->n_sequences; i++) {
        lint_sequence(b, &bp->sequences[i]);
    }
}

/* SPDX-License-Identifier: MIT */
/* The linter on machines: states that nothing leads to, circles within one instant, steps back. */
#include "blueprint/blueprint_internal.h"

/* ---- conditions that exclude each other, as far as one can see without running them ---- */
#define MOST_TERMS 8u

static lf_str trimmed(lf_str s) {
    while (s.n > 0 && s.p[0] == ' ') {
        s.p++;
        s.n--;
    }
    while (s.n > 0 && s.p[s.n - 1] == ' ') {
        s.n--;
    }
    return s;
}

/* The parts between `&&`, which must all hold; the whole if something else joins parts, too. */
static uint32_t terms_of(lf_str source, lf_str terms[MOST_TERMS]) {
    uint32_t n = 0;
    size_t from = 0;
    int depth = 0;
    char quote = '\0';
    for (size_t i = 0; i + 1 < source.n && n + 1 < MOST_TERMS; i++) {
        char c = source.p[i];
        if (quote != '\0' || c == '\'' || c == '"') {
            quote = quote == '\0' ? c : c == quote ? '\0' : quote;
        } else if (depth == 0 && (c == '|' || c == '?')) {
            terms[0] = trimmed(source);
            return 1;
        } else if (depth == 0 && c == '&') {
            terms[n++] = trimmed((lf_str){source.p + from, i - from});
            from = ++i + 1;
        }
        depth +=
            (quote == '\0' && (c == '(' || c == '[')) - (quote == '\0' && (c == ')' || c == ']'));
    }
    terms[n++] = trimmed((lf_str){source.p + from, source.n - from});
    return n;
}

/* `name op value` */
typedef struct comparison {
    lf_str name, op, value;
} comparison;

static size_t span(lf_str s, size_t at, bool (*is)(char c)) {
    while (at < s.n && is(s.p[at])) {
        at++;
    }
    return at;
}

static bool in_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
}

static bool in_operator(char c) {
    return c == '<' || c == '>' || c == '=' || c == '!';
}

static bool in_space(char c) {
    return c == ' ';
}

static bool as_comparison(lf_str term, comparison *out) {
    size_t name = span(term, 0, in_name), op = span(term, name, in_space);
    size_t end = span(term, op, in_operator), value = span(term, end, in_space);
    *out = (comparison){{term.p, name}, {term.p + op, end - op}, {term.p + value, term.n - value}};
    return out->name.n > 0 && out->op.n > 0 && out->value.n > 0;
}

/* The thousandths that a comparison with a number leaves. */
static bool as_range(const comparison *c, int64_t *low, int64_t *high) {
    int64_t milli;
    bool less = c->op.p[0] == '<', more = c->op.p[0] == '>', strict = c->op.n == 1;
    if (c->op.p[0] == '!' || !lf_parse_decimal(c->value, 3, &milli)) {
        return false;
    }
    *low = less ? INT64_MIN : more && strict ? milli + 1 : milli;
    *high = more ? INT64_MAX : less && strict ? milli - 1 : milli;
    return true;
}

/* A literal text, with its quotes. */
static bool is_text(lf_str value) {
    return value.n >= 2 && (value.p[0] == '\'' || value.p[0] == '"') &&
           memchr(value.p + 1, value.p[0], value.n - 1) == value.p + value.n - 1;
}

static bool texts_exclude(const comparison *a, const comparison *b) {
    bool equal_a = lf_str_eq(a->op, LF_STR("==")), equal_b = lf_str_eq(b->op, LF_STR("=="));
    bool same = lf_str_eq((lf_str){a->value.p + 1, a->value.n - 2},
                          (lf_str){b->value.p + 1, b->value.n - 2});
    return equal_a && equal_b ? !same : same && equal_a != equal_b;
}

static bool denies(lf_str a, lf_str b) {
    return a.n > 1 && a.p[0] == '!' && lf_str_eq(trimmed((lf_str){a.p + 1, a.n - 1}), b);
}

static bool terms_exclude(lf_str a, lf_str b) {
    comparison x, y;
    int64_t low_x, high_x, low_y, high_y;
    if (denies(a, b) || denies(b, a)) {
        return true;
    }
    if (!as_comparison(a, &x) || !as_comparison(b, &y) || !lf_str_eq(x.name, y.name)) {
        return false;
    }
    if (is_text(x.value) && is_text(y.value)) {
        return texts_exclude(&x, &y);
    }
    return as_range(&x, &low_x, &high_x) && as_range(&y, &low_y, &high_y) &&
           (high_x < low_y || high_y < low_x);
}

bool lf_lint_exclude(const lf_expr *a, const lf_expr *b) {
    lf_str x[MOST_TERMS], y[MOST_TERMS];
    uint32_t n = terms_of(lf_expr_source(a), x), m = terms_of(lf_expr_source(b), y);
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t j = 0; j < m; j++) {
            if (terms_exclude(x[i], y[j])) {
                return true;
            }
        }
    }
    return false;
}

/* ---- walking through a machine ---- */
/* In a machine with thousands of conditions not all ways are walked; nothing is said of the rest. */
#define MOST_LOOKS 2000000u

typedef struct walk {
    const lf_blueprint *bp;
    const lf_machine_def *machine;
    bool *seen;      /* by state */
    bool *home;      /* by state: the walk ends there */
    uint16_t *queue; /* states that were seen */
    bool *loops;     /* by transition: it may be part of a circle within one instant */
    uint32_t looks;  /* at transitions, so far */
} walk;

/* True: this is home. */
static bool see(walk *w, uint16_t state, uint32_t *n) {
    bool *seen = &w->seen[state - w->machine->first_state];
    if (!*seen) {
        *seen = true;
        w->queue[(*n)++] = state;
    }
    return w->home[state - w->machine->first_state];
}

/* Does an action of a state go on to another state of the same machine? */
static bool moves_within(const walk *w, const lf_action *action, const lf_transition_def *first) {
    return action->kind == LF_ACT_MOVE &&
           w->bp->states[action->index].machine == w->bp->states[w->machine->first_state].machine &&
           !lf_lint_never(action->when) &&
           (first == NULL || first->when == NULL || action->when == NULL ||
            !lf_lint_exclude(first->when, action->when));
}

/* Marks all states to which transitions lead from `from`; with `first`, those to which conditions
 * and moves lead at once that do not exclude its own. True: one of them is home. */
static bool spread(walk *w, uint16_t from, const lf_transition_def *first) {
    uint32_t n = 0;
    bool home = see(w, from, &n);
    for (uint32_t at = 0; at < n && !home && (first == NULL || w->looks < MOST_LOOKS); at++) {
        const lf_state_def *state = &w->bp->states[w->queue[at]];
        for (uint32_t i = 0; i < state->n_out && !home; i++) {
            const lf_transition_def *t = &w->machine->transitions[state->out[i]];
            w->looks++;
            if (first == NULL ? !lf_lint_never(t->when)
                              : w->loops[state->out[i]] && !lf_lint_exclude(first->when, t->when)) {
                home = see(w, t->to, &n);
            }
        }
        for (uint32_t i = 0; i < state->enter.n && !home; i++) {
            home = moves_within(w, &state->enter.items[i], first) &&
                   see(w, state->enter.items[i].index, &n);
        }
    }
    return home;
}

/* ---- states ---- */
static void lint_states(lf_build *b, walk *w, const bool *moved) {
    const lf_machine_def *machine = w->machine;
    for (uint16_t i = 0; i < machine->n_states; i++) {
        uint16_t state = (uint16_t)(machine->first_state + i);
        if (moved[state] || state == machine->initial) {
            spread(w, state, NULL);
        }
    }
    for (uint16_t i = 0; i < machine->n_states; i++) {
        if (!w->seen[i]) {
            size_t length = lf_path_to(b, "states", b->bp->states[machine->first_state + i].name);
            lf_build_finding(b, LF_D_UNREACHABLE_STATE,
                             "nothing leads to this state: add a transition, or take it out");
            lf_path_up(b, length);
        }
    }
}

/* ---- moves ---- */
/* Can what a state does on entering lead back to it, by such moves alone? */
static bool moves_back(walk *w, uint16_t state) {
    static const lf_transition_def moves = {.when = NULL};
    const lf_actions *enter = &w->bp->states[state].enter;
    bool back = false;
    memset(w->home, 0, w->machine->n_states);
    w->home[state - w->machine->first_state] = true;
    for (uint32_t i = 0; i < enter->n && !back; i++) {
        memset(w->seen, 0, w->machine->n_states);
        back = moves_within(w, &enter->items[i], &moves) && enter->items[i].index != state &&
               spread(w, enter->items[i].index, &moves);
    }
    return back;
}

static void lint_moves(lf_build *b, walk *w) {
    w->looks = 0;
    for (uint16_t i = 0; i < w->machine->n_states; i++) {
        uint16_t state = (uint16_t)(w->machine->first_state + i);
        if (moves_back(w, state)) {
            size_t length = lf_path_to(b, "states", b->bp->states[state].name);
            lf_path_down(b, LF_STR("enter"));
            lf_build_finding(b, LF_D_INSTANT_LOOP,
                             "moves alone lead from here back here: give them conditions that "
                             "exclude each other");
            lf_path_up(b, length);
        }
    }
}

/* ---- transitions ---- */
static bool comes_back(walk *w, const lf_transition_def *t) {
    memset(w->seen, 0, w->machine->n_states);
    memset(w->home, 0, w->machine->n_states);
    for (uint32_t i = 0; i < t->n_from; i++) {
        w->home[t->from[i] - w->machine->first_state] = true;
    }
    return spread(w, t->to, t);
}

/* Which transitions can follow each other in a circle by their conditions alone: those that can come
 * back over others that can, until no more of them falls away. */
static void find_loops(walk *w) {
    bool more = true;
    for (uint32_t i = 0; i < w->machine->n_transitions; i++) {
        const lf_transition_def *t = &w->machine->transitions[i];
        w->loops[i] = t->when != NULL && t->on.n == 0 && t->after == 0 && !t->manual &&
                      !lf_lint_never(t->when);
    }
    w->looks = 0;
    while (more) {
        more = false;
        for (uint32_t i = 0; i < w->machine->n_transitions; i++) {
            if (w->loops[i] && !comes_back(w, &w->machine->transitions[i])) {
                w->loops[i] = false;
                more = true;
            }
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

static void lint_transitions(lf_build *b, walk *w) {
    size_t length = lf_path_down(b, LF_STR("transitions"));
    find_loops(w);
    for (uint32_t i = 0; i < w->machine->n_transitions; i++) {
        const lf_transition_def *t = &w->machine->transitions[i];
        size_t item = lf_path_item(b, i);
        if (!t->back && goes_back(t)) {
            lf_build_finding(b, LF_D_BACK_UNMARKED,
                             "a step to a state that is declared earlier needs '\"back\": true'");
        }
        if (w->loops[i]) {
            lf_build_finding(b, LF_D_INSTANT_LOOP,
                             "conditions alone lead from here back here: make them exclude each "
                             "other, or add 'on' or 'after'");
        }
        lf_path_up(b, item);
    }
    lf_path_up(b, length);
}

void lf_lint_machines(lf_build *b) {
    const lf_blueprint *bp = b->bp;
    bool *moved = lf_build_alloc(b, bp->n_states);
    if (moved == NULL) {
        return;
    }
    lf_lint_mark(bp, LF_ACT_MOVE, moved);
    for (uint32_t i = 0; i < bp->n_machines; i++) {
        const lf_machine_def *machine = &bp->machines[i];
        walk w = {.bp = bp,
                  .machine = machine,
                  .seen = lf_build_alloc(b, machine->n_states),
                  .home = lf_build_alloc(b, machine->n_states),
                  .queue = lf_build_alloc(b, machine->n_states * sizeof(uint16_t)),
                  .loops = lf_build_alloc(b, machine->n_transitions)};
        if (b->status != LF_OK) {
            return;
        }
        size_t length = lf_path_to(b, "machines", machine->name);
        lint_states(b, &w, moved);
        lint_moves(b, &w);
        lint_transitions(b, &w);
        lf_path_up(b, length);
    }
}

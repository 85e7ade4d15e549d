/* SPDX-License-Identifier: MIT */
/* The linter on steps: names that move, waits that nobody waits for, ways that come back within one instant. */
#include "blueprint/blueprint_internal.h"
#include "time/timing.h"

/* In a blueprint with thousands of jumps not all ways are walked; nothing is said of the rest. */
#define MOST_LOOKS 2000000u

enum pace {
    IN_TIME,    /* all waits end */
    AT_ONCE,    /* none does that can last, nor one for a condition */
    CONDITIONS, /* those for a condition do: then nothing has timed out */
};

typedef struct walk {
    lf_build *b;
    int64_t end;     /* the longest that anybody is in the sequence */
    uint16_t first;  /* step of the sequence */
    uint32_t n;      /* its steps */
    bool *reached;   /* by step from there, if somebody can come to it */
    bool *seen;      /* the same, by the present way */
    uint16_t *queue; /* of steps */
    uint32_t looks;
    uint16_t index; /* of the step that is looked at */
} walk;

/* ---- ways ---- */
static bool says_timed_out(const lf_expr *when) {
    return when != NULL && lf_str_eq(lf_expr_source(when), LF_STR("timed_out"));
}

static bool may_hold(const lf_expr *when, enum pace pace) {
    return pace != CONDITIONS || !says_timed_out(when);
}

static void see(walk *w, bool *seen, uint32_t *n, uint16_t step) {
    if (step != LF_STEP_END && !seen[step - w->first]) {
        seen[step - w->first] = true;
        w->queue[(*n)++] = step;
    }
}

/* Is there a way on to the next step? A `day` that has passed stops nobody; so only `for` does. */
static bool passes(const lf_step_def *step, enum pace pace) {
    switch (step->kind) {
    case LF_STEP_WAIT_FOR:
        return pace == IN_TIME || step->time == 0;
    case LF_STEP_WAIT_UNTIL:
        return pace != AT_ONCE;
    case LF_STEP_EXIT:
    case LF_STEP_GOTO:
    case LF_STEP_SPLIT:
        return false;
    case LF_STEP_BRANCH:
        return step->arms[step->n_arms - 1].when != NULL;
    default:
        return true;
    }
}

/* Marks what can be come to from a step on. */
static void spread(walk *w, bool *seen, uint16_t from, enum pace pace) {
    uint32_t n = 0;
    memset(seen, 0, w->n);
    see(w, seen, &n, from);
    for (uint32_t at = 0; at < n && (pace == IN_TIME || w->looks < MOST_LOOKS); at++) {
        const lf_step_def *step = &w->b->bp->steps[w->queue[at]];
        bool taken = may_hold(step->when, pace);
        w->looks += 1 + step->n_arms;
        if (step->when != NULL || passes(step, pace)) {
            see(w, seen, &n, step->next);
        }
        if (taken && step->kind == LF_STEP_GOTO) {
            see(w, seen, &n, step->to);
        }
        for (uint32_t i = 0; taken && i < step->n_arms; i++) {
            if (may_hold(step->arms[i].when, pace)) {
                see(w, seen, &n, step->arms[i].first);
            }
        }
    }
}

static bool comes_back(walk *w, enum pace pace) {
    const lf_step_def *step = &w->b->bp->steps[w->index];
    if (!may_hold(step->when, pace)) {
        return false;
    }
    spread(w, w->seen, step->to, pace);
    return w->seen[w->index - w->first];
}

/* ---- steps ---- */
/* At least; a local time can be earlier in its day than that of the enrolment, and the day be shorter. */
static int64_t length_of(const lf_json *wait) {
    int64_t ms = 0;
    const lf_json *day = lf_json_get(wait, LF_STR("day")),
                  *week = lf_json_get(wait, LF_STR("week"));
    lf_duration_parse(lf_key_text(wait, "for"), false, &ms);
    ms = day != NULL ? day->u.i * LF_MS_DAY : ms;
    ms = week != NULL ? week->u.i * LF_MS_WEEK : ms;
    return lf_json_get(wait, LF_STR("at")) == NULL ? ms : ms - 2 * LF_MS_DAY;
}

static void lint_step(walk *w, const lf_json *step) {
    lf_build *b = w->b;
    const lf_json *wait = lf_json_get(step, LF_STR("wait"));
    bool send = lf_json_get(step, LF_STR("send")) != NULL;
    if ((send || wait != NULL) && lf_json_get(step, LF_STR("label")) == NULL) {
        lf_build_finding(
            b, LF_D_UNLABELLED_STEP,
            "give this '%s' a 'label': its name changes when steps are inserted before it",
            send ? "send" : "wait");
    }
    if (wait != NULL && (!w->reached[w->index - w->first] || length_of(wait) >= w->end)) {
        lf_build_finding(b, LF_D_WAIT_OUTLIVES,
                         "everybody has left the sequence before this wait is over");
    }
    if (b->bp->steps[w->index].kind == LF_STEP_GOTO &&
        (comes_back(w, AT_ONCE) || comes_back(w, CONDITIONS))) {
        lf_build_finding(b, LF_D_INSTANT_LOOP,
                         "this 'goto' can come back here at once: let the way have a wait 'for' "
                         "some time");
    }
}

static void lint_list(walk *w, const lf_json *list);

static void lint_arms(walk *w, const lf_json *step, const char *key) {
    const lf_json *arms = lf_json_get(step, lf_str_of(key));
    size_t length = lf_path_down(w->b, lf_str_of(key));
    for (uint32_t i = 0; arms != NULL && i < arms->n; i++) {
        size_t arm = lf_path_item(w->b, i);
        lint_list(w, lf_json_get(&arms->u.items[i], LF_STR("steps")));
        lf_path_up(w->b, arm);
    }
    lf_path_up(w->b, length);
}

static void lint_list(walk *w, const lf_json *list) {
    size_t length = lf_path_down(w->b, LF_STR("steps"));
    for (uint32_t i = 0; i < list->n; i++) {
        const lf_json *step = &list->u.items[i];
        size_t inner = lf_path_item(w->b, i);
        lint_step(w, step);
        w->index++;
        lint_arms(w, step, "branch");
        lint_arms(w, step, "split");
        lf_path_up(w->b, inner);
    }
    lf_path_up(w->b, length);
}

void lf_lint_steps(lf_build *b, const lf_json *list, const lf_sequence_def *sequence, int64_t end) {
    walk w = {.b = b, .end = end, .first = sequence->first_step, .n = lf_count_steps(list)};
    w.reached = lf_build_alloc(b, w.n);
    w.seen = lf_build_alloc(b, w.n);
    w.queue = lf_build_alloc(b, w.n * sizeof *w.queue);
    if (w.n == 0 || b->status != LF_OK) {
        return;
    }
    w.index = w.first;
    spread(&w, w.reached, w.first, IN_TIME);
    lint_list(&w, list);
}

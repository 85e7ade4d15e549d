/* SPDX-License-Identifier: MIT */
/* The linter on steps: names that move, waits that nobody waits for, ways that come back within one instant. */
#include "blueprint/blueprint_internal.h"
#include "time/timing.h"

/* In a blueprint with thousands of jumps not all ways are walked; nothing is said of the rest. */
#define MOST_LOOKS 2000000u

enum pace {             /* within one instant */
            AT_ONCE,    /* no wait ends that can last, nor one for a condition */
            CONDITIONS, /* those for a condition do: then nothing has timed out */
            IN_TIME     /* with time, all do */
};

typedef struct walk {
    lf_build *b;
    int64_t end;    /* the longest that anybody is in the sequence */
    uint16_t first; /* step of the sequence */
    uint32_t n;     /* its steps */
    int64_t
        *soonest; /* by step from there: behind the enrolment; LF_TIME_NONE: nobody comes to it */
    bool *seen;   /* by step, by the present way */
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

static void see(walk *w, uint32_t *n, uint16_t step) {
    if (step != LF_STEP_END && !w->seen[step - w->first]) {
        w->seen[step - w->first] = true;
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

/* Marks what can be come to from a step on within the instant. */
static void spread(walk *w, uint16_t from, enum pace pace) {
    uint32_t n = 0;
    memset(w->seen, 0, w->n);
    see(w, &n, from);
    for (uint32_t at = 0; at < n && w->looks < MOST_LOOKS; at++) {
        const lf_step_def *step = &w->b->bp->steps[w->queue[at]];
        bool taken = may_hold(step->when, pace);
        w->looks += 1 + step->n_arms;
        if (step->when != NULL || passes(step, pace)) {
            see(w, &n, step->next);
        }
        if (taken && step->kind == LF_STEP_GOTO) {
            see(w, &n, step->to);
        }
        for (uint32_t i = 0; taken && i < step->n_arms; i++) {
            if (may_hold(step->arms[i].when, pace)) {
                see(w, &n, step->arms[i].first);
            }
        }
    }
}

static bool comes_back(walk *w, enum pace pace) {
    const lf_step_def *step = &w->b->bp->steps[w->index];
    if (!may_hold(step->when, pace)) {
        return false;
    }
    spread(w, step->to, pace);
    return w->seen[w->index - w->first];
}

/* ---- time ---- */
/* When a wait that begins so long behind the enrolment is over, at the soonest; `until`: when it times out. */
static int64_t over_at(const lf_step_def *step, int64_t since) {
    int64_t days = step->local.given ? step->time - 2 * LF_MS_DAY : step->time;
    switch (step->kind) {
    case LF_STEP_WAIT_FOR:
        return lf_sat_add(since, step->time);
    case LF_STEP_WAIT_DAYS: /* a local time can be earlier in its day than that of the enrolment, and days be shorter */
        return days > since ? days : since;
    case LF_STEP_WAIT_UNTIL:
        return step->time < 0 ? since : lf_sat_add(since, step->time);
    default:
        return since;
    }
}

static bool come(walk *w, uint16_t step, int64_t at) {
    bool sooner = step != LF_STEP_END && at < w->soonest[step - w->first];
    if (sooner) {
        w->soonest[step - w->first] = at;
    }
    return sooner;
}

/* From one step to those that follow it. One wait too long is reported once: behind it, it does not count. */
static bool come_on(walk *w, const lf_step_def *step, int64_t at) {
    int64_t over = step->kind == LF_STEP_WAIT_UNTIL ? at : over_at(step, at);
    bool sooner = step->when != NULL && come(w, step->next, at);
    if (passes(step, IN_TIME)) {
        sooner = come(w, step->next, over < w->end ? over : at) || sooner;
    }
    if (step->kind == LF_STEP_GOTO) {
        sooner = come(w, step->to, at) || sooner;
    }
    for (uint32_t i = 0; i < step->n_arms; i++) {
        sooner = come(w, step->arms[i].first, at) || sooner;
    }
    return sooner;
}

static void come_from_nowhere(walk *w, int64_t at) {
    for (uint32_t i = 0; i < w->n; i++) {
        w->soonest[i] = at;
    }
}

/* When each step is come to, at the soonest. In document order, again while some way back was sooner. */
static void find_soonest(walk *w) {
    bool sooner = true;
    come_from_nowhere(w, LF_TIME_NONE);
    w->soonest[0] = 0;
    for (uint32_t looks = 0; sooner && looks < MOST_LOOKS; looks += w->n) {
        sooner = false;
        for (uint32_t i = 0; i < w->n; i++) {
            if (w->soonest[i] != LF_TIME_NONE) {
                sooner = come_on(w, &w->b->bp->steps[w->first + i], w->soonest[i]) || sooner;
            }
        }
    }
    if (sooner) {
        come_from_nowhere(w, 0);
    }
}

/* ---- steps ---- */
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
    const lf_step_def *def = &b->bp->steps[w->index];
    int64_t since = w->soonest[w->index - w->first];
    if (wait != NULL && (since == LF_TIME_NONE || over_at(def, since) >= w->end)) {
        lf_build_finding(b, LF_D_WAIT_OUTLIVES,
                         "everybody has left the sequence before this wait %s: shorten it, or take "
                         "it out",
                         def->kind == LF_STEP_WAIT_UNTIL ? "times out" : "is over");
    }
    if (def->kind == LF_STEP_GOTO && (comes_back(w, AT_ONCE) || comes_back(w, CONDITIONS))) {
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
    w.soonest = lf_build_alloc(b, w.n * sizeof *w.soonest);
    w.seen = lf_build_alloc(b, w.n);
    w.queue = lf_build_alloc(b, w.n * sizeof *w.queue);
    if (w.n == 0 || b->status != LF_OK) {
        return;
    }
    w.index = w.first;
    find_soonest(&w);
    lint_list(&w, list);
}

/* SPDX-License-Identifier: MIT */
/* The linter (SPEC 2): what a blueprint may say, but hardly means. Sequences. */
#include "blueprint/blueprint_internal.h"

size_t lf_path_to(lf_build *b, const char *section, lf_str name) {
    size_t length = lf_path_down(b, lf_str_of(section));
    lf_path_down(b, name);
    return length;
}

bool lf_lint_never(const lf_expr *when) {
    lf_value value;
    return when != NULL && lf_expr_constant(when, &value) &&
           !(value.type == LF_T_BOOL && value.u.b);
}

bool lf_lint_always(const lf_expr *when) {
    lf_value value;
    return when == NULL || (lf_expr_constant(when, &value) && value.type == LF_T_BOOL && value.u.b);
}

/* ---- sequences ---- */
/* What waits for the same as one before it fires with that one, and the first of the list decides. */
static bool dead_trigger(const lf_sequence_def *sequence, uint32_t i) {
    const lf_trigger *trigger = &sequence->triggers[i];
    bool dead = lf_lint_never(trigger->when);
    for (uint32_t j = 0; j < i && trigger->past != LF_NO_INDEX; j++) {
        dead = dead || sequence->triggers[j].past == trigger->past;
    }
    return dead;
}

static void lint_triggers(lf_build *b, const lf_sequence_def *sequence) {
    size_t length = lf_path_down(b, LF_STR("trigger"));
    for (uint32_t i = 0; i < sequence->n_triggers; i++) {
        size_t inner = lf_path_item(b, i);
        if (dead_trigger(sequence, i)) {
            lf_build_finding(
                b, LF_D_DEAD_TRIGGER,
                "the trigger can never fire: mend its condition, or take it out where one "
                "before it fires whenever it would");
        }
        lf_path_up(b, inner);
    }
    lf_path_up(b, length);
}

/* The age from which on everybody has left by this condition; LF_TIME_NONE: nobody has for certain. */
static int64_t sure_age(const lf_expr *when) {
    lf_str source = lf_expr_source(when);
    bool sure = lf_str_starts(source, LF_STR("age(contact.created,")) &&
                memchr(source.p, ')', source.n) == source.p + source.n - 1 &&
                memchr(source.p, '-', source.n) == NULL;
    return lf_lint_always(when) ? 0 : sure ? lf_expr_longest(when) : LF_TIME_NONE;
}

/* Can anybody leave before the last step? *end is lowered to the longest that anybody stays. */
static bool has_way_out(const lf_sequence_def *sequence, int64_t *end) {
    bool out = sequence->goal != NULL && !lf_lint_never(sequence->goal);
    *end = out ? sure_age(sequence->goal) : LF_TIME_NONE;
    for (uint32_t i = 0; i < sequence->n_exits; i++) {
        const lf_exit *exit = &sequence->exits[i];
        int64_t age = exit->type < 0 ? sure_age(exit->when) : LF_TIME_NONE;
        *end = age < *end ? age : *end;
        out = out || !lf_lint_never(exit->when);
    }
    return out;
}

static void lint_sequence(lf_build *b, const lf_json *json, const lf_sequence_def *sequence) {
    int64_t end;
    if (!has_way_out(sequence, &end)) {
        lf_build_finding(b, LF_D_NO_EXIT,
                         "the sequence has neither a 'goal' nor an 'exit' that can hold: say when "
                         "somebody is done before its end");
    }
    if (sequence->owner.n == 0) {
        lf_build_finding(b, LF_D_NO_OWNER, "the sequence has no 'owner': name who answers for it");
    }
    if (sequence->on_failure.n == 0) {
        lf_build_finding(b, LF_D_NO_FAILURE_PATH,
                         "the sequence has no 'on_failure': say who hears of a message that cannot "
                         "be sent");
    }
    lint_triggers(b, sequence);
    lf_lint_steps(b, lf_json_get(json, LF_STR("steps")), sequence, end);
}

void lf_lint_sequences(lf_build *b) {
    const lf_json *section = lf_json_get(b->bp->document, LF_STR("sequences"));
    for (uint32_t i = 0; i < b->bp->n_sequences; i++) {
        const lf_sequence_def *sequence = &b->bp->sequences[i];
        size_t length = lf_path_to(b, "sequences", sequence->name);
        lint_sequence(b, lf_json_get(section, sequence->name), sequence);
        lf_path_up(b, length);
    }
}

/* ---- expressions ---- */
static void lint_costs(lf_build *b) {
    for (const lf_costly *one = b->costly; one != NULL; one = one->next) {
        lf_buf here = b->path;
        b->path = (lf_buf){.mem = here.mem, .p = (char *)(uintptr_t)one->path.p, .n = one->path.n};
        lf_build_finding(b, LF_D_COSTLY,
                         "this may take %u steps, and ends in an error after %u of them",
                         one->worst, (uint64_t)b->bp->limits.cost);
        b->path = here;
    }
}

void lf_lint(lf_build *b) {
    lint_costs(b);
    lf_lint_scores(b);
    lf_lint_machines(b);
    lf_lint_caps(b);
    lf_lint_templates(b);
    lf_lint_sequences(b);
}

/* SPDX-License-Identifier: MIT */
/* The linter (SPEC 2): what a blueprint may say, but hardly means. Sequences. */
#include "blueprint/blueprint_internal.h"
#include "time/timing.h"

size_t lf_path_to(lf_build *b, const char *section, lf_str name) {
    size_t length = lf_path_down(b, lf_str_of(section));
    lf_path_down(b, name);
    return length;
}

bool lf_lint_never(const lf_expr *when) {
    lf_value value;
    if (when == NULL) {
        return false;
    }
    return lf_expr_constant(when, &value) ? !(value.type == LF_T_BOOL && value.u.b)
                                          : lf_lint_exclude(when, when);
}

bool lf_lint_no_event(const lf_blueprint *bp, uint16_t type) {
    int32_t at = type;
    while (at >= 0 && !lf_lint_never(bp->types[at].when)) {
        at = bp->types[at].base;
    }
    return at >= 0;
}

/* ---- actions ---- */
static void mark(const lf_actions *actions, uint8_t kind, bool *marks) {
    for (uint32_t i = 0; i < actions->n; i++) {
        if (actions->items[i].kind == kind && !lf_lint_never(actions->items[i].when)) {
            marks[actions->items[i].index] = true;
        }
    }
}

void lf_lint_mark(const lf_blueprint *bp, uint8_t kind, bool *marks) {
    for (uint32_t i = 0; i < bp->n_states; i++) {
        mark(&bp->states[i].enter, kind, marks);
        mark(&bp->states[i].exit, kind, marks);
    }
    for (uint32_t i = 0; i < bp->n_machines; i++) {
        for (uint32_t j = 0; j < bp->machines[i].n_transitions; j++) {
            mark(&bp->machines[i].transitions[j].act, kind, marks);
        }
    }
    for (uint32_t i = 0; i < bp->n_sequences; i++) {
        mark(&bp->sequences[i].on_failure, kind, marks);
    }
    for (uint32_t i = 0; i < bp->n_steps; i++) {
        mark(&(lf_actions){&bp->steps[i].action, bp->steps[i].kind == LF_STEP_ACTION}, kind, marks);
    }
}

bool lf_lint_always(const lf_expr *when) {
    lf_value value;
    return when == NULL || (lf_expr_constant(when, &value) && value.type == LF_T_BOOL && value.u.b);
}

/* ---- sequences ---- */
/* What waits for the same as one before it fires with that one, and the first of the list decides. */
static bool dead_trigger(const lf_build *b, const lf_sequence_def *sequence, uint32_t i) {
    const lf_trigger *trigger = &sequence->triggers[i];
    bool dead = lf_lint_never(trigger->when) ||
                (trigger->kind == LF_TRIGGER_EVENT && lf_lint_no_event(b->bp, trigger->index));
    for (uint32_t j = 0; j < i && trigger->past != LF_NO_INDEX; j++) {
        dead = dead || sequence->triggers[j].past == trigger->past;
    }
    return dead;
}

static void lint_triggers(lf_build *b, const lf_sequence_def *sequence) {
    size_t length = lf_path_down(b, LF_STR("trigger"));
    for (uint32_t i = 0; i < sequence->n_triggers; i++) {
        size_t inner = lf_path_item(b, i);
        if (dead_trigger(b, sequence, i)) {
            lf_build_finding(
                b, LF_D_DEAD_TRIGGER,
                "the trigger can never fire: mend its condition, or take it out where one "
                "before it fires whenever it would");
        }
        lf_path_up(b, inner);
    }
    lf_path_up(b, length);
}

/* ---- how long somebody stays ---- */
/* Is it `name(argument, 'duration')`, and nothing else? */
static bool as_call(lf_str source, const char *name, lf_str *argument, int64_t *duration) {
    size_t open = strlen(name), comma = open;
    if (!lf_str_starts(source, lf_str_of(name)) || source.n < open + 4 ||
        source.p[source.n - 1] != ')' || source.p[source.n - 2] != '\'') {
        return false;
    }
    while (comma < source.n && source.p[comma] != ',') {
        comma++;
    }
    size_t quote = comma + 1;
    while (quote < source.n && source.p[quote] == ' ') {
        quote++;
    }
    *argument = (lf_str){source.p + open, comma - open};
    return quote + 3 < source.n && source.p[quote] == '\'' &&
           lf_duration_parse((lf_str){source.p + quote + 1, source.n - quote - 3}, true, duration);
}

/* The offset of the earliest trigger, where all are by this field's date: nobody comes in before that. */
static bool all_by_date(const lf_blueprint *bp, const lf_sequence_def *sequence, lf_str field,
                        int64_t *offset) {
    lf_str contact = LF_STR("contact.");
    *offset = INT64_MAX;
    for (uint32_t i = 0; i < sequence->n_triggers; i++) {
        const lf_trigger *trigger = &sequence->triggers[i];
        if (trigger->kind != LF_TRIGGER_DATE || !lf_str_starts(field, contact) ||
            !lf_str_eq((lf_str){field.p + contact.n, field.n - contact.n},
                       bp->fields[trigger->index].name)) {
            return false;
        }
        *offset = trigger->offset < *offset ? trigger->offset : *offset;
    }
    return sequence->n_triggers > 0;
}

/* Is it `state.machine != 'name'`, of the machine in quotes? */
static bool leaves_with_state(const lf_expr *when, lf_str quoted) {
    lf_str source = when == NULL ? LF_STR("") : lf_expr_source(when), state = LF_STR("state."),
           differs = LF_STR(" != '");
    lf_str machine = {quoted.p + 1, quoted.n - 2};
    size_t name = state.n + machine.n + differs.n;
    return quoted.n > 2 && source.n > name && lf_str_starts(source, state) &&
           memcmp(source.p + state.n, machine.p, machine.n) == 0 &&
           memcmp(source.p + state.n + machine.n, differs.p, differs.n) == 0 &&
           memchr(source.p + name, '\'', source.n - name) == source.p + source.n - 1;
}

/* Does somebody whose state of the machine changes leave? */
static bool keeps_state(const lf_sequence_def *sequence, lf_str quoted) {
    bool keeps = leaves_with_state(sequence->goal, quoted);
    for (uint32_t i = 0; i < sequence->n_exits && !keeps; i++) {
        keeps = sequence->exits[i].type < 0 && leaves_with_state(sequence->exits[i].when, quoted);
    }
    return keeps;
}

/* How long anybody stays at most by this condition; LF_TIME_NONE: that is not known. `only`: by its triggers alone
 * somebody comes in. */
static int64_t longest_stay(const lf_blueprint *bp, const lf_sequence_def *sequence, bool only,
                            const lf_expr *when) {
    lf_str argument;
    int64_t duration, offset;
    if (lf_lint_always(when)) {
        return 0;
    }
    if (as_call(lf_expr_source(when), "in_state(", &argument, &duration)) {
        return keeps_state(sequence, argument) ? duration : LF_TIME_NONE;
    }
    if (!as_call(lf_expr_source(when), "age(", &argument, &duration)) {
        return LF_TIME_NONE;
    }
    if (lf_str_eq(argument, LF_STR("contact.created"))) {
        return duration > 0 ? duration : LF_TIME_NONE;
    }
    if (!only || !all_by_date(bp, sequence, argument, &offset)) {
        return LF_TIME_NONE;
    }
    return duration > offset ? lf_sat_sub(duration, offset) : 0;
}

/* Can anybody leave before the last step? *end is lowered to the longest that anybody stays. */
static bool has_way_out(const lf_blueprint *bp, const lf_sequence_def *sequence, bool only,
                        int64_t *end) {
    bool out = sequence->goal != NULL && !lf_lint_never(sequence->goal);
    *end = out ? longest_stay(bp, sequence, only, sequence->goal) : LF_TIME_NONE;
    for (uint32_t i = 0; i < sequence->n_exits; i++) {
        const lf_exit *exit = &sequence->exits[i];
        int64_t stay = exit->type < 0 ? longest_stay(bp, sequence, only, exit->when) : LF_TIME_NONE;
        *end = stay < *end ? stay : *end;
        out = out || !(lf_lint_never(exit->when) ||
                       (exit->type >= 0 && lf_lint_no_event(bp, (uint16_t)exit->type)));
    }
    return out;
}

static void lint_sequence(lf_build *b, const lf_json *json, const lf_sequence_def *sequence,
                          bool only) {
    int64_t end;
    if (!has_way_out(b->bp, sequence, only, &end)) {
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
    bool *enrolled = lf_build_alloc(b, b->bp->n_sequences);
    if (enrolled == NULL) {
        return;
    }
    lf_lint_mark(b->bp, LF_ACT_ENROLL, enrolled);
    for (uint32_t i = 0; i < b->bp->n_sequences; i++) {
        const lf_sequence_def *sequence = &b->bp->sequences[i];
        size_t length = lf_path_to(b, "sequences", sequence->name);
        lint_sequence(b, lf_json_get(section, sequence->name), sequence, !enrolled[i]);
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
    lf_lint_holds(b);
    lf_lint_templates(b);
    lf_lint_sequences(b);
}

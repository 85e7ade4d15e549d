/* SPDX-License-Identifier: MIT */
/* The section `sequences` (SPEC 9): triggers, exits, steps. */
#include "blueprint/blueprint_internal.h"
#include "time/timing.h"

static const lf_key sequence_keys[] = {{"label", LF_K_STRING},   {"owner", LF_K_STRING},
                                       {"topic", LF_K_STRING},   {"trigger", LF_K_ARRAY},
                                       {"goal", LF_K_STRING},    {"exit", LF_K_ARRAY},
                                       {"reentry", LF_K_STRING}, {"on_failure", LF_K_ARRAY},
                                       {"steps", LF_K_ARRAY},    {"window", LF_K_LATER},
                                       {"group", LF_K_LATER},    {"priority", LF_K_LATER},
                                       {"on_preempt", LF_K_LATER}, {"on_change", LF_K_LATER},
                                       {"existing", LF_K_LATER}};
static const lf_key trigger_keys[] = {{"event", LF_K_STRING},        {"when", LF_K_STRING},
                                      {"state", LF_K_STRING},        {"segment", LF_K_STRING},
                                      {"segment_left", LF_K_STRING}, {"band", LF_K_STRING},
                                      {"date", LF_K_LATER},          {"offset", LF_K_LATER},
                                      {"at", LF_K_LATER},            {"on", LF_K_LATER},
                                      {"late", LF_K_LATER}};
static const lf_key exit_keys[] = {{"event", LF_K_STRING}, {"when", LF_K_STRING}};
static const lf_key wait_keys[] = {{"for", LF_K_STRING},     {"day", LF_K_INT}, {"week", LF_K_INT},
                                   {"until", LF_K_STRING},   {"timeout", LF_K_STRING},
                                   {"at", LF_K_LATER},       {"on", LF_K_LATER}};
static const lf_key arm_keys[] = {{"when", LF_K_STRING}, {"steps", LF_K_ARRAY | LF_K_REQUIRED}};
#define LF_LONGEST_DAYS 36500u /* of a day or week wait */

/* What steps, goals and exits may read. */
static const lf_reading inside = {LF_MAY_ALL | LF_MAY_TIMED_OUT, NULL};

/* ---- triggers and exits ---- */
/* "machine.state" or "score.band" */
static uint16_t dotted_value(lf_build *b, const lf_json *value, enum lf_name_kind kind, const char *what) {
    char text[160];
    const char *dot = memchr(value->text.p, '.', value->text.n);
    if (dot == NULL || value->text.n >= sizeof text) {
        lf_build_error(b, LF_D_BAD_VALUE, value, (lf_str){NULL, 0}, "expected %s, not %q", what, value->text);
        return LF_NO_INDEX;
    }
    memcpy(text, value->text.p, value->text.n);
    text[dot - value->text.p] = '/';
    const lf_names *names = &b->bp->schema.names[kind];
    int32_t index = lf_names_find(names, (lf_str){text, value->text.n});
    if (index < 0) {
        char near_text[160] = "";
        lf_str nearest = lf_names_nearest(names, (lf_str){text, value->text.n});
        for (size_t i = 0; i < nearest.n && i < sizeof near_text; i++) {
            near_text[i] = nearest.p[i] == '/' ? '.' : nearest.p[i];
        }
        lf_build_unknown(b, value, (lf_str){NULL, 0}, kind == LF_N_STATE ? "state" : "band", value->text,
                         (lf_str){near_text, nearest.n});
        return LF_NO_INDEX;
    }
    return (uint16_t)index;
}

static void parse_event_trigger(lf_build *b, const lf_json *object, lf_trigger *out) {
    lf_type_set events = {&out->index, 1};
    lf_reading reading = {LF_MAY_ALL | LF_MAY_EVENT, &events};
    if (out->index != LF_NO_INDEX) {
        out->when = lf_build_expr(b, lf_key_get(object, "when", LF_K_STRING), "when", LF_T_BOOL, &reading);
    }
}

static void parse_trigger(lf_build *b, const lf_json *object, lf_trigger *out) {
    static const char *const kinds[] = {"event", "state", "segment", "segment_left", "band"};
    const lf_names *names = b->bp->schema.names;
    int found = -1, n = 0;
    for (unsigned i = 0; i < LF_COUNT(kinds); i++) {
        if (lf_json_get(object, lf_str_of(kinds[i])) != NULL) {
            found = (int)i;
            n++;
        }
    }
    const lf_json *when = lf_json_get(object, LF_STR("when"));
    if (n == 0 && when != NULL) {
        lf_build_error(b, LF_D_NOT_SUPPORTED, when, LF_STR("when"), "a trigger by condition is not supported yet");
        return;
    }
    if (n != 1 || (when != NULL && found != LF_TRIGGER_EVENT)) {
        lf_build_error(b, LF_D_BAD_VALUE, object, (lf_str){NULL, 0},
                       "a trigger has one of 'event' (with 'when'), 'state', 'segment', 'segment_left', 'band'");
        return;
    }
    const lf_json *value = lf_json_get(object, lf_str_of(kinds[found]));
    size_t length = lf_path_down(b, lf_str_of(kinds[found]));
    out->kind = (uint8_t)found;
    out->json = object;
    switch (found) {
    case LF_TRIGGER_EVENT:
        out->index = lf_name_value(b, value, &names[LF_N_TYPE], "event type");
        break;
    case LF_TRIGGER_STATE:
        out->index = dotted_value(b, value, LF_N_STATE, "'machine.state'");
        break;
    case LF_TRIGGER_BAND:
        out->index = dotted_value(b, value, LF_N_BAND, "'score.band'");
        break;
    default:
        out->index = lf_name_value(b, value, &names[LF_N_SEGMENT], "segment");
        break;
    }
    lf_path_up(b, length);
    if (found == LF_TRIGGER_EVENT) {
        parse_event_trigger(b, object, out);
    }
}

static void parse_triggers(lf_build *b, const lf_json *list, lf_sequence_def *sequence) {
    lf_trigger *triggers = list == NULL ? NULL : lf_build_alloc(b, (list->n + 1u) * sizeof *triggers);
    size_t length = lf_path_down(b, LF_STR("trigger"));
    for (uint32_t i = 0; triggers != NULL && i < list->n && b->status == LF_OK; i++) {
        size_t inner = lf_path_item(b, i);
        if (lf_keys_check(b, &list->u.items[i], trigger_keys, LF_COUNT(trigger_keys))) {
            parse_trigger(b, &list->u.items[i], &triggers[sequence->n_triggers++]);
        }
        lf_path_up(b, inner);
    }
    lf_path_up(b, length);
    sequence->triggers = triggers;
}

static void parse_exit(lf_build *b, const lf_json *object, lf_exit *out) {
    const lf_json *event = lf_json_get(object, LF_STR("event")), *when = lf_json_get(object, LF_STR("when"));
    out->type = -1;
    if (event == NULL) {
        if (when == NULL) {
            lf_build_error(b, LF_D_MISSING_KEY, object, (lf_str){NULL, 0}, "an exit needs 'event' or 'when'");
        }
        out->when = lf_build_expr(b, when, "when", LF_T_BOOL, &inside);
        return;
    }
    size_t length = lf_path_down(b, LF_STR("event"));
    uint16_t type = lf_name_value(b, event, &b->bp->schema.names[LF_N_TYPE], "event type");
    lf_path_up(b, length);
    if (type != LF_NO_INDEX) {
        lf_type_set events = {&type, 1};
        lf_reading reading = {LF_MAY_ALL | LF_MAY_EVENT, &events};
        out->type = type;
        out->when = lf_build_expr(b, when, "when", LF_T_BOOL, &reading);
    }
}

static void parse_exits(lf_build *b, const lf_json *list, lf_sequence_def *sequence) {
    lf_exit *exits = list == NULL ? NULL : lf_build_alloc(b, (list->n + 1u) * sizeof *exits);
    size_t length = lf_path_down(b, LF_STR("exit"));
    for (uint32_t i = 0; exits != NULL && i < list->n && b->status == LF_OK; i++) {
        size_t inner = lf_path_item(b, i);
        if (lf_keys_check(b, &list->u.items[i], exit_keys, LF_COUNT(exit_keys))) {
            parse_exit(b, &list->u.items[i], &exits[sequence->n_exits++]);
        }
        lf_path_up(b, inner);
    }
    lf_path_up(b, length);
    sequence->exits = exits;
}

/* ---- steps ---- */
static uint32_t count_steps(const lf_json *list);

static uint32_t count_step(const lf_json *step) {
    const lf_json *branch = lf_key_get(step, "branch", LF_K_ARRAY);
    uint32_t n = 1;
    for (uint32_t i = 0; branch != NULL && i < branch->n; i++) {
        n += count_steps(lf_key_get(&branch->u.items[i], "steps", LF_K_ARRAY));
    }
    return n;
}

static uint32_t count_steps(const lf_json *list) {
    uint32_t n = 0;
    for (uint32_t i = 0; list != NULL && i < list->n; i++) {
        n += count_step(&list->u.items[i]);
    }
    return n;
}

static void wait_days(lf_build *b, const lf_json *wait, const char *name, int64_t unit, lf_step_def *out) {
    const lf_json *value = lf_key_get(wait, name, LF_K_INT);
    if (value->u.i < 0 || value->u.i > LF_LONGEST_DAYS) {
        lf_build_error(b, LF_D_BAD_VALUE, value, lf_str_of(name), "expected a whole number from 0 to %u",
                       (uint64_t)LF_LONGEST_DAYS);
        return;
    }
    out->kind = LF_STEP_WAIT_DAYS;
    out->time = value->u.i * unit;
}

static void parse_wait(lf_build *b, const lf_json *wait, lf_step_def *out) {
    const lf_json *for_ = lf_json_get(wait, LF_STR("for")), *day = lf_json_get(wait, LF_STR("day"));
    const lf_json *week = lf_json_get(wait, LF_STR("week")), *until = lf_json_get(wait, LF_STR("until"));
    if (!lf_keys_check(b, wait, wait_keys, LF_COUNT(wait_keys))) {
        return;
    }
    if ((for_ != NULL) + (day != NULL) + (week != NULL) + (until != NULL) != 1 ||
        (until == NULL && lf_json_get(wait, LF_STR("timeout")) != NULL)) {
        lf_build_error(b, LF_D_BAD_VALUE, wait, (lf_str){NULL, 0},
                       "a wait has one of 'for', 'day', 'week', 'until' (with 'timeout')");
    } else if (for_ != NULL) {
        out->kind = LF_STEP_WAIT_FOR;
        lf_key_duration(b, wait, "for", &out->time);
    } else if (day != NULL) {
        wait_days(b, wait, "day", LF_MS_DAY, out);
    } else if (week != NULL) {
        wait_days(b, wait, "week", LF_MS_WEEK, out);
    } else {
        out->kind = LF_STEP_WAIT_UNTIL;
        out->time = -1;
        out->until = lf_build_expr(b, until, "until", LF_T_BOOL, &inside);
        lf_key_duration(b, wait, "timeout", &out->time);
    }
}

static uint16_t parse_steps(lf_build *b, const lf_json *list, uint16_t sequence, lf_str path, uint16_t after);

/* "s4" and "." and 0, in the arena; LF_NO_INDEX: no number */
static lf_str path_of(lf_build *b, lf_str prefix, const char *between, uint32_t index) {
    lf_buf buf;
    lf_str out = {NULL, 0};
    lf_buf_init(&buf, &b->bp->mem);
    lf_buf_format(&buf, "%S%s", prefix, between);
    if (index != LF_NO_INDEX) {
        lf_buf_u64(&buf, index);
    }
    if (buf.failed || !lf_arena_str(b->arena, (lf_str){buf.p, buf.n}, &out)) {
        b->status = LF_E_NOMEM;
    }
    lf_buf_free(&buf);
    return out;
}

static void parse_branch(lf_build *b, const lf_json *list, uint16_t index, lf_str path) {
    lf_step_def *step = &b->bp->steps[index];
    lf_arm *arms = lf_build_alloc(b, (list->n + 1u) * sizeof *arms);
    lf_str inner_path = path_of(b, path, ".", LF_NO_INDEX);
    step->kind = LF_STEP_BRANCH;
    step->arms = arms;
    size_t length = lf_path_down(b, LF_STR("branch"));
    for (uint32_t i = 0; i < list->n && b->status == LF_OK; i++) {
        const lf_json *arm = &list->u.items[i];
        size_t inner = lf_path_item(b, i);
        if (lf_keys_check(b, arm, arm_keys, LF_COUNT(arm_keys))) {
            lf_arm *out = &arms[step->n_arms++];
            out->when = lf_build_expr(b, lf_json_get(arm, LF_STR("when")), "when", LF_T_BOOL, &inside);
            size_t deeper = lf_path_down(b, LF_STR("steps"));
            out->first = parse_steps(b, lf_json_get(arm, LF_STR("steps")), step->sequence,
                                     path_of(b, path_of(b, inner_path, "", i), ".", LF_NO_INDEX), step->next);
            lf_path_up(b, deeper);
        }
        lf_path_up(b, inner);
    }
    lf_path_up(b, length);
}

/* The one of its keys that says what the step does. */
static void parse_what(lf_build *b, const lf_json *object, uint16_t index, lf_str path) {
    lf_step_def *step = &b->bp->steps[index];
    const lf_json *wait = lf_json_get(object, LF_STR("wait")), *branch = lf_json_get(object, LF_STR("branch"));
    const lf_json *exit = lf_json_get(object, LF_STR("exit"));
    bool action = lf_parse_action(b, object, &inside, &step->action);
    if (action + (wait != NULL) + (branch != NULL) + (exit != NULL) != 1) {
        lf_build_error(b, LF_D_BAD_VALUE, object, (lf_str){NULL, 0},
                       "a step does one thing: an action, 'wait', 'branch' or 'exit'");
    } else if (wait != NULL) {
        size_t length = lf_path_down(b, LF_STR("wait"));
        parse_wait(b, wait, step);
        lf_path_up(b, length);
    } else if (branch != NULL) {
        parse_branch(b, branch, index, path);
    } else if (exit != NULL) {
        step->kind = LF_STEP_EXIT;
        step->reason = exit->text;
    }
}

static void parse_step(lf_build *b, const lf_json *object, uint16_t index, lf_str path) {
    lf_blueprint *bp = b->bp;
    lf_step_def *step = &bp->steps[index];
    step->name = path;
    if (!lf_keys_check(b, object, lf_action_keys, lf_step_key_count)) {
        lf_declare_part(b, &bp->schema.names[LF_N_STEP], bp->sequences[step->sequence].name, path, object, "step");
        return;
    }
    const lf_json *label = lf_json_get(object, LF_STR("label"));
    if (label != NULL) {
        step->name = label->text;
        step->labelled = true;
        if (!lf_is_identifier(label->text)) {
            lf_build_error(b, LF_D_BAD_VALUE, label, LF_STR("label"), "a label must match [a-z][a-z0-9_]{0,62}");
        }
    }
    lf_declare_part(b, &bp->schema.names[LF_N_STEP], bp->sequences[step->sequence].name, step->name, object,
                    "label");
    step->when = lf_build_expr(b, lf_json_get(object, LF_STR("when")), "when", LF_T_BOOL, &inside);
    parse_what(b, object, index, path);
}

/* Numbers the steps of a list as they come, each before what is in it; returns the first. */
static uint16_t parse_steps(lf_build *b, const lf_json *list, uint16_t sequence, lf_str path, uint16_t after) {
    lf_blueprint *bp = b->bp;
    uint16_t first = list->n == 0 ? after : (uint16_t)bp->n_steps;
    for (uint32_t i = 0; i < list->n && b->status == LF_OK; i++) {
        uint16_t index = (uint16_t)bp->n_steps;
        uint32_t size = count_step(&list->u.items[i]);
        size_t length = lf_path_item(b, i);
        bp->steps[index].sequence = sequence;
        bp->schema.step_sequence[index] = sequence;
        bp->steps[index].next = i + 1 == list->n ? after : (uint16_t)(index + size);
        bp->n_steps++;
        parse_step(b, &list->u.items[i], index, path_of(b, path, "", i));
        while (bp->n_steps < index + size) { /* steps in an arm that was no arm: errors were reported */
            lf_names_add(&bp->schema.names[LF_N_STEP], path_of(b, LF_STR("?"), "", bp->n_steps++));
        }
        lf_path_up(b, length);
    }
    return first;
}

static void parse_reentry(lf_build *b, const lf_json *value, lf_sequence_def *out) {
    if (value == NULL || lf_str_eq(value->text, LF_STR("never"))) {
        out->reentry = LF_REENTRY_NEVER;
    } else if (lf_str_eq(value->text, LF_STR("always"))) {
        out->reentry = LF_REENTRY_ALWAYS;
    } else if (lf_duration_parse(value->text, false, &out->reentry_after)) {
        out->reentry = LF_REENTRY_AFTER;
        b->longest = out->reentry_after > b->longest ? out->reentry_after : b->longest;
    } else {
        lf_build_error(b, LF_D_BAD_VALUE, value, LF_STR("reentry"),
                       "expected 'never', 'always' or a duration such as '90d', not %q", value->text);
    }
}

static void parse_sequence(lf_build *b, const lf_json *object, uint32_t i) {
    static const lf_json no_steps = {.kind = LF_JSON_ARRAY};
    lf_sequence_def *sequence = &b->bp->sequences[i];
    sequence->name = b->bp->schema.names[LF_N_SEQUENCE].items[i];
    lf_keys_check(b, object, sequence_keys, LF_COUNT(sequence_keys));
    sequence->label = lf_key_text(object, "label");
    sequence->owner = lf_key_text(object, "owner");
    sequence->topic = lf_key_text(object, "topic");
    parse_triggers(b, lf_key_get(object, "trigger", LF_K_ARRAY), sequence);
    sequence->goal = lf_build_expr(b, lf_key_get(object, "goal", LF_K_STRING), "goal", LF_T_BOOL, &inside);
    parse_exits(b, lf_key_get(object, "exit", LF_K_ARRAY), sequence);
    parse_reentry(b, lf_key_get(object, "reentry", LF_K_STRING), sequence);
    sequence->on_failure = lf_parse_actions(b, object, "on_failure");
    const lf_json *steps = lf_key_get(object, "steps", LF_K_ARRAY);
    size_t length = lf_path_down(b, LF_STR("steps"));
    sequence->first_step =
        parse_steps(b, steps == NULL ? &no_steps : steps, (uint16_t)i, LF_STR("s"), LF_STEP_END);
    lf_path_up(b, length);
}

void lf_parse_sequences(lf_build *b, const lf_json *section) {
    lf_blueprint *bp = b->bp;
    uint32_t n = 0;
    for (uint32_t i = 0; i < section->n; i++) {
        n += count_steps(lf_key_get(&section->u.members[i].value, "steps", LF_K_ARRAY));
    }
    if (n >= LF_NO_INDEX) {
        lf_build_error(b, LF_D_LIMIT, section, (lf_str){NULL, 0}, "more than 65,534 steps");
        return;
    }
    bp->steps = lf_build_alloc(b, (n + 1u) * sizeof *bp->steps);
    bp->schema.step_sequence = lf_build_alloc(b, (n + 1u) * sizeof(uint16_t));
    if (b->status == LF_OK && bp->n_sequences > 0) {
        lf_each(b, section, parse_sequence);
    }
}

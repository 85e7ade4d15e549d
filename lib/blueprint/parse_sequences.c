/* SPDX-License-Identifier: MIT */
/* The section `sequences` (SPEC 9): exits, re-entry, groups and their order. Triggers and steps have files of their own. */
#include "blueprint/blueprint_internal.h"
#include "time/timing.h"

static const lf_key sequence_keys[] = {
    {"label", LF_K_STRING},      {"owner", LF_K_STRING},     {"topic", LF_K_STRING},
    {"trigger", LF_K_ARRAY},     {"goal", LF_K_STRING},      {"exit", LF_K_ARRAY},
    {"reentry", LF_K_STRING},    {"on_failure", LF_K_ARRAY}, {"steps", LF_K_ARRAY},
    {"window", LF_K_OBJECT},     {"group", LF_K_STRING},     {"priority", LF_K_INT},
    {"on_preempt", LF_K_STRING}, {"on_change", LF_K_STRING}, {"existing", LF_K_STRING},
    {"renamed", LF_K_OBJECT}};
#define LF_MOST_PRIORITY 1000000

static const lf_key exit_keys[] = {{"event", LF_K_STRING}, {"when", LF_K_STRING}};

/* What goals and exits may read. */
static const lf_reading inside = {LF_MAY_ALL | LF_MAY_TIMED_OUT, NULL};

/* ---- exits ---- */
static void parse_exit(lf_build *b, const lf_json *object, lf_exit *out) {
    const lf_json *event = lf_key_get(object, "event", LF_K_STRING);
    const lf_json *when = lf_key_get(object, "when", LF_K_STRING);
    bool fine = lf_keys_check(b, object, exit_keys, LF_COUNT(exit_keys));
    out->type = -1;
    if (fine && event == NULL && when == NULL) {
        lf_build_error(b, LF_D_MISSING_KEY, object, (lf_str){NULL, 0},
                       "an exit needs 'event' or 'when'");
    }
    if (event == NULL) {
        out->when = lf_build_expr(b, when, "when", LF_T_BOOL, &inside);
        return;
    }
    size_t length = lf_path_down(b, LF_STR("event"));
    uint16_t type = lf_type_value(b, event);
    lf_path_up(b, length);
    lf_type_set events = {&type, type != LF_NO_INDEX};
    lf_reading reading = {LF_MAY_ALL | LF_MAY_EVENT | LF_MAY_TIMED_OUT, &events};
    out->type = type;
    out->when = lf_build_expr(b, when, "when", LF_T_BOOL, &reading);
}

static void parse_exits(lf_build *b, const lf_json *list, lf_sequence_def *sequence) {
    lf_exit *exits = list == NULL ? NULL : lf_build_alloc(b, list->n * sizeof *exits);
    size_t length = lf_path_down(b, LF_STR("exit"));
    for (uint32_t i = 0; exits != NULL && i < list->n && b->status == LF_OK; i++) {
        size_t inner = lf_path_item(b, i);
        parse_exit(b, &list->u.items[i], &exits[sequence->n_exits++]);
        lf_path_up(b, inner);
    }
    lf_path_up(b, length);
    sequence->exits = exits;
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
                       "expected 'never', 'always' or a duration such as '90d', not %q",
                       value->text);
    }
}

/* ---- groups ---- */
/* A group is known by the first of its sequences. */
static void parse_group(lf_build *b, const lf_json *value, uint32_t i) {
    lf_sequence_def *sequences = b->bp->sequences;
    uint32_t first = 0;
    sequences[i].group = LF_NO_INDEX;
    if (value == NULL) {
        return;
    }
    if (!lf_is_identifier(value->text)) {
        lf_build_error(b, LF_D_BAD_VALUE, value, LF_STR("group"),
                       "the name of a group " LF_NAME_RULE);
    }
    sequences[i].group_name = value->text;
    while (!lf_str_eq(sequences[first].group_name, value->text)) {
        first++;
    }
    sequences[i].group = (uint16_t)first;
}

static void parse_priority(lf_build *b, const lf_json *value, lf_sequence_def *out) {
    if (value == NULL) {
        return;
    }
    if (value->u.i < -LF_MOST_PRIORITY || value->u.i > LF_MOST_PRIORITY) {
        lf_build_error(b, LF_D_BAD_VALUE, value, LF_STR("priority"),
                       "expected a whole number from -1000000 to 1000000, not %S", value->text);
        return;
    }
    out->priority = (int32_t)value->u.i;
}

static void parse_preemption(lf_build *b, const lf_json *object, uint32_t i) {
    static const char *const words[] = {"exit", "pause"};
    uint8_t word = 0;
    lf_sequence_def *sequence = &b->bp->sequences[i];
    parse_group(b, lf_key_get(object, "group", LF_K_STRING), i);
    parse_priority(b, lf_key_get(object, "priority", LF_K_INT), sequence);
    lf_key_word(b, object, "on_preempt", words, LF_COUNT(words), &word);
    sequence->pauses = word == 1;
}

/* By priority, the highest first, then as declared. */
static void order_sequences(lf_build *b) {
    lf_blueprint *bp = b->bp;
    uint16_t *order = lf_build_alloc(b, bp->n_sequences * sizeof *order);
    for (uint32_t i = 0; order != NULL && i < bp->n_sequences; i++) {
        uint32_t at = i;
        for (; at > 0 && bp->sequences[order[at - 1]].priority < bp->sequences[i].priority; at--) {
            order[at] = order[at - 1];
        }
        order[at] = (uint16_t)i;
    }
    for (uint32_t i = 0; order != NULL && i < bp->n_sequences; i++) {
        bp->sequences[order[i]].rank = (uint16_t)i;
    }
    bp->sequence_order = order;
}

static void parse_sequence(lf_build *b, const lf_json *object, uint32_t i) {
    static const char *const changes[] = {"next", "exit"};
    lf_sequence_def *sequence = &b->bp->sequences[i];
    uint8_t word = 0;
    const lf_json *steps = lf_key_get(object, "steps", LF_K_ARRAY);
    const lf_json *window = lf_key_get(object, "window", LF_K_OBJECT);
    sequence->name = b->bp->schema.names[LF_N_SEQUENCE].items[i];
    sequence->first_step = LF_STEP_END;
    lf_keys_check(b, object, sequence_keys, LF_COUNT(sequence_keys));
    sequence->label = lf_key_text(object, "label");
    sequence->owner = lf_key_text(object, "owner");
    sequence->topic = lf_key_text(object, "topic");
    if (sequence->topic.p != NULL && !lf_plain_name(sequence->topic)) {
        lf_build_error(b, LF_D_BAD_VALUE, lf_key_get(object, "topic", LF_K_STRING), LF_STR("topic"),
                       "expected " LF_PLAIN_NAME); /* it goes into links */
    }
    lf_parse_triggers(b, lf_key_get(object, "trigger", LF_K_ARRAY), sequence);
    lf_parse_existing(b, object, sequence);
    sequence->goal =
        lf_build_expr(b, lf_key_get(object, "goal", LF_K_STRING), "goal", LF_T_BOOL, &inside);
    parse_exits(b, lf_key_get(object, "exit", LF_K_ARRAY), sequence);
    parse_reentry(b, lf_key_get(object, "reentry", LF_K_STRING), sequence);
    parse_preemption(b, object, i);
    lf_key_word(b, object, "on_change", changes, LF_COUNT(changes), &word);
    sequence->leaves = word == 1;
    if (window != NULL) {
        size_t length = lf_path_down(b, LF_STR("window"));
        lf_parse_window(b, window, false, &sequence->window);
        lf_path_up(b, length);
    }
    sequence->on_failure = lf_parse_actions(b, object, "on_failure");
    if (steps != NULL) {
        size_t length = lf_path_down(b, LF_STR("steps"));
        lf_parse_steps(b, steps, (uint16_t)i);
        lf_path_up(b, length);
    }
}

void lf_declare_sequences(lf_build *b, const lf_json *section) {
    b->bp->sequences = lf_build_alloc(b, section->n * sizeof *b->bp->sequences);
    lf_section_names(b, section, &b->bp->schema.names[LF_N_SEQUENCE], "a sequence");
    b->bp->n_sequences = section->n;
}

void lf_parse_sequences(lf_build *b, const lf_json *section) {
    lf_blueprint *bp = b->bp;
    uint32_t n = 0;
    for (uint32_t i = 0; i < section->n; i++) {
        n += lf_count_steps(lf_key_get(&section->u.members[i].value, "steps", LF_K_ARRAY));
    }
    if (n >= LF_NO_INDEX) {
        lf_build_error(b, LF_D_LIMIT, section, (lf_str){NULL, 0}, "more than 65,534 steps");
        return;
    }
    bp->steps = lf_build_alloc(b, n * sizeof *bp->steps);
    bp->schema.step_sequence = lf_build_alloc(b, n * sizeof(uint16_t));
    bp->schema.step_next = lf_build_alloc(b, n * sizeof(uint16_t));
    bp->schema.step_labelled = lf_build_alloc(b, n * sizeof(bool));
    lf_each(b, section, parse_sequence);
    order_sequences(b);
    for (uint32_t i = 0; i < bp->n_steps && b->status == LF_OK; i++) {
        bp->schema.step_next[i] = bp->steps[i].next;
        bp->schema.step_labelled[i] = bp->steps[i].labelled;
    }
}

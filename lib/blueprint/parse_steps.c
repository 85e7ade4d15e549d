/* SPDX-License-Identifier: MIT */
/* The steps of a sequence (SPEC 9.2, 9.3): numbered as they come, each before what is in it. */
#include "blueprint/blueprint_internal.h"
#include "time/timing.h"

static const lf_key wait_keys[] = {
    {"for", LF_K_STRING},     {"day", LF_K_INT},  {"week", LF_K_INT}, {"until", LF_K_STRING},
    {"timeout", LF_K_STRING}, {"at", LF_K_LATER}, {"on", LF_K_LATER}};
static const lf_key arm_keys[] = {{"when", LF_K_STRING}, {"steps", LF_K_ARRAY | LF_K_REQUIRED}};
#define LF_LONGEST_DAYS 36500u /* of a day wait */
#define LF_LONGEST_WEEKS 5200u /* of a week wait */

/* What conditions of steps may read. */
static const lf_reading inside = {LF_MAY_ALL | LF_MAY_TIMED_OUT, NULL};

/* ---- counting ---- */
static uint32_t count_step(const lf_json *step) {
    const lf_json *branch = lf_key_get(step, "branch", LF_K_ARRAY);
    uint32_t n = 1;
    for (uint32_t i = 0; branch != NULL && i < branch->n; i++) {
        n += lf_count_steps(lf_key_get(&branch->u.items[i], "steps", LF_K_ARRAY));
    }
    return n;
}

uint32_t lf_count_steps(const lf_json *list) {
    uint32_t n = 0;
    for (uint32_t i = 0; list != NULL && i < list->n; i++) {
        n += count_step(&list->u.items[i]);
    }
    return n;
}

/* ---- waits ---- */
static void wait_days(lf_build *b, const lf_json *value, const char *name, uint32_t most,
                      int64_t unit, lf_step_def *out) {
    if (value->u.i < 0 || value->u.i > most) {
        lf_build_error(b, LF_D_BAD_VALUE, value, lf_str_of(name),
                       "expected a whole number from 0 to %u, not %S", (uint64_t)most, value->text);
        return;
    }
    out->kind = LF_STEP_WAIT_DAYS;
    out->time = value->u.i * unit;
}

static void parse_wait(lf_build *b, const lf_json *wait, lf_step_def *out) {
    const lf_json *for_ = lf_key_get(wait, "for", LF_K_STRING);
    const lf_json *day = lf_key_get(wait, "day", LF_K_INT);
    const lf_json *week = lf_key_get(wait, "week", LF_K_INT);
    const lf_json *until = lf_key_get(wait, "until", LF_K_STRING);
    bool fine = lf_keys_check(b, wait, wait_keys, LF_COUNT(wait_keys));
    if (fine && ((for_ != NULL) + (day != NULL) + (week != NULL) + (until != NULL) != 1 ||
                 (until == NULL && lf_json_get(wait, LF_STR("timeout")) != NULL))) {
        lf_build_error(b, LF_D_BAD_VALUE, wait, (lf_str){NULL, 0},
                       "a wait has one of 'for', 'day', 'week', 'until' (with 'timeout')");
    }
    if (for_ != NULL) {
        out->kind = LF_STEP_WAIT_FOR;
        lf_key_duration(b, wait, "for", 0, &out->time);
    }
    if (day != NULL) {
        wait_days(b, day, "day", LF_LONGEST_DAYS, LF_MS_DAY, out);
    }
    if (week != NULL) {
        wait_days(b, week, "week", LF_LONGEST_WEEKS, LF_MS_WEEK, out);
    }
    if (until != NULL) {
        out->kind = LF_STEP_WAIT_UNTIL;
        out->time = -1;
        out->until = lf_build_expr(b, until, "until", LF_T_BOOL, &inside);
        lf_key_duration(b, wait, "timeout", 0, &out->time);
    }
}

/* ---- branches ---- */
static uint16_t parse_list(lf_build *b, const lf_json *list, uint16_t sequence, lf_str path,
                           uint16_t after);

/* "s4" and 0, or "s4.0." and 1, in the arena */
static lf_str path_of(lf_build *b, lf_str prefix, const char *between, uint32_t index) {
    lf_buf buf;
    lf_str out = {NULL, 0};
    lf_buf_init(&buf, &b->bp->mem);
    lf_buf_format(&buf, "%S%s%u", prefix, between, (uint64_t)index);
    if (buf.failed || !lf_arena_str(b->arena, (lf_str){buf.p, buf.n}, &out)) {
        b->status = LF_E_NOMEM;
    }
    lf_buf_free(&buf);
    return out;
}

static void parse_arm(lf_build *b, const lf_json *json, uint16_t index, lf_str path, lf_arm *out) {
    const lf_step_def *step = &b->bp->steps[index];
    const lf_json *steps = lf_key_get(json, "steps", LF_K_ARRAY);
    lf_keys_check(b, json, arm_keys, LF_COUNT(arm_keys));
    out->when = lf_build_expr(b, lf_key_get(json, "when", LF_K_STRING), "when", LF_T_BOOL, &inside);
    out->first = step->next;
    if (steps != NULL) {
        size_t length = lf_path_down(b, LF_STR("steps"));
        out->first = parse_list(b, steps, step->sequence, path, step->next);
        lf_path_up(b, length);
    }
}

static void parse_branch(lf_build *b, const lf_json *list, uint16_t index, lf_str path) {
    lf_step_def *step = &b->bp->steps[index];
    lf_arm *arms = lf_build_alloc(b, list->n * sizeof *arms);
    size_t length = lf_path_down(b, LF_STR("branch"));
    lf_need_some(b, list);
    step->kind = LF_STEP_BRANCH;
    step->arms = arms;
    for (uint32_t i = 0; i < list->n && b->status == LF_OK; i++) {
        size_t inner = lf_path_item(b, i);
        parse_arm(b, &list->u.items[i], index, path_of(b, path, ".", i), &arms[step->n_arms++]);
        lf_path_up(b, inner);
    }
    lf_path_up(b, length);
}

/* ---- steps ---- */
static void parse_exit(lf_build *b, const lf_json *exit, lf_step_def *step) {
    step->kind = LF_STEP_EXIT;
    step->reason = exit->text;
    if (!lf_plain_name(exit->text)) {
        lf_build_error(b, LF_D_BAD_VALUE, exit, LF_STR("exit"), "expected " LF_PLAIN_NAME);
    }
}

/* The one of its keys that says what the step does. `path` is the name that it has by its place. */
static void parse_what(lf_build *b, const lf_json *object, bool fine, uint16_t index, lf_str path) {
    lf_step_def *step = &b->bp->steps[index];
    const lf_json *wait = lf_key_get(object, "wait", LF_K_OBJECT);
    const lf_json *branch = lf_key_get(object, "branch", LF_K_ARRAY);
    const lf_json *exit = lf_key_get(object, "exit", LF_K_STRING);
    unsigned found = lf_parse_action(b, object, &inside, &step->action) + (wait != NULL) +
                     (branch != NULL) + (exit != NULL);
    if (fine && found != 1) {
        lf_build_error(b, found == 0 ? LF_D_MISSING_KEY : LF_D_BAD_VALUE, object, (lf_str){NULL, 0},
                       "a step does one thing: an action, 'wait', 'branch' or 'exit'");
    }
    if (wait != NULL) {
        size_t length = lf_path_down(b, LF_STR("wait"));
        parse_wait(b, wait, step);
        lf_path_up(b, length);
    }
    if (exit != NULL) {
        parse_exit(b, exit, step);
    }
    if (branch != NULL) {
        parse_branch(b, branch, index, path);
    }
}

static void parse_step(lf_build *b, const lf_json *object, uint16_t index, lf_str path) {
    lf_blueprint *bp = b->bp;
    lf_step_def *step = &bp->steps[index];
    const lf_json *label = lf_key_get(object, "label", LF_K_STRING);
    bool fine = lf_keys_check(b, object, lf_action_keys, lf_step_key_count);
    step->name = label == NULL ? path : label->text;
    step->labelled = label != NULL;
    if (label != NULL && !lf_is_identifier(label->text)) {
        lf_build_error(b, LF_D_BAD_VALUE, label, LF_STR("label"), "a label " LF_NAME_RULE);
    }
    lf_declare_part(b, &bp->schema.names[LF_N_STEP], bp->sequences[step->sequence].name, step->name,
                    label == NULL ? object : label, label == NULL ? NULL : "label", "step");
    step->when =
        lf_build_expr(b, lf_key_get(object, "when", LF_K_STRING), "when", LF_T_BOOL, &inside);
    parse_what(b, object, fine, index, path);
}

/* Returns the first step of the list; `after` is what follows its last one. */
static uint16_t parse_list(lf_build *b, const lf_json *list, uint16_t sequence, lf_str path,
                           uint16_t after) {
    lf_blueprint *bp = b->bp;
    uint16_t first = list->n == 0 ? after : (uint16_t)bp->n_steps;
    for (uint32_t i = 0; i < list->n && b->status == LF_OK; i++) {
        uint16_t index = (uint16_t)bp->n_steps++;
        uint32_t size = count_step(&list->u.items[i]);
        size_t length = lf_path_item(b, i);
        bp->steps[index].sequence = sequence;
        bp->schema.step_sequence[index] = sequence;
        bp->steps[index].next = i + 1 == list->n ? after : (uint16_t)(index + size);
        parse_step(b, &list->u.items[i], index, path_of(b, path, path.n == 1 ? "" : ".", i));
        lf_path_up(b, length);
    }
    return first;
}

void lf_parse_steps(lf_build *b, const lf_json *list, uint16_t sequence) {
    b->bp->sequences[sequence].first_step = parse_list(b, list, sequence, LF_STR("s"), LF_STEP_END);
}

/* SPDX-License-Identifier: MIT */
/* The steps of a sequence (SPEC 9.2 to 9.4): numbered as they come, each before what is in it. They are read twice:
 * first their names, then what refers to names. */
#include "blueprint/blueprint_internal.h"
#include "time/timing.h"

static const lf_key wait_keys[] = {
    {"for", LF_K_STRING},     {"day", LF_K_INT},   {"week", LF_K_INT}, {"until", LF_K_STRING},
    {"timeout", LF_K_STRING}, {"at", LF_K_STRING}, {"on", LF_K_ARRAY}};
static const lf_key arm_keys[] = {{"when", LF_K_STRING}, {"steps", LF_K_ARRAY | LF_K_REQUIRED}};
static const lf_key weighed_keys[] = {{"weight", LF_K_INT | LF_K_REQUIRED},
                                      {"steps", LF_K_ARRAY | LF_K_REQUIRED}};
#define LF_LONGEST_DAYS 36500u /* of a day wait */
#define LF_LONGEST_WEEKS 5200u /* of a week wait */
#define LF_MOST_WEIGHT 1000000u

/* What conditions of steps may read. */
static const lf_reading inside = {LF_MAY_ALL | LF_MAY_TIMED_OUT, NULL};

/* ---- numbers and names ---- */
/* The arms of a step that has some, and under which key. */
static const lf_json *arms_of(const lf_json *step, const char **key) {
    static const char *const keys[] = {"branch", "split"};
    const lf_json *arms = NULL;
    for (size_t i = 0; i < LF_COUNT(keys) && arms == NULL; i++) {
        arms = lf_key_get(step, keys[i], LF_K_ARRAY);
        *key = keys[i];
    }
    return arms;
}

static uint32_t count_step(const lf_json *step) {
    const char *key;
    const lf_json *arms = arms_of(step, &key);
    uint32_t n = 1;
    for (uint32_t i = 0; arms != NULL && i < arms->n; i++) {
        n += lf_count_steps(lf_key_get(&arms->u.items[i], "steps", LF_K_ARRAY));
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

static void declare_list(lf_build *b, const lf_json *list, uint16_t sequence, lf_str path);

static void declare_arms(lf_build *b, const lf_json *object, uint16_t sequence, lf_str path) {
    const char *key;
    const lf_json *arms = arms_of(object, &key);
    size_t length = arms == NULL ? 0 : lf_path_down(b, lf_str_of(key));
    for (uint32_t i = 0; arms != NULL && i < arms->n && b->status == LF_OK; i++) {
        const lf_json *steps = lf_key_get(&arms->u.items[i], "steps", LF_K_ARRAY);
        size_t inner = lf_path_item(b, i);
        lf_path_down(b, LF_STR("steps"));
        if (steps != NULL) {
            declare_list(b, steps, sequence, path_of(b, path, ".", i));
        }
        lf_path_up(b, inner);
    }
    if (arms != NULL) {
        lf_path_up(b, length);
    }
}

/* `path` is the name that it has by its place. */
static void declare_step(lf_build *b, const lf_json *object, uint16_t sequence, lf_str path) {
    lf_blueprint *bp = b->bp;
    lf_step_def *step = &bp->steps[bp->n_steps];
    const lf_json *label = lf_key_get(object, "label", LF_K_STRING);
    bp->schema.step_sequence[bp->n_steps++] = sequence;
    step->sequence = sequence;
    step->name = label == NULL ? path : label->text;
    step->labelled = label != NULL;
    if (label != NULL && !lf_is_identifier(label->text)) {
        lf_build_error(b, LF_D_BAD_VALUE, label, LF_STR("label"), "a label " LF_NAME_RULE);
    }
    lf_declare_part(b, &bp->schema.names[LF_N_STEP], bp->sequences[sequence].name, step->name,
                    label == NULL ? object : label, label == NULL ? NULL : "label", "step");
    declare_arms(b, object, sequence, path);
}

static void declare_list(lf_build *b, const lf_json *list, uint16_t sequence, lf_str path) {
    for (uint32_t i = 0; i < list->n && b->status == LF_OK; i++) {
        size_t length = lf_path_item(b, i);
        declare_step(b, &list->u.items[i], sequence, path_of(b, path, path.n == 1 ? "" : ".", i));
        lf_path_up(b, length);
    }
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
    lf_parse_local(b, wait, &out->local);
    if (fine && ((for_ != NULL) + (day != NULL) + (week != NULL) + (until != NULL) != 1 ||
                 (until == NULL && lf_json_get(wait, LF_STR("timeout")) != NULL) ||
                 (until != NULL && out->local.given))) {
        lf_build_error(b, LF_D_BAD_VALUE, wait, (lf_str){NULL, 0},
                       "a wait has one of 'for', 'day', 'week' (with 'at' and 'on'), 'until' (with "
                       "'timeout')");
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

/* ---- branches, splits ---- */
/* Parses a list whose steps have the numbers from *next on. Returns its first step; `after` is what follows its
 * last one. */
static uint16_t parse_list(lf_build *b, const lf_json *list, uint16_t *next, uint16_t after);

static void parse_arm(lf_build *b, const lf_json *json, lf_step_def *step, uint16_t *next) {
    lf_arm *out = &step->arms[step->n_arms++];
    const lf_json *steps = lf_key_get(json, "steps", LF_K_ARRAY);
    if (step->kind == LF_STEP_SPLIT) {
        lf_keys_check(b, json, weighed_keys, LF_COUNT(weighed_keys));
        lf_key_count(b, json, "weight", 1, LF_MOST_WEIGHT, &out->weight);
        step->weights += out->weight;
    } else {
        lf_keys_check(b, json, arm_keys, LF_COUNT(arm_keys));
        out->when =
            lf_build_expr(b, lf_key_get(json, "when", LF_K_STRING), "when", LF_T_BOOL, &inside);
    }
    out->first = step->next;
    if (steps != NULL) {
        size_t length = lf_path_down(b, LF_STR("steps"));
        out->first = parse_list(b, steps, next, step->next);
        lf_path_up(b, length);
    }
}

static void parse_arms(lf_build *b, const lf_json *list, const char *key, lf_step_def *step,
                       uint16_t *next) {
    size_t length = lf_path_down(b, lf_str_of(key));
    lf_need_some(b, list);
    step->kind = key[0] == 's' ? LF_STEP_SPLIT : LF_STEP_BRANCH;
    step->arms = lf_build_alloc(b, list->n * sizeof *step->arms);
    for (uint32_t i = 0; i < list->n && b->status == LF_OK; i++) {
        size_t inner = lf_path_item(b, i);
        parse_arm(b, &list->u.items[i], step, next);
        lf_path_up(b, inner);
    }
    lf_path_up(b, length);
    if (step->kind == LF_STEP_SPLIT && !step->labelled) {
        lf_build_error(b, LF_D_MISSING_KEY, list, lf_str_of(key),
                       "a split needs a 'label', which decides who goes where");
    }
}

/* ---- steps ---- */
static void parse_exit(lf_build *b, const lf_json *exit, lf_step_def *step) {
    step->kind = LF_STEP_EXIT;
    step->reason = exit->text;
    if (!lf_plain_name(exit->text)) {
        lf_build_error(b, LF_D_BAD_VALUE, exit, LF_STR("exit"), "expected " LF_PLAIN_NAME);
    }
}

static void parse_goto(lf_build *b, const lf_json *to, lf_step_def *step) {
    step->kind = LF_STEP_GOTO;
    step->to = lf_find_label(b->bp, step->sequence, to->text);
    if (step->to == LF_NO_INDEX) {
        lf_build_unknown(b, to, LF_STR("goto"), "label", to->text,
                         lf_nearest_label(b->bp, step->sequence, to->text));
    }
}

/* The one of its keys that says what the step does. */
static void parse_what(lf_build *b, const lf_json *object, bool fine, lf_step_def *step,
                       uint16_t *next) {
    const char *key;
    const lf_json *wait = lf_key_get(object, "wait", LF_K_OBJECT);
    const lf_json *arms = arms_of(object, &key);
    const lf_json *exit = lf_key_get(object, "exit", LF_K_STRING);
    const lf_json *to = lf_key_get(object, "goto", LF_K_STRING);
    bool both = arms != NULL && key[0] == 'b' && lf_key_get(object, "split", LF_K_ARRAY) != NULL;
    unsigned found = lf_parse_action(b, object, &inside, &step->action) + (wait != NULL) +
                     (arms != NULL) + both + (exit != NULL) + (to != NULL);
    if (fine && found != 1) {
        lf_build_error(b, found == 0 ? LF_D_MISSING_KEY : LF_D_BAD_VALUE, object, (lf_str){NULL, 0},
                       "a step does one thing: an action, 'wait', 'branch', 'split', 'goto' or "
                       "'exit'");
    }
    if (wait != NULL) {
        size_t length = lf_path_down(b, LF_STR("wait"));
        parse_wait(b, wait, step);
        lf_path_up(b, length);
    }
    if (exit != NULL) {
        parse_exit(b, exit, step);
    }
    if (to != NULL) {
        parse_goto(b, to, step);
    }
    if (arms != NULL) {
        parse_arms(b, arms, key, step, next);
    }
}

static void parse_step(lf_build *b, const lf_json *object, lf_step_def *step, uint16_t *next) {
    bool fine = lf_keys_check(b, object, lf_action_keys, lf_step_key_count);
    step->when =
        lf_build_expr(b, lf_key_get(object, "when", LF_K_STRING), "when", LF_T_BOOL, &inside);
    parse_what(b, object, fine, step, next);
}

static uint16_t parse_list(lf_build *b, const lf_json *list, uint16_t *next, uint16_t after) {
    uint16_t first = list->n == 0 ? after : *next;
    for (uint32_t i = 0; i < list->n && b->status == LF_OK; i++) {
        const lf_json *object = &list->u.items[i];
        uint16_t index = *next;
        size_t length = lf_path_item(b, i);
        *next = (uint16_t)(index + 1);
        b->bp->steps[index].next =
            i + 1 == list->n ? after : (uint16_t)(index + count_step(object));
        parse_step(b, object, &b->bp->steps[index], next);
        lf_path_up(b, length);
    }
    return first;
}

void lf_parse_steps(lf_build *b, const lf_json *list, uint16_t sequence) {
    uint16_t next = (uint16_t)b->bp->n_steps;
    declare_list(b, list, sequence, LF_STR("s"));
    b->bp->sequences[sequence].first_step = parse_list(b, list, &next, LF_STEP_END);
}

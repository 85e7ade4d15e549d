/* SPDX-License-Identifier: MIT */
/* Why (SPEC 9.9): a condition as it stands for a contact, and which part of it is in the way. */
#include "flow/flow.h"
#include "time/timing.h"

static void put_time(lf_json_writer *w, const char *key, int64_t t) {
    char text[LF_RFC3339_SIZE];
    lf_time_format(text, t);
    lf_jw_key(w, key);
    lf_jw_str(w, (lf_str){text, sizeof text});
}

/* ---- what is read ---- */
#define MOST_SEEN 16u

typedef struct seen {
    int32_t ref;     /* of a name */
    lf_history call; /* of a function, where `function` is NULL it is a name */
    const char *function;
    lf_value value;
} seen;

typedef struct watch { /* the context of an evaluation that is watched */
    lf_world *world;
    seen items[MOST_SEEN];
    uint32_t n;
} watch;

static bool is_same(const seen *a, const seen *b) {
    return a->function == NULL ? b->function == NULL && a->ref == b->ref
                               : a->function == b->function && a->call.id == b->call.id &&
                                     a->call.duration == b->call.duration;
}

static void note(watch *w, seen one) {
    for (uint32_t i = 0; i < w->n; i++) {
        if (is_same(&w->items[i], &one)) {
            return;
        }
    }
    if (w->n < MOST_SEEN) {
        w->items[w->n++] = one;
    }
}

static void load(void *ctx, int32_t ref, lf_value *out, int64_t *until) {
    watch *w = ctx;
    lf_world_load(w->world, ref, out, until);
    note(w, (seen){.ref = ref, .value = *out});
}

/* A count is told to its end, however few would do. */
static uint64_t history(void *ctx, const lf_history *call, lf_value *out, int64_t *until) {
    static const char *const functions[] = {"count", "ever",     "last",   "within",
                                            "idle",  "in_state", "tagged", "flagged"};
    watch *w = ctx;
    seen one = {.call = *call, .function = functions[call->fn]};
    int64_t never = LF_TIME_NONE;
    one.call.enough = INT64_MAX;
    lf_world_history(w->world, &one.call, &one.value, &never);
    note(w, one);
    return lf_world_history(w->world, call, out, until);
}

static const lf_zone *zone(void *ctx, lf_str name) {
    const watch *w = ctx;
    return lf_world_zone_named(w->world, name);
}

/* ---- as it is written ---- */
static const lf_names *names_of(const lf_blueprint *bp, uint32_t kind) {
    switch (kind) {
    case LF_REF_FIELD:
        return &bp->schema.names[LF_N_FIELD];
    case LF_REF_PROP:
        return &bp->props;
    case LF_REF_STATE:
        return &bp->schema.names[LF_N_MACHINE];
    case LF_REF_SEGMENT:
        return &bp->schema.names[LF_N_SEGMENT];
    default:
        return kind == LF_REF_SCORE || kind == LF_REF_BAND ? &bp->schema.names[LF_N_SCORE] : NULL;
    }
}

static void put_name(lf_buf *out, const lf_blueprint *bp, int32_t ref) {
    static const char *const words[] = {[LF_REF_FIELD] = "contact.",
                                        [LF_REF_CONTACT_ID] = "contact.id",
                                        [LF_REF_CONTACT_CREATED] = "contact.created",
                                        [LF_REF_CONTACT_TAGS] = "contact.tags",
                                        [LF_REF_PROP] = "event.",
                                        [LF_REF_EVENT_TYPE] = "event.type",
                                        [LF_REF_EVENT_AT] = "event.at",
                                        [LF_REF_STATE] = "state.",
                                        [LF_REF_SCORE] = "score.",
                                        [LF_REF_DIMENSION] = "dimension.",
                                        [LF_REF_BAND] = "band.",
                                        [LF_REF_SEGMENT] = "segment.",
                                        [LF_REF_CONSENT] = "consent.",
                                        [LF_REF_OWNER] = "owner",
                                        [LF_REF_SUPPRESSED] = "suppressed",
                                        [LF_REF_TIMED_OUT] = "timed_out"};
    uint32_t kind = LF_REF_KIND(ref), index = LF_REF_INDEX(ref);
    const lf_names *names = names_of(bp, kind);
    lf_str name = names != NULL ? names->items[index] : LF_STR(""), of = LF_STR("");
    if (kind == LF_REF_DIMENSION) {
        name = bp->dimensions[index].name;
        of = bp->scores[bp->dimensions[index].score].name;
    } else if (kind == LF_REF_CONSENT) {
        name = lf_str_of(lf_channel_words[index]);
    }
    lf_buf_format(out, "%s%S%s%S", words[kind], of, of.n > 0 ? "." : "", name);
}

static lf_str subject_of(const lf_blueprint *bp, const lf_history *call) {
    switch (call->fn) {
    case LF_H_IN_STATE:
        return bp->machines[call->id].name;
    case LF_H_TAGGED:
    case LF_H_FLAGGED:
        return bp->literals.items[call->id];
    default:
        return call->id == LF_NO_INDEX ? LF_STR("*") : bp->types[call->id].name;
    }
}

/* In days, as it is mostly written. */
static void put_duration(lf_buf *out, int64_t ms) {
    lf_buf_byte(out, '\'');
    if (ms % LF_MS_DAY == 0) {
        lf_buf_format(out, "%dd", ms / LF_MS_DAY);
    } else {
        lf_duration_put(out, ms);
    }
    lf_buf_byte(out, '\'');
}

static void put_call(lf_buf *out, const lf_blueprint *bp, const seen *one) {
    bool named = one->call.fn != LF_H_IDLE, timed = one->call.duration > 0;
    lf_str subject = named ? subject_of(bp, &one->call) : LF_STR("");
    const char *quote = named ? "'" : "";
    lf_buf_format(out, "%s(%s%S%s%s", one->function, quote, subject, quote,
                  named && timed ? ", " : "");
    if (timed) {
        put_duration(out, one->call.duration);
    }
    lf_buf_byte(out, ')');
}

static void put_value(lf_json_writer *w, const lf_value *value) {
    char text[LF_RFC3339_SIZE];
    int64_t ms;
    if (value->type == LF_T_BOOL) {
        lf_jw_bool(w, value->u.b);
    } else if (value->type == LF_T_INT) {
        lf_jw_i64(w, value->u.i);
    } else if (value->type == LF_T_DOUBLE) {
        lf_jw_double(w, value->u.d);
    } else if (value->type == LF_T_STRING) {
        lf_jw_str(w, value->u.s);
    } else if (value->type == LF_T_TIMESTAMP && lf_value_as_ms(value, &ms)) {
        lf_time_format(text, ms);
        lf_jw_str(w, (lf_str){text, sizeof text});
    } else if (value->type == LF_T_LIST) {
        lf_jw_begin_array(w);
        for (uint32_t i = 0; i < value->u.list.n; i++) {
            lf_jw_str(w, value->u.list.items[i].u.s); /* fields and tags are lists of text */
        }
        lf_jw_end_array(w);
    } else {
        lf_jw_null(w);
    }
}

static void put_values(lf_json_writer *w, const watch *seen_by) {
    lf_buf name;
    lf_buf_init(&name, &w->buf->mem);
    if (seen_by->n > 0) {
        lf_jw_key(w, "values");
        lf_jw_begin_object(w);
        for (uint32_t i = 0; i < seen_by->n; i++) {
            const seen *one = &seen_by->items[i];
            lf_buf_clear(&name);
            if (one->function == NULL) {
                put_name(&name, seen_by->world->blueprint, one->ref);
            } else {
                put_call(&name, seen_by->world->blueprint, one);
            }
            lf_jw_key_str(w, (lf_str){name.p, name.n});
            put_value(w, &one->value);
        }
        lf_jw_end_object(w);
    }
    w->buf->failed = w->buf->failed || name.failed;
    lf_buf_free(&name);
}

/* ---- the condition ---- */
/* Of a condition or a part of one; `values`: and what it reads. */
static void put_answer(lf_json_writer *w, lf_world *world, const lf_expr *expr, bool why,
                       bool values) {
    lf_answer answer;
    watch seen_by = {.world = world};
    const lf_env env = {
        .ctx = &seen_by, .t = world->t, .load = load, .history = history, .zone = zone};
    lf_jw_key(w, "cel");
    lf_jw_str(w, lf_expr_source(expr));
    if (lf_world_run(world, expr, &env, &answer) != LF_OK) {
        return; /* world->failed */
    }
    lf_jw_key(w, "holds");
    lf_jw_bool(w, lf_answer_holds(&answer));
    if (why && answer.value.type != LF_T_BOOL) {
        lf_jw_key(w, "error");
        lf_jw_str(w, answer.value.type == LF_T_ERROR ? answer.value.u.s : LF_STR("it is no bool"));
    }
    if (why && answer.until <= LF_TIME_MAX) {
        put_time(w, "until", answer.until);
    }
    if (values) {
        put_values(w, &seen_by);
    }
}

void lf_condition_put(lf_json_writer *w, lf_world *world, const lf_expr *expr, bool why) {
    const lf_expr *part = why ? lf_expr_part(expr, 0) : NULL;
    lf_jw_begin_object(w);
    put_answer(w, world, expr, why, why && part == NULL);
    if (part != NULL) {
        lf_jw_key(w, "parts");
        lf_jw_begin_array(w);
        for (uint32_t i = 0; part != NULL; part = lf_expr_part(expr, ++i)) {
            lf_jw_begin_object(w);
            put_answer(w, world, part, true, true);
            lf_jw_end_object(w);
        }
        lf_jw_end_array(w);
    }
    lf_jw_end_object(w);
}

lf_status lf_contact_why_segment(const lf_contact *contact, const char *segment, lf_buffer *out) {
    if (contact == NULL || segment == NULL || out == NULL || contact->created == INT64_MAX) {
        return LF_E_ARG;
    }
    const lf_blueprint *bp = contact->owner;
    int32_t index = lf_names_find(&bp->schema.names[LF_N_SEGMENT], lf_str_of(segment));
    if (index < 0) {
        return LF_E_NOTFOUND;
    }
    lf_world world;
    lf_json_writer w = {.buf = &out->buf};
    size_t before = out->buf.n;
    lf_status status = lf_world_init(&world, &contact->mem, bp);
    if (status == LF_OK) {
        lf_world_look(&world, contact, contact->clock);
        lf_jw_begin_object(&w);
        lf_jw_key(&w, "segment");
        lf_jw_str(&w, bp->segments[index].name);
        lf_jw_key(&w, "in");
        lf_jw_bool(&w, contact->segments.items[index] != 0);
        lf_jw_key(&w, "when");
        lf_condition_put(&w, &world, bp->segments[index].when, true);
        lf_jw_end_object(&w);
        status = world.failed;
    }
    lf_world_free(&world);
    return lf_buf_end(&out->buf, before, status);
}

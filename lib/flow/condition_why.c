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

/* Of a condition or a part of one. */
static void put_answer(lf_json_writer *w, lf_world *world, const lf_expr *expr, bool why) {
    lf_answer answer;
    lf_jw_key(w, "cel");
    lf_jw_str(w, lf_expr_source(expr));
    if (lf_world_value(world, expr, &answer) != LF_OK) {
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
}

void lf_condition_put(lf_json_writer *w, lf_world *world, const lf_expr *expr, bool why) {
    const lf_expr *part = why ? lf_expr_part(expr, 0) : NULL;
    lf_jw_begin_object(w);
    put_answer(w, world, expr, why);
    if (part != NULL) {
        lf_jw_key(w, "parts");
        lf_jw_begin_array(w);
        for (uint32_t i = 0; part != NULL; part = lf_expr_part(expr, ++i)) {
            lf_jw_begin_object(w);
            put_answer(w, world, part, true);
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

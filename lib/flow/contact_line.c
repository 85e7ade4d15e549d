/* SPDX-License-Identifier: MIT */
/* The contact as the command prints it (SPEC 14). */
#include "flow/flow.h"
#include "time/timing.h"

static void put_time(lf_json_writer *w, const char *key, int64_t t) {
    char text[LF_RFC3339_SIZE];
    lf_time_format(text, t);
    lf_jw_key(w, key);
    lf_jw_str(w, (lf_str){text, sizeof text});
}

static void put_value(lf_json_writer *w, const lf_contact *contact, uint8_t type,
                      const lf_field_value *value) {
    char text[LF_RFC3339_SIZE];
    switch (type) {
    case LF_F_INT:
        lf_jw_i64(w, value->u.i);
        break;
    case LF_F_DOUBLE:
        lf_jw_double(w, value->u.d);
        break;
    case LF_F_BOOL:
        lf_jw_bool(w, value->u.i != 0);
        break;
    case LF_F_TIMESTAMP:
        lf_time_format(text, value->u.i);
        lf_jw_str(w, (lf_str){text, sizeof text});
        break;
    case LF_F_LIST: {
        lf_str items = lf_person_text(contact, value->u.text);
        lf_reader reader = lf_read_from(items);
        lf_jw_begin_array(w);
        while (reader.p < reader.end && !reader.failed) {
            lf_jw_str(w, lf_read_bytes(&reader, (size_t)lf_read_varint(&reader)));
        }
        lf_jw_end_array(w);
        break;
    }
    default:
        lf_jw_str(w, lf_person_text(contact, value->u.text));
        break;
    }
}

static void put_fields(lf_json_writer *w, const lf_blueprint *bp, const lf_contact *contact) {
    lf_jw_key(w, "fields");
    lf_jw_begin_object(w);
    for (uint32_t i = 0; i < bp->n_fields; i++) {
        const lf_field_value *value = lf_person_field(contact, (uint16_t)i);
        if (value != NULL) {
            lf_jw_key_str(w, bp->fields[i].name);
            put_value(w, contact, bp->fields[i].type, value);
        }
    }
    lf_jw_end_object(w);
}

static void put_marks(lf_json_writer *w, const lf_contact *contact, const char *key, uint8_t kind) {
    lf_jw_key(w, key);
    lf_jw_begin_array(w);
    for (uint32_t i = 0; i < contact->marks.n; i++) {
        const lf_mark *mark = &contact->marks.items[i];
        if (mark->kind == kind && mark->on) {
            lf_jw_str(w, lf_person_text(contact, mark->name));
        }
    }
    lf_jw_end_array(w);
}

static bool put_score(lf_json_writer *w, lf_world *world, uint16_t index) {
    const lf_blueprint *bp = world->blueprint;
    const lf_score_def *score = &bp->scores[index];
    const lf_score_now *now = lf_score_look(world, index);
    if (now == NULL) {
        return false;
    }
    uint16_t band = world->contact->bands.items[index];
    lf_jw_key_str(w, score->name);
    lf_jw_begin_object(w);
    lf_jw_key(w, "total");
    lf_jw_i64(w, now->total);
    lf_jw_key(w, "points");
    lf_jw_i64(w, lf_points(now->total));
    lf_jw_key(w, "band");
    if (band == LF_NO_INDEX) {
        lf_jw_null(w);
    } else {
        lf_jw_str(w, bp->bands[band].name);
    }
    lf_jw_key(w, "dimensions");
    lf_jw_begin_object(w);
    for (uint32_t i = 0; i < score->n_dimensions; i++) {
        uint32_t dimension = score->first_dimension + i;
        lf_jw_key_str(w, bp->dimensions[dimension].name);
        lf_jw_i64(w, world->dimensions[dimension]);
    }
    lf_jw_end_object(w);
    lf_jw_end_object(w);
    return true;
}

static bool put_scores(lf_json_writer *w, lf_world *world) {
    lf_jw_key(w, "scores");
    lf_jw_begin_object(w);
    for (uint32_t i = 0; i < world->blueprint->n_scores; i++) {
        if (!put_score(w, world, (uint16_t)i)) {
            return false;
        }
    }
    lf_jw_end_object(w);
    return true;
}

static void put_flow(lf_json_writer *w, const lf_blueprint *bp, const lf_contact *contact) {
    lf_jw_key(w, "states");
    lf_jw_begin_object(w);
    for (uint32_t i = 0; i < bp->n_machines; i++) {
        uint16_t state = contact->machines.items[i].state;
        if (state != LF_NO_INDEX) {
            lf_jw_key_str(w, bp->machines[i].name);
            lf_jw_str(w, bp->states[state].name);
        }
    }
    lf_jw_end_object(w);
    lf_jw_key(w, "segments");
    lf_jw_begin_array(w);
    for (uint32_t i = 0; i < bp->n_segments; i++) {
        if (contact->segments.items[i] != 0) {
            lf_jw_str(w, bp->segments[i].name);
        }
    }
    lf_jw_end_array(w);
    lf_jw_key(w, "enrolments");
    lf_jw_begin_array(w);
    for (uint32_t i = 0; i < contact->enrolments.n; i++) {
        const lf_enrolment *enrolment = &contact->enrolments.items[i];
        lf_jw_begin_object(w);
        lf_jw_key(w, "sequence");
        lf_jw_str(w, bp->sequences[enrolment->sequence].name);
        lf_jw_key(w, "step");
        if (enrolment->step == LF_STEP_END) {
            lf_jw_null(w);
        } else {
            lf_jw_str(w, bp->steps[enrolment->step].name);
        }
        if (lf_enrolment_due(enrolment) != LF_TIME_NONE) {
            put_time(w, "due", enrolment->due);
        }
        lf_jw_end_object(w);
    }
    lf_jw_end_array(w);
}

lf_status lf_contact_line(lf_world *world, lf_buf *out) {
    lf_json_writer w = {.buf = out};
    const lf_contact *contact = world->contact;
    lf_jw_begin_object(&w);
    lf_jw_key(&w, "contact");
    lf_jw_str(&w, lf_person_text(contact, contact->id));
    put_time(&w, "at", contact->clock);
    put_time(&w, "created", contact->created);
    put_fields(&w, world->blueprint, contact);
    put_marks(&w, contact, "tags", LF_MARK_TAG);
    put_marks(&w, contact, "flags", LF_MARK_FLAG);
    bool done = put_scores(&w, world);
    put_flow(&w, world->blueprint, contact);
    if (contact->wake == LF_TIME_NONE) {
        lf_jw_key(&w, "next_wake");
        lf_jw_null(&w);
    } else {
        put_time(&w, "next_wake", contact->wake);
    }
    lf_jw_end_object(&w);
    return out->failed ? LF_E_NOMEM : done ? LF_OK : world->failed;
}

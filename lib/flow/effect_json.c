/* SPDX-License-Identifier: MIT */
/* Effects as SPEC 11 and 14 show them, and their idempotency keys. */
#include "flow/flow.h"
#include "time/timing.h"

const char *lf_fx_kind_name(uint8_t kind) {
    static const char *const names[LF_FX_KINDS] = {
        [LF_FX_STAGE] = "stage",       [LF_FX_BAND] = "band",     [LF_FX_SEGMENT] = "segment",
        [LF_FX_TAG] = "tag",           [LF_FX_FLAG] = "flag",     [LF_FX_SUPPRESS] = "suppress",
        [LF_FX_ENROLLED] = "enrolled", [LF_FX_EXITED] = "exited", [LF_FX_SEND] = "send",
        [LF_FX_SKIPPED] = "skipped",   [LF_FX_NOTIFY] = "notify", [LF_FX_TASK] = "task",
        [LF_FX_EMIT] = "emit",         [LF_FX_FAULT] = "fault",
    };
    return names[kind];
}

static void put_str(lf_json_writer *w, const char *key, lf_str text) {
    lf_jw_key(w, key);
    if (text.p == NULL) {
        lf_jw_null(w);
    } else {
        lf_jw_str(w, text);
    }
}

static void put_given(lf_json_writer *w, const char *key, lf_str text) {
    if (text.p != NULL) {
        put_str(w, key, text);
    }
}

static void put_time(lf_json_writer *w, const char *key, int64_t t) {
    char text[LF_RFC3339_SIZE];
    lf_time_format(text, t);
    put_str(w, key, (lf_str){text, sizeof text});
}

static lf_str state_name(const lf_blueprint *bp, uint16_t state) {
    return state == LF_NO_INDEX ? (lf_str){NULL, 0} : bp->states[state].name;
}

static lf_str band_name(const lf_blueprint *bp, uint16_t band) {
    return band == LF_NO_INDEX ? (lf_str){NULL, 0} : bp->bands[band].name;
}

static void put_sequence(lf_json_writer *w, const lf_blueprint *bp, uint16_t sequence) {
    put_str(w, "sequence",
            sequence == LF_NO_INDEX ? (lf_str){NULL, 0} : bp->sequences[sequence].name);
}

static void put_step(lf_json_writer *w, const lf_blueprint *bp, uint16_t step) {
    put_str(w, "step", step == LF_NO_INDEX ? (lf_str){NULL, 0} : bp->steps[step].name);
}

static void put_message(lf_json_writer *w, const lf_fx *fx) {
    lf_jw_key(w, "message");
    lf_jw_begin_object(w);
    put_given(w, "subject", fx->subject);
    put_given(w, "preheader", fx->preheader);
    put_given(w, "body", fx->body);
    if (fx->cta_text.p != NULL || fx->cta_url.p != NULL) {
        lf_jw_key(w, "cta");
        lf_jw_begin_object(w);
        put_given(w, "text", fx->cta_text);
        put_given(w, "url", fx->cta_url);
        lf_jw_end_object(w);
    }
    lf_jw_end_object(w);
}

static void put_headers(lf_json_writer *w, const lf_fx *fx) {
    if (fx->unsubscribe.p != NULL) {
        lf_jw_key(w, "headers");
        lf_jw_begin_object(w);
        put_str(w, "List-Unsubscribe", fx->unsubscribe);
        lf_jw_key(w, "List-Unsubscribe-Post");
        lf_jw_text(w, "List-Unsubscribe=One-Click");
        lf_jw_end_object(w);
    }
}

static void put_mail(lf_json_writer *w, const lf_blueprint *bp, const lf_fx *fx) {
    put_str(w, "template", bp->templates[fx->index].name);
    lf_jw_key(w, "channel");
    lf_jw_text(w, lf_channel_words[bp->templates[fx->index].channel]);
    put_sequence(w, bp, fx->sequence);
    put_step(w, bp, fx->step);
    put_time(w, "due", fx->due);
    if (fx->kind == LF_FX_SKIPPED) {
        put_str(w, "reason", fx->reason);
    } else {
        put_given(w, "format", bp->templates[fx->index].html ? LF_STR("html") : (lf_str){NULL, 0});
        put_headers(w, fx);
        put_message(w, fx);
    }
}

static void put_told(lf_json_writer *w, const lf_fx *fx) {
    if (fx->kind == LF_FX_EMIT) {
        put_str(w, "name", fx->name);
        if (fx->json != NULL) {
            lf_jw_key(w, "data");
            lf_jw_raw(w, fx->json);
        }
        return;
    }
    put_given(w, "to", fx->to_whom);
    put_given(w, fx->kind == LF_FX_TASK ? "title" : "text", fx->text);
    put_given(w, "channel", fx->channel);
    put_given(w, "due", fx->due_text);
}

static void put_trigger(lf_json_writer *w, const lf_fx *fx) {
    lf_jw_key(w, "trigger");
    if (fx->json == NULL) {
        lf_jw_text(w, "enroll");
    } else {
        lf_jw_raw(w, fx->json);
    }
}

/* The members that the kind has, in the order of SPEC 11's table. */
static void put_members(lf_json_writer *w, const lf_blueprint *bp, const lf_fx *fx) {
    switch (fx->kind) {
    case LF_FX_STAGE:
        put_str(w, "machine", bp->machines[fx->index].name);
        put_str(w, "from", state_name(bp, fx->from));
        put_str(w, "to", state_name(bp, fx->to));
        put_str(w, "actor", fx->actor);
        put_str(w, "reason", fx->reason);
        break;
    case LF_FX_BAND:
        put_str(w, "score", bp->scores[fx->index].name);
        put_str(w, "from", band_name(bp, fx->from));
        put_str(w, "to", band_name(bp, fx->to));
        lf_jw_key(w, "points");
        lf_jw_i64(w, fx->points);
        break;
    case LF_FX_SEGMENT:
        put_str(w, "segment", bp->segments[fx->index].name);
        lf_jw_key(w, "entered");
        lf_jw_bool(w, fx->flag);
        break;
    case LF_FX_TAG:
    case LF_FX_FLAG:
    case LF_FX_SUPPRESS:
        put_str(w, "name", fx->name);
        lf_jw_key(w, "added");
        lf_jw_bool(w, fx->flag);
        break;
    case LF_FX_ENROLLED:
        put_sequence(w, bp, fx->sequence);
        put_trigger(w, fx);
        break;
    case LF_FX_EXITED:
        put_sequence(w, bp, fx->sequence);
        put_step(w, bp, fx->step);
        put_str(w, "reason", fx->reason);
        break;
    case LF_FX_SEND:
    case LF_FX_SKIPPED:
        put_mail(w, bp, fx);
        break;
    case LF_FX_FAULT:
        put_str(w, "reason", fx->reason);
        lf_buf_byte(w->buf, ',');
        lf_buf_str(w->buf, fx->name);
        break;
    default:
        put_told(w, fx);
        break;
    }
}

/* What fell due, for an effect that only time has caused. */
static lf_str what_fell_due(const lf_fx *fx) {
    switch (fx->kind) {
    case LF_FX_STAGE:
        return LF_STR("transition");
    case LF_FX_BAND:
        return LF_STR("decay");
    case LF_FX_SEGMENT:
    case LF_FX_TAG: /* of a segment: those of states have their transition as cause */
        return LF_STR("condition");
    case LF_FX_SEND:
    case LF_FX_SKIPPED: /* one outside sequences that waited: others have their step as cause */
        return LF_STR("send");
    default:
        return LF_STR("sequence");
    }
}

static void put_cause(lf_json_writer *w, const lf_blueprint *bp, const lf_fx *fx) {
    const lf_cause *cause = &fx->cause;
    lf_jw_key(w, "cause");
    lf_jw_begin_object(w);
    switch (cause->kind) {
    case LF_CAUSE_EVENT:
        put_str(w, "event", cause->text);
        break;
    case LF_CAUSE_TIME:
        put_str(w, "time", what_fell_due(fx));
        break;
    case LF_CAUSE_STEP:
        put_sequence(w, bp, cause->sequence);
        put_step(w, bp, cause->step);
        break;
    default:
        lf_jw_key(w, "transition");
        lf_jw_begin_array(w);
        lf_jw_str(w, bp->machines[cause->machine].name);
        if (cause->from == LF_NO_INDEX) {
            lf_jw_null(w);
        } else {
            lf_jw_str(w, bp->states[cause->from].name);
        }
        lf_jw_str(w, bp->states[cause->to].name);
        lf_jw_end_array(w);
        break;
    }
    lf_jw_end_object(w);
}

lf_status lf_fx_json(const lf_blueprint *blueprint, lf_str contact, const lf_fx *fx,
                     const char *key, lf_buf *out) {
    lf_json_writer w = {.buf = out};
    lf_jw_begin_object(&w);
    put_time(&w, "at", fx->at);
    put_str(&w, "contact", contact);
    lf_jw_key(&w, "kind");
    lf_jw_text(&w, lf_fx_kind_name(fx->kind));
    put_members(&w, blueprint, fx);
    put_cause(&w, blueprint, fx);
    if (key != NULL) {
        lf_jw_key(&w, "key");
        lf_jw_text(&w, key);
    }
    lf_jw_end_object(&w);
    return out->failed ? LF_E_NOMEM : LF_OK;
}

void lf_fx_digest(uint8_t out[32], lf_str tenant, lf_str contact, uint32_t number) {
    char digits[10];
    size_t n = sizeof digits;
    do {
        digits[--n] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    lf_sha256 sha;
    lf_sha256_init(&sha);
    lf_sha256_add(&sha, tenant.p, tenant.n);
    lf_sha256_add(&sha, "\x1f", 1);
    lf_sha256_add(&sha, contact.p, contact.n);
    lf_sha256_add(&sha, "\x1f", 1);
    lf_sha256_add(&sha, digits + n, sizeof digits - n);
    lf_sha256_done(&sha, out);
}

void lf_fx_key(char out[LF_KEY_SIZE], lf_str tenant, lf_str contact, uint32_t number) {
    uint8_t digest[32];
    lf_fx_digest(digest, tenant, contact, number);
    lf_hex(out, digest, 16);
    out[32] = '\0';
}

/* SPDX-License-Identifier: MIT */
/* What an effect sends, in terms of the present blueprint, and whether it still may (SPEC 9.5, 11). */
#include "engine/engine_internal.h"
#include "time/timing.h"

static lf_str text_of(const lf_effect *effect, const char *member) {
    lf_str text = {NULL, 0};
    text.p = lf_effect_get(effect, member, &text.n);
    return text;
}

/* A member that names something of the blueprint; LF_NO_INDEX if it does not, or no longer. */
static uint16_t named(const lf_effect *effect, const char *member, const lf_blueprint *bp,
                      enum lf_name_kind kind) {
    lf_str text = text_of(effect, member);
    int32_t index = text.p == NULL ? -1 : lf_schema_find(&bp->schema, kind, text);
    return index < 0 ? LF_NO_INDEX : (uint16_t)index;
}

static uint16_t step_of(const lf_effect *effect, const lf_blueprint *bp) {
    lf_str sequence = text_of(effect, "sequence"), step = text_of(effect, "step");
    char name[256];
    if (sequence.p == NULL || step.p == NULL || sequence.n + step.n >= sizeof name) {
        return LF_NO_INDEX;
    }
    memcpy(name, sequence.p, sequence.n);
    name[sequence.n] = '/';
    memcpy(name + sequence.n + 1, step.p, step.n);
    int32_t index = lf_schema_find(&bp->schema, LF_N_STEP, (lf_str){name, sequence.n + 1 + step.n});
    return index < 0 ? LF_NO_INDEX : (uint16_t)index;
}

static bool is_kind(const lf_effect *effect, uint8_t kind) {
    return strcmp(effect->kind.p, lf_fx_kind_name(kind)) == 0;
}

/* The sequence one of whose steps wanted this done. What `on_failure` itself has done comes from no step. */
static uint16_t failure_path(const lf_effect *effect, const lf_blueprint *bp) {
    static const uint8_t kinds[] = {LF_FX_SEND, LF_FX_NOTIFY, LF_FX_TASK, LF_FX_EMIT};
    for (size_t i = 0; i < LF_COUNT(kinds); i++) {
        if (is_kind(effect, kinds[i]) && text_of(effect, "/cause/step").p != NULL) {
            uint16_t sequence = named(effect, "/cause/sequence", bp, LF_N_SEQUENCE);
            bool path = sequence != LF_NO_INDEX && bp->sequences[sequence].on_failure.n > 0;
            return path ? sequence : LF_NO_INDEX;
        }
    }
    return LF_NO_INDEX;
}

void lf_message_read(const lf_effect *effect, const lf_blueprint *bp, lf_message *out) {
    lf_str due = text_of(effect, "due");
    *out = (lf_message){.mail = {.template_ = named(effect, "template", bp, LF_N_TEMPLATE),
                                 .sequence = named(effect, "sequence", bp, LF_N_SEQUENCE),
                                 .due = effect->at},
                        .failure = failure_path(effect, bp),
                        .is_send = is_kind(effect, LF_FX_SEND)};
    out->mail.step = step_of(effect, bp);
    if (due.p != NULL) {
        lf_time_parse(due, &out->mail.due);
    }
}

/* The channel of a message whose template the blueprint no longer has. */
static uint8_t channel_of(const lf_effect *effect) {
    static const char *const names[LF_CHANNELS] = {"email", "sms", "push"};
    lf_str channel = text_of(effect, "channel");
    uint8_t i = 0;
    while (i + 1 < LF_CHANNELS && !lf_str_eq(channel, lf_str_of(names[i]))) {
        i++;
    }
    return i;
}

static const char *forbids(lf_engine *engine, const lf_effect *effect, const lf_mail *mail) {
    const lf_blueprint *bp = engine->blueprint;
    lf_str topic = lf_topic_of(bp, mail->sequence);
    if (mail->template_ == LF_NO_INDEX) {
        return lf_flow_forbids_on(bp, engine->contact, channel_of(effect), false, topic);
    }
    return lf_flow_forbids(bp, engine->contact, mail->template_, topic);
}

/* What becomes a line, or an attribute, of the message: nothing was rendered so that it could add another. */
static bool is_damaged(const lf_effect *effect) {
    static const char *const lines[] = {"/message/subject", "/message/preheader",
                                        "/message/cta/url", "/headers/List-Unsubscribe"};
    for (size_t i = 0; i < LF_COUNT(lines); i++) {
        if (lf_has_control(text_of(effect, lines[i]))) {
            return true;
        }
    }
    return false;
}

/* On the contact that was loaded. */
static lf_status look_at(lf_engine *engine, const lf_effect *effect, int64_t now,
                         lf_message *message, enum lf_verdict *verdict) {
    const lf_mail *mail = &message->mail;
    bool known = mail->template_ != LF_NO_INDEX;
    lf_status status = LF_OK;
    message->reason = forbids(engine, effect, mail);
    if (message->reason != NULL) {
        *verdict = known ? LF_MUST_SKIP : LF_MUST_BURY;
    } else if (known) {
        status = lf_flow_opens(engine->flow, engine->contact, mail, now, &message->opens);
        *verdict = message->opens > now ? LF_MUST_WAIT : LF_MAY_GO;
    }
    return status;
}

lf_status lf_message_look(lf_engine *engine, const lf_claim *claim, int64_t now,
                          lf_message *message, enum lf_verdict *verdict) {
    *verdict = LF_MAY_GO;
    if (!message->is_send) {
        return LF_OK;
    }
    if (is_damaged(claim->effect)) {
        *verdict = LF_MUST_BURY; /* somebody else has written into the store */
        return LF_OK;
    }
    lf_status status = lf_engine_load(engine, claim->contact);
    if (status == LF_E_NOTFOUND) {
        *verdict = LF_MUST_BURY; /* nobody is left who could have agreed to it */
        return LF_OK;
    }
    return status == LF_OK ? look_at(engine, claim->effect, now, message, verdict) : status;
}

/* SPDX-License-Identifier: MIT */
/*
 * Floor 6: the pure step. (blueprint, contact, input, now) -> (contact', effects, wake time). No I/O,
 * no clock, no store. It works on a copy of the contact and swaps it in at the end, so that a refused
 * event or a failed allocation leaves everything as it was.
 */
#pragma once

#include "leadflow/step.h"
#include "template/signer.h"
#include "score/score.h"

/* ---- effects (SPEC 11) ---- */
enum lf_effect_kind {
    LF_FX_STAGE,
    LF_FX_BAND,
    LF_FX_SEGMENT,
    LF_FX_TAG,
    LF_FX_FLAG,
    LF_FX_SUPPRESS,
    LF_FX_ENROLLED,
    LF_FX_EXITED,
    LF_FX_SEND,
    LF_FX_SKIPPED,
    LF_FX_NOTIFY,
    LF_FX_TASK,
    LF_FX_EMIT,
    LF_FX_FAULT,
    LF_FX_KINDS
};
enum lf_cause_kind { LF_CAUSE_EVENT, LF_CAUSE_TIME, LF_CAUSE_STEP, LF_CAUSE_TRANSITION };
typedef struct lf_cause {
    uint8_t kind;
    uint16_t sequence, step;    /* STEP: numbers */
    uint16_t machine, from, to; /* TRANSITION: numbers; from LF_NO_INDEX: entered at creation */
    lf_str text;                /* EVENT: its id, or its type; TIME: what fell due */
} lf_cause;

/* One effect. All text is borrowed from the blueprint or lies in the list's arena. Numbers are the
 * schema's, LF_NO_INDEX where there is none (null in JSON). */
typedef struct lf_fx {
    int64_t at;
    uint32_t
        number; /* contact.effects when it was made: with tenant and contact it makes the key */
    uint8_t kind;
    bool flag; /* SEGMENT entered; TAG, FLAG, SUPPRESS added */
    lf_cause cause;
    uint16_t index; /* STAGE machine; BAND score; SEGMENT segment; ENROLLED, EXITED sequence; SEND,
                         SKIPPED template */
    uint16_t from, to;       /* STAGE states; BAND bands */
    uint16_t sequence, step; /* SEND, SKIPPED, EXITED */
    int64_t points;          /* BAND: points */
    int64_t due;             /* SEND, SKIPPED */
    lf_str name; /* TAG, FLAG, SUPPRESS, EMIT: name; FAULT: the JSON members that say where */
    lf_str actor, reason;          /* STAGE; EXITED, SKIPPED and FAULT: reason. p NULL: null */
    lf_str to_whom, text, channel; /* NOTIFY; TASK: to_whom and text = title */
    lf_str due_text;               /* TASK: a duration, as in the action */
    const lf_json *json; /* ENROLLED: the trigger, NULL for "enroll"; EMIT: data or NULL */
    lf_str subject, preheader, body, cta_text, cta_url; /* SEND: rendered; p NULL: not there */
    lf_str unsubscribe; /* SEND: the link of the headers of RFC 8058; p NULL: it has none */
} lf_fx;

typedef struct lf_fx_list {
    lf_mem mem;
    lf_arena arena;
    LF_VEC(lf_fx) items;
} lf_fx_list;

/* The effect as SPEC 11 and 14 show it, one line without a newline (effect_json.c). `key` may be
 * NULL. */
lf_status lf_fx_json(const lf_blueprint *blueprint, lf_str contact, const lf_fx *fx,
                     const char *key, lf_buf *out);
const char *lf_fx_kind_name(uint8_t kind);
/* 32 hex digits and a NUL: SHA-256 of tenant, 0x1F, contact, 0x1F, number in decimal; cut to 128 bits. */
#define LF_KEY_SIZE 33
/* The digest that the key is the beginning of. */
void lf_fx_digest(uint8_t out[32], lf_str tenant, lf_str contact, uint32_t number);
void lf_fx_key(char out[LF_KEY_SIZE], lf_str tenant, lf_str contact, uint32_t number);

/* ---- the step (flow.c) ---- */
typedef struct lf_flow lf_flow; /* scratch for one thread at a time */

/* Takes a ref; `tenant` is borrowed until it is freed. */
lf_status lf_flow_new(const lf_mem *mem, lf_blueprint *blueprint, lf_str tenant, lf_flow **out);
/* Links of unsubscription are signed from now on; on failure (lf_signer_read) all is as it was. */
lf_status lf_flow_sign(lf_flow *flow, const lf_unsubscribe_options *options);
void lf_flow_free(lf_flow *flow);

/* Takes in an event. LF_E_EVENT: refused, `diags` says why. Otherwise the effects are in
 * lf_flow_effects until the next call, and *as (enum lf_taken_code) says how it was taken; a duplicate changes nothing. */
lf_status lf_flow_event(lf_flow *flow, lf_contact *contact, const lf_event *event, int64_t now,
                        lf_diags *diags, int32_t *as);
/* Brings the contact to `now`: everything due, in order, at the time it was due. Nothing if now is not
 * later than its clock and nothing is due. */
lf_status lf_flow_wake(lf_flow *flow, lf_contact *contact, int64_t now);
/* An effect of this sequence is dead: its `on_failure` actions run; of a message, known by its key, unless it was told before
 * that it failed. */
lf_status lf_flow_failed(lf_flow *flow, lf_contact *contact, uint16_t sequence, lf_str message,
                         lf_str detail, int64_t now);
/* A message that was planned must not go after all: a `skipped` effect says so. */
typedef struct lf_mail {
    uint16_t template_, sequence, step; /* LF_NO_INDEX: none */
    int64_t due;
} lf_mail;
lf_status lf_flow_skip(lf_flow *flow, lf_contact *contact, const lf_mail *mail, const char *reason,
                       int64_t now);
/* The first time from `now` on at which its window and the quiet hours of its channel let it go to this contact, the
 * end of time if they never do. The failure of a source of zones. */
lf_status lf_flow_opens(lf_flow *flow, const lf_contact *contact, const lf_mail *mail, int64_t now,
                        int64_t *opens);
/* It is not known whether the message of the effect with this key was handed over: a fault says so. */
lf_status lf_flow_unknown(lf_flow *flow, lf_contact *contact, const lf_mail *mail, lf_str key,
                          int64_t now);
const lf_fx_list *lf_flow_effects(const lf_flow *flow);
void lf_flow_forget(lf_flow *flow); /* the effects of the last call */
uint64_t
lf_flow_errors(const lf_flow *flow); /* conditions of the last call that ended in an error */

/* ---- the hand-over check (constraints.c) ---- */
/* Of the consent that messages of this sequence need; empty: the channel as a whole. */
lf_str lf_topic_of(const lf_blueprint *blueprint, uint16_t sequence);
/* May a message of this template, for this topic, go to this contact? NULL: yes, else the reason of the
 * `skipped` effect. */
const char *lf_flow_forbids(const lf_blueprint *blueprint, const lf_contact *contact,
                            uint16_t template_, lf_str topic);
/* The template that goes instead of one that may not for this reason; LF_NO_INDEX: none. */
uint16_t lf_flow_fallback(const lf_blueprint *blueprint, const lf_contact *contact,
                          uint16_t template_, lf_str topic, const char *reason);
/* The same where there is no template (any more). */
const char *lf_flow_forbids_on(const lf_blueprint *blueprint, const lf_contact *contact,
                               uint8_t channel, bool transactional, lf_str topic);

/* ---- groups (groups.c) ---- */
/* The sequence that keeps the contact out of this one, because it is in the same group and of no lower priority;
 * LF_NO_INDEX: none does. */
uint16_t lf_group_holder(const lf_blueprint *blueprint, const lf_contact *contact,
                         uint16_t sequence);
/* When an enrolment goes on; LF_TIME_NONE: at no fixed time, or it is paused. */
static inline int64_t lf_enrolment_due(const lf_enrolment *enrolment) {
    return enrolment->paused != 0 ? LF_TIME_NONE : enrolment->due;
}

/* ---- the contact as the command prints it (contact_line.c) ---- */
lf_status lf_contact_line(lf_world *world,
                          lf_buf *out); /* of the contact and time that the world looks at */
/* ---- why (condition_why.c) ---- */
/* A condition as it stands at the world's time, as an object: `cel`, `holds`; and, with `why`, `error` (for which it is
 * false), `until`, the `values` that it has read, or the `parts` of one that is `a && b`. Without memory the world has failed. */
void lf_condition_put(lf_json_writer *w, lf_world *world, const lf_expr *expr, bool why);
/* ---- graphs (dot.c) ---- */
/* Within quotes in DOT: a quote and a backslash are escaped, a line end is \n, and what no picture can show is a space. */
void lf_dot_put(lf_buf *out, lf_str text);
bool lf_tenant_valid(lf_str tenant);

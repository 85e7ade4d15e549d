/* SPDX-License-Identifier: MIT */
/* Decoding: sequences, what triggers remember, messages. */
#include "contact/decoder.h"

/* Two sequences of old may be one now: what happened in either happened in it. */
static void add_sequence(lf_decoder *d, const lf_sequence_past *past) {
    lf_sequence_past *items = d->contact->sequences.items;
    uint32_t i = 0;
    while (i < d->contact->sequences.n && items[i].sequence < past->sequence) {
        i++;
    }
    if (i < d->contact->sequences.n && items[i].sequence == past->sequence) {
        uint32_t times = items[i].times + past->times;
        items[i].times = times < past->times ? UINT32_MAX : times;
        items[i].last_exit =
            past->last_exit > items[i].last_exit ? past->last_exit : items[i].last_exit;
        return;
    }
    lf_sequence_past *gap = lf_vec_gap(&d->contact->mem, &d->contact->sequences, i, 1, sizeof *gap);
    if (gap == NULL) {
        lf_decode_must(d, LF_E_NOMEM);
    } else {
        *gap = *past;
    }
}

/* Nobody is in one sequence twice: of two that are one now the later enrolment goes on. */
static void add_enrolment(lf_decoder *d, const lf_enrolment *in) {
    lf_enrolment *there = lf_person_enrolment(d->contact, in->sequence);
    if (there != NULL) {
        *there = in->since > there->since ? *in : *there;
        return;
    }
    uint32_t i = d->contact->enrolments.n;
    while (i > 0 && d->contact->enrolments.items[i - 1].sequence > in->sequence) {
        i--;
    }
    lf_enrolment *gap = lf_vec_gap(&d->contact->mem, &d->contact->enrolments, i, 1, sizeof *gap);
    if (gap == NULL) {
        lf_decode_must(d, LF_E_NOMEM);
    } else {
        *gap = *in;
    }
}

static void get_more(lf_decoder *d, lf_enrolment *in) {
    uint8_t more = lf_read_byte(&d->in);
    in->anew = (more & LF_SM_ANEW) != 0;
    in->moved = (more & LF_SM_MOVED) != 0;
    in->paused = more / LF_SM_PAUSED % 4;
    lf_decode_check(d, more > 0 && more < 2 * LF_SM_MOVED);
    in->begun = (more & LF_SM_BEGUN) ? lf_get_time(d) : in->since;
    in->days = (more & LF_SM_DAYS) ? lf_get_u32(d) : 0;
    in->behind = (more & LF_SM_BEHIND) ? lf_read_svarint(&d->in) : 0;
    lf_decode_check(d, in->behind >= 0 && in->behind <= LF_TIME_MAX - LF_TIME_MIN);
    lf_decode_check(d, (in->begun != in->since) == ((more & LF_SM_BEGUN) != 0) &&
                           (in->days != 0) == ((more & LF_SM_DAYS) != 0) &&
                           (in->behind != 0) == ((more & LF_SM_BEHIND) != 0));
    in->paused_at = in->paused != 0 ? lf_get_time(d) : INT64_MIN;
    lf_decode_check(d,
                    in->paused == 0 || (in->since <= in->paused_at && in->begun <= in->paused_at &&
                                        in->paused_at <= d->contact->clock));
}

/* Where somebody goes on whose step has gone: at the first of those behind it that is there. */
static void move_on(lf_enrolment *in, uint16_t to) {
    in->step = to;
    in->phase = LF_AT_STEP;
    in->begun = in->since;
    in->due = LF_TIME_NONE;
    in->anew = false;
    in->moved = true;
}

/* The step, and which follow it. *to: the first of them that is there. */
static int32_t get_step(lf_decoder *d, int32_t sequence, uint16_t *to) {
    const uint16_t *sequence_of = d->contact->schema->step_sequence;
    int32_t step = lf_get_name(d, LF_N_STEP);
    uint32_t n = lf_get_count(d);
    lf_decode_check(d, n <= LF_FOLLOWING);
    for (uint32_t i = 0; i < n && lf_decode_going(d); i++) {
        int32_t following = lf_get_name(d, LF_N_STEP);
        if (*to == LF_NO_INDEX && following != LF_UNKNOWN && sequence_of[following] == sequence) {
            *to = (uint16_t)following;
        }
    }
    return step != LF_UNKNOWN && sequence_of[step] == sequence ? step : LF_UNKNOWN;
}

static void get_enrolment(lf_decoder *d, int32_t sequence, uint8_t flags) {
    lf_enrolment in = {.due = LF_TIME_NONE, .step = LF_NO_INDEX, .paused_at = INT64_MIN};
    uint16_t to = LF_NO_INDEX;
    int32_t step = LF_NO_INDEX;
    in.phase = flags / LF_SQ_PHASE % 4;
    in.timed_out = (flags & LF_SQ_TIMED_OUT) != 0;
    in.since = in.begun = lf_get_time(d);
    if (flags & LF_SQ_STEP) {
        step = get_step(d, sequence, &to);
    }
    lf_decode_check(d, step != LF_NO_INDEX || in.phase == LF_AT_STEP);
    if (flags & LF_SQ_DUE) {
        in.due = lf_sat_add(d->contact->clock, lf_read_svarint(&d->in));
        lf_decode_check(d, in.due >= LF_TIME_MIN && in.due < LF_TIME_NONE);
    }
    if (flags & LF_SQ_MORE) {
        get_more(d, &in);
    }
    lf_decode_check(d, in.since <= d->contact->clock && in.begun <= d->contact->clock);
    in.step = (uint16_t)step;
    if (step == LF_UNKNOWN) {
        move_on(&in, to);
    }
    if (sequence != LF_UNKNOWN && lf_decode_going(d)) {
        in.sequence = (uint16_t)sequence;
        add_enrolment(d, &in);
    }
}

static void get_sequence(lf_decoder *d, int32_t sequence) {
    uint8_t flags = lf_read_byte(&d->in);
    lf_sequence_past past = {.times = lf_get_u32(d), .last_exit = INT64_MIN};
    past.last_exit = (flags & LF_SQ_EXITED) ? lf_get_time(d) : INT64_MIN;
    bool enrolled = (flags & LF_SQ_ENROLLED) != 0;
    lf_decode_check(d, past.times > 0 && (enrolled || flags <= LF_SQ_EXITED));
    if (lf_decode_going(d) && sequence != LF_UNKNOWN) {
        past.sequence = (uint16_t)sequence;
        add_sequence(d, &past);
    }
    if (enrolled && lf_decode_going(d)) {
        get_enrolment(d, sequence, flags);
    }
}

static void get_trigger(lf_decoder *d, int32_t trigger) {
    uint8_t flags = lf_read_byte(&d->in);
    bool met = (flags & LF_ST_MET) != 0;
    int64_t value = (flags & LF_ST_VALUE) ? lf_get_time(d) : 0;
    lf_decode_check(d, flags <= (LF_ST_MET | LF_ST_VALUE) && (met || flags == 0));
    const lf_trigger_past *there = lf_decode_going(d) && trigger != LF_UNKNOWN
                                       ? lf_person_trigger_past(d->contact, (uint16_t)trigger)
                                       : NULL;
    if (lf_decode_going(d) && trigger != LF_UNKNOWN && (there == NULL || !there->met)) {
        lf_trigger_past past = {(uint16_t)trigger, met, value};
        lf_decode_must(d, lf_person_set_trigger_past(d->contact, &past));
    }
}

void lf_get_sequences(lf_decoder *d) {
    for (uint32_t i = 0; lf_decode_going(d) && i < d->n_names[LF_N_SEQUENCE]; i++) {
        get_sequence(d, d->numbers[LF_N_SEQUENCE][i]);
    }
    for (uint32_t i = 0; lf_decode_going(d) && i < d->n_names[LF_N_TRIGGER]; i++) {
        get_trigger(d, d->numbers[LF_N_TRIGGER][i]);
    }
}

static void get_sent(lf_decoder *d) {
    uint8_t flags = lf_read_byte(&d->in);
    lf_sent sent = {
        .at = lf_get_time(d), .number = lf_get_u32(d), .channel = flags / LF_SS_CHANNEL};
    int32_t class_ = (flags & LF_SS_CLASS) ? lf_get_name(d, LF_N_CLASS) : LF_UNKNOWN;
    int32_t sequence = (flags & LF_SS_SEQUENCE) ? lf_get_name(d, LF_N_SEQUENCE) : LF_UNKNOWN;
    sent.counts = (flags & LF_SS_COUNTS) != 0;
    sent.class_ = class_ == LF_UNKNOWN ? LF_NO_INDEX : (uint16_t)class_;
    sent.sequence = sequence == LF_UNKNOWN ? LF_NO_INDEX : (uint16_t)sequence;
    const lf_sent *before =
        d->contact->sent.n == 0 ? NULL : &d->contact->sent.items[d->contact->sent.n - 1];
    lf_decode_check(
        d, sent.channel < LF_CHANNELS && sent.number < d->contact->effects &&
               sent.at <= d->contact->clock &&
               (before == NULL || (before->at <= sent.at && before->number < sent.number)));
    lf_sent *place =
        lf_decode_going(d) ? lf_decode_append(d, &d->contact->sent, sizeof sent) : NULL;
    if (place != NULL) {
        *place = sent;
    }
}

static void get_pending(lf_decoder *d) {
    int32_t template_ = lf_get_name(d, LF_N_TEMPLATE);
    lf_pending pending = {.begun = lf_get_time(d), .machine = LF_NO_INDEX};
    pending.due = lf_get_ahead(d);
    lf_decode_check(d, pending.begun <= d->contact->clock);
    uint8_t limited = lf_read_byte(&d->in);
    lf_decode_check(d, limited <= 1);
    pending.stale = limited == 1 ? lf_get_ahead(d) : LF_TIME_NONE;
    lf_pending *place = lf_decode_going(d) && template_ != LF_UNKNOWN
                            ? lf_decode_append(d, &d->contact->pending, sizeof pending)
                            : NULL;
    if (place != NULL) {
        pending.template_ = (uint16_t)template_;
        *place = pending;
    }
}

void lf_get_messages(lf_decoder *d) {
    uint32_t n = lf_get_count(d);
    for (uint32_t i = 0; i < n && lf_decode_going(d); i++) {
        get_sent(d);
    }
    n = lf_get_count(d);
    for (uint32_t i = 0; i < n && lf_decode_going(d); i++) {
        get_pending(d);
    }
}

void lf_get_handed(lf_decoder *d) {
    uint32_t n = lf_get_count(d);
    lf_decode_check(d, n > 0);
    for (uint32_t i = 0; i < n && lf_decode_going(d); i++) {
        lf_handed handed = {.key = lf_get_u64_fixed(d)};
        handed.fence = lf_read_varint(&d->in);
        lf_handed *place = lf_decode_append(d, &d->contact->handed, sizeof handed);
        if (place != NULL) {
            *place = handed;
        }
    }
}

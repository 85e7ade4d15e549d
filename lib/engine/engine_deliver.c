/* SPDX-License-Identifier: MIT */
/* Effects are handed over: looked at once more, delivered, settled; tried again, or dead (SPEC 11). */
#include "engine/engine_internal.h"

void lf_receipt_retry(lf_receipt *receipt, int64_t after_ms) {
    if (receipt != NULL) {
        receipt->retry = true;
        receipt->after = after_ms > 0 ? after_ms : 0;
    }
}

void lf_receipt_refuse(lf_receipt *receipt) {
    if (receipt != NULL) {
        receipt->refused = true;
    }
}

/* A batch of claims that is being handed over. */
typedef struct batch {
    int64_t now, lease_until;
    bool ticking; /* the clock was asked, and can be asked again */
    bool over;    /* the lease has, or may have, run out: somebody else may be at what is left */
} batch;

/* One effect of it. */
typedef struct handing {
    const lf_claim *claim;
    int64_t now;
    lf_message message;
    enum lf_verdict verdict;
    struct lf_receipt receipt;
    lf_status delivered; /* what the delivery returned */
    bool handed;         /* the delivery was asked */
    bool noted;          /* in the contact, that its hand-over has begun */
    bool found;          /* the contact could be loaded when it was settled */
} handing;

/* ---- messages that must not go twice: that the hand-over begins is noted in the contact before ---- */
static lf_status note_begin(lf_engine *engine, lf_work *work) {
    handing *h = work->ctx;
    const lf_handed *before = lf_person_handed(engine->contact, h->claim->key);
    h->noted = true;
    work->nothing = before != NULL;
    lf_flow_forget(engine->flow);
    if (before == NULL) {
        return lf_person_hand(engine->contact, h->claim->key, h->claim->fence);
    }
    if (before->fence != h->claim->fence) {
        h->verdict = LF_MUST_HOLD; /* somebody has begun, and nobody knows how it ended */
    }
    return LF_OK;
}

static lf_status note_end(lf_engine *engine, lf_work *work) {
    const handing *h = work->ctx;
    lf_flow_forget(engine->flow);
    lf_person_unhand(engine->contact, h->claim->key);
    return LF_OK;
}

static lf_status note(lf_engine *engine, handing *h,
                      lf_status (*run)(lf_engine *engine, lf_work *work)) {
    lf_work work = {.run = run, .now = h->now, .ctx = h};
    return lf_engine_work(engine, h->claim->contact, &work);
}

/* ---- settling ---- */
static lf_status hold(lf_engine *engine, lf_work *work) {
    const handing *h = work->ctx;
    lf_person_unhand(engine->contact, h->claim->key);
    return lf_flow_unknown(engine->flow, engine->contact, &h->message.mail, h->claim->key,
                           work->now);
}

static lf_status skip(lf_engine *engine, lf_work *work) {
    const handing *h = work->ctx;
    lf_person_unhand(engine->contact, h->claim->key);
    return lf_flow_skip(engine->flow, engine->contact, &h->message.mail, h->message.reason,
                        work->now);
}

static lf_status fail(lf_engine *engine, lf_work *work) {
    const handing *h = work->ctx;
    lf_str message = h->message.is_send ? h->claim->key : (lf_str){NULL, 0};
    lf_person_unhand(engine->contact, h->claim->key);
    return lf_flow_failed(engine->flow, engine->contact, h->message.failure, message,
                          LF_STR("dead"), work->now);
}

/* Settles the effect in one commit with what follows from it. */
static lf_status settle_with(lf_engine *engine, handing *h, int32_t outcome,
                             lf_status (*run)(lf_engine *engine, lf_work *work)) {
    lf_work work = {.run = run, .settled = h->claim, .outcome = outcome, .now = h->now, .ctx = h};
    lf_status status = lf_engine_work(engine, h->claim->contact, &work);
    h->found = work.found;
    return status == LF_E_FENCED ? LF_OK : status; /* it was done, or it is somebody else's now */
}

/* Settles the effect, and ends what was noted: before it may come again, or with it. */
static lf_status settle_alone(lf_engine *engine, handing *h, int32_t outcome, int64_t not_before) {
    if (h->noted && outcome != LF_OUTCOME_RETRY) {
        return settle_with(engine, h, outcome, note_end);
    }
    lf_status status = h->noted ? note(engine, h, note_end) : LF_OK;
    return status == LF_OK ? lf_engine_settle(engine, h->claim, outcome, not_before) : status;
}

static lf_status bury(lf_engine *engine, handing *h) {
    lf_status status = LF_OK;
    if (h->message.failure != LF_NO_INDEX && lf_person_id_valid(h->claim->contact)) {
        status = settle_with(engine, h, LF_OUTCOME_DEAD, fail);
        if (h->found || (status != LF_E_NOTFOUND && status != LF_E_CORRUPT)) {
            return status;
        }
    }
    if (h->claim->key.n == 0) { /* no effect at all */
        return LF_E_CORRUPT;
    }
    lf_status settled = settle_alone(engine, h, LF_OUTCOME_DEAD, 0);
    return settled == LF_OK && status == LF_E_CORRUPT ? status : settled;
}

static int64_t pause_of(const lf_engine *engine, const handing *h) {
    int64_t pause = engine->retry;
    int64_t longest = pause > LF_LONGEST_PAUSE ? pause : LF_LONGEST_PAUSE;
    for (int64_t i = 0; i < h->claim->attempts && pause < longest; i++) {
        pause *= 2;
    }
    if (h->receipt.after > 0) {
        return h->receipt.after < LF_LONGEST_LEASE ? h->receipt.after : LF_LONGEST_LEASE;
    }
    return pause < longest ? pause : longest;
}

static lf_status settle(lf_engine *engine, handing *h) {
    bool again = h->receipt.retry || h->delivered != LF_OK;
    if (h->verdict == LF_MUST_HOLD || (h->noted && h->delivered == LF_E_UNKNOWN)) {
        return settle_with(engine, h, LF_OUTCOME_DEAD, hold);
    }
    if (h->verdict == LF_MUST_WAIT) { /* it has not failed, so it does not die of it */
        return settle_alone(engine, h, LF_OUTCOME_RETRY, h->message.opens);
    }
    if (h->verdict == LF_MUST_SKIP) {
        return settle_with(engine, h, LF_OUTCOME_DONE, skip);
    }
    if (h->verdict == LF_MUST_BURY || h->receipt.refused ||
        (again && h->claim->attempts + 1 >= engine->most_attempts)) {
        return bury(engine, h);
    }
    int64_t not_before = again ? lf_sat_add(h->now, pause_of(engine, h)) : 0;
    return settle_alone(engine, h, again ? LF_OUTCOME_RETRY : LF_OUTCOME_DONE, not_before);
}

/* ---- handing over ---- */
/* The present, by the clock where there is one. */
static lf_status look_at_clock(const lf_engine *engine, const batch *b, int64_t *now) {
    int64_t told = b->now;
    lf_status status = LF_OK;
    if (b->ticking) {
        status = lf_engine_called(engine->clock(engine->clock_user, &told));
    }
    *now = told > b->now && told <= LF_TIME_MAX ? told : b->now;
    return status;
}

static lf_status look_and_deliver(lf_engine *engine, batch *b, handing *h) {
    lf_status status = look_at_clock(engine, b, &h->now);
    b->over = status != LF_OK || h->now >= b->lease_until;
    if (b->over) {
        return status;
    }
    status = lf_message_look(engine, h->claim, h->now, &h->message, &h->verdict);
    if (status == LF_OK && h->verdict == LF_MAY_GO) {
        h->handed = true;
        h->delivered = lf_engine_called(
            engine->delivery.deliver(engine->delivery.user, h->claim->effect, &h->receipt));
    }
    return status;
}

static lf_status look_and_deliver_locked(lf_engine *engine, batch *b, handing *h) {
    const lf_store *store = &engine->store;
    lf_str contact = h->claim->contact;
    if (store->lock == NULL) {
        return look_and_deliver(engine, b, h);
    }
    lf_status status =
        lf_engine_called(store->lock(store->user, engine->tenant.p, contact.p, contact.n));
    if (status == LF_OK) {
        status = look_and_deliver(engine, b, h);
        lf_status unlocked =
            lf_engine_called(store->unlock(store->user, engine->tenant.p, contact.p, contact.n));
        status = status == LF_OK ? unlocked : status;
    }
    return status;
}

/* Whether a message may have gone already is known of those that must not go twice. */
static lf_status begin(lf_engine *engine, handing *h) {
    lf_message_read(h->claim->effect, engine->blueprint, &h->message);
    uint16_t template_ = h->message.mail.template_;
    if (template_ == LF_NO_INDEX || !engine->blueprint->templates[template_].hold) {
        return LF_OK;
    }
    lf_status status = note(engine, h, note_begin);
    return status == LF_E_NOTFOUND ? LF_OK : status; /* without a contact it does not go at all */
}

static lf_status hand_over(lf_engine *engine, batch *b, const lf_claim *claim, size_t *done) {
    handing h = {.claim = claim, .now = b->now, .message = {.failure = LF_NO_INDEX}};
    if (claim->effect == NULL || !lf_person_id_valid(claim->contact)) {
        lf_status status = bury(engine, &h); /* it is damaged */
        return status == LF_OK ? LF_E_CORRUPT : status;
    }
    lf_status status = begin(engine, &h);
    if (status == LF_OK && h.verdict != LF_MUST_HOLD) {
        status = look_and_deliver_locked(engine, b, &h);
    }
    if (h.noted && !h.handed && (status != LF_OK || b->over)) {
        lf_status ended = note(engine, &h, note_end);
        return status == LF_OK ? ended : status;
    }
    if (status != LF_OK || b->over) {
        return status;
    }
    status = settle(engine, &h);
    *done += status == LF_OK;
    return status != LF_OK ? status : h.delivered;
}

/* One batch of claims, to its end: an effect that fails must not keep other contacts waiting. Returns how
 * many were claimed. */
static size_t deliver_some(lf_engine *engine, batch *b, size_t limit, size_t *done,
                           lf_status *first) {
    lf_status status = lf_engine_claim_effects(engine, b->now, limit);
    size_t n = engine->claims.items.n;
    *first = *first == LF_OK ? status : *first;
    for (size_t i = 0; i < n && !b->over; i++) {
        const lf_claim *claim = &engine->claims.items.items[i];
        lf_engine_note(engine, first, hand_over(engine, b, claim, done), claim->contact);
    }
    return n;
}

lf_status lf_engine_deliver(lf_engine *engine, int64_t now, size_t limit, size_t *done) {
    size_t unheard, *count = done == NULL ? &unheard : done;
    *count = 0;
    if (engine == NULL || engine->delivery.deliver == NULL) {
        return LF_E_ARG;
    }
    bool ticking = now == INT64_MIN;
    lf_status status = lf_engine_begin(engine, &now);
    if (status != LF_OK) {
        return status;
    }
    batch b = {.now = now, .lease_until = lf_sat_add(now, engine->lease), .ticking = ticking};
    for (size_t n = 1; n > 0 && limit > 0 && !b.over; limit -= n < limit ? n : limit) {
        n = deliver_some(engine, &b, limit < LF_BATCH ? limit : LF_BATCH, count, &status);
    }
    return lf_engine_end(engine, status);
}

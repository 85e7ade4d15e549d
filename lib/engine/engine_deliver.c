/* SPDX-License-Identifier: MIT */
/* Effects are handed over: looked at once more, delivered, settled; tried again, or dead (SPEC 11). */
#include "engine/engine.h"
#include "time/timing.h"

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

/* A member that names something of the blueprint; LF_NO_INDEX if it does not, or no longer. */
static uint16_t named(const lf_effect *effect, const char *member, const lf_names *names) {
    size_t n;
    const char *text = lf_effect_get(effect, member, &n);
    int32_t index = text == NULL ? -1 : lf_names_find(names, (lf_str){text, n});
    return index < 0 ? LF_NO_INDEX : (uint16_t)index;
}

/* A message as the blueprint knows it now. */
typedef struct message {
    lf_mail mail;
    const char *reason; /* why it must not go; NULL: it may */
} message;

static uint16_t step_of(const lf_effect *effect, const lf_blueprint *bp, uint16_t sequence) {
    size_t n;
    const char *text = lf_effect_get(effect, "step", &n);
    for (uint32_t i = 0; text != NULL && sequence != LF_NO_INDEX && i < bp->n_steps; i++) {
        if (bp->steps[i].sequence == sequence && lf_str_eq(bp->steps[i].name, (lf_str){text, n})) {
            return (uint16_t)i;
        }
    }
    return LF_NO_INDEX;
}

static lf_mail mail_of(const lf_effect *effect, const lf_blueprint *bp) {
    size_t n;
    lf_mail mail = {.template_ = named(effect, "template", &bp->template_names),
                    .sequence = named(effect, "sequence", &bp->schema.names[LF_N_SEQUENCE]),
                    .due = effect->at};
    mail.step = step_of(effect, bp, mail.sequence);
    const char *due = lf_effect_get(effect, "due", &n);
    if (due != NULL) {
        lf_time_parse((lf_str){due, n}, &mail.due);
    }
    return mail;
}

/* ---- work on the contact behind an effect ---- */
static lf_status skip(lf_engine *engine, lf_work *work) {
    const message *m = work->ctx;
    return lf_flow_skip(engine->flow, engine->contact, &m->mail, m->reason, work->now);
}

static lf_status fail(lf_engine *engine, lf_work *work) {
    const message *m = work->ctx;
    return lf_flow_failed(engine->flow, engine->contact, m->mail.sequence, LF_STR("dead"), work->now);
}

static lf_status settle(lf_engine *engine, const lf_claim *claim, int32_t outcome, int64_t not_before) {
    lf_status status = engine->store.settle(engine->store.user, engine->tenant.p, claim->contact.p, claim->contact.n,
                                            claim->effect->key, claim->fence, outcome, not_before);
    return status == LF_E_CONFLICT ? LF_OK : status; /* we came too late: it is somebody else's now */
}

static lf_status settle_with(lf_engine *engine, const lf_claim *claim, int32_t outcome, int64_t now, message *m,
                             lf_status (*run)(lf_engine *engine, lf_work *work)) {
    lf_work work = {.run = run, .now = now, .settled = {claim, outcome}, .ctx = m};
    lf_status status = lf_engine_work(engine, claim->contact, &work);
    return status == LF_E_CONFLICT ? LF_OK : status;
}

/* ---- one effect ---- */
/* Looks at the hard constraints again, on the contact as it is stored now. */
static lf_status look_again(lf_engine *engine, const lf_claim *claim, message *m) {
    const lf_blueprint *bp = engine->blueprint;
    m->mail = mail_of(claim->effect, bp);
    m->reason = NULL;
    if (m->mail.template_ == LF_NO_INDEX) {
        return LF_OK; /* no message, or of a template that the blueprint no longer has */
    }
    lf_status status = lf_engine_load(engine, claim->contact);
    if (status == LF_OK) {
        lf_str topic = m->mail.sequence == LF_NO_INDEX ? (lf_str){NULL, 0} : bp->sequences[m->mail.sequence].topic;
        m->reason = lf_flow_forbids(bp, engine->contact, m->mail.template_, topic);
    }
    return status == LF_E_NOTFOUND ? LF_OK : status;
}

static int64_t pause_of(const lf_engine *engine, const lf_claim *claim, const lf_receipt *receipt) {
    int64_t pause = engine->retry;
    for (int64_t i = 0; i < claim->attempts && pause < LF_LONGEST_PAUSE; i++) {
        pause *= 2;
    }
    pause = receipt->after > 0 ? receipt->after : pause;
    return pause < LF_LONGEST_PAUSE ? pause : LF_LONGEST_PAUSE;
}

static lf_status bury(lf_engine *engine, const lf_claim *claim, int64_t now, message *m) {
    bool path = m->mail.template_ != LF_NO_INDEX && m->mail.sequence != LF_NO_INDEX &&
                engine->blueprint->sequences[m->mail.sequence].on_failure.n > 0;
    return path ? settle_with(engine, claim, LF_OUTCOME_DEAD, now, m, fail)
                : settle(engine, claim, LF_OUTCOME_DEAD, 0);
}

static lf_status hand_over(lf_engine *engine, const lf_claim *claim, int64_t now) {
    message m;
    lf_receipt receipt = {.retry = false};
    lf_status status = look_again(engine, claim, &m);
    if (status != LF_OK) {
        return status;
    }
    bool is_send = strcmp(claim->effect->kind.p, "send") == 0;
    if (is_send && m.reason != NULL) {
        return settle_with(engine, claim, LF_OUTCOME_DONE, now, &m, skip);
    }
    m.mail.template_ = is_send ? m.mail.template_ : LF_NO_INDEX;
    lf_status delivered = engine->delivery.deliver(engine->delivery.user, claim->effect, &receipt);
    if (receipt.refused || ((receipt.retry || delivered < 0) && claim->attempts + 1 >= engine->most_attempts)) {
        status = bury(engine, claim, now, &m);
    } else if (receipt.retry || delivered < 0) {
        status = settle(engine, claim, LF_OUTCOME_RETRY, lf_sat_add(now, pause_of(engine, claim, &receipt)));
    } else {
        status = settle(engine, claim, LF_OUTCOME_DONE, 0);
    }
    return status != LF_OK ? status : delivered < 0 ? delivered : LF_OK;
}

static lf_status hand_over_locked(lf_engine *engine, const lf_claim *claim, int64_t now) {
    const lf_store *store = &engine->store;
    if (store->lock == NULL) {
        return hand_over(engine, claim, now);
    }
    lf_status status = store->lock(store->user, engine->tenant.p, claim->contact.p, claim->contact.n);
    if (status == LF_OK) {
        status = hand_over(engine, claim, now);
        store->unlock(store->user, engine->tenant.p, claim->contact.p, claim->contact.n);
    }
    return status;
}

static lf_status deliver_some(lf_engine *engine, int64_t now, size_t limit, size_t *done, bool *more) {
    lf_claims_clear(&engine->claims);
    lf_status status = engine->store.claim_effects(engine->store.user, engine->tenant.p, now,
                                                   lf_sat_add(now, engine->lease), limit, &engine->claims);
    *more = engine->claims.items.n > 0;
    for (uint32_t i = 0; status == LF_OK && i < engine->claims.items.n; i++) {
        status = hand_over_locked(engine, &engine->claims.items.items[i], now);
        *done += status == LF_OK;
    }
    return status;
}

lf_status lf_engine_deliver(lf_engine *engine, int64_t now, size_t limit, size_t *done) {
    size_t unheard, *count = done == NULL ? &unheard : done;
    *count = 0;
    if (engine == NULL || engine->delivery.deliver == NULL) {
        return LF_E_ARG;
    }
    lf_status status = lf_engine_begin(engine, &now);
    if (status != LF_OK) {
        return status;
    }
    bool more = true;
    while (status == LF_OK && more && *count < limit) {
        size_t left = limit - *count;
        status = deliver_some(engine, now, left < LF_BATCH ? left : LF_BATCH, count, &more);
    }
    return lf_engine_end(engine, status);
}

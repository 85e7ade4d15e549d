/* SPDX-License-Identifier: MIT */
/* Load, step, commit: events taken in and contacts woken. */
#include "engine/engine.h"

lf_status lf_engine_work(lf_engine *engine, lf_str contact, lf_work *work) {
    lf_status status = LF_E_CONFLICT;
    char id[256]; /* `contact` may lie in what loading overwrites */
    if (!lf_person_id_valid(contact)) {
        return LF_E_ARG;
    }
    memcpy(id, contact.p, contact.n);
    for (unsigned i = 0; i < LF_REDO && status == LF_E_CONFLICT; i++) {
        work->nothing = false;
        status = lf_engine_load(engine, (lf_str){id, contact.n});
        if (status == LF_OK || (status == LF_E_NOTFOUND && work->may_be_new)) {
            status = work->run(engine, work);
            engine->errors += lf_flow_errors(engine->flow);
        }
        if (status != LF_OK || work->nothing) {
            return status;
        }
        status = lf_engine_commit(engine, work->settled);
        if (status == LF_E_UNKNOWN) {
            status = lf_engine_was_done(engine);
        }
    }
    return status;
}

/* ---- events ---- */
typedef struct taking {
    const lf_event *event;
    lf_diags *diags;
    int32_t *taken;
} taking;

static lf_status take(lf_engine *engine, lf_work *work) {
    const taking *t = work->ctx;
    lf_status status = lf_flow_event(engine->flow, engine->contact, t->event, work->now, t->diags, t->taken);
    work->nothing = status == LF_OK && (*t->taken == LF_TAKEN_DUPLICATE || *t->taken == LF_TAKEN_CHANGED_DUPLICATE);
    return status;
}

lf_status lf_engine_take(lf_engine *engine, const lf_event *event, int64_t now, int32_t *taken,
                         lf_diagnostics *diagnostics) {
    int32_t unheard;
    taking t = {event, diagnostics == NULL ? NULL : &diagnostics->diags, taken == NULL ? &unheard : taken};
    *t.taken = LF_TAKEN_NEW;
    if (engine == NULL || event == NULL || !event->ready || event->blueprint != engine->blueprint) {
        return LF_E_ARG;
    }
    lf_status status = lf_engine_begin(engine, &now);
    if (status != LF_OK) {
        return status;
    }
    lf_work work = {.run = take, .may_be_new = true, .now = now, .ctx = &t};
    status = lf_engine_work(engine, event->contact, &work);
    if (status == LF_E_UNKNOWN && event->id.n > 0) {
        status = lf_engine_work(engine, event->contact, &work); /* if it is in, it is a duplicate now */
        *t.taken = status == LF_OK && *t.taken == LF_TAKEN_DUPLICATE ? LF_TAKEN_NEW : *t.taken;
    }
    return lf_engine_end(engine, status);
}

lf_status lf_engine_take_json(lf_engine *engine, const char *json, size_t json_len, uint32_t line, int64_t now,
                              int32_t *taken, lf_diagnostics *diagnostics) {
    lf_event *event = NULL;
    if (engine == NULL) {
        return LF_E_ARG;
    }
    lf_status status = lf_event_new(engine->blueprint, &event);
    if (status == LF_OK) {
        status = lf_event_parse(event, json, json_len, line, diagnostics);
    }
    if (status == LF_OK) {
        status = lf_engine_take(engine, event, now, taken, diagnostics);
    } else if (taken != NULL) {
        *taken = status == LF_E_NOTFOUND ? LF_TAKEN_IGNORED : LF_TAKEN_NEW;
    }
    lf_event_free(event);
    return status == LF_E_NOTFOUND ? LF_OK : status;
}

/* ---- time ---- */
static lf_status wake(lf_engine *engine, lf_work *work) {
    return lf_flow_wake(engine->flow, engine->contact, work->now);
}

lf_status lf_engine_wake(lf_engine *engine, const char *contact, size_t contact_len, int64_t now) {
    if (engine == NULL || contact == NULL) {
        return LF_E_ARG;
    }
    lf_status status = lf_engine_begin(engine, &now);
    if (status != LF_OK) {
        return status;
    }
    lf_work work = {.run = wake, .now = now};
    status = lf_engine_work(engine, (lf_str){contact, contact_len}, &work);
    return lf_engine_end(engine, status);
}

static lf_status run_some(lf_engine *engine, int64_t now, size_t limit, size_t *done, bool *more) {
    lf_claims_clear(&engine->claims);
    lf_status status = engine->store.claim_due(engine->store.user, engine->tenant.p, now,
                                               lf_sat_add(now, engine->lease), limit, &engine->claims);
    *more = engine->claims.items.n > 0;
    for (uint32_t i = 0; status == LF_OK && i < engine->claims.items.n; i++) {
        lf_work work = {.run = wake, .now = now};
        status = lf_engine_work(engine, engine->claims.items.items[i].contact, &work);
        *done += status == LF_OK;
        status = status == LF_E_NOTFOUND ? LF_OK : status; /* it has gone meanwhile */
    }
    return status;
}

lf_status lf_engine_run_due(lf_engine *engine, int64_t now, size_t limit, size_t *done) {
    size_t unheard, *count = done == NULL ? &unheard : done;
    *count = 0;
    if (engine == NULL) {
        return LF_E_ARG;
    }
    lf_status status = lf_engine_begin(engine, &now);
    if (status != LF_OK) {
        return status;
    }
    bool more = true;
    while (status == LF_OK && more && *count < limit) {
        size_t left = limit - *count;
        status = run_some(engine, now, left < LF_BATCH ? left : LF_BATCH, count, &more);
    }
    return lf_engine_end(engine, status);
}

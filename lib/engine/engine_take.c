/* SPDX-License-Identifier: MIT */
/* Events taken in, and contacts woken. */
#include "engine/engine_internal.h"

/* ---- events ---- */
static lf_status take(lf_engine *engine, lf_work *work) {
    lf_status status = lf_flow_event(engine->flow, engine->contact, work->event, work->now,
                                     work->ctx, &work->taken);
    work->nothing = work->taken == LF_TAKEN_DUPLICATE || work->taken == LF_TAKEN_CHANGED_DUPLICATE;
    return lf_diags_end(work->ctx, status);
}

/* In a call already. */
static lf_status take_event(lf_engine *engine, const lf_event *event, int64_t now, int32_t *taken,
                            lf_diagnostics *diagnostics) {
    lf_diags *diags = diagnostics == NULL ? NULL : &diagnostics->diags;
    lf_work work = {.run = take, .event = event, .now = now, .ctx = diags};
    lf_status status = lf_engine_work(engine, event->contact, &work);
    *taken = status == LF_OK ? work.taken : LF_TAKEN_NEW;
    return status;
}

lf_status lf_engine_take(lf_engine *engine, const lf_event *event, int64_t now, int32_t *taken,
                         lf_diagnostics *diagnostics) {
    int32_t unheard, *as = taken == NULL ? &unheard : taken;
    *as = LF_TAKEN_NEW;
    if (engine == NULL || event == NULL || !event->ready || event->blueprint != engine->blueprint) {
        return LF_E_ARG;
    }
    lf_status status = lf_engine_begin(engine, &now);
    if (status != LF_OK) {
        return status;
    }
    return lf_engine_end(engine, take_event(engine, event, now, as, diagnostics));
}

lf_status lf_engine_take_json(lf_engine *engine, const char *json, size_t json_len, uint32_t line,
                              int64_t now, int32_t *taken, lf_diagnostics *diagnostics) {
    int32_t unheard, *as = taken == NULL ? &unheard : taken;
    *as = LF_TAKEN_NEW;
    if (engine == NULL || json == NULL) {
        return LF_E_ARG;
    }
    lf_status status = lf_engine_begin(engine, &now);
    if (status != LF_OK) {
        return status;
    }
    status = lf_event_parse(engine->event, json, json_len, line, diagnostics);
    if (status == LF_OK) {
        status = take_event(engine, engine->event, now, as, diagnostics);
    } else if (status == LF_E_NOTFOUND) {
        *as = LF_TAKEN_IGNORED;
        status = LF_OK;
    }
    return lf_engine_end(engine, status);
}

/* ---- time ---- */
static lf_status wake(lf_engine *engine, lf_work *work) {
    return lf_flow_wake(engine->flow, engine->contact, work->now);
}

lf_status lf_engine_wake(lf_engine *engine, const char *contact, size_t contact_len, int64_t now) {
    lf_str id = {contact, contact_len};
    if (engine == NULL || contact == NULL || !lf_person_id_valid(id)) {
        return LF_E_ARG;
    }
    lf_status status = lf_engine_begin(engine, &now);
    if (status != LF_OK) {
        return status;
    }
    lf_work work = {.run = wake, .now = now};
    return lf_engine_end(engine, lf_engine_work(engine, id, &work));
}

static lf_status wake_claimed(lf_engine *engine, lf_str contact, int64_t now, size_t *done) {
    lf_work work = {.run = wake, .claimed = true, .now = now};
    if (!lf_person_id_valid(contact)) {
        return LF_E_CORRUPT;
    }
    lf_status status = lf_engine_work(engine, contact, &work);
    *done += status == LF_OK;
    return status == LF_E_NOTFOUND && !work.found ? LF_OK : status; /* it has gone meanwhile */
}

/* One batch of claims, to its end: a contact that fails must not keep the others waiting. Returns how many
 * were claimed. */
static size_t run_some(lf_engine *engine, int64_t now, size_t limit, size_t *done,
                       lf_status *first) {
    lf_status status = lf_engine_claim_due(engine, now, limit);
    size_t n = engine->claims.items.n;
    *first = *first == LF_OK ? status : *first;
    for (size_t i = 0; i < n; i++) {
        lf_str contact = engine->claims.items.items[i].contact;
        lf_engine_note(engine, first, wake_claimed(engine, contact, now, done), contact);
    }
    return n;
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
    for (size_t n = 1; n > 0 && limit > 0; limit -= n < limit ? n : limit) {
        n = run_some(engine, now, limit < LF_BATCH ? limit : LF_BATCH, count, &status);
    }
    return lf_engine_end(engine, status);
}

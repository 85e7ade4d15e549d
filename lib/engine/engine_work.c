/* SPDX-License-Identifier: MIT */
/* Load, work, commit: the loop behind every change of a contact. */
#include "engine/engine_internal.h"

static bool to_be_redone(lf_status status) {
    return status == LF_E_CONFLICT || status == LF_E_UNKNOWN;
}

/* Loads the contact, and finds out whether an earlier try of this very work was done after all. */
static lf_status load(lf_engine *engine, lf_str contact, const lf_work *work,
                      enum lf_recognised *earlier) {
    bool doubted = lf_doubt_is_of(&engine->doubt, work);
    lf_status status = lf_engine_load(engine, contact);
    if (status == LF_E_NOTFOUND && work->event != NULL) {
        status = LF_OK;
    }
    *earlier = status == LF_OK && doubted ? lf_doubt_look(engine) : LF_NOT_DONE;
    return status;
}

/* It is in. What an earlier call did is a duplicate now, where an id says so. */
static int32_t recognised(const lf_engine *engine, const lf_work *work, bool in_this_call) {
    return in_this_call || work->event->id.n == 0 ? engine->doubt.taken : LF_TAKEN_DUPLICATE;
}

static lf_status work_until_done(lf_engine *engine, lf_str contact, lf_work *work) {
    lf_status status = LF_E_CONFLICT;
    for (unsigned i = 0; i < LF_REDO && to_be_redone(status); i++) {
        enum lf_recognised earlier;
        status = load(engine, contact, work, &earlier);
        if (status != LF_OK) {
            return status;
        }
        if (earlier != LF_NOT_DONE) {
            work->taken = recognised(engine, work, i > 0);
            return earlier == LF_WAS_DONE ? LF_OK : LF_E_UNKNOWN;
        }
        work->nothing = false;
        work->found = true;
        status = work->run(engine, work);
        if (status != LF_OK || work->nothing) {
            return status;
        }
        status = lf_engine_commit(engine, work);
        engine->errors += status == LF_OK ? lf_flow_errors(engine->flow) : 0;
    }
    return status;
}

lf_status lf_engine_work(lf_engine *engine, lf_str contact, lf_work *work) {
    lf_status status = work_until_done(engine, contact, work);
    if (lf_doubt_is_of(&engine->doubt, work)) {
        if (status == LF_OK) {
            engine->doubt.open = false;
        } else if (engine->doubt.unknown) {
            status = LF_E_UNKNOWN; /* an earlier commit may still turn out to be done */
        }
    }
    return status;
}

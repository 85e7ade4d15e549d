/* SPDX-License-Identifier: MIT */
/* Messages that did not arrive (SPEC 9.1, 11): whose `on_failure` runs, once for each, whoever tells of it first. */
#include "flow/flow_internal.h"
#include "time/timing.h"

#define LF_FAILURE_REACH (30 * LF_MS_DAY) /* so long a failure may be told */
#define LF_FAILURES 100u                  /* of so many messages, the newest */

uint16_t lf_failure_path(const lf_flow *flow, uint16_t sequence) {
    return sequence != LF_NO_INDEX && flow->blueprint->sequences[sequence].on_failure.n > 0
               ? sequence
               : LF_NO_INDEX;
}

void lf_failures_forget(lf_flow *flow) {
    lf_contact *work = flow->work;
    uint32_t newer = 0;
    for (uint32_t i = work->sent.n; i > 0; i--) {
        lf_sent *sent = &work->sent.items[i - 1];
        if (sent->sequence != LF_NO_INDEX &&
            (newer == LF_FAILURES || lf_sat_sub(work->clock, sent->at) >= LF_FAILURE_REACH)) {
            sent->sequence = LF_NO_INDEX;
        }
        newer += sent->sequence != LF_NO_INDEX;
    }
}

void lf_failure_run(lf_flow *flow, lf_str key) {
    lf_contact *work = flow->work;
    char own[LF_KEY_SIZE];
    lf_failures_forget(flow); /* the last input may be long ago */
    for (uint32_t i = 0; i < work->sent.n && flow->status == LF_OK; i++) {
        uint16_t sequence = work->sent.items[i].sequence;
        if (sequence == LF_NO_INDEX) {
            continue;
        }
        lf_fx_key(own, flow->tenant, lf_person_text(work, work->id), work->sent.items[i].number);
        if (lf_str_eq(key, lf_str_of(own))) {
            work->sent.items[i].sequence = LF_NO_INDEX;
            lf_actions_run(flow, flow->blueprint->sequences[sequence].on_failure);
            return;
        }
    }
}

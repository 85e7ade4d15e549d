/* SPDX-License-Identifier: MIT */
/* The bands that a contact lives through (SPEC 6.4): changes now, and when the next one comes. */
#include "flow/flow_internal.h"

static void change_band(lf_flow *flow, uint16_t score, uint16_t band, int64_t total) {
    uint16_t from = flow->work->bands.items[score];
    flow->work->bands.items[score] = band;
    lf_world_changed(&flow->world, LF_DEP_BAND);
    lf_flow_changed(flow, flow->blueprint->scores[score].name);
    if (band != LF_NO_INDEX) {
        lf_flow_fact(flow, LF_TRIGGER_BAND, band);
    }
    lf_fx *fx = lf_fx_add(flow, LF_FX_BAND);
    if (fx != NULL) {
        fx->index = score;
        fx->from = from;
        fx->to = band;
        fx->points = lf_points(total);
    }
}

/* The band that the contact is in now. */
static uint16_t band_now(lf_flow *flow, uint16_t score, int64_t *total) {
    uint16_t present = flow->work->bands.items[score];
    const lf_score_now *now =
        flow->blueprint->scores[score].n_bands == 0 ? NULL : lf_score_look(&flow->world, score);
    if (now == NULL) {
        lf_flow_fail(flow, flow->world.failed);
        return present;
    }
    *total = now->total;
    return lf_score_band_from(flow->blueprint, score, now->total, present);
}

void lf_bands_run(lf_flow *flow) {
    for (uint32_t s = 0; s < flow->blueprint->n_scores && flow->status == LF_OK; s++) {
        int64_t total = 0;
        uint16_t band = band_now(flow, (uint16_t)s, &total);
        if (band != flow->work->bands.items[s]) {
            change_band(flow, (uint16_t)s, band, total);
        }
    }
}

bool lf_bands_adopt(lf_flow *flow) {
    bool any = false;
    for (uint32_t s = 0; s < flow->blueprint->n_scores && flow->status == LF_OK; s++) {
        int64_t total;
        uint16_t band = band_now(flow, (uint16_t)s, &total);
        if (band != flow->work->bands.items[s]) {
            flow->work->bands.items[s] = band;
            lf_world_changed(&flow->world, LF_DEP_BAND);
            any = true;
        }
    }
    return any;
}

/*
 * When the next band changes, as far as it comes before everything else that is due. Where gains and losses hold
 * a total close to a band's limit that may take long to find out: then somebody is woken to look on.
 */
void lf_bands_wait(lf_flow *flow) {
    for (uint32_t i = 0; i < flow->blueprint->n_scores && flow->status == LF_OK; i++) {
        if (flow->blueprint->scores[i].n_bands == 0) {
            continue;
        }
        uint16_t score = (uint16_t)i;
        int64_t next = lf_score_next_band(&flow->world, score, flow->work->bands.items[i],
                                          flow->wait.until, LF_BAND_LOOKS);
        flow->wait.until = next < flow->wait.until ? next : flow->wait.until;
        lf_flow_fail(flow, flow->world.failed);
    }
}

/* SPDX-License-Identifier: MIT */
/* How many messages are enough (SPEC 9.5): whether there is room, and what was sent for as long as a cap may count it. */
#include "flow/flow_internal.h"

static bool is_for(const lf_cap *cap, uint16_t class_) {
    return cap->class_ == LF_NO_INDEX || cap->class_ == class_;
}

/* It is full if the messages that it counts, the newest first, are `max` within the period. */
static bool is_full(lf_flow *flow, const lf_cap *cap, uint8_t channel, int64_t *room) {
    const lf_sent *sent = flow->work->sent.items;
    bool rolls = cap->period == LF_CAP_ROLLING;
    int64_t from = lf_sat_sub(flow->work->clock, cap->reach) + 1, last = LF_TIME_NONE;
    uint32_t n = 0;
    *room = LF_TIME_NONE;
    if (!rolls) {
        lf_local_period(flow, cap->period, &from, room);
    }
    for (uint32_t i = flow->work->sent.n; n < cap->max; i--) {
        if (i == 0 || sent[i - 1].at < from) {
            return false;
        }
        if (sent[i - 1].counts && sent[i - 1].channel == channel &&
            is_for(cap, sent[i - 1].class_)) {
            last = sent[i - 1].at;
            n++;
        }
    }
    *room = rolls ? lf_sat_add(last, cap->reach) : *room;
    return true;
}

bool lf_caps_full(lf_flow *flow, uint16_t template_, int64_t *due) {
    const lf_template_def *def = &flow->blueprint->templates[template_];
    const lf_caps *caps = &flow->blueprint->caps[def->channel];
    for (uint32_t i = 0; def->capped && i < caps->n; i++) {
        const lf_cap *cap = &caps->items[i];
        if (is_for(cap, def->class_) && is_full(flow, cap, def->channel, due)) {
            if (cap->skip || cap->max == 0 || *due > LF_TIME_MAX) {
                *due = LF_TIME_NONE;
            }
            return true;
        }
    }
    return false;
}

bool lf_caps_any(const lf_blueprint *blueprint, uint16_t template_) {
    const lf_template_def *def = &blueprint->templates[template_];
    const lf_caps *caps = &blueprint->caps[def->channel];
    for (uint32_t i = 0; def->capped && i < caps->n; i++) {
        if (is_for(&caps->items[i], def->class_)) {
            return true;
        }
    }
    return false;
}

/* May a cap yet count it? */
static bool counts(const lf_flow *flow, const lf_sent *sent) {
    const lf_caps *caps = &flow->blueprint->caps[sent->channel];
    for (uint32_t i = 0; sent->counts && i < caps->n; i++) {
        const lf_cap *cap = &caps->items[i];
        if (is_for(cap, sent->class_) && lf_sat_add(sent->at, cap->reach) > flow->work->clock) {
            return true;
        }
    }
    return false;
}

void lf_caps_count(lf_flow *flow, uint16_t template_, const lf_fx *fx) {
    const lf_template_def *def = &flow->blueprint->templates[template_];
    lf_sent sent = {.at = fx->at,
                    .number = fx->number,
                    .class_ = def->class_,
                    .sequence = lf_failure_path(flow, fx->sequence),
                    .channel = def->channel,
                    .counts = def->capped};
    if (counts(flow, &sent) || sent.sequence != LF_NO_INDEX) {
        lf_flow_fail(flow, lf_person_add_sent(flow->work, &sent));
    }
}

void lf_caps_forget(lf_flow *flow) {
    lf_sent *sent = flow->work->sent.items;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < flow->work->sent.n; i++) {
        if (counts(flow, &sent[i]) || sent[i].sequence != LF_NO_INDEX) {
            sent[kept++] = sent[i];
        }
    }
    flow->work->sent.n = kept;
}

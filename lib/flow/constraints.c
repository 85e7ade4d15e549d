/* SPDX-License-Identifier: MIT */
/* The hard constraints of a message (SPEC 9.5), looked at when it is planned and at hand-over. */
#include "flow/flow_internal.h"

static uint8_t status_of(const lf_consent *consent) {
    return consent == NULL ? LF_CONSENT_NONE : consent->status;
}

static bool consents(const lf_blueprint *blueprint, const lf_contact *contact, uint8_t channel,
                     lf_str topic) {
    uint8_t whole = status_of(lf_person_consent(contact, channel, (lf_str){NULL, 0}));
    uint8_t part =
        topic.n == 0 ? LF_CONSENT_NONE : status_of(lf_person_consent(contact, channel, topic));
    if (blueprint->opt_out[channel]) {
        return whole != LF_CONSENT_DENIED && part != LF_CONSENT_DENIED;
    }
    return whole == LF_CONSENT_GRANTED && (part == LF_CONSENT_NONE || part == LF_CONSENT_GRANTED);
}

lf_str lf_topic_of(const lf_blueprint *blueprint, uint16_t sequence) {
    return sequence == LF_NO_INDEX ? (lf_str){NULL, 0} : blueprint->sequences[sequence].topic;
}

const char *lf_flow_forbids_on(const lf_blueprint *blueprint, const lf_contact *contact,
                               uint8_t channel, bool transactional, lf_str topic) {
    if (lf_person_suppressed(contact)) {
        return "suppressed";
    }
    if (!transactional && !consents(blueprint, contact, channel, topic)) {
        return "consent";
    }
    uint16_t address = blueprint->address[channel];
    if (address != LF_NO_INDEX && lf_person_field(contact, address) == NULL) {
        return "no_address";
    }
    return NULL;
}

const char *lf_flow_forbids(const lf_blueprint *blueprint, const lf_contact *contact,
                            uint16_t template_, lf_str topic) {
    const lf_template_def *def = &blueprint->templates[template_];
    return lf_flow_forbids_on(blueprint, contact, def->channel, def->transactional, topic);
}

/* It is the channel that cannot be had, and another one might. */
static bool is_of_channel(const char *reason) {
    return strcmp(reason, "consent") == 0 || strcmp(reason, "no_address") == 0;
}

uint16_t lf_flow_fallback(const lf_blueprint *blueprint, const lf_contact *contact,
                          uint16_t template_, lf_str topic, const char *reason) {
    while (template_ != LF_NO_INDEX && reason != NULL && is_of_channel(reason)) {
        template_ = blueprint->templates[template_].fallback;
        reason =
            template_ == LF_NO_INDEX ? NULL : lf_flow_forbids(blueprint, contact, template_, topic);
    }
    return reason == NULL ? template_ : LF_NO_INDEX;
}

/* SPDX-License-Identifier: MIT */
/* Decoding: states, bands, segments. */
#include "contact/decoder.h"

static void get_held(lf_decoder *d) {
    uint32_t n = lf_get_count(d);
    for (uint32_t i = 0; i < n && lf_decode_going(d); i++) {
        int32_t machine = lf_get_name(d, LF_N_MACHINE);
        uint64_t transition = lf_read_varint(&d->in);
        lf_decode_check(d, transition < LF_NO_INDEX);
        /* What is not entered, for its state is gone, holds nothing back. */
        if (machine != LF_UNKNOWN && lf_decode_going(d) &&
            d->contact->machines.items[machine].state != LF_NO_INDEX) {
            lf_held *held = lf_decode_append(d, &d->contact->held, sizeof *held);
            if (held != NULL) {
                *held = (lf_held){(uint16_t)machine, (uint16_t)transition};
            }
        }
    }
}

/* Two machines of old may be one now: it is in the state that was entered last. */
static void get_machine(lf_decoder *d, int32_t machine) {
    const lf_schema *schema = d->contact->schema;
    int32_t state = lf_get_name(d, LF_N_STATE);
    int64_t since = lf_get_time(d);
    if (!lf_decode_going(d) || machine == LF_UNKNOWN || state == LF_UNKNOWN ||
        schema->state_machine[state] != machine) {
        return;
    }
    lf_machine_state *there = &d->contact->machines.items[machine];
    if (there->state == LF_NO_INDEX || since > there->since) {
        *there = (lf_machine_state){(uint16_t)state, since};
    }
}

void lf_get_places(lf_decoder *d) {
    const lf_schema *schema = d->contact->schema;
    for (uint32_t i = 0; i < d->n_names[LF_N_MACHINE] && lf_decode_going(d); i++) {
        get_machine(d, d->numbers[LF_N_MACHINE][i]);
    }
    get_held(d);
    for (uint32_t i = 0; i < d->n_names[LF_N_SCORE] && lf_decode_going(d); i++) {
        int32_t score = d->numbers[LF_N_SCORE][i], band = lf_get_name(d, LF_N_BAND);
        if (score != LF_UNKNOWN && band != LF_UNKNOWN && schema->band_score[band] == score) {
            d->contact->bands.items[score] = (uint16_t)band;
        }
    }
    for (uint32_t i = 0; i < d->n_names[LF_N_SEGMENT] && lf_decode_going(d); i++) {
        if (d->numbers[LF_N_SEGMENT][i] != LF_UNKNOWN) {
            d->contact->segments.items[d->numbers[LF_N_SEGMENT][i]] = 1;
        }
    }
}

/* SPDX-License-Identifier: MIT */
/* The band of a total, and when it changes (SPEC 6.4, 6.5). */
#include "score/score_internal.h"

uint16_t lf_score_band(const lf_blueprint *blueprint, uint16_t score, int64_t total) {
    const lf_score_def *def = &blueprint->scores[score];
    for (uint16_t i = def->first_band; i < def->first_band + def->n_bands; i++) {
        if (blueprint->bands[i].from <= total) {
            return i;
        }
    }
    return LF_NO_INDEX;
}

uint16_t lf_score_band_from(const lf_blueprint *blueprint, uint16_t score, int64_t total, uint16_t band) {
    uint16_t candidate = lf_score_band(blueprint, score, total);
    if (band == LF_NO_INDEX || band == candidate || total < blueprint->bands[band].until) {
        return candidate;
    }
    bool higher = candidate != LF_NO_INDEX && blueprint->bands[candidate].from > blueprint->bands[band].from;
    return higher ? candidate : band;
}

int64_t lf_score_next_band(lf_world *world, uint16_t score, uint16_t band, int64_t limit, uint32_t most) {
    int64_t start = world->t, t = start;
    for (uint32_t i = 0;; i++) {
        const lf_score_now *now = lf_score_look(world, score);
        t = now == NULL ? LF_TIME_NONE : now->until;
        if (t >= limit || t == LF_TIME_NONE || i == most) {
            break;
        }
        lf_world_at(world, t);
        now = lf_score_look(world, score);
        if (now == NULL || lf_score_band_from(world->blueprint, score, now->total, band) != band) {
            break;
        }
    }
    lf_world_at(world, start);
    return t;
}

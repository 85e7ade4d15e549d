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

uint16_t lf_score_band_from(const lf_blueprint *blueprint, uint16_t score, int64_t total,
                            uint16_t band) {
    uint16_t candidate = lf_score_band(blueprint, score, total);
    if (band == LF_NO_INDEX || band == candidate || total < blueprint->bands[band].until) {
        return candidate;
    }
    bool higher =
        candidate != LF_NO_INDEX && blueprint->bands[candidate].from > blueprint->bands[band].from;
    return higher ? candidate : band;
}

#define LF_STRIDES 8u /* changes of the total that are looked at one by one */

static bool changes(lf_world *world, uint16_t score, uint16_t band, int64_t t) {
    lf_world_at(world, t);
    const lf_score_now *now = lf_score_look(world, score);
    return now == NULL || lf_score_band_from(world->blueprint, score, now->total, band) != band;
}

/* The first time in (from, to] at which it has changed; at `to` it has, and the total only falls. */
static int64_t first_change(lf_world *world, uint16_t score, uint16_t band, int64_t from,
                            int64_t to) {
    while (to - from > 1) {
        int64_t middle = from + (to - from) / 2;
        if (changes(world, score, band, middle)) {
            to = middle;
        } else {
            from = middle;
        }
    }
    return to;
}

/*
 * Most totals change a few times until something else is due, so they are looked at change by change. Where
 * that leads nowhere (a half-life is 256 changes), a total that only falls is looked at where its stretch ends.
 */
int64_t lf_score_next_band(lf_world *world, uint16_t score, uint16_t band, int64_t limit,
                           bool briefly) {
    bool falls = world->blueprint->scores[score].falls;
    int64_t start = world->t, t = start;
    for (uint32_t i = 0;; i++) {
        const lf_score_now *now = lf_score_look(world, score);
        int64_t from = t, turn = now == NULL ? LF_TIME_NONE : now->turn;
        t = now == NULL ? LF_TIME_NONE : now->until;
        if (i >= LF_STRIDES && falls && t < limit) {
            int64_t end = turn < limit ? turn : limit;
            end = end > LF_TIME_MAX ? LF_TIME_MAX : end - 1;
            if (changes(world, score, band, end)) {
                t = first_change(world, score, band, from, end);
                break;
            }
            t = turn;
        }
        if (t >= limit || t == LF_TIME_NONE || (briefly && !falls && i >= LF_STRIDES) ||
            changes(world, score, band, t)) {
            break;
        }
    }
    lf_world_at(world, start);
    return t;
}

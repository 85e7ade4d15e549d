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

#define LF_STRIDES 8u   /* changes of the total that are looked at one by one */
#define LF_HALVINGS 64u /* a time halved so often is nothing any more */

static bool is_other(const lf_world *world, uint16_t score, uint16_t band, int64_t total) {
    return lf_score_band_from(world->blueprint, score, total, band) != band;
}

static bool changes(lf_world *world, uint16_t score, uint16_t band, int64_t t) {
    lf_world_at(world, t);
    const lf_score_now *now = lf_score_look(world, score);
    return now == NULL || is_other(world, score, band, now->total);
}

/* Can it be another band at any time in (from, to]? */
static bool may_change(lf_world *world, uint16_t score, uint16_t band, int64_t from, int64_t to) {
    lf_world_at(world, from);
    return is_other(world, score, band, lf_score_bound(world, score, to, false)) ||
           is_other(world, score, band, lf_score_bound(world, score, to, true)) ||
           world->failed != LF_OK;
}

/*
 * The first time in (from, to], a part of one stretch, at which it changes, LF_TIME_NONE if it does not. When
 * *looks are used up, a time up to which it does not. Parts in which it cannot change are left out whole; the
 * others are halved, the earlier half first.
 */
static int64_t first_change(lf_world *world, uint16_t score, uint16_t band, int64_t from,
                            int64_t to, uint32_t *looks) {
    int64_t ends[LF_HALVINGS] = {to};
    for (uint32_t n = 1; n > 0 && world->failed == LF_OK;) {
        int64_t end = ends[n - 1];
        if ((*looks)-- == 0) {
            *looks = 0;
            return from + 1;
        }
        if (end - from == 1 && changes(world, score, band, end)) {
            return end;
        }
        if (end - from == 1 || !may_change(world, score, band, from, end)) {
            from = end;
            n--;
        } else {
            ends[n++] = from + (end - from) / 2;
        }
    }
    return LF_TIME_NONE;
}

/*
 * Most totals change a few times until something else is due, so they are looked at change by change. Where
 * that leads nowhere (a half-life is 256 changes), whole stretches are, in which nothing but decay moves them.
 */
int64_t lf_score_next_band(lf_world *world, uint16_t score, uint16_t band, int64_t limit,
                           uint32_t looks) {
    int64_t start = world->t, t = start;
    for (uint32_t i = 0;; i++) {
        const lf_score_now *now = lf_score_look(world, score);
        int64_t from = t, turn = now == NULL ? LF_TIME_NONE : now->turn;
        t = now == NULL ? LF_TIME_NONE : now->until;
        if (i >= LF_STRIDES && t < limit) {
            int64_t end = turn < limit ? turn : limit;
            end = end > LF_TIME_MAX ? LF_TIME_MAX : end - 1;
            int64_t change =
                end > from ? first_change(world, score, band, from, end, &looks) : LF_TIME_NONE;
            t = change == LF_TIME_NONE ? turn : change;
            if (change != LF_TIME_NONE) {
                break;
            }
        }
        if (t >= limit || t == LF_TIME_NONE || changes(world, score, band, t)) {
            break;
        }
    }
    lf_world_at(world, start);
    return t;
}

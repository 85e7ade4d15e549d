/* SPDX-License-Identifier: MIT */
/*
 * Idle periods (SPEC 6.3). Engagement times closer together than the idle grain lose no step and make
 * no reset, so the contact keeps runs of them, and only the gaps between runs are looked at.
 */
#include "score/score_internal.h"

static uint64_t steps(const lf_idle_def *def, int64_t from, int64_t to) {
    return def->every == 0 || to <= from ? 0 : (uint64_t)((to - from) / def->every);
}

static void find_reset(lf_idle *idle) {
    int64_t after = idle->def->reset_after;
    idle->reset = INT64_MIN;
    idle->engaged = idle->n_runs > 0;
    if (after == 0) {
        return;
    }
    if (idle->anchor != INT64_MAX && idle->t - idle->anchor >= after) {
        idle->reset = idle->anchor + after;
        idle->engaged = false;
        return;
    }
    for (uint32_t i = idle->n_runs; i > 1; i--) {
        if (idle->runs[i - 1].start - idle->runs[i - 2].end >= after) {
            idle->reset = idle->runs[i - 2].end + after;
            return;
        }
    }
    if (idle->n_runs > 0 && idle->has_origin && idle->runs[0].start - idle->origin >= after) {
        idle->reset = idle->origin + after;
    }
}

static void find_next(lf_idle *idle, const lf_contact *contact) {
    idle->next_run = idle->next_step = idle->next_reset = LF_TIME_NONE;
    if (idle->n_runs < contact->runs.n) {
        idle->next_run = contact->runs.items[idle->n_runs].start;
    }
    if (idle->anchor == INT64_MAX) {
        if (contact->idle_origin > idle->t && contact->idle_origin < idle->next_run) {
            idle->next_run = contact->idle_origin; /* the first gap begins there */
        }
        return;
    }
    if (idle->t < idle->anchor) {
        idle->next_run = idle->anchor; /* t lies within a run */
        return;
    }
    if (idle->def->every > 0) {
        int64_t idle_for = lf_sat_mul((int64_t)idle->present + 1, idle->def->every);
        idle->next_step = lf_sat_add(idle->anchor, idle_for);
    }
    if (idle->def->reset_after > 0 && idle->t - idle->anchor < idle->def->reset_after) {
        idle->next_reset = lf_sat_add(idle->anchor, idle->def->reset_after);
    }
}

void lf_idle_look(const lf_contact *contact, const lf_idle_def *def, int64_t t, lf_idle *out) {
    const lf_run *runs = contact->runs.items;
    uint32_t n = contact->runs.n;
    while (n > 0 && runs[n - 1].start > t) {
        n--;
    }
    *out = (lf_idle){.def = def, .runs = runs, .n_runs = n, .origin = contact->idle_origin, .t = t};
    out->has_origin = contact->idle_origin <= t && (n == 0 || runs[0].start > contact->idle_origin);
    out->anchor = n > 0 ? runs[n - 1].end : out->has_origin ? out->origin : INT64_MAX;
    out->present = out->anchor == INT64_MAX ? 0 : steps(def, out->anchor, t);
    find_reset(out);
    find_next(out, contact);
}

uint64_t lf_idle_lived(const lf_idle *idle, int64_t at) {
    uint64_t lived = idle->present;
    uint32_t i = idle->n_runs;
    if (idle->def->every == 0) {
        return 0;
    }
    for (; i > 0 && idle->runs[i - 1].start > at; i--) { /* the gap before this run */
        if (i > 1) {
            lived += steps(idle->def, idle->runs[i - 2].end, idle->runs[i - 1].start);
        } else if (idle->has_origin) {
            lived += steps(idle->def, idle->origin, idle->runs[0].start);
        }
    }
    if (i > 0) {
        return lived - steps(idle->def, idle->runs[i - 1].end, at);
    }
    return idle->has_origin ? lived - steps(idle->def, idle->origin, at) : lived;
}

static bool resets_in(const lf_idle *idle, int64_t a, int64_t b, int64_t from, int64_t to) {
    int64_t reset = lf_sat_add(a, idle->def->reset_after);
    return reset <= b && reset > from && reset <= to;
}

bool lf_idle_resets(const lf_idle *idle, int64_t from, int64_t to) {
    if (idle->def->reset_after == 0) {
        return false;
    }
    for (uint32_t i = 1; i < idle->n_runs; i++) {
        if (resets_in(idle, idle->runs[i - 1].end, idle->runs[i].start, from, to)) {
            return true;
        }
    }
    if (idle->has_origin &&
        resets_in(idle, idle->origin, idle->n_runs > 0 ? idle->runs[0].start : idle->t, from, to)) {
        return true;
    }
    return idle->anchor != INT64_MAX && resets_in(idle, idle->anchor, idle->t, from, to);
}

int64_t lf_idle_share(const lf_idle_def *def, int64_t value, uint64_t n) {
    if (def->every == 0 || n == 0) {
        return value;
    }
    uint64_t magnitude = value < 0 ? (uint64_t)0 - (uint64_t)value : (uint64_t)value;
    int64_t share = (int64_t)lf_share_of(magnitude, lf_shares_at(&def->shares, n));
    return value < 0 ? -share : share;
}

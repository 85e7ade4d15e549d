/* SPDX-License-Identifier: MIT */
/* Sets of characters as ranges, and the classes that have a name. */
#include "regex/regex_internal.h"

void lf_ranges_add(lf_ranges *set, uint32_t lo, uint32_t hi) {
    if (set->n == set->cap) {
        uint32_t cap = set->cap == 0 ? 4 : 2 * set->cap;
        lf_range *p = lf_arena_alloc(set->arena, cap * sizeof *p);
        if (p == NULL) {
            set->failed = true;
            return;
        }
        if (set->n > 0) {
            memcpy(p, set->p, set->n * sizeof *p);
        }
        set->p = p;
        set->cap = cap;
    }
    set->p[set->n++] = (lf_range){lo, hi};
}

static void sift(lf_range *p, uint32_t at, uint32_t n) {
    for (uint32_t kid; (kid = 2 * at + 1) < n; at = kid) {
        kid += kid + 1 < n && p[kid + 1].lo > p[kid].lo;
        if (p[at].lo >= p[kid].lo) {
            return;
        }
        lf_range swap = p[at];
        p[at] = p[kid];
        p[kid] = swap;
    }
}

static void sort(lf_range *p, uint32_t n) {
    for (uint32_t i = n / 2; i-- > 0;) {
        sift(p, i, n);
    }
    for (uint32_t i = n; i-- > 1;) {
        lf_range swap = p[0];
        p[0] = p[i];
        p[i] = swap;
        sift(p, 0, i);
    }
}

void lf_ranges_normalize(lf_ranges *set) {
    uint32_t n = 0;
    sort(set->p, set->n);
    for (uint32_t i = 0; i < set->n; i++) {
        lf_range *last = n == 0 ? NULL : &set->p[n - 1];
        if (last == NULL || set->p[i].lo > last->hi + 1) {
            set->p[n++] = set->p[i];
        } else if (set->p[i].hi > last->hi) {
            last->hi = set->p[i].hi;
        }
    }
    set->n = n;
}

void lf_ranges_negate(lf_ranges *set) {
    lf_ranges outside = {.arena = set->arena, .failed = set->failed};
    uint32_t next = 0;
    lf_ranges_normalize(set);
    for (uint32_t i = 0; i <= set->n; i++) {
        uint32_t lo = i < set->n ? set->p[i].lo : LF_RUNE_MAX + 1;
        if (lo > next) {
            lf_ranges_add(&outside, next, lo - 1);
        }
        next = i < set->n ? set->p[i].hi + 1 : lo;
    }
    *set = outside;
}

static const struct {
    const char *name;
    lf_str pairs; /* first and last character of each range */
} named[] = {
    {"d", {"09", 2}},           {"s", {"\t\n\f\r  ", 6}},
    {"w", {"09AZ__az", 8}},     {"alnum", {"09AZaz", 6}},
    {"alpha", {"AZaz", 4}},     {"ascii", {"\0\x7f", 2}},
    {"blank", {"\t\t  ", 4}},   {"cntrl", {"\0\x1f\x7f\x7f", 4}},
    {"digit", {"09", 2}},       {"graph", {"!~", 2}},
    {"lower", {"az", 2}},       {"print", {" ~", 2}},
    {"punct", {"!/:@[`{~", 8}}, {"space", {"\t\r  ", 4}},
    {"upper", {"AZ", 2}},       {"word", {"09AZ__az", 8}},
    {"xdigit", {"09AFaf", 6}},
};

bool lf_ranges_named(lf_ranges *set, lf_str name, bool negated, bool fold) {
    lf_ranges it = {.arena = set->arena};
    for (size_t i = 0; i < LF_COUNT(named); i++) {
        if (!lf_str_eq(name, lf_str_of(named[i].name))) {
            continue;
        }
        for (size_t j = 0; j < named[i].pairs.n; j += 2) {
            lf_ranges_add(&it, (uint8_t)named[i].pairs.p[j], (uint8_t)named[i].pairs.p[j + 1]);
        }
        if (fold) {
            lf_ranges_fold(&it);
        }
        if (negated) {
            lf_ranges_negate(&it);
        }
        for (uint32_t j = 0; j < it.n; j++) {
            lf_ranges_add(set, it.p[j].lo, it.p[j].hi);
        }
        set->failed = set->failed || it.failed;
        return true;
    }
    return false;
}

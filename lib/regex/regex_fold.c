/* SPDX-License-Identifier: MIT */
/*
 * Upper and lower case: Unicode's simple case folding. Characters that fold to one are the same for a
 * pattern that ignores case, so K and k are the same as the Kelvin sign.
 */
#include "regex/regex_internal.h"

/* Entries in ascending order: first character, as the distance from the last of the entry before; twice the
 * length, and 1 if only each second character is meant; the distance to what they fold to. Unicode 15.0,
 * made by tests/regex/fold_table.py, which also tests it. */
/* clang-format off */
static const uint8_t folds[] = {
    65, 50, 64, 91, 1, 142, 12, 11, 44, 64, 2, 12, 64, 34, 93, 2, 4, 9, 2, 3, 29, 2, 3, 89, 2,
    2, 1, 241, 1, 1, 9, 2, 2, 1, 151, 4, 2, 1, 164, 3, 1, 5, 2, 2, 1, 156, 3, 1, 1, 2, 2, 2,
    154, 3, 1, 1, 2, 3, 1, 158, 1, 1, 1, 148, 3, 1, 1, 150, 3, 1, 1, 2, 2, 1, 154, 3, 1, 1, 158,
    3, 2, 1, 166, 3, 1, 1, 162, 3, 1, 1, 2, 4, 1, 166, 3, 1, 1, 170, 3, 2, 1, 172, 3, 1, 9, 2,
    2, 1, 180, 3, 1, 1, 2, 2, 1, 180, 3, 3, 1, 2, 2, 1, 180, 3, 1, 1, 2, 2, 2, 178, 3, 1, 5, 2,
    2, 1, 182, 3, 1, 1, 2, 4, 1, 2, 8, 1, 4, 1, 1, 2, 2, 1, 4, 1, 1, 2, 2, 1, 4, 1, 33, 2, 3,
    33, 2, 3, 1, 4, 1, 5, 2, 2, 1, 193, 1, 1, 1, 111, 1, 77, 2, 2, 1, 131, 2, 2, 33, 2, 8, 1,
    214, 168, 1, 1, 1, 2, 2, 1, 197, 2, 1, 1, 208, 168, 1, 3, 1, 2, 2, 1, 133, 3, 1, 1, 138, 1,
    1, 1, 142, 1, 1, 17, 2, 247, 1, 1, 232, 1, 43, 5, 2, 4, 1, 2, 9, 1, 232, 1, 7, 1, 76, 2, 4,
    74, 2, 1, 128, 1, 2, 2, 126, 2, 32, 64, 2, 16, 64, 23, 1, 2, 13, 1, 16, 1, 1, 59, 1, 1, 49,
    4, 1, 29, 1, 1, 43, 2, 45, 2, 2, 1, 107, 1, 1, 95, 3, 1, 119, 1, 1, 127, 2, 1, 2, 2, 1, 13,
    1, 1, 2, 3, 4, 131, 2, 1, 30, 160, 1, 1, 62, 64, 49, 65, 2, 10, 105, 2, 2, 1, 30, 1, 25, 2,
    3, 189, 1, 2, 3, 74, 96, 202, 22, 74, 192, 113, 2, 1, 192, 113, 6, 1, 192, 113, 171, 6, 10,
    15, 131, 17, 1, 155, 97, 1, 1, 153, 97, 1, 1, 135, 97, 1, 2, 131, 97, 1, 1, 133, 97, 1, 1,
    247, 96, 1, 1, 199, 96, 1, 1, 134, 167, 4, 8, 84, 255, 46, 3, 4, 255, 46, 193, 2, 169, 2, 2,
    7, 1, 115, 3, 1, 253, 118, 2, 189, 1, 2, 10, 14, 15, 9, 10, 15, 11, 14, 15, 9, 14, 15, 9,
    10, 15, 12, 13, 15, 9, 14, 15, 25, 14, 15, 9, 14, 15, 9, 14, 15, 9, 2, 15, 1, 2, 147, 1, 1,
    1, 17, 2, 1, 137, 112, 10, 6, 171, 1, 1, 1, 17, 12, 2, 15, 1, 2, 199, 1, 13, 2, 15, 1, 2,
    223, 1, 1, 1, 13, 12, 2, 255, 1, 1, 2, 251, 1, 1, 1, 17, 170, 2, 1, 185, 117, 4, 1, 253,
    130, 1, 1, 1, 139, 129, 1, 7, 1, 56, 46, 30, 32, 20, 1, 2, 179, 6, 50, 52, 177, 14, 94, 96,
    49, 1, 2, 2, 1, 237, 167, 1, 1, 1, 203, 59, 1, 1, 205, 167, 1, 3, 9, 2, 2, 1, 183, 168, 1,
    1, 1, 249, 167, 1, 1, 1, 189, 168, 1, 1, 1, 187, 168, 1, 2, 1, 2, 3, 1, 2, 9, 2, 253, 168,
    1, 1, 197, 1, 2, 9, 5, 2, 5, 1, 2, 206, 242, 1, 89, 2, 20, 53, 2, 136, 1, 25, 2, 4, 121, 2,
    11, 5, 2, 2, 1, 135, 168, 4, 1, 17, 2, 5, 1, 2, 2, 1, 207, 148, 5, 3, 5, 2, 4, 37, 2, 2, 1,
    135, 149, 5, 1, 1, 157, 149, 5, 1, 1, 149, 149, 5, 1, 1, 129, 149, 5, 1, 1, 135, 149, 5, 2,
    1, 163, 148, 5, 1, 1, 211, 148, 5, 1, 1, 169, 148, 5, 1, 1, 192, 14, 1, 29, 2, 2, 1, 95, 1,
    1, 133, 149, 5, 1, 1, 239, 168, 4, 1, 5, 2, 7, 1, 2, 6, 5, 2, 29, 1, 2, 251, 6, 158, 1, 159,
    223, 4, 226, 166, 1, 50, 64, 198, 9, 78, 80, 137, 1, 70, 80, 157, 1, 20, 78, 2, 28, 78, 2,
    12, 78, 2, 2, 78, 235, 13, 100, 128, 1, 238, 23, 62, 64, 129, 171, 1, 62, 64, 161, 245, 1,
    66, 68
};
/* clang-format on */

typedef struct fold {
    uint32_t lo, hi, step;
    int64_t distance;
} fold;

static fold next_fold(lf_reader *r, const fold *before) {
    fold next = {.lo = before->hi + (uint32_t)lf_read_varint(r)};
    uint32_t length = (uint32_t)lf_read_varint(r);
    next.hi = next.lo + length / 2;
    next.step = 1 + length % 2;
    next.distance = lf_read_svarint(r);
    return next;
}

/* The first of n sorted ranges that does not end before c. */
static uint32_t first_of(const lf_range *p, uint32_t n, uint32_t c) {
    uint32_t lo = 0;
    while (lo < n) {
        uint32_t middle = lo + (n - lo) / 2;
        if (p[middle].hi < c) {
            lo = middle + 1;
        } else {
            n = middle;
        }
    }
    return lo;
}

/* Adds what those of the first n ranges that are in lo..hi, or each second there, are at that distance. */
static void add_moved(lf_ranges *set, uint32_t n, fold from, int64_t distance) {
    for (uint32_t i = first_of(set->p, n, from.lo); i < n && set->p[i].lo <= from.hi; i++) {
        uint32_t lo = set->p[i].lo < from.lo ? from.lo : set->p[i].lo;
        uint32_t hi = set->p[i].hi > from.hi ? from.hi : set->p[i].hi;
        if (from.step == 1) {
            lf_ranges_add(set, (uint32_t)(lo + distance), (uint32_t)(hi + distance));
            continue;
        }
        for (uint32_t c = lo + (lo - from.lo) % 2; c <= hi; c += 2) {
            lf_ranges_add(set, (uint32_t)(c + distance), (uint32_t)(c + distance));
        }
    }
}

static void add_folds(lf_ranges *set, bool back) {
    uint32_t n = set->n;
    fold f = {0};
    for (lf_reader r = lf_read_from((lf_str){(const char *)folds, sizeof folds}); r.p < r.end;) {
        f = next_fold(&r, &f);
        fold from = f;
        if (back) {
            from.lo = (uint32_t)(f.lo + f.distance);
            from.hi = (uint32_t)(f.hi + f.distance);
        }
        add_moved(set, n, from, back ? -f.distance : f.distance);
    }
    lf_ranges_normalize(set);
}

/* Most patterns are ASCII: the letters, and the two characters that fold to ASCII. */
static void fold_ascii(lf_ranges *set) {
    uint32_t n = set->n;
    add_moved(set, n, (fold){'A', 'Z', 1, 0}, 'a' - 'A');
    add_moved(set, n, (fold){'a', 'z', 1, 0}, 'A' - 'a');
    lf_ranges_normalize(set);
    n = set->n;
    add_moved(set, n, (fold){'s', 's', 1, 0}, 0x17f - 's');
    add_moved(set, n, (fold){'k', 'k', 1, 0}, 0x212a - 'k');
    lf_ranges_normalize(set);
}

void lf_ranges_fold(lf_ranges *set) {
    lf_ranges_normalize(set);
    if (set->n > 0 && set->p[set->n - 1].hi < 0x80) {
        fold_ascii(set);
        return;
    }
    add_folds(set, false); /* what they fold to, then all that folds to that */
    add_folds(set, true);
}

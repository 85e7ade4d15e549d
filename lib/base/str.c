/* SPDX-License-Identifier: MIT */
/* Text: comparison, UTF-8, identifiers, the nearest name. */
#include "base/base.h"

lf_str lf_str_of(const char *nul_terminated) {
    return (lf_str){nul_terminated, nul_terminated == NULL ? 0 : strlen(nul_terminated)};
}

lf_str lf_str_given(const char *p, size_t n) {
    return (lf_str){p, p == NULL ? 0 : n};
}

const char *lf_str_out(lf_str s, size_t *len) {
    if (len != NULL) {
        *len = s.n;
    }
    return s.p;
}

int lf_str_cmp(lf_str a, lf_str b) {
    size_t n = a.n < b.n ? a.n : b.n;
    int order = n == 0 ? 0 : memcmp(a.p, b.p, n);
    return order != 0 ? order : (a.n > b.n) - (a.n < b.n);
}

bool lf_str_starts(lf_str s, lf_str prefix) {
    return s.n >= prefix.n && (prefix.n == 0 || memcmp(s.p, prefix.p, prefix.n) == 0);
}

bool lf_is_identifier(lf_str s) {
    if (s.n == 0 || s.n > 63 || s.p[0] < 'a' || s.p[0] > 'z') {
        return false;
    }
    for (size_t i = 1; i < s.n; i++) {
        char c = s.p[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_')) {
            return false;
        }
    }
    return true;
}

int32_t lf_utf8_next(lf_str s, size_t *at) {
    const uint8_t *p = (const uint8_t *)s.p + *at;
    size_t left = s.n - *at;
    if (p[0] < 0x80) {
        ++*at;
        return p[0];
    }
    unsigned extra = p[0] >= 0xf0 ? 3 : p[0] >= 0xe0 ? 2 : 1;
    static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
    if (p[0] < 0xc2 || p[0] > 0xf4 || left <= extra) {
        return -1;
    }
    uint32_t code = p[0] & (0x3fu >> extra);
    for (unsigned i = 1; i <= extra; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            return -1;
        }
        code = code << 6 | (p[i] & 0x3fu);
    }
    if (code < least[extra] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
        return -1;
    }
    *at += extra + 1;
    return (int32_t)code;
}

bool lf_utf8_valid(lf_str s) {
    size_t at = 0;
    while (at < s.n) {
        uint64_t eight;
        if (s.n - at >= sizeof eight) { /* all ASCII, mostly */
            memcpy(&eight, s.p + at, sizeof eight);
            if ((eight & UINT64_C(0x8080808080808080)) == 0) {
                at += sizeof eight;
                continue;
            }
        }
        if (lf_utf8_next(s, &at) < 0) {
            return false;
        }
    }
    return true;
}

size_t lf_utf8_length(lf_str s) {
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        n += ((uint8_t)s.p[i] & 0xc0) != 0x80;
    }
    return n;
}

size_t lf_utf8_put(char out[4], uint32_t c) {
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xc0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xe0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3f));
        out[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3f));
    out[2] = (char)(0x80 | (c >> 6 & 0x3f));
    out[3] = (char)(0x80 | (c & 0x3f));
    return 4;
}

#define LONGEST_NAME 64

/* Edit distance (Levenshtein) of two short names; they are cut at LONGEST_NAME. */
static size_t distance(lf_str a, lf_str b) {
    size_t row[LONGEST_NAME + 1];
    size_t an = a.n < LONGEST_NAME ? a.n : LONGEST_NAME,
           bn = b.n < LONGEST_NAME ? b.n : LONGEST_NAME;
    for (size_t j = 0; j <= bn; j++) {
        row[j] = j;
    }
    for (size_t i = 1; i <= an; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= bn; j++) {
            size_t best = diagonal + (a.p[i - 1] != b.p[j - 1]);
            diagonal = row[j];
            best = row[j] + 1 < best ? row[j] + 1 : best;
            row[j] = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
        }
    }
    return row[bn];
}

lf_str lf_nearest(lf_str name, const lf_str *candidates, size_t n) {
    size_t best = name.n / 3 + 2; /* further away it is no typo */
    lf_str nearest = {NULL, 0};
    for (size_t i = 0; i < n; i++) {
        size_t d = distance(name, candidates[i]);
        if (d < best && d < candidates[i].n) {
            best = d;
            nearest = candidates[i];
        }
    }
    return nearest;
}

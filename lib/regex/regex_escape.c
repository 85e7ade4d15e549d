/* SPDX-License-Identifier: MIT */
/* Of the syntax of regular expressions: escapes, and classes in brackets. */
#include "regex/regex_internal.h"

char lf_regex_look(const lf_regex_parser *ps, size_t ahead) {
    return ps->s.n - ps->at > ahead ? ps->s.p[ps->at + ahead] : '\0';
}

uint32_t lf_regex_rune(lf_regex_parser *ps) {
    return (uint32_t)lf_utf8_next(ps->s, &ps->at);
}

static unsigned digit_of(char c) {
    return c >= '0' && c <= '9'   ? (unsigned)(c - '0')
           : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10
           : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A') + 10
                                  : 99;
}

/* Reads up to `most` digits; how many there were. Stops at what is too large. */
static unsigned digits(lf_regex_parser *ps, unsigned base, unsigned most, uint32_t *value) {
    unsigned n = 0;
    for (*value = 0; n < most && digit_of(lf_regex_look(ps, 0)) < base && *value <= LF_RUNE_MAX;
         n++) {
        *value = *value * base + digit_of(lf_regex_look(ps, 0));
        ps->at++;
    }
    return n;
}

/* \x61 or \x{61}, behind the x */
static bool hexadecimal(lf_regex_parser *ps, uint32_t *rune) {
    if (lf_regex_look(ps, 0) != '{') {
        return digits(ps, 16, 2, rune) == 2;
    }
    ps->at++;
    return digits(ps, 16, UINT32_MAX, rune) > 0 && *rune <= LF_RUNE_MAX &&
           lf_regex_look(ps, 0) == '}' && ++ps->at > 0;
}

bool lf_regex_escape(lf_regex_parser *ps, uint32_t *rune) {
    static const char from[] = "nrtafv", to[] = "\n\r\t\a\f\v";
    size_t at = ps->at++;
    char c = lf_regex_look(ps, 0), next = lf_regex_look(ps, 1);
    if (ps->at == ps->s.n) {
        return lf_regex_fail(ps, at, "nothing follows the backslash");
    }
    if (c == '0' || (c >= '1' && c <= '7' && next >= '0' && next <= '7')) {
        digits(ps, 8, 3, rune);
        return true;
    }
    if (c >= '1' && c <= '9') {
        return lf_regex_fail(ps, at, "back references are not supported");
    }
    ps->at++;
    if (c == 'x') {
        return hexadecimal(ps, rune) || lf_regex_fail(ps, at, "no such character");
    }
    const char *found = c == '\0' ? NULL : strchr(from, c);
    if (found != NULL) {
        *rune = (uint8_t)to[found - from];
        return true;
    }
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (uint8_t)c >= 0x80;
    *rune = (uint8_t)c;
    return !letter || lf_regex_fail(ps, at, "unknown escape");
}

bool lf_regex_perl_class(lf_regex_parser *ps, lf_ranges *set) {
    char c = lf_regex_look(ps, 1), lower = (char)(c | 0x20);
    if (lf_regex_look(ps, 0) != '\\') {
        return false;
    }
    if (lower == 'p') {
        return lf_regex_fail(ps, ps->at, "Unicode classes are not supported");
    }
    if ((lower != 'd' && lower != 's' && lower != 'w') ||
        !lf_ranges_named(set, (lf_str){&lower, 1}, c != lower, (ps->flags & LF_RX_FOLD) != 0)) {
        return false;
    }
    ps->at += 2;
    return true;
}

/* [:alpha:] or [:^alpha:]; false: it is none, or failed. */
static bool named_class(lf_regex_parser *ps, lf_ranges *set) {
    if (ps->no_names || lf_regex_look(ps, 0) != '[' || lf_regex_look(ps, 1) != ':') {
        return false;
    }
    size_t from = ps->at + 2, end = from;
    while (end + 1 < ps->s.n && (ps->s.p[end] != ':' || ps->s.p[end + 1] != ']')) {
        end++;
    }
    if (end + 1 >= ps->s.n) {
        ps->no_names = true;
        return false;
    }
    bool negated = ps->s.p[from] == '^';
    from += negated;
    lf_str name = {ps->s.p + from, end - from};
    if (name.n < 2 || !lf_ranges_named(set, name, negated, (ps->flags & LF_RX_FOLD) != 0)) {
        return lf_regex_fail(ps, ps->at, "there is no class of this name");
    }
    ps->at = end + 2;
    return true;
}

static bool bracket_rune(lf_regex_parser *ps, uint32_t *rune) {
    if (lf_regex_look(ps, 0) == '\\') {
        return lf_regex_escape(ps, rune);
    }
    *rune = lf_regex_rune(ps);
    return true;
}

static bool bracket_range(lf_regex_parser *ps, lf_ranges *set) {
    size_t at = ps->at;
    uint32_t lo = 0, hi;
    if (!bracket_rune(ps, &lo)) {
        return false;
    }
    hi = lo;
    if (lf_regex_look(ps, 0) == '-' && ps->s.n - ps->at >= 2 && lf_regex_look(ps, 1) != ']') {
        ps->at++;
        if (!bracket_rune(ps, &hi)) {
            return false;
        }
    }
    if (hi < lo) {
        return lf_regex_fail(ps, at, "a range ends before it begins");
    }
    lf_ranges_add(set, lo, hi);
    return true;
}

bool lf_regex_bracket(lf_regex_parser *ps, lf_ranges *set) {
    size_t at = ps->at++;
    bool negated = lf_regex_look(ps, 0) == '^';
    ps->at += negated;
    for (bool first = true; first || lf_regex_look(ps, 0) != ']'; first = false) {
        if (ps->at == ps->s.n) {
            return lf_regex_fail(ps, at, "missing ']'");
        }
        bool named = named_class(ps, set) || (ps->status == LF_OK && lf_regex_perl_class(ps, set));
        if (ps->status != LF_OK || (!named && !bracket_range(ps, set))) {
            return false;
        }
    }
    ps->at++;
    if ((ps->flags & LF_RX_FOLD) != 0 && !lf_regex_fold(ps, set)) {
        return false;
    }
    if (negated) {
        lf_ranges_negate(set);
    }
    return true;
}

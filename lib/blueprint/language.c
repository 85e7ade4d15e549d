/* SPDX-License-Identifier: MIT */
/* Tags of languages, well-formed as RFC 5646 2.1 (BCP 47) says: "en", "pt-BR", "zh-Hant-TW". */
#include "blueprint/definitions.h"

/* Old tags that do not fit the grammar and are taken all the same; its "regular" ones fit. */
static const char *const irregular[] = {
    "en-GB-oed", "i-ami", "i-bnn",     "i-default", "i-enochian", "i-hak",
    "i-klingon", "i-lux", "i-mingo",   "i-navajo",  "i-pwn",      "i-tao",
    "i-tay",     "i-tsu", "sgn-BE-FR", "sgn-BE-NL", "sgn-CH-DE"};

static bool is_alpha(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* The subtag at `at`, up to the next '-': 1 to 8 letters and digits; of any other length it is none. */
static lf_str subtag(lf_str tag, size_t at) {
    size_t n = 0;
    while (at + n < tag.n && (is_alpha(tag.p[at + n]) || is_digit(tag.p[at + n]))) {
        n++;
    }
    bool ends = at + n == tag.n || (at + n < tag.n && tag.p[at + n] == '-' && at + n + 1 < tag.n);
    return (lf_str){tag.p + at, ends && n <= 8 ? n : 0};
}

static bool letters(lf_str s, size_t least, size_t most) {
    for (size_t i = 0; i < s.n; i++) {
        if (!is_alpha(s.p[i])) {
            return false;
        }
    }
    return s.n >= least && s.n <= most;
}

static bool is_region(lf_str s) {
    return letters(s, 2, 2) ||
           (s.n == 3 && is_digit(s.p[0]) && is_digit(s.p[1]) && is_digit(s.p[2]));
}

static bool is_variant(lf_str s) {
    return s.n >= 5 || (s.n == 4 && is_digit(s.p[0]));
}

/* Does one of the subtags between `from` and `to` equal it? */
static bool seen(lf_str tag, size_t from, size_t to, lf_str s) {
    while (from < to) {
        lf_str other = subtag(tag, from);
        if (lf_same_word(other, s)) {
            return true;
        }
        from += other.n + 1;
    }
    return false;
}

typedef struct reader {
    lf_str tag;
    size_t at;
} reader;

static lf_str here(const reader *r) {
    return r->at < r->tag.n ? subtag(r->tag, r->at) : (lf_str){NULL, 0};
}

static bool take(reader *r, bool fits) {
    r->at += fits ? here(r).n + 1 : 0;
    return fits;
}

/* Each begins with a letter or digit of its own, which none has twice, and "x" is not among them. */
static bool extensions(reader *r) {
    bool used[256] = {false};
    while (here(r).n == 1 && !lf_same_word(here(r), LF_STR("x"))) {
        unsigned char letter = (unsigned char)(here(r).p[0] | 0x20); /* leaves digits as they are */
        if (used[letter]) {
            return false;
        }
        used[letter] = true;
        take(r, true);
        if (here(r).n < 2) {
            return false;
        }
        while (take(r, here(r).n >= 2)) {
        }
    }
    return true;
}

/* "x-" and at least one subtag. */
static bool private_use(reader *r) {
    if (!lf_same_word(here(r), LF_STR("x"))) {
        return true;
    }
    take(r, true);
    if (here(r).n == 0) {
        return false;
    }
    while (take(r, here(r).n > 0)) {
    }
    return true;
}

static bool language_and_place(reader *r) {
    bool short_one = letters(here(r), 2, 3);
    if (!take(r, letters(here(r), 2, 8))) {
        return false;
    }
    for (int i = 0; i < 3 && short_one && take(r, letters(here(r), 3, 3)); i++) {
    }
    take(r, letters(here(r), 4, 4)); /* the script */
    take(r, is_region(here(r)));
    size_t variants = r->at;
    while (is_variant(here(r))) {
        if (seen(r->tag, variants, r->at, here(r))) {
            return false;
        }
        take(r, true);
    }
    return extensions(r);
}

bool lf_is_language(lf_str tag) {
    for (size_t i = 0; i < LF_COUNT(irregular); i++) {
        if (lf_same_word(tag, lf_str_of(irregular[i]))) {
            return true;
        }
    }
    reader r = {tag, 0};
    bool fine = lf_same_word(here(&r), LF_STR("x")) || language_and_place(&r);
    return fine && private_use(&r) && r.at == tag.n + 1;
}

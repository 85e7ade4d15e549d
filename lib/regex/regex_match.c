/* SPDX-License-Identifier: MIT */
/*
 * The search: all instructions that can be next are a set, which one character after the other changes. A set
 * has an instruction once, so a character costs at most the size of the program.
 */
#include "regex/regex_internal.h"

#define NO_RUNE UINT32_MAX /* a byte that is no UTF-8: in no class, but \C is it */
#define BYTES_PER_STEP 8u  /* so many bytes are skipped in one step */

typedef struct set { /* sparse: where[i] is the place of i in list, if that place has it */
    uint16_t *list, *where;
    uint32_t n;
} set;

typedef struct search {
    const lf_regex *re;
    lf_str text;
    size_t at;
    uint64_t *steps;
    set now, next;           /* at this character and at the one behind it */
    set within, within_next; /* at a byte of this character and at the next; only if re->within */
} search;

static inline void add(set *to, uint16_t i) {
    uint16_t where = to->where[i];
    if (where >= to->n || to->list[where] != i) {
        to->where[i] = (uint16_t)to->n;
        to->list[to->n++] = i;
    }
}

static inline void swap(set *a, set *b) {
    set was = *a;
    *a = *b;
    *b = was;
    b->n = 0;
}

static bool is_word(lf_str s, size_t at) {
    char c = at < s.n ? s.p[at] : '\0';
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

/* What is true between the bytes at - 1 and at. */
static unsigned places_at(lf_str s, size_t at) {
    bool before = at > 0 && is_word(s, at - 1), after = is_word(s, at);
    unsigned places = before != after ? LF_AT_WORD_EDGE : LF_AT_NO_WORD_EDGE;
    if (at == 0) {
        places |= LF_AT_TEXT_BEGIN;
    }
    if (at == s.n) {
        places |= LF_AT_TEXT_END;
    }
    if (at == 0 || s.p[at - 1] == '\n') {
        places |= LF_AT_LINE_BEGIN;
    }
    if (at == s.n || s.p[at] == '\n') {
        places |= LF_AT_LINE_END;
    }
    return places;
}

static bool in_ranges(const lf_regex_class *class, uint32_t rune) {
    uint32_t lo = 0, n = class->n;
    while (lo < n) {
        uint32_t middle = lo + (n - lo) / 2;
        if (class->ranges[middle].hi < rune) {
            lo = middle + 1;
        } else {
            n = middle;
        }
    }
    return lo < class->n && class->ranges[lo].lo <= rune;
}

static bool in_class(const lf_regex_class *class, uint32_t rune) {
    return rune < 128 ? lf_bit(class->ascii, rune) : in_ranges(class, rune);
}

/* Goes on from all of `now`, which grows by whatever follows without a character: by this one into `next`, by a
 * byte into `next_byte`. Is the end reached? */
static bool advance(const search *s, set *now, size_t at, uint32_t rune, set *next,
                    set *next_byte) {
    const lf_regex *re = s->re;
    unsigned places = re->places == 0 ? 0 : places_at(s->text, at);
    for (uint32_t i = 0; i < now->n; i++) {
        const lf_regex_instr *in = &re->code[now->list[i]];
        switch (in->op) {
        case LF_RX_OP_CHAR:
            if (in->arg == rune) {
                add(next, in->next);
            }
            break;
        case LF_RX_OP_CLASS:
            if (in_class(&re->classes[in->arg], rune)) {
                add(next, in->next);
            }
            break;
        case LF_RX_OP_BYTE:
            add(next_byte, in->next);
            break;
        case LF_RX_OP_SPLIT:
            add(now, in->next);
            add(now, (uint16_t)in->arg);
            break;
        case LF_RX_OP_ASSERT:
            if ((in->arg & places) != 0) {
                add(now, in->next);
            }
            break;
        default:
            return true;
        }
    }
    return false;
}

static bool spend(search *s, uint64_t steps) {
    bool enough = *s->steps >= steps;
    *s->steps = enough ? *s->steps - steps : 0;
    return enough;
}

/* The places within the character of so many bytes at s->at: no character begins there. */
static lf_status walk_within(search *s, size_t length, bool *found) {
    for (size_t i = 1; i < length && !*found; i++) {
        swap(&s->within, &s->within_next);
        if (!s->re->anchored) {
            add(&s->within, s->re->start);
        }
        *found = advance(s, &s->within, s->at + i, NO_RUNE, &s->next,
                         i + 1 == length ? &s->next : &s->within_next);
        if (!spend(s, (uint64_t)s->within.n + 1)) {
            return LF_E_LIMIT;
        }
    }
    return LF_OK;
}

/* Goes to where a match can begin. False: nowhere. */
static bool skip_ahead(search *s) {
    const char *from = s->text.p + s->at, *end = s->text.p + s->text.n;
    if (s->re->only >= 0) {
        const char *p = memchr(from, s->re->only, (size_t)(end - from));
        s->at = p == NULL ? s->text.n : (size_t)(p - s->text.p);
    } else {
        const char *p = from;
        while (p < end && !lf_bit(s->re->first, (uint8_t)*p)) {
            p++;
        }
        s->at = (size_t)(p - s->text.p);
    }
    return s->at < s->text.n;
}

/* The character at s->at and its length; NO_RUNE and 1 for a byte that is none, and at the end. */
static size_t read_rune(const search *s, uint32_t *rune) {
    size_t end = s->at;
    *rune = NO_RUNE;
    if (s->at < s->text.n && (uint8_t)s->text.p[s->at] < 0x80) {
        *rune = (uint8_t)s->text.p[s->at];
    } else if (s->at < s->text.n) {
        int32_t c = lf_utf8_next(s->text, &end);
        *rune = c < 0 ? NO_RUNE : (uint32_t)c;
    }
    return end > s->at ? end - s->at : 1;
}

/* Nothing is under way: is there a place where a match can begin, and steps to get there? */
static lf_status begin(search *s, bool *ends) {
    size_t from = s->at;
    *ends = s->re->anchored ? s->at > 0 : s->re->skips && !skip_ahead(s);
    return spend(s, (s->at - from) / BYTES_PER_STEP) ? LF_OK : LF_E_LIMIT;
}

static lf_status run(search *s, bool *found) {
    lf_status status = LF_OK;
    bool ends = false;
    while (status == LF_OK && !*found && s->at <= s->text.n) {
        if (s->now.n == 0 && ((status = begin(s, &ends)) != LF_OK || ends)) {
            return status;
        }
        if (!s->re->anchored || s->at == 0) {
            add(&s->now, s->re->start);
        }
        uint32_t rune;
        size_t length = read_rune(s, &rune);
        set *behind_byte = !s->re->within || length == 1 ? &s->next : &s->within_next;
        *found = advance(s, &s->now, s->at, rune, &s->next, behind_byte);
        if (!spend(s, (uint64_t)s->now.n + 1)) {
            return LF_E_LIMIT;
        }
        if (s->re->within) {
            status = walk_within(s, length, found);
        }
        swap(&s->now, &s->next);
        s->at += length;
    }
    return status;
}

lf_status lf_regex_match(const lf_regex *regex, lf_str text, lf_arena *scratch, uint64_t *steps,
                         bool *found) {
    search s = {.re = regex, .text = text, .steps = steps};
    set *sets[] = {&s.now, &s.next, &s.within, &s.within_next};
    uint32_t n_sets = regex->within ? 4 : 2, n = regex->n_code;
    *found = false;
    if (!spend(&s, n)) {
        return LF_E_LIMIT;
    }
    uint16_t *room = lf_arena_alloc(scratch, sizeof *room * 2 * n * n_sets);
    if (room == NULL) {
        return LF_E_NOMEM;
    }
    for (uint32_t i = 0; i < n_sets; i++) {
        *sets[i] = (set){room + 2 * i * (size_t)n, room + (2 * i + 1) * (size_t)n, 0};
    }
    return run(&s, found);
}

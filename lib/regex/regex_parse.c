/* SPDX-License-Identifier: MIT */
/*
 * The syntax of RE2, read to a tree without recursion: groups that are open are a stack. How large the
 * program will be, repetitions written out, is known of each node, and one that is too large is refused
 * before anything is.
 */
#include "regex/regex_internal.h"

#define ANY_NUMBER UINT32_MAX
#define STEPS_PER_BYTE 16u /* of a pattern: to read it, to make nodes and instructions of it */
#define STEPS_PER_RANGE 8u
#define STEPS_PER_FOLD 1000u /* beyond ASCII the table is gone through, twice */

struct lf_regex_group { /* one that is open; the outermost is the whole */
    struct lf_regex_group *outer;
    uint8_t outer_flags;
    size_t at;
    lf_regex_node *last_item;        /* of the alternative that is being read */
    lf_regex_node *last_alternative; /* of those that are complete */
};

bool lf_regex_fail(lf_regex_parser *ps, size_t at, const char *text) {
    ps->status = LF_E_PARSE;
    *ps->error = (lf_regex_error){text, at};
    return false;
}

bool lf_regex_no_memory(lf_regex_parser *ps) {
    ps->status = LF_E_NOMEM;
    return false;
}

bool lf_regex_spend(lf_regex_parser *ps, uint64_t steps) {
    if (ps->steps == NULL) {
        return true;
    }
    if (*ps->steps < steps) {
        *ps->steps = 0;
        ps->status = LF_E_LIMIT;
        return false;
    }
    *ps->steps -= steps;
    return true;
}

bool lf_regex_fold(lf_regex_parser *ps, lf_ranges *set) {
    lf_ranges_normalize(set);
    bool ascii = set->n == 0 || set->p[set->n - 1].hi < 0x80;
    if (!lf_regex_spend(ps, (uint64_t)set->n * STEPS_PER_RANGE + (ascii ? 0 : STEPS_PER_FOLD))) {
        return false;
    }
    lf_ranges_fold(set);
    return true;
}

static bool open_group(lf_regex_parser *ps, size_t at, uint8_t flags) {
    struct lf_regex_group *group = lf_arena_alloc(ps->work, sizeof *group);
    if (group == NULL) {
        return lf_regex_no_memory(ps);
    }
    *group = (struct lf_regex_group){.outer = ps->group, .outer_flags = ps->flags, .at = at};
    ps->group = group;
    ps->flags = flags;
    return true;
}

/* ---- nodes ---- */
static lf_regex_node *make(lf_regex_parser *ps, uint8_t kind, uint32_t value) {
    lf_regex_node *node = lf_arena_alloc(ps->work, sizeof *node);
    if (node == NULL) {
        lf_regex_no_memory(ps);
        return NULL;
    }
    *node = (lf_regex_node){.kind = kind, .value = value, .depth = 1, .product = 1};
    node->size = kind != LF_RX_EMPTY;
    return node;
}

/* At the end of the alternative that is being read. */
static bool push(lf_regex_parser *ps, lf_regex_node *node) {
    if (node == NULL) {
        return false;
    }
    node->before = ps->group->last_item;
    ps->group->last_item = node;
    return true;
}

static bool push_new(lf_regex_parser *ps, uint8_t kind, uint32_t value) {
    return push(ps, make(ps, kind, value));
}

static bool push_set(lf_regex_parser *ps, lf_ranges *set) {
    lf_ranges_normalize(set);
    if (set->failed) {
        return lf_regex_no_memory(ps);
    }
    if (!lf_regex_spend(ps, (uint64_t)set->n * STEPS_PER_RANGE)) {
        return false;
    }
    if (set->n == 1 && set->p[0].lo == set->p[0].hi) {
        return push_new(ps, LF_RX_CHAR, set->p[0].lo);
    }
    lf_regex_set *one = lf_arena_alloc(ps->work, sizeof *one);
    if (one == NULL) {
        return lf_regex_no_memory(ps);
    }
    *one = (lf_regex_set){*set, ps->last_set};
    ps->last_set = one;
    return push_new(ps, LF_RX_CLASS, ps->n_sets++);
}

/* The character itself, or a class where case is ignored. */
static bool push_rune(lf_regex_parser *ps, uint32_t rune) {
    if ((ps->flags & LF_RX_FOLD) == 0) {
        return push_new(ps, LF_RX_CHAR, rune);
    }
    lf_ranges set = {.arena = ps->work};
    lf_ranges_add(&set, rune, rune);
    return lf_regex_fold(ps, &set) && push_set(ps, &set);
}

static bool push_dot(lf_regex_parser *ps) {
    lf_ranges set = {.arena = ps->work};
    if ((ps->flags & LF_RX_DOT_ALL) == 0) {
        lf_ranges_add(&set, '\n', '\n');
    }
    lf_ranges_negate(&set);
    return push_set(ps, &set);
}

/* Is it within the limits? */
static bool fits(lf_regex_parser *ps, lf_regex_node *node, uint64_t size) {
    if (size > LF_REGEX_PROGRAM) {
        return lf_regex_fail(ps, ps->at, "the pattern is too large");
    }
    if (node->depth > LF_REGEX_DEPTH) {
        return lf_regex_fail(ps, ps->at, "the pattern is nested too deeply");
    }
    node->size = (uint32_t)size;
    return true;
}

/* A list as one node: what matches nothing but the empty text is left out of a CONCAT. */
static lf_regex_node *join(lf_regex_parser *ps, uint8_t kind, lf_regex_node *last) {
    lf_regex_node *all = make(ps, kind, 0);
    uint64_t size = 0, n = 0;
    if (all == NULL) {
        return NULL;
    }
    lf_regex_node **end = &all->last_kid;
    for (lf_regex_node *kid = last; kid != NULL; kid = kid->before) {
        all->product = kid->product > all->product ? kid->product : all->product;
        if (kind == LF_RX_CONCAT && kid->kind == LF_RX_EMPTY) {
            continue;
        }
        all->depth = kid->depth >= all->depth ? kid->depth + 1 : all->depth;
        size += kid->size + (kind == LF_RX_ALTERNATE && n > 0);
        n++;
        *end = kid;
        end = &kid->before;
    }
    *end = NULL;
    if (n == 1) {
        all->last_kid->product = all->product;
        return all->last_kid;
    }
    all->kind = n == 0 ? LF_RX_EMPTY : kind;
    return fits(ps, all, size) ? all : NULL;
}

/* What was read since the group was opened, or since its last '|', is an alternative. */
static bool end_alternative(lf_regex_parser *ps) {
    struct lf_regex_group *group = ps->group;
    lf_regex_node *all = join(ps, LF_RX_CONCAT, group->last_item);
    if (all == NULL) {
        return false;
    }
    all->before = group->last_alternative;
    group->last_alternative = all;
    group->last_item = NULL;
    return true;
}

static lf_regex_node *close_group(lf_regex_parser *ps) {
    struct lf_regex_group *group = ps->group;
    if (!end_alternative(ps)) {
        return NULL;
    }
    ps->flags = group->outer_flags;
    ps->group = group->outer;
    return join(ps, LF_RX_ALTERNATE, group->last_alternative);
}

/* ---- repetitions ---- */
/* As RE2 reads it: no leading zeros, and not more than nine digits. */
static bool read_number(lf_regex_parser *ps, uint32_t *n) {
    char c = lf_regex_look(ps, 0), next = lf_regex_look(ps, 1);
    if (c < '0' || c > '9' || (c == '0' && next >= '0' && next <= '9')) {
        return false;
    }
    for (*n = 0; (c = lf_regex_look(ps, 0)) >= '0' && c <= '9'; ps->at++) {
        if (*n >= 100000000) {
            return false;
        }
        *n = *n * 10 + (uint32_t)(c - '0');
    }
    return true;
}

/* {n}, {n,} or {n,m}. False: it is none, and ps->at is anywhere. */
static bool read_braces(lf_regex_parser *ps, uint32_t *min, uint32_t *max) {
    ps->at++;
    if (!read_number(ps, min)) {
        return false;
    }
    *max = *min;
    if (lf_regex_look(ps, 0) == ',') {
        ps->at++;
        *max = ANY_NUMBER;
        if (lf_regex_look(ps, 0) != '}' && !read_number(ps, max)) {
            return false;
        }
    }
    return lf_regex_look(ps, 0) == '}' && ++ps->at > 0;
}

static uint64_t repeated_size(uint64_t size, uint64_t min, uint64_t max) {
    return max == ANY_NUMBER ? (min > 0 ? min : 1) * size + 1
                             : min * size + (max - min) * (size + 1);
}

/* The last item so many times. */
static bool repeat(lf_regex_parser *ps, size_t at, uint32_t min, uint32_t max) {
    lf_regex_node *kid = ps->group->last_item;
    if (kid == NULL) {
        return lf_regex_fail(ps, at, "there is nothing to repeat");
    }
    bool counted = min >= 2 || (max >= 2 && max != ANY_NUMBER);
    uint32_t times = max == ANY_NUMBER ? min : max;
    uint32_t product = kid->product * (counted ? times : 1);
    if (counted && product > LF_REGEX_REPEAT) {
        return lf_regex_fail(ps, at, "repetitions in repetitions are more than 1000");
    }
    if (kid->size == 0 || max == 0) {
        kid->kind = LF_RX_EMPTY;
        kid->size = 0;
        kid->product = product;
        return true;
    }
    lf_regex_node *node = make(ps, LF_RX_REPEAT, 0);
    if (node == NULL) {
        return false;
    }
    node->min = min;
    node->max = max;
    node->product = product;
    node->depth = kid->depth + 1;
    node->last_kid = kid;
    ps->group->last_item = kid->before;
    kid->before = NULL;
    return fits(ps, node, repeated_size(kid->size, min, max)) && push(ps, node);
}

/* At one of * + ? { */
static bool read_repetition(lf_regex_parser *ps, bool after_repetition) {
    size_t at = ps->at;
    char c = ps->s.p[at];
    uint32_t min = c == '+', max = c == '?' ? 1 : ANY_NUMBER;
    if (c != '{') {
        ps->at++;
    } else if (!read_braces(ps, &min, &max)) {
        ps->at = at + 1;
        return push_rune(ps, '{');
    }
    ps->at += lf_regex_look(ps, 0) == '?'; /* fewest first: the same to us */
    ps->repeated = true;
    if (after_repetition) {
        return lf_regex_fail(ps, at, "a repetition follows a repetition");
    }
    if (max < min || min > LF_REGEX_REPEAT || (max != ANY_NUMBER && max > LF_REGEX_REPEAT)) {
        return lf_regex_fail(ps, at, "a repetition is outside 0 to 1000");
    }
    return repeat(ps, at, min, max);
}

/* ---- groups ---- */
static bool word_rune(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

/* Behind the '<' of a named group that began at `at`. As with RE2, two may have one name. */
static bool named_group(lf_regex_parser *ps, size_t at) {
    lf_str name = {ps->s.p + ps->at, 0};
    while (word_rune(lf_regex_look(ps, name.n))) {
        name.n++;
    }
    if (name.n == 0 || lf_regex_look(ps, name.n) != '>') {
        return lf_regex_fail(ps, at, "a group has no name of letters and digits");
    }
    ps->at += name.n + 1;
    return open_group(ps, at, ps->flags);
}

/* Flags such as i-s, to the ':' or ')' behind them. */
static bool read_flags(lf_regex_parser *ps, uint8_t *flags) {
    static const char known[] = "imsU";
    static const uint8_t bits[] = {LF_RX_FOLD, LF_RX_LINES, LF_RX_DOT_ALL, 0};
    bool negated = false, bare = false; /* bare: nothing follows the '-' */
    for (;; ps->at++) {
        char c = lf_regex_look(ps, 0);
        const char *found = c == '\0' ? NULL : strchr(known, c);
        if (found != NULL) {
            uint8_t bit = bits[found - known];
            *flags = (uint8_t)(negated ? *flags & ~bit : *flags | bit);
            bare = false;
        } else if (c == '-' && !negated) {
            negated = bare = true;
        } else {
            return (c == ':' || c == ')') && !bare;
        }
    }
}

static bool read_group(lf_regex_parser *ps) {
    size_t at = ps->at++;
    if (lf_regex_look(ps, 0) != '?') {
        return open_group(ps, at, ps->flags);
    }
    ps->at++;
    char c = lf_regex_look(ps, 0), next = lf_regex_look(ps, 1);
    char kind = c == '<' ? next : c;
    if (kind == '=' || kind == '!') {
        return lf_regex_fail(ps, at, "lookaround is not supported");
    }
    if (c == '<' || (c == 'P' && next == '<')) {
        ps->at += c == '<' ? 1 : 2;
        return named_group(ps, at);
    }
    uint8_t flags = ps->flags;
    if (!read_flags(ps, &flags)) {
        return lf_regex_fail(ps, at, "unknown kind of group or flag");
    }
    bool opens = lf_regex_look(ps, 0) == ':';
    ps->at++;
    if (opens) {
        return open_group(ps, at, flags);
    }
    ps->flags = flags; /* for the rest of this group */
    return true;
}

/* ---- items ---- */
/* At \Q: all to \E, or to the end, stands for itself. */
static bool read_quoted(lf_regex_parser *ps) {
    ps->at += 2;
    while (ps->at < ps->s.n) {
        if (lf_regex_look(ps, 0) == '\\' && lf_regex_look(ps, 1) == 'E') {
            ps->at += 2;
            return true;
        }
        if (!push_rune(ps, lf_regex_rune(ps))) {
            return false;
        }
    }
    return true;
}

static bool read_backslash(lf_regex_parser *ps) {
    static const char places[] = "AzbB";
    static const uint8_t bits[] = {LF_AT_TEXT_BEGIN, LF_AT_TEXT_END, LF_AT_WORD_EDGE,
                                   LF_AT_NO_WORD_EDGE};
    char c = lf_regex_look(ps, 1);
    const char *place = c == '\0' ? NULL : strchr(places, c);
    if (place != NULL) {
        ps->at += 2;
        return push_new(ps, LF_RX_ASSERT, bits[place - places]);
    }
    if (c == 'C') {
        ps->at += 2;
        return push_new(ps, LF_RX_BYTE, 0);
    }
    if (c == 'Q') {
        return read_quoted(ps);
    }
    lf_ranges set = {.arena = ps->work};
    if (lf_regex_perl_class(ps, &set)) {
        return push_set(ps, &set);
    }
    uint32_t rune;
    return ps->status == LF_OK && lf_regex_escape(ps, &rune) && push_rune(ps, rune);
}

static bool read_item(lf_regex_parser *ps) {
    bool lines = (ps->flags & LF_RX_LINES) != 0, after_repetition = ps->repeated;
    lf_ranges set = {.arena = ps->work};
    ps->repeated = false;
    switch (ps->s.p[ps->at]) {
    case '(':
        return read_group(ps);
    case ')':
        if (ps->group->outer == NULL) {
            return lf_regex_fail(ps, ps->at, "unexpected ')'");
        }
        ps->at++;
        return push(ps, close_group(ps));
    case '|':
        ps->at++;
        return end_alternative(ps);
    case '^':
        ps->at++;
        return push_new(ps, LF_RX_ASSERT, lines ? LF_AT_LINE_BEGIN : LF_AT_TEXT_BEGIN);
    case '$':
        ps->at++;
        return push_new(ps, LF_RX_ASSERT, lines ? LF_AT_LINE_END : LF_AT_TEXT_END);
    case '.':
        ps->at++;
        return push_dot(ps);
    case '[':
        return lf_regex_bracket(ps, &set) && push_set(ps, &set);
    case '*':
    case '+':
    case '?':
    case '{':
        return read_repetition(ps, after_repetition);
    case '\\':
        return read_backslash(ps);
    default:
        return push_rune(ps, lf_regex_rune(ps));
    }
}

static bool read_all(lf_regex_parser *ps) {
    if (ps->s.n > LF_REGEX_LENGTH) {
        return lf_regex_fail(ps, LF_REGEX_LENGTH, "the pattern is too long");
    }
    if (!lf_regex_spend(ps, ps->s.n * STEPS_PER_BYTE)) {
        return false;
    }
    for (size_t at = 0; at < ps->s.n;) {
        if (lf_utf8_next(ps->s, &at) < 0) {
            return lf_regex_fail(ps, at, "the pattern is not UTF-8");
        }
    }
    if (!open_group(ps, 0, 0)) {
        return false;
    }
    while (ps->at < ps->s.n) {
        if (!read_item(ps)) {
            return false;
        }
    }
    return ps->group->outer == NULL || lf_regex_fail(ps, ps->group->at, "missing ')'");
}

const lf_regex_node *lf_regex_parse(lf_regex_parser *ps) {
    return read_all(ps) ? close_group(ps) : NULL;
}

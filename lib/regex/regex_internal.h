/* SPDX-License-Identifier: MIT */
/* What the stages of a regular expression share: sets of characters, the tree, the program. */
#pragma once

#include "regex/regex.h"

#define LF_RUNE_MAX 0x10ffffu

/* ---- sets of characters (regex_class.c): ranges that grow in an arena ---- */
typedef struct lf_range {
    uint32_t lo, hi;
} lf_range;
typedef struct lf_ranges {
    lf_arena *arena;
    lf_range *p;
    uint32_t n, cap;
    bool failed; /* out of memory */
} lf_ranges;
void lf_ranges_add(lf_ranges *set, uint32_t lo, uint32_t hi);
void lf_ranges_normalize(lf_ranges *set); /* sorted, none touches another */
void lf_ranges_negate(lf_ranges *set);
void lf_ranges_fold(lf_ranges *set); /* adds what differs by case alone (regex_fold.c) */
/* Adds a class by its name, "alpha" or "d" for [:alpha:] and \d. False: there is none such. */
bool lf_ranges_named(lf_ranges *set, lf_str name, bool negated, bool fold);

/* ---- tree (regex_parse.c) ---- */
enum lf_regex_kind {
    LF_RX_EMPTY,
    LF_RX_CHAR,   /* value */
    LF_RX_CLASS,  /* value: its number */
    LF_RX_BYTE,   /* \C */
    LF_RX_ASSERT, /* value: a bit of enum lf_regex_place */
    LF_RX_CONCAT, /* kids */
    LF_RX_ALTERNATE,
    LF_RX_REPEAT /* the one kid min to max times; max UINT32_MAX: any number */
};
enum lf_regex_place { /* what is true of a place in the text */
                      LF_AT_TEXT_BEGIN = 1,
                      LF_AT_TEXT_END = 2,
                      LF_AT_LINE_BEGIN = 4,
                      LF_AT_LINE_END = 8,
                      LF_AT_WORD_EDGE = 16,
                      LF_AT_NO_WORD_EDGE = 32
};
typedef struct lf_regex_node {
    uint8_t kind;
    uint32_t depth;
    uint32_t value, min, max;
    uint32_t size;                  /* of its program */
    uint32_t product;               /* of the repetitions in it that stand in one another */
    struct lf_regex_node *last_kid; /* the others by `before` */
    struct lf_regex_node *before;
} lf_regex_node;

typedef struct lf_regex_set { /* a class */
    lf_ranges ranges;
    const struct lf_regex_set *before;
} lf_regex_set;

enum lf_regex_flags { LF_RX_FOLD = 1, LF_RX_LINES = 2, LF_RX_DOT_ALL = 4 }; /* i, m, s */

typedef struct lf_regex_parser {
    lf_arena *work; /* gone after compiling */
    lf_str s;
    size_t at;
    uint8_t flags;
    bool repeated; /* what was read last is a repetition */
    bool no_names; /* there is no ":]" from here */
    struct lf_regex_group *group;
    uint64_t *steps;
    const lf_regex_set *last_set; /* numbered from 0 */
    uint32_t n_sets;
    lf_status status;
    lf_regex_error *error;
} lf_regex_parser;
/* The tree; NULL: failed. */
const lf_regex_node *lf_regex_parse(lf_regex_parser *ps);
bool lf_regex_fail(lf_regex_parser *ps, size_t at, const char *text); /* is false */
bool lf_regex_no_memory(lf_regex_parser *ps);                         /* the same */
bool lf_regex_spend(lf_regex_parser *ps, uint64_t steps); /* false: there are not as many left */
bool lf_regex_fold(lf_regex_parser *ps, lf_ranges *set);  /* lf_ranges_fold, paid for */
/* regex_escape.c: characters and classes, read at ps->at */
char lf_regex_look(const lf_regex_parser *ps, size_t ahead); /* NUL behind the end */
uint32_t lf_regex_rune(lf_regex_parser *ps);                 /* of a pattern known to be UTF-8 */
bool lf_regex_escape(lf_regex_parser *ps, uint32_t *rune);   /* at a backslash */
/* \d \D \s \S \w \W; false: it is something else, or failed (\p{..}). */
bool lf_regex_perl_class(lf_regex_parser *ps, lf_ranges *set);
bool lf_regex_bracket(lf_regex_parser *ps, lf_ranges *set);

/* ---- program (regex_compile.c) ---- */
enum lf_regex_op {
    LF_RX_OP_CHAR,   /* the character arg, then next */
    LF_RX_OP_CLASS,  /* one of classes[arg], then next */
    LF_RX_OP_BYTE,   /* any byte, then next */
    LF_RX_OP_ASSERT, /* the place is arg, then next */
    LF_RX_OP_SPLIT,  /* next, and arg */
    LF_RX_OP_MATCH
};
typedef struct lf_regex_instr {
    uint8_t op;
    uint16_t next;
    uint32_t arg;
} lf_regex_instr;
typedef struct lf_regex_class {
    uint32_t ascii[4]; /* a bit each */
    uint32_t n;
    const lf_range *ranges;
} lf_regex_class;

struct lf_regex {
    const lf_regex_instr *code;
    const lf_regex_class *classes;
    uint32_t n_code;
    uint16_t start;
    uint8_t places;    /* those that are asked for */
    bool anchored;     /* nothing can match behind the start of the text */
    bool within;       /* something can match between the bytes of a character */
    bool skips;        /* a match begins with one of these bytes */
    int16_t only;      /* with this byte; -1: there are several */
    uint32_t first[8]; /* a bit each */
};
static inline bool lf_bit(const uint32_t *bits, uint32_t i) {
    return (bits[i / 32] >> (i % 32) & 1) != 0;
}

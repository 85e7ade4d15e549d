/* SPDX-License-Identifier: MIT */
/* What the stages of an expression share: tokens, syntax tree, program, functions. */
#pragma once

#include "base/codes.h"
#include "expr/expr.h"

#define LF_EXPR_NESTING 250u /* deepest nesting, also of values that are compared */
#define LF_EXPR_DEPTH 1000u  /* deepest tree: a chain of so many operators */

/* ---- tokens (expr_lex.c) ---- */
enum lf_token_kind {
    LF_TOK_END,
    LF_TOK_IDENT,
    LF_TOK_ESCAPED, /* `quoted field` */
    LF_TOK_INT,
    LF_TOK_UINT,
    LF_TOK_DOUBLE,
    LF_TOK_STRING,
    LF_TOK_BYTES,
    LF_TOK_MARK /* an operator or bracket, in `text` */
};

typedef struct lf_token {
    uint8_t kind;
    uint32_t offset;
    lf_str text; /* as written; STRING, BYTES: decoded */
} lf_token;

typedef struct lf_parse {
    lf_arena *arena;
    lf_str source;
    size_t at;      /* of the lexer */
    lf_token token; /* the present one */
    const lf_expr_limits *limits;
    uint32_t nesting, nodes; /* so far */
    lf_expr_error *error;
    lf_status status; /* the first failure */
} lf_parse;

void lf_parse_next(lf_parse *ps); /* on failure the token is END and status is set */
void lf_parse_fail(lf_parse *ps, uint16_t code, uint32_t offset, const char *format, ...);
/* Asked some ten times a token, so letter by letter. */
static inline bool lf_token_is(const lf_token *token, const char *mark) {
    return token->text.n == 1u + (mark[1] != '\0') && token->text.p[0] == mark[0] &&
           (mark[1] == '\0' || token->text.p[1] == mark[1]);
}
static inline bool lf_parse_is(const lf_parse *ps, const char *mark) {
    return ps->token.kind == LF_TOK_MARK && lf_token_is(&ps->token, mark);
}
bool lf_token_string(lf_parse *ps, lf_token *token); /* expr_literal.c: at a quote or its prefix */
bool lf_token_number(lf_parse *ps, lf_token *token);
/* Is it one of CEL's words that name no variable? */
bool lf_word_reserved(lf_str word);
bool lf_word_keyword(lf_str word); /* true false null in */

/* ---- tree (expr_parse.c) ---- */
enum lf_node_kind {
    LF_NODE_LITERAL,
    LF_NODE_IDENT,
    LF_NODE_SELECT, /* kids[0].name; test: has() */
    LF_NODE_INDEX,  /* kids[0][kids[1]] */
    LF_NODE_CALL,   /* name(kids) or, method, kids[0].name(kids[1..]) */
    LF_NODE_LIST,
    LF_NODE_MAP,    /* kids: key, value, key, value */
    LF_NODE_STRUCT, /* a message: parsed, never accepted */
    LF_NODE_AND,
    LF_NODE_OR,
    LF_NODE_IF,
    LF_NODE_LOOP /* a macro: kids[0] range, kids[1] condition or NULL, kids[2] transform or NULL */
};
enum lf_loop { LF_LOOP_ALL, LF_LOOP_EXISTS, LF_LOOP_ONE, LF_LOOP_MAP, LF_LOOP_FILTER };

typedef struct lf_node {
    uint8_t kind, loop;
    bool method, test, absolute; /* absolute: the identifier began with a dot */
    bool quoted;                 /* SELECT: `name` */
    bool bracketed;              /* it stands in brackets */
    uint8_t type;                /* by the checker */
    uint32_t item;               /* the parameters of the type, see lf_node_whole() */
    int32_t domain;              /* by the checker; -1: no closed set */
    uint32_t offset, depth, n;
    struct lf_node **kids;
    lf_str name;    /* IDENT, SELECT, CALL; LOOP: the variable */
    lf_value value; /* LITERAL */
    /* by the checker: */
    int32_t slot; /* IDENT: a loop variable's, else -1; LOOP: its first slot */
    bool bound;   /* this node (IDENT or SELECT) is a name of the scope */
    lf_binding binding;
    uint16_t function;  /* CALL */
    lf_history history; /* CALL of a history function */
} lf_node;

/* Parses the whole source. NULL: failed. */
lf_node *lf_parse_source(lf_parse *ps);
lf_node *lf_parse_expected(lf_parse *ps, const char *why); /* fails at the present token: NULL */
/* expr_node.c. Each gives NULL if it fails. */
lf_node *lf_node_make(lf_parse *ps, uint8_t kind, uint32_t offset, uint32_t n);
lf_node *lf_node_done(lf_parse *ps, lf_node *node); /* the kids are set: measures its depth */
lf_node *lf_node_pair(lf_parse *ps, uint8_t kind, uint32_t offset, lf_node *a, lf_node *b);
lf_node *lf_node_operator(lf_parse *ps, lf_str name, uint32_t offset, lf_node *a, lf_node *b);
lf_node *lf_node_literal(lf_parse *ps, uint8_t type); /* of the present token, which stays */
lf_node *lf_node_number(lf_parse *ps, bool negative); /* of the present token, which is taken */
lf_node *lf_node_word(lf_parse *ps);                  /* true, false, null: the same */
lf_node *lf_node_expand(lf_parse *ps,
                        lf_node *call); /* a macro as a loop, any other call as it is */

/* ---- types ----
 * A type with its parameters in one number, four bits each: list(int) is LF_T_LIST | LF_T_INT << 4, a map has its
 * key's and then its value's. What lies deeper than eight of them is dyn, which is 0. */
static inline uint32_t lf_node_whole(const lf_node *node) {
    return node->type | node->item << 4;
}
static inline void lf_node_typed(lf_node *node, uint32_t whole) {
    node->type = whole & 15;
    node->item = whole >> 4;
}
/* The type that both are: where they differ, dyn. */
static inline uint32_t lf_type_join(uint32_t a, uint32_t b) {
    return a == b ? a : (a & 15) == (b & 15) ? a & 15 : LF_T_DYN;
}
bool lf_type_named(lf_str name, lf_value *out); /* expr_convert.c: "int" as a value */

/* ---- functions (expr_library.c) ---- */
typedef struct lf_run { /* one evaluation */
    lf_arena *scratch;
    const lf_env *env;
    lf_meter meter;
    uint32_t iterations;            /* of macros */
    const struct lf_function *call; /* the row that runs */
} lf_run;
#define LF_MOST_ARGS 4u /* of a function; the target of a method is one of them */
enum lf_special { LF_PLAIN, LF_HISTORY, LF_AGE };
/* The first rows of the table, in this order. */
enum lf_first_functions {
    LF_CMP_EQ,
    LF_CMP_NE,
    LF_CMP_LT,
    LF_CMP_LE,
    LF_CMP_GT,
    LF_CMP_GE,
    LF_IN,
    LF_NOT
};
typedef struct lf_function {
    const char
        *name; /* as it is called; "sets.contains" looks like a method of `sets` and is none */
    uint8_t method, n_args;       /* the target of a method counts as an argument */
    uint8_t special;              /* enum lf_special */
    uint8_t detail;               /* HISTORY: enum lf_history_fn; else what `run` makes of it */
    uint16_t takes[LF_MOST_ARGS]; /* of each argument: a bit for each type that it may have */
    uint8_t gives, item;          /* the type of the result; of a list, the type of its items */
    /* Where `takes` and `gives` do not say it all: the whole type of the result for these arguments; LF_T_ERROR:
     * there is none such. */
    uint32_t (*check)(const lf_node *const *args);
    /* args are of the types in `takes`. Text and lists are made in run->scratch; without memory it gives
     * LF_T_ABSENT. What takes longer with larger arguments is charged before it is done, by lf_charge. */
    lf_value (*run)(const lf_value *args, lf_run *run);
    const char *words; /* what it takes, for the message; NULL: the types in `takes` */
} lf_function;
/* Each gives LF_T_ABSENT without memory. */
typedef lf_value lf_run_fn(const lf_value *args, lf_run *run);
lf_run_fn lf_run_add, lf_run_sub, lf_run_mul, lf_run_div, lf_run_mod,
    lf_run_negate; /* expr_arithmetic.c */
lf_run_fn lf_run_size, lf_run_contains, lf_run_starts, lf_run_ends, lf_run_index_of,
    lf_run_last_index_of, lf_run_char_at, lf_run_substring, lf_run_trim, lf_run_split, lf_run_join,
    lf_run_replace, lf_run_reverse,
    lf_run_ascii; /* expr_text.c, expr_pieces.c; `detail` of ascii: the first letter of those to change */
lf_run_fn lf_run_matches;         /* expr_matches.c */
lf_run_fn lf_run_in, lf_run_sets; /* expr_sets.c; `detail`: enum lf_set_question */
enum lf_set_question { LF_SET_CONTAINS, LF_SET_EQUIVALENT, LF_SET_INTERSECTS };
lf_run_fn lf_run_to_bool, lf_run_to_int, lf_run_to_uint, lf_run_to_double, lf_run_to_string,
    lf_run_to_bytes, lf_run_to_timestamp, lf_run_to_duration, lf_run_type,
    lf_run_dyn;               /* expr_convert.c */
lf_run_fn lf_run_select_time; /* expr_selectors.c; `detail`: enum lf_time_part */
bool lf_zone_is_fixed(lf_str name, int32_t *offset); /* UTC, "+02:00"; seconds east */
enum lf_time_part {
    LF_PART_YEAR,
    LF_PART_MONTH,
    LF_PART_YEAR_DAY,
    LF_PART_MONTH_DAY, /* from 0 */
    LF_PART_DATE,      /* from 1 */
    LF_PART_WEEK_DAY,
    LF_PART_HOURS,
    LF_PART_MINUTES,
    LF_PART_SECONDS,
    LF_PART_MILLISECONDS
};
extern const lf_function lf_functions[];
extern const uint16_t lf_function_count;
/* expr_text.c */
#define LF_NOWHERE SIZE_MAX
size_t lf_text_find(lf_str s, lf_str part, size_t from); /* from <= s.n */
size_t lf_text_step(lf_str s, size_t at);                /* the end of the code point there */
bool lf_text_search(lf_run *run, lf_str s, lf_str part); /* charges a search */
/* Room for n bytes, or for n items, charged, which become *out; NULL: *out says why. */
char *lf_text_make(lf_run *run, uint64_t n, lf_value *out);
lf_value *lf_list_make(lf_run *run, uint64_t n, lf_value *out);
char *lf_text_put(char *out, lf_str s); /* behind it */
/* expr_foreign.c: is it a name of an extension of CEL that is not part of this library? Then it fails. */
bool lf_foreign_refused(lf_parse *ps, const lf_node *node);
bool lf_foreign_optional(lf_parse *ps); /* at a '?' of optional values: fails */
lf_value lf_value_error(const char *text);
lf_value lf_value_double(double d);
lf_value lf_value_uint(uint64_t u);
#define LF_NANOS INT64_C(1000000000)
/* Seconds and nanos that may have run over, as a timestamp or duration in its range, or an error. */
lf_value lf_value_of_time(uint8_t type, int64_t seconds, int64_t nanos);
/* expr_times.c: as CEL writes and reads them. */
lf_value lf_duration_read(lf_str text);
lf_value lf_timestamp_read(lf_str text);
#define LF_TIME_TEXT 48u
size_t lf_duration_write(char out[LF_TIME_TEXT], const lf_value *duration);
size_t lf_timestamp_write(char out[LF_TIME_TEXT], const lf_value *timestamp);
bool lf_type_number(uint8_t type);
/* -1 0 1, 2: cannot be compared, 3: NaN. Charges the meter. */
int lf_value_order(const lf_value *a, const lf_value *b, lf_meter *meter);
/* Is it an item of the list, or a key of the map? */
bool lf_value_in(const lf_value *item, const lf_value *of, lf_meter *meter);
const lf_value *lf_value_find(const lf_value *map, const lf_value *key, lf_meter *meter);
lf_value lf_value_item(const lf_value *of, const lf_value *key, lf_meter *meter); /* of[key] */
/* A list or map of these n values or pairs, or the first error among them. */
lf_value lf_value_collect(const lf_value *items, uint32_t n, bool map, lf_meter *meter);
/* False: the limit is passed. Whatever is answered then is not looked at. */
static inline bool lf_charge(lf_meter *meter, uint64_t n) {
    meter->cost += n <= meter->limit ? n : meter->limit + 1;
    return meter->cost <= meter->limit;
}
#define LF_BYTES_PER_COST 16u  /* so many bytes are copied or compared in one step */
#define LF_LETTERS_PER_COST 6u /* and so many looked at one by one */
/* Are these n bytes the same? Short ones in two pieces, which may overlap, and without a call. */
static inline bool lf_bytes_same(const char *a, const char *b, size_t n) {
    uint64_t x[2], y[2];
    if (n < sizeof *x || n > sizeof x) {
        return n == 0 || (a[0] == b[0] && memcmp(a, b, n) == 0);
    }
    memcpy(&x[0], a, sizeof *x);
    memcpy(&y[0], b, sizeof *y);
    memcpy(&x[1], a + n - sizeof *x, sizeof *x);
    memcpy(&y[1], b + n - sizeof *y, sizeof *y);
    return x[0] == y[0] && x[1] == y[1];
}
/* lf_value_equal, for where there are strings nearly always. */
static inline bool lf_value_is(const lf_value *a, const lf_value *b, lf_meter *meter) {
    if (a->type != LF_T_STRING || b->type != LF_T_STRING) {
        return lf_value_equal(a, b, meter);
    }
    meter->cost++;
    size_t n = a->u.s.n;
    return n == b->u.s.n && (n < LF_BYTES_PER_COST || lf_charge(meter, n / LF_BYTES_PER_COST)) &&
           lf_bytes_same(a->u.s.p, b->u.s.p, n);
}

/* ---- checking (expr_check.c) ---- */
typedef struct lf_check {
    lf_parse *parse; /* for failures */
    lf_arena *arena; /* what is in it lives as long as the expression */
    const lf_scope *scope;
    bool strict;     /* types must fit; else whatever is unknown fails when it runs */
    lf_node **loops; /* those around the present node, the innermost last */
    uint32_t n_loops;
    uint32_t slots, most_slots;
    uint32_t deps;
    bool history;
    bool reads; /* a name, history, or a zone */
    int64_t longest;
    uint64_t patterns; /* steps that are left to make those which are literals */
} lf_check;
#define LF_PATTERN_STEPS 4u /* so many are a step of the cost: they are shorter */
bool lf_check_node(lf_check *check, lf_node *node);
bool lf_check_call(lf_check *check, lf_node *node);    /* expr_call.c */
bool lf_check_pattern(lf_check *check, lf_node *node); /* expr_matches.c: of any call */
/* expr_unknown.c: reports a call that is of no function, and is false. */
bool lf_check_unknown_call(lf_check *check, const lf_node *node);
bool lf_call_named(const lf_node *node, const char *name);
/* "'size' is called as size(a) or a.size()"; false: there is no such function. */
bool lf_call_usages(lf_buf *out, lf_str name);
/* Reports, frees `why`, and is false. */
bool lf_check_fail(lf_check *check, uint16_t code, const lf_node *node, lf_buf *why);

/* ---- time (expr_time.c), of a tree that is checked ---- */
bool lf_node_ahead(const lf_node *root);

/* ---- cost (expr_cost.c) ---- */
uint64_t lf_node_worst(const lf_node *root); /* of a checked tree; UINT64_MAX: not known */

/* ---- program (expr_compile.c) ---- */
enum lf_op {
    LF_OP_CONST,    /* push constants[a] */
    LF_OP_LOAD,     /* push the name a; absent: push the error in constants[b] */
    LF_OP_HAS,      /* push whether the name has a value */
    LF_OP_LOCAL,    /* push slot a */
    LF_OP_SELECT,   /* pop a map, push its member constants[a] */
    LF_OP_HAS_KEY,  /* pop a map, push whether it has constants[a] */
    LF_OP_INDEX,    /* pop a key and a list or map, push its item */
    LF_OP_CALL,     /* function b with its a arguments on the stack */
    LF_OP_COMPARE,  /* pop two and compare them as b says, one of LF_CMP_... */
    LF_OP_APPLY,    /* nothing but `then` */
    LF_OP_HISTORY,  /* push the answer of histories[a] */
    LF_OP_AGE,      /* pop a timestamp, compare its age with histories[a].duration */
    LF_OP_LIST,     /* pop a values */
    LF_OP_MAP,      /* pop a pairs */
    LF_OP_AND_JUMP, /* top is false: jump to a, keeping it */
    LF_OP_OR_JUMP,  /* top is true: jump to a, keeping it */
    LF_OP_AND,      /* combine the two on top */
    LF_OP_OR,
    LF_OP_IF,     /* top is false: jump to a; no bool: make it an error and jump to b */
    LF_OP_FOLD,   /* the result of ?: takes the place of its condition, below it */
    LF_OP_JUMP,   /* to a */
    LF_OP_LOOP,   /* pop a range into slots from a; no range: leave an error and jump to b */
    LF_OP_NEXT,   /* slots from a: the next item into its variable; none: jump to b */
    LF_OP_ALL,    /* top is false: jump to b; else pop it into slot a, as && does, and jump to c */
    LF_OP_EXISTS, /* the same with true and || */
    LF_OP_TEST,   /* pop; false: jump to a; no bool: leave an error and jump to b, an APPEND */
    LF_OP_STORE,  /* pop into slot a */
    LF_OP_APPEND, /* pop and append to the list in slot a; an error takes its place; jump to c */
    LF_OP_DONE    /* the top is what came of the loop with slots from a */
};
typedef struct lf_code_item {
    uint8_t op;
    uint16_t then; /* 0, or the function then - 1 takes the top, and constants[c] if it takes two */
    uint32_t a, b, c;
} lf_code_item;
/* Slots of a loop: its range, the index, the variable, the accumulator. */
enum { LF_SLOT_RANGE, LF_SLOT_INDEX, LF_SLOT_VARIABLE, LF_SLOT_ACCU, LF_SLOTS };

struct lf_expr {
    lf_expr_head head;
    const lf_code_item *code;
    uint32_t n_code;
    const lf_value *constants;
    const lf_history *histories;
    uint32_t n_slots, n_stack;
    uint8_t type;
    uint32_t item; /* the parameters of the type */
    bool history, constant, ahead;
    int64_t longest;
    lf_str source;
    const lf_expr_limits *limits;
    uint64_t worst;       /* lf_expr_worst() */
    const lf_expr *parts; /* lf_expr_part() */
    uint32_t n_parts;
};
lf_status lf_program_make(lf_arena *arena, const lf_node *root, uint32_t n_slots, lf_expr *out);

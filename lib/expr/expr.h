/* SPDX-License-Identifier: MIT */
/*
 * Floor 2: the Common Expression Language against an abstract world. It parses, checks and compiles
 * an expression to a flat program, and runs it without recursion: errors are values, the cost is
 * metered, and each answer says until when it holds if nothing but time passes. It has never heard
 * of a contact: what names mean is the scope's business, what they hold is the environment's.
 */
#pragma once

#include "base/base.h"
#include "time/zone.h"

/* ---- values ---- */
enum lf_type {
    LF_T_DYN, /* checker: not known before running */
    LF_T_NULL,
    LF_T_BOOL,
    LF_T_INT,
    LF_T_UINT,
    LF_T_DOUBLE,
    LF_T_STRING,
    LF_T_BYTES,
    LF_T_LIST,
    LF_T_MAP,
    LF_T_TIMESTAMP,
    LF_T_DURATION,
    LF_T_TYPE,
    LF_T_ERROR,  /* value only: text in u.s */
    LF_T_ABSENT, /* value only: what an environment gives for a name without a value */
    LF_T_REGEX   /* value only, never an expression's: a literal pattern of matches() */
};

typedef struct lf_value {
    uint8_t type; /* enum lf_type */
    union {
        bool b;
        _Alignas(8)
            int64_t i; /* INT; so a value has 24 bytes on each machine, and is charged the same */
        uint64_t u;
        double d;
        lf_str s; /* STRING, BYTES, TYPE (its name), ERROR (why) */
        struct {
            int64_t seconds;
            int32_t nanos; /* 0..999999999 for TIMESTAMP; the sign of seconds for DURATION */
        } time;
        struct {
            const struct lf_value *items; /* LIST: n values; MAP: n pairs key, value */
            uint32_t n;
        } list;
        const struct lf_regex *regex;
    } u;
} lf_value;

const char *lf_type_name(uint8_t type); /* "int", "string" */
lf_value lf_value_time(int64_t ms);
bool lf_value_as_ms(const lf_value *timestamp, int64_t *ms); /* rounded down */
typedef struct lf_meter {
    uint64_t cost, limit; /* steps taken, and how many may be */
} lf_meter;
/* CEL's ==, numbers across kinds. Charges the meter; false as soon as that passes its limit, as it does
 * for lists and maps nested deeper than 250. */
bool lf_value_equal(const lf_value *a, const lf_value *b, lf_meter *meter);
static inline lf_value lf_value_bool(bool b) {
    return (lf_value){.type = LF_T_BOOL, .u.b = b};
}
static inline lf_value lf_value_int(int64_t i) {
    return (lf_value){.type = LF_T_INT, .u.i = i};
}
static inline lf_value lf_value_str(lf_str s) {
    return (lf_value){.type = LF_T_STRING, .u.s = s};
}

/* What an expression may be and take. A scope without limits has these of lf_expr_defaults. */
typedef struct lf_expr_limits {
    uint32_t source;     /* bytes */
    uint32_t nesting;    /* of brackets, calls and ?: */
    uint32_t nodes;      /* names, literals, operators and calls */
    uint32_t iterations; /* of all macros in an evaluation */
    uint32_t cost;       /* steps of an evaluation */
    uint32_t memory;     /* bytes that an evaluation takes from its scratch arena */
} lf_expr_limits;
extern const lf_expr_limits lf_expr_defaults, lf_expr_most; /* more than the latter is not safe */

/* ---- scope: what names mean, at compile time ---- */
typedef struct lf_binding {
    bool absolute; /* set before asking: the name began with a dot, no container is looked into */
    int32_t ref;   /* the environment's number for it */
    uint8_t type;  /* enum lf_type */
    uint8_t
        item; /* of a LIST: the type of its items; of a MAP: of its keys, and << 4 of its values */
    bool always;    /* it always has a value: has() is true */
    int32_t domain; /* >= 0: a string out of a closed set; literals compared with it are checked */
    uint32_t used;  /* how many of the parts it consumed; the rest selects into the value */
    uint32_t deps;  /* bits of the caller's choice, or-ed into the expression's deps */
} lf_binding;

enum lf_literal { LF_LIT_EVENT, LF_LIT_MACHINE, LF_LIT_TAG, LF_LIT_FLAG };

typedef struct lf_scope {
    void *ctx;
    /* Resolves a dotted name (contact.email: two parts). False: unknown, with the sentence in `why`. */
    bool (*name)(void *ctx, const lf_str *parts, uint32_t n, lf_binding *out, lf_buf *why);
    /* Resolves a name given as text to a history function ("*" for LF_LIT_EVENT is passed too). The text
     * lives as long as the expression. */
    bool (*literal)(void *ctx, enum lf_literal kind, lf_str text, int32_t *id, uint32_t *deps,
                    lf_buf *why);
    /* Is `text` one of the domain's strings? */
    bool (*member)(void *ctx, int32_t domain, lf_str text, lf_buf *why);
    /* Is it a time zone that is to be had? Asked for names that stand as text in a selector of a timestamp. NULL:
     * that is found out when it runs. */
    bool (*zone)(void *ctx, lf_str name, lf_buf *why);
    const lf_expr_limits *limits; /* they live as long as the expression; NULL: the defaults */
    bool history;                 /* the functions of SPEC 5 exist */
    uint32_t number; /* the caller's for the expression, by which it finds what it keeps of it */
} lf_scope;

/* ---- compiling ---- */
typedef struct lf_expr lf_expr; /* immutable, in the arena it was compiled into */
typedef struct lf_expr_head {   /* what every lf_expr begins with: asked for at each turn */
    uint32_t number;            /* what the scope gave */
    uint32_t deps;              /* of all names and literals in it */
} lf_expr_head;
static inline uint32_t lf_expr_number(const lf_expr *expr) {
    return ((const lf_expr_head *)(const void *)expr)->number;
}
static inline uint32_t lf_expr_deps(const lf_expr *expr) {
    return ((const lf_expr_head *)(const void *)expr)->deps;
}

typedef struct lf_expr_error {
    uint16_t code;         /* LF_D_EXPR_SYNTAX, LF_D_EXPR_TYPE, LF_D_EXPR_NAME, LF_D_EXPR_LIMIT */
    uint32_t offset;       /* bytes from the start of the source */
    uint32_t line, column; /* in the source, from 1; column in code points */
    lf_buf text;           /* owned by the caller: initialise it, free it */
} lf_expr_error;

/* `want`: the type it must have (LF_T_BOOL for a condition), LF_T_DYN for any. LF_E_PARSE fills
 * *error with the first thing that is wrong. */
lf_status lf_expr_compile(lf_arena *arena, lf_str source, const lf_scope *scope, uint8_t want,
                          const lf_expr **out, lf_expr_error *error);
/* Only the grammar, no names and types (conformance of the parser). */
lf_status lf_expr_parse_only(const lf_mem *mem, lf_str source, lf_expr_error *error);
/* Without the checker: every name dyn; for the conformance cases marked so. */
lf_status lf_expr_compile_unchecked(lf_arena *arena, lf_str source, const lf_scope *scope,
                                    const lf_expr **out, lf_expr_error *error);
uint8_t lf_expr_type(const lf_expr *expr);
uint32_t
lf_expr_item(const lf_expr *expr); /* of a list: the type of its items, in the low four bits */
bool lf_expr_uses_history(const lf_expr *expr); /* a function of time is in it */
/* Is it made of functions of time, logic and comparisons, so that it may stay the same at lf_answer.until, but whoever
 * looks again at that time, and so on, comes to the very time at which it changes? */
bool lf_expr_ahead(const lf_expr *expr);
lf_str lf_expr_source(const lf_expr *expr);
/* The most steps that an evaluation takes whatever is read, if nothing stops it; UINT64_MAX: not known. */
uint64_t lf_expr_worst(const lf_expr *expr);
/* Of a condition that is `a && b && ...` each of those, in order, with its source: which of them is in the way? They
 * are evaluated like any, but have no number and no deps. NULL: there are no more, or it is not made like that. */
const lf_expr *lf_expr_part(const lf_expr *expr, uint32_t index);
/* The longest duration given to a history function, 0 if none (the horizon needs it). */
int64_t lf_expr_longest(const lf_expr *expr);
/* Is it a constant? Then *out is its value. (The linter's "can never hold".) */
bool lf_expr_constant(const lf_expr *expr, lf_value *out);

/* ---- running ---- */
enum lf_history_fn {
    LF_H_COUNT,
    LF_H_EVER,
    LF_H_LAST,
    LF_H_WITHIN,
    LF_H_IDLE,
    LF_H_IN_STATE,
    LF_H_TAGGED,
    LF_H_FLAGGED
};

typedef struct lf_history {
    uint8_t fn;       /* enum lf_history_fn */
    int32_t id;       /* what scope.literal gave; -1 for idle */
    int64_t duration; /* ms, 0 where the function has none */
    /* COUNT: the answer may stop at `enough`, and it need say until when it holds only if it is at least
     * `least`: so a comparison with a constant knows exactly when it may change. */
    int64_t least, enough;
} lf_history;

typedef struct lf_env {
    void *ctx;
    int64_t t; /* the time of evaluation, for age() */
    /* Gives the value of a name; *out is LF_T_ABSENT, and stays so if it has none. Lowers *until to the earliest time at
     * which the value could differ if nothing but time passes. Text is borrowed for the evaluation. */
    void (*load)(void *ctx, int32_t ref, lf_value *out, int64_t *until);
    /* Gives the answer of a function of SPEC 5 in the same way. Returns the steps that it costs. */
    uint64_t (*history)(void *ctx, const lf_history *call, lf_value *out, int64_t *until);
    /* Gives the time zone of a name; NULL: it is not to be had. As a pointer NULL: none is. */
    const lf_zone *(*zone)(void *ctx, lf_str name);
} lf_env;

typedef struct lf_answer {
    lf_value value; /* errors (also the reading of an absent name) are values of type LF_T_ERROR */
    int64_t until;  /* it does not differ by time alone before that; LF_TIME_NONE: never */
    int64_t steady; /* not later than that: the earliest at which something that was read could */
    uint64_t cost;  /* steps taken */
    bool passed;    /* a limit: the value is the error that says which */
} lf_answer;
static inline bool lf_answer_holds(const lf_answer *answer) { /* of a condition: errors are false */
    return answer->value.type == LF_T_BOOL && answer->value.u.b;
}

/* Runs it. Text and lists made on the way live in `scratch` until the caller resets it. To pass a limit is an
 * error value. LF_OK or LF_E_NOMEM. */
lf_status lf_expr_eval(const lf_expr *expr, const lf_env *env, lf_arena *scratch, lf_answer *out);

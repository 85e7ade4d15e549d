/* SPDX-License-Identifier: MIT */
/*
 * Floor 1: JSON (RFC 8259) as a tree with positions, a writer, pointers (RFC 6901), merge patch
 * (RFC 7396). Strict: UTF-8 without BOM, no comments, no trailing commas, no lone surrogates, no
 * duplicate member names (an error at the second, unless the flag allows: then the last wins).
 */
#pragma once

#include "base/base.h"

enum lf_json_kind {
    LF_JSON_NULL,
    LF_JSON_BOOL,
    LF_JSON_INT,    /* a number without fraction and exponent that fits int64_t */
    LF_JSON_NUMBER, /* any other number; `text` has it as written */
    LF_JSON_STRING,
    LF_JSON_ARRAY,
    LF_JSON_OBJECT
};

/* A value lives in the arena it was parsed into and is immutable after that. */
typedef struct lf_json {
    uint8_t kind;
    bool boolean;
    uint32_t line, column; /* of its first byte, from 1; column counts bytes */
    uint32_t n;            /* of array items or members */
    union {
        int64_t i;                 /* INT */
        double d;                  /* NUMBER */
        struct lf_json *items;     /* ARRAY: n of them */
        struct lf_member *members; /* OBJECT: n, in document order */
    } u;
    lf_str text; /* STRING decoded (NUL-terminated); INT and NUMBER as written */
} lf_json;

typedef struct lf_member {
    lf_str name;
    uint32_t line, column; /* of the name */
    lf_json value;
} lf_member;

enum {                         /* flags */
       LF_JSON_DUPLICATES = 1, /* duplicate names are allowed: the last wins, place of the first */
       LF_JSON_KEEP_DUPLICATES = 2 /* they are allowed, and all of them are in the tree */
};

typedef struct lf_json_error {
    uint32_t line, column;
    const char *text; /* static: "expected ',' or ']'" */
    bool twice;       /* the text is JSON, but an object has a member twice */
} lf_json_error;

#define LF_JSON_DEPTH 64 /* deepest nesting accepted unless told otherwise */

/* Parses one whole document. LF_E_PARSE fills *error; LF_E_LIMIT: deeper than max_depth (fills it
 * too); LF_E_NOMEM. Uses no recursion deeper than max_depth. first_line: the number of the first line. */
lf_status lf_json_parse(lf_arena *arena, lf_str text, uint32_t flags, uint32_t max_depth,
                        uint32_t first_line, const lf_json **out, lf_json_error *error);

const lf_json *lf_json_get(const lf_json *object, lf_str name); /* NULL if absent or no object */
const lf_member *lf_json_member(const lf_json *object, lf_str name);
static inline bool lf_json_is(const lf_json *v, enum lf_json_kind kind) {
    return v != NULL && v->kind == kind;
}
bool lf_json_as_double(const lf_json *v,
                       double *out); /* INT or NUMBER; false beyond a double: 1e400 */
bool lf_json_equal(const lf_json *a, const lf_json *b); /* numbers by value, members in any order */
/* Does not depend on the order of members. */
uint32_t lf_json_hash(const lf_json *v, uint32_t seed);
const char *lf_json_kind_name(const lf_json *v); /* "string", "number", ... */

/* RFC 6901: NULL if it points to nothing or is no pointer. */
const lf_json *lf_json_pointer(const lf_json *root, lf_str pointer);
/* Appends "/token" with ~0 ~1 escapes. */
void lf_json_pointer_add(lf_buf *pointer, lf_str token);

/* RFC 7396; shares what it can with its inputs, keeps the place of existing members, appends new. */
lf_status lf_json_merge(lf_arena *arena, const lf_json *target, const lf_json *patch,
                        const lf_json **out);

/* ---- writing: straight into a buffer ---- */
void lf_json_put_string(lf_buf *buf, lf_str s);  /* quoted; only ", \ and controls escaped */
void lf_json_put(lf_buf *buf, const lf_json *v); /* compact; numbers as written */

/* A writer that sets the commas. */
typedef struct lf_json_writer {
    lf_buf *buf;
    bool comma;
} lf_json_writer;
void lf_jw_begin_object(lf_json_writer *w);
void lf_jw_end_object(lf_json_writer *w);
void lf_jw_begin_array(lf_json_writer *w);
void lf_jw_end_array(lf_json_writer *w);
void lf_jw_key(lf_json_writer *w, const char *name);
void lf_jw_key_str(lf_json_writer *w, lf_str name);
void lf_jw_str(lf_json_writer *w, lf_str s);
void lf_jw_text(lf_json_writer *w, const char *nul_terminated); /* NULL writes null */
void lf_jw_i64(lf_json_writer *w, int64_t i);
void lf_jw_double(lf_json_writer *w, double d); /* null if it is no number of JSON */
void lf_jw_bool(lf_json_writer *w, bool b);
void lf_jw_null(lf_json_writer *w);
void lf_jw_raw(lf_json_writer *w, const lf_json *v);

/* SPDX-License-Identifier: MIT */
/*
 * Floor 0: memory, text, numbers, hashes, diagnostics. Everything else stands on this and nothing
 * here knows what a contact is. No function reads the clock, the locale or the environment.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "leadflow/blueprint.h"

#define LF_TIME_NONE INT64_MAX               /* "never": later than every time */
#define LF_TIME_MIN INT64_C(-62135596800000) /* 0001-01-01T00:00:00.000Z */
#define LF_TIME_MAX INT64_C(253402300799999) /* 9999-12-31T23:59:59.999Z */
#define LF_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- text (str.c): borrowed bytes, not NUL-terminated unless said ---- */
typedef struct lf_str {
    const char *p;
    size_t n;
} lf_str;
#define LF_STR(literal) ((lf_str){(literal), sizeof(literal) - 1})
lf_str lf_str_of(const char *nul_terminated);  /* NULL gives the empty string */
lf_str lf_str_given(const char *p, size_t n);  /* a caller's; NULL gives the empty string */
const char *lf_str_out(lf_str s, size_t *len); /* to a caller, to whom the length may not matter */
static inline bool lf_str_eq(lf_str a, lf_str b) {
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}
int lf_str_cmp(lf_str a, lf_str b); /* by bytes, a prefix first: <0, 0, >0 */
bool lf_str_starts(lf_str s, lf_str prefix);
bool lf_is_identifier(lf_str s); /* [a-z][a-z0-9_]{0,62} */
bool lf_utf8_valid(lf_str s);    /* strict: no surrogates, no overlong forms, <= U+10FFFF */
size_t lf_utf8_length(lf_str s); /* code points of valid UTF-8 */
int32_t lf_utf8_next(lf_str s, size_t *at); /* decodes at *at and advances; -1 if invalid */
size_t lf_utf8_put(char out[4], uint32_t code_point); /* bytes written */
/* The candidate nearest to `name` by edit distance, if near enough to be a typo; else {NULL,0}. */
lf_str lf_nearest(lf_str name, const lf_str *candidates, size_t n);

/* ---- memory (mem.c) ---- */
typedef struct lf_mem {
    lf_realloc_fn fn;
    void *user;
} lf_mem;
/* Room for what may come. A test build has none, so that each growth is an allocation that can fail. */
#ifdef LF_TIGHT
#define LF_AHEAD(size) ((size)*0)
#else
#define LF_AHEAD(size) (size)
#endif
/* No struct of any release is larger: what says it is was not initialised. */
#define LF_LARGEST_STRUCT 4096u
/* Zeroes a caller's struct and notes its size, its first member; NULL does nothing. */
void lf_struct_init(void *theirs, size_t struct_size);
/* What a caller of 1.0 passes, by the last member that there was; members that came later are zero then. */
#define LF_SIZE_1_0(type, last) (offsetof(type, last) + sizeof((*(type *)NULL).last))
/* Reads a caller's struct, whose first member is its size, into one of ours: what it does not have is 0.
 * LF_E_ABI: it is shorter than `least`, or longer than ours with something in its tail. */
lf_status lf_struct_read(void *ours, size_t size, size_t least, const void *theirs);
/* Reads a caller's lf_allocator (NULL: libc). LF_E_ABI as above. */
lf_status lf_mem_from(lf_mem *mem, const lf_allocator *allocator);
void *lf_mem_alloc(const lf_mem *mem, size_t size); /* zeroed; NULL on failure or size 0 */
void *lf_mem_resize(const lf_mem *mem, void *p, size_t old_size, size_t new_size);
void lf_mem_free(const lf_mem *mem, void *p, size_t size); /* p may be NULL */
/* Makes room for `need` elements in a growing array; false on failure, the array then stands. */
bool lf_mem_grow(const lf_mem *mem, void **array, uint32_t *cap, uint32_t need, size_t elem_size);

/* ---- arena (arena.c): many small blocks freed at once ---- */
typedef struct lf_arena {
    lf_mem mem;
    struct lf_arena_chunk *chunk; /* newest first */
    size_t used, size;            /* of the newest */
    size_t allowed;               /* bytes that it may still give: no end, unless it is set */
    bool refused;                 /* more than that was asked for */
} lf_arena;
typedef struct lf_arena_mark {
    struct lf_arena_chunk *chunk;
    size_t used, size;
} lf_arena_mark;
void lf_arena_init(lf_arena *arena, const lf_mem *mem);
void *lf_arena_alloc(lf_arena *arena, size_t size); /* zeroed, aligned to 16; NULL on failure */
void *lf_arena_copy(lf_arena *arena, const void *p, size_t size);
bool lf_arena_str(lf_arena *arena, lf_str s, lf_str *out); /* copied, NUL-terminated */
void lf_arena_reset(lf_arena *arena); /* frees all but one chunk, which is used again */
lf_arena_mark lf_arena_here(const lf_arena *arena);
void lf_arena_back(lf_arena *arena, lf_arena_mark mark); /* frees what it gave since */
void lf_arena_free(lf_arena *arena);

/* ---- buffer (buf.c): growing bytes; the first failed growth sticks, check once at the end ---- */
typedef struct lf_buf {
    lf_mem mem;
    char *p; /* NUL-terminated when n > 0 or after lf_buf_text */
    size_t n, cap;
    bool failed;
} lf_buf;
void lf_buf_init(lf_buf *buf, const lf_mem *mem);
void lf_buf_free(lf_buf *buf);
void lf_buf_clear(lf_buf *buf); /* n = 0, failed = false, keeps the memory */
/* Ends an appending call: if it failed, or ran out of memory, the buffer is as it was with n bytes. */
lf_status lf_buf_end(lf_buf *buf, size_t n, lf_status status);
bool lf_buf_room(lf_buf *buf, size_t n); /* for n more bytes and a NUL; false: it has failed */
void lf_buf_add(lf_buf *buf, const void *p, size_t n);
void lf_buf_str(lf_buf *buf, lf_str s);
void lf_buf_text(lf_buf *buf, const char *nul_terminated);
void lf_buf_byte(lf_buf *buf, uint8_t byte);
void lf_buf_i64(lf_buf *buf, int64_t value);     /* decimal */
void lf_buf_u64(lf_buf *buf, uint64_t value);    /* decimal */
void lf_buf_double(lf_buf *buf, double value);   /* shortest form that reads back equal */
void lf_buf_varint(lf_buf *buf, uint64_t value); /* LEB128 */
void lf_buf_svarint(lf_buf *buf, int64_t value); /* zigzag LEB128 */
/* %s const char*, %S lf_str, %q lf_str in single quotes, %d int64_t, %u uint64_t, %% ; nothing else */
void lf_buf_format(lf_buf *buf, const char *format, ...);
void lf_buf_vformat(lf_buf *buf, const char *format, va_list args);
const char *lf_buf_cstr(lf_buf *buf); /* NUL-terminated; "" if empty or failed */

/* Reads back what lf_buf_* wrote; the first bad read sticks. */
typedef struct lf_reader {
    const uint8_t *p, *end;
    bool failed;
} lf_reader;
lf_reader lf_read_from(lf_str bytes);
uint8_t lf_read_byte(lf_reader *r);
uint64_t lf_read_varint(lf_reader *r); /* refuses forms that are not the shortest */
int64_t lf_read_svarint(lf_reader *r);
lf_str lf_read_bytes(lf_reader *r, size_t n); /* borrowed from the input */

/* ---- names (names.c): text -> 0,1,2.. in order of adding ---- */
typedef struct lf_names {
    lf_mem mem;
    lf_str *items; /* borrowed text: the caller keeps it alive (an arena) */
    uint32_t n, cap;
    uint32_t *slots;
    uint32_t n_slots;
} lf_names;
void lf_names_init(lf_names *names, const lf_mem *mem);
void lf_names_free(lf_names *names);
int32_t lf_names_find(const lf_names *names, lf_str name); /* -1 if unknown */
int32_t lf_names_add(lf_names *names,
                     lf_str name); /* its number; -2 if known already, -1 no memory */
lf_str lf_names_nearest(const lf_names *names, lf_str name);

/* ---- suggestions (suggest.c) ---- */
/* Of the names that are added the nearest is said, and if none is near, the first few:
 * "unknown state 'mqk' (did you mean 'mql'?)" */
typedef struct lf_suggest {
    lf_str name, nearest, longer, first[8];
    uint32_t n;
} lf_suggest;
lf_suggest lf_suggest_for(lf_str unknown);
void lf_suggest_add(lf_suggest *s, lf_str known);
bool lf_suggest_say(const lf_suggest *s, const char *what, lf_buf *out); /* false, to return */

/* ---- numbers (number.c) ---- */
bool lf_parse_i64(lf_str s, int64_t *out); /* -?[0-9]+, in range */
bool lf_parse_u64(lf_str s, uint64_t *out);
bool lf_parse_double(lf_str s,
                     double *out); /* JSON number syntax; correctly rounded; inf if too large */
bool lf_parse_double_any(lf_str s, double *out); /* and "+1", ".5", "5." */
size_t lf_format_double(char out[32],
                        double value); /* shortest; "1.5", "1e+21"; NaN "NaN", inf "inf" */
/* The same digits as Go's %g has them: "1", "1e+06", "1e-05"; NaN "NaN", "+Inf". */
size_t lf_format_double_short(char out[32], double value);
/* A decimal with at most `decimals` places, scaled by 10^decimals, exact: "1.5", 3 -> 1500. */
bool lf_parse_decimal(lf_str s, unsigned decimals, int64_t *out);
int64_t lf_sat_add(int64_t a, int64_t b);
int64_t lf_sat_sub(int64_t a, int64_t b);
int64_t lf_sat_mul(int64_t a, int64_t b);
int64_t lf_floor_div(int64_t a, int64_t b); /* b > 0; toward minus infinity */

/* ---- hashes (hash.c, sha256.c, hmac.c): the same on every machine ---- */
uint64_t lf_hash(const void *p, size_t n, uint64_t seed);
typedef struct lf_sha256 {
    uint32_t h[8];
    uint64_t n;
    uint8_t block[64];
} lf_sha256;
void lf_sha256_init(lf_sha256 *sha);
void lf_sha256_add(lf_sha256 *sha, const void *p, size_t n);
void lf_sha256_done(lf_sha256 *sha, uint8_t out[32]);
/* hmac.c: of the parts, one behind the other */
void lf_hmac_sha256(lf_str key, const lf_str *parts, size_t n, uint8_t out[32]);
bool lf_same_secret(const uint8_t *a, const uint8_t *b, size_t n); /* takes the same time if not */
void lf_hex(char *out, const uint8_t *p, size_t n);                /* 2n characters, no NUL */

struct lf_buffer { /* the public handle */
    lf_buf buf;
};

/* ---- diagnostics (diag.c): everything that is wrong with a document ---- */
/* Codes are in codes.h, one list that makes names and docs. */
typedef struct lf_diag {
    uint16_t code;
    bool is_error;         /* else a finding of the linter */
    uint32_t line, column; /* from 1; column counts bytes; 0: no position */
    lf_str pointer;        /* JSON Pointer, "" for the whole document */
    lf_str text;           /* one sentence, no final stop */
    lf_str source;         /* the name of the document, {NULL,0} for the main one */
} lf_diag;
typedef struct lf_diags {
    lf_arena arena;
    lf_mem mem;
    lf_diag *items;
    uint32_t n, cap;
    uint32_t n_errors;
    bool failed; /* out of memory: the list is not complete */
} lf_diags;
void lf_diags_init(lf_diags *diags, const lf_mem *mem);
void lf_diags_free(lf_diags *diags);
void lf_diags_clear(lf_diags *diags);
/* Text by lf_buf_format. `diags` may be NULL (nobody wants to know). At most 1000 are kept. */
void lf_diag_add(lf_diags *diags, uint16_t code, bool is_error, uint32_t line, uint32_t column,
                 lf_str pointer, const char *format, ...);
/* Ends a call that may have refused something: LF_E_NOMEM where there was no memory to say why. */
lf_status lf_diags_end(lf_diags *diags, lf_status status); /* diags may be NULL */
const char *lf_diag_code_name(uint16_t code);              /* "unknown-key" */
struct lf_diagnostics {                                    /* the public handle */
    lf_diags diags;
};

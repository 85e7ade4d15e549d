/* SPDX-License-Identifier: MIT */
/*
 * Floor 3: message text with tokens: {name}, {name|fallback}, {{ and }} for literal braces. Compiled
 * once, rendered many times. What a token holds is the caller's business; what the place of the text
 * asks of it is lf_message_render's.
 */
#pragma once

#include "base/base.h"

typedef struct lf_piece {
    lf_str text;     /* literal text, or the name of a token */
    lf_str fallback; /* of a token */
    uint32_t offset; /* of `text` in the source, in bytes */
    bool is_token, has_fallback;
    int32_t ref; /* the caller's number for the token's name */
} lf_piece;

typedef struct lf_message_text {
    lf_piece *pieces;
    uint32_t n;
} lf_message_text;

enum lf_place {
    LF_PLACE_TEXT,  /* plain text: as it is */
    LF_PLACE_HEADER /* one line: controls and line separators become spaces, nothing can be added */
};

/* LF_E_PARSE: *offset and *why (static text) say what is wrong. Names are identifiers, a fallback has
 * no braces. */
lf_status lf_message_compile(lf_arena *arena, lf_str source, lf_message_text *out, size_t *offset,
                             const char **why);
/* Appends. `value` gives a token's text; if it has none, or an empty one, the fallback stands, else nothing. */
lf_status lf_message_render(const lf_message_text *message, enum lf_place place,
                            bool (*value)(void *ctx, int32_t ref, lf_buf *out), void *ctx,
                            lf_buf *out);

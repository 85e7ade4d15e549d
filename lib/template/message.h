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
    bool
        is_link; /* the token holds a link that the library makes: at LF_PLACE_URL it stays as it is */
    int32_t ref; /* the caller's number for the token's name */
} lf_piece;

typedef struct lf_message_text {
    lf_piece *pieces;
    uint32_t n;
} lf_message_text;

/* What a value must not be able to do where it stands. A fallback stands for a value, and is treated as one. */
enum lf_place {
    LF_PLACE_TEXT, /* plain text: nothing could go wrong */
    LF_PLACE_HEADER, /* add a line: controls and line separators become spaces, in what is written too */
    LF_PLACE_HTML, /* add markup: & < > " ' are references, good between tags and in quoted attributes */
    LF_PLACE_URL, /* change what is written around it, or the scheme: all but letters, digits, - . _ ~ is %XX; at
                        the very start it must be an http(s) link, and stays one */
    LF_PLACE_PARAM /* one parameter of a link: what is written is %XX too */
};

/* LF_E_PARSE: *offset and *why (static text) say what is wrong. Names are identifiers, a fallback has
 * no braces. */
lf_status lf_message_compile(lf_arena *arena, lf_str source, lf_message_text *out, size_t *offset,
                             const char **why);
/* Appends. `value` gives a token's text; if it has none, or an empty one, the fallback stands, else nothing. */
lf_status lf_message_render(const lf_message_text *message, enum lf_place place,
                            bool (*value)(void *ctx, int32_t ref, lf_buf *out), void *ctx,
                            lf_buf *out);

/* ---- escape.c ---- */
/* A value for its place; `first`: it is where the text begins. */
void lf_escape(lf_buf *out, lf_str value, enum lf_place place, bool first);
size_t lf_control_at(lf_str text,
                     size_t at); /* bytes of what ends or spoils a line; 0: it is none */
bool lf_has_control(lf_str text);
/* How long "http://" or "https://" is, in any case, with which it begins; 0: it does not. */
size_t lf_link_scheme(lf_str text);

/* ---- html.c: where in HTML one is; enough to tell markup from text ---- */
enum lf_html {
    LF_HTML_TEXT,
    LF_HTML_OPEN,   /* behind '<' */
    LF_HTML_TAG,    /* in a tag, outside of values */
    LF_HTML_EQUALS, /* behind '=', before the value */
    LF_HTML_BARE,   /* in a value without quotes */
    LF_HTML_DOUBLE, /* in one with " */
    LF_HTML_SINGLE, /* in one with ' */
    LF_HTML_BANG,   /* behind "<!" */
    LF_HTML_BANG_DASH,
    LF_HTML_COMMENT,
    LF_HTML_COMMENT_DASH,
    LF_HTML_COMMENT_END /* behind "--" */
};
enum lf_html lf_html_next(enum lf_html at, char c);
/* Can an escaped value stand here, whatever it is? */
bool lf_html_safe(enum lf_html at);
bool lf_html_has_tag(lf_str text);

/* ---- links.c ---- */
typedef struct
    lf_param { /* of links: its name with '=', and all of it as it is written, "utm_source=x" */
    lf_str name, text;
} lf_param;
/* Appends the text; each http(s) link in it gets those parameters that it does not have already, before its
 * fragment. In HTML links are the `href` of `a` and `area`. */
void lf_links_add(lf_buf *out, lf_str text, bool html, const lf_param *params, uint32_t n);

/* SPDX-License-Identifier: MIT */
/* Message text to pieces, and pieces to text. */
#include "template/message.h"

typedef struct lf_cutter {
    lf_arena *arena;
    lf_str source;
    lf_piece *pieces; /* NULL: only counting */
    uint32_t n;
    size_t offset;
    const char *why;
} lf_cutter;

static bool fail(lf_cutter *cut, size_t offset, const char *why) {
    cut->offset = offset;
    cut->why = why;
    return false;
}

static void add(lf_cutter *cut, lf_piece piece) {
    if (cut->pieces != NULL) {
        cut->pieces[cut->n] = piece;
    }
    cut->n++;
}

static void add_literal(lf_cutter *cut, size_t from, size_t to) {
    if (to > from) {
        add(cut, (lf_piece){.text = {cut->source.p + from, to - from}, .offset = (uint32_t)from});
    }
}

/* At a '{': the token up to its '}'. Returns where it ends, 0 on failure. */
static size_t add_token(lf_cutter *cut, size_t at) {
    size_t end = at + 1, bar = 0;
    while (end < cut->source.n && cut->source.p[end] != '}' && cut->source.p[end] != '{') {
        bar = bar == 0 && cut->source.p[end] == '|' ? end : bar;
        end++;
    }
    if (end == cut->source.n || cut->source.p[end] == '{') {
        fail(cut, at, "'{' without '}' (a literal brace is written '{{')");
        return 0;
    }
    size_t stop = bar == 0 ? end : bar;
    lf_piece piece = {.text = {cut->source.p + at + 1, stop - at - 1},
                      .offset = (uint32_t)(at + 1),
                      .is_token = true};
    if (!lf_is_identifier(piece.text)) {
        fail(cut, at + 1, "expected the name of a field between the braces");
        return 0;
    }
    piece.has_fallback = bar != 0;
    if (bar != 0) {
        piece.fallback = (lf_str){cut->source.p + bar + 1, end - bar - 1};
    }
    add(cut, piece);
    return end + 1;
}

static bool cut_all(lf_cutter *cut) {
    size_t from = 0, at = 0;
    cut->n = 0;
    while (at < cut->source.n) {
        char c = cut->source.p[at];
        if (c != '{' && c != '}') {
            at++;
        } else if (at + 1 < cut->source.n && cut->source.p[at + 1] == c) {
            add_literal(cut, from, at + 1); /* with one of the two braces */
            from = at += 2;
        } else if (c == '}') {
            return fail(cut, at, "'}' without '{' (a literal brace is written '}}')");
        } else {
            add_literal(cut, from, at);
            from = at = add_token(cut, at);
            if (at == 0) {
                return false;
            }
        }
    }
    add_literal(cut, from, at);
    return true;
}

lf_status lf_message_compile(lf_arena *arena, lf_str source, lf_message_text *out, size_t *offset,
                             const char **why) {
    lf_cutter cut = {.arena = arena};
    *out = (lf_message_text){NULL, 0};
    if (!lf_arena_str(arena, source, &cut.source)) {
        return LF_E_NOMEM;
    }
    if (!cut_all(&cut)) {
        *offset = cut.offset;
        *why = cut.why;
        return LF_E_PARSE;
    }
    cut.pieces = lf_arena_alloc(arena, (cut.n + 1u) * sizeof *cut.pieces);
    if (cut.pieces == NULL) {
        return LF_E_NOMEM;
    }
    cut_all(&cut);
    *out = (lf_message_text){cut.pieces, cut.n};
    return LF_OK;
}

static void put_literal(lf_buf *out, lf_str text, enum lf_place place) {
    bool as_value = place == LF_PLACE_HEADER || place == LF_PLACE_PARAM;
    lf_escape(out, text, as_value ? place : LF_PLACE_TEXT, false);
}

/* False: it cannot stand here, as if there were none. */
static bool put_value(lf_buf *out, const lf_piece *piece, lf_str value, enum lf_place place,
                      bool first) {
    bool as_it_is = place == LF_PLACE_URL && piece->is_link;
    if (value.n == 0 ||
        (place == LF_PLACE_URL && first && !as_it_is && lf_link_scheme(value) == 0)) {
        return false;
    }
    lf_escape(out, value, as_it_is ? LF_PLACE_TEXT : place, first);
    return true;
}

lf_status lf_message_render(const lf_message_text *message, enum lf_place place,
                            bool (*value)(void *ctx, int32_t ref, lf_buf *out), void *ctx,
                            lf_buf *out) {
    lf_buf held;
    bool failed = false;
    size_t start = out->n;
    lf_buf_init(&held, &out->mem);
    for (uint32_t i = 0; i < message->n; i++) {
        const lf_piece *piece = &message->pieces[i];
        if (!piece->is_token) {
            put_literal(out, piece->text, place);
            continue;
        }
        lf_buf_clear(&held);
        bool there = value(ctx, piece->ref, &held) &&
                     put_value(out, piece, (lf_str){held.p, held.n}, place, out->n == start);
        if (!there && piece->has_fallback) {
            lf_escape(out, piece->fallback, place, out->n == start);
        }
        failed = failed || held.failed;
    }
    lf_buf_free(&held);
    return failed || out->failed ? LF_E_NOMEM : LF_OK;
}

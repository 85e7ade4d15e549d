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

/* The bytes of what would end or spoil a line at `at`: C0, DEL, C1, U+2028, U+2029; 0: it is none. */
static size_t control_at(lf_str text, size_t at) {
    const unsigned char *p = (const unsigned char *)text.p + at;
    if (p[0] < 0x20 || p[0] == 0x7f) {
        return 1;
    }
    if (p[0] == 0xc2 && text.n - at > 1 && p[1] < 0xa0) {
        return 2;
    }
    return p[0] == 0xe2 && text.n - at > 2 && p[1] == 0x80 && (p[2] == 0xa8 || p[2] == 0xa9) ? 3
                                                                                             : 0;
}

/* In a header no control character may stay: it could begin another header. */
static void put(lf_buf *out, lf_str text, enum lf_place place) {
    size_t from = 0;
    if (text.n == 0) {
        return;
    }
    for (size_t at = 0; place == LF_PLACE_HEADER && at < text.n;) {
        size_t control = control_at(text, at);
        if (control > 0) {
            lf_buf_add(out, text.p + from, at - from);
            lf_buf_byte(out, ' ');
            from = at + control;
        }
        at += control > 0 ? control : 1;
    }
    lf_buf_add(out, text.p + from, text.n - from);
}

lf_status lf_message_render(const lf_message_text *message, enum lf_place place,
                            bool (*value)(void *ctx, int32_t ref, lf_buf *out), void *ctx,
                            lf_buf *out) {
    lf_buf held;
    bool failed = false;
    lf_buf_init(&held, &out->mem);
    for (uint32_t i = 0; i < message->n; i++) {
        const lf_piece *piece = &message->pieces[i];
        if (!piece->is_token) {
            put(out, piece->text, place);
            continue;
        }
        lf_buf_clear(&held);
        if (value(ctx, piece->ref, &held) && held.n > 0) {
            put(out, (lf_str){held.p, held.n}, place);
        } else if (piece->has_fallback) {
            put(out, piece->fallback, place);
        }
        failed = failed || held.failed;
    }
    lf_buf_free(&held);
    return failed || out->failed ? LF_E_NOMEM : LF_OK;
}

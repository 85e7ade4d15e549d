/* SPDX-License-Identifier: MIT */
/* String, bytes and number tokens of CEL. */
#include "expr/expr_internal.h"

typedef struct quoted {
    lf_parse *ps;
    bool raw, bytes, triple;
    char quote;
    char *out;
} quoted;

static bool bad(quoted *q, size_t at, const char *why) {
    lf_parse_fail(q->ps, LF_D_EXPR_SYNTAX, (uint32_t)at, "%s", why);
    return false;
}

static char at(const quoted *q, size_t ahead) {
    const lf_parse *ps = q->ps;
    return ps->at + ahead < ps->source.n ? ps->source.p[ps->at + ahead] : '\0';
}

static bool closes(const quoted *q) {
    return at(q, 0) == q->quote && (!q->triple || (at(q, 1) == q->quote && at(q, 2) == q->quote));
}

static unsigned digit_value(char c) {
    return c >= '0' && c <= '9'   ? (unsigned)(c - '0')
           : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10
           : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A') + 10
                                  : 99;
}

static bool number_escape(quoted *q, unsigned base, unsigned n, bool unicode) {
    uint32_t code = 0;
    size_t from = q->ps->at;
    for (unsigned i = 0; i < n; i++) {
        unsigned digit = digit_value(at(q, 0));
        if (digit >= base) {
            return bad(q, from, "an escape has too few digits");
        }
        code = code * base + digit;
        q->ps->at++;
    }
    if (q->bytes && unicode) {
        return bad(q, from, "bytes know no unicode escapes");
    }
    if (code > (q->bytes || base == 8 ? 0xff : 0x10ffff) || (code >= 0xd800 && code <= 0xdfff)) {
        return bad(q, from, "an escape is outside what is allowed");
    }
    if (q->bytes) {
        *q->out++ = (char)code;
    } else {
        q->out += lf_utf8_put(q->out, code);
    }
    return true;
}

static bool escape(quoted *q) {
    static const char from[] = "abfnrtv\\?\"'`", to[] = "\a\b\f\n\r\t\v\\?\"'`";
    char c = at(q, 1);
    q->ps->at += 2;
    const char *found = c == '\0' ? NULL : strchr(from, c);
    if (found != NULL) {
        *q->out++ = to[found - from];
        return true;
    }
    switch (c) {
    case 'x':
    case 'X':
        return number_escape(q, 16, 2, false);
    case 'u':
        return number_escape(q, 16, 4, true);
    case 'U':
        return number_escape(q, 16, 8, true);
    default:
        if (c >= '0' && c <= '3') {
            q->ps->at--;
            return number_escape(q, 8, 3, false);
        }
        return bad(q, q->ps->at - 2, "unknown escape");
    }
}

static bool one_character(quoted *q, size_t start) {
    lf_parse *ps = q->ps;
    if (ps->at >= ps->source.n) {
        return bad(q, start, "the string has no end");
    }
    char c = at(q, 0);
    if ((c == '\n' || c == '\r') && !q->triple) {
        return bad(q, start, "a line ends within the string");
    }
    if (c == '\\' && !q->raw) {
        return escape(q);
    }
    size_t from = ps->at;
    if (lf_utf8_next(ps->source, &ps->at) < 0) {
        return bad(q, from, "the source is not valid UTF-8");
    }
    memcpy(q->out, ps->source.p + from, ps->at - from);
    q->out += ps->at - from;
    return true;
}

/* How many bytes it needs at most: those up to the quote that closes it. With the rest of the source
 * instead, many short strings would cost the square of their number. */
static size_t room_for(quoted *q) {
    size_t from = q->ps->at, room;
    while (q->ps->at < q->ps->source.n && !closes(q)) {
        q->ps->at += at(q, 0) == '\\' && !q->raw ? 2 : 1;
    }
    room = q->ps->at - from;
    q->ps->at = from;
    return room;
}

bool lf_token_string(lf_parse *ps, lf_token *token) {
    quoted q = {.ps = ps};
    q.bytes = at(&q, 0) == 'b' || at(&q, 0) == 'B';
    ps->at += q.bytes;
    q.raw = at(&q, 0) == 'r' || at(&q, 0) == 'R';
    ps->at += q.raw;
    q.quote = at(&q, 0);
    q.triple = at(&q, 1) == q.quote && at(&q, 2) == q.quote;
    ps->at += q.triple ? 3 : 1;
    char *text = lf_arena_alloc(ps->arena, room_for(&q) + 8);
    if (text == NULL) {
        ps->status = LF_E_NOMEM;
        return false;
    }
    q.out = text;
    while (!closes(&q)) {
        if (!one_character(&q, token->offset)) {
            return false;
        }
    }
    ps->at += q.triple ? 3 : 1;
    token->kind = q.bytes ? LF_TOK_BYTES : LF_TOK_STRING;
    token->text = (lf_str){text, (size_t)(q.out - text)};
    return true;
}

static void digits(lf_parse *ps) {
    while (ps->at < ps->source.n && digit_value(ps->source.p[ps->at]) < 10) {
        ps->at++;
    }
}

static bool next_is(const lf_parse *ps, const char *any, size_t ahead) {
    return ps->at + ahead < ps->source.n && strchr(any, ps->source.p[ps->at + ahead]) != NULL &&
           ps->source.p[ps->at + ahead] != '\0';
}

static void fraction(lf_parse *ps, lf_token *token) {
    if (next_is(ps, ".", 0) && next_is(ps, "0123456789", 1)) {
        token->kind = LF_TOK_DOUBLE;
        ps->at++;
        digits(ps);
    }
    size_t sign = next_is(ps, "+-", 1);
    if (next_is(ps, "eE", 0) && next_is(ps, "0123456789", 1 + sign)) {
        token->kind = LF_TOK_DOUBLE;
        ps->at += 1 + sign;
        digits(ps);
    }
}

bool lf_token_number(lf_parse *ps, lf_token *token) {
    size_t from = ps->at;
    token->kind = LF_TOK_INT;
    if (next_is(ps, "0", 0) && next_is(ps, "x", 1) && ps->at + 2 < ps->source.n &&
        digit_value(ps->source.p[ps->at + 2]) < 16) {
        ps->at += 2;
        while (ps->at < ps->source.n && digit_value(ps->source.p[ps->at]) < 16) {
            ps->at++;
        }
    } else {
        digits(ps);
        fraction(ps, token);
    }
    token->text = (lf_str){ps->source.p + from, ps->at - from};
    if (token->kind == LF_TOK_INT && next_is(ps, "uU", 0)) {
        token->kind = LF_TOK_UINT;
        ps->at++;
    }
    return true;
}

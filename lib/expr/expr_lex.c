/* SPDX-License-Identifier: MIT */
/* Tokens of CEL. */
#include "expr/expr_internal.h"

void lf_parse_fail(lf_parse *ps, uint16_t code, uint32_t offset, const char *format, ...) {
    if (ps->status != LF_OK) {
        return;
    }
    ps->status = LF_E_PARSE;
    lf_expr_error *error = ps->error;
    error->code = code;
    error->offset = offset;
    error->line = error->column = 1;
    for (uint32_t i = 0; i < offset && i < ps->source.n; i++) {
        if (ps->source.p[i] == '\n') {
            error->line++;
            error->column = 1;
        } else {
            error->column += ((uint8_t)ps->source.p[i] & 0xc0) != 0x80;
        }
    }
    va_list args;
    va_start(args, format);
    lf_buf_clear(&error->text);
    lf_buf_vformat(&error->text, format, args);
    va_end(args);
    if (error->text.failed) {
        ps->status = LF_E_NOMEM;
    }
}

static bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c >= '0' && c <= '9');
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static char peek(const lf_parse *ps, size_t ahead) {
    return ps->at + ahead < ps->source.n ? ps->source.p[ps->at + ahead] : '\0';
}

static bool listed(lf_str word, const char *const *words, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (lf_str_eq(word, lf_str_of(words[i]))) {
            return true;
        }
    }
    return false;
}

bool lf_word_reserved(lf_str word) {
    static const char *const words[] = {
        "as",  "break", "const",   "continue",  "else",   "for", "function", "if",   "import",
        "let", "loop",  "package", "namespace", "return", "var", "void",     "while"};
    return listed(word, words, LF_COUNT(words));
}

bool lf_word_keyword(lf_str word) {
    static const char *const words[] = {"true", "false", "null", "in"};
    return listed(word, words, LF_COUNT(words));
}

static void skip_space(lf_parse *ps) {
    for (;;) {
        char c = peek(ps, 0);
        if (ps->at < ps->source.n &&
            (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f')) {
            ps->at++;
        } else if (c == '/' && peek(ps, 1) == '/') {
            while (ps->at < ps->source.n && peek(ps, 0) != '\n') {
                ps->at++;
            }
        } else {
            return;
        }
    }
}

/* A quote, perhaps behind r, b or br. */
static bool string_begins(const lf_parse *ps) {
    size_t i = 0;
    i += peek(ps, i) == 'b' || peek(ps, i) == 'B';
    i += peek(ps, i) == 'r' || peek(ps, i) == 'R';
    return peek(ps, i) == '"' || peek(ps, i) == '\'';
}

static void escaped(lf_parse *ps, lf_token *token) {
    size_t from = ++ps->at;
    char c = peek(ps, 0);
    while (is_word(c) || c == '-' || c == '.' || c == '/' || c == ' ') {
        c = (ps->at++, peek(ps, 0));
    }
    token->kind = LF_TOK_ESCAPED;
    token->text = (lf_str){ps->source.p + from, ps->at - from};
    if (c != '`' || token->text.n == 0) {
        lf_parse_fail(ps, LF_D_EXPR_SYNTAX, token->offset, "a quoted field name has no end");
    }
    ps->at++;
}

static void mark(lf_parse *ps, lf_token *token) {
    static const char single[] = "?:+-*/%!<>()[]{}.,";
    char first = peek(ps, 0), second = peek(ps, 1);
    bool pair = (second == '=' && (first == '=' || first == '!' || first == '<' || first == '>')) ||
                (second == first && (first == '&' || first == '|'));
    if (!pair && memchr(single, first, sizeof single - 1) == NULL) {
        lf_parse_fail(ps, LF_D_EXPR_SYNTAX, token->offset, "a character that CEL does not know");
        return;
    }
    token->kind = LF_TOK_MARK;
    token->text = (lf_str){ps->source.p + ps->at, 1u + pair};
    ps->at += token->text.n;
}

void lf_parse_next(lf_parse *ps) {
    skip_space(ps);
    lf_token token = {.kind = LF_TOK_END, .offset = (uint32_t)ps->at};
    char c = peek(ps, 0);
    if (ps->at >= ps->source.n) {
        token.text = (lf_str){"", 0};
    } else if (string_begins(ps)) {
        lf_token_string(ps, &token);
    } else if (is_digit(c) || (c == '.' && is_digit(peek(ps, 1)))) {
        lf_token_number(ps, &token);
    } else if (is_word(c)) {
        size_t from = ps->at;
        while (is_word(peek(ps, 0))) {
            ps->at++;
        }
        token.kind = LF_TOK_IDENT;
        token.text = (lf_str){ps->source.p + from, ps->at - from};
    } else if (c == '`') {
        escaped(ps, &token);
    } else {
        mark(ps, &token);
    }
    if (ps->status != LF_OK) {
        token = (lf_token){.kind = LF_TOK_END, .offset = token.offset};
    }
    ps->token = token;
}

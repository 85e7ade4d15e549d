/* SPDX-License-Identifier: MIT */
/* As much of HTML as it takes to tell tags, values and text apart. */
#include "template/message.h"

static bool is_letter(char c) {
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static bool is_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static enum lf_html opened(char c) {
    if (c == '<') {
        return LF_HTML_OPEN;
    }
    return c == '!'                               ? LF_HTML_BANG
           : is_letter(c) || c == '/' || c == '?' ? LF_HTML_TAG
                                                  : LF_HTML_TEXT;
}

static enum lf_html value_begins(char c) {
    if (is_space(c)) {
        return LF_HTML_EQUALS;
    }
    return c == '"' ? LF_HTML_DOUBLE : c == '\'' ? LF_HTML_SINGLE : LF_HTML_BARE;
}

enum lf_html lf_html_next(enum lf_html at, char c) {
    bool ends = c == '>';
    switch (at) {
    case LF_HTML_TEXT:
        return c == '<' ? LF_HTML_OPEN : LF_HTML_TEXT;
    case LF_HTML_OPEN:
        return opened(c);
    case LF_HTML_TAG:
        return ends ? LF_HTML_TEXT : c == '=' ? LF_HTML_EQUALS : LF_HTML_TAG;
    case LF_HTML_EQUALS:
        return ends ? LF_HTML_TEXT : value_begins(c);
    case LF_HTML_BARE:
        return ends ? LF_HTML_TEXT : is_space(c) ? LF_HTML_TAG : LF_HTML_BARE;
    case LF_HTML_DOUBLE:
        return c == '"' ? LF_HTML_TAG : LF_HTML_DOUBLE;
    case LF_HTML_SINGLE:
        return c == '\'' ? LF_HTML_TAG : LF_HTML_SINGLE;
    case LF_HTML_BANG:
        return ends ? LF_HTML_TEXT : c == '-' ? LF_HTML_BANG_DASH : LF_HTML_TAG;
    case LF_HTML_BANG_DASH:
        return ends ? LF_HTML_TEXT : c == '-' ? LF_HTML_COMMENT : LF_HTML_TAG;
    case LF_HTML_COMMENT:
        return c == '-' ? LF_HTML_COMMENT_DASH : LF_HTML_COMMENT;
    case LF_HTML_COMMENT_DASH:
        return c == '-' ? LF_HTML_COMMENT_END : LF_HTML_COMMENT;
    default:
        return ends ? LF_HTML_TEXT : c == '-' ? LF_HTML_COMMENT_END : LF_HTML_COMMENT;
    }
}

bool lf_html_safe(enum lf_html at) {
    return at == LF_HTML_TEXT || at == LF_HTML_DOUBLE || at == LF_HTML_SINGLE ||
           at == LF_HTML_COMMENT;
}

/* "<name" and what ends a name, so that "<https://x.test>" and "a <b@x.test>" are text. */
bool lf_html_has_tag(lf_str text) {
    for (size_t i = 0; i < text.n; i++) {
        size_t name =
            i + 1 < text.n && (text.p[i + 1] == '/' || text.p[i + 1] == '!') ? i + 2 : i + 1;
        size_t end = name;
        while (end < text.n &&
               (is_letter(text.p[end]) || (text.p[end] >= '0' && text.p[end] <= '9'))) {
            end++;
        }
        if (text.p[i] == '<' && end > name && is_letter(text.p[name]) && end < text.n &&
            (is_space(text.p[end]) || text.p[end] == '>' || text.p[end] == '/')) {
            return true;
        }
    }
    return false;
}

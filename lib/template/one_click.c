/* SPDX-License-Identifier: MIT */
/* The body of a one-click request (RFC 8058, 8): a form with one field, in either of the two encodings of forms. */
#include "template/signer.h"

static const char field[] = "list-unsubscribe", value[] = "one-click";

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static lf_str trimmed(lf_str text) {
    while (text.n > 0 && is_blank(text.p[0])) {
        text.p++;
        text.n--;
    }
    while (text.n > 0 && is_blank(text.p[text.n - 1])) {
        text.n--;
    }
    return text;
}

/* Words of the protocol are the same in capitals (RFC 5234, 2.3). */
static bool says(lf_str text, const char *word) {
    size_t i = 0;
    while (i < text.n && word[i] != '\0' && lower(text.p[i]) == word[i]) {
        i++;
    }
    return i == text.n && word[i] == '\0';
}

static bool begins(lf_str text, const char *word) {
    size_t n = strlen(word);
    return text.n >= n && says((lf_str){text.p, n}, word);
}

/* What stands before the first `c`; *text goes on behind it. */
static lf_str cut(lf_str *text, char c) {
    const char *found = text->n == 0 ? NULL : memchr(text->p, c, text->n);
    lf_str first = {text->p, found == NULL ? text->n : (size_t)(found - text->p)};
    size_t skip = first.n + (found != NULL);
    *text = (lf_str){text->p + skip, text->n - skip};
    return first;
}

/* ---- application/x-www-form-urlencoded ---- */
static int hex(char c) {
    return c >= '0' && c <= '9'                 ? c - '0'
           : lower(c) >= 'a' && lower(c) <= 'f' ? lower(c) - 'a' + 10
                                                : -1;
}

/* The next character of a field, decoded; 0: there is none, or it is broken. */
static char decoded(lf_str *text) {
    size_t n = 1;
    char c = text->n == 0 ? '\0' : text->p[0];
    if (c == '%') {
        int high = text->n < 3 ? -1 : hex(text->p[1]), low = text->n < 3 ? -1 : hex(text->p[2]);
        c = high < 0 || low < 0 ? '\0' : (char)(high * 16 + low);
        n = 3;
    }
    if (c != '\0') {
        *text = (lf_str){text->p + n, text->n - n};
    }
    return c;
}

static bool says_encoded(lf_str text, const char *word) {
    while (*word != '\0' && lower(decoded(&text)) == *word) {
        word++;
    }
    return *word == '\0' && text.n == 0;
}

static bool in_urlencoded(lf_str body) {
    bool found = false;
    for (lf_str rest = trimmed(body); rest.n > 0;) {
        lf_str content = cut(&rest, '&'), name = cut(&content, '=');
        found = found || (says_encoded(name, field) && says_encoded(content, value));
    }
    return found;
}

/* ---- parameters of a header: the value behind "name=", in quotes or not ---- */
static lf_str parameter(lf_str header, const char *name) {
    cut(&header, ';');
    while (header.n > 0) {
        lf_str one = trimmed(cut(&header, ';'));
        lf_str key = trimmed(cut(&one, '='));
        if (says(key, name)) {
            one = trimmed(one);
            bool quoted = one.n >= 2 && one.p[0] == '"' && one.p[one.n - 1] == '"';
            return quoted ? (lf_str){one.p + 1, one.n - 2} : one;
        }
    }
    return (lf_str){NULL, 0};
}

/* ---- multipart/form-data ---- */
typedef struct form {
    lf_str rest, boundary;
    bool last; /* the delimiter that was found ends the form */
} form;

static lf_str line_of(lf_str *rest) {
    lf_str line = cut(rest, '\n');
    line.n -= line.n > 0 && line.p[line.n - 1] == '\r';
    return line;
}

/* "--boundary", or "--boundary--" */
static bool is_delimiter(form *f, lf_str line) {
    size_t n = f->boundary.n + 2;
    if (line.n < n || memcmp(line.p, "--", 2) != 0 ||
        memcmp(line.p + 2, f->boundary.p, f->boundary.n) != 0) {
        return false;
    }
    lf_str behind = trimmed((lf_str){line.p + n, line.n - n});
    f->last = says(behind, "--");
    return f->last || behind.n == 0;
}

/* What stands before the next delimiter; false: there is none. */
static bool part_of(form *f, lf_str *part) {
    const char *start = f->rest.p;
    while (f->rest.n > 0) {
        const char *at = f->rest.p;
        if (is_delimiter(f, line_of(&f->rest))) {
            *part = (lf_str){start, (size_t)(at - start)};
            return true;
        }
    }
    return false;
}

static bool is_field(lf_str part) {
    bool named = false;
    for (lf_str line = line_of(&part); line.n > 0; line = line_of(&part)) {
        if (begins(line, "content-disposition:")) {
            named = says(parameter(line, "name"), field);
        }
    }
    return named && says(trimmed(part), value);
}

static bool in_multipart(lf_str content_type, lf_str body) {
    form f = {.rest = body, .boundary = parameter(content_type, "boundary")};
    lf_str part;
    bool found = false;
    if (f.boundary.n == 0 || !part_of(&f, &part)) {
        return false;
    }
    while (!f.last) {
        if (!part_of(&f, &part)) {
            return false;
        }
        found = found || is_field(part);
    }
    return found;
}

bool lf_one_click(lf_str content_type, lf_str body) {
    lf_str type = content_type;
    type = trimmed(cut(&type, ';'));
    if (says(type, "application/x-www-form-urlencoded")) {
        return in_urlencoded(body);
    }
    if (says(type, "multipart/form-data")) {
        return in_multipart(content_type, body);
    }
    return says(trimmed(body),
                "list-unsubscribe=one-click"); /* some clients name no type, or another */
}

/* SPDX-License-Identifier: MIT */
/* Parameters for each link of a message (SPEC 10). What stands in a link already is left as it is. */
#include "template/message.h"

typedef struct tagger {
    lf_buf *out;
    bool html;
    const lf_param *params;
    uint32_t n;
} tagger;

static bool is_alnum(char c) {
    return ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || (c >= '0' && c <= '9');
}

static bool is_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Where the fragment begins; in HTML "&#38;" is none. */
static size_t fragment_of(lf_str link, bool html) {
    size_t at = 0;
    while (at < link.n && (link.p[at] != '#' || (html && at > 0 && link.p[at - 1] == '&'))) {
        at++;
    }
    return at;
}

/* Is there a parameter of this name, "name="? In HTML one may stand behind "&amp;". */
static bool has_param(lf_str query, lf_str name) {
    for (size_t i = 1; i + name.n <= query.n; i++) {
        if (memchr("?&;", query.p[i - 1], 3) != NULL && memcmp(query.p + i, name.p, name.n) == 0) {
            return true;
        }
    }
    return false;
}

static void put_link(const tagger *t, lf_str link) {
    size_t end = fragment_of(link, t->html);
    const char *mark = memchr(link.p, '?', end);
    lf_str query =
        mark == NULL ? (lf_str){link.p, 0} : (lf_str){mark, end - (size_t)(mark - link.p)};
    bool joined = query.n > 0 && memchr("?&", query.p[query.n - 1], 2) != NULL;
    bool first = query.n == 0;
    lf_buf_add(t->out, link.p, end);
    for (uint32_t i = 0; i < t->n; i++) {
        if (!has_param(query, t->params[i].name)) {
            lf_buf_text(t->out, first ? "?" : joined ? "" : t->html ? "&amp;" : "&");
            lf_buf_str(t->out, t->params[i].text);
            first = joined = false;
        }
    }
    lf_buf_add(t->out, link.p + end, link.n - end);
}

static bool is_link(lf_str text) {
    size_t scheme = lf_link_scheme(text);
    return scheme > 0 && text.n > scheme &&
           (is_alnum(text.p[scheme]) || text.p[scheme] == '[' || (text.p[scheme] & 0x80) != 0);
}

/* ---- plain text ---- */
/* Is what stands at the end more likely the sentence's than the link's? So many bytes of it. */
static size_t punctuation(lf_str link) {
    unsigned char last = (unsigned char)link.p[link.n - 1];
    if (last == ')') {
        int depth = 0;
        for (size_t i = 0; i < link.n; i++) {
            depth += (link.p[i] == '(') - (link.p[i] == ')');
        }
        return depth < 0;
    }
    if (last < 0x80) {
        return memchr(".,;:!?'*_]}", last, 11) != NULL;
    }
    const unsigned char *p = (const unsigned char *)link.p + link.n;
    bool general = link.n > 2 && ((p[-3] == 0xe2 && (p[-2] == 0x80 || p[-2] == 0x81)) ||
                                  (p[-3] == 0xe3 && p[-2] == 0x80)); /* U+2000.. and U+3000.. */
    bool latin = link.n > 1 && p[-2] == 0xc2;                        /* as in French quotes */
    return general ? 3 : latin ? 2 : 0;
}

/* The link at the beginning of the text, as a reader would take it. */
static lf_str link_at(lf_str text) {
    lf_str link = {text.p, 0};
    while (link.n < text.n && (unsigned char)text.p[link.n] > ' ' && text.p[link.n] != 0x7f &&
           memchr("<>\"`", text.p[link.n], 4) == NULL) {
        link.n++;
    }
    for (size_t n = 1; link.n > 0 && n > 0; link.n -= n) {
        n = punctuation(link);
    }
    return link;
}

static void put_text(const tagger *t, lf_str text) {
    size_t from = 0;
    for (size_t at = 0; at < text.n;) {
        bool begins = (text.p[at] | 0x20) == 'h' && (at == 0 || !is_alnum(text.p[at - 1]));
        lf_str link = begins && lf_link_scheme((lf_str){text.p + at, text.n - at}) > 0
                          ? link_at((lf_str){text.p + at, text.n - at})
                          : (lf_str){NULL, 0};
        if (link.n > 0 && is_link(link)) {
            lf_buf_add(t->out, text.p + from, at - from);
            put_link(t, link);
            from = at + link.n;
        }
        at += link.n > 0 ? link.n : 1;
    }
    lf_buf_add(t->out, text.p + from, text.n - from);
}

/* ---- HTML ---- */
/* Does this word stand there, in any case, as a whole name? */
static bool is_word(lf_str text, size_t at, const char *word) {
    size_t n = strlen(word);
    for (size_t i = 0; i < n; i++) {
        if (at + i >= text.n || (text.p[at + i] | 0x20) != word[i]) {
            return false;
        }
    }
    return at + n == text.n || is_space(text.p[at + n]) || text.p[at + n] == '=';
}

static bool is_href(lf_str text, size_t equals) {
    size_t end = equals;
    while (end > 0 && is_space(text.p[end - 1])) {
        end--;
    }
    return end > 4 && is_word(text, end - 4, "href") &&
           (is_space(text.p[end - 5]) || memchr("\"'/", text.p[end - 5], 3) != NULL);
}

static lf_str trimmed(const char *p, size_t n) {
    while (n > 0 && is_space(*p)) {
        p++;
        n--;
    }
    while (n > 0 && is_space(p[n - 1])) {
        n--;
    }
    return (lf_str){p, n};
}

static void put_html(const tagger *t, lf_str text) {
    size_t from = 0, value = 0;
    bool anchor = false, href = false;
    enum lf_html at = LF_HTML_TEXT;
    for (size_t i = 0; i <= text.n; i++) {
        enum lf_html before = at;
        at = i < text.n ? lf_html_next(at, text.p[i]) : LF_HTML_TEXT;
        if (before == LF_HTML_OPEN) {
            anchor = is_word(text, i, "a") || is_word(text, i, "area");
        } else if (at == LF_HTML_EQUALS && before != at) {
            href = anchor && is_href(text, i);
        } else if (before == LF_HTML_EQUALS && before != at) {
            value = at == LF_HTML_BARE ? i : i + 1;
        } else if (before >= LF_HTML_BARE && before <= LF_HTML_SINGLE && before != at && href) {
            lf_str link = trimmed(text.p + value, i - value);
            if (is_link(link)) {
                lf_buf_add(t->out, text.p + from, (size_t)(link.p - text.p) - from);
                put_link(t, link);
                from = (size_t)(link.p - text.p) + link.n;
            }
            href = false;
        }
    }
    lf_buf_add(t->out, text.p + from, text.n - from);
}

void lf_links_add(lf_buf *out, lf_str text, bool html, const lf_param *params, uint32_t n) {
    tagger t = {out, html, params, n};
    if (text.n > 0) {
        (html ? put_html : put_text)(&t, text);
    }
}

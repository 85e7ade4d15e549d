/* SPDX-License-Identifier: MIT */
/* Values as the place asks for them, so that none can say more than its text (SPEC 10). */
#include "template/message.h"

size_t lf_control_at(lf_str text, size_t at) { /* C0, DEL, C1, U+2028, U+2029 */
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

bool lf_has_control(lf_str text) {
    size_t at = 0;
    while (at < text.n && lf_control_at(text, at) == 0) {
        at++;
    }
    return at < text.n;
}

size_t lf_link_scheme(lf_str text) {
    static const char scheme[] = "https";
    size_t n = 0;
    while (n < 5 && n < text.n && (text.p[n] | 0x20) == scheme[n]) {
        n++;
    }
    return n >= 4 && text.n - n >= 3 && memcmp(text.p + n, "://", 3) == 0 ? n + 3 : 0;
}

/* In a header no control character may stay: it could begin another header. */
static void put_header(lf_buf *out, lf_str text) {
    size_t from = 0;
    for (size_t at = 0; at < text.n;) {
        size_t control = lf_control_at(text, at);
        if (control > 0) {
            lf_buf_add(out, text.p + from, at - from);
            lf_buf_byte(out, ' ');
            from = at + control;
        }
        at += control > 0 ? control : 1;
    }
    lf_buf_add(out, text.p + from, text.n - from);
}

static void put_html(lf_buf *out, lf_str text) {
    static const char special[] = "&<>\"'";
    static const char *const references[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};
    size_t from = 0;
    for (size_t at = 0; at < text.n; at++) {
        const char *found = memchr(special, text.p[at], sizeof special - 1);
        if (found != NULL) {
            lf_buf_add(out, text.p + from, at - from);
            lf_buf_text(out, references[found - special]);
            from = at + 1;
        }
    }
    lf_buf_add(out, text.p + from, text.n - from);
}

/* RFC 3986: the unreserved ones stay as they are, and those of `also`. */
static void put_percent(lf_buf *out, lf_str text, lf_str also) {
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i], letter = c | 0x20;
        bool stays = (letter >= 'a' && letter <= 'z') || (c >= '0' && c <= '9') ||
                     memchr("-._~", c, 4) != NULL || memchr(also.p, c, also.n) != NULL;
        if (!stays) {
            lf_buf_byte(out, '%');
            lf_buf_byte(out, (uint8_t)digits[c >> 4]);
        }
        lf_buf_byte(out, stays ? c : (uint8_t)digits[c & 15]);
    }
}

void lf_escape(lf_buf *out, lf_str value, enum lf_place place, bool first) {
    if (value.n == 0) {
        return;
    }
    switch (place) {
    case LF_PLACE_TEXT:
        lf_buf_str(out, value);
        break;
    case LF_PLACE_HEADER:
        put_header(out, value);
        break;
    case LF_PLACE_HTML:
        put_html(out, value);
        break;
    default: /* a whole link keeps what gives it its parts, but quotes */
        put_percent(out, value,
                    place == LF_PLACE_URL && first ? LF_STR(":/?#[]@!$&()*+,;=%") : LF_STR(""));
        break;
    }
}

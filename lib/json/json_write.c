/* SPDX-License-Identifier: MIT */
/* Writing JSON, straight into a buffer. */
#include <float.h>

#include "json/json.h"

static bool needs_escape(char c) {
    return (unsigned char)c < 0x20 || c == '"' || c == '\\';
}

#define EACH_BYTE(value) (UINT64_C(0x0101010101010101) * (value))

/* Does none of eight bytes need an escape? May say no where a carry runs from one byte into the next. */
static bool eight_plain(const char *p) {
    uint64_t word;
    memcpy(&word, p, sizeof word);
    uint64_t quote = word ^ EACH_BYTE('"'), slash = word ^ EACH_BYTE('\\');
    uint64_t control = (word - EACH_BYTE(0x20)) & ~word;
    uint64_t either = ((quote - EACH_BYTE(1)) & ~quote) | ((slash - EACH_BYTE(1)) & ~slash);
    return ((control | either) & EACH_BYTE(0x80)) == 0;
}

/* How many bytes from there on need no escape. */
static size_t plain(const char *p, size_t n) {
    size_t i = 0;
    while (n - i >= 8 && eight_plain(p + i)) {
        i += 8;
    }
    while (i < n && !needs_escape(p[i])) {
        i++;
    }
    return i;
}

static void put_escape(lf_buf *buf, char c) {
    static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
    const char *found = c == '\0' ? NULL : strchr(from, c);
    if (found != NULL) {
        lf_buf_byte(buf, '\\');
        lf_buf_byte(buf, (uint8_t)to[found - from]);
    } else {
        uint8_t byte = (uint8_t)c;
        char hex[2];
        lf_hex(hex, &byte, 1);
        lf_buf_text(buf, "\\u00");
        lf_buf_add(buf, hex, sizeof hex);
    }
}

/* Text that needs no escape. */
static void put_quoted(lf_buf *buf, lf_str s) {
    if (lf_buf_room(buf, s.n + 2)) {
        char *p = buf->p + buf->n;
        p[0] = p[s.n + 1] = '"';
        p[s.n + 2] = '\0';
        if (s.n > 0) {
            memcpy(p + 1, s.p, s.n);
        }
        buf->n += s.n + 2;
    }
}

void lf_json_put_string(lf_buf *buf, lf_str s) {
    if (plain(s.p, s.n) == s.n) {
        put_quoted(buf, s);
        return;
    }
    lf_buf_byte(buf, '"');
    while (s.n > 0) {
        size_t n = plain(s.p, s.n);
        lf_buf_add(buf, s.p, n);
        if (n < s.n) {
            put_escape(buf, s.p[n++]);
        }
        s = (lf_str){s.p + n, s.n - n};
    }
    lf_buf_byte(buf, '"');
}

void lf_json_put(lf_buf *buf, const lf_json *v) {
    switch (v->kind) {
    case LF_JSON_NULL:
        lf_buf_text(buf, "null");
        break;
    case LF_JSON_BOOL:
        lf_buf_text(buf, v->boolean ? "true" : "false");
        break;
    case LF_JSON_STRING:
        lf_json_put_string(buf, v->text);
        break;
    case LF_JSON_ARRAY:
        lf_buf_byte(buf, '[');
        for (uint32_t i = 0; i < v->n; i++) {
            lf_buf_text(buf, i == 0 ? "" : ",");
            lf_json_put(buf, &v->u.items[i]);
        }
        lf_buf_byte(buf, ']');
        break;
    case LF_JSON_OBJECT:
        lf_buf_byte(buf, '{');
        for (uint32_t i = 0; i < v->n; i++) {
            lf_buf_text(buf, i == 0 ? "" : ",");
            lf_json_put_string(buf, v->u.members[i].name);
            lf_buf_byte(buf, ':');
            lf_json_put(buf, &v->u.members[i].value);
        }
        lf_buf_byte(buf, '}');
        break;
    default:
        lf_buf_str(buf, v->text);
        break;
    }
}

static void before_value(lf_json_writer *w) {
    if (w->comma) {
        lf_buf_byte(w->buf, ',');
    }
    w->comma = true;
}

void lf_jw_begin_object(lf_json_writer *w) {
    before_value(w);
    lf_buf_byte(w->buf, '{');
    w->comma = false;
}

void lf_jw_end_object(lf_json_writer *w) {
    lf_buf_byte(w->buf, '}');
    w->comma = true;
}

void lf_jw_begin_array(lf_json_writer *w) {
    before_value(w);
    lf_buf_byte(w->buf, '[');
    w->comma = false;
}

void lf_jw_end_array(lf_json_writer *w) {
    lf_buf_byte(w->buf, ']');
    w->comma = true;
}

void lf_jw_key(lf_json_writer *w, const char *name) {
    before_value(w);
    put_quoted(w->buf, lf_str_of(name));
    lf_buf_byte(w->buf, ':');
    w->comma = false;
}

void lf_jw_key_str(lf_json_writer *w, lf_str name) {
    before_value(w);
    lf_json_put_string(w->buf, name);
    lf_buf_byte(w->buf, ':');
    w->comma = false;
}

void lf_jw_str(lf_json_writer *w, lf_str s) {
    before_value(w);
    lf_json_put_string(w->buf, s);
}

void lf_jw_text(lf_json_writer *w, const char *nul_terminated) {
    if (nul_terminated == NULL) {
        lf_jw_null(w);
    } else {
        lf_jw_str(w, lf_str_of(nul_terminated));
    }
}

void lf_jw_i64(lf_json_writer *w, int64_t i) {
    before_value(w);
    lf_buf_i64(w->buf, i);
}

void lf_jw_double(lf_json_writer *w, double d) {
    if (!(d >= -DBL_MAX && d <= DBL_MAX)) {
        lf_jw_null(w);
        return;
    }
    before_value(w);
    lf_buf_double(w->buf, d);
}

void lf_jw_bool(lf_json_writer *w, bool b) {
    before_value(w);
    lf_buf_text(w->buf, b ? "true" : "false");
}

void lf_jw_null(lf_json_writer *w) {
    before_value(w);
    lf_buf_text(w->buf, "null");
}

void lf_jw_raw(lf_json_writer *w, const lf_json *v) {
    before_value(w);
    lf_json_put(w->buf, v);
}

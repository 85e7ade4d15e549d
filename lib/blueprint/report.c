/* SPDX-License-Identifier: MIT */
/* Where in a blueprint we are, and what is wrong there: pointer, line, column, the nearest name. */
#include "blueprint/blueprint_internal.h"

void *lf_build_alloc(lf_build *b, size_t size) {
    void *p = lf_arena_alloc(b->arena, size);
    if (p == NULL) {
        b->status = LF_E_NOMEM;
    }
    return p;
}

/* ---- the path ---- */
size_t lf_path_down(lf_build *b, lf_str token) {
    size_t length = b->path.n;
    lf_json_pointer_add(&b->path, token);
    return length;
}

size_t lf_path_item(lf_build *b, uint32_t index) {
    size_t length = b->path.n;
    lf_buf_byte(&b->path, '/');
    lf_buf_u64(&b->path, index);
    return length;
}

void lf_path_up(lf_build *b, size_t length) {
    b->path.n = length;
}

/* ---- places in the text ---- */
lf_json lf_place_of(const lf_member *member) {
    return (lf_json){.line = member->line, .column = member->column};
}

static lf_str line_of(lf_str text, uint32_t line) {
    while (line > 1) {
        const char *end = memchr(text.p, '\n', text.n);
        if (end == NULL) {
            return (lf_str){text.p, 0};
        }
        text.n -= (size_t)(end - text.p) + 1;
        text.p = end + 1;
        line--;
    }
    return text;
}

/* How long the escape at the start of the text is, and how many bytes it stands for. */
static size_t escape_at(lf_str text, size_t *bytes) {
    uint32_t code = 0;
    *bytes = 1;
    if (text.n < 6 || text.p[1] != 'u') {
        return 2;
    }
    for (size_t i = 2; i < 6; i++) {
        char c = text.p[i];
        code = code << 4 | (uint32_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    bool pair = code >= 0xd800 && code < 0xdc00;
    *bytes = pair ? 4 : code >= 0x800 ? 3 : code >= 0x80 ? 2 : 1;
    return pair ? 12 : 6;
}

lf_json lf_place_in(const lf_build *b, const lf_json *string, size_t offset) {
    lf_json place = *string;
    uint32_t source = string->line >> LF_SOURCE_SHIFT;
    lf_str line = line_of(source == 0 ? b->text : b->presets[source - 1].text,
                          string->line & ((1u << LF_SOURCE_SHIFT) - 1));
    size_t at = string->column; /* behind the quote, which stands at column - 1 */
    for (size_t done = 0, bytes = 1; done < offset && at < line.n; done += bytes) {
        bool escape = line.p[at] == '\\';
        at += escape ? escape_at((lf_str){line.p + at, line.n - at}, &bytes) : 1;
        bytes = escape ? bytes : 1;
    }
    place.column = (uint32_t)at + 1;
    return place;
}

/* ---- what is wrong ---- */
/* Says it of the present path and the document that `at` stands in. */
static void say(lf_build *b, uint16_t code, bool is_error, const lf_json *at, const char *format,
                va_list args) {
    lf_buf text;
    lf_buf_init(&text, &b->bp->mem);
    lf_buf_vformat(&text, format, args);
    uint32_t before = b->diags->n, source = at->line >> LF_SOURCE_SHIFT;
    lf_diag_add(b->diags, code, is_error, at->line & ((1u << LF_SOURCE_SHIFT) - 1), at->column,
                (lf_str){b->path.p, b->path.n}, "%S", (lf_str){text.p, text.n});
    if (source > 0 && b->diags->n > before &&
        !lf_arena_str(&b->diags->arena, b->presets[source - 1].name,
                      &b->diags->items[before].source)) {
        b->status = LF_E_NOMEM;
    }
    if (text.failed || b->path.failed) {
        b->status = LF_E_NOMEM;
    }
    lf_buf_free(&text);
}

void lf_build_error(lf_build *b, uint16_t code, const lf_json *at, lf_str member,
                    const char *format, ...) {
    va_list args;
    va_start(args, format);
    size_t length = b->path.n;
    if (member.p != NULL) {
        lf_json_pointer_add(&b->path, member);
    }
    say(b, code, true, at, format, args);
    lf_path_up(b, length);
    va_end(args);
}

void lf_build_finding(lf_build *b, uint16_t code, const char *format, ...) {
    static const lf_json nowhere = {.kind = LF_JSON_NULL};
    va_list args;
    va_start(args, format);
    const lf_json *at = lf_json_pointer(b->bp->document, (lf_str){b->path.p, b->path.n});
    say(b, code, false, at == NULL ? &nowhere : at, format, args);
    va_end(args);
}

lf_str lf_nearer(lf_str name, lf_str best, lf_str other) {
    lf_str both[2] = {best, other};
    return lf_nearest(name, both, LF_COUNT(both));
}

void lf_build_unknown(lf_build *b, const lf_json *at, lf_str member, const char *what, lf_str name,
                      lf_str nearest) {
    if (nearest.n > 0) {
        lf_build_error(b, LF_D_UNKNOWN_NAME, at, member, "unknown %s %q (did you mean %q?)", what,
                       name, nearest);
    } else {
        lf_build_error(b, LF_D_UNKNOWN_NAME, at, member, "unknown %s %q", what, name);
    }
}

/* SPDX-License-Identifier: MIT */
/* The strict reader: RFC 8259, UTF-8, positions, a depth limit. */
#include "json/json.h"

typedef struct parser {
    lf_arena *arena;
    const char *p, *end, *line_start;
    uint32_t line, flags, depth;
    lf_member *stack; /* members and items of the containers that are open */
    uint32_t n, cap;
    lf_json_error *error;
    lf_status status;
} parser;

static bool fail_at(parser *ps, const char *at, const char *text) {
    if (ps->status == LF_OK) {
        ps->status = LF_E_PARSE;
        *ps->error = (lf_json_error){
            .line = ps->line, .column = (uint32_t)(at - ps->line_start) + 1, .text = text};
    }
    return false;
}

static bool fail(parser *ps, const char *text) {
    return fail_at(ps, ps->p, text);
}

static bool no_memory(parser *ps) {
    ps->status = LF_E_NOMEM;
    return false;
}

static void skip_space(parser *ps) {
    for (; ps->p < ps->end; ps->p++) {
        if (*ps->p == '\n') {
            ps->line++;
            ps->line_start = ps->p + 1;
        } else if (*ps->p != ' ' && *ps->p != '\t' && *ps->p != '\r') {
            return;
        }
    }
}

static bool hex4(parser *ps, uint32_t *out) {
    *out = 0;
    for (unsigned i = 0; i < 4; i++, ps->p++) {
        char c = ps->p < ps->end ? *ps->p : '\0';
        unsigned digit = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
                         : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10
                         : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A') + 10
                                                : 16;
        if (digit == 16) {
            return fail(ps, "expected four hexadecimal digits after \\u");
        }
        *out = *out << 4 | digit;
    }
    return true;
}

static bool unicode_escape(parser *ps, char **out) {
    uint32_t code, low;
    const char *at = ps->p - 2;
    if (!hex4(ps, &code)) {
        return false;
    }
    if (code >= 0xdc00 && code <= 0xdfff) {
        return fail_at(ps, at, "a low surrogate without a high one");
    }
    if (code >= 0xd800 && code <= 0xdbff) {
        if (ps->end - ps->p < 6 || ps->p[0] != '\\' || ps->p[1] != 'u') {
            return fail_at(ps, at, "a high surrogate without a low one");
        }
        ps->p += 2;
        if (!hex4(ps, &low)) {
            return false;
        }
        if (low < 0xdc00 || low > 0xdfff) {
            return fail_at(ps, at, "a high surrogate without a low one");
        }
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    }
    *out += lf_utf8_put(*out, code);
    return true;
}

static bool escape(parser *ps, char **out) {
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    char c = ps->p < ps->end ? *ps->p : '\0';
    if (c == 'u') {
        ps->p++;
        return unicode_escape(ps, out);
    }
    const char *found = c == '\0' ? NULL : strchr(from, c);
    if (found == NULL) {
        return fail_at(ps, ps->p - 1, "unknown escape in a string");
    }
    *(*out)++ = to[found - from];
    ps->p++;
    return true;
}

static bool plain(char c) {
    return (unsigned char)c >= 0x20 && (unsigned char)c < 0x80 && c != '"' && c != '\\';
}

/* The end of the string, to know how much room it needs at most. */
static const char *string_end(parser *ps) {
    const char *p = ps->p;
    while (p < ps->end && *p != '"') {
        p += *p == '\\' ? 2 : 1;
    }
    return p >= ps->end ? NULL : p;
}

static bool read_string(parser *ps, lf_str *out) {
    ps->p++;
    const char *last = string_end(ps);
    if (last == NULL) {
        return fail_at(ps, ps->p - 1, "the string has no end");
    }
    char *text = lf_arena_alloc(ps->arena, (size_t)(last - ps->p) + 1);
    if (text == NULL) {
        return no_memory(ps);
    }
    char *to = text;
    for (;;) {
        const char *from = ps->p;
        while (plain(*ps->p)) { /* the closing quote stops it */
            ps->p++;
        }
        memcpy(to, from, (size_t)(ps->p - from));
        to += ps->p - from;
        if (*ps->p == '"') {
            break;
        }
        if (*ps->p == '\\') {
            ps->p++;
            if (!escape(ps, &to)) {
                return false;
            }
        } else if ((unsigned char)*ps->p < 0x20) {
            return fail(ps, "control characters in a string must be escaped");
        } else {
            size_t at = 0;
            if (lf_utf8_next((lf_str){ps->p, (size_t)(ps->end - ps->p)}, &at) < 0) {
                return fail(ps, "the text is not valid UTF-8");
            }
            memcpy(to, ps->p, at);
            to += at;
            ps->p += at;
        }
    }
    ps->p++;
    *out = (lf_str){text, (size_t)(to - text)};
    return true;
}

static bool digits(parser *ps) {
    const char *from = ps->p;
    while (ps->p < ps->end && *ps->p >= '0' && *ps->p <= '9') {
        ps->p++;
    }
    return ps->p > from || fail(ps, "expected a digit");
}

static bool read_number(parser *ps, lf_json *out) {
    const char *from = ps->p;
    bool whole = true;
    ps->p += *ps->p == '-';
    if (ps->p < ps->end && *ps->p == '0') {
        ps->p++;
        if (ps->p < ps->end && *ps->p >= '0' && *ps->p <= '9') {
            return fail(ps, "a number must not begin with 0");
        }
    } else if (!digits(ps)) {
        return false;
    }
    if (ps->p < ps->end && *ps->p == '.') {
        ps->p++;
        whole = false;
        if (!digits(ps)) {
            return false;
        }
    }
    if (ps->p < ps->end && (*ps->p == 'e' || *ps->p == 'E')) {
        ps->p++;
        whole = false;
        ps->p += ps->p < ps->end && (*ps->p == '+' || *ps->p == '-');
        if (!digits(ps)) {
            return false;
        }
    }
    if (!lf_arena_str(ps->arena, (lf_str){from, (size_t)(ps->p - from)}, &out->text)) {
        return no_memory(ps);
    }
    out->kind = LF_JSON_INT;
    if (!whole || !lf_parse_i64(out->text, &out->u.i)) {
        out->kind = LF_JSON_NUMBER;
        lf_parse_double(out->text, &out->u.d);
    }
    return true;
}

static bool read_word(parser *ps, const char *word, lf_json *out, uint8_t kind, bool boolean) {
    size_t n = strlen(word);
    if ((size_t)(ps->end - ps->p) < n || memcmp(ps->p, word, n) != 0) {
        return fail(ps, "expected a value");
    }
    ps->p += n;
    out->kind = kind;
    out->boolean = boolean;
    return true;
}

static bool read_value(parser *ps, lf_json *out);

static bool push(parser *ps, const lf_member *member) {
    if (!lf_mem_grow(&ps->arena->mem, (void **)&ps->stack, &ps->cap, ps->n + 1,
                     sizeof *ps->stack)) {
        return no_memory(ps);
    }
    ps->stack[ps->n++] = *member;
    return true;
}

static bool deeper(parser *ps) {
    if (ps->depth == 0) {
        fail(ps, "nested too deeply");
        ps->status = LF_E_LIMIT;
        return false;
    }
    ps->depth--;
    return true;
}

static bool read_array(parser *ps, lf_json *out) {
    uint32_t base = ps->n;
    out->kind = LF_JSON_ARRAY;
    if (!deeper(ps)) {
        return false;
    }
    ps->p++;
    skip_space(ps);
    bool more = !(ps->p < ps->end && *ps->p == ']');
    while (more) {
        lf_member item = {.line = 0};
        if (!read_value(ps, &item.value) || !push(ps, &item)) {
            return false;
        }
        skip_space(ps);
        more = ps->p < ps->end && *ps->p == ',';
        ps->p += more;
    }
    if (ps->p == ps->end || *ps->p != ']') {
        return fail(ps, "expected ',' or ']'");
    }
    ps->p++;
    out->n = ps->n - base;
    out->u.items = lf_arena_alloc(ps->arena, out->n * sizeof *out->u.items);
    if (out->u.items == NULL) {
        return no_memory(ps);
    }
    for (uint32_t i = 0; i < out->n; i++) {
        out->u.items[i] = ps->stack[base + i].value;
    }
    ps->n = base;
    ps->depth++;
    return true;
}

static bool read_member(parser *ps, lf_member *member) {
    skip_space(ps);
    if (ps->p == ps->end || *ps->p != '"') {
        return fail(ps, "expected a member name in double quotes");
    }
    member->line = ps->line;
    member->column = (uint32_t)(ps->p - ps->line_start) + 1;
    if (!read_string(ps, &member->name)) {
        return false;
    }
    skip_space(ps);
    if (ps->p == ps->end || *ps->p != ':') {
        return fail(ps, "expected ':'");
    }
    ps->p++;
    return read_value(ps, &member->value);
}

#define FEW 16 /* so few members are compared one by one */

/* Finds names that stand twice: an error, or the last one takes the place of the first. */
static bool settle_duplicates(parser *ps, uint32_t base) {
    lf_names names;
    lf_names_init(&names, &ps->arena->mem);
    uint32_t kept = base;
    bool fine = true;
    for (uint32_t i = base; i < ps->n && fine; i++) {
        int32_t first = -1;
        if (ps->n - base <= FEW) {
            for (uint32_t j = base; j < kept && first < 0; j++) {
                first = lf_str_eq(ps->stack[j].name, ps->stack[i].name) ? (int32_t)(j - base) : -1;
            }
        } else {
            first = lf_names_find(&names, ps->stack[i].name);
            if (first < 0 && lf_names_add(&names, ps->stack[i].name) < 0) {
                fine = no_memory(ps);
            }
        }
        if (first < 0) {
            ps->stack[kept++] = ps->stack[i];
        } else if (ps->flags & LF_JSON_DUPLICATES) {
            ps->stack[base + (uint32_t)first] = ps->stack[i];
        } else {
            fine = fail(ps, "the object has this member twice");
            ps->error->line = ps->stack[i].line;
            ps->error->column = ps->stack[i].column;
            ps->error->twice = true;
        }
    }
    lf_names_free(&names);
    ps->n = kept;
    return fine;
}

static bool read_object(parser *ps, lf_json *out) {
    uint32_t base = ps->n;
    out->kind = LF_JSON_OBJECT;
    if (!deeper(ps)) {
        return false;
    }
    ps->p++;
    skip_space(ps);
    bool more = !(ps->p < ps->end && *ps->p == '}');
    while (more) {
        lf_member member = {.line = 0};
        if (!read_member(ps, &member) || !push(ps, &member)) {
            return false;
        }
        skip_space(ps);
        more = ps->p < ps->end && *ps->p == ',';
        ps->p += more;
    }
    if (ps->p == ps->end || *ps->p != '}') {
        return fail(ps, "expected ',' or '}'");
    }
    ps->p++;
    if (!(ps->flags & LF_JSON_KEEP_DUPLICATES) && !settle_duplicates(ps, base)) {
        return false;
    }
    out->n = ps->n - base;
    const lf_member *members = out->n == 0 ? NULL : ps->stack + base; /* the stack may be NULL */
    out->u.members = lf_arena_copy(ps->arena, members, out->n * sizeof *members);
    ps->n = base;
    ps->depth++;
    return out->u.members != NULL || no_memory(ps);
}

static bool read_value(parser *ps, lf_json *out) {
    skip_space(ps);
    if (ps->p == ps->end) {
        return fail(ps, "expected a value");
    }
    out->line = ps->line;
    out->column = (uint32_t)(ps->p - ps->line_start) + 1;
    switch (*ps->p) {
    case '{':
        return read_object(ps, out);
    case '[':
        return read_array(ps, out);
    case '"':
        out->kind = LF_JSON_STRING;
        return read_string(ps, &out->text);
    case 't':
        return read_word(ps, "true", out, LF_JSON_BOOL, true);
    case 'f':
        return read_word(ps, "false", out, LF_JSON_BOOL, false);
    case 'n':
        return read_word(ps, "null", out, LF_JSON_NULL, false);
    default:
        if (*ps->p == '-' || (*ps->p >= '0' && *ps->p <= '9')) {
            return read_number(ps, out);
        }
        return fail(ps, "expected a value");
    }
}

lf_status lf_json_parse(lf_arena *arena, lf_str text, uint32_t flags, uint32_t max_depth,
                        uint32_t first_line, const lf_json **out, lf_json_error *error) {
    static const char nothing[] = "";
    const char *start = text.n == 0 ? nothing : text.p;
    parser ps = {.arena = arena,
                 .p = start,
                 .line_start = start,
                 .end = start + text.n,
                 .line = first_line,
                 .flags = flags,
                 .depth = max_depth,
                 .error = error};
    *out = NULL;
    lf_json *root = lf_arena_alloc(arena, sizeof *root);
    if (root == NULL) {
        return LF_E_NOMEM;
    }
    if (read_value(&ps, root)) {
        skip_space(&ps);
        if (ps.p < ps.end) {
            fail(&ps, "something stands behind the value");
        }
    }
    lf_mem_free(&arena->mem, ps.stack, ps.cap * sizeof *ps.stack);
    if (ps.status == LF_OK) {
        *out = root;
    }
    return ps.status;
}

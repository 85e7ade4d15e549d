/* SPDX-License-Identifier: MIT */
#include "print.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "expr/expr_internal.h"
#include "time/timing.h"

/* ---- literals ---- */
static void put_quoted(lf_buf *out, lf_str text, bool bytes) {
    static const char digits[] = "0123456789abcdef";
    lf_buf_text(out, bytes ? "b\"" : "\"");
    for (size_t i = 0; i < text.n; i++) {
        uint8_t c = (uint8_t)text.p[i];
        if (c == '"' || c == '\\') {
            lf_buf_byte(out, '\\');
            lf_buf_byte(out, c);
        } else if (c < 0x20 || c == 0x7f || (bytes && c > 0x7f)) {
            lf_buf_text(out, "\\x");
            lf_buf_byte(out, (uint8_t)digits[c >> 4]);
            lf_buf_byte(out, (uint8_t)digits[c & 15]);
        } else {
            lf_buf_byte(out, c);
        }
    }
    lf_buf_byte(out, '"');
}

/* "5" would be an int. */
static void put_double(lf_buf *out, double value) {
    char text[32];
    size_t n = lf_format_double(text, value);
    bool plain = isfinite(value) && memchr(text, '.', n) == NULL && memchr(text, 'e', n) == NULL;
    lf_buf_add(out, text, n);
    lf_buf_text(out, plain ? ".0" : "");
}

static void put_time(lf_buf *out, const lf_value *v) {
    char text[64];
    lf_buf at;
    if (v->type == LF_T_DURATION) {
        bool negative = v->u.time.seconds < 0 || v->u.time.nanos < 0;
        snprintf(text, sizeof text, "%s%lld", negative ? "-" : "", llabs(v->u.time.seconds));
        lf_buf_format(out, "duration(\"%s", text);
    } else {
        lf_mem mem = out->mem;
        lf_buf_init(&at, &mem);
        lf_time_put(&at, v->u.time.seconds * 1000);
        lf_buf_format(out, "timestamp(\"%S", (lf_str){at.p, at.n - sizeof ".000Z" + 1});
        lf_buf_free(&at);
    }
    if (v->u.time.nanos != 0) {
        size_t n = (size_t)snprintf(text, sizeof text, ".%09d", abs(v->u.time.nanos));
        while (text[n - 1] == '0') {
            n--;
        }
        lf_buf_add(out, text, n);
    }
    lf_buf_text(out, v->type == LF_T_DURATION ? "s\")" : "Z\")");
}

void print_value(lf_buf *out, const lf_value *v) {
    uint32_t n = 0;
    switch (v->type) {
    case LF_T_NULL:
        lf_buf_text(out, "null");
        break;
    case LF_T_BOOL:
        lf_buf_text(out, v->u.b ? "true" : "false");
        break;
    case LF_T_INT:
        lf_buf_i64(out, v->u.i);
        break;
    case LF_T_UINT:
        lf_buf_format(out, "%uu", v->u.u);
        break;
    case LF_T_DOUBLE:
        put_double(out, v->u.d);
        break;
    case LF_T_STRING:
    case LF_T_BYTES:
        put_quoted(out, v->u.s, v->type == LF_T_BYTES);
        break;
    case LF_T_LIST:
    case LF_T_MAP:
        n = v->type == LF_T_LIST ? v->u.list.n : 2 * v->u.list.n;
        lf_buf_byte(out, v->type == LF_T_LIST ? '[' : '{');
        for (uint32_t i = 0; i < n; i++) {
            lf_buf_text(out, i == 0 ? "" : v->type == LF_T_MAP && i % 2 == 1 ? ": " : ", ");
            print_value(out, &v->u.list.items[i]);
        }
        lf_buf_byte(out, v->type == LF_T_LIST ? ']' : '}');
        break;
    case LF_T_TIMESTAMP:
    case LF_T_DURATION:
        put_time(out, v);
        break;
    case LF_T_TYPE:
        lf_buf_str(out, v->u.s);
        break;
    case LF_T_ERROR:
        lf_buf_format(out, "error: %S", v->u.s);
        break;
    default:
        lf_buf_text(out, "nothing");
        break;
    }
}

/* ---- trees ---- */
static void put_list(lf_buf *out, const lf_node *node, uint32_t from) {
    for (uint32_t i = from; i < node->n; i++) {
        lf_buf_text(out, i == from ? "" : ", ");
        print_tree(out, node->kids[i]);
    }
}

static void put_map(lf_buf *out, const lf_node *node) {
    lf_buf_byte(out, '{');
    for (uint32_t i = 0; i < node->n; i++) {
        lf_buf_text(out, i == 0 ? "" : i % 2 == 1 ? ": " : ", ");
        print_tree(out, node->kids[i]);
    }
    lf_buf_byte(out, '}');
}

static void put_binary(lf_buf *out, const char *mark, lf_str name, const lf_node *node) {
    lf_buf_byte(out, '(');
    print_tree(out, node->kids[0]);
    lf_buf_format(out, " %s%S ", mark, name);
    print_tree(out, node->kids[1]);
    lf_buf_byte(out, ')');
}

/* What a '.' or '[' stands behind. */
static void put_target(lf_buf *out, const lf_node *node) {
    bool number = node->kind == LF_NODE_LITERAL;
    lf_buf_text(out, number ? "(" : "");
    print_tree(out, node);
    lf_buf_text(out, number ? ")" : "");
}

static bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static void put_call(lf_buf *out, const lf_node *node) {
    bool in = node->n == 2 && lf_str_eq(node->name, LF_STR("in"));
    if (!is_word(node->name.p[0]) && node->n == 1) { /* -_ and !_ */
        lf_buf_format(out, "(%S(", (lf_str){node->name.p, 1});
        print_tree(out, node->kids[0]);
        lf_buf_text(out, "))");
        return;
    }
    if (in || !is_word(node->name.p[0])) {
        put_binary(out, "", node->name, node);
        return;
    }
    if (node->method) {
        put_target(out, node->kids[0]);
        lf_buf_byte(out, '.');
    }
    lf_buf_format(out, "%S(", node->name);
    put_list(out, node, node->method);
    lf_buf_byte(out, ')');
}

static void put_select(lf_buf *out, const lf_node *node) {
    const char *quote = node->quoted ? "`" : "";
    lf_buf_text(out, node->test ? "has(" : "");
    put_target(out, node->kids[0]);
    lf_buf_format(out, ".%s%S%s", quote, node->name, quote);
    lf_buf_text(out, node->test ? ")" : "");
}

static void put_loop(lf_buf *out, const lf_node *node) {
    static const char *const names[] = {[LF_LOOP_ALL] = "all",
                                        [LF_LOOP_EXISTS] = "exists",
                                        [LF_LOOP_ONE] = "exists_one",
                                        [LF_LOOP_MAP] = "map",
                                        [LF_LOOP_FILTER] = "filter"};
    put_target(out, node->kids[0]);
    lf_buf_format(out, ".%s(%S", names[node->loop], node->name);
    for (uint32_t i = 1; i < 3; i++) {
        if (node->kids[i] != NULL) {
            lf_buf_text(out, ", ");
            print_tree(out, node->kids[i]);
        }
    }
    lf_buf_byte(out, ')');
}

static void put_literal(lf_buf *out, const lf_value *v) {
    bool negative =
        (v->type == LF_T_INT && v->u.i < 0) || (v->type == LF_T_DOUBLE && signbit(v->u.d));
    lf_buf_text(out, negative ? "(" : "");
    print_value(out, v);
    lf_buf_text(out, negative ? ")" : "");
}

void print_tree(lf_buf *out, const lf_node *node) {
    switch (node->kind) {
    case LF_NODE_LITERAL:
        put_literal(out, &node->value);
        break;
    case LF_NODE_IDENT:
        lf_buf_format(out, "%s%S", node->absolute ? "." : "", node->name);
        break;
    case LF_NODE_SELECT:
        put_select(out, node);
        break;
    case LF_NODE_INDEX:
        put_target(out, node->kids[0]);
        lf_buf_byte(out, '[');
        print_tree(out, node->kids[1]);
        lf_buf_byte(out, ']');
        break;
    case LF_NODE_CALL:
        put_call(out, node);
        break;
    case LF_NODE_LIST:
        lf_buf_byte(out, '[');
        put_list(out, node, 0);
        lf_buf_byte(out, ']');
        break;
    case LF_NODE_MAP:
        put_map(out, node);
        break;
    case LF_NODE_AND:
    case LF_NODE_OR:
        put_binary(out, node->kind == LF_NODE_AND ? "&&" : "||", (lf_str){"", 0}, node);
        break;
    case LF_NODE_IF:
        lf_buf_byte(out, '(');
        print_tree(out, node->kids[0]);
        lf_buf_text(out, " ? ");
        print_tree(out, node->kids[1]);
        lf_buf_text(out, " : ");
        print_tree(out, node->kids[2]);
        lf_buf_byte(out, ')');
        break;
    case LF_NODE_LOOP:
        put_loop(out, node);
        break;
    default: /* a message */
        lf_buf_text(out, "#");
        break;
    }
}

const char *name_of_function(uint16_t i) {
    return i < lf_function_count ? lf_functions[i].name : NULL;
}

/* SPDX-License-Identifier: MIT */
/*
 * Expressions against a small world of their own: what is refused, where and with which words; what
 * values come out; what it may cost; and what happens when memory ends.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <setjmp.h>
#include <time.h>

#include <cmocka.h>

#include "base/codes.h"
#include "expr/expr.h"

/* ---- the world ---- */

enum { TITLE, SIZE, RENEWAL, FINE, TAGS, PROPS, STATE, GONE, NAMES };
static const struct {
    const char *first, *second;
    uint8_t type, item;
    int32_t domain;
} names[NAMES] = {
    [TITLE] = {"contact", "title", LF_T_STRING, 0, -1},
    [SIZE] = {"contact", "in", LF_T_INT, 0, -1}, /* a word of CEL can be the name of a field */
    [RENEWAL] = {"contact", "renewal_at", LF_T_TIMESTAMP, 0, -1},
    [FINE] = {"contact", "fine_at", LF_T_TIMESTAMP, 0, -1},
    [TAGS] = {"contact", "tags", LF_T_LIST, LF_T_STRING, -1},
    [PROPS] = {"event", "props", LF_T_MAP, LF_T_DYN, -1},
    [STATE] = {"state", "life", LF_T_STRING, 0, 1},
    [GONE] = {"contact", "gone", LF_T_STRING, 0, -1},
};

static bool find_name(void *ctx, const lf_str *parts, uint32_t n, lf_binding *out, lf_buf *why) {
    (void)ctx;
    for (int32_t i = 0; i < NAMES && n >= 2; i++) {
        if (lf_str_eq(parts[0], lf_str_of(names[i].first)) &&
            lf_str_eq(parts[1], lf_str_of(names[i].second))) {
            *out = (lf_binding){.ref = i,
                                .type = names[i].type,
                                .item = names[i].item,
                                .domain = names[i].domain,
                                .used = 2,
                                .always = i == TAGS,
                                .deps = 1u << i};
            return true;
        }
    }
    lf_buf_format(why, "unknown name %q", parts[0]);
    return false;
}

static lf_str kept; /* what find_literal was given last: it lives as long as the expression */

static bool find_literal(void *ctx, enum lf_literal kind, lf_str text, int32_t *id, uint32_t *deps,
                         lf_buf *why) {
    (void)ctx, (void)deps;
    *id = (int32_t)kind;
    kept = text;
    lf_buf_format(why, "unknown type %q", text);
    return lf_str_eq(text, LF_STR("view")) || lf_str_eq(text, LF_STR("*"));
}

static bool is_member(void *ctx, int32_t domain, lf_str text, lf_buf *why) {
    (void)ctx, (void)domain;
    lf_buf_format(why, "unknown state %q", text);
    return lf_str_eq(text, LF_STR("lead")) || lf_str_eq(text, LF_STR("mql"));
}

static bool is_zone(void *ctx, lf_str name, lf_buf *why) {
    (void)ctx;
    lf_buf_format(why, "unknown time zone %q", name);
    return lf_str_eq(name, LF_STR("Here/There"));
}

static const lf_scope scope = {.name = find_name,
                               .literal = find_literal,
                               .member = is_member,
                               .zone = is_zone,
                               .history = true};

static void load(void *ctx, int32_t ref, lf_value *out, int64_t *until) {
    static lf_value tags[2], pair[2];
    (void)ctx, (void)until;
    switch (ref) {
    case TITLE:
        *out = lf_value_str(LF_STR("VP of Things"));
        break;
    case SIZE:
        *out = lf_value_int(500);
        break;
    case RENEWAL:
        *out = lf_value_time(1000000);
        break;
    case FINE: /* a nanosecond behind renewal_at */
        *out = lf_value_time(1000000);
        out->u.time.nanos = 1;
        break;
    case TAGS:
        tags[0] = lf_value_str(LF_STR("src_web"));
        tags[1] = lf_value_str(LF_STR("int_api"));
        *out = (lf_value){.type = LF_T_LIST, .u.list = {tags, 2}};
        break;
    case PROPS:
        pair[0] = lf_value_str(LF_STR("n"));
        pair[1] = lf_value_int(7);
        *out = (lf_value){.type = LF_T_MAP, .u.list = {pair, 1}};
        break;
    case STATE:
        *out = lf_value_str(LF_STR("mql"));
        break;
    default:
        break; /* GONE has no value */
    }
}

static uint64_t history(void *ctx, const lf_history *call, lf_value *out, int64_t *until) {
    (void)ctx, (void)until;
    if (call->fn == LF_H_COUNT) {
        *out = lf_value_int(3);
    } else if (call->fn == LF_H_LAST) {
        *out = lf_value_time(400000);
    } else {
        *out = lf_value_bool(call->fn == LF_H_EVER);
    }
    return 0;
}

static const lf_env env = {.t = 2000000, .load = load, .history = history};

typedef struct work {
    lf_mem mem;
    lf_arena arena;
    lf_expr_error error;
    const lf_expr *expr;
    lf_answer answer;
} work;

static void begin(work *w) {
    memset(w, 0, sizeof *w);
    lf_mem_from(&w->mem, NULL);
    lf_arena_init(&w->arena, &w->mem);
    lf_buf_init(&w->error.text, &w->mem);
}

static void end(work *w) {
    lf_buf_free(&w->error.text);
    lf_arena_free(&w->arena);
}

static lf_status compile(work *w, lf_str source, uint8_t want) {
    char *copy =
        malloc(source.n + (source.n == 0)); /* a sanitizer sees what is read behind its end, */
    assert_non_null(copy);
    memcpy(copy, source.p, source.n);
    source.p = copy;
    lf_arena_reset(&w->arena);
    lf_status status = lf_expr_compile(&w->arena, source, &scope, want, &w->expr, &w->error);
    free(copy); /* and what is read later */
    assert_int_equal(status == LF_OK, w->expr != NULL);
    return status != LF_OK ? status : lf_expr_eval(w->expr, &env, &w->arena, &w->answer);
}

/* ---- what is refused ---- */

static const struct {
    const char *source;
    uint16_t code;
    uint32_t line, column;
    const char *text;
} refused[] = {
    /* the grammar: the place is where it stops making sense */
    {"", LF_D_EXPR_SYNTAX, 1, 1, "expected an expression, found the end"},
    {"1 +", LF_D_EXPR_SYNTAX, 1, 4, "expected an expression, found the end"},
    {"1 + * 2", LF_D_EXPR_SYNTAX, 1, 5, "found '*'"},
    {"1 2", LF_D_EXPR_SYNTAX, 1, 3, "expected an operator or the end, found '2'"},
    {"(1", LF_D_EXPR_SYNTAX, 1, 3, "expected ')', found the end"},
    {"[1, 2", LF_D_EXPR_SYNTAX, 1, 6, "expected ',' or the closing bracket, found the end"},
    {"{'a' 1}", LF_D_EXPR_SYNTAX, 1, 6, "expected ':', found '1'"},
    {"true ? 1", LF_D_EXPR_SYNTAX, 1, 9, "expected ':'"},
    {"a = 1", LF_D_EXPR_SYNTAX, 1, 3, "a character that CEL does not know"},
    {"1 &", LF_D_EXPR_SYNTAX, 1, 3, "a character that CEL does not know"},
    {"true &&\n  'x", LF_D_EXPR_SYNTAX, 2, 3, "the string has no end"},
    {"'\xc3\xa9\xc3\xa9' + #", LF_D_EXPR_SYNTAX, 1, 8, "a character that CEL does not know"},
    {"'a\\qb'", LF_D_EXPR_SYNTAX, 1, 3, "unknown escape"},
    {"'\\ud800'", LF_D_EXPR_SYNTAX, 1, 4, "an escape is outside what is allowed"},
    {"b'\\u0041'", LF_D_EXPR_SYNTAX, 1, 5, "bytes know no unicode escapes"},
    {"'\xff'", LF_D_EXPR_SYNTAX, 1, 2, "the source is not valid UTF-8"},
    {"contact.`title", LF_D_EXPR_SYNTAX, 1, 9, "a quoted field name has no end"},
    {"contact.in", LF_D_EXPR_SYNTAX, 1, 9, "'in' is a word of CEL; as a name it is written `in`"},
    {"contact.5", LF_D_EXPR_SYNTAX, 1, 8, "expected an operator or the end, found '.5'"},
    {"contact.(5)", LF_D_EXPR_SYNTAX, 1, 9, "expected a member name, found '('"},
    {"for == 1", LF_D_EXPR_SYNTAX, 1, 1, "a reserved word is no name"},
    {"9223372036854775808", LF_D_EXPR_SYNTAX, 1, 1, "the number is too large"},
    {"1e999", LF_D_EXPR_SYNTAX, 1, 1, "the number is too large"},
    {"has(contact)", LF_D_EXPR_SYNTAX, 1, 1, "has() takes a selection such as contact.email"},
    {"[1].all(x.y, true)", LF_D_EXPR_SYNTAX, 1, 11,
     "the first argument of 'all' must be a simple name"},
    /* names */
    {"contcat.title == 'x'", LF_D_EXPR_NAME, 1, 1, "unknown name 'contcat'"},
    {"true ||\n nobody", LF_D_EXPR_NAME, 2, 2, "unknown name 'nobody'"},
    {"[1].all(x, y > x)", LF_D_EXPR_NAME, 1, 12, "unknown name 'y'"},
    {"cuont('view', '1d') > 1", LF_D_EXPR_NAME, 1, 1,
     "unknown function 'cuont' (did you mean 'count'?)"},
    {"contact.title.startWith('V')", LF_D_EXPR_NAME, 1, 15,
     "unknown function 'startWith' (did you mean 'startsWith'?)"},
    {"contact.tags.exist(t, t == 'a')", LF_D_EXPR_NAME, 1, 14,
     "unknown function 'exist' (did you mean 'exists'?)"},
    {"contact.tags.exists(t)", LF_D_EXPR_NAME, 1, 14,
     "'exists' is called as a.exists(x, condition)"},
    {"size()", LF_D_EXPR_NAME, 1, 1, "'size' is called as size(a) or a.size()"},
    {"count('view')", LF_D_EXPR_NAME, 1, 1, "'count' is called as count('type', '30d')"},
    {"frobnicate(1)", LF_D_EXPR_NAME, 1, 1, "unknown function 'frobnicate'"},
    {"state.life == 'mqk'", LF_D_EXPR_NAME, 1, 15, "unknown state 'mqk'"},
    {"'mqk' != state.life", LF_D_EXPR_NAME, 1, 1, "unknown state 'mqk'"},
    {"state.life in ['lead', 'mqk']", LF_D_EXPR_NAME, 1, 24, "unknown state 'mqk'"},
    {"ever('viw')", LF_D_EXPR_NAME, 1, 6, "unknown type 'viw'"},
    /* types */
    {"contact.title == 1", LF_D_EXPR_TYPE, 1, 15,
     "'==' takes two values of one type, or numbers, not string and int"},
    {"contact.`in` < '5'", LF_D_EXPR_TYPE, 1, 14, "not int and string"},
    {"[1] < [2]", LF_D_EXPR_TYPE, 1, 5, "not list of int and list of int"},
    {"1 + 1.0", LF_D_EXPR_TYPE, 1, 3, "'+' takes two numbers, strings, bytes or lists of one type"},
    {"true + event.props.n", LF_D_EXPR_TYPE, 1, 6, "not bool and dyn"},
    {"'a' - event.props.n", LF_D_EXPR_TYPE, 1, 5, "'-' takes two numbers of one type, or times"},
    {"1.5 % 2.0", LF_D_EXPR_TYPE, 1, 5, "'%' takes two int or two uint, not double and double"},
    {"!1", LF_D_EXPR_TYPE, 1, 1, "takes bool, not int"},
    {"-'a'", LF_D_EXPR_TYPE, 1, 1, "takes int or double, not string"},
    {"1 && true", LF_D_EXPR_TYPE, 1, 1, "&& or || takes bool, not int"},
    {"true || 'x'", LF_D_EXPR_TYPE, 1, 9, "&& or || takes bool, not string"},
    {"1 ? true : false", LF_D_EXPR_TYPE, 1, 1, "a condition takes bool, not int"},
    {"(true ? 1 : 'a') == 1", LF_D_EXPR_TYPE, 1, 7,
     "the two results differ in type: int and string"},
    {"1 in [['a']]", LF_D_EXPR_TYPE, 1, 3,
     "'in' takes a value and a list of its type, or a map with keys of it"},
    {"1 in contact.tags", LF_D_EXPR_TYPE, 1, 3, "not int and list of string"},
    {"size(1)", LF_D_EXPR_TYPE, 1, 1, "'size' takes string, bytes, list or map, not int"},
    {"contact.title.contains(1)", LF_D_EXPR_TYPE, 1, 15,
     "'contains' takes string and string, not string and int"},
    {"contact.title.x", LF_D_EXPR_TYPE, 1, 15, "string has no member 'x'"},
    {"contact.title[0]", LF_D_EXPR_TYPE, 1, 14, "string has no items"},
    {"contact.tags['a']", LF_D_EXPR_TYPE, 1, 13, "a list is indexed by a number, not string"},
    {"1.all(x, true)", LF_D_EXPR_TYPE, 1, 3, "a macro goes over a list or map, not int"},
    {"(1).all(x, true)", LF_D_EXPR_TYPE, 1, 5, "a macro goes over a list or map, not int"},
    {"[1].all(x, x)", LF_D_EXPR_TYPE, 1, 12, "the condition of a macro takes bool, not int"},
    {"age(contact.title, '1d')", LF_D_EXPR_TYPE, 1, 1, "'age' takes a timestamp and a duration"},
    {"count('view', 30) > 1", LF_D_EXPR_TYPE, 1, 15,
     "'count' takes a duration such as '30d', given literally"},
    {"count('view', '30') > 1", LF_D_EXPR_TYPE, 1, 15,
     "'30' is no duration such as '30d' or '1h30m'"},
    {"within('view', '-1d')", LF_D_EXPR_TYPE, 1, 16, "the duration of 'within' cannot be negative"},
    {"ever(contact.title)", LF_D_EXPR_TYPE, 1, 14, "'ever' takes a name, given literally"},
    {"contact.`in`", LF_D_EXPR_TYPE, 1, 9, "this gives int, expected bool"},
    {"contact.title", LF_D_EXPR_TYPE, 1, 9, "this gives string, expected bool"},
    {"X{a: 1} == 1", LF_D_EXPR_TYPE, 1, 1, "messages are not part of this library"},
    {"{'a': 1}[2] == 1", LF_D_EXPR_TYPE, 1, 9, "the map's keys are string, not int"},
    {"'a' in {1: 2}", LF_D_EXPR_TYPE, 1, 5, "'in' takes a value"},
    {"[['a']][0][0] + 1 == 2", LF_D_EXPR_TYPE, 1, 15, "not string and int"},
    {"[{'a': [1]}].exists(m, m.a[0] == 'x')", LF_D_EXPR_TYPE, 1, 31, "not int and string"},
    {"{'a': {'b': 1}}.a.b == 'x'", LF_D_EXPR_TYPE, 1, 21, "not int and string"},
    {"contact.title.split(',')[0] > 1", LF_D_EXPR_TYPE, 1, 29, "not string and int"},
    {"int([1]) == 1", LF_D_EXPR_TYPE, 1, 1,
     "'int' takes int, uint, double, string, timestamp or duration, not list"},
    {"contact.title.substring('a') == 'b'", LF_D_EXPR_TYPE, 1, 15,
     "'substring' takes string and int, not string and string"},
    {"[1].join(',') == '1'", LF_D_EXPR_TYPE, 1, 5, "'join' takes a list of strings and a string"},
    {"contact.renewal_at.getHours(1) > 1", LF_D_EXPR_TYPE, 1, 20,
     "'getHours' takes timestamp and string, not timestamp and int"},
    {"contact.renewal_at.getHours('Where/Ever') > 1", LF_D_EXPR_NAME, 1, 29,
     "unknown time zone 'Where/Ever'"},
    {"contact.renewal_at.getHours('+25:00') > 1", LF_D_EXPR_NAME, 1, 29,
     "unknown time zone '+25:00'"},
    {"sets.contains(contact.tags, 'a')", LF_D_EXPR_TYPE, 1, 6,
     "'sets.contains' takes list and list, not list of string and string"},
    {"type(1) == 1", LF_D_EXPR_TYPE, 1, 9, "not type and int"},
    {"dyn == 1", LF_D_EXPR_NAME, 1, 1, "'dyn' is called as dyn(a)"},
    {"sets.contains([1])", LF_D_EXPR_NAME, 1, 6,
     "'sets.contains' is called as sets.contains(a, b)"},
    {"int.x == 1", LF_D_EXPR_TYPE, 1, 5, "type has no member 'x'"},
    /* what is not part of this library says whose it is */
    {"math.greatest(1, 2) == 2", LF_D_EXPR_NAME, 1, 6,
     "'greatest' belongs to CEL's extension math, which is not part of this library"},
    {"cel.bind(x, 1, x == 1)", LF_D_EXPR_NAME, 1, 5, "CEL's extension bindings"},
    {"[1].map(cel.iterVar(0, 0), 1) == [1]", LF_D_EXPR_NAME, 1, 13, "CEL's extension bindings"},
    {"[1].all(i, v, v > i)", LF_D_EXPR_NAME, 1, 5, "CEL's extension two-variable comprehensions"},
    {"[1].transformList(i, v, v) == [1]", LF_D_EXPR_NAME, 1, 5, "two-variable comprehensions"},
    {"contact.tags.flatten() == []", LF_D_EXPR_NAME, 1, 14, "CEL's extension lists"},
    {"[1].reverse() == [1]", LF_D_EXPR_TYPE, 1, 5, "CEL's extension lists"},
    {"'%s'.format(['a']) == 'a'", LF_D_EXPR_NAME, 1, 6, "CEL's extension strings (format)"},
    {"strings.quote('a') == 'a'", LF_D_EXPR_NAME, 1, 9, "CEL's extension strings (quote)"},
    {"base64.encode(b'a') == 'a'", LF_D_EXPR_NAME, 1, 8, "CEL's extension encoders"},
    {"regex.replace('a', 'b', 'c') == 'a'", LF_D_EXPR_NAME, 1, 1, "CEL's extension regex"},
    {"isIP('1.2.3.4')", LF_D_EXPR_NAME, 1, 1, "CEL's extension network"},
    {"type(1) == net.IP", LF_D_EXPR_NAME, 1, 12, "CEL's extension network"},
    {"optional.none() == 1", LF_D_EXPR_NAME, 1, 10, "CEL's extension optional values"},
    {"type(1) == optional_type", LF_D_EXPR_NAME, 1, 12, "CEL's extension optional values"},
    {"event.?props == 1", LF_D_EXPR_SYNTAX, 1, 7, "'?' belongs to CEL's extension optional values"},
    {"event.props[?'n'] == 1", LF_D_EXPR_SYNTAX, 1, 13, "'?' belongs to CEL's extension"},
    {"[1, ?2] == []", LF_D_EXPR_SYNTAX, 1, 5, "'?' belongs to CEL's extension"},
    {"{?'a': 1} == {}", LF_D_EXPR_SYNTAX, 1, 2, "'?' belongs to CEL's extension"},
    {"X{?a: 1} == 1", LF_D_EXPR_SYNTAX, 1, 3, "'?' belongs to CEL's extension"},
    /* a pattern is looked at with the expression, and the place is within it */
    {"contact.title.matches('a(b')", LF_D_EXPR_SYNTAX, 1, 25, "in the pattern: missing ')'"},
    {"matches(contact.title, r'\\d++')", LF_D_EXPR_SYNTAX, 1, 29,
     "in the pattern: a repetition follows a repetition"},
    {"contact.title.matches(\"\"\"\n**\"\"\")", LF_D_EXPR_SYNTAX, 2, 2,
     "in the pattern: a repetition follows a repetition"},
    {"contact.title.matches('\\\\w\\\\1')", LF_D_EXPR_SYNTAX, 1, 23,
     "in the pattern: back references are not supported"}, /* behind an escape: of the literal */
    {"contact.title.matches('\\\\pL')", LF_D_EXPR_SYNTAX, 1, 24,
     "in the pattern: Unicode classes are not supported"},
    {"contact.title.matches(1)", LF_D_EXPR_TYPE, 1, 15, "'matches' takes two strings"},
    {"contact.title.matches()", LF_D_EXPR_NAME, 1, 15,
     "'matches' is called as matches(a, b) or a.matches(b)"},
};

static void refuses(void **state) {
    work w;
    (void)state;
    begin(&w);
    for (size_t i = 0; i < LF_COUNT(refused); i++) {
        lf_status status = compile(&w, lf_str_of(refused[i].source), LF_T_BOOL);
        const char *text = lf_buf_cstr(&w.error.text);
        if (status != LF_E_PARSE || w.error.code != refused[i].code ||
            w.error.line != refused[i].line || w.error.column != refused[i].column ||
            strstr(text, refused[i].text) == NULL) {
            fail_msg("%s: status %d, code %u, %u:%u: %s", refused[i].source, (int)status,
                     w.error.code, w.error.line, w.error.column, text);
        }
    }
    end(&w);
}

/* Where history does not exist, its functions say so, and are no names either. */
static void refuses_history(void **state) {
    work w;
    lf_scope none = {.name = find_name};
    (void)state;
    begin(&w);
    assert_int_equal(
        lf_expr_compile(&w.arena, LF_STR("idle('1d')"), &none, LF_T_BOOL, &w.expr, &w.error),
        LF_E_PARSE);
    assert_string_equal(lf_buf_cstr(&w.error.text), "'idle' cannot be used here");
    end(&w);
}

/* ---- what it gives ---- */

static void put_value(lf_buf *out, const lf_value *v) {
    static const char *const plain[] = {[LF_T_NULL] = "null", [LF_T_ABSENT] = "nothing"};
    char text[64];
    switch (v->type) {
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
        lf_buf_double(out, v->u.d);
        break;
    case LF_T_STRING:
    case LF_T_BYTES:
        lf_buf_format(out, v->type == LF_T_BYTES ? "b%q" : "%q", v->u.s);
        break;
    case LF_T_ERROR:
        lf_buf_format(out, "error: %S", v->u.s);
        break;
    case LF_T_LIST:
    case LF_T_MAP:
        lf_buf_byte(out, v->type == LF_T_LIST ? '[' : '{');
        for (uint32_t i = 0; i < (v->type == LF_T_LIST ? 1u : 2u) * v->u.list.n; i++) {
            lf_buf_text(out, i == 0 ? "" : v->type == LF_T_MAP && i % 2 == 1 ? ": " : ", ");
            put_value(out, &v->u.list.items[i]);
        }
        lf_buf_byte(out, v->type == LF_T_LIST ? ']' : '}');
        break;
    case LF_T_TIMESTAMP:
    case LF_T_DURATION:
        snprintf(text, sizeof text, "%s%lld.%09ds", v->type == LF_T_TIMESTAMP ? "@" : "",
                 (long long)v->u.time.seconds, abs(v->u.time.nanos));
        lf_buf_text(out, text);
        break;
    default:
        lf_buf_text(out, plain[v->type]);
        break;
    }
}

static const char *const given[][2] = {
    /* integers do not wrap */
    {"9223372036854775807 + 1", "error: integer overflow"},
    {"-9223372036854775808 - 1", "error: integer overflow"},
    {"-(-9223372036854775808)", "error: integer overflow"},
    {"9223372036854775807 * 2", "error: integer overflow"},
    {"-9223372036854775808 / -1", "error: integer overflow"},
    {"-9223372036854775808 % -1", "error: integer overflow"},
    {"0u - 1u", "error: integer overflow"},
    {"18446744073709551615u + 1u", "error: integer overflow"},
    {"1 / 0", "error: division by zero"},
    {"1 % 0", "error: modulus by zero"},
    {"1.0 / 0.0", "inf"},
    {"-7 / 2", "-3"},
    {"-7 % 2", "-1"},
    {"0x10 + 0xF", "31"},
    {"2 + 3 * 4 - 6 / 2", "11"},
    {"2 - 3 - 4", "-5"},
    {"1 - -1", "2"},
    {"--1", "1"},
    /* numbers of any kind compare */
    {"1 == 1.0 && 1u == 1 && 1.0 == 1u", "true"},
    {"2u > 1 && 1 < 1.5 && -1 < 0u", "true"},
    {"1 in [1.0] && 1.0 in {1: 'x'}", "true"},
    {"[1, 2u] == [1.0, 2]", "true"},
    {"{'a': 1} == {'a': 1.0}", "true"},
    /* && and || take no notice of an error that does not matter */
    {"contact.gone == 'x' || true", "true"},
    {"true || contact.gone == 'x'", "true"},
    {"contact.gone == 'x' && false", "false"},
    {"contact.gone == 'x' || false", "error: contact.gone has no value"},
    {"contact.gone == 'x' && true", "error: contact.gone has no value"},
    {"has(contact.gone) && contact.gone == 'x'", "false"},
    {"!has(contact.gone)", "true"},
    {"has(contact.title) ? contact.title.size() : 0", "12"},
    {"contact.gone == 'x' ? 1 : 2", "error: contact.gone has no value"},
    /* strings, lists, maps */
    {"contact.title.startsWith('VP') && contact.title.endsWith('s') && "
     "contact.title.contains('of')",
     "true"},
    {"size('\xc3\xa9\xe2\x82\xac')", "2"},
    {"size(b'\xc3\xa9')", "2"},
    {"'a' + 'b' + \"c\"", "'abc'"},
    {"[1] + [] + [2, 3]", "[1, 2, 3]"},
    {"[1, 2][-1]", "error: no such index"},
    {"{'a': 1}.b", "error: no such key"},
    {"{'a': 1, 'a': 2}", "error: a key stands twice"},
    {"{1: 1, 1u: 2}", "error: a key stands twice"},
    {"{1.5: 1}", "error: no type for a key"},
    {"has({'a': 1}.a) && !has({'a': 1}.b)", "true"},
    {"{'x-y': 1}.`x-y`", "1"},
    {"event.props.n + 1", "8"},
    {"event.props.n + 'a'", "error: no such operation for these types"},
    {"'n' in event.props && !('m' in event.props)", "true"},
    {"contact.`in` >= 500", "true"},
    {".contact.title == contact.`title`", "true"},
    /* macros */
    {"contact.tags.exists(t, t.startsWith('int_'))", "true"},
    {"contact.title.matches('^VP\\\\b') && matches(contact.title, r'(?i)THINGS$')", "true"},
    {"contact.title.matches('^of')", "false"},
    {"'b'.matches('a|b')", "true"},
    {"contact.tags.exists(t, contact.title.matches('V(' + t + ')?P'))", "true"},
    {"contact.title.matches('(' + contact.title)", "error: missing ')'"},
    {"contact.gone.matches('a')", "error: contact.gone has no value"},
    {"event.props.n.matches('a')", "error: no such operation for these types"},
    {"contact.title.matches(event.props.n)", "error: no such operation for these types"},
    {"contact.tags.all(t, t.size() == 7)", "true"},
    {"contact.tags.exists_one(t, t == 'src_web')", "true"},
    {"[1, 2, 3].map(x, x * x)", "[1, 4, 9]"},
    {"[1, 2, 3].map(x, x > 1, x * x)", "[4, 9]"},
    {"[1, 2, 3].filter(x, x % 2 == 1)", "[1, 3]"},
    {"{'a': 1, 'b': 2}.filter(k, k > 'a')", "['b']"},
    {"[[1, 2], [3]].map(l, l.map(x, x + 1))", "[[2, 3], [4]]"},
    {"[1, 0].exists(x, 1 / x == 1)", "true"},
    {"[0, 1].exists(x, 1 / x == 1)", "true"},
    {"[0, 2].exists(x, 1 / x == 1)", "error: division by zero"},
    {"[0, 2].all(x, 1 / x == 1)", "false"},
    {"[0, 1].exists_one(x, 1 / x == 1)", "error: division by zero"},
    {"[1, 2].map(x, [3, 4].map(x, x))", "[[3, 4], [3, 4]]"},
    {"[].all(x, false) && ![].exists(x, true)", "true"},
    /* time */
    {"contact.renewal_at - contact.renewal_at == last('view') - last('view')", "true"},
    {"contact.renewal_at - last('view')", "600.000000000s"},
    {"age(contact.renewal_at, '1000s')", "true"},
    {"age(contact.renewal_at, '1000s1ms')", "false"},
    {"age(contact.fine_at, '1000s')", "false"},
    {"age(contact.fine_at, '999s999ms')", "true"},
    {"age(contact.renewal_at, '-10d')", "true"},
    {"age(contact.gone == 'x' ? contact.renewal_at : contact.renewal_at, '1d')",
     "error: contact.gone has no value"},
    {"contact.renewal_at.getMinutes('+05:30') + contact.renewal_at.getMinutes('UTC')", "62"},
    {"contact.renewal_at.getHours('Here/There')", "error: unknown time zone"},
    {"count('view', '1d') > 2 && ever('view') && !within('*', '1d')", "true"},
    {"// a comment\ntrue // another", "true"},
};

static void gives(void **state) {
    work w;
    lf_buf text;
    (void)state;
    begin(&w);
    lf_buf_init(&text, &w.mem);
    for (size_t i = 0; i < LF_COUNT(given); i++) {
        lf_status status = compile(&w, lf_str_of(given[i][0]), LF_T_DYN);
        if (status != LF_OK) {
            fail_msg("%s: %u: %s", given[i][0], w.error.column, lf_buf_cstr(&w.error.text));
        }
        lf_buf_clear(&text);
        put_value(&text, &w.answer.value);
        if (strcmp(lf_buf_cstr(&text), given[i][1]) != 0) {
            fail_msg("%s gives %s, not %s", given[i][0], lf_buf_cstr(&text), given[i][1]);
        }
    }
    lf_buf_free(&text);
    end(&w);
}

/* `before`, `times` times `middle`, `after`. */
static lf_str repeated(const char *before, const char *middle, size_t times, const char *after) {
    size_t n = strlen(before), m = strlen(middle);
    char *text = malloc(n + m * times + strlen(after) + 1);
    assert_non_null(text);
    memcpy(text, before, n);
    for (size_t i = 0; i < times; i++, n += m) {
        memcpy(text + n, middle, m);
    }
    strcpy(text + n, after);
    return (lf_str){text, n + strlen(after)};
}

/* What holds no name and no time is computed once. */
static void folds_constants(void **state) {
    static const char *const constant[] = {
        "1 + 2 * 3 == 7",          "'a' in ['a', 'b']", "{'a': [1, 2]}['a'][1] == 2",
        "size('abc') > 2 == true", "!(1 > 2)",          "has(contact.tags)"};
    static const char *const not_constant[] = {"contact.`in` > 1", "1 / 0 == 1", "idle('1d')",
                                               "[1].all(x, true)"};
    work w;
    lf_value value;
    (void)state;
    begin(&w);
    for (size_t i = 0; i < LF_COUNT(constant); i++) {
        assert_int_equal(compile(&w, lf_str_of(constant[i]), LF_T_BOOL), LF_OK);
        if (!lf_expr_constant(w.expr, &value) || value.type != LF_T_BOOL || !value.u.b ||
            w.answer.cost != 1) {
            fail_msg("%s is not folded", constant[i]);
        }
    }
    for (size_t i = 0; i < LF_COUNT(not_constant); i++) {
        assert_int_equal(compile(&w, lf_str_of(not_constant[i]), LF_T_BOOL), LF_OK);
        assert_false(lf_expr_constant(w.expr, &value));
    }
    end(&w);
}

/* A side that a constant decides is dropped, and so is one that decides nothing; an error stays. */
static void folds_logic(void **state) {
    static const struct {
        const char *source, *value;
        bool constant, one; /* an instruction */
    } sides[] = {{"true || contact.`in` > 1", "true", true, true},
                 {"contact.`in` > 1 || true", "true", true, true},
                 {"contact.gone == 'x' || true", "true", true, true},
                 {"false && contact.gone == 'x'", "false", true, true},
                 {"contact.gone == 'x' && false", "false", true, true},
                 {"contact.`in` > 1 && 1 < 2", "true", false, true},
                 {"!true || contact.`in` > 600", "false", false, true},
                 {"false ? contact.gone == 'x' : 'a' + 'b' == 'ab'", "true", true, true},
                 {"('a' + 'b').startsWith('a') ? contact.`in` > 1 : true", "true", false, true},
                 {"!(contact.title.size() in [1, 2])", "true", false, false},
                 {"1 / 0 == 1 || true", "true", true, true},
                 {"1 / 0 == 1 && true", "error", false, false},
                 {"event.props.n && true", "error", false, false},
                 {"true && event.props.n", "error", false, false},
                 {"event.props.n && false", "false", true, true},
                 {"event.props.n ? true : true", "error", false, false},
                 {"contact.gone == 'x' ? true : true", "error", false, false}};
    work w;
    lf_value value;
    (void)state;
    begin(&w);
    for (size_t i = 0; i < LF_COUNT(sides); i++) {
        assert_int_equal(compile(&w, lf_str_of(sides[i].source), LF_T_BOOL), LF_OK);
        const lf_value *v = &w.answer.value;
        const char *found = v->type == LF_T_ERROR ? "error" : v->u.b ? "true" : "false";
        if (strcmp(found, sides[i].value) != 0 ||
            lf_expr_constant(w.expr, &value) != sides[i].constant ||
            (sides[i].one && w.answer.cost != 1)) {
            fail_msg("%s gives %s at a cost of %u", sides[i].source, found,
                     (unsigned)w.answer.cost);
        }
    }
    end(&w);
}

/* What a function makes of long text is left to the run, or a chain of + would keep each of its steps. */
static void long_text_is_not_kept(void **state) {
    work w;
    lf_value value;
    (void)state;
    begin(&w);
    lf_str sum = repeated("'", "x", 40, "' + 'yyyyyyyyyyyyyyyyyyyyyyyy'");
    assert_int_equal(compile(&w, sum, LF_T_STRING), LF_OK);
    assert_true(lf_expr_constant(w.expr, &value) && value.u.s.n == 64);
    free((void *)(uintptr_t)sum.p);
    sum = repeated("'", "x", 40, "' + 'yyyyyyyyyyyyyyyyyyyyyyyyy'");
    assert_int_equal(compile(&w, sum, LF_T_STRING), LF_OK);
    assert_false(lf_expr_constant(w.expr, &value));
    assert_int_equal(w.answer.value.u.s.n, 65);
    free((void *)(uintptr_t)sum.p);
    end(&w);
}

static void tells_of_itself(void **state) {
    work w;
    (void)state;
    begin(&w);
    assert_int_equal(
        compile(&w, LF_STR("contact.`in` > 1 || age(contact.renewal_at, '-90d') || idle('1w')"),
                LF_T_BOOL),
        LF_OK);
    assert_int_equal(lf_expr_deps(w.expr), 1u << SIZE | 1u << RENEWAL);
    assert_int_equal(lf_expr_type(w.expr), LF_T_BOOL);
    assert_true(lf_expr_uses_history(w.expr));
    assert_true(lf_expr_longest(w.expr) == INT64_C(90) * 86400000);
    assert_int_equal(compile(&w, LF_STR("tagged('view') && state.life == 'lead'"), LF_T_BOOL),
                     LF_OK);
    assert_false(lf_expr_uses_history(w.expr));
    assert_true(lf_str_eq(kept, LF_STR("view")));
    assert_int_equal(lf_expr_longest(w.expr), 0);
    end(&w);
}

/* ---- what it may cost ---- */

/* A limit that stops it depends on all that was read, so the answer holds no longer than that. */
static void timed_load(void *ctx, int32_t ref, lf_value *out, int64_t *until) {
    load(ctx, ref, out, until);
    *until = 77;
}

static void a_passed_limit_holds_as_long_as_what_was_read(void **state) {
    work w;
    lf_env timed = {.t = 5, .load = timed_load, .history = history};
    (void)state;
    begin(&w);
    lf_str source = repeated("(contact.`in` > 1 || [1].all(x, true)) && [1]", ".map(x, [x, x])", 60,
                             ".all(x, x == x)");
    assert_int_equal(compile(&w, source, LF_T_BOOL), LF_OK);
    assert_int_equal(lf_expr_eval(w.expr, &timed, &w.arena, &w.answer), LF_OK);
    assert_int_equal(w.answer.value.type, LF_T_ERROR);
    assert_int_equal(w.answer.until, 77);
    free((void *)(uintptr_t)source.p);
    end(&w);
}

static uint64_t long_history(void *ctx, const lf_history *call, lf_value *out, int64_t *until) {
    history(ctx, call, out, until);
    return lf_expr_defaults.cost / 10;
}

static void history_is_charged(void **state) {
    work w;
    lf_env old = {.load = load, .history = long_history};
    (void)state;
    begin(&w);
    assert_int_equal(compile(&w, LF_STR("ever('view') && ever('*')"), LF_T_BOOL), LF_OK);
    assert_int_equal(lf_expr_eval(w.expr, &old, &w.arena, &w.answer), LF_OK);
    assert_int_equal(w.answer.value.type, LF_T_BOOL);
    assert_true(w.answer.cost > lf_expr_defaults.cost / 5);
    assert_int_equal(
        compile(&w, LF_STR("[1, 2, 3, 4, 5, 6, 7, 8, 9, 10].all(x, ever('view'))"), LF_T_BOOL),
        LF_OK);
    assert_int_equal(lf_expr_eval(w.expr, &old, &w.arena, &w.answer), LF_OK);
    assert_int_equal(w.answer.value.type, LF_T_ERROR);
    end(&w);
}

static const struct {
    const char *before, *middle, *after;
    bool too_deep; /* else it is only long */
} large[] = {
    {"", "(", "", true},
    {"", "[", "", true},
    {"", "{1:", "", true},
    {"", "-", "1", false},
    {"", "!", "true", false},
    {"true", " && true", "", false},
    {"1", " + 1", "", false},
    {"[1", ", 1", "]", false},
    {"'", "\\x41", "'", false},
    {"true", " ? true : true", "", false},
    {"a", ".b", "", false},
    {"a", "[0]", "", false},
    {"f(1", ", 1", ")", false},
    {"", "size(", "", true},
    {"[1]", ".all(x, true)", "", false},
    {"1 /* ", "x", "", false},
    {"// ", "x", "\n1", false},
    {"", " ", "", false},
    {"'", "'\"\"\"", "", false},
    {"{'':1", ",'':1", "}", false},
    {"a.`", "b", "`", false},
    {"0x", "f", "", false},
    {"", "9", "", false},
    {"0.", "9", "", false},
    {"", "a?b:", "c", true},
    {"", "b\"", "\"", false},
};

/* What is large costs in proportion: up to the limit of the source, and nothing beyond it. */
static void large_sources_are_soon_done(void **state) {
    work w;
    (void)state;
    begin(&w);
    for (size_t i = 0; i < LF_COUNT(large); i++) {
        for (unsigned factor = 1; factor <= 2; factor++) {
            size_t times = 65000 * factor / strlen(large[i].middle);
            lf_str source = repeated(large[i].before, large[i].middle, times, large[i].after);
            clock_t start = clock();
            lf_status status = compile(&w, source, LF_T_DYN);
            double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
            bool right = status == LF_OK || (status == LF_E_PARSE && w.error.text.n > 0);
            if (!right || seconds > 1 || (large[i].too_deep && w.error.code != LF_D_EXPR_LIMIT) ||
                (factor == 2 && w.error.code != LF_D_EXPR_LIMIT)) {
                fail_msg("%s%s...: status %d, code %u %s, %.3f s", large[i].before, large[i].middle,
                         (int)status, w.error.code, lf_buf_cstr(&w.error.text), seconds);
            }
            free((void *)(uintptr_t)source.p);
        }
    }
    end(&w);
}

/* ---- when memory ends ---- */

static unsigned left; /* allocations that still succeed */

static void *scarce(void *user, void *ptr, size_t old_size, size_t new_size) {
    (void)user, (void)old_size;
    if (new_size == 0) {
        free(ptr);
        return NULL;
    }
    return left == 0 ? NULL : (left--, realloc(ptr, new_size));
}

static void survives_without_memory(void **state) {
    static const char *const sources[] = {
        ("contact.tags.map(t, t + 'x').filter(t, t.size() > 2).exists_one(t, t == 'src_webx') && "
         "{'a': [1, 2]}.a[1] == 2"),
        "contact.titel == 'x' || nosuch(1)",
        "state.life in ['lead', 'mql'] ? count('view', '1d') >= 3 : age(last('view'), '1h')",
        "cuont('view', '1d')",
        "1 +",
        "state.life == 'x'"};
    (void)state;
    for (size_t i = 0; i < LF_COUNT(sources); i++) {
        lf_status expected = LF_E_NOMEM;
        for (unsigned n = 0; expected == LF_E_NOMEM; n++) {
            lf_mem mem = {scarce, NULL};
            lf_arena arena;
            lf_expr_error error = {.code = 0};
            const lf_expr *expr = NULL;
            lf_answer answer;
            lf_arena_init(&arena, &mem);
            lf_buf_init(&error.text, &mem);
            left = n;
            lf_status status =
                lf_expr_compile(&arena, lf_str_of(sources[i]), &scope, LF_T_DYN, &expr, &error);
            if (status == LF_OK) {
                status = lf_expr_eval(expr, &env, &arena, &answer);
                assert_true(status == LF_OK || status == LF_E_NOMEM);
            } else {
                assert_null(expr);
                assert_true(status == LF_E_NOMEM || status == LF_E_PARSE);
            }
            lf_buf_free(&error.text);
            lf_arena_free(&arena);
            expected = status;
            assert_true(n < 1000);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses),
        cmocka_unit_test(refuses_history),
        cmocka_unit_test(gives),
        cmocka_unit_test(folds_constants),
        cmocka_unit_test(folds_logic),
        cmocka_unit_test(long_text_is_not_kept),
        cmocka_unit_test(tells_of_itself),
        cmocka_unit_test(a_passed_limit_holds_as_long_as_what_was_read),
        cmocka_unit_test(history_is_charged),
        cmocka_unit_test(large_sources_are_soon_done),
        cmocka_unit_test(survives_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

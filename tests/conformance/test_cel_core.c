/* SPDX-License-Identifier: MIT */
/*
 * The core of CEL: the group "core" of cel_public.jsonl, its quoted field names, and the generated
 * cel_random_public.jsonl. Skipped, and counted: what needs one of the functions in `later`, or the
 * name of a type as a value, and is refused as "not supported yet".
 */
#include "expr/expr.h"
#include "jsonl.h"
#include "time/timing.h"

/* ---- typed JSON as values ---- */

static lf_value from_json(lf_arena *arena, const lf_json *typed);

static int base64_digit(char c) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *found = c == '\0' ? NULL : strchr(digits, c);
    return found == NULL ? -1 : (int)(found - digits);
}

static lf_str from_base64(lf_arena *arena, lf_str text) {
    char *out = lf_arena_alloc(arena, text.n + 1);
    size_t n = 0;
    uint32_t bits = 0, have = 0;
    for (size_t i = 0; i < text.n && base64_digit(text.p[i]) >= 0; i++) {
        bits = bits << 6 | (uint32_t)base64_digit(text.p[i]);
        have += 6;
        if (have >= 8) {
            have -= 8;
            out[n++] = (char)(uint8_t)(bits >> have);
        }
    }
    return (lf_str){out, n};
}

/* The digits behind a point as nanoseconds; *end: of the text before the point. */
static int32_t nanos_of(lf_str text, size_t *end) {
    int32_t nanos = 0, weight = 100000000;
    *end = text.n;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '.') {
            *end = i;
        } else if (i > *end && text.p[i] >= '0' && text.p[i] <= '9') {
            nanos += weight * (text.p[i] - '0');
            weight /= 10;
        } else if (i > *end) {
            break;
        }
    }
    return nanos;
}

static lf_value from_timestamp(lf_str text) {
    int64_t ms = 0;
    size_t point;
    assert_true(lf_time_parse(text, &ms));
    lf_value v = lf_value_time(ms);
    v.u.time.nanos = nanos_of(text, &point);
    return v;
}

static lf_value from_duration(lf_str text) { /* "-1.5s" */
    lf_value v = {.type = LF_T_DURATION};
    size_t point;
    int32_t nanos = nanos_of(text, &point);
    point -= point == text.n; /* the s */
    assert_true(lf_parse_i64((lf_str){text.p, point}, &v.u.time.seconds));
    v.u.time.nanos = text.p[0] == '-' ? -nanos : nanos;
    return v;
}

static lf_value from_items(lf_arena *arena, const lf_json *items, bool map) {
    lf_value v = {.type = map ? LF_T_MAP : LF_T_LIST};
    uint32_t each = map ? 2 : 1;
    lf_value *values = lf_arena_alloc(arena, (size_t)items->n * each * sizeof *values);
    for (uint32_t i = 0; i < items->n; i++) {
        const lf_json *item = &items->u.items[i];
        values[i * each] = from_json(arena, map ? &item->u.items[0] : item);
        if (map) {
            values[i * each + 1] = from_json(arena, &item->u.items[1]);
        }
    }
    v.u.list.items = values;
    v.u.list.n = items->n;
    return v;
}

static lf_value from_json(lf_arena *arena, const lf_json *typed) {
    static const char *const kinds[] = {"null",  "bool", "int", "uint",      "double",   "string",
                                        "bytes", "list", "map", "timestamp", "duration", "type"};
    const lf_member *member = &typed->u.members[0];
    lf_str text = member->value.text;
    lf_value v = {.type = LF_T_ERROR};
    for (uint8_t i = 0; i < LF_COUNT(kinds); i++) {
        v.type = lf_str_eq(member->name, lf_str_of(kinds[i])) ? (uint8_t)(LF_T_NULL + i) : v.type;
    }
    switch (v.type) {
    case LF_T_NULL:
        return v;
    case LF_T_BOOL:
        return lf_value_bool(member->value.boolean);
    case LF_T_INT:
        assert_true(lf_parse_i64(text, &v.u.i));
        return v;
    case LF_T_UINT:
        assert_true(lf_parse_u64(text, &v.u.u));
        return v;
    case LF_T_DOUBLE:
        v.u.d = strtod(text.p, NULL);
        return v;
    case LF_T_LIST:
    case LF_T_MAP:
        return from_items(arena, &member->value, v.type == LF_T_MAP);
    case LF_T_TIMESTAMP:
        return from_timestamp(text);
    case LF_T_DURATION:
        return from_duration(text);
    case LF_T_BYTES:
        v.u.s = from_base64(arena, text);
        return v;
    default: /* STRING, TYPE, and what is not known */
        v.u.s = text;
        return v;
    }
}

/* The same kinds and values all the way down; a NaN is itself, -0 is not 0, maps have no order. */
static bool same(const lf_value *a, const lf_value *b) {
    if (a->type != b->type) {
        return false;
    }
    if (a->type == LF_T_DOUBLE) {
        return memcmp(&a->u.d, &b->u.d, sizeof a->u.d) == 0 ||
               (a->u.d != a->u.d && b->u.d != b->u.d);
    }
    if (a->type != LF_T_LIST && a->type != LF_T_MAP) {
        lf_meter meter = {0, LF_EXPR_COST};
        return lf_value_equal(a, b, &meter);
    }
    if (a->u.list.n != b->u.list.n) {
        return false;
    }
    const lf_value *x = a->u.list.items, *y = b->u.list.items;
    for (uint32_t i = 0; i < a->u.list.n; i++) {
        bool found = a->type == LF_T_LIST && same(&x[i], &y[i]);
        for (uint32_t j = 0; a->type == LF_T_MAP && !found && j < b->u.list.n; j++) {
            found = same(&x[2 * i], &y[2 * j]) && same(&x[2 * i + 1], &y[2 * j + 1]);
        }
        if (!found) {
            return false;
        }
    }
    return true;
}

/* ---- the world of a case ---- */

typedef struct world {
    lf_arena *arena;
    const lf_json *bindings, *decls;
    lf_str container;
    bool unchecked;
} world;

/* A declaration such as "list(int)". */
static void declared(lf_str text, lf_binding *out) {
    static const struct {
        const char *text;
        uint8_t type, item;
    } types[] = {{"bool", LF_T_BOOL, 0},
                 {"int", LF_T_INT, 0},
                 {"uint", LF_T_UINT, 0},
                 {"double", LF_T_DOUBLE, 0},
                 {"string", LF_T_STRING, 0},
                 {"bytes", LF_T_BYTES, 0},
                 {"null_type", LF_T_NULL, 0},
                 {"list(int)", LF_T_LIST, LF_T_INT},
                 {"list", LF_T_LIST, 0},
                 {"map", LF_T_MAP, 0},
                 {"google.protobuf.Timestamp", LF_T_TIMESTAMP, 0},
                 {"google.protobuf.Duration", LF_T_DURATION, 0}};
    for (size_t i = LF_COUNT(types); i-- > 0;) {
        if (lf_str_starts(text, lf_str_of(types[i].text))) {
            out->type = types[i].type;
            out->item = types[i].item;
        }
    }
}

static bool find_name(const world *w, lf_str name, lf_binding *out) {
    const lf_json *declaration = lf_json_get(w->decls, name);
    for (uint32_t i = 0; i < w->bindings->n; i++) {
        if (lf_str_eq(w->bindings->u.members[i].name, name)) {
            out->ref = (int32_t)i;
            if (declaration != NULL && !w->unchecked) {
                declared(declaration->text, out);
            }
            return declaration != NULL || w->unchecked;
        }
    }
    return false;
}

/* "a.b.c": as it is, then in each container from the innermost; the longest name first. */
static bool resolve(void *ctx, const lf_str *parts, uint32_t n, lf_binding *out, lf_buf *why) {
    const world *w = ctx;
    for (out->used = n; out->used > 0; out->used--) {
        lf_str container = out->absolute ? lf_str_of("") : w->container;
        for (bool more = true; more;) {
            lf_buf name;
            lf_buf_init(&name, &w->arena->mem);
            lf_buf_str(&name, container);
            for (uint32_t i = 0; i < out->used; i++) {
                lf_buf_text(&name, name.n > 0 ? "." : "");
                lf_buf_str(&name, parts[i]);
            }
            bool found = find_name(w, (lf_str){lf_buf_cstr(&name), name.n}, out);
            lf_buf_free(&name);
            if (found) {
                return true;
            }
            more = container.n > 0;
            while (container.n > 0 && container.p[--container.n] != '.') {
            }
        }
    }
    lf_buf_format(why, "unknown name %q", parts[0]);
    return false;
}

static void load(void *ctx, int32_t ref, lf_value *out, int64_t *until) {
    const world *w = ctx;
    (void)until;
    *out = from_json(w->arena, &w->bindings->u.members[ref].value);
}

/* ---- one case ---- */

/* Was it refused for something that the library does not have yet? */
static bool is_later(lf_str source, const lf_expr_error *error) {
    static const char *const later[] = {"matches",       "int",          "uint",
                                        "double",        "string",       "bytes",
                                        "bool",          "type",         "dyn",
                                        "timestamp",     "duration",     "getDate",
                                        "getDayOfMonth", "getDayOfWeek", "getDayOfYear",
                                        "getFullYear",   "getHours",     "getMilliseconds",
                                        "getMinutes",    "getMonth",     "getSeconds"};
    static const char *const types[] = {"bool",
                                        "int",
                                        "uint",
                                        "double",
                                        "string",
                                        "bytes",
                                        "list",
                                        "map",
                                        "type",
                                        "null_type",
                                        "google.protobuf.Timestamp",
                                        "google.protobuf.Duration"};
    if (error->text.n == 0 || strstr(error->text.p, "not supported yet") == NULL) {
        return false;
    }
    lf_str at = {source.p + error->offset, source.n - error->offset};
    for (size_t i = 0; i < LF_COUNT(later); i++) {
        size_t n = strlen(later[i]);
        if (at.n > n && at.p[n] == '(' && memcmp(at.p, later[i], n) == 0) {
            return true;
        }
    }
    for (size_t i = 0; i < LF_COUNT(types); i++) {
        if (lf_str_starts(at, lf_str_of(types[i])) && strstr(error->text.p, "a type") != NULL) {
            return true;
        }
    }
    return false;
}

/* dyn(x) is x where nothing is checked: so much of what it is used for can be asked already. */
static lf_str without_dyn(lf_arena *arena, lf_str source, bool *unchecked) {
    char *out = lf_arena_alloc(arena, source.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < source.n; i++) {
        lf_str rest = {source.p + i, source.n - i};
        if (lf_str_starts(rest, LF_STR("dyn(")) &&
            (i == 0 || strchr(" (,[:!-", source.p[i - 1]) != NULL)) {
            *unchecked = true;
            i += 3;
        }
        out[n++] = source.p[i];
    }
    return (lf_str){out, n};
}

static void evaluate(tally *t, lf_arena *arena, const lf_json *line, const lf_expr *expr,
                     world *w) {
    lf_env env = {.ctx = w, .load = load};
    lf_answer answer;
    const lf_json *deduced = lf_json_get(line, LF_STR("deduced"));
    const lf_json *expected = lf_json_get(lf_json_get(line, LF_STR("expect")), LF_STR("value"));
    lf_value want = {.type = LF_T_ERROR};
    if (lf_expr_eval(expr, &env, arena, &answer) != LF_OK) {
        count_case(t, false, "%s: no memory", show(line));
        return;
    }
    if (expected != NULL) {
        want = from_json(arena, expected);
    }
    bool fine = expected == NULL ? answer.value.type == LF_T_ERROR : same(&answer.value, &want);
    if (deduced != NULL && !w->unchecked) {
        lf_binding binding = {.type = LF_T_DYN};
        declared(deduced->text, &binding);
        fine = fine && lf_expr_type(expr) == binding.type;
    }
    lf_str why = answer.value.type == LF_T_ERROR ? answer.value.u.s : lf_str_of("");
    count_case(t, fine && answer.until == LF_TIME_NONE, "%s: value of type %u %.*s", show(line),
               answer.value.type, (int)why.n, why.p);
}

static void cel_case(tally *t, lf_arena *arena, const lf_json *line) {
    world w = {.arena = arena,
               .bindings = lf_json_get(line, LF_STR("bindings")),
               .decls = lf_json_get(line, LF_STR("decls")),
               .container = text_of(line, "container"),
               .unchecked = lf_json_get(line, LF_STR("unchecked")) != NULL};
    lf_str source = without_dyn(arena, text_of(line, "expr"), &w.unchecked);
    if (!lf_str_eq(text_of(line, "group"), LF_STR("core")) &&
        !lf_str_eq(text_of(line, "group"), LF_STR("ext.quoted_fields"))) {
        return;
    }
    lf_scope scope = {.ctx = &w, .name = resolve};
    lf_expr_error error = {.line = 0};
    const lf_expr *expr = NULL;
    lf_buf_init(&error.text, &arena->mem);
    lf_status status = w.unchecked
                           ? lf_expr_compile_unchecked(arena, source, &scope, &expr, &error)
                           : lf_expr_compile(arena, source, &scope, LF_T_DYN, &expr, &error);
    if (status == LF_OK) {
        evaluate(t, arena, line, expr, &w);
    } else if (is_later(source, &error)) {
        t->skipped++;
    } else {
        bool refused = lf_json_get(lf_json_get(line, LF_STR("expect")), LF_STR("error")) != NULL;
        count_case(t, status == LF_E_PARSE && refused, "%s: refused: %s", show(line),
                   lf_buf_cstr(&error.text));
    }
    lf_buf_free(&error.text);
}

static void cel_core(void **state) {
    (void)state;
    tally t = {.name = "cel core"};
    each_case("cel/cel_public.jsonl", &t, cel_case);
    tally_done(&t);
}

static void cel_random(void **state) {
    (void)state;
    tally t = {.name = "cel random"};
    each_case("cel/cel_random_public.jsonl", &t, cel_case);
    tally_done(&t);
}

/* What the suites do not ask, in their form. */
static const char *const own[] = {
    /* a map has the type of its values, so the checker sees what is done with one */
    "{'expr':'{`a`: 1}.a + 1 == 2','expect':{'value':{'bool':true}}}",
    "{'expr':'{`a`: 1}.a + `x`','expect':{'error':''}}",
    "{'expr':'{`a`: 1, `b`: `x`}.b + `y` == `xy`','expect':{'value':{'bool':true}}}",
    "{'expr':'{`a`: 1}[`a`].all(x, true)','expect':{'error':''}}",
    /* has() ends a dotted name */
    "{'expr':'has(a.b).c','unchecked':true,'bindings':{'a.b.c':{'int':'1'}},'expect':{'error':''}}",
    /* a number may be long, and has one value */
    "{'expr':'.1000000000000000000000000000000000000000000000000000000000000000000000001 == 0.1',"
    "'expect':{'value':{'bool':true}}}",
    "{'expr':'1e309','expect':{'error':''}}",
    "{'expr':'1e-400 == 0.0','expect':{'value':{'bool':true}}}",
    /* an integer meets a double as the double nearest to it */
    "{'expr':'9223372036854775807 < 9223372036854775808.0','expect':{'value':{'bool':false}}}",
    "{'expr':'9223372036854775807 < 9223372036854777857.0','expect':{'value':{'bool':true}}}",
    "{'expr':'9223372036854775808.0 > 9223372036854775807','expect':{'value':{'bool':false}}}",
    "{'expr':'18446744073709553665.0 > 18446744073709551615u','expect':{'value':{'bool':true}}}",
    "{'expr':'-1 < 0u && 0u > -1 && 18446744073709551615u > 9223372036854775807',"
    "'expect':{'value':{'bool':true}}}",
    /* any whole number is an index */
    "{'expr':'[7, 8][1u] + [7, 8][1.0]','expect':{'value':{'int':'16'}}}",
    "{'expr':'[7, 8][-0.0]','expect':{'value':{'int':'7'}}}",
    "{'expr':'[7, 8][0.5]','expect':{'error':''}}",
    "{'expr':'[7, 8][2.0]','expect':{'error':''}}",
    "{'expr':'[7, 8][-1]','expect':{'error':''}}",
    "{'expr':'[7, 8][18446744073709551615u]','expect':{'error':''}}",
    /* what is not reached does not fail; a list with a failure in it does */
    "{'expr':'true || nosuch(1)','unchecked':true,'expect':{'value':{'bool':true}}}",
    "{'expr':'[nosuch(1)].size()','unchecked':true,'expect':{'error':''}}",
    "{'expr':'[nosuch(1)]','unchecked':true,'expect':{'error':''}}",
    "{'expr':'nosuch(1) || true','expect':{'error':''}}",
    "{'expr':'``.contains(``) && `ab`.contains(`b`) && !`ab`.contains(`ba`)',"
    "'expect':{'value':{'bool':true}}}",
};

/* The cases above are written with ' for the quotes of JSON and ` for those of CEL. */
static void cel_own(void **state) {
    tally t = {.name = "cel own"};
    lf_mem mem = libc_mem();
    lf_arena arena;
    (void)state;
    lf_arena_init(&arena, &mem);
    for (size_t i = 0; i < LF_COUNT(own); i++) {
        char text[400];
        const lf_json *line;
        lf_json_error error;
        bool bound = strstr(own[i], "'bindings'") != NULL;
        snprintf(text, sizeof text, "{'group':'core',%s%s", bound ? "" : "'bindings':{},",
                 own[i] + 1);
        for (char *c = text; *c != '\0'; c++) {
            *c = *c == '\'' ? '"' : *c == '`' ? '\'' : *c;
        }
        lf_status status = lf_json_parse(&arena, lf_str_of(text), 0, 64, 1, &line, &error);
        assert_int_equal(status, LF_OK);
        cel_case(&t, &arena, line);
    }
    lf_arena_free(&arena);
    tally_done(&t);
}

/* Comparing long lists again and again costs what it takes: it is stopped by the limit. */
static void cel_cost(void **state) {
    static const char *const ends[] = {"].all(l, l.all(x, l == l))",
                                       "].all(l, l.all(x, l in [l]))"};
    char source[24000];
    (void)state;
    for (size_t i = 0; i < LF_COUNT(ends); i++) {
        size_t n = (size_t)snprintf(source, sizeof source, "[[1");
        for (int k = 0; k < 10000; k++) {
            memcpy(source + n, ",1", 2);
            n += 2;
        }
        snprintf(source + n, sizeof source - n, "]%s", ends[i]);
        lf_mem mem = libc_mem();
        lf_arena arena;
        lf_scope scope = {.name = NULL};
        lf_env env = {.ctx = NULL};
        lf_expr_error error = {.line = 0};
        lf_answer answer;
        const lf_expr *expr;
        lf_arena_init(&arena, &mem);
        lf_buf_init(&error.text, &mem);
        assert_int_equal(
            lf_expr_compile(&arena, lf_str_of(source), &scope, LF_T_BOOL, &expr, &error), LF_OK);
        assert_int_equal(lf_expr_eval(expr, &env, &arena, &answer), LF_OK);
        assert_int_equal(answer.value.type, LF_T_ERROR);
        assert_true(answer.cost > LF_EXPR_COST && answer.cost < 2 * LF_EXPR_COST);
        lf_buf_free(&error.text);
        lf_arena_free(&arena);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cel_own),
        cmocka_unit_test(cel_cost),
        cmocka_unit_test(cel_core),
        cmocka_unit_test(cel_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

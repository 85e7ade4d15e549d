/* SPDX-License-Identifier: MIT */
/*
 * The JSON reader and writer: where an error stands, positions of values, numbers, duplicates, depth, large
 * input, what is written, and the order of a merge. (What is JSON and what is not: tests/conformance.)
 */
#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <setjmp.h>
#include <time.h>

#include <cmocka.h>

#include "json/json.h"

static lf_arena arena;
static lf_json_error error;

static int set_up(void **state) {
    lf_mem mem;
    (void)state;
    lf_mem_from(&mem, NULL);
    lf_arena_init(&arena, &mem);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    lf_arena_free(&arena);
    return 0;
}

static lf_status read_text(lf_str text, uint32_t flags, const lf_json **out) {
    char *copy = malloc(text.n + (text.n == 0)); /* a sanitizer sees what is read behind its end */
    assert_non_null(copy);
    memcpy(copy, text.p, text.n);
    lf_status status =
        lf_json_parse(&arena, (lf_str){copy, text.n}, flags, LF_JSON_DEPTH, 1, out, &error);
    free(copy);
    assert_int_equal(status == LF_OK, *out != NULL);
    return status;
}

static const lf_json *read(const char *text) {
    const lf_json *v;
    if (read_text(lf_str_of(text), 0, &v) != LF_OK) {
        fail_msg("%s: %u:%u: %s", text, error.line, error.column, error.text);
    }
    return v;
}

static void refuse(const char *text, uint32_t line, uint32_t column, const char *why) {
    const lf_json *v;
    if (read_text(lf_str_of(text), 0, &v) != LF_E_PARSE || error.line != line ||
        error.column != column || strstr(error.text, why) == NULL) {
        fail_msg("%s: %s at %u:%u: %s", text, v != NULL ? "accepted" : "refused", error.line,
                 error.column, v != NULL ? "" : error.text);
    }
}

static void errors_have_places(void **state) {
    (void)state;
    refuse("", 1, 1, "expected a value");
    refuse("  \n ", 2, 2, "expected a value");
    refuse("[1,\n  2,]", 2, 5, "expected a value");
    refuse("[1 2]", 1, 4, "expected ',' or ']'");
    refuse("[1", 1, 3, "expected ',' or ']'");
    refuse("{\"a\": 1,}", 1, 9, "expected a member name");
    refuse("{\"a\" 1}", 1, 6, "expected ':'");
    refuse("{\"a\": 1\r\n\"b\": 2}", 2, 1, "expected ',' or '}'");
    refuse("{a: 1}", 1, 2, "expected a member name in double quotes");
    refuse("[tru]", 1, 2, "expected a value");
    refuse("nul", 1, 1, "expected a value");
    refuse("1 1", 1, 3, "something stands behind the value");
    refuse("\xef\xbb\xbf"
           "1",
           1, 1, "expected a value");
    refuse("\"abc", 1, 1, "the string has no end");
    refuse("\"abc\\", 1, 1, "the string has no end");
    refuse("\"abc\\\"", 1, 1, "the string has no end");
    refuse("\"a\nb\"", 1, 3, "control characters in a string must be escaped");
    refuse("\"a\\x\"", 1, 3, "unknown escape");
    refuse("\"\\u12g4\"", 1, 6, "four hexadecimal digits");
    refuse("\"\\u12\"", 1, 6, "four hexadecimal digits");
    refuse("\"ab\\ud800\"", 1, 4, "a high surrogate without a low one");
    refuse("\"ab\\ud800\\u0041\"", 1, 4, "a high surrogate without a low one");
    refuse("\"ab\\udc00\"", 1, 4, "a low surrogate without a high one");
    refuse("\"ab\xff\"", 1, 4, "not valid UTF-8");
    refuse("\"\xed\xa0\x80\"", 1, 2, "not valid UTF-8");
    refuse("\"\xc3\xa9\" x", 1, 6, "something stands behind"); /* a column counts bytes */
    refuse("01", 1, 2, "must not begin with 0");
    refuse("-", 1, 2, "expected a digit");
    refuse("1.", 1, 3, "expected a digit");
    refuse("1e+", 1, 4, "expected a digit");
    refuse(".5", 1, 1, "expected a value");
    refuse("+1", 1, 1, "expected a value");
    refuse("NaN", 1, 1, "expected a value");
}

/* Every beginning of a document is refused, with a place in it. */
static void every_beginning_is_refused(void **state) {
    static const char text[] =
        "{\"a\\u00e9\\ud83d\\ude00\": [1.5e-3, -0, true, false, null, \"x\\n\"], \"b\": {}}";
    const lf_json *v;
    (void)state;
    for (size_t n = 0; n < sizeof text - 1; n++) {
        assert_int_equal(read_text((lf_str){text, n}, 0, &v), LF_E_PARSE);
        assert_int_equal(error.line, 1);
        assert_true(error.column >= 1 && error.column <= n + 1);
    }
    read(text);
}

static void values_have_places(void **state) {
    (void)state;
    const lf_json *v = read(" {\n  \"a\": [ 1,\n\t{\"b\" :\"x\"} ] }");
    assert_true(v->line == 1 && v->column == 2);
    const lf_member *a = &v->u.members[0];
    assert_true(a->line == 2 && a->column == 3);
    assert_true(a->value.line == 2 && a->value.column == 8);
    assert_true(a->value.u.items[0].column == 10);
    assert_true(a->value.u.items[1].line == 3 && a->value.u.items[1].column == 2);
    assert_int_equal(a->value.u.items[1].u.members[0].column, 3);
    assert_int_equal(a->value.u.items[1].u.members[0].value.column, 8);
    assert_int_equal(lf_json_parse(&arena, LF_STR("\n]"), 0, 1, 41, &v, &error), LF_E_PARSE);
    assert_int_equal(error.line, 42); /* counted from the line that the caller gives */
}

static void strings_are_decoded(void **state) {
    (void)state;
    const lf_json *v =
        read("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00e9\\u20ac\\ud83d\\ude00\\u0000z\"");
    static const char want[] = "\"\\/\b\f\n\r\tA\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\0z";
    assert_int_equal(v->text.n, sizeof want - 1);
    assert_memory_equal(v->text.p, want, sizeof want); /* with the NUL behind it */
    assert_int_equal(read("\"\"")->text.n, 0);
}

/* ---- numbers ---- */

static void expect_int(const char *text, int64_t want) {
    const lf_json *v = read(text);
    assert_int_equal(v->kind, LF_JSON_INT);
    assert_true(v->u.i == want);
    assert_string_equal(v->text.p, text); /* as written */
}

static void expect_number(const char *text, double want) {
    double got = -1;
    const lf_json *v = read(text);
    assert_int_equal(v->kind, LF_JSON_NUMBER);
    assert_string_equal(v->text.p, text);
    assert_true(lf_json_as_double(v, &got));
    assert_memory_equal(&got, &want, sizeof got);
}

static void numbers(void **state) {
    double d;
    (void)state;
    expect_int("0", 0);
    expect_int("-0", 0);
    expect_int("9223372036854775807", INT64_MAX);
    expect_int("-9223372036854775808", INT64_MIN);
    expect_number("9223372036854775808", 9223372036854775808.0);
    expect_number("-9223372036854775809", -9223372036854775808.0);
    expect_number("123456789012345678901234567890", 123456789012345678901234567890.0);
    expect_number("1E5", 1e5);
    expect_number("1e5", 1e5);
    expect_number("1E+05", 1e5);
    expect_number("1.0", 1);
    expect_number("-0.0", -0.0);
    expect_number("1e-400", 0);
    expect_number("1.7976931348623157e308", DBL_MAX);
    /* What is beyond a double is JSON, but no number that can be counted with. */
    assert_false(lf_json_as_double(read("1e400"), &d));
    assert_false(lf_json_as_double(read("-1e400"), &d));
    assert_false(lf_json_as_double(read("1.7976931348623159e308"), &d));
    assert_true(lf_json_as_double(read("7"), &d) && d >= 7 && d <= 7);
    assert_false(lf_json_as_double(read("\"7\""), &d));
    assert_false(lf_json_as_double(NULL, &d));
    assert_true(lf_json_equal(read("1"), read("1.0")) && lf_json_equal(read("1e2"), read("100")));
    assert_true(lf_json_equal(read("1e400"), read("1e400")));
    assert_false(lf_json_equal(read("9223372036854775807"), read("9223372036854775806")));
    assert_false(lf_json_equal(read("1"), read("\"1\"")));
    assert_false(lf_json_equal(read("1"), read("true")));
    assert_false(lf_json_equal(read("null"), read("0")));
}

/* ---- members ---- */

static void duplicates(void **state) {
    const lf_json *v;
    (void)state;
    refuse("{\"a\": 1,\n \"b\": 2, \"a\": 3}", 2, 10, "twice");
    refuse("{\"a\": 1, \"\\u0061\": 3}", 1, 10, "twice"); /* the same name in other letters */
    assert_int_equal(read_text(LF_STR("{\"a\": 1, \"b\": 2, \"a\": 3}"), LF_JSON_DUPLICATES, &v),
                     LF_OK);
    assert_int_equal(v->n, 2); /* the last wins, at the place of the first */
    assert_true(lf_str_eq(v->u.members[0].name, LF_STR("a")) && v->u.members[0].value.u.i == 3);
    read("{\"a\": {\"a\": 1}, \"b\": {\"a\": 1}}");
    read("{\"\": 1, \"a\": 2}");
}

static void many_members(void **state) {
    lf_buf text;
    const lf_json *v;
    (void)state;
    lf_buf_init(&text, &arena.mem);
    for (int64_t n = 0; n < 20000; n++) {
        lf_buf_format(&text, "%s\"m%d\": %d", n == 0 ? "{" : ", ", n, n);
    }
    lf_buf_text(&text, "}");
    clock_t start = clock();
    assert_int_equal(read_text((lf_str){text.p, text.n}, 0, &v), LF_OK);
    assert_int_equal(v->n, 20000);
    text.n--;
    lf_buf_text(&text, ", \"m7\": 1}");
    assert_int_equal(read_text((lf_str){text.p, text.n}, 0, &v), LF_E_PARSE);
    assert_int_equal(read_text((lf_str){text.p, text.n}, LF_JSON_DUPLICATES, &v), LF_OK);
    assert_int_equal(v->n, 20000);
    assert_true(v->u.members[7].value.u.i == 1);
    const lf_json *merged; /* a document laid over itself */
    assert_int_equal(lf_json_merge(&arena, v, v, &merged), LF_OK);
    assert_int_equal(merged->n, 20000);
    assert_true(clock() - start < 2 * CLOCKS_PER_SEC); /* each of these was seconds, one by one */
    lf_buf_free(&text);
}

/* ---- depth and size ---- */

static lf_str nested(lf_buf *buf, const char *open, const char *middle, const char *close,
                     size_t depth) {
    lf_buf_clear(buf);
    for (size_t i = 0; i < depth; i++) {
        lf_buf_text(buf, open);
    }
    lf_buf_text(buf, middle);
    for (size_t i = 0; i < depth; i++) {
        lf_buf_text(buf, close);
    }
    return (lf_str){buf->p, buf->n};
}

static void depth_is_limited(void **state) {
    lf_buf buf;
    const lf_json *v;
    (void)state;
    lf_buf_init(&buf, &arena.mem);
    assert_int_equal(read_text(nested(&buf, "[", "1", "]", LF_JSON_DEPTH), 0, &v), LF_OK);
    assert_int_equal(read_text(nested(&buf, "[", "1", "]", LF_JSON_DEPTH + 1), 0, &v), LF_E_LIMIT);
    assert_int_equal(error.column, LF_JSON_DEPTH + 1);
    assert_int_equal(read_text(nested(&buf, "{\"a\":", "1", "}", LF_JSON_DEPTH), 0, &v), LF_OK);
    assert_int_equal(read_text(nested(&buf, "{\"a\":", "1", "}", LF_JSON_DEPTH + 1), 0, &v),
                     LF_E_LIMIT);
    assert_int_equal(read_text(nested(&buf, "[", "", "", 1000000), 0, &v), LF_E_LIMIT);
    assert_int_equal(read_text(nested(&buf, "[{\"a\":", "", "", 1000000), 0, &v), LF_E_LIMIT);
    /* What is side by side is not deep. */
    assert_int_equal(read_text(nested(&buf, "", "[[],[],{},{},[[]],[[]]]", "", 1), 0, &v), LF_OK);
    assert_int_equal(lf_json_parse(&arena, LF_STR("[]"), 0, 0, 1, &v, &error), LF_E_LIMIT);
    assert_int_equal(lf_json_parse(&arena, LF_STR("1"), 0, 0, 1, &v, &error), LF_OK);
    lf_buf_free(&buf);
}

/* Twice as much takes twice as long, not four times: a megabyte is read at once. */
static void large_texts(void **state) {
    static const char *const pieces[] = {"[],",
                                         "\"\\u0041\",",
                                         "\"\",",
                                         "12345678901234567890,",
                                         "{\"a\":[{}]},",
                                         "0.1e-7, ",
                                         "\"\xe2\x82\xac\xe2\x82\xac\","};
    lf_buf buf;
    const lf_json *v;
    (void)state;
    lf_buf_init(&buf, &arena.mem);
    for (size_t i = 0; i < LF_COUNT(pieces); i++) {
        lf_buf_clear(&buf);
        lf_buf_text(&buf, "[");
        while (buf.n < 1000000) {
            lf_buf_text(&buf, pieces[i]);
        }
        lf_buf_text(&buf, "0]");
        clock_t start = clock();
        assert_int_equal(read_text((lf_str){buf.p, buf.n}, 0, &v), LF_OK);
        assert_true(clock() - start < 2 * CLOCKS_PER_SEC);
        lf_arena_reset(&arena);
    }
    lf_buf_clear(&buf);
    while (buf.n < 1000000) { /* strings without an end, one in the other's place */
        lf_buf_text(&buf, "\"\\");
    }
    clock_t start = clock();
    assert_int_equal(read_text((lf_str){buf.p, buf.n}, 0, &v), LF_E_PARSE);
    assert_true(clock() - start < 2 * CLOCKS_PER_SEC);
    lf_buf_free(&buf);
}

/* ---- writing ---- */

static void expect_written(const char *text, const char *want) {
    lf_buf buf;
    lf_buf_init(&buf, &arena.mem);
    lf_json_put(&buf, read(text));
    assert_string_equal(lf_buf_cstr(&buf), want);
    lf_buf_free(&buf);
}

static void writes_trees(void **state) {
    (void)state;
    expect_written(" { \"a\" : [ 1 , -0, 1.50E+3, 1e400 ] , \"b\" : { } }",
                   "{\"a\":[1,-0,1.50E+3,1e400],\"b\":{}}");
    expect_written(
        "[true, false, null, \"\\u00e9\\u0001\\u001f\\/\\\"\\\\\\b\\f\\n\\r\\t\\u007f\"]",
        "[true,false,null,\"\xc3\xa9\\u0001\\u001f/\\\"\\\\\\b\\f\\n\\r\\t\x7f\"]");
    expect_written("\"\\u0000\"", "\"\\u0000\"");
    expect_written("[]", "[]");
}

static void writes_with_commas(void **state) {
    lf_buf buf;
    (void)state;
    lf_buf_init(&buf, &arena.mem);
    lf_json_writer w = {.buf = &buf};
    lf_jw_begin_object(&w);
    lf_jw_key(&w, "a");
    lf_jw_begin_array(&w);
    lf_jw_i64(&w, INT64_MIN);
    lf_jw_double(&w, 0.1);
    lf_jw_double(&w, (double)INFINITY); /* JSON has no word for these */
    lf_jw_double(&w, (double)NAN);
    lf_jw_begin_array(&w);
    lf_jw_end_array(&w);
    lf_jw_begin_object(&w);
    lf_jw_end_object(&w);
    lf_jw_text(&w, NULL);
    lf_jw_str(&w, (lf_str){NULL, 0});
    lf_jw_end_array(&w);
    lf_jw_key_str(&w, LF_STR("b\"c"));
    lf_jw_bool(&w, true);
    lf_jw_key(&w, "d");
    lf_jw_raw(&w, read("[1, {\"x\": null}]"));
    lf_jw_end_object(&w);
    assert_string_equal(lf_buf_cstr(&buf),
                        "{\"a\":[-9223372036854775808,0.1,null,null,[],{},null,\"\"],"
                        "\"b\\\"c\":true,\"d\":[1,{\"x\":null}]}");
    lf_buf_free(&buf);
}

/* ---- merge patch: the order of members, which RFC 7396 leaves open (SPEC 1) ---- */

static void expect_merged(const char *target, const char *patch, const char *want) {
    const lf_json *merged;
    lf_buf buf;
    lf_buf_init(&buf, &arena.mem);
    assert_int_equal(lf_json_merge(&arena, read(target), read(patch), &merged), LF_OK);
    lf_json_put(&buf, merged);
    assert_string_equal(lf_buf_cstr(&buf), want);
    lf_buf_free(&buf);
}

static void merges_keep_places(void **state) {
    (void)state;
    expect_merged("{\"a\":1,\"b\":2,\"c\":3}", "{\"d\":4,\"b\":5}",
                  "{\"a\":1,\"b\":5,\"c\":3,\"d\":4}");
    expect_merged("{\"a\":1,\"b\":2}", "{\"a\":null,\"c\":null}", "{\"b\":2}");
    expect_merged("{\"a\":{\"x\":1,\"y\":2}}", "{\"a\":{\"y\":3,\"z\":{\"q\":null,\"r\":1}}}",
                  "{\"a\":{\"x\":1,\"y\":3,\"z\":{\"r\":1}}}");
    expect_merged("{\"a\":[1,2]}", "{\"a\":[3]}", "{\"a\":[3]}");
    expect_merged("[1]", "{\"a\":{\"b\":null}}", "{\"a\":{}}");
    expect_merged("{\"a\":1}", "[null]", "[null]");
    expect_merged("{\"a\":1}", "{}", "{\"a\":1}");
    expect_merged("{\"\":1}", "{\"\":2}", "{\"\":2}");
}

/* ---- pointers ---- */

static void pointers(void **state) {
    const lf_json *v;
    (void)state;
    v = read("{\"a\":[10,{\"/\":1,\"~\":2,\"~1\":3,\"\":4}],\"\":{\"\":5}}");
    assert_ptr_equal(lf_json_pointer(v, LF_STR("")), v);
    assert_true(lf_json_pointer(v, LF_STR("/a/0"))->u.i == 10);
    assert_true(lf_json_pointer(v, LF_STR("/a/1/~1"))->u.i == 1);
    assert_true(lf_json_pointer(v, LF_STR("/a/1/~0"))->u.i == 2);
    assert_true(lf_json_pointer(v, LF_STR("/a/1/~01"))->u.i == 3);
    assert_true(lf_json_pointer(v, LF_STR("/a/1/"))->u.i == 4);
    assert_true(lf_json_pointer(v, LF_STR("//"))->u.i == 5);
    static const char *const nothing[] = {"a",      "/b",     "/a/2",    "/a/-",
                                          "/a/00",  "/a/-1",  "/a/1.0",  "/a/18446744073709551616",
                                          "/a/0/x", "/a/1/~", "/a/1/~2", "/a/",
                                          "/a/ 0",  "/a/+0"};
    for (size_t i = 0; i < LF_COUNT(nothing); i++) {
        if (lf_json_pointer(v, lf_str_of(nothing[i])) != NULL) {
            fail_msg("%s points to something", nothing[i]);
        }
    }
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

static lf_status read_and_merge(lf_arena *own, lf_str text) {
    const lf_json *v, *merged;
    lf_json_error place;
    lf_status status = lf_json_parse(own, text, 0, LF_JSON_DEPTH, 1, &v, &place);
    return status != LF_OK ? status : lf_json_merge(own, v, v, &merged);
}

static void survives_without_memory(void **state) {
    lf_buf text;
    lf_status status = LF_E_NOMEM;
    (void)state;
    lf_buf_init(&text, &arena.mem);
    lf_buf_text(&text, "{\"list\": [[1, \"\\u0041\", [], {}]]");
    for (int64_t i = 0; i < 100; i++) {
        lf_buf_format(&text, ", \"member %d\": {\"x\": [%d]}", i, i);
    }
    lf_buf_text(&text, "}");
    for (unsigned n = 0; status == LF_E_NOMEM; n++) {
        lf_mem mem = {scarce, NULL};
        lf_arena own;
        lf_arena_init(&own, &mem);
        left = n;
        status = read_and_merge(&own, (lf_str){text.p, text.n});
        lf_arena_free(&own);
        assert_true(n < 10000);
    }
    assert_int_equal(status, LF_OK);
    lf_buf_free(&text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_have_places),
        cmocka_unit_test(every_beginning_is_refused),
        cmocka_unit_test(values_have_places),
        cmocka_unit_test(strings_are_decoded),
        cmocka_unit_test(numbers),
        cmocka_unit_test(duplicates),
        cmocka_unit_test(many_members),
        cmocka_unit_test(depth_is_limited),
        cmocka_unit_test(large_texts),
        cmocka_unit_test(writes_trees),
        cmocka_unit_test(writes_with_commas),
        cmocka_unit_test(merges_keep_places),
        cmocka_unit_test(pointers),
        cmocka_unit_test(survives_without_memory),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}

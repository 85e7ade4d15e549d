/* SPDX-License-Identifier: MIT */
/* JSONTestSuite, RFC 6901 and RFC 7396 cases against lib/json. */
#include "jsonl.h"

/* ---- JSONTestSuite ---- */

/* What was read must be written so that it reads back equal. */
static bool round_trip(lf_arena *arena, const lf_json *value) {
    const lf_json *again = NULL;
    lf_json_error error;
    lf_buf buf;
    lf_buf_init(&buf, &arena->mem);
    lf_json_put(&buf, value);
    lf_status status = lf_json_parse(arena, (lf_str){lf_buf_cstr(&buf), buf.n}, 0, LF_JSON_DEPTH, 1,
                                     &again, &error);
    bool same = status == LF_OK && lf_json_equal(value, again);
    lf_buf_free(&buf);
    return same;
}

static void parse_one(tally *t, const char *name, lf_str expect, lf_str text) {
    lf_mem mem = libc_mem();
    lf_arena arena;
    const lf_json *value = NULL;
    lf_json_error error = {.line = 0};
    lf_arena_init(&arena, &mem);
    lf_status status =
        lf_json_parse(&arena, text, LF_JSON_DUPLICATES, LF_JSON_DEPTH, 1, &value, &error);
    bool accepted = status == LF_OK;
    bool fine = accepted
                    ? value != NULL && round_trip(&arena, value)
                    : value == NULL && error.text != NULL && error.line > 0 && error.column > 0;
    bool right =
        lf_str_eq(expect, LF_STR("either")) || accepted == lf_str_eq(expect, LF_STR("accept"));
    /* Without the flag only repeated names are refused on top. */
    bool twice = strstr(name, "duplicated_key") != NULL;
    bool strict = lf_json_parse(&arena, text, 0, LF_JSON_DEPTH, 1, &value, &error) == LF_OK;
    count_case(t, fine && right && strict == (accepted && !twice), "%s: %s, strictly %s%s", name,
               accepted ? "accepted" : "refused", strict ? "accepted" : "refused",
               fine ? "" : ", not consistent");
    lf_arena_free(&arena);
}

static void suite_line(tally *t, lf_str line) {
    char name[256], file[512];
    const char *tab = memchr(line.p, '\t', line.n);
    if (tab == NULL) {
        count_case(t, false, "a line of the list without a tab");
        return;
    }
    snprintf(name, sizeof name, "%.*s", (int)(tab - line.p), line.p);
    lf_str expect = {tab + 1, line.n - (size_t)(tab + 1 - line.p)};
    tab = memchr(expect.p, '\t', expect.n);
    expect.n = tab == NULL ? expect.n : (size_t)(tab - expect.p);
    snprintf(file, sizeof file, "json/JSONTestSuite/test_parsing/%s", name);
    lf_str text = read_file(testdata(file));
    parse_one(t, name, expect, text);
    drop_file(text);
}

static void json_test_suite(void **state) {
    (void)state;
    tally t = {.name = "json"};
    const char *path = testdata("json/jsontestsuite_list.tsv");
    if (path == NULL) {
        skip();
        return;
    }
    lf_str list = read_file(path), line;
    size_t at = 0;
    next_line(list, &at, &line); /* the heading */
    while (next_line(list, &at, &line)) {
        suite_line(&t, line);
    }
    drop_file(list);
    tally_done(&t);
}

/* ---- pointers ---- */

/* The part behind '#' of a URI: its %xx are bytes of the pointer. */
static lf_str unescape(lf_arena *arena, lf_str fragment) {
    char *out = lf_arena_alloc(arena, fragment.n + 1);
    size_t n = 0;
    for (size_t i = fragment.n > 0 && fragment.p[0] == '#'; i < fragment.n; i++) {
        char hex[3] = {0};
        if (fragment.p[i] == '%' && i + 2 < fragment.n) {
            memcpy(hex, fragment.p + i + 1, 2);
            out[n++] = (char)strtol(hex, NULL, 16);
            i += 2;
        } else {
            out[n++] = fragment.p[i];
        }
    }
    return (lf_str){out, n};
}

static void pointer_case(tally *t, lf_arena *arena, const lf_json *line) {
    const lf_json *expected = lf_json_get(line, LF_STR("value"));
    const lf_json *fragment = lf_json_get(line, LF_STR("fragment"));
    lf_str pointer = fragment != NULL ? unescape(arena, fragment->text) : text_of(line, "pointer");
    const lf_json *got = lf_json_pointer(lf_json_get(line, LF_STR("doc")), pointer);
    bool fine = expected == NULL ? got == NULL : got != NULL && lf_json_equal(got, expected);
    count_case(t, fine, "%s gives %s", show(line), show(got));
}

static void json_pointer(void **state) {
    (void)state;
    tally t = {.name = "json pointer"};
    each_case("json/json_pointer.jsonl", &t, pointer_case);
    tally_done(&t);
}

/* Every place of a document, named by lf_json_pointer_add, is found again. */
static bool places_found(const lf_json *root, const lf_json *v, lf_buf *pointer) {
    size_t n = pointer->n;
    char index[16];
    bool fine = lf_json_pointer(root, (lf_str){lf_buf_cstr(pointer), n}) == v;
    for (uint32_t i = 0; fine && v->kind >= LF_JSON_ARRAY && i < v->n; i++) {
        snprintf(index, sizeof index, "%u", i);
        bool array = v->kind == LF_JSON_ARRAY;
        lf_json_pointer_add(pointer, array ? lf_str_of(index) : v->u.members[i].name);
        fine = places_found(root, array ? &v->u.items[i] : &v->u.members[i].value, pointer);
        pointer->n = n;
    }
    return fine;
}

static void places_case(tally *t, lf_arena *arena, const lf_json *line) {
    lf_buf pointer;
    lf_buf_init(&pointer, &arena->mem);
    count_case(t, places_found(line, line, &pointer), "%s", show(line));
    lf_buf_free(&pointer);
}

static void json_pointer_add(void **state) {
    (void)state;
    tally t = {.name = "json pointer, written"};
    each_case("json/json_pointer.jsonl", &t, places_case);
    tally_done(&t);
}

/* ---- merge patch ---- */

static void merge_case(tally *t, lf_arena *arena, const lf_json *line) {
    const lf_json *merged = NULL, *target = lf_json_get(line, LF_STR("target"));
    lf_status status = lf_json_merge(arena, target, lf_json_get(line, LF_STR("patch")), &merged);
    bool fine = status == LF_OK && lf_json_equal(merged, lf_json_get(line, LF_STR("result")));
    count_case(t, fine, "%s gives %s", show(line), show(merged));
}

static void json_merge_patch(void **state) {
    (void)state;
    tally t = {.name = "json merge patch"};
    each_case("json/json_merge_patch.jsonl", &t, merge_case);
    tally_done(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_test_suite),
        cmocka_unit_test(json_pointer),
        cmocka_unit_test(json_pointer_add),
        cmocka_unit_test(json_merge_patch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

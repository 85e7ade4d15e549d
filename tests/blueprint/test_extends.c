/* SPDX-License-Identifier: MIT */
/* SPEC 2, `extends`: which presets a document names, merging, circles, and that all errors are listed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "leadflow/blueprint.h"

static void extends(const char *json, lf_status expected, const char *names, size_t size) {
    lf_buffer *out;
    assert_int_equal(lf_buffer_new(NULL, &out), LF_OK);
    assert_int_equal(lf_blueprint_extends(json, strlen(json), out), expected);
    assert_int_equal(lf_buffer_size(out), size);
    assert_memory_equal(lf_buffer_data(out), names, size);
    lf_buffer_free(out);
}

static void names_are_listed(void **state) {
    (void)state;
    extends("{\"extends\":[\"crm\",\"\xc3\xa9\"],\"leadflow\":1}", LF_OK, "crm\0\xc3\xa9\0", 7);
    extends("{\"extends\":[1,\"a\",null]}", LF_OK, "a\0", 2);
    extends("{\"extends\":\"a\"}", LF_OK, "", 0);
    extends("{}", LF_OK, "", 0);
    extends("[\"a\"]", LF_E_PARSE, "", 0);
    extends("{\"extends\":[", LF_E_PARSE, "", 0);
    assert_int_equal(lf_blueprint_extends("{}", 2, NULL), LF_E_ARG);
}

/* What the parser says, one line each: "source:line:column code". */
static void said(const char *json, const char *const *names, const char *const *texts, size_t n,
                 char *out, size_t size) {
    lf_blueprint_options options;
    lf_diagnostics *diagnostics;
    lf_blueprint *blueprint;
    lf_blueprint_options_init(&options, sizeof options);
    options.preset_names = names;
    options.preset_texts = texts;
    options.preset_count = n;
    assert_int_equal(lf_diagnostics_new(NULL, &diagnostics), LF_OK);
    lf_status status = lf_blueprint_parse(json, strlen(json), &options, diagnostics, &blueprint);
    assert_int_equal(status, lf_diagnostics_count(diagnostics) == 0 ? LF_OK : LF_E_PARSE);
    out[0] = '\0';
    for (size_t i = 0; i < lf_diagnostics_count(diagnostics); i++) {
        size_t used = strlen(out);
        snprintf(out + used, size - used, "%s:%u:%u %s\n", lf_diagnostics_source(diagnostics, i),
                 (unsigned)lf_diagnostics_line(diagnostics, i),
                 (unsigned)lf_diagnostics_column(diagnostics, i),
                 lf_diagnostics_code(diagnostics, i));
    }
    lf_blueprint_unref(blueprint);
    lf_diagnostics_free(diagnostics);
}

static void circles_are_errors(void **state) {
    static const char *const names[] = {"a", "b", "self"};
    static const char *const texts[] = {"{\"extends\":[\"b\"]}", "{\n\"extends\":[\"a\"]}",
                                        "{\"extends\":[\"self\"]}"};
    char out[1000];
    (void)state;
    said("{\"leadflow\":1,\"extends\":[\"a\"]}", names, texts, 3, out, sizeof out);
    assert_string_equal(out, "b:2:12 circle\n");
    said("{\"leadflow\":1,\"extends\":[\"self\"]}", names, texts, 3, out, sizeof out);
    assert_string_equal(out, "self:1:13 circle\n");
}

static void a_preset_may_come_twice_on_different_ways(void **state) {
    static const char *const names[] = {"a", "b", "base"};
    static const char *const texts[] = {"{\"extends\":[\"base\"]}", "{\"extends\":[\"base\"]}",
                                        "{\"events\":{\"e\":{}}}"};
    char out[1000];
    (void)state;
    said("{\"leadflow\":1,\"extends\":[\"a\",\"b\",\"a\"]}", names, texts, 3, out, sizeof out);
    assert_string_equal(out, "");
}

static void all_errors_are_listed(void **state) {
    static const char *const names[] = {"bad"};
    static const char *const texts[] = {"{"};
    char out[1000];
    (void)state;
    said("{\"leadflow\":1,\"extends\":[\"none\",\n7,\n\"bad\",\n\"no\"]}", names, texts, 1, out,
         sizeof out);
    assert_string_equal(
        out, ":1:26 unknown-name\n:2:1 wrong-type\nbad:1:2 bad-json\n:4:1 unknown-name\n");
}

/* Each of 12 presets names the next one ten times: 10^11 merges if each is read anew. */
static void merges_are_bounded(void **state) {
    char texts[12][200], names[12][4], out[1000];
    const char *name[12], *text[12];
    (void)state;
    for (int i = 0; i < 12; i++) {
        snprintf(names[i], sizeof names[i], "p%d", i);
        snprintf(texts[i], sizeof texts[i], "{\"extends\":[");
        for (int j = 0; j < 10 && i < 11; j++) {
            size_t used = strlen(texts[i]);
            snprintf(texts[i] + used, sizeof texts[i] - used, "%s\"p%d\"", j == 0 ? "" : ",",
                     i + 1);
        }
        strcat(texts[i], "]}");
        name[i] = names[i];
        text[i] = texts[i];
    }
    said("{\"leadflow\":1,\"extends\":[\"p0\"]}", name, text, 12, out, sizeof out);
    assert_string_equal(out, "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_listed),
        cmocka_unit_test(circles_are_errors),
        cmocka_unit_test(a_preset_may_come_twice_on_different_ways),
        cmocka_unit_test(all_errors_are_listed),
        cmocka_unit_test(merges_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

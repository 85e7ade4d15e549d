/* SPDX-License-Identifier: MIT */
/* The judge of the scenarios: what it lets pass, and what it must not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "json_equal.h"

static const struct {
    bool covers;
    const char *expected, *actual;
} cases[] = {
    {true, "{\"a\": 1}", "{\"b\":{\"c\":[1]},\"a\":1}"},
    {true, "{\"a\":[1,{\"x\":null,\"y\":true}]}", "{\"a\": [1, {\"y\": true, \"x\": null}]}"},
    {true, "{\"a\":\"\\u00e9\\n\\/\\\"\"}", "{\"a\":\"\xC3\xA9\\u000a/\\\"\"}"},
    {true, "{\"a\":\"\\ud83d\\ude00\"}", "{\"a\":\"\xF0\x9F\x98\x80\"}"},
    {true, "{\"a\":{},\"b\":[]}", "{\"b\":[],\"a\":{}}"},
    {false, "{\"a\":1}", "{\"b\":1}"},
    {false, "{\"a\":1}", "{\"a\":10}"},
    {false, "{\"a\":1}", "{\"a\":\"1\"}"},
    {false, "{\"a\":null}", "{}"},
    {false, "{\"a\":{}}", "{\"a\":{\"b\":1}}"}, /* only the outermost object may be told in part */
    {false, "{\"a\":{\"b\":1}}", "{\"a\":{}}"},
    {false, "{\"a\":[]}", "{\"a\":[1]}"},
    {false, "{\"a\":[1,2]}", "{\"a\":[2,1]}"},
    {false, "{\"a\":[1,2]}", "{\"a\":[1]}"},
    {false, "{\"a\":\"x\"}", "{\"a\":\"xy\"}"},
    {false, "{\"a\":{\"b\":1}}", "{\"c\":{\"a\":{\"b\":1}}}"},
    {false, "{}", "{}"}, /* an expectation that says nothing */
    {false, "{\"a\":1", "{\"a\":1}"},
    {false, "{\"a\":1} {\"b\":2}", "{\"a\":1}"},
    {false, "", "{\"a\":1}"},
};

static void judges(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (json_covers(cases[i].expected, cases[i].actual) != cases[i].covers) {
            fail_msg("'%s' and '%s' must%s agree", cases[i].expected, cases[i].actual,
                     cases[i].covers ? "" : " not");
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(judges)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

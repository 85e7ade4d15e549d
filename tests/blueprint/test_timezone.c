/* SPDX-License-Identifier: MIT */
/* What is said of a time zone that the source does not know, and where. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>

#include "base/codes.h"
#include "blueprint/definitions.h"

static lf_status knows_nothing(void *user, const char *name, size_t name_len, lf_zone_data *data) {
    (void)user, (void)name, (void)name_len, (void)data;
    return LF_E_NOTFOUND;
}

static void says(const char *document, uint16_t code, const char *pointer, uint32_t line,
                 uint32_t column, const char *text) {
    const lf_zone_source source = {.struct_size = sizeof source, .load = knows_nothing};
    lf_mem mem;
    lf_diags diags;
    lf_blueprint *bp;
    lf_mem_from(&mem, NULL);
    lf_diags_init(&diags, &mem);
    const lf_parsing how = {.zones = &source};
    assert_int_equal(lf_definitions_parse(&mem, lf_str_of(document), &how, &diags, &bp),
                     LF_E_PARSE);
    assert_int_equal(diags.n, 1);
    assert_int_equal(diags.items[0].code, code);
    assert_true(diags.items[0].is_error);
    assert_string_equal(diags.items[0].pointer.p, pointer);
    assert_int_equal(diags.items[0].line, line);
    assert_int_equal(diags.items[0].column, column);
    assert_string_equal(diags.items[0].text.p, text);
    lf_diags_free(&diags);
}

static void of_the_blueprint(void **state) {
    (void)state;
    says("{\"leadflow\": 1,\n \"timezone\": \"Europe/Berlni\"}", LF_D_UNKNOWN_NAME, "/timezone", 2,
         14,
         "unknown time zone 'Europe/Berlni': expected a name that the source of time zones knows, "
         "such as Europe/Berlin");
}

static void of_a_selector(void **state) {
    (void)state;
    says(
        "{\"leadflow\": 1, \"segments\": {\"early\": {\n\"when\": "
        "\"contact.created.getHours('Nowhere') < 9\"}}}",
        LF_D_EXPR_NAME, "/segments/early/when", 2, 35,
        "unknown time zone 'Nowhere': expected a name that the source of time zones knows, such as "
        "Europe/Berlin");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(of_the_blueprint),
                                       cmocka_unit_test(of_a_selector)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

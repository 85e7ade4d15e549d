/* SPDX-License-Identifier: MIT */
/* Every JSON example of docs/blueprint.md is a blueprint, or sections of one, that is accepted. */
#include "../read_page.h"
#include "parse.h"

/* Sections without the braces and the version around them get these. */
static void check_example(const char *text, size_t n) {
    lf_mem mem = libc_mem();
    lf_buf document;
    lf_diags diags;
    lf_blueprint *bp;
    bool whole = text[0] == '{';
    lf_buf_init(&document, &mem);
    lf_diags_init(&diags, &mem);
    lf_buf_text(&document, whole ? "" : "{\"leadflow\": 1,");
    lf_buf_add(&document, text, n);
    lf_buf_text(&document, whole ? "" : "}");
    lf_status status = lf_definitions_parse(&mem, (lf_str){document.p, document.n},
                                            &(lf_parsing){.lint = false}, &diags, &bp);
    if (status != LF_OK) {
        fail_msg("%s\n%s", lf_buf_cstr(&document), said(&diags));
    }
    lf_definitions_unref(bp);
    lf_diags_free(&diags);
    lf_buf_free(&document);
}

static void examples_are_blueprints(void **state) {
    static const char fence[] = "```json\n";
    char *page = read_page("docs/blueprint.md");
    unsigned n = 0;
    (void)state;
    for (const char *at = strstr(page, fence); at != NULL; at = strstr(at, fence), n++) {
        at += sizeof fence - 1;
        const char *end = strstr(at, "```");
        assert_non_null(end);
        check_example(at, (size_t)(end - at));
    }
    free(page);
    assert_true(n >= 8);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(examples_are_blueprints)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

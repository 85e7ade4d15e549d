/* SPDX-License-Identifier: MIT */
/* All that is said of the blueprints in cases/: each line, in order, with its place. */
#include "cases.h"

static void put_found(const lf_diags *diags, lf_buf *out) {
    for (uint32_t i = 0; i < diags->n; i++) {
        const lf_diag *diag = &diags->items[i];
        lf_buf_format(out, "%s %s %S %S%s%u:%u %S\n", diag->is_error ? "error" : "finding",
                      lf_diag_code_name(diag->code),
                      diag->pointer.n == 0 ? LF_STR(".") : diag->pointer, diag->source,
                      diag->source.n == 0 ? "" : ":", (uint64_t)diag->line, (uint64_t)diag->column,
                      diag->text);
    }
}

/* Without the empty lines between this case and the next. */
static lf_str stripped(lf_str s) {
    while (s.n > 1 && s.p[s.n - 1] == '\n' && s.p[s.n - 2] == '\n') {
        s.n--;
    }
    return s.n == 1 && s.p[0] == '\n' ? (lf_str){s.p, 0} : s;
}

/* What the case says was there before, if it says so. */
static lf_blueprint *parse_previous(const lf_mem *mem, const lf_parsing *how) {
    lf_blueprint *previous = NULL;
    lf_diags diags;
    lf_diags_init(&diags, mem);
    for (uint32_t i = 0; i < how->n_presets; i++) {
        if (lf_str_eq(how->presets[i].name, LF_STR("previous"))) {
            assert_int_equal(lf_definitions_parse(mem, how->presets[i].text,
                                                  &(lf_parsing){.lint = false}, &diags, &previous),
                             LF_OK);
        }
    }
    lf_diags_free(&diags);
    return previous;
}

static bool run_case(const char *file, const one_case *c, bool lint) {
    lf_mem mem;
    lf_diags diags;
    lf_buf found;
    lf_blueprint *bp = NULL;
    lf_mem_from(&mem, NULL);
    lf_diags_init(&diags, &mem);
    lf_buf_init(&found, &mem);
    lf_parsing how = {.presets = c->presets, .n_presets = c->n_presets, .lint = lint};
    lf_blueprint *previous = parse_previous(&mem, &how);
    how.previous = previous;
    lf_status status = lf_definitions_parse(&mem, c->document, &how, &diags, &bp);
    put_found(&diags, &found);
    lf_str expected = stripped(c->expected);
    bool same = lf_str_eq(expected, (lf_str){found.p, found.n});
    bool answered =
        status == (diags.n_errors > 0 ? LF_E_PARSE : LF_OK) && (bp != NULL) == (status == LF_OK);
    if (!same || !answered) {
        print_message("# %s: %.*s\n--- expected\n%.*s--- found (%s)\n%s---\n", file, (int)c->name.n,
                      c->name.p, (int)expected.n, expected.p == NULL ? "" : expected.p,
                      lf_status_name(status), lf_buf_cstr(&found));
    }
    lf_definitions_unref(bp);
    lf_definitions_unref(previous);
    lf_buf_free(&found);
    lf_diags_free(&diags);
    return same && answered;
}

static void run_file(void **state) {
    size_t file = (size_t)(uintptr_t)*state;
    lf_str text = read_cases(case_files[file].name), rest = text;
    one_case c;
    unsigned n = 0, failed = 0;
    while (take_case(&rest, &c)) {
        failed += !run_case(case_files[file].name, &c, case_files[file].lint);
        n++;
    }
    free((void *)(uintptr_t)text.p);
    print_message("# %s: %u cases\n", case_files[file].name, n);
    assert_true(n > 0);
    assert_int_equal(failed, 0);
}

int main(void) {
    struct CMUnitTest tests[LF_COUNT(case_files)];
    for (size_t i = 0; i < LF_COUNT(case_files); i++) {
        tests[i] = (struct CMUnitTest){.name = case_files[i].name,
                                       .test_func = run_file,
                                       .initial_state = (void *)(uintptr_t)i};
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}

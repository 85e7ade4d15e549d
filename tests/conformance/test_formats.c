/* SPDX-License-Identifier: MIT */
/* Formats of fields against the cases of the test data. */
#include "jsonl.h"

#include "blueprint/definitions.h"

static void one_email(tally *t, lf_arena *arena, const lf_json *line) {
    const lf_json *lead = lf_json_get(line, LF_STR("lead")); /* null: undecided */
    (void)arena;
    if (!lf_json_is(lead, LF_JSON_BOOL)) {
        t->skipped++;
        return;
    }
    lf_str address = text_of(line, "address");
    count_case(t, (lf_format_miss(LF_FMT_EMAIL, address) == NULL) == lead->boolean, "%s",
               show(line));
}

static void one_phone(tally *t, lf_arena *arena, const lf_json *line) {
    const lf_json *valid = lf_json_get(line, LF_STR("valid"));
    (void)arena;
    lf_str input = text_of(line, "input");
    count_case(t, (lf_format_miss(LF_FMT_PHONE, input) == NULL) == valid->boolean, "%s",
               show(line));
}

/* Numbers that are in use; one short number of a single country is below the 7 digits of the syntax. */
static void one_example(tally *t, lf_arena *arena, const lf_json *line) {
    lf_str number = text_of(line, "e164");
    (void)arena;
    if (number.n < 8) {
        t->skipped++;
        return;
    }
    count_case(t, lf_format_miss(LF_FMT_PHONE, number) == NULL, "%s", show(line));
}

static void emails(void **state) {
    tally t = {.name = "email_cases.jsonl"};
    (void)state;
    each_case("email/email_cases.jsonl", &t, one_email);
    tally_done(&t);
}

static void phones(void **state) {
    tally t = {.name = "e164_syntax.jsonl"};
    (void)state;
    each_case("phone/e164_syntax.jsonl", &t, one_phone);
    tally_done(&t);
}

static void numbers_in_use(void **state) {
    tally t = {.name = "e164_examples.jsonl"};
    (void)state;
    each_case("phone/e164_examples.jsonl", &t, one_example);
    tally_done(&t);
}

/* A line is alpha2,alpha3,numeric,name: each of the four says the first. */
static void countries(void **state) {
    tally t = {.name = "iso3166.csv"};
    const char *path = testdata("iso3166/iso3166.csv");
    (void)state;
    if (path == NULL) {
        skip();
        return;
    }
    lf_str file = read_file(path), line;
    size_t at = 0;
    next_line(file, &at, &line); /* the names of the columns */
    while (next_line(file, &at, &line)) {
        lf_str alpha2 = {line.p, 2};
        for (size_t from = 0, i = 0; i <= line.n; i++) {
            if (i == line.n || line.p[i] == ',') {
                lf_str text = {line.p + from, i - from};
                count_case(&t, lf_str_eq(lf_country(text), alpha2), "%.*s", (int)line.n, line.p);
                from = i + 1;
            }
        }
    }
    drop_file(file);
    tally_done(&t);
}

/* Texts that are no alpha-2 code: what they are taken for is another one, or nothing. */
static void no_countries(void **state) {
    tally t = {.name = "iso3166_not_alpha2.txt"};
    const char *path = testdata("iso3166/iso3166_not_alpha2.txt");
    (void)state;
    if (path == NULL) {
        skip();
        return;
    }
    lf_str file = read_file(path), line;
    for (size_t at = 0; next_line(file, &at, &line);) {
        lf_str text = {line.p + 1, line.n - 2};
        lf_str code = lf_country(text);
        bool other = lf_str_eq(text, LF_STR("USA")) || lf_str_eq(text, LF_STR("840"));
        count_case(&t, other ? lf_str_eq(code, LF_STR("US")) : code.n == 0, "%.*s", (int)line.n,
                   line.p);
    }
    drop_file(file);
    tally_done(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(emails), cmocka_unit_test(phones),
                                       cmocka_unit_test(numbers_in_use),
                                       cmocka_unit_test(countries), cmocka_unit_test(no_countries)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

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

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(emails), cmocka_unit_test(phones),
                                       cmocka_unit_test(numbers_in_use)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * Regular expressions against answers of RE2: `regex_conformance FILE...`. A line of a file is an object with
 * `pattern`, and `text` and `match`, or `error`. Prints each line that fails, then `N passed, M failed`; the
 * exit status is 1 if any failed. Lines with the tag `unicode_class` or `fold_nonascii` may be refused, which
 * is counted in the line before; a wrong answer they may not get.
 */
#include "regex/regex.h"
#include "runner.h"

#define STEPS UINT64_C(100000000)

typedef struct answer {
    bool refused, found;
    const char *why;
} answer;

static answer ask(lf_arena *arena, lf_str pattern, lf_str text) {
    const lf_regex *regex;
    lf_regex_error error = {NULL, 0};
    uint64_t steps = STEPS;
    answer a = {false, false, "out of memory or steps"};
    lf_status status = lf_regex_compile(arena, pattern, NULL, &regex, &error);
    if (status == LF_E_PARSE) {
        return (answer){true, false, error.offset <= pattern.n ? error.text : NULL};
    }
    if (status == LF_OK) {
        status = lf_regex_match(regex, text, arena, &steps, &a.found);
    }
    a.why = status == LF_OK ? "" : NULL;
    return a;
}

static bool may_be_refused(const lf_json *line) {
    return runner_tagged(line, "unicode_class") || runner_tagged(line, "fold_nonascii");
}

static void regex_case(runner *r, lf_arena *arena, const lf_json *line) {
    answer a = ask(arena, runner_text(line, "pattern"), runner_text(line, "text"));
    const lf_json *match = lf_json_get(line, LF_STR("match"));
    bool error = lf_json_get(line, LF_STR("error")) != NULL;
    bool fine = lf_json_is(match, LF_JSON_BOOL) && !a.refused && a.found == match->boolean;
    if (a.refused && !error && may_be_refused(line)) {
        r->refused++;
    } else {
        runner_done(r, a.why != NULL && (a.refused ? error : fine),
                    a.why == NULL ? "failed"
                    : a.refused   ? a.why
                    : a.found     ? "match"
                                  : "no match");
    }
}

int main(int argc, char **argv) {
    return runner_main(argc, argv, regex_case);
}

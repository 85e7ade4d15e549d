/* SPDX-License-Identifier: MIT */
/*
 * Blueprints: an input is a document, and behind a line "%" events for it. It is parsed twice with the same result.
 * If it is accepted, then so is what it gives back as JSON, which gives the same back; its machines can be drawn; and
 * the events are lived through (history.c).
 */
#define _GNU_SOURCE /* memmem */
#include <string.h>

#include "fuzz.h"

#include "../contact/json_sound.h"

static lf_status parse(const char *json, size_t len, lf_diagnostics *said, lf_blueprint **out) {
    lf_allocator allocator = fuzz_allocator();
    lf_blueprint_options options;
    lf_blueprint_options_init(&options, sizeof options);
    options.allocator = &allocator;
    options.lint = 1;
    return lf_blueprint_parse(json, len, &options, said, out);
}

static void same_said(const lf_diagnostics *a, const lf_diagnostics *b) {
    if (lf_diagnostics_count(a) != lf_diagnostics_count(b)) {
        fuzz_wrong("parsed again, something else is said", NULL);
    }
    for (size_t i = 0; i < lf_diagnostics_count(a); i++) {
        if (strcmp(lf_diagnostics_text(a, i), lf_diagnostics_text(b, i)) != 0 ||
            strcmp(lf_diagnostics_pointer(a, i), lf_diagnostics_pointer(b, i)) != 0 ||
            lf_diagnostics_line(a, i) != lf_diagnostics_line(b, i) ||
            lf_diagnostics_column(a, i) != lf_diagnostics_column(b, i)) {
            fuzz_wrong("parsed again, something else is said", lf_diagnostics_text(a, i));
        }
    }
}

static void parse_again(const char *json, size_t len, lf_status status,
                        const lf_diagnostics *said) {
    lf_blueprint *blueprint;
    lf_diagnostics *again;
    fuzz_ok(lf_diagnostics_new(NULL, &again), "lf_diagnostics_new");
    if (parse(json, len, again, &blueprint) != status) {
        fuzz_wrong("parsed again, it is judged otherwise", NULL);
    }
    same_said(said, again);
    lf_blueprint_unref(blueprint);
    fuzz_all_given_back();
    lf_diagnostics_free(again);
}

static void give_back(const lf_blueprint *blueprint) {
    lf_buffer *first, *second;
    lf_blueprint *same;
    fuzz_ok(lf_buffer_new(NULL, &first), "lf_buffer_new");
    fuzz_ok(lf_buffer_new(NULL, &second), "lf_buffer_new");
    fuzz_ok(lf_blueprint_json(blueprint, first), "lf_blueprint_json");
    const char *json = lf_buffer_data(first);
    size_t len = lf_buffer_size(first);
    if (!json_sound(json, len)) {
        fuzz_wrong("it gives back what is no JSON", json);
    }
    fuzz_ok(lf_blueprint_parse(json, len, NULL, NULL, &same), "what it gives back is not accepted");
    fuzz_ok(lf_blueprint_json(same, second), "lf_blueprint_json");
    if (strcmp(json, lf_buffer_data(second)) != 0) {
        fuzz_wrong("what it gives back gives back something else", json);
    }
    lf_blueprint_unref(same);
    lf_buffer_free(second);
    for (size_t i = 0; i < lf_blueprint_lifecycle_count(blueprint); i++) {
        lf_buffer_clear(first);
        fuzz_ok(lf_lifecycle_graph(lf_blueprint_lifecycle_at(blueprint, i), first),
                "lf_lifecycle_graph");
    }
    const lf_scheduler *scheduler = lf_blueprint_scheduler(blueprint);
    for (size_t i = 0; i < lf_scheduler_sequence_count(scheduler); i++) {
        lf_buffer_clear(first);
        fuzz_ok(lf_scheduler_graph(scheduler, lf_scheduler_sequence_at(scheduler, i), first),
                "lf_scheduler_graph");
    }
    lf_buffer_free(first);
}

static void extends(const char *json, size_t len) {
    lf_buffer *names;
    fuzz_ok(lf_buffer_new(NULL, &names), "lf_buffer_new");
    lf_status status = lf_blueprint_extends(json, len, names);
    if (status != LF_OK && (status != LF_E_PARSE || lf_buffer_size(names) != 0)) {
        fuzz_wrong("lf_blueprint_extends", lf_status_name(status));
    }
    lf_buffer_free(names);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const char *json = (const char *)data;
    const char *line = size == 0 ? NULL : memmem(json, size, "\n%\n", 3);
    size_t len = line == NULL ? size : (size_t)(line - json);
    lf_blueprint *blueprint;
    lf_diagnostics *said;
    if (size == 0) {
        return 0;
    }
    fuzz_ok(lf_diagnostics_new(NULL, &said), "lf_diagnostics_new");
    extends(json, len);
    lf_status status = parse(json, len, said, &blueprint);
    fuzz_diagnostics(said, json, len, 1);
    if (status != LF_OK && (status != LF_E_PARSE || lf_diagnostics_count(said) == 0)) {
        fuzz_wrong("a document is refused without a reason", lf_status_name(status));
    }
    if (status == LF_OK) {
        give_back(blueprint);
        if (line != NULL) {
            fuzz_history(blueprint, line + 3, size - len - 3);
        }
    }
    lf_blueprint_unref(blueprint);
    fuzz_all_given_back();
    parse_again(json, len, status, said);
    lf_diagnostics_free(said);
    return 0;
}

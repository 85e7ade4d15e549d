/* SPDX-License-Identifier: MIT */
/* Time zones from a caller's callback (SPEC 3, 9.8): when it is asked, what it may answer, and what comes of it. */
#include "zone_shelf.h"

#include <stdio.h>

static const char *const people = JSON({
    "leadflow" : 1,
    "fields" : {
        "name" : {"type" : "string"},
        "tz" : {"type" : "string", "format" : "timezone"},
        "office" : {"type" : "string", "format" : "timezone"}
    }
});

/* ---- the blueprint's own ---- */
static lf_status parse_with(zone_shelf *shelf, const char *zone, lf_diagnostics *diagnostics) {
    char json[400];
    lf_blueprint *blueprint = NULL;
    snprintf(json, sizeof json, "{\"leadflow\":1,\n \"timezone\":\"%s\"}", zone);
    lf_status status = zone_shelf_parse(shelf, json, NULL, diagnostics, &blueprint);
    assert_true((status == LF_OK) == (blueprint != NULL));
    lf_blueprint_unref(blueprint);
    return status;
}

static void known_ones_are_taken(void **state) {
    zone_shelf shelf = {.asked = 0};
    lf_diagnostics *diagnostics;
    (void)state;
    OK(lf_diagnostics_new(NULL, &diagnostics));
    OK(parse_with(&shelf, "Test/Berlin", diagnostics));
    assert_string_equal(shelf.last, "Test/Berlin");
    assert_int_equal(shelf.asked, 1);
    OK(parse_with(&shelf, "UTC", diagnostics)); /* is always known */
    assert_int_equal(shelf.asked, 1);
    assert_int_equal(lf_diagnostics_count(diagnostics), 0);
    lf_diagnostics_free(diagnostics);
}

static void others_are_errors(void **state) {
    static const char *const names[] = {"Test/Nowhere", "Test/Damaged"};
    zone_shelf shelf = {.asked = 0};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        lf_diagnostics *diagnostics;
        OK(lf_diagnostics_new(NULL, &diagnostics));
        assert_int_equal(parse_with(&shelf, names[i], diagnostics), LF_E_PARSE);
        assert_int_equal(lf_diagnostics_count(diagnostics), 1);
        assert_string_equal(lf_diagnostics_code(diagnostics, 0), "unknown-name");
        assert_string_equal(lf_diagnostics_pointer(diagnostics, 0), "/timezone");
        assert_int_equal(lf_diagnostics_line(diagnostics, 0), 2);
        assert_int_equal(lf_diagnostics_column(diagnostics, 0), 13);
        assert_non_null(strstr(lf_diagnostics_text(diagnostics, 0), names[i]));
        assert_non_null(strstr(lf_diagnostics_text(diagnostics, 0), "expected"));
        lf_diagnostics_free(diagnostics);
    }
}

static void without_a_source_it_is_said(void **state) {
    lf_diagnostics *diagnostics;
    (void)state;
    OK(lf_diagnostics_new(NULL, &diagnostics));
    OK(parse_with(NULL, "Test/Berlin", diagnostics));
    assert_int_equal(lf_diagnostics_count(diagnostics), 1);
    assert_int_equal(lf_diagnostics_is_error(diagnostics, 0), 0);
    assert_string_equal(lf_diagnostics_code(diagnostics, 0), "no-zones");
    lf_diagnostics_free(diagnostics);
}

static void failures_come_back(void **state) {
    zone_shelf shelf = {.code = LF_E_USER};
    (void)state;
    assert_int_equal(parse_with(&shelf, "Test/Berlin", NULL), LF_E_USER);
    shelf.code = LF_E_NOMEM;
    assert_int_equal(parse_with(&shelf, "Test/Berlin", NULL), LF_E_NOMEM);
    shelf.code = 7; /* is no status */
    assert_int_equal(parse_with(&shelf, "Test/Berlin", NULL), LF_E_STORE);
    shelf.code = LF_E_NOTFOUND;
    assert_int_equal(parse_with(&shelf, "Test/Berlin", NULL), LF_E_PARSE);
    shelf.code = LF_OK;
    shelf.silent = true;
    assert_int_equal(parse_with(&shelf, "Test/Berlin", NULL), LF_E_PARSE);
    shelf.silent = false;
    assert_int_equal(parse_with(&shelf, "Test/Refusing", NULL), LF_E_ARG);
    assert_int_equal(shelf.given_back, 0); /* no blueprint has taken it */
    OK(parse_with(&shelf, "Test/Berlin", NULL));
    assert_int_equal(shelf.given_back, 1);
}

static void a_source_has_a_callback(void **state) {
    lf_blueprint_options options;
    lf_zone_source source;
    lf_blueprint *blueprint;
    (void)state;
    lf_zone_source_init(&source, sizeof source);
    lf_blueprint_options_init(&options, sizeof options);
    options.zones = &source;
    assert_int_equal(lf_blueprint_parse("{\"leadflow\":1}", 14, &options, NULL, &blueprint),
                     LF_E_ARG);
    assert_int_equal(lf_zone_data_set(NULL, "", 0), LF_E_ARG);
}

/* ---- those of contacts ---- */
typedef struct visit {
    zone_shelf shelf;
    lf_blueprint *blueprint;
    lf_contact *contact;
    lf_event *event;
    lf_step *step;
    int64_t now;
} visit;

static void visit_open(visit *v, const char *json, bool source) {
    memset(v, 0, sizeof *v);
    v->now = T0;
    OK(zone_shelf_parse(source ? &v->shelf : NULL, json, NULL, NULL, &v->blueprint));
    OK(lf_contact_new(v->blueprint, "c-1", 3, &v->contact));
    OK(lf_event_new(v->blueprint, &v->event));
    OK(lf_step_new(v->blueprint, "t", &v->step));
}

static void visit_close(visit *v) {
    lf_step_free(v->step);
    lf_event_free(v->event);
    lf_contact_free(v->contact);
    lf_blueprint_unref(v->blueprint);
}

/* Sets fields, a second later. */
static lf_status update(visit *v, const char *fields) {
    char props[800];
    v->now += 1000;
    snprintf(props, sizeof props, "{\"fields\":%s}", fields);
    const char *text = event_text("c-1", "$update", v->now, NULL, props);
    OK(lf_event_parse(v->event, text, strlen(text), 1, NULL));
    return lf_step_take(v->step, v->contact, v->event, v->now, NULL, NULL);
}

static bool says(const visit *v, const char *part) {
    lf_buffer *buffer = new_buffer();
    OK(lf_contact_json(v->contact, buffer));
    bool found = strstr(lf_buffer_data(buffer), part) != NULL;
    lf_buffer_free(buffer);
    return found;
}

static const char *const flagged = "\"flags\":[\"unknown_timezone\"]";

static void unknown_ones_are_kept_and_flagged(void **state) {
    visit v;
    (void)state;
    visit_open(&v, people, true);
    OK(update(&v, "{\"tz\":\"Test/Nowhere\"}"));
    assert_true(says(&v, "\"tz\":\"Test/Nowhere\"") && says(&v, flagged));
    assert_int_equal(lf_step_effect_count(v.step), 1);
    OK(update(&v, "{\"name\":\"x\"}")); /* no news of it */
    assert_int_equal(lf_step_effect_count(v.step), 0);
    OK(update(&v, "{\"tz\":\"Test/Berlin\"}"));
    assert_true(says(&v, "\"tz\":\"Test/Berlin\"") && !says(&v, flagged));
    assert_int_equal(lf_step_effect_count(v.step), 1);
    OK(update(&v, "{\"tz\":\"Test/Damaged\"}"));
    assert_true(says(&v, flagged));
    OK(update(&v, "{\"tz\":null}"));
    assert_true(!says(&v, flagged));
    OK(update(&v, "{\"tz\":\"Test/Berlin\",\"office\":\"Test/Nowhere\"}"));
    assert_true(says(&v, flagged));
    OK(update(&v, "{\"tz\":\"Test/Nowhere\",\"office\":\"UTC\"}"));
    assert_true(says(&v, flagged));
    OK(update(&v, "{\"tz\":\"Test/Berlin\"}"));
    assert_true(!says(&v, flagged));
    visit_close(&v);
    assert_int_equal(v.shelf.given_back, 1);
}

static void what_is_no_text_is_kept_too(void **state) {
    static const char *const values[][2] = {
        {"5", "\"tz\":\"5\""}, {"true", "\"tz\":\"true\""}, {"[\"a\"]", "\"tz\":\"[\\\"a\\\"]\""}};
    visit v;
    (void)state;
    visit_open(&v, people, true);
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        char fields[100];
        snprintf(fields, sizeof fields, "{\"tz\":%s}", values[i][0]);
        OK(update(&v, fields));
        assert_true(says(&v, values[i][1]) && says(&v, flagged));
    }
    visit_close(&v);
}

static void without_a_source_only_utc_is_known(void **state) {
    visit v;
    (void)state;
    visit_open(&v, people, false);
    OK(update(&v, "{\"tz\":\"UTC\"}"));
    assert_true(!says(&v, flagged));
    OK(update(&v, "{\"tz\":\"Test/Berlin\"}"));
    assert_true(says(&v, flagged));
    visit_close(&v);
}

static void names_that_are_none_are_not_asked_for(void **state) {
    static const char *const names[] = {"",       "/",      "/etc/passwd", "..",  "../x",
                                        "a/../b", "a//b",   "a/",          "a.b", "Zürich",
                                        "a b",    "a\\\\b", "a\\u0000b",   "CON:"};
    char longest[400];
    visit v;
    (void)state;
    visit_open(&v, people, true);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char fields[100];
        snprintf(fields, sizeof fields, "{\"tz\":\"%s\"}", names[i]);
        OK(update(&v, fields));
        assert_true(says(&v, flagged));
    }
    snprintf(longest, sizeof longest, "{\"tz\":\"%0256d\"}", 0);
    OK(update(&v, longest));
    assert_int_equal(v.shelf.asked, 0);
    snprintf(longest, sizeof longest, "{\"tz\":\"%0255d\"}", 0);
    OK(update(&v, longest));
    assert_int_equal(v.shelf.asked, 1);
    visit_close(&v);
}

static void a_failure_changes_nothing(void **state) {
    size_t before_n, after_n;
    visit v;
    (void)state;
    visit_open(&v, people, true);
    OK(update(&v, "{\"tz\":\"Test/Nowhere\"}"));
    unsigned char *before = contact_bytes(v.contact, &before_n);
    v.shelf.code = LF_E_USER;
    assert_int_equal(update(&v, "{\"tz\":\"Test/Berlin\"}"), LF_E_USER);
    assert_int_equal(lf_step_effect_count(v.step), 0);
    unsigned char *after = contact_bytes(v.contact, &after_n);
    assert_int_equal(after_n, before_n);
    assert_memory_equal(after, before, before_n);
    v.shelf.code = LF_OK;
    OK(update(&v, "{\"tz\":\"Test/Berlin\"}"));
    v.shelf.code = LF_E_USER; /* this one is kept, and not asked for again */
    OK(update(&v, "{\"tz\":\"Test/Berlin\",\"name\":\"y\"}"));
    free(before);
    free(after);
    visit_close(&v);
}

/* A zone is new in the source, or gone from it: what is said again is looked at again. */
static void unknown_ones_may_become_known(void **state) {
    visit v;
    (void)state;
    visit_open(&v, people, true);
    v.shelf.silent = true;
    OK(update(&v, "{\"tz\":\"Test/Berlin\"}"));
    assert_true(says(&v, flagged));
    v.shelf.silent = false;
    OK(update(&v, "{\"tz\":\"Test/Berlin\"}"));
    assert_true(!says(&v, flagged));
    assert_int_equal(lf_step_effect_count(v.step), 1);
    visit_close(&v);
}

static void known_ones_are_asked_for_once(void **state) {
    visit v;
    (void)state;
    visit_open(&v, people, true);
    for (int i = 0; i < 10; i++) {
        OK(update(&v, i % 2 == 0 ? "{\"tz\":\"Test/Berlin\"}" : "{\"tz\":\"Test/Apia\"}"));
    }
    assert_int_equal(v.shelf.asked, 2);
    for (int i = 0; i < 3; i++) {
        char fields[100];
        snprintf(fields, sizeof fields, "{\"tz\":\"Test/Nowhere\",\"name\":\"%d\"}", i);
        OK(update(&v, fields));
    }
    assert_int_equal(v.shelf.asked, 5); /* nobody fills the memory with what there is not */
    visit_close(&v);
}

/* ---- those of conditions ---- */
static const char *const early = JSON({
    "leadflow" : 1,
    "timezone" : "Test/Berlin",
    "fields" : {"tz" : {"type" : "string", "format" : "timezone"}},
    "scores" : {
        "hour" : {
            "dimensions" : {
                "d" : {
                    "rules" : [
                        {
                            "name" : "own",
                            "when" : "contact.created.getHours(contact.tz) == 1",
                            "points" : 1
                        },
                        {
                            "name" : "east",
                            "when" : "contact.created.getHours('Test/Number/5') == 5",
                            "points" : 2
                        },
                        {
                            "name" : "apia",
                            "when" : "contact.created.getHours(contact.tz) == 14",
                            "points" : 4
                        }
                    ]
                }
            }
        }
    }
});

static lf_status points(const visit *v, int64_t *total) {
    return lf_scorer_total(lf_blueprint_scorer(v->blueprint, "hour"), v->contact,
                           lf_contact_clock(v->contact), total);
}

/* Somebody who came at midnight in UTC, which is one o'clock in the blueprint's own zone. */
static void conditions_ask_for_them(void **state) {
    static const struct {
        const char *zone;
        int64_t total;
    } cases[] = {{"null", 2000},          {"\"Test/Berlin\"", 3000},  {"\"UTC\"", 2000},
                 {"\"Test/Apia\"", 6000}, {"\"Test/Nowhere\"", 3000}, /* the blueprint's */
                 {"\"no name!\"", 3000},  {"\"Test/Damaged\"", 3000}};
    visit v;
    (void)state;
    visit_open(&v, early, true);
    v.now -= 1000;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char fields[100];
        int64_t total;
        snprintf(fields, sizeof fields, "{\"tz\":%s}", cases[i].zone);
        OK(update(&v, fields));
        OK(points(&v, &total));
        assert_int_equal(total, cases[i].total);
    }
    visit_close(&v);
}

static void conditions_fail_with_their_source(void **state) {
    int64_t total = 5;
    visit v;
    (void)state;
    visit_open(&v, early, true);
    v.now -= 1000;
    OK(update(&v, "{\"tz\":\"Test/Nowhere\"}"));
    v.shelf.code = LF_E_USER;
    assert_int_equal(points(&v, &total), LF_E_USER);
    assert_int_equal(total, 0);
    assert_int_equal(
        lf_scorer_next_band_change(lf_blueprint_scorer(v.blueprint, "hour"), v.contact, &total),
        LF_E_USER);
    assert_int_equal(total, 0);
    lf_explanation *why;
    lf_buffer *buffer = new_buffer();
    assert_int_equal(lf_scorer_explain(lf_blueprint_scorer(v.blueprint, "hour"), v.contact,
                                       lf_contact_clock(v.contact), &why),
                     LF_E_USER);
    assert_int_equal(lf_contact_json(v.contact, buffer), LF_E_USER);
    assert_int_equal(lf_buffer_size(buffer), 0);
    lf_buffer_free(buffer);
    v.shelf.code = LF_OK;
    OK(points(&v, &total));
    assert_int_equal(total, 3000);
    visit_close(&v);
}

static void no_more_than_1024_are_kept(void **state) {
    visit v;
    (void)state;
    visit_open(&v, people, true);
    for (unsigned i = 0; i < 1030; i++) {
        char fields[100];
        snprintf(fields, sizeof fields, "{\"tz\":\"Test/Number/%u\"}", i);
        OK(update(&v, fields));
        assert_int_equal(says(&v, flagged), i >= 1024);
    }
    OK(update(&v, "{\"tz\":\"Test/Number/77\"}"));
    assert_true(!says(&v, flagged));
    visit_close(&v);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_ones_are_taken),
        cmocka_unit_test(others_are_errors),
        cmocka_unit_test(without_a_source_it_is_said),
        cmocka_unit_test(failures_come_back),
        cmocka_unit_test(a_source_has_a_callback),
        cmocka_unit_test(unknown_ones_are_kept_and_flagged),
        cmocka_unit_test(what_is_no_text_is_kept_too),
        cmocka_unit_test(without_a_source_only_utc_is_known),
        cmocka_unit_test(names_that_are_none_are_not_asked_for),
        cmocka_unit_test(a_failure_changes_nothing),
        cmocka_unit_test(unknown_ones_may_become_known),
        cmocka_unit_test(known_ones_are_asked_for_once),
        cmocka_unit_test(conditions_ask_for_them),
        cmocka_unit_test(conditions_fail_with_their_source),
        cmocka_unit_test(no_more_than_1024_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

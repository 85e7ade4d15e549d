/* SPDX-License-Identifier: MIT */
/* Blueprints and events: options, references, presets, events from JSON and by hand. */
#include "rig.h"

static const char *const small = JSON({"leadflow" : 1, "name" : "small", "events" : {"e" : {}}});

/* ---- options ---- */
typedef struct longer_options {
    lf_blueprint_options known;
    int64_t news;
} longer_options;

static void options(void **state) {
    longer_options newer;
    lf_blueprint *blueprint;
    (void)state;
    lf_blueprint_options_init(NULL, sizeof newer);
    memset(&newer, 0x55, sizeof newer);
    lf_blueprint_options_init(&newer.known, sizeof newer);
    assert_int_equal(newer.known.struct_size, sizeof newer);
    OK(lf_blueprint_parse(small, strlen(small), &newer.known, NULL, &blueprint));
    lf_blueprint_unref(blueprint);
    newer.news = 1;
    assert_int_equal(lf_blueprint_parse(small, strlen(small), &newer.known, NULL, &blueprint),
                     LF_E_ABI);
    assert_null(blueprint);
    newer.known.struct_size = sizeof newer.known - 1;
    assert_int_equal(lf_blueprint_parse(small, strlen(small), &newer.known, NULL, &blueprint),
                     LF_E_ABI);
    newer.known.struct_size = 0;
    assert_int_equal(lf_blueprint_parse(small, strlen(small), &newer.known, NULL, &blueprint),
                     LF_E_ABI);
    lf_blueprint_options_init(&newer.known, sizeof newer.known);
    lf_allocator allocator = {.struct_size = 3};
    newer.known.allocator = &allocator;
    assert_int_equal(lf_blueprint_parse(small, strlen(small), &newer.known, NULL, &blueprint),
                     LF_E_ABI);
    assert_null(blueprint);
}

/* The condition has 3 nodes and takes 3 steps; each limit is tried at what it may be at most, and above. */
static void limits(void **state) {
    static const char *const rules = JSON({
        "leadflow" : 1,
        "fields" : {"size" : {"type" : "int"}},
        "segments" : {"big" : {"when" : "contact.size > 5"}}
    });
    static const struct {
        size_t member, most, too_small;
    } cases[] = {{offsetof(lf_expression_limits, source), 1048576, 15},
                 {offsetof(lf_expression_limits, nesting), 250, 0},
                 {offsetof(lf_expression_limits, nodes), 1000000, 3},
                 {offsetof(lf_expression_limits, iterations), 100000000, 0},
                 {offsetof(lf_expression_limits, cost), 1000000000, 0},
                 {offsetof(lf_expression_limits, memory), 1073741824, 0}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lf_expression_limits own;
        lf_blueprint_options options;
        lf_expression_limits_init(&own, sizeof own);
        lf_blueprint_options_init(&options, sizeof options);
        options.limits = &own;
        size_t *limit = (size_t *)(void *)((char *)&own + cases[i].member);
        for (int step = 0; step < 3; step++) {
            lf_blueprint *blueprint;
            *limit = step == 0 ? cases[i].most : step == 1 ? cases[i].most + 1 : cases[i].too_small;
            lf_status status = lf_blueprint_parse(rules, strlen(rules), &options, NULL, &blueprint);
            assert_int_equal(status, step == 1                             ? LF_E_ARG
                                     : step == 2 && cases[i].too_small > 0 ? LF_E_PARSE
                                                                           : LF_OK);
            lf_blueprint_unref(blueprint);
        }
    }
    lf_expression_limits_init(NULL, sizeof(lf_expression_limits));
}

static void arguments(void **state) {
    lf_blueprint *blueprint = (lf_blueprint *)(void *)state;
    lf_blueprint_options presets;
    lf_buffer *out = new_buffer();
    assert_int_equal(lf_blueprint_parse(NULL, 0, NULL, NULL, &blueprint), LF_E_ARG);
    assert_null(blueprint);
    assert_int_equal(lf_blueprint_parse(small, strlen(small), NULL, NULL, NULL), LF_E_ARG);
    lf_blueprint_options_init(&presets, sizeof presets);
    presets.preset_count = 1; /* and no presets */
    assert_int_equal(lf_blueprint_parse(small, strlen(small), &presets, NULL, &blueprint),
                     LF_E_ARG);
    assert_int_equal(lf_blueprint_extends(NULL, 0, out), LF_E_ARG);
    assert_int_equal(lf_blueprint_extends(small, strlen(small), NULL), LF_E_ARG);
    assert_int_equal(lf_blueprint_json(NULL, out), LF_E_ARG);
    assert_string_equal(lf_blueprint_name(NULL), "");
    assert_null(lf_blueprint_ref(NULL));
    lf_blueprint_unref(NULL);
    static const char *const bad[] = {"", "{", "null", "[]", "{}", "{\"leadflow\":2}", "\xff"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        lf_diagnostics *diagnostics;
        OK(lf_diagnostics_new(NULL, &diagnostics));
        blueprint = (lf_blueprint *)(void *)state;
        assert_int_equal(lf_blueprint_parse(bad[i], strlen(bad[i]), NULL, diagnostics, &blueprint),
                         LF_E_PARSE);
        assert_null(blueprint);
        assert_true(lf_diagnostics_count(diagnostics) > 0);
        lf_diagnostics_free(diagnostics);
        assert_int_equal(lf_blueprint_parse(bad[i], strlen(bad[i]), NULL, NULL, &blueprint),
                         LF_E_PARSE);
    }
    OK(lf_blueprint_parse(small, strlen(small), NULL, NULL, &blueprint));
    assert_int_equal(lf_blueprint_json(blueprint, NULL), LF_E_ARG);
    OK(lf_blueprint_json(blueprint, out));
    assert_string_equal(lf_buffer_data(out),
                        "{\"leadflow\":1,\"name\":\"small\",\"events\":{\"e\":{}}}");
    assert_string_equal(lf_blueprint_name(blueprint), "small");
    lf_blueprint_unref(blueprint);
    lf_buffer_free(out);
}

/* The text and the presets are read during the call; nothing of them is needed later. */
static void keeps_nothing_of_the_callers(void **state) {
    lf_blueprint *blueprint;
    char *text = keep(small);
    (void)state;
    OK(lf_blueprint_parse(text, strlen(text), NULL, NULL, &blueprint));
    memset(text, 'x', strlen(text));
    free(text);
    assert_string_equal(lf_blueprint_name(blueprint), "small");
    lf_event *event = parse_event(
        blueprint, JSON({"contact" : "c", "type" : "e", "at" : "2026-01-01T00:00:00Z"}));
    lf_event_free(event);
    lf_blueprint_unref(blueprint);
}

/* What is made of a blueprint keeps it alive. */
static void references(void **state) {
    heap h = {.live = 0};
    lf_contact *contact;
    lf_event *event;
    lf_step *step;
    (void)state;
    lf_blueprint *blueprint = parse_blueprint(RIG_BLUEPRINT, &h);
    assert_ptr_equal(lf_blueprint_ref(blueprint), blueprint);
    lf_blueprint_unref(blueprint);
    OK(lf_contact_new(blueprint, "c-1", 3, &contact));
    OK(lf_step_new(blueprint, "t", &step));
    OK(lf_event_new(blueprint, &event));
    lf_blueprint_unref(blueprint); /* ours */
    const char *json = event_text("c-1", "form", T0, NULL, NULL);
    OK(lf_event_parse(event, json, strlen(json), 1, NULL));
    OK(lf_step_take(step, contact, event, T0, NULL, NULL));
    lf_event_free(event);
    lf_step_free(step);
    int64_t total;
    OK(lf_scorer_total(lf_blueprint_scorer(blueprint, "lead"), contact, T0, &total));
    assert_int_equal(total, 10000);
    lf_explanation *explanation;
    OK(lf_scorer_explain(lf_blueprint_scorer(blueprint, "lead"), contact, T0, &explanation));
    lf_contact_free(contact);
    assert_string_equal(lf_explanation_rule(explanation, 0), "form");
    assert_true(h.live > 0);
    lf_explanation_free(explanation);
    assert_int_equal(h.live, 0);
}

/* ---- presets ---- */
static void presets(void **state) {
    static const char *const names[] = {"a", "b"};
    const char *texts[] = {
        JSON({"leadflow" : 1, "events" : {"e" : {"engagement" : true}, "gone" : {}}}),
        JSON({"leadflow" : 1, "events" : {"e" : {"engagment" : true}}})};
    const char *json =
        JSON({"leadflow" : 1, "extends" : ["a"], "events" : {"gone" : null, "f" : {}}});
    const char *wrong = JSON({"leadflow" : 1, "extends" : [ "a", "b" ]}),
               *missing = JSON({"leadflow" : 1, "extends" : ["c"]});
    lf_blueprint_options with;
    lf_diagnostics *diagnostics;
    lf_blueprint *blueprint;
    lf_buffer *out = new_buffer();
    (void)state;
    lf_blueprint_options_init(&with, sizeof with);
    with.preset_names = names;
    with.preset_texts = texts;
    with.preset_count = 2;
    OK(lf_diagnostics_new(NULL, &diagnostics));
    OK(lf_blueprint_parse(json, strlen(json), &with, diagnostics, &blueprint));
    OK(lf_blueprint_json(blueprint, out));
    assert_string_equal(lf_buffer_data(out),
                        "{\"leadflow\":1,\"events\":{\"e\":{\"engagement\":true},\"f\":{}}}");
    lf_blueprint_unref(blueprint);
    assert_int_equal(lf_blueprint_parse(wrong, strlen(wrong), &with, diagnostics, &blueprint),
                     LF_E_PARSE);
    assert_string_equal(lf_diagnostics_source(diagnostics, 0), "b");
    assert_string_equal(lf_diagnostics_code(diagnostics, 0), "unknown-key");
    lf_diagnostics_clear(diagnostics);
    assert_int_equal(lf_blueprint_parse(missing, strlen(missing), &with, diagnostics, &blueprint),
                     LF_E_PARSE);
    assert_int_equal(lf_diagnostics_count(diagnostics), 1);
    lf_diagnostics_free(diagnostics);
    lf_buffer_free(out);
}

/* ---- events ---- */
static void event_arguments(void **state) {
    lf_blueprint *blueprint = parse_blueprint(RIG_BLUEPRINT, NULL);
    lf_event *event = (lf_event *)(void *)state;
    size_t n = 9;
    assert_int_equal(lf_event_new(NULL, &event), LF_E_ARG);
    assert_null(event);
    assert_int_equal(lf_event_new(blueprint, NULL), LF_E_ARG);
    OK(lf_event_new(blueprint, &event));
    assert_null(lf_event_contact(event, &n)); /* none yet */
    assert_int_equal(n, 0);
    assert_int_equal(lf_event_check(event, NULL), LF_E_ARG); /* nothing was started */
    assert_int_equal(lf_event_parse(NULL, "{}", 2, 1, NULL), LF_E_ARG);
    assert_int_equal(lf_event_parse(event, NULL, 0, 1, NULL), LF_E_ARG);
    assert_int_equal(lf_event_start(NULL, "c", 1, "form", 4, T0, NULL, 0, NULL), LF_E_ARG);
    assert_int_equal(lf_event_start(event, NULL, 1, "form", 4, T0, NULL, 0, NULL), LF_E_ARG);
    assert_int_equal(lf_event_start(event, "c", 1, NULL, 4, T0, NULL, 0, NULL), LF_E_ARG);
    assert_int_equal(lf_event_set_string(NULL, "name", 4, "x", 1, NULL), LF_E_ARG);
    assert_int_equal(lf_event_set_string(event, NULL, 4, "x", 1, NULL), LF_E_ARG);
    assert_int_equal(lf_event_set_string(event, "name", 4, "x", 1, NULL),
                     LF_E_ARG); /* of no event */
    assert_int_equal(lf_event_set_json(event, "name", 4, NULL, 0, NULL), LF_E_ARG);
    assert_int_equal(lf_event_set_int(NULL, "name", 4, 1, NULL), LF_E_ARG);
    assert_int_equal(lf_event_set_double(NULL, "name", 4, 1, NULL), LF_E_ARG);
    assert_int_equal(lf_event_set_bool(NULL, "name", 4, 1, NULL), LF_E_ARG);
    assert_int_equal(lf_event_set_time(NULL, "name", 4, T0, NULL), LF_E_ARG);
    assert_int_equal(lf_event_check(NULL, NULL), LF_E_ARG);
    assert_null(lf_event_contact(NULL, &n));
    assert_int_equal(lf_event_at(NULL), 0);
    lf_event_free(event);
    lf_event_free(NULL);
    lf_blueprint_unref(blueprint);
}

/* What is not an event says why, and is not taken for one. */
static void refused_events(void **state) {
    static const char *const bad[] = {
        "",
        "[]",
        "{}",
        "{\"contact\":\"c\"",
        JSON({"contact" : "", "type" : "form", "at" : "2026-01-01T00:00:00Z"}),
        JSON({"contact" : "a\u0001", "type" : "form", "at" : "2026-01-01T00:00:00Z"}),
        JSON({"contact" : "c", "type" : "form", "at" : "2026-01-01"}),
        JSON({"contact" : "c", "type" : "form", "at" : "2026-01-01T00:00:00Z", "id" : ""}),
        JSON({
            "contact" : "c",
            "type" : "form",
            "at" : "2026-01-01T00:00:00Z",
            "props" : {"nmae" : "x"}
        }),
        JSON({
            "contact" : "c",
            "type" : "form",
            "at" : "2026-01-01T00:00:00Z",
            "props" : {"name" : 1}
        }),
        JSON({"contact" : "c", "type" : "form", "at" : "2026-01-01T00:00:00Z", "more" : 1}),
        JSON({
            "contact" : "c",
            "type" : "$move",
            "at" : "2026-01-01T00:00:00Z",
            "props" : {"machine" : "stage"}
        })};
    lf_blueprint *blueprint = parse_blueprint(RIG_BLUEPRINT, NULL);
    lf_contact *contact;
    lf_event *event;
    lf_step *step;
    (void)state;
    OK(lf_event_new(blueprint, &event));
    OK(lf_contact_new(blueprint, "c", 1, &contact));
    OK(lf_step_new(blueprint, "t", &step));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        lf_diagnostics *diagnostics;
        const char *good = JSON({"contact" : "c", "type" : "form", "at" : "2026-01-01T00:00:00Z"});
        OK(lf_diagnostics_new(NULL, &diagnostics));
        OK(lf_event_parse(event, good, strlen(good), 1, NULL));
        assert_int_equal(lf_event_parse(event, bad[i], strlen(bad[i]), 17, diagnostics),
                         LF_E_EVENT);
        assert_true(lf_diagnostics_count(diagnostics) > 0);
        assert_int_equal(lf_diagnostics_line(diagnostics, 0), 17);
        assert_int_equal(lf_step_take(step, contact, event, T0, NULL, NULL),
                         LF_E_ARG); /* not the one before */
        lf_diagnostics_free(diagnostics);
    }
    const char *unknown = JSON(
        {"contact" : "c", "type" : "other", "at" : "2026-01-01T00:00:00Z", "props" : {"x" : []}});
    assert_int_equal(lf_event_parse(event, unknown, strlen(unknown), 1, NULL),
                     LF_E_NOTFOUND); /* ignored */
    assert_int_equal(lf_step_take(step, contact, event, T0, NULL, NULL), LF_E_ARG);
    assert_true(lf_contact_created(contact) == INT64_MAX);
    lf_event_free(event);
    lf_step_free(step);
    lf_contact_free(contact);
    lf_blueprint_unref(blueprint);
}

/* By hand or as JSON: the same event, the same contact after it. */
static void events_by_hand(void **state) {
    lf_blueprint *blueprint;
    lf_contact *contacts[2];
    lf_event *event;
    lf_step *step;
    size_t n, sizes[2];
    unsigned char *bytes[2];
    const char *json = JSON({
        "contact" : "c-1",
        "type" : "visit",
        "at" : "2026-01-01T00:00:00.005Z",
        "id" : "i",
        "props" : {
            "page" : "/pricing",
            "seconds" : 31,
            "depth" : 0.5,
            "first" : true,
            "at" : "2026-01-01T00:00:00Z",
            "topics" : [ "a", "b" ]
        }
    });
    (void)state;
    OK(parse_rich(NULL, NULL, &blueprint));
    OK(lf_step_new(blueprint, "t", &step));
    OK(lf_event_new(blueprint, &event));
    OK(lf_event_parse(event, json, strlen(json), 1, NULL));
    for (int i = 0; i < 2; i++) {
        OK(lf_contact_new(blueprint, "c-1", 3, &contacts[i]));
        assert_string_equal(lf_event_contact(event, &n), "c-1");
        assert_int_equal(n, 3);
        assert_int_equal(lf_event_at(event), T0 + 5);
        OK(lf_step_take(step, contacts[i], event, T0 + 5, NULL, NULL));
        bytes[i] = contact_bytes(contacts[i], &sizes[i]);
        lf_contact_free(contacts[i]);
        OK(lf_event_start(event, "c-1", 3, "visit", 5, T0 + 5, "i", 1, NULL));
        assert_int_equal(lf_event_set_string(event, "pgae", 4, "x", 1, NULL), LF_E_EVENT);
        assert_int_equal(lf_event_set_int(event, "page", 4, 3, NULL), LF_E_EVENT);
        assert_int_equal(lf_event_set_string(event, "page", 4, "\xff", 1, NULL), LF_E_EVENT);
        OK(lf_event_set_json(event, "topics", 6, "[\"a\",\"b\"]", 9, NULL));
        OK(lf_event_set_string(event, "page", 4, "/pricing", 8, NULL));
        OK(lf_event_set_int(event, "seconds", 7, 31, NULL));
        OK(lf_event_set_double(event, "depth", 5, 0.5, NULL));
        OK(lf_event_set_bool(event, "first", 5, 1, NULL));
        OK(lf_event_set_time(event, "at", 2, T0, NULL));
        assert_int_equal(lf_event_set_double(event, "depth", 5, 1e308 * 10, NULL), LF_E_ARG);
        assert_int_equal(lf_event_set_time(event, "at", 2, INT64_MAX, NULL), LF_E_ARG);
        OK(lf_event_check(event, NULL));
    }
    assert_int_equal(sizes[0], sizes[1]);
    assert_memory_equal(bytes[0], bytes[1], sizes[0]);
    free(bytes[0]);
    free(bytes[1]);
    /* Not checked, not taken; a required prop is asked for. */
    OK(lf_event_start(event, "c-1", 3, "$move", 5, T0, NULL, 0, NULL));
    OK(lf_event_set_string(event, "machine", 7, "stage", 5, NULL));
    OK(lf_contact_new(blueprint, "c-1", 3, &contacts[0]));
    assert_int_equal(lf_step_take(step, contacts[0], event, T0, NULL, NULL), LF_E_ARG);
    assert_int_equal(lf_event_check(event, NULL), LF_E_EVENT);
    assert_int_equal(lf_step_take(step, contacts[0], event, T0, NULL, NULL), LF_E_ARG);
    lf_contact_free(contacts[0]);
    lf_event_free(event);
    lf_step_free(step);
    lf_blueprint_unref(blueprint);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options),
        cmocka_unit_test(arguments),
        cmocka_unit_test(limits),
        cmocka_unit_test(references),
        cmocka_unit_test(keeps_nothing_of_the_callers),
        cmocka_unit_test(presets),
        cmocka_unit_test(refused_events),
        cmocka_unit_test(event_arguments),
        cmocka_unit_test(events_by_hand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

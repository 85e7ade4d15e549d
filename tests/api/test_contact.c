/* SPDX-License-Identifier: MIT */
/* Contacts as values: made, copied, stored, read back, also under another blueprint; and what can be asked
 * of one by scores, machines and sequences. */
#include "rig.h"

#include <stdio.h>

/* A contact of the rich blueprint after `n` of the rich events. */
static lf_contact *rich_contact(lf_blueprint *blueprint, size_t n) {
    lf_contact *contact;
    lf_event *event;
    lf_step *step;
    size_t size;
    char *text = read_file("tests/api/rich.ndjson", &size);
    OK(lf_contact_new(blueprint, "c-1", 3, &contact));
    OK(lf_step_new(blueprint, "t", &step));
    OK(lf_event_new(blueprint, &event));
    char *line = strtok(text, "\n");
    for (size_t i = 0; i < n && line != NULL; i++, line = strtok(NULL, "\n")) {
        if (lf_event_parse(event, line, strlen(line), 1, NULL) == LF_OK) {
            OK(lf_step_take(step, contact, event, T0 + 300 * DAY, NULL, NULL));
        }
    }
    lf_event_free(event);
    lf_step_free(step);
    free(text);
    return contact;
}

static void assert_same(const lf_contact *a, const lf_contact *b) {
    size_t n, m;
    unsigned char *x = contact_bytes(a, &n), *y = contact_bytes(b, &m);
    assert_int_equal(n, m);
    assert_memory_equal(x, y, n);
    free(x);
    free(y);
}

/* ---- values ---- */
static void made(void **state) {
    lf_blueprint *blueprint = parse_blueprint(RIG_BLUEPRINT, NULL);
    lf_contact *contact = (lf_contact *)(void *)state;
    lf_buffer *out = new_buffer();
    char id[257];
    size_t n;
    memset(id, 'i', sizeof id);
    assert_int_equal(lf_contact_new(NULL, "c", 1, &contact), LF_E_ARG);
    assert_null(contact);
    assert_int_equal(lf_contact_new(blueprint, NULL, 1, &contact), LF_E_ARG);
    assert_int_equal(lf_contact_new(blueprint, "c", 1, NULL), LF_E_ARG);
    assert_int_equal(lf_contact_new(blueprint, "", 0, &contact), LF_E_ARG);
    assert_int_equal(lf_contact_new(blueprint, id, 256, &contact), LF_E_ARG);
    assert_int_equal(lf_contact_new(blueprint, "a\nb", 3, &contact), LF_E_ARG);
    assert_int_equal(lf_contact_new(blueprint, "a\0b", 3, &contact), LF_E_ARG);
    assert_int_equal(lf_contact_new(blueprint, "\xc3", 1, &contact), LF_E_ARG);
    assert_null(contact);
    OK(lf_contact_new(blueprint, id, 255, &contact));
    assert_memory_equal(lf_contact_id(contact, &n), id, 255);
    assert_int_equal(n, 255);
    assert_int_equal(strlen(lf_contact_id(contact, NULL)), 255);
    assert_true(lf_contact_created(contact) == INT64_MAX);
    assert_true(lf_contact_wake_time(contact) == INT64_MAX);
    assert_true(lf_contact_memory(contact) > 255);
    assert_int_equal(lf_contact_json(contact, out), LF_E_ARG); /* nothing has happened yet */
    assert_int_equal(lf_buffer_size(out), 0);
    lf_contact *copy;
    OK(lf_contact_copy(contact, &copy)); /* also of one without a life */
    assert_same(contact, copy);
    lf_contact_free(copy);
    lf_contact_free(contact);
    OK(lf_contact_new(blueprint, "\xc3\xa9", 2, &contact));
    lf_contact_free(contact);
    lf_buffer_free(out);
    lf_blueprint_unref(blueprint);
}

/* An id ends with a NUL, also when the contact's text was moved together, and when it was read again. */
static void ids_end(void **state) {
    lf_blueprint *blueprint = parse_blueprint(RIG_BLUEPRINT, NULL);
    lf_contact *contact, *again;
    lf_step *step;
    size_t n;
    char id[101];
    (void)state;
    OK(lf_step_new(blueprint, "t", &step));
    OK(lf_contact_new(blueprint, "c-1", 3, &contact));
    for (int i = 0; i < 100; i++) { /* each leaves 100 bytes behind when it is forgotten */
        snprintf(id, sizeof id, "%0100d", i);
        lf_event *event =
            parse_event(blueprint, event_text("c-1", "form", T0 + i * HOUR, id, NULL));
        OK(lf_step_take(step, contact, event, T0 + i * HOUR, NULL, NULL));
        assert_string_equal(lf_event_contact(event, NULL), "c-1");
        lf_event_free(event);
    }
    size_t memory = lf_contact_memory(contact);
    assert_string_equal(lf_contact_id(contact, NULL), "c-1");
    OK(lf_step_wake(step, contact, T0 + 1000 * DAY));
    assert_true(lf_contact_memory(contact) < memory);
    assert_string_equal(lf_contact_id(contact, NULL), "c-1");
    unsigned char *bytes = contact_bytes(contact, &n);
    OK(lf_contact_decode(blueprint, bytes, n, &again));
    assert_string_equal(lf_contact_id(again, NULL), "c-1");
    free(bytes);
    lf_contact_free(again);
    lf_contact_free(contact);
    lf_step_free(step);
    lf_blueprint_unref(blueprint);
}

static void null_contacts(void **state) {
    lf_contact *contact = (lf_contact *)(void *)state;
    lf_buffer *out = new_buffer();
    size_t n = 5;
    lf_contact_free(NULL);
    assert_int_equal(lf_contact_copy(NULL, &contact), LF_E_ARG);
    assert_null(contact);
    assert_int_equal(lf_contact_encode(NULL, out), LF_E_ARG);
    assert_int_equal(lf_contact_json(NULL, out), LF_E_ARG);
    assert_int_equal(lf_contact_decode(NULL, "LF", 2, &contact), LF_E_ARG);
    assert_null(lf_contact_id(NULL, &n));
    assert_int_equal(n, 0);
    assert_true(lf_contact_created(NULL) == INT64_MAX);
    assert_true(lf_contact_wake_time(NULL) == INT64_MAX);
    assert_int_equal(lf_contact_memory(NULL), 0);
    lf_blueprint *blueprint = parse_blueprint(RIG_BLUEPRINT, NULL);
    contact = (lf_contact *)(void *)state;
    assert_int_equal(lf_contact_decode(blueprint, NULL, 0, &contact), LF_E_ARG);
    assert_null(contact);
    contact = (lf_contact *)(void *)state;
    assert_int_equal(lf_contact_decode(blueprint, "LFx", 3, &contact), LF_E_CORRUPT);
    assert_null(contact);
    assert_int_equal(lf_contact_decode(blueprint, "LF", 2, NULL), LF_E_ARG);
    OK(lf_contact_new(blueprint, "c", 1, &contact));
    assert_int_equal(lf_contact_copy(contact, NULL), LF_E_ARG);
    assert_int_equal(lf_contact_encode(contact, NULL), LF_E_ARG);
    assert_int_equal(lf_contact_json(contact, NULL), LF_E_ARG);
    lf_contact_free(contact);
    lf_blueprint_unref(blueprint);
    lf_buffer_free(out);
}

/* A copy lives its own life; the original does not notice. */
static void copied(void **state) {
    lf_blueprint *blueprint;
    lf_contact *copy;
    lf_step *step;
    size_t n, m;
    (void)state;
    OK(parse_rich(NULL, NULL, &blueprint));
    OK(lf_step_new(blueprint, "t", &step));
    lf_contact *contact = rich_contact(blueprint, 9);
    unsigned char *before = contact_bytes(contact, &n);
    OK(lf_contact_copy(contact, &copy));
    assert_same(contact, copy);
    OK(lf_step_wake(step, copy, T0 + 100 * DAY));
    lf_contact_free(copy);
    unsigned char *after = contact_bytes(contact, &m);
    assert_int_equal(n, m);
    assert_memory_equal(before, after, n);
    OK(lf_contact_copy(contact, &copy));
    lf_contact_free(contact);
    OK(lf_step_wake(step, copy, T0 + 100 * DAY));
    lf_contact_free(copy);
    lf_step_free(step);
    free(before);
    free(after);
    lf_blueprint_unref(blueprint);
}

/* Stored and read back: the same contact, with the same future; the form is appended. */
static void stored(void **state) {
    lf_blueprint *blueprint;
    (void)state;
    OK(parse_rich(NULL, NULL, &blueprint));
    for (size_t events = 1; events < 23; events++) {
        lf_contact *contact = rich_contact(blueprint, events), *again;
        lf_buffer *out = new_buffer(), *a = new_buffer(), *b = new_buffer();
        size_t n;
        unsigned char *bytes = contact_bytes(contact, &n);
        OK(lf_blueprint_extends("{\"extends\":[\"in front\"]}", 24, out));
        OK(lf_contact_encode(contact, out)); /* behind what is there */
        assert_int_equal(lf_buffer_size(out), n + 9);
        assert_memory_equal(lf_buffer_data(out) + 9, bytes, n);
        OK(lf_contact_decode(blueprint, bytes, n, &again));
        free(bytes);
        OK(lf_contact_json(contact, a));
        OK(lf_contact_json(again, b));
        assert_string_equal(lf_buffer_data(a), lf_buffer_data(b));
        assert_int_equal(lf_contact_clock(again), lf_contact_clock(contact));
        assert_int_equal(lf_contact_created(again), lf_contact_created(contact));
        assert_int_equal(lf_contact_wake_time(again), lf_contact_wake_time(contact));
        lf_step *step;
        OK(lf_step_new(blueprint, "t", &step));
        OK(lf_step_wake(step, contact, T0 + 400 * DAY));
        OK(lf_step_wake(step, again, T0 + 400 * DAY));
        assert_same(contact, again);
        lf_step_free(step);
        lf_contact_free(contact);
        lf_contact_free(again);
        lf_buffer_free(out);
        lf_buffer_free(a);
        lf_buffer_free(b);
    }
    lf_blueprint_unref(blueprint);
}

/* Somebody stored before a machine was declared: what its initial state waits for comes at its time, without another
 * event. */
static void new_machines_wait(void **state) {
    static const char *const with = JSON({
        "leadflow" : 1,
        "events" : {"e" : {}},
        "machines" : {
            "m" : {
                "initial" : "a",
                "states" : {"a" : {}, "b" : {}},
                "transitions" : [ {"from" : "a", "to" : "b", "after" : "7d"} ]
            }
        }
    });
    static const char *const e =
        JSON({"contact" : "c", "type" : "e", "at" : "2026-01-01T00:00:00Z"});
    lf_blueprint *before = parse_blueprint("{\"leadflow\":1,\"events\":{\"e\":{}}}", NULL);
    lf_blueprint *after = parse_blueprint(with, NULL);
    lf_contact *old, *contact;
    lf_event *event;
    lf_step *step;
    size_t n;
    (void)state;
    OK(lf_event_new(before, &event));
    OK(lf_event_parse(event, e, strlen(e), 1, NULL));
    OK(lf_contact_new(before, "c", 1, &old));
    OK(lf_step_new(before, "t", &step));
    OK(lf_step_take(step, old, event, T0, NULL, NULL));
    assert_int_equal(lf_contact_wake_time(old), INT64_MAX);
    lf_step_free(step);
    unsigned char *bytes = contact_bytes(old, &n);
    OK(lf_contact_decode(after, bytes, n, &contact));
    free(bytes);
    OK(lf_step_new(after, "t", &step));
    OK(lf_step_wake(step, contact, T0)); /* nobody enters */
    assert_int_equal(lf_step_effect_count(step), 0);
    assert_int_equal(lf_contact_wake_time(contact), T0 + 7 * DAY);
    OK(lf_step_wake(step, contact, T0 + 60 * DAY));
    assert_int_equal(lf_step_effect_count(step), 1);
    assert_int_equal(lf_effect_at(lf_step_effect_at(step, 0)), T0 + 7 * DAY);
    lf_step_free(step);
    lf_event_free(event);
    lf_contact_free(old);
    lf_contact_free(contact);
    lf_blueprint_unref(before);
    lf_blueprint_unref(after);
}

/* Under a blueprint that has lost what somebody was in, nobody is refused: not then, not later. Where the
 * state has gone, or the machine is new, they are in the initial one, without having "entered" it. */
static void other_blueprints(void **state) {
    static const char *const before = JSON({
        "leadflow" : 1,
        "events" : {"e" : {}},
        "machines" : {
            "m" : {
                "initial" : "a",
                "states" : {"a" : {}, "b" : {}, "c" : {}},
                "transitions" : [
                    {"from" : "a", "to" : "b", "manual" : true},
                    {"from" : "b", "to" : "c", "when" : "ever('e')"}
                ]
            }
        },
        "segments" : {"s" : {"when" : "ever('e')"}},
        "sequences" : {
            "q" : {
                "trigger" : [ {"event" : "e"} ],
                "exit" : [ {"when" : "false"} ],
                "steps" : [ {"label" : "w", "wait" : {"for" : "9d"}} ]
            }
        }
    });
    static const char *const after = JSON({
        "leadflow" : 1,
        "tags" : {"categories" : ["stage"]},
        "events" : {"e" : {}},
        "machines" : {
            "m" : {
                "initial" : "a",
                "states" : {"a" : {}, "c" : {}},
                "transitions" : [ {"from" : "a", "to" : "c", "manual" : true} ]
            },
            "n" : {
                "initial" : "x",
                "states" : {"x" : {"tag" : "stage_x"}, "y" : {}},
                "transitions" : [ {"from" : "x", "to" : "y", "on" : "e"} ]
            }
        }
    });
    static const char *const nothing = JSON({"leadflow" : 1});
    static const char *const events[] = {
        JSON({"contact" : "c", "type" : "e", "at" : "2026-01-01T00:00:00Z"}), JSON({
            "contact" : "c",
            "type" : "$move",
            "at" : "2026-01-01T00:00:01Z",
            "props" : {"machine" : "m", "to" : "b"}
        }),
        JSON({"contact" : "c", "type" : "e", "at" : "2026-01-01T00:00:02Z"})};
    const char *const others[] = {before, after, nothing};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        plain_store store;
        lf_store table;
        lf_engine_options options;
        lf_engine *engine;
        plain_open(&store, false);
        plain_table(&store, &table);
        lf_engine_options_init(&options, sizeof options);
        options.store = &table;
        for (size_t pass = 0; pass < 2; pass++) {
            lf_blueprint *blueprint = parse_blueprint(pass == 0 ? before : others[i], NULL);
            OK(lf_engine_new(blueprint, &options, &engine));
            for (size_t e = 0; e < 3 && pass == 0; e++) {
                OK(lf_engine_take_json(engine, events[e], strlen(events[e]), 1, T0 + HOUR, NULL,
                                       NULL));
            }
            OK(lf_engine_wake(engine, "c", 1, T0 + (pass == 0 ? 1 : 20) * DAY));
            OK(lf_engine_wake(engine, "c", 1,
                              T0 + (pass == 0 ? 2 : 30) * DAY)); /* from what was stored anew */
            char *text = contact_text(engine, "c");
            assert_non_null(strstr(text, pass == 0 || i == 0 ? "\"states\":{\"m\":\"b\"}"
                                         : i == 1 ? "\"states\":{\"m\":\"a\",\"n\":\"x\"}"
                                                  : "\"states\":{}"));
            assert_null(strstr(text, "stage_x"));
            free(text);
            if (pass == 1 && i == 1) {
                const char *late = JSON(
                    {"contact" : "c", "type" : "e", "at" : "2026-02-01T00:00:00Z", "id" : "l"});
                OK(lf_engine_take_json(engine, late, strlen(late), 1, T0 + 40 * DAY, NULL, NULL));
                text = contact_text(engine, "c");
                assert_non_null(strstr(text, "\"states\":{\"m\":\"a\",\"n\":\"y\"}"));
                free(text);
            }
            lf_engine_free(engine);
            lf_blueprint_unref(blueprint);
        }
        plain_close(&store);
    }
}

/* ---- scores ---- */
static void scorers(void **state) {
    lf_blueprint *blueprint, *other = parse_blueprint(RIG_BLUEPRINT, NULL);
    lf_explanation *explanation = (lf_explanation *)(void *)state;
    lf_buffer *out = new_buffer();
    int64_t total = 7, at = 7;
    OK(parse_rich(NULL, NULL, &blueprint));
    lf_contact *contact = rich_contact(blueprint, 12), *stranger;
    OK(lf_contact_new(other, "c-1", 3, &stranger));
    assert_int_equal(lf_blueprint_scorer_count(blueprint), 2);
    assert_int_equal(lf_blueprint_scorer_count(NULL), 0);
    const lf_scorer *lead = lf_blueprint_scorer(blueprint, "lead");
    assert_non_null(lead);
    assert_ptr_equal(lf_blueprint_scorer_at(blueprint, 0), lead);
    assert_string_equal(lf_scorer_name(lf_blueprint_scorer_at(blueprint, 1)), "health");
    assert_null(lf_blueprint_scorer_at(blueprint, 2));
    assert_null(lf_blueprint_scorer_at(NULL, 0));
    assert_null(lf_blueprint_scorer(blueprint, "none"));
    assert_null(lf_blueprint_scorer(blueprint, NULL));
    assert_null(lf_blueprint_scorer(NULL, "lead"));
    assert_null(lf_scorer_name(NULL));
    static const int64_t bad_times[] = {INT64_MIN, INT64_MAX};
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(lf_scorer_total(lead, contact, bad_times[i], &total), LF_E_ARG);
        assert_int_equal(total, 0);
        assert_int_equal(lf_scorer_explain(lead, contact, bad_times[i], &explanation), LF_E_ARG);
        assert_null(explanation);
    }
    total = 7;
    assert_int_equal(lf_scorer_total(NULL, contact, T0, &total), LF_E_ARG);
    assert_int_equal(lf_scorer_total(lead, NULL, T0, &total), LF_E_ARG);
    assert_int_equal(lf_scorer_total(lead, stranger, T0, &total), LF_E_ARG);
    assert_int_equal(total, 0);
    assert_int_equal(lf_scorer_total(lead, contact, T0, NULL), LF_E_ARG);
    assert_int_equal(lf_scorer_next_band_change(lead, stranger, &at), LF_E_ARG);
    assert_int_equal(at, 0);
    assert_int_equal(lf_scorer_next_band_change(lead, contact, NULL), LF_E_ARG);
    assert_int_equal(lf_scorer_next_band_change(NULL, contact, &at), LF_E_ARG);
    assert_int_equal(lf_scorer_explain(lead, contact, T0, NULL), LF_E_ARG);
    assert_int_equal(lf_scorer_explain(lead, stranger, T0, &explanation), LF_E_ARG);
    assert_null(lf_scorer_band(lead, stranger));
    assert_null(lf_scorer_band(NULL, contact));
    assert_null(lf_scorer_band(lead, NULL));
    assert_string_equal(lf_scorer_band(lead, contact), "hot");
    lf_contact_free(contact);
    lf_contact_free(stranger);
    lf_blueprint_unref(other);
    lf_blueprint_unref(blueprint);
    lf_buffer_free(out);
}

/* The next change of the band is where it changes: not a millisecond before. */
static void next_band_change(void **state) {
    lf_blueprint *blueprint = parse_blueprint(RIG_BLUEPRINT, NULL);
    const lf_scorer *lead = lf_blueprint_scorer(blueprint, "lead");
    lf_contact *contact;
    lf_step *step;
    int64_t at;
    (void)state;
    lf_event *event = parse_event(blueprint, event_text("c", "form", T0, NULL, NULL));
    OK(lf_contact_new(blueprint, "c", 1, &contact));
    OK(lf_step_new(blueprint, "t", &step));
    OK(lf_step_take(step, contact, event, T0, NULL, NULL));
    assert_string_equal(lf_scorer_band(lead, contact), "warm");
    OK(lf_scorer_next_band_change(lead, contact, &at));
    assert_int_equal(at, T0 + 2 * DAY);
    OK(lf_step_wake(step, contact, at - 1));
    assert_string_equal(lf_scorer_band(lead, contact), "warm");
    OK(lf_step_wake(step, contact, at));
    assert_string_equal(lf_scorer_band(lead, contact), "cold");
    OK(lf_scorer_next_band_change(lead, contact, &at));
    assert_true(at == INT64_MAX);
    lf_event_free(event);
    lf_step_free(step);
    lf_contact_free(contact);
    lf_blueprint_unref(blueprint);
}

/* At any time, after any event: the parts add up to the total exactly, and it is the scorer's. */
static void explanations_add_up(void **state) {
    lf_blueprint *blueprint;
    (void)state;
    OK(parse_rich(NULL, NULL, &blueprint));
    for (size_t events = 1; events < 24; events++) {
        lf_contact *contact = rich_contact(blueprint, events);
        for (size_t s = 0; s < 2; s++) {
            const lf_scorer *scorer = lf_blueprint_scorer_at(blueprint, s);
            for (int64_t at = lf_contact_created(contact) - 9 * DAY; at < T0 + 250 * DAY;
                 at += 31 * HOUR + 17 * MINUTE) {
                lf_explanation *explanation;
                int64_t total, later, sum = 0;
                OK(lf_scorer_total(scorer, contact, at, &total));
                OK(lf_scorer_explain(scorer, contact, at, &explanation));
                for (size_t i = 0; i < lf_explanation_count(explanation); i++) {
                    sum += lf_explanation_value(explanation, i);
                    assert_non_null(lf_explanation_kind(explanation, i));
                }
                assert_int_equal(lf_explanation_total(explanation), total);
                assert_int_equal(sum, total);
                /* Until then nothing changes. */
                int64_t until = lf_explanation_until(explanation);
                assert_true(until > at);
                OK(lf_scorer_total(scorer, contact, until == INT64_MAX ? T0 + 900 * DAY : until - 1,
                                   &later));
                assert_int_equal(later, total);
                lf_explanation_free(explanation);
            }
        }
        lf_contact_free(contact);
    }
    lf_blueprint_unref(blueprint);
}

static void explanation_parts(void **state) {
    lf_blueprint *blueprint = parse_blueprint(RIG_BLUEPRINT, NULL);
    const char *form = event_text("c", "form", T0, NULL, NULL);
    lf_explanation *explanation;
    lf_buffer *out = new_buffer();
    lf_contact *contact;
    lf_step *step;
    (void)state;
    lf_event *event = parse_event(blueprint, form);
    OK(lf_contact_new(blueprint, "c", 1, &contact));
    OK(lf_step_new(blueprint, "t", &step));
    OK(lf_step_take(step, contact, event, T0, NULL, NULL));
    OK(lf_scorer_explain(lf_blueprint_scorer(blueprint, "lead"), contact, T0 + 3 * DAY,
                         &explanation));
    assert_int_equal(lf_explanation_count(explanation), 1);
    assert_string_equal(lf_explanation_kind(explanation, 0), "entry");
    assert_string_equal(lf_explanation_dimension(explanation, 0), "all");
    assert_string_equal(lf_explanation_rule(explanation, 0), "form");
    assert_int_equal(lf_explanation_at(explanation, 0), T0);
    assert_int_equal(lf_explanation_entries(explanation, 0), 1);
    assert_int_equal(lf_explanation_base(explanation, 0), 10000);
    assert_int_equal(lf_explanation_value(explanation, 0), 5000);
    assert_int_equal(lf_explanation_until(explanation), T0 + 4 * DAY);
    OK(lf_explanation_json(explanation, out));
    assert_string_equal(
        lf_buffer_data(out),
        "{\"total\":5000,\"until\":\"2026-01-05T00:00:00.000Z\",\"parts\":[{\"kind\":\"entry\","
        "\"dimension\":\"all\",\"rule\":\"form\",\"at\":\"2026-01-01T00:00:00.000Z\",\"entries\":1,"
        "\"before\":10000,\"value\":5000}]}");
    assert_int_equal(lf_explanation_json(explanation, NULL), LF_E_ARG);
    assert_null(lf_explanation_kind(explanation, 1));
    assert_null(lf_explanation_rule(explanation, 1));
    assert_null(lf_explanation_dimension(explanation, 1));
    assert_true(lf_explanation_at(explanation, 1) == INT64_MAX);
    assert_int_equal(lf_explanation_value(explanation, 1), 0);
    assert_int_equal(lf_explanation_base(explanation, 1), 0);
    assert_int_equal(lf_explanation_entries(explanation, 1), 0);
    lf_explanation_free(explanation);
    lf_explanation_free(NULL);
    assert_int_equal(lf_explanation_total(NULL), 0);
    assert_int_equal(lf_explanation_count(NULL), 0);
    assert_true(lf_explanation_until(NULL) == INT64_MAX);
    assert_int_equal(lf_explanation_json(NULL, out), LF_E_ARG);
    lf_event_free(event);
    lf_step_free(step);
    lf_contact_free(contact);
    lf_blueprint_unref(blueprint);
    lf_buffer_free(out);
}

/* ---- machines ---- */
static void lifecycles(void **state) {
    lf_blueprint *blueprint, *other = parse_blueprint(RIG_BLUEPRINT, NULL);
    lf_buffer *out = new_buffer();
    lf_contact *fresh, *stranger;
    (void)state;
    OK(parse_rich(NULL, NULL, &blueprint));
    OK(lf_contact_new(blueprint, "c-1", 3, &fresh));
    OK(lf_contact_new(other, "c-1", 3, &stranger));
    lf_contact *contact = rich_contact(blueprint, 12);
    assert_int_equal(lf_blueprint_lifecycle_count(blueprint), 2);
    assert_int_equal(lf_blueprint_lifecycle_count(NULL), 0);
    const lf_lifecycle *stage = lf_blueprint_lifecycle(blueprint, "stage");
    assert_ptr_equal(lf_blueprint_lifecycle_at(blueprint, 0), stage);
    assert_string_equal(lf_lifecycle_name(stage), "stage");
    assert_null(lf_lifecycle_name(NULL));
    assert_null(lf_blueprint_lifecycle_at(blueprint, 2));
    assert_null(lf_blueprint_lifecycle_at(NULL, 0));
    assert_null(lf_blueprint_lifecycle(blueprint, "none"));
    assert_null(lf_blueprint_lifecycle(blueprint, NULL));
    assert_null(lf_blueprint_lifecycle(NULL, "stage"));
    assert_string_equal(lf_lifecycle_state(stage, contact), "qualified");
    assert_int_equal(lf_lifecycle_since(stage, contact), T0 + 8 * HOUR);
    const lf_contact *const none[] = {NULL, fresh, stranger};
    for (size_t i = 0; i < 3; i++) {
        assert_null(lf_lifecycle_state(stage, none[i]));
        assert_true(lf_lifecycle_since(stage, none[i]) == INT64_MAX);
        assert_int_equal(lf_lifecycle_possible(stage, none[i], out), LF_E_ARG);
        assert_int_equal(lf_lifecycle_why(stage, none[i], "known", out), LF_E_ARG);
    }
    assert_null(lf_lifecycle_state(NULL, contact));
    assert_int_equal(lf_lifecycle_possible(NULL, contact, out), LF_E_ARG);
    assert_int_equal(lf_lifecycle_possible(stage, contact, NULL), LF_E_ARG);
    OK(lf_lifecycle_possible(stage, contact, out));
    assert_string_equal(
        lf_buffer_data(out),
        "[{\"to\":\"known\",\"after\":\"2026-01-11T08:00:00.000Z\",\"when\":{\"cel\":"
        "\"score.lead < "
        "20\",\"holds\":false}},{\"to\":\"customer\",\"on\":"
        "[\"won\"]},"
        "{\"to\":\"known\",\"manual\":true}]");
    lf_buffer_clear(out);
    assert_int_equal(lf_lifecycle_graph(NULL, out), LF_E_ARG);
    assert_int_equal(lf_lifecycle_graph(stage, NULL), LF_E_ARG);
    OK(lf_lifecycle_graph(lf_blueprint_lifecycle(blueprint, "care"), out));
    assert_memory_equal(lf_buffer_data(out), "digraph \"care\" {\n", 17);
    assert_non_null(strstr(lf_buffer_data(out), "\"quiet\" -> \"active\" [label=\"by hand\""));
    lf_contact_free(contact);
    lf_contact_free(fresh);
    lf_contact_free(stranger);
    lf_blueprint_unref(other);
    lf_blueprint_unref(blueprint);
    lf_buffer_free(out);
}

/* ---- why ---- */
#define WHY_AT "2026-01-01T00:00:00.000Z"
/* One visit, at T0; then somebody moved it by hand from `won` back to `lead`. */
// clang-format off
static const char *const why_rules = JSON({
    "leadflow" : 1,
    "fields" : {"title" : {"type" : "string"}},
    "events" : {"visit" : {"props" : {"page" : "string"}}},
    "machines" : {
        "stage" : {
            "initial" : "lead",
            "states" : {"lead" : {}, "mql" : {}, "won" : {}},
            "transitions" : [
                {
                    "from" : "lead",
                    "to" : "mql",
                    "when" : "within('visit', '7d') && (count('visit', '30d') >= 2 && true) && contact.title == 'VP'"
                },
                {"from" : "lead", "to" : "mql", "on" : "visit", "when" : "event.page == '/'"},
                {"from" : [ "mql", "won" ], "to" : "lead", "manual" : true},
                {"from" : "lead", "to" : "won", "when" : "ever('visit')"}
            ]
        }
    },
    "segments" : {
        "seen" : {"when" : "ever('visit') // at all"},
        "titled" : {"when" : "(contact.title != '' && true)"}
    },
    "templates" : {"hi" : {"channel" : "email"}},
    "sequences" : {
        "talk" : {
            "trigger" : [ {"event" : "visit"} ],
            "exit" : [ {"when" : "timed_out"} ],
            "steps" : [
                {"label" : "look", "wait" : {"until" : "timed_out || suppressed", "timeout" : "1h"}},
                {"label" : "hi", "send" : "hi"}
            ]
        },
        "call" : {"trigger" : [ {"state" : "stage.mql"} ], "reentry" : "1d"}
    }
});
// clang-format on

static void take_text(lf_blueprint *blueprint, lf_step *step, lf_contact *contact,
                      const char *json) {
    lf_event *event = parse_event(blueprint, json);
    OK(lf_step_take(step, contact, event, T0, NULL, NULL));
    lf_event_free(event);
}

/* Cuts the answer out of the buffer, which is empty then. */
static void answers(lf_buffer *out, lf_status status, const char *want) {
    OK(status);
    assert_string_equal(lf_buffer_data(out), want);
    lf_buffer_clear(out);
}

static void why_sequences(void **state) {
    lf_blueprint *blueprint = parse_blueprint(why_rules, NULL);
    lf_buffer *out = new_buffer();
    lf_contact *contact;
    lf_step *step;
    (void)state;
    OK(lf_contact_new(blueprint, "a", 1, &contact));
    OK(lf_step_new(blueprint, "t", &step));
    assert_int_equal(lf_contact_why_sequence(contact, "talk", out), LF_E_ARG);
    take_text(blueprint, step, contact, event_text("a", "visit", T0, NULL, NULL));
    answers(
        out, lf_contact_why_sequence(contact, "talk", out),
        "{\"sequence\":\"talk\",\"in\":true,\"answer\":\"waits\",\"times\":1,\"since\":\"" WHY_AT
        "\",\"step\":\"look\",\"due\":\"2026-01-01T01:00:00.000Z\",\"until\":{\"cel\":"
        "\"timed_out || "
        "suppressed\",\"holds\":false,\"values\":{\"timed_out\":false,\"suppressed\":false}},"
        "\"exit\":[{\"when\":{\"cel\":\"timed_out\","
        "\"holds\":false,\"values\":{\"timed_out\":false}}}],\"messages\":[{\"step\":\"hi\","
        "\"template\":\"hi\",\"forbidden\":"
        "\"consent\"}]}");
    answers(out, lf_contact_why_sequence(contact, "call", out),
            "{\"sequence\":\"call\",\"in\":false,\"answer\":\"not_triggered\",\"times\":0,"
            "\"triggers\":[{\"trigger\":{\"state\":\"stage.mql\"},\"met\":false,\"state\":\"won\","
            "\"since\":\"" WHY_AT "\"}],\"exit\":[],\"messages\":[]}");
    assert_int_equal(lf_contact_why_sequence(contact, "none", out), LF_E_NOTFOUND);
    assert_int_equal(lf_contact_why_sequence(contact, NULL, out), LF_E_ARG);
    assert_int_equal(lf_contact_why_sequence(NULL, "call", out), LF_E_ARG);
    assert_int_equal(lf_contact_why_sequence(contact, "call", NULL), LF_E_ARG);
    assert_int_equal(lf_buffer_size(out), 0);
    lf_step_free(step);
    lf_contact_free(contact);
    lf_blueprint_unref(blueprint);
    lf_buffer_free(out);
}

static void why(void **state) {
    lf_blueprint *blueprint = parse_blueprint(why_rules, NULL);
    lf_buffer *out = new_buffer();
    lf_contact *contact;
    lf_step *step;
    (void)state;
    OK(lf_contact_new(blueprint, "a", 1, &contact));
    OK(lf_step_new(blueprint, "t", &step));
    const lf_lifecycle *stage = lf_blueprint_lifecycle(blueprint, "stage");
    assert_int_equal(lf_contact_why_segment(contact, "seen", out), LF_E_ARG);
    take_text(blueprint, step, contact, event_text("a", "visit", T0, NULL, NULL));
    assert_string_equal(lf_lifecycle_state(stage, contact), "won");
    take_text(blueprint, step, contact,
              event_text("a", "$move", T0, NULL, "{\"machine\":\"stage\",\"to\":\"lead\"}"));
    answers(
        out, lf_lifecycle_why(stage, contact, "mql", out),
        "{\"machine\":\"stage\",\"to\":\"mql\",\"state\":\"lead\",\"since\":\"" WHY_AT
        "\",\"from\":[\"lead\"],\"transitions\":[{\"to\":\"mql\",\"when\":{\"cel\":"
        "\"within('visit', '7d') && (count('visit', '30d') >= 2 && true) && contact.title == "
        "'VP'\",\"holds\":false,\"parts\":[{\"cel\":\"within('visit', '7d')\",\"holds\":true,"
        "\"until\":\"2026-01-08T00:00:00.000Z\",\"values\":{\"within('visit', "
        "'7d')\":true}},{\"cel\":"
        "\"(count('visit', '30d') >= 2 && true)\",\"holds\":false,\"values\":{\"count('visit', "
        "'30d')\":1}},"
        "{\"cel\":\"contact.title == 'VP'\",\"holds\":false,\"error\":\"contact.title has no "
        "value\","
        "\"values\":{\"contact.title\":null}}]}},{\"to\":\"mql\",\"on\":[\"visit\"],\"when\":{"
        "\"cel\":"
        "\"event.page == '/'\",\"holds\":false,\"error\":\"event.page has no value\",\"values\":{"
        "\"event.page\":null}}}]}");
    answers(
        out, lf_lifecycle_why(stage, contact, "won", out),
        "{\"machine\":\"stage\",\"to\":\"won\",\"state\":\"lead\",\"since\":\"" WHY_AT
        "\",\"from\":[\"lead\"],\"transitions\":[{\"to\":\"won\",\"when\":{\"cel\":"
        "\"ever('visit')\",\"holds\":true,\"values\":{\"ever('visit')\":true}},\"held\":true}]}");
    answers(out, lf_lifecycle_why(stage, contact, "lead", out),
            "{\"machine\":\"stage\",\"to\":\"lead\",\"state\":\"lead\",\"since\":\"" WHY_AT
            "\",\"from\":[\"mql\",\"won\"],\"transitions\":[]}");
    answers(out, lf_contact_why_segment(contact, "seen", out),
            "{\"segment\":\"seen\",\"in\":true,\"when\":{\"cel\":\"ever('visit') // at all\","
            "\"holds\":true,\"values\":{\"ever('visit')\":true}}}");
    answers(out, lf_contact_why_segment(contact, "titled", out),
            "{\"segment\":\"titled\",\"in\":false,\"when\":{\"cel\":\"(contact.title != '' && "
            "true)\",\"holds\":false,\"error\":\"contact.title has no value\",\"values\":{"
            "\"contact.title\":null}}}");
    assert_int_equal(lf_lifecycle_why(stage, contact, "lost", out), LF_E_NOTFOUND);
    assert_int_equal(lf_lifecycle_why(stage, contact, NULL, out), LF_E_ARG);
    assert_int_equal(lf_lifecycle_why(stage, contact, "won", NULL), LF_E_ARG);
    assert_int_equal(lf_contact_why_segment(contact, "none", out), LF_E_NOTFOUND);
    assert_int_equal(lf_contact_why_segment(contact, NULL, out), LF_E_ARG);
    assert_int_equal(lf_contact_why_segment(contact, "seen", NULL), LF_E_ARG);
    assert_int_equal(lf_buffer_size(out), 0);
    lf_step_free(step);
    lf_contact_free(contact);
    lf_blueprint_unref(blueprint);
    lf_buffer_free(out);
}

/* ---- sequences ---- */
static void schedulers(void **state) {
    lf_blueprint *blueprint, *other = parse_blueprint(RIG_BLUEPRINT, NULL);
    lf_contact *stranger;
    (void)state;
    OK(parse_rich(NULL, NULL, &blueprint));
    OK(lf_contact_new(other, "c-1", 3, &stranger));
    lf_contact *contact = rich_contact(blueprint, 4);
    const lf_scheduler *scheduler = lf_blueprint_scheduler(blueprint);
    assert_null(lf_blueprint_scheduler(NULL));
    assert_int_equal(lf_scheduler_sequence_count(scheduler), 3);
    assert_int_equal(lf_scheduler_sequence_count(NULL), 0);
    assert_string_equal(lf_scheduler_sequence_at(scheduler, 2), "care");
    assert_null(lf_scheduler_sequence_at(scheduler, 3));
    assert_null(lf_scheduler_sequence_at(NULL, 0));
    assert_int_equal(lf_scheduler_enrolment_count(scheduler, contact), 2);
    assert_string_equal(lf_scheduler_enrolment_sequence(scheduler, contact, 0), "welcome");
    assert_string_equal(lf_scheduler_enrolment_step(scheduler, contact, 0), "s1");
    assert_int_equal(lf_scheduler_enrolment_due(scheduler, contact, 0),
                     T0 + 8 * HOUR + 6 * MINUTE + 123 + 90 * MINUTE);
    assert_string_equal(lf_scheduler_enrolment_sequence(scheduler, contact, 1), "nurture");
    assert_int_equal(lf_scheduler_enrolment_count(scheduler, NULL), 0);
    assert_int_equal(lf_scheduler_enrolment_count(scheduler, stranger), 0);
    assert_int_equal(lf_scheduler_enrolment_count(NULL, contact), 0);
    assert_null(lf_scheduler_enrolment_sequence(scheduler, contact, 2));
    assert_null(lf_scheduler_enrolment_step(scheduler, contact, 2));
    assert_true(lf_scheduler_enrolment_due(scheduler, contact, 2) == INT64_MAX);
    lf_buffer *out = new_buffer();
    OK(lf_scheduler_graph(scheduler, "care", out));
    assert_non_null(strstr(lf_buffer_data(out), "digraph \"care\" {\n  \"(start)\" [shape=point"));
    size_t size = lf_buffer_size(out);
    assert_int_equal(lf_scheduler_graph(scheduler, "none", out), LF_E_NOTFOUND);
    assert_int_equal(lf_scheduler_graph(scheduler, NULL, out), LF_E_ARG);
    assert_int_equal(lf_scheduler_graph(NULL, "care", out), LF_E_ARG);
    assert_int_equal(lf_scheduler_graph(scheduler, "care", NULL), LF_E_ARG);
    assert_int_equal(lf_buffer_size(out), size);
    lf_buffer_free(out);
    lf_contact_free(contact);
    lf_contact_free(stranger);
    lf_blueprint_unref(other);
    lf_blueprint_unref(blueprint);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(made),
        cmocka_unit_test(ids_end),
        cmocka_unit_test(null_contacts),
        cmocka_unit_test(copied),
        cmocka_unit_test(stored),
        cmocka_unit_test(scorers),
        cmocka_unit_test(new_machines_wait),
        cmocka_unit_test(other_blueprints),
        cmocka_unit_test(lifecycles),
        cmocka_unit_test(why),
        cmocka_unit_test(why_sequences),
        cmocka_unit_test(explanations_add_up),
        cmocka_unit_test(schedulers),
        cmocka_unit_test(explanation_parts),
        cmocka_unit_test(next_band_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* The pure step: what it takes, what it gives, and that it is what the engine runs. */
#include <stdio.h>

#include "rig.h"

typedef struct bench {
    lf_blueprint *blueprint;
    lf_step *step;
    lf_contact *contact;
} bench;

static void bench_open(bench *b) {
    b->blueprint = parse_blueprint(RIG_BLUEPRINT, NULL);
    OK(lf_step_new(b->blueprint, "default", &b->step));
    OK(lf_contact_new(b->blueprint, "c-1", 3, &b->contact));
}

static void bench_close(bench *b) {
    lf_step_free(b->step);
    lf_contact_free(b->contact);
    lf_blueprint_unref(b->blueprint);
}

static lf_status bench_take(bench *b, const char *json, int64_t now, int32_t *taken) {
    lf_event *event = parse_event(b->blueprint, json);
    lf_status status = lf_step_take(b->step, b->contact, event, now, taken, NULL);
    lf_event_free(event);
    return status;
}

static void arguments(void **state) {
    char tenant[65];
    bench b;
    lf_step *step = (lf_step *)(void *)state;
    lf_contact *other_id, *stranger;
    int32_t taken = 9;
    size_t n;
    bench_open(&b);
    memset(tenant, 't', sizeof tenant);
    tenant[64] = '\0';
    assert_int_equal(lf_step_new(NULL, "t", &step), LF_E_ARG);
    assert_null(step);
    assert_int_equal(lf_step_new(b.blueprint, NULL, &step), LF_E_ARG);
    assert_int_equal(lf_step_new(b.blueprint, "", &step), LF_E_ARG);
    assert_int_equal(lf_step_new(b.blueprint, tenant, &step), LF_E_ARG);
    assert_int_equal(lf_step_new(b.blueprint,
                                 "a\x1f"
                                 "b",
                                 &step),
                     LF_E_ARG); /* it parts the key */
    assert_int_equal(lf_step_new(b.blueprint, "\xff", &step), LF_E_ARG);
    assert_int_equal(lf_step_new(b.blueprint, "t", NULL), LF_E_ARG);
    OK(lf_step_new(b.blueprint, tenant + 1, &step));
    lf_step_free(step);
    lf_step_free(NULL);
    /* Whose event, whose contact, when. */
    lf_event *event = parse_event(b.blueprint, event_text("c-1", "form", T0, NULL, NULL));
    lf_blueprint *other = parse_blueprint(RIG_BLUEPRINT, NULL);
    lf_event *foreign = parse_event(other, event_text("c-1", "form", T0, NULL, NULL));
    OK(lf_contact_new(b.blueprint, "c-2", 3, &other_id));
    OK(lf_contact_new(other, "c-1", 3, &stranger));
    assert_int_equal(lf_step_take(NULL, b.contact, event, T0, &taken, NULL), LF_E_ARG);
    assert_int_equal(taken, LF_TAKEN_NEW);
    assert_int_equal(lf_step_take(b.step, NULL, event, T0, NULL, NULL), LF_E_ARG);
    assert_int_equal(lf_step_take(b.step, b.contact, NULL, T0, NULL, NULL), LF_E_ARG);
    assert_int_equal(lf_step_take(b.step, b.contact, event, INT64_MAX, NULL, NULL), LF_E_ARG);
    assert_int_equal(lf_step_take(b.step, other_id, event, T0, NULL, NULL), LF_E_ARG);
    assert_int_equal(lf_step_take(b.step, stranger, event, T0, NULL, NULL), LF_E_ARG);
    assert_int_equal(lf_step_take(b.step, b.contact, foreign, T0, NULL, NULL), LF_E_ARG);
    assert_int_equal(lf_step_wake(NULL, b.contact, T0), LF_E_ARG);
    assert_int_equal(lf_step_wake(b.step, NULL, T0), LF_E_ARG);
    assert_int_equal(lf_step_wake(b.step, stranger, T0), LF_E_ARG);
    assert_int_equal(lf_step_wake(b.step, b.contact, INT64_MIN), LF_E_ARG);
    OK(lf_step_wake(b.step, b.contact, T0)); /* of whom nothing is known */
    assert_int_equal(lf_step_effect_count(b.step), 0);
    assert_true(lf_contact_created(b.contact) == INT64_MAX);
    /* Nobody's effects. */
    assert_int_equal(lf_step_effect_count(NULL), 0);
    assert_null(lf_step_effect_at(NULL, 0));
    assert_null(lf_step_effect_at(b.step, 0));
    assert_int_equal(lf_step_condition_errors(NULL), 0);
    assert_int_equal(lf_effect_at(NULL), 0);
    assert_null(lf_effect_kind(NULL));
    assert_null(lf_effect_contact(NULL, &n));
    assert_int_equal(n, 0);
    assert_null(lf_effect_key(NULL));
    assert_null(lf_effect_json(NULL, &n));
    assert_null(lf_effect_get(NULL, "to", NULL));
    lf_event_free(event);
    lf_event_free(foreign);
    lf_contact_free(other_id);
    lf_contact_free(stranger);
    lf_blueprint_unref(other);
    bench_close(&b);
}

/* Effects are there until the next call, and only those of the last one; a failed call has none. */
static void effects(void **state) {
    bench b;
    (void)state;
    bench_open(&b);
    OK(bench_take(&b, event_text("c-1", "form", T0, "1", NULL), T0, NULL));
    size_t n = lf_step_effect_count(b.step), len;
    assert_true(n >= 5);
    const lf_effect *last = lf_step_effect_at(b.step, n - 1);
    assert_null(lf_step_effect_at(b.step, n));
    for (size_t i = 0; i < n; i++) {
        const lf_effect *effect = lf_step_effect_at(b.step, i);
        assert_ptr_equal(lf_step_effect_at(b.step, i), effect);
        assert_string_equal(lf_effect_contact(effect, &len), "c-1");
        assert_int_equal(lf_effect_at(effect), T0);
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(lf_effect_key(effect),
                                    lf_effect_key(lf_step_effect_at(b.step, j)));
        }
    }
    assert_ptr_equal(lf_step_effect_at(b.step, n - 1), last);
    assert_string_equal(lf_effect_kind(last), "skipped"); /* nobody has agreed to mail */
    assert_string_equal(lf_effect_get(last, "reason", NULL), "consent");
    int32_t taken;
    OK(bench_take(&b, event_text("c-1", "form", T0, "1", NULL), T0, &taken));
    assert_int_equal(taken, LF_TAKEN_DUPLICATE);
    assert_int_equal(lf_step_effect_count(b.step), 0);
    OK(lf_step_wake(b.step, b.contact, T0 + DAY));
    assert_true(lf_step_effect_count(b.step) > 0);
    const char *refused = event_text("c-1", "visit", T0 + 2 * DAY, NULL, NULL);
    assert_int_equal(bench_take(&b, refused, T0 + DAY, &taken), LF_E_EVENT); /* too far ahead */
    assert_int_equal(taken, LF_TAKEN_NEW);
    assert_int_equal(lf_step_effect_count(b.step), 0);
    assert_null(lf_step_effect_at(b.step, 0));
    bench_close(&b);
}

/* How an event was taken. */
static void taken_codes(void **state) {
    bench b;
    int32_t taken = 9;
    (void)state;
    bench_open(&b);
    OK(bench_take(&b, event_text("c-1", "form", T0 + 20 * DAY, "1", "{\"name\":\"a\"}"),
                  T0 + 20 * DAY, &taken));
    assert_int_equal(taken, LF_TAKEN_NEW);
    OK(bench_take(&b, event_text("c-1", "form", T0 + 20 * DAY, "1", "{\"name\":\"a\"}"),
                  T0 + 20 * DAY, &taken));
    assert_int_equal(taken, LF_TAKEN_DUPLICATE);
    OK(bench_take(&b, event_text("c-1", "form", T0 + 20 * DAY, "1", "{\"name\":\"b\"}"),
                  T0 + 20 * DAY, &taken));
    assert_int_equal(taken, LF_TAKEN_CHANGED_DUPLICATE);
    OK(bench_take(&b, event_text("c-1", "form", T0 + 10 * DAY, "1", "{\"name\":\"a\"}"),
                  T0 + 20 * DAY, &taken));
    assert_int_equal(taken, LF_TAKEN_NEW); /* more than `dedupe` away: another one */
    OK(bench_take(&b, JSON({"contact" : "c-1", "type" : "form", "at" : "2020-01-01T00:00:00Z"}),
                  T0 + 20 * DAY, &taken));
    assert_int_equal(taken, LF_TAKEN_LATE);
    bench_close(&b);
}

/* A refused event changes nothing, not even the clock. */
static void refused(void **state) {
    static const char *const events[] = {
        JSON({
            "contact" : "c-1",
            "type" : "$move",
            "at" : "2026-01-03T00:00:00Z",
            "props" : {"machine" : "stage", "to" : "new"}
        }),
        JSON({
            "contact" : "c-1",
            "type" : "$move",
            "at" : "2026-01-03T00:00:00Z",
            "props" : {"machine" : "none", "to" : "new"}
        }),
        JSON({
            "contact" : "c-1",
            "type" : "$enroll",
            "at" : "2026-01-03T00:00:00Z",
            "props" : {"sequence" : "none"}
        }),
        JSON({
            "contact" : "c-1",
            "type" : "$update",
            "at" : "2026-01-03T00:00:00Z",
            "props" : {"fields" : {"none" : 1}}
        }),
        JSON({
            "contact" : "c-1",
            "type" : "$update",
            "at" : "2026-01-03T00:00:00Z",
            "props" : {"fields" : {"first_name" : 1}}
        }),
        JSON({"contact" : "c-1", "type" : "visit", "at" : "2026-01-03T00:05:00.001Z"})};
    bench b;
    (void)state;
    bench_open(&b);
    OK(bench_take(&b, event_text("c-1", "form", T0, "1", NULL), T0, NULL));
    size_t n, m;
    unsigned char *before = contact_bytes(b.contact, &n);
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++) {
        lf_diagnostics *diagnostics;
        OK(lf_diagnostics_new(NULL, &diagnostics));
        lf_event *event;
        OK(lf_event_new(b.blueprint, &event));
        lf_status status = lf_event_parse(event, events[i], strlen(events[i]), 1, diagnostics);
        if (status == LF_OK) { /* what the contact, or the time, has to say */
            status = lf_step_take(b.step, b.contact, event, T0 + 2 * DAY, NULL, diagnostics);
        }
        assert_int_equal(status, LF_E_EVENT);
        assert_true(lf_diagnostics_count(diagnostics) > 0);
        unsigned char *after = contact_bytes(b.contact, &m);
        assert_int_equal(m, n);
        assert_memory_equal(before, after, n);
        free(after);
        lf_event_free(event);
        lf_diagnostics_free(diagnostics);
    }
    free(before);
    bench_close(&b);
}

/* Earlier than the contact's clock nothing is woken; the wake time is when something is due. */
/* A value that an action sets and that does not fit is kept out; the event is in, and nothing is said of it. */
static void what_an_action_sets(void **state) {
    static const char *const rules = JSON({
        "leadflow" : 1,
        "fields" : {"site" : {"type" : "string", "format" : "url"}},
        "events" : {"form" : {}},
        "machines" : {
            "m" : {
                "initial" : "a",
                "states" : {
                    "a" : {},
                    "b" : {"enter" : [ {"set" : {"site" : {"cel" : "'no ' + 'url'"}}} ]}
                },
                "transitions" : [ {"from" : "a", "to" : "b", "on" : "form"} ]
            }
        }
    });
    bench b;
    lf_diagnostics *said;
    lf_buffer *json = new_buffer();
    (void)state;
    b.blueprint = parse_blueprint(rules, NULL);
    OK(lf_step_new(b.blueprint, "default", &b.step));
    OK(lf_contact_new(b.blueprint, "c-1", 3, &b.contact));
    OK(lf_diagnostics_new(NULL, &said));
    lf_event *event = parse_event(b.blueprint, event_text("c-1", "form", T0, NULL, NULL));
    OK(lf_step_take(b.step, b.contact, event, T0, NULL, said));
    assert_int_equal(lf_diagnostics_count(said), 0);
    OK(lf_contact_json(b.contact, json));
    assert_null(strstr(lf_buffer_data(json), "no url"));
    lf_buffer_free(json);
    lf_event_free(event);
    lf_diagnostics_free(said);
    bench_close(&b);
}

static void wakes(void **state) {
    bench b;
    (void)state;
    bench_open(&b);
    OK(bench_take(&b, event_text("c-1", "form", T0 + HOUR, "1", NULL), T0 + HOUR, NULL));
    assert_int_equal(lf_contact_wake_time(b.contact), T0 + HOUR + DAY);
    OK(lf_step_wake(b.step, b.contact, T0));
    assert_int_equal(lf_contact_clock(b.contact), T0 + HOUR);
    assert_int_equal(lf_step_effect_count(b.step), 0);
    OK(lf_step_wake(b.step, b.contact, T0 + HOUR + DAY - 1));
    assert_int_equal(lf_step_effect_count(b.step), 0);
    OK(lf_step_wake(b.step, b.contact, T0 + 20 * DAY)); /* late, but at the times it was due */
    assert_true(lf_step_effect_count(b.step) > 0);
    assert_int_equal(lf_effect_at(lf_step_effect_at(b.step, 0)), T0 + HOUR + DAY);
    assert_int_equal(lf_contact_clock(b.contact), T0 + 20 * DAY);
    bench_close(&b);
}

/* A condition that ends in an error is false, and counted: in the last call. */
static void condition_errors(void **state) {
    static const char *const with_errors = JSON({
        "leadflow" : 1,
        "fields" : {"size" : {"type" : "int"}},
        "events" : {"e" : {}},
        "segments" : {"big" : {"when" : "contact.size > 5"}}
    });
    lf_contact *contact;
    lf_step *step;
    int32_t taken;
    (void)state;
    lf_blueprint *blueprint = parse_blueprint(with_errors, NULL);
    lf_event *event = parse_event(blueprint, event_text("c", "e", T0, "1", NULL));
    OK(lf_contact_new(blueprint, "c", 1, &contact));
    OK(lf_step_new(blueprint, "t", &step));
    OK(lf_step_take(step, contact, event, T0, NULL, NULL));
    assert_true(lf_step_condition_errors(step) > 0);
    OK(lf_step_take(step, contact, event, T0, &taken, NULL));
    assert_int_equal(taken, LF_TAKEN_DUPLICATE);
    assert_int_equal(lf_step_condition_errors(step), 0);
    lf_event_free(event);
    lf_step_free(step);
    lf_contact_free(contact);
    lf_blueprint_unref(blueprint);
}

/* ---- the same bytes as through an engine ---- */
/* Keys belong to tenant, contact and the work; the same work makes the same ones. */
static void same_as_the_engine(void **state) {
    (void)state;
    for (int tenant = 0; tenant < 2; tenant++) {
        size_t size, n, row = 0;
        char *text = read_file("tests/api/rich.ndjson", &size);
        plain_store store;
        lf_store table;
        lf_engine_options options;
        lf_blueprint *blueprint;
        lf_engine *engine;
        lf_contact *contact, *loaded;
        lf_step *step;
        lf_event *event;
        OK(parse_rich(NULL, NULL, &blueprint));
        plain_open(&store, false);
        plain_table(&store, &table);
        lf_engine_options_init(&options, sizeof options);
        options.tenant = tenant ? "other" : NULL;
        options.store = &table;
        OK(lf_engine_new(blueprint, &options, &engine));
        OK(lf_contact_new(blueprint, "c-1", 3, &contact));
        OK(lf_step_new(blueprint, tenant ? "other" : "default", &step));
        OK(lf_event_new(blueprint, &event));
        for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
            int32_t by_engine, by_step;
            OK(lf_engine_take_json(engine, line, strlen(line), 1, T0 + 300 * DAY, &by_engine,
                                   NULL));
            if (lf_event_parse(event, line, strlen(line), 1, NULL) == LF_E_NOTFOUND) {
                assert_int_equal(by_engine, LF_TAKEN_IGNORED);
                continue;
            }
            OK(lf_step_take(step, contact, event, T0 + 300 * DAY, &by_step, NULL));
            assert_int_equal(by_engine, by_step);
            for (size_t i = 0; i < lf_step_effect_count(step); i++) {
                assert_string_equal(lf_effect_json(lf_step_effect_at(step, i), NULL),
                                    store.effects[row++].json);
            }
        }
        OK(lf_engine_run_due(engine, T0 + 300 * DAY, SIZE_MAX, NULL));
        OK(lf_step_wake(step, contact, T0 + 300 * DAY));
        for (size_t i = 0; i < lf_step_effect_count(step); i++) {
            assert_string_equal(lf_effect_json(lf_step_effect_at(step, i), NULL),
                                store.effects[row++].json);
        }
        assert_int_equal(row, store.n_effects);
        OK(lf_engine_contact(engine, "c-1", 3, &loaded));
        unsigned char *bytes = contact_bytes(contact, &n);
        const plain_contact *stored = plain_contact_of(&store, tenant ? "other" : "default", "c-1");
        assert_int_equal(stored->size, n);
        assert_memory_equal(stored->bytes, bytes, n);
        assert_int_equal(stored->due, lf_contact_wake_time(contact));
        free(bytes);
        free(text);
        lf_contact_free(loaded);
        lf_contact_free(contact);
        lf_step_free(step);
        lf_event_free(event);
        lf_engine_free(engine);
        lf_blueprint_unref(blueprint);
        plain_close(&store);
    }
}

/* Which arm each of c-1 to c-16 takes, by hashlib of Python: SHA-256 of tenant, 0x1F, "s", 0x1F, "ab", 0x1F, contact. */
static void split_depends_on_the_tenant(void **state) {
    static const struct {
        const char *tenant, *arms;
    } cases[] = {
        {"default", "abbaabbbbbbababb"}, {"acme", "bbaaaabbabbbaaaa"}, {"t", "baabbbaaabaabbbb"}};
    lf_blueprint *blueprint =
        parse_blueprint("{\"leadflow\":1,\"events\":{\"go\":{}},\"sequences\":{\"s\":{\"trigger\":["
                        "{\"event\":\"go\"}],\"steps\":"
                        "[{\"label\":\"ab\",\"split\":[{\"weight\":7,\"steps\":[{\"exit\":\"a\"}]},"
                        "{\"weight\":7,\"steps\":[{\"exit\":\"b\"}]}]}]}}}",
                        NULL);
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lf_step *step;
        OK(lf_step_new(blueprint, cases[i].tenant, &step));
        for (size_t j = 0; cases[i].arms[j] != '\0'; j++) {
            char id[8], reason[] = "\"reason\":\"?\"";
            lf_contact *contact;
            snprintf(id, sizeof id, "c-%zu", j + 1);
            reason[10] = cases[i].arms[j];
            OK(lf_contact_new(blueprint, id, strlen(id), &contact));
            lf_event *event = parse_event(blueprint, event_text(id, "go", T0, NULL, NULL));
            OK(lf_step_take(step, contact, event, T0, NULL, NULL));
            assert_int_equal(lf_step_effect_count(step), 2);
            assert_non_null(strstr(lf_effect_json(lf_step_effect_at(step, 1), NULL), reason));
            lf_event_free(event);
            lf_contact_free(contact);
        }
        lf_step_free(step);
    }
    lf_blueprint_unref(blueprint);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arguments),
        cmocka_unit_test(effects),
        cmocka_unit_test(taken_codes),
        cmocka_unit_test(refused),
        cmocka_unit_test(what_an_action_sets),
        cmocka_unit_test(wakes),
        cmocka_unit_test(condition_errors),
        cmocka_unit_test(same_as_the_engine),
        cmocka_unit_test(split_depends_on_the_tenant),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

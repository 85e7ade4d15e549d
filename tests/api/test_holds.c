/* SPDX-License-Identifier: MIT */
/* Messages that wait for their window (SPEC 9.1, 9.5): in the contact's zone, woken late, and at hand-over. */
#include <stdio.h>

#include "rig.h"
#include "trip.h"

/* ' becomes " */
static void quote(char *text) {
    for (; *text != '\0'; text++) {
        *text = *text == '\'' ? '"' : *text;
    }
}

static void trip_open(trip *t, const char *zone, const char *window, const char *steps) {
    char json[1500];
    snprintf(json, sizeof json,
             "{'leadflow':1,'timezone':'Test/%s','fields':{'tz':{'type':'string','format':"
             "'timezone'}},'events':{'go':{}},'consent':{'push':'opt_out'},"
             "'templates':{'m':{'channel':'push','body':'x'}},'sequences':{'s':{"
             "'trigger':[{'event':'go'}],'window':{%s},'steps':[%s]}}}",
             zone, window, steps);
    quote(json);
    trip_begin(t, json);
}

static lf_status try_take(trip *t, const char *type, int64_t at, const char *props) {
    char text[300];
    snprintf(text, sizeof text, "{%s}", props);
    quote(text);
    return trip_take(t, type, at, text);
}

static void take(trip *t, const char *type, int64_t at, const char *props) {
    OK(try_take(t, type, at, props));
}

/* The last call has made such an effect, at that time. */
static bool has_effect(const trip *t, int64_t at, const char *kind) {
    char when[LF_TIMESTAMP_SIZE], start[96];
    bool found = false;
    OK(lf_timestamp_format(at, when, sizeof when));
    snprintf(start, sizeof start, "{\"at\":\"%s\",\"contact\":\"c-1\",\"kind\":\"%s\"", when, kind);
    for (size_t i = 0; i < lf_step_effect_count(t->step); i++) {
        const char *effect = lf_effect_json(lf_step_effect_at(t->step, i), NULL);
        found = found || strncmp(effect, start, strlen(start)) == 0;
    }
    return found;
}

static bool has_sent(const trip *t, int64_t at) {
    return has_effect(t, at, "send");
}

/* ---- zones ---- */
static const struct {
    const char *zone, *window, *enrolled, *goes;
} cases[] = {
    /* New York: summer time from 8 March to 1 November 2026, at 2 in the night */
    {"New_York", "'from':'09:00','to':'17:00'", "2026-03-07T23:00:00.000Z",
     "2026-03-08T13:00:00.000Z"},
    {"New_York", "'from':'09:00','to':'17:00'", "2026-03-08T20:59:59.999Z",
     "2026-03-08T20:59:59.999Z"},
    {"New_York", "'from':'09:00','to':'17:00'", "2026-03-08T21:00:00.000Z",
     "2026-03-09T13:00:00.000Z"},
    /* 02:30 is read as 03:30, and 03:00 is before that: this window does not open on the 8th */
    {"New_York", "'from':'02:30','to':'02:45'", "2026-03-08T06:00:00.000Z",
     "2026-03-08T07:30:00.000Z"},
    {"New_York", "'from':'02:30','to':'03:00'", "2026-03-08T06:00:00.000Z",
     "2026-03-09T06:30:00.000Z"},
    /* 01:30 comes twice on 1 November: it opens the first time, and is open for an hour and a half */
    {"New_York", "'from':'01:30','to':'02:00'", "2026-11-01T05:00:00.000Z",
     "2026-11-01T05:30:00.000Z"},
    {"New_York", "'from':'01:30','to':'02:00'", "2026-11-01T06:59:59.999Z",
     "2026-11-01T06:59:59.999Z"},
    /* it closes the first time, too */
    {"New_York", "'from':'00:30','to':'01:30'", "2026-11-01T06:15:00.000Z",
     "2026-11-02T05:30:00.000Z"},
    /* Berlin loses an hour of the night from Saturday, which is open until Sunday at 6 */
    {"Berlin", "'days':['sat'],'from':'22:00','to':'06:00'", "2026-03-28T20:59:59.999Z",
     "2026-03-28T21:00:00.000Z"},
    {"Berlin", "'days':['sat'],'from':'22:00','to':'06:00'", "2026-03-29T03:59:59.999Z",
     "2026-03-29T03:59:59.999Z"},
    {"Berlin", "'days':['sat'],'from':'22:00','to':'06:00'", "2026-03-29T04:00:00.000Z",
     "2026-04-04T20:00:00.000Z"},
    /* Apia had no 30 December 2011, a Friday */
    {"Apia", "'days':['fri'],'from':'09:00','to':'17:00'", "2011-12-29T20:00:00.000Z",
     "2012-01-05T19:00:00.000Z"},
    {"Apia", "'days':['fri']", "2011-12-30T11:00:00.000Z", "2012-01-05T10:00:00.000Z"},
};

static void in_the_zone_of_the_contact(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (int own = 0; own < 2; own++) { /* the blueprint's zone, or the contact's own */
            char props[80];
            int64_t enrolled = time_of(cases[i].enrolled), goes = time_of(cases[i].goes);
            trip t;
            trip_open(&t, own ? "Number/0" : cases[i].zone, cases[i].window,
                      "{'label':'m','send':'m'}");
            if (own) {
                snprintf(props, sizeof props, "'fields':{'tz':'Test/%s'}", cases[i].zone);
                take(&t, "$update", enrolled - 1, props);
            }
            take(&t, "go", enrolled, "");
            if (goes == enrolled) {
                assert_true(has_sent(&t, goes));
            } else {
                const lf_scheduler *scheduler = lf_blueprint_scheduler(t.blueprint);
                assert_int_equal(lf_contact_wake_time(t.contact), goes);
                assert_int_equal(lf_scheduler_enrolment_due(scheduler, t.contact, 0), goes);
                assert_string_equal(lf_scheduler_enrolment_step(scheduler, t.contact, 0), "m");
                OK(lf_step_wake(t.step, t.contact, goes - 1));
                assert_int_equal(lf_step_effect_count(t.step), 0);
                OK(lf_step_wake(t.step, t.contact, goes + 5 * DAY));
                assert_true(has_sent(&t, goes));
            }
            trip_close(&t);
        }
    }
}

/* Whoever moves while a message waits: it is tried when that was planned, and then in the new zone. */
static void who_moves_meanwhile(void **state) {
    static const struct {
        const char *zone, *goes;
    } moves[] = {{"Berlin", "2026-01-05T14:00:00.000Z"}, {"Apia", "2026-01-05T19:00:00.000Z"}};
    int64_t enrolled = time_of("2026-01-05T03:00:00Z"), planned = time_of("2026-01-05T14:00:00Z");
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        char props[80];
        trip t;
        trip_open(&t, "New_York", "'from':'09:00','to':'17:00'", "{'label':'m','send':'m'}");
        take(&t, "go", enrolled, "");
        snprintf(props, sizeof props, "'fields':{'tz':'Test/%s'}", moves[i].zone);
        take(&t, "$update", enrolled + HOUR, props); /* 5 in the morning; 6 in the evening */
        assert_int_equal(lf_contact_wake_time(t.contact), planned);
        OK(lf_step_wake(t.step, t.contact, planned + 30 * DAY));
        assert_true(has_sent(&t, time_of(moves[i].goes)));
        trip_close(&t);
    }
}

/* Where the source of zones fails, nothing has happened; the repeat does it. */
static void zones_that_cannot_be_read(void **state) {
    int64_t enrolled = time_of("2026-03-28T20:00:00Z");
    trip t;
    (void)state;
    trip_open(&t, "Berlin", "'from':'09:00','to':'17:00'", "{'label':'m','send':'m'}");
    take(&t, "$update", enrolled - 1, "'fields':{'tz':'Test/Nowhere'}");
    t.shelf.code = LF_E_USER;
    assert_int_equal(try_take(&t, "go", enrolled, ""), LF_E_USER);
    assert_int_equal(lf_contact_clock(t.contact), enrolled - 1);
    t.shelf.code = LF_OK;
    take(&t, "go", enrolled, "");
    assert_int_equal(lf_contact_wake_time(t.contact), time_of("2026-03-29T07:00:00Z"));
    trip_close(&t);
}

/* A window that opens behind the end of time: the message never goes, but when it is stale it is skipped. */
static void behind_the_end_of_time(void **state) {
    int64_t enrolled = time_of("9999-12-31T18:00:00Z");
    trip t;
    (void)state;
    trip_open(&t, "Number/0", "'from':'09:00','to':'17:00'", "{'label':'m','send':'m'}");
    take(&t, "go", enrolled, "");
    assert_true(lf_contact_wake_time(t.contact) == INT64_MAX);
    OK(lf_step_wake(t.step, t.contact, time_of("9999-12-31T23:59:59.999Z")));
    assert_int_equal(lf_step_effect_count(t.step), 0);
    trip_close(&t);
    trip_open(&t, "Number/0", "'from':'09:00','to':'17:00'",
              "{'label':'m','send':'m','stale':'1h'}");
    take(&t, "go", enrolled, "");
    assert_int_equal(lf_contact_wake_time(t.contact), enrolled + HOUR);
    trip_close(&t);
}

/* A wait that is never over, but would be without the hold before it: what is behind then can be stored. */
static void behind_for_ever(void **state) {
    lf_buffer *stored = new_buffer();
    lf_contact *again = NULL;
    trip t;
    (void)state;
    trip_open(&t, "Number/0", "'from':'09:00','to':'17:00'",
              "{'label':'m','send':'m'},{'label':'f','wait':{'for':'1h','at':'08:00'}}");
    take(&t, "go", time_of("9999-12-30T13:00:00Z"), ""); /* 18:00 */
    OK(lf_step_wake(t.step, t.contact, time_of("9999-12-31T12:00:00Z")));
    assert_true(has_sent(&t, time_of("9999-12-31T04:00:00Z")));
    assert_true(lf_contact_wake_time(t.contact) == INT64_MAX);
    OK(lf_contact_encode(t.contact, stored));
    OK(lf_contact_decode(t.blueprint, lf_buffer_data(stored), lf_buffer_size(stored), &again));
    lf_contact_free(again);
    lf_buffer_free(stored);
    trip_close(&t);
}

/* ---- woken late ---- */
/* What happens until a time, woken each so many ms, through the stored form each time: all effects. */
static char *story(int64_t stride, int64_t until) {
    trip t;
    trip_open(&t, "New_York", "'days':['mon','thu'],'from':'09:00','to':'17:00'",
              "{'label':'one','send':'m'},{'label':'d1','wait':{'day':1}},"
              "{'label':'two','send':'m','stale':'1d'},"
              "{'label':'f','wait':{'for':'1d','at':'08:00','on':['tue']}},"
              "{'label':'d3','wait':{'day':3,'at':'12:00'}},{'label':'three','send':'m'},"
              "{'label':'u','wait':{'until':'contact.id == \\\"x\\\"','timeout':'7d'}},"
              "{'label':'w','wait':{'week':2}},{'label':'four','send':'m'}");
    int64_t at = time_of("2026-03-03T15:00:00Z");
    char *all = calloc(1, 1);
    lf_buffer *stored = new_buffer();
    take(&t, "go", at, "");
    while (at < until) {
        at = until - at < stride ? until : at + stride;
        lf_buffer_clear(stored);
        OK(lf_contact_encode(t.contact, stored));
        lf_contact_free(t.contact);
        OK(lf_contact_decode(t.blueprint, lf_buffer_data(stored), lf_buffer_size(stored),
                             &t.contact));
        OK(lf_step_wake(t.step, t.contact, at));
        for (size_t i = 0; i < lf_step_effect_count(t.step); i++) {
            const char *effect = lf_effect_json(lf_step_effect_at(t.step, i), NULL);
            all = realloc(all, strlen(all) + strlen(effect) + 2);
            assert_non_null(all);
            strcat(strcat(all, effect), "\n");
        }
    }
    lf_buffer_free(stored);
    trip_close(&t);
    return all;
}

/* Enrolled on Tuesday 3 March at 10:00 in New York; the first message waits until Thursday at 9. Day 1 had been the 4th, so it
 * is one day from then; the second message falls due on Friday at 9, and is stale on Saturday. */
static void woken_late(void **state) {
    static const char *const parts[] = {
        "{\"at\":\"2026-03-05T14:00:00.000Z\",\"contact\":\"c-1\",\"kind\":\"send\"",
        "\"step\":\"one\",\"due\":\"2026-03-03T15:00:00.000Z\"",
        "{\"at\":\"2026-03-07T14:00:00.000Z\",\"contact\":\"c-1\",\"kind\":\"skipped\"",
        "\"step\":\"two\",\"due\":\"2026-03-06T14:00:00.000Z\"",
    };
    int64_t until = time_of("2026-04-30T00:00:00Z");
    char *late = story(INT64_MAX / 2, until), *hourly = story(HOUR, until);
    const char *from = late;
    (void)state;
    assert_string_equal(late, hourly);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        from = strstr(from, parts[i]);
        assert_non_null(from);
    }
    assert_non_null(strstr(from, "\"reason\":\"completed\""));
    free(late);
    free(hourly);
}

/* ---- outside sequences ---- */
static const char *const crowd = JSON({
    "leadflow" : 1,
    "events" : {"go" : {}},
    "consent" : {"push" : "opt_out"},
    "caps" : {"push" : [ {"max" : 1, "per" : "1d"} ]},
    "templates" : {"m" : {"channel" : "push", "body" : "x"}},
    "machines" : {
        "m" : {
            "initial" : "a",
            "states" : {"a" : {}, "b" : {"enter" : [ {"send" : "m"} ]}},
            "transitions" : [
                {"from" : "a", "to" : "b", "on" : "go"},
                {"from" : "b", "to" : "a", "after" : "1ms", "back" : true}
            ]
        }
    }
});

/* No more than 255 wait, each for its day; what is one too many is skipped at once. */
static void a_crowd(void **state) {
    trip t = {.blueprint = parse_blueprint(crowd, NULL)};
    char at[LF_TIMESTAMP_SIZE], part[100];
    lf_buffer *stored = new_buffer();
    (void)state;
    OK(lf_contact_new(t.blueprint, "c-1", 3, &t.contact));
    OK(lf_step_new(t.blueprint, "t", &t.step));
    for (int64_t i = 0; i <= 256; i++) {
        take(&t, "go", T0 + i * MINUTE, "");
        assert_int_equal(has_sent(&t, T0 + i * MINUTE), i == 0);
        assert_int_equal(has_effect(&t, T0 + i * MINUTE, "skipped"), i == 256);
    }
    OK(lf_step_wake(t.step, t.contact, T0 + 12 * HOUR)); /* it is back in its state */
    OK(lf_contact_encode(t.contact, stored));
    lf_contact_free(t.contact);
    OK(lf_contact_decode(t.blueprint, lf_buffer_data(stored), lf_buffer_size(stored), &t.contact));
    for (int64_t i = 1; i <= 255; i++) {
        OK(lf_timestamp_format(T0 + i * MINUTE, at, sizeof at));
        snprintf(part, sizeof part, "\"due\":\"%s\"", at);
        assert_int_equal(lf_contact_wake_time(t.contact), T0 + i * DAY);
        OK(lf_step_wake(t.step, t.contact, T0 + i * DAY));
        assert_true(has_sent(&t, T0 + i * DAY));
        assert_non_null(strstr(lf_effect_json(lf_step_effect_at(t.step, 0), NULL), part));
    }
    assert_true(lf_contact_wake_time(t.contact) == INT64_MAX);
    lf_buffer_free(stored);
    trip_close(&t);
}

/* ---- at hand-over ---- */
static const char *const office = JSON({
    "leadflow" : 1,
    "events" : {"go" : {}},
    "consent" : {"push" : "opt_out"},
    "templates" : {
        "code" : {"channel" : "push", "class" : "transactional", "body" : "x"},
        "hello" : {"channel" : "push", "body" : "x"}
    },
    "sequences" : {
        "s" : {
            "trigger" : [ {"event" : "go"} ],
            "window" : {"from" : "09:00", "to" : "17:00"},
            "steps" : [ {"send" : "code"}, {"send" : "hello"} ]
        }
    }
});
static const char *const nights = JSON({
    "leadflow" : 1,
    "events" : {"go" : {}},
    "consent" : {"push" : "opt_out"},
    "caps" : {"push" : [ {"quiet" : {"from" : "17:00", "to" : "09:00"}} ]},
    "templates" : {
        "code" : {"channel" : "push", "class" : "transactional", "body" : "x"},
        "hello" : {"channel" : "push", "body" : "x"}
    },
    "machines" : {
        "m" : {
            "initial" : "a",
            "states" : {"a" : {}, "b" : {"enter" : [ {"send" : "code"}, {"send" : "hello"} ]}},
            "transitions" : [ {"from" : "a", "to" : "b", "on" : "go"} ]
        }
    }
});

/* A message that was planned within its window, or before a quiet hour, and comes to the delivery outside of it is put
 * off, as often as that happens, and never dies of it. */
static void at_hand_over(void **state) {
    const char *const blueprints[] = {office, nights};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        rig r;
        rig_open(&r, blueprints[i], RIG_PLAIN);
        OK(rig_take(&r, event_text("c-1", "go", T0 + 10 * HOUR, NULL, NULL), T0 + 10 * HOUR));
        assert_int_equal(plain_count(&r.plain, "send", PLAIN_OUTBOX), 2);
        const plain_effect *hello = plain_effect_of(&r.plain, "send", 1);
        for (int64_t night = 0; night < 20; night++) {
            OK(lf_engine_deliver(r.engine, T0 + 17 * HOUR + night * DAY, SIZE_MAX, NULL));
            assert_int_equal(hello->not_before, T0 + 33 * HOUR + night * DAY);
            OK(lf_engine_deliver(r.engine, T0 + 33 * HOUR - 1 + night * DAY, SIZE_MAX, NULL));
            assert_int_equal(inbox_count(&r.inbox, "send"), 1);
            assert_string_equal(r.inbox.letters[r.inbox.n - 1].name, "code");
        }
        assert_int_equal(hello->place, PLAIN_OUTBOX);
        OK(lf_engine_deliver(r.engine, T0 + 20 * DAY + 9 * HOUR, SIZE_MAX, NULL));
        assert_int_equal(inbox_count(&r.inbox, "send"), 2);
        assert_int_equal(plain_count(&r.plain, NULL, PLAIN_OUTBOX), 0);
        rig_close(&r);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_the_zone_of_the_contact),
        cmocka_unit_test(who_moves_meanwhile),
        cmocka_unit_test(zones_that_cannot_be_read),
        cmocka_unit_test(behind_the_end_of_time),
        cmocka_unit_test(woken_late),
        cmocka_unit_test(behind_for_ever),
        cmocka_unit_test(a_crowd),
        cmocka_unit_test(at_hand_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

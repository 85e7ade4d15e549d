/* SPDX-License-Identifier: MIT */
/* Waits with `at` and `on` (SPEC 9.3), in the zone of the contact, across changes of its clock. */
#include <stdio.h>

#include "trip.h"

/* One sequence, which waits and then completes. */
static void trip_open(trip *t, const char *blueprints, const char *wait) {
    char json[1200];
    snprintf(json, sizeof json,
             "{\"leadflow\":1,\"timezone\":\"%s\",\"fields\":{\"office\":{\"type\":\"string\"},"
             "\"tz\":{\"type\":\"string\",\"format\":\"timezone\"},"
             "\"other\":{\"type\":\"string\",\"format\":\"timezone\"}},\"events\":{\"go\":{}},"
             "\"consent\":{\"push\":\"opt_out\"},\"templates\":{\"m\":{\"channel\":\"push\","
             "\"body\":\"x\"}},"
             "\"sequences\":{\"s\":{\"trigger\":[{\"event\":\"go\"}],\"steps\":[{\"label\":\"w\","
             "\"wait\":{%s}}]}}}",
             blueprints, wait);
    trip_begin(t, json);
}

static void take(trip *t, const char *type, int64_t at, const char *props) {
    OK(trip_take(t, type, at, props));
}

/* Sets its zone, and another one in the second field, which nobody asks. */
static void settle(trip *t, const char *zone, int64_t at) {
    char props[200];
    snprintf(
        props, sizeof props,
        "{\"fields\":{\"tz\":\"%s\",\"other\":\"Test/Number/1\",\"office\":\"Test/Number/2\"}}",
        zone);
    take(t, "$update", at, props);
}

static bool last_effect_has(const trip *t, const char *part) {
    size_t n = lf_step_effect_count(t->step);
    return n > 0 && strstr(lf_effect_json(lf_step_effect_at(t->step, n - 1), NULL), part) != NULL;
}

/* Waits until then, to the millisecond: a clock that comes days late changes nothing. */
static void assert_over_at(trip *t, const char *over, const char *wait) {
    int64_t due = time_of(over);
    char at[64];
    snprintf(at, sizeof at, "\"at\":\"%s\"", over);
    if (lf_contact_wake_time(t->contact) != due) {
        fail_msg("%s: not over at %s, but at %lld", wait, over,
                 (long long)lf_contact_wake_time(t->contact));
    }
    OK(lf_step_wake(t->step, t->contact, due - 1));
    assert_int_equal(lf_step_effect_count(t->step), 0);
    OK(lf_step_wake(t->step, t->contact, due + 5 * 86400000));
    assert_true(last_effect_has(t, "\"reason\":\"completed\"") && last_effect_has(t, at));
}

static const struct {
    const char *zone, *wait, *enrolled, *over;
} cases[] = {
    /* New York: summer time from 8 March to 1 November 2026, at 2 in the night */
    {"New_York", "'day':1,'at':'09:00'", "2026-03-07T15:00:00.000Z", "2026-03-08T13:00:00.000Z"},
    {"New_York", "'day':1,'at':'02:30'", "2026-03-07T15:00:00.000Z", "2026-03-08T07:30:00.000Z"},
    {"New_York", "'day':1,'at':'01:30'", "2026-10-31T12:00:00.000Z", "2026-11-01T05:30:00.000Z"},
    {"New_York", "'day':7,'on':['tue']", "2026-03-04T20:15:30.250Z", "2026-03-17T19:15:30.250Z"},
    {"New_York", "'day':7,'on':['wed']", "2026-03-04T20:15:30.250Z", "2026-03-11T19:15:30.250Z"},
    {"New_York", "'week':1,'at':'09:00'", "2026-03-05T02:00:00.000Z", "2026-03-11T13:00:00.000Z"},
    {"New_York", "'day':1,'at':'09:00','on':['sat','sun']", "2026-03-05T02:00:00.000Z",
     "2026-03-07T14:00:00.000Z"},
    {"New_York", "'day':0,'at':'23:59'", "2026-03-05T02:00:00.000Z", "2026-03-05T04:59:00.000Z"},
    {"New_York", "'for':'1h','at':'09:00'", "2026-03-07T14:00:00.000Z", "2026-03-08T13:00:00.000Z"},
    {"New_York", "'for':'0s','at':'09:00'", "2026-03-07T13:59:59.999Z", "2026-03-07T14:00:00.000Z"},
    {"New_York", "'for':'0s','at':'09:00'", "2026-03-07T14:00:00.001Z", "2026-03-08T13:00:00.000Z"},
    {"New_York", "'for':'1h','at':'09:00'", "2026-03-07T13:00:00.000Z", "2026-03-07T14:00:00.000Z"},
    {"New_York", "'for':'2d','on':['mon']", "2026-03-05T12:34:56.789Z", "2026-03-09T11:34:56.789Z"},
    /* its end is the second 01:30 of that Sunday, which is a Sunday all the same */
    {"New_York", "'for':'1d','on':['sun']", "2026-10-31T06:30:00.000Z", "2026-11-01T06:30:00.000Z"},
    /* without both a day is 24 hours */
    {"New_York", "'day':1", "2026-03-07T15:00:00.000Z", "2026-03-08T15:00:00.000Z"},
    /* Apia had no 30 December 2011, which would have been a Friday */
    {"Apia", "'day':1,'at':'09:00'", "2011-12-29T20:00:00.000Z", "2011-12-30T19:00:00.000Z"},
    {"Apia", "'day':1,'on':['fri']", "2011-12-29T20:00:00.000Z", "2012-01-05T20:00:00.000Z"},
    /* Lord Howe turns its clock by half an hour: back on 5 April, ahead on 4 October 2026, both at 2 */
    {"Lord_Howe", "'day':1,'at':'01:45'", "2026-04-04T03:00:00.000Z", "2026-04-04T14:45:00.000Z"},
    {"Lord_Howe", "'day':1,'at':'02:15'", "2026-10-03T03:00:00.000Z", "2026-10-03T15:45:00.000Z"},
    /* a zone that is not to be had: the blueprint's, Berlin */
    {"Nowhere", "'day':1,'at':'09:00'", "2026-03-28T15:00:00.000Z", "2026-03-29T07:00:00.000Z"},
    {NULL, "'day':1,'at':'09:00'", "2026-03-28T15:00:00.000Z", "2026-03-29T07:00:00.000Z"},
};

static void across_clock_changes(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char wait[200], zone[64];
        trip t;
        snprintf(wait, sizeof wait, "%s", cases[i].wait);
        for (char *p = wait; *p != '\0'; p++) {
            *p = *p == '\'' ? '"' : *p;
        }
        trip_open(&t, "Test/Berlin", wait);
        if (cases[i].zone != NULL) {
            snprintf(zone, sizeof zone, "Test/%s", cases[i].zone);
            settle(&t, zone, time_of(cases[i].enrolled) - 1);
        }
        take(&t, "go", time_of(cases[i].enrolled), NULL);
        assert_over_at(&t, cases[i].over, cases[i].wait);
        trip_close(&t);
    }
}

/* A day wait that has passed, and a `for` that ends at the very time. */
static void over_at_once(void **state) {
    static const char *const waits[] = {"\"day\":0,\"at\":\"09:00\"",
                                        "\"for\":\"0s\",\"at\":\"10:00\"",
                                        "\"for\":\"0s\",\"on\":[\"sat\"]"};
    int64_t ten = time_of("2026-03-07T15:00:00Z");
    (void)state;
    for (size_t i = 0; i < sizeof waits / sizeof *waits; i++) {
        trip t;
        trip_open(&t, "Test/New_York", waits[i]);
        take(&t, "go", ten, NULL);
        assert_true(last_effect_has(&t, "\"reason\":\"completed\""));
        trip_close(&t);
    }
}

/* Whoever moves while they wait: the wait is that of before. What begins later is in the new zone. */
static void a_planned_wait_stays(void **state) {
    int64_t enrolled = time_of("2026-03-07T15:00:00Z");
    trip t;
    (void)state;
    trip_open(&t, "UTC", "\"day\":1,\"at\":\"09:00\"");
    settle(&t, "Test/New_York", enrolled - 1);
    take(&t, "go", enrolled, NULL);
    settle(&t, "Test/Apia", enrolled + 1000);
    assert_over_at(&t, "2026-03-08T13:00:00.000Z", "moved");
    trip_close(&t);
}

/* SPEC 9.6: enrolled on Thursday 5 March 2026 at 10:00 in New York, where summer time begins on Sunday. */
static const struct {
    const char *wait, *paused, *resumed, *over;
    const char *moved; /* the zone meanwhile */
} pauses[] = {
    /* later by three days: the hour ends on Sunday at 12:00, so Monday */
    {"\"for\":\"1h\",\"at\":\"09:00\"", "2026-03-05T16:00:00Z", "2026-03-08T16:00:00Z",
     "2026-03-09T13:00:00.000Z", NULL},
    /* later by two: two days from Saturday */
    {"\"day\":2,\"at\":\"09:00\"", "2026-03-05T16:00:00Z", "2026-03-07T16:00:00Z",
     "2026-03-09T13:00:00.000Z", NULL},
    {"\"day\":2", "2026-03-05T16:00:00Z", "2026-03-07T16:00:00Z", "2026-03-09T15:00:00.000Z", NULL},
    /* later by one: the hour ends on Friday at 16:00, which is 17:00 in Berlin, so Saturday */
    {"\"for\":\"1h\",\"at\":\"09:00\"", "2026-03-05T16:00:00Z", "2026-03-06T16:00:00Z",
     "2026-03-07T08:00:00.000Z", "Test/Berlin"},
};

static void after_a_pause(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof pauses / sizeof *pauses; i++) {
        int64_t paused = time_of(pauses[i].paused), resumed = time_of(pauses[i].resumed);
        trip t;
        trip_open(&t, "Test/New_York", pauses[i].wait);
        take(&t, "go", time_of("2026-03-05T15:00:00Z"), NULL);
        take(&t, "$pause", paused, "{\"sequence\":\"s\"}");
        assert_true(lf_contact_wake_time(t.contact) == INT64_MAX);
        assert_true(lf_scheduler_enrolment_due(lf_blueprint_scheduler(t.blueprint), t.contact, 0) ==
                    INT64_MAX);
        if (pauses[i].moved != NULL) {
            settle(&t, pauses[i].moved, paused + 1);
        }
        take(&t, "$resume", resumed, "{\"sequence\":\"s\"}");
        assert_over_at(&t, pauses[i].over, pauses[i].wait);
        trip_close(&t);
    }
}

/* Time ends with the year 9999: what would be over behind it is never over. */
static void behind_the_end_of_time(void **state) {
    static const char *const waits[] = {
        "\"day\":36500,\"at\":\"09:00\"", "\"week\":5200,\"on\":[\"mon\"]",
        "\"for\":\"520w\",\"at\":\"09:00\"", "\"for\":\"400w\",\"on\":[\"mon\"]"};
    (void)state;
    for (size_t i = 0; i < sizeof waits / sizeof *waits; i++) {
        trip t;
        trip_open(&t, "Test/New_York", waits[i]);
        take(&t, "go", time_of("9999-12-28T15:00:00Z"), NULL);
        assert_true(lf_contact_wake_time(t.contact) == INT64_MAX);
        OK(lf_step_wake(t.step, t.contact, time_of("9999-12-31T23:59:59.999Z")));
        assert_int_equal(lf_step_effect_count(t.step), 0);
        trip_close(&t);
    }
}

/* Where the source fails, nothing has happened; the repeat does it. */
static void zones_that_cannot_be_read(void **state) {
    int64_t enrolled = time_of("2026-03-28T15:00:00Z");
    trip t;
    (void)state;
    trip_open(&t, "Test/Berlin", "\"day\":1,\"at\":\"09:00\"");
    settle(&t, "Test/Nowhere", enrolled - 1);
    t.shelf.code = LF_E_USER;
    lf_event *event = parse_event(
        t.blueprint, "{\"contact\":\"c-1\",\"type\":\"go\",\"at\":\"2026-03-28T15:00:00Z\"}");
    assert_int_equal(lf_step_take(t.step, t.contact, event, enrolled, NULL, NULL), LF_E_USER);
    assert_int_equal(lf_step_effect_count(t.step), 0);
    assert_true(lf_contact_clock(t.contact) == enrolled - 1);
    t.shelf.code = LF_OK;
    OK(lf_step_take(t.step, t.contact, event, enrolled, NULL, NULL));
    assert_over_at(&t, "2026-03-29T07:00:00.000Z", "again");
    lf_event_free(event);
    trip_close(&t);
}

/* What happens until a time, woken each so many ms: all effects, one behind the other. */
static char *story(int64_t stride, int64_t until) {
    trip t;
    trip_open(&t, "Test/New_York",
              "\"day\":1,\"at\":\"09:00\"}},{\"label\":\"one\",\"send\":\"m\"},"
              "{\"label\":\"x\",\"wait\":{\"for\":\"1h\",\"at\":\"09:00\",\"on\":[\"tue\"]}},"
              "{\"label\":\"two\",\"send\":\"m\"},{\"label\":\"y\",\"wait\":{\"day\":4");
    int64_t at = time_of("2026-03-07T15:00:00Z");
    char *all = calloc(1, 1);
    take(&t, "go", at, NULL);
    while (at < until) {
        at = until - at < stride ? until : at + stride;
        OK(lf_step_wake(t.step, t.contact, at));
        for (size_t i = 0; i < lf_step_effect_count(t.step); i++) {
            const char *effect = lf_effect_json(lf_step_effect_at(t.step, i), NULL);
            all = realloc(all, strlen(all) + strlen(effect) + 2);
            assert_non_null(all);
            strcat(strcat(all, effect), "\n");
        }
    }
    trip_close(&t);
    return all;
}

/* Woken days late: all in order, at the times at which it was due, as if somebody had looked each hour. */
static void woken_late(void **state) {
    static const char *const parts[] = {
        "\"step\":\"one\",\"due\":\"2026-03-08T13:00:00.000Z\"",
        "\"step\":\"two\",\"due\":\"2026-03-10T13:00:00.000Z\"",
        "{\"at\":\"2026-03-11T15:00:00.000Z\",\"contact\":\"c-1\",\"kind\":\"exited\"",
    };
    int64_t until = time_of("2026-03-30T00:00:00Z");
    char *late = story(INT64_MAX / 2, until), *hourly = story(3600000, until);
    const char *from = late;
    (void)state;
    assert_string_equal(late, hourly);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        from = strstr(from, parts[i]);
        assert_non_null(from);
    }
    free(late);
    free(hourly);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(across_clock_changes),
        cmocka_unit_test(over_at_once),
        cmocka_unit_test(a_planned_wait_stays),
        cmocka_unit_test(after_a_pause),
        cmocka_unit_test(behind_the_end_of_time),
        cmocka_unit_test(zones_that_cannot_be_read),
        cmocka_unit_test(woken_late),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

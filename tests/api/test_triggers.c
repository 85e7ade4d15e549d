/* SPDX-License-Identifier: MIT */
/* Triggers that remember something: under another blueprint, and in time that passes at once or minute by minute. */
#include "zone_shelf.h"

#include <stdio.h>
#include <time.h>

#define EVENTS \
    "{\"leadflow\":1,\"events\":{\"buy\":{\"engagement\":true}},\"fields\":{\"ends\":{\"type\":" \
    "\"timestamp\"}}," \
    "\"sequences\":{"
#define IDLE "{\"when\":\"idle('30d')\"}"
#define TWICE "{\"when\":\"count('buy','20d') >= 2\"}"
#define END ",\"reentry\":\"always\",\"steps\":[]}}}"

typedef struct life {
    lf_blueprint *blueprint;
    lf_step *step;
    lf_contact *contact;
} life;

static zone_shelf shelf;

static void open_life(life *l, const char *json) {
    OK(zone_shelf_parse(&shelf, json, NULL, NULL, &l->blueprint));
    OK(lf_step_new(l->blueprint, "t", &l->step));
    OK(lf_contact_new(l->blueprint, "c", 1, &l->contact));
}

static void close_life(life *l) {
    lf_contact_free(l->contact);
    lf_step_free(l->step);
    lf_blueprint_unref(l->blueprint);
}

/* Stored, and read back under this blueprint. */
static void move_to(life *l, const char *json) {
    life after;
    size_t n;
    unsigned char *bytes = contact_bytes(l->contact, &n);
    open_life(&after, json);
    lf_contact_free(after.contact);
    OK(lf_contact_decode(after.blueprint, bytes, n, &after.contact));
    free(bytes);
    close_life(l);
    *l = after;
}

static size_t effects(const life *l, const char *kind) {
    size_t n = 0;
    for (size_t i = 0; i < lf_step_effect_count(l->step); i++) {
        n += strcmp(lf_effect_kind(lf_step_effect_at(l->step, i)), kind) == 0;
    }
    return n;
}

/* How many enrolments an event brings, and time. */
static size_t take(life *l, const char *type, int64_t at, const char *props) {
    char text[256], when[32];
    time_t seconds = (time_t)(at / 1000);
    assert_true(strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", gmtime(&seconds)) > 0);
    snprintf(text, sizeof text, "{\"contact\":\"c\",\"type\":\"%s\",\"at\":\"%s\",\"props\":%s}",
             type, when, props == NULL ? "{}" : props);
    lf_event *event = parse_event(l->blueprint, text);
    OK(lf_step_take(l->step, l->contact, event, at, NULL, NULL));
    lf_event_free(event);
    return effects(l, "enrolled");
}

static size_t wake(life *l, int64_t at) {
    OK(lf_step_wake(l->step, l->contact, at));
    return effects(l, "enrolled");
}

/* What holds already when a condition is new brings nobody in, however long it has; what becomes true then does. */
static void new_conditions(void **state) {
    life l;
    (void)state;
    open_life(&l, EVENTS "}}");
    assert_int_equal(take(&l, "buy", T0, NULL), 0);
    move_to(&l, EVENTS "\"q\":{\"trigger\":[" IDLE "," TWICE "]" END);
    assert_int_equal(wake(&l, T0 + 90 * DAY), 0);
    assert_int_equal(lf_contact_wake_time(l.contact), INT64_MAX);
    assert_int_equal(take(&l, "buy", T0 + 100 * DAY, NULL), 0);
    assert_int_equal(lf_contact_wake_time(l.contact), T0 + 130 * DAY);
    assert_int_equal(wake(&l, T0 + 129 * DAY), 0);
    assert_int_equal(wake(&l, T0 + 130 * DAY), 1);
    close_life(&l);
    open_life(&l, EVENTS "}}"); /* the first look is that of an event, which comes after it */
    assert_int_equal(take(&l, "buy", T0, NULL), 0);
    move_to(&l, EVENTS "\"q\":{\"trigger\":[" IDLE "," TWICE "]" END);
    assert_int_equal(take(&l, "buy", T0 + 10 * DAY, NULL), 1);
    close_life(&l);
    open_life(&l, EVENTS "}}"); /* also of one that comes late */
    assert_int_equal(take(&l, "buy", T0, NULL), 0);
    assert_int_equal(wake(&l, T0 + 5 * DAY), 0);
    move_to(&l, EVENTS "\"q\":{\"trigger\":[" TWICE "]" END);
    assert_int_equal(take(&l, "buy", T0 + 1 * DAY, NULL), 1);
    close_life(&l);
}

/* A trigger is known by its condition: wherever it stands now, it is the one that was there. */
static void moved_conditions(void **state) {
    static const char *const others[] = {
        EVENTS "\"q\":{\"trigger\":[" IDLE "," TWICE "]" END,
        EVENTS "\"q\":{\"trigger\":[" TWICE
               ",{\"event\":\"$move\"},{\"description\":\"x\",\"when\":"
               "\"idle('30d')\"}]" END,
        EVENTS "\"new\":{\"trigger\":[" IDLE "]},\"q\":{\"trigger\":[" IDLE "]" END,
    };
    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        life l;
        open_life(&l, others[0]);
        assert_int_equal(take(&l, "buy", T0, NULL), 0);
        assert_int_equal(wake(&l, T0 + 30 * DAY), 1);
        move_to(&l, others[i]); /* it holds, and was seen to */
        assert_int_equal(wake(&l, T0 + 40 * DAY), 0);
        assert_int_equal(take(&l, "buy", T0 + 50 * DAY, NULL), 0);
        move_to(&l, others[0]);
        move_to(
            &l,
            others
                [i]); /* it does not hold, and was seen not to: this comes true while the process is down */
        assert_int_equal(wake(&l, T0 + 200 * DAY), 1);
        close_life(&l);
    }
}

/* Moments that lie behind when a trigger by a date is new bring nobody in, but for `late`; those to come do. It is known by
 * its field and offset: one that was late once is not late again because something else is said of it. */
static void new_dates(void **state) {
    static const char *const renewed =
        "{\"fields\":{\"ends\":\"2026-04-01T00:00:00Z\"}}"; /* T0 + 90 days */
    static const struct {
        const char *trigger;
        int64_t look, fires; /* days; fires 0: never */
    } cases[] = {
        {"{\"date\":\"ends\"}", 80, 90},
        {"{\"date\":\"ends\"}", 90, 90},
        {"{\"date\":\"ends\"}", 91, 0},
        {"{\"date\":\"ends\",\"offset\":\"-30d\",\"late\":\"1d\"}", 61, 61},
        {"{\"date\":\"ends\",\"offset\":\"-30d\",\"late\":\"1d\"}", 62, 0},
        {"{\"date\":\"ends\",\"offset\":\"30d\"}", 62, 120},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char document[512];
        life l;
        snprintf(document, sizeof document, EVENTS "\"q\":{\"trigger\":[%s]" END, cases[i].trigger);
        open_life(&l, EVENTS "}}");
        assert_int_equal(take(&l, "$update", T0, renewed), 0);
        move_to(&l, document);
        assert_int_equal(wake(&l, T0 + cases[i].look * DAY), cases[i].fires == cases[i].look);
        if (cases[i].fires > cases[i].look) {
            assert_int_equal(lf_contact_wake_time(l.contact), T0 + cases[i].fires * DAY);
            assert_int_equal(wake(&l, T0 + 400 * DAY), 1);
            assert_int_equal(lf_effect_at(lf_step_effect_at(l.step, 0)), T0 + cases[i].fires * DAY);
        }
        assert_int_equal(lf_contact_wake_time(l.contact), INT64_MAX);
        snprintf(document, sizeof document,
                 EVENTS "\"q\":{\"trigger\":[" IDLE
                        ",%.*s,\"description\":\"x\",\"late\":\"9000d\"}]" END,
                 (int)strcspn(cases[i].trigger, "}") -
                     (strstr(cases[i].trigger, "late") != NULL ? 12 : 0),
                 cases[i].trigger);
        move_to(&l, document);
        assert_int_equal(wake(&l, T0 + 500 * DAY), 0);
        close_life(&l);
    }
}

/* `at` is a time of the contact's zone, then the blueprint's: 09:00 on the day on which Berlin puts its clocks forward is
 * 07:00 in UTC. A zone that comes later counts from then on. */
static void in_a_zone(void **state) {
    static const char *const document =
        "{\"leadflow\":1,\"fields\":{\"tz\":{\"type\":\"string\",\"format\":\"timezone\"},\"ends\":"
        "{\"type\":"
        "\"timestamp\"}},\"sequences\":{\"q\":{\"trigger\":[{\"date\":\"ends\",\"offset\":\"-30d\","
        "\"at\":\"09:00\"}]" END;
    static const char *const ends = "{\"fields\":{\"ends\":\"2026-04-28T00:30:00Z\"}}";
    static const struct {
        int64_t hour; /* of 29 March, at which the zone comes */
        const char *zone;
        int64_t fires; /* hour; 0: never */
    } cases[] = {{-9, "Test/Berlin", 7},
                 {-9, "Nowhere/Land", 9},
                 {6, "Test/Berlin", 7},
                 {8, "Test/Berlin", 0}};
    int64_t day = T0 + 87 * DAY;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char props[64];
        life l;
        open_life(&l, document);
        assert_int_equal(take(&l, "$update", T0, ends), 0);
        assert_int_equal(lf_contact_wake_time(l.contact), day + 9 * HOUR);
        snprintf(props, sizeof props, "{\"fields\":{\"tz\":\"%s\"}}", cases[i].zone);
        assert_int_equal(take(&l, "$update", day + cases[i].hour * HOUR, props), 0);
        assert_int_equal(wake(&l, day + DAY), cases[i].fires != 0);
        if (cases[i].fires != 0) {
            size_t n = lf_step_effect_count(l.step);
            assert_int_equal(lf_effect_at(lf_step_effect_at(l.step, n - 1)),
                             day + cases[i].fires * HOUR);
        }
        close_life(&l);
    }
}

/* A contact that nobody looks at but when something is due, and one that is stored and read each minute. */
static void minute_by_minute(void **state) {
    static const char *const document = EVENTS
        "\"a\":{\"trigger\":[{\"when\":\"idle('2h')\"}],\"reentry\":\"1h\",\"steps\":[{\"wait\":"
        "{\"for\":\"90m\"}}]},\"b\":{\"trigger\":[{\"when\":\"count('buy','3h') == "
        "2\"}],\"reentry\":\"always\"},"
        "\"d\":{\"trigger\":[{\"date\":\"ends\",\"offset\":\"-500m\",\"late\":\"1h\"}]" END;
    static const struct {
        int minute;
        const char *type, *props;
    } events[] = {
        {0, "buy", NULL},
        {31, "buy", NULL},
        {45, "$update", "{\"fields\":{\"ends\":\"2026-01-01T15:00:00Z\"}}"}, /* comes at 6:40 */
        {200, "buy", NULL},
        {201, "buy", NULL},
        {450, "$update", "{\"fields\":{\"ends\":\"2026-01-01T15:20:00Z\"}}"}, /* at 7:00, late */
        {600, "buy", NULL},
        {600, "$update", "{\"fields\":{\"ends\":\"2026-01-01T22:00:30.5Z\"}}"}};
    life slow, fast;
    char said[2][16384] = {"", ""};
    size_t at = 0, dates = 0;
    (void)state;
    open_life(&slow, document);
    open_life(&fast, document);
    for (int minute = 0; minute <= 1440;) {
        bool event = at < sizeof events / sizeof *events && events[at].minute == minute;
        for (int i = event || minute == 1440 ? 0 : 1; i < 2; i++) {
            life *l = i == 0 ? &fast : &slow;
            int64_t now = T0 + minute * MINUTE;
            if (event) {
                take(l, events[at].type, now, events[at].props);
            } else {
                wake(l, now);
            }
            for (size_t fx = 0; fx < lf_step_effect_count(l->step); fx++) {
                size_t n = strlen(said[i]);
                snprintf(said[i] + n, sizeof said[i] - n, "%s\n",
                         lf_effect_json(lf_step_effect_at(l->step, fx), NULL));
            }
        }
        move_to(&slow, document);
        at += event;
        minute += event ? 0 : 1;
    }
    assert_string_equal(said[0], said[1]);
    assert_non_null(strstr(said[0], "enrolled\",\"sequence\":\"a"));
    assert_non_null(strstr(said[0], "enrolled\",\"sequence\":\"b"));
    for (const char *p = said[0]; (p = strstr(p, "enrolled\",\"sequence\":\"d")) != NULL; p++) {
        dates++;
    }
    assert_int_equal(dates, 3);
    close_life(&slow);
    close_life(&fast);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_conditions),   cmocka_unit_test(moved_conditions),
        cmocka_unit_test(new_dates),        cmocka_unit_test(in_a_zone),
        cmocka_unit_test(minute_by_minute),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

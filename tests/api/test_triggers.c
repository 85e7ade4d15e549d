/* SPDX-License-Identifier: MIT */
/* Triggers that remember something: under another blueprint, and in time that passes at once or minute by minute. */
#include "support.h"

#include <stdio.h>
#include <time.h>

#define EVENTS "{\"leadflow\":1,\"events\":{\"buy\":{\"engagement\":true}},\"sequences\":{"
#define IDLE "{\"when\":\"idle('30d')\"}"
#define TWICE "{\"when\":\"count('buy','20d') >= 2\"}"
#define END ",\"reentry\":\"always\",\"steps\":[]}}}"

typedef struct life {
    lf_blueprint *blueprint;
    lf_step *step;
    lf_contact *contact;
} life;

static void open_life(life *l, const char *json) {
    l->blueprint = parse_blueprint(json, NULL);
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

/* A contact that nobody looks at but when something is due, and one that is stored and read each minute. */
static void minute_by_minute(void **state) {
    static const char *const document = EVENTS
        "\"a\":{\"trigger\":[{\"when\":\"idle('2h')\"}],\"reentry\":\"1h\",\"steps\":[{\"wait\":"
        "{\"for\":\"90m\"}}]},\"b\":{\"trigger\":[{\"when\":\"count('buy','3h') == 2\"}]" END;
    static const int minutes[] = {0, 31, 45, 200, 201, 600};
    life slow, fast;
    char said[2][16384] = {"", ""};
    size_t at = 0;
    (void)state;
    open_life(&slow, document);
    open_life(&fast, document);
    for (int minute = 0; minute <= 1440; minute++) {
        bool event = at < sizeof minutes / sizeof *minutes && minutes[at] == minute;
        at += event;
        for (int i = event || minute == 1440 ? 0 : 1; i < 2; i++) {
            life *l = i == 0 ? &fast : &slow;
            int64_t now = T0 + minute * MINUTE;
            if (event) {
                take(l, "buy", now, NULL);
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
    }
    assert_string_equal(said[0], said[1]);
    assert_non_null(strstr(said[0], "enrolled\",\"sequence\":\"a"));
    assert_non_null(strstr(said[0], "enrolled\",\"sequence\":\"b"));
    close_life(&slow);
    close_life(&fast);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_conditions),
        cmocka_unit_test(moved_conditions),
        cmocka_unit_test(minute_by_minute),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

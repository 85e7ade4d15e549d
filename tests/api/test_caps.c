/* SPDX-License-Identifier: MIT */
/* Caps (SPEC 9.5) in the zone of the contact, and against a count of all that was ever sent. */
#include <stdio.h>

#include "zone_shelf.h"

typedef struct sender {
    zone_shelf shelf;
    lf_blueprint *blueprint;
    lf_contact *contact;
    lf_step *step;
} sender;

/* Templates and the event that asks for each. */
static const struct {
    const char *name, *channel, *more;
} templates[] = {{"mail", "email", ""},
                 {"offer", "email", ",\"class\":\"offers\""},
                 {"rare", "email", ",\"class\":\"offers\",\"caps\":false"},
                 {"bill", "email", ",\"class\":\"transactional\""},
                 {"ping", "push", ""},
                 {"text", "sms", ""}};
#define TEMPLATES (sizeof templates / sizeof *templates)

/* Adds to text that has so much room. */
#define ADD(text, ...) \
    assert_true((size_t)snprintf((text) + strlen(text), sizeof(text) - strlen(text), \
                                 __VA_ARGS__) < sizeof(text) - strlen(text))

static void take(sender *s, const char *type, int64_t at, const char *props) {
    char text[300], when[LF_TIMESTAMP_SIZE];
    OK(lf_timestamp_format(at, when, sizeof when));
    snprintf(text, sizeof text, "{\"contact\":\"c-1\",\"type\":\"%s\",\"at\":\"%s\",\"props\":%s}",
             type, when, props);
    lf_event *event = parse_event(s->blueprint, text);
    OK(lf_step_take(s->step, s->contact, event, at, NULL, NULL));
    lf_event_free(event);
}

/* A contact in this zone; NULL: without one. Each event asks for the message of its name. */
static void sender_open(sender *s, const char *caps, const char *zone) {
    char json[4000] = "", events[300] = "", messages[900] = "", sequences[900] = "", props[100];
    memset(s, 0, sizeof *s);
    for (size_t i = 0; i < TEMPLATES; i++) {
        const char *name = templates[i].name, *comma = i == 0 ? "" : ",";
        ADD(events, "%s\"%s\":{}", comma, name);
        ADD(messages, "%s\"%s\":{\"channel\":\"%s\",\"body\":\"x\"%s}", comma, name,
            templates[i].channel, templates[i].more);
        ADD(sequences,
            "%s\"s_%s\":{\"trigger\":[{\"event\":\"%s\"}],\"reentry\":\"always\",\"steps\":[{"
            "\"label\":"
            "\"m\",\"send\":\"%s\"}]}",
            comma, name, name, name);
    }
    ADD(json,
        "{\"leadflow\":1,\"timezone\":\"Test/Berlin\",\"intake\":{\"horizon\":\"1h\"},"
        "\"consent\":{\"email\":\"opt_out\",\"push\":\"opt_out\",\"sms\":\"opt_out\"},"
        "\"fields\":{\"tz\":{\"type\":\"string\",\"format\":\"timezone\"}},\"events\":{%s},"
        "\"caps\":%s,\"templates\":{%s},\"sequences\":{%s}}",
        events, caps, messages, sequences);
    OK(zone_shelf_parse(&s->shelf, json, NULL, NULL, &s->blueprint));
    OK(lf_contact_new(s->blueprint, "c-1", 3, &s->contact));
    OK(lf_step_new(s->blueprint, "t", &s->step));
    if (zone != NULL) {
        snprintf(props, sizeof props, "{\"fields\":{\"tz\":\"Test/%s\"}}", zone);
        take(s, "$update", time_of("0001-01-01T00:00:00Z"), props);
    }
}

static void sender_close(sender *s) {
    lf_step_free(s->step);
    lf_contact_free(s->contact);
    lf_blueprint_unref(s->blueprint);
}

/* Asks for this message: did it go? */
static bool goes(sender *s, size_t which, int64_t at) {
    unsigned sent = 0, skipped = 0;
    take(s, templates[which].name, at, "{}");
    for (size_t i = 0; i < lf_step_effect_count(s->step); i++) {
        const char *json = lf_effect_json(lf_step_effect_at(s->step, i), NULL);
        sent += strstr(json, "\"kind\":\"send\"") != NULL;
        skipped += strstr(json, "\"reason\":\"cap\"") != NULL;
    }
    assert_int_equal(sent + skipped, 1);
    return sent == 1;
}

/* With one message per period: one that goes, and when the next may. */
static const struct {
    const char *zone, *per, *sent, *free;
} periods[] = {
    {NULL, "day", "2026-03-28T23:00:00.000Z", "2026-03-29T22:00:00.000Z"}, /* Berlin: 23 hours */
    {"Nowhere", "day", "2026-03-28T22:59:59.999Z", "2026-03-28T23:00:00.000Z"},
    {"Berlin", "day", "2026-10-24T22:00:00.000Z", "2026-10-25T23:00:00.000Z"}, /* 25 hours */
    {"Berlin", "1d", "2026-10-24T22:00:00.000Z", "2026-10-25T22:00:00.000Z"},  /* always 24 */
    {"Berlin", "week", "2026-03-22T23:00:00.000Z", "2026-03-29T22:00:00.000Z"},
    {"Berlin", "month", "2026-02-28T23:00:00.000Z", "2026-03-31T22:00:00.000Z"},
    {"New_York", "day", "2026-03-08T05:00:00.000Z", "2026-03-09T04:00:00.000Z"},
    {"New_York", "day", "2026-11-01T04:00:00.000Z", "2026-11-02T05:00:00.000Z"},
    {"New_York", "day", "2026-11-01T06:30:00.000Z", "2026-11-02T05:00:00.000Z"}, /* second 01:30 */
    {"New_York", "week", "2026-03-02T05:00:00.000Z", "2026-03-09T04:00:00.000Z"},
    {"New_York", "week", "2026-03-02T04:59:59.999Z", "2026-03-02T05:00:00.000Z"},
    {"New_York", "month", "2026-11-01T04:00:00.000Z", "2026-12-01T05:00:00.000Z"},
    {"New_York", "month", "2027-01-01T04:00:00.000Z", "2027-01-01T05:00:00.000Z"}, /* of December */
    {"New_York", "month", "2028-02-01T05:00:00.000Z", "2028-03-01T05:00:00.000Z"},
    {"Lord_Howe", "week", "2026-09-27T13:30:00.000Z", "2026-10-04T13:00:00.000Z"},
    /* Apia had no 30 December 2011 */
    {"Apia", "day", "2011-12-29T20:00:00.000Z", "2011-12-30T10:00:00.000Z"},
    {"Apia", "day", "2011-12-30T10:00:00.000Z", "2011-12-31T10:00:00.000Z"},
    {"Apia", "week", "2011-12-26T10:00:00.000Z", "2012-01-01T10:00:00.000Z"},
    {"Apia", "month", "2011-12-30T10:00:00.000Z", "2011-12-31T10:00:00.000Z"},
    {"Sao_Paulo", "day", "2026-10-17T12:00:00.000Z", "2026-10-18T03:00:00.000Z"},
    {"Sao_Paulo", "day", "2026-10-18T03:00:00.000Z", "2026-10-19T02:00:00.000Z"},
    {"Sao_Paulo", "day", "2026-02-15T01:59:59.999Z", "2026-02-15T03:00:00.000Z"},
    {"Sao_Paulo", "day", "2026-02-14T02:00:00.000Z", "2026-02-15T03:00:00.000Z"},
    {"Toronto", "day", "2026-03-28T12:00:00.000Z", "2026-03-29T04:30:00.000Z"},
    /* 1 November has begun at 00:00, and goes on when it is 31 October once more */
    {"St_Johns", "day", "2026-10-31T12:00:00.000Z", "2026-11-01T02:30:00.000Z"},
    {"St_Johns", "day", "2026-11-01T02:30:30.000Z", "2026-11-02T03:30:00.000Z"},
    {"St_Johns", "day", "2026-11-01T02:31:00.000Z", "2026-11-02T03:30:00.000Z"},
    {"St_Johns", "month", "2026-10-31T12:00:00.000Z", "2026-11-01T02:30:00.000Z"},
    /* the first and the last days of time */
    {"New_York", "month", "0001-01-01T00:00:00.000Z", "0001-01-01T05:00:00.000Z"},
    {"Apia", "month", "9999-11-30T10:00:00.000Z", "9999-12-31T10:00:00.000Z"},
};

/* The second waits, and goes when there is room. */
static bool waits_until(sender *s, int64_t asked, int64_t is_free) {
    char due[80], when[LF_TIMESTAMP_SIZE];
    OK(lf_timestamp_format(asked, when, sizeof when));
    snprintf(due, sizeof due, "\"due\":\"%s\"", when);
    take(s, "ping", asked, "{}");
    bool good = lf_step_effect_count(s->step) == 1 && lf_contact_wake_time(s->contact) == is_free;
    OK(lf_step_wake(s->step, s->contact, is_free - 1));
    good = good && lf_step_effect_count(s->step) == 0;
    OK(lf_step_wake(s->step, s->contact, is_free));
    return good && lf_step_effect_count(s->step) == 2 &&
           lf_effect_at(lf_step_effect_at(s->step, 0)) == is_free &&
           strstr(lf_effect_json(lf_step_effect_at(s->step, 0), NULL), due) != NULL;
}

static void periods_of_the_contact(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof periods / sizeof *periods; i++) {
        char caps[100];
        sender s;
        int64_t sent = time_of(periods[i].sent), is_free = time_of(periods[i].free);
        snprintf(caps, sizeof caps, "{\"push\":[{\"max\":1,\"per\":\"%s\",\"over\":\"skip\"}]}",
                 periods[i].per);
        sender_open(&s, caps, periods[i].zone);
        bool good = goes(&s, 4, sent) && !goes(&s, 4, sent + (is_free - sent) / 2) &&
                    !goes(&s, 4, is_free - 1) && goes(&s, 4, is_free);
        if (!good) {
            fail_msg("%s in %s from %s: not free at %s", periods[i].per,
                     periods[i].zone == NULL ? "none" : periods[i].zone, periods[i].sent,
                     periods[i].free);
        }
        sender_close(&s);
        snprintf(caps, sizeof caps, "{\"push\":[{\"max\":1,\"per\":\"%s\"}]}", periods[i].per);
        sender_open(&s, caps, periods[i].zone);
        if (!goes(&s, 4, sent) || !waits_until(&s, sent + (is_free - sent) / 2, is_free)) {
            fail_msg("%s in %s from %s: does not wait until %s", periods[i].per,
                     periods[i].zone == NULL ? "none" : periods[i].zone, periods[i].sent,
                     periods[i].free);
        }
        sender_close(&s);
    }
}

/* Room that comes behind the end of time is none. */
static void room_that_never_comes(void **state) {
    sender s;
    (void)state;
    sender_open(&s, "{\"push\":[{\"max\":1,\"per\":\"500000w\"},{\"max\":1,\"per\":\"1d\"}]}",
                NULL);
    assert_true(goes(&s, 4, T0) && !goes(&s, 4, T0 + HOUR));
    assert_true(lf_contact_wake_time(s.contact) == INT64_MAX);
    sender_close(&s);
}

/* ---- against a count of everything ---- */
typedef struct note {
    int64_t at;
    size_t which;
} note;

/* New York in 2026. */
static int64_t local_day(int64_t t) {
    bool summer = t >= time_of("2026-03-08T07:00:00Z") && t < time_of("2026-11-01T06:00:00Z");
    int64_t local = t - (summer ? 4 : 5) * HOUR;
    return local / DAY;
}

static int64_t local_month(int64_t t) {
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int64_t left = local_day(t) - 20454, month = 0; /* 1 January 2026 */
    while (left >= days[month % 12]) {
        left -= days[month++ % 12];
    }
    return left < 0 ? -1 : month;
}

static bool in_period(const char *per, int64_t at, int64_t t) {
    if (strcmp(per, "day") == 0) {
        return local_day(at) == local_day(t);
    }
    if (strcmp(per, "week") == 0) { /* 1 January 1970 was a Thursday */
        return (local_day(at) + 3) / 7 == (local_day(t) + 3) / 7;
    }
    if (strcmp(per, "month") == 0) {
        return local_month(at) == local_month(t);
    }
    int64_t ms = strcmp(per, "7d") == 0 ? 7 * DAY : 3 * HOUR;
    return t - ms < at && at <= t;
}

static const struct {
    const char *channel, *per, *class_;
    unsigned max;
} all_caps[] = {{"email", "3h", NULL, 2},     {"email", "day", "offers", 1},
                {"email", "month", NULL, 40}, {"email", "7d", "offers", 3},
                {"sms", "month", NULL, 5},    {"push", "week", NULL, 4},
                {"push", "day", NULL, 2}};

static bool model(const note *notes, size_t n, size_t which, int64_t t) {
    if (which == 2 || which == 3) {
        return true;
    }
    for (size_t c = 0; c < sizeof all_caps / sizeof *all_caps; c++) {
        unsigned count = 0;
        if (strcmp(all_caps[c].channel, templates[which].channel) != 0 ||
            (all_caps[c].class_ != NULL && which != 1)) {
            continue;
        }
        for (size_t i = 0; i < n; i++) {
            count += notes[i].which != 2 && notes[i].which != 3 &&
                     strcmp(templates[notes[i].which].channel, all_caps[c].channel) == 0 &&
                     (all_caps[c].class_ == NULL || notes[i].which == 1) &&
                     in_period(all_caps[c].per, notes[i].at, t);
        }
        if (count >= all_caps[c].max) {
            return false;
        }
    }
    return true;
}

static uint32_t draw(uint32_t *seed, uint32_t below) {
    *seed = *seed * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)(*seed >> 8) * below >> 24);
}

/* A pause before the next message: often to the very edge of a period, or a millisecond before it. */
static int64_t next_time(uint32_t *seed, int64_t t, const note *notes, size_t n) {
    int64_t edge;
    switch (draw(seed, 6)) {
    case 0:
        return t;
    case 1:
        return t + (int64_t)draw(seed, 3600000);
    case 2:
        return t + (int64_t)draw(seed, 6 * 3600000);
    case 3:
        return (t / HOUR + 1 + (int64_t)draw(seed, 12)) * HOUR - (int64_t)draw(seed, 2);
    default:
        edge = n == 0 ? t : notes[n - 1 - draw(seed, n < 30 ? (uint32_t)n : 30)].at;
        edge += (draw(seed, 2) == 0 ? 7 * DAY : 3 * HOUR) - (int64_t)draw(seed, 2);
        return edge < t || edge > t + DAY ? t + MINUTE : edge;
    }
}

/* The contact as another process would read it. */
static size_t store_and_load(sender *s) {
    size_t size;
    unsigned char *bytes = contact_bytes(s->contact, &size);
    lf_contact_free(s->contact);
    OK(lf_contact_decode(s->blueprint, bytes, size, &s->contact));
    free(bytes);
    return size;
}

static void as_a_count_of_everything(void **state) {
    static note notes[3000];
    size_t n = 0, most = 0, refused = 0;
    char caps[2000] = "{";
    uint32_t seed = 5;
    sender s;
    (void)state;
    for (size_t c = 0; c < sizeof all_caps / sizeof *all_caps; c++) {
        bool first = c == 0 || strcmp(all_caps[c].channel, all_caps[c - 1].channel) != 0;
        if (first) {
            ADD(caps, "%s\"%s\":[", c == 0 ? "" : "],", all_caps[c].channel);
        }
        ADD(caps, "%s{\"max\":%u,\"per\":\"%s\",\"over\":\"skip\"%s}", first ? "" : ",",
            all_caps[c].max, all_caps[c].per,
            all_caps[c].class_ == NULL ? "" : ",\"class\":\"offers\"");
    }
    ADD(caps, "]}");
    sender_open(&s, caps, "New_York");
    int64_t t = time_of("2026-01-01T12:00:00Z"), end = time_of("2026-12-20T00:00:00Z");
    for (; t < end && n < 3000; t = next_time(&seed, t, notes, n)) {
        size_t which = draw(&seed, TEMPLATES), size = draw(&seed, 3) == 0 ? store_and_load(&s) : 0;
        bool expected = model(notes, n, which, t);
        if (goes(&s, which, t) != expected) {
            fail_msg("%s at %lld: %s expected", templates[which].name, (long long)t,
                     expected ? "a send" : "a skip");
        }
        most = size > most ? size : most;
        refused += !expected;
        if (expected) {
            notes[n++] = (note){t, which};
        }
    }
    print_message("# %u sent, %u not\n", (unsigned)n, (unsigned)refused);
    assert_true(n > 1000 && refused > 1000 && t >= end);
    OK(lf_step_wake(s.step, s.contact, t + 40 * DAY));
    size_t empty = store_and_load(&s);
    assert_true(most > empty + 200 && most < empty + 2000); /* and nothing is left behind */
    sender_close(&s);
}

/* The contact goes on under a blueprint with other caps. */
static sender *change(sender *s, const char *caps) {
    sender *next = s + 1;
    size_t size;
    unsigned char *bytes = contact_bytes(s->contact, &size);
    sender_open(next, caps, NULL);
    lf_contact_free(next->contact);
    OK(lf_contact_decode(next->blueprint, bytes, size, &next->contact));
    free(bytes);
    sender_close(s);
    return next;
}

/* What was sent is known by its class, not by a number; a new cap counts what is still known. */
static void under_other_caps(void **state) {
    sender all[5], *s = all;
    (void)state;
    sender_open(
        s, "{\"email\":[{\"max\":2,\"per\":\"7d\",\"class\":\"offers\",\"over\":\"skip\"}]}", NULL);
    assert_true(goes(s, 0, T0) && goes(s, 1, T0)); /* nothing counts the mail */
    s = change(s, "{\"push\":[{\"max\":1,\"per\":\"1d\",\"class\":\"other\"}],\"email\":["
                  "{\"max\":1,\"per\":\"1d\",\"class\":\"more\"},"
                  "{\"max\":1,\"per\":\"30d\",\"class\":\"offers\",\"over\":\"skip\"}]}");
    assert_true(!goes(s, 1, T0 + 2 * DAY) && goes(s, 0, T0 + 2 * DAY));
    s = change(s, "{\"email\":[{\"max\":2,\"per\":\"month\",\"over\":\"skip\"}]}");
    assert_true(goes(s, 0, T0 + 3 * DAY) && !goes(s, 0, T0 + 4 * DAY));
    s = change(s, "{}");
    assert_true(goes(s, 0, T0 + 5 * DAY));
    s = change(s, "{\"email\":[{\"max\":1,\"per\":\"30d\",\"over\":\"skip\"}]}");
    assert_true(goes(s, 1, T0 + 6 * DAY) && !goes(s, 0, T0 + 6 * DAY));
    sender_close(s);
}

/* Where the source of zones fails, nothing has happened; the repeat does it. */
static void zones_that_cannot_be_read(void **state) {
    sender s;
    (void)state;
    sender_open(&s, "{\"push\":[{\"max\":1,\"per\":\"day\",\"over\":\"skip\"}]}", "Nowhere");
    lf_event *event = parse_event(s.blueprint, event_text("c-1", "ping", T0, NULL, NULL));
    s.shelf.code = LF_E_USER;
    assert_int_equal(lf_step_take(s.step, s.contact, event, T0, NULL, NULL), LF_E_USER);
    assert_int_equal(lf_step_effect_count(s.step), 0);
    lf_event_free(event);
    s.shelf.code = LF_OK;
    assert_true(goes(&s, 4, T0));
    assert_false(goes(&s, 4, T0));
    sender_close(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(periods_of_the_contact),    cmocka_unit_test(room_that_never_comes),
        cmocka_unit_test(as_a_count_of_everything),  cmocka_unit_test(under_other_caps),
        cmocka_unit_test(zones_that_cannot_be_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

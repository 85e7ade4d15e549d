/* SPDX-License-Identifier: MIT */
/* Without memory: events, read and put together, taken and refused. */
#include "oom.h"

/* ---- events ---- */
typedef struct reading {
    heap *h;
    lf_blueprint *blueprint;
    lf_event *event;
    const char *json;
} reading;

static lf_status read_event(void *ctx) {
    reading *r = ctx;
    lf_status status = lf_event_new(r->blueprint, &r->event);
    if (status != LF_OK) {
        assert_null(r->event);
        return status;
    }
    status = lf_event_parse(r->event, r->json, strlen(r->json), 1, NULL);
    if (status != LF_OK && status != LF_E_NOTFOUND) {
        lf_event_free(r->event);
        return status;
    }
    return LF_OK;
}

static lf_status compose_event(void *ctx) {
    reading *r = ctx;
    lf_status status = lf_event_new(r->blueprint, &r->event);
    if (status != LF_OK) {
        return status;
    }
    lf_event *e = r->event;
    const lf_status all[] = {
        lf_event_start(e, "c-1", 3, "visit", 5, T0, "id-1", 4, NULL),
        lf_event_set_string(e, "page", 4, "/pricing", 8, NULL),
        lf_event_set_int(e, "seconds", 7, 12, NULL),
        lf_event_set_double(e, "depth", 5, 0.5, NULL),
        lf_event_set_bool(e, "first", 5, 1, NULL),
        lf_event_set_time(e, "at", 2, T0, NULL),
        lf_event_set_json(e, "topics", 6, "[\"a\",\"b\"]", 9, NULL),
        lf_event_check(e, NULL),
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0] && status == LF_OK; i++) {
        status = all[i];
    }
    if (status != LF_OK) {
        lf_event_free(e);
    }
    return status;
}

/* One that was put together and names what is not there. */
static lf_status refuse_composed(void *ctx) {
    reading *r = ctx;
    lf_allocator allocator = heap_allocator(r->h);
    lf_diagnostics *said;
    lf_status status = lf_diagnostics_new(&allocator, &said);
    if (status != LF_OK) {
        return status;
    }
    status = lf_event_new(r->blueprint, &r->event);
    if (status == LF_OK) {
        status = lf_event_start(r->event, "c-1", 3, "$move", 5, T0, NULL, 0, said);
    }
    if (status == LF_OK) {
        status = lf_event_set_string(r->event, "machine", 7, "cares", 5, said);
    }
    if (status == LF_OK) {
        status = lf_event_set_string(r->event, "to", 2, "risky", 5, said);
    }
    if (status == LF_OK) {
        status = lf_event_check(r->event, said);
    }
    if (status == LF_E_EVENT) {
        assert_int_equal(lf_diagnostics_count(said), 1);
        assert_string_equal(lf_diagnostics_text(said, 0),
                            "unknown machine 'cares' (did you mean 'care'?)");
        status = LF_OK;
    }
    lf_event_free(r->event);
    r->event = NULL;
    lf_diagnostics_free(said);
    return status;
}

static void parse_events(void **state) {
    (void)state;
    for (int forever = 0; forever < 2; forever++) {
        heap h = {.live = 0};
        reading r = {.h = &h, .blueprint = story_blueprint(&oom_rich_story, &h)};
        size_t live = h.live;
        for (size_t i = 0; i < oom_rich_story.n; i++) {
            r.json = oom_rich_story.events[i];
            oom_until_it_works(&h, forever, read_event, NULL, &r);
            lf_event_free(r.event);
            assert_int_equal(h.live, live);
        }
        oom_until_it_works(&h, forever, compose_event, NULL, &r);
        lf_event_free(r.event);
        assert_int_equal(h.live, live);
        r.event = NULL;
        oom_until_it_works(&h, forever, refuse_composed, NULL, &r);
        assert_int_equal(h.live, live);
        lf_blueprint_unref(r.blueprint);
        assert_int_equal(h.live, 0);
    }
}

/* An event that is refused says why; without memory to say it, it is LF_E_NOMEM. */
typedef struct refusing {
    heap *h;
    lf_blueprint *blueprint;
    lf_step *step;
    lf_contact *contact;
    const char *json;
    char said[256]; /* why it was refused in the end */
} refusing;

static lf_status refuse_event(void *ctx) {
    refusing *r = ctx;
    lf_allocator allocator = heap_allocator(r->h);
    lf_diagnostics *diagnostics;
    lf_event *event = NULL;
    lf_status status = lf_diagnostics_new(&allocator, &diagnostics);
    if (status != LF_OK) {
        return status;
    }
    status = lf_event_new(r->blueprint, &event);
    if (status == LF_OK) {
        status = lf_event_parse(event, r->json, strlen(r->json), 1, diagnostics);
    }
    if (status == LF_OK) {
        status = lf_step_take(r->step, r->contact, event, T0, NULL, diagnostics);
    }
    if (status == LF_E_EVENT) {
        assert_int_equal(lf_diagnostics_count(diagnostics), 1);
        strncpy(r->said, lf_diagnostics_text(diagnostics, 0), sizeof r->said - 1);
        status = LF_OK;
    }
    lf_event_free(event);
    lf_diagnostics_free(diagnostics);
    return status;
}

static void refused_events(void **state) {
    static const char *const refused[] = {
        "not even JSON",
        JSON({"contact" : "c-1", "type" : "visit"}),
        JSON({
            "contact" : "c-1",
            "type" : "visit",
            "at" : "2026-01-01T00:00:00Z",
            "props" : {"pgae" : "x"}
        }),
        JSON({
            "contact" : "c-1",
            "type" : "visit",
            "at" : "2026-01-01T00:00:00Z",
            "props" : {"seconds" : "x"}
        }),
        JSON({"contact" : "c-1", "type" : "visit", "at" : "2026-01-09T00:00:00Z"}),
        JSON({
            "contact" : "c-1",
            "type" : "$move",
            "at" : "2026-01-01T00:00:00Z",
            "props" : {"machine" : "care", "to" : "risky"}
        }),
        JSON({
            "contact" : "c-1",
            "type" : "$move",
            "at" : "2026-01-01T00:00:00Z",
            "props" : {"machine" : "cares", "to" : "risky"}
        }),
        JSON({
            "contact" : "c-1",
            "type" : "$enroll",
            "at" : "2026-01-01T00:00:00Z",
            "props" : {"sequence" : "wellcome"}
        }),
        JSON({
            "contact" : "c-1",
            "type" : "$update",
            "at" : "2026-01-01T00:00:00Z",
            "props" : {"fields" : {"site" : "no url"}}
        }),
        JSON({
            "contact" : "c-1",
            "type" : "$update",
            "at" : "2026-01-01T00:00:00Z",
            "props" : {"fields" : {"level" : "derived"}}
        })};
    (void)state;
    for (int forever = 0; forever < 2; forever++) {
        heap h = {.live = 0};
        refusing r = {.h = &h, .blueprint = story_blueprint(&oom_rich_story, &h)};
        OK(lf_step_new(r.blueprint, "tenant", &r.step));
        OK(lf_contact_new(r.blueprint, "c-1", 3, &r.contact));
        for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
            r.json = refused[i];
            OK(refuse_event(&r));
            char *expected = keep(r.said);
            assert_true(strlen(expected) > 5);
            memset(r.said, 0, sizeof r.said);
            oom_until_it_works(&h, forever, refuse_event, NULL, &r);
            assert_string_equal(r.said, expected);
            free(expected);
            assert_true(lf_contact_created(r.contact) == INT64_MAX);
        }
        lf_step_free(r.step);
        lf_contact_free(r.contact);
        lf_blueprint_unref(r.blueprint);
        assert_int_equal(h.live, 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parse_events),
        cmocka_unit_test(refused_events),
    };
    return cmocka_run_group_tests(tests, oom_begin, oom_end);
}

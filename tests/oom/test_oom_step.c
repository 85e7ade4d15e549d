/* SPDX-License-Identifier: MIT */
/* Without memory: the step, and definitions that need more of it than most. */
#include "oom.h"

/* ---- the step ---- */
typedef struct stepping {
    lf_blueprint *blueprint;
    lf_step *step;
    lf_contact *contact;
    lf_event *event; /* NULL: it is woken */
    int64_t now;
    unsigned char *before; /* its stored form */
    size_t size;
} stepping;

static lf_status take_step(void *ctx) {
    stepping *s = ctx;
    lf_step_free(s->step);
    lf_status status = lf_step_new(s->blueprint, "tenant", &s->step);
    if (status != LF_OK) {
        assert_null(s->step);
        return status;
    }
    status = s->event != NULL ? lf_step_take(s->step, s->contact, s->event, s->now, NULL, NULL)
                              : lf_step_wake(s->step, s->contact, s->now);
    if (status == LF_OK) {
        return LF_OK;
    }
    assert_int_equal(lf_step_effect_count(s->step), 0);
    return status;
}

static void as_before(void *ctx) {
    stepping *s = ctx;
    size_t size;
    unsigned char *now = contact_bytes(s->contact, &size);
    assert_int_equal(size, s->size);
    assert_memory_equal(now, s->before, size);
    free(now);
}

/* Reads the effects of the last step, while memory fails, too. */
static void read_effects(heap *h, bool forever, stepping *s, char **text) {
    for (size_t i = 0; i < lf_step_effect_count(s->step); i++) {
        const lf_effect *effect = NULL;
        for (size_t n = 1; effect == NULL; n++) {
            heap_fail(h, n, forever);
            effect = lf_step_effect_at(s->step, i);
            oom_points += h->failed;
            assert_true(effect != NULL || h->failed);
            heap_fail(h, 0, false);
        }
        assert_ptr_equal(lf_step_effect_at(s->step, i), effect);
        const char *member = NULL;
        for (size_t n = 1; member == NULL; n++) {
            size_t len = 77;
            heap_fail(h, n, forever);
            member = lf_effect_get(effect, "key", &len);
            oom_points += h->failed;
            assert_true(member != NULL || (h->failed && len == 0));
            heap_fail(h, 0, false);
        }
        assert_string_equal(member, lf_effect_key(effect));
        size_t size, old = *text == NULL ? 0 : strlen(*text);
        const char *json = lf_effect_json(effect, &size);
        *text = realloc(*text, old + size + 1);
        memcpy(*text + old, json, size + 1);
    }
}

static void step_through(const story *t, const char *id, heap *h, int mode, char **text,
                         unsigned char **bytes, size_t *size) {
    stepping s = {.blueprint = story_blueprint(t, h)};
    lf_event *event;
    bool forever = mode == 2;
    OK(lf_contact_new(s.blueprint, id, 3, &s.contact));
    OK(lf_event_new(s.blueprint, &event));
    for (size_t i = 0; i <= t->n; i++) {
        s.event = i < t->n ? event : NULL;
        s.now = END;
        if (i < t->n &&
            lf_event_parse(event, t->events[i], strlen(t->events[i]), 1, NULL) == LF_E_NOTFOUND) {
            continue;
        }
        s.before = contact_bytes(s.contact, &s.size);
        if (mode == 0) {
            OK(take_step(&s));
        } else {
            oom_until_it_works(h, forever, take_step, as_before, &s);
        }
        read_effects(h, forever, &s, text);
        free(s.before);
    }
    *bytes = contact_bytes(s.contact, size);
    lf_step_free(s.step);
    lf_contact_free(s.contact);
    lf_event_free(event);
    lf_blueprint_unref(s.blueprint);
}

static void take_steps(const story *t, const char *id) {
    heap h = {.live = 0};
    char *expected = NULL;
    unsigned char *bytes;
    size_t size;
    step_through(t, id, &h, 0, &expected, &bytes, &size);
    for (int mode = 1; mode <= 2; mode++) {
        char *text = NULL;
        unsigned char *other;
        size_t other_size;
        step_through(t, id, &h, mode, &text, &other, &other_size);
        assert_string_equal(text, expected);
        assert_int_equal(other_size, size);
        assert_memory_equal(other, bytes, size);
        assert_int_equal(h.live, 0);
        free(text);
        free(other);
    }
    free(expected);
    free(bytes);
}

static void rich_steps(void **state) {
    (void)state;
    take_steps(&oom_rich_story, "c-1");
}

/* One contact all the way: it gathers waste, which is cleared away. */
static void odd_steps(void **state) {
    story odd;
    (void)state;
    story_read(&odd, "tests/oom/odd");
    take_steps(&odd, "o-1");
    story_free(&odd);
}

/* Definitions that go in circles end in faults, which need memory as well. */
static const char *const circles = JSON({
    "leadflow" : 1,
    "tags" : {"categories" : ["x"]},
    "events" : {"e" : {}},
    "machines" : {
        "m" : {
            "initial" : "a",
            "states" : {"a" : {}, "b" : {}},
            "transitions" : [
                {"from" : "a", "to" : "b", "when" : "ever('e')"},
                {"from" : "b", "to" : "a", "when" : "ever('e')", "back" : true}
            ]
        }
    },
    "segments" : {"s" : {"when" : "!tagged('x_y')", "tag" : "x_y"}}
});

static lf_status run_in_circles(void *ctx) {
    const stepping *s = ctx;
    lf_contact *contact;
    lf_step *step = NULL;
    lf_event *event = NULL;
    const char *json = event_text("c", "e", T0, NULL, NULL);
    lf_status status = lf_contact_new(s->blueprint, "c", 1, &contact);
    if (status == LF_OK) {
        status = lf_step_new(s->blueprint, "t", &step);
    }
    if (status == LF_OK) {
        status = lf_event_new(s->blueprint, &event);
    }
    if (status == LF_OK) {
        status = lf_event_parse(event, json, strlen(json), 1, NULL);
    }
    if (status == LF_OK) {
        status = lf_step_take(step, contact, event, T0, NULL, NULL);
    }
    size_t faults = 0;
    for (size_t i = 0; status == LF_OK && i < lf_step_effect_count(step); i++) {
        const lf_effect *effect = lf_step_effect_at(step, i);
        status = effect == NULL ? LF_E_NOMEM : LF_OK;
        faults += effect != NULL && strcmp(lf_effect_kind(effect), "fault") == 0;
    }
    assert_true(status != LF_OK || faults > 1);
    lf_event_free(event);
    lf_step_free(step);
    lf_contact_free(contact);
    return status;
}

static void faults(void **state) {
    (void)state;
    for (int forever = 0; forever < 2; forever++) {
        heap h = {.live = 0};
        stepping s = {.blueprint = parse_blueprint(circles, &h)};
        size_t live = h.live;
        oom_until_it_works(&h, forever, run_in_circles, NULL, &s);
        assert_int_equal(h.live, live);
        lf_blueprint_unref(s.blueprint);
        assert_int_equal(h.live, 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rich_steps),
        cmocka_unit_test(odd_steps),
        cmocka_unit_test(faults),
    };
    return cmocka_run_group_tests(tests, oom_begin, oom_end);
}

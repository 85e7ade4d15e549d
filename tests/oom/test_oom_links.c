/* SPDX-License-Identifier: MIT */
/* Without memory: signed links of unsubscription, and what follows from a request to one. */
#include "oom.h"

#define LINK "https://mail.example/u/"

// clang-format off
static const char *const rules = JSON({
    "leadflow": 1,
    "consent": { "email": "opt_out" },
    "events": { "go": {} },
    "templates": { "news": { "channel": "email", "body": "{unsubscribe}" } },
    "sequences": { "news": { "topic": "tips", "trigger": [ { "event": "go" } ], "steps": [ { "send": "news" } ] } }
});
// clang-format on

typedef struct signing {
    lf_unsubscribe_options options;
    lf_blueprint *blueprint;
    lf_contact *contact;
    lf_event *event;
    lf_step *step;
    lf_unsubscribe_request request;
    lf_buffer *out;
} signing;

static lf_status take(void *ctx) {
    signing *s = ctx;
    lf_step_free(s->step);
    lf_status status = lf_step_new(s->blueprint, "default", &s->step);
    if (status == LF_OK) {
        status = lf_step_set_unsubscribe(s->step, &s->options);
    }
    return status != LF_OK ? status : lf_step_take(s->step, s->contact, s->event, T0, NULL, NULL);
}

static lf_status click(void *ctx) {
    signing *s = ctx;
    int32_t answer;
    size_t before = lf_buffer_size(s->out);
    lf_status status = lf_unsubscribe_parse(&s->options, &s->request, &answer, s->out);
    assert_int_equal(answer, status == LF_OK ? LF_UNSUBSCRIBE_DENY : LF_UNSUBSCRIBE_REJECT);
    assert_true((lf_buffer_size(s->out) == before) == (status != LF_OK));
    return status;
}

static void links(void **state) {
    (void)state;
    for (int forever = 0; forever < 2; forever++) {
        heap h = {.live = 0};
        signing s = {.blueprint = parse_blueprint(rules, &h)};
        lf_allocator allocator = heap_allocator(&h);
        lf_unsubscribe_options_init(&s.options, sizeof s.options);
        s.options.link = LINK;
        s.options.keys = "k:000102030405060708090a0b0c0d0e0f";
        OK(lf_contact_new(s.blueprint, "c-1", 3, &s.contact));
        s.event = parse_event(s.blueprint, event_text("c-1", "go", T0, NULL, NULL));
        oom_until_it_works(&h, forever, take, NULL, &s);
        const char *link = lf_effect_get(lf_step_effect_at(s.step, 1), "/message/body", NULL);
        assert_non_null(link);
        assert_memory_equal(link, LINK, strlen(LINK));
        lf_unsubscribe_request_init(&s.request, sizeof s.request);
        s.request.token = link + strlen(LINK);
        s.request.token_len = strlen(s.request.token);
        s.request.method = "POST";
        s.request.body = "List-Unsubscribe=One-Click";
        s.request.body_len = strlen(s.request.body);
        OK(lf_buffer_new(&allocator, &s.out));
        oom_until_it_works(&h, forever, click, NULL, &s);
        assert_non_null(strstr(lf_buffer_data(s.out), "\"topic\":\"tips\""));
        lf_buffer_free(s.out);
        lf_step_free(s.step);
        lf_event_free(s.event);
        lf_contact_free(s.contact);
        lf_blueprint_unref(s.blueprint);
        assert_int_equal(h.live, 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(links),
    };
    return cmocka_run_group_tests(tests, oom_begin, oom_end);
}

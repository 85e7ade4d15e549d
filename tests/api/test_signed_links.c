/* SPDX-License-Identifier: MIT */
/* Signed links of unsubscription, from the message to the consent that is withdrawn. */
#include <stdio.h>

#include "rig.h"

#define OLD "old:000102030405060708090a0b0c0d0e0f"
#define NEW "new:f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"
#define LINK "https://mail.example/u/"

static const char rules[] = JSON({
    "leadflow" : 1,
    "events" : {"go" : {}, "again" : {}},
    "templates" : {
        "news" : {
            "channel" : "email",
            "utm" : {"source" : "news"},
            "body" : "<p>Bye: {unsubscribe}</p>",
            "cta" : {"text" : "Bye", "url" : "{unsubscribe}"}
        },
        "bill" : {"channel" : "email", "class" : "transactional", "body" : "{unsubscribe}"},
        "text" : {"channel" : "sms", "body" : "Stop: {unsubscribe}"}
    },
    "sequences" : {
        "news" : {
            "topic" : "tips",
            "trigger" : [ {"event" : "go"} ],
            "reentry" : "always",
            "steps" : [ {"send" : "news"} ]
        },
        "more" : {
            "trigger" : [ {"event" : "again"} ],
            "steps" : [ {"send" : "bill"}, {"send" : "text"}, {"send" : "news"} ]
        }
    }
});

static lf_unsubscribe_options signing(const char *keys) {
    lf_unsubscribe_options options;
    lf_unsubscribe_options_init(&options, sizeof options);
    options.link = LINK;
    options.keys = keys;
    return options;
}

/* The messages that were handed over, one behind the other. */
typedef struct post {
    char *texts[8];
    char *links[8]; /* of the header, NULL: there is none */
    size_t n;
} post;

static lf_status deliver(void *user, const lf_effect *effect, lf_receipt *receipt) {
    post *p = user;
    const char *link = lf_effect_get(effect, "/headers/List-Unsubscribe", NULL);
    (void)receipt;
    if (strcmp(lf_effect_kind(effect), "send") == 0 ||
        strcmp(lf_effect_kind(effect), "skipped") == 0) {
        assert_true(p->n < 8);
        p->links[p->n] = link == NULL ? NULL : keep(link);
        p->texts[p->n++] = keep(lf_effect_json(effect, NULL));
    }
    return LF_OK;
}

typedef struct desk {
    lf_blueprint *blueprint;
    lf_memstore *memory;
    lf_store store;
    lf_delivery delivery;
    lf_engine *engine;
    post post;
} desk;

static void desk_open(desk *d, const char *tenant, const char *keys) {
    lf_unsubscribe_options sign = signing(keys);
    lf_engine_options options;
    *d = (desk){.blueprint = parse_blueprint(rules, NULL)};
    OK(lf_memstore_new(NULL, &d->memory));
    lf_store_init(&d->store, sizeof d->store);
    OK(lf_memstore_store(d->memory, &d->store));
    lf_delivery_init(&d->delivery, sizeof d->delivery);
    d->delivery.user = &d->post;
    d->delivery.deliver = deliver;
    lf_engine_options_init(&options, sizeof options);
    options.tenant = tenant;
    options.store = &d->store;
    options.delivery = &d->delivery;
    options.unsubscribe = keys == NULL ? NULL : &sign;
    OK(lf_engine_new(d->blueprint, &options, &d->engine));
}

static void desk_close(desk *d) {
    for (size_t i = 0; i < d->post.n; i++) {
        free(d->post.texts[i]);
        free(d->post.links[i]);
    }
    lf_engine_free(d->engine);
    lf_memstore_free(d->memory);
    lf_blueprint_unref(d->blueprint);
}

static void take(desk *d, const char *json, int64_t now) {
    OK(lf_engine_take_json(d->engine, json, strlen(json), 1, now, NULL, NULL));
    OK(lf_engine_deliver(d->engine, now, SIZE_MAX, NULL));
}

static void granted(desk *d, const char *channel) {
    char props[80];
    snprintf(props, sizeof props, "{\"channel\":\"%s\",\"status\":\"granted\"}", channel);
    take(d, event_text("c-1", "$consent", T0, NULL, props), T0);
}

/* The token of a header "<https://mail.example/u/...>". */
static const char *token_of(const char *header, size_t *n) {
    size_t before = 1 + strlen(LINK);
    assert_memory_equal(header, "<" LINK, before);
    assert_int_equal(header[strlen(header) - 1], '>');
    *n = strlen(header) - before - 1;
    return header + before;
}

/* What comes of a one-click request; the event, or NULL, is to be freed. */
static int32_t click(const char *header, const char *tenant, const char *keys, char **event) {
    lf_unsubscribe_options options = signing(keys);
    lf_unsubscribe_request request;
    lf_buffer *out = new_buffer();
    int32_t answer = -1;
    lf_unsubscribe_request_init(&request, sizeof request);
    request.tenant = tenant;
    request.token = token_of(header, &request.token_len);
    request.method = "POST";
    request.content_type = "application/x-www-form-urlencoded";
    request.body = "List-Unsubscribe=One-Click";
    request.body_len = strlen(request.body);
    request.at = T0 + DAY;
    OK(lf_unsubscribe_parse(&options, &request, &answer, out));
    *event = lf_buffer_size(out) == 0 ? NULL : keep(lf_buffer_data(out));
    lf_buffer_free(out);
    return answer;
}

static void one_click_ends_a_topic(void **state) {
    desk d;
    char *event, *again, link[400];
    (void)state;
    desk_open(&d, NULL, OLD);
    granted(&d, "email");
    take(&d, event_text("c-1", "go", T0, NULL, NULL), T0);
    assert_int_equal(d.post.n, 1);
    const char *header = d.post.links[0];
    assert_non_null(header);
    assert_non_null(
        strstr(d.post.texts[0], "\"format\":\"html\",\"headers\":{\"List-Unsubscribe\":\"<" LINK));
    assert_non_null(
        strstr(d.post.texts[0],
               ">\",\"List-Unsubscribe-Post\":\"List-Unsubscribe=One-Click\"},\"message\""));
    /* the same link in the body and in the url of the cta; the one has no parameter, for it is no href */
    snprintf(link, sizeof link, "\"<p>Bye: %.*s</p>\"", (int)strlen(header) - 2, header + 1);
    assert_non_null(strstr(d.post.texts[0], link));
    snprintf(link, sizeof link, "\"url\":\"%.*s?utm_source=news\"", (int)strlen(header) - 2,
             header + 1);
    assert_non_null(strstr(d.post.texts[0], link));
    assert_int_equal(click(header, NULL, NEW " " OLD, &event), LF_UNSUBSCRIBE_DENY);
    assert_string_equal(
        event,
        "{\"contact\":\"c-1\",\"type\":\"$consent\",\"at\":\"2026-01-02T00:00:00.000Z\",\"props\":{"
        "\"channel\":\"email\",\"topic\":\"tips\",\"status\":\"denied\",\"source\":\"unsubscribe_"
        "link\"}}");
    take(&d, event, T0 + DAY);
    assert_int_equal(click(header, NULL, OLD, &again), LF_UNSUBSCRIBE_DENY); /* twice is once */
    assert_string_equal(event, again);
    take(&d, again, T0 + DAY);
    take(&d, event_text("c-1", "go", T0 + DAY, "1", NULL), T0 + DAY);
    assert_int_equal(d.post.n, 2);
    assert_non_null(strstr(d.post.texts[1], "\"kind\":\"skipped\""));
    assert_non_null(strstr(d.post.texts[1], "\"reason\":\"consent\""));
    free(event);
    free(again);
    desk_close(&d);
}

static void which_messages_have_which_links(void **state) {
    desk d;
    char *event;
    (void)state;
    desk_open(&d, "acme", NEW " " OLD);
    granted(&d, "email");
    granted(&d, "sms");
    take(&d, event_text("c-1", "again", T0, NULL, NULL), T0);
    assert_int_equal(d.post.n, 3);
    assert_null(d.post.links[0]); /* a bill is no list */
    assert_non_null(strstr(d.post.texts[0], "\"body\":\"" LINK));
    assert_null(d.post.links[1]);
    assert_non_null(strstr(d.post.texts[1], "\"body\":\"Stop: " LINK));
    assert_non_null(d.post.links[2]);
    /* of a sequence without a topic: the channel */
    assert_int_equal(click(d.post.links[2], "acme", NEW, &event), LF_UNSUBSCRIBE_DENY);
    assert_null(strstr(event, "topic"));
    free(event);
    assert_int_equal(click(d.post.links[2], "other", NEW, &event), LF_UNSUBSCRIBE_REJECT);
    assert_null(event);
    assert_int_equal(click(d.post.links[2], NULL, NEW, &event), LF_UNSUBSCRIBE_REJECT);
    assert_int_equal(click(d.post.links[2], "acme", OLD, &event), LF_UNSUBSCRIBE_REJECT);
    desk_close(&d);
}

static void without_keys_the_sender_has_its_own(void **state) {
    desk d;
    (void)state;
    desk_open(&d, NULL, NULL);
    granted(&d, "email");
    take(&d, event_text("c-1", "go", T0, NULL, NULL), T0);
    assert_null(d.post.links[0]);
    assert_non_null(strstr(d.post.texts[0], "<p>Bye: {unsubscribe}</p>"));
    assert_non_null(strstr(d.post.texts[0], "\"url\":\"{unsubscribe}\""));
    desk_close(&d);
}

static void the_step_says_the_same(void **state) {
    static const char *const props = "{\"channel\":\"email\",\"status\":\"granted\"}";
    lf_unsubscribe_options options = signing(OLD), none = signing("");
    desk d;
    lf_step *step;
    lf_contact *contact;
    (void)state;
    desk_open(&d, NULL, OLD);
    granted(&d, "email");
    take(&d, event_text("c-1", "go", T0, NULL, NULL), T0);
    OK(lf_step_new(d.blueprint, "default", &step));
    OK(lf_step_set_unsubscribe(step, &options));
    assert_int_equal(lf_step_set_unsubscribe(step, &none), LF_E_ARG); /* and it is as before */
    OK(lf_contact_new(d.blueprint, "c-1", 3, &contact));
    lf_event *consent = parse_event(d.blueprint, event_text("c-1", "$consent", T0, NULL, props));
    lf_event *go = parse_event(d.blueprint, event_text("c-1", "go", T0, NULL, NULL));
    OK(lf_step_take(step, contact, consent, T0, NULL, NULL));
    OK(lf_step_take(step, contact, go, T0, NULL, NULL));
    const lf_effect *sent = lf_step_effect_at(step, 1);
    assert_string_equal(lf_effect_json(sent, NULL), d.post.texts[0]);
    lf_event_free(consent);
    lf_event_free(go);
    lf_contact_free(contact);
    lf_step_free(step);
    desk_close(&d);
}

static void what_is_no_request_is_refused(void **state) {
    lf_unsubscribe_options options = signing(OLD), none = signing("old");
    lf_unsubscribe_request request;
    lf_buffer *event = new_buffer();
    int32_t answer = 77;
    (void)state;
    lf_unsubscribe_request_init(&request, sizeof request);
    OK(lf_unsubscribe_parse(&options, &request, &answer, event)); /* nothing in it */
    assert_int_equal(answer, LF_UNSUBSCRIBE_REJECT);
    assert_int_equal(lf_unsubscribe_parse(&none, &request, &answer, event), LF_E_ARG);
    request.at = INT64_MIN;
    assert_int_equal(lf_unsubscribe_parse(&options, &request, &answer, event), LF_E_ARG);
    assert_int_equal(lf_unsubscribe_parse(&options, &request, NULL, event), LF_E_ARG);
    assert_int_equal(lf_unsubscribe_parse(&options, NULL, &answer, event), LF_E_ARG);
    assert_int_equal(lf_unsubscribe_parse(NULL, &request, &answer, event), LF_E_ARG);
    assert_int_equal(lf_unsubscribe_parse(&options, &request, &answer, NULL), LF_E_ARG);
    assert_int_equal(lf_buffer_size(event), 0);
    lf_buffer_free(event);
    lf_engine_options engine;
    lf_engine *out;
    desk d;
    desk_open(&d, NULL, OLD);
    lf_engine_options_init(&engine, sizeof engine);
    engine.store = &d.store;
    engine.unsubscribe = &none;
    assert_int_equal(lf_engine_new(d.blueprint, &engine, &out), LF_E_ARG);
    assert_null(out);
    desk_close(&d);
}

/* Somebody has written into the store: what would be two lines of a header is not handed over. */
static void a_header_of_two_lines_is_dead(void **state) {
    rig r;
    (void)state;
    rig_open(&r, NULL, RIG_PLAIN);
    OK(rig_take(
        &r,
        event_text("c-1", "$consent", T0, NULL, "{\"channel\":\"email\",\"status\":\"granted\"}"),
        T0));
    OK(rig_take(&r, event_text("c-1", "form", T0, NULL, NULL), T0));
    char *subject = strstr(plain_effect_of(&r.plain, "send", 0)->json, "Hello there");
    assert_non_null(subject);
    memcpy(subject + 5, "\\n", 2);
    OK(lf_engine_deliver(r.engine, T0, SIZE_MAX, NULL));
    assert_int_equal(inbox_count(&r.inbox, "send"), 0);
    assert_int_equal(plain_effect_of(&r.plain, "send", 0)->place, PLAIN_DEAD);
    rig_close(&r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_click_ends_a_topic),
        cmocka_unit_test(which_messages_have_which_links),
        cmocka_unit_test(without_keys_the_sender_has_its_own),
        cmocka_unit_test(the_step_says_the_same),
        cmocka_unit_test(what_is_no_request_is_refused),
        cmocka_unit_test(a_header_of_two_lines_is_dead),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

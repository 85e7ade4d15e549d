/* SPDX-License-Identifier: MIT */
/* Without memory: messages that must not go twice. */
#include "oom.h"

// clang-format off
static const char *const rules = JSON({
    "leadflow": 1,
    "consent": { "email": "opt_out" },
    "events": { "go": {} },
    "templates": { "bill": { "channel": "email", "body": "42", "unknown": "hold" } },
    "sequences": { "bills": { "trigger": [ { "event": "go" } ], "steps": [ { "send": "bill" } ] } }
});
// clang-format on

typedef struct handing {
    lf_blueprint *blueprint;
    plain_store plain;
    int64_t now;
    size_t sent;
} handing;

static lf_status take(void *user, const lf_effect *effect, lf_receipt *receipt) {
    handing *h = user;
    (void)receipt;
    h->sent += strcmp(lf_effect_kind(effect), "send") == 0;
    return LF_OK;
}

static lf_status open_engine(handing *h, lf_engine **engine) {
    lf_engine_options options;
    lf_store store;
    lf_delivery delivery;
    lf_store_init(&store, sizeof store);
    plain_table(&h->plain, &store);
    lf_delivery_init(&delivery, sizeof delivery);
    delivery.user = h;
    delivery.deliver = take;
    lf_engine_options_init(&options, sizeof options);
    options.store = &store;
    options.delivery = &delivery;
    return lf_engine_new(h->blueprint, &options, engine);
}

/* Each time another worker, when the lease of the one before has run out. */
static lf_status deliver(void *ctx) {
    handing *h = ctx;
    lf_engine *engine;
    h->now += HOUR;
    lf_status status = open_engine(h, &engine);
    if (status == LF_OK) {
        status = lf_engine_deliver(engine, h->now, SIZE_MAX, NULL);
        lf_engine_free(engine);
    }
    return status;
}

static void never_twice(void *ctx) {
    assert_true(((handing *)ctx)->sent <= 1);
}

static void held(void **state) {
    (void)state;
    for (int forever = 0; forever < 2; forever++) {
        heap h = {.live = 0};
        handing work = {.blueprint = parse_blueprint(rules, &h), .now = T0};
        lf_engine *engine;
        const char *json = event_text("c-1", "go", T0, NULL, NULL);
        plain_open(&work.plain, false);
        OK(open_engine(&work, &engine));
        OK(lf_engine_take_json(engine, json, strlen(json), 1, T0, NULL, NULL));
        lf_engine_free(engine);
        oom_until_it_works(&h, forever, deliver, never_twice, &work);
        OK(deliver(&work));
        size_t dead = plain_count(&work.plain, "send", PLAIN_DEAD);
        assert_int_equal(work.sent,
                         dead == 0 || !forever); /* else it could not be noted that it did not go */
        assert_int_equal(plain_count(&work.plain, NULL, PLAIN_OUTBOX), 0);
        assert_int_equal(plain_count(&work.plain, "fault", PLAIN_DONE), dead);
        plain_close(&work.plain);
        lf_blueprint_unref(work.blueprint);
        assert_int_equal(h.live, 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(held),
    };
    return cmocka_run_group_tests(tests, oom_begin, oom_end);
}

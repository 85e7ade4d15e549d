/* SPDX-License-Identifier: MIT */
/* Quickstart: a blueprint, four events, messages through a callback, and a score with its reasons.
 *     cc quickstart.c $(pkg-config --cflags --libs leadflow) -o quickstart && ./quickstart */
#include <leadflow/leadflow.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* All rules stand in one JSON document: how points come and go, and what is sent when. */
static const char rules[] =
    "{\"leadflow\": 1,"
    " \"fields\": {\"name\": {\"type\": \"string\"}},"
    " \"events\": {\"signup\": {}, \"pricing_view\": {}},"
    " \"scores\": {\"lead\": {\"dimensions\": {\"behavior\": {\"rules\": ["
    "  {\"name\": \"signed_up\", \"on\": \"signup\", \"points\": 10},"
    "  {\"name\": \"saw_prices\", \"on\": \"pricing_view\", \"points\": 15,"
    "   \"decay\": {\"lose\": 5, \"every\": \"7d\"}}]}}}},"
    " \"templates\": {"
    "  \"hello\": {\"channel\": \"email\", \"subject\": \"Welcome, {name|there}!\"},"
    "  \"tips\": {\"channel\": \"email\", \"subject\": \"Tips for your first week\"}},"
    " \"sequences\": {\"welcome\": {\"trigger\": [{\"event\": \"signup\"}],"
    "  \"steps\": [{\"send\": \"hello\"}, {\"wait\": {\"day\": 3}}, {\"send\": \"tips\"}]}}}";

/* What happened to Ada, in the order in which we heard of it. Mail needs her consent. */
#define ADA "{\"contact\":\"ada\",\"at\":\"2026-01-05T10:00:00Z\","
static const char *const events[] = {
    ADA "\"type\":\"$update\",\"props\":{\"fields\":{\"name\":\"Ada\"}}}",
    ADA "\"type\":\"$consent\",\"props\":{\"channel\":\"email\",\"status\":\"granted\"}}",
    ADA "\"type\":\"signup\"}", ADA "\"type\":\"pricing_view\"}"};
static const int64_t day = 24 * 60 * 60 * 1000, jan_5 = 1767607200000; /* ms; 10:00 UTC */

/* Does what the library wants done. The same effect may come again after a crash, with the same key. */
static lf_status deliver(void *user, const lf_effect *effect, lf_receipt *receipt) {
    (void)user, (void)receipt; /* a receipt says: try again later, or never */
    if (strcmp(lf_effect_kind(effect), "send") == 0) {
        printf("mail to ada: %s\n", lf_effect_get(effect, "/message/subject", NULL));
    }
    return LF_OK;
}

static void must(lf_status status) {
    if (status != LF_OK) {
        fprintf(stderr, "%s\n", lf_status_name(status));
        exit(1);
    }
}

int main(void) {
    lf_blueprint *blueprint;
    must(lf_blueprint_parse(rules, strlen(rules), NULL, NULL, &blueprint));
    lf_memstore *memory; /* or a store of yours: see leadflow/store.h */
    lf_store store;
    must(lf_memstore_new(NULL, &memory));
    lf_store_init(&store, sizeof store);
    must(lf_memstore_store(memory, &store));
    lf_delivery delivery;
    lf_delivery_init(&delivery, sizeof delivery);
    delivery.deliver = deliver;
    lf_engine_options options;
    lf_engine_options_init(&options, sizeof options);
    options.store = &store;
    options.delivery = &delivery;
    lf_engine *engine;
    must(lf_engine_new(blueprint, &options, &engine));

    for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
        must(lf_engine_take_json(engine, events[i], strlen(events[i]), 1, jan_5, NULL, NULL));
    }
    for (int64_t now = jan_5; now <= jan_5 + 10 * day; now += day) { /* time passes */
        must(lf_engine_run_due(engine, now, 100, NULL));
        for (size_t done = 1; done > 0;) {
            must(lf_engine_deliver(engine, now, 100, &done));
        }
    }

    lf_contact *ada; /* why is her score what it is? */
    lf_explanation *why;
    must(lf_engine_contact(engine, "ada", 3, &ada));
    must(lf_scorer_explain(lf_blueprint_scorer(blueprint, "lead"), ada, jan_5 + 10 * day, &why));
    printf("score: %.1f\n", (double)lf_explanation_total(why) / 1000);
    for (size_t i = 0; i < lf_explanation_count(why); i++) {
        printf("  %s: %.1f of %.1f\n", lf_explanation_rule(why, i),
               (double)lf_explanation_value(why, i) / 1000,
               (double)lf_explanation_base(why, i) / 1000);
    }
    lf_explanation_free(why);
    lf_contact_free(ada);
    lf_engine_free(engine);
    lf_memstore_free(memory);
    lf_blueprint_unref(blueprint);
    return 0;
}

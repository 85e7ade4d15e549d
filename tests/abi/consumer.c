/* SPDX-License-Identifier: MIT */
/* A program of somebody else: it knows the library by what is installed alone. */
#include <leadflow/leadflow.h>
#include <stdio.h>
#include <string.h>

static const char rules[] =
    "{\"leadflow\": 1, \"name\": \"consumer\", \"events\": {\"demo\": {}}, \"scores\": {\"lead\": "
    "{\"dimensions\": {\"behavior\": {\"rules\": [{\"name\": \"demo\", \"on\": \"demo\", "
    "\"points\": 20}]}}}}}";
static const char demo[] =
    "{\"contact\":\"ada\",\"type\":\"demo\",\"at\":\"2026-01-05T10:00:00Z\"}";

int main(void) {
    lf_memstore *memstore = NULL;
    lf_store store;
    lf_engine_options options;
    lf_engine *engine = NULL;
    lf_blueprint *blueprint = NULL;
    lf_contact *ada = NULL;
    int64_t total = 0;
    lf_store_init(&store, sizeof store);
    lf_engine_options_init(&options, sizeof options);
    options.store = &store;
    lf_status status = lf_blueprint_parse(rules, strlen(rules), NULL, NULL, &blueprint);
    status = status == LF_OK ? lf_memstore_new(NULL, &memstore) : status;
    if (status == LF_OK) {
        lf_memstore_store(memstore, &store);
        status = lf_engine_new(blueprint, &options, &engine);
    }
    status = status == LF_OK ? lf_engine_take_json(engine, demo, strlen(demo), 1,
                                                   INT64_C(1767607200000), NULL, NULL)
                             : status;
    status = status == LF_OK ? lf_engine_contact(engine, "ada", 3, &ada) : status;
    if (status == LF_OK) {
        status = lf_scorer_total(lf_blueprint_scorer_at(blueprint, 0), ada, lf_contact_clock(ada),
                                 &total);
    }
    printf("%s %s %lld\n", lf_version_string(), lf_status_name(status), (long long)total);
    lf_contact_free(ada);
    lf_engine_free(engine);
    lf_memstore_free(memstore);
    lf_blueprint_unref(blueprint);
    return status == LF_OK && lf_version() == LF_VERSION ? 0 : 1;
}

/* SPDX-License-Identifier: MIT */
/* The program of README.md: how the points of one event decay, without a store. */
#include <leadflow/leadflow.h>
#include <stdio.h>
#include <string.h>

int main(void) {
    const char *rules =
        "{\"leadflow\": 1, \"events\": {\"demo_request\": {}}, \"scores\": {\"lead\": {"
        "\"dimensions\": {\"behavior\": {\"rules\": [{\"name\": \"demo\","
        "\"on\": \"demo_request\", \"points\": 20, \"decay\": {\"half_life\": \"14d\"}}]}}}}}";
    const char *demo =
        "{\"contact\":\"ada\",\"type\":\"demo_request\",\"at\":\"2026-01-05T10:00:00Z\"}";
    lf_blueprint *blueprint; /* each call returns a status; on failure its output is NULL, */
    lf_contact *ada;         /* which the next call refuses: here the last one is looked at */
    lf_event *event;
    lf_step *step;
    int64_t total, week = 7 * 24 * 3600 * 1000;
    lf_blueprint_parse(rules, strlen(rules), NULL, NULL, &blueprint);
    lf_contact_new(blueprint, "ada", 3, &ada);
    lf_event_new(blueprint, &event);
    lf_step_new(blueprint, "default", &step);
    lf_event_parse(event, demo, strlen(demo), 1, NULL);
    lf_status status = lf_step_take(step, ada, event, lf_event_at(event), NULL, NULL);
    for (int i = 0; i <= 4 && status == LF_OK; i++) {
        status = lf_scorer_total(lf_blueprint_scorer(blueprint, "lead"), ada,
                                 lf_event_at(event) + i * week, &total);
        printf("after %d weeks: %.3f points\n", i, (double)total / 1000);
    }
    lf_step_free(step);
    lf_event_free(event);
    lf_contact_free(ada);
    lf_blueprint_unref(blueprint);
    return status == LF_OK ? 0 : 1;
}

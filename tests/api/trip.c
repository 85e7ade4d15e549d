/* SPDX-License-Identifier: MIT */
#include "trip.h"

#include <stdio.h>

void trip_begin(trip *t, const char *json) {
    memset(t, 0, sizeof *t);
    OK(zone_shelf_parse(&t->shelf, json, NULL, NULL, &t->blueprint));
    OK(lf_contact_new(t->blueprint, "c-1", 3, &t->contact));
    OK(lf_step_new(t->blueprint, "t", &t->step));
}

void trip_close(trip *t) {
    lf_step_free(t->step);
    lf_contact_free(t->contact);
    lf_blueprint_unref(t->blueprint);
}

lf_status trip_take(trip *t, const char *type, int64_t at, const char *props) {
    char text[500], when[LF_TIMESTAMP_SIZE];
    OK(lf_timestamp_format(at, when, sizeof when));
    snprintf(text, sizeof text, "{\"contact\":\"c-1\",\"type\":\"%s\",\"at\":\"%s\",\"props\":%s}",
             type, when, props == NULL ? "{}" : props);
    lf_event *event = parse_event(t->blueprint, text);
    lf_status status = lf_step_take(t->step, t->contact, event, at, NULL, NULL);
    lf_event_free(event);
    return status;
}

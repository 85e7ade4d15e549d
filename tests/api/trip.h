/* SPDX-License-Identifier: MIT */
/* One contact, the bare step, and zones of tests: what a test of local times goes through them with. */
#pragma once

#include "zone_shelf.h"

typedef struct trip {
    zone_shelf shelf;
    lf_blueprint *blueprint;
    lf_contact *contact;
    lf_step *step;
} trip;

void trip_begin(trip *t, const char *json);
void trip_close(trip *t);
/* An event of the contact, taken in at its own time; props as an object, NULL: none. */
lf_status trip_take(trip *t, const char *type, int64_t at, const char *props);

/* SPDX-License-Identifier: MIT */
/*
 * Drives the library in the two ways there are: an engine on a store (../api/source.h), and the bare step on
 * contacts held in memory. After each input both must have answered alike, made the same effects and the
 * same stored bytes; any difference fails the running cmocka test.
 *
 * Times are those of `leadflow replay`: each contact's `now` is the newest `at` of its events so far.
 */
#pragma once

#include <leadflow/leadflow.h>

#include "scenario_lines.h"

typedef struct person {
    char *id;
    int64_t now;
    lf_contact *contact; /* the step's */
    lf_buffer *stored;   /* what the engine committed last */
    int64_t wake;        /* with it */
} person;

typedef struct drive {
    lf_blueprint *blueprint;
    lf_event *event;
    lf_diagnostics *said;
    lf_step *step;
    void *source; /* the store */
    lf_engine *engine;
    person *people;
    size_t n, room;
    lines by_step, by_engine; /* what would be printed */
} drive;

void drive_open(drive *d, const char *blueprint, size_t len);
/* Takes one event in; returns "new", "late", "duplicate", "changed", "ignored" or "refused". */
const char *drive_event(drive *d, const char *json);
/* Brings everybody to `until` (INT64_MIN: the newest `at`): the engine at each moment at which something is
 * due, the step in one go. Then adds the contacts' lines and sorts. */
void drive_end(drive *d, int64_t until);
void drive_close(drive *d);

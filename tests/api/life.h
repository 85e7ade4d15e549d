/* SPDX-License-Identifier: MIT */
/*
 * A small life of one contact, in which each callback is called. Whoever repeats what failed ends with the same
 * contact, and with each effect made once (RELIABILITY P1, P2, P5, P6).
 */
#pragma once

#include "rig.h"

typedef struct life {
    rig rig;
    int64_t time, late; /* of the story, and how much later than without faults it is */
    size_t failures;
    size_t patience; /* after so many failures the door is mended: even "for ever" ends one day */
    size_t calls[DOOR_CALLS]; /* that could fail: in the end nothing does */
} life;

void life_open(life *l, int how);
/* Lives it, each call repeated until it succeeds; then looks at what has become of it. */
void life_live(life *l);
/* What must be the same whatever failed: the contact, and the effects in their order but for their times. To be
 * freed. */
char *life_outcome(const life *l);
void life_close(life *l);

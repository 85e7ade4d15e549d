/* SPDX-License-Identifier: MIT */
/*
 * Bytes from a damaged or hostile store: they are refused, or they are a contact like any other. It can be asked, woken,
 * told something, and stored, and what is stored is read again as the same contact.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <leadflow/leadflow.h>

/* What is needed to live on with contacts of a blueprint. */
typedef struct ground {
    lf_blueprint *blueprint;
    lf_step *step;
    lf_event *event;
    lf_buffer *first, *second;
} ground;

void ground_open(ground *g,
                 lf_blueprint *blueprint); /* takes a reference; ends the program without memory */
void ground_close(ground *g);

enum hostile_how {
    HOSTILE_READ, /* only read and stored again */
    HOSTILE_NEAR, /* and lived on with: what is due next, an event */
    HOSTILE_FAR   /* and for longer: several moments, a late event, more than a year */
};
/* NULL: all is well; else what is wrong. *let_in: it was no damage that could be seen. */
const char *hostile_bytes(ground *g, const void *bytes, size_t size, enum hostile_how how,
                          bool *let_in);
/* The same of a contact that there is. */
const char *hostile_contact(ground *g, lf_contact *contact, enum hostile_how how);

/* Makes the checksum fit; false: too short to have one. */
bool hostile_checksum(unsigned char *bytes, size_t size);
/* Random numbers (SplitMix64), and those below n: the same from the same seed. */
uint64_t hostile_random(uint64_t *state);
size_t hostile_below(uint64_t *state, size_t n);

/* SPDX-License-Identifier: MIT */
/* What the files of this module share among themselves: growing arrays, and how a time is named. */
#pragma once

#include "contact/contact_state.h"

/* Every LF_VEC has this shape. They are read and written through it by memcpy, so that one function
 * serves all element types without breaking the rules of aliasing. */
typedef struct lf_vec_raw {
    void *items;
    uint32_t n, cap;
} lf_vec_raw;

/* Opens a gap of `count` elements at index `at` and returns its place; NULL: no memory, unchanged. */
void *lf_vec_gap(const lf_mem *mem, void *vec, uint32_t at, uint32_t count, size_t size);
void lf_vec_cut(void *vec, uint32_t at, uint32_t count, size_t size);
bool lf_vec_room(const lf_mem *mem, void *vec, uint32_t need, size_t size);

/* A contact without an id; a contact with nothing in it that keeps its memory. */
lf_status lf_person_blank(const lf_mem *mem, const lf_schema *schema, lf_contact **out);
void lf_person_clear(lf_contact *contact);
/* One element per machine, score and segment of the schema, all of them unset. */
bool lf_person_fit(lf_contact *contact);
/* Does this value refer to text in the heap? */
bool lf_field_has_text(const lf_schema *schema, const lf_field_value *value);

/* How many records of the log are not after t. */
uint32_t lf_activity_upto(const lf_contact *contact, int64_t t);
/* The base record that a stamp speaks of; NULL if it is forgotten. */
const lf_record *lf_activity_record(const lf_contact *contact, lf_stamp stamp);
/* Where a type's past stands, or would stand. */
uint32_t lf_activity_past_place(const lf_contact *contact, uint16_t type);
const lf_type_past *lf_activity_past(const lf_contact *contact, uint16_t type); /* NULL: none */
/* Drops from the log what no question can reach any more. */
void lf_activity_drop(lf_contact *contact);

/* ---- the stored form ----
 * "LF", version, flags, id, counters and times; the names in use, by kind, in the order of their bytes
 * and sharing their beginning with the name before; log, pasts, runs; fields, marks, consents; entries
 * by rule; machines, bands, segments, sequences, what triggers remember, messages that are being handed over, sent, pending; 32 bits of hash. What has a name comes in the order of
 * the names, so that the form does not depend on the order in which a blueprint declares things. A time
 * that is that of a record in the log is written as the record's distance from the newest. */
#define LF_STORED_VERSION 1
#define LF_STORED_HEAD 3u /* magic and version */
#define LF_STORED_TAIL 4u /* checksum */
#define LF_STORED_SEED UINT64_C(0x6c6561646c6f77)
enum lf_stored_flags {
    LF_S_CREATED = 1,
    LF_S_WAKE = 2,
    LF_S_TRIGGERS = 4,
    LF_S_MESSAGES = 8,
    LF_S_HANDED = 16
};
/* Are there names of this kind? */
static inline bool lf_stored_has(int flags, int kind) {
    return kind < LF_N_TRIGGER || (flags & (kind == LF_N_TRIGGER ? LF_S_TRIGGERS : LF_S_MESSAGES));
}
enum lf_stored_record { /* the bits of enum lf_record_flags, and: */
                        LF_SR_ID = 4,
                        LF_SR_CONTENT = 8,
                        LF_SR_OWN = 16,     /* its own time differs from its place */
                        LF_SR_DERIVED = 32, /* it counts as further types */
                        LF_SR_ARRIVAL = 64  /* it did not arrive right after the one before it */
};
enum lf_stored_past { LF_SP_LAST = 1, LF_SP_SEALED = 2 };
enum lf_stored_entry { LF_SE_LOOSE = 1, LF_SE_PER = 2, LF_SE_COUNT = 4 };
enum lf_stored_sequence { /* and two bits of phase */
                          LF_SQ_ENROLLED = 1,
                          LF_SQ_EXITED = 2,
                          LF_SQ_DUE = 4,
                          LF_SQ_STEP = 8,
                          LF_SQ_PHASE = 16,
                          LF_SQ_TIMED_OUT = 64,
                          LF_SQ_MORE = 128 /* a second byte of flags follows */
};
enum lf_stored_more { /* of a sequence, and two bits of lf_paused */
                      LF_SM_ANEW = 1,
                      LF_SM_BEGUN = 2,
                      LF_SM_DAYS = 4,
                      LF_SM_BEHIND = 8,
                      LF_SM_PAUSED = 16,
                      LF_SM_MOVED = 64
};
/* With the step of an enrolment go the labelled ones that follow it: where people go on when it has gone. */
#define LF_FOLLOWING 8u
/* Which they are; returns how many. */
static inline uint32_t lf_steps_following(const lf_schema *schema, uint16_t step,
                                          uint16_t out[LF_FOLLOWING]) {
    uint32_t n = 0;
    for (step = schema->step_next[step]; step != LF_NO_INDEX && n < LF_FOLLOWING;
         step = schema->step_next[step]) {
        if (schema->step_labelled[step]) {
            out[n++] = step;
        }
    }
    return n;
}
enum lf_stored_sent { /* and from 8 on the channel */
                      LF_SS_COUNTS = 1,
                      LF_SS_CLASS = 2,
                      LF_SS_SEQUENCE = 4,
                      LF_SS_CHANNEL = 8
};
enum lf_stored_trigger { LF_ST_MET = 1, LF_ST_VALUE = 2 };
bool lf_list_valid(lf_str items); /* the bytes of a LIST value */

/* SPDX-License-Identifier: MIT */
/*
 * What the files of the decoder share: one pass over the bytes, in which everything is checked. The first failure
 * ends it; whoever goes on behind one gets zeros.
 */
#pragma once

#include "contact/contact_internal.h"

#define LF_UNKNOWN (-1)

typedef struct lf_decoder {
    lf_contact *contact;
    lf_reader in;
    lf_arena arena;
    lf_status status;
    int32_t
        *numbers[LF_N_KINDS]; /* by place in the stored names: the schema's number or LF_UNKNOWN */
    uint32_t n_names[LF_N_KINDS];
    int64_t *times; /* of the stored records */
    uint32_t n_times;
    uint8_t head_flags;
} lf_decoder;

/* ---- contact_decode.c ---- */
void lf_decode_must(lf_decoder *d, lf_status status); /* fails with it, unless it is LF_OK */
void lf_decode_check(lf_decoder *d, bool fine);       /* or the bytes are damaged */
bool lf_decode_going(lf_decoder *d);                  /* nothing has failed so far */
uint32_t lf_get_u32(lf_decoder *d);
uint32_t lf_get_u32_fixed(lf_decoder *d);
uint64_t lf_get_u64_fixed(lf_decoder *d);
uint32_t lf_get_count(lf_decoder *d); /* how many of something follow, each of at least one byte */
lf_str lf_get_text(lf_decoder *d);
lf_ref lf_decode_keep(lf_decoder *d, lf_str text);
int64_t lf_get_time(lf_decoder *d);
int64_t lf_get_ahead(lf_decoder *d); /* a time from the clock */
lf_stamp lf_get_stamp(lf_decoder *d);
bool lf_time_fits(int64_t t);
/* The schema's number of a stored name, LF_UNKNOWN if it has gone. */
int32_t lf_get_name(lf_decoder *d, enum lf_name_kind kind);
/* The same in a list that has the order of the names: *before is 0 at its beginning. */
int32_t lf_get_next_name(lf_decoder *d, enum lf_name_kind kind, uint64_t *before);
void *lf_decode_append(lf_decoder *d, void *vec, size_t size); /* NULL: it has failed */

/* ---- contact_decode_log.c ---- */
void lf_get_log(lf_decoder *d);
void lf_get_activity(lf_decoder *d);

/* ---- contact_decode_values.c ---- */
void lf_get_values(lf_decoder *d);
void lf_get_entries(lf_decoder *d);

/* ---- contact_decode_places.c: where somebody is ---- */
void lf_get_places(lf_decoder *d);

/* ---- contact_decode_sequences.c ---- */
void lf_get_sequences(lf_decoder *d);
void lf_get_messages(lf_decoder *d);
void lf_get_handed(lf_decoder *d);

/* SPDX-License-Identifier: MIT */
/*
 * Floor 1: time zones, made from the bytes of TZif files (RFC 9636). A zone is immutable; any number of
 * threads read it. Everything here is in seconds: offsets are east of UTC, local times are counted from
 * 1970-01-01T00:00 of the zone's own clock, days from 1970-01-01. Times are those of the years 1 to 9999.
 */
#pragma once

#include "base/base.h"

#define LF_ZONE_OFFSET_MIN (-89999) /* RFC 9636: no offset lies outside these */
#define LF_ZONE_OFFSET_MAX 93599
#define LF_ZONE_LARGEST 65536u /* bytes of a file; real ones have at most 4,000 */

typedef struct lf_zone lf_zone;

/* ---- tzif.c: bytes to zone ---- */
/* LF_E_CORRUPT: not a sound TZif file of version 1 to 4. */
lf_status lf_zone_read(const lf_mem *mem, lf_str tzif, lf_zone **out);
void lf_zone_free(const lf_mem *mem, lf_zone *zone); /* NULL is fine */

/* ---- zone.c ---- */
extern const lf_zone lf_zone_utc;
int32_t lf_zone_offset(const lf_zone *zone, int64_t utc);
/* The same, and until when it surely stays. */
int32_t lf_zone_look(const lf_zone *zone, int64_t utc, int64_t *until);
/* A local time that a clock change skips is read with the offset before the change, one that occurs twice is taken
 * the first time (SPEC 9.3). */
int64_t lf_zone_to_utc(const lf_zone *zone, int64_t local);
/* Is there no moment at which the local date is this one? */
bool lf_zone_skips(const lf_zone *zone, int64_t day);
/* The first moment at which the local date is this one or a later one. */
int64_t lf_zone_day(const lf_zone *zone, int64_t day);
/* From Monday, 0, to Sunday, 6. */
unsigned lf_weekday(int64_t day);
/* When it is `second` of the first day from this one on that is one of the weekdays (bit 0 is Monday). Skipped days are
 * passed over; the weekday is that of the nominal date. LF_TIME_NONE: after the end of the year 9999. */
int64_t lf_zone_from(const lf_zone *zone, int64_t day, int32_t second, uint8_t weekdays);
/* The next time, not before `after`, at which it is `second` of the day on one of the weekdays (bit 0 is
 * Monday). Skipped days are passed over; the weekday is that of the nominal date. LF_TIME_NONE: none up to
 * the end of the year 9999. */
int64_t lf_zone_next(const lf_zone *zone, int64_t after, int32_t second, uint8_t weekdays);

/* SPDX-License-Identifier: MIT */
/*
 * TZif files; what does not begin like one is the rule of a file. A zone that is accepted has offsets in their range,
 * each moment has a local time that leads back to it or to an earlier moment of the same local time, a local time is
 * skipped only where no moment shows it, and the next "HH:MM on weekdays" is found, and soon.
 */
#include <string.h>

#include "fuzz.h"

#include "../time/tzif_make.h"
#include "time/timing.h"
#include "time/zone.h"

#define FIRST (LF_TIME_MIN / 1000)
#define LAST (LF_TIME_MAX / 1000)
#define SAMPLES 400
#define DAY 86400

static void expect(bool fine, const char *what) {
    if (!fine) {
        fuzz_wrong(what, NULL);
    }
}

static int64_t shown(const lf_zone *zone, int64_t utc) {
    return utc + lf_zone_offset(zone, utc);
}

static void look_at_local(const lf_zone *zone, int64_t local) {
    int64_t utc = lf_zone_to_utc(zone, local);
    expect(shown(zone, utc) >= local, "a local time is read as an earlier one");
    expect(local - utc >= LF_ZONE_OFFSET_MIN && local - utc <= LF_ZONE_OFFSET_MAX,
           "a local time is read with no offset");
}

static void look_at(const lf_zone *zone, int64_t utc) {
    if (utc < FIRST || utc > LAST) {
        return;
    }
    int32_t offset = lf_zone_offset(zone, utc);
    expect(offset >= LF_ZONE_OFFSET_MIN && offset <= LF_ZONE_OFFSET_MAX, "an offset out of range");
    int64_t first = lf_zone_to_utc(zone, utc + offset);
    expect(first <= utc && shown(zone, first) == utc + offset, "a moment does not come back");
    for (int64_t away = -7200; away <= 7200; away += 1800) {
        look_at_local(zone, utc + offset + away);
    }
}

/* A time of day on some weekdays: it is what that day's time is read as, and no earlier day would do. */
static void look_ahead(const lf_zone *zone, int64_t utc, uint32_t random) {
    uint8_t weekdays = (uint8_t)(random >> 8 & 0x7f);
    int32_t second = (int32_t)(random % DAY);
    int64_t next = lf_zone_next(zone, utc, second, weekdays);
    if (next == LF_TIME_NONE) {
        return;
    }
    expect(next >= utc && weekdays != 0, "the next is in the past, or on no weekday");
    bool found = false;
    int64_t today = lf_floor_div(shown(zone, next), DAY);
    for (int64_t day = today - 3; day <= today && !found; day++) {
        int64_t weekday = day + 3 - 7 * lf_floor_div(day + 3, 7);
        found = (weekdays >> weekday & 1) != 0 && !lf_zone_skips(zone, day) &&
                lf_zone_to_utc(zone, day * DAY + second) == next;
    }
    expect(found, "the next is none of that time and weekday");
}

/* Between two moments of other offsets there is a change: its last second before, and its first. */
static void look_at_change(const lf_zone *zone, int64_t from, int64_t to) {
    int32_t before = lf_zone_offset(zone, from);
    while (to - from > 1) {
        int64_t middle = from + (to - from) / 2;
        if (lf_zone_offset(zone, middle) == before) {
            from = middle;
        } else {
            to = middle;
        }
    }
    look_at(zone, from);
    look_at(zone, to);
    look_ahead(zone, from, 0x3f00 + (uint32_t)(from & 0xff));
}

static void look_through(const lf_zone *zone, int64_t from, int64_t step) {
    uint32_t random = 1;
    for (int i = 0; i < SAMPLES; i++, from += step) {
        random = random * 1664525 + 1013904223;
        look_at(zone, from);
        look_ahead(zone, from, random >> 4);
        if (lf_zone_offset(zone, from) != lf_zone_offset(zone, from + step)) {
            look_at_change(zone, from, from + step);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char rule[256];
    tzif made;
    lf_mem mem;
    lf_zone *zone;
    lf_str bytes = {(const char *)data, size};
    lf_allocator allocator = fuzz_allocator();
    if (size < sizeof rule && !lf_str_starts(bytes, LF_STR("TZif")) &&
        memchr(data, 0, size) == NULL) {
        memcpy(rule, data, size);
        rule[size] = '\0';
        made = tzif_rule(rule);
        bytes = (lf_str){(const char *)made.bytes, made.n};
    }
    fuzz_ok(lf_mem_from(&mem, &allocator), "the allocator");
    lf_status status = lf_zone_read(&mem, bytes, &zone);
    expect((status == LF_OK) == (zone != NULL), "a zone or none");
    if (status == LF_OK) {
        look_through(zone, FIRST, (LAST - FIRST) / SAMPLES);
        look_through(zone, -3000000000, 7000000000 / SAMPLES);
        look_through(zone, 1767225600 - 30 * DAY, DAY);
        look_at(zone, LAST);
        look_at(zone, FIRST);
        expect(lf_zone_next(zone, 0, 0, 0) == LF_TIME_NONE, "on no weekday");
    } else {
        expect(status == LF_E_CORRUPT, "refused as what it is not");
    }
    lf_zone_free(&mem, zone);
    fuzz_all_given_back();
    return 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * TZif files (RFC 9636), versions 1 to 4. What a file must be is checked as a whole before anything is made of it.
 * Times that count leap seconds ("right/" zones) become times that do not, as all times here are.
 */
#include "time/timing.h"
#include "time/zone_internal.h"

enum lf_counts { UT_MARKS, STANDARD_MARKS, LEAPS, TURNS, TYPES, LETTERS, N_COUNTS };
#define MAGIC LF_STR("TZif")
#define RESERVED 15u
#define TYPE_SIZE 6u
#define LEAP_APART (28 * INT64_C(86400) - 1)

typedef struct block {
    char version;
    unsigned width; /* bytes of a time */
    uint32_t n[N_COUNTS];
    lf_str turns, indices, types, letters, leaps, standard_marks, ut_marks;
} block;

static int64_t big_endian(lf_str bytes, size_t at, unsigned width) {
    uint64_t value = (uint8_t)bytes.p[at] & 0x80 ? UINT64_MAX : 0;
    for (unsigned i = 0; i < width; i++) {
        value = value << 8 | (uint8_t)bytes.p[at + i];
    }
    return (int64_t)value;
}

static bool read_header(lf_reader *r, block *out) {
    bool magic = lf_str_eq(lf_read_bytes(r, MAGIC.n), MAGIC);
    out->version = (char)lf_read_byte(r);
    lf_read_bytes(r, RESERVED);
    for (unsigned i = 0; i < N_COUNTS && !r->failed; i++) {
        lf_str four = lf_read_bytes(r, 4);
        out->n[i] = r->failed ? 0 : (uint32_t)big_endian(four, 0, 4);
        r->failed = r->failed || out->n[i] > LF_ZONE_LARGEST; /* and no size below overflows */
    }
    return magic && !r->failed &&
           memchr("\0"
                  "234",
                  out->version, 4) != NULL;
}

static bool read_block(lf_reader *r, unsigned width, block *out) {
    out->width = width;
    out->turns = lf_read_bytes(r, (size_t)out->n[TURNS] * width);
    out->indices = lf_read_bytes(r, out->n[TURNS]);
    out->types = lf_read_bytes(r, (size_t)out->n[TYPES] * TYPE_SIZE);
    out->letters = lf_read_bytes(r, out->n[LETTERS]);
    out->leaps = lf_read_bytes(r, (size_t)out->n[LEAPS] * (width + 4));
    out->standard_marks = lf_read_bytes(r, out->n[STANDARD_MARKS]);
    out->ut_marks = lf_read_bytes(r, out->n[UT_MARKS]);
    return !r->failed;
}

/* ---- what a block must be ---- */
static int32_t type_offset(const block *b, size_t type) {
    return (int32_t)big_endian(b->types, type * TYPE_SIZE, 4);
}

static bool types_sound(const block *b) {
    for (size_t i = 0; i < b->n[TYPES]; i++) {
        const char *type = b->types.p + i * TYPE_SIZE;
        int32_t offset = type_offset(b, i);
        uint8_t summer = (uint8_t)type[4], letters = (uint8_t)type[5];
        if (offset < LF_ZONE_OFFSET_MIN || offset > LF_ZONE_OFFSET_MAX || summer > 1 ||
            letters >= b->n[LETTERS] ||
            memchr(b->letters.p + letters, '\0', b->n[LETTERS] - letters) == NULL) {
            return false;
        }
    }
    return b->n[TYPES] > 0;
}

static bool turns_sound(const block *b) {
    for (size_t i = 0; i < b->n[TURNS]; i++) {
        if ((uint8_t)b->indices.p[i] >= b->n[TYPES]) {
            return false;
        }
    }
    return true;
}

/* Marks tell how the file was made; nothing else depends on them. What is in UT is in standard time too. */
static bool marks_sound(const block *b) {
    uint32_t ut = b->n[UT_MARKS], standard = b->n[STANDARD_MARKS], types = b->n[TYPES];
    if ((ut != 0 && ut != types) || (standard != 0 && standard != types)) {
        return false;
    }
    for (size_t i = 0; i < types; i++) {
        uint8_t of_ut = ut == 0 ? 0 : (uint8_t)b->ut_marks.p[i];
        uint8_t of_standard = standard == 0 ? 0 : (uint8_t)b->standard_marks.p[i];
        if (of_ut > of_standard || of_standard > 1) {
            return false;
        }
    }
    return true;
}

static int64_t leap_at(const block *b, size_t i) {
    return big_endian(b->leaps, i * (b->width + 4), b->width);
}

static int64_t leap_sum(const block *b, size_t i) {
    return big_endian(b->leaps, i * (b->width + 4) + b->width, 4);
}

/* One second more or less each; version 4 may begin in the middle, and may end with the time up to which it knows. */
static bool leaps_sound(const block *b) {
    for (size_t i = 0; i < b->n[LEAPS]; i++) {
        bool newest = b->version == '4';
        int64_t step = leap_sum(b, i) - (i == 0 ? 0 : leap_sum(b, i - 1));
        bool any = newest && i == 0, end = newest && i > 0 && i + 1 == b->n[LEAPS] && step == 0;
        bool apart =
            i == 0 ? leap_at(b, i) >= 0
                   : leap_at(b, i) >= LEAP_APART && leap_at(b, i) - LEAP_APART >= leap_at(b, i - 1);
        if (!apart || (step != 1 && step != -1 && !any && !end)) {
            return false;
        }
    }
    return true;
}

static bool sound(const block *b) {
    return types_sound(b) && turns_sound(b) && marks_sound(b) && leaps_sound(b);
}

/* ---- the zone ---- */
static int64_t turn_at(const block *b, size_t i) {
    int64_t at = big_endian(b->turns, i * b->width, b->width), sum = 0;
    for (size_t j = 0; j < b->n[LEAPS] && leap_at(b, j) <= at; j++) {
        sum = leap_sum(b, j);
    }
    return at - sum;
}

/* False: times that do not increase, or a rule that goes on otherwise than the last of them. */
static bool fill(const block *b, lf_zone *zone, lf_zone_turn *turns) {
    zone->before = type_offset(b, 0);
    zone->n = b->n[TURNS];
    zone->turns = turns;
    for (size_t i = 0; i < zone->n; i++) {
        turns[i] = (lf_zone_turn){turn_at(b, i), type_offset(b, (uint8_t)b->indices.p[i])};
        if (i > 0 && turns[i].utc <= turns[i - 1].utc) {
            return false;
        }
    }
    const lf_zone_turn *last = zone->n == 0 ? NULL : &zone->turns[zone->n - 1];
    if (!zone->ruled || last == NULL || last->utc < LF_TIME_MIN / LF_MS_SECOND ||
        last->utc > LF_TIME_MAX / LF_MS_SECOND) {
        return true;
    }
    int64_t until = INT64_MAX;
    return lf_rule_offset(&zone->rule, last->utc, &until) == last->offset;
}

/* The rule between two newlines, with which the file ends. */
static bool read_footer(lf_reader *r, lf_str *out) {
    lf_str all = lf_read_bytes(r, (size_t)(r->end - r->p));
    if (all.n < 2 || all.p[0] != '\n' || all.p[all.n - 1] != '\n') {
        return false;
    }
    *out = (lf_str){all.p + 1, all.n - 2};
    return true;
}

static bool read_file(lf_str tzif, block *out, lf_str *rule) {
    lf_reader r = lf_read_from(tzif);
    if (!read_header(&r, out) || !read_block(&r, 4, out)) {
        return false;
    }
    if (out->version == '\0') {
        return r.p == r.end;
    }
    return read_header(&r, out) && out->version != '\0' && read_block(&r, 8, out) &&
           read_footer(&r, rule);
}

typedef struct whole {
    lf_zone zone;
    lf_zone_turn turns[];
} whole;

static size_t size_of(uint32_t n) {
    return sizeof(whole) + n * sizeof(lf_zone_turn);
}

lf_status lf_zone_read(const lf_mem *mem, lf_str tzif, lf_zone **out) {
    block b;
    lf_str rule = {NULL, 0};
    lf_zone_rule parsed = {.dst = false};
    *out = NULL;
    if (tzif.n > LF_ZONE_LARGEST || !read_file(tzif, &b, &rule) || !sound(&b) ||
        (rule.n > 0 && !lf_rule_parse(rule, &parsed))) {
        return LF_E_CORRUPT;
    }
    whole *made = lf_mem_alloc(mem, size_of(b.n[TURNS]));
    if (made == NULL) {
        return LF_E_NOMEM;
    }
    made->zone.ruled = rule.n > 0;
    made->zone.rule = parsed;
    if (!fill(&b, &made->zone, made->turns)) {
        lf_mem_free(mem, made, size_of(b.n[TURNS]));
        return LF_E_CORRUPT;
    }
    *out = &made->zone;
    return LF_OK;
}

void lf_zone_free(const lf_mem *mem, lf_zone *zone) {
    lf_mem_free(mem, zone, zone == NULL ? 0 : size_of(zone->n));
}

/* SPDX-License-Identifier: MIT */
/* Bytes back to a contact: everything is checked, what the schema no longer knows is left out. */
#include "contact/decoder.h"

void lf_decode_must(lf_decoder *d, lf_status status) {
    if (d->status == LF_OK) {
        d->status = status;
    }
}

bool lf_decode_going(lf_decoder *d) {
    if (d->in.failed) {
        lf_decode_must(d, LF_E_CORRUPT);
    }
    return d->status == LF_OK;
}

void lf_decode_check(lf_decoder *d, bool fine) {
    if (!fine) {
        lf_decode_must(d, LF_E_CORRUPT);
    }
}

uint32_t lf_get_u32(lf_decoder *d) {
    uint64_t value = lf_read_varint(&d->in);
    lf_decode_check(d, value <= UINT32_MAX);
    return (uint32_t)value;
}

uint32_t lf_get_count(lf_decoder *d) {
    uint64_t n = lf_read_varint(&d->in);
    lf_decode_check(d, n <= (uint64_t)(d->in.end - d->in.p));
    return lf_decode_going(d) ? (uint32_t)n : 0;
}

lf_str lf_get_text(lf_decoder *d) {
    uint32_t n = lf_get_count(d);
    lf_str text = lf_read_bytes(&d->in, n);
    lf_decode_check(d, lf_utf8_valid(text));
    return lf_decode_going(d) ? text : (lf_str){NULL, 0};
}

lf_ref lf_decode_keep(lf_decoder *d, lf_str text) {
    lf_ref ref = {0, 0};
    if (lf_decode_going(d)) {
        lf_decode_must(d, lf_person_keep(d->contact, text, &ref));
    }
    return ref;
}

bool lf_time_fits(int64_t t) {
    return t >= LF_TIME_MIN && t <= LF_TIME_MAX;
}

int64_t lf_get_time(lf_decoder *d) {
    uint64_t back = lf_read_varint(&d->in);
    int64_t t = 0;
    if (back > 0) {
        lf_decode_check(d, back <= d->n_times);
        t = lf_decode_going(d) ? d->times[d->n_times - back] : 0;
    } else {
        t = lf_sat_sub(d->contact->clock, lf_read_svarint(&d->in));
    }
    lf_decode_check(d, lf_time_fits(t));
    return t;
}

lf_stamp lf_get_stamp(lf_decoder *d) {
    lf_stamp stamp = {.at = lf_get_time(d)};
    stamp.arrival = lf_get_u32(d);
    lf_decode_check(d, stamp.arrival <= d->contact->arrivals);
    const lf_record *record = lf_activity_record(d->contact, stamp);
    if (record != NULL) {
        stamp.id = record->id;
    } else if (stamp.arrival > 0) {
        stamp.id = lf_decode_keep(d, lf_get_text(d));
    }
    return stamp;
}

uint32_t lf_get_u32_fixed(lf_decoder *d) {
    uint32_t value = 0;
    for (int shift = 0; shift < 32; shift += 8) {
        value |= (uint32_t)lf_read_byte(&d->in) << shift;
    }
    return value;
}

uint64_t lf_get_u64_fixed(lf_decoder *d) {
    uint64_t low = lf_get_u32_fixed(d);
    return low | (uint64_t)lf_get_u32_fixed(d) << 32;
}

int64_t lf_get_ahead(lf_decoder *d) {
    int64_t t = lf_sat_add(d->contact->clock, lf_read_svarint(&d->in));
    lf_decode_check(d, lf_time_fits(t));
    return t;
}

static int32_t number_at(lf_decoder *d, enum lf_name_kind kind, uint64_t place) {
    lf_decode_check(d, place < d->n_names[kind]);
    return lf_decode_going(d) ? d->numbers[kind][place] : LF_UNKNOWN;
}

int32_t lf_get_name(lf_decoder *d, enum lf_name_kind kind) {
    return number_at(d, kind, lf_read_varint(&d->in));
}

int32_t lf_get_next_name(lf_decoder *d, enum lf_name_kind kind, uint64_t *before) {
    uint64_t place = lf_read_varint(&d->in);
    lf_decode_check(d, place >= *before);
    *before = place + 1;
    return number_at(d, kind, place);
}

void *lf_decode_append(lf_decoder *d, void *vec, size_t size) {
    lf_vec_raw raw;
    memcpy(&raw, vec, sizeof raw);
    void *gap = lf_vec_gap(&d->contact->mem, vec, raw.n, 1, size);
    if (gap == NULL) {
        lf_decode_must(d, LF_E_NOMEM);
    }
    return gap;
}

static void get_head(lf_decoder *d) {
    lf_contact *c = d->contact;
    d->head_flags = lf_read_byte(&d->in);
    lf_decode_check(d, d->head_flags < 2 * LF_S_HANDED);
    lf_str id = lf_get_text(d);
    lf_decode_check(d, lf_person_id_valid(id));
    if (lf_decode_going(d)) {
        lf_decode_must(d, lf_person_keep_id(c, id));
    }
    c->definitions = lf_get_u32_fixed(d);
    c->arrivals = lf_get_u32(d);
    c->effects = lf_get_u32(d);
    c->clock = lf_read_svarint(&d->in);
    lf_decode_check(d, lf_time_fits(c->clock));
    if (d->head_flags & LF_S_CREATED) {
        c->created = lf_sat_sub(c->clock, lf_read_svarint(&d->in));
        c->idle_origin = lf_sat_add(c->created, lf_read_svarint(&d->in));
        lf_decode_check(d, lf_time_fits(c->created) && lf_time_fits(c->idle_origin));
    }
    if (d->head_flags & LF_S_WAKE) {
        c->wake = lf_sat_add(c->clock, lf_read_svarint(&d->in));
        lf_decode_check(d, lf_time_fits(c->wake));
    }
}

static lf_str get_one_name(lf_decoder *d, lf_str before) {
    uint64_t shared = lf_read_varint(&d->in);
    lf_str rest = lf_get_text(d);
    lf_decode_check(d, shared <= before.n && shared + rest.n <= 255);
    if (!lf_decode_going(d)) {
        return (lf_str){NULL, 0};
    }
    char *name = lf_arena_alloc(&d->arena, (size_t)shared + rest.n + 1);
    if (name == NULL) {
        lf_decode_must(d, LF_E_NOMEM);
        return (lf_str){NULL, 0};
    }
    if (before.p != NULL) {
        memcpy(name, before.p, (size_t)shared);
    }
    if (rest.n > 0) {
        memcpy(name + shared, rest.p, rest.n);
    }
    return (lf_str){name, (size_t)shared + rest.n};
}

static void get_names(lf_decoder *d) {
    for (int kind = 0; kind < LF_N_KINDS && lf_decode_going(d); kind++) {
        if (!lf_stored_has(d->head_flags, kind)) {
            continue;
        }
        lf_str before = {NULL, 0};
        uint32_t n = lf_get_count(d);
        d->n_names[kind] = n;
        d->numbers[kind] = lf_arena_alloc(&d->arena, (n + 1u) * sizeof(int32_t));
        if (d->numbers[kind] == NULL) {
            lf_decode_must(d, LF_E_NOMEM);
        }
        for (uint32_t i = 0; i < n && lf_decode_going(d); i++) {
            lf_str name = get_one_name(d, before);
            lf_decode_check(d, name.n > 0 && (i == 0 || lf_str_cmp(before, name) < 0));
            d->numbers[kind][i] = lf_schema_find(d->contact->schema, (enum lf_name_kind)kind, name);
            before = name;
        }
    }
}

static bool checksum_fits(lf_str bytes) {
    uint64_t hash = lf_hash(bytes.p, bytes.n - LF_STORED_TAIL, LF_STORED_SEED);
    for (unsigned i = 0; i < LF_STORED_TAIL; i++) {
        if ((uint8_t)bytes.p[bytes.n - LF_STORED_TAIL + i] != (uint8_t)(hash >> (8 * i))) {
            return false;
        }
    }
    return true;
}

static void get_all(lf_decoder *d) {
    get_head(d);
    get_names(d);
    if (lf_decode_going(d)) {
        lf_get_log(d);
        lf_get_activity(d);
        lf_get_values(d);
        lf_get_entries(d);
        lf_get_places(d);
        lf_get_sequences(d);
    }
    if (lf_decode_going(d) && (d->head_flags & LF_S_HANDED)) {
        lf_get_handed(d);
    }
    if (lf_decode_going(d) && (d->head_flags & LF_S_MESSAGES)) {
        lf_get_messages(d);
    }
    lf_decode_check(d, d->in.p == d->in.end);
}

lf_status lf_person_decode_into(lf_contact *contact, lf_str bytes) {
    if (bytes.n < LF_STORED_HEAD + LF_STORED_TAIL || memcmp(bytes.p, "LF", 2) != 0 ||
        (uint8_t)bytes.p[2] != LF_STORED_VERSION || !checksum_fits(bytes)) {
        return LF_E_CORRUPT;
    }
    const uint8_t *start = (const uint8_t *)bytes.p;
    lf_decoder d = {.contact = contact,
                    .in = {start + LF_STORED_HEAD, start + bytes.n - LF_STORED_TAIL, false}};
    lf_arena_init(&d.arena, &contact->mem);
    lf_person_clear(contact);
    if (!lf_person_fit(contact)) {
        d.status = LF_E_NOMEM;
    } else {
        get_all(&d);
    }
    lf_arena_free(&d.arena);
    if (d.status != LF_OK) {
        lf_person_clear(contact);
    }
    return d.status;
}

lf_status lf_person_decode(const lf_mem *mem, const lf_schema *schema, lf_str bytes,
                           lf_contact **out) {
    lf_status status = lf_person_blank(mem, schema, out);
    if (status != LF_OK) {
        return status;
    }
    status = lf_person_decode_into(*out, bytes);
    if (status != LF_OK) {
        lf_person_free(*out);
        *out = NULL;
    }
    return status;
}

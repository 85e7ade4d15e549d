/* SPDX-License-Identifier: MIT */
/* Decoding: fields, marks, consents, entries of scores. */
#include "contact/decoder.h"

static void get_field_data(lf_decoder *d, uint8_t type, lf_field_value *value, lf_str *text) {
    uint64_t bits = 0;
    switch (type) {
    case LF_F_STRING:
        *text = lf_get_text(d);
        break;
    case LF_F_LIST:
        *text = lf_read_bytes(&d->in, lf_get_count(d));
        lf_decode_check(d, lf_list_valid(*text));
        break;
    case LF_F_DOUBLE:
        bits = lf_get_u64_fixed(d);
        memcpy(&value->u.d, &bits, sizeof bits);
        break;
    default:
        value->u.i = lf_read_svarint(&d->in);
        lf_decode_check(d, type != LF_F_BOOL || value->u.i == 0 || value->u.i == 1);
        lf_decode_check(d, type != LF_F_TIMESTAMP || lf_time_fits(value->u.i));
        break;
    }
}

/* Two fields of old may be one now: it has the newer value. */
static bool is_newer(const lf_decoder *d, const lf_field_value *value) {
    const lf_field_value *there = lf_person_field_stamp(d->contact, value->field);
    return there == NULL || value->stamp.at > there->stamp.at ||
           (value->stamp.at == there->stamp.at && value->stamp.arrival > there->stamp.arrival);
}

static void get_field(lf_decoder *d, uint64_t *before) {
    int32_t field = lf_get_next_name(d, LF_N_FIELD, before);
    lf_field_value value = {.stamp = lf_get_stamp(d)};
    uint8_t type = lf_read_byte(&d->in);
    lf_str text = {NULL, 0};
    lf_decode_check(d, type <= 1 + LF_F_LIST);
    value.present = type > 0;
    if (value.present && lf_decode_going(d)) {
        get_field_data(d, (uint8_t)(type - 1), &value, &text);
    }
    if (!lf_decode_going(d) || field == LF_UNKNOWN ||
        (type > 0 && d->contact->schema->field_types[field] != type - 1)) {
        return; /* of another type now: the value has gone with it */
    }
    value.field = (uint16_t)field;
    if (is_newer(d, &value)) {
        lf_decode_must(d, lf_person_set_field(d->contact, &value, text));
    }
}

static void get_mark(lf_decoder *d) {
    uint8_t kind = lf_read_byte(&d->in);
    lf_str name = lf_get_text(d);
    lf_stamp stamp = lf_get_stamp(d);
    bool changed;
    lf_decode_check(d, kind / 2 <= LF_MARK_SUPPRESSION && name.n > 0 &&
                           lf_person_mark(d->contact, kind / 2, name) == NULL);
    if (lf_decode_going(d)) {
        lf_decode_must(
            d, lf_person_set_mark(d->contact, kind / 2, name, kind % 2 == 1, stamp, &changed));
    }
}

static void get_consent(lf_decoder *d) {
    uint8_t kind = lf_read_byte(&d->in);
    lf_str topic = lf_get_text(d), source = lf_get_text(d), text = lf_get_text(d);
    lf_stamp stamp = lf_get_stamp(d);
    lf_decode_check(d, kind / 4 < LF_CHANNELS &&
                           lf_person_consent(d->contact, kind / 4, topic) == NULL);
    if (lf_decode_going(d)) {
        lf_decode_must(
            d, lf_person_set_consent(d->contact, kind / 4, topic, kind % 4, source, text, stamp));
    }
}

void lf_get_values(lf_decoder *d) {
    uint32_t n = lf_get_count(d);
    uint64_t before = 0;
    for (uint32_t i = 0; i < n && lf_decode_going(d); i++) {
        get_field(d, &before);
    }
    n = lf_get_count(d);
    for (uint32_t i = 0; i < n && lf_decode_going(d); i++) {
        get_mark(d);
    }
    n = lf_get_count(d);
    for (uint32_t i = 0; i < n && lf_decode_going(d); i++) {
        get_consent(d);
    }
}

static void get_entry(lf_decoder *d, int32_t rule) {
    lf_entry entry = {.count = 1};
    uint8_t flags = lf_read_byte(&d->in);
    lf_decode_check(d, flags <= (LF_SE_LOOSE | LF_SE_PER | LF_SE_COUNT));
    entry.at = lf_get_time(d);
    entry.per = (flags & LF_SE_PER) ? lf_read_varint(&d->in) : 0;
    entry.count = (flags & LF_SE_COUNT) ? lf_get_u32(d) : 1;
    entry.flags = (flags & LF_SE_LOOSE) ? LF_ENTRY_LOOSE : 0;
    lf_decode_check(d, entry.count > 0);
    if (lf_decode_going(d) && rule != LF_UNKNOWN) {
        entry.rule = (uint16_t)rule;
        lf_decode_must(d, lf_person_add_entry(d->contact, &entry));
    }
}

void lf_get_entries(lf_decoder *d) {
    for (uint32_t i = 0; i < d->n_names[LF_N_RULE] && lf_decode_going(d); i++) {
        uint32_t n = lf_get_count(d);
        for (uint32_t j = 0; j < n && lf_decode_going(d); j++) {
            get_entry(d, d->numbers[LF_N_RULE][i]);
        }
    }
}

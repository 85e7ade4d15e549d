/* SPDX-License-Identifier: MIT */
/* Decoding: the log of events, and what is known of older ones. */
#include "contact/decoder.h"

/* Does one of the records from `first` on say so of its event already? Types that were two may be one now. */
static bool has_type(const lf_decoder *d, uint32_t first, int32_t type) {
    for (uint32_t i = first; i < d->contact->log.n; i++) {
        if (d->contact->log.items[i].type == type) {
            return true;
        }
    }
    return false;
}

/* `first`: where in the log the records of its event begin. */
static void add_record(lf_decoder *d, const lf_record *record, uint32_t first, int32_t type,
                       uint8_t more) {
    bool wanted = type != LF_UNKNOWN && lf_decode_going(d) && !has_type(d, first, type);
    lf_record *place = wanted ? lf_decode_append(d, &d->contact->log, sizeof *place) : NULL;
    if (place != NULL) {
        *place = *record;
        place->type = (uint16_t)type;
        place->flags = (uint8_t)(place->flags | more);
    }
}

/* Returns how many records of the log it stands for. */
static uint32_t get_record(lf_decoder *d, int64_t *at, uint32_t *arrival) {
    lf_record record = {.arrival = *arrival};
    uint8_t flags = lf_read_byte(&d->in);
    int32_t type = lf_get_name(d, LF_N_TYPE);
    uint64_t apart = lf_read_varint(&d->in);
    lf_decode_check(d, apart <= (uint64_t)(LF_TIME_MAX - LF_TIME_MIN));
    record.at = lf_sat_add(*at, (int64_t)apart);
    record.flags = flags & LF_RECORD_ENGAGED;
    lf_decode_check(d, (flags & LF_RECORD_DERIVED) == 0 && flags < 2 * LF_SR_ARRIVAL);
    if (flags & LF_SR_ARRIVAL) {
        record.arrival = lf_get_u32(d);
    }
    if (flags & LF_SR_ID) {
        record.id = lf_decode_keep(d, lf_get_text(d));
        lf_decode_check(d, record.id.n > 0);
    }
    record.content = (flags & LF_SR_CONTENT) ? lf_get_u32_fixed(d) : 0;
    uint64_t ahead = (flags & LF_SR_OWN) ? lf_read_varint(&d->in) : 0;
    lf_decode_check(d, ahead <= (uint64_t)(LF_TIME_MAX - LF_TIME_MIN));
    record.own_at = lf_sat_add(record.at, (int64_t)ahead);
    lf_decode_check(d, lf_time_fits(record.at) && lf_time_fits(record.own_at) &&
                           record.arrival > 0 && record.arrival <= d->contact->arrivals);
    uint32_t n = (flags & LF_SR_DERIVED) ? lf_get_count(d) : 0;
    lf_decode_check(d, n < UINT32_MAX && n <= d->n_names[LF_N_TYPE]);
    uint32_t first = d->contact->log.n;
    add_record(d, &record, first, type, 0);
    for (uint32_t i = 0; i < n && lf_decode_going(d); i++) {
        int32_t derived = lf_get_name(d, LF_N_TYPE);
        add_record(d, &record, first, type == LF_UNKNOWN ? LF_UNKNOWN : derived, LF_RECORD_DERIVED);
    }
    *at = record.at;
    *arrival = record.arrival + 1;
    return n + 1;
}

void lf_get_log(lf_decoder *d) {
    uint32_t n = lf_get_count(d), arrival = 1;
    int64_t at = LF_TIME_MIN;
    d->times = lf_arena_alloc(&d->arena, (n + 1u) * sizeof *d->times);
    if (d->times == NULL) {
        lf_decode_must(d, LF_E_NOMEM);
    }
    while (d->n_times < n && lf_decode_going(d)) {
        uint32_t some = get_record(d, &at, &arrival);
        lf_decode_check(d, some <= n - d->n_times);
        for (uint32_t i = 0; i < some && lf_decode_going(d); i++) {
            d->times[d->n_times++] = at;
        }
    }
}

static void get_past(lf_decoder *d, int32_t type) {
    lf_type_past past = {.sealed = INT64_MIN};
    uint8_t flags = lf_read_byte(&d->in);
    lf_decode_check(d, flags <= (LF_SP_LAST | LF_SP_SEALED));
    past.first = lf_get_time(d);
    past.last = (flags & LF_SP_LAST) ? lf_get_time(d) : past.first;
    lf_decode_check(d, past.first <= past.last);
    if (flags & LF_SP_SEALED) {
        past.sealed = lf_get_time(d);
    }
    if (type == LF_UNKNOWN || !lf_decode_going(d)) {
        return;
    }
    past.type = (uint16_t)type;
    uint32_t i = lf_activity_past_place(d->contact, past.type);
    lf_type_past *there = i < d->contact->past.n ? &d->contact->past.items[i] : NULL;
    if (there != NULL && there->type == past.type) { /* two types of old are one now */
        there->first = past.first < there->first ? past.first : there->first;
        there->last = past.last > there->last ? past.last : there->last;
        there->sealed = past.sealed > there->sealed ? past.sealed : there->sealed;
        return;
    }
    lf_type_past *gap = lf_vec_gap(&d->contact->mem, &d->contact->past, i, 1, sizeof *gap);
    if (gap == NULL) {
        lf_decode_must(d, LF_E_NOMEM);
    } else {
        *gap = past;
    }
}

void lf_get_activity(lf_decoder *d) {
    uint32_t n = lf_get_count(d);
    uint8_t star = lf_read_byte(&d->in);
    lf_decode_check(d, star <= 1 && star <= n);
    if (star == 1 && lf_decode_going(d)) {
        get_past(d, LF_NO_INDEX);
        n--;
    }
    uint64_t after = 0;
    for (uint32_t i = 0; i < n && lf_decode_going(d); i++) {
        get_past(d, lf_get_next_name(d, LF_N_TYPE, &after));
    }
    n = lf_get_count(d);
    for (uint32_t i = 0; i < n && lf_decode_going(d); i++) {
        lf_run run = {.start = lf_get_time(d)};
        run.end = lf_get_time(d);
        const lf_run *before = i == 0 ? NULL : &d->contact->runs.items[i - 1];
        lf_decode_check(d, run.start <= run.end && (before == NULL || before->end < run.start));
        lf_run *place =
            lf_decode_going(d) ? lf_decode_append(d, &d->contact->runs, sizeof run) : NULL;
        if (place != NULL) {
            *place = run;
        }
    }
}

/* SPDX-License-Identifier: MIT */
/* Bytes back to a contact: everything is checked, what the schema no longer knows is left out. */
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

static void fail(lf_decoder *d, lf_status status) {
    if (d->status == LF_OK) {
        d->status = status;
    }
}

static bool going(lf_decoder *d) {
    if (d->in.failed) {
        fail(d, LF_E_CORRUPT);
    }
    return d->status == LF_OK;
}

static void check(lf_decoder *d, bool fine) {
    if (!fine) {
        fail(d, LF_E_CORRUPT);
    }
}

static uint32_t get_u32(lf_decoder *d) {
    uint64_t value = lf_read_varint(&d->in);
    check(d, value <= UINT32_MAX);
    return (uint32_t)value;
}

/* How many of something follow, each of at least one byte. */
static uint32_t get_count(lf_decoder *d) {
    uint64_t n = lf_read_varint(&d->in);
    check(d, n <= (uint64_t)(d->in.end - d->in.p));
    return going(d) ? (uint32_t)n : 0;
}

static lf_str get_text(lf_decoder *d) {
    uint32_t n = get_count(d);
    lf_str text = lf_read_bytes(&d->in, n);
    check(d, lf_utf8_valid(text));
    return going(d) ? text : (lf_str){NULL, 0};
}

static void must(lf_decoder *d, lf_status status) {
    if (status != LF_OK) {
        fail(d, status);
    }
}

static lf_ref keep(lf_decoder *d, lf_str text) {
    lf_ref ref = {0, 0};
    if (going(d)) {
        must(d, lf_person_keep(d->contact, text, &ref));
    }
    return ref;
}

static bool time_fits(int64_t t) {
    return t >= LF_TIME_MIN && t <= LF_TIME_MAX;
}

static int64_t get_time(lf_decoder *d) {
    uint64_t back = lf_read_varint(&d->in);
    int64_t t = 0;
    if (back > 0) {
        check(d, back <= d->n_times);
        t = going(d) ? d->times[d->n_times - back] : 0;
    } else {
        t = lf_sat_sub(d->contact->clock, lf_read_svarint(&d->in));
    }
    check(d, time_fits(t));
    return t;
}

static lf_stamp get_stamp(lf_decoder *d) {
    lf_stamp stamp = {.at = get_time(d)};
    stamp.arrival = get_u32(d);
    check(d, stamp.arrival <= d->contact->arrivals);
    const lf_record *record = lf_activity_record(d->contact, stamp);
    if (record != NULL) {
        stamp.id = record->id;
    } else if (stamp.arrival > 0) {
        stamp.id = keep(d, get_text(d));
    }
    return stamp;
}

static uint32_t get_u32_fixed(lf_decoder *d) {
    uint32_t value = 0;
    for (int shift = 0; shift < 32; shift += 8) {
        value |= (uint32_t)lf_read_byte(&d->in) << shift;
    }
    return value;
}

static void get_head(lf_decoder *d) {
    lf_contact *c = d->contact;
    d->head_flags = lf_read_byte(&d->in);
    check(d, d->head_flags < 2 * LF_S_MESSAGES);
    lf_str id = get_text(d);
    check(d, lf_person_id_valid(id));
    if (going(d)) {
        must(d, lf_person_keep_id(c, id));
    }
    c->definitions = get_u32_fixed(d);
    c->arrivals = get_u32(d);
    c->effects = get_u32(d);
    c->clock = lf_read_svarint(&d->in);
    check(d, time_fits(c->clock));
    if (d->head_flags & LF_S_CREATED) {
        c->created = lf_sat_sub(c->clock, lf_read_svarint(&d->in));
        c->idle_origin = lf_sat_add(c->created, lf_read_svarint(&d->in));
        check(d, time_fits(c->created) && time_fits(c->idle_origin));
    }
    if (d->head_flags & LF_S_WAKE) {
        c->wake = lf_sat_add(c->clock, lf_read_svarint(&d->in));
        check(d, time_fits(c->wake));
    }
}

static lf_str get_one_name(lf_decoder *d, lf_str before) {
    uint64_t shared = lf_read_varint(&d->in);
    lf_str rest = get_text(d);
    check(d, shared <= before.n && shared + rest.n <= 255);
    if (!going(d)) {
        return (lf_str){NULL, 0};
    }
    char *name = lf_arena_alloc(&d->arena, (size_t)shared + rest.n + 1);
    if (name == NULL) {
        fail(d, LF_E_NOMEM);
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
    for (int kind = 0; kind < LF_N_KINDS && going(d); kind++) {
        if (!lf_stored_has(d->head_flags, kind)) {
            continue;
        }
        lf_str before = {NULL, 0};
        uint32_t n = get_count(d);
        d->n_names[kind] = n;
        d->numbers[kind] = lf_arena_alloc(&d->arena, (n + 1u) * sizeof(int32_t));
        if (d->numbers[kind] == NULL) {
            fail(d, LF_E_NOMEM);
        }
        for (uint32_t i = 0; i < n && going(d); i++) {
            lf_str name = get_one_name(d, before);
            check(d, name.n > 0 && (i == 0 || lf_str_cmp(before, name) < 0));
            d->numbers[kind][i] = lf_names_find(&d->contact->schema->names[kind], name);
            before = name;
        }
    }
}

/* The schema's number of a stored name, LF_UNKNOWN if it has gone. */
static int32_t number_at(lf_decoder *d, enum lf_name_kind kind, uint64_t place) {
    check(d, place < d->n_names[kind]);
    return going(d) ? d->numbers[kind][place] : LF_UNKNOWN;
}

static int32_t get_name(lf_decoder *d, enum lf_name_kind kind) {
    return number_at(d, kind, lf_read_varint(&d->in));
}

static void *append(lf_decoder *d, void *vec, size_t size) {
    lf_vec_raw raw;
    memcpy(&raw, vec, sizeof raw);
    void *gap = lf_vec_gap(&d->contact->mem, vec, raw.n, 1, size);
    if (gap == NULL) {
        fail(d, LF_E_NOMEM);
    }
    return gap;
}

static void add_record(lf_decoder *d, const lf_record *record, int32_t type, uint8_t more) {
    lf_record *place =
        type == LF_UNKNOWN || !going(d) ? NULL : append(d, &d->contact->log, sizeof *place);
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
    int32_t type = get_name(d, LF_N_TYPE);
    uint64_t apart = lf_read_varint(&d->in);
    check(d, apart <= (uint64_t)(LF_TIME_MAX - LF_TIME_MIN));
    record.at = lf_sat_add(*at, (int64_t)apart);
    record.flags = flags & LF_RECORD_ENGAGED;
    check(d, (flags & LF_RECORD_DERIVED) == 0 && flags < 2 * LF_SR_ARRIVAL);
    if (flags & LF_SR_ARRIVAL) {
        record.arrival = get_u32(d);
    }
    if (flags & LF_SR_ID) {
        record.id = keep(d, get_text(d));
        check(d, record.id.n > 0);
    }
    record.content = (flags & LF_SR_CONTENT) ? get_u32_fixed(d) : 0;
    uint64_t ahead = (flags & LF_SR_OWN) ? lf_read_varint(&d->in) : 0;
    check(d, ahead <= (uint64_t)(LF_TIME_MAX - LF_TIME_MIN));
    record.own_at = lf_sat_add(record.at, (int64_t)ahead);
    check(d, time_fits(record.at) && time_fits(record.own_at) && record.arrival > 0 &&
                 record.arrival <= d->contact->arrivals);
    uint32_t n = (flags & LF_SR_DERIVED) ? get_count(d) : 0;
    check(d, n < UINT32_MAX && n <= d->n_names[LF_N_TYPE]);
    add_record(d, &record, type, 0);
    for (uint32_t i = 0; i < n && going(d); i++) {
        int32_t derived = get_name(d, LF_N_TYPE);
        add_record(d, &record, type == LF_UNKNOWN ? LF_UNKNOWN : derived, LF_RECORD_DERIVED);
    }
    *at = record.at;
    *arrival = record.arrival + 1;
    return n + 1;
}

static void get_log(lf_decoder *d) {
    uint32_t n = get_count(d), arrival = 1;
    int64_t at = LF_TIME_MIN;
    d->times = lf_arena_alloc(&d->arena, (n + 1u) * sizeof *d->times);
    if (d->times == NULL) {
        fail(d, LF_E_NOMEM);
    }
    while (d->n_times < n && going(d)) {
        uint32_t some = get_record(d, &at, &arrival);
        check(d, some <= n - d->n_times);
        for (uint32_t i = 0; i < some && going(d); i++) {
            d->times[d->n_times++] = at;
        }
    }
}

static void get_past(lf_decoder *d, int32_t type) {
    lf_type_past past = {.sealed = INT64_MIN};
    uint8_t flags = lf_read_byte(&d->in);
    check(d, flags <= (LF_SP_LAST | LF_SP_SEALED));
    past.first = get_time(d);
    past.last = (flags & LF_SP_LAST) ? get_time(d) : past.first;
    check(d, past.first <= past.last);
    if (flags & LF_SP_SEALED) {
        past.sealed = get_time(d);
    }
    if (type == LF_UNKNOWN || !going(d)) {
        return;
    }
    past.type = (uint16_t)type;
    uint32_t i = lf_activity_past_place(d->contact, past.type);
    check(d, i == d->contact->past.n || d->contact->past.items[i].type != past.type);
    lf_type_past *gap = lf_vec_gap(&d->contact->mem, &d->contact->past, i, 1, sizeof *gap);
    if (gap == NULL) {
        fail(d, LF_E_NOMEM);
    } else {
        *gap = past;
    }
}

static void get_activity(lf_decoder *d) {
    uint32_t n = get_count(d);
    uint8_t star = lf_read_byte(&d->in);
    check(d, star <= 1 && star <= n);
    if (star == 1 && going(d)) {
        get_past(d, LF_NO_INDEX);
        n--;
    }
    for (uint32_t i = 0; i < n && going(d); i++) {
        get_past(d, get_name(d, LF_N_TYPE));
    }
    n = get_count(d);
    for (uint32_t i = 0; i < n && going(d); i++) {
        lf_run run = {.start = get_time(d)};
        run.end = get_time(d);
        const lf_run *before = i == 0 ? NULL : &d->contact->runs.items[i - 1];
        check(d, run.start <= run.end && (before == NULL || before->end < run.start));
        lf_run *place = going(d) ? append(d, &d->contact->runs, sizeof run) : NULL;
        if (place != NULL) {
            *place = run;
        }
    }
}

static void get_field_data(lf_decoder *d, uint8_t type, lf_field_value *value, lf_str *text) {
    uint64_t bits = 0;
    switch (type) {
    case LF_F_STRING:
        *text = get_text(d);
        break;
    case LF_F_LIST:
        *text = lf_read_bytes(&d->in, get_count(d));
        check(d, lf_list_valid(*text));
        break;
    case LF_F_DOUBLE:
        for (int shift = 0; shift < 64; shift += 8) {
            bits |= (uint64_t)lf_read_byte(&d->in) << shift;
        }
        memcpy(&value->u.d, &bits, sizeof bits);
        break;
    default:
        value->u.i = lf_read_svarint(&d->in);
        check(d, type != LF_F_BOOL || value->u.i == 0 || value->u.i == 1);
        check(d, type != LF_F_TIMESTAMP || time_fits(value->u.i));
        break;
    }
}

static void get_field(lf_decoder *d) {
    int32_t field = get_name(d, LF_N_FIELD);
    lf_field_value value = {.stamp = get_stamp(d)};
    uint8_t type = lf_read_byte(&d->in);
    lf_str text = {NULL, 0};
    check(d, type <= 1 + LF_F_LIST);
    value.present = type > 0;
    if (value.present && going(d)) {
        get_field_data(d, (uint8_t)(type - 1), &value, &text);
    }
    if (!going(d) || field == LF_UNKNOWN ||
        (type > 0 && d->contact->schema->field_types[field] != type - 1)) {
        return; /* of another type now: the value has gone with it */
    }
    value.field = (uint16_t)field;
    check(d, lf_person_field_stamp(d->contact, value.field) == NULL);
    if (going(d)) {
        lf_status status = lf_person_set_field(d->contact, &value, text);
        if (status != LF_OK) {
            fail(d, status);
        }
    }
}

static void get_mark(lf_decoder *d) {
    uint8_t kind = lf_read_byte(&d->in);
    lf_str name = get_text(d);
    lf_stamp stamp = get_stamp(d);
    bool changed;
    check(d, kind / 2 <= LF_MARK_SUPPRESSION && name.n > 0 &&
                 lf_person_mark(d->contact, kind / 2, name) == NULL);
    if (going(d)) {
        lf_status status =
            lf_person_set_mark(d->contact, kind / 2, name, kind % 2 == 1, stamp, &changed);
        if (status != LF_OK) {
            fail(d, status);
        }
    }
}

static void get_consent(lf_decoder *d) {
    uint8_t kind = lf_read_byte(&d->in);
    lf_str topic = get_text(d), source = get_text(d), text = get_text(d);
    lf_stamp stamp = get_stamp(d);
    check(d, kind / 4 < LF_CHANNELS && lf_person_consent(d->contact, kind / 4, topic) == NULL);
    if (going(d)) {
        lf_status status =
            lf_person_set_consent(d->contact, kind / 4, topic, kind % 4, source, text, stamp);
        if (status != LF_OK) {
            fail(d, status);
        }
    }
}

static void get_values(lf_decoder *d) {
    uint32_t n = get_count(d);
    for (uint32_t i = 0; i < n && going(d); i++) {
        get_field(d);
    }
    n = get_count(d);
    for (uint32_t i = 0; i < n && going(d); i++) {
        get_mark(d);
    }
    n = get_count(d);
    for (uint32_t i = 0; i < n && going(d); i++) {
        get_consent(d);
    }
}

static void get_entry(lf_decoder *d, int32_t rule) {
    lf_entry entry = {.count = 1};
    uint8_t flags = lf_read_byte(&d->in);
    check(d, flags <= (LF_SE_LOOSE | LF_SE_PER | LF_SE_COUNT));
    entry.at = get_time(d);
    entry.per = (flags & LF_SE_PER) ? lf_read_varint(&d->in) : 0;
    entry.count = (flags & LF_SE_COUNT) ? get_u32(d) : 1;
    entry.flags = (flags & LF_SE_LOOSE) ? LF_ENTRY_LOOSE : 0;
    check(d, entry.count > 0);
    if (going(d) && rule != LF_UNKNOWN) {
        entry.rule = (uint16_t)rule;
        lf_status status = lf_person_add_entry(d->contact, &entry);
        if (status != LF_OK) {
            fail(d, status);
        }
    }
}

static void get_entries(lf_decoder *d) {
    for (uint32_t i = 0; i < d->n_names[LF_N_RULE] && going(d); i++) {
        uint32_t n = get_count(d);
        for (uint32_t j = 0; j < n && going(d); j++) {
            get_entry(d, d->numbers[LF_N_RULE][i]);
        }
    }
}

static void get_held(lf_decoder *d) {
    uint32_t n = get_count(d);
    for (uint32_t i = 0; i < n && going(d); i++) {
        int32_t machine = get_name(d, LF_N_MACHINE);
        uint64_t transition = lf_read_varint(&d->in);
        check(d, transition < LF_NO_INDEX);
        /* What is not entered, for its state is gone, holds nothing back. */
        if (machine != LF_UNKNOWN && going(d) &&
            d->contact->machines.items[machine].state != LF_NO_INDEX) {
            lf_held *held = append(d, &d->contact->held, sizeof *held);
            if (held != NULL) {
                *held = (lf_held){(uint16_t)machine, (uint16_t)transition};
            }
        }
    }
}

static void get_places(lf_decoder *d) {
    const lf_schema *schema = d->contact->schema;
    for (uint32_t i = 0; i < d->n_names[LF_N_MACHINE] && going(d); i++) {
        int32_t machine = d->numbers[LF_N_MACHINE][i], state = get_name(d, LF_N_STATE);
        int64_t since = get_time(d);
        if (going(d) && machine != LF_UNKNOWN && state != LF_UNKNOWN &&
            schema->state_machine[state] == machine) {
            d->contact->machines.items[machine] = (lf_machine_state){(uint16_t)state, since};
        }
    }
    get_held(d);
    for (uint32_t i = 0; i < d->n_names[LF_N_SCORE] && going(d); i++) {
        int32_t score = d->numbers[LF_N_SCORE][i], band = get_name(d, LF_N_BAND);
        if (score != LF_UNKNOWN && band != LF_UNKNOWN && schema->band_score[band] == score) {
            d->contact->bands.items[score] = (uint16_t)band;
        }
    }
    for (uint32_t i = 0; i < d->n_names[LF_N_SEGMENT] && going(d); i++) {
        if (d->numbers[LF_N_SEGMENT][i] != LF_UNKNOWN) {
            d->contact->segments.items[d->numbers[LF_N_SEGMENT][i]] = 1;
        }
    }
}

static void add_sequence(lf_decoder *d, const lf_sequence_past *past) {
    lf_sequence_past *items = d->contact->sequences.items;
    uint32_t i = 0;
    while (i < d->contact->sequences.n && items[i].sequence < past->sequence) {
        i++;
    }
    lf_sequence_past *gap = lf_vec_gap(&d->contact->mem, &d->contact->sequences, i, 1, sizeof *gap);
    if (gap == NULL) {
        fail(d, LF_E_NOMEM);
    } else {
        *gap = *past;
    }
}

static void get_more(lf_decoder *d, lf_enrolment *in) {
    uint8_t more = lf_read_byte(&d->in);
    in->anew = (more & LF_SM_ANEW) != 0;
    in->paused = more / LF_SM_PAUSED;
    check(d, more > 0 && in->paused <= (LF_PAUSED_BY_HAND | LF_PAUSED_BY_GROUP));
    in->begun = (more & LF_SM_BEGUN) ? get_time(d) : in->since;
    in->days = (more & LF_SM_DAYS) ? get_u32(d) : 0;
    in->behind = (more & LF_SM_BEHIND) ? lf_read_svarint(&d->in) : 0;
    check(d, in->behind >= 0 && in->behind <= LF_TIME_MAX - LF_TIME_MIN);
    check(d, (in->begun != in->since) == ((more & LF_SM_BEGUN) != 0) &&
                 (in->days != 0) == ((more & LF_SM_DAYS) != 0) &&
                 (in->behind != 0) == ((more & LF_SM_BEHIND) != 0));
    in->paused_at = in->paused != 0 ? get_time(d) : INT64_MIN;
}

static void get_sequence(lf_decoder *d, int32_t sequence) {
    const lf_schema *schema = d->contact->schema;
    uint8_t flags = lf_read_byte(&d->in);
    lf_sequence_past past = {.times = get_u32(d), .last_exit = INT64_MIN};
    lf_enrolment in = {.due = LF_TIME_NONE, .step = LF_NO_INDEX, .paused_at = INT64_MIN};
    bool enrolled = (flags & LF_SQ_ENROLLED) != 0;
    int32_t step = LF_NO_INDEX;
    past.last_exit = (flags & LF_SQ_EXITED) ? get_time(d) : INT64_MIN;
    in.phase = flags / LF_SQ_PHASE % 4;
    in.timed_out = (flags & LF_SQ_TIMED_OUT) != 0;
    check(d, past.times > 0 && (enrolled || flags <= LF_SQ_EXITED));
    if (enrolled) {
        in.since = in.begun = get_time(d);
        step = (flags & LF_SQ_STEP) ? get_name(d, LF_N_STEP) : LF_NO_INDEX;
        in.due = (flags & LF_SQ_DUE) ? lf_sat_add(d->contact->clock, lf_read_svarint(&d->in))
                                     : LF_TIME_NONE;
        check(d, !(flags & LF_SQ_DUE) || (in.due >= LF_TIME_MIN && in.due < LF_TIME_NONE));
        if (flags & LF_SQ_MORE) {
            get_more(d, &in);
        }
    }
    if (!going(d) || sequence == LF_UNKNOWN) {
        return;
    }
    past.sequence = in.sequence = (uint16_t)sequence;
    add_sequence(d, &past);
    bool there = step == LF_NO_INDEX
                     ? in.phase == LF_AT_STEP
                     : step != LF_UNKNOWN && schema->step_sequence[step] == sequence;
    if (enrolled && there && going(d)) {
        uint32_t i = d->contact->enrolments.n;
        while (i > 0 && d->contact->enrolments.items[i - 1].sequence > in.sequence) {
            i--;
        }
        in.step = (uint16_t)step;
        lf_enrolment *gap =
            lf_vec_gap(&d->contact->mem, &d->contact->enrolments, i, 1, sizeof *gap);
        if (gap == NULL) {
            fail(d, LF_E_NOMEM);
        } else {
            *gap = in;
        }
    }
}

static void get_trigger(lf_decoder *d, int32_t trigger) {
    uint8_t flags = lf_read_byte(&d->in);
    bool met = (flags & LF_ST_MET) != 0;
    int64_t value = (flags & LF_ST_VALUE) ? get_time(d) : 0;
    check(d, flags <= (LF_ST_MET | LF_ST_VALUE) && (met || flags == 0));
    if (going(d) && trigger != LF_UNKNOWN) {
        lf_trigger_past past = {(uint16_t)trigger, met, value};
        must(d, lf_person_set_trigger_past(d->contact, &past));
    }
}

static void get_sent(lf_decoder *d) {
    uint8_t flags = lf_read_byte(&d->in);
    lf_sent sent = {.at = get_time(d), .number = get_u32(d), .channel = flags / LF_SS_CHANNEL};
    int32_t class_ = (flags & LF_SS_CLASS) ? get_name(d, LF_N_CLASS) : LF_UNKNOWN;
    int32_t sequence = (flags & LF_SS_SEQUENCE) ? get_name(d, LF_N_SEQUENCE) : LF_UNKNOWN;
    sent.counts = (flags & LF_SS_COUNTS) != 0;
    sent.class_ = class_ == LF_UNKNOWN ? LF_NO_INDEX : (uint16_t)class_;
    sent.sequence = sequence == LF_UNKNOWN ? LF_NO_INDEX : (uint16_t)sequence;
    const lf_sent *before =
        d->contact->sent.n == 0 ? NULL : &d->contact->sent.items[d->contact->sent.n - 1];
    check(d, sent.channel < LF_CHANNELS && sent.number < d->contact->effects &&
                 (before == NULL || (before->at <= sent.at && before->number < sent.number)));
    lf_sent *place = going(d) ? append(d, &d->contact->sent, sizeof sent) : NULL;
    if (place != NULL) {
        *place = sent;
    }
}

static int64_t get_ahead(lf_decoder *d) {
    int64_t t = lf_sat_add(d->contact->clock, lf_read_svarint(&d->in));
    check(d, time_fits(t));
    return t;
}

static void get_pending(lf_decoder *d) {
    int32_t template_ = get_name(d, LF_N_TEMPLATE);
    lf_pending pending = {.begun = get_time(d)};
    pending.due = get_ahead(d);
    uint8_t limited = lf_read_byte(&d->in);
    check(d, limited <= 1);
    pending.stale = limited == 1 ? get_ahead(d) : LF_TIME_NONE;
    lf_pending *place = going(d) && template_ != LF_UNKNOWN
                            ? append(d, &d->contact->pending, sizeof pending)
                            : NULL;
    if (place != NULL) {
        pending.template_ = (uint16_t)template_;
        *place = pending;
    }
}

static void get_messages(lf_decoder *d) {
    uint32_t n = get_count(d);
    for (uint32_t i = 0; i < n && going(d); i++) {
        get_sent(d);
    }
    n = get_count(d);
    for (uint32_t i = 0; i < n && going(d); i++) {
        get_pending(d);
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
    if (going(d)) {
        get_log(d);
        get_activity(d);
        get_values(d);
        get_entries(d);
        get_places(d);
    }
    for (uint32_t i = 0; going(d) && i < d->n_names[LF_N_SEQUENCE]; i++) {
        get_sequence(d, d->numbers[LF_N_SEQUENCE][i]);
    }
    for (uint32_t i = 0; going(d) && i < d->n_names[LF_N_TRIGGER]; i++) {
        get_trigger(d, d->numbers[LF_N_TRIGGER][i]);
    }
    if (going(d) && (d->head_flags & LF_S_MESSAGES)) {
        get_messages(d);
    }
    check(d, d->in.p == d->in.end);
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

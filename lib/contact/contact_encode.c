/* SPDX-License-Identifier: MIT */
/* A contact as bytes: see contact_internal.h for the form. */
#include "contact/contact_internal.h"

typedef struct lf_encoder {
    const lf_contact *contact;
    lf_buf *out;
    int flags;                    /* enum lf_stored_flags */
    uint16_t *places[LF_N_KINDS]; /* by number: place in the stored names + 1; 0: not in use */
} lf_encoder;

static void use(lf_encoder *e, enum lf_name_kind kind, uint16_t number) {
    if (number != LF_NO_INDEX) {
        e->places[kind][number] = 1;
    }
}

static void use_step(lf_encoder *e, uint16_t step) {
    uint16_t following[LF_FOLLOWING];
    use(e, LF_N_STEP, step);
    uint32_t n = step == LF_NO_INDEX ? 0 : lf_steps_following(e->contact->schema, step, following);
    for (uint32_t i = 0; i < n; i++) {
        use(e, LF_N_STEP, following[i]);
    }
}

static void use_all(lf_encoder *e) {
    const lf_contact *c = e->contact;
    for (uint32_t i = 0; i < c->log.n; i++) {
        use(e, LF_N_TYPE, c->log.items[i].type);
    }
    for (uint32_t i = 0; i < c->past.n; i++) {
        use(e, LF_N_TYPE, c->past.items[i].type);
    }
    for (uint32_t i = 0; i < c->fields.n; i++) {
        use(e, LF_N_FIELD, c->fields.items[i].field);
    }
    for (uint32_t i = 0; i < c->entries.n; i++) {
        use(e, LF_N_RULE, c->entries.items[i].rule);
    }
    for (uint32_t i = 0; i < c->machines.n; i++) {
        if (c->machines.items[i].state != LF_NO_INDEX) {
            use(e, LF_N_MACHINE, (uint16_t)i);
            use(e, LF_N_STATE, c->machines.items[i].state);
        }
    }
    for (uint32_t i = 0; i < c->bands.n; i++) {
        if (c->bands.items[i] != LF_NO_INDEX) {
            use(e, LF_N_SCORE, (uint16_t)i);
            use(e, LF_N_BAND, c->bands.items[i]);
        }
    }
    for (uint32_t i = 0; i < c->segments.n; i++) {
        if (c->segments.items[i] != 0) {
            use(e, LF_N_SEGMENT, (uint16_t)i);
        }
    }
    for (uint32_t i = 0; i < c->sequences.n; i++) {
        use(e, LF_N_SEQUENCE, c->sequences.items[i].sequence);
    }
    for (uint32_t i = 0; i < c->enrolments.n; i++) {
        use_step(e, c->enrolments.items[i].step);
    }
    for (uint32_t i = 0; i < c->triggers.n; i++) {
        use(e, LF_N_TRIGGER, c->triggers.items[i].trigger);
    }
    for (uint32_t i = 0; i < c->sent.n; i++) {
        use(e, LF_N_CLASS, c->sent.items[i].class_);
        use(e, LF_N_SEQUENCE, c->sent.items[i].sequence);
    }
    for (uint32_t i = 0; i < c->pending.n; i++) {
        use(e, LF_N_TEMPLATE, c->pending.items[i].template_);
    }
}

static void put_text(lf_buf *out, lf_str text) {
    lf_buf_varint(out, text.n);
    lf_buf_str(out, text);
}

static void put_u32(lf_buf *out, uint32_t value) {
    for (int shift = 0; shift < 32; shift += 8) {
        lf_buf_byte(out, (uint8_t)(value >> shift));
    }
}

static void put_u64(lf_buf *out, uint64_t value) {
    put_u32(out, (uint32_t)value);
    put_u32(out, (uint32_t)(value >> 32));
}

static void put_names(lf_encoder *e) {
    const lf_schema *schema = e->contact->schema;
    for (int kind = 0; kind < LF_N_KINDS; kind++) {
        if (!lf_stored_has(e->flags, kind)) {
            continue;
        }
        const lf_names *names = &schema->names[kind];
        uint32_t n = 0;
        lf_str before = {NULL, 0};
        for (uint32_t i = 0; i < names->n; i++) {
            n += e->places[kind][i];
        }
        lf_buf_varint(e->out, n);
        n = 0;
        for (uint32_t i = 0; i < names->n; i++) {
            uint16_t number = schema->by_name[kind][i];
            if (e->places[kind][number] == 0) {
                continue;
            }
            lf_str name = names->items[number];
            size_t shared = 0;
            while (shared < before.n && shared < name.n && before.p[shared] == name.p[shared]) {
                shared++;
            }
            lf_buf_varint(e->out, shared);
            put_text(e->out, (lf_str){name.p + shared, name.n - shared});
            e->places[kind][number] = (uint16_t)++n;
            before = name;
        }
    }
}

static void put_name(lf_encoder *e, enum lf_name_kind kind, uint16_t number) {
    lf_buf_varint(e->out, e->places[kind][number] - 1u);
}

/* A time: 0 and its distance from the clock, or 1 + its distance from the newest record. */
static void put_time(lf_encoder *e, int64_t t) {
    uint32_t end = lf_activity_upto(e->contact, t);
    if (end > 0 && e->contact->log.items[end - 1].at == t) {
        lf_buf_varint(e->out, e->contact->log.n - end + 1);
    } else {
        lf_buf_byte(e->out, 0);
        lf_buf_svarint(e->out, e->contact->clock - t);
    }
}

static void put_stamp(lf_encoder *e, lf_stamp stamp) {
    put_time(e, stamp.at);
    lf_buf_varint(e->out, stamp.arrival);
    if (stamp.arrival > 0 && lf_activity_record(e->contact, stamp) == NULL) {
        put_text(e->out, lf_person_text(e->contact, stamp.id));
    }
}

static void put_head(lf_encoder *e) {
    const lf_contact *c = e->contact;
    int flags =
        (c->created != INT64_MAX ? LF_S_CREATED : 0) | (c->wake != LF_TIME_NONE ? LF_S_WAKE : 0) |
        (c->triggers.n > 0 ? LF_S_TRIGGERS : 0) |
        (c->sent.n + c->pending.n > 0 ? LF_S_MESSAGES : 0) | (c->handed.n > 0 ? LF_S_HANDED : 0);
    e->flags = flags;
    lf_buf_byte(e->out, 'L');
    lf_buf_byte(e->out, 'F');
    lf_buf_byte(e->out, LF_STORED_VERSION);
    lf_buf_byte(e->out, (uint8_t)flags);
    put_text(e->out, lf_person_text(c, c->id));
    put_u32(e->out, c->definitions);
    lf_buf_varint(e->out, c->arrivals);
    lf_buf_varint(e->out, c->effects);
    lf_buf_svarint(e->out, c->clock);
    if (flags & LF_S_CREATED) {
        lf_buf_svarint(e->out, c->clock - c->created);
        lf_buf_svarint(e->out, c->idle_origin - c->created);
    }
    if (flags & LF_S_WAKE) {
        lf_buf_svarint(e->out, c->wake - c->clock);
    }
}

/* A record and the derived ones behind it. Returns how many they are. */
static uint32_t put_record(lf_encoder *e, uint32_t at, uint32_t arrival) {
    const lf_contact *c = e->contact;
    const lf_record *record = &c->log.items[at];
    uint32_t n = 1;
    while (at + n < c->log.n && (record[n].flags & LF_RECORD_DERIVED) != 0) {
        n++;
    }
    int flags = record->flags | (record->id.n > 0 ? LF_SR_ID : 0) |
                (record->content != 0 ? LF_SR_CONTENT : 0) |
                (record->own_at != record->at ? LF_SR_OWN : 0) | (n > 1 ? LF_SR_DERIVED : 0) |
                (record->arrival != arrival ? LF_SR_ARRIVAL : 0);
    lf_buf_byte(e->out, (uint8_t)flags);
    put_name(e, LF_N_TYPE, record->type);
    lf_buf_varint(e->out, (uint64_t)(record->at - (at == 0 ? LF_TIME_MIN : record[-1].at)));
    if (flags & LF_SR_ARRIVAL) {
        lf_buf_varint(e->out, record->arrival);
    }
    if (flags & LF_SR_ID) {
        put_text(e->out, lf_person_text(c, record->id));
    }
    if (flags & LF_SR_CONTENT) {
        put_u32(e->out, record->content);
    }
    if (flags & LF_SR_OWN) {
        lf_buf_varint(e->out, (uint64_t)(record->own_at - record->at));
    }
    if (flags & LF_SR_DERIVED) {
        lf_buf_varint(e->out, n - 1);
        for (uint32_t i = 1; i < n; i++) {
            put_name(e, LF_N_TYPE, record[i].type);
        }
    }
    return n;
}

static void put_log(lf_encoder *e) {
    const lf_contact *c = e->contact;
    lf_buf_varint(e->out, c->log.n);
    for (uint32_t i = 0, arrival = 1; i < c->log.n;) {
        uint32_t n = put_record(e, i, arrival);
        arrival = c->log.items[i].arrival + 1;
        i += n;
    }
}

static void put_past(lf_encoder *e, const lf_type_past *past) {
    lf_buf_byte(e->out, (uint8_t)((past->last != past->first ? LF_SP_LAST : 0) |
                                  (past->sealed != INT64_MIN ? LF_SP_SEALED : 0)));
    put_time(e, past->first);
    if (past->last != past->first) {
        put_time(e, past->last);
    }
    if (past->sealed != INT64_MIN) {
        put_time(e, past->sealed);
    }
}

static void put_activity(lf_encoder *e) {
    const lf_contact *c = e->contact;
    const lf_schema *schema = c->schema;
    const lf_type_past *star = lf_activity_past(c, LF_NO_INDEX);
    lf_buf_varint(e->out, c->past.n);
    lf_buf_byte(e->out, star != NULL);
    if (star != NULL) {
        put_past(e, star);
    }
    for (uint32_t i = 0; i < schema->names[LF_N_TYPE].n; i++) {
        const lf_type_past *past = lf_activity_past(c, schema->by_name[LF_N_TYPE][i]);
        if (past != NULL) {
            put_name(e, LF_N_TYPE, past->type);
            put_past(e, past);
        }
    }
    lf_buf_varint(e->out, c->runs.n);
    for (uint32_t i = 0; i < c->runs.n; i++) {
        put_time(e, c->runs.items[i].start);
        put_time(e, c->runs.items[i].end);
    }
}

static void put_field(lf_encoder *e, const lf_field_value *value) {
    const lf_contact *c = e->contact;
    uint8_t type = c->schema->field_types[value->field];
    put_name(e, LF_N_FIELD, value->field);
    put_stamp(e, value->stamp);
    lf_buf_byte(e->out, (uint8_t)(value->present ? 1 + type : 0));
    if (!value->present) {
        return;
    }
    if (lf_field_has_text(c->schema, value)) {
        put_text(e->out, lf_person_text(c, value->u.text));
    } else if (type == LF_F_DOUBLE) {
        uint64_t bits;
        memcpy(&bits, &value->u.d, sizeof bits);
        put_u64(e->out, bits);
    } else {
        lf_buf_svarint(e->out, value->u.i);
    }
}

static void put_values(lf_encoder *e) {
    const lf_contact *c = e->contact;
    lf_buf_varint(e->out, c->fields.n);
    for (uint32_t i = 0; i < c->schema->names[LF_N_FIELD].n; i++) {
        const lf_field_value *value = lf_person_field_stamp(c, c->schema->by_name[LF_N_FIELD][i]);
        if (value != NULL) {
            put_field(e, value);
        }
    }
    lf_buf_varint(e->out, c->marks.n);
    for (uint32_t i = 0; i < c->marks.n; i++) {
        const lf_mark *mark = &c->marks.items[i];
        lf_buf_byte(e->out, (uint8_t)(mark->kind * 2 + (mark->on ? 1 : 0)));
        put_text(e->out, lf_person_text(c, mark->name));
        put_stamp(e, mark->stamp);
    }
    lf_buf_varint(e->out, c->consents.n);
    for (uint32_t i = 0; i < c->consents.n; i++) {
        const lf_consent *consent = &c->consents.items[i];
        lf_buf_byte(e->out, (uint8_t)(consent->channel * 4 + consent->status));
        put_text(e->out, lf_person_text(c, consent->topic));
        put_text(e->out, lf_person_text(c, consent->source));
        put_text(e->out, lf_person_text(c, consent->text));
        put_stamp(e, consent->stamp);
    }
}

static void put_entry(lf_encoder *e, const lf_entry *entry) {
    int flags = ((entry->flags & LF_ENTRY_LOOSE) ? LF_SE_LOOSE : 0) |
                (entry->per != 0 ? LF_SE_PER : 0) | (entry->count != 1 ? LF_SE_COUNT : 0);
    lf_buf_byte(e->out, (uint8_t)flags);
    put_time(e, entry->at);
    if (flags & LF_SE_PER) {
        lf_buf_varint(e->out, entry->per);
    }
    if (flags & LF_SE_COUNT) {
        lf_buf_varint(e->out, entry->count);
    }
}

static void put_entries(lf_encoder *e) {
    const lf_schema *schema = e->contact->schema;
    for (uint32_t i = 0; i < schema->names[LF_N_RULE].n; i++) {
        uint32_t n;
        uint16_t rule = schema->by_name[LF_N_RULE][i];
        if (e->places[LF_N_RULE][rule] == 0) {
            continue;
        }
        const lf_entry *entries = lf_person_entries(e->contact, rule, &n);
        lf_buf_varint(e->out, n);
        for (uint32_t j = 0; j < n; j++) {
            put_entry(e, &entries[j]);
        }
    }
}

static void put_places(lf_encoder *e) {
    const lf_contact *c = e->contact;
    const lf_schema *schema = c->schema;
    for (uint32_t i = 0; i < schema->names[LF_N_MACHINE].n; i++) {
        uint16_t machine = schema->by_name[LF_N_MACHINE][i];
        if (e->places[LF_N_MACHINE][machine] != 0) {
            put_name(e, LF_N_STATE, c->machines.items[machine].state);
            put_time(e, c->machines.items[machine].since);
        }
    }
    lf_buf_varint(e->out, c->held.n);
    for (uint32_t i = 0; i < c->held.n; i++) {
        put_name(e, LF_N_MACHINE, c->held.items[i].machine);
        lf_buf_varint(e->out, c->held.items[i].transition);
    }
    for (uint32_t i = 0; i < schema->names[LF_N_SCORE].n; i++) {
        uint16_t score = schema->by_name[LF_N_SCORE][i];
        if (e->places[LF_N_SCORE][score] != 0) {
            put_name(e, LF_N_BAND, c->bands.items[score]);
        }
    }
}

static int more_of(const lf_enrolment *in) {
    return (in->anew ? LF_SM_ANEW : 0) | (in->moved ? LF_SM_MOVED : 0) |
           (in->begun != in->since ? LF_SM_BEGUN : 0) | (in->days != 0 ? LF_SM_DAYS : 0) |
           (in->behind != 0 ? LF_SM_BEHIND : 0) | in->paused * LF_SM_PAUSED;
}

static void put_more(lf_encoder *e, const lf_enrolment *in, int more) {
    lf_buf_byte(e->out, (uint8_t)more);
    if (more & LF_SM_BEGUN) {
        put_time(e, in->begun);
    }
    if (more & LF_SM_DAYS) {
        lf_buf_varint(e->out, in->days);
    }
    if (more & LF_SM_BEHIND) {
        lf_buf_svarint(e->out, in->behind);
    }
    if (in->paused != 0) {
        put_time(e, in->paused_at);
    }
}

static void put_step(lf_encoder *e, uint16_t step) {
    uint16_t following[LF_FOLLOWING];
    uint32_t n = lf_steps_following(e->contact->schema, step, following);
    put_name(e, LF_N_STEP, step);
    lf_buf_varint(e->out, n);
    for (uint32_t i = 0; i < n; i++) {
        put_name(e, LF_N_STEP, following[i]);
    }
}

static void put_sequence(lf_encoder *e, const lf_sequence_past *past) {
    const lf_enrolment *in = lf_person_enrolment(e->contact, past->sequence);
    int flags = past->last_exit != INT64_MIN ? LF_SQ_EXITED : 0;
    if (in != NULL) {
        flags |= LF_SQ_ENROLLED | (in->due != LF_TIME_NONE ? LF_SQ_DUE : 0) |
                 (in->step != LF_NO_INDEX ? LF_SQ_STEP : 0) | in->phase * LF_SQ_PHASE |
                 (in->timed_out ? LF_SQ_TIMED_OUT : 0) | (more_of(in) != 0 ? LF_SQ_MORE : 0);
    }
    lf_buf_byte(e->out, (uint8_t)flags);
    lf_buf_varint(e->out, past->times);
    if (flags & LF_SQ_EXITED) {
        put_time(e, past->last_exit);
    }
    if (in == NULL) {
        return;
    }
    put_time(e, in->since);
    if (flags & LF_SQ_STEP) {
        put_step(e, in->step);
    }
    if (flags & LF_SQ_DUE) {
        lf_buf_svarint(e->out, in->due - e->contact->clock);
    }
    if (flags & LF_SQ_MORE) {
        put_more(e, in, more_of(in));
    }
}

/* A time that may be ahead of the clock, or LF_TIME_NONE. */
static void put_ahead(lf_encoder *e, int64_t t) {
    lf_buf_byte(e->out, t != LF_TIME_NONE);
    if (t != LF_TIME_NONE) {
        lf_buf_svarint(e->out, t - e->contact->clock);
    }
}

static void put_messages(lf_encoder *e) {
    const lf_contact *c = e->contact;
    lf_buf_varint(e->out, c->sent.n);
    for (uint32_t i = 0; i < c->sent.n; i++) {
        const lf_sent *sent = &c->sent.items[i];
        int flags =
            (sent->counts ? LF_SS_COUNTS : 0) | (sent->class_ != LF_NO_INDEX ? LF_SS_CLASS : 0) |
            (sent->sequence != LF_NO_INDEX ? LF_SS_SEQUENCE : 0) | sent->channel * LF_SS_CHANNEL;
        lf_buf_byte(e->out, (uint8_t)flags);
        put_time(e, sent->at);
        lf_buf_varint(e->out, sent->number);
        if (flags & LF_SS_CLASS) {
            put_name(e, LF_N_CLASS, sent->class_);
        }
        if (flags & LF_SS_SEQUENCE) {
            put_name(e, LF_N_SEQUENCE, sent->sequence);
        }
    }
    lf_buf_varint(e->out, c->pending.n);
    for (uint32_t i = 0; i < c->pending.n; i++) {
        const lf_pending *pending = &c->pending.items[i];
        put_name(e, LF_N_TEMPLATE, pending->template_);
        put_time(e, pending->begun);
        lf_buf_svarint(e->out, pending->due - c->clock);
        put_ahead(e, pending->stale);
    }
}

static void put_handed(lf_encoder *e) {
    const lf_contact *c = e->contact;
    lf_buf_varint(e->out, c->handed.n);
    for (uint32_t i = 0; i < c->handed.n; i++) {
        put_u64(e->out, c->handed.items[i].key);
        lf_buf_varint(e->out, c->handed.items[i].fence);
    }
}

static void put_all(lf_encoder *e) {
    const lf_contact *c = e->contact;
    const lf_schema *schema = c->schema;
    put_head(e);
    put_names(e);
    put_log(e);
    put_activity(e);
    put_values(e);
    put_entries(e);
    put_places(e);
    for (uint32_t i = 0; i < schema->names[LF_N_SEQUENCE].n; i++) {
        const lf_sequence_past *past =
            lf_person_sequence_past(c, schema->by_name[LF_N_SEQUENCE][i]);
        if (past != NULL) {
            put_sequence(e, past);
        }
    }
    for (uint32_t i = 0; i < schema->names[LF_N_TRIGGER].n; i++) {
        const lf_trigger_past *past = lf_person_trigger_past(c, schema->by_name[LF_N_TRIGGER][i]);
        if (past != NULL) {
            lf_buf_byte(e->out, (uint8_t)(past->met + (past->value != 0 ? LF_ST_VALUE : 0)));
            if (past->value != 0) {
                put_time(e, past->value);
            }
        }
    }
    if (e->flags & LF_S_HANDED) {
        put_handed(e);
    }
    if (e->flags & LF_S_MESSAGES) {
        put_messages(e);
    }
}

lf_status lf_person_encode(const lf_contact *contact, lf_buf *out) {
    lf_encoder e = {.contact = contact, .out = out};
    const lf_names *names = contact->schema->names;
    size_t n = 1, start = out->n;
    for (int kind = 0; kind < LF_N_KINDS; kind++) {
        n += names[kind].n;
    }
    uint16_t *places = lf_mem_alloc(&contact->mem, n * sizeof *places);
    if (places == NULL) {
        return LF_E_NOMEM;
    }
    for (size_t kind = 0, at = 0; kind < LF_N_KINDS; at += names[kind++].n) {
        e.places[kind] = places + at;
    }
    use_all(&e);
    put_all(&e);
    lf_mem_free(&contact->mem, places, n * sizeof *places);
    if (out->failed) {
        return LF_E_NOMEM;
    }
    uint64_t hash = lf_hash(out->p + start, out->n - start, LF_STORED_SEED);
    put_u32(out, (uint32_t)hash);
    return out->failed ? LF_E_NOMEM : LF_OK;
}

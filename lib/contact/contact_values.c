/* SPDX-License-Identifier: MIT */
/* Fields, marks, consents, entries, enrolments: sorted arrays, found and changed in place. */
#include "contact/contact_internal.h"

/* ---- fields ---- */
/* Behind it, or where it would stand: they are sorted, each at most once, so not behind its own number. */
static uint32_t field_end(const lf_contact *contact, uint16_t field) {
    uint32_t i = contact->fields.n <= field ? contact->fields.n : field + 1u;
    while (i > 0 && contact->fields.items[i - 1].field > field) {
        i--;
    }
    return i;
}

const lf_field_value *lf_person_field_stamp(const lf_contact *contact, uint16_t field) {
    uint32_t i = field_end(contact, field);
    bool known = i > 0 && contact->fields.items[i - 1].field == field;
    return known ? &contact->fields.items[i - 1] : NULL;
}

const lf_field_value *lf_person_field(const lf_contact *contact, uint16_t field) {
    const lf_field_value *value = lf_person_field_stamp(contact, field);
    return value != NULL && value->present ? value : NULL;
}

lf_status lf_person_set_field(lf_contact *contact, const lf_field_value *value, lf_str text) {
    uint32_t i = field_end(contact, value->field);
    lf_field_value copy = *value;
    if (lf_field_has_text(contact->schema, &copy)) {
        lf_status status = lf_person_keep(contact, text, &copy.u.text);
        if (status != LF_OK) {
            return status;
        }
    }
    if (i > 0 && contact->fields.items[i - 1].field == value->field) {
        i--;
        if (lf_field_has_text(contact->schema, &contact->fields.items[i])) {
            contact->heap_waste += contact->fields.items[i].u.text.n;
        }
    } else if (lf_vec_gap(&contact->mem, &contact->fields, i, 1, sizeof copy) == NULL) {
        return LF_E_NOMEM;
    }
    contact->fields.items[i] = copy;
    return LF_OK;
}

bool lf_list_valid(lf_str items) {
    lf_reader reader = lf_read_from(items);
    while (reader.p < reader.end && !reader.failed) {
        uint64_t n = lf_read_varint(&reader);
        if (n > items.n || !lf_utf8_valid(lf_read_bytes(&reader, (size_t)n))) {
            return false;
        }
    }
    return !reader.failed;
}

/* ---- marks ---- */
static int mark_order(const lf_contact *contact, uint32_t i, uint8_t kind, lf_str name) {
    const lf_mark *mark = &contact->marks.items[i];
    return mark->kind != kind ? (int)mark->kind - (int)kind
                              : lf_str_cmp(lf_person_text(contact, mark->name), name);
}

static uint32_t mark_place(const lf_contact *contact, uint8_t kind, lf_str name, bool *found) {
    uint32_t low = 0, high = contact->marks.n;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (mark_order(contact, middle, kind, name) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    *found = low < contact->marks.n && mark_order(contact, low, kind, name) == 0;
    return low;
}

const lf_mark *lf_person_mark(const lf_contact *contact, uint8_t kind, lf_str name) {
    bool found;
    uint32_t i = mark_place(contact, kind, name, &found);
    return found ? &contact->marks.items[i] : NULL;
}

bool lf_person_marked(const lf_contact *contact, uint8_t kind, lf_str name) {
    const lf_mark *mark = lf_person_mark(contact, kind, name);
    return mark != NULL && mark->on;
}

bool lf_person_suppressed(const lf_contact *contact) {
    for (uint32_t i = 0; i < contact->marks.n; i++) {
        if (contact->marks.items[i].kind == LF_MARK_SUPPRESSION && contact->marks.items[i].on) {
            return true;
        }
    }
    return false;
}

lf_status lf_person_set_mark(lf_contact *contact, uint8_t kind, lf_str name, bool on,
                             lf_stamp stamp, bool *changed) {
    bool found;
    uint32_t i = mark_place(contact, kind, name, &found);
    *changed = found ? contact->marks.items[i].on != on : on;
    if (!found) {
        lf_ref ref;
        lf_status status = lf_person_keep(contact, name, &ref);
        if (status != LF_OK) {
            return status;
        }
        lf_mark *mark = lf_vec_gap(&contact->mem, &contact->marks, i, 1, sizeof *mark);
        if (mark == NULL) {
            return LF_E_NOMEM;
        }
        mark->kind = kind;
        mark->name = ref;
    }
    contact->marks.items[i].on = on;
    contact->marks.items[i].stamp = stamp;
    return LF_OK;
}

/* ---- consents ---- */
static int consent_order(const lf_contact *contact, uint32_t i, uint8_t channel, lf_str topic) {
    const lf_consent *consent = &contact->consents.items[i];
    return consent->channel != channel ? (int)consent->channel - (int)channel
                                       : lf_str_cmp(lf_person_text(contact, consent->topic), topic);
}

static uint32_t consent_place(const lf_contact *contact, uint8_t channel, lf_str topic,
                              bool *found) {
    uint32_t low = 0, high = contact->consents.n;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (consent_order(contact, middle, channel, topic) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    *found = low < contact->consents.n && consent_order(contact, low, channel, topic) == 0;
    return low;
}

const lf_consent *lf_person_consent(const lf_contact *contact, uint8_t channel, lf_str topic) {
    bool found;
    uint32_t i = consent_place(contact, channel, topic, &found);
    return found ? &contact->consents.items[i] : NULL;
}

lf_status lf_person_set_consent(lf_contact *contact, uint8_t channel, lf_str topic, uint8_t status,
                                lf_str source, lf_str text, lf_stamp stamp) {
    lf_consent consent = {.channel = channel, .status = status, .stamp = stamp};
    bool found;
    uint32_t i = consent_place(contact, channel, topic, &found);
    lf_status result = lf_person_keep(contact, source, &consent.source);
    if (result == LF_OK) {
        result = lf_person_keep(contact, text, &consent.text);
    }
    if (result == LF_OK && found) {
        const lf_consent *old = &contact->consents.items[i];
        consent.topic = old->topic;
        contact->heap_waste += old->source.n + old->text.n;
    } else if (result == LF_OK) {
        result = lf_person_keep(contact, topic, &consent.topic);
        if (result == LF_OK &&
            lf_vec_gap(&contact->mem, &contact->consents, i, 1, sizeof consent) == NULL) {
            result = LF_E_NOMEM;
        }
    }
    if (result == LF_OK) {
        contact->consents.items[i] = consent;
    }
    return result;
}

/* ---- entries ---- */
static bool entry_before(const lf_entry *a, const lf_entry *b) {
    if (a->rule != b->rule) {
        return a->rule < b->rule;
    }
    return a->per != b->per ? a->per < b->per : a->at <= b->at;
}

lf_status lf_person_add_entry(lf_contact *contact, const lf_entry *entry) {
    uint32_t low = 0, high = contact->entries.n;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (entry_before(&contact->entries.items[middle], entry)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    lf_entry *gap = lf_vec_gap(&contact->mem, &contact->entries, low, 1, sizeof *gap);
    if (gap == NULL) {
        return LF_E_NOMEM;
    }
    *gap = *entry;
    return LF_OK;
}

lf_status lf_person_add_sent(lf_contact *contact, const lf_sent *sent) {
    lf_sent *gap = lf_vec_gap(&contact->mem, &contact->sent, contact->sent.n, 1, sizeof *gap);
    if (gap == NULL) {
        return LF_E_NOMEM;
    }
    *gap = *sent;
    return LF_OK;
}

static uint32_t entries_from(const lf_contact *contact, uint32_t rule) {
    uint32_t low = 0, high = contact->entries.n;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (contact->entries.items[middle].rule < rule) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

const lf_entry *lf_person_entries(const lf_contact *contact, uint16_t rule, uint32_t *n) {
    uint32_t first = entries_from(contact, rule), end = first;
    while (end < contact->entries.n && contact->entries.items[end].rule == rule) {
        end++;
    }
    *n = end - first;
    return *n == 0 ? NULL : &contact->entries.items[first];
}

/* ---- enrolments ---- */
lf_enrolment *lf_person_enrolment(const lf_contact *contact, uint16_t sequence) {
    for (uint32_t i = 0; i < contact->enrolments.n; i++) {
        if (contact->enrolments.items[i].sequence == sequence) {
            return &contact->enrolments.items[i];
        }
    }
    return NULL;
}

static uint32_t past_place(const lf_contact *contact, uint16_t sequence) {
    uint32_t i = 0;
    while (i < contact->sequences.n && contact->sequences.items[i].sequence < sequence) {
        i++;
    }
    return i;
}

const lf_sequence_past *lf_person_sequence_past(const lf_contact *contact, uint16_t sequence) {
    uint32_t i = past_place(contact, sequence);
    bool known = i < contact->sequences.n && contact->sequences.items[i].sequence == sequence;
    return known ? &contact->sequences.items[i] : NULL;
}

lf_status lf_person_enrol(lf_contact *contact, const lf_enrolment *enrolment) {
    uint32_t i = 0, past = past_place(contact, enrolment->sequence);
    while (i < contact->enrolments.n &&
           contact->enrolments.items[i].sequence < enrolment->sequence) {
        i++;
    }
    if (lf_person_sequence_past(contact, enrolment->sequence) == NULL) {
        lf_sequence_past *gap =
            lf_vec_gap(&contact->mem, &contact->sequences, past, 1, sizeof *gap);
        if (gap == NULL) {
            return LF_E_NOMEM;
        }
        *gap = (lf_sequence_past){.sequence = enrolment->sequence, .last_exit = INT64_MIN};
    }
    lf_enrolment *gap = lf_vec_gap(&contact->mem, &contact->enrolments, i, 1, sizeof *gap);
    if (gap == NULL) {
        return LF_E_NOMEM;
    }
    *gap = *enrolment;
    contact->sequences.items[past].times++;
    return LF_OK;
}

lf_status lf_person_unenrol(lf_contact *contact, uint16_t sequence, int64_t at) {
    for (uint32_t i = 0; i < contact->enrolments.n; i++) {
        if (contact->enrolments.items[i].sequence == sequence) {
            lf_vec_cut(&contact->enrolments, i, 1, sizeof(lf_enrolment));
            contact->sequences.items[past_place(contact, sequence)].last_exit = at;
            return LF_OK;
        }
    }
    return LF_E_NOTFOUND;
}

/* ---- messages that are being handed over ---- */
static uint64_t hash_of(lf_str key) {
    return lf_hash(key.p, key.n, 0);
}

const lf_handed *lf_person_handed(const lf_contact *contact, lf_str key) {
    for (uint32_t i = 0; i < contact->handed.n; i++) {
        if (contact->handed.items[i].key == hash_of(key)) {
            return &contact->handed.items[i];
        }
    }
    return NULL;
}

lf_status lf_person_hand(lf_contact *contact, lf_str key, uint64_t fence) {
    lf_handed *place =
        lf_vec_gap(&contact->mem, &contact->handed, contact->handed.n, 1, sizeof *place);
    if (place == NULL) {
        return LF_E_NOMEM;
    }
    *place = (lf_handed){hash_of(key), fence};
    return LF_OK;
}

void lf_person_unhand(lf_contact *contact, lf_str key) {
    const lf_handed *handed = lf_person_handed(contact, key);
    if (handed != NULL) {
        lf_vec_cut(&contact->handed, (uint32_t)(handed - contact->handed.items), 1, sizeof *handed);
    }
}

/* ---- what triggers remember ---- */
static uint32_t trigger_place(const lf_contact *contact, uint16_t trigger) {
    uint32_t i = 0;
    while (i < contact->triggers.n && contact->triggers.items[i].trigger < trigger) {
        i++;
    }
    return i;
}

const lf_trigger_past *lf_person_trigger_past(const lf_contact *contact, uint16_t trigger) {
    uint32_t i = trigger_place(contact, trigger);
    bool known = i < contact->triggers.n && contact->triggers.items[i].trigger == trigger;
    return known ? &contact->triggers.items[i] : NULL;
}

lf_status lf_person_set_trigger_past(lf_contact *contact, const lf_trigger_past *past) {
    uint32_t i = trigger_place(contact, past->trigger);
    if (lf_person_trigger_past(contact, past->trigger) == NULL &&
        lf_vec_gap(&contact->mem, &contact->triggers, i, 1, sizeof *past) == NULL) {
        return LF_E_NOMEM;
    }
    contact->triggers.items[i] = *past;
    return LF_OK;
}

/* SPDX-License-Identifier: MIT */
/*
 * The log of events in event order, what is left of those that have gone, and the questions that
 * conditions ask. The questions are asked for each condition of each event: they look from the newest
 * end and stop as soon as the answer stands.
 */
#include "contact/contact_internal.h"

static void lower(int64_t *until, int64_t t) {
    if (until != NULL && t < *until) {
        *until = t;
    }
}

/* ---- finding ---- */
uint32_t lf_activity_upto(const lf_contact *contact, int64_t t) {
    const lf_record *log = contact->log.items;
    uint32_t low = 0, high = contact->log.n;
    if (high == 0 || log[high - 1].at <= t) {
        return high; /* nearly always */
    }
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (log[middle].at <= t) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

const lf_record *lf_activity_record(const lf_contact *contact, lf_stamp stamp) {
    if (stamp.arrival == 0) {
        return NULL;
    }
    const lf_record *log = contact->log.items;
    for (uint32_t i = lf_activity_upto(contact, stamp.at); i > 0 && log[i - 1].at == stamp.at;
         i--) {
        if (log[i - 1].arrival == stamp.arrival && (log[i - 1].flags & LF_RECORD_DERIVED) == 0) {
            return &log[i - 1];
        }
    }
    return NULL;
}

uint32_t lf_activity_past_place(const lf_contact *contact, uint16_t type) {
    const lf_type_past *past = contact->past.items;
    uint32_t low = 0, high = contact->past.n;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (past[middle].type < type) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

const lf_type_past *lf_activity_past(const lf_contact *contact, uint16_t type) {
    uint32_t i =
        type == LF_NO_INDEX && contact->past.n > 0 /* the last there is, and often asked for */
            ? contact->past.n - 1
            : lf_activity_past_place(contact, type);
    return i < contact->past.n && contact->past.items[i].type == type ? &contact->past.items[i]
                                                                      : NULL;
}

static bool is_of(const lf_record *record, uint16_t type) {
    if (type != LF_NO_INDEX) {
        return record->type == type;
    }
    return (record->flags & (LF_RECORD_ENGAGED | LF_RECORD_DERIVED)) == LF_RECORD_ENGAGED;
}

static lf_str type_name(const lf_contact *contact, uint16_t type) {
    return contact->schema->names[LF_N_TYPE].items[type];
}

/* By event order without arrival: at, type name, id. */
static int compare(const lf_contact *contact, const lf_taken *taken, const lf_record *record) {
    if (taken->at != record->at) {
        return taken->at < record->at ? -1 : 1;
    }
    int order = taken->type == record->type
                    ? 0
                    : lf_str_cmp(type_name(contact, taken->type), type_name(contact, record->type));
    return order != 0 ? order : lf_str_cmp(taken->id, lf_person_text(contact, record->id));
}

int lf_activity_compare(const lf_contact *contact, const lf_taken *taken, lf_stamp stamp) {
    if (taken->at != stamp.at) {
        return taken->at < stamp.at ? -1 : 1;
    }
    const lf_record *record = lf_activity_record(contact, stamp);
    int order = record != NULL      ? compare(contact, taken, record)
                : stamp.arrival > 0 ? lf_str_cmp(taken->id, lf_person_text(contact, stamp.id))
                                    : 1;
    return order != 0 ? order : 1; /* the event at hand is the last to have arrived */
}

/* ---- duplicates ---- */
enum lf_duplicate lf_activity_duplicate(const lf_contact *contact, lf_str id, int64_t own_at,
                                        uint32_t content) {
    int64_t dedupe = contact->schema->dedupe;
    int64_t forgotten = lf_sat_sub(contact->clock, dedupe);
    enum lf_duplicate answer = LF_NEW;
    for (uint32_t i = contact->log.n; i > 0 && id.n > 0; i--) {
        const lf_record *record = &contact->log.items[i - 1];
        if (record->id.n != id.n || (record->flags & LF_RECORD_DERIVED) != 0 ||
            record->own_at <= forgotten) {
            continue;
        }
        int64_t apart = record->own_at < own_at ? lf_sat_sub(own_at, record->own_at)
                                                : lf_sat_sub(record->own_at, own_at);
        if (apart < dedupe && lf_str_eq(id, lf_person_text(contact, record->id))) {
            if (record->content == content || record->content == 0) {
                return LF_DUPLICATE;
            }
            answer = LF_DUPLICATE_CHANGED;
        }
    }
    return answer;
}

/* ---- placing ---- */
static bool note_past(lf_contact *contact, uint16_t type, int64_t at) {
    uint32_t i = lf_activity_past_place(contact, type);
    if (i < contact->past.n && contact->past.items[i].type == type) {
        lf_type_past *past = &contact->past.items[i];
        past->first = at < past->first ? at : past->first;
        past->last = at > past->last ? at : past->last;
        return true;
    }
    lf_type_past *past = lf_vec_gap(&contact->mem, &contact->past, i, 1, sizeof *past);
    if (past != NULL) {
        *past = (lf_type_past){.type = type, .first = at, .last = at, .sealed = INT64_MIN};
    }
    return past != NULL;
}

static void seal(lf_contact *contact, uint16_t type, int64_t at) {
    uint32_t i = lf_activity_past_place(contact, type);
    if (i < contact->past.n && contact->past.items[i].type == type &&
        contact->past.items[i].sealed < at) {
        contact->past.items[i].sealed = at;
    }
}

/* Can no question reach it, nor a duplicate's id? */
static bool out_of_reach(const lf_contact *contact, int64_t at, int64_t own_at) {
    int64_t dedupe = lf_sat_sub(contact->clock, contact->schema->dedupe);
    return at <= lf_sat_sub(contact->clock, contact->schema->retention) && at <= dedupe &&
           own_at <= dedupe;
}

void lf_activity_drop(lf_contact *contact) {
    int64_t dedupe = lf_sat_sub(contact->clock, contact->schema->dedupe);
    uint32_t gone = 0;
    while (gone <
           contact->log.n) { /* only from the old end: what stays has nothing newer missing */
        const lf_record *record = &contact->log.items[gone];
        bool derived = (record->flags & LF_RECORD_DERIVED) != 0;
        if (!derived && !out_of_reach(contact, record->at, record->own_at)) {
            break;
        }
        seal(contact, record->type, record->at);
        if (is_of(record, LF_NO_INDEX)) {
            seal(contact, LF_NO_INDEX, record->at);
        }
        contact->heap_waste += derived ? 0 : record->id.n;
        gone++;
    }
    if (gone > 0) {
        lf_vec_cut(&contact->log, 0, gone, sizeof(lf_record));
    }
    for (uint32_t i = 0; i < contact->log.n; i++) { /* it only ever serves duplicates */
        if (contact->log.items[i].own_at <= dedupe) {
            contact->log.items[i].content = 0;
        }
    }
}

/* A time of engagement joins the runs. */
static bool add_run(lf_contact *contact, int64_t at) {
    int64_t grain = contact->schema->idle_grain;
    uint32_t i = contact->runs.n;
    while (i > 0 && (contact->runs.items[i - 1].end >= at ||
                     lf_sat_sub(at, contact->runs.items[i - 1].end) < grain)) {
        i--;
    }
    lf_run *run = i == contact->runs.n ? NULL : &contact->runs.items[i];
    if (run == NULL || (at < run->start && lf_sat_sub(run->start, at) >= grain)) {
        run = lf_vec_gap(&contact->mem, &contact->runs, i, 1, sizeof *run);
        if (run != NULL) {
            *run = (lf_run){at, at};
        }
        return run != NULL;
    }
    run->start = at < run->start ? at : run->start;
    run->end = at > run->end ? at : run->end;
    if (i + 1 < contact->runs.n && lf_sat_sub(run[1].start, run->end) < grain) {
        run->end = run[1].end;
        lf_vec_cut(&contact->runs, i + 1, 1, sizeof *run);
    }
    return true;
}

/* Behind all that are not newer; a base and its derived records stay together. */
static uint32_t place_of(const lf_contact *contact, const lf_taken *taken) {
    uint32_t i = contact->log.n;
    while (i > 0) {
        uint32_t base = i - 1;
        while ((contact->log.items[base].flags & LF_RECORD_DERIVED) != 0) {
            base--;
        }
        if (compare(contact, taken, &contact->log.items[base]) >= 0) {
            break;
        }
        i = base;
    }
    return i;
}

/* The derived types in the order of their names, so that equal histories are equal logs. */
static void add_derived(const lf_contact *contact, const lf_taken *taken, lf_record *base) {
    for (uint32_t n = 0; n < taken->n_derived; n++) {
        lf_str name = type_name(contact, taken->derived[n]);
        lf_record *record = base + n;
        while (record > base && lf_str_cmp(type_name(contact, record->type), name) > 0) {
            record[1] = record[0];
            record--;
        }
        record[1] = *base;
        record[1].type = taken->derived[n];
        record[1].flags |= LF_RECORD_DERIVED;
    }
}

static lf_status add_records(lf_contact *contact, const lf_taken *taken, lf_ref *id) {
    bool known =
        taken->id.n > 0 && taken->own_at > lf_sat_sub(contact->clock, contact->schema->dedupe);
    lf_record base = {.at = taken->at,
                      .own_at = taken->own_at,
                      .arrival = contact->arrivals,
                      .content = known ? taken->content : 0,
                      .type = taken->type};
    base.flags = taken->engaged ? LF_RECORD_ENGAGED : 0;
    uint32_t place = place_of(contact, taken), n = 1 + taken->n_derived;
    if (!lf_vec_room(&contact->mem, &contact->log, contact->log.n + n, sizeof base)) {
        return LF_E_NOMEM;
    }
    lf_status status = lf_person_keep(contact, taken->id, &base.id);
    if (status == LF_OK) {
        lf_record *gap = lf_vec_gap(&contact->mem, &contact->log, place, n, sizeof base);
        *gap = base;
        add_derived(contact, taken, gap);
        *id = base.id;
    }
    return status;
}

static bool note_pasts(lf_contact *contact, const lf_taken *taken) {
    bool done = note_past(contact, taken->type, taken->at);
    for (uint32_t i = 0; i < taken->n_derived && done; i++) {
        done = note_past(contact, taken->derived[i], taken->at);
    }
    return done && (!taken->engaged || note_past(contact, LF_NO_INDEX, taken->at));
}

static lf_status seal_at_once(lf_contact *contact, const lf_taken *taken, lf_ref *id) {
    seal(contact, taken->type, taken->at);
    for (uint32_t i = 0; i < taken->n_derived; i++) {
        seal(contact, taken->derived[i], taken->at);
    }
    if (taken->engaged) {
        seal(contact, LF_NO_INDEX, taken->at);
    }
    contact->heap_waste += (uint32_t)taken->id.n; /* unless a stamp has it */
    return lf_person_keep(contact, taken->id, id);
}

lf_status lf_activity_place(lf_contact *contact, const lf_taken *taken, lf_stamp *stamp) {
    *stamp = (lf_stamp){.at = taken->at};
    if (!note_pasts(contact, taken) ||
        (taken->engaged && !taken->late && !add_run(contact, taken->at))) {
        return LF_E_NOMEM;
    }
    bool first = contact->created == INT64_MAX;
    int64_t earliest = taken->own_at < taken->at ? taken->own_at : taken->at;
    contact->created = earliest < contact->created ? earliest : contact->created;
    if ((first || !taken->late) && taken->at < contact->idle_origin) {
        contact->idle_origin = taken->at;
    }
    stamp->arrival = ++contact->arrivals;
    if (out_of_reach(contact, taken->at, taken->own_at) && place_of(contact, taken) == 0) {
        return seal_at_once(contact, taken, &stamp->id);
    }
    return add_records(contact, taken, &stamp->id);
}

/* ---- questions ---- */
/* What is known to come after t changes an answer given for t, too. */
static uint32_t start_at(const lf_contact *contact, uint16_t type, int64_t t, int64_t *until) {
    uint32_t end = lf_activity_upto(contact, t);
    for (uint32_t i = end; i < contact->log.n; i++) {
        if (is_of(&contact->log.items[i], type)) {
            lower(until, contact->log.items[i].at);
            break;
        }
    }
    return end;
}

int64_t lf_activity_count(const lf_contact *contact, uint16_t type, int64_t duration, int64_t t,
                          int64_t least, int64_t enough, int64_t *until) {
    int64_t from = lf_sat_sub(t, duration), oldest = 0, count = 0;
    const lf_type_past *past = lf_activity_past(contact, type);
    if (past == NULL || past->last <= from) {
        return 0;
    }
    const lf_record *log = contact->log.items;
    const lf_record *record = log + start_at(contact, type, t, until);
    while (record > log && (--record)->at > from && count < enough) {
        if (is_of(record, type)) {
            oldest = record->at;
            count++;
        }
    }
    if (count > 0 && count >= least) {
        lower(until, lf_sat_add(oldest, duration));
    }
    return count;
}

bool lf_activity_ever(const lf_contact *contact, uint16_t type, int64_t t, int64_t *until) {
    const lf_type_past *past = lf_activity_past(contact, type);
    if (past != NULL && past->first > t) {
        lower(until, past->first);
    }
    return past != NULL && past->first <= t;
}

bool lf_activity_last(const lf_contact *contact, uint16_t type, int64_t t, int64_t *last,
                      int64_t *until) {
    const lf_type_past *past = lf_activity_past(contact, type);
    if (!lf_activity_ever(contact, type, t, until)) {
        return false;
    }
    *last = past->last;
    if (past->last <= t) {
        return true;
    }
    for (uint32_t i = start_at(contact, type, t, until); i > 0; i--) {
        if (is_of(&contact->log.items[i - 1], type)) {
            *last = contact->log.items[i - 1].at;
            return true;
        }
    }
    *last = past->sealed != INT64_MIN && past->sealed <= t ? past->sealed : past->first;
    return true;
}

/* The end of what stands before the event at hand. */
static uint32_t before(const lf_contact *contact, uint32_t end, uint32_t arrival) {
    for (uint32_t i = end; i > 0; i--) {
        const lf_record *record = &contact->log.items[i - 1];
        if (record->arrival == arrival && (record->flags & LF_RECORD_DERIVED) == 0) {
            return i - 1;
        }
    }
    return 0; /* so old that all that is known stands after it */
}

bool lf_activity_within(const lf_contact *contact, uint16_t type, int64_t duration, int64_t t,
                        uint32_t arrival, int64_t *until) {
    int64_t from = lf_sat_sub(t, duration);
    const lf_type_past *past = lf_activity_past(contact, type);
    if (past == NULL || past->last <= from) {
        return false;
    }
    const lf_record *log = contact->log.items;
    uint32_t i = arrival == 0 ? start_at(contact, type, t, until)
                              : before(contact, lf_activity_upto(contact, t), arrival);
    for (; i > 0 && log[i - 1].at > from; i--) {
        if (is_of(&log[i - 1], type)) {
            lower(until, lf_sat_add(log[i - 1].at, duration));
            return true;
        }
    }
    return false;
}

bool lf_activity_idle(const lf_contact *contact, int64_t duration, int64_t t, int64_t *until) {
    int64_t last = INT64_MIN, from = lf_sat_sub(t, duration);
    lf_activity_last(contact, LF_NO_INDEX, t, &last, until);
    if (contact->created > t) {
        lower(until, contact->created);
    } else if (contact->created > last) {
        last = contact->created;
    }
    if (last <= from) {
        return true;
    }
    lower(until, lf_sat_add(last, duration));
    return false;
}

bool lf_activity_in_state(const lf_contact *contact, uint16_t machine, int64_t duration, int64_t t,
                          int64_t *until) {
    if (machine >= contact->machines.n || contact->machines.items[machine].state == LF_NO_INDEX) {
        return false;
    }
    int64_t since = contact->machines.items[machine].since;
    if (lf_sat_sub(t, since) >= duration) {
        return true;
    }
    lower(until, lf_sat_add(since, duration));
    return false;
}

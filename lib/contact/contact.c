/* SPDX-License-Identifier: MIT */
/* The life of a contact: made, copied, swapped, freed; its text heap; its clock. */
#include "contact/contact_internal.h"

/* Less waste than this is not worth an allocation. */
#define LF_WASTE_MIN 256u

/* ---- growing arrays ---- */
bool lf_vec_room(const lf_mem *mem, void *vec, uint32_t need, size_t size) {
    lf_vec_raw raw;
    memcpy(&raw, vec, sizeof raw);
    if (need <= raw.cap) {
        return true;
    }
    if (!lf_mem_grow(mem, &raw.items, &raw.cap, need, size)) {
        return false;
    }
    memcpy(vec, &raw, sizeof raw);
    return true;
}

void *lf_vec_gap(const lf_mem *mem, void *vec, uint32_t at, uint32_t count, size_t size) {
    lf_vec_raw raw;
    memcpy(&raw, vec, sizeof raw);
    if (count > UINT32_MAX - raw.n || !lf_vec_room(mem, vec, raw.n + count, size)) {
        return NULL;
    }
    memcpy(&raw, vec, sizeof raw);
    char *gap = (char *)raw.items + at * size;
    if (at < raw.n) {
        memmove(gap + count * size, gap, (raw.n - at) * size);
    }
    memset(gap, 0, count * size);
    raw.n += count;
    memcpy(vec, &raw, sizeof raw);
    return gap;
}

void lf_vec_cut(void *vec, uint32_t at, uint32_t count, size_t size) {
    lf_vec_raw raw;
    memcpy(&raw, vec, sizeof raw);
    char *hole = (char *)raw.items + at * size;
    uint32_t behind = raw.n - at - count;
    if (behind > 0 && count > 0) {
        memmove(hole, hole + count * size, behind * size);
    }
    raw.n -= count;
    memcpy(vec, &raw, sizeof raw);
}

/* All the arrays of a contact: whatever is done to each of them is done by this table. */
static const struct {
    uint16_t offset, size;
} vecs[] = {
#define VEC(name) \
    { offsetof(lf_contact, name), sizeof *((lf_contact *)NULL)->name.items }
    VEC(heap),     VEC(fields),   VEC(marks),   VEC(consents),   VEC(log),
    VEC(past),     VEC(runs),     VEC(entries), VEC(machines),   VEC(held),
    VEC(bands),    VEC(segments), VEC(settled), VEC(enrolments), VEC(sequences),
    VEC(triggers), VEC(sent),     VEC(pending), VEC(handed)
#undef VEC
};

static void *vec_of(lf_contact *contact, size_t i) {
    return (char *)contact + vecs[i].offset;
}

/* ---- life ---- */
bool lf_person_id_valid(lf_str id) {
    if (id.n < 1 || id.n > 255 || !lf_utf8_valid(id)) {
        return false;
    }
    for (size_t at = 0; at < id.n;) {
        int32_t c = lf_utf8_next(id, &at);
        if (c < 0x20 || (c >= 0x7f && c < 0xa0)) {
            return false;
        }
    }
    return true;
}

void lf_person_clear(lf_contact *contact) {
    for (size_t i = 0; i < LF_COUNT(vecs); i++) {
        lf_vec_raw raw;
        memcpy(&raw, vec_of(contact, i), sizeof raw);
        raw.n = 0;
        memcpy(vec_of(contact, i), &raw, sizeof raw);
    }
    contact->heap_waste = 0;
    contact->id = (lf_ref){0, 0};
    contact->created = contact->idle_origin = INT64_MAX;
    contact->clock = LF_TIME_MIN;
    contact->wake = LF_TIME_NONE;
    contact->arrivals = contact->effects = 0;
    contact->definitions = contact->schema->digest;
}

bool lf_person_fit(lf_contact *contact) {
    const lf_names *names = contact->schema->names;
    uint32_t n_machines = names[LF_N_MACHINE].n, n_bands = names[LF_N_SCORE].n;
    uint32_t n_segments = names[LF_N_SEGMENT].n;
    const lf_mem *mem = &contact->mem;
    if (!lf_vec_room(mem, &contact->machines, n_machines, sizeof(lf_machine_state)) ||
        !lf_vec_room(mem, &contact->bands, n_bands, sizeof(uint16_t)) ||
        !lf_vec_room(mem, &contact->segments, n_segments, 1) ||
        !lf_vec_room(mem, &contact->settled, n_segments, sizeof(int64_t))) {
        return false;
    }
    contact->machines.n = n_machines;
    contact->bands.n = n_bands;
    contact->segments.n = contact->settled.n = n_segments;
    for (uint32_t i = 0; i < n_machines; i++) {
        contact->machines.items[i] = (lf_machine_state){.state = LF_NO_INDEX};
    }
    for (uint32_t i = 0; i < n_bands; i++) {
        contact->bands.items[i] = LF_NO_INDEX;
    }
    for (uint32_t i = 0; i < n_segments; i++) {
        contact->segments.items[i] = 0;
        contact->settled.items[i] = INT64_MIN;
    }
    return true;
}

lf_status lf_person_blank(const lf_mem *mem, const lf_schema *schema, lf_contact **out) {
    *out = NULL;
    lf_contact *contact = lf_mem_alloc(mem, sizeof *contact);
    if (contact == NULL) {
        return LF_E_NOMEM;
    }
    contact->mem = *mem;
    contact->schema = schema;
    lf_person_clear(contact);
    *out = contact;
    return LF_OK;
}

lf_status lf_person_renew(lf_contact *contact, lf_str id) {
    lf_person_clear(contact);
    return lf_person_fit(contact) ? lf_person_keep_id(contact, id) : LF_E_NOMEM;
}

lf_status lf_person_new(const lf_mem *mem, const lf_schema *schema, lf_str id, lf_contact **out) {
    *out = NULL;
    if (!lf_person_id_valid(id)) {
        return LF_E_ARG;
    }
    lf_contact *contact;
    lf_status status = lf_person_blank(mem, schema, &contact);
    if (status != LF_OK) {
        return status;
    }
    status = lf_person_renew(contact, id);
    if (status != LF_OK) {
        lf_person_free(contact);
        return status;
    }
    *out = contact;
    return LF_OK;
}

void lf_person_free(lf_contact *contact) {
    if (contact == NULL) {
        return;
    }
    lf_mem mem = contact->mem;
    for (size_t i = 0; i < LF_COUNT(vecs); i++) {
        lf_vec_raw raw;
        memcpy(&raw, vec_of(contact, i), sizeof raw);
        lf_mem_free(&mem, raw.items, (size_t)raw.cap * vecs[i].size);
    }
    lf_mem_free(&mem, contact, sizeof *contact);
}

size_t lf_person_memory(const lf_contact *contact) {
    size_t n = sizeof *contact;
    for (size_t i = 0; i < LF_COUNT(vecs); i++) {
        lf_vec_raw raw;
        memcpy(&raw, (const char *)contact + vecs[i].offset, sizeof raw);
        n += (size_t)raw.cap * vecs[i].size;
    }
    return n;
}

/* Scalars and schema; the arrays, memory and owner of dst stay. */
static void assign_scalars(lf_contact *dst, const lf_contact *src) {
    dst->schema = src->schema;
    dst->heap_waste = src->heap_waste;
    dst->id = src->id;
    dst->created = src->created;
    dst->clock = src->clock;
    dst->wake = src->wake;
    dst->idle_origin = src->idle_origin;
    dst->arrivals = src->arrivals;
    dst->effects = src->effects;
    dst->definitions = src->definitions;
}

lf_status lf_person_assign(lf_contact *dst, const lf_contact *src) {
    if (dst == src) {
        return LF_OK;
    }
    for (size_t i = 0; i < LF_COUNT(vecs); i++) {
        lf_vec_raw from, to;
        memcpy(&from, (const char *)src + vecs[i].offset, sizeof from);
        memcpy(&to, vec_of(dst, i), sizeof to);
        if (from.n > to.cap) {
            if (!lf_vec_room(&dst->mem, vec_of(dst, i), from.n, vecs[i].size)) {
                lf_person_clear(dst);
                return LF_E_NOMEM;
            }
            memcpy(&to, vec_of(dst, i), sizeof to);
        }
        if (from.n > 0) {
            memcpy(to.items, from.items, (size_t)from.n * vecs[i].size);
        }
        to.n = from.n;
        memcpy(vec_of(dst, i), &to, sizeof to);
    }
    assign_scalars(dst, src);
    return LF_OK;
}

void lf_person_swap(lf_contact *a, lf_contact *b) {
    lf_contact old_a = *a, old_b = *b;
    *a = old_b;
    *b = old_a;
    a->mem = old_a.mem;
    a->owner = old_a.owner;
    b->mem = old_b.mem;
    b->owner = old_b.owner;
}

/* ---- text ---- */
lf_str lf_person_text(const lf_contact *contact, lf_ref ref) {
    return ref.n == 0 ? (lf_str){NULL, 0} : (lf_str){contact->heap.items + ref.at, ref.n};
}

lf_status lf_person_keep(lf_contact *contact, lf_str text, lf_ref *out) {
    *out = (lf_ref){0, 0};
    if (text.n == 0) {
        return LF_OK;
    }
    if (text.n > UINT32_MAX - contact->heap.n) {
        return LF_E_LIMIT;
    }
    /* The text may lie in this very heap, which is about to move. */
    uintptr_t base = (uintptr_t)contact->heap.items, p = (uintptr_t)text.p;
    bool own = contact->heap.n > 0 && p >= base && p - base < contact->heap.n;
    uint32_t at = contact->heap.n;
    if (!lf_vec_room(&contact->mem, &contact->heap, at + (uint32_t)text.n, 1)) {
        return LF_E_NOMEM;
    }
    memcpy(contact->heap.items + at, own ? contact->heap.items + (p - base) : text.p, text.n);
    contact->heap.n += (uint32_t)text.n;
    *out = (lf_ref){at, (uint32_t)text.n};
    return LF_OK;
}

lf_status lf_person_keep_id(lf_contact *contact, lf_str id) {
    lf_ref end;
    lf_status status = lf_person_keep(contact, id, &contact->id);
    return status == LF_OK ? lf_person_keep(contact, (lf_str){"", 1}, &end) : status;
}

bool lf_field_has_text(const lf_schema *schema, const lf_field_value *value) {
    uint8_t type = schema->field_types[value->field];
    return value->present && (type == LF_F_STRING || type == LF_F_LIST);
}

/* Copies one text behind the others; with `to` NULL only adds up. */
static void move_text(const lf_contact *contact, char *to, uint32_t *n, lf_ref *ref) {
    if (to != NULL && ref->n > 0) {
        memcpy(to + *n, contact->heap.items + ref->at, ref->n);
        ref->at = *n;
    }
    *n += ref->n;
}

/* A stamp has its id from the record, or, when that has gone, of its own. */
static void move_stamp(const lf_contact *contact, char *to, uint32_t *n, lf_stamp *stamp) {
    const lf_record *record = lf_activity_record(contact, *stamp);
    if (record == NULL) {
        move_text(contact, to, n, &stamp->id);
    } else if (to != NULL) {
        stamp->id = record->id;
    }
}

/* Every text that somebody refers to. Returns their length. */
static uint32_t move_all(lf_contact *contact, char *to) {
    uint32_t n = 0;
    move_text(contact, to, &n, &contact->id);
    if (to != NULL) {
        to[n] = '\0';
    }
    n++;
    for (uint32_t i = 0; i < contact->log.n; i++) {
        lf_record *record = &contact->log.items[i];
        if ((record->flags & LF_RECORD_DERIVED) != 0) {
            record->id = record[-1].id; /* shared with its base */
        } else {
            move_text(contact, to, &n, &record->id);
        }
    }
    for (uint32_t i = 0; i < contact->fields.n; i++) {
        move_stamp(contact, to, &n, &contact->fields.items[i].stamp);
        if (lf_field_has_text(contact->schema, &contact->fields.items[i])) {
            move_text(contact, to, &n, &contact->fields.items[i].u.text);
        }
    }
    for (uint32_t i = 0; i < contact->marks.n; i++) {
        move_stamp(contact, to, &n, &contact->marks.items[i].stamp);
        move_text(contact, to, &n, &contact->marks.items[i].name);
    }
    for (uint32_t i = 0; i < contact->consents.n; i++) {
        lf_consent *consent = &contact->consents.items[i];
        move_stamp(contact, to, &n, &consent->stamp);
        move_text(contact, to, &n, &consent->topic);
        move_text(contact, to, &n, &consent->source);
        move_text(contact, to, &n, &consent->text);
    }
    return n;
}

/* Without memory for it the heap stays as it is, which is only larger. */
static void compact(lf_contact *contact) {
    uint32_t n = move_all(contact, NULL);
    char *heap = lf_mem_alloc(&contact->mem, n);
    if (heap == NULL) {
        return;
    }
    move_all(contact, heap);
    lf_mem_free(&contact->mem, contact->heap.items, contact->heap.cap);
    contact->heap.items = heap;
    contact->heap.n = contact->heap.cap = n;
    contact->heap_waste = 0;
}

void lf_person_advance(lf_contact *contact, int64_t t) {
    if (t > contact->clock) {
        contact->clock = t;
    }
    lf_activity_drop(contact);
    if (contact->heap_waste >= LF_WASTE_MIN && contact->heap_waste > contact->heap.n / 2) {
        compact(contact);
    }
}

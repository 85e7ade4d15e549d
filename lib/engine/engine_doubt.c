/* SPDX-License-Identifier: MIT */
/*
 * After a commit that failed, the store may have done it nevertheless. An event that is taken in again
 * must not count twice, even where it has no id: the bytes that are stored now tell, or, where others have
 * committed since, what the contact remembers of the events that it took in.
 */
#include "engine/engine_internal.h"

static void digest_of(const char *bytes, size_t n, uint8_t out[32]) {
    lf_sha256 sha;
    lf_sha256_init(&sha);
    lf_sha256_add(&sha, bytes, n);
    lf_sha256_done(&sha, out);
}

void lf_doubt_note(lf_engine *engine, const lf_work *work, lf_status status) {
    const lf_event *event = work->event;
    lf_doubt *doubt = &engine->doubt;
    if (event == NULL) {
        return;
    }
    bool unknown = status == LF_E_UNKNOWN || (doubt->unknown && lf_doubt_is_of(doubt, work));
    *doubt = (lf_doubt){.open = true,
                        .unknown = unknown,
                        .revision = engine->commit.revision,
                        .arrival = engine->contact->arrivals,
                        .taken = work->taken,
                        .at = event->at,
                        .content = event->content,
                        .type = event->type,
                        .id_len = (uint16_t)event->id.n,
                        .contact_len = (uint16_t)event->contact.n};
    digest_of(engine->commit.bytes.p, engine->commit.bytes.n, doubt->digest);
    memcpy(doubt->contact, event->contact.p, event->contact.n);
    if (event->id.n > 0) {
        memcpy(doubt->id, event->id.p, event->id.n);
    }
}

bool lf_doubt_is_of(const lf_doubt *doubt, const lf_work *work) {
    const lf_event *event = work->event;
    return doubt->open && event != NULL && event->at == doubt->at &&
           event->content == doubt->content && event->type == doubt->type &&
           lf_str_eq(event->id, (lf_str){doubt->id, doubt->id_len}) &&
           lf_str_eq(event->contact, (lf_str){doubt->contact, doubt->contact_len});
}

/* The log keeps what an event said only while its id counts. */
static bool is_of_record(const lf_doubt *doubt, const lf_contact *contact,
                         const lf_record *record) {
    return record->own_at == doubt->at && record->type == doubt->type &&
           (record->content == 0 || record->content == doubt->content) &&
           lf_str_eq(lf_person_text(contact, record->id), (lf_str){doubt->id, doubt->id_len});
}

/* Others have committed since: is the event that got the number in question ours? */
static enum lf_recognised look_at_log(const lf_engine *engine) {
    const lf_doubt *doubt = &engine->doubt;
    const lf_contact *contact = engine->contact;
    if (contact->arrivals < doubt->arrival) {
        return LF_NOT_DONE;
    }
    for (uint32_t i = 0; i < contact->log.n; i++) {
        const lf_record *record = &contact->log.items[i];
        if (record->arrival == doubt->arrival && (record->flags & LF_RECORD_DERIVED) == 0) {
            return is_of_record(doubt, contact, record) ? LF_WAS_DONE : LF_NOT_DONE;
        }
    }
    return LF_CANNOT_TELL; /* it is older than the log reaches */
}

enum lf_recognised lf_doubt_look(lf_engine *engine) {
    lf_doubt *doubt = &engine->doubt;
    if (engine->loaded.revision <= doubt->revision) {
        return LF_NOT_DONE; /* so far: it may still be under way, and then ours will conflict */
    }
    doubt->open = false;
    if (engine->loaded.revision > doubt->revision + 1) {
        return look_at_log(engine);
    }
    uint8_t digest[32];
    digest_of(engine->loaded.bytes.p, engine->loaded.bytes.n, digest);
    return memcmp(digest, doubt->digest, sizeof digest) == 0 ? LF_WAS_DONE : LF_NOT_DONE;
}

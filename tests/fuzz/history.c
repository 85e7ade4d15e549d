/* SPDX-License-Identifier: MIT */
/*
 * Lines of events. Of each: it is refused with a reason, and then nothing has changed; or it is taken in by the contact
 * as it lives and by the same contact as it was stored, which then are the same and have made the same effects. A
 * second time it is a duplicate.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

#include "../contact/json_sound.h"

#define MOST_WAKES \
    50 /* before an event: then the history ends, time may be cut up as finely as anybody likes */
#define MOST_EVENTS 40

typedef struct history {
    lf_blueprint *blueprint;
    lf_step *live, *stored; /* steps, one for each of the two */
    lf_event *event;
    lf_diagnostics *said;
    lf_buffer *before, *after, *other;
    lf_contact *contact; /* who goes on; NULL: nobody yet */
    int64_t now;
} history;

static void open_history(history *h, lf_blueprint *blueprint) {
    *h = (history){.blueprint = blueprint, .now = INT64_MIN};
    fuzz_ok(lf_step_new(blueprint, "fuzz", &h->live), "lf_step_new");
    fuzz_ok(lf_step_new(blueprint, "fuzz", &h->stored), "lf_step_new");
    fuzz_ok(lf_event_new(blueprint, &h->event), "lf_event_new");
    fuzz_ok(lf_diagnostics_new(NULL, &h->said), "lf_diagnostics_new");
    fuzz_ok(lf_buffer_new(NULL, &h->before), "lf_buffer_new");
    fuzz_ok(lf_buffer_new(NULL, &h->after), "lf_buffer_new");
    fuzz_ok(lf_buffer_new(NULL, &h->other), "lf_buffer_new");
}

static void close_history(history *h) {
    lf_contact_free(h->contact);
    lf_buffer_free(h->before);
    lf_buffer_free(h->after);
    lf_buffer_free(h->other);
    lf_diagnostics_free(h->said);
    lf_event_free(h->event);
    lf_step_free(h->live);
    lf_step_free(h->stored);
}

static void encode(const lf_contact *contact, lf_buffer *out) {
    lf_buffer_clear(out);
    fuzz_ok(lf_contact_encode(contact, out), "lf_contact_encode");
}

static bool same(const lf_buffer *a, const lf_buffer *b) {
    return lf_buffer_size(a) == lf_buffer_size(b) &&
           memcmp(lf_buffer_data(a), lf_buffer_data(b), lf_buffer_size(a)) == 0;
}

static lf_contact *decode(const history *h, const lf_buffer *bytes) {
    lf_contact *contact;
    fuzz_ok(lf_contact_decode(h->blueprint, lf_buffer_data(bytes), lf_buffer_size(bytes), &contact),
            "lf_contact_decode");
    return contact;
}

/* The two steps have done the same. */
static void same_effects(const history *h) {
    size_t n = lf_step_effect_count(h->live);
    if (n != lf_step_effect_count(h->stored)) {
        fuzz_wrong("a stored contact makes another number of effects", NULL);
    }
    for (size_t i = 0; i < n; i++) {
        size_t len;
        const char *json = lf_effect_json(lf_step_effect_at(h->live, i), &len);
        if (json == NULL || !json_sound(json, len)) {
            fuzz_wrong("an effect is no JSON", json);
        }
        if (strcmp(json, lf_effect_json(lf_step_effect_at(h->stored, i), NULL)) != 0) {
            fuzz_wrong("a stored contact makes another effect", json);
        }
    }
}

static void same_contacts(history *h, const lf_contact *contact, const lf_contact *from_store) {
    encode(contact, h->after);
    encode(from_store, h->other);
    if (!same(h->after, h->other) ||
        lf_contact_wake_time(contact) != lf_contact_wake_time(from_store)) {
        fuzz_wrong("a stored contact goes on otherwise", NULL);
    }
    same_effects(h);
}

static void wake(history *h, lf_contact *contact, int64_t now) {
    encode(contact, h->before);
    lf_contact *from_store = decode(h, h->before);
    fuzz_ok(lf_step_wake(h->live, contact, now), "lf_step_wake");
    fuzz_ok(lf_step_wake(h->stored, from_store, now), "lf_step_wake");
    same_contacts(h, contact, from_store);
    lf_contact_free(from_store);
}

/* False: too much is due before then. */
static bool catch_up(history *h, lf_contact *contact, int64_t now) {
    for (int i = 0; lf_contact_wake_time(contact) <= now; i++) {
        int64_t due = lf_contact_wake_time(contact);
        if (i == MOST_WAKES) {
            return false;
        }
        wake(h, contact, due);
        if (lf_contact_clock(contact) != due || lf_contact_wake_time(contact) <= due) {
            fuzz_wrong("the time of waking does not move", NULL);
        }
    }
    return true;
}

static void again(history *h, lf_contact *contact) {
    int32_t taken;
    encode(contact, h->before);
    lf_status status = lf_step_take(h->live, contact, h->event, h->now, &taken, NULL);
    encode(contact, h->after);
    bool duplicate =
        status == LF_OK && (taken == LF_TAKEN_DUPLICATE || taken == LF_TAKEN_CHANGED_DUPLICATE);
    if (duplicate && (!same(h->before, h->after) || lf_step_effect_count(h->live) != 0)) {
        fuzz_wrong("a duplicate changes something", NULL);
    }
}

static void take(history *h, lf_contact *contact, const char *text, size_t len, uint32_t number) {
    int32_t taken, other;
    encode(contact, h->before);
    lf_contact *from_store = decode(h, h->before);
    lf_diagnostics_clear(h->said);
    lf_status status = lf_step_take(h->live, contact, h->event, h->now, &taken, h->said);
    if (lf_step_take(h->stored, from_store, h->event, h->now, &other, NULL) != status ||
        other != taken) {
        fuzz_wrong("a stored contact takes an event otherwise", NULL);
    }
    same_contacts(h, contact, from_store);
    lf_contact_free(from_store);
    if (status != LF_OK) {
        fuzz_diagnostics(h->said, text, len, number);
        if (!same(h->before, h->after) ||
            (status == LF_E_EVENT) != (lf_diagnostics_count(h->said) > 0)) {
            fuzz_wrong("an event is refused, but changes something or hears no reason",
                       lf_status_name(status));
        }
        return;
    }
    again(h, contact);
}

/* False: the history ends. */
static bool take_line(history *h, const char *text, size_t len, uint32_t number) {
    size_t id_len, known_len = 0;
    lf_diagnostics_clear(h->said);
    lf_status status = lf_event_parse(h->event, text, len, number, h->said);
    fuzz_diagnostics(h->said, text, len, number);
    if (status != LF_OK) {
        if (status == LF_E_EVENT ? lf_diagnostics_count(h->said) == 0 : status != LF_E_NOTFOUND) {
            fuzz_wrong("an event is refused without a reason", lf_status_name(status));
        }
        return true;
    }
    if (!json_sound(text, len)) {
        fuzz_wrong("an event that is no JSON is taken", NULL);
    }
    const char *id = lf_event_contact(h->event, &id_len);
    const char *known = h->contact == NULL ? NULL : lf_contact_id(h->contact, &known_len);
    h->now = lf_event_at(h->event) > h->now ? lf_event_at(h->event) : h->now;
    if (known == NULL) {
        fuzz_ok(lf_contact_new(h->blueprint, id, id_len, &h->contact), "lf_contact_new");
    } else if (known_len != id_len || memcmp(id, known, id_len) != 0) {
        lf_contact *stranger;
        fuzz_ok(lf_contact_new(h->blueprint, id, id_len, &stranger), "lf_contact_new");
        take(h, stranger, text, len, number);
        lf_contact_free(stranger);
        return true;
    }
    if (!catch_up(h, h->contact, h->now)) {
        return false;
    }
    take(h, h->contact, text, len, number);
    return true;
}

void fuzz_history(lf_blueprint *blueprint, const char *text, size_t len) {
    history h;
    const char *end = text + len;
    bool going = true;
    open_history(&h, blueprint);
    for (uint32_t number = 1; text < end && going && number <= MOST_EVENTS; number++) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        size_t n = (size_t)((newline == NULL ? end : newline) - text);
        going = take_line(&h, text, n, number);
        text += n + (newline != NULL);
    }
    if (h.contact != NULL) {
        wake(&h, h.contact, lf_contact_clock(h.contact));
        for (int i = 0; i < MOST_WAKES && lf_contact_wake_time(h.contact) != INT64_MAX; i++) {
            wake(&h, h.contact, lf_contact_wake_time(h.contact));
        }
    }
    close_history(&h);
}

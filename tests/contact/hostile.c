/* SPDX-License-Identifier: MIT */
#include "hostile.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "contact/contact_internal.h"

#include "json_sound.h"

#define DAY INT64_C(86400000)
#define MOMENTS 3

void ground_open(ground *g, lf_blueprint *blueprint) {
    g->blueprint = lf_blueprint_ref(blueprint);
    if (lf_step_new(blueprint, "tenant", &g->step) != LF_OK ||
        lf_event_new(blueprint, &g->event) != LF_OK || lf_buffer_new(NULL, &g->first) != LF_OK ||
        lf_buffer_new(NULL, &g->second) != LF_OK) {
        abort();
    }
}

void ground_close(ground *g) {
    lf_step_free(g->step);
    lf_event_free(g->event);
    lf_buffer_free(g->first);
    lf_buffer_free(g->second);
    lf_blueprint_unref(g->blueprint);
}

bool hostile_checksum(unsigned char *bytes, size_t size) {
    if (size < LF_STORED_HEAD + LF_STORED_TAIL) {
        return false;
    }
    uint64_t hash = lf_hash(bytes, size - LF_STORED_TAIL, LF_STORED_SEED);
    for (size_t i = 0; i < LF_STORED_TAIL; i++) {
        bytes[size - LF_STORED_TAIL + i] = (unsigned char)(hash >> (8 * i));
    }
    return true;
}

/* Stored, it is read as the same contact. */
static const char *stored_again(ground *g, const lf_contact *contact) {
    lf_contact *again;
    lf_buffer_clear(g->first);
    lf_buffer_clear(g->second);
    if (lf_contact_encode(contact, g->first) != LF_OK) {
        return "it cannot be stored";
    }
    if (lf_contact_decode(g->blueprint, lf_buffer_data(g->first), lf_buffer_size(g->first),
                          &again) != LF_OK) {
        return "what it is stored as cannot be read";
    }
    lf_status status = lf_contact_encode(again, g->second);
    lf_contact_free(again);
    return status == LF_OK && lf_buffer_size(g->first) == lf_buffer_size(g->second) &&
                   memcmp(lf_buffer_data(g->first), lf_buffer_data(g->second),
                          lf_buffer_size(g->first)) == 0
               ? NULL
               : "what it is stored as is read as another contact";
}

static const char *scores(const ground *g, const lf_contact *contact) {
    for (size_t i = 0; i < lf_blueprint_scorer_count(g->blueprint); i++) {
        const lf_scorer *scorer = lf_blueprint_scorer_at(g->blueprint, i);
        int64_t at = lf_contact_clock(contact), total, sum = 0;
        lf_explanation *why;
        if (lf_scorer_total(scorer, contact, at, &total) != LF_OK ||
            lf_scorer_explain(scorer, contact, at, &why) != LF_OK) {
            return "its score cannot be told";
        }
        for (size_t j = 0; j < lf_explanation_count(why); j++) {
            sum += lf_explanation_value(why, j);
        }
        lf_explanation_free(why);
        if (sum != total) {
            return "the parts of its score do not add up";
        }
    }
    return NULL;
}

/* Of the sequences that it is in, and of one more. */
static const char *why(ground *g, const lf_contact *contact) {
    const lf_scheduler *scheduler = lf_blueprint_scheduler(g->blueprint);
    size_t n = lf_scheduler_enrolment_count(scheduler, contact);
    for (size_t i = 0; i <= n; i++) {
        const char *sequence = i < n ? lf_scheduler_enrolment_sequence(scheduler, contact, i)
                                     : lf_scheduler_sequence_at(scheduler, 0);
        lf_buffer_clear(g->first);
        if (sequence != NULL && (lf_contact_why_sequence(contact, sequence, g->first) != LF_OK ||
                                 !json_sound(lf_buffer_data(g->first), lf_buffer_size(g->first)))) {
            return "why it is in a sequence, or is not, is no JSON";
        }
    }
    return NULL;
}

static const char *asked(ground *g, const lf_contact *contact) {
    size_t len;
    const char *id = lf_contact_id(contact, &len);
    if (len < 1 || len > 255 || id[len] != '\0') {
        return "its id is none";
    }
    lf_buffer_clear(g->first);
    if (lf_contact_created(contact) != INT64_MAX &&
        (lf_contact_json(contact, g->first) != LF_OK ||
         !json_sound(lf_buffer_data(g->first), lf_buffer_size(g->first)))) {
        return "its line is no JSON";
    }
    const char *wrong = lf_contact_created(contact) == INT64_MAX ? NULL : why(g, contact);
    return wrong != NULL ? wrong : scores(g, contact);
}

/* After a step: its effects, and when it is woken next. */
static const char *stepped(ground *g, const lf_contact *contact, int64_t before, lf_status status) {
    if (status != LF_OK) {
        return lf_status_name(status);
    }
    for (size_t i = 0; i < lf_step_effect_count(g->step); i++) {
        const lf_effect *effect = lf_step_effect_at(g->step, i);
        size_t len;
        const char *json = lf_effect_json(effect, &len);
        if (json == NULL || !json_sound(json, len) || strlen(lf_effect_key(effect)) != 32) {
            return "an effect is no JSON, or has no key";
        }
    }
    return lf_contact_clock(contact) >= before ? NULL : "its clock has gone back";
}

static const char *woken(ground *g, lf_contact *contact, int64_t now) {
    int64_t before = lf_contact_clock(contact);
    now = now < LF_TIME_MAX ? now : LF_TIME_MAX;
    const char *wrong = stepped(g, contact, before, lf_step_wake(g->step, contact, now));
    if (wrong == NULL && lf_contact_created(contact) != INT64_MAX && now >= before &&
        (lf_contact_clock(contact) != now || lf_contact_wake_time(contact) <= now)) {
        return "it was woken, and something is still due";
    }
    return wrong;
}

static const char *told(ground *g, lf_contact *contact, int64_t at, const char *type,
                        const char *prop, const char *value) {
    size_t len;
    int64_t before = lf_contact_clock(contact);
    const char *id = lf_contact_id(contact, &len);
    if (lf_event_start(g->event, id, len, type, strlen(type), at, value, strlen(value), NULL) !=
            LF_OK ||
        lf_event_set_string(g->event, prop, strlen(prop), value, strlen(value), NULL) != LF_OK ||
        lf_event_check(g->event, NULL) != LF_OK) {
        return "there can be no event about it";
    }
    lf_status status =
        lf_step_take(g->step, contact, g->event, at > before ? at : before, NULL, NULL);
    return status == LF_E_LIMIT ? NULL : stepped(g, contact, before, status);
}

static const char *suppressed(ground *g, lf_contact *contact, int64_t at) {
    return told(g, contact, at, "$suppress", "reason", "why");
}

/* Whoever is paused goes on. */
static const char *resumed(ground *g, lf_contact *contact) {
    const lf_scheduler *scheduler = lf_blueprint_scheduler(g->blueprint);
    const char *wrong = NULL;
    for (size_t i = 0; i < lf_scheduler_sequence_count(scheduler) && wrong == NULL; i++) {
        wrong = told(g, contact, lf_contact_clock(contact), "$resume", "sequence",
                     lf_scheduler_sequence_at(scheduler, i));
    }
    return wrong;
}

const char *hostile_contact(ground *g, lf_contact *contact, enum hostile_how how) {
    const char *wrong = stored_again(g, contact);
    if (wrong != NULL || how == HOSTILE_READ) {
        return wrong;
    }
    int64_t clock = lf_contact_clock(contact);
    for (int i = 0; i < (how == HOSTILE_FAR ? MOMENTS : 1) && wrong == NULL &&
                    lf_contact_wake_time(contact) != INT64_MAX;
         i++) {
        int64_t wake = lf_contact_wake_time(contact);
        wrong = woken(g, contact, wake > clock ? wake : clock);
        clock = lf_contact_clock(contact);
    }
    wrong = wrong != NULL ? wrong : suppressed(g, contact, clock);
    if (wrong == NULL && how == HOSTILE_FAR) {
        wrong = asked(g, contact);
        wrong = wrong != NULL || clock < LF_TIME_MIN + 30 * DAY
                    ? wrong
                    : suppressed(g, contact, clock - 30 * DAY);
        wrong = wrong != NULL ? wrong : resumed(g, contact);
        wrong = wrong != NULL ? wrong : woken(g, contact, clock + 400 * DAY);
    }
    wrong = wrong != NULL ? wrong : asked(g, contact);
    return wrong != NULL ? wrong : stored_again(g, contact);
}

const char *hostile_bytes(ground *g, const void *bytes, size_t size, enum hostile_how how,
                          bool *let_in) {
    lf_contact *contact = NULL;
    lf_status status = lf_contact_decode(g->blueprint, bytes, size, &contact);
    *let_in = status == LF_OK;
    if (status != LF_OK) {
        return status == LF_E_CORRUPT && contact == NULL ? NULL : lf_status_name(status);
    }
    const char *wrong = hostile_contact(g, contact, how);
    lf_contact_free(contact);
    return wrong;
}

uint64_t hostile_random(uint64_t *state) {
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

size_t hostile_below(uint64_t *state, size_t n) {
    return (size_t)(hostile_random(state) % n);
}

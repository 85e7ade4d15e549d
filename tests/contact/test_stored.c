/* SPDX-License-Identifier: MIT */
/*
 * The stored form of a contact, damaged. Plain damage is LF_E_CORRUPT. Behind a checksum that fits, as a
 * hostile store would write it, bytes are refused or give a contact like any other: it can be stored
 * again, asked, and lived on with.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "contact/contact_internal.h"
#include "leadflow/leadflow.h"

#include "../api/support.h"

#define END (T0 + 200 * DAY)
#define MOST 8

static lf_blueprint *blueprint;
static lf_step *step;
static struct {
    unsigned char *bytes;
    size_t size;
} stored[MOST];
static size_t n_stored;

/* Contacts as they are stored after every fourth event of the rich log. */
static int make_contacts(void **state) {
    lf_contact *contact;
    lf_event *event;
    size_t n, line_number = 0;
    (void)state;
    OK(parse_rich(NULL, NULL, &blueprint));
    OK(lf_step_new(blueprint, "tenant", &step));
    OK(lf_contact_new(blueprint, "c-1", 3, &contact));
    OK(lf_event_new(blueprint, &event));
    char *text = read_file("tests/api/rich.ndjson", &n);
    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        if (lf_event_parse(event, line, strlen(line), 1, NULL) == LF_OK) {
            OK(lf_step_take(step, contact, event, END, NULL, NULL));
        }
        if (line_number++ % 4 == 3 && n_stored < MOST) {
            stored[n_stored].bytes = contact_bytes(contact, &stored[n_stored].size);
            n_stored++;
        }
    }
    free(text);
    lf_event_free(event);
    lf_contact_free(contact);
    return n_stored >= 5 ? 0 : -1;
}

static int free_contacts(void **state) {
    (void)state;
    for (size_t i = 0; i < n_stored; i++) {
        free(stored[i].bytes);
    }
    lf_step_free(step);
    lf_blueprint_unref(blueprint);
    return 0;
}

static void set_checksum(unsigned char *bytes, size_t size) {
    uint64_t hash = lf_hash(bytes, size - LF_STORED_TAIL, LF_STORED_SEED);
    for (size_t i = 0; i < LF_STORED_TAIL; i++) {
        bytes[size - LF_STORED_TAIL + i] = (unsigned char)(hash >> (8 * i));
    }
}

/* Whatever the decoder lets in is a contact: all that can be done with one can be done with it. */
static void live_on(lf_contact *contact) {
    lf_buffer *out = new_buffer();
    lf_explanation *explanation;
    lf_event *event;
    size_t len;
    int64_t at, total, sum = 0;
    char json[512];
    const char *id = lf_contact_id(contact, &len);
    at = lf_contact_clock(contact);
    assert_true(len >= 1 && len <= 255);
    if (lf_contact_created(contact) != INT64_MAX) {
        OK(lf_contact_json(contact, out));
    }
    const lf_scorer *scorer = lf_blueprint_scorer(blueprint, "lead");
    OK(lf_scorer_total(scorer, contact, at, &total));
    OK(lf_scorer_explain(scorer, contact, at, &explanation));
    for (size_t i = 0; i < lf_explanation_count(explanation); i++) {
        sum += lf_explanation_value(explanation, i);
    }
    assert_int_equal(sum, total);
    lf_explanation_free(explanation);
    OK(lf_step_wake(step, contact, at < END ? END : at));
    if (len < 100 && memchr(id, '"', len) == NULL && memchr(id, '\\', len) == NULL) {
        memcpy(json, "{\"contact\":\"", 12);
        id = lf_contact_id(contact, &len);
        memcpy(json + 12, id, len);
        strcpy(json + 12 + len,
               "\",\"type\":\"form\",\"at\":\"2026-07-01T00:00:00Z\",\"props\":{\"name\":\"x\"}}");
        event = parse_event(blueprint, json);
        lf_status status = lf_step_take(step, contact, event, END, NULL, NULL);
        assert_true(status == LF_OK || status == LF_E_LIMIT);
        lf_event_free(event);
    }
    lf_buffer_free(out);
}

/* True: it was let in. */
static bool decode(const unsigned char *bytes, size_t size, bool live) {
    lf_contact *contact = NULL, *again;
    size_t n, m;
    lf_status status = lf_contact_decode(blueprint, bytes, size, &contact);
    if (status == LF_E_CORRUPT) {
        assert_null(contact);
        return false;
    }
    OK(status);
    unsigned char *first = contact_bytes(contact, &n);
    OK(lf_contact_decode(blueprint, first, n, &again));
    unsigned char *second = contact_bytes(again, &m);
    assert_int_equal(n, m);
    assert_memory_equal(first, second, n);
    free(first);
    free(second);
    lf_contact_free(again);
    if (live) {
        live_on(contact);
    }
    lf_contact_free(contact);
    return true;
}

/* ---- plain damage ---- */
static void every_byte_flipped(void **state) {
    (void)state;
    for (size_t i = 0; i < n_stored; i++) {
        assert_true(decode(stored[i].bytes, stored[i].size, true));
        for (size_t at = 0; at < stored[i].size; at++) {
            for (unsigned mask = 1; mask < 256; mask = mask == 128   ? 255
                                                       : mask == 255 ? 256
                                                                     : mask * 2) {
                stored[i].bytes[at] ^= (unsigned char)mask;
                assert_false(decode(stored[i].bytes, stored[i].size, false));
                stored[i].bytes[at] ^= (unsigned char)mask;
            }
        }
    }
}

static void every_length(void **state) {
    (void)state;
    for (size_t i = 0; i < n_stored; i++) {
        for (size_t size = 0; size < stored[i].size; size++) {
            unsigned char *part =
                malloc(size + 1); /* its own block: reading past its end is seen */
            memcpy(part, stored[i].bytes, size);
            assert_false(decode(part, size, false));
            free(part);
        }
        unsigned char *more = calloc(1, stored[i].size + 1);
        memcpy(more, stored[i].bytes, stored[i].size);
        assert_false(decode(more, stored[i].size + 1, false));
        free(more);
    }
}

static void other_versions(void **state) {
    (void)state;
    for (unsigned version = 0; version < 256; version++) {
        unsigned char *own = malloc(stored[0].size);
        memcpy(own, stored[0].bytes, stored[0].size);
        own[2] = (unsigned char)version;
        set_checksum(own, stored[0].size);
        assert_int_equal(decode(own, stored[0].size, false), version == LF_STORED_VERSION);
        free(own);
    }
}

/* ---- damage behind a checksum that fits ---- */
static void every_byte_changed_with_checksum(void **state) {
    static const unsigned char masks[] = {1, 0x40, 0xff};
    size_t let_in = 0;
    (void)state;
    for (size_t i = 0; i < n_stored; i++) {
        unsigned char *own = malloc(stored[i].size);
        memcpy(own, stored[i].bytes, stored[i].size);
        for (size_t at = LF_STORED_HEAD; at < stored[i].size - LF_STORED_TAIL; at++) {
            for (size_t m = 0; m < sizeof masks; m++) {
                own[at] = (unsigned char)(stored[i].bytes[at] ^ masks[m]);
                set_checksum(own, stored[i].size);
                let_in += decode(own, stored[i].size, true);
            }
            own[at] = stored[i].bytes[at];
        }
        free(own);
    }
    assert_true(let_in > 100); /* another number, another time: nobody can tell */
}

static uint64_t next_random(uint64_t *state) {
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static size_t below(uint64_t *state, size_t n) {
    return (size_t)(next_random(state) % n);
}

/* Several changes at once: bytes set, cut out, doubled, taken from another contact. */
static size_t mangle(uint64_t *seed, unsigned char *own, size_t size, size_t room) {
    static const unsigned char special[] = {0, 1, 0x7f, 0x80, 0x81, 0xff, 0xfe, 2};
    size_t changes = 1 + below(seed, 4);
    for (size_t i = 0; i < changes && size > 16; i++) {
        size_t at = LF_STORED_HEAD + below(seed, size - LF_STORED_HEAD - LF_STORED_TAIL);
        size_t n = 1 + below(seed, 8);
        size_t what = below(seed, 4);
        if (what == 0) {
            own[at] = special[below(seed, sizeof special)];
        } else if (what == 1 && at + n < size - LF_STORED_TAIL) {
            memmove(own + at, own + at + n, size - at - n);
            size -= n;
        } else if (what == 2 && size + n <= room && at + n < size) {
            memmove(own + at + n, own + at, size - at);
            size += n;
        } else {
            size_t other = below(seed, n_stored), from = below(seed, stored[other].size - 8);
            for (size_t j = 0; j < n && at + j < size - LF_STORED_TAIL; j++) {
                own[at + j] = stored[other].bytes[from + j % 8];
            }
        }
    }
    set_checksum(own, size);
    return size;
}

static void mangled_with_checksum(void **state) {
    uint64_t seed = UINT64_C(0x1ead);
    size_t let_in = 0;
    (void)state;
    for (size_t i = 0; i < 10000; i++) {
        size_t which = below(&seed, n_stored), room = stored[which].size + 64;
        unsigned char *own = malloc(room);
        memcpy(own, stored[which].bytes, stored[which].size);
        size_t size = mangle(&seed, own, stored[which].size, room);
        unsigned char *exact = malloc(size);
        memcpy(exact, own, size);
        let_in += decode(exact, size, true);
        free(exact);
        free(own);
    }
    assert_true(let_in > 100);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_byte_flipped),    cmocka_unit_test(every_length),
        cmocka_unit_test(other_versions),        cmocka_unit_test(every_byte_changed_with_checksum),
        cmocka_unit_test(mangled_with_checksum),
    };
    return cmocka_run_group_tests(tests, make_contacts, free_contacts);
}

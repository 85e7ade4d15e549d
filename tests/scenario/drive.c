/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "drive.h"

#include "../api/source.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The store's `commit` has no room for a pointer of ours beside the store's own. */
static drive *running;
static lf_status (*inner_commit)(void *user, const char *tenant, const lf_commit *commit);

static void check(lf_status status, const char *what) {
    if (status != LF_OK) {
        fail_msg("%s: %s", what, lf_status_name(status));
    }
}

static person *find_person(drive *d, const char *id, size_t len) {
    for (size_t i = 0; i < d->n; i++) {
        if (strlen(d->people[i].id) == len && memcmp(d->people[i].id, id, len) == 0) {
            return &d->people[i];
        }
    }
    if (d->n == d->room) {
        d->room = 2 * d->room + 4;
        d->people = realloc(d->people, d->room * sizeof *d->people);
        assert_non_null(d->people);
    }
    person *p = &d->people[d->n++];
    *p = (person){.id = strndup(id, len), .now = INT64_MIN, .wake = INT64_MAX};
    check(lf_contact_new(d->blueprint, id, len, &p->contact), "lf_contact_new");
    check(lf_buffer_new(NULL, &p->stored), "lf_buffer_new");
    return p;
}

static void add_effect(lines *list, const lf_effect *effect) {
    size_t id_len, len;
    const char *id = lf_effect_contact(effect, &id_len), *json = lf_effect_json(effect, &len);
    assert_non_null(json);
    lines_add(list, lf_effect_at(effect), id, id_len, json, len);
}

static void add_bytes(lf_buffer *to, const lf_commit *commit) {
    size_t size;
    const void *bytes = lf_commit_bytes(commit, &size);
    lf_contact *contact;
    lf_buffer_clear(to);
    check(lf_contact_decode(running->blueprint, bytes, size, &contact), "lf_contact_decode");
    check(lf_contact_encode(contact, to), "lf_contact_encode");
    lf_contact_free(contact);
    if (lf_buffer_size(to) != size || memcmp(lf_buffer_data(to), bytes, size) != 0) {
        fail_msg("a contact read and written again has other bytes");
    }
}

static lf_status commit(void *user, const char *tenant, const lf_commit *c) {
    lf_status status = inner_commit(user, tenant, c);
    if (status == LF_OK) {
        size_t len;
        const char *id = lf_commit_contact(c, &len);
        person *p = find_person(running, id, len);
        add_bytes(p->stored, c);
        p->wake = lf_commit_wake(c);
        for (size_t i = 0; i < lf_commit_effect_count(c); i++) {
            add_effect(&running->by_engine, lf_commit_effect_at(c, i));
        }
    }
    return status;
}

static void open_engine(drive *d) {
    lf_store store;
    lf_engine_options options;
    lf_engine_options_init(&options, sizeof options);
    d->source = source_open(&store, false);
    inner_commit = store.commit;
    store.commit = commit;
    options.store = &store;
    check(lf_engine_new(d->blueprint, &options, &d->engine), "lf_engine_new");
}

void drive_open(drive *d, const char *blueprint, size_t len) {
    *d = (drive){0};
    running = d;
    check(lf_diagnostics_new(NULL, &d->said), "lf_diagnostics_new");
    lf_status status = lf_blueprint_parse(blueprint, len, NULL, d->said, &d->blueprint);
    for (size_t i = 0; i < lf_diagnostics_count(d->said); i++) {
        print_error("blueprint.json:%u:%u: %s\n", lf_diagnostics_line(d->said, i),
                    lf_diagnostics_column(d->said, i), lf_diagnostics_text(d->said, i));
    }
    check(status, "blueprint.json");
    check(lf_event_new(d->blueprint, &d->event), "lf_event_new");
    check(lf_step_new(d->blueprint, "default", &d->step), "lf_step_new");
    open_engine(d);
}

static void compare_person(const person *p) {
    lf_buffer *bytes;
    check(lf_buffer_new(NULL, &bytes), "lf_buffer_new");
    check(lf_contact_encode(p->contact, bytes), "lf_contact_encode");
    /* an event that is refused stores nothing of a contact that is not there yet */
    if (lf_buffer_size(p->stored) > 0 || lf_contact_created(p->contact) != INT64_MAX) {
        if (lf_buffer_size(bytes) != lf_buffer_size(p->stored) ||
            memcmp(lf_buffer_data(bytes), lf_buffer_data(p->stored), lf_buffer_size(bytes)) != 0) {
            fail_msg("%s: step and engine have different stored bytes", p->id);
        }
        if (p->wake != lf_contact_wake_time(p->contact)) {
            fail_msg("%s: step and engine have different wake times", p->id);
        }
    }
    lf_buffer_free(bytes);
}

static void compare_lines(const drive *d) {
    size_t n = d->by_step.n < d->by_engine.n ? d->by_step.n : d->by_engine.n;
    for (size_t i = 0; i < n; i++) {
        if (strcmp(d->by_step.items[i].text, d->by_engine.items[i].text) != 0) {
            fail_msg("the step gives\n  %s\nand the engine\n  %s", d->by_step.items[i].text,
                     d->by_engine.items[i].text);
        }
    }
    if (d->by_step.n != d->by_engine.n) {
        fail_msg("the step gives %zu lines, the engine %zu", d->by_step.n, d->by_engine.n);
    }
}

static void collect(drive *d) {
    for (size_t i = 0; i < lf_step_effect_count(d->step); i++) {
        add_effect(&d->by_step, lf_step_effect_at(d->step, i));
    }
}

static const char *outcome_name(lf_status status, int32_t taken) {
    static const char *const names[] = {"new", "late", "duplicate", "changed", "ignored"};
    if (status == LF_E_EVENT) {
        return "refused";
    }
    check(status, "taking an event");
    assert_in_range(taken, 0, 4);
    return names[taken];
}

const char *drive_event(drive *d, const char *json) {
    size_t id_len, len = strlen(json);
    int32_t taken = LF_TAKEN_IGNORED, engine_taken = LF_TAKEN_IGNORED;
    lf_status parsed = lf_event_parse(d->event, json, len, 1, d->said);
    if (parsed != LF_OK) {
        const char *outcome = outcome_name(parsed == LF_E_NOTFOUND ? LF_OK : parsed, taken);
        lf_status status = lf_engine_take_json(d->engine, json, len, 1, 0, &engine_taken, NULL);
        assert_string_equal(outcome_name(status, engine_taken), outcome);
        return outcome;
    }
    const char *id = lf_event_contact(d->event, &id_len);
    person *p = find_person(d, id, id_len);
    p->now = lf_event_at(d->event) > p->now ? lf_event_at(d->event) : p->now;
    lf_status status = lf_step_take(d->step, p->contact, d->event, p->now, &taken, d->said);
    const char *outcome = outcome_name(status, taken);
    collect(d);
    status = lf_engine_take_json(d->engine, json, len, 1, p->now, &engine_taken, NULL);
    assert_string_equal(outcome_name(status, engine_taken), outcome);
    compare_person(p);
    compare_lines(d);
    return outcome;
}

/* The engine works as a process that is never late does. */
static void run_punctually(drive *d, int64_t until) {
    for (int64_t last = INT64_MIN;;) {
        int64_t next = INT64_MAX;
        size_t done;
        for (size_t i = 0; i < d->n; i++) {
            next = d->people[i].wake < next ? d->people[i].wake : next;
        }
        if (next > until || next == INT64_MAX) {
            return;
        }
        if (next <= last) {
            fail_msg("what was due stays due after a wake");
        }
        check(lf_engine_run_due(d->engine, next, d->n, &done), "lf_engine_run_due");
        assert_true(done > 0);
        last = next;
    }
}

static void add_contact(lines *list, const char *id, const lf_contact *contact) {
    lf_buffer *json;
    check(lf_buffer_new(NULL, &json), "lf_buffer_new");
    check(lf_contact_json(contact, json), "lf_contact_json");
    lines_add(list, INT64_MAX, id, strlen(id), lf_buffer_data(json), lf_buffer_size(json));
    lf_buffer_free(json);
}

static int64_t newest(const drive *d) {
    int64_t at = INT64_MIN;
    for (size_t i = 0; i < d->n; i++) {
        at = d->people[i].now > at ? d->people[i].now : at;
    }
    return at;
}

void drive_end(drive *d, int64_t until) {
    until = until == INT64_MIN ? newest(d) : until;
    run_punctually(d, until);
    for (size_t i = 0; i < d->n; i++) {
        person *p = &d->people[i];
        lf_contact *stored;
        if (lf_contact_created(p->contact) == INT64_MAX) {
            continue; /* nothing but refused events */
        }
        check(lf_step_wake(d->step, p->contact, until), "lf_step_wake");
        collect(d);
        check(lf_engine_wake(d->engine, p->id, strlen(p->id), until), "lf_engine_wake");
        compare_person(p);
        check(lf_engine_contact(d->engine, p->id, strlen(p->id), &stored), "lf_engine_contact");
        add_contact(&d->by_step, p->id, p->contact);
        add_contact(&d->by_engine, p->id, stored);
        lf_contact_free(stored);
    }
    lines_sort(&d->by_step);
    lines_sort(&d->by_engine);
    compare_lines(d);
}

void drive_close(drive *d) {
    lf_engine_free(d->engine);
    source_close(d->source);
    lf_step_free(d->step);
    for (size_t i = 0; i < d->n; i++) {
        lf_contact_free(d->people[i].contact);
        lf_buffer_free(d->people[i].stored);
        free(d->people[i].id);
    }
    free(d->people);
    lf_event_free(d->event);
    lf_blueprint_unref(d->blueprint);
    lf_diagnostics_free(d->said);
    lines_free(&d->by_step);
    lines_free(&d->by_engine);
    running = NULL;
}

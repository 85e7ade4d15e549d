/* SPDX-License-Identifier: MIT */
/*
 * What becomes of a stored contact when the blueprint changes (SPEC 9.7), told in changes.txt. A story has, behind a line
 * `## name`, a line each for
 *
 *     {"leadflow": ...    a blueprint: the contact is stored and read again under it. Lines that begin with a blank go on
 *     {"contact": ...     an event, taken at its own time
 *     wake TIME           time passes
 *
 * then a line `=>` and what must come out: each effect, in order, then the contact. Members that are not named do not count.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <leadflow/leadflow.h>

#include "json_equal.h"
#include "scenario_lines.h"

#define OK(call) assert_int_equal((call), LF_OK)

typedef struct story {
    const char *name;
    const line *from, *to;
} story;

typedef struct life {
    lf_blueprint *blueprint;
    lf_contact *contact;
    lf_step *step;
    lf_event *event;
    lines told;
} life;

static void let_go(life *l) {
    lf_contact_free(l->contact);
    lf_step_free(l->step);
    lf_event_free(l->event);
    lf_blueprint_unref(l->blueprint);
}

/* The contact, if there is one, goes over to another blueprint as bytes; and once more, for what is read is what was
 * written. */
static void change(life *l, const char *text) {
    life next = {.told = l->told};
    lf_diagnostics *said;
    lf_buffer *bytes, *again;
    OK(lf_diagnostics_new(NULL, &said));
    if (lf_blueprint_parse(text, strlen(text), NULL, said, &next.blueprint) != LF_OK) {
        fail_msg("%s", lf_diagnostics_text(said, 0));
    }
    lf_diagnostics_free(said);
    OK(lf_step_new(next.blueprint, "default", &next.step));
    OK(lf_event_new(next.blueprint, &next.event));
    OK(lf_buffer_new(NULL, &bytes));
    OK(lf_buffer_new(NULL, &again));
    if (l->contact == NULL) {
        OK(lf_contact_new(next.blueprint, "c", 1, &next.contact));
    } else {
        OK(lf_contact_encode(l->contact, bytes));
        OK(lf_contact_decode(next.blueprint, lf_buffer_data(bytes), lf_buffer_size(bytes),
                             &next.contact));
        lf_buffer_clear(bytes);
        OK(lf_contact_encode(next.contact, bytes));
        lf_contact_free(next.contact);
        OK(lf_contact_decode(next.blueprint, lf_buffer_data(bytes), lf_buffer_size(bytes),
                             &next.contact));
        OK(lf_contact_encode(next.contact, again));
        assert_int_equal(lf_buffer_size(again), lf_buffer_size(bytes));
        assert_memory_equal(lf_buffer_data(again), lf_buffer_data(bytes), lf_buffer_size(bytes));
    }
    lf_buffer_free(bytes);
    lf_buffer_free(again);
    let_go(l);
    *l = next;
}

static void hear(life *l) {
    for (size_t i = 0; i < lf_step_effect_count(l->step); i++) {
        size_t n;
        const char *json = lf_effect_json(lf_step_effect_at(l->step, i), &n);
        lines_add(&l->told, 0, "c", 1, json, n);
    }
}

static void live(life *l, const char *text) {
    int64_t now;
    if (strncmp(text, "{\"leadflow\"", 11) == 0) {
        change(l, text);
    } else if (strncmp(text, "wake ", 5) == 0) {
        OK(lf_timestamp_parse(text + 5, strlen(text + 5), &now));
        OK(lf_step_wake(l->step, l->contact, now));
        hear(l);
    } else {
        OK(lf_event_parse(l->event, text, strlen(text), 1, NULL));
        OK(lf_step_take(l->step, l->contact, l->event, lf_event_at(l->event), NULL, NULL));
        hear(l);
    }
}

/* The last line told is the contact. */
static void tell_contact(life *l) {
    lf_buffer *json;
    OK(lf_buffer_new(NULL, &json));
    OK(lf_contact_json(l->contact, json));
    lines_add(&l->told, 0, "c", 1, lf_buffer_data(json), lf_buffer_size(json));
    lf_buffer_free(json);
}

static void run(void **state) {
    const story *s = *state;
    life l = {0};
    const line *at = s->from;
    char text[16384];
    while (at < s->to && strcmp(at->text, "=>") != 0) {
        snprintf(text, sizeof text, "%s", at++->text);
        while (at < s->to && at->text[0] == ' ') {
            size_t n = strlen(text);
            snprintf(text + n, sizeof text - n, "%s", at++->text);
        }
        live(&l, text);
    }
    tell_contact(&l);
    size_t n = 0;
    for (at++; at < s->to; at++, n++) {
        if (n >= l.told.n || !json_covers(at->text, l.told.items[n].text)) {
            fail_msg("expected\n  %s\nbut got\n  %s", at->text,
                     n < l.told.n ? l.told.items[n].text : "nothing");
        }
    }
    if (n < l.told.n) {
        fail_msg("nobody expected\n  %s", l.told.items[n].text);
    }
    let_go(&l);
    lines_free(&l.told);
}

int main(int argc, char **argv) {
    static struct CMUnitTest tests[200];
    static story stories[200];
    lines all = {0};
    size_t n = 0;
    if (argc != 2 || !lines_read(&all, argv[1], "changes.txt")) {
        return 1;
    }
    for (size_t i = 0; i < all.n; i++) {
        const line *at = &all.items[i];
        if (strncmp(at->text, "## ", 3) == 0 && n < 200) {
            stories[n] = (story){at->text + 3, at + 1, at + 1};
            tests[n] = (struct CMUnitTest){stories[n].name, run, NULL, NULL, &stories[n]};
            n++;
        } else if (n > 0) {
            stories[n - 1].to = at + 1;
        }
    }
    int failed = _cmocka_run_group_tests("changes", tests, n, NULL, NULL);
    lines_free(&all);
    return failed;
}

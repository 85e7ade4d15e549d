/* SPDX-License-Identifier: MIT */
/*
 * valid_until (SPEC 5) and the wake time that comes of it (SPEC 12). Random conditions over random histories, with late
 * events, through a real blueprint and contact: at every instant at which anything could change, the library's value
 * is that of a slow evaluator, no value changes before the time that was promised for it, and where SPEC wants it
 * exact, it does change at that time. Instants that have passed are asked about too, as rules do for late events. An
 * argument is the number of contacts: 300, if it is left out.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <setjmp.h>

#include <cmocka.h>

#include "flow/flow.h"
#include "until.h"

#define CONDITIONS 24u
#define LIVED_CONDITIONS 5u
#define SCORED 20u
#define WHILE 7000 /* ms */

static uint64_t contacts = 300;

static long long since_start(int64_t t) {
    return t == LF_TIME_NONE ? -1 : (long long)(t - T0);
}

/* ---- a blueprint, a contact ---- */
typedef struct rig {
    lf_mem mem;
    lf_arena arena;
    lf_blueprint *blueprint;
    lf_flow *flow;
    lf_contact *contact;
    lf_event event;
    lf_world world;
    past past;
} rig;

static const char *const definitions =
    "{'leadflow': 1, 'tags': {'categories': ['stage']}, 'fields': {'due': {'type': 'timestamp'}}, "
    "'events': {'a': {'engagement': true}, 'b': {'props': {'n': 'int'}}, "
    "'c': {'is': 'b', 'when': 'event.n >= 2', 'engagement': true}}, "
    "'machines': {'m': {'initial': 's0', 'states': {'s0': {}, 's1': {'tag': 'stage_s1', "
    "'enter': [{'flag': 'f'}, {'set': {'due': '2026-01-05T10:00:30Z'}}], 'exit': [{'unflag': "
    "'f'}]}}, "
    "'transitions': [{'from': 's0', 'to': 's1', 'on': 'a'}, "
    "{'from': 's1', 'to': 's0', 'on': 'b', 'back': true}]}}, "
    "'scores': {'lead': {'max': 60, "
    "'idle': {'lose': '10%', 'every': '3s', 'floor': 2, 'reset_after': '1m'}, "
    "'dimensions': {'d': {'max': 40, 'rules': ["
    "{'name': 'r0', 'on': 'a', 'points': 20, 'decay': {'half_life': '5s'}}, "
    "{'name': 'r1', 'on': 'b', 'points': 9, 'decay': {'lose': 2, 'every': '700ms'}}, "
    "{'name': 'r2', 'on': 'c', 'points': -7, 'decay': {'after': '4s'}}]}}}}, "
    "'segments': {";

/* Segments s0, s1, ... with these conditions. */
static void rig_begin(rig *r, const lf_buf *texts, uint32_t n) {
    lf_buf json;
    lf_diags diags;
    lf_buf_init(&json, &r->mem);
    lf_diags_init(&diags, &r->mem);
    for (const char *p = definitions; *p != '\0'; p++) {
        lf_buf_byte(&json, (uint8_t)(*p == '\'' ? '"' : *p));
    }
    for (uint32_t i = 0; i < n; i++) {
        lf_buf_format(&json, "%s\"s%d\": {\"when\": \"%S\"}", i == 0 ? "" : ", ", (int64_t)i,
                      (lf_str){texts[i].p, texts[i].n});
    }
    lf_buf_text(&json, "}}");
    if (lf_definitions_parse(&r->mem, (lf_str){json.p, json.n}, &(lf_parsing){.lint = false},
                             &diags, &r->blueprint) != LF_OK) {
        fail_msg("%s in %s", diags.n > 0 ? diags.items[0].text.p : "no memory", lf_buf_cstr(&json));
    }
    lf_diags_free(&diags);
    lf_buf_free(&json);
    assert_int_equal(lf_flow_new(&r->mem, r->blueprint, LF_STR("t"), &r->flow), LF_OK);
    assert_int_equal(lf_contact_new(r->blueprint, "c", 1, &r->contact), LF_OK);
    assert_int_equal(lf_world_init(&r->world, &r->mem, r->blueprint), LF_OK);
    lf_event_init(&r->event, &r->mem, r->blueprint);
}

static void rig_end(rig *r) {
    lf_event_clear(&r->event);
    lf_world_free(&r->world);
    lf_contact_free(r->contact);
    lf_flow_free(r->flow);
    lf_definitions_unref(r->blueprint);
    lf_arena_free(&r->arena);
}

static void write_all(rig *r, condition *const *conditions, lf_buf *texts, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) {
        lf_buf_init(&texts[i], &r->mem);
        condition_write(&texts[i], conditions[i]);
    }
}

static void begin_with(rig *r, condition *const *conditions, uint32_t n) {
    lf_buf texts[CONDITIONS];
    write_all(r, conditions, texts, n);
    rig_begin(r, texts, n);
    for (uint32_t i = 0; i < n; i++) {
        lf_buf_free(&texts[i]);
    }
}

static void take(rig *r, int64_t at, bool a, uint32_t n) {
    int32_t as;
    lf_value value = lf_value_int(n);
    assert_int_equal(
        lf_event_compose(&r->event, LF_STR("c"), lf_str_of(a ? "a" : "b"), at, LF_STR(""), NULL),
        LF_OK);
    assert_true(a || lf_event_put(&r->event, LF_STR("n"), &value, NULL) == LF_OK);
    assert_int_equal(lf_event_finish(&r->event, NULL), LF_OK);
    assert_int_equal(lf_flow_event(r->flow, r->contact, &r->event, INT64_MAX / 2, NULL, &as),
                     LF_OK);
    assert_int_equal(as, LF_TAKEN_NEW);
}

/* The gaps are often the length of a window; now and then an event comes late. */
static void happen_next(rig *r) {
    past *p = &r->past;
    uint32_t gap = random_below(DURATIONS + 2), n = random_below(4);
    bool a = random_below(2) == 0, late = p->n > 0 && random_below(8) == 0;
    int64_t apart = gap == 0 ? 0 : gap <= DURATIONS ? durations[gap - 1].ms : random_below(9000);
    int64_t at = p->n == 0 ? T0 : late ? p->clock - apart : p->clock + apart;
    happen(p, at, a, n);
    take(r, at, a, n);
}

/* ---- any instant, whatever was asked before ---- */
/* The first instant behind each at which it holds, if it did not, or the other way round. */
static void turns_of(const enum verdict *truths, const int64_t *instants, size_t n,
                     int64_t *turns) {
    for (size_t i = n; i-- > 0;) {
        bool same = i + 1 == n || (truths[i] == YES) == (truths[i + 1] == YES);
        turns[i] = i + 1 == n ? LF_TIME_NONE : same ? turns[i + 1] : instants[i + 1];
    }
}

static enum verdict ask(rig *r, const lf_expr *expr, int64_t t, int64_t *until, int64_t *turn) {
    lf_answer answer;
    static lf_wait wait;
    lf_world_at(&r->world, t);
    assert_int_equal(lf_world_value(&r->world, expr, &answer), LF_OK);
    lf_wait_begin(&wait);
    bool holds = lf_world_holds(&r->world, expr, &wait, NULL);
    lf_world_wait(&r->world, &wait);
    assert_int_equal(holds, lf_answer_holds(&answer));
    assert_int_equal(r->world.t, t);
    *until = answer.until;
    *turn = wait.until;
    lf_wait_free(&wait, &r->mem);
    memset(&wait, 0, sizeof wait);
    return answer.value.type == LF_T_ERROR ? FAULT : answer.value.u.b ? YES : NO;
}

static void check_one(rig *r, const condition *c, const lf_expr *expr, const int64_t *instants,
                      size_t n) {
    static enum verdict truths[MOST_INSTANTS];
    static int64_t turns[MOST_INSTANTS];
    const char *text = lf_expr_source(expr).p;
    int64_t promised = INT64_MIN; /* the longest promise for the value that stands */
    for (size_t i = 0; i < n; i++) {
        truths[i] = condition_truth(&r->past, c, instants[i]);
    }
    turns_of(truths, instants, n, turns);
    for (size_t i = 0; i < n; i++) {
        int64_t t = instants[i], until, turn;
        enum verdict now = ask(r, expr, t, &until, &turn);
        if (now != truths[i]) {
            fail_msg("%s is %d at +%lld", text, (int)now, since_start(t));
        }
        if (until <= t || turn < until || (until != LF_TIME_NONE && !is_edge(&r->past, until))) {
            fail_msg("%s at +%lld holds until +%lld, turns at +%lld", text, since_start(t),
                     since_start(until), since_start(turn));
        }
        if (i > 0 && now != truths[i - 1] && promised > t) {
            fail_msg("%s changes at +%lld, promised until +%lld", text, since_start(t),
                     since_start(promised));
        }
        if (condition_exact(c) && t >= r->past.clock ? turn != turns[i] : turn > turns[i]) {
            fail_msg("%s at +%lld turns at +%lld, and not at +%lld", text, since_start(t),
                     since_start(turns[i]), since_start(turn));
        }
        promised = i > 0 && now != truths[i - 1] ? until : until > promised ? until : promised;
    }
}

static void values_hold_as_promised(void **state) {
    (void)state;
    for (uint64_t i = 1; i <= contacts; i++) {
        rig r = {.past = {.n = 0}};
        condition *conditions[CONDITIONS];
        static int64_t instants[MOST_INSTANTS];
        random_begin(i << 32);
        lf_mem_from(&r.mem, NULL);
        lf_arena_init(&r.arena, &r.mem);
        for (unsigned k = 0; k < CONDITIONS; k++) {
            conditions[k] = condition_make(&r.arena, k < 8 ? ANYTHING : WINDOWS, k % 4);
        }
        begin_with(&r, conditions, CONDITIONS);
        for (uint32_t count = 1 + random_below(MOST_EVENTS); r.past.n < count;) {
            happen_next(&r);
        }
        size_t n = instants_of(&r.past, r.past.created - 1, instants);
        lf_world_look(&r.world, r.contact, instants[0]);
        for (unsigned k = 0; k < CONDITIONS; k++) {
            check_one(&r, conditions[k], r.blueprint->segments[k].when, instants, n);
        }
        rig_end(&r);
    }
}

/* ---- a contact that lives on ---- */
/* Every segment is what it should be, and the contact is woken when the first of them changes. */
static void check_wake(const rig *r, condition *const *conditions) {
    static int64_t instants[MOST_INSTANTS];
    size_t n = instants_of(&r->past, r->past.clock, instants), first = n;
    size_t now = 0;
    while (instants[now] < lf_contact_clock(r->contact)) {
        now++;
    }
    assert_int_equal(instants[now], lf_contact_clock(r->contact));
    for (uint32_t k = 0; k < LIVED_CONDITIONS; k++) {
        bool in = condition_truth(&r->past, conditions[k], instants[now]) == YES;
        assert_int_equal(r->contact->segments.items[k], in);
        size_t i = now + 1;
        while (i < first && (condition_truth(&r->past, conditions[k], instants[i]) == YES) == in) {
            i++;
        }
        first = i < first ? i : first;
    }
    int64_t wake = first < n ? instants[first] : LF_TIME_NONE;
    if (r->contact->wake != wake) {
        for (uint32_t k = 0; k < LIVED_CONDITIONS; k++) {
            print_error("%s\n", lf_expr_source(r->blueprint->segments[k].when).p);
        }
        fail_msg("+%lld: woken at +%lld, not +%lld", since_start(instants[now]),
                 since_start(r->contact->wake), since_start(wake));
    }
}

static void live_on(rig *r, condition *const *conditions, int64_t until) {
    while (r->contact->wake < until) {
        assert_int_equal(lf_flow_wake(r->flow, r->contact, r->contact->wake), LF_OK);
        check_wake(r, conditions);
    }
}

static void nobody_is_woken_in_vain(void **state) {
    (void)state;
    for (uint64_t i = 1; i <= 3 * contacts; i++) {
        rig r = {.past = {.n = 0}};
        condition *conditions[LIVED_CONDITIONS];
        random_begin(i << 24);
        lf_mem_from(&r.mem, NULL);
        lf_arena_init(&r.arena, &r.mem);
        for (unsigned k = 0; k < LIVED_CONDITIONS; k++) {
            conditions[k] = condition_make(&r.arena, LIVED, k % 4);
            condition_place(conditions[k], conditions, k);
        }
        begin_with(&r, conditions, LIVED_CONDITIONS);
        for (uint32_t count = 1 + random_below(MOST_EVENTS); r.past.n < count;) {
            happen_next(&r);
            check_wake(&r, conditions);
            if (random_below(4) == 0) {
                live_on(&r, conditions, r.past.clock + 1 + random_below(1000));
                r.past.clock = lf_contact_clock(r.contact);
            }
        }
        live_on(&r, conditions, LF_TIME_NONE);
        rig_end(&r);
    }
}

/* ---- what is not exact ---- */
static void begin_with_texts(rig *r, const char *const *conditions, uint32_t n) {
    lf_buf texts[CONDITIONS];
    lf_mem_from(&r->mem, NULL);
    lf_arena_init(&r->arena, &r->mem);
    for (uint32_t i = 0; i < n; i++) {
        lf_buf_init(&texts[i], &r->mem);
        lf_buf_text(&texts[i], conditions[i]);
    }
    rig_begin(r, texts, n);
    for (uint32_t i = 0; i < n; i++) {
        lf_buf_free(&texts[i]);
    }
}

/* Scores fall at times that are no edges of windows, so each millisecond of a while is looked at. */
static void scores_hold_as_promised(void **state) {
    static const char *const compared[] = {
        "score.lead >= 10", "score.lead == 17 || within('a', '5s')",
        "within('b', '1s') && score.lead < 12", "dimension.lead.d * 2 > score.lead + 13"};
    (void)state;
    for (uint64_t i = 1; i <= SCORED; i++) {
        rig r = {.past = {.n = 0}};
        random_begin(i << 40);
        begin_with_texts(&r, compared, LF_COUNT(compared));
        for (uint32_t count = 1 + random_below(MOST_EVENTS); r.past.n < count;) {
            happen_next(&r);
        }
        int64_t clock = lf_contact_clock(r.contact);
        for (unsigned k = 0; k < LF_COUNT(compared); k++) {
            enum verdict before = NO;
            int64_t promised = INT64_MIN, until, turn;
            for (int64_t t = clock; t < clock + WHILE; t++) {
                lf_world_look(&r.world, r.contact, t); /* nothing is kept from the last instant */
                enum verdict now = ask(&r, r.blueprint->segments[k].when, t, &until, &turn);
                if (turn <= t || (t > clock && now != before && promised > t)) {
                    fail_msg("%s changes at +%lld, promised until +%lld", compared[k],
                             since_start(t), since_start(promised));
                }
                promised = now != before || turn > promised ? turn : promised;
                before = now;
            }
        }
        rig_end(&r);
    }
}

/* 250 events of one kind, then 150 of the other: it changes when 100 have left, which is further than anybody looks at
 * once. So somebody looks again on the way, but not for each of them, and is not too late. */
static void looking_ahead_has_an_end(void **state) {
    static const char *const compared[] = {"count('a', '1m1s') > count('b', '1m1s')"};
    rig r = {.past = {.n = 0}};
    uint32_t wakes = 0;
    (void)state;
    begin_with_texts(&r, compared, LF_COUNT(compared));
    for (uint32_t i = 0; i < 400; i++) {
        take(&r, T0 + i, i < 250, 0);
    }
    while (r.contact->segments.items[0] != 0 && wakes < 100) {
        assert_int_equal(lf_flow_wake(r.flow, r.contact, r.contact->wake), LF_OK);
        wakes++;
    }
    assert_int_equal(lf_contact_clock(r.contact), T0 + 99 + 61000);
    assert_in_range(wakes, 2, 4);
    rig_end(&r);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_hold_as_promised),
        cmocka_unit_test(nobody_is_woken_in_vain),
        cmocka_unit_test(scores_hold_as_promised),
        cmocka_unit_test(looking_ahead_has_an_end),
    };
    contacts = argc > 1 ? strtoull(argv[1], NULL, 10) : contacts;
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* Without memory: definitions that need more of it than what is set aside for most. */
#include "oom.h"

/* More of everything than fits into what is set aside for little: rules of one type, values on the stack
 * of an expression, members of an object; a move that holds transitions back; columns of dear scores. */
// clang-format off
static const char *const wide = JSON({
    "leadflow": 1,
    "fields": { "t": { "type": "string" } },
    "events": { "e": { "props": { "a": "int", "b": "int", "c": "int", "d": "int", "e": "int", "f": "int",
        "g": "int", "h": "int", "i": "int", "j": "int", "k": "int", "l": "int" } } },
    "scores": { "s": { "dimensions": {
        "many": { "rules": [
            { "name": "r0", "on": "e", "points": 1 }, { "name": "r1", "on": "e", "points": 1 },
            { "name": "r2", "on": "e", "points": 1 }, { "name": "r3", "on": "e", "points": 1 },
            { "name": "r4", "on": "e", "points": 1 }, { "name": "r5", "on": "e", "points": 1 },
            { "name": "r6", "on": "e", "points": 1 }, { "name": "r7", "on": "e", "points": 1 },
            { "name": "r8", "on": "e", "points": 1 }, { "name": "r9", "on": "e", "points": 1 },
            { "name": "r10", "on": "e", "points": 1 },
            { "name": "r11", "on": "e", "points": 1 },
            { "name": "r12", "on": "e", "points": 1 },
            { "name": "r13", "on": "e", "points": 1 },
            { "name": "r14", "on": "e", "points": 1 },
            { "name": "r15", "on": "e", "points": 1 }, { "name": "r16", "on": "e", "points": 1 } ] },
        "tags": { "rules": [ { "name": "t", "when": "contact.tags.map(t, t + '!').size() == 0 && .5 < 1.0",
            "points": 1 } ] },
        "dear": { "rules": [ { "name": "d", "when": "[1, 2, 3].all(a, [1, 2, 3].all(b, a * b > 0))",
            "points": 1 } ] },
        "deep": { "rules": [ { "name": "d", "when":
            "size([1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,size(contact.t)]) > 2",
            "points": 1 } ] } },
        "bands": [ { "name": "any", "from": 0 } ] } },
    "machines": { "m": { "initial": "a", "states": { "a": { "enter": [ { "set": { "t": "text" } } ] }, "b": {},
        "c": {} }, "transitions": [ { "from": "a", "to": "b", "manual": true },
        { "from": "b", "to": "c", "when": "ever('e') && contact.t == 'text'" } ] } }
});

// clang-format on

typedef struct summing {
    heap *h;
    lf_blueprint *blueprint;
    plain_store store;
    size_t step; /* how many of the events are in */
} summing;

static lf_status parse_wide(void *ctx) {
    summing *s = ctx;
    lf_allocator allocator = heap_allocator(s->h);
    lf_blueprint_options options;
    lf_expression_limits limits;
    lf_blueprint_options_init(&options, sizeof options);
    lf_expression_limits_init(&limits, sizeof limits);
    limits.iterations = 10; /* what is dear ends in an error, whose text has to be made */
    options.allocator = &allocator;
    options.limits = &limits;
    return lf_blueprint_parse(wide, strlen(wide), &options, NULL, &s->blueprint);
}

static lf_status commit_next(void *ctx) {
    static const char *const wide_events[] = {JSON({
                                                  "contact" : "c",
                                                  "type" : "e",
                                                  "at" : "2026-01-01T00:00:00Z",
                                                  "id" : "1",
                                                  "props" : {
                                                      "a" : 1,
                                                      "b" : 2,
                                                      "c" : 3,
                                                      "d" : 4,
                                                      "e" : 5,
                                                      "f" : 6,
                                                      "g" : 7,
                                                      "h" : 8,
                                                      "i" : 9,
                                                      "j" : 10,
                                                      "k" : 11,
                                                      "l" : 12
                                                  }
                                              }),
                                              JSON({
                                                  "contact" : "c",
                                                  "type" : "$move",
                                                  "at" : "2026-01-01T00:00:01Z",
                                                  "props" : {"machine" : "m", "to" : "b"}
                                              })};
    summing *s = ctx;
    lf_engine_options options;
    lf_engine *engine;
    lf_store table;
    const char *json = wide_events[s->step];
    plain_table(&s->store, &table);
    lf_engine_options_init(&options, sizeof options);
    options.store = &table;
    lf_status status = lf_engine_new(s->blueprint, &options, &engine);
    if (status == LF_OK) {
        status = lf_engine_take_json(engine, json, strlen(json), 1, T0 + HOUR, NULL, NULL);
        lf_engine_free(engine);
    }
    return status;
}

/* Without memory for a summary column, or for anything else, the commit is not done. */
static void not_committed(void *ctx) {
    const summing *s = ctx;
    assert_int_equal(s->store.commits, s->step);
}

static void wide_definitions(void **state) {
    (void)state;
    for (int forever = 0; forever < 2; forever++) {
        heap h = {.live = 0};
        summing s = {.h = &h};
        oom_until_it_works(&h, forever, parse_wide, NULL, &s);
        plain_open(&s.store, false);
        oom_until_it_works(&h, forever, commit_next, not_committed, &s);
        assert_string_equal(s.store.contacts[0].columns, "state_m=a\nscore_s=19\nband_s=any\n");
        s.step = 1;
        oom_until_it_works(&h, forever, commit_next, not_committed, &s);
        assert_string_equal(s.store.contacts[0].columns, "state_m=b\nscore_s=19\nband_s=any\n");
        plain_close(&s.store);
        lf_blueprint_unref(s.blueprint);
        assert_int_equal(h.live, 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wide_definitions),
    };
    return cmocka_run_group_tests(tests, oom_begin, oom_end);
}

/* SPDX-License-Identifier: MIT */
/* Without memory: blueprints and small handles. */
#include "oom.h"

#include "zone_shelf.h"

/* ---- small handles ---- */
static void small_handles(void **state) {
    heap h = {.live = 0};
    lf_allocator allocator = heap_allocator(&h);
    lf_buffer *buffer = (lf_buffer *)(void *)&h;
    lf_diagnostics *diagnostics = (lf_diagnostics *)(void *)&h;
    lf_memstore *memstore = (lf_memstore *)(void *)&h;
    (void)state;
    for (int forever = 0; forever < 2; forever++) {
        heap_fail(&h, 1, forever);
        assert_int_equal(lf_buffer_new(&allocator, &buffer), LF_E_NOMEM);
        heap_fail(&h, 1, forever);
        assert_int_equal(lf_diagnostics_new(&allocator, &diagnostics), LF_E_NOMEM);
        heap_fail(&h, 1, forever);
        assert_int_equal(lf_memstore_new(&allocator, &memstore), LF_E_NOMEM);
        assert_null(buffer);
        assert_null(diagnostics);
        assert_null(memstore);
        oom_points += 3;
    }
    assert_int_equal(h.live, 0);
}

/* ---- blueprints ---- */
typedef struct parsing {
    heap *h;
    const char *text; /* NULL: the rich one */
    lf_status wanted;
    lf_blueprint *blueprint;
    size_t live, findings;
} parsing;

static lf_status parse(void *ctx) {
    parsing *p = ctx;
    lf_allocator allocator = heap_allocator(p->h);
    lf_blueprint_options options;
    lf_diagnostics *diagnostics;
    p->blueprint = (lf_blueprint *)(void *)p;
    lf_status status = lf_diagnostics_new(&allocator, &diagnostics);
    if (status != LF_OK) {
        assert_null(diagnostics);
        p->blueprint = NULL;
        return status;
    }
    if (p->text == NULL) {
        status = parse_rich(p->h, diagnostics, &p->blueprint);
    } else {
        lf_blueprint_options_init(&options, sizeof options);
        options.allocator = &allocator;
        status = lf_blueprint_parse(p->text, strlen(p->text), &options, diagnostics, &p->blueprint);
    }
    p->findings = lf_diagnostics_count(diagnostics);
    lf_diagnostics_free(diagnostics);
    return status == p->wanted ? LF_OK : status;
}

static void nothing_is_left(void *ctx) {
    parsing *p = ctx;
    assert_null(p->blueprint);
    assert_int_equal(p->h->live, p->live);
}

static const char *const wrong = JSON({
    "leadflow" : 1,
    "nane" : "x",
    "fields" : {"a" : {"type" : "strin"}, "b" : 3},
    "events" : {
        "e" : {"props" : {"p" : "int"}},
        "d" : {"is" : "e", "when" : "event.q > 1"},
        "f" : {"is" : "e", "when" : "cuont(1) > 0"},
        "g" : {"is" : "e", "when" : "sets.contains([1], [2])"}
    },
    "scores" : {
        "s" : {
            "dimensions" : {
                "d" : {
                    "rules" : [
                        {"name" : "r", "on" : "none", "points" : 1},
                        {"name" : "r", "when" : "contact.c == 1", "points" : "x"}
                    ]
                }
            }
        }
    },
    "segments" : {"x" : {"when" : "segment.y"}, "y" : {"when" : "segment.x && ("}},
    "sequences" :
        {"q" : {"trigger" : [ {"state" : "m.s"} ], "steps" : [ {"send" : "t"}, {"wait" : {}} ]}}
});

static void parse_a_blueprint(void **state) {
    (void)state;
    for (int forever = 0; forever < 2; forever++) {
        heap h = {.live = 0};
        parsing good = {.h = &h, .wanted = LF_OK},
                bad = {.h = &h, .text = wrong, .wanted = LF_E_PARSE};
        oom_until_it_works(&h, forever, parse, nothing_is_left, &good);
        lf_blueprint_unref(good.blueprint);
        oom_until_it_works(&h, forever, parse, nothing_is_left, &bad);
        assert_true(bad.findings >= 8);
        assert_int_equal(h.live, 0);
    }
}

/* ---- time zones ---- */
typedef struct zoned {
    heap *h;
    zone_shelf shelf;
    const char *text;
    lf_blueprint *blueprint;
} zoned;

static lf_status parse_zoned(void *ctx) {
    zoned *z = ctx;
    lf_status status = zone_shelf_parse(&z->shelf, z->text, z->h, NULL, &z->blueprint);
    assert_true((status == LF_E_NOMEM) == z->h->failed);
    return status == LF_E_PARSE ? LF_OK : status;
}

static void no_zone_is_left(void *ctx) {
    zoned *z = ctx;
    assert_null(z->blueprint);
    assert_int_equal(z->h->live, 0);
    assert_int_equal(z->shelf.given_back, 0);
}

static void parse_with_zones(void **state) {
    static const char *const texts[] = {"{\"leadflow\": 1, \"timezone\": \"Test/Berlin\"}",
                                        "{\"leadflow\": 1, \"timezone\": \"Test/Damaged\"}",
                                        ("{\"leadflow\": 1, \"segments\": {\"s\": {\"when\": "
                                         "\"contact.created.getHours('Test/Nowhere') < 9\"}}}")};
    (void)state;
    for (int i = 0; i < 6; i++) {
        heap h = {.live = 0};
        zoned z = {.h = &h, .text = texts[i / 2]};
        oom_until_it_works(&h, i % 2, parse_zoned, no_zone_is_left, &z);
        lf_blueprint_unref(z.blueprint);
        assert_int_equal(z.shelf.given_back, z.blueprint != NULL);
        assert_int_equal(h.live, 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_handles),
        cmocka_unit_test(parse_a_blueprint),
        cmocka_unit_test(parse_with_zones),
    };
    return cmocka_run_group_tests(tests, oom_begin, oom_end);
}

/* SPDX-License-Identifier: MIT */
/*
 * Every allocation fails, once or for ever from then on (RELIABILITY B1). Then nothing leaks, nothing has
 * changed, and the repeat ends with the bytes of a run in which nothing failed.
 */
#include "rig.h"

#define END (T0 + 200 * DAY)
#define MOST_EVENTS 64

static size_t points; /* allocations that failed */

/* ---- the input ---- */
static char *events_text;
static char *events[MOST_EVENTS];
static size_t n_events;

static int read_events(void **state) {
    size_t n;
    (void)state;
    events_text = read_file("tests/api/rich.ndjson", &n);
    for (char *line = strtok(events_text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        assert_true(n_events < MOST_EVENTS);
        events[n_events++] = line;
    }
    return 0;
}

static int free_events(void **state) {
    (void)state;
    free(events_text);
    print_message("# %zu allocations failed\n", points);
    return 0;
}

static lf_blueprint *rich(heap *h) {
    lf_blueprint *blueprint;
    heap_fail(h, 0, false);
    OK(parse_rich(h, NULL, &blueprint));
    return blueprint;
}

/* Runs `work` until no allocation fails any more: the 1st, the 2nd... `check` looks after each failure. */
typedef lf_status (*work_fn)(void *ctx);
typedef void (*check_fn)(void *ctx);

static void until_it_works(heap *h, bool forever, work_fn work, check_fn check, void *ctx) {
    for (size_t n = 1;; n++) {
        heap_fail(h, n, forever);
        lf_status status = work(ctx);
        bool failed = h->failed;
        heap_fail(h, 0, false);
        points += failed;
        if (status ==
            LF_OK) { /* also where something can be done without, such as a smaller heap of text */
            return;
        }
        assert_true(failed);
        assert_int_equal(status, LF_E_NOMEM);
        if (check != NULL) {
            check(ctx);
        }
    }
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
        until_it_works(&h, forever, parse, nothing_is_left, &good);
        lf_blueprint_unref(good.blueprint);
        until_it_works(&h, forever, parse, nothing_is_left, &bad);
        assert_true(bad.findings >= 8);
        assert_int_equal(h.live, 0);
    }
}

/* ---- events ---- */
typedef struct reading {
    lf_blueprint *blueprint;
    lf_event *event;
    const char *json;
} reading;

static lf_status read_event(void *ctx) {
    reading *r = ctx;
    lf_status status = lf_event_new(r->blueprint, &r->event);
    if (status != LF_OK) {
        assert_null(r->event);
        return status;
    }
    status = lf_event_parse(r->event, r->json, strlen(r->json), 1, NULL);
    if (status != LF_OK && status != LF_E_NOTFOUND) {
        lf_event_free(r->event);
        return status;
    }
    return LF_OK;
}

static lf_status compose_event(void *ctx) {
    reading *r = ctx;
    lf_status status = lf_event_new(r->blueprint, &r->event);
    if (status != LF_OK) {
        return status;
    }
    lf_event *e = r->event;
    const lf_status all[] = {
        lf_event_start(e, "c-1", 3, "visit", 5, T0, "id-1", 4, NULL),
        lf_event_set_string(e, "page", 4, "/pricing", 8, NULL),
        lf_event_set_int(e, "seconds", 7, 12, NULL),
        lf_event_set_double(e, "depth", 5, 0.5, NULL),
        lf_event_set_bool(e, "first", 5, 1, NULL),
        lf_event_set_time(e, "at", 2, T0, NULL),
        lf_event_set_json(e, "topics", 6, "[\"a\",\"b\"]", 9, NULL),
        lf_event_check(e, NULL),
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0] && status == LF_OK; i++) {
        status = all[i];
    }
    if (status != LF_OK) {
        lf_event_free(e);
    }
    return status;
}

static void parse_events(void **state) {
    (void)state;
    for (int forever = 0; forever < 2; forever++) {
        heap h = {.live = 0};
        reading r = {.blueprint = rich(&h)};
        size_t live = h.live;
        for (size_t i = 0; i < n_events; i++) {
            r.json = events[i];
            until_it_works(&h, forever, read_event, NULL, &r);
            lf_event_free(r.event);
            assert_int_equal(h.live, live);
        }
        until_it_works(&h, forever, compose_event, NULL, &r);
        lf_event_free(r.event);
        assert_int_equal(h.live, live);
        lf_blueprint_unref(r.blueprint);
        assert_int_equal(h.live, 0);
    }
}

/* An event that is refused says why; without memory to say it, it is LF_E_NOMEM. */
typedef struct refusing {
    heap *h;
    lf_blueprint *blueprint;
    lf_step *step;
    lf_contact *contact;
    const char *json;
} refusing;

static lf_status refuse_event(void *ctx) {
    refusing *r = ctx;
    lf_allocator allocator = heap_allocator(r->h);
    lf_diagnostics *diagnostics;
    lf_event *event = NULL;
    lf_status status = lf_diagnostics_new(&allocator, &diagnostics);
    if (status != LF_OK) {
        return status;
    }
    status = lf_event_new(r->blueprint, &event);
    if (status == LF_OK) {
        status = lf_event_parse(event, r->json, strlen(r->json), 1, diagnostics);
    }
    if (status == LF_OK) {
        status = lf_step_take(r->step, r->contact, event, T0, NULL, diagnostics);
    }
    if (status == LF_E_EVENT) {
        assert_true(lf_diagnostics_count(diagnostics) > 0);
        assert_true(strlen(lf_diagnostics_text(diagnostics, 0)) > 5);
        status = LF_OK;
    }
    lf_event_free(event);
    lf_diagnostics_free(diagnostics);
    return status;
}

static void refused_events(void **state) {
    static const char *const refused[] = {
        "not even JSON",
        JSON({"contact" : "c-1", "type" : "visit"}),
        JSON({
            "contact" : "c-1",
            "type" : "visit",
            "at" : "2026-01-01T00:00:00Z",
            "props" : {"pgae" : "x"}
        }),
        JSON({
            "contact" : "c-1",
            "type" : "visit",
            "at" : "2026-01-01T00:00:00Z",
            "props" : {"seconds" : "x"}
        }),
        JSON({"contact" : "c-1", "type" : "visit", "at" : "2026-01-09T00:00:00Z"}),
        JSON({
            "contact" : "c-1",
            "type" : "$move",
            "at" : "2026-01-01T00:00:00Z",
            "props" : {"machine" : "care", "to" : "risky"}
        }),
        JSON({
            "contact" : "c-1",
            "type" : "$move",
            "at" : "2026-01-01T00:00:00Z",
            "props" : {"machine" : "cares", "to" : "risky"}
        }),
        JSON({
            "contact" : "c-1",
            "type" : "$enroll",
            "at" : "2026-01-01T00:00:00Z",
            "props" : {"sequence" : "wellcome"}
        }),
        JSON({
            "contact" : "c-1",
            "type" : "$update",
            "at" : "2026-01-01T00:00:00Z",
            "props" : {"fields" : {"site" : "no url"}}
        }),
        JSON({
            "contact" : "c-1",
            "type" : "$update",
            "at" : "2026-01-01T00:00:00Z",
            "props" : {"fields" : {"level" : "derived"}}
        })};
    (void)state;
    for (int forever = 0; forever < 2; forever++) {
        heap h = {.live = 0};
        refusing r = {.h = &h, .blueprint = rich(&h)};
        OK(lf_step_new(r.blueprint, "tenant", &r.step));
        OK(lf_contact_new(r.blueprint, "c-1", 3, &r.contact));
        for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
            r.json = refused[i];
            until_it_works(&h, forever, refuse_event, NULL, &r);
            assert_true(lf_contact_created(r.contact) == INT64_MAX);
        }
        lf_step_free(r.step);
        lf_contact_free(r.contact);
        lf_blueprint_unref(r.blueprint);
        assert_int_equal(h.live, 0);
    }
}

/* ---- the step ---- */
typedef struct stepping {
    lf_blueprint *blueprint;
    lf_step *step;
    lf_contact *contact;
    lf_event *event; /* NULL: it is woken */
    int64_t now;
    unsigned char *before; /* its stored form */
    size_t size;
    lf_buffer *effects; /* of all steps */
} stepping;

static lf_status take_step(void *ctx) {
    stepping *s = ctx;
    lf_buffer *out = s->effects;
    lf_step_free(s->step);
    lf_status status = lf_step_new(s->blueprint, "tenant", &s->step);
    if (status != LF_OK) {
        assert_null(s->step);
        return status;
    }
    status = s->event != NULL ? lf_step_take(s->step, s->contact, s->event, s->now, NULL, NULL)
                              : lf_step_wake(s->step, s->contact, s->now);
    if (status == LF_OK) {
        return LF_OK;
    }
    assert_int_equal(lf_step_effect_count(s->step), 0);
    (void)out;
    return status;
}

static void as_before(void *ctx) {
    stepping *s = ctx;
    size_t size;
    unsigned char *now = contact_bytes(s->contact, &size);
    assert_int_equal(size, s->size);
    assert_memory_equal(now, s->before, size);
    free(now);
}

/* Reads the effects of the last step, while memory fails, too. */
static void read_effects(heap *h, bool forever, stepping *s, char **text) {
    for (size_t i = 0; i < lf_step_effect_count(s->step); i++) {
        const lf_effect *effect = NULL;
        for (size_t n = 1; effect == NULL; n++) {
            heap_fail(h, n, forever);
            effect = lf_step_effect_at(s->step, i);
            points += h->failed;
            assert_true(effect != NULL || h->failed);
            heap_fail(h, 0, false);
        }
        assert_ptr_equal(lf_step_effect_at(s->step, i), effect);
        size_t size, old = *text == NULL ? 0 : strlen(*text);
        const char *json = lf_effect_json(effect, &size);
        *text = realloc(*text, old + size + 1);
        memcpy(*text + old, json, size + 1);
    }
}

static void step_through(heap *h, int mode, char **text, unsigned char **bytes, size_t *size) {
    stepping s = {.blueprint = rich(h)};
    lf_event *event;
    bool forever = mode == 2;
    OK(lf_contact_new(s.blueprint, "c-1", 3, &s.contact));
    OK(lf_event_new(s.blueprint, &event));
    for (size_t i = 0; i <= n_events; i++) {
        s.event = i < n_events ? event : NULL;
        s.now = END;
        if (i < n_events &&
            lf_event_parse(event, events[i], strlen(events[i]), 1, NULL) == LF_E_NOTFOUND) {
            continue;
        }
        s.before = contact_bytes(s.contact, &s.size);
        if (mode == 0) {
            OK(take_step(&s));
        } else {
            until_it_works(h, forever, take_step, as_before, &s);
        }
        read_effects(h, forever, &s, text);
        free(s.before);
    }
    *bytes = contact_bytes(s.contact, size);
    lf_step_free(s.step);
    lf_contact_free(s.contact);
    lf_event_free(event);
    lf_blueprint_unref(s.blueprint);
}

static void take_steps(void **state) {
    heap h = {.live = 0};
    char *expected = NULL;
    unsigned char *bytes;
    size_t size;
    (void)state;
    step_through(&h, 0, &expected, &bytes, &size);
    for (int mode = 1; mode <= 2; mode++) {
        char *text = NULL;
        unsigned char *other;
        size_t other_size;
        step_through(&h, mode, &text, &other, &other_size);
        assert_string_equal(text, expected);
        assert_int_equal(other_size, size);
        assert_memory_equal(other, bytes, size);
        assert_int_equal(h.live, 0);
        free(text);
        free(other);
    }
    free(expected);
    free(bytes);
}

/* ---- contacts and what can be asked of them ---- */
typedef struct asking {
    lf_blueprint *blueprint;
    lf_contact *contact, *made;
    const unsigned char *bytes;
    size_t size;
    lf_buffer *out; /* on the failing heap */
    lf_explanation *explanation;
} asking;

static lf_status make_contact(void *ctx) {
    asking *a = ctx;
    return lf_contact_new(a->blueprint, "c-9", 3, &a->made);
}

static lf_status copy_contact(void *ctx) {
    asking *a = ctx;
    return lf_contact_copy(a->contact, &a->made);
}

static lf_status decode_contact(void *ctx) {
    asking *a = ctx;
    return lf_contact_decode(a->blueprint, a->bytes, a->size, &a->made);
}

static void none_made(void *ctx) {
    assert_null(((asking *)ctx)->made);
}

static lf_status encode_contact(void *ctx) {
    asking *a = ctx;
    return lf_contact_encode(a->contact, a->out);
}

static lf_status write_contact(void *ctx) {
    asking *a = ctx;
    return lf_contact_json(a->contact, a->out);
}

static lf_status write_extends(void *ctx) {
    asking *a = ctx;
    static const char json[] = "{\"extends\":[\"a\",\"bc\"],\"leadflow\":1}";
    return lf_blueprint_extends(json, sizeof json - 1, a->out);
}

static lf_status write_blueprint(void *ctx) {
    asking *a = ctx;
    return lf_blueprint_json(a->blueprint, a->out);
}

static lf_status write_graph(void *ctx) {
    asking *a = ctx;
    return lf_lifecycle_graph(lf_blueprint_lifecycle(a->blueprint, "stage"), a->out);
}

static lf_status write_possible(void *ctx) {
    asking *a = ctx;
    return lf_lifecycle_possible(lf_blueprint_lifecycle(a->blueprint, "stage"), a->contact, a->out);
}

static lf_status write_explanation(void *ctx) {
    asking *a = ctx;
    return lf_explanation_json(a->explanation, a->out);
}

static lf_status ask_total(void *ctx) {
    asking *a = ctx;
    int64_t total;
    return lf_scorer_total(lf_blueprint_scorer(a->blueprint, "lead"), a->contact, T0 + 3 * DAY,
                           &total);
}

static lf_status ask_next_band(void *ctx) {
    asking *a = ctx;
    int64_t at;
    return lf_scorer_next_band_change(lf_blueprint_scorer(a->blueprint, "lead"), a->contact, &at);
}

static lf_status explain(void *ctx) {
    asking *a = ctx;
    return lf_scorer_explain(lf_blueprint_scorer(a->blueprint, "lead"), a->contact, T0 + 3 * DAY,
                             &a->explanation);
}

static void not_explained(void *ctx) {
    assert_null(((asking *)ctx)->explanation);
}

/* A buffer to which something could not be appended has what it had. */
static void buffer_as_before(void *ctx) {
    asking *a = ctx;
    assert_int_equal(lf_buffer_size(a->out), 4);
    assert_string_equal(lf_buffer_data(a->out), "c-00");
}

static lf_contact *some_contact(lf_blueprint *blueprint) {
    lf_contact *contact;
    lf_step *step;
    lf_event *event;
    OK(lf_contact_new(blueprint, "c-1", 3, &contact));
    OK(lf_step_new(blueprint, "tenant", &step));
    OK(lf_event_new(blueprint, &event));
    for (size_t i = 0; i < 6; i++) {
        OK(lf_event_parse(event, events[i], strlen(events[i]), 1, NULL));
        OK(lf_step_take(step, contact, event, END, NULL, NULL));
    }
    lf_step_free(step);
    lf_event_free(event);
    return contact;
}

static lf_buffer *failing_buffer(heap *h, lf_blueprint *blueprint) {
    lf_allocator allocator = heap_allocator(h);
    lf_buffer *out;
    lf_memstore *memstore;
    lf_store store;
    lf_engine_options options;
    lf_engine *engine;
    const char *json = JSON({"contact" : "c-00", "type" : "form", "at" : "2026-01-01T00:00:00Z"});
    OK(lf_buffer_new(&allocator, &out));
    OK(lf_memstore_new(NULL, &memstore)); /* a way to put something into a buffer */
    lf_store_init(&store, sizeof store);
    OK(lf_memstore_store(memstore, &store));
    lf_engine_options_init(&options, sizeof options);
    options.store = &store;
    OK(lf_engine_new(blueprint, &options, &engine));
    OK(lf_engine_take_json(engine, json, strlen(json), 1, END, NULL, NULL));
    OK(lf_engine_next_contact(engine, NULL, 0, out));
    lf_engine_free(engine);
    lf_memstore_free(memstore);
    return out;
}

static void contacts(void **state) {
    static const struct {
        work_fn work;
        check_fn check;
    } questions[] = {{make_contact, none_made},
                     {copy_contact, none_made},
                     {decode_contact, none_made},
                     {encode_contact, buffer_as_before},
                     {write_contact, buffer_as_before},
                     {write_blueprint, buffer_as_before},
                     {write_extends, buffer_as_before},
                     {write_graph, buffer_as_before},
                     {write_possible, buffer_as_before},
                     {explain, not_explained},
                     {write_explanation, buffer_as_before},
                     {ask_total, NULL},
                     {ask_next_band, NULL}};
    (void)state;
    for (int forever = 0; forever < 2; forever++) {
        heap h = {.live = 0};
        asking a = {.blueprint = rich(&h)};
        a.contact = some_contact(a.blueprint);
        unsigned char *bytes = contact_bytes(a.contact, &a.size);
        a.bytes = bytes;
        for (size_t i = 0; i < sizeof questions / sizeof questions[0]; i++) {
            a.out = failing_buffer(&h, a.blueprint);
            if (questions[i].work == write_explanation) {
                OK(explain(&a));
            }
            until_it_works(&h, forever, questions[i].work, questions[i].check, &a);
            if (a.made != NULL && questions[i].work != make_contact) {
                size_t size;
                unsigned char *same = contact_bytes(a.made, &size);
                assert_int_equal(size, a.size);
                assert_memory_equal(same, bytes, size);
                free(same);
            }
            lf_contact_free(a.made);
            lf_buffer_free(a.out);
            lf_explanation_free(a.explanation);
            a.made = NULL;
            a.explanation = NULL;
        }
        free(bytes);
        lf_contact_free(a.contact);
        lf_blueprint_unref(a.blueprint);
        assert_int_equal(h.live, 0);
    }
}

/* ---- the engine, with its store on the same heap ---- */
typedef struct working {
    heap *h;
    lf_blueprint *blueprint;
    lf_memstore *memstore;
    lf_store store;
    inbox inbox;
    const char *json;
    int64_t now;
    lf_status (*call)(lf_engine *engine, struct working *w);
    lf_buffer *out;
} working;

static lf_status open_engine(working *w, lf_engine **engine) {
    lf_engine_options options;
    lf_delivery delivery;
    lf_delivery_init(&delivery, sizeof delivery);
    delivery.user = &w->inbox;
    delivery.deliver = inbox_deliver;
    lf_engine_options_init(&options, sizeof options);
    options.store = &w->store;
    options.delivery = &delivery;
    return lf_engine_new(w->blueprint, &options, engine);
}

/* Each time with a fresh engine, which has no memory from before to work in. */
static lf_status call_engine(void *ctx) {
    working *w = ctx;
    lf_engine *engine;
    lf_status status = open_engine(w, &engine);
    if (status != LF_OK) {
        assert_null(engine);
        return status;
    }
    w->now += MINUTE; /* what a failure left in a lease is claimed again */
    status = w->call(engine, w);
    lf_engine_free(engine);
    return status;
}

static lf_status engine_take(lf_engine *engine, working *w) {
    return lf_engine_take_json(engine, w->json, strlen(w->json), 1, END, NULL, NULL);
}

static lf_status engine_run_due(lf_engine *engine, working *w) {
    return lf_engine_run_due(engine, w->now, SIZE_MAX, NULL);
}

static lf_status engine_deliver(lf_engine *engine, working *w) {
    return lf_engine_deliver(engine, w->now, SIZE_MAX, NULL);
}

static lf_status engine_next(lf_engine *engine, working *w) {
    return lf_engine_next_contact(engine, NULL, 0, w->out);
}

static lf_status engine_dead(lf_engine *engine, working *w) {
    lf_buffer_clear(w->out);
    return lf_engine_dead(engine, 100, w->out);
}

static void work_through(heap *h, int mode, inbox *delivered, char **contact) {
    static working w; /* the inbox is large */
    memset(&w, 0, sizeof w);
    w.h = h;
    w.blueprint = rich(h);
    lf_allocator allocator = heap_allocator(h);
    OK(lf_memstore_new(&allocator, &w.memstore));
    lf_store_init(&w.store, sizeof w.store);
    OK(lf_memstore_store(w.memstore, &w.store));
    OK(lf_buffer_new(&allocator, &w.out));
    w.now = T0 + 150 * DAY;
    lf_status (*const calls[])(lf_engine * engine, working * w) = {engine_run_due, engine_deliver,
                                                                   engine_next, engine_dead};
    for (size_t i = 0; i < n_events + 4; i++) {
        w.call = i < n_events ? engine_take : calls[i - n_events];
        w.json = i < n_events ? events[i] : NULL;
        w.inbox.refuse = w.call == engine_deliver; /* everything dies, on_failure runs */
        if (mode == 0) {
            OK(call_engine(&w));
        } else {
            until_it_works(h, mode == 2, call_engine, NULL, &w);
        }
    }
    lf_engine *engine;
    OK(open_engine(&w, &engine));
    OK(lf_engine_wake(engine, "c-1", 3, END));
    *contact = contact_text(engine, "c-1");
    assert_string_equal(lf_buffer_size(w.out) > 0 ? "dead" : "", "dead");
    *delivered = w.inbox;
    lf_engine_free(engine);
    lf_buffer_free(w.out);
    lf_memstore_free(w.memstore);
    lf_blueprint_unref(w.blueprint);
    assert_int_equal(h->live, 0);
}

static void engines(void **state) {
    static inbox expected, delivered;
    heap h = {.live = 0};
    char *contact, *other;
    (void)state;
    work_through(&h, 0, &expected, &contact);
    for (int mode = 1; mode <= 2; mode++) {
        work_through(&h, mode, &delivered, &other);
        assert_string_equal(other, contact);
        free(other);
        assert_int_equal(inbox_distinct(&delivered, NULL), inbox_distinct(&expected, NULL));
        assert_int_equal(inbox_distinct(&delivered, "send"), inbox_distinct(&expected, "send"));
    }
    free(contact);
}

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
    lf_blueprint_options_init(&options, sizeof options);
    options.allocator = &allocator;
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
        until_it_works(&h, forever, parse_wide, NULL, &s);
        plain_open(&s.store, false);
        until_it_works(&h, forever, commit_next, not_committed, &s);
        assert_string_equal(s.store.contacts[0].columns, "state_m=a\nscore_s=19\nband_s=any\n");
        s.step = 1;
        until_it_works(&h, forever, commit_next, not_committed, &s);
        assert_string_equal(s.store.contacts[0].columns, "state_m=b\nscore_s=19\nband_s=any\n");
        plain_close(&s.store);
        lf_blueprint_unref(s.blueprint);
        assert_int_equal(h.live, 0);
    }
}

/* Definitions that go in circles end in faults, which need memory as well. */
static const char *const circles = JSON({
    "leadflow" : 1,
    "tags" : {"categories" : ["x"]},
    "events" : {"e" : {}},
    "machines" : {
        "m" : {
            "initial" : "a",
            "states" : {"a" : {}, "b" : {}},
            "transitions" : [
                {"from" : "a", "to" : "b", "when" : "ever('e')"},
                {"from" : "b", "to" : "a", "when" : "ever('e')", "back" : true}
            ]
        }
    },
    "segments" : {"s" : {"when" : "!tagged('x_y')", "tag" : "x_y"}}
});

static lf_status run_in_circles(void *ctx) {
    summing *s = ctx;
    lf_contact *contact;
    lf_step *step = NULL;
    lf_event *event = NULL;
    const char *json = event_text("c", "e", T0, NULL, NULL);
    lf_status status = lf_contact_new(s->blueprint, "c", 1, &contact);
    if (status == LF_OK) {
        status = lf_step_new(s->blueprint, "t", &step);
    }
    if (status == LF_OK) {
        status = lf_event_new(s->blueprint, &event);
    }
    if (status == LF_OK) {
        status = lf_event_parse(event, json, strlen(json), 1, NULL);
    }
    if (status == LF_OK) {
        status = lf_step_take(step, contact, event, T0, NULL, NULL);
    }
    size_t faults = 0;
    for (size_t i = 0; status == LF_OK && i < lf_step_effect_count(step); i++) {
        const lf_effect *effect = lf_step_effect_at(step, i);
        status = effect == NULL ? LF_E_NOMEM : LF_OK;
        faults += effect != NULL && strcmp(lf_effect_kind(effect), "fault") == 0;
    }
    assert_true(status != LF_OK || faults > 1);
    lf_event_free(event);
    lf_step_free(step);
    lf_contact_free(contact);
    return status;
}

static void faults(void **state) {
    (void)state;
    for (int forever = 0; forever < 2; forever++) {
        heap h = {.live = 0};
        summing s = {.h = &h, .blueprint = parse_blueprint(circles, &h)};
        size_t live = h.live;
        until_it_works(&h, forever, run_in_circles, NULL, &s);
        assert_int_equal(h.live, live);
        lf_blueprint_unref(s.blueprint);
        assert_int_equal(h.live, 0);
    }
}

/* Claims that failed are undone: the same call, at the same time, claims the same. */
static void claims_are_undone(void **state) {
    static const char *const ids[] = {"a", "b", "c"};
    bool delivering = false;
    (void)state;
    for (size_t n = 1; !delivering; n++) {
        static working w;
        heap h = {.live = 0};
        lf_allocator allocator = heap_allocator(&h);
        lf_engine *engine;
        size_t done;
        memset(&w, 0, sizeof w);
        w.blueprint = parse_blueprint(RIG_BLUEPRINT, &h);
        OK(lf_memstore_new(&allocator, &w.memstore));
        lf_store_init(&w.store, sizeof w.store);
        OK(lf_memstore_store(w.memstore, &w.store));
        OK(open_engine(&w, &engine));
        for (size_t i = 0; i < 3; i++) {
            const char *json = event_text(ids[i], "form", T0, NULL, NULL);
            OK(lf_engine_take_json(engine, json, strlen(json), 1, T0, NULL, NULL));
        }
        heap_fail(&h, n, false);
        lf_status status = lf_engine_deliver(engine, T0, SIZE_MAX, &done);
        delivering = w.inbox.n > 0;
        heap_fail(&h, 0, false);
        if (!delivering) {
            points++;
            assert_int_equal(status, LF_E_NOMEM);
            OK(lf_engine_deliver(engine, T0, SIZE_MAX, &done));
            assert_true(done >= 12 && done == w.inbox.n);
        }
        lf_engine_free(engine);
        lf_memstore_free(w.memstore);
        lf_blueprint_unref(w.blueprint);
        assert_int_equal(h.live, 0);
    }
}

/* ---- small handles ---- */
static void small_handles(void **state) {
    heap h = {.live = 0};
    lf_allocator allocator = heap_allocator(&h);
    lf_buffer *buffer = (lf_buffer *)(void *)&h;
    lf_diagnostics *diagnostics = (lf_diagnostics *)(void *)&h;
    lf_memstore *memstore = (lf_memstore *)(void *)&h;
    (void)state;
    heap_fail(&h, 1, true);
    assert_int_equal(lf_buffer_new(&allocator, &buffer), LF_E_NOMEM);
    assert_int_equal(lf_diagnostics_new(&allocator, &diagnostics), LF_E_NOMEM);
    assert_int_equal(lf_memstore_new(&allocator, &memstore), LF_E_NOMEM);
    assert_null(buffer);
    assert_null(diagnostics);
    assert_null(memstore);
    assert_int_equal(h.live, 0);
    points += 3;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_handles),    cmocka_unit_test(parse_a_blueprint),
        cmocka_unit_test(parse_events),     cmocka_unit_test(refused_events),
        cmocka_unit_test(contacts),         cmocka_unit_test(take_steps),
        cmocka_unit_test(engines),          cmocka_unit_test(claims_are_undone),
        cmocka_unit_test(wide_definitions), cmocka_unit_test(faults),
    };
    return cmocka_run_group_tests(tests, read_events, free_events);
}

/* SPDX-License-Identifier: MIT */
/* Without memory: contacts, and what can be asked of them. */
#include "oom.h"

/* ---- contacts and what can be asked of them ---- */
typedef struct asking {
    lf_blueprint *blueprint;
    lf_contact *contact, *made;
    const unsigned char *bytes;
    size_t size;
    lf_buffer *out; /* on the failing heap */
    lf_explanation *explanation;
    int64_t number; /* what was asked for */
    size_t answer_size;
} asking;

#define NOBODY(ctx) ((lf_contact *)(ctx)) /* which a failure takes away */

static lf_status make_contact(void *ctx) {
    asking *a = ctx;
    a->made = NOBODY(ctx);
    return lf_contact_new(a->blueprint, "c-9", 3, &a->made);
}

static lf_status copy_contact(void *ctx) {
    asking *a = ctx;
    a->made = NOBODY(ctx);
    return lf_contact_copy(a->contact, &a->made);
}

static lf_status decode_contact(void *ctx) {
    asking *a = ctx;
    a->made = NOBODY(ctx);
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
    return lf_lifecycle_graph(lf_blueprint_lifecycle_at(a->blueprint, 0), a->out);
}

static lf_status write_sequence_graph(void *ctx) {
    asking *a = ctx;
    const lf_scheduler *scheduler = lf_blueprint_scheduler(a->blueprint);
    return lf_scheduler_graph(scheduler, lf_scheduler_sequence_at(scheduler, 0), a->out);
}

static lf_status write_possible(void *ctx) {
    asking *a = ctx;
    return lf_lifecycle_possible(lf_blueprint_lifecycle(a->blueprint, "stage"), a->contact, a->out);
}

static lf_status write_why_state(void *ctx) {
    asking *a = ctx;
    return lf_lifecycle_why(lf_blueprint_lifecycle(a->blueprint, "stage"), a->contact, "known",
                            a->out);
}

static lf_status write_why_segment(void *ctx) {
    asking *a = ctx;
    return lf_contact_why_segment(a->contact, "ready", a->out);
}

static lf_status write_why_history(void *ctx) {
    asking *a = ctx;
    return lf_contact_why_segment(a->contact, "engaged", a->out);
}

static lf_status write_why_sequence(void *ctx) {
    asking *a = ctx;
    return lf_contact_why_sequence(a->contact, "welcome", a->out);
}

static lf_status write_explanation(void *ctx) {
    asking *a = ctx;
    return lf_explanation_json(a->explanation, a->out);
}

static lf_status ask_total(void *ctx) {
    asking *a = ctx;
    a->number = 77;
    return lf_scorer_total(lf_blueprint_scorer(a->blueprint, "lead"), a->contact, T0 + 3 * DAY,
                           &a->number);
}

static lf_status ask_next_band(void *ctx) {
    asking *a = ctx;
    a->number = 77;
    return lf_scorer_next_band_change(lf_blueprint_scorer(a->blueprint, "lead"), a->contact,
                                      &a->number);
}

static lf_status explain(void *ctx) {
    asking *a = ctx;
    return lf_scorer_explain(lf_blueprint_scorer(a->blueprint, "lead"), a->contact, T0 + 3 * DAY,
                             &a->explanation);
}

static void no_number(void *ctx) {
    assert_int_equal(((asking *)ctx)->number, 0);
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
        OK(lf_event_parse(event, oom_rich_story.events[i], strlen(oom_rich_story.events[i]), 1,
                          NULL));
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

typedef struct question {
    oom_work work;
    oom_check check;
} question;

static const question questions[] = {{make_contact, none_made},
                                     {copy_contact, none_made},
                                     {decode_contact, none_made},
                                     {encode_contact, buffer_as_before},
                                     {write_contact, buffer_as_before},
                                     {write_blueprint, buffer_as_before},
                                     {write_extends, buffer_as_before},
                                     {write_graph, buffer_as_before},
                                     {write_sequence_graph, buffer_as_before},
                                     {write_possible, buffer_as_before},
                                     {write_why_state, buffer_as_before},
                                     {write_why_segment, buffer_as_before},
                                     {write_why_history, buffer_as_before},
                                     {write_why_sequence, buffer_as_before},
                                     {explain, not_explained},
                                     {write_explanation, buffer_as_before},
                                     {ask_total, no_number},
                                     {ask_next_band, no_number}};

/* Mode 0: nothing fails. The answer as text, to be freed: it must always be the same. */
static char *ask(asking *a, heap *h, const question *q, int mode) {
    a->out = failing_buffer(h, a->blueprint);
    a->number = 0;
    if (q->work == write_explanation) {
        OK(explain(a));
    }
    if (mode == 0) {
        OK(q->work(a));
    } else {
        oom_until_it_works(h, mode == 2, q->work, q->check, a);
    }
    if (a->made != NULL) {
        OK(lf_contact_encode(a->made, a->out));
    } else if (q->work == explain) {
        OK(lf_explanation_json(a->explanation, a->out));
    }
    size_t n = lf_buffer_size(a->out);
    char *answer = calloc(1, sizeof a->number + n);
    memcpy(answer, &a->number, sizeof a->number);
    memcpy(answer + sizeof a->number, lf_buffer_data(a->out), n);
    a->answer_size = sizeof a->number + n;
    lf_contact_free(a->made);
    lf_buffer_free(a->out);
    lf_explanation_free(a->explanation);
    a->made = NULL;
    a->explanation = NULL;
    return answer;
}

static void ask_all(asking *a, heap *h, int mode) {
    for (size_t i = 0; i < sizeof questions / sizeof questions[0]; i++) {
        size_t size;
        char *expected = ask(a, h, &questions[i], 0);
        size_t expected_size = a->answer_size;
        char *answer = ask(a, h, &questions[i], mode);
        assert_int_equal(a->answer_size, expected_size);
        assert_memory_equal(answer, expected, expected_size);
        unsigned char *bytes = contact_bytes(a->contact, &size);
        assert_int_equal(size, a->size);
        assert_memory_equal(bytes, a->bytes, size);
        free(bytes);
        free(answer);
        free(expected);
    }
}

static void contacts(void **state) {
    (void)state;
    for (int mode = 1; mode <= 2; mode++) {
        heap h = {.live = 0};
        asking a = {.blueprint = story_blueprint(&oom_rich_story, &h)};
        a.contact = some_contact(a.blueprint);
        unsigned char *bytes = contact_bytes(a.contact, &a.size);
        a.bytes = bytes;
        ask_all(&a, &h, mode);
        free(bytes);
        lf_contact_free(a.contact);
        lf_blueprint_unref(a.blueprint);
        assert_int_equal(h.live, 0);
    }
}

/* Labels and conditions that are escaped in a graph. */
static void odd_graph(void **state) {
    (void)state;
    for (int forever = 0; forever < 2; forever++) {
        heap h = {.live = 0};
        story odd;
        story_read(&odd, "tests/oom/odd");
        asking a = {.blueprint = story_blueprint(&odd, &h)};
        a.out = failing_buffer(&h, a.blueprint);
        oom_until_it_works(&h, forever, write_graph, buffer_as_before, &a);
        lf_buffer_free(a.out);
        lf_blueprint_unref(a.blueprint);
        story_free(&odd);
        assert_int_equal(h.live, 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(contacts),
        cmocka_unit_test(odd_graph),
    };
    return cmocka_run_group_tests(tests, oom_begin, oom_end);
}

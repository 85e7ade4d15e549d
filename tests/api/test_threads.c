/* SPDX-License-Identifier: MIT */
/*
 * What several threads may do, and what one of them hears that must not. It says most when it is built with
 * -Db_sanitize=thread, as .ci/run does. Threads only count; what they have counted is checked behind them.
 */
#include <pthread.h>
#include <stdio.h>

#include "rig.h"
#include "zone_shelf.h"

#define THREADS 8

/* Runs `work` in all of them, each with its own element of an array. */
static void in_threads(void *(*work)(void *), void *array, size_t element) {
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, work, (char *)array + i * element), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
}

static lf_status take_text(lf_engine *engine, const char *json, int64_t now) {
    return lf_engine_take_json(engine, json, strlen(json), 1, now, NULL, NULL);
}

/* ---- a blueprint is shared ---- */
typedef struct stepper {
    lf_blueprint *blueprint;
    size_t done;
} stepper;

static void *step_alone(void *arg) {
    stepper *s = arg;
    const char *json = JSON({"contact" : "c-1", "type" : "form", "at" : "2026-01-01T00:00:00Z"});
    for (int i = 0; i < 100; i++) {
        lf_contact *contact = NULL;
        lf_step *step = NULL;
        lf_event *event = NULL;
        lf_blueprint_ref(s->blueprint);
        s->done += lf_contact_new(s->blueprint, "c-1", 3, &contact) == LF_OK &&
                   lf_step_new(s->blueprint, "t", &step) == LF_OK &&
                   lf_event_new(s->blueprint, &event) == LF_OK &&
                   lf_event_parse(event, json, strlen(json), 1, NULL) == LF_OK &&
                   lf_step_take(step, contact, event, T0, NULL, NULL) == LF_OK &&
                   lf_step_effect_count(step) >= 4 &&
                   lf_step_wake(step, contact, T0 + 30 * DAY) == LF_OK;
        lf_event_free(event);
        lf_step_free(step);
        lf_contact_free(contact);
        lf_blueprint_unref(s->blueprint);
    }
    lf_blueprint_unref(s->blueprint);
    return NULL;
}

/* Everybody has a reference, and the last one to give it back frees the blueprint. */
static void references(void **state) {
    lf_blueprint *blueprint = parse_blueprint(RIG_BLUEPRINT, NULL);
    stepper steppers[THREADS];
    (void)state;
    for (size_t i = 0; i < THREADS; i++) {
        lf_blueprint_ref(blueprint);
        steppers[i] = (stepper){blueprint, 0};
    }
    lf_blueprint_unref(blueprint);
    in_threads(step_alone, steppers, sizeof *steppers);
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(steppers[i].done, 100);
    }
}

/* ---- and the zones that it keeps ---- */
static void *update_zones(void *arg) {
    stepper *s = arg;
    lf_contact *contact = NULL;
    lf_step *step = NULL;
    lf_event *event = NULL;
    bool fine = lf_contact_new(s->blueprint, "c-1", 3, &contact) == LF_OK &&
                lf_step_new(s->blueprint, "t", &step) == LF_OK &&
                lf_event_new(s->blueprint, &event) == LF_OK;
    for (int i = 0; fine && i < 200;
         i++) { /* all threads ask for the same at about the same time */
        char json[200];
        int n =
            snprintf(json, sizeof json,
                     "{\"contact\":\"c-1\",\"type\":\"$update\",\"at\":\"2026-01-01T00:00:00Z\","
                     "\"props\":{\"fields\":{\"tz\":\"Test/Number/%d\"}}}",
                     i);
        s->done += lf_event_parse(event, json, (size_t)n, 1, NULL) == LF_OK &&
                   lf_step_take(step, contact, event, T0, NULL, NULL) == LF_OK &&
                   lf_step_effect_count(step) == 0;
    }
    lf_event_free(event);
    lf_step_free(step);
    lf_contact_free(contact);
    return NULL;
}

/* Two threads may ask for one zone at once; one of the two answers is kept. */
static void zones(void **state) {
    zone_shelf shelf = {.shared = true};
    stepper steppers[THREADS];
    lf_blueprint *blueprint;
    (void)state;
    OK(zone_shelf_parse(
        &shelf,
        JSON({"leadflow" : 1, "fields" : {"tz" : {"type" : "string", "format" : "timezone"}}}),
        NULL, NULL, &blueprint));
    for (size_t i = 0; i < THREADS; i++) {
        steppers[i] = (stepper){blueprint, 0};
    }
    in_threads(update_zones, steppers, sizeof *steppers);
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(steppers[i].done, 200);
    }
    assert_true(shelf.asked >= 200 && shelf.asked <= 200 * THREADS);
    unsigned asked = shelf.asked;
    in_threads(update_zones, steppers, sizeof *steppers);
    assert_int_equal(shelf.asked, asked); /* all are kept */
    lf_blueprint_unref(blueprint);
    assert_int_equal(shelf.given_back, 1);
}

/* ---- an engine and a store each, on one blueprint ---- */
typedef struct worker {
    lf_blueprint *blueprint;
    const char *events; /* lines */
    lf_buffer *result;  /* the contact, its explanations, and the keys of what was delivered */
    lf_status failed;   /* the first failure that is none of an event */
} worker;

static void note(worker *w, lf_status status) {
    if (w->failed == LF_OK && status != LF_E_EVENT) {
        w->failed = status;
    }
}

static lf_status deliver_to(void *user, const lf_effect *effect, lf_receipt *receipt) {
    uint32_t *sum = user;
    (void)receipt;
    for (const char *p = lf_effect_key(effect); *p != '\0'; p++) {
        *sum = *sum * 31 + (unsigned char)*p;
    }
    return LF_OK;
}

static void read_scores(worker *w, const lf_contact *contact) {
    for (size_t i = 0; i < lf_blueprint_scorer_count(w->blueprint); i++) {
        lf_explanation *why;
        const lf_scorer *scorer = lf_blueprint_scorer_at(w->blueprint, i);
        note(w, lf_scorer_explain(scorer, contact, lf_contact_clock(contact), &why));
        note(w, lf_explanation_json(why, w->result));
        lf_explanation_free(why);
    }
}

static void work_through(worker *w, lf_engine *engine) {
    int64_t now = T0 + 20 * DAY;
    lf_contact *contact;
    for (const char *p = w->events; *p != '\0'; p += strcspn(p, "\n") + 1) {
        note(w, lf_engine_take_json(engine, p, strcspn(p, "\n"), 1, now, NULL, NULL));
        note(w, lf_engine_deliver(engine, now, 100, NULL));
    }
    note(w, lf_engine_wake(engine, "c-1", 3, now + 60 * DAY));
    note(w, lf_engine_deliver(engine, now + 60 * DAY, 100, NULL));
    note(w, lf_engine_contact(engine, "c-1", 3, &contact));
    note(w, lf_contact_encode(contact, w->result));
    note(w, lf_contact_json(contact, w->result));
    read_scores(w, contact);
    lf_contact_free(contact);
}

static void *work_alone(void *arg) {
    worker *w = arg;
    uint32_t sum = 0;
    lf_memstore *memory;
    lf_engine *engine;
    lf_engine_options options;
    lf_delivery delivery;
    lf_store store;
    lf_store_init(&store, sizeof store);
    lf_delivery_init(&delivery, sizeof delivery);
    lf_engine_options_init(&options, sizeof options);
    delivery.deliver = deliver_to;
    delivery.user = &sum;
    options.store = &store;
    options.delivery = &delivery;
    note(w, lf_memstore_new(NULL, &memory));
    note(w, lf_memstore_store(memory, &store));
    note(w, lf_engine_new(w->blueprint, &options, &engine));
    work_through(w, engine);
    lf_engine_free(engine);
    lf_memstore_free(memory);
    if (sum == 0) {
        note(w, LF_E_NOTFOUND); /* nothing was delivered */
    }
    return NULL;
}

static void engines_apart(void **state) {
    size_t n;
    char *events = read_file("tests/api/rich.ndjson", &n);
    worker workers[THREADS];
    lf_blueprint *blueprint;
    (void)state;
    OK(parse_rich(NULL, NULL, &blueprint));
    for (size_t i = 0; i < THREADS; i++) {
        workers[i] = (worker){blueprint, events, new_buffer(), LF_OK};
    }
    in_threads(work_alone, workers, sizeof *workers);
    for (size_t i = 0; i < THREADS; i++) {
        OK(workers[i].failed);
        assert_int_equal(lf_buffer_size(workers[i].result), lf_buffer_size(workers[0].result));
        assert_memory_equal(lf_buffer_data(workers[i].result), lf_buffer_data(workers[0].result),
                            lf_buffer_size(workers[0].result));
    }
    for (size_t i = 0; i < THREADS; i++) {
        lf_buffer_free(workers[i].result);
    }
    lf_blueprint_unref(blueprint);
    free(events);
}

/* ---- an engine each, on one store, which lets one in at a time ---- */
typedef struct guarded {
    lf_store under;
    pthread_mutex_t mutex;
} guarded;

#define GUARD(name, parameters, ...) \
    static lf_status guarded_##name parameters { \
        guarded *g = user; \
        pthread_mutex_lock(&g->mutex); \
        lf_status status = g->under.name(g->under.user, tenant, __VA_ARGS__); \
        pthread_mutex_unlock(&g->mutex); \
        return status; \
    }
GUARD(load, (void *user, const char *tenant, const char *id, size_t n, lf_loaded *loaded), id, n,
      loaded)
GUARD(commit, (void *user, const char *tenant, const lf_commit *commit), commit)
GUARD(claim_due,
      (void *user, const char *tenant, int64_t now, int64_t until, size_t limit, lf_claims *claims),
      now, until, limit, claims)
GUARD(claim_effects,
      (void *user, const char *tenant, int64_t now, int64_t until, size_t limit, lf_claims *claims),
      now, until, limit, claims)
GUARD(settle,
      (void *user, const char *tenant, const char *id, size_t n, const char *key, uint64_t fence,
       int32_t outcome, int64_t not_before),
      id, n, key, fence, outcome, not_before)

#define EACH 40

typedef struct rival {
    lf_engine *engine;
    char events[EACH][160];
    size_t failed, delivered;
} rival;

static lf_status count_delivery(void *user, const lf_effect *effect, lf_receipt *receipt) {
    (void)receipt;
    *(size_t *)user += strcmp(lf_effect_kind(effect), "task") == 0;
    return LF_OK;
}

static void *compete(void *arg) {
    rival *r = arg;
    for (size_t i = 0; i < EACH; i++) {
        lf_status status;
        do {
            status = take_text(r->engine, r->events[i], T0 + HOUR);
        } while (status == LF_E_CONFLICT); /* the others were faster 16 times */
        r->failed += status != LF_OK;
    }
    for (size_t done = 1; done > 0;) {
        r->failed += lf_engine_run_due(r->engine, T0 + 2 * DAY, 1, &done) != LF_OK;
    }
    for (int i = 0; i < EACH; i++) {
        r->failed += lf_engine_deliver(r->engine, T0 + 2 * DAY, 4, NULL) != LF_OK;
    }
    return NULL;
}

static void open_rival(rival *one, rig *r, const lf_store *store, int number) {
    lf_engine_options options;
    lf_delivery delivery;
    lf_delivery_init(&delivery, sizeof delivery);
    delivery.deliver = count_delivery;
    delivery.user = &one->delivered;
    lf_engine_options_init(&options, sizeof options);
    options.store = store;
    options.delivery = &delivery;
    *one = (rival){.failed = 0};
    for (int i = 0; i < EACH; i++) {
        char id[16], contact[8];
        snprintf(id, sizeof id, "%d-%d", number, i);
        snprintf(contact, sizeof contact, "c-%d", i % 4);
        const char *type = number == 0 && i < 4 ? "form" : "visit";
        strcpy(one->events[i], event_text(contact, type, T0 + i, id, NULL));
    }
    OK(lf_engine_new(r->blueprint, &options, &one->engine));
}

/* Each event is in once, whoever was faster; each task is handed over once. */
static void engines_together(void **state) {
    rig r;
    guarded g = {.mutex = PTHREAD_MUTEX_INITIALIZER};
    rival *rivals = calloc(THREADS, sizeof *rivals);
    size_t delivered = 0;
    (void)state;
    rig_open(&r, NULL, RIG_SOURCE);
    g.under = r.door.under;
    lf_store store = g.under;
    store.user = &g;
    store.load = guarded_load;
    store.commit = guarded_commit;
    store.claim_due = guarded_claim_due;
    store.claim_effects = guarded_claim_effects;
    store.settle = guarded_settle;
    for (int i = 0; i < THREADS; i++) {
        open_rival(&rivals[i], &r, &store, i);
    }
    in_threads(compete, rivals, sizeof *rivals);
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(rivals[i].failed, 0);
        delivered += rivals[i].delivered;
        lf_engine_free(rivals[i].engine);
    }
    for (int i = 0; i < 4; i++) {
        lf_contact *contact;
        int64_t total;
        char id[] = {'c', '-', (char)('0' + i), '\0'};
        OK(lf_engine_contact(r.engine, id, 3, &contact));
        OK(lf_scorer_total(lf_blueprint_scorer(r.blueprint, "lead"), contact, T0 + HOUR, &total));
        assert_int_equal(total, (10 + THREADS * EACH / 4 - 1) * 1000); /* one form, else visits */
        lf_contact_free(contact);
    }
    assert_int_equal(delivered, 4);
    free(rivals);
    rig_close(&r);
}

/* ---- one engine, several threads: the others hear LF_E_BUSY; nothing is torn ---- */
typedef struct sharing {
    lf_engine *engine;
    size_t ok, busy, other;
} sharing;

static void wake_shared(sharing *s, int64_t now) {
    lf_status status = lf_engine_wake(s->engine, "c-1", 3, now);
    s->ok += status == LF_OK;
    s->busy += status == LF_E_BUSY;
    s->other += status != LF_OK && status != LF_E_BUSY;
}

static void *misuse(void *arg) {
    for (int i = 0; i < 500; i++) {
        wake_shared(arg, T0 + HOUR + i);
    }
    return NULL;
}

static void *intrude(void *arg) {
    wake_shared(arg, T0 + HOUR);
    return NULL;
}

/* While the engine is in its store, another thread calls it. */
static void in_the_meantime(void *ctx, enum door_call call, size_t nth) {
    sharing *s = ctx;
    pthread_t thread;
    if (call == DOOR_LOAD && nth == 1) {
        assert_int_equal(pthread_create(&thread, NULL, intrude, s), 0);
        assert_int_equal(pthread_join(thread, NULL), 0);
    }
}

static void one_engine(void **state) {
    rig r;
    sharing sharings[THREADS], intruder;
    (void)state;
    rig_open(&r, NULL, RIG_SOURCE);
    intruder = (sharing){.engine = r.engine};
    r.door.meanwhile = in_the_meantime;
    r.door.ctx = &intruder;
    OK(rig_take(&r, event_text("c-1", "form", T0, NULL, NULL), T0));
    assert_int_equal(intruder.busy, 1);
    lf_engine *engine = rig_engine(&r, NULL, false);
    for (size_t i = 0; i < THREADS; i++) {
        sharings[i] = (sharing){.engine = engine};
    }
    in_threads(misuse, sharings, sizeof *sharings);
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(sharings[i].ok + sharings[i].busy, 500);
        assert_int_equal(sharings[i].other, 0);
    }
    OK(lf_engine_wake(engine, "c-1", 3, T0 + DAY));
    lf_engine_free(engine);
    rig_close(&r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(references),    cmocka_unit_test(zones),
        cmocka_unit_test(engines_apart), cmocka_unit_test(engines_together),
        cmocka_unit_test(one_engine),
    };
    return cmocka_run_group_tests_name("threads", tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * Several engines on one store, in random order, with faults of every kind: callbacks that fail before
 * and after, commits in doubt, workers that stall over their lease, deliveries that say no. At every
 * hand-over the contact must permit it; in the end each event counts once, each effect was made once and
 * is settled, and each death had its on_failure. A seed that fails is printed; give it as argument to run
 * it alone.
 */
#include "rig.h"

#include <stdio.h>

#define SEEDS 400
#define OPS 150
#define ENGINES 3
#define CONTACTS 3
#define LEASE MINUTE

static const char *const blueprint_text = JSON({
    "leadflow" : 1,
    "intake" : {"dedupe" : "7d", "max_skew" : "5m"},
    "events" : {"form" : {"engagement" : true}, "visit" : {"engagement" : true}},
    "scores" : {
        "n" : {
            "dimensions" :
                {"all" : {"rules" : [ {"name" : "visit", "on" : "visit", "points" : 1} ]}}
        },
        "w" : {
            "dimensions" : {
                "all" : {
                    "rules" : [ {
                        "name" : "visit",
                        "on" : "visit",
                        "points" : 9,
                        "decay" : {"lose" : 1, "every" : "1h"}
                    } ]
                }
            },
            "bands" : [ {"name" : "warm", "from" : 9}, {"name" : "cold", "from" : 0} ]
        }
    },
    "segments" : {"agreed" : {"when" : "consent.email == 'granted' && !suppressed"}},
    "consent" : {"email" : "opt_in"},
    "templates" : {
        "a" : {"channel" : "email", "subject" : "A", "body" : "A"},
        "b" : {"channel" : "email", "subject" : "B", "body" : "B"}
    },
    "sequences" : {
        "s" : {
            "trigger" : [ {"event" : "form"} ],
            "reentry" : "always",
            "on_failure" : [ {"notify" : {"to" : "owner", "text" : "failed"}} ],
            "steps" : [
                {"label" : "a", "send" : "a"}, {"wait" : {"for" : "3h"}},
                {"label" : "b", "send" : "b"},
                {"label" : "t", "task" : {"title" : "t", "to" : "owner"}}
            ]
        },
        "warm" : {
            "trigger" : [ {"band" : "w.warm"} ],
            "reentry" : "2h",
            "steps" : [ {"label" : "m", "send" : "b"} ]
        }
    }
});

typedef struct world {
    uint64_t seed;
    lf_blueprint *blueprint;
    plain_store store;
    void *source;    /* instead of the plain store */
    lf_engine *peek; /* looks at contacts as they are stored */
    uint64_t trace;  /* of all that happened */
    door doors[ENGINES];
    lf_engine *engines[ENGINES];
    int64_t now;
    size_t visits[CONTACTS]; /* accepted */
    size_t next_id;
    /* deliveries */
    struct seen {
        char key[40];
        size_t calls, accepted;
    } seen[2048];
    size_t n_seen;
    int stalling;  /* an engine that takes over within a delivery, or -1 */
    bool meddling; /* somebody is slipping in a commit of their own */
    bool calm;     /* no more faults */
} world;

/* ---- chance ---- */
static uint64_t next_random(world *w) {
    uint64_t z = w->seed += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static size_t below(world *w, size_t n) {
    return (size_t)(next_random(w) % n);
}

static bool chance(world *w, size_t percent) {
    return below(w, 100) < percent;
}

static void trace(world *w, const char *text, int64_t number) {
    for (; *text != '\0'; text++) {
        w->trace = (w->trace ^ (unsigned char)*text) * UINT64_C(1099511628211);
    }
    w->trace = (w->trace ^ (uint64_t)number) * UINT64_C(1099511628211);
}

/* ---- deliveries ---- */
static struct seen *note(world *w, const char *key) {
    size_t i = 0;
    while (i < w->n_seen && strcmp(w->seen[i].key, key) != 0) {
        i++;
    }
    if (i == w->n_seen) {
        assert_true(w->n_seen < sizeof w->seen / sizeof w->seen[0]);
        strcpy(w->seen[w->n_seen++].key, key);
    }
    return &w->seen[i];
}

/* No message may begin for somebody whose contact, as stored at this instant, does not permit it. */
static void check_permitted(world *w, const lf_effect *effect) {
    size_t len;
    const char *id = lf_effect_contact(effect, &len);
    lf_buffer *text = new_buffer();
    lf_contact *contact;
    OK(lf_engine_contact(w->peek, id, len, &contact));
    OK(lf_contact_json(contact, text));
    assert_non_null(strstr(lf_buffer_data(text), "\"segments\":[\"agreed\"]"));
    lf_contact_free(contact);
    lf_buffer_free(text);
}

/* What lies in front of an effect in its contact's outbox is settled. */
static void check_order(world *w, const lf_effect *effect) {
    size_t len;
    const char *contact = lf_effect_contact(effect, &len);
    for (size_t i = 0; i < w->store.n_effects; i++) {
        const plain_effect *row = &w->store.effects[i];
        if (strcmp(row->key, lf_effect_key(effect)) == 0) {
            return;
        }
        assert_true(row->contact_len != len || memcmp(row->contact, contact, len) != 0 ||
                    row->place != PLAIN_OUTBOX);
    }
    fail_msg("an effect is delivered that was never stored");
}

static lf_status deliver(void *user, const lf_effect *effect, lf_receipt *receipt) {
    world *w = user;
    struct seen *seen = note(w, lf_effect_key(effect));
    trace(w, lf_effect_key(effect), w->now);
    if (w->source == NULL) {
        check_order(w, effect);
    }
    if (strcmp(lf_effect_kind(effect), "send") == 0) {
        check_permitted(w, effect);
    }
    seen->calls++;
    if (w->stalling >= 0) { /* so long that another worker gets the same effect, and settles it */
        lf_engine *other = w->engines[w->stalling];
        w->stalling = -1;
        w->now += LEASE;
        (void)lf_engine_deliver(other, w->now, 2, NULL);
        (void)lf_engine_run_due(other, w->now, 2, NULL);
    }
    if (!w->calm && chance(w, 20)) {
        switch (below(w, 4)) {
        case 0:
            return LF_E_USER; /* taken or not, nobody knows */
        case 1:
            lf_receipt_retry(receipt, (int64_t)below(w, 2) * HOUR);
            return LF_OK;
        case 2:
            lf_receipt_refuse(receipt);
            return LF_OK;
        default:
            return 5;
        }
    }
    seen->accepted++;
    return LF_OK;
}

/* ---- faults ---- */
static void arm(world *w, size_t engine) {
    static const lf_status codes[] = {LF_E_USER, LF_E_NOMEM, -9999, 3};
    static const lf_status commit_codes[] = {LF_E_UNKNOWN, LF_E_UNKNOWN, LF_E_CONFLICT, LF_E_USER,
                                             3};
    static const lf_status settle_codes[] = {LF_E_USER, LF_E_UNKNOWN, LF_E_UNKNOWN, 3};
    static const enum door_call calls[] = {DOOR_LOAD,      DOOR_COMMIT,        DOOR_COMMIT,
                                           DOOR_CLAIM_DUE, DOOR_CLAIM_EFFECTS, DOOR_SETTLE,
                                           DOOR_LOCK};
    door *d = &w->doors[engine];
    door_mend(d);
    if (w->calm || !chance(w, 35)) {
        return;
    }
    enum door_call call = calls[below(w, 7)];
    size_t nth = 1 + below(w, 3), code = below(w, 20);
    bool after = chance(w, 50), forever = chance(w, 15);
    lf_status status = call == DOOR_COMMIT   ? commit_codes[code % 5]
                       : call == DOOR_SETTLE ? settle_codes[code % 4]
                                             : codes[code % 4];
    door_fail(d, call, nth, after && status != LF_E_CONFLICT, forever, status);
}

/* Between another engine's load and its commit somebody takes in an event of their own. */
static void meddle(void *ctx, enum door_call call, size_t nth) {
    world *w = ctx;
    (void)nth;
    if (call != DOOR_COMMIT || w->meddling || w->calm || !chance(w, 15)) {
        return;
    }
    size_t contact = below(w, CONTACTS);
    char name[3] = {'c', (char)('0' + contact), '\0'}, id[16];
    snprintf(id, sizeof id, "m%zu", w->next_id++);
    const char *json = event_text(name, "visit", w->now, id, NULL);
    w->meddling = true;
    lf_status status = lf_engine_take_json(w->peek, json, strlen(json), 1, w->now, NULL, NULL);
    w->meddling = false;
    assert_true(status == LF_OK || status == LF_E_USER || status == LF_E_BUSY); /* it is locked */
    w->visits[contact] += status == LF_OK;
}

/* ---- what happens ---- */
static char *some_event(world *w, size_t contact, bool with_id, bool *visit) {
    static const char *const consents[] = {"{\"channel\":\"email\",\"status\":\"granted\"}",
                                           "{\"channel\":\"email\",\"status\":\"denied\"}"};
    static const char *const suppressions[] = {"{\"reason\":\"r\"}",
                                               "{\"reason\":\"r\",\"lift\":true}"};
    char name[4] = {'c', (char)('0' + contact), '\0'}, id[16];
    int64_t at =
        w->now - (int64_t)below(w, 3) * 30 * MINUTE; /* often at the same time, often late */
    size_t what = below(w, 10), which = below(w, 3) == 0;
    snprintf(id, sizeof id, "e%zu", w->next_id++);
    *visit = what < 4;
    at = at < T0 ? T0 : at;
    return keep(event_text(name,
                           what < 4   ? "visit"
                           : what < 7 ? "form"
                           : what < 9 ? "$consent"
                                      : "$suppress",
                           at, with_id ? id : NULL,
                           what < 7   ? NULL
                           : what < 9 ? consents[which]
                                      : suppressions[!which]));
}

static void others_work(world *w, size_t but) {
    size_t other = (but + 1 + below(w, ENGINES - 1)) % ENGINES;
    door_mend(&w->doors[other]);
    (void)lf_engine_run_due(w->engines[other], w->now, 2, NULL);
    char name[3] = {'c', (char)('0' + below(w, CONTACTS)), '\0'};
    lf_status status = lf_engine_wake(w->engines[other], name, 2, w->now + MINUTE);
    assert_true(status == LF_OK || status == LF_E_NOTFOUND);
}

/* An event, repeated until it is in: with an id by anybody, without one by the engine that failed. */
static void take(world *w) {
    size_t contact = below(w, CONTACTS), engine = below(w, ENGINES), tries = 0;
    bool with_id = chance(w, 60), visit;
    int32_t taken;
    size_t news = 0;
    char *json = some_event(w, contact, with_id, &visit);
    lf_status status;
    do {
        arm(w, engine);
        if (tries > 3) {
            door_mend(&w->doors[engine]);
        }
        status =
            lf_engine_take_json(w->engines[engine], json, strlen(json), 1, w->now, &taken, NULL);
        trace(w, "take", status * 8 + taken);
        news += status == LF_OK && taken == LF_TAKEN_NEW;
        door_mend(&w->doors[engine]);
        if (status != LF_OK && chance(w, 50)) {
            others_work(w, engine);
        }
        engine = with_id ? below(w, ENGINES) : engine;
        assert_true(++tries < 12 && status <= 0);
    } while (status != LF_OK);
    w->visits[contact] += visit;
    if (with_id && chance(w, 20)) { /* delivered to us twice */
        OK(lf_engine_take_json(w->engines[engine], json, strlen(json), 1, w->now, &taken, NULL));
        news += taken == LF_TAKEN_NEW;
    }
    assert_true(news <= 1); /* 0: who took it in was told otherwise */
    free(json);
}

static void run_due(world *w) {
    size_t engine = below(w, ENGINES);
    arm(w, engine);
    size_t done, limit = 1 + below(w, 4);
    lf_status status = lf_engine_run_due(w->engines[engine], w->now, limit, &done);
    trace(w, "run_due", status * 8 + (int64_t)done);
    door_mend(&w->doors[engine]);
}

static void hand_over(world *w) {
    size_t engine = below(w, ENGINES);
    w->stalling = !w->calm && chance(w, 15) ? (int)((engine + 1) % ENGINES) : -1;
    arm(w, engine);
    size_t done, limit = 1 + below(w, 6);
    lf_status status = lf_engine_deliver(w->engines[engine], w->now, limit, &done);
    trace(w, "deliver", status * 8 + (int64_t)done);
    door_mend(&w->doors[engine]);
    w->stalling = -1;
}

static void live(world *w) {
    for (int i = 0; i < OPS; i++) {
        size_t what = below(w, 10);
        if (what < 4) {
            take(w);
        } else if (what < 6) {
            run_due(w);
        } else if (what < 9) {
            hand_over(w);
        } else {
            w->now += (int64_t)below(w, 90) * MINUTE;
        }
    }
    /* Then everything works again, and comes to rest in a bounded time. */
    w->calm = true;
    size_t quiet = 0, rounds = 0;
    while (quiet < 3) {
        size_t woken, done;
        size_t engine = below(w, ENGINES);
        w->now += DAY / 4;
        OK(lf_engine_run_due(w->engines[engine], w->now, SIZE_MAX, &woken));
        OK(lf_engine_deliver(w->engines[engine], w->now, SIZE_MAX, &done));
        quiet = woken + done == 0 ? quiet + 1 : 0;
        assert_true(++rounds < 100);
    }
}

/* ---- the end ---- */
static int64_t points(world *w, size_t contact) {
    char name[3] = {'c', (char)('0' + contact), '\0'};
    lf_contact *loaded;
    int64_t total;
    lf_status status = lf_engine_contact(w->engines[0], name, 2, &loaded);
    if (status == LF_E_NOTFOUND) {
        return 0;
    }
    OK(status);
    OK(lf_scorer_total(lf_blueprint_scorer(w->blueprint, "n"), loaded, lf_contact_clock(loaded),
                       &total));
    lf_contact_free(loaded);
    return total / 1000;
}

/* Each event counts once. */
static void check_contacts(world *w) {
    for (size_t i = 0; i < CONTACTS; i++) {
        assert_int_equal(points(w, i), w->visits[i]);
        trace(w, "points", points(w, i));
    }
}

/* Each effect was settled once, after it was accepted; each death had its on_failure. */
static void check_rows(world *w) {
    size_t failures = 0, deaths = 0, skipped = plain_count(&w->store, "skipped", PLAIN_DONE),
           unsent = 0;
    assert_int_equal(plain_count(&w->store, NULL, PLAIN_OUTBOX), 0);
    for (size_t i = 0; i < w->store.n_effects; i++) {
        const plain_effect *row = &w->store.effects[i];
        bool of_s = strstr(row->json, "\"cause\":{\"sequence\":\"s\",\"step\":\"") != NULL;
        failures += strstr(row->json, "\"cause\":{\"sequence\":\"s\",\"step\":null}") != NULL;
        deaths += row->place == PLAIN_DEAD && of_s && strcmp(row->kind, "skipped") != 0;
        const struct seen *seen = note(w, row->key);
        if (row->place == PLAIN_DONE && strcmp(row->kind, "send") == 0 && seen->accepted == 0) {
            unsent++; /* it was skipped at the last moment */
        } else if (row->place == PLAIN_DONE) {
            assert_true(seen->accepted > 0);
        }
    }
    assert_int_equal(failures, deaths);
    assert_true(unsent <= skipped);
}

static lf_engine *open_engine(world *w, const lf_store *table) {
    lf_delivery delivery;
    lf_engine_options options;
    lf_engine *engine;
    lf_delivery_init(&delivery, sizeof delivery);
    delivery.user = w;
    delivery.deliver = deliver;
    lf_engine_options_init(&options, sizeof options);
    options.store = table;
    options.delivery = &delivery;
    options.max_attempts = 4;
    OK(lf_engine_new(w->blueprint, &options, &engine));
    return engine;
}

enum kind { PLAIN, PLAIN_WITH_LOCK, SOURCE, SOURCE_WITH_LOCK };

/* Returns the trace: what happened, in order. */
static uint64_t run_seed(uint64_t seed, enum kind kind) {
    static world w;
    lf_store under, table;
    memset(&w, 0, sizeof w);
    w.seed = seed * 1000003;
    w.now = T0;
    w.stalling = -1;
    w.blueprint = parse_blueprint(blueprint_text, NULL);
    plain_open(&w.store, kind == PLAIN_WITH_LOCK);
    plain_table(&w.store, &under);
    if (kind == SOURCE || kind == SOURCE_WITH_LOCK) {
        w.source = source_open(&under, kind == SOURCE_WITH_LOCK);
    }
    for (int i = 0; i < ENGINES; i++) {
        door_open(&w.doors[i], &under, "default");
        door_table(&w.doors[i], &table);
        w.doors[i].meanwhile = meddle;
        w.doors[i].ctx = &w;
        w.engines[i] = open_engine(&w, &table);
    }
    w.peek = open_engine(&w, &under);
    live(&w);
    check_contacts(&w);
    if (w.source == NULL) {
        check_rows(&w);
    }
    for (int i = 0; i < ENGINES; i++) {
        lf_engine_free(w.engines[i]);
    }
    lf_engine_free(w.peek);
    source_close(w.source);
    plain_close(&w.store);
    lf_blueprint_unref(w.blueprint);
    return w.trace;
}

static uint64_t first = 1, last = SEEDS, present;

static void seeds(void **state) {
    (void)state;
    for (present = first; present <= last; present++) {
        run_seed(present, source_locks ? SOURCE_WITH_LOCK : PLAIN_WITH_LOCK);
        /* The store in memory, or on SQLite, does what the plain one does, step by step. */
        assert_int_equal(run_seed(present, SOURCE), run_seed(present, PLAIN));
    }
}

static int say_seed(void **state) {
    (void)state;
    if (present <= last) {
        print_message("# seed %lu\n", (unsigned long)present);
    }
    return 0;
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {cmocka_unit_test_teardown(seeds, say_seed)};
    if (argc > 1) {
        first = last = strtoul(argv[1], NULL, 10);
    }
    if (argc > 2) {
        last = strtoul(argv[2], NULL, 10);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}

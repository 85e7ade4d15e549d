/* SPDX-License-Identifier: MIT */
/* The engine: how it is opened, tenants, taking, waking, lists, columns, threads. */
#include "rig.h"

/* ---- opening ---- */
typedef struct longer_store {
    lf_store known;
    void *news;
} longer_store;
typedef struct longer_delivery {
    lf_delivery known;
    void *news;
} longer_delivery;
typedef struct longer_options {
    lf_engine_options known;
    int64_t news;
} longer_options;

static size_t freed;

static void count_free(void *user) {
    ++*(size_t *)user;
}

static void options(void **state) {
    rig r;
    longer_store store;
    longer_delivery delivery;
    longer_options o;
    lf_engine *engine = (lf_engine *)(void *)state;
    char tenant[65];
    rig_open(&r, NULL, RIG_PLAIN);
    memset(&store, 0x55, sizeof store);
    memset(&delivery, 0x55, sizeof delivery);
    memset(&o, 0x55, sizeof o);
    lf_store_init(NULL, 8);
    lf_delivery_init(NULL, 8);
    lf_engine_options_init(NULL, 8);
    lf_store_init(&store.known, sizeof store);
    lf_delivery_init(&delivery.known, sizeof delivery);
    lf_engine_options_init(&o.known, sizeof o);
    assert_null(store.known.load);
    assert_null(store.news);
    assert_null(delivery.known.deliver);
    assert_int_equal(o.known.max_attempts, 0);
    store.known = r.door.under;
    store.known.struct_size = sizeof store;
    o.known.store = &store.known;
    delivery.known.deliver = inbox_deliver;
    delivery.known.user = &r.inbox;
    o.known.delivery = &delivery.known;
    OK(lf_engine_new(r.blueprint, &o.known, &engine)); /* newer callers with nothing new */
    lf_engine_free(engine);
    assert_int_equal(lf_engine_new(r.blueprint, &o.known, NULL), LF_E_ARG);
    assert_int_equal(lf_engine_new(NULL, &o.known, &engine), LF_E_ARG);
    assert_null(engine);
    assert_int_equal(lf_engine_new(r.blueprint, NULL, &engine), LF_E_ARG);
    lf_engine_free(NULL);

    void *news = &r;
    size_t *const sizes[] = {&store.known.struct_size, &delivery.known.struct_size,
                             &o.known.struct_size};
    for (size_t i = 0; i < 3; i++) {
        size_t whole = *sizes[i];
        static const size_t wrong[] = {0, sizeof(size_t), 1 << 20};
        for (size_t j = 0; j < 3; j++) {
            *sizes[i] = wrong[j];
            assert_int_equal(lf_engine_new(r.blueprint, &o.known, &engine), LF_E_ABI);
            assert_null(engine);
        }
        *sizes[i] = whole;
    }
    store.news = news;
    assert_int_equal(lf_engine_new(r.blueprint, &o.known, &engine), LF_E_ABI);
    store.news = NULL;
    delivery.news = news;
    assert_int_equal(lf_engine_new(r.blueprint, &o.known, &engine), LF_E_ABI);
    delivery.news = NULL;
    o.news = 1;
    assert_int_equal(lf_engine_new(r.blueprint, &o.known, &engine), LF_E_ABI);
    o.news = 0;

    memset(tenant, 't', sizeof tenant);
    tenant[64] = '\0';
    static const char *const bad[] = {"", "a\nb", "\x1f", "\xc3"};
    for (size_t i = 0; i < 5; i++) {
        o.known.tenant = i < 4 ? bad[i] : tenant;
        assert_int_equal(lf_engine_new(r.blueprint, &o.known, &engine), LF_E_ARG);
    }
    o.known.tenant = NULL;
    int64_t *const numbers[] = {&o.known.lease_ms, &o.known.retry_ms};
    for (size_t i = 0; i < 2; i++) {
        *numbers[i] = -1;
        assert_int_equal(lf_engine_new(r.blueprint, &o.known, &engine), LF_E_ARG);
        *numbers[i] = 3650 * DAY + 1; /* more than ten years of lease or pause */
        assert_int_equal(lf_engine_new(r.blueprint, &o.known, &engine), LF_E_ARG);
        *numbers[i] = 0;
    }
    o.known.max_attempts = 1000001;
    assert_int_equal(lf_engine_new(r.blueprint, &o.known, &engine), LF_E_ARG);
    o.known.max_attempts = 1000000;
    assert_int_equal(lf_engine_new(r.blueprint, &o.known, &engine), LF_OK);
    lf_engine_free(engine);
    o.known.max_attempts = 0;
    o.known.store = NULL;
    assert_int_equal(lf_engine_new(r.blueprint, &o.known, &engine), LF_E_ARG);
    o.known.store = &store.known;
    delivery.known.deliver = NULL;
    assert_int_equal(lf_engine_new(r.blueprint, &o.known, &engine), LF_E_ARG);
    delivery.known.deliver = inbox_deliver;
#define WITHOUT(member) \
    store.known.member = NULL; \
    assert_int_equal(lf_engine_new(r.blueprint, &o.known, &engine), LF_E_ARG); \
    store.known.member = r.door.under.member
    WITHOUT(load);
    WITHOUT(commit);
    WITHOUT(claim_due);
    WITHOUT(claim_effects);
    WITHOUT(settle);
    WITHOUT(scan);
    WITHOUT(dead);
    WITHOUT(revive);
    plain_store locking;
    plain_open(&locking, true);
    plain_table(&locking, &store.known);
    store.known.unlock = NULL; /* a lock without its other half */
    store.known.struct_size = sizeof store;
    assert_int_equal(lf_engine_new(r.blueprint, &o.known, &engine), LF_E_ARG);
    rig_close(&r);
}

/* user_free is called once, when the engine is freed, and not where there never was one. */
static void user_free(void **state) {
    rig r;
    lf_store store;
    lf_delivery delivery;
    lf_engine_options o;
    lf_engine *engine;
    (void)state;
    rig_open(&r, NULL, RIG_PLAIN);
    lf_store_init(&store, sizeof store);
    store = r.door.under;
    store.user = &freed;
    store.user_free = count_free;
    lf_delivery_init(&delivery, sizeof delivery);
    delivery.user = &freed;
    delivery.user_free = count_free;
    delivery.deliver = inbox_deliver;
    lf_engine_options_init(&o, sizeof o);
    o.store = &store;
    o.delivery = &delivery;
    o.tenant = "";
    assert_int_equal(lf_engine_new(r.blueprint, &o, &engine), LF_E_ARG);
    assert_int_equal(freed, 0);
    o.tenant = "x";
    OK(lf_engine_new(r.blueprint, &o, &engine));
    lf_engine_free(engine);
    assert_int_equal(freed, 2);
    rig_close(&r);
}

/* ---- taking ---- */
static void takes(void **state) {
    rig r;
    int32_t taken = 9;
    lf_diagnostics *diagnostics;
    (void)state;
    rig_open(&r, NULL, RIG_PLAIN);
    OK(lf_diagnostics_new(NULL, &diagnostics));
    lf_event *event = parse_event(r.blueprint, event_text("c-1", "form", T0, "1", NULL));
    lf_blueprint *other = parse_blueprint(RIG_BLUEPRINT, NULL);
    lf_event *foreign = parse_event(other, event_text("c-1", "form", T0, "1", NULL));
    assert_int_equal(lf_engine_take(NULL, event, T0, &taken, NULL), LF_E_ARG);
    assert_int_equal(taken, LF_TAKEN_NEW);
    assert_int_equal(lf_engine_take(r.engine, NULL, T0, NULL, NULL), LF_E_ARG);
    assert_int_equal(lf_engine_take(r.engine, foreign, T0, NULL, NULL), LF_E_ARG);
    assert_int_equal(lf_engine_take(r.engine, event, INT64_MAX, NULL, NULL), LF_E_ARG);
    assert_int_equal(lf_engine_take_json(NULL, "{}", 2, 1, T0, &taken, NULL), LF_E_ARG);
    assert_int_equal(lf_engine_take_json(r.engine, NULL, 0, 1, T0, &taken, NULL), LF_E_ARG);
    assert_int_equal(r.plain.commits, 0);
    OK(lf_engine_take(r.engine, event, T0, &taken, diagnostics));
    assert_int_equal(taken, LF_TAKEN_NEW);
    OK(lf_engine_take(r.engine, event, T0, &taken, diagnostics));
    assert_int_equal(taken, LF_TAKEN_DUPLICATE);
    assert_int_equal(r.plain.commits, 1); /* a duplicate is not stored again */
    assert_int_equal(lf_diagnostics_count(diagnostics), 0);
    const char *json = event_text("c-1", "unheard_of", T0, NULL, NULL);
    OK(lf_engine_take_json(r.engine, json, strlen(json), 1, T0, &taken, diagnostics));
    assert_int_equal(taken, LF_TAKEN_IGNORED);
    json = "{\"contact\":\"c-1\",\"type\":\"form\"}";
    assert_int_equal(lf_engine_take_json(r.engine, json, strlen(json), 42, T0, &taken, diagnostics),
                     LF_E_EVENT);
    assert_int_equal(taken, LF_TAKEN_NEW);
    assert_int_equal(lf_diagnostics_line(diagnostics, 0), 42);
    json = event_text("c-1", "form", T0 + DAY, "2", NULL);
    assert_int_equal(lf_engine_take_json(r.engine, json, strlen(json), 1, T0, &taken, diagnostics),
                     LF_E_EVENT);
    r.clock = T0 + DAY; /* the clock is asked for INT64_MIN */
    OK(lf_engine_take_json(r.engine, json, strlen(json), 1, INT64_MIN, &taken, NULL));
    assert_int_equal(plain_contact_of(&r.plain, "default", "c-1")->revision, 2);
    lf_event_free(event);
    lf_event_free(foreign);
    lf_diagnostics_free(diagnostics);
    lf_blueprint_unref(other);
    rig_close(&r);
}

/* Without a clock INT64_MIN is no time. */
static void no_clock(void **state) {
    rig r;
    lf_engine_options o;
    lf_engine *engine;
    lf_store store;
    (void)state;
    rig_open(&r, NULL, RIG_PLAIN);
    store = r.door.under;
    lf_engine_options_init(&o, sizeof o);
    o.store = &store;
    OK(lf_engine_new(r.blueprint, &o, &engine));
    const char *json = event_text("c-1", "form", T0, NULL, NULL);
    size_t done = 4;
    assert_int_equal(lf_engine_take_json(engine, json, strlen(json), 1, INT64_MIN, NULL, NULL),
                     LF_E_ARG);
    assert_int_equal(lf_engine_wake(engine, "c-1", 3, INT64_MIN), LF_E_ARG);
    assert_int_equal(lf_engine_run_due(engine, INT64_MIN, 1, &done), LF_E_ARG);
    assert_int_equal(done, 0);
    assert_int_equal(lf_engine_deliver(engine, T0, 1, &done),
                     LF_E_ARG); /* and no delivery either */
    OK(lf_engine_take_json(engine, json, strlen(json), 1, T0, NULL, NULL)); /* usable as before */
    lf_engine_free(engine);
    r.clock = INT64_MAX; /* a clock that is broken */
    assert_int_equal(lf_engine_wake(r.engine, "c-1", 3, INT64_MIN), LF_E_ARG);
    r.clock = T0;
    r.clock_status = LF_E_USER; /* one that fails */
    assert_int_equal(lf_engine_wake(r.engine, "c-1", 3, INT64_MIN), LF_E_USER);
    r.clock_status = 1; /* no status */
    assert_int_equal(lf_engine_wake(r.engine, "c-1", 3, INT64_MIN), LF_E_STORE);
    OK(lf_engine_wake(r.engine, "c-1", 3, T0));
    rig_close(&r);
}

/* ---- tenants ---- */
/* The same contacts, the same events, two tenants: nothing of one is seen by the other. */
static void tenants(void **state) {
    static const int stores[] = {RIG_PLAIN, RIG_SOURCE};
    (void)state;
    for (size_t s = 0; s < 2; s++) {
        rig r;
        size_t done;
        lf_buffer *id = new_buffer();
        rig_open(&r, NULL, stores[s]);
        lf_engine *b = rig_engine(&r, "b", false), *c = rig_engine(&r, "c", false);
        const char *json = event_text("c-1", "form", T0, "1", NULL);
        int32_t taken;
        OK(rig_take(&r, json, T0));
        OK(lf_engine_take_json(b, json, strlen(json), 1, T0, &taken, NULL));
        assert_int_equal(taken, LF_TAKEN_NEW); /* not a duplicate of the other's */
        char *of_a = contact_text(r.engine, "c-1"), *of_b = contact_text(b, "c-1");
        assert_string_equal(of_a, of_b);
        assert_int_equal(lf_engine_wake(c, "c-1", 3, T0), LF_E_NOTFOUND);
        assert_int_equal(lf_engine_next_contact(c, NULL, 0, id), LF_E_NOTFOUND);
        OK(lf_engine_run_due(c, T0 + 9 * DAY, SIZE_MAX, &done));
        assert_int_equal(done, 0);
        OK(lf_engine_deliver(c, T0 + 9 * DAY, SIZE_MAX, &done));
        assert_int_equal(done, 0);
        OK(lf_engine_run_due(b, T0 + 9 * DAY, SIZE_MAX, &done));
        assert_int_equal(done, 1);
        free(of_b);
        of_b = contact_text(r.engine, "c-1");
        assert_string_equal(of_a, of_b); /* a's has not moved */
        OK(lf_engine_run_due(r.engine, T0 + 9 * DAY, SIZE_MAX, &done));
        assert_int_equal(done, 1);
        /* Every key is of one tenant. */
        OK(lf_engine_deliver(r.engine, T0 + 9 * DAY, SIZE_MAX, &done));
        assert_int_equal(r.inbox.n, done);
        r.inbox.refuse = true;
        OK(lf_engine_deliver(b, T0 + 9 * DAY, SIZE_MAX, NULL));
        assert_int_equal(inbox_distinct(&r.inbox, NULL), r.inbox.n);
        assert_true(r.inbox.n >= 2 * done);
        /* b's dead are b's, and only b revives them. */
        OK(lf_engine_dead(r.engine, 10, id));
        assert_int_equal(lf_buffer_size(id), 0);
        OK(lf_engine_dead(b, 1, id));
        assert_true(lf_buffer_size(id) > 0);
        const char *key = r.inbox.letters[r.inbox.n - 1].key;
        assert_int_equal(lf_engine_revive(r.engine, key), LF_E_NOTFOUND);
        OK(lf_engine_revive(b, key));
        free(of_a);
        free(of_b);
        lf_engine_free(b);
        lf_engine_free(c);
        lf_buffer_free(id);
        rig_close(&r);
    }
}

/* ---- waking ---- */
static void wakes(void **state) {
    rig r;
    (void)state;
    rig_open(&r, NULL, RIG_PLAIN);
    assert_int_equal(lf_engine_wake(r.engine, "c-1", 3, T0), LF_E_NOTFOUND);
    assert_int_equal(lf_engine_wake(NULL, "c-1", 3, T0), LF_E_ARG);
    assert_int_equal(lf_engine_wake(r.engine, NULL, 3, T0), LF_E_ARG);
    assert_int_equal(lf_engine_wake(r.engine, "", 0, T0), LF_E_ARG);
    assert_int_equal(lf_engine_wake(r.engine, "\n", 1, T0), LF_E_ARG);
    OK(rig_take(&r, event_text("c-1", "form", T0 + HOUR, NULL, NULL), T0 + HOUR));
    size_t commits = r.plain.commits;
    OK(lf_engine_wake(r.engine, "c-1", 3, T0)); /* nothing changes, so nothing is stored */
    OK(lf_engine_wake(r.engine, "c-1", 3, T0 + HOUR));
    assert_int_equal(r.plain.commits, commits);
    OK(lf_engine_wake(r.engine, "c-1", 3, T0 + 2 * HOUR));
    assert_int_equal(r.plain.commits, commits + 1);
    rig_close(&r);
}

/* Only who is due is woken, at most `limit`, and the cost is that: claims and commits, nothing else. */
static void runs_what_is_due(void **state) {
    static const int stores[] = {RIG_PLAIN, RIG_SOURCE};
    (void)state;
    for (size_t s = 0; s < 2; s++) {
        rig r;
        size_t done = 5;
        char id[8] = "c-00";
        rig_open(&r, NULL, stores[s]);
        for (int i = 0; i < 100; i++) {
            id[2] = (char)('0' + i / 10);
            id[3] = (char)('0' + i % 10);
            OK(rig_take(&r, event_text(id, "form", T0 + i * MINUTE, NULL, NULL), T0 + DAY));
        }
        OK(lf_engine_run_due(r.engine, T0 + DAY - 1, SIZE_MAX, &done));
        assert_int_equal(done, 0);
        door_fail(&r.door, DOOR_LOAD, 0, false, false, LF_OK); /* counts anew */
        OK(lf_engine_run_due(r.engine, T0 + DAY + 9 * MINUTE, SIZE_MAX, &done));
        assert_int_equal(done, 10);
        assert_int_equal(r.door.calls[DOOR_LOAD], 10);
        assert_int_equal(r.door.calls[DOOR_COMMIT], 10);
        OK(lf_engine_run_due(r.engine, T0 + DAY + 99 * MINUTE, 3, &done));
        assert_int_equal(done, 3);
        OK(lf_engine_run_due(r.engine, T0 + DAY + 99 * MINUTE, 0, &done));
        assert_int_equal(done, 0);
        OK(lf_engine_run_due(r.engine, T0 + DAY + 99 * MINUTE, SIZE_MAX, &done));
        assert_int_equal(done, 87); /* more than one batch */
        OK(lf_engine_run_due(r.engine, T0 + DAY + 99 * MINUTE, SIZE_MAX, NULL));
        assert_int_equal(lf_engine_run_due(NULL, T0, 1, &done), LF_E_ARG);
        rig_close(&r);
    }
}

/* A claim that finds nothing to do is given back all the same. */
static void claims_are_given_back(void **state) {
    rig r;
    size_t done;
    (void)state;
    rig_open(&r, NULL, RIG_PLAIN);
    OK(rig_take(&r, event_text("c-1", "form", T0, NULL, NULL), T0));
    plain_contact *row = plain_contact_of(&r.plain, "default", "c-1");
    int64_t due = row->due;
    row->due = T0; /* somebody was too early */
    OK(lf_engine_run_due(r.engine, T0, SIZE_MAX, &done));
    assert_int_equal(done, 1);
    assert_int_equal(row->due, due);
    rig_close(&r);
}

/* Claims of contacts that are not there, or cannot be. */
static lf_status claim_nonsense(void *user, const char *tenant, int64_t now, int64_t lease_until,
                                size_t limit, lf_claims *claims) {
    bool *done = user;
    (void)tenant;
    (void)now;
    (void)lease_until;
    (void)limit;
    if (!*done) {
        *done = true;
        OK(lf_claims_add_contact(claims, "gone", 4));
        OK(lf_claims_add_contact(claims, "a\nb", 3));
        OK(lf_claims_add_contact(claims, "", 0));
    }
    return LF_OK;
}

static lf_status load_nothing(void *user, const char *tenant, const char *contact, size_t len,
                              lf_loaded *loaded) {
    (void)user;
    (void)tenant;
    (void)loaded;
    assert_int_equal(len, 4);
    assert_memory_equal(contact, "gone", 4);
    return LF_OK;
}

static void claims_of_nobody(void **state) {
    rig r;
    bool claimed = false;
    size_t done = 9;
    (void)state;
    rig_open(&r, NULL, RIG_PLAIN);
    r.door.under.user = &claimed;
    r.door.under.claim_due = claim_nonsense;
    r.door.under.load = load_nothing;
    assert_int_equal(lf_engine_run_due(r.engine, T0, SIZE_MAX, &done), LF_E_CORRUPT);
    assert_int_equal(done, 0);
    rig_close(&r);
}

/* One damaged contact is reported and keeps nobody waiting; it is tried again after the lease. */
static void damage_keeps_nobody_waiting(void **state) {
    rig r;
    size_t done;
    (void)state;
    rig_open(&r, NULL, RIG_PLAIN);
    OK(rig_take(&r, event_text("a", "form", T0, NULL, NULL), T0));
    OK(rig_take(&r, event_text("b", "form", T0, NULL, NULL), T0));
    OK(rig_take(&r, event_text("c", "form", T0, NULL, NULL), T0));
    plain_contact_of(&r.plain, "default", "a")->bytes[12] ^= 1;
    assert_null(lf_engine_failed_contact(r.engine));
    assert_int_equal(lf_engine_run_due(r.engine, T0 + DAY, SIZE_MAX, &done), LF_E_CORRUPT);
    assert_string_equal(lf_engine_failed_contact(r.engine), "a");
    assert_int_equal(done, 2);
    assert_int_equal(rig_take(&r, event_text("a", "form", T0, NULL, NULL), T0), LF_E_CORRUPT);
    lf_contact *contact = (lf_contact *)(void *)&r;
    assert_int_equal(lf_engine_contact(r.engine, "a", 1, &contact), LF_E_CORRUPT);
    assert_null(contact);
    OK(lf_engine_run_due(r.engine, T0 + DAY + MINUTE - 1, SIZE_MAX, &done));
    assert_null(lf_engine_failed_contact(r.engine));
    assert_int_equal(done, 0);
    plain_contact_of(&r.plain, "default", "a")->bytes[12] ^= 1;
    OK(lf_engine_run_due(r.engine, T0 + DAY + MINUTE, SIZE_MAX, &done));
    assert_int_equal(done, 1);
    rig_close(&r);
}

/* A store that gives back another contact than the one asked for is not believed. */
static lf_status load_another(void *user, const char *tenant, const char *contact, size_t len,
                              lf_loaded *loaded) {
    const plain_contact *row = plain_contact_of(user, tenant, "a");
    (void)contact;
    (void)len;
    return lf_loaded_set(loaded, row->bytes, row->size, row->revision);
}

static lf_status load_not_found(void *user, const char *tenant, const char *contact, size_t len,
                                lf_loaded *loaded) {
    (void)user;
    (void)tenant;
    (void)contact;
    (void)len;
    (void)loaded;
    return LF_E_NOTFOUND; /* instead of saying nothing */
}

static void stores_that_lie(void **state) {
    rig r;
    (void)state;
    rig_open(&r, NULL, RIG_PLAIN);
    OK(rig_take(&r, event_text("a", "form", T0, NULL, NULL), T0));
    r.door.under.load = load_another;
    assert_int_equal(rig_take(&r, event_text("b", "form", T0, NULL, NULL), T0), LF_E_CORRUPT);
    assert_int_equal(lf_engine_wake(r.engine, "b", 1, T0), LF_E_CORRUPT);
    r.door.under.load = load_not_found;
    assert_int_equal(lf_engine_wake(r.engine, "c", 1, T0), LF_E_NOTFOUND);
    OK(rig_take(&r, event_text("c", "form", T0, NULL, NULL),
                T0)); /* a new contact, and not the one before */
    plain_table(&r.plain, &r.door.under);
    char *c = contact_text(r.engine, "c");
    assert_non_null(strstr(c, "{\"contact\":\"c\""));
    assert_non_null(strstr(c, "\"total\":10000"));
    free(c);
    assert_int_equal(lf_loaded_set(NULL, "x", 1, 1), LF_E_ARG);
    assert_int_equal(lf_claims_add_contact(NULL, "x", 1), LF_E_ARG);
    assert_int_equal(lf_claims_add_effect(NULL, "x", 1, "k", "{}", 2, 1, 0), LF_E_ARG);
    rig_close(&r);
}

/* ---- lists ---- */
static void lists_contacts(void **state) {
    static const int stores[] = {RIG_PLAIN, RIG_SOURCE};
    (void)state;
    for (size_t s = 0; s < 2; s++) {
        rig r;
        lf_buffer *id = new_buffer();
        char name[8] = "x";
        char last[8] = "";
        size_t n = 0;
        rig_open(&r, NULL, stores[s]);
        assert_int_equal(lf_engine_next_contact(r.engine, NULL, 0, id), LF_E_NOTFOUND);
        for (int i = 0; i < 150; i++) { /* more than a page, in no order, of one and more bytes */
            int k = i * 67 % 150;
            name[0] = (char)('a' + k / 10);
            name[1] = (char)(k % 10 == 0 ? 0 : '0' + k % 10);
            OK(rig_take(&r, event_text(name, "visit", T0, NULL, NULL), T0));
        }
        lf_status status = lf_engine_next_contact(r.engine, NULL, 0, id);
        while (status == LF_OK) {
            assert_true(strcmp(lf_buffer_data(id), last) > 0);
            strcpy(last, lf_buffer_data(id));
            n++;
            status = lf_engine_next_contact(r.engine, lf_buffer_data(id), lf_buffer_size(id), id);
        }
        assert_int_equal(status, LF_E_NOTFOUND);
        assert_int_equal(n, 150);
        assert_string_equal(lf_buffer_data(id), last); /* it keeps what it had */
        OK(lf_engine_next_contact(r.engine, "b", 1, id));
        assert_string_equal(lf_buffer_data(id), "b1");
        OK(lf_engine_next_contact(r.engine, "b11", 3, id)); /* an id that is not there */
        assert_string_equal(lf_buffer_data(id), "b2");
        OK(rig_take(&r, event_text("b12", "visit", T0, NULL, NULL), T0));
        OK(lf_engine_next_contact(r.engine, "b11", 3,
                                  id)); /* what is new is seen by who asks anew */
        assert_string_equal(lf_buffer_data(id), "b12");
        assert_int_equal(lf_engine_next_contact(NULL, NULL, 0, id), LF_E_ARG);
        assert_int_equal(lf_engine_next_contact(r.engine, NULL, 0, NULL), LF_E_ARG);
        assert_int_equal(lf_engine_next_contact(r.engine, last, 256, id), LF_E_ARG);
        lf_buffer_free(id);
        rig_close(&r);
    }
}

static lf_status scan_in_circles(void *user, const char *tenant, const char *after, size_t len,
                                 size_t limit, lf_claims *claims) {
    (void)user;
    (void)tenant;
    (void)after;
    (void)len;
    (void)limit;
    return lf_claims_add_contact(claims, "b", 1);
}

static void scans_go_forward(void **state) {
    rig r;
    lf_buffer *id = new_buffer();
    (void)state;
    rig_open(&r, NULL, RIG_PLAIN);
    r.door.under.scan = scan_in_circles;
    OK(lf_engine_next_contact(r.engine, "a", 1, id));
    assert_int_equal(lf_engine_next_contact(r.engine, "b", 1, id), LF_E_STORE);
    lf_buffer_free(id);
    rig_close(&r);
}

static void other_lists(void **state) {
    rig r;
    lf_buffer *out = new_buffer();
    lf_contact *contact = (lf_contact *)(void *)state;
    rig_open(&r, NULL, RIG_PLAIN);
    assert_int_equal(lf_engine_dead(NULL, 1, out), LF_E_ARG);
    assert_int_equal(lf_engine_dead(r.engine, 1, NULL), LF_E_ARG);
    assert_int_equal(lf_engine_revive(NULL, "k"), LF_E_ARG);
    assert_int_equal(lf_engine_revive(r.engine, NULL), LF_E_ARG);
    assert_int_equal(lf_engine_contact(NULL, "c", 1, &contact), LF_E_ARG);
    assert_null(contact);
    contact = (lf_contact *)(void *)state;
    assert_int_equal(lf_engine_contact(r.engine, "c", 1, &contact), LF_E_NOTFOUND);
    assert_null(contact);
    assert_int_equal(lf_engine_contact(r.engine, NULL, 1, &contact), LF_E_ARG);
    assert_int_equal(lf_engine_contact(r.engine, "", 0, &contact), LF_E_ARG);
    assert_int_equal(lf_engine_contact(r.engine, "c", 1, NULL), LF_E_ARG);
    assert_null(lf_engine_failed_contact(NULL));
    assert_int_equal(lf_engine_condition_errors(NULL), 0);
    assert_int_equal(lf_engine_condition_errors(r.engine), 0);
    /* What is loaded outlives the engine. */
    OK(rig_take(&r, event_text("c", "form", T0, NULL, NULL), T0));
    OK(lf_engine_contact(r.engine, "c", 1, &contact));
    rig_close(&r);
    OK(lf_contact_json(contact, out));
    lf_contact_free(contact);
    lf_buffer_free(out);
}

/* ---- summary columns ---- */
static void columns(void **state) {
    rig r;
    (void)state;
    rig_open(&r, NULL, RIG_PLAIN);
    OK(rig_take(&r, event_text("c", "visit", T0, NULL, NULL), T0));
    assert_string_equal(plain_contact_of(&r.plain, "default", "c")->columns,
                        "state_stage=new\nscore_lead=1\nband_lead=cold\n");
    OK(rig_take(&r, event_text("c", "form", T0, NULL, NULL), T0));
    assert_string_equal(plain_contact_of(&r.plain, "default", "c")->columns,
                        "state_stage=known\nscore_lead=11\nband_lead=warm\n");
    rig_close(&r);
    assert_int_equal(lf_commit_column_count(NULL), 0);
    assert_null(lf_commit_column_name(NULL, 0));
    const char *value;
    assert_int_equal(lf_commit_column_value(NULL, 0, &value), LF_E_ARG);
    assert_null(lf_commit_contact(NULL, NULL));
    assert_null(lf_commit_bytes(NULL, NULL));
    assert_int_equal(lf_commit_revision(NULL), 0);
    assert_true(lf_commit_wake(NULL) == INT64_MAX);
    assert_int_equal(lf_commit_effect_count(NULL), 0);
    assert_null(lf_commit_effect_at(NULL, 0));
    assert_null(lf_commit_settled_key(NULL));
    assert_int_equal(lf_commit_settled_fence(NULL), 0);
    assert_int_equal(lf_commit_settled_outcome(NULL), LF_OUTCOME_DONE);
}

/* Errors of conditions count for work that was done, once, however often it was redone. */
static void condition_errors(void **state) {
    static const char *const with_errors = JSON({
        "leadflow" : 1,
        "fields" : {"size" : {"type" : "int"}},
        "events" : {"e" : {}},
        "segments" : {"big" : {"when" : "contact.size > 5"}}
    });
    rig r;
    (void)state;
    rig_open(&r, with_errors, RIG_PLAIN);
    OK(rig_take(&r, event_text("a", "e", T0, "1", NULL), T0));
    uint64_t once = lf_engine_condition_errors(r.engine);
    assert_true(once > 0);
    OK(rig_take(&r, event_text("a", "e", T0, "1", NULL), T0)); /* a duplicate does no work */
    assert_int_equal(lf_engine_condition_errors(r.engine), once);
    door_fail(&r.door, DOOR_COMMIT, 1, false, false, LF_E_CONFLICT);
    OK(rig_take(&r, event_text("b", "e", T0, "1", NULL), T0));
    assert_int_equal(lf_engine_condition_errors(r.engine), 2 * once);
    rig_close(&r);
}

/* ---- the store in memory ---- */
static void memstore(void **state) {
    heap h = {.live = 0};
    lf_allocator allocator = heap_allocator(&h);
    longer_store table;
    lf_memstore *store;
    (void)state;
    assert_int_equal(lf_memstore_new(NULL, NULL), LF_E_ARG);
    OK(lf_memstore_new(&allocator, &store));
    memset(&table, 0, sizeof table);
    assert_int_equal(lf_memstore_store(store, NULL), LF_E_ARG);
    assert_int_equal(lf_memstore_store(NULL, &table.known), LF_E_ARG);
    assert_int_equal(lf_memstore_store(store, &table.known), LF_E_ABI); /* not initialised */
    lf_store_init(&table.known, sizeof table);
    table.news = &h;
    OK(lf_memstore_store(store, &table.known)); /* a newer caller's table is larger */
    assert_non_null(table.known.revive);
    assert_null(table.news);
    assert_int_equal(table.known.struct_size, sizeof table);
    table.news = &h; /* an exact one is not written past its end */
    lf_store_init(&table.known, sizeof table.known);
    OK(lf_memstore_store(store, &table.known));
    assert_ptr_equal(table.news, &h);
    assert_int_equal(lf_memstore_count(store), 0);
    assert_int_equal(lf_memstore_bytes(store), 0);
    assert_int_equal(lf_memstore_count(NULL), 0);
    assert_int_equal(lf_memstore_bytes(NULL), 0);
    lf_memstore_free(store);
    lf_memstore_free(NULL);
    assert_int_equal(h.live, 0);
}

/* What the store in memory holds is what engines have committed, and freeing it frees all of it. */
static void memstore_holds(void **state) {
    heap h = {.live = 0};
    lf_allocator allocator = heap_allocator(&h);
    lf_engine_options o;
    lf_memstore *store;
    lf_engine *engine;
    lf_store table;
    size_t size;
    (void)state;
    lf_blueprint *blueprint = parse_blueprint(RIG_BLUEPRINT, NULL);
    OK(lf_memstore_new(&allocator, &store));
    lf_store_init(&table, sizeof table);
    OK(lf_memstore_store(store, &table));
    lf_engine_options_init(&o, sizeof o);
    o.store = &table;
    uint64_t bytes = 0;
    for (int t = 0; t < 3; t++) {
        char tenant[2] = {(char)('a' + t), '\0'}, id[4] = "i-0";
        o.tenant = tenant;
        OK(lf_engine_new(blueprint, &o, &engine));
        for (int i = 0; i < 9; i++) {
            lf_contact *contact;
            id[2] = (char)('0' + i);
            const char *json = event_text(id, "form", T0, NULL, NULL);
            OK(lf_engine_take_json(engine, json, strlen(json), 1, T0, NULL, NULL));
            OK(lf_engine_contact(engine, id, 3, &contact));
            free(contact_bytes(contact, &size));
            bytes += size;
            lf_contact_free(contact);
        }
        lf_engine_free(engine);
    }
    assert_int_equal(lf_memstore_count(store), 27);
    assert_int_equal(lf_memstore_bytes(store), bytes);
    lf_memstore_free(store);
    assert_int_equal(h.live, 0);
    lf_blueprint_unref(blueprint);
}

/* Who was stored under a blueprint without conditions is woken, once they were looked at under another, when one of its
 * conditions turns (SPEC 9.7, 12). */
static void another_blueprint_wakes(void **state) {
    static const char *const with = JSON({
        "leadflow" : 1,
        "events" : {"e" : {"engagement" : true}},
        "segments" : {"quiet" : {"when" : "idle('30d')"}}
    });
    plain_store store;
    lf_store table;
    lf_engine_options options;
    lf_engine *engine;
    (void)state;
    plain_open(&store, false);
    plain_table(&store, &table);
    lf_engine_options_init(&options, sizeof options);
    options.store = &table;
    lf_blueprint *before =
        parse_blueprint("{\"leadflow\":1,\"events\":{\"e\":{\"engagement\":true}}}", NULL);
    lf_blueprint *after = parse_blueprint(with, NULL);
    OK(lf_engine_new(before, &options, &engine));
    const char *e = event_text("c", "e", T0, NULL, NULL);
    OK(lf_engine_take_json(engine, e, strlen(e), 1, T0, NULL, NULL));
    lf_engine_free(engine);
    assert_int_equal(plain_contact_of(&store, "default", "c")->due, INT64_MAX);
    OK(lf_engine_new(after, &options, &engine));
    OK(lf_engine_wake(engine, "c", 1, T0 + DAY));
    assert_int_equal(plain_contact_of(&store, "default", "c")->due, T0 + 30 * DAY);
    OK(lf_engine_run_due(engine, T0 + 30 * DAY, SIZE_MAX, NULL));
    assert_int_equal(plain_count(&store, "segment", PLAIN_OUTBOX), 1);
    lf_engine_free(engine);
    lf_blueprint_unref(before);
    lf_blueprint_unref(after);
    plain_close(&store);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options),
        cmocka_unit_test(user_free),
        cmocka_unit_test(takes),
        cmocka_unit_test(no_clock),
        cmocka_unit_test(tenants),
        cmocka_unit_test(wakes),
        cmocka_unit_test(another_blueprint_wakes),
        cmocka_unit_test(runs_what_is_due),
        cmocka_unit_test(claims_are_given_back),
        cmocka_unit_test(claims_of_nobody),
        cmocka_unit_test(damage_keeps_nobody_waiting),
        cmocka_unit_test(stores_that_lie),
        cmocka_unit_test(lists_contacts),
        cmocka_unit_test(scans_go_forward),
        cmocka_unit_test(other_lists),
        cmocka_unit_test(columns),
        cmocka_unit_test(condition_errors),
        cmocka_unit_test(memstore),
        cmocka_unit_test(memstore_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

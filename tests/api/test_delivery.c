/* SPDX-License-Identifier: MIT */
/* Handing over (SPEC 11): leases and fences, retry and death, the last look at the hard constraints, order. */
#include "rig.h"

#include <stdio.h>

static const char granted[] = "{\"channel\":\"email\",\"status\":\"granted\"}";
static const char denied[] = "{\"channel\":\"email\",\"status\":\"denied\"}";

/* Contacts who have agreed and filled in the form: each has a message waiting. */
static void sign_up(rig *r, const char *contact) {
    OK(rig_take(r, event_text(contact, "$consent", T0, NULL, granted), T0));
    OK(rig_take(r, event_text(contact, "form", T0, NULL, NULL), T0));
}

static size_t deliver_at(lf_engine *engine, int64_t now) {
    size_t done;
    OK(lf_engine_deliver(engine, now, SIZE_MAX, &done));
    return done;
}

static const letter *send_of(const inbox *in, size_t nth) {
    for (size_t i = 0; i < in->n; i++) {
        if (strcmp(in->letters[i].kind, "send") == 0 && nth-- == 0) {
            return &in->letters[i];
        }
    }
    return NULL;
}

static size_t index_of(const plain_store *store, const char *key) {
    size_t i = 0;
    while (i < store->n_effects && strcmp(store->effects[i].key, key) != 0) {
        i++;
    }
    return i;
}

/* ---- order ---- */
static void in_order_per_contact(void **state) {
    static const int stores[] = {RIG_PLAIN, RIG_SOURCE, RIG_LOCK};
    (void)state;
    for (size_t s = 0; s < 3; s++) {
        rig r;
        rig_open(&r, NULL, stores[s]);
        sign_up(&r, "c-1");
        sign_up(&r, "c-2");
        OK(lf_engine_run_due(r.engine, T0 + DAY, SIZE_MAX, NULL));
        size_t done = deliver_at(r.engine, T0 + DAY);
        assert_int_equal(done, r.inbox.n);
        assert_int_equal(inbox_distinct(&r.inbox, NULL), done);
        assert_int_equal(inbox_count(&r.inbox, "send"), 4);
        for (int c = 1; c <= 2; c++) {
            static const char *const expected[] = {"stage", "stage", "band", "enrolled",
                                                   "send",  "send",  "task", "exited"};
            size_t at = 0;
            for (size_t i = 0; i < r.inbox.n; i++) {
                if (r.inbox.letters[i].contact[2] == '0' + c &&
                    strcmp(r.inbox.letters[i].kind, "band") != 0) {
                    at += strcmp(expected[at], "band") == 0;
                    assert_string_equal(r.inbox.letters[i].kind, expected[at++]);
                }
            }
            assert_int_equal(at, 8);
        }
        assert_int_equal(deliver_at(r.engine, T0 + DAY), 0);
        rig_close(&r);
    }
}

/* `limit` and `done`: at most so many, and how many it were. */
static void limits(void **state) {
    rig r;
    size_t done = 77;
    (void)state;
    rig_open(&r, NULL, RIG_PLAIN);
    sign_up(&r, "c-1");
    OK(lf_engine_deliver(r.engine, T0, 0, &done));
    assert_int_equal(done, 0);
    for (size_t i = 1; i <= 3; i++) {
        OK(lf_engine_deliver(r.engine, T0, 1, &done));
        assert_int_equal(done, 1);
        assert_int_equal(r.inbox.n, i);
    }
    OK(lf_engine_deliver(r.engine, T0, SIZE_MAX, NULL));
    assert_int_equal(plain_count(&r.plain, NULL, PLAIN_OUTBOX), 0);
    rig_close(&r);
}

/* ---- claims ---- */
/* A worker dies between handing over and settling: the same effect, with the same key, after the lease. */
static void worker_dies(void **state) {
    rig r;
    (void)state;
    rig_open(&r, NULL, RIG_PLAIN);
    sign_up(&r, "c-1");
    size_t all = plain_count(&r.plain, NULL, PLAIN_OUTBOX);
    door_fail(&r.door, DOOR_SETTLE, 1, false, true, LF_E_USER); /* as if it were dead */
    assert_int_equal(lf_engine_deliver(r.engine, T0, SIZE_MAX, NULL), LF_E_USER);
    assert_int_equal(r.inbox.n, 1);
    lf_engine *other = rig_engine(&r, NULL, false);
    assert_int_equal(deliver_at(other, T0 + MINUTE - 1), 0); /* the lease is 60 s */
    assert_int_equal(deliver_at(other, T0 + MINUTE), all);
    assert_string_equal(r.inbox.letters[0].key, r.inbox.letters[1].key);
    assert_int_equal(inbox_distinct(&r.inbox, NULL), all);
    lf_engine_free(other);
    rig_close(&r);
}

/* A stalled worker: its lease runs out while it delivers, another one takes over and is done; what the first
 * then says of the effect changes nothing. */
typedef struct stall {
    lf_engine *other;
    lf_status said;
    size_t left;
} stall;

static void take_over(void *ctx, const lf_effect *effect) {
    stall *s = ctx;
    (void)effect;
    if (s->left > 0) {
        s->left--;
        s->said = lf_engine_deliver(s->other, T0 + MINUTE, 1, NULL);
    }
}

static void stalled_worker(void **state) {
    (void)state;
    for (int refuses = 0; refuses < 3; refuses++) {
        rig r, second;
        rig_open(&r, NULL, RIG_PLAIN);
        sign_up(&r, "c-1");
        memset(&second.inbox, 0, sizeof second.inbox);
        stall s = {.other = rig_engine(&r, NULL, false), .left = 1};
        r.inbox.hook = take_over;
        r.inbox.ctx = &s;
        r.inbox.refuse = false;
        /* The other one delivers it well; the hook returns into the first one's delivery, which fails. */
        size_t before = plain_count(&r.plain, NULL, PLAIN_OUTBOX);
        r.inbox.retry = refuses == 1;
        r.inbox.refuse = refuses == 2;
        size_t done;
        lf_status status = lf_engine_deliver(r.engine, T0, 1, &done);
        OK(status);
        OK(s.said);
        const plain_effect *row = &r.plain.effects[index_of(&r.plain, r.inbox.letters[0].key)];
        assert_string_equal(r.inbox.letters[0].key, r.inbox.letters[1].key);
        /* Only one of the two has settled it, once. */
        assert_int_equal(row->fence, refuses == 1 ? 3 : 2);
        assert_int_equal(row->attempts, refuses == 1);
        assert_int_equal(row->place, refuses == 0   ? PLAIN_DONE
                                     : refuses == 1 ? PLAIN_OUTBOX
                                                    : PLAIN_DEAD);
        assert_int_equal(plain_count(&r.plain, NULL, PLAIN_OUTBOX), before - (refuses != 1));
        lf_engine_free(s.other);
        rig_close(&r);
    }
}

/* A stalled worker that fails for good must not run on_failure after somebody else has delivered. */
static void stalled_worker_buries_nobody(void **state) {
    rig r;
    (void)state;
    rig_open(&r, NULL, RIG_PLAIN);
    sign_up(&r, "c-1");
    OK(lf_engine_run_due(r.engine, T0, SIZE_MAX, NULL));
    while (strcmp(r.plain.effects[plain_count(&r.plain, NULL, PLAIN_DONE)].kind, "send") != 0) {
        OK(lf_engine_deliver(r.engine, T0, 1, NULL));
    }
    uint64_t revision = plain_contact_of(&r.plain, "default", "c-1")->revision;
    inbox quiet = {.n = 0};
    lf_engine_options options;
    lf_delivery delivery;
    lf_store store = r.door.under;
    lf_engine *other;
    lf_delivery_init(&delivery, sizeof delivery);
    delivery.user = &quiet;
    delivery.deliver = inbox_deliver;
    lf_engine_options_init(&options, sizeof options);
    options.store = &store;
    options.delivery = &delivery;
    OK(lf_engine_new(r.blueprint, &options, &other));
    stall s = {.other = other, .left = 1};
    r.inbox.hook = take_over;
    r.inbox.ctx = &s;
    r.inbox.refuse = true;
    OK(lf_engine_deliver(r.engine, T0, 1, NULL));
    assert_int_equal(inbox_count(&quiet, "send"), 1);
    assert_int_equal(plain_effect_of(&r.plain, "send", 0)->place, PLAIN_DONE);
    assert_null(plain_effect_of(&r.plain, "flag", 0)); /* on_failure has not run */
    assert_int_equal(plain_contact_of(&r.plain, "default", "c-1")->revision, revision);
    lf_engine_free(other);
    rig_close(&r);
}

/* With a clock an engine sees by itself that its lease has run out, and leaves the rest to the next claim. */
static void slow(void *ctx, const lf_effect *effect) {
    (void)effect;
    ((rig *)ctx)->clock += 25000;
}

static void the_clock_ends_a_batch(void **state) {
    rig r;
    size_t done;
    (void)state;
    rig_open(&r, NULL, RIG_PLAIN);
    sign_up(&r, "c-1");
    sign_up(&r, "c-2");
    sign_up(&r, "c-3");
    sign_up(&r, "c-4");
    r.inbox.hook = slow;
    r.inbox.ctx = &r;
    OK(lf_engine_deliver(r.engine, INT64_MIN, SIZE_MAX, &done));
    assert_int_equal(done, 3); /* at 0, 25 and 50 s; at 75 s the fourth is no longer ours */
    assert_int_equal(r.inbox.n, 3);
    OK(lf_engine_deliver(r.engine, INT64_MIN, SIZE_MAX, &done));
    assert_int_equal(done, 3);
    assert_int_equal(inbox_distinct(&r.inbox, NULL), 6);
    rig_close(&r);
}

/* A clock that fails ends a batch as well: nobody knows whether the lease still holds. */
static void clock_stops(void *ctx, const lf_effect *effect) {
    (void)effect;
    ((rig *)ctx)->clock_status = LF_E_USER;
}

static void a_clock_that_fails_ends_a_batch(void **state) {
    rig r;
    size_t done;
    (void)state;
    rig_open(&r, NULL, RIG_PLAIN);
    sign_up(&r, "c-1");
    sign_up(&r, "c-2");
    r.inbox.hook = clock_stops;
    r.inbox.ctx = &r;
    assert_int_equal(lf_engine_deliver(r.engine, INT64_MIN, SIZE_MAX, &done), LF_E_USER);
    assert_int_equal(done, 1);
    assert_int_equal(r.inbox.n, 1);
    r.inbox.hook = NULL;
    r.clock_status = LF_OK;
    r.clock += MINUTE; /* what was claimed is claimed again */
    OK(lf_engine_deliver(r.engine, INT64_MIN, SIZE_MAX, &done));
    assert_int_equal(inbox_distinct(&r.inbox, NULL), r.inbox.n);
    assert_int_equal(plain_count(&r.plain, NULL, PLAIN_OUTBOX), 0);
    rig_close(&r);
}

/* At the very end of the lease the claim is over. */
static void very_slow(void *ctx, const lf_effect *effect) {
    (void)effect;
    ((rig *)ctx)->clock += MINUTE / 2;
}

static void the_end_of_a_lease(void **state) {
    rig r;
    size_t done;
    (void)state;
    rig_open(&r, NULL, RIG_PLAIN);
    sign_up(&r, "c-1");
    sign_up(&r, "c-2");
    sign_up(&r, "c-3");
    r.inbox.hook = very_slow;
    r.inbox.ctx = &r;
    OK(lf_engine_deliver(r.engine, INT64_MIN, SIZE_MAX, &done));
    assert_int_equal(done, 2); /* at 0 and 30 s, not at 60 s */
    rig_close(&r);
}

/* A lock that does not end well takes back what was handed over under it: it is not settled, no attempt has
 * failed, and it comes again. */
static void unlock_fails(void **state) {
    rig r;
    (void)state;
    rig_open(&r, NULL, RIG_LOCK);
    sign_up(&r, "c-1");
    door_fail(&r.door, DOOR_UNLOCK, 1, false, false, LF_E_USER);
    assert_int_equal(lf_engine_deliver(r.engine, T0, 1, NULL), LF_E_USER);
    assert_int_equal(r.plain.effects[0].place, PLAIN_OUTBOX);
    assert_int_equal(r.plain.effects[0].attempts, 0);
    OK(lf_engine_deliver(r.engine, T0 + MINUTE, 1, NULL));
    assert_int_equal(r.plain.effects[0].place, PLAIN_DONE);
    assert_int_equal(r.inbox.n, 2);
    assert_string_equal(r.inbox.letters[0].key, r.inbox.letters[1].key);
    rig_close(&r);
}

/* It is not known whether an effect was settled: it is settled once more, which does no harm. */
static void settled_twice(void **state) {
    (void)state;
    for (int after = 0; after < 2; after++) {
        rig r;
        rig_open(&r, NULL, RIG_PLAIN);
        sign_up(&r, "c-1");
        r.inbox.retry = true;
        door_fail(&r.door, DOOR_SETTLE, 1, after != 0, false, LF_E_UNKNOWN);
        OK(lf_engine_deliver(r.engine, T0, 1, NULL));
        assert_int_equal(r.door.calls[DOOR_SETTLE], 2);
        assert_int_equal(r.plain.effects[0].attempts, 1); /* not two */
        door_fail(&r.door, DOOR_SETTLE, 1, false, true, LF_E_UNKNOWN);
        assert_int_equal(lf_engine_deliver(r.engine, T0 + HOUR, 1, NULL), LF_E_UNKNOWN);
        rig_close(&r);
    }
}

/* Many engines on one store share the work: everything once, in order, whoever gets it. */
static void many_engines(void **state) {
    static const int stores[] = {RIG_PLAIN, RIG_SOURCE};
    (void)state;
    for (size_t s = 0; s < 2; s++) {
        rig r;
        lf_engine *engines[5];
        char id[8] = "c-0";
        rig_open(&r, NULL, stores[s]);
        for (int i = 0; i < 5; i++) {
            engines[i] = rig_engine(&r, NULL, false);
        }
        for (int i = 0; i < 20; i++) {
            id[2] = (char)('a' + i);
            const char *json = event_text(id, "$consent", T0, "1", granted);
            OK(lf_engine_take_json(engines[i % 5], json, strlen(json), 1, T0, NULL, NULL));
            json = event_text(id, "form", T0, "2", NULL);
            for (int again = 0; again < 3; again++) { /* three workers got the same event */
                OK(lf_engine_take_json(engines[(i + again) % 5], json, strlen(json), 1, T0, NULL,
                                       NULL));
            }
        }
        for (int i = 0, quiet = 0; quiet < 5; i++) {
            size_t woken, done;
            OK(lf_engine_run_due(engines[i % 5], T0 + 3 * DAY, 2, &woken));
            OK(lf_engine_deliver(engines[(i + 2) % 5], T0 + 3 * DAY, 3, &done));
            quiet = woken + done == 0 ? quiet + 1 : 0;
        }
        assert_int_equal(inbox_count(&r.inbox, "send"), 40);
        assert_int_equal(inbox_distinct(&r.inbox, NULL), r.inbox.n);
        for (int i = 0; i < 5; i++) {
            lf_engine_free(engines[i]);
        }
        rig_close(&r);
    }
}

/* ---- retry and death ---- */
static void to_the_send(rig *r) { /* delivers what lies in front of the first message */
    while (strcmp(r->plain.effects[plain_count(&r->plain, NULL, PLAIN_DONE)].kind, "send") != 0) {
        OK(lf_engine_deliver(r->engine, T0, 1, NULL));
    }
    r->inbox.n = 0;
}

static void retries_back_off(void **state) {
    rig r;
    lf_engine_options options;
    (void)state;
    rig_open(&r, NULL, RIG_PLAIN);
    sign_up(&r, "c-1");
    to_the_send(&r);
    lf_engine_free(r.engine);
    lf_delivery delivery;
    lf_store store;
    door_table(&r.door, &store);
    lf_delivery_init(&delivery, sizeof delivery);
    delivery.user = &r.inbox;
    delivery.deliver = inbox_deliver;
    lf_engine_options_init(&options, sizeof options);
    options.store = &store;
    options.delivery = &delivery;
    options.max_attempts = 30;
    OK(lf_engine_new(r.blueprint, &options, &r.engine));
    r.inbox.retry = true;
    int64_t now = T0, pause = MINUTE;
    const plain_effect *row = plain_effect_of(&r.plain, "send", 0);
    for (size_t i = 1; i <= 14; i++) { /* a minute, two, four... up to a day */
        size_t done;
        OK(lf_engine_deliver(r.engine, now, SIZE_MAX, &done));
        assert_int_equal(done, 1);
        assert_int_equal(r.inbox.n, i);
        assert_int_equal(row->attempts, i);
        assert_int_equal(row->not_before, now + pause);
        OK(lf_engine_deliver(r.engine, now + pause - 1, SIZE_MAX, &done));
        assert_int_equal(done, 0);
        now += pause;
        pause = pause * 2 < DAY ? pause * 2 : DAY;
    }
    r.inbox.after = 3 * DAY; /* the delivery knows better */
    OK(lf_engine_deliver(r.engine, now, SIZE_MAX, NULL));
    assert_int_equal(row->not_before, now + 3 * DAY);
    r.inbox.after = INT64_MAX; /* no time is never */
    OK(lf_engine_deliver(r.engine, now + 3 * DAY, SIZE_MAX, NULL));
    assert_int_equal(row->not_before, now + 3 * DAY + 3650 * DAY);
    now += 3650 * DAY;
    r.inbox.retry = false;
    deliver_at(r.engine, now + 3 * DAY);
    assert_int_equal(row->place, PLAIN_DONE);
    assert_int_equal(inbox_distinct(&r.inbox, "send"), 1);
    rig_close(&r);
}

/* Lease, pause and attempts are what the options say. */
static void options_are_kept(void **state) {
    rig r;
    lf_engine_options options;
    lf_delivery delivery;
    lf_store store;
    (void)state;
    rig_open(&r, NULL, RIG_PLAIN);
    sign_up(&r, "c-1");
    store = r.door.under;
    lf_engine_free(r.engine);
    lf_delivery_init(&delivery, sizeof delivery);
    delivery.user = &r.inbox;
    delivery.deliver = inbox_deliver;
    lf_engine_options_init(&options, sizeof options);
    options.store = &store;
    options.delivery = &delivery;
    options.lease_ms = 5000;
    options.retry_ms = 1500;
    options.max_attempts = 2;
    OK(lf_engine_new(r.blueprint, &options, &r.engine));
    r.inbox.retry = true;
    OK(lf_engine_deliver(r.engine, T0, 1, NULL));
    assert_int_equal(r.plain.effects[0].not_before, T0 + 1500);
    OK(lf_engine_deliver(r.engine, T0 + 1500, 1, NULL));
    assert_int_equal(r.plain.effects[0].place, PLAIN_DEAD);
    OK(lf_engine_run_due(r.engine, T0, SIZE_MAX, NULL));
    plain_contact *row = plain_contact_of(&r.plain, "default", "c-1");
    row->bytes[9] ^= 1; /* so that nothing but the claim changes it */
    assert_int_equal(lf_engine_run_due(r.engine, T0 + DAY, SIZE_MAX, NULL), LF_E_CORRUPT);
    assert_int_equal(row->due, T0 + DAY + 5000);
    rig_close(&r);
}

/* What was claimed and never tried is no attempt: nobody dies for a store that was away. */
static void claims_are_no_attempts(void **state) {
    rig r;
    (void)state;
    rig_open(&r, NULL, RIG_PLAIN);
    sign_up(&r, "c-1");
    to_the_send(&r);
    door_fail(&r.door, DOOR_LOAD, 1, false, true, LF_E_USER);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(lf_engine_deliver(r.engine, T0 + i * MINUTE, SIZE_MAX, NULL), LF_E_USER);
    }
    door_mend(&r.door);
    assert_int_equal(r.inbox.n, 0);
    assert_int_equal(plain_effect_of(&r.plain, "send", 0)->attempts, 0);
    r.inbox.retry = true;
    OK(lf_engine_deliver(r.engine, T0 + HOUR, SIZE_MAX, NULL));
    assert_int_equal(plain_effect_of(&r.plain, "send", 0)->place, PLAIN_OUTBOX);
    rig_close(&r);
}

static void say_failed(rig *r, const char *key) {
    char props[96];
    snprintf(props, sizeof props, "{\"key\":\"%s\",\"result\":\"failed\"}", key);
    OK(rig_take(r, event_text("c-1", "$delivery", T0, NULL, props), T0));
}

/* A message that has failed is told of once: by an event, by the death of its effect, by another death. */
static void a_failure_is_told_once(void **state) {
    (void)state;
    for (int event_first = 0; event_first < 2; event_first++) {
        rig r;
        rig_open(&r, NULL, RIG_PLAIN);
        sign_up(&r, "c-1");
        to_the_send(&r);
        char *key = keep(plain_effect_of(&r.plain, "send", 0)->key);
        r.inbox.refuse_kind = "send";
        if (event_first) {
            say_failed(&r, key);
            assert_int_equal(plain_count(&r.plain, "notify", PLAIN_OUTBOX), 1);
        }
        OK(lf_engine_deliver(r.engine, T0, 1, NULL));
        assert_int_equal(plain_effect_of(&r.plain, "send", 0)->place, PLAIN_DEAD);
        assert_int_equal(plain_count(&r.plain, "notify", PLAIN_OUTBOX), 1);
        say_failed(&r, key);
        OK(lf_engine_revive(r.engine, key));
        OK(lf_engine_deliver(r.engine, T0, SIZE_MAX, NULL));
        assert_int_equal(plain_effect_of(&r.plain, "send", 0)->place, PLAIN_DEAD);
        assert_int_equal(plain_count(&r.plain, "notify", PLAIN_OUTBOX) +
                             plain_count(&r.plain, "notify", PLAIN_DONE),
                         1);
        free(key);
        rig_close(&r);
    }
}

/* After max_attempts (3 here), or refused: dead; on_failure runs once; then it can be revived. */
static void dies_and_is_revived(void **state) {
    (void)state;
    for (int refuse = 0; refuse < 3; refuse++) {
        rig r;
        lf_buffer *dead = new_buffer();
        rig_open(&r, NULL, RIG_PLAIN);
        sign_up(&r, "c-1");
        to_the_send(&r);
        r.inbox.refuse = refuse == 1;
        r.inbox.retry = refuse == 0;
        r.inbox.code = refuse == 2 ? LF_E_USER : LF_OK; /* an error is a retry as well */
        int64_t now = T0;
        char *key = keep(plain_effect_of(&r.plain, "send", 0)->key);
        for (int i = 0; i < (refuse == 1 ? 1 : 3); i++, now += HOUR) {
            assert_int_equal(plain_effect_of(&r.plain, "send", 0)->place, PLAIN_OUTBOX);
            assert_int_equal(lf_engine_deliver(r.engine, now, 1, NULL), r.inbox.code);
        }
        assert_int_equal(plain_effect_of(&r.plain, "send", 0)->place, PLAIN_DEAD);
        assert_int_equal(plain_count(&r.plain, "flag", PLAIN_OUTBOX), 1);
        assert_int_equal(plain_count(&r.plain, "notify", PLAIN_OUTBOX), 1);
        char *contact = contact_text(r.engine, "c-1");
        assert_non_null(strstr(contact, "\"flags\":[\"send_failed\"]"));
        free(contact);
        OK(lf_engine_dead(r.engine, 10, dead));
        assert_non_null(strstr(lf_buffer_data(dead), key));
        assert_string_equal(lf_buffer_data(dead) + lf_buffer_size(dead) - 1, "\n");
        assert_int_equal(lf_engine_revive(r.engine, "no such key"), LF_E_NOTFOUND);
        OK(lf_engine_revive(r.engine, key));
        assert_int_equal(lf_engine_revive(r.engine, key), LF_E_NOTFOUND);
        assert_int_equal(plain_effect_of(&r.plain, "send", 0)->attempts, 0);
        r.inbox.refuse = r.inbox.retry = false;
        r.inbox.code = LF_OK;
        r.inbox.n = 0;
        deliver_at(r.engine, now);
        assert_int_equal(plain_count(&r.plain, NULL, PLAIN_OUTBOX), 0);
        assert_int_equal(inbox_count(&r.inbox, "send"), 1);
        assert_string_equal(r.inbox.letters[r.inbox.n - 1].key,
                            key); /* behind all else, with its old key */
        lf_buffer_clear(dead);
        OK(lf_engine_dead(r.engine, 10, dead));
        assert_int_equal(lf_buffer_size(dead), 0);
        free(key);
        lf_buffer_free(dead);
        rig_close(&r);
    }
}

/* What on_failure wanted done may die too, without a new round of on_failure. */
static void no_failure_of_failures(void **state) {
    rig r;
    (void)state;
    rig_open(&r, NULL, RIG_PLAIN);
    sign_up(&r, "c-1");
    r.inbox.refuse = true;
    for (int i = 0; i < 20; i++) {
        OK(lf_engine_deliver(r.engine, T0, SIZE_MAX, NULL));
    }
    assert_int_equal(plain_count(&r.plain, NULL, PLAIN_OUTBOX), 0);
    assert_int_equal(plain_count(&r.plain, "send", PLAIN_DEAD), 1);
    assert_int_equal(plain_count(&r.plain, "notify", PLAIN_DEAD), 1);
    rig_close(&r);
}

/* A task of a sequence that cannot be made is a failure of the sequence as well. */
static void a_task_fails(void **state) {
    rig r;
    (void)state;
    rig_open(&r, NULL, RIG_PLAIN);
    sign_up(&r, "c-1");
    OK(lf_engine_run_due(r.engine, T0 + DAY, SIZE_MAX, NULL));
    while (strcmp(r.plain.effects[plain_count(&r.plain, NULL, PLAIN_DONE)].kind, "task") != 0) {
        OK(lf_engine_deliver(r.engine, T0 + DAY, 1, NULL));
    }
    r.inbox.refuse = true;
    OK(lf_engine_deliver(r.engine, T0 + DAY, 1, NULL));
    assert_int_equal(plain_count(&r.plain, "task", PLAIN_DEAD), 1);
    assert_int_equal(plain_count(&r.plain, "flag", PLAIN_OUTBOX), 1);
    rig_close(&r);
}

/* Death and on_failure are one commit: it fails before or after, and on_failure has run once in the end. */
static void on_failure_once(void **state) {
    static const lf_status codes[] = {LF_E_USER, LF_E_UNKNOWN, 3, LF_E_NOMEM};
    (void)state;
    for (int i = 0; i < 8; i++) {
        rig r;
        rig_open(&r, NULL, RIG_PLAIN);
        sign_up(&r, "c-1");
        to_the_send(&r);
        r.inbox.refuse = true;
        r.inbox.only = "c-1";
        door_fail(&r.door, DOOR_COMMIT, 1, i & 1, false, codes[i / 2]);
        lf_status status = lf_engine_deliver(r.engine, T0, 1, NULL);
        assert_true(status == LF_OK || status == codes[i / 2]);
        if (plain_effect_of(&r.plain, "send", 0)->place == PLAIN_OUTBOX) {
            OK(lf_engine_deliver(r.engine, T0 + MINUTE, 1, NULL));
        }
        assert_int_equal(plain_effect_of(&r.plain, "send", 0)->place, PLAIN_DEAD);
        assert_int_equal(plain_count(&r.plain, "flag", PLAIN_OUTBOX), 1);
        assert_int_equal(plain_count(&r.plain, "notify", PLAIN_OUTBOX), 1);
        rig_close(&r);
    }
}

/* ---- one contact's failure is its own ---- */
static void failures_block_nobody_else(void **state) {
    static const lf_status codes[] = {LF_E_USER, LF_E_NOMEM, 42};
    (void)state;
    for (int i = 0; i < 4; i++) {
        rig r;
        size_t done;
        rig_open(&r, NULL, RIG_PLAIN);
        sign_up(&r, "a");
        sign_up(&r, "b");
        sign_up(&r, "z");
        size_t all = r.plain.n_effects;
        r.inbox.only = "b";
        r.inbox.code = i < 3 ? codes[i] : LF_OK;
        r.inbox.retry = i == 3;
        lf_status status = lf_engine_deliver(r.engine, T0, SIZE_MAX, &done);
        assert_int_equal(status, i == 2 ? LF_E_STORE : r.inbox.code);
        assert_int_equal(plain_count(&r.plain, NULL, PLAIN_OUTBOX),
                         all / 3); /* b's alone, in order */
        r.inbox.code = LF_OK;
        r.inbox.retry = false;
        deliver_at(r.engine, T0 + HOUR);
        assert_int_equal(plain_count(&r.plain, NULL, PLAIN_OUTBOX), 0);
        rig_close(&r);
    }
}

/* A damaged contact, a damaged effect: reported, and nobody else waits. */
static void damage_blocks_nobody_else(void **state) {
    rig r;
    size_t done;
    lf_buffer *dead = new_buffer();
    (void)state;
    rig_open(&r, NULL, RIG_PLAIN);
    sign_up(&r, "a");
    sign_up(&r, "b");
    sign_up(&r, "z");
    size_t all = r.plain.n_effects;
    plain_contact_of(&r.plain, "default", "a")->bytes[9] ^= 0x40;
    r.plain.effects[all / 3].json[3] = '!'; /* the first of b's */
    assert_int_equal(lf_engine_deliver(r.engine, T0, SIZE_MAX, &done), LF_E_CORRUPT);
    /* a's message cannot be looked at, so it waits, and what is behind it; b's damaged effect is dead. */
    assert_string_equal(plain_effect_of(&r.plain, "send", 0)->contact, "a");
    assert_int_equal(plain_effect_of(&r.plain, "send", 0)->place, PLAIN_OUTBOX);
    assert_int_equal(plain_count(&r.plain, "send", PLAIN_OUTBOX), 1);
    assert_int_equal(plain_count(&r.plain, NULL, PLAIN_DEAD), 1);
    assert_int_equal(inbox_count(&r.inbox, "send"), 2);
    OK(lf_engine_dead(r.engine, 10, dead));
    assert_non_null(
        strstr(lf_buffer_data(dead), "{\"contact\":\"b\",\"kind\":\"damaged\",\"key\":\""));
    plain_contact_of(&r.plain, "default", "a")->bytes[9] ^= 0x40;
    deliver_at(r.engine, T0 + MINUTE);
    assert_int_equal(plain_count(&r.plain, NULL, PLAIN_OUTBOX), 0);
    lf_buffer_free(dead);
    rig_close(&r);
}

/* An effect that lies about whose it is is damaged, too. */
static void effects_of_others(void **state) {
    rig r;
    (void)state;
    rig_open(&r, NULL, RIG_PLAIN);
    sign_up(&r, "a");
    sign_up(&r, "b");
    size_t b = r.plain.n_effects / 2;
    char *json = r.plain.effects[0].json;
    r.plain.effects[0].json = r.plain.effects[b].json;
    r.plain.effects[b].json = json;
    size_t size = r.plain.effects[0].size;
    r.plain.effects[0].size = r.plain.effects[b].size;
    r.plain.effects[b].size = size;
    assert_int_equal(lf_engine_deliver(r.engine, T0, SIZE_MAX, NULL), LF_E_CORRUPT);
    assert_string_equal(lf_engine_failed_contact(r.engine), "a");
    assert_int_equal(r.plain.effects[0].place, PLAIN_DEAD);
    assert_int_equal(r.plain.effects[b].place, PLAIN_DEAD);
    assert_int_equal(plain_count(&r.plain, NULL, PLAIN_DEAD), 2);
    rig_close(&r);
}

/* ---- the last look ---- */
static void looks_again(void **state) {
    static const struct {
        const char *type, *props, *reason;
    } changes[] = {
        {"$consent", denied, "consent"},
        {"$consent", "{\"channel\":\"email\",\"topic\":\"news\",\"status\":\"denied\"}", "consent"},
        {"$suppress", "{\"reason\":\"complaint\"}", "suppressed"}};
    (void)state;
    for (size_t i = 0; i < 6; i++) {
        rig r;
        rig_open(&r, NULL, i < 3 ? RIG_PLAIN : RIG_LOCK);
        sign_up(&r, "c-1");
        OK(rig_take(&r,
                    event_text("c-1", changes[i % 3].type, T0 + MINUTE, NULL, changes[i % 3].props),
                    T0 + MINUTE));
        deliver_at(r.engine, T0 + HOUR);
        assert_int_equal(inbox_count(&r.inbox, "send"), 0);
        assert_int_equal(inbox_count(&r.inbox, "skipped"), 1);
        const plain_effect *skipped = plain_effect_of(&r.plain, "skipped", 0);
        assert_int_equal(skipped->place, PLAIN_DONE);
        assert_non_null(strstr(skipped->json, changes[i % 3].reason));
        assert_non_null(strstr(
            skipped->json, "\"template\":\"first\",\"channel\":\"email\",\"sequence\":\"welcome\","
                           "\"step\":\"one\",\"due\":\"2026-01-01T00:00:00.000Z\""));
        assert_int_equal(r.plain.locks > 0, i >= 3);
        /* and the sequence goes on */
        OK(lf_engine_run_due(r.engine, T0 + DAY, SIZE_MAX, NULL));
        assert_non_null(plain_effect_of(&r.plain, "skipped", 1));
        rig_close(&r);
    }
}

/* Somebody unsubscribes between the claim and the hand-over: no message follows what was committed before. */
typedef struct unsubscriber {
    lf_engine *other;
    size_t nth; /* at which load of the deliverer */
    bool done;
} unsubscriber;

static void unsubscribe(void *ctx, enum door_call call, size_t nth) {
    unsubscriber *u = ctx;
    if (call == DOOR_LOAD && nth >= u->nth && !u->done) {
        const char *json = event_text("c-1", "$consent", T0 + MINUTE, NULL, denied);
        u->done = true;
        OK(lf_engine_take_json(u->other, json, strlen(json), 1, T0 + MINUTE, NULL, NULL));
    }
}

static void unsubscribes_in_between(void **state) {
    rig r;
    (void)state;
    rig_open(&r, NULL, RIG_PLAIN);
    sign_up(&r, "c-1");
    unsubscriber u = {.other = rig_engine(&r, NULL, false), .nth = 1};
    door_fail(&r.door, DOOR_LOAD, 0, false, false, LF_OK);
    r.door.meanwhile = unsubscribe;
    r.door.ctx = &u;
    deliver_at(r.engine, T0 + HOUR);
    assert_true(u.done);
    assert_int_equal(inbox_count(&r.inbox, "send"), 0);
    assert_int_equal(inbox_count(&r.inbox, "skipped"), 1);
    lf_engine_free(u.other);
    rig_close(&r);
}

/* Where the store has a lock it is held while the contact is looked at and the message handed over:
 * nobody unsubscribes in between. */
static void unsubscribe_now(void *ctx, const lf_effect *effect) {
    unsubscriber *u = ctx;
    const char *json = event_text("c-1", "$consent", T0 + MINUTE, NULL, denied);
    (void)effect;
    assert_int_equal(lf_engine_take_json(u->other, json, strlen(json), 1, T0 + MINUTE, NULL, NULL),
                     LF_E_USER);
    u->done = true;
}

static void unsubscribe_while_looking(void *ctx, enum door_call call, size_t nth) {
    (void)nth;
    if (call == DOOR_LOAD) {
        unsubscribe_now(ctx, NULL);
    }
}

static void lock_is_held(void **state) {
    rig r;
    (void)state;
    rig_open(&r, NULL, RIG_LOCK);
    sign_up(&r, "c-1");
    unsubscriber u = {.other = rig_engine(&r, NULL, false)};
    r.inbox.hook = unsubscribe_now;
    r.inbox.ctx = &u;
    r.door.meanwhile = unsubscribe_while_looking;
    r.door.ctx = &u;
    deliver_at(r.engine, T0 + HOUR);
    assert_true(u.done);
    assert_int_equal(inbox_count(&r.inbox, "send"), 1);
    assert_int_equal(r.plain.locked[0], '\0');
    lf_engine_free(u.other);
    rig_close(&r);
}

/* A contact that is gone gets no message, and what it would have been is kept with the dead. */
static void contact_is_gone(void **state) {
    rig r;
    (void)state;
    rig_open(&r, NULL, RIG_PLAIN);
    sign_up(&r, "c-1");
    plain_contact_of(&r.plain, "default", "c-1")->id[0] = 'x';
    deliver_at(r.engine, T0);
    assert_int_equal(inbox_count(&r.inbox, "send"), 0);
    assert_int_equal(plain_count(&r.plain, "send", PLAIN_DEAD), 1);
    rig_close(&r);
}

/* The blueprint has changed since: the constraints hold for a message whose template or sequence is gone. */
static void blueprint_without_the_template(void **state) {
    static const char *const changed = JSON({
        "leadflow" : 1,
        "events" : {
            "form" : {"engagement" : true, "props" : {"name" : "string"}},
            "visit" : {"engagement" : true}
        },
        "consent" : {"email" : "opt_in"}
    });
    (void)state;
    for (int agrees = 0; agrees < 2; agrees++) {
        rig r;
        rig_open(&r, NULL, RIG_PLAIN);
        sign_up(&r, "c-1");
        if (!agrees) {
            OK(rig_take(&r, event_text("c-1", "$consent", T0 + MINUTE, NULL, denied), T0 + MINUTE));
        }
        lf_engine_free(r.engine);
        lf_blueprint_unref(r.blueprint);
        r.blueprint = parse_blueprint(changed, NULL);
        r.engine = rig_engine(&r, NULL, true);
        deliver_at(r.engine, T0 + HOUR);
        assert_int_equal(inbox_count(&r.inbox, "send"), agrees);
        assert_int_equal(plain_count(&r.plain, "send", PLAIN_DEAD), !agrees);
        rig_close(&r);
    }
}

/* ---- effects ---- */
/* What a delivery can ask of an effect. */
static void read_effect(void *ctx, const lf_effect *effect) {
    size_t n, *seen = ctx;
    if (strcmp(lf_effect_kind(effect), "send") != 0) {
        return;
    }
    ++*seen;
    assert_int_equal(lf_effect_at(effect), T0);
    assert_string_equal(lf_effect_contact(effect, &n), "c-1");
    assert_int_equal(n, 3);
    assert_string_equal(lf_effect_get(effect, "/message/subject", &n), "Hello there");
    assert_int_equal(n, 11);
    assert_string_equal(lf_effect_get(effect, "channel", NULL), "email");
    assert_null(lf_effect_get(effect, "/message/none", &n));
    assert_int_equal(n, 0);
    assert_null(lf_effect_get(effect, "message", NULL)); /* no text */
    assert_null(lf_effect_get(effect, NULL, NULL));
    assert_int_equal(strlen(lf_effect_key(effect)), 32);
    const char *json = lf_effect_json(effect, &n);
    assert_int_equal(strlen(json), n);
    assert_non_null(strstr(json, lf_effect_key(effect)));
}

static void effects_can_be_read(void **state) {
    static const int stores[] = {RIG_PLAIN, RIG_SOURCE};
    (void)state;
    for (size_t s = 0; s < 2; s++) {
        rig r;
        size_t seen = 0;
        rig_open(&r, NULL, stores[s]);
        sign_up(&r, "c-1");
        r.inbox.hook = read_effect;
        r.inbox.ctx = &seen;
        deliver_at(r.engine, T0);
        assert_int_equal(seen, 1);
        assert_non_null(send_of(&r.inbox, 0));
        rig_close(&r);
    }
    lf_receipt_retry(NULL, 1);
    lf_receipt_refuse(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_order_per_contact),
        cmocka_unit_test(limits),
        cmocka_unit_test(worker_dies),
        cmocka_unit_test(stalled_worker),
        cmocka_unit_test(stalled_worker_buries_nobody),
        cmocka_unit_test(the_clock_ends_a_batch),
        cmocka_unit_test(a_clock_that_fails_ends_a_batch),
        cmocka_unit_test(the_end_of_a_lease),
        cmocka_unit_test(unlock_fails),
        cmocka_unit_test(settled_twice),
        cmocka_unit_test(lock_is_held),
        cmocka_unit_test(many_engines),
        cmocka_unit_test(retries_back_off),
        cmocka_unit_test(options_are_kept),
        cmocka_unit_test(claims_are_no_attempts),
        cmocka_unit_test(a_failure_is_told_once),
        cmocka_unit_test(dies_and_is_revived),
        cmocka_unit_test(no_failure_of_failures),
        cmocka_unit_test(a_task_fails),
        cmocka_unit_test(on_failure_once),
        cmocka_unit_test(failures_block_nobody_else),
        cmocka_unit_test(damage_blocks_nobody_else),
        cmocka_unit_test(effects_of_others),
        cmocka_unit_test(looks_again),
        cmocka_unit_test(unsubscribes_in_between),
        cmocka_unit_test(contact_is_gone),
        cmocka_unit_test(blueprint_without_the_template),
        cmocka_unit_test(effects_can_be_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

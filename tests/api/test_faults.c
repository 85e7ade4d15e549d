/* SPDX-License-Identifier: MIT */
/*
 * Every callback of the store fails in every way, at every call: before it has done anything, after it
 * has done it, for ever, with codes good and bad (RELIABILITY B2). Whoever repeats what failed ends with
 * the same contact, and with each effect made once.
 */
#include "rig.h"

#define LEASE (MINUTE + 1)

/* One pass over a small life, each call repeated until it succeeds. The clock goes on with each repeat,
 * so that what was claimed by a call that failed is claimed again. */
typedef struct life {
    rig rig;
    int64_t late; /* how much later than without faults it is */
    size_t failures;
} life;

static void tried(life *l, lf_status status) {
    if (status == LF_OK) {
        return;
    }
    if (status > 0) {
        fail_msg("a positive status, %d, comes out of an engine", (int)status);
    }
    l->late += LEASE;
    if (++l->failures == 3) {
        door_mend(&l->rig.door); /* even "for ever" ends one day */
    }
    assert_true(l->failures < 40);
}

static void take(life *l, const char *type, int64_t at, const char *id, const char *props) {
    char *json = keep(event_text("c-1", type, at, id, props));
    lf_status status;
    do {
        int64_t now = at + l->late;
        status = rig_take(&l->rig, json, now);
        tried(l, status);
    } while (status != LF_OK);
    free(json);
}

static void run_due(life *l, int64_t now) {
    lf_status status;
    do {
        status = lf_engine_run_due(l->rig.engine, now + l->late, SIZE_MAX, NULL);
        tried(l, status);
    } while (status != LF_OK);
}

static void deliver(life *l, int64_t now) {
    lf_status status;
    do {
        status = lf_engine_deliver(l->rig.engine, now + l->late, SIZE_MAX, NULL);
        tried(l, status);
    } while (status != LF_OK);
}

static void wake(life *l, int64_t at) {
    lf_status status;
    do {
        status = lf_engine_wake(l->rig.engine, "c-1", 3, at);
        tried(l, status);
    } while (status != LF_OK);
}

static void live(life *l) {
    static const char granted[] = "{\"channel\":\"email\",\"status\":\"granted\"}";
    static const char denied[] = "{\"channel\":\"email\",\"status\":\"denied\"}";
    take(l, "$consent", T0, NULL, granted);
    take(l, "form", T0 + MINUTE, NULL,
         "{\"name\":\"a\"}"); /* no id: it recognises itself all the same */
    take(l, "visit", T0 + HOUR, "v-1", NULL);
    take(l, "visit", T0 + HOUR, "v-1", NULL); /* a duplicate */
    deliver(l, T0 + 2 * HOUR);
    run_due(l, T0 + DAY + HOUR);
    take(l, "$consent", T0 + DAY + 2 * HOUR, NULL, denied);
    deliver(l, T0 + DAY + 3 * HOUR); /* the second message is skipped now */
    deliver(l, T0 + DAY + 4 * HOUR);
    l->late += LEASE;
    run_due(l, T0 + 2 * DAY);
    deliver(l, T0 + 2 * DAY);
    l->late += DAY;
    deliver(l, T0 + 3 * DAY); /* whatever was left in a lease */
    wake(l, T0 + 10 * DAY);
    deliver(l, T0 + 10 * DAY);
}

/* What must be the same whatever failed: the contact, and the effects in their order but for their times. */
static char *outcome(life *l) {
    door_mend(&l->rig.door);
    size_t size = 1 << 16, n = 0;
    char *text = calloc(1, size), *contact = contact_text(l->rig.engine, "c-1");
    strcpy(text, contact);
    n = strlen(text);
    for (size_t i = 0; i < l->rig.plain.n_effects; i++) {
        const plain_effect *row = &l->rig.plain.effects[i];
        assert_int_equal(row->place, PLAIN_DONE);
        strcat(text + n, "\n");
        strcat(text + n, row->kind);
        strcat(text + n, " ");
        strcat(text + n, row->key);
        n += strlen(text + n);
    }
    free(contact);
    return text;
}

static void check_inbox(const life *l) {
    const inbox *in = &l->rig.inbox;
    size_t done = 0, skipped = plain_count(&l->rig.plain, "skipped", PLAIN_DONE);
    for (size_t i = 0; i < l->rig.plain.n_effects; i++) {
        done += l->rig.plain.effects[i].place == PLAIN_DONE;
    }
    assert_int_equal(skipped, 1);
    assert_int_equal(inbox_distinct(in, NULL), done - 1); /* each but the send that was skipped */
    assert_int_equal(inbox_distinct(in, "send"), 1);
    /* In order per contact, repeats aside. */
    size_t row = 0;
    for (size_t i = 0; i < in->n; i++) {
        size_t at = 0;
        while (strcmp(l->rig.plain.effects[at].key, in->letters[i].key) != 0) {
            at++;
        }
        assert_true(at + 1 >= row);
        row = at + 1 > row ? at + 1 : row;
    }
}

static size_t run_life(enum door_call call, size_t nth, bool after, bool forever, lf_status code,
                       int how, const char *expected, char **out) {
    life l = {.late = 0};
    rig_open(&l.rig, NULL, how);
    door_fail(&l.rig.door, call, nth, after, forever, code);
    live(&l);
    size_t calls = nth == 0 ? l.rig.door.calls[call] : l.rig.door.faults;
    char *text = outcome(&l);
    check_inbox(&l);
    if (expected != NULL) {
        assert_string_equal(text, expected);
    }
    if (out != NULL) {
        *out = text;
    } else {
        free(text);
    }
    rig_close(&l.rig);
    return calls;
}

typedef struct answer {
    lf_status code;
    bool also_after; /* the store may have done it and still answer so */
} answer;

static void check_call(enum door_call call, int how, const answer *answers, size_t n) {
    char *expected;
    size_t calls = run_life(call, 0, false, false, LF_OK, how, NULL, &expected);
    assert_true(calls > 0);
    for (size_t i = 0; i < n; i++) {
        for (size_t nth = 1; nth <= calls; nth++) {
            for (int mode = 0; mode < 4; mode++) {
                bool after = mode & 1, forever = mode & 2;
                if (after && !answers[i].also_after) {
                    continue;
                }
                assert_true(
                    run_life(call, nth, after, forever, answers[i].code, how, expected, NULL) > 0);
            }
        }
    }
    free(expected);
}

static const answer failures[] = {{LF_E_USER, true}, {-77, true}, {LF_E_NOMEM, true}, {7, true}};

static void load_fails(void **state) {
    (void)state;
    check_call(DOOR_LOAD, RIG_PLAIN, failures, 4);
    check_call(DOOR_LOAD, RIG_LOCK, failures, 4);
}

static void commit_fails(void **state) {
    static const answer in_doubt[] = {{LF_E_UNKNOWN, true}, {LF_E_CONFLICT, false}};
    (void)state;
    check_call(DOOR_COMMIT, RIG_PLAIN, failures, 4);
    check_call(DOOR_COMMIT, RIG_PLAIN, in_doubt, 2);
}

static void claims_fail(void **state) {
    (void)state;
    check_call(DOOR_CLAIM_DUE, RIG_PLAIN, failures, 4);
    check_call(DOOR_CLAIM_EFFECTS, RIG_PLAIN, failures, 4);
}

static void settle_fails(void **state) {
    static const answer in_doubt[] = {{LF_E_UNKNOWN, true}};
    (void)state;
    check_call(DOOR_SETTLE, RIG_PLAIN, failures, 4);
    check_call(DOOR_SETTLE, RIG_PLAIN, in_doubt, 1);
}

static void lock_fails(void **state) {
    (void)state;
    check_call(DOOR_LOCK, RIG_LOCK, failures, 4);
}

/* What was handed over under a lock that did not end well comes again, with its key. */
static void unlock_fails(void **state) {
    (void)state;
    check_call(DOOR_UNLOCK, RIG_LOCK, failures, 4);
}

/* What the store returns, the caller gets: LF_E_USER, any other negative number, LF_E_STORE for rubbish. */
static void codes_pass_through(void **state) {
    static const struct {
        lf_status said, heard, heard_of_commit;
    } codes[] = {
        {LF_E_USER, LF_E_USER, LF_E_USER}, {-1234, -1234, -1234}, {1, LF_E_STORE, LF_E_UNKNOWN}};
    rig r;
    (void)state;
    rig_open(&r, NULL, RIG_PLAIN);
    OK(rig_take(&r, event_text("c-1", "form", T0, NULL, NULL), T0));
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        lf_buffer *id = new_buffer();
        lf_contact *contact;
        size_t done = 99;
        door_fail(&r.door, DOOR_LOAD, 1, false, true, codes[i].said);
        assert_int_equal(rig_take(&r, event_text("c-2", "visit", T0, NULL, NULL), T0),
                         codes[i].heard);
        assert_int_equal(lf_engine_wake(r.engine, "c-1", 3, T0), codes[i].heard);
        assert_int_equal(lf_engine_contact(r.engine, "c-1", 3, &contact), codes[i].heard);
        assert_null(contact);
        door_fail(&r.door, DOOR_COMMIT, 1, false, true, codes[i].said);
        assert_int_equal(rig_take(&r, event_text("c-1", "visit", T0, "x", NULL), T0),
                         codes[i].heard_of_commit);
        door_fail(&r.door, DOOR_CLAIM_DUE, 1, false, true, codes[i].said);
        assert_int_equal(lf_engine_run_due(r.engine, T0, 1, &done), codes[i].heard);
        assert_int_equal(done, 0);
        door_fail(&r.door, DOOR_CLAIM_EFFECTS, 1, false, true, codes[i].said);
        done = 99;
        assert_int_equal(lf_engine_deliver(r.engine, T0, 1, &done), codes[i].heard);
        assert_int_equal(done, 0);
        door_fail(&r.door, DOOR_SCAN, 1, false, true, codes[i].said);
        assert_int_equal(lf_engine_next_contact(r.engine, NULL, 0, id), codes[i].heard);
        door_fail(&r.door, DOOR_DEAD, 1, false, true, codes[i].said);
        assert_int_equal(lf_engine_dead(r.engine, 5, id), codes[i].heard);
        assert_int_equal(lf_buffer_size(id), 0);
        door_fail(&r.door, DOOR_REVIVE, 1, false, true, codes[i].said);
        assert_int_equal(lf_engine_revive(r.engine, "none"), codes[i].heard);
        door_mend(&r.door);
        lf_buffer_free(id);
    }
    rig_close(&r);
}

/* ---- unknown, in both senses, and what others do meanwhile ---- */
static int64_t visits(rig *r) {
    lf_contact *contact;
    int64_t total;
    OK(lf_engine_contact(r->engine, "c-1", 3, &contact));
    OK(lf_scorer_total(lf_blueprint_scorer(r->blueprint, "lead"), contact,
                       lf_contact_clock(contact), &total));
    lf_contact_free(contact);
    return total / 1000;
}

typedef struct meddler { /* commits something of its own right before the engine loads again */
    rig *rig;
    lf_engine *other;
    size_t at_load;
    const char *event;
    bool done;
} meddler;

static void meddle(void *ctx, enum door_call call, size_t nth) {
    meddler *m = ctx;
    if (call == DOOR_LOAD && nth == m->at_load && !m->done) {
        m->done = true;
        OK(lf_engine_take_json(m->other, m->event, strlen(m->event), 1, T0 + HOUR, NULL, NULL));
    }
}

/* A commit in doubt, then another worker commits, then the engine looks again: once, with or without id. */
static void unknown_and_others(void **state) {
    static const char *const ids[] = {NULL, "e-1"};
    (void)state;
    for (int i = 0; i < 8; i++) {
        rig r;
        meddler m;
        const char *id = ids[i & 1];
        bool was_done = i & 2, same_time = i & 4;
        rig_open(&r, NULL, RIG_PLAIN);
        OK(rig_take(&r, event_text("c-1", "form", T0, NULL, NULL), T0));
        char *other =
            keep(event_text("c-1", "visit", T0 + (same_time ? MINUTE : HOUR), "other", NULL));
        m = (meddler){
            .rig = &r, .other = rig_engine(&r, NULL, false), .at_load = 2, .event = other};
        door_fail(&r.door, DOOR_COMMIT, 1, was_done, false, LF_E_UNKNOWN);
        r.door.meanwhile = meddle;
        r.door.ctx = &m;
        OK(rig_take(&r, event_text("c-1", "visit", T0 + MINUTE, id, NULL), T0 + HOUR));
        assert_true(m.done);
        r.door.meanwhile = NULL;
        assert_int_equal(visits(&r), 12);
        lf_engine_free(m.other);
        free(other);
        rig_close(&r);
    }
}

/* Breaks the door for everything after a number of loads. */
typedef struct outage {
    door *door;
    bool over;
} outage;

static void go_away(void *ctx, enum door_call call, size_t nth) {
    outage *o = ctx;
    if (!o->over && call == DOOR_LOAD && nth == 2) { /* right after the commit in doubt */
        o->door->call = DOOR_LOAD;
        o->door->nth = 2;
        o->door->forever = true;
        o->door->after = false;
        o->door->code = LF_E_USER;
    }
}

/* The database goes away in the middle of a commit, and nobody knows whether it was done. The caller hears
 * so, and repeats when it is back: once, without an id too, whatever others have done meanwhile. */
static void unknown_until_later(void **state) {
    (void)state;
    for (int i = 0; i < 8; i++) {
        rig r;
        bool was_done = i & 1, others = i & 2, with_id = i & 4;
        int32_t taken = 77;
        rig_open(&r, NULL, RIG_PLAIN);
        OK(rig_take(&r, event_text("c-1", "form", T0, NULL, NULL), T0));
        char *visit = keep(event_text("c-1", "visit", T0 + MINUTE, with_id ? "e-1" : NULL, NULL));
        outage o = {.door = &r.door};
        door_fail(&r.door, DOOR_COMMIT, 1, was_done, false, LF_E_UNKNOWN);
        r.door.meanwhile = go_away;
        r.door.ctx = &o;
        assert_int_equal(
            lf_engine_take_json(r.engine, visit, strlen(visit), 1, T0 + HOUR, &taken, NULL),
            LF_E_UNKNOWN);
        assert_int_equal(taken, LF_TAKEN_NEW);
        assert_int_equal(rig_take(&r, visit, T0 + HOUR),
                         LF_E_UNKNOWN); /* still away, still not known */
        assert_int_equal(rig_take(&r, event_text("c-2", "visit", T0, NULL, NULL), T0), LF_E_USER);
        o.over = true;
        door_mend(&r.door);
        if (others) {
            lf_engine *other = rig_engine(&r, NULL, false);
            const char *event = event_text("c-1", "visit", T0 + 2 * MINUTE, "o", NULL);
            OK(lf_engine_take_json(other, event, strlen(event), 1, T0 + HOUR, NULL, NULL));
            OK(lf_engine_wake(other, "c-1", 3, T0 + 2 * HOUR));
            lf_engine_free(other);
        }
        OK(lf_engine_take_json(r.engine, visit, strlen(visit), 1, T0 + 2 * HOUR, &taken, NULL));
        assert_int_equal(taken, was_done && with_id ? LF_TAKEN_DUPLICATE : LF_TAKEN_NEW);
        assert_int_equal(visits(&r), others ? 12 : 11);
        /* And now it is an event like any other: the same again without an id counts again. */
        OK(lf_engine_take_json(r.engine, visit, strlen(visit), 1, T0 + 2 * HOUR, &taken, NULL));
        assert_int_equal(taken, with_id ? LF_TAKEN_DUPLICATE : LF_TAKEN_NEW);
        assert_int_equal(visits(&r), (others ? 12 : 11) + (with_id ? 0 : 1));
        free(visit);
        rig_close(&r);
    }
}

/* A commit in doubt that lands only after the engine has looked: the repeat conflicts, and finds it. */
typedef struct lander {
    rig *rig;
    const char *event;
    lf_engine *ghost; /* does what the commit under way would do */
} lander;

static void land_late(void *ctx, enum door_call call, size_t nth) {
    lander *l = ctx;
    if (call == DOOR_COMMIT && nth == 2) {
        OK(lf_engine_take_json(l->ghost, l->event, strlen(l->event), 1, T0 + HOUR, NULL, NULL));
    }
}

static void unknown_lands_late(void **state) {
    rig r;
    (void)state;
    rig_open(&r, NULL, RIG_PLAIN);
    OK(rig_take(&r, event_text("c-1", "form", T0, NULL, NULL), T0));
    char *visit = keep(event_text("c-1", "visit", T0 + MINUTE, NULL, NULL));
    lander l = {&r, visit, rig_engine(&r, NULL, false)};
    door_fail(&r.door, DOOR_COMMIT, 1, false, false, LF_E_UNKNOWN);
    r.door.meanwhile = land_late;
    r.door.ctx = &l;
    OK(rig_take(&r, visit, T0 + HOUR));
    assert_int_equal(visits(&r), 11);
    lf_engine_free(l.ghost);
    free(visit);
    rig_close(&r);
}

/* An event older than the log reaches is told by the bytes. */
static void unknown_of_an_old_event(void **state) {
    (void)state;
    for (int was_done = 0; was_done < 2; was_done++) {
        rig r;
        rig_open(&r, NULL, RIG_PLAIN);
        const char *form =
            JSON({"contact" : "c-1", "type" : "visit", "at" : "2026-01-01T00:00:00Z"});
        const char *old =
            JSON({"contact" : "c-1", "type" : "visit", "at" : "2020-01-01T00:00:00Z"});
        OK(rig_take(&r, form, T0));
        door_fail(&r.door, DOOR_COMMIT, 1, was_done != 0, false, LF_E_UNKNOWN);
        int32_t taken;
        OK(lf_engine_take_json(r.engine, old, strlen(old), 1, T0, &taken, NULL));
        assert_int_equal(taken, LF_TAKEN_LATE);
        assert_int_equal(visits(&r), 2);
        rig_close(&r);
    }
}

/* Older than the log reaches, and others have committed since: nobody can tell, and the caller hears so. */
static void nobody_can_tell(void **state) {
    rig r;
    const char *old = JSON({"contact" : "c-1", "type" : "visit", "at" : "2020-01-01T00:00:00Z"});
    (void)state;
    rig_open(&r, NULL, RIG_PLAIN);
    OK(rig_take(&r, event_text("c-1", "form", T0, NULL, NULL), T0));
    char *other = keep(event_text("c-1", "visit", T0 + HOUR, "other", NULL));
    meddler m = {.rig = &r, .other = rig_engine(&r, NULL, false), .at_load = 2, .event = other};
    door_fail(&r.door, DOOR_COMMIT, 1, true, false, LF_E_UNKNOWN);
    r.door.meanwhile = meddle;
    r.door.ctx = &m;
    assert_int_equal(rig_take(&r, old, T0 + HOUR), LF_E_UNKNOWN);
    r.door.meanwhile = NULL;
    assert_int_equal(visits(&r), 12);
    OK(rig_take(&r, event_text("c-1", "visit", T0 + HOUR, NULL, NULL), T0 + HOUR)); /* usable */
    assert_int_equal(visits(&r), 13);
    lf_engine_free(m.other);
    free(other);
    rig_close(&r);
}

/* Others are faster, again and again: the work is redone from what they left, sixteen times at most. */
typedef struct rival {
    lf_engine *other;
    size_t left;
    int n;
} rival;

static void be_faster(void *ctx, enum door_call call, size_t nth) {
    rival *v = ctx;
    char id[16];
    (void)nth;
    if (call == DOOR_COMMIT && v->left > 0) {
        v->left--;
        id[0] = 'r';
        id[1] = (char)('a' + v->n++);
        id[2] = '\0';
        const char *event = event_text("c-1", "visit", T0 + MINUTE, id, NULL);
        OK(lf_engine_take_json(v->other, event, strlen(event), 1, T0 + HOUR, NULL, NULL));
    }
}

static void conflicts(void **state) {
    rig r;
    (void)state;
    rig_open(&r, NULL, RIG_PLAIN);
    OK(rig_take(&r, event_text("c-1", "form", T0, NULL, NULL), T0));
    rival v = {.other = rig_engine(&r, NULL, false), .left = 15};
    r.door.meanwhile = be_faster;
    r.door.ctx = &v;
    char *visit = keep(event_text("c-1", "visit", T0 + 2 * MINUTE, NULL, NULL));
    OK(rig_take(&r, visit, T0 + HOUR));
    assert_int_equal(visits(&r), 10 + 15 + 1);
    v.left = 16;
    door_fail(&r.door, DOOR_LOAD, 0, false, false, LF_OK); /* counts anew */
    assert_int_equal(rig_take(&r, visit, T0 + HOUR), LF_E_CONFLICT);
    assert_int_equal(r.door.calls[DOOR_COMMIT], 16);
    r.door.meanwhile = NULL;
    assert_int_equal(visits(&r), 10 + 15 + 1 + 16);
    OK(rig_take(&r, visit, T0 + HOUR)); /* the engine is as usable as before */
    assert_int_equal(visits(&r), 10 + 15 + 1 + 16 + 1);
    lf_engine_free(v.other);
    free(visit);
    rig_close(&r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(load_fails),
        cmocka_unit_test(commit_fails),
        cmocka_unit_test(claims_fail),
        cmocka_unit_test(settle_fails),
        cmocka_unit_test(lock_fails),
        cmocka_unit_test(unlock_fails),
        cmocka_unit_test(codes_pass_through),
        cmocka_unit_test(unknown_and_others),
        cmocka_unit_test(unknown_until_later),
        cmocka_unit_test(unknown_lands_late),
        cmocka_unit_test(unknown_of_an_old_event),
        cmocka_unit_test(conflicts),
        cmocka_unit_test(nobody_can_tell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * What a failure of the store means: its codes come back to the caller, a commit of which it is not known whether
 * it was done is found again, and nothing that the store says of itself is taken for something else. That every
 * callback may fail at every call is test_callbacks.c.
 */
#include "rig.h"

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

/* ---- what is not to be taken for something else ---- */
static lf_status load_and_deny(void *user, const char *tenant, const char *contact, size_t len,
                               lf_loaded *loaded) {
    const plain_contact *row = plain_contact_of(user, tenant, contact);
    (void)len;
    OK(lf_loaded_set(loaded, row->bytes, row->size, row->revision));
    return LF_E_NOTFOUND;
}

/* Found, and not found: the engine must not go on with what it had in hand. */
static void found_and_not_found(void **state) {
    rig r;
    lf_contact *contact;
    (void)state;
    rig_open(&r, NULL, RIG_PLAIN);
    OK(rig_take(&r, event_text("c-1", "form", T0, NULL, NULL), T0));
    lf_engine *other = rig_engine(&r, NULL, false);
    const char *visit = event_text("c-1", "visit", T0, "v", NULL);
    OK(lf_engine_take_json(other, visit, strlen(visit), 1, T0, NULL, NULL));
    r.door.under.load = load_and_deny;
    assert_int_equal(rig_take(&r, event_text("c-1", "visit", T0, "w", NULL), T0), LF_E_STORE);
    assert_int_equal(lf_engine_wake(r.engine, "c-1", 3, T0), LF_E_STORE);
    assert_int_equal(lf_engine_contact(r.engine, "c-1", 3, &contact), LF_E_STORE);
    plain_table(&r.plain, &r.door.under);
    OK(rig_take(&r, event_text("c-1", "visit", T0, "w", NULL), T0));
    assert_int_equal(plain_contact_of(&r.plain, "default", "c-1")->revision, 3);
    lf_engine_free(other);
    rig_close(&r);
}

/* A store may not heed what lf_loaded_set() returns: the contact is not gone for that. */
static lf_status load_heedlessly(void *user, const char *tenant, const char *contact, size_t len,
                                 lf_loaded *loaded) {
    (void)user;
    (void)tenant;
    (void)contact;
    (void)len;
    (void)lf_loaded_set(loaded, "x", 1, 0);
    return LF_OK;
}

static void not_heeded(void **state) {
    rig r;
    static const char granted[] = "{\"channel\":\"email\",\"status\":\"granted\"}";
    (void)state;
    rig_open(&r, NULL, RIG_PLAIN);
    OK(rig_take(&r, event_text("c-1", "$consent", T0, NULL, granted), T0));
    OK(rig_take(&r, event_text("c-1", "form", T0, NULL, NULL), T0));
    r.door.under.load = load_heedlessly;
    assert_int_equal(lf_engine_wake(r.engine, "c-1", 3, T0), LF_E_ARG);
    assert_int_equal(lf_engine_deliver(r.engine, T0, SIZE_MAX, NULL), LF_E_ARG);
    assert_int_equal(plain_count(&r.plain, NULL, PLAIN_DEAD), 0);
    plain_table(&r.plain, &r.door.under);
    OK(lf_engine_deliver(r.engine, T0 + HOUR, SIZE_MAX, NULL));
    assert_int_equal(inbox_distinct(&r.inbox, "send"), 1);
    rig_close(&r);
}

/* What a commit returns says nothing of the contact: a death and what follows from it come together. */
static void commits_that_say_not_found(void **state) {
    static const lf_status said[] = {LF_E_NOTFOUND, LF_E_CORRUPT};
    static const char granted[] = "{\"channel\":\"email\",\"status\":\"granted\"}";
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        rig r;
        size_t done;
        rig_open(&r, NULL, RIG_PLAIN);
        OK(rig_take(&r, event_text("c-1", "$consent", T0, NULL, granted), T0));
        OK(rig_take(&r, event_text("c-1", "form", T0, NULL, NULL), T0));
        r.inbox.refuse_kind = "send";
        door_fail(&r.door, DOOR_COMMIT, 1, false, true, said[i]);
        assert_int_equal(lf_engine_deliver(r.engine, T0, SIZE_MAX, NULL), said[i]);
        assert_int_equal(plain_count(&r.plain, NULL, PLAIN_DEAD), 0);
        assert_int_equal(lf_engine_run_due(r.engine, T0 + DAY, SIZE_MAX, &done), said[i]);
        assert_int_equal(done, 0);
        door_mend(&r.door);
        OK(lf_engine_deliver(r.engine, T0 + HOUR, SIZE_MAX, NULL));
        assert_int_equal(plain_count(&r.plain, "send", PLAIN_DEAD), 1);
        assert_non_null(plain_effect_of(&r.plain, "flag", 0)); /* on_failure has run */
        rig_close(&r);
    }
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
        cmocka_unit_test(codes_pass_through), cmocka_unit_test(found_and_not_found),
        cmocka_unit_test(not_heeded),         cmocka_unit_test(commits_that_say_not_found),
        cmocka_unit_test(unknown_and_others), cmocka_unit_test(unknown_until_later),
        cmocka_unit_test(unknown_lands_late), cmocka_unit_test(unknown_of_an_old_event),
        cmocka_unit_test(conflicts),          cmocka_unit_test(nobody_can_tell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

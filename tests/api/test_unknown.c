/* SPDX-License-Identifier: MIT */
/* Messages of which it is not known whether they went: "unknown": "hold" (SPEC 11). */
#include <stdio.h>

#include "rig.h"

static const char blueprint[] = JSON({
    "leadflow" : 1,
    "events" : {"form" : {}},
    "consent" : {"email" : "opt_out"},
    "templates" : {
        "bill" : {
            "channel" : "email",
            "class" : "transactional",
            "subject" : "Your bill",
            "unknown" : "hold"
        }
    },
    "sequences" : {
        "bills" : {
            "trigger" : [ {"event" : "form"} ],
            "on_failure" : [ {"flag" : "send_failed"} ],
            "steps" : [ {"send" : "bill"} ]
        }
    }
});

static void open_with_bill(rig *r, int how) {
    rig_open(r, blueprint, how);
    OK(rig_take(r, event_text("c-1", "form", T0, NULL, NULL), T0));
}

static enum plain_place bill(const rig *r) {
    return plain_effect_of(&r->plain, "send", 0)->place;
}

/* All that there is to be handed over, for hours. */
static void go_on(rig *r, lf_engine *engine) {
    for (int64_t now = T0 + HOUR; now <= T0 + DAY; now += 6 * HOUR) {
        OK(lf_engine_deliver(engine, now, SIZE_MAX, NULL));
    }
    assert_int_equal(plain_count(&r->plain, NULL, PLAIN_OUTBOX), 0);
}

static size_t faults(const rig *r) {
    return inbox_count(&r->inbox, "fault");
}

static void all_is_well(void **state) {
    static const int stores[] = {RIG_PLAIN, RIG_LOCK};
    (void)state;
    for (size_t s = 0; s < 2; s++) {
        rig r;
        open_with_bill(&r, stores[s]);
        OK(lf_engine_deliver(r.engine, T0, SIZE_MAX, NULL));
        assert_int_equal(inbox_count(&r.inbox, "send"), 1);
        assert_int_equal(bill(&r), PLAIN_DONE);
        assert_int_equal(faults(&r), 0);
        /* Nothing is left of it in the contact. */
        rig other;
        rig_open(&other, blueprint, RIG_PLAIN);
        OK(rig_take(&other, event_text("c-1", "form", T0, NULL, NULL), T0));
        const plain_contact *mine = plain_contact_of(&r.plain, "default", "c-1"),
                            *fresh = plain_contact_of(&other.plain, "default", "c-1");
        assert_int_equal(mine->size, fresh->size);
        assert_memory_equal(mine->bytes, fresh->bytes, fresh->size);
        rig_close(&other);
        rig_close(&r);
    }
}

/* Whatever fails and whenever, once or for ever as if the worker had died: it goes at most once, and when that is not
 * known, it is held and a fault says so. */
static void never_twice(void **state) {
    static const enum door_call calls[] = {DOOR_LOAD,   DOOR_COMMIT,        DOOR_SETTLE, DOOR_LOCK,
                                           DOOR_UNLOCK, DOOR_CLAIM_EFFECTS, DOOR_DELIVER};
    static const lf_status codes[] = {LF_E_USER, LF_E_UNKNOWN, LF_E_CONFLICT};
    size_t held = 0, went = 0, failed = 0;
    (void)state;
    for (size_t i = 0; i < sizeof calls / sizeof *calls * 3 * 4; i++) {
        for (size_t nth = 1; nth <= 6; nth++) {
            rig r;
            open_with_bill(&r, i % 2 == 0 ? RIG_PLAIN : RIG_LOCK);
            door_fail(&r.door, calls[i / 12], nth, (i & 1) != 0, (i & 2) != 0, codes[i / 4 % 3]);
            (void)lf_engine_deliver(r.engine, T0, SIZE_MAX, NULL);
            failed += r.door.faults > 0;
            door_mend(&r.door);
            r.door.inside = r.door.locked = false;
            plain_lapse(&r.plain);
            r.plain.locked[0] = '\0';
            lf_engine *other = rig_engine(&r, NULL, false);
            go_on(&r, other);
            size_t sent = inbox_count(&r.inbox, "send");
            bool lied =
                calls[i / 12] == DOOR_DELIVER && (i & 1) != 0 && codes[i / 4 % 3] != LF_E_UNKNOWN;
            assert_true(sent <= 1 ||
                        lied); /* a delivery that has sent it and says that it has not */
            assert_int_equal(faults(&r), bill(&r) == PLAIN_DEAD);
            assert_true(sent >= 1 || bill(&r) == PLAIN_DEAD);
            held += bill(&r) == PLAIN_DEAD;
            went += bill(&r) == PLAIN_DONE;
            lf_engine_free(other);
            rig_close(&r);
        }
    }
    assert_true(held > 10 && went > 100 && failed > 100);
}

static void worker_dies(rig *r) {
    door_fail(&r->door, DOOR_COMMIT, 2, false, true, LF_E_USER);
    assert_int_equal(lf_engine_deliver(r->engine, T0, SIZE_MAX, NULL), LF_E_USER);
    door_mend(&r->door);
}

/* A person looks, and sends it again or not. */
static void held_and_revived(void **state) {
    rig r;
    lf_buffer *dead = new_buffer();
    (void)state;
    open_with_bill(&r, RIG_PLAIN);
    worker_dies(&r);
    go_on(&r, r.engine);
    assert_int_equal(bill(&r), PLAIN_DEAD);
    assert_int_equal(inbox_count(&r.inbox, "send"), 1);
    assert_int_equal(inbox_count(&r.inbox, "flag"), 0); /* nobody knows that it failed */
    const char *key = plain_effect_of(&r.plain, "send", 0)->key;
    const plain_effect *fault = plain_effect_of(&r.plain, "fault", 0);
    char expected[200];
    snprintf(expected, sizeof expected, "\"reason\":\"unknown\",\"held\":\"%s\"", key);
    assert_non_null(strstr(fault->json, expected));
    OK(lf_engine_dead(r.engine, 10, dead));
    assert_non_null(strstr(lf_buffer_data(dead), key));
    OK(lf_engine_revive(r.engine, key));
    OK(lf_engine_deliver(r.engine, T0 + 2 * DAY, SIZE_MAX, NULL));
    assert_int_equal(bill(&r), PLAIN_DONE);
    assert_int_equal(inbox_count(&r.inbox, "send"), 2);
    lf_buffer_free(dead);
    rig_close(&r);
}

/* The delivery itself says that it does not know. */
static void delivery_does_not_know(void **state) {
    rig r;
    (void)state;
    open_with_bill(&r, RIG_PLAIN);
    r.inbox.code = LF_E_UNKNOWN;
    while (inbox_count(&r.inbox, "send") == 0) {
        r.inbox.code = plain_count(&r.plain, "enrolled", PLAIN_OUTBOX) > 0 ? LF_OK : LF_E_UNKNOWN;
        (void)lf_engine_deliver(r.engine, T0, 1, NULL);
    }
    assert_int_equal(bill(&r), PLAIN_DEAD);
    r.inbox.code = LF_OK;
    go_on(&r, r.engine);
    assert_int_equal(inbox_count(&r.inbox, "send"), 1);
    assert_int_equal(faults(&r), 1);
    rig_close(&r);
}

/* What was certainly not sent comes again, and dies as others do. */
static void certain_failures(void **state) {
    (void)state;
    for (int refuse = 0; refuse < 2; refuse++) {
        rig r;
        open_with_bill(&r, RIG_PLAIN);
        r.inbox.refuse_kind = refuse ? "send" : NULL;
        r.inbox.retry = !refuse;
        OK(lf_engine_deliver(r.engine, T0, SIZE_MAX, NULL));
        for (int i = 0; i < 2 && !refuse; i++) {
            plain_lapse(&r.plain);
            OK(lf_engine_deliver(r.engine, T0 + (i + 1) * HOUR, SIZE_MAX, NULL));
        }
        r.inbox.retry = false;
        go_on(&r, r.engine);
        assert_int_equal(bill(&r), refuse ? PLAIN_DEAD : PLAIN_DONE);
        assert_int_equal(inbox_count(&r.inbox, "flag"), refuse);
        assert_int_equal(faults(&r), 0);
        rig_close(&r);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_is_well),      cmocka_unit_test(never_twice),
        cmocka_unit_test(held_and_revived), cmocka_unit_test(delivery_does_not_know),
        cmocka_unit_test(certain_failures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

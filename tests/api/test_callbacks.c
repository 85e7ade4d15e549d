/* SPDX-License-Identifier: MIT */
/*
 * Every callback fails in every way, at every call (RELIABILITY B2): with each code, before it has done anything
 * or after it has done it, once or for ever; it tells lies; it calls the engine. In the end the life that was led
 * is the same. What is here of it stands in three tables: the callbacks, the codes, the lies.
 */
#include "life.h"

/* ---- the callbacks ---- */
#define OF_STORE(member, call) \
    { #member, offsetof(lf_store, member), call, false }
#define OF_DELIVERY(member, call) \
    { #member, offsetof(lf_delivery, member), call, true }
#define CANNOT_FAIL DOOR_CALLS /* it is called once, at the end */

static const struct member {
    const char *name;
    size_t offset;
    enum door_call call;
    bool of_delivery;
} members[] = {
    OF_STORE(user_free, CANNOT_FAIL),
    OF_STORE(load, DOOR_LOAD),
    OF_STORE(commit, DOOR_COMMIT),
    OF_STORE(claim_due, DOOR_CLAIM_DUE),
    OF_STORE(claim_effects, DOOR_CLAIM_EFFECTS),
    OF_STORE(settle, DOOR_SETTLE),
    OF_STORE(lock, DOOR_LOCK),
    OF_STORE(unlock, DOOR_UNLOCK),
    OF_STORE(scan, DOOR_SCAN),
    OF_STORE(dead, DOOR_DEAD),
    OF_STORE(revive, DOOR_REVIVE),
    OF_DELIVERY(user_free, CANNOT_FAIL),
    OF_DELIVERY(deliver, DOOR_DELIVER),
};
#define MEMBERS (sizeof members / sizeof members[0])

/* Each member of the two structs stands in the table, and each door. */
static void table_is_whole(void **state) {
    size_t next[2] = {offsetof(lf_store, user) + sizeof(void *),
                      offsetof(lf_delivery, user) + sizeof(void *)};
    bool doors[DOOR_CALLS + 1] = {false};
    (void)state;
    for (size_t i = 0; i < MEMBERS; i++) {
        assert_int_equal(members[i].offset, next[members[i].of_delivery]);
        next[members[i].of_delivery] += sizeof(void (*)(void));
        doors[members[i].call] = true;
    }
    assert_int_equal(next[0], sizeof(lf_store));
    assert_int_equal(next[1], sizeof(lf_delivery));
    for (int i = 0; i < DOOR_CALLS; i++) {
        assert_true(doors[i] || i == DOOR_CLOCK); /* which is an option of the engine */
    }
}

/* ---- faults ---- */
typedef struct fault {
    enum door_call call;
    size_t nth;
    bool after, forever;
    lf_status code;
    void (*lie)(void *out, size_t limit); /* instead of the code; NULL: none */
} fault;

/* The outcome, to be freed. */
static char *live_with(const fault *f, int how, size_t calls[DOOR_CALLS]) {
    life l;
    life_open(&l, how);
    /* After three attempts an effect would be dead, which is another story. */
    l.patience = f->call == DOOR_DELIVER ? 2 : 3;
    if (f->lie != NULL) {
        door_lie(&l.rig.door, f->call, f->nth, f->after, f->forever, f->lie);
    } else {
        door_fail(&l.rig.door, f->call, f->nth, f->after, f->forever, f->code);
    }
    life_live(&l);
    assert_true(f->nth == 0 || l.rig.door.faults > 0);
    if (calls != NULL) {
        memcpy(calls, l.calls, sizeof l.calls);
    }
    char *outcome = life_outcome(&l);
    life_close(&l);
    return outcome;
}

/* At every call of it, once and for ever. */
static size_t live_with_each(fault f, int how) {
    static const fault none = {.nth = 0};
    size_t calls[DOOR_CALLS], n = 0;
    char *expected = live_with(&none, how, calls);
    for (f.nth = 1; f.nth <= calls[f.call]; f.nth++) {
        for (int forever = 0; forever < 2; forever++) {
            f.forever = forever;
            char *outcome = live_with(&f, how, NULL);
            assert_string_equal(outcome, expected);
            free(outcome);
            n++;
        }
    }
    free(expected);
    return n;
}

/* ---- codes ---- */
enum { BEFORE = 1, AFTER = 2 };

/* What may be said, and whether when nothing or when all was done. Of the codes with a meaning of their own
 * (store.h) a callback that has done its work says none but LF_E_UNKNOWN. */
static const struct answer {
    lf_status code;
    int when;
} answers[] = {
    {LF_E_USER, BEFORE | AFTER},     {-9999, BEFORE | AFTER},
    {INT32_MIN, BEFORE | AFTER},     {1, BEFORE | AFTER},
    {INT32_MAX, BEFORE | AFTER},     {LF_E_UNKNOWN, BEFORE | AFTER},
    {LF_E_NOMEM, BEFORE | AFTER},    {LF_E_STORE, BEFORE | AFTER},
    {LF_E_BUSY, BEFORE | AFTER},     {LF_E_CORRUPT, BEFORE | AFTER},
    {LF_E_NOTFOUND, BEFORE | AFTER}, {LF_E_CONFLICT, BEFORE},
    {LF_E_FENCED, BEFORE},
};

/* Where the code tells something else than a failure, and the life is another. */
static bool has_a_meaning(enum door_call call, lf_status code) {
    return code == LF_E_NOTFOUND && (call == DOOR_LOAD || call == DOOR_SCAN || call == DOOR_REVIVE);
}

static void codes(void **state) {
    const struct member *m = *state;
    static const int hows[] = {RIG_PLAIN, RIG_LOCK};
    size_t n = 0;
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        for (int when = BEFORE; when <= AFTER; when++) {
            fault f = {.call = m->call, .after = when == AFTER, .code = answers[i].code};
            if ((answers[i].when & when) == 0 || has_a_meaning(f.call, f.code)) {
                continue;
            }
            for (size_t j = 0; j < 2; j++) {
                n += live_with_each(f, hows[j]);
            }
        }
    }
    assert_true(n > 40);
}

/* ---- lies ---- */
static unsigned char *foreign; /* the bytes of another contact */
static size_t foreign_size;
static const char of_nobody[] =
    "{\"at\":\"2026-01-01T00:00:00.000Z\",\"contact\":\"gone\",\"kind\":\"send\","
    "\"key\":\"0123456789abcdef0123456789abcdef\"}";

static void sets_rubbish(void *out, size_t limit) {
    (void)limit;
    assert_int_equal(lf_loaded_set(NULL, "x", 1, 1), LF_E_ARG);
    assert_int_equal(lf_loaded_set(out, NULL, 5, 1), LF_E_ARG);
    assert_int_equal(lf_loaded_set(out, "x", 1, 0), LF_E_ARG); /* revisions begin at 1 */
}

static void sets_damage(void *out, size_t limit) {
    (void)limit;
    OK(lf_loaded_set(out, "LF\1 is how it begins", 20, 3));
}

static void sets_nothing(void *out, size_t limit) {
    (void)limit;
    OK(lf_loaded_set(out, NULL, 0, 3));
}

static void sets_much(void *out, size_t limit) {
    static unsigned char much[1 << 20];
    (void)limit;
    OK(lf_loaded_set(out, much, sizeof much, UINT64_MAX));
}

static void sets_another(void *out, size_t limit) {
    (void)limit;
    OK(lf_loaded_set(out, foreign, foreign_size, 1));
}

static void adds_rubbish(void *out, size_t limit) {
    (void)limit;
    assert_int_equal(lf_claims_add_contact(NULL, "x", 1), LF_E_ARG);
    assert_int_equal(lf_claims_add_contact(out, NULL, 1), LF_E_ARG);
    assert_int_equal(lf_claims_add_effect(NULL, "x", 1, "k", "{}", 2, 1, 0), LF_E_ARG);
    assert_int_equal(lf_claims_add_effect(out, NULL, 1, "k", "{}", 2, 1, 0), LF_E_ARG);
    assert_int_equal(lf_claims_add_effect(out, "x", 1, NULL, "{}", 2, 1, 0), LF_E_ARG);
    assert_int_equal(lf_claims_add_effect(out, "x", 1, "k", NULL, 2, 1, 0), LF_E_ARG);
}

static void adds_nobody(void *out, size_t limit) {
    static char longest[300];
    (void)limit;
    memset(longest, 'x', sizeof longest);
    OK(lf_claims_add_contact(out, "gone", 4));
    OK(lf_claims_add_contact(out, "", 0));
    OK(lf_claims_add_contact(out, "c\0-1", 4));
    OK(lf_claims_add_contact(out, longest, sizeof longest));
}

static void adds_it_twice(void *out, size_t limit) {
    (void)limit;
    OK(lf_claims_add_contact(out, "c-1", 3));
    OK(lf_claims_add_contact(out, "c-1", 3));
}

static void adds_beyond_limit(void *out, size_t limit) {
    for (size_t i = 0; i < limit + 3; i++) {
        OK(lf_claims_add_contact(out, "gone", 4));
    }
}

static void adds_damage(void *out, size_t limit) {
    static const char *const damaged[] = {"",
                                          "{",
                                          "null",
                                          "{}",
                                          "{\"at\":\"2026-01-01T00:00:00.000Z\"}",
                                          "\xff",
                                          "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["};
    (void)limit;
    for (size_t i = 0; i < sizeof damaged / sizeof damaged[0]; i++) {
        OK(lf_claims_add_effect(out, "c-1", 3, "a key of nothing", damaged[i], strlen(damaged[i]),
                                7, -1));
    }
}

static void adds_effects_of_nobody(void *out, size_t limit) {
    for (size_t i = 0; i < limit + 3; i++) {
        OK(lf_claims_add_effect(out, "gone", 4, "0123456789abcdef0123456789abcdef", of_nobody,
                                sizeof of_nobody - 1, UINT64_MAX, INT64_MAX));
    }
    OK(lf_claims_add_effect(out, "", 0, "", of_nobody, sizeof of_nobody - 1, 1, 0));
    OK(lf_claims_add_effect(out, "c-1", 3, "another key", of_nobody, sizeof of_nobody - 1, 1, 0));
}

static void retries_twice(void *out, size_t limit) {
    (void)limit;
    lf_receipt_retry(NULL, 1);
    lf_receipt_refuse(NULL);
    lf_receipt_retry(out, INT64_MAX);
    lf_receipt_retry(out, INT64_MIN); /* the last word counts: as the engine thinks */
}

static void tells_no_time(void *out, size_t limit) {
    (void)limit;
    *(int64_t *)out = INT64_MIN;
}

static void tells_the_end_of_time(void *out, size_t limit) {
    (void)limit;
    *(int64_t *)out = INT64_MAX;
}

static void tells_the_past(void *out, size_t limit) {
    (void)limit;
    *(int64_t *)out = 0;
}

#define CLAIMS_OF_CONTACTS(lie) \
    {DOOR_CLAIM_DUE, lie, BEFORE | AFTER}, { \
        DOOR_SCAN, lie, BEFORE | AFTER \
    }
#define CLAIMS_OF_EFFECTS(lie) \
    {DOOR_CLAIM_EFFECTS, lie, BEFORE | AFTER}, { \
        DOOR_DEAD, lie, BEFORE | AFTER \
    }

/* What a callback says beside what its store says. Lists of contacts get effects, too, and the other way round. */
static const struct lie {
    enum door_call call;
    void (*tell)(void *out, size_t limit);
    int when;
} lies[] = {
    {DOOR_LOAD, sets_rubbish, BEFORE | AFTER},
    {DOOR_LOAD, sets_damage, BEFORE | AFTER},
    {DOOR_LOAD, sets_nothing, BEFORE | AFTER},
    {DOOR_LOAD, sets_much, BEFORE | AFTER},
    {DOOR_LOAD, sets_another, BEFORE | AFTER},
    CLAIMS_OF_CONTACTS(adds_rubbish),
    CLAIMS_OF_CONTACTS(adds_nobody),
    CLAIMS_OF_CONTACTS(adds_it_twice),
    CLAIMS_OF_CONTACTS(adds_beyond_limit),
    CLAIMS_OF_CONTACTS(adds_damage),
    CLAIMS_OF_CONTACTS(adds_effects_of_nobody),
    CLAIMS_OF_EFFECTS(adds_rubbish),
    CLAIMS_OF_EFFECTS(adds_nobody),
    CLAIMS_OF_EFFECTS(adds_it_twice),
    CLAIMS_OF_EFFECTS(adds_beyond_limit),
    CLAIMS_OF_EFFECTS(adds_damage),
    CLAIMS_OF_EFFECTS(adds_effects_of_nobody),
    {DOOR_DELIVER, retries_twice, BEFORE | AFTER},
    {DOOR_CLOCK, tells_no_time, AFTER},
    {DOOR_CLOCK, tells_the_end_of_time, AFTER},
    {DOOR_CLOCK, tells_the_past, AFTER},
};
#define LIES (sizeof lies / sizeof lies[0])

static void lying(void **state) {
    const struct member *m = *state;
    size_t n = 0;
    for (size_t i = 0; i < LIES; i++) {
        for (int when = BEFORE; when <= AFTER && lies[i].call == m->call; when++) {
            fault f = {.call = m->call, .after = when == AFTER, .lie = lies[i].tell};
            if (lies[i].when & when) {
                n += live_with_each(f, RIG_PLAIN);
                n += live_with_each(f, RIG_LOCK);
            }
        }
    }
    assert_true(n > 4);
}

/* ---- callbacks that call the engine ---- */
typedef struct caller {
    lf_engine *engine;
    lf_event *event;
    size_t calls[DOOR_CALLS];
} caller;

static void call_the_engine(void *ctx, enum door_call call, size_t nth) {
    caller *c = ctx;
    lf_buffer *buffer = new_buffer();
    lf_contact *contact = (lf_contact *)ctx;
    size_t woken = 5, done = 5;
    int32_t taken = 5, taken_json = 5;
    (void)nth;
    assert_int_equal(lf_engine_take(c->engine, c->event, T0, &taken, NULL), LF_E_BUSY);
    assert_int_equal(lf_engine_take_json(c->engine, "{}", 2, 1, T0, &taken_json, NULL), LF_E_BUSY);
    assert_int_equal(lf_engine_wake(c->engine, "c-1", 3, T0), LF_E_BUSY);
    assert_int_equal(lf_engine_run_due(c->engine, T0, 1, &woken), LF_E_BUSY);
    assert_int_equal(lf_engine_deliver(c->engine, T0, 1, &done), LF_E_BUSY);
    assert_int_equal(lf_engine_contact(c->engine, "c-1", 3, &contact), LF_E_BUSY);
    assert_int_equal(lf_engine_next_contact(c->engine, NULL, 0, buffer), LF_E_BUSY);
    assert_int_equal(lf_engine_dead(c->engine, 1, buffer), LF_E_BUSY);
    assert_int_equal(lf_engine_revive(c->engine, "k"), LF_E_BUSY);
    lf_engine_free(c->engine); /* does nothing here */
    assert_true(taken == LF_TAKEN_NEW && taken_json == LF_TAKEN_NEW && woken == 0 && done == 0);
    assert_null(contact);
    assert_int_equal(lf_buffer_size(buffer), 0);
    lf_buffer_free(buffer);
    c->calls[call]++;
}

static void calling_the_engine(void **state) {
    static const fault none = {.nth = 0};
    life l;
    (void)state;
    char *expected = live_with(&none, RIG_LOCK, NULL);
    life_open(&l, RIG_LOCK);
    caller c = {.engine = l.rig.engine,
                .event = parse_event(l.rig.blueprint, event_text("c-1", "form", T0, NULL, NULL))};
    l.rig.door.meanwhile = call_the_engine;
    l.rig.door.ctx = &c;
    life_live(&l);
    l.rig.door.meanwhile = NULL;
    for (int i = 0; i < DOOR_CALLS; i++) {
        assert_true(c.calls[i] > 0);
    }
    char *outcome = life_outcome(&l);
    assert_string_equal(outcome, expected);
    free(outcome);
    free(expected);
    lf_event_free(c.event);
    life_close(&l);
}

/* ---- the programs' tests ---- */
static int make_foreign(void **state) {
    lf_blueprint *blueprint = parse_blueprint(RIG_BLUEPRINT, NULL);
    lf_contact *contact;
    (void)state;
    OK(lf_contact_new(blueprint, "c-2", 3, &contact));
    foreign = contact_bytes(contact, &foreign_size);
    lf_contact_free(contact);
    lf_blueprint_unref(blueprint);
    return 0;
}

static int free_foreign(void **state) {
    (void)state;
    free(foreign);
    return 0;
}

static bool lies_of(enum door_call call) {
    for (size_t i = 0; i < LIES; i++) {
        if (lies[i].call == call) {
            return true;
        }
    }
    return false;
}

int main(void) {
    static const struct member the_clock = {"clock", 0, DOOR_CLOCK, false};
    struct CMUnitTest tests[2 * MEMBERS + 4] = {cmocka_unit_test(table_is_whole),
                                                cmocka_unit_test(calling_the_engine)};
    size_t n = 2;
    for (size_t i = 0; i <= MEMBERS; i++) {
        const struct member *m = i < MEMBERS ? &members[i] : &the_clock;
        void *of = (void *)(uintptr_t)m;
        if (m->call != CANNOT_FAIL) {
            tests[n++] = (struct CMUnitTest){m->name, codes, NULL, NULL, of};
        }
        if (lies_of(m->call)) {
            tests[n++] = (struct CMUnitTest){m->name, lying, NULL, NULL, of};
        }
    }
    return _cmocka_run_group_tests("callbacks", tests, n, make_foreign, free_foreign);
}

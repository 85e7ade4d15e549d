/* SPDX-License-Identifier: MIT */
#include "life.h"

#define LEASE (MINUTE + 1)
#define MOST_FAILURES 60
#define LIMIT 100 /* a store that lies has always more to do */

void life_open(life *l, int how) {
    memset(l, 0, sizeof *l);
    l->patience = 3;
    rig_open(&l->rig, NULL, how);
}

void life_close(life *l) {
    rig_close(&l->rig);
}

/* ---- calls, repeated until they succeed ---- */
/* The clock goes on with each repeat, so that what was claimed by a call that failed is claimed again. */
static void set_clock(life *l, int64_t time) {
    l->time = time;
    l->rig.clock = time + l->late;
}

static bool again(life *l, lf_status status, bool done) {
    assert_true(status <= 0); /* a positive number is no status */
    if (status == LF_OK && done) {
        return false;
    }
    l->late += LEASE;
    set_clock(l, l->time);
    if (++l->failures == l->patience) {
        door_mend(&l->rig.door);
    }
    assert_true(l->failures < MOST_FAILURES);
    return true;
}

static void take(life *l, const char *type, int64_t time, const char *id, const char *props) {
    char *json = keep(event_text("c-1", type, time, id, props));
    lf_status status;
    set_clock(l, time);
    do {
        status = rig_take(&l->rig, json, INT64_MIN);
    } while (again(l, status, true));
    free(json);
}

static void run_due(life *l, int64_t time) {
    lf_status status;
    set_clock(l, time);
    do {
        status = lf_engine_run_due(l->rig.engine, INT64_MIN, LIMIT, NULL);
    } while (again(l, status, true));
}

static void deliver(life *l, int64_t time) {
    lf_status status;
    set_clock(l, time);
    do {
        status = lf_engine_deliver(l->rig.engine, INT64_MIN, LIMIT, NULL);
    } while (again(l, status, plain_count(&l->rig.plain, NULL, PLAIN_OUTBOX) == 0));
}

static void wake(life *l, int64_t time) {
    lf_status status;
    do {
        status = lf_engine_wake(l->rig.engine, "c-1", 3, time);
    } while (again(l, status, true));
}

/* From one contact to the next. The only one there is comes in any case. */
static void go_through(life *l) {
    lf_buffer *id = new_buffer();
    size_t n = 0;
    lf_status status = LF_OK;
    while (status != LF_E_NOTFOUND) {
        status = lf_engine_next_contact(l->rig.engine, lf_buffer_data(id), lf_buffer_size(id), id);
        n += status == LF_OK && strcmp(lf_buffer_data(id), "c-1") == 0;
        if (status != LF_E_NOTFOUND) {
            again(l, status, true);
        }
    }
    assert_true(n > 0);
    lf_buffer_free(id);
}

/* Gives each dead effect another life. What was done by a call that failed is not dead any more. */
static void revive_all(life *l) {
    static const char mark[] = "\"key\":\"";
    lf_buffer *list = new_buffer();
    lf_status status;
    do {
        status = lf_engine_dead(l->rig.engine, 100, list);
    } while (again(l, status, true));
    for (const char *at = lf_buffer_data(list); (at = strstr(at, mark)) != NULL;) {
        char key[40] = "";
        at += strlen(mark);
        memcpy(key, at, strcspn(at, "\"") < sizeof key ? strcspn(at, "\"") : 0);
        do {
            status = lf_engine_revive(l->rig.engine, key);
            status = status == LF_E_NOTFOUND ? LF_OK : status;
        } while (again(l, status, true));
    }
    lf_buffer_free(list);
}

/* ---- the story ---- */
static void check_letters(const life *l) {
    const inbox *in = &l->rig.inbox;
    size_t skipped = plain_count(&l->rig.plain, "skipped", PLAIN_DONE);
    assert_true(in->n < INBOX_MOST);
    assert_int_equal(skipped, 1);
    /* Each but the message that was skipped, and a key stands for one effect. */
    assert_int_equal(inbox_distinct(in, NULL), l->rig.plain.n_effects - 1);
    assert_int_equal(inbox_distinct(in, "send"), 1);
    for (size_t i = 0; i < in->n; i++) {
        for (size_t j = 0; j < i; j++) {
            assert_true(strcmp(in->letters[i].key, in->letters[j].key) != 0 ||
                        in->letters[i].content == in->letters[j].content);
        }
    }
}

/* In order, repeats aside, and those that died once. */
static void check_order(const life *l) {
    const inbox *in = &l->rig.inbox;
    size_t row = 0;
    for (size_t i = 0; i < in->n; i++) {
        size_t at = 0;
        while (strcmp(l->rig.plain.effects[at].key, in->letters[i].key) != 0) {
            at++;
        }
        if (strcmp(in->letters[i].kind, "stage") != 0) {
            assert_true(at + 1 >= row);
            row = at + 1 > row ? at + 1 : row;
        }
    }
}

void life_live(life *l) {
    static const char granted[] = "{\"channel\":\"email\",\"status\":\"granted\"}";
    static const char denied[] = "{\"channel\":\"email\",\"status\":\"denied\"}";
    take(l, "$consent", T0, NULL, granted);
    take(l, "form", T0 + MINUTE, NULL, "{\"name\":\"a\"}"); /* without id: it knows itself again */
    take(l, "visit", T0 + HOUR, "v-1", NULL);
    take(l, "visit", T0 + HOUR, "v-1", NULL); /* a duplicate */
    l->rig.inbox.refuse_kind = "stage";
    deliver(l, T0 + 2 * HOUR);
    l->rig.inbox.refuse_kind = NULL;
    revive_all(l);
    deliver(l, T0 + 4 * HOUR);
    run_due(l, T0 + DAY + HOUR);
    take(l, "$consent", T0 + DAY + 2 * HOUR, NULL, denied);
    deliver(l, T0 + DAY + 4 * HOUR); /* the second message is skipped now */
    go_through(l);
    l->late += LEASE;
    run_due(l, T0 + 2 * DAY);
    deliver(l, T0 + 2 * DAY);
    wake(l, T0 + 10 * DAY);
    deliver(l, T0 + 10 * DAY);
    memcpy(l->calls, l->rig.door.calls, sizeof l->calls);
    door_mend(&l->rig.door);
    revive_all(l);
    deliver(l, T0 + 11 * DAY);
    assert_int_equal(plain_count(&l->rig.plain, NULL, PLAIN_DONE), l->rig.plain.n_effects);
    check_letters(l);
    check_order(l);
}

char *life_outcome(const life *l) {
    char *contact = contact_text(l->rig.engine, "c-1");
    size_t n = strlen(contact), size = n + 1;
    for (size_t i = 0; i < l->rig.plain.n_effects; i++) {
        size += sizeof l->rig.plain.effects[i].kind + sizeof l->rig.plain.effects[i].key + 2;
    }
    char *text = realloc(contact, size);
    for (size_t i = 0; i < l->rig.plain.n_effects; i++) {
        const plain_effect *row = &l->rig.plain.effects[i];
        strcat(strcat(strcat(strcat(text, "\n"), row->kind), " "), row->key);
    }
    return text;
}

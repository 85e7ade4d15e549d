/* SPDX-License-Identifier: MIT */
/* What the store on SQLite has of its own: files and their errors, columns for SQL, transactions of many calls, the
 * lock, and what a failing disk leads to. */
#define _POSIX_C_SOURCE 200809L
#include "../api/support.h"

#include <leadflow_sqlite.h>

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static const char blueprint_text[] = JSON({
    "leadflow" : 1,
    "events" : {"visit" : {"engagement" : true}, "ask" : {}},
    "scores" : {
        "lead" : {
            "dimensions" :
                {"all" : {"rules" : [ {"name" : "visit", "on" : "visit", "points" : 9} ]}},
            "bands" : [ {"name" : "hot", "from" : 50}, {"name" : "cold", "from" : 0} ]
        }
    },
    "machines" : {
        "stage" : {
            "initial" : "new",
            "states" : {"new" : {}, "sql" : {}},
            "transitions" : [ {"from" : "new", "to" : "sql", "on" : "ask"} ]
        }
    }
});
static const char other_text[] = JSON({
    "leadflow" : 1,
    "events" : {"visit" : {}, "ask" : {}},
    "machines" : {"deal" : {"initial" : "open", "states" : {"open" : {}}}}
});

/* ---- a folder, a file, an engine ---- */
typedef struct desk {
    char folder[32], path[64];
    lf_blueprint *blueprint;
    lf_sqlite *sqlite;
    lf_engine *engine;
    size_t handed; /* effects */
    void (*hook)(struct desk *desk, const lf_effect *effect);
    lf_status heard;
} desk;

static lf_status deliver(void *user, const lf_effect *effect, lf_receipt *receipt) {
    desk *d = user;
    (void)receipt;
    d->handed++;
    if (d->hook != NULL) {
        d->hook(d, effect);
    }
    return LF_OK;
}

static lf_engine *open_engine(desk *d, lf_sqlite *sqlite, lf_blueprint *blueprint) {
    lf_engine_options options;
    lf_delivery delivery;
    lf_engine *engine;
    lf_store store;
    lf_sqlite_store(sqlite, &store);
    lf_delivery_init(&delivery, sizeof delivery);
    delivery.user = d;
    delivery.deliver = deliver;
    lf_engine_options_init(&options, sizeof options);
    options.store = &store;
    options.delivery = &delivery;
    OK(lf_engine_new(blueprint, &options, &engine));
    return engine;
}

static int set_up(void **state) {
    desk *d = calloc(1, sizeof *d);
    strcpy(d->folder, "/tmp/lf_sqlite_XXXXXX");
    assert_non_null(mkdtemp(d->folder));
    snprintf(d->path, sizeof d->path, "%s/crm.db", d->folder);
    d->blueprint = parse_blueprint(blueprint_text, NULL);
    OK(lf_sqlite_open(d->path, &d->sqlite));
    assert_string_equal(lf_sqlite_error(d->sqlite), "");
    d->engine = open_engine(d, d->sqlite, d->blueprint);
    *state = d;
    return 0;
}

static int tear_down(void **state) {
    desk *d = *state;
    char command[64];
    lf_engine_free(d->engine);
    lf_sqlite_close(d->sqlite);
    lf_blueprint_unref(d->blueprint);
    snprintf(command, sizeof command, "rm -r %s", d->folder);
    assert_int_equal(system(command), 0);
    free(d);
    return 0;
}

static lf_status take(lf_engine *engine, const char *contact, const char *type, int64_t at) {
    const char *json = event_text(contact, type, at, NULL, NULL);
    return lf_engine_take_json(engine, json, strlen(json), 1, at, NULL, NULL);
}

/* What a query gives, columns with | between them, rows with a blank. Static text. */
static const char *sql(lf_sqlite *sqlite, const char *query) {
    static char text[4096];
    sqlite3_stmt *q;
    size_t n = 0;
    int code;
    if (sqlite3_prepare_v2(lf_sqlite_db(sqlite), query, -1, &q, NULL) != SQLITE_OK) {
        return sqlite3_errmsg(lf_sqlite_db(sqlite));
    }
    text[0] = '\0';
    while ((code = sqlite3_step(q)) == SQLITE_ROW) {
        for (int i = 0; i < sqlite3_column_count(q); i++) {
            const char *value = (const char *)sqlite3_column_text(q, i);
            n += (size_t)snprintf(text + n, sizeof text - n, "%s%s",
                                  i > 0   ? "|"
                                  : n > 0 ? " "
                                          : "",
                                  value == NULL ? "NULL" : value);
            assert_true(n < sizeof text);
        }
    }
    sqlite3_finalize(q);
    return code == SQLITE_DONE ? text : sqlite3_errmsg(lf_sqlite_db(sqlite));
}

static size_t points(lf_engine *engine, const char *contact) {
    char *text = contact_text(engine, contact), *at = strstr(text, "\"points\":");
    assert_non_null(at);
    size_t n = strtoul(at + 9, NULL, 10);
    free(text);
    return n;
}

/* ---- files ---- */
static void files(void **state) {
    desk *d = *state;
    lf_sqlite *again;
    char path[64];
    assert_string_equal(sql(d->sqlite, "PRAGMA journal_mode"), "wal");
    OK(take(d->engine, "a", "visit", T0));
    OK(lf_sqlite_open(d->path, &again)); /* it is there */
    assert_string_equal(sql(again, "SELECT id, revision FROM lf_contact"), "a|1");
    lf_sqlite_close(again);
    lf_sqlite_close(NULL);
    assert_string_equal(lf_sqlite_error(NULL), "out of memory");

    snprintf(path, sizeof path, "%s/none/crm.db", d->folder);
    assert_int_equal(lf_sqlite_open(path, &again), LF_E_STORE);
    assert_non_null(strstr(lf_sqlite_error(again), "none/crm.db: unable to open database file"));
    lf_sqlite_close(again);
    assert_int_equal(lf_sqlite_open(d->folder, &again), LF_E_STORE);
    assert_non_null(strstr(lf_sqlite_error(again), ": unable to open database file"));
    lf_sqlite_close(again);

    snprintf(path, sizeof path, "%s/letter", d->folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (int i = 0; i < 100; i++) {
        fputs("This is no database, but a letter. ", file);
    }
    fclose(file);
    assert_int_equal(lf_sqlite_open(path, &again), LF_E_STORE);
    assert_non_null(strstr(lf_sqlite_error(again), "letter: file is not a database"));
    lf_sqlite_close(again);
}

static void read_only(void **state) {
    desk *d = *state;
    lf_sqlite *again;
    if (getuid() == 0) {
        skip(); /* root may write everything */
    }
    OK(take(d->engine, "a", "visit", T0));
    assert_int_equal(chmod(d->path, 0444), 0);
    assert_int_equal(lf_sqlite_open(d->path, &again), LF_E_STORE);
    assert_non_null(strstr(lf_sqlite_error(again), "crm.db: the file cannot be written"));
    lf_sqlite_close(again);
}

static void newer_tables(void **state) {
    desk *d = *state;
    lf_sqlite *again;
    sql(d->sqlite, "DROP VIEW lf_schema");
    sql(d->sqlite, "CREATE VIEW lf_schema AS SELECT 2 AS version");
    assert_int_equal(lf_sqlite_open(d->path, &again), LF_E_STORE);
    assert_non_null(
        strstr(lf_sqlite_error(again), "crm.db: its tables have version 2, this program knows 1"));
    lf_sqlite_close(again);
}

/* ---- columns ---- */
static void columns(void **state) {
    desk *d = *state;
    char id[] = "a";
    for (int i = 0; i < 12; i++, id[0]++) {
        for (int n = 0; n <= i; n++) {
            OK(take(d->engine, id, "visit", T0 + n));
        }
        if (i % 2 == 0) {
            OK(take(d->engine, id, "ask", T0 + DAY));
        }
    }
    assert_string_equal(sql(d->sqlite,
                            "SELECT id, score_lead, typeof(score_lead), band_lead, state_stage"
                            " FROM lf_contact WHERE id = 'b'"),
                        "b|18|integer|cold|new");
    /* 9 < 50 < 108, as numbers. */
    assert_string_equal(sql(d->sqlite,
                            "SELECT id, score_lead FROM lf_contact WHERE tenant = 'default' AND"
                            " score_lead > 50 AND state_stage = 'sql' ORDER BY score_lead DESC"),
                        "k|99 i|81 g|63");
    assert_string_equal(sql(d->sqlite, "SELECT band_lead, count(*), max(score_lead) FROM lf_contact"
                                       " GROUP BY band_lead"),
                        "cold|5|45 hot|7|108");
    sql(d->sqlite, "CREATE INDEX hot ON lf_contact (tenant, state_stage, score_lead)");
    OK(take(d->engine, "b", "ask", T0 + DAY)); /* an index of theirs is no hindrance */
    assert_string_equal(sql(d->sqlite, "SELECT id FROM lf_contact WHERE tenant = 'default' AND"
                                       " state_stage = 'sql' AND score_lead < 20"),
                        "a b");
    /* Another blueprint has other columns; those of the first stay as they are. */
    lf_blueprint *other = parse_blueprint(other_text, NULL);
    lf_engine *engine = open_engine(d, d->sqlite, other);
    OK(take(engine, "z", "visit", T0 + 2 * DAY));
    OK(take(d->engine, "c", "visit", T0 + 2 * DAY));
    assert_string_equal(lf_sqlite_error(d->sqlite), ""); /* to make a column is no error */
    assert_string_equal(sql(d->sqlite,
                            "SELECT id, score_lead, state_stage, state_deal FROM lf_contact"
                            " WHERE id IN ('z', 'c') ORDER BY id"),
                        "c|36|sql|NULL z|NULL|NULL|open");
    lf_engine_free(engine);
    lf_blueprint_unref(other);
    /* A column that somebody took away comes back. */
    sql(d->sqlite, "DROP INDEX hot");
    assert_string_equal(sql(d->sqlite, "ALTER TABLE lf_contact DROP COLUMN band_lead"), "");
    assert_int_equal(take(d->engine, "c", "visit", T0 + 3 * DAY), LF_E_STORE);
    assert_non_null(strstr(lf_sqlite_error(d->sqlite), "no such column: band_lead"));
    OK(take(d->engine, "c", "visit", T0 + 3 * DAY));
    assert_string_equal(sql(d->sqlite, "SELECT band_lead FROM lf_contact WHERE id = 'c'"), "cold");
    /* Bytes that somebody took away do not. */
    sql(d->sqlite, "DELETE FROM lf_contact_bytes"
                   " WHERE contact = (SELECT contact FROM lf_contact WHERE id = 'c')");
    assert_int_equal(take(d->engine, "c", "visit", T0 + 4 * DAY), LF_E_CORRUPT);
}

/* A contact that is never due has no time; one that is claimed has the end of its lease. */
static void wake_times(void **state) {
    desk *d = *state;
    OK(take(d->engine, "a", "visit", T0));
    assert_string_equal(sql(d->sqlite, "SELECT id, wake FROM lf_contact"), "a|NULL");
    assert_non_null(
        strstr(sql(d->sqlite, "EXPLAIN QUERY PLAN SELECT contact, id FROM lf_contact WHERE"
                              " tenant = 'default' AND wake <= 5 ORDER BY wake, id LIMIT 1"),
               "USING COVERING INDEX lf_contact_wake (tenant=? AND wake<?)"));
    assert_non_null(
        strstr(sql(d->sqlite, "EXPLAIN QUERY PLAN SELECT seq, json FROM lf_outbox WHERE"
                              " tenant = 'default' AND claim <= 5 ORDER BY claim, contact LIMIT 1"),
               "USING INDEX lf_outbox_claim (tenant=? AND claim<?)"));
}

/* ---- many calls as one transaction ---- */
static void groups(void **state) {
    desk *d = *state;
    lf_sqlite *other;
    OK(lf_sqlite_open(d->path, &other));
    OK(lf_sqlite_begin(d->sqlite));
    assert_int_equal(lf_sqlite_begin(d->sqlite), LF_E_BUSY);
    for (int i = 0; i < 50; i++) {
        OK(take(d->engine, i % 2 == 0 ? "a" : "b", "visit", T0 + i));
    }
    assert_int_equal(points(d->engine, "a"), 225);
    assert_string_equal(sql(other, "SELECT count(*) FROM lf_contact"),
                        "0"); /* nobody else sees it yet */
    assert_int_equal(lf_engine_deliver(d->engine, T0, 1, NULL), LF_E_BUSY);
    assert_int_equal(d->handed, 0);
    OK(lf_engine_run_due(d->engine, T0 + DAY, SIZE_MAX, NULL));
    OK(lf_sqlite_commit(d->sqlite));
    assert_string_equal(sql(other, "SELECT id, score_lead FROM lf_contact"), "a|225 b|225");
    assert_int_equal(lf_sqlite_commit(d->sqlite), LF_E_BUSY);
    assert_int_equal(lf_sqlite_rollback(d->sqlite), LF_E_BUSY);
    assert_non_null(strstr(lf_sqlite_error(d->sqlite), "there is no transaction"));

    OK(lf_sqlite_begin(d->sqlite));
    OK(take(d->engine, "a", "visit", T0 + DAY));
    OK(take(d->engine, "c", "visit", T0 + DAY));
    OK(lf_sqlite_rollback(d->sqlite));
    assert_int_equal(points(d->engine, "a"), 225);
    assert_string_equal(sql(other, "SELECT count(*) FROM lf_contact"), "2");
    OK(take(d->engine, "a", "visit", T0 + DAY)); /* outside it is as before */
    assert_int_equal(points(d->engine, "a"), 234);

    /* A work that fails within takes only itself back. */
    OK(lf_sqlite_begin(d->sqlite));
    OK(take(d->engine, "c", "visit", T0 + DAY));
    sql(d->sqlite, "CREATE TEMP TRIGGER no BEFORE INSERT ON lf_outbox WHEN new.contact = 'd'"
                   " BEGIN SELECT RAISE(ABORT, 'no d please'); END");
    assert_int_equal(take(d->engine, "d", "visit", T0 + DAY), LF_E_STORE);
    assert_non_null(strstr(lf_sqlite_error(d->sqlite), "crm.db: no d please"));
    OK(take(d->engine, "e", "visit", T0 + DAY));
    OK(lf_sqlite_commit(d->sqlite));
    assert_string_equal(sql(other, "SELECT id FROM lf_contact ORDER BY id"), "a b c e");
    lf_sqlite_close(other);
}

/* If SQLite gives up the whole transaction, what comes then is not half of one. */
static void a_lost_group(void **state) {
    desk *d = *state;
    OK(take(d->engine, "a", "visit", T0));
    OK(lf_sqlite_begin(d->sqlite));
    OK(take(d->engine, "b", "visit", T0));
    sql(d->sqlite, "CREATE TEMP TRIGGER no BEFORE INSERT ON lf_outbox WHEN new.contact = 'c'"
                   " BEGIN SELECT RAISE(ROLLBACK, 'all of it'); END");
    assert_int_equal(take(d->engine, "c", "visit", T0), LF_E_STORE);
    assert_int_equal(take(d->engine, "d", "visit", T0), LF_E_STORE);
    assert_non_null(strstr(lf_sqlite_error(d->sqlite), "the transaction was rolled back"));
    assert_int_equal(lf_sqlite_commit(d->sqlite), LF_E_STORE);
    assert_string_equal(sql(d->sqlite, "SELECT id FROM lf_contact"), "a");
    OK(take(d->engine, "d", "visit", T0));
    assert_string_equal(sql(d->sqlite, "SELECT id FROM lf_contact"), "a d");
}

/* ---- locks ---- */
static void others_write(void **state) {
    desk *d = *state;
    lf_sqlite *other;
    OK(lf_sqlite_open(d->path, &other));
    lf_engine *engine = open_engine(d, other, d->blueprint);
    OK(take(d->engine, "a", "visit", T0));
    OK(lf_sqlite_begin(d->sqlite));
    sqlite3_busy_timeout(lf_sqlite_db(other), 1);
    assert_int_equal(take(engine, "a", "visit", T0 + 1), LF_E_CONFLICT);
    assert_non_null(strstr(lf_sqlite_error(other), "crm.db: database is locked"));
    assert_int_equal(lf_engine_run_due(engine, T0, 1, NULL), LF_E_CONFLICT);
    assert_int_equal(lf_engine_deliver(engine, T0, 1, NULL), LF_E_CONFLICT);
    assert_int_equal(points(engine, "a"), 9); /* reading goes on */
    OK(take(d->engine, "a", "visit", T0 + 2));
    OK(lf_sqlite_commit(d->sqlite));
    OK(take(engine, "a", "visit", T0 + 1));
    assert_int_equal(points(d->engine, "a"), 27);
    lf_engine_free(engine);
    lf_sqlite_close(other);
}

static void meddle(desk *d, const lf_effect *effect) {
    lf_sqlite *other;
    (void)effect;
    if (d->handed > 1) {
        return;
    }
    OK(lf_sqlite_open(d->path, &other));
    sqlite3_busy_timeout(lf_sqlite_db(other), 1);
    lf_engine *engine = open_engine(d, other, d->blueprint);
    d->heard = take(engine, "a", "visit", T0 + 1);
    lf_engine_free(engine);
    lf_sqlite_close(other);
    engine = open_engine(d, d->sqlite, d->blueprint); /* on the very handle that is locked */
    assert_int_equal(take(engine, "a", "visit", T0 + 1), LF_E_BUSY);
    lf_engine_free(engine);
    assert_int_equal(lf_sqlite_begin(d->sqlite), LF_E_BUSY);
}

/* While an effect is handed over nobody changes the contact. */
static void lock(void **state) {
    desk *d = *state;
    OK(take(d->engine, "a", "visit", T0));
    d->hook = meddle;
    size_t done;
    OK(lf_engine_deliver(d->engine, T0, SIZE_MAX, &done));
    assert_int_equal(d->heard, LF_E_CONFLICT);
    assert_int_equal(points(d->engine, "a"), 9);
    assert_true(done > 1);
    assert_string_equal(sql(d->sqlite, "SELECT count(*) FROM lf_outbox"), "0");
    OK(take(d->engine, "a", "visit", T0 + 1));
}

/* A queue in the same file is written with the lock, or not at all. */
static void put_in_queue(desk *d, const lf_effect *effect) {
    char text[128];
    snprintf(text, sizeof text, "INSERT OR IGNORE INTO queue VALUES ('%s')", lf_effect_key(effect));
    assert_string_equal(sql(d->sqlite, text), "");
}

static void put_and_lose(desk *d, const lf_effect *effect) {
    put_in_queue(d, effect);
    sql(d->sqlite, "ROLLBACK"); /* as if unlock could not commit */
}

static void queue_in_the_file(void **state) {
    desk *d = *state;
    sql(d->sqlite, "CREATE TABLE queue (key TEXT PRIMARY KEY)");
    OK(take(d->engine, "a", "visit", T0));
    d->hook = put_and_lose;
    assert_int_equal(lf_engine_deliver(d->engine, T0, 1, NULL), LF_E_STORE);
    assert_string_equal(sql(d->sqlite, "SELECT count(*) FROM queue"), "0");
    d->hook = put_in_queue;
    size_t done;
    OK(lf_engine_deliver(d->engine, T0 + MINUTE, SIZE_MAX, &done));
    char expected[16];
    snprintf(expected, sizeof expected, "%zu", done);
    assert_string_equal(sql(d->sqlite, "SELECT count(*) FROM queue"), expected);
}

/* ---- a failing disk ---- */
static sqlite3_vfs failing, *sound;
static sqlite3_io_methods methods;
static int (*real_sync)(sqlite3_file *file, int flags);
static int (*real_write)(sqlite3_file *file, const void *bytes, int n, sqlite3_int64 at);
static int fail_sync, fail_write; /* what they return */

static int sync_or_fail(sqlite3_file *file, int flags) {
    return fail_sync != SQLITE_OK ? fail_sync : real_sync(file, flags);
}

static int write_or_fail(sqlite3_file *file, const void *bytes, int n, sqlite3_int64 at) {
    return fail_write != SQLITE_OK ? fail_write : real_write(file, bytes, n, at);
}

static int open_failing(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
                        int *out) {
    (void)vfs;
    int code = sound->xOpen(sound, name, file, flags, out);
    if (code == SQLITE_OK && (flags & SQLITE_OPEN_WAL)) {
        methods = *file->pMethods;
        real_sync = methods.xSync;
        real_write = methods.xWrite;
        methods.xSync = sync_or_fail;
        methods.xWrite = write_or_fail;
        file->pMethods = &methods;
    }
    return code;
}

static int set_up_failing(void **state) {
    sound = sqlite3_vfs_find(NULL);
    failing = *sound;
    failing.zName = "failing";
    failing.xOpen = open_failing;
    fail_sync = fail_write = SQLITE_OK;
    assert_int_equal(sqlite3_vfs_register(&failing, 1), SQLITE_OK);
    return set_up(state);
}

static int tear_down_failing(void **state) {
    fail_sync = fail_write = SQLITE_OK;
    int result = tear_down(state);
    sqlite3_vfs_unregister(&failing);
    return result;
}

/* Written, but not for sure on the disk: it cannot be known. A disk that is full has not done it. */
static void failing_disk(void **state) {
    desk *d = *state;
    sql(d->sqlite, "PRAGMA synchronous = FULL");
    OK(take(d->engine, "a", "visit", T0));
    fail_sync = SQLITE_IOERR_FSYNC;
    assert_int_equal(take(d->engine, "a", "visit", T0 + 1), LF_E_UNKNOWN);
    assert_non_null(strstr(lf_sqlite_error(d->sqlite), "crm.db: disk I/O error"));
    assert_int_equal(points(d->engine, "a"), 9);
    fail_sync = SQLITE_OK;
    OK(take(d->engine, "a", "visit", T0 + 1)); /* the same event, which has no id */
    assert_int_equal(points(d->engine, "a"), 18);

    fail_write = SQLITE_FULL;
    assert_int_equal(take(d->engine, "a", "visit", T0 + 2), LF_E_STORE);
    assert_non_null(strstr(lf_sqlite_error(d->sqlite), "crm.db: database or disk is full"));
    fail_write = SQLITE_OK;
    OK(take(d->engine, "a", "visit", T0 + 2));
    assert_int_equal(points(d->engine, "a"), 27);

    OK(lf_sqlite_begin(d->sqlite)); /* a transaction of many calls ends in the same ways */
    OK(take(d->engine, "b", "visit", T0));
    fail_sync = SQLITE_IOERR_FSYNC;
    assert_int_equal(lf_sqlite_commit(d->sqlite), LF_E_UNKNOWN);
    fail_sync = SQLITE_OK;
    assert_string_equal(sql(d->sqlite, "SELECT id FROM lf_contact"), "a");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(files, set_up, tear_down),
        cmocka_unit_test_setup_teardown(read_only, set_up, tear_down),
        cmocka_unit_test_setup_teardown(newer_tables, set_up, tear_down),
        cmocka_unit_test_setup_teardown(columns, set_up, tear_down),
        cmocka_unit_test_setup_teardown(wake_times, set_up, tear_down),
        cmocka_unit_test_setup_teardown(groups, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_lost_group, set_up, tear_down),
        cmocka_unit_test_setup_teardown(others_write, set_up, tear_down),
        cmocka_unit_test_setup_teardown(lock, set_up, tear_down),
        cmocka_unit_test_setup_teardown(queue_in_the_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(failing_disk, set_up_failing, tear_down_failing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* A store on SQLite: see leadflow_sqlite.h. Every change is one transaction that takes the write lock first, so
 * what it has read cannot change before it writes. */
#include "leadflow_sqlite.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ANY_TIME INT64_MIN

/* The version of the tables. */
static const char schema[] = "CREATE VIEW IF NOT EXISTS lf_schema AS SELECT 1 AS version";
#define SCHEMA 1

/* The bytes stand apart, so that a CRM's lists do not read over them. Only the first effect of a contact can be
 * claimed: it alone has a `claim`, the time from which it may be. When it goes away the next one is the first. */
static const char tables[] =
    "CREATE TABLE IF NOT EXISTS lf_contact ("
    "  contact INTEGER PRIMARY KEY, tenant TEXT NOT NULL, id TEXT NOT NULL,"
    "  revision INTEGER NOT NULL, wake INTEGER, UNIQUE (tenant, id));"
    "CREATE INDEX IF NOT EXISTS lf_contact_wake ON lf_contact (tenant, wake, id)"
    "  WHERE wake IS NOT NULL;"
    "CREATE TABLE IF NOT EXISTS lf_contact_bytes (contact INTEGER PRIMARY KEY, bytes BLOB NOT "
    "NULL);"
    "CREATE TABLE IF NOT EXISTS lf_outbox ("
    "  seq INTEGER PRIMARY KEY, tenant TEXT NOT NULL, contact TEXT NOT NULL, key TEXT NOT NULL,"
    "  json TEXT NOT NULL, fence INTEGER NOT NULL, attempts INTEGER NOT NULL, claim INTEGER);"
    "CREATE INDEX IF NOT EXISTS lf_outbox_contact ON lf_outbox (tenant, contact);"
    "CREATE INDEX IF NOT EXISTS lf_outbox_claim ON lf_outbox (tenant, claim, contact)"
    "  WHERE claim IS NOT NULL;"
    "CREATE TRIGGER IF NOT EXISTS lf_outbox_next AFTER DELETE ON lf_outbox"
    "  WHEN old.claim IS NOT NULL BEGIN"
    "  UPDATE lf_outbox SET claim = -9223372036854775808 WHERE seq = (SELECT min(seq) FROM "
    "lf_outbox"
    "  WHERE tenant = old.tenant AND contact = old.contact); END;"
    "CREATE TABLE IF NOT EXISTS lf_dead ("
    "  seq INTEGER PRIMARY KEY, tenant TEXT NOT NULL, contact TEXT NOT NULL, key TEXT NOT NULL,"
    "  json TEXT NOT NULL, fence INTEGER NOT NULL, attempts INTEGER NOT NULL,"
    "  UNIQUE (tenant, key));";

#define FIRST "(SELECT min(seq) FROM lf_outbox WHERE tenant = ?1 AND contact = ?2)"
#define EFFECT "contact, key, json, fence, attempts"

/* In all of them ?1 is the tenant, ?2 a contact or a key, ?3 a row; what is claimed or listed has its row in
 * front. */
/* clang-format off */
enum query {
    BEGIN, COMMIT, ROLLBACK, SAVE, RELEASE, UNDO, LOAD, MAKE, BYTES, APPEND, HELD, RETRY, BURY,
    REMOVE, DUE, LEASE, CLAIMABLE, CLAIM, SCAN, DEAD, REVIVE, RISEN, N_QUERIES
};
/* clang-format on */

static const char *const queries[N_QUERIES] = {
    [BEGIN] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [ROLLBACK] = "ROLLBACK",
    [SAVE] = "SAVEPOINT lf_step",
    [RELEASE] = "RELEASE lf_step",
    [UNDO] = "ROLLBACK TO lf_step",
    [LOAD] = "SELECT bytes, revision FROM lf_contact LEFT JOIN lf_contact_bytes USING (contact)"
             " WHERE tenant = ?1 AND id = ?2",
    [MAKE] = "INSERT OR IGNORE INTO lf_contact (tenant, id, revision) VALUES (?1, ?2, 0)",
    [BYTES] = "INSERT OR REPLACE INTO lf_contact_bytes"
              " SELECT contact, ?3 FROM lf_contact WHERE tenant = ?1 AND id = ?2",
    [APPEND] = "INSERT INTO lf_outbox (tenant, " EFFECT ", claim)"
               " VALUES (?1, ?2, ?3, ?4, 0, 0, CASE WHEN " FIRST " IS NULL THEN ?5 END)",
    [HELD] = "SELECT seq FROM lf_outbox WHERE seq = " FIRST " AND key = ?3 AND fence = ?4",
    [RETRY] = "UPDATE lf_outbox SET attempts = attempts + 1, fence = fence + 1, claim = ?4"
              " WHERE seq = ?3",
    [BURY] = "INSERT INTO lf_dead (tenant, " EFFECT ")"
             " SELECT tenant, " EFFECT " FROM lf_outbox WHERE seq = ?3",
    [REMOVE] = "DELETE FROM lf_outbox WHERE seq = ?3",
    [DUE] = "SELECT contact, id FROM lf_contact WHERE tenant = ?1 AND wake <= ?3"
            " ORDER BY wake, id LIMIT 1",
    [LEASE] = "UPDATE lf_contact SET wake = ?4 WHERE contact = ?3",
    [CLAIMABLE] = "SELECT seq, " EFFECT " FROM lf_outbox WHERE tenant = ?1 AND claim <= ?3"
                  " ORDER BY claim, contact LIMIT 1",
    [CLAIM] = "UPDATE lf_outbox SET claim = ?4, fence = fence + 1 WHERE seq = ?3",
    [SCAN] =
        "SELECT contact, id FROM lf_contact WHERE tenant = ?1 AND id > ?2 ORDER BY id LIMIT ?3",
    [DEAD] = "SELECT seq, " EFFECT " FROM lf_dead WHERE tenant = ?1 ORDER BY seq LIMIT ?3",
    [REVIVE] = "INSERT INTO lf_outbox (tenant, " EFFECT ", claim)"
               " SELECT tenant, contact, key, json, fence + 1, 0, CASE WHEN NOT EXISTS"
               " (SELECT 1 FROM lf_outbox AS o WHERE o.tenant = ?1 AND o.contact = d.contact)"
               " THEN ?3 END FROM lf_dead AS d WHERE tenant = ?1 AND key = ?2",
    [RISEN] = "DELETE FROM lf_dead WHERE tenant = ?1 AND key = ?2",
};

enum held { FREE, GROUPED, LOCKED }; /* what the open transaction is for */

struct lf_sqlite {
    sqlite3 *db;
    sqlite3_stmt *queries[N_QUERIES];
    sqlite3_stmt *put; /* of a contact, with the columns of the last commit */
    enum held held;
    char error[512];
    char path[];
};

/* ---- errors ---- */
static lf_status say(lf_sqlite *s, lf_status status, const char *text) {
    sqlite3_snprintf((int)sizeof s->error, s->error, "%s: %s", s->path, text);
    return status;
}

static lf_status failed(lf_sqlite *s, int code) {
    say(s, LF_OK, sqlite3_errcode(s->db) == code ? sqlite3_errmsg(s->db) : sqlite3_errstr(code));
    switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return LF_E_CONFLICT;
    case SQLITE_NOMEM:
        return LF_E_NOMEM;
    default:
        return LF_E_STORE;
    }
}

static lf_status checked(lf_sqlite *s, int code) {
    return code == SQLITE_OK || code == SQLITE_DONE ? LF_OK : failed(s, code);
}

static lf_status execute(lf_sqlite *s, const char *sql) {
    return checked(s, sqlite3_exec(s->db, sql, NULL, NULL, NULL));
}

/* ---- queries ---- */
static sqlite3_stmt *ask(lf_sqlite *s, enum query query, const char *tenant, const char *contact,
                         size_t len) {
    sqlite3_stmt *q = s->queries[query];
    sqlite3_bind_text(q, 1, tenant, -1, SQLITE_STATIC);
    sqlite3_bind_text64(q, 2, contact, len, SQLITE_STATIC, SQLITE_UTF8);
    return q;
}

/* Of a query that gives no row. */
static lf_status run(lf_sqlite *s, sqlite3_stmt *q) {
    int code = sqlite3_step(q);
    sqlite3_reset(q);
    return checked(s, code);
}

static lf_status change(lf_sqlite *s, enum query query, sqlite3_int64 row, int64_t time) {
    sqlite3_bind_int64(s->queries[query], 3, row);
    sqlite3_bind_int64(s->queries[query], 4, time);
    return run(s, s->queries[query]);
}

static lf_status add_contact(sqlite3_stmt *q, lf_claims *claims) {
    const char *id = (const char *)sqlite3_column_text(q, 1);
    return id == NULL ? LF_E_NOMEM
                      : lf_claims_add_contact(claims, id, (size_t)sqlite3_column_bytes(q, 1));
}

static lf_status add_effect(sqlite3_stmt *q, sqlite3_int64 to_fence, lf_claims *claims) {
    const char *text[4] = {NULL};
    for (int i = 1; i <= 3; i++) {
        text[i] = (const char *)sqlite3_column_text(q, i);
        if (text[i] == NULL) {
            return LF_E_NOMEM;
        }
    }
    return lf_claims_add_effect(claims, text[1], (size_t)sqlite3_column_bytes(q, 1), text[2],
                                text[3], (size_t)sqlite3_column_bytes(q, 3),
                                (uint64_t)(sqlite3_column_int64(q, 4) + to_fence),
                                sqlite3_column_int64(q, 5));
}

/* ---- transactions ---- */
static lf_status begin(lf_sqlite *s) {
    if (s->held == LOCKED) {
        return say(s, LF_E_BUSY, "an effect is being handed over under the lock");
    }
    if (s->held == GROUPED && sqlite3_get_autocommit(s->db)) {
        return say(s, LF_E_STORE, "the transaction was rolled back when something failed in it");
    }
    return run(s, s->queries[s->held == GROUPED ? SAVE : BEGIN]);
}

/* What was added in it goes away, columns too. */
static void roll_back(lf_sqlite *s) {
    sqlite3_finalize(s->put);
    s->put = NULL;
    if (sqlite3_get_autocommit(s->db)) {
        return; /* SQLite did it itself */
    }
    sqlite3_step(s->queries[s->held == GROUPED ? UNDO : ROLLBACK]);
    sqlite3_reset(s->queries[s->held == GROUPED ? UNDO : ROLLBACK]);
    if (s->held == GROUPED) {
        sqlite3_step(s->queries[RELEASE]);
        sqlite3_reset(s->queries[RELEASE]);
    }
}

/* Commits if all went well so far. Where the disk fails in the midst of that, a later recovery may still find the
 * transaction complete in the log. */
static lf_status end(lf_sqlite *s, lf_status status) {
    if (status == LF_OK) {
        status = run(s, s->queries[s->held == GROUPED ? RELEASE : COMMIT]);
        if (status == LF_OK) {
            return LF_OK;
        }
        status = sqlite3_errcode(s->db) % 256 == SQLITE_IOERR ? LF_E_UNKNOWN : status;
    }
    roll_back(s);
    return status;
}

/* ---- load and commit ---- */
static lf_status load(void *user, const char *tenant, const char *contact, size_t len,
                      lf_loaded *loaded) {
    sqlite3_stmt *q = ask(user, LOAD, tenant, contact, len);
    int code = sqlite3_step(q);
    lf_status status = LF_OK;
    if (code == SQLITE_ROW) {
        const void *bytes = sqlite3_column_blob(q, 0);
        status = lf_loaded_set(loaded, bytes, (size_t)sqlite3_column_bytes(q, 0),
                               (uint64_t)sqlite3_column_int64(q, 1));
    } else {
        status = checked(user, code);
    }
    sqlite3_reset(q);
    return status;
}

static lf_status add_column(lf_sqlite *s, const char *name) {
    if (sqlite3_table_column_metadata(s->db, "main", "lf_contact", name, NULL, NULL, NULL, NULL,
                                      NULL) == SQLITE_OK) {
        return LF_OK; /* it is there */
    }
    char *sql = sqlite3_mprintf("ALTER TABLE lf_contact ADD COLUMN %s %s", name,
                                strncmp(name, "score_", 6) == 0 ? "INTEGER" : "TEXT");
    lf_status status = sql == NULL ? LF_E_NOMEM : execute(s, sql);
    sqlite3_free(sql);
    return status;
}

static int prepare_put(lf_sqlite *s, const char *sql) {
    sqlite3_finalize(s->put);
    s->put = NULL;
    return sqlite3_prepare_v3(s->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &s->put, NULL);
}

/* Engines of several blueprints may share a store, each with its columns; mostly they stay the same. A column is
 * looked for when SQLite has not found it, and so knows the tables as they are now. */
static lf_status choose_put(lf_sqlite *s, const lf_commit *commit) {
    sqlite3_str *text = sqlite3_str_new(s->db);
    size_t n = lf_commit_column_count(commit);
    sqlite3_str_appendall(text, "UPDATE lf_contact SET revision = revision + 1, wake = ?3");
    for (size_t i = 0; i < n; i++) {
        sqlite3_str_appendf(text, ", %s = ?%d", lf_commit_column_name(commit, i), (int)i + 5);
    }
    sqlite3_str_appendall(text, " WHERE tenant = ?1 AND id = ?2 AND revision = ?4");
    char *sql = sqlite3_str_finish(text);
    lf_status status = sql == NULL ? LF_E_NOMEM : LF_OK;
    if (sql != NULL && (s->put == NULL || strcmp(sqlite3_sql(s->put), sql) != 0)) {
        int code = prepare_put(s, sql);
        for (size_t i = 0; i < n && code == SQLITE_ERROR && status == LF_OK; i++) {
            status = add_column(s, lf_commit_column_name(commit, i));
        }
        code = code == SQLITE_ERROR && status == LF_OK ? prepare_put(s, sql) : code;
        status = status == LF_OK ? checked(s, code) : status;
    }
    sqlite3_free(sql);
    return status;
}

static void bind_wake(sqlite3_stmt *q, int64_t wake) {
    if (wake == INT64_MAX) {
        sqlite3_bind_null(q, 3);
    } else {
        sqlite3_bind_int64(q, 3, wake);
    }
}

static lf_status put_row(lf_sqlite *s, const char *tenant, const lf_commit *commit) {
    size_t len;
    const char *id = lf_commit_contact(commit, &len), *value;
    lf_status status = choose_put(s, commit);
    if (status != LF_OK) {
        return status;
    }
    sqlite3_bind_text(s->put, 1, tenant, -1, SQLITE_STATIC);
    sqlite3_bind_text64(s->put, 2, id, len, SQLITE_STATIC, SQLITE_UTF8);
    bind_wake(s->put, lf_commit_wake(commit));
    sqlite3_bind_int64(s->put, 4, (sqlite3_int64)lf_commit_revision(commit));
    for (size_t i = 0; i < lf_commit_column_count(commit); i++) {
        status = lf_commit_column_value(commit, i, &value);
        if (status != LF_OK) {
            return status;
        }
        sqlite3_bind_text(s->put, (int)i + 5, value, -1, SQLITE_STATIC);
    }
    status = run(s, s->put); /* a score becomes a number by the type of its column */
    return status == LF_OK && sqlite3_changes(s->db) == 0 ? LF_E_CONFLICT : status;
}

static lf_status put_contact(lf_sqlite *s, const char *tenant, const lf_commit *commit) {
    size_t len, size;
    const char *id = lf_commit_contact(commit, &len);
    const void *bytes = lf_commit_bytes(commit, &size);
    lf_status status = LF_OK;
    if (lf_commit_revision(commit) == 0) {
        status = run(s, ask(s, MAKE, tenant, id, len));
    }
    if (status == LF_OK) {
        status = put_row(s, tenant, commit);
    }
    if (status == LF_OK) {
        sqlite3_stmt *q = ask(s, BYTES, tenant, id, len);
        sqlite3_bind_blob64(q, 3, bytes, size, SQLITE_STATIC);
        status = run(s, q);
    }
    return status;
}

static lf_status append(lf_sqlite *s, const char *tenant, const lf_effect *effect) {
    size_t len, size;
    const char *contact = lf_effect_contact(effect, &len), *json = lf_effect_json(effect, &size);
    sqlite3_stmt *q = ask(s, APPEND, tenant, contact, len);
    sqlite3_bind_text(q, 3, lf_effect_key(effect), -1, SQLITE_STATIC);
    sqlite3_bind_text64(q, 4, json, size, SQLITE_STATIC, SQLITE_UTF8);
    sqlite3_bind_int64(q, 5, ANY_TIME);
    return run(s, q);
}

/* Only the first effect of a contact is ever claimed, so only that one is settled. */
static lf_status settle_row(lf_sqlite *s, const char *tenant, const char *contact, size_t len,
                            const char *key, uint64_t fence, int32_t outcome, int64_t not_before) {
    sqlite3_stmt *q = ask(s, HELD, tenant, contact, len);
    sqlite3_bind_text(q, 3, key, -1, SQLITE_STATIC);
    sqlite3_bind_int64(q, 4, (sqlite3_int64)fence);
    int code = sqlite3_step(q);
    sqlite3_int64 seq = sqlite3_column_int64(q, 0);
    sqlite3_reset(q);
    if (code != SQLITE_ROW) {
        return code == SQLITE_DONE ? LF_E_FENCED : failed(s, code);
    }
    if (outcome == LF_OUTCOME_RETRY) {
        return change(s, RETRY, seq, not_before);
    }
    lf_status status = outcome == LF_OUTCOME_DEAD ? change(s, BURY, seq, 0) : LF_OK;
    return status == LF_OK ? change(s, REMOVE, seq, 0) : status;
}

static lf_status commit(void *user, const char *tenant, const lf_commit *commit) {
    lf_sqlite *s = user;
    size_t len;
    const char *id = lf_commit_contact(commit, &len), *key = lf_commit_settled_key(commit);
    lf_status status = begin(s);
    if (status != LF_OK) {
        return status;
    }
    if (key != NULL) {
        status = settle_row(s, tenant, id, len, key, lf_commit_settled_fence(commit),
                            lf_commit_settled_outcome(commit), ANY_TIME);
    }
    if (status == LF_OK) {
        status = put_contact(s, tenant, commit);
    }
    for (size_t i = 0; i < lf_commit_effect_count(commit) && status == LF_OK; i++) {
        status = append(s, tenant, lf_commit_effect_at(commit, i));
    }
    return end(s, status);
}

/* ---- claims ---- */
/* One after the other: each claim moves its row out of the way of the next. */
static lf_status claim(lf_sqlite *s, enum query find, enum query take, const char *tenant,
                       int64_t now, int64_t lease_until, size_t limit, lf_claims *claims) {
    lf_status status = begin(s);
    if (status != LF_OK) {
        return status;
    }
    for (int code = SQLITE_ROW; limit > 0 && code == SQLITE_ROW && status == LF_OK; limit--) {
        sqlite3_stmt *q = ask(s, find, tenant, NULL, 0);
        sqlite3_bind_int64(q, 3, now);
        code = sqlite3_step(q);
        sqlite3_int64 row = sqlite3_column_int64(q, 0);
        if (code == SQLITE_ROW) {
            status = find == DUE ? add_contact(q, claims) : add_effect(q, 1, claims);
        }
        sqlite3_reset(q);
        if (code != SQLITE_ROW) {
            status = checked(s, code);
        } else if (status == LF_OK) {
            status = change(s, take, row, lease_until);
        }
    }
    return end(s, status);
}

static lf_status claim_due(void *user, const char *tenant, int64_t now, int64_t lease_until,
                           size_t limit, lf_claims *claims) {
    return claim(user, DUE, LEASE, tenant, now, lease_until, limit, claims);
}

static lf_status claim_effects(void *user, const char *tenant, int64_t now, int64_t lease_until,
                               size_t limit, lf_claims *claims) {
    lf_sqlite *s = user;
    if (s->held == GROUPED) {
        return say(s, LF_E_BUSY, "what is handed over could not be rolled back");
    }
    return claim(s, CLAIMABLE, CLAIM, tenant, now, lease_until, limit, claims);
}

static lf_status settle(void *user, const char *tenant, const char *contact, size_t len,
                        const char *key, uint64_t fence, int32_t outcome, int64_t not_before) {
    lf_status status = begin(user);
    if (status != LF_OK) {
        return status;
    }
    return end(user, settle_row(user, tenant, contact, len, key, fence, outcome, not_before));
}

/* ---- the lock ---- */
static lf_status lock(void *user, const char *tenant, const char *contact, size_t len) {
    lf_sqlite *s = user;
    (void)tenant, (void)contact, (void)len; /* there is one lock for the whole file */
    if (s->held == GROUPED) {
        return say(s, LF_E_BUSY, "what is handed over could not be rolled back");
    }
    lf_status status = begin(s);
    s->held = status == LF_OK ? LOCKED : s->held;
    return status;
}

static lf_status unlock(void *user, const char *tenant, const char *contact, size_t len) {
    lf_sqlite *s = user;
    (void)tenant, (void)contact, (void)len;
    s->held = FREE;
    return end(s, LF_OK);
}

/* ---- lists ---- */
static lf_status list(lf_sqlite *s, sqlite3_stmt *q, size_t limit, bool of_effects,
                      lf_claims *claims) {
    lf_status status = LF_OK;
    int code = SQLITE_ROW;
    sqlite3_bind_int64(q, 3, limit > INT32_MAX ? -1 : (sqlite3_int64)limit); /* -1: no limit */
    while (status == LF_OK && (code = sqlite3_step(q)) == SQLITE_ROW) {
        status = of_effects ? add_effect(q, 0, claims) : add_contact(q, claims);
    }
    sqlite3_reset(q);
    return status == LF_OK ? checked(s, code) : status;
}

static lf_status scan(void *user, const char *tenant, const char *after, size_t after_len,
                      size_t limit, lf_claims *claims) {
    return list(user, ask(user, SCAN, tenant, after, after_len), limit, false, claims);
}

static lf_status dead(void *user, const char *tenant, size_t limit, lf_claims *claims) {
    return list(user, ask(user, DEAD, tenant, NULL, 0), limit, true, claims);
}

static lf_status revive(void *user, const char *tenant, const char *key) {
    lf_sqlite *s = user;
    lf_status status = begin(s);
    if (status != LF_OK) {
        return status;
    }
    sqlite3_stmt *q = ask(s, REVIVE, tenant, key, strlen(key));
    sqlite3_bind_int64(q, 3, ANY_TIME);
    status = run(s, q);
    if (status == LF_OK && sqlite3_changes(s->db) == 0) {
        status = LF_E_NOTFOUND;
    }
    if (status == LF_OK) {
        status = run(s, ask(s, RISEN, tenant, key, strlen(key)));
    }
    return end(s, status);
}

void lf_sqlite_store(lf_sqlite *sqlite, lf_store *store) {
    lf_store_init(store, sizeof *store);
    store->user = sqlite;
    store->load = load;
    store->commit = commit;
    store->claim_due = claim_due;
    store->claim_effects = claim_effects;
    store->settle = settle;
    store->lock = lock;
    store->unlock = unlock;
    store->scan = scan;
    store->dead = dead;
    store->revive = revive;
}

/* ---- many calls as one transaction ---- */
lf_status lf_sqlite_begin(lf_sqlite *sqlite) {
    if (sqlite->held != FREE) {
        return say(sqlite, LF_E_BUSY, "there is a transaction already");
    }
    lf_status status = begin(sqlite);
    sqlite->held = status == LF_OK ? GROUPED : FREE;
    return status;
}

static lf_status end_group(lf_sqlite *s, lf_status status) {
    if (s->held != GROUPED) {
        return say(s, LF_E_BUSY, "there is no transaction");
    }
    s->held = FREE;
    return end(s, status);
}

lf_status lf_sqlite_commit(lf_sqlite *sqlite) {
    return end_group(sqlite, LF_OK);
}

lf_status lf_sqlite_rollback(lf_sqlite *sqlite) {
    if (sqlite->held != GROUPED) {
        return say(sqlite, LF_E_BUSY, "there is no transaction");
    }
    sqlite->held = FREE;
    roll_back(sqlite);
    return LF_OK;
}

/* ---- opening ---- */
/* A new file is switched to WAL by whoever comes first; others are told at once that it is locked. */
static lf_status use_wal(lf_sqlite *s) {
    int code = SQLITE_BUSY;
    for (int i = 0; i < 100 && code == SQLITE_BUSY; i++) {
        code = sqlite3_exec(s->db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);
        if (code == SQLITE_BUSY) {
            sqlite3_sleep(20);
        }
    }
    return checked(s, code);
}

static lf_status check_version(lf_sqlite *s) {
    sqlite3_stmt *q = NULL;
    char text[64];
    int code = sqlite3_prepare_v2(s->db, "SELECT version FROM lf_schema", -1, &q, NULL);
    code = code == SQLITE_OK ? sqlite3_step(q) : code;
    int version = code == SQLITE_ROW ? sqlite3_column_int(q, 0) : 0;
    lf_status status = code == SQLITE_ROW ? LF_OK : failed(s, code);
    sqlite3_finalize(q);
    if (status == LF_OK && version != SCHEMA) {
        sqlite3_snprintf((int)sizeof text, text,
                         "its tables have version %d, this program knows %d", version, SCHEMA);
        status = say(s, LF_E_STORE, text);
    }
    return status;
}

static lf_status open_file(lf_sqlite *s) {
    int code = sqlite3_open_v2(s->path, &s->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);
    if (code != SQLITE_OK) {
        return failed(s, code);
    }
    if (sqlite3_db_readonly(s->db, "main") == 1) {
        return say(s, LF_E_STORE, "the file cannot be written");
    }
    sqlite3_busy_timeout(s->db, 5000);
    lf_status status = use_wal(s);
    if (status == LF_OK) {
        status = execute(s, schema); /* which writes, as the tables do, only if it is not there */
    }
    if (status == LF_OK) {
        status = check_version(s);
    }
    if (status == LF_OK) {
        status = execute(s, tables);
    }
    for (int i = 0; i < N_QUERIES && status == LF_OK; i++) {
        status = checked(s, sqlite3_prepare_v3(s->db, queries[i], -1, SQLITE_PREPARE_PERSISTENT,
                                               &s->queries[i], NULL));
    }
    return status;
}

lf_status lf_sqlite_open(const char *path, lf_sqlite **out) {
    size_t n = strlen(path) + 1;
    lf_sqlite *s = calloc(1, sizeof *s + n);
    *out = s;
    if (s == NULL) {
        return LF_E_NOMEM;
    }
    memcpy(s->path, path, n);
    return open_file(s);
}

void lf_sqlite_close(lf_sqlite *sqlite) {
    if (sqlite == NULL) {
        return;
    }
    for (int i = 0; i < N_QUERIES; i++) {
        sqlite3_finalize(sqlite->queries[i]);
    }
    sqlite3_finalize(sqlite->put);
    sqlite3_close(sqlite->db);
    free(sqlite);
}

const char *lf_sqlite_error(const lf_sqlite *sqlite) {
    return sqlite == NULL ? "out of memory" : sqlite->error;
}

sqlite3 *lf_sqlite_db(lf_sqlite *sqlite) {
    return sqlite->db;
}

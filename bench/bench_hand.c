/* SPDX-License-Identifier: MIT */
/* What an engine commits is noted, and written by hand. */
#define _POSIX_C_SOURCE 200809L
#include "bench_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what an engine commits, noted ---- */
typedef struct piece {
    char *p; /* NULL: none */
    size_t n;
} piece;

typedef struct commit { /* of an event; without bytes there was none */
    piece id, bytes;
    uint64_t revision;
    int64_t wake;
    piece *columns, *effects; /* effects: a key, then JSON */
    size_t n_effects;
} commit;

struct life { /* of all contacts of a tenant */
    char tenant[32];
    commit *commits; /* one for each event */
};

struct noting {
    lf_store under;
    commit *at;
};

static size_t n_columns;
static piece *column_names;

static piece piece_of(const void *p, size_t n) {
    return (piece){p == NULL ? NULL : copy(p, n), n};
}

static void note_columns(const lf_commit *c, commit *at) {
    const char *value;
    if (column_names == NULL) {
        n_columns = lf_commit_column_count(c);
        column_names = calloc(n_columns, sizeof *column_names);
        for (size_t i = 0; i < n_columns; i++) {
            const char *name = lf_commit_column_name(c, i);
            column_names[i] = piece_of(name, strlen(name));
        }
    }
    at->columns = calloc(n_columns, sizeof *at->columns);
    for (size_t i = 0; i < n_columns; i++) {
        need(lf_commit_column_value(c, i, &value) == LF_OK, "out of memory");
        at->columns[i] = piece_of(value, value == NULL ? 0 : strlen(value));
    }
}

static lf_status note_commit(void *user, const char *tenant, const lf_commit *c) {
    struct noting *noting = user;
    commit *at = noting->at;
    size_t n;
    const char *id = lf_commit_contact(c, &n);
    at->id = piece_of(id, n);
    const void *bytes = lf_commit_bytes(c, &n);
    at->bytes = piece_of(bytes, n);
    at->revision = lf_commit_revision(c);
    at->wake = lf_commit_wake(c);
    note_columns(c, at);
    at->n_effects = lf_commit_effect_count(c);
    at->effects = calloc(2 * at->n_effects + 1, sizeof *at->effects);
    for (size_t i = 0; i < at->n_effects; i++) {
        const lf_effect *effect = lf_commit_effect_at(c, i);
        at->effects[2 * i] = piece_of(lf_effect_key(effect), strlen(lf_effect_key(effect)));
        const char *json = lf_effect_json(effect, &n);
        at->effects[2 * i + 1] = piece_of(json, n);
    }
    return noting->under.commit(noting->under.user, tenant, c);
}

static lf_status load_noted(void *user, const char *tenant, const char *contact, size_t len,
                            lf_loaded *loaded) {
    struct noting *noting = user;
    return noting->under.load(noting->under.user, tenant, contact, len, loaded);
}

static void note_life(lf_blueprint *blueprint, const inputs *in, struct life *life) {
    lf_memstore *memory;
    struct noting noting;
    lf_store store;
    need(lf_memstore_new(NULL, &memory) == LF_OK, "out of memory");
    lf_store_init(&noting.under, sizeof noting.under);
    lf_memstore_store(memory, &noting.under);
    store = noting.under; /* events alone: nothing but load and commit is called */
    store.user = &noting;
    store.load = load_noted;
    store.commit = note_commit;
    lf_engine *engine = open_engine(blueprint, &store, life->tenant);
    life->commits = calloc(in->n, sizeof *life->commits);
    need(life->commits != NULL, "out of memory");
    for (size_t i = 0; i < in->n; i++) {
        noting.at = &life->commits[i];
        take(engine, &in->items[i]);
    }
    lf_engine_free(engine);
    lf_memstore_free(memory);
}

static struct life *lives_of(lf_blueprint *blueprint, const inputs *in, size_t n) {
    static struct life *lives;
    static size_t noted;
    if (n > noted) {
        lives = realloc(lives, n * sizeof *lives);
        need(lives != NULL, "out of memory");
    }
    for (; noted < n; noted++) {
        snprintf(lives[noted].tenant, sizeof lives[noted].tenant, "t%zu", noted);
        note_life(blueprint, in, &lives[noted]);
    }
    return lives;
}

/* ---- by hand: the statements of examples/sqlite ---- */
enum { BEGIN, COMMIT, LOAD, MAKE, PUT, BYTES, APPEND, STATEMENTS };
static const char *const statements[STATEMENTS] = {
    [BEGIN] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [LOAD] = "SELECT bytes, revision FROM lf_contact JOIN lf_contact_bytes USING (contact)"
             " WHERE tenant = ?1 AND id = ?2",
    [MAKE] = "INSERT OR IGNORE INTO lf_contact (tenant, id, revision) VALUES (?1, ?2, 0)",
    [BYTES] = "INSERT OR REPLACE INTO lf_contact_bytes"
              " SELECT contact, ?3 FROM lf_contact WHERE tenant = ?1 AND id = ?2",
    [APPEND] = "INSERT INTO lf_outbox (tenant, contact, key, json, fence, attempts, claim)"
               " VALUES (?1, ?2, ?3, ?4, 0, 0, CASE WHEN (SELECT min(seq) FROM lf_outbox"
               " WHERE tenant = ?1 AND contact = ?2) IS NULL THEN ?5 END)",
};

static void run(sqlite3_stmt *q) {
    need(sqlite3_step(q) == SQLITE_DONE, "a statement fails");
    sqlite3_reset(q);
}

static void bind(sqlite3_stmt *q, int at, piece value) {
    sqlite3_bind_text64(q, at, value.p, value.n, SQLITE_STATIC, SQLITE_UTF8);
}

static void prepare(sqlite3 *db, sqlite3_stmt **qs) {
    char put[2048] = "UPDATE lf_contact SET revision = revision + 1, wake = ?3", alter[256];
    size_t n = strlen(put);
    for (size_t i = 0; i < n_columns; i++) {
        const char *name = column_names[i].p;
        snprintf(alter, sizeof alter, "ALTER TABLE lf_contact ADD COLUMN %s %s", name,
                 strncmp(name, "score_", 6) == 0 ? "INTEGER" : "TEXT");
        need(sqlite3_exec(db, alter, NULL, NULL, NULL) == SQLITE_OK, alter);
        n += (size_t)snprintf(put + n, sizeof put - n, ", %s = ?%zu", name, i + 5);
    }
    snprintf(put + n, sizeof put - n, " WHERE tenant = ?1 AND id = ?2 AND revision = ?4");
    for (int i = 0; i < STATEMENTS; i++) {
        need(sqlite3_prepare_v3(db, i == PUT ? put : statements[i], -1, SQLITE_PREPARE_PERSISTENT,
                                &qs[i], NULL) == SQLITE_OK,
             sqlite3_errmsg(db));
    }
}

static void write_commit(sqlite3_stmt **qs, piece tenant, const commit *c, result *r) {
    for (int i = MAKE; i < STATEMENTS; i++) {
        bind(qs[i], 1, tenant);
        bind(qs[i], 2, c->id);
    }
    if (c->revision == 0) {
        run(qs[MAKE]);
    }
    if (c->wake == INT64_MAX) {
        sqlite3_bind_null(qs[PUT], 3);
    } else {
        sqlite3_bind_int64(qs[PUT], 3, c->wake);
    }
    sqlite3_bind_int64(qs[PUT], 4, (sqlite3_int64)c->revision);
    for (size_t i = 0; i < n_columns; i++) {
        bind(qs[PUT], (int)i + 5, c->columns[i]);
    }
    run(qs[PUT]);
    sqlite3_bind_blob64(qs[BYTES], 3, c->bytes.p, c->bytes.n, SQLITE_STATIC);
    run(qs[BYTES]);
    for (size_t i = 0; i < c->n_effects; i++, r->effects++) {
        bind(qs[APPEND], 3, c->effects[2 * i]);
        bind(qs[APPEND], 4, c->effects[2 * i + 1]);
        sqlite3_bind_int64(qs[APPEND], 5, INT64_MIN);
        run(qs[APPEND]);
    }
}

static void read_contact(sqlite3_stmt *q, piece tenant, const input *item) {
    bind(q, 1, tenant);
    bind(q, 2, (piece){(char *)(uintptr_t)item->contact, item->contact_len});
    need(sqlite3_step(q) != SQLITE_ROW || sqlite3_column_bytes(q, 0) > 0, "a contact is empty");
    sqlite3_reset(q);
}

void run_hand(lf_blueprint *blueprint, const inputs *in, const struct how *how, size_t n_lives,
              result *r) {
    const struct life *lives = lives_of(blueprint, in, n_lives);
    lf_sqlite *sqlite = open_store(how); /* with its tables, for a start */
    sqlite3_stmt *qs[STATEMENTS];
    prepare(lf_sqlite_db(sqlite), qs);
    double wall = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
    size_t open = 0;
    for (size_t l = 0; l < n_lives; l++) {
        piece tenant = {(char *)(uintptr_t)lives[l].tenant, strlen(lives[l].tenant)};
        for (size_t i = 0; i < in->n; i++, r->events++) {
            const commit *c = &lives[l].commits[i];
            if (how->batch > 1 && open == 0) {
                run(qs[BEGIN]);
            }
            read_contact(qs[LOAD], tenant, &in->items[i]);
            if (c->bytes.p != NULL) {
                if (how->batch == 1) {
                    run(qs[BEGIN]);
                }
                write_commit(qs, tenant, c, r);
                if (how->batch == 1) {
                    run(qs[COMMIT]);
                }
            }
            if (how->batch > 1 && ++open == how->batch) {
                run(qs[COMMIT]);
                open = 0;
            }
        }
    }
    if (open > 0) {
        run(qs[COMMIT]);
    }
    r->wall = seconds(CLOCK_MONOTONIC) - wall;
    r->cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    for (int i = 0; i < STATEMENTS; i++) {
        sqlite3_finalize(qs[i]);
    }
    lf_sqlite_close(sqlite);
}

/* Both files hold the same rows. */
void compare(const char *path, const char *other) {
    static const char *const tables[] = {"lf_contact", "lf_contact_bytes", "lf_outbox", "lf_dead"};
    sqlite3 *db;
    sqlite3_stmt *q;
    char sql[1024];
    need(sqlite3_open(path, &db) == SQLITE_OK, path);
    snprintf(sql, sizeof sql, "ATTACH '%s' AS other", other);
    need(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK, sqlite3_errmsg(db));
    for (size_t i = 0; i < 4; i++) {
        snprintf(
            sql, sizeof sql,
            "SELECT (SELECT count(*) FROM main.%s) = (SELECT count(*) FROM other.%s) AND NOT EXISTS"
            " (SELECT * FROM main.%s EXCEPT SELECT * FROM other.%s)",
            tables[i], tables[i], tables[i], tables[i]);
        need(sqlite3_prepare_v2(db, sql, -1, &q, NULL) == SQLITE_OK, sqlite3_errmsg(db));
        need(sqlite3_step(q) == SQLITE_ROW && sqlite3_column_int(q, 0) == 1,
             "the rows are not the same");
        sqlite3_finalize(q);
    }
    sqlite3_close(db);
}

/* SPDX-License-Identifier: MIT */
/*
 * The store of `--store sqlite:FILE`. What was done is in the file, a hundred pieces of work in one transaction, and
 * with them the place in the events up to which they came: so a run that was killed is taken up again there, and
 * every event counts once. An effect is handed over by being printed, and settled after that.
 */
#include "command.h"

#include <leadflow_sqlite.h>

#include <stdlib.h>

#define PIECES 100 /* of work, or effects, in one transaction */

/* What is to be printed stands in order in a table of its own, so that nothing is read while it is settled. */
static const char tables[] =
    "CREATE TABLE IF NOT EXISTS leadflow_replay (first INTEGER PRIMARY KEY, lines INTEGER NOT NULL,"
    " digest INTEGER NOT NULL, until INTEGER NOT NULL);"
    "CREATE TEMP TABLE printing (place INTEGER PRIMARY KEY, seq INTEGER NOT NULL)";

struct handed { /* printed, and to be settled */
    char contact[256], key[64];
    size_t len;
    uint64_t fence;
};

struct sqlite_file {
    struct filed filed; /* what others know of it */
    lf_sqlite *sqlite;
    struct progress_made made; /* `lines` 0: nothing to note */
    uint64_t noted;      /* the lines that are noted, unless another run has noted more meanwhile */
    size_t pieces;       /* in the open transaction */
    const char *trouble; /* which SQLite does not know of; NULL: none */
    struct handed handed[PIECES];
    size_t n_handed;
};

static struct sqlite_file *file_of(struct filed *filed) {
    return (struct sqlite_file *)filed;
}

/* ---- queries of its own ---- */
/* NULL, which gives errors wherever it is used: it cannot be asked. */
static sqlite3_stmt *ask(struct filed *filed, const char *sql) {
    sqlite3_stmt *q = NULL;
    sqlite3_prepare_v2(lf_sqlite_db(file_of(filed)->sqlite), sql, -1, &q, NULL);
    return q;
}

static lf_status run(sqlite3_stmt *q) {
    int code = sqlite3_step(q);
    sqlite3_finalize(q);
    return code == SQLITE_DONE ? LF_OK : LF_E_STORE;
}

static uint64_t contacts(struct filed *filed) {
    sqlite3_stmt *q =
        ask(filed, "SELECT count(*) FROM lf_contact WHERE tenant = '" REPLAY_TENANT "'");
    uint64_t count = sqlite3_step(q) == SQLITE_ROW ? (uint64_t)sqlite3_column_int64(q, 0) : 0;
    sqlite3_finalize(q);
    return count;
}

/* ---- how far the events were run ---- */
static lf_status recall(struct filed *filed, uint64_t first, struct progress_made *made) {
    sqlite3_stmt *q =
        ask(filed, "SELECT lines, digest, until FROM leadflow_replay WHERE first = ?");
    sqlite3_bind_int64(q, 1, (sqlite3_int64)first);
    int code = sqlite3_step(q);
    *made = (struct progress_made){.first = first};
    if (code == SQLITE_ROW) {
        made->lines = (uint64_t)sqlite3_column_int64(q, 0);
        made->digest = (uint64_t)sqlite3_column_int64(q, 1);
        made->until = sqlite3_column_int64(q, 2);
    }
    file_of(filed)->noted = made->lines;
    sqlite3_finalize(q);
    return code == SQLITE_ROW || code == SQLITE_DONE ? LF_OK : LF_E_STORE;
}

/* Only if nobody has gone on meanwhile: or the same lines would count twice. */
static lf_status note(struct filed *filed) {
    struct sqlite_file *file = file_of(filed);
    struct progress_made *made = &file->made;
    if (made->lines == 0) {
        return LF_OK;
    }
    sqlite3_stmt *q =
        ask(filed, "INSERT INTO leadflow_replay VALUES (?1, ?2, ?3, ?4) ON CONFLICT (first)"
                   " DO UPDATE SET lines = ?2, digest = ?3, until = ?4 WHERE lines = ?5");
    sqlite3_bind_int64(q, 1, (sqlite3_int64)made->first);
    sqlite3_bind_int64(q, 2, (sqlite3_int64)made->lines);
    sqlite3_bind_int64(q, 3, (sqlite3_int64)made->digest);
    sqlite3_bind_int64(q, 4, made->until);
    sqlite3_bind_int64(q, 5, (sqlite3_int64)file->noted);
    lf_status status = run(q);
    if (status == LF_OK && sqlite3_changes(lf_sqlite_db(file->sqlite)) == 0) {
        file->trouble = "another run is at the same events";
        return LF_E_CONFLICT;
    }
    file->noted = made->lines;
    made->lines = 0;
    return status;
}

/* ---- transactions ---- */
static lf_status begin(struct filed *filed) {
    return file_of(filed)->pieces > 0 ? LF_OK : lf_sqlite_begin(file_of(filed)->sqlite);
}

static lf_status keep(struct filed *filed) {
    struct sqlite_file *file = file_of(filed);
    if (file->pieces == 0) {
        return LF_OK;
    }
    lf_status status = note(filed);
    file->pieces = 0;
    return status == LF_OK ? lf_sqlite_commit(file->sqlite) : status;
}

static lf_status done(struct filed *filed, const struct progress_made *made) {
    struct sqlite_file *file = file_of(filed);
    if (made != NULL) {
        file->made = *made;
    }
    return ++file->pieces < PIECES ? LF_OK : keep(filed);
}

/* ---- effects ---- */
/* Prints what stands behind `last`, at most as many as are settled at once. */
static lf_status print_some(struct filed *filed, sqlite3_int64 *last, FILE *out) {
    struct sqlite_file *file = file_of(filed);
    sqlite3_stmt *q =
        ask(filed, "SELECT place, contact, key, fence, json FROM temp.printing"
                   " JOIN lf_outbox USING (seq) WHERE place > ? ORDER BY place LIMIT ?");
    int code;
    sqlite3_bind_int64(q, 1, *last);
    sqlite3_bind_int64(q, 2, PIECES);
    for (file->n_handed = 0; (code = sqlite3_step(q)) == SQLITE_ROW; file->n_handed++) {
        struct handed *handed = &file->handed[file->n_handed];
        *last = sqlite3_column_int64(q, 0);
        snprintf(handed->contact, sizeof handed->contact, "%s", sqlite3_column_text(q, 1));
        handed->len = (size_t)sqlite3_column_bytes(q, 1);
        snprintf(handed->key, sizeof handed->key, "%s", sqlite3_column_text(q, 2));
        handed->fence = (uint64_t)sqlite3_column_int64(q, 3);
        fprintf(out, "%s\n", sqlite3_column_text(q, 4));
    }
    sqlite3_finalize(q);
    return code == SQLITE_DONE ? LF_OK : LF_E_STORE;
}

/* Who is killed before this is done prints them once more, with the same keys. So do two runs at once: what is fenced
 * has been settled by the other one. */
static lf_status settle_some(struct filed *filed) {
    struct sqlite_file *file = file_of(filed);
    lf_status status = lf_sqlite_begin(file->sqlite);
    for (size_t i = 0; i < file->n_handed && status == LF_OK; i++) {
        const struct handed *handed = &file->handed[i];
        status = filed->store.settle(filed->store.user, REPLAY_TENANT, handed->contact, handed->len,
                                     handed->key, handed->fence, LF_OUTCOME_DONE, 0);
        status = status == LF_E_FENCED ? LF_OK : status;
    }
    return status == LF_OK ? lf_sqlite_commit(file->sqlite) : status;
}

static lf_status print(struct filed *filed, FILE *out) {
    sqlite3_int64 last = 0;
    lf_status status = run(ask(filed, "DELETE FROM temp.printing"));
    if (status == LF_OK) {
        status = run(ask(filed, "INSERT INTO temp.printing (seq) SELECT seq FROM lf_outbox"
                                " WHERE tenant = '" REPLAY_TENANT
                                "' ORDER BY json_extract(json, '$.at'), contact, seq"));
    }
    if (status == LF_OK) {
        status = print_some(filed, &last, out);
    }
    while (status == LF_OK && file_of(filed)->n_handed > 0) {
        if (!output_done()) {
            return LF_E_USER; /* which has been said */
        }
        status = settle_some(filed);
        status = status == LF_OK ? print_some(filed, &last, out) : status;
    }
    return status;
}

/* ---- life ---- */
static const char *error_of(const struct filed *filed) {
    const struct sqlite_file *file = (const struct sqlite_file *)filed;
    if (file->trouble != NULL) {
        return file->trouble;
    }
    lf_sqlite *sqlite = file->sqlite;
    const char *text = lf_sqlite_error(sqlite);
    return *text != '\0' ? text : sqlite3_errmsg(lf_sqlite_db(sqlite));
}

static void close_file(struct filed *filed) {
    lf_sqlite_close(file_of(filed)->sqlite);
    free(filed);
}

struct filed *filed_sqlite(const char *path) {
    struct sqlite_file *file = calloc(1, sizeof *file);
    if (file == NULL) {
        say_failure(LF_E_NOMEM);
        return NULL;
    }
    file->filed = (struct filed){.contacts = contacts,
                                 .recall = recall,
                                 .begin = begin,
                                 .done = done,
                                 .keep = keep,
                                 .print = print,
                                 .error = error_of,
                                 .close = close_file};
    if (lf_sqlite_open(path, &file->sqlite) != LF_OK ||
        sqlite3_exec(lf_sqlite_db(file->sqlite), tables, NULL, NULL, NULL) != SQLITE_OK) {
        fprintf(stderr, "leadflow: %s\n", error_of(&file->filed));
        close_file(&file->filed);
        return NULL;
    }
    lf_sqlite_store(file->sqlite, &file->filed.store);
    return &file->filed;
}

/* SPDX-License-Identifier: MIT */
/*
 * A store on SQLite, to be copied into your product with leadflow_sqlite.c. It needs SQLite 3.24 or later.
 *
 *     lf_sqlite *sqlite;
 *     if (lf_sqlite_open("crm.db", &sqlite) != LF_OK)
 *         fprintf(stderr, "%s\n", lf_sqlite_error(sqlite));
 *     lf_store store;
 *     lf_sqlite_store(sqlite, &store);
 *     options.store = &store;                          // then lf_engine_new()
 *
 * The file may be your own: all tables are called lf_..., and your connections may read them at any time.
 * What a CRM wants to see is a row of lf_contact, with the columns state_MACHINE, score_SCORE (a number) and
 * band_SCORE of each blueprint that ever committed here:
 *
 *     SELECT id FROM lf_contact WHERE tenant = 'default' AND score_lead > 50 AND state_lifecycle = 'sql'
 *
 * Give it the indexes that your lists need; the store keeps working, and so do they. Points are those of the
 * last commit, states and bands are exact as far as lf_engine_run_due() has come. `wake` says when a contact
 * is due, in milliseconds since 1970 (NULL: never).
 *
 * One handle is one connection: for one thread at a time, with any number of engines on it. Other threads and
 * processes open the file too. Where another one writes for longer than 5 s (sqlite3_busy_timeout() on
 * lf_sqlite_db() sets another time), a callback returns LF_E_CONFLICT; of a commit the engine tries that
 * 16 times. PRAGMA synchronous is what your SQLite has as default, FULL: what was answered with LF_OK then
 * survives a loss of power. NORMAL is faster and may lose the last moments with the power, but nothing when
 * only the process dies.
 *
 * A commit in the midst of which the disk failed is LF_E_UNKNOWN; one that a lock or another change stopped is
 * LF_E_CONFLICT; other failures are LF_E_STORE or LF_E_NOMEM. Those have changed nothing.
 */
#ifndef LEADFLOW_SQLITE_H
#define LEADFLOW_SQLITE_H

#include <leadflow/store.h>
#include <sqlite3.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct lf_sqlite lf_sqlite;

/* Opens the file, makes it if it is not there, and its tables in it. As with sqlite3_open() there is a handle
 * to close even after a failure, so that it can be asked why; it is NULL where there was no memory for it. */
lf_status lf_sqlite_open(const char *path, lf_sqlite **out);
void lf_sqlite_close(lf_sqlite *sqlite); /* after the engines on it; NULL does nothing */

/*
 * Fills in the callbacks, for any number of engines.
 *
 * `lock` holds the whole file for writing while an effect is handed over. Others wait meanwhile, so be short:
 * write a row into a queue. If the queue is a table of this file, write it through lf_sqlite_db(): it is
 * committed with the lock, or not at all, and then the effect comes again. If your delivery talks for long,
 * or writes to this file through a connection of its own, set `lock` and `unlock` to NULL.
 */
void lf_sqlite_store(lf_sqlite *sqlite, lf_store *store);

/* What went wrong last, for people: "crm.db: database is locked". "" if nothing did. Until the next call. */
const char *lf_sqlite_error(const lf_sqlite *sqlite);
sqlite3 *lf_sqlite_db(lf_sqlite *sqlite); /* the connection, for pragmas and tables of your own */

/*
 * Many calls of engines as one transaction, for speed: each waits for no disk, lf_sqlite_commit() does for
 * all of them. Meanwhile
 * - LF_OK of an engine means: it is in, if lf_sqlite_commit() says LF_OK. Acknowledge an event, or move on in
 *   the log that it comes from, only then; or note the place in the log in a table of this file, through
 *   lf_sqlite_db(), in the same transaction.
 * - A call that fails has changed nothing, as always, and the others stay. Go on, or roll back.
 * - If lf_sqlite_commit() fails, or the process dies, nothing since lf_sqlite_begin() has happened: repeat
 *   all of it. LF_E_UNKNOWN: that cannot be known. Repeat it with events that have an `id`.
 * - Nothing can be handed over: lf_engine_deliver() returns LF_E_BUSY. What was handed over could not be
 *   rolled back.
 * - Other writers wait. Some hundred events are a good size.
 * The three return LF_E_BUSY where there is a transaction already, or none.
 */
lf_status lf_sqlite_begin(lf_sqlite *sqlite);
lf_status lf_sqlite_commit(lf_sqlite *sqlite);
lf_status lf_sqlite_rollback(lf_sqlite *sqlite);

#ifdef __cplusplus
}
#endif
#endif

/* SPDX-License-Identifier: MIT */
/* A delivery: messages become rows of a queue, each once, from which a sender of yours takes them. Store and queue are
 * in one file of SQLite; run it as often as you like.
 *     delivery FILE BLUEPRINT EVENTS NOW */
#include "leadflow_sqlite.h"

#include <leadflow/leadflow.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LARGEST (1 << 20) /* of a file that is read whole */

static const char queue_table[] =
    "CREATE TABLE IF NOT EXISTS mail_queue ("
    "  key TEXT PRIMARY KEY, contact TEXT NOT NULL, effect TEXT NOT NULL, sent INTEGER)";
static const char into_queue[] = "INSERT INTO mail_queue (key, contact, effect) VALUES (?, ?, ?)"
                                 " ON CONFLICT (key) DO NOTHING";

static int insert(sqlite3_stmt *row, const lf_effect *effect) {
    sqlite3_bind_text(row, 1, lf_effect_key(effect), -1, SQLITE_TRANSIENT);
    sqlite3_bind_text(row, 2, lf_effect_contact(effect, NULL), -1, SQLITE_TRANSIENT);
    sqlite3_bind_text(row, 3, lf_effect_json(effect, NULL), -1, SQLITE_TRANSIENT);
    int code = sqlite3_step(row);
    sqlite3_reset(row);
    return code;
}

static lf_status deliver(void *user, const lf_effect *effect, lf_receipt *receipt) {
    if (strcmp(lf_effect_kind(effect), "send") != 0) {
        return LF_OK; /* no business of ours: it is done */
    }
    const char *channel = lf_effect_get(effect, "channel", NULL);
    if (channel != NULL && strcmp(channel, "email") != 0) {
        lf_receipt_refuse(receipt); /* we can send nothing else, today or tomorrow */
    } else if (channel == NULL || insert(user, effect) != SQLITE_DONE) {
        lf_receipt_retry(receipt, 0); /* no memory, or no room on the disk: later, perhaps */
    }
    return LF_OK; /* it is ours now; had it come before, its key was there and nothing is twice */
}

static char *read_file(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    char *text = malloc(LARGEST);
    if (file == NULL || text == NULL) {
        perror(path);
        exit(1);
    }
    *size = fread(text, 1, LARGEST - 1, file);
    text[*size] = '\0';
    fclose(file);
    return text;
}

static void must(lf_status status, const char *what) {
    if (status != LF_OK) {
        fprintf(stderr, "%s: %s\n", what, lf_status_name(status));
        exit(1);
    }
}

static lf_blueprint *read_rules(const char *path) {
    lf_blueprint *blueprint;
    lf_diagnostics *list;
    size_t size;
    char *text = read_file(path, &size);
    must(lf_diagnostics_new(NULL, &list), path);
    lf_status status = lf_blueprint_parse(text, size, NULL, list, &blueprint);
    for (size_t i = 0; i < lf_diagnostics_count(list); i++) {
        fprintf(stderr, "%s:%u:%u: %s (%s)\n", path, (unsigned)lf_diagnostics_line(list, i),
                (unsigned)lf_diagnostics_column(list, i), lf_diagnostics_text(list, i),
                lf_diagnostics_code(list, i));
    }
    lf_diagnostics_free(list);
    free(text);
    must(status, path);
    return blueprint;
}

/* Each line is an event; those that are refused are told and left out. */
static void take_all(lf_engine *engine, char *lines, int64_t now) {
    lf_diagnostics *list;
    must(lf_diagnostics_new(NULL, &list), "events");
    uint32_t number = 1;
    for (char *line = strtok(lines, "\n"); line != NULL; line = strtok(NULL, "\n"), number++) {
        lf_status status = lf_engine_take_json(engine, line, strlen(line), number, now, NULL, list);
        if (status == LF_E_EVENT) {
            fprintf(stderr, "line %u: %s\n", (unsigned)number,
                    lf_diagnostics_text(list, lf_diagnostics_count(list) - 1));
        } else {
            must(status, "take");
        }
        lf_diagnostics_clear(list);
    }
    lf_diagnostics_free(list);
}

/* What a worker does again and again, once a second perhaps. */
static void work(lf_engine *engine, int64_t now) {
    for (size_t done = 1; done > 0;) {
        must(lf_engine_run_due(engine, now, 100, &done), "run_due");
    }
    for (size_t done = 1; done > 0;) {
        must(lf_engine_deliver(engine, now, 100, &done), "deliver");
    }
}

static lf_engine *open_engine(lf_blueprint *blueprint, lf_sqlite *sqlite, sqlite3_stmt *row) {
    lf_store store;
    lf_store_init(&store, sizeof store);
    lf_sqlite_store(sqlite, &store);
    lf_delivery delivery;
    lf_delivery_init(&delivery, sizeof delivery);
    delivery.deliver = deliver;
    delivery.user = row;
    lf_engine_options options;
    lf_engine_options_init(&options, sizeof options);
    options.store = &store;
    options.delivery = &delivery;
    lf_engine *engine;
    must(lf_engine_new(blueprint, &options, &engine), "engine");
    return engine;
}

int main(int argc, char **argv) {
    int64_t now;
    lf_sqlite *sqlite;
    sqlite3_stmt *row;
    size_t size;
    if (argc != 5 || lf_timestamp_parse(argv[4], strlen(argv[4]), &now) != LF_OK) {
        fprintf(stderr, "usage: delivery FILE BLUEPRINT EVENTS NOW\n");
        return 2;
    }
    lf_blueprint *blueprint = read_rules(argv[2]);
    must(lf_sqlite_open(argv[1], &sqlite), argv[1]);
    sqlite3 *db = lf_sqlite_db(sqlite); /* the connection of the store: what is written while an
                                           effect is handed over belongs to its transaction */
    if (sqlite3_exec(db, queue_table, NULL, NULL, NULL) != SQLITE_OK ||
        sqlite3_prepare_v2(db, into_queue, -1, &row, NULL) != SQLITE_OK) {
        fprintf(stderr, "%s\n", sqlite3_errmsg(db));
        return 1;
    }
    lf_engine *engine = open_engine(blueprint, sqlite, row);
    char *events = read_file(argv[3], &size);
    take_all(engine, events, now);
    work(engine, now);
    free(events);
    lf_engine_free(engine);
    sqlite3_finalize(row);
    lf_sqlite_close(sqlite);
    lf_blueprint_unref(blueprint);
    return 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * SQLite gets no memory, or its disk fails, at each point of a small life, once: what was called says so, and is
 * called again. In the end everything is as in a life without faults: the contact, byte for byte, and each effect
 * handed over, in order.
 *
 *     test_sqlite_faults [STEP]     (memory at each STEPth point; 1: at all)
 */
#define _POSIX_C_SOURCE 200809L
#include "../api/rig.h"

#include <leadflow_sqlite.h>

#include <stdio.h>
#include <unistd.h>

static size_t step = 1;

/* ---- what fails ---- */
static size_t points, fail_at; /* so many came by; the one that fails, from 1 (0: none) */
static bool watching;

static bool fails_here(void) {
    return watching && ++points == fail_at;
}

static sqlite3_mem_methods real_memory;

static void *allocate(int n) {
    return fails_here() ? NULL : real_memory.xMalloc(n);
}

static void *resize(void *p, int n) {
    return fails_here() ? NULL : real_memory.xRealloc(p, n);
}

static sqlite3_vfs failing, *sound;
static sqlite3_io_methods methods[2]; /* of the database and of its log, whose locks differ */
static const sqlite3_io_methods *real;

static int write_at(sqlite3_file *file, const void *bytes, int n, sqlite3_int64 at) {
    return fails_here() ? SQLITE_IOERR_WRITE : real->xWrite(file, bytes, n, at);
}

static int sync_all(sqlite3_file *file, int flags) {
    return fails_here() ? SQLITE_IOERR_FSYNC : real->xSync(file, flags);
}

static int read_at(sqlite3_file *file, void *bytes, int n, sqlite3_int64 at) {
    return fails_here() ? SQLITE_IOERR_READ : real->xRead(file, bytes, n, at);
}

static int cut_off(sqlite3_file *file, sqlite3_int64 n) {
    return fails_here() ? SQLITE_IOERR_TRUNCATE : real->xTruncate(file, n);
}

static int open_file(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out) {
    (void)vfs;
    if (fails_here()) {
        file->pMethods = NULL;
        return SQLITE_CANTOPEN;
    }
    int code = sound->xOpen(sound, name, file, flags, out);
    if (code == SQLITE_OK) {
        sqlite3_io_methods *own = &methods[(flags & SQLITE_OPEN_MAIN_DB) != 0];
        real = file->pMethods; /* in what fails here they are the same */
        *own = *real;
        own->xWrite = write_at;
        own->xSync = sync_all;
        own->xRead = read_at;
        own->xTruncate = cut_off;
        file->pMethods = own;
    }
    return code;
}

/* ---- a life ---- */
typedef struct life {
    char path[64];
    lf_blueprint *blueprint;
    lf_sqlite *sqlite;
    lf_engine *engine;
    inbox inbox;
    int64_t late; /* each failure takes as long as a lease */
    size_t failures;
} life;

static void failed(life *l, lf_status status) {
    if (status != LF_OK) {
        assert_true(status < 0);
        assert_true(++l->failures < 4);
        l->late += MINUTE;
    }
}

static void open_store(life *l) {
    lf_status status;
    lf_store store;
    lf_delivery delivery;
    lf_engine_options options;
    while ((status = lf_sqlite_open(l->path, &l->sqlite)) != LF_OK) {
        failed(l, status);
        assert_true(l->sqlite == NULL || strlen(lf_sqlite_error(l->sqlite)) > 0);
        lf_sqlite_close(l->sqlite);
    }
    lf_sqlite_store(l->sqlite, &store);
    lf_delivery_init(&delivery, sizeof delivery);
    delivery.user = &l->inbox;
    delivery.deliver = inbox_deliver;
    lf_engine_options_init(&options, sizeof options);
    options.store = &store;
    options.delivery = &delivery;
    options.max_attempts = 2;
    OK(lf_engine_new(l->blueprint, &options, &l->engine));
}

static void take(life *l, const char *type, int64_t at, const char *props) {
    const char *json = event_text("c-1", type, at, NULL, props); /* no id: it knows itself again */
    lf_status status;
    do {
        status = lf_engine_take_json(l->engine, json, strlen(json), 1, at + l->late, NULL, NULL);
        failed(l, status);
    } while (status != LF_OK);
}

static void run_due(life *l, int64_t now) {
    lf_status status;
    do {
        status = lf_engine_run_due(l->engine, now + l->late, SIZE_MAX, NULL);
        failed(l, status);
    } while (status != LF_OK);
}

static void deliver(life *l, int64_t now) {
    lf_status status;
    do {
        status = lf_engine_deliver(l->engine, now + l->late, SIZE_MAX, NULL);
        failed(l, status);
    } while (status != LF_OK);
}

static void take_many(life *l, int64_t at) {
    lf_status status;
    do {
        status = lf_sqlite_begin(l->sqlite);
        for (int i = 0; i < 3 && status == LF_OK; i++) {
            const char *json = event_text("c-1", "visit", at + i,
                                          i == 0   ? "0"
                                          : i == 1 ? "1"
                                                   : "2",
                                          NULL);
            status = lf_engine_take_json(l->engine, json, strlen(json), 1, at + l->late + MINUTE,
                                         NULL, NULL);
        }
        if (status == LF_OK) {
            status = lf_sqlite_commit(l->sqlite);
        } else {
            lf_sqlite_rollback(l->sqlite);
        }
        failed(l, status);
    } while (status != LF_OK);
}

static void live(life *l) {
    open_store(l);
    take(l, "$consent", T0, "{\"channel\":\"email\",\"status\":\"granted\"}");
    take(l, "form", T0 + MINUTE, NULL);
    take_many(l, T0 + HOUR);
    deliver(l, T0 + HOUR);
    take(l, "$consent", T0 + 2 * HOUR, "{\"channel\":\"email\",\"status\":\"denied\"}");
    run_due(l,
            T0 + DAY + HOUR); /* the second message is skipped, and the task is refused for good */
    l->inbox.only = "c-1";
    l->inbox.refuse = true;
    deliver(l, T0 + DAY + HOUR);
    l->inbox.refuse = false;
    run_due(l, T0 + 2 * DAY);
    deliver(l, T0 + 3 * DAY);
}

/* What must be the same: the contact, keys in the order in which they were first handed over, how many are dead. */
static char *outcome(life *l) {
    char *text = calloc(1, 1 << 16);
    lf_buffer *dead = new_buffer();
    OK(lf_engine_wake(l->engine, "c-1", 3, T0 + 20 * DAY));
    OK(lf_engine_deliver(l->engine, T0 + 20 * DAY, SIZE_MAX, NULL));
    char *contact = contact_text(l->engine, "c-1");
    size_t n = (size_t)sprintf(text, "%s", contact), lines = 0;
    for (size_t i = 0; i < l->inbox.n; i++) {
        if (strstr(text, l->inbox.letters[i].key) == NULL) {
            n += (size_t)sprintf(text + n, "\n%s %s", l->inbox.letters[i].kind,
                                 l->inbox.letters[i].key);
        }
    }
    OK(lf_engine_dead(l->engine, SIZE_MAX, dead));
    for (size_t i = 0; i < lf_buffer_size(dead); i++) {
        lines += lf_buffer_data(dead)[i] == '\n';
    }
    sprintf(text + n, "\n%zu dead\n", lines);
    lf_buffer_free(dead);
    free(contact);
    return text;
}

static void remove_files(const char *path) {
    static const char *const ends[] = {"", "-wal", "-shm", "-journal"};
    char name[80];
    for (size_t i = 0; i < 4; i++) {
        snprintf(name, sizeof name, "%s%s", path, ends[i]);
        unlink(name);
    }
}

static char *run_life(lf_blueprint *blueprint, const char *path, size_t at) {
    static life l;
    l = (life){.blueprint = blueprint};
    strcpy(l.path, path);
    remove_files(path);
    points = 0;
    fail_at = at;
    watching = true;
    live(&l);
    watching = false;
    char *text = outcome(&l);
    lf_engine_free(l.engine);
    lf_sqlite_close(l.sqlite);
    return text;
}

static void fail_everywhere(const char *what, size_t each) {
    char path[64];
    lf_blueprint *blueprint = parse_blueprint(RIG_BLUEPRINT, NULL);
    snprintf(path, sizeof path, "%s/lf_faults_%ld.db",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp", (long)getpid());
    char *expected = run_life(blueprint, path, 0);
    size_t all = points, tried = 0;
    assert_true(all > 100);
    for (size_t at = 1; at <= all; at += each, tried++) {
        char *text = run_life(blueprint, path, at);
        if (strcmp(text, expected) != 0) {
            printf("# got\n%s# expected\n%s", text, expected);
            fail_msg("%s fails at point %zu of %zu", what, at, all);
        }
        free(text);
    }
    print_message("# %s: %zu of %zu points failed\n", what, tried, all);
    remove_files(path);
    free(expected);
    lf_blueprint_unref(blueprint);
}

static void no_memory(void **state) {
    sqlite3_mem_methods memory;
    (void)state;
    assert_int_equal(sqlite3_shutdown(), SQLITE_OK);
    assert_int_equal(sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real_memory), SQLITE_OK);
    memory = real_memory;
    memory.xMalloc = allocate;
    memory.xRealloc = resize;
    assert_int_equal(sqlite3_config(SQLITE_CONFIG_MALLOC, &memory), SQLITE_OK);
    assert_int_equal(sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0),
                     SQLITE_OK); /* small pieces come from there too */
    fail_everywhere("memory", step);
    assert_int_equal(sqlite3_shutdown(), SQLITE_OK);
    assert_int_equal(sqlite3_config(SQLITE_CONFIG_MALLOC, &real_memory), SQLITE_OK);
}

static void failing_disk(void **state) {
    (void)state;
    assert_int_equal(sqlite3_initialize(), SQLITE_OK);
    sound = sqlite3_vfs_find(NULL);
    failing = *sound;
    failing.zName = "failing";
    failing.xOpen = open_file;
    assert_int_equal(sqlite3_vfs_register(&failing, 1), SQLITE_OK);
    fail_everywhere("disk", 1);
    sqlite3_vfs_unregister(&failing);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(no_memory), cmocka_unit_test(failing_disk)};
    step = argc > 1 ? strtoul(argv[1], NULL, 10) : step;
    return cmocka_run_group_tests(tests, NULL, NULL);
}

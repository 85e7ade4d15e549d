/* SPDX-License-Identifier: MIT */
/*
 * Three processes work on one file at once, each through all events, and are killed (SIGKILL) at random moments and
 * started again from the first event. In the end there are the contacts that one process in peace would have stored,
 * byte for byte; each effect was handed over, under one key always the same, in the order of its contact.
 *
 *     test_writers [KILLS [SEED]]     (the seed is printed)
 */
#define _POSIX_C_SOURCE 200809L
#include "../api/rig.h"

#include <leadflow_sqlite.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WORKERS 3
#define CONTACTS 12
#define ROUNDS 8 /* of events, of all contacts */
#define END (T0 + 3 * DAY)

static uint64_t chance;
static size_t kills = 40;
static char folder[32];

static size_t below(size_t n) {
    chance = chance * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (size_t)(chance >> 33) % n;
}

/* ---- what each process does ---- */
static lf_status deliver(void *user, const lf_effect *effect, lf_receipt *receipt) {
    size_t len;
    char line[2048];
    const char *json = lf_effect_json(effect, &len);
    (void)receipt;
    assert_true(len + 1 < sizeof line);
    memcpy(line, json, len);
    line[len] = '\n';
    assert_int_equal(write(*(int *)user, line, len + 1), len + 1); /* whole, or not at all */
    return LF_OK;
}

static lf_engine *open_engine(lf_blueprint *blueprint, const lf_store *store, int *log) {
    lf_engine_options options;
    lf_delivery delivery;
    lf_engine *engine;
    lf_delivery_init(&delivery, sizeof delivery);
    delivery.user = log;
    delivery.deliver = deliver;
    lf_engine_options_init(&options, sizeof options);
    options.store = store;
    options.delivery = &delivery;
    OK(lf_engine_new(blueprint, &options, &engine));
    return engine;
}

/* The events of all contacts by time, so that nobody is woken before what they have done till then is known. */
static const char *event(size_t number, int64_t *at) {
    size_t round = number / CONTACTS;
    char contact[] = {'c', (char)('a' + number % CONTACTS), '\0'}, id[16];
    snprintf(id, sizeof id, "e%zu", number);
    *at = T0 + (int64_t)number * 15 * MINUTE;
    if (round == 0) {
        return event_text(contact, "$consent", *at, id,
                          "{\"channel\":\"email\",\"status\":\"granted\"}");
    }
    return event_text(contact, round % 3 == 1 ? "form" : "visit", *at, id, NULL);
}

static void must(lf_status status) {
    if (status != LF_OK && status != LF_E_CONFLICT) {
        print_error("%s\n", lf_status_name(status));
        _exit(1);
    }
}

static void work(lf_engine *engine) {
    for (size_t i = 0; i < CONTACTS * ROUNDS; i++) {
        int64_t at;
        lf_status status = LF_E_CONFLICT;
        while (status == LF_E_CONFLICT) {
            const char *json = event(i, &at);
            status = lf_engine_take_json(engine, json, strlen(json), 1, at, NULL, NULL);
            must(status);
        }
        must(lf_engine_run_due(engine, at, 3, NULL));
        must(lf_engine_deliver(engine, at, 3, NULL));
    }
}

/* Till nothing is left: who was killed may have held leases. */
static void finish(lf_engine *engine) {
    for (int64_t now = END; now < END + 5 * HOUR; now += HOUR) {
        OK(lf_engine_run_due(engine, END, SIZE_MAX, NULL));
        OK(lf_engine_deliver(engine, now, SIZE_MAX, NULL));
    }
    for (size_t i = 0; i < CONTACTS; i++) {
        char contact[] = {'c', (char)('a' + i), '\0'};
        OK(lf_engine_wake(engine, contact, 2, END));
    }
    OK(lf_engine_deliver(engine, END + DAY, SIZE_MAX, NULL));
}

/* ---- what came of it ---- */
static unsigned char *stored(lf_engine *engine, size_t number, size_t *size) {
    char id[] = {'c', (char)('a' + number), '\0'};
    lf_contact *contact;
    OK(lf_engine_contact(engine, id, 2, &contact));
    unsigned char *bytes = contact_bytes(contact, size);
    lf_contact_free(contact);
    return bytes;
}

static void compare_contacts(lf_engine *engine, lf_engine *peaceful) {
    for (size_t i = 0; i < CONTACTS; i++) {
        size_t size, wanted_size;
        unsigned char *bytes = stored(engine, i, &size),
                      *wanted = stored(peaceful, i, &wanted_size);
        assert_int_equal(size, wanted_size);
        assert_memory_equal(bytes, wanted, size);
        free(bytes);
        free(wanted);
    }
}

/* Lines of this contact, repeats left out. The times of what waking caused are those at which it was due. */
static char *log_of(const char *path, size_t number, size_t *repeats) {
    char name[32], line[2048], *text = calloc(1, 1 << 20);
    size_t n = 0;
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    snprintf(name, sizeof name, "\"contact\":\"c%c\"", (char)('a' + number));
    while (fgets(line, sizeof line, file) != NULL) {
        if (strstr(line, name) == NULL) {
            continue;
        }
        if (strstr(text, line) != NULL) {
            ++*repeats;
            continue;
        }
        n += strlen(line);
        assert_true(n < 1 << 20);
        strcat(text, line);
    }
    fclose(file);
    return text;
}

static void compare_logs(const char *log, const char *peaceful, size_t *repeats) {
    for (size_t i = 0; i < CONTACTS; i++) {
        size_t none = 0;
        char *text = log_of(log, i, repeats), *wanted = log_of(peaceful, i, &none);
        assert_true(strlen(wanted) > 0);
        assert_string_equal(text, wanted);
        assert_int_equal(none, 0);
        free(text);
        free(wanted);
    }
}

/* ---- processes ---- */
static int open_log(const char *path) {
    int log = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
    assert_true(log >= 0);
    return log;
}

static lf_sqlite *open_file(const char *path) {
    lf_sqlite *sqlite;
    lf_status status = lf_sqlite_open(path, &sqlite);
    if (status != LF_OK) {
        fail_msg("%s", lf_sqlite_error(sqlite));
    }
    return sqlite;
}

static pid_t start(lf_blueprint *blueprint, const char *path, const char *log_path) {
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        lf_store store;
        lf_sqlite *sqlite = open_file(path);
        int log = open_log(log_path);
        lf_sqlite_store(sqlite, &store);
        lf_engine *engine = open_engine(blueprint, &store, &log);
        work(engine);
        lf_engine_free(engine);
        lf_sqlite_close(sqlite);
        _exit(0);
    }
    return child;
}

/* Returns how many were killed. */
static size_t disturb(lf_blueprint *blueprint, const char *path, const char *log) {
    pid_t workers[WORKERS];
    size_t killed = 0;
    for (size_t i = 0; i < WORKERS; i++) {
        workers[i] = start(blueprint, path, log);
    }
    for (size_t working = WORKERS; working > 0;) {
        struct timespec pause = {0, (long)below(60) * 1000000};
        size_t i = below(WORKERS);
        nanosleep(&pause, NULL);
        if (workers[i] == 0) {
            continue;
        }
        int status;
        bool kills_it = killed < kills / 2; /* then they may come to their end */
        if (kills_it) {
            kill(workers[i], SIGKILL);
        }
        pid_t ended = waitpid(workers[i], &status, kills_it ? 0 : WNOHANG);
        if (ended == 0) {
            continue;
        }
        if (WIFSIGNALED(status)) {
            assert_int_equal(WTERMSIG(status), SIGKILL);
            killed++;
            workers[i] = start(blueprint, path, log);
        } else {
            assert_int_equal(WEXITSTATUS(status), 0);
            workers[i] = 0;
            working--;
        }
    }
    return killed;
}

static void writers(void **state) {
    char path[64], log[64], peaceful_log[64], command[64];
    size_t killed = 0, repeats = 0;
    lf_store store;
    (void)state;
    strcpy(folder, "/tmp/lf_writers_XXXXXX");
    assert_non_null(mkdtemp(folder));
    lf_blueprint *blueprint = parse_blueprint(RIG_BLUEPRINT, NULL);
    snprintf(peaceful_log, sizeof peaceful_log, "%s/peaceful", folder);
    int peaceful_fd = open_log(peaceful_log);
    void *memory = source_open(&store, false);
    lf_engine *peaceful = open_engine(blueprint, &store, &peaceful_fd);
    work(peaceful);
    finish(peaceful);
    for (int round = 0; killed < kills && round < 100; round++) {
        snprintf(path, sizeof path, "%s/%d.db", folder, round);
        snprintf(log, sizeof log, "%s/%d.log", folder, round);
        killed += disturb(blueprint, path, log);
        lf_sqlite *sqlite = open_file(path);
        int fd = open_log(log);
        lf_sqlite_store(sqlite, &store);
        lf_engine *engine = open_engine(blueprint, &store, &fd);
        finish(engine);
        compare_contacts(engine, peaceful);
        compare_logs(log, peaceful_log, &repeats);
        lf_engine_free(engine);
        lf_sqlite_close(sqlite);
        close(fd);
    }
    print_message("# %zu were killed, %zu effects were handed over again\n", killed, repeats);
    lf_engine_free(peaceful);
    source_close(memory);
    close(peaceful_fd);
    lf_blueprint_unref(blueprint);
    snprintf(command, sizeof command, "rm -r %s", folder);
    assert_int_equal(system(command), 0);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(writers)};
    chance = argc > 2 ? strtoul(argv[2], NULL, 10) : (uint64_t)time(NULL);
    kills = argc > 1 ? strtoul(argv[1], NULL, 10) : kills;
    printf("# seed %lu\n", (unsigned long)chance);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* leadflow replay: events and time through an engine; effects, contacts, or a summary come out. */
#include "command.h"

#include <string.h>

typedef lf_status (*each_contact)(struct session *session, const char *id, size_t n, void *ctx);

/* By id, in the order of bytes. */
static bool for_contacts(struct session *session, const char *doing, each_contact each, void *ctx) {
    uint64_t count = 0, all = session_contacts(session);
    lf_buffer *id = session->buffer;
    lf_status status = lf_engine_next_contact(session->engine, NULL, 0, id);
    progress_begin(&session->progress);
    while (status == LF_OK) {
        count++;
        status = each(session, lf_buffer_data(id), lf_buffer_size(id), ctx);
        if (status == LF_OK) {
            status =
                lf_engine_next_contact(session->engine, lf_buffer_data(id), lf_buffer_size(id), id);
        }
        progress_show(&session->progress, doing, count, count, all);
    }
    progress_hide(&session->progress);
    if (status != LF_E_NOTFOUND) {
        session_say_failure(session, status);
    }
    return status == LF_E_NOTFOUND;
}

static lf_status wake(struct session *session, const char *id, size_t n, void *ctx) {
    struct filed *filed = session->filed;
    (void)ctx;
    lf_status status = filed == NULL ? LF_OK : filed->begin(filed);
    if (status == LF_OK) {
        status = lf_engine_wake(session->engine, id, n, session_end_time(session));
    }
    return status == LF_OK && filed != NULL ? filed->done(filed, NULL) : status;
}

/* Brings everybody to the end, if there is one. */
static bool wake_contacts(struct session *session) {
    if (session_end_time(session) == INT64_MIN) {
        return true;
    }
    if (!for_contacts(session, "waking", wake, NULL)) {
        return false;
    }
    lf_status status = session->filed == NULL ? LF_OK : session->filed->keep(session->filed);
    if (status != LF_OK) {
        session_say_failure(session, status);
    }
    return status == LF_OK;
}

static bool print_effects(struct session *session, struct spool *spool) {
    if (session->filed != NULL) {
        lf_status status = session->filed->print(session->filed, stdout);
        if (status != LF_OK && status != LF_E_USER) {
            session_say_failure(session, status);
        }
        return status == LF_OK;
    }
    if (!spool_print(spool, stdout)) {
        fputs("leadflow: the effects cannot be printed\n", stderr);
        return false;
    }
    return true;
}

static lf_status print_contact(struct session *session, const char *id, size_t n, void *ctx) {
    lf_contact *contact;
    lf_buffer *line = ctx;
    lf_buffer_clear(line);
    lf_status status = lf_engine_contact(session->engine, id, n, &contact);
    if (status == LF_OK) {
        status = lf_contact_json(contact, line);
    }
    if (status == LF_OK) {
        fwrite(lf_buffer_data(line), 1, lf_buffer_size(line), stdout);
        putchar('\n');
    }
    lf_contact_free(contact);
    return status;
}

static bool print_contacts(struct session *session) {
    lf_buffer *line;
    lf_status status = lf_buffer_new(NULL, &line);
    if (status != LF_OK) {
        say_failure(status);
        return false;
    }
    bool fine = for_contacts(session, "contacts", print_contact, line);
    lf_buffer_free(line);
    return fine;
}

static void print_count(const char *name, uint64_t count) {
    printf("\"%s\":%llu,", name, (unsigned long long)count);
}

/* What there is to know when nothing else was asked for. */
static void print_summary(const struct session *session) {
    char time[LF_TIMESTAMP_SIZE];
    putchar('{');
    print_count("lines", session->lines);
    print_count("events", session->taken);
    print_count("late", session->late);
    print_count("duplicates", session->duplicates);
    print_count("changed_duplicates", session->changed);
    print_count("ignored", session->ignored);
    print_count("refused", session->refused);
    print_count("after", session->after);
    print_count("contacts", session_contacts(session));
    print_count("condition_errors", lf_engine_condition_errors(session->engine));
    printf("\"effects\":{");
    for (size_t i = 0; i < session->tap.n_kinds; i++) {
        printf("%s\"%s\":%llu", i == 0 ? "" : ",", session->tap.kinds[i].name,
               (unsigned long long)session->tap.kinds[i].count);
    }
    if (lf_timestamp_format(session_end_time(session), time, sizeof time) == LF_OK) {
        printf("},\"until\":\"%s\"}\n", time);
    } else {
        printf("},\"until\":null}\n");
    }
}

static bool run(struct session *session, const struct arguments *args, struct spool *spool) {
    bool effects = args->value[OPT_EFFECTS] != NULL;
    if (!session_run(session, args->files[1], NULL) || !wake_contacts(session)) {
        return false;
    }
    if (effects && !print_effects(session, spool)) {
        return false;
    }
    if (args->value[OPT_CONTACTS] != NULL && !print_contacts(session)) {
        return false;
    }
    if (!effects && args->value[OPT_CONTACTS] == NULL) {
        print_summary(session);
    }
    return output_done();
}

static int replay(const struct arguments *args, int64_t until, struct filed *filed) {
    struct session session;
    bool fine = false, sorts = filed == NULL && args->value[OPT_EFFECTS] != NULL;
    lf_blueprint *blueprint = definition_read(args, args->files[0]);
    if (blueprint == NULL) {
        return EXIT_FOUND;
    }
    struct spool *spool = sorts ? spool_new() : NULL;
    if (spool == NULL && sorts) {
        say_failure(LF_E_NOMEM);
        lf_blueprint_unref(blueprint);
    } else if (session_open(&session, blueprint, spool, filed)) {
        session.until = until;
        fine = run(&session, args, spool) && session.refused == 0;
        session_close(&session);
    }
    spool_free(spool);
    return fine ? EXIT_FINE : EXIT_FOUND;
}

/* A store in a file, where one is asked for. False: *exit_status says how it ends. */
static bool open_filed(const char *name, struct filed **filed, int *exit_status) {
    static const char prefix[] = "sqlite:";
    size_t n = sizeof prefix - 1;
    *filed = NULL;
    *exit_status = EXIT_USAGE;
    if (name == NULL) {
        return true;
    }
    if (strncmp(name, prefix, n) != 0 || name[n] == '\0') {
        fprintf(stderr, "leadflow replay: --store %s: no store, such as sqlite:FILE\n", name);
        return false;
    }
#ifdef LEADFLOW_SQLITE
    *filed = filed_sqlite(name + n);
    *exit_status = EXIT_FOUND;
#else
    fputs("leadflow replay: --store: this leadflow was built without SQLite\n", stderr);
#endif
    return *filed != NULL;
}

int replay_run(const struct arguments *args) {
    int64_t until;
    int status;
    struct filed *filed;
    if (!arguments_time(args, OPT_UNTIL, INT64_MAX, &until)) {
        return EXIT_USAGE;
    }
    if (!open_filed(args->value[OPT_STORE], &filed, &status)) {
        return status;
    }
    status = replay(args, until, filed);
    if (filed != NULL) {
        filed->close(filed);
    }
    return status;
}

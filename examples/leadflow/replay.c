/* SPDX-License-Identifier: MIT */
/* leadflow replay: events and time through an engine; effects, contacts, or a summary come out. */
#include "command.h"

#include <string.h>

typedef lf_status (*each_contact)(struct session *session, const char *id, size_t n, void *ctx);

/* By id, in the order of bytes. */
static bool for_contacts(struct session *session, const char *doing, each_contact each, void *ctx) {
    uint64_t count = 0, all = lf_memstore_count(session->memory);
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
        say_failure(status);
    }
    return status == LF_E_NOTFOUND;
}

static lf_status wake(struct session *session, const char *id, size_t n, void *ctx) {
    (void)ctx;
    return lf_engine_wake(session->engine, id, n, session_end_time(session));
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
    print_count("contacts", lf_memstore_count(session->memory));
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
    if (!session_run(session, args->files[1], NULL) ||
        !for_contacts(session, "waking", wake, NULL)) {
        return false;
    }
    if (spool != NULL && !spool_print(spool, stdout)) {
        fputs("leadflow: the effects cannot be printed\n", stderr);
        return false;
    }
    if (args->value[OPT_CONTACTS] != NULL && !print_contacts(session)) {
        return false;
    }
    if (spool == NULL && args->value[OPT_CONTACTS] == NULL) {
        print_summary(session);
    }
    return output_done();
}

int replay_run(const struct arguments *args) {
    struct session session;
    bool fine = false;
    int64_t until;
    if (!arguments_time(args, OPT_UNTIL, INT64_MAX, &until)) {
        return EXIT_USAGE;
    }
    lf_blueprint *blueprint = definition_read(args->files[0]);
    if (blueprint == NULL) {
        return EXIT_FOUND;
    }
    struct spool *spool = args->value[OPT_EFFECTS] == NULL ? NULL : spool_new();
    if (spool == NULL && args->value[OPT_EFFECTS] != NULL) {
        say_failure(LF_E_NOMEM);
        lf_blueprint_unref(blueprint);
    } else if (session_open(&session, blueprint, spool)) {
        session.until = until;
        fine = run(&session, args, spool) && session.refused == 0;
        session_close(&session);
    }
    spool_free(spool);
    return fine ? EXIT_FINE : EXIT_FOUND;
}

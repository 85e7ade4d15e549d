/* SPDX-License-Identifier: MIT */
/* leadflow why: what stands in the way of a state, a segment or a sequence, as it is for one contact at a time. */
#include "command.h"

#include <stdlib.h>
#include <string.h>

/* What the library answered, but for its last brace. */
static bool print_answer(const char *id, int64_t at, lf_status status, const lf_buffer *buffer) {
    char time[LF_TIMESTAMP_SIZE] = "";
    if (status == LF_OK) {
        lf_timestamp_format(at, time, sizeof time);
        print_whose(id);
        printf(",\"at\":\"%s\",%.*s", time, (int)lf_buffer_size(buffer) - 2,
               lf_buffer_data(buffer) + 1);
    } else if (status != LF_E_NOTFOUND) {
        say_failure(status);
    }
    return status == LF_OK;
}

static bool print_line(const char *id, int64_t at, lf_status status, const lf_buffer *buffer) {
    bool done = print_answer(id, at, status, buffer);
    if (done) {
        puts("}");
    }
    return done;
}

/* A line for each machine that has such a state. LF_E_NOTFOUND: none has. */
static lf_status print_states(struct session *session, const lf_contact *contact, const char *id,
                              const char *to) {
    lf_status found = LF_E_NOTFOUND;
    for (size_t i = 0; i < lf_blueprint_lifecycle_count(session->blueprint); i++) {
        const lf_lifecycle *machine = lf_blueprint_lifecycle_at(session->blueprint, i);
        lf_buffer_clear(session->buffer);
        lf_status status = lf_lifecycle_why(machine, contact, to, session->buffer);
        if (print_line(id, session_end_time(session), status, session->buffer)) {
            found = LF_OK;
        } else if (status != LF_E_NOTFOUND) {
            return status;
        }
    }
    return found;
}

static lf_status print_segment(struct session *session, const lf_contact *contact, const char *id,
                               const char *segment) {
    lf_buffer_clear(session->buffer);
    lf_status status = lf_contact_why_segment(contact, segment, session->buffer);
    print_line(id, session_end_time(session), status, session->buffer);
    return status;
}

/* The present, and behind it how it came. */
static lf_status print_sequence(struct session *session, const lf_contact *contact, const char *id,
                                const struct history *history) {
    lf_buffer_clear(session->buffer);
    lf_status status = lf_contact_why_sequence(contact, history->sequence, session->buffer);
    if (print_answer(id, session_end_time(session), status, session->buffer)) {
        printf(",\"history\":[%.*s]}\n", (int)history->n, history->n == 0 ? "" : history->text);
    }
    return status;
}

static const char *what_for(enum option option) {
    return option == OPT_TO ? "state" : option == OPT_SEGMENT ? "segment" : "sequence";
}

static int answer(struct session *session, const struct arguments *args, enum option option,
                  const struct history *history) {
    const char *id = args->value[OPT_CONTACT], *name = args->value[option];
    lf_contact *contact;
    if (!session_run_one(session, args)) {
        return EXIT_FOUND;
    }
    lf_status status = session_contact(session, id, &contact);
    if (status != LF_OK) {
        say_failure(status);
    } else {
        status = option == OPT_TO        ? print_states(session, contact, id, name)
                 : option == OPT_SEGMENT ? print_segment(session, contact, id, name)
                                         : print_sequence(session, contact, id, history);
    }
    lf_contact_free(contact);
    if (status == LF_E_NOTFOUND) {
        fprintf(stderr, "leadflow why: %s has no %s %s\n", args->files[0], what_for(option), name);
        return EXIT_USAGE;
    }
    return output_done() && status == LF_OK && session->refused == 0 ? EXIT_FINE : EXIT_FOUND;
}

/* OPT_COUNT: not one, but none or more. */
static enum option asked(const struct arguments *args) {
    static const enum option options[] = {OPT_TO, OPT_SEGMENT, OPT_SEQUENCE};
    enum option found = OPT_COUNT;
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        if (args->value[options[i]] != NULL && found != OPT_COUNT) {
            return OPT_COUNT;
        }
        found = args->value[options[i]] != NULL ? options[i] : found;
    }
    return found;
}

int why_run(const struct arguments *args) {
    struct session session;
    int64_t at;
    int status = EXIT_FOUND;
    enum option option = asked(args);
    if (option == OPT_COUNT) {
        fputs("leadflow why: one of --to, --segment and --sequence is needed\n", stderr);
        return EXIT_USAGE;
    }
    if (!arguments_time(args, OPT_AT, INT64_MAX, &at)) {
        return EXIT_USAGE;
    }
    lf_blueprint *blueprint = definition_read(args, args->files[0]);
    if (blueprint != NULL && session_open(&session, blueprint, NULL, NULL)) {
        struct history history = {.sequence = args->value[OPT_SEQUENCE]};
        session.until = at;
        session.tap.note = option == OPT_SEQUENCE ? history_note : NULL;
        session.tap.note_user = &history;
        status = answer(&session, args, option, &history);
        session_close(&session);
        free(history.text);
    }
    return status;
}

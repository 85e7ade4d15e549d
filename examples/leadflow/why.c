/* SPDX-License-Identifier: MIT */
/* leadflow why: what stands in the way of a state or a segment, as it is for one contact at a time. */
#include "command.h"

static bool print_line(const char *id, int64_t at, lf_status status, const lf_buffer *buffer) {
    char time[LF_TIMESTAMP_SIZE] = "";
    if (status == LF_OK) {
        lf_timestamp_format(at, time, sizeof time);
        print_whose(id);
        printf(",\"at\":\"%s\",%s\n", time, lf_buffer_data(buffer) + 1); /* behind its brace */
    } else if (status != LF_E_NOTFOUND) {
        say_failure(status);
    }
    return status == LF_OK;
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

static int answer(struct session *session, const struct arguments *args) {
    const char *id = args->value[OPT_CONTACT], *to = args->value[OPT_TO],
               *segment = args->value[OPT_SEGMENT];
    lf_contact *contact;
    if (!session_run_one(session, args)) {
        return EXIT_FOUND;
    }
    lf_status status = session_contact(session, id, &contact);
    if (status != LF_OK) {
        say_failure(status);
    } else {
        status = to != NULL ? print_states(session, contact, id, to)
                            : print_segment(session, contact, id, segment);
    }
    lf_contact_free(contact);
    if (status == LF_E_NOTFOUND) {
        fprintf(stderr, "leadflow why: %s has no %s %s\n", args->files[0],
                to != NULL ? "state" : "segment", to != NULL ? to : segment);
        return EXIT_USAGE;
    }
    return output_done() && status == LF_OK && session->refused == 0 ? EXIT_FINE : EXIT_FOUND;
}

int why_run(const struct arguments *args) {
    struct session session;
    int64_t at;
    int status = EXIT_FOUND;
    if ((args->value[OPT_TO] == NULL) == (args->value[OPT_SEGMENT] == NULL)) {
        fputs("leadflow why: one of --to and --segment is needed\n", stderr);
        return EXIT_USAGE;
    }
    if (!arguments_time(args, OPT_AT, INT64_MAX, &at)) {
        return EXIT_USAGE;
    }
    lf_blueprint *blueprint = definition_read(args, args->files[0]);
    if (blueprint != NULL && session_open(&session, blueprint, NULL, NULL)) {
        session.until = at;
        status = answer(&session, args);
        session_close(&session);
    }
    return status;
}

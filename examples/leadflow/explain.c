/* SPDX-License-Identifier: MIT */
/* leadflow explain: the scores of one contact at a time, part by part, a line for each score. */
#include "command.h"

#include <string.h>

void print_whose(const char *text) {
    printf("{\"contact\":\"");
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\') {
            putchar('\\');
        }
        putchar(*text);
    }
    putchar('"');
}

/* The members that say whose, which and when, then those of the explanation itself. */
static lf_status print_score(const lf_scorer *scorer, const lf_contact *contact, const char *id,
                             int64_t at, lf_buffer *buffer) {
    char time[LF_TIMESTAMP_SIZE];
    lf_explanation *explanation;
    const char *band = lf_scorer_band(scorer, contact);
    lf_buffer_clear(buffer);
    lf_status status = lf_scorer_explain(scorer, contact, at, &explanation);
    if (status == LF_OK) {
        status = lf_explanation_json(explanation, buffer);
    }
    if (status == LF_OK) {
        status = lf_timestamp_format(at, time, sizeof time);
    }
    if (status == LF_OK) {
        print_whose(id);
        printf(",\"score\":\"%s\",\"at\":\"%s\",\"band\":", lf_scorer_name(scorer), time);
        printf(band == NULL ? "null," : "\"%s\",", band);
        printf("%s\n", lf_buffer_data(buffer) + 1); /* behind its brace */
    }
    lf_explanation_free(explanation);
    return status;
}

static lf_status print_scores(struct session *session, const char *id) {
    lf_contact *contact;
    lf_status status = session_contact(session, id, &contact);
    for (size_t i = 0; status == LF_OK && i < lf_blueprint_scorer_count(session->blueprint); i++) {
        const lf_scorer *scorer = lf_blueprint_scorer_at(session->blueprint, i);
        status = print_score(scorer, contact, id, session_end_time(session), session->buffer);
    }
    lf_contact_free(contact);
    return status;
}

static bool run(struct session *session, const struct arguments *args) {
    if (!session_run_one(session, args)) {
        return false;
    }
    if (lf_blueprint_scorer_count(session->blueprint) == 0) {
        fprintf(stderr, "leadflow explain: %s has no scores\n", args->files[0]);
    }
    lf_status status = print_scores(session, args->value[OPT_CONTACT]);
    if (status != LF_OK) {
        say_failure(status);
    }
    return output_done() && status == LF_OK;
}

int explain_run(const struct arguments *args) {
    struct session session;
    bool fine = false;
    int64_t at;
    if (!arguments_time(args, OPT_AT, INT64_MAX, &at)) {
        return EXIT_USAGE;
    }
    lf_blueprint *blueprint = definition_read(args, args->files[0]);
    if (blueprint == NULL) {
        return EXIT_FOUND;
    }
    if (session_open(&session, blueprint, NULL, NULL)) {
        session.until = at;
        fine = run(&session, args) && session.refused == 0;
        session_close(&session);
    }
    return fine ? EXIT_FINE : EXIT_FOUND;
}

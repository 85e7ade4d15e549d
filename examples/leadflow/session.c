/* SPDX-License-Identifier: MIT */
/* A file of events, run through an engine on the store in memory. */
#include "command.h"

#include <string.h>

bool session_open(struct session *session, lf_blueprint *blueprint, struct spool *spool) {
    lf_engine_options options;
    lf_store store;
    memset(session, 0, sizeof *session);
    session->blueprint = blueprint;
    session->until = INT64_MAX;
    session->newest = INT64_MIN;
    lf_status status = lf_memstore_new(NULL, &session->memory);
    if (status == LF_OK) {
        tap_open(&session->tap, session->memory, spool);
        tap_store(&session->tap, &store);
        lf_engine_options_init(&options, sizeof options);
        options.store = &store;
        status = lf_engine_new(blueprint, &options, &session->engine);
    }
    if (status == LF_OK) {
        status = lf_event_new(blueprint, &session->event);
    }
    if (status == LF_OK) {
        status = lf_diagnostics_new(NULL, &session->diagnostics);
    }
    if (status == LF_OK) {
        status = lf_buffer_new(NULL, &session->buffer);
    }
    if (status != LF_OK) {
        say_failure(status);
        session_close(session);
        return false;
    }
    return true;
}

void session_close(struct session *session) {
    lf_event_free(session->event);
    lf_engine_free(session->engine);
    lf_memstore_free(session->memory);
    lf_diagnostics_free(session->diagnostics);
    lf_buffer_free(session->buffer);
    lf_blueprint_unref(session->blueprint);
    memset(session, 0, sizeof *session);
}

static bool is_blank(const char *text, size_t n) {
    size_t i = 0;
    while (i < n && (text[i] == ' ' || text[i] == '\t' || text[i] == '\r')) {
        i++;
    }
    return i == n;
}

/* Of a line; what is shown of the progress makes room for it. */
static void say_of_line(struct session *session, const struct lines *lines, bool is_error,
                        const char *code, const char *text) {
    progress_hide(&session->progress);
    say((struct place){.file = lines->name, .line = lines->number}, is_error, code, text);
}

static void note(struct session *session, const struct lines *lines, int32_t taken) {
    switch (taken) {
    case LF_TAKEN_DUPLICATE:
        session->duplicates++;
        return;
    case LF_TAKEN_CHANGED_DUPLICATE:
        session->changed++;
        say_of_line(session, lines, false, "duplicate-event",
                    "an event of this id is known, with another content; this one changes nothing");
        return;
    case LF_TAKEN_LATE:
        session->late++;
        say_of_line(session, lines, false, "late-event",
                    "the event lies behind the horizon and only makes its own entries");
        break;
    default:
        break;
    }
    session->taken++;
}

/* Not after `until`, and of one contact only? */
static bool is_wanted(struct session *session, const char *contact) {
    size_t n;
    const char *id = lf_event_contact(session->event, &n);
    int64_t at = lf_event_at(session->event);
    if (at > session->until) {
        session->after++;
        return false;
    }
    if (at > session->newest) {
        session->newest = at;
    }
    return contact == NULL || (strlen(contact) == n && memcmp(contact, id, n) == 0);
}

static lf_status run_line(struct session *session, const struct lines *lines, const char *text,
                          size_t n, const char *contact) {
    int32_t taken = LF_TAKEN_NEW;
    lf_diagnostics_clear(session->diagnostics);
    lf_status status = lf_event_parse(session->event, text, n, lines->number, session->diagnostics);
    if (status == LF_OK && !is_wanted(session, contact)) {
        return LF_OK;
    }
    if (status == LF_OK) {
        status = lf_engine_take(session->engine, session->event, lf_event_at(session->event),
                                &taken, session->diagnostics);
    }
    for (size_t i = 0; i < lf_diagnostics_count(session->diagnostics); i++) {
        progress_hide(&session->progress);
        say_diagnostic(session->diagnostics, i, lines->name, lines->number);
    }
    if (status == LF_OK) {
        note(session, lines, taken);
    } else if (status == LF_E_NOTFOUND) {
        session->ignored++;
    } else if (status == LF_E_EVENT) {
        session->refused++;
    } else {
        say_failure(status);
        return status;
    }
    return LF_OK;
}

bool session_run(struct session *session, const char *path, const char *contact) {
    struct lines lines;
    const char *text = NULL;
    size_t n = 0;
    enum line_kind kind;
    lf_status status = LF_OK;
    if (!lines_open(&lines, path)) {
        return false;
    }
    progress_begin(&session->progress);
    while (status == LF_OK &&
           ((kind = lines_next(&lines, &text, &n)) == LINE_TEXT || kind == LINE_TOO_LONG)) {
        session->lines++;
        if (kind == LINE_TOO_LONG) {
            session->refused++;
            say_of_line(session, &lines, true, "limit", "the line has more than " LINE_MOST_TEXT);
        } else if (!is_blank(text, n)) {
            status = run_line(session, &lines, text, n, contact);
        }
        progress_show(&session->progress, "lines", session->lines, lines.bytes, lines.size);
    }
    progress_hide(&session->progress);
    lines_close(&lines);
    return status == LF_OK && kind == LINE_END;
}

int64_t session_end_time(const struct session *session) {
    return session->until != INT64_MAX ? session->until : session->newest;
}

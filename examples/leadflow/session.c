/* SPDX-License-Identifier: MIT */
/* A file of events, run through an engine on the store in memory, or on one in a file. */
#include "command.h"

#include <string.h>

static lf_status open_store(struct session *session, struct spool *spool) {
    lf_store store;
    lf_store_init(&store, sizeof store);
    if (session->filed != NULL) {
        store = session->filed->store;
    } else {
        lf_status status = lf_memstore_new(NULL, &session->memory);
        if (status != LF_OK) {
            return status;
        }
        lf_memstore_store(session->memory, &store);
    }
    tap_open(&session->tap, &store, spool, session->filed != NULL);
    return LF_OK;
}

bool session_open(struct session *session, lf_blueprint *blueprint, struct spool *spool,
                  struct filed *filed) {
    lf_engine_options options;
    lf_store store;
    memset(session, 0, sizeof *session);
    session->blueprint = blueprint;
    session->filed = filed;
    session->until = INT64_MAX;
    session->newest = INT64_MIN;
    lf_status status = open_store(session, spool);
    if (status == LF_OK) {
        tap_store(&session->tap, &store);
        lf_engine_options_init(&options, sizeof options);
        options.tenant = REPLAY_TENANT;
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
        session_say_failure(session, status);
        return status;
    }
    return LF_OK;
}

static lf_status run_any_line(struct session *session, const struct lines *lines,
                              enum line_kind kind, const char *text, size_t n,
                              const char *contact) {
    if (kind == LINE_TOO_LONG) {
        session->refused++;
        say_of_line(session, lines, true, "limit", "the line has more than " LINE_MOST_TEXT);
        return LF_OK;
    }
    return is_blank(text, n) ? LF_OK : run_line(session, lines, text, n, contact);
}

/* ---- with a store in a file: lines that earlier runs have run are passed over ---- */
#define DIGEST_OF_NOTHING UINT64_C(14695981039346656037) /* FNV-1a */

static uint64_t digest(uint64_t before, const char *text, size_t n) {
    for (size_t i = 0; i < n; i++) {
        before = (before ^ (unsigned char)text[i]) * UINT64_C(1099511628211);
    }
    return (before ^ '\n') * UINT64_C(1099511628211);
}

static lf_status look_back(struct session *session, const struct lines *lines) {
    lf_status status =
        session->filed->recall(session->filed, session->made.digest, &session->before);
    session->made.first = session->made.digest;
    session->made.until = session->until;
    if (status != LF_OK) {
        session_say_failure(session, status);
    } else if (session->before.lines > 0 && session->before.until != session->until) {
        say_of_line(session, lines, true, "io",
                    "these events were run into this store with another --until");
        status = LF_E_USER;
    }
    return status;
}

static lf_status other_events(struct session *session, const struct lines *lines) {
    char text[160];
    snprintf(text, sizeof text,
             "the %llu lines up to here are not those that were run into this store before",
             (unsigned long long)session->before.lines);
    say_of_line(session, lines, true, "io", text);
    return LF_E_USER;
}

static lf_status pass_over(struct session *session, const struct lines *lines, const char *text,
                           size_t n) {
    if (lf_event_parse(session->event, text, n, lines->number, NULL) == LF_OK &&
        is_wanted(session, NULL)) {
        session->duplicates++;
    }
    return session->made.lines == session->before.lines &&
                   session->made.digest != session->before.digest
               ? other_events(session, lines)
               : LF_OK;
}

static lf_status run_filed_line(struct session *session, const struct lines *lines,
                                enum line_kind kind, const char *text, size_t n) {
    struct progress_made *made = &session->made;
    lf_status status = LF_OK;
    made->digest = digest(made->lines == 0 ? DIGEST_OF_NOTHING : made->digest, text,
                          kind == LINE_TEXT ? n : 0);
    if (made->lines++ == 0) {
        status = look_back(session, lines);
    }
    if (status != LF_OK) {
        return status;
    }
    if (made->lines <= session->before.lines) {
        return pass_over(session, lines, text, n);
    }
    status = session->filed->begin(session->filed);
    if (status == LF_OK) {
        status = run_any_line(session, lines, kind, text, n, NULL);
        if (status != LF_OK) {
            return status;
        }
        status = session->filed->done(session->filed, made);
    }
    if (status != LF_OK) {
        session_say_failure(session, status);
    }
    return status;
}

/* Behind the last line. */
static lf_status end_filed(struct session *session, const struct lines *lines) {
    if (session->made.lines < session->before.lines) {
        return other_events(session, lines);
    }
    lf_status status = session->filed->keep(session->filed);
    if (status != LF_OK) {
        session_say_failure(session, status);
    }
    return status;
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
        status = session->filed != NULL ? run_filed_line(session, &lines, kind, text, n)
                                        : run_any_line(session, &lines, kind, text, n, contact);
        progress_show(&session->progress, "lines", session->lines, lines.bytes, lines.size);
    }
    progress_hide(&session->progress);
    if (status == LF_OK && kind == LINE_END && session->filed != NULL) {
        status = end_filed(session, &lines);
    }
    lines_close(&lines);
    return status == LF_OK && kind == LINE_END;
}

void session_say_failure(const struct session *session, lf_status status) {
    bool of_store = status == LF_E_STORE || status == LF_E_CONFLICT || status == LF_E_UNKNOWN ||
                    status == LF_E_BUSY;
    if (session->filed != NULL && of_store) {
        fprintf(stderr, "leadflow: %s\n", session->filed->error(session->filed));
    } else {
        say_failure(status);
    }
}

uint64_t session_contacts(const struct session *session) {
    return session->filed != NULL ? session->filed->contacts(session->filed)
                                  : lf_memstore_count(session->memory);
}

lf_status session_contact(struct session *session, const char *id, lf_contact **out) {
    *out = NULL;
    lf_status status = lf_engine_wake(session->engine, id, strlen(id), session_end_time(session));
    return status == LF_OK ? lf_engine_contact(session->engine, id, strlen(id), out) : status;
}

bool session_run_one(struct session *session, const struct arguments *args) {
    const char *id = args->value[OPT_CONTACT];
    if (!session_run(session, args->files[1], id)) {
        return false;
    }
    if (lf_memstore_count(session->memory) == 0) {
        fprintf(stderr, "leadflow %s: no event of contact %s%s\n", args->command->name, id,
                args->value[OPT_AT] == NULL ? "" : " up to that time");
        return false;
    }
    return true;
}

int64_t session_end_time(const struct session *session) {
    return session->until != INT64_MAX ? session->until : session->newest;
}

/* SPDX-License-Identifier: MIT */
/* The command `leadflow`: what its files share. It uses the public headers alone. */
#pragma once

#include <leadflow/leadflow.h>

#include <stdbool.h>
#include <stdio.h>

/* Exit statuses (SPEC 14). */
enum { EXIT_FINE = 0, EXIT_FOUND = 1, EXIT_USAGE = 2 };

/* ---- arguments (arguments.c) ---- */
enum option {
    OPT_UNTIL,
    OPT_EFFECTS,
    OPT_CONTACTS,
    OPT_CONTACT,
    OPT_AT,
    OPT_MACHINE,
    OPT_TO,
    OPT_SEGMENT,
    OPT_SEQUENCE,
    OPT_STORE,
    OPT_PREVIOUS,
    OPT_ZONEINFO, /* of all commands */
    OPT_COUNT
};
#define TAKES(option) (1u << (option))

struct command;
struct arguments {
    const struct command *command;
    char **files; /* what is no option, in order */
    int n_files;
    const char *value[OPT_COUNT]; /* NULL: not given; "" for an option without a value */
};

struct command {
    const char *name, *usage, *does;
    int (*run)(const struct arguments *args);
    unsigned takes, needs; /* bits of enum option */
    int least_files, most_files;
};

extern const struct command commands[];
extern const size_t n_commands;

/* Sorts argv into args; says on stderr what is wrong with it. */
bool arguments_read(const struct command *command, int argc, char **argv, struct arguments *args);
/* The time given with an option, or `otherwise`. False: it is no time, which has been said. */
bool arguments_time(const struct arguments *args, enum option option, int64_t otherwise,
                    int64_t *time);
/* The name of `of` that comes nearest to what was typed; NULL: none comes near. */
const char *nearest(const char *typed, const char *const *of, size_t n);

/* ---- what is said on stderr (say.c) ---- */
struct place {
    const char *file;
    uint32_t line, column; /* 0: the first */
    const char *pointer;   /* JSON Pointer; NULL or "": none */
};
void say(struct place place, bool is_error, const char *code, const char *text);
/* One of the library's; `line` if it names none. */
void say_diagnostic(const lf_diagnostics *diagnostics, size_t index, const char *file,
                    uint32_t line);
void say_cannot_read(const char *file, int error);
void say_failure(
    lf_status status); /* of the library, where only memory or the store can be at fault */

/* ---- files (files.c) ---- */
struct text {
    char *p; /* NUL-terminated; free() it */
    size_t n;
};
/* 0, or an errno: then there is nothing to free. A byte order mark is left out. */
int text_read(const char *path, struct text *out);

/* ---- blueprints (definition.c) ---- */
/* Reads a blueprint and what it extends, and says what is wrong with it; NULL if it is no blueprint. */
lf_blueprint *definition_read(const struct arguments *args, const char *path);
/* The same with the linter. False: something was said. */
bool definition_check(const struct arguments *args, const char *path, const lf_blueprint *previous);

/* ---- lines of an event file (lines.c) ---- */
#define LINE_MOST ((size_t)1 << 20) /* bytes; a longer one is refused, and never kept in memory */
#define LINE_MOST_TEXT "1 MiB"

struct lines {
    FILE *in;
    const char *name; /* for diagnostics */
    char *chunk;      /* what was read and not handed out yet: from..to */
    size_t from, to;
    char *line; /* a line that did not lie within one chunk */
    size_t line_n, line_cap;
    uint32_t number;      /* of the line handed out last, from 1 */
    uint64_t bytes, size; /* handed out; of the whole file, 0 if unknown */
};

enum line_kind { LINE_END, LINE_TEXT, LINE_TOO_LONG, LINE_FAILED };
/* `path` may be "-": standard input. False: it cannot be read, which has been said. */
bool lines_open(struct lines *lines, const char *path);
void lines_close(struct lines *lines);
/* The next line without its end. */
enum line_kind lines_next(struct lines *lines, const char **text, size_t *n);

/* ---- progress on a terminal (progress.c) ---- */
struct progress {
    bool wanted;  /* stderr is a terminal */
    bool visible; /* there is something on the present line */
    uint64_t calls;
    double last; /* seconds */
};
void progress_begin(struct progress *progress);
void progress_show(struct progress *progress, const char *doing, uint64_t count, uint64_t part,
                   uint64_t whole);
void progress_hide(struct progress *progress); /* leaves the line empty */

/* ---- effects, sorted at the end (spool.c) ---- */
struct spool;
struct spool *spool_new(void);
void spool_free(struct spool *spool);
bool spool_add(struct spool *spool, const lf_effect *effect);
/* By time, then contact, then origin: the order in which one contact's effects were added. */
bool spool_print(struct spool *spool, FILE *out);

/* ---- a store in a file: what was done stays, and a run that was killed is taken up again ---- */
#define REPLAY_TENANT "default"

struct progress_made { /* with the events of one input */
    uint64_t first;    /* the digest of its first line, by which it is known */
    uint64_t lines;    /* that were run */
    uint64_t digest;   /* of them */
    int64_t until;     /* up to which they were run; INT64_MAX: all */
};

struct filed {
    lf_store store;
    uint64_t (*contacts)(struct filed *filed); /* how many there are */
    /* `lines` 0: nothing of it was run. */
    lf_status (*recall)(struct filed *filed, uint64_t first, struct progress_made *made);
    lf_status (*begin)(struct filed *filed); /* a piece of work */
    /* It is done, and kept with others soon; `made` with it, if it is not NULL. */
    lf_status (*done)(struct filed *filed, const struct progress_made *made);
    lf_status (*keep)(struct filed *filed); /* all that is done */
    /* Prints the effects of the outbox, in the order of spool_print(), and settles them. LF_E_USER: the output
     * cannot be written, which has been said. */
    lf_status (*print)(struct filed *filed, FILE *out);
    const char *(*error)(const struct filed *filed); /* what went wrong last */
    void (*close)(struct filed *filed);
};
/* Only where SQLite was there to build with. NULL: the file cannot be opened, which has been said. */
struct filed *filed_sqlite(const char *path);

/* ---- what became of a contact in a sequence (told.c) ---- */
struct history {
    const char *sequence;
    char *text; /* JSON objects with commas between; free() it */
    size_t n, cap;
};
/* Adds the effect, if it names the sequence. False: no memory. */
bool history_note(void *user, const lf_effect *effect);

/* ---- a store that shows effects (tap.c) ---- */
#define KINDS_MOST 32
struct tap {
    lf_store store;                                    /* the store behind it */
    struct spool *spool;                               /* NULL: effects are only counted */
    bool (*note)(void *user, const lf_effect *effect); /* is shown each; may be NULL */
    void *note_user;
    bool keeps; /* effects stay in the store */
    size_t n_kinds;
    struct {
        char name[16];
        uint64_t count;
    } kinds[KINDS_MOST];
};
void tap_open(struct tap *tap, const lf_store *store, struct spool *spool, bool keeps);
void tap_store(struct tap *tap, lf_store *store); /* the callbacks for the engine */

/* ---- events through an engine (session.c) ---- */
struct session {
    lf_blueprint *blueprint;
    struct filed *filed; /* borrowed; NULL: the store is in memory */
    lf_memstore *memory;
    lf_engine *engine;
    lf_event *event;
    lf_diagnostics *diagnostics;
    lf_buffer *buffer;
    struct tap tap;
    struct progress progress;
    int64_t until;  /* events after it are not run; INT64_MAX: all are */
    int64_t newest; /* `at` of the events up to then, of all contacts; INT64_MIN: there was none */
    uint64_t lines, taken, late, duplicates, changed, ignored, refused, after;
    struct progress_made made, before; /* in this run, and in earlier ones */
};
/* Takes the reference to the blueprint over. Without `filed` it is on a store in memory. False: no memory, which has
 * been said. */
bool session_open(struct session *session, lf_blueprint *blueprint, struct spool *spool,
                  struct filed *filed);
void session_close(struct session *session);
/* Runs a file of events, of one contact only if `contact` is not NULL. False: it cannot go on, which has
 * been said. Lines that are refused are said and counted. */
bool session_run(struct session *session, const char *path, const char *contact);
uint64_t session_contacts(const struct session *session); /* how many there are */
/* Says what the library or the store in the file answered. */
void session_say_failure(const struct session *session, lf_status status);
/* Brings a contact to that time and loads it; lf_contact_free() it. */
lf_status session_contact(struct session *session, const char *id, lf_contact **out);
/* Runs the events of one contact for a command that looks at it. False: there is nothing to look at, which has been
 * said. */
bool session_run_one(struct session *session, const struct arguments *args);
/* The time that contacts are brought up to: `until`, or the newest `at`. */
int64_t session_end_time(const struct session *session);

/* ---- the commands ---- */
int check_run(const struct arguments *args);
int explain_run(const struct arguments *args);
int graph_run(const struct arguments *args);
int replay_run(const struct arguments *args);
int why_run(const struct arguments *args);
/* The member that says whose; the object stays open. */
void print_whose(const char *id);
/* Has everything reached standard output? Says so if not. */
bool output_done(void);

/* SPDX-License-Identifier: MIT */
/* What the parts of the blueprint's parser share: the run, keys and errors, places of expressions. */
#pragma once

#include "base/codes.h"
#include "blueprint/definitions.h"

/*
 * A blueprint being parsed. Errors are gathered and the search goes on behind each of them; only the
 * lack of memory ends the work. So every function here copes with values that are not what they
 * should be, and stays silent about what has been reported already.
 */
typedef struct lf_build {
    lf_blueprint *bp;
    lf_arena *arena;
    lf_diags *diags;
    lf_buf path;          /* JSON Pointer of where we are */
    lf_status status;     /* LF_E_NOMEM, or the failure of a callback */
    int64_t longest;      /* of all durations that the horizon must reach */
    int64_t in_condition; /* the longest within an expression */
    bool *seen;           /* segments or fields that the present expression names, or NULL */
    uint8_t seen_kind;    /* LF_REF_SEGMENT or LF_REF_FIELD */
    lf_str text;          /* of the document */
    const struct lf_costly *costly; /* expressions that may pass their limit, the last one first */
    const lf_source *presets;
    const lf_json **wholes; /* by preset: with all that it extends, once it was read */
    uint8_t *progress;      /* by preset: is it being read? (extends.c) */
    uint32_t n_presets;
} lf_build;

#define LF_TEN_YEARS (INT64_C(3650) * 86400000)
#define LF_MOST_DEFINITIONS 2000u               /* members of one section, items of some lists */
#define LF_MOST_POINTS INT64_C(1000000000)      /* of a rule, in milli-points */
#define LF_MOST_TOTAL INT64_C(1000000000000000) /* of a bound, in milli-points */
#define LF_NAME_RULE "must match [a-z][a-z0-9_]{0,62}"

/* ---- report.c: where we are, and what is wrong there ---- */
/* Lines of a preset are told from those of the document by their high bits. */
#define LF_SOURCE_SHIFT 24

/* Going down and up: returns the length to go back to. */
size_t lf_path_down(lf_build *b, lf_str token);
size_t lf_path_item(lf_build *b, uint32_t index);
void lf_path_up(lf_build *b, size_t length);

/* An error at a value's place; `member` (may be {NULL,0}) goes behind the present path. */
void lf_build_error(lf_build *b, uint16_t code, const lf_json *at, lf_str member,
                    const char *format, ...);
/* What the linter finds at the present path. */
void lf_build_finding(lf_build *b, uint16_t code, const char *format, ...);
/* "unknown <what> 'name' (did you mean 'x'?)" */
void lf_build_unknown(lf_build *b, const lf_json *at, lf_str member, const char *what, lf_str name,
                      lf_str nearest);
/* The place of a member's name. */
lf_json lf_place_of(const lf_member *member);
/* The place of a byte of a string's text, whatever escapes stand before it. */
lf_json lf_place_in(const lf_build *b, const lf_json *string, size_t offset);
/* Of two names (the first may be {NULL,0}) the one that `name` is more like, if near enough. */
lf_str lf_nearer(lf_str name, lf_str best, lf_str other);
void *lf_build_alloc(lf_build *b, size_t size); /* in the arena; at least one byte */

/* ---- keys.c: objects by tables of their keys ---- */
enum lf_kinds { /* what a key's value may be */
                LF_K_NULL = 1 << LF_JSON_NULL,
                LF_K_STRING = 1 << LF_JSON_STRING,
                LF_K_BOOL = 1 << LF_JSON_BOOL,
                LF_K_INT = 1 << LF_JSON_INT,
                LF_K_NUMBER = 1 << LF_JSON_INT | 1 << LF_JSON_NUMBER,
                LF_K_ARRAY = 1 << LF_JSON_ARRAY,
                LF_K_OBJECT = 1 << LF_JSON_OBJECT,
                LF_K_ANY = 0x7f,
                LF_K_LATER = 0x100, /* known, but not supported yet */
                LF_K_REQUIRED = 0x200
};
typedef struct lf_key {
    const char *name;
    uint32_t kinds;
} lf_key;

/* Checks an object's members against the table; "description" is known everywhere. False: something
 * is wrong with a key, so what is missing may be there under another name. */
bool lf_keys_check(lf_build *b, const lf_json *object, const lf_key *keys, size_t n);
/* The member, if it is there and of one of the kinds (else lf_keys_check has said so). */
const lf_json *lf_key_get(const lf_json *object, const char *name, uint32_t kinds);

/* Values by key, with their errors. Absent ones leave *out as it is; false: an error was reported. */
bool lf_key_points(lf_build *b, const lf_json *object, const char *name, int64_t most,
                   int64_t *out);
bool lf_key_duration(lf_build *b, const lf_json *object, const char *name, int64_t least,
                     int64_t *out);
bool lf_key_count(lf_build *b, const lf_json *object, const char *name, uint32_t least,
                  uint32_t most, uint32_t *out);
bool lf_key_true(const lf_json *object, const char *name);   /* false if absent */
lf_str lf_key_text(const lf_json *object, const char *name); /* {NULL,0} if absent */
/* One of the listed words; *out its index. */
bool lf_key_word(lf_build *b, const lf_json *object, const char *name, const char *const *words,
                 size_t n, uint8_t *out);
void lf_need_some(lf_build *b, const lf_json *list); /* an error if the list is empty */

/* ---- declared.c: what is declared, and what refers to it ---- */
/* The object under that key, whose members are names, without `description` and `renamed`; {} if it is not there. */
const lf_json *lf_section(lf_build *b, const lf_json *object, const char *name);
/* Declares the names of a section's members. Each gets the next number, also one that is no good. */
void lf_section_names(lf_build *b, const lf_json *section, lf_names *names, const char *what);
/* Declares one name; false if it is taken (then something else holds its number). */
bool lf_declare(lf_build *b, lf_names *names, lf_str name);
/* The same for "parent/name"; a name that is taken is reported at `member` of the present path. */
void lf_declare_part(lf_build *b, lf_names *names, lf_str parent, lf_str name, const lf_json *at,
                     const char *member, const char *what);
lf_str lf_joined(lf_build *b, lf_str first, char between, lf_str second); /* in the arena */
/* The number of "parent/name"; -1: there is none. */
int32_t lf_find_part(const lf_names *names, lf_str parent, lf_str name);
/* Calls `each` for every member of a section, with the path set to it. */
void lf_each(lf_build *b, const lf_json *section,
             void (*each)(lf_build *b, const lf_json *object, uint32_t i));

/* A declared name as the value at the present path; LF_NO_INDEX if it is none (reported) or absent. */
uint16_t lf_name_value(lf_build *b, const lf_json *value, const lf_names *names, const char *what);
/* The same for the type of events that can come. */
uint16_t lf_type_value(lf_build *b, const lf_json *value);
/* A type or a list of types under a key; n = 0 if it is absent. */
lf_type_set lf_key_types(lf_build *b, const lf_json *object, const char *name);
/* A state's name as a value; unknown ones are reported at the member (NULL: at the path). */
uint16_t lf_state_value(lf_build *b, const lf_json *value, const char *member, uint16_t machine);
/* Orders n items so that each stands behind those it uses (uses[i*n + j]); false: a circle, *out. */
bool lf_order_by_use(const bool *uses, uint32_t n, uint16_t *order, uint32_t *circle);

/* ---- blueprint.c ---- */
/* May a zone of this name be meant? If it is to be had, it is in *out. A warning, if there is no source that could
 * know it; true too when the source failed. */
bool lf_build_zone(lf_build *b, lf_str name, const lf_zone **out);
#define LF_ZONE_UNKNOWN \
    "unknown time zone %q: expected a name that the source of time zones knows, such as " \
    "Europe/Berlin"

/* ---- parse_renamed.c: when everything is declared ---- */
void lf_parse_renamed(lf_build *b, const lf_json *document);
/* Then: each state of the previous blueprint has its place. */
void lf_check_previous(lf_build *b, const lf_json *document, const lf_blueprint *previous);

/* ---- extends.c ---- */
/* The document with all that it extends; NULL if it is none (reported). */
const lf_json *lf_read_whole(lf_build *b, lf_str text);

/* ---- scope.c: who may read what ---- */
enum lf_may {
    LF_MAY_CONTACT = 1,
    LF_MAY_EVENT = 2,
    LF_MAY_STATE = 4, /* states, segments, consent, suppressed */
    LF_MAY_SCORE = 8, /* scores, dimensions, bands */
    LF_MAY_HISTORY = 16,
    LF_MAY_TIMED_OUT = 32
};
#define LF_MAY_ALL (LF_MAY_CONTACT | LF_MAY_STATE | LF_MAY_SCORE | LF_MAY_HISTORY)
typedef struct lf_reading {
    uint32_t may;
    const lf_type_set
        *events; /* what the event at hand can be; none: not known, for it was no good */
} lf_reading;
typedef struct lf_scope_place { /* what the scope of an expression is asked with */
    lf_build *b;
    const lf_reading *reading;
} lf_scope_place;
/* Closed sets of text: the states of machine n, the bands of score n, and two that have no number. */
enum {
    LF_DOMAIN_STATE = 0,
    LF_DOMAIN_BAND = 100000,
    LF_DOMAIN_CONSENT = 200000,
    LF_DOMAIN_TYPE = 200001
};
/* scope_words.c: text that must name something */
bool lf_scope_literal(void *place, enum lf_literal kind, lf_str text, int32_t *id, uint32_t *deps,
                      lf_buf *why);
bool lf_scope_member(void *place, int32_t domain, lf_str text, lf_buf *why);
bool lf_scope_unknown(lf_buf *why, const char *what, lf_str name,
                      const lf_names *known); /* false */
/* Compiles the expression in a string; NULL and a report if it is none. `value` NULL gives NULL. */
const lf_expr *lf_build_expr(lf_build *b, const lf_json *value, const char *member, uint8_t want,
                             const lf_reading *reading);
/* The same for the value of a field. */
const lf_expr *lf_build_field_expr(lf_build *b, const lf_json *value, const char *member,
                                   const lf_field_def *field, const lf_reading *reading);

/* ---- the sections ---- */
/* Each section is read twice: first its names, then what refers to names. */
void lf_declare_fields(lf_build *b, const lf_json *section);
void lf_parse_fields(lf_build *b, const lf_json *section); /* derived fields */
void lf_parse_tags(lf_build *b, const lf_json *section);
lf_str lf_parse_tag(lf_build *b, const lf_json *value, const char *member);
void lf_declare_events(lf_build *b, const lf_json *section); /* names and props */
void lf_parse_events(lf_build *b, const lf_json *section);   /* derived types */
void lf_declare_scores(lf_build *b, const lf_json *section);
void lf_parse_scores(lf_build *b, const lf_json *section);
void lf_parse_rules(lf_build *b, const lf_json *list,
                    lf_dimension_def *dimension); /* parse_rules.c */
bool lf_parse_percent(lf_build *b, const lf_json *value, const char *member, lf_shares *out);
bool lf_shares_make(lf_arena *arena, uint32_t ppm, lf_shares *out); /* decay.c */
void lf_declare_machines(lf_build *b, const lf_json *section);
void lf_parse_machines(lf_build *b, const lf_json *section);
void lf_declare_segments(lf_build *b, const lf_json *section);
void lf_parse_segments(lf_build *b, const lf_json *section);
void lf_parse_consent(lf_build *b, const lf_json *section);
void lf_declare_templates(lf_build *b, const lf_json *section);
void lf_parse_templates(lf_build *b, const lf_json *section);
void lf_parse_caps(lf_build *b, const lf_json *section);
void lf_lint_caps(lf_build *b); /* parse_caps.c */
void lf_declare_sequences(lf_build *b, const lf_json *section);
void lf_parse_sequences(lf_build *b, const lf_json *section);
void lf_parse_triggers(lf_build *b, const lf_json *list,
                       lf_sequence_def *sequence); /* parse_triggers.c */
void lf_parse_existing(lf_build *b, const lf_json *object, lf_sequence_def *sequence);
/* `at` and `on` of a wait or a trigger, whose keys were checked (parse_local.c). */
void lf_parse_local(lf_build *b, const lf_json *object, lf_local *out);
/* A `window`, or with `quiet` an entry of that name: its keys and its hours. The path stands at it. */
void lf_parse_window(lf_build *b, const lf_json *object, bool quiet, lf_window *out);
void lf_parse_steps(lf_build *b, const lf_json *list, uint16_t sequence); /* parse_steps.c */
/* How many steps there are in a list, those in arms included. */
uint32_t lf_count_steps(const lf_json *list);
/* How many of its keys say what an action does; if one, *out is it, without `when`. */
unsigned lf_parse_action(lf_build *b, const lf_json *json, const lf_reading *reading,
                         lf_action *out);
lf_actions lf_parse_actions(lf_build *b, const lf_json *object, const char *member);
extern const lf_key lf_action_keys[]; /* and behind them those that only a step has */
extern const size_t lf_action_key_count, lf_step_key_count;

/* ---- the linter: what is allowed, but hardly meant ---- */
typedef struct lf_costly { /* an expression that may take more steps than it may */
    const struct lf_costly *next;
    lf_str path;
    uint64_t worst;
} lf_costly;
void lf_lint(lf_build *b); /* lint.c */
void lf_lint_machines(lf_build *b);
void lf_lint_scores(lf_build *b);
void lf_lint_templates(lf_build *b);
void lf_lint_holds(lf_build *b);
void lf_lint_sequences(lf_build *b);
/* `end`: the longest that anybody is in the sequence (lint_steps.c). */
void lf_lint_steps(lf_build *b, const lf_json *list, const lf_sequence_def *sequence, int64_t end);
size_t lf_path_to(lf_build *b, const char *section, lf_str name);
/* It cannot hold: a constant that does not, or parts that exclude each other. NULL holds. */
bool lf_lint_never(const lf_expr *when);
bool lf_lint_exclude(const lf_expr *a,
                     const lf_expr *b); /* they cannot hold at once: lint_machines.c */
bool lf_lint_no_event(const lf_blueprint *bp, uint16_t type); /* no event counts as it */
/* Marks what some action of this kind (enum lf_action_kind) names by its index, wherever that action stands. */
void lf_lint_mark(const lf_blueprint *bp, uint8_t kind, bool *marks);
bool lf_lint_always(const lf_expr *when); /* a constant that does */

/* SPDX-License-Identifier: MIT */
/*
 * Floor 3: one person's state and its stored form. It knows names and times, but no rule: what the
 * numbers stand for is in the schema, which a blueprint makes.
 *
 * All text of a contact lies in one heap and is named by offset, so that a contact is copied by a few
 * memcpy and holds no pointer into itself.
 */
#pragma once

#include "base/base.h"

/* ---- schema: names behind the numbers ---- */
enum lf_name_kind {
    LF_N_TYPE, /* event types: reserved ones first, then declared, then derived as declared */
    LF_N_FIELD,
    LF_N_RULE, /* event rules: "score/dimension/rule" */
    LF_N_MACHINE,
    LF_N_STATE, /* "machine/state" */
    LF_N_SCORE,
    LF_N_BAND, /* "score/band" */
    LF_N_SEGMENT,
    LF_N_SEQUENCE,
    LF_N_STEP,    /* "sequence/step name" */
    LF_N_TRIGGER, /* those that remember something: "sequence/hash of what they wait for" */
    LF_N_TEMPLATE,
    LF_N_CLASS, /* of messages, as caps tell them apart */
    LF_N_KINDS,
    LF_N_DIMENSION =
        LF_N_KINDS /* "score/dimension": no number, but rules have its name in theirs */
};

#define LF_VEC(type) \
    struct { \
        type *items; \
        uint32_t n, cap; \
    }

/* Names that contacts may know and that are others now (SPEC 9.7). */
typedef struct lf_renamed {
    lf_names old;       /* a kind and a name, as lf_renamed_key makes it */
    LF_VEC(lf_str) now; /* by number: the last part of the present name */
} lf_renamed;

typedef struct lf_schema {
    lf_names names[LF_N_KINDS];
    uint16_t *by_name[LF_N_KINDS]; /* the numbers in the order of the names' bytes */
    uint8_t *field_types;          /* enum lf_field_type by field */
    uint16_t *state_machine;       /* by state: its machine */
    uint16_t *band_score;          /* by band: its score */
    uint16_t *step_sequence;       /* by step: its sequence */
    uint16_t *step_next;           /* by step: what follows it (and all that is in it) */
    bool *step_labelled;           /* by step: its name stays when others come and go */
    lf_renamed renamed;
    int64_t dedupe;  /* ids are remembered this long behind the clock */
    int64_t horizon; /* 4.3 */
    int64_t
        retention; /* horizon + the longest duration in any condition: how long the log reaches */
    int64_t
        idle_grain; /* the smallest `every` and `reset_after` of any idle rule; INT64_MAX if none */
    uint32_t digest; /* of the definitions: contacts tell by it that they have changed */
} lf_schema;

/* The number of a name that may be an older one; -1: it has gone (contact_renamed.c). */
int32_t lf_schema_find(const lf_schema *schema, enum lf_name_kind kind, lf_str name);
/* The key under which an old name is known; `parent` is the present one of what it is in. Returns its length. */
#define LF_RENAMED_KEY 512u
size_t lf_renamed_key(char key[LF_RENAMED_KEY], enum lf_name_kind kind, lf_str parent, lf_str name);

enum lf_field_type { LF_F_STRING, LF_F_INT, LF_F_DOUBLE, LF_F_BOOL, LF_F_TIMESTAMP, LF_F_LIST };
#define LF_NO_INDEX UINT16_MAX

/* ---- the parts of a contact ---- */
typedef struct lf_ref { /* text in the heap */
    uint32_t at, n;
} lf_ref;

/* When something was set, to find the newest by event order (at, type, id, arrival). */
typedef struct lf_stamp {
    int64_t at;
    uint32_t arrival; /* the event's number; 0: the library itself */
    lf_ref id;        /* the event's, for when its record has gone */
} lf_stamp;

typedef struct lf_field_value {
    uint16_t field;
    bool present; /* false: cleared, only the stamp is kept */
    lf_stamp stamp;
    union {
        int64_t i; /* INT, BOOL, TIMESTAMP */
        double d;
        lf_ref text; /* STRING; LIST: each item as varint length and bytes */
    } u;
} lf_field_value;

enum lf_mark_kind { LF_MARK_TAG, LF_MARK_FLAG, LF_MARK_SUPPRESSION };
typedef struct lf_mark { /* sorted by kind, then name */
    uint8_t kind;
    bool on; /* false: removed, only the stamp is kept */
    lf_ref name;
    lf_stamp stamp;
} lf_mark;

enum lf_channel { LF_CHANNEL_EMAIL, LF_CHANNEL_SMS, LF_CHANNEL_PUSH, LF_CHANNELS };
enum lf_consent_status {
    LF_CONSENT_NONE,
    LF_CONSENT_GRANTED,
    LF_CONSENT_DENIED,
    LF_CONSENT_PENDING
};
typedef struct lf_consent { /* sorted by channel, then topic */
    uint8_t channel, status;
    lf_ref topic; /* empty: the channel as a whole */
    lf_ref source, text;
    lf_stamp stamp;
} lf_consent;

/* One event as history knows it; an event of a derived type has a record per type, its base first.
 * Sorted by event order. Records live `retention` behind the clock, ids `dedupe` for duplicates and
 * as long as the record for order. */
enum lf_record_flags { LF_RECORD_ENGAGED = 1, LF_RECORD_DERIVED = 2 };
typedef struct lf_record {
    int64_t at;       /* its place */
    int64_t own_at;   /* its own time, later than `at` only within max_skew */
    uint32_t arrival; /* 1, 2, 3.. per contact */
    uint32_t content; /* hash of type and props, to tell a changed duplicate */
    lf_ref id;
    uint16_t type;
    uint8_t flags;
} lf_record;

typedef struct lf_type_past { /* by type; LF_NO_INDEX stands for "*" */
    uint16_t type;
    int64_t first;  /* the earliest ever */
    int64_t last;   /* the newest ever */
    int64_t sealed; /* the newest that left the log; INT64_MIN if none */
} lf_type_past;

/* A run of engagement times whose neighbours are closer than the idle grain: all that 6.3 needs. */
typedef struct lf_run {
    int64_t start, end;
} lf_run;

/* Entries of event rules, sorted by rule, per, at. Behind the horizon equal ones are one with a count. */
enum lf_entry_flags {
    LF_ENTRY_LOOSE = 1, /* came beyond the horizon: no cooldown, either way */
    LF_ENTRY_SEALED = 2 /* seen behind the horizon already (not stored) */
};
typedef struct lf_entry {
    int64_t at;
    uint64_t per; /* hash of the `per` value, 0 for none */
    uint32_t count;
    uint16_t rule;
    uint8_t flags;
} lf_entry;

typedef struct lf_machine_state {
    uint16_t state; /* LF_N_STATE number; LF_NO_INDEX: not entered */
    int64_t since;
} lf_machine_state;

typedef struct
    lf_held { /* transitions that wait until their `when` has been false (SPEC 7, $move) */
    uint16_t machine, transition; /* index in the machine */
} lf_held;

enum lf_enrolment_phase { LF_AT_STEP, LF_WAITING_TIME, LF_WAITING_UNTIL, LF_HELD };
enum lf_paused { LF_PAUSED_BY_HAND = 1, LF_PAUSED_BY_GROUP = 2 };
typedef struct lf_enrolment { /* sorted by sequence */
    uint16_t sequence;
    uint16_t step; /* LF_N_STEP number of the step it is at */
    uint8_t phase;
    bool timed_out; /* of the last wait for a condition; false before the first */
    bool anew;      /* this wait counts its days from `begun` (SPEC 9.3, after a hold) */
    bool moved;     /* the step it stood at has gone, and it is at the next one that is there */
    uint8_t paused; /* enum lf_paused */
    uint32_t days;  /* of the last day wait it has been through */
    int64_t since;  /* enrolled at; later by the length of its pauses */
    int64_t begun;  /* the wait; HELD: when the message first fell due; else as `since` */
    int64_t due; /* LF_TIME_NONE if it waits for no time; HELD: when the message is tried again */
    int64_t behind;    /* ms that holds have put it behind */
    int64_t paused_at; /* INT64_MIN: it is not paused */
} lf_enrolment;

typedef struct lf_sequence_past { /* sorted by sequence */
    uint16_t sequence;
    uint32_t times;    /* enrolled so often */
    int64_t last_exit; /* INT64_MIN: never exited */
} lf_sequence_past;

/* What a trigger by a condition or a date remembers, from when it was first looked at. */
typedef struct lf_trigger_past { /* sorted by trigger */
    uint16_t trigger;
    bool met;      /* a condition held when it was last looked at; a moment has come */
    int64_t value; /* of the field that had this moment; 0 of a condition */
} lf_trigger_past;

/* A message that was planned: what caps count, and whose failure may yet be told. */
typedef struct lf_sent { /* sorted by time, then number */
    int64_t at;
    uint32_t number;   /* of its effect */
    uint16_t class_;   /* LF_NO_INDEX: one that no cap names */
    uint16_t sequence; /* that has a path for failures; LF_NO_INDEX: none */
    uint8_t channel;
    bool counts; /* for caps */
} lf_sent;

/* A message outside sequences that waits; in the order in which they fell due. */
typedef struct lf_pending {
    int64_t begun; /* it first fell due */
    int64_t due;   /* it is tried again */
    int64_t stale; /* it is tried the last time; LF_TIME_NONE: no limit */
    uint16_t template_;
    uint16_t machine, from,
        to; /* not stored: the transition that asked for it in this instant, if machine is one */
} lf_pending;

/* A message whose hand-over has begun, and is not known to have ended (SPEC 11). */
typedef struct lf_handed {
    uint64_t key;   /* a hash of its effect's */
    uint64_t fence; /* of the claim under which it was handed over */
} lf_handed;

struct lf_contact {
    lf_mem mem;
    const lf_schema *schema;
    void *owner; /* of a public handle: the blueprint, which keeps the schema alive */
    LF_VEC(char) heap;
    uint32_t heap_waste; /* bytes nobody refers to any more */
    lf_ref id;
    int64_t created, clock, wake;  /* created: INT64_MAX while no event was taken in */
    int64_t idle_origin;           /* e_0 of 6.3 */
    uint32_t arrivals;             /* events taken in */
    uint32_t effects;              /* effects made: the next effect's number */
    uint32_t definitions;          /* the schema's digest when it was last worked on */
    LF_VEC(lf_field_value) fields; /* sorted by field */
    LF_VEC(lf_mark) marks;
    LF_VEC(lf_consent) consents;
    LF_VEC(lf_record) log;
    LF_VEC(lf_type_past) past; /* sorted by type */
    LF_VEC(lf_run) runs;       /* sorted, apart by at least the idle grain */
    LF_VEC(lf_entry) entries;
    LF_VEC(lf_machine_state) machines; /* one per machine of the schema */
    LF_VEC(lf_held) held;
    LF_VEC(uint16_t) bands;   /* one per score: LF_N_BAND number or LF_NO_INDEX */
    LF_VEC(uint8_t) segments; /* one per segment: 0 or 1 */
    LF_VEC(int64_t)
    settled; /* by segment: until when that holds if nothing happens; not stored, INT64_MIN then */
    LF_VEC(lf_enrolment) enrolments;
    LF_VEC(lf_sequence_past) sequences;
    LF_VEC(lf_trigger_past) triggers;
    LF_VEC(lf_sent) sent;
    LF_VEC(lf_pending) pending;
    LF_VEC(lf_handed) handed;
};
typedef struct lf_contact lf_contact;

/* ---- life (contact.c) ---- */
/* An empty contact. LF_E_ARG: the id is not 1..255 bytes of UTF-8 without control characters. */
lf_status lf_person_new(const lf_mem *mem, const lf_schema *schema, lf_str id, lf_contact **out);
lf_status lf_person_renew(lf_contact *contact, lf_str id); /* as new, in the memory that it has */
bool lf_person_id_valid(lf_str id);
void lf_person_free(lf_contact *contact);
/* dst becomes equal to src, in the memory that it has where it fits. LF_E_NOMEM leaves dst empty. */
lf_status lf_person_assign(lf_contact *dst, const lf_contact *src);
void lf_person_swap(lf_contact *a, lf_contact *b); /* all but mem and owner; both of one schema */
lf_str lf_person_text(const lf_contact *contact, lf_ref ref);
lf_status lf_person_keep(lf_contact *contact, lf_str text, lf_ref *out); /* into the heap */
lf_status lf_person_keep_id(lf_contact *contact, lf_str id); /* the contact's, with a NUL behind */
size_t lf_person_memory(const lf_contact *contact);          /* bytes allocated for it */
/* Advances the clock; drops from the log what is older than `retention`, compacts the heap if worth it. */
void lf_person_advance(lf_contact *contact, int64_t t);

/* ---- stored form (contact_encode.c, contact_decode.c) ---- */
/* Versioned, portable, canonical: equal contacts give equal bytes. Names, not numbers. */
lf_status lf_person_encode(const lf_contact *contact, lf_buf *out);
/* LF_E_CORRUPT for bytes that are damaged or of another version; names that the schema no longer
 * knows are dropped (a state: the machine counts as not entered; a step: the enrolment is `moved`). */
lf_status lf_person_decode(const lf_mem *mem, const lf_schema *schema, lf_str bytes,
                           lf_contact **out);
lf_status lf_person_decode_into(lf_contact *contact,
                                lf_str bytes); /* keeps its memory and schema */

/* ---- activity (contact_activity.c): the log and what SPEC 5's functions ask of it ---- */
typedef struct lf_taken { /* an event to be placed */
    int64_t at, own_at;
    lf_str id; /* n = 0: none */
    uint32_t content;
    uint16_t type;           /* base type */
    const uint16_t *derived; /* further types it counts as */
    uint32_t n_derived;
    bool engaged, late;
} lf_taken;
enum lf_duplicate { LF_NEW, LF_DUPLICATE, LF_DUPLICATE_CHANGED };
/* Is there an event with this id, |own_at - own_at'| < dedupe, still remembered? */
enum lf_duplicate lf_activity_duplicate(const lf_contact *contact, lf_str id, int64_t own_at,
                                        uint32_t content);
/* Places the event: log, past, created, idle_origin and runs (not if late). *stamp: what it sets has it. */
lf_status lf_activity_place(lf_contact *contact, const lf_taken *taken, lf_stamp *stamp);
/* Compares an event at hand with the stamp of an earlier one by event order: > 0 if the event is newer. */
int lf_activity_compare(const lf_contact *contact, const lf_taken *taken, lf_stamp stamp);

/* Questions at time t; `type` LF_NO_INDEX is "*". Each lowers *until to when the answer changes by time:
 * also by what is known to come after t. */
/* Stops at `enough`; below `least` it does not say when it falls (lf_history). */
int64_t lf_activity_count(const lf_contact *contact, uint16_t type, int64_t duration, int64_t t,
                          int64_t least, int64_t enough, int64_t *until);
bool lf_activity_ever(const lf_contact *contact, uint16_t type, int64_t t, int64_t *until);
bool lf_activity_last(const lf_contact *contact, uint16_t type, int64_t t, int64_t *last,
                      int64_t *until);
/* `arrival` of the event at hand, which does not count itself nor what stands after it; 0: no event. */
bool lf_activity_within(const lf_contact *contact, uint16_t type, int64_t duration, int64_t t,
                        uint32_t arrival, int64_t *until);
bool lf_activity_idle(const lf_contact *contact, int64_t duration, int64_t t, int64_t *until);
bool lf_activity_in_state(const lf_contact *contact, uint16_t machine, int64_t duration, int64_t t,
                          int64_t *until);

/* ---- values (contact_values.c) ---- */
const lf_field_value *lf_person_field(const lf_contact *contact,
                                      uint16_t field); /* NULL or cleared: none */
const lf_field_value *lf_person_field_stamp(const lf_contact *contact,
                                            uint16_t field); /* also a cleared one */
/* Set or clear (value.present false); text values give their bytes in `text`. Stamps are the caller's. */
lf_status lf_person_set_field(lf_contact *contact, const lf_field_value *value, lf_str text);
bool lf_person_marked(const lf_contact *contact, uint8_t kind, lf_str name);
bool lf_person_suppressed(const lf_contact *contact); /* any suppression is on */
const lf_mark *lf_person_mark(const lf_contact *contact, uint8_t kind,
                              lf_str name); /* also an off one */
/* *changed: on or off differs from before. */
lf_status lf_person_set_mark(lf_contact *contact, uint8_t kind, lf_str name, bool on,
                             lf_stamp stamp, bool *changed);
const lf_consent *lf_person_consent(const lf_contact *contact, uint8_t channel, lf_str topic);
lf_status lf_person_set_consent(lf_contact *contact, uint8_t channel, lf_str topic, uint8_t status,
                                lf_str source, lf_str text, lf_stamp stamp);

/* ---- entries, messages, enrolments (contact_values.c) ---- */
lf_status lf_person_add_entry(lf_contact *contact, const lf_entry *entry); /* keeps the order */
lf_status lf_person_add_sent(lf_contact *contact, const lf_sent *sent);    /* the newest */
/* The entries of one rule: *n of them. */
const lf_entry *lf_person_entries(const lf_contact *contact, uint16_t rule, uint32_t *n);
lf_enrolment *lf_person_enrolment(const lf_contact *contact,
                                  uint16_t sequence);                          /* NULL: not in it */
lf_status lf_person_enrol(lf_contact *contact, const lf_enrolment *enrolment); /* counts it too */
lf_status lf_person_unenrol(lf_contact *contact, uint16_t sequence, int64_t at);
const lf_sequence_past *lf_person_sequence_past(const lf_contact *contact, uint16_t sequence);
/* Of the effect with this key; NULL: its hand-over has not begun, or has ended. */
const lf_handed *lf_person_handed(const lf_contact *contact, lf_str key);
lf_status lf_person_hand(lf_contact *contact, lf_str key, uint64_t fence);
void lf_person_unhand(lf_contact *contact, lf_str key);
/* NULL: it was never looked at. */
const lf_trigger_past *lf_person_trigger_past(const lf_contact *contact, uint16_t trigger);
lf_status lf_person_set_trigger_past(lf_contact *contact, const lf_trigger_past *past);

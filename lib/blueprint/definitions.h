/* SPDX-License-Identifier: MIT */
/*
 * Floor 4: a blueprint as checked, compiled, immutable tables, and events checked against it.
 * Everything below hangs in the blueprint's arena. Numbers are indices into these tables; text that
 * a contact keeps is named through the schema, whose numbers are the same.
 */
#pragma once

#include "base/base.h"
#include "contact/contact_state.h"
#include "expr/expr.h"
#include "json/json.h"
#include "template/message.h"
#include "time/zone.h"

/* ---- what a compiled expression's `ref` means: kind in the high half, index in the low ---- */
enum lf_ref_kind {
    LF_REF_FIELD, /* index: field */
    LF_REF_CONTACT_ID,
    LF_REF_CONTACT_CREATED,
    LF_REF_CONTACT_TAGS,
    LF_REF_PROP, /* index: prop name */
    LF_REF_EVENT_TYPE,
    LF_REF_EVENT_AT,
    LF_REF_STATE,     /* index: machine */
    LF_REF_SCORE,     /* index: score */
    LF_REF_DIMENSION, /* index: dimension */
    LF_REF_BAND,      /* index: score */
    LF_REF_SEGMENT,   /* index: segment */
    LF_REF_CONSENT,   /* index: enum lf_channel */
    LF_REF_OWNER,
    LF_REF_SUPPRESSED,
    LF_REF_TIMED_OUT
};
#define LF_REF(kind, index) ((int32_t)(((uint32_t)(kind) << 16) | (uint32_t)(index)))
#define LF_REF_KIND(ref) ((uint32_t)(ref) >> 16)
#define LF_REF_INDEX(ref) ((uint32_t)(ref)&0xffffu)

/* ---- what an expression depends on (lf_expr_deps) ---- */
enum lf_deps {
    LF_DEP_FIELDS = 1,
    LF_DEP_TAGS = 2, /* tags, flags, suppressed */
    LF_DEP_CONSENT = 4,
    LF_DEP_EVENT = 8,    /* the event at hand */
    LF_DEP_HISTORY = 16, /* any event: scores */
    LF_DEP_STATE = 32,
    LF_DEP_SCORE = 64, /* scores and dimensions */
    LF_DEP_BAND = 128,
    LF_DEP_SEGMENT = 256,
    LF_DEP_TIMED_OUT = 512,
    LF_DEP_ENGAGED = 1024, /* the events that count as "*" */
    LF_DEP_CREATED = 2048
};
/* The events of a type, which shares its bit with few others. */
#define LF_DEP_TYPE(type) (UINT32_C(1) << (12u + (type) % 20u))
#define LF_DEP_BITS 32u
/* History literals: the id for count/ever/last/within is the event type (LF_NO_INDEX for "*"), for
 * in_state the machine, for tagged/flagged an index into lf_blueprint.literals. */

/* ---- events ---- */
enum lf_reserved { /* the numbers of the reserved event types, first in LF_N_TYPE */
                   LF_EV_UPDATE,
                   LF_EV_TAG,
                   LF_EV_CONSENT,
                   LF_EV_MOVE,
                   LF_EV_ENROLL,
                   LF_EV_CANCEL,
                   LF_EV_PAUSE,
                   LF_EV_RESUME,
                   LF_EV_STEP,
                   LF_EV_SUPPRESS,
                   LF_EV_DELIVERY,
                   LF_EV_ASSIGN,
                   LF_EV_DEAL,
                   LF_EV_MERGE,
                   LF_EV_ERASE,
                   LF_EV_RESERVED
};

typedef struct lf_prop_def {
    uint16_t name; /* index into lf_blueprint.props */
    uint8_t type;  /* enum lf_field_type; LF_P_OBJECT for $update.fields */
    bool required;
} lf_prop_def;
#define LF_P_OBJECT 100

typedef struct lf_type_def {
    lf_str name;
    bool reserved, supported, engagement;
    int32_t base;        /* a derived type: the type it builds on (base or derived); else -1 */
    int32_t root;        /* the base type events come under; itself if not derived */
    const lf_expr *when; /* of a derived type */
    const lf_prop_def *props;
    uint32_t n_props;
    uint16_t *derived; /* of a base type: all types built on it, in order of declaration */
    uint32_t n_derived;
    uint16_t *rules; /* event rules with it, or a type derived from it, in `on`, in order */
    uint32_t n_rules;
} lf_type_def;

/* A set of event types. */
typedef struct lf_type_set {
    const uint16_t *types;
    uint32_t n;
} lf_type_set;

typedef struct lf_prop { /* of an event at hand */
    uint16_t name;
    lf_value value;
} lf_prop;

/* An event checked against the blueprint. */
struct lf_event {
    lf_mem mem;
    struct lf_blueprint *blueprint;
    bool ready;     /* of a public handle: checked, and may be taken in */
    lf_arena arena; /* its text; reset by each new event */
    lf_str contact, id;
    uint16_t type; /* base type */
    int64_t at;
    uint32_t content; /* hash of type and props, whatever their order */
    lf_prop *props;
    uint32_t n_props, cap_props;
    const lf_json
        *json; /* props as JSON where they came so, else NULL; $update reads `fields` here */
};
typedef struct lf_event lf_event;

/* ---- fields ---- */
enum lf_format {
    LF_FMT_NONE,
    LF_FMT_EMAIL,
    LF_FMT_PHONE,
    LF_FMT_COUNTRY,
    LF_FMT_TIMEZONE,
    LF_FMT_LANGUAGE,
    LF_FMT_URL
};
enum lf_on_invalid { LF_INVALID_REJECT, LF_INVALID_SUPPRESS, LF_INVALID_FLAG, LF_INVALID_CLEAR };
typedef struct lf_field_def {
    lf_str name;
    uint8_t type, format, on_invalid;
    bool required;
    const lf_expr *derive;
} lf_field_def;

/* ---- scores ---- */
enum lf_decay_kind {
    LF_DECAY_NONE,
    LF_DECAY_POINTS,
    LF_DECAY_PERCENT,
    LF_DECAY_HALF_LIFE,
    LF_DECAY_AFTER
};
/* g of 6.2 for one percentage, by number of steps. */
typedef struct lf_shares {
    uint32_t ppm;
    const uint32_t *first; /* g[0..n_first) */
    const uint32_t
        *jumps; /* and, from the last of these on, every so many steps until it settles */
    uint32_t n_first, n_jumps;
} lf_shares;

typedef struct lf_decay {
    uint8_t kind;
    int64_t every;    /* ms per step; half_life: the half-life; after: the age */
    int64_t lose;     /* milli-points per step, POINTS only */
    lf_shares shares; /* PERCENT only */
} lf_decay;

enum lf_pick { LF_PICK_FIRST, LF_PICK_BEST, LF_PICK_ALL };
typedef struct lf_choice {
    const lf_expr *when; /* NULL: always */
    int64_t points;      /* milli-points */
} lf_choice;

typedef struct lf_rule_def {
    lf_str name;
    uint16_t dimension;
    int32_t event_rule; /* LF_N_RULE number, -1: a field rule */
    /* a field rule */
    const lf_choice *choices;
    uint32_t n_choices;
    uint8_t pick;
    /* an event rule */
    lf_type_set on;
    const lf_expr *when, *per;
    int64_t points;      /* milli-points */
    bool has_max_points; /* (either kind) */
    int64_t max_points;  /* milli-points, >= 0: the sum is clamped to it on the side of its sign */
    int64_t cooldown;    /* 0: none */
    uint32_t max_count;  /* 0: no limit */
    lf_decay decay;
    int64_t zero_age; /* from this age on an entry is 0; LF_TIME_NONE: never within ten years */
} lf_rule_def;

typedef struct lf_dimension_def {
    lf_str name;
    uint16_t score;
    bool has_max;
    int64_t min, max; /* milli-points */
    uint16_t first_rule, n_rules;
} lf_dimension_def;

typedef struct lf_band_def {
    lf_str name;
    int64_t from, until; /* milli-points; until == from if not given */
} lf_band_def;

typedef struct lf_idle_def {
    bool on;          /* the score has "idle" */
    int64_t every;    /* 0: it loses nothing */
    lf_shares shares; /* of `lose` */
    bool has_floor;
    int64_t floor;       /* milli-points */
    int64_t reset_after; /* 0: never */
} lf_idle_def;

typedef struct lf_score_def {
    lf_str name;
    bool has_max;
    int64_t min, max; /* milli-points */
    lf_idle_def idle;
    uint16_t first_dimension, n_dimensions;
    uint16_t first_band, n_bands;
    uint32_t deps; /* enum lf_deps: what its conditions read, and history for its entries */
} lf_score_def;

/* ---- actions ---- */
enum lf_action_kind {
    LF_ACT_SEND,
    LF_ACT_NOTIFY,
    LF_ACT_TASK,
    LF_ACT_TAG,
    LF_ACT_UNTAG,
    LF_ACT_SET,
    LF_ACT_FLAG,
    LF_ACT_UNFLAG,
    LF_ACT_SUPPRESS,
    LF_ACT_UNSUPPRESS,
    LF_ACT_ENROLL,
    LF_ACT_CANCEL,
    LF_ACT_MOVE,
    LF_ACT_EMIT
};
typedef struct lf_setting { /* {"set": {"field": value}} has one per member */
    uint16_t field;
    const lf_json *value; /* or */
    const lf_expr *cel;
} lf_setting;
typedef struct lf_action {
    uint8_t kind;
    const lf_expr *when; /* NULL: always */
    int64_t stale;       /* SEND: how long it may wait; -1: as long as it must */
    uint16_t index;      /* SEND template, ENROLL and CANCEL sequence, MOVE state */
    lf_str name; /* TAG, UNTAG, FLAG, UNFLAG, SUPPRESS, UNSUPPRESS: the name; EMIT: its name */
    lf_str to, text, channel;   /* NOTIFY; TASK: to and text = title. {NULL,0}: not given */
    lf_str due;                 /* TASK: a duration as it was written, {NULL,0} if not given */
    const lf_json *data;        /* EMIT, NULL if not given */
    const lf_setting *settings; /* SET */
    uint32_t n_settings;
} lf_action;
typedef struct lf_actions {
    const lf_action *items;
    uint32_t n;
} lf_actions;

/* ---- machines ---- */
typedef struct lf_state_def { /* by LF_N_STATE number */
    lf_str name, label, tag;  /* empty if none */
    uint16_t machine;
    lf_actions enter, exit;
    uint16_t *out; /* transitions that can leave it (never those to itself), by index in machine */
    uint32_t n_out;
} lf_state_def;
typedef struct lf_transition_def {
    const uint16_t *from; /* LF_N_STATE numbers; `*` is written out */
    uint32_t n_from;
    uint16_t to;
    lf_type_set on; /* n = 0: none */
    const lf_expr *when;
    int64_t after; /* 0: none */
    bool manual, back;
    lf_actions act; /* "do" */
} lf_transition_def;
typedef struct lf_machine_def {
    lf_str name, label;
    uint16_t initial, first_state, n_states;
    const lf_transition_def *transitions;
    uint32_t n_transitions;
} lf_machine_def;

typedef struct lf_segment_def {
    lf_str name, tag;
    const lf_expr *when;
} lf_segment_def;

/* ---- messages ---- */
typedef struct lf_block { /* a part of the body */
    const lf_expr *when;  /* NULL: always */
    lf_message_text body;
} lf_block;
typedef struct lf_utm {
    lf_str name; /* "utm_source=" */
    lf_message_text value;
} lf_utm;
#define LF_UTM_MOST 6u
typedef struct lf_template_def {
    lf_str name;
    uint8_t channel;          /* enum lf_channel */
    bool transactional, html; /* html: the body and its blocks are */
    bool hold;                /* `unknown`: what may have been handed over is held for a person */
    bool capped;              /* neither transactional nor exempt */
    uint16_t class_;          /* LF_N_CLASS number; LF_NO_INDEX: no cap names it */
    lf_message_text subject, preheader, body; /* n = 0: none */
    bool has_subject, has_preheader, has_body, has_cta;
    lf_message_text cta_text, cta_url;
    lf_block *blocks; /* behind the body */
    uint32_t n_blocks, n_utm;
    lf_utm *utm;
    uint16_t fallback; /* the template instead, if this channel cannot be had; LF_NO_INDEX: none */
} lf_template_def;
extern const char *const lf_channel_words[LF_CHANNELS]; /* "email" */
/* Tokens' refs: LF_REF(LF_REF_FIELD, i), LF_REF(LF_REF_CONTACT_ID, 0), LF_REF_TOKEN_UNSUBSCRIBE. */
#define LF_REF_TOKEN_UNSUBSCRIBE LF_REF(0x100, 0)

/* ---- how many messages are enough (SPEC 9.5) ---- */
enum lf_cap_period { LF_CAP_DAY, LF_CAP_WEEK, LF_CAP_MONTH, LF_CAP_ROLLING };
typedef struct lf_cap {
    uint8_t period;
    bool skip;       /* what is over it is skipped, and does not wait */
    uint16_t class_; /* LF_N_CLASS number; LF_NO_INDEX: of any class */
    uint32_t max;
    uint32_t entry; /* its place in the list, quiet hours counted too */
    int64_t reach;  /* ROLLING: ms; else no such period is as long, whatever the clocks do */
} lf_cap;
typedef struct lf_caps {
    lf_cap *items;
    uint32_t n;
} lf_caps;

/* ---- sequences ---- */
/* `at` and `on` (SPEC 9.3). */
typedef struct lf_local {
    bool given;     /* one of them is */
    bool timed;     /* `at` is */
    uint8_t days;   /* `on`: bit 0 is Monday; all of them if it is not given */
    int32_t second; /* `at`: of the day */
} lf_local;
/* [from, to) of each of these days, over midnight if `to` is earlier, in the contact's time zone (SPEC 9.1, 9.5). */
typedef struct lf_window {
    uint8_t days;     /* those on which it opens: bit 0 is Monday; 0: there is no window */
    int32_t from, to; /* seconds of the day, up to the whole of it */
} lf_window;
enum lf_trigger_kind {
    LF_TRIGGER_EVENT,
    LF_TRIGGER_STATE,
    LF_TRIGGER_SEGMENT,
    LF_TRIGGER_SEGMENT_LEFT,
    LF_TRIGGER_BAND,
    LF_TRIGGER_DATE,
    LF_TRIGGER_WHEN
};
typedef struct lf_trigger {
    uint8_t kind;
    uint16_t index;       /* type, state, segment, band or field */
    uint16_t past;        /* DATE, WHEN: its LF_N_TRIGGER number; else LF_NO_INDEX */
    const lf_expr *when;  /* WHEN; EVENT, may be NULL */
    int64_t offset, late; /* DATE: ms */
    lf_local local;       /* DATE */
    const lf_json *json;  /* as in the document, for the `enrolled` effect */
} lf_trigger;
typedef struct lf_exit {
    int32_t type;        /* event exit: the type; -1: a condition */
    const lf_expr *when; /* NULL only for an event exit without one */
} lf_exit;
enum lf_reentry { LF_REENTRY_NEVER, LF_REENTRY_ALWAYS, LF_REENTRY_AFTER };

enum lf_step_kind {
    LF_STEP_ACTION,
    LF_STEP_WAIT_FOR,
    LF_STEP_WAIT_DAYS,
    LF_STEP_WAIT_UNTIL,
    LF_STEP_BRANCH,
    LF_STEP_SPLIT,
    LF_STEP_GOTO,
    LF_STEP_EXIT
};
#define LF_STEP_END LF_NO_INDEX
typedef struct lf_arm {
    const lf_expr *when; /* NULL: always */
    uint32_t weight;     /* SPLIT */
    uint16_t first;      /* its first step; what follows the branch if it has none */
} lf_arm;
/* All steps of all sequences, by LF_N_STEP number, a sequence's in document order, parents first. */
typedef struct lf_step_def {
    uint8_t kind;
    lf_str name; /* its label, or its path: s3, s4.0.1 */
    bool labelled;
    uint16_t sequence;
    const lf_expr *when; /* NULL: always */
    uint16_t next;       /* what follows it (and all its arms); LF_STEP_END */
    lf_action action;    /* ACTION */
    int64_t time;   /* WAIT_FOR: ms; WAIT_DAYS: ms from the enrolment; WAIT_UNTIL: timeout or -1 */
    lf_local local; /* WAIT_FOR, WAIT_DAYS */
    const lf_expr *until;
    lf_arm *arms; /* BRANCH, SPLIT */
    uint32_t n_arms;
    uint64_t weights; /* SPLIT: their sum */
    uint16_t to;      /* GOTO */
    lf_str reason;    /* EXIT */
} lf_step_def;
typedef struct lf_sequence_def {
    lf_str name, label, owner, topic;
    const lf_trigger *triggers;
    uint32_t n_triggers;
    const lf_expr *goal; /* or NULL */
    const lf_exit *exits;
    uint32_t n_exits;
    uint8_t reentry;
    int64_t reentry_after;
    lf_str group_name;
    uint16_t group; /* the first sequence of the same group; LF_NO_INDEX: none */
    uint16_t rank;  /* its place in sequence_order */
    int32_t priority;
    bool pauses; /* when it is preempted; else it ends */
    lf_actions on_failure;
    uint16_t met; /* the LF_N_TRIGGER number under which contacts know that they have met it, where
                     that takes them in (`existing`); else LF_NO_INDEX */
    bool leaves;  /* on_change is "exit": who stands at a step that has gone */
    lf_window window;    /* of its messages */
    uint16_t first_step; /* LF_STEP_END if it has none */
} lf_sequence_def;

/* ---- time zones (zones.c) ---- */
typedef struct lf_zones lf_zones;     /* what a source gave, kept; NULL: there is no source */
bool lf_zone_name_valid(lf_str name); /* only such names are asked for */
lf_status lf_zones_new(const lf_mem *mem, const lf_zone_source *source, lf_zones **out);
void lf_zones_own(lf_zones *zones); /* from now on the source is given back at the end */
void lf_zones_free(lf_zones *zones);
/* Any thread. LF_E_NOTFOUND: it is not to be had. Else the failure of the source. */
lf_status lf_zones_find(lf_zones *zones, lf_str name, const lf_zone **out);

/* ---- the whole ---- */
struct lf_scorer { /* the public handles of parts */
    struct lf_blueprint *blueprint;
    uint16_t index;
};
struct lf_lifecycle {
    struct lf_blueprint *blueprint;
    uint16_t index;
};
struct lf_scheduler {
    struct lf_blueprint *blueprint;
};

struct lf_blueprint {
    lf_mem mem;
    lf_arena arena;
    uint32_t refs; /* atomic */
    lf_schema schema;
    const lf_json *document; /* after `extends` were merged in */
    lf_str name;
    lf_zones *zones;
    const lf_zone *zone; /* its own: where contacts have none that is to be had */
    uint16_t zone_field; /* of the contacts' zone; LF_NO_INDEX: there is none */
    int64_t dedupe, max_skew;
    bool ignore_unknown; /* intake.on_unknown is "ignore" */
    lf_type_def *types;
    lf_field_def *fields;
    const uint16_t *derived_order; /* fields with `derive`, in order of dependence */
    uint32_t n_derived;
    lf_names props;    /* names of event props */
    lf_names literals; /* tags and flags that conditions ask for */
    lf_names tag_categories;
    lf_names dimension_names; /* "score/dimension" */
    lf_rule_def *rules;       /* all rules of all scores, in order */
    lf_dimension_def *dimensions;
    lf_score_def *scores;
    lf_band_def *bands;
    uint16_t *event_rules; /* by LF_N_RULE number: index into rules */
    lf_machine_def *machines;
    lf_state_def *states;
    lf_segment_def *segments;
    const uint16_t *segment_order; /* in order of dependence */
    lf_template_def *templates;
    lf_caps caps[LF_CHANNELS];
    lf_sequence_def *sequences;
    const uint16_t *sequence_order; /* by priority, the highest first, then as declared */
    lf_step_def *steps;
    struct lf_scorer *scorers;       /* by score */
    struct lf_lifecycle *lifecycles; /* by machine */
    struct lf_scheduler scheduler;
    bool opt_out[LF_CHANNELS];           /* consent: "opt_out" */
    const lf_window *quiet[LF_CHANNELS]; /* when nothing goes out there but what is transactional */
    uint32_t n_quiet[LF_CHANNELS];
    uint16_t address[LF_CHANNELS]; /* the field that a message needs; LF_NO_INDEX: none is known */
    uint32_t n_types, n_fields, n_rules, n_dimensions, n_scores, n_bands, n_event_rules, n_machines,
        n_states, n_segments, n_templates, n_sequences, n_steps;
    lf_expr_limits limits;  /* of expressions */
    uint32_t n_expressions; /* they are numbered */
    uint32_t score_deps;    /* of all scores together */
};
typedef struct lf_blueprint lf_blueprint;

/* ---- parsing (blueprint.c and the parse_*.c files) ---- */
typedef struct
    lf_source { /* a named document: the blueprint itself, or one that `extends` may name */
    lf_str name, text;
} lf_source;
typedef struct lf_parsing { /* what a parse may be told; zero is the default */
    const lf_source *presets;
    uint32_t n_presets;
    bool lint;                    /* findings of the linter go to `diags` too */
    const lf_expr_limits *limits; /* copied */
    const lf_zone_source *zones;  /* copied */
    const lf_blueprint *previous; /* whose states must have their place; NULL: it is not told */
} lf_parsing;
/* All errors go to `diags`, none stops the search for more. */
lf_status lf_definitions_parse(const lf_mem *mem, lf_str text, const lf_parsing *how,
                               lf_diags *diags, lf_blueprint **out);
lf_blueprint *lf_definitions_ref(lf_blueprint *blueprint);
void lf_definitions_unref(lf_blueprint *blueprint); /* NULL is fine */
uint16_t lf_find_state(const lf_blueprint *bp, uint16_t machine,
                       lf_str name); /* LF_NO_INDEX: none */
uint16_t lf_find_label(const lf_blueprint *bp, uint16_t sequence,
                       lf_str label); /* the step's number; LF_NO_INDEX: no label of the sequence */
/* Of its labels the one that is most like this; {NULL,0}: none is. */
lf_str lf_nearest_label(const lf_blueprint *bp, uint16_t sequence, lf_str label);

/* ---- decay (decay.c) ---- */
/* g[k] of a percentage. */
uint32_t lf_shares_at(const lf_shares *shares, uint64_t k);
/* A share (of 2^31) of a magnitude, rounded to nearest. */
uint64_t lf_share_of(uint64_t magnitude, uint32_t share);
/* What an entry of these milli-points is worth at an age >= 0. */
int64_t lf_decay_value(const lf_decay *decay, int64_t points, int64_t age);
/* The next age at which a step begins; LF_TIME_NONE if it is 0 or never changes. */
int64_t lf_decay_next(const lf_decay *decay, int64_t points, int64_t age);
/* The age from which it is 0, LF_TIME_NONE if not within ten years of 365 days. */
int64_t lf_decay_zero_age(const lf_decay *decay, int64_t points);
bool lf_tag_valid(const lf_blueprint *bp, lf_str tag);
bool lf_type_set_has(const lf_type_set *set, uint16_t type);
/* Of a flag, a suppression, an exit: text that can stand in one line. */
bool lf_plain_name(lf_str name);
#define LF_PLAIN_NAME "a name of 1 to 255 bytes without control characters"

/* ---- events (event.c) ---- */
void lf_event_init(lf_event *event, const lf_mem *mem, lf_blueprint *blueprint);
void lf_event_clear(lf_event *event); /* frees what it holds */
/* One event as JSON. LF_E_EVENT with a diagnostic (line_number is the line it stands on), and
 * *ignored = true with LF_OK for an undeclared type under "on_unknown": "ignore". */
lf_status lf_event_read(lf_event *event, lf_str json, uint32_t line_number, lf_diags *diags,
                        bool *ignored);
/* Built by hand instead: begin, props, then finish checks it as lf_event_read does. */
lf_status lf_event_compose(lf_event *event, lf_str contact, lf_str type, int64_t at, lf_str id,
                           lf_diags *diags);
lf_status lf_event_put(lf_event *event, lf_str prop, const lf_value *value,
                       lf_diags *diags); /* copied */
/* The same as JSON: lists, and the fields of $update. */
lf_status lf_event_put_json(lf_event *event, lf_str prop, lf_str json, lf_diags *diags);
lf_status lf_event_finish(lf_event *event, lf_diags *diags);
const lf_value *lf_event_prop(const lf_event *event, lf_str name); /* NULL if absent */
static inline const lf_value *lf_event_prop_at(const lf_event *event, uint16_t name) {
    for (uint32_t i = 0; i < event->n_props; i++) {
        if (event->props[i].name == name) {
            return &event->props[i].value;
        }
    }
    return NULL;
}

/* ---- values of fields (field_value.c, field_format.c, country.c, language.c) ---- */
/* What is expected of a text of this format instead; NULL: it is fine. */
const char *lf_format_miss(uint8_t format, lf_str text);
bool lf_same_word(lf_str a, lf_str b); /* but for the case of ASCII letters */
lf_str lf_country(lf_str text);        /* country.c: the alpha-2 code; empty: none is called so */
bool lf_is_language(lf_str tag);       /* language.c */
static inline bool lf_finite(double d) {
    return d - d == 0; /* neither infinite nor not a number */
}
/* Checks and normalises a JSON or CEL value for a field: type and format. False: not valid, `why` says. */
bool lf_field_from_json(const lf_field_def *field, const lf_json *json, lf_field_value *out,
                        lf_buf *text, lf_buf *why);
bool lf_field_from_value(const lf_field_def *field, const lf_value *value, lf_field_value *out,
                         lf_buf *text, lf_buf *why);
/* The other way: as a CEL value; a list's items are made in `scratch`. */
lf_status lf_field_to_value(const lf_contact *contact, const lf_field_def *field,
                            const lf_field_value *value, lf_arena *scratch, lf_value *out);

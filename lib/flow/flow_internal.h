/* SPDX-License-Identifier: MIT */
/* What the files of the step share: the run in progress and the phases of SPEC 13. */
#pragma once

#include "flow/flow.h"

#define LF_ROUNDS 32u      /* rounds within one instant, then a fault */
#define LF_TRANSITIONS 16u /* transitions per machine and instant, then a fault */
#define LF_JUMPS 16u       /* of one sequence within one instant, then a fault */
#define LF_BAND_LOOKS 256u /* ahead, for the next change of a band */
#define LF_MOVE_DEPTH 64u  /* moves made by actions of moves, across machines */

/* Something that was entered or left since the last triggers phase. */
typedef struct lf_fact {
    uint8_t kind;   /* enum lf_trigger_kind: STATE, SEGMENT, SEGMENT_LEFT, BAND */
    uint16_t index; /* state, segment or band */
} lf_fact;

/* What a reserved event asks for in the first round; index LF_NO_INDEX: nothing. */
typedef struct lf_request {
    uint16_t index; /* $move: machine; $enroll, $cancel, $pause, $resume, $step: sequence */
    uint16_t to;    /* $move: state; $step: step */
    bool force;     /* $enroll */
    lf_str actor, reason;
} lf_request;

struct lf_flow {
    lf_mem mem;
    lf_blueprint *blueprint;
    lf_str tenant;
    lf_signer signer; /* of links of unsubscription */
    lf_contact *work; /* the copy that is worked on */
    lf_world world;
    lf_fx_list fx;
    /* the run in progress */
    lf_cause cause;        /* of the effects made now */
    const lf_event *event; /* at hand in the first round, else NULL */
    uint16_t *types;       /* what it counts as: 1 + the number of derived types fit */
    uint32_t n_types;
    uint32_t arrival; /* its number */
    lf_request move, by_hand;
    LF_VEC(lf_fact) facts;
    uint8_t *taken;      /* by machine: transitions in this instant */
    uint8_t *jumps;      /* by sequence: the same */
    bool changed;        /* in this round */
    bool fields_changed; /* and derived ones have not followed yet */
    bool last_round;     /* names of what changes are gathered for the fault */
    lf_buf circle;
    lf_buf link; /* of unsubscription, of the message that is being made; empty: not signed yet */
    lf_buf text, tagged; /* of the message that is being made; its links with their parameters */
    uint32_t depth;      /* of moves within moves */
    lf_wait wait;        /* for the first of what was looked at in this round to change */
    lf_enrolment seen;   /* whose timed_out the world reads */
    lf_diags *diags;
    lf_status status; /* the first failure of this run; it voids the whole run */
};

/* ---- flow.c ---- */
void lf_flow_fail(lf_flow *flow, lf_status status);
/* Notes that this round changed something, which `name` can be blamed for. */
void lf_flow_changed(lf_flow *flow, lf_str name);
/* What the world has at hand from now on; NULL: no event. */
void lf_flow_show(lf_flow *flow, const lf_event *event);
/* Evaluates a condition without the event at hand; when the answer changes, the contact is woken. */
bool lf_flow_holds(lf_flow *flow, const lf_expr *when);
/* The same, reading timed_out of an enrolment (NULL: none, and then nobody waits for another answer). */
bool lf_flow_holds_in(lf_flow *flow, const lf_expr *when, const lf_enrolment *enrolment);
/* Evaluates with the event at hand; its answer is good for now only. */
bool lf_flow_holds_event(lf_flow *flow, const lf_expr *when, const lf_enrolment *enrolment);
/* Is the event at hand and of one of these types? */
bool lf_flow_sees(const lf_flow *flow, uint16_t type);
void lf_flow_fact(lf_flow *flow, uint8_t kind, uint16_t index);

/* ---- effects.c ---- */
lf_fx *lf_fx_add(lf_flow *flow, uint8_t kind); /* NULL: out of memory, the run has failed */
lf_str lf_fx_keep(lf_flow *flow, lf_str text); /* a copy that lives as long as the effects */
void lf_fx_fault(lf_flow *flow, const char *reason, const char *member, lf_str name);

/* ---- place.c, fields.c ---- */
void lf_place_event(lf_flow *flow, const lf_event *event, int64_t at, bool late);
/* Sets a field from JSON (cel NULL) or a CEL value; null clears; what does not fit is kept out. */
void lf_fields_set(lf_flow *flow, uint16_t field, const lf_json *json, const lf_value *cel,
                   lf_stamp stamp);
void lf_fields_clear(lf_flow *flow, uint16_t field, lf_stamp stamp);
/* Where fields have changed: derived ones, and the flag `incomplete`. */
void lf_fields_follow(lf_flow *flow);
/* Sets or clears a tag, flag or suppression; an effect if that changes it. */
void lf_marks_set(lf_flow *flow, uint8_t kind, lf_str name, bool on, lf_stamp stamp);
lf_stamp lf_flow_stamp(const lf_flow *flow); /* of changes that the library makes itself */

/* ---- actions.c ---- */
void lf_actions_run(lf_flow *flow, lf_actions actions);
/* Of that sequence, LF_NO_INDEX outside of any; a step's message is steps.c's. */
void lf_action_run(lf_flow *flow, const lf_action *action, uint16_t sequence);

/* ---- holds.c ---- */
typedef struct lf_wanted {              /* a message that is due */
    uint16_t template_, sequence, step; /* sequence and step: LF_NO_INDEX outside sequences */
    int64_t begun;                      /* it first fell due */
    int64_t last;                       /* it is tried the last time; LF_TIME_NONE: no limit */
} lf_wanted;
/* Plans the message, or says why it is skipped. False: it must wait, and is to be tried again at *due (LF_TIME_NONE: by
 * time alone it never may). */
bool lf_message_try(lf_flow *flow, const lf_wanted *wanted, int64_t *due);
int64_t lf_message_last(int64_t begun, int64_t stale); /* when it is tried the last time */
/* The first time from the world's on at which it is in the window of its sequence, and no quiet hour. */
int64_t lf_message_opens(lf_world *world, uint16_t template_, uint16_t sequence);
void lf_message_send(lf_flow *flow, const lf_action *action); /* outside sequences */
void lf_pending_run(lf_flow *flow);                           /* those of them that wait */

/* ---- messages.c ---- */
/* The effect that says that the message goes, or with a reason that it is skipped. */
void lf_message_plan(lf_flow *flow, const lf_wanted *wanted, uint16_t template_,
                     const char *reason);

/* ---- window.c ---- */
/* The first time from t on at which the window (NULL: there is none) is open and it is not quiet; LF_TIME_NONE: not
 * within a year, or after the year 9999. */
int64_t lf_window_next(const lf_zone *zone, const lf_window *window, const lf_window *quiet,
                       uint32_t n_quiet, int64_t t);

/* ---- caps.c ---- */
/* Is there no room now for this message? *due: when there is again; LF_TIME_NONE: it is skipped. */
bool lf_caps_full(lf_flow *flow, uint16_t template_, int64_t *due);
/* Is there any cap for it? */
bool lf_caps_any(const lf_blueprint *blueprint, uint16_t template_);
/* It was sent, with this effect. */
void lf_caps_count(lf_flow *flow, uint16_t template_, const lf_fx *fx);
/* What no cap counts any more goes. */
void lf_caps_forget(lf_flow *flow);

/* ---- machines.c ---- */
void lf_machines_enter(lf_flow *flow); /* the initial states */
void lf_machines_run(lf_flow *flow);
void lf_machine_move(lf_flow *flow, uint16_t state); /* an action's move */

/* ---- segments.c ---- */
void lf_segments_run(lf_flow *flow);
/* What is known of the segments is carried from one input to the next, so that nobody looks at them again
 * before they may change. */
void lf_segments_resume(lf_flow *flow);
void lf_segments_settle(lf_flow *flow);
bool lf_segments_adopt(lf_flow *flow); /* records who is in which, silently; false: nothing new */

/* ---- lived_bands.c ---- */
void lf_bands_run(lf_flow *flow);
void lf_bands_wait(lf_flow *flow);  /* for the next change */
bool lf_bands_adopt(lf_flow *flow); /* as lf_segments_adopt */

/* ---- sequences.c ---- */
void lf_exits_run(lf_flow *flow);
/* The goal, then the conditions of `exit`, before a step. True: the enrolment is over. */
bool lf_sequence_left(lf_flow *flow, uint16_t sequence);
void lf_sequence_enroll(lf_flow *flow, uint16_t sequence, const lf_json *trigger, bool force);
/* step LF_NO_INDEX: null */
void lf_sequence_exit(lf_flow *flow, uint16_t sequence, uint16_t step, lf_str reason);

/* ---- groups.c ---- */
/* Who is in this sequence's group already makes place for it: leaves, or pauses until it is over. */
void lf_group_preempt(lf_flow *flow, uint16_t sequence);
/* Who was paused by a group goes on where nobody else is in its way any more. */
void lf_groups_go_on(lf_flow *flow);
/* By is LF_PAUSED_BY_HAND or LF_PAUSED_BY_GROUP: an enrolment goes on when neither is there any more, with its start and
 * its wait later by as much as it was paused. */
void lf_enrolment_pause(lf_flow *flow, lf_enrolment *enrolment, uint8_t by);
void lf_enrolment_resume(lf_flow *flow, lf_enrolment *enrolment, uint8_t by);

/* ---- triggers.c ---- */
/* Triggers that are new to the contact are looked at from now on: what holds already is recorded silently (SPEC 8, 9.7);
 * of a contact that is `created` now nothing held before. New sequences with `existing` take in those who fit. */
void lf_triggers_meet(lf_flow *flow, bool created);
void lf_triggers_run(lf_flow *flow);
/* Of a trigger by a date, for this value of its field. LF_TIME_NONE: it is not within time. */
int64_t lf_trigger_moment(lf_flow *flow, const lf_trigger *trigger, int64_t value);

/* ---- failures.c ---- */
/* The sequence, if it has a path for failures; else LF_NO_INDEX. */
uint16_t lf_failure_path(const lf_flow *flow, uint16_t sequence);
/* Which message has this key? Its sequence's `on_failure` runs, if that may yet be told and was not told before. */
void lf_failure_run(lf_flow *flow, lf_str key);
/* What cannot be told any more; before lf_caps_forget. */
void lf_failures_forget(lf_flow *flow);

/* ---- change.c ---- */
/* The contact was last worked on under other definitions: it meets the present ones. */
void lf_change_meet(lf_flow *flow);

/* ---- local.c: local times of the contact, LF_TIME_NONE behind the year 9999 ---- */
/* So many days after the local date of `from`, at `at`, else at its time of day; on the first of the weekdays. */
int64_t lf_local_day(lf_flow *flow, const lf_local *when, int64_t from, int64_t days);
/* The first such time that is not before `from`. */
int64_t lf_local_next(lf_flow *flow, const lf_local *when, int64_t from);

/* When the local day, week or month (enum lf_cap_period) began that it is now, and when the next one does: each from its
 * first instant on. */
void lf_local_period(lf_flow *flow, uint8_t period, int64_t *begun, int64_t *next);

/* ---- steps.c ---- */
/* So long behind, and no longer than can be stored: what comes of times behind the year 9999 is never over anyway. */
static inline int64_t lf_behind(int64_t late, int64_t early) {
    int64_t most = LF_TIME_MAX - LF_TIME_MIN, behind = lf_sat_sub(late, early);
    return behind < 0 ? 0 : behind < most ? behind : most;
}
/* When the wait that the enrolment is in ends by time, as it is planned from its step, since, begun, anew and days;
 * LF_TIME_NONE: at no fixed time. */
int64_t lf_step_due(lf_flow *flow, const lf_enrolment *at);
void lf_steps_run(lf_flow *flow);
/* It is at this step now, whatever it waited for. */
void lf_step_to(lf_flow *flow, uint16_t sequence, uint16_t step);

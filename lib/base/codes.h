/* SPDX-License-Identifier: MIT */
/* The one list of diagnostic codes: number, name, meaning. A code always keeps its meaning. */
#pragma once

#define LF_CODES(X) \
    X(BAD_JSON, 1, "bad-json", "the text is not JSON") \
    X(DUPLICATE_KEY, 2, "duplicate-key", "an object has a member twice") \
    X(UNKNOWN_KEY, 3, "unknown-key", "no such key here") \
    X(WRONG_TYPE, 4, "wrong-type", "a value of another type is expected") \
    X(MISSING_KEY, 5, "missing-key", "a required key is not there") \
    X(BAD_VALUE, 6, "bad-value", "the value is outside what is allowed") \
    X(UNKNOWN_NAME, 7, "unknown-name", "nothing of that name is declared") \
    X(DUPLICATE_NAME, 8, "duplicate-name", "the name is taken") \
    X(NOT_SUPPORTED, 9, "not-supported", "known, but not supported yet") \
    X(LIMIT, 10, "limit", "a documented limit is passed") \
    X(CIRCLE, 11, "circle", "definitions depend on each other in a circle") \
    X(STATE_GONE, 12, "state-gone", "a state of the previous blueprint would be lost") \
    X(EXPR_SYNTAX, 20, "expr-syntax", "the expression is not CEL") \
    X(EXPR_TYPE, 21, "expr-type", "the expression has a wrong type") \
    X(EXPR_NAME, 22, "expr-name", "the expression names something unknown") \
    X(EXPR_LIMIT, 23, "expr-limit", "the expression is too large or too deep") \
    X(BAD_EVENT, 30, "bad-event", "the event is not one") \
    X(UNKNOWN_TYPE, 31, "unknown-type", "the event type is not declared") \
    X(UNKNOWN_PROP, 32, "unknown-prop", "the event type has no such prop") \
    X(BAD_PROP, 33, "bad-prop", "a prop has a wrong type or value") \
    X(BAD_TIME, 34, "bad-time", "the event's time cannot be") \
    X(MOVE_REFUSED, 35, "move-refused", "no manual transition allows the move") \
    X(DUPLICATE_EVENT, 36, "duplicate-event", "the event is known, with another content") \
    X(LATE_EVENT, 37, "late-event", "the event came behind the horizon") \
    X(IO, 40, "io", "a file cannot be read or written") \
    X(NO_EXIT, 60, "no-exit", "a sequence has neither exit nor goal") \
    X(NO_OWNER, 61, "no-owner", "a sequence has no owner") \
    X(NO_FAILURE_PATH, 62, "no-failure-path", "a sequence has no on_failure") \
    X(NO_UNSUBSCRIBE, 63, "no-unsubscribe", "a marketing email has no unsubscribe token") \
    X(NO_POSTAL_ADDRESS, 64, "no-postal-address", "a marketing email has no postal address") \
    X(CALL_TO_ACTION, 65, "call-to-action", "not exactly one primary call to action") \
    X(UNREACHABLE_STATE, 66, "unreachable-state", "no transition leads to the state") \
    X(INSTANT_LOOP, 67, "instant-loop", "a machine or a `goto` can loop within one instant") \
    X(UNREACHABLE_BAND, 68, "unreachable-band", "no total can reach the band") \
    X(BAND_GAP, 69, "band-gap", "the lowest band does not reach the score's min") \
    X(DEAD_RULE, 70, "dead-rule", "the rule can never add a point") \
    X(TOKEN_FALLBACK, 71, "token-fallback", "a token of an optional field has no fallback") \
    X(WAIT_OUTLIVES, 72, "wait-outlives", "a wait outlives the sequence's exit") \
    X(UNLABELLED_STEP, 73, "unlabelled-step", "a send or wait has no label") \
    X(BACK_UNMARKED, 74, "back-unmarked", "a step back is not marked as one") \
    X(NO_ZONES, 75, "no-zones", "a time zone is named, and there is no source of zones") \
    X(NO_EFFECT, 76, "no-effect", "the key has no effect here") \
    X(COSTLY, 77, "costly", "an expression may take more steps than it may") \
    X(DEAD_TRIGGER, 78, "dead-trigger", "the trigger can never fire") \
    X(NEVER_SENT, 79, "never-sent", "a message can never be sent")

enum lf_code {
#define LF_CODE(id, number, name, meaning) LF_D_##id = number,
    LF_CODES(LF_CODE)
#undef LF_CODE
};

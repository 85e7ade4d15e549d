/* SPDX-License-Identifier: MIT */
/*
 * Floor 1: regular expressions in the syntax of RE2, searched in time proportional to the text. A pattern
 * becomes a program of which all ways are followed at once, a character at a time, so that nothing
 * is ever tried twice; only whether there is a match is asked. What is not supported is refused: back
 * references, lookaround, possessive repetition, which RE2 refuses too, and the Unicode classes \p{..}.
 * Ignoring case follows Unicode's simple folding.
 */
#pragma once

#include "base/base.h"

#define LF_REGEX_REPEAT 1000u   /* most repetitions {n,m}, also of all that stand in one another */
#define LF_REGEX_PROGRAM 16384u /* most instructions, {n,m} written out; known before they are */
#define LF_REGEX_DEPTH 1000u    /* deepest nesting */
#define LF_REGEX_LENGTH 65536u  /* longest pattern in bytes */

typedef struct lf_regex lf_regex; /* immutable, in the arena it was compiled into */

typedef struct lf_regex_error {
    const char *text; /* static: "missing ')'" */
    size_t offset;    /* bytes from the start of the pattern */
} lf_regex_error;

/* Steps bound the work: about one for an instruction that is looked at at one place of the text. What is
 * passed is how many may be taken, and becomes how many are left. */

/* LF_E_PARSE fills *error; LF_E_LIMIT: *steps do not suffice; LF_E_NOMEM. steps may be NULL: no bound. */
lf_status lf_regex_compile(lf_arena *arena, lf_str pattern, uint64_t *steps, const lf_regex **out,
                           lf_regex_error *error);
/* Does the pattern match anywhere in the text? LF_E_LIMIT: *steps do not suffice; LF_E_NOMEM. */
lf_status lf_regex_match(const lf_regex *regex, lf_str text, lf_arena *scratch, uint64_t *steps,
                         bool *found);

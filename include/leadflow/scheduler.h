/* SPDX-License-Identifier: MIT */
/**
 * @file scheduler.h
 * @brief The sequences of a blueprint: who is in which, at what step, until when.
 */
#ifndef LEADFLOW_SCHEDULER_H
#define LEADFLOW_SCHEDULER_H

#include <leadflow/contact.h>

#ifdef __cplusplus
extern "C" {
#endif

/** @brief The sequences of a blueprint; borrowed until the blueprint is freed; immutable, any thread.
 *  What is done by hand is an event: `$enroll`, `$pause`, `$resume`, `$step`, `$cancel`. @since 1.0 */
typedef struct lf_scheduler lf_scheduler;

/**
 * @brief The blueprint's sequences.
 * @param blueprint  read during the call
 * @returns borrowed until the blueprint is freed
 * @since 1.0
 */
LF_API const lf_scheduler *lf_blueprint_scheduler(const lf_blueprint *blueprint);
/**
 * @brief How many sequences there are.
 * @param scheduler  read during the call
 * @returns the count
 * @since 1.0
 */
LF_API size_t lf_scheduler_sequence_count(const lf_scheduler *scheduler);
/**
 * @brief A sequence's name by its place in the document.
 * @param scheduler  read during the call
 * @param index      from 0
 * @returns borrowed until the blueprint is freed; NULL out of range
 * @since 1.0
 */
LF_API const char *lf_scheduler_sequence_at(const lf_scheduler *scheduler, size_t index);
/**
 * @brief How many sequences the contact is in.
 * @param scheduler  read during the call
 * @param contact    read during the call; of the same blueprint
 * @returns the count
 * @since 1.0
 */
LF_API size_t lf_scheduler_enrolment_count(const lf_scheduler *scheduler,
                                           const lf_contact *contact);
/**
 * @brief The sequence of an enrolment, in the order of the document.
 * @param scheduler  read during the call
 * @param contact    read during the call; of the same blueprint
 * @param index      from 0
 * @returns borrowed until the blueprint is freed; NULL out of range
 * @since 1.0
 */
LF_API const char *lf_scheduler_enrolment_sequence(const lf_scheduler *scheduler,
                                                   const lf_contact *contact, size_t index);
/**
 * @brief The step at which the enrolment waits.
 * @param scheduler  read during the call
 * @param contact    read during the call; of the same blueprint
 * @param index      from 0
 * @returns borrowed until the blueprint is freed; NULL: none
 * @since 1.0
 */
LF_API const char *lf_scheduler_enrolment_step(const lf_scheduler *scheduler,
                                               const lf_contact *contact, size_t index);
/**
 * @brief When it goes on.
 * @param scheduler  read during the call
 * @param contact    read during the call; of the same blueprint
 * @param index      from 0
 * @returns milliseconds since 1970; INT64_MAX: at no fixed time, or it is paused
 * @since 1.0
 */
LF_API int64_t lf_scheduler_enrolment_due(const lf_scheduler *scheduler, const lf_contact *contact,
                                          size_t index);
/**
 * @brief A sequence as a Graphviz digraph: its triggers, steps and ways, its goal and exits (docs/command.md).
 * @param scheduler  read during the call
 * @param sequence   its name, NUL-terminated, read during the call
 * @param out        appended to
 * @returns LF_OK; LF_E_NOTFOUND: the blueprint has no such sequence; LF_E_NOMEM, LF_E_ARG
 * @since 1.0
 */
LF_API lf_status lf_scheduler_graph(const lf_scheduler *scheduler, const char *sequence,
                                    lf_buffer *out);

#ifdef __cplusplus
}
#endif
#endif

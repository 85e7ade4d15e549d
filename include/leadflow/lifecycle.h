/* SPDX-License-Identifier: MIT */
/**
 * @file lifecycle.h
 * @brief A machine of a blueprint: its state, what is possible, a picture.
 */
#ifndef LEADFLOW_LIFECYCLE_H
#define LEADFLOW_LIFECYCLE_H

#include <leadflow/contact.h>

#ifdef __cplusplus
extern "C" {
#endif

/** @brief One machine of a blueprint; borrowed until the blueprint is freed; immutable, any thread. @since 1.0 */
typedef struct lf_lifecycle lf_lifecycle;

/**
 * @brief How many machines the blueprint has.
 * @param blueprint  read during the call
 * @returns the count
 * @since 1.0
 */
LF_API size_t lf_blueprint_lifecycle_count(const lf_blueprint *blueprint);
/**
 * @brief A machine by its place in the document.
 * @param blueprint  read during the call
 * @param index      from 0
 * @returns borrowed until the blueprint is freed; NULL out of range
 * @since 1.0
 */
LF_API const lf_lifecycle *lf_blueprint_lifecycle_at(const lf_blueprint *blueprint, size_t index);
/**
 * @brief A machine by its NUL-terminated name.
 * @param blueprint  read during the call
 * @param machine    its name, NUL-terminated, read during the call
 * @returns borrowed until the blueprint is freed; NULL if there is none
 * @since 1.0
 */
LF_API const lf_lifecycle *lf_blueprint_lifecycle(const lf_blueprint *blueprint,
                                                  const char *machine);
/**
 * @brief Its name.
 * @param lifecycle  read during the call
 * @returns borrowed until the blueprint is freed
 * @since 1.0
 */
LF_API const char *lf_lifecycle_name(const lf_lifecycle *lifecycle);
/**
 * @brief The contact's state.
 * @param lifecycle  read during the call
 * @param contact    read during the call; of the same blueprint
 * @returns borrowed until the blueprint is freed; NULL: not entered yet
 * @since 1.0
 */
LF_API const char *lf_lifecycle_state(const lf_lifecycle *lifecycle, const lf_contact *contact);
/**
 * @brief Since when the contact is in its state.
 * @param lifecycle  read during the call
 * @param contact    read during the call; of the same blueprint
 * @returns milliseconds since 1970; INT64_MAX: not entered yet
 * @since 1.0
 */
LF_API int64_t lf_lifecycle_since(const lf_lifecycle *lifecycle, const lf_contact *contact);
/**
 * @brief What can happen next: JSON, an array with an object for each transition out of the present
 *        state: `to`, and those of `on`, `after` (the time from which it is met), `when` (`cel` and
 *        whether it `holds` now), `manual`, that it has.
 * @param lifecycle  read during the call
 * @param contact    read during the call; of the same blueprint
 * @param out        appended to
 * @returns LF_OK, LF_E_NOMEM, LF_E_ARG, or what the source of time zones returned; LF_E_STORE: that was a
 *          positive number
 * @since 1.0
 */
LF_API lf_status lf_lifecycle_possible(const lf_lifecycle *lifecycle, const lf_contact *contact,
                                       lf_buffer *out);
/**
 * @brief Why the contact is in a state of the machine, or is not: JSON, an object: `machine`, `to`, the present
 *        `state` and `since` when, the states `from` which a transition leads there, and `transitions`, those
 *        out of the present state that do, as lf_lifecycle_possible() has them, with more in `when`.
 *
 * A condition is as it stands at the contact's clock, with no event at hand: `cel`, whether it `holds`, the `error` for
 * which it is false, `until` when the answer is good if nothing happens (left out: for ever), and the `values` of the
 * names and functions that it has read (16 at most), null where there is none. One that is `a && b` has `parts` with
 * such members instead of values: the first that does not hold is in the way. A transition that waits since a move by
 * hand, until its condition has been false, is `held`.
 * @param lifecycle  read during the call
 * @param contact    read during the call; of the same blueprint
 * @param to         a state of the machine, NUL-terminated, read during the call
 * @param out        appended to
 * @returns LF_OK; LF_E_NOTFOUND: the machine has no such state; LF_E_NOMEM, LF_E_ARG, or what the source of time
 *          zones returned; LF_E_STORE: that was a positive number
 * @since 1.0
 */
LF_API lf_status lf_lifecycle_why(const lf_lifecycle *lifecycle, const lf_contact *contact,
                                  const char *to, lf_buffer *out);
/**
 * @brief The machine as a Graphviz digraph.
 * @param lifecycle  read during the call
 * @param out        appended to
 * @returns LF_OK, LF_E_NOMEM, LF_E_ARG
 * @since 1.0
 */
LF_API lf_status lf_lifecycle_graph(const lf_lifecycle *lifecycle, lf_buffer *out);

#ifdef __cplusplus
}
#endif
#endif

/* SPDX-License-Identifier: MIT */
/**
 * @file contact.h
 * @brief One person's state: a value that can be copied, stored and loaded.
 */
#ifndef LEADFLOW_CONTACT_H
#define LEADFLOW_CONTACT_H

#include <leadflow/blueprint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** @brief One person's state. Single owner, one thread at a time. @since 1.0 */
typedef struct lf_contact lf_contact;

/**
 * @brief Makes a contact of which nothing has happened yet.
 * @param blueprint  a reference is taken
 * @param id         copied; 1 to 255 bytes of UTF-8 without control characters
 * @param id_len     its bytes
 * @param out        owned, free with lf_contact_free()
 * @returns LF_OK, LF_E_ARG, LF_E_NOMEM
 * @since 1.0
 */
LF_API lf_status lf_contact_new(lf_blueprint *blueprint, const char *id, size_t id_len,
                                lf_contact **out);
/** @brief Frees a contact. @param contact  freed; may be NULL @since 1.0 */
LF_API void lf_contact_free(lf_contact *contact);
/**
 * @brief Copies a contact.
 * @param contact  read during the call
 * @param out      owned, free with lf_contact_free()
 * @returns LF_OK, LF_E_NOMEM, LF_E_ARG
 * @since 1.0
 */
LF_API lf_status lf_contact_copy(const lf_contact *contact, lf_contact **out);
/**
 * @brief Its stored form: versioned, the same on every machine, equal for equal contacts.
 * @param contact  read during the call
 * @param out      appended to
 * @returns LF_OK, LF_E_NOMEM, LF_E_ARG
 * @since 1.0
 */
LF_API lf_status lf_contact_encode(const lf_contact *contact, lf_buffer *out);
/**
 * @brief Reads a stored form. What the blueprint no longer knows is left out, what it has renamed is carried over.
 * @param blueprint  a reference is taken
 * @param bytes      read during the call
 * @param size       how many
 * @param out        owned, free with lf_contact_free()
 * @returns LF_OK, LF_E_CORRUPT: damaged or of an unknown version, LF_E_NOMEM, LF_E_ARG
 * @since 1.0
 */
LF_API lf_status lf_contact_decode(lf_blueprint *blueprint, const void *bytes, size_t size,
                                   lf_contact **out);
/**
 * @brief Its id.
 * @param contact  read during the call
 * @param len      written: its bytes; may be NULL
 * @returns borrowed until the contact changes, NUL-terminated
 * @since 1.0
 */
LF_API const char *lf_contact_id(const lf_contact *contact, size_t *len);
/**
 * @brief When it was created.
 * @param contact  read during the call
 * @returns the earliest `at` of its events, in milliseconds since 1970; INT64_MAX while there are none
 * @since 1.0
 */
LF_API int64_t lf_contact_created(const lf_contact *contact);
/**
 * @brief Its clock.
 * @param contact  read during the call
 * @returns the latest time that it was brought up to, in milliseconds since 1970; while there is none the
 *          beginning of the year 1, -62,135,596,800,000
 * @since 1.0
 */
LF_API int64_t lf_contact_clock(const lf_contact *contact);
/**
 * @brief When it is to be woken.
 * @param contact  read during the call
 * @returns the earliest time at which something is due, in milliseconds since 1970; INT64_MAX: nothing is
 * @since 1.0
 */
LF_API int64_t lf_contact_wake_time(const lf_contact *contact);
/**
 * @brief The memory that it holds.
 * @param contact  read during the call
 * @returns bytes
 * @since 1.0
 */
LF_API size_t lf_contact_memory(const lf_contact *contact);
/**
 * @brief The contact as one line of JSON (docs/command.md, `--contacts`), without a newline.
 * @param contact  read during the call
 * @param out      appended to
 * @returns LF_OK, LF_E_NOMEM, LF_E_ARG, or what the source of time zones returned; LF_E_STORE: that was a
 *          positive number
 * @since 1.0
 */
LF_API lf_status lf_contact_json(const lf_contact *contact, lf_buffer *out);
/**
 * @brief Why the contact is in a segment, or is not: JSON, an object: `segment`, whether it is `in` it, and `when`,
 *        the segment's condition as it stands at the contact's clock (see lf_lifecycle_why()).
 * @param contact  read during the call; something has happened of it
 * @param segment  its name, NUL-terminated, read during the call
 * @param out      appended to
 * @returns LF_OK; LF_E_NOTFOUND: the blueprint has no such segment; LF_E_NOMEM, LF_E_ARG, or what the source of
 *          time zones returned; LF_E_STORE: that was a positive number
 * @since 1.0
 */
LF_API lf_status lf_contact_why_segment(const lf_contact *contact, const char *segment,
                                        lf_buffer *out);
/**
 * @brief Why the contact is in a sequence, or is not, and what is in the way of its messages: JSON, an object, whose
 *        `answer` is the first thing that is in the way, or what somebody who is in it waits for; docs/command.md
 *        lists its members.
 *
 * Conditions are as they stand at the contact's clock (see lf_lifecycle_why()). It is told of the contact alone: what
 * became of earlier messages, and with which reason somebody left, is in the effects.
 * @param contact   read during the call; something has happened of it
 * @param sequence  its name, NUL-terminated, read during the call
 * @param out       appended to
 * @returns LF_OK; LF_E_NOTFOUND: the blueprint has no such sequence; LF_E_NOMEM, LF_E_ARG, or what the source of
 *          time zones returned; LF_E_STORE: that was a positive number
 * @since 1.0
 */
LF_API lf_status lf_contact_why_sequence(const lf_contact *contact, const char *sequence,
                                         lf_buffer *out);

#ifdef __cplusplus
}
#endif
#endif

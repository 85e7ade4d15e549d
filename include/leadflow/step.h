/* SPDX-License-Identifier: MIT */
/**
 * @file step.h
 * @brief The pure step: a contact and an input give the contact after it, effects, and a wake time.
 *
 * No I/O, no clock. Whoever stores contacts by themselves uses this and gets the same bytes as the
 * engine makes.
 */
#ifndef LEADFLOW_STEP_H
#define LEADFLOW_STEP_H

#include <leadflow/contact.h>
#include <leadflow/unsubscribe.h>

#ifdef __cplusplus
extern "C" {
#endif

/** @brief Runs the step; memory to work in, for one thread at a time. @since 1.0 */
typedef struct lf_step lf_step;
/** @brief Something that the library wants done (docs/delivery.md). Nothing changes it, but reading a member may take
 *  memory: one thread at a time. @since 1.0 */
typedef struct lf_effect lf_effect;

/** @brief How an event was taken. @since 1.0 */
enum lf_taken_code {
    LF_TAKEN_NEW = 0,       /**< Taken in. @since 1.0 */
    LF_TAKEN_LATE = 1,      /**< Taken in, but from behind the horizon. @since 1.0 */
    LF_TAKEN_DUPLICATE = 2, /**< Known already: nothing has changed. @since 1.0 */
    LF_TAKEN_CHANGED_DUPLICATE =
        3, /**< Known already, with another content: nothing has changed. @since 1.0 */
    LF_TAKEN_IGNORED = 4 /**< Of an undeclared type that the blueprint ignores. @since 1.0 */
};

/**
 * @brief Makes a step.
 * @param blueprint  a reference is taken
 * @param tenant     NUL-terminated, copied, 1 to 63 bytes; part of every effect's key
 * @param out        owned, free with lf_step_free()
 * @returns LF_OK, LF_E_ARG, LF_E_NOMEM
 * @since 1.0
 */
LF_API lf_status lf_step_new(lf_blueprint *blueprint, const char *tenant, lf_step **out);
/** @brief Frees a step with its effects. @param step  freed; may be NULL @since 1.0 */
LF_API void lf_step_free(lf_step *step);
/**
 * @brief From now on `{unsubscribe}` is a signed link, and marketing emails have the headers of RFC 8058.
 * @param step     used during the call
 * @param options  copied
 * @returns LF_OK; LF_E_ARG: the link or the keys are none; LF_E_ABI: a struct_size; then the step is as before
 * @since 1.0
 */
LF_API lf_status lf_step_set_unsubscribe(lf_step *step, const lf_unsubscribe_options *options);
/**
 * @brief Takes in an event: catches the contact up to it, places it, and does what follows from it.
 *
 * On any failure the contact is as it was.
 * @param step         used during the call
 * @param contact      used during the call; of the same blueprint, with the event's contact id
 * @param event        read during the call; checked
 * @param now          milliseconds since 1970; an event may be ahead of it by `intake.max_skew`
 * @param taken        written: one of lf_taken_code; may be NULL
 * @param diagnostics  appended to; may be NULL
 * @returns LF_OK; LF_E_EVENT: refused; LF_E_LIMIT: the contact's texts would pass 4 GiB; LF_E_ARG;
 *          LF_E_NOMEM; or what the source of time zones returned; LF_E_STORE: that was a positive number
 * @since 1.0
 */
LF_API lf_status lf_step_take(lf_step *step, lf_contact *contact, const lf_event *event,
                              int64_t now, int32_t *taken, lf_diagnostics *diagnostics);
/**
 * @brief Brings the contact to a time: everything due, in order, at the times it was due.
 * @param step     used during the call
 * @param contact  used during the call
 * @param now      milliseconds since 1970; earlier than the contact's clock changes nothing
 * @returns LF_OK; LF_E_LIMIT: the contact's texts would pass 4 GiB; LF_E_ARG; LF_E_NOMEM; or what the source of
 *          time zones returned; LF_E_STORE: that was a positive number
 * @since 1.0
 */
LF_API lf_status lf_step_wake(lf_step *step, lf_contact *contact, int64_t now);
/**
 * @brief How many effects the last take or wake had.
 * @param step  read during the call
 * @returns the count
 * @since 1.0
 */
LF_API size_t lf_step_effect_count(const lf_step *step);
/**
 * @brief One of them, in order.
 * @param step   used during the call
 * @param index  from 0
 * @returns borrowed until the next take or wake; NULL out of range or out of memory
 * @since 1.0
 */
LF_API const lf_effect *lf_step_effect_at(lf_step *step, size_t index);
/**
 * @brief How often a condition of the last take or wake ended in an error, thus was false.
 * @param step  read during the call
 * @returns the count
 * @since 1.0
 */
LF_API uint64_t lf_step_condition_errors(const lf_step *step);

/**
 * @brief When it was made.
 * @param effect  read during the call
 * @returns milliseconds since 1970
 * @since 1.0
 */
LF_API int64_t lf_effect_at(const lf_effect *effect);
/**
 * @brief "stage", "band", "send" and so on (docs/delivery.md).
 * @param effect  read during the call
 * @returns borrowed until the effect goes, NUL-terminated
 * @since 1.0
 */
LF_API const char *lf_effect_kind(const lf_effect *effect);
/**
 * @brief The contact's id.
 * @param effect  read during the call
 * @param len     written: its bytes; may be NULL
 * @returns borrowed until the effect goes, NUL-terminated
 * @since 1.0
 */
LF_API const char *lf_effect_contact(const lf_effect *effect, size_t *len);
/**
 * @brief The idempotency key, 32 hexadecimal digits: the same however often the work is repeated.
 * @param effect  read during the call
 * @returns borrowed until the effect goes, NUL-terminated
 * @since 1.0
 */
LF_API const char *lf_effect_key(const lf_effect *effect);
/**
 * @brief The whole effect as one line of JSON.
 * @param effect  read during the call
 * @param len     written: its bytes; may be NULL
 * @returns borrowed until the effect goes, NUL-terminated
 * @since 1.0
 */
LF_API const char *lf_effect_json(const lf_effect *effect, size_t *len);
/**
 * @brief A member that is text, by its name ("template", "to") or JSON Pointer
 *        ("/message/subject").
 * @param effect  read during the call
 * @param member  NUL-terminated, read during the call
 * @param len     written: its bytes; may be NULL
 * @returns borrowed until the effect goes, NUL-terminated; NULL if there is no such text, or no memory to look for it
 * @since 1.0
 */
LF_API const char *lf_effect_get(const lf_effect *effect, const char *member, size_t *len);

#ifdef __cplusplus
}
#endif
#endif

/* SPDX-License-Identifier: MIT */
/**
 * @file engine.h
 * @brief Store, delivery and clock around the step: load, step, commit, hand over (SPEC 11-13).
 */
#ifndef LEADFLOW_ENGINE_H
#define LEADFLOW_ENGINE_H

#include <leadflow/store.h>

#ifdef __cplusplus
extern "C" {
#endif

/** @brief One worker on a store. One thread at a time; many engines may share a store that allows it. @since 1.0 */
typedef struct lf_engine lf_engine;
/** @brief What a delivery says of an effect; borrowed during the callback. @since 1.0 */
typedef struct lf_receipt lf_receipt;

/** @brief Whoever does what effects say. @since 1.0 */
typedef struct lf_delivery {
    size_t struct_size; /**< sizeof(lf_delivery). @since 1.0 */
    void *user;         /**< Passed to the callback. @since 1.0 */
    void (*user_free)(void *user); /**< Optional: called when the engine is freed. @since 1.0 */
    /** Does it, and returns LF_OK; or says by the receipt that it is to be tried again, or never. Any negative
     *  return counts as to be tried again, and lf_engine_deliver() returns it. The same effect may come twice,
     *  with the same key. @since 1.0 */
    lf_status (*deliver)(void *user, const lf_effect *effect, lf_receipt *receipt);
} lf_delivery;

/** @brief To be tried again. @param after_ms  not before so long from now; 0: as the engine thinks @since 1.0 */
LF_API void lf_receipt_retry(lf_receipt *receipt, int64_t after_ms);
/** @brief Never to be tried again: the effect is dead. @since 1.0 */
LF_API void lf_receipt_refuse(lf_receipt *receipt);

/** @brief What lf_engine_new() is told. Zero means default. @since 1.0 */
typedef struct lf_engine_options {
    size_t struct_size;          /**< sizeof(lf_engine_options). @since 1.0 */
    const char *tenant;          /**< NUL-terminated, 1 to 63 bytes; NULL: "default". @since 1.0 */
    const lf_store *store;       /**< Copied; must be there. @since 1.0 */
    const lf_delivery *delivery; /**< Copied; NULL: effects stay in the store. @since 1.0 */
    int64_t (*clock)(void *user); /**< Milliseconds since 1970, asked where a `now` is INT64_MIN; NULL: that
                                      is an error. @since 1.0 */
    void *clock_user;            /**< Passed to it. @since 1.0 */
    int64_t lease_ms;            /**< How long a claim holds; 0: 60,000. @since 1.0 */
    int64_t retry_ms;            /**< The first pause, doubled each time up to a day; 0: 60,000. @since 1.0 */
    int64_t max_attempts;        /**< After so many an effect is dead; 0: 8. @since 1.0 */
} lf_engine_options;

/** @brief Sets every member to its default. @param struct_size  sizeof(lf_engine_options) @since 1.0 */
LF_API void lf_engine_options_init(lf_engine_options *options, size_t struct_size);

/**
 * @brief Opens an engine for one tenant.
 * @param blueprint  a reference is taken
 * @param options    read during the call
 * @param out        owned, free with lf_engine_free()
 * @returns LF_OK, LF_E_ARG, LF_E_ABI, LF_E_NOMEM
 * @since 1.0
 */
LF_API lf_status lf_engine_new(lf_blueprint *blueprint, const lf_engine_options *options, lf_engine **out);
/** @brief Frees an engine; not from its own callbacks. @param engine  may be NULL @since 1.0 */
LF_API void lf_engine_free(lf_engine *engine);
/**
 * @brief Takes in an event: load, step, commit. On a conflict the work is redone, at most 16 times.
 *
 * After any failure but LF_E_UNKNOWN the event is not in; after LF_OK it is. LF_E_UNKNOWN: the store cannot
 * say; taking an event with an `id` again is safe then.
 * @param event        checked, of the engine's blueprint
 * @param now          milliseconds since 1970, or INT64_MIN for the clock
 * @param taken        one of lf_taken_code; may be NULL
 * @param diagnostics  appended to; may be NULL
 * @returns LF_OK, LF_E_EVENT, LF_E_CONFLICT, LF_E_UNKNOWN, LF_E_CORRUPT: the stored contact is damaged, LF_E_BUSY:
 *          called from a callback, LF_E_ARG, LF_E_NOMEM, or what a callback returned
 * @since 1.0
 */
LF_API lf_status lf_engine_take(lf_engine *engine, const lf_event *event, int64_t now, int32_t *taken,
                                lf_diagnostics *diagnostics);
/** @brief lf_event_parse() and lf_engine_take() in one. @param json  UTF-8 @param json_len  its bytes
 *  @param line  for diagnostics @returns as both; LF_OK and LF_TAKEN_IGNORED for an ignored type @since 1.0 */
LF_API lf_status lf_engine_take_json(lf_engine *engine, const char *json, size_t json_len, uint32_t line, int64_t now,
                                     int32_t *taken, lf_diagnostics *diagnostics);
/**
 * @brief Brings one contact to a time: everything due, in order, at the times it was due.
 * @param contact      its id
 * @param contact_len  its bytes
 * @param now          milliseconds since 1970, or INT64_MIN for the clock
 * @returns as lf_engine_take(), and LF_E_NOTFOUND
 * @since 1.0
 */
LF_API lf_status lf_engine_wake(lf_engine *engine, const char *contact, size_t contact_len, int64_t now);
/**
 * @brief Wakes contacts that are due. Costs what is due, however many contacts there are.
 * @param now    milliseconds since 1970, or INT64_MIN for the clock
 * @param limit  at most so many contacts
 * @param done   how many were woken; may be NULL
 * @returns as lf_engine_take(): those before the failure are done
 * @since 1.0
 */
LF_API lf_status lf_engine_run_due(lf_engine *engine, int64_t now, size_t limit, size_t *done);
/**
 * @brief Hands effects over: at least once, in order per contact. Whether a message may be sent is looked at
 *        again before, on the contact as it then is; if not, a `skipped` effect takes its place.
 * @param now    milliseconds since 1970, or INT64_MIN for the clock
 * @param limit  at most so many effects
 * @param done   how many were handed over or settled; may be NULL
 * @returns LF_OK, LF_E_ARG: no delivery, otherwise as lf_engine_take()
 * @since 1.0
 */
LF_API lf_status lf_engine_deliver(lf_engine *engine, int64_t now, size_t limit, size_t *done);
/** @brief Loads a contact as it is stored. @param contact  its id @param contact_len  its bytes
 *  @param out  owned, free with lf_contact_free()
 *  @returns LF_OK, LF_E_NOTFOUND, LF_E_CORRUPT, LF_E_BUSY, LF_E_ARG, LF_E_NOMEM, or what load returned @since 1.0 */
LF_API lf_status lf_engine_contact(lf_engine *engine, const char *contact, size_t contact_len, lf_contact **out);
/** @brief The next contact's id in the order of bytes. @param after  an id, NULL for the first
 *  @param after_len  its bytes @param id  the id takes the place of what is in it
 *  @returns LF_OK, LF_E_NOTFOUND: that was the last, LF_E_BUSY, LF_E_ARG, LF_E_NOMEM, or what scan returned
 *  @since 1.0 */
LF_API lf_status lf_engine_next_contact(lf_engine *engine, const char *after, size_t after_len, lf_buffer *id);
/** @brief Dead effects as NDJSON, the oldest first. @param limit  at most so many @param out  appended to
 *  @returns LF_OK, LF_E_BUSY, LF_E_ARG, LF_E_NOMEM, or what dead returned @since 1.0 */
LF_API lf_status lf_engine_dead(lf_engine *engine, size_t limit, lf_buffer *out);
/** @brief Gives a dead effect another life. @param key  NUL-terminated
 *  @returns LF_OK, LF_E_NOTFOUND, LF_E_BUSY, LF_E_ARG, or what revive returned @since 1.0 */
LF_API lf_status lf_engine_revive(lf_engine *engine, const char *key);
/** @brief How many conditions ended in an error, thus false, since the engine was opened. @since 1.0 */
LF_API uint64_t lf_engine_condition_errors(const lf_engine *engine);

#ifdef __cplusplus
}
#endif
#endif

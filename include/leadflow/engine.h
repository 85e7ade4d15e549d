/* SPDX-License-Identifier: MIT */
/**
 * @file engine.h
 * @brief Store, delivery and clock around the step: load, step, commit, hand over.
 *
 * Every function of an engine may return LF_E_BUSY: the engine is in a call already, of one of its own
 * callbacks or of another thread. A `now` is in milliseconds since 1970, or INT64_MIN for the clock of
 * the options. After any failure the engine is as usable as before, and the call can be repeated.
 * docs/engine.md says what is promised.
 */
#ifndef LEADFLOW_ENGINE_H
#define LEADFLOW_ENGINE_H

#include <leadflow/store.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @brief One worker on a store, for one tenant. One thread at a time; any number of engines may share a
 *        store that allows it.
 * @since 1.0
 */
typedef struct lf_engine lf_engine;
/** @brief What a delivery says of an effect. Only within the callback that it was given to. @since 1.0 */
typedef struct lf_receipt lf_receipt;

/** @brief Whoever does what effects say. Its callbacks get `user`; lf_engine_deliver() calls them from the thread
 *  that called it. @since 1.0 */
typedef struct lf_delivery {
    /** sizeof(lf_delivery). @since 1.0 */
    size_t struct_size;
    /** Passed on to the callbacks, as `user`. @since 1.0 */
    void *user;
    /** Optional: called with `user` once, when the engine is freed; not if lf_engine_new() fails. @since 1.0 */
    void (*user_free)(void *user);
    /**
     * Takes `effect` over and returns LF_OK; or says by `receipt` that it is to be tried again, or
     * never. Anything else that it returns counts as to be tried again, and lf_engine_deliver() returns
     * it (LF_E_STORE for a positive number). The same effect may come again, with the same key. A short
     * hand-over, such as a row in a queue, is better than a long talk: where the store has a lock, it is
     * held meanwhile. Both are borrowed until the callback returns. @since 1.0
     */
    lf_status (*deliver)(void *user, const lf_effect *effect, lf_receipt *receipt);
} lf_delivery;

/**
 * @brief Sets every member to its default.
 * @param delivery     written; NULL does nothing
 * @param struct_size  sizeof(lf_delivery)
 * @note Any thread.
 * @since 1.0
 */
LF_API void lf_delivery_init(lf_delivery *delivery, size_t struct_size);
/**
 * @brief To be tried again; after `max_attempts` it is dead.
 * @param receipt   used during the call
 * @param after_ms  milliseconds from now, at most ten years, before which it does not come; 0 or less: as
 *                  the engine's options say
 * @since 1.0
 */
LF_API void lf_receipt_retry(lf_receipt *receipt, int64_t after_ms);
/**
 * @brief Never to be tried again: the effect is dead. Goes before lf_receipt_retry().
 * @param receipt  used during the call
 * @since 1.0
 */
LF_API void lf_receipt_refuse(lf_receipt *receipt);

/** @brief What lf_engine_new() is told. Zero means default. @since 1.0 */
typedef struct lf_engine_options {
    /** sizeof(lf_engine_options). @since 1.0 */
    size_t struct_size;
    /** NUL-terminated, copied: 1 to 63 bytes of UTF-8 without control characters; NULL: "default". @since 1.0 */
    const char *tenant;
    /** Copied; must be there. @since 1.0 */
    const lf_store *store;
    /** Copied; NULL: effects stay in the store. @since 1.0 */
    const lf_delivery *delivery;
    /**
     * Sets `now`, borrowed until it returns, to the time in milliseconds since 1970; `user` is clock_user.
     * Asked where a `now` is INT64_MIN. What it returns other than LF_OK is returned by the call. NULL: such
     * a `now` is LF_E_ARG. @since 1.0
     */
    lf_status (*clock)(void *user, int64_t *now);
    /** Passed on to the clock. @since 1.0 */
    void *clock_user;
    /** How long a claim holds, in milliseconds, at most ten years; 0: 60,000. @since 1.0 */
    int64_t lease_ms;
    /** The pause after the first attempt, in milliseconds, at most ten years, doubled each time up to a day;
     *  0: 60,000. @since 1.0 */
    int64_t retry_ms;
    /** How many attempts an effect has before it is dead, at most 1,000,000; 0: 8. @since 1.0 */
    size_t max_attempts;
    /** Copied: with it `{unsubscribe}` is a signed link, and marketing emails have the headers of RFC 8058; NULL: the sender
     *  puts its own link there. @since 1.0 */
    const lf_unsubscribe_options *unsubscribe;
} lf_engine_options;

/**
 * @brief Sets every member to its default.
 * @param options      written; NULL does nothing
 * @param struct_size  sizeof(lf_engine_options)
 * @note Any thread.
 * @since 1.0
 */
LF_API void lf_engine_options_init(lf_engine_options *options, size_t struct_size);

/**
 * @brief Opens an engine for one tenant. It calls nothing of the store yet.
 * @param blueprint  a reference is taken
 * @param options    read during the call
 * @param out        owned, free with lf_engine_free(); NULL on failure
 * @returns LF_OK; LF_E_ARG: something is missing or out of its range; LF_E_ABI: a struct_size;
 *          LF_E_NOMEM
 * @since 1.0
 */
LF_API lf_status lf_engine_new(lf_blueprint *blueprint, const lf_engine_options *options,
                               lf_engine **out);
/**
 * @brief Frees an engine, then calls user_free of store and delivery, and nothing else of them: what
 *        they stand on may be freed before. Within one of its callbacks it does nothing.
 * @param engine  freed; may be NULL
 * @since 1.0
 */
LF_API void lf_engine_free(lf_engine *engine);
/**
 * @brief Takes in an event: load, step, commit. On a conflict the work is redone from a fresh load, at
 *        most 16 times.
 *
 * After LF_OK the event is in, once; after LF_E_UNKNOWN the store could not say; after any other failure
 * it is not. Repeating the call is always safe for an event with an `id`. One without is recognised by
 * the engine that failed, if it repeats it before another event fails; by others it is taken as new.
 * @param engine       used during the call
 * @param event        read during the call; checked, of the engine's blueprint
 * @param now          milliseconds since 1970, or INT64_MIN; an event may be ahead of it by `intake.max_skew`
 * @param taken        written: one of lf_taken_code, LF_TAKEN_NEW on failure; may be NULL
 * @param diagnostics  appended to; may be NULL
 * @returns LF_OK; LF_E_EVENT: refused; LF_E_CONFLICT: others were faster each time; LF_E_UNKNOWN;
 *          LF_E_CORRUPT: the stored contact is damaged; LF_E_LIMIT: its texts would pass 4 GiB;
 *          LF_E_BUSY; LF_E_ARG; LF_E_NOMEM; or what load, commit or the source of time zones returned;
 *          LF_E_STORE: load or that source returned a positive number
 * @since 1.0
 */
LF_API lf_status lf_engine_take(lf_engine *engine, const lf_event *event, int64_t now,
                                int32_t *taken, lf_diagnostics *diagnostics);
/**
 * @brief lf_event_parse() and lf_engine_take() in one.
 * @param engine       used during the call
 * @param json         one event, UTF-8, read during the call
 * @param json_len     its bytes
 * @param line         the line it stands on, from 1, for diagnostics; 0 or 1 if unknown
 * @param now          milliseconds since 1970, or INT64_MIN, as for lf_engine_take()
 * @param taken        written: one of lf_taken_code, LF_TAKEN_NEW on failure; may be NULL
 * @param diagnostics  appended to; may be NULL
 * @returns as lf_engine_take(); LF_E_EVENT also for what is no event of the blueprint; LF_OK and
 *          LF_TAKEN_IGNORED for an undeclared type that the blueprint ignores
 * @since 1.0
 */
LF_API lf_status lf_engine_take_json(lf_engine *engine, const char *json, size_t json_len,
                                     uint32_t line, int64_t now, int32_t *taken,
                                     lf_diagnostics *diagnostics);
/**
 * @brief Brings one contact to a time: everything due, in order, at the times it was due.
 * @param engine       used during the call
 * @param contact      its id, read during the call
 * @param contact_len  its bytes
 * @param now          milliseconds since 1970, or INT64_MIN; before the contact's clock it changes nothing
 * @returns LF_OK; LF_E_NOTFOUND: there is no such contact; otherwise as lf_engine_take()
 * @since 1.0
 */
LF_API lf_status lf_engine_wake(lf_engine *engine, const char *contact, size_t contact_len,
                                int64_t now);
/**
 * @brief Wakes contacts that are due. Costs what is due, however many contacts there are.
 *
 * A contact that fails does not keep the others waiting: it is claimed again after the lease.
 * @param engine  used during the call
 * @param now     milliseconds since 1970, or INT64_MIN
 * @param limit   at most so many contacts
 * @param done    written: how many were woken, also on failure; may be NULL
 * @returns LF_OK; otherwise the first failure, as lf_engine_take(), or what claim_due returned
 * @since 1.0
 */
LF_API lf_status lf_engine_run_due(lf_engine *engine, int64_t now, size_t limit, size_t *done);
/**
 * @brief Hands effects over: at least once, in order per contact, each with the key it always had.
 *
 * Whether a message may go is looked at again right before, on the contact as it is stored then; if not,
 * a `skipped` effect takes its place. An effect that fails does not keep other contacts waiting. With the
 * clock of the options an effect whose lease has run out meanwhile is left to the next claim.
 * @param engine  used during the call
 * @param now     milliseconds since 1970, or INT64_MIN
 * @param limit   at most so many effects
 * @param done    written: how many were handed over or settled, also on failure; may be NULL
 * @returns LF_OK; LF_E_ARG: also without a delivery; LF_E_CORRUPT: also a damaged effect, which is dead
 *          now; otherwise the first failure, as lf_engine_take(), or what a callback returned
 * @since 1.0
 */
LF_API lf_status lf_engine_deliver(lf_engine *engine, int64_t now, size_t limit, size_t *done);
/**
 * @brief Loads a contact as it is stored.
 * @param engine       used during the call
 * @param contact      its id, read during the call
 * @param contact_len  its bytes
 * @param out          owned, free with lf_contact_free(); NULL on failure
 * @returns LF_OK, LF_E_NOTFOUND, LF_E_CORRUPT, LF_E_BUSY, LF_E_ARG, LF_E_NOMEM, or what load
 *          returned; LF_E_STORE: that was a positive number
 * @since 1.0
 */
LF_API lf_status lf_engine_contact(lf_engine *engine, const char *contact, size_t contact_len,
                                   lf_contact **out);
/**
 * @brief The next contact's id in the order of bytes. Ids are read some at a time: a contact that
 *        is added while one goes through them may be passed over.
 * @param engine     used during the call
 * @param after      an id, read during the call; NULL for the first
 * @param after_len  its bytes
 * @param id         used during the call; the next id takes the place of what is in it; on failure it keeps that
 * @returns LF_OK; LF_E_NOTFOUND: that was the last; LF_E_STORE: scan did not go forward, or returned a
 *          positive number; LF_E_BUSY, LF_E_ARG, LF_E_NOMEM, or what scan returned
 * @since 1.0
 */
LF_API lf_status lf_engine_next_contact(lf_engine *engine, const char *after, size_t after_len,
                                        lf_buffer *id);
/**
 * @brief Dead effects as NDJSON, the one that died first in front. Of one that is damaged only `contact`,
 *        `key` and the kind "damaged" are left.
 * @param engine  used during the call
 * @param limit   at most so many
 * @param out     appended to; on failure as before
 * @returns LF_OK, LF_E_BUSY, LF_E_ARG, LF_E_NOMEM, or what dead returned; LF_E_STORE: that was a positive
 *          number
 * @since 1.0
 */
LF_API lf_status lf_engine_dead(lf_engine *engine, size_t limit, lf_buffer *out);
/**
 * @brief Gives a dead effect another life, with no attempts, behind what else waits for its
 *        contact.
 * @param engine  used during the call
 * @param key     NUL-terminated, read during the call
 * @returns LF_OK, LF_E_NOTFOUND, LF_E_BUSY, LF_E_ARG, or what revive returned; LF_E_STORE: that was a
 *          positive number
 * @since 1.0
 */
LF_API lf_status lf_engine_revive(lf_engine *engine, const char *key);
/**
 * @brief Whose failure the last lf_engine_run_due() or lf_engine_deliver() returned: the id of the contact that was
 *        claimed, of a damaged one its first 255 bytes up to a NUL.
 * @param engine  read during the call; NULL gives NULL
 * @returns borrowed until the engine's next call, NUL-terminated; NULL: that call did not fail over a contact
 * @since 1.0
 */
LF_API const char *lf_engine_failed_contact(const lf_engine *engine);
/**
 * @brief How often a condition ended in an error, thus was false.
 * @param engine  read during the call; NULL gives 0
 * @returns the count since the engine was opened
 * @since 1.0
 */
LF_API uint64_t lf_engine_condition_errors(const lf_engine *engine);

#ifdef __cplusplus
}
#endif
#endif

/* SPDX-License-Identifier: MIT */
/**
 * @file store.h
 * @brief What an engine asks of a store, as callbacks, and the in-memory store.
 *
 * A store keeps, apart for each tenant:
 * - contacts: an id, bytes, a revision (1, 2, 3...), and the time at which the contact is due;
 * - an outbox for each contact: its effects in the order in which they were made, each with its JSON,
 *   its key, a fence, the number of attempts that failed, and a time before which it is not claimed;
 * - dead effects, which nobody claims until they are revived.
 *
 * One commit is one transaction. docs/store.md walks through a store on SQL.
 *
 * A callback returns LF_OK, a code that its description names, or LF_E_USER or any other negative
 * number: then it has changed nothing, and the call of the engine that led to it returns that number.
 * A positive number is no status: of commit it counts as LF_E_UNKNOWN, elsewhere as LF_E_STORE. No
 * callback may call its engine; that returns LF_E_BUSY. All text that callbacks get is borrowed until
 * they return, UTF-8 and NUL-terminated; ids have their length as well, and no NUL within.
 */
#ifndef LEADFLOW_STORE_H
#define LEADFLOW_STORE_H

#include <leadflow/step.h>

#ifdef __cplusplus
extern "C" {
#endif

/** @brief What one transaction is to change. Only within the callback that it was given to. @since 1.0 */
typedef struct lf_commit lf_commit;
/** @brief Where load puts a contact. Only within the callback that it was given to. @since 1.0 */
typedef struct lf_loaded lf_loaded;
/** @brief Where claims and lists are put. Only within the callback that it was given to. @since 1.0 */
typedef struct lf_claims lf_claims;

/** @brief What has become of an effect that was claimed. @since 1.0 */
enum lf_outcome {
    LF_OUTCOME_DONE = 0, /**< Take it out of the outbox. @since 1.0 */
    LF_OUTCOME_RETRY =
        1,              /**< Leave it where it is, with one attempt more, not to be claimed before a
                               time. @since 1.0 */
    LF_OUTCOME_DEAD = 2 /**< Move it to the dead effects. @since 1.0 */
};

/* ---- what commit reads ---- */

/**
 * @brief The contact's id.
 * @param commit  read during the call
 * @param len     written: its bytes; may be NULL
 * @returns borrowed until the callback returns, NUL-terminated
 * @since 1.0
 */
LF_API const char *lf_commit_contact(const lf_commit *commit, size_t *len);
/**
 * @brief The contact's new bytes.
 * @param commit  read during the call
 * @param size    written: how many; may be NULL
 * @returns borrowed until the callback returns
 * @since 1.0
 */
LF_API const void *lf_commit_bytes(const lf_commit *commit, size_t *size);
/**
 * @brief The revision that the contact must have now; 0: it must not exist. It becomes one more.
 *
 * Where it is another, the commit changes nothing and returns LF_E_CONFLICT.
 * @param commit  read during the call
 * @returns the revision; 0: it must not exist
 * @since 1.0
 */
LF_API uint64_t lf_commit_revision(const lf_commit *commit);
/**
 * @brief When the contact is due, in milliseconds since 1970; INT64_MAX: never.
 *
 * It takes the place of what was there, also of the end of a claim's lease.
 * @param commit  read during the call
 * @returns milliseconds since 1970; INT64_MAX: never
 * @since 1.0
 */
LF_API int64_t lf_commit_wake(const lf_commit *commit);
/**
 * @brief How many summary columns there are: what a CRM may want to index.
 * @param commit  read during the call
 * @returns the count
 * @since 1.0
 */
LF_API size_t lf_commit_column_count(const lf_commit *commit);
/**
 * @brief A column's name: "state_MACHINE", "score_SCORE" or "band_SCORE", which SQL takes as it stands.
 * @param commit  read during the call
 * @param index   from 0
 * @returns borrowed until the engine is freed, NUL-terminated; NULL out of range
 * @since 1.0
 */
LF_API const char *lf_commit_column_name(const lf_commit *commit, size_t index);
/**
 * @brief A column's value as text: a state, points as a whole number, a band.
 * @param commit  read during the call
 * @param index   from 0
 * @param value   borrowed until the callback returns, NUL-terminated; NULL: the contact has none
 * @returns LF_OK; LF_E_ARG: out of range; LF_E_NOMEM: return it from commit
 * @since 1.0
 */
LF_API lf_status lf_commit_column_value(const lf_commit *commit, size_t index, const char **value);
/**
 * @brief How many effects are to be appended to the contact's outbox, in order.
 * @param commit  read during the call
 * @returns the count
 * @since 1.0
 */
LF_API size_t lf_commit_effect_count(const lf_commit *commit);
/**
 * @brief One of them. What a store keeps is lf_effect_json() and lf_effect_key().
 * @param commit  read during the call
 * @param index   from 0
 * @returns borrowed until the callback returns; NULL out of range
 * @since 1.0
 */
LF_API const lf_effect *lf_commit_effect_at(const lf_commit *commit, size_t index);
/**
 * @brief The key of the effect of this contact that the commit settles, if it does.
 * @param commit  read during the call
 * @returns borrowed until the callback returns, NUL-terminated; NULL: none
 * @since 1.0
 */
LF_API const char *lf_commit_settled_key(const lf_commit *commit);
/**
 * @brief The fence under which it was claimed. Where it is another, the commit changes nothing and
 *        returns LF_E_FENCED.
 * @param commit  read during the call
 * @returns the fence
 * @since 1.0
 */
LF_API uint64_t lf_commit_settled_fence(const lf_commit *commit);
/**
 * @brief What has become of it.
 * @param commit  read during the call
 * @returns one of lf_outcome
 * @since 1.0
 */
LF_API int32_t lf_commit_settled_outcome(const lf_commit *commit);

/* ---- what load, claims and lists write ---- */

/**
 * @brief Says what load found. Not calling it says that there is no such contact.
 * @param loaded    used during the call
 * @param bytes     copied
 * @param size      how many
 * @param revision  the revision, from 1
 * @returns LF_OK; LF_E_ARG, LF_E_NOMEM: return it from load
 * @since 1.0
 */
LF_API lf_status lf_loaded_set(lf_loaded *loaded, const void *bytes, size_t size,
                               uint64_t revision);
/**
 * @brief Adds a contact that is due, or the next of a scan.
 * @param claims  used during the call
 * @param id      copied
 * @param len     its bytes
 * @returns LF_OK; LF_E_ARG, LF_E_NOMEM: undo the claims and return it
 * @since 1.0
 */
LF_API lf_status lf_claims_add_contact(lf_claims *claims, const char *id, size_t len);
/**
 * @brief Adds an effect that is claimed or listed. Damaged JSON is no error here: the engine deals with it.
 * @param claims       used during the call
 * @param contact      the id of its contact, copied
 * @param contact_len  its bytes
 * @param key          NUL-terminated, copied
 * @param json         what lf_effect_json() gave, copied
 * @param json_len     its bytes
 * @param fence        the fence that this claim has given it
 * @param attempts     how many have failed: how often it was settled as LF_OUTCOME_RETRY
 * @returns LF_OK; LF_E_ARG, LF_E_NOMEM: undo the claims and return it
 * @since 1.0
 */
LF_API lf_status lf_claims_add_effect(lf_claims *claims, const char *contact, size_t contact_len,
                                      const char *key, const char *json, size_t json_len,
                                      uint64_t fence, int64_t attempts);

/**
 * @brief The callbacks. Those marked optional may be NULL.
 *
 * Each gets `user`, and all but user_free the `tenant`. A contact is named by `contact`, of `contact_len` bytes, an
 * effect by its `key`; all text, and `loaded`, `commit` and `claims`, are borrowed until the callback returns. It
 * returns LF_OK, or a status after which it has changed nothing; LF_E_UNKNOWN says that it may have. An engine calls from the thread that called it, one
 * callback at a time.
 * @since 1.0
 */
typedef struct lf_store {
    /** sizeof(lf_store). @since 1.0 */
    size_t struct_size;
    /** Passed on to each callback. @since 1.0 */
    void *user;
    /** Optional: called with `user` once, when the engine is freed; not if lf_engine_new() fails. @since 1.0 */
    void (*user_free)(void *user);
    /**
     * Loads a contact into `loaded`, if there is one; if not, it returns LF_OK or LF_E_NOTFOUND.
     * @since 1.0
     */
    lf_status (*load)(void *user, const char *tenant, const char *contact, size_t contact_len,
                      lf_loaded *loaded);
    /**
     * Does all that the commit says, in one transaction, or nothing. LF_E_CONFLICT: the revision is
     * another, or the database asks to try again. LF_E_FENCED: the settled effect is no longer claimed
     * under this fence. LF_E_UNKNOWN: it cannot be known whether it was done; the engine then finds out
     * by load, and repeats what was not done. @since 1.0
     */
    lf_status (*commit)(void *user, const char *tenant, const lf_commit *commit);
    /**
     * Claims up to `limit` contacts that are due at `now` or before, the earliest first: each is due at
     * `lease_until` from now on, so that nobody else claims it before. @since 1.0
     */
    lf_status (*claim_due)(void *user, const char *tenant, int64_t now, int64_t lease_until,
                           size_t limit, lf_claims *claims);
    /**
     * Claims up to `limit` effects: of each contact only the first in its outbox, if it may be claimed
     * at `now`. Each gets a fence that it never had before, and is not claimed again before
     * `lease_until`. @since 1.0
     */
    lf_status (*claim_effects)(void *user, const char *tenant, int64_t now, int64_t lease_until,
                               size_t limit, lf_claims *claims);
    /**
     * Settles an effect without a change of its contact. `outcome` is one of lf_outcome; for
     * LF_OUTCOME_RETRY the effect is not claimed before `not_before`, and its fence becomes another, so
     * that it is settled once. LF_E_FENCED: the effect is no longer in the outbox, or its fence is not
     * `fence`. An effect that was never claimed has the fence 0. LF_E_UNKNOWN: the engine settles it
     * once more. @since 1.0
     */
    lf_status (*settle)(void *user, const char *tenant, const char *contact, size_t contact_len,
                        const char *key, uint64_t fence, int32_t outcome, int64_t not_before);
    /**
     * Optional: holds a contact, so that nobody commits a change of it until unlock. Between the two the
     * engine calls only load and the delivery; a `SELECT ... FOR UPDATE` in a transaction that unlock
     * commits will do, and then what the delivery writes in it is part of it. @since 1.0
     */
    lf_status (*lock)(void *user, const char *tenant, const char *contact, size_t contact_len);
    /**
     * Goes with lock; called once for each lock that returned LF_OK, and holds nothing afterwards, whatever
     * it returns. After an error what was handed over under the lock counts as not handed over: it is not
     * settled, and comes again, with the same key, when its lease has run out. @since 1.0
     */
    lf_status (*unlock)(void *user, const char *tenant, const char *contact, size_t contact_len);
    /**
     * Lists up to `limit` contacts whose ids come behind `after` in the order of their bytes; with
     * `after_len` 0 the first. @since 1.0
     */
    lf_status (*scan)(void *user, const char *tenant, const char *after, size_t after_len,
                      size_t limit, lf_claims *claims);
    /** Lists up to `limit` dead effects, the one that died first in front. @since 1.0 */
    lf_status (*dead)(void *user, const char *tenant, size_t limit, lf_claims *claims);
    /**
     * Moves a dead effect back to the end of its contact's outbox, with no attempts and another fence, to
     * be claimed at any time. LF_E_NOTFOUND: no effect of this key is dead. @since 1.0
     */
    lf_status (*revive)(void *user, const char *tenant, const char *key);
} lf_store;

/**
 * @brief Sets every member to its default.
 * @param store        written; NULL does nothing
 * @param struct_size  sizeof(lf_store)
 * @note Any thread.
 * @since 1.0
 */
LF_API void lf_store_init(lf_store *store, size_t struct_size);

/**
 * @brief A store in memory: for tests, replays and programs that need no other.
 *
 * One thread at a time, with all engines on it. It offers no lock, since nobody else can be faster.
 * @since 1.0
 */
typedef struct lf_memstore lf_memstore;

/**
 * @brief Makes an empty store.
 * @param allocator  copied; NULL for the C library's
 * @param out        owned, free with lf_memstore_free() when engines on it have nothing left to do but
 *                   to be freed; NULL on failure
 * @returns LF_OK, LF_E_NOMEM, LF_E_ARG, LF_E_ABI
 * @note Any thread.
 * @since 1.0
 */
LF_API lf_status lf_memstore_new(const lf_allocator *allocator, lf_memstore **out);
/** @brief Frees a store. @param memstore  freed; may be NULL @since 1.0 */
LF_API void lf_memstore_free(lf_memstore *memstore);
/**
 * @brief Fills in a table of callbacks on it, which stays good until it is freed.
 * @param memstore  used during the call
 * @param store     written: made ready by lf_store_init(); all its members are set
 * @returns LF_OK, LF_E_ARG; LF_E_ABI: store->struct_size is none
 * @since 1.0
 */
LF_API lf_status lf_memstore_store(lf_memstore *memstore, lf_store *store);
/**
 * @brief How many contacts it holds.
 * @param memstore  read during the call
 * @returns the count, over all tenants
 * @since 1.0
 */
LF_API size_t lf_memstore_count(const lf_memstore *memstore);
/**
 * @brief How many bytes the stored forms of all contacts have.
 * @param memstore  read during the call
 * @returns the sum of bytes, over all tenants
 * @since 1.0
 */
LF_API uint64_t lf_memstore_bytes(const lf_memstore *memstore);

#ifdef __cplusplus
}
#endif
#endif

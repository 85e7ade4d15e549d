/* SPDX-License-Identifier: MIT */
/**
 * @file store.h
 * @brief What an engine asks of a store, as callbacks, and the in-memory store.
 *
 * A store keeps, for each tenant, contacts as bytes with a revision, the time at which each is due, and
 * the effects that wait to be handed over, in order per contact. One commit is one transaction.
 *
 * A callback returns LF_OK, one of the codes that its description names, or LF_E_USER or any other
 * negative number: then the call of the engine that led to it returns that number.
 */
#ifndef LEADFLOW_STORE_H
#define LEADFLOW_STORE_H

#include <leadflow/step.h>

#ifdef __cplusplus
extern "C" {
#endif

/** @brief What one transaction is to change; borrowed during the commit callback. @since 1.0 */
typedef struct lf_commit lf_commit;
/** @brief Where load puts a contact; borrowed during the callback. @since 1.0 */
typedef struct lf_loaded lf_loaded;
/** @brief Where claims and lists are put; borrowed during the callback. @since 1.0 */
typedef struct lf_claims lf_claims;

/** @brief What has become of an effect that was handed over. @since 1.0 */
enum lf_outcome {
    LF_OUTCOME_DONE = 0,  /**< Take it out of the outbox. @since 1.0 */
    LF_OUTCOME_RETRY = 1, /**< Leave it there, not to be claimed before a time. @since 1.0 */
    LF_OUTCOME_DEAD = 2   /**< Move it to the dead ones. @since 1.0 */
};

/* ---- what commit reads ---- */

/** @brief The contact's id. @param len  its bytes; may be NULL @returns borrowed, not NUL-terminated @since 1.0 */
LF_API const char *lf_commit_contact(const lf_commit *commit, size_t *len);
/** @brief The contact's new bytes. @param size  how many @returns borrowed @since 1.0 */
LF_API const void *lf_commit_bytes(const lf_commit *commit, size_t *size);
/** @brief The revision that the contact must have now, 0: it must not exist. It becomes one more; where it is
 *  another, the commit changes nothing and returns LF_E_CONFLICT. @since 1.0 */
LF_API uint64_t lf_commit_revision(const lf_commit *commit);
/** @brief When the contact is due, in ms; INT64_MAX: never. It also ends the lease of a claim. @since 1.0 */
LF_API int64_t lf_commit_wake(const lf_commit *commit);
/** @brief How many summary columns there are: what a CRM may want to index. @since 1.0 */
LF_API size_t lf_commit_column_count(const lf_commit *commit);
/** @brief A column's name: "state.MACHINE", "score.SCORE" (points) or "band.SCORE". @returns borrowed @since 1.0 */
LF_API const char *lf_commit_column_name(const lf_commit *commit, size_t index);
/** @brief A column's value as text. @returns borrowed; NULL: it has none @since 1.0 */
LF_API const char *lf_commit_column_value(const lf_commit *commit, size_t index);
/** @brief How many effects are to be appended to the contact's outbox, in order. @since 1.0 */
LF_API size_t lf_commit_effect_count(const lf_commit *commit);
/** @brief One of them. @returns borrowed @since 1.0 */
LF_API const lf_effect *lf_commit_effect_at(const lf_commit *commit, size_t index);
/** @brief The key of the effect that this commit settles. @returns borrowed; NULL: none @since 1.0 */
LF_API const char *lf_commit_settled_key(const lf_commit *commit);
/** @brief The fence under which it was claimed. Where it is another, the commit changes nothing and returns
 *  LF_E_CONFLICT. @since 1.0 */
LF_API uint64_t lf_commit_settled_fence(const lf_commit *commit);
/** @brief One of lf_outcome. @since 1.0 */
LF_API int32_t lf_commit_settled_outcome(const lf_commit *commit);

/* ---- what load, claims and lists write ---- */

/** @brief Says what load found. Not calling it says that there is no such contact.
 *  @param bytes  copied @param size  how many @param revision  from 1
 *  @returns LF_OK, LF_E_NOMEM @since 1.0 */
LF_API lf_status lf_loaded_set(lf_loaded *loaded, const void *bytes, size_t size, uint64_t revision);
/** @brief Adds a contact that is due, or the next of a scan. @param id  copied @param len  its bytes
 *  @returns LF_OK, LF_E_NOMEM @since 1.0 */
LF_API lf_status lf_claims_add_contact(lf_claims *claims, const char *id, size_t len);
/** @brief Adds an effect. @param json  what lf_effect_json() gave, copied @param len  its bytes
 *  @param fence  grows with each claim of this effect @param attempts  claims of it before this one
 *  @returns LF_OK, LF_E_NOMEM, LF_E_CORRUPT: no effect @since 1.0 */
LF_API lf_status lf_claims_add_effect(lf_claims *claims, const char *json, size_t len, uint64_t fence,
                                      int64_t attempts);

/** @brief The callbacks. Those marked optional may be NULL. Each gets the engine's tenant. @since 1.0 */
typedef struct lf_store {
    size_t struct_size; /**< sizeof(lf_store). @since 1.0 */
    void *user;         /**< Passed to each callback. @since 1.0 */
    void (*user_free)(void *user); /**< Optional: called when the engine is freed. @since 1.0 */
    /** Loads a contact. @since 1.0 */
    lf_status (*load)(void *user, const char *tenant, const char *contact, size_t contact_len, lf_loaded *loaded);
    /** Does all that the commit says, or nothing. LF_E_CONFLICT: somebody was faster; LF_E_UNKNOWN: it cannot
     *  be known whether it was done. @since 1.0 */
    lf_status (*commit)(void *user, const char *tenant, const lf_commit *commit);
    /** Takes up to `limit` contacts that are due at `now`, the earliest first, none of which anybody else gets
     *  before `lease_until`. @since 1.0 */
    lf_status (*claim_due)(void *user, const char *tenant, int64_t now, int64_t lease_until, size_t limit,
                           lf_claims *claims);
    /** Takes up to `limit` effects, of each contact only the first in its outbox, if it may be claimed at `now`
     *  and nobody holds it; nobody else gets them before `lease_until`. @since 1.0 */
    lf_status (*claim_effects)(void *user, const char *tenant, int64_t now, int64_t lease_until, size_t limit,
                               lf_claims *claims);
    /** Settles an effect without a change of its contact; `not_before` is for LF_OUTCOME_RETRY.
     *  LF_E_CONFLICT: the fence is another. @since 1.0 */
    lf_status (*settle)(void *user, const char *tenant, const char *contact, size_t contact_len, const char *key,
                        uint64_t fence, int32_t outcome, int64_t not_before);
    /** Optional: holds a contact so that no commit for it can come between lock and unlock. @since 1.0 */
    lf_status (*lock)(void *user, const char *tenant, const char *contact, size_t contact_len);
    /** Optional, with lock. @since 1.0 */
    void (*unlock)(void *user, const char *tenant, const char *contact, size_t contact_len);
    /** Lists up to `limit` contacts whose ids come behind `after` in the order of their bytes. @since 1.0 */
    lf_status (*scan)(void *user, const char *tenant, const char *after, size_t after_len, size_t limit,
                      lf_claims *claims);
    /** Lists up to `limit` dead effects, the oldest first. @since 1.0 */
    lf_status (*dead)(void *user, const char *tenant, size_t limit, lf_claims *claims);
    /** Moves a dead effect back to the end of its contact's outbox, with no attempts. LF_E_NOTFOUND: there is none
     *  of this key. @since 1.0 */
    lf_status (*revive)(void *user, const char *tenant, const char *key);
} lf_store;

/** @brief Sets every member to its default. @param struct_size  sizeof(lf_store) @since 1.0 */
LF_API void lf_store_init(lf_store *store, size_t struct_size);

/** @brief A store in memory: for tests, replays and programs that need no other. One thread at a time. @since 1.0 */
typedef struct lf_memstore lf_memstore;

/**
 * @brief Makes an empty store.
 * @param allocator  copied; NULL for the C library's
 * @param out        owned, free with lf_memstore_free() after every engine on it
 * @returns LF_OK, LF_E_NOMEM, LF_E_ARG, LF_E_ABI
 * @since 1.0
 */
LF_API lf_status lf_memstore_new(const lf_allocator *allocator, lf_memstore **out);
/** @brief Frees a store. @param memstore  may be NULL @since 1.0 */
LF_API void lf_memstore_free(lf_memstore *memstore);
/** @brief Fills in a table of callbacks on it, which stays good until it is freed. @since 1.0 */
LF_API void lf_memstore_store(lf_memstore *memstore, lf_store *store);
/** @brief How many contacts it holds. @since 1.0 */
LF_API size_t lf_memstore_count(const lf_memstore *memstore);
/** @brief How many bytes the stored forms of all contacts have. @since 1.0 */
LF_API uint64_t lf_memstore_bytes(const lf_memstore *memstore);

#ifdef __cplusplus
}
#endif
#endif

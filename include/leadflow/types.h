/* SPDX-License-Identifier: MIT */
/**
 * @file types.h
 * @brief What every other header uses: status codes, allocator, times.
 *
 * Times are int64_t milliseconds since 1970-01-01T00:00:00Z, in the years 1 to 9999.
 * Points are int64_t milli-points. Text is UTF-8.
 */
#ifndef LEADFLOW_TYPES_H
#define LEADFLOW_TYPES_H

#include <stddef.h>
#include <stdint.h>

/** @brief Stands before each function of the library. Whoever includes the headers may define it. @since 1.0 */
#ifndef LF_API
#if defined(__GNUC__)
#define LF_API __attribute__((visibility("default")))
#else
#define LF_API
#endif
#endif

#ifdef __cplusplus
extern "C" {
#endif

/** @brief 0 (@ref LF_OK) or a negative code. @since 1.0 */
typedef int32_t lf_status;

/** @brief The values of @ref lf_status. @since 1.0 */
enum lf_status_code {
    LF_OK = 0,              /**< Done. @since 1.0 */
    LF_E_NOMEM = -1,        /**< The allocator gave nothing; nothing has changed. @since 1.0 */
    LF_E_ARG = -2,          /**< An argument is NULL or outside its range. @since 1.0 */
    LF_E_PARSE = -3,        /**< A document is wrong; the diagnostics say where. @since 1.0 */
    LF_E_EVENT = -4,        /**< The event is refused and changed nothing; the reason is in the
                                 diagnostics. @since 1.0 */
    LF_E_LIMIT = -5,        /**< A documented limit would be passed. @since 1.0 */
    LF_E_BUSY = -6,         /**< The handle is in use, for instance by the callback that calls.
                                 @since 1.0 */
    LF_E_CONFLICT = -7,     /**< Somebody else changed the contact first. @since 1.0 */
    LF_E_CORRUPT = -8,      /**< Stored bytes are damaged or of an unknown version. @since 1.0 */
    LF_E_NOTFOUND = -9,     /**< There is no such thing. @since 1.0 */
    LF_E_UNKNOWN = -10,     /**< It is not known whether a commit was done. @since 1.0 */
    LF_E_UNSUPPORTED = -11, /**< Known, but not supported yet. @since 1.0 */
    LF_E_ABI = -12,         /**< A struct_size or its tail is not one this library knows.
                                 @since 1.0 */
    LF_E_STORE = -13,       /**< A callback returned a positive number, which is no status, or broke
                                 the contract of the store. @since 1.0 */
    LF_E_FENCED = -14,      /**< A claim has been lost to somebody else. @since 1.0 */
    LF_E_USER = -100        /**< Never made by the library: a callback returned it and the caller
                                 gets it back. @since 1.0 */
};

/**
 * @brief The one allocation function: allocates (ptr NULL), resizes, or frees (new_size 0).
 *
 * It is called by any thread that uses a handle which was made with it, by several at once if there are
 * several; it must not call the library.
 * @param user      passed on: lf_allocator.user
 * @param ptr       NULL, or the block that this function returned before: given back, for the one it returns
 * @param old_size  the bytes of the block at ptr, 0 if NULL
 * @param new_size  the bytes wanted; 0 frees and returns NULL
 * @returns the block, owned by the library until it comes back as `ptr`, aligned for any type; or NULL: then
 *          the old block stands
 * @since 1.0
 */
typedef void *(*lf_realloc_fn)(void *user, void *ptr, size_t old_size, size_t new_size);

/**
 * @brief Where memory comes from. A NULL pointer to it means malloc, realloc and free.
 * @since 1.0
 */
typedef struct lf_allocator {
    size_t struct_size;       /**< sizeof(lf_allocator). @since 1.0 */
    lf_realloc_fn realloc_fn; /**< The function, or NULL for libc's. @since 1.0 */
    void *user;               /**< Passed on to it. @since 1.0 */
} lf_allocator;

/**
 * @brief Sets every member to its default.
 * @param allocator    written; NULL does nothing
 * @param struct_size  sizeof(lf_allocator)
 * @note Any thread.
 * @since 1.0
 */
LF_API void lf_allocator_init(lf_allocator *allocator, size_t struct_size);

/**
 * @brief The name of a status, such as "LF_E_PARSE".
 * @param status  any number
 * @returns static text
 * @note Any thread.
 * @since 1.0
 */
LF_API const char *lf_status_name(lf_status status);

/** @brief Sizes of texts. @since 1.0 */
enum lf_text_size {
    LF_TIMESTAMP_SIZE = 25 /**< What lf_timestamp_format() writes, with its NUL. @since 1.0 */
};

/**
 * @brief Reads a time as in RFC 3339, with any offset: "2026-01-05T10:00:00Z".
 * @param text      UTF-8, read during the call
 * @param text_len  its bytes
 * @param ms        written: milliseconds since 1970
 * @returns LF_OK, LF_E_PARSE: no time of the years 1 to 9999, LF_E_ARG
 * @note Any thread.
 * @since 1.0
 */
LF_API lf_status lf_timestamp_parse(const char *text, size_t text_len, int64_t *ms);
/**
 * @brief Writes a time as the library does everywhere: UTC, three decimals, "2026-01-05T10:00:00.000Z".
 * @param ms    milliseconds since 1970
 * @param text  written: gets the text and a NUL
 * @param size  room at `text`, at least LF_TIMESTAMP_SIZE
 * @returns LF_OK, LF_E_ARG: outside the years 1 to 9999, or too little room
 * @note Any thread.
 * @since 1.0
 */
LF_API lf_status lf_timestamp_format(int64_t ms, char *text, size_t size);

#ifdef __cplusplus
}
#endif
#endif

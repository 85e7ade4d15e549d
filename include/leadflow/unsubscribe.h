/* SPDX-License-Identifier: MIT */
/**
 * @file unsubscribe.h
 * @brief Signed links of unsubscription, and the requests that follow them (RFC 8058).
 *
 * With a link and keys given to lf_engine_options or lf_step_set_unsubscribe(), `{unsubscribe}` in a message is such a
 * link, and marketing emails carry it in their headers. Whoever serves the link hands each request to
 * lf_unsubscribe_parse(), and the event that comes of it to the engine. docs/delivery.md, "Unsubscribing".
 */
#ifndef LEADFLOW_UNSUBSCRIBE_H
#define LEADFLOW_UNSUBSCRIBE_H

#include <leadflow/blueprint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** @brief Where links lead, and what signs them. @since 1.0 */
typedef struct lf_unsubscribe_options {
    /** sizeof(lf_unsubscribe_options). @since 1.0 */
    size_t struct_size;
    /** NUL-terminated, read during the call: what a token is put behind, as in "https://mail.example/u/": https, printable ASCII, at most 200
     *  bytes, with a `/` or `?` behind the host, without `#` and user. @since 1.0 */
    const char *link;
    /**
     * NUL-terminated, read during the call: 1 to 8 keys as "id:hex id:hex", with one blank between them. An id is 1 to 16 letters, digits, `-` and
     * `_`, a key 16 to 64 bytes in hexadecimal digits. The first key signs, all verify: put a new one in front, and keep the
     * old ones as long as their messages may be read. @since 1.0
     */
    const char *keys;
} lf_unsubscribe_options;

/**
 * @brief Sets every member to its default.
 * @param options      written; NULL does nothing
 * @param struct_size  sizeof(lf_unsubscribe_options)
 * @note Any thread.
 * @since 1.0
 */
LF_API void lf_unsubscribe_options_init(lf_unsubscribe_options *options, size_t struct_size);

/** @brief A request to a signed link. @since 1.0 */
typedef struct lf_unsubscribe_request {
    /** sizeof(lf_unsubscribe_request). @since 1.0 */
    size_t struct_size;
    /** NUL-terminated, read during the call: whose messages these are; NULL: "default". @since 1.0 */
    const char *tenant;
    /** What stands behind the link in the URL of the request, read during the call. @since 1.0 */
    const char *token;
    /** Its bytes. @since 1.0 */
    size_t token_len;
    /** NUL-terminated, read during the call: "POST" or another. @since 1.0 */
    const char *method;
    /** NUL-terminated, read during the call: the header of this name; NULL: there is none. @since 1.0 */
    const char *content_type;
    /** Read during the call; NULL: there is none. @since 1.0 */
    const char *body;
    /** Its bytes. @since 1.0 */
    size_t body_len;
    /** When it came, in milliseconds since 1970. @since 1.0 */
    int64_t at;
} lf_unsubscribe_request;

/**
 * @brief Sets every member to its default.
 * @param request      written; NULL does nothing
 * @param struct_size  sizeof(lf_unsubscribe_request)
 * @note Any thread.
 * @since 1.0
 */
LF_API void lf_unsubscribe_request_init(lf_unsubscribe_request *request, size_t struct_size);

/** @brief How a request is to be answered. @since 1.0 */
enum lf_unsubscribe_code {
    LF_UNSUBSCRIBE_REJECT =
        0, /**< With an error: of the token, the method, or the size. @since 1.0 */
    LF_UNSUBSCRIBE_CONFIRM =
        1, /**< With a page that asks, and sends the form: nobody has agreed to anything yet. @since 1.0 */
    LF_UNSUBSCRIBE_DENY =
        2 /**< With success, without a redirect, when the event is in. @since 1.0 */
};

/**
 * @brief What a request to a signed link asks for: no login, no cookie, and for as long as its key is there.
 *
 * A token that was changed, of another tenant, or of a key that has gone, is LF_UNSUBSCRIBE_REJECT, without a difference
 * in time. The event denies the channel of the message, or its topic if its sequence has one; taking it in twice changes
 * nothing more.
 * @param options  read during the call
 * @param request  read during the call
 * @param answer   written: one of lf_unsubscribe_code, LF_UNSUBSCRIBE_REJECT on failure
 * @param event    appended to, with LF_UNSUBSCRIBE_DENY: a `$consent` event, JSON for lf_engine_take_json(); on failure as
 *                 before
 * @returns LF_OK; LF_E_ARG: something is missing, the link or the keys are none, a time outside the years 1 to 9999;
 *          LF_E_ABI: a struct_size; LF_E_NOMEM
 * @note Any thread.
 * @since 1.0
 */
LF_API lf_status lf_unsubscribe_parse(const lf_unsubscribe_options *options,
                                      const lf_unsubscribe_request *request, int32_t *answer,
                                      lf_buffer *event);

#ifdef __cplusplus
}
#endif
#endif

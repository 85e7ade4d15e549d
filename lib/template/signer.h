/* SPDX-License-Identifier: MIT */
/*
 * Floor 3: signed links of unsubscription (SPEC 10) and the requests that follow them (RFC 8058). A token says whom, which
 * list and which message it is about, so that nobody needs to log in, and lasts as long as its key is in the ring.
 */
#pragma once

#include "base/base.h"
#include "leadflow/unsubscribe.h"

/* With these limits, and ids and topics of 255 bytes, the header is at most 998 bytes long (RFC 5322). */
#define LF_LINK_MOST 200u
#define LF_KEYS_MOST 8u
#define LF_KEY_ID_MOST 16u
#define LF_SECRET_LEAST 16u
#define LF_SECRET_MOST 64u
#define LF_MESSAGE_SIZE 16u
#define LF_MAC_SIZE 32u
#define LF_TOKEN_MOST (5u + LF_KEY_ID_MOST + 255u + 255u + LF_MESSAGE_SIZE + LF_MAC_SIZE)

typedef struct lf_ring_key {
    uint8_t id_len, secret_len;
    char id[LF_KEY_ID_MOST];
    uint8_t secret[LF_SECRET_MOST];
} lf_ring_key;
typedef struct lf_signer {
    uint32_t n; /* keys; 0: nothing is signed */
    uint32_t link_len;
    char link[LF_LINK_MOST];
    lf_ring_key keys[LF_KEYS_MOST]; /* the first signs, all verify */
} lf_signer;

typedef struct lf_token {
    uint8_t channel; /* its number */
    lf_str contact, topic;
    uint8_t message[LF_MESSAGE_SIZE]; /* the beginning of the effect's key */
} lf_token;

/* LF_E_ABI, or LF_E_ARG: no link or no keys; then *out is as it was. */
lf_status lf_signer_read(lf_signer *out, const lf_unsubscribe_options *options);
/* Appends the link. Contact and topic are at most 255 bytes long. */
void lf_signer_link(const lf_signer *signer, lf_str tenant, const lf_token *token, lf_buf *out);
/* False: it was not made by one of these keys, for this tenant. What it says lies in `room`. */
bool lf_signer_verify(const lf_signer *signer, lf_str tenant, lf_str text,
                      uint8_t room[LF_TOKEN_MOST], lf_token *out);

/* ---- one_click.c ---- */
#define LF_BODY_MOST 65536u
/* Is this the body of a one-click request, whose form is "List-Unsubscribe=One-Click"? */
bool lf_one_click(lf_str content_type, lf_str body);

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

/** @brief One person's state. Single owner. Owned, free with lf_contact_free(). @since 1.0 */
typedef struct lf_contact lf_contact;

LF_API lf_status lf_contact_new(lf_blueprint *blueprint, const char *id, size_t id_len, lf_contact **out);
LF_API void lf_contact_free(lf_contact *contact);
LF_API lf_status lf_contact_copy(const lf_contact *contact, lf_contact **out);
LF_API lf_status lf_contact_encode(const lf_contact *contact, lf_buffer *out);
LF_API lf_status lf_contact_decode(lf_blueprint *blueprint, const void *bytes, size_t size, lf_contact **out);
LF_API const char *lf_contact_id(const lf_contact *contact, size_t *len);
LF_API int64_t lf_contact_created(const lf_contact *contact);
LF_API int64_t lf_contact_clock(const lf_contact *contact);
LF_API int64_t lf_contact_wake_time(const lf_contact *contact); /* INT64_MAX: nothing is due */
LF_API lf_status lf_contact_json(const lf_contact *contact, lf_buffer *out); /* the line of SPEC 14 */

#ifdef __cplusplus
}
#endif
#endif

/* SPDX-License-Identifier: MIT */
/**
 * @file lifecycle.h
 * @brief A machine of a blueprint: what state, what is possible, a picture.
 */
#ifndef LEADFLOW_LIFECYCLE_H
#define LEADFLOW_LIFECYCLE_H

#include <leadflow/contact.h>

#ifdef __cplusplus
extern "C" {
#endif

/** @brief One machine of a blueprint, borrowed until the blueprint is freed; immutable. @since 1.0 */
typedef struct lf_lifecycle lf_lifecycle;

LF_API size_t lf_blueprint_lifecycle_count(const lf_blueprint *blueprint);
LF_API const lf_lifecycle *lf_blueprint_lifecycle_at(const lf_blueprint *blueprint, size_t index);
LF_API const lf_lifecycle *lf_blueprint_lifecycle(const lf_blueprint *blueprint, const char *machine);
LF_API const char *lf_lifecycle_name(const lf_lifecycle *lifecycle);
LF_API const char *lf_lifecycle_state(const lf_lifecycle *lifecycle, const lf_contact *contact);
LF_API int64_t lf_lifecycle_since(const lf_lifecycle *lifecycle, const lf_contact *contact);
/* JSON: for each transition out of the present state: to, on, after (time it is met), when (source and
 * whether it holds), manual, and whether it is possible now by hand. */
LF_API lf_status lf_lifecycle_possible(const lf_lifecycle *lifecycle, const lf_contact *contact,
                                       lf_buffer *out);
LF_API lf_status lf_lifecycle_graph(const lf_lifecycle *lifecycle, lf_buffer *out); /* Graphviz DOT */

#ifdef __cplusplus
}
#endif
#endif

/* SPDX-License-Identifier: MIT */
/**
 * @file blueprint.h
 * @brief The compiled definitions, their diagnostics, and events checked against them.
 */
#ifndef LEADFLOW_BLUEPRINT_H
#define LEADFLOW_BLUEPRINT_H

#include <leadflow/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** @brief Text that grows; how long results come back. Owned, free with lf_buffer_free(). @since 1.0 */
typedef struct lf_buffer lf_buffer;
/** @brief Immutable, reference-counted, shared by all threads. @since 1.0 */
typedef struct lf_blueprint lf_blueprint;
/** @brief A list of errors and findings with their places. @since 1.0 */
typedef struct lf_diagnostics lf_diagnostics;
/** @brief One event, checked against a blueprint; used again for the next one. @since 1.0 */
typedef struct lf_event lf_event;

LF_API lf_status lf_buffer_new(const lf_allocator *allocator, lf_buffer **out);
LF_API void lf_buffer_free(lf_buffer *buffer);
LF_API const char *lf_buffer_data(const lf_buffer *buffer);
LF_API size_t lf_buffer_size(const lf_buffer *buffer);

LF_API const char *lf_version_string(void);
LF_API int32_t lf_version(void);
LF_API const char *lf_status_name(lf_status status);

LF_API lf_status lf_diagnostics_new(const lf_allocator *allocator, lf_diagnostics **out);
LF_API void lf_diagnostics_free(lf_diagnostics *diagnostics);
LF_API size_t lf_diagnostics_count(const lf_diagnostics *diagnostics);
LF_API int32_t lf_diagnostics_is_error(const lf_diagnostics *diagnostics, size_t index);
LF_API const char *lf_diagnostics_code(const lf_diagnostics *diagnostics, size_t index);
LF_API const char *lf_diagnostics_text(const lf_diagnostics *diagnostics, size_t index);
LF_API const char *lf_diagnostics_pointer(const lf_diagnostics *diagnostics, size_t index);
LF_API uint32_t lf_diagnostics_line(const lf_diagnostics *diagnostics, size_t index);
LF_API uint32_t lf_diagnostics_column(const lf_diagnostics *diagnostics, size_t index);

typedef struct lf_blueprint_options {
    size_t struct_size;
    const lf_allocator *allocator;
    const char *const *preset_names;
    const char *const *preset_texts;
    size_t preset_count;
    int64_t lint;
} lf_blueprint_options;
LF_API void lf_blueprint_options_init(lf_blueprint_options *options, size_t struct_size);

LF_API lf_status lf_blueprint_parse(const char *json, size_t json_len, const lf_blueprint_options *options,
                                    lf_diagnostics *diagnostics, lf_blueprint **out);
LF_API lf_blueprint *lf_blueprint_ref(lf_blueprint *blueprint);
LF_API void lf_blueprint_unref(lf_blueprint *blueprint);
LF_API const char *lf_blueprint_name(const lf_blueprint *blueprint);
LF_API lf_status lf_blueprint_json(const lf_blueprint *blueprint, lf_buffer *out);

LF_API lf_status lf_event_new(lf_blueprint *blueprint, lf_event **out);
LF_API void lf_event_free(lf_event *event);
LF_API lf_status lf_event_parse(lf_event *event, const char *json, size_t json_len, uint32_t line,
                                lf_diagnostics *diagnostics);
LF_API lf_status lf_event_start(lf_event *event, const char *contact, size_t contact_len, const char *type,
                                size_t type_len, int64_t at, const char *id, size_t id_len);
LF_API lf_status lf_event_set_string(lf_event *event, const char *prop, size_t prop_len, const char *text,
                                     size_t text_len);
LF_API lf_status lf_event_set_int(lf_event *event, const char *prop, size_t prop_len, int64_t value);
LF_API lf_status lf_event_set_double(lf_event *event, const char *prop, size_t prop_len, double value);
LF_API lf_status lf_event_set_bool(lf_event *event, const char *prop, size_t prop_len, int32_t value);
LF_API lf_status lf_event_set_time(lf_event *event, const char *prop, size_t prop_len, int64_t value);
LF_API lf_status lf_event_check(lf_event *event, lf_diagnostics *diagnostics);
LF_API const char *lf_event_contact(const lf_event *event, size_t *len);
LF_API int64_t lf_event_at(const lf_event *event);
#ifdef __cplusplus
}
#endif
#endif

/* SPDX-License-Identifier: MIT */
/**
 * @file scheduler.h
 * @brief The pure step: a contact and an input give the contact after it, effects, and a wake time.
 */
#ifndef LEADFLOW_SCHEDULER_H
#define LEADFLOW_SCHEDULER_H

#include <leadflow/contact.h>

#ifdef __cplusplus
extern "C" {
#endif

/** @brief Runs the step; scratch memory for one thread at a time. Owned, free with lf_scheduler_free().
 *  @since 1.0 */
typedef struct lf_scheduler lf_scheduler;
/** @brief Something that the library wants done. Borrowed. @since 1.0 */
typedef struct lf_effect lf_effect;

enum lf_taken {
    LF_TAKEN_NEW = 0,
    LF_TAKEN_AS_LATE = 1,
    LF_TAKEN_AS_DUPLICATE = 2,
    LF_TAKEN_AS_CHANGED_DUPLICATE = 3,
    LF_TAKEN_IGNORED = 4 /* undeclared type under "on_unknown": "ignore" */
};

LF_API lf_status lf_scheduler_new(lf_blueprint *blueprint, const char *tenant, lf_scheduler **out);
LF_API void lf_scheduler_free(lf_scheduler *scheduler);
LF_API lf_status lf_scheduler_take(lf_scheduler *scheduler, lf_contact *contact, const lf_event *event,
                                   int64_t now, int32_t *taken, lf_diagnostics *diagnostics);
LF_API lf_status lf_scheduler_wake(lf_scheduler *scheduler, lf_contact *contact, int64_t now);
LF_API size_t lf_scheduler_effect_count(const lf_scheduler *scheduler);
LF_API const lf_effect *lf_scheduler_effect_at(lf_scheduler *scheduler, size_t index); /* borrowed until
                                   the next take or wake */
LF_API uint64_t lf_scheduler_condition_errors(const lf_scheduler *scheduler);

/* Enrolments of a contact, in order of the blueprint's sequences. */
LF_API size_t lf_contact_enrolment_count(const lf_contact *contact);
LF_API const char *lf_contact_enrolment_sequence(const lf_contact *contact, size_t index);
LF_API const char *lf_contact_enrolment_step(const lf_contact *contact, size_t index);
LF_API int64_t lf_contact_enrolment_due(const lf_contact *contact, size_t index); /* INT64_MAX: no time */

LF_API int64_t lf_effect_at(const lf_effect *effect);
LF_API const char *lf_effect_kind(const lf_effect *effect);
LF_API const char *lf_effect_contact(const lf_effect *effect, size_t *len);
LF_API const char *lf_effect_key(const lf_effect *effect);
LF_API const char *lf_effect_json(const lf_effect *effect, size_t *len);
/* A text member by name ("template", "reason", "subject"...); NULL if absent, null or no text. */
LF_API const char *lf_effect_get(const lf_effect *effect, const char *member, size_t *len);

#ifdef __cplusplus
}
#endif
#endif

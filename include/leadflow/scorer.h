/* SPDX-License-Identifier: MIT */
/**
 * @file scorer.h
 * @brief The scores of a blueprint: total, band, explanation, next band change.
 */
#ifndef LEADFLOW_SCORER_H
#define LEADFLOW_SCORER_H

#include <leadflow/contact.h>

#ifdef __cplusplus
extern "C" {
#endif

/** @brief One score of a blueprint, borrowed until the blueprint is freed; immutable. @since 1.0 */
typedef struct lf_scorer lf_scorer;
/** @brief Why a total is what it is. Owned, free with lf_explanation_free(). @since 1.0 */
typedef struct lf_explanation lf_explanation;

LF_API size_t lf_blueprint_scorer_count(const lf_blueprint *blueprint);
LF_API const lf_scorer *lf_blueprint_scorer_at(const lf_blueprint *blueprint, size_t index);
LF_API const lf_scorer *lf_blueprint_scorer(const lf_blueprint *blueprint, const char *name); /* NULL: none */
LF_API const char *lf_scorer_name(const lf_scorer *scorer);
LF_API lf_status lf_scorer_total(const lf_scorer *scorer, const lf_contact *contact, int64_t at,
                                 int64_t *total); /* milli-points */
LF_API const char *lf_scorer_band(const lf_scorer *scorer, const lf_contact *contact); /* lived; NULL: none */
LF_API lf_status lf_scorer_next_band_change(const lf_scorer *scorer, const lf_contact *contact,
                                            int64_t *at); /* INT64_MAX: never */
LF_API lf_status lf_scorer_explain(const lf_scorer *scorer, const lf_contact *contact, int64_t at,
                                   lf_explanation **out);
LF_API void lf_explanation_free(lf_explanation *explanation);
LF_API int64_t lf_explanation_total(const lf_explanation *explanation);
LF_API int64_t lf_explanation_until(const lf_explanation *explanation);
LF_API size_t lf_explanation_count(const lf_explanation *explanation);
LF_API const char *lf_explanation_kind(const lf_explanation *explanation, size_t index);
        /* "entry" "field" "rule_cap" "dimension_cap" "score_cap" "floor" "reset" */
LF_API const char *lf_explanation_dimension(const lf_explanation *explanation, size_t index); /* or NULL */
LF_API const char *lf_explanation_rule(const lf_explanation *explanation, size_t index);      /* or NULL */
LF_API int64_t lf_explanation_at(const lf_explanation *explanation, size_t index);
LF_API int64_t lf_explanation_entries(const lf_explanation *explanation, size_t index);
LF_API int64_t lf_explanation_base(const lf_explanation *explanation, size_t index);
LF_API int64_t lf_explanation_value(const lf_explanation *explanation, size_t index);
LF_API lf_status lf_explanation_json(const lf_explanation *explanation, lf_buffer *out);

#ifdef __cplusplus
}
#endif
#endif

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

/** @brief One score of a blueprint; borrowed until the blueprint is freed; immutable, any thread. @since 1.0 */
typedef struct lf_scorer lf_scorer;
/** @brief Why a total is what it is: parts that add up to it exactly. One thread at a time. @since 1.0 */
typedef struct lf_explanation lf_explanation;

/**
 * @brief How many scores the blueprint has.
 * @param blueprint  read during the call
 * @returns the count
 * @since 1.0
 */
LF_API size_t lf_blueprint_scorer_count(const lf_blueprint *blueprint);
/**
 * @brief A score by its place in the document.
 * @param blueprint  read during the call
 * @param index      from 0
 * @returns borrowed until the blueprint is freed; NULL out of range
 * @since 1.0
 */
LF_API const lf_scorer *lf_blueprint_scorer_at(const lf_blueprint *blueprint, size_t index);
/**
 * @brief A score by its NUL-terminated name.
 * @param blueprint  read during the call
 * @param name       NUL-terminated, read during the call
 * @returns borrowed until the blueprint is freed; NULL if there is none
 * @since 1.0
 */
LF_API const lf_scorer *lf_blueprint_scorer(const lf_blueprint *blueprint, const char *name);
/**
 * @brief Its name.
 * @param scorer  read during the call
 * @returns borrowed until the blueprint is freed
 * @since 1.0
 */
LF_API const char *lf_scorer_name(const lf_scorer *scorer);
/**
 * @brief The total at a time: the sum of decayed entries and field rules, clamped.
 * @param scorer   read during the call
 * @param contact  read during the call; of the same blueprint
 * @param at       milliseconds since 1970
 * @param total    written: milli-points
 * @returns LF_OK, LF_E_ARG, LF_E_NOMEM, or what the source of time zones returned; LF_E_STORE: that was a
 *          positive number
 * @since 1.0
 */
LF_API lf_status lf_scorer_total(const lf_scorer *scorer, const lf_contact *contact, int64_t at,
                                 int64_t *total);
/**
 * @brief The band that the contact is in.
 * @param scorer   read during the call
 * @param contact  read during the call; of the same blueprint
 * @returns borrowed until the blueprint is freed; NULL: none
 * @since 1.0
 */
LF_API const char *lf_scorer_band(const lf_scorer *scorer, const lf_contact *contact);
/**
 * @brief The exact time at which passing time changes the band if nothing happens.
 *
 * Changes that come of other things falling due, a state that is left and a tag with it, are not foreseen.
 * It costs some hundred totals at most, unless gains and losses that decay hold the total close to a
 * band's limit for long.
 * @param scorer   read during the call
 * @param contact  read during the call; of the same blueprint
 * @param at       written: milliseconds since 1970; INT64_MAX: never
 * @returns LF_OK, LF_E_ARG, LF_E_NOMEM, or what the source of time zones returned; LF_E_STORE: that was a
 *          positive number
 * @since 1.0
 */
LF_API lf_status lf_scorer_next_band_change(const lf_scorer *scorer, const lf_contact *contact,
                                            int64_t *at);
/**
 * @brief Explains the total at a time, part by part.
 * @param scorer   read during the call
 * @param contact  read during the call; of the same blueprint
 * @param at       milliseconds since 1970
 * @param out      owned, free with lf_explanation_free()
 * @returns LF_OK, LF_E_ARG, LF_E_NOMEM, or what the source of time zones returned; LF_E_STORE: that was a
 *          positive number
 * @since 1.0
 */
LF_API lf_status lf_scorer_explain(const lf_scorer *scorer, const lf_contact *contact, int64_t at,
                                   lf_explanation **out);
/** @brief Frees an explanation. @param explanation  freed; may be NULL @since 1.0 */
LF_API void lf_explanation_free(lf_explanation *explanation);
/**
 * @brief The total.
 * @param explanation  read during the call
 * @returns milli-points
 * @since 1.0
 */
LF_API int64_t lf_explanation_total(const lf_explanation *explanation);
/**
 * @brief How long it holds.
 * @param explanation  read during the call
 * @returns the earliest time, in milliseconds since 1970, at which a part may change by itself; INT64_MAX: never
 * @since 1.0
 */
LF_API int64_t lf_explanation_until(const lf_explanation *explanation);
/**
 * @brief How many parts there are.
 * @param explanation  read during the call
 * @returns the count
 * @since 1.0
 */
LF_API size_t lf_explanation_count(const lf_explanation *explanation);
/**
 * @brief "entry", "field", "rule_cap", "dimension_cap", "score_cap", "floor" or "reset".
 * @param explanation  read during the call
 * @param index        from 0
 * @returns static; NULL out of range
 * @since 1.0
 */
LF_API const char *lf_explanation_kind(const lf_explanation *explanation, size_t index);
/**
 * @brief The part's dimension.
 * @param explanation  read during the call
 * @param index        from 0
 * @returns borrowed until the explanation is freed; NULL: it has none
 * @since 1.0
 */
LF_API const char *lf_explanation_dimension(const lf_explanation *explanation, size_t index);
/**
 * @brief The part's rule.
 * @param explanation  read during the call
 * @param index        from 0
 * @returns borrowed until the explanation is freed; NULL: it has none
 * @since 1.0
 */
LF_API const char *lf_explanation_rule(const lf_explanation *explanation, size_t index);
/**
 * @brief The time of an entry.
 * @param explanation  read during the call
 * @param index        from 0
 * @returns milliseconds since 1970; INT64_MAX for other parts
 * @since 1.0
 */
LF_API int64_t lf_explanation_at(const lf_explanation *explanation, size_t index);
/**
 * @brief How many entries are in the part (old ones are kept as counts).
 * @param explanation  read during the call
 * @param index        from 0
 * @returns the count
 * @since 1.0
 */
LF_API int64_t lf_explanation_entries(const lf_explanation *explanation, size_t index);
/**
 * @brief What the part was before decay.
 * @param explanation  read during the call
 * @param index        from 0
 * @returns milli-points
 * @since 1.0
 */
LF_API int64_t lf_explanation_base(const lf_explanation *explanation, size_t index);
/**
 * @brief What the part adds to the total.
 * @param explanation  read during the call
 * @param index        from 0
 * @returns milli-points
 * @since 1.0
 */
LF_API int64_t lf_explanation_value(const lf_explanation *explanation, size_t index);
/**
 * @brief The explanation as one line of JSON.
 * @param explanation  read during the call
 * @param out          appended to
 * @returns LF_OK, LF_E_NOMEM, LF_E_ARG
 * @since 1.0
 */
LF_API lf_status lf_explanation_json(const lf_explanation *explanation, lf_buffer *out);

#ifdef __cplusplus
}
#endif
#endif

/* SPDX-License-Identifier: MIT */
/**
 * @file version.h
 * @brief Which release this is: of the headers at compile time, of the library at run time.
 * @defgroup lf_version Version
 * @{
 */
#ifndef LEADFLOW_VERSION_H
#define LEADFLOW_VERSION_H

#include <leadflow/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** @brief The release that these headers belong to. @since 1.0 */
enum lf_version_number {
    LF_VERSION_MAJOR = 1, /**< Changes with the soname, which is meant to be never. @since 1.0 */
    LF_VERSION_MINOR = 0, /**< Grows when functions, members or values are added. @since 1.0 */
    LF_VERSION_PATCH = 0, /**< Grows when something is mended. @since 1.0 */
    LF_VERSION = 10000    /**< major * 10000 + minor * 100 + patch, as lf_version(). @since 1.0 */
};

/**
 * @brief The release of the library that runs, which may be later than the headers'.
 * @returns major * 10000 + minor * 100 + patch, to compare with @ref LF_VERSION; never fails
 * @note Any thread, any time.
 * @since 1.0
 */
LF_API int32_t lf_version(void);

/**
 * @brief The same as text, "1.0.0".
 * @returns static text, NUL-terminated, borrowed for ever
 * @note Any thread, any time.
 * @since 1.0
 */
LF_API const char *lf_version_string(void);

#ifdef __cplusplus
}
#endif
/** @} */
#endif

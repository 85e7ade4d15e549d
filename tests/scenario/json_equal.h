/* SPDX-License-Identifier: MIT */
/*
 * Compares JSON texts. White space, the order of members and the way a string is escaped do not count.
 * It knows nothing of the library, so that a fault there cannot hide itself here.
 */
#pragma once

#include <stdbool.h>

/*
 * Is each member of the object `expected` in the object `actual` with an equal value? Members that
 * `expected` does not name are ignored, in the object itself only: values within must be equal in full.
 */
bool json_covers(const char *expected, const char *actual);

/* SPDX-License-Identifier: MIT */
/* A slow second implementation of regular expressions, which shares nothing with the first but the decoding of UTF-8. */
#pragma once

#include "base/base.h"

#define REGEX_MODEL_TEXT 63u /* longest text: a set of its places is 64 bits */

/* Does the pattern, which must be right, match somewhere? -1: the model does not know, where case is ignored and
 * there is more than ASCII; or the pattern is longer than it cares for. */
int regex_model(lf_str pattern, lf_str text);

/* SPDX-License-Identifier: MIT */
/*
 * A small world for expressions: names of every type, present and absent, a history, zones. It is the same at each call
 * but for the time, and tells exactly until when each of its answers holds.
 */
#pragma once

#include "expr/expr.h"

#define WORLD_T INT64_C(1767607200000) /* 2026-01-05T10:00:00Z */

extern const lf_scope world_scope;
lf_env world_at(int64_t t);

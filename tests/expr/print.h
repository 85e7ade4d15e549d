/* SPDX-License-Identifier: MIT */
/* Trees of expressions and values as text. */
#pragma once

#include "expr/expr_internal.h"

/* The source of an expression with this tree, as it came from the parser: each operator stands in brackets, macros are
 * macros again, and each literal reads back to the bit. Messages cannot be printed. */
void print_tree(lf_buf *out, const lf_node *node);

/* A value as CEL would write it: text in double quotes, timestamps and durations as calls. */
void print_value(lf_buf *out, const lf_value *value);

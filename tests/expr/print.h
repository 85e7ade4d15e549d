/* SPDX-License-Identifier: MIT */
/* Trees of expressions and values as text, and the names of functions. */
#pragma once

#include "expr/expr.h"

struct lf_node;

/* The source of an expression with this tree, as it came from the parser: each operator stands in brackets, macros are
 * macros again, and each literal reads back to the bit. Messages cannot be printed. */
void print_tree(lf_buf *out, const struct lf_node *node);

/* A value as CEL would write it: text in double quotes, timestamps and durations as calls. */
void print_value(lf_buf *out, const lf_value *value);

/* The name in row i of the table of functions; NULL: behind the last. */
const char *name_of_function(uint16_t i);

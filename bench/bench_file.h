/* SPDX-License-Identifier: MIT */
/* What the benchmarks share: the files that they are given. */
#pragma once

#include <stddef.h>

/* All of a file; to be freed. Ends the program, with a message, where that cannot be had. */
char *read_all(const char *path, size_t *size);

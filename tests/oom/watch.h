/* SPDX-License-Identifier: MIT */
/*
 * Which calls in the library led to an allocation that failed, by their return addresses. Instead of the 1st,
 * the 2nd, the 3rd allocation, it lets the first fail that has not yet failed under this chain of calls: each
 * way to each allocation once. The library must have been compiled with frame pointers.
 */
#pragma once

#include <stdbool.h>

void watch_begin(void);
bool watch_choose(const void *frame, bool forever); /* as a heap_choice */
/* Writes the calls, one a line: where they return to, in hex, from the start of the library. */
void watch_end(const char *path);

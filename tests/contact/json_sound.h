/* SPDX-License-Identifier: MIT */
/* Is a text JSON (RFC 8259), in UTF-8? Written without the library, so that a fault there cannot hide itself here. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

bool json_sound(const char *text, size_t len);

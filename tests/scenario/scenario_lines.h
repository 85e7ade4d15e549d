/* SPDX-License-Identifier: MIT */
/* Text files as lines, and what `leadflow replay --effects --contacts` would print, in its order. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A line that is to be printed: an effect at a time, or (INT64_MAX) the line of a contact. */
typedef struct line {
    int64_t at;
    char *contact, *text;
} line;

typedef struct lines {
    line *items;
    size_t n, room;
} lines;

/* Copies both texts. */
void lines_add(lines *list, int64_t at, const char *contact, size_t contact_len, const char *text,
               size_t len);
/* The whole of a file, to be freed; NULL where there is no such file. */
char *file_text(const char *folder, const char *file);
/* Adds each line of a file that is not empty; false where there is no such file. */
bool lines_read(lines *list, const char *folder, const char *file);
/* By time, then by the bytes of the contact's id, then as they were added. */
void lines_sort(lines *list);
void lines_free(lines *list);

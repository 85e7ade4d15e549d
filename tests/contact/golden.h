/* SPDX-License-Identifier: MIT */
/*
 * Golden contacts: contacts as a version of the library stored them, and what they said then. A file in golden/v<N>/
 * is of one blueprint and has lines that begin with
 *     blueprint   its document
 *     stored      a contact's stored form, in base64
 *     says        what it says through the public functions, as JSON: it stands behind each `stored`
 */
#pragma once

#include <stddef.h>
#include <stdio.h>

#include <leadflow/leadflow.h>

typedef struct golden {
    unsigned char *bytes;
    size_t size;
    char *says;
} golden;

typedef struct golden_file {
    char *name; /* without .txt */
    char *document;
    lf_blueprint *blueprint;
    lf_step *step;
    golden *items;
    size_t n;
} golden_file;

/* All files of golden/v<version>/, in the order of their names; *n of them. They end the program where there is no
 * such folder, or something in it cannot be read. */
golden_file *goldens_read(const char *root, unsigned version, size_t *n);
void goldens_free(golden_file *files, size_t n);

/* What a contact says: its line (SPEC 14), scores through time, what its machines could do, what it does in the time to
 * come. NULL: that could not be told. To be freed. */
char *golden_says(const golden_file *file, const lf_contact *contact);
void golden_write(FILE *out, const unsigned char *bytes, size_t size, const char *says);

/* golden/v<version>/ */
void golden_path(char *path, size_t room, const char *root, unsigned version);

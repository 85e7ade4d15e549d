/* SPDX-License-Identifier: MIT */
/* Reading the files that a benchmark is given. */
#include "bench_file.h"

#include <stdio.h>
#include <stdlib.h>

static void need(int good, const char *what) {
    if (!good) {
        perror(what);
        exit(1);
    }
}

char *read_all(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    need(file != NULL, path);
    char *text = NULL;
    size_t n = 0, got;
    do {
        text = realloc(text, n + 65536);
        need(text != NULL, "out of memory");
        got = fread(text + n, 1, 65536, file);
        n += got;
    } while (got > 0);
    fclose(file);
    *size = n;
    return text;
}

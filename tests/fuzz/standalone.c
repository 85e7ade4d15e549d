/* SPDX-License-Identifier: MIT */
/*
 * Takes inputs one after the other, without libFuzzer: `TARGET [--slow N] FILE_OR_FOLDER...`. Prints TAP. An input for
 * which more than 100 ms pass fails; N times that, where all is slow.
 */
#define _POSIX_C_SOURCE 200809L
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fuzz.h"

#define MOST_MS 100.0

static int n_tests, n_failed;
static double most_ms = MOST_MS;

static double take(const uint8_t *data, size_t size) {
    clock_t start = clock();
    LLVMFuzzerTestOneInput(data, size);
    return 1000.0 * (double)(clock() - start) / CLOCKS_PER_SEC;
}

static void take_file(const char *path) {
    FILE *in = fopen(path, "rb");
    if (in == NULL || fseek(in, 0, SEEK_END) != 0) {
        printf("Bail out! cannot read %s\n", path);
        exit(1);
    }
    /* In a block of just its size, so that reading past its end is seen. */
    size_t size = (size_t)ftell(in);
    rewind(in);
    uint8_t *data = malloc(size > 0 ? size : 1);
    if (data == NULL || fread(data, 1, size, in) != size) {
        printf("Bail out! cannot read %s\n", path);
        exit(1);
    }
    fclose(in);
    double ms = take(data, size);
    if (ms > most_ms) {
        ms = take(data, size); /* the first time the targets read their files */
    }
    const char *name = strrchr(path, '/');
    printf("%sok %d - %s\n", ms > most_ms ? "not " : "", ++n_tests, name == NULL ? path : name + 1);
    if (ms > most_ms) {
        printf("# it takes %.0f ms\n", ms);
        n_failed++;
    }
    fflush(stdout);
    free(data);
}

static void take_all(const char *path) {
    struct dirent **names;
    char file[4096];
    int n = scandir(path, &names, NULL, alphasort);
    if (n < 0) { /* no folder */
        take_file(path);
        return;
    }
    for (int i = 0; i < n; i++) {
        if (names[i]->d_name[0] != '.') {
            snprintf(file, sizeof file, "%s/%s", path, names[i]->d_name);
            take_all(file);
        }
        free(names[i]);
    }
    free(names);
}

int main(int argc, char **argv) {
    int first = 1;
    if (argc > 2 && strcmp(argv[1], "--slow") == 0) {
        most_ms *= strtod(argv[2], NULL);
        first = 3;
    }
    for (int i = first; i < argc; i++) {
        take_all(argv[i]);
    }
    printf("1..%d\n", n_tests);
    return n_failed > 0;
}

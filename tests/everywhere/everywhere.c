/* SPDX-License-Identifier: MIT */
/*
 * The same everywhere: what the scenarios and the lifecycle crm_workflow come to, as hashes, is what
 * expected.txt says, whatever the compiler, its options, the machine, the locale and the time zone. It needs the
 * library and libc alone, so that it runs wherever there is a cross compiler.
 *
 *     everywhere ROOT            tests, as TAP: each folder, and all together
 *     everywhere ROOT --print    prints what expected.txt should say
 */
#define _POSIX_C_SOURCE 200809L
#include <dirent.h>
#include <inttypes.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <leadflow/leadflow.h>

#include "corpus.h"

#define EXPECTED "tests/everywhere/expected.txt"

typedef struct outcome {
    lines rows;
    uint64_t all[PARTS];
} outcome;

static void add_row(outcome *out, const char *name, const uint64_t parts[PARTS]) {
    char row[512];
    int n = snprintf(row, sizeof row, "%-30s", name);
    for (size_t i = 0; i < PARTS; i++) {
        n += snprintf(row + n, sizeof row - (size_t)n, " %016" PRIx64, parts[i]);
    }
    lines_add(&out->rows, 0, "", 0, row, (size_t)n);
}

static void add_run(outcome *out, const char *name, const char *blueprint, const lines *events,
                    int64_t until) {
    uint64_t parts[PARTS];
    corpus_run(name, blueprint, events, until, parts);
    add_row(out, name, parts);
    for (size_t i = 0; i < PARTS; i++) {
        hash_text(&out->all[i], name);
        hash_number(&out->all[i], (int64_t)parts[i]);
    }
}

static _Noreturn void missing(const char *path, const char *file) {
    printf("Bail out! there is no %s/%s\n", path, file);
    exit(1);
}

static int64_t until_of(const char *folder) {
    int64_t until = INT64_MIN;
    lines about = {NULL, 0, 0};
    lines_read(&about, folder, "about.txt");
    for (size_t i = 0; i < about.n; i++) {
        const char *text = about.items[i].text;
        if (strncmp(text, "until ", 6) == 0 &&
            lf_timestamp_parse(text + 6, strlen(text + 6), &until) != LF_OK) {
            missing(folder, "time behind 'until'");
        }
    }
    lines_free(&about);
    return until;
}

static void add_folder(outcome *out, const char *name, const char *folder, const char *blueprint,
                       const char *events) {
    char *text = file_text(folder, blueprint);
    lines list = {NULL, 0, 0};
    if (text == NULL || !lines_read(&list, folder, events)) {
        missing(folder, text == NULL ? blueprint : events);
    }
    add_run(out, name, text, &list, until_of(folder));
    lines_free(&list);
    free(text);
}

/* The folders' names, in the order of bytes. */
static lines folders_of(const char *path) {
    lines names = {NULL, 0, 0};
    DIR *dir = opendir(path);
    if (dir == NULL) {
        missing(path, "");
    }
    for (const struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        if (strchr(entry->d_name, '.') == NULL) {
            lines_add(&names, 0, entry->d_name, strlen(entry->d_name), "", 0);
        }
    }
    closedir(dir);
    lines_sort(&names);
    return names;
}

static void add_all(outcome *out, const char *root) {
    char path[4096], folder[4096 + 512];
    snprintf(path, sizeof path, "%s/tests/scenario", root);
    lines names = folders_of(path);
    for (size_t i = 0; i < names.n; i++) {
        const char *name = names.items[i].contact;
        snprintf(folder, sizeof folder, "%s/%s", path, name);
        add_folder(out, name, folder, "blueprint.json", "events.ndjson");
    }
    lines_free(&names);
    snprintf(path, sizeof path, "%s/examples", root);
    add_folder(out, "crm_workflow", path, "blueprints/crm_workflow.json", "data/events.ndjson");
}

static void add_sums(outcome *out) {
    char row[64];
    uint64_t hash = HASH_START;
    add_row(out, "all", out->all);
    for (size_t i = 0; i < PARTS; i++) {
        hash_number(&hash, (int64_t)out->all[i]);
    }
    int n = snprintf(row, sizeof row, "%-30s %016" PRIx64, "everywhere", hash);
    lines_add(&out->rows, 0, "", 0, row, (size_t)n);
}

static void print(const lines *rows) {
    puts("# What the scenarios come to: FNV-1a hashes of 64 bits. A change here is a change of "
         "meaning.");
    puts("#     build-tests/tests/everywhere/everywhere . --print >tests/everywhere/expected.txt");
    printf("# %-28s", "");
    for (size_t i = 0; i < PARTS; i++) {
        printf(" %-16s", part_names[i]);
    }
    putchar('\n');
    for (size_t i = 0; i < rows->n; i++) {
        puts(rows->items[i].text);
    }
}

/* Rows are found by their names, which stand first. */
static const char *row_of(const lines *rows, const char *like) {
    size_t n = strcspn(like, " ");
    for (size_t i = 0; i < rows->n; i++) {
        if (strncmp(rows->items[i].text, like, n + 1) == 0) {
            return rows->items[i].text;
        }
    }
    return NULL;
}

static int compare(const lines *rows, const lines *expected) {
    int failed = 0;
    printf("1..%zu\n", rows->n);
    for (size_t i = 0; i < rows->n; i++) {
        const char *got = rows->items[i].text, *wanted = row_of(expected, got);
        if (wanted == NULL || strcmp(got, wanted) != 0) {
            printf("# expected %s\n# got      %s\nnot ", wanted == NULL ? "nothing" : wanted, got);
            failed++;
        }
        printf("ok %zu - %.*s\n", i + 1, (int)strcspn(got, " "), got);
    }
    if (failed > 0) {
        printf("# if that is meant: everywhere . --print >tests/everywhere/expected.txt\n");
    }
    return failed;
}

int main(int argc, char **argv) {
    outcome out = {.rows = {NULL, 0, 0}};
    lines expected = {NULL, 0, 0};
    int failed = 0;
    if (argc < 2 || argc > 3 || (argc == 3 && strcmp(argv[2], "--print") != 0)) {
        fputs("usage: everywhere ROOT [--print]\n", stderr);
        return 2;
    }
    setlocale(LC_ALL, ""); /* the library must not care */
    for (size_t i = 0; i < PARTS; i++) {
        out.all[i] = HASH_START;
    }
    add_all(&out, argv[1]);
    add_sums(&out);
    if (argc == 3) {
        print(&out.rows);
    } else if (!lines_read(&expected, argv[1], EXPECTED)) {
        missing(argv[1], EXPECTED);
    } else {
        failed = compare(&out.rows, &expected);
    }
    lines_free(&expected);
    lines_free(&out.rows);
    return failed > 0;
}

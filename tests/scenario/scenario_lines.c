/* SPDX-License-Identifier: MIT */
#include "scenario_lines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *copy(const char *text, size_t len) {
    char *out = malloc(len + 1);
    if (out == NULL) {
        abort();
    }
    memcpy(out, text, len);
    out[len] = '\0';
    return out;
}

void lines_add(lines *list, int64_t at, const char *contact, size_t contact_len, const char *text,
               size_t len) {
    if (list->n == list->room) {
        list->room = 2 * list->room + 16;
        list->items = realloc(list->items, list->room * sizeof *list->items);
        if (list->items == NULL) {
            abort();
        }
    }
    list->items[list->n++] = (line){at, copy(contact, contact_len), copy(text, len)};
}

char *file_text(const char *folder, const char *file) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, file);
    FILE *in = fopen(path, "rb");
    if (in == NULL) {
        return NULL;
    }
    char *text = NULL;
    size_t n = 0, room = 0, got;
    do {
        room = 2 * room + 4096;
        text = realloc(text, room);
        if (text == NULL) {
            abort();
        }
        got = fread(text + n, 1, room - n - 1, in);
        n += got;
    } while (got > 0);
    text[n] = '\0';
    fclose(in);
    return text;
}

bool lines_read(lines *list, const char *folder, const char *file) {
    char *text = file_text(folder, file);
    for (const char *p = text; p != NULL && *p != '\0';) {
        size_t len = strcspn(p, "\n");
        if (len > 0) {
            lines_add(list, 0, "", 0, p, len);
        }
        p += len + (p[len] == '\n');
    }
    free(text);
    return text != NULL;
}

/* Insertion keeps equal lines in their order; most lines stand right already. */
void lines_sort(lines *list) {
    for (size_t i = 1; i < list->n; i++) {
        line moved = list->items[i];
        size_t j = i;
        for (; j > 0; j--) {
            const line *before = &list->items[j - 1];
            int order = before->at < moved.at   ? -1
                        : before->at > moved.at ? 1
                                                : strcmp(before->contact, moved.contact);
            if (order <= 0) {
                break;
            }
            list->items[j] = *before;
        }
        list->items[j] = moved;
    }
}

void lines_free(lines *list) {
    for (size_t i = 0; i < list->n; i++) {
        free(list->items[i].contact);
        free(list->items[i].text);
    }
    free(list->items);
    *list = (lines){NULL, 0, 0};
}

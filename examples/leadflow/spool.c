/* SPDX-License-Identifier: MIT */
/*
 * Effects, kept until all are there and then printed in order (SPEC 11). In memory stands what is needed to
 * sort them; their text goes to a temporary file as soon as there is much of it.
 */
#include "command.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEXT_IN_MEMORY ((size_t)32 << 20)
#define IDS_A_BLOCK ((size_t)1 << 16)

struct kept {
    int64_t at;
    const char *contact; /* in a block of ids */
    uint64_t offset;     /* of the text; grows with the order of arrival */
    uint32_t size, contact_len;
};

struct block {
    struct block *next;
    size_t n;
    char bytes[IDS_A_BLOCK];
};

struct spool {
    struct kept *items;
    size_t n, cap;
    struct block *ids;
    char *text; /* the newest; `filed` bytes stand before it in the file */
    size_t text_n, text_cap;
    uint64_t filed;
    FILE *file;
};

struct spool *spool_new(void) {
    return calloc(1, sizeof(struct spool));
}

void spool_free(struct spool *spool) {
    if (spool == NULL) {
        return;
    }
    while (spool->ids != NULL) {
        struct block *next = spool->ids->next;
        free(spool->ids);
        spool->ids = next;
    }
    if (spool->file != NULL) {
        fclose(spool->file);
    }
    free(spool->items);
    free(spool->text);
    free(spool);
}

/* Moves the text from memory to the file. */
static bool file_text(struct spool *spool) {
    if (spool->file == NULL) {
        spool->file = tmpfile();
    }
    if (spool->file == NULL ||
        fwrite(spool->text, 1, spool->text_n, spool->file) != spool->text_n ||
        fflush(spool->file) != 0) {
        return false;
    }
    spool->filed += spool->text_n;
    spool->text_n = 0;
    return true;
}

static bool add_text(struct spool *spool, const char *text, size_t n) {
    if (spool->text_n > 0 && spool->text_n + n > TEXT_IN_MEMORY && !file_text(spool)) {
        return false;
    }
    if (spool->text_n + n > spool->text_cap) {
        size_t cap = (spool->text_n + n) * 2;
        char *more = realloc(spool->text, cap);
        if (more == NULL) {
            return false;
        }
        spool->text = more;
        spool->text_cap = cap;
    }
    memcpy(spool->text + spool->text_n, text, n);
    spool->text_n += n;
    return true;
}

/* The id, kept; what was added last often has the same one. */
static const char *add_id(struct spool *spool, const char *id, size_t n) {
    const struct kept *last = spool->n == 0 ? NULL : &spool->items[spool->n - 1];
    if (last != NULL && last->contact_len == n && memcmp(last->contact, id, n) == 0) {
        return last->contact;
    }
    if (spool->ids == NULL || IDS_A_BLOCK - spool->ids->n < n) {
        struct block *more = malloc(sizeof *more);
        if (more == NULL) {
            return NULL;
        }
        more->next = spool->ids;
        more->n = 0;
        spool->ids = more;
    }
    char *own = spool->ids->bytes + spool->ids->n;
    spool->ids->n += n;
    return memcpy(own, id, n);
}

bool spool_add(struct spool *spool, const lf_effect *effect) {
    size_t size, id_len;
    const char *json = lf_effect_json(effect, &size), *id = lf_effect_contact(effect, &id_len);
    if (spool->n == spool->cap) {
        size_t cap = spool->cap == 0 ? 1024 : spool->cap * 2;
        struct kept *more = realloc(spool->items, cap * sizeof *more);
        if (more == NULL) {
            return false;
        }
        spool->items = more;
        spool->cap = cap;
    }
    const char *contact = add_id(spool, id, id_len);
    if (contact == NULL || !add_text(spool, json, size)) {
        return false;
    }
    spool->items[spool->n++] = (struct kept){.at = lf_effect_at(effect),
                                             .contact = contact,
                                             .offset = spool->filed + spool->text_n - size,
                                             .size = (uint32_t)size,
                                             .contact_len = (uint32_t)id_len};
    return true;
}

static int in_order(const void *a, const void *b) {
    const struct kept *x = a, *y = b;
    if (x->at != y->at) {
        return x->at < y->at ? -1 : 1;
    }
    size_t shorter = x->contact_len < y->contact_len ? x->contact_len : y->contact_len;
    int order = memcmp(x->contact, y->contact, shorter);
    if (order == 0) {
        order = (x->contact_len > y->contact_len) - (x->contact_len < y->contact_len);
    }
    return order != 0 ? order : (x->offset > y->offset) - (x->offset < y->offset);
}

/* The text of an effect, from the file into `room` if it is there. */
static const char *text_of(const struct spool *spool, const struct kept *item, char **room,
                           size_t *cap) {
    if (item->offset >= spool->filed) {
        return spool->text + (item->offset - spool->filed);
    }
    if (item->size > *cap) {
        free(*room);
        *cap = item->size;
        *room = malloc(*cap);
    }
    if (*room == NULL) {
        *cap = 0;
        return NULL;
    }
    ssize_t n = pread(fileno(spool->file), *room, item->size, (off_t)item->offset);
    return n == (ssize_t)item->size ? *room : NULL;
}

bool spool_print(struct spool *spool, FILE *out) {
    char *room = NULL;
    size_t cap = 0;
    bool fine = true;
    if (spool->n > 0) {
        qsort(spool->items, spool->n, sizeof *spool->items, in_order);
    }
    for (size_t i = 0; i < spool->n && fine; i++) {
        const char *text = text_of(spool, &spool->items[i], &room, &cap);
        fine = text != NULL && fwrite(text, 1, spool->items[i].size, out) == spool->items[i].size &&
               fputc('\n', out) != EOF;
    }
    free(room);
    return fine;
}

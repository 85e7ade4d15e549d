/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "golden.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "../scenario/scenario_lines.h"

#define DAY INT64_C(86400000)
#define LATEST INT64_C(253402300799999) /* the end of the year 9999 */
#define MOST_EFFECTS 8u                 /* that a contact tells of */
#define MOST_WAKES 1000u                /* within which they must come */

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static _Noreturn void give_up(const char *path, const char *what) {
    printf("Bail out! %s: %s\n", path, what);
    exit(1);
}

/* ---- reading ---- */
static unsigned char *from_base64(const char *text, size_t *size) {
    unsigned char *bytes = malloc(strlen(text) / 4 * 3 + 3);
    uint32_t bits = 0;
    *size = 0;
    for (unsigned held = 0; bytes != NULL && *text != '\0'; text++) {
        const char *digit = strchr(digits, *text);
        if (digit == NULL) {
            break; /* the padding */
        }
        bits = bits << 6 | (uint32_t)(digit - digits);
        held += 6;
        if (held >= 8) {
            held -= 8;
            bytes[(*size)++] = (unsigned char)(bits >> held);
        }
    }
    return bytes;
}

static char *copy(const char *text) {
    char *out = strdup(text);
    if (out == NULL) {
        abort();
    }
    return out;
}

static void add_stored(golden_file *file, const char *text) {
    file->items = realloc(file->items, (file->n + 1) * sizeof *file->items);
    if (file->items == NULL) {
        abort();
    }
    golden *g = &file->items[file->n++];
    *g = (golden){NULL, 0, NULL};
    g->bytes = from_base64(text, &g->size);
}

static void parse(golden_file *file, const char *path, const char *json) {
    file->document = copy(json);
    if (lf_blueprint_parse(json, strlen(json), NULL, NULL, &file->blueprint) != LF_OK ||
        lf_step_new(file->blueprint, "default", &file->step) != LF_OK) {
        give_up(path, "the blueprint is no longer accepted");
    }
}

/* What stands behind a word and a space at the beginning of a line; NULL: another line. */
static const char *behind(const char *text, const char *word) {
    size_t n = strlen(word);
    return strncmp(text, word, n) == 0 && text[n] == ' ' ? text + n + 1 : NULL;
}

static golden_file read_one(const char *folder, const char *file_name) {
    golden_file file = {.name = copy(file_name)};
    lines list = {NULL, 0, 0};
    *strrchr(file.name, '.') = '\0';
    lines_read(&list, folder, file_name);
    for (size_t i = 0; i < list.n; i++) {
        const char *row = list.items[i].text, *rest;
        if ((rest = behind(row, "blueprint")) != NULL) {
            parse(&file, file_name, rest);
        } else if ((rest = behind(row, "stored")) != NULL) {
            add_stored(&file, rest);
        } else if ((rest = behind(row, "says")) != NULL && file.n > 0) {
            file.items[file.n - 1].says = copy(rest);
        } else {
            give_up(file_name, "a line that means nothing");
        }
    }
    lines_free(&list);
    if (file.blueprint == NULL || file.n == 0 || file.items[file.n - 1].says == NULL) {
        give_up(file_name, "incomplete");
    }
    return file;
}

void golden_path(char *path, size_t room, const char *root, unsigned version) {
    snprintf(path, room, "%s/tests/contact/golden/v%u", root, version);
}

golden_file *goldens_read(const char *root, unsigned version, size_t *n) {
    char path[4096];
    struct dirent **names;
    golden_path(path, sizeof path, root, version);
    int count = scandir(path, &names, NULL, alphasort);
    golden_file *files = calloc(count > 0 ? (size_t)count : 1, sizeof *files);
    *n = 0;
    for (int i = 0; i < count && files != NULL; i++) {
        if (strstr(names[i]->d_name, ".txt") != NULL) {
            files[(*n)++] = read_one(path, names[i]->d_name);
        }
        free(names[i]);
    }
    if (*n == 0) {
        give_up(path, "no golden contacts");
    }
    free(names);
    return files;
}

void goldens_free(golden_file *files, size_t n) {
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < files[i].n; j++) {
            free(files[i].items[j].bytes);
            free(files[i].items[j].says);
        }
        free(files[i].items);
        free(files[i].name);
        free(files[i].document);
        lf_step_free(files[i].step);
        lf_blueprint_unref(files[i].blueprint);
    }
    free(files);
}

/* ---- what a contact says ---- */
typedef struct text {
    char *p;
    size_t n;
} text;

__attribute__((format(printf, 2, 3))) static void put(text *to, const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    size_t more = (size_t)vsnprintf(NULL, 0, format, args);
    to->p = realloc(to->p, to->n + more + 1);
    if (to->p == NULL) {
        abort();
    }
    vsnprintf(to->p + to->n, more + 1, format, again);
    to->n += more;
    va_end(again);
    va_end(args);
}

static lf_status put_scores(text *to, const golden_file *file, const lf_contact *contact) {
    static const int days[] = {0, 1, 30, 400};
    put(to, "\"totals\":{");
    for (size_t i = 0; i < lf_blueprint_scorer_count(file->blueprint); i++) {
        const lf_scorer *scorer = lf_blueprint_scorer_at(file->blueprint, i);
        put(to, "%s\"%s\":[", i > 0 ? "," : "", lf_scorer_name(scorer));
        for (size_t j = 0; j < sizeof days / sizeof *days; j++) {
            int64_t total, at = lf_contact_clock(contact) + days[j] * DAY;
            lf_status status = lf_scorer_total(scorer, contact, at < LATEST ? at : LATEST, &total);
            if (status != LF_OK) {
                return status;
            }
            put(to, "%s%" PRId64, j > 0 ? "," : "", total);
        }
        put(to, "]");
    }
    put(to, "}");
    return LF_OK;
}

static lf_status put_machines(text *to, const golden_file *file, const lf_contact *contact,
                              lf_buffer *buffer) {
    put(to, "\"possible\":{");
    for (size_t i = 0; i < lf_blueprint_lifecycle_count(file->blueprint); i++) {
        const lf_lifecycle *machine = lf_blueprint_lifecycle_at(file->blueprint, i);
        lf_buffer_clear(buffer);
        lf_status status = lf_lifecycle_possible(machine, contact, buffer);
        if (status != LF_OK) {
            return status;
        }
        put(to, "%s\"%s\":%s", i > 0 ? "," : "", lf_lifecycle_name(machine),
            lf_buffer_data(buffer));
    }
    put(to, "},");
    return LF_OK;
}

/* The effects that come by time alone, from a copy. */
static lf_status put_future(text *to, const golden_file *file, const lf_contact *contact) {
    lf_contact *later;
    size_t told = 0;
    lf_status status = lf_contact_copy(contact, &later);
    put(to, ",\"then\":[");
    for (size_t i = 0; i < MOST_WAKES && told < MOST_EFFECTS && status == LF_OK &&
                       lf_contact_wake_time(later) != INT64_MAX;
         i++) {
        status = lf_step_wake(file->step, later, lf_contact_wake_time(later));
        for (size_t j = 0; j < lf_step_effect_count(file->step) && told < MOST_EFFECTS; j++) {
            const lf_effect *effect = lf_step_effect_at(file->step, j);
            char at[LF_TIMESTAMP_SIZE];
            lf_timestamp_format(lf_effect_at(effect), at, sizeof at);
            put(to, "%s\"%s %s %.8s\"", told++ > 0 ? "," : "", at, lf_effect_kind(effect),
                lf_effect_key(effect));
        }
    }
    put(to, "]");
    lf_contact_free(later);
    return status;
}

char *golden_says(const golden_file *file, const lf_contact *contact) {
    text to = {NULL, 0};
    lf_buffer *buffer;
    if (lf_buffer_new(NULL, &buffer) != LF_OK) {
        abort();
    }
    put(&to, "{");
    lf_status status = LF_OK;
    if (lf_contact_created(contact) != INT64_MAX) {
        status = lf_contact_json(contact, buffer);
        put(&to, "\"contact\":%s,", lf_buffer_data(buffer));
        status = status != LF_OK ? status : put_machines(&to, file, contact, buffer);
    }
    status = status != LF_OK ? status : put_scores(&to, file, contact);
    status = status != LF_OK ? status : put_future(&to, file, contact);
    put(&to, "}");
    lf_buffer_free(buffer);
    if (status != LF_OK) {
        free(to.p);
        return NULL;
    }
    return to.p;
}

/* ---- writing ---- */
void golden_write(FILE *out, const unsigned char *bytes, size_t size, const char *says) {
    fputs("stored ", out);
    for (size_t i = 0; i < size; i += 3) {
        uint32_t bits = 0;
        for (size_t j = 0; j < 3; j++) {
            bits = bits << 8 | (i + j < size ? bytes[i + j] : 0u);
        }
        for (size_t j = 0; j < 4; j++) {
            fputc(i + j <= size ? digits[bits >> (18 - 6 * j) & 63] : '=', out);
        }
    }
    fprintf(out, "\nsays %s\n", says);
}

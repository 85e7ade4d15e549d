/* SPDX-License-Identifier: MIT */
/* Blueprint files: `extends` names others in the same folder, without `.json`. */
#include "command.h"

#include "../zoneinfo.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PRESETS_MOST 255 /* what lf_blueprint_parse() takes */

struct presets {
    const char *path; /* of the blueprint: its folder is theirs */
    char *names[PRESETS_MOST], *texts[PRESETS_MOST];
    size_t n;
    lf_buffer *extends;
    bool said; /* anything on stderr */
};

/* "folder/name.json" beside the blueprint; free() it. */
static char *beside(const char *path, const char *name) {
    const char *slash = strrchr(path, '/');
    size_t folder = slash == NULL ? 0 : (size_t)(slash - path) + 1, n = strlen(name);
    char *out = malloc(folder + n + sizeof ".json");
    if (out != NULL) {
        memcpy(out, path, folder);
        memcpy(out + folder, name, n);
        memcpy(out + folder + n, ".json", sizeof ".json");
    }
    return out;
}

/* A name that leads out of the folder is none; the parser says that there is no such preset. */
static bool is_file_name(const char *name) {
    return name[0] != '\0' && name[0] != '.' && strchr(name, '/') == NULL && strlen(name) < 200;
}

static bool is_known(const struct presets *presets, const char *name) {
    for (size_t i = 0; i < presets->n; i++) {
        if (strcmp(presets->names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

/* The document of a preset, which the parser takes NUL-terminated; NULL: there is none, which was said. */
static char *read_preset(const char *path) {
    struct text text;
    int error = text_read(path, &text);
    if (error != 0) {
        say_cannot_read(path, error);
        return NULL;
    }
    if (memchr(text.p, '\0', text.n) != NULL) {
        say((struct place){.file = path}, true, "bad-json", "a blueprint has no NUL bytes");
        free(text.p);
        return NULL;
    }
    return text.p;
}

static lf_status add_preset(struct presets *presets, const char *name) {
    char *path = beside(presets->path, name), *own = strdup(name);
    char *document = path == NULL || own == NULL ? NULL : read_preset(path);
    lf_status status = path == NULL || own == NULL ? LF_E_NOMEM : LF_OK;
    if (document != NULL) {
        presets->names[presets->n] = own;
        presets->texts[presets->n++] = document;
    } else {
        presets->said = true;
        free(own);
    }
    free(path);
    return status;
}

/* Reads what a document extends, as far as it is not there yet. A text that is no JSON is left to the parser. */
static lf_status add_extended(struct presets *presets, const char *json, size_t n) {
    lf_buffer_clear(presets->extends);
    lf_status status = lf_blueprint_extends(json, n, presets->extends);
    const char *name = lf_buffer_data(presets->extends),
               *end = name + lf_buffer_size(presets->extends);
    while (status == LF_OK && name < end && presets->n < PRESETS_MOST) {
        if (is_file_name(name) && !is_known(presets, name)) {
            status = add_preset(presets, name);
        }
        name += strlen(name) + 1;
    }
    return status == LF_E_PARSE ? LF_OK : status;
}

static lf_status read_presets(struct presets *presets, const struct text *document) {
    lf_status status = lf_buffer_new(NULL, &presets->extends);
    if (status == LF_OK) {
        status = add_extended(presets, document->p, document->n);
    }
    for (size_t i = 0; status == LF_OK && i < presets->n; i++) {
        status = add_extended(presets, presets->texts[i], strlen(presets->texts[i]));
    }
    return status;
}

static void forget_presets(struct presets *presets) {
    for (size_t i = 0; i < presets->n; i++) {
        free(presets->names[i]);
        free(presets->texts[i]);
    }
    lf_buffer_free(presets->extends);
}

/* A diagnostic about a preset names that file. */
static void say_diagnostics(struct presets *presets, const lf_diagnostics *diagnostics) {
    for (size_t i = 0; i < lf_diagnostics_count(diagnostics); i++) {
        const char *source = lf_diagnostics_source(diagnostics, i);
        char *path = *source == '\0' ? NULL : beside(presets->path, source);
        say_diagnostic(diagnostics, i, path == NULL ? presets->path : path, 1);
        free(path);
        presets->said = true;
    }
}

/* LF_E_NOTFOUND: without zones. False: the folder that was named is not there, which was said. */
static bool open_zones(const struct arguments *args, lf_zone_source *zones, lf_status *status) {
    const char *named = args->value[OPT_ZONEINFO];
    const char *folder = named != NULL ? named : zoneinfo_folder();
    *status = zoneinfo_source(folder, zones);
    if (*status == LF_E_NOTFOUND && folder != NULL) {
        say_cannot_read(folder, errno);
        return false;
    }
    return true;
}

/* How a blueprint is read. */
struct manner {
    const struct arguments *args;
    bool lint;
    const lf_blueprint *previous;
};

static lf_status parse(const struct manner *how, struct presets *presets,
                       const struct text *document, const lf_zone_source *zones,
                       lf_blueprint **out) {
    lf_blueprint_options options;
    lf_diagnostics *diagnostics = NULL;
    lf_blueprint_options_init(&options, sizeof options);
    options.preset_names = (const char *const *)presets->names;
    options.preset_texts = (const char *const *)presets->texts;
    options.preset_count = presets->n;
    options.lint = how->lint;
    options.zones = zones;
    options.previous = how->previous;
    lf_status status = lf_diagnostics_new(NULL, &diagnostics);
    if (status == LF_OK) {
        status = lf_blueprint_parse(document->p, document->n, &options, diagnostics, out);
    }
    say_diagnostics(presets, diagnostics);
    lf_diagnostics_free(diagnostics);
    return status;
}

static lf_status parse_with_zones(const struct manner *how, struct presets *presets,
                                  const struct text *document, lf_blueprint **out) {
    lf_zone_source zones;
    lf_status status;
    if (!open_zones(how->args, &zones, &status)) {
        presets->said = true;
        return LF_E_PARSE;
    }
    if (status == LF_E_NOTFOUND) {
        return parse(how, presets, document, NULL, out);
    }
    if (status == LF_OK) {
        status = parse(how, presets, document, &zones, out);
        if (*out == NULL) {
            zones.user_free(zones.user);
        }
    }
    return status;
}

/* *said: was anything said? */
static lf_blueprint *read(const struct manner *how, const char *path, bool *said) {
    struct presets presets = {.path = path};
    lf_blueprint *blueprint = NULL;
    struct text document;
    int error = text_read(path, &document);
    *said = true;
    if (error != 0) {
        say_cannot_read(path, error);
        return NULL;
    }
    lf_status status = read_presets(&presets, &document);
    if (status == LF_OK) {
        status = parse_with_zones(how, &presets, &document, &blueprint);
    }
    if (status != LF_OK && status != LF_E_PARSE) {
        say_failure(status);
    }
    *said = status != LF_OK || presets.said;
    forget_presets(&presets);
    free(document.p);
    return blueprint;
}

lf_blueprint *definition_read(const struct arguments *args, const char *path) {
    bool said;
    return read(&(struct manner){.args = args}, path, &said);
}

bool definition_check(const struct arguments *args, const char *path,
                      const lf_blueprint *previous) {
    bool said;
    struct manner how = {.args = args, .lint = true, .previous = previous};
    lf_blueprint_unref(read(&how, path, &said));
    return !said;
}

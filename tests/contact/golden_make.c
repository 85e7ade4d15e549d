/* SPDX-License-Identifier: MIT */
/*
 * Makes the golden contacts of this version of the stored form, from the scenarios, crm_workflow, what the other tests
 * know, and golden/features.json. A version that has some already is left alone.
 *
 *     golden_make ROOT            writes golden/v<N>/
 *     golden_make ROOT --say N    the stored bytes of version N stay; writes down what they say now
 */
#define _POSIX_C_SOURCE 200809L
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "contact/contact_internal.h"
#include "golden.h"

#include "../scenario/scenario_lines.h"

typedef struct person {
    char *id;
    lf_contact *contact;
    int64_t now;
} person;

typedef struct source {
    const char *root, *name;
    golden_file file;
    lf_event *event;
    person *people;
    size_t n;
    int64_t now; /* INT64_MIN: each contact's newest event */
    size_t every,
        counted; /* besides at the end, contacts are kept after each so many events; 0: never */
} source;

static _Noreturn void give_up(const char *name, const char *what) {
    fprintf(stderr, "golden_make: %s: %s\n", name, what);
    exit(1);
}

static void check(const source *s, lf_status status) {
    if (status != LF_OK) {
        give_up(s->name, lf_status_name(status));
    }
}

/* ---- one source ---- */
static void keep(source *s, const lf_contact *contact) {
    lf_buffer *bytes;
    check(s, lf_buffer_new(NULL, &bytes));
    check(s, lf_contact_encode(contact, bytes));
    for (size_t i = 0; i < s->file.n; i++) {
        const golden *g = &s->file.items[i];
        if (g->size == lf_buffer_size(bytes) &&
            memcmp(g->bytes, lf_buffer_data(bytes), g->size) == 0) {
            lf_buffer_free(bytes);
            return;
        }
    }
    s->file.items = realloc(s->file.items, (s->file.n + 1) * sizeof *s->file.items);
    golden g = {malloc(lf_buffer_size(bytes)), lf_buffer_size(bytes),
                golden_says(&s->file, contact)};
    if (s->file.items == NULL || g.bytes == NULL || g.says == NULL) {
        give_up(s->name, "no memory");
    }
    memcpy(g.bytes, lf_buffer_data(bytes), g.size);
    s->file.items[s->file.n++] = g;
    lf_buffer_free(bytes);
}

static person *find_person(source *s, const char *id, size_t len) {
    for (size_t i = 0; i < s->n; i++) {
        if (strcmp(s->people[i].id, id) == 0) {
            return &s->people[i];
        }
    }
    s->people = realloc(s->people, (s->n + 1) * sizeof *s->people);
    if (s->people == NULL) {
        give_up(s->name, "no memory");
    }
    person *p = &s->people[s->n++];
    *p = (person){strdup(id), NULL, INT64_MIN};
    check(s, lf_contact_new(s->file.blueprint, id, len, &p->contact));
    return p;
}

/* A line is an event, or `now TIME`: what the clock shows from then on. Refused events are passed over. */
static void take(source *s, const char *text) {
    size_t len;
    if (strncmp(text, "now ", 4) == 0) {
        check(s, lf_timestamp_parse(text + 4, strlen(text + 4), &s->now));
        return;
    }
    if (lf_event_parse(s->event, text, strlen(text), 1, NULL) != LF_OK) {
        return;
    }
    const char *id = lf_event_contact(s->event, &len);
    person *p = find_person(s, id, len);
    p->now = lf_event_at(s->event) > p->now ? lf_event_at(s->event) : p->now;
    if (lf_step_take(s->file.step, p->contact, s->event, s->now != INT64_MIN ? s->now : p->now,
                     NULL, NULL) == LF_OK &&
        s->every > 0 && ++s->counted % s->every == 0) {
        keep(s, p->contact);
    }
}

static void end(source *s, int64_t until) {
    for (size_t i = 0; i < s->n; i++) {
        person *p = &s->people[i];
        keep(s, p->contact);
        if (lf_contact_created(p->contact) != INT64_MAX && until != INT64_MIN) {
            check(s, lf_step_wake(s->file.step, p->contact, until));
            keep(s, p->contact);
        }
        lf_contact_free(p->contact);
        free(p->id);
    }
}

static void write_file(const source *s, unsigned version) {
    char path[4096], folder[4000];
    golden_path(folder, sizeof folder, s->root, version);
    snprintf(path, sizeof path, "%s/%s.txt", folder, s->name);
    FILE *out = fopen(path, "w");
    if (out == NULL) {
        give_up(path, strerror(errno));
    }
    fprintf(out, "blueprint %s\n", s->file.document);
    for (size_t i = 0; i < s->file.n; i++) {
        golden_write(out, s->file.items[i].bytes, s->file.items[i].size, s->file.items[i].says);
    }
    if (fclose(out) != 0) {
        give_up(path, strerror(errno));
    }
}

/* The merged document, so that the file needs no other. */
static void parse(source *s, const char *json, const char *preset) {
    static const char *const name = "rich_base";
    lf_blueprint_options options;
    lf_buffer *document;
    lf_blueprint_options_init(&options, sizeof options);
    options.preset_names = &name;
    options.preset_texts = &preset;
    options.preset_count = preset != NULL;
    check(s, lf_blueprint_parse(json, strlen(json), &options, NULL, &s->file.blueprint));
    check(s, lf_buffer_new(NULL, &document));
    check(s, lf_blueprint_json(s->file.blueprint, document));
    s->file.document = strdup(lf_buffer_data(document));
    lf_buffer_free(document);
    check(s, lf_step_new(s->file.blueprint, "default", &s->file.step));
    check(s, lf_event_new(s->file.blueprint, &s->event));
}

static int64_t until_of(const char *folder) {
    int64_t until = INT64_MIN;
    lines about = {NULL, 0, 0};
    lines_read(&about, folder, "about.txt");
    for (size_t i = 0; i < about.n; i++) {
        const char *text = about.items[i].text;
        if (strncmp(text, "until ", 6) == 0) {
            lf_timestamp_parse(text + 6, strlen(text + 6), &until);
        }
    }
    lines_free(&about);
    return until;
}

static void make(const char *root, const char *name, const char *folder, const char *blueprint,
                 const char *events, size_t every) {
    source s = {.root = root, .name = name, .every = every, .now = INT64_MIN};
    lines list = {NULL, 0, 0};
    char *json = file_text(folder, blueprint),
         *preset = file_text(root, "tests/api/rich_base.json");
    if (json == NULL || !lines_read(&list, folder, events)) {
        give_up(name, "its files cannot be read");
    }
    parse(&s, json, preset);
    for (size_t i = 0; i < list.n; i++) {
        take(&s, list.items[i].text);
    }
    end(&s, until_of(folder));
    write_file(&s, LF_STORED_VERSION);
    s.file.name = strdup(name);
    golden_file *file = malloc(sizeof *file);
    *file = s.file;
    goldens_free(file, 1);
    lf_event_free(s.event);
    lines_free(&list);
    free(s.people);
    free(preset);
    free(json);
}

/* ---- all of them ---- */
static void make_scenarios(const char *root) {
    char path[4096], folder[8192];
    struct dirent **names;
    snprintf(path, sizeof path, "%s/tests/scenario", root);
    int n = scandir(path, &names, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        const char *name = names[i]->d_name;
        if (strchr(name, '.') == NULL) {
            snprintf(folder, sizeof folder, "%s/%s", path, name);
            make(root, name, folder, "blueprint.json", "events.ndjson", 5);
        }
        free(names[i]);
    }
    free(names);
}

static void make_all(const char *root) {
    char path[4096];
    golden_path(path, sizeof path, root, LF_STORED_VERSION);
    if (mkdir(path, 0777) != 0) {
        give_up(
            path,
            errno == EEXIST
                ? "is there; golden contacts of a version that was released are never made again"
                : strerror(errno));
    }
    make_scenarios(root);
    make(root, "crm_workflow", root, "examples/blueprints/crm_workflow.json",
         "examples/data/events.ndjson", 0);
    make(root, "rich", root, "tests/api/rich.json", "tests/api/rich.ndjson", 3);
    make(root, "odd", root, "tests/oom/odd/blueprint.json", "tests/oom/odd/events.ndjson", 3);
    make(root, "features", root, "tests/contact/golden/features.json",
         "tests/contact/golden/features.txt", 3);
}

/* A later library may have more to say, or (a mended fault) say otherwise. */
static void say_again(const char *root, unsigned version) {
    size_t n;
    golden_file *files = goldens_read(root, version, &n);
    for (size_t i = 0; i < n; i++) {
        source s = {.root = root, .name = files[i].name, .file = files[i]};
        for (size_t j = 0; j < s.file.n; j++) {
            golden *g = &s.file.items[j];
            lf_contact *contact;
            check(&s, lf_contact_decode(s.file.blueprint, g->bytes, g->size, &contact));
            free(g->says);
            g->says = golden_says(&s.file, contact);
            lf_contact_free(contact);
        }
        write_file(&s, version);
    }
    goldens_free(files, n);
}

int main(int argc, char **argv) {
    if (argc == 2) {
        make_all(argv[1]);
    } else if (argc == 4 && strcmp(argv[2], "--say") == 0) {
        say_again(argv[1], (unsigned)strtoul(argv[3], NULL, 10));
    } else {
        fputs("usage: golden_make ROOT [--say VERSION]\n", stderr);
        return 2;
    }
    return 0;
}

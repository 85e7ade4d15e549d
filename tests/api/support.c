/* SPDX-License-Identifier: MIT */
#include "support.h"

#include <inttypes.h>
#include <stdio.h>

/* ---- the allocator ---- */
typedef struct head { /* in front of each block; keeps it aligned for any type */
    size_t size, mark;
} head;
#define MARK ((size_t)0x1eadf10)

static void check_block(const head *block, size_t old_size) {
    if (block->mark != MARK || block->size != old_size) {
        fprintf(stderr, "a block of %zu bytes is given back as one of %zu\n", block->size,
                old_size);
        abort();
    }
}

bool (*heap_choice)(const void *frame, bool forever);

static bool is_to_fail(const heap *h, const void *frame) {
    if (h->fail_at == 0 || h->failed) {
        return h->failed && h->forever;
    }
    return heap_choice != NULL ? heap_choice(frame, h->forever) : h->calls == h->fail_at;
}

static void *heap_realloc(void *user, void *ptr, size_t old_size, size_t new_size) {
    heap *h = user;
    head *block = ptr == NULL ? NULL : (head *)ptr - 1;
    if (block != NULL) {
        check_block(block, old_size);
    }
    if (new_size == 0) {
        if (block != NULL) {
            block->mark = 0;
            h->live--;
            free(block);
        }
        return NULL;
    }
    h->calls++;
    if (is_to_fail(h, __builtin_frame_address(0))) {
        h->failed = true;
        return NULL;
    }
    /* Always another place, so that nobody keeps a pointer over a resizing unnoticed. */
    head *more = malloc(sizeof *more + new_size);
    if (more == NULL) {
        abort();
    }
    *more = (head){new_size, MARK};
    memset(more + 1, 0xa5, new_size);
    if (block != NULL) {
        memcpy(more + 1, block + 1, old_size < new_size ? old_size : new_size);
        memset(block, 0x5a, sizeof *block + old_size);
        free(block);
    } else {
        h->live++;
    }
    return more + 1;
}

lf_allocator heap_allocator(heap *h) {
    lf_allocator allocator;
    lf_allocator_init(&allocator, sizeof allocator);
    allocator.realloc_fn = heap_realloc;
    allocator.user = h;
    return allocator;
}

void heap_fail(heap *h, size_t at, bool forever) {
    h->calls = 0;
    h->fail_at = at;
    h->forever = forever;
    h->failed = false;
}

/* ---- blueprints and events ---- */
char *read_file(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        fail_msg("cannot read %s", path);
        return NULL;
    }
    fseek(file, 0, SEEK_END);
    long end = ftell(file);
    rewind(file);
    char *text = calloc(1, (size_t)end + 1);
    *size = fread(text, 1, (size_t)end, file);
    fclose(file);
    return text;
}

static void print_diagnostics(const lf_diagnostics *diagnostics) {
    for (size_t i = 0; i < lf_diagnostics_count(diagnostics); i++) {
        print_error("%u:%u %s: %s (%s)\n", lf_diagnostics_line(diagnostics, i),
                    lf_diagnostics_column(diagnostics, i), lf_diagnostics_code(diagnostics, i),
                    lf_diagnostics_text(diagnostics, i), lf_diagnostics_pointer(diagnostics, i));
    }
}

lf_blueprint *parse_blueprint(const char *json, heap *h) {
    lf_blueprint_options options;
    lf_diagnostics *diagnostics;
    lf_allocator allocator;
    lf_blueprint *blueprint;
    lf_blueprint_options_init(&options, sizeof options);
    if (h != NULL) {
        allocator = heap_allocator(h);
        options.allocator = &allocator;
    }
    OK(lf_diagnostics_new(NULL, &diagnostics));
    lf_status status = lf_blueprint_parse(json, strlen(json), &options, diagnostics, &blueprint);
    print_diagnostics(diagnostics);
    OK(status);
    lf_diagnostics_free(diagnostics);
    return blueprint;
}

lf_status parse_rich(heap *h, lf_diagnostics *diagnostics, lf_blueprint **out) {
    static const char *const names[] = {"rich_base"};
    lf_blueprint_options options;
    lf_allocator allocator;
    size_t n, base_n;
    char *text = read_file("tests/api/rich.json", &n),
         *base = read_file("tests/api/rich_base.json", &base_n);
    const char *texts[] = {base};
    lf_blueprint_options_init(&options, sizeof options);
    options.preset_names = names;
    options.preset_texts = texts;
    options.preset_count = 1;
    options.lint = 1;
    if (h != NULL) {
        allocator = heap_allocator(h);
        options.allocator = &allocator;
    }
    lf_status status = lf_blueprint_parse(text, n, &options, diagnostics, out);
    free(text);
    free(base);
    return status;
}

lf_event *parse_event(lf_blueprint *blueprint, const char *json) {
    lf_diagnostics *diagnostics;
    lf_event *event;
    OK(lf_diagnostics_new(NULL, &diagnostics));
    OK(lf_event_new(blueprint, &event));
    lf_status status = lf_event_parse(event, json, strlen(json), 1, diagnostics);
    print_diagnostics(diagnostics);
    OK(status);
    lf_diagnostics_free(diagnostics);
    return event;
}

int64_t time_of(const char *text) {
    int64_t t;
    OK(lf_timestamp_parse(text, strlen(text), &t));
    return t;
}

const char *event_text(const char *contact, const char *type, int64_t at, const char *id,
                       const char *props) {
    static char text[1024];
    int64_t ms = at - T0, day = ms / DAY, rest = ms % DAY;
    if (ms < 0 || day > 30) {
        fail_msg("event_text() writes times of January 2026 only");
    }
    int n = snprintf(text, sizeof text,
                     "{\"contact\":\"%s\",\"type\":\"%s\",\"at\":\"2026-01-%02" PRId64 "T%02" PRId64
                     ":%02" PRId64 ":%02" PRId64 ".%03" PRId64 "Z\"",
                     contact, type, day + 1, rest / HOUR, rest / MINUTE % 60, rest / 1000 % 60,
                     rest % 1000);
    if (id != NULL) {
        n += snprintf(text + n, sizeof text - (size_t)n, ",\"id\":\"%s\"", id);
    }
    snprintf(text + n, sizeof text - (size_t)n, ",\"props\":%s}", props == NULL ? "{}" : props);
    return text;
}

/* ---- text ---- */
char *keep(const char *text) {
    size_t n = strlen(text) + 1;
    return memcpy(calloc(1, n), text, n);
}

lf_buffer *new_buffer(void) {
    lf_buffer *buffer;
    OK(lf_buffer_new(NULL, &buffer));
    return buffer;
}

static char *copy_out(lf_buffer *buffer, size_t *size) {
    size_t n = lf_buffer_size(buffer);
    char *text = calloc(1, n + 1);
    memcpy(text, lf_buffer_data(buffer), n);
    lf_buffer_free(buffer);
    *size = n;
    return text;
}

char *contact_text(lf_engine *engine, const char *contact) {
    lf_buffer *buffer = new_buffer();
    lf_contact *loaded;
    size_t n;
    OK(lf_engine_contact(engine, contact, strlen(contact), &loaded));
    OK(lf_contact_json(loaded, buffer));
    lf_contact_free(loaded);
    return copy_out(buffer, &n);
}

unsigned char *contact_bytes(const lf_contact *contact, size_t *size) {
    lf_buffer *buffer = new_buffer();
    OK(lf_contact_encode(contact, buffer));
    return (unsigned char *)copy_out(buffer, size);
}

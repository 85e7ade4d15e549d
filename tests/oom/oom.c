/* SPDX-License-Identifier: MIT */
#include "oom.h"

#include "watch.h"

#include <stdio.h>

size_t oom_points;
story oom_rich_story;

/* ---- stories ---- */
static void cut_lines(story *s) {
    for (char *line = strtok(s->text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        assert_true(s->n < OOM_MOST_EVENTS);
        s->events[s->n++] = line;
    }
}

void story_read(story *s, const char *folder) {
    char path[1024];
    size_t n;
    *s = (story){.n = 0};
    snprintf(path, sizeof path, "%s/blueprint.json", folder);
    s->document = read_file(path, &n);
    snprintf(path, sizeof path, "%s/events.ndjson", folder);
    s->text = read_file(path, &n);
    cut_lines(s);
}

void story_free(story *s) {
    free(s->document);
    free(s->text);
}

lf_blueprint *story_blueprint(const story *s, heap *h) {
    lf_blueprint *blueprint;
    heap_fail(h, 0, false);
    if (s->document != NULL) {
        return parse_blueprint(s->document, h);
    }
    OK(parse_rich(h, NULL, &blueprint));
    return blueprint;
}

/* ---- failures ---- */
int oom_begin(void **state) {
    (void)state;
    size_t n;
    oom_rich_story.text = read_file("tests/api/rich.ndjson", &n);
    cut_lines(&oom_rich_story);
    if (getenv("LEADFLOW_OOM_SITES") != NULL) {
        watch_begin();
        heap_choice = watch_choose;
    }
    return 0;
}

int oom_end(void **state) {
    (void)state;
    story_free(&oom_rich_story);
    print_message("# %zu allocations failed\n", oom_points);
    if (heap_choice != NULL) {
        watch_end(getenv("LEADFLOW_OOM_SITES"));
    }
    return 0;
}

void oom_until_it_works(heap *h, bool forever, oom_work work, oom_check check, void *ctx) {
    for (size_t n = 1;; n++) {
        heap_fail(h, n, forever);
        lf_status status = work(ctx);
        bool failed = h->failed;
        heap_fail(h, 0, false);
        oom_points += failed;
        /* Also where something can be done without, such as a smaller heap of text. */
        if (status == LF_OK) {
            return;
        }
        assert_true(failed);
        assert_int_equal(status, LF_E_NOMEM);
        if (check != NULL) {
            check(ctx);
        }
    }
}

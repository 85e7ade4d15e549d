/* SPDX-License-Identifier: MIT */
/*
 * Without memory: the engine, on the store in memory, which fails with it, and on the plain one, whose rows
 * tell whether a call that failed has changed anything.
 */
#define _POSIX_C_SOURCE 200809L /* open_memstream, scandir */
#include "oom.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>

enum { ON_MEMORY, ON_PLAIN, ON_LOCK, STORES };

/* ---- what was handed over: each effect once, and the same each time it came ---- */
#define MOST_TOLD 256
typedef struct told {
    char *effects[MOST_TOLD];
    size_t n;
} told;

static lf_status tell(void *user, const lf_effect *effect, lf_receipt *receipt) {
    told *t = user;
    const char *json = lf_effect_json(effect, NULL), *key = lf_effect_key(effect);
    size_t at = 0;
    while (at < t->n && strstr(t->effects[at], key) == NULL) {
        at++;
    }
    if (at < t->n) {
        assert_string_equal(t->effects[at], json);
    } else {
        assert_true(t->n < MOST_TOLD);
        t->effects[t->n++] = keep(json);
    }
    lf_receipt_refuse(receipt); /* everything dies, on_failure runs */
    return LF_OK;
}

static void forget(told *t) {
    while (t->n > 0) {
        free(t->effects[--t->n]);
    }
}

/* ---- the work ---- */
typedef struct working {
    heap *h;
    lf_blueprint *blueprint;
    int how;
    lf_memstore *memstore;
    plain_store plain;
    lf_store store;
    told told;
    const char *json;
    int64_t now;
    lf_status (*call)(lf_engine *engine, struct working *w);
    lf_buffer *out;
    char *before; /* the rows of the plain store */
} working;

static void open_store(working *w) {
    lf_allocator allocator = heap_allocator(w->h);
    lf_store_init(&w->store, sizeof w->store);
    if (w->how == ON_MEMORY) {
        OK(lf_memstore_new(&allocator, &w->memstore));
        OK(lf_memstore_store(w->memstore, &w->store));
    } else {
        plain_open(&w->plain, w->how == ON_LOCK);
        plain_table(&w->plain, &w->store);
    }
    OK(lf_buffer_new(&allocator, &w->out));
}

static void close_store(working *w) {
    lf_buffer_free(w->out);
    lf_memstore_free(w->memstore);
    if (w->how != ON_MEMORY) {
        plain_close(&w->plain);
    }
}

static lf_status open_engine(working *w, lf_engine **engine) {
    lf_engine_options options;
    lf_delivery delivery;
    lf_delivery_init(&delivery, sizeof delivery);
    delivery.user = &w->told;
    delivery.deliver = tell;
    lf_engine_options_init(&options, sizeof options);
    options.store = &w->store;
    options.delivery = &delivery;
    options.lease_ms = 1; /* however often it fails, no window opens meanwhile */
    return lf_engine_new(w->blueprint, &options, engine);
}

static int by_text(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The lines in order: which contact's turn comes first is nobody's business. `text` is freed. */
static char *sorted(char *text) {
    size_t size = strlen(text) + 2, n = 0;
    char **lines = calloc(size, sizeof *lines), *out = calloc(1, size);
    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        lines[n++] = line;
    }
    qsort(lines, n, sizeof *lines, by_text);
    for (size_t i = 0, at = 0; i < n; i++) {
        at += (size_t)snprintf(out + at, size - at, "%s\n", lines[i]);
    }
    free(lines);
    free(text);
    return out;
}

/* All rows of the plain store: contacts with every byte, effects with their places. To be freed. */
static char *rows(const plain_store *store) {
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    for (size_t i = 0; i < store->n_contacts; i++) {
        const plain_contact *row = &store->contacts[i];
        fprintf(out, "%s %s %" PRIu64 " %" PRId64 " ", row->tenant, row->id, row->revision,
                row->due);
        for (size_t j = 0; j < row->size; j++) {
            fprintf(out, "%02x", row->bytes[j]);
        }
        for (const char *c = row->columns; *c != '\0'; c++) {
            fputc(*c == '\n' ? ' ' : *c, out);
        }
        fputc('\n', out);
    }
    for (size_t i = 0; i < store->n_effects; i++) {
        const plain_effect *row = &store->effects[i];
        size_t nth = 0;
        for (size_t j = 0; j < i; j++) {
            nth += strcmp(store->effects[j].contact, row->contact) == 0;
        }
        fprintf(out, "%s %03zu %s %d %" PRId64 " %s\n", row->contact, nth, row->key,
                (int)row->place, row->attempts, row->json);
    }
    fclose(out);
    return sorted(text);
}

/* Each time with a fresh engine, which has no memory from before to work in. What a failure left in a lease is
 * claimed again: on the plain store at the same time, so that all bytes must be the same. */
static lf_status call_engine(void *ctx) {
    working *w = ctx;
    lf_engine *engine = (lf_engine *)ctx;
    free(w->before);
    w->before = NULL;
    if (w->how == ON_MEMORY) {
        w->now++;
    } else {
        plain_lapse(&w->plain);
        w->before = rows(&w->plain);
    }
    lf_status status = open_engine(w, &engine);
    if (status != LF_OK) {
        assert_null(engine);
        return status;
    }
    status = w->call(engine, w);
    lf_engine_free(engine);
    return status;
}

static lf_status take_parsed(lf_engine *engine, const working *w, int32_t *taken) {
    lf_event *event;
    lf_status status = lf_event_new(w->blueprint, &event);
    if (status == LF_OK) {
        status = lf_event_parse(event, w->json, strlen(w->json), 1, NULL);
        status = status == LF_OK ? lf_engine_take(engine, event, END, taken, NULL) : status;
        lf_event_free(event);
    }
    return status == LF_E_NOTFOUND ? LF_OK : status; /* of an ignored type */
}

static lf_status engine_take(lf_engine *engine, working *w) {
    int32_t taken = LF_TAKEN_NEW;
    lf_status status;
    if (w->how == ON_LOCK) {
        status = take_parsed(engine, w, &taken);
    } else {
        status = lf_engine_take_json(engine, w->json, strlen(w->json), 1, END, &taken, NULL);
    }
    assert_true(status == LF_OK || taken == LF_TAKEN_NEW);
    return status == LF_E_EVENT ? LF_OK : status; /* some stories have events that are refused */
}

static lf_status engine_run_due(lf_engine *engine, working *w) {
    return lf_engine_run_due(engine, w->now, SIZE_MAX, NULL);
}

static lf_status engine_deliver(lf_engine *engine, working *w) {
    return lf_engine_deliver(engine, w->now, SIZE_MAX, NULL);
}

static lf_status engine_next(lf_engine *engine, working *w) {
    return lf_engine_next_contact(engine, NULL, 0, w->out);
}

static lf_status engine_dead(lf_engine *engine, working *w) {
    lf_buffer_clear(w->out);
    lf_status status = lf_engine_dead(engine, 100, w->out);
    assert_true(status == LF_OK || lf_buffer_size(w->out) == 0);
    return status;
}

static lf_status engine_contact(lf_engine *engine, working *w) {
    lf_contact *contact = (lf_contact *)(void *)w;
    lf_status status = lf_engine_contact(engine, "c-1", 3, &contact);
    assert_true((status == LF_OK) == (contact != NULL));
    lf_contact_free(contact);
    return status == LF_E_NOTFOUND ? LF_OK : status; /* it is nobody of this story */
}

static lf_status engine_wake(lf_engine *engine, working *w) {
    (void)w;
    lf_status status = lf_engine_wake(engine, "c-1", 3, END);
    return status == LF_E_NOTFOUND ? LF_OK : status;
}

/* What takes one contact has changed nothing; what goes through many has at most done some of them. */
static void store_as_before(void *ctx) {
    working *w = ctx;
    if (w->how != ON_MEMORY && w->call != engine_run_due && w->call != engine_deliver) {
        char *now = rows(&w->plain);
        assert_string_equal(now, w->before);
        free(now);
    }
}

static lf_status (*const calls[])(lf_engine *engine, working *w) = {
    engine_run_due, engine_deliver, engine_next, engine_dead, engine_contact, engine_wake};
#define CALLS (sizeof calls / sizeof calls[0])

/* Everybody, brought to the same time; to be freed. */
static char *people(lf_engine *engine) {
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    lf_buffer *id = new_buffer();
    while (lf_engine_next_contact(engine, lf_buffer_data(id), lf_buffer_size(id), id) == LF_OK) {
        OK(lf_engine_wake(engine, lf_buffer_data(id), lf_buffer_size(id), END));
        char *contact = contact_text(engine, lf_buffer_data(id));
        fprintf(out, "%s\n", contact);
        free(contact);
    }
    lf_buffer_free(id);
    fclose(out);
    return text;
}

/* What there is in the end, to be freed. */
static char *work_through(const story *s, heap *h, int how, int mode, told *handed_over) {
    working w = {.h = h, .how = how, .blueprint = story_blueprint(s, h)};
    lf_engine *engine;
    w.now = T0 + 150 * DAY - 3 * HOUR; /* each try takes a minute: by morning it must be over */
    open_store(&w);
    for (size_t i = 0; i < s->n + CALLS; i++) {
        w.call = i < s->n ? engine_take : calls[i - s->n];
        w.json = i < s->n ? s->events[i] : NULL;
        if (mode == 0) {
            OK(call_engine(&w));
        } else {
            oom_until_it_works(h, mode == 2, call_engine, store_as_before, &w);
        }
    }
    OK(open_engine(&w, &engine));
    char *end = how == ON_MEMORY ? people(engine) : rows(&w.plain);
    *handed_over = w.told;
    lf_engine_free(engine);
    close_store(&w);
    free(w.before);
    lf_blueprint_unref(w.blueprint);
    assert_int_equal(h->live, 0);
    return end;
}

/* Of the two ways to fail, once and for ever, those from the first to the last. */
static void tell_story(const story *s, int how, int first, int last) {
    heap h = {.live = 0};
    told expected, handed_over;
    char *end = work_through(s, &h, how, 0, &expected);
    qsort(expected.effects, expected.n, sizeof(char *), by_text);
    for (int mode = first; mode <= last; mode++) {
        char *other = work_through(s, &h, how, mode, &handed_over);
        assert_string_equal(other, end);
        assert_int_equal(handed_over.n, expected.n);
        qsort(handed_over.effects, handed_over.n, sizeof(char *), by_text);
        for (size_t i = 0; i < expected.n && how != ON_MEMORY; i++) {
            assert_string_equal(handed_over.effects[i], expected.effects[i]);
        }
        forget(&handed_over);
        free(other);
    }
    forget(&expected);
    free(end);
}

static void rich_story(void **state) {
    (void)state;
    for (int how = 0; how < STORES; how++) {
        tell_story(&oom_rich_story, how, 1, 2);
    }
}

/* Each on another store than the one before, and failing in the other way. */
static void scenario(void **state) {
    static int turn;
    story s;
    story_read(&s, *state);
    tell_story(&s, turn % STORES, 1 + turn % 2, 1 + turn % 2);
    turn++;
    story_free(&s);
}

static void odd_story(void **state) {
    static char folder[] = "tests/oom/odd";
    for (int turn = 0; turn < STORES * 2; turn++) {
        *state = folder;
        scenario(state);
    }
}

/* Claims that failed are undone: the same call, at the same time, claims the same. */
static void claims_are_undone(void **state) {
    static const char *const ids[] = {"a", "b", "c"};
    bool delivering = false;
    (void)state;
    for (size_t n = 1; !delivering; n++) {
        heap h = {.live = 0};
        working w = {.h = &h, .how = ON_MEMORY};
        lf_engine *engine;
        size_t done;
        w.blueprint = parse_blueprint(RIG_BLUEPRINT, &h);
        open_store(&w);
        OK(open_engine(&w, &engine));
        for (size_t i = 0; i < 3; i++) {
            const char *json = event_text(ids[i], "form", T0, NULL, NULL);
            OK(lf_engine_take_json(engine, json, strlen(json), 1, T0, NULL, NULL));
        }
        heap_fail(&h, n, false);
        lf_status status = lf_engine_deliver(engine, T0, SIZE_MAX, &done);
        delivering = w.told.n > 0;
        heap_fail(&h, 0, false);
        if (!delivering) {
            oom_points++;
            assert_int_equal(status, LF_E_NOMEM);
            OK(lf_engine_deliver(engine, T0, SIZE_MAX, &done));
            assert_true(done >= 12 && done == w.told.n);
        }
        lf_engine_free(engine);
        forget(&w.told);
        close_store(&w);
        lf_blueprint_unref(w.blueprint);
        assert_int_equal(h.live, 0);
    }
}

static int is_folder(const struct dirent *entry) {
    return entry->d_name[0] != '.' && strchr(entry->d_name, '.') == NULL;
}

/* The rich story, the odd one, and that of each scenario. */
int main(void) {
    static const char folder[] = "tests/scenario";
    struct dirent **folders;
    int n = scandir(folder, &folders, is_folder, alphasort);
    struct CMUnitTest *tests = calloc((size_t)(n > 0 ? n : 0) + 3, sizeof *tests);
    size_t n_tests = 0;
    tests[n_tests++] = (struct CMUnitTest)cmocka_unit_test(claims_are_undone);
    tests[n_tests++] = (struct CMUnitTest)cmocka_unit_test(rich_story);
    tests[n_tests++] = (struct CMUnitTest)cmocka_unit_test(odd_story);
    for (int i = 0; i < n; i++) {
        size_t size = sizeof folder + 1 + strlen(folders[i]->d_name);
        char *path = calloc(1, size);
        snprintf(path, size, "%s/%s", folder, folders[i]->d_name);
        tests[n_tests++] = (struct CMUnitTest){
            .name = path + sizeof folder, .test_func = scenario, .initial_state = path};
        free(folders[i]);
    }
    int failed = _cmocka_run_group_tests("oom_engine", tests, n_tests, oom_begin, oom_end);
    for (size_t i = 3; i < n_tests; i++) {
        free(tests[i].initial_state);
    }
    free(tests);
    free(folders);
    return n > 0 ? failed : 1;
}

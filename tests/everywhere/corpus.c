/* SPDX-License-Identifier: MIT */
#include "corpus.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <leadflow/leadflow.h>

const char *const part_names[PARTS] = {"scores",   "stored",    "effects", "wakes",
                                       "contacts", "delivered", "said"};

typedef struct person {
    char *id;
    size_t id_len;
    int64_t now;
    lf_contact *contact;             /* the step's */
    uint64_t step_made, engine_made; /* hashes of the effects */
    uint64_t committed;              /* hash of what the engine stored last; 0: nothing yet */
    int64_t wake;                    /* with it */
} person;

typedef struct corpus {
    const char *name;
    uint64_t *parts;
    lf_blueprint *blueprint;
    lf_diagnostics *said;
    lf_event *event;
    lf_step *step;
    lf_memstore *memstore;
    lf_engine *engine;
    lf_buffer *buffer;
    person *people;
    size_t n;
} corpus;

/* The store's `commit` has no room for a pointer of ours beside the store's own. */
static corpus *running;
static lf_status (*inner_commit)(void *user, const char *tenant, const lf_commit *commit);

void hash_bytes(uint64_t *hash, const void *bytes, size_t size) {
    hash_number(hash, (int64_t)size);
    for (size_t i = 0; i < size; i++) {
        *hash = (*hash ^ ((const unsigned char *)bytes)[i]) * UINT64_C(0x100000001b3);
    }
}

void hash_text(uint64_t *hash, const char *text) {
    hash_bytes(hash, text == NULL ? "\1NULL" : text, text == NULL ? 5 : strlen(text));
}

void hash_number(uint64_t *hash, int64_t number) {
    for (unsigned i = 0; i < 8; i++) {
        *hash = (*hash ^ ((uint64_t)number >> 8 * i & 0xff)) * UINT64_C(0x100000001b3);
    }
}

static _Noreturn void give_up(const char *what) {
    printf("Bail out! %s: %s\n", running->name, what);
    exit(1);
}

static void check(lf_status status, const char *what) {
    if (status != LF_OK) {
        printf("# %s: %s\n", what, lf_status_name(status));
        give_up(what);
    }
}

static void hash_buffer(uint64_t *hash, lf_buffer *buffer) {
    hash_bytes(hash, lf_buffer_data(buffer), lf_buffer_size(buffer));
    lf_buffer_clear(buffer);
}

static void hash_diagnostics(uint64_t *hash, lf_diagnostics *said) {
    for (size_t i = 0; i < lf_diagnostics_count(said); i++) {
        hash_number(hash, lf_diagnostics_is_error(said, i));
        hash_text(hash, lf_diagnostics_code(said, i));
        hash_text(hash, lf_diagnostics_text(said, i));
        hash_text(hash, lf_diagnostics_pointer(said, i));
        hash_text(hash, lf_diagnostics_source(said, i));
        hash_number(hash, lf_diagnostics_line(said, i));
        hash_number(hash, lf_diagnostics_column(said, i));
    }
    lf_diagnostics_clear(said);
}

static void hash_effect(uint64_t *hash, const lf_effect *effect) {
    size_t len;
    const char *json = lf_effect_json(effect, &len);
    hash_number(hash, lf_effect_at(effect));
    hash_text(hash, lf_effect_key(effect));
    hash_bytes(hash, json, len);
}

static person *find_person(corpus *c, const char *id, size_t len) {
    for (size_t i = 0; i < c->n; i++) {
        if (c->people[i].id_len == len && memcmp(c->people[i].id, id, len) == 0) {
            return &c->people[i];
        }
    }
    c->people = realloc(c->people, (c->n + 1) * sizeof *c->people);
    char *copy = malloc(len);
    if (c->people == NULL || copy == NULL) {
        give_up("no memory");
    }
    memcpy(copy, id, len);
    person *p = &c->people[c->n++];
    *p = (person){copy, len, INT64_MIN, NULL, HASH_START, HASH_START, 0, INT64_MAX};
    check(lf_contact_new(c->blueprint, id, len, &p->contact), "lf_contact_new");
    return p;
}

static lf_status commit(void *user, const char *tenant, const lf_commit *commit) {
    lf_status status = inner_commit(user, tenant, commit);
    if (status != LF_OK) {
        return status;
    }
    size_t len, size;
    const char *id = lf_commit_contact(commit, &len);
    const void *bytes = lf_commit_bytes(commit, &size);
    person *p = find_person(running, id, len);
    p->committed = HASH_START;
    hash_bytes(&p->committed, bytes, size);
    p->wake = lf_commit_wake(commit);
    for (size_t i = 0; i < lf_commit_column_count(commit); i++) {
        const char *value;
        check(lf_commit_column_value(commit, i, &value), "lf_commit_column_value");
        hash_text(&running->parts[STORED], lf_commit_column_name(commit, i));
        hash_text(&running->parts[STORED], value);
    }
    for (size_t i = 0; i < lf_commit_effect_count(commit); i++) {
        hash_effect(&p->engine_made, lf_commit_effect_at(commit, i));
    }
    return LF_OK;
}

static lf_status deliver(void *user, const lf_effect *effect, lf_receipt *receipt) {
    (void)receipt;
    hash_effect(user, effect);
    return LF_OK;
}

static void open_engine(corpus *c) {
    lf_store store;
    lf_delivery delivery;
    lf_engine_options options;
    lf_store_init(&store, sizeof store);
    lf_delivery_init(&delivery, sizeof delivery);
    lf_engine_options_init(&options, sizeof options);
    check(lf_memstore_new(NULL, &c->memstore), "lf_memstore_new");
    lf_memstore_store(c->memstore, &store);
    inner_commit = store.commit;
    store.commit = commit;
    delivery.deliver = deliver;
    delivery.user = &c->parts[DELIVERED];
    options.store = &store;
    options.delivery = &delivery;
    check(lf_engine_new(c->blueprint, &options, &c->engine), "lf_engine_new");
}

static lf_status parse(corpus *c, const char *text, size_t len, lf_blueprint **out) {
    lf_blueprint_options options;
    lf_blueprint_options_init(&options, sizeof options);
    options.lint = 1;
    lf_status status = lf_blueprint_parse(text, len, &options, c->said, out);
    hash_number(&c->parts[SAID], status);
    hash_diagnostics(&c->parts[SAID], c->said);
    return status;
}

/* What is said of a document in which something is missing. */
static void parse_without_lines(corpus *c, const char *text) {
    size_t len = strlen(text), at = 0;
    char *rest = malloc(len + 1);
    while (rest != NULL && at < len) {
        lf_blueprint *unwanted;
        size_t n = strcspn(text + at, "\n") + 1;
        n = n < len - at ? n : len - at;
        memcpy(rest, text, at);
        memcpy(rest + at, text + at + n, len - at - n);
        parse(c, rest, len - n, &unwanted);
        lf_blueprint_unref(unwanted);
        at += n;
    }
    free(rest);
}

static void hash_score(uint64_t *hash, const lf_scorer *scorer, const lf_contact *contact,
                       lf_buffer *buffer) {
    static const int64_t days[] = {0, 1, 10, 100, 1000};
    int64_t clock = lf_contact_clock(contact), next;
    lf_explanation *why;
    for (size_t i = 0; i < sizeof days / sizeof *days; i++) {
        int64_t total;
        check(lf_scorer_total(scorer, contact, clock + days[i] * 86400000, &total), "total");
        hash_number(hash, total);
    }
    check(lf_scorer_next_band_change(scorer, contact, &next), "next band");
    check(lf_scorer_explain(scorer, contact, clock, &why), "explain");
    check(lf_explanation_json(why, buffer), "explanation");
    hash_text(hash, lf_scorer_band(scorer, contact));
    hash_number(hash, next);
    hash_number(hash, lf_explanation_until(why));
    hash_buffer(hash, buffer);
    lf_explanation_free(why);
}

/* The contact as the step left it, which must be as the engine stored it. */
static void look_at(corpus *c, const person *p) {
    uint64_t bytes = HASH_START;
    check(lf_contact_encode(p->contact, c->buffer), "lf_contact_encode");
    hash_buffer(&bytes, c->buffer);
    if (p->committed != 0 || lf_contact_created(p->contact) != INT64_MAX) {
        if (p->committed != bytes || p->wake != lf_contact_wake_time(p->contact)) {
            give_up("step and engine come to other bytes or wake times");
        }
    }
    hash_number(&c->parts[STORED], (int64_t)bytes);
    hash_number(&c->parts[WAKES], lf_contact_wake_time(p->contact));
    for (size_t i = 0; i < lf_blueprint_scorer_count(c->blueprint); i++) {
        hash_score(&c->parts[SCORES], lf_blueprint_scorer_at(c->blueprint, i), p->contact,
                   c->buffer);
    }
}

static void collect(corpus *c, person *p) {
    for (size_t i = 0; i < lf_step_effect_count(c->step); i++) {
        hash_effect(&p->step_made, lf_step_effect_at(c->step, i));
    }
}

static void take(corpus *c, const char *json, size_t number) {
    size_t len = strlen(json), id_len;
    int32_t taken, engine_taken;
    lf_status status = lf_event_parse(c->event, json, len, (uint32_t)number, c->said);
    hash_number(&c->parts[SAID], status);
    hash_diagnostics(&c->parts[SAID], c->said);
    if (status != LF_OK) {
        return;
    }
    const char *id = lf_event_contact(c->event, &id_len);
    person *p = find_person(c, id, id_len);
    p->now = lf_event_at(c->event) > p->now ? lf_event_at(c->event) : p->now;
    status = lf_step_take(c->step, p->contact, c->event, p->now, &taken, c->said);
    hash_number(&c->parts[SAID], status);
    hash_number(&c->parts[SAID], taken);
    hash_diagnostics(&c->parts[SAID], c->said);
    collect(c, p);
    if (lf_engine_take(c->engine, c->event, p->now, &engine_taken, NULL) != status ||
        engine_taken != taken) {
        give_up("step and engine take an event otherwise");
    }
    look_at(c, p);
}

/* The engine works as a process that is never late does. */
static void run_punctually(corpus *c, int64_t until) {
    for (;;) {
        int64_t next = INT64_MAX;
        size_t done;
        for (size_t i = 0; i < c->n; i++) {
            next = c->people[i].wake < next ? c->people[i].wake : next;
        }
        if (next > until || next == INT64_MAX) {
            return;
        }
        check(lf_engine_run_due(c->engine, next, c->n, &done), "lf_engine_run_due");
        if (done == 0) {
            give_up("nobody is woken who is due");
        }
    }
}

static void end_person(corpus *c, person *p, int64_t until) {
    check(lf_step_wake(c->step, p->contact, until), "lf_step_wake");
    collect(c, p);
    check(lf_engine_wake(c->engine, p->id, p->id_len, until), "lf_engine_wake");
    look_at(c, p);
    if (p->step_made != p->engine_made) {
        give_up("step and engine make other effects");
    }
    hash_number(&c->parts[EFFECTS], (int64_t)p->step_made);
    check(lf_contact_json(p->contact, c->buffer), "lf_contact_json");
    hash_buffer(&c->parts[CONTACTS], c->buffer);
    for (size_t i = 0; i < lf_blueprint_lifecycle_count(c->blueprint); i++) {
        const lf_lifecycle *machine = lf_blueprint_lifecycle_at(c->blueprint, i);
        check(lf_lifecycle_possible(machine, p->contact, c->buffer), "lf_lifecycle_possible");
        hash_buffer(&c->parts[CONTACTS], c->buffer);
    }
}

static int64_t newest(const corpus *c) {
    int64_t at = INT64_MIN;
    for (size_t i = 0; i < c->n; i++) {
        at = c->people[i].now > at ? c->people[i].now : at;
    }
    return at;
}

static void end_all(corpus *c, int64_t until) {
    until = until == INT64_MIN ? newest(c) : until;
    run_punctually(c, until);
    for (size_t i = 0; i < c->n; i++) {
        if (lf_contact_created(c->people[i].contact) != INT64_MAX) { /* not only refused events */
            end_person(c, &c->people[i], until);
        }
    }
    for (size_t done = 1; done > 0;) {
        check(lf_engine_deliver(c->engine, until, 100, &done), "lf_engine_deliver");
    }
}

static void close_all(corpus *c) {
    lf_engine_free(c->engine);
    lf_memstore_free(c->memstore);
    lf_step_free(c->step);
    for (size_t i = 0; i < c->n; i++) {
        lf_contact_free(c->people[i].contact);
        free(c->people[i].id);
    }
    free(c->people);
    lf_event_free(c->event);
    lf_buffer_free(c->buffer);
    lf_diagnostics_free(c->said);
    lf_blueprint_unref(c->blueprint);
}

void corpus_run(const char *name, const char *blueprint, const lines *events, int64_t until,
                uint64_t parts[PARTS]) {
    corpus c = {.name = name, .parts = parts};
    running = &c;
    for (size_t i = 0; i < PARTS; i++) {
        parts[i] = HASH_START;
    }
    check(lf_diagnostics_new(NULL, &c.said), "lf_diagnostics_new");
    check(lf_buffer_new(NULL, &c.buffer), "lf_buffer_new");
    check(parse(&c, blueprint, strlen(blueprint), &c.blueprint), "blueprint.json");
    parse_without_lines(&c, blueprint);
    check(lf_event_new(c.blueprint, &c.event), "lf_event_new");
    check(lf_step_new(c.blueprint, "default", &c.step), "lf_step_new");
    open_engine(&c);
    for (size_t i = 0; i < events->n; i++) {
        take(&c, events->items[i].text, i + 1);
    }
    end_all(&c, until);
    close_all(&c);
}

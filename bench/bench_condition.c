/* SPDX-License-Identifier: MIT */
/*
 * What one evaluation of a condition costs, beside a function in C of the same meaning, written by hand over
 * structs of the same data: one JSON object a line on standard output.
 *
 *     bench_condition [ROUNDS]
 *
 * A blueprint, contacts of fifty events each, and events at hand are made here; the library is entered where a
 * step enters it (lf_world_holds), and keeps no answer from one evaluation to the next. Contacts and events come
 * in random order, so that neither compiler nor processor knows what is next, for both sides the same. First each
 * answer is compared. The figures are the medians of all rounds, in which both sides take turns; `allocations`
 * counts those of all rounds.
 */
#define _POSIX_C_SOURCE 200809L
#include "flow/flow.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { PEOPLE = 16, LOG = 50, VISITS = 256, ORDER = 1 << 16, MOST_ROUNDS = 1001 };
#define DAY INT64_C(86400000)
#define T0 INT64_C(1767607200000)

static void need(bool good, const char *what) {
    if (!good) {
        fprintf(stderr, "bench_condition: %s\n", what);
        exit(1);
    }
}

static uint32_t random_below(uint32_t n) { /* splitmix64 */
    static uint64_t seed = 4;
    uint64_t z = seed += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)((z ^ (z >> 31)) % n);
}

/* ---- the data, as the functions written by hand have it ---- */
typedef struct text {
    const char *p; /* NULL: it has no value */
    size_t n;
} text;
enum state { LEAD, MQL, SQL };

static struct person {
    int64_t company_size;
    bool has_size;
    text industry, title;
    text tags[4];
    size_t n_tags;
    enum state state;
    int64_t views[LOG], engaged[LOG]; /* times */
    size_t n_views, n_engaged;
    int64_t created;
} people[PEOPLE];

static struct visit { text page; } visits[VISITS];

#define WORD(literal) \
    { (literal), sizeof(literal) - 1 }
#define TEXT(literal) ((text)WORD(literal))
static const text pages[] = {WORD("/pricing"),   WORD("/"),        WORD("/docs/start"),
                             WORD("/blog/2026"), WORD("/careers"), {NULL, 0}};
static const text industries[] = {WORD("saas"),   WORD("fintech"), WORD("health"), WORD("retail"),
                                  WORD("energy"), WORD("travel"),  {NULL, 0}};
static const text titles[] = {
    WORD("VP of Sales"), WORD("Engineer"), WORD("Chief of Staff"), WORD("CTO"), {NULL, 0}};
static const text tags[] = {WORD("src_web"), WORD("int_pricing"), WORD("act_trial"),
                            WORD("int_security"), WORD("stage_new")};
static const char *const states[] = {"lead", "mql", "sql"};

static bool is(text a, text b) {
    return a.n == b.n && memcmp(a.p, b.p, b.n) == 0;
}

static bool starts(text a, text b) {
    return a.n >= b.n && memcmp(a.p, b.p, b.n) == 0;
}

#define BY_HAND __attribute__((noinline)) static bool

BY_HAND page_is(const struct person *p, const struct visit *v, int64_t t) {
    (void)p, (void)t;
    return v->page.p != NULL && is(v->page, TEXT("/pricing"));
}

BY_HAND page_is_one(const struct person *p, const struct visit *v, int64_t t) {
    (void)p, (void)t;
    return v->page.p != NULL && (is(v->page, TEXT("/")) || starts(v->page, TEXT("/docs")));
}

BY_HAND large_in(const struct person *p, const struct visit *v, int64_t t) {
    (void)v, (void)t;
    return p->has_size && p->company_size >= 500 && p->industry.p != NULL &&
           (is(p->industry, TEXT("saas")) || is(p->industry, TEXT("fintech")) ||
            is(p->industry, TEXT("health")));
}

BY_HAND is_idle(const struct person *p, int64_t from) {
    return p->engaged[p->n_engaged - 1] <= from && p->created <= from;
}

BY_HAND viewed_lately(const struct person *p, const struct visit *v, int64_t t) {
    size_t n = 0;
    (void)v;
    for (size_t i = p->n_views; i > 0 && n < 3 && p->views[i - 1] > t - 30 * DAY; i--) {
        n++;
    }
    return n >= 3 && !is_idle(p, t - 7 * DAY);
}

BY_HAND inactive(const struct person *p, const struct visit *v, int64_t t) {
    (void)v;
    return is_idle(p, t - 5 * DAY);
}

BY_HAND qualified(const struct person *p, const struct visit *v, int64_t t) {
    (void)v, (void)t;
    return p->state == MQL || p->state == SQL;
}

static bool is_letter(char c, char lower) {
    return (c | 32) == lower;
}

BY_HAND leads(const struct person *p, const struct visit *v, int64_t t) {
    const char *title = p->title.p;
    (void)v, (void)t;
    return title != NULL && p->title.n >= 2 &&
           ((is_letter(title[0], 'v') && is_letter(title[1], 'p')) ||
            (p->title.n >= 3 && is_letter(title[0], 'c') && is_letter(title[2], 'o')));
}

BY_HAND in_trial(const struct person *p, const struct visit *v, int64_t t) {
    (void)v, (void)t;
    for (size_t i = 0; i < p->n_tags; i++) {
        if (is(p->tags[i], TEXT("act_trial"))) {
            return true;
        }
    }
    return false;
}

BY_HAND interested(const struct person *p, const struct visit *v, int64_t t) {
    (void)v, (void)t;
    for (size_t i = 0; i < p->n_tags; i++) {
        if (starts(p->tags[i], TEXT("int_"))) {
            return true;
        }
    }
    return false;
}

/* ---- the same as expressions ---- */
static const struct condition {
    const char *source;
    bool event; /* at hand */
    bool (*by_hand)(const struct person *p, const struct visit *v, int64_t t);
} conditions[] = {
    {"event.page == '/pricing'", true, page_is},
    {"event.page == '/' || event.page.startsWith('/docs')", true, page_is_one},
    {"contact.company_size >= 500 && contact.industry in ['saas', 'fintech', 'health']", false,
     large_in},
    {"count('page_view', '30d') >= 3 && !idle('7d')", false, viewed_lately},
    {"idle('5d')", false, inactive},
    {"state.lifecycle == 'mql' || state.lifecycle == 'sql'", false, qualified},
    {"has(contact.title) && contact.title.matches('(?i)^(c.o|vp)')", false, leads},
    {"tagged('act_trial')", false, in_trial},
    {"contact.tags.exists(tag, tag.startsWith('int_'))", false, interested},
};

static lf_blueprint *make_blueprint(const lf_mem *mem) {
    lf_buf json, segments;
    lf_diags diags;
    lf_blueprint *bp = NULL;
    lf_buf_init(&json, mem);
    lf_buf_init(&segments, mem);
    lf_diags_init(&diags, mem);
    lf_buf_text(&json, "{\"leadflow\": 1, \"fields\": {\"company_size\": {\"type\": \"int\"}, "
                       "\"industry\": {\"type\": \"string\"}, \"title\": {\"type\": \"string\"}}, "
                       "\"tags\": {\"categories\": [\"src\", \"int\", \"act\", \"stage\"]}, "
                       "\"machines\": {\"lifecycle\": {\"initial\": \"lead\", \"states\": "
                       "{\"lead\": {}, \"mql\": {}, \"sql\": {}}, \"transitions\": ["
                       "{\"from\": \"lead\", \"to\": \"mql\", \"manual\": true}, "
                       "{\"from\": \"lead\", \"to\": \"sql\", \"manual\": true}]}}, "
                       "\"events\": {\"page_view\": {\"engagement\": true, \"props\": "
                       "{\"page\": \"string\"}}, \"email_open\": {}");
    for (uint32_t i = 0; i < LF_COUNT(conditions); i++) {
        const struct condition *c = &conditions[i];
        if (c->event) {
            lf_buf_format(&json, ", \"e%u\": {\"is\": \"page_view\", \"when\": \"%s\"}",
                          (uint64_t)i, c->source);
        } else {
            lf_buf_format(&segments, "%s\"s%u\": {\"when\": \"%s\"}", segments.n > 0 ? ", " : "",
                          (uint64_t)i, c->source);
        }
    }
    lf_buf_format(&json, "}, \"segments\": {%s}}", lf_buf_cstr(&segments));
    if (lf_definitions_parse(mem, (lf_str){json.p, json.n}, &(lf_parsing){.lint = false}, &diags,
                             &bp) != LF_OK) {
        need(false, diags.n > 0 ? diags.items[0].text.p : "out of memory");
    }
    lf_diags_free(&diags);
    lf_buf_free(&segments);
    lf_buf_free(&json);
    return bp;
}

static const lf_expr *expression(const lf_blueprint *bp, uint32_t i) {
    char name[2] = {conditions[i].event ? 'e' : 's', (char)('0' + i)};
    enum lf_name_kind kind = conditions[i].event ? LF_N_TYPE : LF_N_SEGMENT;
    int32_t number = lf_names_find(&bp->schema.names[kind], (lf_str){name, 2});
    return conditions[i].event ? bp->types[number].when : bp->segments[number].when;
}

/* ---- the contacts and events of the library ---- */
typedef struct side {
    lf_mem mem;
    lf_blueprint *bp;
    lf_flow *flow;
    lf_contact *contacts[PEOPLE];
    lf_event events[VISITS];
    lf_world world;
} side;

static void take(side *s, lf_contact *contact, const char *json) {
    lf_event event;
    bool ignored;
    int32_t as;
    lf_event_init(&event, &s->mem, s->bp);
    need(lf_event_read(&event, lf_str_of(json), 1, NULL, &ignored) == LF_OK &&
             lf_flow_event(s->flow, contact, &event, event.at, NULL, &as) == LF_OK,
         json);
    lf_event_clear(&event);
}

static void make_visit(lf_event *event, side *s, text page, int64_t at) {
    lf_value value = lf_value_str((lf_str){page.p, page.n});
    lf_event_init(event, &s->mem, s->bp);
    need(lf_event_compose(event, LF_STR("c"), LF_STR("page_view"), at, LF_STR(""), NULL) == LF_OK &&
             (page.p == NULL || lf_event_put(event, LF_STR("page"), &value, NULL) == LF_OK) &&
             lf_event_finish(event, NULL) == LF_OK,
         "no event");
}

static void take_fields(side *s, lf_contact *contact, struct person *p) {
    char json[300];
    int64_t sizes[] = {20, 499, 500, 12000};
    uint32_t size = random_below(LF_COUNT(sizes) + 1);
    p->has_size = size < LF_COUNT(sizes);
    p->company_size = p->has_size ? sizes[size] : 0;
    p->industry = industries[random_below(LF_COUNT(industries))];
    p->title = titles[random_below(LF_COUNT(titles))];
    const char *quote[] = {p->industry.p == NULL ? "" : "\"", p->title.p == NULL ? "" : "\""};
    char number[24] = "null";
    if (p->has_size) {
        snprintf(number, sizeof number, "%lld", (long long)p->company_size);
    }
    snprintf(json, sizeof json,
             "{\"contact\": \"c\", \"type\": \"$update\", \"at\": \"2026-01-05T10:00:00Z\", "
             "\"props\": {\"fields\": {\"company_size\": %s, \"industry\": %s%s%s, "
             "\"title\": %s%s%s}}}",
             number, quote[0], p->industry.p == NULL ? "null" : p->industry.p, quote[0], quote[1],
             p->title.p == NULL ? "null" : p->title.p, quote[1]);
    take(s, contact, json);
    p->created = T0;
}

static void take_marks(side *s, lf_contact *contact, struct person *p) {
    char json[200];
    for (size_t i = 0; i < LF_COUNT(tags) && p->n_tags < LF_COUNT(p->tags); i++) {
        if (random_below(3) == 0) {
            p->tags[p->n_tags++] = tags[i];
            snprintf(json, sizeof json,
                     "{\"contact\": \"c\", \"type\": \"$tag\", \"at\": \"2026-01-05T10:00:00Z\", "
                     "\"props\": {\"add\": [\"%s\"]}}",
                     tags[i].p);
            take(s, contact, json);
        }
    }
    p->state = (enum state)random_below(3);
    if (p->state != LEAD) {
        snprintf(json, sizeof json,
                 "{\"contact\": \"c\", \"type\": \"$move\", \"at\": \"2026-01-05T10:00:00Z\", "
                 "\"props\": {\"machine\": \"lifecycle\", \"to\": \"%s\"}}",
                 states[p->state]);
        take(s, contact, json);
    }
}

/* Fifty events of the log: at some times all of them within the windows, at others few. */
static void take_log(side *s, lf_contact *contact, struct person *p) {
    int32_t as;
    int64_t at = T0, pace = (int64_t)(1 + random_below(60)) * DAY / 30;
    for (size_t i = contact->log.n; i < LOG; i++) {
        lf_event event;
        at += pace + (int64_t)random_below(3600000);
        bool view = random_below(3) != 0 || i == LOG - 1;
        make_visit(&event, s, view ? pages[0] : pages[LF_COUNT(pages) - 1], at);
        event.type =
            view ? event.type
                 : (uint16_t)lf_names_find(&s->bp->schema.names[LF_N_TYPE], LF_STR("email_open"));
        need(lf_flow_event(s->flow, contact, &event, at, NULL, &as) == LF_OK, "no event");
        lf_event_clear(&event);
        if (view) {
            p->views[p->n_views++] = p->engaged[p->n_engaged++] = at;
        }
    }
}

static void make_side(side *s) {
    s->bp = make_blueprint(&s->mem);
    need(lf_flow_new(&s->mem, s->bp, LF_STR("t"), &s->flow) == LF_OK, "out of memory");
    for (size_t i = 0; i < PEOPLE; i++) {
        need(lf_contact_new(s->bp, "c", 1, &s->contacts[i]) == LF_OK, "out of memory");
        take_fields(s, s->contacts[i], &people[i]);
        take_marks(s, s->contacts[i], &people[i]);
        take_log(s, s->contacts[i], &people[i]);
    }
    for (size_t i = 0; i < VISITS; i++) {
        visits[i].page = pages[random_below(3) == 0 ? 0 : random_below(LF_COUNT(pages))];
        make_visit(&s->events[i], s, visits[i].page, T0);
    }
    need(lf_world_init(&s->world, &s->mem, s->bp) == LF_OK, "out of memory");
}

static void free_side(side *s) {
    lf_world_free(&s->world);
    for (size_t i = 0; i < VISITS; i++) {
        lf_event_clear(&s->events[i]);
    }
    for (size_t i = 0; i < PEOPLE; i++) {
        lf_contact_free(s->contacts[i]);
    }
    lf_flow_free(s->flow);
    lf_definitions_unref(s->bp);
}

/* ---- the race ---- */
static struct turn {
    uint8_t person, visit;
    int64_t after; /* the contact's clock */
} order[ORDER];

static size_t allocations;

static void *count_and_resize(void *user, void *p, size_t old_size, size_t new_size) {
    (void)user, (void)old_size;
    if (new_size == 0) {
        free(p);
        return NULL;
    }
    allocations++;
    return realloc(p, new_size);
}

static bool by_library(side *s, const struct condition *c, const lf_expr *expr,
                       const struct turn *turn) {
    const lf_contact *contact = s->contacts[turn->person];
    lf_world_look(&s->world, contact, contact->clock + turn->after);
    s->world.event = c->event ? &s->events[turn->visit] : NULL;
    return lf_world_holds(&s->world, expr, NULL, NULL);
}

static bool by_hand(side *s, const struct condition *c, const struct turn *turn) {
    int64_t t = s->contacts[turn->person]->clock + turn->after;
    return c->by_hand(&people[turn->person], &visits[turn->visit], t);
}

static double seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t); /* other programs do not count */
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void race(side *s, const struct condition *c, const lf_expr *expr, size_t rounds) {
    static double library[MOST_ROUNDS], hand[MOST_ROUNDS];
    size_t holds = 0, again = 0;
    for (size_t i = 0; i < ORDER; i++) {
        bool it = by_library(s, c, expr, &order[i]);
        need(it == by_hand(s, c, &order[i]), c->source);
        holds += it;
    }
    allocations = 0;
    for (size_t r = 0; r < rounds; r++) {
        double start = seconds();
        for (size_t i = 0; i < ORDER; i++) {
            again += by_library(s, c, expr, &order[i]);
        }
        double middle = seconds();
        for (size_t i = 0; i < ORDER; i++) {
            again += by_hand(s, c, &order[i]);
        }
        library[r] = middle - start;
        hand[r] = seconds() - middle;
    }
    need(again == 2 * rounds * holds, c->source);
    qsort(library, rounds, sizeof *library, by_size);
    qsort(hand, rounds, sizeof *hand, by_size);
    double ns = library[rounds / 2] * 1e9 / ORDER, hand_ns = hand[rounds / 2] * 1e9 / ORDER;
    printf("{\"bench\":\"condition\",\"source\":\"%s\",\"ns\":%.1f,\"by_hand_ns\":%.1f,"
           "\"ratio\":%.1f,\"holds\":%.2f,\"allocations\":%zu}\n",
           c->source, ns, hand_ns, ns / hand_ns, (double)holds / ORDER, allocations);
}

int main(int argc, char **argv) {
    static side s;
    long wanted = argc > 1 ? strtol(argv[1], NULL, 10) : 31;
    size_t rounds = wanted < 1 ? 1 : wanted > MOST_ROUNDS ? MOST_ROUNDS : (size_t)wanted;
    s.mem = (lf_mem){count_and_resize, NULL};
    make_side(&s);
    for (size_t i = 0; i < ORDER; i++) {
        order[i] = (struct turn){(uint8_t)random_below(PEOPLE), (uint8_t)random_below(VISITS),
                                 (int64_t)random_below(40) * DAY / 4};
    }
    for (uint32_t i = 0; i < LF_COUNT(conditions); i++) {
        race(&s, &conditions[i], expression(s.bp, i), rounds);
    }
    free_side(&s);
    return 0;
}

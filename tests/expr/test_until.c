/* SPDX-License-Identifier: MIT */
/*
 * valid_until (SPEC 5). Random conditions over random histories: at every instant at which anything
 * could change, the library's value is that of a slow evaluator below, which knows nothing of windows
 * but their definition; and no value changes before the time that was promised for it.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <setjmp.h>

#include <cmocka.h>

#include "flow/flow.h"

#define CONTACTS 600
#define EVENTS 24
#define CONDITIONS 24
#define SCORED 20
#define WHILE 7000 /* ms */
#define T0 INT64_C(1767607200000)

static uint64_t seed;

static uint32_t random_below(uint32_t n) { /* splitmix64 */
    uint64_t z = seed += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)((z ^ (z >> 31)) % n);
}

/* ---- what has happened ---- */

enum { A, B, C, ANY, TYPES }; /* C is derived: a B with n >= 2, and makes it an engagement */
static const char *const type_names[TYPES] = {"a", "b", "c", "*"};

static const struct {
    const char *text;
    int64_t ms;
} durations[] = {{"1ms", 1}, {"7ms", 7}, {"1s", 1000}, {"5s", 5000}, {"1m1s", 61000}};
#define DURATIONS LF_COUNT(durations)

typedef struct happening {
    int64_t at;
    bool of[TYPES];
} happening;

typedef struct past {
    happening events[EVENTS];
    uint32_t n;
    int64_t since; /* of the machine's state */
    bool second;   /* it is s1 */
} past;

static uint32_t events_in(const past *p, uint32_t type, int64_t after, int64_t upto) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < p->n; i++) {
        n += p->events[i].of[type] && p->events[i].at > after && p->events[i].at <= upto;
    }
    return n;
}

/* ---- conditions, as text and by definition ---- */

enum verdict { NO, YES, FAULT };

enum kind {
    WITHIN,
    IDLE,
    EVER,
    IN_STATE,
    AGE_CREATED,
    AGE_LAST,
    COUNT,
    COUNTS,
    STATE,
    IN_LIST,
    NOT,
    AND,
    OR,
    IF
};
static const char *const comparisons[] = {"==", "!=", "<", "<=", ">", ">="};

typedef struct condition {
    enum kind kind;
    uint32_t type, other, duration, op;
    int32_t number;
    bool turned;      /* the constant stands on the left */
    const char *text; /* instead of all that */
    struct condition *kids[3];
} condition;

static condition *make(lf_arena *arena, unsigned depth) {
    condition *c = lf_arena_alloc(arena, sizeof *c);
    c->kind = (enum kind)random_below(depth == 0 ? NOT : IF + 1);
    c->type = random_below(TYPES);
    c->other = random_below(TYPES);
    c->duration = random_below(DURATIONS);
    c->op = random_below(LF_COUNT(comparisons));
    c->number = (int32_t)random_below(5) - (random_below(8) == 0);
    c->turned = random_below(3) == 0;
    unsigned kids = c->kind == NOT                    ? 1
                    : c->kind == AND || c->kind == OR ? 2
                    : c->kind == IF                   ? 3
                                                      : 0;
    for (unsigned i = 0; i < kids; i++) {
        c->kids[i] = make(arena, depth - 1);
    }
    return c;
}

static void write_count(lf_buf *out, const char *type, const char *duration) {
    lf_buf_format(out, "count('%s', '%s')", type, duration);
}

static void write(lf_buf *out, const condition *c) {
    const char *type = type_names[c->type], *duration = durations[c->duration].text;
    const char *op = comparisons[c->op];
    if (c->text != NULL) {
        lf_buf_text(out, c->text);
        return;
    }
    switch (c->kind) {
    case WITHIN:
        lf_buf_format(out, "within('%s', '%s')", type, duration);
        break;
    case IDLE:
        lf_buf_format(out, "idle('%s')", duration);
        break;
    case EVER:
        lf_buf_format(out, "ever('%s')", type);
        break;
    case IN_STATE:
        lf_buf_format(out, "in_state('m', '%s')", duration);
        break;
    case AGE_CREATED:
        lf_buf_format(out, "age(contact.created, '%s')", duration);
        break;
    case AGE_LAST:
        lf_buf_format(out, "age(last('%s'), '%s')", type, duration);
        break;
    case COUNT:
        if (c->turned) {
            lf_buf_format(out, "%d %s ", (int64_t)c->number, op);
        }
        write_count(out, type, duration);
        if (!c->turned) {
            lf_buf_format(out, " %s %d", op, (int64_t)c->number);
        }
        break;
    case COUNTS:
        write_count(out, type, duration);
        lf_buf_format(out, " %s ", op);
        write_count(out, type_names[c->other], duration);
        break;
    case STATE:
        lf_buf_text(out, "state.m == 's1'");
        break;
    case IN_LIST:
        lf_buf_text(out, c->turned ? "[1].filter(x, " : "[0, ");
        write_count(out, type, duration);
        lf_buf_format(out, c->turned ? " %s %d).exists(x, true)" : "].exists(x, x %s %d)", op,
                      (int64_t)c->number);
        break;
    default:
        lf_buf_text(out, c->kind == NOT ? "!(" : "(");
        write(out, c->kids[0]);
        for (unsigned i = 1; i < 3 && c->kids[i] != NULL; i++) {
            lf_buf_text(out, c->kind == AND  ? " && "
                             : c->kind == OR ? " || "
                             : i == 1        ? " ? "
                                             : " : ");
            write(out, c->kids[i]);
        }
        lf_buf_text(out, ")");
        break;
    }
}

static bool compare(int64_t a, uint32_t op, int64_t b) {
    bool answers[] = {a == b, a != b, a<b, a <= b, a> b, a >= b};
    return answers[op];
}

static enum verdict truth(const past *p, const condition *c, int64_t t);

static enum verdict logic(const past *p, const condition *c, int64_t t) {
    enum verdict a = truth(p, c->kids[0], t), b;
    switch (c->kind) {
    case NOT:
        return a == FAULT ? FAULT : a == YES ? NO : YES;
    case IF:
        return a == FAULT ? FAULT : truth(p, c->kids[a == YES ? 1 : 2], t);
    default:
        b = truth(p, c->kids[1], t);
        if (a == (c->kind == AND ? NO : YES) || b == (c->kind == AND ? NO : YES)) {
            return c->kind == AND ? NO : YES;
        }
        return a == FAULT || b == FAULT ? FAULT : a;
    }
}

static enum verdict truth(const past *p, const condition *c, int64_t t) {
    int64_t d = durations[c->duration].ms;
    int64_t count = events_in(p, c->type, t - d, t);
    switch (c->kind) {
    case WITHIN:
        return count > 0 ? YES : NO;
    case IDLE:
        return events_in(p, ANY, t - d, t) == 0 && !(p->events[0].at > t - d) ? YES : NO;
    case EVER:
        return events_in(p, c->type, INT64_MIN, t) > 0 ? YES : NO;
    case IN_STATE:
        return t - p->since >= d ? YES : NO;
    case AGE_CREATED:
        return t - p->events[0].at >= d ? YES : NO;
    case AGE_LAST:
        return events_in(p, c->type, INT64_MIN, t) == 0 ? FAULT
               : events_in(p, c->type, t - d, t) == 0   ? YES
                                                        : NO;
    case COUNT:
        return (c->turned ? compare(c->number, c->op, count) : compare(count, c->op, c->number))
                   ? YES
                   : NO;
    case COUNTS:
        return compare(count, c->op, events_in(p, c->other, t - d, t)) ? YES : NO;
    case STATE:
        return p->second ? YES : NO;
    case IN_LIST:
        return (!c->turned && compare(0, c->op, c->number)) || compare(count, c->op, c->number)
                   ? YES
                   : NO;
    default:
        return logic(p, c, t);
    }
}

/* Does its valid_until have to be the very time at which it changes? */
static bool is_exact(const condition *c) {
    return c->kind == COUNT ? c->op >= 2 : c->kind < COUNTS || c->kind == STATE;
}

/* ---- a blueprint, a contact ---- */

static lf_blueprint *blueprint_of(lf_arena *arena, condition **conditions) {
    lf_buf json, why;
    lf_diags diags;
    lf_blueprint *bp = NULL;
    lf_buf_init(&json, &arena->mem);
    lf_buf_init(&why, &arena->mem);
    lf_diags_init(&diags, &arena->mem);
    lf_buf_text(&json,
                "{\"leadflow\": 1, \"events\": {\"a\": {\"engagement\": true}, "
                "\"b\": {\"props\": {\"n\": \"int\"}}, "
                "\"c\": {\"is\": \"b\", \"when\": \"event.n >= 2\", \"engagement\": true}}, "
                "\"machines\": {\"m\": {\"initial\": \"s0\", \"states\": {\"s0\": {}, \"s1\": {}}, "
                "\"transitions\": [{\"from\": \"s0\", \"to\": \"s1\", \"on\": \"a\"}, "
                "{\"from\": \"s1\", \"to\": \"s0\", \"on\": \"b\", \"back\": true}]}}, "
                "\"segments\": {");
    for (unsigned i = 0; i < CONDITIONS; i++) {
        lf_buf_format(&json, "%s\"s%d\": {\"when\": \"", i == 0 ? "" : ", ", (int64_t)i);
        write(&json, conditions[i]);
        lf_buf_text(&json, "\"}");
    }
    lf_buf_text(
        &json,
        "}, \"scores\": {\"lead\": {\"max\": 60, \"idle\": {\"lose\": \"10%\", \"every\": \"3s\", "
        "\"floor\": 2, \"reset_after\": \"1m\"}, \"dimensions\": {\"d\": {\"max\": 40, \"rules\": ["
        "{\"name\": \"r0\", \"on\": \"a\", \"points\": 20, \"decay\": {\"half_life\": \"5s\"}}, "
        "{\"name\": \"r1\", \"on\": \"b\", \"points\": 9, \"decay\": {\"lose\": 2, \"every\": "
        "\"700ms\"}}, "
        "{\"name\": \"r2\", \"on\": \"c\", \"points\": -7, \"decay\": {\"after\": \"4s\"}}]}}}}}");
    if (lf_definitions_parse(&arena->mem, (lf_str){json.p, json.n}, NULL, 0, false, &diags, &bp) !=
        LF_OK) {
        fail_msg("%s in %s", diags.n > 0 ? diags.items[0].text.p : "no memory", json.p);
    }
    lf_diags_free(&diags);
    lf_buf_free(&why);
    lf_buf_free(&json);
    return bp;
}

static void happen(past *p, int64_t at, uint32_t n) {
    happening *event = &p->events[p->n++];
    bool a = random_below(2) == 0;
    *event = (happening){.at = at, .of = {a, !a, !a && n >= 2, a || n >= 2}};
    if (p->n == 1 || a != p->second) {
        p->since = at;
    }
    p->second = a;
}

static lf_contact *contact_of(lf_arena *arena, lf_blueprint *bp, past *p) {
    lf_flow *flow;
    lf_contact *contact;
    lf_event event;
    int64_t at = T0;
    assert_int_equal(lf_flow_new(&arena->mem, bp, &flow), LF_OK);
    assert_int_equal(lf_contact_new(bp, "c", 1, &contact), LF_OK);
    lf_event_init(&event, &arena->mem, bp);
    memset(p, 0, sizeof *p);
    for (uint32_t count = 1 + random_below(EVENTS); p->n < count;) {
        uint32_t n = random_below(4);
        happen(p, at, n);
        bool a = p->events[p->n - 1].of[A];
        int32_t as;
        assert_int_equal(
            lf_event_compose(&event, LF_STR("c"), lf_str_of(a ? "a" : "b"), at, LF_STR(""), NULL),
            LF_OK);
        lf_value value = lf_value_int(n);
        assert_true(a || lf_event_put(&event, LF_STR("n"), &value, NULL) == LF_OK);
        assert_int_equal(lf_event_finish(&event, NULL), LF_OK);
        assert_int_equal(lf_flow_event(flow, contact, &event, at, NULL, &as), LF_OK);
        uint32_t gap = random_below(DURATIONS + 2); /* often on the very edges of the windows */
        at += gap == 0 ? 0 : gap <= DURATIONS ? durations[gap - 1].ms : random_below(9000);
    }
    lf_event_clear(&event);
    lf_flow_free(flow);
    return contact;
}

/* ---- all instants at which a function of time may change, and those around them ---- */

#define INSTANTS (EVENTS * DURATIONS * 3 + 3)

static int order(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static size_t instants_of(const past *p, int64_t clock, int64_t out[INSTANTS]) {
    size_t n = 0, kept = 1;
    out[n++] = clock;
    out[n++] = clock + 1;
    out[n++] = clock + random_below(100000);
    for (uint32_t i = 0; i < p->n; i++) {
        for (size_t d = 0; d < DURATIONS; d++) {
            for (int64_t off = -1; off <= 1; off++) {
                int64_t t = p->events[i].at + durations[d].ms + off;
                out[n++] = t < clock ? clock : t;
            }
        }
    }
    qsort(out, n, sizeof *out, order);
    for (size_t i = 1; i < n; i++) {
        if (out[i] != out[kept - 1]) {
            out[kept++] = out[i];
        }
    }
    return kept;
}

static bool is_edge(const past *p, int64_t t) {
    for (uint32_t i = 0; i < p->n; i++) {
        for (size_t d = 0; d < DURATIONS; d++) {
            if (p->events[i].at + durations[d].ms == t) {
                return true;
            }
        }
    }
    return false;
}

static enum verdict ask(lf_world *world, const lf_expr *expr, int64_t t, int64_t *until) {
    lf_answer answer;
    lf_world_at(world, t);
    assert_int_equal(lf_world_value(world, expr, &answer), LF_OK);
    *until = answer.until;
    return answer.value.type == LF_T_ERROR ? FAULT : answer.value.u.b ? YES : NO;
}

static void check_one(lf_world *world, const past *p, const condition *c, const lf_expr *expr,
                      const int64_t *instants, size_t n) {
    enum verdict before = NO;
    int64_t promised = INT64_MIN; /* the longest promise for the value that stands */
    for (size_t i = 0; i < n; i++) {
        int64_t t = instants[i], until;
        enum verdict now = ask(world, expr, t, &until);
        lf_str text = lf_expr_source(expr);
        if (now != truth(p, c, t)) {
            fail_msg("%s is %d at +%lld", text.p, (int)now, (long long)(t - T0));
        }
        if (until <= t || (until != LF_TIME_NONE && !is_edge(p, until))) {
            fail_msg("%s at +%lld holds until +%lld", text.p, (long long)(t - T0),
                     (long long)(until - T0));
        }
        if (i > 0 && now != before && promised > t) {
            fail_msg("%s changes at +%lld, promised until +%lld", text.p, (long long)(t - T0),
                     (long long)(promised - T0));
        }
        if (is_exact(c)) { /* the promise is kept to the millisecond, and not longer */
            size_t k = i + 1;
            while (k < n && truth(p, c, instants[k]) == now) {
                k++;
            }
            if (until != (k < n ? instants[k] : LF_TIME_NONE)) {
                fail_msg("%s at +%lld: until +%lld is not exact", text.p, (long long)(t - T0),
                         (long long)(until - T0));
            }
        }
        promised = now != before ? until : until > promised ? until : promised;
        before = now;
    }
}

static void values_hold_as_promised(void **state) {
    lf_mem mem;
    (void)state;
    lf_mem_from(&mem, NULL);
    for (uint64_t i = 1; i <= CONTACTS; i++) {
        lf_arena arena;
        condition *conditions[CONDITIONS];
        static past p;
        static int64_t instants[INSTANTS];
        lf_world world;
        seed = i << 32;
        lf_arena_init(&arena, &mem);
        for (unsigned k = 0; k < CONDITIONS; k++) {
            conditions[k] = make(&arena, k % 4);
        }
        lf_blueprint *bp = blueprint_of(&arena, conditions);
        lf_contact *contact = contact_of(&arena, bp, &p);
        size_t n = instants_of(&p, lf_contact_clock(contact), instants);
        assert_int_equal(lf_world_init(&world, &mem, bp), LF_OK);
        lf_world_look(&world, contact, instants[0]);
        for (unsigned k = 0; k < CONDITIONS; k++) {
            check_one(&world, &p, conditions[k], bp->segments[k].when, instants, n);
        }
        lf_world_free(&world);
        lf_contact_free(contact);
        lf_definitions_unref(bp);
        lf_arena_free(&arena);
    }
}

/* Scores fall at times that are no edges of windows, so each millisecond of a while is looked at. */
static void scores_hold_as_promised(void **state) {
    static const char *const compared[] = {"score.lead >= 10",
                                           "score.lead == 17 || within('a', '5s')",
                                           "dimension.lead.d * 2 > score.lead + 13"};
    lf_mem mem;
    (void)state;
    lf_mem_from(&mem, NULL);
    for (uint64_t i = 1; i <= SCORED; i++) {
        lf_arena arena;
        condition *conditions[CONDITIONS];
        past p;
        lf_world world;
        seed = i << 40;
        lf_arena_init(&arena, &mem);
        for (unsigned k = 0; k < CONDITIONS; k++) {
            conditions[k] = make(&arena, 0);
        }
        for (unsigned k = 0; k < LF_COUNT(compared); k++) {
            conditions[k]->text = compared[k];
        }
        lf_blueprint *bp = blueprint_of(&arena, conditions);
        lf_contact *contact = contact_of(&arena, bp, &p);
        int64_t clock = lf_contact_clock(contact);
        assert_int_equal(lf_world_init(&world, &mem, bp), LF_OK);
        for (unsigned k = 0; k < LF_COUNT(compared); k++) {
            enum verdict before = NO;
            int64_t promised = INT64_MIN, until;
            for (int64_t t = clock; t < clock + WHILE; t++) {
                lf_world_look(&world, contact,
                              t); /* nothing is kept from one instant to the next */
                enum verdict now = ask(&world, bp->segments[k].when, t, &until);
                if (until <= t || (t > clock && now != before && promised > t)) {
                    fail_msg("%s changes at +%lld, promised until +%lld", compared[k],
                             (long long)(t - T0), (long long)(promised - T0));
                }
                promised = now != before || until > promised ? until : promised;
                before = now;
            }
        }
        lf_world_free(&world);
        lf_contact_free(contact);
        lf_definitions_unref(bp);
        lf_arena_free(&arena);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_hold_as_promised),
        cmocka_unit_test(scores_hold_as_promised),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* Random conditions: their text, and their value by definition. */
#include "until.h"

enum kind {
    WITHIN,
    IDLE,
    EVER,
    IN_STATE,
    AGE_CREATED,
    AGE_LAST,
    AGE_FIELD,
    TAGGED,
    FLAGGED,
    STATE,
    CONSTANT, /* by op */
    COUNT,    /* compared with a number */
    COUNTS,   /* compared with another */
    NOT,
    AND,
    OR,
    IF,
    SAME, /* == or != */
    IN_LIST,
    SUM,
    SEGMENT
};
/* What is decided by them is so when the program is made; an error is left to the run. */
static const struct {
    const char *text;
    enum verdict verdict;
} constants[] = {{"true", YES}, {"1 + 1 == 3", NO}, {"1 / 0 == 1", FAULT}};
static const char *const comparisons[] = {"==", "!=", "<", "<=", ">", ">="};

struct condition {
    enum kind kind;
    uint32_t type, other, duration, longer, op;
    int32_t number;
    bool turned; /* the constant stands on the left; the duration is negative */
    condition *kids[3];
    condition *const *all; /* SEGMENT: segment.s<place>, one of these */
    uint32_t place;
};

static const uint8_t kids_of[] = {
    [NOT] = 1, [AND] = 2, [OR] = 2, [IF] = 3, [SAME] = 2, [SEGMENT] = 0};

static enum kind kind_of(enum within_reach reach, unsigned depth) {
    uint32_t others = reach == WINDOWS ? 0 : reach == ANYTHING ? 2 : 1;
    uint32_t kind = random_below((depth == 0 ? NOT : IN_LIST) + others);
    if (kind < (depth == 0 ? NOT : IN_LIST)) {
        return (enum kind)kind;
    }
    return reach == LIVED ? SEGMENT : random_below(2) == 0 ? IN_LIST : SUM;
}

condition *condition_make(lf_arena *arena, enum within_reach reach, unsigned depth) {
    condition *c = lf_arena_alloc(arena, sizeof *c);
    c->kind = kind_of(reach, depth);
    c->type = random_below(TYPES);
    c->other = random_below(TYPES);
    c->duration = random_below(DURATIONS);
    c->longer = random_below(DURATIONS);
    c->op = random_below(c->kind == SAME       ? 2
                         : c->kind == CONSTANT ? LF_COUNT(constants)
                                               : LF_COUNT(comparisons));
    c->number = (int32_t)random_below(5) - (random_below(8) == 0);
    c->turned = random_below(3) == 0;
    for (unsigned i = 0; i < kids_of[c->kind]; i++) {
        c->kids[i] = condition_make(arena, reach, depth - 1);
    }
    return c;
}

void condition_place(condition *c, condition *const *all, uint32_t place) {
    if (c->kind == SEGMENT && place == 0) {
        c->kind = STATE;
    } else if (c->kind == SEGMENT) {
        c->all = all;
        c->place = random_below(place);
    }
    for (unsigned i = 0; i < kids_of[c->kind]; i++) {
        condition_place(c->kids[i], all, place);
    }
}

bool condition_exact(const condition *c) {
    bool exact = c->kind != IN_LIST && c->kind != SUM;
    for (unsigned i = 0; i < kids_of[c->kind] && exact; i++) {
        exact = condition_exact(c->kids[i]);
    }
    return exact;
}

/* ---- as text ---- */
static void write_count(lf_buf *out, uint32_t type, uint32_t duration) {
    lf_buf_format(out, "count('%s', '%s')", type_names[type], durations[duration].text);
}

static void write_compared(lf_buf *out, const condition *c) {
    if (c->turned && c->kind == COUNT) {
        lf_buf_format(out, "%d %s ", (int64_t)c->number, comparisons[c->op]);
    }
    write_count(out, c->type, c->duration);
    if (c->kind == SUM) {
        lf_buf_text(out, c->turned ? " + " : " - ");
        write_count(out, c->other, c->longer);
    }
    if (!(c->turned && c->kind == COUNT)) {
        lf_buf_format(out, " %s ", comparisons[c->op]);
    }
    if (c->kind == COUNTS) {
        write_count(out, c->other, c->longer);
    } else if (!(c->turned && c->kind == COUNT)) {
        lf_buf_format(out, "%d", (int64_t)c->number);
    }
}

static void write_kids(lf_buf *out, const condition *c) {
    static const char *const first[] = {[AND] = ") && (", [OR] = ") || (", [IF] = ") ? ("};
    lf_buf_text(out, c->kind == NOT ? "!(" : "((");
    for (unsigned i = 0; i < kids_of[c->kind]; i++) {
        if (i == 1 && c->kind == SAME) {
            lf_buf_format(out, ") %s (", comparisons[c->op]);
        } else if (i > 0) {
            lf_buf_text(out, i == 1 ? first[c->kind] : ") : (");
        }
        condition_write(out, c->kids[i]);
    }
    lf_buf_text(out, c->kind == NOT ? ")" : "))");
}

static void write_list(lf_buf *out, const condition *c) {
    lf_buf_text(out, c->turned ? "[1].filter(x, " : "[0, ");
    write_count(out, c->type, c->duration);
    lf_buf_format(out, c->turned ? " %s %d).exists(x, true)" : "].exists(x, x %s %d)",
                  comparisons[c->op], (int64_t)c->number);
}

void condition_write(lf_buf *out, const condition *c) {
    const char *type = type_names[c->type], *duration = durations[c->duration].text;
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
    case AGE_FIELD:
        lf_buf_format(out, "age(contact.due, '%s%s')", c->turned ? "-" : "", duration);
        break;
    case TAGGED:
        lf_buf_text(out, "tagged('stage_s1')");
        break;
    case FLAGGED:
        lf_buf_text(out, "flagged('f')");
        break;
    case STATE:
        lf_buf_text(out, "state.m == 's1'");
        break;
    case CONSTANT:
        lf_buf_text(out, constants[c->op].text);
        break;
    case COUNT:
    case COUNTS:
    case SUM:
        write_compared(out, c);
        break;
    case IN_LIST:
        write_list(out, c);
        break;
    case SEGMENT:
        lf_buf_format(out, "segment.s%d", (int64_t)c->place);
        break;
    default:
        write_kids(out, c);
        break;
    }
}

/* ---- by definition ---- */
static bool compare(int64_t a, uint32_t op, int64_t b) {
    bool answers[] = {a == b, a != b, a<b, a <= b, a> b, a >= b};
    return answers[op];
}

static enum verdict verdict(bool yes) {
    return yes ? YES : NO;
}

static enum verdict logic(const past *p, const condition *c, int64_t t) {
    enum verdict a = condition_truth(p, c->kids[0], t), b, wins = c->kind == AND ? NO : YES;
    switch (c->kind) {
    case NOT:
        return a == FAULT ? FAULT : verdict(a == NO);
    case IF:
        return a == FAULT ? FAULT : condition_truth(p, c->kids[a == YES ? 1 : 2], t);
    case SAME:
        b = condition_truth(p, c->kids[1], t);
        return a == FAULT || b == FAULT ? FAULT : verdict((a == b) == (c->op == 0));
    default:
        b = condition_truth(p, c->kids[1], t);
        if (a == wins || b == wins) {
            return wins;
        }
        return a == FAULT || b == FAULT ? FAULT : a;
    }
}

static enum verdict counted(const past *p, const condition *c, int64_t t) {
    int64_t count = events_in(p, c->type, t - durations[c->duration].ms, t);
    int64_t other = events_in(p, c->other, t - durations[c->longer].ms, t);
    switch (c->kind) {
    case COUNTS:
        return verdict(compare(count, c->op, other));
    case SUM:
        return verdict(compare(c->turned ? count + other : count - other, c->op, c->number));
    case IN_LIST:
        return verdict((!c->turned && compare(0, c->op, c->number)) ||
                       compare(count, c->op, c->number));
    default:
        return verdict(c->turned ? compare(c->number, c->op, count)
                                 : compare(count, c->op, c->number));
    }
}

enum verdict condition_truth(const past *p, const condition *c, int64_t t) {
    int64_t d = durations[c->duration].ms;
    switch (c->kind) {
    case WITHIN:
        return verdict(events_in(p, c->type, t - d, t) > 0);
    case IDLE:
        return verdict(events_in(p, ANY, t - d, t) == 0 && (p->created <= t - d || p->created > t));
    case EVER:
        return verdict(events_in(p, c->type, INT64_MIN, t) > 0);
    case IN_STATE:
        return verdict(t - p->since >= d);
    case AGE_CREATED:
        return verdict(t - p->created >= d);
    case AGE_LAST:
        return events_in(p, c->type, INT64_MIN, t) == 0
                   ? FAULT
                   : verdict(events_in(p, c->type, t - d, t) == 0);
    case AGE_FIELD:
        return p->due ? verdict(t - DUE >= (c->turned ? -d : d)) : FAULT;
    case TAGGED:
    case FLAGGED:
    case STATE:
        return verdict(p->second);
    case CONSTANT:
        return constants[c->op].verdict;
    case COUNT:
    case COUNTS:
    case SUM:
    case IN_LIST:
        return counted(p, c, t);
    case SEGMENT:
        return verdict(condition_truth(p, c->all[c->place], t) == YES);
    default:
        return logic(p, c, t);
    }
}

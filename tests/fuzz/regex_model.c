/* SPDX-License-Identifier: MIT */
/*
 * What a part of a pattern means: for a set of places in the text, those to which it leads from there. A character
 * leads over itself, a row is one after the other, a choice is the union, a repetition goes on until nothing is new.
 * There is a match if the whole leads from all places to any.
 */
#include "regex_model.h"

#define LONGEST 1500u /* pattern */
#define FOLD 1u
#define LINES 2u
#define DOT_ALL 4u
#define WITHOUT_END 5000u

typedef uint64_t places; /* bit i: before the byte i */

enum kind { CHARACTER, BYTE, PLACE, ROW, CHOICE, REPEAT };

typedef struct part { /* of a class: a range, or a class by its name */
    uint32_t lo, hi;
    const char *pairs; /* of the name: first and last character of each range */
    size_t n_pairs;
    bool negated;
} part;

typedef struct node {
    enum kind kind;
    uint32_t flags;    /* CHARACTER: FOLD */
    bool negated;      /* CHARACTER: none of the parts */
    uint32_t first, n; /* parts of a CHARACTER */
    char place;        /* PLACE: its letter; ^ and $: of a line */
    uint32_t min, max; /* REPEAT */
    struct node *kids, *next;
} node;

static node nodes[3 * LONGEST];
static part parts[2 * LONGEST];
static uint32_t n_nodes, n_parts;

typedef struct reader {
    lf_str s;
    size_t at;
    uint32_t flags;
    bool folds; /* case is ignored somewhere */
} reader;

/* ---- reading ---- */
static node *make(enum kind kind) {
    node *n = &nodes[n_nodes++];
    *n = (node){.kind = kind};
    return n;
}

static bool is(const reader *r, const char *text) {
    return lf_str_starts((lf_str){r->s.p + r->at, r->s.n - r->at}, lf_str_of(text));
}

static bool take(reader *r, const char *text) {
    bool there = is(r, text);
    r->at += there ? strlen(text) : 0;
    return there;
}

static uint32_t number(reader *r, uint32_t base, unsigned most) {
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    uint32_t n = 0;
    for (unsigned i = 0; i < most && r->at < r->s.n; i++, r->at++) {
        const char *digit = r->s.p[r->at] == '\0' ? NULL : strchr(digits, r->s.p[r->at]);
        if (digit == NULL || (uint32_t)(digit - digits) % 16 >= base) {
            break;
        }
        n = n * base + (uint32_t)(digit - digits) % 16;
    }
    return n;
}

/* A character, plain or behind a backslash. */
static uint32_t character(reader *r) {
    static const char letters[] = "afnrtv", means[] = "\a\f\n\r\t\v";
    if (!take(r, "\\")) {
        return (uint32_t)lf_utf8_next(r->s, &r->at);
    }
    char c = r->s.p[r->at];
    if (c >= '0' && c <= '7') {
        return number(r, 8, 3);
    }
    if (take(r, "x{")) {
        uint32_t n = number(r, 16, 100);
        r->at++;
        return n;
    }
    if (take(r, "x")) {
        return number(r, 16, 2);
    }
    const char *letter = c == '\0' ? NULL : strchr(letters, c);
    r->at++;
    return letter == NULL ? (uint8_t)c : (uint8_t)means[letter - letters];
}

static part *add_part(part p) {
    parts[n_parts] = p;
    return &parts[n_parts++];
}

#define PAIRS(text) text, sizeof text - 1
static const struct {
    const char *name, *pairs;
    size_t n;
} classes[] = {{"\\d", PAIRS("09")},
               {"\\w", PAIRS("azAZ09__")},
               {"\\s", PAIRS("  \t\t\n\n\f\f\r\r")},
               {"alnum", PAIRS("azAZ09")},
               {"alpha", PAIRS("azAZ")},
               {"ascii", PAIRS("\0\x7f")},
               {"blank", PAIRS("  \t\t")},
               {"cntrl", PAIRS("\0\x1f\x7f\x7f")},
               {"digit", PAIRS("09")},
               {"graph", PAIRS("!~")},
               {"lower", PAIRS("az")},
               {"print", PAIRS(" ~")},
               {"punct", PAIRS("!/:@[`{~")},
               {"space", PAIRS("\t\r  ")},
               {"upper", PAIRS("AZ")},
               {"word", PAIRS("azAZ09__")},
               {"xdigit", PAIRS("09afAF")}};

/* \d, \D, [:alpha:], [:^alpha:] */
static bool named_class(reader *r, bool in_brackets) {
    for (size_t i = 0; i < LF_COUNT(classes); i++) {
        lf_str name = lf_str_of(classes[i].name);
        bool negated = false, there = false;
        size_t at = r->at;
        if (name.p[0] == '\\') {
            negated = at + 1 < r->s.n && r->s.p[at] == '\\' && r->s.p[at + 1] == name.p[1] - 32;
            there = negated || is(r, name.p);
            r->at += there ? 2 : 0;
        } else if (in_brackets && take(r, "[:")) {
            negated = take(r, "^");
            there = take(r, name.p) && take(r, ":]");
            r->at = there ? r->at : at;
        }
        if (there) {
            add_part(
                (part){.pairs = classes[i].pairs, .n_pairs = classes[i].n, .negated = negated});
            return true;
        }
    }
    return false;
}

static void brackets(reader *r, node *n) {
    n->negated = take(r, "^");
    for (bool first = true; first || !is(r, "]"); first = false) {
        if (named_class(r, true)) {
            continue;
        }
        part *p = add_part((part){.lo = character(r)});
        p->hi = p->lo;
        if (is(r, "-") && !is(r, "-]")) {
            r->at++;
            p->hi = character(r);
        }
    }
    r->at++;
}

/* A number as RE2 takes it, without zeros in front. */
static bool count(reader *r, uint32_t *n) {
    size_t from = r->at;
    *n = number(r, 10, 9);
    return r->at == from + 1 || (r->at > from && r->s.p[from] != '0');
}

/* `{` that begins a repetition; then it is read. */
static bool braces(reader *r, node *n) {
    size_t at = r->at;
    bool fine = take(r, "{") && count(r, &n->min);
    n->max = n->min;
    if (fine && take(r, ",") && !is(r, "}")) {
        fine = count(r, &n->max);
    } else if (fine && r->s.p[r->at - 1] == ',') {
        n->max = WITHOUT_END;
    }
    if (fine && take(r, "}")) {
        return true;
    }
    r->at = at;
    return false;
}

static bool repetition(reader *r, node *n) {
    *n = (node){.kind = REPEAT, .min = is(r, "+"), .max = is(r, "?") ? 1 : WITHOUT_END};
    if (!take(r, "*") && !take(r, "+") && !take(r, "?") && !braces(r, n)) {
        return false;
    }
    take(r, "?");
    return true;
}

static node *choice(reader *r);

/* At "(?" or "("; NULL: it was flags alone. */
static node *group(reader *r) {
    uint32_t outer = r->flags;
    bool negated = false, more = take(r, "(?") && !is(r, "P<") && !is(r, "<");
    if (!more && !take(r, "(")) { /* a name */
        r->at += (size_t)((const char *)memchr(r->s.p + r->at, '>', r->s.n - r->at) - r->s.p) -
                 r->at + 1;
    }
    while (more && !is(r, ":") && !is(r, ")")) {
        negated = negated || is(r, "-");
        uint32_t flag = take(r, "i") ? FOLD : take(r, "m") ? LINES : take(r, "s") ? DOT_ALL : 0;
        r->at += flag == 0; /* U, or - */
        r->flags = negated ? r->flags & ~flag : r->flags | flag;
        r->folds = r->folds || flag == FOLD;
    }
    if (more && take(r, ")")) {
        return NULL;
    }
    r->at += more; /* : */
    node *all = choice(r);
    r->at++; /* ) */
    r->flags = outer;
    return all;
}

static node *place(reader *r) {
    static const char *const names[] = {"^", "$", "\\A", "\\z", "\\b", "\\B"};
    for (size_t i = 0; i < LF_COUNT(names); i++) {
        if (take(r, names[i])) {
            node *n = make(PLACE);
            n->place = names[i][i < 2 ? 0 : 1];
            if (i < 2 && (r->flags & LINES) == 0) {
                n->place = i == 0 ? 'A' : 'z';
            }
            return n;
        }
    }
    return NULL;
}

static node *one_character(reader *r, bool quoted) {
    node *n = make(CHARACTER);
    n->flags = r->flags;
    n->first = n_parts;
    if (!quoted && take(r, ".")) {
        n->negated = true;
        if ((r->flags & DOT_ALL) == 0) {
            add_part((part){.lo = '\n', .hi = '\n'});
        }
    } else if (!quoted && take(r, "[")) {
        brackets(r, n);
    } else if (quoted || !named_class(r, false)) {
        uint32_t c = quoted ? (uint32_t)lf_utf8_next(r->s, &r->at) : character(r);
        add_part((part){.lo = c, .hi = c});
    }
    n->n = n_parts - n->first;
    return n;
}

/* To the next | or ) or the end. */
static node *row(reader *r) {
    node *all = make(ROW), **end = &all->kids, *last = NULL, repeat;
    bool quoted = false;
    while (r->at < r->s.n && (quoted || (!is(r, "|") && !is(r, ")")))) {
        node *n = NULL;
        if (quoted ? take(r, "\\E") : take(r, "\\Q")) {
            quoted = !quoted;
        } else if (!quoted && last != NULL && repetition(r, &repeat)) {
            node *kid = make(REPEAT); /* what is repeated moves below */
            *kid = *last;
            *last = repeat;
            last->kids = kid;
        } else if (!quoted && is(r, "(")) {
            n = group(r);
        } else if (quoted || (n = place(r)) == NULL) {
            n = !quoted && take(r, "\\C") ? make(BYTE) : one_character(r, quoted);
        }
        if (n != NULL) {
            *end = last = n;
            end = &n->next;
        }
    }
    return all;
}

static node *choice(reader *r) {
    node *all = make(CHOICE), **end = &all->kids;
    do {
        *end = row(r);
        end = &(*end)->next;
    } while (take(r, "|"));
    return all;
}

/* ---- meaning ---- */
typedef struct text {
    lf_str s;
    places starts;      /* where a character begins */
    uint32_t runes[64]; /* the one that does; UINT32_MAX: none, a bad byte */
    uint8_t lengths[64];
} text;

static bool within(const part *p, uint32_t c) {
    if (p->pairs == NULL) {
        return p->lo <= c && c <= p->hi;
    }
    for (size_t i = 0; i < p->n_pairs; i += 2) {
        if ((uint8_t)p->pairs[i] <= c && c <= (uint8_t)p->pairs[i + 1]) {
            return true;
        }
    }
    return false;
}

/* c, or what differs from it by case: of ASCII, and what folds to it. */
static bool within_folded(const part *p, uint32_t c, bool fold) {
    static const uint32_t odd[][3] = {{'k', 'K', 0x212a}, {'s', 'S', 0x17f}};
    bool found = within(p, c);
    if (fold && ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'))) {
        found = found || within(p, c ^ 32);
    }
    for (size_t i = 0; fold && i < 6; i++) {
        for (size_t j = 0; j < 3 && odd[i / 3][i % 3] == c; j++) {
            found = found || within(p, odd[i / 3][j]);
        }
    }
    return found != p->negated;
}

static bool fits(const node *n, uint32_t c) {
    bool found = false;
    for (uint32_t i = 0; i < n->n; i++) {
        found = found || within_folded(&parts[n->first + i], c, (n->flags & FOLD) != 0);
    }
    return c != UINT32_MAX && found != n->negated;
}

static bool word(const text *t, size_t i) {
    return i < t->s.n && within(&(part){.pairs = "azAZ09__", .n_pairs = 8}, (uint8_t)t->s.p[i]);
}

static bool stands(char place, const text *t, size_t i) {
    bool edge = (i > 0 && word(t, i - 1)) != word(t, i);
    switch (place) {
    case 'A':
        return i == 0;
    case 'z':
        return i == t->s.n;
    case '^':
        return i == 0 || t->s.p[i - 1] == '\n';
    case '$':
        return i == t->s.n || t->s.p[i] == '\n';
    default:
        return edge == (place == 'b');
    }
}

static places lead(const node *n, const text *t, places from);

static places lead_one(const node *n, const text *t, places from) {
    places to = 0;
    for (size_t i = 0; i <= t->s.n; i++) {
        if ((from >> i & 1) == 0) {
            continue;
        }
        if (n->kind == PLACE) {
            to |= stands(n->place, t, i) ? (places)1 << i : 0;
        } else if (n->kind == BYTE) {
            to |= i < t->s.n ? (places)2 << i : 0;
        } else if ((t->starts >> i & 1) != 0 && fits(n, t->runes[i])) {
            to |= (places)1 << (i + t->lengths[i]);
        }
    }
    return to;
}

static places lead_repeat(const node *n, const text *t, places from) {
    places now = from;
    for (uint32_t i = 0; i < n->min; i++) {
        places next = lead(n->kids, t, now);
        if (next == now) {
            break; /* it would for ever */
        }
        now = next;
    }
    for (uint32_t i = n->min; i < n->max; i++) {
        places more = now | lead(n->kids, t, now);
        if (more == now) {
            break;
        }
        now = more;
    }
    return now;
}

static places lead(const node *n, const text *t, places from) {
    places to = 0;
    if (from == 0) {
        return 0;
    }
    switch (n->kind) {
    case ROW:
        for (const node *kid = n->kids; kid != NULL; kid = kid->next) {
            from = lead(kid, t, from);
        }
        return from;
    case CHOICE:
        for (const node *kid = n->kids; kid != NULL; kid = kid->next) {
            to |= lead(kid, t, from);
        }
        return to;
    case REPEAT:
        return lead_repeat(n, t, from);
    default:
        return lead_one(n, t, from);
    }
}

/* Is all that is not ASCII in it known to within_folded()? */
static bool take_text(text *t, lf_str s) {
    bool known = true;
    *t = (text){.s = s};
    for (size_t at = 0; at < s.n;) {
        size_t from = at;
        int32_t c = lf_utf8_next(s, &at);
        at += c < 0;
        t->starts |= (places)1 << from;
        t->runes[from] = c < 0 ? UINT32_MAX : (uint32_t)c;
        t->lengths[from] = (uint8_t)(at - from);
        known = known && (c < 0x80 || c == 0x17f || c == 0x212a);
    }
    return known;
}

int regex_model(lf_str pattern, lf_str s) {
    reader r = {.s = pattern};
    text t;
    if (pattern.n > LONGEST) {
        return -1;
    }
    n_nodes = n_parts = 0;
    bool known = take_text(&t, s);
    const node *all = choice(&r);
    places everywhere = s.n == 63 ? ~(places)0 : ((places)2 << s.n) - 1;
    return r.folds && !known ? -1 : lead(all, &t, everywhere) != 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * cel_conformance FILE...: cases of CEL, one JSON object a line, of two forms. With `expect`: an expression is
 * compiled and run, and its value (or that it errs) compared. With `ok`: a source is CEL or is not; such a
 * case tagged `compile` may parse and must not compile, and one tagged `deep` must come back soon, either way.
 * Cases of extensions that are not part of the library must be refused as such, and are counted apart.
 */
#include <time.h>

#include "expr/expr_internal.h"
#include "runner.h"
#include "time/timing.h"
#include "time/zone.h"

#define DEEP_SECONDS 5 /* generous: with sanitizers and on a busy machine */

static void require(bool sound) { /* of the file, not of the library */
    if (!sound) {
        fprintf(stderr, "this is no case\n");
        exit(2);
    }
}

/* ---- typed JSON as values ---- */

static lf_value from_json(lf_arena *arena, const lf_json *typed);

static int base64_digit(char c) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *found = c == '\0' ? NULL : strchr(digits, c);
    return found == NULL ? -1 : (int)(found - digits);
}

static lf_str from_base64(lf_arena *arena, lf_str text) {
    char *out = lf_arena_alloc(arena, text.n + 1);
    size_t n = 0;
    uint32_t bits = 0, have = 0;
    for (size_t i = 0; i < text.n && base64_digit(text.p[i]) >= 0; i++) {
        bits = bits << 6 | (uint32_t)base64_digit(text.p[i]);
        have += 6;
        if (have >= 8) {
            have -= 8;
            out[n++] = (char)(uint8_t)(bits >> have);
        }
    }
    return (lf_str){out, n};
}

/* The digits behind a point as nanoseconds; *end: of the text before the point. */
static int32_t nanos_of(lf_str text, size_t *end) {
    int32_t nanos = 0, weight = 100000000;
    *end = text.n;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '.') {
            *end = i;
        } else if (i > *end && text.p[i] >= '0' && text.p[i] <= '9') {
            nanos += weight * (text.p[i] - '0');
            weight /= 10;
        } else if (i > *end) {
            break;
        }
    }
    return nanos;
}

static lf_value from_timestamp(lf_str text) {
    int64_t ms = 0;
    size_t point;
    require(lf_time_parse(text, &ms));
    lf_value v = lf_value_time(ms);
    v.u.time.nanos = nanos_of(text, &point);
    return v;
}

static lf_value from_duration(lf_str text) { /* "-1.5s" */
    lf_value v = {.type = LF_T_DURATION};
    size_t point;
    int32_t nanos = nanos_of(text, &point);
    point -= point == text.n; /* the s */
    require(lf_parse_i64((lf_str){text.p, point}, &v.u.time.seconds));
    v.u.time.nanos = text.p[0] == '-' ? -nanos : nanos;
    return v;
}

static lf_value from_items(lf_arena *arena, const lf_json *items, bool map) {
    lf_value v = {.type = map ? LF_T_MAP : LF_T_LIST};
    uint32_t each = map ? 2 : 1;
    lf_value *values = lf_arena_alloc(arena, (size_t)items->n * each * sizeof *values);
    for (uint32_t i = 0; i < items->n; i++) {
        const lf_json *item = &items->u.items[i];
        values[i * each] = from_json(arena, map ? &item->u.items[0] : item);
        if (map) {
            values[i * each + 1] = from_json(arena, &item->u.items[1]);
        }
    }
    v.u.list.items = values;
    v.u.list.n = items->n;
    return v;
}

static lf_value from_json(lf_arena *arena, const lf_json *typed) {
    static const char *const kinds[] = {"null",  "bool", "int", "uint",      "double",   "string",
                                        "bytes", "list", "map", "timestamp", "duration", "type"};
    const lf_member *member = &typed->u.members[0];
    lf_str text = member->value.text;
    lf_value v = {.type = LF_T_ERROR};
    for (uint8_t i = 0; i < LF_COUNT(kinds); i++) {
        v.type = lf_str_eq(member->name, lf_str_of(kinds[i])) ? (uint8_t)(LF_T_NULL + i) : v.type;
    }
    switch (v.type) {
    case LF_T_NULL:
        return v;
    case LF_T_BOOL:
        return lf_value_bool(member->value.boolean);
    case LF_T_INT:
        require(lf_parse_i64(text, &v.u.i));
        return v;
    case LF_T_UINT:
        require(lf_parse_u64(text, &v.u.u));
        return v;
    case LF_T_DOUBLE:
        v.u.d = strtod(text.p, NULL);
        return v;
    case LF_T_LIST:
    case LF_T_MAP:
        return from_items(arena, &member->value, v.type == LF_T_MAP);
    case LF_T_TIMESTAMP:
        return from_timestamp(text);
    case LF_T_DURATION:
        return from_duration(text);
    case LF_T_BYTES:
        v.u.s = from_base64(arena, text);
        return v;
    default: /* STRING, TYPE, and what is not known */
        v.u.s = text;
        return v;
    }
}

/* The same kinds and values all the way down; a NaN is itself, -0 is not 0, maps have no order. */
static bool same(const lf_value *a, const lf_value *b) {
    if (a->type != b->type) {
        return false;
    }
    if (a->type == LF_T_DOUBLE) {
        return memcmp(&a->u.d, &b->u.d, sizeof a->u.d) == 0 ||
               (a->u.d != a->u.d && b->u.d != b->u.d);
    }
    if (a->type != LF_T_LIST && a->type != LF_T_MAP) {
        lf_meter meter = {0, lf_expr_defaults.cost};
        return lf_value_equal(a, b, &meter);
    }
    if (a->u.list.n != b->u.list.n) {
        return false;
    }
    const lf_value *x = a->u.list.items, *y = b->u.list.items;
    for (uint32_t i = 0; i < a->u.list.n; i++) {
        bool found = a->type == LF_T_LIST && same(&x[i], &y[i]);
        for (uint32_t j = 0; a->type == LF_T_MAP && !found && j < b->u.list.n; j++) {
            found = same(&x[2 * i], &y[2 * j]) && same(&x[2 * i + 1], &y[2 * j + 1]);
        }
        if (!found) {
            return false;
        }
    }
    return true;
}

static void show(char *out, size_t size, const lf_value *v, bool typed) {
    int n =
        snprintf(out, size, "%s%s ", typed ? "" : "another type deduced; ", lf_type_name(v->type));
    bool text = v->type == LF_T_STRING || v->type == LF_T_BYTES || v->type == LF_T_TYPE ||
                v->type == LF_T_ERROR;
    if (text) {
        snprintf(out + n, size - (size_t)n, "%.*s", (int)v->u.s.n, v->u.s.p);
    } else if (v->type == LF_T_DOUBLE) {
        snprintf(out + n, size - (size_t)n, "%.17g", v->u.d);
    } else if (v->type == LF_T_LIST || v->type == LF_T_MAP) {
        snprintf(out + n, size - (size_t)n, "of %u", v->u.list.n);
    } else if (v->type == LF_T_TIMESTAMP || v->type == LF_T_DURATION) {
        snprintf(out + n, size - (size_t)n, "%lld s %d ns", (long long)v->u.time.seconds,
                 v->u.time.nanos);
    } else {
        snprintf(out + n, size - (size_t)n, "%lld",
                 v->type == LF_T_BOOL ? (long long)v->u.b : (long long)v->u.i);
    }
}

/* ---- the world of a case ---- */

typedef struct world {
    lf_arena *arena;
    const lf_json *bindings, *decls;
    lf_str container;
    const char *path; /* of the file of cases */
    bool unchecked;
} world;

/* A type as it is written, "map(string, list(int))", whole; dyn where it is none of ours. */
static uint32_t read_type(lf_str text, size_t *at) {
    static const struct {
        const char *name;
        uint8_t type;
    } types[] = {{"bool", LF_T_BOOL},
                 {"bytes", LF_T_BYTES},
                 {"double", LF_T_DOUBLE},
                 {"dyn", LF_T_DYN},
                 {"google.protobuf.Duration", LF_T_DURATION},
                 {"google.protobuf.Timestamp", LF_T_TIMESTAMP},
                 {"int", LF_T_INT},
                 {"list", LF_T_LIST},
                 {"map", LF_T_MAP},
                 {"null_type", LF_T_NULL},
                 {"string", LF_T_STRING},
                 {"type", LF_T_TYPE},
                 {"uint", LF_T_UINT}};
    size_t from = *at, i = 0;
    while (*at < text.n && strchr("(), ", text.p[*at]) == NULL) {
        ++*at;
    }
    while (i < LF_COUNT(types) &&
           !lf_str_eq((lf_str){text.p + from, *at - from}, lf_str_of(types[i].name))) {
        i++;
    }
    uint32_t whole = i < LF_COUNT(types) ? types[i].type : LF_T_DYN;
    for (unsigned shift = 4; *at < text.n && strchr("(, ", text.p[*at]) != NULL;) {
        ++*at; /* a parameter, or the space before it */
        if (text.p[*at] != ' ') {
            whole |= read_type(text, at) << shift;
            shift = 8;
        }
        if (*at < text.n && text.p[*at] == ')') {
            ++*at;
            break;
        }
    }
    return whole;
}

/* A binding takes part in names if it is declared, or if nothing is checked; some files declare none. */
static bool find_name(const world *w, lf_str name, lf_binding *out) {
    const lf_json *declaration = lf_json_get(w->decls, name);
    for (uint32_t i = 0; w->bindings != NULL && i < w->bindings->n; i++) {
        if (lf_str_eq(w->bindings->u.members[i].name, name)) {
            out->ref = (int32_t)i;
            if (declaration != NULL && !w->unchecked) {
                size_t at = 0;
                uint32_t whole = read_type(declaration->text, &at);
                out->type = whole & 15;
                out->item = (uint8_t)(whole >> 4);
            }
            return declaration != NULL || w->unchecked || w->decls == NULL;
        }
    }
    return false;
}

/* "a.b.c": as it is, then in each container from the innermost; the longest name first. */
static bool resolve(void *ctx, const lf_str *parts, uint32_t n, lf_binding *out, lf_buf *why) {
    const world *w = ctx;
    for (out->used = n; out->used > 0; out->used--) {
        lf_str container = out->absolute ? lf_str_of("") : w->container;
        for (bool more = true; more;) {
            lf_buf name;
            lf_buf_init(&name, &w->arena->mem);
            lf_buf_str(&name, container);
            for (uint32_t i = 0; i < out->used; i++) {
                lf_buf_text(&name, name.n > 0 ? "." : "");
                lf_buf_str(&name, parts[i]);
            }
            bool found = find_name(w, (lf_str){lf_buf_cstr(&name), name.n}, out);
            lf_buf_free(&name);
            if (found) {
                return true;
            }
            more = container.n > 0;
            while (container.n > 0 && container.p[--container.n] != '.') {
            }
        }
    }
    lf_buf_format(why, "unknown name %q", parts[0]);
    return false;
}

static void load(void *ctx, int32_t ref, lf_value *out, int64_t *until) {
    const world *w = ctx;
    (void)until;
    *out = from_json(w->arena, &w->bindings->u.members[ref].value);
}

/* ---- zones ---- */
#define MOST_ZONES 1000u

static struct {
    char *name;
    lf_zone *zone; /* NULL: there is none */
} zones[MOST_ZONES];

static lf_zone *zone_in(const lf_mem *mem, const char *folder, lf_str name) {
    char path[2048];
    lf_zone *zone = NULL;
    int n = snprintf(path, sizeof path, "%s/%.*s", folder, (int)name.n, name.p);
    lf_str file = n < (int)sizeof path ? runner_file(path) : (lf_str){NULL, 0};
    if (file.p != NULL && lf_zone_read(mem, file, &zone) != LF_OK) {
        zone = NULL;
    }
    free((void *)(uintptr_t)file.p);
    return zone;
}

/* Beside the folder of the cases, in LEADFLOW_TESTDATA, in TZDIR, where the system has them. */
static lf_zone *find_zone(const lf_mem *mem, const char *cases, lf_str name) {
    static const char within[] = "tz/zoneinfo/fat";
    const char *data = getenv("LEADFLOW_TESTDATA"), *system = getenv("TZDIR");
    const char *slash = strrchr(cases, '/');
    char folder[1024];
    snprintf(folder, sizeof folder, "%.*s../%s", slash == NULL ? 0 : (int)(slash + 1 - cases),
             cases, within);
    lf_zone *zone = zone_in(mem, folder, name);
    if (zone == NULL && data != NULL) {
        snprintf(folder, sizeof folder, "%s/%s", data, within);
        zone = zone_in(mem, folder, name);
    }
    if (zone == NULL && system != NULL) {
        zone = zone_in(mem, system, name);
    }
    return zone != NULL ? zone : zone_in(mem, "/usr/share/zoneinfo", name);
}

/* A name out of an expression must not lead out of the folder: no part of it is empty or has a dot. */
static bool is_zone_name(lf_str name) {
    char before = '/';
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        if (c == '.' || c == '\0' || (c == '/' && before == '/')) {
            return false;
        }
        before = c;
    }
    return before != '/';
}

static const lf_zone *give_zone(void *ctx, lf_str name) {
    const world *w = ctx;
    uint32_t i = 0;
    while (i < MOST_ZONES && zones[i].name != NULL && !lf_str_eq(lf_str_of(zones[i].name), name)) {
        i++;
    }
    if (i == MOST_ZONES || !is_zone_name(name)) {
        return NULL;
    }
    if (zones[i].name == NULL) {
        static lf_mem mem;
        char *copy = calloc(1, name.n + 1);
        require(copy != NULL && lf_mem_from(&mem, NULL) == LF_OK);
        memcpy(copy, name.p, name.n);
        zones[i].name = copy;
        zones[i].zone = find_zone(&mem, w->path, name);
    }
    return zones[i].zone;
}

static void drop_zones(void) {
    lf_mem mem;
    require(lf_mem_from(&mem, NULL) == LF_OK);
    for (uint32_t i = 0; i < MOST_ZONES && zones[i].name != NULL; i++) {
        lf_zone_free(&mem, zones[i].zone);
        free(zones[i].name);
    }
}

/* ---- one case ---- */
/* Is it of an extension that is not part of the library? */
static bool is_foreign(const lf_json *line) {
    static const char *const own[] = {"core", "ext.strings", "ext.sets", "ext.quoted_fields"};
    static const char *const sections[] = {"format", "format_errors", "quote"};
    lf_str group = runner_text(line, "group"), section = runner_text(line, "section");
    bool foreign = true;
    for (size_t i = 0; i < LF_COUNT(own); i++) {
        foreign = foreign && !lf_str_eq(group, lf_str_of(own[i]));
    }
    for (size_t i = 0; i < LF_COUNT(sections); i++) {
        foreign = foreign || (lf_str_eq(group, lf_str_of(own[1])) &&
                              lf_str_eq(section, lf_str_of(sections[i])));
    }
    return foreign;
}

/* A case that expects an error may have one of another kind in it. */
static void foreign_done(runner *r, const lf_json *line, lf_status status,
                         const lf_expr_error *error) {
    const char *why = error->text.n > 0 ? error->text.p : "";
    bool errs = lf_json_get(lf_json_get(line, LF_STR("expect")), LF_STR("error")) != NULL;
    if (status == LF_E_PARSE && (errs || strstr(why, "CEL's extension") != NULL)) {
        r->refused++;
    } else {
        runner_done(r, false, status == LF_OK ? "accepted, and is of an extension" : why);
    }
}

static bool has_type(const lf_expr *expr, const lf_json *deduced, const world *w) {
    size_t at = 0;
    return deduced == NULL || w->unchecked ||
           (expr->type | expr->item << 4) == read_type(deduced->text, &at);
}

static void evaluate(runner *r, lf_arena *arena, const lf_json *line, const lf_expr *expr,
                     world *w) {
    lf_env env = {.ctx = w, .load = load, .zone = give_zone};
    lf_answer answer;
    char what[600];
    const lf_json *expected = lf_json_get(lf_json_get(line, LF_STR("expect")), LF_STR("value"));
    lf_value want = {.type = LF_T_ERROR};
    if (lf_expr_eval(expr, &env, arena, &answer) != LF_OK) {
        runner_done(r, false, "no memory");
        return;
    }
    if (expected != NULL) {
        want = from_json(arena, expected);
    }
    bool fine = expected == NULL ? answer.value.type == LF_T_ERROR : same(&answer.value, &want);
    bool typed = has_type(expr, lf_json_get(line, LF_STR("deduced")), w);
    show(what, sizeof what, &answer.value, typed);
    runner_done(r, fine && typed && answer.until == LF_TIME_NONE, what);
}

static void value_case(runner *r, lf_arena *arena, const lf_json *line) {
    world w = {.arena = arena,
               .bindings = lf_json_get(line, LF_STR("bindings")),
               .decls = lf_json_get(line, LF_STR("decls")),
               .container = runner_text(line, "container"),
               .path = r->path,
               .unchecked = lf_json_get(line, LF_STR("unchecked")) != NULL};
    lf_str source = runner_text(line, "expr");
    lf_scope scope = {.ctx = &w, .name = resolve};
    lf_expr_error error = {.line = 0};
    const lf_expr *expr = NULL;
    lf_buf_init(&error.text, &arena->mem);
    lf_status status = w.unchecked
                           ? lf_expr_compile_unchecked(arena, source, &scope, &expr, &error)
                           : lf_expr_compile(arena, source, &scope, LF_T_DYN, &expr, &error);
    if (is_foreign(line)) {
        foreign_done(r, line, status, &error);
    } else if (status == LF_OK) {
        evaluate(r, arena, line, expr, &w);
    } else {
        bool refused = lf_json_get(lf_json_get(line, LF_STR("expect")), LF_STR("error")) != NULL;
        runner_done(r, status == LF_E_PARSE && refused, lf_buf_cstr(&error.text));
    }
    lf_buf_free(&error.text);
}

/* ---- what is CEL ---- */
/* The source out of `expr`, or out of `parts`: pairs of a text and how often it stands there. */
static lf_str source_of(lf_arena *arena, const lf_json *line) {
    const lf_json *parts = lf_json_get(line, LF_STR("parts"));
    size_t n = 0;
    if (parts == NULL) {
        return runner_text(line, "expr");
    }
    for (uint32_t i = 0; i < parts->n; i++) {
        n += parts->u.items[i].u.items[0].text.n * (size_t)parts->u.items[i].u.items[1].u.i;
    }
    char *source = lf_arena_alloc(arena, n);
    n = 0;
    for (uint32_t i = 0; i < parts->n; i++) {
        lf_str text = parts->u.items[i].u.items[0].text;
        for (int64_t times = parts->u.items[i].u.items[1].u.i; times > 0; times--) {
            memcpy(source + n, text.p, text.n);
            n += text.n;
        }
    }
    return (lf_str){source, n};
}

static bool no_name(void *ctx, const lf_str *parts, uint32_t n, lf_binding *out, lf_buf *why) {
    (void)ctx, (void)parts, (void)n, (void)out;
    lf_buf_text(why, "there are no names");
    return false;
}

/* Parses a copy of exactly its size: a sanitizer sees what is read behind its end. */
static lf_status parse(lf_arena *arena, lf_str source, bool compile, lf_expr_error *error) {
    lf_scope scope = {.name = no_name};
    const lf_expr *expr;
    char *copy = malloc(source.n + (source.n == 0));
    require(copy != NULL);
    memcpy(copy, source.p, source.n);
    lf_status status = lf_expr_parse_only(&arena->mem, (lf_str){copy, source.n}, error);
    if (status == LF_OK && compile) {
        status = lf_expr_compile(arena, (lf_str){copy, source.n}, &scope, LF_T_DYN, &expr, error);
    }
    free(copy);
    return status;
}

static void syntax_case(runner *r, lf_arena *arena, const lf_json *line) {
    lf_str source = source_of(arena, line);
    lf_expr_error error = {.line = 0};
    char what[600];
    lf_buf_init(&error.text, &arena->mem);
    clock_t start = clock();
    lf_status status = parse(arena, source, runner_tagged(line, "compile"), &error);
    double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
    const lf_json *ok = lf_json_get(line, LF_STR("ok"));
    bool fine = lf_json_is(ok, LF_JSON_BOOL) ? (status == LF_OK) == ok->boolean
                                             : status == LF_OK || status == LF_E_PARSE;
    bool placed = status == LF_OK || (error.line > 0 && error.column > 0 &&
                                      error.offset <= source.n && error.text.n > 0);
    snprintf(what, sizeof what, "%s at %u:%u (%.1f s)",
             status == LF_OK ? "accepted" : lf_buf_cstr(&error.text), error.line, error.column,
             seconds);
    if (runner_tagged(line, "quoted_fields") && runner_tagged(line, "option_off")) {
        r->refused++; /* what comes of it without an option that is always on here */
    } else if (runner_tagged(line, "optional") || runner_tagged(line, "option_off")) {
        foreign_done(r, line, status, &error);
    } else {
        runner_done(r, fine && placed && seconds < DEEP_SECONDS, what);
    }
    lf_buf_free(&error.text);
}

static void any_case(runner *r, lf_arena *arena, const lf_json *line) {
    r->refused_as = "cases of other extensions: refused";
    if (lf_json_get(line, LF_STR("expect")) != NULL) {
        value_case(r, arena, line);
    } else {
        syntax_case(r, arena, line);
    }
}

int main(int argc, char **argv) {
    int status = runner_main(argc, argv, any_case);
    drop_zones();
    return status;
}

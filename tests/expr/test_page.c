/* SPDX-License-Identifier: MIT */
/*
 * The examples of docs/expressions.md, run on the contact that the page describes: a blueprint, events, of which the
 * last is at hand. A line of a block `cel` is an expression, and behind ` // ` what comes of it: an expression of the
 * same value and type, or `error: text` when it is run, or `refused: text` when the blueprint is parsed. Every function
 * of the table, every macro and operator is named on the page, and has an example.
 */
#include "../read_page.h"
#include "blueprint/blueprint_internal.h"
#include "flow/flow.h"
#include "print.h"

#define PAGE "docs/expressions.md"
#define MOST 1000u

typedef struct example {
    lf_str source, result;
    const lf_expr *expr, *wanted; /* NULL: refused */
    lf_buf text;                  /* why */
} example;

static struct {
    lf_mem mem;
    lf_arena arena; /* of the examples */
    char *page;
    lf_blueprint *blueprint;
    lf_contact *contact;
    lf_event event;
    lf_world world;
    example examples[MOST];
    uint32_t n;
} is;

/* ---- the page ---- */
/* The next block that begins with `start`, its fence included; {NULL, 0}: there is none. */
static lf_str block(const char **rest, const char *start) {
    const char *at = strstr(*rest, start);
    if (at == NULL) {
        return (lf_str){NULL, 0};
    }
    const char *from = strchr(at, '\n') + 1, *end = strstr(from, "\n```");
    assert_non_null(end);
    *rest = end + 4;
    return (lf_str){from, (size_t)(end - from) + 1};
}

static lf_str line_of(lf_str *rest) {
    const char *end = memchr(rest->p, '\n', rest->n);
    lf_str line = {rest->p, (size_t)(end - rest->p)};
    *rest = (lf_str){end + 1, rest->n - line.n - 1};
    return line;
}

static lf_str stripped(lf_str s) {
    while (s.n > 0 && s.p[s.n - 1] == ' ') {
        s.n--;
    }
    return s;
}

static bool take_example(lf_str line) {
    for (size_t i = line.n; i-- > 0;) {
        if (i + 4 <= line.n && memcmp(line.p + i, " // ", 4) == 0) {
            assert_true(is.n < MOST);
            is.examples[is.n++] = (example){.source = stripped((lf_str){line.p, i}),
                                            .result = {line.p + i + 4, line.n - i - 4}};
            return true;
        }
    }
    return false;
}

/* ---- the contact ---- */
static void parse_blueprint(void) {
    const char *rest = is.page;
    lf_diags diags;
    lf_str json;
    lf_diags_init(&diags, &is.mem);
    do {
        json = block(&rest, "```json\n");
        assert_non_null(json.p);
    } while (!lf_str_starts(json, LF_STR("{\"leadflow\"")));
    if (lf_definitions_parse(&is.mem, json, &(lf_parsing){.lint = false}, &diags, &is.blueprint) !=
        LF_OK) {
        fail_msg("the blueprint: %s", diags.n > 0 ? diags.items[0].text.p : "");
    }
    lf_diags_free(&diags);
}

static void live(void) {
    const char *rest = is.page;
    lf_str lines = block(&rest, "```ndjson\n");
    lf_flow *flow;
    lf_diags diags;
    assert_non_null(lines.p);
    lf_diags_init(&diags, &is.mem);
    assert_int_equal(lf_flow_new(&is.mem, is.blueprint, LF_STR("t"), &flow), LF_OK);
    assert_int_equal(lf_contact_new(is.blueprint, "c-1", 3, &is.contact), LF_OK);
    lf_event_init(&is.event, &is.mem, is.blueprint);
    for (uint32_t i = 1; lines.n > 0; i++) {
        bool ignored;
        int32_t as;
        lf_str line = line_of(&lines);
        if (lf_event_read(&is.event, line, i, &diags, &ignored) != LF_OK ||
            lf_flow_event(flow, is.contact, &is.event, is.event.at, &diags, &as) != LF_OK) {
            fail_msg("event %u: %s", i, diags.n > 0 ? diags.items[0].text.p : "");
        }
    }
    lf_diags_free(&diags);
    lf_flow_free(flow);
    assert_int_equal(lf_world_init(&is.world, &is.mem, is.blueprint), LF_OK);
    lf_world_look(&is.world, is.contact, is.event.at);
    is.world.event = &is.event;
    is.world.event_types = &is.event.type;
    is.world.n_event_types = 1;
    is.world.arrival = is.contact->arrivals;
}

/* ---- the examples ---- */
/* Where everything can be read: a condition of a sequence that an event triggers. */
static const lf_expr *compile(lf_str source, lf_buf *text) {
    static uint16_t types[8];
    static lf_type_set events = {.types = types};
    const lf_names *names = &is.blueprint->schema.names[LF_N_TYPE];
    lf_diags diags;
    lf_diags_init(&diags, &is.mem);
    events.n = 1;
    types[0] = (uint16_t)lf_names_find(names, LF_STR("page_view"));
    lf_reading reading = {LF_MAY_ALL | LF_MAY_EVENT | LF_MAY_TIMED_OUT, &events};
    lf_build build = {.bp = is.blueprint, .arena = &is.arena, .diags = &diags, .text = source};
    lf_json json = {.kind = LF_JSON_STRING, .text = source, .line = 1, .column = 1};
    lf_buf_init(&build.path, &is.mem);
    const lf_expr *expr = lf_build_expr(&build, &json, "when", LF_T_DYN, &reading);
    assert_int_equal(build.status, LF_OK);
    if (expr == NULL) {
        assert_int_equal(diags.n, 1);
        lf_buf_str(text, diags.items[0].text);
    }
    lf_buf_free(&build.path);
    lf_diags_free(&diags);
    return expr;
}

static void compile_examples(void) {
    const char *rest = is.page;
    for (lf_str lines = block(&rest, "```cel\n"); lines.p != NULL;
         lines = block(&rest, "```cel\n")) {
        while (lines.n > 0) {
            lf_str line = line_of(&lines);
            if (line.n > 0 && !take_example(line)) {
                fail_msg("no example: %.*s", (int)line.n, line.p);
            }
        }
    }
    for (uint32_t i = 0; i < is.n; i++) {
        example *e = &is.examples[i];
        bool value = !lf_str_starts(e->result, LF_STR("error: ")) &&
                     !lf_str_starts(e->result, LF_STR("refused: "));
        lf_buf_init(&e->text, &is.mem);
        e->expr = compile(e->source, &e->text);
        e->wanted = value ? compile(e->result, &e->text) : NULL;
        if (value && e->wanted == NULL) {
            fail_msg("%.*s: %s", (int)e->result.n, e->result.p, lf_buf_cstr(&e->text));
        }
    }
}

static int begin(void **state) {
    (void)state;
    lf_mem_from(&is.mem, NULL);
    lf_arena_init(&is.arena, &is.mem);
    is.page = read_page(PAGE);
    parse_blueprint();
    compile_examples(); /* the world has room for the conditions that there are when it is made */
    live();
    return 0;
}

static int end(void **state) {
    (void)state;
    for (uint32_t i = 0; i < is.n; i++) {
        lf_buf_free(&is.examples[i].text);
    }
    lf_world_free(&is.world);
    lf_event_clear(&is.event);
    lf_contact_free(is.contact);
    lf_definitions_unref(is.blueprint);
    lf_arena_free(&is.arena);
    free(is.page);
    return 0;
}

/* What comes of it as text: `error: ...`, `refused: ...`, or the value. */
static void come_of(lf_buf *out, const lf_expr *expr, const char *why) {
    lf_answer answer;
    if (expr == NULL) {
        lf_buf_format(out, "refused: %s", why);
        return;
    }
    assert_int_equal(lf_world_value(&is.world, expr, &answer), LF_OK);
    print_value(out, &answer.value);
}

static void examples_are_right(void **state) {
    unsigned wrong = 0;
    (void)state;
    for (uint32_t i = 0; i < is.n; i++) {
        const example *e = &is.examples[i];
        lf_buf found, wanted;
        lf_buf_init(&found, &is.mem);
        lf_buf_init(&wanted, &is.mem);
        come_of(&found, e->expr, e->text.p);
        if (e->wanted == NULL) {
            lf_buf_str(&wanted, e->result);
        } else {
            come_of(&wanted, e->wanted, "");
        }
        if (!lf_str_eq((lf_str){found.p, found.n}, (lf_str){wanted.p, wanted.n})) {
            fprintf(stderr, "# %.*s\n#   gives  %s\n#   not    %s\n", (int)e->source.n, e->source.p,
                    lf_buf_cstr(&found), lf_buf_cstr(&wanted));
            wrong++;
        }
        lf_buf_free(&found);
        lf_buf_free(&wanted);
    }
    print_message("# %u examples\n", is.n);
    assert_true(is.n > 0);
    assert_int_equal(wrong, 0);
}

/* ---- that nothing is missing ---- */
static bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* Is the name in the text, called if it is a word? Operators: between spaces, or before something. */
static bool has_call(lf_str text, const char *name) {
    size_t n = strlen(name);
    bool prefix = n == 2 && name[1] == '_', word = is_word(name[0]) && strcmp(name, "in") != 0;
    n = prefix ? 1 : n;
    for (size_t i = 0; i + n < text.n; i++) {
        bool begins = i == 0 || (!is_word(text.p[i - 1]) || !is_word(name[0]));
        char next = text.p[i + n];
        if (begins && memcmp(text.p + i, name, n) == 0 &&
            (word     ? next == '('
             : prefix ? next != ' '
                      : next == ' ')) {
            return true;
        }
    }
    return false;
}

static unsigned expect_shown(const char *name) {
    bool example_of = false, named = has_call((lf_str){is.page, strlen(is.page)}, name);
    for (uint32_t i = 0; i < is.n; i++) {
        bool runs = is.examples[i].expr != NULL;
        example_of = example_of || (runs && has_call(is.examples[i].source, name));
    }
    if (!named || !example_of) {
        fprintf(stderr, "# '%s' %s on the page\n", name, named ? "has no example" : "is not");
    }
    return !named || !example_of;
}

static void everything_is_shown(void **state) {
    static const char *const others[] = {"has",    "all", "exists", "exists_one", "map",
                                         "filter", "&&",  "||",     "?",          ":"};
    unsigned missing = 0;
    (void)state;
    for (size_t i = 0; i < LF_COUNT(others); i++) {
        missing += expect_shown(others[i]);
    }
    for (uint16_t i = 0; name_of_function(i) != NULL; i++) {
        missing += expect_shown(name_of_function(i));
    }
    assert_int_equal(missing, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(examples_are_right),
                                       cmocka_unit_test(everything_is_shown)};
    return cmocka_run_group_tests(tests, begin, end);
}

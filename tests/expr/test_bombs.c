/* SPDX-License-Identifier: MIT */
/*
 * Cost bombs: small sources that would take for ever, or all memory. Each is read, checked and run within the
 * default limits in less than a millisecond, the best of some runs. That much is said of each; the test fails at
 * three, for the machine may be busy. The time counts where the library is optimised, no sanitizer watches each
 * step, and the machine is no emulated one.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <setjmp.h>
#include <time.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <cmocka.h>

#include "base/codes.h"
#include "expr/expr.h"

#ifdef __has_feature
#define WATCHED \
    (__has_feature(address_sanitizer) || __has_feature(memory_sanitizer) || \
     __has_feature(thread_sanitizer))
#elif defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define WATCHED 1
#else
#define WATCHED 0
#endif
#if defined __OPTIMIZE__ && (defined __x86_64__ || defined __aarch64__)
#define TIMED (!WATCHED)
#else
#define TIMED false
#endif
#define RUNS 20
#define MOST_SECONDS 0.001
#define BUSY 3

/* ---- the world: some text and a list of tags ---- */
enum { TEXT, TAGS, NUMBER };
static char text[4096];
static lf_value tags[200];

static bool find_name(void *ctx, const lf_str *parts, uint32_t n, lf_binding *out, lf_buf *why) {
    static const char *const names[] = {"text", "tags", "number"};
    static const uint8_t types[] = {LF_T_STRING, LF_T_LIST, LF_T_INT};
    (void)ctx, (void)n;
    for (int32_t i = 0; i < (int32_t)LF_COUNT(names); i++) {
        if (lf_str_eq(parts[0], lf_str_of(names[i]))) {
            *out = (lf_binding){
                .ref = i, .type = types[i], .item = LF_T_STRING, .used = 1, .domain = -1};
            return true;
        }
    }
    lf_buf_format(why, "unknown name %q", parts[0]);
    return false;
}

static void load(void *ctx, int32_t ref, lf_value *out, int64_t *until) {
    (void)ctx, (void)until;
    if (ref == TEXT) {
        *out = lf_value_str((lf_str){text, sizeof text});
    } else if (ref == TAGS) {
        *out = (lf_value){.type = LF_T_LIST, .u.list = {tags, LF_COUNT(tags)}};
    } else {
        *out = lf_value_int(7);
    }
}

/* ---- the bombs ---- */
#define TEN "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]"
#define STEPS "it takes more than 50000 steps"
#define TURNS "it takes more than 10000 turns of its macros"
#define MEMORY "it takes more than 1048576 bytes of memory"
#define LONG "longer than 65536 bytes"
#define DEEP "nested deeper than 250"
#define NODES "more than 3000 names, literals and operations"
#define REPEATED "in the pattern: repetitions in repetitions are more than 1000"
#define PATTERNS "patterns that take more than 200000 steps to make"
#define CHAIN "more than 1000 operators in a chain"
/* `before`, `times` times `middle`, then `after`; the error that it ends in, "" for none. */
static const struct bomb {
    const char *name, *before, *middle;
    size_t times;
    const char *after, *error;
} bombs[] = {
    /* lists of lists of lists, each twice the one below: small in memory, endless to walk */
    {"a list that doubles", "[1]", ".map(x, [x, x])", 60, ".all(x, x == x)", STEPS},
    {"a map that doubles", "[1]", ".map(x, {1: x, 2: x})", 60, ".all(x, x == x)", STEPS},
    {"in a list that doubles", "[1]", ".map(x, [x, x])", 60, ".all(x, x in [[], x])", STEPS},
    {"text that doubles", "['x']", ".map(x, x + x)", 60, ".all(x, x == '')", STEPS},
    {"joined lists that double", "[[1]]", ".map(x, x + x)", 60, ".all(x, x == [])", STEPS},
    {"a chain of text", "size('", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' + '", 900, "') > 0",
     STEPS},
    {"a chain of loaded text", "size(text", " + text", 900, ") > 0", STEPS},
    {"a chain of loaded lists", "size(tags", " + tags", 900, ") > 0", STEPS},
    /* macros within macros */
    {"nested all", TEN ".all(a, ", TEN ".all(a, ", 20, "a >= 0))))))))))))))))))))) ", TURNS},
    {"nested map", TEN ".map(a, ", TEN ".map(a, ", 20, "a))))))))))))))))))))) == []", TURNS},
    {"nested filter", TEN ".filter(a, ", TEN ".exists_one(a, ", 20,
     "a > 0))))))))))))))))))))) == []", STEPS},
    {"nested over tags", "tags.all(a, ", "tags.all(a, ", 20, "a != ''))))))))))))))))))))) ",
     STEPS},
    {"lists of a map", TEN ".map(a, " TEN ".map(b, " TEN ".map(c, " TEN ".map(d, [a, b, c, d",
     ", a, b, c, d", 20, "])))) == []", STEPS},
    {"appends of large lists", TEN ".map(a, tags)", ".map(a, a + a)", 20, " == []", MEMORY},
    /* far deeper than any source may be */
    {"deep values", "[1]", ".map(x, [[[[[[[[[[x]]]]]]]]]])", 200, ".all(x, x == x)", STEPS},
    /* literals */
    {"a large list", "1 in [1", ", 1", 2900, "]", ""},
    {"a large list of text", "text in ['a'", ", 'a'", 2900, "]", ""},
    {"a large list that is no constant", "size([number", ", number", 2900, "]) > 0", ""},
    {"a list that is too large", "1 in [1", ", 1", 10000, "]", NODES},
    {"a list that is too long", "1 in [1", ", 1", 30000, "]", LONG},
    {"a large map", "1 in {0: 0", ", number: 0", 1490, "}", "a key stands twice"},
    {"many keys", "size({0: 0", ", number + 1: 0", 590, "}) > 0", "a key stands twice"},
    {"many maps", "1 in [0", ", {1:1,2:2,3:3,4:4,5:5,6:6,7:7,8:8,9:9,0:0}", 130, "]", ""},
    {"nested maps", "", "{'a': ", 300, "1", DEEP},
    {"long text", "size('", "a", 65000, "') > 0", ""},
    {"long escapes", "size('", "\\x41", 16000, "') > 0", ""},
    /* chains and nesting */
    {"deep brackets", "", "(", 60000, "1", DEEP},
    {"deep lists", "", "[", 60000, "1", DEEP},
    {"a long chain", "1", " + 1", 16000, " == 1", CHAIN},
    {"a long &&", "number > 0", " && number > 0", 700, "", ""},
    {"many ?:", "number > 0", " ? number > 0 : number > 0", 240, "", ""},
    {"long signs", "", "-", 65000, "1", ""},
    {"many negations", "", "!", 65000, "true", ""},
    {"many selections", "number", ".a", 30000, "", CHAIN},
    {"a comment", "// ", "x", 65000, "\ntrue", ""},
    /* functions */
    {"long contains", "text.contains('", "a", 2000, "b')", STEPS},
    {"many contains", "tags.all(x, !text.contains('ab')", " && !text.contains('ab')", 590, ")",
     STEPS},
    {"contains of what was made", "[text]", ".map(x, x + x)", 6,
     ".all(x, [1, 2, 3, 4].all(y, !x.contains(x + 'b')))", STEPS},
    {"many sizes", "tags.all(a, tags.all(b, size(text) > 0", " && size(text) > 0", 100, "))",
     STEPS},
    {"equal texts", "tags.all(a, tags.all(b, a == b", " && text == text", 100, "))", STEPS},
    {"order of texts", "tags.all(a, tags.all(b, a <= b", " && text <= text", 100, "))", STEPS},
    {"many turned texts", "tags.all(a, text.reverse() != ''", " && text.reverse() != ''", 100, ")",
     STEPS},
    {"many small letters", "tags.all(a, text.lowerAscii() != ''", " && text.lowerAscii() != ''",
     100, ")", STEPS},
    {"many trims", "tags.all(a, text.trim() != ''", " && text.trim() != ''", 100, ")", STEPS},
    {"many places", "tags.all(a, text.charAt(4095) != ''", " && text.charAt(4095) != ''", 100, ")",
     STEPS},
    {"many parts", "tags.all(a, text.substring(1, 4095) != ''", " && text.substring(1, 4095) != ''",
     100, ")", STEPS},
    {"many searches", "tags.all(a, text.indexOf('ab') < 0", " && text.lastIndexOf('ba') < 0", 100,
     ")", STEPS},
    {"a replacement that multiplies", "text.replace('', text)", ".replace('', text)", 10, " == ''",
     STEPS},
    {"replacements", "tags.all(a, text.replace('a', 'bb') != ''",
     " && text.replace('a', 'b') != ''", 100, ")", STEPS},
    {"pieces of pieces", "text.split('')", ".map(x, text.split('')[0])", 10, " == []", STEPS},
    {"pieces, joined", "tags.all(a, text.split('').join('b') != ''", "", 0, ")", STEPS},
    {"numbers as text", "tags.all(a, tags.all(b, string(1e300 / double(number)) != ''", "", 0, "))",
     STEPS},
    {"text as numbers",
     "tags.all(a, tags.all(b, double('1234567890.12345678901234567890123') > 0.0", "", 0, "))",
     TURNS},
    {"times as text", "tags.all(a, tags.all(b, string(timestamp(number)) != ''", "", 0, "))",
     STEPS},
    {"durations of many parts", "tags.all(a, tags.all(b, duration((a + a).replace('aa', '",
     "1h1h1h1h1h", 10, "')) != duration('1h')))", STEPS},
    {"bytes as text", "tags.all(a, string(bytes(text)) != ''", " && string(bytes(text)) != ''", 100,
     ")", STEPS},
    {"white space", "tags.all(a, text.replace('a', ' ').trim() == ''",
     " && text.replace('a', ' ').trim() == ''", 100, ")", STEPS},
    {"text as times", "tags.all(a, tags.all(b, timestamp('2026-01-05T10:00:00.123456789Z') != null",
     "", 0, "))", TURNS},
    {"parts of times", "tags.all(a, tags.all(b, timestamp(number).getDayOfYear() >= 0", "", 0, "))",
     STEPS},
    {"sets within sets", "tags.all(a, sets.contains(tags, tags)", " && sets.equivalent(tags, tags)",
     10, ")", STEPS},
    {"sets of lists", "tags.map(x, [x, x]).all(x, sets.contains([x, x], [[x], x])", "", 0, ")", ""},
    {"a pattern that could go back", "tags.all(a, !text.matches('^(a*)*b$')", "", 0, ")", STEPS},
    {"patterns that could go back", "tags.all(a, !text.matches('(a|aa|a?)+$b')", "", 0, ")", STEPS},
    {"a pattern that is repeated", "text.matches('((a{1,100}){1,100}){1,100}b')", "", 0, "",
     REPEATED},
    {"a long pattern", "text.matches('", "(a|b)?", 1000, "c')", STEPS},
    {"a pattern of many classes", "text.matches('", "[a-z0-9]*", 300, "!')", STEPS},
    {"letters of any case", "text.matches('", "(?i)\xc3\xa9", 6000, "')", PATTERNS},
    {"patterns written out", "text.matches('a{1000}')", " || text.matches('(?i)(\xc3\xa9|b){500}')",
     400, "", PATTERNS},
    {"classes that are left out", "text.matches('", "(?i)[\xc3\xa0-\xc3\xbf]{0}", 3000, "')",
     PATTERNS},
    {"a class of many", "text.matches('(?i)[",
     "\xc3\xa0"
     "b",
     20000, "]')", PATTERNS},
    {"many alternatives", "text.matches('", "|", 65000, "')", PATTERNS},
    {"a pattern that is computed", "tags.all(a, !text.matches(a + '(a|b){1,99}c')", "", 0, ")",
     STEPS},
    {"patterns made of text", "tags.all(a, !a.matches(text)", "", 0, ")", STEPS},
    {"tags within tags", "tags.all(a, tags.exists(b, b == a + 'b'", " || b == 'c'", 100, "))",
     STEPS},
};

static lf_str source_of(const struct bomb *bomb) {
    size_t n = strlen(bomb->before), m = strlen(bomb->middle);
    char *source = malloc(n + m * bomb->times + strlen(bomb->after) + 1);
    assert_non_null(source);
    memcpy(source, bomb->before, n);
    for (size_t i = 0; i < bomb->times; i++, n += m) {
        memcpy(source + n, bomb->middle, m);
    }
    strcpy(source + n, bomb->after);
    return (lf_str){source, strlen(source)};
}

/* ---- memory that is counted ---- */
typedef struct counted {
    size_t now, most;
} counted;

static void *count(void *user, void *p, size_t old_size, size_t new_size) {
    counted *bytes = user;
    bytes->now += new_size - old_size;
    bytes->most = bytes->now > bytes->most ? bytes->now : bytes->most;
    if (new_size == 0) {
        free(p);
        return NULL;
    }
    return realloc(p, new_size);
}

typedef struct ending {
    lf_status status;
    uint16_t code;
    lf_answer answer;
    bool ran;
    uint64_t worst;
    size_t memory; /* of the evaluation */
    double seconds;
    uint32_t column;
    char error[120]; /* of parsing or running; "" for none */
} ending;

static ending explode(lf_str source, const lf_expr_limits *limits) {
    lf_scope scope = {.name = find_name, .limits = limits};
    static const lf_env env = {.load = load};
    counted made = {0, 0}, used = {0, 0};
    lf_mem kept = {count, &made}, passing = {count, &used};
    lf_arena arena, scratch;
    lf_expr_error error = {.code = 0};
    const lf_expr *expr = NULL;
    ending end = {.ran = false};
    lf_arena_init(&arena, &kept);
    lf_arena_init(&scratch, &passing);
    lf_buf_init(&error.text, &kept);
    clock_t start = clock();
    end.status = lf_expr_compile(&arena, source, &scope, LF_T_DYN, &expr, &error);
    if (end.status == LF_OK) {
        end.worst = lf_expr_worst(expr);
        end.ran = lf_expr_eval(expr, &env, &scratch, &end.answer) == LF_OK;
    }
    end.seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
    end.code = error.code;
    end.memory = used.most;
    end.column = error.column;
    bool failed = end.ran && end.answer.value.type == LF_T_ERROR;
    lf_str why = failed ? end.answer.value.u.s : (lf_str){error.text.p, error.text.n};
    snprintf(end.error, sizeof end.error, "%.*s", (int)why.n, why.n == 0 ? "" : why.p);
    lf_buf_free(&error.text);
    lf_arena_free(&scratch);
    lf_arena_free(&arena);
    assert_int_equal(made.now, 0);
    assert_int_equal(used.now, 0);
    return end;
}

static void ends_within_its_budget(void **state) {
    const struct bomb *bomb = *state;
    const lf_expr_limits *limits = &lf_expr_defaults;
    lf_str source = source_of(bomb);
    ending end = explode(source, NULL);
    double best = end.seconds;
    for (int i = 1; i < RUNS && best >= MOST_SECONDS; i++) {
        end = explode(source, NULL);
        best = end.seconds < best ? end.seconds : best;
    }
    free((void *)(uintptr_t)source.p);
    print_message("%.3f ms, %llu steps, %zu bytes: %s\n", best * 1000,
                  (unsigned long long)end.answer.cost, end.memory, end.error);
    assert_string_equal(end.error, bomb->error);
    assert_int_equal(end.status, end.ran ? LF_OK : LF_E_PARSE);
    assert_true(end.ran || end.code == LF_D_EXPR_LIMIT || strcmp(bomb->error, REPEATED) == 0);
    /* what is charged before the work, and not done then, is at most a limit and a step */
    assert_true(end.answer.cost <= 2u * limits->cost + 2);
    assert_true(end.memory <= 2u * limits->memory); /* in pieces, some not quite full */
    assert_true(!TIMED || best < BUSY * MOST_SECONDS);
}

/* ---- limits of one's own ---- */
static const struct {
    const char *source;
    lf_expr_limits limits; /* 0: the default */
    const char *error;     /* NULL: it is fine; the same with one less is not */
    uint32_t column;       /* of an error of parsing */
} settings[] = {
    {"number == 17", {.source = 12}, NULL, 0},
    {"number == 17", {.source = 11}, "longer than 11 bytes", 12},
    {"[[1]] == [[1]]", {.nesting = 3}, NULL, 0},
    {"[[[1]]] == []", {.nesting = 3}, "nested deeper than 3", 4},
    {"number == 17", {.nodes = 3}, NULL, 0},
    {"number == 17", {.nodes = 2}, "more than 2 names, literals and operations", 8},
    {"[1, 2].all(x, [1, 2].all(y, x > 0))", {.iterations = 6}, NULL, 0},
    {"[1, 2].all(x, [1, 2].all(y, x > 0))",
     {.iterations = 5},
     "it takes more than 5 turns of its macros",
     0},
    {"text == text", {.cost = 260}, NULL, 0},
    {"text == text", {.cost = 259}, "it takes more than 259 steps", 0},
    {"size(text + text) > 0", {.memory = 8208}, NULL, 0},
    {"size(text + text) > 0", {.memory = 8207}, "it takes more than 8207 bytes of memory", 0},
    /* 2^32 bytes, which addresses of 32 bits do not have */
    {"[text].map(x, x + x + x + x).map(x, x + x + x + x).map(x, x + x + x + x)"
     ".map(x, x + x + x + x).all(x, text.replace('a', x) != '')",
     {.cost = 1000000000, .memory = 16777216},
     "it takes more than 16777216 bytes of memory",
     0},
};

/* ---- what it takes at worst, if that is known ---- */
static const struct {
    const char *source;
    bool known;
} bounds[] = {
    {"number > 5 && number in [1, 2, 3]", true},
    {"number == 1 || text == 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'", true},
    {"text in ['aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'b'] ? number : -number * 2", true},
    {"[1, 2, 3].all(x, [4, 5, 6].all(y, x < y + number))", true},
    {"[1, 2, 3].map(x, x > 1, [x, number]).filter(x, x != [number]).size() == 2", true},
    {"{'a': number, 'b': 2}['b'] + {1: 2}[1] == 4 && has({'x': 1}.x)", true},
    {"string(number) + 'x' == string(7.5e300) || [1].exists_one(x, x == number)", true},
    {"text + 'a' == 'b'", false},
    {"text.contains('a')", false},
    {"size(text) > 1", false},
    {"tags.all(x, x != 'a')", false},
    {"'a' in tags", false},
    {"[1, 2].all(x, tags == [])", false},
    {"['a'].map(x, text).size() == 1 && [text] == tags", false},
};

static void the_worst_is_no_less_than_what_it_takes(void **state) {
    (void)state;
    for (size_t i = 0; i < LF_COUNT(bounds); i++) {
        ending end = explode(lf_str_of(bounds[i].source), NULL);
        if (!end.ran || (end.worst != UINT64_MAX) != bounds[i].known ||
            end.worst < end.answer.cost) {
            fail_msg("%s: %s takes %llu of %llu steps", bounds[i].source, end.error,
                     (unsigned long long)end.answer.cost, (unsigned long long)end.worst);
        }
    }
}

static uint32_t or_default(uint32_t limit, uint32_t otherwise) {
    return limit != 0 ? limit : otherwise;
}

static void limits_are_settable(void **state) {
    (void)state;
    for (size_t i = 0; i < LF_COUNT(settings); i++) {
        lf_expr_limits given = settings[i].limits, def = lf_expr_defaults;
        lf_expr_limits limits = {.source = or_default(given.source, def.source),
                                 .nesting = or_default(given.nesting, def.nesting),
                                 .nodes = or_default(given.nodes, def.nodes),
                                 .iterations = or_default(given.iterations, def.iterations),
                                 .cost = or_default(given.cost, def.cost),
                                 .memory = or_default(given.memory, def.memory)};
        ending end = explode(lf_str_of(settings[i].source), &limits);
        assert_string_equal(end.error, settings[i].error == NULL ? "" : settings[i].error);
        assert_int_equal(end.column, settings[i].column);
    }
}

int main(void) {
    struct CMUnitTest tests[LF_COUNT(bombs) + 2];
#ifdef __GLIBC__
    mallopt(M_PERTURB, 0); /* meson has malloc fill each block twice, to find what relies on it */
#endif
    memset(text, 'a', sizeof text);
    for (size_t i = 0; i < LF_COUNT(tags); i++) {
        tags[i] = lf_value_str((lf_str){text, 64});
    }
    for (size_t i = 0; i < LF_COUNT(bombs); i++) {
        tests[i] = (struct CMUnitTest){bombs[i].name, ends_within_its_budget, NULL, NULL,
                                       (void *)(uintptr_t)&bombs[i]};
    }
    tests[LF_COUNT(bombs)] = (struct CMUnitTest)cmocka_unit_test(limits_are_settable);
    tests[LF_COUNT(bombs) + 1] =
        (struct CMUnitTest)cmocka_unit_test(the_worst_is_no_less_than_what_it_takes);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

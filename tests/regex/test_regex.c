/* SPDX-License-Identifier: MIT */
/*
 * Regular expressions: what the syntax of RE2 means, what is refused and where, what it may cost. Far more
 * cases, with answers of RE2 itself, go through tests/conformance/regex_conformance.c.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <setjmp.h>
#include <time.h>

#include <cmocka.h>

#include "regex/regex.h"

#define PLENTY UINT64_C(1000000000)

typedef struct work {
    lf_arena arena;
    const lf_regex *regex;
    lf_regex_error error;
    uint64_t steps; /* left by the last search */
} work;

static void begin(work *w) {
    lf_mem mem;
    lf_mem_from(&mem, NULL);
    *w = (work){.regex = NULL};
    lf_arena_init(&w->arena, &mem);
}

static void end(work *w) {
    lf_arena_free(&w->arena);
}

/* Both are given in blocks of just their size. */
static char *exactly(lf_str s) {
    char *copy = malloc(s.n + (s.n == 0));
    assert_non_null(copy);
    memcpy(copy, s.n == 0 ? "" : s.p, s.n);
    return copy;
}

static lf_status compile(work *w, lf_str pattern) {
    char *copy = exactly(pattern);
    lf_arena_reset(&w->arena);
    lf_status status =
        lf_regex_compile(&w->arena, (lf_str){copy, pattern.n}, NULL, &w->regex, &w->error);
    free(copy);
    return status;
}

static bool finds(work *w, lf_str text) {
    bool found = false;
    char *copy = exactly(text);
    w->steps = PLENTY;
    assert_int_equal(lf_regex_match(w->regex, (lf_str){copy, text.n}, &w->arena, &w->steps, &found),
                     LF_OK);
    free(copy);
    return found;
}

/* A pattern, texts with a match, texts without; each list ends with NULL. */
typedef struct row {
    const char *pattern;
    const char *yes[7], *no[7];
} row;

static void run_rows(const row *rows, size_t n) {
    work w;
    begin(&w);
    for (size_t i = 0; i < n; i++) {
        if (compile(&w, lf_str_of(rows[i].pattern)) != LF_OK) {
            fail_msg("%s: %s", rows[i].pattern, w.error.text);
        }
        for (size_t j = 0; rows[i].yes[j] != NULL; j++) {
            if (!finds(&w, lf_str_of(rows[i].yes[j]))) {
                fail_msg("%s does not match '%s'", rows[i].pattern, rows[i].yes[j]);
            }
        }
        for (size_t j = 0; rows[i].no[j] != NULL; j++) {
            if (finds(&w, lf_str_of(rows[i].no[j]))) {
                fail_msg("%s matches '%s'", rows[i].pattern, rows[i].no[j]);
            }
        }
    }
    end(&w);
}

static void operators(void **state) {
    static const row rows[] = {
        {"", {"", "x"}, {NULL}},
        {"lead", {"lead", "mislead", "leader"}, {"", "lea", "Lead", "l ead"}},
        {"ab|cd", {"xabx", "cd"}, {"ad", "ac"}},
        {"a|", {"", "b"}, {NULL}},
        {"^(?:a||b)$", {"", "a", "b"}, {"c", "ab"}},
        {"^a*$", {"", "aaa"}, {"ab"}},
        {"^a+$", {"a", "aaa"}, {""}},
        {"^a?$", {"", "a"}, {"aa"}},
        {"^(ab*)*c$", {"c", "abbac"}, {"bc"}},
        {"^a*?b+?c??$", {"b", "abbc"}, {"ac"}},
        {"^(?:a*)*(?:a+)+(?:a?)?$", {"a"}, {"", "b"}},
        {"^()*()+$", {""}, {"a"}},
        {"^a{2}$", {"aa"}, {"a", "aaa"}},
        {"^a{2,}$", {"aa", "aaaa"}, {"a"}},
        {"^a{2,4}$", {"aa", "aaaa"}, {"a", "aaaaa"}},
        {"^a{0}$", {""}, {"a"}},
        {"^a{0,1}b{1}$", {"b", "ab"}, {"aab", "a"}},
        {"^(ab){2}?$", {"abab"}, {"ab"}},
        {"^(a{2}){3}$", {"aaaaaa"}, {"aaaaa", "aaaaaaa"}},
        {"^(a|bc){1,2}$", {"a", "bca"}, {"", "aaa"}},
        {"(?:a{1000}){0}b", {"b"}, {"a"}},
        /* what is no repetition stands for itself */
        {"^a{,2}$", {"a{,2}"}, {"a", "aa"}},
        {"^a{1$", {"a{1"}, {"a"}},
        {"^a{01}{$", {"a{01}{"}, {"a"}},
        {"^a{1,02}$", {"a{1,02}"}, {"a"}},
        {"^{}$", {"{}"}, {NULL}},
        {"^a{ 1}$", {"a{ 1}"}, {"a"}},
        {"^a{9999999999}$", {"a{9999999999}"}, {"a"}},
        {"^]$", {"]"}, {NULL}},
        /* of a place that is repeated */
        {"^*a", {"a", "ba"}, {"b"}},
        {"(?:$)+", {"", "a"}, {NULL}},
        {"^(?:^|a)+b", {"b", "aab"}, {"cb"}},
        {"a^{2}b", {NULL}, {"ab"}},
        /* flags in between separate two repetitions */
        {"^a*(?i)*$", {"", "aa"}, {"A"}},
    };
    (void)state;
    run_rows(rows, LF_COUNT(rows));
}

static void places(void **state) {
    static const row rows[] = {
        {"^a", {"a", "ab"}, {"ba", "b\na"}},
        {"a$", {"a", "ba"}, {"ab", "a\n", "a\nb"}},
        {"(?m)^a", {"a", "b\na"}, {"ba"}},
        {"(?m)a$", {"ba\nb", "a\n", "a"}, {"ab"}},
        {"\\Aa\\z", {"a"}, {"a\n", "\na"}},
        {"(?m)\\Aa\\z", {"a"}, {"b\na", "a\nb"}},
        {"(?m)^$", {"", "a\n\nb", "a\n"}, {"a"}},
        {"^$", {""}, {"\n"}},
        {"$^", {""}, {"a"}},
        {"\\bcat\\b", {"cat", "a cat.", "the-cat"}, {"cats", "_cat", "cat1"}},
        {"\\Bcat\\B", {"scats", "_cat_"}, {"cat", "cats", "a cat"}},
        {"\\b", {"a", "-1"}, {"", "-", "\xc3\xa9"}}, /* only ASCII makes words */
        {"\\B", {"", "-", "ab", "\xc3\xa9"}, {"a"}},
        /* There is a place within a character that is no edge of a word. */
        {"\\B",
         {"a\xc3\xa9"
          "a"},
         {"a b c"}},
        {"a\\B\\B\xc3\xa9", {NULL}, {"a\xc3\xa9"}},
        {"a\\b\xc3\xa9\\b",
         {"a\xc3\xa9"
          "a"},
         {"a\xc3\xa9", "\xc3\xa9"}},
    };
    (void)state;
    run_rows(rows, LF_COUNT(rows));
}

static void characters(void **state) {
    static const row rows[] = {
        {"^.$", {"a", "\xc3\xa9", "\xe6\x9c\xac", "\xf0\x9f\x98\x80", " "}, {"\n", "", "ab"}},
        {"(?s)^.$", {"\n", "a"}, {""}},
        {"^\xc3\xa9+$", {"\xc3\xa9\xc3\xa9"}, {"\xc3", "e"}},
        {"^\\x61\\x{e9}\\141\\0601$",
         {"a\xc3\xa9"
          "a01"},
         {NULL}},
        {"^\\a\\f\\t\\n\\r\\v$", {"\a\f\t\n\r\v"}, {NULL}},
        {"^\\.\\*\\_\\-\\\\\\/\\ $", {".*_-\\/ "}, {NULL}},
        {"^\\12\\0$", {NULL}, {"12"}},
        {"^\\377$", {"\xc3\xbf"}, {"\xff"}},
        {"^\\777$", {"\xc7\xbf"}, {NULL}},
        {"^\\Qa.b*\\E+$", {"a.b*", "a.b**"}, {"axb", "a.b*a.b*"}},
        {"^\\Qa\\b", {"a\\b"}, {NULL}},
        {"^a\\Q\\E*$", {"", "aa"}, {"b"}},
        {"^[abc]$", {"a", "c"}, {"d", "", "ab"}},
        {"^[^abc]$", {"d", "\n", "\xc3\xa9"}, {"a", ""}},
        {"^[a-cx-z-]$", {"b", "y", "-"}, {"d"}},
        {"^[]a]$", {"]", "a"}, {"b"}},
        {"^[^]a]$", {"b"}, {"]", "a"}},
        {"^[-a]+[a-]$", {"a-", "--"}, {"b"}},
        {"^[a\\-z\\]]+$", {"a-z]"}, {"b"}},
        {"^[\\w-z]+$", {"a-z_"}, {"."}},
        {"^[a^[]+$", {"a^["}, {"]"}},
        {"^[\\x00-\\x{10FFFF}]$", {"a", "\xf4\x8f\xbf\xbf"}, {""}},
        {"[^\\x00-\\x{10FFFF}]", {NULL}, {"", "a"}},
        {"[^\\s\\S]|b", {"b"}, {"a"}},
        {"^[\xc3\xa0-\xc3\xbc]$", {"\xc3\xa9"}, {"e", "\xc3\x89"}},
        {"^\\d\\D\\s\\S\\w\\W$", {"1a .a-"}, {"aa .a-"}},
        {"^[\\d\\s]+$", {"1 2\t"}, {"a"}},
        {"^[^\\D5]$", {"4"}, {"5", "a"}},
        {"^\\s+$", {" \t\n\f\r"}, {"\v", "\xc2\xa0"}},
        {"^[[:space:]]+$", {" \t\n\f\r\v"}, {"a"}},
        {"^[[:alpha:][:digit:]]+$", {"aZ9"}, {"_", "\xc3\xa9"}},
        {"^[[:^alpha:]]$", {"1", "\n", "\xc3\xa9"}, {"a"}},
        {"^[^[:^upper:]]$", {"A"}, {"a", "1"}},
        {"^[[:word:]]+[[:punct:]][[:xdigit:]]$", {"a_1!f"}, {"a_1!g", "a_1 f"}},
        {"^[[:alnum:][:ascii:][:blank:][:cntrl:][:graph:][:lower:][:print:]]+$",
         {"a\n ~"},
         {"\xc3\xa9"}},
        {"^[[:a]+$", {"[:a"}, {"b"}}, /* no name: it does not end */
        {"^[:alpha:]+$", {"alpha:"}, {"b"}},
        /* \C is a byte */
        {"^\\C\\C$", {"ab", "\xc3\xa9"}, {"a", "\xe6\x9c\xac"}},
        {"^a\\C+b$",
         {"a\xe6\x9c\xac"
          "b"},
         {"ab"}},
        {"^\\C.$",
         {"aa", "a\xc3\xa9"},
         {"\xc3\xa9", "\xc3\xa9"
                      "a"}},
        {"^(?:\\C\\C|.)*x$",
         {"\xc3\xa9x", "ax",
          "\xe6\x9c\xac"
          "ax"},
         {"\xe6\x9c\xac"
          "a"}},
    };
    (void)state;
    run_rows(rows, LF_COUNT(rows));
}

static void flags(void **state) {
    static const row rows[] = {
        {"(?i)lead", {"LEAD", "lEaD"}, {"lea"}},
        {"^a(?i)b$", {"aB", "ab"}, {"AB"}},
        {"^(a(?i)b|c)d$", {"aBd", "Cd"}, {"aBD", "ABd"}}, /* to the end of the group */
        {"^(?i:a)b$", {"Ab"}, {"AB"}},
        {"^(?i)a(?-i)b$", {"Ab"}, {"AB"}},
        {"(?i)^(?-i:a)b$", {"aB"}, {"AB"}},
        {"(?is-m).^$|(?s-i:A.)", {"A\n"}, {"a\n"}},
        {"(?ms)^a.b$", {"x\na\nb\ny"}, {"a b c"}},
        {"(?U)^a+?b*c{1,2}$", {"abbcc"}, {"b"}},
        {"(?i-i)a", {"a"}, {"A"}},
        {"(?)(?:)a", {"a"}, {NULL}},
        {"^(?P<word>a)(?<Also_1>b)(?P<word>c)$", {"abc"}, {NULL}},
        /* Unicode's simple folding: to one character, not to two */
        {"(?i)^GR\xc3\x96\xc3\x9f"
         "E$",
         {"gr\xc3\xb6\xc3\x9f"
          "e",
          "Gr\xc3\x96\xe1\xba\x9e"
          "e"},
         {"gr\xc3\xb6sse"}},
        {"(?i)^k$", {"K", "k", "\xe2\x84\xaa"}, {"x"}},
        {"(?i)^\xe2\x84\xaa$", {"K", "k"}, {"x"}},
        {"(?i)^[r-t]$", {"S", "\xc5\xbf"}, {"q"}},
        {"(?i)^[^s]$", {"a", "k"}, {"s", "S", "\xc5\xbf"}},
        {"(?i)^\xcf\x83$", {"\xce\xa3", "\xcf\x82", "\xcf\x83"}, {"s"}}, /* three sigmas */
        {"(?i)^[\xce\xb1-\xcf\x89]+$", {"\xce\x91\xce\xa3\xcf\x82"}, {"a"}},
        {"(?i)^\xc4\xb0$", {"\xc4\xb0"}, {"i", "I"}},
        {"(?i)^\xc7\x86$", {"\xc7\x84", "\xc7\x85", "\xc7\x86"}, {"d"}},
        {"(?i)^\xf0\x90\x90\x80$", {"\xf0\x90\x90\xa8"}, {"a"}},
        {"(?i)^\\w$", {"a", "\xc5\xbf", "\xe2\x84\xaa"}, {"\xc3\xa9"}},
        {"(?i)^\\W$", {"\xc3\xa9"}, {"a", "\xc5\xbf"}},
        {"(?i)^[[:^lower:]]$", {"1"}, {"A", "a", "\xe2\x84\xaa"}},
        {"(?i)^\\d[@-A]$", {"1a", "1A", "1@"}, {"1b"}},
    };
    (void)state;
    run_rows(rows, LF_COUNT(rows));
}

/* ---- what is refused ---- */

static const struct {
    const char *pattern, *text;
    size_t offset;
} refused[] = {
    {"a(b", "missing ')'", 1},
    {"a(b(", "missing ')'", 3},
    {"a)b", "unexpected ')'", 1},
    {"a[b", "missing ']'", 1},
    {"[]", "missing ']'", 0},
    {"[a-", "missing ']'", 0},
    {"*", "there is nothing to repeat", 0},
    {"a|*", "there is nothing to repeat", 2},
    {"(+)", "there is nothing to repeat", 1},
    {"(?i)?", "there is nothing to repeat", 4},
    {"{2}", "there is nothing to repeat", 0},
    {"a**", "a repetition follows a repetition", 2},
    {"a+?+", "a repetition follows a repetition", 3},
    {"a++", "a repetition follows a repetition", 2},
    {"a{2}{3}", "a repetition follows a repetition", 4},
    {"a{2}*", "a repetition follows a repetition", 4},
    {"a*{2}", "a repetition follows a repetition", 2},
    {"a{1001}", "a repetition is outside 0 to 1000", 1},
    {"a{1,1001}", "a repetition is outside 0 to 1000", 1},
    {"a{2,1}", "a repetition is outside 0 to 1000", 1},
    {"a{999999999}", "a repetition is outside 0 to 1000", 1},
    {"(a{100}){11}", "repetitions in repetitions are more than 1000", 8},
    {"((a{100}){100}){100}", "repetitions in repetitions are more than 1000", 9},
    {"((){100}){11}", "repetitions in repetitions are more than 1000", 9},
    {"(a{2,}){501}", "repetitions in repetitions are more than 1000", 7},
    {"(?:.{1000}){1}(?:(abcdefghijklmnopq){999}|[x-z])", "the pattern is too large", 41},
    {"\\", "nothing follows the backslash", 0},
    {"[\\", "nothing follows the backslash", 1},
    {"a\\q", "unknown escape", 1},
    {"\\Z", "unknown escape", 0},
    {"\\E", "unknown escape", 0},
    {"\\\xc3\xa9", "unknown escape", 0},
    {"[\\b]", "unknown escape", 1},
    {"[a-\\d]", "unknown escape", 3},
    {"(a)\\1", "back references are not supported", 3},
    {"\\18", "back references are not supported", 0},
    {"\\9", "back references are not supported", 0},
    {"\\x", "no such character", 0},
    {"\\x1", "no such character", 0},
    {"\\x{}", "no such character", 0},
    {"\\x{12", "no such character", 0},
    {"\\x{110000}", "no such character", 0},
    {"\\x{ffffffffffffffff}", "no such character", 0},
    {"\\x1g", "no such character", 0},
    {"\\pL", "Unicode classes are not supported", 0},
    {"a\\P{Greek}", "Unicode classes are not supported", 1},
    {"[a\\p{L}]", "Unicode classes are not supported", 2},
    {"[b-a]", "a range ends before it begins", 1},
    {"[x[:foo:]]", "there is no class of this name", 2},
    {"[[:d:]]", "there is no class of this name", 1},
    {"[[:ALPHA:]]", "there is no class of this name", 1},
    {"[[::]]", "there is no class of this name", 1},
    {"a(?=b)", "lookaround is not supported", 1},
    {"(?!b)", "lookaround is not supported", 0},
    {"(?<=b)a", "lookaround is not supported", 0},
    {"(?<!b)a", "lookaround is not supported", 0},
    {"(?P<n a)", "a group has no name of letters and digits", 0},
    {"(?P<>a)", "a group has no name of letters and digits", 0},
    {"(?<n", "a group has no name of letters and digits", 0},
    {"(?P=n)", "unknown kind of group or flag", 0},
    {"(?'n'a)", "unknown kind of group or flag", 0},
    {"(?>a)", "unknown kind of group or flag", 0},
    {"(?#a)", "unknown kind of group or flag", 0},
    {"(?x)a", "unknown kind of group or flag", 0},
    {"(?i-)a", "unknown kind of group or flag", 0},
    {"(?i--s)a", "unknown kind of group or flag", 0},
    {"a(?i", "unknown kind of group or flag", 1},
    {"(?", "unknown kind of group or flag", 0},
    {"a\xff", "the pattern is not UTF-8", 1},
    {"[\xed\xa0\x80]", "the pattern is not UTF-8", 1},
};

static void refuses(void **state) {
    work w;
    (void)state;
    begin(&w);
    for (size_t i = 0; i < LF_COUNT(refused); i++) {
        lf_status status = compile(&w, lf_str_of(refused[i].pattern));
        if (status != LF_E_PARSE || strcmp(w.error.text, refused[i].text) != 0 ||
            w.error.offset != refused[i].offset) {
            fail_msg("%s: status %d, %zu: %s", refused[i].pattern, (int)status, w.error.offset,
                     status == LF_E_PARSE ? w.error.text : "");
        }
        assert_null(w.regex);
    }
    end(&w);
}

/* ---- limits ---- */

/* n times `before`, once `middle`, n times `after`; the caller frees it. */
static lf_str around(size_t n, const char *before, const char *middle, const char *after) {
    lf_mem mem;
    lf_buf buf;
    lf_mem_from(&mem, NULL);
    lf_buf_init(&buf, &mem);
    for (size_t i = 0; i < n; i++) {
        lf_buf_text(&buf, before);
    }
    lf_buf_text(&buf, middle);
    for (size_t i = 0; i < n; i++) {
        lf_buf_text(&buf, after);
    }
    lf_str out = {exactly((lf_str){buf.p, buf.n}), buf.n};
    lf_buf_free(&buf);
    return out;
}

static void drop(lf_str s) {
    free((void *)(uintptr_t)s.p);
}

static lf_status compile_around(work *w, size_t n, const char *before, const char *middle,
                                const char *after) {
    lf_str pattern = around(n, before, middle, after);
    lf_status status = compile(w, pattern);
    drop(pattern);
    return status;
}

static void has_limits(void **state) {
    work w;
    (void)state;
    begin(&w);
    /* The program: at most so many instructions, with the one that ends it. */
    assert_int_equal(compile_around(&w, LF_REGEX_PROGRAM, "a", "", ""), LF_OK);
    assert_int_equal(compile_around(&w, LF_REGEX_PROGRAM, "a", "b", ""), LF_E_PARSE);
    assert_string_equal(w.error.text, "the pattern is too large");
    assert_int_equal(compile(&w, LF_STR("(?:a{1000}b{1000}c{1000}d{1000}){4}")), LF_E_PARSE);
    assert_int_equal(compile(&w, LF_STR("a{1000}b{1000}c{1000}d{1000}")), LF_OK);
    assert_int_equal(compile(&w, LF_STR("(?:ab{0,10}){90}c{0,1000}")), LF_OK);
    /* Groups alone nest as deep as they like. */
    assert_int_equal(compile_around(&w, 30000, "(", "a", ")"), LF_OK);
    assert_int_equal(compile_around(&w, LF_REGEX_DEPTH - 1, "(?:", "a", ")*"), LF_OK);
    assert_int_equal(compile_around(&w, LF_REGEX_DEPTH, "(?:", "a", ")*"), LF_E_PARSE);
    assert_string_equal(w.error.text, "the pattern is nested too deeply");
    assert_int_equal(compile_around(&w, LF_REGEX_DEPTH, "(a|", "b", ")"), LF_E_PARSE);
    /* Its length, whatever it is. */
    assert_int_equal(compile_around(&w, LF_REGEX_LENGTH / 2, "()", "", ""), LF_OK);
    assert_int_equal(compile_around(&w, LF_REGEX_LENGTH / 2, "()", "a", ""), LF_E_PARSE);
    assert_string_equal(w.error.text, "the pattern is too long");
    end(&w);
}

/* Each of these takes exponential or quadratic time where ways are tried one after the other. */
static void takes_linear_time(void **state) {
    static const char *const patterns[] = {
        "(a*)*b",
        "(a|aa)+$b",
        "(a+)+b",
        "(.*)(.*)(.*)(.*)(.*)b",
        "(x+x+)+y|(a?){20}a{20}b",
        "(?:a*)*(?:a*)*(?:a*)*b",
        "^(([a-z])+.)+[A-Z]([a-z])+$",
        "(|a)*b",
    };
    work w;
    (void)state;
    begin(&w);
    lf_str text = around(10000, "a", "", ""), twice = around(20000, "a", "", "");
    for (size_t i = 0; i < LF_COUNT(patterns); i++) {
        assert_int_equal(compile(&w, lf_str_of(patterns[i])), LF_OK);
        assert_false(finds(&w, text));
        uint64_t once = PLENTY - w.steps;
        assert_true(once <= 10001 * 100);
        assert_false(finds(&w, twice));
        assert_true(PLENTY - w.steps <= 2 * once + 100);
    }
    drop(text);
    drop(twice);
    end(&w);
}

/* What is read over and over does not take long either: ten times as much may take some fifty times. */
static void parses_in_linear_time(void **state) {
    static const char *const parts[] = {"[[:", "(?P<", "(?i)\xc3\xa9",     "(|", "[^a", "x{1,",
                                        "\\Q", "a|",   "(?i)[\\W\xc3\xa9]"};
    work w;
    (void)state;
    begin(&w);
    for (size_t i = 0; i < LF_COUNT(parts); i++) {
        clock_t start = clock();
        compile_around(&w, LF_REGEX_LENGTH / strlen(parts[i]), parts[i], "", "");
        double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
        if (seconds > 5) { /* on a slow machine, with sanitizers; it is some ms */
            fail_msg("%s: %.1f s", parts[i], seconds);
        }
    }
    end(&w);
}

static void long_alternations(void **state) {
    lf_mem mem;
    lf_buf buf;
    work w;
    (void)state;
    lf_mem_from(&mem, NULL);
    lf_buf_init(&buf, &mem);
    for (int64_t i = 1000; i < 3000; i++) {
        lf_buf_format(&buf, "%sk%dz", i == 1000 ? "" : "|", i);
    }
    begin(&w);
    assert_int_equal(compile(&w, (lf_str){buf.p, buf.n}), LF_OK);
    assert_true(finds(&w, LF_STR("a k2999z")));
    assert_false(finds(&w, LF_STR("a k3000z k100z")));
    lf_buf_free(&buf);
    end(&w);
}

/* The steps are an upper bound: with one less it ends. */
static void stops_at_the_limit(void **state) {
    work w;
    bool found;
    (void)state;
    begin(&w);
    assert_int_equal(compile(&w, LF_STR("(a|b)*c\\b")), LF_OK);
    assert_true(finds(&w, LF_STR("aabbabc")));
    uint64_t needed = PLENTY - w.steps;
    uint64_t steps = needed;
    assert_int_equal(lf_regex_match(w.regex, LF_STR("aabbabc"), &w.arena, &steps, &found), LF_OK);
    assert_true(found && steps == 0);
    for (uint64_t n = 0; n < needed; n++) {
        steps = n;
        assert_int_equal(lf_regex_match(w.regex, LF_STR("aabbabc"), &w.arena, &steps, &found),
                         LF_E_LIMIT);
        assert_int_equal(steps, 0);
    }
    steps = PLENTY;
    lf_str pattern = LF_STR("(?i)[a-\xc3\xa9]{20}x|.");
    assert_int_equal(lf_regex_compile(&w.arena, pattern, &steps, &w.regex, &w.error), LF_OK);
    needed = PLENTY - steps;
    assert_true(needed > 1000);
    for (uint64_t n = 0; n <= needed; n++) {
        lf_arena_reset(&w.arena);
        steps = n;
        assert_int_equal(lf_regex_compile(&w.arena, pattern, &steps, &w.regex, &w.error),
                         n < needed ? LF_E_LIMIT : LF_OK);
    }
    end(&w);
}

/* Bytes that are no UTF-8 are characters of no class; nothing is read behind the end. */
static void survives_bad_text(void **state) {
    work w;
    (void)state;
    begin(&w);
    assert_int_equal(compile(&w, LF_STR("^a[^b]|(?s)x.y")), LF_OK);
    assert_false(finds(&w, LF_STR("a\xff")) || finds(&w, LF_STR("a\xc3")) ||
                 finds(&w, LF_STR("x\xed\xa0\x80y")));
    assert_true(finds(&w, LF_STR("\xffx\xc3\xa9y")));
    assert_int_equal(compile(&w, LF_STR("^a\\C$")), LF_OK);
    assert_true(finds(&w, LF_STR("a\xff")) && finds(&w, (lf_str){"a\0", 2}));
    end(&w);
}

static void knows_nul(void **state) {
    work w;
    (void)state;
    begin(&w);
    assert_int_equal(compile(&w, (lf_str){"^\0+[\0b]\\\0$", 9}), LF_OK);
    assert_true(finds(&w, (lf_str){"\0\0b\0", 4}));
    assert_false(finds(&w, (lf_str){"\0a\0", 3}));
    assert_int_equal(compile(&w, (lf_str){"(?\0", 3}), LF_E_PARSE);
    end(&w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(operators),         cmocka_unit_test(places),
        cmocka_unit_test(characters),        cmocka_unit_test(flags),
        cmocka_unit_test(refuses),           cmocka_unit_test(has_limits),
        cmocka_unit_test(takes_linear_time), cmocka_unit_test(parses_in_linear_time),
        cmocka_unit_test(long_alternations), cmocka_unit_test(stops_at_the_limit),
        cmocka_unit_test(survives_bad_text), cmocka_unit_test(knows_nul),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

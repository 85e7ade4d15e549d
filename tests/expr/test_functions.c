/* SPDX-License-Identifier: MIT */
/*
 * What functions cost: what takes longer with longer text or lists is charged by its length, before it is done;
 * so an evaluation that is not allowed to go on has neither taken long nor filled memory. What functions give
 * stands in tests/conformance/own_cel.jsonl.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <setjmp.h>
#include <time.h>

#include <cmocka.h>

#include "expr/expr.h"

enum { TEXT, NUMBER, LIST, TEXTS, NAMES };
static const char *const names[NAMES] = {"text", "number", "list", "texts"};

typedef struct world {
    lf_mem mem;
    lf_arena arena;
    char *text;
    lf_value *items;
    uint32_t n;       /* bytes of text, and items of a list */
    size_t used, top; /* memory */
} world;

static void *counting(void *user, void *p, size_t old_size, size_t new_size) {
    world *w = user;
    w->used += new_size;
    w->used -= old_size;
    w->top = w->used > w->top ? w->used : w->top;
    if (new_size == 0) {
        free(p);
        return NULL;
    }
    return realloc(p, new_size);
}

static bool find_name(void *ctx, const lf_str *parts, uint32_t n, lf_binding *out, lf_buf *why) {
    (void)ctx, (void)n;
    for (int32_t i = 0; i < NAMES; i++) {
        if (lf_str_eq(parts[0], lf_str_of(names[i]))) {
            *out = (lf_binding){.ref = i, .used = 1, .domain = -1, .always = true};
            return true;
        }
    }
    lf_buf_text(why, "unknown");
    return false;
}

static void load(void *ctx, int32_t ref, lf_value *out, int64_t *until) {
    world *w = ctx;
    (void)until;
    memset(w->text, ref == NUMBER ? '1' : 'a', w->n);
    for (uint32_t i = 0; ref == LIST || (ref == TEXTS && i < w->n); i++) {
        if (i == w->n) {
            break;
        }
        w->items[i] = ref == LIST ? lf_value_int(i) : lf_value_str((lf_str){w->text, 16});
    }
    *out = ref == TEXT || ref == NUMBER ? lf_value_str((lf_str){w->text, w->n})
                                        : (lf_value){.type = LF_T_LIST, .u.list = {w->items, w->n}};
}

static void begin(world *w, uint32_t n) {
    *w = (world){.n = n};
    w->mem = (lf_mem){counting, w};
    w->text = malloc(n + 1);
    w->items = malloc((n + 1) * sizeof *w->items);
    assert_non_null(w->text);
    assert_non_null(w->items);
    lf_arena_init(&w->arena, &w->mem);
}

static void end(world *w) {
    lf_arena_free(&w->arena);
    free(w->text);
    free(w->items);
}

static lf_answer run(world *w, const char *source) {
    lf_scope scope = {.name = find_name};
    lf_env env = {.ctx = w, .load = load};
    lf_expr_error error = {.line = 0};
    const lf_expr *expr;
    lf_answer answer;
    lf_buf_init(&error.text, &w->mem);
    lf_arena_reset(&w->arena);
    if (lf_expr_compile(&w->arena, lf_str_of(source), &scope, LF_T_DYN, &expr, &error) != LF_OK) {
        fail_msg("%s: %s", source, lf_buf_cstr(&error.text));
    }
    w->top = w->used;
    assert_int_equal(lf_expr_eval(expr, &env, &w->arena, &answer), LF_OK);
    lf_buf_free(&error.text);
    return answer;
}

/* Where n is the length: at least n / `per` steps. */
static const struct {
    const char *source;
    uint32_t per;
} grows[] = {
    {"text.size()", 16},
    {"text.contains('ab')", 32},
    {"text.startsWith(text)", 16},
    {"text.endsWith(text)", 16},
    {"text.indexOf('b')", 32},
    {"text.indexOf('b', 1)", 16},
    {"text.lastIndexOf('b')", 32},
    {"text.charAt(1)", 16},
    {"text.substring(1)", 16},
    {"text.substring(1, 2)", 8},
    {"text.trim()", 16},
    {"text.reverse()", 16},
    {"text.lowerAscii()", 16},
    {"text.upperAscii()", 16},
    {"text.split('')", 1},
    {"text.split('a')", 1},
    {"text.split('b')", 32},
    {"text.replace('a', 'bb')", 8},
    {"text.replace('b', 'c')", 16},
    {"text.replace('', 'b')", 8},
    {"texts.join()", 1},
    {"texts.join(', ')", 1},
    {"int(number)", 16},
    {"uint(number)", 16},
    {"double(number)", 16},
    {"timestamp(text)", 16},
    {"duration(number + 's')", 16},
    {"string(bytes(text))", 16},
    {"sets.contains(list, [-1])", 1},
    {"sets.intersects([-1], list)", 1},
    {"sets.equivalent(list, list)", 1},
    {"-1 in list", 1},
};

static void length_is_charged(void **state) {
    world w;
    (void)state;
    begin(&w, 1600);
    for (size_t i = 0; i < LF_COUNT(grows); i++) {
        lf_answer answer = run(&w, grows[i].source);
        if (answer.cost < w.n / grows[i].per) {
            fail_msg("%s: %u steps for %u", grows[i].source, (unsigned)answer.cost, w.n);
        }
    }
    end(&w);
}

/* What would take very long, or very much memory. */
static const char *const bombs[] = {
    "text.replace('', text).replace('', text)",
    "text.replace('a', text + text)",
    "text.split('').map(x, text.split(''))",
    "text.split('').join(text)",
    "texts.map(x, text.reverse().lowerAscii().upperAscii())",
    "text.contains(text.substring(1) + 'b')",
    "text.lastIndexOf(text.substring(1) + 'b', 1) + text.indexOf(text + 'b')",
    "list.map(x, string(double(x) * 1e300))",
    "list.map(x, double(number + '.' + number))",
    "list.all(x, int(number) == 1 || true)",
    "sets.equivalent(list, list.map(x, x + 1))",
    "sets.contains(list.map(x, -x - 1), list)",
    "list.all(x, sets.intersects(list, [-1]) == false)",
    "text.split('').all(x, duration(number + 's') == duration('1s') || true)",
    "[text, text, text].map(x, [text, text].map(y, x.replace('a', y)))",
};

static void nothing_is_done_beyond_the_limit(void **state) {
    world w;
    (void)state;
    begin(&w, 60000);
    for (size_t i = 0; i < LF_COUNT(bombs); i++) {
        clock_t start = clock();
        lf_answer answer = run(&w, bombs[i]);
        double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
        if (answer.value.type != LF_T_ERROR || seconds > 0.5 || w.top > 8u << 20) {
            fail_msg("%s: type %u, %u steps, %f s, %u bytes", bombs[i], answer.value.type,
                     (unsigned)answer.cost, seconds, (unsigned)w.top);
        }
    }
    end(&w);
}

/* Parts of what is there are not copied. */
static void parts_take_no_memory(void **state) {
    static const char *const sources[] = {"text.substring(1, 50000)", "text.trim()",
                                          "text.charAt(7)"};
    world w;
    (void)state;
#ifdef LF_ARENA_CHUNK /* each block is an allocation of its own */
    skip();
#endif
    begin(&w, 60000);
    for (size_t i = 0; i < LF_COUNT(sources); i++) {
        run(&w, sources[i]);
        size_t before = w.used;
        run(&w, sources[i]);
        assert_true(w.used <= before);
        assert_true(w.top < 60000);
    }
    end(&w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(length_is_charged),
        cmocka_unit_test(nothing_is_done_beyond_the_limit),
        cmocka_unit_test(parts_take_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

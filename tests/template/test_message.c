/* SPDX-License-Identifier: MIT */
/* Message text: tokens, fallbacks, literal braces, and headers that nothing can be added to. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <setjmp.h>

#include <cmocka.h>

#include "template/message.h"

static const struct {
    const char *name, *text; /* NULL: it has no value */
} values[] = {{"first_name", "Ann"},
              {"empty", ""},
              {"none", NULL},
              {"braces", "{first_name}}"},
              {"lines", "a\r\nBcc: evil@x.test\n\tb"},
              {"odd", "a\x01\x1f\x7f\xc2\x85\xc2\x9f\xe2\x80\xa8\xe2\x80\xa9z"},
              {"fine", "\xc2\xa0\xc3\xa9\xe2\x80\xa7\xf0\x9f\x98\x80"}};

static bool value_of(void *ctx, int32_t ref, lf_buf *out) {
    (void)ctx;
    if (values[ref].text == NULL) {
        return false;
    }
    lf_buf_text(out, values[ref].text);
    return true;
}

/* Compiles, and gives each token the number of its name. */
static lf_status compile(lf_arena *arena, const char *source, lf_message_text *out, size_t *offset,
                         const char **why) {
    lf_status status = lf_message_compile(arena, lf_str_of(source), out, offset, why);
    for (uint32_t i = 0; status == LF_OK && i < out->n; i++) {
        for (size_t j = 0; j < LF_COUNT(values) && out->pieces[i].is_token; j++) {
            if (lf_str_eq(out->pieces[i].text, lf_str_of(values[j].name))) {
                out->pieces[i].ref = (int32_t)j;
            }
        }
    }
    return status;
}

static void expect(const char *source, enum lf_place place, const char *want) {
    lf_mem mem;
    lf_arena arena;
    lf_buf out;
    lf_message_text message;
    size_t offset;
    const char *why = "";
    lf_mem_from(&mem, NULL);
    lf_arena_init(&arena, &mem);
    lf_buf_init(&out, &mem);
    if (compile(&arena, source, &message, &offset, &why) != LF_OK) {
        fail_msg("%s: %s", source, why);
    }
    lf_buf_text(&out, ">"); /* it appends */
    assert_int_equal(lf_message_render(&message, place, value_of, NULL, &out), LF_OK);
    if (strcmp(lf_buf_cstr(&out) + 1, want) != 0) {
        fail_msg("%s becomes '%s', not '%s'", source, lf_buf_cstr(&out) + 1, want);
    }
    lf_buf_free(&out);
    lf_arena_free(&arena);
}

static void tokens_are_replaced(void **state) {
    (void)state;
    expect("", LF_PLACE_TEXT, "");
    expect("plain", LF_PLACE_TEXT, "plain");
    expect("Hi {first_name}!", LF_PLACE_TEXT, "Hi Ann!");
    expect("{first_name}", LF_PLACE_TEXT, "Ann");
    expect("{first_name}{first_name}", LF_PLACE_TEXT, "AnnAnn");
    expect("a{none}b", LF_PLACE_TEXT, "ab");
}

static void fallbacks_stand_for_what_is_not_there(void **state) {
    (void)state;
    expect("Hi {first_name|there}!", LF_PLACE_TEXT, "Hi Ann!");
    expect("Hi {none|there}!", LF_PLACE_TEXT, "Hi there!");
    expect("Hi {empty|there}!", LF_PLACE_TEXT, "Hi there!"); /* nobody is called "" */
    expect("Hi {none|}!", LF_PLACE_TEXT, "Hi !");
    expect("{none|a b|c, d}", LF_PLACE_TEXT, "a b|c, d");
    expect("{none| two words }", LF_PLACE_TEXT, " two words ");
}

static void braces_are_doubled(void **state) {
    (void)state;
    expect("{{", LF_PLACE_TEXT, "{");
    expect("}}", LF_PLACE_TEXT, "}");
    expect("{{first_name}}", LF_PLACE_TEXT, "{first_name}");
    expect("{{{first_name}}}", LF_PLACE_TEXT, "{Ann}");
    expect("a {{ b }} c", LF_PLACE_TEXT, "a { b } c");
    expect("{{{{}}}}", LF_PLACE_TEXT, "{{}}");
}

/* What a field holds is text, whatever it looks like. */
static void values_are_not_read_again(void **state) {
    (void)state;
    expect("{braces}", LF_PLACE_TEXT, "{first_name}}");
    expect("{braces}", LF_PLACE_HEADER, "{first_name}}");
}

static void text_is_left_as_it_is(void **state) {
    (void)state;
    expect("{lines}", LF_PLACE_TEXT, "a\r\nBcc: evil@x.test\n\tb");
    expect("a\nb", LF_PLACE_TEXT, "a\nb");
}

static void a_header_stays_one_line(void **state) {
    (void)state;
    expect("Hi {lines}", LF_PLACE_HEADER, "Hi a  Bcc: evil@x.test  b");
    expect("{odd}", LF_PLACE_HEADER, "a       z");
    expect("{fine}", LF_PLACE_HEADER, "\xc2\xa0\xc3\xa9\xe2\x80\xa7\xf0\x9f\x98\x80");
    expect("a\r\nb", LF_PLACE_HEADER, "a  b");
    expect("{none|a\nb}", LF_PLACE_HEADER, "a b");
}

static void refuses(const char *source, size_t offset, const char *what) {
    lf_mem mem;
    lf_arena arena;
    lf_message_text message;
    size_t at = SIZE_MAX;
    const char *why = "";
    lf_mem_from(&mem, NULL);
    lf_arena_init(&arena, &mem);
    assert_int_equal(compile(&arena, source, &message, &at, &why), LF_E_PARSE);
    if (at != offset || strstr(why, what) == NULL) {
        fail_msg("%s: at %u: %s", source, (unsigned)at, why);
    }
    lf_arena_free(&arena);
}

static void what_is_no_token_is_refused(void **state) {
    (void)state;
    refuses("a {b", 2, "without '}'");
    refuses("{", 0, "without '}'");
    refuses("a } b", 2, "without '{'");
    refuses("{a{b}}", 0, "without '}'");
    refuses("{a|{b}}", 0, "without '}'");
    refuses("{}", 1, "the name of a field");
    refuses("{|x}", 1, "the name of a field");
    refuses("x{ a }", 2, "the name of a field");
    refuses("{A}", 1, "the name of a field");
    refuses("{a.b}", 1, "the name of a field");
    refuses("{{a}", 3, "without '{'");
    refuses("{{{a}}", 5, "without '{'");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_are_replaced),
        cmocka_unit_test(fallbacks_stand_for_what_is_not_there),
        cmocka_unit_test(braces_are_doubled),
        cmocka_unit_test(values_are_not_read_again),
        cmocka_unit_test(text_is_left_as_it_is),
        cmocka_unit_test(a_header_stays_one_line),
        cmocka_unit_test(what_is_no_token_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

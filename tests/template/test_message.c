/* SPDX-License-Identifier: MIT */
/* Message text: tokens, fallbacks, literal braces, places that nothing can be added to, parameters of links. */
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
              {"fine", "\xc2\xa0\xc3\xa9\xe2\x80\xa7\xf0\x9f\x98\x80"},
              {"markup", "<b title=\"x\" alt='y'>&amp;</b>"},
              {"site", "HTTPS://x.test/a b?c=\"1\"&d=%20#e"},
              {"script", "javascript:alert(1)"},
              {"link", "https://u.test/?a=1&t=x"}};

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
                out->pieces[i].is_link = strcmp(values[j].name, "link") == 0;
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

static void html_gets_no_markup(void **state) {
    (void)state;
    expect("<p>{markup}</p>", LF_PLACE_HTML,
           "<p>&lt;b title=&quot;x&quot; alt=&#39;y&#39;&gt;&amp;amp;&lt;/b&gt;</p>");
    expect("<p>{none|Tom & <co>}</p>", LF_PLACE_HTML, "<p>Tom &amp; &lt;co&gt;</p>");
    expect("a & b {first_name}", LF_PLACE_HTML, "a & b Ann"); /* what is written is HTML already */
    expect("<a href=\"{link}\">", LF_PLACE_HTML, "<a href=\"https://u.test/?a=1&amp;t=x\">");
    expect("{markup}", LF_PLACE_TEXT, "<b title=\"x\" alt='y'>&amp;</b>");
}

static void a_link_stays_the_one_that_is_written(void **state) {
    (void)state;
    expect("https://x.test/?n={first_name}", LF_PLACE_URL, "https://x.test/?n=Ann");
    expect("https://x.test/{lines}", LF_PLACE_URL,
           "https://x.test/a%0D%0ABcc%3A%20evil%40x.test%0A%09b");
    expect("https://x.test/?{script}#a", LF_PLACE_URL,
           "https://x.test/?javascript%3Aalert%281%29#a");
    expect("https://x.test/{none|New York}", LF_PLACE_URL, "https://x.test/New%20York");
    expect("https://x.test/{fine}", LF_PLACE_URL,
           "https://x.test/%C2%A0%C3%A9%E2%80%A7%F0%9F%98%80");
    expect("{site}", LF_PLACE_URL, "HTTPS://x.test/a%20b?c=%221%22&d=%20#e");
    expect("{script}", LF_PLACE_URL, ""); /* only a web page can be where a link begins */
    expect("{script|https://x.test/}{first_name}", LF_PLACE_URL, "https://x.test/Ann");
    expect("{link}", LF_PLACE_URL, "https://u.test/?a=1&t=x");
    expect("https://x.test/?to={link}", LF_PLACE_URL, "https://x.test/?to=https://u.test/?a=1&t=x");
    expect("spring sale/{first_name}", LF_PLACE_PARAM, "spring%20sale%2FAnn");
}

static void markup_is_told_from_text(void **state) {
    static const char *const tags[] = {"<p>",          "a <br/> b",       "</td>",
                                       "<A href='x'>", "<!doctype html>", "<h1\n>"};
    static const char *const texts[] = {
        "", "a < b and c > d", "<https://x.test>", "<", "I <3 you>", "Ann <ann@x.test>", "<b"};
    (void)state;
    for (size_t i = 0; i < LF_COUNT(tags); i++) {
        assert_true(lf_html_has_tag(lf_str_of(tags[i])));
    }
    for (size_t i = 0; i < LF_COUNT(texts); i++) {
        assert_false(lf_html_has_tag(lf_str_of(texts[i])));
    }
}

/* After `html`, can a value stand, and is one in text again? */
static void stands(const char *html, bool safe, bool text) {
    enum lf_html at = LF_HTML_TEXT;
    for (const char *p = html; *p != '\0'; p++) {
        at = lf_html_next(at, *p);
    }
    if (lf_html_safe(at) != safe || (at == LF_HTML_TEXT) != text) {
        fail_msg("behind %s", html);
    }
}

static void values_stand_only_where_they_cannot_end_anything(void **state) {
    (void)state;
    stands("a < b", true, true);
    stands("<p>", true, true);
    stands("<", false, false);
    stands("</", false, false);
    stands("<p ", false, false);
    stands("<p title=", false, false);
    stands("<p title= \n", false, false);
    stands("<p title=x", false, false);
    stands("<p title=x>", true, true);
    stands("<p title=\"x'>", true, false);
    stands("<p title='x\">", true, false);
    stands("<p title='x' ", false, false);
    stands("<p it's>", true, true);
    stands("<!-- <p ' ", true, false);
    stands("<!-- -- >", true, false);
    stands("<!-- --->", true, true);
    stands("<!doctype html>", true, true);
}

/* ---- parameters of links ---- */
static void tagged(const char *text, bool html, const char *want) {
    static const lf_param params[] = {{{"utm_source=", 11}, {"utm_source=a%26b", 16}},
                                      {{"utm_medium=", 11}, {"utm_medium=m", 12}}};
    lf_mem mem;
    lf_buf out;
    lf_mem_from(&mem, NULL);
    lf_buf_init(&out, &mem);
    lf_buf_text(&out, ">"); /* it appends */
    lf_links_add(&out, lf_str_of(text), html, params, 2);
    if (strcmp(lf_buf_cstr(&out) + 1, want) != 0) {
        fail_msg("%s becomes '%s', not '%s'", text, lf_buf_cstr(&out) + 1, want);
    }
    lf_buf_free(&out);
}
#define BOTH "utm_source=a%26b&utm_medium=m"
#define BOTH_IN_HTML "utm_source=a%26b&amp;utm_medium=m"

static void links_in_text_are_tagged(void **state) {
    (void)state;
    tagged("", false, "");
    tagged("no link: http:// https ftp://x.test mailto:a@x.test", false,
           "no link: http:// https ftp://x.test mailto:a@x.test");
    tagged("https://x.test", false, "https://x.test?" BOTH);
    tagged("HTTP://x.test/a", false, "HTTP://x.test/a?" BOTH);
    tagged("https://x.test/?a=1#top", false, "https://x.test/?a=1&" BOTH "#top");
    tagged("https://x.test/#a?b", false, "https://x.test/?" BOTH "#a?b");
    tagged("https://x.test/?", false, "https://x.test/?" BOTH "?"); /* a question */
    tagged("https://x.test/?a&", false, "https://x.test/?a&" BOTH);
    tagged("https://x.test/?utm_source=own", false, "https://x.test/?utm_source=own&utm_medium=m");
    tagged("https://x.test/?utm_medium=&utm_source=", false,
           "https://x.test/?utm_medium=&utm_source=");
    tagged("https://x.test/?my_utm_source=1", false, "https://x.test/?my_utm_source=1&" BOTH);
    tagged("https://x.test/utm_source=1", false, "https://x.test/utm_source=1?" BOTH);
    tagged("xhttps://x.test", false, "xhttps://x.test");
}

static void a_sentence_around_a_link_is_left_out(void **state) {
    (void)state;
    tagged("See https://x.test/a. Or http://y.test/b, or", false,
           "See https://x.test/a?" BOTH ". Or http://y.test/b?" BOTH ", or");
    tagged("(https://x.test/a)", false, "(https://x.test/a?" BOTH ")");
    tagged("https://x.test/a_(b)", false, "https://x.test/a_(b)?" BOTH);
    tagged("<https://x.test/a>", false, "<https://x.test/a?" BOTH ">");
    tagged("https://x.test/a...\n", false, "https://x.test/a?" BOTH "...\n");
    tagged("\xe2\x80\x9ehttps://x.test/\xc3\xbc\xe2\x80\x9c", false,
           "\xe2\x80\x9ehttps://x.test/\xc3\xbc?" BOTH "\xe2\x80\x9c");
    tagged("https://x.test/a\xc2\xbb", false, "https://x.test/a?" BOTH "\xc2\xbb");
}

static void links_in_html_are_those_one_can_click(void **state) {
    (void)state;
    tagged("<a href=\"https://x.test/\">https://x.test/</a>", true,
           "<a href=\"https://x.test/?" BOTH_IN_HTML "\">https://x.test/</a>");
    tagged("<A class='b' HREF = 'http://x.test/?a=1&amp;b=2#c'>", true,
           "<A class='b' HREF = 'http://x.test/?a=1&amp;b=2&amp;" BOTH_IN_HTML "#c'>");
    tagged("<a href=https://x.test/?a=1&#38;utm_medium=x>", true,
           "<a href=https://x.test/?a=1&#38;utm_medium=x&amp;utm_source=a%26b>");
    tagged("<a href='https://x.test/?'>", true, "<a href='https://x.test/?" BOTH_IN_HTML "'>");
    tagged("<area href=\" https://x.test \">", true,
           "<area href=\" https://x.test?" BOTH_IN_HTML " \">");
    tagged(
        "<a href=\"mailto:a@x.test\"><a name=\"https://x.test\"><a data-href=\"https://x.test\">",
        true,
        "<a href=\"mailto:a@x.test\"><a name=\"https://x.test\"><a data-href=\"https://x.test\">");
    tagged("<img src=\"https://x.test/i.png\"><link href=\"https://x.test/s.css\"><abbr "
           "href=\"https://x.test\">",
           true,
           "<img src=\"https://x.test/i.png\"><link href=\"https://x.test/s.css\"><abbr "
           "href=\"https://x.test\">");
    tagged("<!-- <a href=\"https://x.test\"> --><a title='<a href=\"https://x.test\">'>", true,
           "<!-- <a href=\"https://x.test\"> --><a title='<a href=\"https://x.test\">'>");
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
        cmocka_unit_test(html_gets_no_markup),
        cmocka_unit_test(a_link_stays_the_one_that_is_written),
        cmocka_unit_test(markup_is_told_from_text),
        cmocka_unit_test(values_stand_only_where_they_cannot_end_anything),
        cmocka_unit_test(links_in_text_are_tagged),
        cmocka_unit_test(a_sentence_around_a_link_is_left_out),
        cmocka_unit_test(links_in_html_are_those_one_can_click),
        cmocka_unit_test(what_is_no_token_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* One-click requests and the links that lead to them, against the cases of the test data (RFC 8058). */
#include "jsonl.h"

#include "template/signer.h"

#define KEYS "k:000102030405060708090a0b0c0d0e0f"
#define LINK "https://mail.example/u/"

/* With a token that is good, each request has the answer that is asked for; with one that is not, none but "reject". */
static void one_request(tally *t, lf_arena *arena, const lf_json *line) {
    static const char *const answers[] = {"reject", "confirm_page", "unsubscribe"};
    lf_unsubscribe_options options;
    lf_unsubscribe_request request;
    lf_str method, type, body = text_of(line, "body");
    lf_mem mem = libc_mem();
    lf_signer signer;
    lf_buf link;
    lf_buffer *event;
    int32_t answer = -1, bad = -1;
    lf_arena_str(arena, text_of(line, "method"), &method);
    lf_arena_str(arena, text_of(line, "content_type"), &type);
    lf_unsubscribe_options_init(&options, sizeof options);
    options.link = LINK;
    options.keys = KEYS;
    assert_int_equal(lf_signer_read(&signer, &options), LF_OK);
    lf_buf_init(&link, &mem);
    lf_token token = {.contact = LF_STR("c-1")};
    lf_signer_link(&signer, LF_STR("default"), &token, &link);
    lf_unsubscribe_request_init(&request, sizeof request);
    request.token = link.p + strlen(LINK);
    request.token_len = link.n - strlen(LINK);
    request.method = method.p;
    request.content_type = type.p;
    request.body = body.p;
    request.body_len = body.n;
    assert_int_equal(lf_buffer_new(NULL, &event), LF_OK);
    assert_int_equal(lf_unsubscribe_parse(&options, &request, &answer, event), LF_OK);
    bool said = lf_str_eq(text_of(line, "result"), lf_str_of(answers[answer]));
    bool has_event = lf_buffer_size(event) > 0;
    request.token_len--;
    assert_int_equal(lf_unsubscribe_parse(&options, &request, &bad, event), LF_OK);
    count_case(t,
               said && has_event == (answer == LF_UNSUBSCRIBE_DENY) && bad == LF_UNSUBSCRIBE_REJECT,
               "%s: %s", show(line), answers[answer]);
    lf_buffer_free(event);
    lf_buf_free(&link);
}

/* A header that holds one link and no other: that link is taken if and only if it makes a good header. */
static void one_header(tally *t, lf_arena *arena, const lf_json *line) {
    lf_unsubscribe_options options;
    lf_signer signer;
    lf_str header = text_of(line, "list_unsubscribe"), link;
    const lf_json *good = lf_json_get(line, LF_STR("one_click"));
    lf_str post = text_of(line, "list_unsubscribe_post");
    bool single = header.n > 2 && header.p[0] == '<' &&
                  memchr(header.p, '>', header.n) == header.p + header.n - 1;
    if (!single || !lf_str_eq(post, LF_STR("List-Unsubscribe=One-Click"))) {
        t->skipped++;
        return;
    }
    lf_arena_str(arena, (lf_str){header.p + 1, header.n - 2}, &link);
    lf_unsubscribe_options_init(&options, sizeof options);
    options.link = link.p;
    options.keys = KEYS;
    count_case(t, (lf_signer_read(&signer, &options) == LF_OK) == good->boolean, "%s", show(line));
}

static void requests(void **state) {
    tally t = {.name = "post_request.jsonl"};
    (void)state;
    each_case("unsubscribe/post_request.jsonl", &t, one_request);
    tally_done(&t);
}

static void headers(void **state) {
    tally t = {.name = "headers.jsonl"};
    (void)state;
    each_case("unsubscribe/headers.jsonl", &t, one_header);
    tally_done(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(requests), cmocka_unit_test(headers)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * Requests to a signed link of unsubscription: a token (an empty line: one that is good), a method, a content type, each
 * on a line, and the body behind them. Nothing but a POST can withdraw consent, and only with a form that says
 * "List-Unsubscribe=One-Click": a slow model of forms says so too, and what is put before the form or behind it changes
 * nothing. The event names whom the token names and can be taken in. A token that is good is the very text that its content is signed with.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

#include "template/signer.h"

#define KEYS "k:000102030405060708090a0b0c0d0e0f"
#define LINK "https://mail.example/u/"

static lf_mem mem;

static void expect(bool fine, const char *what) {
    if (!fine) {
        fuzz_wrong(what, NULL);
    }
}

static lf_unsubscribe_options signing(void) {
    lf_unsubscribe_options options;
    lf_unsubscribe_options_init(&options, sizeof options);
    options.link = LINK;
    options.keys = KEYS;
    return options;
}

/* ---- the model: letters are made small, fields are decoded as a whole, then compared ---- */
static void lower(char *text) {
    for (; *text != '\0'; text++) {
        *text = *text >= 'A' && *text <= 'Z' ? (char)(*text - 'A' + 'a') : *text;
    }
}

static char *copy(const char *text, size_t n) {
    char *made = malloc(n + 1);
    expect(made != NULL, "no memory");
    if (n > 0) {
        memcpy(made, text, n);
    }
    made[n] = '\0';
    return made;
}

/* What stands for %41 and the like; a NUL or what is broken becomes a character that is in no word. */
static void decode(char *text) {
    static const char digits[] = "0123456789abcdef";
    char *to = text;
    lower(text);
    for (; *text != '\0'; text++) {
        const char *high = NULL, *low = NULL;
        if (*text == '%' && text[1] != '\0' && text[2] != '\0') {
            high = strchr(digits, text[1]);
            low = strchr(digits, text[2]);
        }
        if (high != NULL && low != NULL) {
            *to = (char)((high - digits) * 16 + (low - digits));
            *to = *to == '\0' ? '!' : *to;
            text += 2;
        } else {
            *to = *text == '%' ? '!' : *text;
        }
        to++;
    }
    *to = '\0';
}

static bool blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool urlencoded_model(const char *body, size_t n) {
    bool found = false;
    for (size_t from = 0, to; from < n; from = to + 1) {
        for (to = from; to < n && body[to] != '&';) {
            to++;
        }
        char *field = copy(body + from, to - from);
        size_t length = to - from;
        char *equals = memchr(field, '=', length);
        bool whole = strlen(field) == length; /* a NUL is in no word */
        if (equals != NULL && whole) {
            *equals = '\0';
            decode(field);
            decode(equals + 1);
            lower(field);
            lower(equals + 1); /* %4C is a letter too */
            found = found || (strcmp(field, "list-unsubscribe") == 0 &&
                              strcmp(equals + 1, "one-click") == 0);
        }
        free(field);
    }
    return found;
}

/* ---- forms ---- */
static bool one_click(const char *type, const char *body, size_t n) {
    return lf_one_click(lf_str_of(type), (lf_str){body, n});
}

/* The answer where something stands before the body, or behind it. */
static bool with(const char *type, const char *before, const char *body, size_t n,
                 const char *behind) {
    size_t front = strlen(before), back = strlen(behind);
    char *text = malloc(front + n + back + 1);
    expect(text != NULL, "no memory");
    memcpy(text, before, front);
    if (n > 0) {
        memcpy(text + front, body, n);
    }
    memcpy(text + front + n, behind, back);
    bool answer = one_click(type, text, front + n + back);
    free(text);
    return answer;
}

static void look_at_form(const char *type, const char *body, size_t n) {
    static const char urlencoded[] = "application/x-www-form-urlencoded";
    bool answer = one_click(urlencoded, body, n);
    if (strncmp(type, "multipart/form-data", 19) == 0 && one_click(type, body, n)) {
        expect(with(type, "a line before it\r\n", body, n, "\r\na line behind it"),
               "what stands around a form is part of it");
    }
    while (n > 0 && blank(body[n - 1])) {
        n--;
    }
    while (n > 0 && blank(*body)) {
        body++;
        n--;
    }
    expect(answer == urlencoded_model(body, n), "a form is read otherwise than by the model");
    expect(!answer || with(urlencoded, "a=b&", body, n, "&c"), "another field hides the one");
    expect(with(urlencoded, "", body, n, "&List-Unsubscribe=One-Click"), "a field is not seen");
}

/* ---- tokens ---- */
/* The good one, behind the link, in a buffer. */
static void sign(const lf_signer *signer, const lf_token *token, lf_buf *out) {
    lf_buf_clear(out);
    lf_signer_link(signer, LF_STR("default"), token, out);
    expect(!out->failed && out->n > strlen(LINK), "nothing is signed");
}

static void look_at_token(const lf_signer *signer, lf_str text) {
    uint8_t room[LF_TOKEN_MOST];
    lf_token token;
    lf_buf again;
    if (!lf_signer_verify(signer, LF_STR("default"), text, room, &token)) {
        return;
    }
    lf_buf_init(&again, &mem);
    sign(signer, &token, &again);
    expect(lf_str_eq((lf_str){again.p + strlen(LINK), again.n - strlen(LINK)}, text),
           "two texts are one token");
    expect(!lf_signer_verify(signer, LF_STR("other"), text, room, &token),
           "a token is good for all");
    lf_buf_free(&again);
}

/* ---- requests ---- */
static void look_at_event(const lf_buffer *said) {
    static lf_blueprint *blueprint; /* read once, kept */
    lf_event *event;
    const char *text = lf_buffer_data(said);
    if (blueprint == NULL) {
        fuzz_ok(lf_blueprint_parse("{\"leadflow\":1}", 14, NULL, NULL, &blueprint), "a blueprint");
    }
    fuzz_ok(lf_event_new(blueprint, &event), "an event");
    fuzz_ok(lf_event_parse(event, text, lf_buffer_size(said), 1, NULL), text);
    expect(strcmp(lf_event_contact(event, NULL), "c-1") == 0 && lf_event_at(event) == 1000,
           "an event of somebody else");
    lf_event_free(event);
}

static void look_at_request(lf_unsubscribe_request *request, bool good) {
    lf_unsubscribe_options options = signing();
    lf_buffer *event;
    int32_t answer = -1;
    bool post = strcmp(request->method, "POST") == 0;
    bool asks = strcmp(request->method, "GET") == 0 || strcmp(request->method, "HEAD") == 0;
    fuzz_ok(lf_buffer_new(NULL, &event), "a buffer");
    fuzz_ok(lf_unsubscribe_parse(&options, request, &answer, event), "a request");
    int32_t wanted = asks                                        ? LF_UNSUBSCRIBE_CONFIRM
                     : !post || request->body_len > LF_BODY_MOST ? LF_UNSUBSCRIBE_REJECT
                     : one_click(request->content_type, request->body, request->body_len)
                         ? LF_UNSUBSCRIBE_DENY
                         : LF_UNSUBSCRIBE_CONFIRM;
    expect(answer == (good ? wanted : LF_UNSUBSCRIBE_REJECT), "another answer");
    expect((lf_buffer_size(event) > 0) == (answer == LF_UNSUBSCRIBE_DENY),
           "an event without consent that is withdrawn, or none");
    if (answer == LF_UNSUBSCRIBE_DENY) {
        look_at_event(event);
    }
    lf_buffer_free(event);
}

/* The next line, NUL-terminated, to be freed; the rest goes on behind it. */
static char *line_of(const char **text, size_t *size) {
    const char *end = *size == 0 ? NULL : memchr(*text, '\n', *size);
    size_t n = end == NULL ? *size : (size_t)(end - *text);
    char *line = copy(*text, n);
    n += end != NULL;
    *text += n;
    *size -= n;
    return line;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const char *rest = (const char *)data;
    char *token = line_of(&rest, &size), *method = line_of(&rest, &size),
         *type = line_of(&rest, &size);
    lf_unsubscribe_options options = signing();
    lf_allocator allocator = fuzz_allocator();
    lf_signer signer;
    lf_buf link;
    lf_unsubscribe_request request;
    fuzz_ok(lf_mem_from(&mem, &allocator), "the allocator");
    fuzz_ok(lf_signer_read(&signer, &options), "the keys");
    lf_buf_init(&link, &mem);
    sign(&signer, &(lf_token){.contact = LF_STR("c-1"), .topic = LF_STR("tips")}, &link);
    lf_str good = {link.p + strlen(LINK), link.n - strlen(LINK)};
    lf_str given = token[0] == '\0' ? good : lf_str_of(token);
    look_at_token(&signer, given);
    look_at_form(type, rest, size);
    lf_unsubscribe_request_init(&request, sizeof request);
    request.token = given.p;
    request.token_len = given.n;
    request.method = method;
    request.content_type = type;
    request.body = rest;
    request.body_len = size;
    request.at = 1000;
    look_at_request(&request, lf_str_eq(given, good));
    lf_buf_free(&link);
    free(type);
    free(method);
    free(token);
    fuzz_all_given_back();
    return 0;
}

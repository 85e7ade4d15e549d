/* SPDX-License-Identifier: MIT */
/* The public side of unsubscription: what a request to a signed link asks for. */
#include "json/json.h"
#include "template/signer.h"
#include "time/timing.h"

void lf_unsubscribe_options_init(lf_unsubscribe_options *options, size_t struct_size) {
    lf_struct_init(options, struct_size);
}

void lf_unsubscribe_request_init(lf_unsubscribe_request *request, size_t struct_size) {
    lf_struct_init(request, struct_size);
}

/* By method and body alone. */
static int32_t asks_for(const lf_unsubscribe_request *request) {
    lf_str method = lf_str_of(request->method);
    if (lf_str_eq(method, LF_STR("GET")) || lf_str_eq(method, LF_STR("HEAD"))) {
        return LF_UNSUBSCRIBE_CONFIRM; /* programs look at links before people do */
    }
    if (!lf_str_eq(method, LF_STR("POST")) || request->body_len > LF_BODY_MOST) {
        return LF_UNSUBSCRIBE_REJECT;
    }
    return lf_one_click(lf_str_of(request->content_type),
                        lf_str_given(request->body, request->body_len))
               ? LF_UNSUBSCRIBE_DENY
               : LF_UNSUBSCRIBE_CONFIRM;
}

static void put_event(lf_buf *out, const lf_token *token, int64_t at) {
    static const char *const channels[] = {"email", "sms", "push"};
    lf_json_writer w = {.buf = out};
    char time[LF_RFC3339_SIZE];
    lf_time_format(time, at);
    lf_jw_begin_object(&w);
    lf_jw_key(&w, "contact");
    lf_jw_str(&w, token->contact);
    lf_jw_key(&w, "type");
    lf_jw_text(&w, "$consent");
    lf_jw_key(&w, "at");
    lf_jw_str(&w, (lf_str){time, sizeof time});
    lf_jw_key(&w, "props");
    lf_jw_begin_object(&w);
    lf_jw_key(&w, "channel");
    lf_jw_text(&w, channels[token->channel]);
    if (token->topic.n > 0) {
        lf_jw_key(&w, "topic");
        lf_jw_str(&w, token->topic);
    }
    lf_jw_key(&w, "status");
    lf_jw_text(&w, "denied");
    lf_jw_key(&w, "source");
    lf_jw_text(&w, "unsubscribe_link");
    lf_jw_end_object(&w);
    lf_jw_end_object(&w);
}

lf_status lf_unsubscribe_parse(const lf_unsubscribe_options *options,
                               const lf_unsubscribe_request *request, int32_t *answer,
                               lf_buffer *event) {
    lf_unsubscribe_request own;
    lf_signer signer;
    lf_token token;
    uint8_t room[LF_TOKEN_MOST];
    if (answer == NULL) {
        return LF_E_ARG;
    }
    *answer = LF_UNSUBSCRIBE_REJECT;
    if (options == NULL || request == NULL || event == NULL) {
        return LF_E_ARG;
    }
    lf_status status = lf_signer_read(&signer, options);
    if (status == LF_OK) {
        status = lf_struct_read(&own, sizeof own, LF_SIZE_1_0(lf_unsubscribe_request, at), request);
    }
    if (status != LF_OK) {
        return status;
    }
    if (own.at < LF_TIME_MIN || own.at > LF_TIME_MAX) {
        return LF_E_ARG;
    }
    int32_t wanted = asks_for(&own);
    lf_str tenant = own.tenant == NULL ? LF_STR("default") : lf_str_of(own.tenant);
    if (!lf_signer_verify(&signer, tenant, lf_str_given(own.token, own.token_len), room, &token)) {
        return LF_OK;
    }
    size_t before = event->buf.n;
    if (wanted == LF_UNSUBSCRIBE_DENY) {
        put_event(&event->buf, &token, own.at);
        status = lf_buf_end(&event->buf, before, LF_OK);
    }
    *answer = status == LF_OK ? wanted : LF_UNSUBSCRIBE_REJECT;
    return status;
}

/* SPDX-License-Identifier: MIT */
/* Messages (SPEC 10): what one says. */
#include "flow/flow_internal.h"
#include "time/timing.h"

/* A message that is being made. */
typedef struct draft {
    lf_flow *flow;
    const lf_template_def *def;
    lf_str topic;
    uint32_t number; /* of its effect */
    lf_param params[LF_UTM_MOST];
} draft;

static void sign_link(const draft *d) {
    lf_flow *flow = d->flow;
    lf_token token = {.channel = d->def->channel,
                      .contact = lf_person_text(flow->work, flow->work->id),
                      .topic = d->topic};
    uint8_t digest[32];
    lf_fx_digest(digest, flow->tenant, token.contact, d->number);
    memcpy(token.message, digest, sizeof token.message);
    lf_signer_link(&flow->signer, flow->tenant, &token, &flow->link);
    lf_flow_fail(flow, flow->link.failed ? LF_E_NOMEM : LF_OK);
}

/* A signed link, or where nothing is signed the place of the sender's own. */
static void put_unsubscribe(const draft *d, lf_buf *out) {
    lf_flow *flow = d->flow;
    if (flow->signer.n == 0) {
        lf_buf_text(out, "{unsubscribe}");
        return;
    }
    if (flow->link.n == 0) {
        sign_link(d);
    }
    lf_buf_add(out, flow->link.p, flow->link.n);
}

/* The text of a token: a field, the contact's id, or the place of the unsubscribe link. */
static bool token_value(void *ctx, int32_t ref, lf_buf *out) {
    const draft *d = ctx;
    const lf_flow *flow = d->flow;
    if (LF_REF_KIND(ref) == LF_REF_CONTACT_ID) {
        lf_buf_str(out, lf_person_text(flow->work, flow->work->id));
        return true;
    }
    if (LF_REF_KIND(ref) != LF_REF_FIELD) {
        put_unsubscribe(d, out);
        return true;
    }
    uint16_t field = (uint16_t)LF_REF_INDEX(ref);
    const lf_field_value *value = lf_person_field(flow->work, field);
    if (value == NULL) {
        return false;
    }
    switch (flow->blueprint->fields[field].type) {
    case LF_F_INT:
        lf_buf_i64(out, value->u.i);
        break;
    case LF_F_DOUBLE:
        lf_buf_double(out, value->u.d);
        break;
    case LF_F_BOOL:
        lf_buf_text(out, value->u.i != 0 ? "true" : "false");
        break;
    case LF_F_TIMESTAMP:
        lf_time_put(out, value->u.i);
        break;
    case LF_F_LIST: {
        lf_str items = lf_person_text(flow->work, value->u.text);
        lf_reader reader = lf_read_from(items);
        for (size_t i = 0; reader.p < reader.end && !reader.failed; i++) {
            lf_buf_text(out, i == 0 ? "" : ", ");
            lf_buf_str(out, lf_read_bytes(&reader, (size_t)lf_read_varint(&reader)));
        }
        break;
    }
    default:
        lf_buf_str(out, lf_person_text(flow->work, value->u.text));
        break;
    }
    return true;
}

static void put(draft *d, const lf_message_text *text, enum lf_place place) {
    lf_flow_fail(d->flow, lf_message_render(text, place, token_value, d, &d->flow->text));
}

/* What was put since, for as long as the effects live. */
static lf_str keep(draft *d, const lf_buf *buf) {
    lf_flow_fail(d->flow, buf->failed ? LF_E_NOMEM : LF_OK);
    return lf_fx_keep(d->flow, buf->n == 0 ? LF_STR("") : (lf_str){buf->p, buf->n});
}

static lf_str render(draft *d, const lf_message_text *text, bool present, enum lf_place place) {
    if (!present) {
        return (lf_str){NULL, 0};
    }
    lf_buf_clear(&d->flow->text);
    put(d, text, place);
    return keep(d, &d->flow->text);
}

/* "utm_source=x" of each parameter. */
static void render_params(draft *d) {
    for (uint32_t i = 0; i < d->def->n_utm; i++) {
        const lf_utm *utm = &d->def->utm[i];
        lf_buf_clear(&d->flow->text);
        lf_buf_str(&d->flow->text, utm->name);
        put(d, &utm->value, LF_PLACE_PARAM);
        d->params[i] = (lf_param){utm->name, keep(d, &d->flow->text)};
    }
}

/* What was put since, with the parameters in its links. */
static lf_str tagged(draft *d, bool html) {
    if (d->def->n_utm == 0 || d->flow->status != LF_OK) {
        return keep(d, &d->flow->text);
    }
    lf_buf_clear(&d->flow->tagged);
    lf_links_add(&d->flow->tagged, (lf_str){d->flow->text.p, d->flow->text.n}, html, d->params,
                 d->def->n_utm);
    return keep(d, &d->flow->tagged);
}

static lf_str render_body(draft *d) {
    const lf_template_def *def = d->def;
    enum lf_place place = def->html ? LF_PLACE_HTML : LF_PLACE_TEXT;
    if (!def->has_body && def->n_blocks == 0) {
        return (lf_str){NULL, 0};
    }
    lf_buf_clear(&d->flow->text);
    put(d, &def->body, place);
    for (uint32_t i = 0; i < def->n_blocks; i++) {
        if (lf_flow_holds_in(d->flow, def->blocks[i].when, NULL)) {
            put(d, &def->blocks[i].body, place);
        }
    }
    return tagged(d, def->html);
}

static lf_str render_url(draft *d) {
    if (!d->def->has_cta) {
        return (lf_str){NULL, 0};
    }
    lf_buf_clear(&d->flow->text);
    put(d, &d->def->cta_url, LF_PLACE_URL);
    return tagged(d, false);
}

/* RFC 8058, for emails that consent is needed for. */
static lf_str render_header(draft *d) {
    if (d->flow->signer.n == 0 || d->def->channel != LF_CHANNEL_EMAIL || d->def->transactional) {
        return (lf_str){NULL, 0};
    }
    lf_buf_clear(&d->flow->text);
    lf_buf_byte(&d->flow->text, '<');
    put_unsubscribe(d, &d->flow->text);
    lf_buf_byte(&d->flow->text, '>');
    return keep(d, &d->flow->text);
}

static void render_message(lf_flow *flow, const lf_template_def *def, lf_str topic, lf_fx *fx) {
    draft d = {.flow = flow, .def = def, .topic = topic, .number = fx->number};
    lf_buf_clear(&flow->link);
    render_params(&d);
    fx->subject = render(&d, &def->subject, def->has_subject, LF_PLACE_HEADER);
    fx->preheader = render(&d, &def->preheader, def->has_preheader, LF_PLACE_HEADER);
    fx->body = render_body(&d);
    fx->cta_text = render(&d, &def->cta_text, def->has_cta, LF_PLACE_TEXT);
    fx->cta_url = render_url(&d);
    fx->unsubscribe = render_header(&d);
}

void lf_message_plan(lf_flow *flow, const lf_wanted *wanted, uint16_t template_,
                     const char *reason) {
    const lf_template_def *def = &flow->blueprint->templates[template_];
    lf_flow_changed(flow, def->name);
    lf_fx *fx = lf_fx_add(flow, reason == NULL ? LF_FX_SEND : LF_FX_SKIPPED);
    if (fx == NULL) {
        return;
    }
    fx->index = template_;
    fx->sequence = wanted->sequence;
    fx->step = wanted->step;
    fx->due = wanted->begun;
    if (reason != NULL) {
        fx->reason = lf_str_of(reason);
    } else {
        render_message(flow, def, lf_topic_of(flow->blueprint, wanted->sequence), fx);
        lf_caps_count(flow, template_, fx);
    }
}

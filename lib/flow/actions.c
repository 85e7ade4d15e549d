/* SPDX-License-Identifier: MIT */
/* Actions (SPEC 7): what machines and sequences do. */
#include "flow/flow_internal.h"
#include "time/timing.h"

/* The text of a token: a field, the contact's id, or the place of the unsubscribe link. */
static bool token_value(void *ctx, int32_t ref, lf_buf *out) {
    const lf_flow *flow = ctx;
    if (LF_REF_KIND(ref) == LF_REF_CONTACT_ID) {
        lf_buf_str(out, lf_person_text(flow->work, flow->work->id));
        return true;
    }
    if (LF_REF_KIND(ref) != LF_REF_FIELD) {
        lf_buf_text(out, "{unsubscribe}"); /* the sender's own link; signed ones are not made yet */
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

static lf_str render(lf_flow *flow, const lf_message_text *text, bool present,
                     enum lf_place place) {
    if (!present) {
        return (lf_str){NULL, 0};
    }
    lf_buf buf;
    lf_buf_init(&buf, &flow->mem);
    lf_flow_fail(flow, lf_message_render(text, place, token_value, flow, &buf));
    lf_str kept = lf_fx_keep(flow, buf.n == 0 ? LF_STR("") : (lf_str){buf.p, buf.n});
    lf_buf_free(&buf);
    return kept;
}

static void send(lf_flow *flow, uint16_t template_, uint16_t sequence, uint16_t step) {
    const lf_template_def *def = &flow->blueprint->templates[template_];
    lf_str topic =
        sequence == LF_NO_INDEX ? (lf_str){NULL, 0} : flow->blueprint->sequences[sequence].topic;
    const char *reason = lf_flow_forbids(flow->blueprint, flow->work, template_, topic);
    lf_flow_changed(flow, def->name);
    lf_fx *fx = lf_fx_add(flow, reason == NULL ? LF_FX_SEND : LF_FX_SKIPPED);
    if (fx == NULL) {
        return;
    }
    fx->index = template_;
    fx->sequence = sequence;
    fx->step = step;
    fx->due = flow->work->clock;
    if (reason != NULL) {
        fx->reason = lf_str_of(reason);
        return;
    }
    fx->subject = render(flow, &def->subject, def->has_subject, LF_PLACE_HEADER);
    fx->preheader = render(flow, &def->preheader, def->has_preheader, LF_PLACE_HEADER);
    fx->body = render(flow, &def->body, def->has_body, LF_PLACE_TEXT);
    fx->cta_text = render(flow, &def->cta_text, def->has_cta, LF_PLACE_TEXT);
    fx->cta_url = render(flow, &def->cta_url, def->has_cta, LF_PLACE_HEADER);
}

static void set_fields(lf_flow *flow, const lf_action *action) {
    for (uint32_t i = 0; i < action->n_settings && flow->status == LF_OK; i++) {
        const lf_setting *setting = &action->settings[i];
        if (setting->cel == NULL) {
            lf_fields_set(flow, setting->field, setting->value, NULL, lf_flow_stamp(flow));
            continue;
        }
        lf_answer answer;
        lf_flow_fail(flow, lf_world_value(&flow->world, setting->cel, &answer));
        if (flow->status == LF_OK && answer.value.type == LF_T_ERROR) {
            flow->world.errors++; /* no value, so nothing is set */
        } else if (flow->status == LF_OK) {
            lf_fields_set(flow, setting->field, NULL, &answer.value, lf_flow_stamp(flow));
        }
    }
    if (flow->status == LF_OK) {
        lf_fields_follow(flow);
    }
}

/* An effect that says what the action says. */
static void tell(lf_flow *flow, const lf_action *action, uint8_t kind) {
    lf_fx *fx = lf_fx_add(flow, kind);
    if (fx == NULL) {
        return;
    }
    fx->name = action->name;
    fx->to_whom = action->to;
    fx->text = action->text;
    fx->channel = action->channel;
    fx->due_text = action->due;
    fx->json = action->data;
    lf_flow_changed(flow, lf_str_of(lf_fx_kind_name(kind)));
}

static void set_mark(lf_flow *flow, const lf_action *action) {
    static const struct {
        uint8_t kind;
        bool on;
    } marks[] = {
        [LF_ACT_TAG] = {LF_MARK_TAG, true},
        [LF_ACT_UNTAG] = {LF_MARK_TAG, false},
        [LF_ACT_FLAG] = {LF_MARK_FLAG, true},
        [LF_ACT_UNFLAG] = {LF_MARK_FLAG, false},
        [LF_ACT_SUPPRESS] = {LF_MARK_SUPPRESSION, true},
        [LF_ACT_UNSUPPRESS] = {LF_MARK_SUPPRESSION, false},
    };
    lf_marks_set(flow, marks[action->kind].kind, action->name, marks[action->kind].on,
                 lf_flow_stamp(flow));
}

static void cancel(lf_flow *flow, uint16_t sequence) {
    const lf_enrolment *enrolment = lf_person_enrolment(flow->work, sequence);
    if (enrolment != NULL) {
        lf_sequence_exit(flow, sequence, enrolment->step, LF_STR("cancelled"));
    }
}

void lf_action_run(lf_flow *flow, const lf_action *action, uint16_t sequence, uint16_t step) {
    const lf_enrolment *enrolment =
        sequence == LF_NO_INDEX ? NULL : lf_person_enrolment(flow->work, sequence);
    if (!lf_flow_holds_in(flow, action->when, enrolment) || flow->status != LF_OK) {
        return;
    }
    switch (action->kind) {
    case LF_ACT_SEND:
        send(flow, action->index, sequence, step);
        break;
    case LF_ACT_NOTIFY:
        tell(flow, action, LF_FX_NOTIFY);
        break;
    case LF_ACT_TASK:
        tell(flow, action, LF_FX_TASK);
        break;
    case LF_ACT_EMIT:
        tell(flow, action, LF_FX_EMIT);
        break;
    case LF_ACT_SET:
        set_fields(flow, action);
        break;
    case LF_ACT_ENROLL:
        lf_sequence_enroll(flow, action->index, NULL, false);
        break;
    case LF_ACT_CANCEL:
        cancel(flow, action->index);
        break;
    case LF_ACT_MOVE:
        lf_machine_move(flow, action->index);
        break;
    default:
        set_mark(flow, action);
        break;
    }
}

void lf_actions_run(lf_flow *flow, lf_actions actions) {
    for (uint32_t i = 0; i < actions.n && flow->status == LF_OK; i++) {
        lf_action_run(flow, &actions.items[i], LF_NO_INDEX, LF_NO_INDEX);
    }
}

/* SPDX-License-Identifier: MIT */
/* Actions (SPEC 7): what machines and sequences do. */
#include "flow/flow_internal.h"

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

void lf_action_run(lf_flow *flow, const lf_action *action, uint16_t sequence) {
    const lf_enrolment *enrolment =
        sequence == LF_NO_INDEX ? NULL : lf_person_enrolment(flow->work, sequence);
    if (!lf_flow_holds_in(flow, action->when, enrolment) || flow->status != LF_OK) {
        return;
    }
    switch (action->kind) {
    case LF_ACT_SEND:
        lf_message_send(flow, action);
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
        lf_action_run(flow, &actions.items[i], LF_NO_INDEX);
    }
}

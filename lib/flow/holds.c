/* SPDX-License-Identifier: MIT */
/* What becomes of a message at this moment (SPEC 9.5), and the messages outside sequences that must wait. */
#include "flow/flow_internal.h"

#define MOST_PENDING 255u

int64_t lf_message_opens(lf_world *world, uint16_t template_, uint16_t sequence) {
    const lf_blueprint *bp = world->blueprint;
    const lf_template_def *def = &bp->templates[template_];
    const lf_window *window = sequence == LF_NO_INDEX ? NULL : &bp->sequences[sequence].window;
    uint32_t n_quiet = bp->n_quiet[def->channel];
    if (def->transactional || (n_quiet == 0 && (window == NULL || window->days == 0))) {
        return world->t;
    }
    return lf_window_next(lf_world_zone(world), window, bp->quiet[def->channel], n_quiet, world->t);
}

lf_status lf_flow_opens(lf_flow *flow, const lf_contact *contact, const lf_mail *mail, int64_t now,
                        int64_t *opens) {
    lf_world_look(&flow->world, contact, now);
    flow->world.failed = LF_OK;
    *opens = lf_message_opens(&flow->world, mail->template_, mail->sequence);
    *opens = *opens < LF_TIME_MAX ? *opens : LF_TIME_MAX;
    return flow->world.failed;
}

/* Of a message that nothing forbids: until when it waits, now at the latest if it need not. Or why it is skipped. */
static const char *look_ahead(lf_flow *flow, const lf_wanted *wanted, uint16_t template_,
                              int64_t *due) {
    int64_t now = flow->work->clock, room;
    *due = lf_message_opens(&flow->world, template_, wanted->sequence);
    if (*due <= now && lf_caps_full(flow, template_, &room)) {
        *due = room;
        if (room == LF_TIME_NONE) {
            return "cap";
        }
    }
    if (*due > now && wanted->last <= now) {
        return "stale";
    }
    *due = *due < wanted->last ? *due : wanted->last;
    return NULL;
}

/* The template that goes if it need not wait: the one that is wanted, or one of its fallbacks. LF_NO_INDEX: none may, for
 * *reason. */
static uint16_t way_of(const lf_flow *flow, const lf_wanted *wanted, const char **reason) {
    lf_str topic = lf_topic_of(flow->blueprint, wanted->sequence);
    *reason = lf_flow_forbids(flow->blueprint, flow->work, wanted->template_, topic);
    return lf_flow_fallback(flow->blueprint, flow->work, wanted->template_, topic, *reason);
}

bool lf_message_try(lf_flow *flow, const lf_wanted *wanted, int64_t *due) {
    const char *reason;
    uint16_t way = way_of(flow, wanted, &reason);
    *due = flow->work->clock;
    if (way != LF_NO_INDEX) {
        reason = look_ahead(flow, wanted, way, due);
    }
    if (reason == NULL && *due > flow->work->clock) {
        return false;
    }
    lf_message_plan(flow, wanted, way == LF_NO_INDEX ? wanted->template_ : way, reason);
    return true;
}

int64_t lf_message_last(int64_t begun, int64_t stale) {
    return stale < 0 ? LF_TIME_NONE : lf_sat_add(begun, stale);
}

/* ---- outside sequences ---- */
static void keep(lf_flow *flow, const lf_wanted *wanted, int64_t due) {
    lf_contact *work = flow->work;
    if (work->pending.n == MOST_PENDING) {
        lf_message_plan(flow, wanted, wanted->template_, "cap");
        return;
    }
    if (!lf_mem_grow(&work->mem, (void **)&work->pending.items, &work->pending.cap,
                     work->pending.n + 1, sizeof *work->pending.items)) {
        lf_flow_fail(flow, LF_E_NOMEM);
        return;
    }
    const lf_cause *cause = &flow->cause;
    work->pending.items[work->pending.n++] = (lf_pending){
        .begun = wanted->begun,
        .due = due,
        .stale = wanted->last,
        .template_ = wanted->template_,
        .machine = cause->kind == LF_CAUSE_TRANSITION ? cause->machine : (uint16_t)LF_NO_INDEX,
        .from = cause->from,
        .to = cause->to};
    flow->wait.until = due < flow->wait.until ? due : flow->wait.until; /* if no round follows */
}

/* Does it wait for the steps of this instant, where a sequence that goes before may want its place? */
static bool waits_for_others(const lf_flow *flow, const lf_wanted *wanted) {
    const lf_blueprint *bp = flow->blueprint;
    const char *reason;
    if (bp->n_sequences == 0 || bp->sequences[bp->sequence_order[0]].priority <= 0) {
        return false;
    }
    uint16_t way = way_of(flow, wanted, &reason);
    return way != LF_NO_INDEX && lf_caps_any(bp, way);
}

void lf_message_send(lf_flow *flow, const lf_action *action) {
    int64_t due = flow->work->clock;
    lf_wanted wanted = {.template_ = action->index,
                        .sequence = LF_NO_INDEX,
                        .step = LF_NO_INDEX,
                        .begun = due,
                        .last = lf_message_last(due, action->stale)};
    if (waits_for_others(flow, &wanted) || !lf_message_try(flow, &wanted, &due)) {
        keep(flow, &wanted, due);
    }
}

/* True: it has gone, or is skipped. What waited for no more than this instant has the cause of what asked for it. */
static bool try_pending(lf_flow *flow, lf_pending *pending) {
    lf_cause cause = flow->cause;
    lf_wanted wanted = {.template_ = pending->template_,
                        .sequence = LF_NO_INDEX,
                        .step = LF_NO_INDEX,
                        .begun = pending->begun,
                        .last = pending->stale};
    if (pending->begun < flow->work->clock) {
        flow->cause = (lf_cause){.kind = LF_CAUSE_TIME};
    } else if (pending->machine != LF_NO_INDEX) {
        flow->cause = (lf_cause){.kind = LF_CAUSE_TRANSITION,
                                 .machine = pending->machine,
                                 .from = pending->from,
                                 .to = pending->to};
    }
    bool over = lf_message_try(flow, &wanted, &pending->due);
    flow->cause = cause;
    return over;
}

void lf_pending_run(lf_flow *flow) {
    lf_contact *work = flow->work;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < work->pending.n; i++) {
        lf_pending pending = work->pending.items[i];
        if (pending.due > work->clock || !try_pending(flow, &pending)) {
            flow->wait.until = pending.due < flow->wait.until ? pending.due : flow->wait.until;
            work->pending.items[kept++] = pending;
        }
    }
    work->pending.n = kept;
}

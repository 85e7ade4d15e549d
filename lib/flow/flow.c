/* SPDX-License-Identifier: MIT */
/*
 * The step itself: catching up to the input's time, the rounds of SPEC 13 within one instant, and
 * the wake time. All work is done on a copy of the contact, which is swapped in at the very end.
 */
#include "base/codes.h"
#include "flow/flow_internal.h"
#include "time/timing.h"

static lf_status make_room(lf_flow *flow) {
    const lf_blueprint *bp = flow->blueprint;
    flow->types = lf_mem_alloc(&flow->mem, (bp->n_types + 1u) * sizeof *flow->types);
    flow->taken = lf_mem_alloc(&flow->mem, bp->n_machines + 1u);
    flow->jumps = lf_mem_alloc(&flow->mem, bp->n_sequences + 1u);
    if (flow->types == NULL || flow->taken == NULL || flow->jumps == NULL) {
        return LF_E_NOMEM;
    }
    lf_status status = lf_world_init(&flow->world, &flow->mem, bp);
    return status != LF_OK ? status
                           : lf_person_new(&flow->mem, &bp->schema, LF_STR("-"), &flow->work);
}

lf_status lf_flow_new(const lf_mem *mem, lf_blueprint *blueprint, lf_str tenant, lf_flow **out) {
    *out = NULL;
    lf_flow *flow = lf_mem_alloc(mem, sizeof *flow);
    if (flow == NULL) {
        return LF_E_NOMEM;
    }
    flow->mem = *mem;
    flow->blueprint = lf_definitions_ref(blueprint);
    flow->tenant = tenant;
    flow->fx.mem = *mem;
    lf_arena_init(&flow->fx.arena, mem);
    lf_buf_init(&flow->circle, mem);
    lf_buf_init(&flow->link, mem);
    lf_buf_init(&flow->text, mem);
    lf_buf_init(&flow->tagged, mem);
    lf_status status = make_room(flow);
    if (status != LF_OK) {
        lf_flow_free(flow);
        return status;
    }
    *out = flow;
    return LF_OK;
}

lf_status lf_flow_sign(lf_flow *flow, const lf_unsubscribe_options *options) {
    return lf_signer_read(&flow->signer, options);
}

void lf_flow_free(lf_flow *flow) {
    if (flow == NULL) {
        return;
    }
    lf_mem mem = flow->mem;
    lf_mem_free(&mem, flow->types, (flow->blueprint->n_types + 1u) * sizeof *flow->types);
    lf_mem_free(&mem, flow->taken, flow->blueprint->n_machines + 1u);
    lf_mem_free(&mem, flow->jumps, flow->blueprint->n_sequences + 1u);
    lf_mem_free(&mem, flow->facts.items, flow->facts.cap * sizeof *flow->facts.items);
    lf_mem_free(&mem, flow->fx.items.items, flow->fx.items.cap * sizeof *flow->fx.items.items);
    lf_wait_free(&flow->wait, &mem);
    lf_arena_free(&flow->fx.arena);
    lf_buf_free(&flow->circle);
    lf_buf_free(&flow->link);
    lf_buf_free(&flow->text);
    lf_buf_free(&flow->tagged);
    lf_world_free(&flow->world);
    lf_person_free(flow->work);
    lf_definitions_unref(flow->blueprint);
    lf_mem_free(&mem, flow, sizeof *flow);
}

const lf_fx_list *lf_flow_effects(const lf_flow *flow) {
    return &flow->fx;
}

uint64_t lf_flow_errors(const lf_flow *flow) {
    return flow->world.errors;
}

void lf_flow_fail(lf_flow *flow, lf_status status) {
    if (flow->status == LF_OK) {
        flow->status = status;
    }
}

void lf_flow_changed(lf_flow *flow, lf_str name) {
    flow->changed = true;
    if (flow->last_round) {
        lf_buf_byte(&flow->circle, flow->circle.n == 0 ? '[' : ',');
        lf_json_put_string(&flow->circle, name);
    }
}

bool lf_flow_holds(lf_flow *flow, const lf_expr *when) {
    return lf_world_holds(&flow->world, when, &flow->wait, NULL);
}

bool lf_flow_holds_in(lf_flow *flow, const lf_expr *when, const lf_enrolment *enrolment) {
    if (when == NULL) {
        return true;
    }
    if (enrolment != NULL) {
        flow->seen = *enrolment; /* the vector may move while the world looks */
        flow->world.enrolment = &flow->seen;
    }
    bool answer = lf_world_holds(&flow->world, when, enrolment != NULL ? &flow->wait : NULL, NULL);
    flow->world.enrolment = NULL;
    return answer;
}

void lf_flow_show(lf_flow *flow, const lf_event *event) {
    flow->world.event = event;
    flow->world.event_types = event == NULL ? NULL : flow->types;
    flow->world.n_event_types = event == NULL ? 0 : flow->n_types;
    flow->world.arrival = event == NULL ? 0 : flow->arrival;
}

bool lf_flow_holds_event(lf_flow *flow, const lf_expr *when, const lf_enrolment *enrolment) {
    if (when == NULL) {
        return true;
    }
    lf_flow_show(flow, flow->event);
    flow->world.enrolment = enrolment;
    bool answer = lf_world_holds(&flow->world, when, NULL, NULL);
    flow->world.enrolment = NULL;
    lf_flow_show(flow, NULL);
    return answer;
}

bool lf_flow_sees(const lf_flow *flow, uint16_t type) {
    for (uint32_t i = 0; flow->event != NULL && i < flow->n_types; i++) {
        if (flow->types[i] == type) {
            return true;
        }
    }
    return false;
}

void lf_flow_fact(lf_flow *flow, uint8_t kind, uint16_t index) {
    if (!lf_mem_grow(&flow->mem, (void **)&flow->facts.items, &flow->facts.cap, flow->facts.n + 1,
                     sizeof *flow->facts.items)) {
        lf_flow_fail(flow, LF_E_NOMEM);
        return;
    }
    flow->facts.items[flow->facts.n++] = (lf_fact){kind, index};
}

/* One round of SPEC 13; what it looks at says until when nothing changes by itself. */
static void run_round(lf_flow *flow) {
    flow->changed = false;
    lf_wait_begin(&flow->wait);
    lf_machines_run(flow);
    lf_segments_run(flow);
    lf_bands_run(flow);
    lf_exits_run(flow);
    lf_triggers_run(flow);
    lf_steps_run(flow);
    lf_flow_fail(flow, flow->world.failed);
    flow->event = NULL; /* it is seen in the first round only */
}

/* Before anything is done in it. */
static void begin_instant(lf_flow *flow) {
    memset(flow->taken, 0, flow->blueprint->n_machines);
    memset(flow->jumps, 0, flow->blueprint->n_sequences);
    lf_wait_begin(&flow->wait);
}

static void run_instant(lf_flow *flow) {
    lf_buf_clear(&flow->circle);
    flow->changed = true;
    for (unsigned round = 0; round < LF_ROUNDS && flow->changed && flow->status == LF_OK; round++) {
        flow->last_round = round + 1 == LF_ROUNDS;
        run_round(flow);
    }
    flow->last_round = false;
    flow->facts.n = 0;
    if (flow->changed && flow->status == LF_OK) {
        lf_buf_byte(&flow->circle, ']');
        lf_fx_fault(flow, "rounds", "circle", (lf_str){flow->circle.p, flow->circle.n});
    }
    if (flow->circle.failed) {
        lf_flow_fail(flow, LF_E_NOMEM);
    }
    lf_world_wait(&flow->world, &flow->wait);
    lf_bands_wait(flow);
    int64_t next = flow->work->clock + 1;
    next = flow->wait.until > next ? flow->wait.until : next;
    flow->work->wake = next <= LF_TIME_MAX ? next : LF_TIME_NONE; /* time ends with the year 9999 */
}

static void go_to(lf_flow *flow, int64_t t) {
    lf_person_advance(flow->work, t);
    lf_world_at(&flow->world, t);
}

/* Other definitions are met at the latest time up to t at which nothing of the old ones was due: as close as can be to when
 * they came. At the stored clock whoever was silent for long would enter whatever is new about silence. */
static void meet(lf_flow *flow, int64_t t) {
    if (flow->work->wake != LF_TIME_NONE && flow->work->wake <= t) {
        t = flow->work->wake - 1;
    }
    if (t > flow->work->clock) {
        go_to(flow, t);
    }
    begin_instant(flow);
    lf_change_meet(flow);
    run_instant(flow);
}

/* Everything due up to t, at the times it was due; then the clock stands at t. */
static void catch_up(lf_flow *flow, int64_t t) {
    flow->cause = (lf_cause){.kind = LF_CAUSE_TIME};
    if (flow->work->created != INT64_MAX &&
        flow->work->definitions != flow->blueprint->schema.digest) {
        meet(flow, t);
    }
    while (flow->work->wake <= t && flow->status == LF_OK) {
        go_to(flow, flow->work->wake);
        begin_instant(flow);
        run_instant(flow);
    }
    if (t > flow->work->clock) {
        go_to(flow, t);
    }
}

void lf_flow_forget(lf_flow *flow) {
    flow->fx.items.n = 0;
    lf_arena_reset(&flow->fx.arena);
}

static lf_status begin(lf_flow *flow, const lf_contact *contact, lf_diags *diags) {
    if (contact->mem.fn != flow->mem.fn || contact->mem.user != flow->mem.user ||
        contact->schema != &flow->blueprint->schema) {
        return LF_E_ARG; /* the copy is swapped in, so both must come from one allocator */
    }
    lf_flow_forget(flow);
    flow->status = LF_OK;
    flow->diags = diags;
    flow->event = NULL;
    flow->facts.n = 0;
    flow->fields_changed = false;
    flow->move.index = flow->by_hand.index = LF_NO_INDEX;
    flow->depth = 0;
    lf_status status = lf_person_assign(flow->work, contact);
    if (status == LF_OK) {
        lf_world_look(&flow->world, flow->work, flow->work->clock);
        flow->world.errors = 0;
        flow->world.failed = LF_OK;
        lf_segments_resume(flow);
    }
    return status;
}

/* The only place where the caller's contact changes. */
static lf_status finish(lf_flow *flow, lf_contact *contact) {
    lf_flow_fail(flow, flow->world.failed); /* some condition could not be looked at */
    if (flow->status == LF_OK) {
        lf_flow_fail(flow, lf_score_seal(flow->blueprint, flow->work));
    }
    if (flow->status != LF_OK) {
        lf_flow_forget(flow);
        return flow->status;
    }
    flow->work->definitions = flow->blueprint->schema.digest;
    lf_segments_settle(flow);
    lf_failures_forget(flow);
    lf_caps_forget(flow);
    lf_person_swap(contact, flow->work);
    return LF_OK;
}

static bool refused_for_time(const lf_flow *flow, const lf_event *event, int64_t now,
                             lf_diags *diags) {
    int64_t ahead = lf_sat_sub(event->at, now);
    if (ahead <= flow->blueprint->max_skew) {
        return false;
    }
    lf_diag_add(diags, LF_D_BAD_TIME, true, 0, 0, LF_STR("/at"),
                "the event is %d ms ahead of now, more than max_skew (%d ms) allows", ahead,
                flow->blueprint->max_skew);
    return true;
}

static void take_event(lf_flow *flow, const lf_event *event, int64_t place, bool fresh, bool late) {
    flow->cause = (lf_cause){
        .kind = LF_CAUSE_EVENT,
        .text = lf_fx_keep(flow,
                           event->id.n > 0 ? event->id : flow->blueprint->types[event->type].name)};
    begin_instant(flow);
    flow->fields_changed = fresh;
    lf_place_event(flow, event, place, late);
    if (fresh && flow->status == LF_OK) {
        lf_triggers_meet(flow, true);
        lf_machines_enter(flow);
    }
    if (flow->status == LF_OK) {
        flow->event = event;
        run_instant(flow);
    }
}

lf_status lf_flow_event(lf_flow *flow, lf_contact *contact, const lf_event *event, int64_t now,
                        lf_diags *diags, int32_t *as) {
    *as = LF_TAKEN_NEW;
    if (event->blueprint != flow->blueprint ||
        !lf_str_eq(event->contact, lf_person_text(contact, contact->id))) {
        return LF_E_ARG;
    }
    lf_flow_forget(flow);
    flow->world.errors = 0;
    if (refused_for_time(flow, event, now, diags)) {
        return LF_E_EVENT;
    }
    bool fresh = contact->created == INT64_MAX;
    if (!fresh && event->id.n > 0) {
        enum lf_duplicate duplicate =
            lf_activity_duplicate(contact, event->id, event->at, event->content);
        if (duplicate != LF_NEW) {
            *as = duplicate == LF_DUPLICATE ? LF_TAKEN_DUPLICATE : LF_TAKEN_CHANGED_DUPLICATE;
            return LF_OK;
        }
    }
    lf_status status = begin(flow, contact, diags);
    if (status != LF_OK) {
        return status;
    }
    int64_t place = event->at < now ? event->at : now;
    if (fresh) {
        flow->work->clock = place;
        go_to(flow, place);
    } else {
        catch_up(flow, place > flow->work->clock ? place : flow->work->clock);
    }
    bool late = lf_sat_sub(flow->work->clock, place) > flow->blueprint->schema.horizon;
    if (flow->status == LF_OK) {
        take_event(flow, event, place, fresh, late);
    }
    *as = late ? LF_TAKEN_LATE : LF_TAKEN_NEW;
    return finish(flow, contact);
}

lf_status lf_flow_wake(lf_flow *flow, lf_contact *contact, int64_t now) {
    lf_status status = begin(flow, contact, NULL);
    if (status != LF_OK || contact->created == INT64_MAX || now < contact->clock) {
        return status;
    }
    catch_up(flow, now);
    return finish(flow, contact);
}

/* Catches up to `now`; what comes then has this cause, and its own rounds. */
static lf_status begin_at(lf_flow *flow, const lf_contact *contact, uint16_t sequence,
                          uint16_t step, int64_t now) {
    lf_status status = begin(flow, contact, NULL);
    if (status == LF_OK) {
        catch_up(flow, now);
        flow->cause = (lf_cause){.kind = LF_CAUSE_STEP, .sequence = sequence, .step = step};
        begin_instant(flow);
    }
    return status;
}

lf_status lf_flow_failed(lf_flow *flow, lf_contact *contact, uint16_t sequence, lf_str message,
                         lf_str detail, int64_t now) {
    lf_status status = begin_at(flow, contact, sequence, LF_NO_INDEX, now);
    if (status != LF_OK) {
        return status;
    }
    flow->cause.text = lf_fx_keep(flow, detail);
    if (message.n > 0) {
        lf_failure_run(flow, message);
    } else {
        lf_actions_run(flow, flow->blueprint->sequences[sequence].on_failure);
    }
    if (flow->status == LF_OK) {
        run_instant(flow);
    }
    return finish(flow, contact);
}

lf_status lf_flow_skip(lf_flow *flow, lf_contact *contact, const lf_mail *mail, const char *reason,
                       int64_t now) {
    lf_status status = begin_at(flow, contact, mail->sequence, mail->step, now);
    if (status != LF_OK) {
        return status;
    }
    lf_fx *fx = lf_fx_add(flow, LF_FX_SKIPPED);
    if (fx != NULL) {
        fx->index = mail->template_;
        fx->sequence = mail->sequence;
        fx->step = mail->step;
        fx->due = mail->due;
        fx->reason = lf_str_of(reason);
    }
    return finish(flow, contact);
}

lf_status lf_flow_unknown(lf_flow *flow, lf_contact *contact, const lf_mail *mail, lf_str key,
                          int64_t now) {
    lf_status status = begin_at(flow, contact, mail->sequence, mail->step, now);
    if (status != LF_OK) {
        return status;
    }
    lf_fx_fault(flow, "unknown", "held", key);
    return finish(flow, contact);
}

/* SPDX-License-Identifier: MIT */
/* The public handle of the pure step. */
#include "flow/effect.h"

#define LF_TENANT_MAX 63u

struct lf_step {
    lf_mem mem;
    lf_blueprint *blueprint;
    lf_flow *flow;
    lf_str tenant, contact; /* the contact of the last call */
    lf_buf scratch;
    lf_arena arena;              /* the effects asked for since, */
    LF_VEC(lf_effect *) effects; /* NULL: not asked for yet */
    uint32_t count;              /* of the last call */
    char text[LF_TENANT_MAX + 1];
    char id[256];
};

bool lf_tenant_valid(lf_str tenant) {
    for (size_t i = 0; i < tenant.n; i++) {
        if ((unsigned char)tenant.p[i] < 0x20 || tenant.p[i] == 0x7f) {
            return false;
        }
    }
    return tenant.n >= 1 && tenant.n <= LF_TENANT_MAX && lf_utf8_valid(tenant);
}

lf_status lf_step_new(lf_blueprint *blueprint, const char *tenant, lf_step **out) {
    lf_str name = lf_str_of(tenant);
    if (out == NULL) {
        return LF_E_ARG;
    }
    *out = NULL;
    if (blueprint == NULL || !lf_tenant_valid(name)) {
        return LF_E_ARG;
    }
    lf_step *step = lf_mem_alloc(&blueprint->mem, sizeof *step);
    if (step == NULL) {
        return LF_E_NOMEM;
    }
    step->mem = blueprint->mem;
    step->blueprint = blueprint;
    lf_arena_init(&step->arena, &step->mem);
    lf_buf_init(&step->scratch, &step->mem);
    memcpy(step->text, name.p, name.n);
    step->tenant = (lf_str){step->text, name.n};
    lf_status status = lf_flow_new(&step->mem, blueprint, step->tenant, &step->flow);
    if (status != LF_OK) {
        lf_step_free(step);
        return status;
    }
    *out = step;
    return LF_OK;
}

void lf_step_free(lf_step *step) {
    if (step != NULL) {
        lf_mem mem = step->mem;
        lf_arena_free(&step->arena);
        lf_buf_free(&step->scratch);
        lf_mem_free(&mem, step->effects.items, step->effects.cap * sizeof *step->effects.items);
        lf_flow_free(step->flow);
        lf_mem_free(&mem, step, sizeof *step);
    }
}

lf_status lf_step_set_unsubscribe(lf_step *step, const lf_unsubscribe_options *options) {
    return step == NULL || options == NULL ? LF_E_ARG : lf_flow_sign(step->flow, options);
}

static void begin(lf_step *step, const lf_contact *contact) {
    lf_str id = lf_person_text(contact, contact->id);
    lf_arena_reset(&step->arena);
    step->count = step->effects.n = 0;
    memcpy(step->id, id.p, id.n);
    step->contact = (lf_str){step->id, id.n};
}

/* A call that failed has no effects. */
static lf_status end(lf_step *step, lf_status status) {
    step->count = status == LF_OK ? lf_flow_effects(step->flow)->items.n : 0;
    return status;
}

lf_status lf_step_take(lf_step *step, lf_contact *contact, const lf_event *event, int64_t now,
                       int32_t *taken, lf_diagnostics *diagnostics) {
    int32_t as = LF_TAKEN_NEW;
    if (taken != NULL) {
        *taken = as;
    }
    if (step == NULL || contact == NULL || event == NULL || !event->ready || now < LF_TIME_MIN ||
        now > LF_TIME_MAX) {
        return LF_E_ARG;
    }
    begin(step, contact);
    lf_diags *diags = diagnostics == NULL ? NULL : &diagnostics->diags;
    lf_status status = lf_flow_event(step->flow, contact, event, now, diags, &as);
    status = end(step, lf_diags_end(diags, status));
    if (taken != NULL && status == LF_OK) {
        *taken = as;
    }
    return status;
}

lf_status lf_step_wake(lf_step *step, lf_contact *contact, int64_t now) {
    if (step == NULL || contact == NULL || now < LF_TIME_MIN || now > LF_TIME_MAX) {
        return LF_E_ARG;
    }
    begin(step, contact);
    return end(step, lf_flow_wake(step->flow, contact, now));
}

size_t lf_step_effect_count(const lf_step *step) {
    return step == NULL ? 0 : step->count;
}

/* Room for one pointer per effect of the last call. */
static bool make_room(lf_step *step) {
    if (step->effects.n == step->count) {
        return true;
    }
    if (!lf_mem_grow(&step->mem, (void **)&step->effects.items, &step->effects.cap, step->count,
                     sizeof *step->effects.items)) {
        return false;
    }
    for (uint32_t i = 0; i < step->count; i++) {
        step->effects.items[i] = NULL;
    }
    step->effects.n = step->count;
    return true;
}

const lf_effect *lf_step_effect_at(lf_step *step, size_t index) {
    if (index >= lf_step_effect_count(step) || !make_room(step)) {
        return NULL;
    }
    lf_effect **effect = &step->effects.items[index];
    if (*effect == NULL) {
        const lf_fx *fx = &lf_flow_effects(step->flow)->items.items[index];
        lf_effect_make(&step->arena, &step->scratch, step->blueprint, step->tenant, step->contact,
                       fx, effect);
    }
    return *effect;
}

uint64_t lf_step_condition_errors(const lf_step *step) {
    return step == NULL ? 0 : lf_flow_errors(step->flow);
}

/* SPDX-License-Identifier: MIT */
/* Making effects: each takes the clock, the next number of the contact and the present cause. */
#include "flow/flow_internal.h"

lf_fx *lf_fx_add(lf_flow *flow, uint8_t kind) {
    lf_fx_list *list = &flow->fx;
    if (!lf_mem_grow(&list->mem, (void **)&list->items.items, &list->items.cap, list->items.n + 1,
                     sizeof *list->items.items)) {
        lf_flow_fail(flow, LF_E_NOMEM);
        return NULL;
    }
    lf_fx *fx = &list->items.items[list->items.n++];
    *fx = (lf_fx){.at = flow->work->clock,
                  .number = flow->work->effects++,
                  .kind = kind,
                  .cause = flow->cause,
                  .index = LF_NO_INDEX,
                  .from = LF_NO_INDEX,
                  .to = LF_NO_INDEX,
                  .sequence = LF_NO_INDEX,
                  .step = LF_NO_INDEX,
                  .due = LF_TIME_NONE};
    return fx;
}

lf_str lf_fx_keep(lf_flow *flow, lf_str text) {
    lf_str copy = {NULL, 0};
    if (text.p != NULL && !lf_arena_str(&flow->fx.arena, text, &copy)) {
        lf_flow_fail(flow, LF_E_NOMEM);
    }
    return copy;
}

void lf_fx_fault(lf_flow *flow, const char *reason, const char *member, lf_str name) {
    lf_fx *fx = lf_fx_add(flow, LF_FX_FAULT);
    if (fx == NULL) {
        return;
    }
    fx->reason = lf_str_of(reason);
    lf_buf where;
    lf_buf_init(&where, &flow->mem);
    lf_json_put_string(&where, lf_str_of(member));
    lf_buf_byte(&where, ':');
    if (name.n > 0 && name.p[0] == '[') {
        lf_buf_str(&where, name); /* a list, JSON already */
    } else {
        lf_json_put_string(&where, name);
    }
    if (where.failed) {
        lf_flow_fail(flow, LF_E_NOMEM);
    }
    fx->name = lf_fx_keep(flow, (lf_str){where.p, where.n});
    lf_buf_free(&where);
}

/* SPDX-License-Identifier: MIT */
/* Segments (SPEC 8). */
#include "flow/flow_internal.h"

static void enter_or_leave(lf_flow *flow, uint16_t segment, bool in) {
    const lf_segment_def *def = &flow->blueprint->segments[segment];
    flow->work->segments.items[segment] = in;
    lf_world_changed(&flow->world, LF_DEP_SEGMENT);
    lf_flow_changed(flow, def->name);
    lf_flow_fact(flow, in ? LF_TRIGGER_SEGMENT : LF_TRIGGER_SEGMENT_LEFT, segment);
    lf_fx *fx = lf_fx_add(flow, LF_FX_SEGMENT);
    if (fx != NULL) {
        fx->index = segment;
        fx->flag = in;
        if (def->tag.n > 0) {
            lf_marks_set(flow, LF_MARK_TAG, def->tag, in, lf_flow_stamp(flow));
        }
    }
}

void lf_segments_resume(lf_flow *flow) {
    const lf_contact *work = flow->work;
    for (uint32_t i = 0; i < flow->blueprint->n_segments; i++) {
        lf_world_carry(&flow->world, flow->blueprint->segments[i].when,
                       work->segments.items[i] != 0, work->settled.items[i]);
    }
}

void lf_segments_settle(lf_flow *flow) {
    for (uint32_t i = 0; i < flow->blueprint->n_segments; i++) {
        flow->work->settled.items[i] =
            lf_world_carried(&flow->world, flow->blueprint->segments[i].when);
    }
}

void lf_segments_run(lf_flow *flow) {
    const lf_blueprint *bp = flow->blueprint;
    for (uint32_t i = 0; i < bp->n_segments && flow->status == LF_OK; i++) {
        uint16_t segment = bp->segment_order[i];
        bool in = lf_flow_holds(flow, bp->segments[segment].when);
        if (in != (flow->work->segments.items[segment] != 0) && flow->status == LF_OK) {
            enter_or_leave(flow, segment, in);
        }
    }
}

bool lf_segments_adopt(lf_flow *flow) {
    const lf_blueprint *bp = flow->blueprint;
    bool any = false;
    for (uint32_t i = 0; i < bp->n_segments && flow->status == LF_OK; i++) {
        uint16_t segment = bp->segment_order[i];
        uint8_t in = lf_flow_holds(flow, bp->segments[segment].when);
        if (in != flow->work->segments.items[segment]) {
            flow->work->segments.items[segment] = in;
            lf_world_changed(&flow->world, LF_DEP_SEGMENT);
            any = true;
        }
    }
    return any;
}

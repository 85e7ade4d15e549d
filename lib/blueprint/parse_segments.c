/* SPDX-License-Identifier: MIT */
/* The section `segments` (SPEC 8). */
#include "blueprint/blueprint_internal.h"

void lf_declare_segments(lf_build *b, const lf_json *section) {
    b->bp->segments = lf_build_alloc(b, section->n * sizeof *b->bp->segments);
    lf_section_names(b, section, &b->bp->schema.names[LF_N_SEGMENT], "a segment");
    b->bp->n_segments = section->n;
}

/* Fills the row of the matrix of uses that belongs to the segment. */
static void parse_segment(lf_build *b, const lf_json *object, uint32_t i) {
    static const lf_key keys[] = {{"when", LF_K_STRING | LF_K_REQUIRED}, {"tag", LF_K_STRING}};
    static const lf_reading reading = {LF_MAY_ALL, NULL};
    lf_segment_def *segment = &b->bp->segments[i];
    bool *uses = b->seen;
    lf_keys_check(b, object, keys, LF_COUNT(keys));
    segment->name = b->bp->schema.names[LF_N_SEGMENT].items[i];
    segment->tag = lf_parse_tag(b, lf_key_get(object, "tag", LF_K_STRING), "tag");
    b->seen = uses + (size_t)i * b->bp->n_segments;
    segment->when =
        lf_build_expr(b, lf_key_get(object, "when", LF_K_STRING), "when", LF_T_BOOL, &reading);
    b->seen = uses;
}

void lf_parse_segments(lf_build *b, const lf_json *section) {
    lf_blueprint *bp = b->bp;
    uint32_t n = bp->n_segments, circle = 0;
    bool *uses = lf_build_alloc(b, (size_t)n * n);
    uint16_t *order = lf_build_alloc(b, n * sizeof *order);
    bp->segment_order = order;
    if (b->status != LF_OK) {
        return;
    }
    b->seen = uses;
    b->seen_kind = LF_REF_SEGMENT;
    lf_each(b, section, parse_segment);
    b->seen = NULL;
    if (!lf_order_by_use(uses, n, order, &circle)) {
        const lf_json *segment = &section->u.members[circle].value;
        size_t length = lf_path_down(b, section->u.members[circle].name);
        lf_build_error(b, LF_D_CIRCLE, lf_key_get(segment, "when", LF_K_STRING), LF_STR("when"),
                       "the segment %q depends on itself", bp->segments[circle].name);
        lf_path_up(b, length);
    }
}

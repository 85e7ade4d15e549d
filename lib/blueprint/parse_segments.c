/* SPDX-License-Identifier: MIT */
/* The section `segments` (SPEC 8), and the order of definitions that use each other. */
#include "blueprint/blueprint_internal.h"

/* Follows what `from` uses, that has no place yet, until it comes back to something on its way. */
static uint32_t find_circle(const bool *uses, const bool *done, uint32_t n, uint32_t from) {
    uint32_t at = from;
    for (uint32_t steps = 0; steps < n; steps++) { /* after n steps one is on the circle */
        for (uint32_t next = 0; next < n; next++) {
            if (uses[(size_t)at * n + next] && !done[next]) {
                at = next;
                break;
            }
        }
    }
    return at;
}

bool lf_order_by_use(const bool *uses, uint32_t n, uint16_t *order, uint32_t *circle) {
    bool done[LF_MOST_DEFINITIONS] = {false};
    for (uint32_t placed = 0; placed < n; placed++) {
        uint32_t next = 0, first = n;
        for (; next < n; next++) {
            bool ready = !done[next];
            for (uint32_t i = 0; ready && i < n; i++) {
                ready = !uses[(size_t)next * n + i] || done[i];
            }
            if (ready) {
                break;
            }
            first = first == n && !done[next] ? next : first;
        }
        if (next == n) {
            *circle = find_circle(uses, done, n, first);
            return false;
        }
        done[next] = true;
        order[placed] = (uint16_t)next;
    }
    return true;
}

static void parse_segment(lf_build *b, const lf_json *object, uint32_t i) {
    static const lf_key keys[] = {{"when", LF_K_STRING | LF_K_REQUIRED}, {"tag", LF_K_STRING}};
    static const lf_reading reading = {LF_MAY_ALL, NULL};
    lf_segment_def *segment = &b->bp->segments[i];
    bool *uses = b->seen;
    lf_keys_check(b, object, keys, LF_COUNT(keys));
    segment->name = b->bp->schema.names[LF_N_SEGMENT].items[i];
    segment->tag = lf_parse_tag(b, lf_key_get(object, "tag", LF_K_STRING), "tag");
    b->seen = uses + (size_t)i * b->bp->n_segments;
    segment->when = lf_build_expr(b, lf_key_get(object, "when", LF_K_STRING), "when", LF_T_BOOL, &reading);
    b->seen = uses;
}

void lf_parse_segments(lf_build *b, const lf_json *section) {
    lf_blueprint *bp = b->bp;
    uint32_t n = bp->n_segments, circle = 0;
    bool *uses = lf_build_alloc(b, (size_t)n * n + 1);
    uint16_t *order = lf_build_alloc(b, (n + 1u) * sizeof *order);
    bp->segment_order = order;
    if (n == 0 || b->status != LF_OK) {
        return;
    }
    b->seen = uses;
    b->seen_kind = LF_REF_SEGMENT;
    lf_each(b, section, parse_segment);
    b->seen = NULL;
    if (!lf_order_by_use(uses, n, order, &circle)) {
        lf_build_error(b, LF_D_CIRCLE, &section->u.members[circle].value, section->u.members[circle].name,
                       "the segment %q depends on itself", bp->segments[circle].name);
    }
}

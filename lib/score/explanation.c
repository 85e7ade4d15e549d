/* SPDX-License-Identifier: MIT */
/* Why a total is what it is (SPEC 6.5): parts that add up to it exactly. */
#include "score/score_internal.h"

typedef struct telling {
    lf_explanation *out;
    const lf_rule_def *rule;
    const lf_idle *idle;
    uint16_t number, dimension; /* of the rule */
    int64_t sum;                /* of the rule so far */
    bool failed;
} telling;

static void add_part(telling *tell, lf_part part) {
    lf_explanation *out = tell->out;
    if (!lf_mem_grow(&out->mem, (void **)&out->parts.items, &out->parts.cap, out->parts.n + 1,
                     sizeof part)) {
        tell->failed = true;
        return;
    }
    out->parts.items[out->parts.n++] = part;
}

static void add_cut(telling *tell, uint8_t kind, uint16_t rule, uint16_t dimension, int64_t before,
                    int64_t after) {
    if (before != after) {
        add_part(tell, (lf_part){.kind = kind,
                                 .rule = rule,
                                 .dimension = dimension,
                                 .at = LF_TIME_NONE,
                                 .value = lf_sat_sub(after, before)});
    }
}

static void tell_entry(void *ctx, const lf_entry *entry, uint32_t count) {
    telling *tell = ctx;
    int64_t value = lf_entry_value(tell->rule, entry, count, tell->idle);
    tell->sum = lf_sat_add(tell->sum, value);
    add_part(tell, (lf_part){.kind = LF_PART_ENTRY,
                             .rule = tell->number,
                             .dimension = tell->dimension,
                             .at = entry->at,
                             .count = count,
                             .base = lf_sat_mul(tell->rule->points, count),
                             .value = value});
}

static int64_t tell_rule(lf_world *world, telling *tell) {
    const lf_rule_def *rule = tell->rule;
    tell->sum = 0;
    if (rule->event_rule >= 0) {
        uint32_t n;
        const lf_entry *entries = lf_person_entries(world->contact, (uint16_t)rule->event_rule, &n);
        lf_entries_count(rule, entries, n, world->t, tell_entry, tell);
    } else {
        int64_t until = LF_TIME_NONE, picked = lf_rule_pick(world, rule, &until);
        tell->sum = lf_idle_share(tell->idle->def, picked, tell->idle->present);
        if (picked != 0) {
            add_part(tell, (lf_part){.kind = LF_PART_FIELD,
                                     .rule = tell->number,
                                     .dimension = tell->dimension,
                                     .at = LF_TIME_NONE,
                                     .count = 1,
                                     .base = picked,
                                     .value = tell->sum});
        }
    }
    int64_t capped = lf_rule_clamp(rule, tell->sum);
    add_cut(tell, LF_PART_RULE_CAP, tell->number, tell->dimension, tell->sum, capped);
    return capped;
}

static int64_t tell_dimension(lf_world *world, telling *tell, uint16_t index) {
    const lf_dimension_def *dimension = &world->blueprint->dimensions[index];
    int64_t sum = 0;
    tell->dimension = index;
    for (uint16_t i = 0; i < dimension->n_rules; i++) {
        tell->number = (uint16_t)(dimension->first_rule + i);
        tell->rule = &world->blueprint->rules[tell->number];
        sum = lf_sat_add(sum, tell_rule(world, tell));
    }
    add_cut(tell, LF_PART_DIMENSION_CAP, LF_NO_INDEX, index, sum, world->dimensions[index]);
    return world->dimensions[index];
}

lf_status lf_score_explain(lf_world *world, uint16_t score, lf_explanation *out) {
    const lf_score_def *def = &world->blueprint->scores[score];
    const lf_score_now *now = lf_score_look(world, score);
    lf_idle idle;
    telling tell = {.out = out, .idle = &idle};
    int64_t sum = 0;
    if (now == NULL) {
        return world->failed;
    }
    out->total = now->total;
    out->until = now->until;
    lf_idle_look(world->contact, &def->idle, world->t, &idle);
    for (uint16_t i = 0; i < def->n_dimensions; i++) {
        sum = lf_sat_add(sum, tell_dimension(world, &tell, (uint16_t)(def->first_dimension + i)));
    }
    int64_t clamped = sum < def->min ? def->min : def->has_max && sum > def->max ? def->max : sum;
    add_cut(&tell, LF_PART_SCORE_CAP, LF_NO_INDEX, LF_NO_INDEX, sum, clamped);
    int64_t floored = clamped;
    if (def->idle.has_floor && idle.engaged && clamped < def->idle.floor) {
        floored = def->idle.floor;
    }
    add_cut(&tell, LF_PART_FLOOR, LF_NO_INDEX, LF_NO_INDEX, clamped, floored);
    add_cut(&tell, LF_PART_RESET, LF_NO_INDEX, LF_NO_INDEX, floored, now->total);
    return tell.failed ? LF_E_NOMEM : world->failed;
}

void lf_explanation_clear(lf_explanation *explanation) {
    lf_mem_free(&explanation->mem, explanation->parts.items,
                explanation->parts.cap * sizeof *explanation->parts.items);
}

/* SPDX-License-Identifier: MIT */
/* An event makes its entries (SPEC 6.1): each rule's conditions are decided once, at the event's time. */
#include "score/score_internal.h"

#define LF_MOST_VALUES 1000u /* of `per` in one rule; what comes beyond counts as no value */

static uint64_t hash_of(lf_str text) {
    uint64_t hash = lf_hash(text.p, text.n, UINT64_C(0x7065720a));
    return hash == 0 ? 1 : hash; /* 0 stands for no value */
}

/* The value of `per`, or 0 if the rule has as many values as it may have and this is another one. */
static uint64_t admitted(const lf_contact *contact, uint16_t rule, uint64_t per) {
    uint32_t n, values = 0;
    uint64_t before = 0;
    const lf_entry *entries = lf_person_entries(contact, rule, &n);
    for (uint32_t i = 0; i < n; i++) {
        if (entries[i].per == per) {
            return per;
        }
        values += entries[i].per != before;
        before = entries[i].per;
    }
    return values < LF_MOST_VALUES ? per : 0;
}

static bool counts_as(const lf_world *world, const lf_type_set *on) {
    for (uint32_t i = 0; i < world->n_event_types; i++) {
        if (lf_type_set_has(on, world->event_types[i])) {
            return true;
        }
    }
    return false;
}

/* Decides one rule; an entry of rule LF_NO_INDEX is none. */
static lf_entry decide(lf_world *world, uint16_t number, const lf_taken *taken) {
    const lf_rule_def *rule = &world->blueprint->rules[world->blueprint->event_rules[number]];
    lf_entry entry = {.at = taken->at, .count = 1, .rule = LF_NO_INDEX};
    if (!counts_as(world, &rule->on) || !lf_world_holds(world, rule->when, NULL, NULL)) {
        return entry;
    }
    entry.rule = number;
    entry.flags = taken->late ? LF_ENTRY_LOOSE : 0;
    if (rule->per != NULL) {
        lf_answer answer;
        if (lf_world_value(world, rule->per, &answer) == LF_OK &&
            answer.value.type == LF_T_STRING) {
            entry.per = admitted(world->contact, number, hash_of(answer.value.u.s));
        }
    }
    return entry;
}

lf_status lf_score_intake(lf_world *world, lf_contact *contact, const lf_taken *taken) {
    const lf_type_def *type = &world->blueprint->types[taken->type];
    lf_entry few[16], *made = few;
    uint32_t n = 0, cap = LF_COUNT(few);
    lf_mem mem = contact->mem;
    if (type->n_rules > cap) {
        cap = type->n_rules;
        made = lf_mem_alloc(&mem, cap * sizeof *made);
        if (made == NULL) {
            return LF_E_NOMEM;
        }
    }
    for (uint32_t i = 0; i < type->n_rules; i++) {
        lf_entry entry = decide(world, type->rules[i], taken);
        if (entry.rule != LF_NO_INDEX) {
            made[n++] = entry;
        }
    }
    lf_status status = world->failed;
    for (uint32_t i = 0; i < n && status == LF_OK; i++) {
        status = lf_person_add_entry(contact, &made[i]);
    }
    if (made != few) {
        lf_mem_free(&mem, made, cap * sizeof *made);
    }
    return status;
}

/* SPDX-License-Identifier: MIT */
/*
 * Behind the horizon nothing arrives any more that could change which entries count (SPEC 4.3). What can
 * no longer matter goes; entries that will always be worth the same become one with a count.
 */
#include "score/score_internal.h"

typedef struct sealing {
    const lf_blueprint *blueprint;
    lf_contact *contact;
    int64_t before; /* entries older than this are sealed */
} sealing;

/* Does an entry of this rule keep its value but for idle steps and resets? */
static bool lasting(const lf_rule_def *rule) {
    return rule->decay.kind == LF_DECAY_NONE;
}

static bool sealed(const sealing *s, const lf_entry *entry) {
    return entry->at < s->before;
}

/* Will both always be worth the same? No idle step and no reset lies between them. */
static bool alike(const lf_rule_def *rule, const lf_idle *idle, const lf_entry *a,
                  const lf_entry *b) {
    if (!lasting(rule) || a->flags != b->flags || a->count > UINT32_MAX - b->count) {
        return false;
    }
    return !lf_idle_resets(idle, a->at, b->at) &&
           lf_idle_lived(idle, a->at) == lf_idle_lived(idle, b->at);
}

/*
 * One value of `per`, in time order, in place. Among the sealed entries: those that the cooldown leaves out
 * go; of those that count the newest max_count stay; worthless ones go. But the newest that a cooldown began
 * with stays for its sake: there may be newer ones, from beyond the horizon, that began none.
 */
static uint32_t seal_group(const sealing *s, const lf_rule_def *rule, const lf_idle *idle,
                           lf_entry *group, uint32_t n) {
    uint32_t kept = 0, end = 0, may_go = n;
    uint64_t counted = 0;
    int64_t free_at = INT64_MIN;
    while (end < n && sealed(s, &group[end])) {
        lf_entry entry = group[end++];
        bool loose = (entry.flags & LF_ENTRY_LOOSE) != 0;
        if (!loose && entry.at < free_at) {
            continue;
        }
        if (!loose && rule->cooldown > 0) {
            free_at = lf_sat_add(entry.at, rule->cooldown);
        }
        entry.flags |= LF_ENTRY_SEALED;
        counted += entry.count;
        if (kept > 0 && alike(rule, idle, &group[kept - 1], &entry)) {
            group[kept - 1].at = entry.at;
            group[kept - 1].count += entry.count;
        } else {
            group[kept++] = entry;
        }
        may_go = loose || rule->cooldown == 0 ? may_go : kept - 1;
    }
    uint32_t drop = 0;
    may_go = may_go < kept ? may_go : kept;
    while (drop < may_go && rule->max_count > 0 && counted - group[drop].count >= rule->max_count) {
        counted -= group[drop++].count;
    }
    while (drop < may_go && rule->zero_age != LF_TIME_NONE &&
           s->contact->clock - group[drop].at >= rule->zero_age) {
        drop++;
    }
    memmove(group, group + drop, (kept - drop) * sizeof *group);
    kept -= drop;
    memmove(group + kept, group + end, (n - end) * sizeof *group);
    return kept + (n - end);
}

/* All entries of one rule; returns how many are left. */
static uint32_t seal_rule(const sealing *s, lf_entry *entries, uint32_t n) {
    const lf_blueprint *bp = s->blueprint;
    const lf_rule_def *rule = &bp->rules[bp->event_rules[entries[0].rule]];
    const lf_score_def *score = &bp->scores[bp->dimensions[rule->dimension].score];
    lf_idle idle;
    lf_idle_look(s->contact, &score->idle, s->contact->clock, &idle);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < n;) {
        uint32_t size = 1;
        while (i + size < n && entries[i + size].per == entries[i].per) {
            size++;
        }
        memmove(entries + kept, entries + i, size * sizeof *entries);
        kept += seal_group(s, rule, &idle, entries + kept, size);
        i += size;
    }
    return kept;
}

static bool any_to_seal(const sealing *s, const lf_entry *entries, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) {
        if (sealed(s, &entries[i]) && (entries[i].flags & LF_ENTRY_SEALED) == 0) {
            return true;
        }
    }
    return false;
}

lf_status lf_score_seal(const lf_blueprint *blueprint, lf_contact *contact) {
    sealing s = {blueprint, contact, lf_sat_sub(contact->clock, blueprint->schema.horizon)};
    lf_entry *entries = contact->entries.items;
    uint32_t n = contact->entries.n, kept = 0;
    if (any_to_seal(&s, entries, n)) {
        for (uint32_t i = 0; i < n;) {
            uint32_t size = 1;
            while (i + size < n && entries[i + size].rule == entries[i].rule) {
                size++;
            }
            memmove(entries + kept, entries + i, size * sizeof *entries);
            kept += seal_rule(&s, entries + kept, size);
            i += size;
        }
        contact->entries.n = kept;
    }
    return LF_OK;
}

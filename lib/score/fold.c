/* SPDX-License-Identifier: MIT */
/* A score at one time (SPEC 6.4): entries chosen, decayed, summed and clamped; field rules; floor; reset. */
#include "score/score_internal.h"

static void lower(int64_t *until, int64_t t) {
    *until = t < *until ? t : *until;
}

/* ---- which entries count ---- */
/* How many entries, in time order, of one value of `per`. */
static uint32_t group_of(const lf_entry *entries, uint32_t n) {
    uint32_t end = 1;
    while (end < n && entries[end].per == entries[0].per) {
        end++;
    }
    return end;
}

/* Those that count by cooldown; `each` NULL: only their number. `skip` of the oldest are left out. */
static uint64_t walk_group(const lf_rule_def *rule, const lf_entry *entries, uint32_t n,
                           uint64_t skip, lf_entry_fn each, void *ctx) {
    int64_t free_at = INT64_MIN; /* from then on the cooldown is over */
    uint64_t counted = 0;
    for (uint32_t i = 0; i < n; i++) {
        const lf_entry *entry = &entries[i];
        bool loose = (entry->flags & LF_ENTRY_LOOSE) != 0;
        if (!loose && entry->at < free_at) {
            continue;
        }
        if (!loose && rule->cooldown > 0) {
            free_at = lf_sat_add(entry->at, rule->cooldown);
        }
        uint64_t left = counted < skip ? skip - counted : 0;
        counted += entry->count;
        if (each != NULL && entry->count > left) {
            each(ctx, entry, (uint32_t)(entry->count - left));
        }
    }
    return counted;
}

int64_t lf_entries_count(const lf_rule_def *rule, const lf_entry *entries, uint32_t n, int64_t t,
                         lf_entry_fn each, void *ctx) {
    int64_t next = LF_TIME_NONE;
    for (uint32_t i = 0; i < n;) {
        uint32_t size = group_of(entries + i, n - i), present = size;
        while (present > 0 && entries[i + present - 1].at > t) {
            present--;
        }
        if (present < size) {
            lower(&next, entries[i + present].at);
        }
        uint64_t skip = 0;
        if (rule->max_count > 0) {
            uint64_t counted = walk_group(rule, entries + i, present, 0, NULL, NULL);
            skip = counted > rule->max_count ? counted - rule->max_count : 0;
        }
        walk_group(rule, entries + i, present, skip, each, ctx);
        i += size;
    }
    return next;
}

/* ---- values ---- */
int64_t lf_entry_value(const lf_rule_def *rule, const lf_entry *entry, uint32_t count,
                       const lf_idle *idle) {
    if (entry->at < idle->reset) {
        return 0;
    }
    int64_t value = lf_decay_value(&rule->decay, rule->points, idle->t - entry->at);
    if (value != 0 && idle->def->every > 0) {
        value = lf_idle_share(idle->def, value, lf_idle_lived(idle, entry->at));
    }
    return count == 1 ? value : lf_sat_mul(value, count);
}

int64_t lf_rule_pick(lf_world *world, const lf_rule_def *rule, int64_t *steady) {
    int64_t sum = 0;
    bool found = false;
    for (uint32_t i = 0; i < rule->n_choices; i++) {
        const lf_choice *choice = &rule->choices[i];
        if (!lf_world_holds(world, choice->when, NULL, steady)) {
            continue;
        }
        if (rule->pick == LF_PICK_FIRST) {
            return choice->points;
        }
        if (rule->pick == LF_PICK_ALL) {
            sum = lf_sat_add(sum, choice->points);
        } else if (!found || choice->points > sum) {
            sum = choice->points;
        }
        found = true;
    }
    return sum;
}

int64_t lf_rule_clamp(const lf_rule_def *rule, int64_t sum) {
    if (!rule->has_max_points) {
        return sum;
    }
    return sum > rule->max_points    ? rule->max_points
           : sum < -rule->max_points ? -rule->max_points
                                     : sum;
}

typedef struct summing {
    const lf_rule_def *rule;
    const lf_idle *idle;
    int64_t sum;
    int64_t *until;
    bool *moving; /* something here still loses by idle steps */
} summing;

static void add_entry(void *ctx, const lf_entry *entry, uint32_t count) {
    summing *s = ctx;
    int64_t value = lf_entry_value(s->rule, entry, count, s->idle);
    if (value == 0) {
        return; /* it stays 0: nothing that time does gives points back */
    }
    s->sum = lf_sat_add(s->sum, value);
    *s->moving = true;
    if (s->rule->decay.kind != LF_DECAY_NONE) {
        int64_t age = lf_decay_next(&s->rule->decay, s->rule->points, s->idle->t - entry->at);
        lower(s->until, lf_sat_add(entry->at, age));
    }
}

/* The entries of a rule that begin at `next`, which goes on behind them: both are in the order of the rules. */
static const lf_entry *entries_at(const lf_contact *contact, const lf_rule_def *rule,
                                  uint32_t *next, uint32_t *n) {
    const lf_entry *all = contact->entries.items;
    uint32_t end = contact->entries.n, from = *next;
    while (from < end && all[from].rule < rule->event_rule) {
        from++;
    }
    for (*next = from; *next < end && all[*next].rule == rule->event_rule;) {
        ++*next;
    }
    *n = *next - from;
    return *n == 0 ? NULL : all + from;
}

/* One fold: when gains are looked at, and when losses; what is found out on the way. */
typedef struct folding {
    const lf_idle *gains, *losses;
    uint32_t next; /* entry, of those of all rules */
    bool moving;
    int64_t *dimensions; /* where they go, or NULL */
    lf_score_now *out;
} folding;

static int64_t rule_value(lf_world *world, const lf_rule_def *rule, folding *f) {
    lf_score_now *out = f->out;
    if (rule->event_rule < 0) {
        int64_t picked = lf_rule_pick(world, rule, &out->turn);
        const lf_idle *when = picked < 0 ? f->losses : f->gains;
        int64_t value = lf_idle_share(when->def, picked, when->present);
        f->moving = f->moving || value != 0;
        return lf_rule_clamp(rule, value);
    }
    uint32_t n;
    const lf_entry *entries = entries_at(world->contact, rule, &f->next, &n);
    const lf_idle *idle = rule->points < 0 ? f->losses : f->gains;
    summing s = {rule, idle, 0, &out->until, &f->moving};
    if (n > 0) {
        lower(&out->turn, lf_entries_count(rule, entries, n, idle->t, add_entry, &s));
    }
    return lf_rule_clamp(rule, s.sum);
}

static int64_t clamp(int64_t value, int64_t min, bool has_max, int64_t max) {
    value = value < min ? min : value;
    return has_max && value > max ? max : value;
}

static void fold(lf_world *world, const lf_score_def *score, folding *f) {
    const lf_blueprint *bp = world->blueprint;
    int64_t sum = 0;
    f->out->until = f->out->turn = LF_TIME_NONE;
    for (uint32_t i = 0; i < score->n_dimensions; i++) {
        const lf_dimension_def *dimension = &bp->dimensions[score->first_dimension + i];
        int64_t value = 0;
        for (uint32_t j = 0; j < dimension->n_rules; j++) {
            value = lf_sat_add(value, rule_value(world, &bp->rules[dimension->first_rule + j], f));
        }
        value = clamp(value, dimension->min, dimension->has_max, dimension->max);
        if (f->dimensions != NULL) {
            f->dimensions[score->first_dimension + i] = value;
        }
        sum = lf_sat_add(sum, value);
    }
    f->out->total = lf_score_finish(score, f->gains, sum);
}

static void look(lf_world *world, const lf_score_def *score, lf_score_now *out) {
    lf_idle idle;
    folding f = {.gains = &idle, .losses = &idle, .dimensions = world->dimensions, .out = out};
    lf_idle_look(world->contact, &score->idle, world->t, &idle);
    fold(world, score, &f);
    if (score->idle.on) {
        lower(&out->until, f.moving ? idle.next_step : LF_TIME_NONE);
        lower(&out->turn, idle.next_run);
        lower(&out->turn, f.moving || out->total != 0 ? idle.next_reset : LF_TIME_NONE);
    }
    lower(&out->until, out->turn);
}

int64_t lf_score_bound(lf_world *world, uint16_t score, int64_t to, bool upper) {
    const lf_score_def *def = &world->blueprint->scores[score];
    lf_idle begin, end;
    lf_score_now out;
    folding f = {.gains = upper ? &begin : &end, .losses = upper ? &end : &begin, .out = &out};
    lf_idle_look(world->contact, &def->idle, world->t, &begin);
    lf_idle_look(world->contact, &def->idle, to, &end);
    fold(world, def, &f);
    return out.total;
}

int64_t lf_score_finish(const lf_score_def *score, const lf_idle *idle, int64_t sum) {
    int64_t total = clamp(sum, score->min, score->has_max, score->max);
    if (score->idle.has_floor && idle->engaged && total < score->idle.floor) {
        total = score->idle.floor;
    }
    return idle->reset != INT64_MIN && !idle->engaged ? 0 : total;
}

const lf_score_now *lf_score_look(lf_world *world, uint16_t score) {
    lf_score_now *now = &world->scores[score];
    if (!lf_kept_holds(world, &now->kept, world->blueprint->scores[score].deps)) {
        const lf_event *event = world->event; /* a score never sees it */
        uint32_t arrival = world->arrival;
        world->event = NULL;
        world->arrival = 0;
        look(world, &world->blueprint->scores[score], now);
        world->event = event;
        world->arrival = arrival;
        lf_kept_set(world, &now->kept, now->until);
    }
    return world->failed == LF_OK ? now : NULL;
}

int64_t lf_points(int64_t milli) {
    return lf_floor_div(milli, 1000);
}

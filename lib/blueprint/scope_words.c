/* SPDX-License-Identifier: MIT */
/* Text in the expressions of a blueprint that must name something: types, machines, tags, states, bands. */
#include "blueprint/blueprint_internal.h"

static const char *const statuses[] = {"granted", "denied", "pending", "none"};

bool lf_scope_unknown(lf_buf *why, const char *what, lf_str name, const lf_names *known) {
    lf_suggest those = lf_suggest_for(name);
    for (uint32_t i = 0; i < known->n; i++) {
        lf_suggest_add(&those, known->items[i]);
    }
    return lf_suggest_say(&those, what, why);
}

/* Those that the blueprint declares, then the reserved ones; as event.type, without the derived ones. */
static bool unknown_type(const lf_blueprint *bp, lf_str text, bool derived, lf_buf *why) {
    const lf_names *names = &bp->schema.names[LF_N_TYPE];
    lf_suggest known = lf_suggest_for(text);
    for (int reserved = 0; reserved <= 1; reserved++) {
        for (uint32_t i = 0; i < names->n; i++) {
            const lf_type_def *def = &bp->types[i];
            if (def->supported && def->reserved == reserved && (derived || def->base < 0)) {
                lf_suggest_add(&known, names->items[i]);
            }
        }
    }
    return lf_suggest_say(&known, "event type", why);
}

/* ---- names that the functions of time are given ---- */
static bool type_literal(const lf_blueprint *bp, lf_str text, int32_t *id, lf_buf *why) {
    const lf_names *names = &bp->schema.names[LF_N_TYPE];
    *id = lf_str_eq(text, LF_STR("*")) ? LF_NO_INDEX : lf_names_find(names, text);
    if (*id < 0) {
        return unknown_type(bp, text, true, why);
    }
    if (*id != LF_NO_INDEX && !bp->types[*id].supported) {
        lf_buf_format(why, "the event type %q is not supported yet", text);
        return false;
    }
    return true;
}

static bool wrong_tag(const lf_blueprint *bp, lf_str text, lf_buf *why) {
    const char *line = memchr(text.p, '_', text.n);
    lf_str category = {text.p, line == NULL ? text.n : (size_t)(line - text.p)};
    if (lf_names_find(&bp->tag_categories, category) >= 0) {
        lf_buf_format(why, "%q is no tag: behind '%S_' stand a-z, 0-9, '-' and '_'", text,
                      category);
        return false;
    }
    return lf_scope_unknown(why, "category of tags", category, &bp->tag_categories);
}

/* A tag or flag that is asked for has a number of its own. */
static bool mark_literal(lf_build *b, enum lf_literal kind, lf_str text, int32_t *id, lf_buf *why) {
    lf_names *literals = &b->bp->literals;
    if (kind == LF_LIT_TAG && !lf_tag_valid(b->bp, text)) {
        return wrong_tag(b->bp, text, why);
    }
    if (kind == LF_LIT_FLAG && !lf_plain_name(text)) {
        lf_buf_text(why, "expected " LF_PLAIN_NAME);
        return false;
    }
    *id = lf_names_find(literals, text);
    if (*id < 0) {
        *id = lf_names_add(literals, text);
    }
    if (*id < 0) {
        b->status = LF_E_NOMEM;
    }
    return *id >= 0;
}

bool lf_scope_literal(void *place, enum lf_literal kind, lf_str text, int32_t *id, uint32_t *deps,
                      lf_buf *why) {
    lf_build *b = ((lf_scope_place *)place)->b;
    const lf_names *machines = &b->bp->schema.names[LF_N_MACHINE];
    switch (kind) {
    case LF_LIT_EVENT: {
        bool known = type_literal(b->bp, text, id, why);
        bool any = known && *id == LF_NO_INDEX; /* idle() begins with the contact's creation */
        *deps = any ? LF_DEP_ENGAGED | LF_DEP_CREATED : known ? LF_DEP_TYPE((uint32_t)*id) : 0;
        return known;
    }
    case LF_LIT_MACHINE:
        *deps = LF_DEP_STATE;
        *id = lf_names_find(machines, text);
        return *id >= 0 || lf_scope_unknown(why, "machine", text, machines);
    default:
        *deps = LF_DEP_TAGS;
        return mark_literal(b, kind, text, id, why);
    }
}

/* ---- text that is compared with a closed set ---- */
static bool member_of_states(const lf_blueprint *bp, uint16_t machine, lf_str text, lf_buf *why) {
    const lf_machine_def *def = &bp->machines[machine];
    lf_suggest known = lf_suggest_for(text);
    if (lf_find_state(bp, machine, text) != LF_NO_INDEX) {
        return true;
    }
    for (uint16_t i = 0; i < def->n_states; i++) {
        lf_suggest_add(&known, bp->states[def->first_state + i].name);
    }
    return lf_suggest_say(&known, "state", why);
}

static bool member_of_bands(const lf_blueprint *bp, uint16_t score, lf_str text, lf_buf *why) {
    const lf_score_def *def = &bp->scores[score];
    lf_suggest known = lf_suggest_for(text);
    for (uint16_t i = 0; i < def->n_bands; i++) {
        lf_str name = bp->bands[def->first_band + i].name;
        if (lf_str_eq(name, text)) {
            return true;
        }
        lf_suggest_add(&known, name);
    }
    return lf_suggest_say(&known, "band", why);
}

static bool member_of_statuses(lf_str text, lf_buf *why) {
    lf_suggest known = lf_suggest_for(text);
    for (size_t i = 0; i < LF_COUNT(statuses); i++) {
        if (lf_str_eq(text, lf_str_of(statuses[i]))) {
            return true;
        }
        lf_suggest_add(&known, lf_str_of(statuses[i]));
    }
    return lf_suggest_say(&known, "consent status", why);
}

static bool member_of_types(const lf_blueprint *bp, lf_str text, lf_buf *why) {
    int32_t type = lf_names_find(&bp->schema.names[LF_N_TYPE], text);
    if (type >= 0 && bp->types[type].base >= 0) {
        lf_buf_format(why, "event.type is the base type, never the derived type %q", text);
        return false;
    }
    return type >= 0 || unknown_type(bp, text, false, why);
}

bool lf_scope_member(void *place, int32_t domain, lf_str text, lf_buf *why) {
    const lf_blueprint *bp = ((lf_scope_place *)place)->b->bp;
    switch (domain) {
    case LF_DOMAIN_CONSENT:
        return member_of_statuses(text, why);
    case LF_DOMAIN_TYPE:
        return member_of_types(bp, text, why);
    default:
        return domain >= LF_DOMAIN_BAND
                   ? member_of_bands(bp, (uint16_t)(domain - LF_DOMAIN_BAND), text, why)
                   : member_of_states(bp, (uint16_t)domain, text, why);
    }
}

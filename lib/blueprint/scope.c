/* SPDX-License-Identifier: MIT */
/* What names mean in the expressions of a blueprint, by the place where they stand. */
#include "blueprint/blueprint_internal.h"

typedef struct scope {
    lf_build *b;
    const lf_reading *reading;
} scope;

enum { DOMAIN_STATE = 0, DOMAIN_BAND = 100000, DOMAIN_CONSENT = 200000, DOMAIN_TYPE = 200001 };

static const char *const channels[LF_CHANNELS] = {"email", "sms", "push"};
static const char *const statuses[] = {"granted", "denied", "pending", "none"};

static const struct {
    uint8_t type, item;
} cel_types[] = {[LF_F_STRING] = {LF_T_STRING, 0},       [LF_F_INT] = {LF_T_INT, 0},
                 [LF_F_DOUBLE] = {LF_T_DOUBLE, 0},       [LF_F_BOOL] = {LF_T_BOOL, 0},
                 [LF_F_TIMESTAMP] = {LF_T_TIMESTAMP, 0}, [LF_F_LIST] = {LF_T_LIST, LF_T_STRING}};

/* The names that there are, and what it needs to read them. */
static const struct {
    const char *root;
    uint32_t need;
} needs[] = {
    {"contact", LF_MAY_CONTACT}, {"event", LF_MAY_EVENT},        {"state", LF_MAY_STATE},
    {"segment", LF_MAY_STATE},   {"consent", LF_MAY_STATE},      {"score", LF_MAY_SCORE},
    {"dimension", LF_MAY_SCORE}, {"band", LF_MAY_SCORE},         {"suppressed", LF_MAY_STATE},
    {"owner", LF_MAY_STATE},     {"timed_out", LF_MAY_TIMED_OUT}};

static bool found(lf_binding *out, int32_t ref, uint8_t type, uint32_t used, uint32_t deps) {
    out->ref = ref;
    out->type = type;
    out->used = used;
    out->deps = deps;
    return true;
}

static bool unknown(lf_buf *why, const char *what, lf_str name, lf_str nearest) {
    lf_buf_format(why, "unknown %s %q", what, name);
    if (nearest.n > 0) {
        lf_buf_format(why, " (did you mean %q?)", nearest);
    }
    return false;
}

static void note(scope *s, uint8_t kind, int32_t index) {
    if (s->b->seen != NULL && s->b->seen_kind == kind) {
        s->b->seen[index] = true;
    }
}

static bool contact_name(scope *s, lf_str part, lf_binding *out, lf_buf *why) {
    const lf_blueprint *bp = s->b->bp;
    if (lf_str_eq(part, LF_STR("id"))) {
        out->always = true;
        return found(out, LF_REF(LF_REF_CONTACT_ID, 0), LF_T_STRING, 2, 0);
    }
    bool created = lf_str_eq(part, LF_STR("created")), tags = lf_str_eq(part, LF_STR("tags"));
    if ((created || tags) && !(s->reading->may & LF_MAY_STATE)) {
        lf_buf_format(why, "'contact.%S' cannot be read here: a derived field reads other fields",
                      part);
        return false;
    }
    if (created) {
        out->always = true;
        return found(out, LF_REF(LF_REF_CONTACT_CREATED, 0), LF_T_TIMESTAMP, 2, LF_DEP_CREATED);
    }
    if (tags) {
        out->always = true;
        out->item = LF_T_STRING;
        return found(out, LF_REF(LF_REF_CONTACT_TAGS, 0), LF_T_LIST, 2, LF_DEP_TAGS);
    }
    int32_t field = lf_names_find(&bp->schema.names[LF_N_FIELD], part);
    if (field < 0) {
        return unknown(why, "field", part, lf_names_nearest(&bp->schema.names[LF_N_FIELD], part));
    }
    note(s, LF_REF_FIELD, field);
    uint8_t type = bp->fields[field].type;
    out->item = cel_types[type].item;
    return found(out, LF_REF(LF_REF_FIELD, field), cel_types[type].type, 2, LF_DEP_FIELDS);
}

/* The base type of one of the possible events. */
static const lf_type_def *possible(const scope *s, uint32_t i) {
    const lf_blueprint *bp = s->b->bp;
    return &bp->types[bp->types[s->reading->events->types[i]].root];
}

static bool unknown_prop(const scope *s, lf_str part, lf_buf *why) {
    lf_str nearest = {NULL, 0};
    for (uint32_t i = 0; i < s->reading->events->n; i++) {
        const lf_type_def *def = possible(s, i);
        for (uint32_t j = 0; j < def->n_props; j++) {
            nearest = lf_nearer(part, nearest, s->b->bp->props.items[def->props[j].name]);
        }
    }
    return unknown(why, "prop", part, nearest);
}

/* A prop that at least one of the possible events has; of several types it is any. */
static bool prop_name(const scope *s, lf_str part, lf_binding *out, lf_buf *why) {
    int32_t name = lf_names_find(&s->b->bp->props, part);
    bool known = s->reading->events->n == 0; /* the events are no good: that was reported */
    uint8_t type = LF_T_DYN;
    for (uint32_t i = 0; name >= 0 && i < s->reading->events->n; i++) {
        const lf_type_def *def = possible(s, i);
        for (uint32_t j = 0; j < def->n_props; j++) {
            if (def->props[j].name != name) {
                continue;
            }
            if (def->props[j].type == LF_P_OBJECT) {
                lf_buf_format(why, "%q of %q cannot be read in a condition", part, def->name);
                return false;
            }
            uint8_t own = cel_types[def->props[j].type].type;
            type = known && type != own ? LF_T_DYN : own;
            known = true;
        }
    }
    out->item = type == LF_T_LIST ? LF_T_STRING : LF_T_DYN;
    return known ? found(out, LF_REF(LF_REF_PROP, name < 0 ? 0 : name), type, 2, LF_DEP_EVENT)
                 : unknown_prop(s, part, why);
}

static bool has_prop(const scope *s, lf_str part) {
    int32_t name = lf_names_find(&s->b->bp->props, part);
    for (uint32_t i = 0; name >= 0 && i < s->reading->events->n; i++) {
        const lf_type_def *def = possible(s, i);
        for (uint32_t j = 0; j < def->n_props; j++) {
            if (def->props[j].name == name) {
                return true;
            }
        }
    }
    return false;
}

/* A prop that is called `type` or `at` hides what every event has. */
static bool event_name(const scope *s, lf_str part, lf_binding *out, lf_buf *why) {
    if (lf_str_eq(part, LF_STR("type")) && !has_prop(s, part)) {
        out->always = true;
        out->domain = DOMAIN_TYPE;
        return found(out, LF_REF(LF_REF_EVENT_TYPE, 0), LF_T_STRING, 2, LF_DEP_EVENT);
    }
    if (lf_str_eq(part, LF_STR("at")) && !has_prop(s, part)) {
        out->always = true;
        return found(out, LF_REF(LF_REF_EVENT_AT, 0), LF_T_TIMESTAMP, 2, LF_DEP_EVENT);
    }
    return prop_name(s, part, out, why);
}

static bool dimension_name(const lf_blueprint *bp, const lf_str *parts, uint32_t n, lf_binding *out,
                           lf_buf *why) {
    const lf_names *scores = &bp->schema.names[LF_N_SCORE];
    if (n < 3) {
        lf_buf_text(why, "a dimension is named as dimension.<score>.<dimension>");
        return false;
    }
    int32_t score = lf_names_find(scores, parts[1]);
    if (score < 0) {
        return unknown(why, "score", parts[1], lf_names_nearest(scores, parts[1]));
    }
    const lf_score_def *def = &bp->scores[score];
    lf_str nearest = {NULL, 0};
    for (uint32_t i = 0; i < def->n_dimensions; i++) {
        lf_str name = bp->dimensions[def->first_dimension + i].name;
        if (lf_str_eq(name, parts[2])) {
            out->always = true;
            return found(out, LF_REF(LF_REF_DIMENSION, def->first_dimension + i), LF_T_INT, 3,
                         LF_DEP_SCORE);
        }
        nearest = lf_nearer(parts[2], nearest, name);
    }
    return unknown(why, "dimension", parts[2], nearest);
}

static bool consent_name(lf_str part, lf_binding *out, lf_buf *why) {
    lf_str nearest = {NULL, 0};
    for (uint32_t i = 0; i < LF_CHANNELS; i++) {
        if (lf_str_eq(part, lf_str_of(channels[i]))) {
            out->always = true;
            out->domain = DOMAIN_CONSENT;
            return found(out, LF_REF(LF_REF_CONSENT, i), LF_T_STRING, 2, LF_DEP_CONSENT);
        }
        nearest = lf_nearer(part, nearest, lf_str_of(channels[i]));
    }
    return unknown(why, "channel", part, nearest);
}

/* Names of two parts whose second one is declared: state.x, score.x, band.x, segment.x */
static bool declared_name(scope *s, lf_str root, lf_str part, lf_binding *out, lf_buf *why) {
    static const struct {
        const char *root, *what;
        uint8_t names, ref, type;
        bool always;
        int32_t domain;
        uint32_t dep;
    } roots[] = {
        {"state", "machine", LF_N_MACHINE, LF_REF_STATE, LF_T_STRING, false, DOMAIN_STATE,
         LF_DEP_STATE},
        {"score", "score", LF_N_SCORE, LF_REF_SCORE, LF_T_INT, true, -1, LF_DEP_SCORE},
        {"band", "score", LF_N_SCORE, LF_REF_BAND, LF_T_STRING, false, DOMAIN_BAND, LF_DEP_BAND},
        {"segment", "segment", LF_N_SEGMENT, LF_REF_SEGMENT, LF_T_BOOL, true, -1, LF_DEP_SEGMENT}};
    for (size_t i = 0; i < LF_COUNT(roots); i++) {
        if (lf_str_eq(root, lf_str_of(roots[i].root))) {
            const lf_names *names = &s->b->bp->schema.names[roots[i].names];
            int32_t index = lf_names_find(names, part);
            if (index < 0) {
                return unknown(why, roots[i].what, part, lf_names_nearest(names, part));
            }
            note(s, roots[i].ref, index);
            out->always = roots[i].always;
            out->domain = roots[i].domain < 0 ? -1 : roots[i].domain + index;
            return found(out, LF_REF(roots[i].ref, index), roots[i].type, 2, roots[i].dep);
        }
    }
    lf_str nearest = {NULL, 0};
    for (size_t i = 0; i < LF_COUNT(needs); i++) {
        nearest = lf_nearer(root, nearest, lf_str_of(needs[i].root));
    }
    return unknown(why, "name", root, nearest);
}

static bool single_name(const lf_reading *reading, lf_str name, lf_binding *out) {
    out->always = true;
    if (lf_str_eq(name, LF_STR("suppressed")) && (reading->may & LF_MAY_STATE)) {
        return found(out, LF_REF(LF_REF_SUPPRESSED, 0), LF_T_BOOL, 1, LF_DEP_TAGS);
    }
    if (lf_str_eq(name, LF_STR("timed_out")) && (reading->may & LF_MAY_TIMED_OUT)) {
        return found(out, LF_REF(LF_REF_TIMED_OUT, 0), LF_T_BOOL, 1, LF_DEP_TIMED_OUT);
    }
    out->always = false;
    if (lf_str_eq(name, LF_STR("owner")) && (reading->may & LF_MAY_STATE)) {
        return found(out, LF_REF(LF_REF_OWNER, 0), LF_T_STRING, 1, LF_DEP_TAGS);
    }
    return false;
}

static uint32_t need_of(lf_str root) {
    for (size_t i = 0; i < LF_COUNT(needs); i++) {
        if (lf_str_eq(root, lf_str_of(needs[i].root))) {
            return needs[i].need;
        }
    }
    return 0;
}

static bool resolve(void *ctx, const lf_str *parts, uint32_t n, lf_binding *out, lf_buf *why) {
    scope *s = ctx;
    uint32_t need = need_of(parts[0]);
    if ((s->reading->may & need) != need) {
        lf_buf_format(why, "%q cannot be read here", parts[0]);
        return false;
    }
    if (single_name(s->reading, parts[0], out)) {
        return true;
    }
    if (n < 2 && need != 0) {
        lf_buf_format(why, "%q needs a name behind a dot", parts[0]);
        return false;
    }
    lf_str part = n < 2 ? (lf_str){NULL, 0} : parts[1];
    if (lf_str_eq(parts[0], LF_STR("contact"))) {
        return contact_name(s, part, out, why);
    }
    if (lf_str_eq(parts[0], LF_STR("event"))) {
        return event_name(s, part, out, why);
    }
    if (lf_str_eq(parts[0], LF_STR("dimension"))) {
        return dimension_name(s->b->bp, parts, n, out, why);
    }
    if (lf_str_eq(parts[0], LF_STR("consent"))) {
        return consent_name(part, out, why);
    }
    return declared_name(s, parts[0], part, out, why);
}

static bool type_literal(const lf_blueprint *bp, lf_str text, int32_t *id, lf_buf *why) {
    const lf_names *names = &bp->schema.names[LF_N_TYPE];
    *id = lf_str_eq(text, LF_STR("*")) ? LF_NO_INDEX : lf_names_find(names, text);
    if (*id < 0) {
        return unknown(why, "event type", text, lf_names_nearest(names, text));
    }
    if (*id != LF_NO_INDEX && !bp->types[*id].supported) {
        lf_buf_format(why, "the event type %q is not supported yet", text);
        return false;
    }
    return true;
}

/* A tag or flag that is asked for has a number of its own. */
static bool mark_literal(lf_build *b, enum lf_literal kind, lf_str text, int32_t *id, lf_buf *why) {
    lf_names *literals = &b->bp->literals;
    if (kind == LF_LIT_TAG && !lf_tag_valid(b->bp, text)) {
        lf_buf_format(why, "%q is no tag of a declared category", text);
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

static bool literal(void *ctx, enum lf_literal kind, lf_str text, int32_t *id, uint32_t *deps,
                    lf_buf *why) {
    lf_build *b = ((scope *)ctx)->b;
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
        return *id >= 0 || unknown(why, "machine", text, lf_names_nearest(machines, text));
    default:
        *deps = LF_DEP_TAGS;
        return mark_literal(b, kind, text, id, why);
    }
}

static bool member_of_states(const lf_blueprint *bp, uint16_t machine, lf_str text, lf_buf *why) {
    const lf_machine_def *def = &bp->machines[machine];
    lf_str nearest = {NULL, 0};
    for (uint16_t i = 0; i < def->n_states; i++) {
        lf_str name = bp->states[def->first_state + i].name;
        if (lf_str_eq(name, text)) {
            return true;
        }
        nearest = lf_nearer(text, nearest, name);
    }
    return unknown(why, "state", text, nearest);
}

static bool member_of_bands(const lf_blueprint *bp, uint16_t score, lf_str text, lf_buf *why) {
    const lf_score_def *def = &bp->scores[score];
    lf_str nearest = {NULL, 0};
    for (uint16_t i = 0; i < def->n_bands; i++) {
        lf_str name = bp->bands[def->first_band + i].name;
        if (lf_str_eq(name, text)) {
            return true;
        }
        nearest = lf_nearer(text, nearest, name);
    }
    return unknown(why, "band", text, nearest);
}

static bool member_of_statuses(lf_str text, lf_buf *why) {
    lf_str nearest = {NULL, 0};
    for (size_t i = 0; i < LF_COUNT(statuses); i++) {
        if (lf_str_eq(text, lf_str_of(statuses[i]))) {
            return true;
        }
        nearest = lf_nearer(text, nearest, lf_str_of(statuses[i]));
    }
    return unknown(why, "consent status", text, nearest);
}

static bool member_of_types(const lf_blueprint *bp, lf_str text, lf_buf *why) {
    const lf_names *names = &bp->schema.names[LF_N_TYPE];
    int32_t type = lf_names_find(names, text);
    if (type >= 0 && bp->types[type].base >= 0) {
        lf_buf_format(why, "event.type is the base type, never the derived type %q", text);
        return false;
    }
    return type >= 0 || unknown(why, "event type", text, lf_names_nearest(names, text));
}

static bool member(void *ctx, int32_t domain, lf_str text, lf_buf *why) {
    const lf_blueprint *bp = ((scope *)ctx)->b->bp;
    switch (domain) {
    case DOMAIN_CONSENT:
        return member_of_statuses(text, why);
    case DOMAIN_TYPE:
        return member_of_types(bp, text, why);
    default:
        return domain >= DOMAIN_BAND
                   ? member_of_bands(bp, (uint16_t)(domain - DOMAIN_BAND), text, why)
                   : member_of_states(bp, (uint16_t)domain, text, why);
    }
}

const lf_expr *lf_build_expr(lf_build *b, const lf_json *value, const char *member_name,
                             uint8_t want, const lf_reading *reading) {
    if (value == NULL || value->kind != LF_JSON_STRING) {
        return NULL;
    }
    scope s = {b, reading};
    lf_scope rules = {.ctx = &s,
                      .name = resolve,
                      .literal = literal,
                      .member = member,
                      .history = (reading->may & LF_MAY_HISTORY) != 0,
                      .number = b->bp->n_expressions++};
    lf_expr_error error = {.code = 0};
    lf_buf_init(&error.text, &b->bp->mem);
    const lf_expr *expr = NULL;
    lf_status status = lf_expr_compile(b->arena, value->text, &rules, want, &expr, &error);
    if (status == LF_E_NOMEM || error.text.failed) {
        b->status = LF_E_NOMEM;
    } else if (status != LF_OK) {
        lf_json at = lf_place_in(b, value, error.offset);
        lf_build_error(b, error.code, &at, lf_str_of(member_name), "%s", lf_buf_cstr(&error.text));
    } else {
        int64_t longest = lf_expr_longest(expr);
        b->in_condition = longest > b->in_condition ? longest : b->in_condition;
    }
    lf_buf_free(&error.text);
    return expr;
}

const lf_expr *lf_build_field_expr(lf_build *b, const lf_json *value, const char *member_name,
                                   const lf_field_def *field, const lf_reading *reading) {
    static const uint32_t fits[] = {[LF_F_STRING] = 1 << LF_T_STRING,
                                    [LF_F_INT] = 1 << LF_T_INT | 1 << LF_T_UINT,
                                    [LF_F_DOUBLE] =
                                        1 << LF_T_INT | 1 << LF_T_UINT | 1 << LF_T_DOUBLE,
                                    [LF_F_BOOL] = 1 << LF_T_BOOL,
                                    [LF_F_TIMESTAMP] = 1 << LF_T_TIMESTAMP | 1 << LF_T_STRING,
                                    [LF_F_LIST] = 1 << LF_T_LIST};
    const lf_expr *expr = lf_build_expr(b, value, member_name, LF_T_DYN, reading);
    uint32_t fine = fits[field->type] | 1 << LF_T_DYN | 1 << LF_T_NULL;
    if (expr != NULL && !(fine >> lf_expr_type(expr) & 1)) {
        lf_json at = lf_place_in(b, value, 0);
        lf_build_error(b, LF_D_EXPR_TYPE, &at, lf_str_of(member_name),
                       "this gives %s, and the field %q is of type %s",
                       lf_type_name(lf_expr_type(expr)), field->name,
                       lf_type_name(cel_types[field->type].type));
    }
    return expr;
}

/* SPDX-License-Identifier: MIT */
/* What names mean in the expressions of a blueprint, by the place where they stand. */
#include "blueprint/blueprint_internal.h"

typedef lf_scope_place scope;

static const char *const channels[LF_CHANNELS] = {"email", "sms", "push"};

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

static void note(scope *s, uint8_t kind, int32_t index) {
    if (s->b->seen != NULL && s->b->seen_kind == kind) {
        s->b->seen[index] = true;
    }
}

static bool unknown_field(const scope *s, lf_str part, lf_buf *why) {
    const lf_names *fields = &s->b->bp->schema.names[LF_N_FIELD];
    lf_suggest known = lf_suggest_for(part);
    for (uint32_t i = 0; i < fields->n; i++) {
        lf_suggest_add(&known, fields->items[i]);
    }
    lf_suggest_add(&known, LF_STR("id"));
    if (s->reading->may & LF_MAY_STATE) {
        lf_suggest_add(&known, LF_STR("created"));
        lf_suggest_add(&known, LF_STR("tags"));
    }
    return lf_suggest_say(&known, "field", why);
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
        return unknown_field(s, part, why);
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
    lf_suggest known = lf_suggest_for(part);
    for (uint32_t i = 0; i < s->reading->events->n; i++) {
        const lf_type_def *def = possible(s, i);
        for (uint32_t j = 0; j < def->n_props; j++) {
            lf_suggest_add(&known, s->b->bp->props.items[def->props[j].name]);
        }
    }
    lf_suggest_add(&known, LF_STR("type"));
    lf_suggest_add(&known, LF_STR("at"));
    return lf_suggest_say(&known, "prop", why);
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
        out->domain = LF_DOMAIN_TYPE;
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
        return lf_scope_unknown(why, "score", parts[1], scores);
    }
    const lf_score_def *def = &bp->scores[score];
    lf_suggest known = lf_suggest_for(parts[2]);
    for (uint32_t i = 0; i < def->n_dimensions; i++) {
        lf_str name = bp->dimensions[def->first_dimension + i].name;
        if (lf_str_eq(name, parts[2])) {
            out->always = true;
            return found(out, LF_REF(LF_REF_DIMENSION, def->first_dimension + i), LF_T_INT, 3,
                         LF_DEP_SCORE);
        }
        lf_suggest_add(&known, name);
    }
    return lf_suggest_say(&known, "dimension", why);
}

static bool consent_name(lf_str part, lf_binding *out, lf_buf *why) {
    lf_suggest known = lf_suggest_for(part);
    for (uint32_t i = 0; i < LF_CHANNELS; i++) {
        if (lf_str_eq(part, lf_str_of(channels[i]))) {
            out->always = true;
            out->domain = LF_DOMAIN_CONSENT;
            return found(out, LF_REF(LF_REF_CONSENT, i), LF_T_STRING, 2, LF_DEP_CONSENT);
        }
        lf_suggest_add(&known, lf_str_of(channels[i]));
    }
    return lf_suggest_say(&known, "channel", why);
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
        {"state", "machine", LF_N_MACHINE, LF_REF_STATE, LF_T_STRING, false, LF_DOMAIN_STATE,
         LF_DEP_STATE},
        {"score", "score", LF_N_SCORE, LF_REF_SCORE, LF_T_INT, true, -1, LF_DEP_SCORE},
        {"band", "score", LF_N_SCORE, LF_REF_BAND, LF_T_STRING, false, LF_DOMAIN_BAND, LF_DEP_BAND},
        {"segment", "segment", LF_N_SEGMENT, LF_REF_SEGMENT, LF_T_BOOL, true, -1, LF_DEP_SEGMENT}};
    for (size_t i = 0; i < LF_COUNT(roots); i++) {
        if (lf_str_eq(root, lf_str_of(roots[i].root))) {
            const lf_names *names = &s->b->bp->schema.names[roots[i].names];
            int32_t index = lf_names_find(names, part);
            if (index < 0) {
                return lf_scope_unknown(why, roots[i].what, part, names);
            }
            note(s, roots[i].ref, index);
            out->always = roots[i].always;
            out->domain = roots[i].domain < 0 ? -1 : roots[i].domain + index;
            return found(out, LF_REF(roots[i].ref, index), roots[i].type, 2, roots[i].dep);
        }
    }
    lf_suggest known = lf_suggest_for(root);
    for (size_t i = 0; i < LF_COUNT(needs); i++) {
        if (s->reading->may & needs[i].need) {
            lf_suggest_add(&known, lf_str_of(needs[i].root));
        }
    }
    return lf_suggest_say(&known, "name", why);
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

/* A name that there is, but not in this place. */
static bool unreadable(const scope *s, lf_str root, lf_buf *why) {
    uint32_t n = 0;
    lf_buf_format(why, "%q cannot be read here", root);
    for (size_t i = 0; i < LF_COUNT(needs); i++) {
        if (s->reading->may & needs[i].need) {
            lf_buf_format(why, "%s '%s'", n++ == 0 ? ", only" : ",", needs[i].root);
        }
    }
    return false;
}

static bool resolve(void *ctx, const lf_str *parts, uint32_t n, lf_binding *out, lf_buf *why) {
    scope *s = ctx;
    uint32_t need = need_of(parts[0]);
    if ((s->reading->may & need) != need) {
        return unreadable(s, parts[0], why);
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

static void note_cost(lf_build *b, const lf_expr *expr, const char *member_name) {
    uint64_t worst = lf_expr_worst(expr);
    if (worst == UINT64_MAX || worst <= b->bp->limits.cost) {
        return;
    }
    lf_costly *costly = lf_build_alloc(b, sizeof *costly);
    size_t length = member_name == NULL ? b->path.n : lf_path_down(b, lf_str_of(member_name));
    if (costly != NULL) {
        *costly = (lf_costly){.next = b->costly, .worst = worst};
        b->costly = costly;
        if (!lf_arena_str(b->arena, (lf_str){b->path.p, b->path.n}, &costly->path)) {
            b->status = LF_E_NOMEM;
        }
    }
    lf_path_up(b, length);
}

static bool zone(void *ctx, lf_str name, lf_buf *why) {
    const lf_zone *found_zone;
    bool may_be = lf_build_zone(((scope *)ctx)->b, name, &found_zone);
    if (!may_be) {
        lf_buf_format(why, LF_ZONE_UNKNOWN, name);
    }
    return may_be;
}

const lf_expr *lf_build_expr(lf_build *b, const lf_json *value, const char *member_name,
                             uint8_t want, const lf_reading *reading) {
    if (value == NULL || value->kind != LF_JSON_STRING) {
        return NULL;
    }
    scope s = {b, reading};
    lf_scope rules = {.ctx = &s,
                      .name = resolve,
                      .literal = lf_scope_literal,
                      .member = lf_scope_member,
                      .zone = zone,
                      .limits = &b->bp->limits,
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
        note_cost(b, expr, member_name);
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
    if (expr == NULL) {
        return NULL;
    }
    lf_json at = lf_place_in(b, value, 0);
    uint8_t type = lf_expr_type(expr), item = lf_expr_item(expr) & 15;
    if (type == LF_T_LIST && item != LF_T_DYN && item != LF_T_STRING) {
        lf_build_error(b, LF_D_EXPR_TYPE, &at, lf_str_of(member_name),
                       "this gives list of %s, and a field holds a list of string",
                       lf_type_name(item));
    }
    if (!(fine >> type & 1)) {
        lf_build_error(b, LF_D_EXPR_TYPE, &at, lf_str_of(member_name),
                       "this gives %s, and the field %q is of type %s", lf_type_name(type),
                       field->name, lf_type_name(cel_types[field->type].type));
    }
    return expr;
}

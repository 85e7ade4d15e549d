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
} cel_types[] = {[LF_F_STRING] = {LF_T_STRING, 0}, [LF_F_INT] = {LF_T_INT, 0},
                 [LF_F_DOUBLE] = {LF_T_DOUBLE, 0}, [LF_F_BOOL] = {LF_T_BOOL, 0},
                 [LF_F_TIMESTAMP] = {LF_T_TIMESTAMP, 0}, [LF_F_LIST] = {LF_T_LIST, LF_T_STRING}};

static bool found(lf_binding *out, int32_t ref, uint8_t type, uint32_t used, uint32_t deps) {
    out->ref = ref;
    out->type = type;
    out->used = used;
    out->deps = deps;
    return true;
}

static bool unknown(lf_buf *why, const char *what, lf_str name, const lf_names *names) {
    lf_str nearest = names == NULL ? (lf_str){NULL, 0} : lf_names_nearest(names, name);
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
    bool all = (s->reading->may & LF_MAY_STATE) != 0; /* a derived field reads other fields only */
    if (all && lf_str_eq(part, LF_STR("created"))) {
        out->always = true;
        return found(out, LF_REF(LF_REF_CONTACT_CREATED, 0), LF_T_TIMESTAMP, 2, LF_DEP_HISTORY);
    }
    if (all && lf_str_eq(part, LF_STR("tags"))) {
        out->always = true;
        out->item = LF_T_STRING;
        return found(out, LF_REF(LF_REF_CONTACT_TAGS, 0), LF_T_LIST, 2, LF_DEP_TAGS);
    }
    int32_t field = lf_names_find(&bp->schema.names[LF_N_FIELD], part);
    if (field < 0) {
        return unknown(why, "field", part, &bp->schema.names[LF_N_FIELD]);
    }
    note(s, LF_REF_FIELD, field);
    uint8_t type = bp->fields[field].type;
    out->item = cel_types[type].item;
    return found(out, LF_REF(LF_REF_FIELD, field), cel_types[type].type, 2, LF_DEP_FIELDS);
}

/* A prop that at least one of the possible events has; of several types it is any. */
static bool event_name(scope *s, lf_str part, lf_binding *out, lf_buf *why) {
    const lf_blueprint *bp = s->b->bp;
    int32_t name = lf_names_find(&bp->props, part);
    bool known = false;
    uint8_t type = LF_T_DYN;
    for (uint32_t i = 0; name >= 0 && i < s->reading->events->n; i++) {
        const lf_type_def *def = &bp->types[bp->types[s->reading->events->types[i]].root];
        for (uint32_t j = 0; j < def->n_props; j++) {
            if (def->props[j].name == name) {
                uint8_t own = def->props[j].type == LF_P_OBJECT ? LF_T_MAP
                                                                : cel_types[def->props[j].type].type;
                type = known && type != own ? LF_T_DYN : own;
                known = true;
            }
        }
    }
    if (!known && lf_str_eq(part, LF_STR("type"))) {
        out->always = true;
        out->domain = DOMAIN_TYPE;
        return found(out, LF_REF(LF_REF_EVENT_TYPE, 0), LF_T_STRING, 2, LF_DEP_EVENT);
    }
    if (!known && lf_str_eq(part, LF_STR("at"))) {
        out->always = true;
        return found(out, LF_REF(LF_REF_EVENT_AT, 0), LF_T_TIMESTAMP, 2, LF_DEP_EVENT);
    }
    if (!known) {
        return unknown(why, "prop", part, &bp->props);
    }
    out->item = type == LF_T_LIST ? LF_T_STRING : LF_T_DYN;
    return found(out, LF_REF(LF_REF_PROP, name), type, 2, LF_DEP_EVENT);
}

static bool dimension_name(const lf_blueprint *bp, const lf_str *parts, uint32_t n, lf_binding *out,
                           lf_buf *why) {
    int32_t score = n < 2 ? -1 : lf_names_find(&bp->schema.names[LF_N_SCORE], parts[1]);
    if (n < 3 || score < 0) {
        lf_buf_text(why, "a dimension is named as dimension.<score>.<dimension>");
        return false;
    }
    const lf_score_def *def = &bp->scores[score];
    for (uint32_t i = 0; i < def->n_dimensions; i++) {
        if (lf_str_eq(bp->dimensions[def->first_dimension + i].name, parts[2])) {
            out->always = true;
            return found(out, LF_REF(LF_REF_DIMENSION, def->first_dimension + i), LF_T_INT, 3,
                         LF_DEP_SCORE);
        }
    }
    return unknown(why, "dimension", parts[2], NULL);
}

static bool consent_name(lf_str part, lf_binding *out, lf_buf *why) {
    for (uint32_t i = 0; i < LF_CHANNELS; i++) {
        if (lf_str_eq(part, lf_str_of(channels[i]))) {
            out->always = true;
            out->domain = DOMAIN_CONSENT;
            return found(out, LF_REF(LF_REF_CONSENT, i), LF_T_STRING, 2, LF_DEP_CONSENT);
        }
    }
    return unknown(why, "channel", part, NULL);
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
        {"state", "machine", LF_N_MACHINE, LF_REF_STATE, LF_T_STRING, false, DOMAIN_STATE, LF_DEP_STATE},
        {"score", "score", LF_N_SCORE, LF_REF_SCORE, LF_T_INT, true, -1, LF_DEP_SCORE},
        {"band", "score", LF_N_SCORE, LF_REF_BAND, LF_T_STRING, false, DOMAIN_BAND, LF_DEP_BAND},
        {"segment", "segment", LF_N_SEGMENT, LF_REF_SEGMENT, LF_T_BOOL, true, -1, LF_DEP_SEGMENT}};
    for (size_t i = 0; i < LF_COUNT(roots); i++) {
        if (lf_str_eq(root, lf_str_of(roots[i].root))) {
            const lf_names *names = &s->b->bp->schema.names[roots[i].names];
            int32_t index = lf_names_find(names, part);
            if (index < 0) {
                return unknown(why, roots[i].what, part, names);
            }
            note(s, roots[i].ref, index);
            out->always = roots[i].always;
            out->domain = roots[i].domain < 0 ? -1 : roots[i].domain + index;
            return found(out, LF_REF(roots[i].ref, index), roots[i].type, 2, roots[i].dep);
        }
    }
    static const lf_str known[] = {{"contact", 7}, {"event", 5},    {"state", 5},     {"score", 5},
                                   {"band", 4},    {"segment", 7},  {"consent", 7},   {"owner", 5},
                                   {"dimension", 9}, {"suppressed", 10}, {"timed_out", 9}};
    lf_str nearest = lf_nearest(root, known, LF_COUNT(known));
    lf_buf_format(why, "unknown name %q", root);
    if (nearest.n > 0) {
        lf_buf_format(why, " (did you mean %q?)", nearest);
    }
    return false;
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

/* What a root needs to be readable here. */
static uint32_t need_of(lf_str root) {
    static const struct {
        const char *root;
        uint32_t need;
    } needs[] = {{"contact", LF_MAY_CONTACT}, {"event", LF_MAY_EVENT},   {"state", LF_MAY_STATE},
                 {"segment", LF_MAY_STATE},   {"consent", LF_MAY_STATE}, {"score", LF_MAY_SCORE},
                 {"dimension", LF_MAY_SCORE}, {"band", LF_MAY_SCORE},    {"suppressed", LF_MAY_STATE},
                 {"owner", LF_MAY_STATE},     {"timed_out", LF_MAY_TIMED_OUT}};
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

static bool literal(void *ctx, enum lf_literal kind, lf_str text, int32_t *id, uint32_t *deps, lf_buf *why) {
    scope *s = ctx;
    lf_blueprint *bp = s->b->bp;
    if (kind == LF_LIT_EVENT || kind == LF_LIT_MACHINE) {
        const lf_names *names = &bp->schema.names[kind == LF_LIT_EVENT ? LF_N_TYPE : LF_N_MACHINE];
        *deps = kind == LF_LIT_EVENT ? LF_DEP_HISTORY : LF_DEP_STATE;
        *id = lf_names_find(names, text);
        if (kind == LF_LIT_EVENT && lf_str_eq(text, LF_STR("*"))) {
            *id = LF_NO_INDEX;
        }
        return *id >= 0 || unknown(why, kind == LF_LIT_EVENT ? "event type" : "machine", text, names);
    }
    *deps = LF_DEP_TAGS;
    if (kind == LF_LIT_TAG && !lf_tag_valid(bp, text)) {
        lf_buf_format(why, "%q is no tag of a declared category", text);
        return false;
    }
    *id = lf_names_find(&bp->literals, text);
    if (*id < 0) {
        *id = lf_names_add(&bp->literals, text);
    }
    if (*id < 0) {
        s->b->status = LF_E_NOMEM;
    }
    return *id >= 0;
}

static bool member_of_names(const lf_names *names, uint16_t first, uint16_t n, lf_str text, lf_buf *why,
                            const char *what) {
    lf_str nearest = {NULL, 0};
    for (uint16_t i = first; i < first + n; i++) {
        lf_str name = names->items[i]; /* "machine/state" */
        const char *slash = memchr(name.p, '/', name.n);
        size_t skip = slash == NULL ? 0 : (size_t)(slash - name.p) + 1;
        name = (lf_str){name.p + skip, name.n - skip};
        if (lf_str_eq(name, text)) {
            return true;
        }
        nearest = nearest.n > 0 ? nearest : lf_nearest(text, &name, 1);
    }
    lf_buf_format(why, "unknown %s %q", what, text);
    if (nearest.n > 0) {
        lf_buf_format(why, " (did you mean %q?)", nearest);
    }
    return false;
}

static bool member(void *ctx, int32_t domain, lf_str text, lf_buf *why) {
    const lf_blueprint *bp = ((scope *)ctx)->b->bp;
    if (domain == DOMAIN_CONSENT) {
        for (size_t i = 0; i < LF_COUNT(statuses); i++) {
            if (lf_str_eq(text, lf_str_of(statuses[i]))) {
                return true;
            }
        }
        return unknown(why, "consent status", text, NULL);
    }
    if (domain == DOMAIN_TYPE) {
        const lf_names *names = &bp->schema.names[LF_N_TYPE];
        return lf_names_find(names, text) >= 0 || unknown(why, "event type", text, names);
    }
    if (domain >= DOMAIN_BAND) {
        const lf_score_def *score = &bp->scores[domain - DOMAIN_BAND];
        return member_of_names(&bp->schema.names[LF_N_BAND], score->first_band, score->n_bands, text, why,
                               "band");
    }
    const lf_machine_def *machine = &bp->machines[domain];
    return member_of_names(&bp->schema.names[LF_N_STATE], machine->first_state, machine->n_states, text, why,
                           "state");
}

const lf_expr *lf_build_expr(lf_build *b, const lf_json *value, const char *member_name, uint8_t want,
                             const lf_reading *reading) {
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
    if (status == LF_E_NOMEM) {
        b->status = status;
    } else if (status != LF_OK) {
        lf_json at = *value; /* the string opens with a quote */
        at.column += 1 + error.offset;
        lf_build_error(b, error.code, &at, lf_str_of(member_name), "%s", lf_buf_cstr(&error.text));
    } else {
        int64_t longest = lf_expr_longest(expr);
        b->in_condition = longest > b->in_condition ? longest : b->in_condition;
    }
    lf_buf_free(&error.text);
    return expr;
}

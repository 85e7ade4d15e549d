/* SPDX-License-Identifier: MIT */
#include "expr_world.h"

/* ---- names ---- */
enum { LIFECYCLE, TYPE, NO_DOMAIN = -1 };
enum {
    TITLE,
    SIZE,
    RATE,
    VIP,
    RENEWAL,
    INTERESTS,
    MISSING,
    NICK,
    ODD,
    ID,
    CREATED,
    TAGS,
    PAGE,
    PROPS,
    EVENT_TYPE,
    STATE,
    NO_STATE,
    SCORE,
    SEGMENT,
    SUPPRESSED,
    OWNER,
    NAMES
};
static const struct {
    const char *first, *second; /* "": one part */
    uint8_t type, item;
    bool always;
    int32_t domain;
} names[NAMES] = {
    [TITLE] = {"contact", "title", LF_T_STRING, 0, false, NO_DOMAIN},
    [SIZE] = {"contact", "company_size", LF_T_INT, 0, false, NO_DOMAIN},
    [RATE] = {"contact", "rate", LF_T_DOUBLE, 0, false, NO_DOMAIN},
    [VIP] = {"contact", "vip", LF_T_BOOL, 0, false, NO_DOMAIN},
    [RENEWAL] = {"contact", "renewal_at", LF_T_TIMESTAMP, 0, false, NO_DOMAIN},
    [INTERESTS] = {"contact", "interests", LF_T_LIST, LF_T_STRING, false, NO_DOMAIN},
    [MISSING] = {"contact", "industry", LF_T_STRING, 0, false, NO_DOMAIN},
    [NICK] = {"contact", "in", LF_T_STRING, 0, false, NO_DOMAIN},
    [ODD] = {"event", "amount", LF_T_DYN, 0, false, NO_DOMAIN},
    [ID] = {"contact", "id", LF_T_STRING, 0, true, NO_DOMAIN},
    [CREATED] = {"contact", "created", LF_T_TIMESTAMP, 0, true, NO_DOMAIN},
    [TAGS] = {"contact", "tags", LF_T_LIST, LF_T_STRING, true, NO_DOMAIN},
    [PAGE] = {"event", "page", LF_T_STRING, 0, false, NO_DOMAIN},
    [PROPS] = {"event", "props", LF_T_MAP, LF_T_DYN, false, NO_DOMAIN},
    [EVENT_TYPE] = {"event", "type", LF_T_STRING, 0, true, TYPE},
    [STATE] = {"state", "lifecycle", LF_T_STRING, 0, false, LIFECYCLE},
    [NO_STATE] = {"state", "other", LF_T_STRING, 0, false, LIFECYCLE},
    [SCORE] = {"score", "lead", LF_T_INT, 0, true, NO_DOMAIN},
    [SEGMENT] = {"segment", "engaged", LF_T_BOOL, 0, true, NO_DOMAIN},
    [SUPPRESSED] = {"suppressed", "", LF_T_BOOL, 0, true, NO_DOMAIN},
    [OWNER] = {"owner", "", LF_T_STRING, 0, false, NO_DOMAIN},
};

static bool find_name(void *ctx, const lf_str *parts, uint32_t n, lf_binding *out, lf_buf *why) {
    (void)ctx;
    for (int32_t i = 0; i < NAMES; i++) {
        bool two = names[i].second[0] != '\0';
        if (lf_str_eq(parts[0], lf_str_of(names[i].first)) &&
            (!two || (n >= 2 && lf_str_eq(parts[1], lf_str_of(names[i].second))))) {
            out->ref = i;
            out->type = names[i].type;
            out->item = names[i].item;
            out->domain = names[i].domain;
            out->always = names[i].always;
            out->used = two ? 2 : 1;
            return true;
        }
    }
    lf_buf_format(why, "unknown name %q", parts[0]);
    return false;
}

static bool listed(lf_str text, const char *const *words, int32_t n, int32_t *at) {
    for (*at = 0; *at < n; ++*at) {
        if (lf_str_eq(text, lf_str_of(words[*at]))) {
            return true;
        }
    }
    return false;
}

static const char *const types[] = {"page_view", "demo_request", "*"};

static bool find_literal(void *ctx, enum lf_literal kind, lf_str text, int32_t *id, uint32_t *deps,
                         lf_buf *why) {
    static const char *const machines[] = {"lifecycle", "other"};
    (void)ctx;
    *deps = 0;
    bool known = kind == LF_LIT_EVENT     ? listed(text, types, 3, id)
                 : kind == LF_LIT_MACHINE ? listed(text, machines, 2, id)
                                          : text.n > 0;
    *id = kind == LF_LIT_EVENT || kind == LF_LIT_MACHINE ? *id : text.n > 3;
    if (!known) {
        lf_buf_format(why, "there is no %q", text);
    }
    return known;
}

static bool is_member(void *ctx, int32_t domain, lf_str text, lf_buf *why) {
    static const char *const states[] = {"subscriber", "lead", "mql"};
    int32_t at;
    (void)ctx;
    bool known = domain == TYPE ? listed(text, types, 2, &at) : listed(text, states, 3, &at);
    if (!known) {
        lf_buf_format(why, "there is no %q", text);
    }
    return known;
}

const lf_scope world_scope = {
    .name = find_name, .literal = find_literal, .member = is_member, .history = true};

/* ---- values ---- */
#define SCORE_FALLS 5000 /* ms */

static lf_value list_of(const lf_value *items, uint32_t n, uint8_t type) {
    return (lf_value){.type = type, .u.list = {items, n}};
}

static lf_value text_list(const char *const *texts, lf_value *items, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) {
        items[i] = lf_value_str(lf_str_of(texts[i]));
    }
    return list_of(items, n, LF_T_LIST);
}

static lf_value props(void) {
    static lf_value inner[3], pairs[6];
    inner[0] = lf_value_int(1);
    inner[1] = (lf_value){.type = LF_T_DOUBLE, .u.d = 2.5};
    inner[2] = lf_value_str(LF_STR("x"));
    pairs[0] = lf_value_str(LF_STR("n"));
    pairs[1] = lf_value_int(7);
    pairs[2] = lf_value_str(LF_STR("text"));
    pairs[3] = lf_value_str(LF_STR("na\xc3\xafve"));
    pairs[4] = lf_value_str(LF_STR("list"));
    pairs[5] = list_of(inner, 3, LF_T_LIST);
    return list_of(pairs, 3, LF_T_MAP);
}

static int64_t world_time(void *ctx) {
    return *(const int64_t *)ctx;
}

static void load(void *ctx, int32_t ref, lf_value *out, int64_t *until) {
    static const char *const interests[] = {"api", "billing", "cr\303\251dit"}, *const tags[] = {
                                                                                    "src_web"};
    static const char *const texts[NAMES] = {
        [TITLE] = "VP of Sales", [NICK] = "",     [ID] = "c-1",
        [PAGE] = "/pricing",     [STATE] = "mql", [EVENT_TYPE] = "page_view"};
    static lf_value items[3], tag[1];
    int64_t t = world_time(ctx), steps = (t - WORLD_T) / SCORE_FALLS;
    switch (ref) {
    case SIZE:
        *out = lf_value_int(500);
        break;
    case RATE:
        *out = (lf_value){.type = LF_T_DOUBLE, .u.d = 0.25};
        break;
    case VIP:
    case SEGMENT:
        *out = lf_value_bool(true);
        break;
    case SUPPRESSED:
        *out = lf_value_bool(false);
        break;
    case RENEWAL:
        *out = lf_value_time(WORLD_T + 90 * INT64_C(86400000));
        break;
    case CREATED:
        *out = lf_value_time(WORLD_T - 1234567890);
        break;
    case INTERESTS:
        *out = text_list(interests, items, 3);
        break;
    case TAGS:
        *out = text_list(tags, tag, 1);
        break;
    case ODD:
        *out = (lf_value){.type = LF_T_UINT, .u.u = UINT64_MAX};
        break;
    case PROPS:
        *out = props();
        break;
    case SCORE: /* 60, 40, 20, and then it stays */
        *out = lf_value_int(steps >= 2 ? 20 : 60 - 20 * steps);
        *until = steps >= 2 ? *until : WORLD_T + (steps + 1) * SCORE_FALLS;
        break;
    default:
        *out = texts[ref] == NULL ? *out : lf_value_str(lf_str_of(texts[ref]));
        break;
    }
}

/* ---- history ---- */
/* Before WORLD_T, in ms, the newest first; "*" is both. */
static const int32_t happened[3][4] = {
    {1000, 2000, 2000, 90000}, {500, 60000}, {500, 1000, 2000, 2000}};
static const int32_t n_happened[3] = {4, 2, 4};

/* The nth newest, from 1, in the window; INT64_MIN: there are not so many. */
static int64_t nth(const lf_history *call, int64_t t, int64_t n) {
    int64_t at = n > n_happened[call->id] ? INT64_MIN : WORLD_T - happened[call->id][n - 1];
    return call->fn != LF_H_EVER && call->fn != LF_H_LAST && at <= t - call->duration ? INT64_MIN
                                                                                      : at;
}

static uint64_t history(void *ctx, const lf_history *call, lf_value *out, int64_t *until) {
    lf_history any = *call;
    int64_t t = world_time(ctx), n = 0, since = WORLD_T - 3000;
    switch (call->fn) {
    case LF_H_COUNT:
        while (n < call->enough && nth(call, t, n + 1) != INT64_MIN) {
            n++;
        }
        *out = lf_value_int(n);
        *until = n >= call->least && n > 0 ? nth(call, t, n) + call->duration : *until;
        break;
    case LF_H_EVER:
        *out = lf_value_bool(true);
        break;
    case LF_H_LAST:
        *out = call->id == 2 ? *out : lf_value_time(nth(call, t, 1)); /* "*": as if never */
        break;
    case LF_H_IDLE:
        any.id = 2;
        /* fall through */
    case LF_H_WITHIN:
        *out = lf_value_bool((nth(&any, t, 1) != INT64_MIN) == (call->fn == LF_H_WITHIN));
        *until = nth(&any, t, 1) == INT64_MIN ? *until : nth(&any, t, 1) + call->duration;
        break;
    case LF_H_IN_STATE:
        *out = lf_value_bool(call->id == 0 && t - since >= call->duration);
        *until = call->id == 0 && !out->u.b ? since + call->duration : *until;
        break;
    default: /* tagged, flagged */
        *out = lf_value_bool(call->id == 1);
        break;
    }
    return 2;
}

static const lf_zone *zone(void *ctx, lf_str name) {
    (void)ctx;
    return lf_str_eq(name, LF_STR("Etc/UTC")) ? &lf_zone_utc : NULL;
}

lf_env world_at(int64_t t) {
    static int64_t now;
    now = t;
    return (lf_env){.ctx = &now, .t = t, .load = load, .history = history, .zone = zone};
}

/* SPDX-License-Identifier: MIT */
/* `trigger` of a sequence (SPEC 9.1): what brings somebody into it. */
#include "blueprint/blueprint_internal.h"
#include "time/timing.h"

static const lf_key trigger_keys[] = {
    {"event", LF_K_STRING},   {"when", LF_K_STRING},         {"state", LF_K_STRING},
    {"segment", LF_K_STRING}, {"segment_left", LF_K_STRING}, {"band", LF_K_STRING},
    {"date", LF_K_STRING},    {"offset", LF_K_STRING},       {"at", LF_K_STRING},
    {"on", LF_K_ARRAY},       {"late", LF_K_STRING}};

/* "machine.state" or "score.band" */
static uint16_t dotted_value(lf_build *b, const lf_json *value, enum lf_name_kind kind,
                             const char *what) {
    const lf_names *names = &b->bp->schema.names[kind];
    const char *dot = memchr(value->text.p, '.', value->text.n);
    if (dot == NULL) {
        lf_build_error(b, LF_D_BAD_VALUE, value, (lf_str){NULL, 0}, "expected '%s', not %q",
                       kind == LF_N_STATE ? "machine.state" : "score.band", value->text);
        return LF_NO_INDEX;
    }
    size_t n = (size_t)(dot - value->text.p);
    lf_str parent = {value->text.p, n}, name = {dot + 1, value->text.n - n - 1};
    int32_t index = lf_find_part(names, parent, name);
    if (index >= 0) {
        return (uint16_t)index;
    }
    char dotted[160];
    lf_str nearest =
        lf_names_nearest(names, value->text); /* '/' for '.' is one edit in all of them */
    nearest.n = nearest.n < sizeof dotted ? nearest.n : 0;
    for (size_t i = 0; i < nearest.n; i++) {
        dotted[i] = nearest.p[i] == '/' ? '.' : nearest.p[i];
    }
    lf_build_unknown(b, value, (lf_str){NULL, 0}, what, value->text, (lf_str){dotted, nearest.n});
    return LF_NO_INDEX;
}

static void parse_event_trigger(lf_build *b, const lf_json *object, lf_trigger *out) {
    lf_type_set events = {&out->index, out->index != LF_NO_INDEX};
    lf_reading reading = {LF_MAY_ALL | LF_MAY_EVENT, &events};
    out->when =
        lf_build_expr(b, lf_key_get(object, "when", LF_K_STRING), "when", LF_T_BOOL, &reading);
}

static uint16_t date_value(lf_build *b, const lf_json *value) {
    uint16_t field = lf_name_value(b, value, &b->bp->schema.names[LF_N_FIELD], "field");
    if (field != LF_NO_INDEX && b->bp->fields[field].type != LF_F_TIMESTAMP) {
        lf_build_error(b, LF_D_BAD_VALUE, value, (lf_str){NULL, 0}, "the field %q is no timestamp",
                       value->text);
    }
    return field;
}

/* What the key of a trigger names. The path stands at it. */
static uint16_t trigger_value(lf_build *b, const lf_json *value, int kind) {
    switch (kind) {
    case LF_TRIGGER_EVENT:
        return lf_type_value(b, value);
    case LF_TRIGGER_STATE:
        return dotted_value(b, value, LF_N_STATE, "state");
    case LF_TRIGGER_BAND:
        return dotted_value(b, value, LF_N_BAND, "band");
    case LF_TRIGGER_DATE:
        return date_value(b, value);
    default:
        return lf_name_value(b, value, &b->bp->schema.names[LF_N_SEGMENT], "segment");
    }
}

/* The number under which contacts remember something of a trigger. It is known by what it waits for, so that its place in
 * the list does not matter; one that waits for something else is another one. */
static uint16_t number_of(lf_build *b, lf_str sequence, lf_str what) {
    lf_names *names = &b->bp->schema.names[LF_N_TRIGGER];
    uint64_t hash = lf_hash(what.p, what.n, 0);
    uint8_t bytes[6];
    char hex[2 * sizeof bytes];
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)(hash >> (8 * i));
    }
    lf_hex(hex, bytes, sizeof bytes);
    lf_str name = lf_joined(b, sequence, '/', (lf_str){hex, sizeof hex});
    int32_t number = name.p == NULL ? LF_NO_INDEX : lf_names_find(names, name);
    if (number < 0) {
        number = (int32_t)names->n;
        lf_declare(b, names, name);
    }
    return (uint16_t)number;
}

static void parse_condition(lf_build *b, const lf_json *when, lf_str sequence, lf_trigger *out) {
    static const lf_reading reading = {LF_MAY_ALL, NULL};
    out->kind = LF_TRIGGER_WHEN;
    out->when = lf_build_expr(b, when, "when", LF_T_BOOL, &reading);
    out->past = number_of(b, sequence, when->text);
}

static void parse_date(lf_build *b, const lf_json *object, lf_str sequence, lf_trigger *out) {
    const lf_json *offset = lf_key_get(object, "offset", LF_K_STRING);
    lf_buf what;
    if (offset != NULL && !lf_duration_parse(offset->text, true, &out->offset)) {
        lf_build_error(b, LF_D_BAD_VALUE, offset, LF_STR("offset"),
                       "expected a duration such as '-90d' or '1h30m', not %q", offset->text);
    }
    lf_key_duration(b, object, "late", 0, &out->late);
    lf_parse_local(b, object, &out->local);
    lf_buf_init(&what, &b->bp->mem);
    lf_buf_format(&what, "%S %d", lf_key_text(object, "date"), out->offset);
    if (out->local.given) {
        lf_buf_format(&what, " %d %u", (int64_t)(out->local.timed ? out->local.second : -1),
                      (uint64_t)out->local.days);
    }
    if (what.failed) {
        b->status = LF_E_NOMEM;
    }
    out->past = number_of(b, sequence, (lf_str){what.p, what.n});
    lf_buf_free(&what);
}

/* Has it keys that only a date has? */
static bool is_dated(const lf_json *object) {
    static const char *const keys[] = {"offset", "at", "on", "late"};
    bool dated = false;
    for (size_t i = 0; i < LF_COUNT(keys); i++) {
        dated = dated || lf_json_get(object, lf_str_of(keys[i])) != NULL;
    }
    return dated;
}

static void parse_trigger(lf_build *b, const lf_json *object, lf_str sequence, lf_trigger *out) {
    static const char *const kinds[] = {"event",        "state", "segment",
                                        "segment_left", "band",  "date"};
    const lf_json *when = lf_key_get(object, "when", LF_K_STRING);
    bool fine = lf_keys_check(b, object, trigger_keys, LF_COUNT(trigger_keys));
    bool dated = is_dated(object);
    unsigned found = 0;
    out->json = object;
    out->past = LF_NO_INDEX;
    for (unsigned i = 0; i < LF_COUNT(kinds); i++) {
        const lf_json *value = lf_key_get(object, kinds[i], LF_K_STRING);
        if (value != NULL) {
            size_t length = lf_path_down(b, lf_str_of(kinds[i]));
            out->kind = (uint8_t)i;
            out->index = trigger_value(b, value, (int)i);
            lf_path_up(b, length);
            found++;
        }
    }
    if (fine && found == 0 && when != NULL && !dated) {
        parse_condition(b, when, sequence, out);
    } else if (fine && (found != 1 || (when != NULL && out->kind != LF_TRIGGER_EVENT) ||
                        (dated && out->kind != LF_TRIGGER_DATE))) {
        lf_build_error(
            b, LF_D_BAD_VALUE, object, (lf_str){NULL, 0},
            "a trigger has one of 'event' (with 'when'), 'state', 'segment', "
            "'segment_left', 'band', 'date' (with 'offset', 'at', 'on', 'late'), 'when'");
    } else if (found == 1 && out->kind == LF_TRIGGER_EVENT) {
        parse_event_trigger(b, object, out);
    } else if (found == 1 && out->kind == LF_TRIGGER_DATE) {
        parse_date(b, object, sequence, out);
    }
}

void lf_parse_triggers(lf_build *b, const lf_json *list, lf_sequence_def *sequence) {
    if (list == NULL) {
        return;
    }
    if (list->n >= LF_NO_INDEX - b->bp->schema.names[LF_N_TRIGGER].n) {
        lf_build_error(b, LF_D_LIMIT, list, LF_STR("trigger"), "more than 65,534 triggers");
        return;
    }
    lf_trigger *triggers = lf_build_alloc(b, list->n * sizeof *triggers);
    size_t length = lf_path_down(b, LF_STR("trigger"));
    for (uint32_t i = 0; i < list->n && b->status == LF_OK; i++) {
        size_t inner = lf_path_item(b, i);
        parse_trigger(b, &list->u.items[i], sequence->name, &triggers[sequence->n_triggers++]);
        lf_path_up(b, inner);
    }
    lf_path_up(b, length);
    sequence->triggers = triggers;
}

/* Does it say something of a contact as it stands, not of what happens to it? */
static bool can_fit(const lf_trigger *trigger) {
    return trigger->kind == LF_TRIGGER_STATE || trigger->kind == LF_TRIGGER_SEGMENT ||
           trigger->kind == LF_TRIGGER_BAND || trigger->kind == LF_TRIGGER_WHEN;
}

void lf_parse_existing(lf_build *b, const lf_json *object, lf_sequence_def *sequence) {
    static const char *const words[] = {"enroll"};
    const lf_json *existing = lf_key_get(object, "existing", LF_K_STRING);
    uint8_t word;
    bool any = false;
    sequence->met = LF_NO_INDEX;
    if (existing == NULL || !lf_key_word(b, object, "existing", words, LF_COUNT(words), &word)) {
        return;
    }
    sequence->met = number_of(b, sequence->name, existing->text);
    for (uint32_t i = 0; i < sequence->n_triggers; i++) {
        any = any || can_fit(&sequence->triggers[i]);
    }
    if (!any) {
        lf_build_finding(b, LF_D_NO_EFFECT,
                         "'existing' takes in nobody: it needs a trigger by 'state', 'segment', "
                         "'band' or 'when'");
    }
}

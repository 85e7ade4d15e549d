/* SPDX-License-Identifier: MIT */
/* The section `caps` (SPEC 9.5): how many messages of a channel are enough. */
#include "blueprint/blueprint_internal.h"
#include "time/timing.h"

#define MOST_MESSAGES 1000000u
/* A calendar period is longer than its days by what the clocks are put back, which is never more than this. */
#define PUT_BACK (3 * LF_MS_DAY)

static const lf_key section_keys[] = {
    {"email", LF_K_ARRAY}, {"sms", LF_K_ARRAY}, {"push", LF_K_ARRAY}};
static const lf_key cap_keys[] = {{"max", LF_K_INT | LF_K_REQUIRED},
                                  {"per", LF_K_STRING | LF_K_REQUIRED},
                                  {"class", LF_K_STRING},
                                  {"over", LF_K_STRING},
                                  {"quiet", LF_K_OBJECT}};
static const lf_key quiet_keys[] = {{"quiet", LF_K_OBJECT}};
static const struct { /* by enum lf_cap_period */
    const char *name;
    int64_t days;
} periods[] = {{"day", 1}, {"week", 7}, {"month", 31}};

static void parse_per(lf_build *b, const lf_json *object, lf_cap *cap) {
    const lf_json *value = lf_key_get(object, "per", LF_K_STRING);
    cap->period = LF_CAP_ROLLING;
    for (uint8_t i = 0; value != NULL && i < LF_COUNT(periods); i++) {
        if (lf_str_eq(value->text, lf_str_of(periods[i].name))) {
            cap->period = i;
            cap->reach = periods[i].days * LF_MS_DAY + PUT_BACK;
            return;
        }
    }
    if (value != NULL && !lf_duration_parse(value->text, false, &cap->reach)) {
        lf_build_error(b, LF_D_BAD_VALUE, value, LF_STR("per"),
                       "expected a duration such as '7d', or 'day', 'week' or 'month', not %q",
                       value->text);
        return;
    }
    lf_key_duration(b, object, "per", 1, &cap->reach);
    b->longest = cap->reach > b->longest ? cap->reach : b->longest;
}

static void parse_class(lf_build *b, const lf_json *value, lf_cap *cap) {
    lf_names *names = &b->bp->schema.names[LF_N_CLASS];
    cap->class_ = LF_NO_INDEX;
    if (value == NULL) {
        return;
    }
    if (!lf_is_identifier(value->text)) {
        lf_build_error(b, LF_D_BAD_VALUE, value, LF_STR("class"), "the class " LF_NAME_RULE);
    } else if (lf_names_find(names, value->text) >= 0 || lf_declare(b, names, value->text)) {
        cap->class_ = (uint16_t)lf_names_find(names, value->text);
    }
}

static void parse_cap(lf_build *b, const lf_json *object, lf_cap *cap) {
    static const char *const words[] = {"wait", "skip"};
    uint8_t word = 0;
    lf_keys_check(b, object, cap_keys, LF_COUNT(cap_keys));
    lf_key_count(b, object, "max", 0, MOST_MESSAGES, &cap->max);
    parse_per(b, object, cap);
    parse_class(b, lf_key_get(object, "class", LF_K_STRING), cap);
    lf_key_word(b, object, "over", words, LF_COUNT(words), &word);
    cap->skip = word == 1;
}

/* A cap, or quiet hours, which are alone in their entry. */
static void parse_entry(lf_build *b, const lf_json *entry, lf_caps *caps, lf_window *quiet,
                        uint32_t *n_quiet) {
    const lf_json *hours = lf_key_get(entry, "quiet", LF_K_ANY);
    if (hours == NULL) {
        parse_cap(b, entry, &caps->items[caps->n++]);
        return;
    }
    lf_keys_check(b, entry, quiet_keys, LF_COUNT(quiet_keys));
    size_t length = lf_path_down(b, LF_STR("quiet"));
    if (hours->kind == LF_JSON_OBJECT) {
        lf_parse_window(b, hours, true, &quiet[(*n_quiet)++]);
    }
    lf_path_up(b, length);
}

static void parse_channel(lf_build *b, const lf_json *list, uint32_t channel) {
    lf_caps *caps = &b->bp->caps[channel];
    lf_window *quiet = lf_build_alloc(b, list->n * sizeof *quiet);
    caps->items = lf_build_alloc(b, list->n * sizeof *caps->items);
    b->bp->quiet[channel] = quiet;
    for (uint32_t i = 0; i < list->n && b->status == LF_OK; i++) {
        size_t length = lf_path_item(b, i);
        caps->items[caps->n].entry = i;
        parse_entry(b, &list->u.items[i], caps, quiet, &b->bp->n_quiet[channel]);
        lf_path_up(b, length);
    }
}

void lf_parse_caps(lf_build *b, const lf_json *section) {
    lf_keys_check(b, section, section_keys, LF_COUNT(section_keys));
    for (uint32_t i = 0; i < LF_CHANNELS; i++) {
        const lf_json *list = lf_key_get(section, lf_channel_words[i], LF_K_ARRAY);
        size_t length = lf_path_down(b, lf_str_of(lf_channel_words[i]));
        if (list != NULL) {
            parse_channel(b, list, i);
        }
        lf_path_up(b, length);
    }
}

/* ---- the linter ---- */
static bool counts_any(const lf_blueprint *bp, uint16_t class_) {
    bool any = class_ == LF_NO_INDEX;
    for (uint32_t i = 0; i < bp->n_templates; i++) {
        any = any || (bp->templates[i].class_ == class_ && bp->templates[i].capped);
    }
    return any;
}

void lf_lint_caps(lf_build *b) {
    for (uint32_t channel = 0; channel < LF_CHANNELS; channel++) {
        const lf_caps *caps = &b->bp->caps[channel];
        size_t length = lf_path_to(b, "caps", lf_str_of(lf_channel_words[channel]));
        for (uint32_t i = 0; i < caps->n; i++) {
            size_t inner = lf_path_item(b, caps->items[i].entry);
            if (!counts_any(b->bp, caps->items[i].class_)) {
                lf_path_down(b, LF_STR("class"));
                lf_build_finding(
                    b, LF_D_NO_EFFECT,
                    "no template of the class %q counts for a cap: mend the name, or take it out",
                    b->bp->schema.names[LF_N_CLASS].items[caps->items[i].class_]);
            }
            lf_path_up(b, inner);
        }
        lf_path_up(b, length);
    }
}

/* SPDX-License-Identifier: MIT */
/* Local times of day, and the weekdays on which they count: `at` and `on` (SPEC 9.3), windows and quiet hours (9.1, 9.5). */
#include "blueprint/blueprint_internal.h"
#include "time/timing.h"

#define WEEK 0x7f /* all its days */

/* "09:00"; false: it is none. */
static bool parse_clock(lf_str text, int32_t *second) {
    static const char least[] = "00:00", most[] = "29:59";
    if (text.n != 5) {
        return false;
    }
    for (size_t i = 0; i < 5; i++) {
        if (text.p[i] < least[i] || text.p[i] > most[i]) {
            return false;
        }
    }
    int32_t hour = (text.p[0] - '0') * 10 + text.p[1] - '0';
    *second = hour * 3600 + ((text.p[3] - '0') * 10 + text.p[4] - '0') * 60;
    return hour < 24;
}

static uint8_t parse_weekday(lf_build *b, const lf_json *item) {
    static const char *const names[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
    for (unsigned i = 0; i < LF_COUNT(names); i++) {
        if (lf_json_is(item, LF_JSON_STRING) && lf_str_eq(item->text, lf_str_of(names[i]))) {
            return (uint8_t)(1u << i);
        }
    }
    lf_build_error(b, LF_D_BAD_VALUE, item, (lf_str){NULL, 0},
                   "expected 'mon', 'tue', 'wed', 'thu', 'fri', 'sat' or 'sun'");
    return 0;
}

static void parse_time(lf_build *b, const lf_json *value, const char *member, int32_t *second) {
    if (value != NULL && !parse_clock(value->text, second)) {
        lf_build_error(b, LF_D_BAD_VALUE, value, lf_str_of(member),
                       "expected a time of day such as '09:00', not %q", value->text);
    }
}

static uint8_t parse_weekdays(lf_build *b, const lf_json *list, const char *member) {
    uint8_t days = 0;
    if (list == NULL) {
        return WEEK;
    }
    size_t length = lf_path_down(b, lf_str_of(member));
    lf_need_some(b, list);
    for (uint32_t i = 0; i < list->n; i++) {
        size_t inner = lf_path_item(b, i);
        days |= parse_weekday(b, &list->u.items[i]);
        lf_path_up(b, inner);
    }
    lf_path_up(b, length);
    return days;
}

void lf_parse_local(lf_build *b, const lf_json *object, lf_local *out) {
    const lf_json *at = lf_key_get(object, "at", LF_K_STRING);
    const lf_json *on = lf_key_get(object, "on", LF_K_ARRAY);
    *out = (lf_local){.given = at != NULL || on != NULL, .timed = at != NULL};
    parse_time(b, at, "at", &out->second);
    out->days = parse_weekdays(b, on, "on");
}

void lf_parse_window(lf_build *b, const lf_json *object, bool quiet, lf_window *out) {
    static const lf_key keys[] = {{"from", LF_K_STRING}, {"to", LF_K_STRING}, {"days", LF_K_ARRAY}};
    static const lf_key quiet_keys[] = {{"from", LF_K_STRING | LF_K_REQUIRED},
                                        {"to", LF_K_STRING | LF_K_REQUIRED}};
    const lf_json *from = lf_key_get(object, "from", LF_K_STRING);
    const lf_json *to = lf_key_get(object, "to", LF_K_STRING);
    bool fine = quiet ? lf_keys_check(b, object, quiet_keys, LF_COUNT(quiet_keys))
                      : lf_keys_check(b, object, keys, LF_COUNT(keys));
    *out = (lf_window){.to = (int32_t)(LF_MS_DAY / LF_MS_SECOND)};
    parse_time(b, from, "from", &out->from);
    parse_time(b, to, "to", &out->to);
    out->days = parse_weekdays(b, quiet ? NULL : lf_key_get(object, "days", LF_K_ARRAY), "days");
    if (fine && out->from == out->to) {
        lf_build_error(b, LF_D_BAD_VALUE, object, (lf_str){NULL, 0},
                       "'from' and 'to' are the same time of day");
    }
}

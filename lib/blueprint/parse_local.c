/* SPDX-License-Identifier: MIT */
/* `at` and `on`: a local time of day, and the weekdays on which it counts (SPEC 9.3). */
#include "blueprint/blueprint_internal.h"

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

void lf_parse_local(lf_build *b, const lf_json *object, lf_local *out) {
    const lf_json *at = lf_key_get(object, "at", LF_K_STRING);
    const lf_json *on = lf_key_get(object, "on", LF_K_ARRAY);
    *out = (lf_local){.given = at != NULL || on != NULL, .timed = at != NULL, .days = WEEK};
    if (at != NULL && !parse_clock(at->text, &out->second)) {
        lf_build_error(b, LF_D_BAD_VALUE, at, LF_STR("at"),
                       "expected a time of day such as '09:00', not %q", at->text);
    }
    if (on == NULL) {
        return;
    }
    size_t length = lf_path_down(b, LF_STR("on"));
    lf_need_some(b, on);
    out->days = 0;
    for (uint32_t i = 0; i < on->n; i++) {
        size_t inner = lf_path_item(b, i);
        out->days |= parse_weekday(b, &on->u.items[i]);
        lf_path_up(b, inner);
    }
    lf_path_up(b, length);
}

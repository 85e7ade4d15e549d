/* SPDX-License-Identifier: MIT */
/* The public handle of an event. */
#include "blueprint/definitions.h"

lf_status lf_event_new(lf_blueprint *blueprint, lf_event **out) {
    if (out == NULL) {
        return LF_E_ARG;
    }
    *out = NULL;
    if (blueprint == NULL) {
        return LF_E_ARG;
    }
    *out = lf_mem_alloc(&blueprint->mem, sizeof **out);
    if (*out == NULL) {
        return LF_E_NOMEM;
    }
    lf_event_init(*out, &blueprint->mem, lf_definitions_ref(blueprint));
    return LF_OK;
}

void lf_event_free(lf_event *event) {
    if (event != NULL) {
        lf_mem mem = event->mem;
        lf_blueprint *blueprint = event->blueprint;
        lf_event_clear(event);
        lf_mem_free(&mem, event, sizeof *event);
        lf_definitions_unref(blueprint);
    }
}

static lf_diags *diags_of(lf_diagnostics *diagnostics) {
    return diagnostics == NULL ? NULL : &diagnostics->diags;
}

lf_status lf_event_parse(lf_event *event, const char *json, size_t json_len, uint32_t line,
                         lf_diagnostics *diagnostics) {
    bool ignored = false;
    if (event == NULL || json == NULL) {
        return LF_E_ARG;
    }
    lf_status status = lf_event_read(event, lf_str_given(json, json_len), line == 0 ? 1 : line,
                                     diags_of(diagnostics), &ignored);
    event->ready = status == LF_OK && !ignored;
    return ignored ? LF_E_NOTFOUND : status;
}

lf_status lf_event_start(lf_event *event, const char *contact, size_t contact_len, const char *type,
                         size_t type_len, int64_t at, const char *id, size_t id_len,
                         lf_diagnostics *diagnostics) {
    if (event == NULL || contact == NULL || type == NULL) {
        return LF_E_ARG;
    }
    event->ready = false;
    return lf_event_compose(event, lf_str_given(contact, contact_len), lf_str_given(type, type_len),
                            at, lf_str_given(id, id_len), diags_of(diagnostics));
}

static bool is_started(const lf_event *event) {
    return event != NULL && event->contact.n > 0;
}

static lf_status put(lf_event *event, const char *prop, size_t prop_len, lf_value value,
                     lf_diagnostics *diagnostics) {
    if (!is_started(event) || prop == NULL) {
        return LF_E_ARG;
    }
    event->ready = false;
    return lf_event_put(event, lf_str_given(prop, prop_len), &value, diags_of(diagnostics));
}

lf_status lf_event_set_string(lf_event *event, const char *prop, size_t prop_len, const char *text,
                              size_t text_len, lf_diagnostics *diagnostics) {
    return put(event, prop, prop_len, lf_value_str(lf_str_given(text, text_len)), diagnostics);
}

lf_status lf_event_set_int(lf_event *event, const char *prop, size_t prop_len, int64_t value,
                           lf_diagnostics *diagnostics) {
    return put(event, prop, prop_len, lf_value_int(value), diagnostics);
}

lf_status lf_event_set_double(lf_event *event, const char *prop, size_t prop_len, double value,
                              lf_diagnostics *diagnostics) {
    lf_value number = {.type = LF_T_DOUBLE};
    number.u.d = value;
    return value - value != 0 ? LF_E_ARG : put(event, prop, prop_len, number, diagnostics);
}

lf_status lf_event_set_bool(lf_event *event, const char *prop, size_t prop_len, int32_t value,
                            lf_diagnostics *diagnostics) {
    return put(event, prop, prop_len, lf_value_bool(value != 0), diagnostics);
}

lf_status lf_event_set_time(lf_event *event, const char *prop, size_t prop_len, int64_t value,
                            lf_diagnostics *diagnostics) {
    if (value < LF_TIME_MIN || value > LF_TIME_MAX) {
        return LF_E_ARG;
    }
    return put(event, prop, prop_len, lf_value_time(value), diagnostics);
}

lf_status lf_event_set_json(lf_event *event, const char *prop, size_t prop_len, const char *json,
                            size_t json_len, lf_diagnostics *diagnostics) {
    if (!is_started(event) || prop == NULL || json == NULL) {
        return LF_E_ARG;
    }
    event->ready = false;
    return lf_event_put_json(event, lf_str_given(prop, prop_len), lf_str_given(json, json_len),
                             diags_of(diagnostics));
}

lf_status lf_event_check(lf_event *event, lf_diagnostics *diagnostics) {
    if (!is_started(event)) {
        return LF_E_ARG;
    }
    lf_status status = lf_event_finish(event, diags_of(diagnostics));
    event->ready = status == LF_OK;
    return status;
}

const char *lf_event_contact(const lf_event *event, size_t *len) {
    return lf_str_out(event == NULL ? (lf_str){NULL, 0} : event->contact, len);
}

int64_t lf_event_at(const lf_event *event) {
    return event == NULL ? 0 : event->at;
}

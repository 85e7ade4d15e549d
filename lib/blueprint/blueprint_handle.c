/* SPDX-License-Identifier: MIT */
/* The public handles of this floor: blueprints and events. */
#include "blueprint/definitions.h"

/* A caller's text; NULL is the empty one. */
static lf_str text_of(const char *p, size_t n) {
    return (lf_str){p, p == NULL ? 0 : n};
}

/* ---- blueprints ---- */
void lf_blueprint_options_init(lf_blueprint_options *options, size_t struct_size) {
    lf_struct_init(options, struct_size);
}

static lf_status parse(const lf_mem *mem, lf_str text, const lf_blueprint_options *options,
                       lf_diags *diags, lf_blueprint **out) {
    size_t n = options->preset_count;
    lf_source *presets = n == 0 ? NULL : lf_mem_alloc(mem, n * sizeof *presets);
    if (n > 0 && presets == NULL) {
        return LF_E_NOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        presets[i] =
            (lf_source){lf_str_of(options->preset_names[i]), lf_str_of(options->preset_texts[i])};
    }
    lf_status status =
        lf_definitions_parse(mem, text, presets, (uint32_t)n, options->lint != 0, diags, out);
    lf_mem_free(mem, presets, n * sizeof *presets);
    return status;
}

lf_status lf_blueprint_parse(const char *json, size_t json_len, const lf_blueprint_options *options,
                             lf_diagnostics *diagnostics, lf_blueprint **out) {
    lf_blueprint_options own = {0};
    lf_mem mem;
    lf_diags unheard;
    if (out == NULL) {
        return LF_E_ARG;
    }
    *out = NULL;
    lf_status status =
        options == NULL
            ? LF_OK
            : lf_struct_read(&own, sizeof own, LF_SIZE_1_0(lf_blueprint_options, lint), options);
    if (status == LF_OK) {
        status = lf_mem_from(&mem, own.allocator);
    }
    if (status != LF_OK) {
        return status;
    }
    if (json == NULL || own.preset_count > 255 ||
        (own.preset_count > 0 && (own.preset_names == NULL || own.preset_texts == NULL))) {
        return LF_E_ARG;
    }
    lf_diags_init(&unheard, &mem);
    status = parse(&mem, text_of(json, json_len), &own,
                   diagnostics != NULL ? &diagnostics->diags : &unheard, out);
    lf_diags_free(&unheard);
    return status;
}

static lf_status put_extended(lf_arena *arena, lf_str text, lf_buf *out) {
    const lf_json *root = NULL;
    lf_json_error error;
    lf_status status = lf_json_parse(arena, text, 0, LF_JSON_DEPTH, 1, &root, &error);
    if (status != LF_OK) {
        return status == LF_E_NOMEM ? status : LF_E_PARSE;
    }
    if (root->kind != LF_JSON_OBJECT) {
        return LF_E_PARSE;
    }
    const lf_json *names = lf_json_get(root, LF_STR("extends"));
    for (uint32_t i = 0; lf_json_is(names, LF_JSON_ARRAY) && i < names->n; i++) {
        if (names->u.items[i].kind == LF_JSON_STRING) {
            lf_buf_str(out, names->u.items[i].text);
            lf_buf_byte(out, 0);
        }
    }
    return out->failed ? LF_E_NOMEM : LF_OK;
}

lf_status lf_blueprint_extends(const char *json, size_t json_len, lf_buffer *out) {
    lf_arena arena;
    if (json == NULL || out == NULL) {
        return LF_E_ARG;
    }
    lf_arena_init(&arena, &out->buf.mem);
    size_t before = out->buf.n;
    lf_status status = put_extended(&arena, text_of(json, json_len), &out->buf);
    lf_arena_free(&arena);
    return lf_buf_end(&out->buf, before, status);
}

lf_blueprint *lf_blueprint_ref(lf_blueprint *blueprint) {
    return blueprint == NULL ? NULL : lf_definitions_ref(blueprint);
}

void lf_blueprint_unref(lf_blueprint *blueprint) {
    lf_definitions_unref(blueprint);
}

const char *lf_blueprint_name(const lf_blueprint *blueprint) {
    return blueprint == NULL || blueprint->name.n == 0 ? "" : blueprint->name.p;
}

lf_status lf_blueprint_json(const lf_blueprint *blueprint, lf_buffer *out) {
    if (blueprint == NULL || out == NULL) {
        return LF_E_ARG;
    }
    size_t before = out->buf.n;
    lf_json_put(&out->buf, blueprint->document);
    return lf_buf_end(&out->buf, before, LF_OK);
}

/* ---- events ---- */
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
    lf_status status = lf_event_read(event, text_of(json, json_len), line == 0 ? 1 : line,
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
    return lf_event_compose(event, text_of(contact, contact_len), text_of(type, type_len), at,
                            text_of(id, id_len), diags_of(diagnostics));
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
    return lf_event_put(event, text_of(prop, prop_len), &value, diags_of(diagnostics));
}

lf_status lf_event_set_string(lf_event *event, const char *prop, size_t prop_len, const char *text,
                              size_t text_len, lf_diagnostics *diagnostics) {
    return put(event, prop, prop_len, lf_value_str(text_of(text, text_len)), diagnostics);
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
    return lf_event_put_json(event, text_of(prop, prop_len), text_of(json, json_len),
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
    if (len != NULL) {
        *len = event == NULL ? 0 : event->contact.n;
    }
    return event == NULL ? NULL : event->contact.p;
}

int64_t lf_event_at(const lf_event *event) {
    return event == NULL ? 0 : event->at;
}

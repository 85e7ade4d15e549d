/* SPDX-License-Identifier: MIT */
/* The public handle of a blueprint. */
#include "blueprint/definitions.h"

void lf_blueprint_options_init(lf_blueprint_options *options, size_t struct_size) {
    lf_struct_init(options, struct_size);
}

void lf_expression_limits_init(lf_expression_limits *limits, size_t struct_size) {
    lf_struct_init(limits, struct_size);
}

/* 0 is the default; false: beyond what is safe. */
static bool set_limit(size_t given, uint32_t most, uint32_t *limit) {
    *limit = given == 0 ? *limit : (uint32_t)given;
    return given <= most;
}

static lf_status read_limits(const lf_expression_limits *theirs, lf_expr_limits *out) {
    const lf_expr_limits *most = &lf_expr_most;
    lf_expression_limits own = {0};
    lf_status status =
        theirs == NULL
            ? LF_OK
            : lf_struct_read(&own, sizeof own, LF_SIZE_1_0(lf_expression_limits, memory), theirs);
    *out = lf_expr_defaults;
    bool fine = set_limit(own.source, most->source, &out->source) &&
                set_limit(own.nesting, most->nesting, &out->nesting) &&
                set_limit(own.nodes, most->nodes, &out->nodes) &&
                set_limit(own.iterations, most->iterations, &out->iterations) &&
                set_limit(own.cost, most->cost, &out->cost) &&
                set_limit(own.memory, most->memory, &out->memory);
    return status != LF_OK || fine ? status : LF_E_ARG;
}

static lf_status parse(const lf_mem *mem, lf_str text, const lf_blueprint_options *options,
                       const lf_expr_limits *limits, const lf_zone_source *zones, lf_diags *diags,
                       lf_blueprint **out) {
    size_t n = options->preset_count;
    lf_source *presets = n == 0 ? NULL : lf_mem_alloc(mem, n * sizeof *presets);
    if (n > 0 && presets == NULL) {
        return LF_E_NOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        presets[i] =
            (lf_source){lf_str_of(options->preset_names[i]), lf_str_of(options->preset_texts[i])};
    }
    lf_parsing how = {.presets = presets,
                      .n_presets = (uint32_t)n,
                      .lint = options->lint != 0,
                      .limits = limits,
                      .zones = zones,
                      .previous = options->previous};
    lf_status status = lf_definitions_parse(mem, text, &how, diags, out);
    lf_mem_free(mem, presets, n * sizeof *presets);
    return status;
}

/* Reads the options and the table that they point to; without one *zones stays empty. */
static lf_status read_options(lf_blueprint_options *own, lf_zone_source *zones,
                              const lf_blueprint_options *options) {
    lf_status status =
        lf_struct_read(own, sizeof *own, LF_SIZE_1_0(lf_blueprint_options, previous), options);
    if (status == LF_OK && own->zones != NULL) {
        status =
            lf_struct_read(zones, sizeof *zones, LF_SIZE_1_0(lf_zone_source, load), own->zones);
    }
    if (status != LF_OK) {
        return status;
    }
    return own->preset_count > 255 || (own->zones != NULL && zones->load == NULL) ||
                   (own->preset_count > 0 &&
                    (own->preset_names == NULL || own->preset_texts == NULL))
               ? LF_E_ARG
               : LF_OK;
}

lf_status lf_blueprint_parse(const char *json, size_t json_len, const lf_blueprint_options *options,
                             lf_diagnostics *diagnostics, lf_blueprint **out) {
    lf_blueprint_options own = {0};
    lf_expr_limits limits;
    lf_zone_source zones = {0};
    lf_mem mem;
    lf_diags unheard;
    if (out == NULL) {
        return LF_E_ARG;
    }
    *out = NULL;
    lf_status status = options == NULL ? LF_OK : read_options(&own, &zones, options);
    if (status == LF_OK) {
        status = lf_mem_from(&mem, own.allocator);
    }
    if (status == LF_OK) {
        status = read_limits(own.limits, &limits);
    }
    if (status != LF_OK || json == NULL) {
        return status != LF_OK ? status : LF_E_ARG;
    }
    lf_diags_init(&unheard, &mem);
    status =
        parse(&mem, lf_str_given(json, json_len), &own, &limits, own.zones == NULL ? NULL : &zones,
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
    lf_status status = put_extended(&arena, lf_str_given(json, json_len), &out->buf);
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

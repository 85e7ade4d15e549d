/* SPDX-License-Identifier: MIT */
/* Diagnostics: everything that is wrong with a document, with its place. */
#include "base/base.h"
#include "base/codes.h"

#define MOST 1000u

void lf_diags_init(lf_diags *diags, const lf_mem *mem) {
    *diags = (lf_diags){.mem = *mem};
    lf_arena_init(&diags->arena, mem);
}

void lf_diags_free(lf_diags *diags) {
    lf_arena_free(&diags->arena);
    lf_mem_free(&diags->mem, diags->items, diags->cap * sizeof *diags->items);
    lf_diags_init(diags, &diags->mem);
}

void lf_diags_clear(lf_diags *diags) {
    lf_arena_reset(&diags->arena);
    diags->n = diags->n_errors = 0;
    diags->failed = false;
}

static bool keep(lf_diags *diags, lf_diag diag, const char *format, va_list args) {
    lf_buf text;
    lf_buf_init(&text, &diags->mem);
    lf_buf_vformat(&text, format, args);
    bool kept = !text.failed && lf_arena_str(&diags->arena, (lf_str){text.p, text.n}, &diag.text) &&
                lf_arena_str(&diags->arena, diag.pointer, &diag.pointer) &&
                lf_mem_grow(&diags->mem, (void **)&diags->items, &diags->cap, diags->n + 1,
                            sizeof *diags->items);
    lf_buf_free(&text);
    if (kept) {
        diags->items[diags->n++] = diag;
    }
    return kept;
}

void lf_diag_add(lf_diags *diags, uint16_t code, bool is_error, uint32_t line, uint32_t column,
                 lf_str pointer, const char *format, ...) {
    if (diags == NULL) {
        return;
    }
    diags->n_errors += is_error;
    if (diags->n >= MOST) {
        return;
    }
    lf_diag diag = {
        .code = code, .is_error = is_error, .line = line, .column = column, .pointer = pointer};
    va_list args;
    va_start(args, format);
    if (!keep(diags, diag, format, args)) {
        diags->failed = true;
    }
    va_end(args);
}

lf_status lf_diags_end(lf_diags *diags, lf_status status) {
    bool speechless = diags != NULL && diags->failed;
    if (diags != NULL) {
        diags->failed = false;
    }
    return speechless && status != LF_OK ? LF_E_NOMEM : status;
}

const char *lf_diag_code_name(uint16_t code) {
    switch (code) {
#define LF_CODE(id, number, name, meaning) \
    case number: \
        return name;
        LF_CODES(LF_CODE)
#undef LF_CODE
    default:
        return "unknown";
    }
}

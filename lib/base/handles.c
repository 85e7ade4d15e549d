/* SPDX-License-Identifier: MIT */
/* The public handles of this floor: version, status names, buffers, diagnostics. */
#include "base/base.h"

#include "leadflow/version.h"

int32_t lf_version(void) {
    return LF_VERSION;
}

const char *lf_version_string(void) {
    return "1.0.0";
}

const char *lf_status_name(lf_status status) {
    static const struct {
        lf_status status;
        const char *name;
    } names[] = {{LF_OK, "LF_OK"},
                 {LF_E_NOMEM, "LF_E_NOMEM"},
                 {LF_E_ARG, "LF_E_ARG"},
                 {LF_E_PARSE, "LF_E_PARSE"},
                 {LF_E_EVENT, "LF_E_EVENT"},
                 {LF_E_LIMIT, "LF_E_LIMIT"},
                 {LF_E_BUSY, "LF_E_BUSY"},
                 {LF_E_CONFLICT, "LF_E_CONFLICT"},
                 {LF_E_CORRUPT, "LF_E_CORRUPT"},
                 {LF_E_NOTFOUND, "LF_E_NOTFOUND"},
                 {LF_E_UNKNOWN, "LF_E_UNKNOWN"},
                 {LF_E_UNSUPPORTED, "LF_E_UNSUPPORTED"},
                 {LF_E_ABI, "LF_E_ABI"},
                 {LF_E_STORE, "LF_E_STORE"},
                 {LF_E_FENCED, "LF_E_FENCED"},
                 {LF_E_USER, "LF_E_USER"}};
    for (size_t i = 0; i < LF_COUNT(names); i++) {
        if (names[i].status == status) {
            return names[i].name;
        }
    }
    return "unknown status";
}

void lf_allocator_init(lf_allocator *allocator, size_t struct_size) {
    lf_struct_init(allocator, struct_size);
}

/* ---- buffers ---- */
lf_status lf_buffer_new(const lf_allocator *allocator, lf_buffer **out) {
    lf_mem mem;
    if (out == NULL) {
        return LF_E_ARG;
    }
    *out = NULL;
    lf_status status = lf_mem_from(&mem, allocator);
    if (status != LF_OK) {
        return status;
    }
    *out = lf_mem_alloc(&mem, sizeof **out);
    if (*out == NULL) {
        return LF_E_NOMEM;
    }
    lf_buf_init(&(*out)->buf, &mem);
    return LF_OK;
}

void lf_buffer_free(lf_buffer *buffer) {
    if (buffer != NULL) {
        lf_mem mem = buffer->buf.mem;
        lf_buf_free(&buffer->buf);
        lf_mem_free(&mem, buffer, sizeof *buffer);
    }
}

void lf_buffer_clear(lf_buffer *buffer) {
    if (buffer != NULL) {
        lf_buf_clear(&buffer->buf);
    }
}

const char *lf_buffer_data(const lf_buffer *buffer) {
    return buffer == NULL || buffer->buf.n == 0 || buffer->buf.failed ? "" : buffer->buf.p;
}

size_t lf_buffer_size(const lf_buffer *buffer) {
    return buffer == NULL || buffer->buf.failed ? 0 : buffer->buf.n;
}

/* ---- diagnostics ---- */
lf_status lf_diagnostics_new(const lf_allocator *allocator, lf_diagnostics **out) {
    lf_mem mem;
    if (out == NULL) {
        return LF_E_ARG;
    }
    *out = NULL;
    lf_status status = lf_mem_from(&mem, allocator);
    if (status != LF_OK) {
        return status;
    }
    *out = lf_mem_alloc(&mem, sizeof **out);
    if (*out == NULL) {
        return LF_E_NOMEM;
    }
    lf_diags_init(&(*out)->diags, &mem);
    return LF_OK;
}

void lf_diagnostics_free(lf_diagnostics *diagnostics) {
    if (diagnostics != NULL) {
        lf_mem mem = diagnostics->diags.mem;
        lf_diags_free(&diagnostics->diags);
        lf_mem_free(&mem, diagnostics, sizeof *diagnostics);
    }
}

void lf_diagnostics_clear(lf_diagnostics *diagnostics) {
    if (diagnostics != NULL) {
        lf_diags_clear(&diagnostics->diags);
    }
}

size_t lf_diagnostics_count(const lf_diagnostics *diagnostics) {
    return diagnostics == NULL ? 0 : diagnostics->diags.n;
}

static const lf_diag *diag_at(const lf_diagnostics *diagnostics, size_t index) {
    bool there = diagnostics != NULL && index < diagnostics->diags.n;
    return there ? &diagnostics->diags.items[index] : NULL;
}

int32_t lf_diagnostics_is_error(const lf_diagnostics *diagnostics, size_t index) {
    const lf_diag *diag = diag_at(diagnostics, index);
    return diag != NULL && diag->is_error;
}

const char *lf_diagnostics_code(const lf_diagnostics *diagnostics, size_t index) {
    const lf_diag *diag = diag_at(diagnostics, index);
    return diag == NULL ? NULL : lf_diag_code_name(diag->code);
}

static const char *text_of(const lf_diag *diag, lf_str text) {
    return diag == NULL ? NULL : text.n == 0 ? "" : text.p;
}

const char *lf_diagnostics_text(const lf_diagnostics *diagnostics, size_t index) {
    const lf_diag *diag = diag_at(diagnostics, index);
    return diag == NULL ? NULL : text_of(diag, diag->text);
}

const char *lf_diagnostics_pointer(const lf_diagnostics *diagnostics, size_t index) {
    const lf_diag *diag = diag_at(diagnostics, index);
    return diag == NULL ? NULL : text_of(diag, diag->pointer);
}

const char *lf_diagnostics_source(const lf_diagnostics *diagnostics, size_t index) {
    const lf_diag *diag = diag_at(diagnostics, index);
    return diag == NULL ? NULL : text_of(diag, diag->source);
}

uint32_t lf_diagnostics_line(const lf_diagnostics *diagnostics, size_t index) {
    const lf_diag *diag = diag_at(diagnostics, index);
    return diag == NULL ? 0 : diag->line;
}

uint32_t lf_diagnostics_column(const lf_diagnostics *diagnostics, size_t index) {
    const lf_diag *diag = diag_at(diagnostics, index);
    return diag == NULL ? 0 : diag->column;
}

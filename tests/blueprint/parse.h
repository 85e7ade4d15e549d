/* SPDX-License-Identifier: MIT */
/* What the blueprint's tests share: documents written with ' for " and ` for ', and what was said of them. */
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <setjmp.h>

#include <cmocka.h>

#include "blueprint/definitions.h"

static inline lf_mem libc_mem(void) {
    lf_mem mem;
    lf_mem_from(&mem, NULL);
    return mem;
}

/* ' becomes " and ` becomes ', so that documents can stand in C; free() it. */
static inline char *quoted(const char *text) {
    size_t n = strlen(text);
    char *out = malloc(n + 1);
    assert_non_null(out);
    for (size_t i = 0; i <= n; i++) {
        out[i] = text[i];
        if (text[i] == '\'' || text[i] == '`') {
            out[i] = text[i] == '\'' ? '"' : '\'';
        }
    }
    return out;
}

/* "code pointer line:column text", a line each; free() it. */
static inline char *said(const lf_diags *diags) {
    lf_mem mem = libc_mem();
    lf_buf buf;
    lf_buf_init(&buf, &mem);
    for (uint32_t i = 0; i < diags->n; i++) {
        const lf_diag *diag = &diags->items[i];
        lf_buf_format(&buf, "%s %S %u:%u %S\n", lf_diag_code_name(diag->code),
                      diag->pointer.n == 0 ? LF_STR(".") : diag->pointer, (uint64_t)diag->line,
                      (uint64_t)diag->column, diag->text);
    }
    char *out = malloc(buf.n + 1);
    assert_non_null(out);
    memcpy(out, lf_buf_cstr(&buf), buf.n + 1);
    lf_buf_free(&buf);
    return out;
}

/* A document that is accepted; lf_definitions_unref() it. */
static inline lf_blueprint *accepted(const char *text) {
    lf_mem mem = libc_mem();
    lf_diags diags;
    lf_blueprint *bp = NULL;
    char *document = quoted(text);
    lf_diags_init(&diags, &mem);
    lf_status status =
        lf_definitions_parse(&mem, lf_str_of(document), &(lf_parsing){.lint = false}, &diags, &bp);
    if (status != LF_OK) {
        fail_msg("%s: %s\n%s", lf_status_name(status), said(&diags), document);
    }
    lf_diags_free(&diags);
    free(document);
    return bp;
}

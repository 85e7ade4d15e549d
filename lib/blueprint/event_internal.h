/* SPDX-License-Identifier: MIT */
/* What reading and checking an event share: where a complaint belongs. */
#pragma once

#include "base/codes.h"
#include "blueprint/definitions.h"

typedef struct lf_spot {
    lf_diags *diags; /* may be NULL */
    uint32_t line, column;
    const char *pointer;
} lf_spot;

/* The place of a value; NULL: it has none. */
lf_spot lf_event_place(lf_diags *diags, const lf_json *json, const char *pointer);
/* "what 'name' (did you mean 'nearest'?)" at the pointer, behind which `member` goes; LF_E_EVENT. */
lf_status lf_event_refuse(lf_spot at, uint16_t code, lf_str member, const char *what, lf_str name,
                          lf_str nearest);

/* SPDX-License-Identifier: MIT */
/* An effect as callers see it: its JSON and what can be asked of it. Made from a step's or a stored one. */
#pragma once

#include "flow/flow.h"

struct lf_effect {
    int64_t at;
    lf_str kind, contact; /* NUL-terminated */
    char key[LF_KEY_SIZE];
    lf_str json;          /* NUL-terminated */
    lf_arena *arena;      /* in which all this lies */
    const lf_json **tree; /* of the JSON; NULL until a member is asked for */
};

/* Makes one in the arena; `scratch` is a buffer to work in. LF_E_NOMEM. */
lf_status lf_effect_make(lf_arena *arena, lf_buf *scratch, const lf_blueprint *blueprint,
                         lf_str tenant, lf_str contact, const lf_fx *fx, lf_effect **out);
/* From its stored JSON. LF_E_CORRUPT: it is no effect. */
lf_status lf_effect_read(lf_arena *arena, lf_str json, lf_effect **out);

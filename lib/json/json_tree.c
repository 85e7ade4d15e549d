/* SPDX-License-Identifier: MIT */
/* Looking into a tree: members, equality, pointers (RFC 6901), merge patch (RFC 7396). */
#include <float.h>

#include "json/json.h"

const lf_member *lf_json_member(const lf_json *object, lf_str name) {
    if (!lf_json_is(object, LF_JSON_OBJECT)) {
        return NULL;
    }
    for (uint32_t i = 0; i < object->n; i++) {
        if (lf_str_eq(object->u.members[i].name, name)) {
            return &object->u.members[i];
        }
    }
    return NULL;
}

const lf_json *lf_json_get(const lf_json *object, lf_str name) {
    const lf_member *member = lf_json_member(object, name);
    return member == NULL ? NULL : &member->value;
}

bool lf_json_as_double(const lf_json *v, double *out) {
    if (lf_json_is(v, LF_JSON_INT)) {
        *out = (double)v->u.i;
        return true;
    }
    *out = lf_json_is(v, LF_JSON_NUMBER) ? v->u.d : 0;
    return lf_json_is(v, LF_JSON_NUMBER) && *out >= -DBL_MAX && *out <= DBL_MAX;
}

static bool is_number(const lf_json *v) {
    return v->kind == LF_JSON_INT || v->kind == LF_JSON_NUMBER;
}

static bool numbers_equal(const lf_json *a, const lf_json *b) {
    if (a->kind == LF_JSON_INT && b->kind == LF_JSON_INT) {
        return a->u.i == b->u.i;
    }
    double x = a->kind == LF_JSON_INT ? (double)a->u.i : a->u.d;
    double y = b->kind == LF_JSON_INT ? (double)b->u.i : b->u.d;
    return x >= y && x <= y; /* two that are beyond a double are taken as equal */
}

bool lf_json_equal(const lf_json *a, const lf_json *b) {
    if (is_number(a) && is_number(b)) {
        return numbers_equal(a, b);
    }
    if (a->kind != b->kind || a->n != b->n) {
        return false;
    }
    switch (a->kind) {
    case LF_JSON_BOOL:
        return a->boolean == b->boolean;
    case LF_JSON_STRING:
        return lf_str_eq(a->text, b->text);
    case LF_JSON_ARRAY:
        for (uint32_t i = 0; i < a->n; i++) {
            if (!lf_json_equal(&a->u.items[i], &b->u.items[i])) {
                return false;
            }
        }
        return true;
    case LF_JSON_OBJECT:
        for (uint32_t i = 0; i < a->n; i++) {
            const lf_json *other = lf_json_get(b, a->u.members[i].name);
            if (other == NULL || !lf_json_equal(&a->u.members[i].value, other)) {
                return false;
            }
        }
        return true;
    default:
        return true;
    }
}

const char *lf_json_kind_name(const lf_json *v) {
    static const char *const names[] = {"null",     "a boolean", "a number", "a number",
                                        "a string", "an array",  "an object"};
    return v == NULL ? "nothing" : names[v->kind];
}

/* Does the pointer's token (with ~0 and ~1) stand for this name? */
static bool token_is(lf_str token, lf_str name) {
    size_t at = 0;
    for (size_t i = 0; i < token.n; i++, at++) {
        char c = token.p[i];
        if (c == '~') {
            c = token.p[++i] == '0' ? '~' : '/';
        }
        if (at >= name.n || name.p[at] != c) {
            return false;
        }
    }
    return at == name.n;
}

static bool token_valid(lf_str token) {
    for (size_t i = 0; i < token.n; i++) {
        if (token.p[i] == '~' &&
            (i + 1 == token.n || (token.p[i + 1] != '0' && token.p[i + 1] != '1'))) {
            return false;
        }
    }
    return true;
}

static const lf_json *step_into(const lf_json *v, lf_str token) {
    if (v->kind == LF_JSON_OBJECT) {
        for (uint32_t i = 0; i < v->n; i++) {
            if (token_is(token, v->u.members[i].name)) {
                return &v->u.members[i].value;
            }
        }
    }
    uint64_t index;
    if (v->kind == LF_JSON_ARRAY && lf_parse_u64(token, &index) && index < v->n &&
        (token.n == 1 || token.p[0] != '0')) {
        return &v->u.items[index];
    }
    return NULL;
}

const lf_json *lf_json_pointer(const lf_json *root, lf_str pointer) {
    const lf_json *v = root;
    size_t at = 0;
    while (v != NULL && at < pointer.n) {
        if (pointer.p[at] != '/') {
            return NULL;
        }
        size_t from = ++at;
        while (at < pointer.n && pointer.p[at] != '/') {
            at++;
        }
        lf_str token = {pointer.p + from, at - from};
        v = token_valid(token) ? step_into(v, token) : NULL;
    }
    return v;
}

void lf_json_pointer_add(lf_buf *pointer, lf_str token) {
    lf_buf_byte(pointer, '/');
    for (size_t i = 0; i < token.n; i++) {
        if (token.p[i] == '~' || token.p[i] == '/') {
            lf_buf_text(pointer, token.p[i] == '~' ? "~0" : "~1");
        } else {
            lf_buf_byte(pointer, (uint8_t)token.p[i]);
        }
    }
}

/* A value as `change` makes it; it may have been none, NULL, and become none. */
static lf_status merge_member(lf_arena *arena, const lf_json *own, const lf_member *change,
                              lf_json *out) {
    if (change->value.kind == LF_JSON_NULL) {
        return LF_OK;
    }
    const lf_json *merged;
    lf_status status = lf_json_merge(arena, own, &change->value, &merged);
    if (status == LF_OK) {
        lf_member *member = &out->u.members[out->n++];
        *member = *change;
        member->value = *merged;
    }
    return status;
}

/* The members of the target in their places, then those that only the patch has. */
static lf_status merge_members(lf_arena *arena, const lf_json *target, const lf_json *patch,
                               const lf_names *names, lf_json *out) {
    uint32_t n = lf_json_is(target, LF_JSON_OBJECT) ? target->n : 0;
    lf_status status = LF_OK;
    bool *used = lf_arena_alloc(arena, patch->n);
    *out = *patch;
    out->n = 0;
    out->u.members = lf_arena_alloc(arena, ((size_t)n + patch->n) * sizeof *out->u.members);
    if (used == NULL || out->u.members == NULL) {
        return LF_E_NOMEM;
    }
    for (uint32_t i = 0; i < n && status == LF_OK; i++) {
        const lf_member *own = &target->u.members[i];
        int32_t at = lf_names_find(names, own->name);
        if (at < 0) {
            out->u.members[out->n++] = *own;
        } else {
            used[at] = true;
            status = merge_member(arena, &own->value, &patch->u.members[at], out);
        }
    }
    for (uint32_t i = 0; i < patch->n && status == LF_OK; i++) {
        status = used[i] ? LF_OK : merge_member(arena, NULL, &patch->u.members[i], out);
    }
    return status;
}

static lf_status merge_object(lf_arena *arena, const lf_json *target, const lf_json *patch,
                              lf_json *out) {
    lf_names names;
    lf_status status = LF_OK;
    lf_names_init(&names, &arena->mem);
    for (uint32_t i = 0; i < patch->n && status == LF_OK; i++) {
        status = lf_names_add(&names, patch->u.members[i].name) == -1 ? LF_E_NOMEM : LF_OK;
    }
    if (status == LF_OK) {
        status = merge_members(arena, target, patch, &names, out);
    }
    lf_names_free(&names);
    return status;
}

lf_status lf_json_merge(lf_arena *arena, const lf_json *target, const lf_json *patch,
                        const lf_json **out) {
    *out = patch;
    if (patch->kind != LF_JSON_OBJECT) {
        return LF_OK;
    }
    lf_json *merged = lf_arena_alloc(arena, sizeof *merged);
    if (merged == NULL) {
        return LF_E_NOMEM;
    }
    *out = merged;
    return merge_object(arena, target, patch, merged);
}

static uint32_t mix(uint32_t seed, lf_str text) {
    return (uint32_t)lf_hash(text.p, text.n, seed);
}

uint32_t lf_json_hash(const lf_json *v, uint32_t seed) {
    uint32_t sum = seed * 31 + v->kind;
    switch (v->kind) {
    case LF_JSON_ARRAY:
        for (uint32_t i = 0; i < v->n; i++) {
            sum = lf_json_hash(&v->u.items[i], sum * 33 + 1);
        }
        return sum;
    case LF_JSON_OBJECT:
        for (uint32_t i = 0; i < v->n; i++) {
            const lf_member *member = &v->u.members[i];
            sum += lf_json_hash(&member->value, mix(seed, member->name));
        }
        return sum;
    case LF_JSON_BOOL:
        return sum + v->boolean;
    case LF_JSON_NULL:
        return sum;
    default:
        return mix(sum, v->text);
    }
}

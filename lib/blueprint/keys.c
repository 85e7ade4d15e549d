/* SPDX-License-Identifier: MIT */
/* Reading objects by tables of their keys, with errors that say where and what was expected. */
#include "blueprint/blueprint_internal.h"
#include "time/timing.h"

#define MOST_KEYS 32u /* of one table */

static const lf_key *find_key(const lf_key *keys, size_t n, lf_str name) {
    for (size_t i = 0; i < n; i++) {
        if (lf_str_eq(lf_str_of(keys[i].name), name)) {
            return &keys[i];
        }
    }
    return NULL;
}

static void unknown_key(lf_build *b, const lf_json *at, lf_str name, const lf_key *keys, size_t n) {
    lf_str known[MOST_KEYS + 1] = {LF_STR("description")};
    size_t n_known = 1;
    for (size_t i = 0; i < n && n_known < LF_COUNT(known); i++) {
        known[n_known++] = lf_str_of(keys[i].name);
    }
    lf_str nearest = lf_nearest(name, known, n_known);
    if (nearest.n > 0) {
        lf_build_error(b, LF_D_UNKNOWN_KEY, at, name, "unknown key %q (did you mean %q?)", name,
                       nearest);
    } else {
        lf_build_error(b, LF_D_UNKNOWN_KEY, at, name, "unknown key %q", name);
    }
}

static void free_list(lf_build *b, lf_buf *list) {
    if (list->failed) {
        b->status = LF_E_NOMEM;
    }
    lf_buf_free(list);
}

/* "a string", "a string or an array" */
static void wrong_kind(lf_build *b, const lf_json *at, lf_str name, uint32_t kinds) {
    static const struct {
        uint32_t kind;
        const char *name;
    } kind_names[] = {{LF_K_STRING, "a string"},
                      {LF_K_BOOL, "a boolean"},
                      {1 << LF_JSON_NUMBER, "a number"},
                      {LF_K_ARRAY, "an array"},
                      {LF_K_OBJECT, "an object"}};
    lf_buf list;
    lf_buf_init(&list, &b->bp->mem);
    if ((kinds & LF_K_NUMBER) == LF_K_INT) {
        lf_buf_text(&list, "a whole number");
    }
    for (size_t i = 0; i < LF_COUNT(kind_names); i++) {
        if (kinds & kind_names[i].kind) {
            lf_buf_text(&list, list.n == 0 ? "" : " or ");
            lf_buf_text(&list, kind_names[i].name);
        }
    }
    const char *have = (kinds & LF_K_NUMBER) == LF_K_INT && at->kind == LF_JSON_NUMBER
                           ? "a number with a fraction or exponent"
                           : lf_json_kind_name(at);
    lf_build_error(b, LF_D_WRONG_TYPE, at, name, "%q must be %s, not %s", name, lf_buf_cstr(&list),
                   have);
    free_list(b, &list);
}

static bool check_member(lf_build *b, const lf_member *member, const lf_key *keys, size_t n) {
    const lf_key *key = find_key(keys, n, member->name);
    lf_json at = lf_place_of(member);
    uint32_t kinds = LF_K_STRING;
    if (key == NULL && !lf_str_eq(member->name, LF_STR("description"))) {
        unknown_key(b, &at, member->name, keys, n);
        return false;
    }
    if (key != NULL) {
        kinds = key->kinds;
    }
    if (kinds & LF_K_LATER) {
        lf_build_error(b, LF_D_NOT_SUPPORTED, &at, member->name, "%q is not supported yet",
                       member->name);
        return false;
    }
    if (!(kinds >> member->value.kind & 1)) {
        wrong_kind(b, &member->value, member->name, kinds);
        return false;
    }
    return true;
}

bool lf_keys_check(lf_build *b, const lf_json *object, const lf_key *keys, size_t n) {
    bool fine = true;
    if (object->kind != LF_JSON_OBJECT) {
        lf_build_error(b, LF_D_WRONG_TYPE, object, (lf_str){NULL, 0}, "expected an object, not %s",
                       lf_json_kind_name(object));
        return false;
    }
    for (uint32_t i = 0; i < object->n; i++) {
        fine = check_member(b, &object->u.members[i], keys, n) && fine;
    }
    for (size_t i = 0; i < n; i++) {
        if ((keys[i].kinds & LF_K_REQUIRED) &&
            lf_json_get(object, lf_str_of(keys[i].name)) == NULL) {
            lf_build_error(b, LF_D_MISSING_KEY, object, (lf_str){NULL, 0},
                           "the key '%s' is missing", keys[i].name);
            fine = false;
        }
    }
    return fine;
}

const lf_json *lf_key_get(const lf_json *object, const char *name, uint32_t kinds) {
    const lf_json *value = lf_json_get(object, lf_str_of(name));
    return value != NULL && (kinds >> value->kind & 1) ? value : NULL;
}

lf_str lf_key_text(const lf_json *object, const char *name) {
    const lf_json *value = lf_key_get(object, name, LF_K_STRING);
    return value == NULL ? (lf_str){NULL, 0} : value->text;
}

bool lf_key_true(const lf_json *object, const char *name) {
    const lf_json *value = lf_key_get(object, name, LF_K_BOOL);
    return value != NULL && value->boolean;
}

bool lf_key_points(lf_build *b, const lf_json *object, const char *name, int64_t most,
                   int64_t *out) {
    const lf_json *value = lf_key_get(object, name, LF_K_NUMBER);
    int64_t milli;
    if (value == NULL) {
        return true;
    }
    if (!lf_parse_decimal(value->text, 3, &milli) || milli > most || milli < -most) {
        const char *bound = most == LF_MOST_POINTS ? "1,000,000" : "1,000,000,000,000";
        lf_build_error(b, LF_D_BAD_VALUE, value, lf_str_of(name),
                       "points have at most three decimals and lie between -%s and %s, not %S",
                       bound, bound, value->text);
        return false;
    }
    *out = milli;
    return true;
}

bool lf_key_duration(lf_build *b, const lf_json *object, const char *name, int64_t least,
                     int64_t *out) {
    const lf_json *value = lf_key_get(object, name, LF_K_STRING);
    int64_t ms;
    if (value == NULL) {
        return true;
    }
    if (!lf_duration_parse(value->text, false, &ms)) {
        lf_build_error(b, LF_D_BAD_VALUE, value, lf_str_of(name),
                       "expected a duration such as '90d' or '1h30m', not %q", value->text);
        return false;
    }
    if (ms < least) {
        lf_build_error(b, LF_D_BAD_VALUE, value, lf_str_of(name), "this duration must be above 0");
        return false;
    }
    *out = ms;
    return true;
}

bool lf_key_count(lf_build *b, const lf_json *object, const char *name, uint32_t least,
                  uint32_t most, uint32_t *out) {
    const lf_json *value = lf_key_get(object, name, LF_K_INT);
    if (value == NULL) {
        return true;
    }
    if (value->u.i < least || value->u.i > most) {
        lf_build_error(b, LF_D_BAD_VALUE, value, lf_str_of(name),
                       "expected a whole number from %u to %u, not %S", (uint64_t)least,
                       (uint64_t)most, value->text);
        return false;
    }
    *out = (uint32_t)value->u.i;
    return true;
}

static void no_such_word(lf_build *b, const lf_json *value, const char *name,
                         const char *const *words, size_t n) {
    lf_buf list;
    lf_buf_init(&list, &b->bp->mem);
    for (size_t i = 0; i < n; i++) {
        lf_buf_text(&list, i == 0 ? "" : ", ");
        lf_buf_text(&list, words[i]);
    }
    lf_build_error(b, LF_D_BAD_VALUE, value, lf_str_of(name), "%q is none of: %s", value->text,
                   lf_buf_cstr(&list));
    free_list(b, &list);
}

bool lf_key_word(lf_build *b, const lf_json *object, const char *name, const char *const *words,
                 size_t n, uint8_t *out) {
    const lf_json *value = lf_key_get(object, name, LF_K_STRING);
    if (value == NULL) {
        return true;
    }
    for (size_t i = 0; i < n; i++) {
        if (lf_str_eq(value->text, lf_str_of(words[i]))) {
            *out = (uint8_t)i;
            return true;
        }
    }
    no_such_word(b, value, name, words, n);
    return false;
}

void lf_need_some(lf_build *b, const lf_json *list) {
    if (list->n == 0) {
        lf_build_error(b, LF_D_BAD_VALUE, list, (lf_str){NULL, 0}, "the list is empty");
    }
}

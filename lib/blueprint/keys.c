/* SPDX-License-Identifier: MIT */
/* Reading objects by tables of their keys, with errors that say where and what was expected. */
#include "blueprint/blueprint_internal.h"
#include "time/timing.h"

void *lf_build_alloc(lf_build *b, size_t size) {
    void *p = lf_arena_alloc(b->arena, size);
    if (p == NULL) {
        b->status = LF_E_NOMEM;
    }
    return p;
}

size_t lf_path_down(lf_build *b, lf_str token) {
    size_t length = b->path.n;
    lf_json_pointer_add(&b->path, token);
    return length;
}

size_t lf_path_item(lf_build *b, uint32_t index) {
    size_t length = b->path.n;
    lf_buf_byte(&b->path, '/');
    lf_buf_u64(&b->path, index);
    return length;
}

void lf_path_up(lf_build *b, size_t length) {
    b->path.n = length;
}

/* Says it of the present path and the document that `at` stands in. */
static void say(lf_build *b, uint16_t code, bool is_error, const lf_json *at, const char *format, va_list args) {
    lf_buf text;
    lf_buf_init(&text, &b->bp->mem);
    lf_buf_vformat(&text, format, args);
    uint32_t before = b->diags->n, source = at->line >> LF_SOURCE_SHIFT;
    lf_diag_add(b->diags, code, is_error, at->line & ((1u << LF_SOURCE_SHIFT) - 1), at->column,
                (lf_str){b->path.p, b->path.n}, "%S", (lf_str){text.p, text.n});
    if (source > 0 && b->diags->n > before) {
        lf_arena_str(&b->diags->arena, b->presets[source - 1].name, &b->diags->items[before].source);
    }
    if (text.failed || b->path.failed) {
        b->status = LF_E_NOMEM;
    }
    lf_buf_free(&text);
}

void lf_build_error(lf_build *b, uint16_t code, const lf_json *at, lf_str member, const char *format, ...) {
    va_list args;
    va_start(args, format);
    size_t length = b->path.n;
    if (member.p != NULL) {
        lf_json_pointer_add(&b->path, member);
    }
    say(b, code, true, at, format, args);
    lf_path_up(b, length);
    va_end(args);
}

void lf_build_finding(lf_build *b, uint16_t code, const char *format, ...) {
    static const lf_json nowhere = {.kind = LF_JSON_NULL};
    va_list args;
    va_start(args, format);
    const lf_json *at = lf_json_pointer(b->bp->document, (lf_str){b->path.p, b->path.n});
    say(b, code, false, at == NULL ? &nowhere : at, format, args);
    va_end(args);
}

void lf_build_unknown(lf_build *b, const lf_json *at, lf_str member, const char *what, lf_str name,
                      lf_str nearest) {
    if (nearest.n > 0) {
        lf_build_error(b, LF_D_UNKNOWN_NAME, at, member, "unknown %s %q (did you mean %q?)", what, name,
                       nearest);
    } else {
        lf_build_error(b, LF_D_UNKNOWN_NAME, at, member, "unknown %s %q", what, name);
    }
}

static const lf_key *find_key(const lf_key *keys, size_t n, lf_str name) {
    for (size_t i = 0; i < n; i++) {
        if (lf_str_eq(lf_str_of(keys[i].name), name)) {
            return &keys[i];
        }
    }
    return NULL;
}

static void unknown_key(lf_build *b, const lf_json *at, lf_str name, const lf_key *keys, size_t n) {
    lf_str nearest = {NULL, 0};
    lf_str candidates[64];
    for (size_t i = 0; i < n && i < LF_COUNT(candidates); i++) {
        candidates[i] = lf_str_of(keys[i].name);
    }
    nearest = lf_nearest(name, candidates, n < LF_COUNT(candidates) ? n : LF_COUNT(candidates));
    if (nearest.n > 0) {
        lf_build_error(b, LF_D_UNKNOWN_KEY, at, name, "unknown key %q (did you mean %q?)", name, nearest);
    } else {
        lf_build_error(b, LF_D_UNKNOWN_KEY, at, name, "unknown key %q", name);
    }
}

/* "a string", "a string or an array" */
static void expected(lf_build *b, const lf_json *at, lf_str name, uint32_t kinds) {
    static const struct {
        uint32_t kind;
        const char *name;
    } kind_names[] = {{LF_K_STRING, "a string"}, {LF_K_BOOL, "a boolean"},  {1 << LF_JSON_NUMBER, "a number"},
                      {LF_K_ARRAY, "an array"},  {LF_K_OBJECT, "an object"}, {LF_K_NULL, "null"}};
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
    lf_build_error(b, LF_D_WRONG_TYPE, at, name, "%q must be %s, not %s", name, lf_buf_cstr(&list),
                   lf_json_kind_name(at));
    lf_buf_free(&list);
}

bool lf_keys_check(lf_build *b, const lf_json *object, const lf_key *keys, size_t n) {
    bool fine = true;
    if (object->kind != LF_JSON_OBJECT) {
        lf_build_error(b, LF_D_WRONG_TYPE, object, (lf_str){NULL, 0}, "expected an object, not %s",
                       lf_json_kind_name(object));
        return false;
    }
    for (uint32_t i = 0; i < object->n; i++) {
        const lf_member *member = &object->u.members[i];
        lf_json at = member->value;
        at.line = member->line;
        at.column = member->column;
        const lf_key *key = find_key(keys, n, member->name);
        bool described = lf_str_eq(member->name, LF_STR("description"));
        if (key == NULL && !described) {
            unknown_key(b, &at, member->name, keys, n);
            fine = false;
        } else if (key != NULL && (key->kinds & LF_K_LATER)) {
            lf_build_error(b, LF_D_NOT_SUPPORTED, &at, member->name, "%q is not supported yet",
                           member->name);
            fine = false;
        } else if (!((key == NULL ? LF_K_STRING : key->kinds) >> member->value.kind & 1)) {
            expected(b, &member->value, member->name, key == NULL ? LF_K_STRING : key->kinds);
            fine = false;
        }
    }
    for (size_t i = 0; i < n; i++) {
        if ((keys[i].kinds & LF_K_REQUIRED) && lf_json_get(object, lf_str_of(keys[i].name)) == NULL) {
            lf_build_error(b, LF_D_MISSING_KEY, object, (lf_str){NULL, 0}, "the key '%s' is missing",
                           keys[i].name);
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

bool lf_key_points(lf_build *b, const lf_json *object, const char *name, int64_t *out) {
    const lf_json *value = lf_key_get(object, name, LF_K_NUMBER);
    int64_t milli;
    if (value == NULL) {
        return true;
    }
    if (!lf_parse_decimal(value->text, 3, &milli) || milli > 1000000000 || milli < -1000000000) {
        lf_build_error(b, LF_D_BAD_VALUE, value, lf_str_of(name),
                       "points have at most three decimals and lie within 1,000,000");
        return false;
    }
    *out = milli;
    return true;
}

bool lf_key_duration(lf_build *b, const lf_json *object, const char *name, int64_t *out) {
    const lf_json *value = lf_key_get(object, name, LF_K_STRING);
    int64_t ms;
    if (value == NULL) {
        return true;
    }
    if (!lf_duration_parse(value->text, false, &ms) || ms == 0) {
        lf_build_error(b, LF_D_BAD_VALUE, value, lf_str_of(name),
                       "expected a duration such as '90d' or '1h30m', not %q", value->text);
        return false;
    }
    *out = ms;
    return true;
}

bool lf_key_count(lf_build *b, const lf_json *object, const char *name, uint32_t most, uint32_t *out) {
    const lf_json *value = lf_key_get(object, name, LF_K_INT);
    if (value == NULL) {
        return true;
    }
    if (value->u.i < 1 || value->u.i > most) {
        lf_build_error(b, LF_D_BAD_VALUE, value, lf_str_of(name), "expected a whole number from 1 to %u",
                       (uint64_t)most);
        return false;
    }
    *out = (uint32_t)value->u.i;
    return true;
}

bool lf_key_word(lf_build *b, const lf_json *object, const char *name, const char *const *words, size_t n,
                 uint8_t *out) {
    const lf_json *value = lf_key_get(object, name, LF_K_STRING);
    lf_buf list;
    if (value == NULL) {
        return true;
    }
    lf_buf_init(&list, &b->bp->mem);
    for (size_t i = 0; i < n; i++) {
        if (lf_str_eq(value->text, lf_str_of(words[i]))) {
            *out = (uint8_t)i;
            lf_buf_free(&list);
            return true;
        }
        lf_buf_text(&list, i == 0 ? "" : ", ");
        lf_buf_text(&list, words[i]);
    }
    lf_build_error(b, LF_D_BAD_VALUE, value, lf_str_of(name), "%q is none of: %s", value->text,
                   lf_buf_cstr(&list));
    lf_buf_free(&list);
    return false;
}

uint16_t lf_name_value(lf_build *b, const lf_json *value, const lf_names *names, const char *what) {
    if (!lf_json_is(value, LF_JSON_STRING)) {
        return LF_NO_INDEX;
    }
    int32_t index = lf_names_find(names, value->text);
    if (index < 0) {
        lf_build_unknown(b, value, (lf_str){NULL, 0}, what, value->text,
                         lf_names_nearest(names, value->text));
        return LF_NO_INDEX;
    }
    return (uint16_t)index;
}

lf_type_set lf_type_set_value(lf_build *b, const lf_json *value) {
    lf_type_set set = {NULL, 0};
    if (value == NULL) {
        return set;
    }
    bool list = value->kind == LF_JSON_ARRAY;
    uint32_t n = list ? value->n : 1;
    uint16_t *types = lf_build_alloc(b, n * sizeof *types);
    if (types == NULL) {
        return set;
    }
    for (uint32_t i = 0; i < n; i++) {
        const lf_json *item = list ? &value->u.items[i] : value;
        if (item->kind != LF_JSON_STRING) {
            lf_build_error(b, LF_D_WRONG_TYPE, item, (lf_str){NULL, 0}, "expected the name of an event type");
            continue;
        }
        uint16_t type = lf_name_value(b, item, &b->bp->schema.names[LF_N_TYPE], "event type");
        if (type != LF_NO_INDEX) {
            types[set.n++] = type;
        }
    }
    if (list && n == 0) {
        lf_build_error(b, LF_D_BAD_VALUE, value, (lf_str){NULL, 0}, "the list is empty");
    }
    set.types = types;
    return set;
}

bool lf_type_set_has(const lf_type_set *set, uint16_t type) {
    for (uint32_t i = 0; i < set->n; i++) {
        if (set->types[i] == type) {
            return true;
        }
    }
    return false;
}

const lf_json *lf_section(lf_build *b, const lf_json *object, const char *name) {
    static const lf_json empty = {.kind = LF_JSON_OBJECT};
    const lf_json *found = lf_key_get(object, name, LF_K_OBJECT);
    lf_json *section = lf_build_alloc(b, sizeof *section);
    if (found == NULL || section == NULL) {
        return &empty;
    }
    *section = *found;
    section->n = 0;
    section->u.members = lf_build_alloc(b, (found->n + 1u) * sizeof(lf_member));
    size_t length = lf_path_down(b, lf_str_of(name));
    for (uint32_t i = 0; section->u.members != NULL && i < found->n; i++) {
        const lf_member *member = &found->u.members[i];
        lf_json at = {.line = member->line, .column = member->column};
        if (lf_str_eq(member->name, LF_STR("description")) && member->value.kind == LF_JSON_STRING) {
            continue;
        }
        if (lf_str_eq(member->name, LF_STR("renamed"))) {
            lf_build_error(b, LF_D_NOT_SUPPORTED, &at, member->name, "'renamed' is not supported yet");
        } else {
            section->u.members[section->n++] = *member;
        }
    }
    lf_path_up(b, length);
    return section;
}

bool lf_section_names(lf_build *b, const lf_json *section, lf_names *names, const char *what) {
    bool fine = true;
    if (section->n > LF_MOST_DEFINITIONS) {
        lf_build_error(b, LF_D_LIMIT, section, (lf_str){NULL, 0}, "more than %u of one kind",
                       (uint64_t)LF_MOST_DEFINITIONS);
        return false;
    }
    for (uint32_t i = 0; i < section->n; i++) {
        const lf_member *member = &section->u.members[i];
        lf_json at = {.line = member->line, .column = member->column};
        if (!lf_is_identifier(member->name)) {
            lf_build_error(b, LF_D_BAD_VALUE, &at, member->name,
                           "the name of a %s must match [a-z][a-z0-9_]{0,62}", what);
            fine = false;
        }
        int32_t index = lf_names_add(names, member->name);
        if (index == -1) {
            b->status = LF_E_NOMEM;
            return false;
        }
    }
    return fine;
}

void lf_each(lf_build *b, const lf_json *section, void (*each)(lf_build *b, const lf_json *object, uint32_t i)) {
    for (uint32_t i = 0; section != NULL && i < section->n && b->status == LF_OK; i++) {
        bool list = section->kind == LF_JSON_ARRAY;
        size_t length = list ? lf_path_item(b, i) : lf_path_down(b, section->u.members[i].name);
        each(b, list ? &section->u.items[i] : &section->u.members[i].value, i);
        lf_path_up(b, length);
    }
}

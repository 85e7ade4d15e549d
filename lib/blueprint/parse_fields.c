/* SPDX-License-Identifier: MIT */
/* The sections `fields` and `tags` (SPEC 3). */
#include "blueprint/blueprint_internal.h"

static const lf_key field_keys[] = {{"type", LF_K_STRING | LF_K_REQUIRED},
                                    {"format", LF_K_STRING},
                                    {"required", LF_K_BOOL},
                                    {"on_invalid", LF_K_STRING},
                                    {"derive", LF_K_STRING}};
static const char *const type_words[] = {"string", "int", "double", "bool", "timestamp", "list"};
static const char *const format_words[] = {"email",    "phone", "country", "timezone",
                                           "language", "url"}; /* from LF_FMT_EMAIL on */
static const char *const invalid_words[] = {"reject", "suppress", "flag", "clear"};

static void parse_format(lf_build *b, const lf_json *object, lf_field_def *field) {
    const lf_json *format = lf_key_get(object, "format", LF_K_STRING);
    uint8_t word = 0;
    if (format == NULL ||
        !lf_key_word(b, object, "format", format_words, LF_COUNT(format_words), &word)) {
        return;
    }
    field->format = (uint8_t)(LF_FMT_EMAIL + word);
    if (field->type != LF_F_STRING) {
        lf_build_error(b, LF_D_BAD_VALUE, format, LF_STR("format"), "only a string has a format");
    } else if (field->format == LF_FMT_TIMEZONE) { /* whatever comes is kept (SPEC 9.8) */
        if (b->bp->zone_field == LF_NO_INDEX) {
            b->bp->zone_field = (uint16_t)(field - b->bp->fields);
        }
        if (lf_json_get(object, LF_STR("on_invalid")) != NULL) {
            lf_build_finding(b, LF_D_NO_EFFECT,
                             "'on_invalid' does nothing here: a time zone that is not to be had is "
                             "kept, and raises the flag 'unknown_timezone'");
        }
        field->on_invalid = LF_INVALID_REJECT;
    }
}

static void declare_field(lf_build *b, const lf_json *object, uint32_t i) {
    static const char *const taken[] = {"id", "created", "tags"};
    lf_field_def *field = &b->bp->fields[i];
    field->name = b->bp->schema.names[LF_N_FIELD].items[i];
    for (size_t j = 0; j < LF_COUNT(taken); j++) {
        if (lf_str_eq(field->name, lf_str_of(taken[j]))) {
            lf_build_error(b, LF_D_BAD_VALUE, object, (lf_str){NULL, 0},
                           "a field cannot be called '%s': contact.%s is something else", taken[j],
                           taken[j]);
        }
    }
    lf_keys_check(b, object, field_keys, LF_COUNT(field_keys));
    lf_key_word(b, object, "type", type_words, LF_COUNT(type_words), &field->type);
    lf_key_word(b, object, "on_invalid", invalid_words, LF_COUNT(invalid_words),
                &field->on_invalid);
    field->required = lf_key_true(object, "required");
    parse_format(b, object, field);
}

void lf_declare_fields(lf_build *b, const lf_json *section) {
    lf_blueprint *bp = b->bp;
    bp->fields = lf_build_alloc(b, section->n * sizeof *bp->fields);
    uint8_t *types = lf_build_alloc(b, section->n);
    lf_section_names(b, section, &bp->schema.names[LF_N_FIELD], "a field");
    if (b->status != LF_OK) {
        return;
    }
    bp->n_fields = section->n;
    lf_each(b, section, declare_field);
    for (uint32_t i = 0; i < section->n; i++) {
        types[i] = bp->fields[i].type;
    }
    bp->schema.field_types = types;
}

/* Fills the row of the matrix of uses that belongs to the field. */
static void derive_field(lf_build *b, const lf_json *object, uint32_t i) {
    static const lf_reading reading = {LF_MAY_CONTACT, NULL};
    lf_field_def *field = &b->bp->fields[i];
    bool *uses = b->seen;
    b->seen = uses + (size_t)i * b->bp->n_fields;
    field->derive = lf_build_field_expr(b, lf_key_get(object, "derive", LF_K_STRING), "derive",
                                        field, &reading);
    b->seen = uses;
}

void lf_parse_fields(lf_build *b, const lf_json *section) {
    lf_blueprint *bp = b->bp;
    uint32_t n = bp->n_fields, circle = 0;
    bool *uses = lf_build_alloc(b, (size_t)n * n);
    uint16_t *order = lf_build_alloc(b, n * sizeof *order);
    if (b->status != LF_OK) {
        return;
    }
    b->seen = uses;
    b->seen_kind = LF_REF_FIELD;
    lf_each(b, section, derive_field);
    b->seen = NULL;
    if (!lf_order_by_use(uses, n, order, &circle)) {
        const lf_json *field = &section->u.members[circle].value;
        size_t length = lf_path_down(b, section->u.members[circle].name);
        lf_build_error(b, LF_D_CIRCLE, lf_key_get(field, "derive", LF_K_STRING), LF_STR("derive"),
                       "the field %q is derived from itself", bp->fields[circle].name);
        lf_path_up(b, length);
        return;
    }
    uint32_t kept = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (bp->fields[order[i]].derive != NULL) {
            order[kept++] = order[i];
        }
    }
    bp->derived_order = order;
    bp->n_derived = kept;
}

void lf_parse_tags(lf_build *b, const lf_json *section) {
    static const lf_key keys[] = {{"categories", LF_K_ARRAY}};
    lf_keys_check(b, section, keys, LF_COUNT(keys));
    const lf_json *categories = lf_key_get(section, "categories", LF_K_ARRAY);
    size_t length = lf_path_down(b, LF_STR("categories"));
    for (uint32_t i = 0; categories != NULL && i < categories->n && b->status == LF_OK; i++) {
        const lf_json *item = &categories->u.items[i];
        size_t inner = lf_path_item(b, i);
        if (item->kind != LF_JSON_STRING || !lf_is_identifier(item->text)) {
            lf_build_error(b, LF_D_BAD_VALUE, item, (lf_str){NULL, 0},
                           "a category must be a string that matches [a-z][a-z0-9_]{0,62}");
        } else if (!lf_declare(b, &b->bp->tag_categories, item->text)) {
            lf_build_error(b, LF_D_DUPLICATE_NAME, item, (lf_str){NULL, 0},
                           "the category %q is there twice", item->text);
        }
        lf_path_up(b, inner);
    }
    lf_path_up(b, length);
}

bool lf_tag_valid(const lf_blueprint *bp, lf_str tag) {
    for (size_t i = 0; i < tag.n; i++) {
        char c = tag.p[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_')) {
            return false;
        }
    }
    for (uint32_t i = 0; i < bp->tag_categories.n && tag.n <= 255; i++) {
        lf_str category = bp->tag_categories.items[i];
        if (tag.n > category.n + 1 && tag.p[category.n] == '_' && lf_str_starts(tag, category)) {
            return true;
        }
    }
    return false;
}

lf_str lf_parse_tag(lf_build *b, const lf_json *value, const char *member) {
    if (!lf_json_is(value, LF_JSON_STRING)) {
        return (lf_str){NULL, 0};
    }
    if (!lf_tag_valid(b->bp, value->text)) {
        lf_build_error(b, LF_D_BAD_VALUE, value, lf_str_of(member),
                       "the tag %q must be a category of 'tags', '_', and a rest of a-z 0-9 - _",
                       value->text);
    }
    return value->text;
}

/* SPDX-License-Identifier: MIT */
/* The document and the presets that it extends: read, checked for members that stand twice, merged. */
#include "blueprint/blueprint_internal.h"

#define MOST_NAMES 255u       /* in one `extends` */
#define MOST_BYTES (1u << 30) /* of one document */
#define MOST_LINES 16777214u

enum { UNREAD, READING, READ };

static const lf_json *whole_of(lf_build *b, const lf_json *document);

/* ---- members that stand twice ---- */
#define FEW 16 /* so few members are compared one by one */

static void twice(lf_build *b, const lf_member *first, const lf_member *second) {
    lf_json at = lf_place_of(second);
    lf_build_error(b, LF_D_DUPLICATE_KEY, &at, second->name,
                   "the member %q is there twice (first in line %u)", second->name,
                   (uint64_t)(first->line & ((1u << LF_SOURCE_SHIFT) - 1)));
}

static void look_at_few(lf_build *b, const lf_json *object) {
    for (uint32_t i = 1; i < object->n; i++) {
        for (uint32_t j = 0; j < i; j++) {
            if (lf_str_eq(object->u.members[i].name, object->u.members[j].name)) {
                twice(b, &object->u.members[j], &object->u.members[i]);
                break;
            }
        }
    }
}

static void look_at_many(lf_build *b, const lf_json *object) {
    lf_names names; /* the numbers are those of the members: each adds a name */
    lf_names_init(&names, &b->bp->mem);
    for (uint32_t i = 0; i < object->n && b->status == LF_OK; i++) {
        int32_t first = lf_names_find(&names, object->u.members[i].name);
        if (first >= 0) {
            twice(b, &object->u.members[first], &object->u.members[i]);
        }
        lf_declare(b, &names, object->u.members[i].name);
    }
    lf_names_free(&names);
}

static void report_twice(lf_build *b, const lf_json *value) {
    bool object = value->kind == LF_JSON_OBJECT;
    if (object && value->n <= FEW) {
        look_at_few(b, value);
    } else if (object) {
        look_at_many(b, value);
    }
    for (uint32_t i = 0; (object || value->kind == LF_JSON_ARRAY) && i < value->n; i++) {
        const lf_json *inner = object ? &value->u.members[i].value : &value->u.items[i];
        if (inner->kind == LF_JSON_OBJECT || inner->kind == LF_JSON_ARRAY) {
            size_t length = object ? lf_path_down(b, value->u.members[i].name) : lf_path_item(b, i);
            report_twice(b, inner);
            lf_path_up(b, length);
        }
    }
}

/* ---- one document ---- */
static const lf_json *read_json(lf_build *b, lf_str text, uint32_t source, uint32_t flags) {
    const lf_json *root = NULL;
    lf_json_error error;
    lf_status status = lf_json_parse(b->arena, text, flags, LF_JSON_DEPTH,
                                     (source << LF_SOURCE_SHIFT) + 1, &root, &error);
    if (status == LF_E_NOMEM) {
        b->status = status;
    } else if (status != LF_OK) {
        lf_json at = {.line = error.line, .column = error.column};
        lf_build_error(b, status == LF_E_LIMIT ? LF_D_LIMIT : LF_D_BAD_JSON, &at, (lf_str){NULL, 0},
                       "%s", error.text);
    }
    return root;
}

/* Lines are counted below LF_SOURCE_SHIFT, positions in 32 bits. */
static bool too_large(lf_build *b, lf_str text, uint32_t source) {
    lf_json at = {.line = (source << LF_SOURCE_SHIFT) + 1, .column = 1};
    size_t lines = 1;
    for (size_t i = 0; text.n > MOST_LINES && i < text.n; i++) {
        lines += text.p[i] == '\n';
    }
    if (text.n > MOST_BYTES || lines > MOST_LINES) {
        lf_build_error(b, LF_D_LIMIT, &at, (lf_str){NULL, 0},
                       "a document has at most 1 GiB and 16,777,214 lines");
        return true;
    }
    return false;
}

static const lf_json *read_document(lf_build *b, lf_str text, uint32_t source) {
    if (too_large(b, text, source)) {
        return NULL;
    }
    const lf_json *root = read_json(b, text, source, LF_JSON_KEEP_DUPLICATES);
    if (root != NULL && root->kind != LF_JSON_OBJECT) {
        lf_build_error(b, LF_D_WRONG_TYPE, root, (lf_str){NULL, 0},
                       "a blueprint is an object, not %s", lf_json_kind_name(root));
        return NULL;
    }
    uint32_t before = b->diags->n_errors;
    if (root != NULL) {
        report_twice(b, root);
    }
    /* What else is wrong is found in a tree where no name stands twice. */
    return b->diags->n_errors == before ? root : read_json(b, text, source, LF_JSON_DUPLICATES);
}

/* ---- presets ---- */
/* A preset has pointers of its own, whoever names it. */
static const lf_json *read_preset(lf_build *b, uint32_t i) {
    lf_buf outer = b->path;
    lf_buf_init(&b->path, &b->bp->mem);
    const lf_json *preset = read_document(b, b->presets[i].text, i + 1);
    const lf_json *whole = preset == NULL ? NULL : whole_of(b, preset);
    if (b->path.failed) {
        b->status = LF_E_NOMEM;
    }
    lf_buf_free(&b->path);
    b->path = outer;
    return whole;
}

static const lf_json *find_preset(lf_build *b, const lf_json *name) {
    lf_str nearest = {NULL, 0};
    if (name->kind != LF_JSON_STRING) {
        lf_build_error(b, LF_D_WRONG_TYPE, name, (lf_str){NULL, 0},
                       "expected the name of a preset, not %s", lf_json_kind_name(name));
        return NULL;
    }
    for (uint32_t i = 0; i < b->n_presets; i++) {
        nearest = lf_nearer(name->text, nearest, b->presets[i].name);
        if (!lf_str_eq(b->presets[i].name, name->text)) {
            continue;
        }
        if (b->progress[i] == READING) {
            lf_build_error(b, LF_D_CIRCLE, name, (lf_str){NULL, 0}, "the preset %q extends itself",
                           name->text);
            return NULL;
        }
        if (b->progress[i] == UNREAD) {
            b->progress[i] = READING;
            b->wholes[i] = read_preset(b, i);
            b->progress[i] = READ;
        }
        return b->wholes[i];
    }
    lf_build_unknown(b, name, (lf_str){NULL, 0}, "preset", name->text, nearest);
    return NULL;
}

static const lf_json *merge(lf_build *b, const lf_json *target, const lf_json *patch) {
    const lf_json *out = NULL;
    if (target == NULL || patch == NULL || b->status != LF_OK) {
        return NULL;
    }
    lf_status status = lf_json_merge(b->arena, target, patch, &out);
    if (status != LF_OK) {
        b->status = status;
        return NULL;
    }
    return out;
}

/* The presets left to right; NULL if one of them is no good. */
static const lf_json *merge_presets(lf_build *b, const lf_json *names) {
    static const lf_json empty = {.kind = LF_JSON_OBJECT};
    const lf_json *whole = &empty;
    if (names->kind != LF_JSON_ARRAY) {
        lf_build_error(b, LF_D_WRONG_TYPE, names, LF_STR("extends"),
                       "'extends' must be an array, not %s", lf_json_kind_name(names));
        return whole;
    }
    if (names->n > MOST_NAMES) {
        lf_build_error(b, LF_D_LIMIT, names, LF_STR("extends"), "more than %u presets",
                       (uint64_t)MOST_NAMES);
        return NULL;
    }
    size_t length = lf_path_down(b, LF_STR("extends"));
    for (uint32_t i = 0; i < names->n && b->status == LF_OK; i++) {
        size_t inner = lf_path_item(b, i);
        whole = merge(b, whole, find_preset(b, &names->u.items[i]));
        lf_path_up(b, inner);
    }
    lf_path_up(b, length);
    return whole;
}

/* What the document extends, and the document itself last; without `extends`. */
static const lf_json *whole_of(lf_build *b, const lf_json *document) {
    lf_member none = {.name = LF_STR("extends"), .value = {.kind = LF_JSON_NULL}};
    lf_json without = *document; /* the result stands where the document stands */
    without.n = 1;
    without.u.members = &none;
    const lf_json *names = lf_json_get(document, LF_STR("extends"));
    return names == NULL ? document
                         : merge(b, merge(b, merge_presets(b, names), document), &without);
}

const lf_json *lf_read_whole(lf_build *b, lf_str text) {
    b->text = text;
    b->wholes = lf_build_alloc(b, b->n_presets * sizeof *b->wholes);
    b->progress = lf_build_alloc(b, b->n_presets);
    const lf_json *document = b->status == LF_OK ? read_document(b, text, 0) : NULL;
    return document == NULL ? NULL : whole_of(b, document);
}

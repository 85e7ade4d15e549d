/* SPDX-License-Identifier: MIT */
/* Old names (SPEC 9.7): what a contact was stored with, in terms of the present schema. */
#include "contact/contact_internal.h"

/* What the name of a part begins with: the name of something of that kind. */
static int parent_of(int kind) {
    switch (kind) {
    case LF_N_STATE:
        return LF_N_MACHINE;
    case LF_N_DIMENSION:
    case LF_N_BAND:
        return LF_N_SCORE;
    case LF_N_RULE:
        return LF_N_DIMENSION;
    case LF_N_STEP:
    case LF_N_TRIGGER:
        return LF_N_SEQUENCE;
    default:
        return -1;
    }
}

static size_t put(char *key, size_t at, lf_str text) {
    size_t n = text.n < LF_RENAMED_KEY - at ? text.n : LF_RENAMED_KEY - at;
    if (n > 0) {
        memcpy(key + at, text.p, n);
    }
    return at + n;
}

size_t lf_renamed_key(char key[LF_RENAMED_KEY], enum lf_name_kind kind, lf_str parent,
                      lf_str name) {
    key[0] = (char)('A' + (int)kind);
    size_t n = put(key, 1, parent);
    n = parent.n == 0 ? n : put(key, n, LF_STR("/"));
    return put(key, n, name);
}

/* The present name of what was called `name`, behind the first byte of `key`; its length. */
static size_t present(const lf_schema *schema, int kind, lf_str name, char key[LF_RENAMED_KEY]) {
    size_t leaf = parent_of(kind) < 0 ? 0 : name.n;
    while (leaf > 0 && name.p[leaf - 1] != '/') {
        leaf--;
    }
    size_t n = 0;
    if (leaf > 0) {
        n = present(schema, parent_of(kind), (lf_str){name.p, leaf - 1}, key);
        n = put(key, 1 + n, LF_STR("/")) - 1;
    }
    size_t end = put(key, 1 + n, (lf_str){name.p + leaf, name.n - leaf});
    key[0] = (char)('A' + kind);
    int32_t renamed = lf_names_find(&schema->renamed.old, (lf_str){key, end});
    return renamed < 0 ? end - 1 : put(key, 1 + n, schema->renamed.now.items[renamed]) - 1;
}

int32_t lf_schema_find(const lf_schema *schema, enum lf_name_kind kind, lf_str name) {
    char key[LF_RENAMED_KEY];
    if (schema->renamed.old.n > 0) {
        name = (lf_str){key + 1, present(schema, (int)kind, name, key)};
    }
    return lf_names_find(&schema->names[kind], name);
}

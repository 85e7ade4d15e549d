/* SPDX-License-Identifier: MIT */
/* Extensions of CEL that are not part of this library: who writes them is told so by their names. */
#include "expr/expr_internal.h"

/* "math.": all that begins so; ".or": a method; "ip": a function. */
static const struct {
    const char *name, *extension;
} foreign[] = {
    {"math.", "math"},
    {"base64.", "encoders"},
    {"json.", "encoders"},
    {"lists.", "lists"},
    {".distinct", "lists"},
    {".first", "lists"},
    {".flatten", "lists"},
    {".last", "lists"},
    {".slice", "lists"},
    {".sort", "lists"},
    {".sortBy", "lists"},
    {"regex.", "regex"},
    {"strings.", "strings (quote)"},
    {".format", "strings (format)"},
    {"cel.", "bindings"},
    {"proto.", "protos"},
    {"optional.", "optional values"},
    {"optional_type.", "optional values"},
    {".hasValue", "optional values"},
    {".value", "optional values"},
    {".or", "optional values"},
    {".orValue", "optional values"},
    {".optMap", "optional values"},
    {".optFlatMap", "optional values"},
    {".unwrapOpt", "optional values"},
    {"net.", "network"},
    {"ip.", "network"},
    {"ip", "network"},
    {"cidr", "network"},
    {"isIP", "network"},
    {"isCIDR", "network"},
    {".containsCIDR", "network"},
    {".containsIP", "network"},
    {".family", "network"},
    {".ip", "network"},
    {".isGlobalUnicast", "network"},
    {".isLinkLocalMulticast", "network"},
    {".isLinkLocalUnicast", "network"},
    {".isLoopback", "network"},
    {".isUnspecified", "network"},
    {".masked", "network"},
    {".prefixLength", "network"},
    {".transformList", "two-variable comprehensions"},
    {".transformMap", "two-variable comprehensions"},
    {".transformMapEntry", "two-variable comprehensions"},
    {".existsOne", "two-variable comprehensions"},
};
/* Macros that have their own meaning with one variable. */
static const char *const of_two[] = {"all", "exists", "exists_one"};

static bool is_foreign(const lf_node *node, const char *name) {
    size_t n = strlen(name);
    bool call = node->kind == LF_NODE_CALL;
    if (name[0] == '.') {
        return call && node->method && lf_str_eq(node->name, lf_str_of(name + 1));
    }
    if (name[n - 1] != '.') {
        return call && !node->method && lf_str_eq(node->name, lf_str_of(name));
    }
    const lf_node *space = call && node->method ? node->kids[0] : node;
    return space->kind == LF_NODE_IDENT && lf_str_eq(space->name, (lf_str){name, n - 1});
}

static const char *extension_of(const lf_node *node) {
    for (size_t i = 0; i < LF_COUNT(foreign); i++) {
        if (is_foreign(node, foreign[i].name)) {
            return foreign[i].extension;
        }
    }
    for (size_t i = 0; i < LF_COUNT(of_two); i++) {
        if (node->kind == LF_NODE_CALL && node->method && node->n == 4 &&
            lf_str_eq(node->name, lf_str_of(of_two[i]))) {
            return "two-variable comprehensions";
        }
    }
    return NULL;
}

bool lf_foreign_refused(lf_parse *ps, const lf_node *node) {
    const char *extension = extension_of(node);
    if (extension != NULL) {
        lf_parse_fail(ps, LF_D_EXPR_NAME, node->offset,
                      "%q belongs to CEL's extension %s, which is not part of this library",
                      node->name, extension);
    }
    return extension != NULL;
}

bool lf_foreign_optional(lf_parse *ps) {
    if (lf_parse_is(ps, "?")) {
        lf_parse_fail(
            ps, LF_D_EXPR_SYNTAX, ps->token.offset,
            "'?' belongs to CEL's extension optional values, which is not part of this library");
    }
    return ps->status != LF_OK;
}

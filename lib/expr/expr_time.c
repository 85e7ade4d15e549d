/* SPDX-License-Identifier: MIT */
/* What time does to an expression: which say of themselves exactly when they change, and of which looking ahead
 * finds that out. */
#include "expr/expr_internal.h"

static const lf_function *function_of(const lf_node *node) {
    return node->kind == LF_NODE_CALL ? &lf_functions[node->function] : NULL;
}

static bool is_not(const lf_node *node) {
    const lf_function *f = function_of(node);
    return f != NULL && strcmp(f->name, "!_") == 0;
}

static bool is_history(const lf_node *node, uint8_t fn) {
    const lf_function *f = function_of(node);
    return f != NULL && f->special == LF_HISTORY && f->detail == fn;
}

/* Two events that leave a window at once leave some numbers out, so == and != are not among them. */
static bool is_threshold(const lf_node *node) {
    if (node->function < LF_CMP_LT || node->function > LF_CMP_GE) {
        return false;
    }
    const lf_node *count = node->kids[is_history(node->kids[0], LF_H_COUNT) ? 0 : 1];
    return is_history(count, LF_H_COUNT) && count->history.enough != INT64_MAX;
}

/* One function, whose answer changes at the very time that it tells. */
static bool is_exact(const lf_node *node) {
    while (is_not(node)) {
        node = node->kids[0];
    }
    const lf_function *f = function_of(node);
    if (f == NULL) {
        return false;
    }
    if (f->special == LF_AGE) { /* of what time alone does not change */
        return node->kids[0]->bound || is_history(node->kids[0], LF_H_LAST);
    }
    return f->special == LF_HISTORY ? f->detail != LF_H_COUNT && f->detail != LF_H_LAST
                                    : is_threshold(node);
}

/* No function of time is in it; SPEC 5 wants it exact; anything else. */
enum motion { STILL, WINDOWS, OTHER };

static bool is_logic(const lf_node *node) {
    return node->kind == LF_NODE_AND || node->kind == LF_NODE_OR || node->kind == LF_NODE_IF ||
           (node->kind == LF_NODE_CALL && (node->function <= LF_IN || is_not(node)));
}

static enum motion motion_of(const lf_node *node) {
    const lf_function *f = function_of(node);
    bool of_time = f != NULL && f->special != LF_PLAIN;
    enum motion most = of_time ? WINDOWS : STILL;
    for (uint32_t i = 0; i < node->n && !node->bound; i++) {
        enum motion motion = node->kids[i] == NULL ? STILL : motion_of(node->kids[i]);
        most = motion > most ? motion : most;
    }
    return most == STILL || of_time || is_logic(node) ? most : OTHER;
}

bool lf_node_ahead(const lf_node *root) {
    return motion_of(root) == WINDOWS && !is_exact(root);
}

/* SPDX-License-Identifier: MIT */
/*
 * The most steps that an evaluation may take, where that can be known before: loops over lists that are written down
 * multiply, a comparison takes no longer than its shorter side. What depends on text, lists and history of which nobody
 * knows how long they are has no bound.
 */
#include "expr/expr_internal.h"

#define UNKNOWN UINT64_MAX
#define LONGEST_NAME 63u   /* of what is out of a closed set: an identifier */
#define NUMBER_AS_TEXT 32u /* bytes */
#define MOST_FIXED \
    1100u        /* steps of a function of numbers and times; string(double) takes the most */
#define TURN 12u /* of a loop, apart from what stands in it */

/* Of a value, and of what computes it. */
typedef struct bound {
    uint64_t cost;
    uint64_t size;  /* bytes of text, items of a list or map */
    uint64_t equal; /* to compare it */
    uint64_t item_size, item_equal;
} bound;

typedef struct loop {
    const struct loop *outer;
    int32_t slot;
    bound item;
} loop;

static uint64_t sum(uint64_t a, uint64_t b) {
    return a > UNKNOWN - b ? UNKNOWN : a + b;
}

static uint64_t product(uint64_t a, uint64_t b) {
    uint64_t c;
    return __builtin_mul_overflow(a, b, &c) ? UNKNOWN : c;
}

static uint64_t smaller(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

static uint64_t larger(uint64_t a, uint64_t b) {
    return a > b ? a : b;
}

static bool is_fixed(uint8_t type) {
    return type != LF_T_DYN && type != LF_T_STRING && type != LF_T_BYTES && type != LF_T_LIST &&
           type != LF_T_MAP;
}

static bound of_text(uint64_t size) {
    return (bound){1, size, size == UNKNOWN ? UNKNOWN : 1 + size / LF_BYTES_PER_COST, UNKNOWN,
                   UNKNOWN};
}

/* Of a type alone. */
static bound of_type(uint8_t type) {
    return is_fixed(type) ? of_text(NUMBER_AS_TEXT) : of_text(UNKNOWN);
}

static bound bound_of(const lf_node *node, const loop *loops);

/* Each is looked at once, or a deep tree would never end. The sum of their costs, and a step. */
static uint64_t all_kids(const lf_node *node, const loop *loops, bound kids[LF_MOST_ARGS]) {
    uint64_t cost = 1;
    for (uint32_t i = 0; i < node->n; i++) {
        kids[i] = bound_of(node->kids[i], loops);
        cost = sum(cost, kids[i].cost);
    }
    return cost;
}

static bound of_name(const lf_node *node, const loop *loops) {
    if (node->kind == LF_NODE_IDENT && node->slot >= 0) {
        while (loops != NULL && loops->slot != node->slot) {
            loops = loops->outer;
        }
        return loops == NULL ? of_text(UNKNOWN) : loops->item;
    }
    bound b = node->test          ? of_type(LF_T_BOOL)
              : node->domain >= 0 ? of_text(LONGEST_NAME)
                                  : of_type(node->type);
    if (node->bound) { /* a list is made when it is read */
        b.cost = node->test || is_fixed(node->type) || node->type == LF_T_STRING ? 1 : UNKNOWN;
    } else if (node->kind == LF_NODE_SELECT) {
        bound of = bound_of(node->kids[0], loops);
        b.cost = sum(sum(of.cost, 1), product(of.size, of.item_equal));
    }
    return b;
}

static bound of_items(const lf_node *node, const loop *loops) {
    bound b = {.cost = sum(node->n, 2), .equal = 1};
    for (uint32_t i = 0; i < node->n; i++) {
        bound item = bound_of(node->kids[i], loops);
        b.cost = sum(b.cost, item.cost);
        b.equal = sum(b.equal, item.equal);
        b.item_size = larger(b.item_size, item.size);
        b.item_equal = larger(b.item_equal, item.equal);
    }
    b.size = node->kind == LF_NODE_MAP ? node->n / 2 : node->n;
    if (node->kind == LF_NODE_MAP) { /* each key is compared with each */
        uint64_t pairs = product(b.size, b.size);
        b.cost = sum(b.cost, product(pairs, b.item_equal));
        b.equal = sum(1, product(pairs, product(2, b.item_equal)));
    }
    return b;
}

static bound of_loop(const lf_node *node, const loop *loops) {
    bound range = bound_of(node->kids[0], loops);
    bound item = {1, range.item_size, range.item_equal, UNKNOWN, UNKNOWN};
    uint8_t type = node->kids[0]->item & 0xf; /* of a list's items, of a map's keys */
    if (is_fixed(type)) {
        item = of_type(type);
    }
    loop inner = {loops, node->slot + LF_SLOT_VARIABLE, item};
    bound test = node->kids[1] != NULL ? bound_of(node->kids[1], &inner) : (bound){.cost = 0};
    bound made = node->kids[2] != NULL ? bound_of(node->kids[2], &inner) : item;
    uint64_t turn = sum(sum(test.cost, made.cost), TURN);
    bound b = of_type(node->type);
    if (node->type == LF_T_LIST) {
        b = (bound){0, range.size, sum(1, product(range.size, made.equal)), made.size, made.equal};
    }
    b.cost = sum(sum(range.cost, TURN), product(range.size, turn));
    return b;
}

static bound of_addition(const bound *a, const bound *b, uint8_t type, uint64_t cost) {
    bound both = {cost, sum(a->size, b->size), sum(a->equal, b->equal),
                  larger(a->item_size, b->item_size), larger(a->item_equal, b->item_equal)};
    both.cost =
        sum(cost,
            type == LF_T_LIST || both.size == UNKNOWN ? both.size : both.size / LF_BYTES_PER_COST);
    return both;
}

static bool is_named(const lf_node *node, const char *name) {
    return lf_str_eq(node->name, lf_str_of(name));
}

/* Of numbers and times: each is done in a few steps. Of text only what stands in the most conditions. */
static uint64_t work_of(const lf_node *node, const bound *a, const bound *b) {
    static const char *const searches[] = {"contains", "startsWith", "endsWith", "size"};
    bool fixed = true;
    for (uint32_t i = 0; i < node->n; i++) {
        fixed = fixed && is_fixed(node->kids[i]->type);
    }
    if (fixed) {
        return node->type == LF_T_STRING || node->type == LF_T_DYN ? MOST_FIXED : 2;
    }
    for (size_t i = 0; i < LF_COUNT(searches); i++) {
        if (is_named(node, searches[i])) {
            bool lists = node->kids[0]->type == LF_T_LIST || node->kids[0]->type == LF_T_MAP;
            uint64_t pairs = product(a->size, node->n > 1 ? sum(b->size, 16) : 16);
            return lists ? 1 : pairs == UNKNOWN ? UNKNOWN : pairs / 16 + 1;
        }
    }
    return UNKNOWN;
}

static bound of_call(const lf_node *node, const loop *loops) {
    const lf_function *f = &lf_functions[node->function];
    bound b = of_type(node->type), args[LF_MOST_ARGS] = {{0}};
    if (f->special != LF_PLAIN) { /* how long is the history? */
        b.cost = f->special == LF_AGE ? sum(bound_of(node->kids[0], loops).cost, 1) : UNKNOWN;
        return b;
    }
    b.cost = all_kids(node, loops, args);
    if (node->function <= LF_CMP_GE) {
        b.cost = sum(b.cost, smaller(args[0].equal, args[1].equal));
    } else if (node->function == LF_IN) {
        b.cost =
            sum(b.cost, product(args[1].size, sum(1, smaller(args[0].equal, args[1].item_equal))));
    } else if (is_named(node, "+") && !is_fixed(node->type)) {
        b = of_addition(&args[0], &args[1], node->type, b.cost);
    } else {
        uint64_t work = work_of(node, &args[0], &args[1]), cost = sum(b.cost, work);
        b = work == MOST_FIXED ? of_text(NUMBER_AS_TEXT) : b;
        b.cost = cost;
    }
    return b;
}

static bound of_choice(const lf_node *node, const loop *loops) {
    bound test = bound_of(node->kids[0], loops), a = bound_of(node->kids[1], loops),
          b = bound_of(node->kids[2], loops);
    return (bound){sum(sum(test.cost, 4), larger(a.cost, b.cost)), larger(a.size, b.size),
                   larger(a.equal, b.equal), larger(a.item_size, b.item_size),
                   larger(a.item_equal, b.item_equal)};
}

static bound of_index(const lf_node *node, const loop *loops) {
    bound kids[LF_MOST_ARGS] = {{.cost = 0}};
    uint64_t cost = all_kids(node, loops, kids);
    bool list = node->kids[0]->type == LF_T_LIST;
    uint64_t search = list ? 1 : product(kids[0].size, kids[0].item_equal);
    return (bound){sum(cost, search), kids[0].item_size, kids[0].item_equal, UNKNOWN, UNKNOWN};
}

static bound of_logic(const lf_node *node, const loop *loops) {
    bound kids[LF_MOST_ARGS], b = of_type(LF_T_BOOL);
    b.cost = sum(all_kids(node, loops, kids), 3);
    return b;
}

static bound bound_of(const lf_node *node, const loop *loops) {
    switch (node->kind) {
    case LF_NODE_LITERAL:
        return node->value.type == LF_T_STRING || node->value.type == LF_T_BYTES
                   ? of_text(node->value.u.s.n)
                   : of_type(node->value.type);
    case LF_NODE_IDENT:
    case LF_NODE_SELECT:
        return of_name(node, loops);
    case LF_NODE_INDEX:
        return of_index(node, loops);
    case LF_NODE_LIST:
    case LF_NODE_MAP:
        return of_items(node, loops);
    case LF_NODE_AND:
    case LF_NODE_OR:
        return of_logic(node, loops);
    case LF_NODE_IF:
        return of_choice(node, loops);
    case LF_NODE_LOOP:
        return of_loop(node, loops);
    default:
        return of_call(node, loops);
    }
}

uint64_t lf_node_worst(const lf_node *root) {
    return bound_of(root, NULL).cost;
}

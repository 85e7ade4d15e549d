/* SPDX-License-Identifier: MIT */
/*
 * A tree as a program. It is written from the end: a node is compiled for the instruction that follows it,
 * and gives the one by which it is entered. Then what a search can make use of is found out.
 */
#include "regex/regex_internal.h"

#define STEPS_PER_INSTR 4u

typedef struct writer {
    lf_regex_instr *code;
    uint32_t n;
} writer;

static uint16_t emit(writer *w, uint8_t op, uint32_t arg, uint16_t next) {
    w->code[w->n] = (lf_regex_instr){op, next, arg};
    return (uint16_t)w->n++;
}

static uint16_t write_node(writer *w, const lf_regex_node *node, uint16_t next);

static uint16_t write_alternatives(writer *w, const lf_regex_node *node, uint16_t next) {
    const lf_regex_node *kid = node->last_kid;
    uint16_t entry = write_node(w, kid, next);
    while ((kid = kid->before) != NULL) {
        entry = emit(w, LF_RX_OP_SPLIT, entry, write_node(w, kid, next));
    }
    return entry;
}

static uint16_t write_repeat(writer *w, const lf_regex_node *node, uint16_t next) {
    const lf_regex_node *kid = node->last_kid;
    uint32_t copies = node->min;
    uint16_t entry = next;
    if (node->max == UINT32_MAX) { /* x{n,}: the last copy comes back to its split */
        uint16_t split = emit(w, LF_RX_OP_SPLIT, next, 0);
        uint16_t body = write_node(w, kid, split);
        w->code[split].next = body;
        entry = copies == 0 ? split : body;
        copies -= copies > 0;
    } else { /* x{n,m}: each copy beyond n can be left out with all behind it */
        for (uint32_t i = node->min; i < node->max; i++) {
            entry = emit(w, LF_RX_OP_SPLIT, next, write_node(w, kid, entry));
        }
    }
    while (copies-- > 0) {
        entry = write_node(w, kid, entry);
    }
    return entry;
}

static uint16_t write_node(writer *w, const lf_regex_node *node, uint16_t next) {
    static const uint8_t ops[] = {[LF_RX_CHAR] = LF_RX_OP_CHAR,
                                  [LF_RX_CLASS] = LF_RX_OP_CLASS,
                                  [LF_RX_BYTE] = LF_RX_OP_BYTE,
                                  [LF_RX_ASSERT] = LF_RX_OP_ASSERT};
    switch (node->kind) {
    case LF_RX_EMPTY:
        return next;
    case LF_RX_CONCAT:
        for (const lf_regex_node *kid = node->last_kid; kid != NULL; kid = kid->before) {
            next = write_node(w, kid, next);
        }
        return next;
    case LF_RX_ALTERNATE:
        return write_alternatives(w, node, next);
    case LF_RX_REPEAT:
        return write_repeat(w, node, next);
    default:
        return emit(w, ops[node->kind], node->value, next);
    }
}

static bool copy_set(lf_arena *arena, const lf_ranges *from, lf_regex_class *to) {
    lf_range *ranges = lf_arena_copy(arena, from->p, from->n * sizeof *ranges);
    if (ranges == NULL) {
        return false;
    }
    *to = (lf_regex_class){.n = from->n, .ranges = ranges};
    for (uint32_t i = 0; i < from->n; i++) {
        for (uint32_t c = from->p[i].lo; c <= from->p[i].hi && c < 128; c++) {
            to->ascii[c / 32] |= 1u << (c % 32);
        }
    }
    return true;
}

/* ---- what a search can make use of ---- */
static uint8_t first_byte(uint32_t rune) {
    char bytes[4];
    lf_utf8_put(bytes, rune);
    return (uint8_t)bytes[0];
}

static void add_first(lf_regex *re, uint32_t lo, uint32_t hi) {
    for (uint32_t byte = first_byte(lo); byte <= first_byte(hi); byte++) {
        re->first[byte / 32] |= 1u << (byte % 32);
    }
}

/* Goes all ways from the start to the first character, as if all places were right, or as if none were
 * the start of the text. Is there one to a character or to the end? `seen` has room for all. */
static bool look_ahead(lf_regex *re, uint16_t *seen, bool *marks, bool at_begin) {
    bool any = false;
    uint32_t n = 0;
    seen[n++] = re->start;
    marks[re->start] = true;
    for (uint32_t i = 0; i < n; i++) {
        const lf_regex_instr *in = &re->code[seen[i]];
        uint16_t ways[2] = {in->next, (uint16_t)in->arg};
        uint32_t n_ways = in->op == LF_RX_OP_SPLIT ? 2 : in->op == LF_RX_OP_ASSERT;
        if (in->op == LF_RX_OP_ASSERT && in->arg == LF_AT_TEXT_BEGIN && !at_begin) {
            n_ways = 0;
        } else if (n_ways == 0) {
            any = true;
        }
        for (uint32_t j = 0; j < n_ways; j++) {
            if (!marks[ways[j]]) {
                marks[ways[j]] = true;
                seen[n++] = ways[j];
            }
        }
        if (at_begin && in->op == LF_RX_OP_CHAR) {
            add_first(re, in->arg, in->arg);
        } else if (at_begin && in->op == LF_RX_OP_CLASS) {
            const lf_regex_class *class = &re->classes[in->arg];
            for (uint32_t j = 0; j < class->n; j++) {
                add_first(re, class->ranges[j].lo, class->ranges[j].hi);
            }
        } else if (at_begin && n_ways == 0) { /* any byte, or none */
            re->skips = false;
        }
    }
    return any;
}

static bool prepare(lf_regex *re, lf_arena *work) {
    uint16_t *seen = lf_arena_alloc(work, re->n_code * sizeof *seen);
    bool *marks = lf_arena_alloc(work, re->n_code);
    if (seen == NULL || marks == NULL) {
        return false;
    }
    re->skips = true;
    look_ahead(re, seen, marks, true);
    memset(marks, 0, re->n_code);
    re->anchored = !look_ahead(re, seen, marks, false);
    re->only = -1;
    int16_t n = 0;
    for (int16_t byte = 0; byte < 256; byte++) {
        if (lf_bit(re->first, (uint32_t)byte)) {
            re->only = n++ == 0 ? byte : -1;
        }
    }
    for (uint32_t i = 0; i < re->n_code; i++) {
        re->places |= re->code[i].op == LF_RX_OP_ASSERT ? (uint8_t)re->code[i].arg : 0;
        re->within = re->within || re->code[i].op == LF_RX_OP_BYTE;
    }
    re->within = re->within || (re->places & LF_AT_NO_WORD_EDGE) != 0;
    return true;
}

static const lf_regex *make_program(lf_arena *arena, const lf_regex_parser *ps,
                                    const lf_regex_node *root) {
    lf_regex *re = lf_arena_alloc(arena, sizeof *re);
    writer w = {.code = lf_arena_alloc(arena, (root->size + 1) * sizeof *w.code)};
    lf_regex_class *classes = lf_arena_alloc(arena, ps->n_sets * sizeof *classes);
    if (re == NULL || w.code == NULL || classes == NULL) {
        return NULL;
    }
    uint32_t i = ps->n_sets;
    for (const lf_regex_set *set = ps->last_set; set != NULL; set = set->before) {
        if (!copy_set(arena, &set->ranges, &classes[--i])) {
            return NULL;
        }
    }
    uint16_t match = emit(&w, LF_RX_OP_MATCH, 0, 0);
    re->start = write_node(&w, root, match);
    re->code = w.code;
    re->n_code = w.n;
    re->classes = classes;
    return prepare(re, ps->work) ? re : NULL;
}

lf_status lf_regex_compile(lf_arena *arena, lf_str pattern, uint64_t *steps, const lf_regex **out,
                           lf_regex_error *error) {
    lf_arena work;
    lf_regex_parser ps = {.work = &work, .s = pattern, .steps = steps, .error = error};
    *out = NULL;
    lf_arena_init(&work, &arena->mem);
    const lf_regex_node *root = lf_regex_parse(&ps);
    if (root != NULL && lf_regex_spend(&ps, (uint64_t)root->size * STEPS_PER_INSTR)) {
        *out = make_program(arena, &ps, root);
        ps.status = *out == NULL ? LF_E_NOMEM : LF_OK;
    }
    lf_arena_free(&work);
    return ps.status;
}

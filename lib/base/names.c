/* SPDX-License-Identifier: MIT */
/* Names by number and numbers by name: an open hash table beside a list. */
#include "base/base.h"

void lf_names_init(lf_names *names, const lf_mem *mem) {
    *names = (lf_names){.mem = *mem};
}

void lf_names_free(lf_names *names) {
    lf_mem_free(&names->mem, names->items, names->cap * sizeof *names->items);
    lf_mem_free(&names->mem, names->slots, names->n_slots * sizeof *names->slots);
    lf_names_init(names, &names->mem);
}

/* The slot of a name, or the empty one where it belongs; slots hold numbers from 1. Where in memory the
 * table lies is its secret: nobody can send names that all want the same slot. What it answers does not
 * depend on that. */
static uint32_t slot_of(const lf_names *names, lf_str name) {
    uint32_t mask = names->n_slots - 1;
    uint32_t slot = (uint32_t)lf_hash(name.p, name.n, (uintptr_t)names->slots) & mask;
    while (names->slots[slot] != 0 && !lf_str_eq(names->items[names->slots[slot] - 1], name)) {
        slot = (slot + 1) & mask;
    }
    return slot;
}

int32_t lf_names_find(const lf_names *names, lf_str name) {
    if (names->n_slots == 0) {
        return -1;
    }
    return (int32_t)names->slots[slot_of(names, name)] - 1;
}

static bool widen(lf_names *names) {
    uint32_t n_slots = names->n_slots == 0 ? 16 : names->n_slots * 2;
    uint32_t *slots = lf_mem_alloc(&names->mem, n_slots * sizeof *slots);
    if (slots == NULL) {
        return false;
    }
    lf_mem_free(&names->mem, names->slots, names->n_slots * sizeof *slots);
    names->slots = slots;
    names->n_slots = n_slots;
    for (uint32_t i = 0; i < names->n; i++) {
        slots[slot_of(names, names->items[i])] = i + 1;
    }
    return true;
}

int32_t lf_names_add(lf_names *names, lf_str name) {
    if (lf_names_find(names, name) >= 0) {
        return -2;
    }
    if (names->n >= names->n_slots / 2 && !widen(names)) {
        return -1;
    }
    if (!lf_mem_grow(&names->mem, (void **)&names->items, &names->cap, names->n + 1,
                     sizeof *names->items)) {
        return -1;
    }
    names->items[names->n++] = name;
    names->slots[slot_of(names, name)] = names->n;
    return (int32_t)names->n - 1;
}

lf_str lf_names_nearest(const lf_names *names, lf_str name) {
    return lf_nearest(name, names->items, names->n);
}

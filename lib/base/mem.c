/* SPDX-License-Identifier: MIT */
/* The one door to the allocator: libc's, or the caller's. */
#include <stdlib.h>

#include "base/base.h"

static void *libc_realloc(void *user, void *ptr, size_t old_size, size_t new_size) {
    (void)user;
    (void)old_size;
    if (new_size == 0) {
        free(ptr);
        return NULL;
    }
    return realloc(ptr, new_size);
}

lf_status lf_mem_from(lf_mem *mem, const lf_allocator *allocator) {
    *mem = (lf_mem){libc_realloc, NULL};
    if (allocator == NULL) {
        return LF_OK;
    }
    if (allocator->struct_size != sizeof *allocator) {
        return LF_E_ABI;
    }
    if (allocator->realloc_fn != NULL) {
        *mem = (lf_mem){allocator->realloc_fn, allocator->user};
    }
    return LF_OK;
}

void *lf_mem_alloc(const lf_mem *mem, size_t size) {
    void *p = size == 0 ? NULL : mem->fn(mem->user, NULL, 0, size);
    return p == NULL ? NULL : memset(p, 0, size);
}

void *lf_mem_resize(const lf_mem *mem, void *p, size_t old_size, size_t new_size) {
    return mem->fn(mem->user, p, old_size, new_size);
}

void lf_mem_free(const lf_mem *mem, void *p, size_t size) {
    if (p != NULL) {
        mem->fn(mem->user, p, size, 0);
    }
}

bool lf_mem_grow(const lf_mem *mem, void **array, uint32_t *cap, uint32_t need, size_t elem_size) {
    if (need <= *cap) {
        return true;
    }
    uint64_t wanted = (uint64_t)*cap + *cap / 2 + 4;
    wanted = wanted < need ? need : wanted;
    if (wanted > UINT32_MAX || wanted > SIZE_MAX / elem_size) {
        return false;
    }
    void *p = lf_mem_resize(mem, *array, *cap * elem_size, (size_t)wanted * elem_size);
    if (p == NULL) {
        return false;
    }
    *array = p;
    *cap = (uint32_t)wanted;
    return true;
}

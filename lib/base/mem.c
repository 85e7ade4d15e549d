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

void lf_struct_init(void *theirs, size_t struct_size) {
    if (theirs != NULL && struct_size >= sizeof struct_size) {
        memset(theirs, 0, struct_size);
        memcpy(theirs, &struct_size, sizeof struct_size);
    }
}

lf_status lf_struct_read(void *ours, size_t size, size_t least, const void *theirs) {
    size_t theirs_size;
    memcpy(&theirs_size, theirs, sizeof theirs_size);
    memset(ours, 0, size);
    if (theirs_size < least || theirs_size > LF_LARGEST_STRUCT) {
        return LF_E_ABI;
    }
    for (size_t i = size; i < theirs_size; i++) {
        if (((const unsigned char *)theirs)[i] != 0) {
            return LF_E_ABI;
        }
    }
    memcpy(ours, theirs, theirs_size < size ? theirs_size : size);
    return LF_OK;
}

lf_status lf_mem_from(lf_mem *mem, const lf_allocator *allocator) {
    lf_allocator own;
    *mem = (lf_mem){libc_realloc, NULL};
    if (allocator == NULL) {
        return LF_OK;
    }
    lf_status status = lf_struct_read(&own, sizeof own, LF_SIZE_1_0(lf_allocator, user), allocator);
    if (status == LF_OK && own.realloc_fn != NULL) {
        *mem = (lf_mem){own.realloc_fn, own.user};
    }
    return status;
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
    uint64_t wanted = LF_AHEAD((uint64_t)*cap + *cap / 2 + 4);
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

/* SPDX-License-Identifier: MIT */
/* Arenas: many small blocks, freed at once. */
#include "base/base.h"

#define FIRST_CHUNK 1024u
/* With 1 each block is a chunk of its own: then every allocation can fail, and sanitizers see its end. */
#ifndef LF_ARENA_CHUNK
#define LF_ARENA_CHUNK 262144u
#endif
#define ALIGN 16u

struct lf_arena_chunk {
    struct lf_arena_chunk *older;
    size_t size; /* of the whole block */
};
#define HEAD ((sizeof(struct lf_arena_chunk) + ALIGN - 1) / ALIGN * ALIGN)

void lf_arena_init(lf_arena *arena, const lf_mem *mem) {
    *arena = (lf_arena){.mem = *mem, .allowed = SIZE_MAX};
}

static bool add_chunk(lf_arena *arena, size_t size) {
    size_t wanted = arena->size == 0 ? FIRST_CHUNK : arena->size * 2;
    wanted = wanted > LF_ARENA_CHUNK ? LF_ARENA_CHUNK : wanted;
    if (size > SIZE_MAX - HEAD) {
        return false;
    }
    wanted = wanted < size + HEAD ? size + HEAD : wanted;
    struct lf_arena_chunk *chunk = lf_mem_resize(&arena->mem, NULL, 0, wanted);
    if (chunk == NULL) {
        return false;
    }
    chunk->older = arena->chunk;
    chunk->size = wanted;
    arena->chunk = chunk;
    arena->used = HEAD;
    arena->size = wanted;
    return true;
}

void *lf_arena_alloc(lf_arena *arena, size_t size) {
    if (size > SIZE_MAX - ALIGN) {
        return NULL;
    }
    size = (size + (size == 0) + ALIGN - 1) / ALIGN * ALIGN;
    if (size > arena->allowed) {
        arena->refused = true;
        return NULL;
    }
    if (arena->chunk == NULL || arena->size - arena->used < size) {
        if (!add_chunk(arena, size)) {
            return NULL;
        }
    }
    void *p = (char *)arena->chunk + arena->used;
    arena->used += size;
    arena->allowed -= arena->allowed == SIZE_MAX ? 0 : size;
    return memset(p, 0, size);
}

void *lf_arena_copy(lf_arena *arena, const void *p, size_t size) {
    void *copy = lf_arena_alloc(arena, size);
    if (copy != NULL && size > 0) {
        memcpy(copy, p, size);
    }
    return copy;
}

bool lf_arena_str(lf_arena *arena, lf_str s, lf_str *out) {
    char *p = lf_arena_alloc(arena, s.n + 1);
    if (p == NULL) {
        return false;
    }
    if (s.n > 0) {
        memcpy(p, s.p, s.n);
    }
    *out = (lf_str){p, s.n};
    return true;
}

static void free_chunks(lf_arena *arena, struct lf_arena_chunk *chunk,
                        const struct lf_arena_chunk *end) {
    while (chunk != end) {
        struct lf_arena_chunk *older = chunk->older;
        lf_mem_free(&arena->mem, chunk, chunk->size);
        chunk = older;
    }
}

void lf_arena_reset(lf_arena *arena) {
    if (arena->chunk != NULL) {
        free_chunks(arena, arena->chunk->older, NULL);
        arena->chunk->older = NULL;
        arena->used = HEAD;
    }
}

lf_arena_mark lf_arena_here(const lf_arena *arena) {
    return (lf_arena_mark){arena->chunk, arena->used, arena->size};
}

void lf_arena_back(lf_arena *arena, lf_arena_mark mark) {
    free_chunks(arena, arena->chunk, mark.chunk);
    arena->chunk = mark.chunk;
    arena->used = mark.used;
    arena->size = mark.size;
}

void lf_arena_free(lf_arena *arena) {
    free_chunks(arena, arena->chunk, NULL);
    arena->chunk = NULL;
    arena->used = arena->size = 0;
}

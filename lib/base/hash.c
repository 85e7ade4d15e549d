/* SPDX-License-Identifier: MIT */
/* A fast hash for tables and fingerprints, the same on every machine (bytes are read little-endian). */
#include "base/base.h"

static uint64_t mix(uint64_t h) {
    h ^= h >> 32;
    h *= UINT64_C(0xd6e8feb86659fd93);
    h ^= h >> 32;
    h *= UINT64_C(0xd6e8feb86659fd93);
    return h ^ h >> 32;
}

/* Written out, compilers make one load of it. */
static uint64_t load_word(const uint8_t *p) {
    return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24 |
           (uint64_t)p[4] << 32 | (uint64_t)p[5] << 40 | (uint64_t)p[6] << 48 |
           (uint64_t)p[7] << 56;
}

static uint64_t load_rest(const uint8_t *p, size_t n) {
    uint64_t word = 0;
    for (size_t i = 0; i < n; i++) {
        word |= (uint64_t)p[i] << (8 * i);
    }
    return word;
}

uint64_t lf_hash(const void *p, size_t n, uint64_t seed) {
    const uint8_t *bytes = p;
    uint64_t h = seed ^ (uint64_t)n * UINT64_C(0x9e3779b97f4a7c15);
    for (; n >= 8; n -= 8, bytes += 8) {
        h = mix(h ^ load_word(bytes)) + UINT64_C(0x9e3779b97f4a7c15);
    }
    return mix(n == 0 ? h : h ^ load_rest(bytes, n));
}

void lf_hex(char *out, const uint8_t *p, size_t n) {
    for (size_t i = 0; i < n; i++) {
        out[2 * i] = "0123456789abcdef"[p[i] >> 4];
        out[2 * i + 1] = "0123456789abcdef"[p[i] & 15];
    }
}

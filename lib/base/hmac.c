/* SPDX-License-Identifier: MIT */
/* HMAC-SHA-256 (RFC 2104). */
#include "base/base.h"

void lf_hmac_sha256(lf_str key, const lf_str *parts, size_t n, uint8_t out[32]) {
    uint8_t pad[64] = {0}, inner[32];
    lf_sha256 sha;
    if (key.n > sizeof pad) {
        lf_sha256_init(&sha);
        lf_sha256_add(&sha, key.p, key.n);
        lf_sha256_done(&sha, pad);
    } else if (key.n > 0) {
        memcpy(pad, key.p, key.n);
    }
    for (size_t i = 0; i < sizeof pad; i++) {
        pad[i] ^= 0x36;
    }
    lf_sha256_init(&sha);
    lf_sha256_add(&sha, pad, sizeof pad);
    for (size_t i = 0; i < n; i++) {
        lf_sha256_add(&sha, parts[i].p, parts[i].n);
    }
    lf_sha256_done(&sha, inner);
    for (size_t i = 0; i < sizeof pad; i++) {
        pad[i] ^= 0x36 ^ 0x5c;
    }
    lf_sha256_init(&sha);
    lf_sha256_add(&sha, pad, sizeof pad);
    lf_sha256_add(&sha, inner, sizeof inner);
    lf_sha256_done(&sha, out);
}

bool lf_same_secret(const uint8_t *a, const uint8_t *b, size_t n) {
    volatile uint8_t differs = 0; /* so that no compiler ends the loop early */
    for (size_t i = 0; i < n; i++) {
        differs = (uint8_t)(differs | (a[i] ^ b[i]));
    }
    return differs == 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * Stored bytes: refused, or a contact like any other (../contact/hostile.h). The first byte of an input chooses the
 * blueprint, of those of the golden contacts of version 1, and by its highest bit whether the checksum is mended.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

#include "../contact/golden.h"
#include "../contact/hostile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static ground *grounds; /* read once, kept */
    static size_t n;
    if (grounds == NULL) {
        golden_file *files = goldens_read(".", 1, &n);
        grounds = calloc(n, sizeof *grounds);
        for (size_t i = 0; i < n && grounds != NULL; i++) {
            ground_open(&grounds[i], files[i].blueprint);
        }
        goldens_free(files, n);
    }
    if (size < 1 || grounds == NULL) {
        return 0;
    }
    bool let_in;
    unsigned char *own = malloc(size);
    if (own == NULL) {
        return 0;
    }
    memcpy(own, data + 1, size - 1);
    if ((data[0] & 0x80) == 0) {
        hostile_checksum(own, size - 1);
    }
    const char *wrong =
        hostile_bytes(&grounds[(data[0] & 0x7f) % n], own, size - 1, HOSTILE_FAR, &let_in);
    if (wrong != NULL) {
        fuzz_wrong(wrong, NULL);
    }
    free(own);
    return 0;
}

/* SPDX-License-Identifier: MIT */
/* HMAC-SHA-256 against the vectors of RFC 4231, in one part and in several. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <setjmp.h>

#include <cmocka.h>

#include "base/base.h"

#define BYTES(literal) \
    { (literal), sizeof(literal) - 1 }
#define AA20 "\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa"
#define DD10 "\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd"
#define CD10 "\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd"
#define AA131 AA20 AA20 AA20 AA20 AA20 AA20 "\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa"

static const struct {
    lf_str key, data;
    const char *mac; /* of test case 5 the RFC gives the first half only */
} cases[] = {
    {BYTES("\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b"),
     BYTES("Hi There"), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
    {BYTES("Jefe"), BYTES("what do ya want for nothing?"),
     "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
    {BYTES(AA20), BYTES(DD10 DD10 DD10 DD10 DD10),
     "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
    {BYTES(
         "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13\x14\x15\x16"
         "\x17\x18\x19"),
     BYTES(CD10 CD10 CD10 CD10 CD10),
     "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
    {BYTES("\x0c\x0c\x0c\x0c\x0c\x0c\x0c\x0c\x0c\x0c\x0c\x0c\x0c\x0c\x0c\x0c\x0c\x0c\x0c\x0c"),
     BYTES("Test With Truncation"), "a3b6167473100ee06e0c796c2955552b"},
    {BYTES(AA131), BYTES("Test Using Larger Than Block-Size Key - Hash Key First"),
     "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
    {BYTES(AA131),
     BYTES("This is a test using a larger than block-size key and a larger than block-size data. "
           "The key needs to be hashed before being used by the HMAC algorithm."),
     "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"}};

static void rfc_4231(void **state) {
    (void)state;
    for (size_t i = 0; i < LF_COUNT(cases); i++) {
        for (size_t at = 0; at <= cases[i].data.n; at++) {
            lf_str parts[] = {
                {cases[i].data.p, at}, {NULL, 0}, {cases[i].data.p + at, cases[i].data.n - at}};
            uint8_t mac[32];
            char text[65] = "";
            lf_hmac_sha256(cases[i].key, parts, 3, mac);
            lf_hex(text, mac, 32);
            assert_memory_equal(text, cases[i].mac, strlen(cases[i].mac));
        }
    }
}

static void same_is_every_byte(void **state) {
    uint8_t a[32], b[32];
    (void)state;
    memset(a, 7, sizeof a);
    memset(b, 7, sizeof b);
    assert_true(lf_same_secret(a, b, sizeof a));
    for (size_t i = 0; i < 8 * sizeof a; i++) {
        b[i / 8] ^= (uint8_t)(1u << i % 8);
        assert_false(lf_same_secret(a, b, sizeof a));
        b[i / 8] ^= (uint8_t)(1u << i % 8);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(rfc_4231),
                                       cmocka_unit_test(same_is_every_byte)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

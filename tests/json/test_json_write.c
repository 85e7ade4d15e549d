/* SPDX-License-Identifier: MIT */
/* Text written as JSON: what needs an escape gets it, wherever it stands, and nothing else does. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <setjmp.h>

#include <cmocka.h>

#include "json/json.h"

/* One byte as RFC 8259 section 7 has it, with the short forms. */
static size_t escaped(char out[8], unsigned char c) {
    static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
    const char *found = c == '\0' ? NULL : strchr(from, c);
    if (found != NULL) {
        out[0] = '\\';
        out[1] = to[found - from];
        return 2;
    }
    if (c < 0x20) {
        return (size_t)snprintf(out, 8, "\\u%04x", c);
    }
    out[0] = (char)c;
    return 1;
}

static void each_byte_at_each_place(void **state) {
    lf_mem mem;
    lf_buf buf;
    (void)state;
    lf_mem_from(&mem, NULL);
    lf_buf_init(&buf, &mem);
    for (unsigned c = 0; c < 256; c++) {
        for (size_t n = 1; n < 20; n++) {
            for (size_t at = 0; at < n; at++) {
                char text[20], expected[32] = "\"", one[8];
                memset(text, 0xa0, n); /* next to it a borrow could run */
                memset(expected + 1, 0xa0, at);
                text[at] = (char)c;
                size_t some = escaped(one, (unsigned char)c), size = 1 + at;
                memcpy(expected + size, one, some);
                memset(expected + size + some, 0xa0, n - at - 1);
                size += some + n - at - 1;
                expected[size++] = '"';
                lf_buf_clear(&buf);
                lf_json_put_string(&buf, (lf_str){text, n});
                if (buf.n != size || memcmp(buf.p, expected, size) != 0) {
                    fail_msg("byte %02x at %zu of %zu: %s", c, at, n, buf.p);
                }
            }
        }
    }
    lf_buf_clear(&buf);
    lf_json_put_string(&buf, (lf_str){NULL, 0});
    assert_string_equal(buf.p, "\"\"");
    lf_buf_free(&buf);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_byte_at_each_place)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

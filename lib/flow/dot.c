/* SPDX-License-Identifier: MIT */
/* Text in DOT, the language of Graphviz. */
#include "flow/flow.h"

/* Could dot take an ampersand before this byte for an entity such as &lt;? */
static bool names_entity(char c) {
    return c == '#' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

void lf_dot_put(lf_buf *out, lf_str text) {
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (c == '\n') {
            lf_buf_text(out, "\\n");
        } else if (c == '&' && i + 1 < text.n && names_entity(text.p[i + 1])) {
            lf_buf_text(out, "&amp;");
        } else if ((unsigned char)c < 0x20 || c == 0x7f) {
            lf_buf_byte(out, ' ');
        } else {
            if (c == '"' || c == '\\') {
                lf_buf_byte(out, '\\');
            }
            lf_buf_byte(out, (uint8_t)c);
        }
    }
}

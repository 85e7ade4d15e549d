/* SPDX-License-Identifier: MIT */
/* What is said of a name that there is not: the nearest one, one that begins like it, or what there is. */
#include "base/base.h"

#define SHORTEST 3u /* beginning of a name that stands for it */

lf_suggest lf_suggest_for(lf_str unknown) {
    return (lf_suggest){.name = unknown};
}

void lf_suggest_add(lf_suggest *s, lf_str known) {
    lf_str both[2] = {s->nearest, known};
    s->nearest = lf_nearest(s->name, both, LF_COUNT(both));
    if (s->longer.n == 0 && s->name.n >= SHORTEST && lf_str_starts(known, s->name)) {
        s->longer = known;
    }
    if (s->n < LF_COUNT(s->first)) {
        s->first[s->n] = known;
    }
    s->n++;
}

bool lf_suggest_say(const lf_suggest *s, const char *what, lf_buf *out) {
    lf_str meant = s->nearest.n > 0 ? s->nearest : s->longer;
    lf_buf_format(out, "unknown %s %q", what, s->name);
    if (meant.n > 0) {
        lf_buf_format(out, " (did you mean %q?)", meant);
        return false;
    }
    for (uint32_t i = 0; i < s->n && i < LF_COUNT(s->first); i++) {
        lf_buf_format(out, i == 0 ? " (known: %q" : ", %q", s->first[i]);
    }
    if (s->n > LF_COUNT(s->first)) {
        lf_buf_format(out, " and %u more", s->n - (uint64_t)LF_COUNT(s->first));
    }
    lf_buf_text(out, s->n == 0 ? " (there is none)" : ")");
    return false;
}

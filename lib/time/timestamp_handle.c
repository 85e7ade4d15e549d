/* SPDX-License-Identifier: MIT */
/* Times as text, for callers. */
#include "time/timing.h"

lf_status lf_timestamp_parse(const char *text, size_t text_len, int64_t *ms) {
    if (text == NULL || ms == NULL) {
        return LF_E_ARG;
    }
    *ms = 0;
    return lf_time_parse((lf_str){text, text_len}, ms) ? LF_OK : LF_E_PARSE;
}

lf_status lf_timestamp_format(int64_t ms, char *text, size_t size) {
    if (text == NULL || size < LF_TIMESTAMP_SIZE || ms < LF_TIME_MIN || ms > LF_TIME_MAX) {
        return LF_E_ARG;
    }
    lf_time_format(text, ms);
    text[LF_RFC3339_SIZE] = '\0';
    return LF_OK;
}

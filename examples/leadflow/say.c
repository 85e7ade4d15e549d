/* SPDX-License-Identifier: MIT */
/* What the command says on stderr: `file:line:column: error[code]: text`, one line each. */
#include "command.h"

#include <string.h>

/* A name or a text that comes from a file must not begin a line of its own or steer a terminal. */
static void put_tame(const char *text) {
    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;
        if (byte < 0x20 || byte == 0x7f) {
            fprintf(stderr, "\\x%02x", byte);
        } else {
            fputc(byte, stderr);
        }
    }
}

void say(const char *file, uint32_t line, uint32_t column, bool is_error, const char *code, const char *text) {
    put_tame(file);
    fprintf(stderr, ":%lu:%lu: %s[%s]: ", (unsigned long)(line == 0 ? 1 : line),
            (unsigned long)(column == 0 ? 1 : column), is_error ? "error" : "warning", code);
    put_tame(text);
    fputc('\n', stderr);
}

void say_cannot_read(const char *file, int error) {
    char text[256];
    snprintf(text, sizeof text, "cannot be read: %s", strerror(error));
    say(file, 1, 1, IN_ERROR, "io", text);
}

void say_failure(lf_status status) {
    fprintf(stderr, "leadflow: %s\n", status == LF_E_NOMEM ? "out of memory" : lf_status_name(status));
}

void say_event_diagnostics(const char *file, uint32_t line, const lf_diagnostics *diagnostics) {
    for (size_t i = 0; i < lf_diagnostics_count(diagnostics); i++) {
        uint32_t at = lf_diagnostics_line(diagnostics, i);
        say(file, at == 0 ? line : at, lf_diagnostics_column(diagnostics, i),
            lf_diagnostics_is_error(diagnostics, i) != 0, lf_diagnostics_code(diagnostics, i),
            lf_diagnostics_text(diagnostics, i));
    }
}

bool output_done(void) {
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fputs("leadflow: standard output cannot be written\n", stderr);
        return false;
    }
    return true;
}

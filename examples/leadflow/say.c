/* SPDX-License-Identifier: MIT */
/* What the command says on stderr: `file:line:column: error[code]: text`, one line each. */
#include "command.h"

#include <string.h>

/* What comes from a file or the command line must not begin a line of its own or steer a terminal. */
static void put_tame(const char *text) {
    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text, next = (unsigned char)text[1];
        if (byte < 0x20 || byte == 0x7f || (byte == 0xc2 && next >= 0x80 && next < 0xa0)) {
            fprintf(stderr, "\\x%02x", byte);
        } else {
            fputc(byte, stderr);
        }
    }
}

void say(struct place place, bool is_error, const char *code, const char *text) {
    put_tame(place.file);
    fprintf(stderr, ":%lu:%lu: %s[%s]: ", (unsigned long)(place.line == 0 ? 1 : place.line),
            (unsigned long)(place.column == 0 ? 1 : place.column), is_error ? "error" : "warning",
            code);
    put_tame(text);
    if (place.pointer != NULL && *place.pointer != '\0') {
        fputs(" (at ", stderr);
        put_tame(place.pointer);
        fputc(')', stderr);
    }
    fputc('\n', stderr);
}

void say_diagnostic(const lf_diagnostics *diagnostics, size_t index, const char *file,
                    uint32_t line) {
    uint32_t own = lf_diagnostics_line(diagnostics, index);
    struct place place = {file, own == 0 ? line : own, lf_diagnostics_column(diagnostics, index),
                          lf_diagnostics_pointer(diagnostics, index)};
    say(place, lf_diagnostics_is_error(diagnostics, index) != 0,
        lf_diagnostics_code(diagnostics, index), lf_diagnostics_text(diagnostics, index));
}

void say_cannot_read(const char *file, int error) {
    char text[256];
    snprintf(text, sizeof text, "cannot be read: %s", strerror(error));
    say((struct place){.file = file}, true, "io", text);
}

void say_failure(lf_status status) {
    fprintf(stderr, "leadflow: %s\n",
            status == LF_E_NOMEM ? "out of memory" : lf_status_name(status));
}

bool output_done(void) {
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fputs("leadflow: standard output cannot be written\n", stderr);
        return false;
    }
    return true;
}

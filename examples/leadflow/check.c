/* SPDX-License-Identifier: MIT */
/* leadflow check: parse, type-check, lint. */
#include "command.h"

int check_run(const struct arguments *args) {
    bool any = false;
    for (int i = 0; i < args->n_files; i++) {
        bool found;
        lf_blueprint_unref(definition_read(args->files[i], true, &found));
        any = any || found;
    }
    return any ? EXIT_FOUND : EXIT_FINE;
}

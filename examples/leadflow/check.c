/* SPDX-License-Identifier: MIT */
/* leadflow check: parse, type-check, lint. */
#include "command.h"

int check_run(const struct arguments *args) {
    bool fine = true;
    for (int i = 0; i < args->n_files; i++) {
        fine = definition_check(args, args->files[i]) && fine;
    }
    return fine ? EXIT_FINE : EXIT_FOUND;
}

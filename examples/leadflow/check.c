/* SPDX-License-Identifier: MIT */
/* leadflow check: parse, type-check, lint. */
#include "command.h"

int check_run(const struct arguments *args) {
    const char *path = args->value[OPT_PREVIOUS];
    lf_blueprint *previous = path == NULL ? NULL : definition_read(args, path);
    bool fine = path == NULL || previous != NULL;
    for (int i = 0; i < args->n_files && (path == NULL || previous != NULL); i++) {
        fine = definition_check(args, args->files[i], previous) && fine;
    }
    lf_blueprint_unref(previous);
    return fine ? EXIT_FINE : EXIT_FOUND;
}

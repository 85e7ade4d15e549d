/* SPDX-License-Identifier: MIT */
/* leadflow graph: a machine as a Graphviz digraph. */
#include "command.h"

#include <stdlib.h>

static int unknown_machine(const struct arguments *args, const lf_blueprint *blueprint) {
    size_t n = lf_blueprint_lifecycle_count(blueprint);
    const char *typed = args->value[OPT_MACHINE], **names = calloc(n + 1, sizeof *names);
    for (size_t i = 0; names != NULL && i < n; i++) {
        names[i] = lf_lifecycle_name(lf_blueprint_lifecycle_at(blueprint, i));
    }
    const char *near = names == NULL ? NULL : nearest(typed, names, n);
    fprintf(stderr, "leadflow graph: %s has no machine %s", args->files[0], typed);
    fprintf(stderr, near == NULL ? "\n" : " (did you mean %s?)\n", near);
    free(names);
    return EXIT_USAGE;
}

static int print_graph(const lf_lifecycle *machine) {
    lf_buffer *dot;
    lf_status status = lf_buffer_new(NULL, &dot);
    if (status == LF_OK) {
        status = lf_lifecycle_graph(machine, dot);
    }
    if (status == LF_OK) {
        fwrite(lf_buffer_data(dot), 1, lf_buffer_size(dot), stdout);
    } else {
        say_failure(status);
    }
    lf_buffer_free(dot);
    return status == LF_OK && output_done() ? EXIT_FINE : EXIT_FOUND;
}

int graph_run(const struct arguments *args) {
    lf_blueprint *blueprint = definition_read(args, args->files[0]);
    if (blueprint == NULL) {
        return EXIT_FOUND;
    }
    const lf_lifecycle *machine = lf_blueprint_lifecycle(blueprint, args->value[OPT_MACHINE]);
    int status = machine == NULL ? unknown_machine(args, blueprint) : print_graph(machine);
    lf_blueprint_unref(blueprint);
    return status;
}

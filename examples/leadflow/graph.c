/* SPDX-License-Identifier: MIT */
/* leadflow graph: a machine or a sequence as a Graphviz digraph. */
#include "command.h"

#include <stdlib.h>

static const char *machine_at(const lf_blueprint *blueprint, size_t i) {
    return lf_lifecycle_name(lf_blueprint_lifecycle_at(blueprint, i));
}

static const char *sequence_at(const lf_blueprint *blueprint, size_t i) {
    return lf_scheduler_sequence_at(lf_blueprint_scheduler(blueprint), i);
}

static int unknown(const struct arguments *args, const lf_blueprint *blueprint, const char *what,
                   const char *typed, size_t n,
                   const char *(*name_at)(const lf_blueprint *blueprint, size_t i)) {
    const char **names = calloc(n + 1, sizeof *names);
    for (size_t i = 0; names != NULL && i < n; i++) {
        names[i] = name_at(blueprint, i);
    }
    const char *near = names == NULL ? NULL : nearest(typed, names, n);
    fprintf(stderr, "leadflow graph: %s has no %s %s", args->files[0], what, typed);
    fprintf(stderr, near == NULL ? "\n" : " (did you mean %s?)\n", near);
    free(names);
    return EXIT_USAGE;
}

static int print_graph(const struct arguments *args, const lf_blueprint *blueprint,
                       lf_buffer *dot) {
    const char *machine = args->value[OPT_MACHINE], *sequence = args->value[OPT_SEQUENCE];
    const lf_scheduler *scheduler = lf_blueprint_scheduler(blueprint);
    const lf_lifecycle *lifecycle = lf_blueprint_lifecycle(blueprint, machine);
    lf_status status = sequence != NULL    ? lf_scheduler_graph(scheduler, sequence, dot)
                       : lifecycle != NULL ? lf_lifecycle_graph(lifecycle, dot)
                                           : LF_E_NOTFOUND;
    if (status == LF_E_NOTFOUND) {
        return sequence != NULL ? unknown(args, blueprint, "sequence", sequence,
                                          lf_scheduler_sequence_count(scheduler), sequence_at)
                                : unknown(args, blueprint, "machine", machine,
                                          lf_blueprint_lifecycle_count(blueprint), machine_at);
    }
    if (status == LF_OK) {
        fwrite(lf_buffer_data(dot), 1, lf_buffer_size(dot), stdout);
    } else {
        say_failure(status);
    }
    return status == LF_OK && output_done() ? EXIT_FINE : EXIT_FOUND;
}

int graph_run(const struct arguments *args) {
    lf_buffer *dot;
    int status = EXIT_FOUND;
    if ((args->value[OPT_MACHINE] == NULL) == (args->value[OPT_SEQUENCE] == NULL)) {
        fputs("leadflow graph: one of --machine and --sequence is needed\n", stderr);
        return EXIT_USAGE;
    }
    lf_blueprint *blueprint = definition_read(args, args->files[0]);
    if (blueprint == NULL) {
        return EXIT_FOUND;
    }
    lf_status made = lf_buffer_new(NULL, &dot);
    if (made == LF_OK) {
        status = print_graph(args, blueprint, dot);
    } else {
        say_failure(made);
    }
    lf_buffer_free(dot);
    lf_blueprint_unref(blueprint);
    return status;
}

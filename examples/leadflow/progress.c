/* SPDX-License-Identifier: MIT */
/* How far a long run has come, on stderr, if that is a terminal. */
#include "command.h"

#include <time.h>
#include <unistd.h>

#define CALLS_BETWEEN 256 /* looks at the clock */
#define SECONDS_BETWEEN 0.2

static double seconds(void) {
    struct timespec now;
    return clock_gettime(CLOCK_MONOTONIC, &now) == 0
               ? (double)now.tv_sec + (double)now.tv_nsec / 1e9
               : 0;
}

void progress_begin(struct progress *progress) {
    progress->wanted = isatty(STDERR_FILENO) == 1;
    progress->visible = false;
    progress->calls = 0;
    progress->last = progress->wanted ? seconds() : 0;
}

void progress_show(struct progress *progress, const char *doing, uint64_t count, uint64_t part,
                   uint64_t whole) {
    if (!progress->wanted || ++progress->calls % CALLS_BETWEEN != 0) {
        return;
    }
    double now = seconds();
    if (now - progress->last < SECONDS_BETWEEN) {
        return;
    }
    progress->last = now;
    progress->visible = true;
    fprintf(stderr, "\r\033[K%s: %llu", doing, (unsigned long long)count);
    if (whole > 0) {
        fprintf(stderr, " (%u %%)", (unsigned)((double)part / (double)whole * 100));
    }
    fflush(stderr);
}

void progress_hide(struct progress *progress) {
    if (progress->visible) {
        progress->visible = false;
        fputs("\r\033[K", stderr);
        fflush(stderr);
    }
}

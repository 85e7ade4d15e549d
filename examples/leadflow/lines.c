/* SPDX-License-Identifier: MIT */
/* A file of events, line by line: of any size, with at most one line in memory. */
#include "command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define CHUNK ((size_t)1 << 16)

bool lines_open(struct lines *lines, const char *path) {
    struct stat about;
    bool standard = strcmp(path, "-") == 0;
    memset(lines, 0, sizeof *lines);
    lines->name = standard ? "<stdin>" : path;
    lines->in = standard ? stdin : fopen(path, "rb");
    if (lines->in == NULL) {
        say_cannot_read(path, errno);
        return false;
    }
    lines->chunk = malloc(CHUNK);
    if (lines->chunk == NULL) {
        say_failure(LF_E_NOMEM);
        lines_close(lines);
        return false;
    }
    if (fstat(fileno(lines->in), &about) == 0 && S_ISREG(about.st_mode) && about.st_size > 0) {
        lines->size = (uint64_t)about.st_size;
    }
    return true;
}

void lines_close(struct lines *lines) {
    if (lines->in != NULL && lines->in != stdin) {
        fclose(lines->in);
    }
    free(lines->chunk);
    free(lines->line);
    memset(lines, 0, sizeof *lines);
}

/* Reads on; false at the end, or if that fails (*failed). */
static bool fill(struct lines *lines, bool *failed) {
    errno = 0;
    lines->from = 0;
    lines->to = fread(lines->chunk, 1, CHUNK, lines->in);
    lines->bytes += lines->to;
    if (ferror(lines->in)) {
        say_cannot_read(lines->name, errno != 0 ? errno : EIO);
        *failed = true;
        return false;
    }
    if (lines->number == 1 && lines->bytes == lines->to && lines->to >= 3 &&
        memcmp(lines->chunk, "\xef\xbb\xbf", 3) == 0) {
        lines->from = 3; /* a byte order mark */
    }
    return lines->to > 0;
}

/* Keeps a piece of a line that goes on in the next chunk. */
static bool keep(struct lines *lines, const char *piece, size_t n) {
    if (lines->line_n + n > lines->line_cap) {
        size_t cap = lines->line_n + n + CHUNK;
        char *more = realloc(lines->line, cap);
        if (more == NULL) {
            return false;
        }
        lines->line = more;
        lines->line_cap = cap;
    }
    memcpy(lines->line + lines->line_n, piece, n);
    lines->line_n += n;
    return true;
}

enum line_kind lines_next(struct lines *lines, const char **text, size_t *n) {
    bool failed = false, long_line = false, begun = false;
    lines->line_n = 0;
    lines->number++;
    while (lines->from < lines->to || fill(lines, &failed)) {
        char *piece = lines->chunk + lines->from;
        char *end = memchr(piece, '\n', lines->to - lines->from);
        size_t length = end == NULL ? lines->to - lines->from : (size_t)(end - piece);
        lines->from += length + (end != NULL);
        long_line = long_line || lines->line_n + length > LINE_MOST;
        if (end != NULL && !begun && !long_line) {
            *text = piece;
            *n = length;
            return LINE_TEXT;
        }
        begun = true;
        if (!long_line && !keep(lines, piece, length)) {
            say_failure(LF_E_NOMEM);
            return LINE_FAILED;
        }
        if (end != NULL) {
            break;
        }
    }
    *text = lines->line;
    *n = lines->line_n;
    return failed ? LINE_FAILED : !begun ? LINE_END : long_line ? LINE_TOO_LONG : LINE_TEXT;
}

/* SPDX-License-Identifier: MIT */
/* Time zones from a folder of TZif files, on POSIX. */
#define _POSIX_C_SOURCE 200809L
#include "zoneinfo.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LARGEST 65536 /* bytes; lf_zone_data_set() takes no more */

static bool is_folder(const char *path) {
    struct stat is;
    if (stat(path, &is) != 0) {
        return false;
    }
    errno = S_ISDIR(is.st_mode) ? errno : ENOTDIR;
    return S_ISDIR(is.st_mode);
}

const char *zoneinfo_folder(void) {
    static const char *const usual = "/usr/share/zoneinfo";
    const char *named = getenv("TZDIR");
    return named != NULL && named[0] != '\0' ? named : is_folder(usual) ? usual : NULL;
}

/* A file that waits for a writer must not stop us, nor a folder or a device be taken for a zone. */
static int open_zone(const char *folder, const char *name) {
    char path[4096];
    struct stat is;
    int n = snprintf(path, sizeof path, "%s/%s", folder, name);
    if (n < 0 || (size_t)n >= sizeof path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file >= 0 && (fstat(file, &is) != 0 || !S_ISREG(is.st_mode) || is.st_size > LARGEST)) {
        close(file);
        errno = ENOENT;
        return -1;
    }
    return file;
}

/* As many bytes as there are, or -1. */
static ssize_t read_all(int file, unsigned char *bytes, size_t room) {
    size_t n = 0;
    ssize_t got;
    do {
        got = read(file, bytes + n, room - n);
        n += got > 0 ? (size_t)got : 0;
    } while ((got > 0 && n < room) || (got < 0 && errno == EINTR));
    return got < 0 ? -1 : (ssize_t)n;
}

/* What a folder has beside the zones of IANA: that of this machine, which is another one elsewhere, and copies of all,
 * with and without leap seconds. */
static bool is_copy(const char *name) {
    static const char *const others[] = {"localtime", "posixrules", "posix/", "right/"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (strncmp(name, others[i], strlen(others[i])) == 0) {
            return true;
        }
    }
    return false;
}

/* The library asks for names without ".." or a "/" in front, so nothing outside the folder is read. */
static lf_status load(void *user, const char *name, size_t name_len, lf_zone_data *data) {
    unsigned char bytes[LARGEST];
    (void)name_len;
    if (is_copy(name)) {
        return LF_E_NOTFOUND;
    }
    int file = open_zone(user, name);
    if (file < 0) {
        bool absent = errno == ENOENT || errno == ENOTDIR || errno == ENAMETOOLONG;
        return absent ? LF_E_NOTFOUND : LF_E_USER;
    }
    ssize_t n = read_all(file, bytes, sizeof bytes);
    close(file);
    return n < 0 ? LF_E_USER : lf_zone_data_set(data, bytes, (size_t)n);
}

lf_status zoneinfo_source(const char *folder, lf_zone_source *out) {
    lf_zone_source_init(out, sizeof *out);
    if (folder == NULL || !is_folder(folder)) {
        return LF_E_NOTFOUND;
    }
    out->user = strdup(folder);
    out->user_free = free;
    out->load = load;
    return out->user == NULL ? LF_E_NOMEM : LF_OK;
}

/* SPDX-License-Identifier: MIT */
/*
 * Time zones for libleadflow from a folder of TZif files, such as /usr/share/zoneinfo (Debian: tzdata). Copy this file
 * and zoneinfo.c into your product:
 *
 *     lf_zone_source zones;
 *     if (zoneinfo_source(zoneinfo_folder(), &zones) == LF_OK) {
 *         options.zones = &zones;
 *         lf_blueprint_parse(json, json_len, &options, diagnostics, &blueprint);
 *     }
 *
 * The blueprint gives the source back when it is freed. If none was made, call zones.user_free(zones.user).
 */
#pragma once

#include <leadflow/leadflow.h>

/* Where they are: the folder that TZDIR names, else /usr/share/zoneinfo if it is there, else NULL. */
const char *zoneinfo_folder(void);
/* A source that reads FOLDER/NAME, from any thread; not `localtime`, `posixrules`, `posix/...` and `right/...`, which are
 * no zones of IANA. LF_E_NOTFOUND: there is no such folder (errno says why), or it is NULL; LF_E_NOMEM. A file that
 * cannot be read, but is there, fails the call that needed it with LF_E_USER. */
lf_status zoneinfo_source(const char *folder, lf_zone_source *out);

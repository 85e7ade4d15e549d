#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Installs what is missing (Debian, Ubuntu), builds into build-tests/ and runs the tests. The last line is
# `N passed, N failed, N skipped`, and the exit status says whether all went well.
#   tests/run.sh                 every suite but the slow one
#   tests/run.sh --suite unit    what `meson test` may be told
# Tests that need data from outside the project are skipped where it is not (tests/README.md).
set -euo pipefail
cd "$(dirname "$0")/.."
say() { printf '\n== %s\n' "$*"; }

install() {
  local root=(); [ "$(id -u)" = 0 ] || root=(sudo)
  say "installing with apt: $*"
  "${root[@]}" apt-get update -qq || true
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

install_missing() {
  local missing=() more=() pair
  for pair in gcc:gcc g++:g++ meson:meson ninja:ninja-build pkg-config:pkg-config python3:python3; do
    command -v "${pair%%:*}" >/dev/null || missing+=("${pair##*:}")
  done
  [ -e /usr/include/stdio.h ] || missing+=(libc6-dev)
  [ -e /usr/include/cmocka.h ] || missing+=(libcmocka-dev)
  # Without these some tests are skipped.
  [ -e /usr/include/sqlite3.h ] || more+=(libsqlite3-dev)
  ruby -e 'require "ffi"' 2>/dev/null || more+=(ruby ruby-ffi)
  python3 -c 'import cffi' 2>/dev/null || /usr/bin/python3 -c 'import cffi' 2>/dev/null || more+=(python3-cffi)
  python3 -c 'import hypothesis' 2>/dev/null || /usr/bin/python3 -c 'import hypothesis' 2>/dev/null || more+=(python3-hypothesis)
  command -v abidw >/dev/null || more+=(abigail-tools)
  command -v cmake >/dev/null || more+=(cmake)
  [ -e /usr/share/zoneinfo/Europe/Berlin ] || more+=(tzdata)
  [ ${#missing[@]} -gt 0 ] || [ ${#more[@]} -gt 0 ] || return 0
  if ! command -v apt-get >/dev/null; then
    say "please install: ${missing[*]} ${more[*]}"
    [ ${#missing[@]} -eq 0 ] || exit 1
  elif ! install "${missing[@]}" "${more[@]}"; then
    [ ${#missing[@]} -eq 0 ] || install "${missing[@]}"
    say "not there: ${more[*]}; the tests that need them are skipped"
  fi
}

build() {
  say "building into build-tests/"
  [ -f build-tests/build.ninja ] || meson setup build-tests -Dtests=enabled >/dev/null
  ninja -C build-tests --quiet
}

install_missing
build
say "running the tests"
status=0
meson test -C build-tests --no-rebuild --print-errorlogs "$@" || status=$?
python3 tests/tally.py build-tests
exit "$status"

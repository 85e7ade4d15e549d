#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Installs what is missing (Debian, Ubuntu), builds the command leadflow into build-demo/, replays four months
# of lifelike events through the blueprint crm_workflow, and tells what happened to whom, when and why.
#   examples/demo.sh             a summary, a line for each contact, three whole stories
#   examples/demo.sh --all       everybody's story
#   examples/demo.sh CONTACT...  the stories of these, for instance lead-004
set -euo pipefail
cd "$(dirname "$0")/.."
say() { printf '\n== %s\n' "$*"; }

install_missing() {
  local missing=() pair
  for pair in gcc:gcc meson:meson ninja:ninja-build pkg-config:pkg-config python3:python3; do
    command -v "${pair%%:*}" >/dev/null || missing+=("${pair##*:}")
  done
  [ -e /usr/include/stdio.h ] || missing+=(libc6-dev)
  [ -e /usr/include/sqlite3.h ] || missing+=(libsqlite3-dev)
  [ ${#missing[@]} -gt 0 ] || return 0
  local root=() tool; [ "$(id -u)" = 0 ] || root=(sudo)
  for tool in apt-get "${root[@]}"; do
    command -v "$tool" >/dev/null || { echo "no $tool: please install ${missing[*]}" >&2; exit 1; }
  done
  say "installing with apt: ${missing[*]}"
  "${root[@]}" apt-get update -qq
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

build() {
  say "building into build-demo/"
  [ -f build-demo/build.ninja ] || meson setup build-demo --buildtype=release -Dtests=disabled -Dbench=disabled >/dev/null
  ninja -C build-demo --quiet examples/leadflow/leadflow
}

install_missing
build
leadflow=build-demo/examples/leadflow/leadflow
blueprint=examples/blueprints/crm_workflow.json
events=examples/data/events.ndjson
until=2026-05-05T08:00:00Z
output=build-demo/replay.ndjson

say "$leadflow check $blueprint"
"$leadflow" check "$blueprint" && echo "no findings"

say "$leadflow replay $blueprint $events --until $until --effects --contacts"
"$leadflow" replay "$blueprint" "$events" --until "$until" --effects --contacts >"$output"

if [ $# -gt 0 ]; then
  examples/story.py "$events" "$@" <"$output"
  exit
fi
examples/story.py "$events" <"$output"
say "three of them: bought and became an advocate; was given back by hand; fell silent and came back"
"$leadflow" explain "$blueprint" "$events" --contact lead-030 --at "$until" 2>/dev/null |
  cat "$output" - | examples/story.py "$events" lead-030 lead-036 lead-040
say "every story: examples/demo.sh --all; the language of the blueprint: docs/blueprint.md"

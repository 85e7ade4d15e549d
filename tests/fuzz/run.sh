#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Looks for inputs that go wrong: builds a target with libFuzzer (clang, libclang-rt-dev) and the address and undefined
# behaviour sanitizers in build-fuzz/, and lets it run, from the seeds, corpus/ and what earlier runs have found.
#   tests/fuzz/run.sh TARGET SECONDS [OPTION OF LIBFUZZER...]    contact, event, blueprint, expr, tzif, regex or one_click
#   tests/fuzz/run.sh TARGET keep     what the runs have found and the seeds have not becomes corpus/TARGET, as little as
#                                     has the same coverage
# An input that goes wrong is in build-fuzz/TARGET-*: mend the fault, and put the input into corpus/TARGET under a name that
# says what it was.
set -euo pipefail
cd "$(dirname "$0")/../.."
target=$1 what=$2; shift 2
dir=build-fuzz/$target
mkdir -p "$dir-found" build-fuzz/objects
flags=(-g -O2 -std=gnu11 -fsanitize=address,undefined -fno-sanitize-recover=all -Iinclude -Ilib)
compile() {
  local object=build-fuzz/objects/${1//\//_}.o
  [ "$object" -nt "$1" ] || "${CC:-clang}" "${flags[@]}" -fsanitize=fuzzer-no-link -c "$1" -o "$object"
}
export -f compile
sources=("tests/fuzz/fuzz_$target.c" tests/fuzz/fuzz.c)
lives=(tests/fuzz/history.c tests/contact/{hostile,json_sound,golden}.c tests/scenario/scenario_lines.c)
case $target in
contact) sources+=("${lives[@]}") ;;
event | blueprint) sources+=("${lives[@]}" tests/fuzz/mutate.c) ;;
regex) sources+=(tests/fuzz/regex_model.c) ;;
expr) sources+=(tests/fuzz/{expr_world,mutate_expr}.c tests/expr/print.c) ;;
esac
mapfile -t -O ${#sources[@]} sources < <(find lib -name '*.c')
# A header has changed: all anew.
if [ -n "$(find include lib tests -name '*.h' -newer build-fuzz/objects -print -quit)" ]; then rm -f build-fuzz/objects/*; fi
touch build-fuzz/objects
for source in "${sources[@]}"; do compile "$source"; objects+=("build-fuzz/objects/${source//\//_}.o"); done
"${CC:-clang}" "${flags[@]}" -fsanitize=fuzzer "${objects[@]}" -o "$dir"
python3 -B tests/fuzz/seeds.py "$target" "$dir-seeds"
corpus=tests/fuzz/corpus/$target
mkdir -p "$corpus"
if [ "$what" = keep ]; then
  rm -rf "$dir-merged" && cp -r "$dir-seeds" "$dir-merged"
  "$dir" -merge=1 -use_counters=0 -max_len=4000 "$dir-merged" "$corpus" "$dir-found" 2>&1 | tail -n 3
  find "$corpus" -type f -regextype egrep -regex '.*/[0-9a-f]{40}' -delete
  find "$dir-merged" -type f -regextype egrep -regex '.*/[0-9a-f]{40}' -exec cp -t "$corpus" {} +
else
  exec "$dir" -max_total_time="$what" -max_len=8000 -timeout=10 -rss_limit_mb=1024 -dict="$dir-seeds.dict" \
    -artifact_prefix="$dir-" "$@" "$dir-found" "$dir-seeds" "$corpus"
fi

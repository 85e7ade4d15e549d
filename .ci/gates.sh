# SPDX-License-Identifier: MIT
# What .ci/run runs: a gate is a function gate_NAME, in the root of the tree, which says in its first line what it is and
# fails if all is not well. It may end with the tally of its tests. `$cores` are its to use, `$results` is a folder.
# shellcheck shell=bash disable=SC2154

# ---- what gates are made of ----
have() { command -v "$1" >/dev/null || { echo "there is no $1, and it could not be installed"; return 1; }; }
sources() { git -c safe.directory='*' ls-files "$@"; }

# The build of a gate: `build NAME [TARGET...] -- OPTIONS OF MESON`, with a compiler in CC.
build() {
  local build=build-ci-$1 log=$results/$1.setup targets=(); shift
  while [ "$1" != -- ]; do targets+=("$1"); shift; done; shift
  if [ ! -f "$build/build.ninja" ]; then
    meson setup "$build" -Dbench=disabled "$@" >"$log" 2>&1 || { tail -n 40 "$log"; rm -rf "$build"; return 1; }
  fi
  ninja -C "$build" -j "$cores" --quiet "${targets[@]}"
}

# Its tests, whose last line is the tally: `check NAME OPTIONS OF MESON TEST`.
check() {
  local build=build-ci-$1 status=0; shift
  meson test -C "$build" --no-rebuild --num-processes "$cores" --print-errorlogs --quiet --timeout-multiplier 6 \
    "$@" || status=$?
  python3 tests/tally.py "$build"
  return "$status"
}

# The suites that are about behaviour, in a configuration of its own.
configuration() { build "$1" -- -Dtests=enabled -Dexamples=enabled "${@:2}" && check "$1" --no-suite lint --no-suite real; }
# The suites that are programs in C alone: `check_suites NAME SUITE...`. Slow machines have the first of these.
check_suites() { local name=$1; shift; check "$name" "${@/#/--suite=}"; }
programs=(unit conformance scenario everywhere)
all_programs=("${programs[@]}" api fuzz oom threads)
# One hash of everything (tests/everywhere).
everywhere() {
  build "$1" tests/everywhere/everywhere -- -Dtests=auto -Dexamples=disabled "${@:2}" && check "$1" --suite everywhere
}
release=(-Dbuildtype=release -Dexamples=enabled -Dtests=enabled --werror)
released() { CC=gcc build gcc_release -- "${release[@]}"; }

# ---- the gates: each says in the first line what it is ----
gate_suite() { : 'tests/run.sh'; tests/run.sh; }
gate_gcc_release() { : 'gcc, as released'; released && check gcc_release --no-suite lint --no-suite real; }
gate_clang() { : 'clang'; CC=clang configuration clang --werror; }
gate_sanitizers() {
  : 'gcc, address and undefined behaviour sanitizers'
  # Each block of an arena stands alone there: the sanitizers see its end, and each allocation fails once. Warnings
  # are no errors, since with the checks in between gcc warns of what cannot happen.
  CC=gcc configuration sanitizers -Db_sanitize=address,undefined -Dc_args=-DLF_ARENA_CHUNK=1
}
gate_memory() {
  : 'clang, memory sanitizer'
  CC=clang build memory -- -Dtests=enabled -Dexamples=disabled -Db_sanitize=memory -Db_lundef=false &&
    check_suites memory "${programs[@]}" api fuzz
}
gate_threads() {
  : 'gcc, thread sanitizer'
  CC=gcc build threads tests/api/test_threads -- -Dtests=enabled -Dexamples=disabled -Db_sanitize=thread &&
    check threads --suite threads
}
gate_gcc_O0() { : 'the same everywhere: gcc -O0'; CC=gcc everywhere gcc_O0 -Doptimization=0; }
gate_gcc_fast() {
  : 'the same everywhere: gcc -O3 -ffast-math -march=x86-64-v3'
  local args='-O3 -ffast-math'; ! grep -qw avx2 /proc/cpuinfo || args+=' -march=x86-64-v3'
  CC=gcc everywhere gcc_fast -Doptimization=3 -Dc_args="$args"
}
gate_clang_O3() {
  : 'the same everywhere: clang -O3 -funsigned-char'
  CC=clang everywhere clang_O3 -Doptimization=3 -Dc_args="-O3 -funsigned-char"
}
# On another machine: `machine NAME DEBIAN'S_NAME SUITE...`.
machine() {
  have "$1-linux-gnu-gcc" && .ci/cross/cmocka "$2" "build-ci-cmocka-$2" &&
    build "$1" -- --cross-file ".ci/cross/$1.ini" --cross-file "build-ci-cmocka-$2/cmocka.ini" -Dtests=enabled \
      -Dexamples=disabled && check_suites "$1" "${@:3}"
}
gate_i686() { : 'i686: 32 bits'; machine i686 i386 "${all_programs[@]}"; }
gate_s390x() { : 's390x, in qemu: big endian'; have qemu-s390x-static && machine s390x s390x "${programs[@]}"; }
gate_aarch64() {
  : 'the same everywhere: aarch64, in qemu'
  have qemu-aarch64-static && have aarch64-linux-gnu-gcc && everywhere aarch64 --cross-file .ci/cross/aarch64.ini
}
gate_locales() {
  : 'the same everywhere: locales and time zones'
  local locale zone
  released && mkdir -p build-ci-locales && for locale in de_DE tr_TR; do
    localedef -i "$locale" -f UTF-8 "$PWD/build-ci-locales/$locale.UTF-8" || return 1
    for zone in UTC America/St_Johns Asia/Kathmandu; do
      LOCPATH=$PWD/build-ci-locales LC_ALL=$locale.UTF-8 TZ=$zone \
        build-ci-gcc_release/tests/everywhere/everywhere . | grep -v '^ok\|^1\.\.' && return 1
    done
    [ "$(LOCPATH=$PWD/build-ci-locales LC_ALL=$locale.UTF-8 locale decimal_point)" = , ] || return 1
  done
}
# The places in each file; `ninja -C build-tests clang-format` mends them.
gate_format() {
  : 'clang-format'
  local places
  have clang-format || return 1
  places=$(sources '*.c' '*.h' | xargs clang-format --dry-run 2>&1 | grep -o '^[^ :]*:[0-9]*:[0-9]*: warning' |
    cut -d: -f1 | uniq -c)
  [ -z "$places" ] || { echo "$places"; return 1; }
}
gate_tidy() {
  : 'clang-tidy'
  have clang-tidy && CC=clang build tidy lib/libleadflow.a -- -Dtests=disabled -Dexamples=disabled &&
    sources 'lib/*.c' | xargs -P "$cores" -n 4 clang-tidy -p build-ci-tidy --quiet 2>/dev/null
}
gate_analyzer() {
  : 'gcc -fanalyzer'
  CC=gcc build analyzer lib/libleadflow.a -- -Dtests=disabled -Dexamples=disabled --werror -Dc_args=-fanalyzer
}
gate_docs() {
  : 'doxygen without warnings'
  have doxygen && build docs docs/html -- -Ddocs=enabled -Dtests=disabled -Dexamples=disabled
}
gate_kills() {
  : '200 kills of a replay, 200 of several at once'
  released && meson test -C build-ci-gcc_release --no-rebuild --quiet --print-errorlogs --setup everything \
    sqlite_kills_200 sqlite_writers_200
}
gate_size() {
  : 'less than 512 KiB, stripped'
  local bytes
  released && strip -o "$results/stripped" build-ci-gcc_release/lib/libleadflow.so &&
    bytes=$(stat -c %s "$results/stripped") && echo "libleadflow.so has $bytes bytes, stripped" &&
    [ "$bytes" -lt $((512 * 1024)) ]
}
gate_needs() {
  : 'nothing but libc'
  local needed
  released && needed=$(readelf -d build-ci-gcc_release/lib/libleadflow.so | grep -o 'Shared library: .*' | sort -u) &&
    echo "$needed" && [ "$needed" = 'Shared library: [libc.so.6]' ]
}
# What an optimizing compiler makes of the sources: other calls of libc, for instance.
gate_exports() {
  : 'exports of the release build'
  released && meson test -C build-ci-gcc_release --no-rebuild --quiet --print-errorlogs lint_symbols
}
gate_reproducible() {
  : 'the same library from another folder'
  local other=$results/another/place/leadflow library
  released && library=lib/$(readlink -f build-ci-gcc_release/lib/libleadflow.so | xargs basename) &&
    mkdir -p "$other" && sources -z | xargs -0 cp --parents -t "$other" &&
    CC=gcc meson setup "$other/b" "$other" "${release[@]}" >/dev/null &&
    ninja -C "$other/b" -j "$cores" --quiet "$library" &&
    cmp "build-ci-gcc_release/$library" "$other/b/$library"
}

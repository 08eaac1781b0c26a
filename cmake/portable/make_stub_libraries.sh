#!/bin/sh
# make_stub_libraries.sh CEILING OUTPUT_DIRECTORY [COMPILER]
# Writes libc.so.6 and libm.so.6 to link against: libraries without code that define each symbol of this machine's
# own C library in the newest version that is not above CEILING (such as 2.31). What is linked against them runs with
# any glibc from CEILING on, whatever this machine's version is.
set -eu
ceiling=$1
output=$2
compiler=${3:-cc}
mkdir -p "$output"

make_stub() {
  name=$1
  library=$("$compiler" -print-file-name="$name")
  nm -D --with-symbol-versions --defined-only "$library" |
    awk -v ceiling="$ceiling" '
      function number(version, part, count) {
        count = split(version, part, ".")
        return part[1] * 1000000 + part[2] * 1000 + (count > 2 ? part[3] : 0)
      }
      $NF ~ /@+GLIBC_[0-9.]+$/ {
        split($NF, pair, /@+GLIBC_/)
        if (number(pair[2]) > number(ceiling)) next
        if (!(pair[1] in best) || number(pair[2]) > number(best[pair[1]])) best[pair[1]] = pair[2]
        object[pair[1]] = $(NF - 1) ~ /[BDRV]/
        versions[pair[2]] = 1
      }
      END {
        for (symbol in best) {
          label = "stub_" (++count)
          print ".globl " label "\n.type " label ",@" (object[symbol] ? "object" : "function") "\n" label ":\n.quad 0"
          print ".size " label ", 8\n.symver " label "," symbol "@@GLIBC_" best[symbol]
        }
        print ".section .note.GNU-stack,\"\",@progbits"
        for (version in versions) print "GLIBC_" version " {};" > "/dev/stderr"
      }' >"$output/$name.s" 2>"$output/$name.map"
  printf 'VGPU_HIDDEN { local: stub_*; };\n' >>"$output/$name.map"
  "$compiler" -shared -nostdlib -Wl,-soname,"$name" -Wl,--version-script="$output/$name.map" \
    -o "$output/$name" "$output/$name.s"
}

make_stub libc.so.6
make_stub libm.so.6

#!/bin/sh
# portable_libraries.sh CEILING DIRECTORY: every library in DIRECTORY loads with a glibc as old as CEILING, brings its
# own C++ runtime, and asks for no library but the C library's and our own.
set -eu
ceiling=$1
directory=$2
failures=0
count=0
for library in "$directory"/*.so*; do
  count=$((count + 1))
  newest=$(readelf -V "$library" | grep -o 'Name: GLIBC_[0-9.]*' | sed 's/.*GLIBC_//' | sort -V | tail -n 1)
  if [ "$(printf '%s\n%s\n' "$ceiling" "$newest" | sort -V | tail -n 1)" != "$ceiling" ]; then
    echo "$library needs GLIBC_$newest, above $ceiling"
    failures=$((failures + 1))
  fi
  foreign=$(readelf -d "$library" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' |
    grep -Ev '^(libc\.so\.6|libm\.so\.6|libpthread\.so\.0|libdl\.so\.2|ld-linux-x86-64\.so\.2|libcuda\.so\.1)$' || true)
  if [ -n "$foreign" ]; then
    echo "$library needs" $foreign
    failures=$((failures + 1))
  fi
done
[ "$count" -gt 0 ] || { echo "no library in $directory"; exit 1; }
echo "$count libraries checked, $failures faults"
[ "$failures" -eq 0 ]

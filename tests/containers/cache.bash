# For tests of shared caches of compiled kernels (vgpu.dev/cache). Read after library.bash and runtime.bash.

# Where this machine's caches are; a rootless test sets the user's.
caches=/var/lib/vgpu/cache
roads=(precreate prestart runtime)

# What this test has made there; the folders above only where nobody else has something in them.
remove_caches() {
  rm -rf "${caches:?}/user/$prefix"* "$caches/namespace/$prefix"*
  rmdir -p --ignore-fail-on-non-empty "$caches/user" "$caches/namespace" 2>/dev/null || true
}
at_exit+=(remove_caches)

# use_road ROAD: how run_probe's containers get their device: a stage of hooks, or vgpu-runtime.
use_road() {
  road=$1
  rm -rf "$hooks"
  [ "$road" = runtime ] || install_hooks "$road"
}

# run_annotated ARGUMENTS… -- COMMAND…: a container with a device on the road.
run_annotated() { if [ "$road" = runtime ]; then with_runtime "$@"; else with_vgpu "$@"; fi; }

# run_probe CACHE ARGUMENTS…: a program that adds on the device. Sets $output, with the lines of the log.
run_probe() {
  local cache=$1
  shift
  output=$(run_annotated --annotation "vgpu.dev/cache=$cache" --env VGPU_LOG=info "$@" -- /bin/cuda_probe 2>&1) ||
    fail "cuda_probe ($road, $cache, $*): $output"
  expect_contains "$output" "sum: right" "computation ($road, $cache, $*)"
}

# expect_compiled WHAT, expect_warm WHAT: where $output's kernel came from.
expect_compiled() {
  expect_contains "$output" 'kernel "add": compiled' "$1 ($road)"
  expect_not_contains "$output" 'from the cache' "$1 ($road)"
}
expect_warm() {
  expect_contains "$output" 'kernel "add": from the cache' "$1 ($road)"
  expect_not_contains "$output" 'compiled' "$1 ($road)"
}

# expect_files FOLDER COUNT WHAT: the compiled kernels of a cache, on the host.
expect_files() { expect "$(find "$caches/$1" -name '*.vgpu' 2>/dev/null | wc -l)" "$2" "files of $1: $3 ($road)"; }

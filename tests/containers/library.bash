# What the container tests share. A test runs with a runtime's name as its argument, inside scripts/podman-env, and has
#   VGPU_TEST_PROGRAM  the vgpu program of the build
#   VGPU_TEST_HOOK     vgpu-hook of the build
#   VGPU_TEST_SUPERVISOR  vgpu-supervisor of the build
#   VGPU_TEST_CALLER   driver_caller of the build, a static program
#   VGPU_TEST_NVIDIA   the folder of scripts/fetch-nvidia-userspace; may be missing
#   VGPU_TEST_PROBE    cuda_probe of the build
#   VGPU_TEST_STAGE    the build's folder of libraries
# It ends with 77 and a reason where the machine lacks what it needs.
set -euo pipefail

runtime=${1:-crun}
work=$(mktemp -d /var/tmp/vgpu-test.XXXXXX)
prefix=vgpu-test-$$
hooks=$work/hooks
state=/run/vgpu/containers
podman=(podman)
at_exit=()  # functions that undo what a test has done to the machine; the last one added goes first

skip() { echo "skipped: $*"; exit 77; }
fail() { echo "FAILED: $*" >&2; exit 1; }

clean_up() {
  local status=$? left index
  trap - ERR
  # Removing a container whose conmon was killed takes a second try.
  for _ in 1 2 3; do
    left=$("${podman[@]}" ps -aq --filter "name=^$prefix")
    [ -n "$left" ] || break
    "${podman[@]}" rm -f -t 0 $left >/dev/null 2>&1 || true
  done
  for ((index = ${#at_exit[@]} - 1; index >= 0; --index)); do "${at_exit[index]}" || true; done
  rm -rf "$work"
  exit $status
}
trap clean_up EXIT
trap 'echo "FAILED: $0, line $LINENO: $BASH_COMMAND" >&2' ERR

[ "$(id -u)" = 0 ] || skip "needs root"
for needed in podman "$runtime" busybox conmon; do
  command -v "$needed" >/dev/null || skip "$needed is not installed"
done
file=$(command -v busybox)
! ldd "$file" >/dev/null 2>&1 || skip "busybox is not static"

# An installation with stand-ins for the libraries: each has its own name as content.
install_stand_ins() {
  local library
  mkdir -p "$work/installation/libexec/vgpu" "$work/installation/bin" "$work/installation/lib64/vgpu"
  cp "$VGPU_TEST_HOOK" "$VGPU_TEST_SUPERVISOR" "$work/installation/libexec/vgpu/"
  cp "$VGPU_TEST_PROGRAM" "$work/installation/bin/"
  for library in libcuda.so.1 libnvidia-ml.so.1 lib{cudart,cublas,cublasLt}.so.{12,13}; do
    echo "vgpu $library" >"$work/installation/lib64/vgpu/$library"
  done
}

# An installation with the libraries of the build.
install_build() {
  [ -e "$VGPU_TEST_STAGE/libcuda.so.1" ] || skip "the build has no libcuda.so.1"
  mkdir -p "$work/installation/libexec/vgpu" "$work/installation/bin" "$work/installation/lib64/vgpu"
  cp "$VGPU_TEST_HOOK" "$VGPU_TEST_SUPERVISOR" "$work/installation/libexec/vgpu/"
  cp "$VGPU_TEST_PROGRAM" "$work/installation/bin/"
  cp -L "$VGPU_TEST_STAGE"/* "$work/installation/lib64/vgpu/"
}

# install_hooks STAGE
install_hooks() { "$work/installation/bin/vgpu" hooks install --stages "$1" "$hooks" >/dev/null; }

# A root file system of one static program. Sets $rootfs.
make_static_rootfs() {
  local applet
  rootfs=$work/rootfs
  mkdir -p "$rootfs"/{bin,etc}
  cp "$(command -v busybox)" "$rootfs/bin/"
  for applet in sh cat ls env sort grep find sleep true mount touch; do ln -s busybox "$rootfs/bin/$applet"; done
}

# The same, and the machine's C library with a program that uses a CUDA device. Sets $rootfs.
make_glibc_rootfs() {
  local library
  make_static_rootfs
  mkdir -p "$rootfs"/lib64 "$rootfs/usr/lib/x86_64-linux-gnu"
  ln -s usr/lib "$rootfs/lib"
  [ -e /lib64/ld-linux-x86-64.so.2 ] || skip "no x86-64 glibc on this machine"
  cp -L /lib64/ld-linux-x86-64.so.2 "$rootfs/lib64/"
  for library in libc.so.6 libm.so.6 libdl.so.2 libpthread.so.0 librt.so.1; do
    cp -L "/lib/x86_64-linux-gnu/$library" "$rootfs/usr/lib/x86_64-linux-gnu/"
  done
  cp "$VGPU_TEST_PROBE" "$rootfs/bin/cuda_probe"
}

# run_container NAME PODMAN-RUN-ARGUMENTS…: with the hooks, in $rootfs.
run_container() {
  local name=$1
  shift
  "${podman[@]}" --hooks-dir "$hooks" --runtime "$runtime" run --name "$prefix-$name" "$@"
}

# with_vgpu ARGUMENTS… -- COMMAND…: the output of a container that asks for a device.
with_vgpu() {
  local arguments=()
  while [ "$1" != -- ]; do arguments+=("$1"); shift; done
  shift
  run_container "run-$RANDOM" --rm --annotation vgpu.dev/count=1 "${arguments[@]}" --rootfs "$rootfs" "$@"
}

expect() { # expect ACTUAL EXPECTED WHAT
  [ "$1" = "$2" ] || fail "$3: expected \"$2\", got \"$1\""
}
expect_contains() { # expect_contains TEXT PART WHAT
  case $1 in *"$2"*) ;; *) fail "$3: expected to find \"$2\" in: $1" ;; esac
}
expect_not_contains() {
  case $1 in *"$2"*) fail "$3: expected not to find \"$2\" in: $1" ;; esac
}

# Mounts of this namespace that vgpu could have left; podman's own come and go.
host_mounts() { sed 's/^[0-9]* [0-9]* //' /proc/self/mountinfo | grep -E 'vgpu/containers|nvidia|/etc/vgpu|installation' | sort || true; }
# What the host keeps for containers. Supervisors remove it a moment after a container's end.
kept_state() { ls "$state" 2>/dev/null || true; }

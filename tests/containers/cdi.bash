# What the tests of CDI devices share. Read after library.bash, and user.bash if that is read.

# The libraries without libnvidia-ml, as an installation has them, for images with NVIDIA's own.
install_driver_folder() {
  local file folder=$work/installation/lib64/vgpu
  mkdir "$folder-driver"
  for file in "$folder"/*; do [[ $file == */libnvidia-ml* ]] || ln "$file" "$folder-driver"; done
}

# write_devices OPTION…: a specification of a kind of this test's own, where engines look. Sets $kind.
write_devices() {
  kind=vgpu.dev/test$$
  specification=/var/run/cdi/vgpu-test-$$.json
  at_exit+=(remove_devices)
  [ -d /var/run/cdi ] || mkdir -m 0755 /var/run/cdi
  "$work/installation/bin/vgpu" cdi generate --kind "$kind" --output "$specification" "$@"
}
remove_devices() {
  rm -f "$specification"
  rmdir /var/run/cdi 2>/dev/null || true
}

# with_device PODMAN-RUN-ARGUMENTS… -- COMMAND…: the output of a container, without hooks of Podman's.
with_device() {
  local arguments=()
  while [ "$1" != -- ]; do arguments+=("$1"); shift; done
  shift
  "${podman[@]}" --runtime "$runtime" run --name "$prefix-run-$RANDOM" --rm "${arguments[@]}" --rootfs "$rootfs" "$@"
}

# start_supervisor USER-COMMAND…: the supervisor of the node, at $socket, as a system manager starts it.
start_supervisor() {
  command -v python3 >/dev/null || skip "python3 is not installed"
  install -m 0755 "$(dirname "$0")/../tools/pass_socket" "$work/pass_socket"
  "$@" "$work/pass_socket" "$socket" "$work/installation/libexec/vgpu/vgpu-supervisor" node &
  supervisor=$!
  at_exit+=(stop_supervisor)
  for _ in $(seq 100); do [ ! -S "$socket" ] || break; sleep 0.05; done
}
stop_supervisor() {
  [ -z "$supervisor" ] || { kill "$supervisor" 2>/dev/null && wait "$supervisor"; } || true
  supervisor=""
  rm -f "$socket"
}

# Folders of this test's containers that stay. Hooks and supervisors remove them a moment after a container's end.
expect_nothing_kept() {
  local id left=""
  for _ in $(seq 50); do
    left=""
    for id in "$@"; do [ ! -e "$state/$id" ] || left+="$id "; done
    [ -n "$left" ] || return 0
    sleep 0.1
  done
  fail "state of containers that are gone: $left"
}

# What mounts of vgpu's leave in the image; Podman leaves files of its own.
left_in_image() { find "$rootfs" -type f -size 0 \( -name '*.so*' -o -name '*.preload' -o -name 'nvidia*' \); }

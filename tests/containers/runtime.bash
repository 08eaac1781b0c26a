# For tests of vgpu-runtime. Read after library.bash. The runtime behind it is the test's argument. Also needs
#   VGPU_TEST_RUNTIME  vgpu-runtime of the build

real_runtime=$(command -v "$runtime")
vgpu_runtime=$work/installation/libexec/vgpu/vgpu-runtime

# After install_build or install_stand_ins. Podman keeps a runtime's path for a container, and no flags: the one that is
# not the default is named by a script.
install_runtime() {
  cp "$VGPU_TEST_RUNTIME" "$vgpu_runtime"
  if [ "$runtime" != crun ]; then
    vgpu_runtime=$work/installation/libexec/vgpu/vgpu-$runtime
    printf '#!/bin/sh\nexec %s --runtime=%s "$@"\n' "${vgpu_runtime%/*}/vgpu-runtime" "$real_runtime" >"$vgpu_runtime"
    chmod +x "$vgpu_runtime"
  fi
}

# Podman with vgpu-runtime in front of the real one, and without hooks.
podman_with_runtime() { "${podman[@]}" --runtime "$vgpu_runtime" "$@"; }

# with_runtime ARGUMENTS… -- COMMAND…: the output of a container that asks for a device.
with_runtime() {
  local arguments=()
  while [ "$1" != -- ]; do arguments+=("$1"); shift; done
  shift
  podman_with_runtime run --name "$prefix-run-$RANDOM" --rm --annotation vgpu.dev/count=1 "${arguments[@]}" \
    --rootfs "$rootfs" "$@"
}

# What is left of this test's containers: supervisors of its installation, and state folders whose process is gone and that
# were not there before. Both go a moment after a container's end. Other tests may be running.
folders_before=$(kept_state)
left_behind() {
  local process folder
  for process in /proc/[0-9]*; do
    case $(readlink "$process/exe" 2>/dev/null || true) in "$work"/*vgpu-supervisor*) echo "supervisor ${process#/proc/}" ;; esac
  done
  for folder in $(kept_state); do
    grep -qxF "$folder" <<<"$folders_before" && continue
    process=$(cut -d" " -f1 "$state/$folder/pid" 2>/dev/null || true)
    [ -n "$process" ] && [ -e "/proc/$process" ] || [ ! -e "$state/$folder" ] || echo "state of $folder"
  done
}
expect_nothing_left() { # expect_nothing_left WHAT
  local _
  for _ in $(seq 60); do [ -n "$(left_behind)" ] || return 0; sleep 0.1; done
  expect "$(left_behind)" "" "$1"
}

# What the tests of container engines share: containerd, started for the test alone. A test runs inside
# scripts/podman-env and has, beside what tests/containers/library.bash names,
#   VGPU_TEST_RUNTIME   vgpu-runtime of the build
#   VGPU_TEST_MESSAGES  the folder of cri_pb2.py
#   VGPU_TEST_CONTAINERD  the folder of scripts/fetch-containerd; without it, containerd is the machine's own
#
# It runs in process and mount namespaces of its own, so that nothing is left of it however it ends, and with a /run/vgpu
# and a /run/containerd of its own, so that it may run beside others.
if [ -z "${VGPU_TEST_GROUP:-}" ]; then
  [ "$(id -u)" = 0 ] || { echo "skipped: needs root"; exit 77; }
  export VGPU_TEST_GROUP=vgpu-test-$$
  exec unshare --mount --propagation private --pid --fork --kill-child --mount-proc "$0" "$@"
fi
. "$(dirname "${BASH_SOURCE[0]}")/../containers/library.bash"
podman=(true)  # no container of Podman's is to be removed
engines=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

for folder in /run/vgpu /run/containerd; do
  mkdir -p "$folder"
  mount -t tmpfs -o mode=0755 own "$folder"
done

# remove_groups NAME: empty control groups are left of a container that nobody removed.
remove_groups() {
  local group
  for group in /sys/fs/cgroup/"$1" /sys/fs/cgroup/*/"$1"; do
    [ ! -d "$group" ] || find "$group" -depth -type d -exec rmdir {} + 2>/dev/null || true
  done
}
remove_own_groups() { remove_groups "$VGPU_TEST_GROUP"; }
at_exit+=(remove_own_groups)

# A test that was killed leaves its folder, on which nobody holds a lock any more, and its control groups.
remove_folders() {
  local lock name
  exec 8>"$work/lock.new"
  flock 8
  echo "$VGPU_TEST_GROUP" >&8
  mv "$work/lock.new" "$work/lock"
  for lock in /var/tmp/vgpu-test.*/lock; do
    flock --nonblock "$lock" true || continue
    name=$(cat "$lock")
    case $name in vgpu-test-*) remove_groups "$name" ;; esac
    rm -rf "${lock%/*}"
  done
}
remove_folders

need_containerd() {
  local needed
  [ -z "${VGPU_TEST_CONTAINERD:-}" ] || PATH=$VGPU_TEST_CONTAINERD/bookworm:$PATH
  for needed in containerd ctr containerd-shim-runc-v2; do
    command -v "$needed" >/dev/null || skip "$needed is not installed"
  done
  /usr/bin/python3 -c 'import grpc, google.protobuf' 2>/dev/null || skip "python3-grpcio or python3-protobuf is not installed"
  [ -e "$VGPU_TEST_MESSAGES/cri_pb2.py" ] || skip "the build has no messages for a client of the engine"
}

# A program that is vgpu-runtime in front of the runtime $1: an engine's configuration names programs only.
runtime_before() {
  printf '#!/bin/sh\nexec "%s" --runtime "%s" "$@"\n' "$VGPU_TEST_RUNTIME" "$(command -v "$1")" >"$work/vgpu-$1"
  chmod +x "$work/vgpu-$1"
  echo "$work/vgpu-$1"
}

# What the engine is given: handlers `runc`, `crun` and `vgpu`, whose runtime is $1.
write_configuration() {
  local name program
  cat <<END
version = 2
root = "$work/engine/root"
state = "$work/engine/state"
[grpc]
  address = "$work/engine/sock"
[plugins."io.containerd.internal.v1.opt"]
  path = "$work/engine/opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "localhost/vgpu-test:latest"
  restrict_oom_score_adj = true
  enable_cdi = true
  cdi_spec_dirs = ["$work/cdi"]
  tolerate_missing_hugetlb_controller = true
  enable_selinux = false
  disable_apparmor = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    conf_dir = "$work/engine/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    default_runtime_name = "runc"
END
  for name in "runc $(command -v runc)" "crun $(command -v crun)" "vgpu $1"; do
    program=${name#* }
    name=${name%% *}
    [ -n "$program" ] || continue
    echo "    [plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.$name]"
    echo '      runtime_type = "io.containerd.runc.v2"'
    [ "$name" != vgpu ] || printf '      %s = ["vgpu.dev/*", "nvidia.com/*"]\n' pod_annotations container_annotations
    echo "      [plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.$name.options]"
    echo "        BinaryName = \"$program\""
  done
}

# need_newer_containerd: Debian 13's, which has more of it. Only with runc: Debian 12's crun refuses the configurations that
# it writes ("unknown version specified").
need_newer_containerd() {
  [ "$runtime" = runc ] || skip "only with runc"
  local folder=${VGPU_TEST_CONTAINERD:-}/trixie
  [ -x "$folder/containerd" ] ||
    skip "no containerd of Debian 13 (scripts/fetch-containerd FOLDER; VGPU_TEST_CONTAINERD=FOLDER)"
  PATH=$folder:$PATH
}

nri_socket=$work/nri.sock
nri_configuration() {
  cat <<END
[plugins."io.containerd.nri.v1.nri"]
  disable = false
  socket_path = "$nri_socket"
  plugin_path = "$work/plugins"
  plugin_config_path = "$work/nri-configuration"
END
}

# start_plugin TIMES: starts vgpu-nri, which is registered for so many times then.
start_plugin() {
  [ -x "$VGPU_TEST_NRI" ] || skip "the build has no vgpu-nri"
  "$VGPU_TEST_NRI" --socket "$nri_socket" >>"$work/plugin.log" 2>&1 &
  plugin=$!
  expect_registered "$1"
}
expect_registered() {
  for _ in $(seq 100); do
    [ "$(grep -c "registered with containerd" "$work/plugin.log")" != "$1" ] || return 0
    sleep 0.1
  done
  fail "the plugin is not registered $1 times: $(cat "$work/plugin.log")"
}
stop_plugin() {
  kill "$plugin"
  wait "$plugin" || true
}

# start_containerd RUNTIME [MORE-CONFIGURATION]: with an image of $rootfs.
start_containerd() {
  mkdir -p "$work/engine" "$work/cri"
  { write_configuration "$1"; echo "${2:-}"; } >"$work/engine/config.toml"
  export CRI_SOCKET=$work/engine/sock CRI_FOLDER=$work/cri CRI_MESSAGES=$VGPU_TEST_MESSAGES
  export CRI_IMAGE=localhost/vgpu-test:latest CRI_CGROUP=/$VGPU_TEST_GROUP
  "$engines/image" "$CRI_IMAGE" "$rootfs" "$work/image.tar"
  run_containerd
  ctr -a "$CRI_SOCKET" -n k8s.io images import "$work/image.tar" >"$work/import.log" 2>&1 ||
    fail "import: $(cat "$work/import.log")"
  for _ in $(seq 100); do ! cri version >/dev/null 2>&1 || return 0; sleep 0.1; done
  fail "containerd's CRI does not answer: $(tail -n 5 "$work/engine/log")"
}

run_containerd() {
  containerd --config "$work/engine/config.toml" >>"$work/engine/log" 2>&1 &
  containerd=$!
  for _ in $(seq 100); do
    ! ctr -a "$CRI_SOCKET" version >/dev/null 2>&1 || return 0
    sleep 0.1
  done
  fail "containerd does not start: $(tail -n 5 "$work/engine/log")"
}

stop_containerd() {
  kill "$containerd" 2>/dev/null || true
  wait "$containerd" 2>/dev/null || true
}

stop_engine() {
  [ -z "${containerd:-}" ] || stop_containerd
  # What is left of a test that failed would keep its folder busy.
  kill -KILL -1 2>/dev/null || true
  sleep 0.1
  sed -n 's/^[^ ]* [^ ]* [^ ]* [^ ]* \([^ ]*\) .*/\1/p' /proc/self/mountinfo | grep "^$work/" | sort -r |
    while read -r mount; do umount -l "$mount"; done
}
at_exit+=(stop_engine)

cri() { "$engines/cri" "$@"; }

# What may not be left when all pods are gone.
expect_nothing_left() {
  local left
  for _ in $(seq 50); do
    left=$(kept_state)
    [ -n "$left" ] || break
    sleep 0.1
  done
  expect "$left" "" "state folders"
  expect "$(ls /run/vgpu/refused 2>/dev/null || true)" "" "links of refused starts"
  expect "$(grep -E 'vgpu/containers|nvidia|/etc/vgpu' /proc/self/mountinfo || true)" "" "mounts"
  left=$(ps -eo args | grep -E '[v]gpu-(supervisor|hook|runtime)|[c]ontainerd-shim' || true)
  expect "$left" "" "processes"
}

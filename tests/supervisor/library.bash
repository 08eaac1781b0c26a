#!/bin/bash
# What the tests of vgpu-supervisor without containers share. A test has
#   VGPU_TEST_SUPERVISOR  vgpu-supervisor of the build
#   VGPU_TEST_SANDBOX     seccomp_sandbox: runs a program behind the filter
#   VGPU_TEST_CALLER      driver_caller: a static program that calls the driver itself
# and where it is about them
#   VGPU_TEST_PROGRAM     the vgpu program of the build
#   VGPU_TEST_QUERY       cuda_query: prints what a libcuda says of its devices
#   VGPU_TEST_CONTEXT     cuda_context: copies memory and launches a kernel with a libcuda
#   VGPU_TEST_ATTACKS     driver_attacks: a static program that tries to get at what is not its own
#   VGPU_TEST_NVIDIA      the folder of scripts/fetch-nvidia-userspace; may be missing
# It ends with 77 and a reason where the machine lacks what it needs, and leaves no process, mount or socket behind.
set -euo pipefail

work=$(mktemp -d /var/tmp/vgpu-test.XXXXXX)
state=$work/state
socket=$state/sock

skip() { echo "skipped: $*"; exit 77; }
fail() { echo "FAILED: $*" >&2; exit 1; }
expect() { [ "$1" = "$2" ] || fail "$3: expected \"$2\", got \"$1\""; }
expect_contains() { case $1 in *"$2"*) ;; *) fail "$3: expected to find \"$2\" in: $1" ;; esac; }

# The supervisor's processes: the guardian and its worker.
supervisors() { pgrep -f "vgpu-supervisor container --state $state\$" || true; }
guardian() { # the one whose parent is none of them
  local process
  for process in $(supervisors); do
    supervisors | grep -qx "$(ps -o ppid= -p "$process" | tr -d ' ')" || { echo "$process"; return; }
  done
}
worker() {
  local process
  for process in $(supervisors); do [ "$process" = "$(guardian)" ] || { echo "$process"; return; }; done
}

# start_supervisor_with DEVICES: the list of device.json.
start_supervisor_with() {
  mkdir -p "$state/etc"
  chmod 755 "$state" "$work"
  printf '{"version":1,"devices":[%s]}' "$1" >"$state/etc/device.json"
  "$VGPU_TEST_SUPERVISOR" container --state "$state"
}
# start_supervisor [PROFILE] [MEMORY]
start_supervisor() { start_supervisor_with "{\"profile\":\"${1:-t4}\"${2:+,\"memory\":$2}}"; }
# behind_filter PROGRAM ARGUMENT…
behind_filter() { "$VGPU_TEST_SANDBOX" ${sandbox_options:-} "$socket" test "$@"; }
# start_behind_filter PROGRAM ARGUMENT…: in the background, with its output in $work/output. Sets $program.
start_behind_filter() {
  "$VGPU_TEST_SANDBOX" ${sandbox_options:-} "$socket" test "$@" >"$work/output" 2>&1 &
  program=$!
}
# wait_for_output TEXT: of the program in the background.
wait_for_output() {
  local _
  for _ in $(seq 250); do
    ! grep -q "$1" "$work/output" || return 0
    sleep 0.02
  done
  fail "no \"$1\" in: $(cat "$work/output")"
}

# The supervisor ends by itself when nobody is left, and takes its folder along.
wait_for_end() {
  local _
  for _ in $(seq 50); do
    [ -n "$(supervisors | while read -r p; do grep -q '^State:.Z' "/proc/$p/status" 2>/dev/null || echo "$p"; done)" ] || break
    sleep 0.1
  done
  expect "$(supervisors | while read -r p; do grep -q '^State:.Z' "/proc/$p/status" 2>/dev/null || echo "$p"; done)" "" "processes left"
  [ ! -e "$state" ] || fail "the folder of a container that is gone stays"
}

clean_up() {
  local status=$?
  supervisors | xargs -r kill -9 2>/dev/null || true
  rm -rf "$work"
  exit $status
}
trap clean_up EXIT
trap 'echo "FAILED: $0, line $LINENO: $BASH_COMMAND" >&2' ERR

[ "$(id -u)" = 0 ] || skip "needs root"
command -v pgrep >/dev/null || skip "pgrep is not installed"

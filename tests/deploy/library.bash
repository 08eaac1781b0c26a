# What the tests of the deployment share. They have
#   VGPU_TEST_SOURCE, VGPU_TEST_BUILD  the folders of the project and of its build
set -euo pipefail
# What a test that was killed has left has its process ID in its name.
for left in /var/tmp/vgpu-deploy.*; do
  left_by=${left#*/vgpu-deploy.}
  [ ! -e "$left" ] || [ -e "/proc/${left_by%%.*}" ] || rm -rf "$left"
done
work=$(mktemp -d "/var/tmp/vgpu-deploy.$$.XXXXXX")
at_exit=()

skip() { echo "skipped: $*"; exit 77; }
fail() { echo "FAILED: $*" >&2; exit 1; }
clean_up() {
  local status=$? index
  trap - ERR
  for ((index = ${#at_exit[@]} - 1; index >= 0; --index)); do "${at_exit[index]}" || true; done
  rm -rf "$work"
  exit $status
}
trap clean_up EXIT
trap 'echo "FAILED: $0, line $LINENO: $BASH_COMMAND" >&2' ERR
[ "$(id -u)" = 0 ] || skip "needs root"

expect() { [ "$1" = "$2" ] || fail "$3: expected \"$2\", got \"$1\""; }
expect_contains() { case $1 in *"$2"*) ;; *) fail "$3: expected to find \"$2\" in: $1" ;; esac; }

# All that is below a folder: kinds, modes, links and content. listing FOLDER [FIND-ARGUMENTS…]
listing() {
  local folder=$1
  shift
  (cd "$folder" && find . "$@" -printf '%y %m %U %p %l\n' | sort && find . "$@" -type f -exec sha256sum {} + | sort -k 2)
}

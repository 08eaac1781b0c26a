# A user of a test's own, for rootless containers. Read after library.bash.

# make_user: makes the user, its runtime folder and its home, and lets run_container and clean_up use its Podman.
# Sets $user, its number. All of it goes when the test ends.
make_user() {
  local needed
  for needed in useradd userdel newuidmap newgidmap setpriv pgrep; do
    command -v "$needed" >/dev/null || skip "$needed is not installed"
  done
  user_name=$prefix made_parent=""
  chmod 0755 "$work"
  useradd --no-log-init --no-create-home --home-dir "$work/home" --shell /bin/sh "$user_name"
  user=$(id -u "$user_name")
  runtime_folder=/run/user/$user
  at_exit+=(remove_user)
  grep -q "^$user_name:" /etc/subuid || skip "useradd gives no subordinate IDs"
  [ -d /run/user ] || { mkdir -m 0755 /run/user && made_parent=yes; }
  # What a user of that number has left belongs to nobody now.
  rm -rf "$runtime_folder"
  install -d -o "$user" -g "$(id -g "$user_name")" -m 0700 "$work/home" "$runtime_folder"
  install -m 0755 "$(dirname "$0")/../../scripts/podman-env" "$work/podman-env"
  as_user=(setpriv --reuid "$user" --regid "$(id -g "$user_name")" --clear-groups --inh-caps=-all
    env -i "HOME=$work/home" "PATH=$PATH" "XDG_RUNTIME_DIR=$runtime_folder" "PODMAN_ENV_STATE=$work/home/podman")
  podman=("${as_user[@]}" "$work/podman-env" podman)
  state=$runtime_folder/vgpu/containers
}

remove_user() {
  end_user_processes
  rm -rf "${runtime_folder:?}"
  [ -z "$made_parent" ] || rmdir /run/user
  userdel "$user_name"
}

# Podman keeps a process that holds its user and mount namespace; the next call of Podman makes new ones.
end_user_processes() {
  local _
  for _ in $(seq 50); do
    # Those that nobody waits for stay as zombies.
    pgrep -u "$user" -r D,R,S,T >/dev/null || return 0
    pkill -KILL -u "$user" || true
    sleep 0.1
  done
}

# The nodes that root makes once for those who cannot make any (deploy/tmpfiles.d); what was not there before goes again.
make_shared_nodes() {
  local name major minor
  made_nodes=()
  at_exit+=(remove_shared_nodes)
  [ -d /run/vgpu ] || mkdir -m 0755 /run/vgpu
  [ -d "$shared_nodes" ] || { mkdir -m 0755 "$shared_nodes" && made_nodes+=("$shared_nodes"); }
  while read -r name major minor; do
    [ ! -e "$shared_nodes/$name" ] || continue
    mknod -m 0666 "$shared_nodes/$name" c "$major" "$minor"
    made_nodes+=("$shared_nodes/$name")
  done < <(sed -nE 's/^c +\/run\/vgpu\/dev\/([^ ]+) .* ([0-9]+):([0-9]+)$/\1 \2 \3/p' "$tmpfiles")
  [ -e "$shared_nodes/nvidiactl" ] || fail "$tmpfiles names no nvidiactl"
}

remove_shared_nodes() {
  local index
  for ((index = ${#made_nodes[@]} - 1; index >= 0; --index)); do rm -d "${made_nodes[index]}"; done
}

shared_nodes=/run/vgpu/dev
tmpfiles=$(dirname "$0")/../../deploy/tmpfiles.d/vgpu.conf

# Reading what the exporter says. Read after library.bash.
#   VGPU_TEST_EXPORTER  vgpu-exporter of the build

# start_exporter [COMMAND…]: in the background, as the command says (env or setpriv …). Sets $exporter, its process, and
# $address.
start_exporter() {
  local _
  cp "$VGPU_TEST_EXPORTER" "$work/installation/libexec/vgpu/"
  : >"$work/exporter.out"
  "$@" "$work/installation/libexec/vgpu/vgpu-exporter" --listen 127.0.0.1:0 --host node-1 ${exporter_options:-} >"$work/exporter.out" 2>&1 &
  exporter=$!
  at_exit+=(stop_exporter)
  for _ in $(seq 100); do
    address=$(sed -n 's/^vgpu-exporter: listens at //p' "$work/exporter.out")
    [ -z "$address" ] || return 0
    kill -0 $exporter 2>/dev/null || break
    sleep 0.05
  done
  fail "vgpu-exporter: $(cat "$work/exporter.out")"
}
stop_exporter() {
  [ -n "${exporter:-}" ] || return 0
  kill "$exporter" 2>/dev/null || true
  wait "$exporter" 2>/dev/null || true
  exporter=
}

scrape() { # [PATH]: the body of a page that is there
  timeout 10 bash -c 'exec 3<>"/dev/tcp/${1%:*}/${1##*:}"
    printf "GET %s HTTP/1.0\r\n\r\n" "$2" >&3
    read -r _ status _ <&3
    [ "$status" = 200 ] || { echo "HTTP status $status" >&2; exit 1; }
    sed "1,/^\r\$/d" <&3' bash "$address" "${1:-/metrics}"
}
# metric TEXT NAME CONTAINER: the value of a container's series.
metric() { sed -n "s/^$2{\(.*,\)\?container=\"$3\"[^}]*} //p" <<<"$1"; }

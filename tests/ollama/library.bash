# What the tests with the real Ollama share. A test runs inside scripts/podman-env with a version as its second argument,
# and has, besides what ../containers/library.bash wants,
#   VGPU_TEST_OLLAMA   a folder with VERSION/rootfs, as docs/ollama.md describes; the test is skipped without it
#   VGPU_TEST_CONVERT  convert_gguf of the build
#   VGPU_TEST_KEEP_LOG a file for Ollama's log, if one is wanted
. "$(dirname "${BASH_SOURCE[0]}")/../containers/library.bash"

version=${2:?the version of Ollama}
[ -n "${VGPU_TEST_OLLAMA:-}" ] || skip "VGPU_TEST_OLLAMA names no folder with root filesystems of Ollama (docs/ollama.md)"
rootfs=$VGPU_TEST_OLLAMA/$version/rootfs
[ -x "$rootfs/usr/bin/ollama" ] || skip "no Ollama $version in $VGPU_TEST_OLLAMA"
for needed in curl python3; do command -v "$needed" >/dev/null || skip "$needed is not installed"; done
trained=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/examples/models/tiny-kjv-q8_0.gguf

# What the image sets, as far as it matters here; the port is of this test alone.
port=${VGPU_TEST_PORT:-11534}
image_environment=(--env LD_LIBRARY_PATH=/usr/local/nvidia/lib:/usr/local/nvidia/lib64
  --env NVIDIA_DRIVER_CAPABILITIES=compute,utility --env NVIDIA_VISIBLE_DEVICES=all
  --env "OLLAMA_HOST=127.0.0.1:$port" --env HOME=/root)

# serve NAME PODMAN-RUN-ARGUMENTS…: starts `ollama serve` with the image's environment and waits until it answers. Its
# models and the compiled kernels are kept in $work for the containers that follow.
serve() {
  local name=$1
  shift
  mkdir -p "$work/models" "$work/kernels" "$work/gguf"
  cp "$trained" "$work/gguf/"
  run_container "$name" -d --network host "${image_environment[@]}" --env OLLAMA_DEBUG="${OLLAMA_DEBUG:-1}" \
    --volume "$work/models:/root/.ollama" --volume "$work/kernels:/root/.cache/vgpu" \
    --volume "$work/gguf:/gguf:ro" "$@" --rootfs "$rootfs" /bin/ollama serve >/dev/null
  for _ in $(seq 300); do
    ! curl -sf "http://127.0.0.1:$port/api/version" >/dev/null 2>&1 || return 0
    sleep 0.2
  done
  fail "ollama serve does not answer: $(log "$name" | tail -n 5)"
}

log() { podman --runtime "$runtime" logs "$prefix-$1" 2>&1; }
stop() { podman --runtime "$runtime" rm -f -t 0 "$prefix-$1" >/dev/null; }

# ask PATH [JSON]: an answer of Ollama's interface.
ask() { curl -s --max-time 500 "http://127.0.0.1:$port/api/$1" ${2:+-d "$2"}; }

# field EXPRESSION: reads JSON; EXPRESSION is Python in which it is called `answer`.
field() { python3 -c 'import json, sys; answer = json.load(sys.stdin); print(eval(sys.argv[1]))' "$1"; }

# create NAME MODEL FILE: a model of a file in $work/gguf, by Ollama's own program in the container.
create() {
  podman --runtime "$runtime" exec "$prefix-$1" /bin/sh -c \
    "echo FROM /gguf/$3 >/root/.ollama/Modelfile && /bin/ollama create $2 -f /root/.ollama/Modelfile" >"$work/create.log" 2>&1 ||
    fail "ollama create: $(tail -n 3 "$work/create.log")"
}

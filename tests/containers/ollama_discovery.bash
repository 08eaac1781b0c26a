# How each generation of Ollama looks for devices, with what must come out. Read after ollama_image.bash.

# ask OPTIONS… -- COMMAND…: the output of a process of the container.
ask() { with_vgpu --annotation vgpu.dev/memory=6Gi "${ollama_environment[@]}" "$@" 2>&1; }
device_of() { grep '^library=' <<<"$1" | sort -u; }
field() { sed -nE "s/.*\\b$2=(\"[^\"]*\"|[^ ]+).*/\\1/p" <<<"$1"; }

# expect_device OUTPUT WHAT: one device, the default one with the memory of `ask`, nearly all of it free.
expect_device() {
  local device memory=$((6 << 30)) free
  expect "$(grep '^devices=' <<<"$1" | sort -u)" devices=1 "number of devices ($2): $1"
  device=$(device_of "$1")
  expect "$(field "$device" library)" CUDA "library ($2): $1"
  expect "$(field "$device" compute)" 6.1 "compute capability ($2)"
  expect "$(field "$device" cuda)" 12.8 "CUDA version ($2)"
  expect "$(field "$device" total)" "$memory" "memory ($2)"
  free=$(field "$device" free)
  [ "$free" -le "$memory" ] && [ "$free" -gt $((memory - (512 << 20))) ] || fail "free memory ($2): $device"
}

# paths BUILD: the variables of a runner that looks at one of Ollama's folders.
paths() { echo "LD_LIBRARY_PATH=$libraries:$libraries/$1:/usr/local/nvidia/lib:/usr/local/nvidia/lib64 OLLAMA_LIBRARY_PATH=$libraries:$libraries/$1"; }

expect_generation_1() {
  local output
  output=$(ask -- "$ollama" files "$libraries") || fail "generation 1: $output"
  expect_device "$output" "generation 1"
  expect "$(field "$output" file)" /usr/local/nvidia/lib64/libcuda.so "file of generation 1"
  expect "$(grep -c '^devices=' <<<"$output")" 5 "times that generation 1 looked"
  expect_contains "$output" " id=GPU-" "UUID of generation 1"
}

expect_generation_2() {
  local output
  # The second pass makes sure of the device that the first one found, by its UUID.
  output=$(ask -- /bin/sh -c "export $(paths cuda_v12); first=\$($ollama backends) || exit; echo \"\$first\"
    id=\$(echo \"\$first\" | sed -n 's/.* id=\([^ ]*\).*/\1/p'); CUDA_VISIBLE_DEVICES=\$id GGML_CUDA_INIT=1 $ollama backends
    $(paths cuda_v13) $ollama backends 2>&1 | sed 's/^/13: /'") || fail "generation 2: $output"
  expect_device "$(grep -v '^13: ' <<<"$output")" "generation 2"
  expect "$(grep -c '^devices=1' <<<"$output")" 2 "passes of generation 2: $output"
  expect "$(field "$(device_of "$output")" pci_id)" 0000:00:05.0 "PCI ID of generation 2"
  expect "$(grep '^13: devices=' <<<"$output")" "13: devices=0" "devices of the CUDA 13 build before 7.5"
}

expect_generation_3() {
  local output driver
  output=$(ask -- /bin/sh -c "export $(paths cuda_v12); export GGML_BACKEND_PATH=$libraries/cuda_v12/libggml-cuda.so
    $libraries/llama-server list $libraries && $ollama driver") || fail "generation 3: $output"
  expect_device "$(grep -v driver= <<<"$output")" "generation 3"
  expect_device "$(grep -v ' id=' <<<"$output")" "generation 3's second program"
  expect "$(field "$output" pci_id)" "0000:00:05.0
0000:00:05.0" "PCI IDs of generation 3"
  driver=$(field "$output" driver)
  [ "${driver%%.*}" -ge 570 ] || fail "driver $driver: generation 3 passes over a device before 7.0"
}

# Images with the layout of Ollama's. Read after library.bash. The CUDA backend is the unmodified one of node-llama-cpp
# (scripts/fetch-node-llama-cpp, VGPU_TEST_NODE_MODULES); what Ollama's image bundles of CUDA is stand-ins.

[ -n "${VGPU_TEST_NODE_MODULES:-}" ] || skip "node-llama-cpp was not fetched (VGPU_TEST_NODE_MODULES)"
ggml=$VGPU_TEST_NODE_MODULES/@node-llama-cpp/linux-x64-cuda/bins/linux-x64-cuda
ggml_cuda_12=$VGPU_TEST_NODE_MODULES/@node-llama-cpp/linux-x64-cuda-ext/bins/linux-x64-cuda/fallback/libggml-cuda.so
[ -e "$ggml_cuda_12" ] || skip "$ggml_cuda_12 is not there"
# What the image's ENV says.
ollama_environment=(--env LD_LIBRARY_PATH=/usr/local/nvidia/lib:/usr/local/nvidia/lib64
  --env NVIDIA_DRIVER_CAPABILITIES=compute,utility --env NVIDIA_VISIBLE_DEVICES=all)

# bundle FOLDER NAME VERSION: a CUDA library of the image and the link to it.
bundle() {
  echo "the image's $2.$3" >"$1/$2.$3"
  ln -s "$2.$3" "$1/$2.${3%%.*}"
}

# add_backends FOLDER: the files of ggml that all generations' runners need, in Ollama's folder of libraries.
add_backends() {
  cp "$ggml/libggml-base.so" "$1/libggml-base.so.0.0.0"
  ln -s libggml-base.so.0.0.0 "$1/libggml-base.so.0"
  ln -s libggml-base.so.0 "$1/libggml-base.so"
  cp "$ggml"/libggml.cuda.v*.so "$1/libggml.so.0.0.0"
  ln -s libggml.so.0.0.0 "$1/libggml.so.0"
  ln -s libggml.so.0 "$1/libggml.so"
}

# add_cuda_12 FOLDER: Ollama's folder cuda_v12.
add_cuda_12() {
  mkdir -p "$1/cuda_v12"
  cp "$ggml_cuda_12" "$1/cuda_v12/"
  bundle "$1/cuda_v12" libcudart.so 12.8.90
  bundle "$1/cuda_v12" libcublas.so 12.8.4.1
  bundle "$1/cuda_v12" libcublasLt.so 12.8.4.1
}

# add_cuda_13 FOLDER: Ollama's folder cuda_v13, with the build that cannot be for devices before 7.5.
add_cuda_13() {
  mkdir -p "$1/cuda_v13"
  cp "$ggml/libggml-cuda.so" "$1/cuda_v13/"
  bundle "$1/cuda_v13" libcudart.so 13.0.96
  bundle "$1/cuda_v13" libcublas.so 13.1.0.3
  bundle "$1/cuda_v13" libcublasLt.so 13.1.0.3
}

# make_ollama_rootfs GENERATION [PREFIX]: /PREFIX/bin/ollama, /PREFIX/lib/ollama (default usr). Sets $rootfs, and
# $libraries and $ollama, the folder's and the program's path in the container.
make_ollama_rootfs() {
  local library folder
  rm -rf "$work/rootfs"
  make_glibc_rootfs
  for library in libstdc++.so.6 libgcc_s.so.1; do
    file=/lib/x86_64-linux-gnu/$library
    [ -e "$file" ] || file=/usr$file
    [ -e "$file" ] || skip "this machine has no $library"
    cp -L "$file" "$rootfs/usr/lib/x86_64-linux-gnu/"
  done
  libraries=/${2:-usr}/lib/ollama
  ollama=/${2:-usr}/bin/ollama
  folder=$rootfs$libraries
  mkdir -p "$folder" "$rootfs/${2:-usr}/bin" "$rootfs/root"
  cp "$VGPU_TEST_OLLAMA_PROBE" "$rootfs$ollama"
  add_backends "$folder"
  add_cuda_12 "$folder"
  case $1 in
    1) mkdir "$folder/cuda_v11" && bundle "$folder/cuda_v11" libcudart.so 11.3.109 ;;
    2) add_cuda_13 "$folder" && mkdir "$folder/vulkan" ;;
    3) add_cuda_13 "$folder" && mkdir "$folder/vulkan" && cp "$VGPU_TEST_OLLAMA_PROBE" "$folder/llama-server" ;;
  esac
}

# Names, kinds, contents and times of what an image has. Its folders are listed apart, for their times change when a
# mount point is made in one.
image_files() { (cd "$1" && find . -not -type d -printf '%p %y %l %s %T@ %m %U:%G\n' | sort; find . -type f -size -2M -exec sha256sum {} + | sort -k 2); }
image_folders() { (cd "$1" && find . -type d -printf '%p %m %U:%G\n' | sort); }

# remember_image: podman itself makes files in an image (/etc/hosts, ...), so it runs a container without a device first.
remember_image() {
  run_container "first-$RANDOM" --rm --rootfs "$rootfs" /bin/true
  image_files "$rootfs" >"$work/files"
  image_folders "$rootfs" >"$work/folders"
}

# The mount points of folders: all that a container with a device leaves in its layer.
folders_made='./etc/vgpu
./usr/lib/x86_64-linux-gnu/glibc-hwcaps
./usr/lib/x86_64-linux-gnu/glibc-hwcaps/x86-64-v2
./usr/local/nvidia
./usr/local/nvidia/lib64'

expect_clean_image() { # expect_clean_image WHAT
  local made
  image_files "$rootfs" | diff "$work/files" - >"$work/difference" || fail "files of the image ($1): $(head -n 5 "$work/difference")"
  made=$( (image_folders "$rootfs" | diff "$work/folders" - || true) | sed -nE 's/^([<>]) ([^ ]*).*/\1 \2/p')
  expect "$(sed -n 's/^> //p' <<<"$made" | grep -v '^./usr/local$')" "$folders_made" "folders made in the image ($1)"
  expect "$(grep '^<' <<<"$made" || true)" "" "folders gone from the image ($1)"
}

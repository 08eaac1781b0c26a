// A library that a program brings and that finds no device: libcuda.so.1, libcudart.so.12 or libnvidia-ml.so.1, by
// SONAME.
#define NO_DEVICE(name)                                          \
  extern "C" __attribute__((visibility("default"))) int name() { \
    return 100;                                                  \
  }

NO_DEVICE(cuInit)
NO_DEVICE(cuDeviceGetCount)
NO_DEVICE(cudaGetDeviceCount)
NO_DEVICE(cudaMalloc)
NO_DEVICE(cudaMemset)
NO_DEVICE(cudaMemcpy)
NO_DEVICE(nvmlInit_v2)
NO_DEVICE(nvmlDeviceGetCount_v2)
extern "C" __attribute__((visibility("default"))) const char* cudaGetErrorString() {
  return "no device of the bundled library";
}

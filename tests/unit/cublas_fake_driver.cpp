#include "tests/unit/cublas_fake_driver.h"

#include <thread>

#include "shims/cuda/private_interface.h"

using vgpu::cublas_test::driver;

vgpu::cublas_test::FakeDriver vgpu::cublas_test::driver;

namespace {

CUresult enqueue_task(CUstream, const char* name, void (*function)(void*), void* argument, void (*destroy)(void*)) {
  if (driver.refuse) return CUDA_ERROR_INVALID_VALUE;
  driver.names.emplace_back(name);
  driver.queue.emplace_back([=] {
    function(argument);
    destroy(argument);
    ++driver.destroyed;
  });
  return CUDA_SUCCESS;
}

void parallel_for(std::uint64_t count, void (*body)(void*, std::uint64_t), void* argument) {
  std::vector<std::thread> threads;
  for (std::uint64_t index = 0; index < count; ++index) threads.emplace_back(body, argument, index);
  for (std::thread& thread : threads) thread.join();
}

constexpr vgpu::cuda::PrivateInterface kInterface = {sizeof(kInterface), &enqueue_task, &parallel_for};

}  // namespace

extern "C" {
CUresult cuInit(unsigned) {
  return CUDA_SUCCESS;
}
CUresult cuGetExportTable(const void** table, const CUuuid*) {
  *table = &kInterface;
  return CUDA_SUCCESS;
}
CUresult cuCtxGetCurrent(CUcontext* context) {
  *context = driver.current;
  return CUDA_SUCCESS;
}
CUresult cuCtxSetCurrent(CUcontext context) {
  driver.current = context;
  return CUDA_SUCCESS;
}
CUresult cuDevicePrimaryCtxRetain(CUcontext* context, int) {
  *context = reinterpret_cast<CUcontext>(&driver);
  return CUDA_SUCCESS;
}
CUresult cuStreamSynchronize(CUstream) {
  driver.run();
  return CUDA_SUCCESS;
}
}

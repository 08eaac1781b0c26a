#include "shims/cudart/registration.h"

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>
#include <vector>

#include "shims/cudart/state.h"
#include "shims/function_table.h"

namespace vgpu::cudart {
namespace {

struct ManagedVariable {
  void** pointer;  // the program's variable that shall point to the device's
  const char* name;
};

// One image of device code: what __cudaRegisterFatBinary was given.
struct FatBinary {
  const void* wrapper = nullptr;
  std::mutex mutex;
  CUlibrary library = nullptr;
  bool managed_ready = false;  // the program's pointers point to the device's variables
  std::vector<ManagedVariable> managed;
};

struct Function {
  FatBinary* binary = nullptr;
  const char* name = nullptr;  // the program's, alive while its image is
  static constexpr int kCachedDevices = 8;
  std::atomic<CUkernel> kernel{nullptr};
  std::atomic<CUfunction> loaded[kCachedDevices] = {};
};

struct RegisteredVariable {
  FatBinary* binary;
  const char* name;
};

// Thousands of rows are added while a program starts, and looked up at every launch.
struct Registry {
  std::shared_mutex mutex;
  std::deque<FatBinary> binaries;
  std::unordered_map<const void*, Function> functions;
  std::unordered_map<const void*, RegisteredVariable> variables;
};

Registry& registry() {
  static auto* const instance = new Registry;
  return *instance;
}

CUresult set_managed_pointers(const FatBinary& binary) {
  for (const auto& variable : binary.managed) {
    CUdeviceptr address = 0;
    const CUresult result = cuLibraryGetManaged(&address, nullptr, binary.library, variable.name);
    if (result != CUDA_SUCCESS) return result;
    *variable.pointer = reinterpret_cast<void*>(address);
  }
  return CUDA_SUCCESS;
}

// Only success is kept: what failed for a fault of the device may work once that is reset.
CUresult ensure_loaded(FatBinary& binary) {
  const std::lock_guard lock(binary.mutex);
  if (binary.library == nullptr) {
    CUlibraryOption preserved = CU_LIBRARY_BINARY_IS_PRESERVED;
    void* yes = &preserved;
    const CUresult result =
        cuLibraryLoadData(&binary.library, binary.wrapper, nullptr, nullptr, 0, &preserved, &yes, 1);
    if (result != CUDA_SUCCESS) return result;
  }
  if (!binary.managed_ready) {
    const CUresult result = set_managed_pointers(binary);
    if (result != CUDA_SUCCESS) return result;
    binary.managed_ready = true;
  }
  return CUDA_SUCCESS;
}

cudaError_t kernel_of(Function& function, CUkernel& kernel) {
  kernel = function.kernel.load(std::memory_order_acquire);
  if (kernel != nullptr) return cudaSuccess;
  CUresult result = ensure_loaded(*function.binary);
  if (result == CUDA_SUCCESS) result = cuLibraryGetKernel(&kernel, function.binary->library, function.name);
  if (result != CUDA_SUCCESS) return result == CUDA_ERROR_NOT_FOUND ? cudaErrorInvalidDeviceFunction : to_error(result);
  function.kernel.store(kernel, std::memory_order_release);
  return cudaSuccess;
}

Function* registered(const void* symbol) {
  const std::shared_lock lock(registry().mutex);
  const auto found = registry().functions.find(symbol);
  return found == registry().functions.end() ? nullptr : &found->second;
}

FatBinary* binary_of(void** handle) {
  return reinterpret_cast<FatBinary*>(handle);
}

struct CallConfiguration {
  Dimensions3 grid, block;
  std::size_t shared_size;
  CUstream stream;
};

std::vector<CallConfiguration>& call_configurations() {
  static thread_local std::vector<CallConfiguration> stack;
  return stack;
}

}  // namespace

cudaError_t find_kernel(const void* symbol, CUkernel& kernel) {
  Function* function = registered(symbol);
  return function == nullptr ? cudaErrorInvalidDeviceFunction : kernel_of(*function, kernel);
}

cudaError_t find_function(const void* symbol, CUfunction& result) {
  Function* function = registered(symbol);
  if (function == nullptr) {
    result = reinterpret_cast<CUfunction>(const_cast<void*>(symbol));
    if (symbol == nullptr) return cudaErrorInvalidDeviceFunction;
    CUmodule module = nullptr;
    const CUresult known = cuFuncGetModule(&module, result);
    return known == CUDA_ERROR_INVALID_HANDLE ? cudaErrorInvalidDeviceFunction : to_error(known);
  }
  const int device = current_device();
  const bool cached = device < Function::kCachedDevices;
  if (cached) {
    result = function->loaded[device].load(std::memory_order_acquire);
    if (result != nullptr) return cudaSuccess;
  }
  CUkernel kernel = nullptr;
  const cudaError_t error = kernel_of(*function, kernel);
  if (error != cudaSuccess) return error;
  const CUresult loaded = cuKernelGetFunction(&result, kernel);
  if (loaded == CUDA_SUCCESS && cached) function->loaded[device].store(result, std::memory_order_release);
  return to_error(loaded);
}

cudaError_t find_variable(const void* symbol, Variable& variable) {
  RegisteredVariable found{};
  {
    const std::shared_lock lock(registry().mutex);
    const auto entry = registry().variables.find(symbol);
    if (entry == registry().variables.end()) return cudaErrorInvalidSymbol;
    found = entry->second;
  }
  const CUresult result = ensure_loaded(*found.binary);
  if (result != CUDA_SUCCESS) return to_error(result);
  return cuLibraryGetGlobal(&variable.address, &variable.size, found.binary->library, found.name) == CUDA_SUCCESS
             ? cudaSuccess
             : cudaErrorInvalidSymbol;
}

const void* symbol_of(CUfunction wanted) {
  const std::shared_lock lock(registry().mutex);
  for (const auto& [symbol, function] : registry().functions) {
    for (const auto& loaded : function.loaded) {
      if (loaded.load(std::memory_order_relaxed) == wanted) return symbol;
    }
  }
  return nullptr;
}

void forget_loaded_functions() {
  const std::unique_lock lock(registry().mutex);
  for (auto& [symbol, function] : registry().functions) {
    function.kernel = nullptr;
    for (auto& loaded : function.loaded) loaded = nullptr;
  }
  // A reset ends the variables too: managed ones are elsewhere once the image is loaded again.
  for (auto& binary : registry().binaries) {
    const std::lock_guard binary_lock(binary.mutex);
    binary.managed_ready = false;
  }
}

}  // namespace vgpu::cudart

using vgpu::cudart::binary_of;
using vgpu::cudart::registry;

VGPU_EXPORT void** __cudaRegisterFatBinary(void* wrapper) {
  const std::unique_lock lock(registry().mutex);
  auto& binary = registry().binaries.emplace_back();
  binary.wrapper = wrapper;
  return reinterpret_cast<void**>(&binary);
}

VGPU_EXPORT void __cudaRegisterFatBinaryEnd(void**) {}

// The image is about to be unmapped with the program's library: nothing of it may be looked up again.
VGPU_EXPORT void __cudaUnregisterFatBinary(void** handle) {
  if (handle == nullptr) return;
  auto* binary = binary_of(handle);
  {
    const std::unique_lock lock(registry().mutex);
    std::erase_if(registry().functions, [&](const auto& entry) { return entry.second.binary == binary; });
    std::erase_if(registry().variables, [&](const auto& entry) { return entry.second.binary == binary; });
  }
  if (binary->library != nullptr) cuLibraryUnload(binary->library);
}

VGPU_EXPORT void __cudaRegisterFunction(void** handle, const char* host_function, char*, const char* name, int, void*,
                                        void*, void*, void*, int*) {
  const std::unique_lock lock(registry().mutex);
  auto& function = registry().functions[host_function];
  function.binary = binary_of(handle);
  function.name = name;
}

VGPU_EXPORT void __cudaRegisterVar(void** handle, char* host_variable, char*, const char* name, int, std::size_t, int,
                                   int) {
  const std::unique_lock lock(registry().mutex);
  registry().variables.insert_or_assign(host_variable, vgpu::cudart::RegisteredVariable{binary_of(handle), name});
}

VGPU_EXPORT void __cudaRegisterHostVar(void** handle, const char* name, char* host_variable, std::size_t) {
  const std::unique_lock lock(registry().mutex);
  registry().variables.insert_or_assign(host_variable, vgpu::cudart::RegisteredVariable{binary_of(handle), name});
}

VGPU_EXPORT void __cudaRegisterManagedVar(void** handle, void** pointer, char*, const char* name, int, std::size_t, int,
                                          int) {
  const std::unique_lock lock(registry().mutex);
  binary_of(handle)->managed.push_back({pointer, name});
  registry().variables.insert_or_assign(pointer, vgpu::cudart::RegisteredVariable{binary_of(handle), name});
}

// Called before the program touches a managed variable. True when the variable can be used.
VGPU_EXPORT char __cudaInitModule(void** handle) {
  const cudaError_t context = vgpu::cudart::ensure_context();
  if (context != cudaSuccess) return 0;
  return vgpu::cudart::ensure_loaded(*binary_of(handle)) == CUDA_SUCCESS ? 1 : 0;
}

VGPU_EXPORT unsigned __cudaPushCallConfiguration(Dimensions3 grid, Dimensions3 block, std::size_t shared_size,
                                                 CUstream stream) {
  vgpu::cudart::call_configurations().push_back({grid, block, shared_size, stream});
  return 0;
}

VGPU_EXPORT cudaError_t __cudaPopCallConfiguration(Dimensions3* grid, Dimensions3* block, std::size_t* shared_size,
                                                   void* stream) {
  auto& stack = vgpu::cudart::call_configurations();
  if (stack.empty()) return vgpu::cudart::record(cudaErrorMissingConfiguration);
  const auto configuration = stack.back();
  stack.pop_back();
  *grid = configuration.grid;
  *block = configuration.block;
  *shared_size = configuration.shared_size;
  *static_cast<CUstream*>(stream) = configuration.stream;
  return cudaSuccess;
}

// CUDA 13's host stubs: the kernel's handle is the stub's address, which the launch looks up like any other.
VGPU_EXPORT cudaError_t __cudaGetKernel(CUkernel* kernel, const void* symbol) {
  *kernel = reinterpret_cast<CUkernel>(const_cast<void*>(symbol));
  return cudaSuccess;
}

extern "C" cudaError_t cudaLaunchKernel(const void*, Dimensions3, Dimensions3, void**, std::size_t, CUstream);
extern "C" cudaError_t cudaLaunchKernel_ptsz(const void*, Dimensions3, Dimensions3, void**, std::size_t, CUstream);

VGPU_EXPORT cudaError_t __cudaLaunchKernel(CUkernel kernel, Dimensions3 grid, Dimensions3 block, void** arguments,
                                           std::size_t shared_size, CUstream stream) {
  return cudaLaunchKernel(kernel, grid, block, arguments, shared_size, stream);
}

VGPU_EXPORT cudaError_t __cudaLaunchKernel_ptsz(CUkernel kernel, Dimensions3 grid, Dimensions3 block, void** arguments,
                                                std::size_t shared_size, CUstream stream) {
  return cudaLaunchKernel_ptsz(kernel, grid, block, arguments, shared_size, stream);
}

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "base/file_descriptor.h"
#include "base/log.h"
#include "shims/cuda/api.h"
#include "shims/cuda/function.h"

namespace vgpu::cuda {
namespace {

CUresult refuse_image(const std::string& what) {
  log(LogLevel::Error, "module: " + what);
  return CUDA_ERROR_INVALID_IMAGE;
}

CUresult copy_image(const void* data, std::vector<std::byte>& copy) {
  const void* image = unwrapped_image(data);
  const std::size_t size = image_size(image);
  if (size == 0) return refuse_image("the fatbin's head is damaged");
  const auto* bytes = static_cast<const std::byte*>(image);
  copy.assign(bytes, bytes + size);
  return CUDA_SUCCESS;
}

CUresult load(Context& context, const void* data, std::vector<std::byte> owned, Library* library, CUmodule& handle) {
  auto module = std::make_shared<Module>();
  module->context = &context;
  module->image = std::move(owned);
  module->library = library;
  const gpu::Status status = context.backend->load_module(data, module->object);
  if (status != gpu::Status::Success) return to_result(status);
  handle = driver().modules.insert(std::move(module));
  return CUDA_SUCCESS;
}

// Modules, unlike libraries, tell at once what is wrong with their image.
CUresult load_now(std::vector<std::byte> image, CUmodule* module) {
  Context& context = *current_context();
  CUmodule handle = nullptr;
  const void* bytes = image.data();
  const CUresult result = load(context, bytes, std::move(image), nullptr, handle);
  if (result != CUDA_SUCCESS) return result;
  const gpu::Status status = context.backend->open_module(*driver().modules.find(handle)->object);
  if (status != gpu::Status::Success) {
    driver().modules.remove(handle);
    return to_result(status);
  }
  *module = handle;
  return CUDA_SUCCESS;
}

CUresult load_copy(const void* data, CUmodule* module) {
  if (module == nullptr || data == nullptr) return CUDA_ERROR_INVALID_VALUE;
  std::vector<std::byte> image;
  const CUresult result = copy_image(data, image);
  return result == CUDA_SUCCESS ? load_now(std::move(image), module) : result;
}

CUfunction function_of(const std::shared_ptr<Module>& module, gpu::KernelObject& kernel) {
  const std::lock_guard lock(module->mutex);
  CUfunction& handle = module->functions[&kernel];
  if (handle == nullptr) {
    auto function = std::make_shared<Function>();
    function->module = module;
    function->kernel = &kernel;
    handle = driver().functions.insert(std::move(function));
  }
  return handle;
}

void unload(CUmodule handle) {
  const auto module = driver().modules.remove(handle);
  if (module == nullptr) return;
  const std::lock_guard lock(module->mutex);
  for (const auto& [kernel, function] : module->functions) driver().functions.remove(function);
}

CUresult module_variable(Module& module, const char* name, CUdeviceptr* address, std::size_t* size) {
  if (name == nullptr) return CUDA_ERROR_INVALID_VALUE;
  std::uint64_t start = 0, length = 0;
  const gpu::Status status = module.context->backend->find_variable(*module.object, name, start, length);
  if (status != gpu::Status::Success) return to_result(status);
  if (!driver().memory.find(start)) {
    driver().memory.insert({.start = start,
                            .size = length,
                            .use = MemoryUse::Variable,
                            .context = module.context,
                            .device = module.context->device});
  }
  if (address != nullptr) *address = start;
  if (size != nullptr) *size = length;
  return CUDA_SUCCESS;
}

// The library's module on the current device.
CUresult module_of(Library& library, CUmodule& handle) {
  Context* context = current_context();
  if (context == nullptr) return CUDA_ERROR_INVALID_CONTEXT;
  const std::lock_guard lock(library.mutex);
  CUmodule& known = library.modules[context->device];
  // A module of a context that was destroyed is loaded anew.
  if (known == nullptr || driver().modules.find(known) == nullptr) {
    const CUresult result = load(*context, library.data, {}, &library, known);
    if (result != CUDA_SUCCESS) return result;
  }
  handle = known;
  return CUDA_SUCCESS;
}

CUresult function_of_kernel(Kernel& kernel, CUfunction& function) {
  Context* context = current_context();
  if (context == nullptr) return CUDA_ERROR_INVALID_CONTEXT;
  const std::lock_guard lock(kernel.mutex);
  CUfunction& known = kernel.functions[context->device];
  if (known == nullptr || driver().functions.find(known) == nullptr) {
    CUmodule handle = nullptr;
    CUresult result = module_of(*kernel.library, handle);
    if (result != CUDA_SUCCESS) return result;
    result = api::cuModuleGetFunction(&known, handle, kernel.name.c_str());
    if (result != CUDA_SUCCESS) return result;
    driver().functions.find(known)->maximum_dynamic_shared = kernel.maximum_dynamic_shared.load();
  }
  function = known;
  return CUDA_SUCCESS;
}

// A library that only lists names may be asked before there is a context: the first device's PTX answers.
CUresult names_of(Library& library, std::vector<std::string>& names) {
  VisibleDevice& device = *driver().devices.front();
  std::shared_ptr<gpu::ModuleObject> object;
  gpu::Backend& backend = backend_of(device);
  const gpu::Status status = backend.load_module(library.data, object);
  if (status != gpu::Status::Success) return to_result(status);
  names = backend.kernel_names(*object);
  return CUDA_SUCCESS;
}

CUresult keep_library(std::shared_ptr<Library> library, CUlibrary* handle) {
  *handle = driver().libraries.insert(std::move(library));
  return CUDA_SUCCESS;
}

}  // namespace

CUresult read_image(const char* path, std::vector<std::byte>& image) {
  const FileDescriptor file(::open(path, O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return CUDA_ERROR_FILE_NOT_FOUND;
  struct stat status{};
  if (::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return CUDA_ERROR_FILE_NOT_FOUND;
  image.resize(static_cast<std::size_t>(status.st_size) + 1);
  std::size_t done = 0;
  while (done + 1 < image.size()) {
    const ssize_t count = ::read(file.get(), image.data() + done, image.size() - 1 - done);
    if (count <= 0) return CUDA_ERROR_OPERATING_SYSTEM;
    done += static_cast<std::size_t>(count);
  }
  const std::size_t size = done < 16 ? 1 : image_size(image.data());
  if (size == 0 || size > image.size()) {
    return refuse_image(std::string("\"") + path + "\": the fatbin's head is damaged or the file is cut off");
  }
  return CUDA_SUCCESS;
}

std::shared_ptr<Function> find_function(CUfunction handle) {
  if (auto function = driver().functions.find(handle)) return function;
  const auto kernel = driver().kernels.find(reinterpret_cast<CUkernel>(handle));
  CUfunction function = nullptr;
  if (kernel == nullptr || function_of_kernel(*kernel, function) != CUDA_SUCCESS) return nullptr;
  return driver().functions.find(function);
}

namespace api {

CUresult cuModuleLoad(CUmodule* module, const char* path) {
  if (module == nullptr || path == nullptr) return CUDA_ERROR_INVALID_VALUE;
  std::vector<std::byte> image;
  const CUresult result = read_image(path, image);
  return result == CUDA_SUCCESS ? load_now(std::move(image), module) : result;
}

CUresult cuModuleLoadData(CUmodule* module, const void* image) {
  return load_copy(image, module);
}

// The options size logs and steer a compiler that is not ours: an information log that is asked for stays empty.
CUresult cuModuleLoadDataEx(CUmodule* module, const void* image, unsigned, CUjit_option*, void**) {
  return load_copy(image, module);
}

CUresult cuModuleLoadFatBinary(CUmodule* module, const void* image) {
  return load_copy(image, module);
}

CUresult cuModuleUnload(CUmodule handle) {
  const auto module = driver().modules.find(handle);
  if (module == nullptr || module->library != nullptr) return CUDA_ERROR_INVALID_HANDLE;
  module->context->backend->wait_all();
  unload(handle);
  return CUDA_SUCCESS;
}

CUresult cuModuleGetLoadingMode(CUmoduleLoadingMode* mode) {
  constexpr CUmoduleLoadingMode kLazy = 2;
  if (mode == nullptr) return CUDA_ERROR_INVALID_VALUE;
  *mode = kLazy;
  return CUDA_SUCCESS;
}

CUresult cuModuleGetFunction(CUfunction* function, CUmodule handle, const char* name) {
  if (function == nullptr || name == nullptr) return CUDA_ERROR_INVALID_VALUE;
  const auto module = driver().modules.find(handle);
  if (module == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  gpu::KernelObject* kernel = nullptr;
  const gpu::Status status = module->context->backend->find_kernel(*module->object, name, kernel);
  // Programs look for what may not be there: a warning only.
  if (status == gpu::Status::NotFound) log(LogLevel::Warn, std::string("kernel \"") + name + "\": not in its module");
  if (status != gpu::Status::Success) return to_result(status);
  *function = function_of(module, *kernel);
  return CUDA_SUCCESS;
}

CUresult cuModuleGetFunctionCount(unsigned* count, CUmodule handle) {
  if (count == nullptr) return CUDA_ERROR_INVALID_VALUE;
  const auto module = driver().modules.find(handle);
  if (module == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  *count = static_cast<unsigned>(module->context->backend->kernel_names(*module->object).size());
  return CUDA_SUCCESS;
}

CUresult cuModuleEnumerateFunctions(CUfunction* functions, unsigned function_count, CUmodule handle) {
  if (functions == nullptr) return CUDA_ERROR_INVALID_VALUE;
  const auto module = driver().modules.find(handle);
  if (module == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  const auto names = module->context->backend->kernel_names(*module->object);
  for (unsigned index = 0; index < function_count && index < names.size(); ++index) {
    const CUresult result = cuModuleGetFunction(&functions[index], handle, names[index].c_str());
    if (result != CUDA_SUCCESS) return result;
  }
  return CUDA_SUCCESS;
}

CUresult cuModuleGetGlobal_v2(CUdeviceptr* address, std::size_t* size, CUmodule handle, const char* name) {
  const auto module = driver().modules.find(handle);
  if (module == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  return module_variable(*module, name, address, size);
}

CUresult cuLibraryLoadData(CUlibrary* handle, const void* code, CUjit_option*, void**, unsigned,
                           CUlibraryOption* library_options, void** library_option_values,
                           unsigned library_option_count) {
  if (handle == nullptr || code == nullptr) return CUDA_ERROR_INVALID_VALUE;
  auto library = std::make_shared<Library>();
  for (unsigned index = 0; index < library_option_count; ++index) {
    if (library_options[index] == CU_LIBRARY_BINARY_IS_PRESERVED && library_option_values != nullptr &&
        library_option_values[index] != nullptr) {
      library->data = unwrapped_image(code);
    }
  }
  if (library->data == nullptr) {
    const CUresult result = copy_image(code, library->image);
    if (result != CUDA_SUCCESS) return result;
    library->data = library->image.data();
  }
  return keep_library(std::move(library), handle);
}

CUresult cuLibraryLoadFromFile(CUlibrary* handle, const char* path, CUjit_option*, void**, unsigned, CUlibraryOption*,
                               void**, unsigned) {
  if (handle == nullptr || path == nullptr) return CUDA_ERROR_INVALID_VALUE;
  auto library = std::make_shared<Library>();
  const CUresult result = read_image(path, library->image);
  if (result != CUDA_SUCCESS) return result;
  library->data = library->image.data();
  return keep_library(std::move(library), handle);
}

CUresult cuLibraryUnload(CUlibrary handle) {
  const auto library = driver().libraries.remove(handle);
  if (library == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  const std::lock_guard lock(library->mutex);
  for (const auto& [device, module] : library->modules) {
    if (const auto loaded = driver().modules.find(module)) loaded->context->backend->wait_all();
    unload(module);
  }
  for (const auto& [name, kernel] : library->kernels) driver().kernels.remove(kernel);
  return CUDA_SUCCESS;
}

CUresult cuLibraryGetKernel(CUkernel* handle, CUlibrary library_handle, const char* name) {
  if (handle == nullptr || name == nullptr) return CUDA_ERROR_INVALID_VALUE;
  const auto library = driver().libraries.find(library_handle);
  if (library == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  auto kernel = std::make_shared<Kernel>();
  kernel->library = library.get();
  kernel->name = name;
  {
    const std::lock_guard lock(library->mutex);
    const auto known = library->kernels.find(name);
    if (known != library->kernels.end()) {
      *handle = known->second;
      return CUDA_SUCCESS;
    }
  }
  // Only with a context can it be told whether there is such an entry without unpacking the image twice.
  CUfunction function = nullptr;
  if (current_context() != nullptr) {
    const CUresult result = function_of_kernel(*kernel, function);
    if (result != CUDA_SUCCESS) return result;
  } else {
    std::vector<std::string> names;
    const CUresult result = names_of(*library, names);
    if (result != CUDA_SUCCESS) return result;
    if (std::ranges::find(names, kernel->name) == names.end()) return CUDA_ERROR_NOT_FOUND;
  }
  const std::lock_guard lock(library->mutex);
  CUkernel& known = library->kernels[kernel->name];
  if (known == nullptr) known = driver().kernels.insert(std::move(kernel));
  *handle = known;
  return CUDA_SUCCESS;
}

CUresult cuLibraryGetKernelCount(unsigned* count, CUlibrary handle) {
  if (count == nullptr) return CUDA_ERROR_INVALID_VALUE;
  const auto library = driver().libraries.find(handle);
  if (library == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  std::vector<std::string> names;
  const CUresult result = names_of(*library, names);
  if (result == CUDA_SUCCESS) *count = static_cast<unsigned>(names.size());
  return result;
}

CUresult cuLibraryEnumerateKernels(CUkernel* kernels, unsigned kernel_count, CUlibrary handle) {
  if (kernels == nullptr) return CUDA_ERROR_INVALID_VALUE;
  const auto library = driver().libraries.find(handle);
  if (library == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  std::vector<std::string> names;
  CUresult result = names_of(*library, names);
  for (unsigned index = 0; result == CUDA_SUCCESS && index < kernel_count && index < names.size(); ++index) {
    result = cuLibraryGetKernel(&kernels[index], handle, names[index].c_str());
  }
  return result;
}

CUresult cuLibraryGetModule(CUmodule* module, CUlibrary handle) {
  if (module == nullptr) return CUDA_ERROR_INVALID_VALUE;
  const auto library = driver().libraries.find(handle);
  return library == nullptr ? CUDA_ERROR_INVALID_HANDLE : module_of(*library, *module);
}

CUresult cuLibraryGetGlobal(CUdeviceptr* address, std::size_t* size, CUlibrary handle, const char* name) {
  CUmodule module = nullptr;
  const CUresult result = cuLibraryGetModule(&module, handle);
  return result == CUDA_SUCCESS ? cuModuleGetGlobal_v2(address, size, module, name) : result;
}

CUresult cuLibraryGetManaged(CUdeviceptr* address, std::size_t* size, CUlibrary handle, const char* name) {
  return cuLibraryGetGlobal(address, size, handle, name);
}

CUresult cuKernelGetFunction(CUfunction* function, CUkernel handle) {
  if (function == nullptr) return CUDA_ERROR_INVALID_VALUE;
  const auto kernel = driver().kernels.find(handle);
  return kernel == nullptr ? CUDA_ERROR_INVALID_HANDLE : function_of_kernel(*kernel, *function);
}

CUresult cuKernelGetLibrary(CUlibrary* library, CUkernel handle) {
  if (library == nullptr) return CUDA_ERROR_INVALID_VALUE;
  const auto kernel = driver().kernels.find(handle);
  if (kernel == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  *library = reinterpret_cast<CUlibrary>(kernel->library);
  return CUDA_SUCCESS;
}

CUresult cuKernelGetName(const char** name, CUkernel handle) {
  if (name == nullptr) return CUDA_ERROR_INVALID_VALUE;
  const auto kernel = driver().kernels.find(handle);
  if (kernel == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  *name = kernel->name.c_str();
  return CUDA_SUCCESS;
}

}  // namespace api
}  // namespace vgpu::cuda

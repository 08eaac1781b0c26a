#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "gpu/ledger.h"
#include "gpu/model/profile.h"
#include "gpu/status.h"

// What a device does, below CUDA's handles and error rules (those are the shims'). One Backend object is one device
// in one process. All functions are thread-safe. Addresses are host addresses: device memory is ordinary memory at
// its own address.
namespace vgpu::gpu {

enum class MemoryKind : std::uint8_t {
  Device,   // charged against the device's memory
  Managed,  // charged like Device
  Pinned,   // page-locked host memory, not charged
};

struct Allocation {
  std::uint64_t address = 0;
  std::uint64_t size = 0;  // bytes asked for
  MemoryKind kind = MemoryKind::Device;
  std::uint64_t id = 0;     // unique in the process (CU_POINTER_ATTRIBUTE_BUFFER_ID)
  bool registered = false;  // host memory of the application's own, by register_host
};

using Dimensions = std::array<std::uint32_t, 3>;  // x, y, z

// A loaded module: fatbin, cubin-less PTX text, … Unpacked and parsed at the first use of one of its entries.
class ModuleObject {
 public:
  virtual ~ModuleObject() = default;
};

struct KernelAttributes {
  std::uint32_t maximum_threads = 0;  // a block, from .maxntid or the profile
  std::uint64_t static_shared_size = 0;
  std::uint64_t constant_size = 0;
  std::uint64_t local_size = 0;      // bytes a thread
  std::uint32_t registers = 0;       // an estimate within the profile's limits
  std::uint32_t ptx_version = 0;     // 61: the .target of the PTX in use
  std::uint32_t binary_version = 0;  // as the device's compute capability
};

// One entry of a module; owned by it.
class KernelObject {
 public:
  virtual ~KernelObject() = default;
  [[nodiscard]] virtual const std::string& name() const = 0;
  // Sizes and offsets of the parameters in the parameter block, in order.
  struct Parameter {
    std::uint32_t offset = 0;
    std::uint32_t size = 0;
  };
  [[nodiscard]] virtual const std::vector<Parameter>& parameters() const = 0;
  [[nodiscard]] virtual std::uint32_t parameter_block_size() const = 0;
  [[nodiscard]] virtual const KernelAttributes& attributes() const = 0;
};

struct CopyWork {  // up to three dimensions; a plain copy has height = depth = 1
  std::uint64_t destination = 0, source = 0;
  std::uint64_t width = 0, height = 1, depth = 1;                     // bytes, rows, slices
  std::uint64_t destination_pitch = 0, source_pitch = 0;              // bytes from row to row
  std::uint64_t destination_slice_pitch = 0, source_slice_pitch = 0;  // bytes from slice to slice
};

struct FillWork {  // `count` elements of `element_size` bytes (1, 2, 4) a row
  std::uint64_t destination = 0;
  std::uint32_t value = 0;
  std::uint8_t element_size = 1;
  std::uint64_t count = 0, height = 1, pitch = 0;
};

struct LaunchWork {
  KernelObject* kernel = nullptr;
  Dimensions grid{1, 1, 1};   // blocks
  Dimensions block{1, 1, 1};  // threads
  std::uint32_t dynamic_shared_size = 0;
  bool cooperative = false;
  std::vector<std::byte> parameters;  // the parameter block, copied when the launch is called
};

// A host function in stream order (cuLaunchHostFunc), and what our libraries compute themselves (cuBLAS): a task runs
// like a kernel: faults in it are the device's faults, under `name`.
struct HostWork {
  std::function<void()> function;
};
struct TaskWork {
  std::string name;
  std::function<void()> function;
};

class StreamObject {
 public:
  virtual ~StreamObject() = default;
};
class EventObject {
 public:
  virtual ~EventObject() = default;
};

struct RecordWork {
  std::shared_ptr<EventObject> event;
};
struct WaitWork {
  std::shared_ptr<EventObject> event;
};

using Work = std::variant<CopyWork, FillWork, LaunchWork, HostWork, TaskWork, RecordWork, WaitWork>;

class Backend {
 public:
  virtual ~Backend() = default;

  [[nodiscard]] virtual const model::Device& device() const = 0;

  // Memory. Device and Managed memory beyond what the device's ledger has free is OutOfMemory and changes nothing; it
  // is charged in units of 512 bytes. Addresses are 512-byte aligned, Pinned ones 4096. A size of 0 is InvalidValue.
  virtual Status allocate(std::uint64_t size, MemoryKind kind, std::uint64_t& address) = 0;
  // InvalidValue for an address that is not the start of an allocation. Waits until work in all streams is done.
  virtual Status release(std::uint64_t address) = 0;
  // The same without waiting: for memory that no work which is queued uses.
  virtual Status release_unused(std::uint64_t address) = 0;
  virtual Status register_host(std::uint64_t address, std::uint64_t size) = 0;
  virtual Status unregister_host(std::uint64_t address) = 0;
  // The allocation or registered range that contains the address.
  [[nodiscard]] virtual std::optional<Allocation> find_allocation(std::uint64_t address) const = 0;
  [[nodiscard]] virtual MemoryInfo memory_info() = 0;
  // Charges device memory that a shim maps by itself (cuMemCreate). OutOfMemory when too much.
  virtual Status charge(std::uint64_t size, MemoryCharge& charge) = 0;

  // The heap of malloc in kernels, 8 MiB at first: device memory from the first block on that a kernel takes. Then its
  // size cannot be set any more: InvalidValue. OutOfMemory: more than the device has.
  virtual Status set_heap_size(std::uint64_t size) = 0;
  [[nodiscard]] virtual std::uint64_t heap_size() const = 0;
  // Whether so many bytes from an address lie in the heap.
  [[nodiscard]] virtual bool heap_contains(std::uint64_t address, std::uint64_t size) const = 0;
  // Waits, and frees all blocks; the size is the one of the beginning again.
  virtual void clear_heap() = 0;

  // Modules. `image` must stay readable while the module lives: a fatbin container (magic 0xBA55ED50), the wrapper
  // around one (0x466243b1), or NUL-terminated PTX. Nothing is unpacked yet: only the head is looked at
  // (InvalidImage when it is none of these; NoBinaryForGpu when it is a cubin, which is machine code alone).
  virtual Status load_module(const void* image, std::shared_ptr<ModuleObject>& module) = 0;
  // Unpacks the module if need be. InvalidImage: a damaged fatbin. NoBinaryForGpu: no PTX that this device may use.
  // InvalidPtx: text that cannot be read.
  virtual Status open_module(ModuleObject& module) = 0;
  // Opens the module and reads the entry, with the same errors. NotFound: no such entry.
  virtual Status find_kernel(ModuleObject& module, std::string_view name, KernelObject*& kernel) = 0;
  // A module variable's address and size in bytes.
  virtual Status find_variable(ModuleObject& module, std::string_view name, std::uint64_t& address,
                               std::uint64_t& size) = 0;
  [[nodiscard]] virtual std::vector<std::string> kernel_names(ModuleObject& module) = 0;

  // Streams run their work one after the other, each on its own; nothing is ordered between streams but by events.
  virtual std::shared_ptr<StreamObject> create_stream(int priority) = 0;
  // Queues work and returns at once. Launch shapes are checked by the caller against the profile; an empty one is
  // InvalidValue. Errors of the work itself show in status(); after the first, nothing but RecordWork and WaitWork is
  // carried out any more. Dropping the last reference to a stream lets its work finish.
  virtual Status enqueue(StreamObject& stream, Work work) = 0;
  virtual bool idle(StreamObject& stream) = 0;  // nothing queued or running
  virtual void wait(StreamObject& stream) = 0;
  virtual void wait_all() = 0;

  virtual std::shared_ptr<EventObject> create_event() = 0;
  virtual bool complete(EventObject& event) = 0;  // true for one never recorded
  virtual void wait(EventObject& event) = 0;
  // Time at which the last record was reached, nanoseconds of a monotonic clock; nullopt while it is not.
  virtual std::optional<std::uint64_t> timestamp(EventObject& event) = 0;

  // Success, or the first fault of a kernel or task in this process: sticky until reset().
  [[nodiscard]] virtual Status status() const = 0;
  // Waits, frees all memory, the heap's too, modules' variables excepted, and clears the fault
  // (cuDevicePrimaryCtxReset).
  virtual void reset() = 0;
};

// The process's CPU backend for model::devices()[ordinal]: made on the first call, never destroyed. `make_ledger` is
// asked then for what other processes know of the device; nullptr, or its answer nullptr: it is this process's alone.
using MakeLedger = std::unique_ptr<DeviceLedger> (*)(unsigned ordinal);
Backend& cpu_backend(unsigned ordinal, MakeLedger make_ledger = nullptr);

}  // namespace vgpu::gpu

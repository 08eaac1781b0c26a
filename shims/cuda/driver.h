#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "gpu/backend.h"
#include "shims/cuda/graph_abi.h"
#include "shims/cuda/handle_table.h"
#include "shims/cuda/memory_map.h"
#include "shims/cuda/texture.h"

// The objects behind the driver API's handles, and the state of the process.
namespace vgpu::cuda {

struct Array;
struct Capture;
struct Context;
struct Graph;
struct GraphExecutable;
struct GraphNode;
struct ImageReference;
struct Library;
struct Link;
struct MemoryPool;

inline CUresult to_result(gpu::Status status) {
  return static_cast<CUresult>(status);
}

struct Stream {
  Context* context = nullptr;
  std::shared_ptr<gpu::StreamObject> object;
  unsigned flags = 0;
  int priority = 0;
  std::uint64_t id = 0;
  bool legacy = false;
  CUstream handle = nullptr;  // as callbacks see it

  // Guarded by Context::order_mutex; used where the legacy stream and this one wait for each other.
  std::uint64_t legacy_seen = 0;  // Context::legacy_sequence that this stream has waited for
  bool unseen_by_legacy = false;  // has work that the legacy stream has not waited for

  std::atomic<bool> capturing{false};  // guards nothing: lets work that is not captured pass without a lock
  // Guarded by capture_mutex().
  std::shared_ptr<Capture> capture;
  std::vector<GraphNode*> capture_dependencies;

  [[nodiscard]] bool blocking() const { return !legacy && (flags & CU_STREAM_NON_BLOCKING) == 0; }
};

struct Event {
  Context* context = nullptr;
  unsigned flags = 0;
  std::mutex mutex;
  // Each record makes a new object, so that a wait means the record that came before it. Null: never recorded.
  std::shared_ptr<gpu::EventObject> object;
  // Set when the last record was captured into a graph.
  std::shared_ptr<Capture> capture;
  std::vector<GraphNode*> capture_dependencies;
};

// A context lives, marked as destroyed, until the process ends: threads may still have it on their stacks.
struct Context {
  CUdevice device = 0;
  gpu::Backend* backend = nullptr;
  unsigned flags = 0;
  std::uint64_t id = 0;
  bool primary = false;
  std::atomic<bool> destroyed{false};
  int cache_config = 0, shared_config = 0;
  std::unordered_map<int, std::size_t> limits;
  std::vector<const Context*> peers;
  std::mutex mutex;  // the members above and below, up to here

  std::mutex order_mutex;
  std::uint64_t legacy_sequence = 0;
  std::vector<std::weak_ptr<Stream>> blocking_streams;
  std::vector<std::shared_ptr<gpu::EventObject>> awaited;  // of cuCtxWaitEvent: by streams that are made later, too
  std::shared_ptr<Stream> legacy_stream;                   // made with the context

  [[nodiscard]] CUcontext handle() { return reinterpret_cast<CUcontext>(this); }
  [[nodiscard]] const model::Profile& profile() const { return backend->device().profile; }
};

struct Module {
  Context* context = nullptr;
  std::vector<std::byte> image;  // the copy that `object` reads; empty where the caller keeps the image
  std::shared_ptr<gpu::ModuleObject> object;
  Library* library = nullptr;
  std::mutex mutex;
  std::unordered_map<gpu::KernelObject*, CUfunction> functions;
};

struct Function {
  std::shared_ptr<Module> module;
  gpu::KernelObject* kernel = nullptr;
  // Bytes that a launch may ask for; -1: not raised, so what is left of the default limit.
  std::atomic<int> maximum_dynamic_shared{-1};
  std::atomic<int> carveout{-1};
};

struct Kernel {
  Library* library = nullptr;
  std::string name;
  std::atomic<int> maximum_dynamic_shared{-1};
  std::mutex mutex;
  std::unordered_map<CUdevice, CUfunction> functions;
};

// A module that is not bound to a context: loaded for a device at the first use there.
struct Library {
  std::vector<std::byte> image;
  const void* data = nullptr;  // `image`, or what the caller keeps
  std::mutex mutex;
  std::unordered_map<CUdevice, CUmodule> modules;
  std::unordered_map<std::string, CUkernel> kernels;
};

struct VisibleDevice {
  unsigned ordinal = 0;  // in model::devices()
  gpu::Backend* backend = nullptr;
  std::mutex mutex;
  Context* primary = nullptr;
  unsigned primary_references = 0;
  unsigned primary_flags = 0;
  MemoryPool* pool = nullptr;  // the current one
  MemoryPool* default_pool = nullptr;
};

// What the process shares; made at the first call, never destroyed.
struct Driver {
  std::atomic<bool> initialized{false};
  std::mutex mutex;
  std::vector<std::unique_ptr<VisibleDevice>> devices;  // as CUDA_VISIBLE_DEVICES orders them; fixed once initialized
  std::atomic<std::uint64_t> next_id{1};

  HandleTable<CUcontext, Context> contexts;
  HandleTable<CUstream, Stream> streams;
  HandleTable<CUevent, Event> events;
  HandleTable<CUmodule, Module> modules;
  HandleTable<CUfunction, Function> functions;
  HandleTable<CUlibrary, Library> libraries;
  HandleTable<CUkernel, Kernel> kernels;
  HandleTable<CUgraph, Graph> graphs;
  HandleTable<CUgraphNode, GraphNode> nodes;
  HandleTable<CUgraphExec, GraphExecutable> executables;
  HandleTable<CUmemoryPool, MemoryPool> pools;
  HandleTable<CUlinkState, Link> links;
  HandleTable<CUarray, Array> arrays;
  HandleTable<CUtexref, ImageReference> references;  // CUsurfref as well
  ImageObjects images;
  MemoryMap memory;
};

Driver& driver();

// Null for an ordinal that is not visible.
VisibleDevice* find_device(CUdevice device);
const model::Device& description(const VisibleDevice& device);
// What computes for the device; made at the first call, and only then known to the kernel driver.
gpu::Backend& backend_of(const VisibleDevice& device);

// The calling thread's current context, null if it has none.
Context* current_context();
// Success; InvalidContext without a current context; the device's pending fault.
CUresult check_context();

// True while the calling thread runs a function's _ptsz or _ptds form.
extern thread_local bool per_thread_default_stream;

// The stream behind a handle, the special handles and 0 included; null for a handle that is not alive.
std::shared_ptr<Stream> find_stream(CUstream handle);
std::shared_ptr<Stream> make_stream(Context& context, unsigned flags, int priority);

// Queues work in stream order, with what the legacy default stream orders, or adds it to the graph that the stream
// is capturing; `function` is the launched function's handle, kept for the captured node.
CUresult submit(Stream& stream, gpu::Work work, CUfunction function = nullptr);
// Waits for the stream's work; reports the device's fault. CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED while capturing.
CUresult synchronize(Stream& stream);

// Ends a context's objects and memory.
void clear_context(Context& context);

}  // namespace vgpu::cuda

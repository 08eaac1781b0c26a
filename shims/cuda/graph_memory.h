#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "shims/cuda/driver.h"

namespace vgpu::cuda {

// The memory behind an allocation node: at one address from the node's making on, as programs build kernel nodes with
// it; the program's between the allocation and a free, in a graph or outside of one. Released with the last of the
// nodes, executables and queued launches that know it, and not before it was freed.
class GraphMemory {
 public:
  // CUDA_ERROR_OUT_OF_MEMORY when the device has not so much.
  static CUresult make(Context& context, std::uint64_t size, std::shared_ptr<GraphMemory>& memory);
  // Null for an address at which no memory of a graph begins.
  static std::shared_ptr<GraphMemory> find(CUdeviceptr address);

  GraphMemory(Context& context, CUdeviceptr address, std::uint64_t size);
  ~GraphMemory();
  GraphMemory(const GraphMemory&) = delete;
  GraphMemory& operator=(const GraphMemory&) = delete;

  [[nodiscard]] CUdeviceptr address() const { return address_; }
  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] bool allocated() const;
  // What the nodes do, noted when their launch is queued. Freeing what is not allocated changes nothing.
  static void allocate(const std::shared_ptr<GraphMemory>& memory);
  void free();

 private:
  // False after the end of its context, which releases all memory: the address may be another's since.
  [[nodiscard]] bool mapped() const;

  Context& context_;
  const CUdeviceptr address_;
  const std::uint64_t size_;  // bytes
  std::uint64_t range_ = 0;   // the memory map's id of it
};

// cuMemFree and cuMemFreeAsync of a graph's memory; no value for an address that is none's.
std::optional<CUresult> free_graph_memory(CUdeviceptr address);
std::optional<CUresult> free_graph_memory(CUdeviceptr address, Stream& stream);

// Keeps `object` until the work queued in the stream so far is done.
CUresult keep_until_reached(Stream& stream, std::shared_ptr<const void> object);

}  // namespace vgpu::cuda

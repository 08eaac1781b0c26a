#include "shims/cuda/api.h"
#include "shims/cuda/copy.h"
#include "shims/cuda/graph_executable.h"
#include "shims/cuda/graph_node.h"

// Copy and memset nodes.
namespace vgpu::cuda {

CUresult prepare_copy(const CUDA_MEMCPY3D& parameters, GraphNodeContent& content) {
  gpu::CopyWork work;
  const CUresult result = make_copy(parameters, work);
  if (result != CUDA_SUCCESS) return result;
  content.type = CU_GRAPH_NODE_TYPE_MEMCPY;
  content.work = work;
  content.copy = std::make_shared<const CUDA_MEMCPY3D>(parameters);
  return CUDA_SUCCESS;
}

CUresult prepare_fill(const CUDA_MEMSET_NODE_PARAMS& parameters, GraphNodeContent& content) {
  const unsigned size = parameters.element_size;
  if (size != 1 && size != 2 && size != 4) return CUDA_ERROR_INVALID_VALUE;
  std::size_t row = 0;
  if (parameters.destination == 0 || parameters.destination % size != 0 ||
      __builtin_mul_overflow(parameters.width, std::size_t{size}, &row) ||
      (parameters.height > 1 && (parameters.pitch < row || parameters.pitch % size != 0))) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  content.type = CU_GRAPH_NODE_TYPE_MEMSET;
  content.work = gpu::FillWork{.destination = parameters.destination,
                               .value = parameters.value,
                               .element_size = static_cast<std::uint8_t>(size),
                               .count = parameters.width,
                               .height = parameters.height,
                               .pitch = parameters.pitch};
  return CUDA_SUCCESS;
}

bool one_row(const gpu::Work& work) {
  if (const auto* const copy = std::get_if<gpu::CopyWork>(&work)) return copy->height <= 1 && copy->depth <= 1;
  const auto* const fill = std::get_if<gpu::FillWork>(&work);
  return fill != nullptr && fill->height <= 1;
}

namespace {

// A captured copy, by its addresses. An array's memory is the device's like any other.
CUDA_MEMCPY3D describe(const gpu::CopyWork& work) {
  const auto type_of = [](CUdeviceptr address) {
    const auto range = driver().memory.find(address);
    return !range || range->on_host() ? CU_MEMORYTYPE_HOST : CU_MEMORYTYPE_DEVICE;
  };
  const auto rows = [](std::uint64_t slice_pitch, std::uint64_t pitch) { return pitch == 0 ? 0 : slice_pitch / pitch; };
  CUDA_MEMCPY3D copy{};
  copy.source_type = type_of(work.source);
  copy.source_host = reinterpret_cast<const void*>(work.source);
  copy.source_device = work.source;
  copy.source_pitch = work.source_pitch;
  copy.source_height = rows(work.source_slice_pitch, work.source_pitch);
  copy.destination_type = type_of(work.destination);
  copy.destination_host = reinterpret_cast<void*>(work.destination);
  copy.destination_device = work.destination;
  copy.destination_pitch = work.destination_pitch;
  copy.destination_height = rows(work.destination_slice_pitch, work.destination_pitch);
  copy.width = work.width;
  copy.height = work.height;
  copy.depth = work.depth;
  return copy;
}

template <class Prepare>
CUresult change_one_row(CUgraphExec executable, CUgraphNode node, CUgraphNodeType type, const Prepare& prepare) {
  return change_item(executable, node, type, [&](GraphNodeContent& content) {
    if (!one_row(content.work)) return CUDA_ERROR_INVALID_VALUE;
    const CUresult result = prepare(content);
    return result != CUDA_SUCCESS || one_row(content.work) ? result : CUDA_ERROR_INVALID_VALUE;
  });
}

}  // namespace

namespace api {

CUresult cuGraphAddMemcpyNode(CUgraphNode* node, CUgraph graph, const CUgraphNode* dependencies,
                              std::size_t dependency_count, const CUDA_MEMCPY3D* parameters, CUcontext) {
  if (parameters == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return add_node(node, graph, dependencies, dependency_count,
                  [&](GraphNodeContent& content) { return prepare_copy(*parameters, content); });
}

CUresult cuGraphMemcpyNodeGetParams(CUgraphNode handle, CUDA_MEMCPY3D* parameters) {
  if (parameters == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return with_node(handle, CU_GRAPH_NODE_TYPE_MEMCPY, [&](GraphNode& node) {
    const GraphNodeContent& content = node.content;
    *parameters = content.copy != nullptr ? *content.copy : describe(std::get<gpu::CopyWork>(content.work));
    return CUDA_SUCCESS;
  });
}

CUresult cuGraphMemcpyNodeSetParams(CUgraphNode node, const CUDA_MEMCPY3D* parameters) {
  if (parameters == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return change_node(node, CU_GRAPH_NODE_TYPE_MEMCPY,
                     [&](GraphNodeContent& content) { return prepare_copy(*parameters, content); });
}

CUresult cuGraphExecMemcpyNodeSetParams(CUgraphExec executable, CUgraphNode node, const CUDA_MEMCPY3D* parameters,
                                        CUcontext) {
  if (parameters == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return change_one_row(executable, node, CU_GRAPH_NODE_TYPE_MEMCPY,
                        [&](GraphNodeContent& content) { return prepare_copy(*parameters, content); });
}

CUresult cuGraphAddMemsetNode(CUgraphNode* node, CUgraph graph, const CUgraphNode* dependencies,
                              std::size_t dependency_count, const CUDA_MEMSET_NODE_PARAMS* parameters, CUcontext) {
  if (parameters == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return add_node(node, graph, dependencies, dependency_count,
                  [&](GraphNodeContent& content) { return prepare_fill(*parameters, content); });
}

CUresult cuGraphMemsetNodeGetParams(CUgraphNode handle, CUDA_MEMSET_NODE_PARAMS* parameters) {
  if (parameters == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return with_node(handle, CU_GRAPH_NODE_TYPE_MEMSET, [&](GraphNode& node) {
    const auto& work = std::get<gpu::FillWork>(node.content.work);
    *parameters = {.destination = work.destination,
                   .pitch = work.pitch,
                   .value = work.value,
                   .element_size = work.element_size,
                   .width = work.count,
                   .height = work.height};
    return CUDA_SUCCESS;
  });
}

CUresult cuGraphMemsetNodeSetParams(CUgraphNode node, const CUDA_MEMSET_NODE_PARAMS* parameters) {
  if (parameters == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return change_node(node, CU_GRAPH_NODE_TYPE_MEMSET,
                     [&](GraphNodeContent& content) { return prepare_fill(*parameters, content); });
}

CUresult cuGraphExecMemsetNodeSetParams(CUgraphExec executable, CUgraphNode node,
                                        const CUDA_MEMSET_NODE_PARAMS* parameters, CUcontext) {
  if (parameters == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return change_one_row(executable, node, CU_GRAPH_NODE_TYPE_MEMSET,
                        [&](GraphNodeContent& content) { return prepare_fill(*parameters, content); });
}

}  // namespace api
}  // namespace vgpu::cuda

#include "shims/cuda/api.h"
#include "shims/cuda/graph_executable.h"
#include "shims/cuda/graph_node.h"

namespace vgpu::cuda {

// What our libraries compute themselves stands in a graph as a kernel that no program can describe or change.
CUresult prepare_kernel(const CUDA_KERNEL_NODE_PARAMS_v1& parameters, CUfunction function, GraphNodeContent& content) {
  const auto* const before = std::get_if<gpu::LaunchWork>(&content.work);
  if (content.type == CU_GRAPH_NODE_TYPE_KERNEL && before == nullptr) return CUDA_ERROR_INVALID_VALUE;
  gpu::LaunchWork work;
  const CUresult result =
      make_launch(function, {parameters.grid_x, parameters.grid_y, parameters.grid_z},
                  {parameters.block_x, parameters.block_y, parameters.block_z}, parameters.shared_size,
                  parameters.parameters, parameters.extra, before != nullptr && before->cooperative, work);
  if (result != CUDA_SUCCESS) return result;
  content.type = CU_GRAPH_NODE_TYPE_KERNEL;
  content.work = std::move(work);
  content.function = function;
  return CUDA_SUCCESS;
}

// This form may name a kernel instead of a function.
CUresult prepare_kernel(const CUDA_KERNEL_NODE_PARAMS_v2& parameters, GraphNodeContent& content) {
  const bool by_kernel = parameters.function == nullptr;
  return prepare_kernel(parameters, by_kernel ? reinterpret_cast<CUfunction>(parameters.kernel) : parameters.function,
                        content);
}

namespace {

CUresult describe(GraphNode& node, CUDA_KERNEL_NODE_PARAMS_v1& parameters) {
  auto* const work = std::get_if<gpu::LaunchWork>(&node.content.work);
  if (work == nullptr) return CUDA_ERROR_INVALID_VALUE;
  node.parameter_pointers.clear();
  for (const auto& parameter : work->kernel->parameters()) {
    node.parameter_pointers.push_back(work->parameters.data() + parameter.offset);
  }
  parameters = {.function = node.content.function,
                .grid_x = work->grid[0],
                .grid_y = work->grid[1],
                .grid_z = work->grid[2],
                .block_x = work->block[0],
                .block_y = work->block[1],
                .block_z = work->block[2],
                .shared_size = work->dynamic_shared_size,
                .parameters = node.parameter_pointers.data(),
                .extra = nullptr};
  return CUDA_SUCCESS;
}

// Whether such an attribute can stand at a node; those that are hints alone are kept and read back.
CUresult check_attribute(CUkernelNodeAttrID attribute, const CUstreamAttrValue& value) {
  constexpr CUkernelNodeAttrID kAccessPolicy = 1, kClusterScheduling = 5, kPriority = 8, kSyncDomainMap = 9,
                               kSyncDomain = 10, kPreferredCluster = 11, kDeviceUpdatable = 13, kCarveout = 14;
  switch (attribute) {
    case kAccessPolicy:
    case CU_LAUNCH_ATTRIBUTE_COOPERATIVE:
    case kClusterScheduling:
    case kPriority:
    case kSyncDomainMap:
    case kSyncDomain:
    case kPreferredCluster:
    case kCarveout:
      return CUDA_SUCCESS;
    case CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION:
      return value.cluster[0] * value.cluster[1] * value.cluster[2] > 1 ? CUDA_ERROR_NOT_SUPPORTED : CUDA_SUCCESS;
    case kDeviceUpdatable:
      return CUDA_ERROR_NOT_SUPPORTED;
    default:
      return CUDA_ERROR_INVALID_VALUE;
  }
}

CUstreamAttrValue attribute_of(const GraphNodeContent& content, CUkernelNodeAttrID attribute) {
  const auto set = content.attributes.find(attribute);
  if (set != content.attributes.end()) return set->second;
  CUstreamAttrValue value{};
  const auto* const work = std::get_if<gpu::LaunchWork>(&content.work);
  if (attribute == CU_LAUNCH_ATTRIBUTE_COOPERATIVE && work != nullptr) value.cooperative = work->cooperative ? 1 : 0;
  return value;
}

void set_attribute(GraphNodeContent& content, CUkernelNodeAttrID attribute, const CUstreamAttrValue& value) {
  content.attributes[attribute] = value;
  auto* const work = std::get_if<gpu::LaunchWork>(&content.work);
  if (attribute == CU_LAUNCH_ATTRIBUTE_COOPERATIVE && work != nullptr) work->cooperative = value.cooperative != 0;
}

}  // namespace

namespace api {

CUresult cuGraphAddKernelNode(CUgraphNode* node, CUgraph graph, const CUgraphNode* dependencies,
                              std::size_t dependency_count, const CUDA_KERNEL_NODE_PARAMS_v1* parameters) {
  if (parameters == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return add_node(node, graph, dependencies, dependency_count, [&](GraphNodeContent& content) {
    return prepare_kernel(*parameters, parameters->function, content);
  });
}

CUresult cuGraphAddKernelNode_v2(CUgraphNode* node, CUgraph graph, const CUgraphNode* dependencies,
                                 std::size_t dependency_count, const CUDA_KERNEL_NODE_PARAMS_v2* parameters) {
  if (parameters == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return add_node(node, graph, dependencies, dependency_count,
                  [&](GraphNodeContent& content) { return prepare_kernel(*parameters, content); });
}

CUresult cuGraphKernelNodeGetParams(CUgraphNode handle, CUDA_KERNEL_NODE_PARAMS_v1* parameters) {
  if (parameters == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return with_node(handle, CU_GRAPH_NODE_TYPE_KERNEL, [&](GraphNode& node) { return describe(node, *parameters); });
}

CUresult cuGraphKernelNodeGetParams_v2(CUgraphNode handle, CUDA_KERNEL_NODE_PARAMS_v2* parameters) {
  if (parameters == nullptr) return CUDA_ERROR_INVALID_VALUE;
  parameters->kernel = nullptr;
  parameters->context = nullptr;
  return cuGraphKernelNodeGetParams(handle, parameters);
}

CUresult cuGraphKernelNodeSetParams(CUgraphNode handle, const CUDA_KERNEL_NODE_PARAMS_v1* parameters) {
  if (parameters == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return change_node(handle, CU_GRAPH_NODE_TYPE_KERNEL, [&](GraphNodeContent& content) {
    return prepare_kernel(*parameters, parameters->function, content);
  });
}

CUresult cuGraphKernelNodeSetParams_v2(CUgraphNode handle, const CUDA_KERNEL_NODE_PARAMS_v2* parameters) {
  if (parameters == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return change_node(handle, CU_GRAPH_NODE_TYPE_KERNEL,
                     [&](GraphNodeContent& content) { return prepare_kernel(*parameters, content); });
}

CUresult cuGraphExecKernelNodeSetParams(CUgraphExec executable, CUgraphNode node,
                                        const CUDA_KERNEL_NODE_PARAMS_v1* parameters) {
  if (parameters == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return change_item(executable, node, CU_GRAPH_NODE_TYPE_KERNEL, [&](GraphNodeContent& content) {
    return prepare_kernel(*parameters, parameters->function, content);
  });
}

CUresult cuGraphExecKernelNodeSetParams_v2(CUgraphExec executable, CUgraphNode node,
                                           const CUDA_KERNEL_NODE_PARAMS_v2* parameters) {
  if (parameters == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return change_item(executable, node, CU_GRAPH_NODE_TYPE_KERNEL,
                     [&](GraphNodeContent& content) { return prepare_kernel(*parameters, content); });
}

CUresult cuGraphKernelNodeGetAttribute(CUgraphNode handle, CUkernelNodeAttrID attribute, CUstreamAttrValue* value) {
  if (value == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return with_node(handle, CU_GRAPH_NODE_TYPE_KERNEL, [&](GraphNode& node) {
    const CUresult result = check_attribute(attribute, {});
    if (result == CUDA_SUCCESS) *value = attribute_of(node.content, attribute);
    return result;
  });
}

CUresult cuGraphKernelNodeSetAttribute(CUgraphNode handle, CUkernelNodeAttrID attribute,
                                       const CUstreamAttrValue* value) {
  if (value == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return with_node(handle, CU_GRAPH_NODE_TYPE_KERNEL, [&](GraphNode& node) {
    const CUresult result = check_attribute(attribute, *value);
    if (result == CUDA_SUCCESS) set_attribute(node.content, attribute, *value);
    return result;
  });
}

CUresult cuGraphKernelNodeCopyAttributes(CUgraphNode destination, CUgraphNode source) {
  std::map<CUkernelNodeAttrID, CUstreamAttrValue> attributes;
  const CUresult result = with_node(source, CU_GRAPH_NODE_TYPE_KERNEL, [&](GraphNode& node) {
    attributes = node.content.attributes;
    attributes[CU_LAUNCH_ATTRIBUTE_COOPERATIVE] = attribute_of(node.content, CU_LAUNCH_ATTRIBUTE_COOPERATIVE);
    return CUDA_SUCCESS;
  });
  if (result != CUDA_SUCCESS) return result;
  return with_node(destination, CU_GRAPH_NODE_TYPE_KERNEL, [&](GraphNode& node) {
    node.content.attributes.clear();
    for (const auto& [attribute, value] : attributes) set_attribute(node.content, attribute, value);
    return CUDA_SUCCESS;
  });
}

}  // namespace api
}  // namespace vgpu::cuda

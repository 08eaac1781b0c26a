#include <algorithm>

#include "shims/cuda/api.h"
#include "shims/cuda/graph.h"

// Stream capture: work goes into a graph instead of the stream; events carry it from stream to stream.
namespace vgpu::cuda {

std::mutex& capture_mutex() {
  static auto* const mutex = new std::mutex;
  return *mutex;
}

Capture::~Capture() {
  if (owns_graph && graph != nullptr) driver().graphs.remove(graph->handle());
}

GraphNodeContent content_of(gpu::Work work, CUfunction function) {
  GraphNodeContent content;
  if (std::holds_alternative<gpu::LaunchWork>(work) || std::holds_alternative<gpu::TaskWork>(work)) {
    // What our libraries compute counts as a kernel.
    content.type = CU_GRAPH_NODE_TYPE_KERNEL;
  } else if (std::holds_alternative<gpu::CopyWork>(work)) {
    content.type = CU_GRAPH_NODE_TYPE_MEMCPY;
  } else if (std::holds_alternative<gpu::FillWork>(work)) {
    content.type = CU_GRAPH_NODE_TYPE_MEMSET;
  } else if (std::holds_alternative<gpu::HostWork>(work)) {
    content.type = CU_GRAPH_NODE_TYPE_HOST;
  }
  content.work = std::move(work);
  content.function = function;
  return content;
}

CUresult capture_node(Stream& stream, GraphNodeContent content) {
  Capture& capture = *stream.capture;
  if (capture.invalidated) return CUDA_ERROR_STREAM_CAPTURE_INVALIDATED;
  std::vector<GraphEdge> dependencies;
  for (GraphNode* before : stream.capture_dependencies) dependencies.push_back({.from = before});
  stream.capture_dependencies = {&capture.graph->add(std::move(content), std::move(dependencies))};
  return CUDA_SUCCESS;
}

CUresult capture_work(Stream& stream, gpu::Work work, CUfunction function) {
  return capture_node(stream, content_of(std::move(work), function));
}

CUresult capture_event(Stream& stream, CUgraphNodeType type, std::shared_ptr<Event> event) {
  GraphNodeContent content;
  content.type = type;
  content.event = std::move(event);
  return capture_node(stream, std::move(content));
}

CUresult capture_wait(const std::shared_ptr<Stream>& stream, Event& event) {
  if (event.capture == nullptr) {
    // A wait on what ran outside the capture would make the graph depend on it.
    stream->capture->invalidated = true;
    return CUDA_ERROR_STREAM_CAPTURE_ISOLATION;
  }
  const auto& capture = event.capture;
  if (capture->graph == nullptr) return CUDA_ERROR_STREAM_CAPTURE_INVALIDATED;
  if (stream->capture == nullptr) {
    stream->capture = capture;
    stream->capturing = true;
    stream->capture_dependencies.clear();
    capture->streams.push_back(stream);
  } else if (stream->capture != capture) {
    capture->invalidated = stream->capture->invalidated = true;
    return CUDA_ERROR_STREAM_CAPTURE_MERGE;
  }
  for (GraphNode* node : event.capture_dependencies) {
    if (std::ranges::find(stream->capture_dependencies, node) == stream->capture_dependencies.end()) {
      stream->capture_dependencies.push_back(node);
    }
  }
  return CUDA_SUCCESS;
}

bool capture_record(Stream& stream, Event& event) {
  if (stream.capture == nullptr) return false;
  event.capture = stream.capture;
  event.capture_dependencies = stream.capture_dependencies;
  return true;
}

namespace {

thread_local CUstreamCaptureMode capture_mode = CU_STREAM_CAPTURE_MODE_GLOBAL;

void begin(const std::shared_ptr<Stream>& stream, std::shared_ptr<Graph> graph, bool owns_graph) {
  auto capture = std::make_shared<Capture>();
  // Programs ask for the graph while it is captured, and add nodes of their own to it.
  if (owns_graph) {
    graph->owned = true;
    driver().graphs.insert(graph);
  }
  capture->id = driver().next_id++;
  capture->graph = std::move(graph);
  capture->origin = stream;
  capture->streams.push_back(stream);
  capture->owns_graph = owns_graph;
  stream->capture = std::move(capture);
  stream->capture_dependencies.clear();
  stream->capturing = true;
}

// True when a node that another stream captured last is not before the origin's last nodes.
bool unjoined(const Capture& capture, const Stream& origin) {
  std::vector<const GraphNode*> reached(origin.capture_dependencies.begin(), origin.capture_dependencies.end());
  for (std::size_t index = 0; index < reached.size(); ++index) {
    for (const GraphEdge& edge : reached[index]->dependencies) {
      if (std::ranges::find(reached, edge.from) == reached.end()) reached.push_back(edge.from);
    }
  }
  for (const auto& entry : capture.streams) {
    const auto stream = entry.lock();
    if (stream == nullptr) continue;
    for (const GraphNode* last : stream->capture_dependencies) {
      if (std::ranges::find(reached, last) == reached.end()) return true;
    }
  }
  return false;
}

// The nodes that a stream's next captured node depends on. Captured nodes wait for all of one before them, so
// CUDA_ERROR_NOT_SUPPORTED for an edge of another kind.
CUresult find_captured(const Graph& graph, const CUgraphNode* handles, const CUgraphEdgeData* data, std::size_t count,
                       std::vector<GraphNode*>& nodes) {
  std::vector<GraphEdge> edges;
  const CUresult result = find_dependencies(graph, handles, data, count, edges);
  if (result != CUDA_SUCCESS) return result;
  for (const GraphEdge& edge : edges) {
    if (!plain(edge.data)) return CUDA_ERROR_NOT_SUPPORTED;
    if (std::ranges::find(nodes, edge.from) == nodes.end()) nodes.push_back(edge.from);
  }
  return CUDA_SUCCESS;
}

}  // namespace

namespace api {

CUresult cuStreamBeginCapture_v2(CUstream handle, CUstreamCaptureMode mode) {
  if (mode < CU_STREAM_CAPTURE_MODE_GLOBAL || mode > CU_STREAM_CAPTURE_MODE_RELAXED) return CUDA_ERROR_INVALID_VALUE;
  const auto stream = find_stream(handle);
  if (stream == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  if (stream->legacy) return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
  const std::lock_guard lock(capture_mutex());
  if (stream->capture != nullptr) return CUDA_ERROR_INVALID_VALUE;
  begin(stream, std::make_shared<Graph>(), true);
  return CUDA_SUCCESS;
}

CUresult cuStreamBeginCapture(CUstream stream) {
  return cuStreamBeginCapture_v2(stream, CU_STREAM_CAPTURE_MODE_GLOBAL);
}

CUresult cuStreamBeginCaptureToGraph(CUstream handle, CUgraph graph_handle, const CUgraphNode* dependencies,
                                     const CUgraphEdgeData* dependency_data, std::size_t dependency_count,
                                     CUstreamCaptureMode mode) {
  if (mode < CU_STREAM_CAPTURE_MODE_GLOBAL || mode > CU_STREAM_CAPTURE_MODE_RELAXED) return CUDA_ERROR_INVALID_VALUE;
  const auto stream = find_stream(handle);
  const auto graph = driver().graphs.find(graph_handle);
  if (stream == nullptr || graph == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  if (stream->legacy) return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
  const std::lock_guard lock(capture_mutex());
  if (stream->capture != nullptr) return CUDA_ERROR_INVALID_VALUE;
  std::vector<GraphNode*> nodes;
  const CUresult result = find_captured(*graph, dependencies, dependency_data, dependency_count, nodes);
  if (result != CUDA_SUCCESS) return result;
  begin(stream, graph, false);
  stream->capture_dependencies = std::move(nodes);
  return CUDA_SUCCESS;
}

CUresult cuThreadExchangeStreamCaptureMode(CUstreamCaptureMode* mode) {
  if (mode == nullptr || *mode < CU_STREAM_CAPTURE_MODE_GLOBAL || *mode > CU_STREAM_CAPTURE_MODE_RELAXED) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  std::swap(*mode, capture_mode);
  return CUDA_SUCCESS;
}

CUresult cuStreamEndCapture(CUstream handle, CUgraph* graph) {
  const auto stream = find_stream(handle);
  if (stream == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  if (graph != nullptr) *graph = nullptr;
  const std::lock_guard lock(capture_mutex());
  const auto capture = stream->capture;
  if (capture == nullptr) return CUDA_ERROR_INVALID_VALUE;
  if (capture->origin.lock() != stream) return CUDA_ERROR_STREAM_CAPTURE_UNMATCHED;
  const bool incomplete = unjoined(*capture, *stream);
  for (const auto& entry : capture->streams) {
    const auto member = entry.lock();
    if (member == nullptr) continue;
    member->capture = nullptr;
    member->capture_dependencies.clear();
    member->capturing = false;
  }
  const auto captured = std::exchange(capture->graph, nullptr);
  const CUresult result = capture->invalidated ? CUDA_ERROR_STREAM_CAPTURE_INVALIDATED
                          : incomplete         ? CUDA_ERROR_STREAM_CAPTURE_UNJOINED
                                               : CUDA_SUCCESS;
  if (capture->owns_graph) captured->owned = false;
  if (result != CUDA_SUCCESS) {
    if (capture->owns_graph) driver().graphs.remove(captured->handle());
    return result;
  }
  if (graph != nullptr) *graph = captured->handle();
  return CUDA_SUCCESS;
}

CUresult cuStreamIsCapturing(CUstream handle, CUstreamCaptureStatus* status) {
  return cuStreamGetCaptureInfo(handle, status, nullptr);
}

CUresult cuStreamGetCaptureInfo_v2(CUstream handle, CUstreamCaptureStatus* status, std::uint64_t* id, CUgraph* graph,
                                   const CUgraphNode** dependencies, std::size_t* dependency_count) {
  const auto stream = find_stream(handle);
  if (stream == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  if (status == nullptr) return CUDA_ERROR_INVALID_VALUE;
  const std::lock_guard lock(capture_mutex());
  if (stream->capture == nullptr) {
    *status = CU_STREAM_CAPTURE_STATUS_NONE;
    return CUDA_SUCCESS;
  }
  const Capture& capture = *stream->capture;
  *status = capture.invalidated ? CU_STREAM_CAPTURE_STATUS_INVALIDATED : CU_STREAM_CAPTURE_STATUS_ACTIVE;
  if (id != nullptr) *id = capture.id;
  if (graph != nullptr) *graph = capture.graph->handle();
  if (dependency_count != nullptr) *dependency_count = stream->capture_dependencies.size();
  // Handles are the nodes' addresses, so the list can be given out as it is.
  if (dependencies != nullptr) {
    *dependencies = reinterpret_cast<const CUgraphNode*>(stream->capture_dependencies.data());
  }
  return CUDA_SUCCESS;
}

CUresult cuStreamGetCaptureInfo(CUstream handle, CUstreamCaptureStatus* status, std::uint64_t* id) {
  return cuStreamGetCaptureInfo_v2(handle, status, id, nullptr, nullptr, nullptr);
}

CUresult cuStreamGetCaptureInfo_v3(CUstream handle, CUstreamCaptureStatus* status, std::uint64_t* id, CUgraph* graph,
                                   const CUgraphNode** dependencies, const CUgraphEdgeData** edge_data,
                                   std::size_t* dependency_count) {
  if (edge_data != nullptr) *edge_data = nullptr;
  return cuStreamGetCaptureInfo_v2(handle, status, id, graph, dependencies, dependency_count);
}

CUresult cuStreamUpdateCaptureDependencies_v2(CUstream handle, CUgraphNode* dependencies,
                                              const CUgraphEdgeData* dependency_data, std::size_t dependency_count,
                                              unsigned flags) {
  constexpr unsigned kAdd = 0, kSet = 1;
  const auto stream = find_stream(handle);
  if (stream == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  if (flags > kSet) return CUDA_ERROR_INVALID_VALUE;
  const std::lock_guard lock(capture_mutex());
  if (stream->capture == nullptr) return CUDA_ERROR_ILLEGAL_STATE;
  std::vector<GraphNode*> nodes;
  if (flags == kAdd) nodes = stream->capture_dependencies;
  const CUresult result =
      find_captured(*stream->capture->graph, dependencies, dependency_data, dependency_count, nodes);
  if (result == CUDA_SUCCESS) stream->capture_dependencies = std::move(nodes);
  return result;
}

CUresult cuStreamUpdateCaptureDependencies(CUstream stream, CUgraphNode* dependencies, std::size_t dependency_count,
                                           unsigned flags) {
  return cuStreamUpdateCaptureDependencies_v2(stream, dependencies, nullptr, dependency_count, flags);
}

}  // namespace api
}  // namespace vgpu::cuda

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "shims/cuda/driver.h"
#include "shims/cuda/graph_memory.h"
#include "shims/cuda/user_object.h"

namespace vgpu::cuda {

// What a node does, apart from where it stands: the same in a graph and in an executable made of it.
struct GraphNodeContent {
  CUgraphNodeType type = CU_GRAPH_NODE_TYPE_EMPTY;
  gpu::Work work = gpu::CopyWork{};                            // of kernel, copy, fill, host and memory operation nodes
  CUfunction function = nullptr;                               // kernel nodes: the handle that the program gave
  std::map<CUkernelNodeAttrID, CUstreamAttrValue> attributes;  // kernel nodes: what the program has set
  std::shared_ptr<const CUDA_MEMCPY3D> copy;                   // copy nodes that were not captured: as described
  std::shared_ptr<Event> event;                                // record and wait nodes
  std::shared_ptr<Graph> child;
  std::shared_ptr<GraphMemory> memory;                                // allocation and free nodes
  std::shared_ptr<const CUDA_MEM_ALLOC_NODE_PARAMS> allocation;       // allocation nodes
  std::shared_ptr<std::vector<CUstreamBatchMemOpParams>> operations;  // memory operation nodes
};

struct GraphEdge {
  GraphNode* from = nullptr;  // in the same graph
  CUgraphEdgeData data{};
};

struct GraphNode {
  Graph* graph = nullptr;
  GraphNodeContent content;
  std::vector<GraphEdge> dependencies;
  const GraphNode* original = nullptr;    // identity only, of a clone's node: what it was copied from
  std::vector<void*> parameter_pointers;  // what cuGraphKernelNodeGetParams hands out

  GraphNode() = default;
  // Unregisters a child graph.
  ~GraphNode();
  GraphNode(const GraphNode&) = delete;
  GraphNode& operator=(const GraphNode&) = delete;

  [[nodiscard]] CUgraphNode handle() const { return reinterpret_cast<CUgraphNode>(const_cast<GraphNode*>(this)); }
};

// Nodes in the order they were added; guarded by capture_mutex().
struct Graph {
  std::vector<std::shared_ptr<GraphNode>> nodes;
  UserObjectReferences user_objects;
  bool owned = false;                       // by a node or by a capture: the program may not destroy it
  std::weak_ptr<GraphExecutable> instance;  // of a graph with memory nodes, which may have one alone

  // A new node, known to the handle table. A child graph in `content` becomes the node's.
  GraphNode& add(GraphNodeContent content, std::vector<GraphEdge> dependencies);
  [[nodiscard]] CUgraph handle() const { return reinterpret_cast<CUgraph>(const_cast<Graph*>(this)); }
  // True when it or a child graph allocates or frees memory.
  [[nodiscard]] bool has_memory_nodes() const;

  // Unregisters the nodes.
  ~Graph();
  Graph() = default;
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;
};

// One capture: the stream it began in and those that joined through events.
struct Capture {
  std::uint64_t id = 0;
  std::shared_ptr<Graph> graph;
  std::weak_ptr<Stream> origin;
  std::vector<std::weak_ptr<Stream>> streams;
  bool invalidated = false;
  bool owns_graph = true;  // false for cuStreamBeginCaptureToGraph

  Capture() = default;
  // Unregisters the graph of a capture that never ended.
  ~Capture();
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;
};

// Guards every graph and every capture of the process.
std::mutex& capture_mutex();

// The node that work of this kind becomes.
GraphNodeContent content_of(gpu::Work work, CUfunction function);

// Adds a node to the graph that the stream is capturing. The caller holds capture_mutex() and has seen the capture.
CUresult capture_node(Stream& stream, GraphNodeContent content);
CUresult capture_work(Stream& stream, gpu::Work work, CUfunction function);

// Makes the captured stream's next node depend on what `event` recorded in a capture; joins the stream to it.
CUresult capture_wait(const std::shared_ptr<Stream>& stream, Event& event);

// Adds a node that records or awaits an event outside of the capture. The caller holds capture_mutex() and has seen the
// capture.
CUresult capture_event(Stream& stream, CUgraphNodeType type, std::shared_ptr<Event> event);

// Notes the stream's position in `event`. False when the stream is not capturing.
bool capture_record(Stream& stream, Event& event);

// Records the event on a stream that is not capturing.
CUresult record_event(Stream& stream, Event& event);
// Makes a stream that is not capturing wait for the event's last record.
CUresult wait_event(Stream& stream, Event& event);

// The nodes behind a list of handles. CUDA_ERROR_INVALID_VALUE for a list that is missing, for a node of another graph
// and for edge data (null: plain edges) that the nodes cannot have.
CUresult find_dependencies(const Graph& graph, const CUgraphNode* handles, const CUgraphEdgeData* data,
                           std::size_t count, std::vector<GraphEdge>& edges);
// True for an edge of the kind that all nodes have: the one begins when the other has ended.
bool plain(const CUgraphEdgeData& data);

std::shared_ptr<Graph> clone_graph(const Graph& graph);

// The parameters of a launch, checked against the current device. `parameters` and `extra` as in cuLaunchKernel.
CUresult make_launch(CUfunction function, const gpu::Dimensions& grid, const gpu::Dimensions& block,
                     unsigned shared_size, void** parameters, void** extra, bool cooperative, gpu::LaunchWork& work);

}  // namespace vgpu::cuda

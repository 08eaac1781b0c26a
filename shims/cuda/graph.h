#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "shims/cuda/driver.h"

namespace vgpu::cuda {

struct GraphNode {
  Graph* graph = nullptr;
  CUgraphNodeType type = CU_GRAPH_NODE_TYPE_EMPTY;
  gpu::Work work = gpu::CopyWork{};      // of kernel, copy, fill and host nodes
  std::vector<GraphNode*> dependencies;  // in the same graph
  CUfunction function = nullptr;         // kernel nodes: the handle that the program gave
  std::shared_ptr<Event> event;          // record and wait nodes
  std::shared_ptr<Graph> child;
  std::vector<void*> parameter_pointers;  // what cuGraphKernelNodeGetParams hands out
};

// Nodes in the order they were added; guarded by capture_mutex().
struct Graph {
  std::vector<std::shared_ptr<GraphNode>> nodes;

  // A new node, known to the handle table.
  GraphNode& add(CUgraphNodeType type, std::vector<GraphNode*> dependencies);
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
};

struct GraphExecutable {
  struct Item {
    CUgraphNodeType type;
    gpu::Work work;
    std::shared_ptr<Event> event;
    std::shared_ptr<GraphExecutable> child;
    GraphNode* source;                        // identity only: the node may be gone
    std::vector<std::uint32_t> dependencies;  // indices of items before this one
  };
  std::mutex mutex;
  std::uint64_t flags = 0;
  std::vector<Item> items;  // each after those it depends on
};

// Guards every graph and every capture of the process.
std::mutex& capture_mutex();

// The node type that work of this kind becomes.
CUgraphNodeType node_type(const gpu::Work& work);

// Adds work to the graph that the stream is capturing. The caller holds capture_mutex() and has seen the capture.
CUresult capture_work(Stream& stream, gpu::Work work, CUfunction function);

// Makes the captured stream's next node depend on what `event` recorded in a capture; joins the stream to it.
CUresult capture_wait(const std::shared_ptr<Stream>& stream, Event& event);

// Notes the stream's position in `event`. False when the stream is not capturing.
bool capture_record(Stream& stream, Event& event);

// Records the event on a stream that is not capturing.
CUresult record_event(Stream& stream, Event& event);
// Makes a stream that is not capturing wait for the event's last record.
CUresult wait_event(Stream& stream, Event& event);

std::shared_ptr<Graph> clone_graph(const Graph& graph);

// The parameters of a launch, checked against the current device. `parameters` and `extra` as in cuLaunchKernel.
CUresult make_launch(CUfunction function, const gpu::Dimensions& grid, const gpu::Dimensions& block,
                     unsigned shared_size, void** parameters, void** extra, bool cooperative, gpu::LaunchWork& work);

}  // namespace vgpu::cuda

#include "shims/cudart/api.h"
#include "shims/cudart/state.h"

// Streams, events and stream capture: the driver's, with the default stream that the caller was compiled for.
namespace vgpu::cudart::api {

cudaError_t cudaStreamCreate(CUstream* stream) {
  return to_error(cuStreamCreate(stream, 0));
}
cudaError_t cudaStreamCreateWithFlags(CUstream* stream, unsigned flags) {
  return to_error(cuStreamCreate(stream, flags));
}
cudaError_t cudaStreamCreateWithPriority(CUstream* stream, unsigned flags, int priority) {
  return to_error(cuStreamCreateWithPriority(stream, flags, priority));
}
cudaError_t cudaStreamDestroy(CUstream stream) {
  return to_error(cuStreamDestroy_v2(stream));
}
cudaError_t cudaStreamSynchronize(CUstream stream) {
  return to_error(cuStreamSynchronize(stream_of(stream)));
}
cudaError_t cudaStreamQuery(CUstream stream) {
  return to_error(cuStreamQuery(stream_of(stream)));
}
cudaError_t cudaStreamWaitEvent(CUstream stream, CUevent event, unsigned flags) {
  return to_error(cuStreamWaitEvent(stream_of(stream), event, flags));
}
cudaError_t cudaStreamGetFlags(CUstream stream, unsigned* flags) {
  return to_error(cuStreamGetFlags(stream_of(stream), flags));
}
cudaError_t cudaStreamGetPriority(CUstream stream, int* priority) {
  return to_error(cuStreamGetPriority(stream_of(stream), priority));
}
cudaError_t cudaStreamGetId(CUstream stream, std::uint64_t* id) {
  return to_error(cuStreamGetId(stream_of(stream), id));
}
cudaError_t cudaStreamGetDevice(CUstream stream, int* device) {
  return to_error(cuStreamGetDevice(stream_of(stream), device));
}

// The driver's callback takes a CUresult where the program's takes a cudaError_t: the same number.
cudaError_t cudaStreamAddCallback(CUstream stream, cudaStreamCallback_t callback, void* user_data, unsigned flags) {
  return to_error(
      cuStreamAddCallback(stream_of(stream), reinterpret_cast<CUstreamCallback>(callback), user_data, flags));
}
cudaError_t cudaLaunchHostFunc(CUstream stream, CUhostFn function, void* user_data) {
  return to_error(cuLaunchHostFunc(stream_of(stream), function, user_data));
}
cudaError_t cudaStreamAttachMemAsync(CUstream stream, void* pointer, std::size_t length, unsigned flags) {
  return to_error(cuStreamAttachMemAsync(stream_of(stream), address_of(pointer), length, flags));
}
cudaError_t cudaStreamCopyAttributes(CUstream destination, CUstream source) {
  return to_error(cuStreamCopyAttributes(stream_of(destination), stream_of(source)));
}
cudaError_t cudaStreamGetAttribute(CUstream stream, int attribute, CUstreamAttrValue* value) {
  return to_error(cuStreamGetAttribute(stream_of(stream), attribute, value));
}
cudaError_t cudaStreamSetAttribute(CUstream stream, int attribute, const CUstreamAttrValue* value) {
  return to_error(cuStreamSetAttribute(stream_of(stream), attribute, value));
}

cudaError_t cudaEventCreate(CUevent* event) {
  return to_error(cuEventCreate(event, 0));
}
cudaError_t cudaEventCreateWithFlags(CUevent* event, unsigned flags) {
  return to_error(cuEventCreate(event, flags));
}
cudaError_t cudaEventRecord(CUevent event, CUstream stream) {
  return to_error(cuEventRecord(event, stream_of(stream)));
}
cudaError_t cudaEventRecordWithFlags(CUevent event, CUstream stream, unsigned flags) {
  return to_error(cuEventRecordWithFlags(event, stream_of(stream), flags));
}
cudaError_t cudaEventQuery(CUevent event) {
  return to_error(cuEventQuery(event));
}
cudaError_t cudaEventSynchronize(CUevent event) {
  return to_error(cuEventSynchronize(event));
}
cudaError_t cudaEventDestroy(CUevent event) {
  return to_error(cuEventDestroy_v2(event));
}
cudaError_t cudaEventElapsedTime(float* milliseconds, CUevent start, CUevent end) {
  return to_error(cuEventElapsedTime(milliseconds, start, end));
}
#if VGPU_CUDART_MAJOR < 13
cudaError_t cudaEventElapsedTime_v2(float* milliseconds, CUevent start, CUevent end) {
  return to_error(cuEventElapsedTime_v2(milliseconds, start, end));
}
#endif

cudaError_t cudaStreamBeginCapture(CUstream stream, int mode) {
  return to_error(cuStreamBeginCapture_v2(stream_of(stream), mode));
}
cudaError_t cudaStreamBeginCaptureToGraph(CUstream stream, CUgraph graph, const CUgraphNode* dependencies,
                                          const CUgraphEdgeData* dependency_data, std::size_t dependency_count,
                                          int mode) {
  return to_error(
      cuStreamBeginCaptureToGraph(stream_of(stream), graph, dependencies, dependency_data, dependency_count, mode));
}
cudaError_t cudaStreamEndCapture(CUstream stream, CUgraph* graph) {
  return to_error(cuStreamEndCapture(stream_of(stream), graph));
}
cudaError_t cudaStreamIsCapturing(CUstream stream, int* status) {
  return to_error(cuStreamIsCapturing(stream_of(stream), status));
}
cudaError_t cudaThreadExchangeStreamCaptureMode(int* mode) {
  return to_error(cuThreadExchangeStreamCaptureMode(mode));
}

#if VGPU_CUDART_MAJOR < 13
cudaError_t cudaStreamUpdateCaptureDependencies(CUstream stream, CUgraphNode* dependencies,
                                                std::size_t dependency_count, unsigned flags) {
  return to_error(cuStreamUpdateCaptureDependencies(stream_of(stream), dependencies, dependency_count, flags));
}
cudaError_t cudaStreamUpdateCaptureDependencies_v2(CUstream stream, CUgraphNode* dependencies,
                                                   const CUgraphEdgeData* dependency_data, std::size_t dependency_count,
                                                   unsigned flags) {
  return to_error(
      cuStreamUpdateCaptureDependencies_v2(stream_of(stream), dependencies, dependency_data, dependency_count, flags));
}
cudaError_t cudaStreamGetCaptureInfo(CUstream stream, int* status, std::uint64_t* id) {
  return to_error(cuStreamGetCaptureInfo(stream_of(stream), status, id));
}
cudaError_t cudaStreamGetCaptureInfo_v2(CUstream stream, int* status, std::uint64_t* id, CUgraph* graph,
                                        const CUgraphNode** dependencies, std::size_t* dependency_count) {
  return to_error(cuStreamGetCaptureInfo_v2(stream_of(stream), status, id, graph, dependencies, dependency_count));
}
cudaError_t cudaStreamGetCaptureInfo_v3(CUstream stream, int* status, std::uint64_t* id, CUgraph* graph,
                                        const CUgraphNode** dependencies, const CUgraphEdgeData** edge_data,
                                        std::size_t* dependency_count) {
  return to_error(
      cuStreamGetCaptureInfo_v3(stream_of(stream), status, id, graph, dependencies, edge_data, dependency_count));
}
#else
cudaError_t cudaStreamUpdateCaptureDependencies(CUstream stream, CUgraphNode* dependencies,
                                                const CUgraphEdgeData* dependency_data, std::size_t dependency_count,
                                                unsigned flags) {
  return to_error(
      cuStreamUpdateCaptureDependencies_v2(stream_of(stream), dependencies, dependency_data, dependency_count, flags));
}
cudaError_t cudaStreamGetCaptureInfo(CUstream stream, int* status, std::uint64_t* id, CUgraph* graph,
                                     const CUgraphNode** dependencies, const CUgraphEdgeData** edge_data,
                                     std::size_t* dependency_count) {
  return to_error(
      cuStreamGetCaptureInfo_v3(stream_of(stream), status, id, graph, dependencies, edge_data, dependency_count));
}
#endif

}  // namespace vgpu::cudart::api

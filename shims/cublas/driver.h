#pragma once

#include <cstddef>

// The functions of libcuda.so.1 that cuBLAS calls; parameters as the CUDA driver API documents them.
extern "C" {
int cuInit(unsigned flags);
int cuGetExportTable(const void** table, const void* table_id);
int cuCtxGetCurrent(void** context);
int cuCtxSetCurrent(void* context);
int cuDevicePrimaryCtxRetain(void** context, int device);
int cuStreamSynchronize(void* stream);
int cuMemcpy2DAsync_v2(const void* copy, void* stream);
}

#pragma once

#include "shims/cuda/abi.h"

// The functions of libcuda.so.1 that cuBLAS calls.
extern "C" {
CUresult cuInit(unsigned flags);
CUresult cuGetExportTable(const void** table, const CUuuid* table_id);
CUresult cuCtxGetCurrent(CUcontext* context);
CUresult cuCtxSetCurrent(CUcontext context);
CUresult cuDevicePrimaryCtxRetain(CUcontext* context, int device);
CUresult cuStreamSynchronize(CUstream stream);
}

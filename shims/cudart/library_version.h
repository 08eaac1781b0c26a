#pragma once

// Expands its arguments when a row of functions.def belongs to the library being built.
#define VGPU_IN_both(...) __VA_ARGS__
#if VGPU_CUDART_MAJOR < 13
#define VGPU_IN_cuda12(...) __VA_ARGS__
#define VGPU_IN_cuda13(...)
#else
#define VGPU_IN_cuda12(...)
#define VGPU_IN_cuda13(...) __VA_ARGS__
#endif

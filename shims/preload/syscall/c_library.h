#pragma once

#include <cstddef>
#include <cstdio>
#include <cstdlib>

// What is used of the C library that the program brings. Weak, as everything is that a preloaded library asks for: see
// shims/preload/dynamic_linker.h.
extern "C" {
[[gnu::weak]] decltype(calloc) calloc;
[[gnu::weak]] decltype(realloc) realloc;
[[gnu::weak]] decltype(free) free;
[[gnu::weak]] decltype(qsort) qsort;
[[gnu::weak]] decltype(fdopen) fdopen;
[[gnu::weak]] decltype(fclose) fclose;
}

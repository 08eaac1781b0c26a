// Virtual functions, pointers to functions, and functions that call themselves.
#include "check.h"

struct Shape {
  __device__ explicit Shape(float given) : size(given) {}
  __device__ virtual float area() const = 0;
  __device__ virtual ~Shape() {}
  float size;
};

struct Square : Shape {
  using Shape::Shape;
  __device__ float area() const override { return size * size; }
};

struct Triple : Shape {
  using Shape::Shape;
  __device__ float area() const override { return 3 * size * size; }
};

struct Pair : Shape {
  __device__ Pair(const Shape* a, const Shape* b) : Shape(0), left(a), right(b) {}
  __device__ float area() const override { return left->area() + right->area(); }
  const Shape *left, *right;
};

__global__ void areas(float* out) {
  const int thread = blockIdx.x * blockDim.x + threadIdx.x;
  const Square square(thread);
  const Triple triple(thread + 1);
  const Pair pair(&square, &triple), pairs(&pair, &square);
  const Shape* const shapes[] = {&square, &triple, &pair, &pairs};
  out[thread] = shapes[thread % 4]->area();
}

using Operation = float (*)(float, int);
__device__ float add(float a, int b) {
  return a + b;
}
__device__ float multiply(float a, int b) {
  return a * b;
}
__device__ float subtract(float a, int b) {
  return a - b;
}
__device__ Operation operations[3] = {add, multiply, subtract};
__device__ Operation chosen = multiply;

__global__ void through_pointers(float* out, Operation given) {
  const int thread = threadIdx.x;
  const float value = operations[thread % 3](thread, 7);
  out[thread] = thread % 2 == 1 ? given(value, 2) : value;
}

__host__ __device__ int ackermann(int m, int n) {
  if (m == 0) return n + 1;
  return n == 0 ? ackermann(m - 1, 1) : ackermann(m - 1, ackermann(m, n - 1));
}

__global__ void ackermann_of_threads(int* out) {
  out[threadIdx.x] = ackermann(threadIdx.x % 3, threadIdx.x % 5);
}

__device__ void quicksort(int* values, int left, int right) {
  if (left >= right) return;
  const int pivot = values[(left + right) / 2];
  int i = left, j = right;
  while (i <= j) {
    while (values[i] < pivot) ++i;
    while (values[j] > pivot) --j;
    if (i > j) break;
    const int value = values[i];
    values[i++] = values[j];
    values[j--] = value;
  }
  quicksort(values, left, j);
  quicksort(values, i, right);
}

__global__ void sort_rows(int* values, int count) {
  quicksort(values + threadIdx.x * count, 0, count - 1);
}

int main() {
  const int threads = 128;
  float *of_shapes = managed<float>(2 * threads), *of_pointers = managed<float>(threads);
  areas<<<2, threads>>>(of_shapes);
  Operation given = nullptr;
  CHECK(cudaMemcpyFromSymbol(&given, chosen, sizeof given));
  through_pointers<<<1, threads>>>(of_pointers, given);
  int* const numbers = managed<int>(threads);
  CHECK(cudaDeviceSetLimit(cudaLimitStackSize, 32768));
  ackermann_of_threads<<<1, threads>>>(numbers);
  const int count = 200;
  int* const rows = managed<int>(threads * count);
  unsigned random = 1;
  for (int i = 0; i < threads * count; ++i) {
    random = random * 1664525u + 1013904223u;
    rows[i] = random >> 8;
  }
  sort_rows<<<1, threads>>>(rows, count);
  CHECK(cudaDeviceSynchronize());
  for (int t = 0; t < 2 * threads; ++t) {
    const float square = float(t) * t, triple = 3.0f * (t + 1) * (t + 1);
    const float expected[] = {square, triple, square + triple, square + triple + square};
    EXPECT(of_shapes[t] == expected[t % 4]);
  }
  for (int t = 0; t < threads; ++t) {
    const float values[] = {t + 7.0f, t * 7.0f, t - 7.0f};
    EXPECT(of_pointers[t] == values[t % 3] * (t % 2 + 1));
    EXPECT(numbers[t] == ackermann(t % 3, t % 5));
    for (int i = 1; i < count; ++i) EXPECT(rows[t * count + i - 1] <= rows[t * count + i]);
  }
  return wrong;
}

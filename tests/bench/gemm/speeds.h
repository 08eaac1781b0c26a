#pragma once

#include <benchmark/benchmark.h>

#include <map>
#include <string>

namespace vgpu::bench {

// Google Benchmark's console output, and behind it a table: the medians of the repetitions of each benchmark
// TYPE/SHAPE, in 10^9 operations per second, and divided by those of f32/SHAPE.
class SpeedReporter : public benchmark::ConsoleReporter {
 public:
  void ReportRuns(const std::vector<Run>& runs) override;
  void Finalize() override;

 private:
  std::map<std::string, std::map<std::string, double>> speeds_;  // by shape and type
};

}  // namespace vgpu::bench

#pragma once

#include <benchmark/benchmark.h>

#include <map>
#include <string>

namespace vgpu::bench {

// Google Benchmark's console output, and behind it a table: each benchmark NAME_vgpu against NAME_native of the same
// argument, by the medians of their repetitions.
class RatioReporter : public benchmark::ConsoleReporter {
 public:
  void ReportRuns(const std::vector<Run>& runs) override;
  void Finalize() override;

 private:
  std::map<std::string, double> seconds_;  // of an iteration, by name
};

}  // namespace vgpu::bench

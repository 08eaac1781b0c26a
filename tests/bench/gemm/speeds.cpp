#include "tests/bench/gemm/speeds.h"

#include <cstdio>

namespace vgpu::bench {

void SpeedReporter::ReportRuns(const std::vector<Run>& runs) {
  ConsoleReporter::ReportRuns(runs);
  for (const Run& run : runs) {
    const bool counts = run.run_type == Run::RT_Aggregate ? run.aggregate_name == "median" : run.repetitions <= 1;
    const auto speed = run.counters.find("GOPS");
    const std::string& type = run.run_name.function_name;
    if (counts && !run.error_occurred && speed != run.counters.end()) {
      speeds_[run.run_name.args][type] = speed->second.value;
    }
  }
}

void SpeedReporter::Finalize() {
  ConsoleReporter::Finalize();
  std::printf("\n%-28s", "transposed, m, n, k");
  for (const char* type : {"f32", "f16", "bf16", "i8"}) std::printf("%10s %6s", type, "ratio");
  for (const auto& [shape, by_type] : speeds_) {
    std::printf("\n%-28s", shape.c_str());
    const auto reference = by_type.find("f32");
    for (const char* type : {"f32", "f16", "bf16", "i8"}) {
      const auto speed = by_type.find(type);
      if (speed == by_type.end() || reference == by_type.end()) continue;
      std::printf("%10.1f %6.2f", speed->second, speed->second / reference->second);
    }
  }
  std::printf("\n");
}

}  // namespace vgpu::bench

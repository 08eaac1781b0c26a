#include "tests/bench/kernels/ratios.h"

#include <cstdio>

namespace vgpu::bench {

void RatioReporter::ReportRuns(const std::vector<Run>& runs) {
  ConsoleReporter::ReportRuns(runs);
  for (const Run& run : runs) {
    const bool counts = run.run_type == Run::RT_Aggregate ? run.aggregate_name == "median" : run.repetitions <= 1;
    if (!counts || run.error_occurred) continue;
    seconds_[run.run_name.str()] = run.GetAdjustedRealTime() / benchmark::GetTimeUnitMultiplier(run.time_unit);
  }
}

void RatioReporter::Finalize() {
  ConsoleReporter::Finalize();
  std::printf("\n%-40s %14s %14s %8s\n", "", "vgpu us", "native us", "ratio");
  constexpr const char* kVgpu = "_vgpu";
  for (const auto& [name, seconds] : seconds_) {
    const std::size_t at = name.find(kVgpu);
    if (at == std::string::npos) continue;
    std::string pair = name;
    pair.replace(at, 5, "_native");
    const auto native = seconds_.find(pair);
    if (native == seconds_.end()) continue;
    std::string title = name;
    title.erase(at, 5);
    std::printf("%-40s %14.2f %14.2f %8.2f\n", title.c_str(), seconds * 1e6, native->second * 1e6,
                seconds / native->second);
  }
}

}  // namespace vgpu::bench

#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "cli/usage/node.h"

// What the exporter says of a node's containers.
namespace vgpu::exporter {

// All metrics, in Prometheus' text format. `host` is the value of their label Hostname; `time` is how long looking at
// the containers took.
std::string metrics_text(const std::vector<cli::usage::Container>& containers, const std::string& host,
                         std::chrono::duration<double> time);

struct MetricName {
  std::string_view name, type, help;
};
// Every metric that there can be.
std::vector<MetricName> metric_names();

}  // namespace vgpu::exporter

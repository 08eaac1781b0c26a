#include "cli/exporter/metrics.h"

#include <array>

#include "cli/exporter/exposition.h"
#include "gpu/model/readings.h"

namespace vgpu::exporter {
namespace {

using cli::usage::Container;
using cli::usage::DeviceUse;

struct Sample {
  const Container& container;
  const model::Device& device;
  const DeviceUse& use;
  unsigned index;
};

enum class Style { Dcgm, Hami, Vgpu };

struct Metric {
  Style style;
  MetricName name;
  double (*value)(const Sample& sample, const model::Readings& readings);
};

// A card counts whole MiB.
double mebibytes(std::uint64_t bytes) {
  return static_cast<double>(bytes >> 20);
}

std::uint64_t free_memory(const model::Profile& profile, const DeviceUse& use) {
  return use.memory < profile.memory ? profile.memory - use.memory : 0;
}

constexpr std::array kMetrics = {
#define METRIC(style, name, type, value, help)                                                  \
  Metric{Style::style,                                                                          \
         {#name, #type, help},                                                                  \
         [](const Sample& sample, [[maybe_unused]] const model::Readings& readings) -> double { \
           [[maybe_unused]] const model::Device& device = sample.device;                        \
           [[maybe_unused]] const model::Profile& profile = device.profile;                     \
           [[maybe_unused]] const DeviceUse& use = sample.use;                                  \
           return static_cast<double>(value);                                                   \
         }},
#include "cli/exporter/metrics.def"
#undef METRIC
};

constexpr MetricName kInfo = {"vgpu_device_info", "gauge", "What a container's device is; 1."};
constexpr MetricName kContainers = {"vgpu_containers", "gauge", "Containers with a vGPU."};
constexpr MetricName kUnknown = {"vgpu_containers_unknown", "gauge",
                                 "Containers whose supervisor did not say what they use."};
constexpr MetricName kTime = {"vgpu_scrape_duration_seconds", "gauge", "How long asking the supervisors took."};

Labels labels_of(Style style, const Container& container, const model::Device& device, unsigned index,
                 const std::string& host) {
  const std::string ordinal = std::to_string(index), name = cli::usage::short_name(container);
  const oci::ContainerNames& names = container.names;
  if (style == Style::Hami) {
    return {{"namespace", names.pod_namespace},
            {"pod", names.pod},
            {"container", name},
            {"vdevice_index", ordinal},
            {"device_uuid", device.uuid_string()}};
  }
  return {{"gpu", ordinal},
          {"UUID", device.uuid_string()},
          {"pci_bus_id", device.pci_bus_id()},
          {"device", "nvidia" + ordinal},
          {"modelName", device.profile.name},
          {"Hostname", host},
          {"container", name},
          {"namespace", names.pod_namespace},
          {"pod", names.pod}};
}

void add_heading(std::string& text, const MetricName& name) {
  exporter::add_heading(text, name.name, name.type, name.help);
}

void add_metric(std::string& text, const Metric& metric, const std::vector<Container>& containers,
                const std::string& host) {
  add_heading(text, metric.name);
  for (const Container& container : containers) {
    for (unsigned index = 0; index < container.devices.size(); ++index) {
      const auto& [device, use] = container.devices[index];
      // What is not known is not there: a 0 would be a claim.
      if (!use) continue;
      const model::Readings readings = model::readings_at(device.profile, use->utilisation);
      add_sample(text, metric.name.name, labels_of(metric.style, container, device, index, host),
                 metric.value({container, device, *use, index}, readings));
    }
  }
}

void add_info(std::string& text, const std::vector<Container>& containers, const std::string& host) {
  add_heading(text, kInfo);
  for (const Container& container : containers) {
    for (unsigned index = 0; index < container.devices.size(); ++index) {
      const model::Device& device = container.devices[index].device;
      Labels labels = labels_of(Style::Vgpu, container, device, index, host);
      labels.emplace_back("profile", device.profile.id);
      labels.emplace_back("container_id", container.id);
      add_sample(text, kInfo.name, labels, 1);
    }
  }
}

}  // namespace

std::string metrics_text(const std::vector<Container>& containers, const std::string& host,
                         std::chrono::duration<double> time) {
  std::string text;
  for (const Metric& metric : kMetrics) add_metric(text, metric, containers, host);
  add_info(text, containers, host);
  std::size_t unknown = 0;
  for (const Container& container : containers) unknown += container.unknown.empty() ? 0 : 1;
  const auto add_of_node = [&](const MetricName& name, double value) {
    add_heading(text, name);
    add_sample(text, name.name, {{"Hostname", host}}, value);
  };
  add_of_node(kContainers, static_cast<double>(containers.size()));
  add_of_node(kUnknown, static_cast<double>(unknown));
  add_of_node(kTime, time.count());
  return text;
}

std::vector<MetricName> metric_names() {
  std::vector<MetricName> names;
  for (const Metric& metric : kMetrics) names.push_back(metric.name);
  for (const MetricName& name : {kInfo, kContainers, kUnknown, kTime}) names.push_back(name);
  return names;
}

}  // namespace vgpu::exporter

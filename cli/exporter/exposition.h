#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Prometheus' text format, version 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats).
namespace vgpu::exporter {

using Labels = std::vector<std::pair<std::string_view, std::string>>;

// A value between quotes: `\`, `"` and line ends escaped, what is no UTF-8 replaced, because one such byte makes
// Prometheus refuse all of a scrape.
std::string label_value(std::string_view text);

// Appends `# HELP` and `# TYPE` of a metric; all its samples must follow before the next one's.
void add_heading(std::string& text, std::string_view name, std::string_view type, std::string_view help);

// Appends a sample. Labels with an empty value are the same to Prometheus as none, and are left out.
void add_sample(std::string& text, std::string_view name, const Labels& labels, double value);

}  // namespace vgpu::exporter

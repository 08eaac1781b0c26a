#pragma once

#include <cstdio>
#include <string>

// What discovery learns of a device, in lines that are the same for all generations.
namespace probe {

struct Device {
  std::string id;  // GPU-UUID; generation 3 asks for none
  std::string name;
  std::string pci_id;  // generation 1 asks for none
  int major = 0, minor = 0;
  int cuda = 0;        // as cuDriverGetVersion says it
  std::string driver;  // NVIDIA's version, where it is asked for
  unsigned long long total = 0, free = 0;
};

inline void print_count(unsigned long count) {
  std::printf("devices=%lu\n", count);
}

inline void print(const Device& device) {
  std::printf("library=CUDA compute=%d.%d cuda=%d.%d name=\"%s\" total=%llu free=%llu", device.major, device.minor,
              device.cuda / 1000, device.cuda % 1000 / 10, device.name.c_str(), device.total, device.free);
  if (!device.id.empty()) std::printf(" id=%s", device.id.c_str());
  if (!device.pci_id.empty()) std::printf(" pci_id=%s", device.pci_id.c_str());
  if (!device.driver.empty()) std::printf(" driver=%s", device.driver.c_str());
  std::printf("\n");
}

inline std::string uuid_text(const unsigned char* bytes) {
  std::string text = "GPU-";
  for (int index = 0; index < 16; ++index) {
    if (index == 4 || index == 6 || index == 8 || index == 10) text += '-';
    char digits[3];
    std::snprintf(digits, sizeof digits, "%02x", bytes[index]);
    text += digits;
  }
  return text;
}

}  // namespace probe

#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/file_descriptor.h"
#include "oci/plan.h"

// What is kept on the host for a container while it lives: ROOT/containers/ID/, with the files of its plan and, once it
// runs, `pid`: its process ID and that process' start time. ROOT/refused/ has the links of refused starts.
namespace vgpu::hook {

class StateFolders {
 public:
  // Makes the folders. Fails when one of them belongs to someone else.
  static Expected<StateFolders> open(const std::string& root);

  // The path of a container's folder, whether it exists or not.
  [[nodiscard]] std::string path_of(const std::string& id) const { return root_ + "/containers/" + id; }

  // Makes a container's folder anew with these files. Fails for an ID that is no file name.
  Expected<void> create(const std::string& id, const std::vector<oci::File>& files);

  // Makes an empty folder in a container's folder.
  Expected<void> make_folder_in(const std::string& id, const std::string& name);

  // Writes one more file into a container's folder.
  Expected<void> write(const std::string& id, const oci::File& file);

  // Records the process whose life is the container's. No error when the container has no folder.
  Expected<void> record_process(const std::string& id, pid_t pid);

  // True when the container of this ID has a process that lives.
  [[nodiscard]] bool is_in_use(const std::string& id) const;

  // Removes what was kept for a container, if anything.
  Expected<void> remove(const std::string& id);

  // Removes the folders of containers whose process is gone, and those older than two minutes that never had one: what
  // a crash or a killed engine left behind. `may_go` is asked for the ID of each before; false keeps it.
  void sweep(const std::function<bool(const std::string& id)>& may_go);

  // Makes the link NAME to a program in a folder of ROOT/refused and gives its path. NAME may have one `/`.
  Expected<std::string> create_refusal(const std::string& id, const std::string& name, const std::string& program);

 private:
  explicit StateFolders(std::string root) : root_(std::move(root)) {}
  std::string root_;
};

}  // namespace vgpu::hook

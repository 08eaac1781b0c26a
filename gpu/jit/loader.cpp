#include "gpu/jit/loader.h"

#include <llvm/ExecutionEngine/JITLink/JITLinkMemoryManager.h>
#include <llvm/ExecutionEngine/Orc/Core.h>
#include <llvm/ExecutionEngine/Orc/ExecutorProcessControl.h>
#include <llvm/ExecutionEngine/Orc/ObjectLinkingLayer.h>
#include <llvm/Support/MemoryBuffer.h>

#include <atomic>
#include <memory>

#include "base/log.h"
#include "gpu/jit/helpers.h"

namespace vgpu::jit {
namespace {

namespace orc = llvm::orc;

std::string describe(llvm::Error error) {
  return llvm::toString(std::move(error));
}

// Looks helper names up when an object asks for them.
class HelperGenerator : public orc::DefinitionGenerator {
 public:
  llvm::Error tryToGenerate(orc::LookupState&, orc::LookupKind, orc::JITDylib& library, orc::JITDylibLookupFlags,
                            const orc::SymbolLookupSet& names) override {
    orc::SymbolMap found;
    for (const auto& [name, flags] : names) {
      const void* address = find_helper(std::string_view((*name).data(), (*name).size()));
      if (address != nullptr) {
        found[name] = {orc::ExecutorAddr::fromPtr(address), llvm::JITSymbolFlags::Exported};
      }
    }
    return library.define(orc::absoluteSymbols(std::move(found)));
  }
};

struct Linker {
  std::unique_ptr<orc::ExecutionSession> session;
  std::unique_ptr<orc::ObjectLinkingLayer> layer;
  std::atomic<unsigned> loaded = 0;
};

Expected<Linker*> linker() {
  // Never destroyed: kernels may run until the process ends.
  static Expected<Linker*> made = []() -> Expected<Linker*> {
    auto control = orc::SelfExecutorProcessControl::Create();
    if (!control) return failure("set up the linker of compiled kernels: " + describe(control.takeError()));
    auto* fresh = new Linker;
    fresh->session = std::make_unique<orc::ExecutionSession>(std::move(*control));
    // The lookup that fails says only that it failed; the reason is reported here.
    fresh->session->setErrorReporter([](llvm::Error error) { log(LogLevel::Error, describe(std::move(error))); });
    fresh->layer = std::make_unique<orc::ObjectLinkingLayer>(*fresh->session);
    return fresh;
  }();
  return made;
}

}  // namespace

Expected<LoadedKernel> load_object(std::span<const char> object) {
  const Expected<Linker*> link = linker();
  if (!link) return std::unexpected(link.error());
  orc::ExecutionSession& session = *(*link)->session;
  const std::string name = "kernel" + std::to_string((*link)->loaded++);
  orc::JITDylib& library = session.createBareJITDylib(name);
  library.addGenerator(std::make_unique<HelperGenerator>());
  auto buffer = llvm::MemoryBuffer::getMemBufferCopy(llvm::StringRef(object.data(), object.size()), name);
  if (llvm::Error error = (*link)->layer->add(library, std::move(buffer))) {
    return failure("load compiled kernel: " + describe(std::move(error)));
  }
  auto kernel = session.lookup({&library}, session.intern(kKernelSymbol));
  if (!kernel) return failure("link compiled kernel: " + describe(kernel.takeError()));
  auto traits = session.lookup({&library}, session.intern(kTraitsSymbol));
  if (!traits) return failure("link compiled kernel: " + describe(traits.takeError()));
  return LoadedKernel{.function = kernel->getAddress().toPtr<WarpFunction>(),
                      .traits = *traits->getAddress().toPtr<const KernelTraits*>()};
}

}  // namespace vgpu::jit

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// lld reads and writes files, so others stand in for them: memory files (memfd) for what it reads and a pipe for what it writes,
// both named by /proc/self/fd/N. Nothing lies on a disk that could be left behind. (Into a memory file lld does not write: it wants
// to put a temporary file beside it.)
#include "compiler/artifact/Link.h"

#include "lld/Common/Driver.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <link.h>
#include <sys/mman.h>
#include <thread>
#include <unistd.h>

LLD_HAS_DRIVER(elf)

using llvm::Error;
using llvm::Expected;
using llvm::StringRef;
using llvm::Twine;

namespace ingot::artifact {
namespace {

/// A file that lives in memory and goes with this object.
class MemoryFile {
public:
  MemoryFile() : descriptor(memfd_create("ingot", MFD_CLOEXEC)) {}
  MemoryFile(MemoryFile &&other) : descriptor(other.descriptor) { other.descriptor = -1; }
  MemoryFile &operator=(MemoryFile &&) = delete;
  ~MemoryFile() {
    if (descriptor >= 0) close(descriptor);
  }

  std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor); }

  /// 0 or an error number.
  int fill(StringRef contents) const {
    if (descriptor < 0) return errno;
    while (!contents.empty()) {
      ssize_t written = write(descriptor, contents.data(), contents.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return written < 0 ? errno : ENOSPC;
      contents = contents.drop_front(written);
    }
    return 0;
  }

private:
  int descriptor;
};

/// A path that takes what is written to it into a string.
class Catcher {
public:
  Catcher() {
    if (pipe2(ends, O_CLOEXEC) != 0) return;
    reader = std::thread([this] {
      char buffer[1 << 16];
      for (ssize_t count; (count = read(ends[0], buffer, sizeof(buffer))) != 0;) {
        if (count > 0)
          caught.append(buffer, count);
        else if (errno != EINTR)
          break;
      }
    });
  }
  ~Catcher() { finish(); }

  bool isReady() const { return ends[1] >= 0; }
  std::string path() const { return "/proc/self/fd/" + std::to_string(ends[1]); }

  /// All that was written; no more can be.
  std::string finish() {
    if (!reader.joinable()) return {};
    close(ends[1]);
    reader.join();
    close(ends[0]);
    return std::move(caught);
  }

private:
  int ends[2] = {-1, -1};
  std::string caught;
  std::thread reader;
};

Error systemError(StringRef path, const Twine &action, int code) {
  return llvm::createStringError(path + ": error: cannot " + action + ": " + strerror(code));
}

struct ArchitectureRow {
  StringRef name, loader, package;
  std::vector<StringRef> folders; ///< Debian's and others' usual places of the C library
};

const ArchitectureRow &rowOf(Architecture architecture) {
  static const ArchitectureRow rows[] = {
      {"x86-64",
       "/lib64/ld-linux-x86-64.so.2",
       "libc6",
       {"/lib/x86_64-linux-gnu", "/lib64", "/usr/lib64", "/usr/lib/x86_64-linux-gnu", "/lib", "/usr/lib"}},
      {"aarch64",
       "/lib/ld-linux-aarch64.so.1",
       "libc6-arm64-cross",
       {"/usr/aarch64-linux-gnu/lib", "/lib/aarch64-linux-gnu", "/usr/lib/aarch64-linux-gnu",
        "/usr/aarch64-linux-gnu/sys-root/lib64"}},
  };
  return rows[unsigned(architecture)];
}

/// Where this machine keeps a system library: this very process may have it loaded; else the usual places.
Expected<std::string> findSystemLibrary(StringRef name, Architecture architecture) {
  struct Search {
    StringRef name;
    std::string path;
  } search = {name, ""};
  if (architecture == Architecture::x86_64)
    dl_iterate_phdr(
        [](dl_phdr_info *info, size_t, void *data) {
          Search &search = *static_cast<Search *>(data);
          if (llvm::sys::path::filename(info->dlpi_name) != search.name) return 0;
          search.path = info->dlpi_name;
          return 1;
        },
        &search);
  if (!search.path.empty()) return search.path;
  const ArchitectureRow &row = rowOf(architecture);
  for (StringRef folder : row.folders) {
    std::string path = (folder + "/" + name).str();
    if (access(path.c_str(), R_OK) == 0) return path;
  }
  if (architecture == Architecture::x86_64)
    return llvm::createStringError("error: the system's '" + name + "' is not found; a program is linked against it");
  return llvm::createStringError("error: '" + name + "' for " + row.name +
                                 " is not found; a program is linked against it\nnote: looked in " + llvm::join(row.folders, ", ") +
                                 "\nnote: on Debian it comes with the package " + row.package +
                                 "; '--emit object' needs no library");
}

/// The list of a library's visible symbols as the linker reads it.
std::string versionScript(llvm::ArrayRef<std::string> exports) {
  std::string script = "{\n";
  if (!exports.empty()) script += "  global:\n";
  for (const std::string &name : exports) script += "    " + name + ";\n";
  return script + "  local:\n    *;\n};\n";
}

/// What the linker had to say, in the user's terms. The user has no part in it unless a limit was met.
Error linkError(StringRef outputPath, std::string said, StringRef memoryPath) {
  for (size_t at; (at = said.find(memoryPath)) != std::string::npos;) said.replace(at, memoryPath.size(), outputPath.str());
  std::string message = ("internal error: cannot link '" + outputPath + "'").str();
  llvm::SmallVector<StringRef> lines;
  StringRef(said).split(lines, '\n', -1, false);
  for (StringRef line : lines) message += ("\nnote: " + line).str();
  return llvm::createStringError(std::move(message), llvm::inconvertibleErrorCode());
}

} // namespace

Expected<std::string> link(const LinkRequest &request) {
  static bool usable = true; // lld says when a failure has left it unfit for another run
  if (!usable) return llvm::createStringError("internal error: the linker cannot run again after its crash");

  Catcher output;
  if (!output.isReady()) return systemError(request.outputPath, "catch the linker's output", errno);
  MemoryFile script;
  std::vector<MemoryFile> objects(request.objects.size());
  std::vector<std::string> arguments = {"ld.lld", "--no-mmap-output-file", "-o", output.path(), "--gc-sections", "--build-id=none",
                                        "--hash-style=gnu", "--strip-debug", "--discard-locals", "--eh-frame-hdr", "--no-undefined",
                                        "--fatal-warnings", "--color-diagnostics=never",
                                        // read-only after relocation, nothing bound late, no executable stack
                                        "-z", "relro", "-z", "now", "-z", "noexecstack"};
  if (request.shared) {
    if (int code = script.fill(versionScript(request.exports))) return systemError(request.outputPath, "list the exports", code);
    llvm::append_range(arguments,
                       std::vector<std::string>{"-shared", "-soname", llvm::sys::path::filename(request.outputPath).str(),
                                                "--version-script=" + script.path()});
    for (const std::string &name : request.exports) arguments.push_back("--undefined=" + name); // fetched from the archives
  } else {
    llvm::append_range(arguments, std::vector<std::string>{"-pie", "-dynamic-linker", rowOf(request.architecture).loader.str()});
  }
  for (auto [object, contents] : llvm::zip(objects, request.objects)) {
    if (int code = object.fill(contents)) return systemError(request.outputPath, "keep the code in memory", code);
    arguments.push_back(object.path());
  }
  llvm::append_range(arguments, request.files);
  arguments.push_back("--as-needed");
  for (StringRef library : {"libm.so.6", "libc.so.6"}) {
    Expected<std::string> path = findSystemLibrary(library, request.architecture);
    if (!path) return path.takeError();
    arguments.push_back(*path);
  }

  std::vector<const char *> pointers;
  for (const std::string &argument : arguments) pointers.push_back(argument.c_str());
  std::string said;
  llvm::raw_string_ostream stream(said);
  lld::Result result = lld::lldMain(pointers, stream, stream, {{lld::Gnu, &lld::elf::link}});
  usable = result.canRunAgain;
  if (result.retCode != 0) return linkError(request.outputPath, std::move(said), output.path());
  return output.finish();
}

} // namespace ingot::artifact

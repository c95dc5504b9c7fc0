// Faults of packages on a server's disk: a byte that changes, all of them gone, no room for more.
#include <fcntl.h>
#include <unistd.h>

#include <thread>

#include "sim/http_probe.h"
#include "sim/scenario/fault.h"
#include "sim/scenario/package_files.h"

namespace dcount::sim {
namespace {

using std::chrono::milliseconds;

/// A server may have no package yet when its fault is due.
constexpr milliseconds package_time{1'500};
constexpr milliseconds between_looks{10};
/// Of a repair that is asked for at a fault's end.
constexpr milliseconds repair_time{10'000};
constexpr milliseconds ready_time{500};

Error error(std::string message) { return Error{Certainty::definite, std::move(message)}; }

class PackageFault : public Fault {
 public:
  PackageFault(const FaultSpec& spec, Testbed& testbed) : spec_(spec), testbed_(testbed) {}

  std::string target() const override { return name_; }

  Result<void> prepare() override {
    auto part = testbed_.find(*spec_.target);
    if (!part) return part.error();
    part_ = *part;
    if (part_.kind != Part::Kind::server) return error(testbed_.name(part_) + " has no packages");
    name_ = testbed_.name(part_);
    if (!testbed_.running(part_)) return error(name_ + " is down already");
    if (testbed_.stopped(part_)) return error(name_ + " is stopped");
    return {};
  }

 protected:
  ServerProcess& server() const { return testbed_.cluster().server(part_.index); }
  std::filesystem::path data() const { return server().data(); }

  Result<void> wait_for_blobs() {
    const auto end = std::chrono::steady_clock::now() + package_time;
    while ((blobs_ = blobs_on_disk(data())).empty()) {
      if (std::chrono::steady_clock::now() > end) return error(name_ + " has no packages");
      std::this_thread::sleep_for(between_looks);
    }
    return {};
  }

  /// It reads every byte, and mends what it can. One that is down, or starting, does so once it is
  /// there.
  Result<void> have_repaired() const {
    if (!testbed_.running(part_) || !server().ready(ready_time)) return {};
    const auto answer = probe(server().url(), "/api/repair", repair_time, "{}");
    if (answer && answer->status == 200) return {};
    return error(name_ + " gave no report of a repair");
  }

  const FaultSpec spec_;
  Testbed& testbed_;
  Part part_;
  std::string name_;
  std::vector<BlobOnDisk> blobs_;
};

/// Nobody reads the file's bytes when it is sent, so this one may reach a reader, who compares
/// digests.
class CorruptBlob final : public PackageFault {
 public:
  using PackageFault::PackageFault;

  Result<void> prepare() override {
    if (auto fit = PackageFault::prepare(); !fit) return fit;
    return wait_for_blobs();
  }

  Result<void> begin() override {
    // In no order that a seed could decide: as the directory has them.
    const BlobOnDisk& blob = blobs_.front();
    testbed_.note_hurt({part_.index, blob.pkgid});
    const int fd = ::open(blob.path.c_str(), O_RDWR | O_CLOEXEC);
    if (fd < 0) return error("cannot open " + blob.path.string());
    const off_t middle = ::lseek(fd, 0, SEEK_END) / 2;
    char byte = 0;
    const bool done = ::pread(fd, &byte, 1, middle) == 1 &&
                      (byte = static_cast<char>(byte ^ 0x20), ::pwrite(fd, &byte, 1, middle) == 1);
    ::close(fd);
    if (!done) return error("cannot change " + blob.path.string());
    digest_ = digest_on_disk(blob);
    return {};
  }

  Result<std::string> confirm() override {
    const BlobOnDisk& blob = blobs_.front();
    if (!digest_ || *digest_ == blob.sha256) return error("it still has its digest");
    return name_ + ": the file of " + blob.pkgid + " has the digest " + digest_->substr(0, 12) +
           "… and not " + blob.sha256.substr(0, 12) + "…";
  }

  /// That it is mended the copies show that are read in the end.
  Result<void> end() override { return have_repaired(); }

 private:
  std::optional<std::string> digest_;
};

class EmptyDisk final : public PackageFault {
 public:
  using PackageFault::PackageFault;

  Result<void> prepare() override {
    if (auto fit = PackageFault::prepare(); !fit) return fit;
    return wait_for_blobs();
  }

  Result<void> begin() override {
    testbed_.note_hurt({part_.index, ""});
    for (const BlobOnDisk& blob : blobs_) {
      std::error_code failed;
      std::filesystem::remove(blob.path, failed);
      if (!failed) ++removed_;
    }
    return {};
  }

  Result<std::string> confirm() override {
    if (removed_ < blobs_.size()) return error("not all packages could be removed");
    return name_ + ": " + std::to_string(removed_) + " packages were removed from its disk";
  }

  Result<void> end() override { return have_repaired(); }

 private:
  std::size_t removed_ = 0;
};

/// dcount-faulty's edge.
class PackagesFull final : public PackageFault {
 public:
  using PackageFault::PackageFault;

  Result<void> prepare() override {
    if (auto fit = PackageFault::prepare(); !fit) return fit;
    return told({{"get", "state"}});  // one that is only just starting cannot be told anything
  }

  Result<void> begin() override { return told({{"packages", "full"}}); }

  Result<std::string> confirm() override {
    const auto state = testbed_.control(part_.index, {{"get", "state"}});
    if (!state) return state.error();
    if (state->packages == "full") return name_ + " says: there is no room for packages";
    return error(name_ + " says that it has room for packages");
  }

  Result<void> end() override {
    if (!testbed_.running(part_)) return testbed_.launch(part_);  // its edges are sound again
    return told({{"packages", "heal"}});
  }

 private:
  Result<void> told(const Json& request) {
    auto answer = testbed_.control(part_.index, request);
    if (!answer) return answer.error();
    return {};
  }
};

}  // namespace

std::unique_ptr<Fault> make_package_fault(const FaultSpec& spec, Testbed& testbed) {
  if (spec.kind == FaultKind::corrupt_blob) return std::make_unique<CorruptBlob>(spec, testbed);
  if (spec.kind == FaultKind::empty_disk) return std::make_unique<EmptyDisk>(spec, testbed);
  return std::make_unique<PackagesFull>(spec, testbed);
}

}  // namespace dcount::sim

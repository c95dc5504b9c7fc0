// Faults of processes: kill, restart, rolling restart, pause.
#include "sim/scenario/amid.h"
#include "sim/scenario/fault.h"

namespace dcount::sim {
namespace {

/// How long a rolling restart waits for each server before it goes on to the next.
constexpr std::chrono::seconds rolling_ready_time{10};
/// How long a kill waits for its moment.
constexpr std::chrono::milliseconds amid_time{1'500};

Error error(std::string message) { return Error{Certainty::definite, std::move(message)}; }

class ProcessFault : public Fault {
 public:
  ProcessFault(const FaultSpec& spec, Testbed& testbed) : spec_(spec), testbed_(testbed) {}

  std::string target() const override { return name_; }

  Result<void> prepare() override {
    auto part = testbed_.find(*spec_.target);
    if (!part) return part.error();
    part_ = *part;
    name_ = testbed_.name(part_);
    if (!testbed_.running(part_)) return error(name_ + " is down already");
    if (testbed_.stopped(part_)) return error(name_ + " is stopped");
    return {};
  }

 protected:
  const FaultSpec spec_;
  Testbed& testbed_;
  Part part_;
  std::string name_;
};

/// Both ways of ending a process, and its start.
class End final : public ProcessFault {
 public:
  using ProcessFault::ProcessFault;

  Result<void> prepare() override {
    if (auto fit = ProcessFault::prepare(); !fit || !spec_.amid) return fit;
    auto at = stop_amid(*spec_.amid, part_, testbed_, amid_time);
    if (!at) return at.error();
    amid_ = std::move(*at);
    return {};
  }

  Result<void> begin() override {
    spec_.kind == FaultKind::kill ? testbed_.kill(part_) : testbed_.stop(part_);
    how_ = testbed_.process(part_)->exit();
    return {};
  }

  Result<std::string> confirm() override {
    if (!how_) return error(name_ + " still runs");
    std::string said = name_ + (spec_.kind == FaultKind::kill ? " was " : " ended with ");
    said += how_->text();
    return amid_.empty() ? said : said + ", with " + amid_ + " half written";
  }

  Result<void> end() override {
    if (testbed_.running(part_)) return {};
    return testbed_.launch(part_);
  }

 private:
  std::optional<ProcessExit> how_;
  std::string amid_;  ///< what it was at
};

class Pause final : public ProcessFault {
 public:
  using ProcessFault::ProcessFault;

  Result<void> begin() override {
    testbed_.pause(part_);
    return {};
  }

  Result<std::string> confirm() override {
    if (testbed_.stopped(part_)) return name_ + " is in state T";
    return error(name_ + " is not in state T");
  }

  Result<void> end() override {
    testbed_.resume(part_);
    return {};
  }
};

/// Every server in turn: the next one once the last is ready again.
class Rolling final : public Fault {
 public:
  explicit Rolling(Testbed& testbed) : testbed_(testbed) {}

  Result<void> prepare() override { return {}; }
  std::string target() const override { return "servers"; }
  bool over_at_once() const override { return true; }

  Result<void> begin() override {
    LocalCluster& cluster = testbed_.cluster();
    for (std::size_t i = 0; i < cluster.servers(); ++i) {
      auto& server = cluster.server(i);
      const auto how = server.stop();
      if (how) evidence_ += (i == 0 ? "" : ", ") + server.name() + ": " + how->text();
      if (auto launched = server.launch(); !launched) return launched;
      server.wait_ready(rolling_ready_time).has_value();  // late: liveness will tell
      restarted_ += how ? 1 : 0;
    }
    return {};
  }

  Result<std::string> confirm() override {
    if (restarted_ == testbed_.cluster().servers()) return evidence_;
    return error("not all servers ran: " + evidence_);
  }

  Result<void> end() override { return {}; }

 private:
  Testbed& testbed_;
  std::size_t restarted_ = 0;
  std::string evidence_;
};

}  // namespace

std::unique_ptr<Fault> make_process_fault(const FaultSpec& spec, Testbed& testbed) {
  if (spec.kind == FaultKind::rolling) return std::make_unique<Rolling>(testbed);
  if (spec.kind == FaultKind::pause) return std::make_unique<Pause>(spec, testbed);
  return std::make_unique<End>(spec, testbed);
}

}  // namespace dcount::sim

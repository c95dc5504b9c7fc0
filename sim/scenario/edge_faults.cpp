// Faults of a server's own edges, its clock and its disk: told to dcount-faulty over a socket.
#include "sim/scenario/fault.h"

namespace dcount::sim {
namespace {

Error error(std::string message) { return Error{Certainty::definite, std::move(message)}; }

/// How long a server that does not hear us any more may take to end.
constexpr std::chrono::milliseconds last_moment{500};

class EdgeFault final : public Fault {
 public:
  EdgeFault(const FaultSpec& spec, Testbed& testbed) : spec_(spec), testbed_(testbed) {}

  std::string target() const override { return name_; }

  Result<void> prepare() override {
    auto part = testbed_.find(*spec_.target);
    if (!part) return part.error();
    if (part->kind != Part::Kind::server)
      return error(testbed_.name(*part) + " is no server of ours");
    part_ = *part;
    name_ = testbed_.name(part_);
    if (!testbed_.running(part_)) return error(name_ + " is down already");
    // One that is stopped, or only just starting, cannot be told anything.
    return told({{"get", "state"}});
  }

  Result<void> begin() override { return told(request()); }

  Result<std::string> confirm() override {
    if (spec_.kind != FaultKind::clock) return confirm_end();
    auto answer = testbed_.control(part_.index, {{"get", "state"}});
    if (!answer) return answer.error();
    std::string said =
        name_ + " says: its clock is off by " + std::to_string(answer->clock_offset_ms) + " ms";
    if (answer->clock_offset_ms == 0) return error(said);
    return said;
  }

  Result<void> end() override {
    if (!testbed_.running(part_)) return testbed_.launch(part_);  // its edges are sound again
    // Not a jump back: in the meantime it may have been started anew, with a right clock.
    auto healed = told({{spec_.kind == FaultKind::clock ? "clock" : "disk", "heal"}});
    if (healed || testbed_.process(part_)->wait(last_moment) == std::nullopt) return healed;
    return testbed_.launch(part_);  // it was about to end
  }

 private:
  Json request() const {
    switch (spec_.kind) {
      case FaultKind::clock:
        return {{"clock", {{"jump_ms", *spec_.jump_ms}}}};
      case FaultKind::disk_full:
        return {{"disk", "full"}};
      default:
        return {{"disk", "fail_sync"}};
    }
  }

  Result<void> told(const Json& request) {
    auto answer = testbed_.control(part_.index, request);
    if (!answer) return answer.error();
    return {};
  }

  /// A server one of whose writes has failed trusts its disk no more: it ends.
  Result<std::string> confirm_end() {
    const Process* process = testbed_.process(part_);
    const auto how = process->wait(std::chrono::seconds(2));
    if (how) return name_ + " ended with " + how->text();
    return error(name_ + " goes on, though nothing can be written");
  }

  const FaultSpec spec_;
  Testbed& testbed_;
  Part part_;
  std::string name_;
};

}  // namespace

std::unique_ptr<Fault> make_edge_fault(const FaultSpec& spec, Testbed& testbed) {
  return std::make_unique<EdgeFault>(spec, testbed);
}

}  // namespace dcount::sim

// Faults of clients that read: subscribers that stop reading what comes.
#include <charconv>
#include <thread>

#include "sim/scenario/fault.h"

namespace dcount::sim {
namespace {

using Clock = std::chrono::steady_clock;

/// How long bytes may take to come: none come while nothing changes, or a server is down.
constexpr std::chrono::milliseconds bytes_time{200};
constexpr std::chrono::milliseconds between_looks{10};

Error error(std::string message) { return Error{Certainty::definite, std::move(message)}; }

class SlowReader final : public Fault {
 public:
  SlowReader(const FaultSpec& spec, Testbed& testbed) : spec_(spec), testbed_(testbed) {}

  /// Whatever is done to the cluster may keep bytes from coming, and so hide it.
  std::string target() const override { return *spec_.target + "→the cluster"; }

  Result<void> prepare() override {
    Subscribers* all = testbed_.subscribers();
    if (all == nullptr) return error("nobody subscribes");
    std::size_t number = 0;
    const std::string& target = *spec_.target;
    const auto colon = target.find(':');
    if (colon != std::string::npos) {
      std::from_chars(target.data() + colon + 1, target.data() + target.size(), number);
    }
    for (std::size_t i = 0; i < all->size(); ++i) {
      const bool meant = target == "tails" || i + 1 == number;
      if (meant && all->at(i).connected()) readers_.push_back(&all->at(i));
    }
    if (readers_.empty()) return error("none of them is connected");
    return {};
  }

  Result<void> begin() override {
    for (Subscriber* reader : readers_) reader->pause();
    return {};
  }

  Result<std::string> confirm() override {
    const auto end = Clock::now() + bytes_time;
    while (true) {
      std::string evidence;
      for (const Subscriber* reader : readers_) {
        const std::size_t bytes = reader->unread();
        if (bytes == 0) continue;
        evidence += (evidence.empty() ? "" : ", ") + reader->name() + " leaves " +
                    std::to_string(bytes) + " bytes unread";
      }
      if (!evidence.empty()) return evidence;
      if (Clock::now() >= end) return error("nothing has come for " + *spec_.target);
      std::this_thread::sleep_for(between_looks);
    }
  }

  Result<void> end() override {
    for (Subscriber* reader : readers_) reader->resume();
    readers_.clear();
    return {};
  }

 private:
  const FaultSpec spec_;
  Testbed& testbed_;
  std::vector<Subscriber*> readers_;
};

}  // namespace

std::unique_ptr<Fault> make_reader_fault(const FaultSpec& spec, Testbed& testbed) {
  return std::make_unique<SlowReader>(spec, testbed);
}

}  // namespace dcount::sim

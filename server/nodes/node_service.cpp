#include "server/nodes/node_service.h"

#include <algorithm>
#include <condition_variable>
#include <cstdlib>
#include <iterator>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <variant>

#include "server/core/names.h"
#include "server/engine/blocking_call.h"

namespace dcount::nodes {
namespace {

using Steady = std::chrono::steady_clock;

std::string clock_trouble(const ClockVerdict& clock) {
  if (!clock.off) return {};
  const bool behind = clock.median_ms > 0;
  const std::int64_t tenths = (behind ? clock.median_ms : -clock.median_ms) / 100;
  return "this server's clock is " + std::to_string(tenths / 10) + "." +
         std::to_string(tenths % 10) + " s " + (behind ? "behind" : "ahead of") +
         " the median of " + std::to_string(clock.others) +
         " other nodes: set it right and start the server again";
}

/// Its probes say who asks.
ProberOptions prober_options(const NodeServiceOptions& options) {
  ProberOptions prober = options.prober;
  prober.node = options.name;
  return prober;
}

}  // namespace

struct NodeService::Impl final : engine::CompletionSink {
  Impl(engine::Engine& engine, const engine::Clock& clock, NodeServiceOptions given)
      : engine(engine),
        clock(clock),
        options(std::move(given)),
        membership(options.name, options.leases, clock.now().unix_ms),
        prober(
            clock, [this](const Probe& probe) { post(probe); }, prober_options(options)) {
    publish();
  }

  // ---- from other threads

  void deliver(std::vector<engine::Completion> completions) override {
    const std::lock_guard lock(mutex);
    std::ranges::move(completions, std::back_inserter(completed));
    wake.notify_one();
  }

  void post(const Probe& probe) {
    const std::lock_guard lock(mutex);
    probes.push_back(probe);
    wake.notify_one();
  }

  // ---- the service's thread; before it there is one, start's

  /// What is not done here is tried again by the thread.
  void join() {
    const core::Outcome outcome =
        engine::BlockingCall(engine).run(core::RegisterNode{options.name, addresses, program});
    registered = outcome.code == core::Code::ok || outcome.code == core::Code::created;
    if (!registered) return;
    const core::Outcome list = engine::BlockingCall(engine).run(core::ListNodes{});
    if (const auto* nodes = std::get_if<core::NodeListOutcome>(&list.value)) on_list(nodes->nodes);
    publish();
  }

  void run() {
    while (take_in()) {
      keep_registered();
      ask_for_list();
      announce();
      judge_clock();
      publish();
    }
  }

  /// Waits until there is something to do. False: stop.
  bool take_in() {
    std::vector<engine::Completion> completions;
    std::vector<Probe> answers;
    {
      std::unique_lock lock(mutex);
      wake.wait_until(lock, next_tick,
                      [&] { return stopping || !completed.empty() || !probes.empty(); });
      if (stopping) return false;
      completions.swap(completed);
      answers.swap(probes);
    }
    for (const Probe& probe : answers) membership.on_probe(probe);
    for (const engine::Completion& completion : completions) on_completed(completion);
    return true;
  }

  void on_completed(const engine::Completion& completion) {
    const auto at = in_flight.find(completion.ticket.id);
    if (at == in_flight.end()) return;
    const core::CommandBody command = std::move(at->second);
    in_flight.erase(at);
    const core::Code code = completion.outcome.code;
    const bool done = code == core::Code::ok || code == core::Code::created;
    if (const auto* list = std::get_if<core::NodeListOutcome>(&completion.outcome.value)) {
      on_list(list->nodes);
    } else if (std::holds_alternative<core::RegisterNode>(command)) {
      if (done) registered = true;
    } else if (const auto* forget = std::get_if<core::ForgetNode>(&command)) {
      if (done) gone_writers.push_back(forget->name);
    }
  }

  void on_list(const std::vector<core::ListedNode>& nodes) {
    // What the store's changes do not tell us at present, we do not judge.
    if (suspended_why.empty() && !engine.trouble().empty()) return;
    membership.on_list(nodes, clock.now().unix_ms);
    listed = true;
    const auto own = std::ranges::find(nodes, options.name, &core::ListedNode::name);
    const bool as_wanted = own != nodes.end() && own->node && own->node->addresses == addresses &&
                           own->node->program == program;
    // A list from before the registration was committed is only early.
    if (!as_wanted && !is_in_flight<core::RegisterNode>(options.name)) registered = false;
    prober.set_peers(membership.peers());
    if (registered) tell_of_others();
  }

  /// Once for each list: what was told is in the next one.
  void tell_of_others() {
    for (core::MarkNode& mark : membership.marks()) {
      if (!is_in_flight<core::MarkNode>(mark.name)) submit({std::move(mark), {}});
    }
    for (core::ForgetNode& forget : membership.to_forget()) {
      if (!is_in_flight<core::ForgetNode>(forget.name)) submit({std::move(forget), {}});
    }
    // Only now nobody with this name can come back unseen. What fails is tried again.
    std::erase_if(gone_writers,
                  [&](const std::string& name) { return engine.forget_writer(name).has_value(); });
  }

  void submit(core::Command command) {
    const std::uint64_t id = next_id++;
    in_flight[id] = command.body;
    std::vector<engine::Submission> one;
    one.push_back({std::move(command), {this, id}, {}});
    engine.submit(one);
  }

  template <class Body>
  bool is_in_flight(const std::string& name) const {
    return std::ranges::any_of(in_flight, [&](const auto& sent) {
      const auto* body = std::get_if<Body>(&sent.second);
      return body != nullptr && body->name == name;
    });
  }

  void keep_registered() {
    if (registered || Steady::now() < next_registration) return;
    if (is_in_flight<core::RegisterNode>(options.name)) return;
    next_registration = Steady::now() + options.tick;
    submit({core::RegisterNode{options.name, addresses, program}, {}});
  }

  void ask_for_list() {
    if (Steady::now() < next_tick) return;
    next_tick = Steady::now() + options.tick;
    if (options.on_tick) options.on_tick();
    const bool asked = std::ranges::any_of(in_flight, [](const auto& sent) {
      return std::holds_alternative<core::ListNodes>(sent.second);
    });
    if (!asked) submit({.body = core::ListNodes{}, .stale = true});
  }

  void announce() {
    if (!registered) return;
    core::Presence own = membership.presence();
    if (options.disk_use) own.disk = options.disk_use();
    std::string presence = core::encode(own);
    if (presence != announced) {
      announced = presence;
      engine.announce(std::move(presence));
    }
  }

  void judge_clock() {
    verdict = membership.clock();
    std::string why = clock_trouble(verdict);
    if (why == suspended_why) return;
    suspended_why = why;
    engine.suspend(std::move(why));
  }

  void publish() {
    known = static_cast<std::int64_t>(std::max<std::size_t>(1, membership.known()));
    NodeSnapshot fresh{membership.nodes(), membership.live(), verdict, listed && registered};
    const auto self = std::ranges::find(fresh.nodes, true, &NodeStatus::self);
    if (options.disk_use && self != fresh.nodes.end()) self->disk = options.disk_use();
    const std::lock_guard lock(mutex);
    published = std::move(fresh);
  }

  engine::Engine& engine;
  const engine::Clock& clock;
  const NodeServiceOptions options;

  // The thread's own.
  core::NodeAddresses addresses;
  std::string program;
  Membership membership;
  std::map<std::uint64_t, core::CommandBody> in_flight;
  std::uint64_t next_id = 0;
  bool registered = false;
  bool listed = false;
  Steady::time_point next_registration;
  Steady::time_point next_tick;
  std::string announced;
  std::vector<std::string> gone_writers;  ///< forgotten, but for their marks
  ClockVerdict verdict;
  std::string suspended_why;
  std::atomic<std::int64_t> known = 1;

  mutable std::mutex mutex;  // guards what follows
  std::condition_variable wake;
  std::vector<engine::Completion> completed;
  std::vector<Probe> probes;
  NodeSnapshot published;
  bool stopping = false;

  Prober prober;  // after all that its threads touch
  std::thread thread;
};

NodeService::NodeService(engine::Engine& engine, const engine::Clock& clock,
                         NodeServiceOptions options)
    : impl_(std::make_unique<Impl>(engine, clock, std::move(options))) {}

NodeService::~NodeService() { stop(); }

void NodeService::start(core::NodeAddresses addresses, std::string program) {
  // The record could not be read back, and would be written for ever.
  const bool valid = core::is_node_name(impl_->options.name) &&
                     core::is_node_address(addresses.external) &&
                     core::is_node_address(addresses.internal) && !program.empty();
  if (!valid) std::abort();
  impl_->addresses = std::move(addresses);
  impl_->program = std::move(program);
  impl_->join();
  impl_->thread = std::thread([this] { impl_->run(); });
}

void NodeService::stop() {
  impl_->prober.stop();
  if (!impl_->thread.joinable()) return;
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
    impl_->wake.notify_one();
  }
  impl_->thread.join();
}

NodeSnapshot NodeService::snapshot() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->published;
}

std::int64_t NodeService::known_count() const { return impl_->known; }

}  // namespace dcount::nodes

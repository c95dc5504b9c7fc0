#include "tests/report/made_run.h"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>
#include <queue>
#include <random>
#include <stdexcept>
#include <string>
#include <unordered_map>

namespace dcount::report {
namespace {

using check::Function;
using check::Operation;
using check::Outcome;

struct PlannedFault {
  const char* kind;
  const char* target;
  double from;  ///< as parts of the run
  double to;
  std::uint16_t node;  ///< whose operations suffer; 0: everybody's a little
};

constexpr PlannedFault planned[] = {
    {"kill", "node-2", .12, .19, 2},
    {"pause", "etcd-1", .26, .31, 0},
    {"cut", "node-1 → etcd-2", .36, .45, 1},
    {"kill", "node-3", .50, .55, 3},
    {"latency", "etcd-2 ↔ etcd-3", .60, .68, 0},
    {"clock", "node-1", .72, .75, 1},
};
constexpr double heal = .80;
constexpr double last = .93;

class Maker {
 public:
  Maker(const std::filesystem::path& file, const MadeRunOptions& options)
      : options_(options),
        random_(options.seed),
        journal_(std::fopen(file.c_str(), "we"), &std::fclose),
        values_(options.keys, 0) {
    if (!journal_) throw std::runtime_error("cannot write " + file.string());
    history_.scenario = "kill-during-commit";
    history_.seed = options.seed;
    history_.nodes = {"", "node-1", "node-2", "node-3"};
    for (std::uint32_t key = 0; key < options.keys; ++key) {
      history_.keys.push_back(key == 0 ? "views/home" : "views/page-" + std::to_string(key));
      history_.facts.push_back({.kind = check::KeyFacts::Kind::counter, .version = 1});
    }
    std::fprintf(journal_.get(), "{\"type\":\"header\",\"format\":1}\n");
    history_.operations.reserve(options.operations);
  }

  void run() {
    for (std::uint32_t client = 0; client < options_.clients; ++client) {
      events_.push({draw(0, 2'000'000), client, false});
    }
    while (!events_.empty()) {
      const Event event = events_.top();
      events_.pop();
      tell_faults(event.at);
      if (event.completes) {
        complete(event);
      } else if (history_.operations.size() < options_.operations) {
        invoke(event);
      }
    }
    tell_faults(options_.duration_ns * 2);
  }

  check::History history() && { return std::move(history_); }
  /// Two increments of the first key that returned the same value.
  const std::vector<check::Index>& duplicates() const { return duplicates_; }

 private:
  struct Event {
    std::int64_t at;
    std::uint32_t client;
    bool completes;
    bool operator<(const Event& other) const { return at > other.at; }
  };

  std::int64_t draw(std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(random_);
  }
  std::int64_t moment(double part) const {
    return static_cast<std::int64_t>(part * static_cast<double>(options_.duration_ns));
  }
  /// Between two operations of a client, roughly.
  std::int64_t mean_ns() const {
    return options_.duration_ns * options_.clients / static_cast<std::int64_t>(options_.operations);
  }
  check::Index line() { return next_line_++; }

  void tell_faults(std::int64_t now) {
    for (std::size_t i = 0; i < std::size(planned); ++i) {
      const auto& plan = planned[i];
      const bool confirmed = !(options_.unconfirmed_fault && i == 2);
      if (history_.faults.size() == i && now >= moment(plan.from)) {
        history_.faults.push_back({.kind = plan.kind,
                                   .target = plan.target,
                                   .id = static_cast<std::uint32_t>(i + 1),
                                   .began = nemesis(plan.kind, moment(plan.from)),
                                   .began_ns = moment(plan.from),
                                   .confirmed = confirmed,
                                   .evidence = confirmed ? "seen in /proc: state as wanted"
                                                         : "the probe still got through"});
      }
      if (i < history_.faults.size() && history_.faults[i].ended == check::never &&
          now >= moment(plan.to)) {
        history_.faults[i].ended = nemesis(plan.kind, moment(plan.to));
        history_.faults[i].ended_ns = moment(plan.to);
      }
    }
    if (history_.phases.empty() && now >= moment(heal)) {
      history_.phases.push_back({"heal", nemesis("phase", moment(heal))});
    }
    if (history_.phases.size() == 1 && now >= moment(last)) {
      history_.phases.push_back({"final", nemesis("phase", moment(last))});
    }
  }
  check::Index nemesis(const char* kind, std::int64_t at) {
    const auto index = line();
    std::fprintf(
        journal_.get(),
        "{\"index\":%u,\"process\":\"nemesis\",\"type\":\"info\",\"f\":\"%s\",\"time\":%lld}\n",
        index, kind, static_cast<long long>(at));
    return index;
  }

  const PlannedFault* fault_at(std::int64_t at) const {
    for (const auto& plan : planned) {
      if (at >= moment(plan.from) && at < moment(plan.to)) return &plan;
    }
    return nullptr;
  }

  void invoke(const Event& event) {
    const bool final_reads = event.at >= moment(last);
    Operation operation;
    operation.invoked = line();
    operation.process = event.client;
    operation.key = static_cast<std::uint32_t>(draw(0, options_.keys - 1));
    operation.node = static_cast<std::uint16_t>(event.client % 3 + 1);
    operation.function = final_reads || draw(0, 9) < 3 ? Function::read : Function::add;
    if (operation.function == Function::add) operation.argument = 1;
    const std::int64_t mean = mean_ns();
    std::int64_t takes = std::max<std::int64_t>(1000, draw(mean / 5, mean / 2));
    if (operation.function == Function::read) takes /= 3;
    if (draw(0, 200) == 0) takes *= 6;
    const PlannedFault* fault = fault_at(event.at);
    if (fault != nullptr && fault->node == operation.node && operation.function == Function::add) {
      const bool gives_up = draw(0, 2) > 0;
      takes = gives_up ? options_.duration_ns / 80 : moment(fault->to) - event.at + draw(0, mean);
      operation.outcome = gives_up ? Outcome::unknown : Outcome::ok;
    } else {
      if (fault != nullptr && fault->node == 0) takes *= 3;
      operation.outcome = draw(0, 400) == 0 ? Outcome::fail : Outcome::ok;
    }
    write(operation, "invoke", operation.invoked, operation.argument, event.at);
    open_[event.client] = history_.operations.size();
    history_.operations.push_back(operation);
    events_.push({event.at + takes, event.client, true});
  }

  void complete(const Event& event) {
    Operation& operation = history_.operations[open_[event.client]];
    const auto at = line();
    auto& value = values_[operation.key];
    const bool applies = operation.outcome == Outcome::ok ||
                         (operation.outcome == Outcome::unknown && draw(0, 1) == 0);
    if (operation.function == Function::add && applies) {
      const bool lost = options_.lost_increment && !lost_ && operation.key == 0 &&
                        event.at > moment(.13) && operation.outcome == Outcome::ok;
      ++value;
      if (operation.outcome == Outcome::ok) note_value(operation, value);
      operation.result = value;
      if (lost) --value;  // and the next increment returns it once more
      lost_ = lost_ || lost;
    } else {
      operation.result = value;
    }
    if (operation.outcome == Outcome::unknown) operation.result = check::none;
    if (operation.outcome == Outcome::fail) operation.result = check::none;
    if (operation.outcome != Outcome::unknown) operation.completed = at;
    if (operation.outcome == Outcome::ok) operation.version = operation.result + 1;
    const char* types[] = {"ok", "fail", "info"};
    write(operation, types[static_cast<int>(operation.outcome)], at, operation.result, event.at);
    events_.push({event.at + draw(mean_ns() / 4, mean_ns()), event.client, false});
  }

  void note_value(const Operation& operation, std::int64_t value) {
    if (operation.key != 0 || !duplicates_.empty()) return;
    const auto [before, fresh] = returned_.try_emplace(value, operation.invoked);
    if (!fresh) duplicates_ = {before->second, operation.invoked};
  }

  void write(const Operation& operation, const char* type, check::Index index, std::int64_t value,
             std::int64_t at) {
    std::fprintf(journal_.get(),
                 "{\"index\":%u,\"process\":%u,\"type\":\"%s\",\"f\":\"%s\",\"key\":\"%s\",", index,
                 operation.process, type, operation.function == Function::add ? "add" : "read",
                 history_.keys[operation.key].c_str());
    if (value != check::none) {
      std::fprintf(journal_.get(), "\"value\":%lld,", static_cast<long long>(value));
    }
    std::fprintf(journal_.get(), "\"time\":%lld}\n", static_cast<long long>(at));
  }

  MadeRunOptions options_;
  std::mt19937_64 random_;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> journal_;
  check::History history_;
  std::vector<std::int64_t> values_;
  std::priority_queue<Event> events_;
  std::unordered_map<std::uint32_t, std::size_t> open_;
  std::unordered_map<std::int64_t, check::Index> returned_;
  std::vector<check::Index> duplicates_;
  check::Index next_line_ = 0;
  bool lost_ = false;
};

check::Judgement judge(const check::History& history, const std::vector<check::Index>& duplicates,
                       const MadeRunOptions& options) {
  check::Judgement judgement{check::Verdict::valid, {}};
  for (std::size_t key = 0; key < history.keys.size(); ++key) {
    check::Finding finding{.judge = "increments",
                           .key = history.keys[key],
                           .verdict = check::Verdict::valid,
                           .summary = "increments by one and reads are linearizable"};
    if (key == 0 && !duplicates.empty()) {
      finding.verdict = judgement.verdict = check::Verdict::invalid;
      finding.summary = "an acknowledged increment is lost";
      finding.witness = {
          "Two increments of views/home were acknowledged with the same value. One of "
          "them is not in the counter: an acknowledged increment was lost.",
          duplicates};
    }
    judgement.findings.push_back(finding);
  }
  check::Finding evidence{
      .judge = "evidence",
      .verdict = check::Verdict::valid,
      .summary = "operations were ok during each fault; every node was read last"};
  if (options.unconfirmed_fault) {
    evidence.verdict = check::Verdict::unknown;
    evidence.summary = "fault 3 (cut) was never confirmed";
    judgement.verdict = std::max(judgement.verdict, check::Verdict::unknown);
  }
  judgement.findings.push_back(evidence);
  std::stable_sort(judgement.findings.begin(), judgement.findings.end(),
                   [](const auto& a, const auto& b) { return a.verdict > b.verdict; });
  return judgement;
}

RunFacts facts_of(const MadeRunOptions& options) {
  RunFacts facts;
  facts.scenario = "kill-during-commit";
  facts.about =
      "Servers are killed, paused and cut off from etcd while clients increment three counters; "
      "no increment that was acknowledged may be lost, and none may count twice.";
  facts.scenario_text =
      "{\n  \"name\": \"kill-during-commit\",\n  \"cluster\": {\"engine\": \"etcd\", \"servers\": "
      "3, "
      "\"members\": 3},\n  \"faults\": [{\"kind\": \"kill\", \"target\": \"any server\"}]\n}\n";
  facts.seed = options.seed;
  facts.engine = "etcd";
  for (const char* name : {"node-1", "node-2", "node-3"}) {
    facts.processes.push_back({name, ProcessFacts::Role::server, "127.0.0.1:40123"});
  }
  for (const char* name : {"etcd-1", "etcd-2", "etcd-3"}) {
    facts.processes.push_back({name, ProcessFacts::Role::member, "127.0.0.1:40200"});
  }
  facts.versions = {{"dcount", "0.1.0 (73dd80e)"}, {"etcd", "3.4.23"}, {"kernel", "6.1.0"}};
  facts.reproduce = "dcount sim run scenarios/fast/kill-during-commit.json --seed " +
                    std::to_string(options.seed);
  facts.began = std::chrono::system_clock::time_point(std::chrono::seconds(1'795'000'000));
  facts.duration = std::chrono::nanoseconds(options.duration_ns);
  if (options.lost_increment) facts.reproduction = ReproductionRate{7, 10};
  facts.limits = {{"time", "30 s"}, {"operations in flight", "64"}};
  facts.planned_faults = {{"kill", 2}, {"pause", 1}, {"cut", 1}, {"latency", 1}, {"clock", 1}};
  facts.logs = {"logs/node-1.log", "logs/node-2.log", "logs/node-3.log", "logs/etcd-1.log"};
  return facts;
}

}  // namespace

MadeRun make_run(const std::filesystem::path& folder, const MadeRunOptions& options) {
  MadeRun run;
  run.journal = folder / "history.jsonl";
  std::vector<check::Index> duplicates;
  {
    Maker maker(run.journal, options);
    maker.run();
    duplicates = maker.duplicates();
    run.history = std::move(maker).history();
  }
  run.judgement = judge(run.history, duplicates, options);
  run.facts = facts_of(options);
  return run;
}

}  // namespace dcount::report

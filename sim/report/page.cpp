#include "sim/report/page.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "sim/report/counter_bounds.h"
#include "sim/report/lanes.h"
#include "sim/report/page_template.h"
#include "sim/report/series.h"
#include "sim/report/story.h"
#include "sim/report/verdict_json.h"
#include "sim/report/words.h"

namespace dcount::report {
namespace {

constexpr std::size_t page_findings_max = 300;
constexpr std::size_t page_faults_max = 400;
constexpr std::size_t page_logs_max = 200;
constexpr std::size_t page_phases_max = 20;
constexpr std::size_t page_kinds_max = 60;
constexpr std::size_t page_scenario_max = 100'000;
constexpr std::size_t name_max = 160;
/// Texts are as long as all of them together allow: these are tried in turn. What stands in a
/// script is six times as long at worst.
constexpr std::size_t page_text_maxima[] = {4000, 1000, 200, 60};
constexpr std::size_t page_texts_bytes = 1'500'000;

/// Whole numbers are shorter without ".0", and exact.
Json number(double value) {
  if (std::abs(value) < 9e15 && value == std::floor(value)) return static_cast<std::int64_t>(value);
  return value;
}

Json numbers(const std::vector<double>& values) {
  Json json = Json::array();
  for (const double value : values) json.push_back(number(value));
  return json;
}

Json latency_json(const Latency& latency) {
  using Quantiles = Latency::Quantiles;
  Json json;
  const auto add = [&](const char* name, std::int64_t Quantiles::*quantile) {
    Json values = Json::array();
    for (const auto& bin : latency.bins) {
      // Microseconds are enough for the eye.
      values.push_back(bin.*quantile < 0 ? -1 : (bin.*quantile + 500) / 1000);
    }
    json[name] = {{"us", std::move(values)}, {"whole_ns", latency.whole.*quantile}};
  };
  add("p50", &Quantiles::p50);
  add("p90", &Quantiles::p90);
  add("p99", &Quantiles::p99);
  add("max", &Quantiles::max);
  return json;
}

Json series_json(const Series& series, bool timed) {
  Json json = {{"ok", series.ok}, {"fail", series.failed}, {"unknown", series.unknown}};
  if (timed) {
    json["latency"] = {{"all", latency_json(series.all)},
                       {"reads", latency_json(series.reads)},
                       {"writes", latency_json(series.writes)}};
  }
  return json;
}

Json lanes_json(const Lanes& lanes) {
  Json nodes = Json::array();
  for (const auto& node : lanes.nodes) {
    nodes.push_back(
        {{"name", cut(node.name, name_max)}, {"role", node.role}, {"answered", node.answered}});
  }
  Json clients = Json::array();
  for (const auto& client : lanes.clients) {
    clients.push_back({{"process", client.process},
                       {"operations", client.operations},
                       {"unknown", client.unknown},
                       {"witness", client.of_witness},
                       {"states", client.states}});
  }
  return {{"nodes", std::move(nodes)},
          {"nodes_left_out", lanes.nodes_left_out},
          {"clients", std::move(clients)},
          {"clients_left_out", lanes.clients_left_out}};
}

Json counter_json(const CounterBounds& counter) {
  Json seen = Json::array();
  for (const auto& bin : counter.seen) {
    seen.push_back({bin.bin, number(bin.min), number(bin.max), number(bin.above_min),
                    number(bin.above_max), number(bin.room), bin.outside});
  }
  Json outliers = Json::array();
  for (const auto& outlier : counter.outliers) {
    outliers.push_back({{"operation", outlier.operation},
                        {"process", outlier.process},
                        {"at", outlier.at},
                        {"value", number(outlier.value)},
                        {"least", number(outlier.least)},
                        {"most", number(outlier.most)}});
  }
  return {{"key", cut(counter.key, name_max)},
          {"without_bounds", counter.without_bounds},
          {"operations", counter.operations},
          {"unknown", counter.unknown},
          {"least", numbers(counter.least)},
          {"most", numbers(counter.most)},
          {"seen", std::move(seen)},
          {"outliers", std::move(outliers)},
          {"outliers_left_out", counter.outliers_left_out}};
}

Json story_json(const Story& story) {
  Json operations = Json::array();
  for (const auto& operation : story.operations) {
    Json json = {{"invoked", operation.invoked},    {"began", operation.began},
                 {"process", operation.process},    {"outcome", word_for(operation.outcome)},
                 {"witness", operation.of_witness}, {"key", cut(operation.key, name_max)},
                 {"words", operation.words},        {"node", cut(operation.node, name_max)}};
    if (operation.completed != check::never) {
      json["completed"] = operation.completed;
      json["ended"] = operation.ended;
    }
    // As text: a script's numbers are not exact above 2^53.
    if (operation.version != check::none) json["version"] = std::to_string(operation.version);
    operations.push_back(std::move(json));
  }
  return {{"finding", story.finding},
          {"operations", std::move(operations)},
          {"left_out", story.left_out}};
}

/// Where a fault is drawn: its times as they are plotted, and the lanes it names.
void place_faults(Json& data, const check::History& history, const Lanes& lanes,
                  const JournalTimes& times) {
  const auto told = told_faults(history.faults, page_faults_max);
  for (std::size_t i = 0; i < told.size(); ++i) {
    const check::Fault& fault = history.faults[told[i]];
    Json& json = data["faults"][i];
    const bool ended = fault.ended != check::never;
    json["from"] = times[fault.began];
    json["to"] = ended ? times[fault.ended] : times.latest;
    json["lasts"] = !ended;
    Json named = Json::array();
    for (std::size_t lane = 0; lane < lanes.nodes.size(); ++lane) {
      const NodeLane& node = lanes.nodes[lane];
      const bool one_of_all = !node.role.empty() && names_process(fault.target, node.role + "s");
      if (one_of_all || names_process(fault.target, node.name)) named.push_back(lane);
    }
    json["lanes"] = std::move(named);
  }
}

Json run_json(const RunFacts& facts) {
  Json processes = Json::array();
  for (const auto& process : facts.processes) {
    if (processes.size() == page_logs_max) break;
    const bool server = process.role == ProcessFacts::Role::server;
    processes.push_back({{"name", cut(process.name, name_max)},
                         {"role", server ? "server" : "member"},
                         {"address", cut(process.address, name_max)}});
  }
  Json logs = Json::array();
  for (const auto& log : facts.logs) {
    if (logs.size() == page_logs_max) break;
    logs.push_back(cut(log, name_max));
  }
  return {{"processes", std::move(processes)},
          {"logs", std::move(logs)},
          {"logs_left_out", facts.logs.size() - std::min(facts.logs.size(), page_logs_max)},
          {"scenario_text", cut(facts.scenario_text, page_scenario_max)}};
}

Json phases_json(const check::History& history, const JournalTimes& times) {
  Json phases = Json::array();
  for (const auto& phase : history.phases) {
    if (phases.size() == page_phases_max) break;
    phases.push_back({{"name", cut(phase.name, name_max)}, {"at", times[phase.began]}});
  }
  return phases;
}

Json verdict_counts(const check::Judgement& judgement) {
  std::size_t counts[3] = {};
  for (const auto& finding : judgement.findings) ++counts[static_cast<int>(finding.verdict)];
  return {{"valid", counts[0]}, {"unknown", counts[1]}, {"invalid", counts[2]}};
}

/// What is told in words, and not plotted.
Json texts_json(const RunFacts& facts, const check::History& history,
                const check::Judgement& judgement) {
  Json json;
  for (const std::size_t text_max : page_text_maxima) {
    json = verdict_json(facts, history, judgement,
                        {page_findings_max, page_faults_max, text_max, page_kinds_max});
    if (to_script(json).size() <= page_texts_bytes) break;
  }
  return json;
}

struct Filling {
  std::string_view place;  ///< in the template
  std::string text;
};

/// The template with each place replaced. What is put in is not searched for places.
std::string filled(std::string_view page, const std::vector<Filling>& parts) {
  std::string text;
  while (true) {
    auto first = page.npos;
    const Filling* next = nullptr;
    for (const Filling& part : parts) {
      const auto at = page.find(part.place);
      if (at >= first) continue;
      first = at;
      next = &part;
    }
    text += page.substr(0, first);
    if (next == nullptr) return text;
    text += next->text;
    page.remove_prefix(first + next->place.size());
  }
}

}  // namespace

Json page_data(const RunFacts& facts, const check::History& history,
               const check::Judgement& judgement, const JournalTimes& times) {
  const TimeAxis axis = axis_of(times);
  Json data = texts_json(facts, history, judgement);
  data["seed"] = std::to_string(facts.seed);  // a script's numbers are not exact above 2^53
  data["run"] = run_json(facts);
  data["verdicts"] = verdict_counts(judgement);
  data["axis"] = {{"timed", axis.timed},
                  {"width", axis.width},
                  {"bins", axis.bins},
                  {"end", std::max<std::int64_t>(times.latest, 1)}};
  data["series"] = series_json(series_of(history, times, axis), axis.timed);
  const Lanes lanes = lanes_of(history, judgement, facts, times, axis);
  place_faults(data, history, lanes, times);
  data["lanes"] = lanes_json(lanes);
  data["phases"] = phases_json(history, times);
  const BoundedCounters bounds = bounds_of(history, judgement, times, axis);
  Json counters = Json::array();
  for (const auto& counter : bounds.counters) counters.push_back(counter_json(counter));
  data["counters"] = std::move(counters);
  data["counters_left_out"] = bounds.left_out;
  Json stories = Json::array();
  for (const auto& story : stories_of(history, judgement, times)) {
    stories.push_back(story_json(story));
  }
  data["stories"] = std::move(stories);
  return data;
}

std::string page_of(const Json& data, std::string_view title, std::string_view plain_words) {
  return filled(page_template, {{"{{title}}", escape_xml(title)},
                                {"{{plain_words}}", escape_xml(plain_words)},
                                {"{{data}}", to_script(data)}});
}

}  // namespace dcount::report

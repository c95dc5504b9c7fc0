#include "sim/check/export.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "sim/check/words.h"

namespace dcount::check {
namespace {

using Json = nlohmann::ordered_json;

/// The parts of one operation: one, or those of a batch.
struct Step {
  std::uint32_t first = 0;
  std::uint32_t parts = 1;
};

std::vector<Step> steps_of(const History& history) {
  std::vector<Step> steps;
  for (std::uint32_t i = 0; i < history.operations.size(); ++i) {
    if (on_package(history.operations[i].function)) continue;
    std::uint32_t group = history.operations[i].group;
    if (group != 0 && i > 0 && history.operations[i - 1].group == group) {
      ++steps.back().parts;
    } else {
      steps.push_back({i, 1});
    }
  }
  return steps;
}

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json number_or_null(std::int64_t number) { return number == none ? Json(nullptr) : Json(number); }

std::int64_t asked_delta(const History& history, const Operation& operation) {
  return operation.saturated ? history.list(operation)[0] : operation.argument;
}

Json names_of(const History& history, const Operation& operation) {
  Json names = Json::array();
  for (std::int64_t id : history.list(operation)) {
    names.push_back(history.names[static_cast<std::size_t>(id)]);
  }
  return names;
}

Json list_or_result(const History& history, const Operation& operation) {
  if (operation.function == Function::members) return names_of(history, operation);
  if (operation.function == Function::next) return Json(history.list(operation));
  return number_or_null(operation.result);
}

Json input_of(const History& history, const Step& step) {
  const Operation& first = history.operations[step.first];
  if (first.group == 0) {
    Json input{{"f", name_of(first.function)}, {"key", history.keys[first.key]}};
    if (first.function == Function::items) {
      input["value"] = names_of(history, first);
    } else if (first.argument != none) {
      input["value"] = asked_delta(history, first);
    }
    return input;
  }
  bool items = first.function == Function::items;
  Json parts = Json::array();
  for (std::uint32_t i = step.first; i < step.first + step.parts; ++i) {
    const Operation& part = history.operations[i];
    if (!items) parts.push_back({history.keys[part.key], part.argument});
    for (const Json& id : items ? names_of(history, part) : Json::array()) {
      parts.push_back({history.keys[part.key], id});
    }
  }
  return {{"f", items ? "items" : "batch"}, {"value", std::move(parts)}};
}

Json output_of(const History& history, const Step& step) {
  const Operation& first = history.operations[step.first];
  if (first.outcome == Outcome::unknown) return {{"unknown", true}};
  if (first.group == 0) {
    Json output{{"value", list_or_result(history, first)}};
    if (first.version != none) output["version"] = first.version;
    if (first.refused) output["refused"] = true;
    return output;
  }
  Json parts = Json::array();
  for (std::uint32_t i = step.first; i < step.first + step.parts; ++i) {
    const Operation& part = history.operations[i];
    parts.push_back(
        {history.keys[part.key], number_or_null(part.result), number_or_null(part.version)});
  }
  return {{"value", std::move(parts)}};
}

void export_porcupine(const History& history, std::ostream& output) {
  Index last = 0;
  for (const Operation& operation : history.operations) {
    last = std::max(last, operation.invoked);
    if (operation.completed != never) last = std::max(last, operation.completed);
  }
  for (const Step& step : steps_of(history)) {
    const Operation& first = history.operations[step.first];
    if (first.outcome == Outcome::fail && !first.refused) continue;
    Json line{{"ClientId", first.process},
              {"Input", input_of(history, step)},
              {"Call", first.invoked},
              {"Output", output_of(history, step)},
              {"Return", first.completed == never ? last + 1 : first.completed}};
    output << dump(line) << '\n';
  }
}

/// A line of a journal. Its place is its index: Jepsen wants every completion to have a line.
struct Event {
  std::uint32_t step = 0;
  std::string_view type;  ///< "invoke", "ok", "fail", "info"
};

/// Unknown operations leave their process open: it ends with :info before its next invocation.
std::vector<Event> events_of(const History& history, const std::vector<Step>& steps) {
  std::vector<std::pair<Index, Event>> known;
  for (std::uint32_t i = 0; i < steps.size(); ++i) {
    const Operation& first = history.operations[steps[i].first];
    known.push_back({first.invoked, {i, "invoke"}});
    if (first.completed == never) continue;
    known.push_back({first.completed, {i, first.outcome == Outcome::ok ? "ok" : "fail"}});
  }
  std::sort(known.begin(), known.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  std::map<std::uint32_t, std::uint32_t> open;  // process, step
  std::vector<Event> events;
  for (const auto& [index, event] : known) {
    std::uint32_t process = history.operations[steps[event.step].first].process;
    auto found = open.find(process);
    if (event.type == "invoke" && found != open.end()) events.push_back({found->second, "info"});
    if (found != open.end()) open.erase(found);
    if (event.type == "invoke") open.emplace(process, event.step);
    events.push_back(event);
  }
  for (const auto& [process, step] : open) events.push_back({step, "info"});
  return events;
}

std::string edn(const Json& json) {
  if (json.is_null()) return "nil";
  if (!json.is_array()) return dump(json);  // its texts are EDN's, too
  std::string text = "[";
  for (const Json& element : json) text += (text.size() > 1 ? " " : "") + edn(element);
  return text + "]";
}

std::string edn_number(std::int64_t number) {
  return number == none ? "nil" : std::to_string(number);
}

std::string elle_value(const History& history, const Step& step, bool invokes) {
  std::string value = "[";
  for (std::uint32_t i = step.first; i < step.first + step.parts; ++i) {
    const Operation& part = history.operations[i];
    bool told = !invokes && part.result != none;
    std::int64_t after = told ? part.result : none;
    bool adds = part.function == Function::add && !part.refused;
    std::int64_t before = adds && told ? part.result - part.argument : none;
    std::string key = edn(history.keys[part.key]);
    if (value.size() > 1) value += " ";
    if (part.function == Function::read || part.refused) {
      value += "[:r " + key + " " + edn_number(after) + "]";
      continue;
    }
    if (adds) value += "[:r " + key + " " + edn_number(before) + "] ";
    if (part.function == Function::reset) after = 0;
    if (part.function == Function::create && !told) after = part.argument;
    value += "[:w " + key + " " + edn_number(after) + "]";
  }
  return value + "]";
}

void export_elle(const History& history, std::ostream& output) {
  std::vector<Step> steps = steps_of(history);
  std::erase_if(steps, [&](const Step& step) {
    return history.operations[step.first].function > Function::remove;
  });
  std::size_t index = 0;
  for (const Event& event : events_of(history, steps)) {
    const Step& step = steps[event.step];
    output << "{:index " << index++ << ", :process " << history.operations[step.first].process
           << ", :type :" << event.type << ", :f :txn, :value "
           << elle_value(history, step, event.type != "ok") << "}\n";
  }
}

std::string token_of(const History& history, const Operation& operation) {
  bool has = operation.function >= Function::reserve && operation.function <= Function::release &&
             operation.list_size == 1;
  if (!has) return "";
  return history.names[static_cast<std::size_t>(history.list(operation)[0])];
}

/// What a completion says besides its value.
std::string jepsen_answer(const History& history, const Operation& first) {
  std::string text;
  if (first.group == 0) {
    if (first.version != none) text += ", :version " + std::to_string(first.version);
    if (first.refused) text += ", :error :bound";
    if (first.saturated) text += ", :applied " + std::to_string(first.argument);
  }
  if (first.node != 0) text += ", :node " + edn(history.nodes[first.node]);
  return text;
}

void export_jepsen(const History& history, std::ostream& output) {
  std::vector<Step> steps = steps_of(history);
  std::size_t index = 0;
  for (const Event& event : events_of(history, steps)) {
    const Step& step = steps[event.step];
    const Operation& first = history.operations[step.first];
    bool invokes = event.type == "invoke";
    Json input = input_of(history, step);
    Json value = invokes ? input.value("value", Json(nullptr)) : Json(nullptr);
    if (event.type == "ok" || (first.refused && first.group == 0)) {
      if (!invokes) value = output_of(history, step).value("value", Json(nullptr));
    }
    output << "{:index " << index++ << ", :process " << first.process << ", :type :" << event.type
           << ", :f :" << input["f"].get<std::string>();
    if (first.group == 0) output << ", :key " << edn(history.keys[first.key]);
    output << ", :value " << edn(value);
    if (invokes && first.creates) output << ", :create true";
    if (!invokes && event.type != "info") output << jepsen_answer(history, first);
    std::string token = token_of(history, first);
    bool told = invokes != (first.function == Function::reserve) && event.type != "info";
    if (!token.empty() && told) output << ", :token " << edn(token);
    output << "}\n";
  }
}

}  // namespace

std::optional<ExportFormat> export_format(std::string_view name) {
  if (name == "porcupine") return ExportFormat::porcupine;
  if (name == "elle") return ExportFormat::elle;
  if (name == "jepsen") return ExportFormat::jepsen;
  return std::nullopt;
}

std::size_t packages_left_out(const History& history) { return history.packages.operations.size(); }

void export_history(const History& history, ExportFormat format, std::ostream& output) {
  switch (format) {
    case ExportFormat::porcupine:
      return export_porcupine(history, output);
    case ExportFormat::elle:
      return export_elle(history, output);
    case ExportFormat::jepsen:
      return export_jepsen(history, output);
  }
}

}  // namespace dcount::check

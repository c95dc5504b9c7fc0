#include "sim/check/history_builder.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace dcount::check {
namespace {

template <class Places>
std::uint32_t place(Places& places, std::vector<std::string>& names, std::string_view name) {
  auto found = places.find(name);
  if (found != places.end()) return found->second;
  auto number = static_cast<std::uint32_t>(names.size());
  names.emplace_back(name);
  places.emplace(std::string(name), number);
  return number;
}

}  // namespace

HistoryBuilder::HistoryBuilder() {
  history_.nodes.emplace_back();
  nodes_.emplace("", 0);
}

std::uint32_t HistoryBuilder::key(std::string_view name) {
  std::uint32_t number = place(keys_, history_.keys, name);
  history_.facts.resize(history_.keys.size());
  return number;
}

std::uint32_t HistoryBuilder::key(std::string_view name, const KeyFacts& facts) {
  std::uint32_t number = key(name);
  history_.facts[number] = facts;
  return number;
}

std::uint16_t HistoryBuilder::node(std::string_view name) {
  return static_cast<std::uint16_t>(place(nodes_, history_.nodes, name));
}

std::uint16_t HistoryBuilder::name_node(std::string_view name) {
  std::uint16_t number = node(name);
  // The header comes first, so that those it names are the first ones.
  if (number > history_.nodes_named) history_.nodes_named = number;
  return number;
}

std::int64_t HistoryBuilder::name(std::string_view text) {
  return place(names_, history_.names, text);
}

HistoryBuilder::Handle HistoryBuilder::append(std::uint32_t process, const Call& call,
                                              std::uint32_t group) {
  Operation operation;
  operation.invoked = index_;
  operation.key = call.key;
  operation.process = process;
  operation.function = call.function;
  operation.creates = call.creates;
  operation.group = group;
  operation.argument = call.argument;
  set_list(operation, call.list);
  history_.operations.push_back(operation);
  if (!history_.ids.empty()) history_.ids.push_back(0);
  return static_cast<Handle>(history_.operations.size() - 1);
}

HistoryBuilder::Handle HistoryBuilder::invoke(std::uint32_t process, const Call& call) {
  Handle handle = append(process, call, 0);
  ++index_;
  return handle;
}

HistoryBuilder::Handle HistoryBuilder::invoke(std::uint32_t process, std::span<const Call> parts) {
  auto first = static_cast<Handle>(history_.operations.size());
  std::uint32_t group = ++groups_;
  for (const Call& part : parts) append(process, part, group);
  ++index_;
  return first;
}

void HistoryBuilder::set_list(Operation& operation, std::span<const std::int64_t> list) {
  if (list.empty()) return;
  operation.list = static_cast<std::uint32_t>(history_.elements.size());
  operation.list_size = static_cast<std::uint32_t>(list.size());
  history_.elements.insert(history_.elements.end(), list.begin(), list.end());
}

void HistoryBuilder::finish(Operation& operation, Outcome outcome, const Answer& answer) {
  assert(operation.completed == never && operation.outcome == Outcome::unknown);
  operation.outcome = outcome;
  operation.completed = outcome == Outcome::unknown ? never : index_;
  operation.result = answer.result;
  operation.version = answer.version;
  operation.node = answer.node;
  operation.refused = answer.refused;
  set_list(operation, answer.list);
  if (answer.applied != none && answer.applied != operation.argument) {
    const std::int64_t asked[] = {operation.argument};
    set_list(operation, asked);
    operation.saturated = true;
    operation.argument = answer.applied;
  }
}

void HistoryBuilder::complete(Handle operation, Outcome outcome, const Answer& answer) {
  finish(history_.operations[operation], outcome, answer);
  ++index_;
}

void HistoryBuilder::complete(Handle first, Outcome outcome, std::span<const Answer> answers) {
  std::uint32_t group = history_.operations[first].group;
  for (std::size_t i = 0; first + i < history_.operations.size(); ++i) {
    Operation& part = history_.operations[first + i];
    if (i > 0 && (part.group != group || group == 0)) break;
    finish(part, outcome, i < answers.size() ? answers[i] : Answer());
  }
  ++index_;
}

Name HistoryBuilder::package_name(std::string_view text) {
  return text.empty() ? no_name : static_cast<Name>(name(text));
}

HistoryBuilder::Handle HistoryBuilder::invoke_package(std::uint32_t process, Function function,
                                                      const PackageCall& call) {
  const Call common{.key = key(call.package.empty() ? packages_key : call.package),
                    .function = function};
  Handle handle = invoke(process, common);
  history_.packages.operations.push_back({.operation = handle,
                                          .owner = package_name(call.owner),
                                          .label = package_name(call.label),
                                          .package = package_name(call.package),
                                          .digest = package_name(call.digest),
                                          .holder = call.holder,
                                          .bytes = call.bytes,
                                          .expire = call.expire,
                                          .asked_ns = call.time_ns});
  return handle;
}

void HistoryBuilder::complete_package(Handle handle, Outcome outcome, const PackageAnswer& answer) {
  auto& packages = history_.packages.operations;
  auto found = std::lower_bound(
      packages.begin(), packages.end(), handle,
      [](const PackageOperation& package, Handle wanted) { return package.operation < wanted; });
  assert(found != packages.end() && found->operation == handle);
  if (outcome != Outcome::unknown) found->answered_ns = answer.time_ns;
  found->status = static_cast<std::uint16_t>(answer.status);
  if (!answer.package.empty()) {
    found->package = package_name(answer.package);
    history_.operations[handle].key = key(answer.package);
  }
  if (!answer.digest.empty()) found->digest = package_name(answer.digest);
  if (answer.bytes != none) found->bytes = answer.bytes;
  if (answer.holder != 0) found->holder = answer.holder;
  found->replicas = answer.replicas;
  found->list = static_cast<std::uint32_t>(history_.packages.lists.size());
  found->list_size = static_cast<std::uint32_t>(answer.list.size());
  history_.packages.lists.insert(history_.packages.lists.end(), answer.list.begin(),
                                 answer.list.end());
  const bool saw = outcome == Outcome::fail && (answer.status == 403 || answer.status == 404);
  complete(handle, outcome,
           {.result = answer.status == 0 ? answer.result : answer.status,
            .node = answer.node,
            .refused = saw});
}

void HistoryBuilder::set_holders(ListedPackage& listed, std::span<const std::uint16_t> nodes) {
  auto& holders = history_.packages.holders;
  listed.holders = static_cast<std::uint32_t>(holders.size());
  listed.holder_count = static_cast<std::uint32_t>(nodes.size());
  holders.insert(holders.end(), nodes.begin(), nodes.end());
}

void HistoryBuilder::set_id(Handle operation, std::string_view id) {
  history_.ids.resize(history_.operations.size());
  history_.ids[operation] = hash_id(id);
}

void HistoryBuilder::add_feed(std::string_view id, std::uint32_t key, std::int64_t version,
                              std::int64_t value) {
  history_.feed.push_back({index_++, hash_id(id), key, version, value});
}

void HistoryBuilder::begin_phase(std::string_view name) {
  history_.phases.push_back({std::string(name), index_++});
}

Fault& HistoryBuilder::begin_fault(std::string_view kind, std::string_view target) {
  Fault fault;
  fault.kind = kind;
  fault.target = target;
  fault.id = static_cast<std::uint32_t>(history_.faults.size()) + 1;
  fault.began = index_++;
  return history_.faults.emplace_back(std::move(fault));
}

void HistoryBuilder::end_fault(std::uint32_t id) {
  for (Fault& fault : history_.faults) {
    if (fault.id == id) fault.ended = index_;
  }
  ++index_;
}

std::uint32_t HistoryBuilder::tail(std::string_view name) {
  auto found = tails_.find(name);
  if (found != tails_.end()) return found->second;
  auto number = static_cast<std::uint32_t>(history_.tails.size());
  history_.tails.emplace_back().name = name;
  tails_.emplace(std::string(name), number);
  return number;
}

/// A subscriber mostly asks for the same again.
std::uint32_t HistoryBuilder::select(const Tail& tail, TailSelection selection) {
  if (!tail.connections.empty()) {
    std::uint32_t last = tail.connections.back().selection;
    if (history_.selections[last] == selection) return last;
  }
  history_.selections.push_back(std::move(selection));
  return static_cast<std::uint32_t>(history_.selections.size() - 1);
}

void HistoryBuilder::connect_tail(std::uint32_t tail, TailConnection connection,
                                  TailSelection selection) {
  Tail& to = history_.tails[tail];
  connection.connected = index_++;
  connection.first = static_cast<std::uint32_t>(to.events.size());
  connection.selection = select(to, std::move(selection));
  to.connections.push_back(connection);
  to.connected = true;
}

void HistoryBuilder::add_tail_event(std::uint32_t tail, TailEvent event) {
  Tail& to = history_.tails[tail];
  assert(to.connected);
  event.index = index_++;
  to.events.push_back(event);
}

void HistoryBuilder::disconnect_tail(std::uint32_t tail) {
  history_.tails[tail].connected = false;
  ++index_;
}

void HistoryBuilder::refuse_tail(std::uint32_t tail) {
  ++history_.tails[tail].refused;
  disconnect_tail(tail);
}

void HistoryBuilder::end_tail(std::uint32_t tail) {
  history_.tails[tail].ended = index_;
  disconnect_tail(tail);
}

void HistoryBuilder::add_table(std::uint32_t tail, std::optional<TailSelection> selection,
                               std::vector<std::pair<std::uint32_t, std::int64_t>> rows) {
  Tail& to = history_.tails[tail];
  MirrorTable table{.index = index_++, .rows = std::move(rows)};
  if (selection || to.connections.empty()) {
    table.selection = select(to, selection.value_or(TailSelection{.all = true}));
  } else {
    table.selection = to.connections.back().selection;
  }
  to.table = std::move(table);
}

void HistoryBuilder::set_completed_ns(Handle operation, std::int64_t time) {
  history_.completed_ns.resize(history_.operations.size(), none);
  history_.completed_ns[operation] = time;
}

History HistoryBuilder::take() {
  History taken = std::move(history_);
  *this = HistoryBuilder();
  return taken;
}

}  // namespace dcount::check

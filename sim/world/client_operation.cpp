#include "sim/world/client_operation.h"

#include <array>
#include <utility>

namespace dcount::world {
namespace {

using Kind = PlannedOperation::Kind;
using check::Function;

constexpr std::int64_t bounded_min = -20;
constexpr std::int64_t bounded_max = 60;
constexpr std::int64_t cache = 10;
constexpr std::int64_t day_ms = std::int64_t{24} * 3600 * 1000;
constexpr std::int64_t items_a_request = 3;

core::CounterId counter_id(const std::string& key) {
  const std::size_t slash = key.find('/');
  return {key.substr(0, slash), key.substr(slash + 1)};
}

Function function_of(Kind kind) {
  switch (kind) {
    case Kind::add:
    case Kind::transfer:
      return Function::add;
    case Kind::read:
      return Function::read;
    case Kind::reset:
      return Function::reset;
    case Kind::remove:
      return Function::remove;
    case Kind::next:
      return Function::next;
    case Kind::reserve:
      return Function::reserve;
    case Kind::confirm:
      return Function::confirm;
    case Kind::release:
      return Function::release;
    case Kind::items:
    case Kind::items_of_two:
      return Function::items;
    case Kind::count:
      return Function::count;
    case Kind::members:
      return Function::members;
  }
  return Function::read;
}

core::Add add_command(const std::string& key, std::int64_t amount, bool creates) {
  core::Add add;
  add.counter = counter_id(key);
  add.n = amount;
  add.create = creates;
  return add;
}

core::SequenceMode mode_of(const std::string& name) {
  if (name == "cached") return core::SequenceMode::cached;
  return name == "gapless" ? core::SequenceMode::gapless : core::SequenceMode::strict;
}

check::Outcome outcome_of(Ending ending) {
  if (ending == Ending::ok) return check::Outcome::ok;
  return ending == Ending::unknown ? check::Outcome::unknown : check::Outcome::fail;
}

}  // namespace

// ---- what there is at the start

std::vector<core::Command> founding_commands(const Schedule& schedule) {
  std::vector<core::Command> commands;
  for (const Key& key : schedule.keys) {
    if (key.kind == Key::Kind::counter) {
      core::CreateCounter create;
      create.counter = counter_id(key.name);
      if (key.name == "c/bounded") create.bounds = {bounded_min, bounded_max};
      commands.push_back({create, {}});
    } else if (key.kind == Key::Kind::sequence) {
      core::Definition definition;
      definition.mode = mode_of(key.name);
      definition.cache = definition.mode == core::SequenceMode::cached ? cache : 0;
      commands.push_back({core::DefineSequence{key.name, definition, {}}, {}});
    }
  }
  return commands;
}

void describe_keys(const Schedule& schedule, check::HistoryBuilder& history) {
  using check::KeyFacts;
  for (const Key& key : schedule.keys) {
    KeyFacts facts;
    if (key.kind == Key::Kind::counter) {
      facts.kind = KeyFacts::Kind::counter;
      facts.version = 1;
      if (key.name == "c/bounded") {
        facts.min = bounded_min;
        facts.max = bounded_max;
      }
    } else if (key.kind == Key::Kind::sequence) {
      facts.kind = KeyFacts::Kind::sequence;
      const auto mode = mode_of(key.name);
      facts.mode = mode == core::SequenceMode::strict   ? KeyFacts::Mode::strict
                   : mode == core::SequenceMode::cached ? KeyFacts::Mode::cached
                                                        : KeyFacts::Mode::gapless;
      facts.min = 1;
    } else {
      facts.kind = KeyFacts::Kind::items;
    }
    history.key(key.name, facts);
  }
}

// ---- asking

ClientOperation::ClientOperation(const Schedule& schedule, check::HistoryBuilder& history,
                                 std::uint32_t process, std::string name,
                                 const PlannedOperation& planned, std::vector<Held>& held)
    : schedule_(schedule),
      history_(history),
      process_(process),
      name_(std::move(name)),
      planned_(planned),
      held_(held) {
  if (planned_.kind == Kind::confirm || planned_.kind == Kind::release) {
    if (held_.empty()) {
      planned_.kind = Kind::reserve;
    } else {
      ends_ = held_.front();
      held_.erase(held_.begin());
    }
  }
  if (planned_.kind == Kind::items || planned_.kind == Kind::items_of_two) {
    for (std::int64_t i = 0; i < items_a_request; ++i) {
      items_.push_back(item(planned_.key, planned_.amount + i));
    }
  }
}

std::string ClientOperation::item(std::size_t, std::int64_t number) const {
  return "i" + std::to_string(number);
}

bool ClientOperation::mutating() const {
  return planned_.kind != Kind::read && planned_.kind != Kind::count &&
         planned_.kind != Kind::members;
}

check::Call ClientOperation::call() const {
  check::Call call;
  call.key = static_cast<std::uint32_t>(planned_.key);
  call.function = function_of(planned_.kind);
  switch (planned_.kind) {
    case Kind::add:
    case Kind::next:
      call.argument = planned_.amount;
      break;
    case Kind::transfer:
      call.argument = -planned_.amount;
      break;
    case Kind::confirm:
    case Kind::release:
      call.argument = ends_.number;
      break;
    default:
      break;
  }
  call.creates = planned_.creates && planned_.kind == Kind::add;
  call.list = list_;
  return call;
}

void ClientOperation::invoke() {
  list_.clear();
  for (const std::string& id : items_) list_.push_back(history_.name(id));
  if (!ends_.token.empty()) list_.push_back(history_.name(ends_.token));
  if (planned_.kind != Kind::transfer && planned_.kind != Kind::items_of_two) {
    handle_ = history_.invoke(process_, call());
    return;
  }
  std::array<check::Call, 2> calls{call(), call()};
  calls[1].key = static_cast<std::uint32_t>(planned_.other);
  if (planned_.kind == Kind::transfer) calls[1].argument = planned_.amount;
  handle_ = history_.invoke(process_, calls);
}

core::CommandBody ClientOperation::body(int attempt) const {
  const std::string& key = schedule_.keys[planned_.key].name;
  const std::string& other = schedule_.keys[planned_.other].name;
  switch (planned_.kind) {
    case Kind::add:
      return add_command(key, planned_.amount, planned_.creates);
    case Kind::read:
      return core::ReadCounter{counter_id(key)};
    case Kind::reset:
      return core::Reset{counter_id(key), {}};
    case Kind::remove:
      return core::Delete{counter_id(key), {}};
    case Kind::transfer:
      return core::CounterBatch{
          {add_command(key, -planned_.amount, false), add_command(other, planned_.amount, false)}};
    case Kind::next:
      return core::Draw{key, planned_.amount, {}, {}};
    case Kind::reserve:
      // The server that is asked makes the token: another try may bring another one.
      return core::Reserve{key, name_ + "-" + std::to_string(attempt), schedule_.reservation_ms};
    case Kind::confirm:
      return core::Confirm{key, ends_.token};
    case Kind::release:
      return core::Release{key, ends_.token};
    case Kind::items:
      return core::AddItems{{{key, items_}}};
    case Kind::items_of_two:
      return core::AddItems{{{key, items_}, {other, items_}}};
    case Kind::count:
      return core::CountItems{key};
    case Kind::members:
      return core::ListItems{key, 0, 1000};
  }
  return core::ReadCounter{counter_id(key)};
}

core::Command ClientOperation::command(int attempt) const {
  core::Command command{body(attempt), {}};
  if (keyed()) {
    std::string digest = name_;
    digest.resize(32, 'x');
    command.idempotency = core::Idempotency{digest, "f00000000000000f", day_ms};
  }
  return command;
}

// ---- and what came of it

check::Answer ClientOperation::answer(const core::Outcome& outcome, std::uint16_t node) {
  check::Answer answer;
  answer.node = node;
  list_.clear();
  if (const auto* counter = std::get_if<core::CounterOutcome>(&outcome.value)) {
    const bool gone = outcome.code == core::Code::not_found;
    if (!gone) answer.result = counter->n;
    if (planned_.kind == Kind::remove) answer.result = counter->deleted ? 1 : 0;
    if (counter->version > 0) answer.version = counter->version;
  } else if (const auto* numbers = std::get_if<core::NumbersOutcome>(&outcome.value)) {
    for (const core::NumberRun& run : numbers->runs) {
      for (std::int64_t i = 0; i < run.count; ++i) list_.push_back(run.first + run.step * i);
    }
  } else if (const auto* held = std::get_if<core::ReservationOutcome>(&outcome.value)) {
    answer.result = held->number;
    list_.push_back(history_.name(held->token));
    if (planned_.kind == Kind::reserve) held_.push_back({held->token, held->number});
  } else if (const auto* items = std::get_if<core::ItemsOutcome>(&outcome.value)) {
    answer.result = planned_.kind == Kind::count ? items->count : items->added;
    if (planned_.kind == Kind::items_of_two) answer.result = check::none;
  } else if (const auto* listed = std::get_if<core::ItemListOutcome>(&outcome.value)) {
    for (const std::string& id : listed->ids) list_.push_back(history_.name(id));
  }
  answer.list = list_;
  return answer;
}

void ClientOperation::complete_pair(Ending ending, const core::Outcome* outcome,
                                    std::uint16_t node) {
  std::array<check::Answer, 2> answers;
  for (check::Answer& one : answers) one.node = node;
  const auto* batch =
      outcome == nullptr ? nullptr : std::get_if<core::BatchOutcome>(&outcome->value);
  if (ending == Ending::ok && batch != nullptr) {
    for (std::size_t i = 0; i < 2; ++i) {
      answers[i].result = batch->results[i].n;
      answers[i].version = batch->results[i].version;
    }
  }
  history_.complete(handle_, outcome_of(ending), answers);
}

void ClientOperation::complete(Ending ending, const core::Outcome* outcome,
                               const std::string& node) {
  const std::uint16_t number = node.empty() ? 0 : history_.node(node);
  if (planned_.kind == Kind::transfer || planned_.kind == Kind::items_of_two) {
    return complete_pair(ending, outcome, number);
  }
  check::Answer told;
  if (ending == Ending::ok) {
    told = answer(*outcome, number);
  } else {
    told.node = number;
    const auto* counter =
        outcome == nullptr ? nullptr : std::get_if<core::CounterOutcome>(&outcome->value);
    if (ending == Ending::refused && counter != nullptr &&
        outcome->code == core::Code::bound_exceeded) {
      told.refused = true;
      told.result = counter->n;
      told.version = counter->version;
    }
  }
  history_.complete(handle_, outcome_of(ending), told);
}

// ---- for people

std::string ClientOperation::text() const {
  const std::string& key = schedule_.keys[planned_.key].name;
  const std::string amount = std::to_string(planned_.amount);
  switch (planned_.kind) {
    case Kind::add:
      return "add " + key + " " + amount;
    case Kind::read:
      return "read " + key;
    case Kind::reset:
      return "reset " + key;
    case Kind::remove:
      return "delete " + key;
    case Kind::transfer:
      return "transfer " + amount + " from " + key;
    case Kind::next:
      return "next " + amount + " of " + key;
    case Kind::reserve:
      return "reserve of " + key;
    case Kind::confirm:
      return "confirm " + std::to_string(ends_.number) + " of " + key;
    case Kind::release:
      return "release " + std::to_string(ends_.number) + " of " + key;
    case Kind::items:
    case Kind::items_of_two:
      return "items of " + key + " from " + items_.front();
    case Kind::count:
      return "count " + key;
    case Kind::members:
      return "members of " + key;
  }
  return "";
}

std::string ClientOperation::text(const core::Outcome& outcome) {
  std::string text(core::to_string(outcome.code));
  if (outcome.replayed) text += ", replayed";
  const auto number = [&](const char* name, std::int64_t value) {
    text.append(" ").append(name).append("=").append(std::to_string(value));
  };
  if (const auto* counter = std::get_if<core::CounterOutcome>(&outcome.value)) {
    number("value", counter->n);
    number("version", counter->version);
  } else if (const auto* batch = std::get_if<core::BatchOutcome>(&outcome.value)) {
    for (const core::CounterOutcome& one : batch->results) {
      number("value", one.n);
      number("version", one.version);
    }
  } else if (const auto* numbers = std::get_if<core::NumbersOutcome>(&outcome.value)) {
    for (const core::NumberRun& run : numbers->runs) {
      number("from", run.first);
      number("count", run.count);
    }
  } else if (const auto* held = std::get_if<core::ReservationOutcome>(&outcome.value)) {
    number("number", held->number);
    text += " token=" + held->token;
  } else if (const auto* items = std::get_if<core::ItemsOutcome>(&outcome.value)) {
    number("added", items->added);
    number("count", items->count);
  } else if (const auto* listed = std::get_if<core::ItemListOutcome>(&outcome.value)) {
    number("items", static_cast<std::int64_t>(listed->ids.size()));
  }
  return text;
}

}  // namespace dcount::world

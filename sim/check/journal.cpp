#include "sim/check/journal.h"

#include <array>
#include <optional>

#include "sim/check/journal_header.h"
#include "sim/check/package_reader.h"
#include "sim/check/tail_reader.h"
#include "sim/check/words.h"

namespace dcount::check {
namespace {

using Kind = Value::Kind;

constexpr std::int64_t count_max = 1'000'000;
constexpr std::string_view only_key = "counter";  ///< of foreign histories that have but one

struct Named {
  std::string_view name;
  Function function;
  std::int64_t argument = none;  ///< where none is said
};

constexpr std::array functions = {
    Named{"add", Function::add},          Named{"read", Function::read},
    Named{"create", Function::create, 0}, Named{"reset", Function::reset},
    Named{"delete", Function::remove},    Named{"next", Function::next, 1},
    Named{"reserve", Function::reserve},  Named{"confirm", Function::confirm},
    Named{"release", Function::release},  Named{"items", Function::items},
    Named{"count", Function::count},      Named{"members", Function::members},
    Named{"inc", Function::add, 1},       Named{"increment", Function::add, 1},
    Named{"dec", Function::add, -1},      Named{"decrement", Function::add, -1}};

/// Jepsen's JSON may keep a keyword's colon.
std::string_view word(const Value& value) {
  std::string_view text = value.text;
  if (!text.empty() && text[0] == ':') text.remove_prefix(1);
  return text;
}

const Named* find_function(std::string_view name) {
  for (const Named& function : functions) {
    if (function.name == name) return &function;
  }
  return nullptr;
}

std::string unknown_function(std::string_view name) {
  return "'" + std::string(name) + "' is no f: create, add, read, reset, delete, batch, next, " +
         "reserve, confirm, release, items, count or members, or of packages add_package, " +
         "get_package, list_packages, remove_package, usage, final_holder or final_packages";
}

bool on_one_value(Function function) { return function <= Function::remove; }

std::string key_text(const Value& key) {
  return key.is(Kind::integer) ? std::to_string(key.integer) : std::string(key.text);
}

/// Jepsen's independent keys stand in the value, as [k v].
bool is_independent(const Record& record) {
  const Value& pair = record.value;
  return record.key.nothing() && pair.is(Kind::list) && pair.list.size() == 2 &&
         (pair.list[0].is(Kind::integer) || pair.list[0].is(Kind::text));
}

std::string wrong_value(Function function, std::string_view what) {
  return "the value of " + std::string(name_of(function)) + " is not " + std::string(what);
}

}  // namespace

std::string Journal::add(const Record& record) {
  ++records_;
  std::string_view type = word(record.type);
  if (type == "header") {
    if (records_ > 1) return "a header behind the first line";
    return read_header(record.header, builder_);
  }
  if (record.type.nothing()) return "there is no type";
  if (record.index.is(Kind::integer)) {
    if (record.index.integer < builder_.index() || record.index.integer >= never) {
      return "index " + std::to_string(record.index.integer) + " comes after " +
             std::to_string(static_cast<std::int64_t>(builder_.index()) - 1);
    }
    builder_.set_index(static_cast<Index>(record.index.integer));
  } else if (!record.index.nothing()) {
    return "the index is no integer";
  }
  if (builder_.index() >= never - 1) return "there are too many lines";
  if (type == "feed") return read_feed(record);
  if (is_tail(record, type)) return read_tail(record, type, builder_);
  if (record.process.nothing()) return "there is no process";
  if (record.process.is(Kind::text)) {
    if (word(record.process) == "nemesis") return read_nemesis(record, builder_);
    return "'" + std::string(record.process.text) + "' is no process: a number or nemesis";
  }
  return add_operation(record);
}

std::string Journal::add_operation(const Record& record) {
  bool fits = record.process.is(Kind::integer) && record.process.integer >= 0 &&
              record.process.integer <= std::numeric_limits<std::uint32_t>::max();
  if (!fits) return "the process is not a number from 0 to 4294967295";
  auto process = static_cast<std::uint32_t>(record.process.integer);
  if (record.f.nothing()) return "there is no f";
  std::string_view type = word(record.type);
  if (type == "invoke") {
    auto busy = open_.find(process);
    if (busy != open_.end()) {
      return "process " + std::to_string(process) + " invokes while its operation of index " +
             std::to_string(builder_.history().operations[busy->second.handle].invoked) +
             " is open";
    }
    if (word(record.f) == "batch") return invoke_batch(record, process);
    if (auto function = package_function(word(record.f))) {
      return invoke_package(record, process, *function);
    }
    if (word(record.f) == "items" && record.key.nothing()) return invoke_items(record, process);
    return invoke(record, process);
  }
  if (type == "ok" || type == "fail" || type == "info") return complete(record, process);
  return "'" + std::string(type) + "' is no type: invoke, ok, fail, info, feed or header";
}

std::uint32_t Journal::key_of(const Record& record) {
  if (record.key.nothing()) {
    return is_independent(record) ? builder_.key(key_text(record.value.list[0]))
                                  : builder_.key(only_key);
  }
  keyed_ = true;
  return record.key.is(Kind::text) ? builder_.key(record.key.text)
                                   : builder_.key(key_text(record.key));
}

std::string Journal::take_numbers(const Value& value) {
  list_.clear();
  if (value.is(Kind::integer)) list_.push_back(value.integer);
  for (const Value& number : value.list) {
    if (!number.is(Kind::integer)) return "a list with something that is no integer";
    list_.push_back(number.integer);
  }
  return value.is(Kind::integer) || value.is(Kind::list) ? "" : "it is no list of numbers";
}

std::string Journal::take_names(const Value& value) {
  list_.clear();
  if (!value.is(Kind::list)) return "it is no list of ids";
  for (const Value& id : value.list) {
    if (!id.is(Kind::text) && !id.is(Kind::integer)) return "a list with something that is no id";
    list_.push_back(id.is(Kind::text) ? builder_.name(id.text) : builder_.name(key_text(id)));
  }
  return "";
}

void Journal::open(std::uint32_t process, const Open& open, const Record& record) {
  open_.emplace(process, open);
  if (record.id.is(Kind::text)) builder_.set_id(open.handle, record.id.text);
}

std::string Journal::invoke(const Record& record, std::uint32_t process) {
  const Named* named = find_function(word(record.f));
  if (named == nullptr) return unknown_function(word(record.f));
  Function function = named->function;
  bool independent = on_one_value(function) && is_independent(record);
  const Value* value = independent ? &record.value.list[1] : &record.value;
  Call call{.function = function};
  if (on_one_value(function)) {
    call.key = key_of(record);
  } else {
    call.key = builder_.key(record.key.nothing() ? std::string(only_key) : key_text(record.key));
    keyed_ |= !record.key.nothing();
  }
  list_.clear();
  bool takes = function == Function::add || function == Function::create ||
               function == Function::next || function == Function::confirm ||
               function == Function::release;
  if (takes) {
    call.argument = named->argument;
    if (value->is(Kind::integer)) call.argument = value->integer;
    bool may_lack = function != Function::add || named->argument != none;
    if (!value->is(Kind::integer) && !(may_lack && value->nothing())) {
      return wrong_value(function, "an integer of 64 bits");
    }
    if (named->name[0] == 'd' && value->is(Kind::integer)) call.argument = -value->integer;
  }
  if (function == Function::next && (call.argument < 1 || call.argument > count_max)) {
    return wrong_value(function, "from 1 to " + std::to_string(count_max));
  }
  if (function == Function::items) {
    if (auto wrong = take_names(*value); !wrong.empty()) return "items: " + wrong;
  } else if (record.token.is(Kind::text)) {
    list_.push_back(builder_.name(record.token.text));
  }
  call.list = list_;
  call.creates =
      function == Function::add && record.create.is(Kind::boolean) && record.create.integer != 0;
  open(process, {.handle = builder_.invoke(process, call), .function = function}, record);
  return "";
}

std::string Journal::invoke_batch(const Record& record, std::uint32_t process) {
  keyed_ = true;
  std::vector<Call> parts;
  for (const Value& part : record.value.list) {
    bool good = part.is(Kind::list) && part.list.size() >= 2 && part.list[0].is(Kind::text) &&
                part.list[1].is(Kind::integer);
    if (!good) return "a batch's part is not [key, delta]";
    parts.push_back({.key = builder_.key(part.list[0].text),
                     .function = Function::add,
                     .argument = part.list[1].integer});
  }
  if (parts.empty()) return "the value of batch is not a list of [key, delta]";
  Open batch{.handle = builder_.invoke(process, parts),
             .parts = static_cast<std::uint32_t>(parts.size()),
             .function = Function::add,
             .batch = true};
  open(process, batch, record);
  return "";
}

std::string Journal::invoke_package(const Record& record, std::uint32_t process,
                                    Function function) {
  keyed_ = true;
  Open package{.function = function};
  auto wrong = read_package_invoke(record, function, process, builder_, package.handle);
  if (wrong.empty()) open(process, package, record);
  return wrong;
}

/// Items of several tenants: a part for each tenant.
std::string Journal::invoke_items(const Record& record, std::uint32_t process) {
  keyed_ = true;
  std::vector<std::pair<std::uint32_t, std::vector<std::int64_t>>> tenants;
  for (const Value& item : record.value.list) {
    bool good = item.is(Kind::list) && item.list.size() == 2 && item.list[0].is(Kind::text) &&
                item.list[1].is(Kind::text);
    if (!good) return "items without a key are not [tenant, id]";
    std::uint32_t key = builder_.key(item.list[0].text);
    std::size_t i = 0;
    while (i < tenants.size() && tenants[i].first != key) ++i;
    if (i == tenants.size()) tenants.push_back({key, {}});
    tenants[i].second.push_back(builder_.name(item.list[1].text));
  }
  if (tenants.empty()) return "the value of items is not a list of [tenant, id]";
  std::vector<Call> parts;
  for (const auto& [key, ids] : tenants) {
    parts.push_back({.key = key, .function = Function::items, .list = ids});
  }
  Open batch{.handle = builder_.invoke(process, parts),
             .parts = static_cast<std::uint32_t>(parts.size()),
             .function = Function::items,
             .batch = true};
  open(process, batch, record);
  return "";
}

std::string Journal::complete(const Record& record, std::uint32_t process) {
  auto found = open_.find(process);
  if (found == open_.end()) {
    return "process " + std::to_string(process) + " has nothing open that this would complete";
  }
  const Open open = found->second;
  const Named* named = find_function(word(record.f));
  auto package = package_function(word(record.f));
  bool batch = word(record.f) == "batch";
  if (named == nullptr && !batch && !package) return unknown_function(word(record.f));
  bool same = batch     ? open.batch && open.function == Function::add
              : package ? open.function == *package
                        : open.function == named->function;
  if (!same) {
    return "'" + std::string(word(record.f)) + "' completes another operation of process " +
           std::to_string(process) + ", " + std::string(name_of(open.function));
  }
  open_.erase(found);
  note_time(record, open);
  std::string_view type = word(record.type);
  if (package) return read_package_answer(record, type, *package, open.handle, builder_);
  if (type == "info") {
    builder_.complete(open.handle, Outcome::unknown, std::span<const Answer>());
    return "";
  }
  if (open.batch) {
    if (type == "ok") return complete_batch(record, open);
    builder_.complete(open.handle, Outcome::fail, std::span<const Answer>());
    return "";
  }
  Answer answer;
  Outcome outcome = type == "ok" ? Outcome::ok : Outcome::fail;
  if (outcome == Outcome::ok) {
    if (auto wrong = read_answer(record, open, answer); !wrong.empty()) return wrong;
  } else if (word(record.error) == "bound" && record.value.is(Kind::integer)) {
    answer.refused = true;
    answer.result = record.value.integer;
  }
  if (record.version.is(Kind::integer)) answer.version = record.version.integer;
  if (record.node.is(Kind::text)) answer.node = builder_.node(record.node.text);
  builder_.complete(open.handle, outcome, answer);
  return "";
}

/// Of a change that subscribers wait for.
void Journal::note_time(const Record& record, const Open& open) {
  if (builder_.history().tails.empty() || !record.time.is(Kind::integer)) return;
  for (std::uint32_t i = 0; i < open.parts; ++i) {
    builder_.set_completed_ns(open.handle + i, record.time.integer);
  }
}

std::string Journal::read_answer(const Record& record, const Open& open, Answer& answer) {
  bool independent = on_one_value(open.function) && is_independent(record);
  const Value* value = independent ? &record.value.list[1] : &record.value;
  list_.clear();
  switch (open.function) {
    case Function::next:
      if (auto wrong = take_numbers(*value); !wrong.empty()) return "next: " + wrong;
      break;
    case Function::members:
      if (auto wrong = take_names(*value); !wrong.empty()) return "members: " + wrong;
      break;
    case Function::reserve:
    case Function::count:
      if (!value->is(Kind::integer)) return wrong_value(open.function, "an integer");
      [[fallthrough]];
    default: {
      bool number = value->is(Kind::integer) ||
                    (open.function == Function::remove && value->is(Kind::boolean));
      bool ids = open.function == Function::items && value->is(Kind::list);
      if (!number && !ids && !value->nothing()) return wrong_value(open.function, "an integer");
      if (number) answer.result = value->integer;
      if (open.function == Function::remove && number && answer.result != 0 && answer.result != 1) {
        return wrong_value(open.function, "1 or 0");
      }
    }
  }
  const Operation& operation = builder_.history().operations[open.handle];
  if (open.function == Function::reserve && record.token.is(Kind::text)) {
    list_.push_back(builder_.name(record.token.text));
  }
  if (record.applied.is(Kind::integer)) answer.applied = record.applied.integer;
  if (open.function == Function::add && answer.applied == operation.argument) {
    answer.applied = none;
  }
  answer.list = list_;
  return "";
}

std::string Journal::complete_batch(const Record& record, const Open& open) {
  std::vector<Answer> answers(open.parts);
  std::uint16_t node =
      record.node.is(Kind::text) ? builder_.node(record.node.text) : std::uint16_t{0};
  for (Answer& answer : answers) answer.node = node;
  bool items = open.function == Function::items;
  if (!items && !record.value.nothing()) {
    if (!record.value.is(Kind::list) || record.value.list.size() != open.parts) {
      return "a batch of " + std::to_string(open.parts) + " was answered otherwise";
    }
    const auto& operations = builder_.history().operations;
    for (std::uint32_t i = 0; i < open.parts; ++i) {
      const Value& part = record.value.list[i];
      bool good = part.is(Kind::list) && part.list.size() >= 2 &&
                  part.list[0].text == builder_.history().keys[operations[open.handle + i].key] &&
                  (part.list[1].is(Kind::integer) || part.list[1].nothing());
      if (!good) return "a batch's answer is not [key, value, version] in the order of its parts";
      if (part.list[1].is(Kind::integer)) answers[i].result = part.list[1].integer;
      if (part.list.size() > 2 && part.list[2].is(Kind::integer)) {
        answers[i].version = part.list[2].integer;
      }
    }
  }
  builder_.complete(open.handle, Outcome::ok, answers);
  return "";
}

std::string Journal::read_feed(const Record& record) {
  if (record.key.nothing() || !record.id.is(Kind::text)) return "a feed without key or id";
  auto number = [](const Value& value) { return value.is(Kind::integer) ? value.integer : none; };
  builder_.add_feed(record.id.text, builder_.key(key_text(record.key)), number(record.version),
                    number(record.value));
  return "";
}

History Journal::finish() {
  History history = builder_.take();
  if (!jepsen_ && keyed_) return history;
  auto is_ok_add = [](const Operation& operation) {
    return operation.function == Function::add && operation.outcome == Outcome::ok;
  };
  for (const Operation& operation : history.operations) {
    bool echo = operation.result == operation.argument && operation.version == none;
    if (is_ok_add(operation) && !echo) return history;
  }
  for (Operation& operation : history.operations) {
    if (is_ok_add(operation)) operation.result = none;
  }
  return history;
}

}  // namespace dcount::check

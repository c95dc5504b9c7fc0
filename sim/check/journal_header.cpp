#include "sim/check/journal_header.h"

#include <algorithm>

namespace dcount::check {
namespace {

using Kind = Value::Kind;

/// Reads a member where there is one; false: it is there, and no integer.
bool take_integer(const Value& map, std::string_view name, std::int64_t& to) {
  const Value* member = map.member(name);
  if (member == nullptr || member->nothing()) return true;
  to = member->integer;
  return member->is(Kind::integer);
}

bool take_flag(const Value& map, std::string_view name, bool& to) {
  const Value* member = map.member(name);
  if (member == nullptr || member->nothing()) return true;
  to = member->integer != 0;
  return member->is(Kind::boolean);
}

std::string read_kind(const Value& map, KeyFacts& facts) {
  const Value* kind = map.member("kind");
  if (kind == nullptr) return "a key without a kind";
  if (kind->text == "counter") {
    facts.kind = KeyFacts::Kind::counter;
  } else if (kind->text == "sequence") {
    facts.kind = KeyFacts::Kind::sequence;
  } else if (kind->text == "items") {
    facts.kind = KeyFacts::Kind::items;
  } else if (kind->text == "package") {
    facts.kind = KeyFacts::Kind::package;
  } else {
    return "'" + std::string(kind->text) + "' is no kind: counter, sequence, items or package";
  }
  return "";
}

std::string read_mode(const Value& map, KeyFacts& facts) {
  const Value* mode = map.member("mode");
  if (mode == nullptr || mode->text == "strict") return "";
  if (mode->text == "cached") {
    facts.mode = KeyFacts::Mode::cached;
  } else if (mode->text == "gapless") {
    facts.mode = KeyFacts::Mode::gapless;
  } else {
    return "'" + std::string(mode->text) + "' is no mode: strict, cached or gapless";
  }
  return "";
}

std::string read_key(const Value& map, HistoryBuilder& builder) {
  const Value* key = map.member("key");
  if (key == nullptr || !key->is(Kind::text)) return "a key without a name";
  KeyFacts facts;
  if (auto wrong = read_kind(map, facts); !wrong.empty()) return wrong;
  if (auto wrong = read_mode(map, facts); !wrong.empty()) return wrong;
  std::string name(key->text);
  auto integer = [&](std::string_view member, std::int64_t& to) {
    return take_integer(map, member, to)
               ? ""
               : std::string(member) + " of " + name + " is no integer of 64 bits";
  };
  if (facts.kind == KeyFacts::Kind::sequence) {
    facts.min = 1;
  }
  for (auto& [member, to] : {std::pair<const char*, std::int64_t*>{"initial", &facts.initial},
                             {"version", &facts.version},
                             {"min", &facts.min},
                             {"max", &facts.max},
                             {"increment", &facts.increment},
                             {"gap_max", &facts.gap_max}}) {
    if (auto wrong = integer(member, *to); !wrong.empty()) return wrong;
  }
  facts.start = facts.increment < 0 ? facts.max : facts.min;
  if (auto wrong = integer("start", facts.start); !wrong.empty()) return wrong;
  bool flags = take_flag(map, "exists", facts.exists) && take_flag(map, "cycle", facts.cycle) &&
               take_flag(map, "expires", facts.expires);
  if (!flags) return "exists, cycle or expires of " + name + " is neither true nor false";
  const Value* on_limit = map.member("on_limit");
  facts.saturates = on_limit != nullptr && on_limit->text == "saturate";
  if (facts.increment == 0) return "the increment of " + name + " is 0";
  builder.key(name, facts);
  return "";
}

Fault* find_fault(HistoryBuilder& builder, std::int64_t id) {
  auto& faults = builder.history().faults;
  auto found =
      std::find_if(faults.begin(), faults.end(), [&](const Fault& f) { return f.id == id; });
  return found == faults.end() ? nullptr : &*found;
}

std::string text_of(const Value* value) {
  if (value == nullptr || value->nothing()) return "";
  if (value->is(Kind::text)) return std::string(value->text);
  if (value->is(Kind::integer)) return std::to_string(value->integer);
  std::string text;
  for (const Value& member : value->list) text += (text.empty() ? "" : " ") + text_of(&member);
  return text;
}

}  // namespace

std::string read_header(const Value& header, HistoryBuilder& builder) {
  std::int64_t format = 1;
  if (!take_integer(header, "format", format) || format != 1) {
    return "the header's format is not 1";
  }
  std::int64_t seed = 0;
  take_integer(header, "seed", seed);
  History& history = builder.history();
  history.seed = static_cast<std::uint64_t>(seed);
  history.scenario = text_of(header.member("scenario"));
  if (const Value* nodes = header.member("nodes")) {
    for (const Value& node : nodes->list) builder.name_node(node.text);
  }
  if (const Value* keys = header.member("keys")) {
    for (const Value& key : keys->list) {
      if (auto wrong = read_key(key, builder); !wrong.empty()) return wrong;
    }
  }
  if (!take_integer(header, "began", history.packages.began_s)) {
    return "the header's began is not in whole Unix seconds";
  }
  if (!take_integer(header, "replicas", history.packages.replicas)) {
    return "the header's replicas is no number";
  }
  const Value* feed = header.member("feed");
  history.feed_complete = feed != nullptr && feed->text == "complete";
  return "";
}

std::string read_nemesis(const Record& record, HistoryBuilder& builder) {
  const Index index = builder.index();
  const std::int64_t time = record.time.is(Kind::integer) ? record.time.integer : none;
  if (record.f.text == "phase" && record.value.is(Kind::text)) {
    builder.begin_phase(record.value.text);
    return "";
  }
  const Value* number = record.value.member("fault");
  const Value* phase = record.value.member("phase");
  builder.set_index(index + 1);
  if (number == nullptr || phase == nullptr) return "";
  if (phase->text == "begin") {
    builder.set_index(index);
    Fault& fault = builder.begin_fault(record.f.text, text_of(record.value.member("target")));
    fault.id = static_cast<std::uint32_t>(number->integer);
    fault.began_ns = time == none ? 0 : time;
    return "";
  }
  Fault* fault = find_fault(builder, number->integer);
  if (fault == nullptr) return "fault " + std::to_string(number->integer) + " never began";
  if (phase->text == "confirmed" || phase->text == "failed" || phase->text == "hidden") {
    fault->confirmed = phase->text == "confirmed";
    fault->hidden = phase->text == "hidden";
    fault->evidence = text_of(record.value.member("evidence"));
  } else if (phase->text == "end") {
    fault->ended = index;
    fault->ended_ns = time;
  } else {
    return "'" + std::string(phase->text) +
           "' is no phase: begin, confirmed, failed, hidden or end";
  }
  return "";
}

}  // namespace dcount::check

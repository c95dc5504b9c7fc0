#include "sim/world/schedule.h"

#include <algorithm>
#include <charconv>
#include <cstdio>

namespace dcount::world {
namespace {

using Kind = PlannedOperation::Kind;

/// How often each kind of operation is drawn; which of them a run has is drawn, too.
struct Weight {
  Kind kind;
  std::int64_t weight;
};

constexpr Weight operation_weights[] = {
    {Kind::add, 60},      {Kind::read, 30},  {Kind::reset, 4},        {Kind::remove, 4},
    {Kind::transfer, 12}, {Kind::next, 30},  {Kind::reserve, 12},     {Kind::confirm, 10},
    {Kind::release, 6},   {Kind::items, 16}, {Kind::items_of_two, 8}, {Kind::count, 8},
    {Kind::members, 4},
};

Micros draw_span(Random& random) {
  static constexpr Micros scales[] = {20, 200, 1000, 4000};
  return random.between(1, scales[random.place(4)]) * millisecond;
}

const std::vector<Key>& all_keys() {
  static const std::vector<Key> keys = {
      {Key::Kind::counter, "c/hot"},     {Key::Kind::counter, "c/warm"},
      {Key::Kind::counter, "c/bounded"}, {Key::Kind::counter, "c/mortal"},
      {Key::Kind::counter, "c/x"},       {Key::Kind::counter, "c/y"},
      {Key::Kind::sequence, "strict"},   {Key::Kind::sequence, "cached"},
      {Key::Kind::sequence, "gapless"},  {Key::Kind::items, "t"},
      {Key::Kind::items, "u"},
  };
  return keys;
}

class Drawer {
 public:
  Drawer(std::uint64_t seed, bool rocks, std::size_t operations)
      : random_(seed, 1), operations_(operations) {
    schedule_.seed = seed;
    schedule_.rocks = rocks;
    schedule_.keys = all_keys();
  }

  Schedule draw() {
    draw_shape();
    draw_operations();
    draw_faults();
    std::ranges::stable_sort(schedule_.events, {}, &Event::at);
    schedule_.end = length_;
    for (const Event& event : schedule_.events) {
      schedule_.end = std::max(schedule_.end, event.at + (event.is_fault ? event.span : 0));
    }
    return std::move(schedule_);
  }

 private:
  void draw_shape() {
    Schedule& s = schedule_;
    static const std::vector<std::size_t> servers = {1, 2, 2, 2, 3, 3, 3};
    static const std::vector<std::size_t> members = {1, 3, 3, 3, 3, 5};
    static const std::vector<Micros> lengths = {500 * millisecond, 2 * second, 5 * second,
                                                12 * second};
    s.servers = s.rocks ? 1 : random_.any(servers);
    s.clients = static_cast<std::size_t>(random_.between(2, 8));
    s.etcd.members = random_.any(members);
    s.etcd.operations_max = random_.one_in(4) ? 4096 : 128;
    if (random_.one_in(4)) {
      s.etcd.fragment_events_max = static_cast<std::size_t>(random_.between(1, 3));
    }
    s.etcd.commit_max = random_.between(500, 6000);
    s.server_latency = {50, random_.between(100, 2000), random_.between(20, 400)};
    s.client_latency = {50, random_.between(100, 2000), random_.between(20, 400)};
    s.page_entries = random_.one_in(2) ? random_.between(1, 20) : 2000;
    s.heartbeats = random_.one_in(2);
    s.reservation_ms = random_.between(100, 5000);
    length_ = random_.any(lengths);
  }

  void draw_operations() {
    std::vector<Weight> weights;
    std::int64_t total = 0;
    while (weights.empty()) {
      for (const Weight& one : operation_weights) {
        if (random_.one_in(3)) continue;
        weights.push_back({one.kind, random_.between(1, one.weight)});
        total += weights.back().weight;
      }
    }
    const std::int64_t unkeyed_one_in = random_.between(2, 10);
    const bool one_key = random_.one_in(3);
    for (std::size_t i = 0; i < operations_; ++i) {
      std::int64_t at = random_.below(total);
      std::size_t which = 0;
      while (at >= weights[which].weight) at -= weights[which++].weight;
      Event event;
      event.at = random_.below(length_);
      event.client = random_.place(schedule_.clients);
      event.operation = draw_operation(weights[which].kind, one_key);
      event.operation.keyed = !random_.one_in(unkeyed_one_in);
      schedule_.events.push_back(event);
    }
  }

  PlannedOperation draw_operation(Kind kind, bool one_key) {
    static const char* const counters[] = {"c/hot",     "c/hot",    "c/warm",
                                           "c/bounded", "c/mortal", "c/x"};
    PlannedOperation operation;
    operation.kind = kind;
    operation.amount = random_.one_in(3) ? random_.between(-9, 30) : 1;
    const auto key = [&](const char* name) { return schedule_.key_named(name); };
    switch (kind) {
      case Kind::add:
      case Kind::read:
        operation.key = key(one_key ? "c/hot" : counters[random_.place(6)]);
        operation.creates = operation.key == key("c/mortal");
        break;
      case Kind::reset:
        operation.key = key(random_.one_in(2) ? "c/warm" : "c/bounded");
        break;
      case Kind::remove:
        operation.key = key("c/mortal");
        break;
      case Kind::transfer:
        operation.key = key("c/x");
        operation.other = key("c/y");
        break;
      case Kind::next:
        operation.key = key(random_.one_in(3)   ? "strict"
                            : random_.one_in(2) ? "cached"
                                                : "gapless");
        operation.amount = random_.between(1, 4);
        break;
      case Kind::reserve:
      case Kind::confirm:
      case Kind::release:
        operation.key = key("gapless");
        break;
      case Kind::items:
      case Kind::items_of_two:
      case Kind::count:
      case Kind::members:
        operation.key = key(random_.one_in(4) ? "u" : "t");
        operation.other = key("t") + key("u") - operation.key;
        operation.amount = random_.below(60);
        break;
    }
    return operation;
  }

  bool is_possible(FaultKind kind) const {
    const bool disk = kind >= FaultKind::power_cut;
    const bool anywhere = kind == FaultKind::kill_server || kind == FaultKind::stop_server ||
                          kind == FaultKind::pause_server || kind == FaultKind::call_mishap ||
                          kind == FaultKind::move_clock;
    if (schedule_.rocks) return disk || anywhere;
    const bool among_members = kind == FaultKind::cut_members ||
                               kind == FaultKind::isolate_leader ||
                               kind == FaultKind::change_leader;
    return !disk && (!among_members || schedule_.etcd.members > 1);
  }

  void draw_faults() {
    std::vector<FaultKind> kinds;
    for (int i = 0; i < fault_kinds; ++i) {
      const auto kind = static_cast<FaultKind>(i);
      if (!is_possible(kind) || random_.one_in(2)) continue;
      kinds.push_back(kind);
    }
    if (kinds.empty()) return;
    const std::int64_t count = random_.between(0, schedule_.rocks ? 8 : 24);
    for (std::int64_t i = 0; i < count; ++i) draw_fault(random_.any(kinds));
  }

  void draw_fault(FaultKind kind) {
    Event event;
    event.is_fault = true;
    event.fault = kind;
    event.at = random_.below(length_);
    event.span = draw_span(random_);
    event.a = random_.place(schedule_.servers);
    event.b = random_.place(schedule_.etcd.members);
    event.mishap.kind = static_cast<Mishap::Kind>(random_.below(4));
    event.mishap.delay = draw_span(random_);
    switch (kind) {
      case FaultKind::call_mishap:
        event.a = random_.place(schedule_.clients);
        event.span = 0;
        break;
      case FaultKind::commit_mishap:
      case FaultKind::reset_server:
        event.span = 0;
        break;
      case FaultKind::kill_member:
      case FaultKind::pause_member:
        event.a = event.b;
        break;
      case FaultKind::cut_members:
        event.a = random_.place(schedule_.etcd.members);
        if (event.a == event.b) event.a = (event.a + 1) % schedule_.etcd.members;
        break;
      case FaultKind::change_leader:
        event.span /= 4;
        break;
      case FaultKind::compact:
      case FaultKind::compact_behind:
        event.b = static_cast<std::size_t>(random_.below(4));
        break;
      case FaultKind::move_clock:
        event.by = random_.between(1, 2) == 1 ? random_.between(1, 1900) * millisecond
                                              : random_.between(2100, 20'000) * millisecond;
        break;
      case FaultKind::power_cut:
        event.b = static_cast<std::size_t>(random_.below(5));
        event.mishap.delay = random_.below(3);  // what becomes of what is not synced
        break;
      default:
        break;
    }
    schedule_.events.push_back(event);
  }

  Random random_;
  const std::size_t operations_;
  Schedule schedule_;
  Micros length_ = 0;
};

std::string milliseconds(Micros time) {
  char text[32];
  std::snprintf(text, sizeof text, "%lld.%03lld ms", static_cast<long long>(time / 1000),
                static_cast<long long>(time % 1000));
  return text;
}

std::string operation_text(const PlannedOperation& operation, const Schedule& schedule) {
  const std::string& key = schedule.keys[operation.key].name;
  const std::string& other = schedule.keys[operation.other].name;
  const std::string amount = std::to_string(operation.amount);
  const std::string keyed = operation.keyed ? "" : ", without a key";
  switch (operation.kind) {
    case Kind::add:
      return "add " + key + " " + amount + keyed;
    case Kind::read:
      return "read " + key;
    case Kind::reset:
      return "reset " + key + keyed;
    case Kind::remove:
      return "delete " + key + keyed;
    case Kind::transfer:
      return "batch " + key + " -" + amount + ", " + other + " +" + amount + keyed;
    case Kind::next:
      return "next " + amount + " of " + key + keyed;
    case Kind::reserve:
      return "reserve of " + key + keyed;
    case Kind::confirm:
      return "confirm one of " + key + keyed;
    case Kind::release:
      return "release one of " + key + keyed;
    case Kind::items:
      return "items of " + key + keyed;
    case Kind::items_of_two:
      return "items of " + key + " and " + other + keyed;
    case Kind::count:
      return "count " + key;
    case Kind::members:
      return "members of " + key;
  }
  return "";
}

std::string fault_text(const Event& event) {
  const std::string server = " node-" + std::to_string(event.a + 1);
  const std::string member = " etcd-" + std::to_string(event.b + 1);
  const std::string time = ", for " + milliseconds(event.span);
  const std::string name = to_string(event.fault);
  switch (event.fault) {
    case FaultKind::cut_server:
      return name + server + " from" + member + time;
    case FaultKind::reset_server:
      return name + server;
    case FaultKind::commit_mishap:
    case FaultKind::call_mishap: {
      const bool call = event.fault == FaultKind::call_mishap;
      std::string text = call ? "client " + std::to_string(event.a) + ", its next call: "
                              : "node-" + std::to_string(event.a + 1) + ", its next commit: ";
      text += to_string(event.mishap.kind);
      const bool late = event.mishap.kind == Mishap::Kind::delay_request ||
                        event.mishap.kind == Mishap::Kind::delay_answer;
      return late ? text + " by " + milliseconds(event.mishap.delay) : text;
    }
    case FaultKind::kill_member:
    case FaultKind::pause_member:
      return name + member + time;
    case FaultKind::cut_members:
      return name + " etcd-" + std::to_string(event.a + 1) + " from" + member + time;
    case FaultKind::compact:
      return name + ", keeping " + std::to_string(event.b) + " revisions";
    case FaultKind::compact_behind:
      return name + server + ", keeping " + std::to_string(event.b) + " revisions" + time;
    case FaultKind::move_clock:
      return name + server + " by " + milliseconds(event.by) + time;
    case FaultKind::power_cut: {
      static const char* const tails[] = {"dropped", "torn", "kept"};
      return name + " after " + std::to_string(event.b) + " steps of the next commit, unsynced " +
             "data " + tails[event.mishap.delay % 3] + time;
    }
    case FaultKind::isolate_leader:
    case FaultKind::kill_leader:
    case FaultKind::change_leader:
    case FaultKind::full:
    case FaultKind::fail_syncs:
    case FaultKind::disk_full:
      return name + time;
    default:
      return name + server + time;
  }
}

}  // namespace

const char* to_string(FaultKind kind) {
  static const char* const names[] = {
      "kill server",    "stop server",    "pause server",   "replace server", "cut server",
      "isolate server", "reset server",   "commit mishap",  "call mishap",    "kill member",
      "pause member",   "cut members",    "isolate leader", "kill leader",    "change leader",
      "compact",        "compact behind", "full",           "move clock",     "power cut",
      "fail syncs",     "disk full"};
  return names[static_cast<int>(kind)];
}

std::size_t Schedule::key_named(const std::string& name) const {
  const auto at = std::ranges::find(keys, name, &Key::name);
  return static_cast<std::size_t>(at - keys.begin());
}

Schedule draw_schedule(std::uint64_t seed, bool rocks, std::size_t operations) {
  return Drawer(seed, rocks, operations).draw();
}

std::string to_text(const Event& event, const Schedule& schedule) {
  const std::string what = event.is_fault ? fault_text(event)
                                          : "client " + std::to_string(event.client) + "  " +
                                                operation_text(event.operation, schedule);
  return "at " + milliseconds(event.at) + "  " + what;
}

std::string to_keep(const std::vector<std::size_t>& places) {
  std::string text;
  for (std::size_t i = 0; i < places.size();) {
    std::size_t end = i;
    while (end + 1 < places.size() && places[end + 1] == places[end] + 1) ++end;
    if (!text.empty()) text += ',';
    text += std::to_string(places[i]);
    if (end > i) text += "-" + std::to_string(places[end]);
    i = end + 1;
  }
  return text.empty() ? "none" : text;
}

std::vector<std::size_t> parse_keep(const std::string& text, std::size_t count) {
  std::vector<std::size_t> places;
  if (text.empty()) {
    for (std::size_t i = 0; i < count; ++i) places.push_back(i);
    return places;
  }
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at < end) {
    std::size_t first = 0;
    auto read = std::from_chars(at, end, first);
    if (read.ec != std::errc{}) break;
    std::size_t last = first;
    if (read.ptr < end && *read.ptr == '-') read = std::from_chars(read.ptr + 1, end, last);
    for (std::size_t i = first; i <= last && i < count; ++i) places.push_back(i);
    at = read.ptr < end ? read.ptr + 1 : end;
  }
  return places;
}

Schedule only(const Schedule& schedule, const std::vector<std::size_t>& places) {
  Schedule some = schedule;
  some.events.clear();
  for (const std::size_t place : places) some.events.push_back(schedule.events[place]);
  return some;
}

}  // namespace dcount::world

#include "sim/links/link.h"

#include "sim/links/connection.h"
#include "sim/links/front.h"
#include "sim/links/io_loop.h"

namespace dcount::sim {
namespace {

bool goes_forward(Way way) { return way != Way::backward; }
bool goes_backward(Way way) { return way != Way::forward; }

/// Of each flow that the way takes.
template <class F>
void for_each_flow(LinkState& state, Way way, F f) {
  if (goes_forward(way)) f(state.forward);
  if (goes_backward(way)) f(state.backward);
}

std::size_t reset_all(LinkState& state) {
  const auto all = state.connections;  // a copy: they leave
  std::size_t count = 0;
  for (const auto& connection : all) {
    if (!connection->is_probe()) ++count;
    connection->abort();
  }
  state.reset.add(count);
  return count;
}

}  // namespace

std::string_view to_string(LinkFault fault) {
  switch (fault) {
    case LinkFault::cut:
      return "cut";
    case LinkFault::latency:
      return "latency";
    case LinkFault::bandwidth:
      return "bandwidth";
    case LinkFault::reset:
      return "reset";
    case LinkFault::refuse:
      return "refuse";
    case LinkFault::hang:
      return "hang";
  }
  std::abort();
}

Link::Link(Front& front, std::string from, std::string to)
    : front_(front),
      from_(std::move(from)),
      to_(std::move(to)),
      state_(std::make_unique<LinkState>()) {}

Link::~Link() = default;

std::string Link::name(Way way) const {
  if (way == Way::both) return from_ + "↔" + to_;
  return way == Way::forward ? name() : to_ + "→" + from_;
}

std::uint16_t Link::port() const { return front_.port(); }

Result<void> Link::set_target(const std::string& address) {
  auto target = parse_target(address);
  if (!target) return target.error();
  front_.loop().call([&] { front_.set_target(*target); });
  return {};
}

template <class F>
auto Link::change(F f) {
  return front_.loop().call([&] {
    const auto go_on = [&] {
      const auto all = state_->connections;  // a copy: they may leave
      for (const auto& connection : all) connection->go_on();
    };
    if constexpr (std::is_void_v<decltype(f())>) {
      f();
      go_on();
    } else {
      auto result = f();
      go_on();
      return result;
    }
  });
}

void Link::begin(LinkFault fault, Way way, std::size_t hit) {
  auto& began = state_->began;
  const auto before = began.find(fault);
  // The same fault the other way adds up with what there is.
  if (before != began.end() && before->second.way != way) way = Way::both;
  began[fault] = {way, state_->forward.counters(), state_->backward.counters(), hit};
}

void Link::cut(Way way, OnHeal on_heal) {
  change([&] {
    begin(LinkFault::cut, way);
    state_->on_heal[LinkFault::cut] = on_heal;
    for_each_flow(*state_, way, [](Flow& flow) { flow.stopped = true; });
  });
}

void Link::delay(Way way, std::chrono::microseconds latency, std::chrono::microseconds jitter) {
  change([&] {
    begin(LinkFault::latency, way);
    for_each_flow(*state_, way, [&](Flow& flow) { flow.delay = Delay{latency, jitter}; });
  });
}

void Link::limit(Way way, std::uint64_t bytes_per_second) {
  change([&] {
    begin(LinkFault::bandwidth, way);
    const auto now = std::chrono::steady_clock::now();
    for_each_flow(*state_, way,
                  [&](Flow& flow) { flow.bucket = TokenBucket(bytes_per_second, now); });
  });
}

std::size_t Link::reset() {
  return change([&] {
    const std::size_t count = reset_all(*state_);
    begin(LinkFault::reset, Way::both, count);
    return count;
  });
}

void Link::refuse() {
  change([&] {
    begin(LinkFault::refuse, Way::both);
    state_->refuses = true;
    if (!front_.is_shared()) front_.stop_listening();
  });
}

void Link::hang(Hang which, OnHeal on_heal) {
  change([&] {
    std::size_t count = 0;
    if (which != Hang::open_ones) state_->hangs_new = true;
    if (which != Hang::new_ones) {
      for (const auto& connection : state_->connections) {
        connection->set_hangs(true);
        if (!connection->is_probe()) ++count;
      }
    }
    begin(LinkFault::hang, Way::both, count);
    state_->on_heal[LinkFault::hang] = on_heal;
  });
}

void Link::heal() {
  for (const auto fault : {LinkFault::refuse, LinkFault::latency, LinkFault::bandwidth,
                           LinkFault::hang, LinkFault::cut, LinkFault::reset}) {
    heal(fault);
  }
}

void Link::heal(LinkFault fault, Way way) {
  change([&] { end(fault, way); });
}

void Link::end(LinkFault fault, Way way) {
  const auto began = state_->began.find(fault);
  if (began == state_->began.end()) return;
  switch (fault) {
    case LinkFault::cut:
      for_each_flow(*state_, way, [](Flow& flow) { flow.stopped = false; });
      break;
    case LinkFault::latency:
      for_each_flow(*state_, way, [](Flow& flow) { flow.delay.reset(); });
      break;
    case LinkFault::bandwidth:
      for_each_flow(*state_, way, [](Flow& flow) { flow.bucket = {}; });
      break;
    case LinkFault::hang:
      state_->hangs_new = false;
      break;
    case LinkFault::refuse:
      state_->refuses = false;
      // The port is ours: a failure is the machine's end, and the next probe tells.
      if (auto listens = front_.listen(); !listens) return;
      break;
    case LinkFault::reset:
      break;
  }
  const auto on_heal = state_->on_heal.find(fault);
  if (on_heal != state_->on_heal.end() && on_heal->second == OnHeal::reset) reset_all(*state_);
  if (fault == LinkFault::hang) {
    for (const auto& connection : state_->connections) connection->set_hangs(false);
  }
  const Way was = began->second.way;
  if (way == Way::both || way == was) {
    state_->began.erase(began);
    state_->on_heal.erase(fault);
  } else if (was == Way::both) {
    began->second.way = way == Way::forward ? Way::backward : Way::forward;
  }
}

LinkCounters Link::counters() const {
  const LinkState& state = *state_;
  return {state.forward.counters(), state.backward.counters(), state.taken.get(),
          state.open.get(),         state.refused.get(),       state.reset.get()};
}

}  // namespace dcount::sim

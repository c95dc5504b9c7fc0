// Link::confirm and Link::round_trip: evidence that a fault is in effect, or that none is.
#include <algorithm>
#include <chrono>
#include <thread>

#include "sim/links/connection.h"
#include "sim/links/front.h"
#include "sim/links/io_loop.h"
#include "sim/links/link.h"
#include "sim/links/probe.h"

namespace dcount::sim {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr std::size_t small_probe_bytes = 16;
constexpr std::size_t large_probe_bytes_max = 1 << 20;
constexpr milliseconds silence_time{300};  // what answers at all does so in less than one
constexpr milliseconds slow_time{450};
constexpr milliseconds refusal_time{2000};  // it comes at once, unless the machine is busy
constexpr milliseconds between_looks{5};

/// A link as it is at one moment, for judging in the caller's thread.
struct Snapshot {
  std::optional<Began> began;
  FlowCounters forward, backward;
  bool forward_stopped = false, backward_stopped = false;
  Delay forward_delay{}, backward_delay{};
  TokenBucket forward_bucket, backward_bucket;
  bool hangs_new = false;
};

Snapshot look_at(const LinkState& state, LinkFault fault) {
  Snapshot now;
  const auto began = state.began.find(fault);
  if (began != state.began.end()) now.began = began->second;
  now.forward = state.forward.counters();
  now.backward = state.backward.counters();
  now.forward_stopped = state.forward.stopped;
  now.backward_stopped = state.backward.stopped;
  now.forward_delay = state.forward.delay.value_or(Delay{});
  now.backward_delay = state.backward.delay.value_or(Delay{});
  now.forward_bucket = state.forward.bucket;
  now.backward_bucket = state.backward.bucket;
  now.hangs_new = state.hangs_new;
  return now;
}

Error without_effect(const std::string& message) { return {Certainty::definite, message}; }

std::string ms_text(microseconds time) {
  const auto tenths = (time.count() + 50) / 100;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " ms";
}

std::string bytes_text(std::uint64_t bytes) {
  return std::to_string(bytes) + (bytes == 1 ? " byte" : " bytes");
}

/// What a flow counted since the fault began, said of both ways; "": nothing.
std::string traffic(const Link& link, const Snapshot& now, std::uint64_t FlowCounters::*counted,
                    const std::string& what) {
  const std::uint64_t forward = now.forward.*counted - now.began->forward.*counted;
  const std::uint64_t backward = now.backward.*counted - now.began->backward.*counted;
  std::string text;
  if (forward > 0) text = bytes_text(forward) + " " + link.name(Way::forward);
  if (backward > 0) {
    text += (text.empty() ? "" : ", ") + bytes_text(backward) + " " + link.name(Way::backward);
  }
  return text.empty() ? text : text + " " + what;
}

/// A probe, and what the link held of it at the end.
struct Probed {
  LinkProbe probe;
  std::size_t held_forward = 0;
  std::size_t held_backward = 0;
};

Probed send_probe(Front& front, LinkState& state, std::size_t bytes, milliseconds at_most) {
  Probed probed;
  const auto expect = [&](std::uint16_t port) {
    front.loop().call([&] { front.expect_probe(port, state); });
  };
  const auto look = [&](std::uint16_t port) {
    front.loop().call([&] {
      front.forget_probe(port);
      for (const auto& connection : state.connections) {
        if (connection->probe_port() != port) continue;
        probed.held_forward = connection->held_forward();
        probed.held_backward = connection->held_backward();
        connection->abort();
        return;
      }
    });
  };
  probed.probe = probe_link(front.port(), bytes, at_most, expect, look);
  return probed;
}

std::string ending(LinkProbe::End end) {
  switch (end) {
    case LinkProbe::End::answered:
      return "was answered";
    case LinkProbe::End::silent:
      return "got no answer";
    case LinkProbe::End::refused:
      return "was refused";
    case LinkProbe::End::reset:
      return "was reset";
  }
  std::abort();
}

std::string answer_time(const Probed& probed) {
  return "a probe was answered after " + ms_text(probed.probe.round_trip);
}

Result<std::string> confirm_cut(const Link& link, const Snapshot& now, const Probed& probed) {
  const auto& [probe, forward, backward] = probed;
  const std::string over = "a probe over " + link.name();
  const std::string within = " in " + std::to_string(silence_time.count()) + " ms";
  if (probe.end == LinkProbe::End::refused) {
    return over + " was refused: no byte gets through it, cut or not";
  }
  // A cut both ways may hold so many that the kernel keeps the probe.
  const bool forward_holds = !now.forward_stopped || now.backward_stopped || forward > 0;
  const bool backward_holds = !now.backward_stopped || !probe.greeted;
  if (probe.end != LinkProbe::End::silent || !forward_holds || !backward_holds) {
    return without_effect(over + " " + ending(probe.end) + " although " +
                          link.name(now.began->way) + " is cut");
  }
  if (!now.backward_stopped) {
    return over + " got " + (probe.greeted ? "what its other end says, but " : "") + "no answer" +
           within + ": its " + bytes_text(forward) + " are held back";
  }
  if (!now.forward_stopped) {
    return over + " got no answer" + within + ": " + bytes_text(backward) + " are held back on " +
           link.name(Way::backward);
  }
  return over + " got no answer" + within;
}

Result<std::string> confirm_latency(const Link& link, const Snapshot& now, const Probed& probed) {
  const auto least = [](const Delay& delay) {
    return std::max(delay.latency - delay.jitter, microseconds(0));
  };
  const microseconds expected = least(now.forward_delay) + least(now.backward_delay);
  const std::string over = link.name() + ": ";
  const bool answered = probed.probe.end == LinkProbe::End::answered;
  if (answered && probed.probe.round_trip >= expected && probed.probe.round_trip.count() > 0) {
    return over + answer_time(probed) + ", at least " + ms_text(expected) + " of which are latency";
  }
  if (answered) return without_effect(over + answer_time(probed) + ", too early");
  if (const auto told = traffic(link, now, &FlowCounters::delayed_bytes, "came late");
      !told.empty()) {
    return told;
  }
  if (expected + milliseconds(50) > slow_time && probed.held_forward + probed.held_backward > 0) {
    return over + "a probe was still held after " + std::to_string(slow_time.count()) + " ms";
  }
  return without_effect(over + "a probe " + ending(probed.probe.end) +
                        ": another fault hides the latency");
}

/// What a probe must send to feel the limit for a seventh of a second.
std::size_t probe_bytes_for(const Snapshot& now) {
  std::uint64_t most = 0;
  for (const TokenBucket& bucket : {now.forward_bucket, now.backward_bucket}) {
    if (bucket.limits()) most = std::max(most, bucket.burst() + bucket.rate() / 7 + 1);
  }
  return std::min<std::uint64_t>(most, large_probe_bytes_max);
}

Result<std::string> confirm_bandwidth(const Link& link, const Snapshot& now, const Probed& probed,
                                      std::size_t bytes) {
  const auto expected = [&](TokenBucket bucket) {
    if (!bucket.limits()) return microseconds(0);
    const auto waiting = double(bytes - std::min<std::uint64_t>(bytes, bucket.burst()));
    return microseconds(static_cast<std::int64_t>(waiting / double(bucket.rate()) * 1e6));
  };
  const microseconds least = std::max(expected(now.forward_bucket), expected(now.backward_bucket));
  const std::string over = link.name() + ": a probe of " + bytes_text(bytes) + " ";
  if (probed.probe.end == LinkProbe::End::answered && probed.probe.round_trip >= least) {
    return over + "took " + ms_text(probed.probe.round_trip);
  }
  const bool is_held = probed.held_forward + probed.held_backward > 0;
  if (probed.probe.end == LinkProbe::End::silent && is_held) {
    return over + "had got " + bytes_text(probed.probe.answered_bytes) + " back after " +
           std::to_string(slow_time.count()) + " ms";
  }
  return without_effect(over + ending(probed.probe.end) + " without having to wait");
}

Result<std::string> confirm_refusal(const Link& link, const Probed& probed) {
  const std::string told = "a probe over " + link.name() + " " + ending(probed.probe.end);
  const auto end = probed.probe.end;
  if (end == LinkProbe::End::refused || end == LinkProbe::End::reset) return told;
  return without_effect(told);
}

Result<std::string> confirm_hang(const Link& link, const Probed& probed) {
  const std::string told = "a probe over " + link.name() + " " + ending(probed.probe.end);
  const bool is_taken = probed.held_forward > 0 && !probed.probe.greeted;
  if (probed.probe.end != LinkProbe::End::silent || !is_taken) return without_effect(told);
  return told + " in " + std::to_string(silence_time.count()) + " ms";
}

}  // namespace

Result<std::string> Link::confirm(LinkFault fault) const {
  const auto look = [&] { return front_.loop().call([&] { return look_at(*state_, fault); }); };
  Snapshot now = look();
  if (!now.began) return without_effect(name() + ": no " + std::string(to_string(fault)));
  const auto probed = [&](std::size_t bytes, milliseconds at_most) {
    return send_probe(front_, *state_, bytes, at_most);
  };
  const auto held = [&] { return traffic(*this, now, &FlowCounters::stopped_bytes, "held back"); };
  switch (fault) {
    case LinkFault::cut: {
      if (const auto told = held(); !told.empty()) return told;
      auto told = confirm_cut(*this, now, probed(small_probe_bytes, silence_time));
      now = look();  // something may have arrived in the meantime
      if (told && now.began && !held().empty()) *told += "; " + held();
      return told;
    }
    case LinkFault::latency:
      return confirm_latency(*this, now, probed(small_probe_bytes, slow_time));
    case LinkFault::bandwidth: {
      const auto told = traffic(*this, now, &FlowCounters::limited_bytes, "had to wait");
      if (!told.empty()) return told;
      const std::size_t bytes = probe_bytes_for(now);
      return confirm_bandwidth(*this, now, probed(bytes, slow_time), bytes);
    }
    case LinkFault::reset:
      if (now.began->hit == 0) return without_effect(name() + ": no connection was open to reset");
      return name() + ": " + std::to_string(now.began->hit) + " open connections were reset";
    case LinkFault::refuse:
      return confirm_refusal(*this, probed(small_probe_bytes, refusal_time));
    case LinkFault::hang:
      break;
  }
  const auto deadline = std::chrono::steady_clock::now() + slow_time;
  for (;; std::this_thread::sleep_for(between_looks)) {
    if (const auto told = held(); !told.empty()) return told;
    if (now.hangs_new) return confirm_hang(*this, probed(small_probe_bytes, silence_time));
    if (std::chrono::steady_clock::now() > deadline) break;
    now = look();
    if (!now.began) break;
  }
  return without_effect(name() + ": " + std::to_string(now.began ? now.began->hit : 0) +
                        " open connections hang, but nothing arrives on them");
}

Result<microseconds> Link::round_trip(milliseconds at_most) const {
  const auto probed = send_probe(front_, *state_, small_probe_bytes, at_most);
  if (probed.probe.end == LinkProbe::End::answered) return probed.probe.round_trip;
  return Error{Certainty::definite, "a probe over " + name() + " " + ending(probed.probe.end)};
}

}  // namespace dcount::sim

#include "sim/scenario/hiding.h"

#include <array>

namespace dcount::sim {
namespace {

constexpr std::string_view arrow = "→";

/// A process, or one that is none: the second end of what is no link.
using Ends = std::array<std::string_view, 2>;

Ends ends_of(std::string_view target) {
  const auto at = target.find(arrow);
  if (at == std::string_view::npos) return {target, ""};
  return {target.substr(0, at), target.substr(at + arrow.size())};
}

/// Whether `all` is a word for many processes, and `one` one of them or a word for such.
bool holds(std::string_view all, std::string_view one) {
  const bool server = one == "servers" || one.starts_with("node-");
  const bool member = one == "etcd" || one.starts_with("etcd-");
  if (all == "the cluster") return server || member;
  return (all == "servers" && server) || (all == "etcd" && member);
}

bool same(std::string_view one, std::string_view other) {
  if (one.empty() || other.empty() || one == "clients" || other == "clients") return false;
  return one == other || holds(one, other) || holds(other, one);
}

}  // namespace

bool touch(std::string_view one, std::string_view other) {
  for (const std::string_view a : ends_of(one)) {
    for (const std::string_view b : ends_of(other)) {
      if (same(a, b)) return true;
    }
  }
  return false;
}

bool can_hide(FaultKind kind) { return kind != FaultKind::slow_reader; }

bool can_be_hidden(FaultKind kind) {
  return hurts_a_link(kind) || kind == FaultKind::isolate || kind == FaultKind::halves ||
         kind == FaultKind::ring || kind == FaultKind::slow_reader;
}

}  // namespace dcount::sim

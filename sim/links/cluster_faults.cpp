// ClusterLinks: faults by the names of processes.
#include <algorithm>
#include <future>
#include <set>

#include "sim/links/cluster_links.h"

namespace dcount::sim {
namespace {

constexpr const char* nobody_known = "?";
constexpr const char* the_clients = "clients";

/// The part of a fault on bytes from the one to the other, if there is such a link.
void add_part(std::vector<Hurt::Part>& parts, Link* link, Way way) {
  if (link != nullptr) parts.push_back({link, way});
}

std::string in_ms(std::chrono::microseconds time) {
  return std::to_string(time.count() / 1000) + "." + std::to_string(time.count() % 1000 / 100) +
         " ms";
}

/// One part with an effect proves these: the others had nothing to act upon.
bool one_is_enough(LinkFault fault) { return fault == LinkFault::reset; }

}  // namespace

std::string Hurt::text() const {
  std::string text;
  for (const auto& [link, way] : parts) {
    text += (text.empty() ? std::string(to_string(fault)) + ": " : ", ") + link->name(way);
  }
  return text;
}

Result<Hurt> ClusterLinks::between(LinkFault fault, const std::vector<std::string>& from,
                                   const std::vector<std::string>& to, Way way) const {
  Hurt hurt{fault, {}};
  const auto known = [&](const std::string& name) {
    return std::ranges::find(processes_, name) != processes_.end();
  };
  for (const auto& names : {from, to}) {
    for (const auto& name : names) {
      if (!known(name)) {
        return Error{Certainty::definite, "no process of the cluster is called " + name};
      }
    }
  }
  for (const auto& a : from) {
    for (const auto& b : to) {
      add_part(hurt.parts, link(a, b), way);
      add_part(hurt.parts, link(b, a), way == Way::both ? way : Way::backward);
    }
  }
  if (hurt.parts.empty()) {
    return Error{Certainty::definite, "no link runs between " + (from.empty() ? "" : from[0]) +
                                          " and " + (to.empty() ? "" : to[0])};
  }
  return hurt;
}

Result<Hurt> ClusterLinks::opened_by(LinkFault fault, const std::string& from,
                                     const std::string& to) const {
  if (Link* found = link(from, to)) return Hurt{fault, {{found, Way::both}}};
  return Error{Certainty::definite, from + " opens no connection to " + to};
}

Result<Hurt> ClusterLinks::cut_all(Result<Hurt> hurt, OnHeal on_heal) {
  if (!hurt) return hurt;
  for (const auto& [link, way] : hurt->parts) link->cut(way, on_heal);
  return hurt;
}

Result<Hurt> ClusterLinks::partition_parts(const std::vector<std::vector<std::string>>& groups,
                                           bool only_from_first) const {
  Hurt all{LinkFault::cut, {}};
  std::set<std::string> seen;
  for (const auto& group : groups) {
    for (const auto& name : group) {
      if (!seen.insert(name).second) {
        return Error{Certainty::definite, name + " is on two sides of a partition"};
      }
    }
  }
  std::string why = "a partition takes two groups";
  for (std::size_t i = 0; i < groups.size() && (i == 0 || !only_from_first); ++i) {
    for (std::size_t j = i + 1; j < groups.size(); ++j) {
      auto parts =
          between(LinkFault::cut, groups[i], groups[j], only_from_first ? Way::forward : Way::both);
      if (!parts && parts.error().message.starts_with("no process")) return parts;
      if (!parts) {
        why = parts.error().message;
        continue;
      }
      all.parts.insert(all.parts.end(), parts->parts.begin(), parts->parts.end());
    }
  }
  if (all.parts.empty()) return Error{Certainty::definite, why};
  return all;
}

Result<Hurt> ClusterLinks::partition(const std::vector<std::vector<std::string>>& groups,
                                     OnHeal on_heal) {
  return cut_all(partition_parts(groups, /*only_from_first=*/false), on_heal);
}

Result<Hurt> ClusterLinks::partition_one_way(const std::vector<std::vector<std::string>>& groups,
                                             OnHeal on_heal) {
  return cut_all(partition_parts(groups, /*only_from_first=*/true), on_heal);
}

Result<Hurt> ClusterLinks::cut(const std::string& from, const std::string& to, OnHeal on_heal) {
  return cut_all(between(LinkFault::cut, {from}, {to}, Way::both), on_heal);
}

Result<Hurt> ClusterLinks::one_way(const std::string& from, const std::string& to, OnHeal on_heal) {
  return cut_all(between(LinkFault::cut, {from}, {to}, Way::forward), on_heal);
}

Result<Hurt> ClusterLinks::isolate(const std::string& name, Clients with_clients, OnHeal on_heal) {
  std::vector<std::string> others;
  for (const auto& other : processes_) {
    const bool stays = other == the_clients && with_clients == Clients::stay;
    if (other != name && !stays) others.push_back(other);
  }
  auto hurt = between(LinkFault::cut, {name}, others, Way::both);
  if (hurt) add_part(hurt->parts, link(nobody_known, name), Way::both);
  return cut_all(std::move(hurt), on_heal);
}

Result<Hurt> ClusterLinks::slow(const std::string& from, const std::string& to,
                                std::chrono::microseconds latency,
                                std::chrono::microseconds jitter) {
  auto hurt = between(LinkFault::latency, {from}, {to}, Way::forward);
  if (!hurt) return hurt;
  for (const auto& [link, way] : hurt->parts) link->delay(way, latency, jitter);
  return hurt;
}

Result<Hurt> ClusterLinks::bandwidth(const std::string& from, const std::string& to,
                                     std::uint64_t bytes_per_second) {
  auto hurt = between(LinkFault::bandwidth, {from}, {to}, Way::forward);
  if (!hurt) return hurt;
  for (const auto& [link, way] : hurt->parts) link->limit(way, bytes_per_second);
  return hurt;
}

Result<Hurt> ClusterLinks::reset(const std::string& a, const std::string& b) {
  auto hurt = between(LinkFault::reset, {a}, {b}, Way::both);
  if (!hurt) return hurt;
  for (const auto& [link, way] : hurt->parts) link->reset();
  return hurt;
}

Result<Hurt> ClusterLinks::refuse(const std::string& from, const std::string& to) {
  auto hurt = opened_by(LinkFault::refuse, from, to);
  if (hurt) hurt->parts[0].link->refuse();
  return hurt;
}

Result<Hurt> ClusterLinks::hang(const std::string& from, const std::string& to, Hang which,
                                OnHeal on_heal) {
  auto hurt = opened_by(LinkFault::hang, from, to);
  if (hurt) hurt->parts[0].link->hang(which, on_heal);
  return hurt;
}

Result<std::string> ClusterLinks::confirm(const Hurt& hurt) const {
  std::vector<std::future<Result<std::string>>> answers;
  for (const auto& part : hurt.parts) {
    answers.push_back(std::async(std::launch::async,
                                 [link = part.link, &hurt] { return link->confirm(hurt.fault); }));
  }
  std::string evidence;
  std::optional<Error> wrong;
  for (auto& answer : answers) {
    const auto told = answer.get();
    if (told) {
      evidence += (evidence.empty() ? "" : "\n") + *told;
    } else if (!wrong) {
      wrong = told.error();
    }
  }
  const bool enough = !evidence.empty() && one_is_enough(hurt.fault);
  if (wrong && !enough) return *wrong;
  return evidence;
}

void ClusterLinks::heal(const Hurt& hurt) {
  for (const auto& [link, way] : hurt.parts) link->heal(hurt.fault, way);
}

void ClusterLinks::heal_all() {
  for (Link* link : all_) link->heal();
}

Result<std::string> ClusterLinks::confirm_healed() const {
  std::vector<std::future<Result<std::chrono::microseconds>>> answers;
  for (Link* link : all_) {
    answers.push_back(std::async(std::launch::async, [link] { return link->round_trip(); }));
  }
  std::optional<Error> wrong;
  std::chrono::microseconds longest{0};
  for (auto& answer : answers) {
    const auto time = answer.get();
    if (time) longest = std::max(longest, *time);
    if (!time && !wrong) wrong = time.error();
  }
  if (wrong) return *wrong;
  return "probes over all " + std::to_string(all_.size()) + " links were answered, after " +
         in_ms(longest) + " at most";
}

}  // namespace dcount::sim

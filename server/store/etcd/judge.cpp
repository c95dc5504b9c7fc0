#include "server/store/etcd/judge.h"

#include <algorithm>
#include <map>
#include <stdexcept>

namespace dcount::store::etcd {

namespace {

enum class Trace { applied, failed, none };

Trace trace_of(const Group& group, std::span<const OperationReply> looks, Revision at) {
  if (looks.empty()) return Trace::applied;  // nothing could keep it from it
  const auto writes = [&](std::string_view key) {
    return std::ranges::find(group.writes, key, &Write::key) != group.writes.end();
  };
  bool all_held = group.range_guards.empty();
  std::size_t place = 0;
  for (const Read& guard : group.guards) {
    const auto& found = looks[place++].entries;
    const Revision revision = found.empty() ? 0 : found.front().revision;
    const bool written = writes(guard.key);
    const bool older = revision != 0 && revision < at;
    if (written && revision == at) return Trace::applied;
    if (older && (written || revision != guard.revision)) return Trace::failed;
    all_held = all_held && older;
  }
  for (const RangeRead& range : group.range_guards) {
    for (const KeyValue& found : looks[place++].entries) {
      if (found.revision == at && writes(found.key)) return Trace::applied;
      if (found.revision > range.newest && found.revision < at) return Trace::failed;
    }
  }
  return all_held ? Trace::applied : Trace::none;
}

}  // namespace

std::vector<Compare> comparisons_of(const Group& group) {
  std::vector<Compare> compare;
  compare.reserve(look_count(group));
  for (const Read& guard : group.guards) {
    compare.push_back({Compare::Of::modified, guard.key, {}, {}, guard.revision});
  }
  for (const RangeRead& range : group.range_guards) {
    compare.push_back({Compare::Of::range, range.begin, range.end, {}, range.newest});
  }
  return compare;
}

std::vector<Operation> looks_of(const Group& group, Revision at) {
  std::vector<Operation> looks;
  looks.reserve(look_count(group));
  for (const Read& guard : group.guards) {
    looks.push_back(range_of(guard.key));
    looks.back().at = at;
  }
  for (const RangeRead& range : group.range_guards) {
    Operation look = range_of(range.begin);
    look.end = range.end;
    look.newer_than = range.newest;
    look.at = at;
    looks.push_back(std::move(look));
  }
  return looks;
}

GroupResult judge(const Group& group, std::span<const OperationReply> looks) {
  std::map<std::string_view, Entry> differing;  // in the order of keys, each once
  std::size_t place = 0;
  for (const Read& guard : group.guards) {
    const auto& found = looks[place++].entries;
    const Revision revision = found.empty() ? 0 : found.front().revision;
    if (revision == guard.revision) continue;
    Entry& entry = differing[guard.key];
    entry.key = guard.key;
    entry.revision = revision;
    if (!found.empty()) entry.value = found.front().value;
  }
  for (std::size_t i = 0; i < group.range_guards.size(); ++i) {
    for (const KeyValue& found : looks[place++].entries) {
      if (found.revision <= group.range_guards[i].newest) continue;
      differing[found.key] = {found.key, found.value, found.revision};
    }
  }
  GroupResult result;
  result.committed = differing.empty();
  for (auto& [key, entry] : differing) result.current.push_back(std::move(entry));
  return result;
}

GroupResult judge_by_traces(const Group& group, std::span<const OperationReply> looks,
                            Revision at) {
  const bool only_reads = group.writes.empty() && !looks.empty();
  const Trace trace = only_reads ? Trace::failed : trace_of(group, looks, at);
  GroupResult result;
  if (trace == Trace::failed) result.current = judge(group, looks).current;
  result.committed = trace == Trace::applied;
  result.untold = trace == Trace::none;
  return result;
}

}  // namespace dcount::store::etcd

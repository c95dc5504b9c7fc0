#include "sim/world/txn_check.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

namespace dcount::world {
namespace {

/// What a list of operations puts and erases.
struct Touched {
  std::vector<std::string_view> puts;
  std::vector<const DeleteRequest*> erased;

  bool has_put(std::string_view key) const { return std::ranges::find(puts, key) != puts.end(); }
  bool erases(std::string_view key) const {
    return std::ranges::any_of(erased, [&](const DeleteRequest* one) {
      if (one->end.empty()) return one->key == key;
      return key >= one->key && (is_to_last(one->end) || key < one->end);
    });
  }
};

/// As etcd's checkIntervals, in its order: deletes of this level, what is nested, then puts.
/// Nothing: a key is put twice, or put and erased.
std::optional<Touched> gather(const std::vector<RequestOperation>& operations) {
  using Kind = RequestOperation::Kind;
  Touched all;
  for (const RequestOperation& one : operations) {
    if (one.kind == Kind::erase) all.erased.push_back(&one.erase);
  }
  for (const RequestOperation& one : operations) {
    if (one.kind != Kind::txn) continue;
    const auto then = gather(one.txn.front().success);
    const auto otherwise = gather(one.txn.front().failure);
    if (!then || !otherwise) return std::nullopt;
    for (const std::string_view key : then->puts) {
      if (all.has_put(key) || all.erases(key)) return std::nullopt;
    }
    for (const std::string_view key : otherwise->puts) {
      if (all.has_put(key) || all.erases(key)) return std::nullopt;
    }
    for (const Touched* branch : {&*then, &*otherwise}) {
      all.puts.insert(all.puts.end(), branch->puts.begin(), branch->puts.end());
      all.erased.insert(all.erased.end(), branch->erased.begin(), branch->erased.end());
    }
  }
  for (const RequestOperation& one : operations) {
    if (one.kind != Kind::put) continue;
    if (all.has_put(one.put.key) || all.erases(one.put.key)) return std::nullopt;
    all.puts.push_back(one.put.key);
  }
  return all;
}

GatewayReply check_sizes(const TxnRequest& txn, std::size_t operations_max) {
  using Kind = RequestOperation::Kind;
  const std::size_t operations =
      std::max({txn.compare.size(), txn.success.size(), txn.failure.size()});
  if (operations > operations_max) return refusal::too_many_operations();
  for (const CompareRequest& compare : txn.compare) {
    if (compare.key.empty()) return refusal::empty_key();
  }
  for (const auto* branch : {&txn.success, &txn.failure}) {
    for (const RequestOperation& one : *branch) {
      const bool has_key = one.kind == Kind::txn ||
                           (one.kind == Kind::range && !one.range.key.empty()) ||
                           (one.kind == Kind::put && !one.put.key.empty()) ||
                           (one.kind == Kind::erase && !one.erase.key.empty());
      if (!has_key) return refusal::empty_key();
      if (one.kind != Kind::txn) continue;
      auto nested = check_sizes(one.txn.front(), operations_max - operations);
      if (nested.status != 200) return nested;
    }
  }
  return {200, {}};
}

}  // namespace

GatewayReply check_request(const TxnRequest& txn, std::size_t operations_max) {
  auto sizes = check_sizes(txn, operations_max);
  if (sizes.status != 200) return sizes;
  for (const auto* branch : {&txn.success, &txn.failure}) {
    if (!gather(*branch)) return refusal::duplicate_key();
  }
  return {200, {}};
}

bool is_read_only(const TxnRequest& txn) {
  const auto is_range = [](const RequestOperation& one) {
    return one.kind == RequestOperation::Kind::range;
  };
  return std::ranges::all_of(txn.success, is_range) && std::ranges::all_of(txn.failure, is_range);
}

bool is_serializable(const TxnRequest& txn) {
  const auto is_local = [](const RequestOperation& one) {
    return one.kind == RequestOperation::Kind::range && one.range.serializable;
  };
  return std::ranges::all_of(txn.success, is_local) && std::ranges::all_of(txn.failure, is_local);
}

}  // namespace dcount::world

#include "server/core/transaction.h"

#include <utility>

namespace dcount::core {
namespace {

// Up to here looking a key up by going over all is faster than hashing.
constexpr std::size_t scanned_keys_max = 8;

}  // namespace

Transaction::Touched& Transaction::touch(const std::string& key) {
  if (touched_.size() <= scanned_keys_max) {
    for (Touched& touched : touched_) {
      if (touched.key == key) return touched;
    }
  } else {
    if (index_.empty()) {
      for (std::size_t i = 0; i < touched_.size(); ++i) index_.emplace(touched_[i].key, i);
    }
    const auto [at, added] = index_.try_emplace(key, touched_.size());
    if (!added) return touched_[at->second];
  }
  const Found found = view_.get(key);
  Touched& touched = touched_.emplace_back();
  touched.key = key;
  touched.revision = found.revision;
  if (found.value) touched.value.emplace(*found.value);
  return touched;
}

std::optional<std::string_view> Transaction::get(const std::string& key) {
  return touch(key).value;
}

std::optional<Counter> Transaction::counter(const std::string& key) {
  Touched& touched = touch(key);
  if (!touched.value) return std::nullopt;
  Counter counter = decode_counter(*touched.value);
  if (!counter.expired(now_)) return counter;
  Counter tombstone;
  tombstone.deleted = true;
  tombstone.version = counter.version + 1;
  tombstone.deleted_ms = now_.unix_ms;
  touched.value = encode(tombstone);
  touched.written = true;
  touched.expiry = touched.value;
  return tombstone;
}

void Transaction::write(const std::string& key, std::optional<std::string> value) {
  Touched& touched = touch(key);
  touched.value = std::move(value);
  touched.written = true;
}

void Transaction::looked_at_range(std::string begin, std::string end) {
  range_reads_.push_back({std::move(begin), std::move(end), view_.state().revision()});
}

void Transaction::roll_back() {
  for (Touched& touched : touched_) {
    touched.written = touched.expiry.has_value();
    touched.value = touched.expiry;
  }
}

Decision Transaction::finish(Outcome outcome) && {
  Decision decision;
  decision.outcome = std::move(outcome);
  decision.range_reads = std::move(range_reads_);
  decision.lease = std::move(lease_);
  decision.reads.reserve(touched_.size());
  for (Touched& touched : touched_) {
    if (touched.written) decision.writes.push_back({touched.key, std::move(touched.value)});
    decision.reads.push_back({std::move(touched.key), touched.revision});
  }
  return decision;
}

}  // namespace dcount::core

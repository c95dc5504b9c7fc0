#include "server/packages/repair_report.h"

namespace dcount::packages {

RepairReport& RepairReport::operator+=(const RepairReport& other) {
  checked += other.checked;
  missing += other.missing;
  corrupt += other.corrupt;
  extra += other.extra;
  expired += other.expired;
  copied += other.copied;
  adopted += other.adopted;
  trimmed += other.trimmed;
  dropped += other.dropped;
  failed += other.failed;
  seconds += other.seconds;
  trouble = other.trouble;
  return *this;
}

std::string RepairReport::summary() const {
  std::string words;
  const auto add = [&](const char* word, std::uint64_t count) {
    if (count == 0) return;
    words += (words.empty() ? "" : ", ") + (word + (' ' + std::to_string(count)));
  };
  add("missing", missing);
  add("corrupt", corrupt);
  add("extra", extra);
  add("copied", copied);
  add("adopted", adopted);
  add("trimmed", trimmed);
  add("dropped", dropped);
  add("failed", failed);
  return words;
}

}  // namespace dcount::packages

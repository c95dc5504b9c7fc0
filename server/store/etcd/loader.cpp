#include "server/store/etcd/loader.h"

#include <thread>

#include "server/store/mark.h"

namespace dcount::store::etcd {
namespace {

constexpr std::int64_t page_entries = 2000;
constexpr std::chrono::milliseconds pause_before_retry{300};  // an election takes a second or two
constexpr int tries_a_page = 10;                              // a read may be asked again

Result<RangeReply> fetch(Connection& connection, const Operation& range,
                         const std::string& prefix) {
  const Request request{range_path, range_body(range, prefix)};
  Reply reply;
  for (int i = 0; i < tries_a_page; ++i) {
    reply = connection.send(request);
    if (fate_of(reply) == Fate::done) return parse_range(reply.body, prefix);
    if (reply.kind == Reply::Kind::answered && reply.status != 503) break;
    if (connection.stopped()) break;
    std::this_thread::sleep_for(pause_before_retry);
  }
  // The revision of the first page may be gone by the last one; a new load has a new one.
  const bool compacted = describe(reply).find("compacted") != std::string::npos;
  const bool final = is_refusal(reply) && !compacted;
  return Error{final ? Certainty::definite : Certainty::unknown, describe(reply)};
}

}  // namespace

Result<Revision> load(Connection& connection, const std::string& prefix,
                      const LoadVisitor& visitor) {
  std::string begin;
  Revision revision = 0;
  while (true) {
    Operation range = range_of(begin);
    range.to_last = true;
    range.limit = page_entries;
    range.at = revision;
    const auto page = fetch(connection, range, prefix);
    if (!page) return page.error();
    if (revision == 0) revision = page->revision;
    for (const KeyValue& entry : page->entries) {
      if (!is_own_key(entry.key)) visitor({entry.key, entry.value, entry.revision});
    }
    if (!page->more || page->entries.empty()) return revision;
    begin = page->entries.back().key + '\0';
  }
}

}  // namespace dcount::store::etcd

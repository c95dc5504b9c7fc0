#include "server/store/rocks_store.h"

#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/iterator.h>
#include <rocksdb/memtablerep.h>
#include <rocksdb/write_batch.h>

#include <array>
#include <charconv>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "server/store/directory.h"
#include "server/store/mark.h"

namespace dcount::store {
namespace {

constexpr std::string_view format_key = "store/format";
constexpr std::string_view format_version = "1";

rocksdb::Slice slice(std::string_view text) { return {text.data(), text.size()}; }

/// Splits "<revision> <value>".
struct Stored {
  Revision revision = 0;
  std::string_view value;
};
std::optional<Stored> parse_stored(std::string_view text) {
  Stored stored;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, stored.revision);
  if (error != std::errc{} || rest == end || *rest != ' ') return std::nullopt;
  stored.value = {rest + 1, static_cast<std::size_t>(end - rest - 1)};
  return stored;
}

class ErrorsToStderr final : public rocksdb::Logger {
 public:
  explicit ErrorsToStderr(bool quiet) : Logger(rocksdb::InfoLogLevel::ERROR_LEVEL), quiet_(quiet) {}
  using Logger::Logv;
  void Logv(const char* format, va_list arguments) override {
    if (quiet_) return;
    std::fputs("rocksdb: ", stderr);
    std::vfprintf(stderr, format, arguments);
    std::fputc('\n', stderr);
  }

 private:
  const bool quiet_;
};

rocksdb::Options rocks_options(const RocksOptions& options) {
  rocksdb::Options rocks;
  if (options.env != nullptr) rocks.env = options.env;
  rocks.create_if_missing = true;
  // The default mode stops silently at the first damage, acknowledged batches behind it or not.
  rocks.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  rocks.recycle_log_file_num = 0;
  // Nothing reads while serving, so an unsorted memtable is the cheapest: it is sorted once, when
  // it is flushed.
  rocks.memtable_factory = std::make_shared<rocksdb::VectorRepFactory>();
  rocks.allow_concurrent_memtable_write = false;
  rocks.write_buffer_size = options.write_buffer_bytes;
  rocks.max_write_buffer_number = 2;
  rocks.max_background_jobs = 2;
  // A failed write is final here, and automatic recovery can hang the destructor (rocksdb#11440).
  rocks.max_bgerror_resume_count = 0;
  // RocksDB's own log file asserts when the disk is full; its errors reach us as statuses anyway.
  rocks.info_log = std::make_shared<ErrorsToStderr>(options.quiet);
  rocks.stats_dump_period_sec = 0;
  rocks.stats_persist_period_sec = 0;
  return rocks;
}

class RocksStore final : public Store {
 public:
  RocksStore(const RocksOptions& options, std::unique_ptr<rocksdb::DB> db)
      : directory_(options.directory.string()),
        mark_key_(mark_key(options.node)),
        db_(std::move(db)) {
    write_options_.sync = options.sync;
  }

  /// Reads what the database knows of its writers; for a new one, writes its format.
  Result<void> recover();

  bool exclusive() const override { return true; }
  Result<Mark> claim() override;
  Result<Revision> load(const LoadVisitor& visitor) override;
  void commit(const Batch& batch, CommitDone done) override;
  void settle(const Batch& lost, Mark fence, CommitDone done) override;
  void watch(Revision after, ChangeSink* sink) override;

 private:
  Error error(std::string_view what, const rocksdb::Status& status) const;
  Result<void> check_format();
  bool may_apply(const Batch& batch) const;
  CommitResult answer(const Batch& batch) const;
  bool write(const std::vector<Group>& groups, Mark next);
  void put(std::string_view key, std::string_view value, const rocksdb::Slice& prefix);
  void tell(const std::vector<Group>& groups);

  const std::string directory_;
  const std::string mark_key_;
  const std::unique_ptr<rocksdb::DB> db_;
  rocksdb::WriteOptions write_options_;

  // The engine's thread alone. The buffers live on so that a commit allocates nothing.
  Mark mark_;
  Revision revision_ = 0;
  std::optional<std::string> failure_;  ///< set for good by the first failed write
  ChangeSink* sink_ = nullptr;
  rocksdb::WriteBatch write_batch_;
  std::vector<Entry> changes_;
};

Error RocksStore::error(std::string_view what, const rocksdb::Status& status) const {
  return {Certainty::definite,
          "data directory " + directory_ + ": " + std::string(what) + ": " + status.ToString()};
}

Result<void> RocksStore::check_format() {
  std::string format;
  const auto status = db_->Get({}, slice(format_key), &format);
  if (status.ok() && format == format_version) return {};
  if (status.ok()) {
    return Error{Certainty::definite, "data directory " + directory_ +
                                          " was written by a newer dcount (format " + format +
                                          ", this one knows " + std::string(format_version) + ")"};
  }
  if (!status.IsNotFound()) return error("cannot be read", status);

  const std::unique_ptr<rocksdb::Iterator> any(db_->NewIterator({}));
  any->SeekToFirst();
  if (any->Valid()) {
    return Error{Certainty::definite,
                 "data directory " + directory_ + " holds a RocksDB database that is not dcount's"};
  }
  if (!any->status().ok()) return error("cannot be read", any->status());
  const auto written = db_->Put(write_options_, slice(format_key), slice(format_version));
  if (!written.ok()) return error("cannot be written", written);
  return {};
}

Result<void> RocksStore::recover() {
  if (auto format = check_format(); !format) return format;
  const std::unique_ptr<rocksdb::Iterator> marks(db_->NewIterator({}));
  for (marks->Seek(slice(mark_prefix)); marks->Valid(); marks->Next()) {
    const std::string_view key = marks->key().ToStringView();
    if (!key.starts_with(mark_prefix)) break;
    const auto stored = parse_stored(marks->value().ToStringView());
    const auto mark = stored ? parse_mark(stored->value) : std::nullopt;
    if (!mark) return error("damaged", rocksdb::Status::Corruption(marks->key()));
    // Every batch writes its writer's mark, so the newest mark has the newest revision.
    revision_ = std::max(revision_, stored->revision);
    if (key == mark_key_) mark_ = *mark;
  }
  if (!marks->status().ok()) return error("cannot be read", marks->status());
  return {};
}

Result<Mark> RocksStore::claim() {
  if (failure_) return Error{Certainty::unknown, *failure_};
  if (!write({}, {mark_.incarnation + 1, 0})) return Error{Certainty::unknown, *failure_};
  return mark_;
}

Result<Revision> RocksStore::load(const LoadVisitor& visitor) {
  rocksdb::ReadOptions read;
  read.fill_cache = false;
  read.readahead_size = 2 << 20;
  const std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator(read));
  Revision newest = 0;
  Entry entry;
  for (at->SeekToFirst(); at->Valid(); at->Next()) {
    const std::string_view key = at->key().ToStringView();
    if (key.starts_with(own_prefix)) continue;
    const auto stored = parse_stored(at->value().ToStringView());
    if (!stored) return error("damaged", rocksdb::Status::Corruption(at->key()));
    newest = std::max(newest, stored->revision);
    if (key.starts_with(mark_prefix)) continue;
    entry.key.assign(key);
    entry.value ? entry.value->assign(stored->value) : entry.value.emplace(stored->value);
    entry.revision = stored->revision;
    visitor(entry);
  }
  if (!at->status().ok()) return error("cannot be read", at->status());
  return newest;
}

void RocksStore::commit(const Batch& batch, CommitDone done) {
  check_batch(batch);
  if (may_apply(batch)) write(batch.groups, batch.next);
  done(answer(batch));
}

void RocksStore::settle(const Batch& lost, Mark fence, CommitDone done) {
  check_batch({lost.previous, fence, {}});
  if (may_apply(lost)) write({}, fence);
  done(answer(lost));
}

void RocksStore::watch(Revision, ChangeSink* sink) { sink_ = sink; }

bool RocksStore::may_apply(const Batch& batch) const {
  return !failure_ && standing(mark_, batch) == Standing::open;
}

CommitResult RocksStore::answer(const Batch& batch) const {
  CommitResult result;
  if (failure_) {
    result.status = CommitResult::Status::failed;
    result.mark = mark_;
    result.error = *failure_;
    return result;
  }
  result = answer_by_mark(mark_, batch);
  if (result.status == CommitResult::Status::committed) {
    result.revision = revision_;
    result.groups.resize(batch.groups.size());
    for (GroupResult& group : result.groups) group.committed = true;
  }
  return result;
}

/// One durable record: the writes and the mark. True when it is in, and then the sink knows.
bool RocksStore::write(const std::vector<Group>& groups, Mark next) {
  std::array<char, 24> text;
  const auto number = std::to_chars(text.data(), text.data() + text.size() - 1, revision_ + 1);
  *number.ptr = ' ';
  const rocksdb::Slice prefix(text.data(), static_cast<std::size_t>(number.ptr + 1 - text.data()));

  write_batch_.Clear();
  for (const Group& group : groups) {
    for (const Write& write : group.writes) {
      if (write.value) {
        put(write.key, *write.value, prefix);
      } else {
        write_batch_.Delete(write.key);
      }
    }
  }
  put(mark_key_, to_text(next), prefix);

  const auto status = db_->Write(write_options_, &write_batch_);
  if (!status.ok()) {
    failure_ = error("cannot be written", status).message;
    return false;
  }
  mark_ = next;
  ++revision_;
  if (sink_ != nullptr) tell(groups);
  return true;
}

void RocksStore::put(std::string_view key, std::string_view value, const rocksdb::Slice& prefix) {
  const rocksdb::Slice key_part = slice(key);
  const std::array<rocksdb::Slice, 2> value_parts{prefix, slice(value)};
  write_batch_.Put(rocksdb::SliceParts(&key_part, 1),
                   rocksdb::SliceParts(value_parts.data(), value_parts.size()));
}

void RocksStore::tell(const std::vector<Group>& groups) {
  std::size_t count = 0;
  for (const Group& group : groups) {
    for (const Write& write : group.writes) {
      if (count == changes_.size()) changes_.emplace_back();
      Entry& entry = changes_[count++];
      entry.key = write.key;
      entry.value = write.value;
      entry.revision = revision_;
    }
  }
  sink_->on_changes(revision_, {changes_.data(), count});
}

Error open_error(const RocksOptions& options, const rocksdb::Status& status) {
  const std::string why = status.ToString();
  const std::string directory = "data directory " + options.directory.string();
  const bool locked = why.find("While lock file") != std::string::npos ||
                      why.find("lock hold by current process") != std::string::npos;
  if (locked) return {Certainty::definite, directory + " is in use by another dcount server"};
  return {Certainty::definite, directory + " cannot be opened: " + why};
}

}  // namespace

Result<std::unique_ptr<Store>> open_rocks_store(const RocksOptions& options) {
  rocksdb::Options rocks = rocks_options(options);
  if (auto made = make_directory(options.directory, *rocks.env); !made) return made.error();

  rocksdb::DB* raw = nullptr;
  const auto status = rocksdb::DB::Open(rocks, options.directory.string(), &raw);
  std::unique_ptr<rocksdb::DB> db(raw);
  if (!status.ok()) return open_error(options, status);

  auto store = std::make_unique<RocksStore>(options, std::move(db));
  if (auto recovered = store->recover(); !recovered) return recovered.error();
  return std::unique_ptr<Store>(std::move(store));
}

}  // namespace dcount::store

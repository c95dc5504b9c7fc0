// dcount's C++ client: typed calls over HTTP, several endpoints, bounded retries that never count
// twice.
//
// Thread-safety: none. One Client per thread; it holds one connection to each endpoint it has used.
//
// Every mutating call carries an Idempotency-Key: the caller's own, or a fresh 128-bit random one.
// A call that was refused for now (connection refused, 503, 429) or whose answer was lost (a
// time-out, a broken connection, 504, 409 `in_flight`) is tried again with the same key, at another
// endpoint if there is one, within retry_time and retries_max. When that does not help the error
// says whether it may have happened (Certainty::unknown, ErrorKind::unknown, with the key), and a
// later call with that key finishes the matter.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client/clock.h"
#include "client/endpoint.h"
#include "client/error.h"
#include "client/item.h"
#include "client/key.h"
#include "client/node.h"
#include "client/package.h"
#include "client/sequence.h"

namespace dcount::client {

inline constexpr std::size_t batch_operations_max = 1000;
inline constexpr std::size_t list_limit_max = 1000;

struct ClientOptions {
  std::vector<Endpoint> endpoints{{"127.0.0.1", 8080}};
  std::size_t first_endpoint = 0;  ///< where to begin, modulo their number
  std::string api_key;             ///< sent as a bearer token; empty: none
  Duration connect_time{1'500};
  Duration answer_time{9'000};     ///< the server answers every command within 8 s; with several
                                   ///< endpoints at most 2/5 of retry_time, so that there is time
                                   ///< for another one
  Duration transfer_time{60'000};  ///< without progress, in dump and restore
  Duration retry_time{10'000};     ///< from the first try to the last; 0: no retries
  std::size_t retries_max = 50;
  /// False: calls carry no Idempotency-Key, and one whose answer was lost is not tried again: for
  /// showing what becomes of those who do without.
  bool keyed = true;
  Clock* clock = nullptr;  ///< null: Clock::steady()
};

enum class OnLimit { reject, saturate };
enum class TtlMode { set, if_none, keep };

/// What any increment, creation or reset may ask for. Left out: not sent.
struct CounterOptions {
  std::optional<std::int64_t> min;
  std::optional<std::int64_t> max;
  std::optional<OnLimit> on_limit;
  std::optional<std::int64_t> ttl_s;
  std::optional<TtlMode> ttl_mode;
  std::optional<std::int64_t> if_version;
  bool create = false;          ///< add: create at 0 first
  std::string idempotency_key;  ///< empty: a fresh one
};

struct CounterState {
  std::string collection;
  std::string id;
  std::int64_t n = 0;
  std::int64_t version = 0;  ///< of this counter's own changes; 0: the server did not say
};

struct Created {
  CounterState counter;
  bool created = true;  ///< false: it was there already (only with a chosen id)
};

struct Added {
  std::int64_t n = 0;        ///< afterwards
  std::int64_t applied = 0;  ///< differs from what was asked for when a bound saturated it
  std::int64_t version = 0;
  bool replayed = false;  ///< the server had it done already, for an earlier try
};

struct CounterPage {
  std::vector<CounterState> counters;
  std::string next;  ///< the cursor of the next page; empty: this was the last one
  std::int64_t revision = 0;
};

/// One operation of a batch: "collection/id" += n.
struct Operation {
  std::string counter;
  std::int64_t n = 1;
  bool create = false;
};

struct Health {
  Endpoint endpoint;
  bool ready = false;
  std::string detail;  ///< why not, for people
};

/// What a server said, for callers that want it unread (the command line's --json).
struct Answer {
  int status = 0;
  std::string body;
  std::string location;
  bool replayed = false;
};

/// Takes the next piece of a download; false stops it.
using Sink = std::function<bool(std::string_view piece)>;
/// Told from time to time how many bytes have gone; false stops the transfer.
using Watcher = std::function<bool(std::uint64_t bytes)>;

class Client {
 public:
  explicit Client(ClientOptions options);
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;
  ~Client();

  /// `id` empty: the server makes one up. `n` is where it begins.
  [[nodiscard]] Result<Created> create_counter(std::string_view collection,
                                               std::string_view id = {}, std::int64_t n = 0,
                                               const CounterOptions& options = {});
  [[nodiscard]] Result<Added> add(std::string_view collection, std::string_view id,
                                  std::int64_t n = 1, const CounterOptions& options = {});
  /// `stale`: from the server's memory, without asking whether it is the latest.
  [[nodiscard]] Result<CounterState> get(std::string_view collection, std::string_view id,
                                         bool stale = false);
  [[nodiscard]] Result<CounterState> reset(std::string_view collection, std::string_view id,
                                           const CounterOptions& options = {});
  /// False: there was none.
  [[nodiscard]] Result<bool> remove(std::string_view collection, std::string_view id,
                                    const CounterOptions& options = {});
  /// One page of a collection, or of all collections when it is empty; `limit` 1 to
  /// list_limit_max; `cursor` is the page before's `next`.
  [[nodiscard]] Result<CounterPage> list(std::string_view collection = {},
                                         std::size_t limit = list_limit_max,
                                         std::string_view cursor = {});

  /// The next `count` numbers, at least 1 and as many as the server allows (100 by default): all of
  /// them, or none and a conflict `exhausted`. The same key draws the same numbers again.
  [[nodiscard]] Result<Drawn> draw(std::string_view sequence, std::int64_t count = 1,
                                   std::string_view idempotency_key = {});
  /// Creates it. A conflict: it is there and defined otherwise (`definition_differs`), or is one of
  /// those that exist from the start (`fixed_sequence`). A definition that makes no sense is a
  /// bad_request with a `fault`.
  [[nodiscard]] Result<DefinedSequence> define_sequence(std::string_view sequence,
                                                        const SequenceDefinition& definition,
                                                        std::string_view idempotency_key = {});
  [[nodiscard]] Result<SequenceState> get_sequence(std::string_view sequence);
  /// One page, as `list` has them.
  [[nodiscard]] Result<SequencePage> list_sequences(std::size_t limit = list_limit_max,
                                                    std::string_view cursor = {});
  /// False: there was none.
  [[nodiscard]] Result<bool> remove_sequence(std::string_view sequence,
                                             std::string_view idempotency_key = {});

  /// Takes the lowest free number of a gapless sequence for `ttl_s` seconds. Until then it must be
  /// confirmed, or it is free again.
  [[nodiscard]] Result<Reservation> reserve(std::string_view sequence,
                                            std::int64_t ttl_s = reservation_ttl_default_s,
                                            std::string_view idempotency_key = {});
  /// Hands a reserved number out for good, or gives it back; answers the number. Repeatable. An
  /// unknown token and one that has expired (410) are not_found, one that was settled the other way
  /// is a conflict.
  [[nodiscard]] Result<std::int64_t> confirm(std::string_view sequence, std::string_view token,
                                             std::string_view idempotency_key = {});
  [[nodiscard]] Result<std::int64_t> release(std::string_view sequence, std::string_view token,
                                             std::string_view idempotency_key = {});

  /// All of them or none, over any tenants; an item that is there already is not counted again.
  /// More than fit an ItemBody are refused here.
  [[nodiscard]] Result<AddedItems> add_items(const std::vector<Item>& items,
                                             std::string_view idempotency_key = {});
  [[nodiscard]] Result<AddedItems> add_items(ItemBody items, std::string_view idempotency_key = {});
  /// The number of distinct ids; 0 for a tenant nobody knows.
  [[nodiscard]] Result<std::int64_t> count_items(std::string_view tenant);
  /// One page of a tenant's ids, as `list` has them.
  [[nodiscard]] Result<ItemPage> list_items(std::string_view tenant,
                                            std::size_t limit = list_limit_max,
                                            std::string_view cursor = {});

  /// All of them or none, at most batch_operations_max. A refusal is a conflict with the index of
  /// the operation.
  [[nodiscard]] Result<std::vector<Added>> batch(const std::vector<Operation>& operations,
                                                 std::string_view idempotency_key = {});
  /// The same with a body of one's own, `{"ops": […]}`.
  [[nodiscard]] Result<Answer> batch_json(std::string body, std::string_view idempotency_key = {});

  /// Everything, as JSON lines at one revision. Not tried again once the first piece has come.
  [[nodiscard]] Result<std::uint64_t> dump(const Sink& sink);
  /// Sends the file as it is. `force`: also into a store that is not empty. A lost answer is not
  /// retried: the error is `unknown`.
  [[nodiscard]] Result<Answer> restore(const std::string& file, bool force,
                                       const Watcher& watcher = {});

  /// Sends a tar.xz as it is, piece by piece, and again from its start with every retry. A bad
  /// archive is a bad_request with a `rule`. Time in which bytes went does not count as retry_time.
  [[nodiscard]] Result<AddedPackage> add_package(const std::string& file,
                                                 const AddPackageOptions& options = {});
  /// Downloads it, and compares it with its digest before `file` is made or replaced. A download
  /// that breaks off goes on where it was, at whichever server: retry_time counts from the last
  /// byte. What could not be finished stays as `<file>.<pkgid>.part`, for the next call with the
  /// same file.
  [[nodiscard]] Result<GotPackage> get_package(std::string_view pkgid, const std::string& file,
                                               const GetPackageOptions& options = {});
  /// The same; each byte once and in order, also of one whose digest turns out to be wrong.
  [[nodiscard]] Result<GotPackage> get_package(std::string_view pkgid, const Sink& sink,
                                               const GetPackageOptions& options = {});
  /// One page of the packages of the calling key, as `list` has them.
  [[nodiscard]] Result<PackagePage> list_packages(std::size_t limit = list_limit_max,
                                                  std::string_view cursor = {});
  /// Its meta.json, as the server has completed it.
  [[nodiscard]] Result<std::string> package_meta(std::string_view pkgid);
  /// False: there was none.
  [[nodiscard]] Result<bool> remove_package(std::string_view pkgid,
                                            std::string_view idempotency_key = {});
  [[nodiscard]] Result<PackageUsage> package_usage();

  /// Has the node compare its packages with the store and mend them: takes minutes. A lost answer
  /// is not retried: the error is `unknown`, and calling again does no harm.
  [[nodiscard]] Result<RepairReport> repair();

  /// Makes an API key; its text is told this once. When a first answer was lost and the key was
  /// made by it, the text is lost, too: `replayed`, to be revoked.
  [[nodiscard]] Result<CreatedKey> create_key(const KeyWish& wish,
                                              std::string_view idempotency_key = {});
  /// One page, as `list` has them.
  [[nodiscard]] Result<KeyPage> list_keys(std::size_t limit = list_limit_max,
                                          std::string_view cursor = {});
  /// False: there was none.
  [[nodiscard]] Result<bool> revoke_key(std::string_view id, std::string_view idempotency_key = {});

  /// The servers of the cluster, as the one that answers sees them.
  [[nodiscard]] Result<ClusterState> get_state();

  /// Asks each endpoint's /readyz once, without retries.
  std::vector<Health> health();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace dcount::client

// Cuts a stream of JSON objects into its records, wherever the pieces it comes in are cut.
//
// Thread-safety: none.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace dcount::client {

inline constexpr std::size_t record_bytes_max = std::size_t{1} << 20;

/// Looks for braces and strings only: a record is what stands between a `{` and its `}`. White
/// space between records, or none, is fine; anything else is not.
class JsonSplitter {
 public:
  enum class Status {
    ok,
    cancelled,     ///< the taker said so
    too_long,      ///< a record of more than record_bytes_max
    not_a_record,  ///< something other than an object
  };
  /// A whole record, valid during the call only. False: no more of them.
  using Taker = std::function<bool(std::string_view record)>;

  /// The records that end in this piece, in order. Once it is not ok it stays so.
  Status feed(std::string_view piece, const Taker& taker);

  Status status() const { return status_; }
  /// Whether the stream has been cut in the middle of a record.
  bool in_record() const { return depth_ > 0; }
  /// For people, when it is not ok.
  std::string why() const;

 private:
  std::size_t pass(std::string_view piece);
  void hand_out(std::string_view end, const Taker& taker);

  std::string begun_;  ///< of a record that has not ended yet
  std::size_t depth_ = 0;
  bool in_string_ = false;
  bool escaped_ = false;
  Status status_ = Status::ok;
};

}  // namespace dcount::client

// What can go wrong with a call, in the terms a caller acts on.
//
// Thread-safety: plain values.
#pragma once

#include <boost/system/result.hpp>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace dcount::client {

/// A closed list; the command line maps each to an exit code of its own.
enum class ErrorKind {
  bad_request,  ///< the server will never accept this (400, 405, 413, 415, 422, 431 …)
  not_found,    ///< 404, 410
  conflict,     ///< a bound, a precondition, a version: 409, 412
  not_allowed,  ///< 401, 403
  quota,        ///< 429, 507, after all retries
  unavailable,  ///< nothing happened, or it was only a read: try again later
  unknown,      ///< it may have happened, or may still: try again with the same key
  protocol,     ///< the other side does not speak dcount's language
  local,        ///< a file, a pipe: something on this side
};

std::string_view name(ErrorKind kind);

/// Whether what failed may have happened all the same.
enum class Certainty { definite, unknown };

struct ClientError {
  ErrorKind kind = ErrorKind::protocol;
  int status = 0;               ///< of HTTP; 0: there was no answer
  std::string code;             ///< the problem's `code`, "" when there was none
  std::string detail;           ///< for people
  std::string idempotency_key;  ///< of a mutating call: what to retry with, "" for reads
  Certainty certainty = Certainty::definite;
  std::optional<std::int64_t> index;  ///< of the operation that was refused, in a batch
  std::optional<std::int64_t> value;  ///< a bound: what the counter had when it was refused
  std::int64_t version = 0;           ///< of the record then; 0: the server did not say
  std::string fault;                  ///< what is wrong with a sequence's definition, in one word
  std::string rule;                   ///< which rule of packages an archive breaks, in one word
};

/// A value or a ClientError. Taking the value of a failed one is a programmer's error and throws.
template <class T>
using Result = boost::system::result<T, ClientError>;

[[noreturn]] inline void throw_exception_from_error(const ClientError& error,
                                                    const boost::source_location&) {
  throw std::logic_error("value taken of a failed call: " + error.detail);
}

}  // namespace dcount::client

// The parameters of one call, wherever they stand: in the query or in a JSON body. Each at most
// once; those nobody asks for are ignored.
//
// Thread-safety: a plain value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "server/api/json_object.h"
#include "server/core/command.h"
#include "server/http/request.h"

namespace dcount::api {

class Parameters {
 public:
  /// Reads the query and, when it is JSON, the body. All getters throw BadRequest for a parameter
  /// that is given twice or is not what it should be.
  explicit Parameters(const http::Request& request);

  /// The parameters of one op of a batch: `object` alone. Not owned.
  explicit Parameters(const nlohmann::json& object) : object_(&object) {}
  Parameters(const Parameters&) = delete;
  Parameters& operator=(const Parameters&) = delete;

  std::optional<std::int64_t> integer(const char* name) const;
  std::optional<std::string> text(const char* name) const;
  /// true/false, as JSON or as words; also 1 and 0.
  bool flag(const char* name) const;

  /// `fallback` when it is not given.
  std::int64_t integer_within(const char* name, std::int64_t min, std::int64_t max,
                              std::int64_t fallback) const;

  std::size_t limit() const;                       ///< of a list: 1 to 1000, or 100
  core::Bounds bounds() const;                     ///< min, max
  std::optional<core::OnLimit> on_limit() const;   ///< reject | saturate
  std::optional<std::int64_t> ttl_s() const;       ///< at least 1
  core::TtlMode ttl_mode() const;                  ///< set | if-none | keep
  std::optional<std::int64_t> if_version() const;  ///< at least 0

 private:
  const std::string* query(const char* name) const;
  const nlohmann::json* json(const char* name) const;
  bool find_integer(const char* name, std::optional<std::int64_t>& value) const;
  void refuse_both(const char* name, const void* query, const void* json) const;

  const httplib::Params* query_ = nullptr;
  nlohmann::json body_;
  const nlohmann::json* object_ = nullptr;
};

/// ?ints=string | number. Throws BadRequest as the getters do.
Ints ints_of(const http::Request& request);

}  // namespace dcount::api

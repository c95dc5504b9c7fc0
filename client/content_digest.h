// SHA-256 of what is sent and of what has come.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "client/error.h"

struct evp_md_ctx_st;

namespace dcount::client {

/// Thread-safety: one thread at a time.
class ContentDigest {
 public:
  ContentDigest();
  void add(std::string_view bytes);
  /// 64 hex digits in lower case, of all bytes so far; more may be added.
  std::string hex() const;

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

bool is_sha256_hex(std::string_view text);

/// Adds what is left to read of `fd`. False: it cannot be read, see errno.
[[nodiscard]] bool add_rest(int fd, ContentDigest& digest);

/// Of a regular file. Error: local.
[[nodiscard]] Result<std::string> digest_of_file(const std::string& file);

}  // namespace dcount::client

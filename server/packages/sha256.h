// SHA-256 over what comes in pieces.
//
// Thread-safety: one thread at a time.
#pragma once

#include <memory>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace dcount::packages {

class Sha256 {
 public:
  Sha256();

  void append(std::string_view bytes);

  /// Of all so far, 64 hex digits in lower case; more can be appended.
  std::string digest() const;

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

}  // namespace dcount::packages

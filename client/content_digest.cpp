#include "client/content_digest.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace dcount::client {
namespace {

constexpr std::size_t piece_bytes = std::size_t{256} << 10;
constexpr std::size_t hex_digits = 64;

}  // namespace

void ContentDigest::Free::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }

ContentDigest::ContentDigest() : context_(EVP_MD_CTX_new()) {
  if (!context_ || EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) != 1) std::abort();
}

void ContentDigest::add(std::string_view bytes) {
  if (EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) != 1) std::abort();
}

std::string ContentDigest::hex() const {
  std::unique_ptr<evp_md_ctx_st, Free> copy(EVP_MD_CTX_new());
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  if (!copy || EVP_MD_CTX_copy_ex(copy.get(), context_.get()) != 1 ||
      EVP_DigestFinal_ex(copy.get(), digest, &size) != 1) {
    std::abort();
  }
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (unsigned i = 0; i < size; ++i) {
    text += digits[digest[i] >> 4];
    text += digits[digest[i] & 15];
  }
  return text;
}

bool is_sha256_hex(std::string_view text) {
  return text.size() == hex_digits && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

bool add_rest(int fd, ContentDigest& digest) {
  std::string piece(piece_bytes, '\0');
  for (;;) {
    const auto got = ::read(fd, piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return got == 0;
    digest.add({piece.data(), static_cast<std::size_t>(got)});
  }
}

Result<std::string> digest_of_file(const std::string& file) {
  const auto cannot = [&](const char* why) {
    return ClientError{.kind = ErrorKind::local, .detail = "cannot read " + file + ": " + why};
  };
  // A pipe without a writer would block.
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return cannot(std::strerror(errno));
  struct stat info {};
  ContentDigest digest;
  const bool regular = ::fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
  const bool read = regular && add_rest(fd, digest);
  const int error = errno;
  ::close(fd);
  if (!regular) return cannot("not a regular file");
  if (!read) return cannot(std::strerror(error));
  return digest.hex();
}

}  // namespace dcount::client

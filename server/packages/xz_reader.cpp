#include "server/packages/xz_reader.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <system_error>

namespace dcount::packages {
namespace {

constexpr std::size_t input_bytes = 64 * 1024;
constexpr std::size_t output_bytes = 128 * 1024;
constexpr std::array<std::uint8_t, 6> xz_magic = {0xFD, '7', 'z', 'X', 'Z', 0};

}  // namespace

XzReader::XzReader(int file, std::uint64_t offset, std::uint64_t bytes,
                   std::uint64_t memory_bytes_max)
    : file_(file),
      at_(offset),
      left_(bytes),
      memory_bytes_max_(memory_bytes_max),
      input_(input_bytes),
      output_(output_bytes) {}

XzReader::~XzReader() { lzma_end(&stream_); }

XzReader::Step XzReader::read(std::string_view& data) {
  if (!begun_) {
    if (const Step step = begin(); step != Step::data) return step;
    begun_ = true;
  }
  stream_.next_out = output_.data();
  stream_.avail_out = output_.size();
  while (code_ == LZMA_OK && stream_.avail_out > 0) {
    if (stream_.avail_in == 0 && left_ > 0 && !fill()) return Step::failed;
    code_ = lzma_code(&stream_, left_ == 0 ? LZMA_FINISH : LZMA_RUN);
  }
  const std::size_t made = output_.size() - stream_.avail_out;
  if (made == 0) return ended();
  data = {reinterpret_cast<const char*>(output_.data()), made};
  return Step::data;
}

/// Looks at the magic itself, since liblzma has one word for a zip and for half an xz.
XzReader::Step XzReader::begin() {
  if (left_ > 0 && !fill()) return Step::failed;
  const std::size_t compared = std::min(stream_.avail_in, xz_magic.size());
  if (compared == 0 || !std::equal(xz_magic.begin(), xz_magic.begin() + compared, input_.begin())) {
    return refuse(ArchiveRule::not_xz, "it does not begin as an xz file does");
  }
  const lzma_ret code =
      lzma_stream_decoder(&stream_, memory_bytes_max_, LZMA_TELL_UNSUPPORTED_CHECK);
  return code == LZMA_OK ? Step::data : fail("liblzma: no decoder, code " + std::to_string(code));
}

bool XzReader::fill() {
  const std::size_t wanted = std::min<std::uint64_t>(left_, input_.size());
  ssize_t got = 0;
  do {
    got = ::pread(file_, input_.data(), wanted, static_cast<off_t>(at_));
  } while (got < 0 && errno == EINTR);
  if (got <= 0) {
    const std::string why = got == 0 ? "it ends too early" : std::system_category().message(errno);
    fail("reading an archive: " + why);
    return false;
  }
  stream_.next_in = input_.data();
  stream_.avail_in = static_cast<std::size_t>(got);
  at_ += static_cast<std::uint64_t>(got);
  left_ -= static_cast<std::uint64_t>(got);
  return true;
}

XzReader::Step XzReader::ended() {
  switch (code_) {
    case LZMA_STREAM_END:
      if (stream_.avail_in == 0 && left_ == 0) return Step::end;
      return refuse(ArchiveRule::trailing, std::to_string(stream_.avail_in + left_) +
                                               " bytes follow the end of the xz stream");
    case LZMA_BUF_ERROR:
      return refuse(ArchiveRule::truncated, "the xz stream ends in the middle");
    case LZMA_FORMAT_ERROR:
    case LZMA_DATA_ERROR:
      return refuse(ArchiveRule::truncated, "the xz stream is damaged");
    case LZMA_OPTIONS_ERROR:
      return refuse(ArchiveRule::not_xz, "it uses options of xz that are unknown here");
    case LZMA_UNSUPPORTED_CHECK:
      return refuse(ArchiveRule::not_xz, "its check sums are of a kind that is unknown here");
    case LZMA_MEMLIMIT_ERROR:
      return refuse(ArchiveRule::memory,
                    "unpacking it takes " + std::to_string(lzma_memusage(&stream_)) +
                        " bytes of memory, " + std::to_string(memory_bytes_max_) + " are allowed");
    default:
      return fail("liblzma: code " + std::to_string(code_));
  }
}

XzReader::Step XzReader::refuse(ArchiveRule rule, std::string detail) {
  bad_ = {rule, std::move(detail)};
  return Step::bad;
}

XzReader::Step XzReader::fail(std::string message) {
  error_ = {Certainty::definite, std::move(message)};
  return Step::failed;
}

}  // namespace dcount::packages

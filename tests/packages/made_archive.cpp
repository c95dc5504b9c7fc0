#include "made_archive.h"

#include <lzma.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <stdexcept>

namespace dcount::packages {
namespace {

constexpr std::size_t block = 512;

std::string padded(std::string_view bytes) {
  std::string text(bytes);
  text.resize((text.size() + block - 1) / block * block);
  return text;
}

}  // namespace

MadeTar& MadeTar::header(std::string_view name, std::uint64_t size, char type,
                         std::string_view link) {
  std::string head(block, '\0');
  const auto put = [&](std::size_t at, std::string_view text) {
    std::copy(text.begin(), text.end(), head.begin() + static_cast<std::ptrdiff_t>(at));
  };
  char octal[16];
  std::snprintf(octal, sizeof octal, "%011llo", static_cast<unsigned long long>(size));
  put(0, name.substr(0, 100));
  put(100, "0000644");
  put(108, "0000000");
  put(116, "0000000");
  put(124, octal);
  put(136, "00000000000");
  put(148, "        ");
  head[156] = type;
  put(157, link.substr(0, 100));
  put(257, type == 'L' || type == 'K' ? "ustar  " : std::string_view("ustar\00000", 8));
  unsigned sum = 0;
  for (const char c : head) sum += static_cast<unsigned char>(c);
  std::snprintf(octal, sizeof octal, "%06o", sum);
  put(148, octal);
  head[154] = '\0';
  bytes_ += head;
  return *this;
}

MadeTar& MadeTar::add(std::string_view name, std::string_view content, char type,
                      std::string_view link) {
  for (const auto& [text, kind] : {std::pair(name, 'L'), std::pair(link, 'K')}) {
    if (text.size() <= 100) continue;
    header("././@LongLink", text.size() + 1, kind);
    bytes_ += padded(std::string(text) + '\0');
  }
  header(name, content.size(), type, link);
  bytes_ += padded(content);
  return *this;
}

MadeTar& MadeTar::pax(const std::vector<Record>& records) {
  std::string text;
  for (const auto& [key, value] : records) {
    const std::string rest = " " + std::string(key) + "=" + std::string(value) + "\n";
    std::size_t size = rest.size() + 1;
    while (std::to_string(size).size() + rest.size() != size) ++size;
    text += std::to_string(size) + rest;
  }
  header("PaxHeaders/x", text.size(), 'x');
  bytes_ += padded(text);
  return *this;
}

MadeTar& MadeTar::raw(std::string_view bytes) {
  bytes_ += bytes;
  return *this;
}

std::string MadeTar::tar_xz() const { return xz(tar()); }

std::string xz(std::string_view bytes, std::uint32_t preset) {
  std::string out(lzma_stream_buffer_bound(bytes.size()), '\0');
  std::size_t made = 0;
  const auto code = lzma_easy_buffer_encode(
      preset, LZMA_CHECK_CRC64, nullptr, reinterpret_cast<const std::uint8_t*>(bytes.data()),
      bytes.size(), reinterpret_cast<std::uint8_t*>(out.data()), &made, out.size());
  if (code != LZMA_OK) throw std::runtime_error("xz: " + std::to_string(code));
  out.resize(made);
  return out;
}

http::UniqueFd memory_file(std::string_view bytes) {
  http::UniqueFd file(::memfd_create("archive", MFD_CLOEXEC));
  for (std::size_t at = 0; at < bytes.size();) {
    const auto wrote = ::write(file.get(), bytes.data() + at, bytes.size() - at);
    if (wrote <= 0) throw std::runtime_error("write to memory");
    at += static_cast<std::size_t>(wrote);
  }
  return file;
}

ArchiveVerdict verdict_on(std::string_view bytes, const ArchiveLimits& limits) {
  const auto file = memory_file(bytes);
  auto verdict = check_archive(file.get(), 0, bytes.size(), limits);
  if (!verdict) throw std::runtime_error(verdict.error().message);
  return *std::move(verdict);
}

std::string fault_of(std::string_view bytes, const ArchiveLimits& limits) {
  const auto verdict = verdict_on(bytes, limits);
  const auto* bad = std::get_if<BadArchive>(&verdict);
  return bad == nullptr ? "" : std::string(to_string(bad->rule)) + ": " + bad->detail;
}

std::string rule_of(std::string_view bytes, const ArchiveLimits& limits) {
  const auto verdict = verdict_on(bytes, limits);
  const auto* bad = std::get_if<BadArchive>(&verdict);
  return bad == nullptr ? "" : std::string(to_string(bad->rule));
}

}  // namespace dcount::packages

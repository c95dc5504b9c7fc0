#include "client/package_download.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "client/part_file.h"
#include "client/uri.h"

namespace dcount::client {
namespace {

/// A node that has to fetch the package from another one first answers only then.
constexpr Duration head_time = std::chrono::minutes(5);

std::string target_of(std::string_view pkgid, const std::vector<std::string>& need) {
  std::string names;
  for (const std::string& name : need) names += (names.empty() ? "" : ",") + name;
  Query query;
  if (!names.empty()) query.add("need", names);
  return "/api/get_pkg/" + percent_encode(pkgid) + query.text();
}

/// "bytes 5-9/10" of a 206.
struct Range {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::uint64_t total = 0;
};

std::optional<Range> range_of(std::string_view text) {
  constexpr std::string_view unit = "bytes ";
  if (!text.starts_with(unit)) return std::nullopt;
  text.remove_prefix(unit.size());
  const auto number = [&](char end, std::uint64_t& value) {
    auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    text.remove_prefix(static_cast<std::size_t>(rest - text.data()));
    if (error != std::errc()) return false;
    if (end == '\0') return text.empty();
    if (!text.starts_with(end)) return false;
    text.remove_prefix(1);
    return true;
  };
  Range range;
  const bool whole =
      number('-', range.first) && number('/', range.last) && number('\0', range.total);
  return whole && range.first <= range.last && range.last < range.total ? std::optional(range)
                                                                        : std::nullopt;
}

std::string quoted(const std::string& sha256) { return '"' + sha256 + '"'; }

}  // namespace

PackageDownload::PackageDownload(std::string_view pkgid, const GetPackageOptions& options,
                                 const Sink& sink)
    : options_(options), sink_(sink), target_(target_of(pkgid, options.need)) {}

void PackageDownload::go_on_from(std::uint64_t bytes, ContentDigest digest) {
  bytes_ = bytes;
  digest_ = std::move(digest);
}

bool PackageDownload::stop(ErrorKind kind, std::string detail) {
  stopped_ = ClientError{.kind = kind, .detail = std::move(detail)};
  return false;
}

Headers PackageDownload::headers() const {
  if (bytes_ == 0) return {};
  Headers headers{{"Range", "bytes=" + std::to_string(bytes_) + "-"}};
  if (!sha256_.empty()) headers.emplace_back("If-Range", quoted(sha256_));
  return headers;
}

bool PackageDownload::take_head(const Reply& head) {
  std::string sha256 = head.etag;
  std::erase(sha256, '"');
  if (!is_sha256_hex(sha256)) {
    return stop(ErrorKind::protocol, "the answer has no ETag of a package");
  }
  if (!sha256_.empty() && sha256 != sha256_) {
    return stop(ErrorKind::protocol, "servers do not agree on the package's digest");
  }
  sha256_ = std::move(sha256);
  std::uint64_t first = 0;
  if (head.status == 206) {
    const auto range = range_of(head.content_range);
    if (!range || range->first > bytes_) {
      return stop(ErrorKind::protocol, "the server sent another range than was asked for");
    }
    first = range->first;
    total_ = range->total;
  } else if (head.content_length) {
    total_ = static_cast<std::uint64_t>(*head.content_length);
  } else {
    return stop(ErrorKind::protocol, "the answer has no Content-Length");
  }
  skip_ = bytes_ - first;
  return true;
}

bool PackageDownload::take_piece(std::string_view piece) {
  const auto dropped = std::min<std::uint64_t>(skip_, piece.size());
  skip_ -= dropped;
  piece.remove_prefix(dropped);
  digest_.add(piece);
  bytes_ += piece.size();
  if (!piece.empty() && !sink_(piece)) return stop(ErrorKind::local, "stopped on this side");
  if (options_.watcher && !options_.watcher(bytes_, total_)) {
    return stop(ErrorKind::local, "stopped on this side");
  }
  return true;
}

Result<GotPackage> PackageDownload::run(Caller& caller) {
  Call call{.method = "GET",
            .target = target_,
            .sink = [this](std::string_view piece) { return take_piece(piece); },
            .headers = [this] { return headers(); },
            .on_head = [this](const Reply& head) { return take_head(head); },
            .resumes = true,
            .answer_time = head_time};
  const auto reply = caller.call(call);
  if (stopped_) return *stopped_;
  if (!reply) return reply.error();
  if (sha256_.empty() || bytes_ != total_) {
    return ClientError{
        .kind = ErrorKind::protocol,
        .status = reply->status,
        .detail = "the answer to " + call.method + " " + call.target + " is not dcount's"};
  }
  if (digest_.hex() != sha256_) {
    return ClientError{.kind = ErrorKind::protocol,
                       .code = "digest_mismatch",
                       .detail = "what came has not the package's digest " + sha256_};
  }
  return GotPackage{.bytes = bytes_, .sha256 = sha256_};
}

namespace {

/// Whether what has come so far may be of use to the next try.
bool can_go_on(const ClientError& error) {
  return error.kind == ErrorKind::unavailable || error.kind == ErrorKind::quota ||
         error.kind == ErrorKind::not_allowed || error.kind == ErrorKind::local;
}

}  // namespace

Result<GotPackage> download_to_file(Caller& caller, std::string_view pkgid, const std::string& file,
                                    const GetPackageOptions& options) {
  auto part = PartFile::open(file, pkgid);
  if (!part) return part.error();
  for (;;) {
    const std::uint64_t found = (*part)->bytes();
    bool written = true;
    const Sink sink = [&](std::string_view piece) { return written = (*part)->write(piece); };
    PackageDownload download(pkgid, options, sink);
    if (found > 0) download.go_on_from(found, (*part)->take_digest());
    auto got = download.run(caller);
    if (!written) return (*part)->cannot("write");
    if (got) {
      if (!(*part)->keep()) return (*part)->cannot("write");
      return got;
    }
    if (can_go_on(got.error())) {
      (*part)->leave();
      return got.error();
    }
    // What an earlier process has left may be no part of it (then it is 416, or the wrong digest).
    const bool misled = got.error().status == 416 || got.error().code == "digest_mismatch";
    if (found == 0 || !misled) return got.error();
    if (!(*part)->empty()) return (*part)->cannot("write");
  }
}

}  // namespace dcount::client

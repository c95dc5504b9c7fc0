// A package on its way here: asked for from where the last try broke off, its digest checked.
// Private to client/.
//
// Thread-safety: none; one call's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "client/caller.h"
#include "client/client.h"
#include "client/content_digest.h"

namespace dcount::client {

class PackageDownload {
 public:
  /// `sink` gets each byte once, in order.
  PackageDownload(std::string_view pkgid, const GetPackageOptions& options, const Sink& sink);
  PackageDownload(const PackageDownload&) = delete;
  PackageDownload& operator=(const PackageDownload&) = delete;

  /// What an earlier process has got of it; before run.
  void go_on_from(std::uint64_t bytes, ContentDigest digest);

  [[nodiscard]] Result<GotPackage> run(Caller& caller);

 private:
  bool take_head(const Reply& head);
  bool take_piece(std::string_view piece);
  Headers headers() const;
  bool stop(ErrorKind kind, std::string detail);

  const GetPackageOptions& options_;
  const Sink& sink_;
  std::string target_;
  ContentDigest digest_;
  std::string sha256_;       ///< from the ETag; empty: nobody has answered yet
  std::uint64_t bytes_ = 0;  ///< handed to the sink, now or by an earlier process
  std::uint64_t total_ = 0;
  std::uint64_t skip_ = 0;  ///< of this answer, since it begins before `bytes_`
  std::optional<ClientError> stopped_;
};

/// Downloads into `<file>.<pkgid>.part`, then renames that to `file`. What is left of it when the
/// download could not be finished, the next one goes on with.
[[nodiscard]] Result<GotPackage> download_to_file(Caller& caller, std::string_view pkgid,
                                                  const std::string& file,
                                                  const GetPackageOptions& options);

}  // namespace dcount::client

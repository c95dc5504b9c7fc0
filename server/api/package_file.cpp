#include "server/api/package_file.h"

#include <sys/stat.h>

#include "server/http/file_answer.h"

namespace dcount::api {
namespace {

constexpr const char* archive_type = "application/x-xz";

void describe(httplib::Response& response, const packages::Blob& blob) {
  response.set_header("Content-Type", archive_type);
  response.set_header("Content-Disposition", "attachment; filename=\"" + blob.pkgid + ".tar.xz\"");
  response.set_header("Cache-Control", "private, no-transform");
}

}  // namespace

std::optional<BlobAnswer> answer_with_blob(const httplib::Request& request,
                                           const packages::BlobStore& blobs,
                                           const packages::Blob& blob,
                                           const std::string& accel_prefix) {
  auto file = blobs.open_for_reading(blob);
  struct stat status {};
  if (!file || ::fstat(file->get(), &status) != 0) return std::nullopt;
  if (static_cast<std::uint64_t>(status.st_size) != blob.bytes) return std::nullopt;
  const std::string etag = '"' + blob.sha256 + '"';
  BlobAnswer answer;
  http::FileAnswer found = http::answer_with_file(request, etag, blob.bytes);
  if (!accel_prefix.empty() && found.response.status != 304) {
    // The proxy looks at Range itself; If-None-Match it compares with an ETag of its own.
    answer.response.status = 200;
    describe(answer.response, blob);
    answer.response.set_header("ETag", etag);
    answer.response.set_header("X-Accel-Redirect",
                               accel_prefix + packages::blob_directory(blob.pkgid) + '/' +
                                   packages::blob_file_name(blob.pkgid, blob.sha256));
    return answer;
  }
  answer.response = std::move(found.response);
  if (!found.sends_file) return answer;
  describe(answer.response, blob);
  answer.file.fd = *std::move(file);
  answer.file.offset = found.first;
  answer.file.bytes = found.bytes;
  return answer;
}

}  // namespace dcount::api

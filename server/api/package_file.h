// An archive on this node's disk as an answer.
//
// Thread-safety: call from any thread.
#pragma once

#include <httplib.h>

#include <optional>
#include <string>

#include "server/http/file_body.h"
#include "server/packages/blob_store.h"

namespace dcount::api {

struct BlobAnswer {
  httplib::Response response;
  http::FileBody file;  ///< none: the response is all
};

/// 200, 206, 304 or 416, with the archive's digest as ETag. With `accel_prefix` a proxy is told
/// where the file is, and sends it (nginx: X-Accel-Redirect). Nothing: there is no such file, or it
/// has another length than the blob.
std::optional<BlobAnswer> answer_with_blob(const httplib::Request& request,
                                           const packages::BlobStore& blobs,
                                           const packages::Blob& blob,
                                           const std::string& accel_prefix);

}  // namespace dcount::api

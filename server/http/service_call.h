// What a service handler works with: a request, and the ways to answer it.
//
// Thread-safety: one thread at a time; lives as long as the handler runs. What it hands out
// (Responder, FileRemover) goes on without it.
#pragma once

#include <httplib.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/http/file_body.h"
#include "server/http/request.h"
#include "server/http/responder.h"

namespace dcount::http {

struct ServiceJob;

class ServiceCall {
 public:
  ServiceCall(ServiceJob& job, httplib::Response& response);

  const httplib::Request& request;
  const std::vector<std::string>& captures;
  const std::string& id;  ///< the answer's X-Request-Id
  const std::shared_ptr<const Caller>& caller;

  /// For set_content, or a content provider with a length. A provider without one is a stream and
  /// has no place here: 500.
  httplib::Response& response;

  /// The request's body as a file of its own, for routes with `spool_body`; removed afterwards.
  std::string body_file;

  /// Set by the handler: this file becomes the body, sent from disk by the loop, and is removed
  /// once it is sent when `remove_sent_file`. Status and headers come from `response`.
  std::string send_file;
  bool remove_sent_file = false;
  std::uint64_t send_offset = 0;            ///< the part of it that is sent: from here
  std::optional<std::uint64_t> send_bytes;  ///< so many bytes; nothing: to its end

  /// Takes over the body's file, which then lives until the remover goes; rename it and `release`
  /// the remover to keep it. Once, and only with `body_file`.
  FileRemover take_body();

  /// Takes over the duty to answer: what is set above is not looked at any more, the worker is free
  /// when the handler returns, and the client waits for the Responder, however long it takes.
  /// Once; a second call is a programmer's error and aborts.
  Responder later();
  bool answers_later() const { return later_; }

 private:
  ServiceJob& job_;
  bool later_ = false;
};

}  // namespace dcount::http

// A service's request, see service_call.h.
#include "server/http/service_call.h"

#include <cstdlib>

#include "server/http/service_lane.h"

namespace dcount::http {

ServiceCall::ServiceCall(ServiceJob& job, httplib::Response& response)
    : request(job.request.http),
      captures(job.request.captures),
      id(job.request.id),
      caller(job.request.caller),
      response(response),
      body_file(job.body ? job.body->path() : std::string()),
      job_(job) {}

FileRemover ServiceCall::take_body() {
  if (!job_.body) std::abort();
  FileRemover body = job_.body->release();
  job_.body.reset();
  return body;
}

Responder ServiceCall::later() {
  if (later_) std::abort();
  later_ = true;
  return Responder(job_.slot);
}

}  // namespace dcount::http

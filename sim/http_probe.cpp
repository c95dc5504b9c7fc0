#include "sim/http_probe.h"

#include <httplib.h>

#include <nlohmann/json.hpp>

namespace dcount::sim {

std::optional<ProbeAnswer> probe(const std::string& url, const std::string& path,
                                 std::chrono::milliseconds at_most, const std::string& body,
                                 const TlsFiles& tls) {
  httplib::Client client(url, tls.certificate, tls.key);
  if (!client.is_valid()) return std::nullopt;
  if (tls.used()) client.set_ca_cert_path(tls.authority.c_str());
  client.set_connection_timeout(at_most);
  client.set_read_timeout(at_most);
  client.set_write_timeout(at_most);
  client.set_tcp_nodelay(true);
  httplib::Request request;
  request.method = body.empty() ? "GET" : "POST";
  request.path = path;
  request.body = body;
  if (!body.empty()) request.set_header("Content-Type", "application/json");
  ProbeAnswer answer;
  request.response_handler = [&](const httplib::Response& response) {
    answer.status = response.status;
    return true;
  };
  request.content_receiver = [&](const char* data, std::size_t size, std::uint64_t, std::uint64_t) {
    answer.body.append(data, size);
    return true;
  };
  const bool whole = static_cast<bool>(client.send(request));
  // etcd ends refusals with a trailer, which this version of cpp-httplib takes for a broken answer.
  const bool refused = answer.status >= 400 && nlohmann::json::accept(answer.body);
  if (!whole && !refused) return std::nullopt;
  return answer;
}

}  // namespace dcount::sim

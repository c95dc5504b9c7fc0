#include "sim/http_probe.h"

#include <httplib.h>

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
  auto answer = body.empty() ? client.Get(path) : client.Post(path, body, "application/json");
  if (!answer) return std::nullopt;
  return ProbeAnswer{answer->status, std::move(answer->body)};
}

}  // namespace dcount::sim

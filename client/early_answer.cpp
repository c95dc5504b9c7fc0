#include "client/early_answer.h"

#include <poll.h>
#include <sys/socket.h>

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <chrono>
#include <string>

namespace dcount::client {
namespace {

namespace http = boost::beast::http;
using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds answer_time{2'000};
constexpr std::size_t body_bytes_max = std::size_t{1} << 20;

bool is_readable(int socket, std::chrono::milliseconds time) {
  pollfd entry{.fd = socket, .events = POLLIN, .revents = 0};
  return ::poll(&entry, 1, static_cast<int>(time.count())) > 0;
}

/// More of the answer into `bytes`; false: there is no more.
bool read_more(int socket, SteadyClock::time_point end, std::string& bytes) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - SteadyClock::now());
  if (left.count() <= 0 || !is_readable(socket, left)) return false;
  char piece[16 << 10];
  const auto got = ::recv(socket, piece, sizeof piece, 0);
  if (got <= 0) return false;
  bytes.append(piece, static_cast<std::size_t>(got));
  return true;
}

}  // namespace

std::optional<httplib::Response> early_answer(int socket) {
  if (socket < 0 || !is_readable(socket, {})) return std::nullopt;
  const auto end = SteadyClock::now() + answer_time;
  http::response_parser<http::string_body> parser;
  parser.eager(true);
  parser.body_limit(body_bytes_max);
  std::string bytes;
  while (!parser.is_done() && read_more(socket, end, bytes)) {
    boost::system::error_code error;
    const std::size_t used = parser.put(boost::asio::buffer(bytes), error);
    if (error && error != http::error::need_more) return std::nullopt;
    bytes.erase(0, used);
  }
  // A body that is cut short still has a status to tell.
  if (!parser.is_header_done()) return std::nullopt;
  const auto& message = parser.get();
  httplib::Response response;
  response.status = message.result_int();
  for (const auto& field : message) {
    response.headers.emplace(std::string(field.name_string()), std::string(field.value()));
  }
  response.body = message.body();
  return response;
}

}  // namespace dcount::client

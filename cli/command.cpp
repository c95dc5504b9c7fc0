#include "cli/command.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <fstream>

#include "cli/suggestion.h"

namespace dcount::cli {
namespace {

constexpr std::streamsize key_bytes_max = 4096;

client::ClientError local_error(std::string detail) {
  return {.kind = client::ErrorKind::local, .detail = std::move(detail)};
}

std::string check_integer(std::string& text) {
  std::int64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::result_out_of_range) return "'" + text + "' does not fit 64 bits";
  if (error != std::errc() || end != text.data() + text.size()) {
    return "'" + text + "' is not an integer";
  }
  return "";
}

/// How to go on, as far as it depends on the kind of error.
std::string advice(const client::ClientError& error) {
  switch (error.kind) {
    case client::ErrorKind::unknown:
      if (error.idempotency_key.empty()) return "";
      return "\nIt may have been done. To finish it without counting twice, repeat it with"
             "\n  --idempotency-key " +
             error.idempotency_key;
    case client::ErrorKind::not_allowed:
      return "; the key comes from --api-key-file";
    default:
      return "";
  }
}

}  // namespace

const CLI::Validator is_integer(check_integer, "", "is_integer");

const CLI::Validator is_given(
    [](std::string& text) { return text.empty() ? "it must not be empty" : ""; }, "", "is_given");

std::vector<client::Endpoint> Context::endpoints() const {
  return client::parse_endpoints(options.server).value();
}

client::Result<std::string> Context::api_key() const {
  std::string key = options.api_key;
  std::string from = "DCOUNT_API_KEY";
  if (key.empty()) {
    if (options.api_key_file.empty()) return std::string();
    from = options.api_key_file;
    std::ifstream file(from);
    key.resize(key_bytes_max);
    file.read(key.data(), key_bytes_max);
    key.resize(static_cast<std::size_t>(file.gcount()));
    if (file.bad() || key.empty()) return local_error("cannot read a key from " + from);
  }
  key.erase(key.find_last_not_of(" \t\r\n") + 1);
  // It becomes a header field; anything else would end it early.
  bool visible = std::all_of(key.begin(), key.end(), [](char c) { return c > ' ' && c < 127; });
  if (key.empty() || !visible) return local_error(from + " holds no key");
  return key;
}

client::Result<client::ClientOptions> Context::client_options() const {
  auto key = api_key();
  if (!key) return key.error();
  client::ClientOptions client;
  client.endpoints = endpoints();
  client.api_key = *key;
  client.retry_time = client::Duration(
      static_cast<client::Duration::rep>(std::llround(options.retry_time_s * 1e3)));
  return client;
}

CLI::App& add_command(CLI::App& parent, const std::string& name, const std::string& description,
                      const std::vector<std::string>& examples) {
  CLI::App& command = *parent.add_subcommand(name, description);
  std::string footer = examples.size() == 1 ? "Example:" : "Examples:";
  for (const std::string& example : examples) footer += "\n  " + example;
  command.footer(footer);
  return command;
}

void on_run(CLI::App& command, Context& context, std::function<ExitCode()> body) {
  command.callback([&context, body = std::move(body)] { context.selected = body; });
}

ExitCode fail(Context& context, const client::ClientError& error, const Json& more) {
  Json members = {{"kind", client::name(error.kind)}};
  if (error.status != 0) members["status"] = error.status;
  if (!error.code.empty()) members["code"] = error.code;
  if (!error.fault.empty()) members["fault"] = error.fault;
  if (!error.rule.empty()) members["rule"] = error.rule;
  if (error.index) members["index"] = *error.index;
  if (error.certainty == client::Certainty::unknown && !error.idempotency_key.empty()) {
    members["idempotency_key"] = error.idempotency_key;
  }
  if (more.is_object()) members.update(more);
  std::string message = error.detail;
  if (!error.fault.empty()) message += " (" + error.fault + ")";
  if (!error.rule.empty()) message += " (rule " + error.rule + ")";
  if (error.index) message += " (operation " + std::to_string(*error.index) + ")";
  if (!context.output.json()) message += advice(error);
  return context.output.fail(exit_code(error.kind), message, members);
}

}  // namespace dcount::cli

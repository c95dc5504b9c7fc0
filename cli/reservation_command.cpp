// `dcount sequence reserve|confirm|release`.
#include "cli/reservation_command.h"

#include <ctime>

namespace dcount::cli {
namespace {

struct ReservationArguments {
  std::string name;
  std::string token;
  std::int64_t ttl_s = client::reservation_ttl_default_s;
  std::string key;
};

/// "2026-11-22T10:57:10Z"
std::string utc(std::int64_t unix_ms) {
  std::time_t seconds = unix_ms / 1000;
  std::tm parts{};
  char text[32] = "";
  if (::gmtime_r(&seconds, &parts) == nullptr) return "?";
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

ExitCode reserve(const ReservationArguments& arguments, Context& context) {
  return with_client(
      context,
      [&](client::Client& client) {
        return client.reserve(arguments.name, arguments.ttl_s, arguments.key);
      },
      [&](const client::Reservation& reservation) {
        if (context.output.json()) {
          context.output.document({{"name", arguments.name},
                                   {"number", reservation.number},
                                   {"token", reservation.token},
                                   {"expires", reservation.expires_ms},
                                   {"replayed", reservation.replayed}});
          return;
        }
        context.output.line(std::to_string(reservation.number) + " " + reservation.token);
        context.output.note("to be confirmed before " + utc(reservation.expires_ms));
      });
}

/// Both ends of a reservation; the number, for scripts.
ExitCode settle(const ReservationArguments& arguments, Context& context, bool confirm) {
  return with_client(
      context,
      [&](client::Client& client) {
        return confirm ? client.confirm(arguments.name, arguments.token, arguments.key)
                       : client.release(arguments.name, arguments.token, arguments.key);
      },
      [&](std::int64_t number) {
        if (context.output.json()) {
          context.output.document({{"name", arguments.name},
                                   {"number", number},
                                   {"token", arguments.token},
                                   {"state", confirm ? "confirmed" : "released"}});
        } else {
          context.output.line(std::to_string(number));
        }
      });
}

ExitCode confirm(const ReservationArguments& arguments, Context& context) {
  return settle(arguments, context, true);
}

ExitCode release(const ReservationArguments& arguments, Context& context) {
  return settle(arguments, context, false);
}

void add_name_and_key(CLI::App& command, ReservationArguments& arguments) {
  command.add_option("name", arguments.name, "Of a gapless sequence")->required()->check(is_given);
  command
      .add_option("--idempotency-key", arguments.key,
                  "Finish an earlier call with this key, instead of a fresh one")
      ->type_name("KEY");
}

void add_settling(CLI::App& group, Context& context, const std::string& name,
                  const std::string& description,
                  ExitCode (*body)(const ReservationArguments&, Context&)) {
  auto [command, arguments] = add_action(group, context, name, description,
                                         {"dcount sequence " + name + " invoices TOKEN"}, body);
  add_name_and_key(command, arguments);
  command.add_option("token", arguments.token, "As reserve has printed it")
      ->required()
      ->check(is_given);
}

}  // namespace

void add_reservations(CLI::App& group, Context& context) {
  auto [command, arguments] =
      add_action(group, context, "reserve",
                 "Reserve the lowest free number of a gapless sequence; prints it and the token to "
                 "settle it with",
                 {"dcount sequence reserve invoices --ttl 60"}, reserve);
  add_name_and_key(command, arguments);
  command.add_option("--ttl", arguments.ttl_s, "It is free again after so long")
      ->check(is_integer)
      ->type_name("SECONDS")
      ->capture_default_str();
  add_settling(group, context, "confirm", "Hand a reserved number out, for good; prints it",
               confirm);
  add_settling(group, context, "release", "Give a reserved number back; prints it", release);
}

}  // namespace dcount::cli

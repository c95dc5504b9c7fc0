#include "server/core/reservation.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "server/core/fields.h"

namespace dcount::core {
namespace {

using Standing = Reservation::State;

constexpr std::array<std::pair<Standing, std::string_view>, 3> closed_names{
    {{Standing::confirmed, "confirmed"},
     {Standing::released, "released"},
     {Standing::expired, "expired"}}};

bool take(Reservation& reservation, std::string_view name, std::int64_t number) {
  for (const auto& [state, known] : closed_names) {
    if (known != name) continue;
    reservation.state = state;
    reservation.closed_ms = number;
    return true;
  }
  if (name == "n")
    reservation.number = number;
  else if (name == "k")
    reservation.place = static_cast<std::uint64_t>(number);
  else if (name == "born")
    reservation.born_ms = number;
  else if (name == "e")
    reservation.expires_ms = number;
  else
    return false;
  return true;
}

}  // namespace

std::string encode(const Reservation& reservation) {
  FieldWriter fields;
  fields.add("n", reservation.number)
      .add("k", static_cast<std::int64_t>(reservation.place))
      .add("born", reservation.born_ms)
      .add("e", reservation.expires_ms);
  for (const auto& [state, name] : closed_names) {
    if (state == reservation.state) fields.add(name, reservation.closed_ms);
  }
  return fields.take();
}

std::optional<Reservation> try_decode_reservation(std::string_view text) {
  FieldReader fields(text);
  if (fields.malformed()) return std::nullopt;
  Reservation reservation;
  while (const auto field = fields.next()) {
    const auto number = field->number();
    if (!number || !take(reservation, field->name, *number)) return std::nullopt;
  }
  if (reservation.born_ms < 1 || reservation.expires_ms < 1) return std::nullopt;
  return reservation;
}

Reservation decode_reservation(std::string_view text) {
  const auto reservation = try_decode_reservation(text);
  if (!reservation) {
    std::fprintf(stderr, "dcount: not a reservation: '%.*s'\n", static_cast<int>(text.size()),
                 text.data());
    std::abort();
  }
  return *reservation;
}

std::int64_t open_until_ms(std::string_view text) {
  const Reservation reservation = decode_reservation(text);
  return reservation.state == Standing::open ? reservation.expires_ms : 0;
}

std::int64_t reservation_due_ms(std::string_view text, std::int64_t tombstone_ms) {
  const Reservation reservation = decode_reservation(text);
  return reservation.state == Standing::open ? 0 : reservation.closed_ms + tombstone_ms;
}

}  // namespace dcount::core

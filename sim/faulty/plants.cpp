#include "sim/faulty/plants.h"

#include <algorithm>

namespace dcount::faulty {
namespace {

constexpr Plant table[] = {
    {"lost-acknowledged", "what is acknowledged reaches the disk 50 ms later", true, false},
    {"stale-read", "answers to reads are remembered for 200 ms", true, true},
    {"double-apply", "an Idempotency-Key means nothing on another connection", true, true},
    {"block-not-durable", "a cached sequence's block is used before it is on the disk", true,
     false},
    {"half-items", "half of the items of an add reach the disk 5 ms before the rest", true, false},
    {"uncommitted-read", "a read shows increments that are not committed", true, true},
    {"no-guard-on-refusal", "a keyed refusal is answered from what the server remembers", false,
     true},
    {"twice-on-leader-change", "a batch whose answer was lost is applied again though it had",
     false, true},
    {"tail-gap-on-reconnect", "a tail that is to go on from a revision begins from now on", true,
     true},
    {"package-ack-early", "a package is acknowledged 300 ms before it has its name on the disk",
     true, true},
    {"no-fence", "a lost batch is looked for, not fenced off, and decided again", false, true},
};

}  // namespace

std::span<const Plant> plants() { return table; }

const Plant* find_plant(std::string_view name) {
  const auto* at = std::ranges::find(table, name, &Plant::name);
  return at == std::end(table) ? nullptr : at;
}

}  // namespace dcount::faulty

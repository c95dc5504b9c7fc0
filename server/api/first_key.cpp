#include "server/api/first_key.h"

#include <optional>
#include <utility>

#include "server/api/open_store.h"
#include "server/api/token_source.h"
#include "server/engine/blocking_call.h"
#include "server/engine/engine.h"
#include "server/nodes/directory_lock.h"

namespace dcount::api {
namespace {

Error failed(std::string message, Certainty certainty = Certainty::definite) {
  return {.certainty = certainty, .message = std::move(message)};
}

Result<void> create(engine::Engine& engine, const std::string& id, core::KeyTraits traits) {
  const auto outcome = engine::BlockingCall(engine).run(core::CreateKey{id, std::move(traits)});
  switch (outcome.code) {
    case core::Code::created:
      return {};
    case core::Code::unknown:
      return failed("it is not known whether the store has the key: look with 'dcount key list'",
                    Certainty::unknown);
    case core::Code::out_of_space:
      return failed("the store has no room for a key");
    default:
      return failed(engine.failure().empty() ? "the store cannot be written" : engine.failure());
  }
}

}  // namespace

Result<keys::NewKey> make_key_offline(ServerSettings settings, core::KeyTraits traits) {
  if (auto wrong = wrong_with_store(settings); !wrong.empty()) return failed(std::move(wrong));
  const bool embedded = settings.store == "rocks";
  std::optional<nodes::DirectoryLock> lock;
  if (embedded) {
    auto taken = nodes::DirectoryLock::take(settings.data_directory);
    if (!taken) return taken.error();
    lock.emplace(std::move(*taken));
  } else {
    // A writer of its own, beside the servers, that nobody will hear of again.
    settings.node = "key-" + new_token();
  }
  auto store = open_store(settings, new_token());
  if (!store) return store.error();
  const engine::SystemClock clock;
  engine::Engine engine(std::move(*store), clock);
  if (const auto started = engine.start(); !started) return started.error();
  keys::NewKey made = keys::make_key();
  traits.secret_hash = made.secret_hash;
  auto created = create(engine, made.id, std::move(traits));
  engine.stop();
  // What it leaves behind would be little, and does no harm.
  if (!embedded) static_cast<void>(engine.forget_writer(settings.node));
  if (!created) return created.error();
  return made;
}

}  // namespace dcount::api

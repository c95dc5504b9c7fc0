#include "sim/links/links.h"

#include <pthread.h>
#include <sys/resource.h>

#include <mutex>

#include "sim/links/io_loop.h"

namespace dcount::sim {
namespace {

/// Each connection takes two files.
void raise_file_limit() {
  static std::once_flag once;
  std::call_once(once, [] {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
  });
}

}  // namespace

IoLoop::IoLoop(std::uint64_t seed)
    : chance(seed), thread([this] {
        const auto work = boost::asio::make_work_guard(io);
        io.run();
      }) {
  ::pthread_setname_np(thread.native_handle(), "links");
}

IoLoop::~IoLoop() {
  io.stop();
  thread.join();
}

Link& SharedLink::from(const std::string& name) {
  return front_.loop().call([&]() -> Link& { return front_.from(name); });
}

Link& SharedLink::unknown() { return from("?"); }

std::uint16_t SharedLink::port() const { return front_.port(); }

Result<void> SharedLink::set_target(const std::string& address) {
  return unknown().set_target(address);
}

Links::Links(std::uint64_t seed) {
  raise_file_limit();
  loop_ = std::make_unique<IoLoop>(seed);
}

Links::~Links() = default;

Result<Link*> Links::add(const std::string& from, const FrontOptions& options) {
  return loop_->call([&]() -> Result<Link*> {
    auto front = Front::make(*loop_, options, Front::Kind::of_one);
    if (!front) return front.error();
    Link& link = (*front)->from(from);
    loop_->fronts.push_back(std::move(*front));
    return &link;
  });
}

Result<SharedLink*> Links::share(const FrontOptions& options) {
  return loop_->call([&]() -> Result<SharedLink*> {
    auto front = Front::make(*loop_, options, Front::Kind::shared);
    if (!front) return front.error();
    loop_->shared.push_back(std::make_unique<SharedLink>(**front));
    loop_->fronts.push_back(std::move(*front));
    return loop_->shared.back().get();
  });
}

void Links::name_peer(const std::string& said, const std::string& name) {
  loop_->call([&] { loop_->sources.set(said, name); });
}

void Links::name_processes(std::function<std::string(const std::string&)> name_of) {
  loop_->call([&] { loop_->sources.set_process_names(std::move(name_of)); });
}

}  // namespace dcount::sim

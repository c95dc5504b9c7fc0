#include "server/store/etcd/committer.h"

#include <cstdlib>
#include <utility>

namespace dcount::store::etcd {
namespace {

/// Runs steps of the writer until they come to something.
template <class Outcome>
Outcome run(Writer& writer, Connection& connection, Writer::Step step) {
  while (const auto* request = std::get_if<Request>(&step)) {
    step = writer.on_reply(connection.send(*request));
  }
  return std::get<Outcome>(std::move(step));
}

}  // namespace

Committer::Committer(Access access, std::string node, std::string identity,
                     std::chrono::milliseconds patience, std::size_t first_endpoint)
    : writer_(access.address.prefix, std::move(node), std::move(identity)),
      connection_(std::move(access), patience, first_endpoint) {}

Committer::~Committer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  connection_.stop();
  if (thread_.joinable()) thread_.join();
}

Result<Mark> Committer::claim() {
  return run<Writer::Claimed>(writer_, connection_, writer_.claim()).mark;
}

void Committer::commit(const Batch& batch, CommitDone done) {
  start({[this, &batch] { return writer_.commit(batch); }, std::move(done)});
}

void Committer::settle(const Batch& lost, Mark fence, CommitDone done) {
  start({[this, &lost, fence] { return writer_.settle(lost, fence); }, std::move(done)});
}

void Committer::start(Job job) {
  const std::lock_guard lock(mutex_);
  if (job_) std::abort();  // one at a time
  job_ = std::move(job);
  if (!thread_.joinable()) thread_ = std::thread([this] { work(); });
  wake_.notify_all();
}

void Committer::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stopping_ || job_; });
    if (stopping_) return;
    const Job job = *std::exchange(job_, std::nullopt);
    lock.unlock();
    job.done(run<CommitResult>(writer_, connection_, job.begin()));
    lock.lock();
  }
}

}  // namespace dcount::store::etcd

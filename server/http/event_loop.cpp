// One loop, see event_loop.h and event_loop_impl.h.
#include "server/http/event_loop.h"

#include <sched.h>
#include <sys/eventfd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

#include "server/http/event_loop_impl.h"

namespace dcount::http {

EventLoop::EventLoop(std::size_t index) : impl_(std::make_unique<Impl>(index)) {}
EventLoop::~EventLoop() = default;

std::size_t EventLoop::index() const { return impl_->index; }
void EventLoop::post(std::function<void()> work) { impl_->post(std::move(work)); }
void EventLoop::at_turn_end(std::function<void()> work) {
  impl_->turn_end_work.push_back(std::move(work));
}

void EventLoop::every(std::chrono::milliseconds period, std::function<void()> work) {
  impl_->every(std::make_shared<Impl::Repeated>(impl_->io, period, std::move(work)));
}

boost::asio::io_context& EventLoop::io() { return impl_->io; }

void EventLoop::turn(const std::function<void()>& work) { impl_->turn(work); }

void EventLoop::Impl::every(std::shared_ptr<Repeated> repeated) {
  Repeated& it = *repeated;
  it.timer.expires_after(it.period);
  it.timer.async_wait(
      [this, repeated = std::move(repeated)](const boost::system::error_code& error) mutable {
        if (error) return;
        turn(repeated->work);
        every(std::move(repeated));
      });
}

EventLoop::Impl::Impl(std::size_t index)
    : index(index),
      set_(io, ::epoll_create1(EPOLL_CLOEXEC)),
      wake_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  epoll_event event{EPOLLIN | EPOLLET, {.ptr = nullptr}};
  if (::epoll_ctl(set_.native_handle(), EPOLL_CTL_ADD, wake_.get(), &event) != 0)
    throw std::system_error(errno, std::system_category(), "event loop");
}

EventLoop::Impl::~Impl() { close(); }

void EventLoop::Impl::close() {
  // Destroyed outside the lock: a Responder in there posts its 500 in its destructor.
  std::vector<std::function<void()>> dropped;
  std::lock_guard lock(mutex_);
  closed_ = true;
  dropped.swap(posted_);
}

bool EventLoop::Impl::watch(int fd, std::uint32_t events, ReadyHandler& handler) {
  epoll_event event{events, {.ptr = &handler}};
  return ::epoll_ctl(set_.native_handle(), EPOLL_CTL_ADD, fd, &event) == 0;
}

void EventLoop::Impl::rewatch(int fd, std::uint32_t events, ReadyHandler& handler) {
  epoll_event event{events, {.ptr = &handler}};
  if (::epoll_ctl(set_.native_handle(), EPOLL_CTL_MOD, fd, &event) != 0) std::abort();
}

void EventLoop::Impl::unwatch(int fd) {
  ::epoll_ctl(set_.native_handle(), EPOLL_CTL_DEL, fd, nullptr);
}

void EventLoop::Impl::post(std::function<void()> work) {
  bool first;
  {
    std::lock_guard lock(mutex_);
    if (closed_) return;
    first = posted_.empty();
    posted_.push_back(std::move(work));
  }
  if (first) ::eventfd_write(wake_.get(), 1);
}

void EventLoop::Impl::run() {
  thread_id = std::this_thread::get_id();
  wait_for_set();
  io.run();
  close();
}

void EventLoop::Impl::stop() { io.stop(); }

void EventLoop::Impl::wait_for_set() {
  set_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                  [this](const boost::system::error_code& error) {
                    if (error) return;
                    turns();
                    wait_for_set();
                  });
}

void EventLoop::Impl::turn(const std::function<void()>& work) {
  if (in_turn_) return work();
  in_turn_ = true;
  now = Clock::now();
  work();
  end_turn();
}

void EventLoop::Impl::turns() {
  std::array<epoll_event, events_max> events;
  for (int turn = 0; turn < turns_in_a_row_max && !io.stopped(); ++turn) {
    const int count = ready_now(events);
    if (count <= 0) return;
    in_turn_ = true;
    now = Clock::now();
    {
      std::lock_guard lock(mutex_);
      posted_now_.swap(posted_);
    }
    for (auto& work : posted_now_) work();
    posted_now_.clear();
    for (int i = 0; i < count; ++i)
      if (void* handler = events[static_cast<std::size_t>(i)].data.ptr)
        static_cast<ReadyHandler*>(handler)->on_ready(events[static_cast<std::size_t>(i)].events);
    end_turn();
  }
}

int EventLoop::Impl::ready_now(std::array<epoll_event, events_max>& events) {
  const auto look = [&] {
    return ::epoll_wait(set_.native_handle(), events.data(), events_max, 0);
  };
  int count = look();
  if (count != 0 || answers_owed < busy_answers_min) return count;
  for (const auto end = Clock::now() + busy_wait_max; count == 0 && Clock::now() < end;) {
    ::sched_yield();
    count = look();
  }
  return count;
}

void EventLoop::Impl::end_turn() {
  // The flush may find room for more requests, which leave work for the end of this turn again.
  do {
    turn_end_now_.swap(turn_end_work);
    for (auto& work : turn_end_now_) work();
    turn_end_now_.clear();
    if (flush) flush();
  } while (!turn_end_work.empty());
  in_turn_ = false;
}

}  // namespace dcount::http

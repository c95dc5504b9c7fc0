// A tail's connection as the stream that Boost.Beast works on: it never waits for the kernel
// itself.
//
// Thread-safety: none; the loop's.
#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/role.hpp>
#include <boost/beast/websocket/teardown.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/http/event_loop.h"
#include "server/http/tail_stream.h"

namespace dcount::tails {

/// AsyncStream of Beast's. What a client sends faster than it is read waits in the kernel; so does,
/// in the end, what Beast itself has to say to one that does not read.
class LoopStream {
 public:
  using executor_type = boost::asio::io_context::executor_type;
  using error_code = boost::system::error_code;

  explicit LoopStream(http::TailStream& stream) : stream_(&stream), loop_(stream.loop()) {}

  executor_type get_executor() { return loop_.io().get_executor(); }

  /// What has come. Wakes who reads.
  void take(std::string_view bytes) {
    input_ += bytes;
    serve();
    pace();
  }

  /// All that was written has gone.
  void on_room() {
    if (const auto written = std::exchange(written_, nullptr)) written();
  }

  /// The connection is gone: who reads or writes is told.
  void lose() {
    stream_ = nullptr;
    input_.clear();
    serve();
    on_room();
  }

  /// All is said: what is left is sent, then the connection ends.
  void finish() {
    if (stream_ != nullptr) stream_->finish();
  }

  http::TailStream* stream() const { return stream_; }

  template <class Buffers, class Handler>
  auto async_read_some(const Buffers& buffers, Handler&& handler) {
    return boost::asio::async_initiate<Handler, void(error_code, std::size_t)>(
        [this](auto&& completion, const Buffers& into) {
          using Completion = std::decay_t<decltype(completion)>;
          waiting_ = std::make_unique<Waiting<Completion, Buffers>>(
              std::forward<decltype(completion)>(completion), into);
          // Not from within the call that asks.
          if (!input_.empty() || stream_ == nullptr)
            boost::asio::post(get_executor(), [this, alive = std::weak_ptr<int>(alive_)] {
              if (alive.expired()) return;
              loop_.turn([this, &alive] {
                serve();
                if (!alive.expired()) pace();
              });
            });
        },
        handler, buffers);
  }

  template <class Buffers, class Handler>
  auto async_write_some(const Buffers& buffers, Handler&& handler) {
    return boost::asio::async_initiate<Handler, void(error_code, std::size_t)>(
        [this](auto&& completion, const Buffers& from) {
          error_code error;
          std::size_t bytes = 0;
          if (stream_ == nullptr) {
            error = boost::asio::error::eof;
          } else {
            std::string text(boost::asio::buffer_size(from), '\0');
            bytes = boost::asio::buffer_copy(boost::asio::buffer(text), from);
            stream_->write(text);
            // Nobody is waited for: what the client has been sent it can read.
            if (text.starts_with(close_frame)) stream_->finish();
          }
          auto done = std::make_shared<std::decay_t<decltype(completion)>>(
              std::forward<decltype(completion)>(completion));
          written_ = [this, error, bytes, done] {
            boost::asio::post(get_executor(), [error, bytes, done] { (*done)(error, bytes); });
          };
          if (stream_ == nullptr || stream_->unsent_bytes() < unsent_bytes_max) on_room();
        },
        handler, buffers);
  }

 private:
  struct AnyWaiting {
    virtual ~AnyWaiting() = default;
    /// Takes from the front of `input`.
    virtual void complete(error_code error, std::string& input) = 0;
  };
  template <class Completion, class Buffers>
  struct Waiting final : AnyWaiting {
    Waiting(Completion&& completion, const Buffers& buffers)
        : completion(std::move(completion)), buffers(buffers) {}
    void complete(error_code error, std::string& input) override {
      const std::size_t bytes = boost::asio::buffer_copy(buffers, boost::asio::buffer(input));
      input.erase(0, bytes);
      completion(error, bytes);
    }
    Completion completion;
    Buffers buffers;
  };

  void serve() {
    if (!waiting_ || (input_.empty() && stream_ != nullptr)) return;
    const error_code error = input_.empty() ? boost::asio::error::eof : error_code();
    const auto waiting = std::move(waiting_);
    waiting->complete(error, input_);
  }

  void pace() {
    const bool wanted = input_.size() < input_bytes_max;
    if (stream_ == nullptr || wanted == wants_input_) return;
    wants_input_ = wanted;
    stream_->want_input(wanted);
  }

  static constexpr char close_frame = '\x88';  ///< how one begins (RFC 6455, 5.2)
  static constexpr std::size_t input_bytes_max = 64 * 1024;
  static constexpr std::size_t unsent_bytes_max = 64 * 1024;

  http::TailStream* stream_;
  http::EventLoop& loop_;
  std::string input_;
  std::unique_ptr<AnyWaiting> waiting_;
  std::function<void()> written_;  ///< what waits for room
  bool wants_input_ = true;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

// What Beast calls to end the connection when the closing handshake is over.
inline void teardown(boost::beast::role_type, LoopStream& stream, boost::system::error_code&) {
  stream.finish();
}

inline void beast_close_socket(LoopStream& stream) { stream.finish(); }

template <class Handler>
void async_teardown(boost::beast::role_type, LoopStream& stream, Handler&& handler) {
  stream.finish();
  boost::asio::post(stream.get_executor(), [done = std::forward<Handler>(handler)]() mutable {
    done(boost::system::error_code());
  });
}

}  // namespace dcount::tails

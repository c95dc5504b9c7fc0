// Where a tail is shown: lines for programs, a live table for people, a table at the end.
//
// Thread-safety: one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "cli/output.h"
#include "cli/tail_frame.h"
#include "cli/tail_lines.h"
#include "cli/tail_record.h"
#include "client/clock.h"

namespace dcount::cli {

class TailView {
 public:
  virtual ~TailView() = default;

  /// REQUIRES: it is no bookmark.
  virtual void take(const TailRecord& record, client::TimePoint now) = 0;
  /// All current values come again, and nothing else is there any more.
  virtual void restart() = 0;
  /// How the connection is.
  virtual void connected(const std::string& url) = 0;
  virtual void lost(const std::string& why) = 0;
  /// A remark on stderr.
  virtual void say(const std::string& text) = 0;
  /// Shows what was taken. At least every tail_tick, also when there is nothing new. `revision`:
  /// all up to it was taken, 0: not known.
  virtual Written show(client::TimePoint now, std::int64_t revision) = 0;
  /// Whether what was shown survives a power failure, where that is a matter of concern; errno.
  virtual bool sync() { return true; }
  /// Nothing more will come; what was taken is shown.
  virtual void finish(client::TimePoint now) = 0;
  /// Whether nothing is shown before finish(), which is called only when all has come.
  virtual bool shows_at_end() const { return false; }
};

inline constexpr client::Duration tail_tick{100};

/// The server's own lines on stdout, remarks on stderr.
std::unique_ptr<TailView> make_tail_lines(Output& output);

/// Redrawn in place on the terminal that is stdout, at most once in tail_tick.
std::unique_ptr<TailView> make_live_table(Output& output, TailSort sort);

/// One table at the end.
std::unique_ptr<TailView> make_final_table(Output& output, TailSort sort);

}  // namespace dcount::cli

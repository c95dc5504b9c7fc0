#include "cli/tail_view.h"

#include <unistd.h>

#include <utility>

#include "cli/tail_screen.h"

namespace dcount::cli {
namespace {

class LinesView : public TailView {
 public:
  explicit LinesView(Output& output) : output_(output), lines_(STDOUT_FILENO) {}

  void take(const TailRecord& record, client::TimePoint) override { lines_.add(record.line); }
  void restart() override {}
  void connected(const std::string& url) override {
    if (std::exchange(lost_, false)) say("connected again, to " + url);
  }
  void lost(const std::string& why) override {
    lost_ = true;
    say(why + "; trying again");
  }
  void say(const std::string& text) override {
    if (output_.json()) {
      output_.note(Json{{"note", text}}.dump(-1, ' ', false, Json::error_handler_t::replace));
    } else {
      output_.note("dcount: " + text);
    }
  }
  Written show(client::TimePoint, std::int64_t) override { return lines_.write(); }
  bool sync() override { return lines_.sync(); }
  void finish(client::TimePoint) override {}

 private:
  Output& output_;
  TailLines lines_;
  bool lost_ = false;
};

class LiveTableView : public TailView {
 public:
  LiveTableView(Output& output, TailSort sort) : output_(output), screen_(output), sort_(sort) {}

  void take(const TailRecord& record, client::TimePoint now) override {
    table_.take(record, now);
    changed_ = true;
  }
  void restart() override {
    table_.clear();
    changed_ = true;
  }
  void connected(const std::string& url) override {
    connection_ = "connected to " + url;
    changed_ = true;
  }
  void lost(const std::string& why) override {
    connection_ = "NOT CONNECTED: " + why + "; trying again";
    changed_ = true;
  }
  void say(const std::string& text) override {
    screen_.clear();
    output_.note("dcount: " + text);
    changed_ = true;
  }
  Written show(client::TimePoint now, std::int64_t revision) override {
    // Without changes too: rates fade, and terminals are resized.
    if (now - drawn_ < (changed_ ? tail_tick : idle_redraw_time)) return Written::ok;
    return draw(now, revision);
  }
  void finish(client::TimePoint now) override { draw(now, revision_); }

 private:
  static constexpr client::Duration idle_redraw_time{1'000};

  Written draw(client::TimePoint now, std::int64_t revision) {
    revision_ = revision;
    drawn_ = now;
    changed_ = false;
    const TerminalSize size = terminal_size();
    screen_.draw(render(table_, {.height = size.lines - 1,  // the cursor stands below
                                 .width = size.columns,
                                 .colour = output_.colour_out(),
                                 .sort = sort_,
                                 .connection = connection_,
                                 .revision = revision,
                                 .now = now}),
                 size);
    return output_.flush() ? Written::ok : Written::failed;
  }

  Output& output_;
  TerminalScreen screen_;
  TailSort sort_;
  TailTable table_;
  std::string connection_ = "connecting";
  std::int64_t revision_ = 0;
  bool changed_ = true;
  client::TimePoint drawn_{};
};

class FinalTableView : public TailView {
 public:
  FinalTableView(Output& output, TailSort sort) : output_(output), sort_(sort) {}

  void take(const TailRecord& record, client::TimePoint now) override { table_.take(record, now); }
  void restart() override { table_.clear(); }
  void connected(const std::string&) override {}
  void lost(const std::string&) override {}
  void say(const std::string& text) override { output_.note("dcount: " + text); }
  Written show(client::TimePoint, std::int64_t) override { return Written::ok; }

  bool shows_at_end() const override { return true; }

  void finish(client::TimePoint) override {
    Table text{
        .columns = {"COUNTER", "VALUE", "REVISION"}, .rows = {}, .right = {false, true, true}};
    auto add = [&](const TailRow& row) {
      text.rows.push_back({harmless(row.counter), tail_value(row), std::to_string(row.revision)});
    };
    if (sort_ == TailSort::change) {
      for (const TailRow& row : table_.by_change()) add(row);
    } else {
      for (const auto& [name, row] : table_.by_name()) add(*row);
    }
    output_.table(text);
    if (table_.forgotten() > 0) {
      output_.note("and " + std::to_string(table_.forgotten()) + " more: --json shows all");
    }
  }

 private:
  Output& output_;
  TailSort sort_;
  TailTable table_;
};

}  // namespace

std::unique_ptr<TailView> make_tail_lines(Output& output) {
  return std::make_unique<LinesView>(output);
}

std::unique_ptr<TailView> make_live_table(Output& output, TailSort sort) {
  return std::make_unique<LiveTableView>(output, sort);
}

std::unique_ptr<TailView> make_final_table(Output& output, TailSort sort) {
  return std::make_unique<FinalTableView>(output, sort);
}

}  // namespace dcount::cli

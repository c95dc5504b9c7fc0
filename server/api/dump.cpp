#include "server/api/dump.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <memory>

#include "server/api/bad_request.h"
#include "server/api/dump_file.h"
#include "server/api/json_object.h"
#include "server/api/problems.h"
#include "server/engine/blocking_call.h"
#include "server/http/problem.h"

namespace dcount::api {
namespace {

using core::Restore;

void dump(http::ServiceCall& call, engine::Engine& engine, const engine::Clock& clock,
          const std::string& spool_directory) {
  static std::atomic<unsigned> count = 0;
  const std::string path = spool_directory + "/dump-" + std::to_string(getpid()) + "-" +
                           std::to_string(count.fetch_add(1)) + ".jsonl";
  const auto written = write_dump(engine, path, clock.now().unix_ms);
  if (!written) {
    unlink(path.c_str());
    call.response =
        http::problem(503, "unavailable", written.error().message, http::Retryable::yes);
    return;
  }
  call.response.status = 200;
  call.response.set_header("Content-Type", "application/x-ndjson");
  call.send_file = path;
  call.remove_sent_file = true;
}

/// The steps of a restore, each its own commit. Returns what ended it, or ok.
core::Outcome write_all(engine::Engine& engine, const CheckedDump& dump, const std::string& path,
                        bool force) {
  engine::BlockingCall call(engine);
  Restore step{.stage = Restore::Stage::begin, .records = {}};
  step.force = force;
  step.dump_revision = dump.summary.revision;
  core::Outcome outcome = call.run(step);
  const auto ok = [&] { return outcome.code == core::Code::ok; };
  const auto left = [&] { return std::get<core::WorkOutcome>(outcome.value).left; };
  step.stage = Restore::Stage::clear;
  const store::Limits limits = engine.limits();
  const auto records_max = std::min(restore_records_per_commit, limits.operations_max / 2);
  const auto bytes_max = std::min(restore_bytes_per_commit, limits.bytes_max / 2);
  step.records_max = records_max;
  while (ok() && left() > 0) outcome = call.run(step);
  if (!ok()) return outcome;
  const auto write = [&](auto records) {
    Restore some{.stage = Restore::Stage::write, .records = std::move(records)};
    outcome = call.run(std::move(some));
    return ok();
  };
  const auto read = read_dump(path, dump, records_max, bytes_max, write);
  if (!read) outcome.code = core::Code::unavailable;
  if (!ok()) return outcome;
  return call.run(Restore{.stage = Restore::Stage::end, .records = {}});
}

bool force_input(const httplib::Params& query) {
  const auto force = query.find("force");
  if (force == query.end()) return false;
  const bool yes = force->second == "true" || force->second == "1";
  const bool no = force->second == "false" || force->second == "0";
  if (query.count("force") > 1 || !(yes || no)) {
    throw BadRequest("malformed", "'force' must be true or false, once");
  }
  return yes;
}

void restore(http::ServiceCall& call, engine::Engine& engine) {
  const bool forced = force_input(call.request.params);
  const auto checked = check_dump(call.body_file);
  if (!checked) throw BadRequest("malformed", checked.error().message);
  const core::Outcome outcome = write_all(engine, *checked, call.body_file, forced);
  if (outcome.code == core::Code::not_empty) {
    call.response = problem_for(outcome, {.subject = "the restore"});
    return;
  }
  if (outcome.code != core::Code::ok) {
    call.response = http::problem(503, "restore_incomplete",
                                  "the restore did not get through: run it again with ?force=true",
                                  http::Retryable::yes);
    return;
  }
  call.response.status = 200;
  call.response.set_content(
      JsonObject(Ints::numbers)
          .add("restored", static_cast<std::int64_t>(checked->summary.records))
          .add("revision", engine.statistics().revision)
          .take(),
      "application/json");
}

}  // namespace

void add_dump_routes(http::RouteTable& routes, engine::Engine& engine, const engine::Clock& clock,
                     const std::string& spool_directory) {
  http::Route get;
  get.method = "GET";
  get.pattern = "/api/dump";
  get.service = [&engine, &clock, spool_directory](http::ServiceCall& call) {
    dump(call, engine, clock, spool_directory);
  };
  routes.add(std::move(get));

  http::Route post;
  post.method = "POST";
  post.pattern = "/api/restore";
  post.body_bytes_max = restore_body_bytes_max;
  post.spool_body = true;
  const auto running = std::make_shared<std::atomic<bool>>(false);
  post.service = [&engine, running](http::ServiceCall& call) {
    if (running->exchange(true)) {
      call.response =
          http::problem(409, "restore_running", "another restore is running", http::Retryable::yes);
      return;
    }
    const std::shared_ptr<void> ends(nullptr, [running](void*) { *running = false; });
    try {
      restore(call, engine);
    } catch (const BadRequest& bad) {
      call.response = problem_for(bad);
    }
  };
  routes.add(std::move(post));
}

}  // namespace dcount::api

#include "sim/scenario/package_end.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <thread>

#include "sim/http_probe.h"
#include "sim/scenario/package_files.h"

namespace dcount::sim {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

/// What a server compares is in whole seconds.
constexpr std::int64_t expired_for_s = 2;
constexpr milliseconds between_looks{100};
constexpr client::Duration read_time{5'000};

milliseconds left_until(Clock::time_point end) {
  return std::max(milliseconds(1), std::chrono::ceil<milliseconds>(end - Clock::now()));
}

/// Whether a report of a repair says that there was nothing to do, and all was looked at.
bool nothing_to_mend(const Json& report) {
  if (!report.is_object() || report.contains("trouble")) return false;
  for (const char* done : {"missing", "extra", "corrupt", "expired", "copied", "adopted", "dropped",
                           "trimmed", "failed"}) {
    if (report.value(done, std::int64_t{-1}) != 0) return false;
  }
  return true;
}

bool expired(const KnownPackage& package, std::int64_t now_s) {
  return package.expire_s != 0 && package.expire_s + expired_for_s <= now_s;
}

}  // namespace

PackageEnd::PackageEnd(const PackagesWorkload& workload, const Scenario& scenario, Testbed& testbed,
                       Recorder& recorder, Load& load)
    : workload_(workload),
      scenario_(scenario),
      testbed_(testbed),
      recorder_(recorder),
      load_(load),
      packages_(workload.board().all()) {}

std::vector<std::string> PackageEnd::finish(milliseconds at_most) {
  end_ = Clock::now() + at_most;
  now_s_ = unix_seconds();
  mend();
  note_disks();
  note_records();
  look_for_expired();
  read_everything();
  look_for_half_files();
  look_for_missed();
  look_for_reports();
  return std::move(wrong_);
}

/// What one mends may give another one something to do.
void PackageEnd::mend() {
  std::string said;
  while (!mend_each(said)) {
    if (Clock::now() > end_) return find("repairs find no end; the last one said " + said);
    std::this_thread::sleep_for(between_looks);
  }
}

bool PackageEnd::mend_each(std::string& said) {
  bool nothing = true;
  LocalCluster& cluster = testbed_.cluster();
  for (std::size_t i = 0; i < cluster.servers(); ++i) {
    const auto answer = probe(cluster.server(i).url(), "/api/repair", left_until(end_), "{}");
    const std::string body = answer ? answer->body : "nothing";
    if (answer && answer->status == 200 && nothing_to_mend(Json::parse(body, nullptr, false))) {
      continue;
    }
    nothing = false;
    said = body + " (" + cluster.server(i).name() + ")";
  }
  return nothing;
}

void PackageEnd::note_disks() {
  for (std::size_t i = 0; i < testbed_.cluster().servers(); ++i) note_disk(i);
}

void PackageEnd::note_disk(std::size_t server) {
  const std::string& name = testbed_.cluster().server(server).name();
  const Invocation look{.process = load_.take_process(), .function = "final_holder", .key = name};
  recorder_.invoke(look);
  Json held = Json::array();
  for (const BlobOnDisk& blob : blobs_on_disk(testbed_.cluster().server(server).data())) {
    const auto digest = digest_on_disk(blob);
    Json one{{"pkgid", blob.pkgid}};
    if (digest) one["digest"] = *digest;
    held.push_back(std::move(one));
  }
  recorder_.complete(look, {.value = Json{{"packages", std::move(held)}}.dump()}, name);
}

/// From the last server: it was asked to mend after all others.
void PackageEnd::note_records() {
  LocalCluster& cluster = testbed_.cluster();
  const ServerProcess& server = cluster.server(cluster.servers() - 1);
  const Invocation look{.process = load_.take_process(), .function = "final_packages", .key = {}};
  recorder_.invoke(look);
  const auto answer =
      probe(server.url(), "/lockstep/packages?since=0&follow=false", left_until(end_));
  if (!answer || answer->status != 200) {
    recorder_.complete(look, {.how = Noted::info, .error = "no answer"}, server.name());
    return find("the records of packages were not answered by " + server.name());
  }
  Json records = Json::array();
  std::istringstream lines(answer->body);
  for (std::string line; std::getline(lines, line);) {
    const Json record = Json::parse(line, nullptr, false);
    if (!record.is_object() || !record.value("deleted_at", Json()).is_null()) continue;
    records.push_back({{"pkgid", record.value("id", "")},
                       {"owner", record.value("owner", "")},
                       {"digest", record.value("sha256", "")},
                       {"holders", record.value("holders", Json::array())}});
  }
  recorder_.complete(look, {.value = records.dump()}, server.name());
}

/// Servers beside each other.
void PackageEnd::read_everything() {
  const auto& servers = testbed_.servers();
  std::vector<std::vector<std::string>> wrong(servers.size());
  std::vector<std::thread> readers;
  for (std::size_t i = 0; i < servers.size(); ++i) {
    int first = load_.take_process();
    for (std::size_t more = 1; more < workload_.owners().size(); ++more) load_.take_process();
    readers.emplace_back(
        [this, &servers, &wrong, i, first] { read_from(servers[i], first, wrong[i]); });
  }
  for (std::thread& reader : readers) reader.join();
  for (auto& some : wrong) wrong_.insert(wrong_.end(), some.begin(), some.end());
}

void PackageEnd::read_from(const ServerPlace& server, int first_process,
                           std::vector<std::string>& wrong) {
  const auto& owners = workload_.owners();
  std::size_t lost = 0;
  std::string first_lost;
  for (std::size_t owner = 0; owner < owners.size(); ++owner) {
    WorkerOptions options;
    options.process = first_process + static_cast<int>(owner);
    options.node = server.name;
    options.client.endpoints = {server.endpoint};
    options.client.api_key = owners[owner].key;
    options.client.retry_time = lost == 0 ? read_time : client::Duration(0);
    Worker worker(options, recorder_);
    for (const KnownPackage& package : packages_) {
      if (package.owner != owner) continue;
      GotOrNot how = note_get(worker, owners[owner].id, package.pkgid);
      const bool gone = package.removed || package.expire_s != 0;
      if (how.got && expired(package, now_s_)) {
        wrong.push_back(server.name + " gave away " + package.pkgid + ", which has expired");
      }
      if (!how.got && !gone) {
        if (lost++ == 0) first_lost = package.pkgid + " (" + how.error + ")";
        // One was waited for; the others are only asked for, so that this comes to an end.
        options.client.retry_time = client::Duration(0);
        worker.reconnect(options.client);
      }
    }
    bool listed = note_list(worker, owners[owner].id);
    while (!listed && Clock::now() < end_) listed = note_list(worker, owners[owner].id);
    if (!listed) wrong.push_back("in the end " + server.name + " did not list an owner's packages");
  }
  if (lost == 0) return;
  wrong.push_back("in the end " + server.name + " did not give " + std::to_string(lost) +
                  " packages to their owners; " + first_lost + " is the first");
}

void PackageEnd::look_for_expired() {
  LocalCluster& cluster = testbed_.cluster();
  for (std::size_t i = 0; i < cluster.servers(); ++i) {
    for (const BlobOnDisk& blob : blobs_on_disk(cluster.server(i).data())) {
      const auto known = std::ranges::find(packages_, blob.pkgid, &KnownPackage::pkgid);
      if (known == packages_.end() || !expired(*known, now_s_)) continue;
      find(cluster.server(i).name() + " still has the file of " + blob.pkgid + ", which expired " +
           std::to_string(now_s_ - known->expire_s) +
           " s before it was asked"
           " to mend");
    }
  }
}

/// Nobody uploads or fetches any more.
void PackageEnd::look_for_half_files() {
  LocalCluster& cluster = testbed_.cluster();
  for (std::size_t i = 0; i < cluster.servers(); ++i) {
    const auto data = cluster.server(i).data();
    auto files = temporary_files(data);
    for (; !files.empty() && Clock::now() < end_; files = temporary_files(data)) {
      std::this_thread::sleep_for(between_looks);
    }
    if (!files.empty()) find(cluster.server(i).name() + " has left the file " + files[0].name);
  }
}

/// Where processes and links are well nobody is to notice that disks are not.
void PackageEnd::look_for_missed() {
  const bool only_disks = std::ranges::all_of(scenario_.faults, [](const FaultSpec& fault) {
    return fault.kind == FaultKind::corrupt_blob || fault.kind == FaultKind::empty_disk;
  });
  for (const MissedPackage& missed : workload_.board().missed()) {
    const bool spoilt = missed.error == "digest_mismatch";
    const auto& hurt = testbed_.hurt_disks();
    if (spoilt && std::ranges::count(hurt, missed.pkgid, &Testbed::HurtDisk::corrupted)) continue;
    if (!spoilt && !only_disks) continue;
    return find("an owner did not get " + missed.pkgid + ": " + missed.error);
  }
}

/// Servers say in their logs what they have mended.
void PackageEnd::look_for_reports() {
  for (const Testbed::HurtDisk& hurt : testbed_.hurt_disks()) {
    const auto known = std::ranges::find(packages_, hurt.corrupted, &KnownPackage::pkgid);
    const bool may_be_gone =
        !hurt.corrupted.empty() && (known == packages_.end() || known->removed || known->expire_s);
    if (may_be_gone) continue;
    const ServerProcess& server = testbed_.cluster().server(hurt.server);
    std::ifstream log(server.log());
    bool said = false;
    for (std::string line; std::getline(log, line);) {
      const bool report = line.find("packages were not as they should be") != line.npos;
      const bool corrupt = line.find("corrupt ") != line.npos;
      const bool missing = line.find("missing ") != line.npos || line.find("copied ") != line.npos;
      said |= report && (hurt.corrupted.empty() ? missing : corrupt);
    }
    if (!said) find(server.name() + " did not say that its packages were not as they should be");
  }
}

}  // namespace dcount::sim

#include "tests/check/package_model.h"

#include <algorithm>
#include <vector>

#include "sim/check/package_words.h"

namespace dcount::check {
namespace {

struct Package {
  std::string id;
  std::string owner;
  std::string digest;
  bool live = true;
};

struct Running {
  HistoryBuilder::Handle handle = 0;
  Function function = Function::get_package;
  std::string owner;
  std::string digest;
  std::string package;
  bool busy = false;
  bool done = false;
  // What it was answered:
  int status = 0;
  std::int64_t result = none;
  std::string text;
  std::vector<Package> list;
};

class Service {
 public:
  Service(Random& random, const PackageMix& mix)
      : random_(random), mix_(mix), running_(mix.processes), wrong_(random.chance(mix.wrong)) {}

  History run() {
    auto busy = [&] {
      return std::any_of(running_.begin(), running_.end(), [](const auto& r) { return r.busy; });
    };
    while (begun_ < mix_.operations || busy()) step();
    return builder_.take();
  }

 private:
  bool goes_wrong() {
    if (!wrong_ || !random_.chance(0.25)) return false;
    wrong_ = false;
    return true;
  }
  std::string owner() { return random_.chance(0.75) ? "k1" : "k2"; }
  std::string some_id() { return "p" + std::to_string(1 + random_.below(packages_.size() + 1)); }

  void step() {
    auto process = static_cast<std::uint32_t>(random_.below(mix_.processes));
    Running& running = running_[process];
    if (!ghosts_.empty() && random_.chance(0.2)) {
      take_effect(ghosts_.back());
      ghosts_.pop_back();
    }
    if (goes_wrong()) break_state();
    if (!running.busy) {
      if (begun_ < mix_.operations) begin(process, running);
    } else if (!running.done) {
      if (random_.chance(mix_.unknown / 2)) {
        if (random_.chance(0.6)) ghosts_.push_back(running);
        end(running, true);
      } else {
        take_effect(running);
      }
    } else {
      end(running, random_.chance(mix_.unknown));
    }
  }

  void begin(std::uint32_t process, Running& running) {
    ++begun_;
    running = {.owner = owner(), .busy = true};
    const std::vector<Function> functions{Function::add_package,    Function::add_package,
                                          Function::get_package,    Function::get_package,
                                          Function::list_packages,  Function::list_packages,
                                          Function::remove_package, Function::final_packages};
    running.function = packages_.empty() && random_.chance(0.6) ? Function::add_package
                                                                : random_.one_of(functions);
    PackageCall call{.owner = running.owner};
    if (running.function == Function::add_package) {
      running.digest = "d" + std::to_string(1 + random_.below(3));
      call.digest = running.digest;
    } else if (running.function == Function::final_packages) {
      call.owner = {};
    } else if (running.function != Function::list_packages) {
      running.package = some_id();
      call.package = running.package;
    }
    running.handle = builder_.invoke_package(process, running.function, call);
  }

  Package* find(const std::string& id) {
    for (Package& package : packages_) {
      if (package.id == id && package.live) return &package;
    }
    return nullptr;
  }

  void store(const Running& running) {
    packages_.push_back(
        {"p" + std::to_string(packages_.size() + 1), running.owner, running.digest});
  }

  void take_effect(Running& running) {
    running.done = true;
    Package* package = find(running.package);
    switch (running.function) {
      case Function::add_package:
        if (random_.chance(0.15)) {
          running.status = 503;
          if (goes_wrong()) store(running);
          return;
        }
        store(running);
        running.text = packages_.back().id;
        if (goes_wrong()) store(running);  // a second attempt
        return;
      case Function::list_packages:
      case Function::final_packages:
        for (const Package& one : packages_) {
          bool shown = running.function == Function::final_packages || one.owner == running.owner;
          if (one.live && (shown || goes_wrong())) running.list.push_back(one);
        }
        return;
      default:
        break;
    }
    const bool reads = running.function == Function::get_package;
    if (package == nullptr) {
      if (reads) running.status = 404;
      running.result = 0;
    } else if (package->owner != running.owner && !goes_wrong()) {
      running.status = 403;
    } else if (reads) {
      running.text = package->digest;
    } else {
      package->live = false;
      running.result = 1;
    }
  }

  /// Of the service's own, or of an answer that is under way.
  void break_state() {
    if (!packages_.empty() && random_.chance(0.5)) {
      Package& package = packages_[random_.below(packages_.size())];
      switch (random_.below(4)) {
        case 0:
          package.digest = "d9";
          return;
        case 1:
          package.owner = package.owner == "k1" ? "k2" : "k1";
          return;
        default:
          package.live = !package.live;
          return;
      }
    }
    Running& running = running_[random_.below(running_.size())];
    if (!running.busy || !running.done) {
      wrong_ = true;
      return;
    }
    if (running.function == Function::get_package) {
      running.status = running.status == 0 ? 404 : 0;
      if (running.text.empty()) running.text = "d1";
    } else if (!running.list.empty()) {
      random_.chance(0.6) ? running.list.pop_back() : running.list.push_back(running.list.front());
    } else if (running.function == Function::list_packages && !packages_.empty()) {
      running.list.push_back(packages_[random_.below(packages_.size())]);
    } else {
      wrong_ = true;
    }
  }

  void end(Running& running, bool unknown) {
    running.busy = false;
    if (unknown) {
      builder_.complete_package(running.handle, Outcome::unknown, {});
      return;
    }
    if (running.status != 0) {
      builder_.complete_package(running.handle, Outcome::fail, {.status = running.status});
      return;
    }
    PackageAnswer answer{.result = running.result};
    if (running.function == Function::add_package) answer.package = running.text;
    if (running.function == Function::get_package) answer.digest = running.text;
    std::vector<ListedPackage> list;
    for (const Package& package : running.list) {
      ListedPackage& listed = list.emplace_back();
      listed.package = builder_.package_name(package.id);
      if (running.function != Function::final_packages) continue;
      listed.owner = builder_.package_name(package.owner);
      listed.digest = builder_.package_name(package.digest);
    }
    answer.list = list;
    builder_.complete_package(running.handle, Outcome::ok, answer);
  }

  Random& random_;
  const PackageMix& mix_;
  HistoryBuilder builder_;
  std::vector<Package> packages_;  ///< by number of their id; whatever was ever there
  std::vector<Running> running_;
  std::vector<Running> ghosts_;  ///< unknown, and to take effect later
  std::size_t begun_ = 0;
  bool wrong_;
};

}  // namespace

History make_packages(Random& random, const PackageMix& mix) { return Service(random, mix).run(); }

std::string text_of_packages(const History& history) {
  std::string text;
  for (const PackageOperation& part : history.packages.operations) {
    if (part.list_size == 0) continue;
    text += "  index " + std::to_string(history.operations[part.operation].invoked) + ":";
    for (std::uint32_t i = 0; i < part.list_size; ++i) {
      const ListedPackage& listed = history.packages.lists[part.list + i];
      text += " " + history.names[listed.package];
      if (listed.owner == no_name) continue;
      text += " of " + history.names[listed.owner] + " " + digest_text(history, listed.digest);
    }
    text += "\n";
  }
  return text;
}

}  // namespace dcount::check

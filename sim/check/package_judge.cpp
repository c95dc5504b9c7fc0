#include "sim/check/package_judge.h"

#include "sim/check/package_lists.h"
#include "sim/check/package_replicas.h"
#include "sim/check/package_uploads.h"
#include "sim/check/words.h"

namespace dcount::check {
namespace {

class Packages {
 public:
  explicit Packages(const History& history)
      : history_(history), states_(history), findings_(states_) {}
  std::vector<Finding> judge();

 private:
  void judge_answer(Place place);
  void judge_shown(Place place);
  void judge_owner(const PackageState& state, Name shown_to, Place place);
  void judge_bytes(const PackageState& state, Name digest, Place place);
  void judge_stale(const PackageState& state);
  Finding summary() const;
  std::string name(Name name) const { return package_name_text(history_, name); }

  const History& history_;
  const PackageStates states_;
  PackageFindings findings_;
};

/// Somebody was shown it, and so has to be its owner.
void Packages::judge_owner(const PackageState& state, Name shown_to, Place place) {
  if (shown_to == no_name || state.owner == no_name || shown_to == state.owner) return;
  findings_.add(state,
                states_.told(state.owner_told) + ", but " + states_.told(place) + ": " +
                    name(state.package) + " is " + name(state.owner) + "'s, and " +
                    (states_.part(place).owner == no_name ? "recorded as " + name(shown_to) + "'s."
                                                          : name(shown_to) + " was let to it."),
                {state.owner_told, place});
}

void Packages::judge_bytes(const PackageState& state, Name digest, Place place) {
  if (digest == no_name || state.digest == no_name || digest == state.digest) return;
  findings_.add(state,
                states_.told(state.digest_told) + ", but " + states_.told(place) +
                    ": its bytes are " + digest_text(history_, state.digest) +
                    ", and it was told to have " + digest_text(history_, digest) + ".",
                {state.digest_told, place});
}

/// Of get and remove.
void Packages::judge_answer(Place place) {
  const Operation& operation = states_.at(place);
  const PackageState* state = states_.find(states_.part(place).package);
  if (state == nullptr) return;
  const Name asker = states_.part(place).owner;
  if (operation.refused && operation.result == 404) {
    if (states_.contradicts_absence(*state, place)) {
      report_lost(states_, *state, place, findings_);
    }
  } else if (operation.refused && asker == state->owner) {
    findings_.add(*state,
                  states_.told(state->owner_told) + ", but " + states_.told(place) + ": " +
                      name(state->package) + " is " + name(asker) + "'s own.",
                  {state->owner_told, place});
  } else if (operation.outcome == Outcome::ok) {
    const bool removed = operation.function == Function::remove_package;
    if (!removed || operation.result == 1) judge_owner(*state, asker, place);
    if (!removed) judge_bytes(*state, states_.part(place).digest, place);
  }
}

/// Of lists, and the store's records.
void Packages::judge_shown(Place place) {
  const bool records = states_.at(place).function == Function::final_packages;
  for (const ListedPackage& shown : states_.listed(place)) {
    const PackageState& state = *states_.find(shown.package);
    judge_owner(state, records ? shown.owner : states_.part(place).owner, place);
    judge_bytes(state, shown.digest, place);
  }
}

void Packages::judge_stale(const PackageState& state) {
  if (state.took_again != no_place) {
    findings_.add(state,
                  states_.told(state.took) + ", and " + states_.told(state.took_again) + ": " +
                      name(state.package) + " was removed twice.",
                  {state.took, state.took_again});
  }
  if (!state.seen()) return;
  if (state.removed != no_place &&
      states_.at(state.last_seen).invoked > states_.at(state.removed).completed) {
    findings_.add(state,
                  states_.told(state.removed) + ". Only after that had ended, " +
                      states_.told(state.last_seen) + ": " + name(state.package) +
                      " was there though it had been removed.",
                  {state.removed, state.last_seen});
  }
  if (states_.had_expired(state, state.last_seen)) {
    const std::int64_t late = history_.packages.began_s +
                              states_.part(state.last_seen).asked_ns / 1'000'000'000 - state.expire;
    findings_.add(state,
                  states_.told(state.upload) + ", to expire at " + std::to_string(state.expire) +
                      ", but " + states_.told(state.last_seen) + ": " + name(state.package) +
                      " was there " + counted(static_cast<std::uint64_t>(late), "second") +
                      " after that.",
                  {state.upload, state.last_seen});
  }
}

Finding Packages::summary() const {
  std::uint64_t uploads[3] = {};
  std::int64_t uploaded = 0;
  std::int64_t downloaded = 0;
  std::uint64_t downloads = 0;
  std::vector<bool> read(history_.names.size());
  for (Place place = 0; place < states_.parts().size(); ++place) {
    const Operation& operation = states_.at(place);
    const PackageOperation& part = states_.part(place);
    const bool ok = operation.outcome == Outcome::ok;
    if (operation.function == Function::add_package) {
      ++uploads[static_cast<std::size_t>(operation.outcome)];
      if (ok && part.bytes != none) uploaded += part.bytes;
    } else if (operation.function == Function::get_package && ok) {
      ++downloads;
      read[part.package] = true;
      const PackageState* state = states_.find(part.package);
      const std::int64_t bytes =
          state->upload == no_place ? none : states_.part(state->upload).bytes;
      if (bytes != none) downloaded += bytes;
    }
  }
  std::uint64_t never_read = 0;
  for (const PackageState& state : states_.all()) {
    if (state.upload != no_place && !read[state.package]) ++never_read;
  }
  Finding finding{.judge = "packages"};
  finding.verdict = Verdict::valid;
  finding.summary = counted(uploads[0], "upload") + " acknowledged (" + std::to_string(uploaded) +
                    " bytes), " + std::to_string(uploads[2]) + " unknown, " +
                    std::to_string(uploads[1]) + " failed; " + counted(downloads, "download") +
                    " (" + std::to_string(downloaded) + " bytes); " +
                    counted(never_read, "package") + " never read";
  return finding;
}

std::vector<Finding> Packages::judge() {
  find_phantoms(states_, findings_);
  for (const PackageState& state : states_.all()) judge_stale(state);
  for (Place place = 0; place < states_.parts().size(); ++place) {
    switch (states_.at(place).function) {
      case Function::get_package:
      case Function::remove_package:
        judge_answer(place);
        break;
      case Function::list_packages:
      case Function::final_packages:
        judge_shown(place);
        break;
      default:
        break;
    }
  }
  judge_lists(states_, findings_);
  judge_holders(states_, findings_);
  std::vector<Finding> findings = findings_.take();
  findings.push_back(summary());
  return findings;
}

}  // namespace

std::vector<Finding> judge_packages(const History& history) {
  if (history.packages.operations.empty()) return {};
  return Packages(history).judge();
}

}  // namespace dcount::check

// `dcount sim planted`: whether the judges see bugs that are known to be there.
#include <algorithm>
#include <map>
#include <set>

#include "cli/interruption.h"
#include "cli/scenario_run.h"
#include "cli/sim_command.h"
#include "cli/verdict_output.h"
#include "sim/scenario/draw.h"

namespace dcount::cli {
namespace {

namespace fs = std::filesystem;

struct PlantedArguments {
  std::string directory = "scenarios/planted";
  std::string plant;
  int tries = 5;
  int measure = 0;
  bool all = false;
  bool honest = false;
  std::string faulty;
  ScenarioRunOptions options;
};

/// Of runs that are measured, those that must catch the bug.
constexpr double caught_share_min = 0.9;

struct Mix {
  std::string name;  ///< of the scenario
  std::string file;
  sim::Scenario scenario;
};

struct Cell {
  int caught = 0;
  int tries = 0;
};

class Matrix {
 public:
  Matrix(const PlantedArguments& arguments, Context& context)
      : arguments_(arguments), context_(context), options_(arguments.options) {
    options_.programs.faulty = arguments.faulty;
  }

  ExitCode fill() {
    if (auto wrong = load(); !wrong.empty()) return context_.output.fail(setup_failed, wrong);
    for (const Mix& bug : mixes_) {
      for (const Mix& mix : mixes_) {
        if (interrupted()) return ExitCode::interrupted;
        const bool meant = bug.name == mix.name;
        if (!meant && (!arguments_.all || arguments_.honest)) continue;
        if (bug.scenario.cluster.engine != mix.scenario.cluster.engine) continue;
        const std::string plant = arguments_.honest ? "" : bug.scenario.cluster.plant;
        if (auto wrong = fill_cell(plant, mix, meant); !wrong.empty()) {
          return context_.output.fail(setup_failed, wrong);
        }
      }
    }
    show();
    return missed_ ? ExitCode{1} : ExitCode{0};
  }

 private:
  std::string load() {
    std::vector<fs::path> files;
    std::error_code failed;
    for (const auto& entry : fs::directory_iterator(arguments_.directory, failed)) {
      if (entry.path().extension() == ".json") files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    for (const fs::path& file : files) {
      auto scenario = sim::load_scenario(file);
      if (!scenario) return scenario.error().message;
      if (!arguments_.plant.empty() && scenario->cluster.plant != arguments_.plant) continue;
      mixes_.push_back({file.stem(), file.string(), *scenario});
    }
    return mixes_.empty() ? "there are no scenarios with planted bugs in " + arguments_.directory
                          : "";
  }

  std::string fill_cell(const std::string& plant, const Mix& mix, bool meant) {
    const int tries = arguments_.measure > 0 ? arguments_.measure : arguments_.tries;
    const bool until_caught = arguments_.measure == 0 && !arguments_.honest;
    Cell& cell = cells_[{plant, mix.name}];
    while (cell.tries < tries && !interrupted() && !(until_caught && cell.caught > 0)) {
      const std::uint64_t seed = fresh_seed();
      sim::Scenario scenario = sim::draw(mix.scenario, seed);
      scenario.cluster.plant = plant;
      const std::string reproduce =
          command_for(mix.file, seed, options_, plant.empty() ? no_plant : plant);
      const auto done = run_once(mix.name, scenario, reproduce, options_, context_);
      if (!done) return mix.name + ": " + done.error().message;
      ++cell.tries;
      const check::Judgement& judgement = done->result.judgement;
      const bool caught = judgement.verdict == check::Verdict::invalid;
      cell.caught += caught ? 1 : 0;
      if (!context_.output.json()) {
        context_.output.line((plant.empty() ? "honest" : plant) + " under " + mix.name + ": " +
                             std::string(word_for(judgement.verdict)) + "; " + reproduce);
        if (caught || judgement.verdict == check::Verdict::unknown) {
          show_findings(judgement, context_.output);
        }
        (void)context_.output.flush();
      }
    }
    if (meant) {
      const bool enough =
          arguments_.measure > 0 ? cell.caught >= caught_share_min * cell.tries : cell.caught > 0;
      missed_ |= arguments_.honest ? cell.caught > 0 : !enough;
    }
    return "";
  }

  void show() {
    Table table{.columns = {"BUG"}};
    std::set<std::string> plants;
    for (const auto& [place, cell] : cells_) plants.insert(place.first);
    for (const Mix& mix : mixes_) table.columns.push_back(mix.name);
    for (const std::string& plant : plants) {
      std::vector<std::string> row{plant.empty() ? "(none)" : plant};
      for (const Mix& mix : mixes_) {
        const auto found = cells_.find({plant, mix.name});
        row.push_back(found == cells_.end() ? "-"
                                            : std::to_string(found->second.caught) + " of " +
                                                  std::to_string(found->second.tries));
        if (context_.output.json() && found != cells_.end()) {
          context_.output.document({{"plant", plant},
                                    {"scenario", mix.name},
                                    {"caught", found->second.caught},
                                    {"tries", found->second.tries}});
        }
      }
      table.rows.push_back(std::move(row));
    }
    if (!context_.output.json()) context_.output.table(table);
  }

  const PlantedArguments& arguments_;
  Context& context_;
  ScenarioRunOptions options_;
  std::vector<Mix> mixes_;
  std::map<std::pair<std::string, std::string>, Cell> cells_;  // by bug and scenario
  bool missed_ = false;
};

ExitCode run_planted(const PlantedArguments& arguments, Context& context) {
  const GracefulInterruption graceful;
  return Matrix(arguments, context).fill();
}

}  // namespace

void add_sim_planted(CLI::App& group, Context& context) {
  auto [command, arguments] = add_action(
      group, context, "planted", "Run servers with known bugs, and see whether they are caught",
      {"dcount sim planted", "dcount sim planted --measure 10 --all",
       "dcount sim planted --plant double-apply --tries 1"},
      run_planted);
  command.add_option("directory", arguments.directory, "Scenarios that name the bug they are for")
      ->type_name("DIR")
      ->capture_default_str();
  command.add_option("--plant", arguments.plant, "Only this bug")->type_name("BUG");
  command.add_option("--tries", arguments.tries, "How often each is tried until it is caught")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command
      .add_option("--measure", arguments.measure,
                  "Try so often, caught or not; 9 in 10 must be caught")
      ->check(CLI::Range(0, 1000))
      ->type_name("TRIES");
  command.add_flag("--all", arguments.all, "Every bug under every scenario, not only its own");
  command.add_flag("--honest", arguments.honest, "The same scenarios without the bugs");
  command.add_option("--faulty", arguments.faulty, "dcount-faulty [the one beside this program]")
      ->type_name("PROGRAM");
  command.add_option("--root", arguments.options.root, "Where runs are kept")
      ->type_name("DIR")
      ->capture_default_str();
}

}  // namespace dcount::cli

// Writes the reports of made runs, for looking at them: make_report FOLDER [invalid|unknown|valid]
// [operations] [clients]
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "sim/report/report.h"
#include "tests/report/made_run.h"

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const std::filesystem::path folder = argv[1];
  const std::string verdict = argc > 2 ? argv[2] : "invalid";
  dcount::report::MadeRunOptions options;
  options.lost_increment = verdict == "invalid";
  options.unconfirmed_fault = verdict == "unknown";
  if (argc > 3) options.operations = std::strtoull(argv[3], nullptr, 10);
  if (argc > 4) options.clients = static_cast<std::uint32_t>(std::strtoul(argv[4], nullptr, 10));
  std::filesystem::create_directories(folder);
  const auto run = dcount::report::make_run(folder, options);
  const auto began = std::chrono::steady_clock::now();
  const auto files =
      dcount::report::write_report(folder, run.journal, run.facts, run.history, run.judgement);
  if (!files) {
    std::fprintf(stderr, "%s\n", files.error().message.c_str());
    return 1;
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  std::printf("%s: %ju bytes, %.2f s\n", files->page.c_str(),
              static_cast<std::uintmax_t>(std::filesystem::file_size(files->page)), took.count());
  return 0;
}

// dcount-faulty: the production server with other edges, see plants.h. For tests; never installed.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "cli/app.h"
#include "cli/server_command.h"
#include "sim/faulty/faulty_edges.h"
#include "sim/faulty/plants.h"

namespace {

using namespace dcount;

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

int print_plants() {
  for (const faulty::Plant& plant : faulty::plants()) {
    const char* engines = !plant.cluster ? "embedded" : plant.embedded ? "both" : "cluster";
    std::printf("%-23s %-8s  %s\n", plant.name.data(), engines, plant.what.data());
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == "plants") return print_plants();
  const std::string name = variable("DCOUNT_PLANT");
  const faulty::Plant* plant = faulty::find_plant(name);
  if (plant == nullptr && !name.empty()) {
    std::fprintf(stderr,
                 "dcount-faulty: DCOUNT_PLANT: no planted bug is called '%s'; "
                 "'dcount-faulty plants' lists them\n",
                 name.c_str());
    return 2;
  }
  faulty::FaultyEdges edges(plant, variable("DCOUNT_CONTROL"), !variable("DCOUNT_HASTE").empty());
  cli::serve_with(edges.edges());
  return cli::run(argc, argv);
}

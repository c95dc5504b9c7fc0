// `dcount version`.
#include "cli/version_command.h"

namespace dcount::cli {

void add_version(CLI::App& app, Context& context) {
  CLI::App& command = add_command(app, "version", "Print the version", {"dcount version --json"});
  app.set_version_flag("--version", "dcount " DCOUNT_VERSION, "Print the version");
  on_run(command, context, [&context] {
    if (context.output.json()) {
      context.output.document(
          {{"name", "dcount"}, {"version", DCOUNT_VERSION}, {"compiler", "g++ " __VERSION__}});
    } else {
      context.output.line("dcount " DCOUNT_VERSION);
    }
    return ExitCode::ok;
  });
}

}  // namespace dcount::cli

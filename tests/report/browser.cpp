#include "tests/report/browser.h"

#include <cctype>
#include <fstream>
#include <sstream>

#include "sim/process.h"

namespace dcount::report {
namespace {

std::string content_of(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

/// What stands between <script…> and </script> is what the page was made of, not what it shows.
std::string without_scripts(std::string_view dom) {
  std::string rest;
  while (true) {
    const auto begin = dom.find("<script");
    rest += dom.substr(0, begin);
    if (begin == dom.npos) return rest;
    const auto end = dom.find("</script>", begin);
    if (end == dom.npos) return rest;
    dom.remove_prefix(end);
  }
}

}  // namespace

bool OpenedPage::sound() const {
  return failure.empty() && console.empty() && shows("data-rendered=\"true\"") &&
         !shows("data-errors=");
}

std::size_t OpenedPage::count(std::string_view part) const {
  std::size_t found = 0;
  for (auto at = dom.find(part); at != dom.npos; at = dom.find(part, at + 1)) ++found;
  return found;
}

OpenedPage open_page(const std::filesystem::path& page, const std::filesystem::path& folder,
                     std::chrono::seconds at_most) {
  OpenedPage opened;
  const auto dom = folder / "dom.html";
  const auto log = folder / "browser.log";
  std::filesystem::remove(log);
  {
    // A shell tells the page from the log: a Process has one file for both.
    auto browser = sim::Process::start(
        {.program = "sh",
         .arguments =
             {"-c",
              "exec chromium --headless=new --no-sandbox --disable-gpu --no-first-run "
              "--disable-crash-reporter --disable-breakpad --disable-dev-shm-usage "
              "--user-data-dir=\"$FOLDER/profile\" --window-size=1200,900 "
              "--enable-logging=stderr --v=0 --dump-dom \"file://$PAGE\" >\"$FOLDER/dom.html\""},
         .environment = {{"FOLDER", folder.string()}, {"PAGE", page.string()}},
         .log = log});
    if (!browser) {
      opened.failure = browser.error().message;
      return opened;
    }
    const auto exit = browser->wait(at_most);
    if (!exit) {
      opened.failure = "the browser did not end in time";
    } else if (*exit != sim::ProcessExit{}) {
      opened.failure = exit->text() + ": " + sim::end_of_log(log);
    }
  }
  opened.dom = without_scripts(content_of(dom));
  std::ifstream lines(log);
  for (std::string line; std::getline(lines, line);) {
    if (line.find(":CONSOLE") != line.npos) opened.console.push_back(line);
  }
  return opened;
}

std::size_t processes_of(const std::filesystem::path& folder) {
  std::size_t found = 0;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", ignored)) {
    const std::string name = entry.path().filename();
    if (std::isdigit(static_cast<unsigned char>(name[0])) == 0) continue;
    if (content_of(entry.path() / "cmdline").find(folder.string()) != std::string::npos) ++found;
  }
  return found;
}

}  // namespace dcount::report

#include "tests/e2e/web_page.h"

#include <httplib.h>

#include <mutex>
#include <stdexcept>
#include <thread>

namespace dcount::test {
namespace {

// One at a time, so that what is told first comes first.
constexpr const char* page_begin = R"(<!doctype html><link rel="icon" href="data:,"><script>
let last_told = Promise.resolve();
function tell(text) {
  last_told = last_told.then(() => fetch("/told", { method: "POST", body: text }));
}
window.onerror = (message) => tell("error: " + message);
</script><script>
)";

}  // namespace

struct WebPage::Site {
  Site() {
    http.Get("/", [this](const httplib::Request&, httplib::Response& response) {
      response.set_content(page, "text/html");
    });
    http.Post("/told", [this](const httplib::Request& request, httplib::Response&) {
      const std::lock_guard lock(mutex);
      told.push_back(request.body);
    });
    port = http.bind_to_any_port("127.0.0.1");
    if (port < 0) throw std::runtime_error("no port for the web page");
    thread = std::thread([this] { http.listen_after_bind(); });
    while (!http.is_running()) std::this_thread::yield();
  }
  ~Site() {
    http.stop();
    thread.join();
  }

  httplib::Server http;
  int port = -1;
  std::string page;  // set before anybody asks for it
  std::mutex mutex;
  std::vector<std::string> told;  // guarded by mutex
  std::thread thread;
};

WebPage::WebPage() : site_(std::make_unique<Site>()) {}

WebPage::~WebPage() { browser_.reset(); }

std::string WebPage::origin() const { return "http://127.0.0.1:" + std::to_string(site_->port); }

void WebPage::open(const std::string& script, const std::filesystem::path& folder) {
  site_->page = page_begin + script + "</script>";
  log_ = folder / "browser.log";
  auto browser = sim::Process::start(
      {.program = "chromium",
       .arguments = {"--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run",
                     "--disable-crash-reporter", "--disable-breakpad", "--disable-dev-shm-usage",
                     "--user-data-dir=" + (folder / "profile").string(), "--enable-logging=stderr",
                     "--v=0", origin()},
       .log = log_});
  if (!browser) throw std::runtime_error(browser.error().message);
  browser_ = std::move(*browser);
}

std::vector<std::string> WebPage::told() const {
  const std::lock_guard lock(site_->mutex);
  return site_->told;
}

std::string WebPage::said() const {
  std::string all = "the page told:\n";
  for (const std::string& line : told()) all += line + '\n';
  return all + "the browser said:\n" + sim::end_of_log(log_, 2000);
}

}  // namespace dcount::test

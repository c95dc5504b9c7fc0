// Directories as packages and back, without a server: what is packed, what is refused, what is
// unpacked.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <stdexcept>

#include "cli/archive_session.h"
#include "cli/package_pack.h"
#include "cli/package_rules.h"
#include "cli/package_tree.h"
#include "cli/package_unpack.h"
#include "cli/temporary_file.h"

namespace dcount::cli {
namespace {

namespace fs = std::filesystem;

std::string read_all(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

/// What a directory holds: path to mode, time and content.
std::map<std::string, std::string> contents(const fs::path& root) {
  std::map<std::string, std::string> all;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    struct stat info {};
    ::lstat(entry.path().c_str(), &info);
    std::string& text = all[fs::relative(entry.path(), root).string()];
    text = std::to_string(info.st_mtim.tv_sec) + " ";
    if (entry.is_symlink()) {
      text += "-> " + fs::read_symlink(entry.path()).string();
    } else {
      text += std::to_string(info.st_mode) + " ";
      if (entry.is_regular_file()) text += read_all(entry.path());
    }
  }
  return all;
}

fs::path new_directory() {
  std::string name = (fs::temp_directory_path() / "dcount-files-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
  return name;
}

class PackageFiles : public testing::Test {
 protected:
  PackageFiles() { fs::create_directory(source); }
  ~PackageFiles() override { fs::remove_all(place); }

  void write(const std::string& path, const std::string& text) const {
    fs::create_directories((source / path).parent_path());
    std::ofstream(source / path, std::ios::binary) << text;
    set_time(path, 1'600'000'000);
  }
  void set_time(const std::string& path, std::int64_t time_s) const {
    const timespec times[2] = {{.tv_sec = time_s, .tv_nsec = 0}, {.tv_sec = time_s, .tv_nsec = 0}};
    ::utimensat(AT_FDCWD, (source / path).c_str(), times, AT_SYMLINK_NOFOLLOW);
  }
  void write_some() const {
    write("b.txt", "bee");
    write("a/deep/er/x", std::string(100'000, 'x') + "end");
    write("a.txt", "");
    write("Zoë 🦊/ü", "umlaut");
    fs::create_directory(source / "empty");
    fs::create_symlink("deep/er/x", source / "a/link");
    fs::create_symlink("../b.txt", source / "a/up");
    ::chmod((source / "b.txt").c_str(), 0755);
    for (const char* path : {"a", "a/deep", "a/deep/er", "empty", "Zoë 🦊", "a/link", "a/up"}) {
      set_time(path, 1'500'000'000);
    }
  }

  std::unique_ptr<TemporaryFile> pack(const std::optional<std::string>& meta = {}) const {
    auto tree = read_package_tree(source.string());
    if (!tree) throw std::runtime_error(tree.error().detail);
    auto file = TemporaryFile::make().value();
    auto packed = pack_tree(*tree, meta, file->fd());
    if (!packed) throw std::runtime_error(packed.error().detail);
    EXPECT_EQ(packed->bytes, static_cast<std::uint64_t>(::lseek(file->fd(), 0, SEEK_END)));
    EXPECT_FALSE(check_package(file->fd(), packed->bytes)) << "the server would refuse it";
    return file;
  }
  /// The rule that the directory breaks.
  std::string rule() const {
    auto tree = read_package_tree(source.string());
    return tree ? "none" : tree.error().rule;
  }
  /// What a program says of a file.
  std::string output_of(const std::string& command) const {
    FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
    std::string all;
    char piece[4096];
    while (const auto got = std::fread(piece, 1, sizeof piece, pipe)) all.append(piece, got);
    return all + (::pclose(pipe) == 0 ? "" : " failed");
  }

  fs::path place = new_directory();
  fs::path source = place / "source";
};

TEST_F(PackageFiles, ArchiveIsSortedAndHasNoTopDirectory) {
  write_some();
  const auto file = pack();
  fs::copy_file(file->path(), place / "p.tar.xz");
  EXPECT_EQ(output_of("tar --quoting-style=literal -tJf " + (place / "p.tar.xz").string()),
            "Zoë 🦊/\nZoë 🦊/ü\na/\na.txt\na/deep/\na/deep/er/\na/deep/er/x\na/link\na/up\n"
            "b.txt\nempty/\n");
  const std::string list = output_of("tar --numeric-owner -tvJf " + (place / "p.tar.xz").string());
  EXPECT_NE(list.find("-rwxr-xr-x 0/0"), std::string::npos) << list;
  EXPECT_EQ(output_of("xz -t " + (place / "p.tar.xz").string()), "");
}

TEST_F(PackageFiles, SameDirectoryIsTheSameBytes) {
  write_some();
  const auto first = pack();
  EXPECT_TRUE(read_all(first->path()) == read_all(pack()->path()));
  write("b.txt", "bef");
  EXPECT_FALSE(read_all(first->path()) == read_all(pack()->path()));
}

TEST_F(PackageFiles, UnpackedIsWhatWasPacked) {
  write_some();
  const auto file = pack();
  auto unpacked = unpack(file->fd(), (place / "out").string());
  ASSERT_TRUE(unpacked) << unpacked.error().detail;
  EXPECT_EQ(unpacked->entries, 11u);
  EXPECT_EQ(contents(place / "out"), contents(source));
}

TEST_F(PackageFiles, NothingIsUnpackedOverAnything) {
  write("f", "1");
  const auto file = pack();
  fs::create_directory(place / "out");
  ASSERT_TRUE(unpack(file->fd(), (place / "out/").string())) << "an empty one is fine";
  EXPECT_FALSE(unpack(file->fd(), (place / "out").string()));
  EXPECT_FALSE(unpack(file->fd(), (source / "f").string()));
  fs::create_directory_symlink(place / "out", place / "link");
  EXPECT_FALSE(unpack(file->fd(), (place / "link").string()));
}

TEST_F(PackageFiles, UnpackingThatIsStoppedLeavesNothing) {
  write_some();
  const auto file = pack();
  EXPECT_FALSE(unpack(file->fd(), (place / "out").string(), [](std::uint64_t) { return false; }));
  EXPECT_EQ(std::distance(fs::directory_iterator(place), fs::directory_iterator()), 1);
}

/// An archive of one entry, made to do harm.
std::unique_ptr<TemporaryFile> bad_package(const char* name, mode_t type, const char* target) {
  auto file = TemporaryFile::make().value();
  Archive made(archive_write_new());
  archive_write_set_format_pax_restricted(made.get());
  archive_write_add_filter_xz(made.get());
  archive_write_open_fd(made.get(), file->fd());
  ArchiveEntry entry(archive_entry_new());
  archive_entry_set_pathname(entry.get(), name);
  archive_entry_set_filetype(entry.get(), type);
  archive_entry_set_perm(entry.get(), 0644);
  if (type == AE_IFLNK) archive_entry_set_symlink(entry.get(), target);
  if (type == AE_IFREG && target != nullptr) archive_entry_set_hardlink(entry.get(), target);
  archive_write_header(made.get(), entry.get());
  archive_write_close(made.get());
  return file;
}

TEST_F(PackageFiles, UnpackingNeverLeavesItsDirectory) {
  struct Case {
    const char* name;
    mode_t type;
    const char* target;
    const char* rule;
  };
  for (const Case& bad :
       {Case{"../x", AE_IFREG, nullptr, "parent_path"},
        Case{"/tmp/x", AE_IFREG, nullptr, "absolute_path"},
        Case{"l", AE_IFLNK, "/etc", "outside_link"}, Case{"l", AE_IFLNK, "../..", "outside_link"},
        Case{"h", AE_IFREG, "/etc/passwd", "outside_link"},
        Case{"f", AE_IFIFO, nullptr, "device"}}) {
    const auto file = bad_package(bad.name, bad.type, bad.target);
    auto unpacked = unpack(file->fd(), (place / "out").string());
    ASSERT_FALSE(unpacked) << bad.name;
    EXPECT_EQ(unpacked.error().rule, bad.rule) << bad.name << ": " << unpacked.error().detail;
    EXPECT_FALSE(fs::exists(place / "out"));
  }
  EXPECT_EQ(std::distance(fs::directory_iterator(place), fs::directory_iterator()), 1);
}

TEST_F(PackageFiles, LinksThatLeadOutAreRefusedByName) {
  write("a/f", "1");
  write("g", "1");
  for (const char* target : {"/etc/passwd", "../../x", "f/../../..", "../.."}) {
    fs::remove(source / "a/link");
    fs::create_symlink(target, source / "a/link");
    auto tree = read_package_tree(source.string());
    ASSERT_FALSE(tree) << target;
    EXPECT_EQ(tree.error().rule, "outside_link") << target;
    EXPECT_NE(tree.error().detail.find("a/link"), std::string::npos) << tree.error().detail;
  }
}

TEST_F(PackageFiles, SpecialFilesAreRefusedByName) {
  write("g", "1");
  ASSERT_EQ(::mkfifo((source / "pipe").c_str(), 0600), 0);
  auto tree = read_package_tree(source.string());
  ASSERT_FALSE(tree);
  EXPECT_EQ(tree.error().rule, "device");
  EXPECT_NE(tree.error().detail.find("'pipe' is a FIFO"), std::string::npos) << tree.error().detail;
}

TEST_F(PackageFiles, DirectoriesTheServerWouldRefuseAreNotPacked) {
  EXPECT_EQ(rule(), "empty");
  write("only/f", "1");
  EXPECT_EQ(rule(), "top_directory");
  write("\xff", "1");
  EXPECT_EQ(rule(), "entry_path");
  EXPECT_EQ(read_package_tree((place / "none").string()).error().kind, client::ErrorKind::local);
}

TEST_F(PackageFiles, MetaTakesThePlaceOfTheDirectorys) {
  write("meta.json", R"({"a": 1})");
  write("z", "1");
  const auto file = pack(R"({"b":2})");
  ASSERT_TRUE(unpack(file->fd(), (place / "out").string()));
  EXPECT_EQ(read_all(place / "out/meta.json"), R"({"b":2})");
  fs::remove(source / "meta.json");
  const auto second = pack(R"({"c":3})");
  ASSERT_TRUE(unpack(second->fd(), (place / "out2").string()));
  EXPECT_EQ(read_all(place / "out2/meta.json"), R"({"c":3})");
}

TEST(PackageMeta, LaterFieldsWinAndOthersAreKept) {
  using Text = std::optional<std::string>;
  EXPECT_EQ(*merged_meta(Text(), Text(), {}), Text());
  EXPECT_EQ(*merged_meta(Text("{ \"a\": 1}"), Text(), {}), Text("{ \"a\": 1}")) << "as it is";
  EXPECT_EQ(*merged_meta(Text(), Text(), 7), Text("{\"expire\":7}\n"));
  EXPECT_EQ(*merged_meta(Text(R"({"a":1,"b":2,"expire":5})"), Text(R"({"b":3})"), 7),
            Text("{\"a\":1,\"b\":3,\"expire\":7}\n"));
  for (const char* bad : {"[]", "nonsense", R"({"expire":"soon"})", R"({"expire":-1})"}) {
    auto merged = merged_meta(Text(bad), Text(), {});
    ASSERT_FALSE(merged) << bad;
    EXPECT_EQ(merged.error().rule, "meta_json") << bad;
  }
}

TEST(PackageExpiry, IsReadInEveryForm) {
  constexpr std::int64_t now = 1'795'000'000;
  EXPECT_EQ(*parse_expire("2027-01-01", now), 1'798'761'600);
  EXPECT_EQ(*parse_expire("2027-01-01T00:00:01Z", now), 1'798'761'601);
  EXPECT_EQ(*parse_expire("3600s", now), now + 3600);
  EXPECT_EQ(*parse_expire("7d", now), now + 7 * 86400);
  EXPECT_EQ(*parse_expire("1798761600", now), 1'798'761'600);
  EXPECT_EQ(*parse_expire("0", now), 0);
  for (const char* bad : {"", "soon", "-5", "7w", "2027-02-30", "2027-1", "1700000000",
                          "2020-01-01", "99999999999999", "1e9", "s", "0s"}) {
    EXPECT_FALSE(parse_expire(bad, now)) << bad;
  }
}

}  // namespace
}  // namespace dcount::cli

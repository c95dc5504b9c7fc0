// Which archives are taken, and which rule the others break.
#include "server/packages/archive_check.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <locale.h>
#include <lzma.h>
#include <rapidcheck/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include "../store/temporary_directory.h"
#include "made_archive.h"

namespace dcount::packages {
namespace {

MadeTar two_files() { return MadeTar().add("a", "hello").add("b/c", "world"); }

CheckedArchive good(std::string_view bytes, const ArchiveLimits& limits = {}) {
  const auto verdict = verdict_on(bytes, limits);
  const auto* checked = std::get_if<CheckedArchive>(&verdict);
  if (checked == nullptr) throw std::runtime_error("refused: " + fault_of(bytes, limits));
  return *checked;
}

/// The rule that an archive with this one entry beside two files breaks.
std::string rule_of_name(std::string_view name) {
  return rule_of(two_files().add(name, "x").tar_xz());
}
std::string rule_of_symbolic(std::string_view name, std::string_view to) {
  return rule_of(two_files().symbolic(name, to).tar_xz());
}
std::string rule_of_hard(std::string_view to) {
  return rule_of(two_files().hard("h", to).tar_xz());
}

// What is taken -----------------------------------------------------------------------------------

TEST(Archive, OfTwoFilesIsFine) {
  const auto checked = good(two_files().tar_xz());
  EXPECT_EQ(checked.entries, 2u);
  EXPECT_EQ(checked.unpacked_bytes, 10u);
  EXPECT_FALSE(checked.meta_json);
}

TEST(Archive, OfOneFileAtTheTopIsFine) {
  EXPECT_EQ(fault_of(MadeTar().add("only", "x").tar_xz()), "");
}

TEST(Archive, GivesTheMetaJsonAtItsTop) {
  EXPECT_EQ(good(two_files().add("meta.json", R"({"a":1})").tar_xz()).meta_json, R"({"a":1})");
  EXPECT_EQ(good(two_files().add("./meta.json", "{}").tar_xz()).meta_json, "{}");
}

TEST(Archive, LeavesAMetaJsonBelowAlone) {
  EXPECT_FALSE(good(two_files().add("b/meta.json", "{}").tar_xz()).meta_json);
}

TEST(Archive, MayHaveDirectoriesAfterTheirFilesAndItsOwnRoot) {
  EXPECT_EQ(fault_of(two_files().directory("./").directory("./b/").tar_xz()), "");
}

TEST(Archive, MayHaveLinksThatStayInside) {
  EXPECT_EQ(fault_of(two_files()
                         .symbolic("l", "b/c")
                         .symbolic("b/up", "../a")
                         .symbolic("b/d/top", "../..")
                         .symbolic("dangling", "nowhere")
                         .hard("h", "./a")
                         .hard("h2", "h")
                         .tar_xz()),
            "");
}

TEST(Archive, MayHaveNamesInAnyScriptWhateverTheLocaleIs) {
  const std::string archive = two_files()
                                  .add("ünïcödé/日本語.txt", "x")
                                  .pax("path", "päx/ñ")
                                  .add("short", "y")
                                  .symbolic("лінк", "ünïcödé/日本語.txt")
                                  .tar_xz();
  EXPECT_EQ(fault_of(archive), "");
  const std::string before = ::setlocale(LC_ALL, nullptr);
  ASSERT_NE(::setlocale(LC_ALL, "C.UTF-8"), nullptr);
  const std::string fault = fault_of(archive);
  // é in two ways: not the same name, if nobody normalizes them.
  const std::string normalized = rule_of(
      two_files().pax("path", "\xC3\xA9").add("s").pax("path", "e\xCC\x81").add("s").tar_xz());
  const std::string twice = rule_of(two_files().add("ü").pax("path", "ü").add("s").tar_xz());
  ::setlocale(LC_ALL, before.c_str());
  EXPECT_EQ(fault, "");
  EXPECT_EQ(twice, "entry_path");
  EXPECT_EQ(normalized, "");
}

TEST(Archive, MayBeAnywhereInAFile) {
  const std::string archive = two_files().tar_xz();
  const auto file = memory_file("before" + archive + "behind");
  const auto verdict = check_archive(file.get(), 6, archive.size());
  ASSERT_TRUE(verdict);
  EXPECT_TRUE(std::holds_alternative<CheckedArchive>(*verdict));
  EXPECT_EQ(::lseek(file.get(), 0, SEEK_CUR), static_cast<off_t>(archive.size() + 12));
}

TEST(Archive, OfXzsHighestPresetIsFine) {
  EXPECT_EQ(fault_of(xz(two_files().tar(), 9 | LZMA_PRESET_EXTREME)), "");
}

TEST(Archive, MayEndWithOneBlockOfZerosOrWithMany) {
  const std::string open = two_files().open_tar();
  EXPECT_EQ(fault_of(xz(open + std::string(512, '\0'))), "");
  EXPECT_EQ(fault_of(xz(open + std::string(100'000, '\0'))), "");
}

// What is no tar.xz -------------------------------------------------------------------------------

TEST(NotXz, IsATarAsItIs) { EXPECT_EQ(rule_of(two_files().tar()), "not_xz"); }

TEST(NotXz, IsAGzip) { EXPECT_EQ(rule_of("\x1f\x8b\x08 and so on"), "not_xz"); }

TEST(NotXz, IsAZip) { EXPECT_EQ(rule_of("PK\x03\x04 and so on"), "not_xz"); }

TEST(NotXz, IsNothing) { EXPECT_EQ(rule_of(""), "not_xz"); }

TEST(NotTar, IsXzOfText) { EXPECT_EQ(rule_of(xz(std::string(2000, 'x'))), "not_tar"); }

TEST(NotTar, IsXzOfLessThanABlock) { EXPECT_EQ(rule_of(xz("short")), "not_tar"); }

TEST(NotTar, IsXzOfXz) { EXPECT_EQ(rule_of(xz(two_files().tar_xz())), "not_tar"); }

TEST(Empty, IsXzOfNothing) { EXPECT_EQ(rule_of(xz("")), "empty"); }

TEST(Empty, IsATarWithoutEntries) { EXPECT_EQ(rule_of(MadeTar().tar_xz()), "empty"); }

TEST(Empty, AreDirectoriesAlone) {
  EXPECT_EQ(rule_of(MadeTar().directory("./").tar_xz()), "empty");
  EXPECT_EQ(rule_of(MadeTar().directory("a/").directory("b/").tar_xz()), "empty");
}

// Truncated, damaged, and more than that ----------------------------------------------------------

TEST(Truncated, IsAnArchiveCutAnywhere) {
  const std::string archive = two_files().add("d", std::string(3000, 'd')).tar_xz();
  ASSERT_EQ(fault_of(archive), "");
  for (std::size_t bytes = 1; bytes < archive.size(); ++bytes) {
    ASSERT_EQ(rule_of(archive.substr(0, bytes)), "truncated") << bytes;
  }
}

TEST(Truncated, IsATarCutAnywhere) {
  const std::string tar = two_files().open_tar();
  for (std::size_t bytes = 512; bytes <= tar.size(); bytes += 64) {
    ASSERT_EQ(rule_of(xz(tar.substr(0, bytes))), "truncated") << bytes;
  }
}

TEST(Truncated, IsATarWithADamagedHeader) {
  std::string tar = two_files().tar();
  tar[1024] ^= 1;
  EXPECT_EQ(rule_of(xz(tar)), "truncated");
}

TEST(Trailing, IsWhatFollowsTheXz) {
  EXPECT_EQ(rule_of(two_files().tar_xz() + "x"), "trailing");
  EXPECT_EQ(rule_of(two_files().tar_xz() + std::string(4, '\0')), "trailing");
  EXPECT_EQ(rule_of(two_files().tar_xz() + two_files().tar_xz()), "trailing");
}

TEST(Trailing, IsWhatFollowsTheTar) {
  EXPECT_EQ(rule_of(xz(two_files().tar() + two_files().tar())), "trailing");
  EXPECT_EQ(rule_of(xz(two_files().tar() + std::string(20'000, '\0') + "x")), "trailing");
}

RC_GTEST_PROP(Archive, WithAFlippedByteIsRefusedOrMeansTheSame, ()) {
  std::string archive = two_files().add("meta.json", "{}").tar_xz();
  const auto before = good(archive);
  const auto at = *rc::gen::inRange<std::size_t>(0, archive.size());
  archive[at] = static_cast<char>(archive[at] ^ *rc::gen::inRange(1, 256));
  const auto verdict = verdict_on(archive);
  const auto* checked = std::get_if<CheckedArchive>(&verdict);
  const bool refused_or_same = checked == nullptr || *checked == before;
  RC_ASSERT(refused_or_same);
}

RC_GTEST_PROP(Archive, OfAFlippedTarEndsInAVerdict, ()) {
  std::string tar = two_files().pax("path", "p/q").add("x", "y").symbolic("l", "a").tar();
  for (int i = *rc::gen::inRange(1, 4); i > 0; --i) {
    tar[*rc::gen::inRange<std::size_t>(0, tar.size())] = *rc::gen::arbitrary<char>();
  }
  verdict_on(xz(tar));
}

// Names -------------------------------------------------------------------------------------------

TEST(AbsolutePath, BeginsWithASlash) {
  EXPECT_EQ(rule_of_name("/etc/passwd"), "absolute_path");
  EXPECT_EQ(rule_of_name("//x"), "absolute_path");
}

TEST(ParentPath, HasDotsAnywhere) {
  for (const char* name : {"..", "../x", "a/../x", "b/..", "./../x"}) {
    EXPECT_EQ(rule_of_name(name), "parent_path") << name;
  }
}

TEST(ParentPath, IsNotWhatOnlyHasDotsInAName) { EXPECT_EQ(rule_of_name("..a/b../...c"), ""); }

TEST(EntryPath, HasNoControlCharacters) {
  for (const char* name : {"a\nb", "a\x1b[31m", "a\x7f", "a\xC2\x85"}) {
    EXPECT_EQ(rule_of_name(name), "entry_path") << name;
  }
}

TEST(EntryPath, IsUtf8) {
  for (const char* name : {"\xFF", "a\xC3", "\xC0\xAF", "\xED\xA0\x80"}) {
    EXPECT_EQ(rule_of_name(name), "entry_path") << name;
  }
}

TEST(EntryPath, HasPartsOfUpTo255Bytes) {
  EXPECT_EQ(rule_of_name("x/" + std::string(255, 'y')), "");
  EXPECT_EQ(rule_of_name("x/" + std::string(256, 'y')), "entry_path");
}

TEST(EntryPath, HasUpTo4096Bytes) {
  std::string name;
  while (name.size() < 4096) name += std::string(127, 'p') + "/";
  name.back() = 'p';
  EXPECT_EQ(rule_of_name(name), "");
  EXPECT_EQ(rule_of_name(name + "/" + "p"), "entry_path");
}

TEST(EntryPath, DoesNotComeTwice) {
  for (const char* name : {"a", "./a", ".//a", "b/c", "b//c", "b/./c"}) {
    EXPECT_EQ(rule_of_name(name), "entry_path") << name;
  }
  EXPECT_EQ(rule_of(two_files().directory("d/").directory("d").tar_xz()), "entry_path");
}

TEST(EntryPath, IsNotBothFileAndDirectory) {
  EXPECT_EQ(rule_of_name("a/x"), "entry_path");
  EXPECT_EQ(rule_of_name("b"), "entry_path");
}

TEST(EntryPath, IsSaidWithoutWhatUpsetsATerminal) {
  EXPECT_EQ(fault_of(two_files().add("\x1b[2J\xFF").tar_xz()),
            "entry_path: '?[2J?' is not UTF-8, or has control characters");
}

// Links and devices -------------------------------------------------------------------------------

TEST(OutsideLink, IsASymbolicOneThatLeavesTheArchive) {
  EXPECT_EQ(rule_of_symbolic("l", "/etc/passwd"), "outside_link");
  EXPECT_EQ(rule_of_symbolic("l", ".."), "outside_link");
  EXPECT_EQ(rule_of_symbolic("l", "../x"), "outside_link");
  EXPECT_EQ(rule_of_symbolic("b/l", "../../x"), "outside_link");
  EXPECT_EQ(rule_of_symbolic("b/l", "./.././../x"), "outside_link");
}

TEST(OutsideLink, IsASymbolicOneWithDotsBehindAName) {
  // b/c could be a link itself, and ".." then is somewhere else.
  EXPECT_EQ(rule_of_symbolic("l", "b/c/../../.."), "outside_link");
  EXPECT_EQ(rule_of_symbolic("l", "b/.."), "outside_link");
}

TEST(OutsideLink, IsANameBehindALink) {
  EXPECT_EQ(rule_of(two_files().symbolic("l", "b").add("l/x").tar_xz()), "outside_link");
  EXPECT_EQ(rule_of(two_files().add("l/x").symbolic("l", "b").tar_xz()), "outside_link");
}

TEST(OutsideLink, IsAHardOneToWhatIsNotBefore) {
  EXPECT_EQ(rule_of_hard("/etc/passwd"), "outside_link");
  EXPECT_EQ(rule_of_hard("../x"), "outside_link");
  EXPECT_EQ(rule_of_hard("later"), "outside_link");
  EXPECT_EQ(rule_of_hard("b"), "outside_link");
  EXPECT_EQ(rule_of_hard("h"), "outside_link");
}

TEST(OutsideLink, IsAHardOneToASymbolicOne) {
  EXPECT_EQ(rule_of(two_files().symbolic("b/d/l", "../../a").hard("h", "b/d/l").tar_xz()),
            "outside_link");
}

TEST(Device, IsWhatIsNoFileDirectoryOrLink) {
  for (const char type : {'3', '4', '6'}) {
    EXPECT_EQ(rule_of(two_files().add("d", "", type).tar_xz()), "device") << type;
  }
}

TEST(TopDirectory, HoldsAllThereIs) {
  EXPECT_EQ(rule_of(MadeTar().add("top/a").add("top/b/c").tar_xz()), "top_directory");
  EXPECT_EQ(rule_of(MadeTar().directory("./").directory("./top/").add("./top/a").tar_xz()),
            "top_directory");
}

TEST(TopDirectory, HasASiblingWhenItIsFine) {
  EXPECT_EQ(fault_of(MadeTar().add("top/a").add("top/b").add("meta.json", "{}").tar_xz()), "");
}

// Limits ------------------------------------------------------------------------------------------

TEST(TooManyEntries, CountsEntries) {
  EXPECT_EQ(rule_of(two_files().add("d").tar_xz(), {.entries_max = 4}), "");
  EXPECT_EQ(rule_of(two_files().add("d").tar_xz(), {.entries_max = 3}), "too_many_entries");
}

TEST(TooManyEntries, CountsDirectoriesThatAreOnlyParts) {
  std::string deep = "d";
  for (int i = 0; i < 200; ++i) deep += "/d";
  EXPECT_EQ(rule_of(two_files().add(deep).tar_xz(), {.entries_max = 100}), "too_many_entries");
}

TEST(Ratio, RefusesABomb) {
  const std::string zeros(std::size_t{64} << 20, '\0');
  const std::string bomb = MadeTar().add("a", zeros).add("b").tar_xz();
  EXPECT_LT(bomb.size(), 20'000u);
  EXPECT_EQ(rule_of(bomb), "ratio");
  EXPECT_EQ(rule_of(bomb, {.ratio_max = 100'000}), "");
}

TEST(Ratio, LeavesSmallArchivesAlone) {
  const std::string zeros(std::size_t{8} << 20, '\0');
  EXPECT_EQ(fault_of(MadeTar().add("a", zeros).add("b").tar_xz()), "");
}

TEST(Ratio, CountsTheHolesOfSparseFiles) {
  MadeTar tar = two_files();
  tar.pax({{"GNU.sparse.size", "1073741824"}, {"GNU.sparse.map", "1073741823,1"}}).add("s", "x");
  EXPECT_EQ(rule_of(tar.tar_xz()), "ratio");
}

TEST(Ratio, CountsWhatASparseFileHasBehindItsSize) {
  MadeTar tar = two_files();
  tar.pax({{"GNU.sparse.size", "10"}, {"GNU.sparse.map", "1073741823,1"}}).add("s", "x");
  EXPECT_EQ(rule_of(tar.tar_xz()), "ratio");
}

TEST(UnpackedSize, IsOfAllFiles) {
  const std::string archive =
      MadeTar().add("a", std::string(6000, 'a')).add("b", std::string(6000, 'b')).tar_xz();
  EXPECT_EQ(rule_of(archive, {.unpacked_bytes_max = 20'000}), "");
  EXPECT_EQ(rule_of(archive, {.unpacked_bytes_max = 10'000}), "unpacked_size");
}

TEST(UnpackedSize, IsSeenInWhatAHeaderClaims) {
  EXPECT_EQ(rule_of(two_files().header("huge", 8'589'934'591).tar_xz()), "unpacked_size");
  EXPECT_EQ(rule_of(two_files().pax("size", "1000000000000000").add("x").tar_xz()),
            "unpacked_size");
}

TEST(UnpackedSize, OfNonsenseIsRefused) {
  for (const char* size : {"-1", "9223372036854775807", "18446744073709551616",
                           "99999999999999999999999999", "-9e9"}) {
    EXPECT_NE(rule_of(two_files().pax("size", size).add("x", "y").tar_xz()), "") << size;
  }
}

TEST(Memory, RefusesAForgedDictionary) {
  std::string archive = two_files().tar_xz();
  // The first block's header: its length, …, filter LZMA2 with one byte for the dictionary, CRC32.
  const std::size_t header = 12;
  const std::size_t bytes = (static_cast<unsigned char>(archive[header]) + 1u) * 4;
  const auto filter = archive.find("\x21\x01", header);
  ASSERT_LT(filter, header + bytes);
  archive[filter + 2] = 40;  // 4 GiB - 1
  const auto* from = reinterpret_cast<const std::uint8_t*>(archive.data()) + header;
  const std::uint32_t crc = lzma_crc32(from, bytes - 4, 0);
  for (std::size_t i = 0; i < 4; ++i) {
    archive[header + bytes - 4 + i] = static_cast<char>(crc >> (8 * i));
  }
  EXPECT_EQ(rule_of(archive), "memory");
}

TEST(Memory, IsALimitThatCanBeSet) {
  EXPECT_EQ(rule_of(xz(two_files().tar(), 9), {.memory_bytes_max = 32 << 20}), "memory");
}

TEST(MetaJson, HasUpTo16KiB) {
  EXPECT_EQ(rule_of(two_files().add("meta.json", std::string(16 * 1024, ' ')).tar_xz()), "");
  EXPECT_EQ(rule_of(two_files().add("meta.json", std::string(16 * 1024 + 1, ' ')).tar_xz()),
            "meta_json");
}

TEST(MetaJson, IsAFile) {
  EXPECT_EQ(rule_of(two_files().symbolic("meta.json", "a").tar_xz()), "meta_json");
  EXPECT_EQ(rule_of(two_files().hard("meta.json", "a").tar_xz()), "meta_json");
  EXPECT_EQ(rule_of(two_files().directory("meta.json").tar_xz()), "meta_json");
}

// The disk ----------------------------------------------------------------------------------------

TEST(Archive, ThatCannotBeReadIsAnError) { EXPECT_FALSE(check_archive(-1, 0, 100)); }

TEST(Archive, ThatIsShorterThanSaidIsAnError) {
  const std::string archive = two_files().tar_xz();
  const auto file = memory_file(std::string_view(archive).substr(0, archive.size() - 1));
  EXPECT_FALSE(check_archive(file.get(), 0, archive.size()));
}

// Real ones ---------------------------------------------------------------------------------------

std::string packed_by(const std::filesystem::path& directory, const std::string& command) {
  const std::string line = "cd '" + directory.string() + "' && " + command;
  EXPECT_EQ(std::system(line.c_str()), 0) << line;
  std::ostringstream bytes;
  bytes << std::ifstream(directory / "out.tar.xz", std::ios::binary).rdbuf();
  std::filesystem::remove(directory / "out.tar.xz");
  return std::move(bytes).str();
}

TEST(Archive, AsTarWritesItIsFineInEveryFormat) {
  store::TemporaryDirectory directory;
  const std::string long_name(200, 'n');
  ASSERT_EQ(std::system(("cd '" + directory.path().string() +
                         "' && mkdir -p in/d/e && echo x > in/a && echo '{\"k\":1}' > "
                         "in/meta.json && ln in/a in/d/hard && ln -s ../../a in/d/e/soft && "
                         "truncate -s 1M in/hole && printf x >> in/hole && echo y > in/d/ü" +
                         long_name)
                            .c_str()),
            0);
  for (const char* format : {"gnu", "pax", "posix", "oldgnu"}) {
    const std::string archive =
        packed_by(directory.path(),
                  "tar --format=" + std::string(format) + " --sparse -C in -cJf out.tar.xz .");
    EXPECT_EQ(fault_of(archive), "") << format;
    EXPECT_EQ(good(archive).meta_json, "{\"k\":1}\n") << format;
    EXPECT_GT(good(archive).unpacked_bytes, 1u << 20) << format;
  }
  const auto with_top = packed_by(directory.path(), "tar -cJf out.tar.xz in");
  EXPECT_EQ(rule_of(with_top), "top_directory");
  const auto threaded =
      packed_by(directory.path(), "tar -C in -cf - . | xz -T2 -9e --block-size=64KiB > out.tar.xz");
  EXPECT_EQ(fault_of(threaded), "");
}

RC_GTEST_PROP(Archive, OfAnyHonestNamesIsFine, ()) {
  const auto part = rc::gen::apply(
      [](const std::string& text) { return "n" + text; },
      rc::gen::container<std::string>(rc::gen::element('a', 'b', '.', '-', ' ', '\\', '~', ':')));
  const auto names = *rc::gen::container<std::set<std::string>>(part);
  MadeTar tar;
  tar.add("first", "1");
  for (const auto& name : names) {
    const auto directory = *rc::gen::element<std::string>("", "./", "d/", "d/ü/");
    tar.add(directory + name + "_", *rc::gen::arbitrary<std::string>());
  }
  RC_ASSERT(fault_of(tar.tar_xz()) == "");
}

}  // namespace
}  // namespace dcount::packages

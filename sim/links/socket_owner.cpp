#include "sim/links/socket_owner.h"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace dcount::sim {
namespace {

namespace fs = std::filesystem;

std::string command_line(const fs::path& process) {
  std::ifstream file(process / "cmdline", std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

bool holds(const fs::path& process, const std::string& socket) {
  std::error_code error;
  for (fs::directory_iterator fd(process / "fd", error), end; !error && fd != end;
       fd.increment(error)) {
    std::error_code gone;
    if (fs::read_symlink(fd->path(), gone) == socket) return true;
  }
  return false;
}

}  // namespace

std::uint32_t inode_of_connection(std::uint16_t its_port, std::uint16_t our_port) {
  const int diagnostics = ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
  if (diagnostics < 0) return 0;
  struct {
    nlmsghdr head;
    inet_diag_req_v2 body;
  } question{};
  question.head.nlmsg_len = sizeof question;
  question.head.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  question.head.nlmsg_flags = NLM_F_REQUEST;
  question.body.sdiag_family = AF_INET;
  question.body.sdiag_protocol = IPPROTO_TCP;
  question.body.idiag_states = ~0U;
  question.body.id.idiag_sport = htons(its_port);
  question.body.id.idiag_dport = htons(our_port);
  question.body.id.idiag_src[0] = htonl(INADDR_LOOPBACK);
  question.body.id.idiag_dst[0] = htonl(INADDR_LOOPBACK);
  question.body.id.idiag_cookie[0] = INET_DIAG_NOCOOKIE;
  question.body.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
  alignas(nlmsghdr) char answer[4096];
  std::uint32_t inode = 0;
  if (::send(diagnostics, &question, sizeof question, 0) == sizeof question) {
    const auto size = ::recv(diagnostics, answer, sizeof answer, 0);
    nlmsghdr head{};
    inet_diag_msg body{};
    if (size >= static_cast<ssize_t>(sizeof head + sizeof body)) {
      std::memcpy(&head, answer, sizeof head);
      std::memcpy(&body, answer + NLMSG_HDRLEN, sizeof body);
      if (head.nlmsg_type == SOCK_DIAG_BY_FAMILY) inode = body.idiag_inode;
    }
  }
  ::close(diagnostics);
  return inode;
}

std::string SocketOwners::find(std::uint16_t its_port, std::uint16_t our_port,
                               const NameOf& name_of) {
  const std::uint32_t inode = inode_of_connection(its_port, our_port);
  if (inode == 0) return "";
  const std::string socket = "socket:[" + std::to_string(inode) + "]";
  const fs::path all("/proc");
  for (const std::string& id : known_) {
    // By its command line again: the id may be somebody else's by now.
    const std::string name = name_of(command_line(all / id));
    if (!name.empty() && holds(all / id, socket)) return name;
  }
  known_.clear();
  std::string owner;
  std::error_code error;
  for (fs::directory_iterator entry(all, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string id = entry->path().filename().string();
    if (!std::ranges::all_of(id, [](char c) { return c >= '0' && c <= '9'; })) continue;
    const std::string name = name_of(command_line(entry->path()));
    if (name.empty()) continue;
    known_.insert(id);
    if (owner.empty() && holds(entry->path(), socket)) owner = name;
  }
  return owner;
}

}  // namespace dcount::sim

#include "sim/check/order_graph.h"

#include <algorithm>
#include <limits>

namespace dcount::check {
namespace {

constexpr std::uint32_t nobody = std::numeric_limits<std::uint32_t>::max();

struct Edge {
  std::uint32_t from = 0;
  std::uint32_t to = 0;
};

struct Version {
  std::int64_t position = 0;  ///< 2v made it, 2v + 1 saw it
  std::uint32_t operation = 0;
};

bool is_placed(const Operation& operation) {
  bool counts = operation.outcome == Outcome::ok || operation.refused;
  return counts && operation.version != none && operation.function <= Function::remove;
}

bool makes(const Operation& operation) {
  if (operation.outcome != Outcome::ok) return false;
  return operation.function == Function::add || operation.function == Function::reset ||
         (operation.function == Function::remove && operation.result == 1);
}

/// Nodes are operations (a batch: its first part), moments of completion, and versions' ends.
class Graph {
 public:
  explicit Graph(std::span<const KeyView> views) : history_(views[0].history) {
    collect(views);
    for (const KeyView& view : views) add_versions(view);
    add_time();
    link();
  }
  std::vector<std::uint32_t> find_circle();

 private:
  void collect(std::span<const KeyView> views);
  void add_versions(const KeyView& view);
  void add_time();
  void link();
  std::uint32_t node_of(std::uint32_t operation) const;
  std::vector<std::uint32_t> left_after_sorting() const;

  const History& history_;
  std::vector<std::uint32_t> steps_;  ///< first parts, by place
  std::vector<Edge> edges_;
  std::uint32_t nodes_ = 0;
  std::vector<std::uint32_t> first_;  ///< of each node's edges, in edges_ sorted by `from`
};

/// The first part of a batch stands for all of it: parts are neighbours.
void Graph::collect(std::span<const KeyView> views) {
  for (const KeyView& view : views) {
    for (std::uint32_t i : view.operations) {
      if (!is_placed(view.at(i))) continue;
      std::uint32_t group = view.at(i).group;
      while (group != 0 && i > 0 && history_.operations[i - 1].group == group) --i;
      steps_.push_back(i);
    }
  }
  std::sort(steps_.begin(), steps_.end());
  steps_.erase(std::unique(steps_.begin(), steps_.end()), steps_.end());
  nodes_ = static_cast<std::uint32_t>(steps_.size());
}

std::uint32_t Graph::node_of(std::uint32_t operation) const {
  auto found = std::upper_bound(steps_.begin(), steps_.end(), operation);
  return static_cast<std::uint32_t>(found - steps_.begin() - 1);
}

/// All of one position come before all of the next one: through a node between them.
void Graph::add_versions(const KeyView& view) {
  std::vector<Version> versions;
  for (std::uint32_t i : view.operations) {
    const Operation& operation = view.at(i);
    if (!is_placed(operation)) continue;
    versions.push_back({operation.version * 2 + (makes(operation) ? 0 : 1), i});
  }
  std::sort(versions.begin(), versions.end(), [](const Version& a, const Version& b) {
    return a.position != b.position ? a.position < b.position : a.operation < b.operation;
  });
  std::uint32_t before = nobody;
  for (std::size_t begin = 0; begin < versions.size();) {
    std::uint32_t behind = nodes_++;
    std::size_t end = begin;
    for (; end < versions.size() && versions[end].position == versions[begin].position; ++end) {
      std::uint32_t node = node_of(versions[end].operation);
      if (before != nobody) edges_.push_back({before, node});
      edges_.push_back({node, behind});
    }
    if (before != nobody) edges_.push_back({before, behind});
    before = behind;
    begin = end;
  }
}

/// Completions in a row, as nodes: what ended before comes before what begins behind.
void Graph::add_time() {
  std::vector<std::uint32_t> by_end(steps_.size());
  for (std::uint32_t i = 0; i < by_end.size(); ++i) by_end[i] = i;
  auto ended = [&](std::uint32_t step) { return history_.operations[steps_[step]].completed; };
  std::sort(by_end.begin(), by_end.end(),
            [&](std::uint32_t a, std::uint32_t b) { return ended(a) < ended(b); });
  std::uint32_t moments = nodes_;
  for (std::uint32_t i = 0; i < by_end.size(); ++i) {
    edges_.push_back({by_end[i], moments + i});
    if (i > 0) edges_.push_back({moments + i - 1, moments + i});
  }
  nodes_ += static_cast<std::uint32_t>(by_end.size());
  std::uint32_t next = 0;
  for (std::uint32_t step = 0; step < steps_.size(); ++step) {  // by invocation
    Index began = history_.operations[steps_[step]].invoked;
    while (next < by_end.size() && ended(by_end[next]) < began) ++next;
    if (next > 0) edges_.push_back({moments + next - 1, step});
  }
}

void Graph::link() {
  std::sort(edges_.begin(), edges_.end(), [](const Edge& a, const Edge& b) {
    return a.from != b.from ? a.from < b.from : a.to < b.to;
  });
  std::erase_if(edges_, [](const Edge& edge) { return edge.from == edge.to; });
  first_.assign(nodes_ + 1, 0);
  for (const Edge& edge : edges_) ++first_[edge.from + 1];
  for (std::uint32_t i = 0; i < nodes_; ++i) first_[i + 1] += first_[i];
}

/// How many edges lead to each node that lies on or behind a circle; 0: it does not.
std::vector<std::uint32_t> Graph::left_after_sorting() const {
  std::vector<std::uint32_t> into(nodes_);
  for (const Edge& edge : edges_) ++into[edge.to];
  std::vector<std::uint32_t> ready;
  for (std::uint32_t i = 0; i < nodes_; ++i) {
    if (into[i] == 0) ready.push_back(i);
  }
  while (!ready.empty()) {
    std::uint32_t node = ready.back();
    ready.pop_back();
    for (std::uint32_t e = first_[node]; e < first_[node + 1]; ++e) {
      if (--into[edges_[e].to] == 0) ready.push_back(edges_[e].to);
    }
  }
  return into;
}

std::vector<std::uint32_t> Graph::find_circle() {
  std::vector<std::uint32_t> left = left_after_sorting();
  constexpr std::size_t tries_max = 16;
  std::size_t tries = 0;
  std::vector<std::uint32_t> best;
  for (std::uint32_t start = 0; start < steps_.size() && tries < tries_max; ++start) {
    if (left[start] == 0) continue;
    // Breadth first, back to where it began.
    std::vector<std::uint32_t> from(nodes_, nobody);
    std::vector<std::uint32_t> queue{start};
    bool back = false;
    for (std::size_t i = 0; i < queue.size() && !back; ++i) {
      for (std::uint32_t e = first_[queue[i]]; e < first_[queue[i] + 1] && !back; ++e) {
        std::uint32_t to = edges_[e].to;
        if (from[to] != nobody) continue;
        from[to] = queue[i];
        back = to == start;
        queue.push_back(to);
      }
    }
    if (!back) continue;  // behind a circle, not on one
    ++tries;
    std::vector<std::uint32_t> circle;
    std::uint32_t node = start;
    do {
      if (node < steps_.size()) circle.push_back(steps_[node]);
      node = from[node];
    } while (node != start);
    std::reverse(circle.begin() + 1, circle.end());
    if (best.empty() || circle.size() < best.size()) best = circle;
  }
  return best;
}

}  // namespace

std::vector<std::uint32_t> find_circle(std::span<const KeyView> views) {
  return Graph(views).find_circle();
}

}  // namespace dcount::check

// `dcount completion bash|zsh|fish`: a script made from the tree of commands, so that it never
// lags behind it.
#include "cli/completion_command.h"

#include <memory>

#include "cli/suggestion.h"

namespace dcount::cli {
namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

/// One line for the case statement of each command: its path, its subcommands or its options, and
/// the root's, which are accepted everywhere.
void add_cases(const CLI::App& command, const CLI::App& root, std::string& cases) {
  std::string words = joined(command_names(command)) + " " + joined(option_names(command));
  if (&command != &root) words += " " + joined(option_names(root));
  cases += "    \"" + command_path(command) + "\") words=\"" + words + "\" ;;\n";
  for (const CLI::App* sub : command.get_subcommands({})) add_cases(*sub, root, cases);
}

/// All paths below the root, as patterns of a case statement.
void add_paths(const CLI::App& command, std::string& paths) {
  for (const CLI::App* sub : command.get_subcommands({})) {
    paths += (paths.empty() ? "" : "|") + ("\"" + command_path(*sub) + "\"");
    add_paths(*sub, paths);
  }
}

std::string bash_script(const CLI::App& root) {
  std::string cases;
  std::string paths;
  add_cases(root, root, cases);
  add_paths(root, paths);
  return R"(# bash completion for dcount: source <(dcount completion bash)
_dcount() {
  local current="${COMP_WORDS[COMP_CWORD]}" path="dcount" words="" i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$path ${COMP_WORDS[i]}" in
      )" +
         paths +
         R"() path="$path ${COMP_WORDS[i]}" ;;
    esac
  done
  case "$path" in
)" + cases +
         R"(  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _dcount dcount
)";
}

/// zsh runs bash's function, which needs nothing that its bashcompinit has not.
std::string zsh_script(const CLI::App& root) {
  return "#compdef dcount\n"
         "# zsh completion for dcount: source <(dcount completion zsh)\n"
         "autoload -U +X compinit bashcompinit\n"
         "(( $+functions[compdef] )) || compinit\n"
         "bashcompinit\n" +
         bash_script(root);
}

std::string fish_quoted(const std::string& text) {
  std::string quoted = "'";
  for (char c : text) {
    if (c == '\'' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "'";
}

/// The root's options without a condition: they are accepted everywhere.
void add_fish(const CLI::App& command, std::string& script) {
  bool is_root = command.get_parent() == nullptr;
  std::string here = " -n " + fish_quoted("__dcount_at " + fish_quoted(command_path(command)));
  for (const CLI::App* sub : command.get_subcommands({})) {
    script += "complete -c dcount -f" + here + " -a " + sub->get_name() + " -d " +
              fish_quoted(sub->get_description()) + "\n";
  }
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      bool has_value = option->get_expected_min() > 0;
      script += "complete -c dcount" + (is_root ? std::string() : here) + " -l " + name +
                (has_value ? " -r" : "") + " -d " + fish_quoted(option->get_description()) + "\n";
    }
  }
  for (const CLI::App* sub : command.get_subcommands({})) add_fish(*sub, script);
}

std::string fish_script(const CLI::App& root) {
  std::string paths;
  add_paths(root, paths);
  for (char& c : paths) {
    if (c == '|') c = ' ';
  }
  std::string script = R"(# fish completion for dcount: dcount completion fish | source
function __dcount_at
  set -l path dcount
  for word in (commandline -opc)[2..-1]
    if contains -- "$path $word" )" +
                       paths + R"(
      set path "$path $word"
    end
  end
  test "$path" = "$argv"
end
)";
  add_fish(root, script);
  return script;
}

}  // namespace

void add_completion(CLI::App& app, Context& context) {
  CLI::App& command =
      add_command(app, "completion", "Print a script that completes dcount's commands in a shell",
                  {"source <(dcount completion bash)", "dcount completion fish | source"});
  auto shell = std::make_shared<std::string>();
  command.add_option("shell", *shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  on_run(command, context, [shell, &app, &context] {
    context.output.text(*shell == "bash"  ? bash_script(app)
                        : *shell == "zsh" ? zsh_script(app)
                                          : fish_script(app));
    return ExitCode::ok;
  });
}

}  // namespace dcount::cli

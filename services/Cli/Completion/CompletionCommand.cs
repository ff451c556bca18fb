using System.CommandLine;

namespace Marketplace.Cli.Completion;

/// <summary>
/// Writes the script that has a shell complete <c>market</c>; the program itself is asked for the words.
/// </summary>
internal static class CompletionCommand
{
    private const string Bash =
        """
        # bash completion of market: source <(market completion bash)
        _market() {
          local rest=${COMP_LINE:0:COMP_POINT} found
          rest=${rest#*[[:space:]]}
          COMPREPLY=()
          while IFS= read -r found; do
            # What stands before an equals sign is a word of its own to bash.
            if [[ ${rest##*[[:space:]]} == --*=* ]]; then found=${found#*=}; fi
            COMPREPLY+=("$found")
          done < <("${COMP_WORDS[0]}" "[suggest:${#rest}]" "$rest" 2>/dev/null)
        }
        complete -o default -F _market market ./market
        """;

    private const string Zsh =
        """
        #compdef market
        # zsh completion of market: source <(market completion zsh)
        _market() {
          local rest=${BUFFER[1,CURSOR]#*[[:space:]]}
          local -a found
          found=(${(f)"$($words[1] "[suggest:${#rest}]" "$rest" 2>/dev/null)"})
          (( $#found )) && compadd -- $found || _files
        }
        compdef _market market
        """;

    private const string Fish =
        """
        # fish completion of market: market completion fish | source
        function __market_complete
          set -l rest (string replace -r '^\s*\S+\s' '' -- (commandline -cp))
          set -l program (commandline -opc)[1]
          $program "[suggest:"(string length -- "$rest")"]" "$rest" 2>/dev/null
        end
        complete -c market -a '(__market_complete)'
        """;

    private static readonly Dictionary<string, string> Scripts = new()
    {
        ["bash"] = Bash,
        ["zsh"] = Zsh,
        ["fish"] = Fish,
    };

    public static Command Create(Terminal terminal)
    {
        var shell = new Argument<string>("SHELL") { Description = "The shell that reads the script." };
        shell.AcceptOnlyFromAmong([.. Scripts.Keys]);
        var command = new Command("completion", "Writes the script that has a shell complete resources, verbs, options "
            + "and values.")
        {
            shell,
        };
        command.SetAction(arguments =>
        {
            terminal.Output.WriteLine(Scripts[arguments.GetRequiredValue(shell)]);
            return (int)ExitCode.Done;
        });
        return command;
    }
}

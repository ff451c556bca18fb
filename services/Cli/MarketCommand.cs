using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using Marketplace.Cli.Api;
using Marketplace.Cli.Completion;
using Marketplace.Cli.Demo;
using Marketplace.Cli.Output;
using Marketplace.Cli.Profiles;
using Marketplace.Cli.Terms;

namespace Marketplace.Cli;

/// <summary>The command line <c>market</c>.</summary>
internal static class MarketCommand
{
    /// <summary>Runs one command.</summary>
    public static ExitCode Run(string[] args, Terminal terminal)
    {
        // A file may be called @terms.json: nothing is replaced by what a file says.
        var result = Create(args, terminal).Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (result.Action is ParseErrorAction) return RefuseUsage(result, terminal);
        var configuration = new InvocationConfiguration
        {
            Output = terminal.Output,
            Error = terminal.Error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
        };
        try
        {
            return (ExitCode)result.Invoke(configuration);
        }
        catch (UsageException exception)
        {
            terminal.Error.WriteLine($"market: {PlainText.OneLine(exception.Message)}");
            WriteHelpHint(result, terminal);
            return ExitCode.Unusable;
        }
        catch (Exception exception)
        {
            terminal.Error.WriteLine($"market: unexpected failure, please report it: {exception}");
            return ExitCode.Failed;
        }
    }

    private static RootCommand Create(string[] args, Terminal terminal)
    {
        var root = new RootCommand("A marketplace for compute capacity, leased by the megawatt.");
        foreach (var command in ApiCommandTree.Create(args, terminal)) root.Add(command);
        root.Add(TermsCommand.Create(terminal));
        root.Add(DemoCommand.Create(terminal));
        root.Add(ProfileCommand.Create(terminal));
        root.Add(CompletionCommand.Create(terminal));
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExitCodes((HelpAction)help.Action!);
        var suggest = root.Directives.OfType<SuggestDirective>().Single();
        suggest.Action = new Suggestions(suggest, words => Create(words, terminal), terminal);
        return root;
    }

    private static ExitCode RefuseUsage(ParseResult result, Terminal terminal)
    {
        foreach (var message in result.Errors.Select(error => error.Message).Distinct())
            terminal.Error.WriteLine($"market: {PlainText.OneLine(message)}");
        WriteHelpHint(result, terminal);
        return ExitCode.Unusable;
    }

    private static void WriteHelpHint(ParseResult result, Terminal terminal)
    {
        var names = new Stack<string>();
        for (var command = result.CommandResult; command is not null; command = command.Parent as CommandResult)
            names.Push(command.Command is RootCommand ? "market" : command.Command.Name);
        terminal.Error.WriteLine($"See '{string.Join(' ', names)} --help'.");
    }

    private sealed class HelpWithExitCodes(HelpAction inner) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => inner.ClearsParseErrors;

        public override int Invoke(ParseResult parseResult)
        {
            // The width of a pipe says nothing about the reader.
            inner.MaxWidth = Math.Min(inner.MaxWidth, Terminal.Width);
            var code = inner.Invoke(parseResult);
            parseResult.InvocationConfiguration.Output.WriteLine(ExitCodes.Help);
            return code;
        }
    }
}

using System.Text;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Marketplace.Cli;

/// <summary>What a command reads from and writes to.</summary>
/// <param name="Input">Standard input.</param>
/// <param name="Output">Where answers go.</param>
/// <param name="Error">Where everything else goes.</param>
/// <param name="IsStyled">Whether the output shows bold text; never so in a file or a pipe.</param>
internal sealed record Terminal(Stream Input, TextWriter Output, TextWriter Error, bool IsStyled)
{
    /// <summary>
    /// The columns that a table takes. A narrower terminal folds its lines, which reads better than broken columns.
    /// </summary>
    public const int Width = 120;

    /// <summary>Whether a person reads what goes to <see cref="Error"/> as it comes.</summary>
    public bool ShowsProgress { get; init; }

    /// <summary>Whether a person can be asked.</summary>
    public bool CanAsk { get; init; }

    /// <summary>The variables of the environment.</summary>
    public Func<string, string?> Variable { get; init; } = Environment.GetEnvironmentVariable;

    /// <summary>The console of this process.</summary>
    public static Terminal OfProcess()
    {
        Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        var isTerminal = !Console.IsOutputRedirected;
        var isStyled = isTerminal
            && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
            && Environment.GetEnvironmentVariable("TERM") != "dumb";
        return new(Console.OpenStandardInput(), Console.Out, Console.Error, isStyled)
        {
            ShowsProgress = !Console.IsErrorRedirected && Environment.GetEnvironmentVariable("TERM") != "dumb",
            CanAsk = !Console.IsInputRedirected && !Console.IsErrorRedirected,
        };
    }

    /// <summary>Writes a table, without the spaces that would fill its lines up.</summary>
    public void Write(Table table)
    {
        var text = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = IsStyled ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            // A build server's variables would otherwise turn styles on again.
            Enrichment = new ProfileEnrichment { UseDefaultEnrichers = false },
            Out = new AnsiConsoleOutput(text),
        });
        console.Profile.Width = Width;
        // A table with extreme figures grows beyond the width; a figure is never cut.
        var options = RenderOptions.Create(console, console.Profile.Capabilities);
        // What a table measures leaves out the room between its columns.
        var narrowest = ((IRenderable)table).Measure(options, int.MaxValue).Min + table.Columns.Count;
        console.Profile.Width = Math.Max(Width, narrowest);
        console.Write(table);
        foreach (var line in text.ToString().Trim('\r', '\n', ' ').Split('\n')) Output.WriteLine(line.TrimEnd());
    }

    /// <summary>Reads a line that a person types or a pipe holds; null when there is none.</summary>
    public string? ReadLine()
    {
        var line = new List<byte>();
        while (Input.ReadByte() is var next and not -1)
        {
            if (next == '\n') return Text(line);
            line.Add((byte)next);
        }
        return line.Count == 0 ? null : Text(line);
    }

    private static string Text(List<byte> line) => Encoding.UTF8.GetString([.. line]).TrimEnd('\r');
}

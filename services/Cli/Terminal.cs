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

    /// <summary>The console of this process.</summary>
    public static Terminal OfProcess()
    {
        Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        var isTerminal = !Console.IsOutputRedirected;
        var isStyled = isTerminal
            && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
            && Environment.GetEnvironmentVariable("TERM") != "dumb";
        return new(Console.OpenStandardInput(), Console.Out, Console.Error, isStyled);
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
        console.Profile.Width = Math.Max(Width, ((IRenderable)table).Measure(options, int.MaxValue).Min);
        console.Write(table);
        foreach (var line in text.ToString().Trim('\r', '\n', ' ').Split('\n')) Output.WriteLine(line.TrimEnd());
    }
}

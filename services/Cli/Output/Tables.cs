using Spectre.Console;
using Spectre.Console.Rendering;

namespace Marketplace.Cli.Output;

/// <summary>Makes tables that read alike in a terminal, a file and a pipe.</summary>
internal static class Tables
{
    /// <summary>A table with a rule below its header and above its footer.</summary>
    public static Table Ruled() => new() { Border = new Rules(), UseSafeBorder = false };

    /// <summary>A table of labels and values.</summary>
    public static Table Labelled()
    {
        var table = new Table { Border = TableBorder.None, ShowHeaders = false };
        table.AddColumn(new TableColumn("") { NoWrap = true, Padding = new(0, 0, 2, 0) });
        table.AddColumn(new TableColumn("") { Padding = new(0, 0, 0, 0) });
        return table;
    }

    /// <summary>Adds a column that takes what room is left.</summary>
    public static void AddText(this Table table, string header, string? footer = null) =>
        table.AddColumn(new TableColumn(Bold(header)) { Footer = Footer(footer), Padding = new(0, 0, 1, 0) });

    /// <summary>Adds a column whose values are never broken.</summary>
    public static void AddWhole(this Table table, string header) =>
        table.AddColumn(new TableColumn(Bold(header)) { NoWrap = true, Padding = new(0, 0, 1, 0) });

    /// <summary>Adds a right-aligned column whose values are never broken.</summary>
    public static void AddNumber(this Table table, string header, string? footer = null) =>
        table.AddColumn(new TableColumn(Bold(header))
        {
            Alignment = Justify.Right,
            Footer = Footer(footer),
            NoWrap = true,
            Padding = new(0, 0, 1, 0),
        });

    /// <summary>Adds a row. The cells are shown as they are: a bracket in them is no markup.</summary>
    public static void AddCells(this Table table, params IEnumerable<string> cells) =>
        table.AddRow(cells.Select(cell => new Text(cell)));

    private static Text? Footer(string? text) => text is null ? null : Bold(text);

    private static Text Bold(string text) => new(text, new Style(decoration: Decoration.Bold));

    private sealed class Rules : TableBorder
    {
        public override string GetPart(TableBorderPart part) => part switch
        {
            TableBorderPart.HeaderBottom or TableBorderPart.HeaderBottomSeparator => "-",
            TableBorderPart.FooterTop or TableBorderPart.FooterTopSeparator => "-",
            TableBorderPart.HeaderLeft or TableBorderPart.HeaderRight => "",
            TableBorderPart.HeaderBottomLeft or TableBorderPart.HeaderBottomRight => "",
            TableBorderPart.CellLeft or TableBorderPart.CellRight => "",
            TableBorderPart.FooterTopLeft or TableBorderPart.FooterTopRight => "",
            _ => " ",
        };
    }
}

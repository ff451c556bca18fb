using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Type;
using Marketplace.Cli.Fields;
using Spectre.Console;

namespace Marketplace.Cli.Output;

/// <summary>
/// Messages of one type as the rows of a table. A currency that all amounts have stands in the header.
/// </summary>
internal sealed class MessageGrid
{
    private readonly List<(string Header, IReadOnlyList<FieldDescriptor> Path)> columns = [];
    private readonly List<IReadOnlyList<string>> rows = [];

    /// <param name="type">What the rows are.</param>
    /// <param name="columns">
    /// Paths of fields with spaces between them, each with <c>:Header_of_its_own</c> if its name does not say it best.
    /// </param>
    public MessageGrid(MessageDescriptor type, string columns)
    {
        foreach (var column in columns.Split(' '))
        {
            var parts = column.Split(':');
            var path = FieldPaths.Find(type, parts[0]);
            this.columns.Add((parts.Length > 1 ? parts[1].Replace('_', ' ') : MessageText.Label([path[^1]]), path));
        }
    }

    /// <summary>Rows with all columns that say something in one of them.</summary>
    public MessageGrid(IReadOnlyList<IMessage> messages)
    {
        columns.AddRange(
            from path in FieldPaths.Of(messages[0].Descriptor)
            where FieldKind.IsText(path[^1])
            where messages.Any(message => FieldPaths.Holder(message, path) is { } holder
                && Messages.IsGiven(holder, path[^1]))
            select (MessageText.Label(path), path));
        foreach (var message in messages) Add(message);
    }

    public bool IsEmpty => rows.Count == 0;

    public void Add(IMessage message) => rows.Add([.. columns.Select(column => Cell(message, column.Path))]);

    public void Write(Terminal terminal)
    {
        var table = Tables.Ruled();
        var currencies = columns.Select((_, i) => Currency(i)).ToList();
        for (var i = 0; i < columns.Count; i++) AddColumn(table, i, currencies[i]);
        foreach (var row in rows)
        {
            table.AddCells(row.Select((cell, i) =>
                currencies[i].Length > 0 && cell.Length > 0 ? cell[..^(currencies[i].Length + 1)] : cell));
        }
        terminal.Write(table);
    }

    private void AddColumn(Table table, int column, string currency)
    {
        var (header, path) = columns[column];
        if (currency.Length > 0) header = $"{header} ({currency})";
        var field = path[^1];
        if (IsMoney(field) || (!field.IsRepeated && field.FieldType is FieldType.Int32 or FieldType.Int64))
            table.AddNumber(header);
        else if (field.IsRepeated || rows.Any(row => row[column].Length > MessageText.WholeLengthMax))
            table.AddText(header);
        else table.AddWhole(header);
    }

    // The currency of all amounts of a column; of several, none.
    private string Currency(int column) => IsMoney(columns[column].Path[^1])
        && rows.Select(row => row[column]).Where(cell => cell.Length > 0)
            .Select(cell => cell[(cell.LastIndexOf(' ') + 1)..]).Distinct().ToList() is [var currency]
            ? currency
            : "";

    private static bool IsMoney(FieldDescriptor field) =>
        !field.IsRepeated && field.FieldType == FieldType.Message && field.MessageType == Money.Descriptor;

    private static string Cell(IMessage message, IReadOnlyList<FieldDescriptor> path) =>
        FieldPaths.Holder(message, path) is { } holder
            ? MessageText.Value(path[^1], path[^1].Accessor.GetValue(holder))
            : "";
}

using Google.Protobuf;
using Google.Protobuf.Reflection;
using Marketplace.Cli.Api;
using Marketplace.Cli.Fields;

namespace Marketplace.Cli.Output;

/// <summary>Writes one message for a person: its values with their labels, then a table for each list in it.</summary>
internal static class MessageTable
{
    public static void Write(IMessage message, Terminal terminal)
    {
        var (values, lists) = (new List<(string, string)>(), new List<(string Title, IReadOnlyList<IMessage> Items)>());
        Collect(message, [], values, lists);
        if (values.Count > 0)
        {
            var table = Tables.Labelled();
            foreach (var (label, value) in values) table.AddCells(label, value);
            terminal.Write(table);
        }
        foreach (var (title, items) in lists)
        {
            terminal.Output.WriteLine();
            terminal.Output.WriteLine(title);
            WriteList(items, terminal);
        }
    }

    private static void Collect(
        IMessage message, IReadOnlyList<FieldDescriptor> above, List<(string, string)> values,
        List<(string, IReadOnlyList<IMessage>)> lists)
    {
        foreach (var field in message.Descriptor.Fields.InDeclarationOrder())
        {
            IReadOnlyList<FieldDescriptor> path = [.. above, field];
            // At the top a count of nothing is an answer; further down it only fills the screen.
            var isShown = Messages.IsGiven(message, field) || (above.Count == 0 && IsFigure(field));
            if (!isShown) continue;
            var value = field.Accessor.GetValue(message);
            if (FieldKind.IsText(field)) values.Add((MessageText.Label(path), MessageText.Value(field, value)));
            else if (field.IsRepeated)
                lists.Add((MessageText.Label(path), [.. Messages.Items(message, field).Cast<IMessage>()]));
            else Collect((IMessage)value, path, values, lists);
        }
    }

    private static void WriteList(IReadOnlyList<IMessage> items, Terminal terminal)
    {
        if (ApiCommands.Columns.GetValueOrDefault(items[0].Descriptor.FullName) is { } columns)
        {
            var grid = new MessageGrid(items[0].Descriptor, columns);
            foreach (var item in items) grid.Add(item);
            grid.Write(terminal);
            return;
        }
        new MessageGrid(items).Write(terminal);
        var lists = items.SelectMany((item, i) =>
            from path in FieldPaths.Of(item.Descriptor)
            where !FieldKind.IsText(path[^1]) && FieldPaths.Holder(item, path) is not null
            let inner = Messages.Items(FieldPaths.Holder(item, path)!, path[^1]).Cast<IMessage>().ToList()
            where inner.Count > 0
            select (Title: $"{MessageText.Label(path)} of {Name(item, i)}", Items: (IReadOnlyList<IMessage>)inner));
        foreach (var (title, inner) in lists)
        {
            terminal.Output.WriteLine();
            terminal.Output.WriteLine(title);
            WriteList(inner, terminal);
        }
    }

    // What people call an item: its first text, else its place.
    private static string Name(IMessage item, int place) =>
        item.Descriptor.Fields.InDeclarationOrder()[0] is { FieldType: FieldType.String, IsRepeated: false } first
            && first.Accessor.GetValue(item) is string { Length: > 0 } name
            ? PlainText.Cell(name)
            : $"row {place + 1}";

    private static bool IsFigure(FieldDescriptor field) =>
        !field.IsRepeated && field.FieldType is FieldType.Bool or FieldType.Int32 or FieldType.Int64;
}

using Google.Protobuf;
using Google.Protobuf.Reflection;
using Marketplace.Cli.Api;

namespace Marketplace.Cli.Output;

/// <summary>Writes the items of a list as they come.</summary>
internal abstract class AnswerList
{
    /// <param name="format">One of those of <c>--output</c>.</param>
    /// <param name="type">What the items are.</param>
    /// <param name="columns">The columns of a table, as <see cref="MessageGrid"/> reads them.</param>
    /// <param name="terminal">Where it is written.</param>
    public static AnswerList Create(string format, MessageDescriptor type, string columns, Terminal terminal) =>
        format switch
        {
            ApiOptions.Json => new JsonArray(terminal.Output),
            ApiOptions.Id => new Ids(terminal.Output),
            _ => new Rows(type, columns, terminal),
        };

    public abstract void Add(IMessage item);

    public abstract void End();

    private sealed class JsonArray(TextWriter output) : AnswerList
    {
        private bool hasItems;

        public override void Add(IMessage item)
        {
            output.Write(hasItems ? ",\n" : "[\n");
            output.Write(MessageJson.Text(item));
            hasItems = true;
        }

        public override void End() => output.WriteLine(hasItems ? "\n]" : "[]");
    }

    private sealed class Ids(TextWriter output) : AnswerList
    {
        public override void Add(IMessage item) => output.WriteLine(MessageText.Id(item));

        public override void End()
        {
            // An id a line needs no end.
        }
    }

    private sealed class Rows(MessageDescriptor type, string columns, Terminal terminal) : AnswerList
    {
        private readonly MessageGrid grid = new(type, columns);

        public override void Add(IMessage item) => grid.Add(item);

        public override void End()
        {
            if (grid.IsEmpty) terminal.Error.WriteLine("market: there are none.");
            else grid.Write(terminal);
        }
    }
}

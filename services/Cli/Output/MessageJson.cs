using Google.Protobuf;

namespace Marketplace.Cli.Output;

/// <summary>Writes messages as proto JSON with the names of the protos; what has a default is written out.</summary>
internal static class MessageJson
{
    private static readonly JsonFormatter.Settings Settings =
        JsonFormatter.Settings.Default.WithFormatDefaultValues(true).WithPreserveProtoFieldNames(true);

    private static readonly JsonFormatter OneLine = new(Settings);

    private static readonly JsonFormatter Indented = new(Settings.WithIndentation());

    public static void Write(TextWriter output, IMessage message) => output.WriteLine(Indented.Format(message));

    public static void WriteLine(TextWriter output, IMessage message) => output.WriteLine(OneLine.Format(message));

    /// <summary>Text of one message, indented.</summary>
    public static string Text(IMessage message) => Indented.Format(message);
}

using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Marketplace.Cli.Demo;
using Marketplace.Cli.Terms;

namespace Marketplace.Cli.Output;

/// <summary>Writes answers as JSON: names in snake_case, in the order of the records, indented.</summary>
internal static class JsonOutput
{
    private static readonly JsonAnswers Answers = new(new JsonSerializerOptions(JsonAnswers.Default.Options)
    {
        // The answer goes to a program or a person, never into a web page: ordinary characters stay as they are.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    /// <summary>Writes an answer.</summary>
    public static void Write<T>(TextWriter output, T answer) =>
        output.WriteLine(JsonSerializer.Serialize(answer, (JsonTypeInfo<T>)Answers.GetTypeInfo(typeof(T))!));
}

/// <summary>The answers that can be written.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true, NewLine = "\n")]
[JsonSerializable(typeof(CheckAnswer))]
[JsonSerializable(typeof(DemoAnswer))]
[JsonSerializable(typeof(DiffAnswer))]
[JsonSerializable(typeof(IncompleteAnswer))]
[JsonSerializable(typeof(MetersAnswer))]
[JsonSerializable(typeof(NoticeAnswer))]
[JsonSerializable(typeof(ProjectAnswer))]
internal sealed partial class JsonAnswers : JsonSerializerContext;

using System.CommandLine;
using System.CommandLine.Parsing;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Marketplace.Cli.Fields;
using Marketplace.Contracts;

namespace Marketplace.Cli.Api;

/// <summary>A field of a request, or of a message in it, that an argument or an option sets.</summary>
internal sealed class RequestField
{
    private readonly Argument<string>? argument;
    private readonly Option? option;

    private RequestField(IReadOnlyList<FieldDescriptor> path, string shown) => (Path, Shown) = (path, shown);

    private RequestField(IReadOnlyList<FieldDescriptor> path, Argument<string> argument)
        : this(path, argument.Name) => this.argument = argument;

    private RequestField(IReadOnlyList<FieldDescriptor> path, Option option)
        : this(path, option.Name) => this.option = option;

    /// <summary>From the request to the field.</summary>
    public IReadOnlyList<FieldDescriptor> Path { get; }

    /// <summary>What the user knows it as: <c>--notice-days</c> or <c>LEASE</c>.</summary>
    public string Shown { get; }

    /// <summary>The field.</summary>
    public FieldDescriptor Field => Path[^1];

    public static RequestField OfArgument(FieldDescriptor field, bool isOptional, bool describes)
    {
        var name = field.Name.EndsWith("_id", StringComparison.Ordinal) ? field.Name[..^"_id".Length] : field.Name;
        var argument = new Argument<string>(FieldKind.Kebab(name).ToUpperInvariant())
        {
            Arity = isOptional ? ArgumentArity.ZeroOrOne : ArgumentArity.ExactlyOne,
            Description = describes ? Description(field) : null,
        };
        Complete(argument.CompletionSources, field);
        return new([field], argument);
    }

    /// <param name="path">From the request to the field.</param>
    /// <param name="name">The option without its dashes.</param>
    /// <param name="describes">Whether help is asked for.</param>
    public static RequestField OfOption(IReadOnlyList<FieldDescriptor> path, string name, bool describes)
    {
        var field = path[^1];
        // What a value means is read when all of the request is there; a flag alone is left to the parser.
        Option option = field.FieldType == FieldType.Bool
            ? new Option<bool>($"--{name}")
            : new Option<string[]>($"--{name}") { Arity = ArgumentArity.OneOrMore };
        option.HelpName = FieldKind.Placeholder(field);
        option.Description = describes ? Description(field) : null;
        Complete(option.CompletionSources, field);
        return new(path, option);
    }

    public void AddTo(Command command)
    {
        if (argument is not null) command.Add(argument);
        if (option is not null) command.Add(option);
    }

    /// <summary>Whether it is what the command is about, rather than an option.</summary>
    public bool IsArgument => argument is not null;

    /// <summary>Whether the user gave it.</summary>
    public bool IsGiven(ParseResult arguments) => Result(arguments) is not null;

    /// <summary>Sets the field as the user says.</summary>
    public void Apply(IMessage request, ParseResult arguments)
    {
        if (Result(arguments) is not { } result) return;
        var message = Messages.Parent(request, Path);
        var texts = result.Tokens.Select(token => token.Value).ToList();
        if (!Field.IsRepeated)
        {
            if (texts.Count > 1) throw new UsageException($"{Shown}: is given {texts.Count} times; give it once.");
            // A flag alone says yes.
            Field.Accessor.SetValue(message, Value(texts.Count == 0 ? "true" : texts[^1]));
            return;
        }
        var items = Messages.Items(message, Field);
        items.Clear();
        foreach (var text in texts.SelectMany(Split)) items.Add(Value(text));
    }

    private SymbolResult? Result(ParseResult arguments)
    {
        if (argument is not null)
            return arguments.GetResult(argument) is { Tokens.Count: > 0 } given ? given : null;
        return arguments.GetResult(option!) is { Implicit: false } named ? named : null;
    }

    // The items of a list of texts may stand in one, with commas between them; those of a list of messages have commas
    // of their own.
    private IEnumerable<string> Split(string text) => FieldKind.IsText(Field)
        ? text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        : [text];

    private object Value(string text)
    {
        try
        {
            return FieldKind.IsText(Field) ? FieldText.Parse(Field, text) : ItemText.Parse(Field.MessageType, text);
        }
        catch (FormatException exception)
        {
            throw new UsageException($"{Shown}: {exception.Message}");
        }
    }

    private static void Complete(
        List<Func<System.CommandLine.Completions.CompletionContext,
            IEnumerable<System.CommandLine.Completions.CompletionItem>>> sources, FieldDescriptor field)
    {
        if (field.FieldType != FieldType.Enum) return;
        sources.Add(_ => EnumNames.All(field.EnumType)
            .Select(value => new System.CommandLine.Completions.CompletionItem(value)));
    }

    private static string Description(FieldDescriptor field)
    {
        var comment = ApiSources.Comment(field.FullName).ReplaceLineEndings(" ");
        if (!FieldKind.IsText(field)) return $"{comment} Each as {ItemText.Shape(field.MessageType)}.";
        return field.FieldType == FieldType.Enum
            ? $"{comment} One of {string.Join(", ", EnumNames.All(field.EnumType))}."
            : comment;
    }
}

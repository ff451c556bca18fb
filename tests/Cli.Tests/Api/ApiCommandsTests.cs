using Google.Protobuf.Reflection;
using Marketplace.Cli.Api;
using Marketplace.Cli.Fields;
using Marketplace.Cli.Output;
using Marketplace.Contracts;
using Marketplace.Options.V1;
using static Marketplace.Cli.Tests.CommandLine;

namespace Marketplace.Cli.Tests.Api;

/// <summary>The table of commands and the protos fit together.</summary>
public sealed class ApiCommandsTests
{
    public static IEnumerable<object[]> Commands =>
        from resource in ApiCommands.All
        from verb in resource.Verbs
        select new object[] { resource.Name, verb.Name };

    [Fact]
    public void All_RpcsThatPeopleMayCall_HaveOneCommandEach()
    {
        var people =
            from file in ApiSources.Files
            from service in file.Services
            from rpc in service.Methods
            let access = rpc.GetOptions()?.GetExtension(OptionsExtensions.Access)
            where access is not null && access.Roles.Any(role => role != Role.Service)
            select rpc.FullName;

        var commands = from resource in ApiCommands.All
                       from verb in resource.Verbs
                       select Rpc(resource, verb).FullName;

        Assert.Equal(people.Order(), commands.Order());
    }

    [Fact]
    public void All_Names_AreUnique()
    {
        Assert.Equal(ApiCommands.All.Count, ApiCommands.All.Select(resource => resource.Name).Distinct().Count());
        Assert.All(ApiCommands.All, resource => Assert.Equal(
            resource.Verbs.Length, resource.Verbs.Select(verb => verb.Name).Distinct().Count()));
    }

    [Fact]
    public void All_Resources_SayWhatTheyAre() => Assert.All(
        ApiCommands.All, resource => Assert.NotEmpty(ApiSources.Comment(resource.About)));

    [Fact]
    public void Columns_Lists_AreFieldsOfTheirItems() => Assert.All(
        from resource in ApiCommands.All
        from verb in resource.Verbs
        let rpc = Rpc(resource, verb)
        where rpc.InputType.FindFieldByName("page_token") is not null
        select (Type: ApiCall.Items(rpc.OutputType).MessageType, verb.Columns),
        list => Assert.NotNull(new MessageGrid(list.Type, list.Columns)));

    [Fact]
    public void Columns_ListsInAnswers_AreFieldsOfTheirMessages()
    {
        var messages = ApiSources.Files.SelectMany(file => file.MessageTypes)
            .ToDictionary(message => message.FullName);

        Assert.All(
            ApiCommands.Columns, list => Assert.NotNull(new MessageGrid(messages[list.Key], list.Value)));
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public void Help_EachCommand_SaysWhatTheProtosSay(string resource, string verb)
    {
        var table = ApiCommands.All.Single(known => known.Name == resource);
        var rpc = Rpc(table, table.Verbs.Single(known => known.Name == verb));

        var answer = Run(resource, verb, "--help");

        Assert.Equal((ExitCode.Done, ""), (answer.ExitCode, answer.Error));
        var help = Words(answer.Output);
        Assert.Contains(Words(ApiSources.Comment(rpc.FullName)), help, StringComparison.Ordinal);
        // A request id and pages have options that all commands share.
        Assert.All(
            rpc.InputType.Fields.InDeclarationOrder().Where(field => FieldKind.IsText(field)
                && field.Name is not ("request_id" or "page_size" or "page_token" or "secret_sha256")),
            field => Assert.Contains(Words(ApiSources.Comment(field.FullName)), help, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("site", "create", "--display-name", "--region", "--time-zone")]
    [InlineData("pool", "set-floor", "--floor-steps")]
    [InlineData("listing", "create", "--price.amount", "--billing.due-days", "--notice-offers", "--file")]
    [InlineData("capacity", "search", "--capacity-steps", "--maximum-mw-month-amount", "--limit", "--all")]
    [InlineData("negotiation", "create", "--comment", "--terms.comment", "--day-count", "--request-id")]
    [InlineData("negotiation", "sign", "--terms-sha256", "--yes", "--no-wait")]
    [InlineData("api-key", "create", "--scopes", "--key-out", "--to-profile", "--show-key")]
    [InlineData("invoice", "list", "--lease-id", "--state", "--output", "--profile", "--endpoint", "--key-file")]
    public void Help_Command_NamesItsOptions(string resource, string verb, params string[] options)
    {
        var help = Run(resource, verb, "--help").Output;

        Assert.All(options, option => Assert.Matches($@"(^|[ ,]){option}[ \n]", help));
    }

    [Fact]
    public void Help_FieldsThatTheProgramFills_AreNoOptions()
    {
        Assert.DoesNotContain("--secret-sha256", Run("api-key", "create", "--help").Output, StringComparison.Ordinal);
        Assert.DoesNotContain("--page-token", Run("lease", "list", "--help").Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Help_Root_NamesEveryResource()
    {
        var answer = Run("--help");

        Assert.All(ApiCommands.All, resource => Assert.Matches($@"\n  {resource.Name} +[A-Z]", answer.Output));
        Assert.DoesNotContain("Describes ", answer.Output, StringComparison.Ordinal);
    }

    private static MethodDescriptor Rpc(ApiResource resource, ApiVerb verb) =>
        ApiServices.Find(verb.Service ?? resource.Service, verb.Rpc);

    private static string Words(string text) =>
        string.Join(' ', text.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries));
}

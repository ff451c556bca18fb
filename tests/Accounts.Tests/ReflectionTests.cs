using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Grpc.Reflection.V1;
using Marketplace.Accounts.V1;
using Marketplace.Options.V1;
using static Grpc.Reflection.V1.ServerReflectionResponse;

namespace Marketplace.Accounts.Tests;

/// <summary>The reflection protocol, as tools speak it: without a key.</summary>
[Collection(SharedMarket.Name)]
public sealed class ReflectionTests(MarketFixture fixture)
{
    private const string OrganisationsFile = "marketplace/accounts/v1/organisations.proto";
    private const string AccountsFile = "marketplace/accounts/v1/accounts.proto";
    private const string OptionsFile = "marketplace/options/v1/options.proto";

    [Fact]
    public async Task ListServices_OfAccounts_NamesAllThatItMaps()
    {
        var answer = await AskAsync(new() { ListServices = "*" });

        Assert.Equal(
            [
                "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection",
                "marketplace.accounts.v1.AccountsService", "marketplace.accounts.v1.KeyResolutionService",
                "marketplace.accounts.v1.MarketClockService", "marketplace.operations.v1.ClockWindowService",
                "marketplace.operations.v1.ParkedMessageService",
            ],
            answer.ListServicesResponse.Service.Select(service => service.Name));
    }

    [Fact]
    public async Task FileByFilename_FileOfAService_CarriesAllThatItNeedsWithItFirst()
    {
        var answer = await AskAsync(new() { Host = "localhost", FileByFilename = AccountsFile });

        var files = FileDescriptor.BuildFromByteStrings(
            answer.FileDescriptorResponse.FileDescriptorProto.Reverse(), Extensions);
        var accounts = files.Single(file => file.Name == AccountsFile);
        Assert.Equal(AccountsFile, Names(answer)[0]);
        Assert.Equal(
            AccountsReflection.Descriptor.Services[0].Methods.Select(method => method.FullName),
            accounts.Services[0].Methods.Select(method => method.FullName));
        Assert.Equal(
            Role.Operator,
            Assert.Single(accounts.Services[0].FindMethodByName("CreateOrganisation").GetOptions()
                .GetExtension(OptionsExtensions.Access).Roles));
        Assert.Equal("localhost", answer.ValidHost);
        Assert.Equal(AccountsFile, answer.OriginalRequest.FileByFilename);
    }

    [Theory]
    [InlineData("marketplace.accounts.v1.AccountsService", AccountsFile)]
    [InlineData("marketplace.accounts.v1.AccountsService.CreateOrganisation", AccountsFile)]
    [InlineData("marketplace.accounts.v1.Organisation", OrganisationsFile)]
    [InlineData("marketplace.accounts.v1.Organisation.display_name", OrganisationsFile)]
    [InlineData("marketplace.options.v1.access", OptionsFile)]
    [InlineData("marketplace.options.v1.Role", OptionsFile)]
    [InlineData("marketplace.options.v1.ROLE_BUYER", OptionsFile)]
    [InlineData("grpc.health.v1.HealthCheckResponse.ServingStatus", "grpc/health/v1/health.proto")]
    [InlineData("grpc.health.v1.HealthCheckResponse.SERVING", "grpc/health/v1/health.proto")]
    [InlineData("grpc.reflection.v1.ServerReflectionRequest.message_request",
        "grpc/reflection/v1/reflection.proto")]
    [InlineData("google.protobuf.MethodOptions", "google/protobuf/descriptor.proto")]
    public async Task FileContainingSymbol_OfEachKind_IsTheFileThatDeclaresIt(string symbol, string file) =>
        Assert.Equal(file, Names(await AskAsync(new() { FileContainingSymbol = symbol }))[0]);

    [Fact]
    public async Task FileContainingExtension_TheAccessOption_IsTheFileThatDeclaresIt()
    {
        var answer = await AskAsync(new()
        {
            FileContainingExtension = new()
            {
                ContainingType = "google.protobuf.MethodOptions",
                ExtensionNumber = OptionsExtensions.Access.FieldNumber,
            },
        });

        Assert.Equal([OptionsFile, "google/protobuf/descriptor.proto"], Names(answer));
    }

    [Theory]
    [InlineData("google.protobuf.MethodOptions", 50100)]
    [InlineData("marketplace.accounts.v1.Organisation")]
    public async Task AllExtensionNumbersOfType_AMessage_AreItsExtensions(string type, params int[] numbers)
    {
        var answer = (await AskAsync(new() { AllExtensionNumbersOfType = type })).AllExtensionNumbersResponse;

        Assert.Equal(type, answer.BaseTypeName);
        Assert.Equal(numbers, answer.ExtensionNumber);
    }

    [Fact]
    public async Task ServerReflectionInfo_SeveralQuestions_CarriesEachImportOnce()
    {
        var answers = await AskAllAsync(
            new() { FileByFilename = AccountsFile },
            new() { FileContainingSymbol = "marketplace.accounts.v1.KeyResolutionService" },
            new() { FileByFilename = AccountsFile });

        Assert.Contains(OptionsFile, Names(answers[0]));
        Assert.Equal(["marketplace/accounts/v1/key_resolution.proto"], Names(answers[1]));
        // What is asked for by name is sent each time.
        Assert.Equal([AccountsFile], Names(answers[2]));
    }

    [Fact]
    public async Task ServerReflectionInfo_QuestionsWithoutAnswer_SayWhyAndTheStreamGoesOn()
    {
        var answers = await AskAllAsync(
            new() { FileByFilename = "none.proto" },
            new() { FileContainingSymbol = "marketplace.accounts.v1.None" },
            new() { FileContainingSymbol = "" },
            // Leasing declares it, but Accounts does not offer it.
            new() { FileContainingSymbol = "marketplace.leasing.v1.LeasingService" },
            new()
            {
                FileContainingExtension = new()
                {
                    ContainingType = "google.protobuf.MethodOptions",
                    ExtensionNumber = 1,
                },
            },
            new() { AllExtensionNumbersOfType = "marketplace.options.v1.Role" },
            new(),
            new() { ListServices = "" });

        Assert.All(answers[..6], answer =>
            Assert.Equal(StatusCode.NotFound, (StatusCode)answer.ErrorResponse.ErrorCode));
        Assert.Equal(
            "There is no marketplace.accounts.v1.None among what this service offers.",
            answers[1].ErrorResponse.ErrorMessage);
        Assert.Equal(StatusCode.InvalidArgument, (StatusCode)answers[6].ErrorResponse.ErrorCode);
        Assert.Equal(MessageResponseOneofCase.ListServicesResponse, answers[7].MessageResponseCase);
    }

    [Fact]
    public async Task ServerReflectionInfo_InProduction_IsUnimplemented()
    {
        await using var production = await Market.CreateAsync("production");

        var refusal = await Assert.ThrowsAsync<RpcException>(
            () => AskAllOfAsync(production, new ServerReflectionRequest { ListServices = "" }));

        Assert.Equal(StatusCode.Unimplemented, refusal.StatusCode);
    }

    [Fact]
    public async Task ServerReflectionInfo_OpenWhenTheServiceStops_EndsWithIt()
    {
        await using var stopped = await Market.CreateAsync();
        using var stream = new ServerReflection.ServerReflectionClient(stopped.Invoker(null)).ServerReflectionInfo();
        await stream.RequestStream.WriteAsync(new() { ListServices = "" });
        Assert.True(await stream.ResponseStream.MoveNext(default));

        var next = stream.ResponseStream.MoveNext(default);

        await stopped.StopAccountsAsync();

        await Refusal.OfAsync(() => next, StatusCode.Unavailable, "SERVICE_DRAINING");
    }

    private static readonly ExtensionRegistry Extensions = [OptionsExtensions.Access];

    private static string[] Names(ServerReflectionResponse answer) =>
    [
        .. answer.FileDescriptorResponse.FileDescriptorProto.Select(
            file => FileDescriptorProto.Parser.ParseFrom(file).Name),
    ];

    private async Task<ServerReflectionResponse> AskAsync(ServerReflectionRequest question) =>
        Assert.Single(await AskAllAsync(question));

    private Task<ServerReflectionResponse[]> AskAllAsync(params ServerReflectionRequest[] questions) =>
        AskAllOfAsync(fixture.Market, questions);

    private static async Task<ServerReflectionResponse[]> AskAllOfAsync(Market market,
        params ServerReflectionRequest[] questions)
    {
        using var stream = new ServerReflection.ServerReflectionClient(market.Invoker(null)).ServerReflectionInfo(
            deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(20));
        var answers = new List<ServerReflectionResponse>();
        foreach (var question in questions)
        {
            await stream.RequestStream.WriteAsync(question);
            Assert.True(await stream.ResponseStream.MoveNext(default));
            answers.Add(stream.ResponseStream.Current);
        }
        await stream.RequestStream.CompleteAsync();
        Assert.False(await stream.ResponseStream.MoveNext(default));
        return [.. answers];
    }
}

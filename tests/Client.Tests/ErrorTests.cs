using Google.Rpc;
using Grpc.Core;
using Marketplace.Inventory.V1;

namespace Marketplace.Client.Tests;

/// <summary>Errors as the caller gets them.</summary>
public sealed class ErrorTests : IAsyncLifetime
{
    private ScriptedServer server = null!;

    public async Task InitializeAsync() => server = await ScriptedServer.StartAsync();

    public async Task DisposeAsync() => await server.DisposeAsync();

    [Fact]
    public async Task Error_WithEveryDetail_IsTyped()
    {
        var wrong = new BadRequest
        {
            FieldViolations =
            {
                new BadRequest.Types.FieldViolation { Field = "a.b[0]", Reason = "REQUIRED", Description = "Give it." },
                new BadRequest.Types.FieldViolation { Field = "c", Reason = "TOO_LONG", Description = "Shorten it." },
            },
        };
        var shortage = new CapacityShort { Shortfalls = { new CapacityShortfall { PoolId = "p", ShortKw = 50_000 } } };
        server.Accounts.Clock = (_, _) => throw Details.Error(
            StatusCode.InvalidArgument, "INVALID_FIELDS", wrong, Details.RetryAfter(TimeSpan.FromSeconds(2)), shortage);

        var error = await ErrorAsync();

        Assert.Equal((StatusCode.InvalidArgument, "INVALID_FIELDS"), (error.StatusCode, error.Reason));
        Assert.Equal("No.", error.Message);
        Assert.Equal([new("id", "7")], error.Metadata);
        Assert.Equal(
            [new("a.b[0]", "Give it.", "REQUIRED"), new("c", "Shorten it.", "TOO_LONG")], error.FieldViolations);
        Assert.Equal(TimeSpan.FromSeconds(2), error.RetryDelay);
        Assert.Equal(shortage, error.Detail<CapacityShort>());
        Assert.Null(error.Detail<PreconditionFailure>());
        Assert.Null(error.RequestId);
    }

    [Fact]
    public async Task Error_WithoutDetails_HasNoneAndNamesTheAddress()
    {
        server.Accounts.Clock = (_, _) => throw new RpcException(new(StatusCode.Internal, "Broken."));

        var error = await ErrorAsync();

        Assert.Equal(StatusCode.Internal, error.StatusCode);
        Assert.Equal($"{server.Address.GetLeftPart(UriPartial.Authority)}: Broken.", error.Message);
        Assert.Empty(error.Reason);
        Assert.Empty(error.Metadata);
        Assert.Empty(error.FieldViolations);
        Assert.Null(error.RetryDelay);
    }

    [Fact]
    public async Task Error_DetailsThatAreNone_LeavesTheStatus()
    {
        server.Accounts.Clock = (_, _) => throw new RpcException(
            new(StatusCode.NotFound, "Gone."),
            new Metadata { { "grpc-status-details-bin", new byte[] { 0xff, 0xff } } });

        var error = await ErrorAsync();

        Assert.Equal((StatusCode.NotFound, ""), (error.StatusCode, error.Reason));
    }

    [Fact]
    public async Task Error_OfAStream_IsTyped()
    {
        server.Inventory.Changes = (_, _, _) => throw Details.Error(StatusCode.PermissionDenied, "SCOPE_MISSING");
        using var client = server.Client();
        using var stream = client.Inventory.WatchInventory(new());

        var error = await Assert.ThrowsAsync<MarketException>(() => stream.ResponseStream.MoveNext(default));

        Assert.Equal("SCOPE_MISSING", error.Reason);
    }

    [Fact]
    public async Task Error_NobodyListens_SaysWhere()
    {
        await server.DisposeAsync();
        using var client = server.Client(new SkippingTime());

        var error = await Assert.ThrowsAsync<MarketException>(
            () => client.Accounts.GetMarketClockAsync(new()).ResponseAsync);

        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        Assert.StartsWith(server.Address.GetLeftPart(UriPartial.Authority), error.Message, StringComparison.Ordinal);
    }

    private async Task<MarketException> ErrorAsync()
    {
        using var client = server.Client();
        return await Assert.ThrowsAsync<MarketException>(
            () => client.Accounts.GetMarketClockAsync(new()).ResponseAsync);
    }
}

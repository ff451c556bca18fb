using Grpc.Core;

namespace Marketplace.PackageStandIns.Tests;

public sealed class CallOptionsTests
{
    private static readonly Metadata Headers = new() { { "key", "1" } };

    [Fact]
    public void WithHeaders_Given_KeepsTheRest()
    {
        var options = new CallOptions(deadline: DateTime.UnixEpoch).WithHeaders(Headers);

        Assert.Equal((DateTime.UnixEpoch, Headers), (options.Deadline, options.Headers));
    }

    [Fact]
    public void WithWaitForReady_ByDefault_Waits() => Assert.True(new CallOptions().WithWaitForReady().IsWaitForReady);

    [Fact]
    public void WithWaitForReady_False_DoesNotWait() =>
        Assert.False(new CallOptions().WithWaitForReady().WithWaitForReady(false).IsWaitForReady);
}

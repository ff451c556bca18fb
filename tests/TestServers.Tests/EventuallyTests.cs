namespace Marketplace.TestServers.Tests;

public sealed class EventuallyTests
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task AsyncThat_TrueAtTheThirdQuestion_AsksThreeTimes()
    {
        var questions = 0;

        await Eventually.AsyncThat(() => ++questions == 3, Long);

        Assert.Equal(3, questions);
    }

    [Fact]
    public async Task AsyncThat_NeverTrue_ThrowsAndNamesTheCondition()
    {
        var isDone = false;

        var failure = await Assert.ThrowsAsync<TimeoutException>(
            () => Eventually.AsyncThat(() => isDone, TimeSpan.FromMilliseconds(50)));

        Assert.Contains("() => isDone", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AsyncThat_ConditionThatHangs_Throws() => await Assert.ThrowsAsync<TimeoutException>(
        () => Eventually.AsyncThat(() => new TaskCompletionSource<bool>().Task, TimeSpan.FromMilliseconds(50)));

    [Fact]
    public async Task AsyncThat_ConditionThatThrows_ThrowsTheSame() => await Assert.ThrowsAsync<FormatException>(
        () => Eventually.AsyncThat(() => Task.FromException<bool>(new FormatException()), Long));
}

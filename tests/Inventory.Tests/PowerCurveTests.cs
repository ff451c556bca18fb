namespace Marketplace.Inventory.Tests;

public sealed class PowerCurveTests
{
    private static readonly PowerCurve Curve =
        new([new(new(2026, 4, 10), 5), new(new(2026, 4, 12), 0), new(new(2026, 4, 14), 7)]);

    [Theory]
    [InlineData(1, 4, new[] { 0, 0, 0 })]
    [InlineData(9, 13, new[] { 0, 5, 5, 0 })]
    [InlineData(13, 16, new[] { 0, 7, 7 })]
    [InlineData(20, 21, new[] { 7 })]
    public void Over_AnyDays_HoldsEachStepUntilTheNext(int first, int end, int[] expected) =>
        Assert.Equal(expected, Curve.Over(new(new(2026, 4, first), new(2026, 4, end))));

    [Fact]
    public void ReplacedBy_SamePast_IsTheOtherCurve()
    {
        var other = new PowerCurve([new(new(2026, 4, 10), 5), new(new(2026, 4, 12), 9)]);

        Assert.Same(other, Curve.ReplacedBy(other, new(2026, 4, 1), new(2026, 4, 12)));
    }

    [Fact]
    public void ReplacedBy_OtherPast_KeepsWhatHeldOnTheCalendar()
    {
        var replaced = Curve.ReplacedBy(new([new(new(2026, 4, 1), 9)]), new(2026, 4, 1), new(2026, 4, 11));

        Assert.Equal([new(new(2026, 4, 10), 5), new(new(2026, 4, 11), 9)], replaced.Steps);
    }

    [Fact]
    public void ReplacedBy_BeforeTheCalendarBegins_IsTheOtherCurve() =>
        Assert.Same(PowerCurve.None, Curve.ReplacedBy(PowerCurve.None, new(2026, 4, 11), new(2026, 4, 11)));
}

using Google.Protobuf.Reflection;

namespace Marketplace.Terms.Tests;

/// <summary>
/// The reader and the writer cast between the enums of the domain and those of the wire, so both must be the same.
/// </summary>
public sealed class WireEnumsTests
{
    // The side that serves a notice; the wire has no such field in terms.
    private static readonly Type[] WithoutTwin = [typeof(Party)];

    private static readonly Dictionary<string, EnumDescriptor> Wire =
        V1.TermsReflection.Descriptor.EnumTypes.ToDictionary(type => type.Name);

    private static IEnumerable<Type> DomainEnums => typeof(LeaseTerms).Assembly.GetTypes()
        .Where(type => type is { IsEnum: true, Namespace: "Marketplace.Terms" })
        .Except(WithoutTwin);

    public static TheoryData<Type> Enums => new(DomainEnums);

    [Theory]
    [MemberData(nameof(Enums))]
    public void DomainEnum_BesideItsTwinOnTheWire_HasTheSameNamesAndNumbers(Type type)
    {
        var prefix = Wire[type.Name].Values[0].Name[..^"UNSPECIFIED".Length];
        Assert.Equal(
            Wire[type.Name].Values.Skip(1).Select(value => (value.Name[prefix.Length..], value.Number)),
            Enum.GetValues(type).Cast<object>().Select(value => (NameOf(value), (int)value)));
    }

    [Fact]
    public void WireEnum_Each_HasATwinInTheDomain() => Assert.Equal(
        Wire.Keys.Order(StringComparer.Ordinal),
        DomainEnums.Select(type => type.Name).Order(StringComparer.Ordinal));

    [Fact]
    public void WireEnum_Each_LeavesZeroOpen() => Assert.All(Wire.Values, type =>
    {
        Assert.Equal(0, type.Values[0].Number);
        Assert.EndsWith("_UNSPECIFIED", type.Values[0].Name, StringComparison.Ordinal);
    });

    [Theory]
    [InlineData(DayCount.Act365F, "ACT_365F")]
    [InlineData(DayCount.Thirty360, "THIRTY_360")]
    public void Of_NameWithDigits_IsTheNameOfTheProto(DayCount value, string name) =>
        Assert.Equal(name, ProtoNames.Of(value));

    private static string NameOf(object value) => (string)typeof(ProtoNames)
        .GetMethod(nameof(ProtoNames.Of))!
        .MakeGenericMethod(value.GetType())
        .Invoke(null, [value])!;
}

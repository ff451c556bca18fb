using FsCheck;
using FsCheck.Fluent;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Marketplace.Terms.Tests;

/// <summary>Nothing that terms say is lost or changed between their forms.</summary>
public sealed class RoundTripTests
{
    private static readonly Config Cases = Config.QuickThrowOnFailure.WithMaxTest(10_000);

    [Fact]
    public void Write_WhatWasRead_IsTheSameMessage() => Check(AnyTerms.Complete, terms =>
    {
        var written = TermsWriter.Write(Assert.IsType<LeaseTerms>(TermsReader.Read(terms).Terms));
        Assert.Equal(terms, written);
        Assert.Equal(terms.ToByteString(), written.ToByteString());
    });

    [Fact]
    public void Read_CompleteSheet_ReportsNothing() => Check(AnyTerms.Complete, terms =>
    {
        var reading = TermsReader.Read(terms);
        Assert.Equal([], reading.Violations);
        Assert.Equal([], reading.Open);
    });

    [Fact]
    public void Json_WrittenAndParsed_IsTheSameMessage() => Check(AnyTerms.Complete, terms =>
        Assert.Equal(terms, JsonParser.Default.Parse<V1.LeaseTerms>(JsonFormatter.Default.Format(terms))));

    [Fact]
    public void Read_AnySheet_DoesNotChangeIt() => Check(AnyTerms.Complete, terms =>
    {
        var before = terms.ToByteString();
        TermsReader.Read(terms);
        Assert.Equal(before, terms.ToByteString());
    }, count: 1_000);

    [Theory]
    [InlineData("0.5")]
    [InlineData("0.50")]
    [InlineData("0.000000000")]
    [InlineData("1.000000000")]
    [InlineData("0.123456789")]
    public void Write_Discount_KeepsItsPlaces(string discount)
    {
        var terms = MalformedSheets.Base();
        terms.FeeIntervals[0].Discount.Value = discount;
        Assert.Equal(discount, TermsWriter.Write(TermsReader.Read(terms).Terms!).FeeIntervals[0].Discount.Value);
    }

    // The properties above are worth what the sheets contain.
    [Fact]
    public void CompleteSheets_Together_UseEveryFieldAndEveryEnumValue()
    {
        var seen = new HashSet<string>();
        foreach (var terms in AnyTerms.Complete.Sample(2_000)) Collect(terms, seen);
        Assert.Equal([], Everything(V1.LeaseTerms.Descriptor).Except(seen).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void SupportedSheets_Together_UseEveryDayCountCycleTimingPartyAndReceipt()
    {
        var seen = new HashSet<string>();
        foreach (var terms in AnyTerms.Supported.Sample(2_000)) Collect(terms, seen);
        MessageDescriptor[] types =
        [
            V1.CapacityStep.Descriptor, V1.BillingTerms.Descriptor, V1.NoticeReceipt.Descriptor,
            Google.Type.Money.Descriptor,
        ];
        var wanted = types.SelectMany(Everything)
            .Concat(Values(V1.LeaseTerms.Descriptor.FindFieldByName("day_count")))
            .Concat(Values(V1.FeeInterval.Descriptor.FindFieldByName("basis")))
            .Concat(Values(V1.TerminationRight.Descriptor.FindFieldByName("party")))
            .Concat(Values(V1.TerminationRight.Descriptor.FindFieldByName("notice_basis")))
            .Concat(Values(V1.TerminationRight.Descriptor.FindFieldByName("lock_in")))
            .Concat(Values(V1.TerminationRight.Descriptor.FindFieldByName("alignment")));
        Assert.Equal([], wanted.Except(seen).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Shrink_CompleteSheet_GivesCompleteSheets() => Check(AnyTerms.Complete, terms =>
    {
        foreach (var smaller in AnyTerms.Shrink(terms).Take(3)) Assert.NotNull(TermsReader.Read(smaller).Terms);
    }, count: 1_000);

    private static void Check(Gen<V1.LeaseTerms> sheets, Action<V1.LeaseTerms> holds, int count = 10_000) =>
        Prop.ForAll(Arb.From(sheets, AnyTerms.Shrink), holds).Check(Cases.WithMaxTest(count));

    private static IEnumerable<string> Everything(MessageDescriptor type) => type.Fields.InDeclarationOrder()
        .Where(field => !IsNeverSaid(field))
        .SelectMany(field => Values(field)
            .Append(field.FullName)
            .Concat(field.FieldType == FieldType.Message ? Everything(field.MessageType) : []));

    // A time of day in terms is to the minute.
    private static bool IsNeverSaid(FieldDescriptor field) =>
        field.ContainingType == Google.Type.TimeOfDay.Descriptor && field.Name is ("seconds" or "nanos");

    // With the field's name, because fields share enums.
    private static IEnumerable<string> Values(FieldDescriptor field) => field.FieldType == FieldType.Enum
        ? field.EnumType.Values.Where(value => value.Number != 0).Select(value => $"{field.FullName} {value.Number}")
        : [];

    private static void Collect(IMessage message, HashSet<string> seen)
    {
        foreach (var field in message.Descriptor.Fields.InDeclarationOrder())
        {
            var value = field.Accessor.GetValue(message);
            if (value is System.Collections.IList items)
            {
                if (items.Count > 0) seen.Add(field.FullName);
                foreach (var item in items.OfType<IMessage>()) Collect(item, seen);
                continue;
            }
            if (field.HasPresence ? !field.Accessor.HasValue(message) : value is "" or 0 or 0L) continue;
            seen.Add(field.FullName);
            if (field.FieldType == FieldType.Enum) seen.Add($"{field.FullName} {(int)value}");
            if (value is IMessage child) Collect(child, seen);
        }
    }
}

using Grpc.Core;

namespace Marketplace.PackageStandIns.Tests;

public sealed class MetadataTests
{
    [Fact]
    public void Add_KeyWithCapitals_IsLowerCased()
    {
        var metadata = new Metadata { { "X-Key", "1" } };

        Assert.Equal("x-key", metadata[0].Key);
    }

    [Theory]
    [InlineData("a b")]
    [InlineData("a:b")]
    [InlineData("ä")]
    public void Add_KeyWithOtherCharacters_Throws(string key)
    {
        var metadata = new Metadata();

        Assert.Throws<ArgumentException>(() => metadata.Add(key, "1"));
    }

    [Fact]
    public void Add_TextUnderBinaryKey_Throws()
    {
        var metadata = new Metadata();

        Assert.Throws<ArgumentException>(() => metadata.Add("key-bin", "text"));
    }

    [Fact]
    public void Add_BytesUnderTextKey_Throws()
    {
        var metadata = new Metadata();

        Assert.Throws<ArgumentException>(() => metadata.Add("key", [1]));
    }

    [Fact]
    public void Add_ToEmpty_Throws() =>
        Assert.Throws<InvalidOperationException>(() => Metadata.Empty.Add("key", "1"));

    [Fact]
    public void GetValue_RepeatedKey_IsTheLast()
    {
        var metadata = new Metadata { { "key", "1" }, { "KEY", "2" } };

        Assert.Equal("2", metadata.GetValue("Key"));
    }

    [Fact]
    public void GetValue_UnknownKey_IsNull() => Assert.Null(new Metadata().GetValue("key"));

    [Fact]
    public void GetAll_RepeatedKey_IsEveryEntryInOrder()
    {
        var metadata = new Metadata { { "key", "1" }, { "other", "2" }, { "KEY", "3" } };

        Assert.Equal(["1", "3"], metadata.GetAll("Key").Select(entry => entry.Value));
    }

    [Fact]
    public void GetAll_RemovedInBetween_GoesOn()
    {
        var metadata = new Metadata { { "key", "1" }, { "key", "2" } };

        foreach (var entry in metadata.GetAll("key")) metadata.Remove(entry);

        Assert.Equal("2", Assert.Single(metadata).Value);
    }

    [Fact]
    public void Value_BinaryEntry_Throws()
    {
        var entry = new Metadata.Entry("key-bin", [1]);

        Assert.Throws<InvalidOperationException>(() => entry.Value);
    }

    [Fact]
    public void ValueBytes_TextEntry_AreThoseOfTheText()
    {
        var entry = new Metadata.Entry("key", "1");

        Assert.Equal([0x31], entry.ValueBytes);
    }

    [Fact]
    public void ValueBytes_ArrayChangedAfterwards_StayTheSame()
    {
        byte[] bytes = [1];
        var entry = new Metadata.Entry("key-bin", bytes);

        bytes[0] = 2;

        Assert.Equal([1], entry.ValueBytes);
    }

    [Fact]
    public void ValueBytes_ResultChanged_StayTheSame()
    {
        var entry = new Metadata.Entry("key-bin", [1]);

        entry.ValueBytes[0] = 2;

        Assert.Equal([1], entry.ValueBytes);
    }
}

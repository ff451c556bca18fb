using System.Text;
using static Marketplace.Cli.Tests.CommandLine;

namespace Marketplace.Cli.Tests;

public sealed class TermsFileTests
{
    [Theory]
    [InlineData("", "1: Is empty.")]
    [InlineData(" \n\t", "1: Is empty.")]
    [InlineData("{", "1: Is not JSON: Expected depth to be zero")]
    [InlineData("{\n\"title\": \"x\",\n}", "3: Is not JSON: The JSON object contains a trailing comma")]
    [InlineData("{} {}", "1: Is not JSON: '{' is invalid after a single JSON value.")]
    [InlineData("// no\n{}", "1: Is not JSON: '/' is an invalid start of a value.")]
    [InlineData("{\"title\": \"a\u001b[31m\"}", "1: Is not JSON: '0x1B' is invalid within a JSON string.")]
    [InlineData("[]", "1: Must be an object with the fields of LeaseTerms.")]
    [InlineData("null", "1: Must be an object with the fields of LeaseTerms.")]
    [InlineData(
        "{\n\"starDate\": {}}",
        "2: starDate: There is no such field in LeaseTerms; its fields are title, comment, currencyCode,")]
    [InlineData(
        "{\"startDate\": {\n\"yr\": 1}}",
        "2: start_date.yr: There is no such field in Date; its fields are year, month, day.")]
    [InlineData("{\"tranches\": [{},\n{\"kw\": 1}]}", "2: tranches[1].kw: There is no such field in Tranche;")]
    [InlineData("{\"title\": \"a\",\n\"title\": \"b\"}", "2: title: Is given twice;")]
    [InlineData("{\"startDate\": {},\n\"start_date\": {}}", "2: start_date: Is given twice;")]
    [InlineData("{\"title\": 5}", "1: title: Must be a text, not 5.")]
    [InlineData("{\"title\": {}}", "1: title: Must be a text, not an object.")]
    [InlineData("{\"title\": \"\\ud800\"}", "1: title: Must be a text, not \"\\ud800\".")]
    [InlineData("{\"\\ud800\": 5}", "1: The name of a field has half a surrogate pair in it.")]
    [InlineData(
        "{\"startDate\": \"2026-05-01\"}",
        "1: start_date: Must be a date such as {\"year\": 2026, \"month\": 5, \"day\": 1}, not \"2026-05-01\".")]
    [InlineData(
        "{\"feeIntervals\": [{\"amount\": \"1.25B\"}]}",
        "1: fee_intervals[0].amount: Must be an amount such as {\"currencyCode\": \"USD\", \"units\": ")]
    [InlineData(
        "{\"feeIntervals\": [{\"amount\": {\"units\": 1.5}}]}",
        "1: fee_intervals[0].amount.units: Must be a whole number of 64 bits, not 1.5.")]
    [InlineData(
        "{\"feeIntervals\": [{\"amount\": {\"units\": 1e999}}]}",
        "1: fee_intervals[0].amount.units: Must be a whole number of 64 bits, not 1e999.")]
    [InlineData(
        "{\"feeIntervals\": [{\"amount\": {\"units\": \"9223372036854775808\"}}]}",
        "1: fee_intervals[0].amount.units: Must be a whole number of 64 bits,")]
    [InlineData(
        "{\"feeIntervals\": [{\"discount\": 0.5}]}",
        "1: fee_intervals[0].discount: Must be a decimal such as {\"value\": \"0.5\"}, not 0.5.")]
    [InlineData(
        "{\"feeIntervals\": [{\"trancheIds\": [\"a\", 7]}]}",
        "1: fee_intervals[0].tranche_ids[1]: Must be a text, not 7.")]
    [InlineData(
        "{\"noticeReceipt\": {\"cutoffTime\": \"17:00\"}}",
        "1: notice_receipt.cutoff_time: Must be a time of day such as {\"hours\": 17}, not \"17:00\".")]
    [InlineData(
        "{\"billing\": {\"dueDays\": \"soon\"}}",
        "1: billing.due_days: Must be a whole number of 32 bits, not \"soon\".")]
    [InlineData(
        "{\"billing\": {\"dueDays\": 3000000000}}",
        "1: billing.due_days: Must be a whole number of 32 bits, not 3000000000.")]
    [InlineData("{\"billing\": true}", "1: billing: Must be an object with the fields of BillingTerms, not true.")]
    [InlineData(
        "{\"dayCount\": \"ACT_MONTH\"}",
        "1: day_count: Must be one of DAY_COUNT_ACT_MONTH, DAY_COUNT_THIRTY_360,")]
    [InlineData("{\"tranches\": {}}", "1: tranches: Must be a list, not an object.")]
    [InlineData("{\"holidays\": [null]}", "1: holidays[0]: Must be a date such as")]
    public void TryRead_UnusableText_SaysLineFieldAndTheWayOut(string text, string message)
    {
        var answer = RunWith(text, "terms", "check", "-");

        Assert.Equal(ExitCode.Unusable, answer.ExitCode);
        Assert.StartsWith($"market: standard input:{message}", answer.Error, StringComparison.Ordinal);
        Assert.Single(answer.Error.TrimEnd('\n').Split('\n'));
        Assert.Empty(answer.Output);
    }

    [Fact]
    public void TryRead_TextInAnotherEncoding_IsRefused()
    {
        var answer = RunWith(Encoding.Unicode.GetBytes("{\"title\": \"\u00e9\"}"), "terms", "check", "-");

        AssertUnusable("standard input:1: Is not UTF-8 text.", answer);
    }

    [Fact]
    public void TryRead_ByteOrderMark_IsSkipped()
    {
        byte[] text = [.. Encoding.UTF8.Preamble, .. File.ReadAllBytes(Sample("reference-a"))];

        Assert.Equal(ExitCode.Done, RunWith(text, "terms", "check", "-").ExitCode);
    }

    [Fact]
    public void TryRead_ProtoNamesAndNulls_AreAccepted()
    {
        var text = File.ReadAllText(Sample("reference-a"))
            .Replace("\"startDate\"", "\"start_date\"", StringComparison.Ordinal)
            .Replace("\"title\"", "\"renewal\": null, \"title\"", StringComparison.Ordinal);

        Assert.Equal(ExitCode.Done, RunWith(text, "terms", "check", "-").ExitCode);
    }

    [Theory]
    [InlineData(0, ExitCode.Done)]
    [InlineData(1, ExitCode.Unusable)]
    public void TryRead_SizeAroundTheLimit_IsAcceptedUpToIt(int excess, object code)
    {
        var text = File.ReadAllText(Sample("reference-a"));

        var answer = RunWith(text.PadRight(InputFile.SizeMax + excess), "terms", "check", "-");

        Assert.Equal(code, answer.ExitCode);
        if (excess > 0)
            AssertUnusable("standard input: is larger than 4 MiB, the most that a file of lease terms may be.", answer);
    }

    [Theory]
    [InlineData("no-such-file.json", "no-such-file.json: does not exist.")]
    [InlineData("no-such-folder/file.json", "no-such-folder/file.json: does not exist.")]
    [InlineData("", "'': is no name of a file.")]
    [InlineData("@terms.json", "@terms.json: does not exist.")]
    [InlineData("a\u001b[2J\n.json", "a\uFFFD[2J .json: does not exist.")]
    public void TryRead_FileThatIsNotThere_IsRefused(string path, string message)
    {
        var answer = Run("terms", "project", path);

        AssertUnusable(message, answer);
    }

    [Fact]
    public void TryRead_Directory_IsRefused()
    {
        var path = AppContext.BaseDirectory;

        var answer = Run("terms", "project", path);

        AssertUnusable($"{path}: is a directory; name a file of lease terms.", answer);
    }

    [Fact]
    public void TryRead_FileWithoutPermission_IsRefused()
    {
        if (OperatingSystem.IsWindows()) return;
        // No file of its own is closed to root, but the kernel has one that nobody may read.
        var path = Environment.IsPrivilegedProcess ? "/proc/sys/vm/compact_memory" : Path.GetTempFileName();
        if (!Environment.IsPrivilegedProcess) File.SetUnixFileMode(path, UnixFileMode.None);

        var answer = Run("terms", "project", path);

        AssertUnusable($"{path}: cannot be read: permission denied.", answer);
    }

    [Fact]
    public void TryRead_ControlCharactersInTheFile_DoNotReachTheTerminal()
    {
        var text = Changed("reference-a", terms => terms["title"] = "a\u001b[31mb\u009bc\u202ed\r\ne");

        var answer = RunWith(text, "terms", "project", "-").Output;

        Assert.StartsWith("a\uFFFD[31mb\uFFFDc\uFFFDd  e\n", answer, StringComparison.Ordinal);
    }

    [Fact]
    public void TryRead_ThousandsOfDamagedFiles_IsNeverAnUnexpectedFailure()
    {
        const int Files = 3_000;
        var random = new Random(20260501);
        var sound = File.ReadAllBytes(Sample("iren-microsoft"));
        var codes = new HashSet<ExitCode>();
        for (var i = 0; i < Files; i++)
        {
            var damaged = sound.ToArray();
            for (var change = random.Next(3); change >= 0; change--)
            {
                var length = random.Next(1, 40);
                var (from, to) = (random.Next(damaged.Length - length), random.Next(damaged.Length - length));
                if (random.Next(2) == 0) damaged[to] = (byte)random.Next(256);
                else damaged.AsSpan(from, length).ToArray().CopyTo(damaged, to);
            }
            var answer = RunWith(damaged, "terms", "project", "-", "--json");
            Assert.True(answer.ExitCode != ExitCode.Failed, $"{answer.Error}\n{Encoding.UTF8.GetString(damaged)}");
            codes.Add(answer.ExitCode);
        }
        Assert.Equal([ExitCode.Unusable, ExitCode.Partial, ExitCode.No], codes.Order());
    }

    private static void AssertUnusable(string message, Answer answer) =>
        Assert.Equal((ExitCode.Unusable, "", $"market: {message}\n"), (answer.ExitCode, answer.Output, answer.Error));
}

using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using Marketplace.Cli.Output;
using Marketplace.Leasing.V1;
using Marketplace.Terms.V1;

namespace Marketplace.Cli.Api.Behaviours;

/// <summary>
/// Shows what would be signed, has it confirmed, and signs it by the hash of the bytes that were shown, computed here.
/// </summary>
internal sealed class Signing : Behaviour
{
    private static readonly byte[] HashedBefore = [.. Encoding.UTF8.GetBytes("marketplace.terms.v1"), 0];

    private static readonly TimeSpan ReservingDurationMax = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan ReservingInterval = TimeSpan.FromMilliseconds(500);

    private readonly Option<bool> yes = Asking.YesOption();

    private readonly Option<bool> noWait = new("--no-wait")
    {
        Description = "Return while the capacity is still being reserved; 'market negotiation get' shows what came of "
            + "it.",
    };

    public override IReadOnlyList<Option> Options => [yes, noWait];

    public override async Task<ExitCode> RunAsync(ApiCall call)
    {
        var request = (SignVersionRequest)call.Request;
        Negotiation? known = null;
        var shownHash = ByteString.Empty;
        await call.ReadRequestAsync(async () =>
        {
            foreach (var field in call.Fields.All) field.Apply(request, call.Arguments);
            known = await call.Market.Leasing.GetNegotiationAsync(new() { NegotiationId = request.NegotiationId });
            if (request.Version == 0) request.Version = known.AgreedVersion;
            if (request.Version == 0)
                throw new UsageException(
                    $"nothing is agreed on yet: the negotiation is {MessageText.Enum(known.State)} at version "
                    + $"{known.LatestVersion}. The other side accepts a version with 'market negotiation accept'.");
            var version = await call.Market.Leasing.GetTermsVersionAsync(
                new() { NegotiationId = request.NegotiationId, Version = request.Version });
            shownHash = ByteString.CopyFrom(SHA256.HashData([.. HashedBefore, .. version.TermsBytes]));
            if (request.TermsSha256.IsEmpty) request.TermsSha256 = shownHash;
            // What is shown is what the bytes say, not what the answer says beside them.
            Show(call, known, version, LeaseTerms.Parser.ParseFrom(version.TermsBytes), shownHash);
        });
        if (request.TermsSha256 != shownHash)
            throw new UsageException(
                $"--terms-sha256 is not the hash of version {request.Version}, which is {MessageText.Hex(shownHash)}; "
                + "nothing was signed.");
        call.Confirm($"Sign version {request.Version}? It binds your organisation.", call.Arguments.GetValue(yes));
        var answer = (Negotiation)await call.SendAsync();
        if (!call.Arguments.GetValue(noWait)) answer = await SettleAsync(call, answer);
        call.Write(answer);
        return Outcome(call, answer);
    }

    private static void Show(
        ApiCall call, Negotiation negotiation, TermsVersion version, LeaseTerms terms, ByteString hash)
    {
        var table = Tables.Labelled();
        table.AddCells("Negotiation", negotiation.NegotiationId);
        table.AddCells("Version", $"{version.Version}, offered by {MessageText.Enum(version.Party)}");
        table.AddCells("Title", PlainText.OneLine(terms.Title));
        table.AddCells("Provider", negotiation.ProviderOrganisationId);
        table.AddCells("Buyer", negotiation.BuyerOrganisationId);
        table.AddCells("First day", MessageText.Date(terms.StartDate));
        table.AddCells("Last day", MessageText.DayBefore(terms.EndDate));
        table.AddCells("Total", MessageText.Money(version.TotalAmount));
        table.AddCells("Firm", $"{MessageText.Money(version.FirmAmount)}, which nobody could walk away from today");
        foreach (var right in terms.TerminationRights) table.AddCells("Notice", Notice(right));
        if (terms.TerminationRights.Count == 0) table.AddCells("Notice", "none: nobody can end it early");
        table.AddCells("SHA-256", MessageText.Hex(hash));
        (call.Terminal with { Output = call.Terminal.Error, IsStyled = false }).Write(table);
    }

    private static string Notice(TerminationRight right) =>
        $"{MessageText.Enum(right.Party)}, {right.NoticeDays} {MessageText.Enum(right.NoticeBasis)} days"
        + (right.EarliestServiceDate is { } service ? $", received from {MessageText.Date(service)} on" : "")
        + (right.EarliestEffectiveDate is { } effective ? $", ending from {MessageText.Date(effective)} on" : "")
        + (right.Kind == TerminationKind.Convenience ? "" : $", for {MessageText.Enum(right.Kind)}");

    // The market goes on asking Inventory by itself; here it is only waited for.
    private static async Task<Negotiation> SettleAsync(ApiCall call, Negotiation answer)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (answer.State == NegotiationState.Reserving
            && TimeProvider.System.GetElapsedTime(start) < ReservingDurationMax)
        {
            call.Progress("both sides have signed; the capacity is being reserved ...");
            await Task.Delay(ReservingInterval);
            answer = await call.Market.Leasing.GetNegotiationAsync(new() { NegotiationId = answer.NegotiationId });
        }
        return answer;
    }

    private static ExitCode Outcome(ApiCall call, Negotiation answer)
    {
        switch (answer.State)
        {
            case NegotiationState.Signed:
                call.Say($"signed by both sides: 'market lease get {answer.LeaseId}'.");
                break;
            case NegotiationState.Agreed:
                call.Say("signed by your side; the other side has not signed yet.");
                break;
            case NegotiationState.Reserving:
                call.Say($"the capacity is still being reserved: 'market negotiation get {answer.NegotiationId}'.");
                break;
            case NegotiationState.Short:
                call.Say("there is no lease: the capacity is short on the days that the answer names.");
                return ExitCode.No;
        }
        return ExitCode.Done;
    }
}

using Marketplace.Leasing.V1;

namespace Marketplace.Cli.Api.Behaviours;

/// <summary>
/// Offers the terms of a file, or those of the latest version changed where options say so. The base is the version
/// that the user names, else the latest.
/// </summary>
internal sealed class CounterOffer : Behaviour
{
    public override async Task<ExitCode> RunAsync(ApiCall call)
    {
        var request = (MakeOfferRequest)call.Request;
        await call.ReadRequestAsync(async () =>
        {
            call.Apply("negotiation_id");
            call.Apply("base_version");
            if (call.HasFile && request.BaseVersion != 0) return;
            var latest = await call.Market.Leasing.GetTermsVersionAsync(
                new() { NegotiationId = request.NegotiationId, Version = request.BaseVersion });
            request.BaseVersion = latest.Version;
            if (!call.HasFile) request.Terms = latest.Terms;
        });
        if (!call.HasFile && !call.Fields.GivenOfBody(call.Arguments).Any())
        {
            throw new UsageException("nothing to change is named; give options such as --billing.due-days, or the "
                + "whole terms with --file.");
        }
        call.Write(await call.SendAsync());
        return ExitCode.Done;
    }
}

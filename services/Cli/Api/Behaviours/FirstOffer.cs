using Marketplace.Leasing.V1;

namespace Marketplace.Cli.Api.Behaviours;

/// <summary>Opens a negotiation with the terms of the quote, changed where options say so.</summary>
internal sealed class FirstOffer : Behaviour
{
    public override async Task<ExitCode> RunAsync(ApiCall call)
    {
        var request = (CreateNegotiationRequest)call.Request;
        await call.ReadRequestAsync(async () =>
        {
            if (call.HasFile || !call.Fields.GivenOfBody(call.Arguments).Any()) return;
            call.Apply("quote_id");
            request.Terms = (await call.Market.Leasing.GetQuoteAsync(new() { QuoteId = request.QuoteId })).Terms;
        });
        call.Write(await call.SendAsync());
        return ExitCode.Done;
    }
}

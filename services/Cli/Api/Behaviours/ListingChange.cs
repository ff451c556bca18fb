using Marketplace.Inventory.V1;

namespace Marketplace.Cli.Api.Behaviours;

/// <summary>
/// Changes what the user names and nothing else. A field below another, such as an amount in a price, needs the rest of
/// that: it is read first.
/// </summary>
internal sealed class ListingChange : Behaviour
{
    public override async Task<ExitCode> RunAsync(ApiCall call)
    {
        var request = (UpdateListingRequest)call.Request;
        await call.ReadRequestAsync(async () =>
        {
            if (call.HasFile) return;
            call.Apply("listing_id");
            var listing = await call.Market.Inventory.GetListingAsync(new() { ListingId = request.ListingId });
            request.Offer = listing.Offer;
        });
        if (request.UpdateMask is null && !call.HasFile)
        {
            request.UpdateMask = new();
            request.UpdateMask.Paths.AddRange(
                call.Fields.GivenOfBody(call.Arguments).Select(field => field.Path[1].Name).Distinct());
            if (request.UpdateMask.Paths.Count == 0)
                throw new UsageException("nothing to change is named; give options, or all of the offer with --file.");
        }
        call.Write(await call.SendAsync());
        return ExitCode.Done;
    }
}
